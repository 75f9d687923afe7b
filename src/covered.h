/*
 * covered.h - programs that a run left in a directory of the caller's PATH, where
 * they are found before others of the same names, and completions beside it.
 */
#ifndef COVERED_H
#define COVERED_H

#include "view.h"

/* Adds to KNOWN what of that kind is there before the run. */
void list_covering(const struct view *view, struct strv *known);

/* After a run that began at SINCE: one line for such programs that were not KNOWN,
 * or that the run has changed. A warning. */
void point_out_covered(const struct view *view, struct timespec since,
                       const struct strv *known);

#endif
