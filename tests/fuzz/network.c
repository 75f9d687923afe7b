/*
 * network.c - what a confined program sends: a query of whatever bytes is
 * answered within its size or not at all, never about another name than it
 * asked for; and what a list takes, it takes as what was written.
 *
 * The input is a host for the list, a newline, and a query.
 */
#include "../../src/network.h"
#include "../../src/resolver.h"

#include <string.h>

static void check_answer(const uint8_t *query, size_t size)
{
    struct question question;
    struct in6_addr address = address_of_number(7);
    uint8_t answer[ANSWER_MAX];
    enum dns_code code = read_question(query, size, &question);
    bool was_read = code == DNS_OK;
    size_t length;

    if (code == DNS_IGNORED)
        return;
    if (was_read && (question.end > size || strlen(question.name) > 253 ||
                     has_control(question.name)))
        abort();
    length = write_answer(query, was_read ? &question : NULL, code,
                          was_read ? &address : NULL, answer);
    if (length < 12 || length > ANSWER_MAX ||
        memcmp(answer, query, 2) != 0 || !(answer[2] & 0x80) ||
        (was_read && memcmp(answer + 12, query + 12, question.end - 12) != 0))
        abort();
}

/* Each name that the rule is about is on the list, and no neighbour of it. */
static void check_rule(const struct network *network,
                       const struct net_rule *rule)
{
    AUTOFREE char *longer = NULL, *below = NULL, *other = NULL;

    if (rule->kind == RULE_ADDRESS) {
        char text[INET6_ADDRSTRLEN];
        struct in6_addr again;

        write_address(&rule->address, text);
        if (!read_address(text, &again) ||
            rule_for_address(network, &again, rule->port) != rule)
            abort();
        return;
    }
    longer = xasprintf("x%s", rule->name);
    below = xasprintf("x.%s", rule->name);
    /* Not below the rule's name, even where that name ends in "evil". */
    other = xasprintf("%s.%s", rule->name,
                      has_suffix(rule->name, "evil") ? "good" : "evil");
    if (rule_for_name(network, longer, 0) || rule_for_name(network, other, 0) ||
        !rule_for_name(network, rule->name, 0) != (rule->kind == RULE_BELOW) ||
        !rule_for_name(network, below, 0) != (rule->kind != RULE_BELOW))
        abort();
}

void fuzz_one(char *text, size_t size)
{
    struct network network = { .mode = NETWORK_LISTED };
    char *end = memchr(text, '\n', size);
    AUTOFREE char *hint = NULL, *orders = NULL, *second = NULL;

    if (!end)
        return;
    *end++ = '\0';
    check_answer((const uint8_t *)end, size - (size_t)(end - text));
    rule_for_proxy(&network, text);
    add_publication(&network, text, &second);
    if (!add_host(&network, text, &hint))
        return;
    check_rule(&network, &network.rules[0]);
    rule_for_proxy(&network, text);
    orders = network_orders(&network);
    free(network.rules);
    free(network.published);
}
