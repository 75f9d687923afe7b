/*
 * values.h - single values of options, for the rows of the option table.
 */
#ifndef VALUES_H
#define VALUES_H

#include "options.h"

/* The words of a boolean, true and false in turns; ended by NULL. */
extern const char *const booleans[];

/* Those words of --ip-allow and --ip-deny that are no addresses. */
extern const char *const address_words[];

/* In any case of the letters. False where TEXT is none of the words. */
bool parse_bool(const char *text, bool *value);

/* Set .kind and .amount; systemd.resource-control(5), systemd.time(7). */
limit_parser parse_size, parse_rate, parse_percent, parse_duration, parse_count;

value_setter set_capture, set_stats, set_learn, add_env, add_path, add_address, add_port, set_preset,
    set_network, set_private_network, set_host, set_publication;

#endif
