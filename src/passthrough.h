/*
 * passthrough.h - --property: which properties of systemd's may be passed on.
 */
#ifndef PASSTHROUGH_H
#define PASSTHROUGH_H

#include "options.h"

value_setter add_property;

/* Does ASSIGNMENT, NAME=VALUE, only take something away from a command? With a
 * path restriction nothing else is passed on. */
bool only_takes_away(const char *assignment);

/* Has a scope the property NAME? systemd.scope(5), systemd.resource-control(5).
 */
bool property_in_scope(const char *name);

#endif
