/*
 * gitafter.c - what the command left for git, and for other programs, to run:
 * compared with what was there before. Whatever is not as it was is pointed out;
 * of a repository that no mount protected it is put aside.
 */
#include "git.h"

#include "gitconfig.h"
#include "gitindex.h"
#include "lead.h"
#include "path.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_NAMES = 6,  /* in one line */
    MOST_LINES = 20, /* of what is new: more would hide the rest */
    MOST_ENTRIES = 1000, /* of a directory that is compared one by one */
    MOST_INDEX = 1 << 28, /* bytes: that of two million files */
};

/* Adds NAME to the list that a line will hold. */
static void mention(struct strv *names, const char *name)
{
    if (names->n > MOST_NAMES || !strv_has(names, name))
        strv_push(names, name);
}

/* NAME as it is read in a line: cut in its middle, and runs of blanks as \x20,
 * so that it does not pass for a line of its own. The caller's. */
static char *legible(const char *name)
{
    enum { HEAD = 120, TAIL = 60 };
    size_t length = strlen(name);
    AUTOFREE char *cut =
        length > HEAD + TAIL + 20
            ? xasprintf("%.*s...%s", HEAD, name, name + length - TAIL)
            : xstrdup(name);
    char *text = xmalloc(strlen(cut) * 4 + 1), *out = text;

    for (const char *at = cut; *at; at++)
        if (*at == ' ' && (at[1] == ' ' || (at > cut && at[-1] == ' ')))
            out = stpcpy(out, "\\x20");
        else
            *out++ = *at;
    *out = '\0';
    return text;
}

/* "a, b and 3 more"; the caller's. */
static char *enumerate(const struct strv *names)
{
    size_t most = names->n > MOST_NAMES + 1 ? MOST_NAMES : names->n;
    AUTOSTRV struct strv some = { 0 };
    AUTOFREE char *text = NULL;

    for (size_t i = 0; i < most; i++)
        strv_take(&some, legible(names->v[i]));
    text = strv_join(&some, ", ");
    return most < names->n ? xasprintf("%s and %zu more", text, names->n - most)
                           : xstrdup(text);
}

const char *shown(const struct view *view, const char *path)
{
    const char *here = view->policy->directory;
    size_t length = strlen(here);

    return has_prefix(path, here) && path[length] == '/' ? path + length + 1
                                                         : path;
}

/* ---- one repository ---- */

/* Where a submodule's repository says that its work tree is, and that says so,
 * too. */
static bool leads_back(const struct watch *watch, const char *git,
                       const char *value)
{
    AUTOFREE char *path = absolute_path(value, git);
    AUTOFREE char *real = real_path(path);
    AUTOFREE char *link = real ? xasprintf("%s/.git", real) : NULL;
    AUTOFREE char *back = link ? named_directory(watch, link, "gitdir: ") : NULL;

    return back && streq(back, git);
}

/* Is SETTING the url, or with ".pushurl", of a remote that OLD has otherwise, or a
 * branch's other remote? What the user pushes next would go elsewhere. */
static bool turns_remote(const struct setting *setting,
                         const struct gitconfig *old)
{
    const char *dot = strrchr(setting->name, '.');
    AUTOFREE char *url = NULL;

    if (has_prefix(setting->name, "branch.") && streq(dot, ".remote"))
        return gitconfig_get(old, setting->name);
    if (!has_prefix(setting->name, "remote.") ||
        (!streq(dot, ".url") && !streq(dot, ".pushurl")))
        return false;
    url = xasprintf("%.*s.url", (int)(dot - setting->name), setting->name);
    return gitconfig_get(old, url);
}

/* Is SETTING a url that is the path of something that the command may write, or
 * of nothing? Another would bring in what the command does not see, but where
 * mounts protect the configuration, CONFIG: there it is the user's. */
static bool is_url_inside(struct watch *watch, const char *git,
                          const char *config, const struct setting *setting)
{
    AUTOFREE char *work_tree = parent_of(git);
    const char *value = setting->value;
    AUTOFREE char *path = NULL, *real = NULL;

    if (!value || (!has_suffix(setting->name, ".url") &&
                   !has_suffix(setting->name, ".pushurl")))
        return false;
    if (has_prefix(value, "file:///"))
        value += strlen("file://");
    if (*value != '/' && !has_prefix(value, "./") && !has_prefix(value, "../"))
        return false;
    path = absolute_path(value, work_tree);
    real = path ? real_path(path) : NULL;
    return path && (!real || is_in_tree(watch, real) ||
                    watched(watch, ITEM_PROTECTED, config));
}

/* Adds to WHY the settings of MORE that LESS does not have and that may do harm,
 * or have kept harm away. */
static void compare_settings(struct watch *watch, const char *git,
                             const char *path,
                             const struct gitconfig *more,
                             const struct gitconfig *less, const char *how,
                             struct strv *why)
{
    for (size_t i = 0; i < more->count; i++) {
        const struct setting *setting = &more->list[i];
        AUTOFREE char *name = NULL;

        if (gitconfig_has(less, setting) ||
            ((is_harmless(setting) || is_url_inside(watch, git, path, setting)) &&
             !turns_remote(setting, less)) ||
            (streq(setting->name, "core.worktree") && setting->value &&
             leads_back(watch, git, setting->value)))
            continue;
        name = xasprintf("%s%s", how, setting->name);
        mention(why, name);
    }
}

/* Adds to WHY the settings in the configuration PATH of GIT that may do harm and
 * were not there before, and those that are no longer there. */
static void judge_config(const struct view *view, const char *git,
                         const char *path, struct strv *why)
{
    struct watch *watch = view->watch;
    struct item *before = watched(watch, ITEM_CONFIG, path);
    AUTOCONFIG struct gitconfig old = { 0 }, now = { 0 };
    size_t length;
    AUTOFREE char *text = NULL;

    if (before)
        before->seen = true;
    if (is_as_before(watch, ITEM_CONFIG, path) || is_lifted(view, path))
        return;
    text = read_watched(watch, path, &length);
    if (!text && errno != ENOENT)
        mention(why, "a configuration that cannot be read");
    if (before && before->text)
        gitconfig_parse(before->text, before->length, &old);
    if (text && !gitconfig_parse(text, length, &now))
        mention(why, "a configuration that cannot be read");
    compare_settings(watch, git, path, &now, &old, "", why);
    if (before && before->kept)
        compare_settings(watch, git, path, &old, &now, "without ", why);
}

/* The entries of the directory PATH in TREE; false where it cannot be read, or
 * there are more than anybody would make but to hold playpen up. */
static bool list_names(const struct tree *tree, const char *path,
                       struct strv *names)
{
    AUTODIR DIR *dir = open_directory_in(tree, path);
    struct dirent *entry = NULL;

    if (!dir)
        return errno == ENOENT || errno == ENOTDIR;
    while (names->n < MOST_ENTRIES && (entry = next_entry(dir)))
        strv_push(names, entry->d_name);
    return names->n < MOST_ENTRIES;
}

/* The same of the absolute PATH, of any tree. */
static bool list_in(const struct watch *watch, const char *path,
                    struct strv *names)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);

    return !tree || list_names(tree, within, names);
}

/* Adds to WHY the hooks of GIT that are new or were changed, and to PATHS their
 * paths. */
static void judge_hooks(const struct view *view, const char *git,
                        struct strv *why, struct strv *paths)
{
    struct watch *watch = view->watch;
    AUTOFREE char *dir = xasprintf("%s/hooks", git);
    AUTOSTRV struct strv names = { 0 };
    struct stat st;

    if (stat_watched(watch, dir, &st) && S_ISLNK(st.st_mode)) {
        if (!is_as_before(watch, ITEM_HOOK, dir))
            mention(why, "hooks, which leads elsewhere");
        return;
    }
    if (!is_lifted(view, dir) && !list_in(watch, dir, &names)) {
        mention(why, "hooks, which holds too much or cannot be read");
        return;
    }
    for (size_t i = 0; i < names.n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, names.v[i]);
        AUTOFREE char *name = xasprintf("hooks/%s", names.v[i]);

        if (has_suffix(path, ".sample") || is_as_before(watch, ITEM_HOOK, path))
            continue;
        mention(why, name);
        strv_push(paths, path);
    }
}

static void judge_states(const struct view *view, const char *git,
                         struct strv *why)
{
    struct watch *watch = view->watch;
    AUTOFREE char *head = xasprintf("%s/HEAD", git);

    if (names_command(head) && !is_as_before(watch, ITEM_STATE, head))
        mention(why, "HEAD: a branch whose name a shell's prompt may run");
    for (const char *const *name = git_states; *name; name++) {
        AUTOFREE char *path = xasprintf("%s/%s", git, *name);
        AUTOSTRV struct strv entries = { 0 };
        struct stat st;
        bool there = stat_watched(watch, path, &st);

        if (there && S_ISDIR(st.st_mode))
            list_in(watch, path, &entries);
        /* git init makes an empty "branches", a merge an empty "MERGE_RR". */
        if (there && (S_ISDIR(st.st_mode) ? entries.n > 0 : st.st_size > 0) &&
            !is_as_before(watch, ITEM_STATE, path) && !is_lifted(view, path))
            mention(why, *name);
    }
}

/* Are objects of the repository with the configuration PATH named by SHA-256? */
static bool has_sha256(const struct watch *watch, const char *path)
{
    AUTOCONFIG struct gitconfig config = { 0 };
    size_t length;
    AUTOFREE char *text = read_watched(watch, path, &length);
    const char *format;

    if (text)
        gitconfig_parse(text, length, &config);
    format = gitconfig_get(&config, "extensions.objectformat");
    return format && strcasecmp(format, "sha256") == 0;
}

/* The content of the index PATH, the caller's, with its LENGTH: NULL where there
 * is none, and with something in WHY where it cannot be read. Its times do not
 * tell whether this run changed it: on some file systems a mapping does not
 * change them. */
static char *read_index(const struct watch *watch, const char *path,
                        size_t *length, struct strv *why)
{
    const char *within;
    const struct tree *tree = tree_of(watch, path, &within);
    AUTOCLOSE int fd = -1;
    char *text = NULL;
    struct stat st;

    /* A link is looked at as one. */
    if (!tree || stat_in(tree, within, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    if (st.st_size > MOST_INDEX || is_past(watch->deadline)) {
        mention(why, "too much to be read");
        return NULL;
    }
    fd = open_in(tree, within, O_RDONLY | O_NONBLOCK);
    text = fd < 0 ? NULL : read_up_to(fd, (size_t)st.st_size, length);
    if (!text)
        mention(why, "not readable");
    return text;
}

/* Adds to WHY what is wrong with the index of GIT, and with what a split one is
 * of. */
static void judge_index(const struct watch *watch, const char *git,
                        const char *config, struct strv *why)
{
    bool sha256 = has_sha256(watch, config);
    char *name = xstrdup("index");

    /* The part that is shared is none of a third. */
    for (int i = 0; i < 2 && name; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", git, name);
        AUTOFREE char *text = NULL, *problem = NULL;
        size_t length = 0;

        free(name);
        name = NULL;
        text = read_index(watch, path, &length, why);
        if (text)
            problem = index_problem((const unsigned char *)text, length, sha256,
                                    &name);
        if (problem)
            mention(why, problem);
    }
    free(name);
}

/* What was not there in a configuration, or a hook, put aside under a name that
 * git does not look at; what was there before is put back. */
static bool put_aside(struct watch *watch, enum item_kind kind,
                      const char *path)
{
    struct item *before = watched(watch, kind, path);
    const char *within, *name = strrchr(path, '/') + 1;
    const struct tree *tree = tree_of(watch, path, &within);
    AUTOFREE char *aside = xasprintf("%s.refused-%d", name, (int)getpid());

    /* A text that was not kept cannot be put back. */
    bool lost = before && kind != ITEM_HOOK && !before->text &&
                before->before.what == PRINT_FILE;

    return tree && !(before && before->kept) && !lost &&
           replace_in(tree, within, before ? before->text : NULL,
                      before ? before->length : 0,
                      before ? before->mode : 0, aside);
}

/* A look at one repository. */
struct look {
    struct strv config, worktree, hooks, states; /* what is wrong with each, */
    struct strv indexes;                         /* of these by what names */
    struct strv hook_paths;
};

static void free_look(struct look *look)
{
    strv_free(&look->config);
    strv_free(&look->worktree);
    strv_free(&look->hooks);
    strv_free(&look->states);
    strv_free(&look->indexes);
    strv_free(&look->hook_paths);
}

/* Puts aside what was LOOKed at and is wrong; true if all of it was. Hooks of a
 * repository that mounts protect, MOUNTS, are the user's own: the command had a
 * copy, or could not write them. */
static bool repair(struct watch *watch, const struct look *look,
                   const char *config, const char *of_worktree, bool mounts)
{
    bool done = !look->states.n && !look->indexes.n && !(mounts && look->hooks.n);

    if (look->config.n)
        done = put_aside(watch, ITEM_CONFIG, config) && done;
    if (look->worktree.n)
        done = put_aside(watch, ITEM_CONFIG, of_worktree) && done;
    /* What was there may not have been read. */
    for (size_t i = 0; !mounts && i < look->hook_paths.n; i++)
        done = !watch->cut &&
               put_aside(watch, ITEM_HOOK, look->hook_paths.v[i]) && done;
    return done && (!look->hooks.n || look->hook_paths.n);
}

static void report(const struct view *view, const char *git,
                   const struct look *look, bool known, bool repaired)
{
    const struct strv *lists[] = { &look->config, &look->worktree,
                                   &look->hooks };
    AUTOSTRV struct strv all = { 0 };
    AUTOFREE char *text = NULL, *states = enumerate(&look->states);

    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        for (size_t j = 0; j < lists[i]->n; j++)
            mention(&all, lists[i]->v[j]);
    text = enumerate(&all);
    if (all.n && repaired)
        warn("%s: git would have run or followed what is new there (%s): it was "
             "put aside, as *.refused-%d",
             shown(view, git), text, (int)getpid());
    else if (all.n)
        warn("%s %s, and git would run or follow it (%s): look at it before git "
             "is used there",
             shown(view, git), known ? "was changed" : "is new", text);
    if (look->states.n)
        warn("%s: something was begun or changed that git would go on with "
             "(%s): look at it before git is used there",
             shown(view, git), states);
    if (look->indexes.n) {
        AUTOFREE char *names = enumerate(&look->indexes);
        AUTOFREE char *index = xasprintf("%s/index", git);
        AUTOFREE char *word = shell_quote(shown(view, index));

        warn("%s names what git would write, read or remove there, or cannot "
             "be read (%s): rm %s, then git reset, before git is used there",
             shown(view, index), names, word);
    }
}

/* Does LINK, a commondir of the command's, lead out of what it may write, or
 * nowhere that is known? COMMON is where, or NULL. */
static bool leads_elsewhere(struct watch *watch, const char *link,
                            const char *common)
{
    struct stat st;

    return stat_watched(watch, link, &st) &&
           !(common && is_in_tree(watch, common)) &&
           !is_as_before(watch, ITEM_CONFIG, link);
}

/* Looks at GIT, which git takes for a repository or a part of one; false if that
 * would run or follow what the command made. NEWS counts those that are new. */
static bool judge(const struct view *view, const char *git, size_t *news)
{
    struct watch *watch = view->watch;
    AUTOFREE char *link = xasprintf("%s/commondir", git);
    AUTOFREE char *common = named_directory(watch, link, "");
    AUTOFREE char *config = xasprintf("%s/config", common ? common : git);
    AUTOFREE char *of_worktree = xasprintf("%s/config.worktree", git);
    struct look look = { 0 };
    AUTOFREE char *hooks = xasprintf("%s/hooks", git);
    bool known = is_known(watch, git), mounts, fine, repaired;

    if (leads_elsewhere(watch, link, common))
        mention(&look.config, "commondir, which leads elsewhere");
    judge_config(view, git, config, &look.config);
    judge_config(view, git, of_worktree, &look.worktree);
    judge_hooks(view, common ? common : git, &look.hooks, &look.hook_paths);
    judge_states(view, git, &look.states);
    judge_index(watch, git, config, &look.indexes);
    fine = !look.config.n && !look.worktree.n && !look.hooks.n &&
           !look.states.n && !look.indexes.n;
    /* A symlink is no mount point. */
    mounts = strv_has(&watch->own, git) && !watched(watch, ITEM_HOOK, hooks);
    repaired = !fine && known &&
               repair(watch, &look, config, of_worktree, mounts);
    if (!fine && (known || ++*news <= MOST_LINES))
        report(view, git, &look, known, repaired);
    free_look(&look);
    return fine || repaired;
}

/* ---- what leads to a repository ---- */

/* PATH is a ".git" that is no directory. BAD are the repositories that are not
 * to be led to. */
static void judge_link(const struct view *view, const char *path,
                       const struct strv *bad, size_t *news)
{
    struct watch *watch = view->watch;
    AUTOFREE char *named = named_directory(watch, path, "gitdir: ");
    AUTOFREE char *real = named ? xstrdup(named) : real_path(path);
    bool inside = real && is_in_tree(watch, real);

    if (is_as_before(watch, ITEM_LINK, path) || !real)
        return;
    if (inside && !strv_has_sorted(bad, real))
        return;
    if (watched(watch, ITEM_LINK, path) && put_aside(watch, ITEM_LINK, path))
        warn("%s was turned to %s: it was put back", shown(view, path), real);
    else if (++*news <= MOST_LINES)
        warn("%s is new and leads git to %s: look at it before git is used "
             "there",
             shown(view, path), real);
}

static void mention_hook(struct watch *watch, const char *dir, const char *name,
                         struct strv *changed)
{
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);
    struct stat st;

    if (stat_watched(watch, path, &st) && !is_as_before(watch, ITEM_HOOK, path))
        mention(changed, path);
}

/* A hooks path in the work tree, and what its stubs run. */
static void judge_hook_dir(struct watch *watch, const char *dir,
                           struct strv *changed)
{
    AUTOFREE char *above = parent_of(dir);
    AUTOSTRV struct strv names = { 0 };

    if (!list_in(watch, dir, &names))
        mention(changed, dir);
    for (size_t i = 0; i < names.n; i++)
        mention_hook(watch, dir, names.v[i], changed);
    for (const char *const *name = hook_names; *name; name++)
        mention_hook(watch, above, *name, changed);
}

/* As git itself looks at it (setup.c): a HEAD, objects, refs. */
static bool is_whole(const char *git)
{
    AUTOFREE char *head = xasprintf("%s/HEAD", git);
    AUTOFREE char *objects = xasprintf("%s/objects", git);
    AUTOFREE char *refs = xasprintf("%s/refs", git);
    AUTOFREE char *text = read_small_file(head);

    return text && exists(objects) && exists(refs) &&
           (has_prefix(text, "ref: refs/") ||
            strspn(text, "0123456789abcdef") >= 40);
}

static void look_at_own(const struct view *view, const char *git)
{
    AUTOFREE char *commondir = xasprintf("%s/commondir", git);
    struct stat st;

    /* No mount can keep away what is not there, and nothing but a linked
     * work tree has it. */
    if (stat_watched(view->watch, commondir, &st) &&
        !watched(view->watch, ITEM_PROTECTED, commondir))
        warn("%s, which the command made, %s: it would have led git to another "
             "configuration",
             shown(view, commondir),
             put_aside(view->watch, ITEM_CONFIG, commondir)
                 ? "was put aside"
                 : "could not be put aside, take it away before git is used");
    if (!is_whole(git))
        warn("%s is no repository any more: git would take the next "
             "directory upwards that looks like one: repair it before git "
             "is used there",
             shown(view, git));
}

/* ---- all the rest ---- */

/* Opens the directory NAME of PARENT, of which the command may have taken away
 * what lets it be emptied; -1 for none. */
static int open_to_empty(int parent, const char *name)
{
    int fd = openat(parent, name,
                    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    AUTOFREE char *self = xasprintf("/proc/self/fd/%d", fd);

    if (fd >= 0)
        (void)!chmod(self, 0700);
    return fd;
}

/* What lies too deep is moved up to TOP. */
static void empty(int top, int fd, int depth)
{
    AUTOFREE char *self = xasprintf("/proc/self/fd/%d", fd);
    AUTODIR DIR *dir = opendir(self);
    struct dirent *entry;

    while (dir && (entry = next_entry(dir))) {
        AUTOFREE char *up = xasprintf(".up-%ju", (uintmax_t)entry->d_ino);
        AUTOCLOSE int inner = -1;

        if (unlinkat(fd, entry->d_name, 0) == 0)
            continue;
        inner = open_to_empty(fd, entry->d_name);
        if (inner >= 0 && depth < 100)
            empty(top, inner, depth + 1);
        if (unlinkat(fd, entry->d_name, AT_REMOVEDIR) < 0 && depth)
            (void)!renameat(fd, entry->d_name, top, up);
    }
}

void remove_all(int parent, const char *name)
{
    AUTOCLOSE int fd = open_to_empty(parent, name);

    for (int i = 0; i < 1000 && fd >= 0 &&
                    unlinkat(parent, name, AT_REMOVEDIR) < 0; i++)
        empty(fd, fd, 0);
}

/* The hooks that the command wrote are gone with their copy. */
static void look_at_copy(const struct view *view, const struct copy *copy)
{
    struct watch *watch = view->watch;
    AUTOSTRV struct strv names = { 0 }, lost = { 0 };
    struct tree tree;

    if (!tree_open(&tree, copy->at))
        return;
    list_names(&tree, ".", &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTOFREE char *of = xasprintf("%s/%s", copy->of, names.v[i]);
        struct item *item = watched(watch, ITEM_HOOK, of);

        if (!has_suffix(names.v[i], ".sample") &&
            !(item && same_print(item->before,
                                 print_of(&tree, names.v[i], &watch->key))))
            strv_push(&lost, names.v[i]);
    }
    if (lost.n) {
        AUTOFREE char *text = enumerate(&lost);
        const char *dir = shown(view, copy->of);
        AUTOFREE char *option = remedy(view->policy, "--rw", dir);

        warn("%s: what the command wrote there was thrown away with the run "
             "(%s): %s keeps it",
             dir, text, option);
    }
    tree_close(&tree);
    remove_all(AT_FDCWD, copy->at);
}

/* What mounts protected, and nothing was said of yet. */
static void compare_protected(const struct view *view)
{
    struct watch *watch = view->watch;

    for (size_t i = 0; i < watch->count; i++) {
        const struct item *item = &watch->items[i];
        struct item *config = watched(watch, ITEM_CONFIG, item->path);

        /* What changed in a configuration that git uses was judged. */
        if (item->kind == ITEM_PROTECTED && !(config && config->seen) &&
            !is_as_before(watch, ITEM_PROTECTED, item->path))
            warn("%s is not what it was before the run, though it was "
                 "protected: if that was not you, look at it",
                 shown(view, item->path));
    }
}

/* A configuration that is no repository's own: what was included. */
static void judge_include(const struct view *view, const struct item *item)
{
    struct watch *watch = view->watch;
    bool there = item->before.what != PRINT_NONE;
    AUTOSTRV struct strv why = { 0 };
    AUTOFREE char *text = NULL;

    judge_config(view, item->path, item->path, &why);
    text = enumerate(&why);
    if (why.n && put_aside(watch, ITEM_CONFIG, item->path))
        warn("%s, which git's configuration includes, was %s, and git would have "
             "run or followed it (%s): it was put aside, as *.refused-%d",
             shown(view, item->path), there ? "changed" : "made", text,
             (int)getpid());
    else if (why.n)
        warn("%s, which git's configuration includes, was changed, and git "
             "would run or follow it (%s): look at it before git is used",
             shown(view, item->path), text);
}

static void compare_includes(const struct view *view)
{
    struct watch *watch = view->watch;
    size_t changed = 0;

    for (size_t i = 0; i < watch->count; i++) {
        const struct item *item = &watch->items[i];

        if (item->kind != ITEM_CONFIG || item->seen ||
            is_as_before(watch, ITEM_CONFIG, item->path))
            continue;
        if (changed++ >= MOST_LINES || is_past(watch->deadline)) {
            warn("%s and others, which git's configuration includes, were changed, "
                 "too many to be looked at: do not use git there",
                 shown(view, item->path));
            return;
        }
        judge_include(view, item);
    }
}

/* What is included is protected while git does not track it: by the index, which
 * the command may write. */
static void point_out_tracked(const struct view *view)
{
    struct watch *watch = view->watch;

    for (size_t i = 0; i < watch->count; i++) {
        const char *path = watch->items[i].path;

        if (watch->items[i].kind != ITEM_CONFIG || is_git_part(path) ||
            !watched(watch, ITEM_PROTECTED, path))
            continue;
        for (size_t j = 0; j < watch->own.n; j++)
            if (is_tracked(watch, watch->own.v[j], path))
                warn("%s, which git's configuration includes, counts as tracked "
                     "now, so that the next run could write it: look at what is "
                     "staged",
                     shown(view, path));
    }
}

/* Is the file PATH gone from where it was looked for, and not with the directory
 * that holds it, or the directory of a dot that it lies in? */
static bool was_removed(const struct watch *watch, const struct item *item)
{
    AUTOFREE char *dir = parent_of(item->path);
    struct stat st;

    if (item->seen || item->before.what == PRINT_NONE ||
        stat_watched(watch, item->path, &st))
        return false;
    while (strrchr(dir, '/')[1] == '.')
        go_up(dir);
    return stat_watched(watch, dir, &st);
}

/* What is run as hooks in the work trees of FOUND that are new. */
static void judge_new_hook_dirs(struct watch *watch,
                                const struct findings *found,
                                struct deadline deadline,
                                struct strv *changed)
{
    for (size_t i = 0; i < found->count && !is_past(deadline); i++)
        for (size_t j = 0; j < watch->relative_hooks.n &&
                           found->list[i].what == FIND_GIT;
             j++) {
            AUTOFREE char *named = absolute_path(watch->relative_hooks.v[j],
                                                 found->list[i].path);
            AUTOFREE char *dir = real_place(named);

            if (dir && dir_exists(dir) && !strv_has(&watch->hook_dirs, dir))
                judge_hook_dir(watch, dir, changed);
            if (is_past(deadline))
                mention(changed, named);
        }
}

static void tell_autoruns(const struct view *view, const struct strv *paths,
                          const char *what)
{
    AUTOSTRV struct strv names = { 0 };
    AUTOFREE char *text = NULL;

    for (size_t i = 0; i < paths->n; i++)
        mention(&names, shown(view, paths->v[i]));
    text = enumerate(&names);
    if (names.n)
        warn("%s: %s: look at them before you go on there", what, text);
}

/* Adds to CHANGED which of LIST are not as before. */
static void mention_changed(struct watch *watch, const struct strv *list,
                            struct deadline deadline, struct strv *changed)
{
    for (size_t i = 0; i < list->n; i++)
        if (is_past(deadline) ||
            !is_as_before(watch, ITEM_AUTORUN, list->v[i]))
            mention(changed, list->v[i]);
}

/* One line for all that runs by itself, one for what a text names that does, one
 * for what no longer does. */
static void compare_autoruns(const struct view *view,
                             const struct findings *found)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    struct watch *watch = view->watch;
    AUTOSTRV struct strv changed = { 0 }, others = { 0 }, named = { 0 };
    AUTOSTRV struct strv removed = { 0 };

    /* What there is no time to read counts as changed. */
    for (size_t i = 0; i < watch->hook_dirs.n; i++)
        if (is_past(deadline))
            mention(&changed, watch->hook_dirs.v[i]);
        else
            judge_hook_dir(watch, watch->hook_dirs.v[i], &changed);
    judge_new_hook_dirs(watch, found, deadline, &changed);
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].what == FIND_AUTORUN &&
            (is_past(deadline) ||
             !is_as_before(watch, ITEM_AUTORUN, found->list[i].path)))
            mention(&changed, found->list[i].path);
    mention_changed(watch, &watch->targets, deadline, &changed);
    compare_leads(watch, &changed);
    mention_changed(watch, &watch->named, deadline, &others);
    for (size_t i = 0; i < others.n; i++)
        if (!strv_has(&changed, others.v[i]))
            mention(&named, others.v[i]);
    for (size_t i = 0; i < watch->count; i++)
        if (watch->items[i].kind == ITEM_AUTORUN &&
            was_removed(watch, &watch->items[i]))
            mention(&removed, watch->items[i].path);
    tell_autoruns(view, &changed,
                  "made or changed, and run by other programs by themselves");
    tell_autoruns(view, &named,
                  "made or changed, and named in hooks or settings by which "
                  "others run programs");
    tell_autoruns(view, &removed,
                  "removed, and other programs took orders from them");
}

/* Symlinks in a repository: git writes COMMIT_EDITMSG, logs and others through
 * them, wherever they lead. Its own commands make none. Those that lead hooks
 * elsewhere are looked at with the hooks. */
static void judge_links(const struct view *view, const struct findings *found)
{
    struct watch *watch = view->watch;
    AUTOSTRV struct strv removed = { 0 }, left = { 0 };
    AUTOFREE char *text = NULL, *others = NULL;

    for (size_t i = 0; i < found->count; i++) {
        const char *path = found->list[i].path, *within;
        const struct tree *tree = tree_of(watch, path, &within);
        struct stat st;

        if (found->list[i].what != FIND_LINK || has_suffix(path, "/hooks") ||
            is_as_before(watch, ITEM_STATE, path))
            continue;
        /* What was there before may lie in a repository that was made around
         * it. */
        if (!watch->cut && !watched(watch, ITEM_STATE, path) && tree &&
            stat_in(tree, within, &st) == 0 &&
            !is_before(&st.st_ctim, &watch->start) &&
            remove_link_in(tree, within))
            mention(&removed, shown(view, path));
        else
            mention(&left, shown(view, path));
    }
    text = enumerate(&removed);
    others = enumerate(&left);
    if (removed.n)
        warn("%s: symlinks that the command made, through which git would have "
             "written: removed",
             text);
    if (left.n)
        warn("%s: git would write through a symlink that is another one now, or "
             "was in no repository: look at it before git is used there",
             others);
}

/* What was there before may be put back, and comes first. */
enum age { OWN, KNOWN, NEW };

static enum age age_of(struct watch *watch, const char *git)
{
    return strv_has(&watch->own, git)              ? OWN
           : is_known(watch, git) ? KNOWN
                                  : NEW;
}

/* The repositories, of which the BAD are not to be led to. Returns the first that
 * there was no time for, or NULL. */
static const char *judge_repositories(const struct view *view,
                                      const struct findings *found,
                                      struct deadline deadline,
                                      struct strv *bad, size_t *news)
{
    const char *cut = NULL;

    for (enum age age = OWN; age <= NEW; age++)
        for (size_t i = 0; i < found->count && !cut; i++) {
            const char *git = found->list[i].path;

            if (found->list[i].what != FIND_BARE ||
                age_of(view->watch, git) != age)
                continue;
            if (is_past(deadline))
                cut = git;
            else if (!judge(view, git, news))
                strv_push(bad, git);
        }
    strv_sort(bad);
    return cut;
}

/* What leads to repositories; returns as judge_repositories(). */
static const char *judge_gitlinks(const struct view *view,
                                  const struct findings *found,
                                  struct deadline deadline,
                                  const struct strv *bad, size_t *news)
{
    for (size_t i = 0; i < found->count; i++) {
        AUTOFREE char *git = xasprintf("%s/.git", found->list[i].path);
        struct stat st;

        if (found->list[i].what != FIND_GIT ||
            !stat_watched(view->watch, git, &st) || S_ISDIR(st.st_mode))
            continue;
        if (is_past(deadline))
            return found->list[i].path;
        judge_link(view, git, bad, news);
    }
    return NULL;
}

static void judge_findings(const struct view *view,
                           const struct findings *found)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    AUTOSTRV struct strv bad = { 0 };
    size_t news = 0;
    const char *cut;

    cut = judge_repositories(view, found, deadline, &bad, &news);
    if (!cut)
        cut = judge_gitlinks(view, found, deadline, &bad, &news);
    if (cut)
        warn("%s and others are repositories, or lead to some, too many to be "
             "looked at: do not use git there",
             shown(view, cut));
    if (news > MOST_LINES)
        warn("%zu more repositories or links to some are new, and git would run "
             "or follow what is there: look at all that is new before git is "
             "used there",
             news - MOST_LINES);
}

void check_after_run(const struct view *view)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    struct watch *watch = view->watch;
    struct findings found = { 0 };
    AUTOFREE char *cut = NULL;

    if (!watch)
        return;
    judge_doubtful(watch);
    watch->deadline = search_deadline(2 * SEARCH_TIME);
    for (size_t i = 0; i < watch->copy_count; i++)
        look_at_copy(view, &watch->copies[i]);
    for (size_t i = 0; i < watch->own.n; i++)
        look_at_own(view, watch->own.v[i]);
    for (size_t i = 0; i < watch->granted; i++)
        search(&watch->trees[i], FIND_BOMBS, deadline, &found);
    cut = found.cut ? legible(shown(view, found.cut)) : NULL;
    if (cut)
        warn("%s: not all of what the command may have written could be "
             "searched for what git would run: look there before git is used",
             cut);
    judge_findings(view, &found);
    judge_links(view, &found);
    compare_includes(view);
    point_out_tracked(view);
    compare_protected(view);
    compare_autoruns(view, &found);
    findings_free(&found);
}
