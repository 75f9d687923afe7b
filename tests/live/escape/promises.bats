# What holds in a bundle alone, and what a run says of itself before it starts.

PLAYPEN=${PLAYPEN:-$(realpath "$BATS_TEST_DIRNAME/../../../build/playpen")}
load ../helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    cd "$WORK" || return
    touch .env
    mkdir shims
    "$PLAYPEN" --install-shims shims 2> /dev/null
    export XDG_RUNTIME_DIR=/run/user/$UID
}

teardown() {
    cd /
    [ -z "${WORK-}" ] || rm -rf "$WORK"
}

# refuses_shim OPTION... - in such a run a shim runs nothing, and says why.
refuses_shim() {
    run "$PLAYPEN" -q "$@" -- sh -c \
        "'$WORK/shims/pp-sh' -c 'touch $WORK/ran'; echo \$?"
    claim ! -e ran
    claim "${lines[-1]}" = 125
    contains "$output" "no bundle, so sh would not be confined"
}

@test "a shim inside --protect-system, --protect-home, --ro or --inaccessible alone is refused" {
    refuses_shim --protect-system full
    refuses_shim --protect-home read-only
    refuses_shim --ro .env
    refuses_shim --inaccessible .env
}

@test "a shim inside --current-dir-only or --project-only runs its tool, in the same unit" {
    local option
    for option in --current-dir-only --project-only; do
        run -0 "$PLAYPEN" -q $option -- sh -c "grep ^0:: /proc/self/cgroup
            shims/pp-sh -c 'grep ^0:: /proc/self/cgroup'"
        claim "${lines[0]}" = "${lines[1]}"
    done
}

@test "--explain of --inaccessible says that the home directory is read and written, a bundle's does not" {
    run -0 "$PLAYPEN" --explain --inaccessible .env true
    grep -A9 '^Reads and writes$' <<< "$output" |
        grep 'your home directory .*no bundle'
    run -0 "$PLAYPEN" --explain --current-dir-only true
    lacks "$output" "your home directory"
}

@test "what a run refuses a dry run refuses, in the same words" {
    local group=/sys/fs/cgroup/user.slice/user-$EUID.slice/user@$EUID.service
    ! grep -qw io "$group/cgroup.controllers" ||
        skip "the io controller is delegated here"
    run -125 "$PLAYPEN" -d 10M true
    local said=$output
    run -125 "$PLAYPEN" -n -d 10M true
    claim "$output" = "$said"
    # Without a manager to be asked it is printed.
    SYSTEMD_OFFLINE=1 run -0 "$PLAYPEN" -n -c 50% true
}

# Milliseconds since $begin.
spent() { echo $(((${EPOCHREALTIME/./} - begin) / 1000)); }

# bats test_tags=version
@test "a unit that is stopped just before its time-out is no time-out" {
    printf '#!/bin/sh\ntrap "sleep 3; exit 3" TERM\necho ready\nwhile :; do sleep 0.05; done\n' > "late$$"
    chmod +x "late$$"
    local limit begin
    # Anew with more time where that came too late on a slow machine.
    for limit in 4000 8000 16000 32000; do
        begin=${EPOCHREALTIME/./}
        start -q --timeout "${limit}ms" -- "./late$$"
        # The point is when: before the time-out, to end after it.
        while (($(spent) < limit - 1500)); do sleep 0.1; done
        grep -q ready out || kill -9 "$pid"
        systemctl --user stop --no-block "playpen-late$$-*"
        if grep -q ready out && (($(spent) < limit)); then
            finish
            claim "$status" = 3
            return
        fi
        finish
    done
    false
}
