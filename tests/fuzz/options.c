/*
 * options.c - the option parser, and what properties.c makes of what it took:
 * words that systemd can read, none that would be another line of a unit. The
 * words of the input are ended by newlines.
 */
#include "../../src/options.h"
#include "../../src/properties.h"

#include <string.h>

static void check_words(const struct strv *words)
{
    for (size_t i = 0; i < words->n; i++)
        if (!has_prefix(words->v[i], "-p") || !strchr(words->v[i], '=') ||
            !utf8_valid(words->v[i]) || has_control(words->v[i]))
            abort();
}

void fuzz_one(char *text, size_t size)
{
    static const char *const controllers[] = { "cpu", "io", "memory", "pids" };
    struct policy policy;
    struct view view = { .policy = &policy };
    struct host host = {
        .user_namespaces = true,
        .version = 257,
        .memory = (uint64_t)1 << 33,
        .disk_major = 8,
        .runtime_dir = "/run/user/1000",
        .uid = 1000,
    };
    struct strv words = { 0 }, properties = { 0 };
    bool only_options = size % 2;
    size_t taken;

    for (size_t i = 0; i < ARRAY_LEN(controllers); i++)
        strv_push(&host.controllers, controllers[i]);
    for (char *save, *word = strtok_r(text, "\n", &save); word;
         word = strtok_r(NULL, "\n", &save))
        strv_push(&words, word);
    if (!words.n)
        return;
    policy_defaults(&policy);
    policy.directory = "/home/user";
    host.system = words.n % 2;
    taken = parse_options(&policy, words.v, LEVEL_COMMAND_LINE, "",
                          only_options);
    if (taken > words.n || (only_options && taken < words.n))
        abort();
    for (size_t i = 0; i < policy.path_count; i++)
        if (!*policy.paths[i].text || has_control(policy.paths[i].text))
            abort();
    settle_policy(&policy);
    view.protect_home = policy.protect_home.name;
    view.protect_system = policy.protect_system.name;
    emit_properties(&view, &host, needs_no_service(&view, &host), &properties);
    check_words(&properties);
    strv_free(&properties);
    strv_free(&words);
    strv_free(&host.controllers);
}
