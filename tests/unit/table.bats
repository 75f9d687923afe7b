# table.bats - the option table against what else has to know a row of it: what
# is forgotten when an option is added fails here.

load helper

src=$BATS_TEST_DIRNAME/../../src

# rows [PATTERN] - the rows of the table, one a line, those with PATTERN.
rows() {
    awk '/^    \{ "--/ { row = "" } { row = row " " $0 }
        /\},$/ && row ~ /\{ "--/ { print row; row = "" }' "$src/options.c" |
        grep -E "${1:-.}"
}

# of FIELD ROW - what the row says.
of() {
    sed -nE "s/.*\.$1 = \"?([^\",}]*[^\",} ]).*/\1/p" <<< "$2"
}

name_of() { sed -E 's/.*\{ "(--[^"]*)".*/\1/' <<< "$1"; }

@test "each flag, limit and mode of the policy has a row, and each row its field" {
    run -0 rows
    [ "${#lines[@]}" -gt 40 ]
    sed -nE '/^struct policy \{/,/^\}/s/^    struct (flag|limit|mode) (.*);.*/\2/p' \
        "$src/policy.h" | tr -d ' ' | tr , '\n' | sort > fields
    rows 'KIND_(FLAG|LIMIT|CHOICE)' | grep -oE 'FIELD\([a-z_]+' |
        sed 's/FIELD(//' | sort > named
    [ "$(wc -l < fields)" -gt 15 ]
    diff fields named
}

@test "a boolean option that has a property emits it, is explained, and dropped by --limits-only" {
    local row name property

    run -0 rows 'KIND_FLAG.*\.property = |\.effect = EFFECT_'
    [ "${#lines[@]}" -ge 4 ]
    for row in "${lines[@]}"; do
        name=$(name_of "$row")
        property=$(of property "$row")
        [ -n "$property" ] || fail "$name has no .property"
        [ -n "$(of subject "$row")" ] || fail "$name has no .subject"
        [ "$(properties --user "$name" true | grep -c "^$property=yes$")" = 1 ] ||
            fail "$name does not emit $property: it has no .effect"
        [ "$(properties --user "$name=false" true | grep -c "^$property=")" = 0 ] ||
            fail "$name=false emits $property"
        PLAYPEN_OPTIONS=$name dry --user --limits-only true
        [[ " ${words[*]} " != *" -p$property="* ]] ||
            fail "--limits-only leaves $name on: it has no .protection"
        make_home
        explain --user "$name" -- true
        grep -F -- "$(of subject "$row")" "$dir/out" | grep -q -- "$name" ||
            fail "$name is not explained" "$(< "$dir/out")"
        rm -r "$home_dir"
        # What is on by itself says so.
        if [[ $row == *'(default: true)'* ]]; then
            properties --user true | grep -qx "$property=yes"
        else
            [ "$(properties --user true | grep -c "^$property=")" = 0 ]
        fi || fail "the help of $name and its default differ"
    done
}

@test "each protection is tried by a live test" {
    local row name

    run -0 rows '\.protection = true'
    [ "${#lines[@]}" -ge 6 ]
    for row in "${lines[@]}"; do
        name=$(name_of "$row")
        grep -rqE --include='*.bats' -- "$name( |=|\"|\$)" \
            "$BATS_TEST_DIRNAME/../live" || fail "no live test has $name"
    done
}

@test "a property that an option becomes is refused to --property" {
    local property

    run -0 rows '\.property = '
    for row in "${lines[@]}"; do
        property=$(of property "$row")
        refused "--property $property=x: expected --" -p "$property=x" true
    done
}

@test "only what a scope has as well leaves --limits-only a scope" {
    local property

    for property in MemoryHigh=1G CPUWeight=5 IOWeight=5 AllowedCPUs=0 \
        OOMPolicy=continue Slice=x.slice; do
        dry --user --limits-only -p "$property" true
        [[ " ${words[*]} " == *" --scope "* ]] || fail "$property: no scope"
    done
    for property in CPUSchedulingPolicy=idle CPUAffinity=0 IOSchedulingClass=idle \
        MemoryDenyWriteExecute=yes LimitNOFILE=50 OOMScoreAdjust=5 \
        RestrictRealtime=yes ProtectHostname=yes SystemCallFilter=~@mount \
        LockPersonality=yes UMask=0077 Nice=5; do
        dry --user --limits-only -p "$property" true
        [[ " ${words[*]} " != *" --scope "* ]] || fail "$property in a scope"
    done
}
