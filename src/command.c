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
#include "path.h"
#include "shims.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Has DIR itself an entry that matches one of GLOBS? */
static bool has_entry(const char *dir, const char *const *globs)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;
    bool found = false;

    while (stream && !found && (entry = readdir(stream)))
        for (const char *const *glob = globs; *glob && !found; glob++)
            found = fnmatch(*glob, entry->d_name, FNM_CASEFOLD) == 0;
    return found;
}

/* Does DIR hold what a tool's installation does not: credentials? */
static bool holds_credentials(const char *dir)
{
    static const char *const globs[] = {
        "*credential*", "*secret*",   "*token*",   "*passw*",       "*.key",
        "id_*",         "auth*.json", "hosts.yml", ".env*",         ".netrc",
        ".npmrc",       ".pypirc",    ".ssh",      ".aws",          ".gnupg",
        ".docker",      ".kube",      ".config",   "private-keys*", NULL
    };
    static const char *const docker[] = { "config.json", NULL };

    return has_entry(dir, globs) ||
           (has_suffix(dir, "/.docker") && has_entry(dir, docker));
}

/* What was installed with FILE: the directory above its bin/, the root of a
 * version manager's shims/, else the directory that it is in. */
static char *prefix_of(const char *file)
{
    static const char *const programs[] = { "bin", "sbin", "libexec", "shims",
                                            NULL };
    AUTOFREE char *dir = parent_of(file);
    const char *lib = strstr(dir, "/lib/node_modules/");

    if (lib)
        return xstrndup(dir, (size_t)(lib - dir));
    return is_one_of(strrchr(dir, '/') + 1, programs) ? parent_of(dir)
                                                      : xstrdup(dir);
}

/* Does PREFIX hold more than one tool, or hold a home directory? */
static bool is_shared(const char *prefix, const struct strv *homes)
{
    static const char *const shared[] = { "/.local",     "/.local/share",
                                          "/.local/lib", "/.config",
                                          "/.cache",     NULL };
    const char *below = below_home(prefix, homes);

    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], prefix))
            return true;
    return is_top_level(prefix) || streq(prefix, "/") ||
           (below && is_one_of(below, shared));
}

/* Is PREFIX a directory that the user works in, rather than one that an
 * installer made out of sight? */
static bool is_visible_dir(const char *prefix, const struct strv *homes)
{
    static const char *const git[] = { ".git", NULL };
    const char *below = below_home(prefix, homes);

    if (!below || strstr(below, "/."))
        return false;
    return !strchr(below + 1, '/') || has_entry(prefix, git);
}

static const char own_files[] = "the command's own files";

/* Binds at PATH the directory or file that PATH is now. */
static void grant_at_name(struct view *view, const char *path,
                          const char *reason)
{
    AUTOFREE char *source = real_path(path);

    if (source && !is_inaccessible(view, path))
        add_mount(view, MOUNT_RO, source, path, NULL, reason);
}

/* Grants what FILE needs of PREFIX, which holds other things as well. */
static void grant_parts(struct view *view, const char *prefix, const char *file)
{
    static const char *const parts[] = { "bin",     "sbin",    "lib",
                                         "lib64",   "libexec", "share",
                                         "include", "ssl",     NULL };
    bool covered = false;

    for (const char *const *part = parts; *part; part++) {
        AUTOFREE char *path = xasprintf("%s/%s", prefix, *part);

        if (!dir_exists(path) || holds_credentials(path))
            continue;
        grant_at_name(view, path, own_files);
        covered |= path_below(file, path);
    }
    if (!covered)
        grant_at_name(view, file, own_files);
}

/* Grants FILE at this path, with what was installed with it. */
static void grant_installed(struct view *view, const char *file,
                            const struct strv *homes)
{
    AUTOFREE char *prefix = prefix_of(file);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);
    bool visible = is_visible_dir(prefix, homes);

    if (is_shared(prefix, homes) || (visible && !dir_exists(lib)))
        grant_at_name(view, file, own_files);
    else if (!visible && !holds_credentials(prefix))
        grant_at_name(view, prefix, own_files);
    else
        grant_parts(view, prefix, file);
}

/* Is REAL the interpreter of an installation, with its library and nothing
 * else, and LINK in a virtual environment made from it? This is the one link in
 * a place that the command may write that is followed. */
static bool is_own_interpreter(const char *link, const char *real,
                               const struct strv *homes)
{
    static const char *const library[] = { "python3.*", "pypy3.*", NULL };
    AUTOFREE char *venv = prefix_of(link);
    AUTOFREE char *cfg = xasprintf("%s/pyvenv.cfg", venv);
    AUTOFREE char *prefix = prefix_of(real);
    AUTOFREE char *bin = xasprintf("%s/bin/", prefix);
    AUTOFREE char *lib = xasprintf("%s/lib", prefix);

    return exists(cfg) && has_prefix(real, bin) &&
           (has_prefix(real + strlen(bin), "python") ||
            has_prefix(real + strlen(bin), "pypy")) &&
           has_entry(lib, library) && !holds_credentials(prefix) &&
           !is_shared(prefix, homes);
}

/* Grants NAME, which the project chose for the interpreter REAL: its prefix
 * only where that is REAL's own. */
static void grant_hop(struct view *view, const char *name, const char *real)
{
    AUTOFREE char *prefix = prefix_of(name);
    AUTOFREE char *is = real_path(prefix);
    AUTOFREE char *wanted = prefix_of(real);

    grant_at_name(view, is && streq(is, wanted) ? prefix : name, own_files);
}

/* The directory of TOOL's versions, if it holds a bin/NAME. */
static void grant_versions(struct view *view, const char *dir, const char *name)
{
    static const char *const depths[] = { "*", "*/*", "*/*/*", NULL };

    if (!dir_exists(dir) || !is_hidden(view, dir) || holds_credentials(dir))
        return;
    for (const char *const *depth = depths; *depth; depth++) {
        AUTOFREE char *pattern = xasprintf("%s/%s/bin/%s", dir, *depth, name);
        glob_t found;
        bool any = glob(pattern, GLOB_NOSORT, NULL, &found) == 0;

        globfree(&found);
        if (!any)
            continue;
        grant_at_name(view, dir, "the versions of the command");
        return;
    }
}

/* NAME is a link to, or another name of, TOOL, which picks the version to run
 * from its own directories: rustup, mise, volta. */
static void grant_proxied(struct view *view, const char *name, const char *tool,
                          const struct strv *homes)
{
    for (size_t i = 0; i < homes->n; i++) {
        AUTOFREE char *dot = xasprintf("%s/.%s", homes->v[i], tool);
        AUTOFREE char *data =
            xasprintf("%s/.local/share/%s", homes->v[i], tool);

        grant_versions(view, dot, name);
        grant_versions(view, data, name);
    }
}

/* The other names of REAL in its directory: proxies are hard links, too. */
static void grant_hard_links(struct view *view, const char *real,
                             const char *name, const struct strv *homes)
{
    AUTOFREE char *dir = parent_of(real);
    struct stat st;
    AUTODIR DIR *stream = NULL;
    struct dirent *entry;

    if (stat(real, &st) == 0 && st.st_nlink > 1)
        stream = opendir(dir);
    while (stream && (entry = readdir(stream)))
        if (entry->d_ino == st.st_ino && !streq(entry->d_name, name))
            grant_proxied(view, name, entry->d_name, homes);
}

/* The settings by which a version manager with a directory of shims chooses:
 * ~/.tool-versions, and its own in ~/.config. */
static void grant_shim_settings(struct view *view, const char *file,
                                const struct strv *homes)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *root = parent_of(dir);

    if (!has_suffix(dir, "/shims"))
        return;
    for (size_t i = 0; i < homes->n; i++) {
        AUTOFREE char *versions = xasprintf("%s/.tool-versions", homes->v[i]);
        AUTOFREE char *config =
            xasprintf("%s/.config%s", homes->v[i], strrchr(root, '/'));
        char *both[] = { versions, config };

        for (size_t j = 0; j < ARRAY_LEN(both); j++)
            if (exists(both[j]) && is_hidden(view, both[j]) &&
                !(j && holds_credentials(both[j])))
                grant_at_name(view, both[j], "which version of the command");
    }
}

/* The letter in WORD, an option of env(1) such as -iS, that takes a value; NULL
 * for none. */
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

/* The program of FILE's "#!" line, through env; NULL for none. */
static char *interpreter_of(const char *file)
{
    char line[256] = "";
    AUTOSTRV struct strv words = { 0 };
    AUTOFREE char *problem = NULL;
    char *found = NULL, *rest;
    const char *word;
    AUTOCLOSE int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

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
    problem = shell_split(rest, 0, &words);
    if (!problem && (word = word_of_env(&words)))
        found = find_command(word, search_path(), is_playpen);
    return found;
}

/* The program that a shim in a script starts, as it stands after its "exec";
 * NULL for none. */
static char *program_of_shim(const char *file)
{
    AUTOFREE char *dir = parent_of(file);
    AUTOFREE char *text =
        has_suffix(dir, "/shims") ? read_small_file(file) : NULL;
    char *word =
        text && has_prefix(text, "#!") ? strstr(text, "\nexec ") : NULL;

    if (!word)
        return NULL;
    word += strlen("\nexec ");
    word += *word == '"' || *word == '\'';
    return *word == '/' ? xstrndup(word, strcspn(word, " \t\n\"'")) : NULL;
}

/* Goes from the command's file to its interpreter and on, and grants each. */
struct walk {
    struct view *view;
    const struct strv *homes;
    int depth;        /* 0: the command itself; 1: its interpreter … */
    bool from_inside; /* a file that the command may write led here */
};

/* Grants NAME, a hidden name on the way from FIRST to its file REAL. LINK is
 * the last name on that way that the command may write; NULL for none. */
static void grant_hidden(const struct walk *walk, const char *name,
                         const char *first, const char *real, const char *link)
{
    struct view *view = walk->view;

    if (!walk->from_inside)
        grant_installed(view, name, walk->homes);
    else if (link && is_own_interpreter(link, real, walk->homes))
        grant_hop(view, name, real);
    else if (walk->depth == 0)
        die("%s: leads out of what the command may write, to %s: grant that "
            "with --ro, or start it by that name",
            first, real);
    else if (!view->policy->quiet)
        warn("%s is hidden, and a file that the command may write asks for it: "
             "start it by name, or grant it with --ro",
             name);
}

/* Grants every name on the way from FIRST to its file REAL. */
static void grant_names(struct walk *walk, const char *first, const char *real)
{
    char *name = xstrdup(first);
    AUTOFREE char *link = NULL;

    for (int hops = 0; name && hops < 40; hops++) {
        char *next = follow_link(name, NULL);

        if (may_be_written(walk->view, name)) {
            walk->from_inside = true;
            free(link);
            link = xstrdup(name);
        } else if (is_hidden(walk->view, name)) {
            grant_hidden(walk, name, first, real, link);
        }
        if (!walk->from_inside)
            grant_shim_settings(walk->view, name, walk->homes);
        free(name);
        name = next;
    }
    free(name);
}

static void grant_file(struct walk walk, const char *file);

/* Grants what REAL, called as FIRST, starts as a version manager's shim. */
static void grant_started(const struct walk *walk, const char *first,
                          const char *real)
{
    const char *called = strrchr(first, '/') + 1;
    const char *tool = strrchr(real, '/') + 1;
    struct walk next = *walk;
    AUTOFREE char *program = NULL;

    if (walk->from_inside ||
        (!is_hidden(walk->view, first) && !mount_over(walk->view, first) &&
         streq(called, tool)))
        return;
    if (!streq(called, tool))
        grant_proxied(walk->view, called, tool, walk->homes);
    grant_hard_links(walk->view, real, called, walk->homes);
    program = program_of_shim(real);
    next.depth++;
    if (program)
        grant_file(next, program);
}

/* Grants FILE at each name on the way to it, with what was installed with it,
 * its interpreter, and what it is a shim of. */
static void grant_file(struct walk walk, const char *file)
{
    AUTOFREE char *first = absolute_path(file, walk.view->policy->directory);
    AUTOFREE char *real = real_path(first);
    AUTOFREE char *interpreter = NULL;

    if (!real || walk.depth >= 6)
        return;
    grant_names(&walk, first, real);
    /* A script finds its library from its real name. */
    if (walk.depth == 0 && !walk.from_inside && !streq(first, real)) {
        const struct mount *mount = mount_over(walk.view, first);

        if (mount && mount->kind == MOUNT_RO && streq(mount->path, first))
            walk.view->executable = xstrdup(real);
    }
    grant_started(&walk, first, real);
    interpreter = interpreter_of(real);
    walk.depth++;
    walk.from_inside |= may_be_written(walk.view, real);
    if (interpreter)
        grant_file(walk, interpreter);
}

void grant_command(struct view *view, const struct strv *homes)
{
    struct walk walk = { .view = view, .homes = homes };

    if (view->policy->grants_command.on)
        grant_file(walk, view->executable);
}
