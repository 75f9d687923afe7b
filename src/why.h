/*
 * why.h - playpen's part of --why: what the command looked for and did not get
 * because of the run, with the option that grants it.
 */
#ifndef WHY_H
#define WHY_H

#include "view.h"

/* A name of the watcher's report; notify.h tells what the numbers mean. The
 * strings point into the report. */
struct missed {
    unsigned what, count, last;
    const char *program, *name;
};

struct watched {
    unsigned listeners, unseen, dropped;
    struct missed *names;
    size_t count;
};

/* Takes the report of SIZE bytes apart, whatever it holds, into WATCHED, whose
 * list is the caller's. TEXT is changed. False where it is no report. */
bool read_report(char *text, size_t size, struct watched *watched);

/* A path or an address that the command missed because of the run. */
struct finding {
    char *path;
    unsigned what, count, last;
    const char *program;
    const struct found *found; /* why.c's own */
    char *option;              /* that grants it; NULL: none, for that reason: */
    const char *reason;
};

/* The heaviest first. The findings that another one's option grants as well are
 * left out. */
struct findings {
    struct watched watched;
    char *text; /* what WATCHED points into */
    struct finding *list;
    size_t count, left_out;
    size_t unasked; /* names that could not be asked for outside */
};

/* Asks outside for all of the descriptor FD of watcher_report(); -1: there is
 * none. False, with a warning, where nothing is known; NAME is the command's. */
bool find_missed(const struct view *view, const char *name, int fd,
                 struct findings *findings);
void free_findings(struct findings *findings);

/* Prints them, for --why. */
void show_missed(const struct findings *findings, const char *name);

#endif
