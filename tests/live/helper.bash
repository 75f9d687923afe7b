# helper.bash - what the live tests share. They need a running systemd with the
# manager that playpen will use: the user's, or for root the system's.
#
#   bats -r tests/live                as a user: what needs no root
#   sudo bats tests/live/root*.bats   what needs root
#
# Environment:
#   PLAYPEN            the program; build/playpen if not set
#   PLAYPEN_LAUNCHES   how many concurrency.bats starts; 80 if not set

bats_require_minimum_version 1.5.0
source "${BASH_SOURCE[0]%/*}/../claims.bash"

PLAYPEN=${PLAYPEN:-$(realpath "${BASH_SOURCE[0]%/*}/../../build/playpen")}
export PLAYPEN
unset PLAYPEN_OPTIONS
# bats exports functions, whose variables have names that systemd does not take:
# playpen says so.
while read -r _ _ function; do
    export -nf "$function"
done < <(declare -Fx)

if [ "$EUID" = 0 ]; then
    MANAGER=--system
else
    MANAGER=--user
fi

# The test's own directory, $WORK, where $HOME is: what is below /tmp, bats's own
# directories included, is hidden from the program by the private /tmp.
make_work() {
    WORK=$(mktemp -d "$HOME/.playpen-live.XXXXXX")
    # In the names of units, so that those of other runs are not looked at.
    ID=t${WORK##*.}
    # What names bats's own files: a note says that they are hidden.
    export -n "${!BATS_@}"
    cd "$WORK" || return
}

# own_home DIRECTORY... - a home directory of the test's own, with these in it, for
# what restricts paths.
own_home() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    make_work
    HOME=$WORK/home
    mkdir "$HOME"
    cd "$HOME" || return
    [ $# = 0 ] || mkdir -p "$@"
}

# What is tried is no limit: a machine without the controller will do.
no_limits() {
    export PLAYPEN_OPTIONS='--memory-limit infinity --tasks-limit infinity'
}

setup() {
    [ -x "$PLAYPEN" ] || {
        echo "$PLAYPEN is missing: run make first" >&2
        return 1
    }
    make_work
}

teardown() {
    if declare -F cleanup > /dev/null; then
        cleanup
    fi
    cd / || return
    rm -rf --one-file-system "$WORK"
}

# wait_until SECONDS COMMAND... - until it succeeds; fails after SECONDS.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        if ((SECONDS > deadline)); then
            echo "still not so: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

# program NAME - makes the shell script $WORK/NAME-ID of what is on stdin.
# The unit has its name: see no_unit.
program() {
    printf '#!/bin/sh\n' > "$WORK/$1$ID"
    cat >> "$WORK/$1$ID"
    chmod +x "$WORK/$1$ID"
}

# The units of this test's programs, whatever their state.
units() {
    systemctl "$MANAGER" list-units --all --plain --no-legend "playpen-*$ID-*"
}
no_unit() { [ -z "$(units)" ]; }

# start COMMAND... - playpen in the background, output in out and err, its
# process in $pid. A shell without job control has its background jobs ignore
# SIGINT and SIGQUIT, and playpen honours that: hence env. Without bats's
# descriptor 3, which bats waits for.
start() {
    : > out # of the last one
    env --default-signal "$PLAYPEN" "$@" > out 2> err 3>&- < /dev/null &
    pid=$!
}

# start_ready COMMAND... - and wait until the program has said "ready".
start_ready() {
    start "$@"
    wait_until 120 grep -q ready out
}

# The status of what was started, in $status.
finish() {
    status=0
    wait "$pid" || status=$?
}

gone() { ! kill -0 "$1" 2> /dev/null; }
all_gone() {
    local each
    for each; do gone "$each" || return 1; done
}
