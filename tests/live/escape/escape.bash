# escape.bash - what the ways out of --current-dir-only share: each is tried from
# inside. Where it is cheap each is first made with nothing around it: it must
# succeed there, or the test would show nothing. What needs root to set up is in
# root_escape.bats. A test starts in $WORK/p, a repository of the user's.

load ../helper

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    BASE=$(mktemp -d "$HOME/base.XXXXXX") # of the home directory, not granted
    SECRET=$BASE/secret
    RUNTIME=/run/user/$UID
    PIDS=()
    LEFT=()
    export XDG_RUNTIME_DIR=$RUNTIME GIT_CONFIG_NOSYSTEM=1
    echo hidden > "$SECRET"
    mkdir "$WORK/p"
    cd "$WORK/p" || return
    git init -q .
}

teardown() {
    cd /
    [ ${#PIDS[@]} = 0 ] || kill "${PIDS[@]}" 2> /dev/null || :
    [ -z "${TMUX_SOCKET-}" ] || tmux -S "$TMUX_SOCKET" kill-server || :
    [ ${#LEFT[@]} = 0 ] || rm -rf "${LEFT[@]}"
    [ -z "${WORK-}" ] || rm -rf "$WORK" "$BASE"
}

inside() {
    run "$PLAYPEN" -q --current-dir-only "$@"
}

# attempt < SCRIPT - the shell script ./attempt: what is tried.
attempt() {
    cat > attempt
}

# leaks ARG... - ./attempt with nothing around it brings "hidden" to light.
leaks() {
    run sh ./attempt "$@" 3>&-
    contains "$output" hidden
}

# keeps ARG... - and inside it does not, though it was started.
keeps() {
    inside -- sh -c 'echo started; (. ./attempt); exit 0' sh "$@" 3>&-
    contains "$output" started
    lacks "$output" hidden
}

# works ARG... - ./attempt succeeds with nothing around it; fails ARG... -
# inside it does not: 9 says so.
works() {
    run -0 sh ./attempt "$@" 3>&-
}
fails() {
    inside -- sh -c '(. ./attempt) || exit 9; exit 0' sh "$@" 3>&-
    claim "$status" = 9
}

commit() {
    git -C "${1:-.}" -c user.name=a -c user.email=a@example.org commit -q \
        --allow-empty -m "${2:-x}"
}

# safe [DIR] - git, used there outside, runs nothing that was planted, which
# would make the file $BASE/planted.
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

# background COMMAND... - until the test ends; its process in $pid.
background() {
    "$@" > /dev/null 2>&1 < /dev/null 3>&- &
    pid=$!
    PIDS+=("$pid")
}

# listener SOCKET - one that answers "hidden"; gone when the test ends.
listener() {
    mkdir -p "${1%/*}"
    [ ! -S "$1" ] || skip "there is a $1 already"
    background socat "UNIX-LISTEN:$1,fork" SYSTEM:'echo hidden'
    LEFT+=("$1")
    wait_until 60 test -S "$1"
}

# no_answer SOCKET [OPTION...] - outside the listener answers, inside not.
no_answer() {
    local socket=$1
    shift
    run socat -u -T 5 "UNIX-CONNECT:$socket" -
    contains "$output" hidden
    inside "$@" -- sh -c 'echo started; socat -u -T 5 "UNIX-CONNECT:$1" -' \
        sh "$socket"
    contains "$output" started
    lacks "$output" hidden
}

need_scopes() {
    local major minor
    IFS=. read -r major minor _ < <(uname -r)
    ((major > 6 || (major == 6 && minor >= 12))) ||
        skip "Linux $major.$minor has no Landlock scopes: not promised there"
}
