/*
 * grant.h - what of the hidden is granted: bundles and path options.
 */
#ifndef GRANT_H
#define GRANT_H

#include "view.h"

/* The working directory or the project. Dies where that would confine nothing.
 */
void grant_bundle(struct view *view, const struct strv *homes);

/* --rw, --ro, --inaccessible. Dies where one of them cannot be honoured. */
void grant_rules(struct view *view);

#endif
