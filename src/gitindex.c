/*
 * gitindex.c - reads the index as read-cache.c of git does.
 */
#include "gitindex.h"

#include "util.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    STATUS = 40,          /* bytes of stat(2) in front of an entry's hash */
    NAME_MASK = 0x0fff,   /* of its flags: the length of the name */
    EXTENDED = 0x4000,    /* two bytes of flags follow */
    DIRECTORY = 040000,   /* the mode of an entry of a sparse index */
};

struct index {
    const unsigned char *text;
    size_t length, at;
    unsigned version;
    size_t hash;          /* bytes */
    char *shared;         /* of a split one, in which names of replaced entries
                             are empty */
    char name[PATH_MAX];  /* the last one: git itself opens no longer one */
    size_t name_length, name_kept; /* bytes; those of the one before */
    struct place {
        uint32_t at;      /* offset of the entry */
        bool whole;       /* its name takes nothing of the one before */
    } *places;
    uint32_t count;
};

static uint32_t number_at(const struct index *index, size_t at)
{
    const unsigned char *bytes = index->text + at;

    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 |
           (uint32_t)bytes[2] << 8 | bytes[3];
}

/* Would git write or read elsewhere by NAME? The first KEPT bytes are those of a
 * name that was looked at. */
static bool leads_out(const char *name, size_t kept, bool directory)
{
    size_t length = strlen(name);
    const char *begin = name + kept;

    while (begin > name && begin[-1] != '/')
        begin--;
    for (const char *part = begin;; part++) {
        size_t n = strcspn(part, "/");

        if (n == 0 && !(directory && part == name + length && part != name))
            return true;
        if ((n == 1 && *part == '.') ||
            (n == 2 && part[0] == '.' && part[1] == '.') ||
            (n == 4 && strncasecmp(part, ".git", 4) == 0))
            return true;
        part += n;
        if (!*part)
            return false;
    }
}

/* How many bytes of the name before are not this one's, of version 4; false
 * where there is no such number. */
static bool read_strip(struct index *index, size_t end, size_t *strip)
{
    size_t value;
    unsigned char byte;

    if (index->at >= end)
        return false;
    byte = index->text[index->at++];
    value = byte & 127;
    while (byte & 128) {
        if (index->at >= end || value > index->length)
            return false;
        byte = index->text[index->at++];
        value = ((value + 1) << 7) + (byte & 127);
    }
    *strip = value;
    return value <= index->name_length;
}

/* The name at the index's place, LENGTH bytes by the entry's flags, becomes the
 * last one. */
static bool read_name(struct index *index, size_t end, size_t length,
                      bool *whole)
{
    size_t strip = 0, kept = 0, rest;
    const unsigned char *text;

    if (index->version == 4) {
        if (!read_strip(index, end, &strip))
            return false;
        kept = index->name_length - strip;
    }
    *whole = kept == 0;
    text = index->text + index->at;
    rest = strnlen((const char *)text, end - index->at);
    if (index->at + rest >= end || kept + rest >= sizeof(index->name) ||
        (length != NAME_MASK && length != kept + rest))
        return false;
    index->name_kept = kept;
    memcpy(index->name + kept, text, rest + 1);
    index->name_length = kept + rest;
    index->at += rest + 1;
    return true;
}

/* The next entry; false where it is none. */
static bool read_entry(struct index *index, size_t end, struct place *place,
                       uint32_t *mode)
{
    size_t begin = index->at, fixed = STATUS + index->hash + 2;
    unsigned flags;

    if (end - begin < fixed + 2)
        return false;
    place->at = (uint32_t)begin;
    *mode = number_at(index, begin + 24);
    flags = number_at(index, begin + fixed - 2) >> 16;
    if (flags & EXTENDED && index->version < 3)
        return false;
    index->at += fixed + (flags & EXTENDED ? 2 : 0);
    if (!read_name(index, end, flags & NAME_MASK, &place->whole))
        return false;
    /* Padded by one to eight NULs, of which the name's end was one. */
    if (index->version < 4)
        index->at = begin + ((index->at - 1 - begin + 8) & ~(size_t)7);
    return index->at <= end;
}

/* The extension IEOT says where threads begin to read: at entries, or they read
 * others than these. */
static bool is_fine_table(const struct index *index, size_t at, size_t size)
{
    uint32_t entry = 0;

    if (size < 4 || (size - 4) % 8)
        return false;
    for (size_t i = at + 4; i < at + size; i += 8) {
        if (entry >= index->count || !index->places[entry].whole ||
            number_at(index, i) != index->places[entry].at)
            return false;
        entry += number_at(index, i + 4);
    }
    return entry == index->count;
}

/* With threads git begins to read the extensions where EOIE says, which is the
 * last one: at their beginning, or git reads others than these. */
static size_t place_of_eoie(const struct index *index, size_t end)
{
    size_t size = 8 + 4 + index->hash;

    return end - index->at >= size &&
                   memcmp(index->text + end - size, "EOIE", 4) == 0
               ? end - size
               : 0;
}

/* The extension "link" begins with the hash of what a split index is of. */
static void read_link(struct index *index, size_t size)
{
    char digits[2 * 32 + 1];

    if (size < index->hash || index->shared)
        return;
    for (size_t i = 0; i < index->hash; i++)
        sprintf(digits + 2 * i, "%02x", index->text[index->at + i]);
    index->shared = xasprintf("sharedindex.%s", digits);
}

static bool read_extensions(struct index *index, size_t end)
{
    size_t begin = index->at, eoie = place_of_eoie(index, end);

    while (index->at + 8 <= end) {
        const char *name = (const char *)index->text + index->at;
        size_t size = number_at(index, index->at + 4);

        if (index->at == eoie && number_at(index, eoie + 8) == begin)
            eoie = 0;
        index->at += 8;
        if (size > end - index->at)
            return false;
        if (memcmp(name, "link", 4) == 0)
            read_link(index, size);
        if (memcmp(name, "IEOT", 4) == 0 &&
            !is_fine_table(index, index->at, size))
            return false;
        index->at += size;
    }
    return index->at == end && !eoie;
}

/* All of it; the first name that leads out is BAD. */
static bool read_index(struct index *index, char **bad)
{
    size_t end = index->length - index->hash;
    bool empty = false;

    if (index->length < 12 + index->hash || memcmp(index->text, "DIRC", 4) != 0)
        return false;
    index->version = number_at(index, 4);
    index->count = number_at(index, 8);
    if (index->version < 2 || index->version > 4 ||
        index->count > index->length / (STATUS + index->hash + 2))
        return false;
    index->places = xmalloc((index->count + 1) * sizeof(*index->places));
    index->at = 12;
    for (uint32_t i = 0; i < index->count; i++) {
        uint32_t mode;

        if (!read_entry(index, end, &index->places[i], &mode))
            return false;
        if (!index->name_length)
            empty = true;
        else if (!*bad && leads_out(index->name, index->name_kept,
                                     mode == DIRECTORY))
            *bad = xstrdup(index->name);
    }
    return read_extensions(index, end) && (!empty || index->shared);
}

char *index_problem(const unsigned char *text, size_t length, bool sha256,
                    char **shared)
{
    struct index *index = xmalloc(sizeof(*index));
    char *bad = NULL;

    *index = (struct index){ .text = text, .length = length,
                             .hash = sha256 ? 32 : 20 };
    /* An empty file git takes for none. */
    if (length && !read_index(index, &bad) && !bad)
        bad = xstrdup("what no git has written");
    *shared = index->shared;
    free(index->places);
    free(index);
    return bad;
}
