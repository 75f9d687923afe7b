/*
 * explain.c - what a command may use, read, write, not see and reach, for a
 * person to read.
 */
#include "policy.h"

void explain(const struct policy *policy, const struct host *host,
             const struct strv *environment)
{
    (void)policy;
    (void)host;
    (void)environment;
    die("--explain: not there yet");
}
