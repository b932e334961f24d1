// SPDX-License-Identifier: Apache-2.0
#include "wire/text.h"

#include <string.h>

// True if all eight bytes are printable ASCII. Adding 1 carries DEL into the high bit, subtracting
// from a byte with the high bit set borrows there for everything below a space.
static bool is_plain(const uint8_t *at)
{
    const uint64_t high = 0x8080808080808080u;
    uint64_t word;
    memcpy(&word, at, sizeof word);
    if ((word & high) != 0) {
        return false;
    }
    uint64_t not_below_space = (word | high) - 0x2020202020202020u;
    uint64_t is_delete = word + 0x0101010101010101u;
    return (not_below_space & ~is_delete & high) == high;
}

static bool is_control(uint32_t point)
{
    return (point < 0x20 && point != '\t' && point != '\n') || (point >= 0x7f && point < 0xa0);
}

// These turn what is shown away from what is signed.
static bool is_bidi(uint32_t point)
{
    return point == 0x061c || point == 0x200e || point == 0x200f ||
           (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
}

static bool is_tail(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

// One character of strict UTF-8: shortest form, no surrogates, at most U+10FFFF. Returns its
// length, 0 if there is none.
static size_t decode_point(const uint8_t *at, size_t left, uint32_t *out_point)
{
    uint8_t first = at[0];
    if (first < 0x80) {
        *out_point = first;
        return 1;
    }
    if (first >= 0xc2 && first < 0xe0 && left >= 2 && is_tail(at[1])) {
        *out_point = (uint32_t)(first & 0x1f) << 6 | (at[1] & 0x3f);
        return 2;
    }
    if (first >= 0xe0 && first < 0xf0 && left >= 3 && is_tail(at[1]) && is_tail(at[2])) {
        uint32_t point =
            (uint32_t)(first & 0x0f) << 12 | (uint32_t)(at[1] & 0x3f) << 6 | (at[2] & 0x3f);
        *out_point = point;
        return point >= 0x800 && (point < 0xd800 || point > 0xdfff) ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5 && left >= 4 && is_tail(at[1]) && is_tail(at[2]) &&
        is_tail(at[3])) {
        uint32_t point = (uint32_t)(first & 0x07) << 18 | (uint32_t)(at[1] & 0x3f) << 12 |
                         (uint32_t)(at[2] & 0x3f) << 6 | (at[3] & 0x3f);
        *out_point = point;
        return point >= 0x10000 && point <= 0x10ffff ? 4 : 0;
    }
    return 0;
}

// Two kinds of characters are most of what we carry, and nothing of them is forbidden; so runs of them are passed over without being decoded.

static size_t skip_ascii(const uint8_t *at, size_t left)
{
    size_t size = 0;
    while (left - size >= 8 && is_plain(at + size)) {
        size += 8;
    }
    while (size < left && at[size] >= 0x20 && at[size] < 0x7f) {
        size++;
    }
    return size;
}

// U+3000 to U+9FFF, and the full-width forms of ASCII.
static bool is_han(const uint8_t *at)
{
    bool begins = (at[0] >= 0xe3 && at[0] <= 0xe9) || (at[0] == 0xef && at[1] == 0xbc);
    return begins && is_tail(at[1]) && is_tail(at[2]);
}

static size_t skip_han(const uint8_t *at, size_t left)
{
    size_t size = 0;
    while (left - size >= 3 && is_han(at + size)) {
        size += 3;
    }
    return size;
}

static enum text_outcome judge_point(const uint8_t *at, size_t left, size_t *out_length)
{
    uint32_t point;
    *out_length = decode_point(at, left, &point);
    if (*out_length == 0) {
        return TEXT_NOT_UTF8;
    }
    if (is_control(point)) {
        return TEXT_CONTROL;
    }
    return is_bidi(point) ? TEXT_BIDI : TEXT_OK;
}

enum text_outcome text_check(struct bytes text, size_t *out_offset)
{
    size_t offset = 0;
    while (offset < text.size) {
        size_t skipped = skip_ascii(text.data + offset, text.size - offset);
        skipped += skip_han(text.data + offset + skipped, text.size - offset - skipped);
        if (skipped > 0) {
            offset += skipped;
            continue;
        }
        size_t length;
        enum text_outcome outcome = judge_point(text.data + offset, text.size - offset, &length);
        if (outcome != TEXT_OK) {
            if (out_offset != NULL) {
                *out_offset = offset;
            }
            return outcome;
        }
        offset += length;
    }
    return TEXT_OK;
}

void text_clean(char *text)
{
    size_t size = strlen(text);
    size_t offset;
    while (text_check((struct bytes){(const uint8_t *)text, size}, &offset) != TEXT_OK) {
        memmove(text + offset, text + offset + 1, size - offset);
        size--;
    }
}

char *text_hex(struct arena *arena, struct bytes bytes)
{
    static const char digits[] = "0123456789abcdef";
    if (bytes.size > (SIZE_MAX - 1) / 2) {
        return NULL;
    }
    char *text = arena_take(arena, bytes.size * 2 + 1);
    if (text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < bytes.size; i++) {
        text[2 * i] = digits[bytes.data[i] >> 4];
        text[2 * i + 1] = digits[bytes.data[i] & 0x0f];
    }
    return text;
}

// The digit's value, or -1. Not isxdigit: that depends on the locale.
static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    if (digit >= 'a' && digit <= 'f') {
        return digit - 'a' + 10;
    }
    if (digit >= 'A' && digit <= 'F') {
        return digit - 'A' + 10;
    }
    return -1;
}

bool text_parse_hex(const char *hex, uint8_t *out, size_t size)
{
    size_t length = strlen(hex);
    if (length % 2 != 0 || length / 2 != size) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (hex_value(hex[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)(hex_value(hex[2 * i]) << 4 | hex_value(hex[2 * i + 1]));
    }
    return true;
}

void text_put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

void text_put_u32(uint8_t *at, uint32_t value)
{
    text_put_u16(at, (uint16_t)(value >> 16));
    text_put_u16(at + 2, (uint16_t)value);
}

void text_put_u64(uint8_t *at, uint64_t value)
{
    text_put_u32(at, (uint32_t)(value >> 32));
    text_put_u32(at + 4, (uint32_t)value);
}

uint16_t text_get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

uint32_t text_get_u32(const uint8_t *at)
{
    return (uint32_t)text_get_u16(at) << 16 | text_get_u16(at + 2);
}

uint64_t text_get_u64(const uint8_t *at)
{
    return (uint64_t)text_get_u32(at) << 32 | text_get_u32(at + 4);
}
