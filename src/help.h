/*
 * help.h - what the option table says to people and to shells.
 */
#ifndef HELP_H
#define HELP_H

#include <stdbool.h>

void print_help(bool all);

/* A completion script for SHELL: "bash", "zsh" or "fish". */
void print_completions(const char *shell);

/* src/completions/playpen.SHELL; made by the Makefile. */
extern const char bash_completion[], zsh_completion[], fish_completion[];

#endif
