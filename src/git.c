/*
 * git.c - what git would run later out of a directory that is granted
 * read-write: hooks and configuration, and what leads to them, of the
 * repositories that are in it at the start. gitrepository-layout(5),
 * git-config(1), githooks(5).
 *
 * Mounts protect the repositories that the grants are the work trees of. Others
 * in them, as in build/_deps, may be removed by honest work, which a mount would
 * make fail: what is in these is compared afterwards (gitafter.c).
 */
#include "git.h"

#include "confine.h"
#include "gitconfig.h"
#include "installation.h"
#include "lead.h"
#include "path.h"
#include "persist.h"
#include "watch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
    MOST_MODULES = 100, /* submodules that are protected by mounts */
    MOST_INCLUDES = 50,
    MOST_HOOKS = 64, /* files of a hooks directory that is copied, */
    MOST_BYTES = 1 << 22, /* and the size of all that are copied */
    MOST_INDEX = 1 << 26, /* bytes: that of half a million files */
};

static const char later[] = "what git would run later";
static const char where[] = "where git would look later";

const char *const git_states[] = {
    "rebase-merge", "rebase-apply",     "sequencer",   "BISECT_LOG",
    "BISECT_START", "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_RR",
    "remotes",      "branches",         NULL
};

const char *const hook_names[] = {
    "applypatch-msg", "pre-applypatch", "post-applypatch", "pre-commit",
    "pre-merge-commit", "prepare-commit-msg", "commit-msg", "post-commit",
    "pre-rebase", "post-checkout", "post-merge", "pre-push", "pre-receive",
    "update", "proc-receive", "post-receive", "post-update",
    "reference-transaction", "push-to-checkout", "pre-auto-gc", "post-rewrite",
    "sendemail-validate", "fsmonitor-watchman", "p4-changelist",
    "p4-prepare-changelist", "p4-post-changelist", "p4-pre-submit",
    "post-index-change", NULL
};

bool is_git_part(const char *path)
{
    return has_suffix(path, "/.git") || strstr(path, "/.git/");
}

bool is_lifted(const struct view *view, const char *path)
{
    for (size_t i = 0; view->rule_paths && i < view->policy->path_count; i++) {
        const struct rule_path *rule = &view->rule_paths[i];

        if (view->policy->paths[i].access == ACCESS_RW &&
            (streq(rule->path, path) || streq(rule->real, path) ||
             (is_git_part(rule->real) && path_below(path, rule->real))))
            return true;
    }
    return false;
}

/* Dies if a symlink that the command could replace stands in PATH. */
static void refuse_links(const struct view *view, const char *path)
{
    for (size_t length = 0; path[length];) {
        AUTOFREE char *part = next_part(path, &length);
        AUTOFREE char *place = parent_of(part);
        struct stat st;

        if (is_writable_inside(view, place) && lstat(part, &st) == 0 &&
            S_ISLNK(st.st_mode) && !is_lifted(view, part))
            die("%s is a symlink, which the command could replace: make it "
                "what it leads to, or grant it with --rw",
                part);
    }
}

/* By a second link the command would write what is mounted read-only: the file
 * becomes one of its own. */
static void make_single(const struct view *view, const char *path)
{
    const char *within;
    const struct tree *tree = tree_of(view->watch, path, &within);
    size_t length;
    AUTOFREE char *text = NULL;
    struct stat st;

    if (!tree || stat_in(tree, within, &st) < 0 || !S_ISREG(st.st_mode) ||
        st.st_nlink < 2 || is_dry_run(view))
        return;
    text = read_in(tree, within, &length);
    if (text && replace_in(tree, within, text, length, st.st_mode & 0777, NULL))
        return;
    warn("%s has a second name, by which the command could write it, and cannot "
         "be made a file of its own (%s): look at %s.lock",
         path, strerror(errno), path);
}

/* PATH read-only, if the command could write it. */
static void protect(struct view *view, const char *path, const char *reason)
{
    if (!is_writable_inside(view, path) || is_lifted(view, path) ||
        !can_be_mounted(path))
        return;
    refuse_links(view, path);
    if (!exists(path))
        return;
    make_single(view, path);
    add_mount(view, MOUNT_RO, path, path, NULL, reason);
}

/* What is not there could be made: it must be, to be protected. Where this
 * cannot write, neither can the command. */
static void make_missing(const struct view *view, const char *path,
                         bool dir)
{
    const char *within;
    const struct tree *tree = tree_of(view->watch, path, &within);

    if (tree && !is_dry_run(view) && is_writable_inside(view, path) &&
        !is_lifted(view, path))
        (void)make_in(tree, within, dir, 0755);
}

/* ---- hooks ---- */

/* DIR is a repository's own, so that all in it may be a hook, or is called by
 * one; but for what git itself puts there. */
static void watch_own_hooks(struct watch *watch, const char *dir, bool kept)
{
    AUTOFREE char *git = parent_of(dir);
    AUTOFREE char *work_tree = parent_of(git);
    AUTOSTRV struct strv names = { 0 };

    list_entries(watch, dir, &names);
    for (size_t i = 0; i < names.n; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, names.v[i]);
        struct item *item = has_suffix(path, ".sample")
                                ? NULL
                                : watch_path(watch, ITEM_HOOK, path);
        struct stat st;

        if (!item)
            continue;
        item->kept = kept;
        if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
            watch_target(watch, path);
        else
            watch_file_names(watch, path, work_tree);
    }
}

/* A run that goes on in the same tree may turn any directory of FROM into a
 * symlink. */
static bool copy_file(struct watch *watch, const char *from, const char *to)
{
    const char *within;
    const struct tree *tree = tree_of(watch, from, &within);
    AUTOCLOSE int in = tree ? open_in(tree, within, O_RDONLY | O_NONBLOCK) : -1;
    AUTOCLOSE int out = -1;
    struct stat st;
    bool done = in >= 0 && fstat(in, &st) == 0 && S_ISREG(st.st_mode) &&
                st.st_size <= MOST_BYTES - watch->copied;

    if (done) {
        out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                   st.st_mode & 0777);
        watch->copied += st.st_size;
        /* Not copy_file_range(2), which takes two files of one kind of file
         * system alone. */
        while (out >= 0 && sendfile(out, in, NULL, MOST_BYTES) > 0)
            ;
        done = out >= 0 && lseek(out, 0, SEEK_CUR) == st.st_size;
    }
    return done;
}

/* The files of DIR in the directory COPY, which is made; false where that is not
 * cheap, or it holds more than files. */
static bool copy_files(struct watch *watch, const char *dir, const char *copy)
{
    AUTOSTRV struct strv names = { 0 };
    off_t before = watch->copied;
    bool done = mkdir(copy, 0700) == 0;

    list_entries(watch, dir, &names);
    for (size_t i = 0; i < names.n && done; i++) {
        AUTOFREE char *from = xasprintf("%s/%s", dir, names.v[i]);
        AUTOFREE char *to = xasprintf("%s/%s", copy, names.v[i]);

        done = has_suffix(from, ".sample") ||
               (i < MOST_HOOKS && copy_file(watch, from, to));
    }
    if (!done)
        watch->copied = before;
    return done;
}

/* A playpen that was refused or killed leaves its copies, named by its process,
 * behind: the next one takes them away. */
static void sweep_copies(const char *path)
{
    AUTODIR DIR *dir = opendir(path);
    struct dirent *entry;

    while (dir && (entry = readdir(dir))) {
        const char *number = entry->d_name + strlen("hooks-");

        if (has_prefix(entry->d_name, "hooks-") &&
            kill((pid_t)strtol(number, NULL, 10), 0) < 0 && errno == ESRCH)
            remove_all(dirfd(dir), entry->d_name);
    }
}

/* The command gets a copy of the hooks, which may be written: what installs
 * hooks works, and they are gone with the run. */
static bool mount_copy(struct view *view, const char *hooks,
                       const char *runtime_dir)
{
    struct watch *watch = view->watch;
    AUTOFREE char *dir = NULL;
    struct statvfs fs;
    char *copy;

    if (!runtime_dir || is_dry_run(view) || !can_be_mounted(hooks) ||
        statvfs(runtime_dir, &fs) < 0 || (fs.f_flag & ST_NOEXEC))
        return false;
    dir = xasprintf("%s/playpen", runtime_dir);
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return false;
    if (!watch->copy_count)
        sweep_copies(dir);
    copy = xasprintf("%s/hooks-%d-%zu", dir, (int)getpid(), watch->copy_count);
    if (!copy_files(watch, hooks, copy)) {
        remove_all(AT_FDCWD, copy);
        free(copy);
        return false;
    }
    watch->copies =
        grow(watch->copies, watch->copy_count, sizeof(*watch->copies));
    watch->copies[watch->copy_count++] = (struct copy){ xstrdup(hooks), copy };
    add_mount(view, MOUNT_RW, copy, hooks, NULL,
              "hooks: a copy that is thrown away");
    return true;
}

static void protect_hooks(struct view *view, const char *git,
                          const char *runtime_dir)
{
    AUTOFREE char *hooks = xasprintf("%s/hooks", git);
    AUTOSTRV struct strv names = { 0 };
    struct stat st;

    if (is_lifted(view, hooks))
        return;
    make_missing(view, hooks, true);
    if (lstat(hooks, &st) == 0 && S_ISLNK(st.st_mode)) {
        watch_path(view->watch, ITEM_HOOK, hooks);
        watch_hook_dir(view->watch, hooks);
        return;
    }
    list_entries(view->watch, hooks, &names);
    for (size_t i = 0; i < names.n && i < MOST_HOOKS; i++) {
        AUTOFREE char *path = xasprintf("%s/%s", hooks, names.v[i]);

        make_single(view, path);
    }
    watch_own_hooks(view->watch, hooks, true);
    if (is_writable_inside(view, hooks) &&
        !mount_copy(view, hooks, runtime_dir)) {
        AUTOFREE char *option = remedy(view->policy, "--rw", shown(view, hooks));

        protect(view, hooks, later);
        if (!is_dry_run(view))
            note("%s is read-only inside, for it is no few small files that "
                 "could be copied: %s lifts that",
                 shown(view, hooks), option);
    }
}

/* ---- configuration ---- */

bool is_tracked(const struct watch *watch, const char *git, const char *path)
{
    AUTOFREE char *index = xasprintf("%s/index", git);
    AUTOFREE char *tree = parent_of(git);
    const char *within, *name = path + strlen(tree) + 1;
    const struct tree *in = tree_of(watch, index, &within);
    AUTOCLOSE int fd = in && path_below(path, tree)
                           ? open_in(in, within, O_RDONLY | O_NONBLOCK)
                           : -1;
    AUTOFREE char *text = NULL;
    struct stat st;
    size_t n;

    if (fd < 0 || fstat(fd, &st) < 0)
        return false;
    if (st.st_size > MOST_INDEX)
        return true;
    /* Not mmap(2): another run may make it shorter meanwhile. */
    text = read_up_to(fd, (size_t)st.st_size, &n);
    return text && n > 12 &&
           (text[7] > 3 || memmem(text, n, name, strlen(name) + 1) ||
            memmem(text, n, "link", 4));
}

/* What is protected of a repository, and how. */
struct repository {
    struct view *view;
    const char *git;       /* NULL for none */
    const char *work_tree; /* to which a hooks path is relative; or NULL */
    bool mounts;           /* or it is only watched */
};

/* A file of git's settings: read-only, unless it is one of the project's own. */
static struct item *take_config(const struct repository *repository,
                                const char *path)
{
    struct view *view = repository->view;
    bool part = is_git_part(path) ||
                (repository->git && path_below(path, repository->git));
    bool tracked = repository->git && !part &&
                   is_tracked(view->watch, repository->git, path);
    struct stat st;
    struct item *item;

    if (repository->mounts && !tracked && stat(path, &st) == 0 &&
        S_ISREG(st.st_mode))
        protect(view, path, later);
    item = item_of(view->watch, ITEM_CONFIG, path);
    if (item) /* that another repository includes as well */
        return item;
    item = watch_path(view->watch, ITEM_CONFIG, path);
    if (item) /* what was not there may be put aside */
        item->kept = tracked ||
                     (repository->mounts && item->before.what != PRINT_NONE);
    return item;
}

/* core.hooksPath is DIR, from whatever work tree git is called in if that is
 * relative. */
static void follow_hooks_path(const struct repository *repository,
                              const char *dir)
{
    struct watch *watch = repository->view->watch;

    if (repository->work_tree || *dir == '/' || *dir == '~') {
        AUTOFREE char *path = absolute_path(
            dir, repository->work_tree ? repository->work_tree : "/");

        if (path)
            watch_hook_dir(watch, path);
    }
    if (*dir == '/' || *dir == '~' || strv_has(&watch->relative_hooks, dir))
        return;
    if (watch->relative_hooks.n < MOST_INCLUDES)
        strv_push(&watch->relative_hooks, dir);
    else
        watch->cut = true;
}

/* Directories of git's own form, from which it makes new repositories. */
static void follow_template(struct watch *watch, const char *dir)
{
    AUTOFREE char *path = absolute_path(dir, "/");
    AUTOFREE char *hooks = path ? xasprintf("%s/hooks", path) : NULL;
    AUTOFREE char *config = path ? xasprintf("%s/config", path) : NULL;

    if (!path)
        return;
    watch_hook_dir(watch, hooks);
    watch_hook_dir(watch, path);
    watch_target(watch, config);
}

/* What a configuration leads to is watched, and what it includes is added to
 * CONFIGS. DIR is its own directory. */
static void follow_config(const struct repository *repository,
                          const struct gitconfig *config, const char *dir,
                          struct strv *configs)
{
    struct watch *watch = repository->view->watch;

    for (size_t i = 0; i < config->count && !is_past(watch->deadline);
         i++) {
        const struct setting *setting = &config->list[i];
        const char *name = setting->name, *value = setting->value;
        bool include = is_include(setting);
        AUTOFREE char *path = NULL, *real = NULL;

        if (!value || !*value)
            continue;
        if (include || streq(name, "core.worktree"))
            path = absolute_path(value, dir);
        real = path ? real_place(path) : NULL;
        if (path)
            watch_lead(watch, path);
        if (streq(name, "core.hookspath"))
            follow_hooks_path(repository, value);
        else if (streq(name, "init.templatedir"))
            follow_template(watch, value);
        else if (include && configs->n >= MOST_INCLUDES)
            watch->cut = true;
        else if (include && real && !strv_has(configs, real))
            strv_push(configs, real);
        else if (!path && !is_harmless(setting))
            watch_names(watch, value, repository->work_tree);
    }
}

static void protect_config(const struct repository *repository,
                           const char *path)
{
    struct watch *watch = repository->view->watch;
    AUTOSTRV struct strv configs = { 0 };

    strv_push(&configs, path);
    for (size_t i = 0; i < configs.n; i++) {
        AUTOFREE char *dir = parent_of(configs.v[i]);
        const char *file = configs.v[i];
        AUTOCONFIG struct gitconfig config = { 0 };
        struct item *item;

        if (is_in_tree(watch, file)) {
            item = take_config(repository, file);
            if (item && item->text)
                gitconfig_parse(item->text, item->length, &config);
        } else { /* the user's or the system's own */
            AUTOFREE char *text = read_small_file(file);

            if (text)
                gitconfig_parse(text, strlen(text), &config);
        }
        follow_config(repository, &config, dir, &configs);
    }
}

/* Variables that name a program, or a file that one takes orders from: by such a
 * name, KUBECONFIG as well as STARSHIP_CONFIG. */
static void follow_commands(struct watch *watch)
{
    static const char *const globs[] = {
        "*ASKPASS", "*BROWSER", "*COMMAND", "*CONF",   "*CONFIG",
        "*CONFIG_FILE",         "*EDITOR",  "*INIT",   "*OPT",
        "*OPTIONS", "*OPTS",    "*PAGER",   "*PRELOAD", "*RC",
        "*STARTUP", "BASH_ENV", "ENV",      "GIT_CONFIG_PARAMETERS",
        "GIT_EXTERNAL_DIFF",    "GIT_SSH",  "LESS*",   "MAKEFILES",
        "RIPGREP_CONFIG_PATH",  "VISUAL"
    };

    for (char **entry = environ; *entry; entry++) {
        const char *value = *entry + strcspn(*entry, "=");
        AUTOFREE char *name = xstrndup(*entry, (size_t)(value - *entry));

        /* A word alone is a program on PATH. */
        for (size_t i = 0; i < ARRAY_LEN(globs) && strchr(value, '/'); i++)
            if (fnmatch(globs[i], name, FNM_CASEFOLD) == 0) {
                watch_names(watch, value, NULL);
                break;
            }
    }
}

/* GIT_CONFIG_KEY_0 and its kin: git(1) */
static void follow_variables(const struct repository *repository)
{
    const char *count = getenv("GIT_CONFIG_COUNT");
    const char *template = getenv("GIT_TEMPLATE_DIR");
    const char *directory = repository->view->policy->directory;
    struct watch *watch = repository->view->watch;
    AUTOSTRV struct strv configs = { 0 };

    for (long i = 0; count && i < strtol(count, NULL, 10) && i < MOST_INCLUDES;
         i++) {
        AUTOFREE char *key = xasprintf("GIT_CONFIG_KEY_%ld", i);
        AUTOFREE char *value = xasprintf("GIT_CONFIG_VALUE_%ld", i);
        const char *name = getenv(key), *set = getenv(value);
        AUTOFREE char *text =
            name && set && strchr(name, '.')
                ? xasprintf("[%.*s]\n%s = %s\n", (int)strcspn(name, "."), name,
                            strrchr(name, '.') + 1, set)
                : xstrdup("");
        AUTOCONFIG struct gitconfig config = { 0 };

        gitconfig_parse(text, strlen(text), &config);
        follow_config(repository, &config, directory, &configs);
    }
    for (size_t i = 0; i < configs.n; i++)
        protect_config(repository, configs.v[i]);
    if (template)
        follow_template(watch, template);
    follow_commands(watch);
}

/* Those that hold for every repository: the system's and the user's, wherever a
 * variable says that they are. */
static void protect_global_config(const struct repository *repository)
{
    const char *home = home_directory(), *xdg = getenv("XDG_CONFIG_HOME");
    const char *global = getenv("GIT_CONFIG_GLOBAL");
    const char *system = getenv("GIT_CONFIG_SYSTEM");
    char *files[] = {
        xstrdup(system ? system : "/etc/gitconfig"),
        xstrdup(global ? global : ""),
        xasprintf("%s/.gitconfig", home),
        xdg && *xdg == '/' ? xasprintf("%s/git/config", xdg)
                           : xasprintf("%s/.config/git/config", home),
    };

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTOFREE char *real = *files[i] ? real_path(files[i]) : NULL;

        if (real)
            protect_config(repository, real);
        free(files[i]);
    }
}

/* ---- repositories ---- */

char *named_directory(const struct watch *watch, const char *path,
                      const char *prefix)
{
    size_t length = 0;
    bool ours = is_in_tree(watch, path);
    AUTOFREE char *text =
        ours ? read_watched(watch, path, &length) : read_small_file(path);
    AUTOFREE char *dir = parent_of(path);
    AUTOFREE char *named = NULL;
    const char *value;

    if (text && !ours)
        length = strlen(text);
    if (!text || !has_prefix(text, prefix))
        return NULL;
    /* As git does: before a NUL they belong to the name. */
    while (length && (text[length - 1] == '\r' || text[length - 1] == '\n'))
        text[--length] = '\0';
    value = text + strlen(prefix);
    named = *value == '/' ? xstrdup(value) : xasprintf("%s/%s", dir, value);
    return real_path(named);
}

static bool is_repository(const char *dir)
{
    AUTOFREE char *config = xasprintf("%s/config", dir);
    AUTOFREE char *objects = xasprintf("%s/objects", dir);

    return exists(config) && exists(objects);
}

bool names_command(const char *head)
{
    AUTOFREE char *text = read_small_file(head);

    return text && strpbrk(text, "$`");
}

/* What of the repository GIT is looked at again afterwards. */
static void watch_states(struct watch *watch, const char *git)
{
    AUTOFREE char *head = xasprintf("%s/HEAD", git);

    if (names_command(head))
        watch_path(watch, ITEM_STATE, head);
    for (const char *const *name = git_states; *name; name++) {
        AUTOFREE char *path = xasprintf("%s/%s", git, *name);

        if (exists(path))
            watch_path(watch, ITEM_STATE, path);
    }
}

/* A repository whose configuration and hooks are compared afterwards. */
static void watch_repository(struct view *view, const char *git)
{
    AUTOFREE char *config = xasprintf("%s/config", git);
    AUTOFREE char *of_worktree = xasprintf("%s/config.worktree", git);
    AUTOFREE char *hooks = xasprintf("%s/hooks", git);
    AUTOFREE char *work_tree = parent_of(git);
    struct repository repository = { .view = view,
                                     .git = git,
                                     .work_tree = work_tree };

    if (!may_be_written(view, git))
        return;
    watch_path(view->watch, ITEM_KNOWN, git);
    protect_config(&repository, config);
    protect_config(&repository, of_worktree);
    watch_own_hooks(view->watch, hooks, false);
    watch_states(view->watch, git);
}

/* Does git read a config.worktree in DIR, GIT/worktrees/NAME? */
static bool has_worktree_config(const char *dir)
{
    AUTOFREE char *config = xasprintf("%s/../../config", dir);
    AUTOFREE char *text = read_small_file(config);

    return text && strcasestr(text, "worktreeconfig");
}

/* A linked work tree's part of a repository: commondir leads to the
 * configuration. */
static void protect_worktree(struct view *view, const char *dir)
{
    static const char *const names[] = { "commondir", "gitdir",
                                         "config.worktree", NULL };

    watch_path(view->watch, ITEM_KNOWN, dir);
    watch_states(view->watch, dir);
    if (has_worktree_config(dir)) {
        AUTOFREE char *own = xasprintf("%s/config.worktree", dir);

        make_missing(view, own, false);
    }
    for (const char *const *name = names; *name; name++) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, *name);

        protect(view, path, where);
        watch_path(view->watch, ITEM_CONFIG, path);
    }
}

/* GIT is .git, a bare repository, or a submodule's. */
static void protect_git_dir(struct view *view, const char *git,
                            const char *runtime_dir)
{
    AUTOFREE char *config = xasprintf("%s/config", git);
    AUTOFREE char *of_worktree = xasprintf("%s/config.worktree", git);
    AUTOFREE char *commondir = xasprintf("%s/commondir", git);
    AUTOFREE char *work_tree = parent_of(git);
    AUTOFREE char *text = read_small_file(config);
    struct repository repository = { .view = view,
                                     .git = git,
                                     .work_tree = work_tree,
                                     .mounts = true };

    if (!is_writable_inside(view, git) || is_lifted(view, git) ||
        strv_has(&view->watch->own, git))
        return;
    strv_push(&view->watch->own, git);
    watch_path(view->watch, ITEM_KNOWN, git);
    /* A mount point of its own cannot be renamed away. */
    add_mount(view, MOUNT_RW, git, git, NULL, "not to be renamed");
    protect_hooks(view, git, runtime_dir);
    protect(view, commondir, where);
    if (text && strcasestr(text, "worktreeconfig"))
        make_missing(view, of_worktree, false);
    protect_config(&repository, of_worktree);
    protect_config(&repository, config);
    protect_global_config(&repository);
    watch_states(view->watch, git);
}

/* Is DIR in the repository GIT, as a submodule's or a linked work tree's? */
static bool is_part_of(const char *dir, const char *git)
{
    AUTOFREE char *modules = xasprintf("%s/modules/", git);
    AUTOFREE char *worktrees = xasprintf("%s/worktrees/", git);

    return has_prefix(dir, modules) || has_prefix(dir, worktrees);
}

/* DIR, which git may take for a repository, if it is a part of one that mounts
 * protect: so is it. */
static void take_part(struct view *view, const char *dir,
                      const char *runtime_dir, unsigned *left)
{
    AUTOFREE char *commondir = xasprintf("%s/commondir", dir);
    struct watch *watch = view->watch;
    bool part = false;

    for (size_t i = 0; i < watch->own.n && !part; i++)
        part = is_part_of(dir, watch->own.v[i]);
    if (!part || !can_be_mounted(dir) || !*left ||
        strv_has(&watch->own, dir))
        return;
    --*left;
    strv_push(&watch->parts, dir);
    if (exists(commondir))
        protect_worktree(view, dir);
    else
        protect_git_dir(view, dir, runtime_dir);
}

/* A directory with an entry ".git". If that is a directory it is found as a
 * repository by itself. */
static void take_link(struct view *view, const char *dir)
{
    AUTOFREE char *git = xasprintf("%s/.git", dir);
    struct stat st;

    if (lstat(git, &st) == 0 && !S_ISDIR(st.st_mode))
        watch_path(view->watch, ITEM_LINK, git);
}

/* WORK_TREE is one in which something is granted. What its repository, where that
 * is not granted, runs out of that. */
static void follow_repository(struct view *view, const char *work_tree)
{
    AUTOFREE char *link = xasprintf("%s/.git", work_tree);
    AUTOFREE char *named = named_directory(view->watch, link, "gitdir: ");
    const char *git = named ? named : link;
    AUTOFREE char *commondir = xasprintf("%s/commondir", git);
    AUTOFREE char *text = read_small_file(commondir);
    AUTOFREE char *common = text ? absolute_path(text, git) : NULL;
    const char *const dirs[] = { common ? common : git, git };
    static const char *const names[] = { "config", "config.worktree" };
    AUTOFREE char *hooks = xasprintf("%s/hooks", dirs[0]);
    struct repository repository = { .view = view, .work_tree = work_tree };

    for (size_t i = 0; i < ARRAY_LEN(dirs); i++) {
        AUTOFREE char *config = xasprintf("%s/%s", dirs[i], names[i]);

        if (!is_in_tree(view->watch, config))
            protect_config(&repository, config);
    }
    if (!is_in_tree(view->watch, hooks))
        watch_hook_dir(view->watch, hooks);
    if (!is_in_tree(view->watch, work_tree))
        watch_texts_in(view->watch, work_tree);
}

/* What the grant ROOT is the work tree of, or is itself. */
static void protect_root(struct view *view, const char *root,
                         const char *runtime_dir)
{
    static const char *const others[] = { ".hg", ".jj", ".svn" };
    AUTOFREE char *git = xasprintf("%s/.git", root);
    struct stat st;

    /* By these --project-only knows the next time where the project ends. */
    for (size_t i = 0; i < ARRAY_LEN(others); i++) {
        AUTOFREE char *mark = xasprintf("%s/%s", root, others[i]);

        if (lstat(mark, &st) == 0 && S_ISDIR(st.st_mode) &&
            is_writable_inside(view, mark) && !is_lifted(view, mark) &&
            can_be_mounted(mark))
            add_mount(view, MOUNT_RW, mark, mark, NULL, "not to be renamed");
    }
    if (lstat(git, &st) < 0) {
        if (is_repository(root))
            protect_git_dir(view, root, runtime_dir);
    } else if (!S_ISDIR(st.st_mode)) {
        protect(view, git, where);
    } else if (is_repository(git)) {
        protect_git_dir(view, git, runtime_dir);
    }
}

/* For struct tree: where PATH lies in the nearest repository or home directory
 * around it. A repository's own directory is looked at as one. */
static char *place_of(const struct view *view, const char *path)
{
    AUTOSTRV struct strv homes = { 0 };
    AUTOFREE char *head = xasprintf("%s/HEAD", path);
    AUTOFREE char *around = xstrdup(path);
    size_t length;

    list_homes(&homes);
    while (!has_repository(around) && !strv_has(&homes, around) &&
           !streq(around, "/"))
        go_up(around);
    length = strlen(around);
    if (streq(around, path) ||
        (is_git_part(path) && (exists(head) || is_lifted(view, path))))
        return NULL;
    return xstrdup(path + length + (path[length] == '/'));
}

/* The work trees around PATH. */
static void add_work_trees(struct strv *work_trees, const char *path)
{
    AUTOFREE char *dir = xstrdup(path);

    for (; !streq(dir, "/"); go_up(dir)) {
        AUTOFREE char *git = xasprintf("%s/.git", dir);

        if (exists(git) && !strv_has(work_trees, dir))
            strv_push(work_trees, dir);
    }
}

/* What is granted read-write, but what lies in another such. */
static void open_trees(struct view *view)
{
    struct watch *watch = view->watch;

    for (size_t i = 0; i < view->mount_count; i++) {
        const char *source = view->mounts[i].source;
        bool inner = view->mounts[i].kind != MOUNT_RW || view->mounts[i].kept;

        for (size_t j = 0; j < view->mount_count && !inner; j++) {
            const struct mount *other = &view->mounts[j];

            inner = other->kind == MOUNT_RW && !other->kept &&
                    path_below(source, other->source) &&
                    (!streq(source, other->source) || j < i);
        }
        if (inner)
            continue;
        watch->trees =
            grow(watch->trees, watch->tree_count, sizeof(*watch->trees));
        if (tree_open(&watch->trees[watch->tree_count], source))
            watch->trees[watch->tree_count++].place = place_of(view, source);
        add_work_trees(&watch->work_trees, source);
    }
}

/* A file that other programs run by themselves, or take orders from; and what it
 * leads to, if it is a symlink. */
static void take_autorun(struct watch *watch, const char *path)
{
    /* Of what includes others, or names what is run on each commit or by an agent
     * at its start, the text. */
    static const char *const globs[] = { "hgrc", ".envrc", ".mcp.json", "*lefthook*",
                                         "*lint-staged*", "*lintstaged*",
                                         "*git-hooks*", ".overcommit.yml",
                                         ".pre-commit-config.yaml", "prek.toml" };

    watch_path(watch, ITEM_AUTORUN, path);
    watch_target(watch, path);
    for (size_t i = 0; i < ARRAY_LEN(globs); i++)
        if (fnmatch(globs[i], base_name(path), 0) == 0)
            watch_file_names(watch, path, NULL);
}

/* What git would run in the work tree DIR, whichever configuration says so. */
static void take_work_tree(struct view *view, const char *dir)
{
    struct watch *watch = view->watch;

    take_link(view, dir);
    for (size_t i = 0; i < watch->relative_hooks.n; i++) {
        AUTOFREE char *hooks = absolute_path(watch->relative_hooks.v[i], dir);

        watch_hook_dir(watch, hooks);
    }
}

static void take_finding(struct view *view, const struct finding *finding)
{
    struct watch *watch = view->watch;

    if (finding->what == FIND_LINK)
        watch_path(watch, ITEM_STATE, finding->path);
    else if (finding->what == FIND_AUTORUN)
        take_autorun(watch, finding->path);
    else if (finding->what == FIND_BARE &&
             !strv_has(&watch->own, finding->path) &&
             !strv_has(&watch->parts, finding->path))
        watch_repository(view, finding->path);
}

/* Submodules that a work tree leads to come before what merely lies there. */
static void take_parts(struct view *view, const struct findings *found,
                       const char *runtime_dir)
{
    unsigned left = MOST_MODULES;

    for (size_t i = 0; i < found->count; i++) {
        AUTOFREE char *link = xasprintf("%s/.git", found->list[i].path);
        AUTOFREE char *git = found->list[i].what == FIND_GIT
                                 ? named_directory(view->watch, link, "gitdir: ")
                                 : NULL;

        if (git)
            take_part(view, git, runtime_dir, &left);
    }
    for (size_t i = 0; i < found->count; i++)
        if (found->list[i].what == FIND_BARE)
            take_part(view, found->list[i].path, runtime_dir, &left);
    if (!left)
        warn("%s: more than %d submodules and linked work trees: what git would "
             "run in those beyond is looked at when the run ends, and not "
             "protected while it goes on",
             shown(view, view->watch->own.v[0]), MOST_MODULES);
}

static void take_findings(struct view *view, const struct findings *found,
                          const char *runtime_dir)
{
    struct watch *watch = view->watch;

    take_parts(view, found, runtime_dir);
    /* Configurations first: some say what is run in every work tree. */
    for (size_t i = 0; i < found->count && !is_past(watch->deadline); i++)
        take_finding(view, &found->list[i]);
    for (size_t i = 0; i < found->count && !is_past(watch->deadline); i++)
        if (found->list[i].what == FIND_GIT)
            take_work_tree(view, found->list[i].path);
    watch->cut |= is_past(watch->deadline);
}

/* Of the first tree, what the lines call all of them by. */
static void warn_of_cut(const struct view *view, const char *cut)
{
    warn("%s: not all of what is granted could be searched for repositories and "
         "read: what is there is not told from what the run makes",
         cut ? cut : view->watch->trees[0].path);
}

void protect_repositories(struct view *view, const char *runtime_dir)
{
    struct deadline deadline = search_deadline(SEARCH_TIME);
    struct repository none = { .view = view, .mounts = true };
    size_t count = view->mount_count;
    struct findings found = { 0 };

    view->watch = xmalloc(sizeof(*view->watch));
    *view->watch = (struct watch){ .key = new_key(), .start = file_time() };
    /* A run may have left so much that reading it would take minutes: what is not
     * read counts as new afterwards. */
    view->watch->deadline = search_deadline(2 * SEARCH_TIME);
    open_trees(view);
    view->watch->granted = view->watch->tree_count;
    if (runtime_dir && !is_dry_run(view))
        join_runs(&view->watch->runs, runtime_dir, view->watch->trees,
                  view->watch->tree_count);
    for (size_t i = 0; i < view->watch->tree_count; i++)
        search(&view->watch->trees[i], FIND_BOMBS, deadline, &found);
    protect_global_config(&none);
    follow_variables(&none);
    watch_dotfiles(view->watch);
    for (size_t i = 0; i < count; i++)
        if (view->mounts[i].kind == MOUNT_RW && !view->mounts[i].kept)
            protect_root(view, view->mounts[i].source, runtime_dir);
    for (size_t i = 0; i < view->watch->work_trees.n; i++)
        follow_repository(view, view->watch->work_trees.v[i]);
    take_findings(view, &found, runtime_dir);
    view->watch->cut |= found.cut != NULL;
    if (view->watch->cut)
        warn_of_cut(view, found.cut);
    if (found.shared)
        note("installed packages are links into a store that other projects "
             "share, and what the command writes into them is written there: "
             "have the installer copy (npm_config_package_import_method=copy, "
             "UV_LINK_MODE=copy)");
    findings_free(&found);
}

/* Files are mounted, names are not. */
static void warn_of_second_name(const struct view *view, const char *path)
{
    struct stat st;

    if (stat_watched(view->watch, path, &st) && S_ISREG(st.st_mode) &&
        st.st_nlink > 1)
        warn("%s is a hard link: where its other name is granted as well, the "
             "command reaches it by that: make it a file of its own",
             path);
}

/* Where all may be written but what options protect. */
static void open_places(struct view *view)
{
    struct watch *watch = view->watch;

    for (size_t i = 0; i < view->policy->path_count; i++) {
        enum access access = view->policy->paths[i].access;
        AUTOFREE char *place = parent_of(view->rule_paths[i].real);

        if ((access != ACCESS_RO && access != ACCESS_NONE) ||
            has_bundle(view->policy) || is_in_tree(watch, place))
            continue;
        watch->trees =
            grow(watch->trees, watch->tree_count, sizeof(*watch->trees));
        watch->tree_count += tree_open(&watch->trees[watch->tree_count], place);
    }
}

void remember_protected(struct view *view)
{
    struct watch *watch = view->watch;

    /* Whoever came while all that was read. */
    meet_runs(&watch->runs, watch->trees, watch->granted);
    open_places(view);
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        const char *path = mount->kind == MOUNT_RO ? mount->source : mount->path;

        /* Helpers change their own places all the time. */
        if ((mount->kind == MOUNT_RO ||
             (mount->kind == MOUNT_INACCESSIBLE && !is_state(path) &&
              !path_below(path, "/run"))) &&
            watch_path(view->watch, ITEM_PROTECTED, path))
            warn_of_second_name(view, path);
    }
}
