/*
 * options.c - the option language: one table of rows, and the parser that reads
 * it. The command line, presets and PLAYPEN_OPTIONS are written in it, and
 * parse_options() reads them all. Single values are read in values.c.
 */
#include "options.h"
#include "passthrough.h"
#include "values.h"

#include <string.h>

static const char *const home_modes[] = { "none", "no",        "false", "yes",
                                          "true", "read-only", "tmpfs", NULL };
static const char *const system_modes[] = { "none", "no",   "false",  "yes",
                                            "true", "full", "strict", NULL };
static const char *const network_modes[] = { "open", "none", "listed", NULL };
static const char *const safe[] = { "safe", NULL };
static const char *const shells[] = { "bash", "zsh", "fish", NULL };

#define FIELD(f) .offset = offsetof(struct policy, f)
#define SIZE_EXPECTED "a size such as 50M, 1.5G, 512MiB, 80% or infinity"
#define RATE_EXPECTED "bytes per second such as 10M, 500K or infinity"
#define ADDRESS_EXPECTED                                                       \
    "any, localhost, link-local, multicast or an address such as 10.0.0.0/8 "  \
    "or ::1"
#define PORT_EXPECTED "any, or a rule such as tcp:8080 or ipv4:udp:1000-1999"

const struct option option_table[] = {
    { "--memory-limit", 'm', KIND_LIMIT, FIELD(memory_max), .argument = "SIZE",
      .parse = parse_size, .property = "MemoryMax", .expected = SIZE_EXPECTED,
      .common = true, .help = "Memory, swap off: 50M, 1.5G, 80%, infinity" },
    { "--memory-swap-max", 0, KIND_LIMIT, FIELD(memory_swap_max),
      .argument = "SIZE", .parse = parse_size, .property = "MemorySwapMax",
      .expected = SIZE_EXPECTED, .help = "Swap, beside the memory" },
    { "--cpu-limit", 'c', KIND_LIMIT, FIELD(cpu_quota), .argument = "PERCENT",
      .parse = parse_percent, .property = "CPUQuota",
      .expected = "a percentage of one core such as 50%, 250% or infinity",
      .common = true,
      .help = "CPU time: 100% is one core, 250% two and a half" },
    { "--disk-limit", 'd', KIND_LIMIT, FIELD(disk), .argument = "RATE",
      .parse = parse_rate, .expected = RATE_EXPECTED,
      .help = "Disk reads and writes, bytes per second: 10M" },
    { "--disk-read", 0, KIND_LIMIT, FIELD(disk_read), .argument = "RATE",
      .parse = parse_rate, .property = "IOReadBandwidthMax",
      .expected = RATE_EXPECTED, .help = "Disk reads alone" },
    { "--disk-write", 0, KIND_LIMIT, FIELD(disk_write), .argument = "RATE",
      .parse = parse_rate, .property = "IOWriteBandwidthMax",
      .expected = RATE_EXPECTED, .help = "Disk writes alone" },
    { "--tasks-limit", 0, KIND_LIMIT, FIELD(tasks_max), .argument = "N",
      .parse = parse_count, .property = "TasksMax",
      .expected = "a number of processes and threads such as 100, or infinity",
      .help = "Processes and threads, playpen's own one included" },
    { "--timeout", 0, KIND_LIMIT, FIELD(timeout), .argument = "DURATION",
      .parse = parse_duration, .property = "RuntimeMaxSec",
      .expected = "a duration such as 90, 30s, 5min, 1h30m, or 0 for none",
      .common = true, .help = "End it after 90, 30s, 5min, 1h30m; status 124" },
    { "--limits-only", 0, KIND_FLAG, FIELD(limits_only), .argument = "BOOL",
      .help = "No path restriction, no protection" },

    { "--current-dir-only", 0, KIND_FLAG, FIELD(current_dir_only),
      .argument = "BOOL", .protection = true, .common = true,
      .help = "Nothing of yours but the working directory" },
    { "--project-only", 0, KIND_FLAG, FIELD(project_only), .argument = "BOOL",
      .protection = true, .common = true,
      .help = "The same for the whole enclosing git work tree" },
    { "--rw", 0, KIND_VALUE, .number = ACCESS_RW, .argument = "PATH",
      .set = add_path, .property = "BindPaths", .expected = "a path",
      .common = true,
      .help = "Grant a path; -PATH if it exists, +PATH makes it" },
    { "--ro", 0, KIND_VALUE, .number = ACCESS_RO, .argument = "PATH",
      .set = add_path, .property = "BindReadOnlyPaths", .expected = "a path",
      .common = true, .help = "Grant it read-only" },
    { "--inaccessible", 0, KIND_VALUE, .number = ACCESS_NONE,
      .argument = "PATH", .set = add_path, .property = "InaccessiblePaths",
      .expected = "a path", .common = true, .help = "Take it away" },
    { "--persist", 0, KIND_VALUE, .number = ACCESS_PERSIST, .argument = "PATH",
      .set = add_path, .property = "BindPaths", .expected = "a path",
      .help = "A directory there that is kept apart from yours" },
    { "--persist-project", 0, KIND_VALUE, .number = ACCESS_PERSIST_PROJECT,
      .argument = "PATH", .set = add_path, .property = "BindPaths",
      .expected = "a path", .help = "The same, one for each project" },
    { "--persist-file", 0, KIND_VALUE, .number = ACCESS_PERSIST_FILE,
      .argument = "PATH", .set = add_path, .property = "BindPaths",
      .expected = "a path", .help = "The same for one file, such as a login" },
    { "--grant-command", 0, KIND_FLAG, FIELD(grants_command),
      .argument = "BOOL",
      .help = "The command's own files read-only (default: true)" },
    { "--nested-sandbox", 0, KIND_FLAG, FIELD(nested_sandbox),
      .argument = "BOOL",
      .help = "Leave a sandbox inside the calls that it needs" },
    { "--gpu", 0, KIND_FLAG, FIELD(gpu), .argument = "BOOL",
      .help = "GPUs, in spite of --private-devices" },
    { "--private-tmp", 0, KIND_FLAG, FIELD(private_tmp), .argument = "BOOL",
      .property = "PrivateTmp", .protection = true, .effect = EFFECT_PRIVATE,
      .subject = "/tmp, /var/tmp",
      .help = "A /tmp and /var/tmp of its own (default: true)" },
    { "--private-devices", 0, KIND_FLAG, FIELD(private_devices),
      .argument = "BOOL", .property = "PrivateDevices", .protection = true,
      .effect = EFFECT_HIDDEN,
      .subject = "/dev but for null, zero, tty and the like",
      .help = "No device nodes (default: true)" },
    { "--protect-kernel-tunables", 0, KIND_FLAG, FIELD(protect_kernel_tunables),
      .argument = "BOOL", .property = "ProtectKernelTunables",
      .protection = true, .effect = EFFECT_READ_ONLY,
      .subject = "/proc/sys, /sys",
      .help = "/proc/sys and /sys read-only (default: true)" },
    { "--protect-control-groups", 0, KIND_FLAG, FIELD(protect_control_groups),
      .argument = "BOOL", .property = "ProtectControlGroups",
      .protection = true, .effect = EFFECT_READ_ONLY,
      .subject = "/sys/fs/cgroup",
      .help = "/sys/fs/cgroup read-only (default: true)" },
    { "--protect-home", 0, KIND_CHOICE, FIELD(protect_home), .argument = "MODE",
      .choices = home_modes, .property = "ProtectHome", .protection = true,
      .expected = "none, yes, read-only, tmpfs",
      .help = "Home directories: none, yes, read-only, tmpfs" },
    { "--protect-system", 0, KIND_CHOICE, FIELD(protect_system),
      .argument = "MODE", .choices = system_modes, .property = "ProtectSystem",
      .protection = true, .expected = "none, yes, full, strict",
      .help = "The system read-only: none, yes, full, strict" },
    { "--network", 0, KIND_VALUE, .argument = "MODE",
      .choices = network_modes, .set = set_network, .common = true,
      .expected = "open, none or listed",
      .help = "open, none, or listed: what --net-allow names" },
    { "--private-network", 0, KIND_VALUE, .argument = "BOOL",
      .property = "PrivateNetwork", .set = set_private_network,
      .optional = true,
      .expected = "true or false (or yes/no, on/off, 1/0)",
      .help = "The same as --network none" },
    { "--net-allow", 0, KIND_VALUE, .argument = "HOST[:PORT]",
      .set = set_host, .common = true,
      .expected = "a name, *.NAME, localhost or an address, and a port such as "
                  "example.org:443",
      .help = "Reach this host by name, and no other but such" },
    { "--publish", 0, KIND_VALUE, .argument = "PORT",
      .set = set_publication, .common = true,
      .expected = "a port such as 3000, 8080:3000 or 0.0.0.0:3000",
      .help = "Connections to this port, on 127.0.0.1, go inside" },
    { "--ip-allow", 0, KIND_VALUE, .argument = "ADDRESS",
      .property = "IPAddressAllow", .choices = address_words,
      .set = add_address, .expected = ADDRESS_EXPECTED,
      .help = "any, localhost, 10.0.0.0/8 (system manager)" },
    { "--ip-deny", 0, KIND_VALUE, .argument = "ADDRESS",
      .property = "IPAddressDeny", .choices = address_words, .set = add_address,
      .expected = ADDRESS_EXPECTED, .help = "The same, denied" },
    { "--socket-bind-allow", 0, KIND_VALUE, .argument = "RULE",
      .property = "SocketBindAllow", .set = add_port, .expected = PORT_EXPECTED,
      .help = "any, tcp:8080, ipv4:udp:1-99" },
    { "--socket-bind-deny", 0, KIND_VALUE, .argument = "RULE",
      .property = "SocketBindDeny", .set = add_port, .expected = PORT_EXPECTED,
      .help = "The same, denied" },

    { "--env", 'e', KIND_VALUE, .argument = "NAME[=VALUE]", .set = add_env,
      .property = "Environment",
      .expected = "NAME, NAME=VALUE or a glob such as 'npm_*'", .common = true,
      .help = "Pass a variable, or set one; NAME may be a glob" },
    { "--capture-env", 0, KIND_VALUE, .argument = "BOOL|safe", .choices = safe,
      .set = set_capture, .optional = true, .expected = "true, false or safe",
      .common = true,
      .help = "Pass the environment; safe: without credentials" },
    { "--capture-path", 0, KIND_FLAG, FIELD(capture_path), .argument = "BOOL",
      .help = "Pass $PATH (default: true)" },

    { "--quiet", 'q', KIND_SWITCH, FIELD(quiet), .common = true,
      .help = "No banner, no summary" },
    { "--why", 0, KIND_SWITCH, FIELD(why),
      .help = "Say what it did not get, and the option for it" },
    { "--learn", 0, KIND_VALUE, .argument = "NAME", .set = set_learn,
      .expected = "the name of a preset, new or not",
      .help = "Add what it did not get to a preset of yours" },
    { "--yes", 0, KIND_SWITCH, FIELD(yes),
      .help = "With --learn: without a question" },
    { "--stats", 0, KIND_VALUE, .argument = "BOOL|FILE", .set = set_stats,
      .optional = true, .expected = "true, false or a file's name",
      .help = "What it took, at the end; FILE: as JSON" },
    { "--preset", 0, KIND_VALUE, .argument = "NAME", .set = set_preset,
      .help = "The options of a preset; see --list" },
    { "--profile", 0, KIND_VALUE, .argument = "NAME", .set = set_preset,
      .help = "Another name for --preset" },
    { "--property", 'p', KIND_VALUE, .argument = "NAME=VALUE",
      .set = add_property,
      .expected = "NAME=VALUE with a property's name from "
                  "systemd.directives(7)",
      .help = "A property that has no option here, unchecked" },
    { "--user", 0, KIND_MANAGER, .number = MANAGER_USER,
      .help = "The user's manager (default, but for root)" },
    { "--system", 0, KIND_MANAGER, .number = MANAGER_SYSTEM,
      .help = "The system's manager; needs root" },
    { "--dry-run", 'n', KIND_SWITCH, FIELD(dry_run), .common = true,
      .help = "Print the systemd-run command, run nothing" },
    { "--explain", 0, KIND_SWITCH, FIELD(explain_only), .common = true,
      .help = "Say what the command may do and see, run nothing" },

    { "--list", 0, KIND_ACTION, .number = ACTION_LIST,
      .help = "List the presets" },
    { "--show", 0, KIND_ACTION, .number = ACTION_SHOW, .argument = "NAME",
      .expected = "a name or a directory", .help = "Print a preset" },
    { "--install-shims", 0, KIND_ACTION, .number = ACTION_INSTALL_SHIMS,
      .argument = "DIR", .expected = "a name or a directory",
      .help = "Make pp-NAME links there, all or those named" },
    { "--remove-shims", 0, KIND_ACTION, .number = ACTION_REMOVE_SHIMS,
      .argument = "DIR", .expected = "a name or a directory",
      .help = "Take them back" },
    { "--bare", 0, KIND_SWITCH, FIELD(bare),
      .help = "With --install-shims: NAME without pp-" },
    { "--doctor", 0, KIND_ACTION, .number = ACTION_DOCTOR,
      .help = "Look at what playpen needs of this machine" },
    { "--completions", 0, KIND_ACTION, .number = ACTION_COMPLETIONS,
      .argument = "SHELL", .choices = shells, .expected = "bash, zsh or fish",
      .help = "Print completions: bash, zsh, fish" },
    { "--help", 'h', KIND_ACTION, .number = ACTION_LONG_HELP, .common = true,
      .help = "Short help for -h, all of it for --help" },
    { "--version", 'V', KIND_ACTION, .number = ACTION_VERSION,
      .help = "Print the version" },
};

const size_t option_count = ARRAY_LEN(option_table);

const void *option_field(const struct policy *policy,
                         const struct option *option)
{
    return (const char *)policy + option->offset;
}

static void *field(struct policy *policy, const struct option *option)
{
    return (char *)policy + option->offset;
}

const struct option *option_for_property(const char *property)
{
    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        if (option_table[i].property &&
            streq(option_table[i].property, property))
            return &option_table[i];
    return NULL;
}

static bool set_limit(struct limit *limit, const struct value *value,
                      char **hint)
{
    *limit = (struct limit){ .text = value->text, .level = value->level };
    if (!streq(value->text, "infinity"))
        return value->option->parse(value->text, limit, hint);
    limit->kind = LIMIT_INFINITY;
    return true;
}

static bool set_mode(struct mode *mode, const struct value *value)
{
    const char *text = value->text;

    if (!is_one_of(text, value->option->choices))
        return false;
    if (streq(text, "none") || streq(text, "false"))
        text = "no";
    if (streq(text, "true"))
        text = "yes";
    *mode = (struct mode){ text, value->level };
    return true;
}

static bool set_action(struct policy *policy, const struct option *option,
                       const char *text)
{
    if (!*text || (option->choices && !is_one_of(text, option->choices)))
        return false;
    policy->action = (enum action)option->number;
    policy->operand = text;
    return true;
}

/* As a value_setter. */
static bool set_value(struct policy *policy, const struct value *value,
                      char **hint)
{
    const struct option *option = value->option;
    void *target = field(policy, option);

    switch (option->kind) {
    case KIND_FLAG:
        ((struct flag *)target)->level = value->level;
        return parse_bool(value->text, &((struct flag *)target)->on);
    case KIND_LIMIT:
        return set_limit(target, value, hint);
    case KIND_CHOICE:
        return set_mode(target, value);
    case KIND_VALUE:
        return option->set(policy, value, hint);
    case KIND_ACTION:
        return set_action(policy, option, value->text);
    case KIND_SWITCH:
    case KIND_MANAGER:
        break;
    }
    return false;
}

static void set_or_die(struct policy *policy, const struct value *value)
{
    const struct option *option = value->option;
    const char *name = option->name, *where = value->where;
    AUTOFREE char *hint = NULL;

    if (!option->argument)
        die("%s%s %s: expected no value", where, name, ellipsize(value->text));
    if (streq(value->text, "--"))
        die("%s%s needs a value: %s, not --, which ends the options", where,
            name, option->argument);
    if (!utf8_valid(value->text))
        hint = xstrdup("valid UTF-8");
    else if (set_value(policy, value, &hint))
        return;
    die("%s%s %s: expected %s", where, name, ellipsize(value->text),
        hint                        ? hint
        : option->expected          ? option->expected
        : option->kind == KIND_FLAG ? "true or false (or yes/no, on/off, 1/0)"
                                    : option->argument);
}

bool takes_optional_value(const struct option *option)
{
    return option->kind == KIND_FLAG || option->optional;
}

static void set_without_value(struct policy *policy,
                              const struct option *option, bool short_form)
{
    switch (option->kind) {
    case KIND_SWITCH:
        *(bool *)field(policy, option) = true;
        break;
    case KIND_MANAGER:
        policy->manager = option->number;
        break;
    default:
        policy->action = (enum action)option->number;
        if (policy->action == ACTION_LONG_HELP && short_form)
            policy->action = ACTION_HELP;
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

static void __attribute__((noreturn))
unknown_option(const char *where, const char *word)
{
    const char *names[ARRAY_LEN(option_table) + 1];
    AUTOFREE char *name = xstrndup(word, strcspn(word, "="));
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(option_table); i++)
        names[i] = option_table[i].name;
    names[ARRAY_LEN(option_table)] = NULL;
    near = nearest(name, names);
    if (near)
        die("%sunknown option %s: did you mean %s?", where, ellipsize(name),
            near);
    die("%sunknown option %s: see playpen --help", where, ellipsize(name));
}

/* The option's value may be the word after it only if it looks like one and
 * leaves a command: `--private-tmp true` runs the program true. */
static bool is_value(const struct option *option, const char *word,
                     const char *after, bool only_options)
{
    bool unused;

    if (!word || (!after && !only_options))
        return false;
    return parse_bool(word, &unused) ||
           (option->choices && is_one_of(word, option->choices));
}

/* Sets VALUE->option to the option WORD, or, at *REST, the next one of a
 * cluster such as -qm50M, and VALUE->text to what stands in WORD itself as its
 * value. */
static void read_name(const char *word, const char **rest, struct value *value)
{
    bool assigned;

    if (word[1] == '-') {
        size_t length = strcspn(word, "=");

        value->option = find_long(word, length);
        if (!value->option)
            unknown_option(value->where, word);
        if (word[length])
            value->text = word + length + 1;
        *rest = "";
        return;
    }
    value->option = find_short(**rest);
    if (!value->option)
        die("%sunknown option -%c in %s: see playpen --help", value->where,
            **rest, ellipsize(word));
    ++*rest;
    assigned = **rest == '=';
    if (assigned || (**rest && value->option->argument)) {
        value->text = *rest + assigned;
        *rest = "";
    }
}

/* Sets VALUE->text, which is no part of the option's word: the next word, at
 * *WORDS, which is taken, or "true". */
static void take_next(struct value *value, char *const **words,
                      bool only_options)
{
    char *const *next = *words;

    if (takes_optional_value(value->option) &&
        !is_value(value->option, next[0], next[0] ? next[1] : NULL,
                  only_options)) {
        value->text = "true";
        return;
    }
    if (!*next)
        die("%s%s needs a value: %s", value->where, value->option->name,
            value->option->argument);
    value->text = *next;
    ++*words;
}

/* The options of one word, which is WORDS[0], and their values, which may be
 * the words after it. Returns the word that follows. */
static char *const *parse_word(struct policy *policy, char *const *words,
                               enum level level, const char *where,
                               bool only_options)
{
    const char *word = *words++, *rest = word + 1;

    do {
        struct value value = { .level = level, .where = where };

        read_name(word, &rest, &value);
        if ((value.option->kind == KIND_ACTION && level < LEVEL_COMMAND_LINE) ||
            ((value.option->set == set_preset ||
              value.option->set == set_learn) &&
             level < LEVEL_ENVIRONMENT))
            die("%s%s: expected on the command line alone", where,
                value.option->name);
        strv_pushf(&policy->options_seen, "%s%s", where, value.option->name);
        if (!value.text && !value.option->argument) {
            set_without_value(policy, value.option, word[1] != '-');
            continue;
        }
        if (!value.text)
            take_next(&value, &words, only_options);
        set_or_die(policy, &value);
    } while (*rest);
    return words;
}

size_t parse_options(struct policy *policy, char *const *words,
                     enum level level, const char *where, bool only_options)
{
    char *const *word = words;

    while (*word) {
        bool is_option = **word == '-' && (*word)[1];

        if (streq(*word, "--")) {
            if (only_options)
                die("%s--: expected options alone, no command", where);
            return (size_t)(word - words) + 1;
        }
        if (!is_option && only_options)
            die("%s%s is not an option", where, ellipsize(*word));
        if (!is_option)
            break;
        word = parse_word(policy, word, level, where, only_options);
    }
    return (size_t)(word - words);
}
