/*
 * notify.c - sees what the command looks for. The call goes on in any case, and
 * nothing here decides anything: what is read of the command's memory may change
 * at once, and the answer is a guess about what the kernel found.
 *
 * The watcher is a thread of the stage, for Yama lets only a process above
 * another one look into it. It reads the name, answers, and then asks for the
 * same name with faccessat2(2), from the stage's root, which is the command's,
 * or from the directory that the name is relative to. Nothing is opened but with
 * O_PATH.
 */
#include "notify.h"
#include "bpf.h"
#include "descriptors.h"
#include "execute.h"
#include "path.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

/* Of kernels that are newer than the build machine's header. */
#define FLAG_NEW_LISTENER (1UL << 3)
#define FLAG_WAIT_KILLABLE (1UL << 5) /* Linux 5.19 */
#define IOCTL_SET_FLAGS _IOW('!', 4, uint64_t) /* Linux 6.6 */
#define WAKE_SAME_CPU 1UL

/* Only notify_install() sends with these flags: MSG_CONFIRM says nothing to a Unix
 * socket. */
#define OWN_MESSAGE (MSG_NOSIGNAL | MSG_CONFIRM)

/* More names than that are only counted; those of files that were made leave room
 * for what was missed. */
enum {
    MOST_NAMES = 20000,
    MOST_MADE = MOST_NAMES / 2,
    SLOTS = 1 << 15,
    LOOK_SECONDS = 1, /* at the last call */
};

/* What a call does with a name. */
enum act {
    LOOK,      /* .flags: AT_ flags */
    LOOK_LINK, /* does not follow a last symlink */
    ACCESS,    /* .flags: the mode */
    OPEN,      /* .flags: O_ flags */
    OPEN_HOW,  /* .flags: a struct open_how */
    EXECUTE,
    ENTER,
    CHANGE,
    MAKE,      /* a name that may not be there yet */
    REMOVE,
    CONNECT,   /* .flags: the length of the address */
    BIND,      /* the same; a socket is made at the address */
    SEND,      /* .name: a struct msghdr that may have an address; .flags: MSG_ */
    LISTEN,    /* a listener of its own */
    MOVE_ROOT, /* the process may have another root after it */
};

#define HERE (-1) /* no directory: relative to the working directory */
#define NO_FLAGS (-1)

static const struct call {
    int number, compat;
    enum act act;
    signed char directory, name, flags; /* which arguments they are */
} calls[] = {
    { CALL(2, 5, NONE), OPEN, HERE, 0, 1 },
    { CALL(257, 295, 56), OPEN, 0, 1, 2 },
    { CALL(437, 437, 437), OPEN_HOW, 0, 1, 2 },
    { CALL(85, 8, NONE), OPEN, HERE, 0, NO_FLAGS },          /* creat */
    { CALL(4, 106, NONE), LOOK, HERE, 0, NO_FLAGS },         /* stat */
    { CALL(NONE, 195, NONE), LOOK, HERE, 0, NO_FLAGS },      /* stat64 */
    { CALL(6, 107, NONE), LOOK_LINK, HERE, 0, NO_FLAGS },    /* lstat */
    { CALL(NONE, 196, NONE), LOOK_LINK, HERE, 0, NO_FLAGS }, /* lstat64 */
    { CALL(262, 300, 79), LOOK, 0, 1, 3 },                   /* newfstatat */
    { CALL(332, 383, 291), LOOK, 0, 1, 2 },                  /* statx */
    { CALL(21, 33, NONE), ACCESS, HERE, 0, 1 },
    { CALL(269, 307, 48), ACCESS, 0, 1, 2 },                 /* faccessat */
    { CALL(439, 439, 439), ACCESS, 0, 1, 2 },                /* faccessat2 */
    { CALL(89, 85, NONE), LOOK_LINK, HERE, 0, NO_FLAGS },    /* readlink */
    { CALL(267, 305, 78), LOOK_LINK, 0, 1, NO_FLAGS },       /* readlinkat */
    { CALL(137, 99, 43), LOOK, HERE, 0, NO_FLAGS },          /* statfs */
    { CALL(59, 11, 221), EXECUTE, HERE, 0, NO_FLAGS },
    { CALL(322, 358, 281), EXECUTE, 0, 1, NO_FLAGS },        /* execveat */
    { CALL(80, 12, 49), ENTER, HERE, 0, NO_FLAGS },          /* chdir */
    { CALL(76, 92, 45), CHANGE, HERE, 0, NO_FLAGS },         /* truncate */
    { CALL(NONE, 193, NONE), CHANGE, HERE, 0, NO_FLAGS },    /* truncate64 */
    { CALL(90, 15, NONE), CHANGE, HERE, 0, NO_FLAGS },       /* chmod */
    { CALL(268, 306, 53), CHANGE, 0, 1, NO_FLAGS },          /* fchmodat */
    { CALL(452, 452, 452), CHANGE, 0, 1, NO_FLAGS },         /* fchmodat2 */
    { CALL(92, 212, NONE), CHANGE, HERE, 0, NO_FLAGS },      /* chown */
    { CALL(260, 298, 54), CHANGE, 0, 1, NO_FLAGS },          /* fchownat */
    { CALL(280, 320, 88), CHANGE, 0, 1, NO_FLAGS },          /* utimensat */
    { CALL(NONE, 412, NONE), CHANGE, 0, 1, NO_FLAGS }, /* utimensat_time64 */
    { CALL(235, 271, NONE), CHANGE, HERE, 0, NO_FLAGS },     /* utimes */
    { CALL(132, 30, NONE), CHANGE, HERE, 0, NO_FLAGS },      /* utime */
    { CALL(83, 39, NONE), MAKE, HERE, 0, NO_FLAGS },         /* mkdir */
    { CALL(258, 296, 34), MAKE, 0, 1, NO_FLAGS },            /* mkdirat */
    { CALL(133, 14, NONE), MAKE, HERE, 0, NO_FLAGS },        /* mknod */
    { CALL(259, 297, 33), MAKE, 0, 1, NO_FLAGS },            /* mknodat */
    { CALL(88, 83, NONE), MAKE, HERE, 1, NO_FLAGS },         /* symlink */
    { CALL(266, 304, 36), MAKE, 1, 2, NO_FLAGS },            /* symlinkat */
    { CALL(86, 9, NONE), LOOK_LINK, HERE, 0, NO_FLAGS },     /* link */
    { CALL(86, 9, NONE), MAKE, HERE, 1, NO_FLAGS },
    { CALL(265, 303, 37), LOOK_LINK, 0, 1, NO_FLAGS },       /* linkat */
    { CALL(265, 303, 37), MAKE, 2, 3, NO_FLAGS },
    { CALL(82, 38, NONE), REMOVE, HERE, 0, NO_FLAGS },       /* rename */
    { CALL(82, 38, NONE), MAKE, HERE, 1, NO_FLAGS },
    { CALL(264, 302, 38), REMOVE, 0, 1, NO_FLAGS },          /* renameat */
    { CALL(264, 302, 38), MAKE, 2, 3, NO_FLAGS },
    { CALL(316, 353, 276), REMOVE, 0, 1, NO_FLAGS },         /* renameat2 */
    { CALL(316, 353, 276), MAKE, 2, 3, NO_FLAGS },
    { CALL(87, 10, NONE), REMOVE, HERE, 0, NO_FLAGS },       /* unlink */
    { CALL(84, 40, NONE), REMOVE, HERE, 0, NO_FLAGS },       /* rmdir */
    { CALL(263, 301, 35), REMOVE, 0, 1, NO_FLAGS },          /* unlinkat */
    { CALL(42, 362, 203), CONNECT, HERE, 1, 2 },
    { CALL(44, 369, 206), CONNECT, HERE, 4, 5 },             /* sendto */
    { CALL(46, 370, 211), SEND, HERE, 1, 2 },                /* sendmsg */
    { CALL(307, 345, 269), SEND, HERE, 1, 3 },               /* sendmmsg */
    { CALL(49, 361, 200), BIND, HERE, 1, 2 },
    { CALL(191, 229, 8), LOOK, HERE, 0, NO_FLAGS },          /* getxattr */
    { CALL(192, 230, 9), LOOK_LINK, HERE, 0, NO_FLAGS },     /* lgetxattr */
    { CALL(464, 464, 464), LOOK, 0, 1, 2 },                  /* getxattrat */
    { CALL(194, 232, 11), LOOK, HERE, 0, NO_FLAGS },         /* listxattr */
    { CALL(195, 233, 12), LOOK_LINK, HERE, 0, NO_FLAGS },    /* llistxattr */
    { CALL(465, 465, 465), LOOK, 0, 1, 2 },                  /* listxattrat */
    { CALL(188, 226, 5), CHANGE, HERE, 0, NO_FLAGS },        /* setxattr */
    { CALL(189, 227, 6), CHANGE, HERE, 0, NO_FLAGS },        /* lsetxattr */
    { CALL(463, 463, 463), CHANGE, 0, 1, NO_FLAGS },         /* setxattrat */
    { CALL(197, 235, 14), CHANGE, HERE, 0, NO_FLAGS },       /* removexattr */
    { CALL(198, 236, 15), CHANGE, HERE, 0, NO_FLAGS },       /* lremovexattr */
    { CALL(466, 466, 466), CHANGE, 0, 1, NO_FLAGS },         /* removexattrat */
    { CALL(94, 198, NONE), CHANGE, HERE, 0, NO_FLAGS },      /* lchown */
    { CALL(261, 299, NONE), CHANGE, 0, 1, NO_FLAGS },        /* futimesat */
    { CALL(254, 292, 27), LOOK, HERE, 1, NO_FLAGS }, /* inotify_add_watch */
    { CALL(303, 341, 264), LOOK_LINK, 0, 1, NO_FLAGS }, /* name_to_handle_at */
    { CALL(317, 354, 277), LISTEN, HERE, 1, NO_FLAGS },      /* seccomp */
    { CALL(161, 61, 51), MOVE_ROOT, HERE, 0, NO_FLAGS },     /* chroot */
    { CALL(272, 310, 97), MOVE_ROOT, HERE, 0, NO_FLAGS },    /* unshare */
    { CALL(308, 346, 268), MOVE_ROOT, HERE, 0, NO_FLAGS },   /* setns */
    { CALL(155, 217, 41), MOVE_ROOT, HERE, 0, NO_FLAGS },    /* pivot_root */
};

/* ---- the filter ---- */

/* Leaves out of the calls of that number what has no name, for it is called
 * often: fstat(3) of libc is newfstatat with an empty name, and send(2) sendto
 * without an address. Of seccomp(2) only a listener counts. The message with the
 * listener is sent before anybody answers. */
static void emit_exception(struct program *program, const struct call *call)
{
    bool has_flags = call->act == LOOK && call->flags >= 0;

    load_argument(program,
                  (unsigned)(call->act == LISTEN ? call->name : call->flags));
    if (has_flags)
        emit(program, BPF_JMP | BPF_JSET | BPF_K, AT_EMPTY_PATH, 0, 1);
    else if (call->act == LISTEN)
        emit(program, BPF_JMP | BPF_JSET | BPF_K, FLAG_NEW_LISTENER, 1, 0);
    else
        emit(program, BPF_JMP | BPF_JEQ | BPF_K,
             call->act == SEND ? OWN_MESSAGE : 0, 0, 1);
    emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void emit_calls(struct program *program, bool compat)
{
    int last = NONE;

    load(program, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
        const struct call *call = &calls[i];
        int number = compat ? call->compat : call->number;
        unsigned short jump = program->n;

        if (number == NONE || number == last)
            continue;
        last = number;
        emit(program, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 0);
        if (call->act == LISTEN || call->act == CONNECT ||
            call->act == SEND || (call->act == LOOK && call->flags >= 0))
            emit_exception(program, call);
        emit(program, BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF, 0, 0);
        program->code[jump].jf = (unsigned char)(program->n - jump - 1);
    }
    emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
}

static void compile(struct program *program)
{
    unsigned jump;

    load(program, offsetof(struct seccomp_data, arch));
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0);
    jump = program->n;
    emit(program, BPF_JMP | BPF_JA, 0, 0, 0);
    emit_calls(program, false);
    program->code[jump].k = program->n - jump - 1;
#ifdef COMPAT
    emit(program, BPF_JMP | BPF_JEQ | BPF_K, COMPAT, 1, 0);
    emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
    emit_calls(program, true);
#else
    emit(program, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
#endif
}

bool notify_install(int socket)
{
    struct program program = { .n = 0 };
    struct sock_fprog words = { .filter = program.code };
    int listener, fds[2];

    if (!NATIVE) {
        errno = ENOTSUP;
        return false;
    }
    compile(&program);
    words.len = program.n;
    fds[1] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fds[1] < 0)
        return false;
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                            FLAG_NEW_LISTENER | FLAG_WAIT_KILLABLE, &words);
    if (listener < 0 && errno == EINVAL)
        listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                                FLAG_NEW_LISTENER, &words);
    fds[0] = listener;
    /* The kernel closes both at execve(2). */
    return listener >= 0 && send_message(socket, "", 1, fds, 2, OWN_MESSAGE);
}

/* ---- what was missed ---- */

struct entry {
    char *name; /* NULL: a free slot */
    unsigned what, count, last;
    char program[16];
};

struct watcher {
    int listener, socket, proc;
    bool drop;
    int base;          /* the root that the command began with, which looks as the
                          stage's own does, */
    struct statx base_status; /* and its status */
    pid_t thread;      /* of the command's, that this was found of: */
    int root;          /* its root; -1: that one */
    bool foreign;      /* another mount namespace: nothing is said of it */
    char program[16];
    pthread_mutex_t busy; /* a call that goes on is still to be looked at */
    pthread_mutex_t lock; /* of all below */
    struct entry entries[SLOTS];
    unsigned used, time, listeners, unseen, dropped;
};

/* The slot of NAME, or the free one where it belongs. */
static struct entry *find_entry(struct watcher *watcher, const char *name)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    size_t slot;

    for (const char *c = name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    for (slot = hash % SLOTS; watcher->entries[slot].name &&
                              !streq(watcher->entries[slot].name, name);)
        slot = (slot + 1) % SLOTS;
    return &watcher->entries[slot];
}

/* Takes NAME. */
static void add_missed(struct watcher *watcher, char *name, unsigned what)
{
    struct entry *entry;

    pthread_mutex_lock(&watcher->lock);
    entry = find_entry(watcher, name);
    if (!entry->name && watcher->used >= MOST_NAMES) {
        watcher->dropped++;
        free(name);
    } else {
        if (entry->name)
            free(name);
        else {
            entry->name = name;
            watcher->used++;
        }
        entry->what |= what;
        entry->count++;
        entry->last = ++watcher->time;
        memcpy(entry->program, watcher->program, sizeof(entry->program));
    }
    pthread_mutex_unlock(&watcher->lock);
}

/* Is what is made at NAME thrown away with the run? That is in memory, but for
 * the private /tmp and /var/tmp. */
static bool is_thrown_away(const char *name)
{
    AUTOFREE char *parent = parent_of(name);
    struct statfs st;

    return in_tmp(name) ||
           (statfs(parent, &st) == 0 &&
            st.f_type == 0x01021994 /* TMPFS_MAGIC */);
}

/* Takes NAME, which the command makes. What is thrown away may be of the name of
 * something outside. */
static void note_made(struct watcher *watcher, char *name)
{
    struct entry *entry;
    bool done;

    pthread_mutex_lock(&watcher->lock);
    entry = find_entry(watcher, name);
    done = entry->name || watcher->used >= MOST_MADE;
    if (entry->name)
        entry->what |= MISSED_MADE;
    pthread_mutex_unlock(&watcher->lock);
    if (done || !is_thrown_away(name))
        free(name);
    else
        add_missed(watcher, name, MISSED_MADE);
}

int watcher_report(struct watcher *watcher)
{
    int fd = memfd_create("why", MFD_CLOEXEC), copy;
    struct timespec deadline;
    FILE *out;

    if (fd < 0)
        return -1;
    copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    out = copy < 0 ? NULL : fdopen(copy, "w");
    if (!out) {
        close(fd);
        return -1;
    }
    /* Of the last call, which went on before it was looked at. A file system may
     * never answer. */
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += LOOK_SECONDS;
    if (pthread_mutex_timedlock(&watcher->busy, &deadline) == 0)
        pthread_mutex_unlock(&watcher->busy);
    pthread_mutex_lock(&watcher->lock);
    fprintf(out, "%u %u %u%c", watcher->listeners, watcher->unseen,
            watcher->dropped, '\0');
    for (size_t i = 0; i < SLOTS; i++) {
        const struct entry *entry = &watcher->entries[i];

        if (entry->name)
            fprintf(out, "%u %u %u %s%c%s%c", entry->what, entry->count,
                    entry->last, entry->program, '\0', entry->name, '\0');
    }
    pthread_mutex_unlock(&watcher->lock);
    fclose(out);
    return fd;
}

/* ---- one call ---- */

/* What is read of the process before it goes on. */
struct told {
    const struct call *call;
    char name[PATH_MAX];
    size_t length;     /* of an address */
    unsigned flags;
    int directory;     /* what NAME is relative to; -1: the root */
};

/* N bytes at most of the thread's memory at FROM, less where it ends. */
static size_t read_memory(pid_t thread, uint64_t from, void *to, size_t n)
{
    size_t page = 4096 - from % 4096, first = n < page ? n : page;
    struct iovec local = { to, n };
    struct iovec remote[] = { { (void *)(uintptr_t)from, first },
                              { (void *)(uintptr_t)(from + first), n - first } };
    ssize_t got = process_vm_readv(thread, &local, 1, remote, 2, 0);

    return got < 0 ? 0 : (size_t)got;
}

static bool read_name(pid_t thread, uint64_t from, struct told *told)
{
    size_t n = read_memory(thread, from, told->name, sizeof(told->name));

    return n && memchr(told->name, '\0', n);
}

/* "PID/WHAT" of the watcher's /proc, O_PATH. */
static int open_of(const struct watcher *watcher, pid_t thread,
                   const char *what)
{
    char path[64];

    snprintf(path, sizeof(path), "%d/%s", (int)thread, what);
    return openat(watcher->proc, path, O_PATH | O_CLOEXEC);
}

static bool is_address(const struct call *call)
{
    return call->act == CONNECT || call->act == BIND || call->act == SEND;
}

/* The address of the length LENGTH at FROM. False where it has none. */
static bool read_address(pid_t thread, uint64_t from, size_t length,
                         struct told *told)
{
    memset(told->name, 0, sizeof(struct sockaddr_un) + 1);
    told->length = read_memory(thread, from, told->name,
                               length < sizeof(struct sockaddr_un)
                                   ? length
                                   : sizeof(struct sockaddr_un));
    return told->length > sizeof(sa_family_t);
}

/* The address of the struct msghdr at FROM, or of the first one of sendmmsg(2).
 * Most have none: the name is "" then. */
static bool read_message(pid_t thread, uint64_t from, bool native,
                         struct told *told)
{
    uint32_t words[3] = { 0 };
    size_t size = native ? sizeof(words) : 2 * sizeof(*words);
    uint64_t name;

    *told->name = '\0';
    if (read_memory(thread, from, words, size) != size)
        return false;
    name = native ? words[0] | (uint64_t)words[1] << 32 : words[0];
    return !name || !words[native ? 2 : 1] ||
           read_address(thread, name, words[native ? 2 : 1], told);
}

/* False where nothing can be said of the call. */
static bool read_call(struct watcher *watcher, const struct seccomp_notif *from,
                      const struct call *call, struct told *told)
{
    const __u64 *args = from->data.args;
    pid_t thread = (pid_t)from->pid;
    int fd = call->directory == HERE ? AT_FDCWD : (int)args[call->directory];
    char what[32];

    told->call = call;
    told->directory = -1;
    told->flags = call->flags >= 0     ? (unsigned)args[call->flags]
                  : call->act == OPEN ? O_CREAT | O_WRONLY
                                      : 0;
    if (call->act == LISTEN || call->act == MOVE_ROOT)
        return true;
    if (is_address(call)) {
        const struct sockaddr_un *local = (const void *)told->name;

        if (!(call->act == SEND
                  ? read_message(thread, args[call->name],
                                 from->data.arch == NATIVE, told)
                  : read_address(thread, args[call->name], told->flags, told)))
            return false;
        if (!*told->name || local->sun_family != AF_UNIX ||
            !*local->sun_path || *local->sun_path == '/')
            return true;
        told->directory = open_of(watcher, thread, "cwd");
        return told->directory >= 0;
    }
    if (!read_name(thread, args[call->name], told))
        return false;
    if (call->act == OPEN_HOW) {
        uint64_t flags = 0;

        if (read_memory(thread, args[call->flags], &flags, sizeof(flags)) !=
            sizeof(flags))
            return false;
        told->flags = (unsigned)flags;
    }
    if (*told->name == '/' || !*told->name)
        return true;
    snprintf(what, sizeof(what), fd == AT_FDCWD ? "cwd" : "fd/%d", fd);
    told->directory = open_of(watcher, thread, what);
    return told->directory >= 0;
}

/* The status by which same_place() knows it. */
static bool status_of(int fd, struct statx *st)
{
    return statx(fd, "", AT_EMPTY_PATH, STATX_INO | 0x1000 /* STATX_MNT_ID */,
                 st) == 0;
}

static bool same_place(const struct statx *a, const struct statx *b)
{
    return a->stx_mnt_id == b->stx_mnt_id && a->stx_ino == b->stx_ino &&
           a->stx_dev_major == b->stx_dev_major &&
           a->stx_dev_minor == b->stx_dev_minor;
}

static char *path_of(const struct watcher *watcher, int fd)
{
    char link[64], path[PATH_MAX];
    ssize_t n;

    snprintf(link, sizeof(link), "self/fd/%d", fd);
    n = readlinkat(watcher->proc, link, path, sizeof(path));
    return n <= 0 || n == sizeof(path) || *path != '/'
               ? NULL
               : xstrndup(path, (size_t)n);
}

static int open_in_root(int root, const char *name, bool follow)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC |
                                     (follow ? 0u : (unsigned)O_NOFOLLOW),
                            .resolve = RESOLVE_IN_ROOT };

    return (int)syscall(SYS_openat2, root, name, &how, sizeof(how));
}

/* Is NAME, from the root that the command began with on, what ST is of? */
static bool is_below_base(const struct watcher *watcher, const char *name,
                          const struct statx *st)
{
    AUTOCLOSE int fd = open_in_root(watcher->base, name, true);
    struct statx outer;

    return fd >= 0 && status_of(fd, &outer) && same_place(&outer, st);
}

/* What is kept of one thread to the next call, since mostly the same one calls
 * again. */
static void look_at_thread(struct watcher *watcher, pid_t thread)
{
    AUTOFREE char *name = NULL;
    AUTOCLOSE int fd = -1;
    struct statx st;
    char path[64];
    int root;

    if (thread == watcher->thread)
        return;
    if (watcher->root >= 0)
        close(watcher->root);
    watcher->root = -1;
    watcher->foreign = false;
    watcher->thread = thread;
    strcpy(watcher->program, "?");
    snprintf(path, sizeof(path), "%d/comm", (int)thread);
    fd = openat(watcher->proc, path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        ssize_t n = read(fd, watcher->program, sizeof(watcher->program) - 1);

        watcher->program[n < 0 ? 0 : n] = '\0';
        watcher->program[strcspn(watcher->program, "\n")] = '\0';
    }
    root = open_of(watcher, thread, "root");
    if (root < 0)
        return;
    if (!status_of(root, &st) || same_place(&st, &watcher->base_status)) {
        close(root);
        return;
    }
    name = path_of(watcher, root);
    watcher->root = root;
    watcher->foreign = !name || !is_below_base(watcher, name, &st);
}

/* The mode of faccessat(2) that the call needs of its name. */
static int mode_of(const struct told *told)
{
    switch (told->call->act) {
    case ACCESS:
        return (int)told->flags & 7;
    case OPEN:
    case OPEN_HOW:
        if (told->flags & O_PATH)
            return F_OK;
        return (told->flags & O_ACCMODE) == O_RDONLY   ? R_OK
               : (told->flags & O_ACCMODE) == O_WRONLY ? W_OK
                                                       : R_OK | W_OK;
    case EXECUTE:
    case ENTER:
        return X_OK;
    case CHANGE:
    case CONNECT:
        return W_OK;
    default:
        return F_OK;
    }
}

static bool follows(const struct told *told)
{
    switch (told->call->act) {
    case LOOK_LINK:
    case MAKE:
    case REMOVE:
        return false;
    case LOOK:
        return !(told->flags & AT_SYMLINK_NOFOLLOW);
    case OPEN:
    case OPEN_HOW:
        return !(told->flags & O_NOFOLLOW);
    default:
        return true;
    }
}

/* 0, or the errno with which NAME is not to be had. */
static int try_name(const struct watcher *watcher, const struct told *told,
                    const char *name, int mode, bool follow)
{
    int flags = follow ? 0 : AT_SYMLINK_NOFOLLOW;
    AUTOCLOSE int fd = -1;

    if (*name != '/' || watcher->root < 0)
        return syscall(439 /* faccessat2 */,
                       *name == '/' ? AT_FDCWD : told->directory, name, mode,
                       flags) == 0
                   ? 0
                   : errno;
    fd = open_in_root(watcher->root, name, follow);
    return fd >= 0 && syscall(439, fd, "", mode, AT_EMPTY_PATH) == 0 ? 0 : errno;
}

/* The absolute name of what the call named, as it is called from the stage's
 * root; NULL where it has none. */
static char *whole_name(const struct watcher *watcher, const struct told *told,
                        const char *name)
{
    AUTOFREE char *base = NULL, *joined = NULL;

    if (*name == '/' && watcher->root < 0)
        return absolute_path(name, "/");
    base = path_of(watcher, *name == '/' ? watcher->root : told->directory);
    if (!base)
        return NULL;
    joined = xasprintf("%s/%s", base, name);
    return absolute_path(joined, "/");
}

/* Of the kernel's own file systems a run hides nothing that could be granted. */
static bool is_kernels(const char *name)
{
    return path_below(name, "/proc") || path_below(name, "/sys");
}

static void miss(struct watcher *watcher, const struct told *told,
                 const char *name, unsigned what)
{
    char *whole = whole_name(watcher, told, name);

    if (!whole || is_kernels(whole) || strlen(whole) >= PATH_MAX)
        free(whole);
    else if (what == MISSED_MADE)
        note_made(watcher, whole);
    else
        add_missed(watcher, whole, what);
}

/* Something is to be made at the name, or taken away. If it is there by now, or
 * may be, all is well. */
static void look_at_place(struct watcher *watcher, const struct told *told)
{
    bool opens = told->call->act == OPEN || told->call->act == OPEN_HOW;
    bool makes = told->call->act != REMOVE;
    AUTOFREE char *name = xstrdup(told->name);
    const char *directory = dirname(name);

    /* No file is made by "DIRECTORY/". */
    if (!(makes && try_name(watcher, told, told->name, F_OK, false) == 0) &&
        ((opens && has_suffix(told->name, "/")) ||
         try_name(watcher, told, directory, W_OK, true) != 0)) {
        miss(watcher, told, told->name, opens ? MISSED_WRITE : MISSED_PLACE);
    } else if (makes) {
        miss(watcher, told, told->name, MISSED_MADE);
    }
}

static void look_at_path(struct watcher *watcher, const struct told *told)
{
    enum act act = told->call->act;
    bool opens = act == OPEN || act == OPEN_HOW;
    int mode = mode_of(told), error;
    unsigned what = act == EXECUTE      ? MISSED_EXECUTE
                    : opens || act == ENTER ? MISSED_READ
                                        : MISSED_LOOK;

    if (act == MAKE || act == REMOVE) {
        look_at_place(watcher, told);
        return;
    }
    error = try_name(watcher, told, told->name, mode, follows(told));
    if (opens && told->flags & O_CREAT) {
        if (error == ENOENT || !error)
            look_at_place(watcher, told);
        else
            miss(watcher, told, told->name, MISSED_WRITE);
        return;
    }
    if (!error || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG)
        return;
    if (mode & W_OK && error != ENOENT &&
        try_name(watcher, told, told->name, mode & ~W_OK, follows(told)) == 0)
        what = MISSED_WRITE;
    miss(watcher, told, told->name, what);
}

/* Does somebody inside listen at the TCP port, so that it is not one outside that
 * is missed? proc_pid_net(5) */
static bool is_served(const struct watcher *watcher, unsigned port)
{
    static const char *const lists[] = { "self/net/tcp", "self/net/tcp6" };
    bool served = false;

    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        int fd = openat(watcher->proc, lists[i], O_RDONLY | O_CLOEXEC);
        AUTOFILE FILE *list = fd < 0 ? NULL : fdopen(fd, "r");
        char line[512];
        unsigned one, state;

        while (list && fgets(line, sizeof(line), list))
            if (sscanf(line, " %*u: %*[^:]:%x %*s %x", &one, &state) == 2)
                served |= one == port && state == 10; /* listens */
    }
    return served;
}

static void look_at_address(struct watcher *watcher, struct told *told)
{
    const struct sockaddr_un *local = (const void *)told->name;
    const struct sockaddr_in *four = (const void *)told->name;
    const struct sockaddr_in6 *six = (const void *)told->name;
    char text[INET6_ADDRSTRLEN] = "";

    if (told->call->act == BIND && local->sun_family != AF_UNIX)
        return;
    switch (local->sun_family) {
    case AF_UNIX:
        if (told->length <= offsetof(struct sockaddr_un, sun_path) ||
            !*local->sun_path)
            return;
        memmove(told->name, local->sun_path, sizeof(local->sun_path) + 1);
        if (told->call->act == BIND)
            look_at_place(watcher, told);
        else if (try_name(watcher, told, told->name, W_OK, true) != 0)
            miss(watcher, told, told->name, MISSED_CONNECT);
        return;
    case AF_INET:
        if (told->length >= sizeof(*four) &&
            !(ntohl(four->sin_addr.s_addr) >> 24 == 127 &&
              is_served(watcher, ntohs(four->sin_port))) &&
            inet_ntop(AF_INET, &four->sin_addr, text, sizeof(text)))
            add_missed(watcher, xasprintf("%s:%d", text, ntohs(four->sin_port)),
                       MISSED_CONNECT);
        return;
    case AF_INET6:
        if (told->length >= sizeof(*six) &&
            !(IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) &&
              is_served(watcher, ntohs(six->sin6_port))) &&
            inet_ntop(AF_INET6, &six->sin6_addr, text, sizeof(text)))
            add_missed(watcher,
                       xasprintf("[%s]:%d", text, ntohs(six->sin6_port)),
                       MISSED_CONNECT);
        return;
    }
}

static void look(struct watcher *watcher, struct told *told)
{
    if (told->call->act == LISTEN) {
        watcher->listeners++;
        return;
    }
    if (told->call->act == MOVE_ROOT || told->call->act == EXECUTE)
        watcher->thread = 0;
    if (told->call->act == MOVE_ROOT || !*told->name)
        return;
    if (watcher->foreign)
        watcher->unseen++;
    else if (is_address(told->call))
        look_at_address(watcher, told);
    else
        look_at_path(watcher, told);
}

/* ---- the thread ---- */

/* The listener, and the root that the command begins with. */
static bool take_listener(struct watcher *watcher)
{
    int fds[2];
    char byte = 0;
    size_t n = 2;

    if (receive_message(watcher->socket, &byte, 1, fds, &n) != 1 || n != 2 ||
        !status_of(fds[1], &watcher->base_status))
        return false;
    watcher->listener = fds[0];
    watcher->base = fds[1];
    return true;
}

static int number_of(const struct seccomp_notif *from, const struct call *call)
{
    return from->data.arch == NATIVE ? call->number : call->compat;
}

static void serve(struct watcher *watcher, struct seccomp_notif *from)
{
    static struct told told[2];
    struct seccomp_notif_resp answer = {
        .id = from->id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE
    };
    size_t n = 0;
    bool unseen = false;

    look_at_thread(watcher, (pid_t)from->pid);
    for (size_t i = 0; i < ARRAY_LEN(calls) && n < 2; i++)
        if (number_of(from, &calls[i]) == from->data.nr) {
            if (read_call(watcher, from, &calls[i], &told[n]))
                n++;
            else if (calls[i].act == EXECUTE) /* the stage's child is not seen */
                watcher->thread = 0;
            else
                unseen = true;
        }
    /* Who is gone by now may have been another one when it was read of. */
    pthread_mutex_lock(&watcher->busy);
    if (ioctl(watcher->listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0) {
        watcher->unseen += unseen;
        for (size_t i = 0; i < n; i++)
            look(watcher, &told[i]);
    } else {
        watcher->thread = 0;
    }
    pthread_mutex_unlock(&watcher->busy);
    for (size_t i = 0; i < n; i++)
        if (told[i].directory >= 0)
            close(told[i].directory);
}

static void *watch_calls(void *data)
{
    struct watcher *watcher = data;
    /* The kernel's struct may be longer than the build machine's. */
    union {
        struct seccomp_notif notice;
        char space[512];
    } from;

    struct pollfd listener = { .events = 0 };

    if ((watcher->drop && !drop_capabilities()) || !take_listener(watcher))
        return NULL;
    ioctl(watcher->listener, IOCTL_SET_FLAGS, WAKE_SAME_CPU);
    listener.fd = watcher->listener;
    for (;;) {
        memset(&from, 0, sizeof(from));
        if (ioctl(watcher->listener, SECCOMP_IOCTL_NOTIF_RECV, &from) == 0)
            serve(watcher, &from.notice);
        else if (errno == ENOENT && poll(&listener, 1, 0) > 0 &&
                 listener.revents & POLLHUP)
            return NULL; /* nobody is left that it is told of */
    }
}

struct watcher *watcher_start(int socket, int proc, bool drop)
{
    struct watcher *watcher = calloc(1, sizeof(*watcher));
    pthread_t thread;

    if (!watcher)
        return NULL;
    watcher->socket = socket;
    watcher->proc = proc;
    watcher->drop = drop;
    watcher->root = -1;
    pthread_mutex_init(&watcher->busy, NULL);
    pthread_mutex_init(&watcher->lock, NULL);
    errno = pthread_create(&thread, NULL, watch_calls, watcher);
    if (errno) {
        free(watcher);
        return NULL;
    }
    return watcher;
}
