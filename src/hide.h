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

/* /run/user granted brings the bus in it, granted /run/docker.sock is meant:
 * closes the known sockets wherever they would be seen. */
void close_known_sockets(struct view *view, const struct strv *homes);

/* A socket on what is mounted read-only can be connected to all the same: hides
 * those of daemons in the system's directories, and in the home directory where
 * that is seen, as proc_pid_net(5) lists them. */
void hide_system_sockets(struct view *view, const struct strv *homes);

/* A socket or a named pipe on what is mounted read-only can be used all the same:
 * hides those in /var and /opt, and in what the user granted read-only. */
void hide_pipes(struct view *view);

#endif
