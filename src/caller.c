/*
 * caller.c - looks at this process for what the command is to be like.
 */
#include "caller.h"

#include <errno.h>
#include <fnmatch.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* LIST as one text, NULL where it is empty. */
static char *list_or_null(const struct strv *list)
{
    return list->n ? strv_join(list, ",") : NULL;
}

void keep_signals(struct orders *orders)
{
    AUTOSTRV struct strv ignored = { 0 }, blocked = { 0 };
    sigset_t mask;

    sigprocmask(SIG_BLOCK, NULL, &mask);
    for (int i = 1; i < NSIG; i++) {
        if (is_ignored(i))
            strv_pushf(&ignored, "%d", i);
        if (sigismember(&mask, i) == 1)
            strv_pushf(&blocked, "%d", i);
    }
    orders->ignored = list_or_null(&ignored);
    orders->blocked = list_or_null(&blocked);
}

/* Limits of processes that the kernel counts by user: user_namespaces(7). */
static bool is_counted_by_user(int resource)
{
    return resource == RLIMIT_SIGPENDING || resource == RLIMIT_MSGQUEUE ||
           resource == RLIMIT_MEMLOCK;
}

static void halve(struct rlimit *limit)
{
    if (limit->rlim_max != RLIM_INFINITY)
        limit->rlim_max /= 2;
    if (limit->rlim_cur > limit->rlim_max)
        limit->rlim_cur = limit->rlim_max;
}

/* Does one of PROPERTIES, "NAME=VALUE", set what GLOB names? */
static bool is_set(const struct strv *properties, const char *glob)
{
    for (size_t i = 0; i < properties->n; i++) {
        const char *assignment = properties->v[i];
        AUTOFREE char *name = xstrndup(assignment, strcspn(assignment, "="));

        if (fnmatch(glob, name, 0) == 0)
            return true;
    }
    return false;
}

/* Nothing for a limit that one of PROPERTIES sets. */
static char *own_rlimits(bool half, const struct strv *properties)
{
    static const char *const names[RLIM_NLIMITS] = {
        [RLIMIT_CPU] = "LimitCPU",       [RLIMIT_FSIZE] = "LimitFSIZE",
        [RLIMIT_DATA] = "LimitDATA",     [RLIMIT_STACK] = "LimitSTACK",
        [RLIMIT_CORE] = "LimitCORE",     [RLIMIT_RSS] = "LimitRSS",
        [RLIMIT_NPROC] = "LimitNPROC",   [RLIMIT_NOFILE] = "LimitNOFILE",
        [RLIMIT_MEMLOCK] = "LimitMEMLOCK", [RLIMIT_AS] = "LimitAS",
        [RLIMIT_LOCKS] = "LimitLOCKS",
        [RLIMIT_SIGPENDING] = "LimitSIGPENDING",
        [RLIMIT_MSGQUEUE] = "LimitMSGQUEUE", [RLIMIT_NICE] = "LimitNICE",
        [RLIMIT_RTPRIO] = "LimitRTPRIO", [RLIMIT_RTTIME] = "LimitRTTIME",
    };
    AUTOSTRV struct strv list = { 0 };

    for (int i = 0; i < RLIM_NLIMITS; i++) {
        struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
        char soft[24] = "-", hard[24] = "-";

        if (is_set(properties, names[i])) {
            strv_push(&list, "");
            continue;
        }
        getrlimit(i, &limit);
        if (half && is_counted_by_user(i))
            halve(&limit);
        if (limit.rlim_cur != RLIM_INFINITY)
            snprintf(soft, sizeof(soft), "%ju", (uintmax_t)limit.rlim_cur);
        if (limit.rlim_max != RLIM_INFINITY)
            snprintf(hard, sizeof(hard), "%ju", (uintmax_t)limit.rlim_max);
        strv_pushf(&list, "%s:%s", soft, hard);
    }
    return strv_join(&list, ",");
}

/* NULL where this process may run on all processors that are online. */
static char *own_affinity(void)
{
    AUTOSTRV struct strv list = { 0 };
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof(set), &set) < 0 ||
        CPU_COUNT(&set) >= sysconf(_SC_NPROCESSORS_ONLN))
        return NULL;
    for (unsigned i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &set))
            strv_pushf(&list, "%u", i);
    return list_or_null(&list);
}

static char *own_scheduler(void)
{
    struct sched_param parameter;
    int policy = sched_getscheduler(0);

    if (policy <= SCHED_OTHER || sched_getparam(0, &parameter) < 0)
        return NULL;
    return xasprintf("%d:%d", policy, parameter.sched_priority);
}

void keep_scheduling(struct orders *orders, const struct strv *properties)
{
    AUTOFREE char *score = read_small_file("/proc/self/oom_score_adj");
    mode_t mask = umask(0);
    long number;

    umask(mask);
    if (!is_set(properties, "UMask"))
        orders->umask = mask;
    if (!is_set(properties, "Nice"))
        orders->nice = getpriority(PRIO_PROCESS, 0);
    orders->rlimits = own_rlimits(false, properties);
    if (!is_set(properties, "CPUAffinity"))
        orders->affinity = own_affinity();
    if (!is_set(properties, "CPUScheduling*"))
        orders->scheduler = own_scheduler();
    number = syscall(SYS_ioprio_get, 1 /* a process */, 0);
    if (number > 0 && number >> 13 /* the class */ &&
        !is_set(properties, "IOScheduling*"))
        orders->ioprio = number;
    number = personality(0xffffffff);
    if (number > 0 && !is_set(properties, "Personality"))
        orders->personality = number;
    number = prctl(PR_GET_TIMERSLACK, 0, 0, 0, 0);
    if (number > 0 && number != 50000 && !is_set(properties, "TimerSlackNSec"))
        orders->timer_slack = number;
    if (score && strtol(score, NULL, 10) > 0)
        orders->oom_score_adj = strtol(score, NULL, 10);
}

void keep_half(struct orders *orders, const struct strv *properties)
{
    AUTODIR DIR *dir = opendir("/proc/sys/user");
    AUTOSTRV struct strv list = { 0 };
    struct dirent *entry;

    orders->rlimits = own_rlimits(true, properties);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *path = xasprintf("/proc/sys/user/%s", entry->d_name);
        AUTOFREE char *text = read_small_file(path);

        if (text)
            strv_pushf(&list, "%s:%lld", entry->d_name,
                       strtoll(text, NULL, 10) / 2);
    }
    orders->shares = list_or_null(&list);
}

char *own_namespaces(const char *const *names)
{
    AUTOSTRV struct strv list = { 0 };

    for (; *names; names++) {
        AUTOFREE char *path = xasprintf("/proc/self/ns/%s", *names);
        struct stat st;

        if (stat(path, &st) < 0)
            die("%s: %s: a run that asks for one of its own needs a kernel that "
                "has it",
                path, strerror(errno));
        strv_pushf(&list, "%s:%ju", *names, (uintmax_t)st.st_ino);
    }
    return strv_join(&list, ",");
}
