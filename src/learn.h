/*
 * learn.h - --learn: from what a run missed to the lines of a preset.
 */
#ifndef LEARN_H
#define LEARN_H

#include "stats.h"
#include "why.h"

/* Shows the lines that the user's preset policy->learn would need for FINDINGS,
 * and adds them to it with --yes, or after "y" at a terminal. STATS are the
 * run's. Dies where the preset cannot be written. */
void learn(const struct view *view, const struct findings *findings,
           const struct stats *stats);

#endif
