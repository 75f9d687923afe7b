#!/usr/bin/env bats
# Standard input, output and error are the program's own.
load helper

@test "a program reads what is piped to it, and its output can be piped on" {
    run -0 bash -c 'printf "a\nb\n" | "$PLAYPEN" -q cat -n | tr ab xy'
    claim "$output" = $'     1\tx\n     2\ty'
}

@test "a program's output and errors stay apart" {
    run --separate-stderr -0 "$PLAYPEN" -q -- sh -c 'echo out; echo err >&2'
    claim "$output" = out
    claim "$stderr" = err
}

@test "a megabyte of any bytes goes through unchanged" {
    head -c 1000000 /dev/urandom > in
    "$PLAYPEN" -q cat < in > out
    cmp in out
    "$PLAYPEN" -q cat < in | cat > out
    cmp in out
}

# bats test_tags=version
@test "yes | head -1 is silent on stderr, and yes dies of SIGPIPE" {
    local statuses
    "$PLAYPEN" -q -- yes 2> err | head -1 > out && statuses=("${PIPESTATUS[@]}")
    claim "$(< out)" = y
    claim "$(< err)" = ""
    # bash ignores no SIGPIPE; bats's caller may.
    claim "${statuses[0]}" = 141
}

@test "without -q the banner and the summary are on stderr alone" {
    run --separate-stderr -0 "$PLAYPEN" echo hello
    claim "$output" = hello
    contains "$stderr" "Running as unit: playpen-echo-"
    claim "${#stderr_lines[@]}" -gt 1
}

@test "without -q no escape sequence is written to a file" {
    run -0 "$PLAYPEN" echo hello
    lacks "$output" $'\e'
}

@test "with -q there is nothing but the program's own" {
    run -0 "$PLAYPEN" -q echo hello
    claim "$output" = hello
}

# bats test_tags=version
@test "2>log at a terminal: the errors are in the log" {
    script -qec "'$PLAYPEN' -q -- sh -c 'echo to-out; echo to-err >&2' 2> log" \
        /dev/null > typescript < /dev/null
    claim "$(< log)" = to-err
    grep -q to-out typescript
    not grep -q to-err typescript
}

@test "with -q not a byte is written to the terminal but the program's own" {
    # A terminal whose other end stays open and types nothing.
    mkfifo keys
    env -u SYSTEMD_COLORS TERM=xterm script -qec "'$PLAYPEN' -q -- echo x.y" \
        /dev/null > typescript <> keys
    od -c typescript
    printf 'x.y\r\n' | cmp - typescript
}

# bats test_tags=version
@test "streams that are closed do no harm" {
    run -0 bash -c '"$PLAYPEN" -q echo ran <&-'
    claim "$output" = ran
    run -7 bash -c '"$PLAYPEN" -q -- sh -c "exit 7" <&- >&- 2>&-'
}

@test "a program that needs no input leaves it to the next command" {
    run -0 bash -c 'seq 3 | { "$PLAYPEN" -q true; cat; }'
    claim "$output" = $'1\n2\n3'
}

# bats test_tags=version
@test "a file that is appended to stays so" {
    echo first > log
    "$PLAYPEN" -q echo second >> log
    claim "$(< log)" = $'first\nsecond'
}

@test "a line of playpen's leaves standard error as it was: O_NONBLOCK" {
    python3 - "$PLAYPEN" << 'END'
import fcntl, os, subprocess, sys
read, write = os.pipe()
os.set_blocking(write, False)
subprocess.run([sys.argv[1], "--no-such-option"], stderr=write)
assert not os.get_blocking(write)
END
}
