/*
 * help.c - what the option table says to people and to shells: the help and
 * the completions.
 */
#include "options.h"

#include <stdio.h>
#include <stdlib.h>
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
                         !option->argument                ? ""
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

void print_completions(const char *shell)
{
    die("--completions %s: not there yet", shell);
}
