/*
 * util.c - errors in one line, allocation, lists of strings, quoting.
 */
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void free_pointer(void *pointer_to_pointer)
{
    free(*(void **)pointer_to_pointer);
}

void close_directory(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

void close_file(FILE **file)
{
    if (*file)
        fclose(*file);
}

void close_descriptor(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* The length of the UTF-8 sequence at S, its character in *WHICH; 0 where it is
 * none, or one that systemd does not take: surrogates, U+FDD0 to U+FDEF, U+xFFFE
 * and U+xFFFF (src/basic/utf8.c; measured on 257). */
static size_t utf8_length(const char *s, uint32_t *which)
{
    const unsigned char *u = (const unsigned char *)s;
    size_t length = u[0] < 0x80                    ? 1
                    : u[0] >= 0xc2 && u[0] <= 0xdf ? 2
                    : u[0] >= 0xe0 && u[0] <= 0xef ? 3
                    : u[0] >= 0xf0 && u[0] <= 0xf4 ? 4
                                                   : 0;
    uint32_t code = length > 1 ? u[0] & (0x7f >> length) : u[0];

    for (size_t i = 1; i < length; i++) {
        if ((u[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (u[i] & 0x3f);
    }
    if (!length || (length == 3 && code < 0x800) ||
        (length == 4 && code < 0x10000) || code > 0x10ffff ||
        (code >= 0xd800 && code <= 0xdfff) ||
        (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) == 0xfffe)
        return 0;
    *which = code;
    return length;
}

bool utf8_valid(const char *s)
{
    uint32_t code;

    while (*s) {
        size_t length = utf8_length(s, &code);

        if (!length)
            return false;
        s += length;
    }
    return true;
}

bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

bool has_control(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return true;
    return false;
}

/* Does the character do something to a terminal, or to the order of what is
 * shown, or is it not seen? C0, DEL, C1; marks of direction, separators of lines,
 * spaces of no width, tags: the Unicode standard, chapter 23. */
static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xe0000 && c <= 0xe007f);
}

char *escape_control(const char *s)
{
    char *shown = malloc(strlen(s) * 4 + 1), *out = shown;

    if (!shown)
        return NULL;
    while (*s) {
        uint32_t code = 0; /* what is no character is shown as one of C0 */
        size_t length = utf8_length(s, &code);
        bool control = is_control(code);

        for (length += !length; length; length--, s++)
            if (control)
                out += sprintf(out, "\\x%02x", (unsigned char)*s);
            else
                *out++ = *s;
    }
    *out = '\0';
    return shown;
}

/* The command shares the description of standard error: it may have made it one
 * that does not block, or have moved it to where nothing can be written or
 * earlier lines stand. Beyond 2^63 that holds for O_APPEND as well. Returns the
 * flags that it had, which are its own again after the line; -1 for none. */
static int hold_stderr(void)
{
    const int odd = O_NONBLOCK | O_DIRECT | O_ASYNC;
    struct stat st;
    int flags = fcntl(STDERR_FILENO, F_GETFL);

    if (flags >= 0 && flags & odd)
        fcntl(STDERR_FILENO, F_SETFL, flags & ~odd);
    if (fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
        lseek(STDERR_FILENO, 0, SEEK_CUR) > st.st_size)
        lseek(STDERR_FILENO, 0, SEEK_END);
    return flags & odd ? flags : -1;
}

/* It may also have made the file as long as a file can be, mostly of a hole. */
static bool make_room(void)
{
    enum { ROOM = 1 << 16 };
    struct stat st;

    return fstat(STDERR_FILENO, &st) == 0 && S_ISREG(st.st_mode) &&
           st.st_size > ROOM && st.st_blocks < (st.st_size - ROOM) / 512 &&
           ftruncate(STDERR_FILENO, st.st_size - ROOM) == 0 &&
           lseek(STDERR_FILENO, 0, SEEK_END) >= 0;
}

/* What makes a line be seen on the terminal FD that a command has had: ends a
 * string that it left open, takes back its colours and concealment, and its
 * character set (ECMA-48, 5.6, 8.3.117; ISO 2022). LENT: from now on there was
 * one. */
static const char *screen_reset(int fd, bool lent)
{
    static bool was_lent;
    const char *term = getenv("TERM");

    was_lent |= lent;
    return was_lent && isatty(fd) && term && !streq(term, "dumb")
               ? "\033\\\033[m\033(B\017"
               : "";
}

void screen_was_lent(void)
{
    screen_reset(STDERR_FILENO, true);
}

/* Where the file that is standard error has no room for the line, the terminal
 * has, in the background as well. */
static void write_to_terminal(const char *text, int error)
{
    AUTOCLOSE int fd = -1;
    sigset_t stop, before;

    if (error != ENOSPC && error != EDQUOT && error != EFBIG && error != EINVAL &&
        error != EPIPE)
        return;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTTOU);
    sigprocmask(SIG_BLOCK, &stop, &before);
    fd = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0)
        dprintf(fd, "%splaypen: %s\r\n", screen_reset(fd, false), text);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* Writes the line with one write(2), so that the lines of twenty playpens at
 * once do not mix. At the limit of files (setrlimit(2)) that sends a signal. */
static void write_line(const char *text)
{
    const char *reset = screen_reset(STDERR_FILENO, false);
    struct timespec now = { 0 };
    sigset_t limit, before;
    int flags;

    sigemptyset(&limit);
    sigaddset(&limit, SIGXFSZ);
    sigaddset(&limit, SIGPIPE);
    sigprocmask(SIG_BLOCK, &limit, &before);
    flags = hold_stderr();
    if (dprintf(STDERR_FILENO, "%splaypen: %s\n", reset, text) < 0) {
        int error = errno;

        if (!(error == EFBIG || error == EINVAL /* beyond 2^63 */) ||
            !make_room() || dprintf(STDERR_FILENO, "playpen: %s\n", text) < 0)
            write_to_terminal(text, error);
    }
    if (flags >= 0)
        fcntl(STDERR_FILENO, F_SETFL, flags);
    (void)sigtimedwait(&limit, NULL, &now);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void print_line(const char *format, va_list args)
{
    char *text = NULL, *shown;

    if (vasprintf(&text, format, args) < 0)
        return;
    shown = escape_control(text);
    if (shown)
        write_line(shown);
    free(shown);
    free(text);
}

void warn(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(format, args);
    va_end(args);
}

static bool notes_shown = true;

void show_notes(bool shown)
{
    notes_shown = shown;
}

void note(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (notes_shown)
        print_line(format, args);
    va_end(args);
}

void die(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(format, args);
    va_end(args);
    exit(EXIT_REFUSED);
}

void die_status(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_line(format, args);
    va_end(args);
    exit(status);
}

bool wants_colour(void)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    return isatty(STDOUT_FILENO) && !(no && *no) && term &&
           !streq(term, "dumb");
}

char *ellipsize(const char *value)
{
    if (strlen(value) <= 64)
        return xstrdup(*value ? value : "''");
    return xasprintf("%.60s...", value);
}

void *xmalloc(size_t size)
{
    return xrealloc(NULL, size);
}

void *xrealloc(void *old, size_t size)
{
    void *p = realloc(old, size);

    if (!p)
        die("out of memory");
    return p;
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t length)
{
    char *copy = xmalloc(length + 1);

    memcpy(copy, s, length);
    copy[length] = '\0';
    return copy;
}

static char *xvasprintf(const char *format, va_list args)
{
    char *s;

    if (vasprintf(&s, format, args) < 0)
        die("out of memory");
    return s;
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *s;

    va_start(args, format);
    s = xvasprintf(format, args);
    va_end(args);
    return s;
}

void *grow(void *array, size_t n, size_t size)
{
    /* The array is full at each power of two, beginning with 8. */
    if (n == 0)
        return xrealloc(array, 8 * size);
    if (n >= 8 && (n & (n - 1)) == 0)
        return xrealloc(array, 2 * n * size);
    return array;
}

void strv_take(struct strv *list, char *s)
{
    if (list->n + 1 >= list->allocated) {
        list->allocated = list->allocated ? 2 * list->allocated : 16;
        list->v = xrealloc(list->v, list->allocated * sizeof(*list->v));
    }
    list->v[list->n++] = s;
    list->v[list->n] = NULL;
}

int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec ||
           (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

void strv_push(struct strv *list, const char *s)
{
    strv_take(list, xstrdup(s));
}

void strv_pushf(struct strv *list, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    strv_take(list, xvasprintf(format, args));
    va_end(args);
}

bool strv_has(const struct strv *list, const char *s)
{
    for (size_t i = 0; i < list->n; i++)
        if (streq(list->v[i], s))
            return true;
    return false;
}

static int compare_strings(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

void strv_sort(struct strv *list)
{
    if (list->n)
        qsort(list->v, list->n, sizeof(*list->v), compare_strings);
}

bool strv_has_sorted(const struct strv *list, const char *s)
{
    return list->n && bsearch(&s, list->v, list->n, sizeof(*list->v),
                              compare_strings);
}

void strv_free(struct strv *list)
{
    for (size_t i = 0; i < list->n; i++)
        free(list->v[i]);
    free(list->v);
    *list = (struct strv){ 0 };
}

/* A text that grows at its end. */
struct buffer {
    char *text;
    size_t length, allocated;
};

static void append(struct buffer *buffer, const char *s, size_t length)
{
    if (buffer->length + length >= buffer->allocated) {
        buffer->allocated = 2 * (buffer->length + length) + 64;
        buffer->text = xrealloc(buffer->text, buffer->allocated);
    }
    memcpy(buffer->text + buffer->length, s, length);
    buffer->length += length;
}

char *strv_join(const struct strv *list, const char *separator)
{
    struct buffer text = { 0 };

    for (size_t i = 0; i < list->n; i++) {
        if (i)
            append(&text, separator, strlen(separator));
        append(&text, list->v[i], strlen(list->v[i]));
    }
    append(&text, "", 1);
    return text.text;
}

char *strv_join_some(const struct strv *list)
{
    enum { MOST = 10 };
    struct strv some = { .v = list->v, .n = list->n < MOST ? list->n : MOST };
    AUTOFREE char *text = strv_join(&some, ", ");

    return xasprintf("%s%s", text, list->n > MOST ? " and more" : "");
}

void strv_split(struct strv *list, const char *path)
{
    while (path) {
        size_t length = strcspn(path, ":");

        strv_take(list, length ? xstrndup(path, length) : xstrdup("."));
        path = path[length] ? path + length + 1 : NULL;
    }
}

bool streq(const char *a, const char *b)
{
    return *a == *b && strcmp(a, b) == 0;
}

bool has_prefix(const char *s, const char *prefix)
{
    return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool has_suffix(const char *s, const char *suffix)
{
    size_t a = strlen(s), b = strlen(suffix);

    return a >= b && streq(s + a - b, suffix);
}

bool is_one_of(const char *s, const char *const *words)
{
    for (; *words; words++)
        if (streq(s, *words))
            return true;
    return false;
}

size_t name_length(const char *s)
{
    if (isdigit((unsigned char)*s))
        return 0;
    return strspn(s, "abcdefghijklmnopqrstuvwxyz"
                     "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

char *shell_quote(const char *s)
{
    char *quoted, *out;

    /* A leading '=' is zsh's: "=ls" becomes the path of ls. */
    if (*s && *s != '=' &&
        s[strspn(s, "abcdefghijklmnopqrstuvwxyz"
                    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                    "%+,-./:=@_")] == '\0')
        return xstrdup(s);
    quoted = out = xmalloc(4 * strlen(s) + 3);
    *out++ = '\'';
    for (; *s; s++) {
        if (*s == '\'')
            out = stpcpy(out, "'\\''");
        else
            *out++ = *s;
    }
    strcpy(out, "'");
    return quoted;
}

enum { DEEPEST_DEFAULT = 16 }; /* ${A:-${B:-...}} */

/* The length of VALUE, to be appended to WORD; of the first of several
 * directories in a list, as in GOPATH, for that is where a tool writes. Not in
 * NAME=VALUE, which may well be a list. */
static size_t length_of_first(const char *value, const struct buffer *word)
{
    const char *second = strstr(value, ":/");

    if (*value != '/' || !second ||
        (word->length && memchr(word->text, '=', word->length)))
        return strlen(value);
    return (size_t)(second - value);
}

/* getenv(3), but that npm takes its own variables in any case of the letters. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    size_t length = strlen(name);

    for (char **entry = environ;
         !value && has_prefix(name, "npm_config_") && *entry; entry++)
        if (strncasecmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            value = *entry + length + 1;
    return value;
}

/* Appends what the '$' at *TEXT stands for and moves *TEXT to the last
 * character of it. WORD is NULL where it is only passed over. Returns NULL, or
 * what is wrong. */
static char *expand_variable(const char **text, struct buffer *word,
                             unsigned depth)
{
    const char *name = *text + 1, *value, *end;
    bool braces = *name == '{', fallback = false, used;
    AUTOFREE char *copy = NULL;
    size_t length;

    name += braces;
    length = name_length(name);
    if (!length)
        return xstrdup("a '$' without a variable's name (\\$ is a dollar)");
    if (depth > DEEPEST_DEFAULT)
        return xstrdup("more than 16 of ${NAME:-DEFAULT} in one another");
    copy = xstrndup(name, length);
    value = variable(copy);
    end = name + length;
    fallback = braces && has_prefix(end, ":-");
    used = value && (*value || !fallback);
    if (used && word)
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): AUTOFREE frees it */
        append(word, value, fallback ? length_of_first(value, word)
                                     : strlen(value));
    for (end += fallback ? 2 : 0; fallback && *end && *end != '}'; end++) {
        struct buffer *into = used ? NULL : word;
        char *problem = NULL;

        if (*end == '$')
            problem = expand_variable(&end, into, depth + 1);
        else if (into)
            append(into, end, 1);
        if (problem)
            return problem;
    }
    if (braces && *end != '}')
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): AUTOFREE frees it */
        return xstrdup("a '${' that is not ${NAME} or ${NAME:-DEFAULT}");
    if (!used && !fallback && word)
        return xasprintf("$%s is not set (${%s:-DEFAULT} has a default)", copy,
                         copy);
    *text = braces ? end : end - 1;
    return NULL;
}

char *shell_split(const char *text, int flags, struct strv *words)
{
    const char *blank = " \t\n\r";
    struct buffer word = { 0 };
    char *problem = NULL;

    while (!problem) {
        char quote = '\0';

        word.length = 0;
        text += strspn(text, blank);
        if (!*text || (*text == '#' && (flags & SPLIT_COMMENTS)))
            break;
        for (; *text && !problem && (quote || !strchr(blank, *text)); text++) {
            if (quote && *text == quote) {
                quote = '\0';
            } else if (!quote && (*text == '\'' || *text == '"')) {
                quote = *text;
            } else if (*text == '\\' && quote != '\'') {
                if (!text[1]) {
                    problem = xstrdup("a backslash at the end");
                    break;
                }
                /* Within "…" only these four can be escaped. */
                if (quote && !strchr("$`\"\\", text[1]))
                    append(&word, text, 1);
                append(&word, ++text, 1);
            } else if (*text == '$' && quote != '\'' &&
                       (flags & SPLIT_EXPAND)) {
                problem = expand_variable(&text, &word, 1);
            } else {
                append(&word, text, 1);
            }
        }
        if (quote && !problem)
            problem = xstrdup("a quote that is not closed");
        if (!problem)
            strv_take(words, xstrndup(word.text ? word.text : "", word.length));
    }
    free(word.text);
    return problem;
}

static size_t edit_distance(const char *a, const char *b)
{
    size_t n = strlen(b);
    size_t row[64];

    if (n >= ARRAY_LEN(row))
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t best = diagonal + (*a != b[j - 1]);

            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n];
}

const char *nearest(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    size_t least = length < 4 ? 2 : length / 3 + 2;
    const char *best = NULL;

    if (length >= 64)
        return NULL;
    for (; *candidates; candidates++) {
        size_t distance = edit_distance(word, *candidates);

        /* A prefix is near: --memory for --memory-limit. */
        if (length >= 3 && has_prefix(*candidates, word) && distance)
            distance = 1;
        if (distance < least) {
            least = distance;
            best = *candidates;
        }
    }
    return best;
}

char *read_up_to(int fd, size_t most, size_t *length)
{
    char *text = xmalloc(most + 1);
    ssize_t n;

    *length = 0;
    while (*length < most &&
           (n = read(fd, text + *length, most - *length)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int saved = errno;

            free(text);
            errno = saved;
            return NULL;
        }
        *length += (size_t)n;
    }
    text[*length] = '\0';
    return text;
}

struct dirent *next_entry(DIR *dir)
{
    struct dirent *entry;

    do
        entry = readdir(dir);
    while (entry && (streq(entry->d_name, ".") || streq(entry->d_name, "..")));
    return entry;
}

bool is_ignored(int number)
{
    struct sigaction action;

    return sigaction(number, NULL, &action) == 0 &&
           action.sa_handler == SIG_IGN;
}

char *read_small_file(const char *path)
{
    AUTOCLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    size_t length;
    char *text = fd < 0 ? NULL : read_up_to(fd, 1 << 16, &length);

    if (text && length && text[length - 1] == '\n')
        text[length - 1] = '\0';
    return text;
}

char **environment_of_helpers(void)
{
    size_t n = 0;
    char **list;

    for (char **entry = environ; *entry; entry++)
        n++;
    list = xmalloc((n + 1) * sizeof(*list));
    n = 0;
    for (char **entry = environ; *entry; entry++)
        if (!has_prefix(*entry, "LD_") && !has_prefix(*entry, "GLIBC_TUNABLES="))
            list[n++] = *entry;
    list[n] = NULL;
    return list;
}

/* The child of run_program(): ARGV with OUTPUT, or nowhere for -1. */
static void __attribute__((noreturn))
become_program(const char *const *argv, unsigned seconds, int output)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    sigset_t none;

    dup2(null, STDIN_FILENO);
    dup2(output >= 0 ? output : null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    /* The caller may ignore or block what ends the program in time. */
    signal(SIGALRM, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    alarm(seconds);
    execve(argv[0], (char *const *)argv, environment_of_helpers());
    _exit(EXIT_NOT_FOUND);
}

int run_program(const char *const *argv, unsigned seconds, char **output)
{
    char text[1024] = "";
    size_t length = 0;
    int ends[2] = { -1, -1 }, status;
    pid_t pid;
    ssize_t n;

    if (output && pipe2(ends, O_CLOEXEC) < 0)
        return -1;
    pid = fork();
    if (pid == 0)
        become_program(argv, seconds, ends[1]);
    close_descriptor(&ends[1]);
    while (output && pid > 0 && length < sizeof(text) - 1 &&
           (n = read(ends[0], text + length, sizeof(text) - 1 - length)) > 0)
        length += (size_t)n;
    close_descriptor(&ends[0]);
    if (length && text[length - 1] == '\n')
        length--;
    if (output)
        *output = xstrndup(text, length);
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}
