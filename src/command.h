/*
 * command.h - the command's own files.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "view.h"

/* The file that VIEW executes, by each name that it has after a symlink, with
 * what was installed with it, its interpreter, and what it is a shim of. Makes
 * VIEW->executable the file's real name where only that is granted. */
void grant_command(struct view *view, const struct strv *homes);

#endif
