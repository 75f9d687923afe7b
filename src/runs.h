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
    char *entry;           /* this run's own, or NULL */
    struct timespec since; /* when the first of the others started */
    int *others;           /* their entries, each locked while its run goes on */
    size_t count;
};

/* Enters this run, which starts now (the clock that files have their times from)
 * and may write TREES, in RUNTIME_DIR/playpen, which no restricted run reaches;
 * looks for the others. An entry is a file that is locked by flock(2) until its
 * playpen has ended, however it does. */
void join_runs(struct runs *runs, const char *runtime_dir,
               const struct tree *trees, size_t count);

/* Has one of the others ended? Then what it left can be found by none but this
 * one. */
bool has_other_ended(const struct runs *runs);

/* Takes this run's entry away. */
void leave_runs(struct runs *runs);

#endif
