#!/usr/bin/env bats
# The command line, the environment, the statuses.

load helper

@test "a boolean's value is the next word only if it is one and a command follows" {
    dry --user --private-tmp false -- echo x
    [[ ${words[*]} != *PrivateTmp* ]]
    [ "${command[*]: -2}" = "echo x" ]
    dry --user --private-tmp off echo x
    [[ ${words[*]} != *PrivateTmp* ]]
    [ "${command[*]: -2}" = "echo x" ]
    dry --user --private-network 1 echo x
    [[ ${words[*]} = *PrivateNetwork=yes* ]]
    dry --user --private-network 0 echo x
    [[ ${words[*]} != *PrivateNetwork* ]]
    dry --user --private-tmp true
    [[ ${words[*]} = *PrivateTmp=yes* ]]
    [ "${command[*]: -2}" = "-- true" ]
    dry --user --private-tmp=no true
    [[ ${words[*]} != *PrivateTmp* ]]
    [ "${command[*]: -2}" = "-- true" ]
    dry --user --private-network -- false
    [[ ${words[*]} = *PrivateNetwork=yes* ]]
    [ "${command[*]: -2}" = "-- false" ]
    dry --user --private-tmp echo false
    [ "${command[*]: -2}" = "echo false" ]
}

@test "options end at the command, or at --" {
    dry -q -- echo -m 50M --help -- -x
    [ "${command[*]: -6}" = "echo -m 50M --help -- -x" ]
    dry -q echo -- --version
    [ "${command[*]: -3}" = "echo -- --version" ]
    dry -- ls --
    [ "${command[*]: -2}" = "ls --" ]
}

@test "short options can stand together" {
    dry --limits-only -qm50M -c10% ls
    [[ ${words[*]} = *--quiet*MemoryMax=50M*CPUQuota=10%* ]]
}

@test "-h, --help, -V, --version" {
    local arg

    for arg in -h --help -V --version; do
        playpen "$arg"
        [ "$status" = 0 ]
        [ -z "$err" ]
        [ -n "$out" ]
    done
    [[ $out =~ ^playpen\ [0-9]+\.[0-9]+ ]]
    playpen -h
    [[ $out = Usage:* && $out = *--memory-limit* && $out != *--socket-bind-allow* ]]
    playpen --help
    [[ $out = Usage:* && $out = *--socket-bind-allow* && $out = *127* ]]
}

@test "no line of the help is longer than 80 columns" {
    local arg

    for arg in -h --help; do
        playpen "$arg"
        [ "$(wc -l < "$dir/out")" -gt 10 ]
        awk 'length > 80 { print; long = 1 } END { exit long }' "$dir/out"
    done
}

@test "a command that is not there: 127" {
    local command

    for command in no-such-command ./no-such-command /no/such '' $'no\xff' \
        "$letters"; do
        playpen -n -- "$command"
        [ "$status" = 127 ] || fail "${command:0:50}: $status"
        [[ $err = "playpen: "* ]]
        [ "$(wc -l < "$dir/err")" = 1 ]
        [ -z "$out" ]
        [ ! -e "$RECORD" ]
    done
}

@test "a command that cannot be executed: 126" {
    local command

    echo text > text
    mkdir directory
    for command in ./text ./directory /; do
        playpen -n -- "$command"
        [ "$status" = 126 ] || fail "$command: $status"
        [[ $err = "playpen: $command"* ]]
        [ "$(wc -l < "$dir/err")" = 1 ]
        [ -z "$out" ]
    done
}

# fresh ARG...: names ARG... in an environment of a few known variables.
fresh() {
    local name

    for name in $(compgen -e); do
        case $name in
        PATH | HOME | RECORD | BATS_* | ASAN_OPTIONS | UBSAN_OPTIONS | LD_*) ;;
        *) unset "$name" ;;
        esac
    done
    export LANG=C LC_TIME=C PATH HOME USER=u TERM=dumb FOO=1 npm_a=1 npm_b=2 \
        GITHUB_TOKEN=s my_secret=s db_password=s AWS_REGION=s SSH_AUTH_SOCK=s \
        API_KEY=s GH_PAT=s XAUTHORITY=s DBUS_X=s GIT_CREDENTIALS=s KEYBOARD=k
    names "$@" | tr ' ' '\n' | sed 's/^PLAYPEN_ENV_//' | LC_ALL=C sort | grep -v -e '^BATS_' -e SAN_OPTIONS -e '^LD_' \
        -e '^RECORD$' -e '^OLDPWD$' -e '^PWD$' -e '^SHLVL$' -e '^_$' | paste -sd ' '
}

@test "of the environment a command gets PATH, and who and where it is" {
    [ "$(fresh true)" = "HOME LANG LC_TIME PATH SSH_AUTH_SOCK USER XAUTHORITY" ]
    [ "$(fresh --capture-path=no true)" = "HOME LANG LC_TIME SSH_AUTH_SOCK USER XAUTHORITY" ]
    home=x lc_x=x dry true
    [[ ${words[*]} != *--setenv=[hl]* ]] || fail "${words[*]}"
}

@test "under a path restriction a command gets no agent and no display" {
    not_root
    [ "$(fresh --ro . true)" = "HOME LANG LC_TIME PATH USER" ]
}

@test "--capture-env" {
    [ "$(fresh --capture-env true)" = "API_KEY AWS_REGION DBUS_X FOO GH_PAT \
GITHUB_TOKEN GIT_CREDENTIALS HOME KEYBOARD LANG LC_TIME PATH SSH_AUTH_SOCK TERM \
USER XAUTHORITY db_password my_secret npm_a npm_b" ]
    [ "$(fresh --capture-env yes -- true)" = "$(fresh --capture-env true)" ]
    [ "$(fresh --capture-env=on --capture-path=no true)" = \
        "$(fresh --capture-env true | sed 's/ PATH / /')" ]
    [ "$(fresh --capture-env=off true)" = "$(fresh true)" ]
}

@test "--capture-env=safe leaves credentials out, but for those named by -e" {
    local safe="AWS_REGION FOO HOME KEYBOARD LANG LC_TIME PATH TERM USER XAUTHORITY npm_a npm_b"

    [ "$(fresh --capture-env=safe true)" = "$safe" ]
    [ "$(fresh --capture-env safe -- true)" = "$safe" ]
    [ "$(fresh --capture-env safe true)" = "$safe" ]
    [ "$(fresh --capture-env=safe -e GITHUB_TOKEN true)" = \
        "AWS_REGION FOO GITHUB_TOKEN ${safe#AWS_REGION FOO }" ]
}

@test "-e by name, by glob, and with a value" {
    [ "$(fresh -e FOO true)" = "FOO HOME LANG LC_TIME PATH SSH_AUTH_SOCK USER XAUTHORITY" ]
    [ "$(fresh -e 'npm_*' true)" = "HOME LANG LC_TIME PATH SSH_AUTH_SOCK USER XAUTHORITY npm_a npm_b" ]
    [ "$(fresh -e '[n]pm_?' -e FOO true)" = \
        "FOO HOME LANG LC_TIME PATH SSH_AUTH_SOCK USER XAUTHORITY npm_a npm_b" ]
    [ "$(fresh -e 'NPM_*' -e NOT_THERE true)" = "$(fresh true)" ]
    [ "$(fresh -e NEW=x true)" = "HOME LANG LC_TIME NEW PATH SSH_AUTH_SOCK USER XAUTHORITY" ]
}

@test "the values of variables are in no argument list" {
    export SECRET_ONE=one-c4f7
    dry --capture-env -e SECRET_TWO=two-c4f7 -- env
    [[ " ${words[*]} " = *" --setenv=SECRET_ONE "* ]]
    [[ " ${words[*]} " = *" --setenv=PLAYPEN_ENV_SECRET_TWO "* ]]
    [[ ${words[*]} != *c4f7* ]]
    # systemd-run has them from its own environment.
    grep -zqx SECRET_ONE=one-c4f7 "$RECORD.env"
    grep -zqx PLAYPEN_ENV_SECRET_TWO=two-c4f7 "$RECORD.env"
}

@test "a newline in the value of -e arrives, in the dry run as well" {
    dry -e V=$'one\ntwo\n\n' -- true
    sed -nz '/^PLAYPEN_ENV_V=/p' "$RECORD.env" |
        cmp - <(printf 'PLAYPEN_ENV_V=one\ntwo\n\n\0')
}

@test "the last -e of a name wins, whatever is in its value" {
    dry -e A=1 -e "A=it's \$x y" true
    [ "$(grep -zc '^PLAYPEN_ENV_A=' "$RECORD.env")" = 1 ]
    grep -zqxF "PLAYPEN_ENV_A=it's \$x y" "$RECORD.env"
    [ "$(printf '%s\n' "${words[@]}" | grep -cx -e --setenv=PLAYPEN_ENV_A)" = 1 ]
    # Without a value the caller's counts, where there is one.
    FOO=mine dry -e FOO=preset -e FOO -e NONE=preset -e NONE true
    [[ " ${words[*]} " = *" --setenv=FOO "* ]]
    [[ " ${words[*]} " = *" --setenv=PLAYPEN_ENV_NONE "* ]]
    [[ ${words[*]} != *PLAYPEN_ENV_FOO* ]]
}

@test "what -e sets acts on the command alone" {
    local name
    export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$EUID}
    dry -e LD_PRELOAD=/no/such.so -e XDG_RUNTIME_DIR=/elsewhere \
        -e PATH=/nowhere -e DBUS_SESSION_BUS_ADDRESS=unix:path=/x /bin/true
    for name in LD_PRELOAD=/no XDG_RUNTIME_DIR=/else PATH=/no DBUS_SESSION_BUS_ADDRESS=unix:path=/x; do
        ! grep -zq "^$name" "$RECORD.env" || fail "$name"
        grep -zq "^PLAYPEN_ENV_$name" "$RECORD.env"
    done
    STUB_RUNS=1 run --separate-stderr sh -c "$("$PLAYPEN" -n -e LD_PRELOAD=/x \
        -e XDG_RUNTIME_DIR=/elsewhere -- sh -c 'echo $LD_PRELOAD $XDG_RUNTIME_DIR')"
    [ "$output" = "/x /elsewhere" ]
}

@test "variables that cannot be passed are named in one warning" {
    run --separate-stderr env 'a b=1' A-B=2 $'BYTES=\xff' \
        "$PLAYPEN" -n --capture-env true
    [ "$status" = 0 ]
    [ "${#stderr_lines[@]}" = 1 ]
    [[ $stderr = "playpen: "*"a b"* && $stderr = *A-B* && $stderr = *BYTES* ]]
    [[ $output != *"a b"* && $output != *BYTES* ]]
}

@test "the working directory keeps the name by which the caller came to it" {
    mkdir -p .hidden/real
    ln -s .hidden/real link
    cd "$PWD/link"
    dry true
    [[ " ${command[*]} " == *" directory=$PWD "* && $PWD == */link ]] ||
        fail "${command[@]}"
    PWD=/proc/self/cwd dry true
    [[ " ${command[*]} " == *" directory=$dir/work/.hidden/real "* ]] ||
        fail "${command[@]}"
    cd "$dir/work/.hidden"
    dry true
    [[ " ${command[*]} " == *" directory=$dir/work/.hidden "* ]] || fail "${command[@]}"
}
