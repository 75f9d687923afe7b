/*
 * covered.c - programs that a run left in a directory of the caller's PATH, where
 * they are found before others of the same names: whoever types "git" with an
 * environment activated runs what is called so in there.
 */
#include "covered.h"
#include "environment.h"
#include "path.h"
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAMED = 10 };

struct timespec file_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
}

/* Is NAME a program in a directory of the list PATH that the run did not write? */
static bool is_program_in(const struct view *view, const char *path,
                          const char *name)
{
    while (*path) {
        size_t length = strcspn(path, ":");
        AUTOFREE char *file =
            xasprintf("%.*s/%s", (int)length, path, name);
        AUTOFREE char *real = *path == '/' ? real_path(file) : NULL;

        if (real && !is_writable_inside(view, real) &&
            access(real, X_OK) == 0)
            return true;
        path += length + (path[length] == ':');
    }
    return false;
}

/* Adds to FOUND the programs in DIR, made or changed after SINCE, that cover one
 * in REST, the directories after it; DIR itself where there is no time to look at
 * all that it holds. */
static void look_in(const struct view *view, const char *dir, const char *rest,
                    struct timespec since, struct timespec deadline,
                    struct strv *found)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;
    struct stat st;

    if (!stream && errno == EACCES)
        warn("%s, which is on your PATH, cannot be looked at any more", dir);
    while (stream && found->n < MAX_NAMED && (entry = readdir(stream))) {
        const char *name = entry->d_name;

        if (is_past(deadline)) {
            strv_push(found, dir);
            return;
        }
        if (fstatat(dirfd(stream), name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            is_before(&st.st_ctim, &since) ||
            faccessat(dirfd(stream), name, X_OK, 0) < 0 ||
            fstatat(dirfd(stream), name, &st, 0) < 0 || !S_ISREG(st.st_mode))
            continue;
        if (is_program_in(view, rest, name))
            strv_pushf(found, "%s/%s", dir, name);
    }
}

void point_out_covered(const struct view *view, struct timespec since)
{
    struct timespec deadline = search_deadline(SEARCH_TIME);
    AUTOSTRV struct strv found = { 0 };
    AUTOFREE char *list = NULL;

    for (const char *path = search_path(); *path;) {
        size_t length = strcspn(path, ":");
        AUTOFREE char *text = xstrndup(path, length);
        AUTOFREE char *dir = absolute_path(text, view->policy->directory);

        path += length + (path[length] == ':');
        if (dir && may_be_written(view, dir))
            look_in(view, dir, path, since, deadline, &found);
    }
    list = strv_join(&found, ", ");
    if (found.n)
        warn("made or changed, and found on your PATH before others of the same "
             "names: %s: look at them before you type such a name",
             list);
}
