#!/usr/bin/env bats
# The exit status is the command's own, or says what went wrong.
load helper


@test "a program's own status is playpen's: 0, 1, 7, 137, 217, 255" {
    local n
    for n in 0 1 7 137 217 255; do
        run "$PLAYPEN" -q -- sh -c "exit $n"
        claim "$status" = "$n"
        claim "$output" = ""
    done
}

@test "a program that exits with 124 or 127 by itself is not commented on" {
    local n
    for n in 124 127; do
        run "$PLAYPEN" -m 100M -q -- sh -c "exit $n"
        claim "$status" = "$n"
        claim "$output" = ""
    done
}

@test "a program that exits with 137 is not taken for out of memory" {
    run --separate-stderr -137 "$PLAYPEN" -m 50M -- sh -c 'exit 137'
    lacks "$stderr" memory,
}

@test "a command that is not found gives 127 and one line" {
    run --separate-stderr -127 "$PLAYPEN" -- no-such-command-$ID
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" "playpen: "
    contains "$stderr" "no-such-command-$ID"
    claim "$output" = ""
}

@test "a file that cannot be executed gives 126 and one line" {
    echo data > "plain$ID"
    run --separate-stderr -126 "$PLAYPEN" -- "./plain$ID"
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" "plain$ID"
}

@test "a script whose interpreter is missing gives 126 or 127, as under env" {
    printf '#!/no/such/interpreter\n' > "script$ID"
    chmod +x "script$ID"
    run env "./script$ID"
    local want=$status
    run "$PLAYPEN" -q -- "./script$ID"
    claim "$status" = "$want"
    contains "$output" "script$ID"
}

@test "a script without #! is run by the shell" {
    echo 'echo shell; exit 3' > "script$ID"
    chmod +x "script$ID"
    run -3 "$PLAYPEN" -q -- "./script$ID"
    claim "$output" = shell
}

@test "a refusal gives 125, one line, and no unit" {
    program p <<< 'exit 0'
    run --separate-stderr -125 "$PLAYPEN" -m nonsense -- "./p$ID"
    claim "${#stderr_lines[@]}" = 1
    contains "$stderr" --memory-limit
    contains "$stderr" nonsense
    no_unit
}

@test "what --property has run before the command is run once, where it fails as well" {
    program before <<< "echo run >> '$WORK/log'; exit 1"
    run -125 "$PLAYPEN" -q -p "ExecStartPre=$WORK/before$ID" -- true
    claim "$(cat log)" = run
}

@test "a program that ends in time is not touched by --timeout" {
    run -5 "$PLAYPEN" -q --timeout 30s -- sh -c 'exit 5'
}

@test "a program that runs for too long is ended: 124" {
    run -124 "$PLAYPEN" -q --timeout 2s -- sleep 60
}

@test "a program that ignores SIGTERM is gone soon after --timeout 2s: 124" {
    program p <<< 'trap "" TERM; echo $$; while :; do sleep 0.2; done'
    local begin=$SECONDS
    run --separate-stderr -124 "$PLAYPEN" -q --timeout 2s -- "./p$ID"
    # Not after the minute and a half that systemd gives by default.
    claim $((SECONDS - begin)) -le 60
    wait_until 60 gone "$output"
    wait_until 60 no_unit
}

@test "a program that ends itself with 0 on the SIGTERM of --timeout: 124 still" {
    run -124 "$PLAYPEN" -q --timeout 2s -- sh -c \
        'trap "exit 0" TERM; while :; do sleep 0.2; done'
}

@test "a failed program leaves no unit behind" {
    program p <<< 'exit 9'
    run -9 "$PLAYPEN" -q -- "./p$ID"
    wait_until 60 no_unit
}

@test "no failed unit is left of a run with a time limit: not executed, killed, failing" {
    failed() { systemctl "$MANAGER" list-units --failed --plain --no-legend "playpen-*$ID-*"; }
    printf '#!/nonexistent/x\n' > "bad$ID"
    chmod +x "bad$ID"
    run "$PLAYPEN" -q --timeout 50 "./bad$ID"
    claim "$status" = 127
    program p <<< 'exit 3'
    run "$PLAYPEN" -q --timeout 50 "./p$ID"
    claim "$status" = 3
    claim "$(failed)" = ""
    program q <<< 'echo ready; sleep 100'
    start_ready -q --timeout 90 "./q$ID"
    kill -9 "$pid"
    wait_until 60 no_unit
}
