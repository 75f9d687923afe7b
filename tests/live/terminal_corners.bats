#!/usr/bin/env bats
# At a terminal with some streams elsewhere: jobs, window sizes, pagers, pickers,
# secrets, several playpens in each other.
load tmux

setup() {
    open_terminal "export PLAYPEN_OPTIONS='-q -m infinity'"
    ln -s "$PLAYPEN" playpen
    ln -s "$PLAYPEN" pp-bash
}

@test "Ctrl-Z and fg work, whatever streams are elsewhere" {
    local options streams
    # In bash: dash, which vforks, does not stop where Ctrl-Z comes between its
    # child's vfork(2) and execve(2), without playpen either.
    cat > job << 'END'
echo x > begun
while [ ! -e go ]; do sleep 0.1; done
echo x > finished
END
    for options in '' --current-dir-only --limits-only; do
        for streams in '' '> out' '< /dev/null' '2> err' '| cat' '< /dev/null > out'; do
            rm -f begun go finished
            type "clear; ./playpen $options -- bash job $streams"
            wait_until 60 [ -s begun ]
            keys C-z
            sees Stopped
            type 'touch go; clear; fg'
            wait_until 60 [ -s finished ]
            sees '^shell> *$'
            type 'clear; jobs; echo st""atus $?'
            sees 'status 0'
            not shows Stopped
        done
    done
}

# bats test_tags=version
@test "a program learns the window's new size, whatever streams are elsewhere" {
    local options streams
    cat > size << 'END'
trap 'stty size < /dev/tty > now' WINCH
stty size < /dev/tty > now
while [ ! -e end ]; do sleep 0.1; done
END
    for options in '' --current-dir-only --limits-only; do
        for streams in '< /dev/null' '| cat' '2> err > out'; do
            tmux -L "$ID" resize-window -x 100 -y 30
            rm -f end now
            type "clear; ./playpen $options -- bash size $streams"
            wait_until 60 grep -q '30 100' now
            tmux -L "$ID" resize-window -x 90 -y 20
            wait_until 60 grep -q '20 90' now
            touch end
            sees '^shell> *$'
        done
    done
}

@test "SIGWINCH reaches a program none of whose streams is the terminal" {
    local options
    cat > size << 'END'
trap 'touch now' WINCH
touch begun
while [ ! -e now ]; do sleep 0.1; done
END
    for options in '' --current-dir-only --limits-only; do
        rm -f begun now
        tmux -L "$ID" resize-window -x 100 -y 30
        type "clear; ./playpen $options -- bash size < /dev/null 2>&1 | cat"
        wait_until 60 [ -e begun ]
        tmux -L "$ID" resize-window -x 90 -y 20
        wait_until 60 [ -e now ]
        sees '^shell> *$'
    done
}

@test "a pager that reads a pipe is turned by its keys" {
    local options
    for options in '' --limits-only; do
        type "clear; seq 300 | ./playpen $options -- less"
        sees '^:'
        keys G
        sees '^300'
        keys q
        sees '^shell> *$'
    done
}

@test "a picker between two pipes reads its keys at the terminal" {
    cat > pick.py << 'END'
import sys, termios, tty
lines = sys.stdin.read().split()
with open("/dev/tty", "rb", buffering=0) as t:
    old = termios.tcgetattr(t)
    tty.setraw(t)
    print("pick:", *lines, end="\r\n", file=sys.stderr, flush=True)
    key = t.read(1)
    termios.tcsetattr(t, termios.TCSADRAIN, old)
print(lines[int(key)])
END
    local options
    for options in '' --current-dir-only --limits-only; do
        type "clear; x=\$(echo a b c | ./playpen $options -- python3 pick.py); echo \"<\$x>\""
        sees '^pick: a b c'
        keys 1
        sees '^<b>'
    done
}

@test "a secret is not shown, and the terminal shows again what is typed" {
    local options
    for options in '' --current-dir-only --limits-only; do
        type "clear; ./playpen $options -- bash -c 'read -s -p \"sec\"\"ret: \" x; echo; echo \"<\$x>\"'"
        sees '^secret: '
        type hidden
        sees '^<hidden>'
        claim "$(screen | grep -c '^secret: hidden')" = 0
        type 'echo sh""own'
        sees '^shell> echo sh""own'
    done
}

@test "a full-screen editor edits and saves" {
    need vi
    type "./playpen -- vi file"
    sees '^~'
    keys i h e l l o Escape
    type ':wq'
    sees '^shell> *$'
    claim "$(< file)" = hello
}

@test "what is pasted after a command that reads nothing is the shell's" {
    tmux -L "$ID" send-keys -l $'./playpen -- sleep 0.5\necho tw""o\necho thr""ee\n'
    sees '^two'
    sees '^three'
}

# bats test_tags=version
@test "one playpen in another: Ctrl-C, Ctrl-Z, and what is typed are the inner's" {
    cat > inner << 'END'
trap 'echo in""terrupted; trap - INT' INT
echo begun
read word
echo "got $word"
END
    local options
    for options in '' --limits-only; do
        type "clear; ./playpen -- ./playpen $options -- bash inner"
        sees '^begun'
        keys C-c
        sees 'interrupted'
        type word
        sees '^got word'
        type 'echo "status $?"'
        sees '^status 0'
    done
    type "clear; ./playpen -- ./playpen -- sh -c 'echo begun; sleep 1; echo ended'"
    sees '^begun'
    keys C-z
    sees Stopped
    type 'clear; fg'
    sees '^ended'
}

@test "pp-bash has job control" {
    type "PATH=$WORK:\$PATH pp-bash --norc --noprofile"
    sees '\$ *$'
    type "PS1='in> '; clear"
    sees '^in> *$'
    type 'sleep 100'
    wait_until 60 pgrep -fx 'sleep 100'
    keys C-z
    sees Stopped
    type 'clear; bg; jobs; kill %1; wait; echo do""ne'
    sees '^done'
    type 'exit 4'
    sees '^shell> *$'
    type 'echo "status $?"'
    sees '^status 4'
}

@test "under script, with no input, a program has a terminal with a name" {
    local options
    for options in --private-tmp --current-dir-only --limits-only; do
        run -0 script -qec "'$PLAYPEN' -q $options -- sh -c 'test -c \$(tty) && ps -o tty= -p \$\$'" \
            /dev/null < /dev/null
        contains "$output" pts/
    done
}

@test "a terminal that controls no process of the caller's is read" {
    type 'clear; setsid -w ./playpen -- sh -c "echo begun; head -n 1" | sed s/^/got:/'
    sees got:begun
    type hello
    sees got:hello
}
