/*
 * network.h - which hosts a command may reach: the lists of --net-allow and
 * --publish, what a name or an address is by them, and which addresses are
 * public. Nothing here opens a socket. An IPv4 address is kept as IPv6, mapped:
 * ::ffff:192.0.2.1. Ports are in the host's order.
 */
#ifndef NETWORK_H
#define NETWORK_H

#include "util.h"

#include <netinet/in.h>

/* A host of the list with one of its ports. */
struct net_rule {
    enum {
        RULE_NAME,      /* in full */
        RULE_BELOW,     /* "*.NAME": one or more labels more, never itself */
        RULE_LOCALHOST, /* this machine's loopback */
        RULE_ADDRESS,
    } kind;
    const char *name; /* NAME: lower case, no dot at its end; else NULL */
    struct in6_addr address;
    uint16_t port;
    const char *text; /* as it was written */
};

/* A port of the outside that leads inside. */
struct publication {
    struct in6_addr address;
    uint16_t port, inside;
    const char *text;
};

struct network {
    enum { NETWORK_OPEN, NETWORK_NONE, NETWORK_LISTED } mode;
    struct net_rule *rules;
    size_t rule_count;
    struct publication *published;
    size_t published_count;
};

/* Add what the values of --net-allow and --publish say. False where TEXT is no
 * such value; *HINT then may say what was expected, and is the caller's. */
bool add_host(struct network *network, const char *text, char **hint);
bool add_publication(struct network *network, const char *text, char **hint);

/* NAME in lower case and without a dot at its end, as it may stand in a list:
 * labels of letters, digits, '-' and '_'. The caller's; NULL where it is none,
 * or what inet_aton(3) takes for an address. */
char *host_name(const char *name);

/* The rule that allows NAME, from host_name(), or ADDRESS; with a PORT of 0 on
 * whatever port. NULL for none. */
const struct net_rule *rule_for_name(const struct network *network,
                                     const char *name, uint16_t port);
const struct net_rule *rule_for_address(const struct network *network,
                                        const struct in6_addr *address,
                                        uint16_t port);

/* The rule that allows what a proxy variable says, "http://host:3128/" or
 * "host:3128"; NULL for none. */
const struct net_rule *rule_for_proxy(const struct network *network,
                                      const char *value);

/* How far away an address is. */
enum reach {
    REACH_PUBLIC,
    REACH_PRIVATE, /* not in the public internet */
    REACH_LOCAL,   /* the machine, its link, its cloud's metadata; nobody */
};
enum reach reach_of(const struct in6_addr *address);

/* May RULE's host be reached at ADDRESS? OWN: it is the machine's own. */
bool may_dial(const struct network *network, const struct net_rule *rule,
              const struct in6_addr *address, bool own);

/* The addresses inside that stand for names: the one with that NUMBER, from 0
 * on; and the number of ADDRESS, or -1. */
enum { NAMES_MAX = 16384 };
struct in6_addr address_of_number(unsigned number);
int number_of_address(const struct in6_addr *address);

/* The address whose text that is; false, and *ADDRESS as it was, for none. */
bool read_address(const char *text, struct in6_addr *address);

/* The address's text, of INET6_ADDRSTRLEN bytes at most. */
void write_address(const struct in6_addr *address, char *text);

/* ADDRESS with PORT, as bind(2) and connect(2) take it, and how long that is. */
union address {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};
union address socket_address(const struct in6_addr *address, uint16_t port);
socklen_t length_of(const union address *address);

/* What netns.c is to set up for the list; the caller's. NULL where that is
 * nothing. */
char *network_orders(const struct network *network);

#endif
