/*
 * tree.h - a directory that a confined run may write, by its descriptor. What is
 * read, made or replaced in one is reached from that descriptor by a path that
 * passes no symlink and does not leave it (openat2(2), Linux 5.6), so that
 * nothing which the command left there leads elsewhere. Paths within are
 * relative, "." for the directory itself, and may hold any byte.
 */
#ifndef TREE_H
#define TREE_H

#include "util.h"

struct tree {
    char *path;  /* absolute, as it is called outside */
    char *place; /* its path in the project or the home directory around it, by
                    which other programs know what is in it; NULL: it is one */
    int fd;      /* O_PATH */
};

/* What is found at a path, so that two looks can be compared. */
struct print {
    enum { PRINT_NONE, PRINT_FILE, PRINT_DIRECTORY, PRINT_OTHER } what;
    uint64_t sum; /* with the key of the process: not to be foreseen */
};

/* The key for prints: random, one for a run. */
struct key {
    uint64_t half[2];
};

struct key new_key(void);

/* The time by the clock of file systems, which is a little behind. */
struct timespec file_time(void);

/* False where PATH is no directory that can be opened. */
bool tree_open(struct tree *tree, const char *path);
void tree_close(struct tree *tree);

/* PATH, which is absolute and below the tree's, relative to it; points into
 * PATH. NULL where it lies elsewhere. */
const char *path_in(const struct tree *tree, const char *path);

/* openat2(2) with O_CLOEXEC and FLAGS; -1 with errno: ELOOP for a symlink. */
int open_in(const struct tree *tree, const char *path, int flags);

/* The directory PATH, to be read; NULL with errno. */
DIR *open_directory_in(const struct tree *tree, const char *path);

/* Of PATH itself, a symlink not followed. -1 with errno. */
struct stat;
int stat_in(const struct tree *tree, const char *path, struct stat *st);

/* The content of a regular file of 1 MiB at most, with a NUL after its LENGTH
 * bytes, the caller's; NULL with errno set otherwise. */
char *read_in(const struct tree *tree, const char *path, size_t *length);

/* Files of 1 MiB at most by their content and whether they can be executed,
 * larger ones by size and times; directories by name, type, inode, size and
 * times of their entries; symlinks by where they lead. */
struct print print_of(const struct tree *tree, const char *path,
                      const struct key *key);
bool same_print(struct print a, struct print b);

/* Makes the empty file or directory PATH, and the directories above it, with
 * MODE, of a file without its execute bits. False with errno where it cannot be
 * made; EEXIST: something of that name is there. */
bool make_in(const struct tree *tree, const char *path, bool directory,
             mode_t mode);

/* Writes PATH anew by git's own protocol: PATH.lock, which must not be there,
 * renamed over it (lockfile.h of git). MODE is that of the new file. What was
 * there is kept as ENV_PREFIX in the same directory, if that is not NULL. TEXT may be
 * NULL: then PATH is only put aside. False, with nothing changed, where somebody
 * holds the lock, or it cannot be written. */
bool replace_in(const struct tree *tree, const char *path, const char *text,
                size_t length, mode_t mode, const char *aside);

/* Removes the symlink PATH; false where it is none, or cannot be. */
bool remove_link_in(const struct tree *tree, const char *path);

#endif
