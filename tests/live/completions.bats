#!/usr/bin/env bats
# completions.bats - what bash, zsh and fish offer where, asked of the shells
# themselves: the scripts of --completions in an interactive shell each.

load helper

# ask LINE...: what each of the three shells completes each of the lines to, in
# the files bash, zsh and fish: "LINE:  WORD  WORD ...", a line each.
ask() {
    local shell line each answers lines=("$@")

    PATH=${PLAYPEN%/*}:$PATH
    for shell in bash zsh; do
        need "$shell"
        expect "$BATS_TEST_DIRNAME/complete.exp" "$shell" "$@" > answers
        mapfile -t answers < answers
        claim "${#answers[@]}" = $#
        for each in "${!lines[@]}"; do
            line=${lines[each]}
            printf '%s: ' "$line"
            # Without the words that were there before.
            plain " ${answers[each]#"${line% *} "}"
        done > "$shell"
    done
    need fish
    for line; do
        printf '%s: ' "$line"
        plain " $(LINE=$line fish -c 'playpen --completions fish | source
            complete -C"$LINE"' | cut -f 1 | paste -sd ' ')"
    done > fish
}

# Words alike from each shell: without "--option=" and the slash of a directory.
plain() { sed 's/ --[a-z-]*=/ /g; s| |  |g; s|/\? | |g; s|/\?$| |' <<< "$1"; }

# offered LINE WORD..., not_offered LINE WORD...: by each of the shells.
offered() {
    local shell answer word line=$1

    shift
    for shell in bash zsh fish; do
        answer=" $(sed -n "s|^$line: ||p" "$shell")"
        for word; do
            [[ $answer = *" $word "* ]] || {
                echo "$shell, '$line': not $word but:$answer" >&2
                return 1
            }
        done
    done
}
not_offered() {
    local line=$1 word

    shift
    for word; do
        not offered "$line" "$word" 2> /dev/null
    done
}

@test "options are completed, and only up to the command" {
    ask 'playpen --pro' 'playpen -q --memory-l' 'playpen true --pro' \
        'playpen -- --memory-l'
    offered 'playpen --pro' --project-only --protect-home --protect-system
    offered 'playpen -q --memory-l' --memory-limit
    not_offered 'playpen --pro' --memory-limit
    not_offered 'playpen true --pro' --project-only
    not_offered 'playpen -- --memory-l' --memory-limit
}

@test "the values of an option are completed, after a blank and after a =" {
    export PLAYPEN_TEST_VARIABLE=1
    ask 'playpen --protect-home ' 'playpen --protect-home=' \
        'playpen --ip-deny l' 'playpen --capture-env=s' 'playpen --completions ' \
        'playpen -qe PLAYPEN_T' 'playpen --env=PLAYPEN_T' \
        'playpen --private-tmp fals'
    offered 'playpen --protect-home ' none yes read-only tmpfs
    offered 'playpen --protect-home=' none yes read-only tmpfs
    not_offered 'playpen --protect-home ' strict true.bats
    offered 'playpen --ip-deny l' localhost link-local
    offered 'playpen --capture-env=s' safe
    offered 'playpen --completions ' bash zsh fish
    offered 'playpen -qe PLAYPEN_T' PLAYPEN_TEST_VARIABLE
    offered 'playpen --env=PLAYPEN_T' PLAYPEN_TEST_VARIABLE
    offered 'playpen --private-tmp fals' false
}

@test "paths are completed, those with a - or a + before them as well" {
    mkdir some-directory
    touch some-file
    ask 'playpen --rw some' 'playpen --ro=some' 'playpen --rw +some-d' \
        'playpen --inaccessible=-some-f' 'playpen --remove-shims some'
    offered 'playpen --rw some' some-directory some-file
    offered 'playpen --ro=some' some-directory some-file
    offered 'playpen --rw +some-d' +some-directory
    offered 'playpen --inaccessible=-some-f' -some-file
    offered 'playpen --remove-shims some' some-directory
    not_offered 'playpen --remove-shims some' some-file
}

@test "the command is completed, and by its own completion" {
    ask 'playpen systemct' 'playpen -m 50M git sta' 'playpen -qc50% -- git sta' \
        'playpen --private-tmp off git sta' 'playpen --private-tmp git sta'
    offered 'playpen systemct' systemctl
    offered 'playpen -m 50M git sta' stash status
    offered 'playpen -qc50% -- git sta' stash status
    offered 'playpen --private-tmp off git sta' stash status
    offered 'playpen --private-tmp git sta' stash status
    not_offered 'playpen -m 50M git sta' start-stop-daemon
}
