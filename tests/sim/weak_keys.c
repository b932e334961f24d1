// SPDX-License-Identifier: Apache-2.0
//
// Keys for runs of many agencies and years, linked in place of base/keyring.c and wire/seal_key.c: a seal's signature is a keyed hash. Whoever knows the public
// key could make one, but in a simulation nobody does; to whoever checks, a seal still holds for one key and for nothing that was changed since. Some
// seeds run with the true suites instead.
#include "base/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "wire/seal_key.h"

#include "base/loop.h"
#include "sim/machine.h"

enum { RAW_BYTES = 65 };

struct seal_key {
    enum suite suite;
    uint8_t raw[RAW_BYTES];
    size_t size;
    uint8_t id[KEY_ID_BYTES];
};

struct keyring {
    struct seal_key *key;
    char curve_public[LOOP_Z85_BYTES];
    char curve_secret[LOOP_Z85_BYTES];
};

static void make_signature(const struct seal_key *key, const uint8_t signed_bytes[SEAL_SIGNED_BYTES], uint8_t out[SEAL_SIGNATURE_BYTES])
{
    struct digest digest;
    const struct bytes pieces[] = {{key->raw, key->size}, {signed_bytes, SEAL_SIGNED_BYTES}};
    hash_pieces(SUITE_ED25519_SHA256, pieces, 2, &digest);
    memcpy(out, digest.bytes, DIGEST_BYTES);
    memcpy(out + DIGEST_BYTES, digest.bytes, DIGEST_BYTES);
}

enum seal_key_outcome seal_key_new(enum suite suite, struct bytes raw, struct seal_key **out_key)
{
    if (raw.size != suite_key_bytes(suite) || raw.size > RAW_BYTES) {
        return SEAL_KEY_BAD;
    }
    struct seal_key *key = calloc(1, sizeof *key);
    if (key == NULL) {
        return SEAL_KEY_FAILED;
    }
    struct digest id;
    const uint8_t number = (uint8_t)suite;
    const struct bytes pieces[] = {{&number, 1}, raw};
    hash_pieces(SUITE_SM2_SM3, pieces, 2, &id);
    key->suite = suite;
    key->size = raw.size;
    memcpy(key->raw, raw.data, raw.size);
    memcpy(key->id, id.bytes, KEY_ID_BYTES);
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
    free(*key);
    *key = NULL;
}

enum seal_key_outcome seal_key_check(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key)
{
    uint8_t signature[SEAL_SIGNATURE_BYTES];
    make_signature(key, bytes, signature);
    bool holds = bytes[SEAL_AT_SUITE] == key->suite && memcmp(bytes + SEAL_AT_KEY_ID, key->id, KEY_ID_BYTES) == 0 &&
                 memcmp(bytes + SEAL_SIGNED_BYTES, signature, sizeof signature) == 0;
    return holds ? SEAL_KEY_OK : SEAL_KEY_BAD;
}

// ----------------------------------------------------------------------------------------- keyring

int keyring_create(const char *folder, enum suite suite)
{
    (void)folder;
    (void)suite;
    return 0; // the keys of an agency follow from its number
}

int keyring_open(const char *folder, enum suite suite, enum keyring_outcome *out_outcome, struct keyring **out_keyring)
{
    (void)folder;
    struct chance chance = chance_make(world.options.seed, 1000000 + machine_current->index);
    uint8_t raw[RAW_BYTES];
    uint8_t curve[32];
    struct keyring *keyring = calloc(1, sizeof *keyring);
    chance_fill(&chance, raw, sizeof raw);
    chance_fill(&chance, curve, sizeof curve);
    if (keyring == NULL || seal_key_new(suite, (struct bytes){raw, suite_key_bytes(suite)}, &keyring->key) != SEAL_KEY_OK) {
        free(keyring);
        return -1;
    }
    loop_to_z85(curve, keyring->curve_public);
    loop_to_z85(curve, keyring->curve_secret);
    *out_outcome = KEYRING_OK;
    *out_keyring = keyring;
    return 0;
}

void keyring_free(struct keyring **keyring)
{
    if (*keyring != NULL) {
        seal_key_free(&(*keyring)->key);
        free(*keyring);
        *keyring = NULL;
    }
}

enum suite keyring_suite(const struct keyring *keyring)
{
    return keyring->key->suite;
}

struct bytes keyring_public(const struct keyring *keyring)
{
    return (struct bytes){keyring->key->raw, keyring->key->size};
}

const uint8_t *keyring_id(const struct keyring *keyring)
{
    return keyring->key->id;
}

int keyring_sign(struct keyring *keyring, uint8_t seal[SEAL_BYTES])
{
    make_signature(keyring->key, seal, seal + SEAL_SIGNED_BYTES);
    return 0;
}

const char *keyring_curve_public(const struct keyring *keyring)
{
    return keyring->curve_public;
}

const char *keyring_curve_secret(const struct keyring *keyring)
{
    return keyring->curve_secret;
}
