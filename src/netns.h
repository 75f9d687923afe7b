/*
 * netns.h - what the stage sets up in the unit's own network namespace: more
 * addresses on its loopback, and listening sockets. A socket stays in the
 * namespace that it was made in, whoever gets it: network_namespaces(7).
 */
#ifndef NETNS_H
#define NETNS_H

#include "util.h"

/* Does what TEXT says, parts separated by commas: "address=ADDRESS/BITS" puts
 * one on the loopback, "tcp=ADDRESS/PORT" and "udp=ADDRESS/PORT" make a socket,
 * which TAKE gets, and closes. A part with IPv6 is left out where the namespace
 * has none. Changes TEXT. Returns the part that cannot be done, with errno set;
 * NULL if all is well. */
const char *set_up_network(char *text, void (*take)(void *data, int fd),
                           void *data);

#endif
