/*
 * stage.h - what launch.c and the stage say to each other over one
 * SOCK_SEQPACKET socket. Whoever is left alone when the other is gone ends.
 */
#ifndef STAGE_H
#define STAGE_H

#include <stdbool.h>
#include <stdint.h>

/* From the stage. */
struct report {
    enum {
        REPORT_STOPPED, /* by signal .value: the terminal's Ctrl-Z */
        REPORT_EXITED,  /* with status .value */
        REPORT_KILLED,  /* by signal .value */
        REPORT_FAILED,  /* not started: .value is an errno, .step says where */
    } what;
    int32_t value;
    enum {
        STEP_NONE,
        STEP_CHDIR,
        STEP_FORK,
        STEP_MOUNT, /* another file than was checked is bound */
        STEP_PIDS,  /* no PID namespace of its own */
        STEP_LANDLOCK,
        STEP_EXEC
    } step;
    uint32_t oom_kills; /* processes of the unit killed for lack of memory */
    bool terminated;    /* the manager asked it to end */
};

/* To the stage: pass this signal on, to the command alone or, as a terminal
 * does, to its process group. */
struct request {
    int32_t signal;
    bool group;
};

/* ---- stage.c ---- */

#define STAGE_WORD "--stage"

/* The unit's main process: playpen --stage WORD=VALUE... -- ARGV0 [ARG...] */
int stage(char **words);

#endif
