# bats file_tags=home
# Ways around the limits, and out of the end of the run.

load escape

# bats test_tags=version
@test "a program cannot raise its own memory limit" {
    inside -m 100M -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > memory.max || echo max > memory.swap.max || exit 9'
    claim "$status" = 9
}

@test "a program cannot raise its own CPU limit" {
    inside -c 50% -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > cpu.max || exit 9'
    claim "$status" = 9
}

@test "a program cannot raise its own tasks limit" {
    inside --tasks-limit 50 -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > pids.max || exit 9'
    claim "$status" = 9
}

@test "sockets of netlink, whose buffers no limit counts, are closed as the manual says" {
    local open='import socket; socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)'
    run -0 python3 -c "$open"
    inside -p RestrictAddressFamilies=~AF_NETLINK -- sh -c 'python3 -c "$1" || exit 9' sh "$open"
    claim "$status" = 9
    contains "$output" 'Address family not supported'
}

# bats test_tags=version
@test "a program cannot move to another cgroup, or make one" {
    inside -m 100M -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo $$ > ../cgroup.procs && exit 0
        mkdir sub && exit 0
        mkdir ../pen && echo $$ > ../pen/cgroup.procs && exit 0
        exit 9'
    claim "$status" = 9
}

# bats test_tags=version
@test "cgroups mounted anew lift no limit" {
    inside -m 100M -- sh -c '
        mkdir c
        unshare -rmC sh -c "mount -t cgroup2 x c && exec sleep 300" &
        # Written by who is in no such namespace, through one that is.
        file=/proc/$!/root$PWD/c/memory.max
        until [ -e "$file" ]; do kill -0 $! || exit 9; done
        echo max > "$file" && exit 0
        exit 9'
    claim "$status" = 9
}

@test "a fork bomb stops at --tasks-limit" {
    inside --tasks-limit 20 --timeout 60 -- python3 -c '
import os, time
made = 0
try:
    while made < 100:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        made += 1
except OSError:
    pass
print("made", made, flush=True)
os._exit(0 if made < 20 else 9)'
    claim "$status" = 0
    contains "$output" made
}

@test "a daemon does not outlive the run" {
    no_daemon() { ! pgrep -fx 'sleep 4711' > /dev/null; }
    inside -- sh -c 'setsid sleep 4711 > /dev/null 2>&1 & exit 0'
    claim "$status" = 0
    wait_until 60 no_daemon
}

# bats test_tags=version
@test "a daemon that ignores every signal does not outlive the run" {
    no_daemon() { ! pgrep -f "^daemon-$$" > /dev/null; }
    inside -- python3 -c '
import os, signal, sys, time
for n in range(1, 32):
    try: signal.signal(n, signal.SIG_IGN)
    except OSError: pass
for again in range(2):
    if os.fork(): os._exit(0)
    os.setsid()
os.execvp("bash", ["bash", "-c", "exec -a " + sys.argv[1] + " sleep 4712"])' "daemon-$$"
    wait_until 60 no_daemon
}

# bats test_tags=version
@test "what ignores SIGTERM ends with --timeout all the same" {
    inside --timeout 2 -- sh -c 'trap "" TERM; while :; do sleep 1; done'
    claim "$status" = 124
}
