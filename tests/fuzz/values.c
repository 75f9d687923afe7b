/*
 * values.c - sizes, rates, percentages, durations: none is taken for another
 * number than it says, and what properties.c makes of it is that number again.
 */
#include "../../src/properties.c"
#include "../../src/values.h"

#include <ctype.h>
#include <math.h>

/* TEXT as a number in floating point, its suffix in powers of BASE. */
static long double estimate(const char *text, long double base)
{
    static const char letters[] = "KMGTPE";
    char *end;
    long double value = strtold(text, &end);
    const char *letter =
        *end ? strchr(letters, toupper((unsigned char)*end)) : NULL;

    for (ptrdiff_t i = letter ? letter - letters : -1; i >= 0; i--)
        value *= base;
    return value;
}

/* PARSE with TEXT; the hint is not looked at. */
static bool parses(limit_parser *parse, const char *text, struct limit *limit)
{
    AUTOFREE char *hint = NULL;

    return parse(text, limit, &hint);
}

static void check_bytes(const char *text, uint64_t base, limit_parser *parse)
{
    struct limit limit = { 0 }, again = { 0 };
    AUTOFREE char *said = NULL;

    if (!parses(parse, text, &limit) || limit.kind != LIMIT_AMOUNT)
        return;
    if (limit.amount > INT64_MAX)
        abort();
    /* Up to what is cut off: nine places, and less than a byte. */
    if (fabsl(estimate(text, base) - (long double)limit.amount) >
        1 + (long double)limit.amount * 1e-9L)
        abort();
    said = amount(limit.amount, base);
    if ((!parses(parse, said, &again) && limit.amount) || again.amount != limit.amount)
        abort();
}

static void check_percent(const char *text)
{
    struct limit limit = { 0 }, again = { 0 };
    AUTOFREE char *said = NULL;

    if (!parses(parse_percent, text, &limit) || limit.kind != LIMIT_PERCENT)
        return;
    said = percent(limit.amount);
    if (!parses(parse_percent, said, &again) || again.amount != limit.amount)
        abort();
    if (fabsl(strtold(text, NULL) * 100 - (long double)limit.amount) > 1e-3L)
        abort();
}

static void check_duration(const char *text)
{
    struct limit limit = { 0 }, again = { 0 };
    AUTOFREE char *said = NULL;

    if (!parses(parse_duration, text, &limit) || limit.kind != LIMIT_AMOUNT)
        return;
    said = xasprintf("%" PRIu64 "us", limit.amount);
    if (!parses(parse_duration, said, &again) || again.amount != limit.amount)
        abort();
}

void fuzz_one(char *text, size_t size)
{
    (void)size;
    check_bytes(text, 1024, parse_size);
    check_bytes(text, 1000, parse_rate);
    check_percent(text);
    check_duration(text);
}
