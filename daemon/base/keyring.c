// SPDX-License-Identifier: Apache-2.0
#include "base/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/seal_key.h"
#include "wire/sm2.h"

#include "base/fail.h"
#include "base/loop.h"

struct keyring {
    enum suite suite;
    EVP_PKEY *key;
    uint8_t ed25519[crypto_sign_SECRETKEYBYTES]; // the same for libsodium, which signs in half of OpenSSL's time
    uint8_t raw[65];
    size_t raw_size;
    struct seal_key *public_key;
    char curve_public[LOOP_Z85_BYTES];
    char curve_secret[LOOP_Z85_BYTES];
};

// EVP_EC_gen("SM2") would make a key of type EC, whose signatures nobody else verifies; this makes type SM2.
static EVP_PKEY *generate(enum suite suite)
{
    switch (suite) {
    case SUITE_ED25519_SHA256:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case SUITE_SM2_SM3:
        return EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
    case SUITE_NONE:
        break;
    }
    return NULL;
}

static int create_file(const char *path, FILE **out_file)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return FAIL_ORIGIN(-errno, path);
    }
    *out_file = fdopen(fd, "w");
    if (*out_file == NULL) {
        close(fd);
        unlink(path);
        return FAIL_ORIGIN(-ENOMEM, path);
    }
    return 0;
}

// Half a key file would stand in the way of the next attempt.
static int finish_file(FILE *file, bool written, const char *path)
{
    bool good = written && fflush(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good;
    if (!good) {
        unlink(path);
    }
    return good ? 0 : FAIL_ORIGIN(-EIO, path);
}

static int create_signing(const char *folder, enum suite suite)
{
    char path[4096];
    FILE *file;
    snprintf(path, sizeof(path), "%s/sign.pem", folder);
    int result = create_file(path, &file);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    EVP_PKEY *key = generate(suite);
    bool written = key != NULL && PEM_write_PKCS8PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1;
    EVP_PKEY_free(key);
    return finish_file(file, written, path);
}

static int create_curve(const char *folder)
{
    char path[4096];
    char public_key[LOOP_Z85_BYTES];
    char secret_key[LOOP_Z85_BYTES];
    FILE *file;
    snprintf(path, sizeof(path), "%s/curve.key", folder);
    int result = loop_new_keypair(public_key, secret_key);
    if (result == 0) {
        result = create_file(path, &file);
    }
    if (result < 0) {
        return FAIL_HOP(result);
    }
    bool written = fprintf(file, "%s\n%s\n", public_key, secret_key) > 0;
    explicit_bzero(secret_key, sizeof(secret_key));
    return finish_file(file, written, path);
}

int keyring_create(const char *folder, enum suite suite)
{
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return FAIL_ORIGIN(-errno, folder);
    }
    int result = create_signing(folder, suite);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    result = create_curve(folder);
    if (result < 0) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/sign.pem", folder);
        unlink(path); // a moment old, and of no use alone
        return FAIL_HOP(result);
    }
    return 0;
}

static enum keyring_outcome check_file(FILE *file)
{
    struct stat stat;
    if (fstat(fileno(file), &stat) != 0 || (stat.st_mode & 077) != 0) {
        return KEYRING_EXPOSED;
    }
    return KEYRING_OK;
}

static bool read_public(struct keyring *keyring)
{
    if (keyring->suite == SUITE_ED25519_SHA256) {
        uint8_t seed[crypto_sign_SEEDBYTES];
        size_t size = sizeof(seed);
        keyring->raw_size = crypto_sign_PUBLICKEYBYTES;
        bool read = EVP_PKEY_is_a(keyring->key, "ED25519") == 1 && EVP_PKEY_get_raw_private_key(keyring->key, seed, &size) == 1 &&
                    size == sizeof(seed) && crypto_sign_seed_keypair(keyring->raw, keyring->ed25519, seed) == 0;
        explicit_bzero(seed, sizeof(seed));
        return read;
    }
    return EVP_PKEY_is_a(keyring->key, "SM2") == 1 &&
           EVP_PKEY_get_octet_string_param(keyring->key, "pub", keyring->raw, sizeof(keyring->raw), &keyring->raw_size) == 1;
}

// Nobody is there to be asked for one.
static int no_password(char *out_password, int size, int is_writing, void *context)
{
    (void)out_password;
    (void)size;
    (void)is_writing;
    (void)context;
    return -1;
}

// The file of an SM2 key holds both halves, and damage to one of them would make seals that nobody accepts.
static bool is_pair(struct keyring *keyring)
{
    struct seal probe = {.domain = SEAL_TEST, .suite = keyring->suite, .count = 1, .agency = "probe"};
    uint8_t bytes[SEAL_BYTES];
    memcpy(probe.key_id, seal_key_id(keyring->public_key), KEY_ID_BYTES);
    seal_encode(&probe, bytes);
    return keyring_sign(keyring, bytes) == 0 && seal_key_check(bytes, keyring->public_key) == SEAL_KEY_OK;
}

static enum keyring_outcome open_signing(struct keyring *keyring, FILE *file)
{
    enum keyring_outcome outcome = check_file(file);
    if (outcome != KEYRING_OK) {
        return outcome;
    }
    keyring->key = PEM_read_PrivateKey(file, NULL, no_password, NULL);
    if (keyring->key == NULL || !read_public(keyring)) {
        return KEYRING_MALFORMED;
    }
    const struct bytes raw = {keyring->raw, keyring->raw_size};
    bool is_good = seal_key_new(keyring->suite, raw, &keyring->public_key) == SEAL_KEY_OK && is_pair(keyring);
    return is_good ? KEYRING_OK : KEYRING_MALFORMED;
}

static enum keyring_outcome open_curve(struct keyring *keyring, FILE *file)
{
    uint8_t key[32];
    enum keyring_outcome outcome = check_file(file);
    if (outcome != KEYRING_OK) {
        return outcome;
    }
    if (fscanf(file, "%40s %40s", keyring->curve_public, keyring->curve_secret) != 2 ||
        !loop_from_z85(keyring->curve_public, key) || !loop_from_z85(keyring->curve_secret, key)) {
        return KEYRING_MALFORMED;
    }
    explicit_bzero(key, sizeof(key));
    return KEYRING_OK;
}

static enum keyring_outcome open_both(struct keyring *keyring, const char *folder)
{
    static enum keyring_outcome (*const openers[])(struct keyring *, FILE *) = {open_signing, open_curve};
    static const char *const names[] = {"sign.pem", "curve.key"};
    enum keyring_outcome outcome = KEYRING_OK;
    for (size_t i = 0; outcome == KEYRING_OK && i < 2; i++) {
        char path[4096];
        snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
        FILE *file = fopen(path, "re");
        outcome = file == NULL ? KEYRING_MISSING : openers[i](keyring, file);
        if (file != NULL) {
            fclose(file);
        }
    }
    return outcome;
}

int keyring_open(const char *folder, enum suite suite, enum keyring_outcome *out_outcome, struct keyring **out_keyring)
{
    struct keyring *keyring = calloc(1, sizeof(*keyring));
    if (keyring == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "keyring");
    }
    keyring->suite = suite;
    *out_outcome = open_both(keyring, folder);
    if (*out_outcome != KEYRING_OK) {
        keyring_free(&keyring);
        return 0;
    }
    *out_keyring = keyring;
    return 0;
}

void keyring_free(struct keyring **keyring)
{
    if (*keyring == NULL) {
        return;
    }
    EVP_PKEY_free((*keyring)->key);
    seal_key_free(&(*keyring)->public_key);
    explicit_bzero(*keyring, sizeof(**keyring));
    free(*keyring);
    *keyring = NULL;
}

enum suite keyring_suite(const struct keyring *keyring)
{
    return keyring->suite;
}

struct bytes keyring_public(const struct keyring *keyring)
{
    return (struct bytes){keyring->raw, keyring->raw_size};
}

const uint8_t *keyring_id(const struct keyring *keyring)
{
    return seal_key_id(keyring->public_key);
}

const char *keyring_curve_public(const struct keyring *keyring)
{
    return keyring->curve_public;
}

const char *keyring_curve_secret(const struct keyring *keyring)
{
    return keyring->curve_secret;
}

static bool sign_sm2(EVP_MD_CTX *md, EVP_PKEY_CTX *context, struct keyring *keyring, uint8_t seal[SEAL_BYTES])
{
    uint8_t der[80];
    size_t size = sizeof(der);
    if (EVP_PKEY_CTX_set1_id(context, SM2_ID, strlen(SM2_ID)) <= 0) {
        return false; // without it OpenSSL would sign under the empty id
    }
    EVP_MD_CTX_set_pkey_ctx(md, context);
    return EVP_DigestSignInit(md, NULL, EVP_sm3(), NULL, keyring->key) == 1 &&
           EVP_DigestSign(md, der, &size, seal, SEAL_SIGNED_BYTES) == 1 &&
           sm2_from_der((struct bytes){der, size}, seal + SEAL_SIGNED_BYTES);
}

int keyring_sign(struct keyring *keyring, uint8_t seal[SEAL_BYTES])
{
    if (keyring->suite == SUITE_ED25519_SHA256) {
        return crypto_sign_detached(seal + SEAL_SIGNED_BYTES, NULL, seal, SEAL_SIGNED_BYTES, keyring->ed25519) == 0
                   ? 0
                   : FAIL_ORIGIN(-EIO, "cannot sign");
    }
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(keyring->key, NULL);
    bool signed_it = md != NULL && context != NULL && sign_sm2(md, context, keyring, seal);
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(context);
    return signed_it ? 0 : FAIL_ORIGIN(-EIO, "cannot sign");
}
