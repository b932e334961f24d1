// SPDX-License-Identifier: Apache-2.0
//
// Suites: which signature goes with which hash (PROTOCOL.md section 2). A name and a number for each; hash, tree and seal_key do the
// work.
//
// Invariant: SUITE_NONE has no key and is never sealed with.
// Lifetime: names live with the process.
#pragma once

#include <stddef.h>

enum suite { SUITE_NONE = 0, SUITE_ED25519_SHA256 = 1, SUITE_SM2_SM3 = 2 };

enum { SM2_KEY_BYTES = 65, ED25519_KEY_BYTES = 32 };

const char *suite_name(enum suite suite);
enum suite suite_find(const char *name); // SUITE_NONE if unknown
size_t suite_key_bytes(enum suite suite);
