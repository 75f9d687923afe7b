/*
 * launch.c - starts systemd-run, passes signals on to the stage, and turns
 * what the stage reports into an exit status. It knows nothing of options.
 *
 * The stage connects to a socket of ours before it starts the command. By it
 * each sees when the other is gone: kill -9 on playpen ends the unit with no
 * help of a guard, and a unit that starts after playpen died ends at once.
 */
#include "launch.h"
#include "path.h"
#include "terminal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Where the stage finds the socket in a unit whose /run is hidden. */
#define CONTROL_INSIDE "/run/playpen"

static const int forwarded[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT,
                                 SIGUSR1, SIGUSR2, SIGTSTP };

/* ---- the command line ---- */

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* The manager expands $NAME, ${NAME} and $$ in arguments; "$$" for each '$' is
 * right on all versions, --expand-environment=no only from 254 on. Where CODED,
 * '%' and bytes that are not ASCII go as %XX: D-Bus takes UTF-8 alone. */
static void push_word(struct strv *words, const char *word, bool coded)
{
    char *escaped = xmalloc(3 * strlen(word) + 1), *out = escaped;

    for (; *word; word++) {
        unsigned char c = (unsigned char)*word;

        if (coded && (c == '%' || c >= 0x80)) {
            out += sprintf(out, "%%%02x", c);
            continue;
        }
        if (c == '$')
            *out++ = '$';
        *out++ = (char)c;
    }
    *out = '\0';
    strv_take(words, escaped);
}

static void push_names(struct strv *words, const struct strv *names)
{
    char *list = NULL;
    size_t length = 0;

    /* One argument is 128 KiB at most (execve(2)): begin another in time. */
    for (size_t i = 0; i < names->n; i++) {
        size_t add = strlen(names->v[i]) + 1;

        if (list && length + add > 65536) {
            strv_take(words, list);
            list = NULL;
        }
        if (!list) {
            list = xstrdup("env=");
            length = strlen(list);
        } else {
            list[length++] = ',';
        }
        list = xrealloc(list, length + add + 1);
        strcpy(list + length, names->v[i]);
        length += add - 1;
    }
    if (list)
        strv_take(words, list);
}

static char *rlimits(void)
{
    char *text = xstrdup("");

    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
        char soft[24] = "-", hard[24] = "-", *longer;

        getrlimit(i, &limit);
        if (limit.rlim_cur != RLIM_INFINITY)
            snprintf(soft, sizeof(soft), "%ju", (uintmax_t)limit.rlim_cur);
        if (limit.rlim_max != RLIM_INFINITY)
            snprintf(hard, sizeof(hard), "%ju", (uintmax_t)limit.rlim_max);
        longer = xasprintf("%s%s%s:%s", text, *text ? "," : "", soft, hard);
        free(text);
        text = longer;
    }
    return text;
}

static bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

static void push_signals(struct strv *words, const char *order,
                         const sigset_t *set)
{
    AUTOFREE char *list = xstrdup("");

    for (int i = 1; i < NSIG; i++) {
        char *longer;

        if (sigismember(set, i) != 1)
            continue;
        longer = xasprintf("%s%s%d", list, *list ? "," : "", i);
        free(list);
        list = longer;
    }
    if (*list)
        strv_pushf(words, "%s=%s", order, list);
}

static void push_orders(const struct run *run, const char *control, bool coded,
                        struct strv *words)
{
    AUTOFREE char *limits = rlimits();
    AUTOFREE char *executable = xasprintf("exec=%s", run->view->executable);
    AUTOFREE char *directory = xasprintf("cwd=%s", run->policy->directory);
    mode_t mask = umask(0);

    umask(mask);
    if (coded)
        strv_push(words, "coded=1");
    if (control)
        strv_pushf(words, "control=%s", control);
    strv_pushf(words, "umask=%04o", (unsigned)mask);
    errno = 0;
    strv_pushf(words, "nice=%d", getpriority(PRIO_PROCESS, 0));
    strv_pushf(words, "limits=%s", limits);
    push_signals(words, "ignore", &run->ignored);
    push_signals(words, "block", &run->blocked);
    if (run->view->restricted && run->host->landlock_scopes)
        strv_push(words, "scope=1");
    if (strv_has(&run->properties, "-pPrivatePIDs=yes"))
        strv_push(words, "pid1=1");
    if (run->pty)
        strv_push(words, "pty=1");
    for (size_t i = 0; i < run->view->mount_count; i++) {
        const struct mount *mount = &run->view->mounts[i];
        AUTOFREE char *order =
            xasprintf("is=%ju:%ju:%s", (uintmax_t)mount->device,
                      (uintmax_t)mount->inode, mount->path);

        if (mount->inode)
            push_word(words, order, coded);
    }
    if (run->view->restricted)
        strv_push(words, "terminals=1");
    push_names(words, &run->setenv);
    push_word(words, directory, coded);
    push_word(words, executable, coded);
}

void systemd_run_words(const struct run *run, const char *control,
                       struct strv *words)
{
    const struct policy *policy = run->policy;
    AUTOFREE char *self = own_file();
    bool coded = !is_ascii(policy->directory) || !is_ascii(run->view->executable);

    for (char **arg = policy->command; *arg && !coded; arg++)
        coded = !is_ascii(*arg);
    strv_push(words, "systemd-run");
    for (size_t i = 0; i < run->manager.n; i++)
        strv_push(words, run->manager.v[i]);
    strv_pushf(words, "--unit=%s", run->unit);
    strv_push(words, "--wait");
    if (!run->keep_failed)
        strv_push(words, "--collect");
    /* The terminal that we made is passed on as any other file. */
    strv_push(words, run->pty && !control ? "--pty" : "--pipe");
    if (policy->quiet || policy->shim)
        strv_push(words, "--quiet");
    for (size_t i = 0; i < run->properties.n; i++)
        strv_push(words, run->properties.v[i]);
    /* /run is hidden there. */
    if (control && run->view->restricted) {
        strv_pushf(words, "-pBindReadOnlyPaths=%s:%s", control, CONTROL_INSIDE);
        control = CONTROL_INSIDE;
    }
    for (size_t i = 0; i < run->setenv.n; i++)
        strv_pushf(words, "--setenv=%s", run->setenv.v[i]);
    strv_push(words, "--");
    if (!self)
        die("/proc/self/exe: %s", strerror(errno));
    push_word(words, self, false);
    strv_push(words, STAGE_WORD);
    push_orders(run, control, coded, words);
    strv_push(words, "--");
    for (char **arg = policy->command; *arg; arg++)
        push_word(words, *arg, coded);
}

/* ---- running it ---- */

struct session {
    const struct run *run;
    int listener, control, signals;
    pid_t systemd_run;
    bool ended;             /* systemd-run has ended */
    struct outcome outcome;
    struct request pending[16]; /* before the stage was there */
    size_t pending_count;
    struct terminal terminal; /* with a pty */
    sigset_t caller_mask;
};

/* A playpen that was killed before its stage came leaves its socket, named by
 * its process, behind: the next one takes it away. */
static void sweep(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);

        if (!*end && pid > 0 && (pid == getpid() ||
                                 (kill((pid_t)pid, 0) < 0 && errno == ESRCH)))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
    if (dir)
        closedir(dir);
}

static void open_listener(struct session *session, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t mask;

    if (strlen(path) >= sizeof(address.sun_path))
        die("%s: too long for a socket", path);
    strcpy(address.sun_path, path);
    session->listener = socket(
        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0077);
    if (session->listener < 0 ||
        bind(session->listener, (struct sockaddr *)&address,
             sizeof(address)) < 0 ||
        listen(session->listener, 1) < 0)
        die("%s: %s", path, strerror(errno));
    umask(mask);
}

static void start_systemd_run(struct session *session, const char *control)
{
    struct strv words = { 0 };
    AUTOFREE char *program = system_program("systemd-run");
    pid_t self = getpid();
    int streams = -1;
    volatile int problem = 0;

    if (!program)
        die("there is no systemd-run of root's on PATH: install systemd");
    systemd_run_words(session->run, control, &words);
    set_manager_environment(session->run->host);
    if (session->run->pty)
        streams = terminal_open(&session->terminal);
    /* vfork(2): a copy of the page tables would be for nothing. The child
     * changes no memory that it shares with us, but for PROBLEM. */
    session->systemd_run = vfork();
    if (session->systemd_run < 0) {
        unlink(control);
        die("cannot start systemd-run: %s", strerror(errno));
    }
    if (session->systemd_run > 0) {
        if (problem)
            warn("%s: %s", program, strerror(problem));
        if (streams >= 0)
            close(streams);
        strv_free(&words);
        return;
    }
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != self)
        _exit(EXIT_REFUSED);
    /* Signals of the terminal are ours to pass on. */
    setpgid(0, 0);
    for (int fd = 0; streams >= 0 && fd < 3; fd++)
        dup2(streams, fd);
    sigprocmask(SIG_SETMASK, &session->caller_mask, NULL);
    execv(program, words.v);
    problem = errno;
    _exit(EXIT_REFUSED);
}

static void ask_stage(struct session *session, int number, bool group)
{
    struct request request = { .signal = number, .group = group };

    if (session->control >= 0)
        (void)!send(session->control, &request, sizeof(request), MSG_NOSIGNAL);
    else if (session->pending_count < ARRAY_LEN(session->pending))
        session->pending[session->pending_count++] = request;
}

static void accept_stage(struct session *session, const char *path)
{
    struct ucred peer;
    socklen_t length = sizeof(peer);
    int fd = accept4(session->listener, NULL, NULL,
                     SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd < 0)
        return;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 ||
        peer.uid != geteuid()) {
        close(fd);
        return;
    }
    unlink(path);
    close(session->listener);
    session->listener = -1;
    session->control = fd;
    session->outcome.connected = true;
    for (size_t i = 0; i < session->pending_count; i++)
        ask_stage(session, session->pending[i].signal,
                  session->pending[i].group);
}

/* The command was stopped, by Ctrl-Z for one: so is playpen, so that the shell
 * takes over; and goes on with it. */
static void stop_with_command(struct session *session)
{
    sigset_t stop;

    if (session->run->pty)
        terminal_give_back(&session->terminal);
    sigemptyset(&stop);
    sigaddset(&stop, SIGTSTP);
    signal(SIGTSTP, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &stop, NULL);
    raise(SIGTSTP); /* stands here until SIGCONT */
    sigprocmask(SIG_BLOCK, &stop, NULL);
    ask_stage(session, SIGCONT, true);
}

static void read_reports(struct session *session)
{
    struct report report;
    ssize_t n;

    while ((n = recv(session->control, &report, sizeof(report), 0)) > 0) {
        if (n != sizeof(report))
            continue;
        if (report.what == REPORT_STOPPED) {
            stop_with_command(session);
        } else {
            session->outcome.report = report;
            session->outcome.reported = true;
            /* What systemd-run has to say comes that way, too. */
            if (session->run->pty)
                terminal_reset(&session->terminal);
        }
    }
    if (n == 0) {
        close(session->control);
        session->control = -1;
    }
}

/* Before the command was there to take it, a signal that ends programs ends
 * playpen, and the stage finds nobody and starts nothing. */
static void take_signal(struct session *session, const char *path,
                        const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo;

    if (number == SIGWINCH) {
        if (session->run->pty)
            terminal_resize(&session->terminal);
    } else if (number == SIGCHLD) {
        int status;

        if (waitpid(session->systemd_run, &status, WNOHANG) ==
            session->systemd_run) {
            session->outcome.wait_status = status;
            session->ended = true;
        }
    } else if (!session->outcome.connected && number != SIGUSR1 && number != SIGUSR2 &&
               number != SIGTSTP) {
        unlink(path);
        kill(session->systemd_run, SIGTERM);
        signal(number, SIG_DFL);
        sigprocmask(SIG_SETMASK, &session->caller_mask, NULL);
        raise(number);
        exit(EXIT_SIGNAL + number);
    } else {
        ask_stage(session, number, info->ssi_code == SI_KERNEL);
    }
}

/* Has systemd-run ended, and is there nothing more to come? When it lost the
 * bus the command runs on, with its streams, and the stage still tells how it
 * ends. Whoever kills it means the command. A stage that ended first closed its
 * end first. */
static bool at_end(struct session *session, const char *path)
{
    if (!session->ended)
        return false;
    /* What was sent in the last moment. */
    if (session->listener >= 0)
        accept_stage(session, path);
    if (session->control >= 0)
        read_reports(session);
    if (session->control < 0)
        return true;
    session->outcome.lost = true;
    return WIFSIGNALED(session->outcome.wait_status);
}

static void run_until_end(struct session *session, const char *path)
{
    while (!at_end(session, path)) {
        struct pollfd fds[] = {
            { .fd = session->signals, .events = POLLIN },
            { .fd = session->control, .events = POLLIN },
            { .fd = session->listener, .events = POLLIN },
            { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, /* the terminal's */
        };
        struct signalfd_siginfo info;
        int timeout = -1;

        if (session->run->pty) {
            if (session->outcome.connected)
                timeout = terminal_take(&session->terminal);
            terminal_watch(&session->terminal, fds + 3);
        }
        if (poll(fds, ARRAY_LEN(fds), timeout) < 0)
            continue;
        if (session->run->pty)
            terminal_copy(&session->terminal, fds + 3);
        if (fds[2].revents)
            accept_stage(session, path);
        if (fds[1].revents)
            read_reports(session);
        while (read(session->signals, &info, sizeof(info)) == sizeof(info))
            take_signal(session, path, &info);
    }
}

/* ---- what happened ---- */

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) +
           (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

/* systemd.exec(5), "Process Exit Codes". */
static const char *setup_problem(int status)
{
    switch (status) {
    case 200:
        return "the working directory cannot be entered";
    case 203:
        return "playpen's own file cannot be executed inside the unit";
    case 209:
    case 208:
        return "standard input or output cannot be passed";
    case 216:
    case 217:
        return "the user namespace cannot be set up";
    case 219:
        return "the control group cannot be set up";
    case 225:
        return "the network namespace cannot be set up";
    case 226:
        return "the mount namespace cannot be set up (a path that cannot be "
               "bound, or no user namespaces)";
    default:
        return NULL;
    }
}

static void say_out_of_memory(const struct run *run, const char *who)
{
    const struct limit *limit = &run->policy->memory_max;

    if (run->policy->quiet)
        return;
    if (limit->kind == LIMIT_AMOUNT || limit->kind == LIMIT_PERCENT)
        warn("%s: out of memory, %skilled at the limit of %s (--memory-limit)",
             run->policy->command[0], who, limit->text);
    else
        warn("%s: out of memory, %skilled", run->policy->command[0], who);
}

static int out_of_memory(const struct run *run)
{
    say_out_of_memory(run, "");
    return EXIT_SIGNAL + SIGKILL;
}

/* systemctl VERB [OPTION] UNIT; the first line of its output, or NULL. */
static char *systemctl(const struct run *run, const char *verb,
                       const char *option)
{
    AUTOFREE char *program = system_program("systemctl");
    const char *const words[] = { program, run->host->system ? "--system"
                                                             : "--user",
                                  verb, option, run->unit, NULL };
    char *line = NULL;

    set_manager_environment(run->host);
    if (program)
        run_program(words, TRY_SECONDS, &line);
    return line;
}

/* The stage is gone without a word, or was never there. CODE is what
 * systemd-run ended with: the stage's status, 255 for a signal, 1 for any
 * other failure (src/run/run.c of 252 and 257). */
static int without_report(const struct run *run, const struct outcome *outcome,
                          int code)
{
    const char *problem = setup_problem(code);

    if (run->keep_failed && (code == 1 || code == 255)) {
        AUTOFREE char *result = systemctl(run, "show", "-PResult");

        if (result && streq(result, "oom-kill"))
            return out_of_memory(run);
    }
    if (code == 1 && outcome->connected)
        return out_of_memory(run);
    if (code == 255)
        return EXIT_SIGNAL + SIGKILL;
    if (problem)
        die("cannot start %s: %s: see playpen --dry-run, journalctl%s",
            run->policy->command[0], problem,
            run->host->system ? "" : " --user");
    if (!outcome->connected && code == EXIT_REFUSED)
        return EXIT_REFUSED;
    if (!outcome->connected)
        die("systemd-run could not start the unit");
    die("%s: ended with its unit, whose end is unknown",
        run->policy->command[0]);
}

static int not_started(const struct run *run, const struct report *report)
{
    const char *what = run->policy->command[0];

    switch (report->step) {
    case STEP_CHDIR:
        die("%s: the working directory is not to be seen inside (%s): add "
            "--rw . or --current-dir-only",
            run->policy->directory, strerror(report->value));
    case STEP_MOUNT:
        die("%s: a directory or file that it was to be granted was replaced "
            "while the unit started: look at who does that",
            what);
    case STEP_PIDS:
        die("%s: systemd gave it no PID namespace: outside processes would be "
            "in its reach",
            what);
    case STEP_EXEC:
        die_status(report->value == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC,
                   "%s: cannot be executed: %s", what, strerror(report->value));
    case STEP_LANDLOCK:
        die("%s: signals to the outside cannot be forbidden: %s", what,
            strerror(report->value));
    default:
        die("%s: cannot be started: %s", what, strerror(report->value));
    }
}

static int status_of(const struct run *run, const struct outcome *outcome)
{
    const struct report *report = &outcome->report;
    const struct limit *timeout = &run->policy->timeout;
    int code = WIFEXITED(outcome->wait_status) ? WEXITSTATUS(outcome->wait_status)
                                              : -1;
    int own = report->what == REPORT_KILLED ? EXIT_SIGNAL + report->value
                                            : report->value;
    bool late = timeout->kind == LIMIT_AMOUNT && timeout->amount &&
                outcome->seconds >= (double)timeout->amount / 1e6;

    if (outcome->reported && report->what == REPORT_FAILED)
        return not_started(run, report);
    /* systemd-run says 1 for a unit that failed other than by its status. */
    if (late && (code == 1 || outcome->lost) &&
        (!outcome->reported || report->terminated))
        return EXIT_TIMEOUT;
    if (!outcome->reported && outcome->lost)
        die("%s: ended with systemd-run, which was killed or lost the bus or "
            "the manager: see playpen --doctor",
            run->policy->command[0]);
    if (!outcome->reported && code < 0)
        die("systemd-run was killed before %s was started",
            run->policy->command[0]);
    if (!outcome->reported)
        return without_report(run, outcome, code);
    /* Of the command itself, or of a child: then by default the manager ends
     * the unit, and with OOMPolicy=continue, or where the command was quicker
     * to end, the status is the command's. */
    if (report->oom_kills) {
        if (own == EXIT_SIGNAL + SIGKILL ||
            (code == 1 && (report->terminated || own != 1)))
            return out_of_memory(run);
        say_out_of_memory(run, "a process of it ");
    }
    return own;
}

static void wait_for_stage(struct session *session)
{
    struct pollfd fd = { .fd = session->control, .events = 0 };

    if (session->control < 0)
        return;
    /* The stage ends when it sees this half closed. */
    shutdown(session->control, SHUT_WR);
    poll(&fd, 1, 5000);
    close(session->control);
    session->control = -1;
}

void run_unit(const struct run *run, struct outcome *outcome)
{
    struct session session = { .run = run, .control = -1, .listener = -1 };
    AUTOFREE char *dir = xasprintf("%s/playpen", run->host->runtime_dir);
    AUTOFREE char *path = xasprintf("%s/%d", dir, (int)getpid());
    struct timespec start;
    sigset_t mask;

    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        die("%s: %s", dir, strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &start);
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    sigaddset(&mask, SIGWINCH);
    for (size_t i = 0; i < ARRAY_LEN(forwarded); i++)
        if (!is_ignored(forwarded[i]))
            sigaddset(&mask, forwarded[i]);
    sigprocmask(SIG_BLOCK, &mask, &session.caller_mask);
    session.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (session.signals < 0)
        die("signalfd: %s", strerror(errno));
    sweep(dir);
    open_listener(&session, path);
    start_systemd_run(&session, path);
    run_until_end(&session, path);
    wait_for_stage(&session);
    if (!session.outcome.connected)
        unlink(path);
    if (run->pty)
        terminal_close(&session.terminal);
    sigprocmask(SIG_SETMASK, &session.caller_mask, NULL);
    *outcome = session.outcome;
    outcome->seconds = seconds_since(&start);
}

int exit_status(const struct run *run, const struct outcome *outcome)
{
    int status = status_of(run, outcome);

    if (run->keep_failed && outcome->wait_status != 0)
        free(systemctl(run, "reset-failed", "--"));
    if (outcome->reported && outcome->report.what == REPORT_KILLED &&
        outcome->report.value == SIGINT && status == EXIT_SIGNAL + SIGINT) {
        signal(SIGINT, SIG_DFL);
        /* The terminal was raw: who shares it with us has not had the Ctrl-C. */
        if (run->pty)
            kill(0, SIGINT);
        raise(SIGINT);
    }
    return status;
}
