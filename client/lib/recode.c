// SPDX-License-Identifier: Apache-2.0
#include "lib/recode.h"

#include <errno.h>
#include <string.h>

#include <iconv.h>
#include <unistr.h>

enum {
    // Text in GB18030 reads as UTF-8 for that many characters once in ten million files: one of its
    // characters does in about one of seven.
    CONVINCING_CHARACTERS = 8,
    LONGEST_CHARACTER_BYTES = 4, // in either
    // Two bytes become three at most; four become four.
    GROWTH = 2,
    SCRATCH_BYTES = 4096,
};

static bool begins_with(struct bytes text, const char *mark, size_t size)
{
    return text.size >= size && memcmp(text.data, mark, size) == 0;
}

// What is wide and has no mark shows itself by the NUL bytes of the commas and digits of its first line.
static bool is_wide(struct bytes start)
{
    const uint8_t *feed = start.size == 0 ? NULL : memchr(start.data, '\n', start.size);
    size_t line = feed == NULL ? start.size : (size_t)(feed - start.data) + 1;
    size_t looked_at = line < start.size ? line + 1 : start.size; // "\n" may come first or last
    return begins_with(start, "\xff\xfe", 2) || begins_with(start, "\xfe\xff", 2) ||
           (looked_at > 0 && memchr(start.data, '\0', looked_at) != NULL);
}

int recode_init(struct recode *recode)
{
    iconv_t converter = iconv_open("UTF-8", "GB18030");
    bool is_open = (intptr_t)converter != -1;
    *recode = (struct recode){.encoding = RECODE_ASCII, .converter = is_open ? converter : NULL};
    return is_open ? 0 : -errno;
}

void recode_done(struct recode *recode)
{
    if (recode->converter != NULL) {
        iconv_close(recode->converter);
        recode->converter = NULL;
    }
}

enum recode_outcome recode_begin(struct recode *recode, struct bytes start, size_t *out_mark_bytes)
{
    if (is_wide(start)) {
        return RECODE_WIDE;
    }
    bool has_mark = begins_with(start, "\xef\xbb\xbf", 3);
    recode->encoding = has_mark ? RECODE_UTF8 : RECODE_ASCII;
    *out_mark_bytes = has_mark ? 3 : 0;
    return RECODE_OK;
}

bool recode_is_ascii(struct bytes text)
{
    size_t at = 0;
    for (uint64_t word; at + sizeof word <= text.size; at += sizeof word) {
        memcpy(&word, text.data + at, sizeof word);
        if ((word & 0x8080808080808080u) != 0) {
            return false;
        }
    }
    while (at < text.size && text.data[at] < 0x80) {
        at++;
    }
    return at == text.size;
}

const char *recode_name(enum recode_encoding encoding)
{
    switch (encoding) {
    case RECODE_ASCII:
        return "ASCII";
    case RECODE_UTF8:
        return "UTF-8";
    case RECODE_GB18030:
        return "GB18030";
    }
    return "";
}

static size_t find_utf8_fault(struct bytes text)
{
    const uint8_t *fault = text.size == 0 ? NULL : u8_check(text.data, text.size);
    return fault == NULL ? text.size : (size_t)(fault - text.data);
}

// Converts as much as it can. Returns the bytes it took, of which fewer than all are an outcome for
// the caller to read; `out_room` is what is left of the room.
static size_t convert(iconv_t converter, struct bytes text, char *to, size_t *out_room)
{
    char *from = (char *)text.data;
    size_t left = text.size;
    iconv(converter, NULL, NULL, NULL, NULL);
    iconv(converter, &from, &left, &to, out_room);
    return text.size - left;
}

static size_t find_gb18030_fault(iconv_t converter, struct bytes text)
{
    char scratch[SCRATCH_BYTES];
    size_t at = 0;
    while (at < text.size) {
        size_t piece = text.size - at < sizeof scratch / GROWTH ? text.size - at
                                                                : sizeof scratch / GROWTH;
        size_t room = sizeof scratch;
        size_t taken =
            convert(converter, (struct bytes){text.data + at, piece}, scratch, &room);
        // The last character of a piece may be cut off by it.
        if (taken == 0 || (taken < piece && piece - taken >= LONGEST_CHARACTER_BYTES)) {
            return at + taken;
        }
        at += taken;
    }
    return text.size;
}

size_t recode_find_fault(const struct recode *recode, struct bytes text)
{
    return recode->encoding == RECODE_GB18030 ? find_gb18030_fault(recode->converter, text)
                                              : find_utf8_fault(text);
}

static bool is_whole(struct bytes window, size_t fault, enum recode_end end)
{
    bool is_cut = end == RECODE_MAY_GO_ON && window.size - fault < LONGEST_CHARACTER_BYTES;
    return fault == window.size || is_cut;
}

static size_t count_characters(struct bytes text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.size && count < CONVINCING_CHARACTERS; i++) {
        count += text.data[i] >= 0xc0;
    }
    return count;
}

enum recode_outcome recode_detect(struct recode *recode, struct bytes window, enum recode_end end,
                                  size_t *out_offset)
{
    size_t fault = find_utf8_fault(window);
    if (is_whole(window, fault, end) ||
        count_characters((struct bytes){window.data, fault}) == CONVINCING_CHARACTERS) {
        recode->encoding = RECODE_UTF8;
        return RECODE_OK;
    }
    size_t other_fault = find_gb18030_fault(recode->converter, window);
    if (is_whole(window, other_fault, end)) {
        recode->encoding = RECODE_GB18030;
        return RECODE_OK;
    }
    *out_offset = other_fault > fault ? other_fault : fault;
    return RECODE_INVALID;
}

enum recode_outcome recode_text(const struct recode *recode, struct bytes text,
                                struct arena *arena, struct bytes *out_text, size_t *out_offset)
{
    if (recode->encoding != RECODE_GB18030 || recode_is_ascii(text)) {
        *out_text = text;
        return RECODE_OK;
    }
    size_t capacity = text.size * GROWTH;
    char *copy = arena_take(arena, capacity + 1);
    if (copy == NULL) {
        return RECODE_NO_MEMORY;
    }
    size_t room = capacity;
    size_t taken = convert(recode->converter, text, copy, &room);
    if (taken < text.size) {
        *out_offset = taken;
        return RECODE_INVALID;
    }
    copy[capacity - room] = '\0';
    *out_text = (struct bytes){(const uint8_t *)copy, capacity - room};
    return RECODE_OK;
}
