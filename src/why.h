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

/* Prints it, from the descriptor FD of watcher_report(); -1: there is none. NAME
 * is the command's. */
void show_missed(const struct view *view, const char *name, int fd);

#endif
