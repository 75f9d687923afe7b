# bats file_tags=version
# What is kept, on a disk that is full.
load root

setup() {
    root_setup
    need_user
    DISK=$(mktemp -d /var/lib/playpen-live.XXXXXX)
    HOME_OF=$(getent passwd "$USER_NAME" | cut -d: -f6)
    PLACE=$(as_user mktemp -d "$HOME_OF/.playpen-live.XXXXXX")
    mount -t tmpfs -o "size=64k,nr_inodes=40,mode=700,uid=$USER_ID" tmpfs "$DISK"
    mkdir "$PLACE/tool"
    chown "$USER_ID" "$PLACE/tool"
}

cleanup() {
    umount "$DISK"
    rmdir "$DISK"
    rm -rf --one-file-system "$PLACE"
}

kept() {
    as_user env -C "$PLACE" HOME="$HOME_OF" XDG_STATE_HOME="$DISK" \
        "$PLAYPEN" -q --current-dir-only --persist "$1" -- sh -c "$2"
}

@test "a full disk: the command's own error where it writes, playpen's where nothing can be made" {
    run kept "$PLACE/tool" "echo begun > $PLACE/tool/one"
    claim "$status" = 0
    run kept "$PLACE/tool" "head -c 200000 /dev/zero > $PLACE/tool/big; echo ended"
    contains "$output" "No space left on device"
    contains "$output" ended
    while touch "$DISK/x$((i++))" 2> /dev/null; do :; done
    run kept "$PLACE/other" true
    claim "$status" = 125
    contains "$output" "--persist $PLACE/other: $DISK/playpen/default$PLACE/other: No space left on device"
    # What is there serves as before, and nothing was put anywhere else.
    run kept "$PLACE/tool" "cat $PLACE/tool/one"
    claim "$output" = begun
    claim -z "$(ls -A "$PLACE/tool")"
    claim ! -e "$PLACE/other"
}

@test "a full disk: a preset does without what cannot be kept, and says so" {
    while touch "$DISK/x$((i++))" 2> /dev/null; do :; done
    run as_user env -C "$PLACE" HOME="$HOME_OF" XDG_STATE_HOME="$DISK" \
        PLAYPEN_OPTIONS='-m infinity' "$PLAYPEN" -q --preset pip -- \
        sh -c 'mkdir -p ~/.cache/pip && echo x > ~/.cache/pip/x && echo ran'
    claim "$status" = 0
    contains "$output" ran
    contains "$output" "pip:"
    contains "$output" "not kept: $DISK/playpen"
    contains "$output" "No space left on device"
}
