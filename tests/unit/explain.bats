#!/usr/bin/env bats
# --explain: one page, as it is printed. What depends on the machine is taken
# out: its top-level directories, its user's home in the password database.

load helper

@test "a page of what a confined command may do, and why" {
    need_openat2
    make_home
    environment=(API_TOKEN=x LANG=C CI=1)
    explain --current-dir-only -m 50M -c 150% --timeout 5min \
        --capture-env=safe -p IOWeight=50 --rw +~/.cache/tool \
        --inaccessible ./.git/hooks -- true
    # Columns are as wide as what the machine has in them; it may have no FUSE.
    sed -E 's/ {2,}/  /g; /fuse/d' "$dir/out" > "$dir/got"
    cat > "$dir/expected" <<'END'
/usr/bin/true
  in HOME/p, under your user's manager (systemd N)

May use
  memory  50M  --memory-limit
  swap  none  --memory-limit
  CPU  150% of one core  --cpu-limit
  disk, reading  no limit  no --disk-limit
  disk, writing  no limit  no --disk-limit
  processes, threads  the manager's own limit  no --tasks-limit
  time  5min  --timeout

Reads and writes
  HOME/p  the working directory (--current-dir-only)
  HOME/.cache/tool  --rw
  HOME/p/.git  not to be renamed

Reads and writes, gone when it ends
  /tmp, /var/tmp  --private-tmp is the default
  HOME  a throw-away home
  /dev/shm  shared memory of its own

Reads only
  PLAYPEN  playpen's stage
  HOME/p/.git/config  what git would run later
  the system: all that is not named here  --current-dir-only
  /proc/sys, /sys  --protect-kernel-tunables is the default
  /sys/fs/cgroup  --protect-control-groups is the default

Does not see, but for what is named above
  /home, /root, /run/user  --current-dir-only
  /run  buses, managers, engines, agents
  /dev/pts  the other terminals
  /proc/keys  what your keys are called
  HOME/p/.git/hooks  --inaccessible
  /dev but for null, zero, tty and the like  --private-devices is the default

Reaches
  network  yes, localhost included  --network open is the default
  your bus, your manager  no  path restriction
  engines, agents, multiplexers  no  path restriction
  other Unix sockets  those in what is granted  --current-dir-only
  your other processes: signals  no  path restriction
  abstract sockets (X11)  no  path restriction
  keyring, shared memory, queues  its own  path restriction
  system calls  filtered: no clone3, io_uring, pivot_root, umount, setns  path restriction

Environment: passed (--capture-env)
  CI HOME LANG PATH

Environment: left out (--capture-env=safe: -e NAME passes one)
  API_TOKEN

Passed on to systemd
  IOWeight=50  not checked  --property
END
    diff "$dir/expected" "$dir/got"
    [ ! -e "$home_dir/.cache" ] || fail "made what it only had to explain"
}

@test "columns are aligned" {
    make_home
    explain --current-dir-only -m 50M -- true
    # The reasons of one section all begin in the same column.
    awk '/^[A-Z]/ { section = $0; next }
        section == "May use" && match($0, /(no )?--[a-z-]+$/) {
            print RSTART
        }' "$dir/raw" > "$dir/columns"
    [ "$(wc -l < "$dir/columns")" = 7 ] || fail "$(cat "$dir/raw")"
    [ "$(sort -u "$dir/columns" | wc -l)" = 1 ] || fail "$(cat "$dir/raw")"
}

@test "what is open without a path restriction is said" {
    make_home
    explain --limits-only -- true
    grep -q 'your bus, your manager  *yes: can lift the limits  *no path' \
        "$dir/out"
    grep -q 'all else that you may  *no path restriction' "$dir/out"
    [ "$(grep -c "yours  *no path restriction" "$dir/out")" = 1 ]
}

@test "an explanation has colour on a terminal alone, never with NO_COLOR" {
    make_home
    command -v script > /dev/null || skip "needs script(1)"
    explain -- true
    ! grep -q $'\e' "$dir/out" || fail "colour in a file"
    TERM=xterm script -qec "'$PLAYPEN' -n --explain true" /dev/null > "$dir/tty" < /dev/null
    grep -q $'\e' "$dir/tty" || fail "no colour on a terminal"
    NO_COLOR=1 script -qec "'$PLAYPEN' -n --explain true" /dev/null \
        > "$dir/tty" < /dev/null
    ! grep -q $'\e' "$dir/tty" || fail "colour in spite of NO_COLOR"
}

@test "an explanation shows control characters of an argument's name as text" {
    make_home
    environment=($'BAD\e[31mNA\xc2\x9bM\xe2\x80\xaeE\xff=1')
    explain --capture-env=safe -- true
    ! grep -q $'\e' "$dir/out" || fail "an escape sequence in the page"
    grep -q 'BAD\\x1b\[31mNA\\xc2\\x9bM\\xe2\\x80\\xaeE\\xff' "$dir/out"
}
