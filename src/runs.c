/*
 * runs.c - an entry is the time at which its run started, in seconds and
 * nanoseconds, and a line for each directory that it may write.
 */
#include "runs.h"

#include "path.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char prefix[] = "run-";

/* The entry has its name once it is locked: whoever finds one that is not knows
 * that its run is over. */
static void enter(struct runs *runs, const char *dir, const struct tree *trees,
                  size_t count)
{
    AUTOFREE char *draft = xasprintf("%s/.%s%d", dir, prefix, (int)getpid());
    char *entry = xasprintf("%s/%s%d", dir, prefix, (int)getpid());
    struct timespec now;
    int fd;

    unlink(draft);
    /* Open, and so locked, until the process ends. */
    fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0) {
        dprintf(fd, "%jd %ld\n", (intmax_t)now.tv_sec, now.tv_nsec);
        for (size_t i = 0; i < count; i++)
            dprintf(fd, "%s\n", trees[i].path);
        if (rename(draft, entry) == 0) {
            runs->entry = entry;
            return;
        }
    }
    warn("%s: cannot be made (%s): another run in the same directories that "
         "starts meanwhile is not told of this one",
         entry, strerror(errno));
    free(entry);
}

static bool may_write(const char *path, const struct tree *trees, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path_below(path, trees[i].path) || path_below(trees[i].path, path))
            return true;
    return false;
}

/* Adds the run of the entry FD, if it may write something in TREES. */
static bool add_other(struct runs *runs, int fd, const struct tree *trees,
                      size_t count)
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
    runs->others[runs->count++] = fd;
    return true;
}

/* Does the run of the entry FD go on? */
static bool goes_on(int fd)
{
    if (flock(fd, LOCK_SH | LOCK_NB) < 0)
        return errno == EWOULDBLOCK;
    flock(fd, LOCK_UN);
    return false;
}

void join_runs(struct runs *runs, const char *runtime_dir,
               const struct tree *trees, size_t count)
{
    AUTOFREE char *path = xasprintf("%s/playpen", runtime_dir);
    AUTODIR DIR *dir = NULL;
    struct dirent *entry;

    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return;
    enter(runs, path, trees, count);
    dir = opendir(path);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *other = xasprintf("%s/%s", path, entry->d_name);
        int fd;

        if (!has_prefix(entry->d_name, prefix) ||
            (runs->entry && streq(other, runs->entry)))
            continue;
        fd = open(other, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        if (fd >= 0 && !goes_on(fd))
            unlink(other);
        else if (fd >= 0 && add_other(runs, fd, trees, count))
            continue;
        if (fd >= 0)
            close(fd);
    }
}

bool has_other_ended(const struct runs *runs)
{
    for (size_t i = 0; i < runs->count; i++)
        if (!goes_on(runs->others[i]))
            return true;
    return false;
}

void leave_runs(struct runs *runs)
{
    if (runs->entry)
        unlink(runs->entry);
    free(runs->entry);
    for (size_t i = 0; i < runs->count; i++)
        close(runs->others[i]);
    free(runs->others);
    *runs = (struct runs){ 0 };
}
