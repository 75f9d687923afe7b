/*
 * confine.h - what the steps of confinement share: confine.c, and those that it
 * calls in its order. Paths are absolute and normalised; HOMES are the names of
 * the user's home directory. All of it dies where memory runs out.
 */
#ifndef CONFINE_H
#define CONFINE_H

#include "policy.h"

/* ---- mounts.c ---- */

/* Nothing runs, so nothing is made for it either. */
bool only_shown(const struct policy *policy);

/* Adds a mount unless PATH has one of that kind. Dies of a path that cannot be
 * said in a unit file. OPTIONS and REASON are constants. */
void add_mount(struct policy *policy, enum mount_kind kind, const char *source,
               const char *path, const char *options, const char *reason);

/* The innermost mount that decides about PATH, so far; NULL for none. It is
 * the policy's, until the next add_mount(). */
const struct mount *mount_over(const struct policy *policy, const char *path);

/* Is PATH where ProtectHome= looks for home directories? systemd.exec(5). */
bool is_below_homes(const char *path);

/* Is PATH out of sight in the unit? */
bool is_hidden(const struct policy *policy, const char *path);

/* The names but its own at which FILE, as it is called outside, is seen in the
 * unit because a directory above it is bound there, in NAMES. */
void second_names(const struct policy *policy, const char *file,
                  struct strv *names);

/* What is mounted on a file counts at each name that this has in the unit. */
void mount_at_every_name(struct policy *policy);

bool is_inaccessible(const struct policy *policy, const char *path);

/* Is PATH where a confined run may write, by this or another of its names? */
bool is_writable_inside(const struct policy *policy, const char *path);

/* The same, whatever of it is mounted already. */
bool may_be_written(const struct policy *policy, const char *path);

bool is_top_level(const char *path);

/* Is the top-level directory PATH one of the system's? */
bool is_system_dir(const char *path);

/* The part of PATH below the home directory that it lies in, with its slash;
 * NULL where it lies in none. */
const char *below_home(const char *path, const struct strv *homes);

/* ---- hide.c ---- */

/* --current-dir-only: all but the system. */
void hide_everything(struct policy *policy, const struct strv *homes);

/* /run and the other terminals, with any path restriction. */
void hide_helpers(struct policy *policy);

/* /run/user granted brings the bus in it, granted /run/docker.sock is meant:
 * closes the known sockets wherever they would be seen. */
void close_known_sockets(struct policy *policy, const struct strv *homes);

/* A socket on what is mounted read-only can be connected to all the same: hides
 * those of daemons in the system's directories, and in the home directory where
 * that is seen, as proc_pid_net(5) lists them. */
void hide_system_sockets(struct policy *policy, const struct strv *homes);

/* ---- grant.c ---- */

/* The working directory or the project. Dies where that would confine nothing. */
void grant_bundle(struct policy *policy, const struct strv *homes);

/* --rw, --ro, --inaccessible. Dies of one that cannot be honoured. */
void grant_rules(struct policy *policy);

/* ---- command.c ---- */

/* FILE, by each name that it has after a symlink, with what was installed with
 * it, its interpreter, and what it is a shim of. DEPTH and FROM_INSIDE: 0 and
 * false for the command itself. */
void grant_command(struct policy *policy, const char *file,
                   const struct strv *homes, int depth, bool from_inside);

/* ---- git.c ---- */

/* Makes read-only what git would run out of the directories granted. */
void protect_repositories(struct policy *policy);

#endif
