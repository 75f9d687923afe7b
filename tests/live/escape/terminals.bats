# bats file_tags=home
# Ways over terminals.

load escape

# bats test_tags=version
@test "the user's other terminals are neither read nor written" {
    background python3 -c 'import os, sys, time
master, slave = os.openpty()
os.write(master, b"hidden\n" * 20)
with open(sys.argv[1], "w") as name: name.write(os.ttyname(slave))
time.sleep(300)' "$BASE/tty"
    wait_until 60 test -s "$BASE/tty"
    attempt <<< 'timeout 5 head -n 1 < "$1"; echo x > "$1" && echo hidden'
    leaks "$(cat "$BASE/tty")"
    keeps "$(cat "$BASE/tty")"
    # That of a /dev/pts of its own.
    inside ls -A /dev/pts
    claim "${output#ptmx}" = ""
}

# at_terminal COMMAND... - at a terminal of its own; prints what appears there.
at_terminal() {
    python3 -c 'import os, pty, sys
pid, master = pty.fork()
if pid == 0: os.execvp(sys.argv[1], sys.argv[1:])
while True:
    try: data = os.read(master, 4096)
    except OSError: break
    if not data: break
    os.write(1, data)' "$@" 3>&-
}

# types COMMAND - does what ./attempt types into its terminal reach the shell
# that called COMMAND there?
types() {
    attempt << 'EOF2'
python3 -c 'import fcntl, os, termios
for fd in 0, 1, 2, 9:
    if fd == 9:
        try: fd = os.open("/dev/tty", os.O_RDWR)
        except OSError: continue
    try:
        for c in b"typed\n": fcntl.ioctl(fd, termios.TIOCSTI, bytes([c]))
        break
    except OSError: continue'
EOF2
    run at_terminal bash -c "$1
        read -r -t 3 line; echo \"read: \$line.\""
}

# bats test_tags=version
@test "nothing is typed into the caller's terminal" {
    [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2> /dev/null || echo 1)" = 1 ] ||
        skip "this kernel forbids it to everybody (dev.tty.legacy_tiocsti)"
    types 'sh ./attempt'
    contains "$output" 'read: typed.'
    types '"$PLAYPEN" -q --current-dir-only sh ./attempt'
    contains "$output" 'read: .'
}

@test "nor where standard input alone is the terminal" {
    [ "$(cat /proc/sys/dev/tty/legacy_tiocsti 2> /dev/null || echo 1)" = 1 ] ||
        skip "this kernel forbids it to everybody (dev.tty.legacy_tiocsti)"
    types 'sh ./attempt | cat'
    contains "$output" 'read: typed.'
    types '"$PLAYPEN" -q --current-dir-only sh ./attempt | cat'
    contains "$output" 'read: .'
}
