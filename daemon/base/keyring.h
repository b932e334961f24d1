// SPDX-License-Identifier: Apache-2.0
//
// The agency's keys. It signs seals and never yields the signing key, so that one day it can live in a process or a module of its own.
//
// Invariant: key files have mode 0600 and belong to whoever runs the daemon; no key is ever logged.
// Lifetime: process.
#pragma once

#include "wire/seal.h"

struct keyring;

enum keyring_outcome {
    KEYRING_OK,
    KEYRING_MISSING,  // a key file is not there
    KEYRING_EXPOSED,  // others may read a key file
    KEYRING_MALFORMED, // not a key of the suite
};

// Makes DIR/sign.pem (PKCS#8) and DIR/curve.key (Z85). Existing files are left alone: -EEXIST.
int keyring_create(const char *folder, enum suite suite);

int keyring_open(const char *folder, enum suite suite, enum keyring_outcome *out_outcome, struct keyring **out_keyring);
void keyring_free(struct keyring **keyring);

enum suite keyring_suite(const struct keyring *keyring);
struct bytes keyring_public(const struct keyring *keyring); // raw, as in the card
const uint8_t *keyring_id(const struct keyring *keyring);   // KEY_ID_BYTES

// Signs the first SEAL_SIGNED_BYTES and fills in the signature.
int keyring_sign(struct keyring *keyring, uint8_t seal[SEAL_BYTES]);

// The CURVE pair in Z85. The secret is for a socket option and nothing else.
const char *keyring_curve_public(const struct keyring *keyring);
const char *keyring_curve_secret(const struct keyring *keyring);
