/*
 * lead.c - follows what others would follow, and remembers where it came to.
 */
#include "lead.h"

#include "autorun.h"
#include "git.h"
#include "path.h"

#include <ctype.h>
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MOST_LEADS = 2000,
    MOST_ENTRIES = 2000, /* of a directory */
    MOST_DIRS = 500,     /* of hooks, and what links lead to */
    MOST_DEPTH = 8,
    MOST_WORDS = 1000, /* of a text */
    MOST_BASES = 8,    /* directories that its words are names in */
    LONGEST_WORD = 4096,
    SMALL_FILE = 1 << 16, /* bytes that read_small_file() reads */
};

static bool is_late(struct watch *watch)
{
    bool late = is_past(watch->deadline);

    watch->cut |= late;
    return late;
}

void list_entries(struct watch *watch, const char *path, struct strv *names)
{
    AUTODIR DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = next_entry(dir))) {
        if (names->n >= MOST_ENTRIES) {
            watch->cut = true;
            return;
        }
        strv_push(names, entry->d_name);
    }
}

void watch_lead(struct watch *watch, const char *path)
{
    AUTOFREE char *to = real_place(path);

    if (!to || (!is_in_tree(watch, path) && !is_in_tree(watch, to)))
        return;
    for (size_t i = 0; i < watch->lead_count; i++)
        if (streq(watch->leads[i].path, path))
            return;
    if (watch->lead_count >= MOST_LEADS || is_late(watch)) {
        watch->cut = true;
        return;
    }
    watch->leads = grow(watch->leads, watch->lead_count, sizeof(*watch->leads));
    watch->leads[watch->lead_count++] =
        (struct lead){ xstrdup(path), xstrdup(to) };
}

/* The directory PATH, without symlinks, with those in it. */
static void watch_all_in(struct watch *watch, const char *path, int depth)
{
    AUTOSTRV struct strv names = { 0 };

    if (strv_has(&watch->hook_dirs, path) || !is_in_tree(watch, path))
        return;
    if (depth > MOST_DEPTH || watch->hook_dirs.n >= MOST_DIRS || is_late(watch)) {
        watch->cut = true;
        return;
    }
    watch_hook_dir(watch, path);
    list_entries(watch, path, &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTOFREE char *inner = xasprintf("%s/%s", path, names.v[i]);
        struct stat st;

        if (lstat(inner, &st) == 0 && S_ISDIR(st.st_mode))
            watch_all_in(watch, inner, depth + 1);
    }
}

/* The file PATH, without symlinks, becomes one of LIST. */
static void watch_file(struct watch *watch, const char *path, struct strv *list)
{
    if (!is_in_tree(watch, path) || strv_has(list, path))
        return;
    watch_path(watch, ITEM_AUTORUN, path);
    strv_push(list, path);
}

void watch_target(struct watch *watch, const char *path)
{
    AUTOFREE char *to = real_place(path);

    if (is_late(watch))
        return;
    watch_lead(watch, path);
    if (to && !streq(to, path) && dir_exists(to))
        watch_all_in(watch, to, 0);
    else if (to && !streq(to, path))
        watch_file(watch, to, &watch->targets);
}

/* ---- names in a text ---- */

/* May C stand in a file's name as people write them in scripts? */
static bool is_of_name(char c)
{
    return isalnum((unsigned char)c) || (unsigned char)c >= 0x80 ||
           strchr("/._-+@%~", c);
}

/* The file that the LENGTH bytes of WORD name, from BASE on. "$dir/x" is "/x"
 * here, and meant from a directory of the script's own choice. */
static void watch_word(struct watch *watch, const char *word, size_t length,
                       const char *base)
{
    AUTOFREE char *text = xstrndup(word, length);
    const char *ways[] = { text, *text == '/' ? text + 1 : NULL };

    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        AUTOFREE char *path = ways[i] ? absolute_path(ways[i], base) : NULL;
        AUTOFREE char *to = path ? real_place(path) : NULL;
        AUTOFREE char *dir = to ? parent_of(to) : NULL;
        struct stat st;

        if (!to || (stat(to, &st) == 0 && !S_ISREG(st.st_mode)))
            continue;
        if (dir_exists(dir))
            watch_lead(watch, path);
        watch_file(watch, to, &watch->named); /* also one that is not there yet */
    }
}

/* Passes "$NAME" over, and a comment's line. */
static const char *skip_words(const char *text, bool begins_line)
{
    if (*text == '$')
        for (text++; isalnum((unsigned char)*text) || *text == '_';)
            text++;
    else if (*text == '#' && begins_line && text[1] != '!')
        text += strcspn(text, "\n");
    return text;
}

/* The next word at *TEXT, of *LENGTH bytes, with *TEXT behind it; NULL at the end.
 * *BEGINS_LINE is true at the beginning. */
static const char *next_word(const char **text, bool *begins_line,
                             size_t *length)
{
    const char *at = *text;

    while (*at) {
        const char *word = skip_words(at, *begins_line);
        size_t n = 0;

        *begins_line &= *at == ' ' || *at == '\t';
        if (word != at) {
            at = word;
            continue;
        }
        while (word[n] && is_of_name(word[n]))
            n++;
        at += n;
        *begins_line |= *at == '\n';
        at += *at && *at != '$';
        if (n) {
            *text = at;
            *length = n;
            return word;
        }
    }
    return NULL;
}

/* A name with blanks stands in quotes: the end of what is between two of a line,
 * each of which may be the first, as far as that is a name. As next_word(). */
static const char *next_quoted(const char **text, size_t *length)
{
    const char *at = *text;

    while ((at = strpbrk(at, "'\""))) {
        const char *begin = ++at, *end = begin + strcspn(begin, "'\"\n"),
                   *word = end;

        while (word > begin && (is_of_name(word[-1]) || word[-1] == ' '))
            word--;
        if (word > begin && word[-1] == '$')
            word = skip_words(word - 1, false);
        word += strspn(word, " ");
        *length = (size_t)(end - word);
        if (*end && *end != '\n' && memchr(word, ' ', *length)) {
            *text = at;
            return word;
        }
    }
    return NULL;
}

/* "cd tools && . x.sh": what of the words of TEXT lies in a directory of BASE that
 * another word names. */
static void watch_words_within(struct watch *watch, const char *text,
                               const char *base)
{
    AUTOSTRV struct strv dirs = { 0 };
    const char *at = text, *word;
    bool begins_line = true;
    size_t length;

    while (dirs.n < MOST_BASES && (word = next_word(&at, &begins_line, &length))) {
        AUTOFREE char *name = xstrndup(word, length);
        AUTOFREE char *path = absolute_path(name, base);

        if (path && !path_below(base, path) && path_below(path, base) &&
            dir_exists(path))
            strv_push(&dirs, path);
    }
    for (size_t i = 0; i < dirs.n; i++)
        for (at = text, begins_line = true;
             !is_late(watch) && (word = next_word(&at, &begins_line, &length));) {
            AUTOFREE char *path =
                xasprintf("%s/%.*s", dirs.v[i], (int)length, word);

            if (exists(path))
                watch_word(watch, word, length, dirs.v[i]);
        }
}

/* A word without a slash is a program on PATH, unless BARE. */
static void watch_words(struct watch *watch, const char *text, const char *base,
                        bool bare)
{
    const char *at = text, *in_quotes = text, *word;
    unsigned words = 0;
    bool begins_line = true;
    size_t length;

    while (!is_late(watch) &&
           ((word = next_word(&at, &begins_line, &length)) ||
            (word = next_quoted(&in_quotes, &length)))) {
        if (!bare && !memchr(word, '/', length))
            continue;
        if (words++ >= MOST_WORDS || length >= LONGEST_WORD) {
            watch->cut = true;
            return;
        }
        if (base)
            watch_word(watch, word, length, base);
        for (size_t i = 0; !base && i < watch->granted; i++)
            watch_word(watch, word, length, watch->trees[i].path);
    }
    if (base)
        watch_words_within(watch, text, base);
}

void watch_names(struct watch *watch, const char *text, const char *base)
{
    watch_words(watch, text, base, true);
}

void watch_file_names(struct watch *watch, const char *path, const char *base)
{
    AUTOFREE char *text = read_small_file(path);
    AUTOFREE char *dir = parent_of(path);
    size_t length = text ? strlen(text) : 0;
    struct stat st;

    if (!length)
        return;
    /* No text, as a program that was compiled, or one that was read in part. */
    if (stat(path, &st) == 0 && (size_t)st.st_size > length + 1) {
        watch->cut |= length >= SMALL_FILE - 1;
        return;
    }
    watch_words(watch, text, dir, false);
    if (base && !streq(base, dir))
        watch_words(watch, text, base, false);
    for (size_t i = 0; base && i < watch->work_trees.n; i++)
        if (!streq(watch->work_trees.v[i], base))
            watch_words(watch, text, watch->work_trees.v[i], false);
}

/* ---- directories ---- */

static void watch_hook(struct watch *watch, const char *path, const char *base)
{
    struct stat st;

    watch_path(watch, ITEM_HOOK, path);
    if (lstat(path, &st) < 0 ||
        (has_suffix(path, ".sample") && !is_in_tree(watch, path)))
        return;
    if (S_ISLNK(st.st_mode))
        watch_target(watch, path);
    else if (S_ISREG(st.st_mode))
        watch_file_names(watch, path, base);
}

/* The directory upwards of PATH that has a ".git", from which hooks are run. */
static char *work_tree_of(const char *path)
{
    char *dir = parent_of(path);

    while (!streq(dir, "/")) {
        AUTOFREE char *git = xasprintf("%s/.git", dir);

        if (exists(git))
            break;
        go_up(dir);
    }
    return dir;
}

void watch_hook_dir(struct watch *watch, const char *path)
{
    AUTOFREE char *dir = real_place(path);
    AUTOFREE char *above = dir ? parent_of(dir) : NULL;
    AUTOFREE char *base = dir ? work_tree_of(dir) : NULL;
    AUTOSTRV struct strv names = { 0 };

    watch_lead(watch, path);
    if (!dir || strv_has(&watch->hook_dirs, dir))
        return;
    if (watch->hook_dirs.n >= MOST_DIRS || is_late(watch)) {
        watch->cut = true;
        return;
    }
    strv_push(&watch->hook_dirs, dir);
    list_entries(watch, dir, &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTOFREE char *in = xasprintf("%s/%s", dir, names.v[i]);

        watch_hook(watch, in, base);
    }
    for (const char *const *name = hook_names; *name; name++) {
        AUTOFREE char *over = xasprintf("%s/%s", above, *name);

        if (exists(over))
            watch_hook(watch, over, base);
    }
}

/* Is PATH a project of its own, which a link of some tool's may well name? */
static bool is_project(const struct watch *watch, const char *path)
{
    AUTOFREE char *git = xasprintf("%s/.git", path);

    for (size_t i = 0; i < watch->granted; i++)
        if (streq(watch->trees[i].path, path))
            return true;
    return exists(git);
}

/* The links in DIR; only those whose name begins so, and INNER not to projects. */
static void watch_links_in(struct watch *watch, const char *dir,
                           const char *prefix, bool inner)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, entry->d_name);
        AUTOFREE char *to = NULL;

        if (entry->d_type != DT_LNK || !has_prefix(entry->d_name, prefix))
            continue;
        to = real_place(path);
        if (to && is_in_tree(watch, to) && !(inner && is_project(watch, to)))
            watch_target(watch, path);
    }
}

/* The links in the directories in DIR whose name begins so, and in DIR. */
static void watch_links_below(struct watch *watch, const char *dir,
                              const char *prefix)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;

    watch_links_in(watch, dir, prefix, false);
    while (stream && (entry = next_entry(stream))) {
        AUTOFREE char *inner = xasprintf("%s/%s", dir, entry->d_name);

        if (entry->d_type == DT_DIR && has_prefix(entry->d_name, prefix))
            watch_links_in(watch, inner, "", true);
    }
}

void watch_texts_in(struct watch *watch, const char *dir)
{
    AUTODIR DIR *stream = opendir(dir);
    bool cut = watch->cut;
    struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        AUTOFREE char *path = NULL;

        if (entry->d_type != DT_REG ||
            !runs_by_itself(AUTORUN_NAMES, ".", entry->d_name))
            continue;
        path = xasprintf("%s/%s", dir, entry->d_name);
        watch_file_names(watch, path, NULL);
    }
    watch->cut = cut || is_past(watch->deadline);
}

void watch_dotfiles(struct watch *watch)
{
    AUTOFREE char *config = xasprintf("%s/.config", home_directory());
    AUTOFREE char *applications =
        xasprintf("%s/.local/share/applications", home_directory());

    watch_texts_in(watch, home_directory());
    watch_links_below(watch, home_directory(), ".");
    watch_links_below(watch, config, "");
    watch_links_in(watch, applications, "", true);
}

/* ---- afterwards ---- */

void compare_leads(const struct watch *watch, struct strv *changed)
{
    for (size_t i = 0; i < watch->lead_count; i++) {
        AUTOFREE char *to = real_place(watch->leads[i].path);

        if ((!to || !streq(to, watch->leads[i].to)) &&
            !strv_has(changed, watch->leads[i].path))
            strv_push(changed, watch->leads[i].path);
    }
}
