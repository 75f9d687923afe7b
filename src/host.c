/*
 * host.c - what machine this is: which manager, what is delegated to it,
 * whether user namespaces work. File reads only; the one thing that needs a
 * process, systemd's version, is kept in the runtime directory.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* The file's identity: as long as it is the same, so is the version. */
static char *identity(const struct stat *st)
{
    return xasprintf("%ju:%ju:%jd.%09ld:%jd", (uintmax_t)st->st_dev,
                     (uintmax_t)st->st_ino, (intmax_t)st->st_mtim.tv_sec,
                     st->st_mtim.tv_nsec, (intmax_t)st->st_size);
}

/* The number in "systemd 252 (252.39-1~deb12u1)", 0 where there is none. */
static unsigned ask_version(const char *systemd_run)
{
    char answer[256] = "";
    size_t length = 0;
    ssize_t n;
    int fds[2];
    pid_t pid;

    if (pipe2(fds, O_CLOEXEC) < 0)
        return 0;
    pid = fork();
    if (pid == 0) {
        dup2(fds[1], STDOUT_FILENO);
        execl(systemd_run, systemd_run, "--version", (char *)NULL);
        _exit(EXIT_NOT_FOUND);
    }
    close(fds[1]);
    while (pid > 0 && length < sizeof(answer) - 1 &&
           (n = read(fds[0], answer + length, sizeof(answer) - 1 - length)) > 0)
        length += (size_t)n;
    close(fds[0]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return has_prefix(answer, "systemd ")
               ? (unsigned)strtoul(answer + strlen("systemd "), NULL, 10)
               : 0;
}

static unsigned systemd_version(const char *runtime_dir)
{
    const char *path = getenv("PATH");
    const char *file =
        find_command("systemd-run", path ? path : "/usr/bin:/bin", NULL);
    AUTOFREE char *dir = xasprintf("%s/playpen", runtime_dir);
    AUTOFREE char *cache = xasprintf("%s/version", dir);
    AUTOFREE char *key = NULL, *known = NULL;
    struct stat st;
    unsigned version;

    if (stat(file, &st) < 0)
        die("%s: %s", file, strerror(errno));
    key = identity(&st);
    known = read_small_file(cache);
    if (known && has_prefix(known, key) && known[strlen(key)] == ' ')
        return (unsigned)strtoul(known + strlen(key), NULL, 10);
    version = ask_version(file);
    if (!version)
        die("%s --version: expected a version: is systemd installed?", file);
    if (mkdir(dir, 0700) == 0 || errno == EEXIST) {
        AUTOFREE char *fresh = xasprintf("%s.%d", cache, (int)getpid());
        FILE *out = fopen(fresh, "we");

        /* A cache: where it cannot be written, the next run asks again. */
        if (out) {
            fprintf(out, "%s %u\n", key, version);
            if (fclose(out) != 0 || rename(fresh, cache) < 0)
                unlink(fresh);
        }
    }
    return version;
}

/* ---- user namespaces ---- */

static bool sysctl_is(const char *path, const char *value)
{
    AUTOFREE char *text = read_small_file(path);

    return text && streq(text, value);
}

/* Makes one for real, in a child, and mounts in it: AppArmor lets unshare(2)
 * succeed and takes away what it is good for. */
static bool try_user_namespace(void)
{
    int status;
    pid_t pid = (pid_t)syscall(SYS_clone,
                               CLONE_NEWUSER | CLONE_NEWNS | SIGCHLD,
                               NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void inspect_namespaces(struct host *host)
{
    host->user_namespaces = false;
    if (sysctl_is("/proc/sys/user/max_user_namespaces", "0"))
        host->namespace_problem =
            "user namespaces are off (user.max_user_namespaces=0)";
    else if (sysctl_is("/proc/sys/kernel/unprivileged_userns_clone", "0"))
        host->namespace_problem = "user namespaces are off for users "
                                  "(kernel.unprivileged_userns_clone=0)";
    else if (sysctl_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
                       "1") &&
             !try_user_namespace())
        host->namespace_problem =
            "AppArmor restricts user namespaces "
            "(kernel.apparmor_restrict_unprivileged_userns=1)";
    else if (access("/proc/self/ns/user", F_OK) < 0)
        host->namespace_problem = "the kernel has no user namespaces";
    else
        host->user_namespaces = true;
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

/* XDG_RUNTIME_DIR is not set under su(1), cron and some ssh: derive it. And it
 * may still be that of the user one was before. */
static const char *user_runtime_dir(uid_t uid)
{
    const char *given = getenv("XDG_RUNTIME_DIR");
    char *usual = xasprintf("/run/user/%u", (unsigned)uid);

    if (given && *given == '/' && owned_directory(given, uid)) {
        free(usual);
        return given;
    }
    if (owned_directory(usual, uid))
        return usual;
    die("no user manager runs for uid %u (%s is missing): log in with a "
        "session of its own, or run loginctl enable-linger as root",
        (unsigned)uid, usual);
}

static void need_socket(const char *dir, const char *name, const char *problem)
{
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);

    if (access(path, F_OK) < 0)
        die("%s: %s", path, problem);
}

static void read_controllers(struct host *host)
{
    struct statfs fs;
    AUTOFREE char *path =
        host->system
            ? xstrdup("/sys/fs/cgroup/cgroup.controllers")
            : xasprintf("/sys/fs/cgroup/user.slice/user-%u.slice/"
                        "user@%u.service/cgroup.controllers",
                        (unsigned)host->uid, (unsigned)host->uid);
    AUTOFREE char *text = NULL;

    if (statfs("/sys/fs/cgroup", &fs) < 0 || fs.f_type != CGROUP2_SUPER_MAGIC)
        return;
    text = read_small_file(path);
    if (text)
        shell_split(text, 0, &host->controllers);
    /* What is there but not a controller: tells v2 without any from v1. */
    strv_push(&host->controllers, "unified");
}

static void inspect_disk(const struct policy *policy, struct host *host)
{
    struct stat st;

    if (stat(policy->directory, &st) == 0) {
        host->disk_major = major(st.st_dev);
        host->disk_minor = minor(st.st_dev);
    }
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

void inspect_host(const struct policy *policy, struct host *host)
{
    *host = (struct host){ .uid = geteuid(), .memory = memory_size() };
    host->system = wants_system(policy);
    /* sd_booted(3) */
    if (access("/run/systemd/system", F_OK) < 0)
        die("this machine was not booted with systemd (a container, or WSL "
            "without it): run playpen on the host, or set systemd=true in "
            "/etc/wsl.conf");
    if (host->system) {
        host->runtime_dir = "/run";
        need_socket("/run/dbus", "system_bus_socket",
                    "no system bus: install and start dbus");
    } else {
        host->runtime_dir = user_runtime_dir(host->uid);
        need_socket(host->runtime_dir, "systemd/private",
                    "no user manager runs: log in anew, or run loginctl "
                    "enable-linger as root");
        need_socket(host->runtime_dir, "bus",
                    "no user bus: install dbus-user-session and log in anew");
    }
    host->version = systemd_version(host->runtime_dir);
    host->landlock_scopes = has_landlock_scopes();
    inspect_namespaces(host);
    read_controllers(host);
    inspect_disk(policy, host);
}

void assume_host(const struct policy *policy, struct host *host)
{
    *host = (struct host){
        .uid = geteuid(),
        .memory = memory_size(),
        .system = wants_system(policy),
        .user_namespaces = true,
        .landlock_scopes = true,
        .version = 262,
    };
    host->runtime_dir = host->system
                            ? "/run"
                            : xasprintf("/run/user/%u", (unsigned)host->uid);
    shell_split("cpuset cpu io memory pids unified", 0, &host->controllers);
    inspect_disk(policy, host);
}

char *own_unit(void)
{
    AUTOFREE char *cgroup = read_small_file("/proc/self/cgroup");
    char *part = cgroup ? strstr(cgroup, "0::/") : NULL;

    while (part && (part = strchr(part, '/'))) {
        size_t length = strcspn(++part, "/\n");

        if (has_prefix(part, "playpen-") && length > strlen(".service") &&
            strncmp(part + length - 8, ".service", 8) == 0)
            return xstrndup(part, length);
    }
    return NULL;
}
