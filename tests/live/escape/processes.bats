# bats file_tags=home
# Ways over processes of the user's outside.

load escape

# bats test_tags=version
@test "no outside process can be traced" {
    background sleep 300
    attempt <<< 'python3 -c "import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
if libc.ptrace(16, pid, 0, 0) < 0: sys.exit(1)
import os
os.waitpid(pid, 0)
libc.ptrace(17, pid, 0, 0)" "$1"'
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    works "$pid"
    fails "$pid"
}

# Reads the environment's first bytes of the process $1: "PEN=hidden" by way of
# process_vm_readv(2), then of /proc/PID/mem.
read_memory() {
    attempt << 'EOF2'
python3 - "$1" "$2" << 'PYTHON'
import ctypes, sys
pid, address = int(sys.argv[1]), int(sys.argv[2])
class iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(64)
local = iovec(ctypes.cast(buffer, ctypes.c_void_p), 64)
remote = iovec(address, 64)
libc = ctypes.CDLL(None)
libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
print(buffer.raw)
try:
    with open("/proc/%d/mem" % pid, "rb", 0) as mem:
        mem.seek(address)
        print(mem.read(64))
except OSError as error:
    print(error)
PYTHON
EOF2
}

@test "the memory of an outside process cannot be read" {
    background env -i PEN=hidden sleep 300
    wait_until 60 grep -qa PEN=hidden "/proc/$pid/environ"
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    read_memory
    # Field 50 of proc_pid_stat(5): where the environment begins.
    local address
    address=$(cut -d' ' -f50 "/proc/$pid/stat")
    leaks "$pid" "$address"
    keeps "$pid" "$address"
}

@test "the environment of an outside process cannot be read" {
    background env PEN=hidden sleep 300
    wait_until 60 grep -qa PEN=hidden "/proc/$pid/environ"
    attempt <<< 'for p in "$1" self; do cat "/proc/$p/environ"; done | tr "\0" "\n"'
    leaks "$pid"
    keeps "$pid"
}

# bats test_tags=version
@test "no descriptor is taken from an outside process" {
    background sh -c 'exec sleep 300 9< "$0"' "$SECRET"
    attempt << 'EOF2'
python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None)
pidfd = libc.syscall(434, int(sys.argv[1]), 0)
fd = libc.syscall(438, pidfd, 9, 0)
sys.exit(1) if fd < 0 else print(os.pread(fd, 10, 0))' "$1"
EOF2
    wait_until 60 test -e "/proc/$pid/fd/9"
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    leaks "$pid"
    keeps "$pid"
}

# bats test_tags=version
@test "no outside process can be signalled" {
    background sleep 300
    attempt <<< 'kill -0 "$1"'
    works "$pid"
    fails "$pid"
    inside -- sh -c 'kill -9 "$1"; kill -9 -1' sh "$pid"
    kill -0 "$pid"
}

@test "no outside process is ended by a limit set on it" {
    background sleep 300
    attempt <<< 'prlimit --pid "$1" --nofile=64:64'
    works "$pid"
    fails "$pid"
}

@test "no outside process is put first in line for the OOM killer" {
    background sleep 300
    attempt <<< 'echo 1000 > "/proc/$1/oom_score_adj"'
    fails "$pid"
    claim "$(cat "/proc/$pid/oom_score_adj")" != 1000
    works "$pid"
}

@test "no outside process is slowed down" {
    background sleep 300
    attempt <<< 'renice -n 19 -p "$1" && chrt -i -p 0 "$1"'
    fails "$pid"
    works "$pid"
}

# bats test_tags=version
@test "outside processes are not seen" {
    background sleep 300
    attempt <<< '[ -e "/proc/$1" ]'
    works "$pid"
    fails "$pid"
}
