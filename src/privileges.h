/*
 * privileges.h - commands that a run does not suit as it is.
 */
#ifndef PRIVILEGES_H
#define PRIVILEGES_H

#include "host.h"
#include "view.h"

/* One note before the command starts where it needs a privilege that the run
 * takes away, or where what does its work is started by somebody else, so that
 * no limit holds for that. SCOPE: so little is different there that only the
 * latter matters. */
void note_privileges(const struct view *view, const struct host *host,
                     bool scope);

#endif
