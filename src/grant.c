/*
 * grant.c - what of the hidden is granted: the working directory or the project
 * with its repository, and what --rw, --ro and --inaccessible name.
 *
 * What a confined run may write never leads a grant outside of it: a symlink
 * there is not followed to another place.
 */
#include "grant.h"
#include "git.h"
#include "path.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void refuse_too_wide(const char *option, const char *dir,
                            const struct strv *homes)
{
    static const char *const never[] = { "/proc", "/sys", "/dev", "/run",
                                         NULL };

    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], dir))
            die("%s: %s is the home directory or holds it, so that nothing "
                "would be confined: start in a directory below it",
                option, dir);
    for (const char *const *top = never; *top; top++)
        if (path_below(dir, *top))
            die("%s: %s is the system's: start in a directory of your own",
                option, dir);
    if (streq(dir, "/") || (is_top_level(dir) && is_system_dir(dir)) ||
        streq(dir, "/var/tmp"))
        die("%s: %s is the system's: start in a directory of your own", option,
            dir);
}

/* The nearest directory upwards of HERE that holds .git, or HERE. */
static char *project_of(const char *here, const struct strv *homes)
{
    char *dir = xstrdup(here);

    while (!streq(dir, "/")) {
        AUTOFREE char *git = xasprintf("%s/.git", dir);
        char *up;
        bool holds_home = false;

        for (size_t i = 0; i < homes->n; i++)
            holds_home |= path_below(homes->v[i], dir);
        if (holds_home)
            break;
        if (exists(git))
            return dir;
        up = parent_of(dir);
        free(dir);
        dir = up;
    }
    free(dir);
    return xstrdup(here);
}

/* The directory that the file ".git" in TREE, of a linked work tree or a
 * submodule, names, if that points back to TREE; else NULL: what the file says
 * may be the confined code's. gitrepository-layout(5). */
static char *git_dir_of(const char *tree)
{
    AUTOFREE char *file = xasprintf("%s/.git", tree);
    AUTOFREE char *text = read_small_file(file);
    AUTOFREE char *named =
        text && has_prefix(text, "gitdir: ")
            ? absolute_path(text + strlen("gitdir: "), tree)
            : NULL;
    char *dir = named ? resolve(named) : NULL;
    AUTOFREE char *back = dir ? xasprintf("%s/gitdir", dir) : NULL;
    AUTOFREE char *config = dir ? xasprintf("%s/config", dir) : NULL;
    AUTOFREE char *points = back ? read_small_file(back) : NULL;
    AUTOFREE char *says = config && !points ? read_small_file(config) : NULL;
    const char *key = says ? strstr(says, "worktree = ") : NULL;
    AUTOFREE char *path = NULL, *real = NULL;

    if (points) { /* of a linked work tree: the name of its .git */
        path = absolute_path(points, dir);
        real = resolve(path);
        if (real && streq(real, file))
            return dir;
    } else if (key) { /* of a submodule: core.worktree */
        AUTOFREE char *value = NULL;

        key += strlen("worktree = ");
        value = xstrndup(key, strcspn(key, "\n"));
        path = absolute_path(value, dir);
        real = resolve(path);
        if (real && streq(real, tree))
            return dir;
    }
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
    AUTOFREE char *common = named ? resolve(named) : NULL;
    AUTOFREE char *parts = common ? xasprintf("%s/worktrees", common) : NULL;
    AUTOFREE char *place = dir ? parent_of(dir) : NULL;
    const char *grant = common ? common : dir;
    AUTOFREE char *objects = grant ? xasprintf("%s/objects", grant) : NULL;

    for (size_t i = 0; grant && i < homes->n; i++)
        if (path_below(homes->v[i], grant))
            return;
    /* A work tree's own directory lies in the common one, at one place there:
     * what the tree itself says is another directory's is not believed. */
    if (grant && exists(objects) && (!parts || streq(place, parts)) &&
        !path_below(grant, tree) && !path_below(dir, tree))
        add_mount(view, MOUNT_RW, grant, grant, NULL,
                  "the project's repository");
}

/* Dies if the name of the directory HERE passes a symlink in a repository that
 * leads out of it: what ran there could have made that link. */
static void refuse_link_out(const char *option, const char *name,
                            const char *here, const struct strv *homes)
{
    for (const char *end = name; end;) {
        AUTOFREE char *part = NULL, *place = NULL, *real = NULL;
        AUTOFREE char *project = NULL, *git = NULL;
        struct stat st;

        end = strchr(end + 1, '/');
        part = end ? xstrndup(name, (size_t)(end - name)) : xstrdup(name);
        if (lstat(part, &st) < 0 || !S_ISLNK(st.st_mode))
            continue;
        place = parent_of(part);
        real = resolve(place);
        project = real ? project_of(real, homes) : NULL;
        git = project ? xasprintf("%s/.git", project) : NULL;
        if (git && exists(git) && !path_below(here, project))
            die("%s: %s leads out of %s, and what ran there could have made "
                "that link: start in %s by its own name",
                option, part, project, here);
    }
}

void grant_bundle(struct view *view, const struct strv *homes)
{
    const struct policy *policy = view->policy;
    bool project = policy->project_only.on &&
                   policy->project_only.level >= policy->current_dir_only.level;
    const char *option = project ? "--project-only" : "--current-dir-only";
    AUTOFREE char *here = resolve(policy->directory);
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
    /* Reached through a symlink, it has this name, too. */
    if (!streq(here, policy->directory) &&
        is_hidden(view, policy->directory))
        add_mount(view, MOUNT_RW, here, policy->directory, NULL,
                  "the working directory");
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
            if (other->level == rule->level)
                die("%s %s: contradicts %s for the same path", rule->where,
                    brief(rule->text), other->where);
            if (other->level > rule->level)
                return true;
        } else if (other->access == ACCESS_NONE &&
                   path_below(real, its->real)) {
            die("%s %s: lies in %s, which is made inaccessible", rule->where,
                brief(rule->text), its->path);
        }
    }
    return false;
}

/* Is one of the symlinks on the way from PATH to its file the command's own,
 * by this run or one before? */
static bool led_by_command(const struct view *view, const char *path)
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

/* What PATH is called in the unit: a symlink that is seen there is followed
 * there, and only what is hidden can be made anew by that name. */
static char *name_inside(const struct view *view, const char *path)
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

static void grant_rule(struct view *view, const struct path_rule *rule,
                       const char *path)
{
    AUTOFREE char *target = NULL, *name = NULL;
    bool led = rule->access != ACCESS_NONE && led_by_command(view, path);

    if (rule->create && !exists(path)) {
        if (led)
            die("%s %s: lies behind a symlink that the command could have "
                "made: name the target itself",
                rule->where, brief(rule->text));
        if (!only_shown(view))
            make_directory(path);
    }
    target = resolve(path);
    if (!target && errno == ENOENT && rule->create && only_shown(view))
        target = xstrdup(path); /* as it would be made */
    if (!target) {
        if (rule->optional && errno == ENOENT)
            return;
        die("%s %s: %s (a leading '-' skips what is not there)", rule->where,
            brief(rule->text), strerror(errno));
    }
    if (streq(target, "/"))
        die("%s %s: the root directory cannot be granted or taken away",
            rule->where, brief(rule->text));
    if (streq(target, "/run"))
        die("%s %s: holds buses, managers and engines: name what is needed in "
            "it",
            rule->where, brief(rule->text));
    if (led && !may_be_written(view, target))
        die("%s %s: leads out of what the command may write, to %s, and the "
            "command could have made that link: name the target itself",
            rule->where, brief(rule->text), target);
    /* What is protected in a grant: this lifts that, and mounts nothing, for a
     * mount point can be neither renamed nor removed. */
    if (rule->access == ACCESS_RW && is_git_part(target) &&
        is_writable_inside(view, target))
        return;
    name = name_inside(view, path);
    switch (rule->access) {
    case ACCESS_NONE:
        add_mount(view, MOUNT_INACCESSIBLE, "", target, NULL, rule->where);
        break;
    case ACCESS_RO:
        add_mount(view, MOUNT_RO, target, name, NULL, rule->where);
        break;
    case ACCESS_RW:
        add_mount(view, MOUNT_RW, target, name, NULL, rule->where);
        break;
    }
}

void grant_rules(struct view *view)
{
    const struct policy *policy = view->policy;

    view->rule_paths =
        xmalloc((policy->path_count + 1) * sizeof(*view->rule_paths));
    for (size_t i = 0; i < policy->path_count; i++) {
        const struct path_rule *rule = &policy->paths[i];
        char *path = absolute_path(rule->text, policy->directory), *real;

        if (!path)
            die("%s %s: no such user", rule->where, brief(rule->text));
        if (has_control(path) || !utf8_valid(path))
            die("%s %s: expected a path in UTF-8 without control characters",
                rule->where, brief(rule->text));
        real = resolve(path);
        view->rule_paths[i] =
            (struct rule_path){ path, real ? real : xstrdup(path) };
    }
    /* A part of a repository comes after what it may be a part of. */
    for (int part = 0; part < 2; part++)
        for (size_t i = 0; i < policy->path_count; i++)
            if (is_git_part(view->rule_paths[i].real) == part &&
                !overruled(view, i))
                grant_rule(view, &policy->paths[i], view->rule_paths[i].path);
}
