// SPDX-License-Identifier: Apache-2.0
#include "intake/peer_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/seal_key.h"
#include "wire/text.h"

#include "base/fail.h"
#include "base/names.h"

struct entry {
    char agency[LIMIT_AGENCY_BYTES + 1];
    struct seal_key *key;
    uint8_t curve[32];
    bool suspended;
    bool retired; // replaced; kept because somebody may still hold its key
    struct entry *next;
};

struct peer_keys {
    pthread_mutex_t lock;
    struct entry *first;
    struct names *current; // entries that are not retired
};

int peer_keys_new(struct peer_keys **out_keys)
{
    struct peer_keys *keys = calloc(1, sizeof(*keys));
    if (keys == NULL || names_new(&keys->current) < 0) {
        free(keys);
        return FAIL_ORIGIN(-ENOMEM, "peer keys");
    }
    pthread_mutex_init(&keys->lock, NULL);
    *out_keys = keys;
    return 0;
}

void peer_keys_free(struct peer_keys **keys)
{
    if (*keys == NULL) {
        return;
    }
    for (struct entry *entry = (*keys)->first; entry != NULL;) {
        struct entry *next = entry->next;
        seal_key_free(&entry->key);
        free(entry);
        entry = next;
    }
    pthread_mutex_destroy(&(*keys)->lock);
    names_free(&(*keys)->current);
    free(*keys);
    *keys = NULL;
}

int peer_keys_put(struct peer_keys *keys, const char *agency, enum suite suite, struct bytes sign_key, const uint8_t *curve, bool suspended)
{
    struct entry *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "peer keys");
    }
    enum seal_key_outcome outcome = seal_key_new(suite, sign_key, &entry->key);
    if (outcome != SEAL_KEY_OK) {
        free(entry);
        return FAIL_ORIGIN(outcome == SEAL_KEY_FAILED ? -ENOMEM : -EBADMSG, "a card's signing key");
    }
    strcpy(entry->agency, agency);
    memcpy(entry->curve, curve, sizeof(entry->curve));
    entry->suspended = suspended;
    pthread_mutex_lock(&keys->lock);
    struct entry *old = names_find(keys->current, agency);
    int result = names_put(keys->current, entry->agency, entry);
    if (result == 0) {
        if (old != NULL) {
            old->retired = true;
        }
        entry->next = keys->first;
        keys->first = entry;
    }
    pthread_mutex_unlock(&keys->lock);
    if (result < 0) {
        seal_key_free(&entry->key);
        free(entry);
    }
    return result < 0 ? FAIL_HOP(result) : 0;
}

const struct seal_key *peer_keys_find(struct peer_keys *keys, const char *agency)
{
    pthread_mutex_lock(&keys->lock);
    const struct entry *entry = names_find(keys->current, agency);
    const struct seal_key *key = entry == NULL ? NULL : entry->key;
    pthread_mutex_unlock(&keys->lock);
    return key;
}

static void make_user(const struct entry *entry, char out_user[PEER_KEYS_USER_BYTES])
{
    snprintf(out_user, PEER_KEYS_USER_BYTES, "%s/%016" PRIx64, entry->agency, text_get_u64(entry->curve));
}

enum peer_keys_outcome peer_keys_recognise(struct peer_keys *keys, const char *user, char out_agency[LIMIT_AGENCY_BYTES + 1])
{
    char agency[LIMIT_AGENCY_BYTES + 1];
    char current[PEER_KEYS_USER_BYTES];
    size_t size = strcspn(user, "/");
    if (size > LIMIT_AGENCY_BYTES) {
        return PEER_KEYS_UNKNOWN;
    }
    memcpy(agency, user, size);
    agency[size] = '\0';
    enum peer_keys_outcome outcome = PEER_KEYS_UNKNOWN;
    pthread_mutex_lock(&keys->lock);
    const struct entry *entry = names_find(keys->current, agency);
    if (entry != NULL) {
        make_user(entry, current);
        if (strcmp(current, user) == 0) {
            strcpy(out_agency, agency);
            outcome = entry->suspended ? PEER_KEYS_SUSPENDED : PEER_KEYS_MEMBER;
        }
    }
    pthread_mutex_unlock(&keys->lock);
    return outcome;
}

bool peer_keys_admit(struct peer_keys *keys, const uint8_t curve[32], char out_user[PEER_KEYS_USER_BYTES])
{
    bool admitted = false;
    pthread_mutex_lock(&keys->lock);
    for (struct entry *entry = keys->first; entry != NULL; entry = entry->next) {
        bool same = CRYPTO_memcmp(entry->curve, curve, sizeof(entry->curve)) == 0;
        if (same && !entry->retired) {
            make_user(entry, out_user);
            admitted = true;
        }
    }
    pthread_mutex_unlock(&keys->lock);
    return admitted;
}
