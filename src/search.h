/*
 * search.h - what lies in a tree, found by reading each of its directories once,
 * whatever it is called, and with a stat for none but a few of the files.
 */
#ifndef SEARCH_H
#define SEARCH_H

#include "tree.h"

/* What is looked for. */
enum find {
    FIND_GIT = 1,     /* a directory that holds an entry ".git" */
    FIND_BARE = 2,    /* one that git may take for a repository, or a linked
                         work tree's part of one: HEAD, and objects or
                         commondir. gitrepository-layout(5) */
    FIND_AUTORUN = 4, /* a file that another program runs by itself */
    FIND_PIPE = 8,    /* a socket or a named pipe */
    FIND_LINK = 16,   /* a symlink below a directory called .git, or in one that
                         git may take for a repository: git writes through it */
    FIND_OWN = 32,    /* a directory of the user's, which is not looked into */
};

struct finding {
    enum find what;
    char *path; /* absolute; of the directory, or of the file */
};

struct findings {
    struct finding *list;
    size_t count;
    char *cut;   /* not NULL: where the search ended early, or what of the
                    user's it could not read */
    bool shared; /* installed packages have a second link: tried with few */
};

/* When a search has to give up. What it waits while others have the processor
 * does not count, up to four times as much. */
struct deadline {
    int64_t begin, waited, time; /* microseconds */
};

/* Of one that begins now, in milliseconds. */
enum { SEARCH_TIME = 2000 };
struct deadline search_deadline(int milliseconds);
bool is_past(struct deadline deadline);

/* Adds to FOUND what is WANTED (of enum find) in TREE, by levels, so that what is
 * near the top is not lost where it gives up. */
void search(const struct tree *tree, unsigned wanted, struct deadline deadline,
            struct findings *found);

void findings_free(struct findings *found);

/* All that runs later by itself, or leads there. */
#define FIND_BOMBS (FIND_GIT | FIND_BARE | FIND_AUTORUN | FIND_LINK)

#endif
