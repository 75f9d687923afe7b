/*
 * environment.c - which of the caller's variables the command gets. systemd-run
 * is told their names; it takes the values from the environment that it
 * inherits from us (--setenv=NAME, from systemd 250 on). Those that would act
 * on systemd-run or on the stage, and all that -e sets, go by another name,
 * which the stage takes off again.
 */
#include "environment.h"
#include "credentials.h"
#include "nameservice.h"
#include "orders.h"
#include "path.h"
#include "session.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Who and where the user is, in which language: every program may have these.
 * They are the caller's, not the manager's, as for a program started directly.
 * PLAYPEN_OPTIONS holds for the shims that it calls, too. */
static const char *const always[] = { "HOME", "USER", "LOGNAME",  "SHELL",
                                      "LANG", "LC_*", "LANGUAGE", "TZ",
                                      "PWD",  "PLAYPEN_OPTIONS", NULL };

/* What would act on the dynamic linker or on systemd's programs. */
static const char *const acting[] = { "LD_*",   "GLIBC_TUNABLES",  "SYSTEMD_*",
                                      "DBUS_*", "XDG_RUNTIME_DIR",
                                      "INVOCATION_ID", NULL };

static bool matches(const char *name, const char *const *globs)
{
    for (; *globs; globs++)
        if (fnmatch(*globs, name, 0) == 0)
            return true;
    return false;
}

/* The last -e whose name or glob matches NAME, NULL for none. It wins over what
 * "safe" leaves out. */
static const struct env_rule *rule_for(const struct policy *policy,
                                       const char *name)
{
    for (size_t i = policy->env_count; i > 0; i--)
        if (fnmatch(policy->env[i - 1].name, name, 0) == 0)
            return &policy->env[i - 1];
    return NULL;
}

static bool chosen(const struct policy *policy, const char *name, bool terminal)
{
    if (matches(name, always) || rule_for(policy, name))
        return true;
    if (terminal && (streq(name, "TERM") || streq(name, "COLORTERM")))
        return true;
    if (streq(name, "PATH"))
        return policy->capture_path.on;
    if (policy->capture_env == CAPTURE_NONE && !restricts_paths(policy) &&
        is_session_variable(name))
        return true;
    if (policy->capture_env == CAPTURE_SAFE)
        return !is_credential_variable(name, getenv(name));
    return policy->capture_env == CAPTURE_ALL;
}

static const char *last_value(const struct policy *policy, const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; i < policy->env_count; i++)
        if (policy->env[i].value && streq(policy->env[i].name, name))
            value = policy->env[i].value;
    return value;
}

/* Passes NAME with VALUE to the command, and to no other program. */
static void pass_prefixed(const char *name, const char *value,
                          struct strv *names, struct strv *assigned)
{
    AUTOFREE char *aside = xasprintf(ENV_PREFIX "%s", name);

    if (!value || strv_has(names, aside))
        return;
    if (setenv(aside, value, 1) < 0)
        die("--env %s: out of memory", name);
    strv_push(names, aside);
    strv_push(assigned, aside);
}

const char *plain_name(const char *name)
{
    return has_prefix(name, ENV_PREFIX) ? name + strlen(ENV_PREFIX) : name;
}

void shed_libraries(char **argv)
{
    static const char name[] = "LD_LIBRARY_PATH", aside[] = "PLAYPEN_LIBRARIES";
    const char *value = getenv(name), *kept = getenv(aside);
    AUTOFREE char *self = kept || !value || !*value ? NULL : own_file();

    if (self) {
        setenv(aside, value, 1);
        unsetenv(name);
        execv(self, argv);
        kept = getenv(aside);
    } else if (kept) { /* as this is called again */
        prctl(PR_SET_NAME, base_name(argv[0]));
    }
    if (kept)
        setenv(name, kept, 1);
    unsetenv(aside);
}

void drop_prefixed(void)
{
    AUTOSTRV struct strv names = { 0 };

    for (char **entry = environ; *entry; entry++)
        if (has_prefix(*entry, ENV_PREFIX))
            strv_take(&names, xstrndup(*entry, strcspn(*entry, "=")));
    for (size_t i = 0; i < names.n; i++)
        unsetenv(names.v[i]);
}

const char *search_path(void)
{
    const char *assigned = getenv(ENV_PREFIX "PATH");
    const char *path = assigned ? assigned : getenv("PATH");

    return path ? path : "/usr/bin:/bin";
}

/* Takes NAME out of NAMES. */
static void take_out(struct strv *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (streq(names->v[i], name)) {
            free(names->v[i]);
            names->v[i--] = names->v[--names->n];
            names->v[names->n] = NULL;
        }
}

void shorten_search_path(bool (*leaves_out)(const char *dir), struct strv *names,
                         struct strv *assigned)
{
    AUTOSTRV struct strv all = { 0 }, dirs = { 0 };
    AUTOFREE char *path = NULL;
    bool passed = strv_has(names, "PATH") || strv_has(names, ENV_PREFIX "PATH");

    strv_split(&all, search_path());
    for (size_t i = 0; i < all.n; i++)
        if (!leaves_out(all.v[i]))
            strv_push(&dirs, all.v[i]);
    path = strv_join(&dirs, ":");
    if (!passed || !dirs.n || dirs.n == all.n)
        return;
    take_out(names, "PATH");
    take_out(names, ENV_PREFIX "PATH");
    take_out(assigned, ENV_PREFIX "PATH");
    pass_prefixed("PATH", path, names, assigned);
}

void credentials_left_out(const struct policy *policy, struct strv *names)
{
    for (char **entry = environ; *entry; entry++) {
        AUTOFREE char *name = xstrndup(*entry, strcspn(*entry, "="));

        if (policy->capture_env == CAPTURE_SAFE && *name &&
            !has_prefix(name, ENV_PREFIX) && !has_prefix(name, "DBUS_") &&
            !has_suffix(name, "_SOCK") && !chosen(policy, name, true) &&
            is_credential_variable(name, getenv(name)))
            strv_push(names, name);
    }
}

void choose_environment(const struct policy *policy, bool terminal,
                        struct strv *names, struct strv *assigned,
                        struct strv *lost)
{
    AUTOSTRV struct strv aside = { 0 }, proxies = { 0 };

    for (char **entry = environ; *entry; entry++) {
        size_t length = strcspn(*entry, "=");
        char *name = xstrndup(*entry, length);
        const struct env_rule *rule = rule_for(policy, name);

        if (!chosen(policy, name, terminal) || (rule && rule->value) ||
            has_prefix(name, ENV_PREFIX)) {
            free(name);
        } else if (!rule && is_closed_proxy(policy, name, *entry + length + 1)) {
            strv_take(&proxies, name);
        } else if (!length || name_length(name) < length ||
                   (*entry)[length] != '=' || !utf8_valid(*entry + length)) {
            strv_take(lost, name);
        } else {
            strv_take(matches(name, acting) ? &aside : names, name);
        }
    }
    for (size_t i = 0; i < aside.n; i++)
        pass_prefixed(aside.v[i], getenv(aside.v[i]), names, assigned);
    for (size_t i = 0; i < policy->env_count; i++) {
        const struct env_rule *rule = &policy->env[i];

        /* A later -e NAME wins if the caller has NAME set. */
        if (rule->value && last_value(policy, rule->name) == rule->value &&
            !strv_has(names, rule->name))
            pass_prefixed(rule->name, rule->value, names, assigned);
    }
    if (proxies.n) {
        AUTOFREE char *list = strv_join(&proxies, ", ");

        note("left out, for the network is not open: %s (a proxy that "
             "--net-allow names is kept, and so is what -e names)",
             list);
    }
}

void warn_not_passed(const struct strv *lost)
{
    AUTOFREE char *list = strv_join_some(lost);

    if (lost->n)
        warn("not passed to the command, systemd takes no such names or bytes: "
             "%s",
             list);
}
