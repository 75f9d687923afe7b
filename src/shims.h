/*
 * shims.h - playpen under another name, and the links that give it one.
 */
#ifndef SHIMS_H
#define SHIMS_H

#include "view.h"

/* The preset that playpen, called as ARGV0, stands for: NAME of "pp-NAME" or
 * "NAME"; NULL where it is the generic command. Points into ARGV0. */
const char *name_of_shim(const char *argv0);

/* Is FILE this program, by whatever link, or another copy of it? */
bool is_playpen(const char *file);

/* What a directory holds. Under a plain name a tool would be found there before
 * itself. */
struct links {
    bool pp;    /* links to playpen, called pp-NAME */
    bool bare;  /* such under the tools' plain names */
    bool other; /* anything else, or it cannot be read, */
    bool callable; /* and among it files that can be executed */
};
struct links links_in(const char *dir);

/* Are links under plain names all that DIR, an absolute path, offers on PATH? */
bool has_only_bare_links(const char *dir);

/* Is the first NAME on PATH that VIEW shows a link to playpen? Without a VIEW,
 * the first that there is. Not if NAME has a slash. */
bool finds_shim(const char *name, const struct view *view);

/* Becomes the real tool COMMAND[0], the next one on PATH. */
void exec_nested(char **command) __attribute__((noreturn));

/* Makes links to this program in the directory WHERE, for NAMES (ended by NULL)
 * or, if there are none, for all presets; removes such links. Returns
 * EXIT_REFUSED, with a line for each, where something foreign is in the way or
 * cannot be removed. */
int install_shims(const char *where, char *const *names, bool bare);
int remove_shims(const char *where);

#endif
