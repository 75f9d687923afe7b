/*
 * persist.h - what tools keep for their next run, apart from the user's own:
 * nothing that runs outside reads what confined programs wrote there.
 */
#ifndef PERSIST_H
#define PERSIST_H

#include "view.h"

/* The directory of playpen's own: $XDG_STATE_HOME/playpen, by its real name
 * where it is there. A constant. */
const char *state_directory(void);

/* Is PATH, a real name, that directory or below it? */
bool is_state(const char *path);

/* RULE, a --persist of some kind for PATH: mounts what is kept for it, which is
 * made where it is missing, but not in a dry run. Dies where something stands in
 * its way, or it cannot be made; what a preset asks for is done without then,
 * with a warning. */
void persist(struct view *view, const struct path_rule *rule, const char *path,
             const struct strv *homes);

/* --persist under the state directory is for playpen alone. */
void protect_state(struct view *view);

/* Makes in what is kept the places of the other mounts; to be called when no more
 * are added but such as lie on places that are there. Dies where something
 * stands in the way. */
void make_mount_points(struct view *view);

/* After the run: takes away what make_mount_points() made, unless another run
 * uses it. */
void remove_mount_points(const struct view *view);

/* After the run: one line where it built into what is kept, and a variable had
 * named a directory of the user's for it. A warning. */
void point_out_built(const struct view *view);

/* One line about what is kept from now on, where the user has their own: a
 * note. */
void note_persisted(const struct view *view);

/* "npm 1.2G, python3 30M": what is kept for each preset, of all projects, on
 * disk. The caller's; NULL where nothing is. */
char *measure_persisted(void);

#endif
