#!/usr/bin/env python3
"""fuse.py FROM TO USER [late SECONDS | broken NAME] - a small FUSE file system.

Shows the directory FROM at TO, for USER and nobody else, as sshfs does, until
it is killed or unmounted. Mounts as root and serves as USER. `late` takes so
long for each answer, `broken` answers EIO for what is called NAME. Prints
"ready" once it is mounted. The protocol: linux/fuse.h, version 7.31.
"""
import ctypes
import errno
import os
import pwd
import stat
import struct
import sys
import time

source, target, user = sys.argv[1:4]
late = float(sys.argv[5]) if sys.argv[4:5] == ["late"] else 0
broken = os.fsencode(sys.argv[5]) if sys.argv[4:5] == ["broken"] else None
paths = {1: os.fsencode(source)}  # by the number of the node
numbers = {paths[1]: 1}


def node_of(path):
    if path not in numbers:
        numbers[path] = len(paths) + 1
        paths[numbers[path]] = path
    return numbers[path]


def moved(old, new):
    """What is known by names below OLD is below NEW from now on."""
    numbers.pop(new, None)
    for node, path in paths.items():
        if path == old or path.startswith(old + b"/"):
            numbers.pop(path, None)
            paths[node] = new + path[len(old):]
            numbers[paths[node]] = node


def attributes(path, node):
    st = os.lstat(path)
    times = [st.st_atime_ns, st.st_mtime_ns, st.st_ctime_ns]
    return struct.pack(
        "=6Q10I", node, st.st_size, st.st_blocks,
        *[t // 10**9 for t in times], *[t % 10**9 for t in times],
        st.st_mode, st.st_nlink, st.st_uid, st.st_gid, st.st_rdev,
        st.st_blksize, 0)


def entry(path):
    text = attributes(path, 0)  # fails before a number is given
    node = node_of(path)
    return struct.pack("=4Q2I", node, 0, 0, 0, 0, 0) + struct.pack("=Q", node) + text[8:]


def opened(fd):
    return struct.pack("=Q2I", fd, 0, 0)


def set_attributes(path, body):
    (valid, _, fh, size, _, atime, mtime, _, atime_ns, mtime_ns, _, mode, _,
     uid, gid, _) = struct.unpack("=2I6Q8I", body[:88])
    if valid & 1:
        os.chmod(path, stat.S_IMODE(mode))
    if valid & 6:
        os.lchown(path, uid if valid & 2 else -1, gid if valid & 4 else -1)
    if valid & 8:
        os.truncate(fh if valid & 64 else path, size)
    if valid & 48:
        st, now = os.lstat(path), time.time_ns()
        new_atime = now if valid & 128 else atime * 10**9 + atime_ns
        new_mtime = now if valid & 256 else mtime * 10**9 + mtime_ns
        os.utime(path, ns=(new_atime if valid & 16 else st.st_atime_ns,
                           new_mtime if valid & 32 else st.st_mtime_ns),
                 follow_symlinks=False)


def listing(path, offset, size):
    names, text = [b".", b".."] + sorted(os.listdir(path)), b""
    for number, name in enumerate(names[offset:], offset + 1):
        row = struct.pack("=2Q2I", number + 1, number, len(name), 0) + name
        row += bytes(-len(row) % 8)
        if len(text) + len(row) > size:
            break
        text += row
    return text


def answer(opcode, node, body):
    """The answer to one request; None where there is none to give."""
    path = paths.get(node)

    def child(skip, which=0):
        name = body[skip:].split(b"\0")[which]
        if name == broken:
            raise OSError(errno.EIO, "broken")
        return path + b"/" + name

    if opcode in (2, 36, 42):  # FORGET, INTERRUPT, BATCH_FORGET
        return None
    if opcode == 26:  # INIT
        return struct.pack("=4I2H2I2H8I", 7, 31, 65536, 0, 8, 8, 65536, 1, 16,
                           0, *[0] * 8)
    if opcode == 1:  # LOOKUP
        return entry(child(0))
    if opcode in (3, 4):  # GETATTR, SETATTR
        if opcode == 4:
            set_attributes(path, body)
        return struct.pack("=Q2I", 0, 0, 0) + attributes(path, node)
    if opcode == 5:  # READLINK
        return os.readlink(path)
    if opcode == 6:  # SYMLINK
        os.symlink(body.split(b"\0")[1], child(0))
        return entry(child(0))
    if opcode == 8:  # MKNOD
        os.mknod(child(16), struct.unpack("=I", body[:4])[0])
        return entry(child(16))
    if opcode == 9:  # MKDIR
        os.mkdir(child(8), struct.unpack("=I", body[:4])[0])
        return entry(child(8))
    if opcode in (10, 11):  # UNLINK, RMDIR
        (os.unlink if opcode == 10 else os.rmdir)(child(0))
        return b""
    if opcode in (12, 45):  # RENAME, RENAME2
        skip = 8 if opcode == 12 else 16
        if opcode == 45 and struct.unpack("=I", body[8:12])[0]:
            raise OSError(errno.EINVAL, "flags")
        old = child(skip)
        path = paths[struct.unpack("=Q", body[:8])[0]]
        new = child(skip, 1)
        os.rename(old, new)
        moved(old, new)
        return b""
    if opcode == 13:  # LINK
        os.link(paths[struct.unpack("=Q", body[:8])[0]], child(8))
        return entry(child(8))
    if opcode == 14:  # OPEN
        return opened(os.open(path, struct.unpack("=I", body[:4])[0] & ~os.O_CREAT))
    if opcode == 35:  # CREATE
        flags, mode = struct.unpack("=2I", body[:8])
        fd = os.open(child(16), flags | os.O_CREAT, mode)
        return entry(child(16)) + opened(fd)
    if opcode in (15, 16, 28):  # READ, WRITE, READDIR
        fh, offset, size = struct.unpack("=2QI", body[:20])
        if opcode == 15:
            return os.pread(fh, size, offset)
        if opcode == 28:
            return listing(path, offset, size)
        return struct.pack("=2I", os.pwrite(fh, body[40:40 + size], offset), 0)
    if opcode == 17:  # STATFS
        vfs = os.statvfs(path)
        return struct.pack("=5Q10I", vfs.f_blocks, vfs.f_bfree, vfs.f_bavail,
                           vfs.f_files, vfs.f_ffree, vfs.f_bsize, 255,
                           vfs.f_frsize, *[0] * 7)
    if opcode == 18:  # RELEASE
        os.close(struct.unpack("=Q", body[:8])[0])
        return b""
    if opcode == 27:  # OPENDIR
        os.listdir(path)
        return opened(0)
    if opcode in (20, 25, 29, 30):  # FSYNC, FLUSH, RELEASEDIR, FSYNCDIR
        return b""
    raise OSError(errno.ENOSYS, "not made")


device = os.open("/dev/fuse", os.O_RDWR)
who = pwd.getpwnam(user)
options = f"fd={device},rootmode=40000,user_id={who.pw_uid},group_id={who.pw_gid}"
libc = ctypes.CDLL(None, use_errno=True)
if libc.mount(b"small", os.fsencode(target), b"fuse", 6, options.encode()) != 0:
    sys.exit(os.strerror(ctypes.get_errno()))
os.setresgid(*[who.pw_gid] * 3)
os.setresuid(*[who.pw_uid] * 3)
os.umask(0)
print("ready", flush=True)
while True:
    try:
        request = os.read(device, 1 << 20)
    except OSError as error:
        if error.errno == errno.ENOENT:  # interrupted before it was read
            continue
        break  # ENODEV: unmounted
    opcode, unique, node = struct.unpack("=I2Q", request[4:24])
    time.sleep(late)
    try:
        reply, status = answer(opcode, node, request[40:]), 0
    except OSError as error:
        reply, status = b"", -error.errno
    if reply is not None:
        try:
            os.write(device, struct.pack("=IiQ", 16 + len(reply), status, unique) + reply)
        except FileNotFoundError:  # interrupted meanwhile
            pass
