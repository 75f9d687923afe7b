/*
 * guard.c - a child of playpen's that waits for playpen's end, by whatever, and
 * then has the kernel kill the unit's cgroup. The kernel kills stopped and frozen
 * processes, too; no property of systemd's ends a unit together with a process
 * outside of it (systemd.unit(5), 250 to 262).
 *
 * The guard has a session of its own, so that what is sent to playpen's process
 * group or comes from its terminal does not reach the guard, and no descriptor
 * but the cgroup's: who reads playpen's output sees its end.
 */
#include "guard.h"
#include "cgroup.h"
#include "host.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* A unit that was asked for without --collect would stay where it failed. */
static void forget_unit(const char *unit, bool system)
{
    static const char *const verbs[] = { "stop", "reset-failed" };

    for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
        const char *const words[] = { "--quiet", verbs[i], "--", unit, NULL };

        run_systemd("systemctl", system, words, NULL);
    }
}

static void __attribute__((noreturn))
be_guard(int cgroup, pid_t playpen, const char *unit, bool system)
{
    sigset_t all;
    int number;

    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    setsid();
    prctl(PR_SET_NAME, "playpen-guard");
    dup2(cgroup, 0);
    syscall(436 /* close_range */, 1u, ~0u, 0u);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    while (getppid() == playpen)
        sigwait(&all, &number);
    cgroup_kill(0);
    if (unit)
        forget_unit(unit, system);
    _exit(0);
}

pid_t guard_start(int cgroup, const char *unit, bool system)
{
    pid_t playpen = getpid(), guard = fork();

    if (guard == 0)
        be_guard(cgroup, playpen, unit, system);
    if (guard < 0)
        warn("what is stopped or frozen inside is not ended by kill -9 of "
             "playpen: fork: %s", strerror(errno));
    return guard < 0 ? 0 : guard;
}

void guard_dismiss(pid_t guard)
{
    if (guard)
        kill(guard, SIGKILL);
}

void guard_end(pid_t guard)
{
    guard_dismiss(guard);
    if (guard)
        waitpid(guard, NULL, 0);
}
