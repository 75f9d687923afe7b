#!/usr/bin/env bats
# bats file_tags=version
# The network by name, against servers in a network namespace at the other end of
# a pair of veth: 10.77.0.2 is private, 11.77.0.2 public. A resolver there writes
# down what it is asked.

load root

NET=$BATS_TEST_DIRNAME/net.py

setup() {
    root_setup
    systemd-detect-virt -q || skip "changes the whole machine: only in a virtual one"
    need_user
    ip netns add pen-test 2> /dev/null && ip link add pen0 type veth peer name pen1 netns pen-test ||
        skip "no network namespace, or no veth"
    ip addr add 10.77.0.1/24 dev pen0
    ip addr add 11.77.0.1/24 dev pen0
    ip link set pen0 up
    local inside=(ip -n pen-test)
    "${inside[@]}" link set lo up
    "${inside[@]}" addr add 10.77.0.2/24 dev pen1
    "${inside[@]}" addr add 11.77.0.2/24 dev pen1
    "${inside[@]}" addr add 169.254.169.254/32 dev lo
    "${inside[@]}" link set pen1 up
    ip route add 169.254.169.254 via 10.77.0.2
    resolv=$(realpath /etc/resolv.conf)
    printf 'nameserver 10.77.0.2\nsearch corp.test\noptions timeout:20\n' > resolv.conf
    chmod 644 resolv.conf
    mount --bind resolv.conf "$resolv"
    cat > resolver.py <<'END'
"""Answers A queries by what is in `names`: "NAME ADDRESS..."; of several the
next one each time, of none nothing at all."""
import socket, struct

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.77.0.2", 53))
print("ready", flush=True)
turn = {}
while True:
    data, peer = s.recvfrom(600)
    labels, at = [], 12
    while data[at]:
        labels.append(data[at + 1:at + 1 + data[at]].decode())
        at += 1 + data[at]
    kind, = struct.unpack(">H", data[at + 1:at + 3])
    name = ".".join(labels).lower()
    print(name, kind, flush=True)
    names = {line.split()[0]: line.split()[1:] for line in open("names")}
    addresses = names.get(name)
    if addresses == []:
        continue
    answer = b""
    if addresses and kind == 1:
        turn[name] = turn.get(name, -1) + 1
        answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 0, 4) + socket.inet_aton(addresses[turn[name] % len(addresses)])
    s.sendto(data[:2] + struct.pack(">5H", 0x8180 if addresses else 0x8183, 1, 1 if answer else 0, 0, 0) + data[12:at + 5] + answer, peer)
END
    : > names
    ip netns exec pen-test python3 resolver.py > asked 2>&1 3>&- &
    servers=$!
    ip netns exec pen-test python3 "$NET" serve 0.0.0.0 7000 > server 2>&1 3>&- &
    servers+=" $!"
    python3 "$NET" serve 0.0.0.0 7000 > mine 2>&1 3>&- &
    servers+=" $!"
    wait_until 60 grep -q ready asked
    wait_until 60 grep -q ready server
    wait_until 60 grep -q ready mine
    place=$(as_user mktemp -d "$(getent passwd "$USER_NAME" | cut -d: -f6)/.playpen-live.XXXXXX")
    cp "$NET" "$place/net.py"
}

cleanup() {
    [ -z "${servers-}" ] || kill $servers 2> /dev/null || :
    [ -z "${resolv-}" ] || umount "$resolv"
    ip link del pen0 2> /dev/null || :
    ip netns del pen-test 2> /dev/null || :
    [ -z "${place-}" ] || rm -rf "$place"
}

# pen OPTION... -- COMMAND...: as the user, in their directory.
pen() {
    as_user env -C "$place" HOME="$(dirname "$place")" "$PLAYPEN" --current-dir-only "$@"
}

# reach NAME...: what is said of a connection to port 7000 of each.
REACH='import socket, sys
for name in sys.argv[1:]:
    try:
        s = socket.create_connection((name, 7000), timeout=30)
        s.sendall(b"echo\nreached"); s.shutdown(1)
        print(name, s.recv(9).decode())
    except OSError as e:
        print(name, type(e).__name__)'

@test "a name in full leads to private addresses, a pattern to public ones, none to this machine or its link" {
    cat > names <<'END'
full.test 10.77.0.2
open.some.test 11.77.0.2
deep.er.some.test 11.77.0.2
private.some.test 10.77.0.2
loop.test 127.0.0.1
own.test 10.77.0.1
meta.test 169.254.169.254
zero.test 0.0.0.0
END
    local list=() name
    for name in full loop own meta zero; do list+=(--net-allow "$name.test:7000"); done
    run -0 pen "${list[@]}" --net-allow '*.some.test:7000' python3 -c "$REACH" \
        full.test FULL.Test. open.some.test deep.er.some.test some.test \
        private.some.test loop.test own.test meta.test zero.test full.test.some.test.evil.test
    contains "$output" $'full.test reached\nFULL.Test. reached\nopen.some.test reached\ndeep.er.some.test reached\nsome.test gaierror\nprivate.some.test ConnectionResetError\nloop.test ConnectionResetError\nown.test ConnectionResetError\nmeta.test ConnectionResetError\nzero.test ConnectionResetError\nfull.test.some.test.evil.test gaierror'
    contains "$output" 'not reached: meta.test:7000, which is 169.254.169.254 (1 time): --net-allow 169.254.169.254:7000 allows it'
    contains "$output" 'not reached: own.test:7000, which is 10.77.0.1 (1 time): --net-allow 10.77.0.1:7000 allows it'
    claim "$(grep -c echo mine)" = 0
    # Each of them by its own address on the list.
    list+=(--net-allow localhost:7000)
    for name in 10.77.0.1 169.254.169.254; do list+=(--net-allow "$name:7000"); done
    run -0 --separate-stderr pen -q "${list[@]}" python3 -c "$REACH" loop.test own.test meta.test 10.77.0.1 10.77.0.2
    claim "$output" = $'loop.test reached\nown.test reached\nmeta.test reached\n10.77.0.1 reached\n10.77.0.2 OSError'
}

@test "the resolver outside sees no name that is not on the list, and each that is once" {
    # Nor below a domain of the search list, where nothing has the name itself.
    printf 'full.test 10.77.0.2\nsecret.some.test.corp.test 11.77.0.2\nhere 10.77.0.2\nhere.corp.test 10.77.0.2\n' > names
    run -0 --separate-stderr pen -q --net-allow full.test:7000 --net-allow '*.some.test:7000' --net-allow here:7000 sh -c '
for name in secret.evil.test secret.full.test full.test.evil.test fulltest; do getent ahosts $name; done
python3 -c "import socket
query = bytes([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 4]) + b\"leak\\4test\\0\\0\\1\\0\\1\"
for kind, sent in (socket.SOCK_DGRAM, query), (socket.SOCK_STREAM, bytes([0, len(query)]) + query):
    try: s = socket.socket(socket.AF_INET, kind); s.connect((\"10.77.0.2\", 53)); print(s.send(sent))
    except OSError as e: print(e.errno)"
python3 -c "$1" full.test full.test full.test secret.some.test here' - "$REACH"
    # ENETUNREACH
    claim "$output" = $'101\n101\nfull.test reached\nfull.test reached\nfull.test reached\nsecret.some.test ConnectionResetError\nhere reached'
    claim "$(sed 1d asked | sort -u)" = $'full.test 1\nfull.test 28\nhere.corp.test 1\nhere.corp.test 28\nsecret.some.test 1\nsecret.some.test 28'
    claim "$(grep -c full.test asked)" = 2
}

@test "a name that changes its address is not followed to this machine" {
    printf 'turn.test 10.77.0.2 127.0.0.1\nback.test 127.0.0.1 10.77.0.2\n' > names
    run -0 --separate-stderr pen -q --net-allow turn.test:7000 --net-allow back.test:7000 \
        python3 -c "$REACH" turn.test turn.test turn.test back.test
    claim "$output" = $'turn.test reached\nturn.test reached\nturn.test reached\nback.test ConnectionResetError'
    run -0 --separate-stderr pen -q --net-allow turn.test:7000 python3 -c "$REACH" turn.test
    claim "$output" = "turn.test ConnectionResetError"
    claim "$(grep -c echo mine)" = 0
}

@test "a name whose look-up takes its time holds up no other" {
    printf 'slow.test\nfull.test 10.77.0.2\n' > names
    run -0 --separate-stderr pen -q --net-allow slow.test:7000 --net-allow full.test:7000 python3 -c '
import socket, time
held = [socket.create_connection(("slow.test", 7000)) for _ in range(40)]
start = time.time()
s = socket.create_connection(("full.test", 7000)); s.sendall(b"echo\nx"); s.recv(1)
print("soon" if time.time() - start < 10 else "late")'
    claim "$output" = soon
}
