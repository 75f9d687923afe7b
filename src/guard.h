/*
 * guard.h - a process that ends a unit whose playpen is gone, where the stage in
 * that unit cannot: it is stopped, or frozen with its cgroup.
 */
#ifndef GUARD_H
#define GUARD_H

#include <stdbool.h>
#include <sys/types.h>

/* Starts it for the cgroup CGROUP, a directory from cgroup_open(), of UNIT, which
 * its manager, systemd or the user's, keeps where it fails; NULL for one that is
 * not kept. The result is for guard_end(); 0 where none can be started, with a
 * warning. */
pid_t guard_start(int cgroup, const char *unit, bool system);

/* Ends it. The unit is left as it is. guard_dismiss() does not wait for the end,
 * and guard_end() has to follow. */
void guard_dismiss(pid_t guard);
void guard_end(pid_t guard);

#endif
