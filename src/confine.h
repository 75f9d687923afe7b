/*
 * confine.h - what the steps of confinement share: confine.c, git.c.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "policy.h"

/* Adds a mount unless PATH has one of that kind. Dies of a path that cannot be
 * said in a unit file. OPTIONS and REASON are constants. */
void add_mount(struct policy *policy, enum mount_kind kind, const char *source,
               const char *path, const char *options, const char *reason);

/* Nothing runs, so nothing is made for it either. */
bool only_shown(const struct policy *policy);

bool exists(const char *path);

/* Of an absolute PATH; the result is the caller's. */
char *parent_of(const char *path);

/* By the innermost mount over PATH, so far. */
bool is_inaccessible(const struct policy *policy, const char *path);
bool is_writable_inside(const struct policy *policy, const char *path);

/* Makes read-only what git would run out of the directories granted. */
void protect_repositories(struct policy *policy);

#endif
