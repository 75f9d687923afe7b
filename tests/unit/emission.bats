#!/usr/bin/env bats
# The whole command, and what a shell makes of its dry run.

load helper

defaults=$'PrivateTmp=yes\nPrivateDevices=yes\nProtectKernelTunables=yes
ProtectControlGroups=yes'
# Of a user's manager: with what the stage needs for a /dev/pts.
of_user=$defaults$'\nAmbientCapabilities=CAP_SYS_ADMIN\nPrivateUsers=yes'

@test "nothing asked for: the four defaults" {
    cd / # which the private /tmp does not hide
    [ "$(properties --system true 2>&1)" = "$defaults" ] || [ "$(id -u)" != 0 ]
    [ "$(properties --user true)" = "$of_user" ]
}

@test "all of systemd-run's words" {
    cd / # which the private /tmp does not hide
    dry --user -q -m 50M -c 50% --tasks-limit 9 --timeout 5min -- ls -l
    # Environment, limits and place of this process are for other tests.
    printf '%s\n' "${words[@]}" | sed -E \
        's/^(--unit=playpen-ls-)[0-9a-f]{12}(\.service)$/\1RANDOM\2/
        /^--setenv=/d; /^(umask|nice|rlimits|environment|directory|ignored|blocked|namespaces|affinity|scheduler|ioprio|personality|oom-score-adj|timer-slack|shares)=/d
        /^(-pBindReadOnlyPaths|verify)=.*(playpen|\/ssh_config.*)$/d
        s!^/.*/playpen$!PLAYPEN!; s!^executable=/.*/ls$!executable=LS!' > "$dir/got"
    cat > "$dir/expected" <<'END'
--user
--unit=playpen-ls-RANDOM.service
--description=playpen: ls
--wait
--collect
--pipe
--quiet
-pKillMode=mixed
-pLogLevelMax=notice
-pTimeoutStopSec=5s
-pMemoryMax=50M
-pMemorySwapMax=0
-pCPUQuota=50%
-pTasksMax=9
-pRuntimeMaxSec=300
-pPrivateTmp=yes
-pPrivateDevices=yes
-pProtectKernelTunables=yes
-pProtectControlGroups=yes
-pAmbientCapabilities=CAP_SYS_ADMIN
-pPrivateUsers=yes
--
PLAYPEN
--stage
devpts=1
tunables=1
drop=1
executable=LS
--
ls
-l
END
    diff "$dir/expected" "$dir/got"
}

@test "each default can be switched off" {
    cd / # which the private /tmp does not hide
    local option

    [ "$(properties --user --limits-only true)" = "" ]
    for option in private-tmp:PrivateTmp private-devices:PrivateDevices \
        protect-kernel-tunables:ProtectKernelTunables \
        protect-control-groups:ProtectControlGroups; do
        run properties --user "--${option%:*}=no" true
        [[ $output != *"${option#*:}"* &&
            ${output/$'\nAmbientCapabilities=CAP_SYS_ADMIN'/} = *yes$'\n'*yes$'\n'*yes$'\n'*yes ]] ||
            fail "$option" "$output"
    done
    run properties --user --private-tmp=0 --private-devices=off \
        --protect-kernel-tunables=false --protect-control-groups=no true
    [ "$output" = "" ]
}

@test "limits alone take back what lower levels said, and nothing else" {
    cd / # which the private /tmp does not hide
    export PLAYPEN_OPTIONS

    for words in '--private-tmp --limits-only' '--limits-only --private-tmp'; do
        # shellcheck disable=SC2086 # words
        run properties --user $words true
        [ "$output" = $'PrivateTmp=yes\nPrivateUsers=yes' ] || fail "$output"
    done
    PLAYPEN_OPTIONS='--protect-home yes --private-tmp --current-dir-only --ro ~'
    [ -z "$(properties --user --limits-only true)" ]
    PLAYPEN_OPTIONS=--limits-only
    [ "$(properties --user --limits-only false true)" = \
        "$of_user" ]
    [ -z "$(properties --user true)" ]
}

@test "the unit's name is another each time, and made of safe letters" {
    local name

    dry true
    name=${words[*]}
    dry true
    [ "$name" != "${words[*]}" ]
    printf '#!/bin/sh\n' > $'a b%i@\xc3\xa4'
    chmod +x $'a b%i@\xc3\xa4'
    dry $'./a b%i@\xc3\xa4'
    [[ $(printf '%s\n' "${words[@]}" | grep ^--unit=) =~ \
        ^--unit=playpen-[A-Za-z0-9._-]+\.service$ ]]
}

@test "a dollar is doubled, nothing else is changed" {
    dry -- echo '$HOME' '${A}' '$$' 'a$' '%h %%' '\n' ''
    printf '%s\n' "${command[@]: -8}" > "$dir/got"
    printf '%s\n' echo '$$HOME' '$${A}' '$$$$' 'a$$' '%h %%' '\n' '' |
        diff - "$dir/got"
}

# Through the shell, through systemd's own rules, through the stage.
arrives() {
    printf '%s\0' "$@" > "$dir/expected"
    playpen -n -- /usr/bin/printf '%s\0' "$@"
    [ "$status" = 0 ] || fail "status $status" "$err"
    STUB_RUNS=1 "${shell:-sh}" -c "$out" > "$dir/arrived"
    cmp "$dir/expected" "$dir/arrived"
}

@test "a dry run, pasted, starts the same command" {
    arrives plain 'two words' '' "it's" '"double"' 'back\slash' 'a\'
    arrives '$HOME' '${HOME}' '$$' '$' 'a$b$$c' '$(id)' '`id`' '%h' '%%' '%'
    arrives $'a\nb' $'\n' $'tab\t' ' lead' 'trail ' '*' '?' '~' '#' '!' '=x' '-x' --
    arrives $'\xc3\xa4' $'\xe6\x97\xa5\xe6\x9c\xac' $'\xf0\x9f\x90\x8d $x %41'
    arrives 'a;b' 'a&b' 'a|b' 'a>b' '(a)' '{a,b}' '[a]' "'" "''" '"'
    shell=bash arrives '!!' $'a\nb' "it's" '{1..3}' '<(x)' '~root' 'a=~'
}

@test "a dry run, pasted into zsh, keeps a leading =" {
    playpen -n -- echo =ls
    [[ $out = *" '=ls'"* ]]
}

@test "a dry run, pasted, keeps every byte from 1 to 127" {
    local all= code char

    for code in {1..127}; do
        printf -v char "\\x$(printf %x "$code")"
        all+=$char
    done
    arrives "$all" "x$all"
}

@test "a dry run, pasted, keeps bytes that are no UTF-8" {
    arrives $'\xff' $'a\xfe$b' $'\xc3'
}

@test "the working directory and the name of the command arrive" {
    local name

    for name in 'a b' 'a%h' 'a$HOME' 'a\b' 'a:b' $'\xc3\xa4'; do
        mkdir -p "$name"
        cd "$name"
        playpen -n --private-tmp=no pwd
        [ "$(cd / && STUB_RUNS=1 sh -c "$out")" = "$PWD" ] || fail "$name"
        cd ..
    done
    printf '#!/bin/sh\necho "$0"\n' > 'so $x'
    chmod +x 'so $x'
    playpen -n --private-tmp=no './so $x'
    [ "$(STUB_RUNS=1 sh -c "$out")" = './so $x' ]
}

@test "the umask arrives" {
    umask 027
    playpen -n sh -c umask
    umask 022
    [ "$(STUB_RUNS=1 sh -c "$out")" = 0027 ]
}

@test "ignored and blocked signals are the caller's" {
    local as_caller=(env --ignore-signal=CHLD --ignore-signal=HUP
        --ignore-signal=RTMIN+3 --block-signal=USR1 --block-signal=RTMAX)
    local look=(sh -c 'exec grep -E "^Sig(Blk|Ign)" /proc/self/status')

    "${as_caller[@]}" true || skip "an env(1) that does not know signals"
    out=$("${as_caller[@]}" "$PLAYPEN" -n -- "${look[@]}")
    # But for 32 and 33, which are libc's: what posix_spawn(3) of glibc has started,
    # as by make, ignores both, and qemu-user cannot.
    programs() {
        while read -r name mask; do
            printf '%s %x\n' "$name" $((0x$mask & ~(3 << 31)))
        done
    }
    [ "$(STUB_RUNS=1 sh -c "$out" | programs)" = \
        "$("${as_caller[@]}" "${look[@]}" | programs)" ] || fail "$out"
}

@test "the command's status and its death by a signal come through the stage" {
    local code number

    for code in 0 1 7 125 203 255; do
        playpen -n -- sh -c "exit $code"
        run env STUB_RUNS=1 sh -c "$out"
        [ "$status" = "$code" ]
    done
    for number in 1 2 6 9 11 13 15; do
        out=$(env --default-signal "$PLAYPEN" -n -- sh -c "kill -$number \$\$")
        # Whatever was ignored by who started the tests.
        run env --default-signal STUB_RUNS=1 sh -c "$out"
        [ "$status" = $((128 + number)) ] || fail "signal $number: $status"
    done
}

@test "which manager" {
    dry --user true
    [ "${words[0]}" = --user ]
    if [ "$(id -u)" = 0 ]; then
        dry true
        [ "${words[0]}" != --user ]
        dry --user --system true
        [ "${words[0]}" != --user ]
    else
        dry true
        [ "${words[0]}" = --user ]
        refused --system --system true
    fi
}

@test "a dry run needs no systemd-run" {
    rm "$dir/bin/systemd-run"
    PATH=/nowhere playpen -n /bin/true
    [ "$status" = 0 ]
    [ -z "$err" ]
}
