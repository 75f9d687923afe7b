# bats file_tags=home
# The path options: what each grants and takes away, under names of every kind,
# and the working directory wherever it lies.

load helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    make_work
    mkdir p
    cd p || return
}

cleanup() {
    rm -rf "/tmp/pen-$ID" "/var/tmp/pen-$ID" "/data/pen-$ID"
}

inside() {
    run "$PLAYPEN" -q --current-dir-only "$@"
    [ "$status" = 0 ] || {
        printf 'status %s: %s\n' "$status" "$output" >&2
        return 1
    }
}

# Names that systemd, a shell or D-Bus could take for something else.
names=('a b' 'a:b' 'a\b' 'a%h' 'a$HOME' 'é' 'a,b' 'a\x20' '-a' '~' 'a#;b')

@test "each path option takes any name" {
    options=()
    mkdir ../ro ../rw no
    for name in "${names[@]}"; do
        echo granted > "../ro/$name"
        echo hidden > "no/$name"
        mkdir "../rw/$name"
        options+=(--ro "../ro/$name" --rw "../rw/$name"
            --inaccessible "./no/$name")
    done
    inside "${options[@]}" -- bash -c '
        for name; do
            [ "$(cat "../ro/$name")" = granted ] || echo "ro: $name"
            ! echo x 2>/dev/null > "../ro/$name" || echo "ro, written: $name"
            touch "../rw/$name/made" || echo "rw: $name"
            ! cat "no/$name" 2>/dev/null || echo "no: $name"
        done' bash "${names[@]}"
    claim "$output" = ""
    for name in "${names[@]}"; do
        claim -e "../rw/$name/made"
    done
}

@test "the working directory may have any of these names" {
    for name in "a b:c%h" 'a\b$HOME é' '-a'; do
        mkdir "$WORK/$name"
        cd "$WORK/$name"
        inside -- sh -c 'pwd; touch made'
        claim "$output" = "$WORK/$name"
        claim -e made
    done
}

@test "a name with a quote works, or is refused by name and nothing runs" {
    for name in "a'b" 'a"b'; do
        mkdir "$WORK/$name"
        cd "$WORK/$name"
        run "$PLAYPEN" -q --current-dir-only touch made
        if [ "$status" = 0 ]; then
            claim -e made
        else
            claim "$status" = 125
            contains "$output" quote
            [ ! -e made ]
        fi
    done
}

@test "control characters are refused" {
    mkdir ../a$'\n'b
    for option in --ro --rw --inaccessible; do
        run "$PLAYPEN" "$option" ../a$'\n'b touch made
        claim "$status" = 125
    done
    cd ../a$'\n'b
    run "$PLAYPEN" --current-dir-only touch made
    claim "$status" = 125
    [ ! -e made ]
}

@test "what is refused with its reason, and starts nothing" {
    ln -s "$HOME" out
    mkdir -p in/deep
    for options in "--ro ./nothing" "--ro ./p --rw ./p" "--ro ~nobody-here/x" \
        "--inaccessible ./in --ro ./in/deep" "--rw ./out" "--rw /" \
        "-p NoSuchProperty=1"; do
        # shellcheck disable=SC2086 # words
        run "$PLAYPEN" -q --current-dir-only $options -- touch made
        claim "$status" = 125
        [ ! -e made ]
    done
}

# bats test_tags=version,backports
@test "a link into dotfiles is readable, nothing else of them is" {
    mkdir "$WORK/dotfiles"
    echo config > "$WORK/dotfiles/gitconfig"
    echo hidden > "$WORK/dotfiles/other"
    ln -s dotfiles/gitconfig "$WORK/.gitconfig"
    HOME=$WORK inside --ro '~/.gitconfig' -- sh -c \
        'cat ~/.gitconfig; ls ~/dotfiles; cat ~/dotfiles/other; true'
    contains "$output" config
    lacks "$output" other$'\n'
    lacks "$output" hidden
}

# bats test_tags=version,backports
@test "an inaccessible file, even in the working directory" {
    echo hidden > .env
    inside --inaccessible ./.env -- sh -c 'cat .env; rm -f .env; mv .env x
        echo new > .env; ln .env y && cat y; true'
    lacks "$output" hidden$'\n'
    claim "$(cat .env)" = hidden
}

@test "as the examples: a cache written, a prefix read, the system's, /tmp" {
    mkdir ../cache ../prefix
    echo read > ../prefix/file
    echo kept > "/tmp/pen-$ID"
    inside --rw ../cache --ro ../prefix --ro /run/user --ro /usr/lib --rw /tmp \
        -m 500M -- sh -c "touch ../cache/made && cat ../prefix/file &&
            ! touch ../prefix/x && ls /usr/lib >/dev/null && cat /tmp/pen-$ID &&
            ! test -w /run/user/$EUID/bus" 2>&1
    contains "$output" read
    contains "$output" kept
    claim -e ../cache/made
}

# bats test_tags=version,backports
@test "a path that is not there is skipped with -, a directory made with +" {
    inside --ro -../nothing --rw +../made/deep -- touch ../made/deep/file
    claim -e ../made/deep/file
    claim "$(stat -c %a ../made/deep)" = 700
}

# bats test_tags=version,backports
@test "a working directory in /tmp and in /var/tmp, nothing beside it" {
    for top in /tmp /var/tmp; do
        mkdir "$top/pen-$ID" "$top/pen-$ID/p"
        echo hidden > "$top/pen-$ID/file"
        cd "$top/pen-$ID/p"
        inside -- sh -c 'pwd; touch made; cat ../file 2>/dev/null; true'
        claim "$output" = "$top/pen-$ID/p"
        claim -e made
    done
}

@test "a working directory outside home, and one through a symlink" {
    [ -w /data ] || skip "needs a /data that can be written"
    mkdir "/data/pen-$ID" "/data/pen-$ID/p"
    echo hidden > "/data/pen-$ID/file"
    ln -s "/data/pen-$ID/p" "$WORK/link"
    cd "/data/pen-$ID/p"
    inside -- sh -c 'pwd; touch one; cat ../file 2>/dev/null; true'
    claim "$output" = "/data/pen-$ID/p"
    cd "$WORK/link"
    inside -- sh -c 'pwd; touch two; ls'
    claim "$output" = "$WORK/link
one
two"
}

# bats test_tags=version,backports
@test "the home directory is private, the user's own, and counted" {
    # What a direct start would see: owner, no others.
    inside -- sh -c 'stat -c "%U %a" ~; echo x > ~/.f && cat ~/.f'
    claim "$output" = "$(id -un) 700
x"
    [ ! -e ~/.f ]
    run "$PLAYPEN" -q --current-dir-only -m 60M -- sh -c \
        'dd if=/dev/zero of=$HOME/f bs=1M count=200 2>/dev/null'
    [ "$status" != 0 ]
    run "$PLAYPEN" -q --current-dir-only -m 60M -- sh -c \
        'dd if=/dev/zero of=f bs=1M count=70 2>/dev/null'
    claim "$status" = 0
}

@test "in the home directory or above it: refused, with what to do" {
    for place in "$HOME" / /usr /tmp; do
        cd "$place"
        run "$PLAYPEN" -q --current-dir-only true
        claim "$status" = 125
        contains "$output" "start in a directory"
    done
}

# bats test_tags=version,backports
@test "sockets in the home directory cannot be reached by --protect-home" {
    need socat
    mkdir -p "$HOME/.pen-$ID"
    socket=$HOME/.pen-$ID/agent.sock
    socat "UNIX-LISTEN:$socket,fork" SYSTEM:'echo reached' 3>&- &
    listener=$!
    wait_until 60 test -S "$socket"
    run "$PLAYPEN" -q socat -u "UNIX-CONNECT:$socket" -
    contains "$output" reached
    run "$PLAYPEN" -q --protect-home read-only -- \
        socat -u "UNIX-CONNECT:$socket" -
    kill "$listener"
    rm -rf "$HOME/.pen-$ID"
    [ "$status" != 0 ]
    lacks "$output" reached
}

@test "git cannot be led to another configuration by what is planted" {
    need git
    git init -q .
    git config include.path ../.gitconfig
    touch .gitconfig
    git init -q deep/nested
    run "$PLAYPEN" -q --current-dir-only -- sh -c '
        mkdir evil; cp -r .git/objects .git/refs evil/; rm -f .git/commondir
        printf "[core]\n\tfsmonitor = touch %s/ran; false\n" "$PWD" | tee evil/config >> .gitconfig
        echo ../evil > .git/commondir
        mv .git moved; mv deep other; rm -rf .git/commondir; exit 0'
    claim "$status" = 0
    [ -d .git ]
    git status > /dev/null
    [ ! -e ran ]
    claim "$(git rev-parse --show-toplevel)" = "$PWD"
}

# bats test_tags=version,backports
@test "terminals can be made inside" {
    need python3
    inside -- python3 -c 'import pty; pty.spawn(["sh", "-c", "tty"])'
    contains "$output" /dev/pts/0
    inside -- script -qec 'echo in a terminal' /dev/null
    contains "$output" "in a terminal"
}

@test "a command that an argument hides from is told so" {
    echo text > "/tmp/pen-$ID"
    run "$PLAYPEN" cat "/tmp/pen-$ID"
    [ "$status" != 0 ]
    contains "$output" "--rw /tmp/pen-$ID"
    run "$PLAYPEN" -q --rw "/tmp/pen-$ID" cat "/tmp/pen-$ID"
    claim "$output" = text
}

@test "--protect-home yes and a grant below it" {
    echo mine > file
    run "$PLAYPEN" -q --protect-home yes --rw . sh -c "cat file; echo more > new; ls -A $HOME"
    claim "$status" = 0
    contains "$output" mine
    claim "$(cat new)" = more
    lacks "$output" .bashrc
}

@test "--protect-home means this home, wherever it is" {
    local mode file=$PWD/file
    echo mine > file
    cd / # for it would be hidden
    for mode in yes tmpfs; do
        run "$PLAYPEN" -q --protect-home $mode cat "$file"
        claim "$status" = 1
        lacks "$output" mine
    done
    run "$PLAYPEN" -q --protect-home read-only sh -c \
        'cat "$1"; echo more > "$1"' sh "$file"
    claim "$status" != 0
    contains "$output" mine
    claim "$(cat "$file")" = mine
}

@test "a quote in what a link leads to is refused with the path, as in the path itself" {
    [ "$(systemctl --version | awk '{ print $2; exit }')" -ge 254 ] ||
        skip "systemd before 254 binds it"
    mkdir "$WORK/it's"
    ln -s "$WORK/it's" "$WORK/plain"
    run "$PLAYPEN" -q --current-dir-only --rw "$WORK/plain" -- true
    claim "$status" = 125
    contains "$output" "it's" quote
}

@test "--rw of the presets lifts their protection, without a word at the end" {
    local HOME=$WORK/home
    mkdir -p "$HOME/.config/playpen/presets" "$HOME/p"
    cd "$HOME/p"
    echo '# mine' > "$HOME/.config/playpen/presets/mine"
    run "$PLAYPEN" -q --current-dir-only --rw ~/.config -- \
        sh -c 'echo x >> ~/.config/playpen/presets/mine'
    claim "$status" != 0
    run -0 "$PLAYPEN" -q --current-dir-only --rw ~/.config \
        --rw ~/.config/playpen/presets -- \
        sh -c 'echo "# more" >> ~/.config/playpen/presets/mine'
    claim "$output" = ""
}

@test "what --inaccessible protects is compared outside of a bundle, too" {
    echo secret > .env
    start_ready -q --inaccessible .env -- \
        sh -c 'echo ready; until [ -e go ]; do sleep .1; done'
    echo other > new
    mv new .env
    touch go
    finish
    contains "$(< err)" '.env is not what it was'
}

@test "a lower level's bundle that is switched off is no other bundle" {
    mkdir -p r/sub
    git init -q r
    cd r/sub
    # The preset's --project-only alone decides.
    run -0 env PLAYPEN_OPTIONS=--current-dir-only=false "$PLAYPEN" -q \
        --preset npm --memory-limit infinity -- sh -c 'echo x > ../here'
    [ -e ../here ]
}
