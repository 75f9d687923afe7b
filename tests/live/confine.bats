# bats file_tags=home
# What --current-dir-only and the path options promise, and what works under
# them. The ways out are in escape/.
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

@test "what a program writes to its home directory is thrown away" {
    inside -- sh -c 'touch ~/planted.1 ~/.bashrc.planted && ls -A ~'
    [ "$status" -eq 0 ]
    [ ! -e "$HOME/planted.1" ]
    [ ! -e "$HOME/.bashrc.planted" ]
}

# bats test_tags=version,backports
@test "--protect-home read-only leaves no way out over the bus" {
    run "$PLAYPEN" -q --protect-home read-only -- env \
        XDG_RUNTIME_DIR="/run/user/$UID" \
        systemd-run --user --wait -q touch "$HOME/planted.3"
    [ "$status" -ne 0 ]
    [ ! -e "$HOME/planted.3" ]
}

# bats test_tags=version,backports
@test "git commit works inside" {
    inside -- git -c user.name=a -c user.email=a@example.org commit -q \
        --allow-empty -m inside
    [ "$status" -eq 0 ]
    [ "$(git log --format=%s)" = inside ]
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

# bats test_tags=version,backports
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

# bats test_tags=version,backports
@test "hooks that are a symlink, which is replaced by a directory, run nothing" {
    mkdir githooks
    rm -rf .git/hooks
    ln -s ../githooks .git/hooks
    inside sh -c 'rm .git/hooks; mkdir .git/hooks
        echo "touch ran" > .git/hooks/post-commit; chmod +x .git/hooks/post-commit'
    [[ $output == *.git* ]]
    [ ! -e .git/hooks/post-commit ]
}

@test "--protect-home read-only hides agents' sockets in /run" {
    socat "UNIX-LISTEN:/run/user/$UID/agent.sock,fork" SYSTEM:'echo reached' 3>&- &
    a=$!
    wait_until 60 test -S "/run/user/$UID/agent.sock"
    run "$PLAYPEN" -q --protect-home read-only -- \
        socat -u "UNIX-CONNECT:/run/user/$UID/agent.sock" -
    kill "$a"
    rm -f "/run/user/$UID/agent.sock"
    [ "$status" -ne 0 ]
    [[ $output != *reached* ]]
}

# bats test_tags=version,backports
@test "in a scope of playpen's whose paths are restricted no other run is started" {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    run systemd-run --user --scope --quiet --unit="playpen-confined-x-$$.scope" \
        "$PLAYPEN" -q true
    claim "$status" = 125
    contains "$output" "inside a confined run"
}
