# What --current-dir-only and the path options promise, tried from inside.
# Each attempt is made once more without the option where that is cheap: it
# must succeed there, or the test would show nothing.

load helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    SECRET=$(mktemp "$HOME/secret.XXXXXX")
    echo hidden >"$SECRET"
    cd "$WORK"
    git init -q .
}

teardown() {
    cd /
    [ -z "${WORK:-}" ] || rm -rf "$WORK" "$SECRET" "$HOME"/planted.*
}

inside() {
    run "$PLAYPEN" -q --current-dir-only "$@"
}

@test "a program reads and writes its working directory" {
    inside -- sh -c 'echo out >made && cat made && pwd'
    [ "$status" -eq 0 ]
    [ "$output" = "out
$WORK" ]
    [ "$(cat made)" = out ]
}

@test "a program cannot read another file of the home directory" {
    run "$PLAYPEN" -q cat "$SECRET"
    [ "$output" = hidden ]
    inside cat "$SECRET"
    [ "$status" -ne 0 ]
    [[ $output != *hidden* ]]
}

@test "a symlink in the working directory leads nowhere" {
    ln -s "$SECRET" link
    inside cat link
    [ "$status" -ne 0 ]
    [[ $output != *hidden* ]]
}

@test "what a program writes to its home directory is thrown away" {
    inside -- sh -c 'touch ~/planted.1 ~/.bashrc.planted && ls -A ~'
    [ "$status" -eq 0 ]
    [ ! -e "$HOME/planted.1" ]
    [ ! -e "$HOME/.bashrc.planted" ]
}

@test "a program starts no unit over the user's bus" {
    run "$PLAYPEN" -q -- env XDG_RUNTIME_DIR="/run/user/$UID" \
        systemd-run --user --wait -q touch "$HOME/planted.2"
    [ -e "$HOME/planted.2" ]
    rm "$HOME/planted.2"
    inside -- env XDG_RUNTIME_DIR="/run/user/$UID" \
        DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$UID/bus" \
        systemd-run --user --wait -q touch "$HOME/planted.2"
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/planted.2" ]
}

@test "--protect-home read-only leaves no way out over the bus" {
    run "$PLAYPEN" -q --protect-home read-only -- env \
        XDG_RUNTIME_DIR="/run/user/$UID" \
        systemd-run --user --wait -q touch "$HOME/planted.3"
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/planted.3" ]
}

@test "--ro /run/user gives no bus back" {
    inside --ro /run/user -- env XDG_RUNTIME_DIR="/run/user/$UID" \
        DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$UID/bus" \
        systemd-run --user --wait -q touch "$HOME/planted.4"
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/planted.4" ]
}

@test "git hooks and configuration cannot be planted" {
    inside -- sh -c 'echo x >.git/hooks/post-commit || echo x >>.git/config ||
        mv .git .moved || rm -rf .git/hooks'
    [ "$status" -ne 0 ]
    [ ! -e .git/hooks/post-commit ]
    [ -d .git ]
}

@test "git commit works inside" {
    inside -- git -c user.name=a -c user.email=a@example.org commit -q \
        --allow-empty -m inside
    [ "$status" -eq 0 ]
    [ "$(git log --format=%s)" = inside ]
}

@test "an inaccessible file cannot be read, removed, renamed or replaced" {
    echo keep >.env
    inside --inaccessible ./.env -- sh -c \
        'cat .env || rm -f .env || mv .env other || echo new >.env'
    [ "$status" -ne 0 ]
    [ "$(cat .env)" = keep ]
}

@test "a file that is a symlink is bound at the name given, nothing beside it" {
    mkdir "$WORK/dotfiles"
    echo config >"$WORK/dotfiles/gitconfig"
    echo not-granted >"$WORK/dotfiles/other"
    mkdir "$WORK/p"
    cd "$WORK/p"
    ln -s "$WORK/dotfiles/gitconfig" "$WORK/link"
    inside --ro "$WORK/link" -- sh -c "cat '$WORK/link' '$WORK/dotfiles/other'"
    [[ $output == *config* ]]
    [[ $output != *not-granted* ]]
}

@test "a link that the program may have made leads no grant outside" {
    ln -s "$HOME" build
    inside --rw ./build -- true
    [ "$status" -eq 125 ]
    [[ $output == *"leads out of"* ]]
}

@test "a command in ~/.local/bin runs, and brings its own directory alone" {
    mkdir -p "$HOME/.local/share/pen-tool/bin" "$HOME/.local/bin"
    printf '#!/bin/sh\necho tool; ls %s/.local/share\n' "$HOME" \
        >"$HOME/.local/share/pen-tool/bin/pen-tool"
    chmod +x "$HOME/.local/share/pen-tool/bin/pen-tool"
    ln -sf ../share/pen-tool/bin/pen-tool "$HOME/.local/bin/pen-tool"
    mkdir -p "$HOME/.local/share/other"
    inside "$HOME/.local/bin/pen-tool"
    [ "$status" -eq 0 ]
    [ "$output" = "tool
pen-tool" ]
    inside --grant-command false "$HOME/.local/bin/pen-tool"
    [ "$status" -ne 0 ]
}

@test "the working directory may have any name but one with quotes" {
    for name in 'a b' 'a:b' 'a\b' 'a%b' 'a$b' 'é'; do
        mkdir "$WORK/$name"
        cd "$WORK/$name"
        inside pwd
        [ "$output" = "$WORK/$name" ]
    done
}

@test "a working directory with a control character is refused" {
    mkdir "$WORK/a"$'\n'"b"
    cd "$WORK/a"$'\n'"b"
    inside touch made
    [ "$status" -eq 125 ]
    [ ! -e made ]
}

@test "the home directory itself is refused" {
    cd
    inside true
    [ "$status" -eq 125 ]
}

@test "a missing path is an error, a leading - skips it" {
    inside --ro ./nothing true
    [ "$status" -eq 125 ]
    inside --ro -./nothing true
    [ "$status" -eq 0 ]
}

@test "--project-only grants the enclosing work tree" {
    mkdir sub
    echo shared >shared
    cd sub
    run "$PLAYPEN" -q --project-only cat ../shared
    [ "$output" = shared ]
    inside cat ../shared
    [ "$status" -ne 0 ]
}

@test "outside processes cannot be signalled where Landlock has scopes" {
    sleep 300 &
    victim=$!
    run "$PLAYPEN" -q kill -0 "$victim"
    [ "$status" -eq 0 ]
    if [[ $(uname -r) < 6.12 && $(uname -r) != 6.1[2-9]* ]]; then
        kill "$victim"
        skip "this kernel has no Landlock scopes: not promised there"
    fi
    inside kill "$victim"
    [ "$status" -ne 0 ]
    kill "$victim"
}

@test "other terminals cannot be opened" {
    inside ls /dev/pts
    [ -z "$output" ]
}

@test "/dev/shm and /data are not shared" {
    inside -- sh -c 'echo x >/dev/shm/planted; ls /dev/shm /data'
    [ ! -e /dev/shm/planted ]
}

@test "a program cannot raise its own memory limit" {
    inside -m 100M -- sh -c \
        'echo max >/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)/memory.max'
    [ "$status" -ne 0 ]
}

@test "the directory that core.hooksPath names cannot be planted in" {
    mkdir .husky
    git config core.hooksPath .husky
    inside -- sh -c 'echo x >.husky/pre-commit'
    [ "$status" -ne 0 ]
    [ ! -e .husky/pre-commit ]
    git config --unset core.hooksPath
    inside -- sh -c 'echo x >.husky/pre-commit'
    [ "$status" -eq 0 ]
}

@test "hooks that are a symlink, which could be replaced, are refused" {
    mkdir githooks
    rm -rf .git/hooks
    ln -s ../githooks .git/hooks
    inside touch made
    [ "$status" -eq 125 ]
    [ ! -e made ]
}

@test "a nested repository's hooks cannot be planted" {
    git init -q nested
    inside -- sh -c 'echo x >nested/.git/hooks/post-commit'
    [ "$status" -ne 0 ]
    [ ! -e nested/.git/hooks/post-commit ]
}

@test "a program finds nothing through /proc/PID/root, cwd and fd of others" {
    exec 9<"$SECRET"
    inside -- sh -c 'for p in /proc/[0-9]*; do
        [ "${p#/proc/}" = $$ ] || cat "$p/root'"$SECRET"'" "$p"/fd/9
        [ ! -e "$p/cwd/../'"${SECRET##*/}"'" ] || cat "$p/cwd/../'"${SECRET##*/}"'"
    done 2>/dev/null'
    exec 9<&-
    [[ $output != *hidden* ]]
}

@test "a program cannot read the environment or memory of other processes" {
    PEN_MARK=hidden-mark sleep 300 &
    victim=$!
    grep -q hidden-mark "/proc/$victim/environ"
    inside -- sh -c "cat /proc/$victim/environ /proc/$victim/maps"
    kill "$victim"
    [ "$status" -ne 0 ]
    [[ $output != *hidden-mark* ]]
}

@test "mounts cannot be taken away, in a new user namespace neither" {
    inside -- sh -c 'umount -l "$HOME"; umount -l /home; umount -l /run
        mount -o remount,rw / ; unshare -rm sh -c "umount -l /home;
        umount -l \$HOME; umount -l /run; mount -t tmpfs x /mnt; true"
        cat '"$SECRET"'; ls /run/user/'"$UID"'/bus'
    [ "$status" -ne 0 ]
    [[ $output != *hidden* ]]
}

@test "a program cannot move to another cgroup, nor mount cgroups anew" {
    inside -m 100M -- sh -c 'g=/sys/fs/cgroup$(cut -d: -f3 /proc/self/cgroup)
        echo $$ >"${g%/*}/cgroup.procs" && exit 0
        unshare -rmC sh -c "mount -t cgroup2 x /mnt &&
            echo max >/mnt/memory.max" && exit 0; exit 9'
    [ "$status" -eq 9 ]
}

@test "a listener in the runtime directory or in the home cannot be reached" {
    socket=$HOME/planted.sock
    rm -f "$socket"
    socat "UNIX-LISTEN:$socket,fork" SYSTEM:'echo reached' 3>&- &
    a=$!
    socat "UNIX-LISTEN:/run/user/$UID/planted.sock,fork" SYSTEM:'echo reached' 3>&- &
    b=$!
    wait_until 20 test -S "$socket"
    wait_until 20 test -S "/run/user/$UID/planted.sock"
    [ "$(socat -u "UNIX-CONNECT:$socket" -)" = reached ]
    inside -- sh -c "socat -u UNIX-CONNECT:$socket -
        socat -u UNIX-CONNECT:/run/user/$UID/planted.sock -"
    kill "$a" "$b"
    rm -f "$socket" "/run/user/$UID/planted.sock"
    [ "$status" -ne 0 ]
    [[ $output != *reached* ]]
}

@test "at and cron take nothing from a confined program" {
    inside -- sh -c "echo 'touch $HOME/planted.5' | at now && exit 0
        echo '* * * * * touch $HOME/planted.5' | crontab - && exit 0; exit 9"
    [ "$status" -eq 9 ]
}

@test "the system's directories cannot be written, nor the user's files there" {
    inside -- sh -c 'for d in /usr /etc /var /opt /boot /srv /mnt /data /run; do
        touch "$d/planted" 2>/dev/null && exit 0; done; exit 9'
    [ "$status" -eq 9 ]
}

@test "no device node can be made or opened" {
    inside -- sh -c 'mknod n b 254 0 && exit 0; cat /dev/mem /dev/vda /dev/kmsg \
        && exit 0; exit 9'
    [ "$status" -eq 9 ]
}

no_daemon() { ! pgrep -fx 'sleep 4711' >/dev/null; }

@test "a daemon does not outlive the run" {
    inside -- sh -c 'setsid sleep 4711 >/dev/null 2>&1 & exit 0'
    [ "$status" -eq 0 ]
    wait_until 10 no_daemon
}

@test "keys of the manager's session keyring stay outside" {
    id=$("$PLAYPEN" -q -- keyctl add user pen-mark hidden-key @s)
    run "$PLAYPEN" -q -- keyctl print "$id"
    [[ $output == *hidden-key* ]]
    inside keyctl print "$id"
    [ "$status" -ne 0 ]
    [[ $output != *hidden-key* ]]
}

@test "shared memory and semaphores of System V stay outside" {
    id=$(ipcmk -M 4096 | sed 's/.*: //')
    inside ipcs -m -i "$id"
    ipcrm -m "$id"
    [ "$status" -ne 0 ] || [[ $output == *"not found"* ]]
}

@test "a fork bomb stops at --tasks-limit" {
    inside --tasks-limit 20 --timeout 60 -- sh -c \
        'i=0; while [ $i -lt 60 ]; do sleep 5 & i=$((i + 1)); done; exit 9'
    [ "$status" -ne 9 ]
    [ "$status" -ne 0 ]
}

@test "a shell's start-up files are untouched" {
    before=$(cksum "$HOME/.bashrc" "$HOME/.profile")
    inside -- sh -c 'echo evil >>~/.bashrc; echo evil >>~/.profile
        mkdir -p ~/.config/autostart ~/.ssh; echo k >>~/.ssh/authorized_keys'
    [ "$(cksum "$HOME/.bashrc" "$HOME/.profile")" = "$before" ]
}

@test "--protect-home read-only hides agents' sockets in /run" {
    socat "UNIX-LISTEN:/run/user/$UID/agent.sock,fork" SYSTEM:'echo reached' 3>&- &
    a=$!
    wait_until 20 test -S "/run/user/$UID/agent.sock"
    run "$PLAYPEN" -q --protect-home read-only -- \
        socat -u "UNIX-CONNECT:/run/user/$UID/agent.sock" -
    kill "$a"
    rm -f "/run/user/$UID/agent.sock"
    [ "$status" -ne 0 ]
    [[ $output != *reached* ]]
}
