/*
 * policy.h - what was asked for. The steps, each with a header of its own:
 *
 *   argv, presets, PLAYPEN_OPTIONS --options.c, preset.c--> struct policy
 *   the machine --host.c--> struct host
 *   policy, host --confine.c and what it calls--> struct view
 *   view, host --properties.c--> systemd-run's words, or a refusal
 *   words --launch.c--> stage.c inside the unit --> exit status
 *
 * Each is const for the steps after it. Every function that can fail ends the
 * program with one line and status 125 (die() in util.h) unless its comment
 * says otherwise. What a policy, a view or a host points to lives until the
 * program ends.
 */
#ifndef POLICY_H
#define POLICY_H

#include "network.h"
#include "util.h"

/* Where an option stood, from lowest to highest: the higher one wins. */
enum level {
    LEVEL_DEFAULT,
    LEVEL_BUILTIN,     /* a preset of shims/, compiled in */
    LEVEL_USER_PRESET, /* $XDG_CONFIG_HOME/playpen/presets/NAME */
    LEVEL_ENVIRONMENT, /* PLAYPEN_OPTIONS */
    LEVEL_COMMAND_LINE,
};

/* A boolean option, and where it was set. LEVEL_DEFAULT: nobody asked for it,
 * so that it may be left off, with a warning, where the host cannot do it. */
struct flag {
    bool on;
    enum level level;
};

/* One word of a few, and where it was set. */
struct mode {
    const char *name;
    enum level level;
};

/* A number with the words that asked for it. */
struct limit {
    enum { LIMIT_UNSET, LIMIT_AMOUNT, LIMIT_PERCENT, LIMIT_INFINITY } kind;
    uint64_t amount;  /* bytes, bytes per second, tasks, microseconds; for
                         percentages hundredths of a percent */
    const char *text; /* as it was written */
    enum level level; /* where, for rates */
};

enum capture { CAPTURE_NONE, CAPTURE_ALL, CAPTURE_SAFE };

/* One -e: NAME, NAME=VALUE, or a glob. VALUE is NULL without '='. */
struct env_rule {
    const char *name;
    const char *value;
};

enum access {
    ACCESS_RO,
    ACCESS_RW,
    ACCESS_NONE,
    ACCESS_PERSIST, /* this and what follows: something of playpen's own */
    ACCESS_PERSIST_PROJECT,
    ACCESS_PERSIST_FILE,
};

/* One --ro, --rw, --inaccessible or --persist, as it was asked for. */
struct path_rule {
    enum access access;
    enum level level;
    bool optional;     /* a leading '-': skip it where it does not exist */
    bool create;       /* a leading '+': make the directory */
    const char *text;  /* as written, without the prefix */
    const char *where; /* "--ro" or "preset npm: --ro", for messages */
};

enum action {
    ACTION_RUN,
    ACTION_HELP,
    ACTION_LONG_HELP,
    ACTION_VERSION,
    ACTION_LIST,
    ACTION_SHOW,
    ACTION_INSTALL_SHIMS,
    ACTION_REMOVE_SHIMS,
    ACTION_DOCTOR,
    ACTION_COMPLETIONS,
};

/* Everything that was asked for. A zeroed policy asks for nothing;
 * policy_defaults() sets the defaults. Const once settle_policy() was
 * called. */
struct policy {
    /* limits */
    struct limit memory_max;
    struct limit memory_swap_max;
    struct limit cpu_quota;
    struct limit disk, disk_read, disk_write;
    struct limit tasks_max;
    struct limit timeout;

    /* protections */
    struct flag private_tmp;
    struct flag private_devices;
    struct flag protect_kernel_tunables;
    struct flag protect_control_groups;
    struct flag limits_only;
    struct flag current_dir_only;
    struct flag project_only;
    struct flag grants_command;
    struct flag nested_sandbox;
    struct flag gpu;
    struct mode protect_home;   /* "no", "yes", "read-only", "tmpfs" */
    struct mode protect_system; /* "no", "yes", "full", "strict" */
    struct path_rule *paths;
    size_t path_count;

    /* the network: what --network and its kin said, and where; where --net-allow
     * stood last */
    struct network network;
    enum level network_level, hosts_level;

    /* words of systemd's own that are passed on: "IPAddressDeny=any" */
    struct strv ip_rules;
    struct strv properties;

    /* environment */
    enum capture capture_env;
    struct flag capture_path;
    struct env_rule *env;
    size_t env_count;

    /* how it is run */
    enum action action;
    const char *operand;    /* of the action: a directory, a name, a shell */
    const char *preset;     /* --preset, or the shim's */
    char **default_command; /* the preset's, ended by NULL; or NULL */
    const char *shim; /* the tool that playpen was called as: NAME of pp-NAME;
                         NULL: as itself */
    const char *called; /* the path or name that playpen was called by */
    bool bare;
    bool quiet;
    bool why;
    const char *learn; /* the preset to add to; NULL: none */
    bool yes;
    bool stats;
    const char *stats_file; /* NULL: a line on standard error */
    bool dry_run;
    bool explain_only;
    enum { MANAGER_DEFAULT, MANAGER_USER, MANAGER_SYSTEM } manager;

    /* the command; COMMAND[0] is what the caller called it */
    char **command;
    const char *directory; /* the working directory, absolute */

    /* each option as it came, with what it stood in: "preset npm: --rw" */
    struct strv options_seen;
};

void policy_defaults(struct policy *policy);

/* Called once, when all levels were read: drops what a higher level takes back
 * of a lower one. Dies of contradictions. */
void settle_policy(struct policy *policy);

/* Is a path restricted: hidden, or taken away, or not to be written? */
bool restricts_paths(const struct policy *policy);

/* Are notes printed: what is different inside, and what helps? */
bool has_notes(const struct policy *policy);

/* OPTION and VALUE, if it is not NULL, as whoever called playpen gives them: a
 * shim takes its options from PLAYPEN_OPTIONS. For messages; the caller's. */
char *remedy(const struct policy *policy, const char *option, const char *value);

/* --current-dir-only or --project-only? */
bool has_bundle(const struct policy *policy);

/* The option that closes the network, for messages: "--network none". */
const char *network_option(const struct policy *policy);

/* With a bundle: is it --project-only? Of two at different levels the higher
 * one counts. */
bool is_project_only(const struct policy *policy);

/* The option that it is, a constant. */
const char *bundle_option(const struct policy *policy);

/* Is there a limit, and does it limit? */
bool is_finite(const struct limit *limit);

/* The bytes of a finite limit; MEMORY: those that the machine has. */
uint64_t limit_bytes(const struct limit *limit, uint64_t memory);

#endif
