/*
 * network.c - which hosts a command may reach, as --net-allow and --publish
 * say.
 */
#include "network.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Addresses for names begin behind the one at which playpen answers. */
#define FIRST_ADDRESS 0xc6120002u /* 198.18.0.2 */

/* Where playpen answers for names, inside. */
static const char *const resolvers[] = { "198.18.0.1", "127.0.0.1",
                                         "127.0.0.53", "::1" };

/* ---- addresses ---- */

bool read_address(const char *text, struct in6_addr *address)
{
    struct in6_addr ipv4;

    if (strchr(text, ':'))
        return inet_pton(AF_INET6, text, address) == 1;
    ipv4 = address_of_number(0);
    if (inet_pton(AF_INET, text, &ipv4.s6_addr[12]) != 1)
        return false;
    *address = ipv4;
    return true;
}

void write_address(const struct in6_addr *address, char *text)
{
    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, &address->s6_addr[12], text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, address, text, INET6_ADDRSTRLEN);
}

union address socket_address(const struct in6_addr *address, uint16_t port)
{
    union address result = { .ipv6 = { .sin6_family = AF_INET6,
                                       .sin6_port = htons(port),
                                       .sin6_addr = *address } };

    if (IN6_IS_ADDR_V4MAPPED(address)) {
        result.ipv4 = (struct sockaddr_in){ .sin_family = AF_INET,
                                            .sin_port = htons(port) };
        memcpy(&result.ipv4.sin_addr, &address->s6_addr[12],
               sizeof(result.ipv4.sin_addr));
    }
    return result;
}

socklen_t length_of(const union address *address)
{
    return address->any.sa_family == AF_INET ? sizeof(address->ipv4)
                                             : sizeof(address->ipv6);
}

/* In the host's order. */
static uint32_t ipv4_of(const struct in6_addr *address)
{
    return ntohl(address->s6_addr32[3]);
}

struct in6_addr address_of_number(unsigned number)
{
    uint32_t value = htonl(FIRST_ADDRESS + number);
    struct in6_addr address = { .s6_addr = { [10] = 0xff, [11] = 0xff } };

    memcpy(&address.s6_addr[12], &value, sizeof(value));
    return address;
}

int number_of_address(const struct in6_addr *address)
{
    uint32_t number = ipv4_of(address) - FIRST_ADDRESS;

    return IN6_IS_ADDR_V4MAPPED(address) && number < NAMES_MAX ? (int)number
                                                               : -1;
}

static bool is_loopback_itself(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) &&
            ipv4_of(address) == INADDR_LOOPBACK);
}

/* What is not public, from IANA's registries of special-purpose addresses for
 * IPv4 and IPv6; and where clouds serve metadata, from their manuals. Most of
 * them do at 169.254.169.254 or fe80::a9fe:a9fe. The longest prefix counts. */
static const struct {
    const char *prefix;
    unsigned bits;
    enum reach reach;
    unsigned embeds; /* not 0: the IPv4 address at this byte counts as well */
} special[] = {
    { "0.0.0.0", 8, REACH_LOCAL, 0 },
    { "10.0.0.0", 8, REACH_PRIVATE, 0 },
    { "100.64.0.0", 10, REACH_PRIVATE, 0 },
    { "100.100.100.200", 32, REACH_LOCAL, 0 }, /* Alibaba's metadata */
    { "127.0.0.0", 8, REACH_LOCAL, 0 },
    { "168.63.129.16", 32, REACH_LOCAL, 0 }, /* Azure's */
    { "169.254.0.0", 16, REACH_LOCAL, 0 },
    { "172.16.0.0", 12, REACH_PRIVATE, 0 },
    { "192.0.0.0", 24, REACH_LOCAL, 0 }, /* Oracle's is in it */
    { "192.0.2.0", 24, REACH_PRIVATE, 0 },
    { "192.88.99.0", 24, REACH_PRIVATE, 0 },
    { "192.168.0.0", 16, REACH_PRIVATE, 0 },
    { "198.18.0.0", 15, REACH_PRIVATE, 0 },
    { "198.51.100.0", 24, REACH_PRIVATE, 0 },
    { "203.0.113.0", 24, REACH_PRIVATE, 0 },
    { "224.0.0.0", 3, REACH_LOCAL, 0 }, /* multicast, reserved, broadcast */
    { "::", 0, REACH_PRIVATE, 0 },      /* not assigned */
    { "::", 96, REACH_LOCAL, 0 },
    { "::ffff:0:0:0", 96, REACH_PRIVATE, 12 },
    { "64:ff9b::", 96, REACH_PUBLIC, 12 },
    { "64:ff9b:1::", 48, REACH_PRIVATE, 12 },
    { "2000::", 3, REACH_PUBLIC, 0 },
    { "2001::", 23, REACH_PRIVATE, 0 },
    { "2001:db8::", 32, REACH_PRIVATE, 0 },
    { "2002::", 16, REACH_PUBLIC, 2 },
    { "3fff::", 20, REACH_PRIVATE, 0 },
    { "fd00:42::42", 128, REACH_LOCAL, 0 },       /* Scaleway's metadata */
    { "fd00:a9fe:a9fe::1", 128, REACH_LOCAL, 0 }, /* Akamai's */
    { "fd00:c1::a9fe:a9fe", 128, REACH_LOCAL, 0 }, /* Oracle's */
    { "fd00:ec2::", 32, REACH_LOCAL, 0 }, /* Amazon's: metadata, credentials */
    { "fd20:ce::254", 128, REACH_LOCAL, 0 }, /* Google's */
    { "fe80::", 10, REACH_LOCAL, 0 },
    { "ff00::", 8, REACH_LOCAL, 0 },
};

static bool has_bits(const struct in6_addr *address,
                     const struct in6_addr *prefix, unsigned bits)
{
    unsigned bytes = bits / 8, rest = bits % 8;

    return memcmp(address, prefix, bytes) == 0 &&
           (!rest || !((address->s6_addr[bytes] ^ prefix->s6_addr[bytes]) >>
                       (8 - rest)));
}

enum reach reach_of(const struct in6_addr *address)
{
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(address);
    enum reach reach = REACH_PUBLIC;
    unsigned longest = 0, embeds = 0;

    for (size_t i = 0; i < ARRAY_LEN(special); i++) {
        bool row_ipv4 = !strchr(special[i].prefix, ':');
        unsigned bits = special[i].bits + (row_ipv4 ? 96 : 0);
        struct in6_addr prefix;

        if (row_ipv4 == ipv4 && bits >= longest &&
            read_address(special[i].prefix, &prefix) &&
            has_bits(address, &prefix, bits)) {
            longest = bits;
            reach = special[i].reach;
            embeds = special[i].embeds;
        }
    }
    if (embeds) {
        struct in6_addr inner = address_of_number(0);

        memcpy(&inner.s6_addr[12], &address->s6_addr[embeds], 4);
        if (reach_of(&inner) > reach)
            reach = reach_of(&inner);
    }
    return reach;
}

/* ---- reading the lists ---- */

static bool read_port(const char *text, uint16_t *port)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);

    if (!isdigit((unsigned char)*text) || *end || !value || value > 65535)
        return false;
    *port = (uint16_t)value;
    return true;
}

char *host_name(const char *name)
{
    AUTOFREE char *lower = xstrdup(name);
    size_t length = strlen(lower), label = 0;
    struct in_addr address;

    if (length && lower[length - 1] == '.')
        lower[--length] = '\0';
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)lower[i];

        if (c == '.' ? !label : !isalnum(c) && c != '-' && c != '_')
            return NULL;
        label = c == '.' ? 0 : label + 1;
        if (label > 63)
            return NULL;
        lower[i] = (char)tolower(c);
    }
    if (!label || length > 253 || inet_aton(lower, &address))
        return NULL;
    return xstrdup(lower);
}

/* Takes the brackets off that may be around an address. */
static void take_brackets(char *text)
{
    size_t length = strlen(text);

    if (length > 2 && *text == '[' && text[length - 1] == ']') {
        memmove(text, text + 1, length - 2);
        text[length - 2] = '\0';
    }
}

/* Cuts ":PORT" off the end of TEXT; false, and nothing is cut, if there is
 * none. */
static bool cut_port(char *text, uint16_t *port)
{
    char *colon = strrchr(text, ':');

    if (!colon || !read_port(colon + 1, port))
        return false;
    *colon = '\0';
    return true;
}

/* The host of "HOST", "HOST:PORT" or "[HOST]:PORT", the caller's; *PORT stays as
 * it is if there is none. NULL where that is none. */
static char *split_host(const char *text, uint16_t *port)
{
    char *host = xstrdup(text);
    const char *colon = strchr(text, ':');
    bool many = colon && strchr(colon + 1, ':');

    /* An address of many colons has its port behind brackets. */
    if (colon && (!many || *text == '[') && !has_suffix(text, "]") &&
        !cut_port(host, port)) {
        free(host);
        return NULL;
    }
    take_brackets(host);
    return host;
}

static char *host_hint(const char *text)
{
    if (strstr(text, "://"))
        return xstrdup("a host without scheme and path, such as example.org");
    if (!is_ascii(text))
        return xstrdup("a name in ASCII: its xn-- form");
    if (streq(text, "*"))
        return xstrdup("a name, or --network open for all of them");
    return NULL;
}

/* What HOST is, in *RULE. */
static bool read_host(const char *host, struct net_rule *rule)
{
    bool below = has_prefix(host, "*.");

    if (read_address(host, &rule->address)) {
        bool loopback = is_loopback_itself(&rule->address);

        rule->kind = loopback ? RULE_LOCALHOST : RULE_ADDRESS;
        rule->name = loopback ? "localhost" : NULL;
        return true;
    }
    rule->name = host_name(host + (below ? 2 : 0));
    if (!rule->name)
        return false;
    rule->kind = below                            ? RULE_BELOW
                 : streq(rule->name, "localhost") ? RULE_LOCALHOST
                                                  : RULE_NAME;
    return true;
}

static void add_rule(struct network *network, struct net_rule rule,
                     uint16_t port)
{
    rule.port = port;
    network->rules =
        grow(network->rules, network->rule_count, sizeof(*network->rules));
    network->rules[network->rule_count++] = rule;
}

bool add_host(struct network *network, const char *text, char **hint)
{
    uint16_t port = 0;
    AUTOFREE char *host = split_host(text, &port);
    struct net_rule rule = { .text = text };

    *hint = host_hint(text);
    if (*hint || !host || !read_host(host, &rule))
        return false;
    if (port == 53) {
        *hint = xstrdup("another port than 53: inside, playpen answers there");
        return false;
    }
    if (rule.kind == RULE_ADDRESS && reach_of(&rule.address) == REACH_LOCAL &&
        (IN6_IS_ADDR_LINKLOCAL(&rule.address) ||
         IN6_IS_ADDR_MULTICAST(&rule.address) ||
         IN6_IS_ADDR_UNSPECIFIED(&rule.address) ||
         (IN6_IS_ADDR_V4MAPPED(&rule.address) &&
          (!rule.address.s6_addr[12] || rule.address.s6_addr[12] >= 224)))) {
        *hint = xstrdup("an address of one host");
        return false;
    }
    add_rule(network, rule, port ? port : 80);
    if (!port)
        add_rule(network, rule, 443);
    return true;
}

bool add_publication(struct network *network, const char *text, char **hint)
{
    struct publication published = { .text = text };
    AUTOFREE char *rest = xstrdup(text);
    bool has_address;

    (void)hint;
    read_address("127.0.0.1", &published.address);
    if (!read_port(rest, &published.inside) &&
        !cut_port(rest, &published.inside))
        return false;
    published.port = published.inside;
    /* What is left is a port, an address, or both. */
    if (!read_port(rest, &published.port)) {
        take_brackets(rest);
        has_address = read_address(rest, &published.address);
        if (!has_address && !cut_port(rest, &published.port))
            return false;
        take_brackets(rest);
        if (!has_address && !read_address(rest, &published.address))
            return false;
    }
    network->published = grow(network->published, network->published_count,
                              sizeof(*network->published));
    network->published[network->published_count++] = published;
    return true;
}

/* ---- matching ---- */

static bool matches_name(const struct net_rule *rule, const char *name)
{
    size_t length = strlen(name), suffix;

    if (rule->kind != RULE_BELOW)
        return rule->name && streq(name, rule->name);
    suffix = strlen(rule->name);
    return length > suffix + 1 && name[length - suffix - 1] == '.' &&
           streq(name + length - suffix, rule->name);
}

const struct net_rule *rule_for_name(const struct network *network,
                                     const char *name, uint16_t port)
{
    const struct net_rule *found = NULL;

    /* One that names it in full says more than a "*." */
    for (size_t i = 0; i < network->rule_count; i++) {
        const struct net_rule *rule = &network->rules[i];

        if ((!port || rule->port == port) && matches_name(rule, name) &&
            (!found || found->kind == RULE_BELOW))
            found = rule;
    }
    return found;
}

const struct net_rule *rule_for_address(const struct network *network,
                                        const struct in6_addr *address,
                                        uint16_t port)
{
    for (size_t i = 0; i < network->rule_count; i++) {
        const struct net_rule *rule = &network->rules[i];

        if (rule->kind == RULE_ADDRESS && (!port || rule->port == port) &&
            IN6_ARE_ADDR_EQUAL(&rule->address, address))
            return rule;
    }
    return NULL;
}

const struct net_rule *rule_for_proxy(const struct network *network,
                                      const char *value)
{
    const char *scheme = strstr(value, "://");
    const char *rest = scheme ? scheme + 3 : value;
    AUTOFREE char *authority = xstrndup(rest, strcspn(rest, "/"));
    const char *at = strrchr(authority, '@');
    uint16_t port = scheme && has_prefix(value, "https") ? 443 : 80;
    AUTOFREE char *host = split_host(at ? at + 1 : authority, &port);
    AUTOFREE char *name = host ? host_name(host) : NULL;
    struct in6_addr address;
    const struct net_rule *rule = NULL;

    if (!host)
        return NULL;
    if (name)
        return rule_for_name(network, name, port);
    if (!read_address(host, &address))
        return NULL;
    rule = rule_for_address(network, &address, port);
    return !rule && is_loopback_itself(&address)
               ? rule_for_name(network, "localhost", port)
               : rule;
}

bool may_dial(const struct network *network, const struct net_rule *rule,
              const struct in6_addr *address, bool own)
{
    enum reach reach = own ? REACH_LOCAL : reach_of(address);

    if (rule->kind == RULE_ADDRESS || rule->kind == RULE_LOCALHOST ||
        rule_for_address(network, address, rule->port) ||
        (is_loopback_itself(address) &&
         rule_for_name(network, "localhost", rule->port)))
        return true;
    return reach == REACH_PUBLIC ||
           (reach == REACH_PRIVATE && rule->kind == RULE_NAME);
}

/* ---- the orders ---- */

/* Does an earlier rule have that address, or that listener? */
static bool is_repeated(const struct network *network, size_t index,
                        bool with_port)
{
    const struct net_rule *rule = &network->rules[index];

    for (size_t i = 0; i < index; i++) {
        const struct net_rule *other = &network->rules[i];
        bool both_any = rule->kind <= RULE_BELOW && other->kind <= RULE_BELOW;

        if ((!with_port || rule->port == other->port) &&
            (both_any ||
             (rule->kind == other->kind &&
              (rule->kind == RULE_LOCALHOST ||
               IN6_ARE_ADDR_EQUAL(&rule->address, &other->address)))))
            return true;
    }
    return false;
}

/* Is the port listened to on all IPv4 addresses, for a name's sake? */
static bool is_for_names(const struct network *network, uint16_t port)
{
    for (size_t i = 0; i < network->rule_count; i++)
        if (network->rules[i].kind <= RULE_BELOW &&
            network->rules[i].port == port)
            return true;
    return false;
}

/* 127.0.0.0/8 and ::1 are there already. */
static bool is_on_loopback(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LOOPBACK(address) ||
           (IN6_IS_ADDR_V4MAPPED(address) &&
            address->s6_addr[12] == IN_LOOPBACKNET);
}

static void order_rule(const struct network *network, size_t index,
                       struct strv *orders)
{
    const struct net_rule *rule = &network->rules[index];
    bool for_names = is_for_names(network, rule->port);
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&rule->address);
    char text[INET6_ADDRSTRLEN];

    if (rule->kind == RULE_ADDRESS && !is_on_loopback(&rule->address) &&
        !is_repeated(network, index, false)) {
        write_address(&rule->address, text);
        strv_pushf(orders, "address=%s/%d", text, ipv4 ? 32 : 128);
    }
    if (is_repeated(network, index, true))
        return;
    if (rule->kind <= RULE_BELOW) {
        strv_pushf(orders, "tcp=0.0.0.0/%u", rule->port);
    } else if (rule->kind == RULE_LOCALHOST) {
        if (!for_names)
            strv_pushf(orders, "tcp=127.0.0.1/%u", rule->port);
        strv_pushf(orders, "tcp=::1/%u", rule->port);
    } else if (!for_names || !ipv4) {
        write_address(&rule->address, text);
        strv_pushf(orders, "tcp=%s/%u", text, rule->port);
    }
}

char *network_orders(const struct network *network)
{
    AUTOSTRV struct strv orders = { 0 };

    if (network->mode != NETWORK_LISTED)
        return NULL;
    strv_push(&orders, "address=198.18.0.1/15");
    for (size_t i = 0; i < ARRAY_LEN(resolvers); i++) {
        strv_pushf(&orders, "udp=%s/53", resolvers[i]);
        strv_pushf(&orders, "tcp=%s/53", resolvers[i]);
    }
    for (size_t i = 0; i < network->rule_count; i++)
        order_rule(network, i, &orders);
    return strv_join(&orders, ",");
}
