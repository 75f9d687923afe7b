/*
 * autorun.h - files of a project that other programs run, or take commands from,
 * by themselves: when a directory is opened or entered, or a tool that has
 * nothing to do with the project is called there.
 */
#ifndef AUTORUN_H
#define AUTORUN_H

#include <stdbool.h>

/* Is DIR/NAME one? DIR is relative, "." for the top. */
bool runs_by_itself(const char *dir, const char *name);

/* Does DIR belong to packages that were installed, each with all that its author
 * keeps beside the source? Nobody opens or enters it. */
bool in_packages(const char *dir);

#endif
