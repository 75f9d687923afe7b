/*
 * view.h - what confinement made of a policy: what the command will see. It is
 * filled by confine() and the steps that it calls, and const from then on.
 * Paths are absolute and normalised; HOMES are the names of the user's home
 * directory. All of it dies where memory runs out.
 */
#ifndef VIEW_H
#define VIEW_H

#include "policy.h"

#include <sys/types.h>

struct watch;   /* watch.h */
struct persist; /* persist.h */

/* What is mounted in the unit. */
enum mount_kind { MOUNT_RO, MOUNT_RW, MOUNT_INACCESSIBLE, MOUNT_TMPFS };

struct mount {
    enum mount_kind kind;
    const char *source;  /* what is bound; unused for the other kinds */
    const char *path;    /* where, inside */
    size_t length;       /* of path, in bytes */
    const char *options; /* of a tmpfs: "mode=0700", "ro"; or NULL */
    const char *reason;  /* for --explain */
    bool kept;           /* playpen's own: what is outside at this path and
                            below it is out of sight */
    bool by_stage;       /* mounted by the stage: shown.h */
    dev_t device;        /* of what is bound, to be found there by the stage; */
    ino_t inode;         /* 0: nothing was there */
};

/* A path_rule of the policy, looked up. */
struct rule_path {
    char *path; /* absolute, normalised, symlinks kept: its name inside */
    char *real; /* the file that it is; as PATH where there is none */
};

struct view {
    const struct policy *policy;
    bool restricted;  /* something of section "confinement" holds */
    bool has_aliases; /* some bind shows its source at another path */
    const char *protect_home, *protect_system; /* as they are in force */
    const char
        *executable; /* of the command: absolute, or relative with a '/' */
    struct mount *mounts;
    size_t mount_count;
    const char *shown_from; /* the directory that the stage mounts from, or
                               NULL: shown.h */
    struct rule_path *rule_paths; /* of policy->paths, by the same index; NULL
                                     until grant_rules() */
    struct watch *watch; /* what will be compared at the end; NULL without a
                            path restriction */
    struct persist *persist; /* what is kept; NULL for nothing */
    struct strv no_stores; /* directories of which command.c knows that they
                              hold not only installations */
    struct strv notes; /* for --explain: what could not be closed, and why */
};

/* With --dry-run or --explain nothing is run, and no file is made. */
bool is_dry_run(const struct view *view);

/* Adds a mount unless PATH has one of that kind. Dies of a path that a unit
 * file cannot hold. OPTIONS and REASON are constants. */
void add_mount(struct view *view, enum mount_kind kind, const char *source,
               const char *path, const char *options, const char *reason);

/* Mounts SOURCE, which is playpen's own, read-write at PATH, in place of a tmpfs
 * there. */
void add_kept_mount(struct view *view, const char *source, const char *path,
                    const char *reason);

/* The innermost mount that decides about PATH, so far; NULL for none. It is
 * the policy's, until the next add_mount(). */
const struct mount *mount_over(const struct view *view, const char *path);

/* Is PATH where ProtectHome= looks for home directories? systemd.exec(5). */
bool is_below_homes(const char *path);

/* Is PATH out of sight in the unit? */
bool is_hidden(const struct view *view, const char *path);

/* Adds to NAMES each alias of FILE, a path outside: where the unit shows FILE
 * because a directory above it is bound at another path. Nothing else is
 * mounted over an alias. */
void aliases_of(const struct view *view, const char *file, struct strv *names);

/* Repeats each mount at every alias of its file, so that no other path shows
 * the file without it. */
void mount_at_every_name(struct view *view);

bool is_inaccessible(const struct view *view, const char *path);

/* May a confined run write PATH, at this path or at one of its aliases? */
bool is_writable_inside(const struct view *view, const char *path);

/* Like is_writable_inside(), but read-only mounts over PATH do not count: may
 * this run, or one before it, have written PATH? */
bool may_be_written(const struct view *view, const char *path);

/* Does PATH lie in the environment that is activated, which the run of an
 * installer, another one than this, may have written? */
bool is_activated(const char *path);

bool is_top_level(const char *path);

/* Is the top-level directory PATH one of the system's? */
bool is_system_dir(const char *path);

/* The part of PATH below the home directory that it lies in, with its slash;
 * NULL where it lies in none. */
const char *below_home(const char *path, const struct strv *homes);

#endif
