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

bool is_changed_since(const struct tree *tree, const char *path,
                      const struct timespec *since)
{
    for (const char *end = path; *end;) {
        AUTOFREE char *part = NULL;
        struct stat st;

        end += strcspn(end, "/");
        part = xstrndup(path, (size_t)(end - path));
        if (stat_in(tree, part, &st) == 0 && !is_before(&st.st_ctim, since))
            return true;
        end += strspn(end, "/");
    }
    return false;
}

static bool is_doubtful(const struct watch *watch, const struct tree *tree,
                        const char *path)
{
    return watch->runs.count && is_changed_since(tree, path, &watch->runs.since);
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
    item->doubtful = is_doubtful(watch, tree, within);
    return item;
}

void watch_known(struct watch *watch, const char *git)
{
    const char *within;
    const struct tree *tree = tree_of(watch, git, &within);

    strv_push(&watch->known, git);
    if (tree && !strv_has(&watch->own, git) && is_doubtful(watch, tree, within))
        strv_push(&watch->doubtful, git);
}

bool is_known(const struct watch *watch, const char *git)
{
    return strv_has_sorted(&watch->known, git) &&
           !strv_has_sorted(&watch->doubtful, git);
}

void judge_doubtful(struct watch *watch)
{
    strv_sort(&watch->known);
    strv_sort(&watch->doubtful);
    if (!has_other_ended(&watch->runs)) {
        strv_free(&watch->doubtful);
        return;
    }
    for (size_t i = 0; i < watch->count; i++) {
        struct item *item = &watch->items[i];

        if (!item->doubtful || item->kind == ITEM_PROTECTED ||
            (item->kind == ITEM_HOOK && item->kept) ||
            watched(watch, ITEM_PROTECTED, item->path))
            continue;
        free(item->text);
        item->text = NULL;
        item->length = 0;
        item->before = (struct print){ PRINT_NONE, 0 };
        item->kept = true;
    }
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
