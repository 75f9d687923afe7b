/*
 * doctor.c - what playpen needs of the machine, looked at one by one; what can
 * be tried is tried. The words on what is amiss are host.c's, so that a
 * refusal says the same.
 */
#include "doctor.h"
#include "filter.h"
#include "host.h"
#include "persist.h"
#include "trial.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum verdict { OK, WARN, FAIL };

/* One line; true unless VERDICT is FAIL. */
static bool print_check(enum verdict verdict, const char *what,
                        const char *words)
{
    static const struct {
        const char *word, *colour;
    } looks[] = { { "ok", "32" }, { "warn", "33" }, { "FAIL", "31" } };
    bool colour = wants_colour();

    printf("%s%s%s%-4s%s  %-18s  %s\n", colour ? "\033[" : "",
           colour ? looks[verdict].colour : "", colour ? "m" : "",
           looks[verdict].word, colour ? "\033[m" : "", what, words);
    return verdict != FAIL;
}

/* Prints PROBLEM at the verdict BAD and frees it, or FINE where it is NULL.
 * False for FAIL. */
static bool judge(enum verdict bad, const char *what, char *problem,
                  const char *fine)
{
    bool good = print_check(problem ? bad : OK, what, problem ? problem : fine);

    free(problem);
    return good;
}

static char *silent_manager(const struct host *host)
{
    static const char *const words[] = { "show", "-pVersion", NULL };
    int status = run_systemd("systemctl", host->system, words, NULL);

    if (status == 0)
        return NULL;
    if (host->system)
        return xasprintf("does not answer (systemctl show: status %d): reboot",
                         status);
    return xasprintf("does not answer (systemctl --user show: status %d): "
                     "this helps, and ends your session: as root: "
                     "systemctl kill --signal=KILL user@%u.service; "
                     "systemctl restart user@%u.service",
                     status, (unsigned)host->uid, (unsigned)host->uid);
}

/* Called only where the manager itself answers. */
static char *silent_bus(const struct host *host)
{
    static const char *const words[] = { "get-property",
                                         "org.freedesktop.systemd1",
                                         "/org/freedesktop/systemd1",
                                         "org.freedesktop.systemd1.Manager",
                                         "Version",
                                         NULL };
    int status = run_systemd("busctl", host->system, words, NULL);

    if (status == 0)
        return NULL;
    return xasprintf("the manager cannot be reached over it (busctl: status "
                     "%d): %s: systemctl %s restart dbus.service",
                     status, host->system ? "as root" : "run",
                     manager_option(host->system));
}

/* Tried as playpen uses them: by a unit, anew. */
static char *namespaces(struct host *host, bool manager)
{
    int status;

    if (manager && !host->system) {
        forget_namespaces(host);
        inspect_executor(host);
    }
    if (!host->system && host->namespace_problem)
        return xasprintf("%s: %s", host->namespace_problem,
                         host->namespace_remedy);
    if (!manager)
        return xstrdup("not tried with a unit: the manager comes first");
    status = host->system ? try_namespaces(host) : 0;
    if (status == 0)
        return NULL;
    return xasprintf("a unit with PrivateTmp= ends with status %d: see "
                     "journalctl -e",
                     status);
}

static char *controller(const struct host *host, bool manager, const char *name)
{
    if (host->controllers.n == 0)
        return xstrdup("not looked at: cgroup v2 comes first");
    if (!host->system && !manager)
        return xstrdup("not looked at: the manager comes first");
    return controller_problem(host, name);
}

static bool controllers(const struct host *host, bool manager)
{
    /* The last two are delegated to users only by an administrator, and few
     * users miss them. */
    static const struct {
        const char *name, *what, *use;
        enum verdict bad;
    } rows[] = {
        { "memory", "memory controller", "for --memory-limit", FAIL },
        { "cpu", "cpu controller", "for --cpu-limit", FAIL },
        { "pids", "pids controller", "for --tasks-limit", FAIL },
        { "io", "io controller", "for --disk-limit", WARN },
        { "cpuset", "cpuset controller", "for -p AllowedCPUs=", WARN },
    };
    bool good = true;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        good &= judge(rows[i].bad, rows[i].what,
                      controller(host, manager, rows[i].name), rows[i].use);
    return good;
}

static void linger(const struct host *host)
{
    AUTOFREE char *problem = linger_problem(host);
    AUTOFREE char *off = xasprintf(
        "off, what playpen runs ends when you log out, nohup or not, and cron and "
        "the like do without: %s", problem ? problem : "");

    if (host->system)
        print_check(OK, "linger", "not needed by the system's manager");
    else if (!problem)
        print_check(OK, "linger", "the manager runs without a session as well");
    else
        print_check(WARN, "linger", off);
}

static void kept(void)
{
    AUTOFREE char *sizes = measure_persisted();
    AUTOFREE char *words =
        sizes ? xasprintf("%s, in %s", sizes, state_directory()) : NULL;

    print_check(OK, "kept by presets", words ? words : "nothing yet");
}

int doctor(const struct policy *policy)
{
    struct host host;
    char *problem;
    char version[16];
    bool manager, good;

    /* The caller may ignore SIGCHLD: then waitpid(2) fails. */
    signal(SIGCHLD, SIG_DFL);
    probe_host(policy, &host);
    if (host.runtime_dir)
        set_manager_environment(&host);

    problem = systemd_problem(&host);
    if (!problem)
        problem = version_problem(&host);
    snprintf(version, sizeof(version), "%u", host.version);
    good = judge(FAIL, "systemd", problem, version);

    problem =
        host.booted ? manager_problem(&host) : xstrdup("none without systemd");
    if (!problem)
        problem = silent_manager(&host);
    manager = judge(FAIL, host.system ? "system manager" : "user manager",
                    problem, "answers");
    good &= manager;

    problem = manager ? bus_problem(&host)
                      : xstrdup("not tried: the manager comes first");
    if (!problem)
        problem = silent_bus(&host);
    good &= judge(FAIL, "D-Bus", problem, "reaches the manager");
    judge(WARN, "namespace", place_problem(&host, false), "the manager's");
    good &= judge(FAIL, "cgroup v2", controller_problem(&host, "unified"),
                  "in use");
    good &= controllers(&host, manager);
    good &= judge(FAIL, host.system ? "namespaces" : "user namespaces",
                  namespaces(&host, manager), "tried, they work");
    judge(WARN, "BPF firewall", firewall_problem(&host),
          "for --ip-allow and --ip-deny");
    judge(WARN, "Landlock scopes",
          host.landlock_scopes
              ? NULL
              : xstrdup("missing, abstract sockets stay open to confined "
                        "programs: boot Linux 6.12 or later with landlock "
                        "among its lsm="),
          "for path restrictions");
    judge(WARN, "system calls",
          filter_lacks_calls()
              ? xasprintf("this kernel is newer than %s, the last whose calls "
                          "were looked at: confined programs do not get those "
                          "added since",
                          filter_kernel)
              : NULL,
          "filtered in path restrictions");
    linger(&host);
    kept();
    if (fflush(stdout) != 0)
        die("standard output: %s", strerror(errno));
    return good ? 0 : 1;
}
