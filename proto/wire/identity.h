// SPDX-License-Identifier: Apache-2.0
//
// The identifiers that agencies, subjects and statements go by, and whether one is well formed.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"

#include <stdbool.h>

// 2–32 characters of a–z 0–9 '-', beginning with a letter.
bool identity_is_agency(const char *id);

// Six digits of GB/T 2260; says nothing about whether the place exists.
bool identity_is_region(const char *code);

enum credit_code_outcome {
    CREDIT_CODE_OK,
    CREDIT_CODE_SHAPE, // length, alphabet, lower case
    CREDIT_CODE_CHECK, // the 18th character is not the check character of GB 32100-2015
};
enum credit_code_outcome identity_check_credit_code(const char *code);

// The check character that belongs to the first 17; '\0' if these are malformed.
char identity_credit_code_check(const char *first17);

// A UUIDv7 (RFC 9562) of the instant and 74 random bits from getrandom. Returns 0 or a negative errno.
int identity_new_id(int64_t at_ms, uint8_t out_id[ID_BYTES]);

// The same from random bytes of the caller's; the last ten are used.
void identity_make_id(int64_t at_ms, const uint8_t random[ID_BYTES], uint8_t out_id[ID_BYTES]);

// Version 7 and variant 10.
bool identity_is_id(struct bytes id);

enum { IDENTITY_TEXT_BYTES = 37 };
void identity_format_id(const uint8_t id[ID_BYTES], char out_text[IDENTITY_TEXT_BYTES]);
bool identity_parse_id(const char *text, uint8_t out_id[ID_BYTES]);

// Six digits to be said on the telephone, from the id's random bits. Not unique; asked for beside the author.
void identity_short_number(const uint8_t id[ID_BYTES], char out_text[7]);
