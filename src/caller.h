/*
 * caller.h - what the command of a service is given of its caller, since the
 * manager starts it. A scope's command inherits it all by itself.
 */
#ifndef CALLER_H
#define CALLER_H

#include "orders.h"

/* The signals that this process ignores and blocks, as lists. Before anything
 * changes them. */
void keep_signals(struct orders *orders);

/* umask, nice level, resource limits, CPU affinity, scheduling and I/O class,
 * personality, timer slack and oom_score_adj of this process; of these but the
 * first three only what is not the default. Not what one of PROPERTIES
 * ("UMask=0077") sets. */
void keep_scheduling(struct orders *orders, const struct strv *properties);

/* What the kernel counts by user for all programs of a user together: inotify,
 * namespaces, queued signals, messages, locked memory. A confined command gets
 * half of it, so that it cannot take all. */
void keep_half(struct orders *orders, const struct strv *properties);

/* The inodes of this process's namespaces NAMES ("user", "mnt", ...; NULL ends
 * them): "user:4026531837,...". The result is the caller's. namespaces(7) */
char *own_namespaces(const char *const *names);

#endif
