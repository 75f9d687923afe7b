/*
 * stats.h - what a run took: read by the stage from its own cgroup, shown by
 * playpen at the end. cgroup-v2.rst of the kernel.
 */
#ifndef STATS_H
#define STATS_H

#include "util.h"

/* Times are in microseconds, sizes in bytes. */
enum stat_number {
    STAT_WALL,
    STAT_CPU,
    STAT_CPU_USER,
    STAT_CPU_SYSTEM,
    STAT_CPU_QUOTA, /* of a period */
    STAT_CPU_PERIOD,
    STAT_PERIODS,
    STAT_THROTTLED_PERIODS,
    STAT_THROTTLED,
    STAT_MEMORY,
    STAT_MEMORY_LIMIT,
    STAT_OOM_KILLS,
    STAT_TASKS,
    STAT_TASKS_LIMIT,
    STAT_TASKS_REFUSED,
    STAT_READ,
    STAT_WRITTEN,
    STATS,
};

/* Zeroed it knows nothing. */
struct stats {
    uint32_t known; /* a bit for each number */
    uint64_t number[STATS];
};

/* Reads all that the cgroup DIR tells. A file that this kernel or this cgroup
 * does not have, and a limit of "max", leave their numbers unknown. */
void read_stats(int dir, struct stats *stats);

bool knows(const struct stats *stats, enum stat_number which);
void set_stat(struct stats *stats, enum stat_number which, uint64_t number);

/* Takes from the CPU times of STATS those of BEFORE. */
void subtract_cpu(struct stats *stats, const struct stats *before);

/* BYTES as "48.3M"; the caller's. */
char *size_text(uint64_t bytes);

/* The file PATH, which is what the option's value NAME means, to be written at the
 * end; dies where that is no regular file or cannot be written. */
int open_stats_file(const char *name, const char *path);

/* One line on standard error; with FD from open_stats_file() rather a JSON
 * object there, whose keys the manual tells. NAME is the command's, UNIT the
 * unit's. */
void show_stats(const struct stats *stats, const char *name, const char *unit,
                int status, int fd);

#endif
