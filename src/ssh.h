/*
 * ssh.h - the system's configuration of ssh, in a user namespace.
 */
#ifndef SSH_H
#define SSH_H

#include "host.h"
#include "view.h"

/* Mounts the user's own copy over each file that the system's ssh_config(5)
 * includes: ssh refuses one that belongs neither to root nor to the user, and
 * in a user namespace root's files are nobody's. The copies are made anew when
 * a file has changed. Call it where the unit gets a user namespace. */
void keep_ssh_configuration(struct view *view, const struct host *host);

#endif
