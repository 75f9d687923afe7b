#!/usr/bin/env bats
# What only root can show: the system's manager, and what is refused to a user
# on hosts that lack something. Switches things off and on again, so for the
# whole machine: meant for a virtual one.
load root

cleanup() {
    [ -z "${namespaces-}" ] || sysctl -qw "$namespaces"
    if [ -e "$dropin" ]; then
        rm "$dropin"
        restart_manager
    fi
}

@test "a setuid or setgid playpen refuses, as the stage, too" {
    local mode

    for mode in 4755 2755; do
        install -m "$mode" -o nobody -g nogroup "$PLAYPEN" setuid
        run -125 ./setuid true
        contains "$output" 'setuid, setgid'
        run -125 ./setuid --stage exec=/usr/bin/id -- id
        contains "$output" 'setuid, setgid'
    done
}

@test "root's programs are the system manager's" {
    program p <<< 'cat /proc/self/cgroup'
    run -0 "$PLAYPEN" -q -- "./p$ID"
    [[ $output == 0::/system.slice/playpen-p* ]]
}

@test "root's programs are root's manager's with --user" {
    if [ ! -S /run/user/0/bus ]; then
        run -125 "$PLAYPEN" --user true
        claim "${#lines[@]}" = 1
        skip "refused, as it should be: root has no user manager here"
    fi
    program p <<< 'cat /proc/self/cgroup'
    run -0 env XDG_RUNTIME_DIR=/run/user/0 "$PLAYPEN" -q --user -- "./p$ID"
    contains "$output" /user@0.service/
}

@test "as root: status, arguments, memory limit, and nothing left" {
    program p <<< 'printf "%s|" "$@"; exit 7'
    run -7 "$PLAYPEN" -q -- "./p$ID" '$HOME' '' 'a b'
    claim "$output" = '$HOME||a b|'
    run -137 "$PLAYPEN" -q -m 50M -- python3 -c 'x = bytearray(2**30)'
    wait_until 60 no_unit
}

@test "as root: a signal reaches the program; kill -9 on playpen leaves nothing" {
    program p <<< 'trap "exit 42" TERM; echo $$ ready; while :; do sleep 0.1; done'
    start_ready -q -- "./p$ID"
    kill "$pid"
    finish
    claim "$status" = 42
    start_ready -q -- "./p$ID"
    read -r main _ < out
    kill -9 "$pid"
    wait_until 60 gone "$main"
    wait_until 60 no_unit
}

@test "as root: a program cannot write kernel tunables, nor its control group" {
    run -0 "$PLAYPEN" -q -- grep -c " / /sys ro,.* sysfs " /proc/self/mountinfo
    run "$PLAYPEN" -q -- sh -c 'cat /proc/sys/kernel/panic > /proc/sys/kernel/panic'
    claim "$status" != 0
    contains "$output" Read-only
    run -0 "$PLAYPEN" -q --limits-only -- \
        sh -c 'cat /proc/sys/kernel/panic > /proc/sys/kernel/panic'
    run "$PLAYPEN" -q -- sh -c \
        'echo max > /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max'
    claim "$status" != 0
    contains "$output" Read-only
}

@test "as root: path restrictions are refused" {
    run -125 "$PLAYPEN" --current-dir-only true
    claim "${#lines[@]}" = 1
}

@test "as root: -d 10M is in io.max, in both directions" {
    local device
    device=$(findmnt -no MAJ:MIN -T "$WORK")
    [[ $device != 0:* ]] || skip "$WORK has no block device of its own"
    run -0 "$PLAYPEN" -q -d 10M -- sh -c \
        'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/io.max'
    contains "$output" rbps=10000000
    contains "$output" wbps=10000000
}

@test "as root: --disk-write is in io.max, and overrides -d" {
    local device
    device=$(findmnt -no MAJ:MIN -T "$WORK")
    [[ $device != 0:* ]] || skip "$WORK has no block device of its own"
    run -0 "$PLAYPEN" -q -d 10M --disk-write 2M -- sh -c \
        'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/io.max'
    contains "$output" rbps=10000000
    contains "$output" wbps=2000000
}

@test "as root: -d is refused in a directory without a block device" {
    cd /dev/shm
    run -125 "$PLAYPEN" -d 10M true
    claim "${#lines[@]}" = 1
    contains "$output" --disk
}

# no_namespaces KIND - from now on, until the end of the test.
no_namespaces() {
    local setting=user.max_$1_namespaces

    namespaces=$setting=$(sysctl -n "$setting")
    sysctl -qw "$setting=0"
}

@test "a user without user namespaces: the defaults run, limited, with one line that says what is missing" {
    need_user
    need_machine
    no_namespaces user
    run --separate-stderr -0 as_user "$PLAYPEN" -q -m 64M -- sh -c \
        'cat /sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max'
    claim "$output" = $((64 << 20))
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" max_user_namespaces
    contains "$stderr" private-tmp
    run --separate-stderr -0 as_user "$PLAYPEN" -q --limits-only echo ran
    claim "$output" = ran
    claim "$stderr" = ""
}

@test "a user without user namespaces: what was asked for is refused" {
    need_user
    need_machine
    no_namespaces user
    local option
    for option in --private-tmp --private-devices --protect-kernel-tunables \
        --protect-control-groups --private-network --current-dir-only \
        --protect-home=tmpfs; do
        run --separate-stderr -125 as_user "$PLAYPEN" -q "$option" -- echo ran
        claim "$output" = ""
        claim "${#stderr_lines[@]}" = 1
        contains "$stderr" "playpen: "
    done
}

@test "a user without mount namespaces: the defaults run, with one line; what was asked for is refused" {
    need_user
    need_machine
    no_namespaces mnt
    run --separate-stderr -0 as_user "$PLAYPEN" -q echo ran
    claim "$output" = ran
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" max_mnt_namespaces
    for option in --private-tmp --private-network --ro=/etc; do
        run --separate-stderr -125 as_user "$PLAYPEN" -q "$option" -- echo ran
        claim "$output" = ""
        claim "${#stderr_lines[@]}" = 1
        contains "$stderr" max_mnt_namespaces
    done
}

@test "a user without network, IPC or PID namespaces: who asked for one is refused, who did not runs" {
    local kind option

    need_user
    need_machine
    for kind in net:--private-network ipc:--ro=/etc pid:--ro=/etc; do
        option=${kind#*:} kind=${kind%%:*}
        no_namespaces "$kind"
        run --separate-stderr -125 as_user "$PLAYPEN" -q "$option" -- echo ran
        claim "$output" = ""
        claim "${#stderr_lines[@]}" = 1
        contains "$stderr" "user.max_${kind}_namespaces"
        run --separate-stderr -0 as_user "$PLAYPEN" -q -- echo ran
        claim "$output" = ran
        claim "$stderr" = ""
        sysctl -qw "$namespaces"
    done
}

@test "a user without the io controller: -d is refused, and works once it is delegated" {
    need_user
    need_machine
    local directory=/srv group=/sys/fs/cgroup/user.slice/user-$USER_ID.slice/user@$USER_ID.service
    [[ $(findmnt -no MAJ:MIN -T $directory) != 0:* ]] ||
        skip "$directory has no block device of its own"
    not grep -qw io "$group/cgroup.controllers"
    run --separate-stderr -125 as_user sh -c "cd $directory && exec \"\$PLAYPEN\" -q -d 10M true"
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" Delegate

    delegate cpu io memory pids
    run -0 as_user sh -c "cd $directory && exec \"\$PLAYPEN\" -q -d 10M -- \
        sh -c 'cat /sys/fs/cgroup\$(cut -d: -f3 /proc/self/cgroup)/io.max'"
    contains "$output" wbps=10000000
}

@test "a user without the cpu controller: -c is refused, and works once it is delegated" {
    need_user
    need_machine
    delegate memory pids
    ! grep -qw cpu "/sys/fs/cgroup/user.slice/user-$USER_ID.slice/user@$USER_ID.service/cgroup.controllers" ||
        skip "systemd delegates cpu all the same"
    run --separate-stderr -125 as_user "$PLAYPEN" -q -c 50% true
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" Delegate
    rm "$dropin"
    restart_manager
    run -0 as_user "$PLAYPEN" -q -c 50% true
}

@test "a user reaches the manager through su, with no session of its own" {
    need_user
    run -0 runuser -u "$USER_NAME" -- env -i PATH="$PATH" HOME=/ \
        sh -c 'cd / && exec "$0" -q -- id -un' "$PLAYPEN"
    claim "$output" = "$USER_NAME"
}

@test "a user whose manager does not run is refused with the remedy" {
    local uid
    uid=$(id -u nobody)
    [ ! -e "/run/user/$uid" ] || skip "nobody has a manager here"
    run -125 runuser -u nobody -- env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS \
        sh -c 'cd / && exec "$0" true' "$PLAYPEN"
    claim "${#lines[@]}" = 1
    contains "$output" enable-linger
}

@test "--socket-bind-deny is enforced where systemd was built for it, and refused elsewhere" {
    local bind='import socket; socket.socket().bind(("127.0.0.1", 4567)); print("bound")'
    run -0 "$PLAYPEN" -q -- python3 -c "$bind"
    run "$PLAYPEN" -q --socket-bind-deny any -- python3 -c "$bind"
    not grep -qx bound <<< "$output"
    if systemctl --version | grep -q +BPF_FRAMEWORK; then
        claim "$status" = 1
        run -0 "$PLAYPEN" -q --socket-bind-deny any --socket-bind-allow tcp:4567 \
            -- python3 -c "$bind"
    else
        claim "$status" = 125
    fi
}
