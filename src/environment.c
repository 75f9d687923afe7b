/*
 * environment.c - which of the caller's variables the command gets. systemd-run
 * is told their names; it takes the values from the environment that it
 * inherits from us (--setenv=NAME, from systemd 250 on).
 */
#include "policy.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Who and where the user is, in which language: every program may have these.
 * They are the caller's, not the manager's, as for a program started directly. */
static const char *const always[] = { "HOME", "USER",  "LOGNAME",   "SHELL",
                                      "LANG", "LC_*",  "LANGUAGE",  "TZ",
                                      "PWD",  NULL };

/* What --capture-env=safe leaves out, in any case of the letters. */
static const char *const credentials[] = {
    "*TOKEN*", "*SECRET*", "*PASSW*", "*CREDENTIAL*", "*_KEY", "*_PAT",
    "*AUTH*",  "AWS_*",    "*_SOCK",  "DBUS_*",       NULL
};

static bool matches(const char *name, const char *const *globs)
{
    for (; *globs; globs++)
        if (fnmatch(*globs, name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

static bool plain_name(const char *name)
{
    if (!*name || isdigit((unsigned char)*name))
        return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_')
            return false;
    return true;
}

/* Asked for by name, by -e: these win over what "safe" leaves out. */
static bool asked_for(const struct policy *policy, const char *name)
{
    for (size_t i = 0; i < policy->env_count; i++)
        if (fnmatch(policy->env[i].name, name, 0) == 0)
            return true;
    return false;
}

static bool chosen(const struct policy *policy, const char *name, bool terminal)
{
    if (matches(name, always) || asked_for(policy, name))
        return true;
    if (terminal && (streq(name, "TERM") || streq(name, "COLORTERM")))
        return true;
    if (streq(name, "PATH"))
        return policy->capture_path.on || policy->capture_env != CAPTURE_NONE;
    if (policy->capture_env == CAPTURE_SAFE)
        return !matches(name, credentials);
    return policy->capture_env == CAPTURE_ALL;
}

static void set_assigned(const struct policy *policy, struct strv *assigned)
{
    for (size_t i = 0; i < policy->env_count; i++) {
        const struct env_rule *rule = &policy->env[i];

        if (!rule->value)
            continue;
        if (setenv(rule->name, rule->value, 1) < 0)
            die("--env %s: out of memory", rule->name);
        if (!strv_has(assigned, rule->name))
            strv_push(assigned, rule->name);
    }
}

void choose_environment(const struct policy *policy, bool terminal,
                        struct strv *names, struct strv *assigned)
{
    struct strv lost = { 0 };

    set_assigned(policy, assigned);
    for (char **entry = environ; *entry; entry++) {
        size_t length = strcspn(*entry, "=");
        char *name = xstrndup(*entry, length);

        if (!chosen(policy, name, terminal)) {
            free(name);
        } else if (!plain_name(name) || (*entry)[length] != '=' ||
                   !utf8_valid(*entry + length)) {
            strv_take(&lost, name);
        } else {
            strv_take(names, name);
        }
    }
    if (lost.n) {
        char *list = xstrdup("");

        for (size_t i = 0; i < lost.n && i < 10; i++) {
            char *longer = xasprintf("%s%s%s", list, i ? ", " : "", lost.v[i]);

            free(list);
            list = longer;
        }
        warn("not passed to the command, systemd takes no such names or bytes: "
             "%s%s",
             list, lost.n > 10 ? " and more" : "");
        free(list);
    }
    strv_free(&lost);
}
