#!/usr/bin/env bats
# Each signal that can be caught, in both kinds of unit, against the same
# program started directly.
load helper

setup_file() {
    cat > "$BATS_FILE_TMPDIR/signals.c" << 'END'
/* signals take COUNT - prints COUNT signals as they come, "ready" before.
 * signals send PID - sends all, each with its number times 10 as its value. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct timespec pause = { .tv_nsec = 2000000 };
    sigset_t all;
    siginfo_t info;

    (void)argc;
    sigfillset(&all);
    sigdelset(&all, SIGCHLD);
    sigprocmask(SIG_BLOCK, &all, NULL);
    if (strcmp(argv[1], "take") == 0) {
        puts("ready");
        fflush(stdout);
        for (int i = atoi(argv[2]); i > 0; i--) {
            int number = sigwaitinfo(&all, &info);

            printf("%d %d\n", number,
                   info.si_code == SI_QUEUE ? info.si_value.sival_int : -1);
            fflush(stdout);
        }
        return 0;
    }
    for (int i = 1; i <= SIGRTMAX; i++) {
        if (i == SIGKILL || i == SIGSTOP || i == SIGCHLD || i == 32 || i == 33)
            continue;
        sigqueue(atoi(argv[2]), i, (union sigval){ .sival_int = i * 10 });
        nanosleep(&pause, NULL);
        if (i == SIGCONT) /* one that stops takes it back while it is pending */
            sleep(1);
    }
    return 0;
}
END
    gcc -o "$BATS_FILE_TMPDIR/signals" "$BATS_FILE_TMPDIR/signals.c"
}

cleanup() { [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || :; }

# taken_by WORD... - what the program is told when all are sent to WORD....
taken_by() {
    : > out # of the last one
    env --default-signal "$@" ./signals take 59 > out 2> err 3>&- < /dev/null &
    pid=$!
    wait_until 60 grep -q ready out
    ./signals send "$pid"
    wait_until 60 enough
    finish
    claim "$status" = 0
    sort -n out
}
enough() { [ "$(wc -l < out)" -ge 60 ]; }

# bats test_tags=version
@test "every signal that can be caught reaches the command, with its value" {
    cp "$BATS_FILE_TMPDIR/signals" .
    taken_by env > bare
    claim "$(wc -l < bare)" = 60
    local options
    for options in '' --limits-only --current-dir-only; do
        # shellcheck disable=SC2086
        taken_by "$PLAYPEN" -q $options -- > inside
        diff bare inside
    done
}

@test "a signal to the whole group, and timeout's, reach the command once" {
    program p << 'END'
trap 'echo got' TERM
trap 'echo alarm' ALRM
echo ready
i=0
while [ $i -lt 15 ]; do sleep 0.1; i=$((i + 1)); done
END
    local options
    for options in '' --limits-only --current-dir-only; do
        # shellcheck disable=SC2086
        setsid sh -c 'trap : TERM; "$@" > out; :' sh \
            "$PLAYPEN" -q $options -- "./p$ID" 3>&- &
        wait_until 60 grep -q ready out
        kill -TERM -- -$!
        pkill -ALRM -P $! -x playpen
        wait || :
        claim "$(grep -c got out)" = 1
        claim "$(grep -c alarm out)" = 1
        rm out
    done
}

@test "timeout ends the command and what it started, which cleans up" {
    local options
    for options in '' --limits-only --current-dir-only; do
        rm -f log out
        # shellcheck disable=SC2086
        timeout 300 env --default-signal "$PLAYPEN" -q $options -- bash -c '
            (trap "echo cleaned > log; exit" TERM; echo ready > out
                while :; do sleep .1; done) & wait' 3>&- &
        pid=$!
        wait_until 60 grep -q ready out
        kill -ALRM "$pid" # its time is over
        finish
        claim "$status" = 124
        wait_until 60 [ -s log ]
    done
}
