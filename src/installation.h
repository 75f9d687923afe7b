/*
 * installation.h - what a directory is by what it holds: an installation of
 * tools, a directory that the user works in, a place for credentials. All paths
 * are absolute and normalised; a directory that cannot be read holds nothing.
 */
#ifndef INSTALLATION_H
#define INSTALLATION_H

#include "util.h"

/* Is one of the names in PATH, below the home directory where it lies in one of
 * HOMES, such a name, or one of settings in which some people keep a credential? */
bool is_credential(const char *path, const struct strv *homes);

/* What a directory itself holds, not what lies below it but for a credential. */
struct contents {
    bool repository;   /* what a version control system keeps in a work tree */
    bool manifest;     /* of a project, as package.json is one */
    bool programs;     /* bin/ or shims/ */
    bool beside;       /* what belongs to programs, as lib/ or pyvenv.cfg */
    bool manager;      /* what version managers make, as versions/ */
    bool installation; /* made by an installer and nothing else: programs and
                          what belongs to them, and no project */
    char *credential;  /* the entry that looks like one, by its name or, for
                          settings, by its text; where no project is also up to
                          two levels further down, by its name. NULL for none,
                          as far as a bounded look tells. An executable is a
                          program. */
};

struct contents contents_of(const char *dir);
void free_contents(struct contents *contents);
#define AUTOCONTENTS CLEANUP(free_contents)

/* Is one of NAMES, which NULL ends, in DIR? */
bool holds_one_of(const char *dir, const char *const *names);

/* contents_of() in brief: a repository or a manifest, either, a credential. */
bool is_project(const char *dir);
bool has_repository(const char *dir);
bool has_manifest(const char *dir);
bool holds_credentials(const char *dir);

/* Does DIR hold installations and nothing else, as the directory of a version
 * manager's versions does? Not where there are more than a hundred. */
bool is_store(const char *dir);

/* What was installed with FILE: the directory above its bin/, the root of a
 * version manager's shims/, the outermost node_modules/, else the directory that
 * it is in. The caller's. */
char *prefix_of(const char *file);

/* Does DIR hold more than one tool: the home directory or one above it, one of
 * those that many programs share, one that the desktop calls the user's
 * documents, a top-level directory? */
bool is_shared(const char *dir, const struct strv *homes);

#endif
