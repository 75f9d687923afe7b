/*
 * command.h - what command.c, script.c and tools.c share: how a program that is
 * hidden is granted, read-only, with what it needs.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "view.h"

/* On whose behalf a program is looked for. */
struct lookup {
    struct view *view;
    const struct strv *homes;
    const char *reason; /* a constant, for --explain */
    int depth;          /* 0 for the program itself, more for what it starts */
    bool from_inside;   /* a place that the command may write asks for it */
    bool script;        /* a text for an interpreter that is known */
    bool silent;        /* nothing is said of what is not granted */
};

/* The command, the script that it is told to run, and the tools that they find
 * on PATH or by a variable, with what was installed with each. Makes
 * VIEW->executable the command's real name where only that is granted. */
void grant_command(struct view *view, const struct strv *homes);

/* Grants FILE by each name that it has after a symlink, with what was installed
 * with it, its interpreter, and what it is a shim of. Its real path, the
 * caller's; NULL where there is no such file. */
char *grant_file(const struct lookup *asked, const char *file);

/* Binds the directory or file that PATH is now at that name. */
void grant_at_name(const struct lookup *lookup, const char *path);

/* The installation PREFIX, or the directory in which it and its like lie. */
void grant_prefix(const struct lookup *lookup, const char *prefix);

/* The directories of PREFIX in which programs, and what belongs to them, lie. */
void grant_parts(const struct lookup *lookup, const char *prefix);

/* NAME is a link to, or another name of, TOOL, which picks the version to run
 * from its own directories: rustup, mise, volta. FILE is the one that has these
 * names. */
void grant_proxied(const struct lookup *lookup, const char *name,
                   const char *tool, const char *file);

/* The installations that the tool NAME keeps for itself in ~/.local/share/NAME, as
 * uv its Pythons. FILE, by its name, says that it is one. */
void grant_kept(const struct lookup *lookup, const char *name, const char *file);

/* The settings by which the version manager whose shims/ is SHIMS chooses. */
void grant_shim_settings(const struct lookup *lookup, const char *shims);

/* Is REAL the interpreter of an installation that is nothing else, with its
 * library, and LINK in a virtual environment made from it? The one link in what
 * a confined run may write that is followed. */
bool is_own_interpreter(const char *link, const char *real,
                        const struct strv *homes);

/* The outermost project below the home directory that DIR lies in, in which
 * another run may have written; NULL for none. The caller's. */
char *project_around(const char *dir, const struct strv *homes);

/* Does a symlink on the way from NAME to REAL lie where this run may write, or
 * in a project, where another may have, and lead out of there? */
bool is_led_out(const struct lookup *lookup, const char *name, const char *real);

/* The program of FILE's "#!" line, through env; NULL for none. The caller's. */
char *interpreter_of(const char *file);

/* ---- script.c ---- */

/* The script that the command, an interpreter, is told to run. */
void grant_script(struct view *view, const struct strv *homes);

/* ---- tools.c ---- */

/* The environment that is activated, read-write, where the command is its
 * installer. Before anything else of it is granted. */
void grant_environment(struct view *view, const struct strv *homes);

/* What lies in the directories of PATH, and what JAVA_HOME and its kin name. */
void grant_tools(struct view *view, const struct strv *homes);

#endif
