/*
 * preset.h - presets: files of options, by name.
 */
#ifndef PRESET_H
#define PRESET_H

#include "policy.h"

/* The files of shims/; ended by a NULL name. Made by the Makefile. */
struct builtin_preset {
    const char *name;
    const char *text;
    const char *target; /* where the file is a link: what it leads to */
};
extern const struct builtin_preset builtin_presets[];

/* Reads the preset NAME into POLICY: the built-in one, then the user's. */
void load_preset(struct policy *policy, const char *name);

/* Reads one file, TEXT, which messages call FILE, into POLICY. TEXT is not
 * kept; the caller may free it. */
void parse_preset(struct policy *policy, const char *file, const char *text,
                  enum level level);

/* The directory of the user's own presets, which is the caller's to free. */
char *preset_directory(void);

/* What the runs under NAME have in common: the built-in preset that NAME is
 * another name of, or NAME. Points into NAME or a constant. */
const char *preset_target(const char *name);

/* A name is a file's name: no way to another directory, no hidden file. */
bool is_preset_name(const char *name);
bool preset_exists(const char *name);
void preset_names(struct strv *names); /* the built-in ones, then the user's */

/* Dies with the names that are near. */
void no_such_preset(const char *name) __attribute__((noreturn));

void list_presets(void);
void show_preset(const char *name);

#endif
