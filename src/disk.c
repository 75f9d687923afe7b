/*
 * disk.c - the block device under a directory, for limits on its bandwidth. A
 * file system that may lie on several devices, as btrfs, has a number of its
 * own, which no block device has.
 */
#include "disk.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

/* The source of the mount that DIR lies on, the caller's; NULL where it cannot
 * be told. */
static char *mount_source(const char *dir)
{
    struct statx stx;
    AUTOFILE FILE *list = NULL;
    AUTOFREE char *line = NULL;
    char *source = NULL;
    size_t size = 0;

    if (statx(AT_FDCWD, dir, AT_NO_AUTOMOUNT, STATX_MNT_ID, &stx) < 0 ||
        !(stx.stx_mask & STATX_MNT_ID))
        return NULL;
    list = fopen("/proc/self/mountinfo", "re");
    while (list && !source && getline(&line, &size, list) > 0) {
        const char *fields = strstr(line, " - ");
        char name[256];

        if (strtoull(line, NULL, 10) == stx.stx_mnt_id && fields &&
            sscanf(fields, " - %*s %255s", name) == 1)
            source = xstrdup(name);
    }
    return source;
}

/* Is DEVICE, a path in /dev, one of several of a btrfs? */
static bool one_of_several(const char *device)
{
    AUTOFREE char *real = realpath(device, NULL);
    AUTOFREE char *pattern =
        real ? xasprintf("/sys/fs/btrfs/*/devices/%s", strrchr(real, '/') + 1)
             : NULL;
    glob_t found = { 0 };
    bool several = false;

    if (!pattern || glob(pattern, 0, NULL, &found) != 0)
        return false;
    for (size_t i = 0; i < found.gl_pathc && !several; i++) {
        AUTOFREE char *all = xasprintf(
            "%.*s/*", (int)(strrchr(found.gl_pathv[i], '/') - found.gl_pathv[i]),
            found.gl_pathv[i]);
        glob_t devices = { 0 };

        several = glob(all, 0, NULL, &devices) == 0 && devices.gl_pathc > 1;
        globfree(&devices);
    }
    globfree(&found);
    return several;
}

char *find_disk(const char *dir, unsigned *disk_major, unsigned *disk_minor)
{
    AUTOFREE char *source = NULL;
    struct stat st;

    if (stat(dir, &st) == 0 && major(st.st_dev)) {
        *disk_major = major(st.st_dev);
        *disk_minor = minor(st.st_dev);
        return NULL;
    }
    source = mount_source(dir);
    if (!source || *source != '/' || stat(source, &st) < 0 ||
        !S_ISBLK(st.st_mode))
        return xstrdup("is not on a block device, the limit would be ignored: "
                       "start it in a directory on a disk");
    if (one_of_several(source))
        return xasprintf("is on several disks (%s and others), and the limit "
                         "is one disk's: start it in a directory on a single "
                         "disk",
                         source);
    *disk_major = major(st.st_rdev);
    *disk_minor = minor(st.st_rdev);
    return NULL;
}
