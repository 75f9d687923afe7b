/*
 * ssh.c - the user's copies of what the system's ssh_config(5) includes.
 */
#include "ssh.h"
#include "path.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is read by itself. That file's owner does not matter to ssh. */
static const char *const configurations[] = { "/etc/ssh/ssh_config",
                                              "/usr/etc/ssh/ssh_config", NULL };

enum { DEEPEST = 16 }; /* as in ssh's readconf.c */

static void list_included(const char *file, int depth, struct strv *found);

static void list_matching(const char *pattern, int depth, struct strv *found)
{
    AUTOFREE char *whole = absolute_path(pattern, "/etc/ssh");
    glob_t matches = { 0 };

    if (whole && glob(whole, 0, NULL, &matches) == 0)
        for (size_t i = 0; i < matches.gl_pathc; i++) {
            AUTOFREE char *real = real_path(matches.gl_pathv[i]);

            if (!real || strv_has(found, real))
                continue;
            strv_push(found, real);
            list_included(real, depth + 1, found);
        }
    globfree(&matches);
}

/* Adds to FOUND the files that FILE includes, and what they do. */
static void list_included(const char *file, int depth, struct strv *found)
{
    AUTOFILE FILE *in = depth < DEEPEST ? fopen(file, "re") : NULL;
    AUTOFREE char *line = NULL;
    size_t size = 0;

    while (in && getline(&line, &size, in) > 0) {
        const char *word = line + strspn(line, " \t");
        AUTOSTRV struct strv patterns = { 0 };
        const size_t length = strlen("Include");

        if (strncasecmp(word, "Include", length) != 0 ||
            !word[length] || !strchr(" \t=\"", word[length]))
            continue;
        word += length;
        word += strspn(word, " \t");
        word += *word == '=';
        free(shell_split(word, SPLIT_COMMENTS, &patterns));
        for (size_t i = 0; i < patterns.n; i++) {
            patterns.v[i][strcspn(patterns.v[i], "\r\n")] = '\0';
            list_matching(patterns.v[i], depth, found);
        }
    }
}

/* TO appears whole or not at all, and replaces none, which another run mounts. */
static bool copy(const char *from, const char *to)
{
    AUTOFREE char *fresh = xasprintf("%s.%d", to, (int)getpid());
    AUTOCLOSE int in = open(from, O_RDONLY | O_CLOEXEC);
    AUTOCLOSE int out = -1;
    char bytes[4096];
    ssize_t n = -1;
    bool made;

    if (in >= 0)
        out = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    while (out >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
        if (write(out, bytes, (size_t)n) != n)
            break;
    made = n == 0 && (link(fresh, to) == 0 || errno == EEXIST);
    if (out >= 0)
        unlink(fresh);
    return made;
}

/* A copy has the name of what it is a copy of: another time, another name. */
static void mount_copy(struct view *view, const char *dir, const char *file)
{
    AUTOFREE char *mine = NULL;
    struct stat st;

    /* What ssh refuses outside it refuses inside. */
    if (stat(file, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != 0 ||
        st.st_mode & 022 || is_hidden(view, file) || !can_be_mounted(file) ||
        strpbrk(file, "'\"") || access(file, R_OK) < 0)
        return;
    mine = xasprintf("%s/%ju-%ju-%jd.%09ld-%jd", dir, (uintmax_t)st.st_dev,
                     (uintmax_t)st.st_ino, (intmax_t)st.st_mtim.tv_sec,
                     st.st_mtim.tv_nsec, (intmax_t)st.st_size);
    if (!exists(mine) &&
        (is_dry_run(view) || !try_directory(dir) || !copy(file, mine))) {
        if (!is_dry_run(view))
            warn("%s: ssh may refuse it inside, for it cannot be copied to %s: "
                 "%s",
                 file, dir, strerror(errno));
        return;
    }
    add_mount(view, MOUNT_RO, mine, file, NULL,
              "the user's copy: in a user namespace ssh refuses root's");
}

void keep_ssh_configuration(struct view *view, const struct host *host)
{
    AUTOFREE char *dir = xasprintf("%s/playpen/ssh", host->runtime_dir);
    AUTOSTRV struct strv found = { 0 };

    if (host->system)
        return;
    for (const char *const *file = configurations; *file; file++)
        list_included(*file, 0, &found);
    for (size_t i = 0; i < found.n; i++)
        mount_copy(view, dir, found.v[i]);
}
