/*
 * command.c - the command's own files, granted read-only where they are hidden:
 * each symlink on the way to it, what was installed with it, its interpreter,
 * and what a version manager's shim would start.
 *
 * What a confined run may write never leads a grant outside of it: neither a
 * symlink nor a "#!" line there is followed to another place.
 */
#include "command.h"
#include "environment.h"
#include "installation.h"
#include "path.h"
#include "shims.h"

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_KEPT = 32 }; /* installations that one tool keeps */

/* Has DIR an entry python3.N or pypy3.N? Not looked for below it. */
static bool has_library(const char *dir)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;

    while (stream && (entry = readdir(stream)))
        if (has_prefix(entry->d_name, "python3.") ||
            has_prefix(entry->d_name, "pypy3."))
            return true;
    return false;
}

void grant_at_name(const struct lookup *lookup, const char *path)
{
    AUTOFREE char *source = real_path(path);

    if (source && !is_inaccessible(lookup->view, path))
        add_mount(lookup->view, MOUNT_RO, source, path, NULL, lookup->reason);
}

/* May FILE, by its text or its names, choose that PATH is granted? Not where this
 * run may have written it, nor out of a project, where another one may have. */
static bool may_lead_to(const struct lookup *lookup, const char *file,
                        const char *path)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *project = NULL;

    if (may_be_written(lookup->view, file) || is_activated(file))
        return false;
    project = project_around(dir, lookup->homes);
    return !project || path_below(path, project);
}

/* The installation PREFIX; of a second one beside another that is granted the
 * directory of both, if that holds nothing else: each mount costs time. */
void grant_prefix(const struct lookup *lookup, const char *prefix)
{
    const struct view *view = lookup->view;
    AUTOFREE char *store = parent_of(prefix);

    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        AUTOFREE char *beside =
            mount->kind == MOUNT_RO ? parent_of(mount->path) : NULL;

        if (!beside || !streq(beside, store) || streq(mount->path, prefix))
            continue;
        if (!is_shared(store, lookup->homes) &&
            !strv_has(&lookup->view->no_stores, store)) {
            if (is_store(store)) {
                grant_at_name(lookup, store);
                return;
            }
            strv_push(&lookup->view->no_stores, store);
        }
        break;
    }
    grant_at_name(lookup, prefix);
}

void grant_parts(const struct lookup *lookup, const char *prefix)
{
    static const char *const parts[] = { "bin",     "sbin",  "lib",     "lib64",
                                         "libexec", "share", "include", "ssl",
                                         "node_modules", "package.json",
                                         NULL };

    for (const char *const *part = parts; *part; part++) {
        AUTOFREE char *path = xasprintf("%s/%s", prefix, *part);
        AUTOFREE char *real = real_path(path);

        if (real && may_lead_to(lookup, path, real) && !holds_credentials(path))
            grant_at_name(lookup, path);
    }
}

/* The nearest directory from DIR on, and up to three levels above it, that holds
 * a manifest; NULL for none. The caller's. */
static char *package_of(const char *dir)
{
    char *at = xstrdup(dir);

    for (int level = 0; level <= 3 && !streq(at, "/"); level++) {
        if (has_manifest(at))
            return at;
        go_up(at);
    }
    free(at);
    return NULL;
}

/* Is DIR a directory of PATH? */
static bool is_on_path(const char *dir)
{
    AUTOSTRV struct strv dirs = { 0 };

    strv_split(&dirs, search_path());
    return strv_has(&dirs, dir);
}

/* May DIR be shown because FILE in it is to be run? If not, a line says so. */
static bool may_be_shown(const struct lookup *lookup, const char *dir,
                         const char *file)
{
    AUTOCONTENTS struct contents contents = { 0 };

    if (is_shared(dir, lookup->homes) || is_on_path(dir) || is_tmp(dir) ||
        is_credential(dir, lookup->homes))
        return false;
    contents = contents_of(dir);
    if (contents.credential && !lookup->silent &&
        has_notes(lookup->view->policy)) {
        AUTOFREE char *option = remedy(lookup->view->policy, "--ro", dir);

        warn("%s is shown without what lies beside it, for that holds %s: "
             "%s shows all of it",
             file, contents.credential, option);
    }
    return !contents.credential;
}

static void grant_with_directory(const struct lookup *lookup, const char *file)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *package = package_of(dir);
    AUTOFREE char *prefix = prefix_of(file);

    if (!may_be_shown(lookup, dir, file))
        grant_at_name(lookup, file);
    else if (package && !streq(package, dir) &&
             may_be_shown(lookup, package, file))
        grant_at_name(lookup, package);
    else
        grant_at_name(lookup, dir);
    /* What a package requires lies beside it. */
    if (has_suffix(prefix, "/node_modules") && is_hidden(lookup->view, prefix) &&
        !holds_credentials(prefix))
        grant_at_name(lookup, prefix);
}

/* FILE by this name, with what was installed with it. */
static void grant_installed(const struct lookup *lookup, const char *file)
{
    AUTOFREE char *prefix = prefix_of(file);
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);
    AUTOCONTENTS struct contents contents = contents_of(prefix);
    bool project = contents.repository || contents.manifest;
    AUTOFREE char *interpreter =
        lookup->depth == 0 ? interpreter_of(file) : NULL;
    bool script = lookup->script || interpreter;

    if (streq(prefix, dir) || has_suffix(prefix, "/node_modules") ||
        (script && !contents.installation))
        grant_with_directory(lookup, file);
    else if (is_shared(prefix, lookup->homes) ||
             (project && !contents.installation && !dir_exists(lib)))
        grant_at_name(lookup, file);
    else if (contents.installation && !contents.credential)
        grant_prefix(lookup, prefix);
    else
        grant_parts(lookup, prefix);
    if (is_hidden(lookup->view, file))
        grant_at_name(lookup, file);
}

bool is_own_interpreter(const char *link, const char *real,
                        const struct strv *homes)
{
    AUTOFREE char *venv = prefix_of(link);
    AUTOFREE char *cfg = xasprintf("%s/pyvenv.cfg", venv);
    AUTOFREE char *prefix = prefix_of(real);
    AUTOFREE char *bin = xasprintf("%s/bin/", prefix);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);

    return exists(cfg) && has_prefix(real, bin) &&
           (has_prefix(real + strlen(bin), "python") ||
            has_prefix(real + strlen(bin), "pypy")) &&
           has_library(lib) && !holds_credentials(prefix) &&
           !is_shared(prefix, homes);
}

/* A name that the project chose for an interpreter: nothing beside it. */
static void grant_hop(const struct lookup *lookup, const char *name,
                      const char *real)
{
    AUTOFREE char *prefix = prefix_of(name);
    AUTOFREE char *is = real_path(prefix);
    AUTOFREE char *wanted = prefix_of(real);

    grant_at_name(lookup, is && streq(is, wanted) ? prefix : name);
}

/* The directory of a tool's versions, if it holds a bin/NAME. FILE, by its names,
 * says that it is. */
static void grant_versions(const struct lookup *lookup, const char *dir,
                           const char *name, const char *file)
{
    static const char *const depths[] = { "*", "*/*", "*/*/*", NULL };

    struct lookup versions = *lookup;

    versions.reason = "the versions of the command";
    if (!dir_exists(dir) || !is_hidden(lookup->view, dir) ||
        is_shared(dir, lookup->homes) || holds_credentials(dir) ||
        !may_lead_to(lookup, file, dir))
        return;
    for (const char *const *depth = depths; *depth; depth++) {
        AUTOFREE char *pattern = xasprintf("%s/%s/bin/%s", dir, *depth, name);
        glob_t found;
        bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

        globfree(&found);
        if (!any)
            continue;
        grant_at_name(&versions, dir);
        return;
    }
}

void grant_proxied(const struct lookup *lookup, const char *name,
                   const char *tool, const char *file)
{
    for (size_t i = 0; i < lookup->homes->n; i++) {
        const char *home = lookup->homes->v[i];
        AUTOFREE char *dot = xasprintf("%s/.%s", home, tool);
        AUTOFREE char *data = xasprintf("%s/.local/share/%s", home, tool);

        grant_versions(lookup, dot, name, file);
        grant_versions(lookup, data, name, file);
    }
}

void grant_kept(const struct lookup *lookup, const char *name, const char *file)
{
    for (size_t i = 0; i < lookup->homes->n; i++) {
        AUTOFREE char *data =
            xasprintf("%s/.local/share/%s", lookup->homes->v[i], name);
        AUTOFREE char *pattern = xasprintf("%s/*/*/bin", data);
        glob_t found = { 0 };

        if (strpbrk(name, "*?[\\") || !dir_exists(data) ||
            !is_hidden(lookup->view, data) || !may_lead_to(lookup, file, data))
            continue;
        glob(pattern, GLOB_NOSORT, NULL, &found);
        for (size_t j = 0; j < found.gl_pathc && j < MOST_KEPT; j++) {
            AUTOFREE char *prefix = parent_of(found.gl_pathv[j]);
            AUTOFREE char *real = real_path(prefix);
            AUTOCONTENTS struct contents contents = contents_of(prefix);

            if (real && path_below(real, data) && contents.installation &&
                !contents.credential)
                grant_prefix(lookup, prefix);
        }
        globfree(&found);
    }
}

/* The other names of REAL in its directory: proxies are hard links, too. */
static void grant_hard_links(const struct lookup *lookup, const char *real,
                             const char *name)
{
    AUTOFREE char *dir = parent_of(real);
    struct stat st;
    AUTODIR DIR *stream = NULL;
    struct dirent *entry;

    if (stat(real, &st) == 0 && st.st_nlink > 1)
        stream = opendir(dir);
    while (stream && (entry = readdir(stream)))
        if (entry->d_ino == st.st_ino && !streq(entry->d_name, name))
            grant_proxied(lookup, name, entry->d_name, real);
}

/* ~/.tool-versions, and its own in ~/.config. */
void grant_shim_settings(const struct lookup *lookup, const char *shims)
{
    AUTOFREE char *root = parent_of(shims);
    struct lookup settings = *lookup;

    settings.reason = "which version of the command";
    for (size_t i = 0; i < lookup->homes->n; i++) {
        const char *home = lookup->homes->v[i];
        AUTOFREE char *versions = xasprintf("%s/.tool-versions", home);
        AUTOFREE char *config =
            xasprintf("%s/.config%s", home, strrchr(root, '/'));
        char *both[] = { versions, config };

        for (size_t j = 0; j < ARRAY_LEN(both); j++)
            if (exists(both[j]) && is_hidden(lookup->view, both[j]) &&
                !(j && (holds_credentials(both[j]) ||
                        !may_lead_to(lookup, shims, both[j]))))
                grant_at_name(&settings, both[j]);
    }
}

/* Of the letters of an option of env(1), such as -iS, that whose value follows,
 * or NULL. */
static const char *letter_with_value(const char *word)
{
    return word[0] == '-' && word[1] != '-' ? strpbrk(word, "SuCa") : NULL;
}

/* The word after "env" and its options that env(1) would run. */
static const char *word_of_env(const struct strv *words)
{
    static const char *const with_value[] = { "--unset", "--chdir", "--argv0",
                                              NULL };
    static const char split[] = "--split-string=";

    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->v[i], *letter;

        if (has_prefix(word, split))
            word += strlen(split);
        /* What follows -S is a word like any other: -SA=1, -S-i. */
        while ((letter = letter_with_value(word)) && *letter == 'S')
            word = letter + 1;
        if (is_one_of(word, with_value) || (letter && !letter[1]))
            i++;
        else if (*word && *word != '-' && !strchr(word, '='))
            return word;
    }
    return NULL;
}

char *interpreter_of(const char *file)
{
    char line[256] = "";
    AUTOSTRV struct strv words = { 0 };
    AUTOCLOSE int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    const char *word;
    char *rest;

    if (fd < 0)
        return NULL;
    (void)!read(fd, line, sizeof(line) - 1);
    line[strcspn(line, "\n")] = '\0';
    if (!has_prefix(line, "#!"))
        return NULL;
    rest = line + 2 + strspn(line + 2, " \t");
    word = rest;
    rest += strcspn(rest, " \t");
    if (*rest)
        *rest++ = '\0';
    if (!has_suffix(word, "/env"))
        return *word == '/' ? xstrdup(word) : NULL;
    if (shell_split(rest, 0, &words) || !(word = word_of_env(&words)))
        return NULL;
    return search_command(word, search_path(), is_playpen);
}

/* The program that a shim in a script starts, as it stands after its "exec";
 * NULL for none. */
static char *program_of_shim(const char *file)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *text =
        has_suffix(dir, "/shims") ? read_small_file(file) : NULL;
    char *word = text && has_prefix(text, "#!") ? strstr(text, "\nexec ") : NULL;

    if (!word)
        return NULL;
    word += strlen("\nexec ");
    word += *word == '"' || *word == '\'';
    return *word == '/' ? xstrndup(word, strcspn(word, " \t\n\"'")) : NULL;
}

char *project_around(const char *dir, const struct strv *homes)
{
    /* Directories at and above which is none: many have them in common. */
    static struct strv without;
    AUTOFREE char *at = xstrdup(dir);
    AUTOSTRV struct strv passed = { 0 };
    char *found = NULL;

    for (; below_home(at, homes) && !strv_has(&without, at); go_up(at)) {
        strv_push(&passed, at);
        if (is_project(at)) {
            free(found);
            found = xstrdup(at);
        }
    }
    for (size_t i = 0; !found && i < passed.n; i++)
        strv_push(&without, passed.v[i]);
    return found;
}

/* Does LINK lie in a project, another one than this run's, and lead out of it,
 * to REAL? */
static bool leads_out(const struct lookup *lookup, const char *link,
                      const char *real)
{
    AUTOFREE char *dir = parent_of(link);
    AUTOFREE char *project = project_around(dir, lookup->homes);

    return project && !path_below(real, project);
}

bool is_led_out(const struct lookup *lookup, const char *name, const char *real)
{
    char *at = xstrdup(name);
    bool led = false;

    for (int hops = 0; at && !led && hops < 40; hops++) {
        AUTOFREE char *link = NULL;
        char *next = follow_link(at, &link);

        led = next && (may_be_written(lookup->view, link) ||
                       leads_out(lookup, link, real));
        free(at);
        at = next;
    }
    free(at);
    return led;
}

/* NAME, which leads to REAL, is hidden, and LINK, which this run or one before
 * it may have made, leads to it; LINK is NULL for a "#!" line of such a file. */
static void refuse_led_out(const struct lookup *lookup, const char *link,
                           const char *name, const char *first,
                           const char *real)
{
    if (lookup->silent)
        return;
    if (lookup->depth == 0)
        die("%s: leads out of what a confined run may have written, by %s, to "
            "%s: grant that with --ro, or start it by that name",
            first, link, real);
    if (has_notes(lookup->view->policy))
        warn("%s is hidden, and what a confined run may have written asks for "
             "it: start it by name, or grant it with --ro",
             name);
}

/* Each name that FIRST has after a symlink, up to REAL: granted with GRANT, else
 * only looked at. False where one is not to be shown, which is said. */
static bool take_names(struct lookup *lookup, const char *first,
                       const char *real, bool grant)
{
    bool inside = lookup->from_inside, allowed = true;
    AUTOFREE char *link = NULL; /* the last one that may have been made so */
    char *name = xstrdup(first);

    for (int hops = 0; name && allowed && hops < 40; hops++) {
        AUTOFREE char *dir = parent_of(name), *followed = NULL;
        char *next = follow_link(name, &followed);
        bool written = may_be_written(lookup->view, name);
        bool hidden = !written && is_hidden(lookup->view, name);

        if (hidden && inside) {
            allowed = link && is_own_interpreter(link, real, lookup->homes);
            if (!allowed)
                refuse_led_out(lookup, link, name, first, real);
            else if (grant)
                grant_hop(lookup, name, real);
        } else if (hidden && grant) {
            grant_installed(lookup, name);
        }
        if (written || is_activated(name) ||
            (next && leads_out(lookup, followed, real))) {
            inside = true;
            free(link);
            link = xstrdup(name);
        }
        if (!inside && grant && has_suffix(dir, "/shims"))
            grant_shim_settings(lookup, dir);
        free(name);
        name = next;
    }
    free(name);
    lookup->from_inside |= grant && inside;
    return allowed;
}

/* What REAL, started as CALLED, picks by that name, or is a shim of. */
static void grant_picked(const struct lookup *lookup, const char *called,
                         const char *real)
{
    const char *tool = strrchr(real, '/') + 1;
    AUTOFREE char *program = program_of_shim(real);

    if (!streq(called, tool))
        grant_proxied(lookup, called, tool, real);
    grant_hard_links(lookup, real, called);
    if (program) {
        struct lookup next = *lookup;

        next.from_inside = !may_lead_to(lookup, real, program);
        next.depth++;
        grant_file(&next, program);
    }
}

/* Could FILE be started? A link on PATH or a "#!" line may name any file. */
static bool is_startable(const char *file)
{
    struct stat st;

    return stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
           access(file, X_OK) == 0;
}

char *grant_file(const struct lookup *asked, const char *file)
{
    struct lookup lookup = *asked;
    struct view *view = lookup.view;
    AUTOFREE char *first = absolute_path(file, view->policy->directory);
    AUTOFREE char *interpreter = NULL;
    char *real = real_path(first);
    const char *called = strrchr(first, '/') + 1;

    if (!real || lookup.depth >= 6 ||
        (!lookup.script && !is_startable(real)))
        return real;
    if (!take_names(&lookup, first, real, false))
        return real;
    take_names(&lookup, first, real, true);
    if (!lookup.from_inside && !lookup.script &&
        (is_hidden(view, first) || mount_over(view, first) ||
         !streq(called, strrchr(real, '/') + 1)))
        grant_picked(&lookup, called, real);
    interpreter = lookup.script ? NULL : interpreter_of(real);
    if (interpreter) {
        lookup.from_inside |= !may_lead_to(&lookup, real, interpreter);
        lookup.depth++;
        grant_file(&lookup, interpreter);
    }
    return real;
}

/* The link that playpen was called by, where that was by a path: what the command
 * starts may call it by this path as well, as a sub-make does. So may it those
 * beside it, where nothing else is there. */
static void grant_link(const struct lookup *lookup, const char *called)
{
    AUTOFREE char *link = absolute_path(called, lookup->view->policy->directory);
    AUTOFREE char *dir = NULL;

    if (!strchr(called, '/') || !link || !is_hidden(lookup->view, link) ||
        !is_playpen(link))
        return;
    dir = parent_of(link);
    grant_at_name(lookup, links_in(dir).other || is_shared(dir, lookup->homes)
                              ? link
                              : dir);
}

void grant_command(struct view *view, const struct strv *homes)
{
    struct lookup lookup = { .view = view,
                             .homes = homes,
                             .reason = "the command's own files" };
    AUTOFREE char *first = absolute_path(view->executable, view->policy->directory);
    const struct mount *mount;
    char *real;

    if (!view->policy->grants_command.on)
        return;
    grant_environment(view, homes);
    /* With its package: before PATH shows a part of that. */
    grant_script(view, homes);
    grant_tools(view, homes);
    real = grant_file(&lookup, first);
    if (view->policy->shim)
        grant_link(&lookup, view->policy->called);
    mount = mount_over(view, first);

    /* A script finds its library from its real name. */
    if (real && !streq(first, real) && mount && mount->kind == MOUNT_RO &&
        streq(mount->path, first))
        view->executable = real;
    else
        free(real);
}
