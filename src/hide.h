/*
 * hide.h - what a path restriction takes out of sight.
 */
#ifndef HIDE_H
#define HIDE_H

#include "view.h"

/* --current-dir-only: all but the system. */
void hide_everything(struct view *view, const struct strv *homes);

/* /run and the other terminals, with any path restriction. */
void hide_helpers(struct view *view);

/* Hides the known sockets wherever the unit would show them. Granting a
 * directory must not grant the sockets in it; granting a socket by its own path
 * does. */
void close_known_sockets(struct view *view, const struct strv *homes);

/* Hides the sockets of daemons that proc_pid_net(5) lists in the system's
 * directories, and in the home directory where that is seen: a read-only mount
 * does not keep a program from connecting to a socket. */
void hide_system_sockets(struct view *view, const struct strv *homes);

/* A socket or a named pipe on what is mounted read-only can be used all the same:
 * hides those in /var and /opt, and in what the user granted read-only. */
void hide_pipes(struct view *view);

/* Is PATH the socket of a helper that is known, or below a directory of such? */
bool is_known_socket(const char *path, const struct strv *homes);

#endif
