/* policy.c - a policy's defaults, how its levels are settled, and the questions
 * that several steps ask of a policy. */
#include "policy.h"
#include "options.h"

#include <unistd.h>

void policy_defaults(struct policy *policy)
{
    struct flag on = { .on = true, .level = LEVEL_DEFAULT };

    *policy = (struct policy){ 0 };
    policy->private_tmp = policy->private_devices = on;
    policy->protect_kernel_tunables = policy->protect_control_groups = on;
    policy->grants_command = policy->capture_path = on;
    policy->protect_home.name = policy->protect_system.name = "no";
}

/* Drops the protections and paths that lower levels set. */
static void apply_limits_only(struct policy *policy)
{
    enum level level = policy->limits_only.level;
    size_t kept = 0;

    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        void *field = (char *)policy + option->offset;
        struct flag *flag = field;
        struct mode *mode = field;

        if (!option->protection)
            continue;
        if (option->kind == KIND_FLAG)
            flag->on &= flag->level >= level;
        else if (mode->level < level)
            mode->name = "no";
    }
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].level >= level)
            policy->paths[kept++] = policy->paths[i];
    policy->path_count = kept;
}

/* A rate for both directions drops the rate for one that a lower level set. */
static void apply_disk_limit(const struct limit *both, struct limit *one)
{
    if (one->level < both->level)
        one->kind = LIMIT_UNSET;
}

/* A sandbox inside mounts a /proc of its own, which the kernel allows only where
 * nothing lies over a part of the old one. */
static void apply_nested_sandbox(struct policy *policy)
{
    struct flag *nested = &policy->nested_sandbox;
    struct flag *tunables = &policy->protect_kernel_tunables;

    if (!nested->on || !tunables->on)
        return;
    if (tunables->level == nested->level)
        die("--nested-sandbox and --protect-kernel-tunables contradict each "
            "other: leave one of them out");
    if (tunables->level > nested->level)
        nested->on = false;
    else
        tunables->on = false;
}

/* Did anybody say OPTION, wherever? */
static bool was_given(const struct policy *policy, const char *option)
{
    for (size_t i = 0; i < policy->options_seen.n; i++)
        if (has_suffix(policy->options_seen.v[i], option))
            return true;
    return false;
}

/* A bundle hides the home directory and makes the system read-only. What says at
 * the same level, or a higher one, that they are to be seen or written would be
 * ignored. */
static void refuse_beside_bundle(const struct policy *policy)
{
    const char *home = policy->protect_home.name;
    const char *system = policy->protect_system.name;
    enum level level = is_project_only(policy) ? policy->project_only.level
                                               : policy->current_dir_only.level;

    if (policy->protect_home.level >= level &&
        (streq(home, "no") || streq(home, "read-only")))
        die("--protect-home %s and %s contradict each other: a bundle hides the "
            "home directory; --ro shows a part of it",
            streq(home, "no") ? "none" : home, bundle_option(policy));
    if (policy->protect_system.level >= level && streq(system, "no"))
        die("--protect-system none and %s contradict each other: a bundle makes "
            "the system read-only",
            bundle_option(policy));
}

/* --net-allow implies --network listed, --publish implies none where nothing
 * else is said. */
static void settle_network(struct policy *policy)
{
    struct network *network = &policy->network;
    bool listed = network->mode == NETWORK_LISTED;

    if (policy->hosts_level && policy->hosts_level == policy->network_level &&
        !listed)
        die("--network %s and --net-allow contradict each other: leave one of "
            "them out",
            network->mode == NETWORK_OPEN ? "open" : "none");
    if (policy->hosts_level > policy->network_level)
        network->mode = NETWORK_LISTED;
    else if (network->published_count && !policy->network_level)
        network->mode = NETWORK_NONE;
    /* playpen listens there itself, inside. */
    for (size_t i = 0; network->mode == NETWORK_LISTED &&
                       i < network->published_count * network->rule_count; i++) {
        const struct publication *to =
            &network->published[i / network->rule_count];
        const struct net_rule *rule = &network->rules[i % network->rule_count];

        if (rule->kind != RULE_ADDRESS && rule->port == to->inside)
            die("--publish %s and --net-allow %s both take port %u inside: "
                "publish another one, as %u:INSIDE",
                to->text, rule->text, to->inside, to->port);
    }
    if (network->published_count && network->mode == NETWORK_OPEN)
        die("--publish %s and --network open contradict each other: leave one "
            "of them out",
            network->published[0].text);
}

const char *network_option(const struct policy *policy)
{
    return policy->network.mode == NETWORK_LISTED ? "--network listed"
                                                  : "--network none";
}

void settle_policy(struct policy *policy)
{
    /* As the preset will: by itself it confines, and sees the environment. */
    if (policy->learn && !has_bundle(policy))
        policy->project_only = (struct flag){ true, LEVEL_COMMAND_LINE };
    if (policy->learn && !was_given(policy, "--capture-env"))
        policy->capture_env = CAPTURE_SAFE;
    if (policy->limits_only.on && policy->capture_env == CAPTURE_NONE &&
        !was_given(policy, "--capture-env"))
        policy->capture_env = CAPTURE_ALL;
    apply_disk_limit(&policy->disk, &policy->disk_read);
    apply_disk_limit(&policy->disk, &policy->disk_write);
    apply_nested_sandbox(policy);
    settle_network(policy);
    if (policy->limits_only.on)
        apply_limits_only(policy);
    if (policy->current_dir_only.on && policy->project_only.on &&
        policy->current_dir_only.level == policy->project_only.level)
        die("--current-dir-only and --project-only: expected one of them");
    if (has_bundle(policy))
        refuse_beside_bundle(policy);
    if (policy->limits_only.on && (has_bundle(policy) || policy->path_count ||
                                   !streq(policy->protect_home.name, "no") ||
                                   !streq(policy->protect_system.name, "no")))
        die("--limits-only and a path restriction contradict each other: "
            "leave one of them out");
    if (!was_given(policy, "--gpu"))
        policy->gpu.on = !restricts_paths(policy) &&
                         policy->private_devices.level == LEVEL_DEFAULT;
}

bool restricts_paths(const struct policy *policy)
{
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].access == ACCESS_RO ||
            policy->paths[i].access == ACCESS_NONE)
            return true;
    return has_bundle(policy) || !streq(policy->protect_home.name, "no") ||
           !streq(policy->protect_system.name, "no");
}

char *remedy(const struct policy *policy, const char *option, const char *value)
{
    AUTOFREE char *quoted = value ? shell_quote(value) : NULL;
    AUTOFREE char *words =
        quoted ? xasprintf("%s %s", option, quoted) : xstrdup(option);
    AUTOFREE char *word = shell_quote(words);

    return policy->shim ? xasprintf("PLAYPEN_OPTIONS=%s", word) : xstrdup(words);
}

bool has_notes(const struct policy *policy)
{
    return !policy->quiet && (!policy->shim || isatty(STDERR_FILENO));
}

bool has_bundle(const struct policy *policy)
{
    return policy->current_dir_only.on || policy->project_only.on;
}

bool is_project_only(const struct policy *policy)
{
    return policy->project_only.on &&
           (!policy->current_dir_only.on ||
            policy->project_only.level >= policy->current_dir_only.level);
}

const char *bundle_option(const struct policy *policy)
{
    return is_project_only(policy) ? "--project-only" : "--current-dir-only";
}

bool is_finite(const struct limit *limit)
{
    return limit->kind == LIMIT_AMOUNT || limit->kind == LIMIT_PERCENT;
}

uint64_t limit_bytes(const struct limit *limit, uint64_t memory)
{
    return limit->kind == LIMIT_PERCENT ? memory / 10000 * limit->amount
                                        : limit->amount;
}
