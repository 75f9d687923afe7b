/*
 * autorun.h - files of a project that other programs run, or take commands from,
 * by themselves: when a directory is opened or entered, or a tool that has
 * nothing to do with the project is called there. DIR is relative, "." for the
 * top.
 */
#ifndef AUTORUN_H
#define AUTORUN_H

#include <stdbool.h>

/* Which of DIR's files can be such: some by their names alone, some of this
 * directory as well, or all. */
enum autorun { AUTORUN_NAMES, AUTORUN_FILES, AUTORUN_ALL };
enum autorun autorun_in(const char *dir);

/* Is DIR/NAME one, DIR being of that KIND? */
bool runs_by_itself(enum autorun kind, const char *dir, const char *name);

/* Is NAME one where an .envrc lies beside it? */
bool runs_beside_envrc(const char *name);

/* Would the symlink DIR/NAME be taken for a directory that holds such? */
bool leads_to_autoruns(const char *dir, const char *name);

/* Does DIR belong to packages that were installed, each with all that its author
 * keeps beside the source? Nobody opens or enters it. */
bool in_packages(const char *dir);

#endif
