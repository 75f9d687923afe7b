/*
 * confine.c - what the path options add to a policy: the mounts of the unit.
 * Three things in this order: what is hidden, what is granted in it, and what
 * of the granted is protected all the same.
 *
 * What a confined run may write never leads a grant outside of it: neither a
 * symlink nor a "#!" line there is followed to another place.
 */
#include "confine.h"
#include "policy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Top-level directories that are the system's: readable, not writable. */
static const char *const system_dirs[] = {
    "/usr",  "/bin",  "/sbin", "/etc", "/var", "/opt", "/boot", "/nix",
    "/gnu",  "/snap", "/proc", "/sys", "/dev", "/run", "/tmp",  NULL
};

/* Of /run what name resolution needs; all else there is out of reach: buses,
 * managers, engines, agents. */
static const char *const run_allowed[] = {
    "/run/systemd/resolve",          "/run/nscd/socket",
    "/run/NetworkManager/resolv.conf", "/run/resolvconf/resolv.conf", NULL
};

/* And elsewhere. */
static const char *const name_services[] = { "/var/lib/sss/pipes/nss", NULL };

/* Sockets of engines that lie elsewhere. */
static const char *const engine_sockets[] = {
    "/var/lib/incus/unix.socket", "/var/lib/incus/unix.socket.user",
    "/var/lib/lxd/unix.socket",
    "/var/snap/lxd/common/lxd/unix.socket", NULL
};

void add_mount(struct policy *policy, enum mount_kind kind, const char *source,
               const char *path, const char *options, const char *reason)
{
    struct stat st = { 0 };

    for (size_t i = 0; i < policy->mount_count; i++)
        if (streq(policy->mounts[i].path, path) &&
            policy->mounts[i].kind == kind)
            return;
    if (!utf8_valid(path) || has_control(path) || !utf8_valid(source) ||
        has_control(source))
        die("%s: expected a path in UTF-8 without control characters: "
            "systemd would write it into a unit file as it is",
            brief(path));
    if (kind == MOUNT_RO || kind == MOUNT_RW) {
        AUTOFREE char *parent = parent_of(source);

        /* Only what lies where the user may write can be exchanged. */
        if (access(parent, W_OK) < 0 || stat(source, &st) < 0)
            st.st_ino = 0;
    }
    policy->mounts =
        grow(policy->mounts, policy->mount_count, sizeof(*policy->mounts));
    policy->mounts[policy->mount_count++] = (struct mount){
        .kind = kind,
        .source = xstrdup(source),
        .path = xstrdup(path),
        .options = options,
        .reason = reason,
        .device = st.st_dev,
        .inode = st.st_ino,
    };
}

/* Nothing runs, so nothing is made for it either. */
bool only_shown(const struct policy *policy)
{
    return policy->dry_run || policy->explain;
}

bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

char *parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static bool is_top_level(const char *path)
{
    return path[1] && !strchr(path + 1, '/');
}

static bool is_system_dir(const char *path)
{
    return is_one_of(path, system_dirs) || has_prefix(path, "/lib");
}

/* The innermost mount that decides about PATH; NULL for none. */
static const struct mount *mount_over(const struct policy *policy,
                                      const char *path)
{
    const struct mount *found = NULL;

    for (size_t i = 0; i < policy->mount_count; i++) {
        const struct mount *mount = &policy->mounts[i];

        if (path_below(path, mount->path) &&
            (!found || strlen(mount->path) >= strlen(found->path)))
            found = mount;
    }
    return found;
}

/* Is PATH out of sight in the unit? */
static bool is_hidden(const struct policy *policy, const char *path)
{
    const struct mount *mount = mount_over(policy, path);

    if (mount)
        return mount->kind == MOUNT_TMPFS || mount->kind == MOUNT_INACCESSIBLE;
    if (policy->private_tmp.on &&
        (path_below(path, "/tmp") || path_below(path, "/var/tmp")))
        return true;
    return (streq(policy->protect_home, "yes") ||
            streq(policy->protect_home, "tmpfs")) &&
           (path_below(path, "/home") || path_below(path, "/root") ||
            path_below(path, "/run/user"));
}

bool is_inaccessible(const struct policy *policy, const char *path)
{
    const struct mount *mount = mount_over(policy, path);

    return mount && mount->kind == MOUNT_INACCESSIBLE;
}

/* Is PATH where a confined run may write? */
bool is_writable_inside(const struct policy *policy, const char *path)
{
    const struct mount *mount = mount_over(policy, path);

    return mount && mount->kind == MOUNT_RW;
}

/* The same, whatever of it is mounted already, by any of its names. */
static bool may_be_written(const struct policy *policy, const char *path)
{
    if (is_writable_inside(policy, path))
        return true;
    for (size_t i = 0; i < policy->mount_count; i++)
        if (policy->mounts[i].kind == MOUNT_RW &&
            path_below(path, policy->mounts[i].source))
            return true;
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].access == ACCESS_RW && policy->paths[i].path &&
            path_below(path, policy->paths[i].path))
            return true;
    return false;
}

/* Is one of the symlinks on the way from PATH to its file the command's own,
 * by this run or one before? */
static bool led_by_command(const struct policy *policy, const char *path)
{
    char *name = xstrdup(path);
    bool led = false, again = true;

    for (int hops = 0; again && !led; hops++) {
        again = false;
        for (char *end = name; end && !again && !led;) {
            char target[PATH_MAX];
            AUTOFREE char *part = NULL, *place = NULL, *whole = NULL;
            ssize_t n;

            end = strchr(end + 1, '/');
            part = end ? xstrndup(name, (size_t)(end - name)) : xstrdup(name);
            n = readlink(part, target, sizeof(target) - 1);
            if (n < 0)
                continue;
            target[n] = '\0';
            place = parent_of(part);
            led = may_be_written(policy, place) || hops > 40;
            whole = xasprintf("%s%s", target, end ? end : "");
            free(name);
            name = absolute_path(whole, place);
            again = true;
        }
    }
    free(name);
    return led;
}

/* ---- what is hidden ---- */

static void hide_top_level(struct policy *policy)
{
    DIR *root = opendir("/");
    struct dirent *entry;

    if (!root)
        die("/: %s", strerror(errno));
    while ((entry = readdir(root))) {
        AUTOFREE char *path = xasprintf("/%s", entry->d_name);
        struct stat st;

        if (streq(entry->d_name, ".") || streq(entry->d_name, "..") ||
            is_system_dir(path) ||
            lstat(path, &st) < 0 || !S_ISDIR(st.st_mode))
            continue;
        if (streq(path, "/home") || streq(path, "/root"))
            continue; /* ProtectHome= */
        add_mount(policy, MOUNT_TMPFS, "", path, "ro",
                  "not the system's, not granted");
    }
    closedir(root);
}

/* Home directories that lie elsewhere, as /var/home/NAME. */
static void hide_other_homes(struct policy *policy)
{
    struct passwd *pw;

    setpwent();
    while ((pw = getpwent())) {
        AUTOFREE char *parent = NULL;

        if (pw->pw_uid < 1000 || pw->pw_uid >= 60000 || *pw->pw_dir != '/' ||
            is_hidden(policy, pw->pw_dir) || !exists(pw->pw_dir))
            continue;
        parent = parent_of(pw->pw_dir);
        if (streq(pw->pw_dir, "/"))
            continue;
        add_mount(policy, MOUNT_TMPFS, "",
                  streq(parent, "/") || is_system_dir(parent) ? pw->pw_dir
                                                              : parent,
                  "ro", "home directories");
    }
    endpwent();
}

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

static void hide_everything(struct policy *policy, const struct strv *homes)
{
    AUTOFREE char *mail = resolve("/var/mail");

    policy->protect_home = "tmpfs";
    policy->protect_system = "strict";
    hide_top_level(policy);
    hide_other_homes(policy);
    for (size_t i = 0; i < homes->n; i++)
        if (!is_system_dir(homes->v[i]) && exists(homes->v[i]))
            add_mount(policy, MOUNT_TMPFS, "", homes->v[i], "mode=0700",
                      "a throw-away home");
    if (mail)
        add_mount(policy, MOUNT_TMPFS, "", mail, "ro", "mail");
    add_mount(policy, MOUNT_TMPFS, "", "/dev/shm", "mode=1777",
              "shared memory of its own");
}

static void hide_helpers(struct policy *policy)
{
    add_mount(policy, MOUNT_TMPFS, "", "/run", "ro",
              "buses, managers, engines, agents");
    add_mount(policy, MOUNT_TMPFS, "", "/dev/pts", "ro",
              "the other terminals");
    for (const char *const *path = run_allowed; *path; path++)
        if (exists(*path))
            add_mount(policy, MOUNT_RO, *path, *path, NULL, "name resolution");
    for (const char *const *path = engine_sockets; *path; path++)
        if (exists(*path))
            add_mount(policy, MOUNT_INACCESSIBLE, "", *path, NULL,
                      "a container engine");
}

/* ---- what is granted ---- */

static void refuse_too_wide(const char *option, const char *dir,
                            const struct strv *homes)
{
    static const char *const never[] = { "/proc", "/sys", "/dev", "/run",
                                         NULL };

    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], dir))
            die("%s: %s is the home directory or holds it, so that nothing "
                "would be confined: start in a directory below it",
                option, dir);
    for (const char *const *top = never; *top; top++)
        if (path_below(dir, *top))
            die("%s: %s is the system's: start in a directory of your own",
                option, dir);
    if (streq(dir, "/") || (is_top_level(dir) && is_system_dir(dir)) ||
        streq(dir, "/var/tmp"))
        die("%s: %s is the system's: start in a directory of your own", option,
            dir);
}

/* The nearest directory upwards of HERE that holds .git, or HERE. */
static char *project_of(const char *here, const struct strv *homes)
{
    char *dir = xstrdup(here);

    while (!streq(dir, "/")) {
        AUTOFREE char *git = xasprintf("%s/.git", dir);
        char *up;
        bool holds_home = false;

        for (size_t i = 0; i < homes->n; i++)
            holds_home |= path_below(homes->v[i], dir);
        if (holds_home)
            break;
        if (exists(git))
            return dir;
        up = parent_of(dir);
        free(dir);
        dir = up;
    }
    free(dir);
    return xstrdup(here);
}

/* The directory that the file ".git" in TREE, of a linked work tree or a
 * submodule, names, if that points back to TREE; else NULL: what the file says
 * may be the confined code's. gitrepository-layout(5). */
static char *git_dir_of(const char *tree)
{
    AUTOFREE char *file = xasprintf("%s/.git", tree);
    AUTOFREE char *text = read_small_file(file);
    AUTOFREE char *named =
        text && has_prefix(text, "gitdir: ")
            ? absolute_path(text + strlen("gitdir: "), tree)
            : NULL;
    char *dir = named ? resolve(named) : NULL;
    AUTOFREE char *back = dir ? xasprintf("%s/gitdir", dir) : NULL;
    AUTOFREE char *config = dir ? xasprintf("%s/config", dir) : NULL;
    AUTOFREE char *points = back ? read_small_file(back) : NULL;
    AUTOFREE char *says = config && !points ? read_small_file(config) : NULL;
    const char *key = says ? strstr(says, "worktree = ") : NULL;
    AUTOFREE char *path = NULL, *real = NULL;

    if (points) { /* of a linked work tree: the name of its .git */
        path = absolute_path(points, dir);
        real = resolve(path);
        if (real && streq(real, file))
            return dir;
    } else if (key) { /* of a submodule: core.worktree */
        AUTOFREE char *value = NULL;

        key += strlen("worktree = ");
        value = xstrndup(key, strcspn(key, "\n"));
        path = absolute_path(value, dir);
        real = resolve(path);
        if (real && streq(real, tree))
            return dir;
    }
    free(dir);
    return NULL;
}

/* The repository of a linked work tree or a submodule, so that git works. */
static void grant_git_dir(struct policy *policy, const char *tree,
                          const struct strv *homes)
{
    AUTOFREE char *dir = git_dir_of(tree);
    AUTOFREE char *file = dir ? xasprintf("%s/commondir", dir) : NULL;
    AUTOFREE char *text = file ? read_small_file(file) : NULL;
    AUTOFREE char *named = text ? absolute_path(text, dir) : NULL;
    AUTOFREE char *common = named ? resolve(named) : NULL;
    const char *grant = common ? common : dir;
    AUTOFREE char *objects = grant ? xasprintf("%s/objects", grant) : NULL;

    for (size_t i = 0; grant && i < homes->n; i++)
        if (path_below(homes->v[i], grant))
            return;
    /* A work tree's own directory lies in the common one. */
    if (grant && exists(objects) && path_below(dir, grant) &&
        !path_below(grant, tree))
        add_mount(policy, MOUNT_RW, grant, grant, NULL,
                  "the project's repository");
}

static void grant_bundle(struct policy *policy, const struct strv *homes)
{
    bool project = policy->project_only.on &&
                   policy->project_only.level >= policy->current_dir_only.level;
    const char *option = project ? "--project-only" : "--current-dir-only";
    AUTOFREE char *here = resolve(policy->directory);
    AUTOFREE char *dir = NULL;

    if (!here)
        die("%s: %s", policy->directory, strerror(errno));
    if (project && strv_has(homes, here)) {
        warn("--project-only in the home directory: nothing of it is granted, "
             "the command starts in a throw-away one");
        return;
    }
    dir = project ? project_of(here, homes) : xstrdup(here);
    refuse_too_wide(option, dir, homes);
    add_mount(policy, MOUNT_RW, dir, dir, NULL,
              project ? "the project (--project-only)"
                      : "the working directory (--current-dir-only)");
    if (project)
        grant_git_dir(policy, dir, homes);
    /* Reached through a symlink, it has this name, too. */
    if (!streq(here, policy->directory) &&
        is_hidden(policy, policy->directory))
        add_mount(policy, MOUNT_RW, here, policy->directory, NULL,
                  "the working directory");
}

static void make_directory(const char *path)
{
    for (const char *slash = strchr(path + 1, '/');; slash = strchr(slash + 1, '/')) {
        AUTOFREE char *part =
            slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(path);

        if (mkdir(part, 0700) < 0 && errno != EEXIST)
            die("--rw +%s: cannot be made: %s", path, strerror(errno));
        if (!slash)
            return;
    }
}

/* Drops what a higher level says otherwise, dies of contradictions. */
static bool overruled(const struct policy *policy, const struct path_rule *rule)
{
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct path_rule *other = &policy->paths[i];

        if (other == rule)
            continue;
        if (streq(other->path, rule->path) && other->access != rule->access) {
            if (other->level == rule->level)
                die("%s %s: contradicts %s for the same path", rule->where,
                    brief(rule->text), other->where);
            if (other->level > rule->level)
                return true;
        }
        if (other->access == ACCESS_NONE && rule->access != ACCESS_NONE &&
            !streq(other->path, rule->path) &&
            path_below(rule->path, other->path) && other->level >= rule->level)
            die("%s %s: lies in %s, which is made inaccessible", rule->where,
                brief(rule->text), other->path);
    }
    return false;
}

static void grant_rule(struct policy *policy, const struct path_rule *rule)
{
    AUTOFREE char *target = NULL;
    bool led = rule->access != ACCESS_NONE && led_by_command(policy, rule->path);

    if (rule->create && !exists(rule->path)) {
        if (led)
            die("%s %s: lies behind a symlink that the command could have "
                "made: name the target itself",
                rule->where, brief(rule->text));
        if (!only_shown(policy))
            make_directory(rule->path);
    }
    target = resolve(rule->path);
    if (!target && errno == ENOENT && rule->create && only_shown(policy))
        target = xstrdup(rule->path); /* as it would be made */
    if (!target) {
        if (rule->optional && errno == ENOENT)
            return;
        die("%s %s: %s (a leading '-' skips what is not there)", rule->where,
            brief(rule->text), strerror(errno));
    }
    if (streq(target, "/"))
        die("%s %s: the root directory cannot be granted or taken away",
            rule->where, brief(rule->text));
    if (streq(target, "/run"))
        die("%s %s: holds buses, managers and engines: name what is needed in "
            "it",
            rule->where, brief(rule->text));
    if (led && !may_be_written(policy, target))
        die("%s %s: leads out of what the command may write, to %s, and the "
            "command could have made that link: name the target itself",
            rule->where, brief(rule->text), target);
    switch (rule->access) {
    case ACCESS_NONE:
        add_mount(policy, MOUNT_INACCESSIBLE, "", target, NULL, rule->where);
        break;
    case ACCESS_RO:
        add_mount(policy, MOUNT_RO, target, rule->path, NULL, rule->where);
        break;
    case ACCESS_RW:
        add_mount(policy, MOUNT_RW, target, rule->path, NULL, rule->where);
        break;
    }
}

static void grant_rules(struct policy *policy)
{
    for (size_t i = 0; i < policy->path_count; i++) {
        struct path_rule *rule = &policy->paths[i];

        rule->path = absolute_path(rule->text, policy->directory);
        if (!rule->path)
            die("%s %s: no such user", rule->where, brief(rule->text));
        if (has_control(rule->path) || !utf8_valid(rule->path))
            die("%s %s: expected a path in UTF-8 without control characters",
                rule->where, brief(rule->text));
    }
    for (size_t i = 0; i < policy->path_count; i++)
        if (!overruled(policy, &policy->paths[i]))
            grant_rule(policy, &policy->paths[i]);
}

/* What a variable of the caller's environment says about where a socket is. */
static char *socket_of(const char *name)
{
    const char *value = getenv(name);
    const char *path = value ? strchr(value, '/') : NULL;
    const char *scheme = value ? strstr(value, "unix:") : NULL;

    /* "/path", "/path,1,0" of tmux, "unix:path=/path,guid=…", "unix:///path" */
    if (!path || (path != value && !scheme))
        return NULL;
    path += strspn(path, "/") - 1;
    return xstrndup(path, strcspn(path, ",;"));
}

/* /run/user granted brings the bus in it, granted /run/docker.sock is meant:
 * close the known ones wherever they would be seen. */
static void close_known_sockets(struct policy *policy,
                                const struct strv *homes)
{
    static const char *const variables[] = {
        "SSH_AUTH_SOCK", "DBUS_SESSION_BUS_ADDRESS", "TMUX",
        "DOCKER_HOST",   "CONTAINER_HOST",           "GPG_AGENT_INFO",
        NULL
    };
    static const char *const in_home[] = {
        ".gnupg/S.gpg-agent",       ".gnupg/S.gpg-agent.extra",
        ".gnupg/S.gpg-agent.ssh",   ".gnupg/S.gpg-agent.browser",
        ".gnupg/S.keyboxd",         ".gnupg/S.scdaemon",
        ".ssh/agent",               ".screen",
        ".docker/run",              ".docker/desktop",
        ".colima/default/docker.sock", NULL
    };
    static const char *const in_runtime[] = {
        "bus",           "systemd", "gnupg",   "keyring",
        "podman",        "docker",  "docker.sock", "dbus-1",
        "openssh_agent", "ssh-agent.socket", "ssh-agent", "gcr",
        "libvirt",       "containerd", "containerd-rootless", "playpen",
        "tmux",          "screen",  NULL
    };
    static const char *const elsewhere[] = {
        "/run/dbus",          "/run/systemd/private",
        "/run/systemd/io.systemd.Manager",
        "/run/systemd/userdb", "/run/docker.sock",
        "/run/docker",        "/run/containerd",
        "/run/crio",          "/run/podman",
        "/run/libvirt",       "/run/incus",
        "/run/lxd",           "/run/snapd.socket",
        "/run/snapd-snap.socket", "/run/screen",
        "/tmp/.X11-unix",     NULL
    };
    struct strv known = { 0 };

    for (const char *const *name = variables; *name; name++) {
        AUTOFREE char *path = socket_of(*name);

        if (path)
            strv_push(&known, path);
    }
    for (size_t i = 0; i < homes->n; i++)
        for (const char *const *name = in_home; *name; name++)
            strv_pushf(&known, "%s/%s", homes->v[i], *name);
    for (const char *const *name = in_runtime; *name; name++)
        strv_pushf(&known, "/run/user/%u/%s", (unsigned)geteuid(), *name);
    for (const char *const *name = elsewhere; *name; name++)
        strv_push(&known, *name);
    strv_pushf(&known, "/tmp/tmux-%u", (unsigned)geteuid());
    for (size_t i = 0; i < known.n; i++) {
        AUTOFREE char *path = resolve(known.v[i]);
        const struct mount *over = path ? mount_over(policy, path) : NULL;

        if (path && !is_hidden(policy, path) &&
            !(over && (streq(over->path, path) ||
                       streq(over->path, known.v[i]))))
            add_mount(policy, MOUNT_INACCESSIBLE, "", path, NULL,
                      "a way out through a helper");
    }
    strv_free(&known);
}

/* The part of PATH below the home directory that it lies in, with its slash;
 * NULL where it lies in none. */
static const char *below_home(const char *path, const struct strv *homes)
{
    for (size_t i = 0; i < homes->n; i++)
        if (path_below(path, homes->v[i]) && !streq(path, homes->v[i]))
            return path + strlen(homes->v[i]);
    return NULL;
}

/* A socket on what is mounted read-only can be connected to all the same: those
 * of daemons in the system's directories, and in the home directory where that
 * is seen, are hidden, as proc_pid_net(5) lists them. */
static void hide_system_sockets(struct policy *policy,
                                const struct strv *homes)
{
    FILE *list = fopen("/proc/net/unix", "re");
    char *line = NULL;
    size_t size = 0;

    while (list && getline(&line, &size, list) > 0) {
        char *name = strstr(line, " /");
        AUTOFREE char *path = NULL;
        struct stat st;

        if (!name)
            continue;
        name[strcspn(name, "\n")] = '\0';
        path = resolve(name + 1);
        if (!path || mount_over(policy, path) || is_hidden(policy, path) ||
            !utf8_valid(path) || has_control(path) ||
            is_one_of(path, name_services) || access(path, W_OK) < 0 ||
            stat(path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
            !(path_below(path, "/var") || path_below(path, "/opt") ||
              path_below(path, "/usr") || path_below(path, "/etc") ||
              below_home(path, homes)))
            continue;
        add_mount(policy, MOUNT_INACCESSIBLE, "", path, NULL,
                  "a daemon's socket");
    }
    free(line);
    if (list)
        fclose(list);
}

/* ---- the command's own files ---- */

static bool dir_exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Has DIR an entry that matches one of GLOBS? Not looked for below it. */
static bool has_entry(const char *dir, const char *const *globs)
{
    DIR *stream = opendir(dir);
    struct dirent *entry;
    bool found = false;

    while (stream && !found && (entry = readdir(stream)))
        for (const char *const *glob = globs; *glob && !found; glob++)
            found = fnmatch(*glob, entry->d_name, FNM_CASEFOLD) == 0;
    if (stream)
        closedir(stream);
    return found;
}

/* What a directory that is only a tool's installation does not have. */
static bool holds_credentials(const char *dir)
{
    static const char *const globs[] = {
        "*credential*", "*secret*", "*token*", "*passw*",     "*.key",
        "id_*",         "auth*.json", "hosts.yml", ".env*",   ".netrc",
        ".npmrc",       ".pypirc",  ".ssh",    ".aws",        ".gnupg",
        ".docker",      ".kube",    ".config", "private-keys*", NULL
    };
    static const char *const docker[] = { "config.json", NULL };

    return has_entry(dir, globs) ||
           (has_suffix(dir, "/.docker") && has_entry(dir, docker));
}

/* What was installed with FILE: the directory above its bin/, the root of a
 * version manager's shims/, else the directory that it is in. */
static char *prefix_of(const char *file)
{
    static const char *const programs[] = { "bin", "sbin", "libexec", "shims",
                                            NULL };
    AUTOFREE char *dir = parent_of(file);
    const char *lib = strstr(dir, "/lib/node_modules/");

    if (lib)
        return xstrndup(dir, (size_t)(lib - dir));
    return is_one_of(strrchr(dir, '/') + 1, programs) ? parent_of(dir)
                                                      : xstrdup(dir);
}

/* Does PREFIX hold more than one tool, or hold a home directory? */
static bool is_shared(const char *prefix, const struct strv *homes)
{
    static const char *const shared[] = { "/.local", "/.local/share",
                                          "/.local/lib", "/.config", "/.cache",
                                          NULL };
    const char *below = below_home(prefix, homes);

    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], prefix))
            return true;
    return is_top_level(prefix) || streq(prefix, "/") ||
           (below && is_one_of(below, shared));
}

/* Is PREFIX a directory that the user works in, rather than one that an
 * installer made out of sight? */
static bool is_visible_dir(const char *prefix, const struct strv *homes)
{
    static const char *const git[] = { ".git", NULL };
    const char *below = below_home(prefix, homes);

    if (!below || strstr(below, "/."))
        return false;
    return !strchr(below + 1, '/') || has_entry(prefix, git);
}

static const char own_files[] = "the command's own files";

/* Binds the directory or file that PATH is now at that name. */
static void grant_at_name(struct policy *policy, const char *path,
                          const char *reason)
{
    AUTOFREE char *source = resolve(path);

    if (source && !is_inaccessible(policy, path))
        add_mount(policy, MOUNT_RO, source, path, NULL, reason);
}

/* Of a prefix that holds other things as well: what FILE needs of it. */
static void grant_parts(struct policy *policy, const char *prefix,
                        const char *file)
{
    static const char *const parts[] = { "bin",     "sbin",  "lib",     "lib64",
                                         "libexec", "share", "include", "ssl",
                                         NULL };
    bool covered = false;

    for (const char *const *part = parts; *part; part++) {
        AUTOFREE char *path = xasprintf("%s/%s", prefix, *part);

        if (!dir_exists(path) || holds_credentials(path))
            continue;
        grant_at_name(policy, path, own_files);
        covered |= path_below(file, path);
    }
    if (!covered)
        grant_at_name(policy, file, own_files);
}

/* FILE by this name, with what was installed with it. */
static void grant_installed(struct policy *policy, const char *file,
                            const struct strv *homes)
{
    AUTOFREE char *prefix = prefix_of(file);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);
    bool visible = is_visible_dir(prefix, homes);

    if (is_shared(prefix, homes))
        grant_at_name(policy, file, own_files);
    else if (!visible && !holds_credentials(prefix))
        grant_at_name(policy, prefix, own_files);
    else if (visible && !dir_exists(lib))
        grant_at_name(policy, file, own_files);
    else
        grant_parts(policy, prefix, file);
}

/* PATH after the first symlink in it was followed; NULL where it has none. */
static char *follow_link(const char *path)
{
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
            return absolute_path(whole, dir);
        }
        if (!*end)
            return NULL;
    }
}

/* Is REAL the interpreter of an installation that is nothing else, with its
 * library, and LINK in a virtual environment made from it? The one link in
 * what a command may write that is followed. */
static bool is_own_interpreter(const char *link, const char *real)
{
    static const char *const library[] = { "python3.*", "pypy3.*", NULL };
    AUTOFREE char *venv = prefix_of(link);
    AUTOFREE char *cfg = xasprintf("%s/pyvenv.cfg", venv);
    AUTOFREE char *prefix = prefix_of(real);
    AUTOFREE char *bin = xasprintf("%s/bin/", prefix);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);

    return exists(cfg) && has_prefix(real, bin) &&
           (has_prefix(real + strlen(bin), "python") ||
            has_prefix(real + strlen(bin), "pypy")) &&
           has_entry(lib, library) && !holds_credentials(prefix);
}

/* A name that the project chose for an interpreter: nothing beside it. */
static void grant_hop(struct policy *policy, const char *name, const char *real)
{
    AUTOFREE char *prefix = prefix_of(name);
    AUTOFREE char *is = resolve(prefix);
    AUTOFREE char *wanted = prefix_of(real);

    grant_at_name(policy, is && streq(is, wanted) ? prefix : name, own_files);
}

/* The directory of TOOL's versions, if it holds a bin/NAME. */
static void grant_versions(struct policy *policy, const char *dir,
                           const char *name)
{
    static const char *const depths[] = { "*", "*/*", "*/*/*", NULL };

    if (!dir_exists(dir) || !is_hidden(policy, dir) || holds_credentials(dir))
        return;
    for (const char *const *depth = depths; *depth; depth++) {
        AUTOFREE char *pattern = xasprintf("%s/%s/bin/%s", dir, *depth, name);
        glob_t found;
        bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

        globfree(&found);
        if (!any)
            continue;
        grant_at_name(policy, dir, "the versions of the command");
        return;
    }
}

/* NAME is a link to, or another name of, TOOL, which picks the version to run
 * from its own directories: rustup, mise, volta. */
static void grant_proxied(struct policy *policy, const char *name,
                          const char *tool, const struct strv *homes)
{
    for (size_t i = 0; i < homes->n; i++) {
        AUTOFREE char *dot = xasprintf("%s/.%s", homes->v[i], tool);
        AUTOFREE char *data =
            xasprintf("%s/.local/share/%s", homes->v[i], tool);

        grant_versions(policy, dot, name);
        grant_versions(policy, data, name);
    }
}

/* The other names of REAL in its directory: proxies are hard links, too. */
static void grant_hard_links(struct policy *policy, const char *real,
                             const char *name, const struct strv *homes)
{
    AUTOFREE char *dir = parent_of(real);
    struct stat st;
    DIR *stream = NULL;
    struct dirent *entry;

    if (stat(real, &st) == 0 && st.st_nlink > 1)
        stream = opendir(dir);
    while (stream && (entry = readdir(stream)))
        if (entry->d_ino == st.st_ino && !streq(entry->d_name, name))
            grant_proxied(policy, name, entry->d_name, homes);
    if (stream)
        closedir(stream);
}

/* The settings by which a version manager with a directory of shims chooses:
 * ~/.tool-versions, and its own in ~/.config. */
static void grant_shim_settings(struct policy *policy, const char *file,
                                const struct strv *homes)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *root = parent_of(dir);

    if (!has_suffix(dir, "/shims"))
        return;
    for (size_t i = 0; i < homes->n; i++) {
        AUTOFREE char *versions = xasprintf("%s/.tool-versions", homes->v[i]);
        AUTOFREE char *config =
            xasprintf("%s/.config%s", homes->v[i], strrchr(root, '/'));
        char *both[] = { versions, config };

        for (size_t j = 0; j < ARRAY_LEN(both); j++)
            if (exists(both[j]) && is_hidden(policy, both[j]) &&
                !(j && holds_credentials(both[j])))
                grant_at_name(policy, both[j], "which version of the command");
    }
}

/* The word after "env" and its options that env(1) would run. */
static const char *word_of_env(const struct strv *words)
{
    static const char *const with_value[] = { "-u", "--unset", "-C", "--chdir",
                                              NULL };

    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->v[i];
        const char *split = word[0] == '-' && word[1] != '-' ? strchr(word, 'S')
                                                             : NULL;

        if (split && split[1])
            return split + 1;
        if (has_prefix(word, "--split-string="))
            return word + strlen("--split-string=");
        if (is_one_of(word, with_value))
            i++;
        else if (*word != '-' && !strchr(word, '='))
            return word;
    }
    return NULL;
}

/* The program of FILE's "#!" line, through env; NULL for none. */
static char *interpreter_of(const char *file)
{
    char line[256] = "";
    struct strv words = { 0 };
    char *found = NULL, *rest;
    const char *word;
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return NULL;
    (void)!read(fd, line, sizeof(line) - 1);
    close(fd);
    line[strcspn(line, "\n")] = '\0';
    if (!has_prefix(line, "#!"))
        return NULL;
    rest = line + 2 + strspn(line + 2, " \t");
    word = rest;
    rest += strcspn(rest, " \t");
    if (*rest)
        *rest++ = '\0';
    if (!has_suffix(word, "/env"))
        return *word == '/' ? xstrdup(word) : NULL;
    if (!shell_split(rest, 0, &words) && (word = word_of_env(&words))) {
        const char *path = getenv("PATH");

        found = xstrdup(
            find_command(word, path ? path : "/usr/bin:/bin", is_playpen));
    }
    strv_free(&words);
    return found;
}

/* The program that a shim in a script starts, as it stands after its "exec";
 * NULL for none. */
static char *program_of_shim(const char *file)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *text =
        has_suffix(dir, "/shims") ? read_small_file(file) : NULL;
    char *word = text && has_prefix(text, "#!") ? strstr(text, "\nexec ") : NULL;

    if (!word)
        return NULL;
    word += strlen("\nexec ");
    word += *word == '"' || *word == '\'';
    return *word == '/' ? xstrndup(word, strcspn(word, " \t\n\"'")) : NULL;
}

/* FILE, by each name that it has after a symlink, with what was installed with
 * it, its interpreter, and what it is a shim of. FROM_INSIDE: a place that the
 * command may write named it. */
static void grant_command(struct policy *policy, const char *file,
                          const struct strv *homes, int depth, bool from_inside)
{
    char *name = absolute_path(file, policy->directory);
    AUTOFREE char *first = xstrdup(name);
    AUTOFREE char *real = resolve(name);
    AUTOFREE char *link = NULL; /* the last name that is inside */
    AUTOFREE char *interpreter = NULL, *program = NULL;
    const char *called = strrchr(first, '/') + 1;

    for (int hops = 0; real && name && hops < 40 && depth < 6; hops++) {
        char *next = follow_link(name);

        if (may_be_written(policy, name)) {
            from_inside = true;
            free(link);
            link = xstrdup(name);
        } else if (is_hidden(policy, name)) {
            if (!from_inside)
                grant_installed(policy, name, homes);
            else if (link && is_own_interpreter(link, real))
                grant_hop(policy, name, real);
            else if (depth == 0)
                die("%s: leads out of what the command may write, to %s: grant "
                    "that with --ro, or start it by that name",
                    first, real);
            else if (!policy->quiet)
                warn("%s is hidden, and a file that the command may write asks "
                     "for it: start it by name, or grant it with --ro",
                     name);
        }
        if (!from_inside)
            grant_shim_settings(policy, name, homes);
        free(name);
        name = next;
    }
    free(name);
    if (!real || depth >= 6)
        return;
    /* A script finds its library from its real name. */
    if (depth == 0 && !from_inside && !streq(first, real)) {
        const struct mount *mount = mount_over(policy, first);

        if (mount && mount->kind == MOUNT_RO && streq(mount->path, first))
            policy->executable = xstrdup(real);
    }
    if (!from_inside && (is_hidden(policy, first) ||
                         mount_over(policy, first) != NULL ||
                         !streq(called, strrchr(real, '/') + 1))) {
        const char *tool = strrchr(real, '/') + 1;

        if (!streq(called, tool))
            grant_proxied(policy, called, tool, homes);
        grant_hard_links(policy, real, called, homes);
        program = program_of_shim(real);
        if (program)
            grant_command(policy, program, homes, depth + 1, false);
    }
    interpreter = interpreter_of(real);
    if (interpreter)
        grant_command(policy, interpreter, homes, depth + 1,
                      from_inside || may_be_written(policy, real));
}

/* ---- what of the granted is protected ---- */

/* What is mounted below a directory that is granted read-write keeps its place
 * only if no directory between the two can be renamed and made anew: each is
 * a mount point of its own. */
static void pin_parents(struct policy *policy)
{
    for (size_t i = 0; i < policy->mount_count; i++) {
        AUTOFREE char *parent = parent_of(policy->mounts[i].path);
        const struct mount *over = mount_over(policy, parent);

        if (over && over->kind == MOUNT_RW && !streq(over->path, parent) &&
            exists(parent))
            add_mount(policy, MOUNT_RW, parent, parent, NULL,
                      "not to be renamed");
    }
}

/* The user's presets say what the next run is granted: where they lie in what
 * is granted, they cannot be changed, nor made. */
static void protect_presets(struct policy *policy)
{
    static const char reason[] = "presets, which grant to the next run";
    AUTOFREE char *named = preset_directory();
    AUTOFREE char *real = NULL;
    struct dirent *entry;
    DIR *dir;

    if (is_writable_inside(policy, named) && !exists(named) &&
        !only_shown(policy))
        make_directory(named);
    real = resolve(named);
    if (real && is_writable_inside(policy, real))
        add_mount(policy, MOUNT_RO, real, real, NULL, reason);
    /* One may be a link into what is granted, as a dotfiles repository has it. */
    dir = opendir(named);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *link = xasprintf("%s/%s", named, entry->d_name);
        AUTOFREE char *target = resolve(link);
        struct stat st;

        if (target && stat(target, &st) == 0 && S_ISREG(st.st_mode) &&
            is_writable_inside(policy, target))
            add_mount(policy, MOUNT_RO, target, target, NULL, reason);
    }
    if (dir)
        closedir(dir);
}

/* ---- arguments that name what is hidden ---- */

/* Would the command look for PATH, which exists, in vain? */
static bool is_missed(const struct policy *policy, const char *path)
{
    const struct mount *mount = mount_over(policy, path);
    AUTOFREE char *real = NULL;

    /* What was taken away by name is known, and a mount point is there. */
    if (mount && (mount->kind == MOUNT_INACCESSIBLE ||
                  streq(mount->path, path) ||
                  (*mount->source && !streq(mount->source, mount->path))))
        return false;
    if (streq(path, "/tmp") || streq(path, "/var/tmp"))
        return false;
    if (is_hidden(policy, path))
        return exists(path);
    real = policy->restricted ? resolve(path) : NULL;
    return real && !streq(real, path) && is_missed(policy, real);
}

/* One line for the first argument that names something that is there and that
 * the run hides. Not all of a long list is looked at: it costs time. */
static void point_out_hidden(const struct policy *policy)
{
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
        if (has_control(path) || !utf8_valid(path) || !is_missed(policy, path))
            continue;
        warn("%s is there but hidden from the command: %s %s shows it", text,
             policy->restricted ? "--ro" : "--rw", text);
        return;
    }
}

/* ---- all of it ---- */

static bool has_restriction(const struct policy *policy)
{
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].access != ACCESS_RW)
            return true;
    return policy->current_dir_only.on || policy->project_only.on ||
           !streq(policy->protect_home, "no") ||
           !streq(policy->protect_system, "no");
}

static void see_working_directory(struct policy *policy)
{
    if (!is_hidden(policy, policy->directory) || policy->project_only.on)
        return;
    if (path_below(policy->directory, "/tmp") ||
        path_below(policy->directory, "/var/tmp")) {
        if (streq(policy->directory, "/tmp") ||
            streq(policy->directory, "/var/tmp"))
            return; /* the private one will do */
        add_mount(policy, MOUNT_RW, policy->directory, policy->directory, NULL,
                  "the working directory");
        return;
    }
    die("the working directory %s is hidden by this run: add --rw . or "
        "--current-dir-only",
        policy->directory);
}

void confine(struct policy *policy, const struct host *host)
{
    AUTOFREE char *self = realpath("/proc/self/exe", NULL);
    bool bundle = policy->current_dir_only.on || policy->project_only.on;
    struct strv homes = { 0 };

    policy->restricted = has_restriction(policy);
    if (policy->restricted && (host->system || host->uid == 0))
        die("path restrictions do not hold for root, which reads any file "
            "that is left: run it as a user");
    if (policy->restricted && !policy->private_tmp.on)
        die("--private-tmp false and a path restriction contradict each "
            "other: sockets in /tmp lead out; grant what is needed with --rw");
    list_homes(&homes);
    if (bundle)
        hide_everything(policy, &homes);
    if (policy->restricted)
        hide_helpers(policy);
    if (bundle)
        grant_bundle(policy, &homes);
    grant_rules(policy);
    see_working_directory(policy);
    if (policy->restricted) {
        close_known_sockets(policy, &homes);
        hide_system_sockets(policy, &homes);
    }
    if (policy->grant_command.on)
        grant_command(policy, policy->executable, &homes, 0, false);
    if (self && (is_hidden(policy, self) ||
                 (policy->restricted && is_writable_inside(policy, self))))
        add_mount(policy, MOUNT_RO, self, self, NULL, "playpen's stage");
    if (policy->restricted) {
        protect_repositories(policy);
        protect_presets(policy);
        pin_parents(policy);
    }
    point_out_hidden(policy);
    strv_free(&homes);
}
