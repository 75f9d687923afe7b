/*
 * installation.c - what a directory is by what it holds. Where it lies and
 * whether its name begins with a dot says nothing: ~/miniconda3, ~/ve and
 * ~/go1.22 are installations as much as ~/.nvm/versions/node/v22.
 */
#include "installation.h"
#include "credentials.h"
#include "path.h"
#include "view.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names by which programs keep what lets somebody else act as the user. */
static const char *const credential_names[] = {
    "*credential*", "*secret*",   "*passw*",     "*keystore*",  "*keyring*",
    "*wallet*",     "*token",     "*tokens",     "*token.*",    "*tokens.*",
    "*token[_-]*",  "*api[_-]key*", "*apikey*",  "*.key",       "*key*.pem",
    "*.p12",        "*.pfx",      "*.jks",       "*.kdbx",      "*.ovpn",
    "id_rsa*",      "id_dsa*",    "id_ecdsa*",   "id_ed25519*", "private-keys*",
    "auth",         "auth.*",     "auth*.json",  "oauth*",      "cookies*",
    "hosts.yml",    ".env",       ".env.*",      ".netrc",      "_netrc",
    ".pypirc",      ".pgpass",    ".my.cnf",     ".htpasswd",   ".git-cred*",
    ".ssh",         ".aws",       ".azure",      ".gnupg",      ".docker",
    ".kube",        ".mozilla",   NULL
};

/* What is a program's text is none of these, whatever it is called. */
static const char *const source_names[] = {
    "*.py",   "*.pyc", "*.js",  "*.mjs", "*.cjs", "*.ts",   "*.rb",  "*.pl",
    "*.pm",   "*.php", "*.lua", "*.sh",  "*.c",   "*.h",    "*.cc",  "*.cpp",
    "*.java", "*.jar", "*.go",  "*.rs",  "*.so",  "*.html", "*.md",  "*.css",
    "*.o",    "*.a",   NULL
};

/* Of credentials below an installation's own directory those that are files of
 * settings or keys: there programs and pages are called so as well. */
static const char *const kept_names[] = {
    "*.json", "*.toml", "*.y*ml",      "*.ini", "*.conf", "*.cfg",   "*.env",
    "*.key",  "*.pem",  "*.p12",       "*.pfx", "*.jks",  "*.kdbx",  ".*",
    "auth",   "token",  "credentials", "tokens", "secret", "secrets", NULL
};

/* Directories of packages and programs, each with a file called as it is. */
static const char *const package_names[] = {
    "conda-meta", "pkgs", "node_modules", "site-packages", "bin", "include",
    "man",        "doc",  NULL
};

/* Settings that hold a credential in some people's and none in others'. */
static const char *const settings_names[] = {
    ".npmrc",   "npmrc",       ".yarnrc.yml", "pip.conf",
    ".condarc", "config.json", "config.y*ml", "config.toml", NULL
};

/* Beside bin/ in an installation's own directory. */
static const char *const beside_programs[] = {
    "pyvenv.cfg", "conda-meta", "release",      "lib",        "lib64",
    "libexec",    "share",      "include",      "VERSION",    "Cellar",
    "shims",      "versions",   "installs",     "candidates", "toolchains",
    "autoload.php", "specifications", "envs",   NULL
};

/* What version managers make, and no project has. They are clones of their
 * repositories. */
static const char *const of_managers[] = {
    "shims", "versions", "installs", "candidates", NULL
};

static const char *const repositories[] = { ".git", ".jj", ".hg", ".svn", NULL };

static const char *const manifests[] = {
    "package.json", "pyproject.toml", "Cargo.toml",     "go.mod",
    "pom.xml",      "configure",      "CMakeLists.txt", "meson.build", NULL
};

/* Does NAME, of which SET has a bit for each character, in either case, lack one
 * of GLOB? Asked of thousands of names: fnmatch(3) is slow. */
static bool lacks(uint32_t set, const char *glob)
{
    for (; *glob; glob++)
        if (*glob == '[')
            glob += strcspn(glob, "]");
        else if (*glob != '*' && *glob != '?' && !(set >> (*glob & 31) & 1))
            return true;
    return false;
}

static bool matches(const char *name, const char *const *globs)
{
    uint32_t set = 0;

    for (const char *c = name; *c; c++)
        set |= UINT32_C(1) << (*c & 31);
    for (; *globs; globs++)
        if (!lacks(set, *globs) && fnmatch(*globs, name, FNM_CASEFOLD) == 0)
            return true;
    return false;
}

/* Is NAME, a file's name without directories, one by which programs keep
 * credentials? The one list of such names. */
static bool is_credential_name(const char *name)
{
    return matches(name, credential_names) && !matches(name, source_names);
}

bool is_credential(const char *path, const struct strv *homes)
{
    const char *below = below_home(path, homes);

    for (const char *name = below ? below : path; *name;) {
        AUTOFREE char *part = NULL;
        size_t length;

        name++;
        length = strcspn(name, "/");
        part = xstrndup(name, length);
        if (is_credential_name(part) || matches(part, settings_names))
            return true;
        name += length;
    }
    return false;
}

/* Does TEXT hold a name or password before the host of an address, or a key to
 * which npm, yarn, docker and others give a credential? */
static bool holds_password(const char *text)
{
    static const char *const keys[] = {
        "_auth",  "_password", "authToken", "AuthToken", "access_token",
        "token:", "\"token\"", "\"auth\"",  "apiKey",    "api_key",
        "extraheader", NULL
    };

    for (const char *const *key = keys; *key; key++)
        if (strstr(text, *key))
            return true;
    for (const char *at = text; (at = strstr(at, "://")); at++) {
        const char *host = at + strlen("://");
        bool ssh = at - text >= 3 && memcmp(at - 3, "ssh", 3) == 0;

        if (!ssh && memchr(host, '@', strcspn(host, "/ \t\n\"'")))
            return true;
    }
    return false;
}

static bool file_holds_password(const char *dir, const char *name)
{
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);
    AUTOFREE char *text = read_small_file(path);

    return text && holds_password(text);
}

/* Is NAME in DIR a program, whatever it is called? */
static bool is_program(const char *dir, const char *name)
{
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);
    char head[4] = "";
    AUTOCLOSE int fd = -1;
    struct stat st;

    if (stat(path, &st) < 0 || !S_ISREG(st.st_mode) || !(st.st_mode & 0100))
        return false;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return false;
    (void)!read(fd, head, sizeof(head));
    return memcmp(head, "#!", 2) == 0 || memcmp(head, "\177ELF", 4) == 0;
}

static bool holds(const char *dir, const char *name)
{
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);

    return exists(path);
}

static void see_entry(struct contents *contents, const char *dir,
                      const struct dirent *entry)
{
    const char *name = entry->d_name;

    contents->repository |= is_one_of(name, repositories);
    contents->manifest |= is_one_of(name, manifests);
    contents->programs |= streq(name, "bin") || streq(name, "shims");
    contents->beside |= is_one_of(name, beside_programs);
    contents->manager |= is_one_of(name, of_managers);
    /* A link's target is hidden, or was looked at by itself. */
    if (contents->credential || entry->d_type == DT_LNK)
        return;
    if ((is_credential_name(name) && !is_program(dir, name)) ||
        (matches(name, settings_names) && file_holds_password(dir, name)) ||
        (streq(name, ".git") && file_holds_password(dir, ".git/config")))
        contents->credential = xstrdup(name);
}

/* What is looked at of one directory and below it, at most. */
struct allowance {
    int texts, directories, entries;
};

/* Is NAME that of a text for people: README, LICENSE.txt? */
static bool is_for_people(const char *name)
{
    size_t stem = strcspn(name, ".");

    for (size_t i = 0; i < stem; i++)
        if (islower((unsigned char)name[i]))
            return false;
    return stem;
}

/* Is NAME in DIR, whatever it is called, a small text of settings, a password or
 * a token among them, or a program's with a token? */
static bool is_secret_text(const char *dir, const char *name,
                           struct allowance *left)
{
    enum { LARGEST = 32 * 1024 }; /* bytes */
    AUTOFREE char *path = xasprintf("%s/%s", dir, name);
    AUTOFREE char *text = NULL;
    struct stat st;

    if (is_for_people(name) || lstat(path, &st) < 0 || !S_ISREG(st.st_mode) ||
        st.st_size > LARGEST || left->texts-- <= 0)
        return false;
    text = read_small_file(path);
    /* One without a NUL. */
    if (!text || strlen(text) + 1 < (size_t)st.st_size)
        return false;
    return holds_token(text) ||
           (!matches(name, source_names) &&
            !(st.st_mode & 0100 && has_prefix(text, "#!")) &&
            holds_secret_setting(text));
}

/* A file in DIR or, as far as DEPTH goes, below it that is a credential by its
 * name; the caller's. NULL for none. */
static char *credential_below(const char *dir, int depth,
                              struct allowance *left)
{
    AUTODIR DIR *stream = left->directories-- > 0 ? opendir(dir) : NULL;
    struct dirent *entry;
    char *found = NULL;

    while (stream && !found && (entry = next_entry(stream)) &&
           left->entries-- > 0) {
        const char *name = entry->d_name;
        AUTOFREE char *path = NULL;

        if (entry->d_type == DT_REG && is_credential_name(name) &&
            matches(name, kept_names) && !is_program(dir, name))
            found = xasprintf("%s/%s", dir, name);
        if (entry->d_type != DT_DIR || depth == 0 ||
            is_one_of(name, package_names))
            continue;
        path = xasprintf("%s/%s", dir, name);
        found = credential_below(path, depth - 1, left);
    }
    return found;
}

/* What in DIR, which is no project, holds a credential by its text, or by its name
 * further down; the caller's. NULL for nothing. */
static char *credential_within(const char *dir)
{
    struct allowance left = { .texts = 128, .directories = 32, .entries = 2048 };
    AUTODIR DIR *stream = opendir(dir);
    AUTOFREE char *path = NULL;
    struct dirent *entry;

    while (stream && (entry = readdir(stream)) && left.entries-- > 0)
        if (entry->d_type == DT_REG && is_secret_text(dir, entry->d_name, &left))
            return xstrdup(entry->d_name);
    path = credential_below(dir, 2, &left);
    return path ? xstrdup(path + strlen(dir) + 1) : NULL;
}

struct contents contents_of(const char *dir)
{
    struct contents contents = { 0 };
    AUTODIR DIR *stream = opendir(dir);
    struct dirent *entry;

    while (stream && (entry = readdir(stream)))
        see_entry(&contents, dir, entry);
    if (contents.repository || contents.manifest) {
        contents.installation = contents.programs &&
            (contents.manager || holds(dir, "bin/cache/dart-sdk"));
        return contents;
    }
    contents.installation =
        contents.programs && (contents.beside || holds(dir, "tools/image"));
    if (!contents.credential)
        contents.credential = credential_within(dir);
    return contents;
}

void free_contents(struct contents *contents)
{
    free(contents->credential);
}

bool holds_credentials(const char *dir)
{
    AUTOCONTENTS struct contents contents = contents_of(dir);

    return contents.credential;
}

bool holds_one_of(const char *dir, const char *const *names)
{
    for (; *names; names++)
        if (holds(dir, *names))
            return true;
    return false;
}

bool has_repository(const char *dir)
{
    return holds_one_of(dir, repositories);
}

bool is_project(const char *dir)
{
    return has_repository(dir) || has_manifest(dir);
}

bool has_manifest(const char *dir)
{
    return holds_one_of(dir, manifests);
}

bool is_store(const char *dir)
{
    AUTODIR DIR *stream = holds_credentials(dir) ? NULL : opendir(dir);
    struct dirent *entry;
    bool only = stream != NULL;
    int left = 100;

    while (only && (entry = next_entry(stream))) {
        AUTOFREE char *path = xasprintf("%s/%s", dir, entry->d_name);
        AUTOCONTENTS struct contents contents = { 0 };

        if ((*entry->d_name == '.' && entry->d_type != DT_DIR) ||
            entry->d_type == DT_LNK)
            continue;
        contents = contents_of(path);
        only = contents.installation && !contents.credential && left-- > 0;
    }
    return only;
}

char *prefix_of(const char *file)
{
    static const char *const programs[] = { "bin",   "sbin",     "libexec",
                                            "shims", "condabin", NULL };
    AUTOFREE char *dir = parent_of(file);
    const char *lib = strstr(dir, "/lib/node_modules/");
    const char *modules = strstr(dir, "/node_modules/");

    if (lib)
        return xstrndup(dir, (size_t)(lib - dir));
    if (modules)
        return xstrndup(dir,
                        (size_t)(modules - dir) + strlen("/node_modules"));
    return is_one_of(strrchr(dir, '/') + 1, programs) ? parent_of(dir)
                                                      : xstrdup(dir);
}

/* Is DIR one that the desktop calls the user's: user-dirs.dirs(5)? */
static bool is_user_dir(const char *dir, const char *home)
{
    static const char *const usual[] = { "/Desktop",   "/Documents",
                                         "/Downloads", "/Music",
                                         "/Pictures",  "/Videos",
                                         "/Public",    "/Templates", NULL };
    AUTOFREE char *file = xasprintf("%s/.config/user-dirs.dirs", home);
    AUTOFREE char *text = NULL, *line = NULL;

    if (!path_below(dir, home))
        return false;
    if (is_one_of(dir + strlen(home), usual))
        return true;
    line = xasprintf("\"$HOME%s\"", dir + strlen(home));
    text = read_small_file(file);
    return text && strstr(text, line);
}

bool is_shared(const char *dir, const struct strv *homes)
{
    static const char *const shared[] = {
        "/.local", "/.local/share", "/.local/lib", "/.local/state",
        "/.config", "/.cache",      "/.var",       "/.var/app", NULL
    };
    const char *below = below_home(dir, homes);

    for (size_t i = 0; i < homes->n; i++)
        if (path_below(homes->v[i], dir) || is_user_dir(dir, homes->v[i]))
            return true;
    return is_top_level(dir) || streq(dir, "/") ||
           (below && is_one_of(below, shared));
}
