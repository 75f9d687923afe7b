/*
 * launch.c - starts systemd-run, passes signals and descriptors on to the stage,
 * and turns what the stage reports into an exit status. It knows no options.
 *
 * The stage connects to a socket of ours before it starts the command. By it
 * each sees when the other is gone: kill -9 on playpen ends the unit, and a unit
 * that starts after playpen died ends at once. What is stopped or frozen sees
 * nothing: guard.c. Of a scope systemd-run becomes the stage, which inherits its
 * end of the socket.
 */
#include "launch.h"
#include "cgroup.h"
#include "descriptors.h"
#include "forward.h"
#include "guard.h"
#include "path.h"
#include "terminal.h"
#include "trial.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the stage finds the socket in a unit whose /run is hidden. */
#define CONTROL_INSIDE "/run/playpen"

/* Seconds without a word of the stage after which the manager is asked, before
 * and after it said that the stage was executed, and that it has for its
 * answer. */
enum { SILENCE = 10, LATENESS = 2, ANSWER = 5 };

/* ---- the command line ---- */

static void push_streams(const struct run *run, const char *control,
                         struct strv *words)
{
    bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) &&
                    isatty(STDERR_FILENO);

    if (!control) {
        strv_push(words, terminal ? "--pty" : "--pipe");
        return;
    }
    /* The stage gets them from playpen. */
    strv_push(words, "-pStandardOutput=null");
    strv_push(words, "-pStandardError=null");
    /* /run is hidden there. */
    if (run->restricted)
        strv_pushf(words, "-pBindReadOnlyPaths=%s:%s", control, CONTROL_INSIDE);
}

void systemd_run_words(const struct run *run, const char *control,
                       const char *terminals, struct strv *words)
{
    struct orders orders = run->orders;
    AUTOFREE char *self = own_file();
    bool expands = !run->scope || run->host->version >= 258;

    if (!self)
        die("/proc/self/exe: %s", strerror(errno));
    strv_push(words, "systemd-run");
    for (size_t i = 0; i < run->manager.n; i++)
        strv_push(words, run->manager.v[i]);
    strv_pushf(words, "--unit=%s", run->unit);
    strv_pushf(words, "--description=playpen: %s", run->name);
    if (run->scope)
        strv_push(words, "--scope");
    else if (run->waits || !control)
        strv_push(words, "--wait");
    else /* systemd-run ends when the stage is executed, or was not */
        strv_push(words, "--service-type=exec");
    if (!run->keep_failed || !control)
        strv_push(words, "--collect");
    if (!run->scope)
        push_streams(run, control, words);
    if (!run->banner || run->scope)
        strv_push(words, "--quiet");
    for (size_t i = 0; i < run->properties.n; i++)
        strv_push(words, run->properties.v[i]);
    for (size_t i = 0; !run->scope && i < orders.environment.n; i++)
        strv_pushf(words, "--setenv=%s", orders.environment.v[i]);
    strv_push(words, "--");
    strv_push(words, self);
    strv_push(words, STAGE_WORD);
    orders.control = control;
    orders.terminal = terminals;
    if (control && !run->scope && run->restricted)
        orders.control = CONTROL_INSIDE;
    orders_write(&orders, run->command, expands, words);
}

/* ---- running it ---- */

struct session {
    const struct run *run;
    struct outcome *outcome;
    char *path;             /* of the listener's socket */
    int listener, control, signals;
    pid_t systemd_run;
    int cgroup;             /* the unit's, from when its stage is there; or -1 */
    int stage;              /* a service's, as a pidfd_open(2); or -1 */
    pid_t guard;            /* 0: none */
    bool ended;             /* systemd-run has ended */
    bool gone;              /* so has the unit, with no word of its stage */
    struct request pending[16]; /* before the stage was there */
    size_t pending_count;
    struct passed passed;
    struct terminal terminal;
    struct forward *forward; /* NULL: nothing is to be served */
    int64_t waited;         /* since when for the stage, or its manager */
    uint64_t work;          /* of the manager until then, see work_of_manager() */
    sigset_t caller_mask;
};

/* A playpen that was killed before its stage came leaves its socket, named by
 * its process, behind: the next one takes it away. */
static void sweep(const char *path)
{
    AUTODIR DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);

        if (!*end && pid > 0 && (pid == getpid() ||
                                 (kill((pid_t)pid, 0) < 0 && errno == ESRCH)))
            unlinkat(dirfd(dir), entry->d_name, 0);
    }
}

static void open_listener(struct session *session)
{
    AUTOFREE char *dir =
        xasprintf("%s/playpen", session->run->host->runtime_dir);
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    mode_t mask;

    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        die("%s: %s", dir, strerror(errno));
    sweep(dir);
    session->path = xasprintf("%s/%d", dir, (int)getpid());
    if (strlen(session->path) >= sizeof(address.sun_path))
        die("%s: too long for a socket", session->path);
    strcpy(address.sun_path, session->path);
    session->listener = socket(
        AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mask = umask(0077);
    if (session->listener < 0 ||
        bind(session->listener, (struct sockaddr *)&address,
             sizeof(address)) < 0 ||
        listen(session->listener, 1) < 0)
        die("%s: %s", session->path, strerror(errno));
    umask(mask);
}

/* The stage's end of a scope's socket, which it inherits. */
static int open_pair(struct session *session)
{
    int fds[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
        die("socketpair: %s", strerror(errno));
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    session->control = fds[0];
    return fds[1];
}

static void close_listener(struct session *session)
{
    if (session->path)
        unlink(session->path);
    if (session->listener < 0)
        return;
    close(session->listener);
    session->listener = -1;
}

/* What systemd-run is. Its memory is playpen's until execve(2): vfork(2). */
static void be_systemd_run(const struct session *session, const char *program,
                           char **words, char **environment, pid_t parent,
                           int stage_end)
{
    if (!session->run->scope) {
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent)
            _exit(EXIT_REFUSED);
        /* Signals of the terminal are playpen's to pass on. */
        setpgid(0, 0);
        for (int fd = 0; fd < STDERR_FILENO; fd++)
            dup2(stage_end, fd);
    } else {
        fcntl(stage_end, F_SETFD, 0);
    }
    sigprocmask(SIG_SETMASK, &session->caller_mask, NULL);
    execve(program, words, environment);
}

static void start_systemd_run(struct session *session)
{
    const struct run *run = session->run;
    AUTOSTRV struct strv words = { 0 };
    AUTOFREE char *program = system_program("systemd-run");
    AUTOFREE char *control = NULL;
    AUTOCLOSE int stage_end = -1; /* or /dev/null, for a service */
    pid_t self = getpid();
    volatile int problem = 0;
    char **environment;

    if (!program)
        die("systemd-run: %s", strerror(errno));
    if (run->scope) {
        stage_end = open_pair(session);
        control = xasprintf("fd:%d", stage_end);
    } else {
        open_listener(session);
        stage_end = open("/dev/null", O_RDWR | O_CLOEXEC);
        control = xstrdup(session->path);
    }
    systemd_run_words(run, control, session->passed.terminals, &words);
    set_manager_environment(run->host);
    /* Of a scope it becomes the command's. */
    environment = run->scope ? environ : environment_of_helpers();
    session->systemd_run = vfork();
    if (session->systemd_run == 0) {
        be_systemd_run(session, program, words.v, environment, self, stage_end);
        problem = errno;
        _exit(EXIT_REFUSED);
    }
    if (session->systemd_run < 0) {
        problem = errno;
        close_listener(session);
        die("cannot start systemd-run: %s", strerror(problem));
    }
    if (environment != environ)
        free(environment);
    if (problem)
        warn("%s: %s", program, strerror(problem));
}

static void ask_stage(struct session *session, const struct request *request)
{
    if (session->outcome->connected && session->control >= 0)
        (void)!send(session->control, request, sizeof(*request), MSG_NOSIGNAL);
    else if (!session->outcome->connected &&
             session->pending_count < ARRAY_LEN(session->pending))
        session->pending[session->pending_count++] = *request;
}

static void ask_for(struct session *session, int what)
{
    ask_stage(session, &(struct request){ .what = what });
}

/* Has a guard for the unit, in which the process STAGE is. Where that is not to
 * be seen from here, as in another PID namespace, there is none. */
static void guard_unit(struct session *session, pid_t stage)
{
    AUTOFREE char *path = stage > 0 ? cgroup_of(stage) : NULL;
    const char *name = path ? strrchr(path, '/') + 1 : "";

    if (streq(name, session->run->unit))
        session->cgroup = cgroup_open(path);
    if (session->cgroup >= 0)
        session->guard = guard_start(
            session->cgroup, session->run->keep_failed ? name : NULL,
            session->run->host->system);
}

/* The stage, which waits for its descriptors, ends with its socket. */
static void __attribute__((noreturn)) not_passed(struct session *session)
{
    int problem = errno;

    close(session->control);
    if (!session->ended)
        kill(session->systemd_run, SIGTERM);
    if (problem == ETOOMANYREFS) /* unix(7) */
        die("%s: its descriptors cannot be passed: more of yours are on their "
            "way between processes than `ulimit -n` allows: raise that, or end "
            "what sends them",
            ellipsize(session->run->command[0]));
    die("%s: its descriptors cannot be passed: %s",
        ellipsize(session->run->command[0]), strerror(problem));
}

static void be_connected(struct session *session, pid_t stage)
{
    if (session->outcome->connected)
        return;
    session->outcome->connected = true;
    if (!session->run->scope &&
        !send_descriptors(session->control, &session->passed,
                          &session->terminal.caller, &session->terminal.size))
        not_passed(session);
    guard_unit(session, stage);
    for (size_t i = 0; i < session->pending_count; i++)
        ask_stage(session, &session->pending[i]);
    if (session->forward)
        forward_open(session->forward);
}

static void accept_stage(struct session *session)
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
    close_listener(session);
    session->control = fd;
    session->stage = (int)syscall(SYS_pidfd_open, peer.pid, 0);
    be_connected(session, peer.pid);
}

/* ---- the terminal ---- */

/* This process stops by SIGNAL as one without a handler does, and goes on when
 * it is told to: then so does the command. */
static void stop_by(struct session *session, int number, bool group)
{
    sigset_t stop;

    terminal_give_back(&session->terminal);
    sigemptyset(&stop);
    sigaddset(&stop, number);
    signal(number, SIG_DFL);
    /* While it is blocked, so that one that the terminal sent counts as this. */
    kill(group ? 0 : getpid(), number);
    sigprocmask(SIG_UNBLOCK, &stop, NULL); /* stands here until SIGCONT */
    sigprocmask(SIG_BLOCK, &stop, NULL);
}

/* The command waits to read its terminal: it does, if this process may. In the
 * background this process stops, as the command would have. */
static void let_read(struct session *session)
{
    session->terminal.wanted = true;
    if (!terminal_take(&session->terminal)) {
        stop_by(session, SIGTTIN, true);
        if (!terminal_take(&session->terminal))
            return;
    }
    session->outcome->raw = session->terminal.whole;
    ask_for(session, REQUEST_FOREGROUND);
}

/* The command was stopped by the signal NUMBER, by Ctrl-Z for one: so is
 * playpen, so that the shell takes over; and goes on with it. */
static void stop_with_command(struct session *session, int number)
{
    bool had_terminal = session->terminal.taken;
    struct request go_on = { .what = REQUEST_SIGNAL,
                             .signal = SIGCONT,
                             .group = true };

    /* Without a terminal nobody would have it go on, be it that the command does
     * by itself, or has ended by --timeout. Any other signal would end playpen. */
    if ((number == SIGSTOP && session->terminal.in < 0) ||
        (number != SIGSTOP && number != SIGTSTP && number != SIGTTIN &&
         number != SIGTTOU))
        return;
    stop_by(session, number, false);
    if (had_terminal && terminal_take(&session->terminal))
        ask_for(session, REQUEST_FOREGROUND);
    else if (had_terminal)
        ask_for(session, REQUEST_BACKGROUND);
    /* A scope's command is of this process group, and went on with it. */
    ask_stage(session, &go_on);
}

/* ---- reports and signals ---- */

static void take_report(struct session *session, const struct report *report,
                        int fd)
{
    switch (report->what) {
    case REPORT_READY:
        be_connected(session, session->systemd_run);
        break;
    case REPORT_TERMINAL:
        if (fd >= 0)
            terminal_attach(&session->terminal, fd);
        break;
    case REPORT_LISTENER:
        if (session->forward)
            forward_listener(session->forward, fd);
        break;
    case REPORT_SOCKET:
        if (session->forward)
            forward_socket(session->forward, fd);
        break;
    case REPORT_WHY:
        session->outcome->missed = fd;
        break;
    case REPORT_READS:
        let_read(session);
        break;
    case REPORT_STOPPED:
        stop_with_command(session, report->value);
        break;
    default:
        session->outcome->report = *report;
        session->outcome->reported = true;
        guard_dismiss(session->guard); /* nothing is left but the stage */
    }
}

static void read_reports(struct session *session)
{
    struct report report = { 0 };
    ssize_t n;

    do {
        size_t count = 1;
        int fd = -1;

        n = receive_message(session->control, &report, sizeof(report), &fd,
                            &count);
        if (n == sizeof(report))
            take_report(session, &report, fd);
    } while (n > 0);
    if (n == 0) {
        close(session->control);
        session->control = -1;
    }
}

/* Before the command was there to take it, a signal that ends programs ends
 * playpen, and the stage finds nobody and starts nothing. */
static void die_of(struct session *session, int number)
{
    close_listener(session);
    if (!session->ended)
        kill(session->systemd_run, SIGTERM);
    signal(number, SIG_DFL);
    sigprocmask(SIG_SETMASK, &session->caller_mask, NULL);
    raise(number);
    exit(EXIT_SIGNAL + number);
}

static void take_signal(struct session *session,
                        const struct signalfd_siginfo *info)
{
    int number = (int)info->ssi_signo, status;
    struct request request = {
        .what = REQUEST_SIGNAL,
        .signal = number,
        .group = info->ssi_code == SI_KERNEL,
        .queued = info->ssi_code == SI_QUEUE,
        .value = (int64_t)info->ssi_ptr,
        .sender = info->ssi_code == SI_USER ? (int32_t)info->ssi_pid : 0,
    };

    /* Of a connection that was reset while playpen copied to it. */
    if (number == SIGPIPE && info->ssi_pid == (uint32_t)getpid())
        return;
    session->outcome->told |= number == SIGTERM;
    if (number == SIGCHLD) {
        if (waitpid(session->systemd_run, &status, WNOHANG) ==
            session->systemd_run) {
            session->outcome->run_status = status;
            session->ended = true;
        }
        /* One that was sent may stand for both. */
        if (info->ssi_code > 0)
            return;
    }
    if (number == SIGWINCH && session->terminal.in >= 0) {
        terminal_resize(&session->terminal);
        /* The kernel tells who has the command's terminal. */
        if (session->terminal.taken)
            return;
        request.group = true;
    }
    if (!session->outcome->connected && !is_ignored(number) &&
        (number == SIGINT || number == SIGTERM || number == SIGHUP ||
         number == SIGQUIT))
        die_of(session, number);
    ask_stage(session, &request);
}

/* ---- the loop ---- */

/* Is there nothing more to come? A systemd-run that waits for the unit ends
 * last. If somebody killed it, playpen ends, too. If it lost the bus, the command
 * goes on with its streams, and the stage still reports. A stage that ended first
 * has closed its end first. Where systemd-run does not wait the stage alone says
 * when the unit ends, and systemd-run whether it began. */
static bool at_end(struct session *session)
{
    bool waits = session->run->waits || session->run->scope;

    if (!waits && session->outcome->connected)
        return session->control < 0;
    if (!waits && session->ended && session->outcome->run_status == 0)
        return session->gone;
    if (!session->ended)
        return false;
    /* What was sent in the last moment. */
    if (session->listener >= 0)
        accept_stage(session);
    if (session->control >= 0)
        read_reports(session);
    if (session->control < 0 || !session->outcome->connected)
        return true;
    if (!waits)
        return false;
    session->outcome->lost = true;
    return session->run->scope || WIFSIGNALED(session->outcome->run_status);
}

/* Milliseconds until the stage has been silent for SILENCE seconds since it was
 * started, or for LATENESS seconds after it was executed; then for twice as long
 * each time, for asking makes a busy manager later. -1 where the stage is there. */
static int until_silence(struct session *session)
{
    int64_t wait = session->waited - session->outcome->start;
    int64_t least = (session->ended ? LATENESS : SILENCE) * INT64_C(1000000);
    int64_t left = session->waited + (wait > least ? wait : least) - now_us();

    if (session->outcome->connected)
        return -1;
    return left < 0 ? 0 : (int)(left / 1000);
}

/* Nanoseconds of processor time that the manager took so far; 0 where that
 * cannot be read. The kernel's documentation, scheduler/sched-stats. */
static uint64_t work_of_manager(const struct host *host)
{
    AUTOFREE char *path =
        xasprintf("/proc/%d/schedstat", host->system ? 1 : (int)host->manager);
    AUTOFREE char *text = read_small_file(path);

    return text ? strtoull(text, NULL, 10) : 0;
}

/* A manager that answers is waited for, and so is one that works but is late,
 * which is not even asked while systemd-run waits for it. One that is hung would
 * start the unit some day, whose stage then finds nobody and starts nothing. */
static void ask_manager(struct session *session)
{
    bool system = session->run->host->system;
    unsigned uid = (unsigned)session->run->host->uid;
    uint64_t work = work_of_manager(session->run->host);
    AUTOFREE char *program = system_program("systemctl");
    AUTOFREE char *state = NULL;
    const char *const words[] = { program, manager_option(system), "show",
                                  "-PActiveState", session->run->unit, NULL };
    bool answers = (!session->ended && work != session->work) || !program ||
                   run_program(words, ANSWER, &state) == 0;

    session->work = work;
    session->waited = now_us();
    session->gone = session->ended && answers && state &&
                    (streq(state, "inactive") || streq(state, "failed"));
    if (answers || work_of_manager(session->run->host) != work)
        return;
    close_listener(session);
    if (!session->ended)
        kill(session->systemd_run, SIGKILL);
    if (system)
        die("cannot start %s: systemd does not answer: reboot",
            ellipsize(session->run->command[0]));
    die("cannot start %s: your user manager does not answer: this helps, "
        "and ends your session: as root: systemctl kill --signal=KILL user@%u.service; "
        "systemctl restart user@%u.service",
        ellipsize(session->run->command[0]), uid, uid);
}

static void run_until_end(struct session *session)
{
    while (!at_end(session)) {
        struct pollfd fds[] = {
            { .fd = session->signals, .events = POLLIN },
            { .fd = session->control, .events = POLLIN },
            { .fd = session->listener, .events = POLLIN },
            { .fd = -1 }, { .fd = -1 }, { .fd = -1 }, /* the terminal's */
            { .fd = session->forward ? forward_fd(session->forward) : -1,
              .events = POLLIN },
        };
        struct signalfd_siginfo info;
        int timeout = terminal_watch(&session->terminal, fds + 3);
        int silence = until_silence(session);

        if (silence == 0)
            ask_manager(session);
        if (timeout < 0 || (silence >= 0 && silence < timeout))
            timeout = silence;
        if (session->terminal.wanted && !session->terminal.taken)
            let_read(session);
        if (poll(fds, ARRAY_LEN(fds), session->terminal.wanted ? 200 : timeout) <
            0)
            continue;
        if (session->terminal.master >= 0) {
            terminal_copy(&session->terminal, fds + 3);
            if (terminal_typed(&session->terminal, fds + 3))
                ask_for(session, REQUEST_READERS);
        }
        if (fds[6].revents)
            forward_serve(session->forward);
        if (fds[2].revents)
            accept_stage(session);
        if (fds[1].revents)
            read_reports(session);
        while (fds[0].revents &&
               read(session->signals, &info, sizeof(info)) == sizeof(info))
            take_signal(session, &info);
    }
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
    case 218:
        return "the capabilities cannot be set up";
    case 219:
        return "the control group cannot be set up";
    case 225:
        return "the network namespace cannot be set up (or sysctl "
               "user.max_net_namespaces allows no more)";
    case 226:
        return "the mount or IPC namespace cannot be set up (a path that "
               "cannot be bound, no user namespaces, or sysctl "
               "user.max_ipc_namespaces allows no more)";
    default:
        return NULL;
    }
}

/* The unit was not started, and a systemd-run that does not wait for its end
 * does not tell why: one that does is told to start it once more. The stage finds
 * nobody at its socket, and starts nothing. */
static void find_reason(struct session *session)
{
    struct run again = *session->run;
    AUTOSTRV struct strv words = { 0 };
    AUTOFREE char *unit = xasprintf("again-%s", again.unit);
    char *program = system_program("systemd-run");
    int code;

    if (!program)
        return;
    again.unit = unit;
    again.waits = true;
    close(session->listener); /* whose path may have to be bound */
    session->listener = -1;
    systemd_run_words(&again, session->path, session->passed.terminals, &words);
    free(words.v[0]);
    words.v[0] = program;
    code = run_program((const char *const *)words.v, TRY_SECONDS, NULL);
    if (code > 0 && setup_problem(code))
        session->outcome->run_status = W_EXITCODE(code, 0);
}

static void wait_for_stage(struct session *session)
{
    struct pollfd stage = { .fd = session->stage, .events = POLLIN };
    struct pollfd fd = { .fd = session->control, .events = 0 };

    if (session->control >= 0) {
        /* The stage ends when it sees this half closed. */
        shutdown(session->control, SHUT_WR);
        poll(&fd, 1, 2000);
        close(session->control);
        session->control = -1;
    }
    guard_end(session->guard);
    /* A scope lives on without its first process, with what forks faster than
     * the stage kills, and a unit whose stage is stopped or frozen with that. */
    if (session->cgroup >= 0) {
        if (!session->outcome->reported)
            session->outcome->oom_kills =
                cgroup_value(session->cgroup, "memory.events", "oom_kill");
        if (!session->outcome->reported || session->run->scope)
            cgroup_kill(session->cgroup);
        /* What was killed may go on for a moment, in the kernel. */
        for (int i = 0; i < 500 && !session->outcome->reported &&
                        cgroup_value(session->cgroup, "cgroup.events",
                                     "populated");
             i++)
            poll(NULL, 0, 10);
        close(session->cgroup);
    }
    /* With the stage end its namespaces. */
    if (stage.fd >= 0) {
        poll(&stage, 1, 5000);
        close(stage.fd);
    }
}

/* systemctl VERB [OPTION] UNIT; the first line of its output, or NULL. */
static char *systemctl(const struct run *run, const char *verb,
                       const char *option)
{
    const char *const words[] = { verb, option, run->unit, NULL };
    char *line = NULL;

    set_manager_environment(run->host);
    run_systemd("systemctl", run->host->system, words, &line);
    return line;
}

/* A unit that failed and was kept is asked why, and is kept no longer. */
static void take_result(const struct run *run, struct outcome *outcome)
{
    if (!run->keep_failed || (outcome->run_status == 0 && !run->scope))
        return;
    outcome->result = systemctl(run, "show", "-PResult");
    free(systemctl(run, "reset-failed", "--"));
}

static void ask_for_socket(void *data, int family)
{
    ask_stage(data,
              &(struct request){ .what = REQUEST_SOCKET, .value = family });
}

/* What came while forward_end() waited, and SIGPIPE of its own: splice(2) has no
 * MSG_NOSIGNAL. What follows must not die of it. */
static void forget_signals(void)
{
    static const int numbers[] = { SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT };
    struct timespec none = { 0 };
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        sigaddset(&set, numbers[i]);
    while (sigtimedwait(&set, NULL, &none) > 0)
        ;
}

void run_unit(const struct run *run, struct outcome *outcome)
{
    struct session session = { .run = run, .outcome = outcome, .control = -1,
                               .listener = -1, .cgroup = -1, .stage = -1 };
    sigset_t mask;

    *outcome = (struct outcome){ .missed = -1 };
    outcome->start = session.waited = now_us();
    session.work = work_of_manager(run->host);
    session.terminal.in = session.terminal.master = -1;
    if (!run->scope) {
        choose_descriptors(run->restricted, run->network->mode == NETWORK_OPEN,
                           run->orders.closed, run->command,
                           &session.passed);
        terminal_find(&session.terminal);
        if (session.passed.terminals && !run->orders.devpts)
            session.passed.terminal = terminal_open(&session.terminal);
    }
    /* All that can be blocked, so that what playpen would have died of reaches
     * the command. */
    sigfillset(&mask);
    sigprocmask(SIG_BLOCK, &mask, &session.caller_mask);
    session.signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (session.signals < 0)
        die("signalfd: %s", strerror(errno));
    if (run->network->mode == NETWORK_LISTED || run->network->published_count)
        session.forward = forward_start(run->network, ask_for_socket, &session);
    start_systemd_run(&session);
    run_until_end(&session);
    if (!run->waits && !run->scope && !outcome->connected && !session.gone)
        find_reason(&session);
    wait_for_stage(&session);
    take_result(run, outcome);
    close_listener(&session);
    terminal_close(&session.terminal);
    screen_was_lent();
    if (session.forward) {
        forward_end(session.forward, run->quiet);
        forget_signals();
    }
    outcome->mask = session.caller_mask;
    free(session.path);
}

/* ---- what happened ---- */

static bool is_late(const struct run *run, const struct outcome *outcome)
{
    return run->timeout && (uint64_t)(now_us() - outcome->start) >= run->timeout;
}

static void note_out_of_memory(const struct run *run,
                               const struct outcome *outcome, const char *who)
{
    const struct stats *stats = &outcome->report.stats;
    AUTOFREE char *peak = size_text(stats->number[STAT_MEMORY]);
    AUTOFREE char *used = knows(stats, STAT_MEMORY)
                              ? xasprintf(" with %s in use", peak)
                              : xstrdup("");

    if (run->quiet)
        return;
    if (run->memory_limit)
        warn("%s: out of memory, %skilled at the limit of %s "
             "(--memory-limit)%s",
             run->command[0], who, run->memory_limit, used);
    else
        warn("%s: out of memory, %skilled%s", run->command[0], who, used);
}

static int out_of_memory(const struct run *run, const struct outcome *outcome)
{
    note_out_of_memory(run, outcome, "");
    return EXIT_SIGNAL + SIGKILL;
}

static bool result_is(const struct outcome *outcome, const char *word)
{
    return outcome->result && streq(outcome->result, word);
}

/* The stage is gone without a word, or was never there. CODE is what
 * systemd-run ended with: the stage's status, 255 for a signal, 1 for any
 * other failure (src/run/run.c of 252 and 257). */
static int without_report(const struct run *run, const struct outcome *outcome,
                          int code)
{
    const char *problem = run->scope ? NULL : setup_problem(code);

    if (!run->waits && outcome->connected)
        return outcome->oom_kills ? out_of_memory(run, outcome)
                                  : EXIT_SIGNAL + SIGKILL;
    /* What the manager's units may have is tried anew by the next run. */
    if (!outcome->connected)
        forget_namespaces(run->host);
    if (!run->scope && (code == 1 || code == 255) && result_is(outcome, "oom-kill"))
        return out_of_memory(run, outcome);
    if (code == 1 && outcome->connected)
        return out_of_memory(run, outcome);
    if (run->foreign && (code == 255 || code == EXIT_REFUSED))
        warn("%s: its unit ended and said nothing: a --property may forbid what "
             "playpen does in there",
             run->command[0]);
    if (code == 255)
        return EXIT_SIGNAL + SIGKILL;
    if (problem)
        die("cannot start %s: %s: see playpen --dry-run, journalctl%s",
            run->command[0], problem, run->host->system ? "" : " --user");
    if (!outcome->connected && code == EXIT_REFUSED)
        return EXIT_REFUSED;
    if (!outcome->connected && code == 0)
        die("%s: not started: its unit ended at once: see journalctl%s",
            run->command[0], run->host->system ? "" : " --user");
    if (!outcome->connected)
        die("systemd-run could not start the unit");
    die("%s: ended with its unit, whose end is unknown", run->command[0]);
}

static int not_started(const struct run *run, const struct report *report)
{
    static const char *const what[] = {
        [STEP_DESCRIPTORS] = "its descriptors cannot be passed",
        [STEP_MOUNTS] = "a file that it is granted cannot be mounted",
        [STEP_TERMINAL] = "it gets no terminal of its own",
        [STEP_PIDS] = "it gets no PID namespace of its own",
        [STEP_NETWORK] = "its network cannot be set up",
        [STEP_FORK] = "no process can be made",
        [STEP_LOCKED] = "it gets no user namespace of its own",
        [STEP_LANDLOCK] = "abstract sockets of the outside cannot be closed",
        [STEP_CAPABILITIES] = "the stage's capabilities cannot be dropped",
        [STEP_FILTER] = "its system calls cannot be filtered",
        [STEP_WHY] = "its system calls cannot be watched: leave out --why",
    };
    const char *name = run->command[0], *detail = report->detail;
    const char *reason = strerror(report->value);

    forget_namespaces(run->host);
    switch (report->step) {
    case STEP_NAMESPACES:
        die("%s: systemd gave the unit no %s namespace of its own, though it "
            "was asked for one: see sysctl user.max_%s_namespaces, playpen "
            "--doctor",
            name, detail, detail);
    case STEP_MOUNTS:
        if (report->value != ESTALE && report->value != ENOENT)
            die("%s: %s: %s: %s", name, what[STEP_MOUNTS], detail, reason);
        die("%s: a directory or file that it was to be granted was replaced "
            "while the unit started: look at who does that: %s",
            name, detail);
    case STEP_READ_ONLY:
        die("%s: %s is not read-only inside, though systemd was asked for that",
            name, detail);
    case STEP_DIRECTORY:
        die("%s: the working directory is not to be seen inside (%s): add "
            "--rw . or --current-dir-only",
            run->orders.directory, reason);
    case STEP_EXECUTE:
        die_status(report->value == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXEC,
                   "%s: cannot be executed: %s", name, reason);
    case STEP_PIDS:
    case STEP_LOCKED:
        if (report->value == ENOSPC) /* unshare(2) */
            die("%s: %s: sysctl user.max_%s_namespaces allows no more", name,
                what[report->step], report->step == STEP_PIDS ? "pid" : "user");
        __attribute__((fallthrough));
    default:
        die("%s: %s: %s%s%s", name, what[report->step], detail,
            *detail ? ": " : "", reason);
    }
}

/* A scope's stage is ended by the manager or by the kernel. */
static int scope_without_report(const struct run *run,
                                const struct outcome *outcome)
{
    if (!outcome->connected && WIFEXITED(outcome->run_status))
        die("systemd-run could not start the unit");
    if (result_is(outcome, "oom-kill"))
        return out_of_memory(run, outcome);
    return EXIT_SIGNAL + SIGKILL;
}

static int status_of(const struct run *run, const struct outcome *outcome)
{
    const struct report *report = &outcome->report;
    int code =
        WIFEXITED(outcome->run_status) ? WEXITSTATUS(outcome->run_status) : -1;
    int own = report->what == REPORT_KILLED ? EXIT_SIGNAL + report->value
                                            : report->value;

    if (outcome->reported && report->what == REPORT_FAILED)
        return not_started(run, report);
    if (is_late(run, outcome) && (!outcome->reported || report->terminated) &&
        (outcome->lost || result_is(outcome, "timeout")))
        return EXIT_TIMEOUT;
    if (!outcome->reported && run->scope)
        return scope_without_report(run, outcome);
    if (!outcome->reported && outcome->lost)
        die("%s: ended with systemd-run, which was killed or lost the bus or "
            "the manager: see playpen --doctor",
            run->command[0]);
    if (!outcome->reported && code < 0)
        die("systemd-run was killed before %s was started", run->command[0]);
    if (!outcome->reported)
        return without_report(run, outcome, code);
    if (report->what == REPORT_LOST) {
        warn("%s: how it ended is not known: its parent in the unit was killed",
             run->command[0]);
        own = EXIT_SIGNAL + SIGKILL;
    }
    /* Of the command itself, or of a child: then by default the manager ends
     * the unit, and with OOMPolicy=continue, or where the command was quicker
     * to end, the status is the command's. */
    if (report->oom_kills) {
        if (own == EXIT_SIGNAL + SIGKILL || report->terminated ||
            (code == 1 && own != 1))
            return out_of_memory(run, outcome);
        note_out_of_memory(run, outcome, "a process of it ");
    }
    return own;
}

/* The manager ended the unit, and not for a limit. */
static void tell_of_stop(const struct run *run)
{
    AUTOFREE char *lingers = linger_problem(run->host);

    if (lingers)
        warn("%s: its unit was stopped by systemctl, or your last session ended: "
             "to outlast that, %s", run->command[0], lingers);
    else
        warn("%s: its unit was stopped, by systemctl or a shutdown",
             run->command[0]);
}

int exit_status(const struct run *run, const struct outcome *outcome)
{
    int status = status_of(run, outcome);

    if (outcome->reported && outcome->report.terminated && !outcome->told &&
        !outcome->report.oom_kills && status != EXIT_TIMEOUT)
        tell_of_stop(run);
    if (*outcome->report.killed && outcome->reported &&
        outcome->report.what != REPORT_FAILED)
        note("%s: left behind and did not end by SIGTERM, so it was killed: %s",
             run->command[0], outcome->report.killed);
    return status;
}

void die_as_command(const struct outcome *outcome, int status)
{
    if (!outcome->reported || outcome->report.what != REPORT_KILLED ||
        outcome->report.value != SIGINT || status != EXIT_SIGNAL + SIGINT)
        return;
    signal(SIGINT, SIG_DFL);
    /* The terminal was raw: who shares it with us has not had the Ctrl-C. */
    if (outcome->raw)
        kill(0, SIGINT);
    raise(SIGINT);
}
