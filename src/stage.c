/*
 * stage.c - playpen once more, inside the unit, as its main process: a
 * supervisor that starts the command and ends as the command ended. systemd
 * counts a death by SIGTERM, SIGINT, SIGHUP or SIGPIPE as success and forgets
 * the unit, replaces argv[0], ignores SIGPIPE and adds to the environment.
 *
 * The order of its work, each step a function that fails by its name (stage.h):
 *
 *   1  check_namespaces   what systemd was asked for is looked at
 *   2  take_descriptors   from playpen, over the control socket
 *   3  show               what it mounts itself (shown.c);
 *      check_mounts       each granted file is the one that was checked
 *      check_read_only    and what is to be read-only is
 *   4  open_terminal      a /dev/pts of its own, a pseudoterminal
 *   5  start_watcher      a thread, for --why: notify.c
 *   6  make_pid_namespace with a /proc of its own
 *   7  open_network       addresses and listeners of its own (netns.c)
 *   8  start              forks the starter, and gives up its capabilities;
 *      lock_mounts        there, then the starter does the same;
 *                         the command's process goes on in execute.c
 *   9  supervise          signals, the terminal, the end
 *
 * Without a path restriction or in a scope the stage is the parent of the
 * command. With one the processes are
 *
 *   stage ── init, process 1 of the namespace, which only reaps
 *       └─── starter ── command
 *
 * so that no signal of the command reaches the stage, and the command's parent
 * is not process 1: it has the number of playpen's parent, which a notebook's
 * kernel was told.
 */
#include "stage.h"
#include "cgroup.h"
#include "descriptors.h"
#include "execute.h"
#include "netns.h"
#include "notify.h"
#include "path.h"
#include "shown.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* How long what outlives the command has after SIGTERM: 100 times 20 ms. */
enum { GRACE_STEPS = 100, GRACE_STEP_MS = 20, KILL_STEPS = 25 };

struct supervisor {
    struct orders orders;
    char **argv;
    int control;        /* the socket to playpen; -1: nobody listens */
    int signals;        /* signalfd(2) of all of them */
    int cgroup, proc;   /* directories; proc is that of the stage's own
                           PID namespace, whatever is mounted later */
    struct descriptors descriptors;
    int terminal;       /* the command's side of its terminal; -1: none */
    pid_t init, starter; /* 0 without a PID namespace */
    int ready, next;    /* from init and to it, until the starter is there */
    int channel;        /* to the starter; -1 without one */
    pid_t command;      /* its number in the stage's PID namespace */
    bool foreground;    /* the command has had its terminal */
    bool terminated;    /* the manager asked the unit to end */
    bool ended;         /* the command has, with STATUS */
    int status;
    int watched;        /* socket by which the command's process sends its
                           listener; -1: none */
    struct watcher *watcher;
    struct stats before; /* the cgroup's, when the command was started */
    int64_t begin, end; /* of the command; now_us() */
    pid_t group_senders[NSIG]; /* of a scope: who sent the stage a signal */
};

/* What the starter says to the stage. */
struct event {
    enum { EVENT_STARTED, EVENT_FAILED, EVENT_STATUS } what;
    int32_t status; /* of waitpid(2) */
    struct failure failure;
};

static void send_report(const struct supervisor *s, struct report report,
                        int fd)
{
    if (s->control >= 0)
        (void)!send_message(s->control, &report, sizeof(report), &fd, fd >= 0,
                            MSG_NOSIGNAL);
}

static void __attribute__((noreturn)) fail(const struct supervisor *s,
                                           enum step step, int error,
                                           const char *detail)
{
    struct report report = { .what = REPORT_FAILED,
                             .value = error,
                             .step = step };

    snprintf(report.detail, sizeof(report.detail), "%s", detail);
    if (s->control < 0)
        warn("cannot start the command: %s%s%s", detail, *detail ? ": " : "",
             strerror(error));
    send_report(s, report, -1);
    exit(step != STEP_EXECUTE ? EXIT_REFUSED
         : error == ENOENT    ? EXIT_NOT_FOUND
                              : EXIT_NOT_EXEC);
}

/* Without whoever asked for the command nothing is started. */
static int open_control(const char *name)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (!name)
        return -1;
    if (has_prefix(name, "fd:")) {
        fd = (int)strtol(name + strlen("fd:"), NULL, 10);
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
            exit(EXIT_REFUSED);
        return fd;
    }
    fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (strlen(name) >= sizeof(address.sun_path))
        die("%s: too long for a socket", name);
    strcpy(address.sun_path, name);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        exit(EXIT_SUCCESS); /* nobody is there: none is to see a failed unit */
    return fd;
}

/* ---- 1 ---- */

/* Several properties of systemd fail open: the unit then shares the namespace of
 * its manager, which is mostly the caller's. */
static void check_namespaces(const struct supervisor *s)
{
    AUTOFREE char *list =
        s->orders.namespaces ? xstrdup(s->orders.namespaces) : NULL;
    char *save = NULL;

    for (char *name = list ? strtok_r(list, ",", &save) : NULL; name;
         name = strtok_r(NULL, ",", &save)) {
        char *colon = strchr(name, ':');
        AUTOFREE char *path = NULL;
        struct stat st;

        if (!colon)
            die("--stage: namespaces=%s is no order", name);
        *colon = '\0';
        path = xasprintf("/proc/self/ns/%s", name);
        if (stat(path, &st) < 0)
            fail(s, STEP_NAMESPACES, errno, name);
        if (st.st_ino == strtoumax(colon + 1, NULL, 10))
            fail(s, STEP_NAMESPACES, EPERM, name);
    }
}

/* ---- 2 ---- */

static void add_descriptor(struct descriptors *all, int fd, int number)
{
    all->fds = grow(all->fds, all->n, sizeof(*all->fds));
    all->numbers = grow(all->numbers, all->n, sizeof(*all->numbers));
    all->fds[all->n] = fd;
    all->numbers[all->n++] = number;
}

/* One delivery; its descriptors are added. */
static void receive(struct supervisor *s, struct delivery *delivery)
{
    int fds[DESCRIPTORS_AT_ONCE];
    size_t got = DESCRIPTORS_AT_ONCE;
    ssize_t n =
        receive_message(s->control, delivery, sizeof(*delivery), fds, &got);

    if (n == 0) /* playpen is gone */
        exit(EXIT_REFUSED);
    if (n != sizeof(*delivery) || got != delivery->count)
        fail(s, STEP_DESCRIPTORS, n < 0 ? errno : EMFILE, "");
    for (size_t i = 0; i < got; i++)
        add_descriptor(&s->descriptors, fds[i], delivery->numbers[i]);
}

/* Where they came in they may be in the way of one another's numbers. */
static void move_descriptors_up(struct supervisor *s)
{
    struct descriptors *all = &s->descriptors;
    int above = above_all(all);

    for (size_t i = 0; i < all->n; i++) {
        int fd = all->fds[i];

        if (fd > above)
            continue;
        all->fds[i] = fcntl(fd, F_DUPFD_CLOEXEC, above);
        if (all->fds[i] < 0)
            fail(s, STEP_DESCRIPTORS, errno, "");
        close(fd);
    }
}

static void take_descriptors(struct supervisor *s, struct delivery *delivery)
{
    if (s->control < 0 || s->orders.scope)
        return;
    raise_descriptors();
    do
        receive(s, delivery);
    while (!delivery->last);
    move_descriptors_up(s);
}

static void close_descriptors(struct supervisor *s)
{
    for (size_t i = 0; i < s->descriptors.n; i++)
        close(s->descriptors.fds[i]);
    s->descriptors.n = 0;
}

/* ---- 3 ---- */

/* But for its control groups, where they are to be written. A unit of the
 * system's manager may lack the capability, by --property. Before Linux 5.12
 * there is no such call: without a path restriction /sys stays as it is. */
static const char *seal_sys(const struct supervisor *s)
{
    static const char groups[] = "/sys/fs/cgroup";
    bool writable = !is_read_only(groups);

    if (is_read_only("/sys"))
        return NULL;
    if (!make_read_only("/sys", true))
        return s->orders.drop && (errno != ENOSYS || s->orders.no_new_privs)
                   ? "/sys"
                   : NULL;
    return !writable || make_read_only(groups, false) ? NULL : groups;
}

static void show(const struct supervisor *s)
{
    const char *problem = hide_directories(&s->orders.hidden);

    if (!problem && s->orders.tunables)
        problem = seal_sys(s);
    if (!problem && s->orders.shown_from)
        problem = show_files(s->orders.shown_from, &s->orders.shown);
    if (problem)
        fail(s, STEP_MOUNTS, errno, problem);
}

/* Between playpen's check and the mount another program may have put a symlink
 * in the place of a directory. */
static void check_mounts(const struct supervisor *s, const struct strv *files)
{
    for (size_t i = 0; i < files->n; i++) {
        char *end;
        uintmax_t device = strtoumax(files->v[i], &end, 10);
        uintmax_t inode = strtoumax(end + (*end == ':'), &end, 10);
        struct stat st;

        if (*end != ':' || stat(end + 1, &st) < 0)
            fail(s, STEP_MOUNTS, *end ? errno : EINVAL, *end ? end + 1 : "");
        if (st.st_dev != device || st.st_ino != inode)
            fail(s, STEP_MOUNTS, ESTALE, end + 1);
    }
}

static void check_read_only(const struct supervisor *s)
{
    for (size_t i = 0; i < s->orders.read_only.n; i++)
        if (!is_read_only(s->orders.read_only.v[i]))
            fail(s, STEP_READ_ONLY, EROFS, s->orders.read_only.v[i]);
}

/* ---- 4 ---- */

static void add_terminal(struct supervisor *s)
{
    const char *number = s->orders.terminal;

    while (*number) {
        char *end;
        long value = strtol(number, &end, 10);
        int fd = fcntl(s->terminal, F_DUPFD_CLOEXEC, 3);

        if (fd < 0)
            fail(s, STEP_TERMINAL, errno, "");
        add_descriptor(&s->descriptors, fd, (int)value);
        number = *end ? end + 1 : end;
    }
}

/* With the /dev/pts of its manager the unit may have no way to make one
 * (measured on 252: ENOENT): playpen has made it, and sent it. */
static int find_terminal(const struct supervisor *s)
{
    int number = (int)strtol(s->orders.terminal, NULL, 10);

    for (size_t i = 0; i < s->descriptors.n; i++)
        if (s->descriptors.numbers[i] == number)
            return fcntl(s->descriptors.fds[i], F_DUPFD_CLOEXEC, 3);
    return -1;
}

/* pty(7). The other side goes out to playpen, and is kept nowhere else. */
static void make_terminal(struct supervisor *s)
{
    int master, unlocked = 0;

    master = open("/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlocked) < 0)
        fail(s, STEP_TERMINAL, errno, "/dev/pts/ptmx");
    s->terminal = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (s->terminal < 0)
        fail(s, STEP_TERMINAL, errno, "/dev/pts");
    send_report(s, (struct report){ .what = REPORT_TERMINAL }, master);
    close(master);
    add_terminal(s);
    move_descriptors_up(s);
}

static void open_terminal(struct supervisor *s, const struct delivery *delivery)
{
    if (s->orders.devpts &&
        (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
               "newinstance,ptmxmode=0666,mode=0620") < 0 ||
         (access("/dev/ptmx", F_OK) == 0 &&
          mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL) < 0)))
        fail(s, STEP_TERMINAL, errno, "/dev/pts");
    if (!s->orders.terminal || s->control < 0)
        return;
    if (s->orders.devpts)
        make_terminal(s);
    else
        s->terminal = find_terminal(s);
    tcsetattr(s->terminal, TCSANOW, &delivery->modes);
    ioctl(s->terminal, TIOCSWINSZ, &delivery->size);
}

/* ---- 5 ---- */

/* No process can have a thread more once its children are in another PID
 * namespace. */
static void start_watcher(struct supervisor *s)
{
    int fds[2];

    if (!s->orders.why)
        return;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
        !(s->watcher = watcher_start(fds[0], s->proc, s->orders.drop)))
        fail(s, STEP_WHY, errno, "");
    s->watched = fds[1];
}

/* ---- 6 ---- */

/* What systemd mounted over parts of /proc: clones, as descriptors, and where
 * they belong. Each with what the system mounted below (binfmt_misc, nfsd), for
 * without that, which is locked, the kernel makes none. */
struct masks {
    int *fds;
    struct strv paths;
};

static bool is_masked(const struct masks *masks, const char *path)
{
    for (size_t i = 0; i < masks->paths.n; i++)
        if (path_below(path, masks->paths.v[i]))
            return true;
    return false;
}

static void find_masks(const struct supervisor *s, struct masks *masks)
{
    AUTOFILE FILE *list = fopen("/proc/self/mountinfo", "re");
    AUTOFREE char *line = NULL;
    char path[256], rest[64];
    size_t size = 0;

    while (list && getline(&line, &size, list) > 0) {
        const char *type = strstr(line, " - ");

        if (sscanf(line, "%*u %*u %*s %*s %255s", path) != 1 ||
            !has_prefix(path, "/proc/") || !type ||
            sscanf(type, " - %63s", rest) != 1 || streq(rest, "autofs") ||
            streq(rest, "binfmt_misc") || is_masked(masks, path))
            continue;
        masks->fds = grow(masks->fds, masks->paths.n, sizeof(*masks->fds));
        masks->fds[masks->paths.n] =
            (int)syscall(428 /* open_tree */, AT_FDCWD, path,
                         1 /* OPEN_TREE_CLONE */ | O_CLOEXEC |
                             AT_NO_AUTOMOUNT | AT_RECURSIVE);
        if (masks->fds[masks->paths.n] < 0)
            fail(s, STEP_PIDS, errno, path);
        strv_push(&masks->paths, path);
    }
}

/* The next process of this PID namespace gets this number. Where that cannot be
 * had it gets another. */
static void choose_number(int last_pid, int64_t number)
{
    char text[24];
    int length = snprintf(text, sizeof(text), "%lld", (long long)number - 1);

    if (last_pid >= 0) /* a sysctl takes no more than one write at 0 */
        (void)!pwrite(last_pid, text, (size_t)length, 0);
}

/* user_namespaces(7), and namespaces(7): what this process's may have at most.
 * PROC is a /proc with nothing read-only over it. What this kernel does not count
 * is left out. */
static void limit_shares(int proc, const char *list)
{
    while (list && *list) {
        size_t length = strcspn(list, ":");
        AUTOFREE char *path = xasprintf("sys/user/%.*s", (int)length, list);
        AUTOCLOSE int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

        list += length + (list[length] == ':');
        length = strcspn(list, ",");
        if (fd >= 0)
            (void)!write(fd, list, length);
        list += length + (list[length] == ',');
    }
}

/* Returns a descriptor of ns_last_pid there, pid_namespaces(7), or -1. */
static int mount_proc(const struct supervisor *s)
{
    struct masks masks = { 0 };
    AUTOCLOSE int proc = -1;
    int last_pid;

    find_masks(s, &masks);
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) <
        0)
        fail(s, STEP_PIDS, errno, "/proc");
    proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    limit_shares(proc, s->orders.shares);
    last_pid = openat(proc, "sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    for (size_t i = 0; i < masks.paths.n; i++)
        if (syscall(429 /* move_mount */, masks.fds[i], "", AT_FDCWD,
                    masks.paths.v[i], 4 /* MOVE_MOUNT_F_EMPTY_PATH */) < 0)
            fail(s, STEP_PIDS, errno, masks.paths.v[i]);
    return last_pid;
}

/* Process 1 of the namespace. The kernel ends the namespace with it, and no
 * signal from inside reaches it: pid_namespaces(7). It chooses the numbers of
 * the starter, which the command has for its parent and which is given
 * playpen's parent's, and of the command. */
static void __attribute__((noreturn)) be_init(struct supervisor *s, int ready,
                                              int next)
{
    struct pollfd fds[] = { { .fd = s->signals, .events = POLLIN },
                            { .fd = s->control, .events = 0 } };
    struct signalfd_siginfo info;
    int last_pid;
    char byte;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getpid() != 1)
        fail(s, STEP_PIDS, EPERM, "");
    last_pid = mount_proc(s);
    choose_number(last_pid, s->orders.parent != NO_NUMBER ? s->orders.parent
                                                          : s->orders.pid - 1);
    (void)!write(ready, "", 1);
    (void)!read(next, &byte, 1);
    choose_number(last_pid, s->orders.pid);
    if (!drop_capabilities())
        fail(s, STEP_CAPABILITIES, errno, "");
    close(last_pid);
    close(next);
    close_descriptors(s);
    if (s->terminal >= 0)
        close(s->terminal);
    close(s->cgroup);
    close(s->proc);
    for (int fd = 0; fd < 3; fd++)
        close(fd);
    (void)!write(ready, "", 1);
    close(ready);
    for (;;) {
        /* A stopped stage does not see that playpen is gone. */
        if (poll(fds, ARRAY_LEN(fds), -1) > 0 && fds[1].revents)
            _exit(EXIT_REFUSED);
        while (read(s->signals, &info, sizeof(info)) == sizeof(info))
            ;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

static void make_pid_namespace(struct supervisor *s)
{
    int ready[2], next[2];
    char byte;

    if (s->orders.pid == NO_NUMBER)
        return;
    if (unshare(CLONE_NEWPID) < 0 || pipe2(ready, O_CLOEXEC) < 0 ||
        pipe2(next, O_CLOEXEC) < 0 || (s->init = fork()) < 0)
        fail(s, STEP_PIDS, errno, "");
    if (s->init == 0) {
        close(ready[0]);
        close(next[1]);
        be_init(s, ready[1], next[0]);
    }
    close(ready[1]);
    close(next[0]);
    if (read(ready[0], &byte, 1) != 1) /* it has reported why */
        exit(EXIT_REFUSED);
    s->ready = ready[0];
    s->next = next[1];
}

/* Has init the command's number chosen, now that the starter has its own. */
static void go_on_with_init(struct supervisor *s)
{
    char byte;

    (void)!write(s->next, "", 1);
    if (read(s->ready, &byte, 1) != 1) /* it has reported why */
        _exit(EXIT_REFUSED);
    close(s->next);
    close(s->ready);
}

/* ---- 7 ---- */

static void send_listener(void *data, int fd)
{
    send_report(data, (struct report){ .what = REPORT_LISTENER }, fd);
    close(fd);
}

static void open_network(struct supervisor *s)
{
    AUTOFREE char *text = s->orders.network ? xstrdup(s->orders.network) : NULL;
    const char *failed = text ? set_up_network(text, send_listener, s) : NULL;

    if (failed)
        fail(s, STEP_NETWORK, errno, failed);
}

/* ---- 8 ---- */

static bool write_file(const char *path, const char *text)
{
    AUTOCLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* A mount namespace of a user namespace of its own, in which all mounts are
 * locked: mount_namespaces(7). When it ends these stay on one another for who
 * still has a descriptor in it, sent over a socket to another run; others come
 * off, and what they protected would be there (measured on 6.18). */
static bool lock_mounts(const char *shares)
{
    /* /proc without what lies over parts of it. */
    AUTOCLOSE int proc = (int)syscall(428 /* open_tree */, AT_FDCWD, "/proc",
                                      1 /* OPEN_TREE_CLONE */ | O_CLOEXEC);
    uid_t uid = geteuid();
    gid_t gid = getegid();
    AUTOFREE char *uids = xasprintf("%u %u 1", (unsigned)uid, (unsigned)uid);
    AUTOFREE char *gids = xasprintf("%u %u 1", (unsigned)gid, (unsigned)gid);
    bool done;

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return false;
    /* For what is not dumpable the files are root's. */
    prctl(PR_SET_DUMPABLE, 1);
    done = write_file("/proc/self/uid_map", uids) &&
           write_file("/proc/self/setgroups", "deny") &&
           write_file("/proc/self/gid_map", gids);
    prctl(PR_SET_DUMPABLE, 0);
    if (done) /* it says so there as well, though the outer ones hold */
        limit_shares(proc, shares);
    return done;
}

/* What the starter does before all else; ends it where that fails. */
static void shut_in(const struct supervisor *s, int channel)
{
    struct event event = { .what = EVENT_FAILED };

    event.failure.step = !lock_mounts(s->orders.shares) ? STEP_LOCKED
                         : s->orders.drop && !drop_capabilities()
                             ? STEP_CAPABILITIES
                             : STEP_NONE;
    event.failure.error = errno;
    if (event.failure.step == STEP_NONE)
        return;
    (void)!send(channel, &event, sizeof(event), MSG_NOSIGNAL);
    _exit(EXIT_REFUSED);
}

static void give_up_capabilities(const struct supervisor *s)
{
    if (s->orders.drop && !drop_capabilities())
        fail(s, STEP_CAPABILITIES, errno, "");
}

/* The session leader's part of the terminal: which process group may read it.
 * tty_ioctl(4), tcsetpgrp(3). */
static void take_terminal(int terminal)
{
    (void)setsid();
    if (terminal >= 0)
        ioctl(terminal, TIOCSCTTY, 0);
}

struct job {
    pid_t command;
    pid_t group; /* that had the terminal last */
};

static void move_to_foreground(int terminal, struct job *job)
{
    tcsetpgrp(terminal, job->group ? job->group : job->command);
    kill(-job->command, SIGCONT);
}

static void move_to_background(int terminal, struct job *job)
{
    pid_t group = tcgetpgrp(terminal);

    if (group > 0 && group != getpgrp())
        job->group = group;
    tcsetpgrp(terminal, getpgrp());
}

static void handle_job(const struct supervisor *s, struct job *job, int what)
{
    if (s->terminal >= 0 && what == REQUEST_FOREGROUND)
        move_to_foreground(s->terminal, job);
    if (s->terminal >= 0 && what == REQUEST_BACKGROUND)
        move_to_background(s->terminal, job);
}

/* A child that has itself traced by its parent stops at each of its signals, which
 * is no stop of a job: it goes on untraced, with the signal. */
static bool let_go(pid_t pid, int status)
{
    return WIFSTOPPED(status) &&
           ptrace(PTRACE_DETACH, pid, NULL,
                  (void *)(intptr_t)WSTOPSIG(status)) == 0;
}

/* Starts the command in the PID namespace, and tells the stage how it fares. */
static void __attribute__((noreturn)) be_starter(struct supervisor *s,
                                                 int channel)
{
    struct event event = { .what = EVENT_STARTED };
    struct pollfd fds[] = { { .fd = s->signals, .events = POLLIN },
                            { .fd = channel, .events = POLLIN } };
    struct signalfd_siginfo info;
    struct job job = { 0 };
    struct request request;
    pid_t pid;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    shut_in(s, channel);
    close(s->control);
    close(s->cgroup);
    close(s->proc);
    go_on_with_init(s);
    take_terminal(s->terminal);
    job.command = start_command(&s->orders, s->argv, &s->descriptors, channel,
                                s->watched, &event.failure);
    close(s->watched);
    close_descriptors(s);
    if (job.command < 0)
        event.what = EVENT_FAILED;
    (void)!send(channel, &event, sizeof(event), MSG_NOSIGNAL);
    while (job.command > 0 && poll(fds, ARRAY_LEN(fds), -1) >= 0) {
        if (fds[1].revents) {
            if (recv(channel, &request, sizeof(request), 0) <= 0)
                break;
            handle_job(s, &job, request.what);
        }
        while (read(s->signals, &info, sizeof(info)) == sizeof(info))
            ;
        event.what = EVENT_STATUS;
        while ((pid = waitpid(-1, &event.status, WNOHANG | WUNTRACED)) > 0)
            if (!let_go(pid, event.status) && pid == job.command)
                (void)!send(channel, &event, sizeof(event), MSG_NOSIGNAL);
        if (pid < 0)
            break;
    }
    _exit(0);
}

/* The command's process sends one byte, and the kernel its number. */
static bool read_event(struct supervisor *s, struct event *event)
{
    struct iovec data = { event, sizeof(*event) };
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(struct ucred))];
    } control;
    struct msghdr message = { .msg_iov = &data,
                              .msg_iovlen = 1,
                              .msg_control = &control,
                              .msg_controllen = sizeof(control) };
    ssize_t n = recvmsg(s->channel, &message, MSG_DONTWAIT);
    struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    struct ucred sender;

    if (n == 1 && header && header->cmsg_type == SCM_CREDENTIALS) {
        memcpy(&sender, CMSG_DATA(header), sizeof(sender));
        s->command = sender.pid;
        return read_event(s, event);
    }
    return n == sizeof(*event);
}

static void end_process(pid_t pid)
{
    if (pid && kill(pid, SIGKILL) == 0)
        waitpid(pid, NULL, 0);
}

/* What runs in the namespace is gone then: init ends after all others, of which
 * the starter is the stage's to wait for. */
static void end_namespace(const struct supervisor *s)
{
    end_process(s->starter);
    end_process(s->init);
}

/* Nobody knows how the command ended, for it hid that. Whoever is told looks at
 * what it left. */
static void __attribute__((noreturn)) be_lost(const struct supervisor *s)
{
    end_namespace(s);
    send_report(s, (struct report){ .what = REPORT_LOST }, -1);
    exit(EXIT_SIGNAL + SIGKILL);
}

/* Waits for the starter's first word. The command, which runs already, may stop
 * the starter before that. */
static bool read_first_event(struct supervisor *s, struct event *event)
{
    struct pollfd channel = { .fd = s->channel, .events = POLLIN };
    siginfo_t info;

    for (;;) {
        int ready = poll(&channel, 1, 100);

        errno = 0;
        if (ready > 0 && read_event(s, event))
            return true;
        if (ready > 0 && errno != EAGAIN) /* the starter has ended */
            return false;
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)s->starter, &info,
                   WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
            info.si_pid == s->starter)
            be_lost(s);
    }
}

static void start_by_starter(struct supervisor *s)
{
    int fds[2], yes = 1;
    struct event event;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0 ||
        setsockopt(fds[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0 ||
        (s->starter = fork()) < 0)
        fail(s, STEP_FORK, errno, "");
    if (s->starter == 0) {
        close(fds[0]);
        be_starter(s, fds[1]);
    }
    give_up_capabilities(s);
    close(fds[1]);
    close(s->watched);
    close(s->next);
    close(s->ready);
    s->channel = fds[0];
    close_descriptors(s);
    if (!read_first_event(s, &event)) {
        end_namespace(s);
        fail(s, STEP_FORK, EPIPE, "");
    }
    if (event.what == EVENT_FAILED)
        fail(s, event.failure.step, event.failure.error, "");
}

static void start(struct supervisor *s)
{
    struct failure failure;

    keep_environment(&s->orders);
    if (s->orders.stats && s->cgroup >= 0)
        read_stats(s->cgroup, &s->before);
    s->begin = now_us();
    if (s->init) {
        start_by_starter(s);
        return;
    }
    give_up_capabilities(s);
    if (!s->orders.scope)
        take_terminal(s->terminal);
    s->command = start_command(&s->orders, s->argv, &s->descriptors, -1,
                               s->watched, &failure);
    if (s->command < 0)
        fail(s, failure.step, failure.error, "");
    close(s->watched);
    close_descriptors(s);
}

/* ---- 9 ---- */

static void note_status(struct supervisor *s, int status)
{
    bool reads = WIFSTOPPED(status) && s->terminal >= 0 && !s->foreground &&
                 (WSTOPSIG(status) == SIGTTIN || WSTOPSIG(status) == SIGTTOU);

    if (!WIFSTOPPED(status)) {
        s->ended = true;
        s->status = status;
        s->end = now_us();
        return;
    }
    send_report(s,
                (struct report){ .what = reads ? REPORT_READS : REPORT_STOPPED,
                                 .value = WSTOPSIG(status) },
                -1);
}

/* Is a process of the unit waiting in one of the calls that wait for several
 * descriptors, with the terminal as its input? Such a process does not read
 * before there is something to be read. proc_pid_syscall(5) */
static bool waits_for_input(const struct supervisor *s)
{
    static const long calls[] = {
#ifdef SYS_poll
        SYS_poll, SYS_select, SYS_epoll_wait,
#endif
        SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, 441 /* epoll_pwait2 */
    };
    AUTOFREE pid_t *pids = cgroup_processes(s->cgroup, getpid(), s->init);
    bool found = false;

    for (const pid_t *pid = pids; *pid && !found; pid++) {
        AUTOFREE char *call = xasprintf("%d/syscall", (int)*pid);
        AUTOFREE char *input = xasprintf("%d/fd/0", (int)*pid);
        char text[64] = "";
        AUTOCLOSE int fd = openat(s->proc, call, O_RDONLY | O_CLOEXEC);
        long number = -1;

        if (fd >= 0 && read(fd, text, sizeof(text) - 1) > 0)
            number = strtol(text, NULL, 10);
        memset(text, 0, sizeof(text));
        (void)!readlinkat(s->proc, input, text, sizeof(text) - 1);
        for (size_t i = 0; i < ARRAY_LEN(calls); i++)
            found |= number == calls[i] && has_prefix(text, "/dev/pts/");
    }
    return found;
}

/* In a scope the command is in the caller's process group, and so is the stage:
 * what both were sent by the same process the command has had already. */
static void pass_signal(struct supervisor *s, const struct request *request)
{
    int number = request->signal;

    if (number <= 0 || number >= NSIG)
        return;
    if (s->orders.scope &&
        (request->group || (request->sender &&
                            s->group_senders[number] == request->sender))) {
        s->group_senders[number] = 0;
        return;
    }
    if (request->queued)
        sigqueue(s->command, number,
                 (union sigval){ .sival_ptr = (void *)(intptr_t)request->value });
    else
        kill(request->group ? -s->command : s->command, number);
}

/* One that playpen connects, to what is published. */
static void send_socket(const struct supervisor *s, int family)
{
    AUTOCLOSE int fd =
        socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    send_report(s, (struct report){ .what = REPORT_SOCKET }, fd);
}

static void handle_request(struct supervisor *s, struct job *job,
                           const struct request *request)
{
    switch (request->what) {
    case REQUEST_SIGNAL:
        pass_signal(s, request);
        break;
    case REQUEST_FOREGROUND:
    case REQUEST_BACKGROUND:
        s->foreground = request->what == REQUEST_FOREGROUND;
        if (s->channel >= 0)
            (void)!send(s->channel, request, sizeof(*request), MSG_NOSIGNAL);
        else
            handle_job(s, job, request->what);
        break;
    case REQUEST_READERS:
        if (waits_for_input(s))
            send_report(s, (struct report){ .what = REPORT_READS }, -1);
        break;
    case REQUEST_SOCKET:
        send_socket(s, (int)request->value);
        break;
    }
}

static void reap(struct supervisor *s)
{
    struct event event;
    int status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
        if (let_go(pid, status))
            continue;
        if (pid == s->command && !s->starter)
            note_status(s, status);
        if (!s->starter || (pid != s->starter && pid != s->init))
            continue;
        /* Nothing stops it but the command, which hides how it ends thereby. */
        if (WIFSTOPPED(status)) {
            kill(pid, SIGKILL);
            continue;
        }
        *(pid == s->init ? &s->init : &s->starter) = 0;
        while (!s->ended && read_event(s, &event))
            note_status(s, event.status);
        if (!s->ended)
            be_lost(s);
    }
}

/* What the manager or somebody else sends to the unit's main process means the
 * command. The kernel's own are about the stage's terminal. */
static void handle_signal(struct supervisor *s,
                          const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;

    if (number == SIGCHLD) {
        reap(s);
        return;
    }
    if (info->ssi_code == SI_KERNEL)
        return;
    if (number == SIGTERM)
        s->terminated = true;
    if (s->orders.scope)
        s->group_senders[number] = (pid_t)info->ssi_pid;
    else
        kill(s->command, number);
}

/* Is NAME one of NAMES, which ", " separates? */
static bool has_word(const char *names, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = names; (at = strstr(at, name)); at++)
        if ((at == names || at[-1] == ' ') &&
            (!at[length] || at[length] == ','))
            return true;
    return false;
}

static void add_name(const struct supervisor *s, pid_t pid, char *names,
                     size_t size)
{
    AUTOFREE char *path = xasprintf("%d/comm", (int)pid);
    size_t length = strlen(names);
    char name[20] = "";
    AUTOCLOSE int fd = openat(s->proc, path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || read(fd, name, sizeof(name) - 1) <= 0)
        strcpy(name, "?");
    name[strcspn(name, "\n")] = '\0';
    if (!has_word(names, name))
        snprintf(names + length, size - length, "%s%s", length ? ", " : "",
                 name);
}

/* Ends what the command left behind; the names of what had to be killed are in
 * NAMES, which has SIZE bytes. */
static void end_others(const struct supervisor *s, char *names, size_t size)
{
    struct timespec step = { .tv_nsec = GRACE_STEP_MS * 1000000L };
    struct pollfd control = { .fd = s->control, .events = 0 };

    for (int i = 0; i <= GRACE_STEPS + KILL_STEPS; i++) {
        AUTOFREE pid_t *pids = cgroup_processes(s->cgroup, getpid(), s->init);

        if (!*pids || (poll(&control, 1, 0) > 0 && control.revents))
            break;
        for (const pid_t *pid = pids; *pid; pid++) {
            if (i == 0 && kill(*pid, SIGTERM) == 0)
                kill(*pid, SIGCONT);
            if (i == GRACE_STEPS)
                add_name(s, *pid, names, size);
            if (i >= GRACE_STEPS)
                kill(*pid, SIGKILL);
        }
        nanosleep(&step, NULL);
    }
    end_namespace(s);
}

static void take_stats(const struct supervisor *s, struct stats *stats)
{
    read_stats(s->cgroup, stats);
    subtract_cpu(stats, &s->before);
    set_stat(stats, STAT_WALL, (uint64_t)(s->end - s->begin));
}

/* Is the name NAME in the directory PARENT a mount? statx(2), Linux 5.8. */
static bool is_mounted(int parent, const char *name)
{
    struct statx st = { 0 };

    return statx(parent, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &st) == 0 &&
           st.stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

/* Is there a file with something in it in the directory NAME of PARENT, or up to
 * DEPTH levels below? What begins with a dot at the top, a history or a program's
 * settings, does not count if DOTLESS, nor what has a name by mktemp(1) or its
 * kin, nor what was mounted or linked. At most *LEFT names are looked at. */
static bool holds_file(int parent, const char *name, int depth, bool dotless,
                       int *left)
{
    int fd = openat(parent, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    AUTODIR DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;
    bool holds = false;

    if (fd >= 0 && !dir)
        close(fd);
    while (dir && !holds && (entry = next_entry(dir)) && (*left)-- > 0) {
        struct stat st;

        if ((dotless && (*entry->d_name == '.' ||
                         has_prefix(entry->d_name, "tmp"))) ||
            fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            is_mounted(fd, entry->d_name))
            continue;
        holds = (S_ISREG(st.st_mode) && st.st_size > 0) ||
                (S_ISDIR(st.st_mode) && depth > 0 &&
                 holds_file(fd, entry->d_name, depth - 1, false, left));
    }
    return holds;
}

/* Was something written into DIR, which ends as orders.h says? */
static bool is_output_in(const char *dir, int *left)
{
    bool settings = has_suffix(dir, "/./");

    return holds_file(AT_FDCWD, dir, settings ? 1 : has_suffix(dir, "//") ? 0 : 2,
                      !settings, left);
}

/* Which of the orders' outputs are there, a bit each. */
static uint32_t outputs_written(const struct strv *outputs)
{
    uint32_t written = 0;
    int left = 1000;

    for (size_t i = 0; i < outputs->n && i < MAX_OUTPUTS; i++) {
        char *path = outputs->v[i];
        struct stat st;

        if (*path != '/') { /* "NAME=" */
            path[strcspn(path, "=")] = '\0';
            path = getenv(path);
        }
        if (path && lstat(path, &st) == 0 &&
            (!has_suffix(outputs->v[i], "/") || is_output_in(path, &left)))
            written |= UINT32_C(1) << i;
    }
    return written;
}

static int finish(struct supervisor *s)
{
    int status = s->status;
    struct report report = {
        .what = WIFSIGNALED(status) ? REPORT_KILLED : REPORT_EXITED,
        .value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
        .terminated = s->terminated,
    };

    /* A child that the command gave it (CLONE_PARENT) would keep it waiting. */
    end_process(s->starter);
    s->starter = 0;
    if (s->cgroup >= 0) {
        end_others(s, report.killed, sizeof(report.killed));
        report.oom_kills =
            (uint32_t)cgroup_value(s->cgroup, "memory.events", "oom_kill");
        if (s->orders.stats || report.oom_kills)
            take_stats(s, &report.stats);
    }
    report.written = outputs_written(&s->orders.outputs);
    if (s->watcher)
        send_report(s, (struct report){ .what = REPORT_WHY },
                    watcher_report(s->watcher));
    send_report(s, report, -1);
    return WIFSIGNALED(status) ? EXIT_SIGNAL + report.value : report.value;
}

/* Passes on what comes, until the command has ended. When playpen is gone so is
 * the unit: a service's manager kills what is left, a scope's does not. */
static int supervise(struct supervisor *s)
{
    struct job job = { .command = s->command };

    while (!s->ended) {
        struct pollfd fds[] = { { .fd = s->signals, .events = POLLIN },
                                { .fd = s->control, .events = POLLIN },
                                { .fd = s->channel, .events = POLLIN } };
        struct signalfd_siginfo info;
        struct request request;
        struct event event = { 0 };

        if (poll(fds, ARRAY_LEN(fds), -1) < 0)
            continue;
        /* Signals first: a scope's stage must know who else was sent one. */
        while (read(s->signals, &info, sizeof(info)) == sizeof(info))
            handle_signal(s, &info);
        if (fds[2].revents & POLLIN && !s->ended &&
            read_event(s, &event))
            note_status(s, event.status);
        if (!fds[1].revents || s->ended)
            continue;
        if (recv(s->control, &request, sizeof(request), 0) !=
            sizeof(request)) {
            if (s->orders.scope && s->cgroup >= 0)
                cgroup_kill(s->cgroup);
            return EXIT_SUCCESS; /* as where playpen was gone before */
        }
        handle_request(s, &job, &request);
    }
    return finish(s);
}

/* That of the unit. Who starts the stage without a manager, by what --dry-run
 * printed, is in the same one: what is in there is not the command's. */
static int open_own_cgroup(void)
{
    pid_t parent = getppid(); /* 0: in another PID namespace */
    AUTOFREE char *own = cgroup_of(0);
    AUTOFREE char *parents = parent ? cgroup_of(parent) : NULL;

    return own && !(parents && streq(own, parents)) ? cgroup_open(own) : -1;
}

int stage(char **words)
{
    struct supervisor s = { .control = -1, .terminal = -1, .channel = -1,
                            .watched = -1 };
    struct delivery delivery = { 0 };
    sigset_t mask;

    s.argv = orders_read(words, &s.orders);
    sigfillset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    signal(SIGCHLD, SIG_DFL);
    raise_oom_score(s.orders.oom_score_adj);
    /* Its memory and descriptors are not the command's to look at. */
    prctl(PR_SET_DUMPABLE, 0);
    s.cgroup = open_own_cgroup();
    s.proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    s.control = open_control(s.orders.control);
    s.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (s.signals < 0)
        fail(&s, STEP_FORK, errno, "signalfd");
    send_report(&s, (struct report){ .what = REPORT_READY }, -1);
    check_namespaces(&s);
    take_descriptors(&s, &delivery);
    show(&s);
    check_mounts(&s, &s.orders.files);
    check_mounts(&s, &s.orders.shown);
    check_read_only(&s);
    open_terminal(&s, &delivery);
    start_watcher(&s);
    make_pid_namespace(&s);
    open_network(&s);
    start(&s);
    return supervise(&s);
}
