#!/usr/bin/env bats
# bats file_tags=version
# The stage: what it closes to a program under a path restriction, and what a
# program inherits of its caller. What depends on the kernel is tried by a small
# C program, first with nothing around it where that is cheap.

load helper

setup_file() {
    mkdir -p "$BATS_FILE_TMPDIR/tools"
    cat > "$BATS_FILE_TMPDIR/tools/call.c" <<'END'
/* call NUMBER [ARGUMENT...] - the system call; prints 0 or the errno's name.
 * call cgroup DIR COMMAND... - COMMAND as a child in that cgroup. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long a[6] = { 0 };

    if (strcmp(argv[1], "cgroup") == 0) {
        struct clone_args args = { .flags = 0x200000000ULL,
                                   .exit_signal = SIGCHLD };
        long pid;

        args.cgroup = (uint64_t)open(argv[2], O_PATH | O_DIRECTORY);
        pid = syscall(SYS_clone3, &args, sizeof(args));
        if (pid == 0) {
            execvp(argv[3], argv + 3);
            _exit(9);
        }
        if (pid > 0)
            wait(NULL);
        else
            puts(strerrorname_np(errno));
        return 0;
    }
    for (int i = 2; i < argc && i < 8; i++)
        a[i - 2] = strtol(argv[i], NULL, 0);
    if (syscall(strtol(argv[1], NULL, 0), a[0], a[1], a[2], a[3], a[4], a[5]) <
        0)
        puts(strerrorname_np(errno));
    else
        puts("0");
    return 0;
}
END
    cat > "$BATS_FILE_TMPDIR/tools/around.c" <<'END'
/* around DIR FROM TO - replaces DIR/TO, which a mount protects, by DIR/FROM:
 * from a mount namespace that lacks the mount. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int dir = open(argv[1], O_PATH | O_DIRECTORY);

    (void)argc;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ||
        mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
        mount("none", "/tmp", "tmpfs", 0, NULL) < 0 ||
        mkdir("/tmp/old", 0700) < 0 ||
        syscall(SYS_pivot_root, "/tmp", "/tmp/old") < 0 || chdir("/") < 0 ||
        umount2("/old", MNT_DETACH) < 0)
        perror("around");
    if (renameat(dir, argv[2], dir, argv[3]) < 0)
        perror("renameat");
    return 0;
}
END
    for tool in call around; do
        gcc -o "$BATS_FILE_TMPDIR/tools/$tool" "$BATS_FILE_TMPDIR/tools/$tool.c"
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
    rm -rf "$WORK"
}

inside() { run "$PLAYPEN" -q --current-dir-only -- "$@"; }

# refused ERRNO CALL... - inside.
refused() {
    inside ./call "${@:2}"
    claim "$output" = "$1"
}

@test "no child is started in another cgroup of the user's" {
    local cgroup=/sys/fs/cgroup/user.slice/user-$UID.slice/user@$UID.service/init.scope

    run "$PLAYPEN" -q -- ./call cgroup "$cgroup" cat /proc/self/cgroup
    contains "$output" init.scope
    inside ./call cgroup "$cgroup" cat /proc/self/cgroup
    claim "$output" = ENOSYS
}

@test "no call leaves, makes or copies a mount namespace without our mounts" {
    refused EPERM 155 # pivot_root
    refused EPERM 166 # umount2
    refused EPERM 308 # setns
    inside ./call 272 0x00100000 # unshare(UNSHARE_EMPTY_MNTNS)
    claim "$output" = EINVAL
    inside ./call 428 -100 0 2 # open_tree(OPEN_TREE_NAMESPACE)
    claim "$output" = EINVAL
    inside ./call 432 -1 2 # fsmount(FSMOUNT_NAMESPACE)
    claim "$output" = EINVAL
}

@test "clone3 and io_uring are as in a kernel without them" {
    refused ENOSYS 435
    refused ENOSYS 425
}

@test "a call that nobody has looked at is as in a kernel without it" {
    inside ./call 999
    claim "$output" = ENOSYS
    inside ./call 0x40000027 # getpid of x32
    claim "$output" = ENOSYS
}

@test "no cgroup namespace is made" {
    run unshare -UrC true
    claim "$status" = 0
    inside unshare -UrC true
    claim "$status" != 0
}

@test "a socket is of the families UNIX, INET, INET6 or NETLINK alone" {
    local family

    for family in 1 2 10 16; do
        inside ./call 41 $family 2
        claim "$output" != EAFNOSUPPORT
    done
    for family in 40 38 17; do # AF_VSOCK, AF_ALG, AF_PACKET
        inside ./call 41 $family 2
        claim "$output" = EAFNOSUPPORT
    done
}

@test "a file that is read-only in what is granted is not replaced around its mount" {
    mkdir d
    echo good > d/kept
    echo evil > d/evil
    run "$PLAYPEN" -q --current-dir-only --ro d/kept -- ./around d evil kept
    claim "$(< d/kept)" = good
    ./around d evil kept || :
}

@test "user and mount namespaces are made as ever" {
    inside unshare -Urm sh -c 'mount -t tmpfs none /tmp && touch /tmp/x && echo ok'
    claim "$output" = ok
}

@test "a sandbox inside starts with --nested-sandbox, and not without" {
    command -v bwrap > /dev/null || skip "no bubblewrap in this image"
    inside bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc true
    claim "$status" != 0
    run -0 "$PLAYPEN" -q --current-dir-only --nested-sandbox -- \
        bwrap --unshare-all --ro-bind / / --dev /dev --proc /proc true
}

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

@test "kill of itself by SIGTERM, SIGINT, SIGKILL is reported as it is" {
    local signal

    for signal in TERM:143 INT:130 KILL:137 HUP:129; do
        run sh -c '"$PLAYPEN" -q --current-dir-only -- sh -c "kill -$1 \$\$"; echo $?' sh "${signal%:*}"
        claim "$output" = "${signal#*:}"
    done
}

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
    "$PLAYPEN" -q -- sh -c 'echo hi; exec >&-; sleep 20' 2> /dev/null 3>&- |
        { cat > out; touch end; } 3>&- &
    wait_until 15 grep -q hi out
    wait_until 3 [ -e end ]
    pkill -f "$PLAYPEN -q -- sh -c echo hi" || :
}

@test "parallel recipes under a shim share make's jobserver" {
    mkdir bin
    ln -s "$PLAYPEN" bin/pp-sh
    cat > Makefile <<'END'
all:
	+@$(MAKE) --no-print-directory -f Sub
END
    cat > Sub <<'END'
all: a b c
a b c:
	@echo $@
END
    PATH=$PWD/bin:$PATH run -0 make -j3 SHELL="$PWD/bin/pp-sh"
    lacks "$output" jobserver
    claim "$(sort <<< "$output" | paste -sd ' ')" = "a b c"
}

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
    wait_until 10 grep -q ready out
    kill -TERM -- -$!
    wait || :
    claim "$(grep -c got out)" = 1
}

@test "with limits alone what is left in the background ends, and the unit with it" {
    run -0 "$PLAYPEN" --limits-only -q -- sh -c 'sleep 77 & echo $!'
    wait_until 3 all_gone "$output"
    wait_until 3 no_unit
}

@test "affinity, scheduling class and timer slack are the caller's" {
    claim "$(taskset -c 0 "$PLAYPEN" -q nproc)" = 1
    claim "$(chrt --batch 0 "$PLAYPEN" -q -- chrt -p 0 | head -1 | grep -c SCHED_BATCH)" = 1
    claim "$(ionice -c3 "$PLAYPEN" -q ionice)" = idle
}

@test "the command line is in no unit's description" {
    "$PLAYPEN" -q -- sh -c 'sleep 2' token-4711 3>&- &
    wait_until 10 sh -c 'systemctl --user list-units "playpen-*" | grep -q playpen'
    lacks "$(systemctl --user show 'playpen-*' -p Description)" token
    wait
}

@test "what outlives SIGTERM is killed two seconds later, and named" {
    run -0 --separate-stderr "$PLAYPEN" -- sh -c 'sh -c "trap \"\" TERM; sleep 30; sleep 30" & sleep 0.3'
    contains "$stderr" 'was killed'
    run -0 --separate-stderr "$PLAYPEN" -q -- sh -c 'sh -c "trap \"echo cleaned > log; exit\" TERM; while :; do sleep .1; done" & sleep 0.5'
    claim "$(< log)" = cleaned
}
