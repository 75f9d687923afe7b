/*
 * stage.c - playpen once more, inside the unit, as its main process. It starts
 * the command as its child and ends as it ended. Needed because systemd counts
 * a death by SIGTERM, SIGINT, SIGHUP or SIGPIPE as success and forgets the
 * unit, replaces argv[0], ignores SIGPIPE and adds to the environment.
 *
 * Its words, each "NAME=VALUE", before "--" and the command's argv:
 *   coded=1    all that follows has %XX for '%' and each byte that is not ASCII
 *   control=   the socket to report on; without it, the exit status is all
 *   exec=      the file to execute
 *   cwd=       the directory to start it in
 *   env=A,B    the variables that it gets, no others
 *   umask=     octal
 *   nice=      absolute
 *   limits=    "soft:hard,…" for each RLIMIT_* from 0 on; "-" is infinity
 *   ignore=    signals that the caller ignores, by number: "1,15"
 *   block=     those that it blocks
 *   scope=1    Landlock: no signals, no abstract sockets to the outside
 *   pid1=1     it must be the first process of a PID namespace
 *   pty=1      the streams are a terminal of its own
 *   is=D:I:P   the file P must be inode I of device D: what was checked
 *   terminals=1  a /dev/pts of its own, in place of the empty one
 */
#include "stage.h"
#include "environment.h"
#include "path.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

struct orders {
    const char *control, *executable, *directory, *limits, *ignored, *blocked;
    struct strv env, files;
    long umask, nice; /* -1 and INT32_MIN: not said */
    bool coded, scope, first, pty, terminals;
    char **argv;
};

/* Undoes coded=1 in place. */
static char *decode(char *word)
{
    static const char digits[] = "0123456789abcdef";
    char *out = word;

    for (const char *in = word; *in; in++) {
        const char *high = *in == '%' && in[1] ? strchr(digits, in[1]) : NULL;
        const char *low = high && in[2] ? strchr(digits, in[2]) : NULL;

        if (low) {
            *out++ = (char)((high - digits) << 4 | (low - digits));
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return word;
}

static struct orders read_orders(char **words)
{
    struct orders orders = { .umask = -1, .nice = INT32_MIN };

    for (; *words && !streq(*words, "--"); words++) {
        char *word = orders.coded ? decode(*words) : *words;
        const char *value = strchr(word, '=');

        if (!value)
            die("--stage: %s is no order", ellipsize(word));
        value++;
        if (has_prefix(word, "coded="))
            orders.coded = true;
        else if (has_prefix(word, "control="))
            orders.control = value;
        else if (has_prefix(word, "exec="))
            orders.executable = value;
        else if (has_prefix(word, "cwd="))
            orders.directory = value;
        else if (has_prefix(word, "limits="))
            orders.limits = value;
        else if (has_prefix(word, "ignore="))
            orders.ignored = value;
        else if (has_prefix(word, "block="))
            orders.blocked = value;
        else if (has_prefix(word, "umask="))
            orders.umask = strtol(value, NULL, 8);
        else if (has_prefix(word, "nice="))
            orders.nice = strtol(value, NULL, 10);
        else if (has_prefix(word, "scope="))
            orders.scope = true;
        else if (has_prefix(word, "pid1="))
            orders.first = true;
        else if (has_prefix(word, "pty="))
            orders.pty = true;
        else if (has_prefix(word, "is="))
            strv_push(&orders.files, value);
        else if (has_prefix(word, "terminals="))
            orders.terminals = true;
        else if (has_prefix(word, "env="))
            strv_push(&orders.env, value);
        else
            die("--stage: %s is no order", ellipsize(word));
    }
    if (!*words || !words[1] || !orders.executable)
        die("--stage is playpen's own, for inside its units");
    orders.argv = words + 1;
    for (char **arg = orders.argv; orders.coded && *arg; arg++)
        decode(*arg);
    return orders;
}

/* Without whoever asked for it, nothing is started. */
static int connect_control(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path))
        die("%s: too long for a socket", path);
    strcpy(address.sun_path, path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        exit(EXIT_REFUSED);
    return fd;
}

static void say(int control, struct report report)
{
    if (control >= 0)
        (void)!send(control, &report, sizeof(report), MSG_NOSIGNAL);
}

static void fail(int control, int step, int error)
{
    if (control < 0)
        warn("cannot start the command: %s", strerror(error));
    say(control, (struct report){ .what = REPORT_FAILED,
                                  .value = error,
                                  .step = step });
    exit(step != STEP_EXEC   ? EXIT_REFUSED
         : error == ENOENT ? EXIT_NOT_FOUND
                           : EXIT_NOT_EXEC);
}

/* Between the check and the mount another confined run may have put a symlink
 * in the place of a directory. */
static bool is_what_was_checked(const char *order)
{
    char *end;
    uintmax_t device = strtoumax(order, &end, 10);
    uintmax_t inode = strtoumax(end + (*end == ':'), &end, 10);
    struct stat st;

    return *end == ':' && stat(end + 1, &st) == 0 && st.st_dev == device &&
           st.st_ino == inode;
}

/* ---- what the command inherits ---- */

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void filter_environment(const struct strv *lists)
{
    struct strv keep = { 0 };
    char **out = environ;

    for (size_t i = 0; i < lists->n; i++)
        for (char *save, *name = strtok_r(lists->v[i], ",", &save); name;
             name = strtok_r(NULL, ",", &save))
            strv_push(&keep, name);
    if (keep.n)
        qsort(keep.v, keep.n, sizeof(*keep.v), compare);
    for (char **entry = environ; *entry; entry++) {
        AUTOFREE char *name = xstrndup(*entry, strcspn(*entry, "="));
        char *key = name;

        if (keep.n && bsearch(&key, keep.v, keep.n, sizeof(*keep.v), compare))
            *out++ = *entry + (has_prefix(*entry, ENV_PREFIX) ? strlen(ENV_PREFIX) : 0);
        else /* nor is it for /proc/PID/environ, which the command may read */
            memset(*entry, 0, strlen(*entry));
    }
    *out = NULL;
    strv_free(&keep);
}

static rlim_t parse_rlim(const char **s)
{
    char *end;
    rlim_t value;

    if (**s == '-') {
        ++*s;
        return RLIM_INFINITY;
    }
    value = strtoull(*s, &end, 10);
    *s = end;
    return value;
}

/* The caller's limits, as far as the manager's hard ones allow; one line for
 * those soft limits that they do not. */
static void apply_limits(const char *text)
{
    static const char *const names[] = {
        "-t", "-f", "-d", "-s", "-c", "-m", "-u",        "-n",
        "-l", "-v", "-x", "-i", "-q", "-e", "-r", "-R",
    };
    bool warned = false;

    for (int i = 0; text && *text && i < RLIM_NLIMITS; i++) {
        struct rlimit have, want;

        want.rlim_cur = parse_rlim(&text);
        text += *text == ':';
        want.rlim_max = parse_rlim(&text);
        text += *text == ',';
        if (getrlimit(i, &have) < 0 || setrlimit(i, &want) == 0)
            continue;
        /* Ours may not be raised: keep the hard one, take the soft one. */
        want.rlim_max = have.rlim_max;
        if (want.rlim_cur > want.rlim_max) {
            want.rlim_cur = want.rlim_max;
            if (!warned)
                warn("ulimit %s is lowered to the manager's hard limit: raise "
                     "that with DefaultLimit… in systemd's configuration",
                     names[i]);
            warned = true;
        }
        setrlimit(i, &want);
    }
}

static void apply_nice(long nice)
{
    errno = 0;
    if (nice == INT32_MIN || getpriority(PRIO_PROCESS, 0) == nice)
        return;
    if (setpriority(PRIO_PROCESS, 0, (int)nice) < 0)
        warn("nice level %ld: not allowed to processes of this manager", nice);
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) > 0;

    if (fd >= 0)
        close(fd);
    return written;
}

/* A devpts of its own takes a user namespace in which this process may mount;
 * execve(2) takes that right away again. False only where the way back is
 * lost: without such namespaces there are just no new terminals. */
static bool make_terminals(void)
{
    AUTOFREE char *users =
        xasprintf("%u %u 1", (unsigned)geteuid(), (unsigned)geteuid());
    AUTOFREE char *groups =
        xasprintf("%u %u 1", (unsigned)getegid(), (unsigned)getegid());

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return true;
    if (!write_file("/proc/self/setgroups", "deny") ||
        !write_file("/proc/self/uid_map", users) ||
        !write_file("/proc/self/gid_map", groups))
        return false;
    if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
              "newinstance,ptmxmode=0666,mode=0620") == 0)
        (void)mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL);
    return true;
}

/* landlock(7), ABI 6; the header of the build machine may be older. */
static bool restrict_scope(void)
{
    const struct {
        uint64_t handled_access_fs, handled_access_net, scoped;
    } ruleset = { .scoped = 1 << 0 /* abstract sockets */ |
                            1 << 1 /* signals */ };
    int fd = (int)syscall(444, &ruleset, sizeof(ruleset), 0);

    if (fd < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
        syscall(446 /* landlock_restrict_self */, fd, 0) < 0)
        return false;
    close(fd);
    return true;
}

/* LIST may be NULL. */
static sigset_t parse_signals(const char *list)
{
    sigset_t set;

    sigemptyset(&set);
    while (list && *list) {
        char *end;

        sigaddset(&set, (int)strtol(list, &end, 10));
        list = *end ? end + 1 : end;
    }
    return set;
}

/* Ignored and blocked are those that the caller ignores and blocks, no others,
 * whatever the manager did. */
static void reset_signals(const struct orders *orders)
{
    sigset_t ignored = parse_signals(orders->ignored);
    sigset_t blocked = parse_signals(orders->blocked);

    for (int i = 1; i < NSIG; i++)
        signal(i, sigismember(&ignored, i) == 1 ? SIG_IGN : SIG_DFL);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* ---- the command ---- */

static void execute(const struct orders *orders, bool terminal, int error_fd)
{
    int32_t problem[2] = { STEP_EXEC, 0 };

    /* A process group of its own, in the foreground: Ctrl-C and Ctrl-Z are
     * then the command's, and a group whose parent is in the session is not
     * an orphan, which could not be stopped. */
    setpgid(0, 0);
    if (terminal)
        tcsetpgrp(STDIN_FILENO, getpid());
    reset_signals(orders);
    /* The command is to be looked at as any other, and /proc/self/uid_map is
     * not written by who is not. */
    prctl(PR_SET_DUMPABLE, 1);
    if (orders->terminals && !make_terminals()) {
        problem[0] = STEP_FORK;
    } else if (orders->scope && !restrict_scope()) {
        problem[0] = STEP_LANDLOCK;
    } else {
        /* execvpe() starts a script without #! by the shell, as a shell does;
         * the path has a slash, so that PATH is not searched. */
        execvpe(orders->executable, orders->argv, environ);
    }
    problem[1] = errno;
    (void)!write(error_fd, problem, sizeof(problem));
    _exit(EXIT_REFUSED);
}

static pid_t start(const struct orders *orders, bool terminal, int control)
{
    int32_t problem[2];
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0)
        fail(control, STEP_FORK, errno);
    /* Not vfork(2): that the child is dumpable would make this process so. */
    pid = fork();
    if (pid < 0)
        fail(control, STEP_FORK, errno);
    if (pid == 0) {
        close(fds[0]);
        execute(orders, terminal, fds[1]);
    }
    setpgid(pid, pid);
    close(fds[1]);
    if (read(fds[0], problem, sizeof(problem)) == sizeof(problem)) {
        waitpid(pid, NULL, 0);
        fail(control, problem[0], problem[1]);
    }
    close(fds[0]);
    return pid;
}

/* The terminal that is passed becomes that of this session. Where systemd made
 * it so for a process before, as with PrivatePIDs= (measured on 257), that has
 * to end first, and its hangup is not ours. */
static void take_terminal(void)
{
    const struct timespec pause = { .tv_nsec = 10000000 }; /* 10 ms */

    (void)setsid();
    for (int i = 0; i < 500 && ioctl(STDIN_FILENO, TIOCSCTTY, 0) < 0 &&
                    errno == EPERM; i++)
        nanosleep(&pause, NULL);
}

/* oom_kill of this unit's memory.events; 0 where it cannot be read. */
static uint32_t oom_kills(void)
{
    AUTOFREE char *cgroup = read_small_file("/proc/self/cgroup");
    char *path = cgroup ? strstr(cgroup, "0::/") : NULL;
    AUTOFREE char *file = NULL, *text = NULL;
    const char *line;

    if (!path)
        return 0;
    path[strcspn(path, "\n")] = '\0';
    file = xasprintf("/sys/fs/cgroup%s/memory.events", path + 3);
    text = read_small_file(file);
    line = text ? strstr(text, "oom_kill ") : NULL;
    return line ? (uint32_t)strtoul(line + strlen("oom_kill "), NULL, 10) : 0;
}

static int finish(int control, int status, bool terminated)
{
    struct report report = {
        .what = WIFSIGNALED(status) ? REPORT_KILLED : REPORT_EXITED,
        .value = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
        .oom_kills = oom_kills(),
        .terminated = terminated,
    };

    say(control, report);
    return WIFSIGNALED(status) ? EXIT_SIGNAL + report.value : report.value;
}

/* Passes on what comes, until the command has ended. */
static int mind(pid_t pid, int signals, int control)
{
    struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
                            { .fd = control, .events = POLLIN } };
    bool terminated = false;

    for (;;) {
        struct signalfd_siginfo info;
        struct request request;
        pid_t child;
        int status;

        if (poll(fds, ARRAY_LEN(fds), -1) < 0)
            continue;
        if (fds[1].revents) {
            ssize_t n = recv(control, &request, sizeof(request), 0);

            /* Whoever asked for this is gone: so is the unit. */
            if (n <= 0)
                return EXIT_SIGNAL + SIGKILL;
            if (n == sizeof(request))
                kill(request.group ? -pid : pid, request.signal);
        }
        if (!fds[0].revents || read(signals, &info, sizeof(info)) < 0)
            continue;
        if (info.ssi_signo != SIGCHLD) {
            /* The terminal's own reach the foreground without us: what
             * reaches us was typed before the command was there. */
            kill(info.ssi_code == SI_KERNEL ? -pid : pid,
                 (int)info.ssi_signo);
            if (info.ssi_signo == SIGTERM)
                terminated = true;
            continue;
        }
        /* In a PID namespace it is the first process: orphans are its own. */
        while ((child = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
            if (child != pid)
                continue;
            if (!WIFSTOPPED(status))
                return finish(control, status, terminated);
            say(control, (struct report){ .what = REPORT_STOPPED,
                                          .value = WSTOPSIG(status) });
        }
    }
}

int stage(char **words)
{
    struct orders orders = read_orders(words);
    int control = -1, signals;
    bool terminal;
    sigset_t mask;

    if (orders.pty)
        take_terminal();
    terminal = tcgetsid(STDIN_FILENO) == getpid();
    sigfillset(&mask);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    /* From now on what is typed at the caller's terminal comes to ours. */
    if (orders.control)
        control = connect_control(orders.control);
    signal(SIGCHLD, SIG_DFL);
    /* Its memory and descriptors are not the command's to look at. */
    prctl(PR_SET_DUMPABLE, 0);
    signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        fail(control, STEP_FORK, errno);
    if (orders.first && getpid() != 1)
        fail(control, STEP_PIDS, ENOTSUP);
    for (size_t i = 0; i < orders.files.n; i++)
        if (!is_what_was_checked(orders.files.v[i]))
            fail(control, STEP_MOUNT, ESTALE);
    if (orders.umask >= 0)
        umask((mode_t)orders.umask);
    apply_nice(orders.nice);
    apply_limits(orders.limits);
    filter_environment(&orders.env);
    if (orders.directory && chdir(orders.directory) < 0)
        fail(control, STEP_CHDIR, errno);
    return mind(start(&orders, terminal, control), signals, control);
}
