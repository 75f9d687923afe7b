/*
 * passthrough.c - --property: which properties of systemd's may be passed on.
 * One that an option becomes, or that playpen relies on, must not say another
 * thing; one that could give must not weaken a path restriction.
 */
#include "passthrough.h"

#include <fnmatch.h>
#include <string.h>

static const char playpens_own[] = "none: playpen needs its own";

/* Those without an option of that name; what is to be used instead. */
static const struct {
    const char *property, *instead;
} owned_properties[] = {
    { "MemoryLimit", "--memory-limit" },
    { "ReadWritePaths", "--rw" },
    { "ReadOnlyPaths", "--ro" },
    { "ReadWriteDirectories", "--rw" },
    { "ReadOnlyDirectories", "--ro" },
    { "InaccessibleDirectories", "--inaccessible" },
    { "TemporaryFileSystem", "--current-dir-only" },
    { "PassEnvironment", "--env" },
    { "EnvironmentFile", "--env" },
    { "UnsetEnvironment", "--capture-env" },
    { "WorkingDirectory", "the directory that playpen is started in" },
    { "ExecStart", "a command" },
    { "StandardInput", "a redirection" },
    { "StandardOutput", "a redirection" },
    { "StandardError", "a redirection" },
    { "TTYPath", "a redirection" },
    { "IgnoreSIGPIPE", "a shell's trap '' PIPE" },
    { "Type", playpens_own },
    { "KillMode", playpens_own },
    { "TimeoutStopSec", playpens_own },
    { "TimeoutSec", playpens_own },
    { "CollectMode", playpens_own },
    { "RemainAfterExit", playpens_own },
    { "Restart", playpens_own },
    { "PrivateUsers", playpens_own },
    { "PrivateIPC", playpens_own },
    { "KeyringMode", playpens_own },
    { "PrivatePIDs", playpens_own },
    { "NoNewPrivileges", playpens_own },
    { "RootDirectory", playpens_own },
    { "RootImage", playpens_own },
};

/* By their names, as globs: what only takes away, and what a scope has. */
static const struct property_kind {
    const char *glob;
    bool takes_away, in_scope;
} property_kinds[] = {
    /* systemd.exec(5), where a resource's name begins as a limit's does */
    { "MemoryDenyWriteExecute", true, false },
    { "CPUSchedul*", true, false },
    { "CPUAffinity", true, false },
    { "IOSchedul*", true, false },
    { "OOMScoreAdjust", true, false },
    { "RestrictNamespaces", false, false }, /* the stage makes some */
    { "Restrict*", true, false },
    { "Limit*", true, false },
    /* systemd.resource-control(5) */
    { "Memory*", true, true },
    { "DefaultMemory*", true, true },
    { "ManagedOOM*", true, true },
    { "CPU*", true, true },
    { "StartupCPU*", true, true },
    { "Tasks*", true, true },
    { "IO*", true, true },
    { "StartupIO*", true, true },
    { "Allowed*", true, true },
    { "StartupAllowed*", true, true },
    { "IPAccounting", true, true },
    { "IPAddress*", true, true },
    { "Slice", true, true },
    /* systemd.scope(5) */
    { "OOMPolicy", true, true },
};

/* The row of NAME, or NULL. The first one counts. */
static const struct property_kind *kind_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(property_kinds); i++)
        if (fnmatch(property_kinds[i].glob, name, 0) == 0)
            return &property_kinds[i];
    return NULL;
}

bool only_takes_away(const char *assignment)
{
    AUTOFREE char *name = xstrndup(assignment, strcspn(assignment, "="));
    const struct property_kind *kind = kind_of(name);

    /* A list of what is allowed would bind the stage, and what it does. */
    if (streq(name, "SystemCallFilter"))
        return has_prefix(assignment, "SystemCallFilter=~");
    return kind && kind->takes_away;
}

bool property_in_scope(const char *name)
{
    const struct property_kind *kind = kind_of(name);

    return kind && kind->in_scope;
}

/* What is to be used instead of the property NAME; NULL where it may be passed.
 */
static const char *instead_of(const char *name)
{
    const struct option *option = option_for_property(name);

    for (size_t i = 0; !option && i < ARRAY_LEN(owned_properties); i++)
        if (streq(name, owned_properties[i].property))
            return owned_properties[i].instead;
    return option ? option->name : NULL;
}

bool add_property(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text, *equals = strchr(text, '=');
    AUTOFREE char *name = xstrndup(text, strcspn(text, "="));
    const char *instead = instead_of(name);

    if (!equals || !*name ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")])
        return false;
    if (has_control(text))
        *hint = xstrdup("a value without control characters");
    else if (instead)
        *hint = xasprintf("%s, which checks what it sets", instead);
    else
        strv_push(&policy->properties, text);
    return !*hint;
}
