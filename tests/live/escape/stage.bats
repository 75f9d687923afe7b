# bats file_tags=home
# Ways over the stage, which starts the program in the unit.

load escape

@test "nobody listens on the stage's socket" {
    inside -- python3 -c '
import socket, sys
for path in "/run/playpen", sys.argv[1]:
    for kind in socket.SOCK_SEQPACKET, socket.SOCK_STREAM:
        try: socket.socket(socket.AF_UNIX, kind).connect(path)
        except OSError: continue
        sys.exit(0)
sys.exit(9)' "$RUNTIME/playpen"
    claim "$status" = 9
}

# bats test_tags=version
@test "a program inherits no descriptor that leads to a file of the user's" {
    local opened=(bash -c 'exec 12< "$1" 13< "$2"; shift 2; "$@"' - "$SECRET" "$HOME")
    local look=(sh -c "readlink /proc/self/fd/12 /proc/self/fd/13")
    run -0 "${opened[@]}" "${look[@]}"
    claim "$output" = "$SECRET"$'\n'"$HOME"
    run "${opened[@]}" "$PLAYPEN" -q --current-dir-only "${look[@]}"
    claim "$status $output" = '1 '
}

@test "a directory as a stream leads nowhere" {
    attempt <<< 'cat "/proc/self/fd/0/../$1" "/proc/self/fd/2/../$1"'
    echo hidden > ../secret
    run sh ./attempt secret < . 3>&-
    contains "$output" hidden
    run "$PLAYPEN" -q --current-dir-only sh ./attempt secret < . 3>&-
    claim "$status" = 125
    lacks "$output" hidden
    run bash -c '"$PLAYPEN" -q --current-dir-only sh ./attempt secret 2< .' 3>&-
    claim "$status" = 125
    lacks "$output" hidden
}

# bats test_tags=version
@test "the stage cannot be traced, nor its socket taken" {
    inside -- python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None)
stage = os.getppid()
if libc.ptrace(16, stage, 0, 0) == 0: sys.exit(0)
pidfd = libc.syscall(434, stage, 0)
if any(libc.syscall(438, pidfd, n, 0) >= 0 for n in range(16)): sys.exit(0)
try: os.listdir("/proc/%d/fd" % stage)
except OSError: sys.exit(9)'
    claim "$status" = 9
}

# bats test_tags=version
@test "a program that ends the stage ends with it, and does not end well" {
    inside -- sh -c 'kill -9 $PPID; sleep 4713; exit 0'
    claim "$status" != 0
    no_sleep() { ! pgrep -fx 'sleep 4713' > /dev/null; }
    wait_until 60 no_sleep
}

@test "a program that kills its parent, or the stage that somebody kills, is gone when playpen looks at what it left" {
    cat > many.py << 'END'
import mmap, os, sys, time
parent = os.getppid()
for i in range(40):
    if os.fork() == 0:
        break
memory = mmap.mmap(-1, 30 << 20)
for at in range(0, len(memory), 4096):
    memory[at] = 1
open("ready%d" % os.getpid(), "w")
while len([f for f in os.listdir() if f.startswith("ready")]) < 40:
    time.sleep(.05)
if i == 0 and len(sys.argv) > 1:
    os.kill(parent, 9)
time.sleep(4715)
END
    run bash -c '"$PLAYPEN" -q --current-dir-only -- python3 many.py parent
        pgrep -xc python3' 3>&-
    contains "$output" 'how it ended is not known'
    claim "${lines[-1]}" = 0
    rm ready*
    start -q --current-dir-only -- python3 many.py
    ready() { [ "$(find . -name 'ready*' | wc -l)" -ge 40 ]; }
    wait_until 60 ready
    systemctl --user kill --signal=KILL --kill-whom=main \
        "$(systemctl --user list-units --no-legend 'playpen-confined-python3-*' |
            grep -o 'playpen-[^ ]*service')"
    finish
    claim "$(pgrep -xc python3)" = 0
}

# bats test_tags=version
@test "a program cannot stop the stage" {
    # Else both stand still until the unit is stopped.
    local i
    # Also before the stage heard that it began.
    for i in 1 2 3 4 5 6 7 8; do
        inside -- sh -c 'kill -STOP $PPID; exit 3'
        claim "$status" != 0
    done
}
