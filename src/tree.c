/*
 * tree.c - what playpen does in directories that a confined run may write: it
 * follows no link there, and acts on descriptors.
 */
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    LARGEST = 1 << 20, /* bytes that are kept, and compared by content, */
    LARGE = 1 << 24,   /* and that are compared by content and times */
};

struct timespec file_time(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return now;
}

bool tree_open(struct tree *tree, const char *path)
{
    tree->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    tree->path = tree->fd < 0 ? NULL : xstrdup(path);
    tree->place = NULL;
    return tree->fd >= 0;
}

void tree_close(struct tree *tree)
{
    close(tree->fd);
    free(tree->path);
    free(tree->place);
}

const char *path_in(const struct tree *tree, const char *path)
{
    size_t length = strlen(tree->path);

    if (strncmp(path, tree->path, length) != 0)
        return NULL;
    if (!path[length])
        return ".";
    return path[length] == '/' ? path + length + 1 : NULL;
}

int open_in(const struct tree *tree, const char *path, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
        .mode = flags & O_CREAT ? 0600 : 0,
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
                   RESOLVE_NO_MAGICLINKS,
    };

    return (int)syscall(SYS_openat2, tree->fd, path, &how, sizeof(how));
}

DIR *open_directory_in(const struct tree *tree, const char *path)
{
    int fd = open_in(tree, path, O_RDONLY | O_DIRECTORY);

    return fd < 0 ? NULL : fdopendir(fd);
}

/* The directory that holds PATH, open; the last part of PATH in *NAME. */
static int open_parent(const struct tree *tree, const char *path,
                       const char **name)
{
    const char *slash = strrchr(path, '/');
    AUTOFREE char *parent =
        slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");

    *name = slash ? slash + 1 : path;
    return open_in(tree, parent, O_PATH | O_DIRECTORY);
}

int stat_in(const struct tree *tree, const char *path, struct stat *st)
{
    const char *name;
    AUTOCLOSE int fd = open_parent(tree, path, &name);

    return fd < 0 ? -1 : fstatat(fd, name, st, AT_SYMLINK_NOFOLLOW);
}

/* All of FD, of LARGEST bytes at most; NULL where it has more. */
static char *read_all(int fd, size_t *length)
{
    struct stat st;
    char *text;

    if (fstat(fd, &st) < 0)
        return NULL;
    if (!S_ISREG(st.st_mode) || st.st_size > LARGEST) {
        errno = S_ISREG(st.st_mode) ? EFBIG : EINVAL;
        return NULL;
    }
    text = read_up_to(fd, LARGEST, length);
    return text ? xrealloc(text, *length + 1) : NULL;
}

char *read_in(const struct tree *tree, const char *path, size_t *length)
{
    AUTOCLOSE int fd = open_in(tree, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);

    return fd < 0 ? NULL : read_all(fd, length);
}

/* ---- prints ---- */

struct key new_key(void)
{
    struct key key = { { (uint64_t)getpid(), (uint64_t)(uintptr_t)&key } };

    (void)!getrandom(&key, sizeof(key), 0);
    return key;
}

static uint64_t rotate(uint64_t x, int by)
{
    return x << by | x >> (64 - by);
}

static void mix(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[0] = rotate(v[0], 32);
    v[2] += v[3];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[2] = rotate(v[2], 32);
}

/* SipHash-2-4 (Aumasson and Bernstein, 2012): who does not know the key finds no
 * two texts of the same sum. */
static uint64_t sum_of(const struct key *key, const void *text, size_t length)
{
    uint64_t v[4] = { key->half[0] ^ 0x736f6d6570736575,
                      key->half[1] ^ 0x646f72616e646f6d,
                      key->half[0] ^ 0x6c7967656e657261,
                      key->half[1] ^ 0x7465646279746573 };
    const unsigned char *in = text;

    for (size_t at = 0; at <= length; at += 8) {
        size_t left = length - at;
        uint64_t word = left < 8 ? (uint64_t)length << 56 : 0;

        for (size_t i = 0; i < 8 && i < left; i++)
            word |= (uint64_t)in[at + i] << (8 * i);
        v[3] ^= word;
        mix(v);
        mix(v);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++)
        mix(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* A file by its inode, size and times, as far as writing it changes them. */
static uint64_t sum_of_status(const struct key *key, const char *name,
                              const struct stat *st)
{
    AUTOFREE char *text = xasprintf(
        "%s/%o %ju %jd %jd.%09ld %jd.%09ld", name, st->st_mode,
        (uintmax_t)st->st_ino, (intmax_t)st->st_size,
        (intmax_t)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
        (intmax_t)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);

    return sum_of(key, text, strlen(text));
}

/* The sum of the sums: in whatever order they are read. */
static uint64_t sum_of_entries(const struct key *key, DIR *dir)
{
    struct dirent *entry;
    uint64_t sum = 0;

    while ((entry = next_entry(dir))) {
        struct stat st;

        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
            sum += sum_of_status(key, entry->d_name, &st);
    }
    return sum;
}

/* Writing by a mapping may change no time of it, on tmpfs and ZFS. */
static uint64_t sum_of_large(const struct key *key, const struct tree *tree,
                             const char *path)
{
    AUTOCLOSE int fd = open_in(tree, path, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    AUTOFREE char *part = xmalloc(LARGEST);
    uint64_t sum = 0;
    ssize_t n;

    for (off_t at = 0; at < LARGE && fd >= 0; at += n) {
        n = pread(fd, part, LARGEST, at);
        if (n <= 0)
            break;
        sum = rotate(sum, 1) + sum_of(key, part, (size_t)n);
    }
    return sum;
}

static struct print print_of_file(const struct tree *tree, const char *path,
                                  const struct key *key,
                                  const struct stat *st)
{
    struct print print = { .what = PRINT_FILE };
    size_t length = 0;
    AUTOFREE char *text = read_in(tree, path, &length);

    if (text)
        print.sum = sum_of(key, text, length) + !!(st->st_mode & 0111);
    else
        print.sum = sum_of_status(key, "", st) + sum_of_large(key, tree, path);
    return print;
}

struct print print_of(const struct tree *tree, const char *path,
                      const struct key *key)
{
    struct print print = { .what = PRINT_OTHER };
    char target[4096];
    AUTOCLOSE int fd = -1;
    struct stat st;
    const char *name;
    ssize_t n;

    if (stat_in(tree, path, &st) < 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            print.what = PRINT_NONE;
        print.sum = (uint64_t)errno;
        return print;
    }
    if (S_ISREG(st.st_mode))
        return print_of_file(tree, path, key, &st);
    if (S_ISDIR(st.st_mode)) {
        AUTODIR DIR *dir = open_directory_in(tree, path);

        print.what = PRINT_DIRECTORY;
        print.sum = dir ? sum_of_entries(key, dir) : 1;
        return print;
    }
    fd = open_parent(tree, path, &name);
    n = fd < 0 ? -1 : readlinkat(fd, name, target, sizeof(target));
    print.sum = n < 0 ? st.st_mode & S_IFMT : sum_of(key, target, (size_t)n);
    return print;
}

bool same_print(struct print a, struct print b)
{
    return a.what == b.what && (a.what == PRINT_NONE || a.sum == b.sum);
}

/* ---- what is made and replaced ---- */

bool make_in(const struct tree *tree, const char *path, bool directory,
             mode_t mode)
{
    const char *name;
    AUTOCLOSE int fd = -1, file = -1;

    for (const char *slash = strchr(path, '/'); slash;
         slash = strchr(slash + 1, '/')) {
        AUTOFREE char *part = xstrndup(path, (size_t)(slash - path));
        AUTOCLOSE int above = open_parent(tree, part, &name);

        if (above < 0 || (mkdirat(above, name, mode) < 0 && errno != EEXIST))
            return false;
    }
    fd = open_parent(tree, path, &name);
    if (fd < 0 || directory)
        return fd >= 0 && mkdirat(fd, name, mode) == 0;
    file = openat(fd, name,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                  mode & 0666);
    return file >= 0;
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length) {
        ssize_t n = write(fd, text, length);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        text += n;
        length -= (size_t)n;
    }
    return true;
}

bool replace_in(const struct tree *tree, const char *path, const char *text,
                size_t length, mode_t mode, const char *aside)
{
    const char *name;
    AUTOCLOSE int dir = open_parent(tree, path, &name);
    AUTOFREE char *lock = xasprintf("%s.lock", name);
    bool done;
    int fd;

    if (dir < 0)
        return false;
    fd = openat(dir, lock, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                0600);
    if (fd < 0)
        return false;
    done = !text || (write_all(fd, text, length) && fchmod(fd, mode) == 0);
    done = close(fd) == 0 && done;
    if (done && aside)
        done = renameat2(dir, name, dir, aside, RENAME_NOREPLACE) == 0 ||
               errno == ENOENT;
    if (done && text)
        done = renameat(dir, lock, dir, name) == 0;
    if (!done || !text)
        unlinkat(dir, lock, 0);
    return done;
}

bool remove_link_in(const struct tree *tree, const char *path)
{
    const char *name;
    AUTOCLOSE int dir = open_parent(tree, path, &name);
    char target[1];

    return dir >= 0 && readlinkat(dir, name, target, 1) >= 0 &&
           unlinkat(dir, name, 0) == 0;
}
