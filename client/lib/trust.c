// SPDX-License-Identifier: Apache-2.0
#include "lib/trust.h"

#include <string.h>

#include "lib/bundle.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "wire/envelope_card.h"
#include "wire/seal_key.h"
#include "wire/text.h"

const char *trust_explain(enum envelope_outcome outcome)
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
    case ENVELOPE_VALUE:
        return "含有不可能的值";
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

static json_t *describe_card(const Wire__Card *card, const struct seal_key *key,
                             enum seal_domain domain, enum trust_source source, struct arena *arena)
{
    json_t *json = rendering_message(&card->base, RENDERING_FULL);
    const char *key_id = text_hex(arena, (struct bytes){seal_key_id(key), KEY_ID_BYTES});
    if (json == NULL || key_id == NULL) {
        json_decref(json);
        return NULL;
    }
    rendering_set(&json, "suite_name", json_string(suite_name((enum suite)card->suite)));
    rendering_set(&json, "key_id", json_string(key_id));
    rendering_set(&json, "test", json_boolean(domain == SEAL_TEST));
    rendering_set(&json, "trusted", json_boolean(source == TRUST_CALLER));
    rendering_set(&json, "verdict", json_string("ok"));
    return json;
}

// A card may stand in either domain; the caller of an offline tool is in none.
static enum envelope_outcome open_card(struct bytes content, struct arena *arena,
                                       enum seal_domain *out_domain, struct decode_fault *out_fault,
                                       Wire__Card **out_card)
{
    Wire__Header *header;
    *out_domain = SEAL_REAL;
    enum envelope_outcome outcome =
        envelope_card_open(content, SEAL_REAL, arena, out_fault, &header, out_card);
    if (outcome == ENVELOPE_TEST_STAMP) {
        *out_domain = SEAL_TEST;
        outcome = envelope_card_open(content, SEAL_TEST, arena, out_fault, &header, out_card);
    }
    return outcome;
}

static struct seal_key *make_key(const Wire__Card *card)
{
    struct seal_key *key = NULL;
    struct bytes raw = {card->sign_key.data, card->sign_key.len};
    return seal_key_new((enum suite)card->suite, raw, &key) == SEAL_KEY_OK ? key : NULL;
}

static void report_bad_card(struct trust *trust, const char *code, const char *text)
{
    trust->refused_count++;
    rendering_append(&trust->reports, json_pack("{s:s, s:s, s:b}", "verdict", code, "text", text, "trusted", 0));
}

static void add_card(struct trust *trust, struct bytes content, enum trust_source source)
{
    struct trust_card known = {.source = source};
    Wire__Card *card;
    struct decode_fault fault = {0};
    if (content.data == NULL || trust->count == TRUST_CARDS) {
        report_bad_card(trust, "malformed", "名片无法解读，或名片过多");
        return;
    }
    enum envelope_outcome outcome = open_card(content, trust->arena, &known.domain, &fault, &card);
    if (outcome != ENVELOPE_OK) {
        report_bad_card(trust, envelope_code(outcome), trust_explain(outcome));
        return;
    }
    known.card = card;
    known.key = make_key(card);
    if (known.key == NULL) {
        report_bad_card(trust, "signature", "名片中的公钥无效");
        return;
    }
    trust->cards[trust->count++] = known;
    rendering_append(&trust->reports,
                          describe_card(card, known.key, known.domain, source, trust->arena));
}

void trust_add(struct trust *trust, struct bytes text, enum trust_source source)
{
    struct bundle_block block;
    while (bundle_next(&text, trust->arena, &block)) {
        trust->block_count[source]++;
        if (block.is_card) {
            add_card(trust, block.content, source);
        }
    }
}

static bool is_agency_trusted(const struct trust *trust, const char *agency)
{
    for (size_t i = 0; i < trust->count; i++) {
        if (trust->cards[i].source == TRUST_CALLER &&
            strcmp(trust->cards[i].card->agency, agency) == 0) {
            return true;
        }
    }
    return false;
}

// For an agency that the caller trusts a card of, no card from the bundle counts.
const struct trust_card *trust_find(const struct trust *trust, const struct seal *seal)
{
    enum trust_source least = is_agency_trusted(trust, seal->agency) ? TRUST_CALLER : TRUST_ALONG;
    for (size_t i = 0; i < trust->count; i++) {
        const struct trust_card *known = &trust->cards[i];
        if (known->source >= least && known->domain == seal->domain &&
            strcmp(known->card->agency, seal->agency) == 0 &&
            memcmp(seal_key_id(known->key), seal->key_id, KEY_ID_BYTES) == 0) {
            return known;
        }
    }
    return NULL;
}

json_t *trust_show(struct bytes content, struct arena *arena, bool *out_is_fine)
{
    enum seal_domain domain;
    Wire__Card *card;
    struct decode_fault fault = {0};
    *out_is_fine = false;
    enum envelope_outcome outcome = open_card(content, arena, &domain, &fault, &card);
    if (outcome != ENVELOPE_OK) {
        return refusal_new(envelope_code(outcome), trust_explain(outcome));
    }
    struct seal_key *key = make_key(card);
    if (key == NULL) {
        return refusal_new("signature", "名片中的公钥无效");
    }
    json_t *json = describe_card(card, key, domain, TRUST_ALONG, arena);
    seal_key_free(&key);
    *out_is_fine = true;
    return json;
}

void trust_done(struct trust *trust)
{
    for (size_t i = 0; i < trust->count; i++) {
        seal_key_free(&trust->cards[i].key);
    }
    json_decref(trust->reports);
    trust->count = 0;
    trust->reports = NULL;
}
