// SPDX-License-Identifier: Apache-2.0
#include "unit/samples.h"

#include <pthread.h>

#include "wire/seal_key.h"
#include "wire/sm2.h"
#include "wire/tree.h"

static const enum suite suites[] = {SUITE_ED25519_SHA256, SUITE_SM2_SM3};

static void expect_digest(const struct digest *digest, const char *hex)
{
    uint8_t expected[DIGEST_BYTES];
    sample_hex(hex, expected);
    assert_memory_equal(digest->bytes, expected, DIGEST_BYTES);
}

static void suites_have_names_and_key_sizes(void **state)
{
    (void)state;
    assert_int_equal(suite_find("ed25519-sha256"), SUITE_ED25519_SHA256);
    assert_int_equal(suite_find("sm2-sm3"), SUITE_SM2_SM3);
    assert_int_equal(suite_find("SM2-SM3"), SUITE_NONE);
    assert_int_equal(suite_find("none"), SUITE_NONE);
    assert_string_equal(suite_name(SUITE_SM2_SM3), "sm2-sm3");
    assert_string_equal(suite_name(SUITE_ED25519_SHA256), "ed25519-sha256");
    assert_int_equal(suite_key_bytes(SUITE_SM2_SM3), 65);
    assert_int_equal(suite_key_bytes(SUITE_ED25519_SHA256), 32);
    assert_int_equal(suite_key_bytes(SUITE_NONE), 0);
}

// The examples printed with FIPS 180-4 and GB/T 32905.
static void hashes_of_abc_are_those_of_the_standards(void **state)
{
    (void)state;
    struct bytes pieces[] = {bytes_of("a"), bytes_of(""), bytes_of("bc")};
    struct digest digest;
    hash_pieces(SUITE_ED25519_SHA256, pieces, 3, &digest);
    expect_digest(&digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hash_pieces(SUITE_SM2_SM3, pieces, 3, &digest);
    expect_digest(&digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    hash_sm3(bytes_of("abc"), &digest);
    expect_digest(&digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    hash_pieces(SUITE_ED25519_SHA256, NULL, 0, &digest);
    expect_digest(&digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

// RFC 6962 by its own words: the root of n > 1 leaves is H(0x01 ‖ first k ‖ others).
static void define_root(enum suite suite, const struct digest *leaves, size_t count,
                        struct digest *out_root)
{
    if (count == 1) {
        *out_root = leaves[0];
        return;
    }
    size_t first = 1;
    while (first * 2 < count) {
        first *= 2;
    }
    struct digest left;
    struct digest right;
    define_root(suite, leaves, first, &left);
    define_root(suite, leaves + first, count - first, &right);
    struct bytes pieces[] = {
        {(const uint8_t[]){0x01}, 1}, {left.bytes, DIGEST_BYTES}, {right.bytes, DIGEST_BYTES}};
    hash_pieces(suite, pieces, 3, out_root);
}

static struct digest *make_leaves(struct arena *arena, size_t count)
{
    struct digest *leaves = arena_take_array(arena, count, sizeof *leaves);
    for (size_t i = 0; i < count; i++) {
        text_put_u32(leaves[i].bytes, (uint32_t)i);
    }
    return leaves;
}

// By itself, with nothing proven before.
static bool proves(enum suite suite, const struct digest *leaf, const struct tree_place *place,
                   const struct digest *root)
{
    struct tree_proven nothing = {.any = false};
    return tree_prove(suite, leaf, place, root, &nothing);
}

static void expect_all_paths(enum suite suite, const struct digest *leaves, size_t count,
                             struct arena *arena)
{
    struct digest path[LIMIT_PATH + 1];
    struct tree *tree = tree_new(suite, leaves, count, arena);
    for (size_t i = 0; i < count; i++) {
        size_t length = tree_path(tree, i, path);
        struct tree_place place = {(uint32_t)i, (uint32_t)count, path[0].bytes, length};
        assert_true(proves(suite, &leaves[i], &place, tree_root(tree)));
        place.path_count = length + 1;
        assert_false(proves(suite, &leaves[i], &place, tree_root(tree)));
        if (length > 0) {
            place.path_count = length - 1;
            assert_false(proves(suite, &leaves[i], &place, tree_root(tree)));
        }
    }
}

static void every_tree_up_to_70_leaves_is_that_of_rfc_6962(void **state)
{
    struct arena *arena = *state;
    for (size_t s = 0; s < 2; s++) {
        for (size_t count = 1; count <= 70; count++) {
            struct digest *leaves = make_leaves(arena, count);
            struct digest expected;
            struct digest root;
            define_root(suites[s], leaves, count, &expected);
            tree_root_of(suites[s], leaves, count, &root);
            assert_memory_equal(root.bytes, expected.bytes, DIGEST_BYTES);
            assert_memory_equal(tree_root(tree_new(suites[s], leaves, count, arena))->bytes,
                                expected.bytes, DIGEST_BYTES);
            expect_all_paths(suites[s], leaves, count, arena);
        }
    }
}

static void largest_tree_has_paths_of_16(void **state)
{
    struct arena *arena = *state;
    struct digest *leaves = make_leaves(arena, LIMIT_LEAVES);
    struct digest path[LIMIT_PATH];
    struct tree *tree = tree_new(SUITE_ED25519_SHA256, leaves, LIMIT_LEAVES, arena);
    const struct tree_place place = {40000, LIMIT_LEAVES, path[0].bytes, LIMIT_PATH};
    assert_int_equal(tree_path(tree, 40000, path), LIMIT_PATH);
    assert_true(proves(SUITE_ED25519_SHA256, &leaves[40000], &place, tree_root(tree)));
    tree = tree_new(SUITE_ED25519_SHA256, leaves, LIMIT_LEAVES - 1, arena);
    assert_int_equal(tree_path(tree, LIMIT_LEAVES - 2, path), LIMIT_PATH - 1);
}

static void tree_does_not_fit_a_full_arena(void **state)
{
    (void)state;
    struct arena *arena;
    struct digest leaves[40] = {0};
    assert_int_equal(arena_new(2048, &arena), 0);
    assert_null(tree_new(SUITE_SM2_SM3, leaves, 40, arena));
    arena_free(&arena);
}

static void empty_and_outsized_trees_stop_nobody(void **state)
{
    struct arena *arena = *state;
    struct digest root;
    tree_root_of(SUITE_ED25519_SHA256, NULL, 0, &root);
    expect_digest(&root, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_null(tree_new(SUITE_ED25519_SHA256, &root, 0, arena));
    assert_null(tree_new(SUITE_ED25519_SHA256, &root, LIMIT_LEAVES + 1, arena));
}

// Every pair of leaves of every small tree, one proven after the other: the second is judged as it would be by itself, whatever
// byte of leaf or path is wrong.
static void leaf_is_judged_alike_after_any_other(void **state)
{
    struct arena *arena = *state;
    for (uint32_t count = 1; count <= 13; count++) {
        struct digest *leaves = make_leaves(arena, count);
        struct tree *tree = tree_new(SUITE_ED25519_SHA256, leaves, count, arena);
        for (uint32_t pair = 0; pair < count * count; pair++) {
            struct digest paths[2][LIMIT_PATH];
            const uint32_t first = pair / count;
            const uint32_t second = pair % count;
            const struct tree_place before = {first, count, paths[0][0].bytes,
                                              tree_path(tree, first, paths[0])};
            const struct tree_place place = {second, count, paths[1][0].bytes,
                                             tree_path(tree, second, paths[1])};
            struct tree_proven proven = {.any = false};
            assert_true(tree_prove(SUITE_ED25519_SHA256, &leaves[first], &before, tree_root(tree),
                                   &proven));
            for (size_t step = 0; step < place.path_count; step++) {
                paths[1][step].bytes[step] ^= 1;
                assert_false(tree_prove(SUITE_ED25519_SHA256, &leaves[second], &place,
                                        tree_root(tree), &proven));
                paths[1][step].bytes[step] ^= 1;
            }
            leaves[second].bytes[31] ^= 1;
            assert_false(tree_prove(SUITE_ED25519_SHA256, &leaves[second], &place, tree_root(tree),
                                    &proven));
            leaves[second].bytes[31] ^= 1;
            assert_true(tree_prove(SUITE_ED25519_SHA256, &leaves[second], &place, tree_root(tree),
                                   &proven));
        }
    }
}

static void path_proves_nothing_at_another_index_or_count(void **state)
{
    struct arena *arena = *state;
    struct digest *leaves = make_leaves(arena, 7);
    struct digest path[LIMIT_PATH];
    struct tree *tree = tree_new(SUITE_SM2_SM3, leaves, 7, arena);
    size_t length = tree_path(tree, 3, path);
    for (uint32_t count = 0; count < 10; count++) {
        for (uint32_t index = 0; index < 10; index++) {
            const struct tree_place place = {index, count, path[0].bytes, length};
            // A path tells left from right only; 5 to 8 leaves have the same shape above the fourth
            // of them.
            assert_int_equal(proves(SUITE_SM2_SM3, &leaves[3], &place, tree_root(tree)),
                             index == 3 && count >= 5 && count <= 8);
        }
    }
}

static void leaf_and_commitment_are_what_the_protocol_says(void **state)
{
    struct arena *arena = *state;
    static const size_t sizes[] = {
        0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5};
    uint8_t salt[SALT_BYTES];
    sample_salt(3, salt);
    for (size_t s = 0; s < 2; s++) {
        struct digest digest;
        struct digest expected;
        struct bytes leaf[] = {
            {(const uint8_t[]){0x00}, 1}, {salt, SALT_BYTES}, bytes_of("header")};
        tree_leaf(suites[s], salt, bytes_of("header"), &digest);
        hash_pieces(suites[s], leaf, 3, &expected);
        assert_memory_equal(digest.bytes, expected.bytes, DIGEST_BYTES);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            uint8_t *content = arena_take(arena, sizes[i]);
            struct digest chunks[4];
            size_t count = 0;
            for (size_t at = 0; at < sizes[i] || count == 0; at += CHUNK_BYTES) {
                size_t size = sizes[i] - at < CHUNK_BYTES ? sizes[i] - at : CHUNK_BYTES;
                struct bytes chunk[] = {{(const uint8_t[]){0x00}, 1}, {content + at, size}};
                hash_pieces(suites[s], chunk, 2, &chunks[count++]);
            }
            uint8_t size[8];
            struct digest root;
            text_put_u64(size, sizes[i]);
            define_root(suites[s], chunks, count, &root);
            struct bytes whole[] = {
                {(const uint8_t[]){0x02}, 1}, {salt, SALT_BYTES}, {size, 8}, {root.bytes, 32}};
            hash_pieces(suites[s], whole, 4, &expected);
            tree_commitment(suites[s], salt, (struct bytes){content, sizes[i]}, &digest);
            assert_memory_equal(digest.bytes, expected.bytes, DIGEST_BYTES);
        }
    }
}

static void fixed_form_goes_both_ways(void **state)
{
    (void)state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct seal seal = sample_seal_of(&key, &(struct digest){{9}}, 65536);
    uint8_t sealed[SEAL_BYTES] = {0};
    uint8_t again[SEAL_SIGNED_BYTES];
    struct seal back;
    seal.domain = SEAL_TEST;
    seal.at = -5;
    strcpy(seal.agency, "abcdefghijklmnopqrstuvwxyz012345");
    seal_encode(&seal, sealed);
    assert_memory_equal(sealed, "liaison-test-01\0\1\0\0\0\0\1\0\0abc", 27);
    assert_true(seal_decode(sealed, &back));
    assert_int_equal(back.domain, SEAL_TEST);
    assert_int_equal(back.count, 65536);
    assert_string_equal(back.agency, seal.agency);
    assert_true(back.epoch == seal.epoch && back.turn == 77 && back.at == -5);
    assert_memory_equal(back.root.bytes, seal.root.bytes, DIGEST_BYTES);
    assert_memory_equal(back.head.bytes, seal.head.bytes, DIGEST_BYTES);
    seal_encode(&back, again);
    assert_memory_equal(again, sealed, SEAL_SIGNED_BYTES);
    sample_key_free(&key);
}

struct wrong_byte {
    size_t at;
    uint8_t value;
};

static void impossible_fields_are_refused(void **state)
{
    (void)state;
    static const struct wrong_byte wrong[] = {
        {0, 'L'},  {8, 'T'}, {13, '1'}, {14, '2'}, {15, 1},   {16, 0},   {16, 3},
        {16, 255}, {17, 1},  {18, 1},   {19, 1},   {20, 1},   {21, 1},   {23, 0},
        {24, 'Y'}, {24, 0},  {24, '1'}, {30, 0},   {55, 'x'}, {36, '_'},
    };
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct seal seal = sample_seal_of(&key, &(struct digest){{9}}, 1);
    uint8_t sealed[SEAL_BYTES] = {0};
    struct seal back = {.turn = 4711};
    seal_encode(&seal, sealed);
    assert_true(seal_decode(sealed, &back));
    back.turn = 4711;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t changed[SEAL_BYTES];
        memcpy(changed, sealed, SEAL_BYTES);
        changed[wrong[i].at] = wrong[i].value;
        assert_false(seal_decode(changed, &back));
        assert_true(back.turn == 4711);
    }
    sample_key_free(&key);
}

static void each_changed_byte_breaks_the_signature(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        struct seal seal = sample_seal_of(&key, &(struct digest){{9}}, 5);
        uint8_t sealed[SEAL_BYTES];
        sample_seal(&key, &seal, sealed);
        assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_OK);
        for (size_t i = 0; i < SEAL_BYTES; i++) {
            sealed[i] ^= (uint8_t)(1 << (i % 8));
            assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_BAD);
            sealed[i] ^= (uint8_t)(1 << (i % 8));
        }
        assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_OK);
        sample_key_free(&key);
    }
}

static void key_of_another_suite_does_not_verify(void **state)
{
    (void)state;
    struct sample_key ed25519 = sample_key_new(SUITE_ED25519_SHA256);
    struct sample_key sm2 = sample_key_new(SUITE_SM2_SM3);
    struct seal seal = sample_seal_of(&ed25519, &(struct digest){{9}}, 5);
    uint8_t sealed[SEAL_BYTES];
    sample_seal(&ed25519, &seal, sealed);
    assert_int_equal(seal_key_check(sealed, sm2.public_key), SEAL_KEY_BAD);
    // Suite and key id name the SM2 key, but Ed25519 signed.
    seal.suite = SUITE_SM2_SM3;
    memcpy(seal.key_id, seal_key_id(sm2.public_key), KEY_ID_BYTES);
    sample_seal(&ed25519, &seal, sealed);
    assert_int_equal(seal_key_check(sealed, sm2.public_key), SEAL_KEY_BAD);
    assert_int_equal(seal_key_check(sealed, ed25519.public_key), SEAL_KEY_BAD);
    sample_key_free(&ed25519);
    sample_key_free(&sm2);
}

// The signature is good; only what the seal says of its key is not.
static void seal_that_misnames_its_key_does_not_verify(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        struct seal seal = sample_seal_of(&key, &(struct digest){{9}}, 5);
        uint8_t sealed[SEAL_BYTES];
        seal.key_id[0] ^= 1;
        sample_seal(&key, &seal, sealed);
        assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_BAD);
        seal.key_id[0] ^= 1;
        seal.suite = suites[1 - s];
        sample_seal(&key, &seal, sealed);
        assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_BAD);
        seal.suite = suites[s];
        sample_seal(&key, &seal, sealed);
        assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_OK);
        sample_key_free(&key);
    }
}

// OpenSSL signs with an empty id where none is set; such a seal would hold nowhere else.
static void sm2_signature_with_another_id_is_refused(void **state)
{
    (void)state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct seal seal = sample_seal_of(&key, &(struct digest){{9}}, 5);
    uint8_t sealed[SEAL_BYTES];
    seal_encode(&seal, sealed);
    sample_sign(&key, (struct bytes){sealed, SEAL_SIGNED_BYTES}, "", sealed + SEAL_SIGNED_BYTES);
    assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_BAD);
    sample_sign(&key, (struct bytes){sealed, SEAL_SIGNED_BYTES}, "1234567812345679",
                sealed + SEAL_SIGNED_BYTES);
    assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_BAD);
    sample_sign(&key, (struct bytes){sealed, SEAL_SIGNED_BYTES}, SM2_ID,
                sealed + SEAL_SIGNED_BYTES);
    assert_int_equal(seal_key_check(sealed, key.public_key), SEAL_KEY_OK);
    sample_key_free(&key);
}

// GM/T 0003.5: shows that our r ‖ s, key form and id are those of the standard, whatever OpenSSL
// thinks of itself.
static void signature_example_of_the_standard_verifies(void **state)
{
    (void)state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    uint8_t raw[SEAL_SIGNATURE_BYTES];
    uint8_t der[72];
    sample_hex("f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
               "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
               raw);
    size_t size = sm2_to_der(raw, der);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *settings = NULL;
    assert_int_equal(
        EVP_DigestVerifyInit_ex(context, &settings, "SM3", NULL, NULL, key.private_key, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_id(settings, SM2_ID, 16), 1);
    assert_int_equal(EVP_DigestVerify(context, der, size, (const uint8_t *)"message digest", 14),
                     1);
    EVP_MD_CTX_free(context);
    sample_key_free(&key);
}

static void key_id_is_the_front_of_sm3(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        uint8_t input[66] = {(uint8_t)suites[s]};
        struct digest digest;
        size_t size = suite_key_bytes(suites[s]);
        memcpy(input + 1, key.raw, size);
        hash_sm3((struct bytes){input, size + 1}, &digest);
        assert_memory_equal(seal_key_id(key.public_key), digest.bytes, KEY_ID_BYTES);
        assert_int_equal(seal_key_suite(key.public_key), suites[s]);
        sample_key_free(&key);
    }
}

static void expect_bad_key(enum suite suite, const char *hex)
{
    uint8_t raw[80];
    struct seal_key *key = NULL;
    sample_hex(hex, raw);
    assert_int_equal(seal_key_new(suite, (struct bytes){raw, strlen(hex) / 2}, &key), SEAL_KEY_BAD);
    assert_null(key);
    seal_key_free(&key);
}

static void keys_that_are_none_are_refused(void **state)
{
    (void)state;
    expect_bad_key(SUITE_NONE, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    expect_bad_key(SUITE_ED25519_SHA256,
                   "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751");
    expect_bad_key(SUITE_ED25519_SHA256, "");
    expect_bad_key(SUITE_ED25519_SHA256,
                   "0000000000000000000000000000000000000000000000000000000000000000");
    expect_bad_key(SUITE_ED25519_SHA256,
                   "0100000000000000000000000000000000000000000000000000000000000080");
    expect_bad_key(SUITE_ED25519_SHA256,
                   "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85");
    expect_bad_key(SUITE_ED25519_SHA256,
                   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f");
    // Not on the curve, compressed, hybrid, infinity, x = p.
    expect_bad_key(SUITE_SM2_SM3,
                   "0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad14");
    expect_bad_key(SUITE_SM2_SM3,
                   "0309f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020");
    expect_bad_key(SUITE_SM2_SM3,
                   "0709f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
    expect_bad_key(SUITE_SM2_SM3, "00");
    expect_bad_key(SUITE_SM2_SM3,
                   "04fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"
                   "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
}

static bool reads_der(const char *hex)
{
    uint8_t der[200];
    uint8_t raw[SEAL_SIGNATURE_BYTES];
    sample_hex(hex, der);
    return sm2_from_der((struct bytes){der, strlen(hex) / 2}, raw);
}

static void only_minimal_der_in_range_is_read(void **state)
{
    (void)state;
    assert_true(reads_der("3006020101020102"));
    assert_true(reads_der("300702020080020102"));
    assert_false(reads_der("300702020001020102")); // padded without need
    assert_false(reads_der("3006020180020102"));   // negative
    assert_false(reads_der("3006020100020102"));   // zero
    assert_false(reads_der("3006020101020100"));
    assert_false(reads_der("300602010102010200"));   // something follows
    assert_false(reads_der("3007020101020102"));     // ends too early
    assert_false(reads_der("300702010102010200"));   // something follows inside
    assert_false(reads_der("30810602010102010200")); // long form of the length
    assert_false(reads_der("3006020101030102"));     // not an INTEGER
    assert_false(reads_der("3106020101020102"));     // not a SEQUENCE
    assert_false(reads_der("300502000201020000"));   // empty INTEGER
    assert_false(reads_der("3003020101"));           // one number
    assert_false(reads_der(""));
    // r = n, and n - 1 which is the largest
    assert_false(reads_der(
        "3026022100fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123020102"));
    assert_true(reads_der(
        "3026022100fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122020102"));
}

static void der_goes_both_ways(void **state)
{
    (void)state;
    uint8_t raw[SEAL_SIGNATURE_BYTES] = {0};
    uint8_t back[SEAL_SIGNATURE_BYTES];
    uint8_t der[72];
    assert_int_equal(sm2_to_der(raw, der), 0);
    for (size_t i = 0; i < 32; i++) {
        for (unsigned value = 1; value < 256; value += 127) {
            memset(raw, 0, sizeof raw);
            raw[i] = (uint8_t)(i == 0 && value == 255 ? 254 : value);
            raw[63 - i] = (uint8_t)(i == 31 && value == 255 ? 254 : value);
            size_t size = sm2_to_der(raw, der);
            assert_true(size >= 8 && size <= 72);
            assert_true(sm2_from_der((struct bytes){der, size}, back));
            assert_memory_equal(raw, back, sizeof raw);
            for (size_t cut = 0; cut < size; cut++) {
                assert_false(sm2_from_der((struct bytes){der, cut}, back));
            }
        }
    }
    memset(raw, 0xff, sizeof raw);
    assert_int_equal(sm2_to_der(raw, der), 0);
}

static void *hash_and_verify(void *data)
{
    struct sample_key *key = data;
    struct seal seal = sample_seal_of(key, &(struct digest){{9}}, 5);
    uint8_t sealed[SEAL_BYTES];
    sample_seal(key, &seal, sealed);
    for (int i = 0; i < 50; i++) {
        struct digest digest;
        hash_sm3(bytes_of("abc"), &digest);
        expect_digest(&digest, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
        assert_int_equal(seal_key_check(sealed, key->public_key), SEAL_KEY_OK);
    }
    return NULL;
}

static void threads_share_a_key(void **state)
{
    (void)state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        pthread_t threads[4];
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, hash_and_verify, &key), 0);
        }
        for (size_t i = 0; i < 4; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
        }
        sample_key_free(&key);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suites_have_names_and_key_sizes),
        cmocka_unit_test(hashes_of_abc_are_those_of_the_standards),
        with_arena(every_tree_up_to_70_leaves_is_that_of_rfc_6962),
        with_arena(largest_tree_has_paths_of_16),
        cmocka_unit_test(tree_does_not_fit_a_full_arena),
        with_arena(empty_and_outsized_trees_stop_nobody),
        with_arena(leaf_is_judged_alike_after_any_other),
        with_arena(path_proves_nothing_at_another_index_or_count),
        with_arena(leaf_and_commitment_are_what_the_protocol_says),
        cmocka_unit_test(fixed_form_goes_both_ways),
        cmocka_unit_test(impossible_fields_are_refused),
        cmocka_unit_test(each_changed_byte_breaks_the_signature),
        cmocka_unit_test(key_of_another_suite_does_not_verify),
        cmocka_unit_test(seal_that_misnames_its_key_does_not_verify),
        cmocka_unit_test(sm2_signature_with_another_id_is_refused),
        cmocka_unit_test(signature_example_of_the_standard_verifies),
        cmocka_unit_test(key_id_is_the_front_of_sm3),
        cmocka_unit_test(keys_that_are_none_are_refused),
        cmocka_unit_test(only_minimal_der_in_range_is_read),
        cmocka_unit_test(der_goes_both_ways),
        cmocka_unit_test(threads_share_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
