#!/usr/bin/env bats
# Many launches at the same time: each with its own status and output, and
# nothing left of any.
load helper

@test "of many launches, 20 at a time, a third failing, a third killed, every status is right and nothing is left" {
    local count=${PLAYPEN_LAUNCHES:-80} i

    # ok: 500 lines, 0. fail: 500 lines, a status of its own. stay: until it
    # is killed.
    program p << 'END'
[ "$1" = stay ] && exec sleep 300
seq 500
exit "$2"
END
    # launch NUMBER: one of the three, and a line with what was wrong.
    cat > launch << 'END'
#!/bin/bash
# bash reports what was killed.
exec 2> /dev/null
n=$1 want=0 what=ok signal=
case $((n % 3)) in
1) what=fail want=$((n % 123 + 1)) ;;
2) what=stay
   if ((n % 2)); then signal=KILL want=137; else signal=TERM want=143; fi ;;
esac
"$PLAYPEN" -q -- "$PROGRAM" $what $want > "out.$n" 2> "err.$n" < /dev/null &
if [ $signal ]; then
    # At a random moment: before, while or after it starts.
    sleep $((RANDOM % 4)).$((RANDOM % 10))
    kill -$signal $!
fi
status=0
wait $! 2> /dev/null || status=$?
[ $status = $want ] || echo "$n: $what $signal ended with $status, not $want: $(< "err.$n")"
[ -s "err.$n" ] && echo "$n: said $(< "err.$n")"
if [ $what != stay ] && ! seq 500 | cmp -s - "out.$n"; then
    echo "$n: its output is not complete"
fi
exit 0
END
    chmod +x launch
    PROGRAM=$WORK/p$ID
    export PROGRAM
    seq "$count" | xargs -P 20 -n 1 ./launch > wrong 2>&1 3>&-
    claim "$(ls out.* | wc -l)" = "$count"
    cat wrong
    claim ! -s wrong
    wait_until 60 no_unit
    claim -z "$(pgrep -f "p$ID stay")"
    # No socket of theirs either, once another has run.
    "$PLAYPEN" -q true
    claim -z "$(find "${XDG_RUNTIME_DIR:-/run}/playpen" -type s)"
}

# bats test_tags=slow
@test "64 launches at once on one processor are waited for" {
    cat > launch << 'END'
#!/bin/sh
"$PLAYPEN" -q sh -c "exit $1" 2>> said
echo "$1 $?" >> statuses
END
    chmod +x launch
    seq 64 | taskset -c 0 xargs -P 64 -n 1 ./launch 3>&-
    claim "$(sort -n statuses)" = "$(seq 64 | sed 's/.*/& &/')"
    claim ! -s said
}
