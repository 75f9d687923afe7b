#!/usr/bin/env bats
# What a command does to hide what it left, or to hold playpen up at the end.

load git

# hides SCRIPT [OPTION...] - python's, by which ".envrc" is made as well.
hides() {
    printf '%s\n' '#!/usr/bin/env python3' \
        'import ctypes, fcntl, os, resource, signal' \
        'libc = ctypes.CDLL(None)' 'open(".envrc", "w")' "$1" > "hides${WORK##*.}"
    chmod +x "hides${WORK##*.}"
    shift
    timeout -s KILL 60 "$PLAYPEN" -q --current-dir-only "$@" -- \
        "./hides${WORK##*.}" 3>&-
}

@test "a warning is not lost by a standard error that was made one that does not block, and full" {
    {
        hides 'fcntl.fcntl(2, fcntl.F_SETFL, fcntl.fcntl(2, fcntl.F_GETFL) | os.O_NONBLOCK)
try:
    while True: os.write(2, b"x" * 4096)
except BlockingIOError: pass
open("full", "w")' 2>&1 > /dev/null || :
    } | {
        wait_until 60 test -e full
        no_run() { ! systemctl --user list-units "playpen-*hides${WORK##*.}*" | grep -q playpen; }
        wait_until 60 no_run
        sleep 1 # the line is to be tried before there is room for it
        cat > said
    }
    grep -a '^.*playpen: .*\.envrc' said
}

@test "a warning is not hidden by what was left of the terminal: an open title, concealed text, graphics" {
    mkfifo silent
    attempt <<< 'printf "\033(0\033[8m\033]0;"; : > .envrc'
    SHELL=/bin/sh TERM=xterm script -qec "'$PLAYPEN' -q --current-dir-only sh attempt" \
        /dev/null > said <> silent
    grep -aF $'\e\\\e[m\e(B\x0fplaypen: ' said | grep -a '\.envrc'
}

@test "a warning for which its file has no room is on the terminal" {
    local status=0

    mkfifo silent
    attempt <<< ': > .envrc; head -c 1000000 /dev/zero >&2'
    SHELL=/bin/sh script -qec "ulimit -f 100; '$PLAYPEN' -q --current-dir-only sh attempt 2> '$WORK/log'" \
        /dev/null > said <> silent || status=$?
    claim "$status" = 153 # head's, by SIGXFSZ
    grep -a 'playpen: .*\.envrc' said
}

@test "a warning is not lost by a standard error that was moved, made as long as can be, or lies at the limit of files" {
    local script mode
    # as far as the file system lets it
    local far='at, n = 0, 1 << 63
while n:
    n >>= 1
    try:
        move(at + n)
        at += n
    except OSError: pass
os.lseek(2, at, os.SEEK_SET)'
    for script in "move = lambda to: os.lseek(2, to, os.SEEK_SET)
$far" "move = lambda to: os.ftruncate(2, to)
$far" 'size = resource.getrlimit(resource.RLIMIT_FSIZE)[0]
os.ftruncate(2, size)
os.lseek(2, size, os.SEEK_SET)' \
        'fcntl.fcntl(2, fcntl.F_SETFL, fcntl.fcntl(2, fcntl.F_GETFL) | os.O_DIRECT)'; do
        for mode in '>' '>>'; do
            rm -f .envrc "$WORK/log"
            (
                [[ $script != *FSIZE* ]] || ulimit -f 1000
                eval "hides \"\$script\" 2$mode \"\$WORK/log\""
            )
            tail -c 4096 "$WORK/log" | grep -a 'playpen: .*\.envrc'
        done
    done
}

# bats test_tags=version
@test "a child that it gave its starter, and a starter that it stopped, hold nothing up" {
    hides 'nr = {"x86_64": 56, "aarch64": 220}[os.uname().machine]
if libc.syscall(nr, 0x8000 | signal.SIGCHLD, 0, 0, 0, 0) == 0:  # CLONE_PARENT
    signal.pause()
os._exit(3)' 2> err || status=$?
    claim "$status" = 3
    grep .envrc err
    rm .envrc
    status=0
    # Where Landlock has scopes it cannot.
    hides 'os.kill(os.getppid(), signal.SIGSTOP)' 2> err || status=$?
    claim "$status" != 0
    grep .envrc err
}

# As a tracee it stops at each of its signals.
@test "a command that has itself traced ends nothing but itself by a signal" {
    local name status
    for name in HUP USR1 TERM TRAP; do
        rm -f .envrc
        status=0
        hides "libc.ptrace(0, 0, 0, 0)  # PTRACE_TRACEME
os.kill(os.getpid(), signal.SIG$name)" 2> err || status=$?
        claim "$status" = $((128 + $(kill -l "$name")))
        grep .envrc err
    done
}

@test "what was planted is put aside also where nobody reads the first line any more" {
    git init -q lib
    "$PLAYPEN" -q --current-dir-only -e BOMB -- sh -c 'git -C lib config core.pager "$BOMB"
        : > .git/hooks/decoy; echo one; echo two' 2>&1 | head -n 1
    not git -C lib config core.pager
}

@test "a stop without a terminal does not keep --timeout from ending the run" {
    status=0
    hides 'os.kill(os.getpid(), signal.SIGSTOP)' --timeout 8 2> err < /dev/null || status=$?
    claim "$status" = 124
    grep .envrc err
}

@test "planted repositories that take long to be judged are given up, and that is said" {
    git init -q lib
    inside 'yes "#" | head -c 1000000 > "$1"
        mkdir -p d{1..3000}/{objects,refs}
        for i in {1..3000}; do echo "ref: refs/x" > d$i/HEAD; echo d$i/config; done |
            python3 -c "import os, sys
for name in sys.stdin: os.link(\"$1\", name.strip())"
        git -C lib config core.pager "$BOMB"' one
    points_out "too many to be looked at"
    points_out lib core.pager "put aside"
}

@test "a commondir that leads out of the project, to the user's or to what runs keep, is pointed out" {
    local kept=$BASE/state/playpen/default$HOME/.tool
    export XDG_STATE_HOME=$BASE/state
    mkdir -p "$BASE/state"
    for dir in nested other "$BASE/user"; do
        git init -q "$dir"
        commit "$dir"
    done
    run "$PLAYPEN" -q --current-dir-only --persist ~/.tool -e BOMB -- sh -c '
        cp -r other/.git/. ~/.tool/ && git config -f ~/.tool/config core.fsmonitor "$BOMB"
        echo "$1" > nested/.git/commondir; echo "$2" > other/.git/commondir' \
        sh "$kept" "$BASE/user/.git"
    claim -e "$kept/config"
    points_out nested/.git "commondir, which leads elsewhere"
    points_out other/.git "commondir, which leads elsewhere"
}

@test "a commondir is read as git reads it, and is pointed out where it cannot be: a NUL, a lock in the way, its length" {
    inside 'd=$(printf "c\nx"); d=${d%x}
        for git in .git nested/.git; do
            git init -q "${git%.git}"; mkdir "$git/c" "$git/$d"
            cp -r $git/config $git/c; cp -r $git/{config,objects,refs} "$git/$d"
            git config -f "$git/$d/config" core.pager "$BOMB"
            printf "c\n\0" > $git/commondir
        done
        touch .git/commondir.lock
        git init -q big; mkdir big/.git/d; cp -r big/.git/{config,objects,refs} big/.git/d
        git config -f big/.git/d/config core.pager "$BOMB"
        { printf "d\0"; head -c 1100000 /dev/zero | tr "\0" x; } > big/.git/commondir'
    points_out .git/commondir "could not be put aside"
    points_out nested/.git core.pager
    points_out big/.git "commondir, which leads elsewhere"
}

@test "a Ctrl-C that comes just as the command has ended does not keep anybody from the look at what it left" {
    local try
    for try in 1 2 3 4 5 6 7 8; do
        rm -f .envrc
        run python3 - "$PLAYPEN" <<< 'if True:
            import os, signal, subprocess, sys, time
            run = subprocess.Popen([sys.argv[1], "-q", "--current-dir-only", "touch", ".envrc"])
            while not os.path.exists(".envrc"):
                time.sleep(.001)
            while run.poll() is None:
                os.kill(run.pid, signal.SIGINT)
                time.sleep(.0003)'
        points_out .envrc || fail "try $try"
    done
}
