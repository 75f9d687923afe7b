#!/usr/bin/env bats
# --stats: what a run took, against what the control group and the program
# itself say. Memory and tasks need controllers.
load helper

# key FILE KEY: its value; fails where FILE is no JSON or lacks it.
key() {
    python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' \
        "$@"
}
has_no() { python3 -c 'import json, sys
sys.exit(sys.argv[2] in json.load(open(sys.argv[1])))' "$@"; }
within() { python3 -c 'import sys
a, b, most = map(float, sys.argv[1:])
print(a, b)
sys.exit(abs(a - b) > most)' "$@"; }
controller() {
    grep -qw "$1" "/sys/fs/cgroup/user.slice/user-$UID.slice/user@$UID.service/cgroup.controllers" ||
        skip "needs the $1 controller"
}

# Computes for four seconds of CPU time, says what it took, and takes no more.
busy='
import os, resource, time
while time.process_time() < 4: pass
r = resource.getrusage(resource.RUSAGE_SELF)
print(r.ru_utime + r.ru_stime, flush=True)
os._exit(0)'

# bats test_tags=version
@test "the CPU and wall time are the command's, in a service, a bundle and a scope" {
    for how in "" --current-dir-only --limits-only; do
        rm -f s.json
        begin=$EPOCHREALTIME
        # shellcheck disable=SC2086
        run -0 --separate-stderr "$PLAYPEN" -q $how --stats=s.json -- python3 -c "$busy"
        end=$EPOCHREALTIME
        claim "$stderr" = ""
        within "$(key s.json cpu_seconds)" "$output" 0.3
        claim "$(key s.json status)" = 0
        claim "$(key s.json command)" = python3
        # The run's own, without the unit's start.
        python3 -c "import sys; w = $(key s.json wall_seconds)
sys.exit(not $output * 0.98 <= w <= $end - $begin)"
        has_no s.json cpu_quota_seconds
    done
}

# bats test_tags=version
@test "the most memory is what the control group says, the limit is told" {
    controller memory
    for how in "" --limits-only; do
        # shellcheck disable=SC2086
        run -0 "$PLAYPEN" -q $how -m 200M --stats=s.json -- python3 -c '
x = bytearray(100 << 20)
own = open("/proc/self/cgroup").read().split("::")[1].strip()
print(open("/sys/fs/cgroup" + own + "/memory.peak").read())'
        within "$(key s.json memory_peak_bytes)" "${lines[0]}" $((2 << 20))
        claim "$(key s.json memory_limit_bytes)" = $((200 << 20))
    done
    run -0 --separate-stderr "$PLAYPEN" -q -m 200M --stats -- python3 -c \
        'x = bytearray(100 << 20)'
    [[ $stderr =~ ^'playpen: python3: '.*', memory 1'[0-9]+'.'[0-9]M' of 200.0M' ]]
}

# bats test_tags=version
@test "an OOM kill says how much was in use" {
    controller memory
    run --separate-stderr -137 "$PLAYPEN" -m 50M -- \
        python3 -c 'x = bytearray(2**30)'
    [[ $stderr =~ 'out of memory, killed at the limit of 50M (--memory-limit) with '(49|50)'.'[0-9]'M in use' ]]
}

@test "throttled, and the tasks' limit, are said where it was so, and else not" {
    controller cpu
    controller pids
    run -0 --separate-stderr "$PLAYPEN" -q -c 300% --tasks-limit 50 --stats -- \
        python3 -c "$busy"
    lacks "$stderr" throttled
    lacks "$stderr" limit
    run -0 --separate-stderr "$PLAYPEN" -q -c 50% --tasks-limit 5 --stats -- \
        python3 -c "import os, time
try:
    while os.fork() or time.sleep(30): pass
except BlockingIOError: pass
$busy"
    [[ $stderr =~ 'throttled '([5-9][0-9]|100)'% of the time (--cpu-limit 50%)' ]]
    contains "$stderr" "the tasks' limit was hit 1 time (--tasks-limit)"
}

@test "FILE is opened before the command starts, and is no link" {
    # It is emptied of what the command wrote there, and what the command puts in
    # its place is not written.
    program swap <<< 'head -c 9999 /dev/zero > first; ln -sf "$PWD/victim" s.json; echo ran; exit 3'
    echo kept > victim
    touch first
    ln first s.json
    run -3 "$PLAYPEN" -q --current-dir-only --stats=s.json -- "./swap$ID"
    claim "$(cat victim)" = kept
    claim "$(key first status)" = 3
    mkfifo pipe
    for file in s.json pipe . /nowhere/x; do
        run -125 "$PLAYPEN" -q --stats="$file" -- echo ran
        claim "${#lines[@]}" = 1
        contains "$output" "--stats $file: "
    done
    claim "$(cat victim)" = kept
}

# bats test_tags=version
@test "a unit that was ended from outside: what is unknown is absent" {
    program p <<< 'echo ready; exec sleep 60'
    start_ready -q --stats=s.json -- "./p$ID"
    systemctl "$MANAGER" kill --signal=KILL "$(units | grep -o 'playpen[^ ]*service')"
    finish
    claim "$status" = 137
    claim "$(key s.json status)" = 137
    has_no s.json cpu_seconds
    # A time limit is none of these: the stage still tells. The limit counts from
    # the start of the unit, and a busy machine takes long until the command's.
    run -124 "$PLAYPEN" -q --timeout 10 --stats=s.json -- sleep 60
    claim "$(key s.json status)" = 124
    within "$(key s.json wall_seconds)" 10 10
}

@test "--stats=FILE: ~ is the home directory; a file that the command removes is said to be lost" {
    local name="stats.$ID"
    run -0 "$PLAYPEN" -q "--stats=~/$name" -- true
    [ -s ~/"$name" ]
    rm ~/"$name"
    run -0 "$PLAYPEN" -q "--stats=$PWD/s" -- rm s
    contains "$output" 'removed the file'
}
