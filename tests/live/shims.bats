# bats file_tags=slow
# playpen under other names: the daily use. Each tool is run bare and through
# its shim, and must say and do the same.

load helper

setup() {
    [ "$EUID" != 0 ] || skip "presets restrict paths, which is refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    ID=s${WORK##*.}
    SHIMS=$(mktemp -d "$HOME/shims.XXXXXX")
    export XDG_STATE_HOME=$SHIMS/state # what presets keep
    REAL=$PATH
    cd "$WORK"
    git init -q .
    "$PLAYPEN" --install-shims "$SHIMS" 2> /dev/null
}

teardown() {
    cd /
    if declare -F cleanup > /dev/null; then
        cleanup
    fi
    [ -z "${WORK:-}" ] || rm -rf "$WORK" "$SHIMS" "$SHIMS.bare"
}

# bare NAME... - plain names as well, in a directory of their own: beside pp-sh they
# would be seen inside, and the tool would be called by its path.
bare() {
    PATH=$SHIMS.bare:$PATH "$PLAYPEN" --install-shims "$SHIMS.bare" --bare "$@"
}

# same COMMAND... - as it is, and with the shims first on PATH: the same
# output, errors and status.
same() {
    local a=0 b=0

    PATH=$REAL "$@" > "$SHIMS/out.a" 2> "$SHIMS/err.a" < /dev/null || a=$?
    PATH=$SHIMS.bare:$SHIMS:$REAL "$@" > "$SHIMS/out.b" 2> "$SHIMS/err.b" < /dev/null || b=$?
    [ "$a" = "$b" ] && cmp -s "$SHIMS/out.a" "$SHIMS/out.b" &&
        cmp -s "$SHIMS/err.a" "$SHIMS/err.b" && return
    printf 'not the same: %s: status %s and %s\n' "$*" "$a" "$b" >&2
    diff "$SHIMS/out.a" "$SHIMS/out.b" >&2
    diff "$SHIMS/err.a" "$SHIMS/err.b" >&2
    return 1
}

# All of the home directory but for the project, and the shims with what npm
# keeps: names, modes, owners, times, contents.
home() {
    tar -C "$HOME" --exclude "./${WORK##*/}" --exclude "./${SHIMS##*/}" --exclude "./${SHIMS##*/}.bare" \
        -c . | sha256sum
}

# package DIR SCRIPTS - a package.json there.
package() {
    mkdir -p "$1"
    printf '{"name": "%s", "version": "1.0.0", "scripts": {%s}}\n' \
        "${1##*/}" "$2" > "$1/package.json"
}

@test "npm install of a hostile package leaves the home directory as it was" {
    need npm
    mkdir -p "$HOME/.ssh" "$HOME/.npm"
    [ -e "$HOME/.ssh/id_pen" ] || echo hidden > "$HOME/.ssh/id_pen"
    [ -e "$HOME/.bashrc" ] || echo '# mine' > "$HOME/.bashrc"
    package hostile '"postinstall": "node attack.js"'
    cat > hostile/attack.js << 'EOF'
const fs = require('fs'), { spawnSync } = require('child_process')
const home = process.env.HOME, report = process.env.INIT_CWD + '/report'
const say = text => fs.appendFileSync(report, text + '\n')
say('ran')
try { say('read ' + fs.readFileSync(home + '/.ssh/id_pen')) } catch { say('no key') }
try { fs.appendFileSync(home + '/.bashrc', 'evil\n') } catch {}
fs.writeFileSync(home + '/planted', '')
for (const name of fs.readdirSync('/home'))
    try { fs.writeFileSync('/home/' + name + '/planted', '') } catch {}
const bus = '/run/user/' + process.getuid()
const unit = spawnSync('systemd-run', ['--user', '--wait', 'touch', home + '/planted'],
    { env: { PATH: process.env.PATH, XDG_RUNTIME_DIR: bus,
             DBUS_SESSION_BUS_ADDRESS: 'unix:path=' + bus + '/bus' } })
say('unit ' + (unit.status === 0))
if (process.env.EAT) {
    const all = []
    for (let i = 0; i < 4096; i++) all.push(Buffer.alloc(1 << 20, i))
    say('ate')
}
EOF
    package . '"x": "true"'
    before=$(home)
    # npm 12 runs no script of a dependency unasked, older ones ignore the word.
    local install=(install --no-audit --no-fund --install-links
        --dangerously-allow-all-scripts ./hostile)
    "$SHIMS/pp-npm" "${install[@]}"
    claim "$(cat report)" = $'ran\nno key\nunit false'
    claim "$(home)" = "$before"
    claim -e node_modules/hostile/package.json
    # A machine of the tests has less memory than the preset allows.
    rm -rf node_modules package-lock.json report
    status=0
    EAT=1 PLAYPEN_OPTIONS='-m 300M' "$SHIMS/pp-npm" "${install[@]}" \
        2> err || status=$?
    claim "$status" = 137
    contains "$(cat err)" "npm: out of memory, killed at the limit of 300M"
    lacks "$(cat report)" ate
    claim "$(home)" = "$before"
}

@test "npm through its shim says and does what npm does" {
    need npm
    bare npm node npx
    package . '"hello": "echo hello", "fail": "exit 3", "env": "echo $npm_lifecycle_event", "both": "echo out; echo err >&2"'
    package dep '"x": "true"'
    mkdir bin
    printf '#!/usr/bin/env node\nconsole.log("ran", process.argv.slice(2))\n' > bin/tool.js
    same npm --version
    same npm prefix
    same npm root
    same npm pkg get name version
    same npm run
    same npm run --silent hello
    same npm run --silent fail
    same npm run --silent both
    same npm run env
    same npm install --silent --no-audit --no-fund --offline ./dep
    same npm ls
    same npm ls nothing
    same npm ci --silent --no-audit --no-fund --offline
    same npm config get cache
    same node -e 'console.log(process.argv.length, process.cwd())' a b
    same node bin/tool.js 'x  y' '$z'
    same node -e 'process.exit(9)'
    same node -e 'process.kill(process.pid, "SIGTERM")'
}

@test "python3 through its shim says and does what python3 does" {
    bare python3
    echo 'import sys; print(sys.argv, sys.stdin.read())' > arguments.py
    printf 'def test(): pass\nraise SystemExit("gone")\n' > module.py
    same python3 --version
    same python3 -c 'import sys; print(sys.executable, sys.prefix, sys.argv)' a 'b  c'
    same python3 arguments.py x '${y}' ''
    same python3 -m module
    same python3 -c 'import sys; sys.exit(3)'
    same python3 -c '1/0'
    same python3 nothing.py
    same python3 -c 'import os; print(os.getcwd(), os.path.expanduser("~"))'
    same python3 -c 'import os, signal; os.kill(os.getpid(), signal.SIGINT)'
    same python3 -c 'print("é ✓"); import json; print(json.dumps({}))'
    same python3 -m json.tool /dev/null
    same python3 -c 'import multiprocessing as m
if __name__ == "__main__": print(m.Pool(2).map(abs, [-1, -2]))'
    echo 3 | "$SHIMS.bare/python3" -c 'print(int(input()) + 1)' | grep -qx 4
}

@test "make through its shim says and does what make does" {
    bare make
    cat > Makefile << 'EOF'
all: one two
one two: ; @echo making $@
loud: ; echo loud
fail: ; exit 7
missing: nothing
sub: ; @$(MAKE) -C sub
vars: ; @echo "$(X) $$HOME $(MAKE)"
error: ; @echo oops >&2; false
ignore: ; -false
EOF
    mkdir sub
    printf 'all: ; @echo in sub, level $(MAKELEVEL)\n' > sub/Makefile
    same make
    same make -n
    same make loud
    same make fail
    same make missing
    same make sub
    same make -j4 sub
    same make vars X='a  b'
    same make -k error ignore
    same make nothing
    same make -C sub
    same make -f absent
}

@test "a git hook that calls shims does what it does without" {
    bare python3 make
    printf 'check: ; @echo checked\n' > Makefile
    cat > .git/hooks/pre-commit << 'EOF'
#!/bin/sh
make -s check && python3 -c 'import os; print(sorted(k for k in os.environ if k == "GIT_INDEX_FILE"))' &&
    test ! -e stop
EOF
    chmod +x .git/hooks/pre-commit
    git config user.name a
    git config user.email a@example.org
    git config gc.auto 0
    commit() { git commit -q --allow-empty -m "$1"; }
    export -f commit
    same bash -c 'commit one'
    touch stop
    same bash -c 'commit two'
    claim "$(git log --format=%s)" = $'one\none'
    export -nf commit
}

# The project's own sources, in the working directory.
own_sources() {
    cp -r "$BATS_TEST_DIRNAME/../../"{src,shims,Makefile} .
}

@test "make with SHELL = pp-sh builds this project" {
    own_sources
    make -j4 SHELL="$SHIMS/pp-sh" > log 2>&1 || {
        tail log >&2
        return 1
    }
    claim "$(build/playpen --version)" = "$("$PLAYPEN" --version)"
    printf 'SHELL = %s\nall: ; @echo one; exit 9\n' "$SHIMS/pp-sh" > fails.mk
    run make -f fails.mk
    claim "$status" = 2
    contains "$output" "Error 9"
    printf 'SHELL = %s\nall: ; @$(MAKE) -f sub.mk\n' "$SHIMS/pp-sh" > top.mk
    printf 'all: a b\na b: ; @echo $@\n' > sub.mk
    run make -j2 -f top.mk
    claim "$status" = 0
    # Two at a time: in whatever order.
    claim "$(grep -x '[ab]' <<< "$output" | sort)" = $'a\nb'
}

@test "Ctrl-C on make with SHELL = pp-sh leaves nothing running" {
    need tmux
    cleanup() { tmux -L "$ID" kill-server 2> /dev/null || :; }
    seconds=4$RANDOM
    printf 'SHELL = %s\nall: a b\na b: ; @echo up-$@; sleep %s\n' \
        "$SHIMS/pp-sh" "$seconds" > Makefile
    tmux -L "$ID" new-session -d \
        "trap : INT; make -j2; echo status \$? > ended; sleep 60"
    wait_until 60 running 2 "$seconds"
    tmux -L "$ID" send-keys C-c
    wait_until 60 test -s ended
    claim "$(cat ended)" = 'status 130' -o "$(cat ended)" = 'status 2'
    wait_until 60 running 0 "$seconds"
}
running() { [ "$(pgrep -cfx "sleep $2")" = "$1" ]; }

@test "make CC=pp-gcc builds this project, and one in sub/ that includes ../include" {
    own_sources
    make -j2 CC="$SHIMS/pp-gcc" > log 2>&1 || {
        tail log >&2
        return 1
    }
    claim "$(build/playpen --version)" = "$("$PLAYPEN" --version)"
    mkdir -p include sub
    echo 'enum { ANSWER = 42 };' > include/answer.h
    printf '#include "answer.h"\nint main(void) { return ANSWER; }\n' > sub/main.c
    printf 'main: main.c ; $(CC) -I../include -o $@ $<\n' > sub/Makefile
    printf 'all: ; $(MAKE) -C sub\n' > recursive.mk
    make -f recursive.mk CC="$SHIMS/pp-gcc"
    run sub/main
    claim "$status" = 42
}

@test "pp-make builds all in one unit, under one limit" {
    printf 'all: a b\na b: ; @grep ^0:: /proc/self/cgroup\n' > Makefile
    PLAYPEN_OPTIONS='-m 200M' "$SHIMS/pp-make" > cgroups
    claim "$(sort -u cgroups | wc -l)" = 1
    contains "$(cat cgroups)" playpen-confined-make-
}

@test "an interactive bash: job control, Ctrl-C, Ctrl-Z, resize, a pager, an OOM kill" {
    need tmux
    need less
    screen() { tmux -L "$ID" capture-pane -p; }
    shows() { screen | grep -q "$1"; }
    keys() { tmux -L "$ID" send-keys "$@"; }
    cleanup() { tmux -L "$ID" kill-server 2> /dev/null || :; }
    seq 1000 > numbers
    # A machine of the tests is small: 80 % of it are too much to fill.
    tmux -L "$ID" new-session -d -x 80 -y 24 \
        "PS1='pen> ' PLAYPEN_OPTIONS='-m 150M' $SHIMS/pp-bash --norc; echo left \$?; sleep 99"
    wait_until 60 shows '^pen>'
    keys 'sleep 500 &' Enter 'jobs' Enter
    wait_until 60 shows 'Running.*sleep 500'
    keys 'fg' Enter
    wait_until 60 shows '^sleep 500'
    keys C-z
    wait_until 60 shows 'Stopped.*sleep 500'
    keys 'kill %1; clear' Enter 'sleep 400' Enter
    wait_until 60 pgrep -fx 'sleep 400'
    keys C-c
    keys 'echo status $?' Enter
    wait_until 60 shows 'status 130'
    tmux -L "$ID" resize-window -x 100 -y 30
    keys 'clear; stty size' Enter
    wait_until 60 shows '30 100'
    keys 'less numbers' Enter
    wait_until 60 shows '^29$'
    keys G
    wait_until 60 shows '^1000$'
    keys q
    keys 'clear; vi numbers' Enter
    wait_until 60 shows '^25$'
    keys ':s/^/seen /|wq' Enter
    keys 'clear; head -n 1 numbers' Enter
    wait_until 60 shows '^seen 1$'
    keys 'clear; python3 -c "x = bytearray(2**29)"; echo "python ended with $?"' Enter
    wait_until 60 shows 'python ended with 137'
    keys 'exit 5' Enter
    wait_until 60 shows 'left 5'
}

@test "every built-in preset is accepted by this systemd" {
    for file in "$BATS_TEST_DIRNAME"/../../shims/*; do
        run --separate-stderr "$PLAYPEN" -q --preset "${file##*/}" -- \
            sh -c 'echo ran'
        claim "${file##*/} $status $output$stderr" = "${file##*/} 0 ran"
    done
}

@test "the environment passes, its credentials do not" {
    need node
    run --separate-stderr env CI=1 NODE_ENV=test GITHUB_TOKEN=x \
        AWS_SECRET_ACCESS_KEY=y "$SHIMS/pp-node" -p 'JSON.stringify(process.env)'
    contains "$output" '"CI":"1"'
    contains "$output" '"NODE_ENV":"test"'
    lacks "$output" GITHUB_TOKEN
    lacks "$output" AWS_
    run env GITHUB_TOKEN=x PLAYPEN_OPTIONS='-e GITHUB_TOKEN' \
        "$SHIMS/pp-node" -p 'process.env.GITHUB_TOKEN'
    claim "$output" = x
}


@test "built-in, user's, PLAYPEN_OPTIONS, command line: the later limit holds" {
    export XDG_CONFIG_HOME=$SHIMS/config
    mkdir -p "$XDG_CONFIG_HOME/playpen/presets"
    megabytes='echo $(($(cat /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup)/memory.max) >> 20))'
    claim "$("$PLAYPEN" -q --preset npm -- sh -c "$megabytes")" = 2048
    echo '-m 300M' > "$XDG_CONFIG_HOME/playpen/presets/npm"
    claim "$("$PLAYPEN" -q --preset npm -- sh -c "$megabytes")" = 300
    export PLAYPEN_OPTIONS='-m 200M'
    claim "$("$PLAYPEN" -q --preset npm -- sh -c "$megabytes")" = 200
    claim "$("$PLAYPEN" -q --preset npm -m 100M -- sh -c "$megabytes")" = 100
}

@test "inside a confined run a shim runs the tool, the generic command is refused" {
    mkdir links
    "$PLAYPEN" --install-shims "$WORK/links" 2> /dev/null
    run --separate-stderr "$SHIMS/pp-sh" -c \
        "grep ^0:: /proc/self/cgroup; $WORK/links/pp-sh -c 'grep ^0:: /proc/self/cgroup'"
    claim "$status" = 0
    claim "${lines[0]}" = "${lines[1]}"
    claim -z "$stderr"
    run "$SHIMS/pp-sh" -c "$PLAYPEN -q true"
    claim "$status" = 125
    contains "$output" "inside a confined run no other can be started: run true directly"
}

# nested_says OPTIONS [OUTER...] - what a shim that is told OPTIONS says in a bundle
# that has OUTER, in $stderr.
nested_says() {
    export OPTIONS=$1
    run --separate-stderr "$PLAYPEN" -q --current-dir-only --ro "$SHIMS" -e OPTIONS "${@:2}" -- \
        sh -c 'PLAYPEN_OPTIONS=$OPTIONS "$1" -c "echo ran"' sh "$SHIMS/pp-sh"
}

@test "a shim in a bundle says what it was told and the outer run has not" {
    echo x > .env
    grep -qx up /sys/class/net/*/operstate || skip "no network"
    nested_says '--network none --inaccessible .env --inaccessible "*.n" -q --ro /etc'
    claim "$output" = ran
    claim "$stderr" = "playpen: sh: runs under the limits of the run that it is in, which\
 has no --network none, --inaccessible .env: give that to the outer one"
    nested_says '--net-allow example.org --inaccessible ".e*"'
    contains "$stderr" "--network listed, --inaccessible .e*:"
    # What the outer one has, or nobody can see, is not spoken of.
    nested_says '--network none --inaccessible ./.env --inaccessible none' \
        --network none --inaccessible .env
    claim "$output" = ran
    claim -z "$stderr"
    nested_says '--net-allow localhost:1 --timeout 1h -p CPUWeight=10 --preset none' \
        --net-allow example.org
    claim "$output" = ran
    claim -z "$stderr"
}

@test "a wrong option is an error in a shim in a bundle as well" {
    nested_says '--network none --bogus'
    claim "$status" = 125
    lacks "$output" ran
    contains "$stderr" "PLAYPEN_OPTIONS: unknown option --bogus"
    nested_says "-n"
    claim "$status" = 0
    contains "$output" systemd-run
}

@test "inside an unconfined run a shim has a unit of its own" {
    run "$PLAYPEN" -q -- sh -c \
        "grep ^0:: /proc/self/cgroup; $SHIMS/pp-sh -c 'grep ^0:: /proc/self/cgroup'"
    claim "$status" = 0
    contains "${lines[0]}" /playpen-sh-
    contains "${lines[1]}" /playpen-confined-sh-
}

@test "a variable cannot pretend that the run is confined already" {
    run env PLAYPEN_CONFINED=1 INVOCATION_ID=x PLAYPEN_UNIT=playpen-confined-x \
        "$SHIMS/pp-sh" -c 'grep ^0:: /proc/self/cgroup'
    contains "$output" /playpen-confined-sh-
}

@test "a tool behind a version manager's own shim is found and runs" {
    mkdir -p "$HOME/.penenv/shims" "$HOME/.penenv/versions/1/bin"
    printf '#!/bin/sh\nexec "$HOME/.penenv/versions/1/bin/${0##*/}" "$@"\n' \
        > "$HOME/.penenv/shims/node"
    printf '#!/bin/sh\necho managed "$@"\n' > "$HOME/.penenv/versions/1/bin/node"
    chmod +x "$HOME"/.penenv/*/node "$HOME/.penenv/versions/1/bin/node"
    bare node
    cleanup() { rm -rf "$HOME/.penenv"; }
    PATH=$HOME/.penenv/shims:$SHIMS.bare:$SHIMS:$PATH run node a
    claim "$output" = "managed a"
    PATH=$SHIMS.bare:$SHIMS:$HOME/.penenv/shims:$PATH run node --version
    claim "$output" = "managed --version"
}

@test "in the home directory a shim grants nothing of it, and says so" {
    echo hidden > "$SHIMS/secret"
    cd
    run --separate-stderr "$SHIMS/pp-sh" -c "pwd; cat $SHIMS/secret; touch ~/planted.7"
    contains "$stderr" "nothing of it is granted" "thrown away with the run"
    claim "${#stderr_lines[@]}" -le 3
    claim "${lines[0]}" = "$HOME"
    lacks "$output" hidden
    claim ! -e "$HOME/planted.7"
}

@test "the user's presets cannot be changed by what runs in their directory" {
    export XDG_CONFIG_HOME=$WORK/config
    mkdir -p "$XDG_CONFIG_HOME/playpen/presets"
    echo '-m 300M' > "$XDG_CONFIG_HOME/playpen/presets/sh"
    run "$SHIMS/pp-sh" -c 'echo "-m 1G" > config/playpen/presets/sh
        mv config/playpen/presets/sh config/x; mv config/playpen config/y
        echo "-m 1G" > config/playpen/presets/npm; mv config other'
    claim "$(cat config/playpen/presets/sh)" = '-m 300M'
    claim ! -e config/playpen/presets/npm
}
