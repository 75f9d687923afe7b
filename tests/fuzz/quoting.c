/*
 * quoting.c - shell_split() of any text, and back: what shell_quote() has
 * quoted is the same word again.
 */
#include "../../src/util.h"

#include <string.h>

static void check_same(const struct strv *a, const struct strv *b)
{
    if (a->n != b->n)
        abort();
    for (size_t i = 0; i < a->n; i++)
        if (!streq(a->v[i], b->v[i]))
            abort();
}

void fuzz_one(char *text, size_t size)
{
    struct strv words = { 0 }, again = { 0 };
    AUTOFREE char *quoted = shell_quote(text);

    if (shell_split(quoted, SPLIT_COMMENTS | SPLIT_EXPAND, &again) || again.n != 1 ||
        !streq(again.v[0], text))
        abort();
    strv_free(&again);
    if (!shell_split(text, (int)(size % 4), &words)) {
        AUTOFREE char *line = xstrdup("");

        for (size_t i = 0; i < words.n; i++) {
            AUTOFREE char *word = shell_quote(words.v[i]);
            char *longer = xasprintf("%s%s ", line, word);

            free(line);
            line = longer;
        }
        if (shell_split(line, SPLIT_COMMENTS | SPLIT_EXPAND, &again))
            abort();
        check_same(&words, &again);
    }
    strv_free(&words);
    strv_free(&again);
}
