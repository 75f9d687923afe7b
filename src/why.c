/*
 * why.c - of what the command did not find, what is there outside. A child asks
 * for that: a dead server of files, or a program that answers for a file system,
 * stops it and not this process.
 */
#include "why.h"
#include "autorun.h"
#include "confine.h"
#include "hide.h"
#include "installation.h"
#include "notify.h"
#include "path.h"
#include "persist.h"
#include "preset.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_LINES = 10, LOOK_SECONDS = 2 };

/* ---- the report ---- */

static bool next_string(char **text, char *end, char **string)
{
    char *zero = memchr(*text, '\0', (size_t)(end - *text));

    if (!zero)
        return false;
    *string = *text;
    *text = zero + 1;
    return true;
}

/* The number at the head of *TEXT and the blank after it are taken. */
static bool next_number(char **text, unsigned *number)
{
    char *end;
    unsigned long value = strtoul(*text, &end, 10);

    if (**text < '0' || **text > '9' || value > 0xffffffff ||
        (*end && *end != ' '))
        return false;
    *number = (unsigned)value;
    *text = end + (*end == ' ');
    return true;
}

bool read_report(char *text, size_t size, struct watched *watched)
{
    char *end = text + size, *line, *name;

    *watched = (struct watched){ 0 };
    if (!next_string(&text, end, &line) ||
        !next_number(&line, &watched->listeners) ||
        !next_number(&line, &watched->unseen) ||
        !next_number(&line, &watched->dropped))
        return false;
    while (text < end) {
        struct missed missed;

        if (!next_string(&text, end, &line) ||
            !next_string(&text, end, &name) ||
            !next_number(&line, &missed.what) ||
            !next_number(&line, &missed.count) ||
            !next_number(&line, &missed.last))
            return false;
        missed.program = line;
        missed.name = name;
        watched->names =
            grow(watched->names, watched->count, sizeof(*watched->names));
        watched->names[watched->count++] = missed;
    }
    return true;
}

/* ---- outside ---- */

/* What the child found, in memory that both have. */
struct found {
    enum { NOT_ASKED, NOT_THERE, THERE } there;
    unsigned what;    /* of what was missed, what is to be had outside */
    bool parent;      /* the directory that it is in, for it is not itself, */
    bool alone;       /* but not to be granted for it */
    bool directory;
    bool credentials; /* a directory that holds some */
    bool beside_shared; /* it is in such a directory: */
    bool shared;      /* a directory that holds more than one program's */
    char real[PATH_MAX]; /* where its links lead; "" for nowhere else */
};

/* The part of WHAT that PATH, of the kind ST, gives outside. */
static unsigned given(const char *path, const struct stat *st, unsigned what)
{
    static const struct {
        unsigned what;
        int mode;
    } modes[] = { { MISSED_LOOK, F_OK },    { MISSED_READ, R_OK },
                  { MISSED_EXECUTE, X_OK }, { MISSED_CONNECT, W_OK },
                  { MISSED_WRITE, W_OK },   { MISSED_PLACE, W_OK | X_OK },
                  { MISSED_MADE, W_OK } };
    unsigned had = 0;

    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (what & modes[i].what && access(path, modes[i].mode) == 0)
            had |= modes[i].what;
    if (!S_ISSOCK(st->st_mode))
        had &= ~(unsigned)MISSED_CONNECT;
    if (!S_ISREG(st->st_mode))
        had &= ~(unsigned)MISSED_MADE;
    return had;
}

static void ask_for(const struct missed *missed, const struct strv *homes,
                    const struct strv *networks, struct found *found)
{
    AUTOFREE char *parent = parent_of(missed->name), *above = NULL;
    const char *path = missed->name;
    unsigned what = missed->what;
    struct stat st;

    for (size_t i = 0; i < networks->n; i++)
        if (path_below(path, networks->v[i]))
            return;
    found->there = NOT_THERE;
    if (what & MISSED_PLACE ||
        (what & MISSED_WRITE &&
         fstatat(AT_FDCWD, path, &st, AT_NO_AUTOMOUNT) < 0)) {
        found->parent = true;
        path = parent;
        what = MISSED_PLACE;
    }
    /* In a directory of many programs the name alone is kept. */
    found->alone = found->parent && below_home(missed->name, homes) &&
                   is_shared(parent, homes);
    if (fstatat(AT_FDCWD, path, &st, AT_NO_AUTOMOUNT) < 0)
        return;
    found->what = given(path, &st, what);
    if (!found->what)
        return;
    found->what |= missed->what & MISSED_MADE;
    if (realpath(path, found->real) && streq(path, found->real))
        *found->real = '\0';
    found->directory = S_ISDIR(st.st_mode);
    if (found->alone) {
        found->directory = missed->what & MISSED_PLACE;
        found->beside_shared = true;
        found->there = THERE;
        return;
    }
    above = parent_of(path);
    found->beside_shared = is_shared(above, homes);
    if (found->directory) {
        found->credentials = holds_credentials(path);
        found->shared = is_shared(path, homes);
    }
    found->there = THERE;
}

/* The list has as many elements as that of WATCHED; NULL where there is no
 * memory. What took too long is NOT_ASKED. */
static struct found *ask_outside(const struct watched *watched,
                                 const struct strv *homes)
{
    AUTOSTRV struct strv networks = { 0 };
    size_t size = (watched->count + 1) * sizeof(struct found);
    struct found *found = mmap(NULL, size, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct pollfd end = { .events = 0 };
    int fds[2];
    pid_t pid;

    if (found == MAP_FAILED || pipe2(fds, O_CLOEXEC) < 0)
        return NULL;
    list_remote_mounts(&networks);
    pid = fork();
    if (pid == 0) {
        for (size_t i = 0; i < watched->count; i++)
            if (*watched->names[i].name == '/')
                ask_for(&watched->names[i], homes, &networks, &found[i]);
        _exit(0);
    }
    close(fds[1]);
    end.fd = fds[0];
    if (pid < 0)
        warn("--why: what is there outside cannot be looked at: fork: %s",
             strerror(errno));
    /* What waits for a disk cannot be killed, and is not waited for. */
    if (pid > 0 && poll(&end, 1, LOOK_SECONDS * 1000) <= 0)
        kill(pid, SIGKILL);
    else if (pid > 0)
        waitpid(pid, NULL, 0);
    close(fds[0]);
    return found;
}

/* ---- what is said of it ---- */

/* The names beyond are counted alone. */
enum { MOST_FINDINGS = 2000 };

/* What other programs run by themselves is not to be written by this one. */
static bool is_run_by_others(const char *path)
{
    AUTOFREE char *parent = parent_of(path);
    const char *dir = parent[1] ? parent + 1 : ".";

    return runs_by_itself(autorun_in(dir), dir, strrchr(path, '/') + 1) ||
           autorun_in(path + 1) == AUTORUN_ALL;
}

static bool is_playpens(const char *path)
{
    AUTOFREE char *presets = preset_directory();

    return path_below(path, presets) || path_below(presets, path) ||
           is_state(path);
}

#define TO_WRITE (MISSED_WRITE | MISSED_PLACE)

/* Why PATH, of whatever it is the name, is never suggested; NULL where it may
 * be. */
static const char *never_granted(const char *path, const struct strv *homes)
{
    /* systemd binds no name with a quote from 254 on. */
    if (!can_be_mounted(path) || strpbrk(path, "'\""))
        return "no option can name it";
    if (is_credential(path, homes))
        return "a credential, which is never suggested";
    if (is_known_socket(path, homes))
        return "a way out through a helper, which is never suggested";
    if (is_playpens(path))
        return "it decides about the next run";
    return NULL;
}

/* Why the path is not to be granted as it is outside. */
static const char *objection(const struct finding *finding)
{
    if (finding->what & TO_WRITE && is_run_by_others(finding->path))
        return "other programs run it by themselves";
    if (finding->found->shared)
        return "it holds more than one program's: grant a part of it";
    if (finding->found->credentials)
        return "it holds credentials: grant a part of it";
    return NULL;
}

/* The heavier, the more likely is it what the command failed for. */
static unsigned weight_of(const struct finding *finding)
{
    unsigned what = finding->what;

    if (what & TO_WRITE)
        return 3;
    if (what & MISSED_MADE)
        return 0;
    return what & (MISSED_READ | MISSED_EXECUTE | MISSED_CONNECT) ? 2 : 1;
}

/* What is written in the home directory is kept apart. A file is mostly replaced
 * by another of its name, so it is kept with its directory, if that is one
 * program's; it becomes the finding's path. */
static const char *keep_option(struct finding *finding)
{
    char *parent = parent_of(finding->path);
    bool alone = finding->found->directory || finding->found->beside_shared;

    if (alone) {
        free(parent);
        return finding->found->directory ? "--persist" : "--persist-file";
    }
    free(finding->path);
    finding->path = parent;
    return "--persist";
}

static void judge_path(const struct view *view, const struct strv *homes,
                       struct finding *finding)
{
    const char *path = finding->path, *option = "--ro";
    const struct mount *mount = mount_over(view, path);
    bool writes = finding->what & (TO_WRITE | MISSED_MADE);
    AUTOFREE char *word = NULL;

    finding->reason = never_granted(path, homes);
    if (!finding->reason && *finding->found->real)
        finding->reason = never_granted(finding->found->real, homes);
    if (!finding->reason && mount && mount->kind == MOUNT_INACCESSIBLE)
        finding->reason = mount->reason;
    if (finding->reason)
        return;
    if (path_below(path, "/dev") && !path_below(path, "/dev/shm")) {
        finding->reason = "a device";
        if (!view->restricted)
            finding->option = xstrdup("--private-devices false");
        return;
    }
    if (writes && below_home(path, homes)) {
        option = keep_option(finding);
    } else {
        finding->reason = objection(finding);
        if (finding->reason)
            return;
        /* --ro would make it a run that restricts paths. */
        if (writes || finding->what & MISSED_CONNECT || !view->restricted)
            option = "--rw";
    }
    word = shell_quote(finding->path);
    finding->option = xasprintf("%s %s", option, word);
}

/* The address of NAME, "192.0.2.1:80" or "[2001:db8::1]:80", in ADDRESS as
 * network.h has it; its port, or 0 for no such name. */
static uint16_t parse_address(const char *name, struct in6_addr *address)
{
    const char *colon = strrchr(name, ':');
    AUTOFREE char *host = NULL;

    if (!colon)
        return 0;
    host = *name == '[' && colon > name + 1
               ? xstrndup(name + 1, (size_t)(colon - name) - 2)
               : xstrndup(name, (size_t)(colon - name));
    return read_address(host, address) ? (uint16_t)strtoul(colon + 1, NULL, 10)
                                       : 0;
}

/* Of names on the list, which have addresses of playpen's own, and of other
 * names, playpen has told at the end of the run. */
static bool is_missed_address(const struct network *network, const char *name)
{
    struct in6_addr address;
    uint16_t port = parse_address(name, &address);

    if (network->mode == NETWORK_OPEN || !port)
        return false;
    return network->mode == NETWORK_NONE ||
           (!has_prefix(name, "198.18.") && !has_prefix(name, "198.19.") &&
            !rule_for_address(network, &address, port));
}

static void judge_address(const struct view *view, struct finding *finding)
{
    const char *name = finding->path;

    if (view->policy->network.mode == NETWORK_NONE)
        finding->reason =
            has_suffix(name, ":53")
                ? "names are not looked up: --net-allow HOST does that for "
                  "HOST, in place of --network none"
                : "there is no network: --net-allow, in place of --network "
                  "none, opens it to a host";
    else if (has_prefix(name, "127.") || has_prefix(name, "[::1]"))
        finding->option = xasprintf("--net-allow localhost%s",
                                    strrchr(name, ':'));
    else
        finding->option = xasprintf("--net-allow %s", name);
}

static int by_path(const void *a, const void *b)
{
    const struct finding *one = a, *other = b;

    return strcmp(one->path, other->path);
}

static int by_weight(const void *a, const void *b)
{
    const struct finding *one = a, *other = b;
    unsigned weight = weight_of(one), other_weight = weight_of(other);

    if (weight != other_weight)
        return weight < other_weight ? 1 : -1;
    return one->last < other->last ? 1 : -1;
}

/* Several names to be made lead to one directory. Returns how many are left. */
static size_t merge(struct finding *list, size_t count)
{
    size_t kept = 0;

    qsort(list, count, sizeof(*list), by_path);
    for (size_t i = 0; i < count; i++) {
        struct finding *same = kept ? &list[kept - 1] : NULL;

        if (!same || !streq(same->path, list[i].path)) {
            list[kept++] = list[i];
            continue;
        }
        same->what |= list[i].what;
        same->count += list[i].count;
        if (list[i].last > same->last)
            same->last = list[i].last;
        free(list[i].path);
    }
    return kept;
}

static bool is_below(const struct finding *one, const struct finding *above)
{
    return one != above && above->option && one->option &&
           path_below(one->path, above->path);
}

/* How many are below it? */
static size_t count_below(const struct finding *list, size_t count,
                          const struct finding *finding)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += is_below(&list[i], finding);
    return n;
}

/* Does the option of ABOVE, for a directory, do what that of ONE does? */
static bool covers(const struct finding *above, const struct finding *one)
{
    size_t length = strcspn(above->option, " ");

    return has_prefix(above->option, "--rw ") ||
           memcmp(above->option, one->option, length + 1) == 0;
}

/* Does another option do as well? Of a directory that was only looked at, and
 * one or two names in it, those are granted; of more names, or where it was
 * read, the directory. */
static bool is_granted_by_another(const struct finding *list, size_t count,
                                  const struct finding *finding)
{
    size_t below = count_below(list, count, finding);

    if (weight_of(finding) == 1 && (below == 1 || below == 2))
        return true;
    for (size_t i = 0; i < count; i++)
        if (is_below(finding, &list[i]) && covers(&list[i], finding) &&
            (weight_of(&list[i]) != 1 ||
             count_below(list, count, &list[i]) > 2))
            return true;
    return false;
}

static void show_finding(const struct finding *finding)
{
    AUTOFREE char *often = finding->count > 1
                               ? xasprintf("%u times, ", finding->count)
                               : xstrdup("");

    warn("  %s (%s%sby %s): %s", finding->path,
         finding->what & TO_WRITE         ? "to write, "
         : finding->what == MISSED_MADE ? "made anew, "
                                        : "",
         often, finding->program,
         finding->option ? finding->option : finding->reason);
}

/* Of a link that is seen inside it is the target that is missed: the command may
 * have made the link. The caller's. */
static char *path_to_grant(const struct view *view,
                           const struct missed *missed,
                           const struct found *found)
{
    char *path = found->parent && !found->alone ? parent_of(missed->name)
                                                : xstrdup(missed->name);

    if (*path != '/' || !*found->real || is_hidden(view, path))
        return path;
    free(path);
    return xstrdup(found->real);
}

/* Is the file at PATH the same inside and outside, and to be written? Then it was
 * made after it had been looked for, as git does with its directories of objects. */
static bool is_same_file(const struct view *view, const char *path)
{
    const struct mount *mount = mount_over(view, path);

    return mount && mount->kind == MOUNT_RW && !mount->kept &&
           streq(mount->source, mount->path);
}

/* Is it missed? What was only made is, where it hides one that is outside, and is
 * not kept. */
static bool is_missed(const struct view *view, const struct missed *missed,
                      const struct found *found)
{
    const struct mount *mount;

    if (*missed->name != '/')
        return is_missed_address(&view->policy->network, missed->name);
    if (found->there == THERE && !*found->real &&
        is_same_file(view, missed->name))
        return false;
    if (found->there != THERE || missed->what != MISSED_MADE)
        return found->there == THERE;
    mount = mount_over(view, missed->name);
    return is_hidden(view, missed->name) && !(mount && mount->kept);
}

/* Leaves out what another option grants as well. */
static void leave_out_granted(struct findings *findings)
{
    struct finding *kept = xmalloc((findings->count + 1) * sizeof(*kept));
    size_t n = 0;

    for (size_t i = 0; i < findings->count; i++)
        if (!is_granted_by_another(findings->list, findings->count,
                                   &findings->list[i]))
            kept[n++] = findings->list[i];
    free(findings->list);
    findings->list = kept;
    findings->count = n;
}

static void judge(const struct view *view, struct findings *findings)
{
    AUTOSTRV struct strv homes = { 0 };
    const struct watched *watched = &findings->watched;
    const struct found *found;
    struct finding *list =
        xmalloc((watched->count + 1) * sizeof(struct finding));
    size_t count = 0;

    list_homes(&homes);
    found = ask_outside(watched, &homes);
    for (size_t i = 0; found && i < watched->count; i++) {
        const struct missed *missed = &watched->names[i];
        bool address = *missed->name != '/';

        findings->unasked += !address && missed->what != MISSED_MADE &&
                             found[i].there == NOT_ASKED;
        if (is_missed(view, missed, &found[i])) {
            list[count] = (struct finding){
                .path = path_to_grant(view, missed, &found[i]),
                .what = address ? missed->what : found[i].what,
                .count = missed->count,
                .last = missed->last,
                .program = missed->program,
                .found = &found[i],
            };
            count++;
        }
    }
    count = merge(list, count);
    qsort(list, count, sizeof(*list), by_weight);
    if (count > MOST_FINDINGS) {
        findings->left_out = count - MOST_FINDINGS;
        count = MOST_FINDINGS;
    }
    for (size_t i = 0; i < count; i++)
        if (*list[i].path == '/')
            judge_path(view, &homes, &list[i]);
        else
            judge_address(view, &list[i]);
    count = merge(list, count); /* files of one directory that is kept */
    qsort(list, count, sizeof(*list), by_weight);
    findings->list = list;
    findings->count = count;
    leave_out_granted(findings);
}

static char *read_all(int fd, size_t *size)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size > 1 << 28 ||
        lseek(fd, 0, SEEK_SET) < 0)
        return NULL;
    return read_up_to(fd, (size_t)st.st_size, size);
}

bool find_missed(const struct view *view, const char *name, int fd,
                 struct findings *findings)
{
    size_t size = 0;

    *findings = (struct findings){ .text = read_all(fd, &size) };
    if (!findings->text ||
        !read_report(findings->text, size, &findings->watched)) {
        warn("what %s looked for is not known: its unit was ended from outside",
             name);
        free_findings(findings);
        return false;
    }
    judge(view, findings);
    return true;
}

void free_findings(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].path);
        free(findings->list[i].option);
    }
    free(findings->list);
    free(findings->watched.names);
    free(findings->text);
}

void show_missed(const struct findings *findings, const char *name)
{
    const struct watched *watched = &findings->watched;
    size_t shown = findings->count < MOST_LINES ? findings->count : MOST_LINES;
    size_t more = findings->count - shown + findings->left_out;

    if (shown)
        warn("what %s looked for in vain though it is there, worst first, and "
             "the option that grants it:",
             name);
    else
        warn("%s missed nothing that this run takes away", name);
    for (size_t i = 0; i < shown; i++)
        show_finding(&findings->list[i]);
    if (more)
        warn("  and %zu more", more);
    if (findings->unasked)
        warn("  %zu names could not be asked for outside: they are on a file "
             "system of the network, or it took too long",
             findings->unasked);
    if (watched->listeners)
        warn("  a program wanted to watch calls itself, which --why does "
             "already: it was told that it cannot (EBUSY)");
    if (watched->unseen)
        warn("  %u call%s could not be looked at: of programs in a mount "
             "namespace of their own, or that cannot be read",
             watched->unseen, watched->unseen == 1 ? "" : "s");
    if (watched->dropped)
        warn("  %u names more were not looked at", watched->dropped);
}
