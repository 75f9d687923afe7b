#!/usr/bin/env bats
# What breaks around playpen while it runs, as far as a user can break it: the
# status is true or the error clear, nothing hangs, nothing is left. What root
# can break is in root_faults.bats.
load helper

cleanup() {
    [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || :
    rm -f "$XDG_RUNTIME_DIR/playpen-live-fill"
    systemctl --user start dbus.socket
}

export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$UID}

no_process() { ! pgrep -f "/p$ID( |\$)" > /dev/null; }
no_socket() { [ -z "$(find "$XDG_RUNTIME_DIR/playpen" -type s)" ]; }
nothing_left() {
    wait_until 120 no_process
    wait_until 120 no_unit
    no_socket || ls -l "$XDG_RUNTIME_DIR/playpen" >&2
    no_socket
}

# The program says "ready", then ends with 7 when the file go is there.
waiting() {
    program p << 'END'
echo ready
until [ -e go ]; do sleep 0.2; done
echo "last words"
exit 7
END
}

# survives COMMAND... - in the middle of a run; its end and output are told.
survives() {
    waiting
    start_ready -q -- "./p$ID"
    "$@"
    touch go
    finish
    cat err >&2
    claim "$status" = 7
    claim "$(tail -n 1 out)" = "last words"
    nothing_left
}

# refused_or COMMAND... - playpen runs right, or is refused in words.
refused_or() {
    run --separate-stderr timeout 120 "$@"
    printf '%s\n' "$status" "$stderr" >&2
    case $status in
    7) ;;
    125) contains "$stderr" "playpen: " ;;
    *) return 1 ;;
    esac
    nothing_left
}

@test "daemon-reload of the user manager in the middle of a run: the true status" {
    survives systemctl --user daemon-reload
}

@test "daemon-reexec of the user manager in the middle of a run: the true status" {
    survives systemctl --user daemon-reexec
}

@test "D-Bus restarted in the middle of a run: the true status, and no word of memory" {
    survives systemctl --user restart dbus.service
    lacks "$(< err)" "out of memory"
}

@test "D-Bus restarted in the middle of a run that is then killed: the true status" {
    program p <<< 'echo ready; until [ -e go ]; do sleep 0.2; done; kill -9 $$'
    start_ready -q -- "./p$ID"
    systemctl --user restart dbus.service
    touch go
    finish
    claim "$status" = 137
    nothing_left
}

@test "D-Bus restarted in the middle of a run: kill -9 on playpen still ends it" {
    waiting
    start_ready -q -- "./p$ID"
    systemctl --user restart dbus.service
    kill -9 "$pid"
    nothing_left
}

@test "the stage killed after D-Bus was restarted: 137, or one line and 125 where systemd-run told how units end" {
    local option
    waiting
    for option in -q --private-tmp; do
        start_ready "$option" -- "./p$ID"
        systemctl --user reset-failed dbus.service # how often it was started
        systemctl --user restart dbus.service
        pkill -9 -f "^[^ ]*playpen --stage .*/p$ID"
        finish
        case $option in
        -q) claim "$status" = 137; claim "$(< err)" = '' ;;
        *) claim "$status" = 125; claim "$(grep -c '^playpen: ' err)" = 1 ;;
        esac
        lacks "$(< err)" "out of memory"
        nothing_left
    done
}

@test "D-Bus stopped before a run: one line, 125" {
    systemctl --user stop dbus.socket dbus.service
    run --separate-stderr -125 timeout 60 "$PLAYPEN" -q true
    systemctl --user start dbus.socket
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" dbus.socket
}

fill() {
    dd if=/dev/zero of="$XDG_RUNTIME_DIR/playpen-live-fill" bs=64k 2> /dev/null || :
}

@test "the runtime directory full in the middle of a run: the true status" {
    survives fill
}

@test "the runtime directory full before a run: it runs, or is refused in words" {
    fill
    program p <<< 'exit 7'
    refused_or "$PLAYPEN" -q -- "./p$ID"
}

@test "few file descriptors: it runs, or is refused in words" {
    program p <<< 'exit 7'
    local n
    for n in 8 16 24 28 32; do # with less not even libc is found
        echo "ulimit -n $n" >&2
        refused_or sh -c "ulimit -n $n; exec \"\$PLAYPEN\" -q -m 50M -- ./p$ID"
    done
    run -125 sh -c 'ulimit -n 10; exec "$PLAYPEN" -q true'
    claim "${#lines[@]}" = 1
    contains "$output" "ulimit -n"
}

@test "no more processes allowed: it runs, or is refused in words" {
    program p <<< 'exit 7'
    local n
    for n in 1 $(($(ps --no-headers -Lu "$EUID" | wc -l) + 2)); do
        echo "ulimit -u $n" >&2
        refused_or sh -c "ulimit -u $n; exec \"\$PLAYPEN\" -q -- ./p$ID"
    done
}

# bats test_tags=version
@test "a unit that systemctl stops is told of, and none that a signal ends" {
    local kind

    waiting
    for kind in --private-tmp --limits-only --current-dir-only; do
        start_ready -q $kind -- "./p$ID"
        systemctl --user stop "playpen-*p$ID-*"
        finish
        claim "$status" = 143
        contains "$(< err)" "p$ID: its unit was stopped"
        : > out
        setsid env --default-signal "$PLAYPEN" -q $kind -- "./p$ID" \
            > out 2> err 3>&- < /dev/null &
        pid=$!
        wait_until 120 grep -q ready out
        kill -TERM -- "-$pid"
        finish
        claim "$status $(< err)" = "143 "
    done
}
