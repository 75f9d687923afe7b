/*
 * options.h - the option language: its rows, for what reads the table (the
 * parser in options.c, the help and the completions in help.c), and its parser.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "policy.h"

enum kind {
    KIND_FLAG,    /* struct flag, optional BOOL */
    KIND_SWITCH,  /* bool, takes no value */
    KIND_LIMIT,   /* struct limit, read by .parse, or infinity */
    KIND_CHOICE,  /* struct mode, one of .choices */
    KIND_VALUE,   /* what .set takes */
    KIND_MANAGER, /* .number */
    KIND_ACTION,  /* .number; takes .argument as its operand, if any */
};

/* Where --explain shows a boolean protection, by what it does to .subject. */
enum effect { EFFECT_NONE, EFFECT_PRIVATE, EFFECT_READ_ONLY, EFFECT_HIDDEN };

struct option;

/* A value that was read, and where: WHERE opens each error ("" for the command
 * line, "preset npm: " …). */
struct value {
    const struct option *option;
    const char *text;
    enum level level;
    const char *where;
};

/* Take a value; false where it is none. An error then says what was expected:
 * *HINT, which is the caller's, or the row's .expected where that is NULL. */
typedef bool limit_parser(const char *text, struct limit *limit, char **hint);
typedef bool value_setter(struct policy *policy, const struct value *value,
                          char **hint);

struct option {
    const char *name; /* with its dashes */
    char letter;      /* 0 where it has none */
    enum kind kind;
    size_t offset; /* of its field in struct policy */
    int number;
    const char *argument; /* what the help calls its value */
    const char *property; /* that it becomes, if it is one */
    bool protection;      /* --limits-only drops it if a lower level set it */
    enum effect effect;
    const char *subject;
    limit_parser *parse;
    value_setter *set;
    const char *expected; /* what an error says */
    bool optional; /* KIND_VALUE: the value may be left out, and is true */
    const char *const *choices; /* words that are values; NULL ends them */
    bool common;                /* shown by -h */
    const char *help;
};

extern const struct option option_table[];
extern const size_t option_count;

/* OPTION's field in POLICY; .kind tells its type. */
const void *option_field(const struct policy *policy,
                         const struct option *option);

/* The option that becomes PROPERTY, or NULL. */
const struct option *option_for_property(const char *property);

/* May the value be left out? Then the next word is the value only if it looks
 * like one. */
bool takes_optional_value(const struct option *option);

/* Reads the options at the head of WORDS (ended by NULL) into POLICY and
 * returns how many words they were, a "--" counted. WHERE opens each error
 * ("" for the command line). With ONLY_OPTIONS a word that is none is an
 * error, and a boolean's value may be the last word. */
size_t parse_options(struct policy *policy, char *const *words,
                     enum level level, const char *where, bool only_options);

#endif
