/*
 * main.c - which name playpen was called by, then the steps in their order.
 */
#include "caller.h"
#include "confine.h"
#include "covered.h"
#include "doctor.h"
#include "environment.h"
#include "explain.h"
#include "git.h"
#include "grant.h"
#include "help.h"
#include "hints.h"
#include "host.h"
#include "launch.h"
#include "learn.h"
#include "nested.h"
#include "options.h"
#include "path.h"
#include "persist.h"
#include "preset.h"
#include "privileges.h"
#include "properties.h"
#include "shims.h"
#include "stage.h"
#include "tree.h"
#include "why.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <unistd.h>

/* The last part of the command's path, as a unit's name may have it. */
static char *safe_name(const struct policy *policy)
{
    char *name = xasprintf("%.32s", base_name(policy->command[0]));

    for (char *c = name; *c; c++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz"
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._",
                    *c))
            *c = '_';
    return name;
}

/* playpen-[confined-|restricted-]NAME-RANDOM.service or .scope: found by its
 * name, and unique. */
static char *unit_name(const struct run *run, bool bundle)
{
    uint64_t random = (uint64_t)getpid();

    (void)!getrandom(&random, sizeof(random), 0);
    return xasprintf("%s%s-%012llx.%s",
                     bundle            ? UNIT_OF_BUNDLE
                     : run->restricted ? UNIT_OF_RESTRICTION
                                       : "playpen-",
                     run->name,
                     (unsigned long long)random & 0xffffffffffff,
                     run->scope ? "scope" : "service");
}

/* With a tiny memory limit the unit is killed before the stage runs. The failed
 * unit is kept, so that systemd can be asked for its Result. */
static bool may_die_early(const struct policy *policy, const struct host *host)
{
    const struct limit *max = &policy->memory_max;

    return is_finite(max) && limit_bytes(max, host->memory) < 16 << 20;
}

static void print_command(const struct run *run)
{
    AUTOSTRV struct strv words = { 0 };

    systemd_run_words(run, NULL, NULL, &words);
    for (size_t i = 0; i < run->assigned.n; i++) {
        AUTOFREE char *value = shell_quote(getenv(run->assigned.v[i]));

        printf("%s=%s ", run->assigned.v[i], value);
    }
    for (size_t i = 0; i < words.n; i++) {
        AUTOFREE char *word = shell_quote(words.v[i]);

        printf("%s%s", i ? " " : "", word);
    }
    putchar('\n');
    if (fflush(stdout) != 0)
        die("standard output: %s", strerror(errno));
}

/* So that the numbers of two runs at a time, and of their helpers, do not meet
 * in what they make: "part.$$". */
static int64_t choose_pid(void)
{
    AUTOFREE char *text = read_small_file("/proc/sys/kernel/pid_max");
    int64_t most = text ? strtoll(text, NULL, 10) : 0;

    if (most < 1000)
        most = 32768;
    return (int64_t)getpid() * 101 % (most - 300) + 300;
}

/* Of a scope's environment what systemd-run and playpen added; the caller's own
 * of these names goes aside. */
static void leave_out_own(struct strv *names)
{
    *names = (struct strv){ 0 };
    strv_push(names, "INVOCATION_ID");
    strv_push(names, "XDG_RUNTIME_DIR");
    strv_push(names, "DBUS_SESSION_BUS_ADDRESS");
}

/* What the stage mounts, and what it looks at. */
static void order_mounts(const struct view *view, struct orders *orders)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];

        if (mount->inode)
            strv_pushf(mount->by_stage ? &orders->shown : &orders->files,
                       "%ju:%ju:%s", (uintmax_t)mount->device,
                       (uintmax_t)mount->inode, mount->path);
        else if (mount->by_stage)
            strv_push(&orders->hidden, mount->path);
        if (view->restricted && mount->kind == MOUNT_RO && !mount->by_stage)
            strv_push(&orders->read_only, mount->path);
    }
    if (view->restricted && streq(view->protect_system, "strict"))
        strv_push(&orders->read_only, "/");
    orders->shown_from = view->shown_from;
}

/* What the stage is told, but for what launch.c adds. */
static void fill_orders(const struct view *view, const struct host *host,
                        const struct strv *environment, struct run *run)
{
    const struct policy *policy = view->policy;
    struct orders *orders = &run->orders;
    const char *names[5] = { NULL };
    size_t n = 0;

    orders->scope = run->scope;
    orders->stats = policy->stats || policy->learn;
    orders->environment = *environment;
    orders->directory = policy->directory;
    orders->executable = view->executable;
    if (run->scope) {
        orders->whole_environment = policy->capture_env == CAPTURE_ALL;
        if (orders->whole_environment)
            leave_out_own(&orders->environment);
        return;
    }
    keep_scheduling(orders, &policy->properties);
    /* Who has no privilege can be watched only if it can get none. */
    orders->why = orders->no_new_privs = policy->why;
    if (can_unshare(host) && needs_namespaces(view, host)) {
        if (!host->system)
            names[n++] = "user";
        names[n++] = "mnt";
    }
    if (policy->network.mode != NETWORK_OPEN)
        names[n++] = "net";
    if (view->restricted)
        names[n++] = "ipc";
    orders->namespaces = own_namespaces(names);
    order_mounts(view, orders);
    orders->network = network_orders(&policy->network);
    orders->devpts = needs_devpts(view, host);
    orders->tunables = needs_tunables(view, host);
    orders->drop =
        (orders->network || orders->devpts || orders->tunables) && !host->system;
    if (policy->network.mode != NETWORK_OPEN) {
        orders->filter = "network"; /* AF_VSOCK has no namespace */
        orders->no_new_privs = !host->system;
    }
    if (!view->restricted)
        return;
    orders->drop = orders->no_new_privs = true;
    orders->landlock = host->landlock_scopes;
    orders->filter = policy->nested_sandbox.on ? "nested" : "full";
    orders->pid = choose_pid();
    if (getppid() > 1)
        orders->parent = getppid();
    keep_half(orders, &policy->properties);
}

static void fill_run(const struct view *view, const struct host *host,
                     struct run *run)
{
    const struct policy *policy = view->policy;

    run->restricted = view->restricted;
    run->name = safe_name(policy);
    run->unit = unit_name(run, has_bundle(policy));
    run->network = &policy->network;
    run->quiet = policy->quiet;
    run->banner = !policy->quiet && !policy->shim;
    if (policy->timeout.kind == LIMIT_AMOUNT)
        run->timeout = policy->timeout.amount;
    run->keep_failed = may_die_early(policy, host) || run->timeout;
    if (is_finite(&policy->memory_max))
        run->memory_limit = policy->memory_max.text;
    /* Why a unit did not start is found by starting it again, which what a
     * property runs would see. */
    run->foreign = policy->properties.n;
    run->waits = run->banner || run->keep_failed || run->memory_limit ||
                 run->foreign;
}

/* The command's words. A tool that looks for its own file by its name, as python
 * does, would find the shim where that is seen inside: it gets its path. */
static char **words_of_command(const struct view *view)
{
    const struct policy *policy = view->policy;
    struct strv words = { 0 }; /* lives as long as the run */

    if (!policy->shim || !finds_shim(policy->command[0], view))
        return policy->command;
    strv_push(&words, view->executable);
    for (char **word = policy->command + 1; *word; word++)
        strv_push(&words, *word);
    return words.v;
}

/* The file of --stats=FILE, or -1. */
static int open_stats(const struct view *view)
{
    const char *file = view->policy->stats_file;
    AUTOFREE char *path =
        file ? absolute_path(file, view->policy->directory) : NULL;

    if (path && view->restricted && link_is_writable_inside(view, path))
        die("--stats %s: lies behind a symlink that the command could have "
            "made: name the file itself",
            file);
    return file ? open_stats_file(file, path) : -1;
}

static void show_findings(const struct view *view, const struct run *run,
                          const struct outcome *outcome)
{
    struct findings findings;

    if (!find_missed(view, run->command[0], outcome->missed, &findings))
        return;
    if (view->policy->learn)
        learn(view, &findings, &outcome->report.stats);
    else
        show_missed(&findings, run->command[0]);
    free_findings(&findings);
}

/* Runs the unit, and looks at what is left. STATS is for --stats=FILE, or -1. */
static int run_and_look(const struct view *view, struct run *run, int stats)
{
    struct timespec since = file_time();
    AUTOSTRV struct strv covering = { 0 };
    struct outcome outcome;
    struct locks locks;
    int status;

    if (view->restricted)
        list_covering(view, &covering);
    watch_locks(view, &locks);
    run_unit(run, &outcome);
    remove_mount_points(view);
    if (view->restricted) {
        check_after_run(view);
        point_out_covered(view, since, &covering);
    }
    status = exit_status(run, &outcome);
    point_out_locks(view, &locks, status);
    point_out_lost(&run->orders.outputs, outcome.report.written);
    point_out_built(view);
    sigprocmask(SIG_SETMASK, &outcome.mask, NULL);
    if (view->policy->why)
        show_findings(view, run, &outcome);
    if (view->policy->stats)
        show_stats(&outcome.report.stats, run->command[0], run->unit, status,
                   stats);
    die_as_command(&outcome, status);
    point_out_afterwards(view, status);
    return status;
}

/* What names nothing that the command has, and bare shims: they are shown, for a
 * build that has found one before and calls it by its path; but a tool that is
 * looked for is found as itself. */
static void leave_out(const struct view *view, struct strv *environment,
                      struct strv *assigned)
{
    if (has_bundle(view->policy))
        shorten_search_path(has_only_bare_links, environment, assigned);
    leave_out_directories(view, environment);
    leave_out_directories(view, assigned);
}

static int start_command(const struct policy *policy, const char *closed)
{
    struct host host;
    struct view view;
    struct run run = { .host = &host, .command = policy->command };
    struct strv environment = { 0 };
    AUTOSTRV struct strv lost = { 0 };
    char *executable; /* lives as long as the view */
    bool terminal = isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) ||
                    isatty(STDERR_FILENO);
    int stats;

    orders_init(&run.orders);
    run.orders.closed = closed;
    keep_signals(&run.orders);
    signal(SIGCHLD, SIG_DFL); /* children of ours are waited for */
    signal(SIGXFSZ, SIG_IGN); /* a write beyond the limit of files fails */
    if (!policy->dry_run && own_confinement() != NOT_CONFINED)
        die("inside a confined run no other can be started: run %s directly, "
            "the outer limits hold",
            ellipsize(policy->command[0]));
    choose_environment(policy, terminal, &environment, &run.assigned, &lost);
    executable = find_command(policy->command[0], search_path(),
                              policy->shim ? is_playpen : NULL);
    if (policy->dry_run && !is_systemd_there())
        assume_host(policy, &host);
    else
        inspect_host(policy, &host);
    confine(policy, &host, executable, &environment, &view);
    leave_out(&view, &environment, &run.assigned);
    run.scope = needs_no_service(&view, &host);
    if (!run.scope || policy->capture_env != CAPTURE_ALL)
        warn_not_passed(&lost);
    if (policy->why && run.scope)
        die("--why: nothing is hidden in this run: leave it out");
    emit_properties(&view, &host, run.scope, &run.properties);
    if (!host.system)
        strv_push(&run.manager, "--user");
    fill_run(&view, &host, &run);
    run.command = words_of_command(&view);
    if (policy->explain_only) {
        explain(&view, &host, &environment);
        return 0;
    }
    fill_orders(&view, &host, &environment, &run);
    if (policy->dry_run) {
        if (policy->network.mode == NETWORK_LISTED && !policy->quiet)
            warn("--network listed is served by playpen: this command alone "
                 "starts the unit without any network");
        print_command(&run);
        return 0;
    }
    stats = open_stats(&view);
    check_place(policy, &host, run.scope);
    note_privileges(&view, &host, run.scope);
    note_persisted(&view);
    warn_hidden_by_variable(&view, &environment);
    list_outputs(&view, &environment, &run.orders.outputs);
    return run_and_look(&view, &run, stats);
}

/* A stream that is closed would become whatever is opened next. CLOSED, of four
 * bytes, gets the numbers of these streams, as text. */
static void open_streams(char *closed)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0) {
            (void)!open("/dev/null", O_RDWR);
            *closed++ = (char)('0' + fd);
        }
    *closed = '\0';
}

/* PLAYPEN_OPTIONS and the command line may name the preset, which ranks below
 * both: they are read once for its name, then all three in order. NESTED: a preset
 * of the user's own may be out of sight. Returns how many of WORDS were options. */
static size_t read_policy(struct policy *policy, char *const *words,
                          bool nested)
{
    const char *options = getenv("PLAYPEN_OPTIONS");
    const char *name = policy->preset;
    struct strv split = { 0 }; /* lives on in the policy */
    AUTOFREE char *problem = options ? shell_split(options, 0, &split) : NULL;
    size_t count = 0;

    if (problem)
        die("PLAYPEN_OPTIONS: %s: %s", ellipsize(options), problem);
    for (int round = 0; round < 2; round++) {
        struct policy fresh;

        policy_defaults(&fresh);
        fresh.shim = policy->shim;
        fresh.called = policy->called;
        fresh.preset = name;
        if (round == 1 && name && (!nested || preset_exists(name)))
            load_preset(&fresh, name);
        if (split.n)
            parse_options(&fresh, split.v, LEVEL_ENVIRONMENT,
                          "PLAYPEN_OPTIONS: ", true);
        if (!policy->shim)
            count = parse_options(&fresh, words, LEVEL_COMMAND_LINE, "", false);
        name = fresh.preset;
        if (!name && fresh.learn && preset_exists(fresh.learn))
            name = fresh.learn;
        *policy = fresh;
    }
    return count;
}

/* The command stands on the command line. A shim's arguments follow the
 * preset's default command or, if it has none, the tool that the shim is named
 * after. */
static void choose_command(struct policy *policy, char **rest)
{
    struct strv words = { 0 };

    if (!policy->shim && *rest) {
        policy->command = rest;
        return;
    }
    if (policy->default_command)
        for (char **word = policy->default_command; *word; word++)
            strv_push(&words, *word);
    else if (policy->shim)
        strv_push(&words, policy->shim);
    else
        die("expected a command to run: playpen [OPTION...] [--] COMMAND "
            "[ARG...]");
    for (; *rest; rest++)
        strv_push(&words, *rest);
    policy->command = words.v;
}

/* Is the shim in a bundle, whose limits hold for the tool as well? Another path
 * restriction leaves the home directory in sight. */
static bool is_nested(const char *shim)
{
    enum confinement confinement = own_confinement();

    if (confinement == PATHS_RESTRICTED)
        die("%s: the outer run restricts paths but is no bundle, so %s would "
            "not be confined: give the outer one --current-dir-only or "
            "--project-only",
            shim, shim);
    return confinement == IN_BUNDLE;
}

static int do_action(const struct policy *policy, char **rest)
{
    bool takes_names = policy->action == ACTION_INSTALL_SHIMS;

    if (*rest && !takes_names && policy->action != ACTION_HELP &&
        policy->action != ACTION_LONG_HELP && policy->action != ACTION_VERSION)
        die("%s: expected no more words", ellipsize(*rest));
    switch (policy->action) {
    case ACTION_HELP:
    case ACTION_LONG_HELP:
        print_help(policy->action == ACTION_LONG_HELP);
        break;
    case ACTION_VERSION:
        puts("playpen " VERSION);
        break;
    case ACTION_LIST:
        list_presets();
        break;
    case ACTION_SHOW:
        show_preset(policy->operand);
        break;
    case ACTION_INSTALL_SHIMS:
        return install_shims(policy->operand, rest, policy->bare);
    case ACTION_REMOVE_SHIMS:
        return remove_shims(policy->operand);
    case ACTION_DOCTOR:
        return doctor(policy);
    case ACTION_COMPLETIONS:
        print_completions(policy->operand);
        break;
    case ACTION_RUN:
        break;
    }
    if (fflush(stdout) != 0)
        die("standard output: %s", strerror(errno));
    return EXIT_SUCCESS;
}

/* systemd starts the stage with playpen's own path as argv[0]. A pp- link must
 * pass --stage on to its tool, unless this process is in one of playpen's
 * units: there a copy of playpen by a tool's name may be the stage. */
static bool is_stage(char **argv)
{
    AUTOFREE char *self = NULL;

    if (!argv[0] || !argv[1] || !streq(argv[1], STAGE_WORD))
        return false;
    self = own_file();
    return self && streq(self, argv[0]) &&
           (!name_of_shim(argv[0]) || is_in_own_unit());
}

int main(int argc, char **argv)
{
    struct policy policy = { 0 };
    bool staged = is_stage(argv), nested;
    char closed[4];
    size_t words;

    /* A security module may set AT_SECURE for children of the manager, too: the
     * stage is exempt. */
    if (getuid() != geteuid() || getgid() != getegid() ||
        (!staged && getauxval(AT_SECURE)))
        die("setuid, setgid or with file capabilities: playpen needs no "
            "privilege, take it away");
    if (staged)
        return stage(argv + 2);
    if (argc > 0)
        shed_libraries(argv);
    drop_prefixed();
    open_streams(closed);
    if (argc < 1)
        die("called without a name");
    policy.called = argv[0];
    policy.preset = policy.shim = name_of_shim(argv[0]);
    nested = policy.shim && is_nested(policy.shim);
    if (policy.shim && !nested && !preset_exists(policy.shim))
        no_such_preset(policy.shim);
    words = read_policy(&policy, argv + 1, nested);
    if (policy.bare && policy.action != ACTION_INSTALL_SHIMS)
        die("--bare: expected together with --install-shims");
    if (policy.yes && !policy.learn)
        die("--yes: expected together with --learn");
    if (policy.action != ACTION_RUN)
        return do_action(&policy, argv + 1 + words);
    choose_command(&policy, argv + 1 + words);
    settle_policy(&policy);
    if (nested && !policy.dry_run) {
        point_out_lacking(&policy);
        exec_nested(policy.command);
    }
    show_notes(has_notes(&policy));
    policy.directory = working_directory();
    return start_command(&policy, *closed ? closed : NULL);
}
