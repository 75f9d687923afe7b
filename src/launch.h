/*
 * launch.h - a run, from systemd-run's command line to the command's exit
 * status.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "host.h"
#include "orders.h"
#include "stage.h"

#include <signal.h>

/* All that is settled before the unit starts; const from then on. */
struct run {
    const struct host *host;
    struct strv manager;    /* "--user", or nothing */
    struct strv properties; /* from emit_properties() */
    struct strv assigned;   /* the variables that go aside, for --dry-run */
    struct orders orders;   /* but for what launch.c itself adds */
    char **command;         /* ended by NULL */
    char *name;             /* the command's, in letters that a unit may have */
    char *unit;             /* playpen-NAME-….service or .scope */
    bool scope;
    bool restricted;        /* paths are */
    const struct network *network;
    bool quiet;             /* no notes */
    bool banner;            /* systemd-run's own lines are shown */
    bool waits;             /* systemd-run does, for the unit's end: for its
                               own lines, or the unit's Result= and memory */
    bool foreign;           /* it has properties that --property named */
    bool keep_failed;       /* the unit may fail before the stage can say why */
    const char *memory_limit; /* as it was written; NULL for none */
    uint64_t timeout;       /* microseconds; 0 for none */
};

/* How it ended. */
struct outcome {
    bool connected;       /* the stage has been there */
    bool reported;
    struct report report; /* the last one */
    int run_status;       /* systemd-run's wait status; in a scope the stage's */
    uint64_t oom_kills;   /* in the unit, where the stage did not report */
    char *result;         /* the Result= of a unit that failed and was kept; or
                             NULL */
    bool told;            /* to end: playpen had a SIGTERM */
    bool lost;            /* systemd-run ended before the stage did */
    int missed;           /* with --why: what watcher_report() made; or -1 */
    int64_t start;        /* now_us() */
    bool raw;             /* the terminal was the command's alone */
    sigset_t mask;        /* the caller's, to be set again */
};

/* systemd-run's whole command line for RUN. CONTROL is where the stage reports,
 * or NULL: then it runs without playpen. TERMINALS: the descriptors that become
 * a terminal of the stage's, "0,1,2"; or NULL. */
void systemd_run_words(const struct run *run, const char *control,
                       const char *terminals, struct strv *words);

/* Runs it to its end, and until nothing of it is left. Dies where it cannot be
 * started. All signals are blocked from then on: who interrupts the command does not
 * mean the look at what it left. */
void run_unit(const struct run *run, struct outcome *outcome);

/* The exit status as in EXIT STATUS of playpen(1). Dies, with the words, where
 * the command was not started. */
int exit_status(const struct run *run, const struct outcome *outcome);

/* When the command died of SIGINT this process does, too. */
void die_as_command(const struct outcome *outcome, int status);

#endif
