# helper.bash - what the unit tests share. PLAYPEN names the binary to test.
#
# In place of systemd-run there is a stub that leaves word that it was called,
# and with what; nothing here needs a systemd.

bats_require_minimum_version 1.5.0
source "${BASH_SOURCE[0]%/*}/../claims.bash"
PLAYPEN=${PLAYPEN:-$(cd "$BATS_TEST_DIRNAME/../.." && pwd)/build/playpen}

# tests/aarch64 says why there is none.
need_openat2() { [ -z "${NO_OPENAT2-}" ] || skip "$NO_OPENAT2"; }

setup() {
    # Or it would be one more variable to pass on. Not sooner: bats reads this in
    # the process that starts the tests as well, and they are to have it.
    export -n PLAYPEN
    # Where somebody else than root may go, unlike bats's own directories.
    dir=$(mktemp -d) || return
    chmod 755 "$dir"
    export -n NO_OPENAT2
    # So may playpen have to be: a clone below /root is out of others' reach.
    [ "$EUID" != 0 ] || {
        mkdir "$dir/program"
        cp "$PLAYPEN" "$dir/program/playpen"
        PLAYPEN=$dir/program/playpen
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    }
    export RECORD=$dir/record SYSTEMD_OFFLINE=1
    export PATH=$dir/bin:$PATH
    mkdir "$dir/bin" "$dir/work"
    cat > "$dir/bin/systemd-run" <<'STUB'
#!/bin/bash
printf '%s\0' "$@" > "$RECORD"
env -0 > "$RECORD.env"
[ -n "${STUB_RUNS-}" ] || exit 0
# As systemd: what follows the "--", with "$$" for a dollar. No namespace is
# made here, so the stage is not told to look for one.
while [ "$1" != -- ]; do shift; done
shift
words=() own=1
for word; do
    [ "$word" != -- ] || own=
    case $own$word in
    1namespaces=* | 1verify=* | 1show*=* | 1hide=* | 1pid=* | 1devpts=* | 1tunables=* | 1drop=*) ;;
    *) words+=("${word//'$$'/'$'}") ;;
    esac
done
exec "${words[@]}"
STUB
    # Others may write in the directory, so that it is not granted as one of PATH.
    chmod +x,o+w "$dir/bin/systemd-run" "$dir/bin"
    # shellcheck disable=SC2034 # for bad input
    printf -v blanks '%10000s' ''
    # shellcheck disable=SC2034
    nines=$(tr ' ' 9 <<< "$blanks")
    # shellcheck disable=SC2034
    letters=$(tr ' ' x <<< "$blanks")
    as_user=()
    cd "$dir/work" || return
}

# Path restrictions are refused for root. From here on playpen is called as
# another user.
not_root() {
    local function

    # bats exports functions, whose variables have names that systemd does not
    # take: playpen would say so.
    while read -r _ _ function; do
        export -nf "$function"
    done < <(declare -Fx)
    [ "$EUID" != 0 ] || as_user=("$(command -v setpriv)" --reuid 65534
        --regid 65534 --clear-groups)
    chown=$(command -v chown)
}

# What the test has made belongs to that user.
hand_over() {
    [ ${#as_user[@]} = 0 ] || "$chown" -hR 65534:65534 "$dir"
}

# playpen ARG...: sets status, out and err, to the last newline.
playpen() {
    status=0
    hand_over
    "${as_user[@]}" "$PLAYPEN" "$@" > "$dir/out" 2> "$dir/err" < /dev/null || status=$?
    IFS= read -rd '' out < "$dir/out" || :
    IFS= read -rd '' err < "$dir/err" || :
}

# refused TEXT ARG...: playpen ARG... must end with 125 and one line that names
# TEXT, and start nothing.
refused() {
    local text=$1 shown lines

    shift
    printf -v shown ' %.70s' "$@"
    playpen "$@"
    [ "$status" = 125 ] || fail "status $status:$shown" "$err"
    lines=${err//[!$'\n']/}
    [ ${#lines} = 1 ] || fail "not one line:$shown" "$err"
    [[ $err = "playpen: "* && $err = *"$text"* ]] ||
        fail "does not name $text:$shown" "$err"
    [ ${#err} -lt 500 ] || fail "long error:$shown" "$err"
    [ ! -s "$dir/out" ] || fail "something on stdout:$shown" "$out"
    [ ! -e "$RECORD" ] || fail "started something:$shown"
}

# bad OPTION VALUE...: each of the values, in both ways of writing it.
bad() {
    local option=$1 value

    shift
    for value; do
        refused "$option" "$option" "$value" -- true
        refused "$option" "$option=$value" -- true
    done
}

# dry ARG...: what --dry-run prints, pasted into sh: the words that
# systemd-run was called with are in the array words, those of the unit's
# command in command.
dry() {
    local word in_command=

    playpen -n "$@"
    [ "$status" = 0 ] || fail "status $status" "$err"
    [ ! -e "$RECORD" ] || fail "a dry run that runs something"
    sh -c "$out"
    mapfile -d '' words < "$RECORD"
    rm "$RECORD"
    command=()
    for word in "${words[@]}"; do
        [ -z "$in_command" ] || command+=("$word")
        [ "$word" != -- ] || in_command=1
    done
}

# properties ARG...: prints the -p words of the dry run, but not those that
# are there on every run, nor what shows a playpen that lies below /tmp, or a copy
# of what the machine's ssh_config includes.
properties() {
    local word

    dry "$@"
    for word in "${words[@]}"; do
        case $word in
        --) break ;;
        -pKillMode=mixed | -pTimeoutStopSec=5s) ;;
        -pLogLevelMax=notice | -pOOMPolicy=stop) ;;
        -pBindReadOnlyPaths="$PLAYPEN" | -pBindReadOnlyPaths=*/playpen/ssh/*) ;;
        -p*) printf '%s\n' "${word#-p}" ;;
        esac
    done
}

# become OPTION PROPERTY VALUE EXPECTED [VALUE EXPECTED]...
become() {
    local option=$1 property=$2 got

    shift 2
    while [ $# -gt 0 ]; do
        got=$(properties --limits-only "$option" "$1" true | grep "^$property=")
        [ "$got" = "$property=$2" ] || fail "$option $1: $got, not $property=$2"
        shift 2
    done
}

# names ARG...: the variables that a dry run passes on, sorted, in one line.
names() {
    dry "$@"
    printf '%s\n' "${words[@]}" | sed '/^--$/q' | sed -n 's/^--setenv=//p' |
        LC_ALL=C sort | paste -sd ' '
}

# A home, and a working directory in it, a git repository.
make_home() {
    home_dir=$dir/home
    mkdir -p "$home_dir/p/.git/hooks" "$home_dir/p/.git/objects"
    touch "$home_dir/p/.git/config"
    environment=()
}

teardown() {
    rm -rf "$dir"
}

# explain ARG... - in that directory, as a user who is not root, for whom paths
# can be restricted. The page is in raw; in out with HOME and PLAYPEN for their
# paths, and without what depends on the machine.
explain() {
    not_root
    hand_over
    chmod -R u=rwX,go=rX "$home_dir"
    (cd "$home_dir/${from:-p}" && "${as_user[@]}" env -i PATH=/usr/bin:/bin SYSTEMD_OFFLINE=1 \
        HOME="$home_dir" ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} \
        "${environment[@]}" "$PLAYPEN" -n --explain "$@") \
        > "$dir/raw" 2> "$dir/err" || fail "status $?" "$(cat "$dir/err")"
    sed -E "s!$home_dir!HOME!g; s!$PLAYPEN!PLAYPEN!g; s!ASAN_OPTIONS !!; s! SYSTEMD_OFFLINE!!
        s!^(.*/)true!/usr/bin/true!; /not the system's, not granted/d
        /home directories$/d; /name resolution$/d; /a container engine$/d
        /  the user's among the system's$/d; /a daemon's socket$/d; /^  \/.*a throw-away home$/d; /a way out through a helper$/d
        /  a file of \/etc leads there$/d; /  the user's copy: /d
        s/(systemd [0-9]+)/systemd N/" "$dir/raw" > "$dir/out"
}
