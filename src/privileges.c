/*
 * privileges.c - says what a command misses that is setuid or has file
 * capabilities, that brings a sandbox of its own, records owners of files, or
 * has a daemon work for it.
 */
#include "privileges.h"
#include "path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Known to have their work done in a unit of another's or of its own. */
static const struct {
    const char *name, *remedy;
} delegates[] = {
    { "docker", "docker run has --memory and --cpus" },
    { "podman", "podman run has --memory and --cpus" },
    { "nerdctl", "nerdctl run has --memory and --cpus" },
    { "flatpak", "systemctl --user set-property its scope limits it" },
    { "snap", "systemctl --user set-property its scope limits it" },
    { "systemd-run", "its own -p MemoryMax= does" },
    { "machinectl", "machinectl set-limit and set-property do" },
    { "at", "write playpen into the job" },
    { "batch", "write playpen into the job" },
};

/* Those that need newuidmap or fusermount, which are setuid. */
static const char *const helped[] = { "podman", "flatpak", "snap", NULL };

/* What FILE has that a user namespace takes away; NULL for nothing. */
static const char *privilege_of(const char *file)
{
    unsigned char magic[11] = { 0 };
    AUTOCLOSE int fd = -1;
    struct stat st;

    if (stat(file, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    if (st.st_mode & S_ISUID)
        return "setuid";
    if ((st.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
        return "setgid";
    if (getxattr(file, "security.capability", NULL, 0) > 0)
        return "given file capabilities";
    fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd >= 0 && pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
        memcmp(magic + 8, "AI\2", 3) == 0)
        return "an AppImage, which mounts itself by a setuid helper";
    return NULL;
}

/* tar, as it is mostly called: "tar cf", "tar -cf", "tar --create". */
static bool records_owners(char *const *command, const char *name)
{
    const char *word = command[1] ? command[1] : "";

    if (streq(name, "chgrp"))
        return true;
    return streq(name, "tar") &&
           (has_prefix(word, "--create") ||
            (!has_prefix(word, "--") && strcspn(word, "cru") < strlen(word)));
}

/* True where there was something to say. */
static bool note_lost_privilege(const struct view *view, const char *name,
                                const char *file)
{
    const struct policy *policy = view->policy;
    const char *called = policy->command[0];
    AUTOFREE char *limits = remedy(policy, "--limits-only", NULL);
    AUTOFREE char *nested = remedy(policy, "--nested-sandbox", NULL);
    AUTOFREE char *helps = xasprintf(
        view->restricted
            ? "start it outside of a path restriction, or with %s"
            : "add %s",
        limits);
    const char *what = privilege_of(file);

    if (what) {
        warn("%s is %s, which has no effect in this run's user namespace: %s",
             called, what, helps);
        return true;
    }
    if (streq(name, "bwrap") && !policy->nested_sandbox.on &&
        (view->restricted || policy->protect_kernel_tunables.on)) {
        warn("%s: a sandbox inside this run may lack what it needs: add %s",
             called, nested);
        return true;
    }
    if (records_owners(policy->command, name)) {
        warn("%s: other users and your further groups are nobody and nogroup "
             "in this run's user namespace: %s",
             called, helps);
        return true;
    }
    return false;
}

void note_privileges(const struct view *view, const struct host *host,
                     bool scope)
{
    const struct policy *policy = view->policy;
    AUTOFREE char *file = real_path(view->executable);
    const char *name = base_name(policy->command[0]);
    bool unprivileged = !scope && !host->system && can_unshare(host);

    if (!has_notes(policy) || !file)
        return;
    if (unprivileged && note_lost_privilege(view, name, file))
        return;
    for (size_t i = 0; i < ARRAY_LEN(delegates); i++) {
        if (!streq(name, delegates[i].name))
            continue;
        if (view->restricted)
            warn("%s: what does its work is out of reach under a path "
                 "restriction: start it outside of one",
                 policy->command[0]);
        else
            warn("%s: what it starts is no child of it, and no limit of this "
                 "run holds there: %s%s",
                 policy->command[0], delegates[i].remedy,
                 unprivileged && is_one_of(name, helped)
                     ? "; its setuid helpers need --limits-only"
                     : "");
        return;
    }
}
