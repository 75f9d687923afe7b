#!/usr/bin/env bats
# --doctor on machines that are broken on purpose: it finds what is wrong, and
# its remedy, followed to the letter, is one.
load root

sysctls=/etc/sysctl.d/50-playpen-live.conf
delegation=/etc/systemd/system/user@.service.d/delegate.conf

# Whatever a test left off is on again, with no help of what is tested.
cleanup() {
    local each
    [ -n "${broken-}" ] || return 0
    for each in "${sysctl[@]}"; do
        sysctl -qw "$each"
    done
    rm -f "$sysctls" /etc/sysctl.d/zz-playpen.conf
    touch "/var/lib/systemd/linger/$USER_NAME"
    rm -f ~"$USER_NAME"/.config/systemd/user/dbus.{socket,service}
    if [ -e "$dropin" ] || [ -e "$delegation" ]; then
        rm -f "$dropin" "$delegation"
        restart_manager
    elif ! as_user timeout 60 busctl --user status > /dev/null 2>&1; then
        systemctl kill --signal=KILL "user@$USER_ID.service" || :
        restart_manager
    fi
}

# To be called before something is broken.
breaking() {
    need_user
    need_machine
    [ ! -e "$delegation" ] || skip "$delegation would be overwritten"
    sysctl=()
    broken=1
}

# line WHAT - that line of what the doctor told last.
line() {
    local each
    for each in "${lines[@]}"; do
        [[ $each =~ ^(ok|warn|FAIL)\ +"$1"\ \ + ]] || continue
        printf '%s\n' "$each"
        return
    done
    printf 'no line for %s in: %s\n' "$1" "$output" >&2
    return 1
}

# sick VERDICT WHAT [TEXT] - the doctor says VERDICT of WHAT; with FAIL it ends
# with 1.
sick() {
    run as_user "$PLAYPEN" --doctor
    [[ $(line "$2") == "$1 "*"${3-}"* ]] || line "$2"
    [ "$1" != FAIL ] || claim "$status" = 1
}

# follow WHAT - the commands of its remedy, as whom it says.
follow() {
    local remedy
    remedy=$(line "$1")
    case $remedy in
    *'as root: '*) sh -ec "${remedy##*as root: }" ;;
    *': run: '*) as_user sh -ec "${remedy##*: run: }" ;;
    *) printf 'no commands in: %s\n' "$remedy" >&2 && return 1 ;;
    esac
}

# well [WHAT...] - these lines are ok, and none is FAIL.
well() {
    local what
    run as_user "$PLAYPEN" --doctor
    claim "$status" = 0
    for what; do
        [[ $(line "$what") == 'ok '* ]] || line "$what"
    done
}

@test "nothing fails on a machine as Debian makes it, for a user and for root" {
    need_user
    well systemd 'user manager' D-Bus 'cgroup v2' 'user namespaces' \
        'memory controller' 'cpu controller' 'pids controller'
    run -0 "$PLAYPEN" --doctor
    lacks "$output" FAIL
}

@test "no user manager: found, and the remedy is one" {
    breaking
    loginctl disable-linger "$USER_NAME"
    systemctl stop "user@$USER_ID.service"
    sick FAIL 'user manager' enable-linger
    sick FAIL D-Bus
    follow 'user manager'
    well 'user manager' D-Bus linger
}

@test "a user manager that does not answer: found, and the remedy is one" {
    breaking
    kill -STOP "$(systemctl show -P MainPID "user@$USER_ID.service")"
    sick FAIL 'user manager' 'does not answer'
    follow 'user manager'
    well 'user manager' D-Bus
}

@test "no D-Bus, its socket stopped: found, and the remedy is one" {
    breaking
    as_user systemctl --user stop dbus.socket dbus.service
    sick FAIL D-Bus
    follow D-Bus
    well D-Bus
}

@test "no D-Bus, masked: found, and the remedy is one" {
    breaking
    as_user systemctl --user mask dbus.socket dbus.service
    as_user systemctl --user stop dbus.socket dbus.service
    sick FAIL D-Bus
    follow D-Bus
    well D-Bus
}

@test "cpu is not delegated: found, and the remedy is one" {
    breaking
    delegate memory pids
    ! grep -qw cpu "/sys/fs/cgroup/user.slice/user-$USER_ID.slice/user@$USER_ID.service/cgroup.controllers" ||
        skip "systemd delegates cpu all the same"
    sick FAIL 'cpu controller' 'not delegated'
    follow 'cpu controller'
    well 'cpu controller'
}

@test "io and cpuset are not delegated: a warning, and the remedy is one" {
    breaking
    delegate cpu memory pids
    sick warn 'io controller'
    sick warn 'cpuset controller'
    claim "$status" = 0
    follow 'io controller'
    well 'io controller' 'cpuset controller'
}

# off NAME=VALUE - as a distribution's own file does it; skips where there is
# no such switch.
off() {
    local name=${1%%=*}
    [ -e "/proc/sys/${name//./\/}" ] || skip "this kernel has no $name"
    sysctl=("$name=$(sysctl -n "$name")")
    echo "$1" > "$sysctls"
    sysctl -qp "$sysctls"
}

@test "user namespaces off by user.max_user_namespaces: found, and the remedy is one" {
    breaking
    off user.max_user_namespaces=0
    sick FAIL 'user namespaces' user.max_user_namespaces
    follow 'user namespaces'
    well 'user namespaces'
}

@test "user namespaces off by kernel.unprivileged_userns_clone: found, and the remedy is one" {
    breaking
    off kernel.unprivileged_userns_clone=0
    sick FAIL 'user namespaces' kernel.unprivileged_userns_clone
    follow 'user namespaces'
    well 'user namespaces'
}

@test "user namespaces off by AppArmor: found, and the remedy is one" {
    breaking
    off kernel.apparmor_restrict_unprivileged_userns=1
    sick FAIL 'user namespaces' kernel.apparmor_restrict_unprivileged_userns
    follow 'user namespaces'
    well 'user namespaces'
}

@test "user namespaces off by two switches: one remedy after the other is one" {
    breaking
    off kernel.unprivileged_userns_clone=0
    echo user.max_user_namespaces=0 >> "$sysctls"
    sysctl+=("user.max_user_namespaces=$(sysctl -n user.max_user_namespaces)")
    sysctl -qp "$sysctls"
    sick FAIL 'user namespaces'
    follow 'user namespaces'
    sick FAIL 'user namespaces'
    follow 'user namespaces'
    well 'user namespaces'
}

@test "namespaces that no switch turns off are tried by a unit: found" {
    breaking
    # The manager's units get no namespace; playpen itself may make one.
    mkdir -p "${dropin%/*}"
    printf '[Service]\nRestrictNamespaces=~user\n' > "$dropin"
    restart_manager
    sick FAIL 'user namespaces' 'a unit'
}

@test "linger off: a warning, and the remedy is one" {
    breaking
    # Of the file alone: told of it, logind would end the manager.
    rm "/var/lib/systemd/linger/$USER_NAME"
    sick warn linger
    claim "$status" = 0
    follow linger
    well linger
}

@test "cgroup v1: found, with the kernel's parameter" {
    need_user
    need_machine
    run unshare --mount sh -c "mount -t tmpfs none /sys/fs/cgroup &&
        XDG_RUNTIME_DIR=/run/user/$USER_ID \
            exec runuser -u $USER_NAME -- '$PLAYPEN' --doctor"
    claim "$status" = 1
    [[ $(line 'cgroup v2') == 'FAIL '*systemd.unified_cgroup_hierarchy=1* ]]
    [[ $(line 'memory controller') == 'FAIL '* ]]
}

@test "in a container, as a user and as root: found; outside, where it says to run, all is well" {
    need_user
    need_machine
    local who
    for who in "$USER_NAME" root; do
        run unshare --mount --pid --fork sh -c "mount -t tmpfs none /run &&
            exec runuser -u $who -- '$PLAYPEN' --doctor"
        claim "$status" = 1
        [[ $(line systemd) == 'FAIL '*container*'on the host'* ]]
    done
    well systemd
}

@test "without systemd-run on PATH: found" {
    need_user
    run as_user env PATH=/nowhere "$PLAYPEN" --doctor
    claim "$status" = 1
    [[ $(line systemd) == 'FAIL '*'install systemd'* ]]
}

@test "what the doctor finds is what a run is refused with" {
    breaking
    off user.max_user_namespaces=0
    sick FAIL 'user namespaces'
    local remedy
    remedy=$(line 'user namespaces')
    run -125 as_user "$PLAYPEN" -q --private-tmp true
    contains "$output" "${remedy##*as root: }"
}
