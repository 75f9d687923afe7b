/*
 * network.c - claims about the list of hosts, on standard input, a line each:
 *
 *     name NAME PORT, address ADDRESS PORT   is it on the list, by which rule?
 *     dial NAME PORT ADDRESS                 may that name lead there?
 *     reach ADDRESS
 *     orders
 *     query HEX                              what is answered, with 198.18.0.7
 *                                            for every A question
 *
 * The list is in the arguments.
 */
#include "network.h"
#include "resolver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void say(const struct net_rule *rule)
{
    puts(rule ? rule->text : "-");
}

static void ask(const char *hex)
{
    uint8_t query[1024], answer[ANSWER_MAX];
    size_t size = 0, length;
    struct question question;
    struct in6_addr address = address_of_number(5);
    enum dns_code code;
    bool ok;

    for (; hex[0] && hex[1] && size < sizeof(query); hex += 2) {
        unsigned byte;

        sscanf(hex, "%2x", &byte);
        query[size++] = (uint8_t)byte;
    }
    code = read_question(query, size, &question);
    ok = code == DNS_OK;
    if (code == DNS_IGNORED) {
        puts("ignored");
        return;
    }
    length = write_answer(query, ok ? &question : NULL, code,
                          ok && question.type == DNS_A ? &address : NULL,
                          answer);
    printf("%s %u ", ok ? question.name : "?", ok ? question.type : 0);
    for (size_t i = 0; i < length; i++)
        printf("%02x", answer[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    static const char *const reaches[] = { "public", "private", "local" };
    struct network network = { .mode = NETWORK_LISTED };
    char line[4096], word[1024], more[1024];
    unsigned port;

    for (int i = 1; i < argc; i++) {
        char *hint = NULL;

        if (!add_host(&network, argv[i], &hint))
            die("%s: %s", argv[i], hint ? hint : "no host");
    }
    while (fgets(line, sizeof(line), stdin)) {
        struct in6_addr address;

        if (sscanf(line, "name %1023s %u", word, &port) == 2) {
            char *name = host_name(word);

            say(name ? rule_for_name(&network, name, (uint16_t)port) : NULL);
        } else if (sscanf(line, "address %1023s %u", word, &port) == 2) {
            say(read_address(word, &address)
                    ? rule_for_address(&network, &address, (uint16_t)port)
                    : NULL);
        } else if (sscanf(line, "dial %1023s %u %1023s", word, &port, more) ==
                   3) {
            const struct net_rule *rule =
                rule_for_name(&network, word, (uint16_t)port);

            puts(rule && read_address(more, &address) &&
                         may_dial(&network, rule, &address, false)
                     ? "yes"
                     : "no");
        } else if (sscanf(line, "reach %1023s", word) == 1) {
            puts(read_address(word, &address) ? reaches[reach_of(&address)]
                                              : "-");
        } else if (has_prefix(line, "orders")) {
            puts(network_orders(&network));
        } else if (sscanf(line, "query %1023s", word) == 1) {
            ask(word);
        }
    }
    return 0;
}
