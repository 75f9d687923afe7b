/*
 * files.c - what is read in files of the confined: "#!" lines, git's
 * configuration and index.
 */
#include "../../src/command.c"
#include "../../src/gitconfig.h"
#include "../../src/gitindex.h"

#include <stdio.h>
#include <sys/mman.h>

void fuzz_one(char *text, size_t size)
{
    static char path[] = "/proc/self/fd/1000000";
    static int fd = -1;
    char *shared;
    struct gitconfig config = { 0 };

    if (fd < 0) {
        fd = memfd_create("input", MFD_CLOEXEC);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    }
    if (ftruncate(fd, 0) < 0 ||
        pwrite(fd, text, size, 0) != (ssize_t)size)
        abort();
    free(index_problem((const unsigned char *)text, size, size & 1, &shared));
    free(shared);
    gitconfig_parse(text, size, &config);
    for (size_t i = 0; i < config.count; i++)
        if (is_harmless(&config.list[i]) &&
            !gitconfig_has(&config, &config.list[i]))
            abort();
    gitconfig_free(&config);
    free(interpreter_of(path));
}
