#!/usr/bin/env bats
# Every example of the description that playpen started from which needs
# neither npm nor a path option, run as it stands there.
load helper

is_date() { date -d "$1" > /dev/null; }

@test "playpen -h prints the usage and the options" {
    run -0 "$PLAYPEN" -h
    contains "$output" Usage
    contains "$output" --memory-limit
    contains "$output" --current-dir-only
}

@test "playpen -q date works just like date" {
    run -0 "$PLAYPEN" -q date
    claim "${#lines[@]}" = 1
    is_date "$output"
}

@test "playpen -q -m 1K date has no output" {
    run --separate-stderr -125 "$PLAYPEN" -q -m 1K date
    claim "$output" = ""
}

# bats test_tags=version
@test "playpen -q -m 300K date: the date, or 137 where that is too little" {
    run "$PLAYPEN" -q -m 300K date
    if [ "$status" = 0 ]; then
        is_date "$output"
    else
        claim "$status" = 137
        claim "$output" = ""
    fi
}

@test "playpen -q -m 5M -- date --rfc-3339 s" {
    # 300K in the original, where that was enough for date.
    run -0 "$PLAYPEN" -q -m 5M -- date --rfc-3339 s
    [[ $output =~ ^....-..-..\ ..:..:..[+-]..:..$ ]]
}

# bats test_tags=version
@test "playpen date: banner and summary on stderr, the date on stdout" {
    run --separate-stderr -0 "$PLAYPEN" date
    is_date "$output"
    contains "$stderr" "Running as unit: "
    claim "${#stderr_lines[@]}" -gt 1
    lacks "$stderr" "Press ^]"
}

@test "playpen -m 50M -q -- python3 -c, printing 123" {
    run -0 "$PLAYPEN" -m 50M -q -- python3 -c "print(123)"
    claim "$output" = 123
}

@test "playpen -m 50M -- python3 -c, printing 123: the summary on stderr" {
    run --separate-stderr -0 "$PLAYPEN" -m 50M -- python3 -c "print(123)"
    claim "$output" = 123
    claim "${#stderr_lines[@]}" -gt 1
}

@test "playpen -m 50M -- python3 -c, printing 123 123, into tr" {
    "$PLAYPEN" -m 50M -- python3 -c "print('123 123')" 2> err | tr ' ' '+' > out
    claim "$(< out)" = 123+123
    grep -q "Running as unit: " err
}

@test "playpen -m 50M -c 100% python3 reads its program from stdin" {
    run -0 "$PLAYPEN" -q -m 50M -c 100% python3 <<< 'print(6 * 7)'
    claim "$output" = 42
}

@test "ABC=123 playpen --capture-env=on -- bash -c env" {
    ABC=123 run -0 "$PLAYPEN" --capture-env=on -- bash -c 'env'
    grep -qx ABC=123 <<< "$output"
    ABC=123 run -0 "$PLAYPEN" -- bash -c 'env'
    not grep -q ABC= <<< "$output"
}

@test "a date piped into python3 add_days.py 10, into tr" {
    cat > add_days.py << 'END'
# add_days.py
import sys
from datetime import datetime as dt
from datetime import timedelta
for line in sys.stdin:
    value = dt.fromisoformat(line.strip())
    output = value + timedelta(days=int(sys.argv[1]))
    print(output.isoformat())
END
    echo $(date --rfc-3339 s) \
        | "$PLAYPEN" -m 50M -q -- python3 add_days.py 10 \
        | tr '[0-9]' 'X' > out
    claim "$(tr - + < out)" = 'XXXX+XX+XXTXX:XX:XX+XX:XX'
}

# bats test_tags=version
@test "playpen -m 50M python3: a session is killed when it exceeds the limit" {
    # 2**30 in the original: a MemoryError where the machine has less than that.
    run -137 "$PLAYPEN" -m 50M python3 <<< 'x = [0] * 2**26'
    contains "$output" 50M
}
