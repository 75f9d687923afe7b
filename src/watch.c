/*
 * watch.c - the list of what was there before the run.
 */
#include "watch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

struct item *watch_path(struct watch *watch, enum item_kind kind,
                        const char *path)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);
    struct item *item;
    struct stat st;

    if (!tree)
        return NULL;
    if (kind != ITEM_CONFIG && kind != ITEM_PROTECTED &&
        is_past(watch->deadline)) {
        watch->cut = true;
        return NULL;
    }
    watch->items = grow(watch->items, watch->count, sizeof(*watch->items));
    watch->sorted = false;
    item = &watch->items[watch->count++];
    *item = (struct item){ .kind = kind,
                           .path = xstrdup(path),
                           .before = print_of(tree, within, &watch->key) };
    if (kind == ITEM_CONFIG || kind == ITEM_LINK)
        item->text = read_in(tree, within, &item->length);
    if (stat_in(tree, within, &st) == 0)
        item->mode = st.st_mode & 0777;
    return item;
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
