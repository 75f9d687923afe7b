#!/usr/bin/env bats
# --doctor, whatever the machine is: its form and its status.
load helper

@test "a line for each thing: ok, warn or FAIL, what it is, and why, aligned" {
    local line
    playpen --doctor
    [ -z "$err" ] || fail "$err"
    [[ $out == *' systemd '* && $out == *' user namespaces '* || $EUID = 0 ]]
    while IFS= read -r line; do
        [[ $line =~ ^(ok|warn|FAIL)\ +[^\ ] && ${line:4:2} = '  ' &&
            ${line:24:2} = '  ' && ${line:26:1} = [!\ ] ]] || fail "$line"
    done < "$dir/out"
}

@test "status 1 when something fails, else 0" {
    playpen --doctor
    if grep -q ^FAIL "$dir/out"; then
        [ "$status" = 1 ] || fail "$status" "$out"
    else
        [ "$status" = 0 ] || fail "$status" "$out"
    fi
}

@test "where the caller ignores the end of its children it says the same" {
    playpen --user --doctor
    [ "$(env --ignore-signal=CHLD "$PLAYPEN" --user --doctor)"$'\n' = "$out" ] ||
        fail "$out"
}

@test "without systemd-run it still ends, and says so" {
    PATH=/nowhere playpen --doctor
    [ "$status" = 1 ] || fail "$status" "$out"
    [[ $out = 'FAIL  systemd '* ]] || fail "$out"
}

@test "colour on a terminal, and not with NO_COLOR, TERM=dumb or a pipe" {
    command -v script > /dev/null || skip "needs script(1)"
    TERM=xterm script -qec "env -u NO_COLOR '$PLAYPEN' --doctor" /dev/null \
        < /dev/null > "$dir/out" || :
    grep -q $'\033' "$dir/out" || fail "no colour"
    TERM=xterm script -qec "NO_COLOR=1 '$PLAYPEN' --doctor" /dev/null \
        < /dev/null > "$dir/out" || :
    ! grep $'\033' "$dir/out" || fail "colour"
    TERM=dumb script -qec "'$PLAYPEN' --doctor" /dev/null \
        < /dev/null > "$dir/out" || :
    ! grep $'\033' "$dir/out" || fail "colour"
    TERM=xterm playpen --doctor
    ! grep $'\033' "$dir/out" || fail "colour"
}

@test "without systemd as process 1: one line of what to do, in WSL another" {
    echo 5.15.153.1-microsoft-standard-WSL2 > "$dir/release"
    # shellcheck disable=SC2016
    in_wsl=(unshare -Urm sh -c 'mount -t tmpfs none /run &&
        { [ -z "$1" ] || mount --bind "$1" /proc/sys/kernel/osrelease; } && shift && "$@"' sh)
    "${in_wsl[@]}" "$dir/release" true 2> /dev/null || skip "needs user namespaces"
    for options in --doctor '-q true' '--limits-only true'; do
        # shellcheck disable=SC2086
        run "${in_wsl[@]}" "$dir/release" "$PLAYPEN" $options
        [[ $output = *"WSL runs without systemd: as root: printf '[boot]\nsystemd=true\n'"* ]] ||
            fail "$output"
        # shellcheck disable=SC2086
        run "${in_wsl[@]}" '' "$PLAYPEN" $options
        [[ $output = *"not booted with systemd"*"on the host"* ]] || fail "$output"
        [[ $options = --doctor || $status = 125 ]] || fail "$status"
    done
}
