// SPDX-License-Identifier: Apache-2.0
//
// A file of cards and statements, some true, some not, as it is handed to liaison_verify. What is found is told for each block,
// trust comes from the caller's cards alone, and neither the order of the cards nor a second copy changes the verdict.
#include "fuzz/fuzz.h"

#include <jansson.h>

#include "fuzz/play.h"
#include "wire/pem.h"

#include "liaison/liaison.h"
#include "lib/bundle.h"

enum { MOST_STATEMENTS = 12, CARDS_ALONG = 3, CARD_GIVEN = 4 };

static const struct decode_rules rules = {.bytes = LIMIT_FRAME_BYTES, .depth = 8, .fields = LIMIT_FIELDS, .unknown = DECODE_KEEP_UNKNOWN};

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    play_open();
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    (void)input;
    *out_front = 0;
    return &play__bundle__descriptor;
}

static const char *write_cards(const struct play *play, unsigned which)
{
    const char *text = "";
    for (unsigned i = 0; i < 2; i++) {
        if ((which >> i & 1) != 0) {
            text = arena_format(play->arena, "%s%s", text, pem_format(play_other(play, i)->card, BUNDLE_CARD, play->arena));
        }
    }
    return text;
}

static struct bytes join(const struct play *play, const struct town_statement *statement)
{
    uint8_t *data = arena_take(play->arena, 4 + SEAL_BYTES + statement->body.size);
    must(data != NULL);
    memcpy(data, "LSN1", 4);
    memcpy(data + 4, statement->seal, SEAL_BYTES);
    memcpy(data + 4 + SEAL_BYTES, statement->body.data, statement->body.size);
    return (struct bytes){data, 4 + SEAL_BYTES + statement->body.size};
}

static const char *write_statements(struct play *play, const Play__Bundle *bundle)
{
    const char *text = "";
    for (size_t i = 0; i < bundle->n_statements && i < MOST_STATEMENTS; i++) {
        const struct town_statement statement = play_statement(play, bundle->statements[i]);
        text = arena_format(play->arena, "%s%s%s\n", text, pem_format(join(play, &statement), BUNDLE_STATEMENT, play->arena), bundle->note);
    }
    return text;
}

static enum liaison_outcome verify(const char *text, const char *cards, json_t **out_report)
{
    char *report = NULL;
    enum liaison_outcome outcome = liaison_verify(text, strlen(text), cards, &report);
    must(outcome == LIAISON_DONE || outcome == LIAISON_REFUSED);
    *out_report = json_loads(report, JSON_REJECT_DUPLICATES, NULL);
    must(*out_report != NULL);
    liaison_free(report);
    return outcome;
}

static bool is_ok(const json_t *report)
{
    return strcmp(json_string_value(json_object_get(report, "verdict")), "ok") == 0;
}

static void check_report(const json_t *report, enum liaison_outcome outcome, const char *trusted)
{
    const json_t *statements = json_object_get(report, "statements");
    size_t count = json_array_size(statements);
    size_t good = 0;
    for (size_t i = 0; i < count; i++) {
        const json_t *statement = json_array_get(statements, i);
        const json_t *header = json_object_get(statement, "header");
        const char *author = header == NULL ? "" : json_string_value(json_object_get(header, "author"));
        good += is_ok(statement);
        must(!is_ok(statement) || header != NULL);
        must(header == NULL || !json_is_true(json_object_get(statement, "trusted")) || strcmp(author, trusted) == 0);
    }
    must((outcome == LIAISON_DONE) == is_ok(report));
    must(outcome != LIAISON_DONE || good == count);
}

static char *flip(const char *text, uint32_t bit, struct arena *arena)
{
    size_t size = strlen(text);
    char *changed = arena_copy_text(arena, text);
    if (bit > 0 && size > 0) {
        changed[(bit - 1) / 8 % size] ^= (char)(1 << (bit - 1) % 8);
    }
    return changed;
}

static void check_bundle(struct play *play, const Play__Bundle *bundle)
{
    const char *given = (bundle->cards & CARD_GIVEN) == 0 ? "" : write_cards(play, 1);
    const char *trusted = given[0] == '\0' ? "" : play_other(play, 0)->id;
    const char *cards = write_cards(play, bundle->cards & CARDS_ALONG);
    const char *statements = write_statements(play, bundle);
    const char *text = arena_format(play->arena, "%s%s", cards, statements);
    json_t *report;
    enum liaison_outcome outcome = verify(text, given, &report);
    check_report(report, outcome, trusted);
    json_decref(report);
    // A note that begins a block takes what follows into it.
    if (strstr(bundle->note, "-----") == NULL) {
        must(verify(arena_format(play->arena, "%s%s", statements, cards), given, &report) == outcome);
        json_decref(report);
        must(verify(arena_format(play->arena, "%s%s", text, text), given, &report) == outcome);
        json_decref(report);
    }
    outcome = verify(flip(text, bundle->flip, play->arena), given, &report);
    check_report(report, outcome, trusted);
    json_decref(report);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct arena *arena;
    ProtobufCMessage *message;
    struct play play;
    must(arena != NULL || arena_new(64 << 20, &arena) == 0);
    arena_reset(arena);
    if (decode_message(&play__bundle__descriptor, (struct bytes){data, size}, &rules, arena, NULL, &message) != DECODE_OK) {
        return 0;
    }
    play_begin(&play, PLAY_BUREAU, 0);
    check_bundle(&play, (const Play__Bundle *)message);
    play_end(&play);
    return 0;
}
