/*
 * util.h - what every file needs and libc does not have: errors in one line,
 * allocation that does not fail, lists of strings, quoting.
 */
#ifndef UTIL_H
#define UTIL_H

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/* Statuses of playpen's own, as env(1), timeout(1) and docker-run(1) have them.
 */
enum {
    EXIT_TIMEOUT = 124,   /* --timeout ended the command */
    EXIT_REFUSED = 125,   /* playpen failed, or refused */
    EXIT_NOT_EXEC = 126,  /* the command cannot be executed */
    EXIT_NOT_FOUND = 127, /* the command was not found */
    EXIT_SIGNAL = 128,    /* + the number of the signal that killed it */
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(f) __attribute__((cleanup(f)))
/* Of a local variable, at the end of its block: of a char *, a struct strv, a
 * DIR * or a FILE * or NULL, a descriptor or -1. A const char * is never freed. */
#define AUTOFREE CLEANUP(free_pointer)
#define AUTOSTRV CLEANUP(strv_free)
#define AUTODIR CLEANUP(close_directory)
#define AUTOFILE CLEANUP(close_file)
#define AUTOCLOSE CLEANUP(close_descriptor)

void free_pointer(void *pointer_to_pointer);
void close_directory(DIR **dir);
void close_file(FILE **file);
void close_descriptor(const int *fd);

/* S with control characters and bytes that are not UTF-8 as \xNN; the caller
 * frees it. NULL where there is no memory. */
char *escape_control(const char *s);

/* One line on stderr, "playpen: " before it. Control characters and bytes
 * that are not UTF-8 are shown as \xNN, so that no value can break the line
 * or write to the terminal. */
void warn(const char *format, ...) PRINTF(1, 2);

/* What is said, in three classes. Errors, always: die(). Warnings, always: what
 * was planted, changed, replaced, left off, lost, or could not be looked at.
 * Notes: what is different or hidden, and hints; shown unless show_notes() said
 * otherwise: has_notes() of policy.h has the rule. */
void note(const char *format, ...) PRINTF(1, 2);
void show_notes(bool shown);

/* The lines that follow are shown whatever a command left of the terminal. */
void screen_was_lent(void);

/* warn(), then exit: with EXIT_REFUSED, or with the status given. */
void die(const char *format, ...) PRINTF(1, 2) __attribute__((noreturn));
void die_status(int status, const char *format, ...) PRINTF(2, 3)
    __attribute__((noreturn));

/* May standard output be coloured? On a terminal that is not "dumb", without
 * NO_COLOR. */
bool wants_colour(void);

/* VALUE as it may stand in an error: cut to 64 bytes, '' if empty. The caller
 * frees it, or is about to die. */
char *ellipsize(const char *value);

/* Allocation; each ends the program where there is no memory. The result is
 * the caller's to free. */
void *xmalloc(size_t size);
void *xrealloc(void *old, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t length);
char *xasprintf(const char *format, ...) PRINTF(1, 2);

/* Microseconds by a clock that nobody sets: CLOCK_MONOTONIC, time(7). */
int64_t now_us(void);

/* Times of one clock. */
struct timespec;
bool is_before(const struct timespec *a, const struct timespec *b);

/* A growing list of strings that it owns; V is always ended by NULL once
 * something was pushed. A zeroed struct is an empty list. */
struct strv {
    char **v;
    size_t n;
    size_t allocated;
};

void strv_take(struct strv *list, char *s); /* takes ownership of S */
void strv_push(struct strv *list, const char *s);
void strv_pushf(struct strv *list, const char *format, ...) PRINTF(2, 3);
bool strv_has(const struct strv *list, const char *s);
/* For long lists: the second one needs the first. strcmp(3) */
void strv_sort(struct strv *list);
bool strv_has_sorted(const struct strv *list, const char *s);
/* The strings of LIST with SEPARATOR between each two; "" for none. The result
 * is the caller's. */
char *strv_join(const struct strv *list, const char *separator);
/* The first ten with ", " between each two; and " and more" where there are
 * others. The caller's. */
char *strv_join_some(const struct strv *list);
/* Adds the directories of PATH, a list such as $PATH; one without a name is ".",
 * execvp(3). Nothing for NULL. */
void strv_split(struct strv *list, const char *path);
void strv_free(struct strv *list);

/* Room for one more element: ARRAY of N elements of SIZE bytes, larger where it
 * is full. Call it as `a = grow(a, n, sizeof(*a))` before a[n] is written. */
void *grow(void *array, size_t n, size_t size);

bool streq(const char *a, const char *b);
bool has_prefix(const char *s, const char *prefix);
bool has_suffix(const char *s, const char *suffix);
bool is_one_of(const char *s, const char *const *words); /* NULL ends WORDS */

/* Is S the UTF-8 that systemd wants of all that goes over D-Bus: well formed,
 * without the code points that are no characters? */
bool utf8_valid(const char *s);

bool is_ascii(const char *s);

/* Bytes 1 to 31 and 127. */
bool has_control(const char *s);

/* How much of the beginning of S is a variable's name, [A-Za-z_][A-Za-z0-9_]*.
 */
size_t name_length(const char *s);

/* S as one word of a POSIX shell, quoted only where it must be. */
char *shell_quote(const char *s);

/* Splits TEXT like a POSIX shell does: blanks, '…', "…", backslash. With
 * SPLIT_COMMENTS a '#' at the start of a word begins a comment. With
 * SPLIT_EXPAND $NAME, ${NAME} and ${NAME:-DEFAULT} outside of '…' become the
 * variable's value, which is not split again. Returns NULL, or what is wrong,
 * which is the caller's. */
enum { SPLIT_COMMENTS = 1, SPLIT_EXPAND = 2 };
char *shell_split(const char *text, int flags, struct strv *words);

/* The candidate nearest to WORD by edit distance, or NULL when none is near.
 * CANDIDATES is ended by NULL; the result is one of them. */
const char *nearest(const char *word, const char *const *candidates);

/* What is still to be read of FD, MOST bytes at most, with a NUL after its
 * LENGTH bytes, the caller's; NULL with errno set where it cannot be read. */
char *read_up_to(int fd, size_t most, size_t *length);

/* The whole of a small file (64 KiB at most) as a string, without the last
 * newline; NULL with errno set where it cannot be read. */
char *read_small_file(const char *path);

/* readdir(3) without "." and "..". */
struct dirent *next_entry(DIR *dir);

/* Does this process ignore the signal NUMBER? */
bool is_ignored(int number);

/* Runs the file ARGV[0] (ended by NULL) for SECONDS at most, silent and without
 * input. Returns its exit status; -1 where a signal ended it, SIGALRM when the
 * time was over, or where it could not be started. Its output, of 1023 bytes at
 * most and without the last newline, is the caller's in *OUTPUT, if OUTPUT is
 * not NULL. */
int run_program(const char *const *argv, unsigned seconds, char **output);

/* environ without what says which libraries are loaded, maybe ones that a confined
 * run wrote: ld.so(8). The array is the caller's, its strings are not. */
char **environment_of_helpers(void);

#endif
