# bats file_tags=home
# Ways over devices and the kernel's tunables.

load escape

# bats test_tags=version
@test "there is no device but the harmless ones" {
    local device
    for device in /dev/fuse /dev/kmsg /dev/mem; do
        [ -e "$device" ] || skip "$device is not there outside either"
    done
    inside find /dev -type c -o -type b
    claim "$status" = 0
    while read -r device; do
        case $device in
        "" | /dev/null | /dev/zero | /dev/full | /dev/random | /dev/urandom | \
            /dev/tty | /dev/ptmx | /dev/pts/ptmx) ;;
        *) claim "$device" = "one of the harmless" ;;
        esac
    done <<< "$output"
}

@test "what sets up loop devices is not there" {
    attempt <<< 'test -e /dev/loop-control'
    [ -e /dev/loop-control ] || skip "no loop devices here"
    works
    fails
}

# bats test_tags=version
@test "no kernel tunable is written, in a nested namespace neither" {
    attempt <<< 'unshare -rn sh -c "f=/proc/sys/net/ipv4/ip_unprivileged_port_start
        cat \$f > \$f"'
    works
    fails
}

# bats test_tags=version
@test "/sys is read-only, and what ends a FUSE mount of the user's is not there" {
    inside -- sh -c 'echo "$(stat -f -c %T /sys/fs/fuse/connections 2>&1)"
        grep " / /sys r[ow],.* sysfs " /proc/self/mountinfo'
    contains "$output" " / /sys ro,"
    lacks "$output" " / /sys rw,"
    [ -e /sys/fs/fuse/connections ] || skip "no FUSE here"
    contains "$output" tmpfs
    inside --protect-kernel-tunables false -- stat -f -c %T /sys/fs/fuse/connections
    claim "$output" = tmpfs
}
