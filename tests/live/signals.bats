#!/usr/bin/env bats
# Signals sent to playpen reach the program; when playpen goes, all goes.
load helper

cleanup() { [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || true; }

# reaches SIGNAL - a program that traps it ends with its own status.
reaches() {
    program p << END
trap 'echo got $1; exit 42' $1
echo ready
while :; do sleep 0.1; done
END
    start_ready -q -- "./p$ID"
    kill "-$1" "$pid"
    finish
    claim "$status" = 42
    claim "$(tail -n 1 out)" = "got $1"
    wait_until 60 no_unit
}

@test "SIGINT reaches a program that traps it" { reaches INT; }
@test "SIGTERM reaches a program that traps it" { reaches TERM; }
@test "SIGHUP reaches a program that traps it" { reaches HUP; }
@test "SIGQUIT reaches a program that traps it" { reaches QUIT; }
@test "SIGUSR1 reaches a program that traps it" { reaches USR1; }
@test "SIGUSR2 reaches a program that traps it" { reaches USR2; }

@test "a program that ignores SIGTERM goes on" {
    program p <<< 'trap "" TERM; echo ready; until [ -e go ]; do sleep 0.1; done; exit 6'
    start_ready -q -- "./p$ID"
    kill "$pid"
    sleep 0.5
    touch go
    finish
    claim "$status" = 6
}

@test "a program that does not trap SIGTERM dies of it: 143" {
    start_ready -q -- sh -c 'echo ready; exec sleep 60'
    kill "$pid"
    finish
    claim "$status" = 143
}

# bats test_tags=version
@test "a program killed by SIGINT takes playpen with it in the same way" {
    run -0 env --default-signal python3 -c '
import os, subprocess, sys
p = subprocess.Popen([os.environ["PLAYPEN"], "-q", "--", "sh", "-c",
                      "echo ready; exec sleep 60"], stdout=subprocess.PIPE)
p.stdout.readline()
p.send_signal(2)
print(p.wait())'
    claim "$output" = -2
}

@test "a signal sent to playpen is the main process's alone, not its child's, while that runs" {
    program p << 'END'
trap 'echo main; sleep 0.5; exit 42' TERM
sh -c 'trap "echo child; exit" TERM; echo ready; i=0; while [ $i -lt 10 ]; do sleep 0.1; i=$((i + 1)); done' &
while :; do sleep 0.1; done
END
    start_ready -q -- "./p$ID"
    kill "$pid"
    finish
    claim "$status" = 42
    # What is left then gets its own.
    [[ $(< out) = *main*child* ]]
}

# bats test_tags=version
@test "what a program leaves running ends with it" {
    program p <<< 'sleep 600 & echo $!; setsid sleep 600 > /dev/null 2>&1 & echo $!'
    run -0 "$PLAYPEN" -q -- "./p$ID"
    wait_until 60 all_gone "${lines[@]}"
    wait_until 60 no_unit
}

# [OPTION] - the program's processes, one of which ignores all that it can.
stubborn() {
    program p << 'END'
trap '' INT TERM HUP QUIT
setsid sleep 600 > /dev/null 2>&1 &
echo $$ $! ready
while :; do sleep 0.1; done
END
    start_ready "${1--q}" -- "./p$ID"
    read -r main child _ < out
    not gone "$main"
    not gone "$child"
}

# bats test_tags=version
@test "kill -9 on playpen: no process and no unit is left" {
    local main child
    stubborn
    kill -9 "$pid"
    wait_until 60 all_gone "$main" "$child"
    wait_until 60 no_unit
    finish
}

# bats test_tags=version
@test "kill -9 on systemd-run: no process and no unit is left" {
    local main child
    stubborn --private-tmp # with the banner systemd-run stays
    kill -9 "$(pgrep -P "$pid" -x systemd-run)"
    wait_until 60 all_gone "$main" "$child"
    wait_until 60 no_unit
    finish
    claim "$status" -ge 125
}

# bats test_tags=version
@test "kill -9 on the program itself: 137, and nothing is said about memory" {
    start_ready -m 100M -- sh -c 'echo $$ ready; exec sleep 60'
    read -r main _ < out
    kill -9 "$main"
    finish
    claim "$status" = 137
    not grep memory, err
}

# bats test_tags=version
@test "kill -9 on playpen before the program has started: it never runs on" {
    local pause
    program p <<< 'touch "$1"; exec sleep 600'
    for pause in 0 0.1 0.2 0.3 0.5; do
        start -q -- "./p$ID" "started-$pause"
        sleep $pause
        kill -9 "$pid"
        finish
    done
    sleep 1
    wait_until 60 no_unit
    claim -z "$(pgrep -f "p$ID started")"
}

# ended_early SIGNAL STATUS - at some moments before the program is there, and
# perhaps just after, it ends playpen, and nothing of it runs.
ended_early() {
    local pause
    program p <<< 'touch "started-$1"; exec sleep 600'
    for pause in 0 0.05 0.1 0.2 0.4 0.8; do
        start -q -- "./p$ID" "$pause"
        sleep $pause
        kill "-$1" "$pid"
        finish
        claim "$status" = "$2"
    done
    sleep 1
    wait_until 60 no_unit
    claim -z "$(pgrep -f "/p$ID ")"
    claim -z "$(pgrep -f "playpen-p$ID-")"
}

@test "SIGINT before the program has started ends playpen: 130, and nothing is left" {
    ended_early INT 130
}
# bats test_tags=version
@test "SIGTERM before the program has started ends playpen: 143, and nothing is left" {
    ended_early TERM 143
}
@test "SIGHUP before the program has started ends playpen: 129, and nothing is left" {
    ended_early HUP 129
}

# dies_of NUMBER SIGNAL -
# Whatever was ignored by who started the tests.
dies_of() {
    run -$((128 + $1)) env --default-signal "$PLAYPEN" -q -- \
        sh -c "kill -$2 \$\$"
}

@test "death by SIGHUP gives 129" { dies_of 1 HUP; }
@test "death by SIGINT gives 130" { dies_of 2 INT; }
@test "death by SIGABRT gives 134" { dies_of 6 ABRT; }
@test "death by SIGKILL gives 137" { dies_of 9 KILL; }
@test "death by SIGSEGV gives 139" { dies_of 11 SEGV; }
@test "death by SIGPIPE gives 141" { dies_of 13 PIPE; }
@test "death by SIGTERM gives 143" { dies_of 15 TERM; }

@test "a signal that the caller ignores is ignored by the program" {
    run -0 "$PLAYPEN" -q -- sh -c 'grep SigIgn /proc/self/status'
    local without=$output
    run -0 env --ignore-signal=HUP "$PLAYPEN" -q -- grep SigIgn /proc/self/status
    claim $((0x${output##*[[:space:]]} & 1)) = 1
    claim $((0x${without##*[[:space:]]} & 0x1000)) = 0
}

@test "a scope ends with its program, whatever forks faster than it is killed" {
    cat > "forker$ID.py" << 'END'
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
for _ in range(8):
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork() != 0:
                os._exit(0)
            time.sleep(0.002)
time.sleep(0.5)
END
    program forker <<< "exec python3 '$WORK/forker$ID.py'"
    run "$PLAYPEN" -q --limits-only -- "./forker$ID"
    claim "$status" = 0
    wait_until 60 no_unit
    run ! pgrep -f "forker$ID.py"
}

@test "a SIGCHLD that is sent to playpen reaches the program" {
    start_ready -q -- python3 -c 'import signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
print("ready", flush=True)
print("got", signal.sigwait([signal.SIGCHLD]).name)'
    kill -CHLD "$pid"
    finish
    claim "$status" = 0
    claim "$(tail -n 1 out)" = "got SIGCHLD"
}
