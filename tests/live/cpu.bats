#!/usr/bin/env bats
# The CPU limit, measured from what the control group says was used.
load helper

usage() { sed -n 's/^usage_usec //p' "$1/cpu.stat"; }

cleanup() { [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || true; }

@test "a busy loop under -c 50% gets half a core" {
    local group before after used begin end wall
    program p <<< 'echo ready $$; while :; do :; done'
    start_ready -q -c 50% -- "./p$ID"
    read -r _ busy < out
    group=/sys/fs/cgroup$(cut -d: -f3 "/proc/$busy/cgroup")
    sleep 1
    begin=${EPOCHREALTIME/./}
    before=$(usage "$group")
    sleep 6
    after=$(usage "$group")
    end=${EPOCHREALTIME/./}
    used=$((after - before)) wall=$((end - begin))
    echo "used $used us of $wall us"
    claim $((100 * used / wall)) -ge 35
    claim $((100 * used / wall)) -le 65
}

@test "-c 150% and -c infinity are in cpu.max" {
    run -0 "$PLAYPEN" -q -c 150% -- sh -c \
        'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cpu.max'
    claim "$output" = "150000 100000"
    run -0 "$PLAYPEN" -q -c infinity -- sh -c '
        cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/cpu.max 2>&1 || :'
    [[ $output == max* || $output == *"No such file"* ]]
}

@test "a bare number is refused with the percentage that was meant" {
    run -125 "$PLAYPEN" -c 2 true
    contains "$output" 200%
}
