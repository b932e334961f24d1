// SPDX-License-Identifier: Apache-2.0
#include "wire/hash.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include <openssl/evp.h>

enum { SUITE_COUNT = 3 };

// Looking a hash up by name costs more than hashing a node of a tree with it, so that is done once
// a process, and each thread keeps a context for each hash.
struct hashers {
    EVP_MD_CTX *of[SUITE_COUNT];
};

static pthread_mutex_t fetching = PTHREAD_MUTEX_INITIALIZER;
static EVP_MD *hash_of[SUITE_COUNT];
static pthread_key_t hashers_key; // frees a thread's hashers when it ends
static bool is_fetched;
static _Thread_local struct hashers *mine;

// A digest that is not what it should be would be signed, stored or compared as if it were. There
// is no caller that could do better than stop: a thread that is ready has all it needs.
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

static bool fetch_one(enum suite suite, const char *name)
{
    if (hash_of[suite] == NULL) {
        hash_of[suite] = EVP_MD_fetch(NULL, name, NULL);
    }
    return hash_of[suite] != NULL;
}

static bool fetch(void)
{
    pthread_mutex_lock(&fetching);
    if (!is_fetched) {
        is_fetched = fetch_one(SUITE_ED25519_SHA256, "SHA256") && fetch_one(SUITE_SM2_SM3, "SM3") &&
                     pthread_key_create(&hashers_key, free_hashers) == 0;
    }
    bool done = is_fetched;
    pthread_mutex_unlock(&fetching);
    return done;
}

// A context takes its memory when it first begins, so it begins here.
static EVP_MD_CTX *make_context(enum suite suite)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex2(context, hash_of[suite], NULL) != 1) {
        EVP_MD_CTX_free(context);
        context = NULL;
    }
    return context;
}

static struct hashers *make_hashers(void)
{
    struct hashers *hashers = calloc(1, sizeof *hashers);
    if (hashers == NULL) {
        return NULL;
    }
    hashers->of[SUITE_ED25519_SHA256] = make_context(SUITE_ED25519_SHA256);
    hashers->of[SUITE_SM2_SM3] = make_context(SUITE_SM2_SM3);
    bool whole = hashers->of[SUITE_ED25519_SHA256] != NULL && hashers->of[SUITE_SM2_SM3] != NULL;
    if (!whole || pthread_setspecific(hashers_key, hashers) != 0) {
        free_hashers(hashers);
        return NULL;
    }
    return hashers;
}

int hash_ready(void)
{
    if (mine == NULL && fetch()) {
        mine = make_hashers();
    }
    return mine == NULL ? -ENOMEM : 0;
}

static EVP_MD_CTX *start_hash(enum suite suite)
{
    insist(suite == SUITE_ED25519_SHA256 || suite == SUITE_SM2_SM3);
    insist(hash_ready() == 0);
    EVP_MD_CTX *context = mine->of[suite];
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
