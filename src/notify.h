/*
 * notify.h - the stage's part of --why: it is told of each call of the command's
 * that names a path or an address, lets it go on at once, and asks for the same
 * name itself. seccomp_unotify(2)
 */
#ifndef NOTIFY_H
#define NOTIFY_H

#include "util.h"

/* What was wanted of a name and was not to be had. */
enum {
    MISSED_LOOK = 1,     /* its attributes; access(2), readlink(2) */
    MISSED_READ = 2,     /* its content: to open, enter or execute it */
    MISSED_EXECUTE = 4,
    MISSED_CONNECT = 8,  /* a socket, or an address */
    MISSED_WRITE = 16,   /* to write it, or to make it where it is not */
    MISSED_PLACE = 32,   /* to write its directory: to make it, to remove it */
    MISSED_MADE = 64,    /* the command made its own; with no other: it did not
                          * ask before, and may have hidden one outside */
};

/* Installs the filter on the calling process, which must have no_new_privs set,
 * and sends its listener over the socket SOCKET. Nothing else of the process may
 * name a path before execve(2) but what the watcher answers. False with errno
 * where the kernel does not do it; EBUSY: there is a listener already. */
bool notify_install(int socket);

struct watcher;

/* Starts the thread that waits at SOCKET for the listener, and then serves it to
 * the end of the process. PROC: /proc, a descriptor that is the watcher's. NULL
 * with errno where that fails. With DROP the thread gives up its
 * capabilities. */
struct watcher *watcher_start(int socket, int proc, bool drop);

/* What it saw so far, in a file in memory: a line of three numbers, "LISTENERS
 * UNSEEN DROPPED": how often a listener of the command's own was refused, how
 * many calls could not be looked at, how many names are left out; then two
 * lines a name, "WHAT COUNT LAST PROGRAM" and the name: a path, or an address.
 * All lines end with a zero byte. LAST: the higher, the later it was missed. -1
 * with errno where that fails. */
int watcher_report(struct watcher *watcher);

#endif
