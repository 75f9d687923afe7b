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

#endif
