/*
 * main.c - which name playpen was called by, then the steps in their order.
 */
#include "policy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <unistd.h>

/* playpen-[confined-]COMMAND-RANDOM.service: found by its name, and unique. */
static char *unit_name(const struct policy *policy)
{
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
                     policy->restricted ? "confined-" : "", name,
                     (unsigned long long)random & 0xffffffffffff);
}

/* A unit whose memory limit is smaller than what systemd needs to start it
 * dies before the stage can say why: it must be there to be asked. */
static bool may_die_early(const struct policy *policy)
{
    const struct limit *max = &policy->memory_max;

    return max->kind == LIMIT_PERCENT ||
           (max->kind == LIMIT_AMOUNT && max->amount < 16 << 20);
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

static int start_command(struct policy *policy)
{
    struct host host;
    struct run run = { .policy = policy };
    bool in = isatty(STDIN_FILENO), out = isatty(STDOUT_FILENO);
    bool err = isatty(STDERR_FILENO);
    const char *path;

    policy->directory = working_directory();
    choose_environment(policy, in || out || err, &run.setenv, &run.assigned);
    path = getenv("PATH");
    policy->executable =
        find_command(policy->command[0], path ? path : "/usr/bin:/bin", NULL);
    if (policy->dry_run)
        assume_host(policy, &host);
    else
        inspect_host(policy, &host);
    confine(policy, &host);
    emit_properties(policy, &host, &run.properties);
    run.host = &host;
    if (!host.system)
        strv_push(&run.manager, "--user");
    run.unit = unit_name(policy);
    run.pty = in && out && err;
    run.keep_failed = may_die_early(policy);
    if (policy->explain) {
        explain(policy, &host, &run.setenv);
        return 0;
    }
    if (policy->dry_run) {
        print_command(&run);
        return 0;
    }
    return launch(&run);
}

/* A stream that is closed would become whatever is opened next. */
static void open_streams(void)
{
    for (int fd = 0; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0)
            (void)!open("/dev/null", O_RDWR);
}

int main(int argc, char **argv)
{
    struct policy policy;
    size_t words;

    if (argc > 1 && streq(argv[1], STAGE_WORD))
        return stage(argv + 2);
    open_streams();
    if (getauxval(AT_SECURE))
        die("setuid, setgid or with file capabilities: playpen needs no "
            "privilege, take it away");
    if (argc < 1)
        die("called without a name");
    policy_defaults(&policy);
    words = parse_options(&policy, argv + 1, LEVEL_COMMAND_LINE, "", false);
    policy.command = argv + 1 + words;
    switch (policy.action) {
    case ACTION_HELP:
    case ACTION_LONG_HELP:
        print_help(policy.action == ACTION_LONG_HELP);
        return 0;
    case ACTION_VERSION:
        puts("playpen " VERSION);
        return 0;
    case ACTION_DOCTOR:
        return doctor();
    case ACTION_COMPLETIONS:
        print_completions(policy.operand);
        return 0;
    default:
        break;
    }
    if (!*policy.command)
        die("expected a command to run: playpen [OPTION...] [--] COMMAND "
            "[ARG...]");
    check_policy(&policy);
    return start_command(&policy);
}
