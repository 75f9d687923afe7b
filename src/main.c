/*
 * main.c - which name playpen was called by, then the steps in their order.
 */
#include "confine.h"
#include "doctor.h"
#include "environment.h"
#include "explain.h"
#include "git.h"
#include "help.h"
#include "hints.h"
#include "host.h"
#include "launch.h"
#include "options.h"
#include "path.h"
#include "preset.h"
#include "properties.h"
#include "shims.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <unistd.h>

/* playpen-[confined-]COMMAND-RANDOM.service: found by its name, and unique. */
static char *unit_name(const struct view *view)
{
    const struct policy *policy = view->policy;
    const char *slash = strrchr(policy->command[0], '/');
    char name[33] = "";
    uint64_t random = (uint64_t)getpid();
    size_t i;

    snprintf(name, sizeof(name), "%.32s",
             slash ? slash + 1 : policy->command[0]);
    for (i = 0; name[i]; i++)
        if (!strchr("abcdefghijklmnopqrstuvwxyz"
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._",
                    name[i]))
            name[i] = '_';
    (void)!getrandom(&random, sizeof(random), 0);
    return xasprintf("playpen-%s%s-%012llx.service",
                     view->restricted ? "confined-" : "", name,
                     (unsigned long long)random & 0xffffffffffff);
}

/* A unit whose memory limit is smaller than what systemd needs to start it
 * dies before the stage can say why: it must be there to be asked. */
static bool may_die_early(const struct policy *policy, const struct host *host)
{
    const struct limit *max = &policy->memory_max;
    uint64_t bytes = max->kind == LIMIT_PERCENT
                         ? host->memory / 10000 * max->amount
                         : max->amount;

    return (max->kind == LIMIT_PERCENT || max->kind == LIMIT_AMOUNT) &&
           bytes < 16 << 20;
}

static void print_command(const struct run *run)
{
    struct strv words = { 0 };

    systemd_run_words(run, NULL, &words);
    for (size_t i = 0; i < run->assigned.n; i++) {
        AUTOFREE char *value = shell_quote(getenv(run->assigned.v[i]));

        printf("%s=%s ", run->assigned.v[i], value);
    }
    for (size_t i = 0; i < words.n; i++) {
        AUTOFREE char *word = shell_quote(words.v[i]);

        printf("%s%s", i ? " " : "", word);
    }
    putchar('\n');
    strv_free(&words);
    if (fflush(stdout) != 0)
        die("standard output: %s", strerror(errno));
}

/* With a pty the terminal is raw and the command's alone. Not so for a job in
 * the background, nor for a recipe of make, which shares it with others: these
 * get it as it is, and its signals by way of us. */
static bool wants_pty(void)
{
    return tcgetpgrp(STDIN_FILENO) == getpgrp() &&
           (getpgrp() == getpid() || !getenv("MAKELEVEL"));
}

/* The command gets them as the caller has them. Children of ours are waited
 * for. */
static void keep_signals(struct run *run)
{
    struct sigaction action;

    sigemptyset(&run->ignored);
    for (int i = 1; i < NSIG; i++)
        if (sigaction(i, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
            sigaddset(&run->ignored, i);
    sigprocmask(SIG_BLOCK, NULL, &run->blocked);
    signal(SIGCHLD, SIG_DFL);
}

static int start_command(const struct policy *policy)
{
    struct host host;
    struct view view;
    struct outcome outcome;
    struct run run = { .policy = policy, .view = &view, .host = &host };
    const char *executable;
    bool in = isatty(STDIN_FILENO), out = isatty(STDOUT_FILENO);
    bool err = isatty(STDERR_FILENO);
    int status;

    keep_signals(&run);
    if (!policy->dry_run && inside_confined())
        die("inside a confined run no other can be started: run %s directly, "
            "the outer limits hold",
            brief(policy->command[0]));
    choose_environment(policy, in || out || err, &run.setenv, &run.assigned);
    executable = find_command(policy->command[0], search_path(),
                              policy->shim ? is_playpen : NULL);
    if (policy->dry_run)
        assume_host(policy, &host);
    else
        inspect_host(policy, &host);
    confine(policy, &host, executable, &view);
    leave_out_directories(&view, &run.setenv);
    leave_out_directories(&view, &run.assigned);
    emit_properties(&view, &host, &run.properties);
    if (!host.system)
        strv_push(&run.manager, "--user");
    run.unit = unit_name(&view);
    run.pty = in && out && err && wants_pty();
    run.keep_failed = may_die_early(policy, &host);
    if (policy->explain) {
        explain(&view, &host, &run.setenv);
        return 0;
    }
    if (policy->dry_run) {
        print_command(&run);
        return 0;
    }
    run_unit(&run, &outcome);
    if (view.restricted)
        look_after(&view);
    status = exit_status(&run, &outcome);
    point_out_afterwards(&view, status);
    return status;
}

/* A stream that is closed would become whatever is opened next. */
static void open_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", O_RDWR);
}

/* Lowest to highest: the preset, PLAYPEN_OPTIONS, the command line. Which
 * preset it is is said by the two later ones, so they are read twice. Returns
 * how many of WORDS were options. */
static size_t read_policy(struct policy *policy, char *const *words)
{
    const char *options = getenv("PLAYPEN_OPTIONS");
    const char *name = policy->preset;
    struct strv split = { 0 }; /* lives on in the policy */
    const char *problem = options ? shell_split(options, 0, &split) : NULL;
    size_t count = 0;

    if (problem)
        die("PLAYPEN_OPTIONS: %s: %s", brief(options), problem);
    for (int round = 0; round < 2; round++) {
        struct policy fresh;

        policy_defaults(&fresh);
        fresh.shim = policy->shim;
        fresh.preset = name;
        if (round == 1 && name)
            load_preset(&fresh, name);
        if (split.n)
            parse_options(&fresh, split.v, LEVEL_ENVIRONMENT,
                          "PLAYPEN_OPTIONS: ", true);
        if (!policy->shim)
            count = parse_options(&fresh, words, LEVEL_COMMAND_LINE, "",
                                  false);
        name = fresh.preset;
        *policy = fresh;
    }
    return count;
}

/* What is run: the default command of the preset, or the tool it is named
 * after, comes before a shim's arguments; else it stands on the command line. */
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

static int do_action(const struct policy *policy, char **rest)
{
    bool takes_names = policy->action == ACTION_INSTALL_SHIMS;

    if (*rest && !takes_names && policy->action != ACTION_HELP &&
        policy->action != ACTION_LONG_HELP && policy->action != ACTION_VERSION)
        die("%s: expected no more words", brief(*rest));
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

/* As the stage this is called by its file's own name. To a shim the word is the
 * tool's; in a unit a copy by the name of one is meant as well. */
static bool is_stage(char **argv)
{
    AUTOFREE char *self = NULL, *unit = NULL;

    if (!argv[0] || !argv[1] || !streq(argv[1], STAGE_WORD))
        return false;
    self = realpath("/proc/self/exe", NULL);
    if (!self || !streq(self, argv[0]))
        return false;
    if (!name_of_shim(argv[0]))
        return true;
    unit = own_unit();
    return unit;
}

int main(int argc, char **argv)
{
    struct policy policy = { 0 };
    bool staged = is_stage(argv);
    size_t words;

    /* AT_SECURE is also what a security module makes of a manager's child. */
    if (getuid() != geteuid() || getgid() != getegid() ||
        (!staged && getauxval(AT_SECURE)))
        die("setuid, setgid or with file capabilities: playpen needs no "
            "privilege, take it away");
    if (staged)
        return stage(argv + 2);
    open_streams();
    if (argc < 1)
        die("called without a name");
    policy.preset = policy.shim = name_of_shim(argv[0]);
    if (policy.shim && inside_confined()) {
        if (preset_exists(policy.shim))
            load_preset(&policy, policy.shim);
        choose_command(&policy, argv + 1);
        exec_nested(policy.command);
    }
    if (policy.shim && !preset_exists(policy.shim))
        no_such_preset(policy.shim);
    words = read_policy(&policy, argv + 1);
    if (policy.bare && policy.action != ACTION_INSTALL_SHIMS)
        die("--bare: expected together with --install-shims");
    if (policy.action != ACTION_RUN)
        return do_action(&policy, argv + 1 + words);
    choose_command(&policy, argv + 1 + words);
    settle_policy(&policy);
    policy.directory = working_directory();
    return start_command(&policy);
}
