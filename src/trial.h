/*
 * trial.h - what is known of this machine only by trying it out through the
 * manager, and is remembered in the runtime directory.
 */
#ifndef TRIAL_H
#define TRIAL_H

#include "host.h"

/* systemd's version, by FILE, its systemd-run: asked once, until FILE is
 * another; 0 where it does not say. */
unsigned systemd_version(const struct host *host, const char *file);

/* Starts a unit with namespaces of its own. 0 where that works, else the status
 * of systemd-run, 217 or 226 in systemd.exec(5)'s table where the namespaces
 * failed. */
int try_namespaces(const struct host *host);

/* Does that work, tried until it did once? Where the trial itself fails it is
 * presumed. */
bool has_namespaces(const struct host *host);

/* What worked may not any more: the next has_namespaces() tries it. */
void forget_namespaces(const struct host *host);

#endif
