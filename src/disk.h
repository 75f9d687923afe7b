/*
 * disk.h - the block device under a directory.
 */
#ifndef DISK_H
#define DISK_H

#include "util.h"

/* The numbers of the block device that the directory DIR lies on: its own, or
 * where that has none, as on btrfs, the source of its mount. NULL, or what is
 * the matter, the caller's, as the end of "DIR ...". statx(2),
 * proc_pid_mountinfo(5). */
char *find_disk(const char *dir, unsigned *disk_major, unsigned *disk_minor);

#endif
