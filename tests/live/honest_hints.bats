# What a run takes away by accident: it is said, with what helps, or it does not
# happen at all.

load helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    make_work
    mkdir p shims
    "$PLAYPEN" --install-shims "$WORK/shims" 2> /dev/null
    no_limits
    cd "$WORK/p" || return
}

@test "a file that is written into a private /tmp or the throw-away home is pointed out" {
    echo text > in
    run --separate-stderr "$PLAYPEN" cp in "/tmp/$ID"
    contains "$stderr" "/tmp/$ID would be thrown away with the run"
    run --separate-stderr "$PLAYPEN" --current-dir-only -- cp in "$WORK/new"
    contains "$stderr" "$WORK/new would be thrown away with the run"
    printf 'install: ; mkdir -p $(DESTDIR) && cp in $(DESTDIR)/\n' > Makefile
    for stage in "/tmp/$ID" "$WORK/stage"; do
        run --separate-stderr "$PLAYPEN" --preset make -- make install DESTDIR="$stage"
        contains "$stderr" "DESTDIR=$stage would be" || contains "$stderr" "$stage would be thrown away"
    done
    # What helps, helps.
    mkdir "$WORK/stage"
    run --separate-stderr "$PLAYPEN" --rw "$WORK/stage" --preset make -- \
        make install DESTDIR="$WORK/stage"
    lacks "$stderr" "thrown away"
    claim "$(cat "$WORK/stage/in")" = text
}

@test "what was written and thrown away is said at the end, with -q as well" {
    echo text > in
    lost="thrown away with the run, although written"
    run "$PLAYPEN" -q cp in "/tmp/$ID"
    contains "$output" "$lost: /tmp/$ID:"
    touch "/tmp/$ID"
    run "$PLAYPEN" -q --project-only -- cp in "/tmp/$ID"
    contains "$output" "$lost: /tmp/$ID:"
    run "$PLAYPEN" -q --project-only -- sh -c 'echo x > "$1"' sh "$WORK/50%d-ä"
    contains "$output" "$lost: $WORK/50%d-ä:"
    for name in DESTDIR CARGO_TARGET_DIR; do
        export "$name=$WORK/stage"
        run "$PLAYPEN" -q --project-only --capture-env=safe -- \
            sh -c 'mkdir -p "$0" && touch "$0/x"' "$WORK/stage/sub"
        contains "$output" "what $name names"
        unset "$name"
    done
    # What no argument names, in the home directory, but no program's settings.
    # shellcheck disable=SC2088
    for file in '~/notes.txt' '~/results/1/x'; do
        run "$PLAYPEN" -q --project-only -- sh -c "mkdir -p ~/results/1; echo x > $file"
        contains "$output" "$lost: files in $HOME/:"
    done
    run "$PLAYPEN" -q --project-only -- sh -c 'mkdir -p ~/.local/bin; echo x > ~/.local/bin/tool'
    contains "$output" "$lost: files in $HOME/.local/bin/:"
    run "$PLAYPEN" -q --project-only -- \
        sh -c 'mkdir -p ~/results ~/.config/x; touch ~/.x ~/.config/x/y; ln -s x ~/link'
    claim "$status $output" = "0 "
    # By a relative name after "=".
    run "$PLAYPEN" -q --project-only -- sh -c 'mkdir ../new' sh --destination=../new
    contains "$output" "$lost: $WORK/new:"
    # From a working directory that is thrown away itself.
    cd /tmp
    run "$PLAYPEN" -q cp "$WORK/p/in" "$ID.new"
    contains "$output" "$lost: /tmp/$ID.new:"
    cd "$WORK/p"
    # What was not written, and what stays, is not.
    run "$PLAYPEN" -q ls "/tmp/$ID"
    lacks "$output" "$lost"
    mkdir "$WORK/kept"
    run "$PLAYPEN" -q --project-only --rw "$WORK/kept" -- cp in "$WORK/kept/x"
    claim "$status $output" = "0 "
    run "$PLAYPEN" -q --limits-only cp in "/tmp/$ID"
    claim "$status $output" = "0 "
    rm "/tmp/$ID"
}

@test "what no argument names in /tmp, from there as well, and settings that were asked for: lost, and said" {
    need git
    lost="thrown away with the run, although written"
    run "$PLAYPEN" -q sh -c 'cd /tmp && echo x > made.$$'
    claim "$status" = 0
    contains "$output" "$lost: files in /tmp/:"
    run "$PLAYPEN" sh -c 'mkdir /tmp/out && echo x > /tmp/out/made'
    contains "$output" "$lost: files in /tmp/:"
    run "$PLAYPEN" -q sh -c 'echo x > "$0"' "/tmp/$ID"
    contains "$output" "$lost: /tmp/$ID:"
    cd /tmp
    run "$PLAYPEN" -q sh -c 'echo x > made.$$'
    contains "$output" "$lost: files in /tmp/:"
    cd "$WORK/p"
    for words in 'git config --global user.name x' \
        'sh -c "mkdir -p ~/.config/tool && echo X=Y > ~/.config/tool/env" sh env -w X=Y'; do
        run bash -c "'$PLAYPEN' -q --project-only -- $words"
        claim "$status" = 0
        contains "$output" "$lost: settings in $HOME:"
    done
    # Not what a program writes unasked, nor what leaves nothing, nor what stays.
    run "$PLAYPEN" -q --project-only -- sh -c \
        'mkdir -p ~/.config/tool ~/.npm/_logs; echo x > ~/.config/tool/seen; echo x > ~/.npm/_logs/1'
    claim "$status $output" = "0 "
    run "$PLAYPEN" -q --project-only -- sh -c 'mkdir -p ~/.npm/_logs; echo x > ~/.npm/_logs/1' sh config get x
    claim "$status $output" = "0 "
    run "$PLAYPEN" -q sh -c 'mkdir /tmp/cache; echo x > /tmp/cache/1; echo x > "$(mktemp)"; : > /tmp/lock; echo x > /tmp/.hidden'
    claim "$status $output" = "0 "
    run "$PLAYPEN" -q --project-only --rw +~/.app -- sh -c 'echo x > ~/.app/rc' sh config set x
    claim "$status $output" = "0 "
}

@test "a file that a variable names, whole or as a word, and the run hides: one line, and what it says helps" {
    need node
    echo 'export X=found' > "$WORK/rc"
    echo 'globalThis.X="found"' > "$WORK/rc.js"
    BASH_ENV=$WORK/rc run "$PLAYPEN" --project-only --capture-env=safe -- bash -c 'echo $X'
    contains "$output" "$WORK/rc, in BASH_ENV, is there but hidden from the command: --ro $WORK/rc shows it"
    BASH_ENV=$WORK/rc run "$PLAYPEN" -q --project-only --capture-env=safe --ro "$WORK/rc" -- bash -c 'echo $X'
    claim "$status $output" = "0 found"
    for options in "--no-warnings --require $WORK/rc.js" "-r=$WORK/rc.js" "-r$WORK/rc.js"; do
        NODE_OPTIONS=$options run "$PLAYPEN" --project-only --capture-env=safe -- true
        contains "$output" "$WORK/rc.js, in NODE_OPTIONS, is there but hidden"
    done
    # Neither what is seen, nor directories of a shell's own, nor credentials.
    touch seen "$WORK/.netrc"
    HISTFILE=$WORK/rc A=$WORK/p/seen B=$WORK ZSH=$WORK NETRC=$WORK/.netrc U=https://x$WORK/rc \
        run "$PLAYPEN" --project-only --capture-env=safe -- true
    lacks "$output" "is there but hidden"
}

@test "what is to be written is not suggested to be read" {
    mkdir "$WORK/out"
    for words in "-o $WORK/out" "-o$WORK/out" "--outdir=../out" "--destination ../out"; do
        run "$PLAYPEN" --project-only -- true $words
        contains "$output" "out is there but hidden from the command: --rw "
    done
    run "$PLAYPEN" --project-only -- true --in=../out
    contains "$output" "../out is there but hidden from the command: --ro ../out shows it"
    run "$PLAYPEN" --project-only -- true -o ../out/new
    contains "$output" "add --rw ../out"
    run "$PLAYPEN" -q --project-only --rw ../out -- cp "$PLAYPEN" ../out/new
    claim "$status" = 0
}

@test "node finds a script by a name without .js, as directly" {
    need node
    mkdir "$WORK/lib"
    echo 'console.log("ok")' > "$WORK/lib/x.js"
    run node "$WORK/lib/x"
    claim "$status $output" = "0 ok"
    run "$PLAYPEN" -q --project-only -- node "$WORK/lib/x"
    claim "$status $output" = "0 ok"
}

@test "mktemp with a TMPDIR, mkdir in XDG_RUNTIME_DIR: what is not there is not named" {
    mkdir "$WORK/tmp"
    TMPDIR=$WORK/tmp run "$WORK/shims/pp-sh" -c 'mktemp'
    claim "$status" = 0
    contains "$output" /tmp/
    TMPDIR=$WORK/p run "$WORK/shims/pp-sh" -c 'mktemp'
    contains "$output" "$WORK/p/"
    XDG_RUNTIME_DIR=/run/user/$EUID run "$WORK/shims/pp-sh" -c 'mkdir "${XDG_RUNTIME_DIR-.}/x"'
    claim "$status" = 0
    XDG_CACHE_HOME=$WORK/cache run "$WORK/shims/pp-sh" -c 'mkdir -p "$XDG_CACHE_HOME/x" && touch "$XDG_CACHE_HOME/x/y"'
    claim "$status" = 0
}

@test "a directory of modules that a variable names and the run hides: one line, and what it says helps" {
    need python3
    need node
    mkdir -p "$WORK/lib/mod"
    echo 'print("found")' | tee "$WORK/lib/pymod.py" > /dev/null
    echo 'console.log("found")' > "$WORK/lib/mod/index.js"
    while read -r name words; do
        export "$name=/usr/lib/none:$WORK/lib"
        run "$PLAYPEN" --project-only --capture-env=safe -- $words
        contains "$output" "$WORK/lib, in $name, is there but hidden from the command: --ro $WORK/lib shows it"
        run "$PLAYPEN" -q --project-only --capture-env=safe --ro "$WORK/lib" -- $words
        claim "$status $output" = "0 found"
        unset "$name"
    done <<< $'PYTHONPATH python3 -m pymod\nNODE_PATH node -e require("mod")'
    # Not what is seen, and not PATH, of which a line of its own speaks.
    export PYTHONPATH=$WORK/p:/usr/lib MANPATH=$WORK/lib GOPATH=$WORK/lib
    PATH=$PATH:$WORK/lib run "$PLAYPEN" --project-only --capture-env=safe -- true
    lacks "$output" "is there but hidden"
}

@test "a file that is granted and replaced by rename: a note says what to grant" {
    echo 1 > "$WORK/app.json"
    run "$PLAYPEN" --project-only --rw "$WORK/app.json" -- sed -i s/1/2/ "$WORK/app.json"
    [ "$status" != 0 ]
    contains "$output" "not replaced by another of its name"
    mkdir "$WORK/q"
    run "$PLAYPEN" --project-only --rw "$WORK/q" -- sh -c "touch x && ln x $WORK/q/"
    contains "$output" "$WORK/q and $WORK/p are mounts of their own"
    run "$PLAYPEN" --project-only --rw "$WORK/app.json" -- sh -c "echo 2 > $WORK/app.json"
    lacks "$output" "not replaced"
    claim "$(cat "$WORK/app.json")" = 2
}

# bats test_tags=slow
@test "a home that does not exist: npm goes on" {
    need npm
    HOME=/nonexistent run --separate-stderr "$WORK/shims/pp-npm" --version
    claim "$status $output" = "0 $(npm --version)"
}

@test "a working directory that cannot be entered: the remedy helps" {
    mkdir locked
    cd locked
    chmod 600 .
    run "$PLAYPEN" -q --current-dir-only true
    claim "$status" = 125
    contains "$output" "cannot be entered: chmod u+x it"
    chmod u+x "$WORK/p/locked"
    run "$PLAYPEN" -q --current-dir-only true
    claim "$status" = 0
}

@test "--inaccessible takes patterns" {
    touch .env.local .env.test seen a.pem
    run "$PLAYPEN" -q --current-dir-only --inaccessible '.env*' --inaccessible '*.pem' -- \
        cat .env.local .env.test a.pem seen
    claim "$(grep -c 'Permission denied' <<< "$output")" = 3
    run "$PLAYPEN" -q --current-dir-only --inaccessible '*.key' true
    claim "$status" = 125
    run "$PLAYPEN" -q --current-dir-only --inaccessible '-*.key' true
    claim "$status" = 0
}
