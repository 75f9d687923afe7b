/*
 * execute.c - from the fork to execve(2), in this order: descriptors, the
 * working directory, scheduling and limits, signals; then what is given up, each
 * step of which the command could undo before it: capabilities, no_new_privs,
 * Landlock's scopes, the filter of system calls.
 */
#include "execute.h"
#include "filter.h"
#include "notify.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the environment ---- */

/* A variable that goes aside replaces the one of its own name. */
static bool is_replaced(const char *name)
{
    AUTOFREE char *aside = xasprintf(ENV_PREFIX "%s", name);

    return getenv(aside);
}

/* fakeroot(1) takes it that chown(2) fails with EPERM. In a user namespace that
 * has one user the error is EINVAL, which the programs under fakeroot would get;
 * so it is told not to try. */
static void tell_fakeroot(const struct orders *orders)
{
    if (orders->namespaces && strstr(orders->namespaces, "user:") &&
        access("/usr/bin/fakeroot", X_OK) == 0)
        setenv("FAKEROOTDONTTRYCHOWN", "1", 0);
}

void keep_environment(struct orders *orders)
{
    struct strv *names = &orders->environment;
    size_t kept = 0;

    strv_sort(names);
    for (char **entry = environ; *entry; entry++) {
        AUTOFREE char *name = xstrndup(*entry, strcspn(*entry, "="));
        bool aside = has_prefix(name, ENV_PREFIX);
        bool keep = strv_has_sorted(names, name);

        if (orders->whole_environment)
            keep = aside || (!keep && !is_replaced(name));
        /* The command can read /proc/PID/environ of who has its user. */
        if (!keep)
            memset(*entry, 0, strlen(*entry));
        else if (aside)
            environ[kept++] = *entry + strlen(ENV_PREFIX);
        else
            environ[kept++] = *entry;
    }
    environ[kept] = NULL;
    tell_fakeroot(orders);
}

/* ---- scheduling and limits ---- */

void raise_oom_score(int64_t want)
{
    static const char path[] = "/proc/self/oom_score_adj";
    AUTOFREE char *have = read_small_file(path);
    AUTOCLOSE int fd = -1;

    if (want != NO_NUMBER && have && strtoll(have, NULL, 10) < want)
        fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0)
        dprintf(fd, "%lld", (long long)want);
}

static struct rlimit managers_descriptors = { RLIM_INFINITY, RLIM_INFINITY };

void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    managers_descriptors = limit;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
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
 * the first soft limit that they do not. */
static void apply_rlimits(const char *text)
{
    static const char *const names[RLIM_NLIMITS] = {
        [RLIMIT_CPU] = "-t",     [RLIMIT_FSIZE] = "-f",
        [RLIMIT_DATA] = "-d",    [RLIMIT_STACK] = "-s",
        [RLIMIT_CORE] = "-c",    [RLIMIT_RSS] = "-m",
        [RLIMIT_NPROC] = "-u",   [RLIMIT_NOFILE] = "-n",
        [RLIMIT_MEMLOCK] = "-l", [RLIMIT_AS] = "-v",
        [RLIMIT_LOCKS] = "-x",   [RLIMIT_SIGPENDING] = "-i",
        [RLIMIT_MSGQUEUE] = "-q", [RLIMIT_NICE] = "-e",
        [RLIMIT_RTPRIO] = "-r",  [RLIMIT_RTTIME] = "-R",
    };
    bool warned = false;

    for (int i = 0; text && *text && i < RLIM_NLIMITS; i++) {
        struct rlimit have, want;

        if (*text == ',') { /* the manager was told another one */
            text++;
            if (i == RLIMIT_NOFILE)
                setrlimit(i, &managers_descriptors);
            continue;
        }
        want.rlim_cur = parse_rlim(&text);
        text += *text == ':';
        want.rlim_max = parse_rlim(&text);
        text += *text == ',';
        if (getrlimit(i, &have) < 0 || setrlimit(i, &want) == 0)
            continue;
        /* An unprivileged process cannot raise its hard limit. */
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

static void apply_affinity(const char *list)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    while (list && *list) {
        char *end;
        unsigned long cpu = strtoul(list, &end, 10);

        if (cpu < CPU_SETSIZE)
            CPU_SET(cpu, &set);
        list = *end ? end + 1 : end;
    }
    if (list && sched_setaffinity(0, sizeof(set), &set) < 0)
        warn("the CPU affinity cannot be kept: %s", strerror(errno));
}

static void apply_scheduler(const char *text)
{
    char *end;
    int policy = text ? (int)strtol(text, &end, 10) : 0;
    struct sched_param parameter = { .sched_priority = 0 };

    if (!text)
        return;
    parameter.sched_priority = (int)strtol(end + 1, NULL, 10);
    if (sched_setscheduler(0, policy, &parameter) < 0)
        warn("the scheduling policy cannot be kept: %s", strerror(errno));
}

static void apply_scheduling(const struct orders *orders)
{
    if (orders->umask != NO_NUMBER)
        umask((mode_t)orders->umask);
    if (orders->nice != NO_NUMBER &&
        getpriority(PRIO_PROCESS, 0) != orders->nice &&
        setpriority(PRIO_PROCESS, 0, (int)orders->nice) < 0)
        warn("nice level %d: not allowed to processes of this manager",
             (int)orders->nice);
    apply_affinity(orders->affinity);
    apply_scheduler(orders->scheduler);
    if (orders->ioprio != NO_NUMBER &&
        syscall(SYS_ioprio_set, 1 /* a process */, 0, (int)orders->ioprio) < 0)
        warn("the I/O scheduling class cannot be kept: %s", strerror(errno));
    if (orders->personality != NO_NUMBER)
        personality((unsigned long)orders->personality);
    if (orders->timer_slack != NO_NUMBER)
        prctl(PR_SET_TIMERSLACK, (unsigned long)orders->timer_slack, 0, 0, 0);
    apply_rlimits(orders->rlimits);
}

/* ---- signals ---- */

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

    /* By these the stage sees that the command reads its terminal, of which it
     * is in the background. A shell ignores them in $(command). */
    if (orders->terminal) {
        sigdelset(&ignored, SIGTTIN);
        sigdelset(&ignored, SIGTTOU);
    }
    for (int i = 1; i < NSIG; i++)
        signal(i, sigismember(&ignored, i) == 1 ? SIG_IGN : SIG_DFL);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
}

/* ---- what is given up ---- */

bool drop_capabilities(void)
{
    struct __user_cap_header_struct header = {
        .version = _LINUX_CAPABILITY_VERSION_3
    };
    struct __user_cap_data_struct data[2] = { { 0 }, { 0 } };

    if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
        syscall(SYS_capset, &header, data) < 0)
        return false;
    data[0].permitted = 1;
    errno = EPERM;
    return syscall(SYS_capget, &header, data) == 0 && !data[0].effective &&
           !data[0].permitted && !data[0].inheritable && !data[1].effective &&
           !data[1].permitted && !data[1].inheritable;
}

/* landlock(7), ABI 6; the header of the build machine may be older. Not its
 * scope of signals: the PID namespace closes these, and a language server sends
 * its parent, which is outside the scope, the signal 0. */
static bool restrict_scope(void)
{
    const struct {
        uint64_t handled_access_fs, handled_access_net, scoped;
    } ruleset = { .scoped = 1 << 0 /* abstract sockets */ };
    int fd = (int)syscall(444, &ruleset, sizeof(ruleset), 0);

    if (fd < 0 || syscall(446 /* landlock_restrict_self */, fd, 0) < 0)
        return false;
    close(fd);
    return true;
}

static enum step give_up(const struct orders *orders)
{
    if (orders->drop && !drop_capabilities())
        return STEP_CAPABILITIES;
    if (orders->no_new_privs &&
        (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
         prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1))
        return STEP_CAPABILITIES;
    if (orders->landlock && !restrict_scope())
        return STEP_LANDLOCK;
    if (orders->filter &&
        !filter_install(streq(orders->filter, "nested")    ? FILTER_NESTED
                        : streq(orders->filter, "network") ? FILTER_NETWORK
                                                           : FILTER_FULL))
        return STEP_FILTER;
    return STEP_NONE;
}

/* ---- the process ---- */

int above_all(const struct descriptors *descriptors)
{
    int above = STDERR_FILENO + 1;

    for (size_t i = 0; i < descriptors->n; i++)
        if (descriptors->numbers[i] >= above)
            above = descriptors->numbers[i] + 1;
    return above;
}

static bool place_descriptors(const struct orders *orders,
                              const struct descriptors *descriptors)
{
    for (const char *c = orders->closed ? orders->closed : ""; *c; c++)
        close(*c - '0');
    for (size_t i = 0; i < descriptors->n; i++)
        if (dup2(descriptors->fds[i], descriptors->numbers[i]) < 0)
            return false;
    return true;
}

static enum step become(const struct orders *orders, char **argv,
                        const struct descriptors *descriptors, int watched)
{
    enum step step;

    if (!place_descriptors(orders, descriptors))
        return STEP_DESCRIPTORS;
    if (!orders->scope && chdir(orders->directory) < 0)
        return STEP_DIRECTORY;
    apply_scheduling(orders);
    reset_signals(orders);
    step = give_up(orders);
    if (step != STEP_NONE)
        return step;
    if (watched >= 0 && !notify_install(watched))
        return STEP_WHY;
    /* execvpe() starts a script without "#!" by the shell, as a shell does. The
     * path has a slash, so that PATH is not searched. */
    execvpe(orders->executable, argv, environ);
    return STEP_EXECUTE;
}

pid_t start_command(const struct orders *orders, char **argv,
                    const struct descriptors *descriptors, int channel,
                    int watched, struct failure *failure)
{
    int fds[2], high;
    pid_t pid;

    *failure = (struct failure){ STEP_FORK, 0 };
    if (pipe2(fds, O_CLOEXEC) < 0 ||
        /* No number of the command's is its own. */
        (high = fcntl(fds[1], F_DUPFD_CLOEXEC, above_all(descriptors))) < 0 ||
        /* Not vfork(2), which shares the memory. */
        (pid = fork()) < 0) {
        failure->error = errno;
        return -1;
    }
    if (pid == 0) {
        struct failure mine;

        /* A group of its own, whose parent is in the session: no orphan, which
         * could not be stopped. */
        if (!orders->scope)
            setpgid(0, 0);
        if (channel >= 0)
            (void)!send(channel, "", 1, MSG_NOSIGNAL);
        if (watched >= 0)
            watched = fcntl(watched, F_DUPFD_CLOEXEC, above_all(descriptors));
        mine.step = become(orders, argv, descriptors, watched);
        mine.error = errno;
        (void)!write(high, &mine, sizeof(mine));
        _exit(EXIT_REFUSED);
    }
    if (!orders->scope)
        setpgid(pid, pid);
    close(high);
    close(fds[1]);
    if (read(fds[0], failure, sizeof(*failure)) == sizeof(*failure)) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(fds[0]);
    return pid;
}
