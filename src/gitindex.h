/*
 * gitindex.h - git's index, gitformat-index(5): git believes the names in it,
 * and writes, reads and removes these files.
 */
#ifndef GITINDEX_H
#define GITINDEX_H

#include <stdbool.h>
#include <stddef.h>

/* What is wrong with the LENGTH bytes of TEXT, the content of an index or of a
 * part of a split one: a name that leads out of the work tree or into git's own
 * directory, or words that say what keeps it from being read. The caller's; NULL
 * for nothing. With SHA256 that is what objects are named by. *SHARED is the name
 * of the file that a split index takes the rest from, the caller's; or NULL. */
char *index_problem(const unsigned char *text, size_t length, bool sha256,
                    char **shared);

#endif
