#!/usr/bin/env bats
# manual.bats - the manual page against the option table, as --help prints it.

load helper

manual=$BATS_TEST_DIRNAME/../../src/playpen.1

@test "the manual has every option with its argument, and no other" {
    playpen --help
    sed -En 's/^ +((-.|  ), )?(--[^ ]+( [A-Z=:\[]+\]?)?).*/\1\3/p' <<< "$out" |
        tr -d ' ' | sort > help
    [ "$(wc -l < help)" -gt 40 ]
    # ".It Fl e , Fl -env Ar NAME Ns Oo = Ns Ar VALUE Oc"
    sed -n 's/^\.It Fl /-/p' "$manual" |
        sed 's/Fl /-/g; s/Oo/[/; s/Oc/]/; s/ Ns//g; s/ Ar / /g; s/ Cm / /g' |
        tr -d ' ' | sort > manual
    diff help manual
}

@test "the manual is clean mdoc" {
    command -v mandoc > /dev/null || skip "needs mandoc"
    # Which other manuals there are, and an index of them, is this machine's
    # matter.
    run -0 bash -c 'mandoc -Tlint "$1" 2>&1 |
        grep -ve "outdated mandoc.db" -e "referenced manual not found"; exit 0' \
        - "$manual"
    [ -z "$output" ] || fail "$output"
}

@test "the manual has every key of --stats=FILE" {
    # What they are called stands in one table.
    mapfile -t keys < <(sed -n 's/.*= { "\([a-z_]*\)".*/\1/p' \
        "$BATS_TEST_DIRNAME/../../src/stats.c")
    [ ${#keys[@]} -gt 15 ]
    for key in command unit status "${keys[@]}"; do
        grep -Eq "^\.It Li (.* , )?$key( ,|$)" "$manual" || fail "$key"
    done
}
