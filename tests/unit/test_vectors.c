// SPDX-License-Identifier: Apache-2.0
//
// The golden bytes of tests/vectors, made anew from fixed keys, salts and ids and compared. Run
// from the top of the tree. With the argument --write it writes them instead, which is a change of
// the protocol.
#include "unit/samples.h"

#include <stdio.h>

#include "wire/envelope_card.h"
#include "wire/tree.h"

enum { LINE_BYTES = 32, SIGNATURE_AT = 4 + SEAL_SIGNED_BYTES };

struct vector {
    const char *path;
    enum suite suite;
    struct bytes (*make)(struct arena *arena, const struct sample_key *key);
};

// The second of three leaves has a path of two steps, the third a path of one.
static struct bytes make_second_leaf(struct arena *arena, const struct sample_key *key)
{
    return sample_notice(arena, key, 1)->alone;
}

static struct bytes make_third_leaf(struct arena *arena, const struct sample_key *key)
{
    return sample_notice(arena, key, 2)->alone;
}

static struct bytes make_card(struct arena *arena, const struct sample_key *key)
{
    return sample_card(arena, key, NULL);
}

static const struct vector statements[] = {
    {"tests/vectors/statement-ed25519-sha256-1.hex", SUITE_ED25519_SHA256, make_second_leaf},
    {"tests/vectors/statement-sm2-sm3-1.hex", SUITE_SM2_SM3, make_third_leaf},
};

static const struct vector cards[] = {
    {"tests/vectors/card-ed25519-sha256-1.hex", SUITE_ED25519_SHA256, make_card},
    {"tests/vectors/card-sm2-sm3-1.hex", SUITE_SM2_SM3, make_card},
};

static const char trees_path[] = "tests/vectors/trees-1.txt";

static char *read_text(struct arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    char *text = arena_take(arena, 1 << 20);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[size] = '\0';
    return text;
}

static struct bytes read_hex(struct arena *arena, const char *path)
{
    char *text = read_text(arena, path);
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from != '\n') {
            *to++ = *from;
        }
    }
    *to = '\0';
    size_t size = strlen(text) / 2;
    uint8_t *data = arena_take(arena, size);
    assert_true(text_parse_hex(text, data, size));
    return (struct bytes){.data = data, .size = size};
}

// An SM2 signature is new each time; everything it covers is not.
static void expect_golden(struct bytes golden, struct bytes made, enum suite suite)
{
    assert_int_equal(golden.size, made.size);
    assert_memory_equal(golden.data, made.data, SIGNATURE_AT);
    size_t after = SIGNATURE_AT + (suite == SUITE_SM2_SM3 ? SEAL_SIGNATURE_BYTES : 0);
    assert_memory_equal(golden.data + after, made.data + after, golden.size - after);
}

static void expect_reencoded(struct arena *arena, struct bytes golden)
{
    const uint8_t *sealed;
    struct envelope envelope;
    struct seal seal;
    uint8_t again[SEAL_SIGNED_BYTES];
    assert_int_equal(envelope_decode_alone(golden, &sealed, &envelope), ENVELOPE_OK);
    assert_true(seal_decode(sealed, &seal));
    seal_encode(&seal, again);
    assert_memory_equal(again, sealed, sizeof again);
    struct bytes encoded = envelope_encode_alone(sealed, &envelope, arena);
    assert_int_equal(encoded.size, golden.size);
    assert_memory_equal(encoded.data, golden.data, golden.size);
}

static void golden_statements_verify_and_are_made_again(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        struct sample_key key = sample_key_new(statements[i].suite);
        struct bytes golden = read_hex(arena, statements[i].path);
        Wire__Header *header;
        assert_int_equal(sample_open(golden, key.public_key, arena, &header), ENVELOPE_OK);
        assert_string_equal(header->kind, "lead.notice");
        expect_reencoded(arena, golden);
        expect_golden(golden, statements[i].make(arena, &key), statements[i].suite);
        sample_key_free(&key);
    }
}

static void golden_cards_open_and_are_made_again(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++) {
        struct sample_key key = sample_key_new(cards[i].suite);
        struct bytes golden = read_hex(arena, cards[i].path);
        Wire__Header *header;
        Wire__Card *card;
        assert_int_equal(envelope_card_open(golden, SEAL_REAL, arena, NULL, &header, &card),
                         ENVELOPE_OK);
        assert_string_equal(card->name, "叶城县市场监督管理局");
        expect_reencoded(arena, golden);
        expect_golden(golden, cards[i].make(arena, &key), cards[i].suite);
        sample_key_free(&key);
    }
}

static char *add_digest_line(struct arena *arena, const char *text, const char *what,
                             enum suite suite, size_t number, const struct digest *digest)
{
    const char *hash = suite == SUITE_SM2_SM3 ? "sm3" : "sha256";
    return arena_format(arena, "%s%s %s %zu %s\n", text, what, hash, number,
                        text_hex(arena, (struct bytes){digest->bytes, DIGEST_BYTES}));
}

// Leaf i is u32 i and 28 zero bytes; byte i of a content is i modulo 251; the salt is 40 41 42 …
// 4f.
static char *make_trees(struct arena *arena)
{
    static const size_t counts[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 100, 255, 256, 257};
    static const size_t sizes[] = {
        0, 1, 251, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES};
    char *text = arena_format(arena, "%s", "");
    uint8_t *content = arena_take(arena, 2 * CHUNK_BYTES);
    struct digest *leaves = arena_take_array(arena, 257, sizeof *leaves);
    uint8_t salt[SALT_BYTES];
    struct digest digest;
    sample_salt(0x40, salt);
    for (size_t i = 0; i < 2 * CHUNK_BYTES; i++) {
        content[i] = (uint8_t)(i % 251);
    }
    for (size_t i = 0; i < 257; i++) {
        text_put_u32(leaves[i].bytes, (uint32_t)i);
    }
    for (enum suite suite = SUITE_ED25519_SHA256; suite <= SUITE_SM2_SM3; suite++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            tree_root_of(suite, leaves, counts[i], &digest);
            text = add_digest_line(arena, text, "root", suite, counts[i], &digest);
        }
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            tree_commitment(suite, salt, (struct bytes){content, sizes[i]}, &digest);
            text = add_digest_line(arena, text, "commitment", suite, sizes[i], &digest);
        }
    }
    return text;
}

static void golden_trees_are_made_again(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(read_text(arena, trees_path), make_trees(arena));
}

static void write_hex(struct arena *arena, const struct vector *vector)
{
    struct sample_key key = sample_key_new(vector->suite);
    struct bytes made = vector->make(arena, &key);
    FILE *file = fopen(vector->path, "wb");
    assert_non_null(file);
    for (size_t i = 0; i < made.size; i += LINE_BYTES) {
        size_t size = made.size - i < LINE_BYTES ? made.size - i : LINE_BYTES;
        fprintf(file, "%s\n", text_hex(arena, (struct bytes){made.data + i, size}));
    }
    assert_int_equal(fclose(file), 0);
    sample_key_free(&key);
}

static void write_all(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < 2; i++) {
        write_hex(arena, &statements[i]);
        write_hex(arena, &cards[i]);
    }
    FILE *file = fopen(trees_path, "wb");
    assert_non_null(file);
    fputs(make_trees(arena), file);
    assert_int_equal(fclose(file), 0);
}

int main(int argument_count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        with_arena(golden_statements_verify_and_are_made_again),
        with_arena(golden_cards_open_and_are_made_again),
        with_arena(golden_trees_are_made_again),
    };
    const struct CMUnitTest writing[] = {with_arena(write_all)};
    if (argument_count == 2 && strcmp(arguments[1], "--write") == 0) {
        return cmocka_run_group_tests(writing, NULL, NULL);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
