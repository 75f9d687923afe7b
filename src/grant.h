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

/* --rw, --ro, --inaccessible. Dies of one that cannot be honoured. */
void grant_rules(struct view *view);

#endif
