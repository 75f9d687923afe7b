/*
 * filter.c - the BPF program that the stage installs right before execve(2) of
 * a command under a path restriction. No property of systemd does its job:
 * systemd's filters bind the stage as well, see no arguments, and leave out in
 * silence the calls that its libseccomp does not know.
 *
 * A mount protects a path only in mount namespaces that have that mount
 * (measured on 6.1, 6.12, 7.2). So the command may make a mount namespace, which
 * is a copy with all mounts locked, but it may not take a mount away, nor enter
 * or make a namespace that lacks one.
 */
#include "filter.h"
#include "bpf.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/utsname.h>

/* The highest number that was looked at, file_setattr(2), and the kernel that it
 * came with. All numbers above it are refused. Since 5.1 new calls have the same
 * number on all architectures. */
enum { LAST_NUMBER = 469 };
const char filter_kernel[] = "6.18";

/* Flags of unshare(2) and clone(2); linux/sched.h of the build machine may be
 * older. */
enum { NEW_CGROUP = 0x02000000 };
#define KNOWN_UNSHARE                                                          \
    (0x00000080u /* CLONE_NEWTIME */ | 0x00000100u /* CLONE_VM */ |            \
     0x00000200u /* CLONE_FS */ | 0x00000400u /* CLONE_FILES */ |              \
     0x00000800u /* CLONE_SIGHAND */ | 0x00010000u /* CLONE_THREAD */ |        \
     0x00020000u /* CLONE_NEWNS */ | 0x00040000u /* CLONE_SYSVSEM */ |         \
     0x04000000u /* CLONE_NEWUTS */ | 0x08000000u /* CLONE_NEWIPC */ |         \
     0x10000000u /* CLONE_NEWUSER */ | 0x20000000u /* CLONE_NEWPID */ |        \
     0x40000000u /* CLONE_NEWNET */)
/* OPEN_TREE_CLONE, OPEN_TREE_CLOEXEC, and the AT_ flags of open_tree(2). */
#define KNOWN_OPEN_TREE (0x1u | 0x80000u | 0x8000u | 0x1000u | 0x800u | 0x100u)
#define KNOWN_FSMOUNT 0x1u /* FSMOUNT_CLOEXEC */

/* What decides whether a call is refused. */
enum test {
    ALWAYS,
    HAS_FLAG,    /* the argument has one of the bits VALUE */
    HAS_UNKNOWN, /* the argument has a bit that is not of VALUE */
    IS_FAMILY,   /* the argument is no family of sockets that is left */
    IS_VALUE,    /* the argument is VALUE */
};

struct row {
    const char *name;
    int number, compat;
    int error; /* the answer: an errno */
    enum test test;
    unsigned argument; /* which one, from 0 */
    uint32_t value;
    bool nested; /* left to the command with FILTER_NESTED */
    bool network; /* refused with FILTER_NETWORK as well */
};

static const struct row rows[] = {
    /* Leaves or makes a mount namespace that lacks a mount of ours. */
    { "pivot_root", CALL(155, 217, 41), EPERM, .nested = true },
    { "umount", CALL(NONE, 22, NONE), EPERM, .nested = true },
    { "umount2", CALL(166, 52, 39), EPERM, .nested = true },
    { "setns", CALL(308, 346, 268), EPERM, .nested = true },
    { "unshare", CALL(272, 310, 97), .error = EINVAL,
      .test = HAS_UNKNOWN, .argument = 0, .value = KNOWN_UNSHARE | NEW_CGROUP },
    { "open_tree", CALL(428, 428, 428), .error = EINVAL,
      .test = HAS_UNKNOWN, .argument = 2, .value = KNOWN_OPEN_TREE, .nested = true },
    { "open_tree_attr", CALL(467, 467, 467), .error = EINVAL,
      .test = HAS_UNKNOWN, .argument = 2, .value = KNOWN_OPEN_TREE, .nested = true },
    { "fsmount", CALL(432, 432, 432), .error = EINVAL,
      .test = HAS_UNKNOWN, .argument = 1, .value = KNOWN_FSMOUNT,
      .nested = true },
    /* A cgroup file system mounted in a new cgroup namespace is writable and
     * lifts the unit's limits (measured on 6.1, 6.12, 7.2). */
    { "unshare", CALL(272, 310, 97), .error = EPERM,
      .test = HAS_FLAG, .argument = 0, .value = NEW_CGROUP,
      .nested = true },
    { "clone", CALL(56, 120, 220), .error = EPERM,
      .test = HAS_FLAG, .argument = 0, .value = NEW_CGROUP,
      .nested = true },
    /* A snapshot has the files without what is mounted on them (measured on
     * btrfs, 6.18; before 6.8 of a whole subvolume by any directory in it).
     * linux/btrfs.h, bcachefs_ioctl.h */
    { "ioctl", CALL(16, 54, 29), .error = EPERM, .test = IS_VALUE,
      .argument = 1, .value = 0x50009401 /* BTRFS_IOC_SNAP_CREATE */ },
    { "ioctl", CALL(16, 54, 29), .error = EPERM, .test = IS_VALUE,
      .argument = 1, .value = 0x50009417 /* BTRFS_IOC_SNAP_CREATE_V2 */ },
    { "ioctl", CALL(16, 54, 29), .error = EPERM, .test = IS_VALUE,
      .argument = 1, .value = 0x4020bc10 /* BCH_IOCTL_SUBVOLUME_CREATE */ },
    /* The flags lie in memory. One of them starts a child in a cgroup without a
     * limit, another in an empty mount namespace. libc falls back to clone. */
    { "clone3", CALL(435, 435, 435), .error = ENOSYS },
    /* Does other calls past any filter. Its users have a fallback. */
    { "io_uring_setup", CALL(425, 425, 425), .error = ENOSYS },
    { "io_uring_enter", CALL(426, 426, 426), .error = ENOSYS },
    { "io_uring_register", CALL(427, 427, 427), .error = ENOSYS },
    /* What a key permits to its user it permits by its number, in every
     * namespace (measured on 257). */
    { "add_key", CALL(248, 286, 217), .error = ENOSYS },
    { "request_key", CALL(249, 287, 218), .error = ENOSYS },
    { "keyctl", CALL(250, 288, 219), .error = ENOSYS },
    /* Other families reach the outside past a network namespace, as AF_VSOCK
     * does, or are for programs with privileges. */
    { "socket", CALL(41, 359, 198), .error = EAFNOSUPPORT,
      .test = IS_FAMILY, .network = true },
    { "socketpair", CALL(53, 360, 199), .error = EAFNOSUPPORT,
      .test = IS_FAMILY, .network = true },
    { "socketcall", CALL(NONE, 102, NONE), .error = ENOSYS,
      .network = true }, /* no argument is seen */
    /* What no build, language, debugger or browser needs. */
    { "bpf", CALL(321, 357, 280), .error = EPERM },
    { "perf_event_open", CALL(298, 336, 241), .error = EPERM },
    { "userfaultfd", CALL(323, 374, 282), .error = EPERM },
    { "open_by_handle_at", CALL(304, 342, 265), .error = EPERM },
    { "kexec_load", CALL(246, 283, 104), .error = EPERM },
    { "kexec_file_load", CALL(320, NONE, 294), .error = EPERM },
    { "init_module", CALL(175, 128, 105), .error = EPERM },
    { "finit_module", CALL(313, 350, 273), .error = EPERM },
    { "delete_module", CALL(176, 129, 106), .error = EPERM },
    { "reboot", CALL(169, 88, 142), .error = EPERM },
    { "swapon", CALL(167, 87, 224), .error = EPERM },
    { "swapoff", CALL(168, 115, 225), .error = EPERM },
    { "acct", CALL(163, 51, 89), .error = EPERM },
    { "quotactl", CALL(179, 131, 60), .error = EPERM },
    { "quotactl_fd", CALL(443, 443, 443), .error = EPERM },
    { "settimeofday", CALL(164, 79, 170), .error = EPERM },
    { "stime", CALL(NONE, 25, NONE), .error = EPERM },
    { "clock_settime", CALL(227, 264, 112), .error = EPERM },
    { "clock_settime64", CALL(NONE, 404, NONE), .error = EPERM },
    { "iopl", CALL(172, 110, NONE), .error = EPERM },
    { "ioperm", CALL(173, 101, NONE), .error = EPERM },
    { "vhangup", CALL(153, 111, 58), .error = EPERM },
};

/* AF_UNIX, AF_INET, AF_INET6, AF_NETLINK. */
static const uint32_t families[] = { 1, 2, 10, 16 };

/* ---- the program ---- */

void emit(struct program *program, unsigned code, uint32_t k, unsigned char jt,
          unsigned char jf)
{
    if (program->n == ARRAY_LEN(program->code))
        die("the filter of system calls is too long");
    program->code[program->n++] =
        (struct sock_filter){ (unsigned short)code, jt, jf, k };
}

void load(struct program *program, size_t offset)
{
    emit(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(struct program *program, int error)
{
    emit(program, BPF_RET | BPF_K,
         error ? SECCOMP_RET_ERRNO | (uint32_t)error : SECCOMP_RET_ALLOW, 0, 0);
}

void load_argument(struct program *program, unsigned number)
{
    load(program, offsetof(struct seccomp_data, args) + sizeof(uint64_t) * number);
}

/* The call's number is in the accumulator, before and after. */
static void emit_row(struct program *program, const struct row *row, int number)
{
    unsigned short jump = program->n;
    uint32_t bits = row->test == HAS_UNKNOWN ? ~row->value : row->value;

    emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
    switch (row->test) {
    case ALWAYS:
        break;
    case HAS_FLAG:
    case HAS_UNKNOWN:
        load_argument(program, row->argument);
        emit(program, BPF_JMP | BPF_JSET | BPF_K, bits, 0, 1);
        break;
    case IS_VALUE:
        load_argument(program, row->argument);
        emit(program, BPF_JMP | BPF_JEQ | BPF_K, row->value, 0, 1);
        break;
    case IS_FAMILY:
        load_argument(program, row->argument);
        for (size_t i = 0; i < ARRAY_LEN(families); i++)
            emit(program, BPF_JMP | BPF_JEQ | BPF_K, families[i],
                 (unsigned char)(ARRAY_LEN(families) - i), 0);
        break;
    }
    answer(program, row->error);
    if (row->test != ALWAYS)
        load(program, offsetof(struct seccomp_data, nr));
    program->code[jump].jf = (unsigned char)(program->n - jump - 1);
}

static bool has_row(enum filter filter, const struct row *row)
{
    return filter == FILTER_NETWORK ? row->network
                                    : !(row->nested && filter == FILTER_NESTED);
}

static void emit_architecture(struct program *program, enum filter filter,
                              bool compat)
{
    load(program, offsetof(struct seccomp_data, nr));
    /* A tracer that skips a call makes it number -1. */
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)-1, 0, 1);
    answer(program, 0);
    if (filter != FILTER_NETWORK) {
        emit(program, BPF_JMP | BPF_JGT | BPF_K, LAST_NUMBER, 0, 1);
        answer(program, ENOSYS); /* x32 as well */
    }
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        int number = compat ? rows[i].compat : rows[i].number;

        if (number != NONE && has_row(filter, &rows[i]))
            emit_row(program, &rows[i], number);
    }
    answer(program, 0);
}

/* The architecture of the call that the filter is asked about, ARCHITECTURE:
 * then what comes from the end of this to the next. */
static void compile(struct program *program, enum filter filter)
{
    unsigned jump;

    load(program, offsetof(struct seccomp_data, arch));
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    jump = program->n;
    emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
    emit_architecture(program, filter, false);
    program->code[jump].k = program->n - jump - 1;
#ifdef COMPAT
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, COMPAT, 1, 0);
    answer(program, ENOSYS);
    emit_architecture(program, filter, true);
#else
    answer(program, ENOSYS);
#endif
}

bool filter_install(enum filter filter)
{
    struct program program = { .n = 0 };
    struct sock_fprog words = { .filter = program.code };

    if (!NATIVE) {
        errno = ENOTSUP;
        return false;
    }
    compile(&program, filter);
    words.len = program.n;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &words, 0, 0) == 0 &&
           prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
}

bool filter_lacks_calls(void)
{
    struct utsname name;
    unsigned is[2], last[2];

    return uname(&name) == 0 &&
           sscanf(filter_kernel, "%u.%u", &last[0], &last[1]) == 2 &&
           sscanf(name.release, "%u.%u", &is[0], &is[1]) == 2 &&
           (is[0] > last[0] || (is[0] == last[0] && is[1] > last[1]));
}
