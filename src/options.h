/*
 * options.h - the option language: its rows, for what reads the table (the parser
 * in options.c, the help and the completions in help.c), and its parser.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "policy.h"

enum kind {
    KIND_FLAG,     /* struct flag, optional BOOL */
    KIND_SWITCH,   /* bool, takes no value */
    KIND_SIZE,     /* struct limit: bytes, percent, infinity */
    KIND_PERCENT,  /* struct limit: of one core */
    KIND_RATE,     /* struct limit: bytes per second */
    KIND_COUNT,    /* struct limit: tasks */
    KIND_DURATION, /* struct limit: microseconds */
    KIND_CHOICE,   /* struct mode, one of .choices */
    KIND_CAPTURE,
    KIND_ENV,
    KIND_PATH,     /* .number: enum access */
    KIND_IP,       /* .property: an address list */
    KIND_BIND,     /* .property: a port list */
    KIND_PROPERTY,
    KIND_PRESET,
    KIND_MANAGER,  /* .number */
    KIND_ACTION,   /* .number; takes .argument as its operand, if any */
};

struct option {
    const char *name;     /* with its dashes */
    char letter;          /* 0 where it has none */
    enum kind kind;
    size_t offset;        /* of its field in struct policy */
    int number;
    const char *argument; /* what the help calls its value */
    const char *property; /* for IP and port lists */
    const char *const *choices; /* words that are values; NULL ends them */
    bool common;          /* shown by -h */
    const char *help;
};

extern const struct option option_table[];
extern const size_t option_count;
extern const char *const booleans[]; /* the four that mean true come first */

/* Can the value be left out, or be the next word only if it looks like one? */
bool takes_optional_value(const struct option *option);

/* ---- the parser ---- */

void policy_defaults(struct policy *policy);

/* Reads the options at the head of WORDS (ended by NULL) into POLICY and
 * returns how many words they were, a "--" counted. WHERE opens each error
 * ("" for the command line). With ONLY_OPTIONS a word that is none is an
 * error, and a boolean's value may be the last word. */
size_t parse_options(struct policy *policy, char *const *words,
                     enum level level, const char *where, bool only_options);

/* What no single option can see: what one level takes back of lower ones, and
 * contradictions. Once, when all was read. */
void settle_policy(struct policy *policy);

/* Sizes and durations; NULL, or what would be right (a constant).
 * systemd.resource-control(5), systemd.time(7). */
const char *parse_size(const char *text, struct limit *limit);
const char *parse_rate(const char *text, struct limit *limit);
const char *parse_percent(const char *text, struct limit *limit);
const char *parse_duration(const char *text, struct limit *limit);

#endif
