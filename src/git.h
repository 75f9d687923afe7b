/*
 * git.h - what git would run later: protected before the run, looked at after
 * it.
 */
#ifndef GIT_H
#define GIT_H

#include "view.h"

/* Makes read-only what git would run out of the directories granted. */
void protect_repositories(struct view *view);

/* After the run: takes away, or points out, what the command left for git to
 * run, and no mount could keep it from leaving. */
void check_after_run(const struct view *view);

#endif
