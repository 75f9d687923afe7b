#!/usr/bin/env bats
# Ordinary command lines, as one would type them, are compared with what they do
# without playpen: output, errors, status, and the files that they leave.
load helper

# A line each, for sh; ¶ is a new line. What is not to be compared, as times and
# numbers of processes, is not printed.
lines() {
    cat << 'END'
echo hello world
printf '%s\n' a c b | sort -r | head -n 2
echo $((6 * 7)) "${HOME##*/}" "$0" "$#"
false; echo $?
false | true; echo $?
exit 7
(exit 3) || echo $?
ls /nonexistent
cat nothere > out 2> err; wc -c < out
echo a > f; echo b >> f; cat f
: > empty; test -s empty || echo empty
echo err >&2; echo out
{ echo 1; echo 2 >&2; } 2>&1 | cat -n
exec 3> three; echo x >&3; exec 3>&-; cat three
exec 4<> rw; echo x >&4; cat rw
echo x >&-; echo $?
cat <<E¶here $((1 + 1))¶E
cat <<'E'¶$HOME `x`¶E
x=$(echo sub; exit 4); echo "<$x> $?"
echo `echo back`
for i in 1 2 3; do echo $i; done | tail -n 1
i=0; while [ $i -lt 3 ]; do i=$((i + 1)); done; echo $i
case abc in a*) echo yes ;; esac
f() { return 5; }; f; echo $?
set -e; false; echo not
set -u; echo $unset_variable
trap 'echo bye' EXIT; exit 4
trap 'echo term' TERM; kill -TERM $$; echo after
kill -9 $$
kill -INT $$
kill -HUP $$
sh -c 'kill -SEGV $$' 2> /dev/null; echo $?
sleep 0.1 & wait $!; echo $?
(sleep 0.1; echo late) & echo early; wait
sleep 5 & kill $!; wait $!; echo $?
timeout 0.1 sleep 5; echo $?
timeout -s KILL 0.1 sleep 5; echo $?
umask 027; touch f; stat -c %a f
umask; ulimit -n 100; ulimit -n
seq 20 | xargs -n 5 echo
seq 8 | xargs -P 4 -I@ sh -c 'echo @ > f@'; cat f*
mkdir -p a/b; touch a/b/c; find . -type f -exec echo {} +
find . -exec false {} \;; echo $?
mkdir d; mv d e; cp -r e g; ls
ln -s target link; readlink link; test -e link; echo $?
echo x > a; ln a b; stat -c %h a b
touch -d 2001-02-03 old; stat -c %Y old
touch x; chmod 640 x; test -x x; echo $?
mkfifo p; echo through > p & cat p
echo x | tee a b; ls
yes | head -n 2
dd if=/dev/zero of=z bs=1k count=4 status=none; wc -c z
head -c 3 /dev/zero | od -An -tx1
head -c 9 /dev/urandom | wc -c
test -t 0; echo $?
cat /dev/stdin; echo $?
echo x > /dev/stdout; echo y > /dev/stderr
echo x > /dev/full; echo $?
cut -d: -f1 /etc/passwd | head -n 1
grep nothing /etc/hostname; echo $?
echo a > f; sed -i s/a/b/ f; cat f
awk 'BEGIN { print 1 / 3; exit 2 }'
awk -F: '$3 == 0 { print $1 }' /etc/passwd
diff /etc/hostname /etc/passwd > d; echo $?
printf 'a\0b' | xargs -0 -n 1
env -i A=1 env
nice -n 3 nice
nohup echo hi
setsid -w echo new
flock l echo locked
id -un; id -u; whoami; getent passwd root
date -u -d @0 +%F; hostname; uname -s
df . > /dev/null; echo $?
f=$(mktemp); echo $?; rm "$f"; rmdir $(mktemp -d); echo $?
ps -o comm= -p $$
echo $$ > pid; kill -0 $(cat pid); echo $?; rm pid
cd /; pwd; cd /nonexistent
busybox sh -c 'echo busy'
echo x > f; tar czf a.tgz f; tar xzOf a.tgz f; rm a.tgz
mkdir d; tar cf - d | tar tf -
git init -q .; git -c user.name=a -c user.email=b commit -q --allow-empty -m m; git log --format=%s; rm -rf .git
git init -q r; cd r; echo x > f; git add .; git status --short; git diff --cached --stat; cd ..; rm -rf r
git init -q --bare b; git clone -q b w; ls; git -C w fetch; rm -rf b w
git diff --no-index /etc/hostname /etc/passwd > d; echo $?
git no-such-command; echo $?
printf 'a: b c\nb c:\n\t@echo $@\n' > Makefile; make; make -j2 | sort
printf 'a:\n\t@exit 3\n' > Makefile; make; echo $?
printf 'a:\n\t@echo $(MAKE)\n' > Makefile; make -s
python3 -c 'print(6 * 7)'
python3 -c 'import sys; sys.exit(3)'
python3 -c 'import os; os.kill(os.getpid(), 15)'; echo $?
python3 -c 'raise SystemError'; echo $?
python3 -c 'import subprocess as s; print(s.run("echo x; exit 4", shell=True, capture_output=True))'
python3 -c 'import os; print(os.getuid(), os.getgid(), os.cpu_count(), os.isatty(0))'
python3 -c 'import multiprocessing as m; print(m.Pool(2).map(abs, [-1, -2]))'
python3 -c 'import tempfile as t; print(len(t.TemporaryDirectory().name) > 5)'
python3 -c 'import socket; a, b = socket.socketpair(); a.send(b"x"); print(b.recv(1))'
python3 -c 'import signal; print([s.name for s in signal.pthread_sigmask(0, [])])'
node -e 'console.log([1, 2].map(x => x * 2))'
node -e 'process.exit(9)'
node -e 'require("child_process").execSync("echo hi", { stdio: "inherit" })'
node -e 'require("fs").writeFileSync("f", "x"); throw 1' 2> /dev/null; echo $?
perl -e 'print "p\n"; exit 5'
echo 'int main(void) { return 4; }' > m.c; gcc m.c -o m; ./m; echo $?; rm m
expect -c 'spawn -noecho echo hi; expect eof; exit 3'
script -qec 'test -t 0 && test -t 1 && stty size > /dev/null && echo tty' /dev/null < /dev/null
script -qec 'exit 6' /dev/null < /dev/null; echo $?
tmux -L ordinary -f /dev/null new-session -d 'echo in > f'; until test -s f; do sleep 0.1; done; cat f
echo a > f; vi -es -c 's/a/b/' -c wq f; echo $?; cat f
less /etc/hostname
bash -c 'cat <(echo one) <(echo two); echo three > >(cat); wait'
bash -c 'shopt -s nullglob; echo *.none; echo {a,b}{1,2}'
bash -c 'coproc cat; echo x >&${COPROC[1]}; read y <&${COPROC[0]}; echo $y'
bash -c 'set -m; sleep 0.1 & fg > /dev/null; echo $?'
bash -c 'exec -a other sh -c "echo \$0"'
bash -c 'read -t 0.1 x; echo $?'
bash -c 'printf "%(%Y)T\n" 0; echo "${PIPESTATUS[@]}"; cat < /dev/tcp/127.0.0.1/1'
/etc/hostname; echo $?
./nothere; nothere; echo $?
printf '#!/bin/sh\necho script "$@"\n' > s; chmod +x s; ./s a 'b c'
printf 'echo no magic\n' > s; chmod +x s; ./s
END
}

# Runs all lines in $WORK/run, each in a directory of its own.
driver() {
    cat > "$WORK/driver" << 'END'
n=100
while IFS= read -r line; do
    n=$((n + 1))
    mkdir "$n" || exit
    printf '%s\n' "$line" | tr '\001' '\n' > "$n.line"
    (cd "$n" && exec sh -c "$(cat "../$n.line")" sh) > "$n.out" 2> "$n.err" < /dev/null
    echo $? >> "$n.out"
done < lines
END
    lines | sed 's/¶/\x01/g' > "$WORK/lines"
}

# all_by NAME COMMAND... - what the lines leave goes to $WORK/NAME.
all_by() {
    local name=$1
    shift
    mkdir run
    cp driver lines run
    (cd run && git init -q . && "$@" driver) < /dev/null
    rm -rf run/.git
    # Of a file its mode and what it holds.
    (cd run && find . ! -type d -printf '%P %y %m %l\n' -type f -exec sha256sum {} \; |
        sort) > "$name.files"
    mv run "$name"
}

# same NAME - else it says what the line was.
same() {
    local file bad=
    diff bare.files "$1.files" > /dev/null && return
    for file in bare/*.out bare/*.err; do
        cmp -s "$file" "$1/${file#*/}" && continue
        bad=1
        cat "${file%.*}.line"
        diff "$file" "$1/${file#*/}" || :
    done
    [ -n "$bad" ] || diff bare.files "$1.files"
    return 1
}

@test "a hundred command lines do the same as without playpen" {
    driver
    ln -s "$PLAYPEN" pp-sh
    export PLAYPEN_OPTIONS='-q -m infinity'
    all_by bare sh
    claim "$(ls bare/*.out | wc -l)" -ge 100
    all_by plain "$PLAYPEN" -- sh
    all_by limited "$PLAYPEN" --limits-only -- sh
    all_by shim "$WORK/pp-sh"
    local bad=
    same plain || bad=1
    same limited || bad=1
    same shim || bad=1
    [ -z "$bad" ]
}

# playpen is the child of the shell: each line is started by itself: what is between playpen and its caller.
@test "streams, descriptors and statuses are the same, line by line" {
    ln -s "$PLAYPEN" pp-sh
    echo three > file
    export PLAYPEN_OPTIONS='-q -m infinity'
    local line way
    while IFS= read -r line; do
        for way in bare plain limited shim; do
            case $way in
            bare) words=(sh) ;;
            plain) words=("$PLAYPEN" -- sh) ;;
            limited) words=("$PLAYPEN" --limits-only -- sh) ;;
            shim) words=("$WORK/pp-sh") ;;
            esac
            printf 'one\ntwo\n' | {
                status=0
                env --default-signal "${words[@]}" -c "$line" 3< file || status=$?
                echo "status $status"
                cat
            } > "$way" 2> "$way.err"
        done
        # The shell's own words on a child that died; playpen exits.
        sed -i '/^.*Terminated\b\|^.*Killed\b/d' ./*.err
        for way in plain limited shim; do
            diff bare "$way" && diff bare.err "$way.err" || {
                echo "$way: $line" >&2
                return 1
            }
        done
    done << 'END'
cat
read x; echo "$x"
cat <&3; echo err >&2; exit 9
kill -TERM $$
kill -9 $$
exec >&-; exec 2>&-; cat > /dev/null; exit 3
sleep 60 & exit 5
yes | head -n 1; exec yes > /dev/full
END
}

@test "what the caller set of scheduling and memory is the command's, in each kind of unit" {
    cat > show << 'END'
cat /proc/self/personality /proc/self/timerslack_ns
# A lower one is the manager's.
awk '$1 > 200' /proc/self/oom_score_adj
nproc; nice; ionice; chrt -p 0 | sed 's/^pid [0-9]*//'; ulimit -a | grep -v locked; umask
END
    local wrapper options
    for wrapper in env 'setarch -R' 'choom -n 700 --' 'taskset -c 0' 'ionice -c3' \
        'ionice -c2 -n7' 'chrt --batch 0' 'chrt --idle 0' 'nice -n 7' \
        'prlimit --nofile=300:400' 'prlimit --stack=4194304'; do
        # shellcheck disable=SC2086
        $wrapper sh show > bare
        for options in '' --limits-only --current-dir-only; do
            # shellcheck disable=SC2086
            $wrapper "$PLAYPEN" -q $options -- sh show > inside
            diff bare inside || {
                echo "$wrapper: $options" >&2
                return 1
            }
        done
    done
    # Where no file may grow playpen does without its own.
    run bash -c 'ulimit -f 0; "$0" -q --current-dir-only echo a' "$PLAYPEN"
    claim "$status ${lines[-1]}" = "0 a"
    contains "$output" "cannot be made (File too large)"
}
