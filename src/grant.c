/*
 * grant.c - what of the hidden is granted: the working directory or the project
 * with its repository, and what --rw, --ro and --inaccessible name.
 *
 * What a confined run may write never leads a grant outside of it: a symlink
 * there is not followed to another place.
 */
#include "grant.h"
#include "command.h"
#include "credentials.h"
#include "installation.h"
#include "git.h"
#include "gitconfig.h"
#include "path.h"
#include "persist.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool holds_home(const char *dir, const struct strv *homes)
{
    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], dir))
            return true;
    return false;
}

/* Is DIR on a disk that the desktop mounted, as /run/media/USER/DISK? */
static bool is_on_medium(const char *dir)
{
    static const char media[] = "/run/media/";
    const char *user = has_prefix(dir, media) ? dir + strlen(media) : NULL;

    return user && strchr(user, '/');
}

static void refuse_too_wide(const char *option, const char *dir,
                            const struct strv *homes)
{
    static const char *const never[] = { "/proc", "/sys", "/dev", "/run",
                                         NULL };
    bool system =
        streq(dir, "/") || is_system_dir(dir) || streq(dir, "/var/tmp");

    if (holds_home(dir, homes))
        die("%s: %s is the home directory or holds it, so that nothing would "
            "be confined: start in a directory below it",
            option, dir);
    if (is_state(dir))
        die("%s: %s is playpen's own, which no run gets to see", option, dir);
    for (const char *const *top = never; *top; top++)
        system |= path_below(dir, *top) && !is_on_medium(dir);
    if (system)
        die("%s: %s is the system's: start in a directory of your own", option,
            dir);
}

/* The nearest directory upwards of HERE that holds a repository; where there is
 * none, the topmost one that holds a manifest, as that of a workspace does; else
 * HERE. Never the home directory, one above it, or one of the system's. */
char *project_of(const char *here, const struct strv *homes)
{
    AUTOFREE char *topmost = NULL;
    char *dir = xstrdup(here);

    for (; !holds_home(dir, homes) && !is_top_level(dir); go_up(dir)) {
        if (has_repository(dir))
            return dir;
        if (has_manifest(dir)) {
            free(topmost);
            topmost = xstrdup(dir);
        }
    }
    free(dir);
    return xstrdup(topmost ? topmost : here);
}

/* The directory that the file .git in TREE names, where TREE is a linked work
 * tree or a submodule. NULL unless that directory points back to TREE: confined
 * code may have written the file. gitrepository-layout(5). */
static char *git_dir_of(const char *tree)
{
    AUTOFREE char *file = xasprintf("%s/.git", tree);
    AUTOFREE char *text = read_small_file(file);
    AUTOFREE char *named = text && has_prefix(text, "gitdir: ")
                               ? absolute_path(text + strlen("gitdir: "), tree)
                               : NULL;
    char *dir = named ? real_path(named) : NULL;
    AUTOFREE char *back = dir ? xasprintf("%s/gitdir", dir) : NULL;
    AUTOFREE char *config = dir ? xasprintf("%s/config", dir) : NULL;
    AUTOFREE char *points = back ? read_small_file(back) : NULL;
    AUTOFREE char *says = config && !points ? read_small_file(config) : NULL;
    char *key = says ? strstr(says, "worktree = ") : NULL;
    const char *value = points; /* a linked work tree's: the name of its .git */
    AUTOFREE char *path = NULL, *real = NULL;

    if (key) { /* of a submodule: core.worktree */
        value = key + strlen("worktree = ");
        key[strcspn(key, "\n")] = '\0';
    }
    path = value ? absolute_path(value, dir) : NULL;
    real = path ? real_path(path) : NULL;
    if (real && streq(real, points ? file : tree))
        return dir;
    free(dir);
    return NULL;
}

/* The repository of a linked work tree or a submodule, so that git works. */
static void grant_git_dir(struct view *view, const char *tree,
                          const struct strv *homes)
{
    AUTOFREE char *dir = git_dir_of(tree);
    AUTOFREE char *file = dir ? xasprintf("%s/commondir", dir) : NULL;
    AUTOFREE char *text = file ? read_small_file(file) : NULL;
    AUTOFREE char *named = text ? absolute_path(text, dir) : NULL;
    AUTOFREE char *common = named ? real_path(named) : NULL;
    AUTOFREE char *parts = common ? xasprintf("%s/worktrees", common) : NULL;
    AUTOFREE char *place = dir ? parent_of(dir) : NULL;
    const char *grant = common ? common : dir;
    AUTOFREE char *objects = grant ? xasprintf("%s/objects", grant) : NULL;

    if (grant && (holds_home(grant, homes) || is_state(grant)))
        return;
    /* A work tree's own directory lies in the common one, at one place there:
     * what the tree itself says is another directory's is not believed. */
    if (grant && exists(objects) && (!parts || streq(place, parts)) &&
        !path_below(grant, tree) && !path_below(dir, tree))
        add_mount(view, MOUNT_RW, grant, grant, NULL,
                  "the project's repository");
}

/* Dies if NAME, which leads to the directory HERE, passes a symlink that leads
 * out of a repository: what ran there could have made that link. */
static void refuse_link_out(const char *option, const char *name,
                            const char *here, const struct strv *homes)
{
    for (size_t length = 0; name[length];) {
        AUTOFREE char *part = next_part(name, &length);
        AUTOFREE char *place = NULL, *real = NULL, *project = NULL;
        struct stat st;

        if (lstat(part, &st) < 0 || !S_ISLNK(st.st_mode))
            continue;
        place = parent_of(part);
        real = real_path(place);
        project = real ? project_of(real, homes) : NULL;
        if (project && is_project(project) && !path_below(here, project))
            die("%s: %s leads out of %s, and what ran there could have made "
                "that link: start in %s by its own name",
                option, part, project, here);
    }
}

/* The working directory HERE, in the granted DIR, by the name by which it was
 * reached through a symlink, with what of DIR is above it on that way. */
static void grant_name_entered(struct view *view, const char *here,
                               const char *dir)
{
    AUTOFREE char *name = xstrdup(view->policy->directory);
    AUTOFREE char *real = xstrdup(here);

    if (streq(here, name) || !is_hidden(view, name))
        return;
    while (!streq(real, dir) && streq(base_name(real), base_name(name))) {
        AUTOFREE char *above = parent_of(name), *there = real_path(above);
        AUTOFREE char *wanted = parent_of(real);

        if (!there || !streq(there, wanted))
            break;
        go_up(name);
        go_up(real);
    }
    add_mount(view, MOUNT_RW, real, name, NULL, "the working directory");
}

void grant_bundle(struct view *view, const struct strv *homes)
{
    const struct policy *policy = view->policy;
    bool project = is_project_only(policy);
    const char *option = bundle_option(policy);
    AUTOFREE char *here = real_path(policy->directory);
    AUTOFREE char *dir = NULL;

    if (!here)
        die("%s: %s", policy->directory, strerror(errno));
    refuse_link_out(option, policy->directory, here, homes);
    if (project && strv_has(homes, here)) {
        warn("--project-only in the home directory: nothing of it is granted, "
             "the command starts in a throw-away one");
        return;
    }
    dir = project ? project_of(here, homes) : xstrdup(here);
    refuse_too_wide(option, dir, homes);
    add_mount(view, MOUNT_RW, dir, dir, NULL,
              project ? "the project (--project-only)"
                      : "the working directory (--current-dir-only)");
    if (project)
        grant_git_dir(view, dir, homes);
    grant_name_entered(view, here, dir);
}

/* What the file names is not followed: it came with the project, from an archive
 * or from what ran there, and could name any repository. What is none is not even
 * named: it could be ~/.ssh. */
void point_out_repository(const struct view *view,
                          const struct strv *homes)
{
    static const struct {
        const char *file, *base, *prefix, *what, *option;
        const char *mark; /* what such a directory holds */
    } rows[] = {
        { ".git", "", "gitdir: ", "the project's repository", "--rw", "HEAD" },
        { ".git/objects/info/alternates", ".git/objects", "",
          "what the project borrows objects from", "--ro", "pack" },
        { ".jj/repo", ".jj", "", "the workspace's repository", "--rw", "store" },
        { ".hg/sharedpath", ".hg", "", "the project's repository", "--rw",
          "store" },
    };
    AUTOFREE char *here = real_path(view->policy->directory);
    AUTOFREE char *project = here ? project_of(here, homes) : NULL;

    if (!project || !has_notes(view->policy) || !is_project_only(view->policy))
        return;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTOFREE char *file = xasprintf("%s/%s", project, rows[i].file);
        AUTOFREE char *base = xasprintf("%s/%s", project, rows[i].base);
        AUTOFREE char *text = read_small_file(file);
        AUTOFREE char *path = NULL, *real = NULL, *mark = NULL, *option = NULL;

        if (!text || !has_prefix(text, rows[i].prefix))
            continue;
        text[strcspn(text, "\n")] = '\0';
        path = absolute_path(text + strlen(rows[i].prefix), base);
        real = real_path(path);
        mark = real ? xasprintf("%s/%s", real, rows[i].mark) : NULL;
        if (!real || !is_hidden(view, real) || !exists(mark))
            continue;
        option = remedy(view->policy, rows[i].option, real);
        warn("%s, %s, is hidden from the command: %s shows it", rows[i].what,
             real, option);
    }
}

/* Drops what a higher level says otherwise, dies of contradictions, and of what
 * lies in something inaccessible, by whatever level: systemd takes all of that
 * away. */
static bool overruled(const struct view *view, size_t index)
{
    const struct policy *policy = view->policy;
    const struct path_rule *rule = &policy->paths[index];
    const char *real = view->rule_paths[index].real;

    for (size_t i = 0; i < policy->path_count; i++) {
        const struct path_rule *other = &policy->paths[i];
        const struct rule_path *its = &view->rule_paths[i];

        if (other->access == rule->access)
            continue;
        if (streq(its->real, real)) {
            /* Two variables may name one directory: it is kept then. */
            if (other->level == rule->level && rule->level == LEVEL_BUILTIN) {
                if (rule->access < ACCESS_PERSIST)
                    return true;
                continue;
            }
            if (other->level == rule->level)
                die("%s %s: contradicts %s for the same path", rule->where,
                    ellipsize(rule->text), other->where);
            if (other->level > rule->level)
                return true;
        } else if (rule->access >= ACCESS_PERSIST &&
                   other->access == ACCESS_RW && other->level > rule->level &&
                   path_below(real, its->real)) {
            return true; /* the user's own, with all that is in it */
        } else if (other->access == ACCESS_NONE &&
                   path_below(real, its->real)) {
            die("%s %s: lies in %s, which is made inaccessible", rule->where,
                ellipsize(rule->text), its->path);
        }
    }
    return false;
}

bool link_is_writable_inside(const struct view *view, const char *path)
{
    char *name = xstrdup(path);
    bool led = false;

    for (int hops = 0; name && !led; hops++) {
        AUTOFREE char *link = NULL, *place = NULL;
        char *next = follow_link(name, &link);

        place = link ? parent_of(link) : NULL;
        led = place && (may_be_written(view, place) || hops > 40);
        free(name);
        name = next;
    }
    free(name);
    return led;
}

char *name_inside(const struct view *view, const char *path)
{
    char *name = xstrdup(path);

    for (int hops = 0; hops < 40; hops++) {
        AUTOFREE char *link = NULL;
        char *next = follow_link(name, &link);

        if (!next || is_hidden(view, link)) {
            free(next);
            break;
        }
        free(name);
        name = next;
    }
    return name;
}

/* --inaccessible with a pattern, at PATH: what there is by it at the start.
 * glob(7). */
static void hide_matches(struct view *view, const struct path_rule *rule,
                         const char *path)
{
    const char *text = strchr("~/", *rule->text) ? path : rule->text;
    glob_t found = { 0 };

    if (glob(text, 0, NULL, &found) != 0 && !rule->optional)
        die("%s %s: nothing matches (a leading '-' skips what is not there)",
            rule->where, ellipsize(rule->text));
    for (size_t i = 0; i < found.gl_pathc; i++) {
        AUTOFREE char *match =
            absolute_path(found.gl_pathv[i], view->policy->directory);
        AUTOFREE char *real = real_path(match);

        if (real)
            add_mount(view, MOUNT_INACCESSIBLE, "", real, NULL, rule->where);
    }
    globfree(&found);
}

static bool is_credential_file(const char *file)
{
    struct stat st;
    AUTOFREE char *text = stat(file, &st) == 0 && S_ISREG(st.st_mode)
                              ? read_small_file(file)
                              : NULL;

    return text && !has_prefix(text, "\177ELF") && !has_prefix(text, "#!") &&
           (holds_credential(text) || holds_secret_setting(text));
}

/* Is PATH a file that read_small_file() does not read in whole? */
static bool is_large(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 1 << 16;
}

/* Is a token in one of the files below the directory PATH, of which the upper
 * ones come first? There are programs among them, which speak of passwords. */
static bool holds_token_below(const char *path)
{
    AUTOSTRV struct strv dirs = { 0 };
    int left = 400; /* files */
    bool found = false;

    strv_push(&dirs, path);
    for (size_t i = 0; i < dirs.n && left > 0 && !found; i++) {
        AUTODIR DIR *dir = opendir(dirs.v[i]);
        struct dirent *entry;

        while (dir && !found && left > 0 && (entry = readdir(dir))) {
            AUTOFREE char *inner = xasprintf("%s/%s", dirs.v[i], entry->d_name);
            AUTOFREE char *text = NULL;

            if (entry->d_type == DT_DIR && *entry->d_name != '.')
                strv_push(&dirs, inner);
            if (entry->d_type != DT_REG || left-- == 0)
                continue;
            text = read_small_file(inner);
            found = text && holds_token(text);
        }
    }
    return found;
}

/* PATH itself, or one of the files of the directory PATH and of those in it that
 * are called NAME.d. */
static bool holds_credential_file(const char *path, bool deeper)
{
    AUTODIR DIR *dir = opendir(path);
    bool found = !dir && is_credential_file(path);
    struct dirent *entry;

    while (dir && !found && (entry = readdir(dir))) {
        AUTOFREE char *file = xasprintf("%s/%s", path, entry->d_name);

        found = deeper && has_suffix(file, ".d")
                    ? holds_credential_file(file, false)
                    : is_credential_file(file);
    }
    return found;
}

/* Settings that a built-in preset would show, a file or a directory of files, and
 * that hold a token are not shown: a note. */
static bool is_kept_back(const struct view *view, const char *path)
{
    bool found = holds_credential_file(path, true) || holds_token_below(path);
    bool large = !found && is_large(path);

    if ((found || large) && has_notes(view->policy)) {
        AUTOFREE char *option = remedy(view->policy, "--ro", path);

        warn("%s %s: not shown to the command (%s shows it)", path,
             found ? "holds a credential"
                   : "is too large to be searched for credentials",
             option);
    }
    return found || large;
}

/* Makes what a leading "+" asks for. False where that cannot be, and the tool of
 * a preset does without. LED: PATH leads through a symlink of the command's. */
static bool create(const struct view *view, const struct path_rule *rule,
                   const char *path, bool led)
{
    if (led)
        die("%s %s: lies behind a symlink that the command could have made: "
            "name the target itself",
            rule->where, ellipsize(rule->text));
    if (is_dry_run(view) || try_directory(path))
        return true;
    if (rule->level > LEVEL_USER_PRESET)
        die("%s %s: cannot be made: %s", rule->where, ellipsize(rule->text),
            strerror(errno));
    return false;
}

/* What no rule can be about. */
static void refuse_target(const struct view *view, const struct path_rule *rule,
                          const char *target, bool led)
{
    if (is_state(target))
        die("%s %s: is playpen's own, which no run gets to see", rule->where,
            ellipsize(rule->text));
    if (streq(target, "/"))
        die("%s %s: the root directory cannot be granted or taken away",
            rule->where, ellipsize(rule->text));
    if (streq(target, "/run"))
        die("%s %s: holds buses, managers and engines: name what is needed in "
            "it",
            rule->where, ellipsize(rule->text));
    if (led && !may_be_written(view, target))
        die("%s %s: leads out of what the command may write, to %s, and the "
            "command could have made that link: name the target itself",
            rule->where, ellipsize(rule->text), target);
}

static void mount_target(struct view *view, const struct path_rule *rule,
                         const char *path, const char *target)
{
    AUTOFREE char *name = name_inside(view, path);
    struct stat st;

    switch (rule->access) {
    case ACCESS_NONE:
        add_mount(view, MOUNT_INACCESSIBLE, "", target, NULL, rule->where);
        break;
    case ACCESS_RO:
        if (stat(target, &st) == 0 && S_ISFIFO(st.st_mode))
            die("%s %s: is a named pipe, which can be written however it is "
                "mounted: grant it with --rw",
                rule->where, ellipsize(rule->text));
        add_mount(view, MOUNT_RO, target, name, NULL, rule->where);
        break;
    case ACCESS_RW:
        add_mount(view, MOUNT_RW, target, name, NULL, rule->where);
        break;
    default: /* persist() */
        break;
    }
}

/* Does PATH hold more than one tool's? A variable may say so: GOBIN=$HOME. */
static bool holds_more(const char *path, const struct strv *homes)
{
    return holds_home(path, homes) ||
           (below_home(path, homes) && is_shared(path, homes) &&
            !has_suffix(path, "/.local/lib"));
}

/* A built-in preset's "--ro -PATH/": what tools install there for the user must
 * fail, not vanish with the run. Where nothing is there yet, an empty directory
 * that cannot be written is. */
static void refuse_installs(struct view *view, const struct path_rule *rule,
                            const char *path)
{
    if (rule->access == ACCESS_RO && rule->level == LEVEL_BUILTIN &&
        has_suffix(rule->text, "/") && mount_over(view, path) &&
        !is_writable_inside(view, path))
        add_mount(view, MOUNT_TMPFS, "", path, "ro", rule->where);
}

/* What FILE, git's settings for the user, includes is shown as FILE is: who
 * commits may stand there. A file with a token is not, nor what a file in a
 * project, which a run may have written there, includes from elsewhere. */
static void show_included(struct view *view, const struct path_rule *rule,
                          const char *file, const struct strv *homes, int depth)
{
    AUTOFREE char *text = read_small_file(file), *dir = parent_of(file);
    AUTOFREE char *real = real_path(file), *place = parent_of(real ? real : file);
    AUTOFREE char *project = project_around(place, homes);
    struct lookup lookup = { .view = view, .homes = homes };
    AUTOCONFIG struct gitconfig config = { 0 };

    if (!text || depth > 10)
        return;
    (void)gitconfig_parse(text, strlen(text), &config);
    for (size_t i = 0; i < config.count; i++) {
        const char *value = config.list[i].value;
        AUTOFREE char *path = NULL, *target = NULL;
        struct stat st;

        if (!is_include(&config.list[i]) || !value)
            continue;
        path = absolute_path(value, dir);
        target = path ? real_path(path) : NULL;
        if (!target || !is_hidden(view, target) || stat(target, &st) < 0 ||
            !S_ISREG(st.st_mode) || is_led_out(&lookup, path, target) ||
            (project && !path_below(target, project)) ||
            is_kept_back(view, target))
            continue;
        mount_target(view, rule, path, target);
        show_included(view, rule, path, homes, depth + 1);
    }
}

static void grant_rule(struct view *view, const struct path_rule *rule,
                       const char *path, const struct strv *homes)
{
    struct lookup lookup = { .view = view, .homes = homes };
    AUTOFREE char *target = NULL;
    bool led =
        rule->access != ACCESS_NONE && link_is_writable_inside(view, path);

    if (rule->access == ACCESS_NONE && strpbrk(rule->text, "*?[") &&
        !exists(path)) {
        hide_matches(view, rule, path);
        return;
    }
    if (rule->create && !exists(path) && !create(view, rule, path, led))
        return;
    target = real_path(path);
    if (!target && errno == ENOENT && rule->create && is_dry_run(view))
        target = xstrdup(path); /* as it would be made */
    if (!target) {
        if (rule->optional && errno == ENOENT) {
            refuse_installs(view, rule, path);
            return;
        }
        die("%s %s: %s (a leading '-' skips what is not there)", rule->where,
            ellipsize(rule->text), strerror(errno));
    }
    refuse_target(view, rule, target, led);
    if (rule->access == ACCESS_RO && rule->level == LEVEL_BUILTIN &&
        (is_writable_inside(view, path) || holds_more(target, homes) ||
         is_led_out(&lookup, path, target) || is_kept_back(view, target)))
        return; /* what lies in the project is the project's */
    /* What is protected in a grant: this lifts that, and mounts nothing, for a
     * mount point can be neither renamed nor removed. */
    if (rule->access == ACCESS_RW && is_git_part(target) &&
        is_writable_inside(view, target))
        return;
    mount_target(view, rule, path, target);
    if (rule->access == ACCESS_RO && (has_suffix(path, "/.gitconfig") ||
                                      has_suffix(path, "/git/config")))
        show_included(view, rule, path, homes, 0);
}

void grant_rules(struct view *view, const struct strv *homes)
{
    const struct policy *policy = view->policy;

    view->rule_paths =
        xmalloc((policy->path_count + 1) * sizeof(*view->rule_paths));
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct path_rule *rule = &policy->paths[i];
        char *path = absolute_path(rule->text, policy->directory), *real;

        if (!path)
            die("%s %s: no such user", rule->where, ellipsize(rule->text));
        if (!can_be_mounted(path))
            die("%s %s: expected a path in UTF-8 without control characters",
                rule->where, ellipsize(rule->text));
        real = real_path(path);
        view->rule_paths[i] =
            (struct rule_path){ path, real ? real : xstrdup(path) };
    }
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].access >= ACCESS_PERSIST && !overruled(view, i))
            persist(view, &policy->paths[i], view->rule_paths[i].path, homes);
    /* A part of a repository comes after what it may be a part of. */
    for (int part = 0; part < 2; part++)
        for (size_t i = 0; i < policy->path_count; i++)
            if (policy->paths[i].access < ACCESS_PERSIST &&
                is_git_part(view->rule_paths[i].real) == part &&
                !overruled(view, i))
                grant_rule(view, &policy->paths[i], view->rule_paths[i].path,
                           homes);
}
