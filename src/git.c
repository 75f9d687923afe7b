/*
 * git.c - what git would run later out of a directory that is granted
 * read-write: hooks and configuration, and what leads to them, of the
 * repositories that are in it at the start. gitrepository-layout(5),
 * git-config(1).
 */
#include "git.h"
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* How many directories are looked into for repositories. */
enum { MAX_DIRECTORIES = 2000 };

static bool granted_by_name(const struct view *view, const char *path)
{
    for (size_t i = 0; i < view->policy->path_count; i++)
        if (view->policy->paths[i].access == ACCESS_RW &&
            streq(view->rule_paths[i].path, path))
            return true;
    return false;
}

/* Dies if a symlink that the command could replace stands in PATH. */
static void refuse_links(const struct view *view, const char *path)
{
    for (const char *end = path; end;) {
        AUTOFREE char *part = NULL, *place = NULL;
        struct stat st;

        end = strchr(end + 1, '/');
        part = end ? xstrndup(path, (size_t)(end - path)) : xstrdup(path);
        place = parent_of(part);
        if (is_writable_inside(view, place) && lstat(part, &st) == 0 &&
            S_ISLNK(st.st_mode) && !granted_by_name(view, part))
            die("%s is a symlink, which the command could replace: make it "
                "what it leads to, or grant it with --rw",
                part);
    }
}

/* Makes PATH read-only if the command could write it. */
static void protect(struct view *view, const char *path, const char *reason)
{
    if (!is_writable_inside(view, path) || granted_by_name(view, path))
        return;
    refuse_links(view, path);
    if (exists(path))
        add_mount(view, MOUNT_RO, path, path, NULL, reason);
}

/* Makes PATH where it is missing: only an existing file can be mounted over,
 * and the command could make it. Where playpen cannot write, neither can the
 * command. */
static void make_missing(const struct view *view, const char *path, bool dir)
{
    int fd;

    if (exists(path) || is_dry_run(view) || !is_writable_inside(view, path))
        return;
    refuse_links(view, path);
    if (dir) {
        for (const char *end = strchr(path + 1, '/'); end;
             end = strchr(end + 1, '/')) {
            AUTOFREE char *part = xstrndup(path, (size_t)(end - path));

            mkdir(part, 0755);
        }
        mkdir(path, 0755);
    } else if ((fd = open(path, O_CREAT | O_EXCL | O_CLOEXEC, 0644)) >= 0) {
        close(fd);
    }
}

/* Adds to VALUES those of KEY in the sections of TEXT that begin with SECTION.
 * No full parser: a line too many protects a file too many. */
static void config_values(const char *text, const char *section,
                          const char *key, struct strv *values)
{
    bool here = false;

    for (const char *line = text, *next; line; line = next) {
        AUTOFREE char *value = NULL;
        const char *end = strchrnul(line, '\n');

        next = *end ? end + 1 : NULL;
        line += strspn(line, " \t\r");
        if (*line == '[') {
            here = strncasecmp(line + 1, section, strlen(section)) == 0;
            line = memchr(line, ']', (size_t)(end - line));
            if (!line)
                continue;
            line += 1 + strspn(line + 1, " \t");
        }
        if (!here || strncasecmp(line, key, strlen(key)) != 0)
            continue;
        line += strlen(key);
        line += strspn(line, " \t=\"");
        value = xstrndup(line, strcspn(line, "\"\n\r;#"));
        for (size_t n = strlen(value); n && strchr(" \t", value[n - 1]); n--)
            value[n - 1] = '\0';
        if (*value)
            strv_push(values, value);
    }
}

/* Protects CONFIG and the hooks that CONFIG names, relative to WORK_TREE (NULL
 * for none). Adds to CONFIGS what CONFIG includes. */
static void protect_one_config(struct view *view, const char *config,
                               const char *work_tree, struct strv *configs)
{
    AUTOFREE char *text = read_small_file(config);
    AUTOFREE char *dir = parent_of(config);
    AUTOSTRV struct strv hooks = { 0 }, includes = { 0 };

    protect(view, config, "what git would run later");
    if (!text)
        return;
    config_values(text, "core", "hookspath", &hooks);
    for (size_t i = 0; work_tree && i < hooks.n; i++) {
        AUTOFREE char *path = absolute_path(hooks.v[i], work_tree);

        if (!path || streq(path, work_tree))
            continue;
        make_missing(view, path, true);
        protect(view, path, "core.hooksPath");
    }
    config_values(text, "include", "path", &includes);
    for (size_t i = 0; i < includes.n; i++) {
        AUTOFREE char *path = absolute_path(includes.v[i], dir);

        if (!path || strv_has(configs, path) || configs->n > 100)
            continue;
        make_missing(view, path, false);
        strv_push(configs, path);
    }
}

static void protect_config(struct view *view, const char *config,
                           const char *work_tree)
{
    AUTOSTRV struct strv configs = { 0 };

    strv_push(&configs, config);
    for (size_t i = 0; i < configs.n; i++) {
        AUTOFREE char *next = xstrdup(configs.v[i]);

        protect_one_config(view, next, work_tree, &configs);
    }
}

/* Protects the user's own configuration, where it lies in what is granted, and
 * the hooks that it names for every repository. */
static void protect_global_config(struct view *view, const char *work_tree)
{
    const char *home = home_directory(), *xdg = getenv("XDG_CONFIG_HOME");
    char *files[] = {
        xasprintf("%s/.gitconfig", home),
        xdg && *xdg == '/' ? xasprintf("%s/git/config", xdg)
                           : xasprintf("%s/.config/git/config", home),
    };

    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        AUTOFREE char *real = real_path(files[i]);

        if (real)
            protect_config(view, real, work_tree);
        free(files[i]);
    }
}

static bool is_repository(const char *dir)
{
    AUTOFREE char *config = xasprintf("%s/config", dir);
    AUTOFREE char *objects = xasprintf("%s/objects", dir);

    return exists(config) && exists(objects);
}

/* Adds every directory in DIR that the command can reach to LIST. */
static void list_directories(const struct view *view, const char *dir,
                             struct strv *list)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, entry->d_name);
        struct stat st;

        if (!streq(entry->d_name, ".") && !streq(entry->d_name, "..") &&
            utf8_valid(path) && !has_control(path) && lstat(path, &st) == 0 &&
            S_ISDIR(st.st_mode) && !is_inaccessible(view, path))
            strv_push(list, path);
    }
}

/* DIR is a linked work tree's: its commondir leads to the configuration. */
static void protect_worktree(struct view *view, const char *dir, bool has_own)
{
    static const char *const names[] = { "commondir", "gitdir",
                                         "config.worktree", NULL };
    AUTOFREE char *of_worktree = xasprintf("%s/config.worktree", dir);

    if (has_own)
        make_missing(view, of_worktree, false);
    for (const char *const *name = names; *name; name++) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, *name);

        protect(view, path, "where git would look later");
    }
}

static void protect_modules(struct view *view, const char *dir,
                            unsigned *budget);

/* GIT is .git, a bare repository, or a submodule's. */
static void protect_git_dir(struct view *view, const char *git)
{
    AUTOFREE char *hooks = xasprintf("%s/hooks", git);
    AUTOFREE char *config = xasprintf("%s/config", git);
    AUTOFREE char *of_worktree = xasprintf("%s/config.worktree", git);
    AUTOFREE char *commondir = xasprintf("%s/commondir", git);
    AUTOFREE char *worktrees = xasprintf("%s/worktrees", git);
    AUTOFREE char *modules = xasprintf("%s/modules", git);
    AUTOFREE char *work_tree = parent_of(git);
    AUTOFREE char *text = read_small_file(config);
    bool has_own = text && strcasestr(text, "worktreeconfig");
    AUTOSTRV struct strv linked = { 0 };
    unsigned budget = MAX_DIRECTORIES;

    if (!is_writable_inside(view, git))
        return;
    strv_push(&view->repositories, git);
    /* A mount point of its own cannot be renamed away. */
    add_mount(view, MOUNT_RW, git, git, NULL, "not to be renamed");
    make_missing(view, hooks, true);
    protect(view, hooks, "what git would run later");
    protect(view, commondir, "where git would look later");
    if (has_own)
        make_missing(view, of_worktree, false);
    protect_config(view, of_worktree, work_tree);
    protect_config(view, config, work_tree);
    protect_global_config(view, work_tree);
    list_directories(view, worktrees, &linked);
    for (size_t i = 0; i < linked.n; i++)
        protect_worktree(view, linked.v[i], has_own);
    protect_modules(view, modules, &budget);
}

/* DIR is .git/modules or below it: a submodule's name may hold slashes. */
static void protect_modules(struct view *view, const char *dir,
                            unsigned *budget)
{
    AUTOSTRV struct strv found = { 0 };

    list_directories(view, dir, &found);
    for (size_t i = 0; i < found.n && *budget; i++) {
        --*budget;
        if (is_repository(found.v[i]))
            protect_git_dir(view, found.v[i]);
        else
            protect_modules(view, found.v[i], budget);
    }
}

static void protect_directory(struct view *view, const char *dir)
{
    AUTOFREE char *git = xasprintf("%s/.git", dir);
    struct stat st;

    if (lstat(git, &st) == 0 && !is_inaccessible(view, git)) {
        if (S_ISDIR(st.st_mode) && is_repository(git))
            protect_git_dir(view, git);
        else if (!S_ISDIR(st.st_mode))
            protect(view, git, "where git would look later");
    } else if (is_repository(dir)) {
        protect_git_dir(view, dir);
    }
}

/* Queues what is in DIR, but no repository's own directories. */
static void queue_directories(const struct view *view, const char *dir,
                              struct strv *queue)
{
    AUTOSTRV struct strv found = { 0 };

    list_directories(view, dir, &found);
    for (size_t i = 0; i < found.n; i++)
        if (!has_suffix(found.v[i], "/.git") &&
            !has_suffix(found.v[i], "/objects"))
            strv_push(queue, found.v[i]);
}

void protect_repositories(struct view *view)
{
    size_t count = view->mount_count;
    AUTOSTRV struct strv queue = { 0 };

    protect_global_config(view, NULL);
    for (size_t i = 0; i < count; i++)
        if (view->mounts[i].kind == MOUNT_RW)
            strv_push(&queue, view->mounts[i].path);
    /* Breadth first: a wide directory does not use up the budget of its
     * neighbours. */
    for (size_t i = 0; i < queue.n; i++) {
        if (i == MAX_DIRECTORIES) {
            strv_push(&view->notes,
                      "git repositories deep in what is granted read-write: "
                      "more directories than are searched");
            break;
        }
        protect_directory(view, queue.v[i]);
        queue_directories(view, queue.v[i], &queue);
    }
}

/* ---- afterwards ---- */

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

/* May the configuration DIR/NAME name programs? Decided by how its sections
 * begin and its keys end. No full parser: a file that cannot be read may. */
static bool names_programs(const char *dir, const char *name)
{
    static const char *const sections[] = {
        "[include", "[filter",    "[diff",    "[alias", "[pager",   "[protocol",
        "[hook",    "[mergetool", "[browser", "[man",   "[guitool", NULL
    };
    static const char *const keys[] = {
        "fsmonitor", "hookspath", "command",  "cmd",        "program",
        "pager",     "editor",    "askpass",  "helper",     "external",
        "textconv",  "driver",    "gitproxy", "uploadpack", "receivepack",
        "hook",      "update",    "browser",  NULL
    };
    AUTOFREE char *file = xasprintf("%s/%s", dir, name);
    AUTOFREE char *text = read_small_file(file);
    struct stat st;

    if (stat(file, &st) < 0)
        return false;
    if (!text || st.st_size > (off_t)strlen(text) + 1)
        return true;
    for (const char *const *section = sections; *section; section++)
        if (strcasestr(text, *section))
            return true;
    for (const char *const *key = keys; *key; key++)
        for (const char *at = text; (at = strcasestr(at, *key));) {
            at += strlen(*key);
            if (at[strspn(at, " \t")] == '=')
                return true;
        }
    return false;
}

static bool has_hooks(const char *git)
{
    AUTOFREE char *hooks = xasprintf("%s/hooks", git);
    AUTODIR DIR *dir = opendir(hooks);
    struct dirent *entry;
    bool runs = false;

    while (dir && (entry = readdir(dir)))
        runs |=
            entry->d_name[0] != '.' && !has_suffix(entry->d_name, ".sample");
    return runs;
}

/* The directory that the file DIR/NAME names after PREFIX, as git reads it (no
 * "~" there, and any number of newlines); NULL for none. */
static char *named_directory(const char *dir, const char *name,
                             const char *prefix)
{
    AUTOFREE char *file = xasprintf("%s/%s", dir, name);
    AUTOFREE char *text = read_small_file(file);
    AUTOFREE char *path = NULL;
    const char *value;

    if (!text || !has_prefix(text, prefix))
        return NULL;
    for (size_t n = strlen(text); n && strchr("\r\n", text[n - 1]); n--)
        text[n - 1] = '\0';
    value = text + strlen(prefix);
    path = *value == '/' ? xstrdup(value) : xasprintf("%s/%s", dir, value);
    return real_path(path);
}

/* Is GIT a protected repository, or one that the command could not write? */
static bool is_trusted(const struct view *view, const char *git)
{
    return strv_has(&view->repositories, git) || !may_be_written(view, git);
}

/* Would git run programs that the command named in GIT, which git would take
 * for a repository or for a linked work tree's part of one? */
static bool runs_programs(const struct view *view, const char *git)
{
    AUTOFREE char *common = named_directory(git, "commondir", "");

    if (is_trusted(view, git))
        return false;
    if (names_programs(git, "config.worktree"))
        return true;
    if (common && is_trusted(view, common))
        return false;
    return names_programs(common ? common : git, "config") ||
           has_hooks(common ? common : git);
}

/* Has DIR what git needs to take it for a repository, or for a part of one? */
static bool may_be_git_dir(const char *dir)
{
    AUTOFREE char *head = xasprintf("%s/HEAD", dir);
    AUTOFREE char *objects = xasprintf("%s/objects", dir);
    AUTOFREE char *commondir = xasprintf("%s/commondir", dir);
    struct stat st;

    return lstat(head, &st) == 0 && (exists(objects) || exists(commondir));
}

static void look_at_new(const struct view *view, const char *dir)
{
    AUTOFREE char *git = xasprintf("%s/.git", dir);
    AUTOFREE char *named = named_directory(dir, ".git", "gitdir: ");
    AUTOFREE char *real = real_path(named ? named : git);
    const char *found = real && may_be_git_dir(real) ? git
                        : may_be_git_dir(dir)        ? dir
                                                     : NULL;

    if (found && runs_programs(view, found == git ? real : dir))
        warn("%s is new, and git would run programs that it names: look at it "
             "before git is used there",
             found);
}

void check_after_run(const struct view *view)
{
    AUTOSTRV struct strv queue = { 0 };

    for (size_t i = 0; i < view->repositories.n; i++) {
        const char *git = view->repositories.v[i];
        AUTOFREE char *commondir = xasprintf("%s/commondir", git);

        /* A mount cannot prevent a file from being made, and only a linked work
         * tree has a commondir. */
        if (is_writable_inside(view, commondir) && unlink(commondir) == 0)
            warn("%s, which the command made, was removed: it would have led "
                 "git to another configuration",
                 commondir);
        if (!is_whole(git))
            warn("%s is no repository any more: git would take the next "
                 "directory upwards that looks like one: repair it before git "
                 "is used there",
                 git);
    }
    for (size_t i = 0; i < view->mount_count; i++)
        if (view->mounts[i].kind == MOUNT_RW)
            strv_push(&queue, view->mounts[i].path);
    for (size_t i = 0; i < queue.n && i < MAX_DIRECTORIES; i++) {
        look_at_new(view, queue.v[i]);
        queue_directories(view, queue.v[i], &queue);
    }
}
