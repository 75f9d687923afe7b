/*
 * learn.c - adds to a preset what its tool missed. It believes the tool: what
 * that looked for is granted, but for what --why never suggests.
 */
#include "learn.h"
#include "confine.h"
#include "installation.h"
#include "path.h"
#include "preset.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* So many names in a directory are granted by the directory. */
enum { NAMES_FOLDED = 3 };

struct lessons {
    const char *text; /* of the preset so far; or NULL */
    char *lines;      /* that it lacks, each with its comment above it */
};

/* Is LINE one of the lines of TEXT, which may be NULL? */
static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (; text; text = strchr(text, '\n')) {
        text += *text == '\n';
        if (strncmp(text, line, length) == 0 &&
            (!text[length] || text[length] == '\n'))
            return true;
    }
    return false;
}

/* LINE for that REASON, unless it is there. Takes both. */
static void add_lesson(struct lessons *lessons, char *line, char *reason)
{
    AUTOFREE char *own = line, *before = NULL;
    AUTOFREE char *comment = escape_control(reason);

    free(reason);
    if (has_line(lessons->text, own) || has_line(lessons->lines, own))
        return;
    before = lessons->lines;
    lessons->lines =
        xasprintf("%s# %s\n%s\n", before, comment ? comment : "", own);
}

/* PATH as a word of a preset, where the home directory is "~". */
static char *preset_word(const char *path, const struct strv *homes)
{
    const char *below = below_home(path, homes);
    AUTOFREE char *quoted = shell_quote(below ? below + 1 : path);

    return below ? xasprintf("~/%s", quoted) : xstrdup(quoted);
}

/* ---- folding ---- */

static bool is_read(const struct finding *finding)
{
    return finding->option && has_prefix(finding->option, "--ro ");
}

/* With those that the preset has already. */
static size_t names_in(const struct view *view,
                       const struct findings *findings, const char *dir)
{
    const struct policy *policy = view->policy;
    size_t n = 0;

    for (size_t i = 0; i < policy->path_count; i++) {
        AUTOFREE char *parent = parent_of(view->rule_paths[i].path);

        n += policy->paths[i].access == ACCESS_RO &&
             policy->paths[i].level == LEVEL_USER_PRESET && streq(parent, dir);
    }
    for (size_t i = 0; i < findings->count; i++) {
        AUTOFREE char *parent = parent_of(findings->list[i].path);

        n += is_read(&findings->list[i]) && streq(parent, dir);
    }
    return n;
}

/* What is granted for the path: its directory, where that holds as many of the
 * names and nothing that is never suggested. The caller's. */
static char *fold(const struct view *view, const struct findings *findings,
                  const char *path, const struct strv *homes)
{
    char *parent = parent_of(path);

    if (names_in(view, findings, parent) >= NAMES_FOLDED &&
        !is_shared(parent, homes) && !holds_credentials(parent) &&
        !is_project(parent))
        return parent;
    free(parent);
    return xstrdup(path);
}

/* ---- the lines ---- */

static char *why_of(const struct finding *finding)
{
    return xasprintf("missed %u time%s by %s", finding->count,
                     finding->count == 1 ? "" : "s", finding->program);
}

static void learn_finding(const struct view *view,
                          const struct findings *findings,
                          const struct finding *finding,
                          const struct strv *homes, struct lessons *lessons)
{
    static const char *const added[] = { "--ro", "--persist", "--persist-file",
                                         NULL };
    AUTOFREE char *option =
        finding->option
            ? xstrndup(finding->option, strcspn(finding->option, " "))
            : xstrdup("");
    AUTOFREE char *path = NULL, *word = NULL;

    if (streq(option, "--net-allow")) {
        add_lesson(lessons, xstrdup(finding->option), why_of(finding));
        return;
    }
    if (!is_one_of(option, added)) {
        warn("  not added: %s: %s", finding->path,
             finding->option ? finding->option : finding->reason);
        return;
    }
    path = is_read(finding) ? fold(view, findings, finding->path, homes)
                            : xstrdup(finding->path);
    word = preset_word(path, homes);
    /* Where it is missing the tool does without it. */
    add_lesson(lessons,
               xasprintf("%s %s%s", option, is_read(finding) ? "-" : "", word),
               why_of(finding));
}

/* Twice the peak, in steps of 256M. */
static char *memory_line(const struct stats *stats)
{
    const uint64_t step = UINT64_C(256) << 20;
    uint64_t steps = 2 * stats->number[STAT_MEMORY] / step + 1;

    return xasprintf("--memory-limit %juM", (uintmax_t)(steps * 256));
}

/* What a new preset begins with. */
static void learn_beginning(const struct view *view, const struct stats *stats,
                            struct lessons *lessons)
{
    const struct policy *policy = view->policy;
    const char *slash = strchr(policy->command[0], '/');

    add_lesson(lessons, xstrdup(bundle_option(policy)),
               xasprintf("learnt from %s", base_name(policy->command[0])));
    if (knows(stats, STAT_MEMORY)) {
        AUTOFREE char *peak = size_text(stats->number[STAT_MEMORY]);

        add_lesson(lessons, memory_line(stats),
                   xasprintf("twice the most memory that it took, %s", peak));
    }
    if (slash || !streq(policy->command[0], policy->learn)) {
        AUTOFREE char *path =
            slash ? absolute_path(policy->command[0], policy->directory)
                  : xstrdup(policy->command[0]);
        AUTOFREE char *word = shell_quote(path);

        add_lesson(lessons, xasprintf("-- %s", word), xstrdup("what it runs"));
    }
}

/* ---- the preset ---- */

static void show_lines(const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");

        warn("  %.*s", (int)length, lines);
        lines += length + 1;
    }
}

/* At a terminal; in any other case only --yes is a yes. */
static bool says_yes(const char *file)
{
    char answer[16] = "";

    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        warn("--yes adds them to %s", file);
        return false;
    }
    /* What was typed before the question is no answer. */
    tcflush(STDIN_FILENO, TCIFLUSH);
    fprintf(stderr, "playpen: add them to %s? [y/N] ", file);
    return fgets(answer, sizeof(answer), stdin) &&
           (*answer == 'y' || *answer == 'Y');
}

static void add_lines(const char *file, const char *text, const char *lines)
{
    AUTOFREE char *dir = parent_of(file);
    int fd;
    bool whole;

    make_directory(dir);
    fd = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        die("%s: %s", file, strerror(errno));
    whole = (!text || !*text || has_suffix(text, "\n") ||
             write(fd, "\n", 1) == 1) &&
            write(fd, lines, strlen(lines)) == (ssize_t)strlen(lines);
    if (close(fd) < 0 || !whole)
        die("%s: cannot be written: %s", file, strerror(errno));
}

void learn(const struct view *view, const struct findings *findings,
           const struct stats *stats)
{
    const struct policy *policy = view->policy;
    AUTOSTRV struct strv homes = { 0 };
    AUTOFREE char *dir = preset_directory();
    AUTOFREE char *file = xasprintf("%s/%s", dir, policy->learn);
    AUTOFREE char *text = read_small_file(file);
    AUTOFREE char *lines = NULL;
    struct lessons lessons = { text, xstrdup("") };

    list_homes(&homes);
    if (!preset_exists(policy->learn))
        learn_beginning(view, stats, &lessons);
    for (size_t i = 0; i < findings->count; i++)
        learn_finding(view, findings, &findings->list[i], &homes, &lessons);
    lines = lessons.lines;
    if (!*lines) {
        warn("the preset %s lacks nothing that this run missed: no other run "
             "is needed",
             policy->learn);
        return;
    }
    warn("the preset %s lacks these lines:", policy->learn);
    show_lines(lines);
    if (!policy->yes && !says_yes(file))
        return;
    add_lines(file, text, lines);
    warn("added to %s: run it once more, until nothing is lacking", file);
}
