/*
 * properties.h - how a view and its policy are said to systemd.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include "host.h"
#include "view.h"

/* Adds to WORDS systemd-run's properties, each "-pName=Value". Dies with the
 * remedy where HOST cannot enforce what VIEW asks for, and warns of protections
 * that are left off; else a pure function. */
void emit_properties(const struct view *view, const struct host *host,
                     struct strv *words);

#endif
