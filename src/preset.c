/*
 * preset.c - presets: files of options, one a line, which a name stands for.
 * The built-in ones are the files of shims/, compiled in. The user's own, in
 * $XDG_CONFIG_HOME/playpen/presets/NAME, add to one of that name or make a new
 * one. Nothing is read from the working directory: what is confined must not
 * choose its own limits.
 */
#include "preset.h"
#include "host.h"
#include "options.h"
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char replaces[] = "--no-builtin";

static const struct builtin_preset *find_builtin(const char *name)
{
    const struct builtin_preset *preset;

    for (preset = builtin_presets; preset->name; preset++)
        if (streq(preset->name, name))
            return preset;
    return NULL;
}

const char *preset_target(const char *name)
{
    const struct builtin_preset *preset = find_builtin(name);

    return preset ? preset->target : name;
}

bool is_preset_name(const char *name)
{
    return *name && *name != '.' && *name != '-' && !strchr(name, '/') &&
           !has_control(name);
}

char *preset_directory(void)
{
    const char *config = getenv("XDG_CONFIG_HOME");

    /* The XDG specification has a relative path ignored. */
    if (config && *config == '/')
        return xasprintf("%s/playpen/presets", config);
    return xasprintf("%s/.config/playpen/presets", home_directory());
}

/* The text of the user's preset NAME and in *FILE its path; NULL for none. */
static char *read_user_preset(const char *name, char **file)
{
    AUTOFREE char *dir = preset_directory();
    struct stat st;
    char *text;

    *file = xasprintf("%s/%s", dir, name);
    text = read_small_file(*file);
    /* Inside a confined run the user's own presets may be out of sight. */
    if (!text && errno != ENOENT && errno != ENOTDIR && errno != EISDIR &&
        !(errno == EACCES && own_confinement() != NOT_CONFINED))
        die("preset %s: %s: %s", name, *file, strerror(errno));
    /* Where more than the last newline is missing, the file was too long to be
     * read. */
    if (text && (stat(*file, &st) < 0 || (size_t)st.st_size > strlen(text) + 1))
        die("preset %s: %s: expected text of 64 KiB at most", name, *file);
    return text;
}

/* The first line of TEXT that says something, or NULL. */
static const char *first_line(const char *text, size_t *length)
{
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (!*text)
            return NULL;
        *length = strcspn(text, "\n");
        if (*text != '#')
            break;
        text += *length;
    }
    while (*length && strchr(" \t\r", text[*length - 1]))
        --*length;
    return text;
}

/* Does TEXT, which may be NULL, replace the built-in preset? */
static bool replaces_builtin(const char *text)
{
    size_t length;
    const char *line = text ? first_line(text, &length) : NULL;

    return line && length == strlen(replaces) &&
           strncmp(line, replaces, length) == 0;
}

bool preset_exists(const char *name)
{
    AUTOFREE char *file = NULL;
    AUTOFREE char *text = NULL;

    if (!is_preset_name(name))
        return false;
    if (find_builtin(name))
        return true;
    text = read_user_preset(name, &file);
    return text;
}

/* A preset may build on a built-in one: "--preset NAME". */
static void parse_base(struct policy *policy, const struct strv *words,
                       const char *where, enum level level)
{
    const struct builtin_preset *base =
        words->n == 2 ? find_builtin(words->v[1]) : NULL;
    AUTOFREE char *file = NULL;

    if (!base)
        die("%s--preset: expected the name of a built-in preset", where);
    if (strstr(base->text, "\n--preset "))
        die("%s--preset %s: expected one that builds on no other", where,
            base->name);
    file = xasprintf("shims/%s", base->name);
    parse_preset(policy, file, base->text, level);
}

void parse_preset(struct policy *policy, const char *file, const char *text,
                  enum level level)
{
    bool replacing = level == LEVEL_USER_PRESET && replaces_builtin(text);

    for (unsigned number = 1; text; number++) {
        const char *end = strchr(text, '\n');
        AUTOFREE char *line =
            end ? xstrndup(text, (size_t)(end - text)) : xstrdup(text);
        AUTOFREE char *where = xasprintf("%s:%u: ", file, number);
        struct strv words = { 0 }; /* lives on in the policy */
        AUTOFREE char *problem =
            shell_split(line, SPLIT_COMMENTS | SPLIT_EXPAND, &words);

        text = end ? end + 1 : NULL;
        if (problem)
            die("%s%s", where, problem);
        if (!words.n)
            continue;
        if (streq(words.v[0], replaces)) {
            if (!replacing)
                die("%s%s: expected alone, before all else", where, replaces);
            replacing = false;
            continue;
        }
        if (streq(words.v[0], "--")) {
            if (words.n == 1)
                die("%s--: expected the default command after it", where);
            policy->default_command = words.v + 1;
            continue;
        }
        if (streq(words.v[0], "--preset"))
            parse_base(policy, &words, where, level);
        else
            parse_options(policy, words.v, level, where, true);
    }
}

void load_preset(struct policy *policy, const char *name)
{
    const struct builtin_preset *builtin;
    AUTOFREE char *file = NULL;
    AUTOFREE char *text = NULL;

    if (!is_preset_name(name))
        die("--preset %s: expected a name without a slash", ellipsize(name));
    builtin = find_builtin(name);
    text = read_user_preset(name, &file);
    if (!builtin && !text)
        no_such_preset(name);
    /* A drop-in sees the environment, but for its credentials. */
    policy->capture_env = CAPTURE_SAFE;
    if (builtin && !replaces_builtin(text)) {
        AUTOFREE char *where = xasprintf("shims/%s", name);

        parse_preset(policy, where, builtin->text, LEVEL_BUILTIN);
    }
    if (text)
        parse_preset(policy, file, text, LEVEL_USER_PRESET);
}

void preset_names(struct strv *names)
{
    AUTOFREE char *path = preset_directory();
    const struct builtin_preset *preset;
    AUTODIR DIR *dir = opendir(path);
    struct dirent *entry;

    for (preset = builtin_presets; preset->name; preset++)
        strv_push(names, preset->name);
    while (dir && (entry = readdir(dir))) {
        AUTOFREE char *file = xasprintf("%s/%s", path, entry->d_name);
        struct stat st;

        /* Not a directory, nor a link to nothing. */
        if (is_preset_name(entry->d_name) && !find_builtin(entry->d_name) &&
            stat(file, &st) == 0 && S_ISREG(st.st_mode))
            strv_push(names, entry->d_name);
    }
}

void no_such_preset(const char *name)
{
    AUTOFREE char *dir = preset_directory();
    AUTOSTRV struct strv names = { 0 };
    const char *near;

    preset_names(&names);
    near = names.n ? nearest(name, (const char *const *)names.v) : NULL;
    die("no preset %s%s%s%s: write one as %s/%s, options one a line, or see "
        "playpen --list",
        ellipsize(name), near ? " (did you mean " : "", near ? near : "",
        near ? "?)" : "", dir, ellipsize(name));
}

/* The first line of TEXT if that is a comment, else "". TEXT is NULL where the
 * preset was just removed. */
static char *description(const char *text)
{
    if (!text || *text != '#')
        return xstrdup("");
    text += 1 + strspn(text + 1, " ");
    return xstrndup(text, strcspn(text, "\n"));
}

void list_presets(void)
{
    AUTOSTRV struct strv names = { 0 };

    preset_names(&names);
    for (size_t i = 0; i < names.n; i++) {
        const struct builtin_preset *builtin = find_builtin(names.v[i]);
        AUTOFREE char *file = NULL;
        AUTOFREE char *text = read_user_preset(names.v[i], &file);
        AUTOFREE char *about = description(builtin ? builtin->text : text);

        printf("%-14s %s", names.v[i], about);
        if (text)
            printf("%s(%s %s)", *about ? " " : "",
                   !builtin                 ? "yours,"
                   : replaces_builtin(text) ? "replaced by"
                                            : "with",
                   file);
        putchar('\n');
    }
}

void show_preset(const char *name)
{
    const struct builtin_preset *builtin;
    AUTOFREE char *file = NULL;
    AUTOFREE char *text = NULL;

    if (!preset_exists(name))
        no_such_preset(name);
    builtin = find_builtin(name);
    text = read_user_preset(name, &file);
    if (builtin && !replaces_builtin(text))
        fputs(builtin->text, stdout);
    if (text)
        printf("%s# %s\n%s\n", builtin && !replaces_builtin(text) ? "\n" : "",
               file, text);
}
