// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include <errno.h>

#include "wire/seal_key.h"

#include "base/keyring.h"
#include "unit/scratch.h"

static const enum suite suites[] = {SUITE_ED25519_SHA256, SUITE_SM2_SM3};
enum { SUITES = sizeof suites / sizeof suites[0] };

struct ring {
    struct scratch scratch;
    char folder[80];
    char files[2][96];
};

static int make_ring(void **state)
{
    struct ring *ring = calloc(1, sizeof *ring);
    assert_non_null(ring);
    scratch_make(&ring->scratch);
    snprintf(ring->folder, sizeof ring->folder, "%s/keys", ring->scratch.path);
    snprintf(ring->files[0], sizeof ring->files[0], "%s/sign.pem", ring->folder);
    snprintf(ring->files[1], sizeof ring->files[1], "%s/curve.key", ring->folder);
    *state = ring;
    return 0;
}

static int drop_ring(void **state)
{
    struct ring *ring = *state;
    scratch_remove(&ring->scratch);
    free(ring);
    return 0;
}

#define with_ring(test) cmocka_unit_test_setup_teardown(test, make_ring, drop_ring)

static enum keyring_outcome outcome_of(const struct ring *ring, enum suite suite)
{
    struct keyring *keyring = NULL;
    enum keyring_outcome outcome;
    assert_int_equal(keyring_open(ring->folder, suite, &outcome, &keyring), 0);
    assert_true((keyring != NULL) == (outcome == KEYRING_OK));
    keyring_free(&keyring);
    assert_null(keyring);
    return outcome;
}

static unsigned mode_of(const char *path)
{
    struct stat found;
    assert_int_equal(stat(path, &found), 0);
    return found.st_mode & 07777;
}

static void created_files_are_for_their_owner_alone(void **state)
{
    const struct ring *ring = *state;
    mode_t before = umask(0);
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
    umask(before);
    assert_int_equal(mode_of(ring->folder), 0700);
    assert_int_equal(mode_of(ring->files[0]), 0600);
    assert_int_equal(mode_of(ring->files[1]), 0600);
    assert_int_equal(outcome_of(ring, SUITE_SM2_SM3), KEYRING_OK);
}

static void keys_are_never_made_over_others(void **state)
{
    const struct ring *ring = *state;
    uint8_t id[KEY_ID_BYTES];
    struct keyring *keyring = NULL;
    enum keyring_outcome outcome;
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
    assert_int_equal(keyring_open(ring->folder, SUITE_SM2_SM3, &outcome, &keyring), 0);
    memcpy(id, keyring_id(keyring), sizeof id);
    keyring_free(&keyring);
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), -EEXIST);
    assert_int_equal(keyring_open(ring->folder, SUITE_SM2_SM3, &outcome, &keyring), 0);
    assert_memory_equal(keyring_id(keyring), id, sizeof id);
    keyring_free(&keyring);
}

static void exposed_file_is_refused(void **state)
{
    const struct ring *ring = *state;
    const mode_t exposed[] = {0640, 0604, 0660, 0601, 0610, 0644};
    assert_int_equal(keyring_create(ring->folder, SUITE_ED25519_SHA256), 0);
    for (size_t file = 0; file < 2; file++) {
        for (size_t i = 0; i < sizeof exposed / sizeof exposed[0]; i++) {
            assert_int_equal(chmod(ring->files[file], exposed[i]), 0);
            assert_int_equal(outcome_of(ring, SUITE_ED25519_SHA256), KEYRING_EXPOSED);
        }
        assert_int_equal(chmod(ring->files[file], 0400), 0);
        assert_int_equal(outcome_of(ring, SUITE_ED25519_SHA256), KEYRING_OK);
    }
}

static void missing_file_is_told(void **state)
{
    const struct ring *ring = *state;
    assert_int_equal(outcome_of(ring, SUITE_SM2_SM3), KEYRING_MISSING);
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
    assert_int_equal(unlink(ring->files[1]), 0);
    assert_int_equal(outcome_of(ring, SUITE_SM2_SM3), KEYRING_MISSING);
}

static void key_of_the_other_suite_is_refused(void **state)
{
    const struct ring *ring = *state;
    for (size_t i = 0; i < SUITES; i++) {
        assert_int_equal(keyring_create(ring->folder, suites[i]), 0);
        assert_int_equal(outcome_of(ring, suites[i]), KEYRING_OK);
        assert_int_equal(outcome_of(ring, suites[1 - i]), KEYRING_MALFORMED);
        assert_int_equal(unlink(ring->files[0]), 0);
        assert_int_equal(unlink(ring->files[1]), 0);
    }
}

static void file_that_holds_no_key_is_refused(void **state)
{
    const struct ring *ring = *state;
    const char *const contents[] = {"", "no key\n", "-----BEGIN PRIVATE KEY-----\n"};
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
    for (size_t file = 2; file-- > 0;) { // the link key first: it is read only after a good other one
        for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
            scratch_write(ring->files[file], bytes_of(contents[i]));
            assert_int_equal(outcome_of(ring, SUITE_SM2_SM3), KEYRING_MALFORMED);
        }
    }
}

// The file says both halves of an SM2 key; one letter of its base64 changes one of them.
static void halves_that_do_not_belong_together_are_refused(void **state)
{
    const struct ring *ring = *state;
    char text[1024] = "";
    assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
    FILE *file = fopen(ring->files[0], "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    assert_int_equal(fclose(file), 0);
    char *second = strchr(strchr(text, '\n') + 1, '\n');
    assert_non_null(second);
    second[1] = second[1] == 'A' ? 'B' : 'A';
    scratch_write(ring->files[0], (struct bytes){(const uint8_t *)text, size});
    assert_int_equal(outcome_of(ring, SUITE_SM2_SM3), KEYRING_MALFORMED);
}

static void make_seal(const struct keyring *keyring, uint8_t out_seal[SEAL_BYTES])
{
    struct seal seal = {.domain = SEAL_REAL,
                        .suite = keyring_suite(keyring),
                        .count = 3,
                        .agency = "yecheng-scjg",
                        .epoch = UINT64_C(1758672000) << 24,
                        .turn = 7,
                        .at = INT64_C(1758679200000)};
    memcpy(seal.key_id, keyring_id(keyring), KEY_ID_BYTES);
    memset(seal.root.bytes, 0x11, DIGEST_BYTES);
    memset(seal.head.bytes, 0x22, DIGEST_BYTES);
    seal_encode(&seal, out_seal);
}

static void signature_verifies_and_no_flipped_byte_does(void **state)
{
    const struct ring *ring = *state;
    for (size_t i = 0; i < SUITES; i++) {
        struct keyring *keyring = NULL;
        struct seal_key *key = NULL;
        enum keyring_outcome outcome;
        uint8_t seal[SEAL_BYTES];
        assert_int_equal(keyring_create(ring->folder, suites[i]), 0);
        assert_int_equal(keyring_open(ring->folder, suites[i], &outcome, &keyring), 0);
        assert_int_equal(outcome, KEYRING_OK);
        assert_int_equal(seal_key_new(suites[i], keyring_public(keyring), &key), SEAL_KEY_OK);
        assert_memory_equal(seal_key_id(key), keyring_id(keyring), KEY_ID_BYTES);
        make_seal(keyring, seal);
        assert_int_equal(keyring_sign(keyring, seal), 0);
        assert_int_equal(seal_key_check(seal, key), SEAL_KEY_OK);
        for (size_t byte = 0; byte < SEAL_BYTES; byte++) {
            seal[byte] ^= 1;
            assert_int_equal(seal_key_check(seal, key), SEAL_KEY_BAD);
            seal[byte] ^= 1;
        }
        assert_int_equal(seal_key_check(seal, key), SEAL_KEY_OK);
        seal_key_free(&key);
        keyring_free(&keyring);
        assert_int_equal(unlink(ring->files[0]), 0);
        assert_int_equal(unlink(ring->files[1]), 0);
    }
}

static void key_of_another_agency_does_not_verify(void **state)
{
    const struct ring *ring = *state;
    struct keyring *rings[2] = {NULL, NULL};
    struct seal_key *other = NULL;
    enum keyring_outcome outcome;
    uint8_t seal[SEAL_BYTES];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(keyring_create(ring->folder, SUITE_SM2_SM3), 0);
        assert_int_equal(keyring_open(ring->folder, SUITE_SM2_SM3, &outcome, &rings[i]), 0);
        assert_int_equal(unlink(ring->files[0]), 0);
        assert_int_equal(unlink(ring->files[1]), 0);
    }
    assert_int_equal(seal_key_new(SUITE_SM2_SM3, keyring_public(rings[1]), &other), SEAL_KEY_OK);
    make_seal(rings[0], seal);
    assert_int_equal(keyring_sign(rings[0], seal), 0);
    assert_int_equal(seal_key_check(seal, other), SEAL_KEY_BAD);
    seal_key_free(&other);
    keyring_free(&rings[0]);
    keyring_free(&rings[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_ring(created_files_are_for_their_owner_alone),
        with_ring(keys_are_never_made_over_others),
        with_ring(exposed_file_is_refused),
        with_ring(missing_file_is_told),
        with_ring(key_of_the_other_suite_is_refused),
        with_ring(file_that_holds_no_key_is_refused),
        with_ring(halves_that_do_not_belong_together_are_refused),
        with_ring(signature_verifies_and_no_flipped_byte_does),
        with_ring(key_of_another_agency_does_not_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
