#!/usr/bin/env bats
# The memory limit: what it does, what is said, and its floor.
load helper

# bats test_tags=version,backports
@test "a program that exceeds 50M is killed: 137, and one line that names 50M" {
    run --separate-stderr -137 "$PLAYPEN" -m 50M -- \
        python3 -c 'x = bytearray(2**30)'
    claim "$(grep -c '^playpen: .*memory.*50M' <<< "$stderr")" = 1
    claim "$(grep -c '^playpen: ' <<< "$stderr")" = 1
    claim "$output" = ""
}

@test "the same under -q is silent" {
    run -137 "$PLAYPEN" -q -m 50M -- python3 -c 'x = bytearray(2**30)'
    claim "$output" = ""
}

@test "a program that stays below the limit is left alone" {
    run -0 "$PLAYPEN" -q -m 200M -- python3 -c 'print(len(bytearray(50 * 2**20)))'
    claim "$output" = 52428800
}

# bats test_tags=version,backports
@test "the limit is in the unit's memory.max, and swap is off" {
    run -0 "$PLAYPEN" -q -m 64M -- sh -c '
        cd /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup) &&
        cat memory.max memory.swap.max'
    claim "${lines[0]}" = $((64 << 20))
    claim "${lines[1]}" = 0
}

@test "--memory-swap-max is in the unit's memory.swap.max" {
    run -0 "$PLAYPEN" -q -m 64M --memory-swap-max 32M -- sh -c '
        cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.swap.max'
    claim "$output" = $((32 << 20))
}

# bats test_tags=version,backports
@test "a limit of 1K is refused at once, and the manager answers afterwards" {
    local begin=$SECONDS
    run --separate-stderr -125 "$PLAYPEN" -q -m 1K date
    claim "$output" = ""
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" 1K
    claim $((SECONDS - begin)) -le 30
    timeout 60 systemctl "$MANAGER" show -p Version
    run -0 "$PLAYPEN" -q true
}

# bats test_tags=version,backports
@test "a limit of 300K, too little for Python: 137, no output, and the manager answers" {
    run -137 "$PLAYPEN" -q -m 300K python3 -c 'print(1)'
    claim "$output" = ""
    timeout 60 systemctl "$MANAGER" show -p Version
}

@test "the smallest limit that is taken, 100K, does not wedge the manager" {
    run -137 "$PLAYPEN" -q -m 100K date
    timeout 60 systemctl "$MANAGER" show -p Version
    run -0 "$PLAYPEN" -q true
}

# bats test_tags=version,backports
@test "--tasks-limit stops a program that forks without end" {
    run "$PLAYPEN" -q --tasks-limit 10 -- python3 -c '
import os, time
n = 0
try:
    while n < 50:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        n += 1
except BlockingIOError:
    pass
print(n)'
    claim "$status" = 0
    claim "$output" -lt 10
}

# A parent that waits for a child that exceeds the limit, and goes on.
parent() {
    program p << 'END'
python3 -c 'x = bytearray(2**30)'
echo "child $?"
sleep 10
echo end
exit 5
END
}

@test "a child out of memory ends all of it: 137, and one line that names 50M" {
    parent
    run --separate-stderr -137 "$PLAYPEN" -m 50M -- "./p$ID"
    lacks "$output" end
    claim "$(grep -c '^playpen: .*memory.*50M' <<< "$stderr")" = 1
    claim "$(grep -c '^playpen: ' <<< "$stderr")" = 1
    wait_until 60 no_unit
}

# bats test_tags=version,backports
@test "with OOMPolicy=continue, as for shells, the parent goes on, and one line names 50M" {
    parent
    run --separate-stderr -5 "$PLAYPEN" -m 50M -p OOMPolicy=continue -- "./p$ID"
    contains "$output" "child 137"
    contains "$output" end
    claim "$(grep -c '^playpen: .*a process of it.*50M' <<< "$stderr")" = 1
    claim "$(grep -c '^playpen: ' <<< "$stderr")" = 1
    run --separate-stderr -5 "$PLAYPEN" -q -m 50M -p OOMPolicy=continue -- "./p$ID"
    lacks "$stderr" playpen:
}
