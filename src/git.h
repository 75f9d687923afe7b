/*
 * git.h - what git would run later: protected before the run, looked at after
 * it.
 */
#ifndef GIT_H
#define GIT_H

#include "view.h"

/* Makes read-only what git would run from the directories that are granted. */
void protect_repositories(struct view *view);

/* After the run: removes, or warns of, what the command left for git to run
 * where no mount could prevent it. */
void check_after_run(const struct view *view);

#endif
