/*
 * nested.c - a shim inside a bundle just runs the tool, since the outer limits
 * hold. What the user told it that the outer run has not is pointed out, as far
 * as that can be seen from inside. What a built-in preset says is no such thing.
 */
#include "nested.h"
#include "cgroup.h"
#include "host.h"
#include "path.h"

#include <glob.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

/* Has this network namespace more than its loopback? What is down does not count:
 * some kernels put ends of tunnels into each namespace. getifaddrs(3) */
static bool has_interfaces(void)
{
    struct ifaddrs *all = NULL;
    bool found = false;

    if (getifaddrs(&all) < 0)
        return false;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        found |= (one->ifa_flags & (IFF_UP | IFF_LOOPBACK)) == IFF_UP;
    freeifaddrs(all);
    return found;
}

/* Can what RULE makes inaccessible be read? Of a pattern any that matches. */
static bool can_be_read(const struct path_rule *rule)
{
    AUTOFREE char *here = getcwd(NULL, 0);
    AUTOFREE char *path = absolute_path(rule->text, here ? here : "/");
    glob_t found = { 0 };
    bool readable = path && access(path, R_OK) == 0;

    if (path && glob(path, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc; i++)
            readable |= access(found.gl_pathv[i], R_OK) == 0;
    globfree(&found);
    return readable;
}

/* Says the file NAME of the outer unit's control group that there is no limit? */
static bool is_unlimited(const char *name)
{
    AUTOFREE char *unit = own_unit();
    AUTOFREE char *cgroup = cgroup_of(0);
    char *end = cgroup && unit ? strstr(cgroup, unit) : NULL;
    AUTOFREE char *file = NULL, *text = NULL;

    if (!end)
        return false;
    end[strlen(unit)] = '\0'; /* there may be groups below it */
    file = xasprintf("/sys/fs/cgroup%s/%s", cgroup, name);
    text = read_small_file(file);
    return text && has_prefix(text, "max");
}

void point_out_lacking(const struct policy *policy)
{
    const struct {
        const struct limit *limit;
        const char *option, *file;
    } limits[] = {
        { &policy->memory_max, "--memory-limit", "memory.max" },
        { &policy->cpu_quota, "--cpu-limit", "cpu.max" },
        { &policy->tasks_max, "--tasks-limit", "pids.max" },
    };
    enum level network = policy->network_level > policy->hosts_level
                             ? policy->network_level
                             : policy->hosts_level;
    AUTOSTRV struct strv lacking = { 0 };
    AUTOFREE char *list = NULL;

    if (policy->network.mode != NETWORK_OPEN && network >= LEVEL_USER_PRESET &&
        has_interfaces())
        strv_push(&lacking, network_option(policy));
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct path_rule *rule = &policy->paths[i];

        if (rule->access == ACCESS_NONE && rule->level >= LEVEL_USER_PRESET &&
            can_be_read(rule))
            strv_pushf(&lacking, "--inaccessible %s", rule->text);
    }
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        if (is_finite(limits[i].limit) &&
            limits[i].limit->level >= LEVEL_USER_PRESET &&
            is_unlimited(limits[i].file))
            strv_pushf(&lacking, "%s %s", limits[i].option,
                       limits[i].limit->text);
    if (!lacking.n)
        return;
    list = strv_join(&lacking, ", ");
    warn("%s: runs under the limits of the run that it is in, which has no %s: "
         "give that to the outer one",
         policy->shim, list);
}
