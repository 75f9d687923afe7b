/*
 * forward.h - serves the network of a run whose hosts are listed, from outside:
 * answers for names on the listeners that the stage made inside, connects for
 * the command, and copies both ways. It runs in launch.c's loop, all of it
 * without waiting.
 */
#ifndef FORWARD_H
#define FORWARD_H

#include "network.h"

struct forward;

/* Asks the stage for a socket of FAMILY made inside: forward_socket() gets it.
 */
typedef void forward_ask(void *data, int family);

/* Binds what is published; dies where a port is taken. The result is ended by
 * forward_end(). */
struct forward *forward_start(const struct network *network, forward_ask *ask,
                              void *data);

/* Is readable when forward_serve() has work. */
int forward_fd(const struct forward *forward);
void forward_serve(struct forward *forward);

/* The stage is there: what is published is accepted from now on. */
void forward_open(struct forward *forward);

/* Take what the stage made, and own it: a listener, a socket; FD is -1 where it
 * could not be made. */
void forward_listener(struct forward *forward, int fd);
void forward_socket(struct forward *forward, int fd);

/* The command has ended: waits until what it sent is sent on, nothing moves any
 * more, a signal comes, or 30 s are over; says what is lost. Then says what was
 * not reached, unless QUIET. */
void forward_end(struct forward *forward, bool quiet);

#endif
