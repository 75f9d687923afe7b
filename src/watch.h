/*
 * watch.h - what was looked at before the run, to be compared with what is there
 * after it, whatever the mounts did.
 */
#ifndef WATCH_H
#define WATCH_H

#include "runs.h"
#include "search.h"
#include "tree.h"

enum item_kind {
    ITEM_PROTECTED, /* a mount keeps the command from changing it */
    ITEM_CONFIG,    /* a configuration of git's */
    ITEM_LINK,      /* a .git that is no directory */
    ITEM_HOOK,      /* a file that git runs */
    ITEM_STATE,     /* of a repository: a rebase, a bisect under way */
    ITEM_AUTORUN,   /* a file that other programs run by themselves */
    ITEM_KNOWN,     /* a repository that was there; its content is not compared */
};

struct item {
    enum item_kind kind;
    char *path; /* absolute, in one of the trees */
    struct print before;
    char *text; /* of a configuration or a link; NULL for what has none */
    size_t length;
    mode_t mode;
    bool kept;  /* playpen does not touch it at the end: the user may have */
    bool doubtful; /* another run may have made it */
    struct timespec changed; /* when it, or a directory above it, last was */
    bool seen;  /* it was looked at, after the run */
};

/* A copy of a hooks directory, which the command has in its place. */
struct copy {
    char *of, *at;
};

/* Where something led before the run: real_place() of PATH. */
struct lead {
    char *path, *to;
};

struct watch {
    struct key key;
    struct timespec start; /* by the clock that files have their times from */
    struct tree *trees; /* what the command may write, none in another; then the
                           places of what is protected elsewhere */
    size_t tree_count, granted;
    struct item *items;
    size_t count;
    bool sorted;
    struct deadline deadline; /* for reading what was there, but settings */
    bool cut; /* not all that was there is known */
    struct strv own;       /* repositories that are protected by mounts */
    struct strv parts;     /* of these: submodules, linked work trees, */
    struct runs runs;
    struct strv work_trees; /* in which the trees lie, or that these are */
    struct strv hook_dirs; /* named by a configuration, */
    struct strv targets;   /* and files, by links that other programs follow, */
    struct strv named;     /* or by a text that they run */
    struct strv relative_hooks; /* core.hooksPath, from whatever work tree */
    struct lead *leads;
    size_t lead_count;
    struct copy *copies;
    size_t copy_count;
    off_t copied; /* bytes */
    size_t kept;  /* bytes of the items' texts */
};

/* The tree that the absolute PATH lies in, and the path in it as *WITHIN; NULL
 * for none. */
const struct tree *tree_of(const struct watch *watch, const char *path,
                           const char **within);

bool is_in_tree(const struct watch *watch, const char *path);

/* stat_in() of the absolute PATH; false also where it lies in no tree. */
bool stat_watched(const struct watch *watch, const char *path, struct stat *st);

/* Adds PATH, of whatever is there now or is not. It is the watch's, until the
 * next one is added; NULL where PATH lies in no tree. After the deadline nothing
 * but a setting or what is protected is added: the watch is cut. */
struct item *watch_path(struct watch *watch, enum item_kind kind,
                        const char *path);

/* watched(), while items are added: it leaves them where they are. */
struct item *item_of(struct watch *watch, enum item_kind kind,
                     const char *path);

/* What was added for PATH under KIND; NULL for nothing. */
struct item *watched(struct watch *watch, enum item_kind kind,
                     const char *path);

/* Is PATH as it was? What was not there is not. */
bool is_as_before(struct watch *watch, enum item_kind kind, const char *path);

/* Was the repository GIT there before, and, after judge_doubtful(), not by
 * another run's doing? */
bool is_known(struct watch *watch, const char *git);

/* After the run, and first of all: where another run has ended meanwhile, what it
 * may have made is as if it had not been there, but for what mounts protected.
 * While all of them go on it is theirs to be told. This run counts as ended from
 * here on. */
void judge_doubtful(struct watch *watch);

/* The content of the file PATH, of a tree; as read_in(). */
char *read_watched(const struct watch *watch, const char *path,
                   size_t *length);

#endif
