/*
 * gitconfig.h - git's configuration format, git-config(1) "CONFIGURATION FILE",
 * and which of its settings can neither run a program nor lead git elsewhere.
 */
#ifndef GITCONFIG_H
#define GITCONFIG_H

#include "util.h"

/* One setting. NAME is "section.key" or "section.SUBSECTION.key"; section and
 * key are in lower case. VALUE is NULL for a key without "=", which is true. */
struct setting {
    char *name;
    char *value;
};

struct gitconfig {
    struct setting *list;
    size_t count;
};

/* Reads the LENGTH bytes of TEXT. False where git would refuse it, or might read
 * it otherwise: what CONFIG holds then is what came before that. */
bool gitconfig_parse(const char *text, size_t length, struct gitconfig *config);
void gitconfig_free(struct gitconfig *config);
#define AUTOCONFIG CLEANUP(gitconfig_free)

/* The last value of NAME, or NULL; "" for a key without "=". */
const char *gitconfig_get(const struct gitconfig *config, const char *name);

/* Has it a setting of this name and value? */
bool gitconfig_has(const struct gitconfig *config,
                   const struct setting *setting);

/* Does the setting name a file to read as well? git-config(1), "Includes". */
bool is_include(const struct setting *setting);

/* Is the setting in the list of those that are harmless, with a value of its
 * form? What is not in it may run a program, or lead git elsewhere. */
bool is_harmless(const struct setting *setting);

#endif
