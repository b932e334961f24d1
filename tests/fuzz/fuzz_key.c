// SPDX-License-Identifier: Apache-2.0
//
// Key files: which file, then what it holds; the others are good. A keyring that opened signs what its public key
// verifies; a client that was let in is let in by its own key alone.
#include "fuzz/fuzz.h"

#include <errno.h>

#include "base/keyring.h"
#include "base/log.h"
#include "intake/client_keys.h"
#include "lib/client_key.h"
#include "unit/scratch.h"
#include "wire/seal_key.h"

enum file { FILE_SIGN_ED25519, FILE_SIGN_SM2, FILE_CURVE, FILE_CLIENT, FILE_CLIENT_SECRET, FILES };

static const char *const names[FILES] = {
    [FILE_SIGN_ED25519] = "ed25519/sign.pem", [FILE_SIGN_SM2] = "sm2/sign.pem",          [FILE_CURVE] = "ed25519/curve.key",
    [FILE_CLIENT] = "clients/officer.conf",   [FILE_CLIENT_SECRET] = "clients/officer.key",
};

static struct scratch scratch;

static void forget(void)
{
    scratch_remove(&scratch);
}

static const char *path_of(struct arena *arena, const char *name)
{
    return arena_format(arena, "%s/%s", scratch.path, name);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct arena *arena = fuzz_arena();
    (void)count;
    (void)words;
    log_set_level(0); // what is refused is said nowhere
    scratch_make(&scratch);
    must(keyring_create(path_of(arena, "ed25519"), SUITE_ED25519_SHA256) == 0);
    must(keyring_create(path_of(arena, "sm2"), SUITE_SM2_SM3) == 0);
    must(mkdir(path_of(arena, "clients"), 0700) == 0);
    // What is put in place of a file for one input is put back after it.
    for (size_t i = 0; i < FILE_CLIENT; i++) {
        must(rename(path_of(arena, names[i]), arena_format(arena, "%s.good", path_of(arena, names[i]))) == 0);
        must(link(arena_format(arena, "%s.good", path_of(arena, names[i])), path_of(arena, names[i])) == 0);
    }
    return atexit(forget);
}

static void check_keyring(const char *folder, enum suite suite)
{
    struct keyring *keyring = NULL;
    enum keyring_outcome outcome;
    struct seal_key *key;
    must(keyring_open(folder, suite, &outcome, &keyring) == 0);
    if (outcome == KEYRING_OK) {
        struct seal seal = {.domain = SEAL_REAL, .suite = suite, .count = 1, .agency = "yecheng-scjg"};
        uint8_t bytes[SEAL_BYTES];
        memcpy(seal.key_id, keyring_id(keyring), KEY_ID_BYTES);
        seal_encode(&seal, bytes);
        must(keyring_sign(keyring, bytes) == 0);
        must(seal_key_new(suite, keyring_public(keyring), &key) == SEAL_KEY_OK && seal_key_check(bytes, key) == SEAL_KEY_OK);
        bytes[100] ^= 1;
        must(seal_key_check(bytes, key) == SEAL_KEY_BAD);
        seal_key_free(&key);
    }
    keyring_free(&keyring);
}

static void check_clients(const char *folder)
{
    static const uint8_t zero[32]; // a key that inputs can name
    struct client_keys *keys = NULL;
    char user[CLIENT_USER_BYTES];
    const char *name;
    must(client_keys_new(folder, &keys) == 0);
    if (client_keys_admit(keys, zero, user)) {
        must(client_keys_role(keys, user, &name) != ROLE_NONE && name[0] != '\0');
        must(fuzz_is_clean((struct bytes){(const uint8_t *)name, strlen(name)}));
    }
    client_keys_free(&keys);
}

static void check_secret(const char *path)
{
    struct client_key key;
    if (client_key_read(path, &key) == CLIENT_KEY_OK) {
        must(key.name[0] != '\0' && strncmp(key.endpoint, "ipc://", 6) == 0);
        must(strlen(key.public) == 40 && strlen(key.secret) == 40 && strlen(key.server) == 40);
        client_key_done(&key);
    }
}

static void put(const char *path, struct bytes content)
{
    must(unlink(path) == 0 || errno == ENOENT);
    scratch_write(path, content);
    must(chmod(path, 0600) == 0);
}

static void put_back(const char *path, const char *good)
{
    must(unlink(path) == 0 && (access(good, F_OK) != 0 || link(good, path) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    if (size < 1) {
        return 0;
    }
    enum file file = (enum file)(data[0] % FILES);
    const char *path = path_of(arena, names[file]);
    put(path, (struct bytes){data + 1, size - 1});
    switch (file) {
    case FILE_SIGN_ED25519:
    case FILE_CURVE:
        check_keyring(path_of(arena, "ed25519"), SUITE_ED25519_SHA256);
        break;
    case FILE_SIGN_SM2:
        check_keyring(path_of(arena, "sm2"), SUITE_SM2_SM3);
        break;
    case FILE_CLIENT:
        check_clients(path_of(arena, "clients"));
        break;
    case FILE_CLIENT_SECRET:
        check_secret(path);
        break;
    case FILES:
        break;
    }
    put_back(path, arena_format(arena, "%s.good", path));
    return 0;
}
