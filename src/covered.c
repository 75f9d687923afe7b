/*
 * covered.c - programs that a run left in a directory of the caller's PATH, where
 * they are found before others of the same names: whoever types "git" with an
 * environment activated runs what is called so in there. And what bash reads beside
 * such a directory when Tab is typed after a program's name (bash-completion,
 * _comp_load). In the same way libraries in a directory of LD_LIBRARY_PATH, which
 * every program takes for the system's: ld.so(8).
 */
#include "covered.h"
#include "environment.h"
#include "path.h"
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char libraries[] = "LD_LIBRARY_PATH";

/* Is NAME in one of DIRS, which NULL ends, and not written by the run; with MODE
 * X_OK a program? */
static bool is_in(const struct view *view, char *const *dirs, const char *name,
                  int mode)
{
    for (; *dirs; dirs++) {
        AUTOFREE char *file = xasprintf("%s/%s", *dirs, name);
        AUTOFREE char *real = **dirs == '/' ? real_path(file) : NULL;

        if (real && !is_writable_inside(view, real) &&
            access(real, mode) == 0)
            return true;
    }
    return false;
}

/* Which directory DIR is. */
static char *identity(const char *dir)
{
    struct stat st = { 0 };

    return stat(dir, &st) == 0 ? xasprintf("%ju:%ju:%s", (uintmax_t)st.st_dev,
                                           (uintmax_t)st.st_ino, dir)
                               : xasprintf("0:0:%s", dir);
}

/* Is NAME in the directory FD a program, or with another MODE a file? CHANGED is when
 * it, or what it leads to, last was. */
static bool is_file_at(int fd, const char *name, int mode,
                       struct timespec *changed)
{
    struct stat own, st;

    if (faccessat(fd, name, mode, 0) < 0 ||
        fstatat(fd, name, &own, AT_SYMLINK_NOFOLLOW) < 0 ||
        fstatat(fd, name, &st, 0) < 0 || !S_ISREG(st.st_mode))
        return false;
    *changed = is_before(&own.st_ctim, &st.st_ctim) ? st.st_ctim : own.st_ctim;
    return true;
}

/* Where bash looks for completions by DIR, a directory of PATH; NULL for nowhere.
 * The caller's. */
static char *completions_by(const char *dir)
{
    AUTOFREE char *above = parent_of(dir);

    return has_suffix(dir, "/bin") || has_suffix(dir, "/sbin")
               ? xasprintf("%s/share/bash-completion/completions", above)
               : NULL;
}

/* The program that the completion NAME, "vi", "vi.bash" or "_vi", is for. The
 * caller's. */
static char *completed_by(const char *name)
{
    name += *name == '_';
    return xstrndup(name, strlen(name) -
                              (has_suffix(name, ".bash") ? strlen(".bash") : 0));
}

/* Adds to FOUND the programs in DIR, with MODE R_OK the completions, with F_OK the
 * libraries, that cover one in REST, directories. Not those that were KNOWN, if
 * that is not NULL, and not changed after SINCE. DIR itself where there is no time to look at all
 * that it holds. */
static void look_in(const struct view *view, const char *dir, int mode,
                    char *const *rest, struct deadline deadline,
                    const struct timespec *since,
                    const struct strv *known, struct strv *found)
{
    AUTODIR DIR *stream = opendir(dir);
    AUTOFREE char *self = identity(dir);
    bool same = known && strv_has(known, self);
    struct dirent *entry;

    if (!stream && errno == EACCES)
        warn("%s, which is on your %s, cannot be looked at any more", dir,
             mode == F_OK ? libraries : "PATH");
    if (!known)
        strv_push(found, self);
    while (stream && (entry = readdir(stream))) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, entry->d_name);
        AUTOFREE char *program = mode == R_OK ? completed_by(entry->d_name)
                                              : xstrdup(entry->d_name);
        struct timespec changed;

        if (is_past(deadline)) {
            strv_push(found, dir);
            return;
        }
        if (is_file_at(dirfd(stream), entry->d_name, mode, &changed) &&
            !(same && strv_has(known, path) && is_before(&changed, since)) &&
            *program && is_in(view, rest, program, mode == F_OK ? F_OK : X_OK))
            strv_push(found, path);
    }
}

/* The directories by PATTERN; the caller's. glob(3) */
static glob_t matches(const char *pattern)
{
    glob_t found = { 0 };

    (void)glob(pattern, GLOB_BRACE | GLOB_ONLYDIR, NULL, &found);
    return found;
}

/* As look(), for libraries. */
static void look_for_libraries(const struct view *view,
                               const struct timespec *since,
                               const struct strv *known, struct strv *found)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    const char *value = getenv(libraries);
    AUTOSTRV struct strv dirs = { 0 };
    glob_t system;

    if (!value || !*value)
        return;
    strv_split(&dirs, value);
    system = matches("/{usr/,}lib{,32,64,/*-linux-gnu*}");
    for (size_t i = 0; i < dirs.n && system.gl_pathc; i++) {
        AUTOFREE char *dir = absolute_path(dirs.v[i], view->policy->directory);
        AUTOFREE char *pattern =
            dir && !strpbrk(dir, "\\*?[{") && may_be_written(view, dir)
                ? xasprintf("%s{,/glibc-hwcaps/*}", dir)
                : xstrdup("");
        glob_t all = matches(pattern);

        for (size_t j = 0; j < all.gl_pathc; j++)
            look_in(view, all.gl_pathv[j], F_OK, system.gl_pathv, deadline,
                    since, known, found);
        globfree(&all);
    }
    globfree(&system);
}

static void look(const struct view *view, const struct timespec *since,
                 const struct strv *known, struct strv *found)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    AUTOSTRV struct strv dirs = { 0 };

    strv_split(&dirs, search_path());
    for (char **each = dirs.v; *each; each++) {
        AUTOFREE char *dir = absolute_path(*each, view->policy->directory);
        AUTOFREE char *completions = dir ? completions_by(dir) : NULL;

        if (dir && may_be_written(view, dir))
            look_in(view, dir, X_OK, each + 1, deadline, since, known, found);
        if (completions && may_be_written(view, completions))
            look_in(view, completions, R_OK, dirs.v, deadline, since, known,
                    found);
    }
}

void list_covering(const struct view *view, struct strv *known)
{
    look(view, NULL, NULL, known);
    look_for_libraries(view, NULL, NULL, known);
}

void point_out_covered(const struct view *view, struct timespec since,
                       const struct strv *known)
{
    AUTOSTRV struct strv found = { 0 }, loaded = { 0 };
    AUTOFREE char *list = NULL, *others = NULL;

    look(view, &since, known, &found);
    look_for_libraries(view, &since, known, &loaded);
    list = strv_join_some(&found);
    if (found.n)
        warn("made or changed, and found by your PATH before others of the same "
             "names: %s: look at them before you type such a name",
             list);
    others = strv_join_some(&loaded);
    if (loaded.n)
        warn("made or changed, and by your %s loaded into programs in place of "
             "the system's: %s: look at them before you run anything",
             libraries, others);
}
