/*
 * properties.h - how a view and its policy are said to systemd.
 */
#ifndef PROPERTIES_H
#define PROPERTIES_H

#include "host.h"
#include "view.h"

/* systemd-run's properties, each "-pName=Value", in WORDS. Dies with the
 * remedy where HOST cannot enforce what VIEW asks for. Apart from that and
 * the line on protections left off, a pure function. */
void emit_properties(const struct view *view, const struct host *host,
                     struct strv *words);

/* Is NAME a property that an option of playpen's own becomes? Then that
 * option, a constant, else NULL. */
const char *option_for_property(const char *name);

#endif
