/*
 * gpu.c - the device nodes of what computes and draws.
 */
#include "gpu.h"

#include <fnmatch.h>
#include <glob.h>

static const struct {
    const char *nodes; /* glob(7) */
    const char *group; /* of a directory: its devices, as in /proc/devices */
} places[] = {
    { "/dev/dri", "char-drm" }, /* all but NVIDIA's own driver */
    { "/dev/accel", "char-accel" },
    { "/dev/kfd", NULL }, /* AMD, to compute */
    { "/dev/nvidia*", NULL },
    { "/dev/dxg", NULL }, /* Windows' own, in WSL */
};

void show_gpu(struct view *view)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        glob_t found = { 0 };

        if (glob(places[i].nodes, 0, NULL, &found) == 0)
            for (size_t j = 0; j < found.gl_pathc; j++)
                add_mount(view, MOUNT_RW, found.gl_pathv[j], found.gl_pathv[j],
                          NULL, "a GPU (--gpu)");
        globfree(&found);
    }
}

const char *gpu_device(const char *path)
{
    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (fnmatch(places[i].nodes, path, FNM_PATHNAME) == 0)
            return places[i].group ? places[i].group : path;
    return NULL;
}
