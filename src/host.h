/*
 * host.h - what machine this is, and what is amiss with it.
 */
#ifndef HOST_H
#define HOST_H

#include "policy.h"

/* How long systemd's programs may take; mostly they give up after 25 s. */
#define TRY_SECONDS 60

/* What the machine is, as far as properties.c must know it. */
struct host {
    bool system;                   /* the system's manager, not the user's */
    bool booted;                   /* systemd is process 1 */
    bool bus;                      /* somebody listens on the manager's bus */
    bool user_namespaces;          /* an unprivileged process can make one */
    const char *namespace_problem; /* if not: what switches them off */
    const char *namespace_remedy;
    bool landlock_scopes;    /* Landlock ABI 6: abstract sockets */
    bool firewall;           /* the kernel can do IPAddressDeny=; only looked
                                at where the manager could, and it matters */
    unsigned version;        /* systemd's, 250 and more */
    struct strv controllers; /* delegated to the manager: "cpu", "memory" … */
    uint64_t memory;         /* bytes of RAM */
    const char *runtime_dir; /* of the manager's clients: /run/user/UID, /run;
                                NULL where there is none */
    uid_t uid;
    pid_t manager;           /* the first process of its cgroup, as this
                                process's namespace numbers it; 0 if it is not
                                in there, -1 unknown */
    unsigned disk_major, disk_minor; /* device of the working directory */
    const char *disk_problem;        /* or why there is none: see find_disk() */
};

/* Looks at the machine. Dies where there is no manager to talk to. */
void inspect_host(const struct policy *policy, struct host *host);

/* Fills HOST without dying; leaves version and disk unset. */
void probe_host(const struct policy *policy, struct host *host);

/* Each looks at one thing and returns NULL where it is well, else one line, the
 * caller's, of what is wrong and the remedy. Commands come last, after "as
 * root: " or "run: ". bus_problem() presumes that there is no
 * manager_problem(); version_problem() sets the version. */
char *systemd_problem(const struct host *host);
char *version_problem(struct host *host);
char *manager_problem(const struct host *host);
char *bus_problem(const struct host *host);
char *controller_problem(const struct host *host, const char *controller);
char *firewall_problem(const struct host *host);
char *socket_bind_problem(const struct host *host);

/* Tries through the manager, or knows from an earlier time, whether its units get
 * namespaces; if not, user_namespaces is false, and the problem said. */
void inspect_executor(struct host *host);

/* The remedy where the user manager ends with the user's last session, and what
 * runs under it; NULL where it does not. The caller's. loginctl(1) */
char *linger_problem(const struct host *host);

/* Sets the variables by which systemd's programs, run from here, find HOST's
 * manager. */
void set_manager_environment(const struct host *host);

/* The option by which systemd's programs take the SYSTEM's manager, or the
 * user's. */
const char *manager_option(bool system);

/* run_program() of systemd's program NAME with WORDS (ended by NULL), for the
 * system's manager or the user's; -1 also where there is no such program. */
int run_systemd(const char *name, bool system, const char *const *words,
                char **output);

/* Was this machine booted with systemd, and is it not to be asked, by
 * $SYSTEMD_OFFLINE as for systemd's own programs? */
bool is_systemd_there(void);

/* Is this process where the manager would start a service: in its mount
 * namespace, or in a unit of playpen's? One line of what is wrong, or NULL. A
 * SCOPE has to be where its processes can be told to the manager. */
char *place_problem(const struct host *host, bool scope);

/* Dies of a place_problem(), which inspect_host() has looked for unless there are
 * limits alone; and warns where a service leaves what restricts this process. */
void check_place(const struct policy *policy, const struct host *host,
                 bool scope);

/* A current systemd with everything delegated, for --dry-run without one. */
void assume_host(const struct policy *policy, struct host *host);

/* The name of this process's unit if it is one of playpen's, else NULL. */
char *own_unit(void);
bool is_in_own_unit(void);

/* How the names of units begin whose paths are restricted. */
#define UNIT_OF_BUNDLE "playpen-confined-"
#define UNIT_OF_RESTRICTION "playpen-restricted-"

/* What the run of playpen's confines that this process is in, by its unit. */
enum confinement { NOT_CONFINED, PATHS_RESTRICTED, IN_BUNDLE };
enum confinement own_confinement(void);

/* Can a unit of HOST's manager have namespaces of its own? */
bool can_unshare(const struct host *host);

#endif
