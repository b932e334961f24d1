// SPDX-License-Identifier: Apache-2.0
#include "wire/suite.h"

#include <string.h>

const char *suite_name(enum suite suite)
{
    switch (suite) {
    case SUITE_ED25519_SHA256:
        return "ed25519-sha256";
    case SUITE_SM2_SM3:
        return "sm2-sm3";
    case SUITE_NONE:
        break;
    }
    return "none";
}

enum suite suite_find(const char *name)
{
    if (strcmp(name, "ed25519-sha256") == 0) {
        return SUITE_ED25519_SHA256;
    }
    return strcmp(name, "sm2-sm3") == 0 ? SUITE_SM2_SM3 : SUITE_NONE;
}

size_t suite_key_bytes(enum suite suite)
{
    switch (suite) {
    case SUITE_ED25519_SHA256:
        return ED25519_KEY_BYTES;
    case SUITE_SM2_SM3:
        return SM2_KEY_BYTES;
    case SUITE_NONE:
        break;
    }
    return 0;
}
