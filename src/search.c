/*
 * search.c - reads every directory of a tree. As cheap as find(1) without a
 * test: openat2, getdents64 and close for each directory.
 */
#include "search.h"

#include "autorun.h"
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BUFFER = 1 << 16,
    LONGEST = 4000, /* bytes of a path: beyond PATH_MAX git cannot go either */
    MOST = 1 << 26, /* bytes of all paths that are kept: no tree has so many but
                       one that is to have playpen killed */
    SAMPLES = 16,   /* files of packages whose links are counted */
};

struct walk {
    const struct tree *tree;
    unsigned wanted;
    struct deadline deadline;
    struct findings *found;
    struct strv queue; /* directories, relative to the tree */
    size_t kept;       /* bytes of paths */
    unsigned samples;
    struct strv silent; /* mount points that do not answer, relative too */
    /* of the directory that is read: */
    bool packages; /* it belongs to packages */
    char *place;   /* as of the tree, struct tree; NULL: not looked for */
    enum autorun autorun;
    struct strv links;
    struct strv of_envrc; /* names that count where an .envrc is there */
};

/* linux/dirent.h is the kernel's own. */
struct kernel_dirent {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

/* Microseconds in which this process could have run and others did: the second
 * number (Linux, Documentation/scheduler/sched-stats.rst); 0 where the kernel
 * does not count them. */
static int64_t waited(void)
{
    AUTOFREE char *text = read_small_file("/proc/self/schedstat");
    const char *second = text ? strchr(text, ' ') : NULL;

    return second ? strtoll(second, NULL, 10) / 1000 : 0;
}

struct deadline search_deadline(int milliseconds)
{
    return (struct deadline){ .begin = now_us(), .waited = waited(),
                              .time = (int64_t)milliseconds * 1000 };
}

bool is_past(struct deadline deadline)
{
    int64_t taken = now_us() - deadline.begin;

    return taken > deadline.time &&
           (taken > 5 * deadline.time ||
            taken > deadline.time + (waited() - deadline.waited));
}

static bool is_too_much(const struct walk *walk)
{
    return is_past(walk->deadline) || walk->kept > MOST;
}

/* DIR/NAME, both relative. */
static char *join(const char *dir, const char *name)
{
    return streq(dir, ".") ? xstrdup(name) : xasprintf("%s/%s", dir, name);
}

static char *absolute(const struct tree *tree, const char *path)
{
    return streq(path, ".") ? xstrdup(tree->path)
                            : xasprintf("%s/%s", tree->path, path);
}

static void add(struct walk *walk, enum find what, const char *dir,
                const char *name)
{
    struct findings *found = walk->found;
    AUTOFREE char *path = name ? join(dir, name) : xstrdup(dir);

    if (!(walk->wanted & what))
        return;
    walk->kept += strlen(walk->tree->path) + strlen(path);
    found->list = grow(found->list, found->count, sizeof(*found->list));
    found->list[found->count++] =
        (struct finding){ .what = what, .path = absolute(walk->tree, path) };
}

static void cut_short(struct walk *walk, const char *dir)
{
    if (!walk->found->cut)
        walk->found->cut = absolute(walk->tree, dir);
}

/* Installers that link out of a store do it with each file. */
static void sample(struct walk *walk, int fd, const char *name)
{
    struct stat st;

    walk->samples--;
    walk->found->shared |= fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
                           S_ISREG(st.st_mode) && st.st_nlink > 1;
}

/* What the names of one directory's entries say of it. */
struct names {
    bool git, head, objects, envrc;
};

static void look_at_entry(struct walk *walk, int fd, const char *dir,
                          const struct kernel_dirent *entry,
                          struct names *names)
{
    const char *name = entry->name;
    unsigned char type = entry->type;
    struct stat st;

    if (streq(name, ".") || streq(name, ".."))
        return;
    if (type == DT_UNKNOWN && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = IFTODT(st.st_mode);
    /* As a file system that folds case takes them. */
    names->git |= *name == '.' && strcasecmp(name, ".git") == 0;
    names->head |= strcasecmp(name, "HEAD") == 0;
    names->envrc |= streq(name, ".envrc");
    names->objects |= strcasecmp(name, "objects") == 0 ||
                      strcasecmp(name, "commondir") == 0;
    if (type == DT_DIR) {
        walk->kept += strlen(dir) + strlen(name);
        strv_take(&walk->queue, join(dir, name));
        return;
    }
    if (type == DT_LNK && walk->wanted & FIND_LINK) {
        walk->kept += strlen(name);
        strv_push(&walk->links, name);
    }
    if (type == DT_SOCK || type == DT_FIFO)
        add(walk, FIND_PIPE, dir, name);
    if (!(walk->wanted & FIND_AUTORUN))
        return;
    if (walk->packages && type == DT_REG && walk->samples)
        sample(walk, fd, name);
    else if (!walk->packages &&
             (runs_by_itself(walk->autorun, walk->place, name) ||
              (type == DT_LNK && leads_to_autoruns(walk->place, name))))
        add(walk, FIND_AUTORUN, dir, name);
    else if (!walk->packages && runs_beside_envrc(name))
        strv_push(&walk->of_envrc, name);
}

/* Is a part of PATH called .git? */
static bool is_in_git(const char *path)
{
    for (const char *at = path; (at = strstr(at, ".git")); at += 4)
        if ((at == path || at[-1] == '/') && (at[4] == '/' || !at[4]))
            return true;
    return false;
}

/* What of DIR runs by itself. All does in a part of a repository that is granted
 * alone, as its hooks. */
static void look_at_place(struct walk *walk, const char *dir)
{
    const char *place = walk->tree->place;

    free(walk->place);
    walk->place = NULL;
    if (!(walk->wanted & FIND_AUTORUN))
        return;
    walk->packages = in_packages(dir);
    walk->place = !place                ? xstrdup(dir)
                  : streq(dir, ".") ? xstrdup(place)
                                        : join(place, dir);
    walk->autorun = place && is_in_git(place) ? AUTORUN_ALL
                                              : autorun_in(walk->place);
}

static void read_directory(struct walk *walk, int fd, const char *dir,
                           char *buffer)
{
    struct names names = { 0 };
    long n;

    look_at_place(walk, dir);
    while ((n = syscall(SYS_getdents64, fd, buffer, BUFFER)) > 0) {
        /* One directory may hold millions of others. */
        if (is_too_much(walk)) {
            cut_short(walk, dir);
            break;
        }
        for (long at = 0; at < n;) {
            const struct kernel_dirent *entry = (const void *)(buffer + at);

            look_at_entry(walk, fd, dir, entry, &names);
            at += entry->length;
        }
    }
    if (n < 0)
        cut_short(walk, dir);
    if (names.git)
        add(walk, FIND_GIT, dir, NULL);
    if (names.head && names.objects)
        add(walk, FIND_BARE, dir, NULL);
    if (walk->links.n && ((names.head && names.objects) || is_in_git(dir) ||
                          is_in_git(walk->tree->path)))
        for (size_t i = 0; i < walk->links.n; i++)
            add(walk, FIND_LINK, dir, walk->links.v[i]);
    for (size_t i = 0; names.envrc && i < walk->of_envrc.n; i++)
        add(walk, FIND_AUTORUN, dir, walk->of_envrc.v[i]);
    strv_free(&walk->links);
    strv_free(&walk->of_envrc);
}

/* A directory that is not the user's was not made by what ran for the user. One
 * that is, and cannot be read, may be passed through all the same. */
static void cannot_read(struct walk *walk, const char *dir, int error)
{
    struct stat st;

    if (error == ENOENT || error == ENOTDIR || error == ELOOP)
        return;
    if (error == EACCES && stat_in(walk->tree, dir, &st) == 0 &&
        st.st_uid != geteuid())
        return;
    cut_short(walk, dir);
}

/* For FIND_OWN: is DIR, open as FD, the user's? */
static bool is_own(struct walk *walk, int fd, const char *dir)
{
    struct stat st;

    if (!(walk->wanted & FIND_OWN) || fstat(fd, &st) < 0 ||
        st.st_uid != geteuid())
        return false;
    add(walk, FIND_OWN, dir, NULL);
    return true;
}

/* Can DIR be read within a second? A process that waits for a file system is
 * ended by a signal alone. Where it cannot be tried it is presumed. */
static bool answers(const struct tree *tree, const char *dir, char *buffer)
{
    int ends[2], fd;
    char byte;
    bool good;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return true;
    pid = fork();
    if (pid == 0) {
        sigset_t all;

        signal(SIGALRM, SIG_DFL);
        sigfillset(&all);
        sigprocmask(SIG_UNBLOCK, &all, NULL);
        alarm(1);
        fd = open_in(tree, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd >= 0)
            (void)!syscall(SYS_getdents64, fd, buffer, BUFFER);
        (void)!write(ends[1], "", 1);
        _exit(0);
    }
    close(ends[1]);
    good = pid < 0 || read(ends[0], &byte, 1) == 1;
    close(ends[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return good;
}

static void find_silent(struct walk *walk, char *buffer)
{
    AUTOSTRV struct strv points = { 0 };

    list_remote_mounts(&points);
    for (size_t i = 0; i < points.n; i++) {
        const char *dir = path_in(walk->tree, points.v[i]);

        if (dir && !strv_has(&walk->silent, dir) &&
            (is_past(walk->deadline) || !answers(walk->tree, dir, buffer)))
            strv_push(&walk->silent, dir);
    }
}

void search(const struct tree *tree, unsigned wanted, struct deadline deadline,
            struct findings *found)
{
    AUTOFREE char *buffer = xmalloc(BUFFER);
    struct walk walk = { .tree = tree, .wanted = wanted, .found = found,
                         .deadline = deadline, .samples = SAMPLES };

    find_silent(&walk, buffer);
    strv_push(&walk.queue, ".");
    for (size_t i = 0; i < walk.queue.n; i++) {
        const char *dir = walk.queue.v[i];
        int fd;

        if (is_too_much(&walk) || strlen(dir) > LONGEST) {
            cut_short(&walk, dir);
            if (strlen(dir) > LONGEST)
                continue;
            break;
        }
        if (strv_has(&walk.silent, dir)) {
            cut_short(&walk, dir);
            continue;
        }
        fd = open_in(tree, dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd < 0) {
            cannot_read(&walk, dir, errno);
            continue;
        }
        if (!is_own(&walk, fd, dir))
            read_directory(&walk, fd, dir, buffer);
        close(fd);
    }
    strv_free(&walk.queue);
    free(walk.place);
    strv_free(&walk.silent);
}

void findings_free(struct findings *found)
{
    for (size_t i = 0; i < found->count; i++)
        free(found->list[i].path);
    free(found->list);
    free(found->cut);
    *found = (struct findings){ 0 };
}
