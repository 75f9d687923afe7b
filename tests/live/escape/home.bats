# bats file_tags=home
# Ways to the files of the home directory, out of --current-dir-only.

load escape

# bats test_tags=version
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

# bats test_tags=version
@test "no hard link can be made to a file of the home directory" {
    attempt <<< 'rm -f stolen; ln "$1" stolen && cat stolen'
    leaks "$SECRET"
    rm stolen
    keeps "$SECRET"
    claim ! -e stolen
}

# bats test_tags=version
@test "no file leads out by /proc/PID/root" {
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/root$1"; done 2> /dev/null'
    leaks "$SECRET"
    keeps "$SECRET"
}

# bats test_tags=version
@test "no file leads out by /proc/PID/cwd" {
    background env -C "$BASE" sleep 300
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/cwd/secret"; done 2> /dev/null'
    leaks
    keeps
}

@test "no file leads out by /proc/PID/fd" {
    background sh -c 'exec sleep 300 9< "$0"' "$SECRET"
    attempt <<< 'for p in /proc/[0-9]*; do cat "$p/fd/9"; done 2> /dev/null'
    wait_until 60 sh -c '[ -e "/proc/$0/fd/9" ]' "$pid"
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
