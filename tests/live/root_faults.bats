#!/usr/bin/env bats
# What root can break around a user's playpen, and around its own, while it
# runs: the status is true or the error clear, nothing hangs, nothing is left.
load root

setup() {
    root_setup
    need_user
    need_machine
    HOME_OF=$(getent passwd "$USER_NAME" | cut -d: -f6)
    PLACE=$(as_user mktemp -d "$HOME_OF/.playpen-live.XXXXXX")
    ID=t${PLACE##*.}
    limit=$(systemctl show -P TasksMax "user-$USER_ID.slice")
}

cleanup() {
    [ -n "${PLACE-}" ] || return 0
    [ -z "${pid-}" ] || kill -9 "$pid" 2> /dev/null || :
    rm -f /tmp/playpen-live-fill
    rm -rf --one-file-system "$PLACE"
    systemctl set-property --runtime "user-$USER_ID.slice" "TasksMax=$limit"
    systemctl start dbus.socket
    loginctl enable-linger "$USER_NAME"
    systemctl start "user@$USER_ID.service"
    wait_until 90 manager_answers
}

no_process() { ! pgrep -f "/p$ID( |\$)" > /dev/null; }
no_unit_of_user() {
    [ -z "$(as_user systemctl --user list-units --all --plain --no-legend "playpen-*$ID-*")" ]
}
no_socket() {
    [ -z "$(find "/run/user/$USER_ID/playpen" /run/playpen -type s 2> /dev/null)" ]
}
nothing_left() {
    wait_until 120 no_process
    systemctl start "user@$USER_ID.service"
    wait_until 90 manager_answers
    wait_until 120 no_unit_of_user
    wait_until 120 no_unit
    no_socket
}

# As in faults.bats: says "ready", ends with 7 when the file go is there.
waiting() {
    cat > "$PLACE/p$ID" << 'END'
#!/bin/sh
echo ready
until [ -e go ]; do sleep 0.2; done
exit 7
END
    chmod 755 "$PLACE/p$ID"
}
launch() {
    : > out
    (cd "$PLACE" && exec runuser -u "$1" -- env -u DBUS_SESSION_BUS_ADDRESS \
        XDG_RUNTIME_DIR="/run/user/$USER_ID" "$PLAYPEN" ${notes--q} "${@:2}" -- "./p$ID") \
        > out 2> err 3>&- < /dev/null &
    pid=$!
    wait_until 90 grep -q ready out
}

# survives COMMAND... - in the middle of a run of $who.
who=
survives() {
    waiting
    launch "${who:-$USER_NAME}"
    "$@"
    touch "$PLACE/go"
    finish
    cat err >&2
    claim "$status" = 7
    nothing_left
}

# refused_or - playpen runs right, or is refused in words. Nothing here may
# need room in /tmp, as --separate-stderr does.
refused_or() {
    run timeout 120 runuser -u "$USER_NAME" -- \
        env -u DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR="/run/user/$USER_ID" \
        sh -c "cd '$PLACE' && exec \"\$@\"" - "$PLAYPEN" -q "$@" -- "./p$ID"
    case $status in
    7) ;;
    125) contains "$output" "playpen: " ;;
    *) echo "$status: $output" >&2 && return 1 ;;
    esac
    nothing_left
}

# fill FILE - as the user, whom the last blocks are not for.
fill() {
    as_user sh -c "fallocate -l \$(df --output=avail -B1 '${1%/*}' | tail -n 1) '$1'
        dd if=/dev/zero of='$1' oflag=append conv=notrunc bs=64k" 2> /dev/null || :
    not as_user sh -c "head -c 100000 /dev/zero > '$1.more'" 2> /dev/null
    rm -f "$1.more"
}

@test "a full disk in the middle of a run, and before one" {
    survives fill "$PLACE/fill"
    refused_or
    refused_or --current-dir-only
    rm "$PLACE/fill"
}

@test "a full /tmp in the middle of a run, and before one" {
    [ "$(stat -fc %T /tmp)" = tmpfs ] || skip "/tmp is on the disk here"
    survives fill /tmp/playpen-live-fill
    refused_or
    refused_or --current-dir-only
    rm /tmp/playpen-live-fill
}

few_tasks() {
    local now
    now=$(systemctl show -P TasksCurrent "user-$USER_ID.slice")
    systemctl set-property --runtime "user-$USER_ID.slice" "TasksMax=$((now + ${1:-0}))"
}

@test "no more processes for the user in the middle of a run, and before one" {
    # sleep(1) cannot be started any more: the shell's own word and status.
    cat > "$PLACE/p$ID" << 'END'
#!/bin/sh
echo ready
until read -r _ < go; do :; done 2> /dev/null
exit 7
END
    chmod 755 "$PLACE/p$ID"
    launch "$USER_NAME"
    few_tasks
    echo go > "$PLACE/go"
    finish
    claim "$status" = 7
    systemctl set-property --runtime "user-$USER_ID.slice" "TasksMax=$limit"
    nothing_left
    for more in 0 1 2; do
        few_tasks "$more"
        refused_or
        systemctl set-property --runtime "user-$USER_ID.slice" "TasksMax=$limit"
    done
}

@test "the user manager stopped in the middle of a run: the program's end by SIGTERM, or one line" {
    waiting
    launch "$USER_NAME"
    systemctl stop "user@$USER_ID.service"
    finish
    cat err >&2
    lacks "$(< err)" "out of memory"
    [ "$status" = 143 ] || claim "$status" = 125
    contains "$(< err)" "playpen: "
    nothing_left
}

@test "without linger: what ends with the last session says so, and under nohup before" {
    rm -f "/var/lib/systemd/linger/$USER_NAME" # logind would end the manager
    trap "" HUP
    notes=
    waiting
    launch "$USER_NAME"
    contains "$(< err)" "when your last session does"
    systemctl stop "user@$USER_ID.service"
    finish
    claim "$status" = 143
    contains "$(< err)" "or your last session ended"
    claim "$(grep -c "loginctl enable-linger $USER_NAME\$" err)" = 2
}

@test "the user manager killed in the middle of a run: 137, or one line, and nothing is left" {
    waiting
    launch "$USER_NAME"
    systemctl kill --signal=KILL "user@$USER_ID.service"
    finish
    cat err >&2
    lacks "$(< err)" "out of memory"
    [ "$status" = 137 ] || [ "$status" = 143 ] ||
        { claim "$status" = 125 && contains "$(< err)" "playpen: "; }
    nothing_left
}

@test "the user manager stopped before a run: one line, 125" {
    waiting
    systemctl stop "user@$USER_ID.service"
    run -125 as_user timeout 60 "$PLAYPEN" -q true
    claim "${#lines[@]}" = 1
    contains "$output" "user@$USER_ID.service"
}

@test "daemon-reload and daemon-reexec of the system's manager in the middle of a user's run" {
    survives systemctl daemon-reload
    rm "$PLACE/go"
    survives systemctl daemon-reexec
}

@test "as root: daemon-reload and daemon-reexec in the middle of a run" {
    who=root
    survives systemctl daemon-reload
    rm "$PLACE/go"
    survives systemctl daemon-reexec
}

@test "as root: the system's D-Bus restarted in the middle of a run" {
    who=root
    survives systemctl restart dbus.service
    # Until then a user's manager makes no scope of a process of another session,
    # and no session is opened.
    systemctl restart systemd-logind.service
    restart_manager
}
