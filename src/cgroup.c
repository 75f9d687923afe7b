/*
 * cgroup.c - files of the unified cgroup hierarchy.
 */
#include "cgroup.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

char *cgroup_of(pid_t pid)
{
    AUTOFREE char *file = pid ? xasprintf("/proc/%d/cgroup", (int)pid)
                              : xstrdup("/proc/self/cgroup");
    AUTOFREE char *text = read_small_file(file);
    const char *line = text ? strstr(text, "0::/") : NULL;

    if (!line)
        return NULL;
    line += strlen("0::");
    return xstrndup(line, strcspn(line, "\n"));
}

int cgroup_open(const char *path)
{
    AUTOFREE char *dir = xasprintf("/sys/fs/cgroup%s", path);

    return open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static FILE *open_file(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

    if (fd >= 0 && !file)
        close(fd);
    return file;
}

pid_t *cgroup_processes(int dir, pid_t except, pid_t except_too)
{
    AUTOFILE FILE *file = open_file(dir, "cgroup.procs");
    pid_t *pids = NULL;
    size_t n = 0;
    int pid;

    while (file && fscanf(file, "%d", &pid) == 1) {
        /* 0: one that this PID namespace does not have. */
        if (pid == 0 || pid == except || pid == except_too)
            continue;
        pids = grow(pids, n, sizeof(*pids));
        pids[n++] = pid;
    }
    pids = grow(pids, n, sizeof(*pids));
    pids[n] = 0;
    return pids;
}

uint64_t cgroup_value(int dir, const char *name, const char *key)
{
    AUTOFILE FILE *file = open_file(dir, name);
    char word[64];
    unsigned long long number, found = 0;

    while (file && fscanf(file, "%63s %llu", word, &number) == 2)
        if (streq(word, key))
            found = number;
    return found;
}

void cgroup_kill(int dir)
{
    AUTOCLOSE int fd = openat(dir, "cgroup.kill", O_WRONLY | O_CLOEXEC);
    bool killed = fd >= 0 && write(fd, "1", 1) == 1;

    /* Whoever forks in the meantime is found the next time. */
    for (int i = 0; !killed && i < 100; i++) {
        AUTOFREE pid_t *pids = cgroup_processes(dir, getpid(), 0);

        for (const pid_t *pid = pids; *pid; pid++)
            kill(*pid, SIGKILL);
        killed = !*pids;
    }
}
