/*
 * hide.c - what a path restriction takes out of sight: the rest of the disk,
 * home directories, and each socket through which a helper outside would act
 * for the command.
 */
#include "hide.h"
#include "nameservice.h"
#include "path.h"
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_SEARCH = 400 }; /* ms: /var may hold whole systems */

/* Where the system keeps what is the user's: mail, what the programs wrote to
 * the journal, the memory of those that crashed. */
static const char *const user_data[] = {
    "/var/mail", "/var/log", "/var/lib/systemd/coredump", "/var/crash", NULL
};

/* Sockets of engines that lie elsewhere. */
static const char *const engine_sockets[] = {
    "/var/lib/incus/unix.socket", "/var/lib/incus/unix.socket.user",
    "/var/lib/lxd/unix.socket", "/var/snap/lxd/common/lxd/unix.socket", NULL
};

/* A top-level directory, or what a symlink there leads to: /mnt -> var/mnt. What
 * leads into the system's own parts is the system's. */
static void hide_target(struct view *view, const char *path)
{
    static const char *const parts[] = { "/var/", "/opt/", "/run/", "/tmp/",
                                         NULL };
    AUTOFREE char *real = real_path(path);
    AUTOFREE char *slashed = real ? xasprintf("%s/", real) : NULL;
    bool inside = false;

    if (!real || !dir_exists(real) || is_hidden(view, real))
        return;
    for (const char *const *part = parts; *part; part++)
        inside |= has_prefix(slashed, *part) && !streq(slashed, *part);
    if (inside)
        add_mount(view, MOUNT_TMPFS, "", real, "ro",
                  "not the system's, not granted");
}

static void hide_top_level(struct view *view)
{
    AUTODIR DIR *root = opendir("/");
    struct dirent *entry;

    if (!root)
        die("/: %s", strerror(errno));
    while ((entry = next_entry(root))) {
        AUTOFREE char *path = xasprintf("/%s", entry->d_name);
        struct stat st;

        if (is_system_dir(path) || lstat(path, &st) < 0)
            continue;
        if (S_ISLNK(st.st_mode))
            hide_target(view, path);
        if (S_ISREG(st.st_mode) && access(path, R_OK) == 0)
            add_mount(view, MOUNT_INACCESSIBLE, "", path, NULL,
                      "not the system's, not granted");
        if (!S_ISDIR(st.st_mode) || streq(path, "/home") ||
            streq(path, "/root"))
            continue; /* ProtectHome= */
        add_mount(view, MOUNT_TMPFS, "", path, "ro",
                  "not the system's, not granted");
    }
}

/* Home directories that lie elsewhere, as /var/home/NAME. */
static void hide_other_homes(struct view *view)
{
    struct passwd *pw;

    setpwent();
    while ((pw = getpwent())) {
        AUTOFREE char *parent = NULL;

        /* Between them are the system's, which come and go; above, those of a
         * directory service. */
        if (pw->pw_uid < 1000 ||
            (pw->pw_uid >= 60000 && pw->pw_uid <= 65535) || *pw->pw_dir != '/' ||
            is_hidden(view, pw->pw_dir) || !exists(pw->pw_dir))
            continue;
        parent = parent_of(pw->pw_dir);
        if (streq(pw->pw_dir, "/"))
            continue;
        add_mount(view, MOUNT_TMPFS, "",
                  streq(parent, "/") || is_system_dir(parent) ? pw->pw_dir
                                                              : parent,
                  "ro", "home directories");
    }
    endpwent();
}

void hide_everything(struct view *view, const struct strv *homes)
{
    view->protect_home = "tmpfs";
    view->protect_system = "strict";
    hide_top_level(view);
    hide_other_homes(view);
    for (size_t i = 0; i < homes->n; i++)
        if (!is_system_dir(homes->v[i]) && exists(homes->v[i]))
            add_mount(view, MOUNT_TMPFS, "", homes->v[i], "mode=0700,size=50%",
                      "a throw-away home");
    for (const char *const *path = user_data; *path; path++) {
        AUTOFREE char *real = real_path(*path);

        if (real)
            add_mount(view, MOUNT_TMPFS, "", real, "ro",
                      "the user's among the system's");
    }
}

void hide_helpers(struct view *view)
{
    static const char fuse_connections[] = "/sys/fs/fuse/connections";

    /* The memory limit holds for what is in a tmpfs. */
    add_mount(view, MOUNT_TMPFS, "", "/dev/shm", "mode=1777,size=50%",
              "shared memory of its own");
    add_mount(view, MOUNT_TMPFS, "", "/run", "ro",
              "buses, managers, engines, agents");
    add_mount(view, MOUNT_TMPFS, "", "/dev/pts", "ro", "the other terminals");
    /* Who owns a FUSE mount can end it there, with what is not yet written. On
     * 257 ProtectKernelTunables= leaves /sys writable. */
    if (exists(fuse_connections))
        add_mount(view, MOUNT_TMPFS, "", fuse_connections, "ro",
                  "what ends your FUSE mounts");
    if (!view->policy->nested_sandbox.on)
        add_mount(view, MOUNT_INACCESSIBLE, "", "/proc/keys", NULL,
                  "what your keys are called");
    for (const char *const *path = engine_sockets; *path; path++)
        if (exists(*path))
            add_mount(view, MOUNT_INACCESSIBLE, "", *path, NULL,
                      "a container engine");
}

/* Hides the socket PATH, also called NAME, at every path where a bind shows it,
 * unless the user bound the socket itself. */
static void hide_socket(struct view *view, const char *path, const char *name,
                        const char *reason)
{
    const struct mount *over = mount_over(view, path);
    AUTOSTRV struct strv names = { 0 };

    aliases_of(view, path, &names);
    if (!is_hidden(view, path) &&
        !(over && (streq(over->path, path) || streq(over->path, name))))
        strv_push(&names, path);
    for (size_t i = 0; i < names.n; i++)
        add_mount(view, MOUNT_INACCESSIBLE, "", names.v[i], NULL, reason);
}

/* The path of the socket that the variable NAME names, which is the caller's;
 * NULL for none. */
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

/* Sockets of helpers, and directories of such: $VARIABLE tells where one is,
 * "~" is each home directory, %t the runtime directory and %U the user's
 * number, as in systemd.unit(5). */
static const char *const known_sockets[] = {
    "$SSH_AUTH_SOCK", "$DBUS_SESSION_BUS_ADDRESS", "$TMUX", "$DOCKER_HOST",
    "$CONTAINER_HOST", "$GPG_AGENT_INFO",
    "~/.gnupg/S.gpg-agent", "~/.gnupg/S.gpg-agent.extra",
    "~/.gnupg/S.gpg-agent.ssh", "~/.gnupg/S.gpg-agent.browser",
    "~/.gnupg/S.keyboxd", "~/.gnupg/S.scdaemon", "~/.ssh/agent", "~/.screen",
    "~/.docker/run", "~/.docker/desktop", "~/.colima/default/docker.sock",
    "%t/bus", "%t/systemd", "%t/gnupg", "%t/keyring", "%t/podman", "%t/docker",
    "%t/docker.sock", "%t/dbus-1", "%t/openssh_agent", "%t/ssh-agent.socket",
    "%t/ssh-agent", "%t/gcr", "%t/libvirt", "%t/containerd",
    "%t/containerd-rootless", "%t/playpen", "%t/tmux", "%t/screen",
    "%t/at-spi", "%t/zellij", "%t/emacs", "%t/kitty", "%t/kwallet5.socket",
    "%t/kwallet6.socket", "~/.1password", "~/.bitwarden-ssh-agent.sock",
    "/run/dbus", "/run/systemd/private", "/run/systemd/io.systemd.Manager",
    "/run/systemd/userdb", "/run/docker.sock", "/run/docker",
    "/run/containerd", "/run/crio", "/run/podman", "/run/libvirt",
    "/run/incus", "/run/lxd", "/run/snapd.socket", "/run/snapd-snap.socket",
    "/run/screen", "/tmp/.X11-unix", "/tmp/tmux-%U", NULL
};

/* Adds to PATHS what KNOWN, one of known_sockets, is for this user. */
static void expand_known(const char *known, const struct strv *homes,
                         struct strv *paths)
{
    unsigned uid = (unsigned)geteuid();
    AUTOFREE char *named = *known == '$' ? socket_of(known + 1) : NULL;

    if (named)
        strv_push(paths, named);
    else if (has_prefix(known, "%t"))
        strv_pushf(paths, "/run/user/%u%s", uid, known + 2);
    else if (has_suffix(known, "%U"))
        strv_pushf(paths, "%.*s%u", (int)strlen(known) - 2, known, uid);
    else if (*known == '/')
        strv_push(paths, known);
    for (size_t i = 0; *known == '~' && i < homes->n; i++)
        strv_pushf(paths, "%s%s", homes->v[i], known + 1);
}

bool is_known_socket(const char *path, const struct strv *homes)
{
    AUTOSTRV struct strv paths = { 0 };
    bool known = is_one_of(path, engine_sockets);

    for (const char *const *row = known_sockets; *row; row++)
        expand_known(*row, homes, &paths);
    for (size_t i = 0; i < paths.n; i++)
        known |= path_below(path, paths.v[i]);
    return known;
}

void close_known_sockets(struct view *view, const struct strv *homes)
{
    AUTOSTRV struct strv paths = { 0 };

    for (const char *const *known = known_sockets; *known; known++)
        expand_known(*known, homes, &paths);
    for (size_t i = 0; i < paths.n; i++) {
        AUTOFREE char *path = real_path(paths.v[i]);

        if (path)
            hide_socket(view, path, paths.v[i], "a way out through a helper");
    }
}

/* The named pipe PATH, or with SOCKETS the socket, if the command could use it. */
static void hide_pipe(struct view *view, const char *path, bool sockets,
                      const char *reason)
{
    struct stat st;

    if ((access(path, W_OK) < 0 && access(path, R_OK) < 0) ||
        (!sockets && stat(path, &st) == 0 && S_ISSOCK(st.st_mode)))
        return;
    if (!can_be_mounted(path))
        strv_pushf(&view->notes, "%s: cannot be hidden: its name is not UTF-8, "
                                 "or holds a control character",
                   path);
    else if (!is_name_service(path))
        hide_socket(view, path, path, reason);
}

/* What is searched. In READ_ONLY, of the user's choice, named pipes alone count;
 * else also what can be connected to, however it was bound and whatever it is
 * called since. */
enum place { SYSTEMS, USERS, READ_ONLY };

static void hide_pipes_in(struct view *view, const char *dir,
                          struct deadline deadline, enum place place);

/* PATH, a directory of the user's among the system's, as /var/www/mine: in a
 * bundle it is hidden, unless it is granted. What is hidden is not searched: an
 * earlier run may have left so much in /var/tmp that no time would be left. */
static void take_own(struct view *view, const char *path,
                     struct deadline deadline)
{
    if (is_hidden(view, path))
        return;
    if (!has_bundle(view->policy) || mount_over(view, path))
        hide_pipes_in(view, path, deadline, USERS);
    else if (can_be_mounted(path))
        add_mount(view, MOUNT_TMPFS, "", path, "ro",
                  "the user's among the system's");
}

/* What was not reached in DIR is in sight; CUT is the first of that. */
static void tell_cut(struct view *view, const char *dir, const char *cut,
                     enum place place)
{
    /* What the user grants has parts that even the user does not read. */
    if (has_bundle(view->policy) && place != READ_ONLY)
        warn("%s: not all of %s could be searched in %d ms for %s: if that is "
             "not for the command, --inaccessible hides it",
             cut, dir, PIPE_SEARCH,
             place == SYSTEMS ? "what is yours, sockets and named pipes"
                              : "sockets and named pipes");
    else
        strv_pushf(&view->notes,
                   "sockets and named pipes: not all of %s could be searched "
                   "for them",
                   dir);
}

/* The named pipes in DIR, and sockets. */
static void hide_pipes_in(struct view *view, const char *dir,
                          struct deadline deadline, enum place place)
{
    const char *reason = place == READ_ONLY ? "a named pipe in what is read-only"
                                            : "a socket or named pipe";
    struct findings found = { 0 };
    struct tree tree;

    if (!tree_open(&tree, dir))
        return;
    search(&tree, place == SYSTEMS ? FIND_PIPE | FIND_OWN : FIND_PIPE, deadline,
           &found);
    for (size_t i = 0; i < found.count; i++)
        if (found.list[i].what == FIND_OWN)
            take_own(view, found.list[i].path, deadline);
        else
            hide_pipe(view, found.list[i].path, place != READ_ONLY, reason);
    if (found.cut)
        tell_cut(view, dir, found.cut, place);
    findings_free(&found);
    tree_close(&tree);
}

void hide_pipes(struct view *view)
{
    /* What packages put into the rest of the system is no pipe and no socket. */
    static const char *const dirs[] = { "/opt", "/usr/local", "/etc" };

    hide_pipes_in(view, "/var", search_deadline(PIPE_SEARCH), SYSTEMS);
    for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
        hide_pipes_in(view, dirs[i], search_deadline(PIPE_SEARCH), USERS);
    for (size_t i = 0; i < view->policy->path_count; i++)
        if (view->policy->paths[i].access == ACCESS_RO &&
            view->policy->paths[i].level > LEVEL_BUILTIN)
            hide_pipes_in(view, view->rule_paths[i].real,
                          search_deadline(PIPE_SEARCH), READ_ONLY);
}

void hide_system_sockets(struct view *view, const struct strv *homes)
{
    AUTOFILE FILE *list = fopen("/proc/net/unix", "re");
    AUTOFREE char *line = NULL;
    size_t size = 0;

    while (list && getline(&line, &size, list) > 0) {
        char *name = strstr(line, " /");
        AUTOFREE char *path = NULL;
        struct stat st;

        if (!name)
            continue;
        name[strcspn(name, "\n")] = '\0';
        path = real_path(name + 1);
        if (!path || mount_over(view, path) || is_hidden(view, path) ||
            !can_be_mounted(path) || is_name_service(path) ||
            access(path, W_OK) < 0 ||
            stat(path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
            !(path_below(path, "/var") || path_below(path, "/opt") ||
              path_below(path, "/usr") || path_below(path, "/etc") ||
              path_below(path, "/nix") || path_below(path, "/snap") ||
              below_home(path, homes)))
            continue;
        add_mount(view, MOUNT_INACCESSIBLE, "", path, NULL,
                  "a daemon's socket");
    }
}
