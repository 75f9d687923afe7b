#!/usr/bin/env bats
# completions.bats - what bash, zsh and fish offer where, asked of the shells
# themselves: the scripts of --completions in an interactive shell each.

load helper

# The lines that the tests below look at, all at once: starting a zsh with its
# completion takes longer than all of them. Leaves in the files bash, zsh and
# fish of answers a "LINE:  WORD  WORD ..." each.
setup_file() {
    local lines=(
        'playpen --pro'
        'playpen -q --memory-l'
        'playpen true --pro'
        'playpen -- --memory-l'
        'playpen --protect-home '
        'playpen --protect-home='
        'playpen --ip-deny l'
        'playpen --capture-env=s'
        'playpen --completions '
        'playpen -qe PLAYPEN_T'
        'playpen --env=PLAYPEN_T'
        'playpen --private-tmp fals'
        'playpen --preset own-p'
        'playpen --show=np'
        'playpen --install-shims . own-p'
        'playpen --rw some'
        'playpen --ro=some'
        'playpen --rw +some-d'
        'playpen --inaccessible=-some-f'
        'playpen --remove-shims some'
        'playpen systemct'
        'playpen -m 50M git sta'
        'playpen -qc50% -- git sta'
        'playpen --private-tmp off git sta'
        'playpen --private-tmp git sta'
        'pp-git sta'
    )
    export answers=$BATS_FILE_TMPDIR PLAYPEN_TEST_VARIABLE=1
    export PATH=${PLAYPEN%/*}:$PATH XDG_CONFIG_HOME=$BATS_FILE_TMPDIR/config

    mkdir -p "$XDG_CONFIG_HOME/playpen/presets" "$answers/work/some-directory"
    echo '-m 1G' | tee "$XDG_CONFIG_HOME/playpen/presets/own-preset" \
        > "$XDG_CONFIG_HOME/playpen/presets/git"
    cd "$answers/work" || return
    touch some-file
    for shell in bash zsh fish; do
        command -v "$shell" > /dev/null || continue
        expect "$BATS_TEST_DIRNAME/complete.exp" "$shell" "${lines[@]}" |
            paste -d '\n' <(printf '%s\n' "${lines[@]}") - > "$answers/raw"
        # Without the words that were there before, "--option=", and the slash
        # of a directory, which not all of them write.
        while IFS= read -r line && IFS= read -r answer; do
            printf '%s: ' "$line"
            sed 's/ --[a-z-]*=/ /g; s| |  |g; s|/\? | |g; s|/\?$| |' \
                <<< " ${answer#"${line% *} "}"
        done < "$answers/raw" > "$answers/$shell"
        claim "$(wc -l < "$answers/$shell")" = ${#lines[@]}
    done
}

# offered LINE WORD..., not_offered LINE WORD...: by each of the shells.
offered() {
    local shell answer word line=$1

    shift
    for shell in bash zsh fish; do
        need "$shell"
        answer=$(sed -n "s|^$line: ||p" "$answers/$shell")
        for word; do
            contains "$answer" " $word " || {
                echo "$shell at '$line'" >&2
                return 1
            }
        done
    done
}
not_offered() {
    local shell answer word line=$1

    shift
    for shell in bash zsh fish; do
        answer=$(sed -n "s|^$line: ||p" "$answers/$shell")
        for word; do
            lacks "$answer" " $word "
        done
    done
}

@test "options are completed, and only up to the command" {
    offered 'playpen --pro' --project-only --protect-home --protect-system
    offered 'playpen -q --memory-l' --memory-limit
    not_offered 'playpen --pro' --memory-limit
    not_offered 'playpen true --pro' --project-only
    not_offered 'playpen -- --memory-l' --memory-limit
}

@test "the values of an option are completed, after a blank and after a =" {
    offered 'playpen --protect-home ' none yes read-only tmpfs
    offered 'playpen --protect-home=' none yes read-only tmpfs
    not_offered 'playpen --protect-home ' strict some-file
    offered 'playpen --ip-deny l' localhost link-local
    offered 'playpen --capture-env=s' safe
    offered 'playpen --completions ' bash zsh fish
    offered 'playpen -qe PLAYPEN_T' PLAYPEN_TEST_VARIABLE
    offered 'playpen --env=PLAYPEN_T' PLAYPEN_TEST_VARIABLE
    offered 'playpen --private-tmp fals' false
}

@test "presets are completed, built-in ones and one's own" {
    offered 'playpen --preset own-p' own-preset
    offered 'playpen --show=np' npm npx
    offered 'playpen --install-shims . own-p' own-preset
}

@test "paths are completed, those with a - or a + before them as well" {
    offered 'playpen --rw some' some-directory some-file
    offered 'playpen --ro=some' some-directory some-file
    offered 'playpen --rw +some-d' +some-directory
    offered 'playpen --inaccessible=-some-f' -some-file
    offered 'playpen --remove-shims some' some-directory
    not_offered 'playpen --remove-shims some' some-file
}

@test "the command is completed, and by its own completion" {
    offered 'playpen systemct' systemctl
    offered 'playpen -m 50M git sta' stash status
    offered 'playpen -qc50% -- git sta' stash status
    offered 'playpen --private-tmp off git sta' stash status
    offered 'playpen --private-tmp git sta' stash status
    not_offered 'playpen -m 50M git sta' start-stop-daemon
}

@test "a shim is completed as its tool is" {
    offered 'pp-git sta' stash status
}
