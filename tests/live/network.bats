#!/usr/bin/env bats
# The network by name, without root: servers of the test's own on the loopback,
# by the names localhost and that of 127.0.1.1 in /etc/hosts.

load helper

bats_require_minimum_version 1.5.0

cleanup() {
    [ -z "${servers-}" ] || kill $servers 2> /dev/null || :
}

# serve KIND ADDRESS: starts net.py's server; sets port.
serve() {
    port=$((20000 + (RANDOM + BASHPID) % 20000))
    python3 "$BATS_TEST_DIRNAME/net.py" "$1" "$2" "$port" > server 2>&1 3>&- &
    servers+=" $!"
    wait_until 60 grep -q ready server
    cp "$BATS_TEST_DIRNAME/net.py" .
}

# NAME, which leads to 127.0.1.1; both are on the list.
named() {
    NAME=$(getent hosts 127.0.1.1 | awk '{print $2; exit}')
    [ -n "$NAME" ] || skip "needs a name for 127.0.1.1 in /etc/hosts"
    LIST=(--net-allow "$NAME:$port" --net-allow "127.0.1.1:$port")
}

pen() { "$PLAYPEN" -q --current-dir-only "$@"; }

@test "tools reach a host of the list by its name, with nothing configured" {
    local url
    serve http 0.0.0.0
    named
    url=http://$NAME:$port
    echo found > page
    git init -q --bare repo
    git init -q src
    git -C src -c user.name=a -c user.email=a commit -q --allow-empty -m one
    git -C src push -q ../repo HEAD:refs/heads/master
    git -C repo update-server-info
    mkdir -p simple/thing
    echo '<a href="/thing-1.tar.gz">thing-1.tar.gz</a>' > simple/thing/index.html
    mkdir thing-1
    printf 'from setuptools import setup\nsetup(name="thing", version="1")\n' > thing-1/setup.py
    tar czf thing-1.tar.gz thing-1
    echo "{\"name\":\"thing\",\"dist-tags\":{\"latest\":\"1.0.0\"},\"versions\":{\"1.0.0\":{\"name\":\"thing\",\"version\":\"1.0.0\",\"dist\":{\"tarball\":\"$url/t.tgz\"}}}}" > thing
    program tools <<'END'
set -e
url=$1 host=$2 port=$3
python3 -c 'import sys, urllib.request as u; print(u.urlopen(sys.argv[1]).read().decode())' "$url/page"
node -e 'fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t))' "$url/page"
busybox wget -q -O - "$url/page"
git clone -q "$url/repo" clone && git -C clone log --format=%s
pip download -q --no-deps --no-build-isolation --trusted-host "$host" -i "$url/simple" -d got thing && ls got
npm view --registry "$url" thing version
printf 'echo\nsocat\n' | socat - "TCP:$host:$port" > answer || :
grep -q 400 answer
END
    run -0 --separate-stderr pen "${LIST[@]}" --net-allow "localhost:$port" \
        "./tools$ID" "$url" "$NAME" "$port"
    claim "$output" = $'found\n\nfound\nfound\none\nthing-1.tar.gz\n1.0.0'
}

@test "ssh reaches a host of the list by its name" {
    port=22
    named
    ssh-keyscan -T 5 127.0.1.1 2> /dev/null | grep -q ssh- || skip "needs sshd"
    run -0 --separate-stderr pen "${LIST[@]}" ssh-keyscan -T 20 "$NAME"
    contains "$output" " ssh-"
}

# bats test_tags=version
@test "a name that is not on the list does not exist, is named at the end, and is not looked up outside" {
    serve serve 0.0.0.0
    named
    run "$PLAYPEN" --current-dir-only "${LIST[@]}" \
        python3 -c 'import socket
for i in range(3):
    try: socket.create_connection(("telemetry.example", 443))
    except socket.gaierror as e: print(e)'
    claim "$status" = 0
    contains "$output" "Name or service not known"
    contains "$output" "playpen: not reached: telemetry.example (3 times): --net-allow telemetry.example allows it"
    need strace
    # What playpen itself connects to, and the look-ups that it forks.
    strace -f -e trace=connect,openat -o trace "$PLAYPEN" -q --current-dir-only \
        "${LIST[@]}" sh -c "getent hosts telemetry.example; getent ahosts data.in.$NAME; python3 net.py half $NAME $port" > out
    claim "$(cat out)" != ""
    claim "$(grep -c 'sin_port=htons(53)\|systemd.Resolve' trace)" = 0
    # For the listed one alone, once.
    claim "$(grep -c '"/etc/hosts"' trace)" -ge 1
    sed -n 's/^\([0-9]*\) .*"\/etc\/hosts".*/\1/p' trace | sort -u > lookers
    claim "$(wc -l < lookers)" = 1
}

@test "half-close, resets, urgent data, a slow reader and 64 MiB each way are as they are without" {
    serve serve 127.0.0.1
    program all <<'END'
for each in half reset urgent 'take 64' 'slow 64'; do
    set -- "$1" $each
    port=$1 what=$2 more=$3
    python3 net.py $what localhost $port $more
    set -- "$port"
done
python3 net.py break localhost $1
END
    run -0 pen --net-allow "localhost:$port" "./all$ID" "$port"
    claim "$output" = $'some words\nreset\n1words2words3\nsame\nsame'
    wait_until 60 grep -q ConnectionResetError server
}

@test "what a command wrote right before its end arrives" {
    serve serve 127.0.0.1
    run -0 pen --net-allow "localhost:$port" python3 net.py last localhost "$port"
    wait_until 60 grep -q closed server
    claim "$(sed -n 3p server)" = \
        "$(python3 -c 'import net, hashlib; print(hashlib.sha256(net.BLOCK * 64).hexdigest())')"
}

@test "what a command wrote last goes to a host that resets, or takes little: the status stays, what is lost is said, a signal ends the wait" {
    serve few 127.0.0.1
    local last=(-q --current-dir-only --net-allow "localhost:$port"
        python3 net.py last localhost "$port")
    run -0 "$PLAYPEN" "${last[@]}" drop 12
    claim "$output" = ""
    start "${last[@]}" drip 12
    wait_until 60 grep -q drip server
    wait_until 60 eval '! pgrep -P "$pid"'
    kill "$pid"
    finish
    claim "$status" = 0
    claim "$(cat err)" = "playpen: what the command sent last is lost: a signal came before the host had taken it"
}

# bats test_tags=slow
@test "a host that takes what a command wrote last byte by byte does not hold playpen for long" {
    serve few 127.0.0.1
    run -0 pen --net-allow "localhost:$port" python3 net.py last localhost "$port" drip 12
    claim "$output" = "playpen: what the command sent last is lost: the host did not take it within 30 s of the command's end"
}

@test "little is held for a host that reads nothing" {
    serve few 127.0.0.1
    run pen --net-allow "localhost:$port" python3 net.py fill localhost "$port"
    [ "${lines[0]}" -lt 8 ] || fail "$output MiB"
}

@test "where playpen can open no descriptor more, connections go on, and new ones end with the cause" {
    local limit=3 free=0
    serve serve 127.0.0.1
    named
    mkfifo go
    "$PLAYPEN" --current-dir-only "${LIST[@]}" --net-allow "localhost:$port" \
        python3 net.py later localhost "$port" "$NAME" > out 2>&1 <> go 3>&- &
    pid=$!
    wait_until 120 grep -q ready out
    # One more, of which a pipe has none and a connection its end.
    while :; do
        [ -e "/proc/$pid/fd/$limit" ] || ((++free < 2)) || break
        ((++limit))
    done
    prlimit --pid "$pid" --nofile="$limit"
    echo > go
    finish
    claim "$status" = 0
    contains "$(cat out)" $'\nsame\nreset\n'
    contains "$(cat out)" "playpen: not reached: $NAME:$port (1 time): its name cannot be looked up: Too many open files"
}

# bats test_tags=slow
@test "300 connections at once, also where descriptors are few" {
    serve serve 127.0.0.1
    run -0 pen --net-allow "localhost:$port" python3 net.py many localhost "$port" 300
    claim "$output" = 300
    # Ten of them at once, the others wait: net.py's own barrier must not.
    run -0 bash -c 'ulimit -n 260; exec "$@"' - "$PLAYPEN" -q --current-dir-only \
        --net-allow "localhost:$port" sh -c \
        "for i in \$(seq 30); do python3 net.py half localhost $port & done; wait"
    claim "$(grep -c 'some words' <<< "$output")" = 30
}

@test "a listed host that is down is a reset, and one line says why" {
    port=1
    run "$PLAYPEN" --current-dir-only --net-allow localhost:1 python3 -c 'import socket
try: print("data" if socket.create_connection(("localhost", 1)).recv(1) else "end")
except ConnectionResetError: print("reset")'
    contains "$output" reset
    # By each of its addresses where the reset comes before connect(2) returns.
    [[ $output =~ "playpen: not reached: localhost:1 ("(1 time|2 times)"): Connection refused" ]] ||
        fail "$output"
}

@test "a port that is not listed is refused, and the address of a host that is not unreachable" {
    serve serve 0.0.0.0
    named
    run -0 --separate-stderr pen "${LIST[@]}" python3 -c 'import socket, sys
for address in [(sys.argv[1], 1), ("127.0.0.1", int(sys.argv[2])), ("192.0.2.1", 80), ("2001:db8::1", 80), ("10.1.2.3", int(sys.argv[2]))]:
    try:
        s = socket.create_connection(address, timeout=20)
        s.sendall(b"echo\nx\n"); print(s.recv(2))
    except OSError as e: print(type(e).__name__, e.errno)' "$NAME" "$port"
    claim "$output" = $'ConnectionRefusedError 111\nConnectionResetError 104\nOSError 101\nOSError 101\nOSError 101'
    # Where another host has that port.
    run "$PLAYPEN" "${LIST[@]}" --net-allow other.test:1 \
        sh -c 'for host; do python3 net.py reset "$host" 1; done' - "$NAME" 127.0.1.1
    for host in "$NAME" 127.0.1.1; do
        contains "$output" "not reached: $host:1 (1 time): --net-allow $host:1 allows it"
    done
}

@test "a daemon-reload ends no connection, kill -9 of playpen or systemd-run all, and the unit" {
    local killed=0 quiet
    serve serve 127.0.0.1
    ln -s "$(command -v python3)" "python3$ID"
    local client=(--current-dir-only --net-allow "localhost:$port" "./python3$ID" net.py)
    start -q "${client[@]}" slow localhost "$port" 64
    wait_until 60 grep -q send server
    systemctl "$MANAGER" daemon-reload
    finish
    claim "$status $(cat out)" = "0 same"
    for quiet in -q --private-tmp; do # with the banner systemd-run stays
        start_ready "$quiet" "${client[@]}" idle localhost "$port"
        wait_until 60 eval '[ "$(grep -c idle server)" -gt "$killed" ]'
        if [ "$quiet" = -q ]; then
            kill -9 "$pid"
        else
            kill -9 "$(pgrep -P "$pid" -x systemd-run)"
        fi
        wait_until 60 eval '[ "$(grep -c got server)" -gt "$killed" ]'
        wait_until 60 no_unit
        finish
        ((++killed))
    done
}

@test "a published port leads inside, to either family, and a taken one is refused before anything starts" {
    serve serve 127.0.0.1
    local outside=$((port + 1)) inside stage client
    run -125 "$PLAYPEN" -q --publish "$port:3000" touch started
    contains "$output" "--publish $port:3000: Address already in use"
    claim ! -e started
    ln -s "$(command -v python3)" "python3$ID"
    for inside in 127.0.0.1 ::1; do
        start_ready -q --current-dir-only --publish "$outside:3000" \
            "./python3$ID" net.py serve "$inside" 3000
        run -0 python3 net.py take 127.0.0.1 "$outside" 8
        claim "$output" = same
        # More at once than the stage's socket holds requests.
        stage=$(systemctl "$MANAGER" show -P MainPID "playpen-*$ID-*")
        kill -STOP "$stage"
        timeout 200 python3 net.py many 127.0.0.1 "$outside" 400 > many 3>&- &
        client=$!
        wait_until 60 eval '[ "$(ls "/proc/$pid/fd" | wc -l)" -gt 400 ]'
        kill -CONT "$stage"
        wait "$client"
        claim "$(cat many)" = 400
        kill "$pid"
        finish
    done
}

# bats test_tags=version
@test "a run whose network is closed reaches no daemon that resolves names, and no bus, without a path restriction as well" {
    run -0 --separate-stderr "$PLAYPEN" -q --network none python3 -c 'import os, socket
for path in ["/run/systemd/resolve/io.systemd.Resolve", "/run/dbus/system_bus_socket", "/run/user/%d/bus" % os.getuid()]:
    if not os.path.lexists(path): continue
    try: socket.socket(socket.AF_UNIX).connect(path); print(path)
    except OSError: print("no")'
    lacks "$output" /run
    contains "$output" no
}

@test "proxies are left out with one line, unless they are listed or asked for" {
    export http_proxy=http://proxy.example:3128/ https_proxy=http://other.example:1
    run -0 "$PLAYPEN" --capture-env --net-allow proxy.example:3128 \
        sh -c 'echo "($http_proxy) ($https_proxy)"'
    contains "$output" "(http://proxy.example:3128/) ()"
    contains "$output" "left out, for the network is not open: https_proxy"
    run -0 "$PLAYPEN" -q --capture-env -e https_proxy --network none \
        sh -c 'echo "($http_proxy) ($https_proxy)"'
    contains "$output" "() (http://other.example:1)"
}

@test "pp-npm installs from the registry that the user's preset names, and what a package's script sends elsewhere is named" {
    local url presets
    need npm
    serve http 0.0.0.0
    named
    url=http://$NAME:$port
    export XDG_CONFIG_HOME=$WORK/config npm_config_cache=$WORK/cache
    presets=$XDG_CONFIG_HOME/playpen/presets
    mkdir -p "$presets" package bin project/.git
    cat > package/package.json <<'END'
{"name":"thing","version":"1.0.0","scripts":{"install":"node -e \"fetch('http://telemetry.example/'+process.env.HOME).catch(()=>0)\""}}
END
    tar czf thing.tgz package
    echo "{\"name\":\"thing\",\"dist-tags\":{\"latest\":\"1.0.0\"},\"versions\":{\"1.0.0\":{\"name\":\"thing\",\"version\":\"1.0.0\",\"hasInstallScript\":true,\"dist\":{\"tarball\":\"$url/thing.tgz\"}}}}" > thing
    ln -s "$PLAYPEN" bin/pp-npm
    cd project
    echo "registry=$url/" > .npmrc
    echo '{"name":"p","version":"1.0.0"}' > package.json
    printf -- '--net-allow %s\n' "$NAME:$port" "127.0.1.1:$port" > "$presets/npm"
    # Limits are no matter here, and not all machines have them.
    export PLAYPEN_OPTIONS='-m infinity -c infinity --tasks-limit infinity'
    run -0 ../bin/pp-npm install --no-audit --no-fund thing < /dev/null
    claim -f node_modules/thing/package.json
    # npm 11 and later run such a script only if they are told to.
    [[ $output == *"install scripts blocked"* ]] ||
        contains "$output" "playpen: not reached: telemetry.example (1 time): --net-allow telemetry.example allows it"
    lacks "$output" "not reached: $NAME"
    # Without a list it fails, and says what to add.
    rm -rf node_modules package-lock.json "$presets/npm" "$npm_config_cache"
    PLAYPEN_OPTIONS+=' --network listed' run ../bin/pp-npm install --no-audit --no-fund \
        --fetch-retries=0 --registry http://registry.test/ another < /dev/null
    claim "$status" != 0
    contains "$output" "not reached: registry.test ("
    contains "$output" "--net-allow registry.test allows it"
}

# bats test_tags=slow
@test "pp-pip installs from the index that the user's preset names, and without a list says what to add" {
    local presets
    python3 -c 'import ensurepip, venv' || skip "needs python's venv"
    serve http 0.0.0.0
    named
    export XDG_CONFIG_HOME=$WORK/config XDG_STATE_HOME=$WORK/state
    presets=$XDG_CONFIG_HOME/playpen/presets
    mkdir -p "$presets" simple/thing bin project/.git
    python3 -c 'import zipfile
with zipfile.ZipFile("thing-1-py3-none-any.whl", "w") as z:
    z.writestr("thing.py", "WORD = \"found\"\n")
    z.writestr("thing-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1\n")
    z.writestr("thing-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    z.writestr("thing-1.dist-info/RECORD", "")'
    echo '<a href="/thing-1-py3-none-any.whl">thing-1-py3-none-any.whl</a>' > simple/thing/index.html
    ln -s "$PLAYPEN" bin/pp-pip
    cd project
    python3 -m venv venv
    export VIRTUAL_ENV=$PWD/venv PATH=$PWD/venv/bin:$PATH
    printf -- '--net-allow %s\n' "$NAME:$port" "127.0.1.1:$port" > "$presets/pip"
    export PLAYPEN_OPTIONS='-m infinity -c infinity --tasks-limit infinity'
    run -0 ../bin/pp-pip install --trusted-host "$NAME" -i "http://$NAME:$port/simple" thing < /dev/null
    lacks "$output" "not reached"
    claim "$(python3 -c 'import thing; print(thing.WORD)')" = found
    rm "$presets/pip"
    PLAYPEN_OPTIONS+=' --network listed' run ../bin/pp-pip install --retries 0 \
        -i https://index.test/simple another < /dev/null
    claim "$status" != 0
    contains "$output" "--net-allow index.test allows it"
}

# bats test_tags=slow
@test "a node server is reached by its published port, with connections that are kept alive and web sockets" {
    need node
    serve serve 127.0.0.1 # for a port that is free
    local outside=$((port + 1))
    cat > server.js <<'END'
const crypto = require('crypto');
const server = require('http').createServer((request, answer) => answer.end(request.url));
server.on('upgrade', (request, socket) => {
    const key = request.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
        'Sec-WebSocket-Accept: ' + crypto.createHash('sha1').update(key).digest('base64') + '\r\n\r\n');
    // A short frame comes masked, and goes back as it was meant.
    socket.on('data', frame => socket.write(Buffer.concat([Buffer.from([0x81, frame[1] & 127]),
        frame.subarray(6).map((byte, i) => byte ^ frame[2 + i % 4])])));
});
server.listen(3000, '127.0.0.1', () => console.log('ready'));
END
    cat > client.py <<'END'
import http.client, socket, sys
port = int(sys.argv[1])
c = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
c.connect()
own = c.sock.getsockname()
for path in "/one", "/two":
    c.request("GET", path)
    print(c.getresponse().read().decode(), c.sock.getsockname() == own)
s = socket.create_connection(("127.0.0.1", port), timeout=60)
s.sendall(b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
file = s.makefile("rb")
head = list(iter(file.readline, b"\r\n"))
print(head[0].split()[1].decode(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head[3])
for word in b"hello", b"again":
    s.sendall(bytes([0x81, 0x80 | len(word)]) + b"mask" + bytes(b ^ b"mask"[i % 4] for i, b in enumerate(word)))
    print(file.read(2 + len(word))[2:].decode())
END
    ln -s "$(command -v node)" "node$ID"
    start_ready -q --current-dir-only --publish "$outside:3000" "./node$ID" server.js
    run -0 python3 client.py "$outside"
    kill "$pid"
    finish
    claim "$output" = $'/one True\n/two True\n101 True\nhello\nagain'
}
