/*
 * tools.c - the tools that the command calls: what lies in the directories of
 * PATH and what JAVA_HOME and its kin name, read-only where it is hidden.
 *
 * Who may write there chooses what a later run is granted. So a directory of
 * PATH counts only where nobody else may write, nor this run; and no link is
 * followed out of a project, in which another run may have written.
 */
#include "command.h"
#include "environment.h"
#include "installation.h"
#include "path.h"
#include "shims.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    /* Directories that links of PATH lead to. Each mount costs a launch about
     * a hundredth (measured on 257). */
    MAX_TARGETS = 48,
    MAX_SCRIPTS = 256, /* files whose "#!" line is read */
};

/* What was found on PATH so far. */
struct tools {
    struct lookup lookup;
    struct strv targets; /* directories that were followed */
    struct strv pickers; /* rustup and its kin, by name */
    struct strv own;     /* directories in which nobody else writes */
    unsigned scripts;
    bool full;
    char *left_out;      /* a directory that is not shown, and why */
};

static struct tools new_tools(struct view *view, const struct strv *homes)
{
    return (struct tools){ .lookup = { .view = view,
                                       .homes = homes,
                                       .depth = 1,
                                       .silent = true } };
}

static void free_tools(struct tools *tools)
{
    strv_free(&tools->targets);
    strv_free(&tools->pickers);
    strv_free(&tools->own);
    free(tools->left_out);
}

/* Can somebody else than the user and root put a file at PATH? Asked for many
 * that have their parents in common. */
static bool is_others(struct tools *tools, const char *path)
{
    AUTOFREE char *dir = xstrdup(path);

    while (!strv_has(&tools->own, dir)) {
        struct stat st;

        if (stat(dir, &st) < 0 || (st.st_uid != geteuid() && !is_root(st.st_uid)))
            return true;
        /* In a sticky directory nobody takes the user's away. */
        if (!(st.st_mode & S_ISVTX) &&
            ((st.st_mode & S_IWOTH) ||
             ((st.st_mode & S_IWGRP) && st.st_gid != getegid() && st.st_gid)))
            return true;
        strv_push(&tools->own, dir);
        go_up(dir);
    }
    return false;
}

/* The directory NAME of PATH, in PREFIX, which holds CONTENTS, with what was
 * installed with what is in it. False where it is not shown. */
static bool grant_directory(struct tools *tools, const char *name,
                            const char *prefix, const struct contents *contents)
{
    const struct lookup *lookup = &tools->lookup;
    bool shared = is_shared(prefix, lookup->homes);
    bool whole = contents->installation && !shared;
    /* A package as it was unpacked, which is no project with a repository. */
    bool package = contents->manifest && !contents->repository && !shared;
    AUTOCONTENTS struct contents other = { 0 };
    const struct contents *own = contents;
    AUTOFREE char *lib = NULL;

    if (whole && !contents->credential) {
        grant_prefix(lookup, prefix);
        return true;
    }
    if (is_shared(name, lookup->homes))
        return false;
    if (!streq(name, prefix)) {
        other = contents_of(name);
        own = &other;
    }
    if (own->credential) {
        if (!tools->left_out)
            tools->left_out = xasprintf("%s (holds %s)", name, own->credential);
        return false;
    }
    if (whole || package)
        grant_parts(lookup, prefix);
    grant_at_name(lookup, name);
    /* ~/.local is shared, its lib/ holds programs' own. */
    lib = has_suffix(prefix, "/.local") ? xasprintf("%s/lib", prefix) : NULL;
    if (lib && dir_exists(lib) && !holds_credentials(lib))
        grant_at_name(lookup, lib);
    return true;
}

/* NAME in DIR, a virtual environment in which this or another run may write, if
 * that is its interpreter. */
static void grant_interpreter(struct tools *tools, const char *dir,
                              const char *name)
{
    AUTOFREE char *python = xasprintf("%s/%s", dir, name);
    AUTOFREE char *real =
        streq(name, "python3") || streq(name, "python") ? real_path(python) : NULL;

    if (real && is_hidden(tools->lookup.view, real) &&
        is_own_interpreter(python, real, tools->lookup.homes))
        free(grant_file(&tools->lookup, python));
}

/* The entry NAME of DIR is a link: what it leads to, if that is hidden. */
static void follow_entry(struct tools *tools, const char *dir, int fd,
                         const char *name)
{
    char text[4096];
    ssize_t length = readlinkat(fd, name, text, sizeof(text) - 1);
    AUTOFREE char *target = NULL, *parent = NULL, *real = NULL, *project = NULL;
    const char *base;

    if (length <= 0)
        return;
    text[length] = '\0';
    target = absolute_path(text, dir);
    base = strrchr(target, '/') + 1;
    project = project_around(dir, tools->lookup.homes);
    if (!project && !is_activated(dir) && !streq(base, name) &&
        !strv_has(&tools->pickers, base)) {
        AUTOFREE char *link = xasprintf("%s/%s", dir, name);

        strv_push(&tools->pickers, base);
        grant_proxied(&tools->lookup, name, base, link);
    }
    parent = parent_of(target);
    if (!is_hidden(tools->lookup.view, target) ||
        strv_has(&tools->targets, parent))
        return;
    real = real_path(target);
    if (!real || project || is_activated(dir) ||
        is_led_out(&tools->lookup, target, real)) {
        grant_interpreter(tools, dir, name);
        return;
    }
    if (tools->targets.n >= MAX_TARGETS) {
        tools->full = true;
    } else if (!is_playpen(target)) {
        strv_push(&tools->targets, parent);
        free(grant_file(&tools->lookup, target));
    }
}

/* The interpreter of the script FILE in DIR, if it is hidden. */
static void follow_script(struct tools *tools, const char *dir,
                          const char *file)
{
    AUTOFREE char *interpreter = NULL, *project = NULL;

    if (tools->scripts++ >= MAX_SCRIPTS)
        return;
    interpreter = interpreter_of(file);
    if (!interpreter || !is_hidden(tools->lookup.view, interpreter))
        return;
    project = project_around(dir, tools->lookup.homes);
    if (!project && !is_activated(dir))
        free(grant_file(&tools->lookup, interpreter));
}

/* Two names of one file: NAME may be what the other picks a version of. */
static void note_inode(struct tools *tools, const char *dir,
                       const struct dirent *entry, struct strv *names,
                       ino_t **inodes)
{
    for (size_t i = 0; i < names->n; i++) {
        const char *other = names->v[i];
        AUTOFREE char *file = NULL;

        if ((*inodes)[i] != entry->d_ino ||
            strv_has(&tools->pickers, other) ||
            strv_has(&tools->pickers, entry->d_name))
            continue;
        file = xasprintf("%s/%s", dir, other);
        grant_proxied(&tools->lookup, entry->d_name, other, file);
        grant_proxied(&tools->lookup, other, entry->d_name, file);
    }
    *inodes = grow(*inodes, names->n, sizeof(**inodes));
    (*inodes)[names->n] = entry->d_ino;
    strv_push(names, entry->d_name);
}

/* What the entries of DIR, a directory of PATH by its real name, lead to. One of
 * an installation brings the interpreters of its scripts. */
static void follow_entries(struct tools *tools, const char *dir, bool installed)
{
    DIR *stream = opendir(dir);
    struct strv names = { 0 };
    ino_t *inodes = NULL;
    struct dirent *entry;

    while (stream && (entry = readdir(stream))) {
        AUTOFREE char *file = xasprintf("%s/%s", dir, entry->d_name);

        if (entry->d_type == DT_LNK || entry->d_type == DT_REG)
            grant_kept(&tools->lookup, entry->d_name, file);
        if (entry->d_type == DT_LNK) {
            follow_entry(tools, dir, dirfd(stream), entry->d_name);
        } else if (entry->d_type == DT_REG && !installed) {
            note_inode(tools, dir, entry, &names, &inodes);
            follow_script(tools, dir, file);
        }
    }
    if (stream)
        closedir(stream);
    strv_free(&names);
    free(inodes);
}

/* DIR of PATH by each name that it has after a symlink. False where one of them
 * is not shown; INSTALLED where it belongs to an installation. */
static bool grant_names_of(struct tools *tools, const char *dir, bool *installed)
{
    char *name = absolute_path(dir, "/");
    bool shown = true;

    for (int hops = 0; name && hops < 40; hops++) {
        char *next = follow_link(name, NULL);
        AUTOFREE char *any = xasprintf("%s/.", name);
        AUTOFREE char *prefix = prefix_of(any);
        AUTOCONTENTS struct contents contents = contents_of(prefix);

        *installed = contents.installation;
        if (is_hidden(tools->lookup.view, name) && dir_exists(name))
            shown &= grant_directory(tools, name, prefix, &contents);
        free(name);
        name = next;
    }
    free(name);
    return shown;
}

/* One directory of PATH. */
static void grant_path_directory(struct tools *tools, const char *dir)
{
    const struct lookup *lookup = &tools->lookup;
    AUTOFREE char *name = absolute_path(dir, "/");
    AUTOFREE char *real = real_path(dir);
    bool shown, installed = false;

    if (!name || !real)
        return;
    if (may_be_written(lookup->view, real)) {
        grant_interpreter(tools, dir, "python3");
        grant_interpreter(tools, dir, "python");
        return;
    }
    if ((!is_hidden(lookup->view, dir) && !is_hidden(lookup->view, real)) ||
        is_others(tools, real))
        return;
    if (is_led_out(&tools->lookup, name, real)) {
        if (!tools->left_out)
            tools->left_out = xasprintf("%s (a link in a project leads there)",
                                        dir);
        return;
    }
    shown = grant_names_of(tools, dir, &installed);
    if (!shown)
        return;
    if (has_suffix(real, "/shims"))
        grant_shim_settings(lookup, real);
    follow_entries(tools, real, installed);
}

static void grant_search_path(struct tools *tools)
{
    AUTOSTRV struct strv dirs = { 0 };

    strv_split(&dirs, search_path());
    for (char **dir = dirs.v; *dir; dir++)
        if (**dir == '/' && !has_suffix(*dir, "/node_modules/.bin") &&
            can_be_mounted(*dir))
            grant_path_directory(tools, *dir);
}

/* ---- variables ---- */

/* What a variable names, if the directory holds one of MARKS. An environment is
 * activated, and its installers may change it. */
static const struct named {
    const char *variable;
    const char *marks[4]; /* ended by NULL */
    bool environment;
} named[] = {
    { "JAVA_HOME", { "bin/java", "release" }, false },
    { "JDK_HOME", { "bin/java", "release" }, false },
    { "JRE_HOME", { "bin/java", "release" }, false },
    { "GRAALVM_HOME", { "bin/java" }, false },
    { "GOROOT", { "VERSION", "pkg/tool" }, false },
    { "ANDROID_HOME", { "platform-tools", "platforms", "cmdline-tools" }, false },
    { "ANDROID_SDK_ROOT", { "platform-tools", "platforms", "cmdline-tools" },
      false },
    { "ANDROID_NDK_HOME", { "ndk-build", "toolchains" }, false },
    { "ANDROID_NDK_ROOT", { "ndk-build", "toolchains" }, false },
    { "FLUTTER_ROOT", { "bin/flutter" }, false },
    { "VIRTUAL_ENV", { "pyvenv.cfg" }, true },
    { "CONDA_PREFIX", { "conda-meta" }, true },
    { "MAMBA_ROOT_PREFIX", { "conda-meta", "envs" }, false },
    { "NVM_DIR", { "nvm.sh", "versions" }, false },
    { "FNM_DIR", { "node-versions" }, false },
    { "VOLTA_HOME", { "tools/image" }, false },
    { "PYENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "RBENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "NODENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "GOENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "JENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "PHPENV_ROOT", { "versions", "shims", "libexec" }, false },
    { "ASDF_DIR", { "asdf.sh", "libexec", "installs" }, false },
    { "ASDF_DATA_DIR", { "installs", "shims" }, false },
    { "MISE_DATA_DIR", { "installs", "shims" }, false },
    { "SDKMAN_DIR", { "candidates" }, false },
    { "RUSTUP_HOME", { "toolchains" }, false },
    { "GEM_HOME", { "specifications" }, false },
    { "DOTNET_ROOT", { "dotnet", "shared" }, false },
    { "M2_HOME", { "bin/mvn" }, false },
    { "MAVEN_HOME", { "bin/mvn" }, false },
    { "GRADLE_HOME", { "bin/gradle" }, false },
    { "ANT_HOME", { "bin/ant" }, false },
    { "SCALA_HOME", { "bin/scala" }, false },
    { "KOTLIN_HOME", { "bin/kotlinc" }, false },
    { "GROOVY_HOME", { "bin/groovy" }, false },
    { "HOMEBREW_PREFIX", { "Cellar" }, false },
    { "EMSDK", { "emsdk", "upstream" }, false },
    { "VCPKG_ROOT", { "vcpkg" }, false },
    { "QTDIR", { "bin/qmake" }, false },
    { "CUDA_HOME", { "bin/nvcc" }, false },
    { "R_HOME", { "bin/R" }, false },
    { "JULIA_BINDIR", { "julia" }, false },
};

/* The directory that ROW's variable names, by that name; NULL where it is not of
 * that kind. The caller's. */
static char *directory_named(struct tools *tools, const struct named *row)
{
    const struct strv *homes = tools->lookup.homes;
    const char *value = getenv(row->variable);
    char *dir = value && *value == '/' ? absolute_path(value, "/") : NULL;
    AUTOFREE char *real = dir ? real_path(dir) : NULL;

    if (real && can_be_mounted(dir) && holds_one_of(real, row->marks) &&
        !is_shared(dir, homes) && !is_shared(real, homes) &&
        !is_others(tools, real) && !is_led_out(&tools->lookup, dir, real) &&
        !holds_credentials(real))
        return dir;
    free(dir);
    return NULL;
}

/* Is DIR conda's own installation, which the user's shell starts each time? */
static bool holds_conda(const char *dir)
{
    AUTOFREE char *path = xasprintf("%s/condabin", dir);

    return exists(path);
}

void grant_environment(struct view *view, const struct strv *homes)
{
    static const char *const installers[] = { "pip",   "pip3",  "uv",
                                              "conda", "mamba", "micromamba",
                                              NULL };
    static const char reason[] = "the environment that is activated";
    struct tools tools = new_tools(view, homes);

    if (!view->policy->preset || !is_one_of(view->policy->preset, installers))
        return;
    for (size_t i = 0; i < ARRAY_LEN(named); i++) {
        AUTOFREE char *dir =
            named[i].environment ? directory_named(&tools, &named[i]) : NULL;
        AUTOFREE char *real = dir ? real_path(dir) : NULL;

        if (!real || !is_hidden(view, real) || holds_conda(real))
            continue;
        add_mount(view, MOUNT_RW, real, real, NULL, reason);
        if (is_hidden(view, dir))
            add_mount(view, MOUNT_RW, real, dir, NULL, reason);
    }
    free_tools(&tools);
}

static void grant_named(struct tools *tools, const struct named *row)
{
    const struct lookup *lookup = &tools->lookup;
    AUTOFREE char *dir = directory_named(tools, row);
    AUTOFREE char *real = dir ? real_path(dir) : NULL;
    AUTOFREE char *bin = dir ? xasprintf("%s/bin", dir) : NULL;

    if (!real)
        return;
    if (is_hidden(lookup->view, dir))
        grant_at_name(lookup, dir);
    if (is_hidden(lookup->view, real))
        grant_at_name(lookup, real);
    if (row->environment) {
        grant_interpreter(tools, bin, "python3");
        grant_interpreter(tools, bin, "python");
    }
}

/* The description of the terminal TERM in the directory DIR, or in ~/.terminfo
 * for NULL: terminfo(5), "Fetching Compiled Descriptions". */
static void grant_terminal(const struct lookup *lookup, const char *dir)
{
    const char *term = getenv("TERM");
    AUTOFREE char *file =
        term && *term && !strchr(term, '/')
            ? xasprintf("%s%s/%c/%s", dir ? dir : home_directory(),
                        dir ? "" : "/.terminfo", *term, term)
            : NULL;
    AUTOFREE char *path = file ? absolute_path(file, "/") : NULL;
    AUTOFREE char *real = path ? real_path(path) : NULL;

    if (real && is_hidden(lookup->view, path) && can_be_mounted(path) &&
        !may_be_written(lookup->view, real) &&
        !is_credential(real, lookup->homes))
        grant_at_name(lookup, path);
}

void grant_tools(struct view *view, const struct strv *homes)
{
    struct tools tools = new_tools(view, homes);

    tools.lookup.reason = "named by a variable";
    for (size_t i = 0; i < ARRAY_LEN(named); i++)
        grant_named(&tools, &named[i]);
    tools.lookup.reason = "the terminal's description";
    grant_terminal(&tools.lookup, getenv("TERMINFO"));
    grant_terminal(&tools.lookup, NULL);
    tools.lookup.reason = "a tool on PATH";
    grant_search_path(&tools);
    if (tools.full && has_notes(view->policy))
        warn("the links on PATH lead to more than %d directories: not all of "
             "these are shown",
             MAX_TARGETS);
    else if (tools.left_out && has_notes(view->policy))
        warn("hidden from the command although on PATH: %s", tools.left_out);
    free_tools(&tools);
}
