// SPDX-License-Identifier: Apache-2.0
#include "wire/seal_key.h"

#include "wire/sm2.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sodium.h>

// Ed25519 is verified by libsodium, which takes half of OpenSSL's time for it; SM2 by OpenSSL.
struct seal_key {
    enum suite suite;
    uint8_t ed25519[ED25519_KEY_BYTES];
    EVP_PKEY *sm2; // NULL under the other suite
    uint8_t id[KEY_ID_BYTES];
};

// Points of Ed25519 whose order divides 8, in every encoding that RFC 8032 decoders take, the sign
// bit left out. Under such a key a signature can be made that holds for many messages, so whoever
// published one could deny all he signed.
static const uint8_t small_order[][ED25519_KEY_BYTES] = {
    {0x00},
    {0x01},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

static bool has_small_order(const uint8_t *raw)
{
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++) {
        if (memcmp(raw, small_order[i], ED25519_KEY_BYTES - 1) == 0 &&
            (raw[ED25519_KEY_BYTES - 1] & 0x7f) == small_order[i][ED25519_KEY_BYTES - 1]) {
            return true;
        }
    }
    return false;
}

static enum seal_key_outcome load_ed25519(const uint8_t *raw, struct seal_key *key)
{
    if (has_small_order(raw)) {
        return SEAL_KEY_BAD;
    }
    memcpy(key->ed25519, raw, ED25519_KEY_BYTES);
    return sodium_init() < 0 ? SEAL_KEY_FAILED : SEAL_KEY_OK;
}

// The type must be SM2: a key of type EC on the same curve signs and verifies something else
// without complaint.
static enum seal_key_outcome load_sm2(const uint8_t *raw, EVP_PKEY **out_key)
{
    if (raw[0] != 0x04) {
        return SEAL_KEY_BAD;
    }
    char group[] = "SM2";
    uint8_t point[SM2_KEY_BYTES];
    memcpy(point, raw, sizeof point);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
    if (context == NULL || EVP_PKEY_fromdata_init(context) != 1) {
        EVP_PKEY_CTX_free(context);
        return SEAL_KEY_FAILED;
    }
    EVP_PKEY *key = NULL;
    int before = errno;
    errno = 0;
    int made = EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    bool starved = errno == ENOMEM;
    errno = starved ? ENOMEM : before;
    EVP_PKEY_CTX_free(context);
    if (made != 1 || !EVP_PKEY_is_a(key, "SM2")) {
        EVP_PKEY_free(key);
        return starved ? SEAL_KEY_FAILED : SEAL_KEY_BAD;
    }
    *out_key = key;
    return SEAL_KEY_OK;
}

static enum seal_key_outcome load_key(enum suite suite, const uint8_t *raw, struct seal_key *key)
{
    ERR_set_mark();
    enum seal_key_outcome outcome =
        suite == SUITE_SM2_SM3 ? load_sm2(raw, &key->sm2) : load_ed25519(raw, key);
    ERR_pop_to_mark();
    return outcome;
}

enum seal_key_outcome seal_key_new(enum suite suite, struct bytes raw, struct seal_key **out_key)
{
    if (suite_key_bytes(suite) == 0 || raw.size != suite_key_bytes(suite)) {
        return SEAL_KEY_BAD;
    }
    struct seal_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return SEAL_KEY_FAILED;
    }
    enum seal_key_outcome outcome = load_key(suite, raw.data, key);
    if (outcome != SEAL_KEY_OK) {
        seal_key_free(&key);
        return outcome;
    }
    key->suite = suite;
    struct bytes pieces[] = {{.data = (const uint8_t[]){(uint8_t)suite}, .size = 1}, raw};
    struct digest digest;
    hash_pieces(SUITE_SM2_SM3, pieces, 2, &digest);
    memcpy(key->id, digest.bytes, KEY_ID_BYTES);
    *out_key = key;
    return SEAL_KEY_OK;
}

enum suite seal_key_suite(const struct seal_key *key)
{
    return key->suite;
}

const uint8_t *seal_key_id(const struct seal_key *key)
{
    return key->id;
}

void seal_key_free(struct seal_key **key)
{
    if (*key == NULL) {
        return;
    }
    EVP_PKEY_free((*key)->sm2);
    free(*key);
    *key = NULL;
}

// OpenSSL takes an empty SM2 id where none is set, and such a signature holds nowhere else.
static int start_verify(EVP_MD_CTX *context, const struct seal_key *key)
{
    EVP_PKEY_CTX *settings = NULL;
    int started = EVP_DigestVerifyInit_ex(context, &settings, "SM3", NULL, NULL, key->sm2, NULL);
    if (started != 1) {
        return started;
    }
    return EVP_PKEY_CTX_set1_id(settings, SM2_ID, (int)strlen(SM2_ID));
}

// OpenSSL says no in one word whether a signature does not hold or there was no memory to try it;
// what malloc leaves in errno tells them apart.
static enum seal_key_outcome say(int result)
{
    return result == 1 ? SEAL_KEY_OK : errno == ENOMEM ? SEAL_KEY_FAILED : SEAL_KEY_BAD;
}

static enum seal_key_outcome verify_sm2(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key)
{
    uint8_t der[SM2_DER_BYTES];
    size_t size = sm2_to_der(bytes + SEAL_SIGNED_BYTES, der);
    if (size == 0) {
        return SEAL_KEY_BAD;
    }
    int before = errno;
    errno = 0;
    ERR_set_mark();
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    // Nothing of the signature is looked at before there is a context.
    bool started = context != NULL && start_verify(context, key) == 1;
    enum seal_key_outcome outcome =
        started ? say(EVP_DigestVerify(context, der, size, bytes, SEAL_SIGNED_BYTES))
                : SEAL_KEY_FAILED;
    EVP_MD_CTX_free(context);
    ERR_pop_to_mark();
    errno = outcome == SEAL_KEY_FAILED ? ENOMEM : before;
    return outcome;
}

enum seal_key_outcome seal_key_check(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key)
{
    if (bytes[SEAL_AT_SUITE] != key->suite ||
        memcmp(bytes + SEAL_AT_KEY_ID, key->id, KEY_ID_BYTES) != 0) {
        return SEAL_KEY_BAD;
    }
    if (key->suite == SUITE_SM2_SM3) {
        return verify_sm2(bytes, key);
    }
    return crypto_sign_verify_detached(bytes + SEAL_SIGNED_BYTES, bytes, SEAL_SIGNED_BYTES,
                                       key->ed25519) == 0
               ? SEAL_KEY_OK
               : SEAL_KEY_BAD;
}
