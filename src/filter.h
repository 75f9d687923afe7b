/*
 * filter.h - the system calls that a command under a path restriction does not
 * get. seccomp(2), seccomp_unotify(2).
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

/* Which calls the filter leaves to the command. */
enum filter {
    FILTER_FULL,   /* a bundle, or any other path restriction */
    FILTER_NESTED, /* the calls that a sandbox inside needs are left */
    FILTER_NETWORK, /* no path restriction, the network is closed: sockets alone */
};

/* Installs the filter on the calling thread, which must have no_new_privs set.
 * The filter holds for all that the thread executes. False with errno where the
 * kernel does not take it, or where this machine's architecture has no table. */
bool filter_install(enum filter filter);

/* The release of the newest kernel whose calls were looked at: "6.18". Calls
 * that a newer one adds are refused. */
extern const char filter_kernel[];

/* Is the running kernel newer than that? uname(2). */
bool filter_lacks_calls(void);

#endif
