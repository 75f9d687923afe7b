/*
 * cgroup.h - the control group of a run: who is in it, and its end. cgroups(7),
 * the unified hierarchy.
 */
#ifndef CGROUP_H
#define CGROUP_H

#include "util.h"

/* The path of PID's cgroup below /sys/fs/cgroup, with a slash at its beginning,
 * or of the caller's with 0. NULL where there is none in the unified hierarchy.
 * The result is the caller's. */
char *cgroup_of(pid_t pid);

/* Opens the directory of the cgroup PATH, from cgroup_of(), with O_PATH and
 * O_CLOEXEC. -1 with errno where that fails. */
int cgroup_open(const char *path);

/* The processes of the cgroup DIR, but for the two named, as numbers of the
 * caller's PID namespace. The list ends with 0 and is the caller's. */
pid_t *cgroup_processes(int dir, pid_t except, pid_t except_too);

/* The value of KEY, as "oom_kill", in the file NAME of the cgroup DIR, as
 * "memory.events"; 0 where that cannot be read. */
uint64_t cgroup_value(int dir, const char *name, const char *key);

/* Kills all processes of the cgroup DIR, the caller as well if it is in there:
 * by cgroup.kill (Linux 5.14), or one by one. */
void cgroup_kill(int dir);

#endif
