#!/usr/bin/env bats
# Arguments, the command's name and the working directory arrive as they are.
load helper

# arrive ARG... - the program gets these, byte for byte.
arrive() {
    "$PLAYPEN" -q -- printf '%s\0' "$@" > out
    printf '%s\0' "$@" > want
    cmp out want
}

@test "a program whose arguments hold \$ gets them unexpanded" {
    export HOME_$ID=expanded
    arrive '$HOME' '${HOME}' '$$' '$' '$$HOME' 'a $HOME b' '${i}' '$(id)' '`id`' \
        '${' '$1' '%n' '%%' '%h' '%41' '\$HOME' '\x41'
}

@test "a shell under playpen has its own variables" {
    run -0 "$PLAYPEN" -q -- sh -c 'for i in 1 2; do echo "${i}"; done'
    claim "$output" = $'1\n2'
    run -143 "$PLAYPEN" -q -- sh -c 'kill -TERM $$'
}

@test "a program gets every byte from 1 to 127, alone and together" {
    local each=() all= i hex c
    for ((i = 1; i < 128; i++)); do
        printf -v hex %02x $i
        printf -v c "\\x$hex"
        each+=("$c")
        all+=$c
    done
    arrive "${each[@]}" "$all"
}

@test "a program gets UTF-8, and bytes that are not UTF-8" {
    local LC_ALL=C high= i hex c
    for ((i = 128; i < 256; i++)); do
        printf -v hex %02x $i
        printf -v c "\\x$hex"
        high+=$c
    done
    arrive 'naïve – 日本語 🎪' $'\xff' $'a\xfe b' $'\xc3' $'\xed\xa0\x80' "$high" \
        $'%ff\xff$HOME'
}

@test "a program gets its empty arguments" {
    arrive '' a '' '' b ''
    run -0 "$PLAYPEN" -q -- sh -c 'echo $#' sh '' '' ''
    claim "$output" = 3
}

@test "words that look like options, orders or quoting are the command's" {
    arrive -- --stage -q -m 1K --help 'env=A' 'control=/x' "'" '"' '\' ';' '#' '~' '*'
}

@test "a program gets 20000 arguments" {
    local args
    mapfile -t args < <(seq 20000)
    arrive "${args[@]}"
}

@test "a program gets an argument of 100 KB" {
    arrive "$(head -c 100000 /dev/zero | tr '\0' x)" end
}

@test "a relative command is found from the working directory" {
    program p <<< 'echo "$0"'
    run -0 "$PLAYPEN" -q "./p$ID"
    claim "$output" = "./p$ID"
}

@test "a command is found on the caller's PATH" {
    program p <<< 'echo found'
    PATH=$WORK:$PATH run -0 "$PLAYPEN" -q "p$ID"
    claim "$output" = found
}

@test "a command with an odd name is run" {
    local name
    for name in 'a b' '$HOME' 'q"q' ünï; do
        printf '#!/bin/sh\necho ran\n' > "$name"
        chmod +x "$name"
        run -0 "$PLAYPEN" -q -- "./$name"
        claim "$output" = ran
    done
}

@test "a busybox called by another name keeps its argv[0]" {
    need busybox
    ln -s "$(command -v busybox)" seq
    run -0 "$PLAYPEN" -q ./seq 2
    claim "$output" = $'1\n2'
}

# works_in DIRECTORY - a program started in it is in it, and can write there.
works_in() {
    mkdir -p -- "$1"
    (
        cd -- "$1"
        "$PLAYPEN" -q -- sh -c '/bin/pwd; echo x > made' > "$WORK/out"
        /bin/pwd > "$WORK/want"
        [ "$(< made)" = x ]
    )
    cmp out want
}

@test "a program starts in a directory with any name" {
    local LC_ALL=C name
    for name in 'a b' ' lead' 'trail ' '-dash' '$HOME ${i} %n %% %41' \
        'q"q'"'"'q' 'back\slash' ':c;d#e,' $'tab\tnew\nline' 'ünïcödé' \
        $'not\xffutf8'; do
        works_in "$WORK/$name"
    done
}

@test "a program starts in a directory below /tmp, and sees nothing else of /tmp" {
    local dir status=0
    dir=$(mktemp -d /tmp/playpen-live.XXXXXX)
    mkdir "$dir/in" "$dir/beside"
    works_in "$dir/in" || status=1
    works_in "$dir/in/a b:c %n" || status=1
    cd "$dir/in"
    run "$PLAYPEN" -q -- ls "$dir"
    rm -rf "$dir"
    claim $status = 0
    claim "$output" = in
}

@test "a program starts in directories below /var/tmp and /dev/shm" {
    local dir parent status=0
    for parent in /var/tmp /dev/shm; do
        dir=$(mktemp -d $parent/playpen-live.XXXXXX)
        works_in "$dir" || status=1
        rm -rf "$dir"
    done
    claim $status = 0
}

@test "a program starts in /" {
    cd /
    run -0 "$PLAYPEN" -q pwd
    claim "$output" = /
}

@test "a program starts in a directory reached by a symlink, under that name" {
    mkdir real
    ln -s real link
    cd link
    run -0 "$PLAYPEN" -q -- sh -c 'echo "$PWD"; /bin/pwd'
    claim "${lines[0]}" = "$WORK/link"
    claim "${lines[1]}" = "$(realpath "$WORK/real")"
}

@test "a working directory that was removed is refused: 125, one line" {
    mkdir away
    cd away
    rmdir ../away
    run -125 "$PLAYPEN" -q pwd
    claim "${#lines[@]}" = 1
}
