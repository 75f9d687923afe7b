/*
 * explain.h - what a command may do, for a person to read.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "host.h"
#include "view.h"

/* For a person, on stdout: what VIEW allows on HOST, and why. ENVIRONMENT:
 * the names passed. Coloured on a terminal, unless NO_COLOR is set. */
void explain(const struct view *view, const struct host *host,
             const struct strv *environment);

#endif
