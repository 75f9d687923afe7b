# bats file_tags=home
# Ways over what starts something for others: managers, buses, at, cron.

load escape

# bats test_tags=version
@test "no unit is started over the user's bus" {
    attempt <<< 'DBUS_SESSION_BUS_ADDRESS=unix:path=$1/bus XDG_RUNTIME_DIR=$1 \
        timeout 60 systemd-run --user --wait -q touch "$2"; ls "$2" | sed s/planted/hidden/'
    leaks "$RUNTIME" "$BASE/planted"
    rm "$BASE/planted"
    keeps "$RUNTIME" "$BASE/planted"
    claim ! -e "$BASE/planted"
}

@test "/run as a whole is not granted" {
    local option
    for option in --ro --rw; do
        inside "$option" /run -- touch made
        claim "$status" = 125
        contains "$output" "holds buses"
        claim ! -e made
    done
}

# bats test_tags=version
@test "--ro and --rw /run/user give no bus back" {
    local where
    attempt <<< 'echo started
        DBUS_SESSION_BUS_ADDRESS=unix:path=$1/bus XDG_RUNTIME_DIR=$1 \
        timeout 60 systemd-run --user --wait -q touch "$2"'
    for where in "--ro /run/user" "--rw /run/user" "--ro $RUNTIME" \
        "--rw $RUNTIME"; do
        # shellcheck disable=SC2086 # two words
        inside $where sh ./attempt "$RUNTIME" "$BASE/planted"
        contains "$output" started
        claim ! -e "$BASE/planted"
    done
}

# bats test_tags=version
@test "the manager's private socket is out of reach" {
    attempt <<< 'systemctl --user show-environment > /dev/null'
    works
    fails
    attempt <<< 'python3 -c "import socket, sys
socket.socket(socket.AF_UNIX).connect(sys.argv[1])" "$1/systemd/private"'
    works "$RUNTIME"
    fails "$RUNTIME"
}

@test "--ro /run/user gives no private socket and no notify socket back" {
    attempt <<< 'python3 -c "import socket, sys
for name, kind in (\"private\", 1), (\"notify\", 2):
    try: socket.socket(socket.AF_UNIX, kind).connect(sys.argv[1] + name)
    except OSError: continue
    sys.exit(0)
sys.exit(1)" "$1/systemd/"'
    works "$RUNTIME"
    inside --ro /run/user sh ./attempt "$RUNTIME"
    claim "$status" = 1
}

# bats test_tags=version
@test "the system bus is out of reach" {
    attempt <<< 'busctl --system --no-pager get-property org.freedesktop.systemd1 \
        /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager Version'
    works
    fails
}

@test "what the user's programs wrote to the journal is not read" {
    echo hidden | systemd-cat -t "pen-$$" || skip "no journal"
    attempt <<< 'journalctl -q --no-pager -n 20 -t "$1"'
    journal_has() { sh ./attempt "pen-$$" | grep -q hidden; }
    wait_until 30 journal_has || skip "the user's journal is not readable"
    keeps "pen-$$"
    inside ls -A /var/log
    claim -z "$output"
}

# bats test_tags=version
@test "the system's varlink sockets are out of reach, with --ro /run/systemd as well" {
    [ -S /run/systemd/userdb/io.systemd.DynamicUser ] ||
        skip "needs systemd's varlink sockets"
    attempt <<< 'python3 -c "import socket
socket.socket(socket.AF_UNIX).connect(\"/run/systemd/userdb/io.systemd.DynamicUser\")"'
    works
    fails
    inside --ro /run/systemd sh ./attempt
    claim "$status" = 1
}

# bats test_tags=version
@test "the journal takes nothing that names another unit" {
    attempt <<< 'echo x | systemd-cat -t playpen-planted'
    works
    fails
}

@test "at takes no job" {
    attempt <<< 'echo true | at now + 1 hour 2>&1 && { at -l | cut -f 1 | xargs atrm; }'
    works
    fails
}

@test "cron takes no table" {
    [ -z "$(crontab -l 2> /dev/null)" ] || skip "the user has a crontab"
    attempt <<< 'echo "0 0 1 1 * true" | crontab - && crontab -r'
    works
    fails
}

@test "a playpen inside grants nothing more" {
    inside -- "$PLAYPEN" -q --rw "$HOME" cat "$SECRET"
    claim "$status" != 0
    lacks "$output" hidden
}
