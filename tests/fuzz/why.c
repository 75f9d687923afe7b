/*
 * why.c - the watcher's report: whatever comes from the unit is taken apart or
 * refused. What was taken apart is written as watcher_report() does, and read
 * once more.
 */
#include "../../src/why.c"

static void check(const struct watched *watched)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    struct watched again;

    fprintf(out, "%u %u %u%c", watched->listeners, watched->unseen,
            watched->dropped, '\0');
    for (size_t i = 0; i < watched->count; i++)
        fprintf(out, "%u %u %u %s%c%s%c", watched->names[i].what,
                watched->names[i].count, watched->names[i].last,
                watched->names[i].program, '\0', watched->names[i].name, '\0');
    fclose(out);
    if (!read_report(text, size, &again) || again.count != watched->count)
        abort();
    for (size_t i = 0; i < again.count; i++)
        if (!streq(again.names[i].name, watched->names[i].name) ||
            !streq(again.names[i].program, watched->names[i].program) ||
            again.names[i].what != watched->names[i].what)
            abort();
    free(again.names);
    free(text);
}

/* A newline of the input is a zero byte of the report. */
void fuzz_one(char *text, size_t size)
{
    struct watched watched;
    char *copy = xmalloc(size + 1);

    for (size_t i = 0; i < size; i++)
        copy[i] = text[i] == '\n' ? '\0' : text[i];
    if (read_report(copy, size, &watched))
        check(&watched);
    free(watched.names);
    free(copy);
}
