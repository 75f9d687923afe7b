/*
 * runs.c - an entry is the time at which its run started, in seconds and
 * nanoseconds, and a line for each directory that it may write.
 */
#include "runs.h"

#include "path.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "run-";

/* The entry has its name once it is locked: whoever finds one that is not knows
 * that its run is over. */
static void enter(struct runs *runs, const struct tree *trees, size_t count)
{
    struct timespec now = file_time();
    char *name;
    AUTOFREE char *draft = NULL, *entry = NULL;
    bool written = false;

    /* Two PID namespaces may share the directory. */
    name = xasprintf("%s%d-%ld", prefix, (int)getpid(), now.tv_nsec);
    draft = xasprintf("%s/.%s", runs->dir, name);
    entry = xasprintf("%s/%s", runs->dir, name);
    runs->lock = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (runs->lock >= 0 && flock(runs->lock, LOCK_EX | LOCK_NB) == 0) {
        written = dprintf(runs->lock, "%jd %ld\n", (intmax_t)now.tv_sec,
                          now.tv_nsec) > 0;
        for (size_t i = 0; i < count && written; i++)
            written = dprintf(runs->lock, "%s\n", trees[i].path) > 0;
    }
    if (written && rename(draft, entry) == 0) {
        runs->entry = name;
        return;
    }
    warn("%s: cannot be made (%s): another run in the same directories that "
         "starts meanwhile is not told of this one",
         entry, strerror(errno));
    free(name);
}

static bool may_write(const char *path, const struct tree *trees, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path_below(path, trees[i].path) || path_below(trees[i].path, path))
            return true;
    return false;
}

/* Adds the run of the entry NAME, FD, if it may write something in TREES. */
static bool add_other(struct runs *runs, const char *name, int fd,
                      const struct tree *trees, size_t count)
{
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
    struct timespec since = { 0 };
    AUTOFREE char *line = NULL;
    intmax_t seconds = 0;
    size_t room = 0;
    bool meets = false;
    ssize_t n;

    if (!file)
        return false;
    if (fscanf(file, "%jd %ld\n", &seconds, &since.tv_nsec) == 2)
        while (!meets && (n = getline(&line, &room, file)) > 0) {
            line[n - 1] = '\0';
            meets = may_write(line, trees, count);
        }
    fclose(file);
    since.tv_sec = (time_t)seconds;
    if (!meets)
        return false;
    if (!runs->count || is_before(&since, &runs->since))
        runs->since = since;
    runs->others = grow(runs->others, runs->count, sizeof(*runs->others));
    runs->others[runs->count++] = (struct other){ xstrdup(name), fd };
    return true;
}

/* Does the run of the entry FD go on? A child of its playpen may hold the lock
 * for longer. */
static bool goes_on(int fd)
{
    struct stat st;

    if (fstat(fd, &st) < 0 || st.st_nlink == 0)
        return false;
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK;
    flock(fd, LOCK_UN);
    return false;
}

static bool is_met(const struct runs *runs, const char *name)
{
    for (size_t i = 0; i < runs->count; i++)
        if (streq(runs->others[i].name, name))
            return true;
    return runs->entry && streq(runs->entry, name);
}

void meet_runs(struct runs *runs, const struct tree *trees, size_t count)
{
    AUTODIR DIR *dir = runs->dir ? opendir(runs->dir) : NULL;
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        const char *name = entry->d_name;
        int fd;

        /* Of one that was killed before the entry had its name. */
        if (has_prefix(name, ".run-") &&
            kill((pid_t)strtol(name + strlen(".run-"), NULL, 10), 0) < 0 &&
            errno == ESRCH)
            unlinkat(dirfd(dir), name, 0);
        if (!has_prefix(name, prefix) || is_met(runs, name))
            continue;
        fd = openat(dirfd(dir), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && !goes_on(fd))
            unlinkat(dirfd(dir), name, 0);
        else if (fd >= 0 && add_other(runs, name, fd, trees, count))
            continue;
        if (fd >= 0)
            close(fd);
    }
}

void join_runs(struct runs *runs, const char *runtime_dir,
               const struct tree *trees, size_t count)
{
    runs->lock = -1;
    runs->dir = xasprintf("%s/playpen", runtime_dir);
    if (mkdir(runs->dir, 0700) < 0 && errno != EEXIST)
        return;
    enter(runs, trees, count);
    meet_runs(runs, trees, count);
}

bool has_other_ended(const struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        if (!goes_on(runs->others[i].fd))
            return true;
    return false;
}

void leave_runs(struct runs *runs)
{
    AUTOFREE char *entry =
        runs->entry ? xasprintf("%s/%s", runs->dir, runs->entry) : NULL;

    if (!runs->dir)
        return;
    if (entry)
        unlink(entry);
    if (runs->lock >= 0)
        close(runs->lock);
    for (size_t i = 0; i < runs->count; i++) {
        close(runs->others[i].fd);
        free(runs->others[i].name);
    }
    free(runs->others);
    free(runs->entry);
    free(runs->dir);
    *runs = (struct runs){ .lock = -1 };
}
