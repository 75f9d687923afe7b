# What is seen, reached or used up beside files: each kind by other members.

PLAYPEN=${PLAYPEN:-$(realpath "$BATS_TEST_DIRNAME/../../../build/playpen")}
load escape

# bats test_tags=version
@test "without a bundle, too, /dev/shm is the run's own: --ro, --protect-home, --protect-system" {
    local file=/dev/shm/pen.$$ option
    echo hidden > $file
    LEFT+=($file)
    for option in "--ro ." "--protect-home read-only" "--protect-system full"; do
        # shellcheck disable=SC2086 # these are words
        run "$PLAYPEN" -q $option -- sh -c "echo started; cat $file"
        contains "$output" started
        lacks "$output" hidden
    done
}

# bats test_tags=version
@test "a named pipe in what is read-only is not written: of a directory, deeper, by its other name, itself" {
    local left i
    # An earlier run can have left as much, too deep for the manager to remove.
    left=$(mktemp -d /var/tmp/pen.XXXXXX)
    LEFT+=("$left")
    for i in {1..6}; do
        mkdir -p "$left/$i/$(printf 'd/%.0s' {1..1900})"
    done
    mkdir -p "$BASE/d/e"
    mkfifo "$BASE/one" "$BASE/d/e/two"
    ln -s "$BASE/d" "$BASE/link"
    exec 7<> "$BASE/one" 8<> "$BASE/d/e/two"
    run "$PLAYPEN" -q --ro "$BASE" -- sh -c 'echo x > "$1/one"; echo x > "$1/d/e/two"' sh "$BASE"
    inside --ro "$BASE/link" -- sh -c 'echo x > "$1/link/e/two"; echo x > "$1/d/e/two"' sh "$BASE"
    run -125 "$PLAYPEN" -q --ro "$BASE/one" true
    contains "$output" "named pipe"
    not read -rt 0.1 -u 7
    not read -rt 0.1 -u 8
    exec 7<&- 8<&-
}

@test "with the network closed no socket is of a family that has no namespace: AF_VSOCK, AF_BLUETOOTH, AF_ALG" {
    local option
    cat > families.py <<'END'
import socket
for family in 40, 31, 38, 42:  # vsock, bluetooth, alg, qipcrtr
    for kind in 1, 2, 3, 5:
        try:
            socket.socket(family, kind)
            print("made", family)
        except OSError:
            pass
socket.socket(socket.AF_INET)
print("started")
END
    for option in "" "--current-dir-only" "--ro ."; do
        # shellcheck disable=SC2086 # these are words
        run -0 "$PLAYPEN" -q --private-network $option -- python3 families.py
        claim "$output" = started
    done
}

@test "credentials that lie beside a granted tool stay hidden: of foundry, fly, railway, by content" {
    local tool
    for tool in .foundry/keystores/deployer .fly/config.yml .railway/config.json .penvm/session; do
        mkdir -p "$BASE/home/${tool%%/*}/bin" "$BASE/home/${tool%/*}"
        printf '#!/bin/sh\necho started; cat "$HOME/%s"\n' "$tool" \
            > "$BASE/home/${tool%%/*}/bin/pen-tool"
        chmod +x "$BASE/home/${tool%%/*}/bin/pen-tool"
        echo "access_token: hidden" > "$BASE/home/$tool"
        HOME=$BASE/home PATH=$BASE/home/${tool%%/*}/bin:$PATH inside -- pen-tool
        contains "$output" started
        lacks "$output" hidden
    done
}

@test "packages that are links into a store are pointed out, once, at the start" {
    mkdir -p "$BASE/store" node_modules/x .venv/lib/site-packages/y
    echo > "$BASE/store/a"
    ln "$BASE/store/a" node_modules/x/a
    run "$PLAYPEN" --current-dir-only true
    claim "$(grep -c 'links into a store' <<< "$output")" = 1
    contains "$output" UV_LINK_MODE=copy
}

# bats test_tags=version
@test "of what the kernel counts by user a program gets half: inotify, queued signals, messages, namespaces" {
    cat > take.py <<'END'
import ctypes, os, resource, signal
libc = ctypes.CDLL(None)
number = 0
while libc.inotify_init() >= 0:
    number += 1
print(number)
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
number = 0
while libc.sigqueue(os.getpid(), signal.SIGRTMIN, ctypes.c_void_p(0)) == 0:
    number += 1
print(number)
print(resource.getrlimit(resource.RLIMIT_MSGQUEUE)[1])
print(open("/proc/sys/user/max_user_namespaces").read())
END
    local n=($(< /proc/sys/user/max_inotify_instances) $(ulimit -i)
        $(ulimit -q) $(< /proc/sys/user/max_user_namespaces)) i
    inside -- sh -c 'ulimit -n $(ulimit -Hn); exec python3 take.py'
    claim "$status" = 0
    for i in 0 1 2 3; do
        claim "${lines[i]}" -le $((n[i] / 2))
    done
}

@test "a file that --inaccessible or --ro protects and that has a second name is pointed out" {
    echo hidden > .env
    echo kept > settings.json
    ln .env other
    ln settings.json copy
    inside --inaccessible ./.env --ro ./settings.json -- true
    claim "$(grep -c 'is a hard link' <<< "$output")" = 2
    rm other copy
    inside --inaccessible ./.env --ro ./settings.json -- true
    claim -z "$output"
}
