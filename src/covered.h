/*
 * covered.h - programs that a run left in a directory of the caller's PATH, where
 * they are found before others of the same names, completions beside it, and
 * libraries by LD_LIBRARY_PATH.
 */
#ifndef COVERED_H
#define COVERED_H

#include "view.h"

/* Adds to KNOWN what of that kind is there before the run. */
void list_covering(const struct view *view, struct strv *known);

/* After a run that began at SINCE: a line for programs, one for libraries, that
 * were not KNOWN, or that the run has changed. Warnings. */
void point_out_covered(const struct view *view, struct timespec since,
                       const struct strv *known);

#endif
