// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bundle.h"
#include "lib/mapping.h"
#include "lib/refusal.h"
#include "wire/envelope.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/text.h"

enum {
    MOST_CARDS = 1024,
    STATEMENT_MEMORY_BYTES = 128 << 20,
};

enum trust { TRUST_NONE, TRUST_CALLER };

struct known_card {
    enum trust trust;
    enum seal_domain domain;
    const Wire__Card *card;
    struct seal_key *key;
};

struct statement_seen {
    const char *author;
    uint8_t id[ID_BYTES];
    struct digest leaf;
};

struct inspection {
    struct arena *arena;   // cards, and what is remembered of statements
    struct arena *scratch; // one statement
    struct known_card cards[MOST_CARDS];
    size_t card_count;
    struct statement_seen *seen;
    size_t seen_count;
    size_t seen_capacity;
    size_t refused_count;
    size_t block_count; // of the bundle: an input without any is none
    json_t *card_reports;
    json_t *statement_reports;
};

// What one statement amounts to.
struct finding {
    const char *code; // NULL: it verifies
    const char *text;
    const struct known_card *card;
    struct seal seal;
    struct digest leaf;
    Wire__Header *header;
    struct bytes body;
};

static const char *explain_outcome(enum envelope_outcome outcome)
{
    switch (outcome) {
    case ENVELOPE_OK:
        return "";
    case ENVELOPE_MALFORMED:
        return "格式不符";
    case ENVELOPE_LIMIT:
        return "超出限制";
    case ENVELOPE_TEXT:
        return "含有不允许的文字";
    case ENVELOPE_SUITE:
        return "密码套件与名片不符";
    case ENVELOPE_SIGNATURE:
        return "数字签名不成立";
    case ENVELOPE_COMMITMENT:
        return "内容与其摘要不符";
    case ENVELOPE_IDENTITY:
        return "机关标识不符";
    case ENVELOPE_TEST_STAMP:
        return "测试与正式混用";
    case ENVELOPE_ADDRESSING:
        return "收文机关不符合要求";
    case ENVELOPE_NO_MEMORY:
        return "内存不足";
    }
    return "";
}

// -------------------------------------------------------------------------------------------------------------- cards

static json_t *describe_card(const Wire__Card *card, const struct seal_key *key, enum seal_domain domain,
                             enum trust trust, struct arena *arena)
{
    json_t *json = mapping_to_json(&card->base, MAPPING_FULL);
    const char *key_id = text_hex(arena, (struct bytes){seal_key_id(key), KEY_ID_BYTES});
    if (json == NULL || key_id == NULL) {
        json_decref(json);
        return NULL;
    }
    json_object_set_new(json, "suite_name", json_string(suite_name((enum suite)card->suite)));
    json_object_set_new(json, "key_id", json_string(key_id));
    json_object_set_new(json, "test", json_boolean(domain == SEAL_TEST));
    json_object_set_new(json, "trusted", json_boolean(trust == TRUST_CALLER));
    json_object_set_new(json, "verdict", json_string("ok"));
    return json;
}

// A card may stand in either domain; the caller of an offline tool is in none.
static enum envelope_outcome open_card(struct bytes content, struct arena *arena, enum seal_domain *out_domain,
                                       struct decode_fault *out_fault, Wire__Card **out_card)
{
    Wire__Header *header;
    *out_domain = SEAL_REAL;
    enum envelope_outcome outcome = envelope_open_card(content, SEAL_REAL, arena, out_fault, &header, out_card);
    if (outcome == ENVELOPE_TEST_STAMP) {
        *out_domain = SEAL_TEST;
        outcome = envelope_open_card(content, SEAL_TEST, arena, out_fault, &header, out_card);
    }
    return outcome;
}

static struct seal_key *make_key(const Wire__Card *card)
{
    struct seal_key *key = NULL;
    struct bytes raw = {card->sign_key.data, card->sign_key.len};
    return seal_key_new((enum suite)card->suite, raw, &key) == SEAL_KEY_OK ? key : NULL;
}

static void report_bad_card(struct inspection *inspection, const char *code, const char *text)
{
    inspection->refused_count++;
    json_array_append_new(inspection->card_reports,
                          json_pack("{s:s, s:s, s:b}", "verdict", code, "text", text, "trusted", 0));
}

static void add_card(struct inspection *inspection, struct bytes content, enum trust trust)
{
    struct known_card known = {.trust = trust};
    Wire__Card *card;
    struct decode_fault fault = {0};
    if (content.data == NULL || inspection->card_count == MOST_CARDS) {
        report_bad_card(inspection, "malformed", "名片无法解读，或名片过多");
        return;
    }
    enum envelope_outcome outcome = open_card(content, inspection->arena, &known.domain, &fault, &card);
    if (outcome != ENVELOPE_OK) {
        report_bad_card(inspection, envelope_code(outcome), explain_outcome(outcome));
        return;
    }
    known.card = card;
    known.key = make_key(card);
    if (known.key == NULL) {
        report_bad_card(inspection, "signature", "名片中的公钥无效");
        return;
    }
    inspection->cards[inspection->card_count++] = known;
    json_array_append_new(inspection->card_reports,
                          describe_card(card, known.key, known.domain, trust, inspection->arena));
}

static void add_cards(struct inspection *inspection, struct bytes text, enum trust trust)
{
    struct bundle_block block;
    while (bundle_next(&text, inspection->arena, &block)) {
        inspection->block_count += trust == TRUST_NONE;
        if (block.is_card) {
            add_card(inspection, block.content, trust);
        }
    }
}

static bool is_agency_trusted(const struct inspection *inspection, const char *agency)
{
    for (size_t i = 0; i < inspection->card_count; i++) {
        if (inspection->cards[i].trust == TRUST_CALLER && strcmp(inspection->cards[i].card->agency, agency) == 0) {
            return true;
        }
    }
    return false;
}

// For an agency that the caller trusts a card of, no card from the bundle counts.
static const struct known_card *find_card(const struct inspection *inspection, const struct seal *seal)
{
    enum trust least = is_agency_trusted(inspection, seal->agency) ? TRUST_CALLER : TRUST_NONE;
    for (size_t i = 0; i < inspection->card_count; i++) {
        const struct known_card *known = &inspection->cards[i];
        if (known->trust >= least && known->domain == seal->domain && strcmp(known->card->agency, seal->agency) == 0 &&
            memcmp(seal_key_id(known->key), seal->key_id, KEY_ID_BYTES) == 0) {
            return known;
        }
    }
    return NULL;
}

// --------------------------------------------------------------------------------------------------------- statements

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
        refuse(finding, envelope_code(outcome), explain_outcome(outcome));
    }
}

static bool is_same_law(const Wire__Header *header, const struct law_pair *pairs, size_t count)
{
    if (header->n_law != count) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(header->law[i]->name, pairs[i].name) != 0 || strcmp(header->law[i]->value, pairs[i].value) != 0) {
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
    struct kinds_fault fault;
    struct law_pair *pairs;
    size_t count;
    if (decode_message(kind->descriptor, finding->body, &decode_body_rules, inspection->scratch, NULL, &body) !=
        DECODE_OK) {
        refuse(finding, "malformed", "正文无法解读");
    } else if (kinds_check(kind, body, inspection->scratch, &fault, 1) > 0) {
        refuse(finding, fault.code, fault.text);
    } else if (!kinds_lift(kind, body, inspection->scratch, &pairs, &count) ||
               !is_same_law(finding->header, pairs, count)) {
        refuse(finding, "law-pairs", "正文与文书头所载不一致");
    }
}

static struct bytes find_body(const struct envelope *envelope, const Wire__Header *header)
{
    for (size_t i = 0; i < header->n_parts && i < envelope->part_count; i++) {
        if (strcmp(header->parts[i]->role, "body") == 0 && envelope->parts[i].form == PART_PRESENT) {
            return envelope->parts[i].content;
        }
    }
    return (struct bytes){NULL, 0};
}

// Steps 1 to 4 of PROTOCOL.md section 6.
static void judge(struct inspection *inspection, struct bytes content, struct finding *finding)
{
    const uint8_t *sealed;
    struct envelope envelope;
    enum envelope_outcome outcome = content.data == NULL ? ENVELOPE_MALFORMED
                                                         : envelope_decode_alone(content, &sealed, &envelope);
    if (outcome != ENVELOPE_OK || !seal_decode(sealed, &finding->seal)) {
        refuse_outcome(finding, outcome == ENVELOPE_OK ? ENVELOPE_MALFORMED : outcome);
        return;
    }
    finding->card = find_card(inspection, &finding->seal);
    if (finding->card == NULL) {
        refuse(finding, "unknown-agency", "没有可用的该机关名片");
    } else if (!seal_verify(sealed, finding->card->key)) {
        refuse_outcome(finding, ENVELOPE_SIGNATURE);
    }
    refuse_outcome(finding, envelope_prove(&finding->seal, &envelope, &finding->leaf));
    outcome = envelope_open_header(&finding->seal, &envelope, inspection->scratch, NULL, &finding->header);
    if (outcome != ENVELOPE_OK) {
        finding->header = NULL;
        refuse_outcome(finding, outcome);
        return;
    }
    refuse_outcome(finding, envelope_check_parts(&finding->seal, &envelope, finding->header));
    finding->body = find_body(&envelope, finding->header);
    check_body(inspection, finding);
}

static const struct statement_seen *find_seen(const struct inspection *inspection, const char *author,
                                              const ProtobufCBinaryData *id)
{
    for (size_t i = 0; i < inspection->seen_count; i++) {
        const struct statement_seen *seen = &inspection->seen[i];
        if (id->len == ID_BYTES && strcmp(seen->author, author) == 0 && memcmp(seen->id, id->data, ID_BYTES) == 0) {
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
    if (seen != NULL &&
        (reference->leaf.len != DIGEST_BYTES || memcmp(reference->leaf.data, seen->leaf.bytes, DIGEST_BYTES) != 0)) {
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
    struct statement_seen seen = {.author = arena_copy_text(inspection->arena, finding->header->author),
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
    bool is_trusted = finding->card != NULL && finding->card->trust == TRUST_CALLER;
    json_t *json = json_pack("{s:s, s:s, s:b}", "verdict", finding->code == NULL ? "ok" : finding->code, "text",
                             finding->code == NULL ? "" : finding->text, "trusted", (int)is_trusted);
    if (finding->header == NULL) {
        return json;
    }
    const struct seal *seal = &finding->seal;
    char sealed_at[MAPPING_INSTANT_BYTES];
    mapping_format_instant(seal->at, sealed_at);
    const char *key_id = text_hex(inspection->scratch, (struct bytes){seal->key_id, KEY_ID_BYTES});
    const char *leaf = text_hex(inspection->scratch, (struct bytes){finding->leaf.bytes, DIGEST_BYTES});
    const char *epoch = arena_format(inspection->scratch, "%llu", (unsigned long long)seal->epoch);
    const char *turn = arena_format(inspection->scratch, "%llu", (unsigned long long)seal->turn);
    if (key_id == NULL || leaf == NULL || epoch == NULL || turn == NULL) {
        return json;
    }
    json_t *details = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:o}", "sealed_at", sealed_at, "epoch", epoch,
                                "turn", turn, "key_id", key_id, "leaf", leaf, "suite", suite_name(seal->suite), "test",
                                (int)(seal->domain == SEAL_TEST), "header",
                                mapping_to_json(&finding->header->base, MAPPING_FULL));
    json_object_update(json, details);
    json_decref(details);
    if (finding->body.data != NULL) {
        json_object_set_new(json, "body", mapping_body_to_json(finding->header->kind, finding->body));
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
    inspection->refused_count += finding.code != NULL;
    json_array_append_new(inspection->statement_reports, report(inspection, &finding));
}

static void inspect_statements(struct inspection *inspection, struct bytes text)
{
    struct bundle_block block;
    struct arena *arena;
    if (arena_new(STATEMENT_MEMORY_BYTES, &arena) != 0) {
        inspection->refused_count++;
        return;
    }
    while (bundle_next(&text, arena, &block)) {
        if (!block.is_card) {
            inspect_statement(inspection, block.content);
        }
        arena_reset(arena);
    }
    arena_free(&arena);
}

// ------------------------------------------------------------------------------------------------------------- calls

static bool begin(struct inspection *inspection, size_t bytes)
{
    inspection->card_reports = json_array();
    inspection->statement_reports = json_array();
    return arena_new((16 << 20) + 2 * bytes, &inspection->arena) == 0 &&
           arena_new(STATEMENT_MEMORY_BYTES, &inspection->scratch) == 0;
}

static void end(struct inspection *inspection)
{
    for (size_t i = 0; i < inspection->card_count; i++) {
        seal_key_free(&inspection->cards[i].key);
    }
    json_decref(inspection->card_reports);
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

static enum liaison_outcome conclude(const struct inspection *inspection, char **out_json)
{
    bool is_empty = inspection->block_count == 0;
    bool is_fine = inspection->refused_count == 0 && !is_empty;
    json_t *json = json_pack("{s:s, s:O, s:O}", "verdict", is_fine ? "ok" : is_empty ? "malformed" : "refused", "cards",
                             inspection->card_reports, "statements", inspection->statement_reports);
    char *text = mapping_dump(json);
    json_decref(json);
    if (text == NULL) {
        return LIAISON_FAILED;
    }
    *out_json = text;
    return is_fine ? LIAISON_DONE : LIAISON_REFUSED;
}

enum liaison_outcome liaison_verify(const void *bundle, size_t bundle_bytes, const char *cards, char **out_json)
{
    struct inspection *inspection = calloc(1, sizeof *inspection);
    struct bytes trusted = {(const uint8_t *)cards, cards == NULL ? 0 : strlen(cards)};
    struct bytes input = {bundle, bundle_bytes};
    if (inspection == NULL) {
        return LIAISON_FAILED;
    }
    if (!begin(inspection, bundle_bytes + trusted.size)) {
        end(inspection);
        return LIAISON_FAILED;
    }
    add_cards(inspection, trusted, TRUST_CALLER);
    if (is_bare_envelope(input)) {
        inspection->block_count = 1;
        inspect_statement(inspection, input);
    } else {
        add_cards(inspection, input, TRUST_NONE);
        inspect_statements(inspection, input);
    }
    enum liaison_outcome outcome = conclude(inspection, out_json);
    end(inspection);
    return outcome;
}

static json_t *read_card(struct bytes input, struct arena *arena, enum liaison_outcome *out_outcome)
{
    enum seal_domain domain;
    Wire__Card *card;
    struct bytes content = is_bare_envelope(input) ? input : envelope_from_pem(input, BUNDLE_CARD, arena);
    *out_outcome = LIAISON_REFUSED;
    if (content.data == NULL) {
        return refusal_new("malformed", "不是名片文件");
    }
    struct decode_fault fault = {0};
    enum envelope_outcome outcome = open_card(content, arena, &domain, &fault, &card);
    if (outcome != ENVELOPE_OK) {
        return refusal_new(envelope_code(outcome), explain_outcome(outcome));
    }
    struct seal_key *key = make_key(card);
    if (key == NULL) {
        return refusal_new("signature", "名片中的公钥无效");
    }
    json_t *json = describe_card(card, key, domain, TRUST_NONE, arena);
    seal_key_free(&key);
    *out_outcome = LIAISON_DONE;
    return json;
}

enum liaison_outcome liaison_card(const void *card, size_t card_bytes, char **out_json)
{
    struct arena *arena;
    if (arena_new((4 << 20) + 2 * card_bytes, &arena) != 0) {
        return LIAISON_FAILED;
    }
    enum liaison_outcome outcome;
    json_t *json = read_card((struct bytes){card, card_bytes}, arena, &outcome);
    char *text = mapping_dump(json);
    json_decref(json);
    arena_free(&arena);
    if (text == NULL) {
        return LIAISON_FAILED;
    }
    *out_json = text;
    return outcome;
}
