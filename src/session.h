/*
 * session.h - what a run without a path restriction keeps of the caller's
 * session.
 */
#ifndef SESSION_H
#define SESSION_H

#include "view.h"

/* Is NAME one of the variables that each program of a desktop's session has:
 * its display, its buses, its agent? */
bool is_session_variable(const char *name);

/* Shows what the variables NAMES, which go to the command, name below /tmp,
 * where the run has a /tmp of its own: each socket, the X server's key,
 * Kerberos' tickets. */
void keep_session(struct view *view, const struct strv *names);

#endif
