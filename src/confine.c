/*
 * confine.c - what the path options add to a policy.
 */
#include "policy.h"

void confine(struct policy *policy, const struct host *host)
{
    (void)policy;
    (void)host;
}
