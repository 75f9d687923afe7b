/*
 * orders.c - the orders of the stage as words, written by launch.c and read by
 * stage.c.
 */
#include "orders.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum type {
    FLAG,   /* bool: "1" */
    NUMBER, /* int64_t */
    TEXT,   /* const char * */
    LIST,   /* struct strv: a word for each element */
    NAMES,  /* struct strv: elements separated by commas */
};

static const struct row {
    const char *name;
    enum type type;
    size_t offset;
} rows[] = {
#define ROW(name, type, field) { name "=", type, offsetof(struct orders, field) }
    ROW("escaped", FLAG, escaped), /* the first: it is about the others */
    ROW("control", TEXT, control),
    ROW("scope", FLAG, scope),
    ROW("namespaces", TEXT, namespaces),
    ROW("verify", LIST, files),
    ROW("read-only", LIST, read_only),
    ROW("hide", LIST, hidden),
    ROW("show", LIST, shown),
    ROW("show-from", TEXT, shown_from),
    ROW("devpts", FLAG, devpts),
    ROW("tunables", FLAG, tunables),
    ROW("shares", TEXT, shares),
    ROW("pid", NUMBER, pid),
    ROW("parent", NUMBER, parent),
    ROW("drop", FLAG, drop),
    ROW("no-new-privs", FLAG, no_new_privs),
    ROW("landlock", FLAG, landlock),
    ROW("filter", TEXT, filter),
    ROW("network", TEXT, network),
    ROW("why", FLAG, why),
    ROW("stats", FLAG, stats),
    ROW("terminal", TEXT, terminal),
    ROW("closed", TEXT, closed),
    ROW("umask", NUMBER, umask),
    ROW("nice", NUMBER, nice),
    ROW("affinity", TEXT, affinity),
    ROW("scheduler", TEXT, scheduler),
    ROW("ioprio", NUMBER, ioprio),
    ROW("personality", NUMBER, personality),
    ROW("oom-score-adj", NUMBER, oom_score_adj),
    ROW("timer-slack", NUMBER, timer_slack),
    ROW("rlimits", TEXT, rlimits),
    ROW("ignored", TEXT, ignored),
    ROW("blocked", TEXT, blocked),
    ROW("whole-environment", FLAG, whole_environment),
    ROW("environment", NAMES, environment),
    ROW("output", LIST, outputs),
    ROW("directory", TEXT, directory),
    ROW("executable", TEXT, executable),
#undef ROW
};

void orders_init(struct orders *orders)
{
    *orders = (struct orders){ 0 };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (rows[i].type == NUMBER)
            *(int64_t *)((char *)orders + rows[i].offset) = NO_NUMBER;
}

/* ---- writing ---- */

struct writer {
    struct strv *words;
    bool escaped, dollars;
};

/* NAME and VALUE as one word. */
static void push(const struct writer *writer, const char *name,
                 const char *value)
{
    char *word = xmalloc(strlen(name) + 3 * strlen(value) + 1);
    char *out = stpcpy(word, name);

    for (; *value; value++) {
        unsigned char c = (unsigned char)*value;

        if (writer->escaped && (c == '%' || c >= 0x80)) {
            out += sprintf(out, "%%%02x", c);
            continue;
        }
        if (c == '$' && writer->dollars)
            *out++ = '$';
        *out++ = (char)c;
    }
    *out = '\0';
    strv_take(writer->words, word);
}

/* As many words as it takes: one argument is 128 KiB at most, execve(2). */
static void push_names(const struct writer *writer, const char *name,
                       const struct strv *names)
{
    AUTOFREE char *list = xmalloc(65536);
    size_t length = 0;

    for (size_t i = 0; i < names->n; i++) {
        size_t more = strlen(names->v[i]) + 1;

        if (more >= 65536)
            die("a variable's name of %zu bytes cannot be passed", more);
        if (length && length + more >= 65536) {
            push(writer, name, list);
            length = 0;
        }
        length += (size_t)sprintf(list + length, "%s%s", length ? "," : "",
                                  names->v[i]);
    }
    if (length)
        push(writer, name, list);
}

static void push_row(const struct writer *writer, const struct row *row,
                     const void *field)
{
    const char *const *text = field;
    const struct strv *list = field;
    const int64_t *number = field;
    char digits[24];

    switch (row->type) {
    case FLAG:
        if (*(const bool *)field)
            push(writer, row->name, "1");
        break;
    case NUMBER:
        snprintf(digits, sizeof(digits), "%" PRId64, *number);
        if (*number != NO_NUMBER)
            push(writer, row->name, digits);
        break;
    case TEXT:
        if (*text)
            push(writer, row->name, *text);
        break;
    case LIST:
        for (size_t i = 0; i < list->n; i++)
            push(writer, row->name, list->v[i]);
        break;
    case NAMES:
        push_names(writer, row->name, list);
        break;
    }
}

/* Is something in FIELD not ASCII? */
static bool has_bytes(const struct row *row, const void *field)
{
    const char *const *text = field;
    const struct strv *list = field;
    bool lists = row->type == LIST || row->type == NAMES;

    for (size_t i = 0; lists && i < list->n; i++)
        if (!is_ascii(list->v[i]))
            return true;
    return row->type == TEXT && *text && !is_ascii(*text);
}

void orders_write(const struct orders *orders, char *const *argv, bool dollars,
                  struct strv *words)
{
    struct orders all = *orders;
    struct writer writer = { words, false, dollars };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        all.escaped |= has_bytes(&rows[i], (const char *)orders + rows[i].offset);
    for (char *const *arg = argv; *arg; arg++)
        all.escaped |= !is_ascii(*arg);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        push_row(&writer, &rows[i], (const char *)&all + rows[i].offset);
        writer.escaped = all.escaped;
    }
    strv_push(words, "--");
    for (; *argv; argv++)
        push(&writer, "", *argv);
}

/* ---- reading ---- */

/* Undoes %XX in place. */
static char *unescape(char *word)
{
    static const char digits[] = "0123456789abcdef";
    char *out = word;

    for (const char *in = word; *in; in++) {
        const char *high = *in == '%' && in[1] ? strchr(digits, in[1]) : NULL;
        const char *low = high && in[2] ? strchr(digits, in[2]) : NULL;

        if (low) {
            *out++ = (char)((high - digits) << 4 | (low - digits));
            in += 2;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return word;
}

static void read_value(const struct row *row, void *field, char *value)
{
    switch (row->type) {
    case FLAG:
        *(bool *)field = true;
        break;
    case NUMBER:
        *(int64_t *)field = strtoll(value, NULL, 10);
        break;
    case TEXT:
        *(const char **)field = value;
        break;
    case LIST:
        strv_push(field, value);
        break;
    case NAMES:
        for (char *save, *name = strtok_r(value, ",", &save); name;
             name = strtok_r(NULL, ",", &save))
            strv_push(field, name);
        break;
    }
}

char **orders_read(char **words, struct orders *orders)
{
    orders_init(orders);
    for (; *words && !streq(*words, "--"); words++) {
        char *word = orders->escaped ? unescape(*words) : *words;
        size_t i = 0;

        while (i < ARRAY_LEN(rows) && !has_prefix(word, rows[i].name))
            i++;
        if (i == ARRAY_LEN(rows))
            die("--stage: %s is no order", ellipsize(word));
        read_value(&rows[i], (char *)orders + rows[i].offset,
                   word + strlen(rows[i].name));
    }
    if (!*words || !words[1] || !orders->executable)
        die("--stage is playpen's own, for inside its units");
    for (char **arg = words + 1; orders->escaped && *arg; arg++)
        unescape(*arg);
    return words + 1;
}
