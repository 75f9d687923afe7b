/*
 * stage.c - from launch.c through the manager to the stage: whatever bytes are
 * in the command's words, its file and its directory, they arrive. The input's
 * words are ended by newlines: file, directory, a variable's name, the command.
 */
#include "../../src/launch.h"
#include "../../src/stage.c"

/* What the manager makes of an argument: "$$" is a dollar. A lone one would be
 * expanded. */
static char *as_manager(char *word)
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
    return word;
}

void fuzz_one(char *text, size_t size)
{
    struct policy policy = { 0 };
    struct view view = { .policy = &policy };
    struct host host = { 0 };
    struct run run = { .policy = &policy, .view = &view, .host = &host };
    struct strv in = { 0 }, words = { 0 };
    struct orders orders;
    char **word;

    (void)size;
    for (char *save, *line = strtok_r(text, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save))
        strv_push(&in, line);
    if (in.n < 4)
        return;
    view.executable = in.v[0];
    policy.directory = in.v[1];
    strv_push(&run.setenv, strpbrk(in.v[2], "%,=$") || !utf8_valid(in.v[2])
                               ? "NAME"
                               : in.v[2]);
    policy.command = in.v + 3;
    run.unit = xstrdup("playpen-x.service");
    systemd_run_words(&run, NULL, &words);
    for (word = words.v; !streq(*word, "--"); word++)
        if (!utf8_valid(*word))
            abort();
    word += 3;
    for (char **each = word; *each; each++)
        as_manager(*each);
    orders = read_orders(word);
    if (!streq(orders.executable, view.executable) ||
        !streq(orders.directory, policy.directory) || orders.env.n != 1 ||
        !streq(orders.env.v[0], run.setenv.v[0]))
        abort();
    for (word = orders.argv; *word || *policy.command;
         word++, policy.command++)
        if (!*word || !*policy.command || !streq(*word, *policy.command))
            abort();
    strv_free(&orders.env);
    strv_free(&run.setenv);
    strv_free(&words);
    strv_free(&in);
    free(run.unit);
}
