/*
 * shown.h - what the stage mounts, not systemd: empty directories, and files of
 * a hidden home directory. Both ends of it.
 */
#ifndef SHOWN_H
#define SHOWN_H

#include "host.h"
#include "view.h"

/* Where a unit has the home directory until the stage has mounted. */
#define SHOWN_FROM "/run/playpen.home"

/* Marks mounts of VIEW, once it is complete, as the stage's, and sets its
 * shown_from to the home directory that the files are in; NULL where there are
 * too few of them. None where the stage has no right to mount. */
void choose_shown(struct view *view, const struct host *host);

/* In the stage: makes each of PATHS an empty directory. Returns NULL or, with
 * errno, which of them could not be. */
const char *hide_directories(const struct strv *paths);

/* In the stage: makes the mount PATH and those below it read-only, or writable.
 * False with errno. */
bool make_read_only(const char *path, bool read_only);

/* Is what is mounted over PATH read-only? Where its file system does not say, as
 * some of FUSE's do not: can it not be written? */
bool is_read_only(const char *path);

/* In the stage: mounts FILES, each "DEVICE:INODE:PATH" with PATH in the directory
 * HOME, read-only from SHOWN_FROM, and takes that away. Returns NULL or, with
 * errno, which of them could not be. */
const char *show_files(const char *home, const struct strv *files);

#endif
