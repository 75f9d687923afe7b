/*
 * orders.h - what playpen tells the stage: one struct, and its form as words of
 * a command line, each "NAME=VALUE". The same table writes and reads them.
 */
#ifndef ORDERS_H
#define ORDERS_H

#include "util.h"

/* What a variable's name begins with on its way to the stage, if the variable
 * is to act on the command alone, not on systemd-run. */
#define ENV_PREFIX "PLAYPEN_ENV_"

/* A number that was not given. */
#define NO_NUMBER INT64_MIN

enum { MAX_OUTPUTS = 32 }; /* bits of report.written, see stage.h */

struct orders {
    bool escaped;            /* %XX in all that follows, see orders_write() */
    const char *control;     /* the socket: a path, or "fd:NUMBER" */
    bool scope;              /* the unit is a scope: a child of its caller */
    const char *namespaces;  /* "user:INODE,mnt:INODE,...": the caller's, from
                                which the stage's must differ */
    struct strv files;       /* "DEVICE:INODE:PATH": PATH must be that file */
    struct strv read_only;   /* paths that must be that */
    struct strv hidden;      /* directories to be made empty */
    struct strv shown;       /* the same, to be mounted there by the stage from */
    const char *shown_from;  /* this directory, see shown.h */
    bool devpts;             /* a /dev/pts of its own */
    bool tunables;           /* /sys is made read-only */
    const char *shares;      /* "NAME:NUMBER,...": /proc/sys/user of the unit's
                                own user namespace; or NULL */
    int64_t pid;             /* a PID namespace, in which the command gets this
                                number; NO_NUMBER: none */
    int64_t parent;          /* and its parent this one, if it has a number */
    bool drop;               /* the stage's capabilities are for the stage */
    bool no_new_privs;       /* prctl(2) */
    bool landlock;           /* no abstract sockets of the outside */
    const char *filter;      /* "full", "nested", "network": see filter.h; or NULL */
    const char *network;     /* see netns.h; NULL: nothing to do */
    bool why;                /* the command's calls are watched: notify.h */
    bool stats;              /* what the run took goes with the last report */
    const char *terminal;    /* the streams that become a terminal: "012" */
    const char *closed;      /* the streams that the caller has closed */
    int64_t umask;
    int64_t nice;            /* setpriority(2) */
    const char *affinity;    /* sched_setaffinity(2): numbers of processors */
    const char *scheduler;   /* "POLICY:PRIORITY", sched_setscheduler(2) */
    int64_t ioprio;          /* ioprio_set(2) */
    int64_t personality;     /* personality(2) */
    int64_t oom_score_adj;   /* proc_pid_oom_score_adj(5); only raised */
    int64_t timer_slack;     /* ns, prctl(2) */
    const char *rlimits;     /* "SOFT:HARD,..." from RLIMIT 0 on; "-": none,
                                nothing: the manager's */
    const char *ignored;     /* signals that the caller ignores: "1,15" */
    const char *blocked;     /* signals that the caller blocks */
    bool whole_environment;  /* nothing of the environment is taken away */
    struct strv environment; /* else the names that the command gets */
    struct strv outputs;     /* paths that are gone with the run, "NAME=" for that
                                in a variable, "DIR/" for files in it or below,
                                "DIR//" for those in it alone, "DIR/./" for
                                settings, whose names begin with a dot as well:
                                were they written? At most MAX_OUTPUTS */
    const char *directory;   /* to start the command in */
    const char *executable;  /* the file to execute */
};

/* Asks for nothing; what is a number is NO_NUMBER. */
void orders_init(struct orders *orders);

/* ORDERS, "--" and ARGV (ended by NULL) as words. If one of them is not ASCII
 * all have %XX for '%' and each byte that is not: D-Bus takes UTF-8 alone. With
 * DOLLARS each '$' is doubled: the manager expands variables in arguments, and
 * "$$" is right on all versions (measured on 252, 257, 262). */
void orders_write(const struct orders *orders, char *const *argv, bool dollars,
                  struct strv *words);

/* Reads WORDS, which are changed, and returns the argv after "--". ORDERS points
 * into WORDS. Dies of a word that is no order. */
char **orders_read(char **words, struct orders *orders);

#endif
