/*
 * resolver.c - the wire format of DNS, as far as one question and one address
 * need it. What it does not know it refuses.
 */
#include "resolver.h"

#include <ctype.h>
#include <string.h>

enum {
    HEADER = 12,
    ANSWER_BIT = 0x80, /* of the third byte, as are */
    OPERATION = 0x78,
    WISHES_RECURSION = 0x01,
    RECURSION_BIT = 0x80, /* of the fourth */
    SECONDS_TO_LIVE = 60,
};

static uint16_t number_at(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* A name without compression: before the first one in a message there is
 * nothing that it could point to. Returns where it ends, 0 where it is none. */
static size_t read_name(const uint8_t *query, size_t size, size_t at,
                        char name[254])
{
    size_t length = 0;

    while (at < size && query[at]) {
        size_t label = query[at++];

        if (label > 63 || label > size - at || length + !!length + label > 253)
            return 0;
        if (length)
            name[length++] = '.';
        for (; label; label--, at++)
            name[length++] =
                isalnum(query[at]) || query[at] == '-' || query[at] == '_'
                    ? (char)query[at]
                    : '?';
    }
    name[length] = '\0';
    return at < size ? at + 1 : 0;
}

enum dns_code read_question(const uint8_t *query, size_t size,
                            struct question *question)
{
    size_t end;

    if (size < HEADER || query[2] & ANSWER_BIT)
        return DNS_IGNORED;
    if (query[2] & OPERATION)
        return DNS_UNKNOWN;
    if (number_at(query + 4) != 1 || number_at(query + 6) ||
        number_at(query + 8))
        return DNS_FORMAT;
    end = read_name(query, size, HEADER, question->name);
    if (!end || size - end < 4)
        return DNS_FORMAT;
    question->type = number_at(query + end);
    question->end = end + 4;
    /* The internet's class. */
    return number_at(query + end + 2) == 1 ? DNS_OK : DNS_REFUSED;
}

static uint8_t *put(uint8_t *out, unsigned number)
{
    *out++ = (uint8_t)(number >> 8);
    *out++ = (uint8_t)number;
    return out;
}

size_t write_answer(const uint8_t *query, const struct question *question,
                    enum dns_code code, const struct in6_addr *address,
                    uint8_t *answer)
{
    size_t asked = question ? question->end - HEADER : 0;
    bool ipv4 = address && IN6_IS_ADDR_V4MAPPED(address);
    size_t length = ipv4 ? 4 : 16;
    uint8_t *out = answer;

    memcpy(out, query, 2);
    out[2] =
        (uint8_t)(ANSWER_BIT | (query[2] & (OPERATION | WISHES_RECURSION)));
    out[3] = (uint8_t)(RECURSION_BIT | (uint8_t)code);
    out = put(out + 4, question ? 1 : 0);
    out = put(out, address ? 1 : 0);
    out = put(out, 0);
    out = put(out, 0);
    memcpy(out, query + HEADER, asked);
    out += asked;
    if (!address)
        return (size_t)(out - answer);
    out = put(out, 0xc000 | HEADER); /* the question's name */
    out = put(out, ipv4 ? DNS_A : DNS_AAAA);
    out = put(out, 1);
    out = put(out, 0);
    out = put(out, SECONDS_TO_LIVE);
    out = put(out, (unsigned)length);
    memcpy(out, &address->s6_addr[16 - length], length);
    return (size_t)(out + length - answer);
}
