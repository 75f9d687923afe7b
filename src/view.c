/*
 * view.c - the list of what will be mounted in the unit, and what it says of
 * a path: seen, hidden, written.
 */
#include "view.h"
#include "path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Top-level directories that are the system's: readable, not writable. */
static const char *const system_dirs[] = {
    "/usr",    "/bin",    "/sbin",    "/etc",  "/var",   "/opt",
    "/boot",   "/nix",    "/gnu",     "/snap", "/proc",  "/sys",
    "/dev",    "/run",    "/tmp",     "/lib",  "/lib32", "/lib64",
    "/libx32", "/libo32", "/libexec", NULL
};

bool is_dry_run(const struct view *view)
{
    return view->policy->dry_run || view->policy->explain_only;
}

static bool is_alias(const struct mount *mount)
{
    return (mount->kind == MOUNT_RO || mount->kind == MOUNT_RW) &&
           !mount->kept && !streq(mount->source, mount->path);
}

/* What systemd will mount for SOURCE: a directory with what autofs(5) mounts
 * there on demand, which the name alone does not ask for. SOURCE was a real path:
 * what cannot be looked at, as where a symlink has come into it since, is no file
 * that the stage will find. */
static struct stat stat_source(const struct view *view, const char *source)
{
    AUTOFREE char *inside = xasprintf("%s/.", source);
    int directory = open_real(inside);
    AUTOCLOSE int fd = directory >= 0 ? directory : open_real(source);
    struct stat st = { 0 };

    if (fd >= 0 ? fstat(fd, &st) < 0
                : errno != ENOSYS || (stat(inside, &st) < 0 &&
                                      stat(source, &st) < 0))
        st = (struct stat){ .st_ino = is_dry_run(view) ? 0 : (ino_t)-1 };
    return st;
}

void add_mount(struct view *view, enum mount_kind kind, const char *source,
               const char *path, const char *options, const char *reason)
{
    size_t length = strlen(path);
    struct stat st = { 0 };

    for (size_t i = 0; i < view->mount_count; i++)
        if (view->mounts[i].kind == kind && view->mounts[i].length == length &&
            streq(view->mounts[i].path, path))
            return;
    if (!can_be_mounted(path) || !can_be_mounted(source))
        die("%s: expected a path in UTF-8 without control characters: "
            "systemd would write it into a unit file as it is",
            ellipsize(path));
    if (kind == MOUNT_RO || kind == MOUNT_RW)
        st = stat_source(view, source);
    view->mounts =
        grow(view->mounts, view->mount_count, sizeof(*view->mounts));
    view->mounts[view->mount_count++] = (struct mount){
        .kind = kind,
        .source = xstrdup(source),
        .path = xstrdup(path),
        .length = length,
        .options = options,
        .reason = reason,
        .device = st.st_dev,
        .inode = st.st_ino,
    };
    view->has_aliases |= is_alias(&view->mounts[view->mount_count - 1]);
}

void add_kept_mount(struct view *view, const char *source, const char *path,
                    const char *reason)
{
    size_t count = 0;

    for (size_t i = 0; i < view->mount_count; i++)
        if (view->mounts[i].kind != MOUNT_TMPFS ||
            !streq(view->mounts[i].path, path))
            view->mounts[count++] = view->mounts[i];
    view->mount_count = count;
    add_mount(view, MOUNT_RW, source, path, NULL, reason);
    if (view->mount_count > count)
        view->mounts[count].kept = true;
}

bool is_top_level(const char *path)
{
    return path[1] && !strchr(path + 1, '/');
}

bool is_system_dir(const char *path)
{
    return is_one_of(path, system_dirs);
}

const struct mount *mount_over(const struct view *view, const char *path)
{
    const struct mount *found = NULL;
    size_t length = strlen(path);

    /* As path_below(), but quick: with a thousand mounts this is called a
     * thousand times and more. */
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];

        if (mount->length <= length &&
            (!found || mount->length >= found->length) &&
            (path[mount->length] == '/' || !path[mount->length]) &&
            memcmp(path, mount->path, mount->length) == 0)
            found = mount;
    }
    return found;
}

bool is_below_homes(const char *path)
{
    return path_below(path, "/home") || path_below(path, "/root") ||
           path_below(path, "/run/user");
}

bool is_hidden(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);

    if (mount)
        return mount->kind == MOUNT_TMPFS ||
               mount->kind == MOUNT_INACCESSIBLE || mount->kept;
    if (view->policy->private_tmp.on && in_tmp(path))
        return true;
    return (streq(view->protect_home, "yes") ||
            streq(view->protect_home, "tmpfs")) &&
           is_below_homes(path);
}

bool is_inaccessible(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);

    return mount && mount->kind == MOUNT_INACCESSIBLE;
}

void aliases_of(const struct view *view, const char *file, struct strv *names)
{
    for (size_t i = 0; view->has_aliases && i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        char *name;

        if (!is_alias(mount) || !path_below(file, mount->source) ||
            streq(file, mount->source))
            continue;
        name = xasprintf("%s%s", mount->path, file + strlen(mount->source));
        /* Not where something else lies over it. */
        if (mount_over(view, name) == mount && !strv_has(names, name))
            strv_take(names, name);
        else
            free(name);
    }
}

/* The outside path of what the unit shows at PATH, if ITSELF were not
 * mounted. */
static char *file_at(const struct view *view, const char *path,
                     const struct mount *itself)
{
    const struct mount *found = NULL;

    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];

        if (mount != itself && !streq(mount->path, path) &&
            path_below(path, mount->path) &&
            (!found || mount->length > found->length))
            found = mount;
    }
    if (!found || (found->kind != MOUNT_RO && found->kind != MOUNT_RW))
        return xstrdup(path);
    return xasprintf("%s%s", found->source, path + found->length);
}

void mount_at_every_name(struct view *view)
{
    /* The list grows: a mount that was added has aliases, too. */
    for (size_t i = 0; view->has_aliases && i < view->mount_count; i++) {
        struct mount mount = view->mounts[i];
        AUTOFREE char *file = NULL;
        AUTOSTRV struct strv names = { 0 };

        file = file_at(view, mount.path, &view->mounts[i]);
        aliases_of(view, file, &names);
        for (size_t j = 0; j < names.n; j++)
            add_mount(view, mount.kind, mount.source, names.v[j], mount.options,
                      mount.reason);
    }
}

bool is_writable_inside(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);
    AUTOSTRV struct strv names = { 0 };
    bool writable = mount && mount->kind == MOUNT_RW && !mount->kept;

    /* aliases_of() returns only uncovered paths: mount_over() is the bind that
     * shows FILE, never NULL. */
    aliases_of(view, path, &names);
    for (size_t i = 0; i < names.n && !writable; i++)
        writable = mount_over(view, names.v[i])->kind == MOUNT_RW;
    return writable;
}

bool is_activated(const char *path)
{
    static const char *const variables[] = { "VIRTUAL_ENV", "CONDA_PREFIX",
                                             NULL };

    for (const char *const *name = variables; *name; name++) {
        const char *value = getenv(*name);
        AUTOFREE char *real =
            value && *value == '/' ? real_path(value) : NULL;

        if (real && !is_top_level(real) && path_below(path, real) &&
            !path_below(home_directory(), real))
            return true;
    }
    return false;
}

bool may_be_written(const struct view *view, const char *path)
{
    if (is_writable_inside(view, path))
        return true;
    for (size_t i = 0; i < view->mount_count; i++)
        if (view->mounts[i].kind == MOUNT_RW &&
            path_below(path, view->mounts[i].source))
            return true;
    for (size_t i = 0; view->rule_paths && i < view->policy->path_count; i++)
        if (view->policy->paths[i].access == ACCESS_RW &&
            path_below(path, view->rule_paths[i].path))
            return true;
    return false;
}

const char *below_home(const char *path, const struct strv *homes)
{
    for (size_t i = 0; i < homes->n; i++)
        if (path_below(path, homes->v[i]) && !streq(path, homes->v[i]))
            return path + strlen(homes->v[i]);
    return NULL;
}
