// SPDX-License-Identifier: Apache-2.0
#include "wire/identity.h"

#include "wire/text.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool identity_is_agency(const char *id)
{
    if (id[0] < 'a' || id[0] > 'z') {
        return false;
    }
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-");
    return id[length] == '\0' && length >= 2 && length <= LIMIT_AGENCY_BYTES;
}

bool identity_is_region(const char *code)
{
    return strspn(code, "0123456789") == 6 && code[6] == '\0';
}

// GB 32100-2015: letters that look like digits are left out. A character's value is its place.
static const char credit_alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";

enum { CREDIT_CODE_CHARACTERS = 18, CREDIT_MODULUS = 31 };

static int credit_value(char character)
{
    const char *at = character == '\0' ? NULL : strchr(credit_alphabet, character);
    return at == NULL ? -1 : (int)(at - credit_alphabet);
}

char identity_credit_code_check(const char *first17)
{
    int sum = 0;
    int weight = 1; // powers of 3 modulo 31
    for (size_t i = 0; i < CREDIT_CODE_CHARACTERS - 1; i++) {
        int value = credit_value(first17[i]);
        bool in_region = i >= 2 && i < 8;
        if (value < 0 || (in_region && value > 9)) {
            return '\0';
        }
        sum = (sum + value * weight) % CREDIT_MODULUS;
        weight = weight * 3 % CREDIT_MODULUS;
    }
    return credit_alphabet[(CREDIT_MODULUS - sum) % CREDIT_MODULUS];
}

enum credit_code_outcome identity_check_credit_code(const char *code)
{
    char check = identity_credit_code_check(code);
    if (check == '\0' || strlen(code) != CREDIT_CODE_CHARACTERS ||
        credit_value(code[CREDIT_CODE_CHARACTERS - 1]) < 0) {
        return CREDIT_CODE_SHAPE;
    }
    return code[CREDIT_CODE_CHARACTERS - 1] == check ? CREDIT_CODE_OK : CREDIT_CODE_CHECK;
}

static int fill_random(uint8_t *out, size_t size)
{
    while (size > 0) {
        ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno != EINTR) {
            return -errno;
        }
        if (got > 0) {
            out += got;
            size -= (size_t)got;
        }
    }
    return 0;
}

int identity_new_id(int64_t at_ms, uint8_t out_id[ID_BYTES])
{
    uint8_t random[ID_BYTES];
    int failure = fill_random(random, sizeof random);
    if (failure != 0) {
        return failure;
    }
    identity_make_id(at_ms, random, out_id);
    return 0;
}

void identity_make_id(int64_t at_ms, const uint8_t random[ID_BYTES], uint8_t out_id[ID_BYTES])
{
    uint8_t instant[8];
    text_put_u64(instant, (uint64_t)at_ms);
    memcpy(out_id, instant + 2, 6);
    memcpy(out_id + 6, random + 6, ID_BYTES - 6);
    out_id[6] = (uint8_t)(0x70 | (out_id[6] & 0x0f));
    out_id[8] = (uint8_t)(0x80 | (out_id[8] & 0x3f));
}

bool identity_is_id(struct bytes id)
{
    return id.size == ID_BYTES && id.data[6] >> 4 == 7 && id.data[8] >> 6 == 2;
}

static bool is_dash_before(size_t byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

void identity_format_id(const uint8_t id[ID_BYTES], char out_text[IDENTITY_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    char *at = out_text;
    for (size_t i = 0; i < ID_BYTES; i++) {
        if (is_dash_before(i)) {
            *at++ = '-';
        }
        *at++ = digits[id[i] >> 4];
        *at++ = digits[id[i] & 0x0f];
    }
    *at = '\0';
}

bool identity_parse_id(const char *text, uint8_t out_id[ID_BYTES])
{
    if (strlen(text) != IDENTITY_TEXT_BYTES - 1) {
        return false;
    }
    char hex[2 * ID_BYTES + 1];
    char *to = hex;
    const char *from = text;
    for (size_t i = 0; i < ID_BYTES; i++) {
        if (is_dash_before(i) && *from++ != '-') {
            return false;
        }
        *to++ = *from++;
        *to++ = *from++;
    }
    *to = '\0';
    return text_parse_hex(hex, out_id, ID_BYTES);
}

void identity_short_number(const uint8_t id[ID_BYTES], char out_text[7])
{
    uint64_t random = text_get_u64(id + 8) & 0x3fffffffffffffffu;
    snprintf(out_text, 7, "%06u", (unsigned)(random % 1000000));
}
