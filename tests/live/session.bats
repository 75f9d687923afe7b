#!/usr/bin/env bats
# What a program keeps of its caller's session and host: display, agent, ssh's
# configuration; and what is said where it cannot keep something.
load helper

# listener PATH - says "hello" to who connects.
listener() {
    mkdir -p "${1%/*}"
    python3 -c '
import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(8)
while True: s.accept()[0].sendall(b"hello\n")' "$1" 3>&- > /dev/null 2>&1 &
    listeners+=($!)
    wait_until 60 [ -S "$1" ]
}

# Prints what a listener says at each of the paths that are its arguments.
hear() {
    cat > hear.py <<'END'
import socket, sys
for path in sys.argv[1:]:
    s = socket.socket(socket.AF_UNIX)
    try:
        s.connect(path)
        print(s.recv(9).decode().strip())
    except OSError as e:
        print(e.strerror)
END
}

setup() {
    make_work
    TEMP=/tmp/session-$ID
    mkdir -m 700 "$TEMP"
    listeners=()
    hear
}

cleanup() {
    [ ${#listeners[@]} = 0 ] || kill "${listeners[@]}" 2> /dev/null || :
    rm -rf "$TEMP" /tmp/.X11-unix/X7707
}

# bats test_tags=version
@test "a program has its session's variables; under a path restriction it has none" {
    session=(DISPLAY=:77 WAYLAND_DISPLAY=w XAUTHORITY=/x SSH_AUTH_SOCK=/y
        XDG_SESSION_ID=3 XDG_SESSION_TYPE=tty
        "XDG_RUNTIME_DIR=$XDG_RUNTIME_DIR"
        "DBUS_SESSION_BUS_ADDRESS=unix:path=$XDG_RUNTIME_DIR/bus")
    env "${session[@]}" "$PLAYPEN" -q env | grep -E "$(printf '^%s|' "${session[@]%%=*}")^-" | sort > plain
    printf '%s\n' "${session[@]}" | sort | diff - plain
    env "${session[@]}" "$PLAYPEN" -q --current-dir-only env > bundle
    not grep -E 'DISPLAY|XAUTH|SSH_AUTH|XDG_|DBUS' bundle
}

@test "a socket in /tmp that a passed variable names is there, and in no bundle" {
    listener "$TEMP/agent.1"
    listener "$TEMP/bus"
    listener "/tmp/.X11-unix/X7707"
    echo key > "$TEMP/key"
    export SSH_AUTH_SOCK=$TEMP/agent.1 DISPLAY=:7707.0 XAUTHORITY=$TEMP/key \
        DBUS_SESSION_BUS_ADDRESS=unix:path=$TEMP/bus,guid=1 OTHER=$TEMP/agent.1,7,0
    paths=("$TEMP/agent.1" "$TEMP/bus" /tmp/.X11-unix/X7707)
    python3 hear.py "${paths[@]}" > bare
    claim "$(< bare)" = $'hello\nhello\nhello'
    "$PLAYPEN" -q -- python3 hear.py "${paths[@]}" > plain
    diff bare plain
    claim "$("$PLAYPEN" -q -- cat "$TEMP/key")" = key
    env -u SSH_AUTH_SOCK "$PLAYPEN" -q -e OTHER -- \
        python3 hear.py "$TEMP/agent.1" > named
    claim "$(< named)" = hello
    env -u SSH_AUTH_SOCK "$PLAYPEN" -q -- python3 hear.py "$TEMP/agent.1" > not
    claim "$(< not)" != hello
    "$PLAYPEN" -q --current-dir-only --capture-env -- \
        python3 hear.py "${paths[@]}" > bundle
    not grep hello bundle
}

# same COMMAND...: a plain run says what it says directly, a bundle does not.
same() {
    "$@" > bare 2>&1 || true
    "$PLAYPEN" -q -- "$@" > plain 2>&1 || true
    diff bare plain
    "$PLAYPEN" -q --current-dir-only --network none --capture-env -- "$@" \
        > bundle 2>&1 || true
    not diff bare bundle > /dev/null
}

@test "a Wayland socket is there, and in no bundle" {
    export WAYLAND_DISPLAY=wayland-$ID
    listener "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
    same python3 hear.py "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
    rm "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY"
    claim "$(< plain)" = hello
}

# bats test_tags=workshop
@test "an X client, a notification and gpg's agent: as directly, and not in a bundle" {
    for tool in Xvfb xdpyinfo xclip notify-send gpg-connect-agent; do need $tool; done
    Xvfb -displayfd 3 3> display > /dev/null 2>&1 &
    listeners+=($!)
    wait_until 60 [ -s display ]
    DISPLAY=:$(< display)
    export DISPLAY
    same xdpyinfo
    contains "$(< plain)" "X.Org"
    echo copied | xclip -selection clipboard 3>&-
    same xclip -o -selection clipboard
    claim "$(< plain)" = copied
    # The clipboard is the run's that has the display.
    "$PLAYPEN" -q -- sh -c 'echo inside | xclip -loops 1 -quiet 2> /dev/null' 3>&- &
    wait_until 60 sh -c 'xclip -o 2> /dev/null | grep -x inside'
    wait $!
    # Nobody shows notifications here, says the bus.
    same notify-send hello
    contains "$(< plain)" org.freedesktop.Notifications
    [ -d ~/.gnupg ] || mkdir -m 700 ~/.gnupg # which gpg 2.2 leaves to others
    gpg-connect-agent -q /bye 3>&-            # starts it, and says so
    same gpg-connect-agent 'getinfo pid' /bye
    contains "$(< plain)" OK
}

# bats test_tags=workshop
@test "a Wayland client: as directly, and not in a bundle" {
    need weston
    need wayland-info
    export WAYLAND_DISPLAY=wayland-$ID
    backend=headless
    [[ $(weston --version) != "weston 1"[01].* ]] || backend+=-backend.so
    weston --backend=$backend --no-config --socket="$WAYLAND_DISPLAY" \
        > weston.log 2>&1 3>&- &
    listeners+=($!)
    wait_until 60 [ -S "$XDG_RUNTIME_DIR/$WAYLAND_DISPLAY" ]
    same wayland-info
    contains "$(< plain)" wl_compositor
}

@test "Kerberos' tickets in /tmp are there, by their variable and without" {
    echo ticket > "$TEMP/cc"
    claim "$(KRB5CCNAME=FILE:$TEMP/cc "$PLAYPEN" -q -e KRB5CCNAME -- cat "$TEMP/cc")" = ticket
    [ ! -e "/tmp/krb5cc_$UID" ] || skip "there are tickets"
    echo mine > "/tmp/krb5cc_$UID"
    run "$PLAYPEN" -q -- cat "/tmp/krb5cc_$UID"
    rm "/tmp/krb5cc_$UID"
    claim "$output" = mine
}

@test "ssh-add lists the keys of an agent in /tmp" {
    need ssh-agent
    eval "$(ssh-agent -a "$TEMP/agent" 3>&-)" > /dev/null
    listeners+=("$SSH_AGENT_PID")
    ssh-keygen -q -t ed25519 -N "" -f key
    ssh-add -q key
    ssh-add -l > bare
    "$PLAYPEN" -q -- ssh-add -l > plain
    diff bare plain
    run "$PLAYPEN" -q --current-dir-only -- ssh-add -l
    claim "$status" = 2
}

# bats test_tags=version
@test "ssh takes the system's configuration as it does directly" {
    need ssh
    ssh -G localhost > bare
    for restriction in --private-tmp --current-dir-only; do
        "$PLAYPEN" -q "$restriction" -- ssh -G localhost > inside
        diff bare inside
    done
}

@test "the copies of ssh's configuration that one run made are no other run's to replace" {
    local copies=$XDG_RUNTIME_DIR/playpen/ssh slow

    need strace
    "$PLAYPEN" -q true
    [ -n "$(ls "$copies" 2> /dev/null)" ] || skip "ssh's configuration includes nothing"
    rm "$copies"/*
    # Held up when its copy is ready to be put there.
    strace -o trace -e trace=link,linkat,rename -e inject=link,linkat,rename:delay_enter=10000000 \
        "$PLAYPEN" -q true 3>&- &
    slow=$!
    ready() { ls "$copies"/*."$(pgrep -P "$slow")" > /dev/null 2>&1; }
    wait_until 60 ready
    "$PLAYPEN" -q true
    ls -i "$copies" | grep -v "$(pgrep -P "$slow")" > before
    wait "$slow"
    ls -i "$copies" > after
    diff before after
}

@test "a setuid command is pointed out, where that has no effect" {
    cp /usr/bin/true raised
    chmod u+s raised
    for options in '' --current-dir-only; do
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$PLAYPEN" $options -- ./raised
        contains "$stderr" "is setuid, which has no effect"
        contains "$stderr" "--limits-only"
    done
    run -0 --separate-stderr "$PLAYPEN" -q -- ./raised
    claim "$stderr" = ""
    run -0 --separate-stderr "$PLAYPEN" --limits-only -- ./raised
    lacks "$stderr" setuid
}

@test "an AppImage and a sandbox are pointed out, and what helps them" {
    cp /usr/bin/true app
    printf 'AI\2' | dd of=app bs=1 seek=8 conv=notrunc status=none
    run -0 --separate-stderr "$PLAYPEN" -- ./app
    contains "$stderr" "an AppImage"
    cp /usr/bin/true bwrap
    run -0 --separate-stderr "$PLAYPEN" -- ./bwrap
    contains "$stderr" "add --nested-sandbox"
    run -0 --separate-stderr "$PLAYPEN" --nested-sandbox -- ./bwrap
    lacks "$stderr" sandbox
}

# bats test_tags=version
@test "the journal holds no line of a service, and no argument of a scope" {
    program p <<< 'exit 0'
    "$PLAYPEN" -q -- "./p$ID" token-4711
    "$PLAYPEN" -q --limits-only -- "./p$ID" token-4711
    # Of a manager that lacks a controller some systemds say so each time.
    journal() {
        journalctl --user -q -n 50 2> /dev/null | grep -F "p$ID" |
            grep -v 'Failed to read'
    }
    wait_until 30 journal || skip "the journal cannot be read"
    lacks "$(journal)" .service
    lacks "$(journal)" token
}

@test "a command that has others do its work is pointed out, and works" {
    run -0 --separate-stderr "$PLAYPEN" -- systemd-run --user --scope -q echo ran
    claim "$output" = ran
    contains "$stderr" "no limit of this run holds"
}

# bats test_tags=version
@test "whose files an archive records is nobody's: it is said, and --limits-only keeps it" {
    tar cf bare.tar /etc/hostname 2> /dev/null
    run -0 "$PLAYPEN" -- tar cf inside.tar /etc/hostname
    contains "$output" "nobody and nogroup"
    "$PLAYPEN" --limits-only -q -- tar cf limited.tar /etc/hostname 2> /dev/null
    tar tvf bare.tar > bare
    tar tvf limited.tar | diff bare -
    not grep nobody bare
}

# bats test_tags=version
@test "in another mount namespace it is refused, and limits alone run in there" {
    unshare -cm --keep-caps mount -t tmpfs none /mnt || skip "no user namespaces"
    run unshare -cm --keep-caps sh -c 'mount -t tmpfs none /mnt
        echo inner > /mnt/f; "$PLAYPEN" -q cat /mnt/f; echo $?
        "$PLAYPEN" -q --limits-only cat /mnt/f'
    contains "${lines[0]}" "a mount namespace other than the manager's"
    contains "${lines[0]}" "--limits-only"
    claim "${lines[1]}" = 125
    claim "${lines[2]}" = inner
}

@test "what restricts the caller and not the command is said" {
    run -0 setpriv --no-new-privs "$PLAYPEN" -q true
    contains "$output" "no_new_privs"
    run -0 setpriv --no-new-privs "$PLAYPEN" -q --limits-only true
    claim "$output" = ""
}

@test "in a run that restricts no paths playpen starts another" {
    for inner in --private-tmp --limits-only; do
        run -0 "$PLAYPEN" -q -- "$PLAYPEN" -q $inner -- echo ran
        claim "$output" = ran
    done
}
