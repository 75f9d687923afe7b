/*
 * options.c - the option language: one table of rows, and the parser that reads
 * it. The command line, presets and PLAYPEN_OPTIONS are written in it, and
 * parse_options() reads them all.
 */
#include "options.h"
#include "properties.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const home_modes[] = { "none",      "no",    "false",
                                          "yes",       "true",  "read-only",
                                          "tmpfs",     NULL };
static const char *const system_modes[] = { "none", "no",   "false",  "yes",
                                            "true", "full", "strict", NULL };
const char *const booleans[] = { "true",  "yes", "on",  "1",
                                 "false", "no",  "off", "0", NULL };
static const char *const captures[] = { "true", "yes", "on", "1",    "false",
                                        "no",   "off", "0",  "safe", NULL };
static const char *const addresses[] = { "any", "localhost", "link-local",
                                         "multicast", NULL };
static const char *const shells[] = { "bash", "zsh", "fish", NULL };

#define FIELD(f) .offset = offsetof(struct policy, f)

const struct option option_table[] = {
    { "--memory-limit", 'm', KIND_SIZE, FIELD(memory_max), .argument = "SIZE",
      .common = true,
      .help = "Memory, swap off: 50M, 1.5G, 80%, infinity" },
    { "--memory-swap-max", 0, KIND_SIZE, FIELD(memory_swap_max),
      .argument = "SIZE", .help = "Swap, beside the memory" },
    { "--cpu-limit", 'c', KIND_PERCENT, FIELD(cpu_quota),
      .argument = "PERCENT", .common = true,
      .help = "CPU time: 100% is one core, 250% two and a half" },
    { "--disk-limit", 'd', KIND_RATE, FIELD(disk), .argument = "RATE",
      .help = "Disk reads and writes, bytes per second: 10M" },
    { "--disk-read", 0, KIND_RATE, FIELD(disk_read), .argument = "RATE",
      .help = "Disk reads alone" },
    { "--disk-write", 0, KIND_RATE, FIELD(disk_write), .argument = "RATE",
      .help = "Disk writes alone" },
    { "--tasks-limit", 0, KIND_COUNT, FIELD(tasks_max), .argument = "N",
      .help = "Processes and threads, playpen's own one included" },
    { "--timeout", 0, KIND_DURATION, FIELD(timeout), .argument = "DURATION",
      .common = true,
      .help = "End it after 90, 30s, 5min, 1h30m; status 124" },
    { "--limits-only", 0, KIND_FLAG, FIELD(limits_only), .argument = "BOOL",
      .help = "No path restriction, no protection" },

    { "--current-dir-only", 0, KIND_FLAG, FIELD(current_dir_only),
      .argument = "BOOL", .common = true,
      .help = "Nothing of yours but the working directory" },
    { "--project-only", 0, KIND_FLAG, FIELD(project_only), .argument = "BOOL",
      .common = true,
      .help = "The same for the whole enclosing git work tree" },
    { "--rw", 0, KIND_PATH, .number = ACCESS_RW, .argument = "PATH",
      .common = true,
      .help = "Grant a path; -PATH if it exists, +PATH makes it" },
    { "--ro", 0, KIND_PATH, .number = ACCESS_RO, .argument = "PATH",
      .common = true, .help = "Grant it read-only" },
    { "--inaccessible", 0, KIND_PATH, .number = ACCESS_NONE,
      .argument = "PATH", .common = true, .help = "Take it away" },
    { "--grant-command", 0, KIND_FLAG, FIELD(grant_command),
      .argument = "BOOL",
      .help = "The command's own files read-only (default: true)" },
    { "--private-tmp", 0, KIND_FLAG, FIELD(private_tmp), .argument = "BOOL",
      .help = "A /tmp and /var/tmp of its own (default: true)" },
    { "--private-devices", 0, KIND_FLAG, FIELD(private_devices),
      .argument = "BOOL", .help = "No device nodes (default: true)" },
    { "--protect-kernel-tunables", 0, KIND_FLAG,
      FIELD(protect_kernel_tunables), .argument = "BOOL",
      .help = "/proc/sys and /sys read-only (default: true)" },
    { "--protect-control-groups", 0, KIND_FLAG, FIELD(protect_control_groups),
      .argument = "BOOL",
      .help = "/sys/fs/cgroup read-only (default: true)" },
    { "--protect-home", 0, KIND_CHOICE, FIELD(protect_home),
      .argument = "MODE", .choices = home_modes,
      .help = "Home directories: none, yes, read-only, tmpfs" },
    { "--protect-system", 0, KIND_CHOICE, FIELD(protect_system),
      .argument = "MODE", .choices = system_modes,
      .help = "The system read-only: none, yes, full, strict" },
    { "--private-network", 0, KIND_FLAG, FIELD(private_network),
      .argument = "BOOL", .help = "No network but a loopback of its own" },
    { "--ip-allow", 0, KIND_IP, .argument = "ADDRESS",
      .property = "IPAddressAllow", .choices = addresses,
      .help = "any, localhost, 10.0.0.0/8 (system manager)" },
    { "--ip-deny", 0, KIND_IP, .argument = "ADDRESS",
      .property = "IPAddressDeny", .choices = addresses,
      .help = "The same, denied" },
    { "--socket-bind-allow", 0, KIND_BIND, .argument = "RULE",
      .property = "SocketBindAllow", .help = "any, tcp:8080, ipv4:udp:1-99" },
    { "--socket-bind-deny", 0, KIND_BIND, .argument = "RULE",
      .property = "SocketBindDeny", .help = "The same, denied" },

    { "--env", 'e', KIND_ENV, .argument = "NAME[=VALUE]", .common = true,
      .help = "Pass a variable, or set one; NAME may be a glob" },
    { "--capture-env", 0, KIND_CAPTURE, .argument = "BOOL|safe",
      .choices = captures, .common = true,
      .help = "Pass the environment; safe: without credentials" },
    { "--capture-path", 0, KIND_FLAG, FIELD(capture_path),
      .argument = "BOOL", .help = "Pass $PATH (default: true)" },

    { "--quiet", 'q', KIND_SWITCH, FIELD(quiet), .common = true,
      .help = "No banner, no summary" },
    { "--preset", 0, KIND_PRESET, .argument = "NAME",
      .help = "The options of a preset; see --list" },
    { "--profile", 0, KIND_PRESET, .argument = "NAME",
      .help = "Another name for --preset" },
    { "--property", 'p', KIND_PROPERTY, .argument = "NAME=VALUE",
      .help = "A property that has no option here, unchecked" },
    { "--user", 0, KIND_MANAGER, .number = MANAGER_USER,
      .help = "The user's manager (default, but for root)" },
    { "--system", 0, KIND_MANAGER, .number = MANAGER_SYSTEM,
      .help = "The system's manager; needs root" },
    { "--dry-run", 'n', KIND_SWITCH, FIELD(dry_run), .common = true,
      .help = "Print the systemd-run command, run nothing" },
    { "--explain", 0, KIND_SWITCH, FIELD(explain), .common = true,
      .help = "Say what the command may do and see, run nothing" },

    { "--list", 0, KIND_ACTION, .number = ACTION_LIST,
      .help = "List the presets" },
    { "--show", 0, KIND_ACTION, .number = ACTION_SHOW, .argument = "NAME",
      .help = "Print a preset" },
    { "--install-shims", 0, KIND_ACTION, .number = ACTION_INSTALL_SHIMS,
      .argument = "DIR", .help = "Make pp-NAME links there, all or those named" },
    { "--remove-shims", 0, KIND_ACTION, .number = ACTION_REMOVE_SHIMS,
      .argument = "DIR", .help = "Take them back" },
    { "--bare", 0, KIND_SWITCH, FIELD(bare),
      .help = "With --install-shims: NAME without pp-" },
    { "--doctor", 0, KIND_ACTION, .number = ACTION_DOCTOR,
      .help = "Look at what playpen needs of this machine" },
    { "--completions", 0, KIND_ACTION, .number = ACTION_COMPLETIONS,
      .argument = "SHELL", .choices = shells,
      .help = "Print completions: bash, zsh, fish" },
    { "--help", 'h', KIND_ACTION, .number = ACTION_LONG_HELP, .common = true,
      .help = "Short help for -h, all of it for --help" },
    { "--version", 'V', KIND_ACTION, .number = ACTION_VERSION,
      .help = "Print the version" },
};

const size_t option_count = ARRAY_LEN(option_table);

static void *field(struct policy *policy, const struct option *option)
{
    return (char *)policy + option->offset;
}

/* ---- values ---- */

static bool parse_bool(const char *text, bool *value)
{
    for (size_t i = 0; booleans[i]; i++)
        if (streq(text, booleans[i])) {
            *value = i < 4;
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
    uint64_t part =
        billionths * (unit / all) + billionths * (unit % all) / all;

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

    return parse_decimal(text, &end, &whole, &billionths) &&
           streq(end, "%") && billionths % 10000000 == 0 &&
           scale(whole, billionths, 100, value);
}

const char *parse_size(const char *text, struct limit *limit)
{
    static const char wanted[] =
        "a size such as 50M, 1.5G, 512MiB, 80% or infinity";

    limit->text = text;
    if (streq(text, "infinity")) {
        limit->kind = LIMIT_INFINITY;
        return NULL;
    }
    if (*text && text[strlen(text) - 1] == '%') {
        limit->kind = LIMIT_PERCENT;
        if (!parse_hundredths(text, &limit->amount))
            return wanted;
        return limit->amount > 10000 ? "at most 100% of the memory" : NULL;
    }
    limit->kind = LIMIT_AMOUNT;
    return parse_bytes(text, 1024, &limit->amount) ? NULL : wanted;
}

const char *parse_rate(const char *text, struct limit *limit)
{
    limit->text = text;
    if (streq(text, "infinity")) {
        limit->kind = LIMIT_INFINITY;
        return NULL;
    }
    limit->kind = LIMIT_AMOUNT;
    if (!parse_bytes(text, 1000, &limit->amount) || !limit->amount)
        return "bytes per second such as 10M, 500K or infinity";
    return NULL;
}

const char *parse_percent(const char *text, struct limit *limit)
{
    static const char least[] = "at least 1%";
    uint64_t whole, billionths;
    char *end;

    limit->text = text;
    if (streq(text, "infinity")) {
        limit->kind = LIMIT_INFINITY;
        return NULL;
    }
    limit->kind = LIMIT_PERCENT;
    if (parse_hundredths(text, &limit->amount)) {
        /* The kernel's least quota is 1 ms in systemd's period of 100 ms. */
        if (limit->amount < 100)
            return least;
        return limit->amount > 10000000 ? "at most 100000%" : NULL;
    }
    if (parse_decimal(text, &end, &whole, &billionths) && !*end &&
        whole <= 1024) {
        static char hint[64];

        if (!whole && billionths < 10000000)
            return least;
        /* "2" may mean two cores or two percent: ask. */
        if (whole < 10)
            snprintf(hint, sizeof(hint), "%g%% for %s core%s",
                     100 * ((double)whole + (double)billionths / 1e9), text,
                     whole == 1 && !billionths ? "" : "s");
        else
            snprintf(hint, sizeof(hint), "%s%%, with the percent sign", text);
        return hint;
    }
    return "a percentage of one core such as 50%, 250% or infinity";
}

const char *parse_duration(const char *text, struct limit *limit)
{
    static const char wanted[] =
        "a duration such as 90, 30s, 5min, 1h30m, or 0 for none";
    static const struct {
        const char *name;
        uint64_t microseconds;
    } units[] = {
        { "us", 1 },
        { "usec", 1 },
        { "ms", 1000 },
        { "msec", 1000 },
        { "s", 1000000 },
        { "sec", 1000000 },
        { "second", 1000000 },
        { "seconds", 1000000 },
        { "m", 60000000 },
        { "min", 60000000 },
        { "minute", 60000000 },
        { "minutes", 60000000 },
        { "h", 3600000000 },
        { "hr", 3600000000 },
        { "hour", 3600000000 },
        { "hours", 3600000000 },
        { "d", 86400000000 },
        { "day", 86400000000 },
        { "days", 86400000000 },
    };
    const char *s = text;

    limit->text = text;
    limit->kind = LIMIT_AMOUNT;
    limit->amount = 0;
    if (streq(text, "infinity")) {
        limit->kind = LIMIT_INFINITY;
        return NULL;
    }
    if (!*s)
        return wanted;
    while (*s) {
        uint64_t whole, billionths, unit = 0, part;
        size_t length;
        char *end;

        if (!parse_decimal(s, &end, &whole, &billionths))
            return wanted;
        s = end + strspn(end, " ");
        length = strspn(s, "abcdefghijklmnopqrstuvwxyz");
        for (size_t i = 0; i < ARRAY_LEN(units); i++)
            if (strlen(units[i].name) == length &&
                strncmp(s, units[i].name, length) == 0)
                unit = units[i].microseconds;
        /* A bare number is seconds, but only alone: not "1h30". */
        if (!length && !*s && end != text && strspn(text, "0123456789.") ==
                                                 (size_t)(end - text))
            unit = 1000000;
        if (!unit || !scale(whole, billionths, unit, &part) ||
            __builtin_add_overflow(limit->amount, part, &limit->amount) ||
            limit->amount > INT64_MAX)
            return wanted;
        if (!part && (whole || billionths))
            return "at least 1us, or 0 for none";
        s += length;
        s += strspn(s, " ");
    }
    return NULL;
}

static const char *parse_count(const char *text, struct limit *limit)
{
    char *end;

    limit->text = text;
    if (streq(text, "infinity")) {
        limit->kind = LIMIT_INFINITY;
        return NULL;
    }
    limit->kind = LIMIT_AMOUNT;
    errno = 0;
    limit->amount = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!limit->amount || *end || errno || limit->amount > INT64_MAX)
        return "a number of processes and threads such as 100, or infinity";
    if (limit->amount < 2)
        return "at least 2: playpen's own process in the unit counts";
    return NULL;
}

/* [A-Za-z_][A-Za-z0-9_]*, in a glob also * ? [ ] ! and -. */
static bool valid_name(const char *name, size_t length, bool *glob)
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

static const char *add_env(struct policy *policy, const char *text)
{
    const char *equals = strchr(text, '=');
    size_t length = equals ? (size_t)(equals - text) : strlen(text);
    bool glob;

    if (!valid_name(text, length, &glob) || (glob && equals))
        return "NAME, NAME=VALUE or a glob such as 'npm_*'";
    policy->env = grow(policy->env, policy->env_count, sizeof(*policy->env));
    policy->env[policy->env_count++] = (struct env_rule){
        .name = xstrndup(text, length),
        .value = equals ? equals + 1 : NULL,
    };
    return NULL;
}

static const char *add_ip(struct policy *policy, const char *property,
                          const char *text)
{
    static const char wanted[] = "any, localhost, link-local, multicast or an "
                                 "address such as 10.0.0.0/8 or ::1";
    const char *slash = strchr(text, '/');
    AUTOFREE char *address =
        xstrndup(text, slash ? (size_t)(slash - text) : strlen(text));
    unsigned char parsed[sizeof(struct in6_addr)];
    int bits;

    if (!is_one_of(text, addresses)) {
        if (inet_pton(AF_INET, address, parsed) == 1)
            bits = 32;
        else if (inet_pton(AF_INET6, address, parsed) == 1)
            bits = 128;
        else
            return wanted;
        if (slash) {
            char *end;
            long prefix = strtol(slash + 1, &end, 10);

            if (!isdigit((unsigned char)slash[1]) || *end || prefix > bits)
                return wanted;
        }
    }
    strv_pushf(&policy->ip_rules, "%s=%s", property, text);
    return NULL;
}

/* [ipv4:|ipv6:][tcp:|udp:]PORT[-PORT], or any; systemd.resource-control(5). */
static const char *add_bind(struct policy *policy, const char *property,
                            const char *text)
{
    static const char wanted[] =
        "any, or a rule such as tcp:8080 or ipv4:udp:1000-1999";
    const char *s = text;
    unsigned long low, high;
    char *end;

    if (!streq(text, "any")) {
        if (has_prefix(s, "ipv4:") || has_prefix(s, "ipv6:"))
            s += 5;
        if (has_prefix(s, "tcp:") || has_prefix(s, "udp:"))
            s += 4;
        if (!isdigit((unsigned char)*s))
            return wanted;
        low = high = strtoul(s, &end, 10);
        if (*end == '-' && isdigit((unsigned char)end[1]))
            high = strtoul(end + 1, &end, 10);
        if (*end || !low || low > high || high > 65535)
            return wanted;
    }
    strv_pushf(&policy->ip_rules, "%s=%s", property, text);
    return NULL;
}

static const char *add_property(struct policy *policy, const char *text)
{
    const char *equals = strchr(text, '=');
    AUTOFREE char *name =
        xstrndup(text, equals ? (size_t)(equals - text) : strlen(text));
    const char *option = option_for_property(name);

    if (!equals || !*name ||
        name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                          "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")])
        return "NAME=VALUE with a property's name from systemd.directives(7)";
    if (has_control(text))
        return "a value without control characters";
    if (option) {
        static char hint[128];

        snprintf(hint, sizeof(hint), "%s, which checks what it sets", option);
        return hint;
    }
    strv_push(&policy->properties, text);
    return NULL;
}

static const char *add_path(struct policy *policy, const struct option *option,
                            const char *text, enum level level,
                            const char *where)
{
    struct path_rule rule = {
        .access = (enum access)option->number,
        .level = level,
        .where = xasprintf("%s%s", where, option->name),
    };

    if (*text == '-') {
        rule.optional = true;
        text++;
    } else if (*text == '+') {
        if (rule.access != ACCESS_RW)
            return "'+' with --rw only: it makes a directory to write to";
        rule.create = true;
        text++;
    }
    if (!*text)
        return "a path";
    if (has_control(text))
        return "a path without control characters: systemd would write it "
               "into a unit file as it is";
    rule.text = text;
    policy->paths =
        grow(policy->paths, policy->path_count, sizeof(*policy->paths));
    policy->paths[policy->path_count++] = rule;
    return NULL;
}

/* NULL, or what VALUE should have been. */
static const char *set_value(struct policy *policy, const struct option *option,
                             const char *value, enum level level,
                             const char *where)
{
    struct flag *flag = field(policy, option);
    struct limit *limit = field(policy, option);
    bool on;

    if (!option->argument)
        return "no value";
    if (!utf8_valid(value))
        return "valid UTF-8";
    switch (option->kind) {
    case KIND_FLAG:
        if (!parse_bool(value, &on))
            return "true or false (or yes/no, on/off, 1/0)";
        *flag = (struct flag){ on, level };
        return NULL;
    case KIND_SIZE:
        return parse_size(value, limit);
    case KIND_PERCENT:
        return parse_percent(value, limit);
    case KIND_RATE:
        limit->level = level;
        return parse_rate(value, limit);
    case KIND_COUNT:
        return parse_count(value, limit);
    case KIND_DURATION:
        return parse_duration(value, limit);
    case KIND_CHOICE:
        if (!is_one_of(value, option->choices))
            return strchr(option->help, ':') + 2;
        if (streq(value, "none") || streq(value, "false"))
            value = "no";
        if (streq(value, "true"))
            value = "yes";
        *(struct mode *)field(policy, option) = (struct mode){ value, level };
        return NULL;
    case KIND_CAPTURE:
        if (streq(value, "safe"))
            policy->capture_env = CAPTURE_SAFE;
        else if (parse_bool(value, &on))
            policy->capture_env = on ? CAPTURE_ALL : CAPTURE_NONE;
        else
            return "true, false or safe";
        return NULL;
    case KIND_ENV:
        return add_env(policy, value);
    case KIND_PATH:
        return add_path(policy, option, value, level, where);
    case KIND_IP:
        return add_ip(policy, option->property, value);
    case KIND_BIND:
        return add_bind(policy, option->property, value);
    case KIND_PROPERTY:
        return add_property(policy, value);
    case KIND_PRESET:
        policy->preset = value;
        return NULL;
    case KIND_ACTION:
        if (option->choices && !is_one_of(value, option->choices))
            return "bash, zsh or fish";
        if (!*value)
            return "a name or a directory";
        policy->action = (enum action)option->number;
        policy->operand = value;
        return NULL;
    case KIND_SWITCH:
    case KIND_MANAGER:
        break;
    }
    return "no value";
}

/* ---- the parser ---- */

bool takes_optional_value(const struct option *option)
{
    return option->kind == KIND_FLAG || option->kind == KIND_CAPTURE;
}

static void set_without_value(struct policy *policy,
                              const struct option *option, enum level level,
                              bool short_form)
{
    switch (option->kind) {
    case KIND_SWITCH:
        *(bool *)field(policy, option) = true;
        break;
    case KIND_MANAGER:
        policy->manager = option->number;
        break;
    case KIND_ACTION:
        policy->action = (enum action)option->number;
        if (policy->action == ACTION_LONG_HELP && short_form)
            policy->action = ACTION_HELP;
        break;
    default:
        set_value(policy, option, "true", level, "");
    }
}

static const struct option *find_long(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        if (strlen(option_table[i].name) == length &&
            strncmp(option_table[i].name, name, length) == 0)
            return &option_table[i];
    return NULL;
}

static const struct option *find_short(char letter)
{
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        if (option_table[i].letter && option_table[i].letter == letter)
            return &option_table[i];
    return NULL;
}

static void __attribute__((noreturn)) unknown_option(const char *where,
                                                     const char *word)
{
    const char *names[ARRAY_LEN(option_table) + 1];
    AUTOFREE char *name = xstrndup(word, strcspn(word, "="));
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        names[i] = option_table[i].name;
    names[ARRAY_LEN(option_table)] = NULL;
    near = nearest(name, names);
    if (near)
        die("%sunknown option %s: did you mean %s?", where, brief(name), near);
    die("%sunknown option %s: see playpen --help", where, brief(name));
}

/* The option's value may be the word after it only if it looks like one and
 * leaves a command: `--private-tmp true` runs the program true. */
static bool is_value(const struct option *option, const char *word,
                     const char *after, bool only_options)
{
    if (!word || (!after && !only_options))
        return false;
    return is_one_of(word, option->choices ? option->choices : booleans);
}

size_t parse_options(struct policy *policy, char *const *words,
                     enum level level, const char *where, bool only_options)
{
    size_t i = 0;

    while (words[i]) {
        const char *word = words[i], *value = NULL, *problem = NULL;
        const struct option *option;
        const char *rest = word + 1; /* of a cluster such as -qm50M */

        if (streq(word, "--")) {
            if (only_options)
                die("%s--: expected options alone, no command", where);
            return i + 1;
        }
        if (word[0] != '-' || !word[1]) {
            if (!only_options)
                return i;
            die("%s%s is not an option", where, brief(word));
        }
        i++;
        do {
            if (word[1] == '-') {
                size_t length = strcspn(word, "=");

                option = find_long(word, length);
                if (!option)
                    unknown_option(where, word);
                if (word[length])
                    value = word + length + 1;
                rest = "";
            } else {
                option = find_short(*rest);
                if (!option)
                    die("%sunknown option -%c in %s: see playpen --help", where,
                        *rest, brief(word));
                rest++;
            }
            if ((option->kind == KIND_ACTION && level < LEVEL_COMMAND_LINE) ||
                (option->kind == KIND_PRESET && level < LEVEL_ENVIRONMENT))
                die("%s%s: expected on the command line alone", where,
                    option->name);
            strv_pushf(&policy->said, "%s%s", where, option->name);
            if (!value && !option->argument) {
                set_without_value(policy, option, level, word[1] != '-');
                continue;
            }
            if (!value && *rest) {
                value = rest;
                rest = "";
            }
            if (!value && takes_optional_value(option)) {
                if (is_value(option, words[i], words[i] ? words[i + 1] : NULL,
                             only_options))
                    value = words[i++];
                else
                    value = "true";
            }
            if (!value && !words[i])
                die("%s%s needs a value: %s", where, option->name,
                    option->argument);
            if (!value)
                value = words[i++];
            problem = set_value(policy, option, value, level, where);
            if (problem)
                die("%s%s %s: expected %s", where, option->name, brief(value),
                    problem);
        } while (*rest);
    }
    return i;
}

void policy_defaults(struct policy *policy)
{
    struct flag on = { .on = true, .level = LEVEL_DEFAULT };

    *policy = (struct policy){ 0 };
    policy->private_tmp = policy->private_devices = on;
    policy->protect_kernel_tunables = policy->protect_control_groups = on;
    policy->grant_command = policy->capture_path = on;
    policy->protect_home.name = policy->protect_system.name = "no";
}

/* Takes back what lower levels said of protections and paths. */
static void apply_limits_only(struct policy *policy)
{
    struct flag *const flags[] = {
        &policy->private_tmp,
        &policy->private_devices,
        &policy->protect_kernel_tunables,
        &policy->protect_control_groups,
        &policy->current_dir_only,
        &policy->project_only,
    };
    struct mode *const modes[] = { &policy->protect_home, &policy->protect_system };
    enum level level = policy->limits_only.level;
    size_t kept = 0;

    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        flags[i]->on &= flags[i]->level >= level;
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (modes[i]->level < level)
            modes[i]->name = "no";
    for (size_t i = 0; i < policy->path_count; i++)
        if (policy->paths[i].level >= level)
            policy->paths[kept++] = policy->paths[i];
    policy->path_count = kept;
}

/* A rate for both directions takes back what lower levels said of one. */
static void apply_disk_limit(const struct limit *both, struct limit *one)
{
    if (one->level < both->level)
        one->kind = LIMIT_UNSET;
}

void settle_policy(struct policy *policy)
{
    apply_disk_limit(&policy->disk, &policy->disk_read);
    apply_disk_limit(&policy->disk, &policy->disk_write);
    if (policy->limits_only.on)
        apply_limits_only(policy);
    if (policy->current_dir_only.on && policy->project_only.on &&
        policy->current_dir_only.level == policy->project_only.level)
        die("--current-dir-only and --project-only: expected one of them");
    if (policy->limits_only.on &&
        (policy->current_dir_only.on || policy->project_only.on ||
         policy->path_count || !streq(policy->protect_home.name, "no") ||
         !streq(policy->protect_system.name, "no")))
        die("--limits-only and a path restriction contradict each other: "
            "leave one of them out");
}
