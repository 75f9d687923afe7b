/*
 * launch.h - systemd-run's command line, its run, and how it ended.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "host.h"
#include "stage.h"
#include "view.h"

#include <signal.h>

struct run {
    struct strv manager;    /* "--user", or nothing */
    struct strv properties; /* from emit_properties() */
    struct strv setenv;     /* names */
    struct strv assigned;   /* those set by -e NAME=VALUE */
    const struct policy *policy;
    const struct view *view;
    const struct host *host;
    char *unit;             /* playpen-….service */
    bool pty;
    sigset_t ignored, blocked; /* the caller's signals */
    bool keep_failed;       /* the unit may be killed before the stage runs */
};

/* systemd-run's whole command line for RUN. CONTROL is the socket on which the
 * stage reports, or NULL: then it runs without. */
void systemd_run_words(const struct run *run, const char *control,
                       struct strv *words);

/* How a unit ended. */
struct outcome {
    int wait_status;  /* systemd-run's */
    bool lost;        /* it ended before the stage did: the bus or the manager
                         is gone, or it was killed */
    bool connected;   /* the stage has been there */
    bool reported;
    struct report report; /* the stage's last one */
    double seconds;   /* how long it took */
};

/* Runs it, until nothing of the unit is left. */
void run_unit(const struct run *run, struct outcome *outcome);

/* The status as in EXIT STATUS of playpen(1), with a line where one is due. Does
 * not return when the command died of SIGINT: then this process does, too. */
int exit_status(const struct run *run, const struct outcome *outcome);

#endif
