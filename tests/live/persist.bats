# What is kept between runs, apart from the user's own.

load helper

setup() {
    own_home a b .config/playpen/presets
    export XDG_STATE_HOME=$WORK/state
    unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_DATA_HOME
    STATE=$XDG_STATE_HOME/playpen
    mkdir "$XDG_STATE_HOME"
    cd "$HOME/a" || return
}

# inside OPTION... COMMAND - in the project that is the working directory.
inside() { "$PLAYPEN" -q --project-only "$@"; }
# Without the limits of presets: not every machine of the tests has them.
free=(-m infinity --tasks-limit infinity)

# bats test_tags=version
@test "--persist is one's own, kept, shared by projects and by names of one preset; yours is as it was" {
    mkdir "$HOME/.tool"
    echo mine > "$HOME/.tool/file"
    run -1 inside --persist ~/.tool -- cat "$HOME/.tool/file"
    inside --persist ~/.tool -- sh -c 'echo kept > ~/.tool/file'
    cd "$HOME/b"
    run -0 inside --persist ~/.tool -- cat "$HOME/.tool/file"
    claim "$output" = kept
    claim "$(cat "$HOME/.tool/file")" = mine
    claim "$(cat "$STATE/default$HOME/.tool/file")" = kept
    # A directory above agrees, another preset has another one.
    run -0 inside --persist '~' -- cat "$HOME/.tool/file"
    claim "$output" = kept
    run -1 inside --preset python3 "${free[@]}" --persist ~/.tool -- cat "$HOME/.tool/file"
    printf -- '--project-only\n--persist ~/.tool\n' \
        > "$HOME/.config/playpen/presets/mine"
    "$PLAYPEN" -q --preset mine -- sh -c 'echo 2 > ~/.tool/two'
    claim "$(find "$STATE" -name two)" = "$STATE/mine$HOME/.tool/two"
    "$PLAYPEN" -q --preset pip3 "${free[@]}" --persist ~/.tool -- sh -c 'echo 3 > ~/.tool/three'
    claim "$(find "$STATE" -name three)" = "$STATE/pip$HOME/.tool/three"
    claim "$(find "$STATE" -type d ! -perm 700)" = ''
    # The user's own instead, from a higher level.
    run -0 "$PLAYPEN" -q --preset mine --rw ~/.tool -- cat "$HOME/.tool/file"
    claim "$output" = mine
}

@test "--persist-project: another project has another one, and so has a part of the project" {
    mkdir "$HOME/a/sub"
    git init -q .
    inside --persist-project ~/.tool -- sh -c 'echo a > ~/.tool/file'
    cd sub
    run -0 inside --persist-project ~/.tool -- cat "$HOME/.tool/file"
    claim "$output" = a
    run -1 "$PLAYPEN" -q --current-dir-only --persist-project ~/.tool -- \
        cat "$HOME/.tool/file"
    cd "$HOME/b"
    run -1 inside --persist-project ~/.tool -- cat "$HOME/.tool/file"
    # Below what is shared it is still a project's own.
    both=(--persist '~' --persist-project ~/.tool)
    inside "${both[@]}" -- sh -c 'echo b > ~/.tool/file; echo all > ~/shared'
    cd "$HOME/a"
    run -0 inside "${both[@]}" -- sh -c 'cat ~/.tool/file ~/shared'
    claim "$output" = $'a\nall'
}

@test "a project that was made anew is pointed out once: what is kept may be another's" {
    keep=(--persist-project ~/.tool --persist-project ~/.other)
    [ "$(stat -c %W "$HOME/a")" != 0 ] || skip "needs the times of birth"
    inside "${keep[@]}" -- sh -c 'echo "echo planted" > ~/.tool/hook'
    run -0 inside "${keep[@]}" -- cat "$HOME/.tool/hook"
    claim "$output" = 'echo planted'
    cd "$HOME"
    mv a gone
    mkdir a
    cd a
    run -0 inside "${keep[@]}" -- true
    claim "$output" = "playpen: $HOME/a was made anew since something was kept for it: if it is another project now, take away $STATE/default@$HOME/a"
    run -0 inside "${keep[@]}" -- true
    claim "$output" = ''
    rm -r "$STATE/default@$HOME/a"
    run -1 inside "${keep[@]}" -- cat "$HOME/.tool/hook"
    lacks "$output" 'made anew'
    # Out of the reach of a run, and not followed where it is a symlink.
    echo mine > "$WORK/mine"
    ln -sf "$WORK/mine" "$STATE/default@$HOME/a/.project"
    inside "${keep[@]}" -- true
    claim "$(< "$WORK/mine")" = mine
}

@test "--persist-file is one file of all projects in what is each project's own" {
    login=(--persist-project '~' --persist-file ~/.tool/login)
    inside "${login[@]}" -- sh -c 'echo token > ~/.tool/login; echo hook > ~/.tool/settings'
    cd "$HOME/b"
    run -1 inside "${login[@]}" -- sh -c 'cat ~/.tool/login ~/.tool/settings'
    contains "$output" token
    lacks "$output" hook
    claim "$(stat -c %a "$STATE/default$HOME/.tool/login")" = 600
    claim ! -e "$HOME/.tool"
}

# bats test_tags=version
@test "no run sees what others keep, whatever is granted around it" {
    inside --persist ~/.tool -- sh -c 'echo kept > ~/.tool/file'
    for grant in --rw --ro; do
        run "$PLAYPEN" -q --current-dir-only "$grant" "$WORK" -- \
            sh -c "cat '$STATE/default$HOME/.tool/file' || ls '$STATE'"
        lacks "$output" $'\ndefault'
        lacks "$output" $'\nkept'
        claim "$status" != 0
    done
    # In a run that restricts something else.
    run "$PLAYPEN" -q --ro "$HOME/a" -- ls "$STATE"
    claim "$status" != 0
    for option in --rw --ro --persist; do
        run -125 "$PLAYPEN" -q --current-dir-only "$option" "$STATE/default" -- true
        contains "$output" "which no run gets to see"
    done
    cd "$STATE/default"
    run -125 "$PLAYPEN" -q --current-dir-only true
    # What is not there yet cannot be made, for the next run to find.
    rm -r "$STATE"
    cd "$HOME/a"
    run "$PLAYPEN" -q --current-dir-only --rw "$WORK" -- \
        sh -c "mkdir -p '$STATE/npm'; mv '$XDG_STATE_HOME' '$WORK/moved'"
    claim "$(ls "$STATE")" = ''
    claim ! -e "$WORK/moved"
}

@test "a kept directory that was removed is made anew; a symlink, a file in its place are named" {
    keep=(--persist ~/.tool)
    inside "${keep[@]}" -- touch "$HOME/.tool/file"
    rm -r "$STATE/default"
    inside "${keep[@]}" -- sh -c 'test ! -e ~/.tool/file'
    mkdir "$WORK/victim"
    for place in "$STATE/default$HOME/.tool" "$STATE/default$HOME" "$STATE/default"; do
        rm -r "$place"
        ln -s "$WORK/victim" "$place"
        run -125 inside "${keep[@]}" -- touch "$HOME/.tool/file"
        contains "$output" "$place is a symbolic link"
        rm "$place"
        : > "$place"
        run -125 inside "${keep[@]}" -- touch "$HOME/.tool/file"
        contains "$output" "$place is no directory"
    done
    claim "$(find "$WORK/victim" -type f)" = ''
    chmod 777 "$STATE"
    run -125 inside "${keep[@]}" -- true
    contains "$output" "$STATE is another user's, or others can write there"
}

# bats test_tags=version
@test "the places of grants in a kept home: made, gone afterwards, and not through what a run left there" {
    mkdir -p "$HOME/w/p" "$HOME/.nvm" "$WORK/victim"
    echo mine > "$HOME/.rc"
    home=(--persist '~' --ro ~/.rc --ro ~/.nvm)
    kept=$STATE/default$HOME
    cd "$HOME/w/p"
    run -0 inside "${home[@]}" -- sh -c 'cat ~/.rc; echo work > done; echo x > ~/w/mine'
    claim "$output" = mine
    claim "$(cat done)" = work
    claim "$(find "$kept" -mindepth 1 | sort)" = "$kept/w"$'\n'"$kept/w/mine"
    # A symlink on the way, and what is not empty, are named; nothing is made there.
    ln -s "$WORK/victim" "$kept/.nvm"
    run -125 inside "${home[@]}" -- true
    contains "$output" "$kept/.nvm is in the way"
    rm "$kept/.nvm"
    mkdir -p "$kept/.nvm/bin"
    touch "$kept/.nvm/bin/empty"
    inside "${home[@]}" -- true
    echo x > "$kept/.nvm/bin/node"
    run -125 inside "${home[@]}" -- true
    contains "$output" "$kept/.nvm is in the way"
    rm -r "$kept/.nvm" "$kept/w"
    ln -s "$WORK/victim" "$kept/w"
    run -125 inside "${home[@]}" -- true
    contains "$output" "$kept/w/p is in the way"
    claim "$(ls -A "$WORK/victim")" = ''
}

@test "two runs at once share what is kept, and one that ends leaves the other's places" {
    mkdir "$HOME/.ro"
    home=(--persist '~' --ro ~/.ro)
    start_ready -q --project-only "${home[@]}" -- \
        sh -c 'echo one > ~/from; echo ready; while test ! -e ~/to; do sleep 0.1; done
            echo work > done; cat ~/to'
    inside "${home[@]}" -- sh -c 'cat ~/from; touch ~/second; echo two > ~/to' > other
    finish
    claim "$status" = 0
    claim "$(cat other)" = one
    claim "$(tail -n 1 out)" = two
    claim "$(cat "$HOME/a/done")" = work
    claim "$(find "$STATE" -name done)" = ''
}

@test "a preset's directory that cannot be made is done without, one that is asked for is an error" {
    printf -- '--project-only\n--persist ~/.tool\n' \
        > "$HOME/.config/playpen/presets/mine"
    chmod 500 "$XDG_STATE_HOME"
    run -0 "$PLAYPEN" -q --preset mine -- sh -c 'mkdir ~/.tool && echo ran'
    contains "$output" ran
    contains "$output" "--persist ~/.tool: not kept: $STATE/mine$HOME/.tool: Permission denied"
    run -125 inside --persist ~/.tool -- true
    contains "$output" "Permission denied"
    chmod 700 "$XDG_STATE_HOME"
}

@test "a dry run makes nothing, --explain says what is kept" {
    run -0 inside -n --persist ~/.tool -- true
    contains "$output" "BindPaths=$STATE/default$HOME/.tool:$HOME/.tool"
    run -0 inside --explain --persist ~/.tool -- true
    contains "$output" "$HOME/.tool (is $STATE/default$HOME/.tool)"
    claim ! -e "$STATE"
    run -125 inside --persist / -- true
    run -125 inside --persist /usr -- true
    run -125 inside --persist ~/.tool --persist-project ~/.tool -- true
    contains "$output" contradicts
}

@test "--doctor says how much is kept for each preset, of all projects" {
    inside --persist ~/.tool -- dd if=/dev/urandom of="$HOME/.tool/x" bs=1M count=3 status=none
    inside --persist-project ~/.t2 -- dd if=/dev/urandom of="$HOME/.t2/x" bs=1M count=2 status=none
    run "$PLAYPEN" --doctor
    [[ $output =~ 'kept by presets'\ +'default 5.'[0-9]M,\ in\ "$STATE" ]] || {
        echo "$output" >&2
        return 1
    }
}

@test "where the user has one a line says so once, with the option that takes theirs" {
    mkdir "$HOME/.tool"
    printf -- '--project-only\n--persist ~/.tool\n--persist ~/.other\n' \
        > "$HOME/.config/playpen/presets/mine"
    run -0 "$PLAYPEN" --preset mine -- true
    contains "$output" "playpen: ~/.tool: from now on one of its own is kept for mine"
    contains "$output" "PLAYPEN_OPTIONS='--rw ~/.tool' takes yours instead"
    run -0 "$PLAYPEN" --preset mine -- true
    lacks "$output" "from now on"
}
