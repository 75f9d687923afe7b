/*
 * confine.c - what the command will see: the mounts of the unit. Three things
 * in this order: what is hidden (hide.c), what is granted in it (grant.c,
 * command.c), and what of the granted is protected all the same (here and
 * git.c).
 */
#include "confine.h"
#include "command.h"
#include "git.h"
#include "gpu.h"
#include "grant.h"
#include "hide.h"
#include "hints.h"
#include "nameservice.h"
#include "path.h"
#include "persist.h"
#include "preset.h"
#include "properties.h"
#include "session.h"
#include "ssh.h"
#include "shown.h"

#include <dirent.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void list_homes(struct strv *homes)
{
    struct passwd *pw = getpwuid(geteuid());
    const char *both[] = { home_directory(), pw ? pw->pw_dir : NULL };

    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        AUTOFREE char *path = both[i] ? absolute_path(both[i], "/") : NULL;
        AUTOFREE char *real = path ? real_path(path) : NULL;

        if (path && !streq(path, "/") && !strv_has(homes, path))
            strv_push(homes, path);
        if (real && !streq(real, "/") && !strv_has(homes, real))
            strv_push(homes, real);
    }
}

/* A mount below a directory that is granted read-write keeps its place only if
 * no directory between the two can be renamed and made anew: each of them is
 * made a mount point, which cannot be renamed. */
static void pin_parents(struct view *view)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        AUTOFREE char *parent = parent_of(view->mounts[i].path);
        const struct mount *over = mount_over(view, parent);

        AUTOFREE char *source = NULL;

        if (!over || over->kind != MOUNT_RW || streq(over->path, parent))
            continue;
        source = xasprintf("%s%s", over->source, parent + over->length);
        if (!exists(source))
            continue;
        if (over->kept)
            add_kept_mount(view, source, parent, "not to be renamed");
        else
            add_mount(view, MOUNT_RW, source, parent, NULL,
                      "not to be renamed");
    }
}

/* Dies if a symlink that the command could replace leads to NAME. */
static void refuse_led(const struct view *view, const char *name)
{
    if (link_is_writable_inside(view, name))
        die("%s lies behind a symlink that the command could replace, and grants "
            "to the next run: make that link what it leads to",
            name);
}

/* The user's presets decide what the next run is granted: inside a directory
 * that this run may write they are read-only, and none can be made. The
 * directory, or a preset, may be a link into what is granted, as with a dotfiles
 * repository. */
static void protect_presets(struct view *view)
{
    static const char reason[] = "presets, which grant to the next run";
    AUTOFREE char *named = preset_directory();
    AUTOFREE char *place = real_place(named);
    struct dirent *entry;
    AUTODIR DIR *dir = NULL;

    if (is_lifted(view, place))
        return;
    refuse_led(view, named);
    if (is_writable_inside(view, place) && !exists(place) && !is_dry_run(view))
        make_directory(place);
    if (exists(place) && is_writable_inside(view, place))
        add_mount(view, MOUNT_RO, place, place, NULL, reason);
    dir = opendir(named);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *link = xasprintf("%s/%s", named, entry->d_name);
        AUTOFREE char *target = real_place(link);
        struct stat st;

        if (entry->d_type != DT_LNK || !is_writable_inside(view, target) ||
            is_lifted(view, target))
            continue;
        refuse_led(view, link);
        if (stat(target, &st) < 0)
            die("%s leads to what is not there, and what the command could make: "
                "remove that link",
                link);
        if (S_ISREG(st.st_mode))
            add_mount(view, MOUNT_RO, target, target, NULL, reason);
    }
}

/* ProtectHome=yes takes away what is mounted below it, too (namespace.c of
 * systemd). ProtectHome=tmpfs hides as much and leaves the grants. */
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

/* --protect-home means the user's home directory also where ProtectHome= does
 * not look for one, as below /srv. */
static void protect_home_elsewhere(struct view *view, const struct strv *homes)
{
    bool read_only = streq(view->protect_home, "read-only");

    for (size_t i = 0; !streq(view->protect_home, "no") && i < homes->n; i++) {
        AUTOFREE char *home = real_path(homes->v[i]);

        if (!home || is_below_homes(home) || is_hidden(view, home))
            continue;
        add_mount(view, read_only ? MOUNT_RO : MOUNT_TMPFS,
                  read_only ? home : "", home, read_only ? NULL : "ro",
                  "--protect-home");
    }
}

static void expose_working_directory(struct view *view)
{
    const struct policy *policy = view->policy;
    AUTOFREE char *real = real_path(policy->directory);

    if (!policy->limits_only.on && access(".", X_OK) < 0)
        die("the working directory %s cannot be entered: chmod u+x it, or start "
            "in another",
            policy->directory);
    /* systemd takes away what is mounted below it as well. */
    for (size_t i = 0; real && i < view->mount_count; i++)
        if (view->mounts[i].kind == MOUNT_INACCESSIBLE &&
            path_below(real, view->mounts[i].path))
            die("the working directory %s is made inaccessible: start in "
                "another",
                policy->directory);
    if (!is_hidden(view, policy->directory) || is_project_only(policy))
        return;
    if (is_tmp(policy->directory))
        return; /* the private one will do */
    if (in_tmp(policy->directory)) {
        add_mount(view, MOUNT_RW, policy->directory, policy->directory, NULL,
                  "the working directory");
        return;
    }
    die("the working directory %s is hidden by this run: add --rw . or "
        "--current-dir-only",
        policy->directory);
}

/* Through a descriptor of a directory openat(2) reaches all directories above
 * it. */
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

/* The jobserver of make 4.4 is a named pipe in /tmp, which MAKEFLAGS names. */
static void expose_jobserver(struct view *view)
{
    const char *flags = getenv("MAKEFLAGS");
    const char *name = flags ? strstr(flags, "--jobserver-auth=fifo:/") : NULL;
    AUTOFREE char *path = NULL;
    struct stat st;

    if (!name)
        return;
    name = strchr(name, ':') + 1;
    path = xstrndup(name, strcspn(name, " "));
    if (lstat(path, &st) == 0 && S_ISFIFO(st.st_mode) &&
        st.st_uid == geteuid() && is_hidden(view, path))
        add_mount(view, MOUNT_RW, path, path, NULL, "make's jobserver");
}

/* What a path restriction would not hold beside. */
static void refuse_what_opens(const struct policy *policy,
                              const struct host *host)
{
    if (host->system || host->uid == 0)
        die("path restrictions do not hold for root, which reads any file "
            "that is left: run it as a user");
    if (!policy->private_tmp.on)
        die("--private-tmp false and a path restriction contradict each "
            "other: sockets in /tmp lead out; grant what is needed with --rw");
    if (!policy->protect_control_groups.on)
        die("--protect-control-groups false and a path restriction contradict "
            "each other: the limits could be lifted; leave one of them out");
    refuse_directories();
}

static void show_stage(struct view *view)
{
    AUTOFREE char *self = own_file();

    if (self && (is_hidden(view, self) ||
                 (view->restricted && is_writable_inside(view, self))))
        add_mount(view, MOUNT_RO, self, self, NULL, "playpen's stage");
}

void confine(const struct policy *policy, const struct host *host,
             const char *executable, const struct strv *environment,
             struct view *view)
{
    bool bundle = has_bundle(policy),
         home_is_seen = streq(policy->protect_home.name, "read-only");
    AUTOSTRV struct strv homes = { 0 };

    *view = (struct view){
        .policy = policy,
        .protect_home = policy->protect_home.name,
        .protect_system = policy->protect_system.name,
        .executable = executable,
        .restricted = restricts_paths(policy),
    };
    if (policy->limits_only.on && !needs_namespaces(view, host))
        return; /* nothing is hidden */
    if (view->restricted)
        refuse_what_opens(policy, host);
    list_homes(&homes);
    if (bundle)
        hide_everything(view, &homes);
    if (view->restricted) {
        hide_helpers(view);
        show_name_services(view);
    }
    close_name_services(view, host);
    if (bundle)
        grant_bundle(view, &homes);
    else if (!home_is_seen)
        protect_home_elsewhere(view, &homes);
    grant_rules(view, &homes);
    if (view->restricted)
        protect_state(view);
    expose_working_directory(view);
    expose_jobserver(view);
    if (view->restricted) {
        close_known_sockets(view, &homes);
        hide_system_sockets(view, &homes);
        hide_pipes(view);
        if (home_is_seen && !bundle) /* after its sockets are found */
            protect_home_elsewhere(view, &homes);
        mount_at_every_name(view);
    }
    grant_command(view, &homes);
    show_stage(view);
    make_mount_points(view);
    if (view->restricted) {
        protect_repositories(view, host->runtime_dir);
        protect_presets(view);
        mount_at_every_name(view);
        pin_parents(view);
        remember_protected(view);
    }
    show_grants_in_home(view);
    if (policy->gpu.on && policy->private_devices.on)
        show_gpu(view);
    if (!view->restricted)
        keep_session(view, environment);
    if (can_unshare(host) && needs_namespaces(view, host))
        keep_ssh_configuration(view, host);
    choose_shown(view, host);
    warn_hidden_argument(view);
    point_out_repository(view, &homes);
}
