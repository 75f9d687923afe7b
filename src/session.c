/*
 * session.c - the display, the agent, the tickets: variables that lead to a
 * socket or a file, which often lies in /tmp, where a run has one of its own.
 */
#include "session.h"
#include "environment.h"
#include "path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_session_variable(const char *name)
{
    static const char *const names[] = {
        "DISPLAY",         "WAYLAND_DISPLAY",          "XAUTHORITY",
        "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "SSH_AUTH_SOCK", NULL
    };

    return is_one_of(name, names) || has_prefix(name, "XDG_SESSION_");
}

/* The path in VALUE: "/tmp/x", "FILE:/tmp/x", "unix:path=/tmp/x,guid=...",
 * "/tmp/x,1,0"; of the variable DISPLAY its socket's. NULL for none. */
static char *path_in(const char *name, const char *value)
{
    const char *path = strchr(value, '/');
    const char *display = has_prefix(value, "unix:") ? value + 4 : value;
    AUTOFREE char *text = NULL;

    if (streq(name, "DISPLAY"))
        return *display == ':'
                   ? xasprintf("/tmp/.X11-unix/X%.*s",
                               (int)strspn(display + 1, "0123456789"),
                               display + 1)
                   : NULL;
    if (!path || (path != value && !strchr(":=", path[-1])))
        return NULL;
    text = xstrndup(path, strcspn(path, ",;"));
    return absolute_path(text, "/");
}

/* Shows the socket PATH; what else it is if ANYTHING. */
static void show(struct view *view, const char *path, bool anything)
{
    /* What is inaccessible is so on purpose, as the bus where the network is
     * closed. */
    AUTOFREE char *real = is_hidden(view, path) && !is_inaccessible(view, path)
                              ? real_path(path)
                              : NULL;
    struct stat st;

    if (!real || stat(real, &st) < 0 || !(anything || S_ISSOCK(st.st_mode)))
        return;
    if (strpbrk(path, "'\"") || strpbrk(real, "'\"") ||
        !can_be_mounted(path) || !can_be_mounted(real))
        warn("%s: not shown to the command, systemd takes no such name: rename "
             "it",
             path);
    else
        add_mount(view, MOUNT_RW, real, path, NULL,
                  "named by a variable that is passed");
}

void keep_session(struct view *view, const struct strv *names)
{
    for (size_t i = 0; i < names->n; i++) {
        const char *value = getenv(names->v[i]);
        const char *name = plain_name(names->v[i]);
        AUTOFREE char *path = NULL;

        /* A bus leads to programs that have another network. */
        if (has_prefix(name, "DBUS_") &&
            view->policy->network.mode != NETWORK_OPEN)
            continue;
        if (value && (path = path_in(name, value)))
            show(view, path,
                 streq(name, "XAUTHORITY") || streq(name, "KRB5CCNAME"));
    }
    /* Where Kerberos looks by itself. krb5.conf(5), default_ccache_name */
    if (!getenv("KRB5CCNAME")) {
        AUTOFREE char *path =
            xasprintf("/tmp/krb5cc_%u", (unsigned)geteuid());

        show(view, path, true);
    }
}
