/*
 * runs.h - the restricted runs that go on at the same time in the same
 * directories: what was there when this one started may be another one's doing.
 */
#ifndef RUNS_H
#define RUNS_H

#include "util.h"

#include <time.h>

struct tree;

struct runs {
    char *dir;             /* of the entries; NULL for none */
    char *entry;           /* the name of this run's own, or NULL, */
    int lock;              /* which is locked while it goes on; or -1 */
    struct timespec since; /* when the first of the others started */
    struct other {
        char *name;
        int fd;
    } *others;
    size_t count;
};

/* Enters this run, which starts now (the clock that files have their times from)
 * and may write TREES, in RUNTIME_DIR/playpen, which no restricted run reaches;
 * looks for the others. An entry is a file that is locked by flock(2) until its
 * playpen has ended, however it does. */
void join_runs(struct runs *runs, const char *runtime_dir,
               const struct tree *trees, size_t count);

/* Meets those that came since, with the same TREES. */
void meet_runs(struct runs *runs, const struct tree *trees, size_t count);

/* Has one of the others ended? Then what it left can be found by none but this
 * one. */
bool has_other_ended(const struct runs *runs);

/* Takes this run's entry away: to the others it has ended. */
void leave_runs(struct runs *runs);

#endif
