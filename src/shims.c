/*
 * shims.c - playpen under another name: which preset that is, and where the
 * real tool is; and the links that give it such names.
 */
#include "shims.h"
#include "environment.h"
#include "path.h"
#include "preset.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *name_of_shim(const char *argv0)
{
    const char *name = base_name(argv0);

    if (*name == '-') /* a login shell's */
        name++;
    if (has_prefix(name, "playpen"))
        return NULL;
    return has_prefix(name, "pp-") ? name + strlen("pp-") : name;
}

/* An ELF note, which linkers put at the beginning of the file: by it a copy of
 * playpen is known, of whatever name and version. */
static const struct {
    uint32_t name_size, size, type;
    char name[8];
} elf_note __attribute__((section(".note.playpen"), aligned(4), used)) = {
    .name_size = sizeof("playpen"), .type = 1, .name = "playpen"
};

static bool has_note(const char *file)
{
    char head[4096];
    AUTOCLOSE int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = fd < 0 ? -1 : read(fd, head, sizeof(head));

    return n > 0 && memmem(head, (size_t)n, &elf_note, sizeof(elf_note));
}

/* This program is known by its inode, whatever link leads to it. Another copy,
 * which would find this one in its turn, is known by its note, or by its name
 * where it cannot be read. */
bool is_playpen(const char *file)
{
    AUTOFREE char *real = real_path(file);
    struct stat self, other;

    if (!real || stat(real, &other) < 0 || !S_ISREG(other.st_mode))
        return false;
    if (stat("/proc/self/exe", &self) == 0 && self.st_dev == other.st_dev &&
        self.st_ino == other.st_ino)
        return true;
    return (has_prefix(base_name(real), "playpen") &&
            access(real, X_OK) == 0) ||
           has_note(real);
}

struct links links_in(const char *dir)
{
    AUTODIR DIR *stream = opendir(dir);
    struct links links = { .other = !stream };
    struct dirent *entry;

    while (stream && !links.callable && (entry = next_entry(stream))) {
        AUTOFREE char *file = xasprintf("%s/%s", dir, entry->d_name);

        if (entry->d_type == DT_DIR || access(file, X_OK) < 0)
            links.other = true;
        else if (!is_playpen(file))
            links.other = links.callable = true;
        else if (has_prefix(entry->d_name, "pp-"))
            links.pp = true;
        else
            links.bare |= !streq(entry->d_name, "playpen");
    }
    return links;
}

bool has_only_bare_links(const char *dir)
{
    struct links links = { 0 };

    if (*dir == '/')
        links = links_in(dir);
    return links.bare && !links.pp && !links.callable;
}

bool finds_shim(const char *name, const struct view *view)
{
    AUTOSTRV struct strv dirs = { 0 };

    strv_split(&dirs, search_path());
    for (char **dir = dirs.v; *dir && !strchr(name, '/'); dir++) {
        AUTOFREE char *file = xasprintf("%s/%s", *dir, name);

        if (access(file, X_OK) == 0 && !(view && is_hidden(view, file)))
            return is_playpen(file);
    }
    return false;
}

/* What a shim became last: its process, and the file. ccache, which is called gcc
 * somewhere on PATH, looks for the next gcc there, and finds the shim again. */
static const char became[] = "PLAYPEN_BECAME";

/* Is FILE a link of this program, or the one that this process or its parent has
 * become by such a link? */
static bool is_passed_over(const char *file)
{
    const char *last = getenv(became);
    char *rest = NULL;
    long pid = last ? strtol(last, &rest, 10) : 0;

    return is_playpen(file) || (last && (pid == getpid() || pid == getppid()) &&
                                *rest == ' ' && streq(rest + 1, file));
}

void exec_nested(char **command)
{
    char *file = search_command(command[0], search_path(), is_passed_over);
    AUTOFREE char *real = NULL, *now = NULL;

    if (!file)
        file = find_command(command[0], search_path(), is_playpen);
    real = real_path(file);
    now = xasprintf("%d %s", (int)getpid(), file);
    /* A tool by its own name, as make, may mean itself. */
    if (!real || strstr(base_name(real), command[0]))
        unsetenv(became);
    else
        setenv(became, now, 1);
    if (finds_shim(command[0], NULL))
        command[0] = file;
    execv(file, command);
    die_status(EXIT_NOT_EXEC, "%s: cannot be executed: %s", file,
               strerror(errno));
}

/* ---- the links ---- */

/* Is LINK one of playpen's links? So is one whose playpen has moved. */
static bool is_our_link(const char *link)
{
    char target[4096];
    ssize_t length = readlink(link, target, sizeof(target) - 1);

    if (length < 0)
        return false;
    target[length] = '\0';
    return is_playpen(link) ||
           (access(link, F_OK) < 0 && streq(base_name(target), "playpen"));
}

/* Makes LINK lead to SELF; false where something foreign is in its place. */
static bool make_link(const char *self, const char *link)
{
    AUTOFREE char *fresh = xasprintf("%s.%d", link, (int)getpid());
    char target[4096];
    ssize_t length = readlink(link, target, sizeof(target) - 1);
    struct stat st;

    if (length >= 0 && (size_t)length == strlen(self) &&
        strncmp(target, self, (size_t)length) == 0)
        return true;
    if (lstat(link, &st) == 0) {
        if (!is_our_link(link))
            return false;
        /* Replaced in one step: there is no moment without the link. */
        if (symlink(self, fresh) < 0 || rename(fresh, link) < 0) {
            unlink(fresh);
            die("%s: cannot be made: %s", link, strerror(errno));
        }
    } else if (symlink(self, link) < 0) {
        die("%s: cannot be made: %s", link, strerror(errno));
    }
    return true;
}

/* The index of DIR among DIRS; as many as there are where it is none of them. */
static size_t place_among(const struct strv *dirs, const char *dir)
{
    AUTOFREE char *real = real_path(dir);
    size_t i;

    for (i = 0; i < dirs->n; i++) {
        AUTOFREE char *entry = real_path(dirs->v[i]);

        if (entry && real && streq(entry, real))
            break;
    }
    return i;
}

/* Is a NAME that is not playpen in one of the first COUNT of DIRS? */
static bool comes_before(const char *name, const struct strv *dirs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTOFREE char *file = xasprintf("%s/%s", dirs->v[i], name);

        if (access(file, X_OK) == 0 && !is_playpen(file))
            return true;
    }
    return false;
}

static void warn_of_path(const char *dir, const struct strv *made)
{
    AUTOSTRV struct strv dirs = { 0 }, late = { 0 };
    AUTOFREE char *list = NULL;
    size_t place;

    strv_split(&dirs, getenv("PATH"));
    place = place_among(&dirs, dir);
    if (place == dirs.n) {
        warn("%s is not on PATH: put it first there, for the links to be found",
             dir);
        return;
    }
    for (size_t i = 0; i < made->n; i++)
        if (comes_before(made->v[i], &dirs, place))
            strv_push(&late, made->v[i]);
    list = strv_join(&late, ", ");
    if (late.n)
        warn("%s comes after other programs of these names on PATH, put it "
             "before them: %s",
             dir, list);
}

int install_shims(const char *where, char *const *names, bool bare)
{
    AUTOFREE char *here = working_directory();
    AUTOFREE char *dir = absolute_path(where, here);
    AUTOFREE char *self = own_file();
    AUTOSTRV struct strv all = { 0 }, made = { 0 };
    int status = EXIT_SUCCESS;
    struct stat st;

    if (!self)
        die("/proc/self/exe: %s", strerror(errno));
    if (!dir)
        die("--install-shims %s: no such user", ellipsize(where));
    if (stat(dir, &st) == 0 && !S_ISDIR(st.st_mode))
        die("--install-shims %s: expected a directory", ellipsize(where));
    if (*names)
        for (; *names; names++)
            strv_push(&all, *names);
    else
        preset_names(&all);
    for (size_t i = 0; i < all.n; i++)
        if (!preset_exists(all.v[i]))
            no_such_preset(all.v[i]);
    make_directory(dir);
    for (size_t i = 0; i < all.n; i++) {
        AUTOFREE char *name = xasprintf("%s%s", bare ? "" : "pp-", all.v[i]);
        AUTOFREE char *link = xasprintf("%s/%s", dir, name);

        if (make_link(self, link)) {
            strv_push(&made, name);
            continue;
        }
        warn("%s is there and not playpen's own link: left as it is", link);
        status = EXIT_REFUSED;
    }
    warn_of_path(dir, &made);
    return status;
}

int remove_shims(const char *where)
{
    AUTOFREE char *here = working_directory();
    AUTOFREE char *path = absolute_path(where, here);
    AUTODIR DIR *dir = path ? opendir(path) : NULL;
    struct dirent *entry;
    int status = EXIT_SUCCESS;

    if (!dir)
        die("--remove-shims %s: %s", ellipsize(where),
            path ? strerror(errno) : "no such user");
    while ((entry = readdir(dir))) {
        AUTOFREE char *link = xasprintf("%s/%s", path, entry->d_name);

        /* A link of any name: its preset may be gone. */
        if (name_of_shim(entry->d_name) && is_our_link(link) &&
            unlink(link) < 0) {
            warn("%s: cannot be removed: %s", link, strerror(errno));
            status = EXIT_REFUSED;
        }
    }
    return status;
}
