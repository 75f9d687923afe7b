#!/usr/bin/env bats
# Systems that are laid out in other ways than Debian, made by hand: a user's
# runs do there what they do on Debian, and see no more.
load root

eval "root_setup_$(declare -f setup)"
setup() {
    root_setup_setup
    need_user
    home=$(getent passwd "$USER_NAME" | cut -d : -f 6)
    undo=() # commands, the last one first
    runuser -u "$USER_NAME" -- mkdir -p "$home/layout"
    mkdir "$WORK/kept"
}
cleanup() {
    local i
    for ((i = ${#undo[@]} - 1; i >= 0; i--)); do
        eval "${undo[i]}" || :
    done
    rm -rf "$home/layout" "$home/.local/state/playpen/npm@$home/layout"
}

# in_home COMMAND... - as the user, in a directory of the home.
in_home() { as_user env HOME="$home" PLAYPEN="$PLAYPEN" sh -c 'cd ~/layout && exec "$@"' sh "$@"; }

# works [DIRECTORY] - a plain run, a bundle and a preset read and write there as
# on a disk, and the last two see nothing that lies beside it.
works() {
    local options place=${1:-.}

    in_home sh -c 'echo secret > ~/secret'
    undo+=("rm -f '$home/secret'")
    for options in '' --current-dir-only '--preset npm -m infinity'; do
        # shellcheck disable=SC2016,SC2086
        run -0 --separate-stderr in_home sh -c 'cd "$1" && shift && exec "$@"' sh "$place" \
            "$PLAYPEN" -q $options -- sh -c 'rm -rf file dir; mkdir dir &&
            echo made > dir/new && mv dir/new file && cat file; cat ~/secret || echo hidden'
        claim "${lines[0]}" = made
        claim "$(in_home cat "$place/file")" = made
        case $options in
        '') claim "${lines[1]}" = secret ;;
        *) claim "${lines[1]}" = hidden ;;
        esac
    done
}

# fuse WORD... - a small file system at layout/far, for the user alone; its
# process in $server. That file's words after the user's name.
fuse() {
    in_home mkdir -p far "$home/layout/from"
    fuse_at "$home/layout/from" "$home/layout/far" "$@"
}
fuse_at() {
    [ -c /dev/fuse ] || modprobe fuse 2> /dev/null || skip "needs FUSE"
    : > "$WORK/fuse"
    "$BATS_TEST_DIRNAME/fuse.py" "$1" "$2" "$USER_NAME" "${@:3}" > "$WORK/fuse" 3>&- &
    server=$!
    undo+=("umount -l '$2'; kill -9 $server 2> /dev/null")
    wait_until 60 grep -q ready "$WORK/fuse"
}

# far_user NUMBER HOME - another user for the rest of the test, with a manager.
far_user() {
    systemd-detect-virt -q || skip "adds a user: not on a machine of somebody's"
    undo+=("rm -rf '$home/layout'")
    USER_NAME=far$1 USER_ID=$1 home=$2
    undo+=("loginctl disable-linger '$USER_NAME'; systemctl stop user@$1; userdel -f '$USER_NAME'")
    useradd --uid "$1" --no-create-home --home-dir "$2" "$USER_NAME"
    loginctl enable-linger "$USER_NAME"
    wait_until 60 test -S "/run/user/$1/bus"
}

# put NAME - keeps what is at NAME now, which comes back afterwards.
put() {
    local kept

    kept=$WORK/kept/${1//\//_}
    undo+=("rm -rf '$1'; [ ! -e '$kept' ] && [ ! -L '$kept' ] || mv '$kept' '$1'")
    [ ! -e "$1" ] && [ ! -L "$1" ] || mv "$1" "$kept"
}

@test "names are resolved by what resolv.conf is, wherever it leads, and its neighbours are hidden" {
    local place

    put /etc/resolv.conf
    undo+=('rm -rf /mnt/layout /srv/layout /run/layout /run/other')
    mkdir -p /mnt/layout /srv/layout /run/layout /run/other
    for place in /mnt/layout /srv/layout /run/layout; do
        echo "nameserver 192.0.2.7" > "$place/resolv.conf"
        echo secret > "$place/neighbour"
        ln -sfn "$place/resolv.conf" /etc/resolv.conf
        for options in '' --current-dir-only '--preset npm -m infinity'; do
            # shellcheck disable=SC2086
            run -0 in_home "$PLAYPEN" -q $options -- cat /etc/resolv.conf
            claim "$output" = "nameserver 192.0.2.7"
        done
        run in_home "$PLAYPEN" -q --current-dir-only cat "$place/neighbour"
        claim "$status" = 1
    done
    # A link to a link.
    ln -sfn /mnt/layout/resolv.conf /run/other/resolv.conf
    ln -sfn ../run/other/resolv.conf /etc/resolv.conf
    run -0 in_home "$PLAYPEN" -q --current-dir-only cat /etc/resolv.conf
    claim "$output" = "nameserver 192.0.2.7"
    # What the user could have put there is not shown.
    echo secret > "$home/secret"
    undo+=("rm -f '$home/secret'")
    chown "$USER_NAME" "$home/secret"
    ln -sfn "$home/secret" /etc/resolv.conf
    run in_home "$PLAYPEN" -q --current-dir-only cat /etc/resolv.conf
    lacks "$output" secret
}

@test "the time zone is what localtime is, wherever that leads" {
    put /etc/localtime
    undo+=('rm -rf /srv/layout')
    mkdir -p /srv/layout
    cp /usr/share/zoneinfo/Asia/Tokyo /srv/layout/zone
    ln -sfn /srv/layout/zone /etc/localtime
    claim "$(in_home date +%Z)" = JST
    claim "$(in_home "$PLAYPEN" -q --current-dir-only date +%Z)" = JST
}

@test "a top-level directory that is a link into /var hides what is in it, and is worked in" {
    undo+=('rm -rf /var/layout /layout')
    mkdir -p /var/layout/theirs /var/layout/mine
    echo secret > /var/layout/theirs/secret
    chown "$USER_NAME" /var/layout/mine
    ln -s var/layout /layout
    run in_home "$PLAYPEN" -q --current-dir-only cat /layout/theirs/secret \
        /var/layout/theirs/secret
    lacks "$output" secret$'\n'
    claim "$status" = 1
    run -0 as_user sh -c 'cd /layout/mine && "$@"' sh "$PLAYPEN" -q \
        --current-dir-only sh -c 'pwd; echo made > file; ls ..'
    claim "${lines[0]}" = /layout/mine
    claim "${lines[1]}" = mine
    claim "$(< /var/layout/mine/file)" = made
}

@test "a home below a link is hidden by both of its names, and worked in" {
    need_machine
    put /home
    mkdir -p /var/home
    undo+=('rmdir /var/home')
    mv "$WORK/kept/_home/$USER_NAME" "/var/home/$USER_NAME"
    undo+=("mv '/var/home/$USER_NAME' '$WORK/kept/_home/$USER_NAME'")
    ln -s var/home /home
    echo secret > "$home/secret"
    undo+=("rm -f '/var/home/$USER_NAME/secret'")
    run -0 in_home "$PLAYPEN" -q --current-dir-only sh -c 'echo made > f; pwd
        cat ~/secret /var/home/*/secret 2> /dev/null; ls /var/home/*'
    claim "${lines[0]}" = "$home/layout"
    lacks "$output" secret
    claim "$(< "/var/home/$USER_NAME/layout/f")" = made
    run -0 in_home "$PLAYPEN" -q cat "$home/secret"
    claim "$output" = secret
}

@test "tools that lie in a store and are named in /run are found" {
    [ ! -e /nix ] || skip "there is a /nix"
    undo+=('rm -rf /nix /run/current-system')
    mkdir -p /nix/store/abc-tool/bin /run/current-system
    printf '#!/bin/sh\necho found\n' > /nix/store/abc-tool/bin/thetool
    chmod 755 /nix/store/abc-tool/bin/thetool
    ln -s /nix/store/abc-tool /run/current-system/sw
    for options in '' --current-dir-only '--preset make -m infinity'; do
        for command in thetool 'sh -c thetool'; do
            # shellcheck disable=SC2086
            run -0 in_home env PATH="/run/current-system/sw/bin:$PATH" \
                "$PLAYPEN" -q $options -- $command
            claim "$output" = found
        done
    done
}

@test "work on overlayfs, on tmpfs and in a bind mount is as on a disk" {
    local place

    undo+=("umount -l '$home'/layout/* 2> /dev/null; :")
    mkdir -p "$home"/layout/{lower,upper,over,small,bound} "$WORK/disk"
    mount -t tmpfs -o "uid=$USER_ID,mode=755" tmpfs "$home/layout/upper"
    mkdir "$home"/layout/upper/{u,w}
    mount -t overlay -o "lowerdir=$home/layout/lower,upperdir=$home/layout/upper/u,workdir=$home/layout/upper/w" \
        overlay "$home/layout/over"
    mount -t tmpfs tmpfs "$home/layout/small"
    mount --bind "$WORK/disk" "$home/layout/bound"
    chown "$USER_NAME" "$home"/layout/{over,small,bound}
    for place in over small bound; do
        run -0 in_home sh -c 'cd "$1" && git init -q . && "$PLAYPEN" -q \
            --current-dir-only sh -c "echo made > file && cat file && pwd"' sh "$place"
        claim "$output" = "made"$'\n'"$home/layout/$place"
        claim "$(< "$home/layout/$place/file")" = made
        run -0 in_home "$PLAYPEN" -q --current-dir-only --rw "$place" sh -c "echo more >> $place/file"
    done
}

@test "work on FUSE is as on a disk, a repository included" {
    fuse
    works far
    run -0 in_home sh -c 'cd far && git init -q . && "$PLAYPEN" -q --current-dir-only \
        sh -c "git config user.name x; git status --short"'
    contains "$output" "?? file"
    contains "${lines[-1]}" ".git/config was to be written"
    lacks "$(in_home cat far/.git/config)" "name = x"
}

@test "work on FUSE that answers late, or not for some names, is as it is without playpen" {
    fuse late 0.01
    works far
    umount -l "$home/layout/far"
    fuse broken .config
    for options in '' --current-dir-only; do
        # shellcheck disable=SC2086
        run -0 in_home sh -c 'mkdir -p far/work && cd far && export HOME=$PWD && cd work &&
            exec "$@"' sh "$PLAYPEN" -q $options -- sh -c 'echo fine; ls .config; true'
        claim "${lines[0]}" = fine
    done
}

@test "a home on FUSE: whole, late, with errors, and dead; a preset that cannot be read is a refusal" {
    local how

    undo+=('rm -rf /srv/far')
    mkdir -p /srv/far/{home,from,work}
    far_user 60200 /srv/far/home
    chown "$USER_NAME" /srv/far/from /srv/far/work
    for how in '' 'late 0.01' 'broken .local'; do
        # shellcheck disable=SC2086
        fuse_at /srv/far/from /srv/far/home $how
        as_user mkdir -p /srv/far/home/layout
        works
        works /srv/far/work
        umount -l /srv/far/home
    done
    for how in broken dead; do
        fuse_at /srv/far/from /srv/far/home broken .config
        [ "$how" = broken ] || kill -9 "$server"
        for options in '' --current-dir-only; do
            # shellcheck disable=SC2016,SC2086
            run -0 as_user env HOME="$home" sh -c 'cd /srv/far/work && exec "$@"' sh \
                "$PLAYPEN" -q $options -- sh -c 'echo fine'
            claim "${lines[-1]}" = fine
        done
        # shellcheck disable=SC2016
        run -125 as_user env HOME="$home" sh -c 'cd /srv/far/work && exec "$@"' sh \
            "$PLAYPEN" -q --preset npm true
        contains "$output" "$home/.config/playpen/presets/npm: "
        umount -l /srv/far/home
    done
}

# bats test_tags=workshop
@test "a home on NFS that root cannot read, mounted before or on demand, is as on a disk" {
    local unit=/run/systemd/system/srv-far-home

    need_machine
    need exportfs
    undo+=("systemctl stop srv-far-home.automount nfs-server; umount -l /srv/far/home
        rm -rf /srv/far '$unit'.* /etc/exports.d/layout.exports; systemctl daemon-reload")
    mkdir -p /srv/far/{export/layout,home,work} /etc/exports.d
    chown -R 60200 /srv/far/{export,work}
    chmod 700 /srv/far/export
    echo '/srv/far/export 127.0.0.1(rw,no_subtree_check)' > /etc/exports.d/layout.exports
    systemctl restart nfs-server
    mount -t nfs 127.0.0.1:/srv/far/export /srv/far/home
    far_user 60200 /srv/far/home
    run ls /srv/far/home
    claim "$status" != 0
    works
    works /srv/far/work
    umount -l /srv/far/home
    printf '[Mount]\nWhat=127.0.0.1:/srv/far/export\nWhere=/srv/far/home\nType=nfs\n' > "$unit.mount"
    printf '[Automount]\nWhere=/srv/far/home\n' > "$unit.automount"
    systemctl daemon-reload
    systemctl start srv-far-home.automount
    works /srv/far/work
    works
    claim "$(stat -fc %T /srv/far/home)" = nfs
}

# As sshfs does without its network, and after its end.
@test "a file system that never answers holds up no run, and one line says what was not looked at" {
    fuse
    kill -STOP "$server"
    works
    run -0 in_home "$PLAYPEN" --current-dir-only echo fine
    contains "$output" "$home/layout/far: not all of what is granted could be searched"
    in_home mkdir work
    works work
    kill -9 "$server"
    works work
    works
}

@test "work on vfat is as on a disk" {
    need_machine
    need busybox
    modprobe vfat 2> /dev/null || :
    truncate -s 4M "$WORK/image"
    busybox mkdosfs "$WORK/image" || skip "busybox makes no vfat"
    in_home mkdir -p stick
    mount -o "loop,uid=$USER_ID" -t vfat "$WORK/image" "$home/layout/stick" || skip "no vfat"
    undo+=("umount -l '$home/layout/stick'")
    works stick
    run -0 in_home sh -c 'cd stick && git init -q . && "$PLAYPEN" -q --current-dir-only \
        sh -c "echo x > .git/hooks/post-commit; git status --short"'
    claim ! -e "$home/layout/stick/.git/hooks/post-commit"
}

@test "what autofs mounts on demand is worked in, and asked for by no run beside it" {
    need_machine
    cat > /run/systemd/system/srv-demand.mount << EOP
[Mount]
What=tmpfs
Where=/srv/demand
Type=tmpfs
Options=uid=$USER_ID
EOP
    printf '[Automount]\nWhere=/srv/demand\n' > /run/systemd/system/srv-demand.automount
    undo+=('systemctl stop srv-demand.automount srv-demand.mount; rmdir /srv/demand
        rm /run/systemd/system/srv-demand.*; systemctl daemon-reload')
    systemctl daemon-reload
    systemctl start srv-demand.automount || skip "no autofs"
    works
    claim "$(systemctl is-active srv-demand.mount)" = inactive
    works /srv/demand
    # By the bundle itself, too.
    systemctl stop srv-demand.mount
    run -0 in_home "$PLAYPEN" -q --current-dir-only --rw /srv/demand sh -c 'echo x > /srv/demand/f'
    claim "$(< /srv/demand/f)" = x
}

# binfmt_misc is mounted on most systems, /proc/fs/nfsd where NFS is served.
@test "where the system has mounted something below /proc a bundle is as it is elsewhere" {
    local place=/proc/sys/fs/binfmt_misc

    [ -d "$place" ] || modprobe binfmt_misc || skip "no binfmt_misc"
    undo+=("umount '$place'")
    mount -t tmpfs -o mode=755 layout "$place"
    echo there > "$place/file"
    works
    in_home "$PLAYPEN" -q --current-dir-only --nested-sandbox true
    # Read-only with its parent, in the new /proc too.
    chown "$USER_NAME" "$place"
    # shellcheck disable=SC2016
    run in_home "$PLAYPEN" -q --current-dir-only sh -c 'echo x > "$1/new"' sh "$place"
    contains "$output" "Read-only file system"
}

@test "other users' processes hidden by hidepid=2, and a mount namespace of the user's refused still" {
    need_machine
    undo+=('mount -o remount,hidepid=0 /proc')
    mount -o remount,hidepid=2 /proc
    works
    run -125 in_home unshare -Urm --map-user="$USER_ID" "$PLAYPEN" -q true
    contains "$output" "other than the manager's"
}

@test "users with the numbers of a directory service, and systemd-run in another place of root's" {
    local number programs

    need_machine
    programs=$(dirname "$(command -v systemd-run)")
    mkdir -p /opt/layout
    undo+=("mv /opt/layout/systemd-run '$programs'; rmdir /opt/layout")
    mv "$programs/systemd-run" /opt/layout
    in_home env PATH="/opt/layout:$PATH" "$PLAYPEN" -q --current-dir-only true
    run -125 in_home "$PLAYPEN" -q true
    contains "$output" "no systemd-run"
    mv /opt/layout/systemd-run "$programs"
    undo=("${undo[@]:0:${#undo[@]}-1}" 'rmdir /opt/layout')
    for number in 60100 1234567890; do
        undo+=("loginctl disable-linger far$number; systemctl stop user@$number; userdel -rf far$number")
        useradd --uid "$number" --create-home "far$number"
        loginctl enable-linger "far$number"
        wait_until 60 test -S "/run/user/$number/bus"
        for options in '' --current-dir-only '--preset npm -m infinity'; do
            # shellcheck disable=SC2016,SC2086
            run -0 runuser -u "far$number" -- env -i PATH="$PATH" HOME="/home/far$number" \
                sh -c 'mkdir -p ~/work && cd ~/work && exec "$@"' sh "$PLAYPEN" -q $options -- id -u
            claim "${lines[-1]}" = "$number"
        done
    done
}

@test "no runtime directory, a wrong one, one of another user's: the user's own is found" {
    local directory

    for directory in '' /nowhere relative /run /root "/run/user/$((USER_ID + 1))"; do
        for options in '' --current-dir-only --limits-only; do
            # shellcheck disable=SC2086
            run -0 --separate-stderr in_home env XDG_RUNTIME_DIR="$directory" \
                DBUS_SESSION_BUS_ADDRESS="unix:path=$directory/bus" \
                "$PLAYPEN" -q $options -- sh -c 'echo fine'
            claim "$output$stderr" = fine
        done
    done
}

@test "started by cron, at, sudo -u and ssh without a terminal it finds the manager" {
    local line='cd ~/layout && $PLAYPEN -q --current-dir-only sh -c "id -un >> ran"'

    need_machine
    line=${line/'$PLAYPEN'/"$PLAYPEN"}
    : > "$home/layout/ran"
    chown "$USER_NAME" "$home/layout/ran"
    sudo -u "$USER_NAME" sh -c "${line/'~'/"$home"}"
    claim "$(wc -l < "$home/layout/ran")" = 1
    undo+=("crontab -u '$USER_NAME' -r; systemctl restart cron")
    rm -f /run/crond.reboot
    echo "@reboot $line" | crontab -u "$USER_NAME" -
    systemctl restart cron
    two() { [ "$(wc -l < "$home/layout/ran")" = "$1" ]; }
    wait_until 60 two 2
    systemctl start atd
    echo "$line" | as_user env HOME="$home" at now 2> /dev/null
    wait_until 60 two 3
    ssh-keygen -q -t ed25519 -N '' -f "$WORK/key"
    undo+=("mv '$WORK/authorized_keys' '$home/.ssh/'")
    mv "$home/.ssh/authorized_keys" "$WORK"
    install -o "$USER_NAME" -m 600 "$WORK/key.pub" "$home/.ssh/authorized_keys"
    ssh -T -F none -i "$WORK/key" -o BatchMode=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null "$USER_NAME@127.0.0.1" "$line"
    claim "$(sort -u "$home/layout/ran")" = "$USER_NAME"
    two 4
}

@test "a kernel without Landlock: a bundle holds, and says what it does not" {
    local rule=/run/systemd/system/user@.service.d/10-playpen-layout.conf

    undo+=("rm -f '$rule'; restart_manager")
    mkdir -p "${rule%/*}"
    printf '[Service]\nSystemCallFilter=~landlock_create_ruleset landlock_restrict_self landlock_add_rule\nSystemCallErrorNumber=ENOSYS\n' > "$rule"
    restart_manager
    # The stage does not get it though the caller has.
    run in_home "$PLAYPEN" -q --current-dir-only true
    [ "$status" = 0 ] || { claim "$status" = 125 && contains "$output" "abstract sockets"; }
    systemd-run -q --wait --pipe --collect --uid="$USER_NAME" -p "WorkingDirectory=$home/layout" \
        -p SystemCallFilter='~landlock_create_ruleset landlock_restrict_self landlock_add_rule' \
        -p SystemCallErrorNumber=ENOSYS -E "XDG_RUNTIME_DIR=/run/user/$USER_ID" -E "HOME=$home" \
        "$PLAYPEN" --current-dir-only sh -c 'echo fine; cat ~/secret || echo hidden' > "$WORK/said" 2>&1
    contains "$(< "$WORK/said")" fine
    contains "$(< "$WORK/said")" hidden
    run in_home "$PLAYPEN" --doctor
    contains "$output" "Landlock scopes"
}

@test "a system without machine-id, with /etc read-only" {
    need_machine
    put /etc/machine-id
    undo+=('umount -l /etc')
    mount --bind /etc /etc
    mount -o remount,bind,ro /etc
    for options in '' --current-dir-only '--preset npm -m infinity'; do
        # shellcheck disable=SC2086
        run -0 in_home "$PLAYPEN" -q $options -- sh -c 'echo fine'
        claim "$output" = fine
    done
}

@test "where a unit gets no namespaces the defaults are left off, limits hold, a bundle is refused" {
    local rule=/run/systemd/system/user@.service.d/10-playpen-layout.conf

    undo+=("rm -f '$rule'; restart_manager")
    mkdir -p "${rule%/*}"
    # The executor may not, though playpen may.
    printf '[Service]\nRestrictNamespaces=yes\n' > "$rule"
    rm -f "/run/user/$USER_ID/playpen/namespaces"
    restart_manager
    in_home unshare -Ur true
    run -0 --separate-stderr in_home "$PLAYPEN" sh -c 'echo fine'
    claim "$output" = fine
    contains "$stderr" 'playpen: without private-tmp'
    run -0 --separate-stderr in_home "$PLAYPEN" --limits-only -q --tasks-limit 50 sh -c 'echo fine'
    claim "$output$stderr" = fine
    for options in --current-dir-only --private-tmp '--network none' '--ro /srv'; do
        # shellcheck disable=SC2086
        run -125 in_home "$PLAYPEN" -q $options true
        claim "${#lines[@]}" = 1
        contains "$output" "get no namespaces"
    done
    run in_home "$PLAYPEN" --doctor
    contains "$output" "get no namespaces"
    # What is off again is seen again.
    rm "$rule"
    restart_manager
    run -0 --separate-stderr in_home "$PLAYPEN" -q --current-dir-only true
    claim -z "$stderr"
    # And what was remembered is no answer for long.
    printf '[Service]\nRestrictNamespaces=yes\n' > "$rule"
    restart_manager
    run -125 in_home "$PLAYPEN" -q --current-dir-only true
    run -0 in_home "$PLAYPEN" -q true
}

# bats test_tags=workshop
@test "where dbus-broker is the user's bus a plain run, a bundle and a scope are as they are elsewhere" {
    as_user systemctl --user start dbus.service
    [ "$(as_user systemctl --user show -P Id dbus.service)" = dbus-broker.service ] ||
        skip "the user's bus is another"
    works
    run -7 in_home "$PLAYPEN" -q --limits-only --timeout 60 sh -c 'exit 7'
    # What is the bus's to say.
    run -0 in_home env DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$USER_ID/bus" \
        "$PLAYPEN" -q busctl --user status org.freedesktop.systemd1
    contains "$output" "CommandLine=/usr/lib/systemd/systemd --user"
    run in_home "$PLAYPEN" -q --current-dir-only busctl --user status org.freedesktop.systemd1
    claim "$status" != 0
}

@test "a manager that hangs is named, and nothing is started later" {
    local manager

    in_home "$PLAYPEN" -q true
    manager=$(systemctl show -P MainPID "user@$USER_ID.service")
    undo+=("kill -CONT '$manager'")
    kill -STOP "$manager"
    for options in '' --limits-only; do
        # shellcheck disable=SC2086
        run -125 in_home timeout 60 "$PLAYPEN" -q $options touch started
        contains "$output" "your user manager does not answer"
    done
    kill -CONT "$manager"
    run -0 in_home "$PLAYPEN" -q true
    claim ! -e "$home/layout/started"
    run -0 as_user systemctl --user list-units --all --plain --no-legend 'playpen-*'
    claim -z "$output"
}

# A user's own programs are told otherwise by the kernel than systemd's.
@test "where AppArmor forbids user namespaces to systemd's executor a bundle is refused, and limits hold" {
    local profile=/run/playpen-layout.profile

    need apparmor_parser
    need_machine
    [ "$(cat /sys/module/apparmor/parameters/enabled 2> /dev/null)" = Y ] ||
        skip "AppArmor is off"
    cat > "$profile" << 'EOP'
abi <abi/4.0>,
profile playpen-layout /usr/lib/systemd/systemd-executor {
  allow all,
  audit deny userns create,
}
EOP
    undo+=("apparmor_parser -R '$profile'; rm -f '$profile' /run/user/$USER_ID/playpen/namespaces; restart_manager")
    apparmor_parser -r "$profile"
    rm -f "/run/user/$USER_ID/playpen/namespaces"
    restart_manager
    in_home unshare -Ur true
    run -0 --separate-stderr in_home "$PLAYPEN" -q sh -c 'echo fine'
    claim "$output" = fine
    contains "$stderr" 'playpen: without private-tmp'
    run -137 in_home "$PLAYPEN" -q -m 50M -- python3 -c 'x = [0] * 2**26'
    run -125 in_home "$PLAYPEN" -q --current-dir-only true
    contains "$output" "a profile of AppArmor may forbid"
    run in_home "$PLAYPEN" --doctor
    contains "$output" "a profile of AppArmor may forbid"
}
