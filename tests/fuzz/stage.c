/*
 * stage.c - the orders, from orders_write() through the manager to
 * orders_read(): whatever bytes are in the command's words, its file and its
 * directory, they arrive. The input's words are ended by newlines: file,
 * directory, a variable's name, a file to verify, the command. The same words
 * are read as orders as well, and must be orders or be refused.
 */
#include "../../src/orders.c"

/* What the manager makes of an argument: "$$" is a dollar. A lone one would be
 * expanded. */
static void as_manager(char *word)
{
    char *out = word;

    for (const char *in = word; *in; in++) {
        if (*in == '$' && *++in != '$')
            abort();
        *out++ = *in;
    }
    *out = '\0';
    if (!utf8_valid(word))
        abort();
}

static void check(const struct orders *sent, char **argv, struct strv *words)
{
    struct orders got;
    char **word;

    for (char **each = words->v; *each; each++)
        as_manager(*each);
    word = orders_read(words->v, &got);
    if (!streq(got.executable, sent->executable) ||
        !streq(got.directory, sent->directory) || got.environment.n != 1 ||
        !streq(got.environment.v[0], sent->environment.v[0]) ||
        got.files.n != 1 || !streq(got.files.v[0], sent->files.v[0]) ||
        got.umask != sent->umask || got.nice != NO_NUMBER || !got.drop)
        abort();
    for (; *word || *argv; word++, argv++)
        if (!*word || !*argv || !streq(*word, *argv))
            abort();
    strv_free(&got.environment);
    strv_free(&got.files);
}

void fuzz_one(char *text, size_t size)
{
    struct strv in = { 0 }, words = { 0 };
    struct orders orders;

    (void)size;
    for (char *save, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        strv_push(&in, line);
    if (in.n < 5) {
        strv_free(&in);
        return;
    }
    orders_init(&orders);
    orders.executable = in.v[0];
    orders.directory = in.v[1];
    strv_push(&orders.environment,
              strpbrk(in.v[2], "%,=$") || !utf8_valid(in.v[2]) ? "NAME"
                                                              : in.v[2]);
    strv_push(&orders.files, in.v[3]);
    orders.umask = 022;
    orders.drop = true;
    orders_write(&orders, in.v + 4, true, &words);
    check(&orders, in.v + 4, &words);
    strv_free(&orders.environment);
    strv_free(&orders.files);
    strv_free(&words);
    orders_read(in.v, &orders); /* mostly dies */
    strv_free(&orders.environment);
    strv_free(&orders.files);
    strv_free(&in);
}
