/*
 * values.c - single values, from what was written to what it means.
 */
#include "values.h"
#include "preset.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const booleans[] = { "true", "false", "yes", "no", "on", "off", "1",
                                 "0",    "t",     "f",   "y",  "n",  NULL };
const char *const address_words[] = { "any", "localhost", "link-local",
                                      "multicast", NULL };

bool parse_bool(const char *text, bool *value)
{
    for (size_t i = 0; booleans[i]; i++)
        if (strcasecmp(text, booleans[i]) == 0) {
            *value = i % 2 == 0;
            return true;
        }
    return false;
}

/* "12", "1.5" as the number times UNIT, and what follows it. False for no
 * number, for more than nine places, or where it does not fit in 63 bits. */
static bool parse_decimal(const char *text, char **end, uint64_t *whole,
                          uint64_t *billionths)
{
    uint64_t place = 100000000;

    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    *whole = strtoull(text, end, 10);
    *billionths = 0;
    if (errno || *whole > INT64_MAX)
        return false;
    if (**end != '.')
        return true;
    text = *end + 1;
    if (!isdigit((unsigned char)*text))
        return false;
    for (; isdigit((unsigned char)*text); text++, place /= 10) {
        if (!place)
            return false;
        *billionths += (uint64_t)(*text - '0') * place;
    }
    *end = (char *)text;
    return true;
}

static bool scale(uint64_t whole, uint64_t billionths, uint64_t unit,
                  uint64_t *result)
{
    const uint64_t all = 1000000000;
    /* billionths * unit / all, which may be more than 64 bits on the way. */
    uint64_t part = billionths * (unit / all) + billionths * (unit % all) / all;

    return !__builtin_mul_overflow(whole, unit, result) &&
           !__builtin_add_overflow(*result, part, result) &&
           *result <= INT64_MAX;
}

/* A number with an optional K, M, G, T, P, E of powers of BASE, then "iB" or
 * "B" in either case. */
static bool parse_bytes(const char *text, uint64_t base, uint64_t *bytes)
{
    static const char letters[] = "KMGTPE";
    uint64_t whole, billionths, unit = 1;
    const char *letter;
    char *end;

    if (!parse_decimal(text, &end, &whole, &billionths))
        return false;
    letter = *end ? strchr(letters, toupper((unsigned char)*end)) : NULL;
    if (letter) {
        for (ptrdiff_t i = letter - letters; i >= 0; i--)
            unit *= base;
        end++;
        if (base == 1024 && (*end == 'i' || *end == 'I') &&
            (end[1] == 'b' || end[1] == 'B'))
            end++;
    }
    if (*end == 'B' || *end == 'b')
        end++;
    return !*end && scale(whole, billionths, unit, bytes);
}

/* "80%" in hundredths of a percent. */
static bool parse_hundredths(const char *text, uint64_t *value)
{
    uint64_t whole, billionths;
    char *end;

    return parse_decimal(text, &end, &whole, &billionths) && streq(end, "%") &&
           billionths % 10000000 == 0 && scale(whole, billionths, 100, value);
}

bool parse_size(const char *text, struct limit *limit, char **hint)
{
    if (!*text || text[strlen(text) - 1] != '%') {
        limit->kind = LIMIT_AMOUNT;
        return parse_bytes(text, 1024, &limit->amount);
    }
    limit->kind = LIMIT_PERCENT;
    if (!parse_hundredths(text, &limit->amount))
        return false;
    if (limit->amount > 10000)
        *hint = xstrdup("at most 100% of the memory");
    return !*hint;
}

bool parse_rate(const char *text, struct limit *limit, char **hint)
{
    (void)hint;
    limit->kind = LIMIT_AMOUNT;
    return parse_bytes(text, 1000, &limit->amount) && limit->amount;
}

/* What TEXT, a number without a percent sign, was to be: "2" may mean two cores
 * or two percent. NULL where it is none. */
static char *ask_for_percent(const char *text)
{
    uint64_t whole, billionths;
    char *end;

    if (!parse_decimal(text, &end, &whole, &billionths) || *end || whole > 1024)
        return NULL;
    if (!whole && billionths < 10000000)
        return xstrdup("at least 1%");
    if (whole >= 10)
        return xasprintf("%s%%, with the percent sign", text);
    return xasprintf("%g%% for %s core%s",
                     100 * ((double)whole + (double)billionths / 1e9), text,
                     whole == 1 && !billionths ? "" : "s");
}

bool parse_percent(const char *text, struct limit *limit, char **hint)
{
    limit->kind = LIMIT_PERCENT;
    if (!parse_hundredths(text, &limit->amount)) {
        *hint = ask_for_percent(text);
        return false;
    }
    /* The kernel's least quota is 1 ms in systemd's period of 100 ms. */
    if (limit->amount < 100)
        *hint = xstrdup("at least 1%");
    else if (limit->amount > 10000000)
        *hint = xstrdup("at most 100000%");
    return !*hint;
}

/* The microseconds of the unit that the LENGTH bytes at NAME are; 0 for none.
 */
static uint64_t time_unit(const char *name, size_t length)
{
    static const struct {
        const char *names; /* a blank before and after each */
        uint64_t microseconds;
    } units[] = {
        { " us usec ", 1 },
        { " ms msec ", 1000 },
        { " s sec second seconds ", 1000000 },
        { " m min minute minutes ", 60000000 },
        { " h hr hour hours ", 3600000000 },
        { " d day days ", 86400000000 },
    };
    AUTOFREE char *word = xasprintf(" %.*s ", (int)length, name);

    for (size_t i = 0; length && i < ARRAY_LEN(units); i++)
        if (strstr(units[i].names, word))
            return units[i].microseconds;
    return 0;
}

bool parse_duration(const char *text, struct limit *limit, char **hint)
{
    const char *s = text;

    limit->kind = LIMIT_AMOUNT;
    limit->amount = 0;
    /* A bare number is seconds, but only alone: not "1h30". */
    if (*s && !text[strspn(text, "0123456789.")]) {
        AUTOFREE char *seconds = xasprintf("%ss", text);

        return parse_duration(seconds, limit, hint);
    }
    if (!*s)
        return false;
    while (*s) {
        uint64_t whole, billionths, part;
        size_t length;
        char *end;

        if (!parse_decimal(s, &end, &whole, &billionths))
            return false;
        s = end + strspn(end, " ");
        length = strspn(s, "abcdefghijklmnopqrstuvwxyz");
        if (!time_unit(s, length) ||
            !scale(whole, billionths, time_unit(s, length), &part) ||
            __builtin_add_overflow(limit->amount, part, &limit->amount) ||
            limit->amount > INT64_MAX)
            return false;
        if (!part && (whole || billionths)) {
            *hint = xstrdup("at least 1us, or 0 for none");
            return false;
        }
        s += length;
        s += strspn(s, " ");
    }
    return true;
}

bool parse_count(const char *text, struct limit *limit, char **hint)
{
    char *end;

    limit->kind = LIMIT_AMOUNT;
    errno = 0;
    limit->amount =
        isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!limit->amount || *end || errno || limit->amount > INT64_MAX)
        return false;
    if (limit->amount < 2)
        *hint = xstrdup("at least 2: playpen's own process in the unit counts");
    return !*hint;
}

/* [A-Za-z_][A-Za-z0-9_]*, in a glob also * ? [ ] ! and -. */
static bool is_variable_pattern(const char *name, size_t length, bool *glob)
{
    *glob = false;
    if (!length || isdigit((unsigned char)*name) || *name == '-')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (isalnum((unsigned char)name[i]) || name[i] == '_')
            continue;
        if (!strchr("*?[]!-", name[i]))
            return false;
        *glob = true;
    }
    return true;
}

bool add_env(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text;
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    bool glob;

    (void)hint;
    if (!is_variable_pattern(text, length, &glob) || (glob && equals))
        return false;
    policy->env = grow(policy->env, policy->env_count, sizeof(*policy->env));
    policy->env[policy->env_count++] = (struct env_rule){
        .name = xstrndup(text, length),
        .value = equals ? equals + 1 : NULL,
    };
    return true;
}

bool add_address(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text;
    const char *slash = strchr(text, '/');
    AUTOFREE char *address =
        xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
    unsigned char parsed[sizeof(struct in6_addr)];
    int bits;

    (void)hint;
    if (!is_one_of(text, address_words)) {
        if (inet_pton(AF_INET, address, parsed) == 1)
            bits = 32;
        else if (inet_pton(AF_INET6, address, parsed) == 1)
            bits = 128;
        else
            return false;
        if (slash) {
            char *end;
            long prefix = strtol(slash + 1, &end, 10);

            if (!isdigit((unsigned char)slash[1]) || *end || prefix > bits)
                return false;
        }
    }
    strv_pushf(&policy->ip_rules, "%s=%s", value->option->property, text);
    return true;
}

/* [ipv4:|ipv6:][tcp:|udp:]PORT[-PORT], or any; systemd.resource-control(5). */
bool add_port(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text;
    const char *s = text;
    unsigned long low, high;
    char *end;

    (void)hint;
    if (!streq(text, "any")) {
        if (has_prefix(s, "ipv4:") || has_prefix(s, "ipv6:"))
            s += 5;
        if (has_prefix(s, "tcp:") || has_prefix(s, "udp:"))
            s += 4;
        if (!isdigit((unsigned char)*s))
            return false;
        low = high = strtoul(s, &end, 10);
        if (*end == '-' && isdigit((unsigned char)end[1]))
            high = strtoul(end + 1, &end, 10);
        if (*end || !low || low > high || high > 65535)
            return false;
    }
    strv_pushf(&policy->ip_rules, "%s=%s", value->option->property, text);
    return true;
}

bool add_path(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text;
    struct path_rule rule = {
        .access = (enum access)value->option->number,
        .level = value->level,
        .where = xasprintf("%s%s", value->where, value->option->name),
    };

    if (rule.access >= ACCESS_PERSIST && strchr("-+", *text))
        return false;
    if (*text == '-') {
        rule.optional = true;
        text++;
    } else if (*text == '+') {
        if (rule.access != ACCESS_RW) {
            *hint = xstrdup("'+' with --rw only: it makes a directory to "
                            "write to");
            return false;
        }
        rule.create = true;
        text++;
    }
    if (!*text)
        return false;
    if (has_control(text)) {
        *hint = xstrdup("a path without control characters: systemd would "
                        "write it into a unit file as it is");
        return false;
    }
    rule.text = text;
    policy->paths =
        grow(policy->paths, policy->path_count, sizeof(*policy->paths));
    policy->paths[policy->path_count++] = rule;
    return true;
}

bool set_capture(struct policy *policy, const struct value *value, char **hint)
{
    const char *text = value->text;
    bool on;

    (void)hint;
    if (streq(text, "safe"))
        policy->capture_env = CAPTURE_SAFE;
    else if (parse_bool(text, &on))
        policy->capture_env = on ? CAPTURE_ALL : CAPTURE_NONE;
    else
        return false;
    return true;
}

bool set_learn(struct policy *policy, const struct value *value, char **hint)
{
    (void)hint;
    policy->learn = value->text;
    policy->why = true;
    return is_preset_name(value->text);
}

bool set_stats(struct policy *policy, const struct value *value, char **hint)
{
    (void)hint;
    policy->stats_file = NULL;
    if (!parse_bool(value->text, &policy->stats)) {
        policy->stats = true;
        policy->stats_file = value->text;
    }
    return *value->text;
}

bool set_preset(struct policy *policy, const struct value *value, char **hint)
{
    (void)hint;
    policy->preset = value->text;
    return true;
}

bool set_network(struct policy *policy, const struct value *value, char **hint)
{
    const char *const *words = value->option->choices;

    (void)hint;
    for (size_t i = 0; words[i]; i++)
        if (streq(value->text, words[i])) {
            policy->network.mode = i;
            policy->network_level = value->level;
            return true;
        }
    return false;
}

bool set_private_network(struct policy *policy, const struct value *value,
                         char **hint)
{
    bool on;

    (void)hint;
    if (!parse_bool(value->text, &on))
        return false;
    policy->network.mode = on ? NETWORK_NONE : NETWORK_OPEN;
    policy->network_level = value->level;
    return true;
}

bool set_host(struct policy *policy, const struct value *value, char **hint)
{
    policy->hosts_level = value->level;
    return add_host(&policy->network, value->text, hint);
}

bool set_publication(struct policy *policy, const struct value *value,
                     char **hint)
{
    return add_publication(&policy->network, value->text, hint);
}
