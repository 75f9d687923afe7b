/*
 * resolver.h - DNS queries, from the bytes that a confined program sent, and
 * the answers to them. RFC 1035. Nothing is asked of anybody.
 */
#ifndef RESOLVER_H
#define RESOLVER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_A = 1, DNS_AAAA = 28 }; /* types */

/* The header's codes, and DNS_IGNORED: no answer at all. */
enum dns_code {
    DNS_OK = 0,
    DNS_FORMAT = 1,
    DNS_FAILED = 2,
    DNS_NO_NAME = 3,
    DNS_UNKNOWN = 4,
    DNS_REFUSED = 5,
    DNS_IGNORED = -1,
};

struct question {
    char name[254]; /* as text, without a dot at its end; "" of the root. A byte
                       that no host's name has is a '?' */
    uint16_t type;
    size_t end; /* of the question in the query */
};

/* Reads the one question of QUERY, which has SIZE bytes. DNS_OK where it is one
 * that can be answered, else what the answer is. */
enum dns_code read_question(const uint8_t *query, size_t size,
                            struct question *question);

/* Writes the answer with CODE into ANSWER, of ANSWER_MAX bytes; ADDRESS, if not
 * NULL, is what an A or AAAA question asked for. QUESTION is NULL where the
 * query's was not read. Returns its length. */
enum { ANSWER_MAX = 512 };
size_t write_answer(const uint8_t *query, const struct question *question,
                    enum dns_code code, const struct in6_addr *address,
                    uint8_t *answer);

#endif
