/*
 * watch.c - the list of what was there before the run.
 */
#include "watch.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

enum { MOST_KEPT = 1 << 26 }; /* bytes of texts */

const struct tree *tree_of(const struct watch *watch, const char *path,
                           const char **within)
{
    for (size_t i = 0; i < watch->tree_count; i++) {
        *within = path_in(&watch->trees[i], path);
        if (*within)
            return &watch->trees[i];
    }
    return NULL;
}

bool is_in_tree(const struct watch *watch, const char *path)
{
    const char *within;

    return tree_of(watch, path, &within);
}

bool stat_watched(const struct watch *watch, const char *path, struct stat *st)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);

    return tree && stat_in(tree, within, st) == 0;
}

static int compare(const void *a, const void *b)
{
    const struct item *one = a, *other = b;
    int order = strcmp(one->path, other->path);

    return order ? order : (int)one->kind - (int)other->kind;
}

struct item *watched(struct watch *watch, enum item_kind kind,
                     const char *path)
{
    struct item wanted = { .kind = kind, .path = (char *)path };

    if (!watch->count)
        return NULL;
    if (!watch->sorted)
        qsort(watch->items, watch->count, sizeof(*watch->items), compare);
    watch->sorted = true;
    return bsearch(&wanted, watch->items, watch->count, sizeof(*watch->items),
                   compare);
}

/* Writing by a mapping may change no time of a file on tmpfs and ZFS. */
static bool hides_changes(const struct tree *tree)
{
    struct statfs fs;

    return fstatfs(tree->fd, &fs) == 0 &&
           (fs.f_type == TMPFS_MAGIC || fs.f_type == 0x2fc12fc1 /* ZFS */);
}

/* Of PATH, in TREE, or a directory above it there: nobody but root makes a change
 * time an earlier one. statx(2) */
static struct timespec newest_change(const struct tree *tree, const char *path)
{
    struct timespec newest = { 0 };
    struct stat file;

    if (hides_changes(tree) && stat_in(tree, path, &file) == 0 &&
        S_ISREG(file.st_mode))
        clock_gettime(CLOCK_REALTIME, &newest);

    for (const char *end = path; *end;) {
        AUTOFREE char *part = NULL;
        struct stat st;

        end += strcspn(end, "/");
        part = xstrndup(path, (size_t)(end - path));
        if (stat_in(tree, part, &st) == 0 && is_before(&newest, &st.st_ctim))
            newest = st.st_ctim;
        end += strspn(end, "/");
    }
    return newest;
}

struct item *item_of(struct watch *watch, enum item_kind kind, const char *path)
{
    for (size_t i = 0; i < watch->count; i++)
        if (watch->items[i].kind == kind && streq(watch->items[i].path, path))
            return &watch->items[i];
    return NULL;
}

struct item *watch_path(struct watch *watch, enum item_kind kind,
                        const char *path)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);
    struct item *item;
    struct stat st;

    if (!tree)
        return NULL;
    if (kind != ITEM_CONFIG && kind != ITEM_PROTECTED && kind != ITEM_KNOWN &&
        is_past(watch->deadline)) {
        watch->cut = true;
        return NULL;
    }
    watch->items = grow(watch->items, watch->count, sizeof(*watch->items));
    watch->sorted = false;
    item = &watch->items[watch->count++];
    *item = (struct item){ .kind = kind,
                           .path = xstrdup(path),
                           .changed = newest_change(tree, within) };
    if (kind == ITEM_KNOWN)
        return item;
    item->before = print_of(tree, within, &watch->key);
    if (watch->kept > MOST_KEPT)
        watch->cut = true;
    else if (kind == ITEM_CONFIG || kind == ITEM_LINK)
        item->text = read_in(tree, within, &item->length);
    watch->kept += item->length;
    if (stat_in(tree, within, &st) == 0)
        item->mode = st.st_mode & 0777;
    return item;
}

bool is_known(struct watch *watch, const char *git)
{
    const struct item *item = watched(watch, ITEM_KNOWN, git);

    return item && !item->doubtful;
}

static void doubt(struct item *item)
{
    item->doubtful = true;
    free(item->text);
    item->text = NULL;
    item->length = 0;
    item->before = (struct print){ PRINT_NONE, 0 };
    item->kept = true;
}

void judge_doubtful(struct watch *watch)
{
    bool ended = has_other_ended(&watch->runs);

    /* From here on the items stay where they are: none is added. */
    if (watch->count)
        qsort(watch->items, watch->count, sizeof(*watch->items), compare);
    watch->sorted = true;
    for (size_t i = 0; ended && i < watch->count; i++) {
        struct item *item = &watch->items[i];

        if (!is_before(&item->changed, &watch->runs.since) &&
            item->kind != ITEM_PROTECTED &&
            !(item->kind == ITEM_HOOK && item->kept) &&
            !(item->kind == ITEM_KNOWN && strv_has(&watch->own, item->path)) &&
            !watched(watch, ITEM_PROTECTED, item->path))
            doubt(item);
    }
    leave_runs(&watch->runs);
}

bool is_as_before(struct watch *watch, enum item_kind kind, const char *path)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);
    struct item *item = watched(watch, kind, path);

    if (item)
        item->seen = true;
    return tree && item &&
           same_print(item->before, print_of(tree, within, &watch->key));
}

char *read_watched(const struct watch *watch, const char *path,
                   size_t *length)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);

    errno = ENOENT;
    return tree ? read_in(tree, within, length) : NULL;
}
