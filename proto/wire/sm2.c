// SPDX-License-Identifier: Apache-2.0
#include "wire/sm2.h"

#include <string.h>

enum { SM2_NUMBER_BYTES = 32 };

// The order of sm2p256v1 (GB/T 32918.5); r and s lie between 1 and it, both excluded.
static const uint8_t sm2_order[SM2_NUMBER_BYTES] = {
    0xff, 0xff, 0xff, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0x72, 0x03, 0xdf, 0x6b, 0x21, 0xc6, 0x05, 0x2b, 0x53, 0xbb, 0xf4, 0x09, 0x39, 0xd5, 0x41, 0x23,
};

static bool is_in_range(const uint8_t number[SM2_NUMBER_BYTES])
{
    static const uint8_t zero[SM2_NUMBER_BYTES];
    return memcmp(number, zero, SM2_NUMBER_BYTES) != 0 &&
           memcmp(number, sm2_order, SM2_NUMBER_BYTES) < 0;
}

// Reads one INTEGER at the front of `der` and takes it off.
static bool take_integer(struct bytes *der, uint8_t out_number[SM2_NUMBER_BYTES])
{
    if (der->size < 3 || der->data[0] != 0x02) {
        return false;
    }
    size_t length = der->data[1];
    const uint8_t *value = der->data + 2;
    if (length < 1 || length > SM2_NUMBER_BYTES + 1 || length > der->size - 2 ||
        (value[0] & 0x80) != 0) {
        return false;
    }
    bool padded = value[0] == 0 && length > 1;
    if ((padded && (value[1] & 0x80) == 0) || (!padded && length > SM2_NUMBER_BYTES)) {
        return false;
    }
    *der = (struct bytes){.data = value + length, .size = der->size - 2 - length};
    value += padded;
    length -= padded;
    memset(out_number, 0, SM2_NUMBER_BYTES);
    memcpy(out_number + SM2_NUMBER_BYTES - length, value, length);
    return is_in_range(out_number);
}

bool sm2_from_der(struct bytes der, uint8_t out_raw[SEAL_SIGNATURE_BYTES])
{
    uint8_t raw[SEAL_SIGNATURE_BYTES];
    if (der.size < 2 || der.data[0] != 0x30 || der.data[1] != der.size - 2) {
        return false;
    }
    struct bytes inside = {.data = der.data + 2, .size = der.size - 2};
    if (!take_integer(&inside, raw) || !take_integer(&inside, raw + SM2_NUMBER_BYTES) ||
        inside.size != 0) {
        return false;
    }
    memcpy(out_raw, raw, sizeof raw);
    return true;
}

static size_t put_integer(const uint8_t number[SM2_NUMBER_BYTES], uint8_t *out)
{
    size_t skip = 0;
    while (number[skip] == 0) {
        skip++;
    }
    size_t padding = number[skip] >> 7;
    size_t length = padding + SM2_NUMBER_BYTES - skip;
    out[0] = 0x02;
    out[1] = (uint8_t)length;
    out[2] = 0x00;
    memcpy(out + 2 + padding, number + skip, SM2_NUMBER_BYTES - skip);
    return 2 + length;
}

size_t sm2_to_der(const uint8_t raw[SEAL_SIGNATURE_BYTES], uint8_t out_der[SM2_DER_BYTES])
{
    if (!is_in_range(raw) || !is_in_range(raw + SM2_NUMBER_BYTES)) {
        return 0;
    }
    size_t size = 2;
    size += put_integer(raw, out_der + size);
    size += put_integer(raw + SM2_NUMBER_BYTES, out_der + size);
    out_der[0] = 0x30;
    out_der[1] = (uint8_t)(size - 2);
    return size;
}
