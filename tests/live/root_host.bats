#!/usr/bin/env bats
# What only root can prepare: devices, the system's configuration, a mount
# namespace; tried by a user.
load helper

# as_alice COMMAND...
as_alice() {
    runuser -u alice -- env XDG_RUNTIME_DIR=/run/user/1000 HOME=/home/alice \
        PLAYPEN="$PLAYPEN" sh -c 'mkdir -p ~/host; cd ~/host; exec "$@"' sh "$@"
}

cleanup() {
    rm -f /dev/dri/renderD190 /dev/nvidia190 /etc/ssh/ssh_config.d/90-test.conf
    rmdir /dev/dri 2> /dev/null || :
}

@test "GPUs are in a plain run and where --gpu says so, in no bundle" {
    need mknod
    mkdir -p /dev/dri
    mknod -m 666 /dev/dri/renderD190 c 226 190
    mknod -m 666 /dev/nvidia190 c 195 190
    nodes=(/dev/dri/renderD190 /dev/nvidia190)
    as_alice "$PLAYPEN" -q ls "${nodes[@]}"
    as_alice "$PLAYPEN" -q --current-dir-only --gpu ls "${nodes[@]}"
    as_alice "$PLAYPEN" -q --preset python3 -m infinity ls "${nodes[@]}"
    for options in --current-dir-only --private-devices '--preset npm -m infinity' \
        '--gpu false'; do
        # shellcheck disable=SC2086
        run as_alice "$PLAYPEN" -q $options -- ls "${nodes[@]}"
        claim "$status" = 2
    done
    # Opened, not only seen: no driver is there to answer.
    run as_alice "$PLAYPEN" -q head -c 1 /dev/nvidia190
    contains "$output" "No such device"
    run "$PLAYPEN" -q head -c 1 /dev/nvidia190
    contains "$output" "No such device"
}

@test "ssh's configuration is that of now, changed or not" {
    need ssh
    [ -d /etc/ssh/ssh_config.d ] || skip "no such directory"
    for port in 2201 2202; do
        echo "Port $port" > /etc/ssh/ssh_config.d/90-test.conf
        run -0 as_alice "$PLAYPEN" -q -- ssh -G localhost
        contains "$output" "port $port"
    done
}

@test "in a mount namespace of root's making it is refused" {
    unshare -m sh -c 'mount -t tmpfs none /mnt; echo inner > /mnt/f; "$@"' sh \
        runuser -u alice -- env XDG_RUNTIME_DIR=/run/user/1000 HOME=/home/alice \
        sh -c '"$1" -q cat /mnt/f; echo $?; "$1" -q --limits-only cat /mnt/f' \
        sh "$PLAYPEN" > out 2> err
    contains "$(< err)" "a mount namespace other than the manager's"
    claim "$(< out)" = $'125\ninner'
}
