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
                     bool scope, struct strv *words);

/* Does something in VIEW need a namespace? */
bool needs_namespaces(const struct view *view, const struct host *host);

/* Does the stage mount a /dev/pts? PrivateDevices= of a user manager binds a
 * /dev/ptmx that is a device without the directory it is in: the kernel finds no
 * pts beside it, and open(2) is ENOENT (measured on 252 and 257). */
bool needs_devpts(const struct view *view, const struct host *host);

/* Does the stage make /sys read-only? ProtectKernelTunables= leaves it writable
 * in some places (measured on 257). */
bool needs_tunables(const struct view *view, const struct host *host);

/* Does nothing in VIEW need a namespace, or anything else that a scope has not?
 * Then the unit is a scope, and the command inherits all from its caller. */
bool needs_no_service(const struct view *view, const struct host *host);

#endif
