# bats file_tags=version,backports,home
# Ways around what is mounted, and through namespaces.

load escape

@test "what hides the home directory cannot be unmounted" {
    attempt <<< 'umount -l "$1"; umount -l "$HOME"; umount -l /home
        umount -l /run; cat "$2"'
    keeps "${BASE%/*}" "$SECRET"
}

@test "nor from a nested user namespace" {
    attempt <<< 'unshare -rm sh -c "umount -l \"\$HOME\"; umount -l /home
        umount -l /data; umount -R -l /; umount -l /run; cat $1
        cat /run/user/*/bus 2>&1 | grep -q device && echo seen"'
    keeps "$SECRET"
    lacks "$output" seen
}

@test "nor is anything seen beneath it by a bind mount" {
    attempt <<< 'mkdir -p b; unshare -rm sh -c "for d in / /home $HOME; do
        mount --bind \$d b && cat b/$1 b/${1#/home} b/${1#"$HOME"}
        umount b; done"'
    keeps "$SECRET"
}

@test "the system is not made writable by mounting it anew" {
    attempt <<< 'mount -o remount,rw /; mount -o remount,bind,rw /
        unshare -rm sh -c "mount -o remount,bind,rw /; mount -o remount,rw /usr
        mount -o remount,bind,rw /sys/fs/cgroup && exit 0; exit 1"'
    inside sh ./attempt
    claim "$status" = 1
}

@test "pivot_root and chroot lead nowhere" {
    attempt <<< 'PATH=$PATH:/sbin:/usr/sbin
        mkdir -p new/old; unshare -rm sh -c "mount -t tmpfs x new
        mkdir -p new/old; cd new && pivot_root . old; cat old/$1; chroot .. ; cat /$1"
        unshare -r chroot /proc/1/root cat "$1"'
    keeps "$SECRET"
}

@test "no namespace of an outside process can be entered" {
    attempt <<< 'for p in /proc/[0-9]*; do p=${p#/proc/}
        for how in -m "-U -m --preserve-credentials" "-U -m"; do
            nsenter -t "$p" $how cat "$1"
        done; done 2> /dev/null; unshare -r nsenter -t "$2" -m cat "$1"'
    background sleep 300
    keeps "$SECRET" "$pid"
    # In a mount namespace of the user's own it would have been possible.
    background unshare -Um --map-root-user sleep 300
    wait_until 60 sh -c '[ "$(readlink "/proc/$0/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]' "$pid"
    run nsenter -t "$pid" -U -m --preserve-credentials cat "$SECRET"
    contains "$output" hidden
    keeps "$SECRET" "$pid"
}

@test "no privilege is gained by a setuid program" {
    inside grep NoNewPrivs /proc/self/status
    contains "$output" 1
    inside grep CapEff /proc/self/status
    contains "$output" 0000000000000000
}

# The mounts of a namespace that ended came off one another, but for locked ones.
@test "nor what another run protected by a descriptor that it sent and ended" {
    echo hidden > .env
    cat > hand << 'END'
import os, socket, sys, time
if sys.argv[1] == "on":
    s = socket.socket(socket.AF_UNIX)
    s.connect("s")
    socket.send_fds(s, [b"x"], [os.open(".", os.O_RDONLY)])
    s.recv(1)
    sys.exit()
l = socket.socket(socket.AF_UNIX)
l.bind("s")
l.listen()
c = l.accept()[0]
d = socket.recv_fds(c, 1, 1)[1][0]
c.send(b"x")
c.close()
while not os.path.exists("gone"):
    time.sleep(.1)
time.sleep(1)
for name, flags in (".env", os.O_RDONLY), (".git/config", os.O_WRONLY):
    try:
        print(name, os.read(os.open(name, flags, dir_fd=d), 9))
    except OSError as e:
        print(name, e.strerror)
END
    start -q --current-dir-only --inaccessible .env -- python3 hand over
    wait_until 60 test -S s
    inside --inaccessible .env -- python3 hand on
    claim "$status" = 0
    touch gone
    wait "$pid" || :
    contains "$(cat out)" '.env Permission denied'
    contains "$(cat out)" '.git/config Read-only file system'
}
