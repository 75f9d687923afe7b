# bats file_tags=home
# What one run leaves that would lead the next one elsewhere.

load escape

@test "a #! line written inside leads the next run nowhere" {
    mkdir -p "$BASE/lib/bin"
    # Not of a name that keeps it from being granted all the same.
    printf '#!/bin/sh\ncat "%s"\n' "$BASE/lib/notes" > "$BASE/lib/bin/interpreter"
    chmod +x "$BASE/lib/bin/interpreter"
    cp "$SECRET" "$BASE/lib/notes"
    inside -- sh -c 'printf "#!%s/lib/bin/interpreter\n" "$1" > tool
        chmod +x tool' sh "$BASE"
    run ./tool
    contains "$output" hidden
    inside ./tool
    claim "$status" != 0
    lacks "$output" hidden
}

# other_run PATH ARG... - in another project, with PATH first in the search path.
other_run() {
    git init -q "$WORK/other"
    cd "$WORK/other" || return
    PATH=$1:$PATH inside "${@:2}"
}

@test "nor does it lead the run of another project, which starts that tool" {
    local tool
    mkdir -p "$BASE/lib" "$BASE/mine" bin
    printf '#!/bin/sh\ncat "%s"\n' "$BASE/lib/notes" > "$BASE/lib/interpreter"
    chmod +x "$BASE/lib/interpreter"
    cp "$SECRET" "$BASE/lib/notes"
    ln -s "$PWD/bin/tool" "$BASE/mine/tool"
    inside -- sh -c 'printf "#!%s/lib/interpreter\n" "$1" > bin/tool
        chmod +x bin/tool' sh "$BASE"
    run "$BASE/mine/tool"
    contains "$output" hidden
    for tool in "$BASE/mine/tool" "$WORK/p/bin/tool" "cat $BASE/lib/notes"; do
        # shellcheck disable=SC2086 # these are words
        other_run "$BASE/mine" -- $tool
        claim "$status" != 0
        lacks "$output" hidden
    done
}

@test "a shim written inside leads the run of another project nowhere" {
    local tool
    mkdir -p "$BASE/lib" "$BASE/home/.config/letters"
    printf '#!/bin/sh\ncat "%s"\n' "$BASE/lib/notes" > "$BASE/lib/program"
    chmod +x "$BASE/lib/program"
    cp "$SECRET" "$BASE/lib/notes"
    cp "$SECRET" "$BASE/home/.config/letters/one"
    git init -q "$BASE/home/src"
    mkdir -p "$BASE/home/src/letters/shims" "$BASE/home/src/bin"
    cd "$BASE/home/src" || return
    HOME=$BASE/home inside -- sh -c 'printf "#!/bin/sh\nexec %s/lib/program\n" "$1" \
        > letters/shims/tool
        chmod +x letters/shims/tool; ln -s ../letters/shims/tool bin/tool' sh "$BASE"
    run bin/tool
    contains "$output" hidden
    HOME=$BASE/home other_run /bin -- "$BASE/home/src/bin/tool"
    lacks "$output" hidden
    HOME=$BASE/home other_run "$BASE/home/src/bin" cat "$BASE/home/.config/letters/one" \
        "$BASE/lib/notes"
    lacks "$output" hidden
    # shellcheck disable=SC2016
    printf '#!/bin/sh\ncat "$1"\n' > "$BASE/home/src/letters/shims/tool"
    HOME=$BASE/home other_run /bin -- "$BASE/home/src/bin/tool" \
        "$BASE/home/.config/letters/one"
    lacks "$output" hidden
}

@test "names that one file has in a project bring the run of another nothing" {
    local tool
    mkdir -p "$BASE/home/.notes/mine/bin" "$BASE/home/.cache/mine/bin"
    cp "$SECRET" "$BASE/home/.notes/mine/it"
    cp "$SECRET" "$BASE/home/.cache/mine/it"
    touch "$BASE"/home/.{notes,cache}/mine/bin/{python,x}
    git init -q "$BASE/home/src"
    cd "$BASE/home/src" || return
    HOME=$BASE/home inside -- sh -c 'mkdir bin; printf "#!/bin/sh\n" > bin/python
        chmod +x bin/python; ln bin/python bin/cache; ln bin/python bin/notes
        ln -s notes bin/x'
    claim -e bin/notes
    for tool in cat "$BASE/home/src/bin/python" "$BASE/home/src/bin/x"; do
        HOME=$BASE/home other_run "$BASE/home/src/bin" --explain "$tool"
        lacks "$output" "$BASE/home/.notes "
        lacks "$output" "$BASE/home/.cache "
    done
    # In a directory of the user's own what many programs share is no tool's.
    mkdir "$BASE/home/bin"
    cp "$BASE/home/src/bin/python" "$BASE/home/bin/python"
    ln "$BASE/home/bin/python" "$BASE/home/bin/cache"
    HOME=$BASE/home other_run "$BASE/home/bin" cat "$BASE/home/.cache/mine/it"
    lacks "$output" hidden
}

@test "a symlink for a command made inside leads the next run nowhere" {
    mkdir -p "$BASE/lib/bin"
    printf '#!/bin/sh\ncat "%s"\n' "$BASE/lib/notes" > "$BASE/lib/bin/tool"
    chmod +x "$BASE/lib/bin/tool"
    cp "$SECRET" "$BASE/lib/notes"
    inside -- ln -s "$BASE/lib/bin/tool" tool
    run ./tool
    contains "$output" hidden
    inside ./tool
    claim "$status" != 0
    lacks "$output" hidden
    PATH=$PWD:$PATH inside tool
    claim "$status" != 0
    lacks "$output" hidden
}

@test "nor does a command of the user's that leads through the working directory" {
    mkdir -p "$BASE/lib/bin" "$BASE/mine"
    printf '#!/bin/sh\ncat "%s"\n' "$BASE/lib/notes" > "$BASE/lib/bin/tool"
    chmod +x "$BASE/lib/bin/tool"
    cp "$SECRET" "$BASE/lib/notes"
    ln -s "$PWD/tool" "$BASE/mine/tool"
    inside -- ln -s "$BASE/lib/bin/tool" tool
    run "$BASE/mine/tool"
    contains "$output" hidden
    inside "$BASE/mine/tool"
    claim "$status" != 0
    lacks "$output" hidden
}

@test "a virtual environment made inside brings no directory of several tools" {
    local home=$BASE/home
    # As pip install --user leaves it.
    mkdir -p "$home/.local/bin" "$home/.local/lib/python3.99" "$home/.local/share/notes"
    cp "$SECRET" "$home/.local/share/notes/mine"
    printf '#!/bin/sh\ncat "%s"\n' "$home/.local/share/notes/mine" \
        > "$home/.local/bin/python-pen"
    chmod +x "$home/.local/bin/python-pen"
    inside -- sh -c 'mkdir -p v/bin; touch v/pyvenv.cfg
        ln -s "$1/.local/bin/python-pen" v/bin/python' sh "$home"
    run v/bin/python
    contains "$output" hidden
    HOME=$home inside v/bin/python
    claim "$status" != 0
    lacks "$output" hidden
}

@test "a symlink made inside turns no --rw, --ro of the next run elsewhere" {
    local option
    inside -- ln -s "$BASE" build
    for option in --rw --ro; do
        inside "$option" ./build -- cat build/secret
        claim "$status" = 125
        lacks "$output" hidden
        inside "$option" ./build/secret -- cat build/secret
        claim "$status" = 125
        lacks "$output" hidden
    done
    # Through a link of the user's own into the working directory.
    ln -s "$PWD/build" "$WORK/link"
    inside --ro "$WORK/link" -- cat "$WORK/link/secret"
    claim "$status" = 125
    # Whatever the order of the options.
    mkdir "$WORK/rw"
    ln -s "$BASE" "$WORK/rw/link"
    inside --ro "$WORK/rw/link" --rw "$WORK/rw" -- cat "$WORK/rw/link/secret"
    claim "$status" = 125
}

@test "a directory made a symlink inside is not the next run's working directory" {
    local option
    mkdir sub
    inside -- sh -c 'rmdir sub; ln -s "$1" sub' sh "$BASE"
    cd sub
    for option in --current-dir-only --project-only; do
        run "$PLAYPEN" -q "$option" cat secret
        claim "$status" = 125
        lacks "$output" hidden
    done
    # By its own name it is what the user means.
    cd -P .
    inside cat secret
    contains "$output" hidden
}

@test "what the user's git settings in a project include, or lead to, is shown to no agent elsewhere" {
    local plant
    mkdir -p "$BASE/config/git" "$WORK/q"
    printf '[include]\n\tpath = %s/p/extra\n' "$WORK" > "$BASE/config/git/config"
    export XDG_STATE_HOME=$BASE/state
    for plant in 'printf "[include]\n\tpath = %s\n" "$1" > extra' 'ln -sf "$1" extra'; do
        rm -f extra
        inside sh -c "$plant" sh "$SECRET" # which nothing included then
        cd "$WORK/q"
        XDG_CONFIG_HOME=$BASE/config run "$PLAYPEN" -q --preset coding-agent -m infinity --tasks-limit infinity \
            sh -c 'echo started; cat "$1" ../p/extra' sh "$SECRET"
        contains "$output" started
        lacks "$output" hidden
        cd ../p
    done
}

@test "--rw + makes no directory where a symlink made inside leads" {
    inside -- ln -s "$BASE" cache
    inside --rw +./cache/new -- true
    claim "$status" = 125
    claim ! -e "$BASE/new"
}

# as_systemd_run_starts WORD ARG... - runs ARG..., and sh -c WORD between the
# check and the mount: when playpen has become systemd-run and that did nothing yet.
as_systemd_run_starts() {
    python3 - "$@" << 'TRACER'
import ctypes, os, signal, subprocess, sys

libc = ctypes.CDLL(None)
libc.ptrace.argtypes = [ctypes.c_long] * 4
TRACEME, CONT, DETACH, SETOPTIONS = 0, 7, 17, 0x4200
EVENTS = 2 | 4 | 8 | 16  # fork, vfork, clone, exec
child = os.fork()
if child == 0:
    libc.ptrace(TRACEME, 0, 0, 0)
    os.kill(os.getpid(), signal.SIGSTOP)
    os.execv(sys.argv[2], sys.argv[2:])
os.waitpid(child, 0)
libc.ptrace(SETOPTIONS, child, 0, EVENTS)
libc.ptrace(CONT, child, 0, 0)
while True:
    pid, status = os.waitpid(-1, 0x40000000)
    if not os.WIFSTOPPED(status):
        if pid == child:
            sys.exit(os.waitstatus_to_exitcode(status))
        continue
    number = os.WSTOPSIG(status)
    if status >> 16 == 4:
        line = open(f"/proc/{pid}/cmdline").read()
        if line.startswith("systemd-run") and "--version" not in line:
            subprocess.run(["sh", "-c", sys.argv[1]], check=True)
    deliver = 0 if number in (signal.SIGTRAP, signal.SIGSTOP) else number
    libc.ptrace(CONT, pid, 0, deliver)
TRACER
}

# bats test_tags=version
@test "a directory turned into a symlink while the unit starts is refused" {
    mkdir sub
    cd sub
    chmod 555 .. # which is no reason to leave out the check
    PWD=$PWD run as_systemd_run_starts "chmod 755 ..; mv ../sub ../old; ln -s '$BASE' ../sub" \
        "$PLAYPEN" -q --current-dir-only -- sh -c 'cat secret; cat "$1"' sh "$SECRET"
    claim -d ../old
    claim "$status" = 125
    lacks "$output" hidden
}

@test "no systemd-run, systemctl or busctl but root's is run, wherever it is planted" {
    local name dir
    for dir in "$PWD" "$BASE/elsewhere"; do
        mkdir -p "$dir"
        for name in systemd-run systemctl busctl; do
            printf '#!/bin/sh\ntouch "%s"\nexec /usr/bin/%s "$@"\n' \
                "$BASE/planted" "$name" > "$dir/$name"
            chmod +x "$dir/$name"
        done
    done
    # Root's files by names that root did not give them.
    mkdir "$BASE/links"
    for name in systemd-run systemctl busctl; do
        ln -s /usr/bin/env "$BASE/links/$name"
    done
    rm -f "$XDG_RUNTIME_DIR/playpen/version"
    for dir in "$PWD" . "$BASE/elsewhere" "$BASE/links"; do
        PATH=$dir:$PATH inside true
        claim "$status" = 0
        PATH=$dir:$PATH inside -m 2M -- python3 -c 'bytearray(1 << 28)'
        for name in --doctor "--explain true" "-n true" --list --help; do
            # shellcheck disable=SC2086 # these are words
            PATH=$dir:$PATH run "$PLAYPEN" $name
            claim "$status" != 125
        done
    done
    claim ! -e "$BASE/planted"
}

@test "what playpen does outside loads no library that the command left where LD_LIBRARY_PATH leads" {
    local self
    mkdir lib
    # systemctl, which is asked how the unit ended, would not start with this.
    LD_LIBRARY_PATH=$PWD/lib inside --timeout 1 sh -c '> lib/libc.so.6; sleep 9'
    claim "$status" = 124
    contains "$output" LD_LIBRARY_PATH "$PWD/lib/libc.so.6"
    rm lib/libc.so.6
    # Nor by itself, later: it has no such place to look in.
    mkfifo pipe
    LD_LIBRARY_PATH=$PWD/lib "$PLAYPEN" -q --current-dir-only -e LD_LIBRARY_PATH \
        sh -c 'echo "$LD_LIBRARY_PATH"; cat pipe' > out &
    self=$!
    PIDS+=("$self")
    exec 7> pipe
    not grep -z '^LD_LIBRARY_PATH=' "/proc/$self/environ"
    exec 7>&-
    wait "$self"
    claim "$(< out)" = "$PWD/lib"
}

@test "playpen itself cannot be rewritten in the working directory" {
    cp "$PLAYPEN" ./playpen
    PLAYPEN=$PWD/playpen inside -- sh -c 'rm -f playpen; mv playpen x; echo > playpen'
    cmp "$PLAYPEN" ./playpen
}

@test "an inaccessible file is not read, removed, renamed, replaced" {
    echo hidden > .env
    inside --inaccessible ./.env -- sh -c \
        'echo started; cat .env; rm -f .env; mv .env other; echo new > .env'
    contains "$output" started
    lacks "$output" hidden
    claim "$(cat .env)" = hidden
}

# The same under each of two names: of a working directory reached through a
# symlink, and of one granted by a symlink's name.
@test "a second name of the working directory gives nothing back" {
    local name
    echo hidden > .env
    echo mine > script
    mkdir hooks
    git config core.hooksPath "$PWD/hooks"
    ln -s p ../link
    cp "$PLAYPEN" playpen
    cd ../link || return
    PLAYPEN=$PWD/playpen
    attempt <<< 'for d in "$1" "$2" .; do cd $d; cat .env; echo evil > script
        echo evil > playpen; echo evil > hooks/post-commit; echo > .git/hooks/x
        mv .env x; mv script y; mv .git z; mv hooks h; done'
    inside --inaccessible ./.env --ro ./script -- sh -c \
        'echo started; (. ./attempt); exit 0' sh "$WORK/p" "$WORK/link"
    contains "$output" started
    lacks "$output" hidden
    claim "$(cat .env script)" = "hidden
mine"
    claim -x playpen
    claim "$(ls hooks)" = ""
    claim ! -e .git/hooks/x
}

# bats test_tags=version
@test "an agent in a directory that is granted by another name is closed" {
    listener "$HOME/.gnupg/S.gpg-agent"
    ln -s "$HOME/.gnupg" "$BASE/link"
    run socat -u -T 5 "UNIX-CONNECT:$BASE/link/S.gpg-agent" -
    contains "$output" hidden
    inside --rw "$BASE/link" -- sh -c 'echo started
        socat -u -T 5 "UNIX-CONNECT:$1" -' sh "$BASE/link/S.gpg-agent"
    contains "$output" started
    lacks "$output" hidden
}

# bats test_tags=version
@test "--ro of the runtime directory by another name still gives no bus" {
    local name
    ln -s "/run/user/$EUID" "$BASE/runtime"
    for name in "/var/run/user/$EUID" "$BASE/runtime"; do
        inside --ro "$name" -- sh -c 'echo started
            systemd-run --user --wait touch "$2"
            DBUS_SESSION_BUS_ADDRESS=unix:path=$1/bus \
                busctl --user list; ls "$1/systemd"; :' sh "$name" "$WORK/got-out"
        contains "$output" started
        lacks "$output" org.freedesktop
        lacks "$output" private
        claim ! -e "$WORK/got-out"
    done
}

@test "what is the user's among the system's is hidden by another name of it, too" {
    ln -s /var "$BASE/var"
    inside --ro "$BASE/var" -- sh -c 'ls -A "$1/log/journal" "$1/mail/" 2> /dev/null | grep -v :
        cd "$1" && echo started' sh "$BASE/var"
    contains "$output" started
    claim "$(grep -cvE '^$|^started$' <<< "$output")" = 0
}

@test "a variable of -e acts on the command, not on what starts it outside" {
    cat > lib.c << END
#include <fcntl.h>
__attribute__((constructor)) static void out(void) { creat("$BASE/got-out", 0600); }
END
    gcc -shared -fPIC -o lib.so lib.c
    env LD_PRELOAD="$PWD/lib.so" true
    claim -e "$BASE/got-out"
    rm "$BASE/got-out"
    inside -e "LD_PRELOAD=$PWD/lib.so" -- sh -c 'echo $LD_PRELOAD'
    contains "$output" lib.so
    claim ! -e "$BASE/got-out"
}

@test "the directory of core.hooksPath is made behind no symlink" {
    mkdir "$BASE/private"
    git config core.hooksPath ../x/hooks
    mkdir sub
    git init -q sub
    git -C sub config core.hooksPath ../x/hooks
    ln -s "$BASE/private" x
    run "$PLAYPEN" -q --current-dir-only true
    claim -z "$(ls "$BASE/private")"
}

@test "the directory of an inaccessible file is not renamed for the next run" {
    mkdir -p a/b
    echo hidden > a/b/.env
    inside --inaccessible a/b/.env -- sh -c 'mv a/b a/c; mv a d; mkdir -p a/b; echo > a/b/.env'
    inside --inaccessible a/b/.env -- sh -c 'cat a/c/.env d/b/.env'
    lacks "$output" hidden
    claim "$(cat a/b/.env)" = hidden
}

@test "the directory of a --ro file is not renamed for another in its place" {
    mkdir -p a/b
    echo mine > a/b/script
    inside --ro a/b/script -- sh -c 'mv a/b a/c; mv a d; mkdir -p a/b; echo evil > a/b/script'
    claim "$(cat a/b/script)" = mine
}

@test "presets and what is kept, missing behind a link into the project, are not made inside" {
    local home=$BASE/home
    mkdir -p "$home/.local" "$home/.config/playpen/presets" config
    ln -s "$PWD/config" "$home/config"
    ln -s "$PWD/state" "$home/.local/state"
    HOME=$home XDG_CONFIG_HOME=$home/config inside -- sh -c \
        'mkdir -p config/playpen/presets state/playpen/x
        echo "--ro ~" > config/playpen/presets/cat'
    claim "$status" != 0
    claim -z "$(ls config/playpen/presets)$(ls state/playpen)"
    # What leads there can be replaced, or made.
    rm -r config
    ln -s other config
    HOME=$home XDG_CONFIG_HOME=$home/config inside touch made
    claim "$status" = 125
    ln -s "$PWD/npm" "$home/.config/playpen/presets/npm"
    HOME=$home inside touch made
    claim "$status" = 125
    claim ! -e made
    echo "# mine" > npm
    HOME=$home inside -- sh -c 'echo "--ro ~" > npm'
    claim "$(cat npm)" = "# mine"
}

@test "the file of --stats is written behind no link of an earlier run's" {
    mkdir "$BASE/docs"
    echo mine > "$BASE/docs/report.json"
    inside -- ln -s "$BASE/docs" build
    inside --stats=build/report.json touch made
    claim "$status" = 125
    claim ! -e made
    claim "$(cat "$BASE/docs/report.json")" = mine
}
