/*
 * host.c - what machine this is: which manager, what is delegated to it,
 * whether user namespaces work; and for what is amiss the words and the remedy
 * that refusals and --doctor share. Cheap, as it is there on every run: files
 * are read and sockets connected to. What costs more is kept, as systemd's
 * version in the runtime directory, or only tried where it matters: a child in
 * a user namespace, a BPF program.
 */
#include "host.h"
#include "cgroup.h"
#include "disk.h"
#include "path.h"
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void die_if(char *problem)
{
    if (problem)
        die("%s", problem);
}

char *systemd_problem(const struct host *host)
{
    /* sd_booted(3) */
    AUTOFREE char *kernel = NULL;

    if (host->booted)
        return NULL;
    kernel = read_small_file("/proc/sys/kernel/osrelease");
    /* "5.15.153.1-microsoft-standard-WSL2"; in a container of its as well. */
    if (kernel && strcasestr(kernel, "microsoft"))
        return xstrdup("this WSL runs without systemd: as root: printf "
                       "'[boot]\\nsystemd=true\\n' >> /etc/wsl.conf; then, in "
                       "Windows: wsl --shutdown");
    return xstrdup("this machine was not booted with systemd (a container?): "
                   "run playpen on the host");
}

char *version_problem(struct host *host)
{
    AUTOFREE char *file = system_program("systemd-run");

    if (!file)
        return xstrdup("there is no systemd-run of root's on PATH: install "
                       "systemd");
    host->version = systemd_version(host, file);
    if (!host->version)
        return xasprintf("%s --version says no version: install systemd anew",
                         file);
    if (host->version < 250)
        return xasprintf("systemd %u is too old, 250 or later is needed: "
                         "upgrade to a distribution that has it",
                         host->version);
    return NULL;
}

/* ---- user namespaces ---- */

static bool sysctl_is(const char *path, const char *value)
{
    AUTOFREE char *text = read_small_file(path);

    return text && streq(text, value);
}

static void inspect_namespaces(struct host *host)
{
    /* Each of these is how some distribution switches user namespaces off. */
    static const struct {
        const char *path, *problem, *setting;
    } switches[] = {
        { "/proc/sys/user/max_user_namespaces",
          "user namespaces are off (user.max_user_namespaces=0)",
          "user.max_user_namespaces=16384" },
        { "/proc/sys/user/max_mnt_namespaces",
          "mount namespaces are off (user.max_mnt_namespaces=0)",
          "user.max_mnt_namespaces=16384" },
        { "/proc/sys/kernel/unprivileged_userns_clone",
          "user namespaces are off for users "
          "(kernel.unprivileged_userns_clone=0)",
          "kernel.unprivileged_userns_clone=1" },
    };

    host->user_namespaces = access("/proc/self/ns/user", F_OK) == 0;
    if (!host->user_namespaces) {
        host->namespace_problem = "the kernel has no user namespaces";
        host->namespace_remedy = "boot one with CONFIG_USER_NS";
    }
    for (size_t i = 0; host->user_namespaces && i < ARRAY_LEN(switches); i++) {
        if (!sysctl_is(switches[i].path, "0"))
            continue;
        host->user_namespaces = false;
        host->namespace_problem = switches[i].problem;
        host->namespace_remedy =
            xasprintf("as root: echo %s >> /etc/sysctl.d/zz-playpen.conf; "
                      "systemctl restart systemd-sysctl",
                      switches[i].setting);
    }
}

void inspect_executor(struct host *host)
{
    static const char sysctl[] =
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";

    if (host->system || !host->user_namespaces || has_namespaces(host))
        return;
    host->user_namespaces = false;
    if (sysctl_is(sysctl, "1")) {
        host->namespace_problem =
            "AppArmor restricts the user namespaces of systemd's units "
            "(kernel.apparmor_restrict_unprivileged_userns=1; 0 gives them to "
            "every program)";
        host->namespace_remedy =
            "as root: echo kernel.apparmor_restrict_unprivileged_userns=0 >> "
            "/etc/sysctl.d/zz-playpen.conf; systemctl restart systemd-sysctl";
        return;
    }
    host->namespace_problem =
        sysctl_is("/sys/module/apparmor/parameters/enabled", "Y")
            ? "systemd's units get no namespaces, which a profile of "
              "AppArmor may forbid to its executor (tried with a unit)"
            : "systemd's units get no namespaces (tried with a unit)";
    host->namespace_remedy =
        "look for who denied that: as root: journalctl -k -g DENIED; "
        "sysctl user";
}

bool can_unshare(const struct host *host)
{
    return host->system || host->user_namespaces;
}

/* landlock(7): the version is asked with a NULL ruleset and this flag. */
static bool has_landlock_scopes(void)
{
    return syscall(444 /* landlock_create_ruleset */, NULL, 0, 1) >= 6;
}

/* ---- the manager ---- */

static bool owned_directory(const char *path, uid_t uid)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == uid;
}

/* A socket of TYPE, connected to DIR/NAME; *PROBLEM is the errno, or 0. */
static int connect_to(const char *dir, const char *name, int type, int *problem)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    *problem = ENAMETOOLONG;
    if ((size_t)snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s",
                         dir, name) >= sizeof(address.sun_path))
        return -1;
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    *problem = fd < 0 ||
               connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0
                   ? errno
                   : 0;
    return fd;
}

/* Does a process listen on DIR/NAME? A socket's file outlives its process. The
 * kernel refuses a socket of another type, and the listener is not woken: unix(7),
 * EPROTOTYPE. Without a descriptor to try with, one is presumed. */
static bool listens(const char *dir, const char *name)
{
    int problem;
    AUTOCLOSE int fd = connect_to(dir, name, SOCK_DGRAM, &problem);

    return fd < 0 ? problem != ENAMETOOLONG : problem == EPROTOTYPE;
}

/* The content of NAME in the manager's part of the control groups,
 * systemd.special(7); or NULL. The caller's. */
static char *read_cgroup_file(const struct host *host, const char *name)
{
    unsigned uid = (unsigned)host->uid;
    AUTOFREE char *path =
        host->system ? xasprintf("/sys/fs/cgroup/%s", name)
                     : xasprintf("/sys/fs/cgroup/user.slice/user-%u.slice/"
                                 "user@%u.service/%s",
                                 uid, uid, name);

    return read_small_file(path);
}

static const char *bus_name(const struct host *host)
{
    return host->system ? "dbus/system_bus_socket" : "bus";
}

/* A process of the manager: by its cgroup, or, where that is not in sight,
 * by the bus, which has the number of whoever called listen(2), unix(7). 0 in
 * another PID namespace, -1 where it is not known. */
static pid_t find_manager(const struct host *host)
{
    AUTOFREE char *pids = read_cgroup_file(host, "init.scope/cgroup.procs");
    struct ucred peer = { .pid = -1 };
    socklen_t length = sizeof(peer);
    int problem;
    AUTOCLOSE int fd = -1;

    if (pids && *pids)
        return (pid_t)strtol(pids, NULL, 10);
    fd = connect_to(host->runtime_dir, bus_name(host), SOCK_STREAM, &problem);
    if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0)
        return -1;
    return peer.pid;
}

/* The user's runtime directory; NULL where there is none. XDG_RUNTIME_DIR is
 * not set under su(1), cron and some ssh, may be another user's after su(1), or a
 * directory in which no manager listens. */
static const char *user_runtime_dir(uid_t uid)
{
    const char *given = getenv("XDG_RUNTIME_DIR");
    char *usual = xasprintf("/run/user/%u", (unsigned)uid);

    if (given && (*given != '/' || !owned_directory(given, uid)))
        given = NULL;
    if (owned_directory(usual, uid) &&
        (!given || (!streq(given, usual) &&
                    !(listens(given, "systemd/private") ||
                      listens(given, "bus")))))
        return usual;
    free(usual);
    return given;
}

/* The user's name, or number where that has none. The caller's. */
static char *user_name(const struct host *host)
{
    struct passwd *pw = getpwuid(host->uid);

    return pw ? xstrdup(pw->pw_name) : xasprintf("%u", (unsigned)host->uid);
}

char *linger_problem(const struct host *host)
{
    AUTOFREE char *user = host->system ? NULL : user_name(host);
    AUTOFREE char *file =
        user ? xasprintf("/var/lib/systemd/linger/%s", user) : NULL;

    if (!file || exists(file))
        return NULL;
    return xasprintf("as root: loginctl enable-linger %s", user);
}

char *manager_problem(const struct host *host)
{
    AUTOFREE char *user = NULL;

    /* The bus is started by the manager: if the bus answers, the manager
     * runs. */
    if (host->system || host->bus ||
        (host->runtime_dir && listens(host->runtime_dir, "systemd/private")))
        return NULL;
    user = user_name(host);
    return xasprintf("no user manager runs for %s: log in anew, or as root: "
                     "loginctl enable-linger %s; systemctl start "
                     "user@%u.service",
                     user, user, (unsigned)host->uid);
}

char *bus_problem(const struct host *host)
{
    if (host->bus)
        return NULL;
    if (access(host->system ? "/usr/lib/systemd/system/dbus.socket"
                            : "/usr/lib/systemd/user/dbus.socket",
               F_OK) < 0 &&
        access(host->system ? "/lib/systemd/system/dbus.socket"
                            : "/lib/systemd/user/dbus.socket",
               F_OK) < 0)
        return xasprintf("no D-Bus: install %s, then %s",
                         host->system ? "dbus" : "dbus-user-session",
                         host->system ? "start it" : "log in anew");
    return xasprintf("nobody listens on %s/%s: %s: systemctl %s unmask "
                     "dbus.socket dbus.service; systemctl %s restart "
                     "dbus.socket",
                     host->runtime_dir, bus_name(host),
                     host->system ? "as root" : "run",
                     manager_option(host->system),
                     manager_option(host->system));
}

const char *manager_option(bool system)
{
    return system ? "--system" : "--user";
}

void set_manager_environment(const struct host *host)
{
    const char *bus = getenv("DBUS_SESSION_BUS_ADDRESS");
    AUTOFREE char *own = xasprintf("unix:path=%s/bus", host->runtime_dir);

    if (host->system)
        return;
    setenv("XDG_RUNTIME_DIR", host->runtime_dir, 1);
    if (bus && !has_prefix(bus, own))
        unsetenv("DBUS_SESSION_BUS_ADDRESS");
}

int run_systemd(const char *name, bool system, const char *const *words,
                char **output)
{
    AUTOFREE char *program = system_program(name);
    AUTOSTRV struct strv argv = { 0 };

    if (!program)
        return -1;
    strv_push(&argv, program);
    strv_push(&argv, manager_option(system));
    for (; *words; words++)
        strv_push(&argv, *words);
    return run_program((const char *const *)argv.v, TRY_SECONDS, output);
}

/* ---- where this process is ---- */

/* A process in the mount namespace of the manager that may be looked at: the
 * manager, or, where that has a capability (257 and later), its bus. */
static pid_t witness(const struct host *host)
{
    static const char *const buses[] = { "dbus.service", "dbus-broker.service",
                                         NULL };
    AUTOFREE char *own = xasprintf("/proc/%d/ns/mnt", (int)host->manager);

    if (access(own, F_OK) == 0)
        return host->manager;
    for (const char *const *bus = buses; *bus; bus++) {
        AUTOFREE char *list =
            xasprintf("session.slice/%s/cgroup.procs", *bus);
        AUTOFREE char *pids = read_cgroup_file(host, list);
        const char *pid = pids;

        /* 0 is one of another PID namespace. */
        while (pid && has_prefix(pid, "0\n"))
            pid += 2;
        if (pid && *pid)
            return (pid_t)strtol(pid, NULL, 10);
    }
    return -1;
}

static bool in_managers_place(const struct host *host)
{
    AUTOFREE char *path = xasprintf("/proc/%d/ns/mnt", (int)witness(host));
    AUTOFREE char *map = xasprintf("/proc/%d/uid_map", (int)host->manager);
    AUTOFREE char *own_map = read_small_file("/proc/self/uid_map");
    AUTOFREE char *their_map = read_small_file(map);
    struct stat own, theirs;

    if (stat(path, &theirs) == 0 && stat("/proc/self/ns/mnt", &own) == 0)
        return own.st_ino == theirs.st_ino;
    /* Out of a user namespace nothing outside can be looked at, but for this:
     * it is shown as it is to the reader. */
    if (own_map && their_map)
        return streq(own_map, their_map);
    /* Nor this where /proc has hidepid=2: then the user namespace is taken to be
     * the manager's if it is the machine's, which maps every number. */
    return !own_map || host->manager < 0 || strstr(own_map, "4294967295");
}

char *place_problem(const struct host *host, bool scope)
{
    bool numbered = host->manager != 0;

    /* What runs in one of playpen's units may ask for another. */
    if ((numbered && (scope || in_managers_place(host))) || is_in_own_unit())
        return NULL;
    if (!numbered)
        return xstrdup("in a PID namespace other than the manager's (toolbox, "
                       "distrobox, a container), which would start the command "
                       "outside of it: run playpen on the host");
    return xstrdup("in a mount namespace other than the manager's "
                   "(toolbox, distrobox, bwrap), which would start the "
                   "command outside of it: run playpen on the host, or add "
                   "--limits-only");
}

/* The number after NAME in the status of process PID, 0 for self; -1 where it is
 * not known. proc_pid_status(5) */
static long status_field(pid_t pid, const char *name)
{
    AUTOFREE char *path = pid ? xasprintf("/proc/%d/status", (int)pid)
                              : xstrdup("/proc/self/status");
    AUTOFREE char *text = read_small_file(path);
    const char *line = text ? strstr(text, name) : NULL;

    return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

/* Has this process more of NAME than the manager? */
static bool has_more(const struct host *host, const char *name)
{
    long own = status_field(0, name);

    return host->manager > 0 && own > 0 &&
           status_field(host->manager, name) < own;
}

void check_place(const struct policy *policy, const struct host *host,
                 bool scope)
{
    AUTOFREE char *lingers = NULL;

    if (policy->limits_only.on)
        die_if(place_problem(host, scope));
    if (is_ignored(SIGHUP) && !is_in_own_unit())
        lingers = linger_problem(host);
    if (lingers)
        note("ends, with all that the user manager started, when your last "
             "session does: to outlast that, %s", lingers);
    if (scope || is_in_own_unit())
        return;
    if (has_more(host, "\nSeccomp_filters:\t"))
        warn("started under a filter of system calls, which does not hold for "
             "the command: --limits-only keeps it");
    else if (has_more(host, "\nNoNewPrivs:\t"))
        warn("started with no_new_privs, perhaps under Landlock, which does not "
             "hold for the command: --limits-only keeps it");
}

/* ---- control groups and the firewall ---- */

static void read_controllers(struct host *host)
{
    struct statfs fs;
    AUTOFREE char *text = NULL;

    if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
        return;
    text = read_cgroup_file(host, "cgroup.controllers");
    if (text)
        free(shell_split(text, 0, &host->controllers));
    /* A marker, no controller: tells an empty cgroup v2 list from cgroup v1. */
    strv_push(&host->controllers, "unified");
}

char *controller_problem(const struct host *host, const char *controller)
{
    if (strv_has(&host->controllers, controller))
        return NULL;
    if (host->controllers.n == 0)
        return xstrdup("the unified cgroup hierarchy is not in use: boot with "
                       "systemd.unified_cgroup_hierarchy=1");
    if (host->system)
        return xasprintf("the kernel has no %s controller: boot one that has "
                         "it, without cgroup_disable=",
                         controller);
    return xasprintf(
        "the %s controller is not delegated to the user manager: "
        "this helps, and ends your session: as root: "
        "mkdir -p /etc/systemd/system/user@.service.d; "
        "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' "
        "> /etc/systemd/system/user@.service.d/delegate.conf; "
        "systemctl daemon-reload; systemctl restart user@%u.service",
        controller, (unsigned)host->uid);
}

/* Loads a program of the kind that IPAddressDeny= becomes: "return 1". */
static bool try_bpf(void)
{
    const struct bpf_insn program[] = {
        { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = 1 },
        { .code = BPF_JMP | BPF_EXIT },
    };
    union bpf_attr attributes = {
        .prog_type = BPF_PROG_TYPE_CGROUP_SKB,
        .insns = (uintptr_t)program,
        .insn_cnt = ARRAY_LEN(program),
        .license = (uintptr_t) "GPL",
    };
    AUTOCLOSE int fd =
        (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));

    return fd >= 0;
}

char *firewall_problem(const struct host *host)
{
    if (!host->system)
        return xstrdup("a user manager ignores IP rules in silence: use "
                       "--private-network, or the system's manager as root");
    if (!host->firewall)
        return xstrdup("the kernel has no BPF programs for control groups: "
                       "boot one with CONFIG_CGROUP_BPF");
    return NULL;
}

/* systemd takes these rules and ignores them in silence where it was built
 * without, or does not find, what loads BPF programs (seen on 252, as Debian
 * builds it; 257 enforces them). */
char *socket_bind_problem(const struct host *host)
{
    AUTOFREE char *file = system_program("systemd-run"), *answer = NULL;
    const char *const words[] = { file, "--version", NULL };
    glob_t found = { 0 };
    bool has_library;

    if (!host->system)
        return xstrdup("a user manager ignores these rules in silence: use "
                       "--private-network, or the system's manager as root");
    if (file)
        run_program(words, TRY_SECONDS, &answer);
    if (!answer || !strstr(answer, "+BPF_FRAMEWORK"))
        return xstrdup("this systemd was built without BPF_FRAMEWORK and "
                       "ignores it in silence: use --private-network");
    has_library =
        glob("/usr/lib*/libbpf.so.[01]", 0, NULL, &found) == 0 ||
        glob("/usr/lib/*/libbpf.so.[01]", 0, NULL, &found) == 0;
    globfree(&found);
    return has_library ? NULL
                       : xstrdup("systemd ignores it in silence without "
                                 "libbpf: install that");
}

static uint64_t memory_size(void)
{
    struct sysinfo info;

    return sysinfo(&info) == 0 ? (uint64_t)info.totalram * info.mem_unit : 0;
}

static bool wants_system(const struct policy *policy)
{
    if (policy->manager == MANAGER_SYSTEM && geteuid() != 0)
        die("--system: expected to be root: without it, use the user's "
            "manager (--user)");
    return policy->manager == MANAGER_SYSTEM ||
           (policy->manager == MANAGER_DEFAULT && geteuid() == 0);
}

void probe_host(const struct policy *policy, struct host *host)
{
    *host = (struct host){ .uid = geteuid(), .memory = memory_size() };
    host->system = wants_system(policy);
    host->booted = access("/run/systemd/system", F_OK) == 0;
    host->runtime_dir = host->system ? "/run" : user_runtime_dir(host->uid);
    host->bus = host->runtime_dir && listens(host->runtime_dir, bus_name(host));
    host->manager = host->bus ? find_manager(host) : -1;
    host->landlock_scopes = has_landlock_scopes();
    inspect_namespaces(host);
    read_controllers(host);
    if (host->system && (policy->ip_rules.n || policy->action == ACTION_DOCTOR))
        host->firewall = try_bpf();
}

/* Where no descriptor is left files cannot be opened and look as if they were
 * missing. systemd-run needs some more. */
static char *descriptors_problem(void)
{
    int fds[24];
    size_t n = 0;
    bool enough;

    while (n < ARRAY_LEN(fds) &&
           (fds[n] = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)) >= 0)
        n++;
    enough = n == ARRAY_LEN(fds);
    while (n)
        close(fds[--n]);
    if (enough)
        return NULL;
    return xasprintf("no file descriptors are left, %zu are needed: raise "
                     "ulimit -n",
                     ARRAY_LEN(fds));
}

void inspect_host(const struct policy *policy, struct host *host)
{
    die_if(descriptors_problem());
    probe_host(policy, host);
    die_if(systemd_problem(host));
    die_if(manager_problem(host));
    die_if(bus_problem(host));
    if (!policy->limits_only.on)
        die_if(place_problem(host, false));
    die_if(version_problem(host));
    if (!policy->limits_only.on && !policy->dry_run)
        inspect_executor(host);
    host->disk_problem = find_disk(policy->directory, &host->disk_major,
                                   &host->disk_minor);
}

bool is_systemd_there(void)
{
    const char *offline = getenv("SYSTEMD_OFFLINE");

    return access("/run/systemd/system", F_OK) == 0 &&
           !(offline && is_one_of(offline, (const char *const[]){
                                               "1", "yes", "y", "true", "t",
                                               "on", NULL }));
}

void assume_host(const struct policy *policy, struct host *host)
{
    *host = (struct host){
        .uid = geteuid(),
        .memory = memory_size(),
        .system = wants_system(policy),
        .booted = true,
        .bus = true,
        .user_namespaces = true,
        .manager = -1,
        .landlock_scopes = true,
        .firewall = true,
        .version = 262,
    };
    host->runtime_dir = host->system ? "/run" : user_runtime_dir(host->uid);
    if (!host->runtime_dir)
        host->runtime_dir = xasprintf("/run/user/%u", (unsigned)host->uid);
    free(shell_split("cpuset cpu io memory pids unified", 0,
                     &host->controllers));
    host->disk_problem = find_disk(policy->directory, &host->disk_major,
                                   &host->disk_minor);
}

char *own_unit(void)
{
    AUTOFREE char *cgroup = cgroup_of(0);

    for (const char *slash = cgroup; slash; slash = strchr(slash + 1, '/')) {
        AUTOFREE char *name = xstrndup(slash + 1, strcspn(slash + 1, "/"));

        if (has_prefix(name, "playpen-") &&
            (has_suffix(name, ".service") || has_suffix(name, ".scope")))
            return xstrdup(name);
    }
    return NULL;
}

bool is_in_own_unit(void)
{
    AUTOFREE char *unit = own_unit();

    return unit;
}

enum confinement own_confinement(void)
{
    AUTOFREE char *unit = own_unit();

    return !unit                                   ? NOT_CONFINED
           : has_prefix(unit, UNIT_OF_BUNDLE)      ? IN_BUNDLE
           : has_prefix(unit, UNIT_OF_RESTRICTION) ? PATHS_RESTRICTED
                                                   : NOT_CONFINED;
}
