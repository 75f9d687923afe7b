/*
 * nameservice.c - how names are resolved in a run whose network is not open.
 * resolv.conf(5), hosts(5), nsswitch.conf(5).
 */
#include "nameservice.h"
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char reason[] = "names are resolved by playpen";

/* What resolves names for others, and the buses, by which other programs act.
 * %t is the user's runtime directory. */
static const char *const sockets[] = {
    "/run/systemd/resolve/io.systemd.Resolve",
    "/run/systemd/resolve/io.systemd.Resolve.Monitor",
    "/run/nscd/socket",
    "/run/avahi-daemon/socket",
    "/run/nslcd/socket",
    "/run/samba/winbindd/pipe",
    "/var/lib/sss/pipes/nss",
    "/run/dbus/system_bus_socket",
    "%t/bus",
    "%t/systemd/private",
    NULL
};

static void hide_sockets(struct view *view)
{
    for (const char *const *socket = sockets; *socket; socket++) {
        AUTOFREE char *path =
            has_prefix(*socket, "%t")
                ? xasprintf("/run/user/%u%s", (unsigned)geteuid(), *socket + 2)
                : xstrdup(*socket);

        if (exists(path) && !is_hidden(view, path))
            add_mount(view, MOUNT_INACCESSIBLE, "", path, NULL,
                      "a way out of a closed network");
    }
}

/* What libc asks for names, by its own modules and those of LDAP, Samba, SSSD and
 * Avahi. */
static const char *const services[] = {
    "/run/systemd/resolve", "/run/nscd/socket", "/run/avahi-daemon/socket",
    "/run/nslcd/socket", "/run/samba/winbindd/pipe",
    "/var/lib/sss/pipes/nss", NULL
};

bool is_name_service(const char *path)
{
    return is_one_of(path, services);
}

/* Binds the file that the link NAME in /etc leads to, where the way there is out
 * of sight: at the first name on that way that is. Not what the user could have
 * put there. */
static void show_target(struct view *view, const char *name)
{
    AUTOFREE char *real = real_path(name);
    char *path = xstrdup(name);
    struct stat st;

    while (path && !is_hidden(view, path)) {
        AUTOFREE char *last = path;

        path = follow_link(last, NULL);
    }
    if (path && real && stat(real, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_uid != geteuid())
        add_mount(view, MOUNT_RO, real, path, NULL, "a file of /etc leads there");
    free(path);
}

void show_name_services(struct view *view)
{
    show_target(view, "/etc/localtime");
    if (view->policy->network.mode == NETWORK_LISTED)
        return; /* close_name_services() */
    show_target(view, "/etc/hosts");
    show_target(view, "/etc/nsswitch.conf");
    show_target(view, "/etc/resolv.conf");
    /* Without a network a resolver would be a way out: it asks the outside. */
    for (const char *const *path = services; *path; path++)
        if (view->policy->network.mode == NETWORK_OPEN && exists(*path) &&
            is_hidden(view, *path))
            add_mount(view, MOUNT_RO, *path, *path, NULL, "name resolution");
}

/* The file NAME in DIR with that TEXT, made anew only if it has another one.
 * Its path, the caller's. */
static char *make_file(const char *dir, const char *name, const char *text,
                       bool dry)
{
    char *path = xasprintf("%s/%s", dir, name);
    AUTOFREE char *new = xasprintf("%s.%d", path, (int)getpid());
    AUTOFREE char *old = read_small_file(path);
    size_t length = strlen(text);
    int fd;

    if (dry || (old && strlen(old) + 1 == length && has_prefix(text, old)))
        return path;
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        die("%s: %s", dir, strerror(errno));
    fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0 || fchmod(fd, 0644) < 0 ||
        write(fd, text, length) != (ssize_t)length || rename(new, path) < 0)
        die("%s: %s", path, strerror(errno));
    close(fd);
    return path;
}

/* Where a file is missing, libc's default leads to playpen as well. */
static void bind_file(struct view *view, const struct host *host,
                      const char *path, const char *text)
{
    AUTOFREE char *real = real_path(path);
    AUTOFREE char *dir = xasprintf("%s/playpen", host->runtime_dir);
    AUTOFREE char *file = NULL;

    if (!real)
        return;
    file = make_file(dir, strrchr(path, '/') + 1, text, is_dry_run(view));
    add_mount(view, MOUNT_RO, file, real, NULL, reason);
}

/* The machine's nsswitch.conf with another line for hosts. */
static char *switch_text(void)
{
    AUTOFREE char *text = read_small_file("/etc/nsswitch.conf");
    AUTOSTRV struct strv lines = { 0 };
    char *save = NULL;

    strv_push(&lines, "hosts: files dns");
    for (char *line = text ? strtok_r(text, "\n", &save) : NULL; line;
         line = strtok_r(NULL, "\n", &save))
        if (!has_prefix(line + strspn(line, " \t"), "hosts:"))
            strv_push(&lines, line);
    strv_push(&lines, "");
    return strv_join(&lines, "\n");
}

void close_name_services(struct view *view, const struct host *host)
{
    const struct network *network = &view->policy->network;
    AUTOFREE char *switched = NULL;

    if (network->mode == NETWORK_OPEN)
        return;
    hide_sockets(view);
    if (network->mode != NETWORK_LISTED || !host->runtime_dir)
        return;
    switched = switch_text();
    bind_file(view, host, "/etc/hosts",
              "127.0.0.1 localhost\n"
              "::1 localhost ip6-localhost ip6-loopback\n");
    bind_file(view, host, "/etc/nsswitch.conf", switched);
    /* Without a search list libc takes the host name's domain for one. */
    bind_file(view, host, "/etc/resolv.conf",
              "nameserver 198.18.0.1\nsearch invalid\n");
}

bool is_closed_proxy(const struct policy *policy, const char *name,
                     const char *value)
{
    return policy->network.mode != NETWORK_OPEN &&
           fnmatch("*_proxy", name, FNM_CASEFOLD) == 0 &&
           fnmatch("no_proxy", name, FNM_CASEFOLD) != 0 &&
           !rule_for_proxy(&policy->network, value);
}
