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
    echo other >"$WORK/dotfiles/other"
    mkdir "$WORK/p"
    cd "$WORK/p"
    ln -s "$WORK/dotfiles/gitconfig" "$WORK/link"
    inside --ro "$WORK/link" -- sh -c "cat '$WORK/link' '$WORK/dotfiles/other'"
    [[ $output == *config* ]]
    [[ $output != *other$'\n'* ]]
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
