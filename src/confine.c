/*
 * confine.c - what the path options add to a policy.
 */
#include "policy.h"

void confine(struct policy *policy, const struct host *host)
{
    (void)host;
    if (policy->current_dir_only.on || policy->project_only.on ||
        policy->path_count || !streq(policy->protect_home, "no") ||
        !streq(policy->protect_system, "no"))
        die("path restrictions are not enforced by this version: nothing was "
            "started");
}
