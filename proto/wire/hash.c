// SPDX-License-Identifier: Apache-2.0
#include "wire/hash.h"

#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>

enum { SUITE_COUNT = 3 };

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

void hash_pieces(enum suite suite, const struct bytes *pieces, size_t count,
                 struct digest *out_digest)
{
    EVP_MD_CTX *context = start_hash(suite);
    for (size_t i = 0; i < count; i++) {
        add_bytes(context, pieces[i].data, pieces[i].size);
    }
    stop_hash(context, out_digest);
}

void hash_sm3(struct bytes input, struct digest *out_digest)
{
    hash_pieces(SUITE_SM2_SM3, &input, 1, out_digest);
}
