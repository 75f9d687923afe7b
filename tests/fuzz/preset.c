/*
 * preset.c - a preset's text, or PLAYPEN_OPTIONS: every word of it is taken or
 * refused.
 */
#include "../../src/options.h"
#include "../../src/preset.h"

#include <string.h>

void fuzz_one(char *text, size_t size)
{
    struct policy policy;
    struct strv words = { 0 }; /* the policy points into it */

    policy_defaults(&policy);
    policy.directory = "/home/user";
    if (size % 2) {
        parse_preset(&policy, "x", text,
                     size % 4 == 1 ? LEVEL_BUILTIN : LEVEL_USER_PRESET);
    } else if (!shell_split(text, 0, &words) && words.n) {
        if (parse_options(&policy, words.v, LEVEL_ENVIRONMENT, "", true) !=
            words.n)
            abort();
    }
    settle_policy(&policy);
}
