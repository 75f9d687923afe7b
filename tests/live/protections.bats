#!/usr/bin/env bats
# The four protections that are on when nothing is said.
load helper

# Some run as root, some as a user, whose rights hide what a protection does:
# then the mount table is asked.
mount_options() {
    # MOUNT-POINT [PLAYPEN-OPTION...]
    local point=$1
    shift
    "$PLAYPEN" -q "$@" -- awk -v point="$point" \
        '$5 == point { options = $6 } END { print options }' /proc/self/mountinfo
}

cleanup() { rm -f "/tmp/$ID" "/tmp/$ID-inside" "/var/tmp/$ID"; }

# bats test_tags=version,backports
@test "a program has a /tmp of its own: it sees nothing of the host's" {
    touch "/tmp/$ID" "/var/tmp/$ID"
    run "$PLAYPEN" -q -- ls "/tmp/$ID" "/var/tmp/$ID"
    claim "$status" != 0
    run -0 "$PLAYPEN" -q --limits-only -- ls "/tmp/$ID" "/var/tmp/$ID"
    run -0 "$PLAYPEN" -q --private-tmp false -- ls "/tmp/$ID"
}

# bats test_tags=version,backports
@test "what a program writes to /tmp is gone afterwards" {
    run -0 "$PLAYPEN" -q -- sh -c "echo x > /tmp/$ID-inside && cat /tmp/$ID-inside"
    claim "${lines[0]}" = x
    contains "${lines[1]}" 'thrown away with the run'
    claim ! -e "/tmp/$ID-inside"
}

# bats test_tags=version,backports
@test "a program sees no physical devices" {
    claim -e /dev/kmsg
    run -0 "$PLAYPEN" -q -- sh -c 'ls /dev/null /dev/zero /dev/urandom /dev/tty && ! ls /dev/kmsg'
    run -0 "$PLAYPEN" -q --limits-only -- ls /dev/kmsg
    run -0 "$PLAYPEN" -q --private-devices=no -- ls /dev/kmsg
}

# bats test_tags=version,backports
@test "a program cannot write kernel tunables: /proc/sys and /sys are read-only" {
    local point option
    for point in /proc/sys /sys; do
        for option in "" "--private-devices off" "--protect-control-groups off"; do
            # shellcheck disable=SC2086
            run -0 mount_options $point $option
            [[ $output == ro,* ]]
        done
    done
    run -0 mount_options /proc/sys --limits-only
    [[ $output != ro,* ]]
    run -0 mount_options /proc/sys --protect-kernel-tunables off
    [[ $output != ro,* ]]
    run -0 mount_options /sys/fs/cgroup --protect-control-groups off
    [[ $output != ro,* ]]
}

# bats test_tags=version,backports
@test "a program cannot lift its own limit through the control group" {
    local lift='echo max > /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max'
    run "$PLAYPEN" -q -m 100M -- sh -c "$lift"
    claim "$status" != 0
    contains "$output" Read-only
    run -0 "$PLAYPEN" -q -m 100M --limits-only -- sh -c "$lift"
    run -0 "$PLAYPEN" -q -m 100M --protect-control-groups=false -- sh -c "$lift"
}

@test "a program still reads and writes the home directory under the defaults" {
    echo in > file
    run -0 "$PLAYPEN" -q -- sh -c 'cat file; echo out > made'
    claim "$output" = in
    claim "$(< made)" = out
    claim "$(stat -c %u made)" = "$EUID"
}

# bats test_tags=version,backports
@test "--limits-only still limits" {
    run -137 "$PLAYPEN" -q --limits-only -m 50M -- python3 -c 'x = bytearray(2**30)'
}

# bats test_tags=version,backports
@test "--private-network leaves the loopback interface alone" {
    run -0 "$PLAYPEN" -q --private-network -- cat /proc/net/dev
    claim "$(grep -c : <<< "$output")" = 1
    contains "$output" lo:
}

# bats test_tags=version,backports
@test "a limit whose controller is not delegated is refused with the remedy" {
    [ "$EUID" != 0 ] || skip "root's manager has every controller"
    local group=/sys/fs/cgroup/user.slice/user-$EUID.slice/user@$EUID.service
    ! grep -qw io "$group/cgroup.controllers" ||
        skip "the io controller is delegated here"
    run --separate-stderr -125 "$PLAYPEN" -d 10M true
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" Delegate
}

@test "--system is refused to a user" {
    [ "$EUID" != 0 ] || skip "is about users other than root"
    run -125 "$PLAYPEN" --system true
    claim "${#lines[@]}" = 1
}
