/*
 * stats.c - what a run took. What is unknown is left out, never 0: a controller
 * may be missing, and an older kernel has no memory.peak (5.19) or pids.peak
 * (6.1).
 */
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where a number is found: the first one of FILE, the one after the word WORD,
 * or, of a WORD that ends with '=', the sum of all that follow such a word. KEY
 * is its name in JSON: what ends with "_seconds" is in microseconds here. */
static const struct row {
    const char *key, *file, *word;
} rows[STATS] = {
    [STAT_WALL] = { "wall_seconds", NULL, NULL },
    [STAT_CPU] = { "cpu_seconds", "cpu.stat", "usage_usec" },
    [STAT_CPU_USER] = { "cpu_user_seconds", "cpu.stat", "user_usec" },
    [STAT_CPU_SYSTEM] = { "cpu_system_seconds", "cpu.stat", "system_usec" },
    [STAT_CPU_QUOTA] = { "cpu_quota_seconds", "cpu.max", NULL },
    [STAT_CPU_PERIOD] = { "cpu_period_seconds", NULL, NULL },
    [STAT_PERIODS] = { "cpu_periods", "cpu.stat", "nr_periods" },
    [STAT_THROTTLED_PERIODS] = { "cpu_periods_throttled", "cpu.stat",
                                 "nr_throttled" },
    [STAT_THROTTLED] = { "cpu_throttled_seconds", "cpu.stat", "throttled_usec" },
    [STAT_MEMORY] = { "memory_peak_bytes", "memory.peak", NULL },
    [STAT_MEMORY_LIMIT] = { "memory_limit_bytes", "memory.max", NULL },
    [STAT_OOM_KILLS] = { "oom_kills", "memory.events", "oom_kill" },
    [STAT_TASKS] = { "tasks_peak", "pids.peak", NULL },
    [STAT_TASKS_LIMIT] = { "tasks_limit", "pids.max", NULL },
    [STAT_TASKS_REFUSED] = { "tasks_refused", "pids.events", "max" },
    [STAT_READ] = { "io_read_bytes", "io.stat", "rbytes=" },
    [STAT_WRITTEN] = { "io_written_bytes", "io.stat", "wbytes=" },
};

bool knows(const struct stats *stats, enum stat_number which)
{
    return stats->known >> which & 1;
}

void set_stat(struct stats *stats, enum stat_number which, uint64_t number)
{
    stats->known |= UINT32_C(1) << which;
    stats->number[which] = number;
}

/* ---- reading ---- */

static bool parse_number(const char *word, uint64_t *number)
{
    char *end;

    if (!word || *word < '0' || *word > '9')
        return false;
    *number = strtoull(word, &end, 10);
    return !*end;
}

/* Takes TEXT, a file's content, apart. */
static bool find_number(char *text, const struct row *row, uint64_t *number)
{
    bool sum = row->word && has_suffix(row->word, "="), found = false;
    uint64_t one;

    *number = 0;
    for (char *save, *word = strtok_r(text, " \n", &save); word;
         word = strtok_r(NULL, " \n", &save)) {
        if (!row->word)
            return parse_number(word, number);
        if (!sum && streq(word, row->word))
            return parse_number(strtok_r(NULL, " \n", &save), number);
        if (sum && has_prefix(word, row->word) &&
            parse_number(word + strlen(row->word), &one)) {
            *number += one;
            found = true;
        }
    }
    return found;
}

static char *read_file(int dir, const char *name, char *text, size_t size)
{
    AUTOCLOSE int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

    text[n < 0 ? 0 : n] = '\0';
    /* What does not fit would make a sum too small. */
    return n < 0 || n == (ssize_t)size - 1 ? NULL : text;
}

void read_stats(int dir, struct stats *stats)
{
    char text[1 << 16];
    uint64_t number;
    const char *space;

    *stats = (struct stats){ 0 };
    for (enum stat_number i = 0; i < STATS; i++)
        if (rows[i].file && read_file(dir, rows[i].file, text, sizeof(text)) &&
            find_number(text, &rows[i], &number))
            set_stat(stats, i, number);
    /* "QUOTA PERIOD" */
    if (knows(stats, STAT_CPU_QUOTA) &&
        read_file(dir, "cpu.max", text, sizeof(text)) &&
        (space = strchr(text, ' ')))
        set_stat(stats, STAT_CPU_PERIOD, strtoull(space, NULL, 10));
}

void subtract_cpu(struct stats *stats, const struct stats *before)
{
    for (enum stat_number i = STAT_CPU; i <= STAT_CPU_SYSTEM; i++)
        if (knows(stats, i) && knows(before, i))
            stats->number[i] -= before->number[i];
}

/* ---- showing ---- */

char *size_text(uint64_t bytes)
{
    static const char units[] = "KMGTPE";
    double value = (double)bytes;
    int i = -1;

    while (value >= 1023.95 && units[i + 1]) {
        value /= 1024;
        i++;
    }
    return i < 0 ? xasprintf("%u", (unsigned)bytes)
                 : xasprintf("%.1f%c", value, units[i]);
}

static void add_cpu(struct strv *parts, const struct stats *stats)
{
    const uint64_t *n = stats->number;

    if (knows(stats, STAT_CPU))
        strv_pushf(parts, "CPU %.2fs", (double)n[STAT_CPU] / 1e6);
    if (knows(stats, STAT_THROTTLED_PERIODS) && n[STAT_THROTTLED_PERIODS] &&
        knows(stats, STAT_PERIODS) && knows(stats, STAT_CPU_PERIOD) &&
        n[STAT_PERIODS] && n[STAT_CPU_PERIOD])
        strv_pushf(parts, "throttled %.0f%% of the time (--cpu-limit %.0f%%)",
            100.0 * (double)n[STAT_THROTTLED_PERIODS] /
                (double)n[STAT_PERIODS],
            100.0 * (double)n[STAT_CPU_QUOTA] / (double)n[STAT_CPU_PERIOD]);
}

static void add_memory(struct strv *parts, const struct stats *stats)
{
    AUTOFREE char *peak = size_text(stats->number[STAT_MEMORY]);
    AUTOFREE char *limit = size_text(stats->number[STAT_MEMORY_LIMIT]);

    if (!knows(stats, STAT_MEMORY))
        return;
    if (knows(stats, STAT_MEMORY_LIMIT))
        strv_pushf(parts, "memory %s of %s", peak, limit);
    else
        strv_pushf(parts, "memory %s", peak);
}

static void add_rest(struct strv *parts, const struct stats *stats)
{
    const uint64_t *n = stats->number;
    AUTOFREE char *in = size_text(n[STAT_READ]);
    AUTOFREE char *out = size_text(n[STAT_WRITTEN]);

    if (knows(stats, STAT_TASKS))
        strv_pushf(parts, "tasks %ju", (uintmax_t)n[STAT_TASKS]);
    if (knows(stats, STAT_TASKS_REFUSED) && n[STAT_TASKS_REFUSED])
        strv_pushf(parts, "the tasks' limit was hit %ju time%s (--tasks-limit)",
            (uintmax_t)n[STAT_TASKS_REFUSED],
            n[STAT_TASKS_REFUSED] == 1 ? "" : "s");
    if (knows(stats, STAT_READ) && knows(stats, STAT_WRITTEN))
        strv_pushf(parts, "read %s, written %s", in, out);
}

static void put_string(FILE *out, const char *s)
{
    AUTOFREE char *shown = escape_control(s);

    putc('"', out);
    for (s = shown ? shown : ""; *s; s++)
        fprintf(out, "%s%c", strchr("\"\\", *s) ? "\\" : "", *s);
    putc('"', out);
}

static void put_json(FILE *out, const struct stats *stats, const char *name,
                     const char *unit, int status)
{
    fputs("{\"command\": ", out);
    put_string(out, name);
    fputs(", \"unit\": ", out);
    put_string(out, unit);
    fprintf(out, ", \"status\": %d", status);
    for (enum stat_number i = 0; i < STATS; i++) {
        uintmax_t n = stats->number[i];

        if (!knows(stats, i))
            continue;
        /* No printf(3) of a double: its point is the locale's. */
        if (has_suffix(rows[i].key, "_seconds"))
            fprintf(out, ", \"%s\": %ju.%06ju", rows[i].key, n / 1000000,
                    n % 1000000);
        else
            fprintf(out, ", \"%s\": %ju", rows[i].key, n);
    }
    fputs("}\n", out);
}

int open_stats_file(const char *name, const char *path)
{
    struct stat st;
    int fd = open(path,
                  O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY |
                      O_CLOEXEC,
                  0666);

    if (fd < 0)
        die("--stats %s: %s", name,
            errno == ELOOP ? "is a symbolic link: name the file itself"
                           : strerror(errno));
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || ftruncate(fd, 0) < 0)
        die("--stats %s: expected a regular file", name);
    return fd;
}

void show_stats(const struct stats *stats, const char *name, const char *unit,
                int status, int fd)
{
    AUTOSTRV struct strv parts = { 0 };
    AUTOFREE char *line = NULL;
    FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
    struct stat st;

    if (out) {
        /* The command may have had the file in its reach. */
        (void)!ftruncate(fd, 0);
        put_json(out, stats, name, unit, status);
        if (fstat(fd, &st) == 0 && st.st_nlink == 0)
            warn("--stats: the command removed the file, and what it took with "
                 "it: name one that is not in its reach");
        if (fclose(out) != 0)
            warn("--stats: cannot be written: %s", strerror(errno));
        return;
    }
    if (knows(stats, STAT_WALL))
        strv_pushf(&parts, "%.2fs", (double)stats->number[STAT_WALL] / 1e6);
    add_cpu(&parts, stats);
    add_memory(&parts, stats);
    add_rest(&parts, stats);
    line = strv_join(&parts, ", ");
    warn("%s: %s", name,
         parts.n ? line : "nothing is known of what it took: its unit was ended "
                          "from outside");
}
