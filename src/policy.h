/*
 * policy.h - the structs that the steps hand on, and the steps.
 *
 *   argv, presets, PLAYPEN_OPTIONS --options.c--> struct policy
 *   policy --path.c, confine.c--> policy with its mounts
 *   the machine --host.c--> struct host
 *   policy, host --properties.c--> systemd-run's words, or a refusal
 *   words --launch.c--> stage.c inside the unit --> exit status
 *
 * Every function here that can fail ends the program with one line and status
 * 125 (die() in util.h) unless its comment says otherwise. What a policy points
 * to lives until the program ends.
 */
#ifndef POLICY_H
#define POLICY_H

#include "util.h"

#include <signal.h>

/* Where an option stood, from lowest to highest: the higher one wins. */
enum level {
    LEVEL_DEFAULT,
    LEVEL_BUILTIN,     /* a preset of shims/, compiled in */
    LEVEL_USER_PRESET, /* $XDG_CONFIG_HOME/playpen/presets/NAME */
    LEVEL_ENVIRONMENT, /* PLAYPEN_OPTIONS */
    LEVEL_COMMAND_LINE,
};

/* A boolean option, and where it was said. Said by nobody, it is one of the
 * defaults, which may be left off where the host has not the means. */
struct flag {
    bool on;
    enum level level;
};

/* One word of a few, and where it was said. */
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

enum access { ACCESS_RO, ACCESS_RW, ACCESS_NONE };

/* One --ro, --rw or --inaccessible, as it was asked for. */
struct path_rule {
    enum access access;
    enum level level;
    bool optional;     /* a leading '-': skip it where it does not exist */
    bool create;       /* a leading '+': make the directory */
    const char *text;  /* as written, without the prefix */
    const char *path;  /* absolute, normalised, symlinks kept: its name inside */
    const char *real;  /* the file that it is; PATH where there is none */
    const char *where; /* "--ro" or "preset npm: --ro", for messages */
};

/* What is mounted in the unit; confine.c fills it, properties.c says it. */
enum mount_kind { MOUNT_RO, MOUNT_RW, MOUNT_INACCESSIBLE, MOUNT_TMPFS };

struct mount {
    enum mount_kind kind;
    const char *source;  /* what is bound; unused for the other kinds */
    const char *path;    /* where, inside */
    size_t length;       /* of path, in bytes */
    const char *options; /* of a tmpfs: "mode=0700", "ro"; or NULL */
    const char *reason;  /* for --explain */
    dev_t device;        /* of what is bound, to be found there by the stage; */
    ino_t inode;         /* 0: need not */
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

/* Everything that was asked for. A zeroed one asks for nothing;
 * policy_defaults() sets what holds when nothing is said. */
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
    struct flag private_network;
    struct flag limits_only;
    struct flag current_dir_only;
    struct flag project_only;
    struct flag grant_command;
    struct mode home_mode, system_mode; /* as they were asked for */
    const char *protect_home;   /* "no", "yes", "read-only", "tmpfs" */
    const char *protect_system; /* "no", "yes", "full", "strict" */
    struct path_rule *paths;
    size_t path_count;

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
    const char *operand; /* of the action: a directory, a name, a shell */
    const char *preset;  /* --preset, or the shim's */
    char **default_command; /* the preset's, ended by NULL; or NULL */
    const char *shim;    /* the tool that playpen was called as: NAME of pp-NAME;
                            NULL: as itself */
    bool bare;
    bool quiet;
    bool dry_run;
    bool explain;
    enum { MANAGER_DEFAULT, MANAGER_USER, MANAGER_SYSTEM } manager;

    /* the command; COMMAND[0] is what the caller called it */
    char **command;
    const char *executable; /* its file, absolute, or relative with a '/' */
    const char *directory;  /* the working directory, absolute */

    /* each option as it came, with what it stood in: "preset npm: --rw" */
    struct strv said;

    /* what confine.c made of the path options */
    bool second_names; /* a mount is not where its source is */
    bool restricted; /* something of section "confinement" holds */
    struct mount *mounts;
    size_t mount_count;
    struct strv repositories; /* git directories that are protected */
    struct strv notes; /* for --explain: what could not be closed, and why */
};

/* What the machine is, as far as properties.c must know it. */
struct host {
    bool system;             /* the system's manager, not the user's */
    bool booted;             /* systemd is process 1 */
    bool bus;                /* somebody listens on the manager's bus */
    bool user_namespaces;    /* an unprivileged process can make one */
    const char *namespace_problem; /* if not: what switches them off */
    const char *namespace_remedy;
    bool landlock_scopes;    /* Landlock ABI 6: signals, abstract sockets */
    bool firewall;           /* the kernel can do IPAddressDeny=; only looked
                                at where the manager could, and it matters */
    unsigned version;        /* systemd's, 250 and more */
    struct strv controllers; /* delegated to the manager: "cpu", "memory" … */
    uint64_t memory;         /* bytes of RAM */
    const char *runtime_dir; /* of the manager's clients: /run/user/UID, /run;
                                NULL where there is none */
    uid_t uid;
    unsigned disk_major, disk_minor; /* device of the working directory; a
                                        major of 0 is no block device */
};

/* ---- options.c ---- */

void policy_defaults(struct policy *policy);

/* Reads the options at the head of WORDS (ended by NULL) into POLICY and
 * returns how many words they were, a "--" counted. WHERE opens each error
 * ("" for the command line). With ONLY_OPTIONS a word that is none is an
 * error, and a boolean's value may be the last word. */
size_t parse_options(struct policy *policy, char *const *words,
                     enum level level, const char *where, bool only_options);

/* What no single option can see: what one level takes back of lower ones, and
 * contradictions. Once, when all was read. */
void settle_policy(struct policy *policy);

/* Sizes and durations; NULL, or what would be right (a constant).
 * systemd.resource-control(5), systemd.time(7). */
const char *parse_size(const char *text, struct limit *limit);
const char *parse_rate(const char *text, struct limit *limit);
const char *parse_percent(const char *text, struct limit *limit);
const char *parse_duration(const char *text, struct limit *limit);

/* ---- help.c ---- */

void print_help(bool all);

/* A completion script for SHELL: "bash", "zsh" or "fish". */
void print_completions(const char *shell);

/* ---- preset.c ---- */

/* What the files of shims/ say; ended by a NULL name. Made by the Makefile. */
struct builtin_preset {
    const char *name;
    const char *text;
};
extern const struct builtin_preset builtin_presets[];

/* Reads the preset NAME into POLICY: the built-in one, then the user's. */
void load_preset(struct policy *policy, const char *name);

/* One file of it: TEXT, which messages call FILE. What TEXT points to may go. */
void parse_preset(struct policy *policy, const char *file, const char *text,
                  enum level level);

/* Where the user's own are; the result is the caller's. */
char *preset_directory(void);

bool preset_exists(const char *name);
void preset_names(struct strv *names); /* the built-in ones, then the user's */

/* Dies with the names that are near. */
void no_such_preset(const char *name) __attribute__((noreturn));

void list_presets(void);
void show_preset(const char *name);

/* ---- shims.c ---- */

/* The preset that playpen, called as ARGV0, stands for: NAME of "pp-NAME" or
 * "NAME"; NULL where it is the generic command. Points into ARGV0. */
const char *name_of_shim(const char *argv0);

/* Is FILE this program, by whatever link, or another copy of it? */
bool is_playpen(const char *file);

/* Becomes the real tool COMMAND[0], the next one on PATH. */
void exec_nested(char *const *command) __attribute__((noreturn));

/* Links in the directory WHERE to this program, for NAMES (ended by NULL) or, if
 * there are none, for all presets; removes such. EXIT_REFUSED, with a line for
 * each, where something foreign is in the way or cannot be removed. */
int install_shims(const char *where, char *const *names, bool bare);
int remove_shims(const char *where);

/* ---- environment.c ---- */

/* What a variable's name begins with on its way to the stage, if it is to act
 * on the command alone. */
#define ASIDE "PLAYPEN_ENV_"

/* What of the caller's environment goes to the command: the names that
 * systemd-run is told by --setenv, in NAMES. Those with ASIDE are put into this
 * process's own environment, which systemd-run inherits: values appear in no
 * argument list. ASSIGNED gets these names again, for --dry-run. */
void choose_environment(const struct policy *policy, bool terminal,
                        struct strv *names, struct strv *assigned);

/* The PATH in which the command is looked for: the caller's, or that of -e once
 * choose_environment() was called. The result is the environment's. */
const char *search_path(void);

/* ---- path.c ---- */

/* TEXT as an absolute path: "~" and "~user" at its start expanded, relative
 * to DIRECTORY, "." and ".." and double slashes taken out by name. NULL where
 * there is no such user. The result is the caller's. */
char *absolute_path(const char *text, const char *directory);

/* Is PATH the directory DIR or below it? Both absolute and normalised. */
bool path_below(const char *path, const char *dir);

/* realpath(3), NULL with errno where it fails. The result is the caller's. */
char *resolve(const char *path);

/* The file that execvp(3) would start for COMMAND under SEARCH_PATH: COMMAND
 * itself where it has a slash, else the caller's. Dies with 127 or 126 as env(1)
 * would. SKIP, if not NULL, says which files are passed over. */
const char *find_command(const char *command, const char *search_path,
                         bool (*skip)(const char *file));

/* The same search, with the same owner; NULL with errno set where nothing is
 * found. */
const char *search_command(const char *command, const char *search_path,
                           bool (*skip)(const char *file));

/* The file of one of systemd's programs, from PATH, but never out of what a
 * confined run may have written: the working directory and its project. The
 * caller's; NULL with errno set where there is none. */
const char *system_program(const char *name);

/* The working directory as an absolute path: $PWD where that is true. The
 * caller's. */
char *working_directory(void);

/* $HOME, or the password database's where that is unset or relative. The
 * environment's, or there until the program ends. */
const char *home_directory(void);

bool exists(const char *path);
bool dir_exists(const char *path);

/* Of an absolute PATH; the result is the caller's. */
char *parent_of(const char *path);

/* PATH after the first symlink in it was followed; NULL where it has none. The
 * result is the caller's, and that symlink's own path in *LINK, if not NULL. */
char *follow_link(const char *path, char **link);

/* The directory PATH, and those above it that are missing, with mode 0700. Dies
 * where it cannot be made. */
void make_directory(const char *path);

/* ---- confine.c ---- */

/* Resolves the path options and the bundles into POLICY->mounts. */
void confine(struct policy *policy, const struct host *host);

/* ---- git.c ---- */

/* After the run: takes away, or points out, what the command left for git to
 * run, and no mount could keep it from leaving. */
void look_after(struct policy *policy);

/* ---- host.c ---- */

/* Looks at the machine. Dies where there is no manager to talk to. */
void inspect_host(const struct policy *policy, struct host *host);

/* The same, and judges nothing: all but version and disk. */
void look_around(const struct policy *policy, struct host *host);

/* One thing each: NULL where it is well, or what is wrong and the remedy, in
 * one line that is the caller's. Commands come last, after "as root: " or
 * "run: ". bus_problem() presumes that there is no manager_problem(),
 * version_problem() finds out the version. */
char *systemd_problem(const struct host *host);
char *version_problem(struct host *host);
char *manager_problem(const struct host *host);
char *bus_problem(const struct host *host);
char *controller_problem(const struct host *host, const char *controller);
char *firewall_problem(const struct host *host);

/* Makes a user namespace for real, in a child, and mounts in it: AppArmor lets
 * unshare(2) succeed and takes away what it is good for. */
bool try_user_namespace(void);

/* The user's name, or number where that has none. The caller's. */
char *user_name(const struct host *host);

/* Sets what leads systemd's programs, run from here, to HOST's manager. */
void lead_to_manager(const struct host *host);

/* A current systemd with everything delegated, for --dry-run without one. */
void assume_host(const struct policy *policy, struct host *host);

/* The name of this process's unit if it is one of playpen's, else NULL. */
char *own_unit(void);

/* Is this a unit whose paths are restricted? The outer limits hold there. */
bool inside_confined(void);

/* ---- properties.c ---- */

/* systemd-run's properties, each "-pName=Value", in WORDS. Dies with the
 * remedy where HOST cannot enforce what POLICY asks for. Apart from that and
 * the line on protections left off, a pure function. */
void emit_properties(const struct policy *policy, const struct host *host,
                     struct strv *words);

/* Does HOST's systemd know PrivatePIDs=, which every path restriction sets? */
bool has_private_pids(const struct host *host);

/* Is NAME a property that an option of playpen's own becomes? Then that
 * option, a constant, else NULL. */
const char *option_for_property(const char *name);

/* ---- launch.c ---- */

struct run {
    struct strv manager;    /* "--user", or nothing */
    struct strv properties; /* from emit_properties() */
    struct strv setenv;     /* names */
    struct strv assigned;   /* those set by -e NAME=VALUE */
    struct policy *policy;
    const struct host *host;
    char *unit;             /* playpen-….service */
    bool pty;
    sigset_t ignored, blocked; /* the caller's signals */
    void (*after)(struct policy *policy); /* called when the unit has ended */
    bool keep_failed;       /* the unit may be killed before the stage runs */
};

/* systemd-run's whole command line for RUN. CONTROL is the socket on which the
 * stage reports, or NULL: then it runs without. */
void systemd_run_words(const struct run *run, const char *control,
                       struct strv *words);

/* Runs it, returns the exit status of design section 3. Does not return when
 * the command died of SIGINT: then this process does, too. */
int launch(const struct run *run);

/* ---- explain.c ---- */

/* For a person, on stdout: what POLICY allows on HOST, and why. ENVIRONMENT:
 * the names passed. Coloured on a terminal, unless NO_COLOR is set. */
void explain(const struct policy *policy, const struct host *host,
             const struct strv *environment);

/* ---- doctor.c ---- */

/* A line for each thing that playpen needs; 0 when nothing fails, else 1. */
int doctor(const struct policy *policy);

/* ---- stage.c ---- */

#define STAGE_WORD "--stage"

/* The unit's main process: playpen --stage WORD=VALUE... -- ARGV0 [ARG...] */
int stage(char **words);

#endif
