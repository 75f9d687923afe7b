#!/usr/bin/env bats
# The filter of system calls: each answer to each call, by the numbers that the
# kernel's headers give it on this architecture, and on x86_64 by its 32-bit and
# x32 numbers.

setup_file() {
    cd "$BATS_TEST_DIRNAME/../.." || return
    cc -std=c11 -D_GNU_SOURCE -Isrc -o "$BATS_FILE_TMPDIR/filter" \
        tests/unit/filter.c src/filter.c src/util.c
    ARCHITECTURES=$(uname -m)
    [ "$ARCHITECTURES" != x86_64 ] || ARCHITECTURES='64 32 x32'
    export ARCHITECTURES
    for architecture in $ARCHITECTURES; do
        header=unistd_$architecture
        [ -n "${architecture#aarch64}" ] || header=unistd
        echo "#include <asm/$header.h>" | cc -E -dM - |
            sed -n 's/^#define __NR_\([a-z0-9_]*\) /\1 /p' \
                > "$BATS_FILE_TMPDIR/$architecture"
        # Newer than many a header, and of this number everywhere.
        grep -q '^open_tree_attr ' "$BATS_FILE_TMPDIR/$architecture" ||
            echo open_tree_attr 467 >> "$BATS_FILE_TMPDIR/$architecture"
    done
}

declare -gA audit=([64]=0xc000003e [x32]=0xc000003e [32]=0x40000003
    [aarch64]=0xc00000b7)

# ask FILTER ARCHITECTURE < CALLS: the answers to lines "NAME ARGUMENT...", but
# for the calls that the architecture has not.
ask() {
    local name arguments number

    while read -r name arguments; do
        number=$(sed -n "s/^$name //p" "$BATS_FILE_TMPDIR/$2")
        # As the header of x32 says it: (__X32_SYSCALL_BIT + 166)
        number=${number/__X32_SYSCALL_BIT/0x40000000}
        [ -z "$number" ] ||
            echo "$name: ${audit[$2]} $((number)) $arguments"
    done > "$BATS_TEST_TMPDIR/calls"
    cut -d : -f 2 "$BATS_TEST_TMPDIR/calls" |
        "$BATS_FILE_TMPDIR/filter" "$1" > "$BATS_TEST_TMPDIR/answers"
    cut -d : -f 1 "$BATS_TEST_TMPDIR/calls" |
        paste -d ' ' - "$BATS_TEST_TMPDIR/answers"
}

# all ANSWER FILTER ARCHITECTURE < CALLS: that is the answer to each.
all() {
    local answers
    answers=$(ask "$2" "$3")
    [ -n "$answers" ]
    [ -z "$(grep -v " $1\$" <<< "$answers")" ] || {
        echo "$3, not $1: $answers" >&2
        return 1
    }
}

# What a sandbox inside needs.
nested='pivot_root
umount
umount2
setns
unshare 0x02000000
clone 0x02000000'
nested_flags='open_tree 0 0 2
open_tree_attr 0 0 2
fsmount 0 2'

@test "what is refused is refused by every number that it has" {
    local architecture filter

    for architecture in ${ARCHITECTURES/x32/}; do
        all EPERM full "$architecture" <<< "$nested"
        all EINVAL full "$architecture" <<< "$nested_flags"
        all EINVAL full "$architecture" <<< 'unshare 0x00100000'
        # Snapshots, by btrfs and bcachefs.
        for filter in full nested; do
            printf 'ioctl 3 %s\n' 0x50009401 0x50009417 0x4020bc10 |
                all EPERM "$filter" "$architecture"
        done
        printf '%s\n' bpf perf_event_open userfaultfd open_by_handle_at \
            kexec_load kexec_file_load init_module finit_module delete_module \
            reboot swapon swapoff acct quotactl quotactl_fd settimeofday stime \
            clock_settime clock_settime64 iopl ioperm vhangup |
            all EPERM full "$architecture"
        printf '%s\n' clone3 io_uring_setup io_uring_enter io_uring_register \
            add_key request_key keyctl socketcall |
            all ENOSYS full "$architecture"
        printf '%s\n' 'socket '{0,3,9,17,38,40,45} 'socketpair '{2147483649,17} |
            all EAFNOSUPPORT full "$architecture"
    done
}

@test "what programs need is left to them" {
    local architecture

    for architecture in ${ARCHITECTURES/x32/}; do
        printf '%s\n' 'socket '{1,2,10,16} 'socketpair 1' 'clone 0x7c020011' \
            'unshare 0x7c020000' 'ioctl 0x50009417 0x5401' 'open_tree 0 0 0x80001' 'fsmount 0 1' \
            read write openat mmap execve ptrace mount move_mount fsopen \
            fsconfig chroot seccomp landlock_restrict_self pidfd_open \
            process_vm_readv futex futex_waitv rseq epoll_pwait2 \
            set_mempolicy mknodat fchmodat2 sched_setattr memfd_create statx |
            all allowed full "$architecture"
    done
}

@test "no call of x32 is answered, and no number above the last known" {
    local architecture

    for architecture in $ARCHITECTURES; do
        [ "$architecture" = x32 ] || continue
        printf '%s\n' read getpid pivot_root umount2 setns unshare clone3 \
            io_uring_setup execve ptrace | all ENOSYS full x32
    done
    for architecture in ${ARCHITECTURES/x32/}; do
        printf "${audit[$architecture]} %s\n" 470 999 0x3fffffff 0x80000000 0xfffffffe \
            > "$BATS_TEST_TMPDIR/numbers"
        [ "$("$BATS_FILE_TMPDIR/filter" full < "$BATS_TEST_TMPDIR/numbers" |
            sort -u)" = ENOSYS ]
    done
    [ "$(echo 0xc0000015 3 | "$BATS_FILE_TMPDIR/filter" full)" = ENOSYS ]
}

@test "a call that a tracer skips is answered by the tracer" {
    [ "$(echo "${audit[${ARCHITECTURES%% *}]} -1" |
        "$BATS_FILE_TMPDIR/filter" full)" = allowed ]
}

@test "for a sandbox inside its calls are left, and no other" {
    local architecture

    for architecture in ${ARCHITECTURES/x32/}; do
        all allowed nested "$architecture" <<< "$nested"$'\n'"$nested_flags"
        all EINVAL nested "$architecture" <<< 'unshare 0x00100000'
        printf '%s\n' clone3 io_uring_setup keyctl |
            all ENOSYS nested "$architecture"
        all EPERM nested "$architecture" <<< bpf
        all EAFNOSUPPORT nested "$architecture" <<< 'socket 40'
    done
}
