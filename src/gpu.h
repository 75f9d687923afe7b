/*
 * gpu.h - graphics processors and their kin, in spite of --private-devices.
 */
#ifndef GPU_H
#define GPU_H

#include "view.h"

/* Mounts their nodes, as far as there are any. */
void show_gpu(struct view *view);

/* What DeviceAllow= calls the node, or directory of nodes, at PATH; NULL where
 * it is none of them. systemd.resource-control(5) */
const char *gpu_device(const char *path);

#endif
