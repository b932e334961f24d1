// SPDX-License-Identifier: Apache-2.0
//
// Text as people and peers may write it: strict UTF-8 without tricks, hexadecimal, and reading and writing of fixed-width integers.
//
// Invariant: nothing here allocates except into a given arena, and nothing depends on the locale.
#pragma once

#include "wire/arena.h"

#include <stdbool.h>

enum text_outcome {
    TEXT_OK,
    TEXT_NOT_UTF8,
    TEXT_CONTROL, // NUL, C0 except tab and line feed, C1
    TEXT_BIDI,    // PROTOCOL.md section 3
};

// Judges text for PROTOCOL.md section 3. `out_offset` gets the offending byte's place when it is not TEXT_OK; it may be NULL.
enum text_outcome text_check(struct bytes text, size_t *out_offset);

// Takes out, in place, every byte that text_check objects to: for words of ours that quote others and may be cut anywhere.
void text_clean(char *text);

// Lower-case hexadecimal, NUL-terminated; NULL when the arena is full.
char *text_hex(struct arena *arena, struct bytes bytes);

// Reads exactly `size` bytes of hexadecimal (either case). False: wrong length or character, out untouched.
bool text_parse_hex(const char *hex, uint8_t *out, size_t size);

void text_put_u16(uint8_t *at, uint16_t value);
void text_put_u32(uint8_t *at, uint32_t value);
void text_put_u64(uint8_t *at, uint64_t value);
uint16_t text_get_u16(const uint8_t *at);
uint32_t text_get_u32(const uint8_t *at);
uint64_t text_get_u64(const uint8_t *at);
