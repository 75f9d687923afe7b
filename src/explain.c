/*
 * explain.c - what a command may use, read, write, not see and reach, and the
 * reason for each, for a person to read.
 */
#include "explain.h"
#include "environment.h"
#include "options.h"
#include "orders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line: what it is about, what is so, and why. */
struct row {
    char *subject, *value, *why;
};

struct page {
    const struct policy *policy;
    const struct view *view;
    const struct host *host;
    struct row *rows; /* of the section that is being filled */
    size_t n;
    bool colour;
};

/* Where OPTION was last set: "--rw", or "preset npm: --rw"; NULL where nobody
 * set it. */
static const char *origin_of(const struct policy *policy, const char *option)
{
    for (size_t i = policy->options_seen.n; i-- > 0;)
        if (has_suffix(policy->options_seen.v[i], option))
            return policy->options_seen.v[i];
    return NULL;
}

/* ---- lines and columns ---- */

static void add(struct page *page, const char *subject, const char *value,
                const char *why)
{
    page->rows = grow(page->rows, page->n, sizeof(*page->rows));
    page->rows[page->n++] =
        (struct row){ escape_control(subject), escape_control(value),
                      escape_control(why) };
}

/* OPTION as a reason: where it was set, or that it is the default. The
 * caller's. */
static char *because(const struct policy *policy, const char *option)
{
    const char *by = origin_of(policy, option);

    return by ? xstrdup(by) : xasprintf("%s is the default", option);
}

/* The same, with OPTION as the reason. */
static void add_because(struct page *page, const char *subject,
                        const char *value, const char *option)
{
    AUTOFREE char *why = because(page->policy, option);

    add(page, subject, value, why);
}

/* The columns that S takes on a terminal, nearly: its characters. */
static size_t width(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += ((unsigned char)*s & 0xc0) != 0x80;
    return n;
}

/* Widens COLUMN to S, unless that pushes the rest too far to the right. */
static void widen(size_t *column, const char *s)
{
    size_t w = width(s);

    if (w > *column && w <= 44)
        *column = w;
}

static void print_cell(const char *s, size_t column)
{
    size_t w = width(s);

    fputs(s, stdout);
    if (column)
        printf("%*s", w < column ? (int)(column - w) + 2 : 2, "");
}

/* Prints the rows added since the last one, below TITLE. */
static void section(struct page *page, const char *title)
{
    size_t subject = 0, value = 0;

    for (size_t i = 0; i < page->n; i++) {
        widen(&subject, page->rows[i].subject);
        widen(&value, page->rows[i].value);
    }
    if (page->n)
        printf("\n%s%s%s\n", page->colour ? "\033[1m" : "", title,
               page->colour ? "\033[0m" : "");
    for (size_t i = 0; i < page->n; i++) {
        const struct row *row = &page->rows[i];

        printf("  ");
        print_cell(row->subject, subject);
        if (value)
            print_cell(row->value, *row->why ? value : 0);
        if (page->colour && *row->why)
            printf("\033[2m%s\033[0m\n", row->why);
        else
            printf("%s\n", row->why);
        free(row->subject);
        free(row->value);
        free(row->why);
    }
    page->n = 0;
}

/* ---- limits ---- */

static void add_limit(struct page *page, const char *subject,
                      const struct limit *limit, const char *option,
                      const char *format)
{
    AUTOFREE char *none = xasprintf("no %s", option);
    AUTOFREE char *value = is_finite(limit) && limit->amount
                               ? xasprintf(format, limit->text)
                               : xstrdup("no limit");

    if (limit->kind == LIMIT_UNSET)
        add(page, subject, value, none);
    else
        add_because(page, subject, value, option);
}

static void explain_limits(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct limit *memory = &policy->memory_max;
    const struct limit *reads = &policy->disk_read;
    const struct limit *writes = &policy->disk_write;

    add_limit(page, "memory", memory, "--memory-limit", "%s");
    if (policy->memory_swap_max.kind == LIMIT_UNSET && is_finite(memory))
        add_because(page, "swap", "none", "--memory-limit");
    else
        add_limit(page, "swap", &policy->memory_swap_max, "--memory-swap-max",
                  "%s");
    add_limit(page, "CPU", &policy->cpu_quota, "--cpu-limit", "%s of one core");
    add_limit(page, "disk, reading",
              reads->kind == LIMIT_UNSET ? &policy->disk : reads,
              reads->kind == LIMIT_UNSET ? "--disk-limit" : "--disk-read",
              "%s per second");
    add_limit(page, "disk, writing",
              writes->kind == LIMIT_UNSET ? &policy->disk : writes,
              writes->kind == LIMIT_UNSET ? "--disk-limit" : "--disk-write",
              "%s per second");
    if (policy->tasks_max.kind == LIMIT_UNSET)
        add(page, "processes, threads", "the manager's own limit",
            "no --tasks-limit");
    else
        add_limit(page, "processes, threads", &policy->tasks_max,
                  "--tasks-limit", "%s");
    add_limit(page, "time", &policy->timeout, "--timeout", "%s");
    section(page, "May use");
}

/* ---- paths ---- */

/* The boolean protections with EFFECT that are in force. */
static void add_protections(struct page *page, enum effect effect)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        const struct flag *flag = option_field(page->policy, option);

        if (option->effect == effect && flag->on && can_unshare(page->host))
            add_because(page, option->subject, "", option->name);
    }
}

/* The option that decided --protect-home or --protect-system, which is OPTION.
 */
static const char *decided_by(const struct policy *policy, const char *option)
{
    return has_bundle(policy) ? bundle_option(policy) : option;
}

static void add_mounts(struct page *page, enum mount_kind kind, bool read_only)
{
    for (size_t i = 0; i < page->view->mount_count; i++) {
        const struct mount *mount = &page->view->mounts[i];
        bool ro = mount->options && has_prefix(mount->options, "ro");
        bool moved = *mount->source && !streq(mount->source, mount->path);

        AUTOFREE char *name =
            moved ? xasprintf("%s (is %s)", mount->path, mount->source)
                  : xstrdup(mount->path);

        if (mount->kind == kind && (kind != MOUNT_TMPFS || ro == read_only))
            add(page, name, "", mount->reason);
    }
}

static void explain_written(struct page *page)
{
    const struct view *view = page->view;
    bool strict = streq(view->protect_system, "strict");

    add_mounts(page, MOUNT_RW, false);
    if (!strict && view->restricted && streq(view->protect_home, "no"))
        add(page, "your home directory", "",
            "no bundle: what is planted there runs later, without a limit");
    if (!strict)
        add(page, "all else that you may", "",
            view->restricted ? "what is not named below"
                             : "no path restriction");
    section(page, "Reads and writes");
    add_protections(page, EFFECT_PRIVATE);
    add_mounts(page, MOUNT_TMPFS, false);
    section(page, "Reads and writes, gone when it ends");
}

static void explain_read(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct view *view = page->view;
    const char *mode = view->protect_system;

    add_mounts(page, MOUNT_RO, true);
    if (streq(mode, "strict"))
        add_because(page, "the system: all that is not named here", "",
                    decided_by(policy, "--protect-system"));
    else if (!streq(mode, "no"))
        add_because(page,
                    streq(mode, "full") ? "/usr, /boot, /etc" : "/usr, /boot",
                    "", "--protect-system");
    if (streq(view->protect_home, "read-only"))
        add_because(page, "/home, /root, /run/user", "", "--protect-home");
    else if (streq(mode, "strict") && streq(view->protect_home, "no"))
        add(page, "your home directory", "", "no bundle: --protect-home hides it");
    add_protections(page, EFFECT_READ_ONLY);
    section(page, "Reads only");
}

static void explain_hidden(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct view *view = page->view;

    if (streq(view->protect_home, "tmpfs") || streq(view->protect_home, "yes"))
        add_because(page, "/home, /root, /run/user", "",
                    decided_by(policy, "--protect-home"));
    add_mounts(page, MOUNT_TMPFS, true);
    add_mounts(page, MOUNT_INACCESSIBLE, true);
    add_protections(page, EFFECT_HIDDEN);
    section(page, "Does not see, but for what is named above");
}

/* ---- what is beside files ---- */

/* Signals are closed by the stage's PID namespace; abstract sockets by Landlock,
 * or by a network namespace. */
static void explain_scopes(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct view *view = page->view;
    bool scopes = view->restricted && page->host->landlock_scopes;
    bool signals = view->restricted;
    const char *open = view->restricted
                           ? "this kernel has no Landlock scopes (6.12)"
                           : "no path restriction";
    AUTOFREE char *closed_by =
        xasprintf("%s: --network none closes it", open);

    add(page, "your other processes: signals", signals ? "no" : "yes",
        signals ? "path restriction" : open);
    if (policy->network.mode != NETWORK_OPEN)
        add(page, "abstract sockets (X11)", "no", network_option(policy));
    else
        add(page, "abstract sockets (X11)", scopes ? "no" : "yes",
            scopes ? "path restriction" : closed_by);
}

static void explain_network(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct network *network = &policy->network;

    if (network->mode != NETWORK_OPEN)
        add(page, "network",
            network->mode == NETWORK_LISTED
                ? "by name, served by playpen"
                : "no, but for a loopback of its own",
            network_option(policy));
    else if (policy->ip_rules.n == 0)
        add_because(page, "network", "yes, localhost included",
                    policy->network_level ? network_option(policy)
                                          : "--network open");
    for (size_t i = 0;
         network->mode == NETWORK_LISTED && i < network->rule_count; i++) {
        const struct net_rule *rule = &network->rules[i];
        bool both = i + 1 < network->rule_count && rule[1].text == rule->text;
        AUTOFREE char *value =
            xasprintf("%s%s", rule->text, both ? ", ports 80 and 443" : "");

        i += both;
        add_because(page, "network", value, "--net-allow");
    }
    for (size_t i = 0; i < network->published_count; i++)
        add_because(page, "reached from outside", network->published[i].text,
                    "--publish");
}

static void explain_reach(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct view *view = page->view;
    bool restricted = view->restricted;
    const char *why = restricted ? "path restriction" : "no path restriction";

    explain_network(page);
    for (size_t i = 0; i < policy->ip_rules.n; i++) {
        const char *rule = policy->ip_rules.v[i];
        AUTOFREE char *property = xstrndup(rule, strcspn(rule, "="));

        add_because(page, "network", rule, option_for_property(property)->name);
    }
    add(page, "your bus, your manager",
        restricted ? "no" : "yes: can lift the limits", why);
    add(page, "engines, agents, multiplexers", restricted ? "no" : "yes", why);
    if (has_bundle(policy))
        add_because(page, "other Unix sockets", "those in what is granted",
                    bundle_option(policy));
    else
        add(page, "other Unix sockets",
            restricted ? "none in /run and /tmp" : "yes", why);
    explain_scopes(page);
    add(page, "keyring, shared memory, queues",
        restricted ? "its own" : "yours", why);
    if (restricted && policy->nested_sandbox.on)
        add_because(page, "system calls",
                    "those that get around protections inside what is "
                    "granted, and past the limits",
                    "--nested-sandbox");
    else
        add(page, "system calls",
            restricted
                ? "filtered: no clone3, io_uring, pivot_root, umount, setns"
                : "all",
            why);
    section(page, "Reaches");
}

/* ---- the environment ---- */

/* Prints as many names a line as go into 72 columns. */
static void print_names(struct page *page, const char *title,
                        struct strv *names, const char *why)
{
    size_t column = 0;

    if (!names->n)
        return;
    strv_sort(names);
    printf("\n%s%s%s (%s)\n", page->colour ? "\033[1m" : "", title,
           page->colour ? "\033[0m" : "", why);
    for (size_t i = 0; i < names->n; i++) {
        AUTOFREE char *name = escape_control(names->v[i]);

        if (column && column + 1 + strlen(name) > 72) {
            putchar('\n');
            column = 0;
        }
        column += (size_t)printf("%s%s", column ? " " : "  ", name);
    }
    putchar('\n');
}

static void explain_environment(struct page *page,
                                const struct strv *environment)
{
    const struct policy *policy = page->policy;
    AUTOSTRV struct strv passed = { 0 }, dropped = { 0 };
    AUTOFREE char *why = because(policy, "--capture-env");

    for (size_t i = 0; i < environment->n; i++)
        strv_push(&passed, plain_name(environment->v[i]));
    for (char **entry = environ; *entry; entry++) {
        AUTOFREE char *name = xstrndup(*entry, strcspn(*entry, "="));

        if (!strv_has(&passed, name) && !has_prefix(name, ENV_PREFIX))
            strv_push(&dropped, name);
    }
    print_names(page, "Environment: passed", &passed,
                policy->capture_env == CAPTURE_NONE
                    ? "no --capture-env: who, where, which language"
                    : why);
    if (policy->capture_env == CAPTURE_SAFE)
        print_names(page, "Environment: left out", &dropped,
                    "--capture-env=safe: -e NAME passes one");
    else if (dropped.n)
        printf("\nEnvironment: left out\n  %zu more\n", dropped.n);
}

static void explain_unchecked(struct page *page)
{
    const struct policy *policy = page->policy;
    const struct view *view = page->view;

    for (size_t i = 0; i < policy->properties.n; i++)
        add_because(page, policy->properties.v[i], "not checked", "--property");
    section(page, "Passed on to systemd");
    for (size_t i = 0; i < view->notes.n; i++)
        add(page, view->notes.v[i], "", "");
    section(page, "Not protected");
}

void explain(const struct view *view, const struct host *host,
             const struct strv *environment)
{
    struct page page = {
        .policy = view->policy,
        .view = view,
        .host = host,
        .colour = wants_colour(),
    };
    AUTOFREE char *executable = escape_control(view->executable);
    AUTOFREE char *directory = escape_control(view->policy->directory);

    printf("%s\n  in %s, under %s manager (systemd %u)\n", executable,
           directory, host->system ? "the system's" : "your user's",
           host->version);
    explain_limits(&page);
    explain_written(&page);
    explain_read(&page);
    explain_hidden(&page);
    explain_reach(&page);
    explain_environment(&page, environment);
    explain_unchecked(&page);
    free(page.rows);
    if (fflush(stdout) != 0)
        die("standard output: %s", strerror(errno));
}
