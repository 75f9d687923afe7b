#!/usr/bin/env bats
# The stage: what it closes to a program under a path restriction, and what a
# program inherits of its caller. What depends on the kernel is tried by a small
# C program, first with nothing around it where that is cheap.

load helper

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/tools"
    cat > "$BATS_FILE_TMPDIR/tools/call.c" <<'END'
/* call [CALL , ]... CALL - the system calls, each [32:]NUMBER [ARGUMENT...], with
 * 32: by that number of 32-bit programs; prints 0 or an errno's name for each.
 * As the root of a user and mount namespace of its own, so that it is no lack of
 * capabilities that refuses.
 * call cgroup DIR COMMAND... - COMMAND as a child in that cgroup. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static long call(int compat, long number, const long *a)
{
    long result;

    if (!compat)
        return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "=a"(result)
                     : "a"(number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]),
                       "D"(a[4]) : "memory", "r8", "r9", "r10", "r11");
    errno = result < 0 ? (int)-result : 0;
    return result;
#endif
}

static int in_cgroup(char **argv)
{
    struct clone_args args = { .flags = 0x200000000ULL,
                               .exit_signal = SIGCHLD };
    long pid;

    args.cgroup = (uint64_t)open(argv[0], O_PATH | O_DIRECTORY);
    pid = syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0) {
        execvp(argv[1], argv + 1);
        _exit(9);
    }
    if (pid > 0)
        wait(NULL);
    else
        puts(strerrorname_np(errno));
    return 0;
}

int main(int argc, char **argv)
{
    if (strcmp(argv[1], "cgroup") == 0)
        return in_cgroup(argv + 2);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return 1;
    for (int i = 1; i < argc; i++) {
        int compat = strncmp(argv[i], "32:", 3) == 0;
        long number = strtol(argv[i] + 3 * compat, NULL, 0), a[6] = { 0 };

        for (int n = 0; ++i < argc && strcmp(argv[i], ",") != 0; n++)
            a[n] = strtol(argv[i], NULL, 0);
        puts(call(compat, number, a) < 0 ? strerrorname_np(errno) : "0");
    }
    return 0;
}
END
    cat > "$BATS_FILE_TMPDIR/tools/around.c" <<'END'
/* around [32] DIR FROM TO - puts DIR/FROM in place of DIR/TO, which a mount protects:
 * from a mount namespace that lacks the mount. Its texts lie below 4 GiB. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int compat;

static long call(long number, long compat_number, const char *a, long b)
{
    long result;

    if (!compat)
        return syscall(number, a, b);
    __asm__ volatile("int $0x80" : "=a"(result)
                     : "a"(compat_number), "b"(a), "c"(b)
                     : "memory", "r8", "r9", "r10", "r11");
    return result;
}

static int put(const char *file, const char *format, unsigned number)
{
    int fd = open(file, O_WRONLY);

    return fd < 0 ? -1 : dprintf(fd, format, number);
}

/* Of who is not mapped nothing can be made in the namespace's file systems. */
static int become_root(void)
{
    unsigned user = getuid(), group = getgid();

    return unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
                   put("/proc/self/uid_map", "0 %u 1", user) < 0 ||
                   put("/proc/self/setgroups", "deny", 0) < 0 ||
                   put("/proc/self/gid_map", "0 %u 1", group) < 0
               ? -1
               : 0;
}

int main(int argc, char **argv)
{
    int dir;

    compat = argc > 4;
    argv += compat;
    dir = open(argv[1], O_PATH | O_DIRECTORY);
    if (become_root() < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", "/tmp", "tmpfs", 0, NULL) < 0 ||
        mkdir("/tmp/old", 0700) < 0 ||
        call(SYS_pivot_root, 217, "/tmp", (long)"/tmp/old") < 0 ||
        chdir("/") < 0 || call(SYS_umount2, 52, "/old", MNT_DETACH) < 0)
        puts("around: refused");
    if (renameat2(dir, argv[2], dir, argv[3], RENAME_EXCHANGE) < 0)
        perror("renameat");
    return 0;
}
END
    for tool in call around; do
        gcc -no-pie -o "$BATS_FILE_TMPDIR/tools/$tool" "$BATS_FILE_TMPDIR/tools/$tool.c"
    done
}

setup() {
    [ "$EUID" != 0 ] || skip "path restrictions are refused for root"
    WORK=$(mktemp -d "$HOME/work.XXXXXX")
    ID=t${WORK##*.}
    cd "$WORK" || return
    cp "$BATS_FILE_TMPDIR"/tools/{call,around} .
}

teardown() {
    cd /
    rm -rf "$WORK" "$HOME/tools.$ID"
}

inside() { run "$PLAYPEN" -q --current-dir-only -- "$@"; }

# The same without the filter: what is refused then, is not by it.
unfiltered() {
    local words

    words=$("$PLAYPEN" -n -q --current-dir-only "${options[@]}" -- "$@")
    contains "$words" ' filter=full '
    eval "run ${words/ filter=full / }"
}
options=()

# bats test_tags=version,backports
@test "no child is started in another cgroup of the user's" {
    local cgroup=/sys/fs/cgroup/user.slice/user-$UID.slice/user@$UID.service/init.scope

    run "$PLAYPEN" -q -- ./call cgroup "$cgroup" cat /proc/self/cgroup
    contains "$output" init.scope
    inside ./call cgroup "$cgroup" cat /proc/self/cgroup
    claim "$output" = ENOSYS
}

# The answer, the number and that of 32-bit programs (0: none), and arguments for
# which the kernel's own answer is another.
calls='EPERM 155 217
EPERM 166 52
EPERM 0 22
EPERM 308 346 -1
EPERM 272 310 0x02000000
EPERM 56 120 0x02010000
ENOSYS 435 435
ENOSYS 425 425
ENOSYS 426 426 -1
ENOSYS 427 427 -1
ENOSYS 248 286
ENOSYS 249 287
ENOSYS 250 288 -1
EAFNOSUPPORT 41 359 17 2
EAFNOSUPPORT 53 360 17 2
ENOSYS 0 102 1
EPERM 321 357 1 0 0x100000
EPERM 298 336 0 0 0 0 -1
EPERM 323 374 3
EPERM 179 131 0xff
EPERM 443 443 -1
EPERM 164 79 1
EPERM 0 25 1
EPERM 227 264 999
EPERM 0 404 999'

# bats test_tags=version,backports
@test "the filter refuses natively and by 32-bit numbers what the kernel would not" {
    local answer native compat arguments
    local words=() expected=()

    while read -r answer native compat arguments; do
        for number in "$native" "32:$compat"; do
            [ "${number#32:}" != 0 ] || continue
            # shellcheck disable=SC2206 # they are words
            words+=("$number" $arguments ,)
            expected+=("$answer")
        done
    done <<< "$calls"
    inside ./call "${words[@]}"
    claim "${lines[*]}" = "${expected[*]}"
    unfiltered ./call "${words[@]}"
    claim "${#lines[@]}" = "${#expected[@]}"
    for i in "${!expected[@]}"; do
        claim "$i ${lines[i]}" != "$i ${expected[i]}"
    done
}

# bats test_tags=version,backports
@test "mount namespaces without our mounts are refused on a kernel that makes them" {
    # unshare(UNSHARE_EMPTY_MNTNS), open_tree(OPEN_TREE_NAMESPACE),
    # fsmount(FSMOUNT_NAMESPACE), and with clone3 CLONE_EMPTY_MNTNS
    local words=(272 0x00100000 , 428 -100 0 2 , 432 -1 2)

    inside ./call "${words[@]}"
    claim "${lines[*]}" = 'EINVAL EINVAL EINVAL'
    unfiltered ./call "${words[@]}"
    echo "without the filter: ${lines[*]}"
    if printf '7.1\n%s\n' "$(uname -r)" | sort -VC; then
        lacks "${lines[*]}" EINVAL
    fi
}

# bats test_tags=version,backports
@test "a call that nobody has looked at is as in a kernel without it" {
    inside ./call 999 , 0x40000027 # and getpid of x32
    claim "${lines[*]}" = 'ENOSYS ENOSYS'
    # listns(2), the first that has come since
    if printf '6.19\n%s\n' "$(uname -r)" | sort -VC; then
        unfiltered ./call 470 0 0
        lacks "$output" ENOSYS
        inside ./call 470 0 0
        claim "$output" = ENOSYS
    fi
}

# bats test_tags=version,backports
@test "what systemd was asked for and did not give is noticed: a namespace of IPC, of the network" {
    local words property

    words=$("$PLAYPEN" -n -q --current-dir-only --private-network -- echo started)
    for property in PrivateIPC PrivateNetwork; do
        contains "$words" " -p$property=yes "
        eval "run ${words/ -p$property=yes / }"
        claim "$status" = 125
        lacks "$output" started
    done
}

# bats test_tags=version,backports
@test "no cgroup namespace is made" {
    run unshare -UrC true
    claim "$status" = 0
    inside unshare -UrC true
    claim "$status" != 0
    unfiltered unshare -UrC true
    claim "$status" = 0
}

@test "a socket is of the families UNIX, INET, INET6 or NETLINK alone" {
    inside ./call 41 1 2 , 41 2 2 , 41 10 2 , 41 16 2
    lacks "$output" EAFNOSUPPORT
    inside ./call 41 40 2 , 41 38 2 , 41 17 2 # AF_VSOCK, AF_ALG, AF_PACKET
    claim "${lines[*]}" = 'EAFNOSUPPORT EAFNOSUPPORT EAFNOSUPPORT'
    # With a closed network alone as well.
    run "$PLAYPEN" -q --network none -- ./call 41 40 2
    claim "$output" = EAFNOSUPPORT
}

# bats test_tags=version,backports
@test "what is protected in what is granted is not replaced around its mount" {
    local options=(--ro d/kept --ro d/dir --inaccessible d/secret) mode what

    mkdir d
    for mode in '' 32; do
        for what in kept dir secret; do
            rm -rf d/*
            mkdir d/dir d/evil
            echo good | tee d/kept d/secret > d/dir/file
            [ "$what" = dir ] || { rm -r d/evil; echo evil > d/evil; }
            run "$PLAYPEN" -q --current-dir-only "${options[@]}" -- \
                ./around $mode d evil $what
            contains "$output" 'around: refused'
            claim "$(cat d/kept d/secret d/dir/file)" = $'good\ngood\ngood'
            # What held was the filter.
            unfiltered ./around $mode d evil $what
            claim "$output" = ""
            lacks "$(cat d/kept d/secret d/dir/file 2>&1)" $'good\ngood\ngood'
        done
    done
}

@test "many tools of the home directory are seen where they lie, read-only, and nothing else of it" {
    local i tools=$HOME/tools.$ID

    for i in 1 2 3 4 5; do
        mkdir -p "$tools/$i/bin"
        printf '#!/bin/sh\necho tool %s\n' $i > "$tools/$i/bin/tool$i"
        chmod +x "$tools/$i/bin/tool$i"
        PATH=$tools/$i/bin:$PATH
    done
    echo secret > "$tools/secret"
    contains "$("$PLAYPEN" -n -q --current-dir-only true)" " show-from=$HOME "
    inside sh -c 'for i in 1 2 3 4 5; do tool$i; done
        cd "$1" && find . -type f | sort
        for i in 1 2 3 4 5; do touch $i/bin/x || touch $i/bin/tool$i; done 2>&1 |
            grep -c Read-only
        ls -A ~ | sort
        ls -A /run/playpen.home
        grep -c playpen.home /proc/self/mountinfo' sh "$tools"
    claim "${lines[*]}" = "tool 1 tool 2 tool 3 tool 4 tool 5 $(
        printf './%s/bin/tool%s ' 1 1 2 2 3 3 4 4 5 5)10 ${tools##*/} ${WORK##*/} 0"
}

# bats test_tags=version,backports
@test "user and mount namespaces are made as ever" {
    inside unshare -Urm sh -c 'mount -t tmpfs none /tmp && touch /tmp/x && echo ok'
    claim "$output" = ok
}

# bats test_tags=version,backports
@test "a sandbox inside starts with --nested-sandbox, and not without" {
    command -v bwrap > /dev/null || skip "no bubblewrap in this image"
    inside bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc true
    claim "$status" != 0
    run -0 "$PLAYPEN" -q --current-dir-only --nested-sandbox -- \
        bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc true
}

# bats test_tags=version,backports
@test "a program has no capabilities, and cannot get any" {
    inside grep -E '^(Cap(Inh|Prm|Eff|Amb)|NoNewPrivs|Seccomp):' /proc/self/status
    claim "$(tr -d '\t' <<< "$output" | paste -sd ' ')" = "CapInh:$zero CapPrm:$zero CapEff:$zero CapAmb:$zero NoNewPrivs:1 Seccomp:2"
}
zero=0000000000000000

@test "threads, processes and workers of languages go on" {
    inside python3 -c '
import multiprocessing, subprocess, threading
t = threading.Thread(target=print, args=("thread",)); t.start(); t.join()
with multiprocessing.Pool(2) as p: print(sum(p.map(abs, [-1, -2])))
print(subprocess.run(["echo", "sub"], capture_output=True).stdout.decode(), end="")'
    claim "${output//$'\n'/ }" = "thread 3 sub"
}

@test "strace of an own child works" {
    inside strace -f -e trace=execve -o log sh -c /bin/true
    claim "$status" = 0
    grep -q '"/bin/true"' log
}

# bats test_tags=version,backports
@test "no two runs at a time have the same process numbers, and the parent is not 1" {
    local i

    for i in 1 2 3 4 5 6; do
        "$PLAYPEN" -q --current-dir-only -- \
            sh -c 'echo $$ $PPID; sh -c "echo \$\$ \$PPID; :"; sleep 1' > out$i 3>&- &
    done
    wait
    claim "$(cut -d ' ' -f 1 out? | sort | uniq -d)" = ""
    claim "$(cut -d ' ' -f 2 out? | grep -cx 1)" = 0
}

# bats test_tags=version,backports
@test "kill of itself by SIGTERM, SIGINT, SIGKILL is reported as it is" {
    local signal

    for signal in TERM:143 INT:130 KILL:137 HUP:129; do
        run sh -c '"$PLAYPEN" -q --current-dir-only -- sh -c "kill -$1 \$\$"; echo $?' sh "${signal%:*}"
        claim "$output" = "${signal#*:}"
    done
}

# bats test_tags=version,backports
@test "pipes and files at other descriptors arrive at their numbers" {
    echo three > file
    for restriction in --private-tmp --current-dir-only; do
        run -0 "$PLAYPEN" -q $restriction -- sh -c 'cat <&3; cat <&7' 3< file 7< <(echo seven)
        claim "${output//$'\n'/ }" = "three seven"
        run -0 "$PLAYPEN" -q $restriction -- cat <(echo substituted)
        claim "$output" = substituted
    done
}

@test "a closed output is seen at once by who reads it" {
    "$PLAYPEN" -q -- sh -c 'echo hi; exec >&-; sleep 600' 2> /dev/null 3>&- |
        { cat > out; touch end; } 3>&- &
    wait_until 60 grep -q hi out
    wait_until 60 [ -e end ]
    pkill -f "$PLAYPEN -q -- sh -c echo hi" || :
}

# bats test_tags=version,backports
@test "make -j4 with a shim as its shell: three levels share four jobs, and no two have a process number in common" {
    mkdir bin
    ln -s "$PLAYPEN" bin/pp-sh
    # Each job waits for three others, or for a minute.
    cat > job <<'END'
echo + >> log
for helper in 1 2; do sh -c 'echo $$ >> numbers'; done
echo $$ >> numbers
n=0
until [ "$(grep -c + log)" -ge 4 ] || [ $n -ge 600 ]; do sleep 0.1; n=$((n + 1)); done
echo - >> log
END
    cat > Makefile <<'END'
level ?= 1
jobs = $(addprefix $(name),1 2)
ifeq ($(level),3)
all: $(jobs)
$(jobs):
	@. ./job
else
all: a b
a b:
	@$(MAKE) --no-print-directory level=$$(($(level) + 1)) name=$(name)$@
endif
END
    # The limit is the machine's to give, not what is tried here.
    PLAYPEN_OPTIONS='-m infinity' run -0 make -j4 SHELL="$PWD/bin/pp-sh"
    lacks "$output" jobserver
    claim "$(grep -c + log) $(awk '/[+]/ { if (++n > most) most = n }
        /-/ { n-- } END { print most }' log)" = '8 4'
    claim "$(sort numbers | uniq -d)" = ""
    claim "$(wc -l < numbers)" = 24
}

# bats test_tags=version,backports
@test "with limits alone the environment, the descriptors and the session are the caller's" {
    local what

    for what in 'env | grep -v ^_= | sort' 'ls -l /proc/self/fd | grep -c .' \
        'umask' 'ulimit -a' 'ps -o sid=,pgid=,tty= -p $$' 'nice' 'pwd' \
        'readlink /proc/self/ns/mnt /proc/self/ns/user /proc/self/ns/pid'; do
        sh -c "$what" > direct 5< /dev/null
        "$PLAYPEN" --limits-only -q -- sh -c "$what" > limited 5< /dev/null
        diff direct limited
    done
}

@test "with limits alone a signal to the whole group reaches the program once" {
    program p <<'END'
trap 'echo got' TERM
echo ready
i=0
while [ $i -lt 20 ]; do sleep 0.1; i=$((i + 1)); done
END
    setsid sh -c 'trap : TERM; "$PLAYPEN" --limits-only -q -- "$1" > out; :' sh "./p$ID" 3>&- &
    wait_until 60 grep -q ready out
    kill -TERM -- -$!
    wait || :
    claim "$(grep -c got out)" = 1
}

# bats test_tags=version,backports
@test "with limits alone what is left in the background ends, and the unit with it" {
    run -0 "$PLAYPEN" --limits-only -q -- sh -c 'sleep 770 & echo $!'
    wait_until 60 all_gone "$output"
    wait_until 60 no_unit
}

# bats test_tags=version,backports
@test "a stage that no manager started ends nothing that it did not start" {
    run -0 systemd-run "$MANAGER" -q --scope sh -c 'sleep 600 &
        "$0" --stage directory=/ executable=/usr/bin/true -- true; kill $! && echo alive' "$PLAYPEN"
    claim "$output" = alive
}

@test "affinity, scheduling class and timer slack are the caller's" {
    claim "$(taskset -c 0 "$PLAYPEN" -q nproc)" = 1
    claim "$(chrt --batch 0 "$PLAYPEN" -q -- chrt -p 0 | head -1 | grep -c SCHED_BATCH)" = 1
    claim "$(ionice -c3 "$PLAYPEN" -q ionice)" = idle
}

@test "the command line is in no unit's description" {
    start_ready -q -- sh -c 'echo ready; until [ -e go ]; do sleep 0.1; done' token-4711
    run -0 systemctl --user show 'playpen-*' -p Description
    contains "$output" 'playpen: sh'
    lacks "$output" token
    touch go
    finish
}

@test "what outlives SIGTERM is killed two seconds later, and named" {
    run -0 --separate-stderr "$PLAYPEN" -- sh -c '
        sh -c "trap \"\" TERM; touch set; sleep 30; sleep 30" &
        until [ -e set ]; do sleep 0.1; done'
    contains "$stderr" 'was killed'
    run -0 --separate-stderr "$PLAYPEN" -q -- sh -c '
        sh -c "trap \"echo cleaned > log; exit\" TERM; touch both; while :; do sleep .1; done" &
        until [ -e both ]; do sleep 0.1; done'
    claim "$(< log)" = cleaned
}

# bats test_tags=version,backports
@test "whichever process is killed, or stopped or frozen before playpen is killed, nothing is left of the run" {
    local how victim name process stage cgroup quiet runs=() inside=() left=()
    local -A kinds=([bundle]=current-dir-only [plain]=private-tmp
        [scope]=limits-only)

    # FREEZE: the unit, before that process is killed; STOP: that process, before
    # playpen is killed.
    for name in {systemd_run.FREEZE,playpen.FREEZE}.bundle \
        {playpen,systemd_run,stage,init,starter}.{KILL,STOP}.bundle \
        {playpen.FREEZE,stage.STOP}.{plain,scope}; do
        ln -s "$(command -v sleep)" "$name"
        # With the banner systemd-run stays until the unit's end.
        quiet=(-q)
        [[ $name != systemd_run.* ]] || quiet=()
        "$PLAYPEN" "${quiet[@]}" "--${kinds[${name##*.}]}" -- "./$name" 770 \
            3>&- &
        runs+=("$name $!")
    done
    for name in "${runs[@]}"; do
        read -r name process <<< "$name"
        wait_until 60 pgrep -f "^./$name 770"
        cgroup=/sys/fs/cgroup$(systemctl --user show \
            -P ControlGroup "playpen-*$name-*" | tr -d '\n')
        mapfile -t inside < "$cgroup/cgroup.procs"
        [[ $name != *.bundle ]] || claim "${#inside[@]}" = 4
        stage=${inside[0]}
        # shellcheck disable=SC2207 # they are numbers
        left+=("${inside[@]}" "$process" $(pgrep -P "$process"))
        how=${name#*.}
        how=${how%.*}
        case ${name%%.*} in
        playpen) victim=$process ;;
        systemd_run) victim=$(pgrep -P "$process" -x systemd-run) ;;
        stage) victim=$stage ;;
        init) victim=$(pgrep -P "$stage" | head -n 1) ;;
        starter) victim=$(pgrep -P "$stage" | tail -n 1) ;;
        esac
        [ "$how" != FREEZE ] || echo 1 > "$cgroup/cgroup.freeze"
        if [ "$how" = STOP ]; then
            kill -STOP "$victim"
            victim=$process
        fi
        # Where init or the starter was stopped it may have ended by itself.
        kill -KILL "$victim" 2> /dev/null || [ "$how" = STOP ]
    done
    wait_until 60 all_gone "${left[@]}"
    for name in "${runs[@]% *}"; do
        wait_until 60 sh -c '[ -z "$(systemctl --user list-units --all \
            --plain --no-legend "playpen-*$1-*")" ]' sh "$name"
    done
}
