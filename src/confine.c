/*
 * confine.c - what the command will see: the mounts of the unit. Three things in
 * this order: what is hidden (hide.c), what is granted in it (grant.c,
 * command.c), and what of the granted is protected all the same (here and git.c).
 */
#include "confine.h"
#include "command.h"
#include "git.h"
#include "grant.h"
#include "hide.h"
#include "path.h"
#include "preset.h"

#include <dirent.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The user's home by the environment and by the password database. */
static void list_homes(struct strv *homes)
{
    struct passwd *pw = getpwuid(geteuid());
    const char *both[] = { home_directory(), pw ? pw->pw_dir : NULL };

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        AUTOFREE char *path = both[i] ? absolute_path(both[i], "/") : NULL;
        AUTOFREE char *real = path ? resolve(path) : NULL;

        if (path && !streq(path, "/") && !strv_has(homes, path))
            strv_push(homes, path);
        if (real && !streq(real, "/") && !strv_has(homes, real))
            strv_push(homes, real);
    }
}

/* What is mounted below a directory that is granted read-write keeps its place
 * only if no directory between the two can be renamed and made anew: each is
 * a mount point of its own. */
static void pin_parents(struct view *view)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        AUTOFREE char *parent = parent_of(view->mounts[i].path);
        const struct mount *over = mount_over(view, parent);

        if (over && over->kind == MOUNT_RW && !streq(over->path, parent) &&
            exists(parent))
            add_mount(view, MOUNT_RW, parent, parent, NULL,
                      "not to be renamed");
    }
}

/* The user's presets say what the next run is granted: where they lie in what
 * is granted, they cannot be changed, nor made. */
static void protect_presets(struct view *view)
{
    static const char reason[] = "presets, which grant to the next run";
    AUTOFREE char *named = preset_directory();
    AUTOFREE char *real = NULL;
    struct dirent *entry;
    DIR *dir;

    if (is_writable_inside(view, named) && !exists(named) &&
        !only_shown(view))
        make_directory(named);
    real = resolve(named);
    if (real && is_writable_inside(view, real))
        add_mount(view, MOUNT_RO, real, real, NULL, reason);
    /* One may be a link into what is granted, as a dotfiles repository has it. */
    dir = opendir(named);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *link = xasprintf("%s/%s", named, entry->d_name);
        AUTOFREE char *target = resolve(link);
        struct stat st;

        if (target && stat(target, &st) == 0 && S_ISREG(st.st_mode) &&
            is_writable_inside(view, target))
            add_mount(view, MOUNT_RO, target, target, NULL, reason);
    }
    if (dir)
        closedir(dir);
}

/* Would the command look for PATH, which exists, in vain? */
static bool is_missed(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);
    AUTOFREE char *real = NULL;

    /* What was taken away by name is known, and a mount point is there. */
    if (mount && (mount->kind == MOUNT_INACCESSIBLE ||
                  streq(mount->path, path) ||
                  (*mount->source && !streq(mount->source, mount->path))))
        return false;
    if (streq(path, "/tmp") || streq(path, "/var/tmp"))
        return false;
    if (is_hidden(view, path))
        return exists(path);
    real = view->restricted ? resolve(path) : NULL;
    return real && !streq(real, path) && is_missed(view, real);
}

/* One line for the first argument that names something that is there and that
 * the run hides. Not all of a long list is looked at: it costs time. */
static void point_out_hidden(const struct view *view)
{
    const struct policy *policy = view->policy;
    size_t left = 200;

    if (policy->quiet)
        return;
    for (char **arg = policy->command + 1; *arg && left; arg++, left--) {
        const char *equals = strchr(*arg, '=');
        const char *text = equals && equals[1] == '/' ? equals + 1 : *arg;
        AUTOFREE char *path = NULL;

        if (*text == '-' || !*text || *text == '~' || strlen(text) >= PATH_MAX)
            continue;
        path = absolute_path(text, policy->directory);
        if (has_control(path) || !utf8_valid(path) || !is_missed(view, path))
            continue;
        warn("%s is there but hidden from the command: %s %s shows it", text,
             view->restricted ? "--ro" : "--rw", text);
        return;
    }
}

static bool has_restriction(const struct view *view)
{
    const struct policy *policy = view->policy;
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].access != ACCESS_RW)
            return true;
    return policy->current_dir_only.on || policy->project_only.on ||
           !streq(view->protect_home, "no") ||
           !streq(view->protect_system, "no");
}

/* ProtectHome=yes takes away all that is mounted below it as well (namespace.c of
 * systemd); with "tmpfs" there is as little to be seen, and the grants. */
static void show_grants_in_home(struct view *view)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];

        if (streq(view->protect_home, "yes") &&
            (mount->kind == MOUNT_RO || mount->kind == MOUNT_RW) &&
            is_below_homes(mount->path))
            view->protect_home = "tmpfs";
    }
}

/* --protect-home means the user's home directory also where ProtectHome= does not
 * look for one, as below /srv. */
static void protect_home_elsewhere(struct view *view,
                                   const struct strv *homes)
{
    bool read_only = streq(view->protect_home, "read-only");

    for (size_t i = 0; !streq(view->protect_home, "no") && i < homes->n; i++) {
        AUTOFREE char *home = resolve(homes->v[i]);

        if (!home || is_below_homes(home) || is_hidden(view, home))
            continue;
        add_mount(view, read_only ? MOUNT_RO : MOUNT_TMPFS,
                  read_only ? home : "", home, read_only ? NULL : "ro",
                  "--protect-home");
    }
}

static void see_working_directory(struct view *view)
{
    const struct policy *policy = view->policy;
    AUTOFREE char *real = resolve(policy->directory);

    /* systemd takes away what is mounted below it as well. */
    for (size_t i = 0; real && i < view->mount_count; i++)
        if (view->mounts[i].kind == MOUNT_INACCESSIBLE &&
            path_below(real, view->mounts[i].path))
            die("the working directory %s is made inaccessible: start in "
                "another",
                policy->directory);
    if (!is_hidden(view, policy->directory) || policy->project_only.on)
        return;
    if (path_below(policy->directory, "/tmp") ||
        path_below(policy->directory, "/var/tmp")) {
        if (streq(policy->directory, "/tmp") ||
            streq(policy->directory, "/var/tmp"))
            return; /* the private one will do */
        add_mount(view, MOUNT_RW, policy->directory, policy->directory, NULL,
                  "the working directory");
        return;
    }
    die("the working directory %s is hidden by this run: add --rw . or "
        "--current-dir-only",
        policy->directory);
}

/* A directory as a stream leads to all that is in the one above it. */
static void refuse_directories(void)
{
    static const char *const names[] = { "input", "output", "error" };

    for (int fd = 0; fd < 3; fd++) {
        struct stat st;

        if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
            die("standard %s is a directory, which leads out of any path "
                "restriction: name it with --ro or --rw",
                names[fd]);
    }
}

void confine(const struct policy *policy, const struct host *host,
             const char *executable, struct view *view)
{
    AUTOFREE char *self = realpath("/proc/self/exe", NULL);
    bool bundle = policy->current_dir_only.on || policy->project_only.on;
    bool home_is_seen = streq(policy->protect_home.name, "read-only");
    struct strv homes = { 0 };

    *view = (struct view){
        .policy = policy,
        .protect_home = policy->protect_home.name,
        .protect_system = policy->protect_system.name,
        .executable = executable,
    };
    view->restricted = has_restriction(view);
    if (view->restricted && (host->system || host->uid == 0))
        die("path restrictions do not hold for root, which reads any file "
            "that is left: run it as a user");
    if (view->restricted && !policy->private_tmp.on)
        die("--private-tmp false and a path restriction contradict each "
            "other: sockets in /tmp lead out; grant what is needed with --rw");
    if (view->restricted)
        refuse_directories();
    list_homes(&homes);
    if (bundle)
        hide_everything(view, &homes);
    if (view->restricted)
        hide_helpers(view);
    if (bundle)
        grant_bundle(view, &homes);
    else if (!home_is_seen)
        protect_home_elsewhere(view, &homes);
    grant_rules(view);
    see_working_directory(view);
    if (view->restricted) {
        close_known_sockets(view, &homes);
        hide_system_sockets(view, &homes);
        hide_pipes(view);
        if (home_is_seen && !bundle) /* after its sockets are found */
            protect_home_elsewhere(view, &homes);
        mount_at_every_name(view);
    }
    grant_command(view, &homes);
    if (self && (is_hidden(view, self) ||
                 (view->restricted && is_writable_inside(view, self))))
        add_mount(view, MOUNT_RO, self, self, NULL, "playpen's stage");
    if (view->restricted) {
        protect_repositories(view, host->runtime_dir);
        protect_presets(view);
        mount_at_every_name(view);
        pin_parents(view);
        remember_protected(view);
    }
    show_grants_in_home(view);
    point_out_hidden(view);
    strv_free(&homes);
}
