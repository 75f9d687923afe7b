/*
 * grant.h - what of the hidden is granted: bundles and path options.
 */
#ifndef GRANT_H
#define GRANT_H

#include "view.h"

/* The working directory or the project. Dies where that would confine nothing.
 */
void grant_bundle(struct view *view, const struct strv *homes);

/* One line for each repository, or part of one, that a file of the project names
 * and that is hidden after all. A note. */
void point_out_repository(const struct view *view, const struct strv *homes);

/* The directory upwards of HERE that --project-only would grant. The caller's. */
char *project_of(const char *here, const struct strv *homes);

/* Does a symlink on the way from PATH to its file lie where this run, or one
 * before it, may have made it? */
bool link_is_writable_inside(const struct view *view, const char *path);

/* The path of PATH in the unit. A symlink that the unit shows is followed
 * there, so that its target is named; a hidden one is not there, so that a
 * mount can be made at its path. The caller's. */
char *name_inside(const struct view *view, const char *path);

/* --rw, --ro, --inaccessible, --persist. Dies of one that cannot be honoured. */
void grant_rules(struct view *view, const struct strv *homes);

#endif
