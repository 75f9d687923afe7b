#!/usr/bin/env bats
# Ways out of --current-dir-only that only root can set up: what engines and
# others have in /run, /var and at the top. The attempts are the user's.
#
# Environment: PLAYPEN_TEST_USER, whose manager runs; alice if not set
load helper

setup() {
    [ "$EUID" = 0 ] || skip "needs root"
    systemd-detect-virt -q --vm ||
        skip "changes the whole machine: only in a virtual one"
    USER_NAME=${PLAYPEN_TEST_USER:-alice}
    USER_ID=$(id -u "$USER_NAME" 2> /dev/null) ||
        skip "needs a user $USER_NAME (PLAYPEN_TEST_USER)"
    [ -S "/run/user/$USER_ID/bus" ] ||
        skip "needs $USER_NAME's manager: loginctl enable-linger $USER_NAME"
    WORK=$(as_user sh -c 'mktemp -d ~/.playpen-live.XXXXXX')
    PIDS=()
    LEFT=()
}

cleanup() {
    [ ${#PIDS[@]} = 0 ] || kill "${PIDS[@]}" 2> /dev/null || :
    [ ${#LEFT[@]} = 0 ] || rm -rf "${LEFT[@]}"
    sed -i '/^pen-carol:/d' /etc/passwd
}

as_user() {
    (cd "${WORK:-/}" && runuser -u "$USER_NAME" -- env -u DBUS_SESSION_BUS_ADDRESS \
        HOME="$(getent passwd "$USER_NAME" | cut -d: -f6)" \
        XDG_RUNTIME_DIR="/run/user/$USER_ID" "$@" 3>&-)
}
inside() {
    run as_user "$PLAYPEN" -q --current-dir-only "$@"
}

# made FILE - its topmost missing parent is removed when the test ends.
made() {
    local path=$1
    while [ "${path%/*}" ] && [ ! -e "${path%/*}" ]; do path=${path%/*}; done
    LEFT+=("$path")
    mkdir -p "${1%/*}"
}

# no_answer SOCKET [OPTION...] - one of root's that every user may connect to:
# as of the group docker, and the like. Outside it answers, inside not.
no_answer() {
    local socket=$1
    shift
    if [ ! -S "$socket" ]; then
        made "$socket"
        socat "UNIX-LISTEN:$socket,fork,mode=666" SYSTEM:'echo hidden' \
            > /dev/null 2>&1 < /dev/null 3>&- &
        PIDS+=("$!")
        wait_until 60 test -S "$socket"
    fi
    run as_user socat -u -T 5 "UNIX-CONNECT:$socket" -
    contains "$output" hidden
    inside "$@" -- sh -c 'echo started; socat -u -T 5 "UNIX-CONNECT:$1" -' sh "$socket"
    contains "$output" started
    lacks "$output" hidden
}

@test "the socket of docker is out of reach" {
    no_answer /run/docker.sock
    no_answer /var/run/docker.sock
}

@test "docker's socket is there for who says --rw with its path" {
    made /run/docker.sock
    socat UNIX-LISTEN:/run/docker.sock,fork,mode=666 SYSTEM:'echo granted' \
        > /dev/null 2>&1 < /dev/null 3>&- &
    PIDS+=("$!")
    wait_until 60 test -S /run/docker.sock
    inside --rw /run/docker.sock -- socat -u -T 5 UNIX-CONNECT:/run/docker.sock -
    contains "$output" granted
}

@test "the socket of containerd is out of reach" {
    no_answer /run/containerd/containerd.sock
}

@test "the socket of podman is out of reach" {
    no_answer /run/podman/podman.sock
}

@test "the sockets of libvirt are out of reach" {
    no_answer /run/libvirt/libvirt-sock
    no_answer /run/libvirt/virtqemud-sock
}

@test "the sockets of incus and lxd are out of reach" {
    no_answer /var/lib/incus/unix.socket
    no_answer /var/lib/incus/unix.socket.user
    no_answer /var/lib/lxd/unix.socket
    no_answer /var/snap/lxd/common/lxd/unix.socket
    no_answer /run/incus/unix.socket
}

@test "the socket of snapd is out of reach" {
    no_answer /run/snapd.socket
    no_answer /run/snapd-snap.socket
}

@test "screen's sockets in /run are out of reach" {
    no_answer /run/screen/S-alice/1.pen
}

@test "the socket of any daemon in /var, /opt, /usr or /etc is out of reach" {
    no_answer /var/lib/pen/daemon.sock
    no_answer /opt/pen/run/daemon.sock
    no_answer /nix/var/pen/daemon.sock
    no_answer /usr/lib/pen/daemon.sock
    no_answer /etc/pen/daemon.sock
}

@test "what lies in /mnt, /media, /srv and in a directory of its own is hidden" {
    local file
    for file in /mnt/secret /media/usb/secret /srv/secret /pen/secret \
        /.snapshots/1/secret /library/secret; do
        made "$file"
        echo hidden > "$file"
        run as_user cat "$file"
        contains "$output" hidden
        inside cat "$file"
        claim "$status" != 0
        lacks "$output" hidden
    done
}

@test "the user's mail, and directories in /var, are hidden, but not a granted one" {
    local file
    for file in "/var/mail/$USER_NAME" /var/www/pen/.env /var/lib/pen/a/b/file; do
        made "$file"
        echo hidden > "$file"
        chown "$USER_NAME" "$file"
        [[ $file = /var/mail/* ]] || chown "$USER_NAME" "${file%/*}"
        run as_user cat "$file"
        contains "$output" hidden
        inside cat "$file"
        lacks "$output" hidden
    done
    WORK=/var/www/pen inside sh -c 'cat .env /var/lib/pen/a/b/file; echo > made'
    claim "${lines[0]}" = hidden
    claim "$(grep -c hidden <<< "$output")" = 1
    claim -e /var/www/pen/made
}

@test "a crashed program's memory, the journal and logs that the user may read are hidden" {
    local file
    for file in /var/lib/systemd/coredump/core.pen /var/crash/pen \
        /var/log/journal/pen /var/log/pen/auth.log; do
        made "$file"
        LEFT+=("$file")
        echo hidden > "$file"
        chmod 644 "$file"
        run as_user cat "$file"
        contains "$output" hidden
        inside cat "$file"
        lacks "$output" hidden
    done
}

@test "home directories among the system's are hidden" {
    local home
    for home in /var/pen/carol /opt/carol; do
        made "$home/secret"
        echo hidden > "$home/secret"
        echo "pen-carol:x:1977:1977::$home:/bin/sh" >> /etc/passwd
        run as_user cat "$home/secret"
        contains "$output" hidden
        inside cat "$home/secret"
        claim "$status" != 0
        lacks "$output" hidden
    done
}

@test "what the user owns among the system's is not written" {
    local dir
    for dir in /usr/local/pen /opt/pen /etc/pen /var/lib/pen; do
        made "$dir/file"
        echo mine > "$dir/file"
        chown -R "$USER_NAME" "$dir"
        run -0 as_user touch "$dir/outside"
        inside -- sh -c 'echo evil > "$1/file"; touch "$1/inside"; exit 0' sh "$dir"
        claim "$status" = 0
        claim "$(cat "$dir/file")" = mine
        claim ! -e "$dir/inside"
    done
}

@test "an engine that listens from another network namespace is out of reach" {
    # /proc/net/unix does not list it.
    made /var/lib/incus/unix.socket
    unshare -n socat UNIX-LISTEN:/var/lib/incus/unix.socket,fork,mode=666 \
        SYSTEM:'echo hidden' > /dev/null 2>&1 < /dev/null 3>&- &
    PIDS+=("$!")
    wait_until 60 test -S /var/lib/incus/unix.socket
    no_answer /var/lib/incus/unix.socket
}

@test "--private-network leaves no resolver that asks the outside" {
    made /run/systemd/resolve/io.systemd.Resolve
    LEFT+=(/run/systemd/resolve/io.systemd.Pen)
    no_answer /run/systemd/resolve/io.systemd.Pen --private-network
}
