/*
 * help.c - what the option table says to people and to shells: the help and
 * the completions.
 */
#include "help.h"
#include "options.h"
#include "values.h"

#include <stdio.h>
#include <string.h>

void print_help(bool all)
{
    printf("Usage: playpen [OPTION...] [--] COMMAND [ARG...]\n"
           "Start COMMAND with limits on memory, CPU, disk and paths, "
           "without root.\n\n");
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        AUTOFREE char *left = NULL;

        if (!all && !option->common)
            continue;
        left = xasprintf("%c%c%c %s%s%s%s", option->letter ? '-' : ' ',
                         option->letter ? option->letter : ' ',
                         option->letter ? ',' : ' ', option->name,
                         !option->argument              ? ""
                         : takes_optional_value(option) ? "[="
                                                        : " ",
                         option->argument ? option->argument : "",
                         takes_optional_value(option) ? "]" : "");
        if (strlen(left) > 27)
            printf("  %s\n%31s%s\n", left, "", option->help);
        else
            printf("  %-29s%s\n", left, option->help);
    }
    if (!all) {
        printf("\nAll options: playpen --help\n");
        return;
    }
    printf("\nExit status: the command's own; 124 --timeout ended it, 125 "
           "playpen failed or\nrefused, 126 the command cannot be executed, "
           "127 it was not found, 128+N it was\nkilled by signal N (137 when "
           "it ran out of memory).\n");
}

/* What completes the option's value: words, @path, @directory, @variable,
 * @preset, or @ and what the value is called; "" where it takes none. The
 * result is the caller's. */
static char *completed_by(const struct option *option)
{
    AUTOSTRV struct strv words = { 0 };

    if (!option->argument)
        return xstrdup("");
    for (const char *const *word = booleans;
         *word && takes_optional_value(option); word++)
        strv_push(&words, *word);
    for (const char *const *word = option->choices; word && *word; word++)
        strv_push(&words, *word);
    if (words.n)
        return strv_join(&words, " ");
    if (streq(option->argument, "NAME"))
        return xstrdup("@preset");
    if (streq(option->argument, "PATH"))
        return xstrdup("@path");
    if (streq(option->argument, "DIR"))
        return xstrdup("@directory");
    if (option->set == add_env)
        return xstrdup("@variable");
    return xasprintf("@%s", option->argument);
}

/* The scripts are in src/completions/; @TABLE@ is where the table goes, inside
 * single quotes, which all three shells read alike. */
void print_completions(const char *shell)
{
    const char *script = streq(shell, "bash")  ? bash_completion
                         : streq(shell, "zsh") ? zsh_completion
                                               : fish_completion;
    const char *mark = strstr(script, "@TABLE@");

    printf("%.*s", (int)(mark - script), script);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &option_table[i];
        AUTOFREE char *values = completed_by(option);

        printf("%s%s|%.*s|%s|%s|", i ? "\n" : "", option->name,
               option->letter != 0, &option->letter,
               takes_optional_value(option) ? "=" : "", values);
        for (const char *s = option->help; *s; s++) {
            if (*s == '\'')
                fputs("'\\'", stdout);
            putchar(*s);
        }
    }
    fputs(mark + strlen("@TABLE@"), stdout);
}
