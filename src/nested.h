/*
 * nested.h - a shim inside a bundle: what its own policy has and the outer one
 * has not.
 */
#ifndef NESTED_H
#define NESTED_H

#include "policy.h"

/* Warns, in one line, where POLICY, by the user's preset or PLAYPEN_OPTIONS, has
 * what this process can see that the outer run lacks: a closed network, something
 * inaccessible, a limit. */
void point_out_lacking(const struct policy *policy);

#endif
