/*
 * gitlock.c - git wants to write a configuration that is read-only inside: it
 * writes a lock beside it, and fails to rename that. The lock is seen by
 * inotify(7), and a line says what helps. A lock that is renamed is the user's
 * own git's, and one that is not written changes nothing.
 */
#include "git.h"
#include "path.h"
#include "watch.h"

#include <sys/inotify.h>
#include <string.h>
#include <unistd.h>

static bool is_config(const char *name)
{
    return streq(name, "config") || streq(name, "config.worktree");
}

void watch_locks(const struct view *view, struct locks *locks)
{
    *locks = (struct locks){ .fd = -1 };
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        AUTOFREE char *dir = parent_of(mount->path);

        if (mount->kind != MOUNT_RO ||
            !is_config(strrchr(mount->path, '/') + 1) ||
            !is_writable_inside(view, dir) || locks->count >= MAX_LOCKS)
            continue;
        if (locks->fd < 0)
            locks->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
        locks->configs[locks->count] = mount->path;
        locks->watches[locks->count] =
            inotify_add_watch(
                locks->fd, dir,
                IN_MODIFY | IN_MOVED_FROM | IN_DELETE | IN_ONLYDIR);
        if (locks->watches[locks->count] >= 0)
            locks->count++;
    }
}

/* Is CONFIG a submodule's? There git writes what stands there already. */
static bool is_part(const struct view *view, const char *config)
{
    AUTOFREE char *dir = parent_of(config);

    return view->watch && strv_has(&view->watch->parts, dir);
}

/* Which configuration's lock EVENT is about, or -1. */
static int config_of(const struct locks *locks,
                     const struct inotify_event *event)
{
    for (unsigned i = 0; i < locks->count; i++) {
        const char *name = strrchr(locks->configs[i], '/') + 1;

        if (locks->watches[i] == event->wd && event->len &&
            has_prefix(event->name, name) &&
            streq(event->name + strlen(name), ".lock"))
            return (int)i;
    }
    return -1;
}

void point_out_locks(const struct view *view, struct locks *locks, int status)
{
    char buffer[4096]
        __attribute__((aligned(__alignof__(struct inotify_event))));
    bool written[MAX_LOCKS] = { false }, lost[MAX_LOCKS] = { false };
    const char *wanted = NULL;
    ssize_t length;

    while ((length = read(locks->fd, buffer, sizeof(buffer))) > 0)
        for (char *at = buffer; at < buffer + length;) {
            const struct inotify_event *event = (void *)at;
            int which = config_of(locks, event);

            if (which >= 0) {
                lost[which] |= written[which] && event->mask & IN_DELETE;
                written[which] = event->mask & IN_MODIFY;
            }
            at += sizeof(*event) + event->len;
        }
    for (unsigned i = 0; i < locks->count && !wanted; i++)
        if ((lost[i] || written[i]) && (status || has_notes(view->policy) ||
                                        !is_part(view, locks->configs[i])))
            wanted = locks->configs[i];
    if (locks->fd >= 0)
        close(locks->fd);
    locks->fd = -1;
    /* What is lost is said always: husky goes on as if nothing were. */
    if (wanted) {
        const char *name = shown(view, wanted);
        AUTOFREE char *option = remedy(view->policy, "--rw", name);

        warn("%s was to be written, and is read-only in this run: %s lets "
             "git write it",
             name, option);
    }
}
