// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdio.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bundle.h"
#include "lib/paper.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "lib/trust.h"
#include "wire/envelope.h"
#include "wire/header.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/pem.h"
#include "wire/seal_key.h"
#include "wire/text.h"

enum {
    STATEMENT_MEMORY_BYTES = 128 << 20,
};

struct statement_seen {
    const char *author;
    uint8_t id[ID_BYTES];
    struct digest leaf;
};

struct inspection {
    struct arena *arena;   // cards, and what is remembered of statements
    struct arena *scratch; // one statement
    struct trust trust;
    struct papers *papers;
    struct statement_seen *seen;
    size_t seen_count;
    size_t seen_capacity;
    size_t refused_count;
    json_t *statement_reports;
};

// What one statement amounts to.
struct finding {
    const char *code; // NULL: it verifies
    const char *text;
    const struct trust_card *card;
    struct seal seal;
    struct digest leaf;
    struct envelope envelope;
    Wire__Header *header;
    struct bytes body;
};

// -------------------------------------------------------------------------------------- statements

static void refuse(struct finding *finding, const char *code, const char *text)
{
    if (finding->code == NULL) {
        finding->code = code;
        finding->text = text;
    }
}

static void refuse_outcome(struct finding *finding, enum envelope_outcome outcome)
{
    if (outcome != ENVELOPE_OK) {
        refuse(finding, envelope_code(outcome), trust_explain(outcome));
    }
}

static bool is_same_law(const Wire__Header *header, const struct law_pair *pairs, size_t count)
{
    if (header->n_law != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(header->law[i]->name, pairs[i].name) != 0 ||
            strcmp(header->law[i]->value, pairs[i].value) != 0) {
            return false;
        }
    }
    return true;
}

// Step 4, second half: the body is one of its kind and says what the header says that it says.
static void check_body(struct inspection *inspection, struct finding *finding)
{
    const struct kind *kind = kinds_find(finding->header->kind);
    if (kind == NULL) {
        refuse(finding, "unknown-kind", "没有这个文书种类");
        return;
    }
    if (finding->body.data == NULL || kind->descriptor == NULL) {
        return;
    }
    ProtobufCMessage *body;
    struct field_fault fault;
    struct law_pair *pairs;
    size_t count;
    if (decode_message(kind->descriptor, finding->body, &decode_body_rules, inspection->scratch,
                       NULL, &body) != DECODE_OK) {
        refuse(finding, "malformed", "正文无法解读");
    } else if (fields_check(kind, body, inspection->scratch, &fault, 1) > 0) {
        refuse(finding, fault.code, fault.text);
    } else if (!fields_lift(kind, body, inspection->scratch, &pairs, &count) ||
               !is_same_law(finding->header, pairs, count)) {
        refuse(finding, "law-pairs", "正文与文书头所载不一致");
    }
}

static struct bytes find_body(const struct envelope *envelope, const Wire__Header *header)
{
    for (size_t i = 0; i < header->n_parts && i < envelope->part_count; i++) {
        if (strcmp(header->parts[i]->role, "body") == 0 &&
            envelope->parts[i].form == PART_PRESENT) {
            return envelope->parts[i].content;
        }
    }
    return (struct bytes){NULL, 0};
}

// Steps 1 to 4 of PROTOCOL.md section 6.
static void judge(struct inspection *inspection, struct bytes content, struct finding *finding)
{
    const uint8_t *sealed;
    enum envelope_outcome outcome = content.data == NULL
                                        ? ENVELOPE_MALFORMED
                                        : envelope_decode_alone(content, &sealed, &finding->envelope);
    if (outcome != ENVELOPE_OK || !seal_decode(sealed, &finding->seal)) {
        refuse_outcome(finding, outcome == ENVELOPE_OK ? ENVELOPE_MALFORMED : outcome);
        return;
    }
    finding->card = trust_find(&inspection->trust, &finding->seal);
    if (finding->card == NULL) {
        refuse(finding, "unknown-agency", "没有可用的该机关名片");
    } else if (seal_key_check(sealed, finding->card->key) != SEAL_KEY_OK) {
        refuse_outcome(finding, ENVELOPE_SIGNATURE);
    }
    refuse_outcome(finding, envelope_prove(&finding->seal, &finding->envelope, &finding->leaf));
    outcome = header_open(&finding->seal, &finding->envelope, inspection->scratch, NULL, &finding->header);
    if (outcome != ENVELOPE_OK) {
        finding->header = NULL;
        refuse_outcome(finding, outcome);
        return;
    }
    refuse_outcome(finding, envelope_check_parts(&finding->seal, &finding->envelope, finding->header));
    finding->body = find_body(&finding->envelope, finding->header);
    check_body(inspection, finding);
}

static const struct statement_seen *find_seen(const struct inspection *inspection,
                                              const char *author, const ProtobufCBinaryData *id)
{
    for (size_t i = 0; i < inspection->seen_count; i++) {
        const struct statement_seen *seen = &inspection->seen[i];
        if (id->len == ID_BYTES && strcmp(seen->author, author) == 0 &&
            memcmp(seen->id, id->data, ID_BYTES) == 0) {
            return seen;
        }
    }
    return NULL;
}

static void check_reference(const struct inspection *inspection, const Wire__Reference *reference,
                            struct finding *finding)
{
    const struct statement_seen *seen =
        reference == NULL ? NULL : find_seen(inspection, reference->author, &reference->id);
    if (seen != NULL && (reference->leaf.len != DIGEST_BYTES ||
                         memcmp(reference->leaf.data, seen->leaf.bytes, DIGEST_BYTES) != 0)) {
        refuse(finding, "conflict", "所引文书与卷中的不是同一份");
    }
}

// Within a bundle, what a statement says of others can be held against them.
static void check_against_others(const struct inspection *inspection, struct finding *finding)
{
    const Wire__Header *header = finding->header;
    const struct statement_seen *same = find_seen(inspection, header->author, &header->id);
    if (same != NULL && memcmp(same->leaf.bytes, finding->leaf.bytes, DIGEST_BYTES) != 0) {
        refuse(finding, "conflict", "同一编号有两份不同的文书");
    }
    check_reference(inspection, header->in_reply_to, finding);
    for (size_t i = 0; i < header->n_cites; i++) {
        check_reference(inspection, header->cites[i], finding);
    }
}

static bool remember(struct inspection *inspection, const struct finding *finding)
{
    if (inspection->seen_count == inspection->seen_capacity) {
        size_t capacity = inspection->seen_capacity == 0 ? 64 : inspection->seen_capacity * 2;
        struct statement_seen *larger = reallocarray(inspection->seen, capacity, sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        inspection->seen = larger;
        inspection->seen_capacity = capacity;
    }
    struct statement_seen seen = {.author =
                                      arena_copy_text(inspection->arena, finding->header->author),
                                  .leaf = finding->leaf};
    if (seen.author == NULL || finding->header->id.len != ID_BYTES) {
        return false;
    }
    memcpy(seen.id, finding->header->id.data, ID_BYTES);
    inspection->seen[inspection->seen_count++] = seen;
    return true;
}

static json_t *report(const struct inspection *inspection, const struct finding *finding)
{
    bool is_trusted = finding->card != NULL && finding->card->source == TRUST_CALLER;
    json_t *json =
        json_pack("{s:s, s:s, s:b}", "verdict", finding->code == NULL ? "ok" : finding->code,
                  "text", finding->code == NULL ? "" : finding->text, "trusted", (int)is_trusted);
    if (finding->header == NULL) {
        return json;
    }
    const struct seal *seal = &finding->seal;
    char sealed_at[RENDERING_INSTANT_BYTES];
    rendering_instant(seal->at, sealed_at);
    const char *key_id = text_hex(inspection->scratch, (struct bytes){seal->key_id, KEY_ID_BYTES});
    const char *leaf =
        text_hex(inspection->scratch, (struct bytes){finding->leaf.bytes, DIGEST_BYTES});
    const char *epoch = arena_format(inspection->scratch, "%llu", (unsigned long long)seal->epoch);
    const char *turn = arena_format(inspection->scratch, "%llu", (unsigned long long)seal->turn);
    if (key_id == NULL || leaf == NULL || epoch == NULL || turn == NULL) {
        json_decref(json);
        return NULL;
    }
    json_t *details =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "sealed_at", sealed_at, "epoch",
                  epoch, "turn", turn, "key_id", key_id, "leaf", leaf, "suite",
                  suite_name(seal->suite), "test", (int)(seal->domain == SEAL_TEST), "header",
                  rendering_message(&finding->header->base, RENDERING_FULL));
    bool is_whole = json != NULL && details != NULL && json_object_update(json, details) == 0;
    json_decref(details);
    if (!is_whole) {
        json_decref(json);
        return NULL;
    }
    if (finding->body.data != NULL) {
        rendering_set(&json, "body", rendering_body(finding->header->kind, finding->body));
    }
    return json;
}

static void inspect_statement(struct inspection *inspection, struct bytes content)
{
    arena_reset(inspection->scratch);
    struct finding finding = {0};
    judge(inspection, content, &finding);
    if (finding.header != NULL) {
        check_against_others(inspection, &finding);
        if (!remember(inspection, &finding)) {
            refuse(&finding, "limit", "内存不足");
        }
    }
    if (finding.code == NULL) {
        papers_match(inspection->papers, &finding.seal, &finding.envelope, finding.header);
    }
    inspection->refused_count += finding.code != NULL;
    rendering_append(&inspection->statement_reports, report(inspection, &finding));
}

static void inspect_statements(struct inspection *inspection, struct bytes text)
{
    struct bundle_block block;
    struct arena *arena;
    if (arena_new(STATEMENT_MEMORY_BYTES, &arena) != 0) {
        return; // the caller sees that memory is short
    }
    while (bundle_next(&text, arena, &block)) {
        if (!block.is_card) {
            inspect_statement(inspection, block.content);
        }
        arena_reset(arena);
    }
    arena_free(&arena);
}

// ------------------------------------------------------------------------------------------- calls

static bool begin(struct inspection *inspection, const char *const *paths, size_t path_count,
                  size_t bytes)
{
    inspection->papers = papers_read(paths, path_count);
    inspection->trust.reports = json_array();
    inspection->statement_reports = json_array();
    bool has_memory = arena_new((16 << 20) + 2 * bytes, &inspection->arena) == 0 &&
                      arena_new(STATEMENT_MEMORY_BYTES, &inspection->scratch) == 0;
    inspection->trust.arena = inspection->arena;
    return has_memory && inspection->papers != NULL;
}

static void end(struct inspection *inspection)
{
    trust_done(&inspection->trust);
    papers_free(&inspection->papers);
    json_decref(inspection->statement_reports);
    arena_free(&inspection->arena);
    arena_free(&inspection->scratch);
    free(inspection->seen);
    free(inspection);
}

static bool is_bare_envelope(struct bytes input)
{
    return input.size >= 4 && memcmp(input.data, "LSN1", 4) == 0;
}

// A verdict that was reached without the memory it took is none. OpenSSL and jansson tell that apart
// from bad input as little as they can; malloc leaves it in errno.
static bool is_starved(void)
{
    return errno == ENOMEM;
}

static enum liaison_outcome give(json_t *json, bool is_fine, char **out_json)
{
    char *text = is_starved() ? NULL : rendering_text(json);
    json_decref(json);
    if (text == NULL) {
        return LIAISON_FAILED;
    }
    *out_json = text;
    return is_fine ? LIAISON_DONE : LIAISON_REFUSED;
}

static enum liaison_outcome conclude(const struct inspection *inspection, char **out_json)
{
    size_t block_count =
        inspection->trust.block_count[TRUST_ALONG] + json_array_size(inspection->statement_reports);
    bool is_empty = block_count == 0;
    size_t refused_count = inspection->refused_count + inspection->trust.refused_count +
                           papers_strangers(inspection->papers);
    bool is_fine = refused_count == 0 && !is_empty;
    json_t *json =
        json_pack("{s:s, s:O, s:O, s:o}", "verdict",
                  is_fine    ? "ok"
                  : is_empty ? "malformed"
                             : "refused",
                  "cards", inspection->trust.reports, "statements", inspection->statement_reports,
                  "files", papers_report(inspection->papers));
    return give(json, is_fine, out_json);
}

enum liaison_outcome liaison_verify_files(const void *bundle, size_t bundle_bytes,
                                          const char *cards, const char *const *paths,
                                          size_t path_count, char **out_json)
{
    errno = 0;
    struct inspection *inspection = hash_ready() < 0 ? NULL : calloc(1, sizeof *inspection);
    struct bytes trusted = {(const uint8_t *)cards, cards == NULL ? 0 : strlen(cards)};
    struct bytes input = {bundle, bundle_bytes};
    if (inspection == NULL) {
        return LIAISON_FAILED;
    }
    if (!begin(inspection, paths, path_count, bundle_bytes + trusted.size)) {
        end(inspection);
        return LIAISON_FAILED;
    }
    trust_add(&inspection->trust, trusted, TRUST_CALLER);
    if (is_bare_envelope(input)) {
        inspect_statement(inspection, input);
    } else {
        trust_add(&inspection->trust, input, TRUST_ALONG);
        inspect_statements(inspection, input);
    }
    enum liaison_outcome outcome = conclude(inspection, out_json);
    end(inspection);
    return outcome;
}

enum liaison_outcome liaison_verify(const void *bundle, size_t bundle_bytes, const char *cards,
                                    char **out_json)
{
    return liaison_verify_files(bundle, bundle_bytes, cards, NULL, 0, out_json);
}

static json_t *read_card(struct bytes input, struct arena *arena, bool *out_is_fine)
{
    struct bytes content = is_bare_envelope(input) ? input : pem_parse(input, BUNDLE_CARD, arena);
    *out_is_fine = false;
    return content.data == NULL ? refusal_new("malformed", "不是名片文件")
                                : trust_show(content, arena, out_is_fine);
}

enum liaison_outcome liaison_card(const void *card, size_t card_bytes, char **out_json)
{
    struct arena *arena;
    errno = 0;
    if (hash_ready() < 0 || arena_new((4 << 20) + 2 * card_bytes, &arena) != 0) {
        return LIAISON_FAILED;
    }
    bool is_fine;
    json_t *json = read_card((struct bytes){card, card_bytes}, arena, &is_fine);
    enum liaison_outcome outcome = give(json, is_fine, out_json);
    arena_free(&arena);
    return outcome;
}
