/*
 * path.c - names of files: from what a user writes to an absolute path, and
 * from a command's name to its file.
 */
#include "path.h"
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

const char *home_directory(void)
{
    const char *home = getenv("HOME");
    struct passwd *pw;

    if (home && *home == '/')
        return home;
    pw = getpwuid(geteuid());
    return pw && *pw->pw_dir == '/' ? xstrdup(pw->pw_dir) : "/";
}

/* Takes out "//", "." and ".." in place. PATH begins with a slash. */
static void normalise(char *path)
{
    char *out = path;
    const char *in = path;

    while (*in) {
        size_t length;

        in += strspn(in, "/");
        length = strcspn(in, "/");
        if (length == 0 || (length == 1 && *in == '.')) {
            /* nothing */
        } else if (length == 2 && in[0] == '.' && in[1] == '.') {
            while (out > path && *--out != '/')
                ;
        } else {
            *out++ = '/';
            memmove(out, in, length);
            out += length;
        }
        in += length;
    }
    if (out == path)
        *out++ = '/';
    *out = '\0';
}

char *absolute_path(const char *text, const char *directory)
{
    char *path;

    if (*text == '~') {
        size_t length = strcspn(text, "/");
        AUTOFREE char *user = xstrndup(text + 1, length - 1);
        struct passwd *pw = *user ? getpwnam(user) : NULL;

        if (*user && !pw)
            return NULL;
        path = xasprintf("%s%s", *user ? pw->pw_dir : home_directory(),
                         text + length);
    } else if (*text == '/') {
        path = xstrdup(text);
    } else {
        path = xasprintf("%s/%s", directory, text);
    }
    normalise(path);
    return path;
}

bool path_below(const char *path, const char *dir)
{
    size_t length = strlen(dir);

    if (streq(dir, "/"))
        return true;
    return strncmp(path, dir, length) == 0 &&
           (path[length] == '/' || path[length] == '\0');
}

char *next_part(const char *path, size_t *length)
{
    *length += 1 + strcspn(path + *length + 1, "/");
    return xstrndup(path, *length);
}

bool can_be_mounted(const char *path)
{
    return utf8_valid(path) && !has_control(path);
}

bool is_tmp(const char *path)
{
    return streq(path, "/tmp") || streq(path, "/var/tmp");
}

bool in_tmp(const char *path)
{
    return path_below(path, "/tmp") || path_below(path, "/var/tmp");
}

char *own_file(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);

    if (length < 0)
        return NULL;
    path[length] = '\0';
    return real_path(path);
}

int open_real(const char *path)
{
    struct open_how how = { .flags = O_PATH | O_CLOEXEC,
                            .resolve = RESOLVE_NO_SYMLINKS };

    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* Is there a file at PATH, and no symlink on the way? In one call, where
 * readlink(2) takes one for each directory. */
static bool has_no_links(const char *path)
{
    AUTOCLOSE int fd = open_real(path);

    return fd >= 0;
}

char *real_path(const char *path)
{
    AUTOFREE char *normal = *path == '/' ? xstrdup(path) : NULL;

    if (normal)
        normalise(normal);
    if (normal && streq(normal, path) && has_no_links(path))
        return xstrdup(path);
    return realpath(path, NULL);
}

/* 0 where FILE can be executed, else the errno that execve(2) would set. */
static int why_not_executable(const char *file)
{
    struct stat st;

    if (stat(file, &st) < 0)
        return errno;
    if (!S_ISREG(st.st_mode))
        return EACCES;
    return access(file, X_OK) < 0 ? errno : 0;
}

char *search_command(const char *command, const char *search_path,
                     bool (*skip)(const char *file))
{
    int problem = ENOENT;

    if (strchr(command, '/')) {
        problem = why_not_executable(command);
        if (!problem)
            return xstrdup(command);
    } else {
        AUTOSTRV struct strv dirs = { 0 };

        strv_split(&dirs, search_path);
        for (char **dir = dirs.v; *dir; dir++) {
            char *file = xasprintf("%s/%s", *dir, command);
            int why = why_not_executable(file);

            if (!why && !(skip && skip(file)))
                return file;
            if (why == EACCES)
                problem = EACCES;
            free(file);
        }
    }
    errno = problem;
    return NULL;
}

char *find_command(const char *command, const char *search_path,
                   bool (*skip)(const char *file))
{
    char *file;

    if (!*command)
        die_status(EXIT_NOT_FOUND, "'': the command's name is empty");
    file = search_command(command, search_path, skip);
    if (file)
        return file;
    if (errno == ENOENT || errno == ENOTDIR)
        die_status(EXIT_NOT_FOUND, "%s: command not found%s",
                   ellipsize(command),
                   skip ? " on PATH, playpen's own links not counted" : "");
    die_status(EXIT_NOT_EXEC, "%s: cannot be executed: %s", ellipsize(command),
               strerror(errno));
}

bool is_root(uid_t uid)
{
    AUTOFREE char *overflow = NULL;
    struct stat st;

    if (uid == 0)
        return true;
    /* user_namespaces(7): an owner that is not mapped has the overflow UID. */
    overflow = read_small_file("/proc/sys/kernel/overflowuid");
    return overflow && uid == strtoul(overflow, NULL, 10) && uid != geteuid() &&
           stat("/", &st) == 0 && st.st_uid == uid;
}

/* Is what lies at PATH, and every directory above it, root's, so that nobody
 * else can write it or put another in its place? A sticky directory is as good.
 */
static bool is_roots(const char *path)
{
    AUTOFREE char *parent = parent_of(path);
    struct stat st;

    if (lstat(path, &st) < 0 || !is_root(st.st_uid))
        return false;
    if (!S_ISLNK(st.st_mode) &&
        !(S_ISDIR(st.st_mode) && st.st_mode & S_ISVTX) &&
        (st.st_mode & S_IWOTH || (st.st_mode & S_IWGRP && st.st_gid != 0)))
        return false;
    return streq(path, "/") || is_roots(parent);
}

/* Did somebody else than root choose what FILE is, by its name or by where that
 * leads? */
static bool is_not_roots(const char *file)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *real_dir = real_path(dir);
    AUTOFREE char *name =
        real_dir ? xasprintf("%s%s", real_dir, strrchr(file, '/')) : NULL;
    AUTOFREE char *real = real_path(file);

    return *file != '/' || !name || !real || !is_roots(name) ||
           (!streq(name, real) && !is_roots(real));
}

/* A launch asks twice for the same. */
char *system_program(const char *name)
{
    static char *last, *file;
    const char *path = getenv("PATH");

    if (!last || !streq(last, name)) {
        free(last);
        free(file);
        last = xstrdup(name);
        file = search_command(name, path ? path : "/usr/bin:/bin", is_not_roots);
    }
    return file ? xstrdup(file) : NULL;
}

char *working_directory(void)
{
    const char *logical = getenv("PWD");
    struct stat here, there;
    char *physical;

    /* As pwd(1): no component of $PWD may be "." or "..". A path below /proc
     * may lead elsewhere in each process. */
    if (logical && *logical == '/' && !path_below(logical, "/proc") &&
        !strstr(logical, "/./") && !strstr(logical, "/../") &&
        !has_suffix(logical, "/.") && !has_suffix(logical, "/..") &&
        stat(".", &here) == 0 && stat(logical, &there) == 0 &&
        here.st_dev == there.st_dev && here.st_ino == there.st_ino)
        return xstrdup(logical);
    physical = getcwd(NULL, 0);
    if (!physical || *physical != '/')
        die("the working directory: %s: start in one that exists",
            physical ? "not reachable" : strerror(errno));
    return physical;
}

bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool dir_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void go_up(char *path)
{
    char *slash = strrchr(path, '/');

    slash[slash == path] = '\0';
}

char *parent_of(const char *path)
{
    char *parent = xstrdup(path);

    go_up(parent);
    return parent;
}

const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

bool try_directory(const char *path)
{
    for (size_t length = 0; path[length];) {
        AUTOFREE char *part = next_part(path, &length);

        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            return false;
    }
    return true;
}

void make_directory(const char *path)
{
    if (!try_directory(path))
        die("%s: cannot be made: %s", path, strerror(errno));
}

char *follow_link(const char *path, char **link)
{
    if (has_no_links(path))
        return NULL;
    for (const char *end = path + 1;; end++) {
        AUTOFREE char *part = NULL, *dir = NULL, *whole = NULL;
        char target[PATH_MAX];
        ssize_t n;

        end += strcspn(end, "/");
        part = xstrndup(path, (size_t)(end - path));
        n = readlink(part, target, sizeof(target) - 1);
        if (n > 0) {
            target[n] = '\0';
            dir = parent_of(part);
            whole = xasprintf("%s%s", target, end);
            if (link)
                *link = xstrdup(part);
            return absolute_path(whole, dir);
        }
        if (!*end)
            return NULL;
    }
}

char *real_place(const char *path)
{
    char *place = real_path(path), *next;

    if (place)
        return place;
    place = xstrdup(path);
    for (int hops = 0; hops < 40 && (next = follow_link(place, NULL)); hops++) {
        free(place);
        place = next;
    }
    return place;
}

/* In place: \040 and its like are single bytes. */
static void unescape_octal(char *text)
{
    char *out = text;

    for (; *text; text++) {
        unsigned byte;

        if (*text == '\\' && sscanf(text + 1, "%3o", &byte) == 1) {
            *out++ = (char)byte;
            text += 3;
        } else {
            *out++ = *text;
        }
    }
    *out = '\0';
}

void list_remote_mounts(struct strv *points)
{
    static const char *const types[] = { "nfs",    "nfs4",  "cifs", "smb3",
                                         "9p",     "afs",   "ceph", "lustre",
                                         "ncpfs",  "fuse",  "autofs", NULL };
    AUTOFILE FILE *list = fopen("/proc/self/mountinfo", "re");
    AUTOFREE char *line = NULL;
    char path[PATH_MAX], type[32];
    size_t size = 0;

    while (list && getline(&line, &size, list) > 0) {
        const char *rest = strstr(line, " - ");

        if (!rest || sscanf(line, "%*u %*u %*s %*s %4095s", path) != 1 ||
            sscanf(rest, " - %31s", type) != 1 ||
            (!is_one_of(type, types) && !has_prefix(type, "fuse.")))
            continue;
        unescape_octal(path);
        strv_push(points, path);
    }
}
