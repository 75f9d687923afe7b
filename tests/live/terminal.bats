#!/usr/bin/env bats
# At a terminal: an interactive program behaves as it does without playpen.
load tmux

setup() { open_terminal; }

python() {
    # Before 3.13 the prompt is readline's, and then Python's own.
    type "$PLAYPEN $* python3"
    sees '^>>> *$'
}

@test "an interactive Python: prompt, Ctrl-C is KeyboardInterrupt, Ctrl-D ends it" {
    python -q -m 200M
    type 'print(6 * 7)'
    sees '^42'
    type 'import time; print("slee" + "ping"); time.sleep(100)'
    sees '^sleeping'
    keys C-c
    sees 'KeyboardInterrupt'
    type 'print("sti" + "ll here")'
    sees '^still here'
    keys C-d
    sees '^shell> *$'
    type 'echo "status $?"'
    sees '^status 0'
}

@test "an interactive Python has line editing" {
    python -q
    keys p r i n t '(' 1 3 ')' Left Left BSpace 2 Enter
    sees '^23'
}

# bats test_tags=version
@test "a program has the window's size, and sees it change" {
    type "$PLAYPEN -q -- bash -c 'trap \"stty size\" WINCH; stty size; while :; do sleep 0.1; done'"
    sees '^30 100'
    tmux -L "$ID" resize-window -x 90 -y 20
    sees '^20 90'
}

# bats test_tags=version
@test "an interactive session is killed when it exceeds 50M: one line, 137" {
    python -m 50M
    # 2**30 in the original: a MemoryError where the machine has less than that.
    type 'x = [0] * 2**26'
    sees 'playpen: .*50M'
    type 'echo "status $?"'
    sees '^status 137'
}

@test "the terminal is as it was after the program was killed" {
    type "stty -a > before; $PLAYPEN -q -- sh -c 'stty raw -echo; kill -9 \$\$'; stty -a > after; echo do''ne"
    sees '^ *done'
    cmp before after
}

# bats test_tags=version
@test "Ctrl-C ends a program that does not trap it: 130, and the shell's loop ends" {
    program p <<< 'echo running; exec sleep 60'
    type "for i in 1 2 3; do $PLAYPEN -q ./p$ID; done"
    sees '^running'
    keys C-c
    sees '^shell> *$'
    type 'echo "status $?"'
    sees '^status 130'
    claim "$(screen | grep -c '^running')" = 1
}

@test "Ctrl-C before the program has started ends playpen, and nothing is left" {
    local pause
    program p <<< 'exec sleep 600'
    for pause in 0 0.1 0.3 0.6; do
        type "clear; $PLAYPEN -q ./p$ID; echo \"st''atus \$?\""
        sleep $pause
        keys C-c
        # Where the shell itself got it, the line is given up as a whole.
        sees '^shell> *$|^status'
        not shows '^status [^1]'
        wait_until 60 no_unit
        claim -z "$(pgrep -f "/p$ID")"
    done
}

# bats test_tags=version
@test "Ctrl-Z stops playpen and its program, fg goes on with it" {
    program p << 'END'
echo running
until [ -e go ]; do sleep 0.1; done
echo finished
END
    type "$PLAYPEN -q ./p$ID"
    sees '^running'
    keys C-z
    sees 'Stopped'
    touch go
    sleep 2
    not shows 'finished'
    type fg
    # Not at the line's start: a late echo of ^Z may stand before it.
    sees 'finished *$'
}

@test "bg lets a stopped program go on in the background, fg brings its input back" {
    # In bash: see terminal_corners.bats.
    cat > back << 'END'
echo begun
until [ -e go ]; do sleep 0.1; done
echo in the back
read word
echo "got $word"
END
    type "$PLAYPEN -q -- bash back"
    sees '^begun'
    keys C-z
    sees 'Stopped'
    type 'clear; touch go; bg'
    sees 'in the back'
    # What is typed now is the shell's.
    type 'echo for the sh""ell'
    sees '^for the shell'
    type fg
    sees 'bash back *$'
    sleep 1
    type word
    sees '^got word'
}

# bats test_tags=version
@test "an interactive shell under playpen has job control of its own" {
    type "$PLAYPEN -q -- env PS1='inner> ' bash --norc --noprofile"
    sees '^inner> *$'
    type 'sleep 101'
    wait_until 60 pgrep -fx 'sleep 101'
    keys C-z
    sees 'Stopped'
    type 'jobs | grep -c sleep; kill %1'
    sees '^1$'
    sleep 1
    type 'wait; jobs; exit 9'
    sees '^shell> *$'
    type 'echo "status $?"'
    sees '^status 9'
}

@test "what is typed before the program reads is not lost, and ^] is the program's" {
    program p << 'END'
stty -icanon -echo
head -c 9 > typed
END
    type "$PLAYPEN -q ./p$ID"
    type 'early'
    wait_until 60 pgrep -fx 'head -c 9'
    keys 'C-]' 'C-]' 'C-]'
    sees '^shell> *$'
    printf 'early\n\035\035\035' | cmp - typed
}

@test "the program has the terminal's modes" {
    type "stty -echo -ixon; $PLAYPEN -q stty -a > out; $PLAYPEN -q stty -a; stty sane"
    sees '-echo '
    sees '-ixon '
}

@test "all of a long output arrives, and no line break after it" {
    printf 'seq 100000; printf "the end"\n' > p
    mkfifo keys
    SHELL=/bin/sh script -qec "'$PLAYPEN' -q -- sh p" /dev/null > typescript <> keys
    { seq 100000 && printf 'the end'; } | sed 's/[0-9]$/&\r/' | cmp - typescript
}

@test "what is typed beside a long output is not asked about with each piece of it" {
    need strace
    head -c 2M /dev/zero | tr '\0' x | fold -w 60 > output
    SHELL=/bin/sh script -qec "strace -qq -e trace=sendto -o calls '$PLAYPEN' -q -- cat output" \
        /dev/null > typescript < /dev/null
    tr -d '\r' < typescript | cmp - output
    claim "$(grep -c MSG_NOSIGNAL calls)" -ge 1
    claim "$(grep -c MSG_NOSIGNAL calls)" -lt 100
}

@test "TERM is the terminal's" {
    type "$PLAYPEN -q -- sh -c 'echo TERM=\$TERM'"
    sees "^TERM=(tmux|screen|xterm)"
}

@test "a program with its output piped is still interrupted by Ctrl-C" {
    type "$PLAYPEN -q -- sh -c 'echo run''ning; exec sleep 60' | cat; echo \"status \${PIPESTATUS[0]}\""
    sees '^running'
    keys C-c
    sees '^shell> *$'
}

@test "Ctrl-C ends the script that runs the program as well" {
    program s << END
"$PLAYPEN" -q -- sh -c 'echo run""ning; sleep 60'
echo went on
END
    type "./s$ID"
    sees '^running'
    keys C-c
    sees '^shell> *$'
    type 'echo "status $?"'
    sees '^status 130'
    not shows 'went on'
}

@test "in the background a program runs, and the terminal stays as it is" {
    type "$PLAYPEN -q -- sh -c 'sleep 1; touch made' &"
    wait_until 60 test -e made
    type 'echo "st""ill"; jobs'
    sees '^still'
    not shows 'Stopped'
}
