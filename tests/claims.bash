# claims.bash - the words in which the unit and the live tests say what has to hold.

# fail LINE... - the test fails, and says so.
fail() {
    printf '%s\n' "$@"
    return 1
}

# claim CONDITION... - like [ ], and says what did not hold.
claim() {
    [ "$@" ] && return
    printf 'does not hold:' >&2
    printf ' %q' "$@" >&2
    echo >&2
    return 1
}

# contains TEXT PART, lacks TEXT PART
contains() {
    [[ $1 == *"$2"* ]] && return
    printf '%q is not in: %s\n' "$2" "$1" >&2
    return 1
}
lacks() {
    [[ $1 != *"$2"* ]] && return
    printf '%q is in: %s\n' "$2" "$1" >&2
    return 1
}

# not COMMAND... - "! COMMAND" alone would not fail a test.
not() {
    if "$@"; then
        echo "should fail: $*" >&2
        return 1
    fi
}

need() {
    command -v "$1" > /dev/null || skip "needs $1"
}
