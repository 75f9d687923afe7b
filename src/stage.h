/*
 * stage.h - playpen inside the unit, and what it and launch.c say to each other
 * over one SOCK_SEQPACKET socket. Whoever is left alone when the other is gone
 * ends.
 */
#ifndef STAGE_H
#define STAGE_H

#include "stats.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <termios.h>

#define STAGE_WORD "--stage"

/* How many descriptors go with one message; the kernel takes 253. */
enum { DESCRIPTORS_AT_ONCE = 128 };

/* To a stage that is a service, at its beginning, with COUNT descriptors: the
 * numbers that they get in the command. */
struct delivery {
    uint32_t count;
    bool last;            /* no other one follows */
    int32_t numbers[DESCRIPTORS_AT_ONCE];
    struct termios modes; /* of the caller's terminal, for the command's */
    struct winsize size;
};

/* To the stage, later. */
struct request {
    enum {
        REQUEST_SIGNAL,
        REQUEST_FOREGROUND, /* the command gets its terminal, and goes on */
        REQUEST_BACKGROUND, /* it loses it */
        REQUEST_READERS,    /* there is input: does a process wait for some? */
        REQUEST_SOCKET,     /* of the family VALUE */
    } what;
    int32_t signal;
    bool group;    /* to the command's process group, as a terminal does */
    bool queued;   /* with VALUE, sigqueue(3) */
    int64_t value; /* as wide as a pointer */
    int32_t sender; /* the process that sent it to playpen, or 0 */
};

/* The steps of the stage that can fail, in their order; see stage.c. */
enum step {
    STEP_NONE,
    STEP_NAMESPACES,
    STEP_DESCRIPTORS,
    STEP_MOUNTS,
    STEP_READ_ONLY,
    STEP_TERMINAL,
    STEP_PIDS,
    STEP_NETWORK,
    STEP_DIRECTORY,
    STEP_FORK,
    STEP_LOCKED,
    STEP_LANDLOCK,
    STEP_CAPABILITIES,
    STEP_FILTER,
    STEP_WHY,
    STEP_EXECUTE,
};

/* From the stage. */
struct report {
    enum {
        REPORT_READY,    /* the stage is there */
        REPORT_TERMINAL, /* with a descriptor: the master of its terminal */
        REPORT_LISTENER, /* with a descriptor: a socket in the unit's network */
        REPORT_SOCKET,   /* the same, as requested; or without one */
        REPORT_READS,    /* the command wants to read its terminal */
        REPORT_WHY,      /* with a descriptor: what the watcher saw */
        REPORT_STOPPED,  /* by signal .value: the terminal's Ctrl-Z */
        REPORT_EXITED,   /* with status .value */
        REPORT_KILLED,   /* by signal .value */
        REPORT_FAILED,   /* not started: .value is an errno, .step says where */
        REPORT_LOST,     /* ended, and nobody knows how */
    } what;
    int32_t value;
    enum step step;
    uint32_t oom_kills;  /* processes of the unit killed for lack of memory */
    uint32_t written;    /* of the orders' outputs: a bit each */
    bool terminated;     /* the manager asked the unit to end */
    char killed[64];     /* what outlived the command and SIGTERM: names */
    char detail[512];    /* of a failure: which namespace, which file */
    struct stats stats;  /* if they were asked for, or memory ran out */
};

/* The unit's main process: playpen --stage WORD=VALUE... -- ARGV0 [ARG...] */
int stage(char **words);

#endif
