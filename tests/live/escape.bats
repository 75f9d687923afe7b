#!/usr/bin/env bats
# bats file_tags=version,home
# Ways out of --current-dir-only, each tried from inside. Where it is cheap each
# is first made with nothing around it: it must succeed there, or the test
# would show nothing. What needs root to set up is in root_escape.bats.

load helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    BASE=$(mktemp -d "$HOME/base.XXXXXX") # of the home directory, not granted
    SECRET=$BASE/secret
    RUNTIME=/run/user/$UID
    PIDS=()
    LEFT=()
    export XDG_RUNTIME_DIR=$RUNTIME GIT_CONFIG_NOSYSTEM=1
    echo hidden > "$SECRET"
    mkdir "$WORK/p"
    cd "$WORK/p" || return
    git init -q .
}

teardown() {
    cd /
    [ ${#PIDS[@]} = 0 ] || kill "${PIDS[@]}" 2> /dev/null || :
    [ -z "${TMUX_SOCKET-}" ] || tmux -S "$TMUX_SOCKET" kill-server || :
    [ ${#LEFT[@]} = 0 ] || rm -rf "${LEFT[@]}"
    [ -z "${WORK-}" ] || rm -rf "$WORK" "$BASE"
}

inside() {
    run "$PLAYPEN" -q --current-dir-only "$@"
}

# attempt < SCRIPT - the shell script ./attempt: what is tried.
attempt() {
    cat > attempt
}

# leaks ARG... - ./attempt with nothing around it brings "hidden" to light.
leaks() {
    run sh ./attempt "$@" 3>&-
    contains "$output" hidden
}

# keeps ARG... - and inside it does not, though it was started.
keeps() {
    inside -- sh -c 'echo started; (. ./attempt); exit 0' sh "$@" 3>&-
    contains "$output" started
    lacks "$output" hidden
}

# works ARG... - ./attempt succeeds with nothing around it; fails ARG... -
# inside it does not: 9 says so.
works() {
    run -0 sh ./attempt "$@" 3>&-
}
fails() {
    inside -- sh -c '(. ./attempt) || exit 9; exit 0' sh "$@" 3>&-
    claim "$status" = 9
}

# git_runs_nothing DIR - what was planted makes the file $BASE/planted.
git_runs_nothing() {
    git -C "${1:-.}" status > /dev/null 2>&1 || :
    git -C "${1:-.}" -c user.name=a -c user.email=a@example.org commit -q \
        --allow-empty -m outside > /dev/null 2>&1 || :
    [ ! -e "$BASE/planted" ]
}

commit() {
    git -C "${1:-.}" -c user.name=a -c user.email=a@example.org commit -q \
        --allow-empty -m "${2:-x}"
}

# background COMMAND... - until the test ends; its process in $pid.
background() {
    "$@" > /dev/null 2>&1 < /dev/null 3>&- &
    pid=$!
    PIDS+=("$pid")
}

# listener SOCKET - one that answers "hidden"; gone when the test ends.
listener() {
    mkdir -p "${1%/*}"
    [ ! -S "$1" ] || skip "there is a $1 already"
    background socat "UNIX-LISTEN:$1,fork" SYSTEM:'echo hidden'
    LEFT+=("$1")
    wait_until 20 test -S "$1"
}

# no_answer SOCKET [OPTION...] - outside the listener answers, inside not.
no_answer() {
    local socket=$1
    shift
    run socat -u -T 5 "UNIX-CONNECT:$socket" -
    contains "$output" hidden
    inside "$@" -- sh -c 'echo started; socat -u -T 5 "UNIX-CONNECT:$1" -' \
        sh "$socket"
    contains "$output" started
    lacks "$output" hidden
}

need_scopes() {
    local major minor
    IFS=. read -r major minor _ < <(uname -r)
    ((major > 6 || (major == 6 && minor >= 12))) ||
        skip "Linux $major.$minor has no Landlock scopes: not promised there"
}
need_pid_namespaces() {
    local version
    read -r _ version _ < <(systemd-run --version)
    ((version >= 257)) ||
        skip "systemd $version has no PrivatePIDs=: not promised there"
}

# ---- the home directory ----

@test "another file of the home directory cannot be read" {
    attempt <<< 'cat "$1"'
    leaks "$SECRET"
    keeps "$SECRET"
}

@test "another file of the home directory cannot be written" {
    inside -- sh -c 'mkdir -p "${1%/*}"; echo planted > "$1"' sh "$SECRET"
    claim "$(cat "$SECRET")" = hidden
}

@test "another file of the home directory cannot be removed or renamed" {
    inside -- sh -c 'rm -rf "$1"; mv "${1%/*}" ./stolen' sh "$SECRET"
    claim "$(cat "$SECRET")" = hidden
}

@test "the home directory cannot be listed" {
    attempt <<< 'ls -A "$1"'
    touch "$BASE/hidden"
    leaks "$BASE"
    keeps "$BASE"
    inside ls -A "$HOME"
    lacks "$output" "${BASE##*/}"
}

@test "a parent of the working directory shows nothing but that" {
    touch ../hidden
    attempt <<< 'ls -A ..'
    leaks
    keeps
}

@test "a symlink planted before the run leads nowhere" {
    ln -s "$SECRET" link
    attempt <<< 'cat link'
    leaks
    keeps
}

@test "a symlink planted during the run leads nowhere" {
    attempt <<< 'rm -f link; ln -s "$1" link; cat link'
    leaks "$SECRET"
    rm link
    keeps "$SECRET"
}

@test "a symlink planted during the run leads no writing out, then or after" {
    inside -- sh -c 'ln -s "$1" out; echo planted > out/secret' sh "$BASE"
    claim "$(cat "$SECRET")" = hidden
    inside -- sh -c 'cat out/secret'
    lacks "$output" hidden
}

@test "no hard link can be made to a file of the home directory" {
    attempt <<< 'rm -f stolen; ln "$1" stolen && cat stolen'
    leaks "$SECRET"
    rm stolen
    keeps "$SECRET"
    claim ! -e stolen
}

@test "no file leads out by /proc/PID/root" {
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/root$1"; done 2> /dev/null'
    leaks "$SECRET"
    keeps "$SECRET"
}

@test "no file leads out by /proc/PID/cwd" {
    background env -C "$BASE" sleep 300
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/cwd/secret"; done 2> /dev/null'
    leaks
    keeps
}

@test "no file leads out by /proc/PID/fd" {
    background sh -c 'exec sleep 300 9< "$0"' "$SECRET"
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/fd/9"; done 2> /dev/null'
    wait_until 10 sh -c '[ -e "/proc/$0/fd/9" ]' "$pid"
    leaks
    keeps
}

@test "a shell's start-up files are not written" {
    local file
    [ -e "$HOME/.bash_logout" ]
    local before
    before=$(cat "$HOME"/.bashrc "$HOME"/.profile "$HOME"/.bash_logout)
    inside -- sh -c 'for f in .bashrc .profile .bash_logout .zshenv \
        .bash_profile .pam_environment .config/fish/config.fish \
        .config/environment.d/x.conf; do
        mkdir -p "$HOME/$(dirname $f)"; echo playpen-planted >> "$HOME/$f"; done'
    claim "$status" = 0
    claim "$(cat "$HOME"/.bashrc "$HOME"/.profile "$HOME"/.bash_logout)" = "$before"
    for file in .zshenv .bash_profile .pam_environment \
        .config/fish/config.fish .config/environment.d/x.conf; do
        claim ! -e "$HOME/$file"
    done
}

@test "no key is added to ~/.ssh, none is read" {
    mkdir -p -m 700 "$HOME/.ssh"
    echo hidden > "$HOME/.ssh/id_playpen"
    LEFT+=("$HOME/.ssh/id_playpen")
    attempt <<< 'cat "$HOME/.ssh/id_playpen"'
    leaks
    keeps
    inside -- sh -c 'mkdir -p ~/.ssh; echo playpen-planted >> ~/.ssh/authorized_keys
        echo ProxyCommand evil > ~/.ssh/config.planted'
    claim "$status" = 0
    not grep -q playpen-planted "$HOME/.ssh/authorized_keys"
    claim ! -e "$HOME/.ssh/config.planted"
}

@test "no hook is planted in another repository" {
    git init -q "$BASE/other"
    inside -- sh -c 'mkdir -p "$1"; echo x > "$1/post-commit"' sh \
        "$BASE/other/.git/hooks"
    claim "$status" = 0
    claim ! -e "$BASE/other/.git/hooks/post-commit"
}

@test "nothing is planted for the next login: autostart, user units, bin" {
    local dir
    inside -- sh -c 'for d in .config/autostart .config/systemd/user bin \
        .local/bin .local/share/applications; do
        mkdir -p "$HOME/$d"; echo x > "$HOME/$d/planted.playpen"; done'
    claim "$status" = 0
    for dir in .config/autostart .config/systemd/user bin .local/bin \
        .local/share/applications; do
        claim ! -e "$HOME/$dir/planted.playpen"
    done
}

# ---- outside of it ----

@test "the user's files in /data are neither read nor written" {
    [ -w /data ] || skip "needs a /data of the user's"
    LEFT+=(/data/secret)
    echo hidden > /data/secret
    attempt <<< 'cat /data/secret'
    leaks
    keeps
    inside -- sh -c 'echo planted > /data/secret'
    claim "$(cat /data/secret)" = hidden
}

@test "other users' homes and /srv, /mnt, /media, /root are empty" {
    attempt <<< 'ls -A /home /srv /srv/homes | grep -vx "$(id -un)" |
        sed "s/alice/hidden/; s/bob/hidden/"'
    leaks
    keeps
    # Whose home is below /srv has that there, and nothing else.
    inside -- sh -c 'ls -A /srv | grep -vx homes; ls -A /mnt /media /root'
    not grep -qv '^\(/.*:\)\?$' <<< "$output"
}

@test "files in /tmp and /var/tmp are not read" {
    local there
    for there in /tmp /var/tmp; do
        there=$(mktemp "$there/pen.XXXXXX")
        LEFT+=("$there")
        echo hidden > "$there"
        attempt <<< 'cat "$1"'
        leaks "$there"
        keeps "$there"
    done
}

@test "nothing is left anywhere but in the working directory" {
    local dir
    attempt <<< 'for d in / /tmp /var/tmp /dev/shm /dev/mqueue /data /srv /run \
        /run/lock "$1" /etc /usr /usr/local /opt /var /var/lib /boot; do
        { echo x > "$d/$2"; } 2> /dev/null; done; echo x > "$2"'
    LEFT+=(/tmp/planted.$$ /var/tmp/planted.$$ /dev/shm/planted.$$ /dev/mqueue/planted.$$ \
        /data/planted.$$ "$RUNTIME/planted.$$" /run/lock/planted.$$)
    inside sh ./attempt "$RUNTIME" "planted.$$"
    claim "$status" = 0
    claim -e "planted.$$"
    for dir in / /tmp /var/tmp /dev/shm /dev/mqueue /data /srv /run /run/lock \
        "$RUNTIME" /etc /usr /usr/local /opt /var /var/lib /boot; do
        claim ! -e "$dir/planted.$$"
    done
    # And it could have been.
    sh ./attempt "$RUNTIME" "planted.$$"
    for dir in /tmp /var/tmp /dev/shm "$RUNTIME"; do
        claim -e "$dir/planted.$$"
    done
}

@test "/dev/shm brings nothing in" {
    echo hidden > "/dev/shm/pen.$$"
    LEFT+=("/dev/shm/pen.$$")
    attempt <<< 'cat /dev/shm/*'
    leaks
    keeps
}

# ---- managers and their helpers ----

@test "no unit is started over the user's bus" {
    attempt <<< 'DBUS_SESSION_BUS_ADDRESS=unix:path=$1/bus XDG_RUNTIME_DIR=$1 \
        timeout 20 systemd-run --user --wait -q touch "$2"; ls "$2" | sed s/planted/hidden/'
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

@test "--ro and --rw /run/user give no bus back" {
    local where
    attempt <<< 'echo started
        DBUS_SESSION_BUS_ADDRESS=unix:path=$1/bus XDG_RUNTIME_DIR=$1 \
        timeout 20 systemd-run --user --wait -q touch "$2"'
    for where in "--ro /run/user" "--rw /run/user" "--ro $RUNTIME" \
        "--rw $RUNTIME"; do
        # shellcheck disable=SC2086 # two words
        inside $where sh ./attempt "$RUNTIME" "$BASE/planted"
        contains "$output" started
        claim ! -e "$BASE/planted"
    done
}

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
    wait_until 10 journal_has || skip "the user's journal is not readable"
    keeps "pen-$$"
}

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

# ---- sockets ----

@test "the agent of ssh in /tmp/ssh-XXX is out of reach" {
    local dir
    dir=$(mktemp -d /tmp/ssh-XXXXXX)
    LEFT+=("$dir")
    listener "$dir/agent.1"
    SSH_AUTH_SOCK=$dir/agent.1 no_answer "$dir/agent.1" -e SSH_AUTH_SOCK
    SSH_AUTH_SOCK=$dir/agent.1 no_answer "$dir/agent.1" --capture-env
}

@test "the agents of ssh in the runtime directory are out of reach" {
    local name taken=
    for name in openssh_agent ssh-agent.socket gcr/ssh keyring/ssh; do
        if [ -S "$RUNTIME/$name" ]; then
            taken+=" $name"
            continue
        fi
        listener "$RUNTIME/$name"
        no_answer "$RUNTIME/$name"
    done
    [ -z "$taken" ] || skip "systemd listens on$taken; the others were tried"
}

@test "the agent of ssh in ~/.ssh/agent is out of reach" {
    LEFT+=("$HOME/.ssh/agent")
    listener "$HOME/.ssh/agent/s.pen"
    no_answer "$HOME/.ssh/agent/s.pen"
}

@test "--ro ~/.ssh does not bring the agent in it" {
    LEFT+=("$HOME/.ssh/agent")
    listener "$HOME/.ssh/agent/s.pen"
    no_answer "$HOME/.ssh/agent/s.pen" --ro "$HOME/.ssh"
}

@test "an agent in a granted directory is closed by \$SSH_AUTH_SOCK" {
    listener "$BASE/agents/pen"
    SSH_AUTH_SOCK=$BASE/agents/pen no_answer "$BASE/agents/pen" \
        --ro "$BASE/agents"
    # By the directory alone it is a socket like any other.
    unset SSH_AUTH_SOCK
    inside --ro "$BASE/agents" socat -u -T 5 "UNIX-CONNECT:$BASE/agents/pen" -
    contains "$output" hidden
}

@test "gpg-agent is out of reach" {
    LEFT+=("$HOME/.gnupg/S.gpg-agent")
    listener "$HOME/.gnupg/S.gpg-agent"
    no_answer "$HOME/.gnupg/S.gpg-agent"
    listener "$RUNTIME/gnupg/S.gpg-agent"
    no_answer "$RUNTIME/gnupg/S.gpg-agent"
    no_answer "$RUNTIME/gnupg/S.gpg-agent" --ro /run/user
}

@test "--rw ~/.gnupg does not bring the agent in it" {
    listener "$HOME/.gnupg/S.gpg-agent"
    no_answer "$HOME/.gnupg/S.gpg-agent" --rw "$HOME/.gnupg"
}

@test "the keyring's socket is out of reach" {
    listener "$RUNTIME/keyring/control"
    no_answer "$RUNTIME/keyring/control"
    no_answer "$RUNTIME/keyring/control" --ro /run/user
}

@test "rootless docker is out of reach" {
    listener "$RUNTIME/docker.sock"
    no_answer "$RUNTIME/docker.sock"
    no_answer "$RUNTIME/docker.sock" --ro /run/user
    listener "$HOME/.docker/run/docker.sock"
    no_answer "$HOME/.docker/run/docker.sock"
    no_answer "$HOME/.docker/run/docker.sock" --ro "$HOME/.docker"
}

@test "rootless podman is out of reach" {
    listener "$RUNTIME/podman/podman.sock"
    no_answer "$RUNTIME/podman/podman.sock"
    no_answer "$RUNTIME/podman/podman.sock" --ro /run/user
}

@test "rootless containerd is out of reach" {
    listener "$RUNTIME/containerd/containerd.sock"
    no_answer "$RUNTIME/containerd/containerd.sock"
    no_answer "$RUNTIME/containerd/containerd.sock" --ro /run/user
}

@test "the session's libvirt is out of reach" {
    listener "$RUNTIME/libvirt/libvirt-sock"
    no_answer "$RUNTIME/libvirt/libvirt-sock"
    no_answer "$RUNTIME/libvirt/libvirt-sock" --ro /run/user
}

@test "a running tmux takes no keys" {
    need tmux
    mkdir -p -m 700 "/tmp/tmux-$UID"
    TMUX_SOCKET=/tmp/tmux-$UID/pen$$
    (unset TMUX && tmux -S "$TMUX_SOCKET" new-session -d -s pen cat 3>&-)
    attempt <<< 'tmux -S "$1" send-keys -t pen "x" && tmux -S "$1" ls'
    works "$TMUX_SOCKET"
    fails "$TMUX_SOCKET"
}

@test "a tmux whose socket lies in a granted directory is closed by \$TMUX" {
    need tmux
    TMUX_SOCKET=$BASE/tmux
    (unset TMUX && tmux -S "$TMUX_SOCKET" new-session -d -s pen cat 3>&-)
    attempt <<< 'tmux -S "$1" send-keys -t pen "x" && tmux -S "$1" ls'
    works "$TMUX_SOCKET"
    TMUX="$TMUX_SOCKET,1,0" inside --ro "$BASE" sh ./attempt "$TMUX_SOCKET"
    claim "$status" != 0
}

@test "screen's sockets in ~/.screen are out of reach" {
    LEFT+=("$HOME/.screen")
    listener "$HOME/.screen/1.pen"
    no_answer "$HOME/.screen/1.pen"
}

@test "a display is out of reach" {
    local socket
    mkdir -p /tmp/.X11-unix
    for socket in /tmp/.X11-unix/X97 "$RUNTIME/wayland-97" "$RUNTIME/pipewire-97"; do
        listener "$socket"
        no_answer "$socket"
    done
}

@test "--rw /tmp brings neither a display nor a tmux" {
    mkdir -p -m 700 "/tmp/tmux-$UID"
    local socket
    for socket in /tmp/.X11-unix/X97 "/tmp/tmux-$UID/pen$$"; do
        listener "$socket"
        no_answer "$socket" --rw /tmp
    done
}

@test "an abstract socket is out of reach" {
    need_scopes
    background socat "ABSTRACT-LISTEN:/tmp/.X11-unix/X97-$$,fork" SYSTEM:'echo hidden'
    attempt <<< 'socat -u -T 5 "ABSTRACT-CONNECT:$1" -'
    wait_until 20 socat -u -T 5 "ABSTRACT-CONNECT:/tmp/.X11-unix/X97-$$" -
    leaks "/tmp/.X11-unix/X97-$$"
    keeps "/tmp/.X11-unix/X97-$$"
}

@test "--private-network closes abstract sockets on every kernel" {
    background socat "ABSTRACT-LISTEN:pen-$$,fork" SYSTEM:'echo hidden'
    wait_until 20 socat -u -T 5 "ABSTRACT-CONNECT:pen-$$" -
    inside --private-network -- socat -u -T 5 "ABSTRACT-CONNECT:pen-$$" -
    claim "$status" != 0
    lacks "$output" hidden
}

@test "any socket of the home directory is out of reach" {
    listener "$BASE/any"
    no_answer "$BASE/any"
}

# ---- limits ----

@test "a program cannot raise its own memory limit" {
    inside -m 100M -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > memory.max || echo max > memory.swap.max || exit 9'
    claim "$status" = 9
}

@test "a program cannot raise its own CPU limit" {
    inside -c 50% -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > cpu.max || exit 9'
    claim "$status" = 9
}

@test "a program cannot raise its own tasks limit" {
    inside --tasks-limit 50 -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo max > pids.max || exit 9'
    claim "$status" = 9
}

@test "a program cannot move to another cgroup, or make one" {
    inside -m 100M -- sh -c '
        cd /sys/fs/cgroup$(sed -n s/^0:://p /proc/self/cgroup) || exit 0
        echo $$ > ../cgroup.procs && exit 0
        mkdir sub && exit 0
        mkdir ../pen && echo $$ > ../pen/cgroup.procs && exit 0
        exit 9'
    claim "$status" = 9
}

@test "cgroups mounted anew lift no limit" {
    inside -m 100M -- sh -c '
        unshare -rmC sh -c "mkdir c; mount -t cgroup2 x c && {
            echo max > c/memory.max || echo 200000000 > c/memory.high; }" && exit 0
        exit 9'
    claim "$status" = 9
}

@test "a fork bomb stops at --tasks-limit" {
    inside --tasks-limit 20 --timeout 60 -- python3 -c '
import os, time
made = 0
try:
    while made < 100:
        if os.fork() == 0:
            time.sleep(30)
            os._exit(0)
        made += 1
except OSError:
    pass
print("made", made, flush=True)
os._exit(0 if made < 20 else 9)'
    claim "$status" = 0
    contains "$output" made
}

@test "a daemon does not outlive the run" {
    no_daemon() { ! pgrep -fx 'sleep 4711' > /dev/null; }
    inside -- sh -c 'setsid sleep 4711 > /dev/null 2>&1 & exit 0'
    claim "$status" = 0
    wait_until 10 no_daemon
}

@test "a daemon that ignores every signal does not outlive the run" {
    no_daemon() { ! pgrep -f "^daemon-$$" > /dev/null; }
    inside -- python3 -c '
import os, signal, sys, time
for n in range(1, 32):
    try: signal.signal(n, signal.SIG_IGN)
    except OSError: pass
for again in range(2):
    if os.fork(): os._exit(0)
    os.setsid()
os.execvp("bash", ["bash", "-c", "exec -a " + sys.argv[1] + " sleep 4712"])' "daemon-$$"
    wait_until 10 no_daemon
}

@test "what ignores SIGTERM ends with --timeout all the same" {
    inside --timeout 2 -- sh -c 'trap "" TERM; while :; do sleep 1; done'
    claim "$status" = 124
}

# ---- mounts and namespaces ----

@test "what hides the home directory cannot be unmounted" {
    attempt <<< 'umount -l "$1"; umount -l "$HOME"; umount -l /home
        umount -l /run; cat "$2"'
    keeps "${BASE%/*}" "$SECRET"
}

@test "nor from a nested user namespace" {
    attempt <<< 'unshare -rm sh -c "umount -l \"\$HOME\"; umount -l /home
        umount -l /data; umount -R -l /; umount -l /run; cat $1
        cat /run/user/*/bus 2>&1 | grep -q device && echo seen"'
    keeps "$SECRET"
    lacks "$output" seen
}

@test "nor is anything seen beneath it by a bind mount" {
    attempt <<< 'mkdir -p b; unshare -rm sh -c "for d in / /home $HOME; do
        mount --bind \$d b && cat b/$1 b/${1#/home} b/${1#"$HOME"}
        umount b; done"'
    keeps "$SECRET"
}

@test "the system is not made writable by mounting it anew" {
    attempt <<< 'mount -o remount,rw /; mount -o remount,bind,rw /
        unshare -rm sh -c "mount -o remount,bind,rw /; mount -o remount,rw /usr
        mount -o remount,bind,rw /sys/fs/cgroup && exit 0; exit 1"'
    inside sh ./attempt
    claim "$status" = 1
}

@test "pivot_root and chroot lead nowhere" {
    attempt <<< 'PATH=$PATH:/sbin:/usr/sbin
        mkdir -p new/old; unshare -rm sh -c "mount -t tmpfs x new
        mkdir -p new/old; cd new && pivot_root . old; cat old/$1; chroot .. ; cat /$1"
        unshare -r chroot /proc/1/root cat "$1"'
    keeps "$SECRET"
}

@test "no namespace of an outside process can be entered" {
    attempt <<< 'for p in /proc/[0-9]*; do p=${p#/proc/}
        for how in -m "-U -m --preserve-credentials" "-U -m"; do
            nsenter -t "$p" $how cat "$1"
        done; done 2> /dev/null; unshare -r nsenter -t "$2" -m cat "$1"'
    background sleep 300
    keeps "$SECRET" "$pid"
    # In a mount namespace of the user's own it would have been possible.
    background unshare -Um --map-root-user sleep 300
    wait_until 10 sh -c '[ "$(readlink "/proc/$0/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]' "$pid"
    run nsenter -t "$pid" -U -m --preserve-credentials cat "$SECRET"
    contains "$output" hidden
    keeps "$SECRET" "$pid"
}

@test "no privilege is gained by a setuid program" {
    inside grep NoNewPrivs /proc/self/status
    contains "$output" 1
    inside grep CapEff /proc/self/status
    contains "$output" 0000000000000000
}

# ---- devices and the kernel ----

@test "there is no device but the harmless ones" {
    local device
    for device in /dev/fuse /dev/kmsg /dev/mem; do
        [ -e "$device" ] || skip "$device is not there outside either"
    done
    inside find /dev -type c -o -type b
    claim "$status" = 0
    while read -r device; do
        case $device in
        "" | /dev/null | /dev/zero | /dev/full | /dev/random | /dev/urandom | \
            /dev/tty | /dev/ptmx | /dev/pts/ptmx) ;;
        *) claim "$device" = "one of the harmless" ;;
        esac
    done <<< "$output"
}

@test "what sets up loop devices is not there" {
    attempt <<< 'test -e /dev/loop-control'
    [ -e /dev/loop-control ] || skip "no loop devices here"
    works
    fails
}

@test "no kernel tunable is written, in a nested namespace neither" {
    attempt <<< 'unshare -rn sh -c "f=/proc/sys/net/ipv4/ip_unprivileged_port_start
        cat \$f > \$f"'
    works
    fails
}

# ---- time bombs in .git ----

@test "no hook is planted" {
    inside -- sh -c 'cd .git/hooks && echo "#!/bin/sh" > post-commit && chmod +x post-commit'
    contains "$output" 'thrown away'
    claim ! -e .git/hooks/post-commit
}

@test "no core.fsmonitor is planted in .git/config" {
    inside -- git config core.fsmonitor "touch $BASE/planted"
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        >> .git/config' sh "$BASE/planted"
    claim "$status" != 0
    git_runs_nothing
}

@test ".git is not renamed away and made anew" {
    inside -- sh -c 'mv .git old; rm -rf .git; git init -q .
        git config core.fsmonitor "touch $1; false"' sh "$BASE/planted"
    git_runs_nothing
    claim ! -e old
}

@test "no hooks directory is put in place of the one that is missing" {
    rm -rf .git/hooks
    inside -- sh -c 'mkdir -p .git/hooks; printf "#!/bin/sh\ntouch %s\n" "$1" \
        > .git/hooks/post-commit; chmod +x .git/hooks/post-commit' sh "$BASE/planted"
    git_runs_nothing
}

@test "no .git/commondir leads git to another configuration" {
    commit
    inside -- sh -c 'mkdir -p .git/evil && cp -r .git/objects .git/refs \
        .git/HEAD .git/evil
        git config -f .git/evil/config core.fsmonitor "touch $1; false"
        echo evil > .git/commondir' sh "$BASE/planted"
    git_runs_nothing
    claim "$(git log --format=%s | head -n 1)" != ""
}

@test "a .git that is no repository any more is pointed out" {
    commit
    inside -- sh -c 'mv .git/HEAD old; git init -q --bare b; mv b/* .'
    contains "$output" "no repository any more"
}

@test "a new repository that would run something is pointed out" {
    inside -- git init -q harmless
    lacks "$output" "is new"
    inside -- sh -c 'git init -q sub; git -C sub config core.fsmonitor "touch $1"' \
        sh "$BASE/planted"
    contains "$output" "sub/.git is new"
}

# A repository out of sight in .git, which a submodule new in the index leads to:
# git status of the whole looks into it.
@test "a new .git file that leads to what would run something is pointed out" {
    commit
    git init -q --bare "$BASE/other"
    attempt << 'EOF2'
commit() { git -c user.name=a -c user.email=a@example.org commit -q "$@"; }
git init -q sub && cd sub && commit --allow-empty -m x && head=$(git rev-parse HEAD)
git config core.fsmonitor "touch $1; false"
cd .. && mv sub/.git .git/objects/out && echo "gitdir: ../.git/objects/out" > sub/.git &&
    git update-index --add --cacheinfo "160000,$head,sub" && commit -m sub
EOF2
    inside sh ./attempt "$BASE/planted"
    contains "$output" "sub/.git is new"
    git status > /dev/null || :
    claim -e "$BASE/planted"
}

@test "what a new repository would run is found in each of its places" {
    local part
    commit
    for part in 'mkdir .git/objects/out r; cp -r .git/refs .git/HEAD .git/objects/out
        mkdir .git/objects/out/objects
        cp .git/HEAD r; echo ../.git/objects/out > r/commondir
        git config -f .git/objects/out/config core.fsmonitor x' \
        'git init -q r; rm -r r/.git/config; echo > r/.git/hooks/post-commit' \
        'git init -q r; git -C r config core.pager x' \
        'git init -q r; printf "#\0\n[core]\neditor=x\n" > r/.git/config' \
        'git init -q r; git -C r config extensions.worktreeConfig true
        git -C r config --worktree core.sshCommand x' \
        'git init -q r; mkdir "r/.git/~"; mv r/.git/config r/.git/objects r/.git/refs "r/.git/~"
        echo "~" > r/.git/commondir; git config -f "r/.git/~/config" core.askPass x'; do
        inside -- sh -c "$part"
        contains "$output" "is new"
        rm -rf r .git/objects/out
    done
    # And what a clone, a work tree or a submodule has is not.
    inside -- sh -c 'git clone -q . clone; git worktree add -q tree
        git -C clone remote add editor https://example.org/helper.git'
    lacks "$output" "is new"
}

@test "no config.worktree is planted where git would read it" {
    git config extensions.worktreeConfig true
    inside -- sh -c 'git config -f .git/config.worktree core.fsmonitor \
        "touch $1; false"' sh "$BASE/planted"
    git_runs_nothing
}

@test "what .git/config includes is not written" {
    printf '[include]\n\tpath = ../team.gitconfig\n' >> .git/config
    printf '[alias]\n\tx = status\n' > team.gitconfig
    inside -- git config -f team.gitconfig core.fsmonitor "touch $BASE/planted; false"
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        >> team.gitconfig' sh "$BASE/planted"
    git_runs_nothing
}

@test "no config.worktree is planted for a linked work tree" {
    commit
    git config extensions.worktreeConfig true
    git worktree add -q "$BASE/tree"
    inside -- git config -f .git/worktrees/tree/config.worktree core.fsmonitor \
        "touch $BASE/planted; false"
    git_runs_nothing "$BASE/tree"
}

@test "what .git/config includes is not written, missing at the start" {
    printf '[include]\n\tpath = ../team.gitconfig\n' >> .git/config
    inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" "$1" \
        > team.gitconfig' sh "$BASE/planted"
    git_runs_nothing
}

@test "the user's own configuration of git is not written, what hooks it names is pointed out" {
    mkdir -p "$BASE/home" hooks
    printf '[core]\n\thooksPath = %s/hooks\n' "$PWD" > gitconfig
    ln -s "$PWD/gitconfig" "$BASE/home/.gitconfig"
    HOME=$BASE/home inside -- sh -c 'printf "[core]\nfsmonitor = \"touch %s; false\"\n" \
        "$1" >> gitconfig
        printf "#!/bin/sh\ntouch %s\n" "$1" > hooks/post-commit
        chmod +x hooks/post-commit; exit 0' sh "$BASE/planted"
    claim "$status" = 0
    contains "$output" 'by themselves: hooks/post-commit'
    claim "$(grep -c fsmonitor gitconfig)" = 0
}

@test "what core.hooksPath names in the work tree is pointed out" {
    mkdir -p tools/hooks
    git config core.hooksPath tools/hooks
    inside -- sh -c 'mv tools old; mkdir -p tools/hooks
        printf "#!/bin/sh\ntouch %s\n" "$1" > tools/hooks/post-commit
        chmod +x tools/hooks/post-commit' sh "$BASE/planted"
    contains "$output" 'by themselves: tools/hooks/post-commit'
}

@test "what core.hooksPath names in the work tree is pointed out, missing at the start" {
    git config core.hooksPath .husky/_
    inside -- sh -c 'mkdir -p .husky/_
        printf "#!/bin/sh\ntouch %s\n" "$1" > .husky/_/post-commit
        chmod +x .husky/_/post-commit' sh "$BASE/planted"
    contains "$output" 'by themselves: .husky/_/post-commit'
}

# super - a repository with a submodule in sub/, whose own is .git/modules/sub.
super() {
    git init -q "$BASE/origin"
    commit "$BASE/origin"
    git -c protocol.file.allow=always submodule --quiet add "$BASE/origin" sub
    commit
}

@test "no hook or configuration is planted in a submodule's repository" {
    super
    inside -- sh -c 'git config -f .git/modules/sub/config core.fsmonitor \
        "touch $1; false"; echo > .git/modules/sub/hooks/planted' sh "$BASE/planted"
    git_runs_nothing
    claim ! -e .git/modules/sub/hooks/planted
}

@test "a submodule's repository is not renamed away and made anew" {
    super
    inside -- sh -c 'mv .git/modules .git/old || exit
        cp -r .git/old .git/modules
        git config -f .git/modules/sub/config core.fsmonitor "touch $1; false"' \
        sh "$BASE/planted"
    git_runs_nothing
}

@test "a submodule's repository is found behind thousands of directories" {
    super
    mkdir many && (cd many && seq -f 'd%g' 3000 | xargs mkdir)
    mkdir .git/AAA && (cd .git/AAA && seq -f 'd%g' 3000 | xargs mkdir)
    inside -- git config -f .git/modules/sub/config core.fsmonitor \
        "touch $BASE/planted; false"
    git_runs_nothing
}

@test "a submodule's .git file is not turned to another repository" {
    super
    inside -- sh -c 'git init -q evil; git -C evil config core.fsmonitor "touch $1; false"
        rm -f sub/.git; echo "gitdir: ../evil/.git" > sub/.git
        mv sub old && mkdir sub && echo "gitdir: ../evil/.git" > sub/.git' \
        sh "$BASE/planted"
    git_runs_nothing
}

@test "a nested repository is not moved away and made anew" {
    mkdir packages
    git init -q packages/nested
    inside -- sh -c 'mv packages old; mkdir packages; git init -q packages/nested
        git -C packages/nested config core.fsmonitor "touch $1; false"' \
        sh "$BASE/planted"
    git_runs_nothing packages/nested
}

@test "a linked work tree elsewhere is not led to another configuration" {
    commit
    git worktree add -q "$BASE/tree"
    inside -- sh -c 'mkdir .git/evil; cp -r .git/objects .git/refs .git/HEAD .git/evil
        git config -f .git/evil/config core.fsmonitor "touch $1; false"
        echo ../../evil > .git/worktrees/tree/commondir
        mv .git/worktrees .git/old && cp -r .git/old .git/worktrees &&
            echo ../../evil > .git/worktrees/tree/commondir' sh "$BASE/planted"
    git_runs_nothing "$BASE/tree"
}

@test "a .git that is a symlink is refused, for it could be replaced" {
    mv .git real
    ln -s real .git
    inside touch made
    claim "$status" = 125
    claim ! -e made
}

@test "a planted .git file gives the next run nothing of the home directory" {
    local git
    mkdir sub
    git init -q "$BASE/other"
    commit "$BASE/other"
    git -C "$BASE/other" worktree add -q "$BASE/tree"
    echo hidden > "$BASE/other/.git/description"
    for git in other/.git other/.git/worktrees/tree; do
        inside -- sh -c 'echo "gitdir: $1" > sub/.git' sh "$BASE/$git"
        cd sub
        run "$PLAYPEN" -q --project-only -- sh -c 'echo started
            cat "$1" "$2/description"; echo x > "$2/planted"; exit 0' sh \
            "$SECRET" "$BASE/other/.git"
        cd ..
        contains "$output" started
        lacks "$output" hidden
        claim ! -e "$BASE/other/.git/planted"
        rm sub/.git
    done
}

@test "a planted .git file makes no repository of a directory above" {
    mkdir -p ../objects ../victim
    echo hidden > ../victim/file
    rm -rf .git
    inside -- sh -c 'mkdir x; echo "gitdir: x" > .git
        echo "$PWD/.git" > x/gitdir; echo ../.. > x/commondir'
    claim -e x/commondir
    run "$PLAYPEN" -q --project-only -- sh -c 'echo started
        cat ../victim/file; echo x > ../victim/planted; exit 0'
    contains "$output" started
    lacks "$output" hidden
    claim ! -e ../victim/planted
}

# ---- other processes ----

@test "no outside process can be traced" {
    background sleep 300
    attempt <<< 'python3 -c "import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
pid = int(sys.argv[1])
if libc.ptrace(16, pid, 0, 0) < 0: sys.exit(1)
import os
os.waitpid(pid, 0)
libc.ptrace(17, pid, 0, 0)" "$1"'
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    works "$pid"
    fails "$pid"
}

# Reads the environment's first bytes of the process $1: "PEN=hidden" by way of
# process_vm_readv(2), then of /proc/PID/mem.
read_memory() {
    attempt << 'EOF2'
python3 - "$1" "$2" << 'PYTHON'
import ctypes, sys
pid, address = int(sys.argv[1]), int(sys.argv[2])
class iovec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
buffer = ctypes.create_string_buffer(64)
local = iovec(ctypes.cast(buffer, ctypes.c_void_p), 64)
remote = iovec(address, 64)
libc = ctypes.CDLL(None)
libc.process_vm_readv(pid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
print(buffer.raw)
try:
    with open("/proc/%d/mem" % pid, "rb", 0) as mem:
        mem.seek(address)
        print(mem.read(64))
except OSError as error:
    print(error)
PYTHON
EOF2
}

@test "the memory of an outside process cannot be read" {
    background env -i PEN=hidden sleep 300
    wait_until 10 grep -qa PEN=hidden "/proc/$pid/environ"
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    read_memory
    # Field 50 of proc_pid_stat(5): where the environment begins.
    local address
    address=$(cut -d' ' -f50 "/proc/$pid/stat")
    leaks "$pid" "$address"
    keeps "$pid" "$address"
}

@test "the environment of an outside process cannot be read" {
    background env PEN=hidden sleep 300
    wait_until 10 grep -qa PEN=hidden "/proc/$pid/environ"
    attempt <<< 'for p in "$1" self; do cat "/proc/$p/environ"; done | tr "\0" "\n"'
    leaks "$pid"
    keeps "$pid"
}

@test "no descriptor is taken from an outside process" {
    background sh -c 'exec sleep 300 9< "$0"' "$SECRET"
    attempt << 'EOF2'
python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None)
pidfd = libc.syscall(434, int(sys.argv[1]), 0)
fd = libc.syscall(438, pidfd, 9, 0)
sys.exit(1) if fd < 0 else print(os.pread(fd, 10, 0))' "$1"
EOF2
    wait_until 10 test -e "/proc/$pid/fd/9"
    [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ] ||
        skip "this kernel forbids it to everybody (yama)"
    leaks "$pid"
    keeps "$pid"
}

@test "no outside process can be signalled" {
    need_scopes
    background sleep 300
    attempt <<< 'kill -0 "$1"'
    works "$pid"
    fails "$pid"
    inside -- sh -c 'kill -9 "$1"; kill -9 -1' sh "$pid"
    kill -0 "$pid"
}

@test "no outside process is ended by a limit set on it" {
    need_pid_namespaces
    background sleep 300
    attempt <<< 'prlimit --pid "$1" --nofile=64:64'
    works "$pid"
    fails "$pid"
}

@test "no outside process is put first in line for the OOM killer" {
    need_pid_namespaces
    background sleep 300
    attempt <<< 'echo 1000 > "/proc/$1/oom_score_adj"'
    fails "$pid"
    claim "$(cat "/proc/$pid/oom_score_adj")" != 1000
    works "$pid"
}

@test "no outside process is slowed down" {
    need_pid_namespaces
    background sleep 300
    attempt <<< 'renice -n 19 -p "$1" && chrt -i -p 0 "$1"'
    fails "$pid"
    works "$pid"
}

@test "outside processes are not seen" {
    need_pid_namespaces
    background sleep 300
    attempt <<< '[ -e "/proc/$1" ]'
    works "$pid"
    fails "$pid"
}

# ---- the stage ----

@test "nobody listens on the stage's socket" {
    inside -- python3 -c '
import socket, sys
for path in "/run/playpen", sys.argv[1]:
    for kind in socket.SOCK_SEQPACKET, socket.SOCK_STREAM:
        try: socket.socket(socket.AF_UNIX, kind).connect(path)
        except OSError: continue
        sys.exit(0)
sys.exit(9)' "$RUNTIME/playpen"
    claim "$status" = 9
}

@test "a program inherits no descriptor that leads to a file of the user's" {
    exec 12< "$SECRET" 13< "$HOME"
    inside sh -c 'ls /proc/self/fd; readlink /proc/self/fd/12 /proc/self/fd/13'
    exec 12<&- 13<&-
    claim "$status" = 1
    not [[ " ${output//$'\n'/ } " == *" 12 "* ]]
    not [[ " ${output//$'\n'/ } " == *" 13 "* ]]
}

@test "a directory as a stream leads nowhere" {
    attempt <<< 'cat "/proc/self/fd/0/../$1" "/proc/self/fd/2/../$1"'
    echo hidden > ../secret
    run sh ./attempt secret < . 3>&-
    contains "$output" hidden
    run "$PLAYPEN" -q --current-dir-only sh ./attempt secret < . 3>&-
    claim "$status" = 125
    lacks "$output" hidden
    run bash -c '"$PLAYPEN" -q --current-dir-only sh ./attempt secret 2< .' 3>&-
    claim "$status" = 125
    lacks "$output" hidden
}

@test "the stage cannot be traced, nor its socket taken" {
    inside -- python3 -c 'import ctypes, os, sys
libc = ctypes.CDLL(None)
stage = os.getppid()
if libc.ptrace(16, stage, 0, 0) == 0: sys.exit(0)
pidfd = libc.syscall(434, stage, 0)
if any(libc.syscall(438, pidfd, n, 0) >= 0 for n in range(16)): sys.exit(0)
try: os.listdir("/proc/%d/fd" % stage)
except OSError: sys.exit(9)'
    claim "$status" = 9
}

@test "a program that ends the stage ends with it, and does not end well" {
    inside -- sh -c 'kill -9 $PPID; sleep 5; exit 0'
    no_sleep() { ! pgrep -fx 'sleep 5' > /dev/null; }
    wait_until 20 no_sleep
}

@test "a program cannot stop the stage" {
    # Else both stand still until the unit is stopped.
    need_pid_namespaces
    inside -- sh -c 'kill -STOP $PPID; exit 3'
    claim "$status" != 0
}

# ---- terminals ----

@test "the user's other terminals are neither read nor written" {
    background python3 -c 'import os, sys, time
master, slave = os.openpty()
os.write(master, b"hidden\n" * 20)
with open(sys.argv[1], "w") as name: name.write(os.ttyname(slave))
time.sleep(300)' "$BASE/tty"
    wait_until 10 test -s "$BASE/tty"
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

# ---- keys and System V IPC ----

@test "keys of the session keyring stay outside" {
    id=$("$PLAYPEN" -q -- keyctl add user pen-mark hidden @s)
    run "$PLAYPEN" -q -- keyctl print "$id"
    contains "$output" hidden
    inside keyctl print "$id"
    lacks "$output" hidden
}

@test "keys of the user's keyring stay outside, whatever they permit" {
    local id
    id=$(keyctl add user pen-mark hidden @u)
    keyctl setperm "$id" 0x3f3f0000
    attempt <<< 'keyctl print "$1"; keyctl pipe %user:pen-mark'
    leaks "$id"
    keeps "$id"
    keyctl unlink "$id" @u
}

@test "the user's keys are not listed" {
    local id
    id=$(keyctl add user pen-hidden x @u)
    attempt <<< 'cat /proc/keys'
    leaks
    keeps
    keyctl unlink "$id" @u
}

@test "shared memory of System V stays outside" {
    local id
    id=$(ipcmk -M 4096 | sed 's/.*: //')
    attempt <<< 'ipcs -m | grep " $1 " && echo hidden'
    leaks "$id"
    keeps "$id"
    ipcrm -m "$id"
}

@test "message queues and semaphores of System V stay outside" {
    local queue semaphore
    queue=$(ipcmk -Q | sed 's/.*: //')
    semaphore=$(ipcmk -S 1 | sed 's/.*: //')
    attempt <<< 'ipcs -q | grep " $1 " && echo hidden; ipcs -s | grep " $2 " && echo hidden'
    leaks "$queue" "$semaphore"
    keeps "$queue" "$semaphore"
    inside -- ipcrm -q "$queue" -s "$semaphore"
    ipcrm -q "$queue" -s "$semaphore"
}

@test "message queues of POSIX stay outside" {
    attempt << 'EOF2'
python3 -c 'import ctypes, os, sys
rt = ctypes.CDLL("librt.so.1")
queue = rt.mq_open(b"/pen-mark", os.O_RDONLY | os.O_NONBLOCK)
if queue >= 0: print("hidden")'
ls /dev/mqueue | sed s/pen-mark/hidden/
EOF2
    python3 -c 'import ctypes, os
ctypes.CDLL("librt.so.1").mq_open(b"/pen-mark", os.O_RDWR | os.O_CREAT, 0o600, None)'
    LEFT+=(/dev/mqueue/pen-mark)
    leaks
    keeps
}

# ---- what one run leaves for the next ----

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

@test "a directory turned into a symlink while the unit starts is refused" {
    mkdir sub
    cd sub
    PWD=$PWD run as_systemd_run_starts "mv ../sub ../old; ln -s '$BASE' ../sub" \
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

# ---- unit files ----

unit_text() {
    printf '\n[Service]\nExecStopPost=\nExecStopPost=/bin/touch %s\nPrivateUsers=no\nTemporaryFileSystem=\nProtectHome=no\n' \
        "$BASE/planted"
}

@test "a directory with unit-file text in its name is refused" {
    mkdir "a$(unit_text | tr / _)b"
    cd "a$(unit_text | tr / _)b"
    inside touch made
    claim "$status" = 125
    claim ! -e made
    cd ..
    inside --ro "./a$(unit_text | tr / _)b" touch made
    claim "$status" = 125
    claim ! -e made
}

@test "one below the working directory is harmless, daemon-reload or not" {
    local directory
    directory="a$(unit_text | tr / _)b"
    mkdir -p "$directory"
    git init -q "$directory"
    start -q --current-dir-only -- sh -c 'echo ready; sleep 3; cat "$1"' sh "$SECRET"
    wait_until 20 grep -q ready out
    systemctl --user daemon-reload
    finish
    lacks "$(cat out)" hidden
    claim ! -e "$BASE/planted"
}

@test "arguments with unit-file text are harmless, daemon-reload or not" {
    start -q --current-dir-only -- sh -c 'echo ready; sleep 3; cat "$1"' sh "$SECRET" \
        "$(unit_text)"
    wait_until 20 grep -q ready out
    systemctl --user daemon-reload
    finish
    lacks "$(cat out)" hidden
    claim ! -e "$BASE/planted"
}

@test "variables with unit-file text are harmless, daemon-reload or not" {
    PEN=$(unit_text) start -q --current-dir-only -e PEN -- \
        sh -c 'echo ready; sleep 3; cat "$1"' sh "$SECRET"
    wait_until 20 grep -q ready out
    systemctl --user daemon-reload
    finish
    lacks "$(cat out)" hidden
    claim ! -e "$BASE/planted"
}
