/*
 * properties.c - how a view and its policy are said to systemd, and when that
 * must be refused because systemd would not do it. systemd.exec(5),
 * systemd.resource-control(5); what those do not say was measured on 252, 257
 * and 262.
 */
#include "properties.h"
#include "gpu.h"
#include "options.h"
#include "passthrough.h"
#include "shown.h"

#include <inttypes.h>
#include <string.h>

/* Below this the user manager of 257 and later never answers again (a limit
 * of 1K); at this and above the program is OOM-killed. Bytes. */
static const uint64_t least_memory = 102400;

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
        if (is_finite(max) && limit_bytes(max, host->memory) < least_memory)
            die("--memory-limit %s: expected 100K or more: so small a limit "
                "can block the manager itself",
                max->text);
        emit_size("MemoryMax", "--memory-limit", max, host, words);
    }
    if (swap->kind != LIMIT_UNSET)
        emit_size("MemorySwapMax", "--memory-swap-max", swap, host, words);
    else if (is_finite(max))
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
        if (host->disk_problem)
            die("%s %s: %s %s", option, limit->text, policy->directory,
                host->disk_problem);
        value = amount(limit->amount, 1000);
        /* The device's node, for this property cannot hold a directory with a
         * blank in its name. */
        strv_pushf(words, "-p%s=/dev/block/%u:%u %s", rows[i].property,
                   host->disk_major, host->disk_minor, value);
    }
}

static void emit_limits(const struct view *view, const struct host *host,
                        struct strv *words)
{
    const struct policy *policy = view->policy;
    const struct limit *tasks = &policy->tasks_max;
    const struct limit *timeout = &policy->timeout;

    emit_memory(policy, host, words);
    emit_cpu(&policy->cpu_quota, host, words);
    emit_disk(policy, host, words);
    if (tasks->kind == LIMIT_INFINITY) {
        strv_push(words, "-pTasksMax=infinity");
    } else if (tasks->kind == LIMIT_AMOUNT) {
        need_controller(host, "pids", "--tasks-limit", tasks->text);
        /* One process of playpen's own counts, and with a path restriction the
         * two others do not. */
        strv_pushf(words, "-pTasksMax=%" PRIu64,
                   tasks->amount + (view->restricted ? 2 : 0) + policy->why);
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
    const char *quoted = strpbrk(mount->path, "'\"")     ? mount->path
                         : strpbrk(mount->source, "'\"") ? mount->source
                                                         : NULL;

    if (host->version >= 254 && quoted)
        die("%s: systemd %u cannot bind a path with a quote in it: rename it",
            quoted, host->version);
    switch (mount->kind) {
    case MOUNT_INACCESSIBLE:
        /* "-": systemd skips a path that is gone when the unit starts. */
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

/* Emits the boolean protections, which are on by default. True if there was
 * one. */
static bool emit_protections(const struct policy *policy,
                             const struct host *host, struct strv *words)
{
    AUTOSTRV struct strv missing = { 0 };
    AUTOFREE char *list = NULL;
    bool any = false;

    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        const struct flag *flag = option_field(policy, option);

        if (option->effect == EFFECT_NONE || !flag->on)
            continue;
        if (can_unshare(host)) {
            strv_pushf(words, "-p%s=yes", option->property);
            any = true;
        } else if (flag->level != LEVEL_DEFAULT) {
            die("%s: %s, so it would be ignored: use --limits-only, or %s",
                option->name, host->namespace_problem, host->namespace_remedy);
        } else {
            strv_push(&missing, option->name + 2);
        }
    }
    list = strv_join(&missing, ", ");
    if (missing.n)
        warn("without %s: %s (--limits-only says that this is wanted)", list,
             host->namespace_problem);
    return any;
}

bool needs_devpts(const struct view *view, const struct host *host)
{
    return view->restricted || (view->policy->private_devices.on &&
                                can_unshare(host) && !host->system);
}

bool needs_tunables(const struct view *view, const struct host *host)
{
    return view->policy->protect_kernel_tunables.on && can_unshare(host);
}

/* For the stage, in the unit's own user namespace, which drops all that there
 * are. */
static void emit_capabilities(const struct view *view, const struct host *host,
                              struct strv *words)
{
    const struct strv *asked = &view->policy->properties;
    bool listed = view->policy->network.mode == NETWORK_LISTED;
    AUTOSTRV struct strv names = { 0 };
    AUTOFREE char *list = NULL;

    if (needs_devpts(view, host) || needs_tunables(view, host))
        strv_push(&names, "CAP_SYS_ADMIN");
    if (view->restricted)
        strv_push(&names, "CAP_SYS_RESOURCE"); /* for the shares, caller.h */
    if (listed) {
        strv_push(&names, "CAP_NET_ADMIN");
        strv_push(&names, "CAP_NET_BIND_SERVICE");
    }
    if (host->system || !names.n)
        return;
    for (size_t i = 0; !view->restricted && i < asked->n; i++)
        if (has_prefix(asked->v[i], "AmbientCapabilities="))
            die("--property %s: the command is given none in such a run: add "
                "--limits-only, or --private-devices false and "
                "--protect-kernel-tunables false",
                ellipsize(asked->v[i]));
    list = strv_join(&names, " ");
    strv_pushf(words, "-pAmbientCapabilities=%s", list);
    /* Else the command's bounding set is the caller's. */
    if (view->restricted || listed)
        strv_pushf(words, "-pCapabilityBoundingSet=%s", list);
}

static void emit_namespaces(const struct view *view, const struct host *host,
                            struct strv *words)
{
    const struct policy *policy = view->policy;
    bool closed = policy->network.mode != NETWORK_OPEN;
    bool asked = view->restricted || closed;
    bool any;

    if (asked && !can_unshare(host))
        die("%s: %s, so it would be ignored: do without, or %s",
            view->restricted ? "path options" : network_option(policy),
            host->namespace_problem, host->namespace_remedy);
    any = emit_protections(policy, host, words);
    if (!streq(view->protect_home, "no")) {
        strv_pushf(words, "-pProtectHome=%s", view->protect_home);
        any = true;
    }
    if (!streq(view->protect_system, "no")) {
        strv_pushf(words, "-pProtectSystem=%s", view->protect_system);
        any = true;
    }
    if (closed) {
        strv_push(words, "-pPrivateNetwork=yes");
        any = true;
    }
    if (view->restricted) {
        strv_push(words, "-pPrivateIPC=yes");
        strv_push(words, "-pKeyringMode=private");
        any = true;
    }
    emit_capabilities(view, host, words);
    /* Where there are no namespaces nothing is hidden, and --rw needs no
     * mount. */
    for (size_t i = 0; i < view->mount_count && can_unshare(host); i++) {
        const char *device = gpu_device(view->mounts[i].path);

        if (!view->mounts[i].by_stage)
            emit_mount(&view->mounts[i], host, words);
        /* PrivateDevices= of the system's manager is a list of devices, too. */
        if (device && host->system)
            strv_pushf(words, "-pDeviceAllow=%s rw", device);
        any = true;
    }
    if (view->shown_from) {
        AUTOFREE char *home = escape(view->shown_from);

        strv_pushf(words, "-pBindPaths=%s:" SHOWN_FROM, home);
    }
    if (!any || host->system)
        return;
    /* Without PrivateUsers= a user manager that lacks the privilege ignores all
     * of the above in silence (systemd issue 25014). */
    strv_push(words, "-pPrivateUsers=yes");
}

/* ---- the network ---- */

static void emit_ip_rules(const struct policy *policy, const struct host *host,
                          struct strv *words)
{
    for (size_t i = 0; i < policy->ip_rules.n; i++) {
        const char *rule = policy->ip_rules.v[i];
        AUTOFREE char *property = xstrndup(rule, strcspn(rule, "="));
        AUTOFREE char *problem = has_prefix(rule, "SocketBind")
                                     ? socket_bind_problem(host)
                                     : firewall_problem(host);

        if (problem)
            die("%s: %s", option_for_property(property)->name, problem);
        strv_pushf(words, "-p%s", rule);
    }
}

bool needs_namespaces(const struct view *view, const struct host *host)
{
    const struct policy *policy = view->policy;

    for (size_t i = 0; i < option_count; i++) {
        const struct flag *flag = option_field(policy, &option_table[i]);

        if (option_table[i].effect != EFFECT_NONE && flag->on &&
            (can_unshare(host) || flag->level != LEVEL_DEFAULT))
            return true;
    }
    return view->restricted || view->mount_count ||
           policy->network.mode != NETWORK_OPEN ||
           !streq(view->protect_home, "no") ||
           !streq(view->protect_system, "no");
}

bool needs_no_service(const struct view *view, const struct host *host)
{
    const struct policy *policy = view->policy;

    for (size_t i = 0; i < policy->properties.n; i++) {
        const char *assignment = policy->properties.v[i];
        AUTOFREE char *name = xstrndup(assignment, strcspn(assignment, "="));

        if (!property_in_scope(name))
            return false;
    }
    /* A scope inherits this process's PATH, and has no other. */
    return policy->capture_path.on && !needs_namespaces(view, host);
}

void emit_properties(const struct view *view, const struct host *host,
                     bool scope, struct strv *words)
{
    const struct policy *policy = view->policy;

    if (scope) {
        /* A scope's default is to go on; a service's to end. */
        strv_push(words, "-pOOMPolicy=stop");
    } else {
        /* Mixed: the stage alone gets the SIGTERM and passes it on, as it
         * would any other; what is left when it ends is killed at once. */
        strv_push(words, "-pKillMode=mixed");
        /* Without the manager's lines on each start and end in the journal. */
        strv_push(words, "-pLogLevelMax=notice");
    }
    strv_push(words, "-pTimeoutStopSec=5s");
    emit_limits(view, host, words);
    emit_namespaces(view, host, words);
    emit_ip_rules(policy, host, words);
    for (size_t i = 0; i < policy->properties.n; i++) {
        const char *assignment = policy->properties.v[i];

        if (view->restricted && !only_takes_away(assignment))
            die("--property %s: could give back what a path restriction takes: "
                "beside one expected are limits, Restrict... and "
                "SystemCallFilter=~...",
                ellipsize(assignment));
        strv_pushf(words, "-p%s", assignment);
    }
}
