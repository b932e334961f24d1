// SPDX-License-Identifier: Apache-2.0
#include "wire/seal.h"

#include "wire/identity.h"
#include "wire/text.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>

enum { SUITE_COUNT = 3, SM2_KEY_BYTES = 65, ED25519_KEY_BYTES = 32, SM2_NUMBER_BYTES = 32 };

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

// Looking a hash up by name costs more than hashing a node of a tree with it, so that is done once
// a process, and each thread keeps a context for each hash.
struct hashers {
    EVP_MD_CTX *of[SUITE_COUNT];
};

static pthread_once_t fetched = PTHREAD_ONCE_INIT;
static EVP_MD *hash_of[SUITE_COUNT];
static pthread_key_t hashers_key;

// A digest that is not what it should be would be signed, stored or compared as if it were. There
// is no caller that could do better than stop: a missing hash is a broken installation, and no
// input leads here.
static void insist(int done)
{
    if (done != 1) {
        abort();
    }
}

static void free_hashers(void *data)
{
    struct hashers *hashers = data;
    EVP_MD_CTX_free(hashers->of[SUITE_ED25519_SHA256]);
    EVP_MD_CTX_free(hashers->of[SUITE_SM2_SM3]);
    free(hashers);
}

static void fetch(void)
{
    hash_of[SUITE_ED25519_SHA256] = EVP_MD_fetch(NULL, "SHA256", NULL);
    hash_of[SUITE_SM2_SM3] = EVP_MD_fetch(NULL, "SM3", NULL);
    insist(hash_of[SUITE_ED25519_SHA256] != NULL && hash_of[SUITE_SM2_SM3] != NULL);
    insist(pthread_key_create(&hashers_key, free_hashers) == 0);
}

static struct hashers *make_hashers(void)
{
    struct hashers *hashers = calloc(1, sizeof *hashers);
    insist(hashers != NULL);
    for (int suite = SUITE_ED25519_SHA256; suite <= SUITE_SM2_SM3; suite++) {
        hashers->of[suite] = EVP_MD_CTX_new();
        insist(hashers->of[suite] != NULL);
    }
    insist(pthread_setspecific(hashers_key, hashers) == 0);
    return hashers;
}

static EVP_MD_CTX *start_hash(enum suite suite)
{
    insist(suite == SUITE_ED25519_SHA256 || suite == SUITE_SM2_SM3);
    pthread_once(&fetched, fetch);
    struct hashers *hashers = pthread_getspecific(hashers_key);
    if (hashers == NULL) {
        hashers = make_hashers();
    }
    EVP_MD_CTX *context = hashers->of[suite];
    insist(EVP_DigestInit_ex2(context, hash_of[suite], NULL));
    return context;
}

static void add_bytes(EVP_MD_CTX *context, const void *data, size_t size)
{
    insist(EVP_DigestUpdate(context, data, size));
}

static void stop_hash(EVP_MD_CTX *context, struct digest *out_digest)
{
    insist(EVP_DigestFinal_ex(context, out_digest->bytes, NULL));
}

void seal_hash(enum suite suite, const struct bytes *pieces, size_t count,
               struct digest *out_digest)
{
    EVP_MD_CTX *context = start_hash(suite);
    for (size_t i = 0; i < count; i++) {
        add_bytes(context, pieces[i].data, pieces[i].size);
    }
    stop_hash(context, out_digest);
}

void seal_sm3(struct bytes input, struct digest *out_digest)
{
    seal_hash(SUITE_SM2_SM3, &input, 1, out_digest);
}

void seal_leaf(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes header,
               struct digest *out_leaf)
{
    uint8_t front[1 + SALT_BYTES] = {0x00};
    memcpy(front + 1, salt, SALT_BYTES);
    EVP_MD_CTX *context = start_hash(suite);
    add_bytes(context, front, sizeof front);
    add_bytes(context, header.data, header.size);
    stop_hash(context, out_leaf);
}

static void hash_chunk(enum suite suite, const uint8_t *data, size_t size,
                       struct digest *out_digest)
{
    EVP_MD_CTX *context = start_hash(suite);
    add_bytes(context, (const uint8_t[]){0x00}, 1);
    add_bytes(context, data, size);
    stop_hash(context, out_digest);
}

static void hash_node(enum suite suite, const uint8_t *left, const uint8_t *right,
                      struct digest *out_digest)
{
    uint8_t input[1 + 2 * DIGEST_BYTES];
    input[0] = 0x01;
    memcpy(input + 1, left, DIGEST_BYTES);
    memcpy(input + 1 + DIGEST_BYTES, right, DIGEST_BYTES);
    EVP_MD_CTX *context = start_hash(suite);
    add_bytes(context, input, sizeof input);
    stop_hash(context, out_digest);
}

// Grows an RFC 6962 tree from left to right: one root for each bit set in the number of leaves so
// far, the largest first.
struct grower {
    enum suite suite;
    uint64_t leaves;
    size_t height;
    struct digest roots[64];
};

static void add_leaf(struct grower *grower, const struct digest *leaf)
{
    grower->roots[grower->height++] = *leaf;
    for (uint64_t carry = grower->leaves; (carry & 1) != 0; carry >>= 1) {
        struct digest *left = &grower->roots[grower->height - 2];
        hash_node(grower->suite, left->bytes, left[1].bytes, left);
        grower->height--;
    }
    grower->leaves++;
}

static void finish_root(struct grower *grower, struct digest *out_root)
{
    while (grower->height > 1) {
        struct digest *left = &grower->roots[grower->height - 2];
        hash_node(grower->suite, left->bytes, left[1].bytes, left);
        grower->height--;
    }
    *out_root = grower->roots[0];
}

void seal_root(enum suite suite, const struct digest *leaves, size_t count, struct digest *out_root)
{
    // RFC 6962 gives the empty tree a root too, so a run that says it covers nothing needs no care
    // here.
    if (count == 0) {
        seal_hash(suite, NULL, 0, out_root);
        return;
    }
    struct grower grower = {.suite = suite};
    for (size_t i = 0; i < count; i++) {
        add_leaf(&grower, &leaves[i]);
    }
    finish_root(&grower, out_root);
}

static void hash_content(enum suite suite, struct bytes content, struct digest *out_root)
{
    struct grower grower = {.suite = suite};
    size_t offset = 0;
    do {
        size_t left = content.size - offset;
        size_t size = left < CHUNK_BYTES ? left : CHUNK_BYTES;
        struct digest leaf;
        hash_chunk(suite, size == 0 ? NULL : content.data + offset, size, &leaf);
        add_leaf(&grower, &leaf);
        offset += size;
    } while (offset < content.size);
    finish_root(&grower, out_root);
}

void seal_commitment(enum suite suite, const uint8_t salt[SALT_BYTES], struct bytes content,
                     struct digest *out_digest)
{
    uint8_t input[1 + SALT_BYTES + 8 + DIGEST_BYTES];
    struct digest root;
    hash_content(suite, content, &root);
    input[0] = 0x02;
    memcpy(input + 1, salt, SALT_BYTES);
    text_put_u64(input + 1 + SALT_BYTES, content.size);
    memcpy(input + 1 + SALT_BYTES + 8, root.bytes, DIGEST_BYTES);
    seal_hash(suite, &(struct bytes){.data = input, .size = sizeof input}, 1, out_digest);
}

// Level 0 is the leaves, the last level the root. A node without a sibling rises unchanged, which
// is the same tree as RFC 6962's.
struct seal_tree {
    size_t count;
    size_t level_count;
    struct digest *levels[LIMIT_PATH + 1];
};

static size_t halve(size_t count)
{
    return (count + 1) / 2;
}

static struct digest *raise_level(enum suite suite, const struct digest *below, size_t count,
                                  struct arena *arena)
{
    struct digest *level = arena_take_array(arena, halve(count), sizeof *level);
    if (level == NULL) {
        return NULL;
    }
    for (size_t i = 0; i + 1 < count; i += 2) {
        hash_node(suite, below[i].bytes, below[i + 1].bytes, &level[i / 2]);
    }
    if (count % 2 == 1) {
        level[count / 2] = below[count - 1];
    }
    return level;
}

struct seal_tree *seal_tree_new(enum suite suite, const struct digest *leaves, size_t count,
                                struct arena *arena)
{
    if (count == 0 || count > LIMIT_LEAVES) {
        return NULL;
    }
    struct seal_tree *tree = arena_take(arena, sizeof *tree);
    struct digest *level = (struct digest *)arena_copy(arena, leaves, count * sizeof *leaves);
    if (tree == NULL || level == NULL) {
        return NULL;
    }
    tree->count = count;
    tree->levels[tree->level_count++] = level;
    for (size_t width = count; width > 1; width = halve(width)) {
        level = raise_level(suite, level, width, arena);
        if (level == NULL) {
            return NULL;
        }
        tree->levels[tree->level_count++] = level;
    }
    return tree;
}

const struct digest *seal_tree_root(const struct seal_tree *tree)
{
    return tree->levels[tree->level_count - 1];
}

size_t seal_tree_path(const struct seal_tree *tree, size_t index,
                      struct digest out_path[LIMIT_PATH])
{
    insist(index < tree->count);
    size_t length = 0;
    size_t width = tree->count;
    for (size_t level = 0; width > 1; level++) {
        size_t sibling = index ^ 1;
        if (sibling < width) {
            out_path[length++] = tree->levels[level][sibling];
        }
        index /= 2;
        width = halve(width);
    }
    return length;
}

bool seal_fold(enum suite suite, const struct digest *leaf, uint32_t index, uint32_t count,
               const uint8_t *path, size_t path_count, struct digest *out_root)
{
    if (index >= count) {
        return false;
    }
    struct digest node = *leaf;
    size_t used = 0;
    for (size_t width = count; width > 1; width = halve(width)) {
        if ((index ^ 1) < width) {
            if (used == path_count) {
                return false;
            }
            const uint8_t *sibling = path + used++ * DIGEST_BYTES;
            bool on_left = index % 2 == 1;
            hash_node(suite, on_left ? sibling : node.bytes, on_left ? node.bytes : sibling, &node);
        }
        index /= 2;
    }
    if (used != path_count) {
        return false;
    }
    *out_root = node;
    return true;
}

enum {
    DOMAIN_BYTES = 16,
    AT_SUITE = 16,
    AT_ZERO = 17,
    AT_COUNT = 20,
    AT_AGENCY = 24,
    AT_KEY_ID = 56,
    AT_EPOCH = 64,
    AT_TURN = 72,
    AT_TIME = 80,
    AT_ROOT = 88,
    AT_HEAD = 120,
};
_Static_assert(AT_HEAD + DIGEST_BYTES == SEAL_SIGNED_BYTES, "the signed part ends with the head");

// Fifteen characters and a zero byte each.
static const char domain_real[DOMAIN_BYTES] = "liaison-seal-01";
static const char domain_test[DOMAIN_BYTES] = "liaison-test-01";

void seal_encode(const struct seal *seal, uint8_t out_signed[SEAL_SIGNED_BYTES])
{
    memset(out_signed, 0, SEAL_SIGNED_BYTES);
    memcpy(out_signed, seal->domain == SEAL_TEST ? domain_test : domain_real, DOMAIN_BYTES);
    out_signed[AT_SUITE] = (uint8_t)seal->suite;
    text_put_u32(out_signed + AT_COUNT, seal->count);
    memcpy(out_signed + AT_AGENCY, seal->agency, strnlen(seal->agency, LIMIT_AGENCY_BYTES));
    memcpy(out_signed + AT_KEY_ID, seal->key_id, KEY_ID_BYTES);
    text_put_u64(out_signed + AT_EPOCH, seal->epoch);
    text_put_u64(out_signed + AT_TURN, seal->turn);
    text_put_u64(out_signed + AT_TIME, (uint64_t)seal->at);
    memcpy(out_signed + AT_ROOT, seal->root.bytes, DIGEST_BYTES);
    memcpy(out_signed + AT_HEAD, seal->head.bytes, DIGEST_BYTES);
}

static bool decode_domain(const uint8_t *bytes, enum seal_domain *out_domain)
{
    if (memcmp(bytes, domain_real, DOMAIN_BYTES) == 0) {
        *out_domain = SEAL_REAL;
        return true;
    }
    if (memcmp(bytes, domain_test, DOMAIN_BYTES) == 0) {
        *out_domain = SEAL_TEST;
        return true;
    }
    return false;
}

static bool decode_agency(const uint8_t *bytes, char out_agency[LIMIT_AGENCY_BYTES + 1])
{
    memcpy(out_agency, bytes, LIMIT_AGENCY_BYTES);
    out_agency[LIMIT_AGENCY_BYTES] = '\0';
    size_t length = strlen(out_agency);
    for (size_t i = length; i < LIMIT_AGENCY_BYTES; i++) {
        if (bytes[i] != 0) {
            return false;
        }
    }
    return identity_is_agency(out_agency);
}

bool seal_decode(const uint8_t bytes[SEAL_BYTES], struct seal *out_seal)
{
    struct seal seal = {.suite = (enum suite)bytes[AT_SUITE],
                        .count = text_get_u32(bytes + AT_COUNT)};
    bool zeroes = bytes[AT_ZERO] == 0 && bytes[AT_ZERO + 1] == 0 && bytes[AT_ZERO + 2] == 0;
    if (!decode_domain(bytes, &seal.domain) || suite_key_bytes(seal.suite) == 0 || !zeroes ||
        seal.count < 1 || seal.count > LIMIT_LEAVES ||
        !decode_agency(bytes + AT_AGENCY, seal.agency)) {
        return false;
    }
    memcpy(seal.key_id, bytes + AT_KEY_ID, KEY_ID_BYTES);
    seal.epoch = text_get_u64(bytes + AT_EPOCH);
    seal.turn = text_get_u64(bytes + AT_TURN);
    seal.at = (int64_t)text_get_u64(bytes + AT_TIME);
    memcpy(seal.root.bytes, bytes + AT_ROOT, DIGEST_BYTES);
    memcpy(seal.head.bytes, bytes + AT_HEAD, DIGEST_BYTES);
    *out_seal = seal;
    return true;
}

struct seal_key {
    enum suite suite;
    EVP_PKEY *public_key;
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

static enum seal_key_outcome load_ed25519(const uint8_t *raw, EVP_PKEY **out_key)
{
    if (has_small_order(raw)) {
        return SEAL_KEY_BAD;
    }
    *out_key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, raw, ED25519_KEY_BYTES);
    return *out_key == NULL ? SEAL_KEY_FAILED : SEAL_KEY_OK;
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
    int made = EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    if (made != 1 || !EVP_PKEY_is_a(key, "SM2")) {
        EVP_PKEY_free(key);
        return SEAL_KEY_BAD;
    }
    *out_key = key;
    return SEAL_KEY_OK;
}

static enum seal_key_outcome load_key(enum suite suite, const uint8_t *raw, EVP_PKEY **out_key)
{
    ERR_set_mark();
    enum seal_key_outcome outcome =
        suite == SUITE_SM2_SM3 ? load_sm2(raw, out_key) : load_ed25519(raw, out_key);
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
    enum seal_key_outcome outcome = load_key(suite, raw.data, &key->public_key);
    if (outcome != SEAL_KEY_OK) {
        seal_key_free(&key);
        return outcome;
    }
    key->suite = suite;
    struct bytes pieces[] = {{.data = (const uint8_t[]){(uint8_t)suite}, .size = 1}, raw};
    struct digest digest;
    seal_hash(SUITE_SM2_SM3, pieces, 2, &digest);
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
    EVP_PKEY_free((*key)->public_key);
    free(*key);
    *key = NULL;
}

// OpenSSL takes an empty SM2 id where none is set, and such a signature holds nowhere else.
static int start_verify(EVP_MD_CTX *context, const struct seal_key *key)
{
    EVP_PKEY_CTX *settings = NULL;
    if (key->suite == SUITE_ED25519_SHA256) {
        return EVP_DigestVerifyInit_ex(context, NULL, NULL, NULL, NULL, key->public_key, NULL);
    }
    int started =
        EVP_DigestVerifyInit_ex(context, &settings, "SM3", NULL, NULL, key->public_key, NULL);
    if (started != 1) {
        return started;
    }
    return EVP_PKEY_CTX_set1_id(settings, SEAL_SM2_ID, (int)strlen(SEAL_SM2_ID));
}

static bool verify(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key)
{
    const uint8_t *signature = bytes + SEAL_SIGNED_BYTES;
    size_t signature_size = SEAL_SIGNATURE_BYTES;
    uint8_t der[72];
    if (key->suite == SUITE_SM2_SM3) {
        signature_size = seal_sm2_to_der(signature, der);
        signature = der;
    }
    EVP_MD_CTX *context = signature_size == 0 ? NULL : EVP_MD_CTX_new();
    bool holds =
        context != NULL && start_verify(context, key) == 1 &&
        EVP_DigestVerify(context, signature, signature_size, bytes, SEAL_SIGNED_BYTES) == 1;
    EVP_MD_CTX_free(context);
    return holds;
}

bool seal_verify(const uint8_t bytes[SEAL_BYTES], const struct seal_key *key)
{
    if (bytes[AT_SUITE] != key->suite || memcmp(bytes + AT_KEY_ID, key->id, KEY_ID_BYTES) != 0) {
        return false;
    }
    ERR_set_mark();
    bool holds = verify(bytes, key);
    ERR_pop_to_mark();
    return holds;
}

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

bool seal_sm2_from_der(struct bytes der, uint8_t out_raw[SEAL_SIGNATURE_BYTES])
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

size_t seal_sm2_to_der(const uint8_t raw[SEAL_SIGNATURE_BYTES], uint8_t out_der[72])
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
