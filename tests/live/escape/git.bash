# git.bash - what the tests of git's time bombs share. Each starts in $WORK/p, a
# repository of the user's; what is planted makes the file $BASE/planted.

load escape

eval "escape_$(declare -f setup)"
setup() {
    escape_setup
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
    export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
    export BOMB="touch $BASE/planted; false"
    commit
}

# inside SCRIPT [ARG...] - a shell script in a bundle; $BOMB is there.
inside() {
    run "$PLAYPEN" -q --current-dir-only -e BOMB -e 'GIT_*' -- \
        bash -c "$1" bash "${@:2}"
}

# points_out PART... - a line of playpen's has each of them.
points_out() {
    local part lines
    lines=$(grep '^playpen: ' <<< "$output") || :
    for part; do
        contains "$lines" "$part" || return
    done
}

# says_nothing - no line is playpen's own.
says_nothing() {
    not grep '^playpen: ' <<< "$output"
}
