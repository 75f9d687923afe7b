# git.bash - what the tests of git's time bombs share. Each starts in $WORK/p, a
# repository of the user's; what is planted makes the file $BASE/planted.

PLAYPEN=${PLAYPEN:-$(realpath "$BATS_TEST_DIRNAME/../../../build/playpen")}
load ../helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    BASE=$(mktemp -d "$HOME/base.XXXXXX") # of the home directory, not granted
    export XDG_RUNTIME_DIR=/run/user/$UID GIT_CONFIG_NOSYSTEM=1
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org
    export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
    export BOMB="touch $BASE/planted; false"
    mkdir "$WORK/p"
    cd "$WORK/p" || return
    git init -q .
    commit
}

teardown() {
    cd /
    [ -z "${WORK-}" ] || rm -rf "$WORK" "$BASE"
}

commit() {
    git -C "${1:-.}" commit -q --allow-empty -m "${2:-x}"
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

# safe [DIR] - git, used there outside, runs nothing that was planted.
safe() {
    git -C "${1:-.}" status > /dev/null 2>&1 || :
    commit "${1:-.}" outside > /dev/null 2>&1 || :
    claim ! -e "$BASE/planted"
}

# super - with a submodule in sub/, whose repository is .git/modules/sub.
super() {
    git init -q "$BASE/origin"
    commit "$BASE/origin"
    git -c protocol.file.allow=always submodule --quiet add "$BASE/origin" sub
    commit
}
