# What --explain says against what then happens; and where the environment of
# a command does not come from.

load helper

@test "an explanation runs nothing, makes nothing and needs no terminal" {
    program tool <<< 'touch ran'
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    run "$PLAYPEN" --explain --current-dir-only --rw "+$WORK/new" "./tool$ID"
    claim "$status" = 0
    [ ! -e ran ]
    [ ! -e new ]
    no_unit
    contains "$output" "$WORK"
}

@test "what an explanation says of files is what the command finds" {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    mkdir p hidden shown
    echo text > shown/file
    cd p
    run "$PLAYPEN" --explain --current-dir-only --ro ../shown -- true
    claim "$status" = 0
    reads=$(sed -n '/^Reads only/,/^$/p' <<< "$output")
    writes=$(sed -n '/^Reads and writes$/,/^$/p' <<< "$output")
    contains "$reads" "$WORK/shown"
    contains "$writes" "$WORK/p"
    lacks "$output" "$WORK/hidden"
    run "$PLAYPEN" -q --current-dir-only --ro ../shown -- sh -c \
        'cat ../shown/file && touch made && ! touch ../shown/x && ! ls ../hidden'
    claim "$status" = 0
}

@test "an explanation names what this kernel leaves open" {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    mkdir p
    cd p
    run "$PLAYPEN" --explain --current-dir-only -- true
    claim "$status" = 0
    sleep 300 3>&- &
    victim=$!
    if "$PLAYPEN" -q --current-dir-only kill -0 "$victim"; then
        [[ $output =~ signals\ +yes ]]
    else
        [[ $output =~ signals\ +no ]]
    fi
    kill "$victim"
}

@test "the manager's own variables are not passed, nor readable elsewhere" {
    systemctl "$MANAGER" set-environment PEN_TOKEN=hidden-token PEN_OTHER=hidden-too
    run "$PLAYPEN" -q --capture-env=safe -- sh -c \
        'env; cat /proc/$PPID/environ /proc/[0-9]*/environ 2>/dev/null | tr "\0" "\n"'
    systemctl "$MANAGER" unset-environment PEN_TOKEN PEN_OTHER
    claim "$status" = 0
    contains "$output" "PATH="
    lacks "$output" "hidden-to"
}

@test "safe leaves credentials out, and -e passes one all the same" {
    export GITHUB_TOKEN=hidden-1 MY_PAT=hidden-2 PEN_PLAIN=plain
    run "$PLAYPEN" -q --capture-env=safe -e MY_PAT env
    contains "$output" PEN_PLAIN=plain
    contains "$output" MY_PAT=hidden-2
    lacks "$output" hidden-1
    run "$PLAYPEN" --explain --capture-env=safe -e MY_PAT true
    dropped=$(sed -n '/left out/,/^$/p' <<< "$output")
    contains "$dropped" GITHUB_TOKEN
    lacks "$dropped" MY_PAT
}
