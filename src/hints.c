/*
 * hints.c - what a run takes away by accident, said in one line: arguments and
 * variables that lead to what is hidden, or to what is thrown away with the run.
 */
#include "hints.h"
#include "orders.h"
#include "confine.h"
#include "environment.h"
#include "installation.h"
#include "path.h"
#include "session.h"

#include <dirent.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Is MOUNT of what is gone with the run? */
static bool is_throw_away(const struct mount *mount)
{
    return mount && mount->kind == MOUNT_TMPFS && mount->options &&
           has_prefix(mount->options, "mode=");
}

/* Would the command look for PATH, which exists, in vain? */
static bool exists_but_hidden(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);
    AUTOFREE char *real = NULL;

    /* What was taken away by name is known, and a mount point is there. */
    if (mount && (mount->kind == MOUNT_INACCESSIBLE ||
                  streq(mount->path, path) ||
                  (*mount->source && !mount->kept &&
                   !streq(mount->source, mount->path))))
        return false;
    if (mount && mount->kept) { /* what is kept has one of that name? */
        AUTOFREE char *there =
            xasprintf("%s%s", mount->source, path + mount->length);

        return exists(path) && !exists(there);
    }
    if (is_tmp(path))
        return false;
    if (is_hidden(view, path))
        return exists(path);
    real = view->restricted ? real_path(path) : NULL;
    return real && !streq(real, path) && exists_but_hidden(view, real);
}

/* Would what the command makes at PATH be gone with the run? Not where a mount
 * lies below PATH, for that is there already. */
static bool goes_with_run(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);

    for (size_t i = 0; i < view->mount_count; i++)
        if (path_below(view->mounts[i].path, path))
            return false;
    if (mount)
        return is_throw_away(mount);
    return view->policy->private_tmp.on && !is_tmp(path) && in_tmp(path);
}

static bool leads_away(const char *text)
{
    return *text == '/' || has_prefix(text, "../");
}

/* Would what the command makes at PATH, which does not exist and is called NAME,
 * be gone with the run? Not each word that could be a name is meant as one, nor
 * is the text after sh -c. */
static bool is_thrown_away(const struct view *view, const char *name,
                           const char *path)
{
    return leads_away(name) &&
           !strpbrk(name, ";|&<>()$`*?\n") && !exists(path) &&
           goes_with_run(view, path);
}

/* What of the argument WORD may name a file: all of it, what follows "=", or
 * what follows "-o"; NULL for nothing. Points into WORD. */
static const char *name_in(const char *word)
{
    const char *equals = strchr(word, '=');
    const char *text = equals && leads_away(equals + 1) ? equals + 1 : word;

    if (text[0] == '-' && text[1] && leads_away(text + 2))
        text += 2;
    return !*text || strchr("-~", *text) || strlen(text) >= PATH_MAX ? NULL
                                                                     : text;
}

/* The option that shows NAME. The caller's. */
static char *option_that_shows(const struct view *view, const char *name)
{
    return remedy(view->policy, view->restricted ? "--ro" : "--rw", name);
}

/* Is what the argument ARG names to be written, as "-o" and "--outdir=" say? Of
 * ARG the name begins at NAME. */
static bool is_output(char *const *arg, const char *name)
{
    AUTOFREE char *option =
        xasprintf("%s %.*s", name == *arg && arg[-1][0] == '-' ? arg[-1] : "",
                  (int)(name - *arg), *arg);

    return strstr(option, "-o ") || has_suffix(option, " -o") ||
           strcasestr(option, "out") || strcasestr(option, "dest");
}

/* The option with which NAME, that PATH is, is kept. The caller's. */
static char *option_that_keeps(const struct view *view, const char *name,
                               const char *path)
{
    AUTOFREE char *above = parent_of(name), *real = parent_of(path);

    return remedy(view->policy, "--rw",
                  exists(real) && !is_top_level(real) &&
                          !path_below(home_directory(), real) &&
                          !streq(real, home_directory())
                      ? above
                      : "DIRECTORY");
}

/* Not all of a long list is looked at: it costs time. */
void warn_hidden_argument(const struct view *view)
{
    size_t left = 200;

    if (!has_notes(view->policy))
        return;
    for (char **arg = view->policy->command + 1; *arg && left; arg++, left--) {
        const char *name = name_in(*arg);
        AUTOFREE char *path =
            name ? absolute_path(name, view->policy->directory) : NULL;

        if (!path || !can_be_mounted(path))
            continue;
        if (exists_but_hidden(view, path)) {
            AUTOFREE char *option = is_output(arg, name)
                                        ? remedy(view->policy, "--rw", name)
                                        : option_that_shows(view, name);

            warn("%s is there but hidden from the command: %s shows it", name,
                 option);
            return;
        }
        if (is_thrown_away(view, name, path)) {
            AUTOFREE char *option = option_that_keeps(view, name, path);

            warn("%s would be thrown away with the run: write it into the "
                 "working directory, or make a directory for it and add %s",
                 name, option);
            return;
        }
    }
}

static const char *const temporary[] = { "TMPDIR", "TMP", "TEMP", "TEMPDIR",
                                         "XDG_RUNTIME_DIR", NULL };

/* PYTHONPATH, NODE_PATH, LD_LIBRARY_PATH, PERL5LIB, but not what a tool fills or
 * a person reads. */
static bool is_search_path(const char *name)
{
    static const char *const others[] = { "PATH",     "MANPATH", "INFOPATH",
                                          "GOPATH",   "CDPATH",  "FPATH",
                                          "SHELLPATH", NULL };

    return (has_suffix(name, "PATH") || has_suffix(name, "LIB")) &&
           !is_one_of(name, others);
}

/* Does the variable NAME tell a program what to read or to run? Not what names
 * the caller's shell and its history, or was chosen by who asked for a password. */
static bool names_input(const char *name)
{
    static const char *const others[] = { "_", "SHELL", "PWD", "OLDPWD", NULL };

    return !is_one_of(name, others) && !is_session_variable(name) &&
           !has_suffix(name, "HISTFILE") && !has_suffix(name, "ASKPASS") &&
           !has_suffix(name, "AUTHORITY");
}

/* Says that TEXT, in the variable NAME, is hidden, if it is and a directory to be
 * searched or, if FILES, a file. */
static bool say_hidden(const struct view *view, const struct strv *homes,
                       const char *name, const char *text, bool files)
{
    AUTOFREE char *path = absolute_path(text, "/");
    AUTOFREE char *option = NULL;
    struct stat st;

    if (!path || !can_be_mounted(path) ||
        (files ? !names_input(name) || stat(path, &st) < 0 ||
                     !S_ISREG(st.st_mode) || is_credential(path, homes)
               : !is_search_path(name)) ||
        !exists_but_hidden(view, path))
        return false;
    option = option_that_shows(view, text);
    warn("%s, in %s, is there but hidden from the command: %s shows it", text,
         name, option);
    return true;
}

/* Does a name begin at AT in VALUE: a word of it, what follows "=" or ":", or an
 * option's letter as in "-r/x"? */
static bool begins_name(const char *value, const char *at)
{
    return at == value || strchr(" \t\n:;,=@|\"'", at[-1]) ||
           (at - value > 1 && at[-2] == '-');
}

/* Says what in VALUE, of the variable NAME, is hidden: one thing. */
static bool say_hidden_in(const struct view *view, const struct strv *homes,
                          const char *name, const char *value, bool files)
{
    for (const char *at = value; at && (at = strchr(at, '/'));) {
        bool whole = at == value && exists(value);
        size_t length = whole ? strlen(at) : strcspn(at, " \t\n:;,|\"'");
        AUTOFREE char *text = xstrndup(at, length);

        if (begins_name(value, at) && say_hidden(view, homes, name, text, files))
            return true;
        at += length;
    }
    return false;
}

void warn_hidden_by_variable(const struct view *view, const struct strv *names)
{
    AUTOSTRV struct strv homes = { 0 };

    if (!has_notes(view->policy))
        return;
    list_homes(&homes);
    /* A program fails for a directory that it searches; what else a variable
     * names it may never look at. */
    for (int files = 0; files < 2; files++)
        for (size_t i = 0; i < names->n; i++)
            if (say_hidden_in(view, &homes, plain_name(names->v[i]),
                              getenv(names->v[i]), files))
                return;
}

/* Was the command told to change a program's settings: "config set", "env -w",
 * "login"? Such words may be in the text after sh -c as well. */
static bool changes_settings(const struct policy *policy)
{
    static const char *const words[] = { "config", "configure", "set", "login",
                                         "global", "--global", "-g", "-w", NULL };
    size_t left = 200;

    for (char **arg = policy->command + 1; *arg && left; arg++, left--)
        for (const char *at = *arg; *at;) {
            size_t length = strcspn(at, " ");
            AUTOFREE char *word = xstrndup(at, length);

            if (is_one_of(word, words))
                return true;
            at += length + (at[length] == ' ');
        }
    return false;
}

static const char *const temporary_dirs[] = { "/tmp/", "/var/tmp/" };

void list_outputs(const struct view *view, const struct strv *names,
                  struct strv *outputs)
{
    char *const *arg = view->policy->command;
    AUTOFREE char *bin = xasprintf("%s/.local/bin", home_directory());
    size_t left = 200;

    if (is_throw_away(mount_over(view, bin)))
        strv_pushf(outputs, "%s/", bin);
    if (is_throw_away(mount_over(view, home_directory()))) {
        strv_pushf(outputs, "%s/", home_directory());
        if (changes_settings(view->policy)) {
            strv_pushf(outputs, "%s/./", home_directory());
            strv_pushf(outputs, "%s/.config/./", home_directory());
        }
    }
    /* Programs leave directories there for their next start. */
    for (size_t i = 0; i < ARRAY_LEN(temporary_dirs); i++)
        if (view->policy->private_tmp.on && !mount_over(view, temporary_dirs[i]))
            strv_pushf(outputs, "%s%s", temporary_dirs[i],
                       view->policy->shim || view->policy->quiet ? "/" : "");
    for (arg++; *arg && left && outputs->n < MAX_OUTPUTS; arg++, left--) {
        const char *name = name_in(*arg);
        AUTOFREE char *path =
            name ? absolute_path(name, view->policy->directory) : NULL;

        if (path && can_be_mounted(path) && goes_with_run(view, path))
            strv_push(outputs, path);
    }
    /* A cache may be lost, and so may what was meant to be. */
    for (size_t i = 0; i < names->n && outputs->n < MAX_OUTPUTS; i++) {
        const char *name = plain_name(names->v[i]);
        const char *value = getenv(names->v[i]);
        AUTOFREE char *path =
            value && *value == '/' ? absolute_path(value, "/") : NULL;

        if (path && !has_prefix(name, "XDG_") && !is_one_of(name, temporary) &&
            goes_with_run(view, path))
            strv_pushf(outputs, "%s=", name);
    }
}

/* Was the output I of OUTPUTS written? */
static bool is_written(const struct strv *outputs, size_t i, uint32_t written)
{
    return i < outputs->n && i < MAX_OUTPUTS && written & UINT32_C(1) << i;
}

/* Is something that was written, and is named, in DIR, of LENGTH bytes with the
 * '/' at the end? */
static bool names_one_in(const struct strv *outputs, uint32_t written,
                         const char *dir, size_t length)
{
    for (size_t i = 0; i < outputs->n; i++)
        if (is_written(outputs, i, written) && !streq(outputs->v[i], dir) &&
            strncmp(outputs->v[i], dir, length) == 0)
            return true;
    return false;
}

void point_out_lost(const struct strv *outputs, uint32_t written)
{
    AUTOSTRV struct strv lost = { 0 };
    AUTOFREE char *list = NULL;
    bool settings = false;

    for (size_t i = 0; i < outputs->n; i++) {
        const char *name = outputs->v[i];
        size_t length = strlen(name) - has_suffix(name, "//");

        if (!is_written(outputs, i, written))
            continue;
        if (*name != '/')
            strv_pushf(&lost, "what %.*s names", (int)strcspn(name, "="), name);
        else if (has_suffix(name, "/./"))
            settings = true;
        else if (!has_suffix(name, "/"))
            strv_push(&lost, name);
        else if (!names_one_in(outputs, written, name, length))
            strv_pushf(&lost, "files in %.*s", (int)length, name);
    }
    list = strv_join(&lost, ", ");
    if (lost.n)
        warn("thrown away with the run, although written: %s: write into the "
             "working directory, or grant a directory that is there with --rw",
             list);
    if (settings)
        warn("thrown away with the run, although written: settings in %s: "
             "change them outside, or keep apart what runs write with --persist",
             home_directory());
}

/* The variable NAME, as it is in NAMES, names a directory. Would the command
 * look for that in vain, and fail for it? A program makes XDG_CACHE_HOME and its
 * kin where they are missing, in the throw-away home. */
static bool leads_nowhere(const struct view *view, const char *name)
{
    static const char *const made[] = { "XDG_CACHE_HOME", "XDG_CONFIG_HOME",
                                        "XDG_DATA_HOME", "XDG_STATE_HOME",
                                        NULL };
    const char *value = getenv(name);
    AUTOFREE char *path =
        value && *value == '/' ? absolute_path(value, "/") : NULL;

    name = plain_name(name);
    for (size_t i = 0; i < view->policy->env_count; i++)
        if (fnmatch(view->policy->env[i].name, name, 0) == 0)
            return false;
    if (!path || !is_hidden(view, path) || is_tmp(path))
        return false;
    for (size_t i = 0; i < view->mount_count; i++)
        if (path_below(view->mounts[i].path, path))
            return false;
    if (is_one_of(name, made)) {
        const struct mount *mount = mount_over(view, path);

        return !is_throw_away(mount) && !(mount && mount->kept);
    }
    return is_one_of(name, temporary);
}

void leave_out_directories(const struct view *view, struct strv *names)
{
    size_t kept = 0;

    for (size_t i = 0; i < names->n; i++) {
        if (leads_nowhere(view, names->v[i]))
            free(names->v[i]);
        else
            names->v[kept++] = names->v[i];
    }
    names->n = kept;
    if (names->v)
        names->v[kept] = NULL;
}

/* Does DIR hold something that the run does not show? */
static bool hides_entry(const struct view *view, const char *dir)
{
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;
    bool hides = false;

    while (stream && !hides && (entry = next_entry(stream))) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, entry->d_name);

        hides = is_hidden(view, path);
    }
    return hides;
}

/* Is something of the user's hidden, in the home directory or beside the
 * system's directories? */
static bool hides_something(const struct view *view)
{
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        bool users = mount->options && has_prefix(mount->options, "mode=07");

        if (mount->kind == MOUNT_TMPFS &&
            (users || (is_top_level(mount->path) &&
                       !is_system_dir(mount->path))) &&
            hides_entry(view, mount->path))
            return true;
    }
    return false;
}

/* A command that fails may have missed what "safe" left out. */
static void point_out_credentials(const struct policy *policy, int status)
{
    AUTOSTRV struct strv names = { 0 };
    AUTOFREE char *list = NULL, *option = remedy(policy, "-e", "NAME");

    credentials_left_out(policy, &names);
    if (!names.n || (status >= EXIT_REFUSED && status != EXIT_SIGNAL))
        return;
    list = strv_join_some(&names);
    warn("left out of the command's environment, as credentials: %s "
         "(%s passes one)",
         list, option);
}

/* The mount that can be written beside PATH, which is one, too: rename(2) and
 * link(2) from one to the other are refused (EXDEV). NULL for none, and where
 * the directory of both is more than anyone should grant. */
static const char *mount_beside(const struct view *view, const char *path)
{
    AUTOFREE char *parent = parent_of(path);

    if (streq(parent, home_directory()) || is_top_level(parent))
        return NULL;
    for (size_t i = 0; i < view->mount_count; i++) {
        const struct mount *mount = &view->mounts[i];
        AUTOFREE char *above = parent_of(mount->path);

        /* A .git is one so that it is not renamed. */
        if (mount->kind == MOUNT_RW && !mount->kept && streq(above, parent) &&
            !streq(mount->path, path) && !has_suffix(mount->path, "/.git"))
            return mount->path;
    }
    return NULL;
}

void point_out_afterwards(const struct view *view, int status)
{
    const struct policy *policy = view->policy;
    struct stat st;

    if (!has_notes(policy) || !status)
        return;
    point_out_credentials(view->policy, status);
    for (size_t i = 0; i < view->policy->path_count; i++) {
        const struct path_rule *rule = &view->policy->paths[i];
        const char *real = view->rule_paths[i].real, *beside;

        if (rule->access != ACCESS_RW || rule->level < LEVEL_USER_PRESET ||
            stat(real, &st) < 0)
            continue;
        beside = S_ISDIR(st.st_mode) ? mount_beside(view, real) : NULL;
        if (S_ISREG(st.st_mode))
            warn("%s %s: such a file can be written, but not replaced by "
                 "another of its name: if that is what failed, grant its "
                 "directory",
                 rule->where, rule->text);
        else if (beside)
            warn("%s and %s are mounts of their own, from one to the other "
                 "nothing is renamed or linked: if that is what failed, grant "
                 "the directory of both",
                 real, beside);
        else
            continue;
        return;
    }
    /* A signal, and --timeout, have reasons of their own. 128 is git's own. */
    if (has_bundle(policy) && !policy->why && status <= EXIT_SIGNAL &&
        status != EXIT_TIMEOUT && hides_something(view))
        warn("%s ended with status %d: if that was for something it did not "
             "get, %s shows it",
             policy->command[0], status,
             policy->shim ? "PLAYPEN_OPTIONS=--why" : "playpen --why");
}
