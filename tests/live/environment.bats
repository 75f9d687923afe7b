#!/usr/bin/env bats
# What of the caller's environment and limits reaches the program.
load helper

@test "a variable is not passed by default, PATH and HOME are" {
    export ABC=123
    run -0 "$PLAYPEN" -q -- env
    lacks "$output" ABC=
    contains "$output" "PATH=$PATH"
    contains "$output" "HOME=$HOME"
}

@test "--capture-path false: PATH is not the caller's" {
    PATH=$PATH:/odd/$ID run -0 "$PLAYPEN" -q --capture-path false -- /usr/bin/env
    lacks "$output" "/odd/$ID"
}

@test "--capture-env passes what the caller has" {
    ABC=123 run -0 "$PLAYPEN" -q --capture-env=on -- sh -c 'echo "$ABC"'
    claim "$output" = 123
}

@test "values with newlines, escapes, dollars and quotes arrive under --capture-env" {
    export V1=$'two\nlines\n' V2=$'\e[1m\t\x01\x7f' V3='$HOME ${V1} $$ %n %41 \n' \
        V4=$'"\'`\\' V5= V6=' blank ' V7=naïve=🎪
    "$PLAYPEN" -q --capture-env -- env -0 | grep -z '^V[1-7]=' | sort -z > out
    env -0 | grep -z '^V[1-7]=' | sort -z > want
    cmp out want
}

@test "a value of 100 KB arrives under --capture-env" {
    LONG=$(head -c 100000 /dev/zero | tr '\0' v)
    export LONG
    "$PLAYPEN" -q --capture-env -- printenv LONG > out
    claim "$(sha256sum < out)" = "$(sha256sum <<< "$LONG")"
}

@test "1000 variables arrive under --capture-env" {
    local many
    mapfile -t many < <(seq 1000 | sed 's/.*/MANY_&=value &/')
    env "${many[@]}" "$PLAYPEN" -q --capture-env -- env | grep '^MANY_' | sort > out
    printf '%s\n' "${many[@]}" | sort > want
    cmp out want
}

@test "a captured value is in no process's argument list" {
    export HIDDEN="not-to-be-seen-$ID"
    echo "$HIDDEN" > pattern
    start_ready -q --capture-env -- sh -c 'echo "$HIDDEN" ready; exec sleep 60'
    grep -qF -f pattern out
    run grep -lasF -f pattern /proc/[0-9]*/cmdline
    kill "$pid"
    finish
    claim "$output" = ""
}

@test "--capture-env safe drops credentials, in any case, and keeps the rest" {
    export GITHUB_TOKEN=x my_secret_thing=x DB_PASSWORD=x db_passwd=x \
        AWS_SESSION_TOKEN=x AWS_REGION=eu SSH_AUTH_SOCK=x API_KEY=x GH_PAT=x npm_config__auth=x \
        GOOGLE_CREDENTIALS=x DBUS_SESSION_BUS_ADDRESS=${DBUS_SESSION_BUS_ADDRESS-x} \
        OTHER_SOCK=x KEYBOARD=us CC=clang
    run -0 "$PLAYPEN" -q --capture-env safe -- env
    local name
    for name in GITHUB_TOKEN my_secret_thing DB_PASSWORD db_passwd \
        AWS_SESSION_TOKEN SSH_AUTH_SOCK API_KEY GH_PAT npm_config__auth GOOGLE_CREDENTIALS \
        DBUS_SESSION_BUS_ADDRESS OTHER_SOCK; do
        lacks "$output" "$name="
    done
    contains "$output" KEYBOARD=us
    contains "$output" CC=clang
    contains "$output" AWS_REGION=eu
}

@test "-e wins over safe" {
    GITHUB_TOKEN=mine run -0 "$PLAYPEN" -q --capture-env safe -e GITHUB_TOKEN -- \
        printenv GITHUB_TOKEN
    claim "$output" = mine
}

@test "-e NAME=VALUE sets, -e NAME passes, -e GLOB passes all that match" {
    export npm_a=1 npm_b=2 other=3 one='$HOME x'
    run -0 "$PLAYPEN" -q -e 'new=$new and more' -e one -e 'npm_*' -- env
    contains "$output" 'new=$new and more'
    contains "$output" 'one=$HOME x'
    contains "$output" npm_a=1
    contains "$output" npm_b=2
    lacks "$output" other=
}

@test "a variable of the manager's environment does not reach the program" {
    systemctl "$MANAGER" set-environment "LEAK_$ID=x"
    run "$PLAYPEN" -q -- env
    local default=$output
    run "$PLAYPEN" -q --capture-env -- env
    systemctl "$MANAGER" unset-environment "LEAK_$ID"
    lacks "$default" LEAK_
    lacks "$output" LEAK_
}

@test "systemd's own variables do not reach the program" {
    run -0 env -u INVOCATION_ID "$PLAYPEN" -q --capture-env -- env
    lacks "$output" INVOCATION_ID=
    lacks "$output" SYSTEMD_EXEC_PID=
    lacks "$output" MANAGERPID=
}

@test "the umask is the caller's" {
    local mask
    for mask in 0000 0027 0077; do
        umask $mask
        run -0 "$PLAYPEN" -q -- sh -c umask
        claim "$output" = $mask
    done
}

@test "the nice level is the caller's" {
    run -0 nice -n 5 "$PLAYPEN" -q nice
    claim "$output" = $(($(nice) + 5))
}

@test "ulimit is the caller's: soft and hard" {
    run -0 bash -c 'ulimit -Sn 300; ulimit -Hn 400; ulimit -Sc 0; ulimit -Sf 1000
        exec "$PLAYPEN" -q -- bash -c "ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Sf"'
    claim "$output" = $'300\n400\n0\n1000'
}

@test "TERM goes along only where there is a terminal" {
    export TERM=xterm
    run -0 "$PLAYPEN" -q -- sh -c 'echo "${TERM-unset}"' < /dev/null
    claim "$output" = unset
}

@test "XDG_RUNTIME_DIR need not be set, as under su and cron" {
    run -0 env -u XDG_RUNTIME_DIR -u DBUS_SESSION_BUS_ADDRESS "$PLAYPEN" -q echo ran
    claim "$output" = ran
}

@test "--capture-path false holds under --capture-env and --limits-only as well" {
    local option
    for option in --capture-env --limits-only --capture-env=safe; do
        PATH=$PATH:/odd/$ID run -0 "$PLAYPEN" -q "$option" --capture-path=false \
            -- /usr/bin/env
        lacks "$output" "/odd/$ID"
    done
}

@test "INVOCATION_ID is the caller's where the environment is passed, in each kind of unit" {
    export INVOCATION_ID=mine
    run -0 "$PLAYPEN" -q --limits-only -- sh -c 'echo "$INVOCATION_ID"'
    claim "$output" = mine
    run -0 "$PLAYPEN" -q --capture-env -- sh -c 'echo "$INVOCATION_ID"'
    claim "$output" = mine
}

@test "a name that systemd does not take is said to be lost, unless a scope inherits it" {
    run -0 env FOO.BAR=1 "$PLAYPEN" --limits-only -- env
    contains "$output" FOO.BAR=1
    lacks "$output" 'not passed'
    run -0 env FOO.BAR=1 "$PLAYPEN" -q --limits-only --capture-env=safe -- env
    contains "$output" 'not passed to the command'
    contains "$output" FOO.BAR
}

@test "a caller's variable in playpen's own namespace becomes no other" {
    PLAYPEN_ENV_ODD=1 run -0 "$PLAYPEN" -q --limits-only -- env
    lacks "$output" ODD=
    PLAYPEN_ENV_PATH=/nowhere run -0 "$PLAYPEN" -q --limits-only -- true
}

@test "what -p sets is not the caller's: umask, limits; a nice level without a line" {
    run -0 "$PLAYPEN" -q -p UMask=0077 -- sh -c umask
    claim "$output" = 0077
    run -0 "$PLAYPEN" -q -p LimitNOFILE=100:1000 -- sh -c 'ulimit -Sn; ulimit -Hn'
    claim "$output" = $'100\n1000'
    run -0 "$PLAYPEN" -q --limits-only -p LimitNOFILE=100:1000 -- sh -c 'ulimit -Sn'
    claim "$output" = 100
    run -0 "$PLAYPEN" -q -p Nice=5 -- nice
    claim "$output" = 5
}
