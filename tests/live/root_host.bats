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
    rm -f /dev/dri/renderD190 /dev/nvidia190 /dev/nvidia0 /etc/ssh/ssh_config.d/90-test.conf
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

# bats test_tags=workshop
@test "a GPU's driver answers in a plain run and under pp-python3 as without, and is not there under pp-npm" {
    local bare

    [ -c /dev/dri/renderD128 ] || skip "needs a GPU and its driver: no /dev/dri/renderD128"
    mknod -m 666 /dev/nvidia0 c 195 0
    chmod 666 /dev/dri/*D128
    as_alice tee look > /dev/null << 'END'
import ctypes, fcntl, glob, struct
for name in sorted(glob.glob("/dev/dri/**", recursive=True)) + ["/dev/nvidia0"]:
    said = bytearray(16)  # <drm/drm.h>: struct drm_version
    try:
        with open(name, "rb+", buffering=0) as device:
            address = (ctypes.c_char * 16).from_buffer(said)
            fcntl.ioctl(device, 0xc0406400, struct.pack(
                "3i4x6Q", 0, 0, 0, 16, ctypes.addressof(address), 0, 0, 0, 0))
        print(name, bytes(said).strip(b"\0").decode())
    except OSError as error:
        print(name, error.strerror)
END
    as_alice ln -sf "$PLAYPEN" pp-python3
    as_alice ln -sf "$PLAYPEN" pp-npm
    as_alice tee package.json <<< '{ "scripts": { "look": "python3 look" } }' > /dev/null
    bare=$(as_alice python3 look)
    contains "$bare" "/dev/dri/renderD128 virtio_gpu"
    contains "$bare" "/dev/nvidia0 No such device"
    claim "$(as_alice "$PLAYPEN" -q python3 look)" = "$bare"
    claim "$(as_alice ./pp-python3 look)" = "$bare"
    claim "$(as_alice npm run -s look)" = "$bare"
    claim "$(as_alice ./pp-npm run -s look)" = "/dev/nvidia0 No such file or directory"
}

@test "ssh's configuration is that of now, changed or not" {
    need ssh
    [ -d /etc/ssh/ssh_config.d ] || skip "no /etc/ssh/ssh_config.d"
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
