// SPDX-License-Identifier: Apache-2.0
#include "unit/samples.h"

#include <jansson.h>

#include "wire/pem.h"
#include "wire/seal_key.h"
#include "lib/bundle.h"
#include "liaison/liaison.h"

static const char *verdict_of(const json_t *report, size_t index)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(report, "statements"), index), "verdict"));
}

static bool is_trusted(const json_t *report, size_t index)
{
    return json_is_true(
        json_object_get(json_array_get(json_object_get(report, "statements"), index), "trusted"));
}

static json_t *verify(const char *bundle, const char *cards, enum liaison_outcome expected)
{
    char *text = NULL;
    assert_int_equal(liaison_verify(bundle, strlen(bundle), cards, &text), expected);
    json_t *report = json_loads(text, 0, NULL);
    assert_non_null(report);
    liaison_free(text);
    return report;
}

static const char *pem(struct arena *arena, struct bytes bytes, const char *label)
{
    const char *text = pem_format(bytes, label, arena);
    assert_non_null(text);
    return text;
}

static void judge_suite(struct arena *arena, enum suite suite)
{
    struct sample_key key = sample_key_new(suite);
    const char *card = pem(arena, sample_card(arena, &key, NULL), BUNDLE_CARD);
    const char *statement = pem(arena, sample_notice(arena, &key, 1)->alone, BUNDLE_STATEMENT);
    const char *bundle = arena_format(arena, "%s%s", card, statement);
    json_t *report = verify(bundle, NULL, LIAISON_DONE);
    assert_string_equal(verdict_of(report, 0), "ok");
    assert_false(is_trusted(report, 0));
    json_decref(report);
    report = verify(statement, card, LIAISON_DONE);
    assert_true(is_trusted(report, 0));
    json_decref(report);
    report = verify(statement, NULL, LIAISON_REFUSED);
    assert_string_equal(verdict_of(report, 0), "unknown-agency");
    json_decref(report);
    sample_key_free(&key);
}

static void a_bundle_verifies_in_both_suites(void **state)
{
    judge_suite(*state, SUITE_ED25519_SHA256);
    judge_suite(*state, SUITE_SM2_SM3);
}

// Whoever has a card that he compared must not be fooled by another of the same agency inside the
// bundle.
static void a_card_in_the_bundle_does_not_outvote_a_trusted_one(void **state)
{
    struct arena *arena = *state;
    struct sample_key forger = sample_key_new(SUITE_ED25519_SHA256);
    struct sample_key honest = sample_key_new(SUITE_SM2_SM3);
    const char *trusted = pem(arena, sample_card(arena, &honest, NULL), BUNDLE_CARD);
    const char *bundle =
        arena_format(arena, "%s%s", pem(arena, sample_card(arena, &forger, NULL), BUNDLE_CARD),
                     pem(arena, sample_notice(arena, &forger, 0)->alone, BUNDLE_STATEMENT));
    json_t *report = verify(bundle, trusted, LIAISON_REFUSED);
    assert_string_equal(verdict_of(report, 0), "unknown-agency");
    json_decref(report);
    sample_key_free(&forger);
    sample_key_free(&honest);
}

static void every_changed_byte_shows(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    const char *card = pem(arena, sample_card(arena, &key, NULL), BUNDLE_CARD);
    struct bytes alone = sample_notice(arena, &key, 1)->alone;
    uint8_t *changed = malloc(alone.size);
    assert_non_null(changed);
    for (size_t i = 0; i < alone.size; i += 7) {
        char *text = NULL;
        memcpy(changed, alone.data, alone.size);
        changed[i] ^= 1;
        assert_int_equal(liaison_verify(changed, alone.size, card, &text), LIAISON_REFUSED);
        liaison_free(text);
    }
    free(changed);
    sample_key_free(&key);
}

static void every_cut_shows(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    const char *card = pem(arena, sample_card(arena, &key, NULL), BUNDLE_CARD);
    struct bytes alone = sample_notice(arena, &key, 1)->alone;
    for (size_t size = 0; size < alone.size; size += 11) {
        char *text = NULL;
        assert_int_equal(liaison_verify(alone.data, size, card, &text), LIAISON_REFUSED);
        liaison_free(text);
    }
    sample_key_free(&key);
}

static void damaged_blocks_are_counted_not_skipped(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    const char *card = pem(arena, sample_card(arena, &key, NULL), BUNDLE_CARD);
    const char *statement = pem(arena, sample_notice(arena, &key, 1)->alone, BUNDLE_STATEMENT);
    const char *bundle = arena_format(
        arena, "%s%s-----BEGIN LIAISON STATEMENT-----\n!!!\n-----END LIAISON STATEMENT-----\n",
        card, statement);
    json_t *report = verify(bundle, NULL, LIAISON_REFUSED);
    assert_string_equal(verdict_of(report, 0), "ok");
    assert_string_equal(verdict_of(report, 1), "malformed");
    json_decref(report);
    sample_key_free(&key);
}

static void notes_between_blocks_are_ignored(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    const char *bundle = arena_format(
        arena, "案卷一\n%s注\n%s完\n", pem(arena, sample_card(arena, &key, NULL), BUNDLE_CARD),
        pem(arena, sample_notice(arena, &key, 2)->alone, BUNDLE_STATEMENT));
    json_t *report = verify(bundle, NULL, LIAISON_DONE);
    assert_int_equal(json_array_size(json_object_get(report, "statements")), 1);
    json_decref(report);
    sample_key_free(&key);
}

static void a_card_shows_its_key_id(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct bytes card = sample_card(arena, &key, NULL);
    char *text = NULL;
    assert_int_equal(liaison_card(card.data, card.size, &text), LIAISON_DONE);
    assert_non_null(
        strstr(text, text_hex(arena, (struct bytes){seal_key_id(key.public_key), KEY_ID_BYTES})));
    assert_non_null(strstr(text, "\"suite_name\":\"sm2-sm3\""));
    liaison_free(text);
    sample_key_free(&key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(a_bundle_verifies_in_both_suites),
        with_arena(a_card_in_the_bundle_does_not_outvote_a_trusted_one),
        with_arena(every_changed_byte_shows),
        with_arena(every_cut_shows),
        with_arena(damaged_blocks_are_counted_not_skipped),
        with_arena(notes_between_blocks_are_ignored),
        with_arena(a_card_shows_its_key_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
