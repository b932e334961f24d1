// SPDX-License-Identifier: Apache-2.0
//
// SM2 signatures as they travel, r ‖ s, from and to the DER of OpenSSL.
//
// Invariant: pure; one signature has one form in each direction.
// Lifetime: values.
#pragma once

#include "wire/arena.h"
#include "wire/limits.h"

#include <stdbool.h>

// False: not minimal, or out of range.
bool sm2_from_der(struct bytes der, uint8_t out_raw[SEAL_SIGNATURE_BYTES]);

// The bytes of the DER; 0: out of range.
enum { SM2_DER_BYTES = 72 };
size_t sm2_to_der(const uint8_t raw[SEAL_SIGNATURE_BYTES], uint8_t out_der[SM2_DER_BYTES]);

// The id that the standard prescribes, for signing and verifying.
#define SM2_ID "1234567812345678"
