/*
 * properties.c - how a view and its policy are said to systemd, and when it must be refused
 * because systemd would not do it. systemd.exec(5), systemd.resource-control(5);
 * what those do not say was measured on 252, 257 and 262.
 */
#include "properties.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Below this the user manager of 257 and later never answers again (a limit
 * of 1K); at this and above the program is OOM-killed. Bytes. */
static const uint64_t least_memory = 102400;

/* The properties that an option of ours becomes, or that playpen itself
 * relies on: -p must not say another thing. */
static const struct {
    const char *property, *option;
} ours[] = {
    { "MemoryMax", "--memory-limit" },
    { "MemorySwapMax", "--memory-swap-max" },
    { "MemoryLimit", "--memory-limit" },
    { "CPUQuota", "--cpu-limit" },
    { "IOReadBandwidthMax", "--disk-read" },
    { "IOWriteBandwidthMax", "--disk-write" },
    { "TasksMax", "--tasks-limit" },
    { "RuntimeMaxSec", "--timeout" },
    { "BindPaths", "--rw" },
    { "BindReadOnlyPaths", "--ro" },
    { "ReadWritePaths", "--rw" },
    { "ReadOnlyPaths", "--ro" },
    { "ReadWriteDirectories", "--rw" },
    { "ReadOnlyDirectories", "--ro" },
    { "InaccessibleDirectories", "--inaccessible" },
    { "InaccessiblePaths", "--inaccessible" },
    { "TemporaryFileSystem", "--current-dir-only" },
    { "PrivateTmp", "--private-tmp" },
    { "PrivateDevices", "--private-devices" },
    { "ProtectKernelTunables", "--protect-kernel-tunables" },
    { "ProtectControlGroups", "--protect-control-groups" },
    { "ProtectHome", "--protect-home" },
    { "ProtectSystem", "--protect-system" },
    { "PrivateNetwork", "--private-network" },
    { "IPAddressAllow", "--ip-allow" },
    { "IPAddressDeny", "--ip-deny" },
    { "SocketBindAllow", "--socket-bind-allow" },
    { "SocketBindDeny", "--socket-bind-deny" },
    { "Environment", "--env" },
    { "PassEnvironment", "--env" },
    { "EnvironmentFile", "--env" },
    { "UnsetEnvironment", "--capture-env" },
    { "WorkingDirectory", "the directory that playpen is started in" },
    { "ExecStart", "a command" },
    { "Type", "none: playpen needs its own" },
    { "KillMode", "none: playpen needs its own" },
    { "TimeoutStopSec", "none: playpen needs its own" },
    { "TimeoutSec", "none: playpen needs its own" },
    { "CollectMode", "none: playpen needs its own" },
    { "RemainAfterExit", "none: playpen needs its own" },
    { "Restart", "none: playpen needs its own" },
    { "PrivateUsers", "none: playpen needs its own" },
    { "PrivateIPC", "none: playpen needs its own" },
    { "KeyringMode", "none: playpen needs its own" },
    { "PrivatePIDs", "none: playpen needs its own" },
    { "NoNewPrivileges", "none: playpen needs its own" },
    { "RootDirectory", "none: playpen needs its own" },
    { "RootImage", "none: playpen needs its own" },
    { "StandardInput", "a redirection" },
    { "StandardOutput", "a redirection" },
    { "StandardError", "a redirection" },
    { "TTYPath", "a redirection" },
};

const char *option_for_property(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (streq(name, ours[i].property))
            return ours[i].option;
    return NULL;
}

/* 50M rather than 52428800, where nothing is lost by it. */
static char *amount(uint64_t value, uint64_t base)
{
    static const char letters[] = { '\0', 'K', 'M', 'G', 'T', 'P', 'E' };
    size_t i = 0;

    while (value && value % base == 0 && i + 1 < sizeof(letters)) {
        value /= base;
        i++;
    }
    return i ? xasprintf("%" PRIu64 "%c", value, letters[i])
             : xasprintf("%" PRIu64, value);
}

static char *percent(uint64_t hundredths)
{
    if (hundredths % 100 == 0)
        return xasprintf("%" PRIu64 "%%", hundredths / 100);
    return xasprintf("%" PRIu64 ".%02" PRIu64 "%%", hundredths / 100,
                     hundredths % 100);
}

static void need_controller(const struct host *host, const char *controller,
                            const char *option, const char *text)
{
    AUTOFREE char *problem = controller_problem(host, controller);

    if (problem)
        die("%s %s would be ignored: %s", option, text, problem);
}

static void emit_size(const char *property, const char *option,
                      const struct limit *limit, const struct host *host,
                      struct strv *words)
{
    AUTOFREE char *value = NULL;

    if (limit->kind != LIMIT_INFINITY)
        need_controller(host, "memory", option, limit->text);
    value = limit->kind == LIMIT_INFINITY  ? xstrdup("infinity")
            : limit->kind == LIMIT_PERCENT ? percent(limit->amount)
                                           : amount(limit->amount, 1024);
    strv_pushf(words, "-p%s=%s", property, value);
}

static void emit_memory(const struct policy *policy, const struct host *host,
                        struct strv *words)
{
    const struct limit *max = &policy->memory_max;
    const struct limit *swap = &policy->memory_swap_max;

    if (max->kind != LIMIT_UNSET) {
        uint64_t bytes = max->kind == LIMIT_PERCENT
                             ? host->memory / 10000 * max->amount
                             : max->amount;

        if (max->kind != LIMIT_INFINITY && bytes < least_memory)
            die("--memory-limit %s: expected 100K or more: so small a limit "
                "can block the manager itself",
                max->text);
        emit_size("MemoryMax", "--memory-limit", max, host, words);
    }
    if (swap->kind != LIMIT_UNSET)
        emit_size("MemorySwapMax", "--memory-swap-max", swap, host, words);
    else if (max->kind == LIMIT_AMOUNT || max->kind == LIMIT_PERCENT)
        strv_push(words, "-pMemorySwapMax=0");
}

static void emit_cpu(const struct limit *limit, const struct host *host,
                     struct strv *words)
{
    AUTOFREE char *value = NULL;

    if (limit->kind == LIMIT_UNSET)
        return;
    if (limit->kind == LIMIT_INFINITY) {
        /* "infinity" is a parse error, empty is none (measured on 252). */
        strv_push(words, "-pCPUQuota=");
        return;
    }
    need_controller(host, "cpu", "--cpu-limit", limit->text);
    value = percent(limit->amount);
    strv_pushf(words, "-pCPUQuota=%s", value);
}

static void emit_disk(const struct policy *policy, const struct host *host,
                      struct strv *words)
{
    const struct {
        const char *property, *option;
        const struct limit *limit;
    } rows[] = {
        { "IOReadBandwidthMax", "--disk-read", &policy->disk_read },
        { "IOWriteBandwidthMax", "--disk-write", &policy->disk_write },
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct limit *limit = rows[i].limit;
        const char *option = rows[i].option;
        AUTOFREE char *value = NULL;

        if (limit->kind == LIMIT_UNSET) {
            limit = &policy->disk;
            option = "--disk-limit";
        }
        if (limit->kind == LIMIT_UNSET || limit->kind == LIMIT_INFINITY)
            continue;
        need_controller(host, "io", option, limit->text);
        if (!host->disk_major)
            die("%s %s: %s is not on a block device of its own, the limit "
                "would be ignored: start it in a directory on a disk",
                option, limit->text, policy->directory);
        value = amount(limit->amount, 1000);
        /* The device's node rather than the directory: a path with a blank
         * cannot be said here. */
        strv_pushf(words, "-p%s=/dev/block/%u:%u %s", rows[i].property,
                   host->disk_major, host->disk_minor, value);
    }
}

static void emit_limits(const struct policy *policy, const struct host *host,
                        struct strv *words)
{
    const struct limit *tasks = &policy->tasks_max;
    const struct limit *timeout = &policy->timeout;

    emit_memory(policy, host, words);
    emit_cpu(&policy->cpu_quota, host, words);
    emit_disk(policy, host, words);
    if (tasks->kind == LIMIT_INFINITY) {
        strv_push(words, "-pTasksMax=infinity");
    } else if (tasks->kind == LIMIT_AMOUNT) {
        need_controller(host, "pids", "--tasks-limit", tasks->text);
        strv_pushf(words, "-pTasksMax=%" PRIu64, tasks->amount);
    }
    if (timeout->kind == LIMIT_AMOUNT && timeout->amount) {
        uint64_t us = timeout->amount;

        if (us % 1000000 == 0)
            strv_pushf(words, "-pRuntimeMaxSec=%" PRIu64, us / 1000000);
        else
            strv_pushf(words, "-pRuntimeMaxSec=%" PRIu64 "us", us);
    }
}

/* ---- namespaces ---- */

/* A path in the values of BindPaths= and its kin: a backslash makes the next
 * character literal (measured on 252 and 257). */
static char *escape(const char *path)
{
    char *escaped = xmalloc(2 * strlen(path) + 1), *out = escaped;

    for (; *path; path++) {
        if (strchr(" :\"'\\", *path))
            *out++ = '\\';
        *out++ = *path;
    }
    *out = '\0';
    return escaped;
}

static void emit_mount(const struct mount *mount, const struct host *host,
                       struct strv *words)
{
    AUTOFREE char *path = escape(mount->path);
    AUTOFREE char *source = NULL;
    const char *property =
        mount->kind == MOUNT_RO ? "BindReadOnlyPaths" : "BindPaths";

    /* The executor of 254 and later reads its orders' quotes as syntax: the
     * bind fails with 226 (measured on 257). */
    if (host->version >= 254 && strpbrk(mount->path, "'\""))
        die("%s: systemd %u cannot bind a path with a quote in it: rename it",
            mount->path, host->version);
    switch (mount->kind) {
    case MOUNT_INACCESSIBLE:
        /* With "-": what is gone when the unit starts needs no hiding. */
        strv_pushf(words, "-pInaccessiblePaths=-%s", path);
        break;
    case MOUNT_TMPFS:
        strv_pushf(words, "-pTemporaryFileSystem=%s%s%s", path,
                   mount->options ? ":" : "",
                   mount->options ? mount->options : "");
        break;
    default:
        source = escape(mount->source);
        if (streq(mount->source, mount->path))
            strv_pushf(words, "-p%s=%s", property, path);
        else
            strv_pushf(words, "-p%s=%s:%s", property, source, path);
    }
}

struct protection {
    const char *property, *option;
    const struct flag *flag;
};

/* The four defaults: on unless somebody said otherwise. */
static bool emit_defaults(const struct policy *policy, const struct host *host,
                          struct strv *words)
{
    const struct protection rows[] = {
        { "PrivateTmp", "--private-tmp", &policy->private_tmp },
        { "PrivateDevices", "--private-devices", &policy->private_devices },
        { "ProtectKernelTunables", "--protect-kernel-tunables",
          &policy->protect_kernel_tunables },
        { "ProtectControlGroups", "--protect-control-groups",
          &policy->protect_control_groups },
    };
    bool possible = host->system || host->user_namespaces;
    bool any = false;
    AUTOFREE char *missing = xstrdup("");

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (!rows[i].flag->on)
            continue;
        if (possible) {
            strv_pushf(words, "-p%s=yes", rows[i].property);
            any = true;
        } else if (rows[i].flag->level != LEVEL_DEFAULT) {
            die("%s: %s, so it would be ignored: use --limits-only, or %s",
                rows[i].option, host->namespace_problem,
                host->namespace_remedy);
        } else {
            char *longer = xasprintf("%s%s%s", missing, *missing ? ", " : "",
                                     rows[i].option + 2);

            free(missing);
            missing = longer;
        }
    }
    if (*missing)
        warn("without %s: %s (--limits-only says that this is wanted)", missing,
             host->namespace_problem);
    return any;
}

static void emit_namespaces(const struct view *view, const struct host *host,
                            struct strv *words)
{
    const struct policy *policy = view->policy;
    bool asked = view->restricted || policy->private_network.on;
    bool any;

    if (asked && !host->system && !host->user_namespaces)
        die("%s: %s, so it would be ignored: do without, or %s",
            view->restricted ? "path options" : "--private-network",
            host->namespace_problem, host->namespace_remedy);
    any = emit_defaults(policy, host, words);
    if (!streq(view->protect_home, "no")) {
        strv_pushf(words, "-pProtectHome=%s", view->protect_home);
        any = true;
    }
    if (!streq(view->protect_system, "no")) {
        strv_pushf(words, "-pProtectSystem=%s", view->protect_system);
        any = true;
    }
    if (policy->private_network.on) {
        strv_push(words, "-pPrivateNetwork=yes");
        any = true;
    }
    if (view->restricted) {
        strv_push(words, "-pPrivateIPC=yes");
        strv_push(words, "-pKeyringMode=private");
        if (has_private_pids(host))
            strv_push(words, "-pPrivatePIDs=yes");
        any = true;
    }
    /* Where nothing can be hidden --rw shows nothing that is not seen. */
    for (size_t i = 0; i < view->mount_count &&
                       (host->system || host->user_namespaces);
         i++) {
        emit_mount(&view->mounts[i], host, words);
        any = true;
    }
    if (!any || host->system)
        return;
    /* Without it a user manager that has not the privilege ignores all of
     * the above in silence (systemd issue 25014). */
    strv_push(words, "-pPrivateUsers=yes");
}

/* ---- the network ---- */

static void emit_ip_rules(const struct policy *policy, const struct host *host,
                          struct strv *words)
{
    for (size_t i = 0; i < policy->ip_rules.n; i++) {
        const char *rule = policy->ip_rules.v[i];
        AUTOFREE char *problem = NULL;

        if (has_prefix(rule, "SocketBind"))
            die("--socket-bind-%s: systemd ignores it in silence here, as "
                "Debian builds it: use --private-network",
                has_prefix(rule, "SocketBindAllow") ? "allow" : "deny");
        problem = firewall_problem(host);
        if (problem)
            die("--ip-%s: %s",
                has_prefix(rule, "IPAddressAllow") ? "allow" : "deny", problem);
        strv_pushf(words, "-p%s", rule);
    }
}

void emit_properties(const struct view *view, const struct host *host,
                     struct strv *words)
{
    const struct policy *policy = view->policy;

    /* Mixed: the stage alone gets the SIGTERM and passes it on, as it would
     * any other; what is left when it ends is killed at once. */
    strv_push(words, "-pKillMode=mixed");
    strv_push(words, "-pTimeoutStopSec=5s");
    emit_limits(policy, host, words);
    emit_namespaces(view, host, words);
    emit_ip_rules(policy, host, words);
    for (size_t i = 0; i < policy->properties.n; i++)
        strv_pushf(words, "-p%s", policy->properties.v[i]);
    /* A session keyring of its own is not enough: what a key permits to its
     * user it permits by its number, in every namespace (measured on 257). So
     * the kernel is one without keys. After what -p says: this only takes away
     * from a filter of the user's. */
    if (view->restricted) {
        strv_push(words, "-pSystemCallFilter=~@keyring:ENOSYS");
        strv_push(words, "-pNoNewPrivileges=yes");
    }
}
