/*
 * shown.h - files of a hidden home directory that the stage mounts, not systemd:
 * both ends of it.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include "host.h"
#include "view.h"

/* Where a unit has the home directory until the stage has mounted. */
#define SHOWN_FROM "/run/playpen.home"

/* Marks mounts of VIEW, once it is complete, as the stage's, and sets its
 * shown_from to the home directory that they are in. None where it is not worth
 * it, or where the stage has no right to. */
void choose_shown(struct view *view, const struct host *host);

/* In the stage: mounts FILES, each "DEVICE:INODE:PATH" with PATH in the directory
 * HOME, read-only from SHOWN_FROM, and takes that away. Returns NULL or, with
 * errno, which of them could not be. */
const char *show_files(const char *home, const struct strv *files);

#endif
