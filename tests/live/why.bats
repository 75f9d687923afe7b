#!/usr/bin/env bats
# --why: what a failing run did not get. The home directory is that of the user
# who runs the tests; what is planted there has the test's number in its name.
load helper

setup_file() {
    gcc -O1 -pthread -o "$BATS_FILE_TMPDIR/caller" \
        "$BATS_TEST_DIRNAME/why_caller.c"
}

cleanup() {
    [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || true
    rm -rf "$OUT" "/tmp/why$ID" "/tmp/why$ID-to"
}

# What is hidden, in a project's own directory and beside it.
outside() {
    OUT=$HOME/.why$ID HOW=()
    export XDG_STATE_HOME=$WORK/state
    mkdir "$OUT"
    mkdir project
    cp "$BATS_FILE_TMPDIR/caller" project/
    cd project || return
}

# why COMMAND...: its status in $status, what playpen said in $stderr_lines.
why() {
    status=0
    "$PLAYPEN" -q --current-dir-only ${HOW[@]+"${HOW[@]}"} --why "$@" > out.txt 2> err.txt \
        < /dev/null || status=$?
    output=$(< out.txt) stderr=$(< err.txt)
    mapfile -t said < <(sed -n 's/^playpen:   //p' <<< "$stderr")
}

# One that nobody trusts; its key is gone.
certificate() {
    cat << 'END'
-----BEGIN CERTIFICATE-----
MIIBcDCCARWgAwIBAgIUZUStQt/m0yeVfX/vpRZN0+yEdd4wCgYIKoZIzj0EAwIw
DDEKMAgGA1UEAwwBeDAgFw0yNjExMjYxODI4NDJaGA8yMTI2MTEwMjE4Mjg0Mlow
DDEKMAgGA1UEAwwBeDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABPaBCAKP61a2
TldO455eop4hoH8vjymn8fgzTRRbF94nS5YMiH34X9dqll/0bq9Ica6n2upOesmJ
fR6tam+xJl+jUzBRMB0GA1UdDgQWBBSrvy5xnVeD6KI8PqZ7ZbO992kXDDAfBgNV
HSMEGDAWgBSrvy5xnVeD6KI8PqZ7ZbO992kXDDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0kAMEYCIQDsUgAuyv4B5szHmbrnz0/4cBFNKEdf+g5k+0HmAn+6
ZwIhAKRbIkI6CKwSPsQgEtvuZDFi0g+CW8JgvC23DUMCIQH1
-----END CERTIFICATE-----
END
}

# told NAME REST: a line is about NAME, and ends with REST.
told() {
    local line
    for line in ${said[@]+"${said[@]}"}; do
        [[ $line != "$1 ("*"): $2" ]] || return 0
    done
    printf '%s: %s is not in: %s\n' "$1" "$2" "$stderr" >&2
    return 1
}

# The command fails, the first line names NAME, and its option, pasted, makes
# the command succeed.
mends() {
    local name=$1 option
    shift
    why "$@"
    claim "$status" != 0
    contains "${said[0]-}" "$name (" || {
        echo "$* said: $stderr" >&2
        return 1
    }
    option=${said[0]##*): }
    eval "run -0 \"\$PLAYPEN\" -q --current-dir-only ${HOW[*]} $option -- \"\$@\""
}

misses_nothing() {
    why "$@"
    contains "$stderr" "$1 missed nothing that this run takes away" || {
        echo "$* said: $stderr" >&2
        return 1
    }
    claim ${#said[@]} = 0
}

@test "a failing run: the first line names what it lacked, and its option mends it" {
    outside
    echo 'name = x' > "$OUT/tool.conf"
    mends "$OUT/tool.conf" cat "$OUT/tool.conf"
    # A setting in a file that git only asks for.
    git config -f "$OUT/gitconfig" user.name Alice
    mends "$OUT/gitconfig" env GIT_CONFIG_GLOBAL="$OUT/gitconfig" \
        git config --get user.name
    mkdir "$OUT/cache dir"
    echo '{}' > "$OUT/cache dir/it's.json"
    mends "$OUT/cache dir" node -e \
        'process.chdir(process.argv[1]); require("fs").readFileSync("it'\''s.json")' "$OUT/cache dir"
    printf '#!/bin/sh\necho tool\n' > "$OUT/tool"
    chmod +x "$OUT/tool"
    mends "$OUT/tool" sh -c 'PATH=$1:$PATH; tool' - "$OUT"
    certificate > "$OUT/ca.pem"
    mends "$OUT/ca.pem" python3 -c \
        'import ssl, sys; ssl.create_default_context(cafile=sys.argv[1])' \
        "$OUT/ca.pem"
    mkdir "$OUT/modules"
    echo 'x = 1' > "$OUT/modules/mine.py"
    mends "$OUT/modules" env PYTHONPATH="$OUT/modules" python3 -c 'import mine'
    echo 'exports.x = 1' > "$OUT/mod.js"
    mends "$OUT/mod.js" node -e 'require(process.argv[1])' "$OUT/mod.js"
    echo data > "$OUT/data"
    ln -s "$OUT/data" link
    mends "$OUT/data" cat link
    git init -q "$OUT/repo"
    mends "$OUT/repo" git -C "$OUT/repo" status --short
    echo x > "/tmp/why$ID"
    mends "/tmp/why$ID" cat "/tmp/why$ID"
    echo 'all: ; cp src.txt $(TO)/' > Makefile
    echo src > src.txt
    mkdir "$OUT/to" "/tmp/why$ID-to"
    mends "/tmp/why$ID-to" make -s TO="/tmp/why$ID-to"
    claim "$(cat "/tmp/why$ID-to/src.txt")" = src
    # What is written in the home is kept apart.
    mends "$OUT/to" make -s TO="$OUT/to"
    claim "$(cat "$XDG_STATE_HOME/playpen/default$OUT/to/src.txt")" = src
    claim "$(ls "$OUT/to")" = ""
    # What is made anew without a look hides what is there, until it is kept.
    why sh -c 'mkdir -p "$1" && echo x >> "$1/data" && echo y > "$2"' - "$OUT" "/tmp/why$ID"
    claim "$status ${#said[@]}" = "0 2"
    told "$OUT" "--persist $OUT"
    told "/tmp/why$ID" "--rw /tmp/why$ID"
    contains "${said[*]}" "(made anew, by sh)"
    HOW=(--persist "$OUT")
    misses_nothing sh -c 'echo x >> "$1/data"; cat "$1/data"' - "$OUT"
}

@test "a library in ~/.local/lib, and a socket" {
    outside
    local site=$(python3 -m site --user-site) had=
    [ ! -d "$site" ] || had=1
    mkdir -p "$site"
    echo 'x = 1' > "$site/mine$ID.py"
    run mends "$site" python3 -c "import mine$ID"
    rm "$site/mine$ID.py"
    [ -n "$had" ] || rmdir -p "$site" 2> /dev/null || true
    claim "$status" = 0
    python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
print("ready", flush=True)
while True: s.accept()' "$OUT/db.sock" > ready 3>&- &
    pid=$!
    wait_until 60 grep -q ready ready
    mends "$OUT/db.sock" python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$OUT/db.sock"
}

@test "an address that is not on the list, and one without a network" {
    outside
    python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print("ready", s.getsockname()[1], flush=True)
while True: s.accept()' > ready 3>&- &
    pid=$!
    wait_until 60 grep -q ready ready
    port=$(sed 's/ready //' ready)
    HOW=(--net-allow localhost:1)
    mends "127.0.0.1:$port" python3 -c 'import socket, sys
socket.create_connection(("127.0.0.1", sys.argv[1]))' "$port"
    why python3 -c 'import socket; socket.create_connection(("192.0.2.7", 80))'
    claim "${said[0]}" = "192.0.2.7:80 (by python3): --net-allow 192.0.2.7:80"
    HOW=(--network none)
    why python3 -c 'import socket; socket.create_connection(("192.0.2.7", 80))'
    told 192.0.2.7:80 "there is no network: --net-allow, in place of --network none, opens it to a host"
    # What listens inside is not missed.
    misses_nothing python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
socket.create_connection(s.getsockname())'
}

@test "a run that failed for another reason missed nothing" {
    outside
    echo ok > there
    misses_nothing sh -c 'exit 3'
    misses_nothing cat "$OUT/nowhere"
    misses_nothing python3 -c 'import json; json.load(open("there"))'
    misses_nothing env GIT_CONFIG_GLOBAL=/dev/null git log
    # Nor does one that makes its own, as git does in .git/objects.
    misses_nothing sh -c 'touch d/x 2> /dev/null; mkdir d; echo y > d/x; cat e; echo z > e'
    misses_nothing sh -c 'mkdir -p ~/.cache/x && echo y > ~/.cache/x/y && cat ~/.cache/x/y'
    run -125 "$PLAYPEN" --limits-only --why true
    claim "${#lines[@]}" = 1
}

@test "credentials and helpers are named and never suggested, and the home is not" {
    outside
    mkdir "$OUT/.ssh" "$OUT/keys"
    echo planted | tee "$OUT/.ssh/config" "$OUT/api_key" "$OUT/keys/id_rsa" > /dev/null
    why cat "$OUT/.ssh/config" "$OUT/api_key"
    claim ${#said[@]} = 2
    for line in "${said[@]}"; do
        contains "$line" "): a credential, which is never suggested"
    done
    # Nor by a link that the program has made.
    ln -s "$OUT/api_key" notes
    why cat notes
    told "$OUT/api_key" "a credential, which is never suggested"
    why ls "$OUT/keys"
    told "$OUT/keys" "it holds credentials: grant a part of it"
    why ls "/run/user/$UID/bus"
    told "/run/user/$UID/bus" \
        "a way out through a helper, which is never suggested"
    why --inaccessible there sh -c 'cat there' || true
    lacks "$stderr" "--r"
    why sh -c 'echo x > /usr/x'
    lacks "$stderr" "--r"
}

@test "ten lines at most, the worst first, the rest counted" {
    outside
    for i in {1..14}; do echo x > "$OUT/f$i"; done
    mkdir "$OUT/to"
    why sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do test -e "$1/f$i"; done
        cat "$1/f14"; echo x > "$1/to/new"; exit 1' - "$OUT"
    claim ${#said[@]} = 11
    contains "${said[0]}" "$OUT/to (to write, by sh): --persist $OUT/to"
    contains "${said[1]}" "$OUT/f14 (by cat): --ro $OUT/f14"
    contains "${said[2]}" "$OUT/f13 (by sh): --ro $OUT/f13"
    claim "${said[10]}" = "and 5 more"
}

# bats test_tags=version
@test "whatever names it: relative names, descriptors, threads, chroots, 32-bit calls, sockets" {
    outside
    mkdir "$OUT/sub" "$OUT/bound"
    touch "$OUT"/{relative,threaded,at,chrooted,compat,child,xattr,inotify} \
        "$OUT/sub/up"
    python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).bind(sys.argv[1])' "$OUT/sent"
    chmod +x "$OUT/child"
    why ./caller names "$OUT" || true
    told "$OUT/relative" "--ro $OUT/relative"
    told "$OUT/at" "--ro $OUT/at"
    told "$OUT/threaded" "--ro $OUT/threaded"
    told "$OUT/child" "--ro $OUT/child"
    told "$OUT/sub/up" "--ro $OUT/sub/up"
    [[ $output != *chrooted* ]] ||
        told "$OUT/chrooted" "--ro $OUT/chrooted"
    [[ $output != *compat* ]] ||
        told "$OUT/compat" "--ro $OUT/compat"
    why ./caller rare "$OUT" || true
    told "$OUT/xattr" "--ro $OUT/xattr"
    told "$OUT/inotify" "--ro $OUT/inotify"
    told "$OUT/sent" "--rw $OUT/sent"
    told "$OUT/bound" "--persist $OUT/bound"
}

# bats test_tags=slow
@test "what strace sees inside and what is said agree" {
    need strace
    outside
    mkdir "$OUT/d" "$OUT/w"
    touch "$OUT"/{a,b,c} "$OUT/d/e"
    chmod +x "$OUT/a"
    git init -q .
    while read -r line; do
        why sh -c "cd . ; $line" - "$OUT"
        "$PLAYPEN" -q --current-dir-only -- strace -ff -qq -o log sh -c \
            "cd . ; $line" - "$OUT" &> /dev/null < /dev/null || true
        printf '%s\n' "${said[@]}" | sed -n 's/ (.*//p' > said.txt
        cat log.* > log && rm log.*
        python3 - log said.txt "$PWD" << 'PY' || {
import os, re, sys
log, said, here = sys.argv[1:]
names, places = set(), set()
for line in open(log, errors="replace"):
    m = re.search(r'= -1 (ENOENT|EACCES|EROFS)', line)
    n = re.findall(r'"((?:[^"\\]|\\.)*)"', line.split(" = -1")[0])
    if m and n and not re.search(r'\b(unlink|rmdir|link|symlink|rename)\w*\(', line):
        n = n[:1]
        name = os.path.normpath(os.path.join(here, n[0]))
        if not re.match(r'/(proc|sys)(/|$)', name):
            places.add(os.path.dirname(name)) # a file is kept with it
            write = re.search(r'O_CREAT|O_WRONLY|O_RDWR|mkdir', line)
            if os.access(name, os.R_OK) and not write: names.add(name)
            elif write and os.access(os.path.dirname(name), os.W_OK):
                names.add(os.path.dirname(name) if not os.path.exists(name) else name)
told = set(open(said).read().split())
# Of a directory and one or two names in it the names are told.
covers = lambda some, name: any((name + "/").startswith(s + "/") or
                                (s + "/").startswith(name + "/") for s in some)
bad = [n for n in names if not covers(told, n)] + [t for t in told if t not in names | places]
print("strace:", sorted(names), "said:", sorted(told), "differ:", bad)
sys.exit(bool(bad))
PY
            echo "for: $line" >&2
            return 1
        }
    done << 'END'
true
cat "$1/a"
cat "$1/a" "$1/b" "$1/none"
test -r "$1/a" || test -x "$1/d"
ls -l "$1"
stat -c %s "$1/d/e"
cp src "$1/w/"; echo x > "$1/w/y"
mkdir "$1/w/z"
touch "$1/a"
head -1 "$1/c" | tail -1
find "$1/d" -name e
readlink -f "$1/d/e"
git status
git -C "$1/d" status
git config -f "$1/a" x.y
python3 -c 'open(__import__("sys").argv[1] + "/a")' "$1"
python3 -c 'import os, sys; os.listdir(sys.argv[1] + "/d")' "$1"
node -e 'require("fs").statSync(process.argv[1] + "/b")' "$1"
ls ~ ~/nowhere; cat /etc/shadow /etc/passwd
cd "$1/d" && ls; . "$1/c"
"$1/a"; PATH=$PATH:$1 b
cc -x c -c "$1/c" -o x.o
make -f "$1/b"
grep -r x "$1/d"
diff "$1/a" "$1/b"
tar -cf x.tar -C "$1" a b
sed -n p "$1/c"
xargs -a "$1/a" echo
sh "$1/c"
od "$1/b" | wc -c
END
}

@test "200 threads and 5,000 processes go on, and nothing is left" {
    outside
    touch "$OUT/a"
    for how in threads forks; do
        why timeout 120 ./caller "$how" "$OUT/a"
        claim "$status" = 0
        contains "$output" "$how done"
        contains "${said[0]}" "$OUT/a ("
        claim ${#said[@]} = 1
    done
}

# bats test_tags=version
@test "when playpen is killed the run is gone, in the middle of its calls" {
    outside
    ln caller "loop$ID"
    start -q --current-dir-only --why "./loop$ID" loop
    wait_until 60 grep -q ready out
    kill -9 "$pid"
    wait_until 60 no_unit
    not pgrep -f "loop$ID loop"
}

@test "names that change, that are nowhere, too long, or full of control characters" {
    outside
    touch "$OUT/"$'\e[31mred\nline'
    ./caller attack "$OUT" > outside.txt
    why ./caller attack "$OUT"
    claim "$status" = 0
    claim "$output" = "$(cat outside.txt)"
    claim "$(LC_ALL=C tr -d '\n[:print:]' <<< "$stderr" | wc -c)" = 0
    contains "$stderr" '\x1b[31mred\x0aline (by caller): no option can name it'
}

@test "a listener of the command's own is refused, and said; its own filter works" {
    outside
    why ./caller listener
    claim "$status" = 0
    contains "$output" "listener: Device or resource busy"
    contains "$output" "filtered: Operation not permitted"
    contains "$stderr" "a program wanted to watch calls itself"
    run -0 "$PLAYPEN" -q --current-dir-only ./caller listener
    contains "$output" "listener: Success"
}

@test "a bundle that fails hints at --why, once, and not where that says nothing" {
    outside
    hint="status 3: if that was for something it did not get, playpen --why shows it"
    for how in --current-dir-only "--project-only --private-network"; do
        # shellcheck disable=SC2086
        run --separate-stderr -3 "$PLAYPEN" $how sh -c 'exit 3'
        claim "$(grep -c "^playpen: sh ended with $hint" <<< "$stderr")" = 1
    done
    # 128 is what git's fatal errors end with, and no signal.
    run --separate-stderr -128 "$PLAYPEN" --current-dir-only sh -c 'exit 128'
    contains "$stderr" "ended with status 128: if that was"
    for how in "-q --current-dir-only" "--why --current-dir-only" "" \
        "--ro /usr" --limits-only; do
        # shellcheck disable=SC2086
        run --separate-stderr -3 "$PLAYPEN" $how sh -c 'exit 3'
        lacks "$stderr" "if that was"
    done
    run --separate-stderr -0 "$PLAYPEN" --current-dir-only true
    lacks "$stderr" "if that was"
    run --separate-stderr -143 "$PLAYPEN" --current-dir-only sh -c 'kill $$'
    lacks "$stderr" "if that was"
    # In a shim where somebody reads it.
    ln -s "$PLAYPEN" "$WORK/pp-sh"
    export PLAYPEN_OPTIONS="-m infinity"
    run --separate-stderr -3 "$WORK/pp-sh" -c 'exit 3'
    lacks "$stderr" "if that was"
    need script
    run -3 script -qec "PATH=$WORK:\$PATH pp-sh -c 'exit 3'" /dev/null
    contains "$output" "PLAYPEN_OPTIONS=--why shows it"
}
