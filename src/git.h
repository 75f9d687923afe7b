/*
 * git.h - what git, or another program, would run later: protected before the
 * run, looked at after it.
 */
#ifndef GIT_H
#define GIT_H

#include "view.h"

/* Searches what is granted read-write for repositories. Protects those that the
 * grants are the work trees of, with their submodules and linked work trees, and
 * remembers what of the others git would run. RUNTIME_DIR is where copies of
 * hooks are made; NULL for none. */
void protect_repositories(struct view *view, const char *runtime_dir);

/* Remembers what is protected by the mounts. Once, when there will be no more. */
void remember_protected(struct view *view);

/* Is PATH, in what is granted, something that is protected by itself: --rw of it
 * mounts nothing, and lifts that? */
bool is_git_part(const char *path);

/* After the run: compares, takes away what must not stay, and points out what
 * the command left for git and others to run. */
void check_after_run(const struct view *view);

/* ---- between git.c and gitafter.c ---- */

/* Removes the directory NAME of PARENT with all that is in it, by
 * descriptors. */
void remove_all(int parent, const char *name);

/* The places of git's own in the repository GIT, ended by NULL: what holds the
 * commands of a rebase and its kin, or leads to another repository. */
extern const char *const git_states[];

/* Does HEAD, a file that may be missing, name a branch by what a shell would run?
 * A prompt that is made of it twice does: PROMPT_COMMAND='PS1="$(git branch
 * --show-current)"'. */
bool names_command(const char *head);

/* The directory, absolute, that the file PATH of a tree names after PREFIX, as
 * git reads it (no "~", any number of newlines); NULL for none. */
struct watch;
char *named_directory(const struct watch *watch, const char *path,
                      const char *prefix);

/* Is the file PATH, in the work tree of the repository GIT, one that git tracks? By
 * its name in the index (gitformat-index(5)), whose version 4 leaves parts of names
 * out, and which may be split, or larger than any: then it counts as one. */
bool is_tracked(const struct watch *watch, const char *git, const char *path);

/* Did --rw name PATH, or the part of a repository that it lies in? */
bool is_lifted(const struct view *view, const char *path);

/* githooks(5); NULL ends them. */
extern const char *const hook_names[];

/* PATH as it is called from the working directory, to be read by a person.
 * Points into PATH. */
const char *shown(const struct view *view, const char *path);

/* ---- gitlock.c ---- */

enum { MAX_LOCKS = 16 };

/* The locks of configurations that are read-only inside. */
struct locks {
    int fd; /* of inotify(7), or -1 */
    unsigned count;
    int watches[MAX_LOCKS];
    const char *configs[MAX_LOCKS]; /* the view's */
};

/* From here on what git locks is seen; where inotify is not to be had it is
 * not. */
void watch_locks(const struct view *view, struct locks *locks);

/* One line if one of them was locked; for a submodule's it is a note, unless the
 * command failed, with STATUS. */
void point_out_locks(const struct view *view, struct locks *locks, int status);

#endif
