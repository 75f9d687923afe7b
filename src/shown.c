/*
 * shown.c - what the stage mounts, not systemd. A mount costs systemd a hundredth
 * of a launch and more, the more of them there are, for it reads the list of all
 * mounts for each (measured on 257); the stage a few system calls.
 *
 * An empty directory is a tmpfs. To show files of a hidden home directory systemd
 * binds that once more at a place that is hidden, too, and the stage clones from
 * there what is to be seen, before anything of the command runs. open_tree(2),
 * move_mount(2), mount_setattr(2)
 */
#include "shown.h"
#include "path.h"
#include "tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Below this systemd's own are as quick. */
enum { LEAST = 4 };

/* ---- outside ---- */

static bool is_parent(const struct view *view, const struct mount *mount)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *other = &view->mounts[i];

        if (other != mount && other->length >= mount->length &&
            path_below(other->path, mount->path))
            return true;
    }
    return false;
}

/* The hidden directory, which can be written, that MOUNT shows its own file of;
 * NULL where it is systemd's: what lies over or under another mount, or holds
 * playpen, by which systemd starts the unit. */
static const struct mount *hidden_around(const struct view *view,
                                         const struct mount *mount,
                                         const char *self)
{
    AUTOFREE char *parent = NULL;
    const struct mount *over;

    if (mount->kind != MOUNT_RO || !mount->inode || mount->kept ||
        !streq(mount->source, mount->path) ||
        (self && path_below(self, mount->path)) || is_parent(view, mount))
        return NULL;
    parent = parent_of(mount->path);
    over = mount_over(view, parent);
    return over && over->kind == MOUNT_TMPFS && over->options &&
                   !has_prefix(over->options, "ro")
               ? over
               : NULL;
}

/* Is MOUNT an empty directory of the system's tree, which nothing in the unit
 * needs before the stage is there? */
static bool is_empty_directory(const struct view *view,
                               const struct mount *mount, const char *self)
{
    AUTOFREE char *parent = parent_of(mount->path);

    return mount->kind == MOUNT_TMPFS && mount->options &&
           streq(mount->options, "ro") && !mount_over(view, parent) &&
           !is_below_homes(mount->path) && !path_below(SHOWN_FROM, mount->path) &&
           !(self && path_below(self, mount->path)) && !is_parent(view, mount);
}

void choose_shown(struct view *view, const struct host *host)
{
    AUTOFREE char *self = own_file();
    const struct mount *home = NULL;
    size_t count = 0;

    if (!view->restricted || host->system)
        return;
    for (size_t i = 0; i < view->mount_count; i++) {
        struct mount *mount = &view->mounts[i];
        const struct mount *around = hidden_around(view, mount, self);

        if (!home)
            home = around;
        mount->by_stage = around && around == home;
        count += mount->by_stage;
    }
    if (count >= LEAST)
        view->shown_from = home->path;
    for (size_t i = 0; i < view->mount_count; i++)
        view->mounts[i].by_stage =
            (view->mounts[i].by_stage && view->shown_from) ||
            is_empty_directory(view, &view->mounts[i], self);
}

/* ---- inside ---- */

const char *hide_directories(const struct strv *paths)
{
    for (size_t i = 0; i < paths->n; i++)
        if (mount("tmpfs", paths->v[i], "tmpfs",
                  MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=0755") < 0)
            return paths->v[i];
    return NULL;
}

/* PATH, in which to mount a directory or a file, with its parents. */
static bool make_place(char *path, bool directory)
{
    int fd;

    for (char *slash = strchr(path + 1, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)!mkdir(path, 0755);
        *slash = '/';
    }
    if (directory)
        return mkdir(path, 0755) == 0 || errno == EEXIST;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* PATH relative to FD, with AT_ flags. linux/mount.h of the build machine may be
 * older. */
static bool set_read_only(int fd, const char *path, unsigned flags,
                          bool read_only)
{
    /* 1 is MOUNT_ATTR_RDONLY */
    const struct {
        uint64_t set, clear, propagation, user;
    } attributes = { .set = read_only, .clear = !read_only };

    return syscall(442 /* mount_setattr */, fd, path,
                   flags | 0x8000 /* AT_RECURSIVE */, &attributes,
                   sizeof(attributes)) == 0;
}

bool make_read_only(const char *path, bool read_only)
{
    return set_read_only(AT_FDCWD, path, 0, read_only);
}

bool is_read_only(const char *path)
{
    struct statvfs fs;

    return statvfs(path, &fs) == 0 ? fs.f_flag & ST_RDONLY
                                   : access(path, W_OK) < 0;
}

static bool show_file(const struct tree *from, const char *name, char *path)
{
    AUTOCLOSE int fd = open_in(from, name, O_PATH);
    AUTOCLOSE int tree = -1;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return false;
    tree = (int)syscall(428 /* open_tree */, fd, "",
                        1 /* OPEN_TREE_CLONE */ | O_CLOEXEC | AT_EMPTY_PATH |
                            0x8000 /* AT_RECURSIVE */);
    return tree >= 0 &&
           set_read_only(tree, "", AT_EMPTY_PATH, true) &&
           make_place(path, S_ISDIR(st.st_mode)) &&
           syscall(429 /* move_mount */, tree, "", AT_FDCWD, path,
                   4 /* MOVE_MOUNT_F_EMPTY_PATH */) == 0;
}

const char *show_files(const char *home, const struct strv *files)
{
    struct tree from;

    if (!tree_open(&from, SHOWN_FROM))
        return SHOWN_FROM;
    for (size_t i = 0; i < files->n; i++) {
        char *path = strchr(files->v[i], '/');

        if (!path || !path_below(path, home) || streq(path, home)) {
            errno = EINVAL;
            return files->v[i];
        }
        if (!show_file(&from, path + strlen(home) + 1, path))
            return path;
    }
    tree_close(&from);
    return umount2(SHOWN_FROM, MNT_DETACH) == 0 ? NULL : SHOWN_FROM;
}
