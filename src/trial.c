/*
 * trial.c - what is known of this machine only by trying it out through the
 * manager. Whether a unit can have namespaces is decided by what the manager's
 * executor may do (AppArmor's profiles go by program), not by what playpen may.
 * A start costs much, so what was found is kept in the runtime directory, which
 * ends with the session, for as long as systemd-run is the same file.
 */
#include "trial.h"
#include "path.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* The file's identity: as long as it is the same, so is the version. NULL where
 * there is none. */
static char *identity(const char *file)
{
    struct stat st;

    if (!file || stat(file, &st) < 0)
        return NULL;
    return xasprintf("%ju:%ju:%jd.%09ld:%jd ", (uintmax_t)st.st_dev,
                     (uintmax_t)st.st_ino, (intmax_t)st.st_mtim.tv_sec,
                     st.st_mtim.tv_nsec, (intmax_t)st.st_size);
}

static char *place(const struct host *host, const char *what)
{
    return host->runtime_dir
               ? xasprintf("%s/playpen/%s", host->runtime_dir, what)
               : NULL;
}

/* What was remembered of WHAT while FILE was what it is, the caller's; NULL for
 * nothing. */
static char *recall(const struct host *host, const char *what, const char *file)
{
    AUTOFREE char *path = place(host, what), *key = identity(file);
    AUTOFREE char *known = path ? read_small_file(path) : NULL;

    return key && known && has_prefix(known, key)
               ? xstrdup(known + strlen(key))
               : NULL;
}

/* Where it cannot be written, the next run tries again. */
static void remember(const struct host *host, const char *what,
                     const char *file, const char *value)
{
    AUTOFREE char *path = place(host, what), *key = identity(file);
    AUTOFREE char *dir = path ? parent_of(path) : NULL;
    AUTOFREE char *fresh =
        path ? xasprintf("%s.%d", path, (int)getpid()) : NULL;
    FILE *out;

    if (!path || !key || (mkdir(dir, 0700) < 0 && errno != EEXIST))
        return;
    out = fopen(fresh, "we");
    if (!out)
        return;
    fprintf(out, "%s%s\n", key, value);
    if (fclose(out) != 0 || rename(fresh, path) < 0)
        unlink(fresh);
}

unsigned systemd_version(const struct host *host, const char *file)
{
    const char *const words[] = { file, "--version", NULL };
    AUTOFREE char *known = recall(host, "version", file);
    AUTOFREE char *answer = NULL, *text = NULL;
    unsigned version;

    if (known)
        return (unsigned)strtoul(known, NULL, 10);
    /* "systemd 252 (252.39-1~deb12u1)" */
    run_program(words, TRY_SECONDS, &answer);
    version = answer && has_prefix(answer, "systemd ")
                  ? (unsigned)strtoul(answer + strlen("systemd "), NULL, 10)
                  : 0;
    text = xasprintf("%u", version);
    if (version)
        remember(host, "version", file, text);
    return version;
}

int try_namespaces(const struct host *host)
{
    AUTOFREE char *file = system_program("systemd-run");
    const char *const words[] = { file,
                                  manager_option(host->system),
                                  "--quiet",
                                  "--collect",
                                  "--wait",
                                  "--description=playpen: are there namespaces?",
                                  "-pLogLevelMax=notice",
                                  "-pStandardOutput=null",
                                  "-pPrivateTmp=yes",
                                  host->system ? "--" : "-pPrivateUsers=yes",
                                  file,
                                  "--version",
                                  NULL };
    int status;
    pid_t pid;

    if (!file)
        return -1;
    /* Its environment is to be the manager's, and this process's to stay. */
    pid = fork();
    if (pid == 0) {
        set_manager_environment(host);
        _exit(run_program(words, TRY_SECONDS, NULL) & 0xff);
    }
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status)
               ? WEXITSTATUS(status)
               : -1;
}

bool has_namespaces(const struct host *host)
{
    AUTOFREE char *file = system_program("systemd-run");
    AUTOFREE char *known = file ? recall(host, "namespaces", file) : NULL;
    int status;

    if (known)
        return true;
    status = try_namespaces(host);
    if (status == 0)
        remember(host, "namespaces", file, "yes");
    /* What else there is amiss the run itself will tell. */
    return status < 200 || status > 243;
}

void forget_namespaces(const struct host *host)
{
    AUTOFREE char *path = place(host, "namespaces");

    if (path)
        unlink(path);
}
