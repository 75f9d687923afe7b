/*
 * lead.h - what hooks, settings of git's and files that run by themselves lead
 * to: a symlink's target, a file that their text names. What of that the command
 * may write is watched as they are.
 */
#ifndef LEAD_H
#define LEAD_H

#include "watch.h"

/* Where PATH, absolute, leads is remembered, if the command could change that or
 * what is there. */
void watch_lead(struct watch *watch, const char *path);

/* PATH is run or read by others: as watch_lead(), and what it leads to is
 * watched, a directory with all that is in it. */
void watch_target(struct watch *watch, const char *path);

/* The directory PATH, which may lie in no tree, is one of hooks: its files, those
 * of a hook's name in the directory above, which stubs run, and what all these
 * lead to. */
void watch_hook_dir(struct watch *watch, const char *path);

/* The file PATH is run in the directory BASE, or in a work tree around what is
 * granted; NULL: in its own. The files that its text names. */
void watch_file_names(struct watch *watch, const char *path, const char *base);

/* The files that TEXT names, from BASE on; NULL: from each of the trees. */
void watch_names(struct watch *watch, const char *text, const char *base);

/* What the texts of the files in DIR name that run by themselves. DIR lies in no
 * tree: what is too long a text, or cannot be read, is none of the run's. */
void watch_texts_in(struct watch *watch, const char *dir);

/* The user's own files in the home directory that are links into a tree, as from
 * a repository of them, or whose text names what lies there. */
void watch_dotfiles(struct watch *watch);

/* Adds the entries of the directory PATH to NAMES; all, or the watch is cut. */
void list_entries(struct watch *watch, const char *path, struct strv *names);

/* Adds to CHANGED what leads elsewhere now. */
void compare_leads(const struct watch *watch, struct strv *changed);

#endif
