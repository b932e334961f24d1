// SPDX-License-Identifier: Apache-2.0
#include "intake/examine.h"

#include <string.h>

#include "wire/header.h"
#include "wire/seal_key.h"

struct examination {
    struct peer_keys *keys;
    enum seal_domain domain;
    struct examine_cache *cache;
    struct arena *arena;
    struct tree_proven *proven; // under the item's seal
    struct arrived *item;
    bool starved; // for want of memory the item was not judged, and no fault of its author's may be made of that
};

static bool found(struct arrived *item, const char *code, const char *text)
{
    item->fault_code = code;
    item->fault_text = text;
    return false;
}

// What needs more memory than a frame may take is the author's fault; what the machine has none for is nobody's.
static bool is_starved(struct examination *examination)
{
    examination->starved = examination->starved || !arena_is_full(examination->arena);
    return examination->starved;
}

static bool found_outcome(struct examination *examination, enum envelope_outcome outcome, const char *text)
{
    if (outcome == ENVELOPE_OK) {
        return true;
    }
    return (outcome != ENVELOPE_NO_MEMORY || !is_starved(examination)) && found(examination->item, envelope_code(outcome), text);
}

static enum seal_key_outcome verify_root(struct examination *examination, const struct seal_key *key)
{
    const uint8_t *bytes = examination->item->seal_bytes;
    size_t slot = bytes[SEAL_SIGNED_BYTES] % EXAMINE_ROOTS; // a byte of the signature: as good as random
    struct examine_cache *cache = examination->cache;
    if (cache->keys[slot] == key && memcmp(cache->seals[slot], bytes, SEAL_BYTES) == 0) {
        return SEAL_KEY_OK;
    }
    enum seal_key_outcome outcome = seal_key_check(bytes, key);
    if (outcome == SEAL_KEY_OK) {
        memcpy(cache->seals[slot], bytes, SEAL_BYTES);
        cache->keys[slot] = key;
    }
    return outcome;
}

static bool check_seal(struct examination *examination)
{
    struct arrived *item = examination->item;
    if (!seal_decode(item->seal_bytes, &item->seal)) {
        return found(item, "malformed", "签名块不能读取");
    }
    if (item->seal.domain != examination->domain) {
        return found(item, "test-stamp", "测试与正式不能混用");
    }
    const struct seal_key *key = peer_keys_find(examination->keys, item->seal.agency);
    if (key == NULL) {
        return found(item, "unknown-agency", "没有作者机关的名片");
    }
    if (item->seal.suite != seal_key_suite(key)) {
        return found(item, "suite", "密码套件与名片不符");
    }
    switch (verify_root(examination, key)) {
    case SEAL_KEY_OK:
        return true;
    case SEAL_KEY_BAD:
        return found(item, "signature", "签名不成立");
    case SEAL_KEY_FAILED:
        break;
    }
    examination->starved = true;
    return false;
}

static bool same_pairs(const Wire__Header *header, const struct law_pair *pairs, size_t count)
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

static bool check_body(struct examination *examination)
{
    struct arrived *item = examination->item;
    item->kind = kinds_find(item->header->kind);
    if (item->kind == NULL || item->envelope.part_count == 0 || item->envelope.parts[0].form != PART_PRESENT) {
        return true; // withheld, or a kind of a later version: accept judges
    }
    struct decode_fault fault = {0};
    ProtobufCMessage *body;
    enum decode_outcome outcome = decode_message(item->kind->descriptor, item->envelope.parts[0].content, &decode_body_rules,
                                                 examination->arena, &fault, &body);
    if (outcome != DECODE_OK) {
        return (outcome != DECODE_NO_MEMORY || !is_starved(examination)) && found(item, decode_code(outcome), fault.text);
    }
    struct law_pair *pairs;
    size_t count;
    if (!fields_lift(item->kind, body, examination->arena, &pairs, &count)) {
        return !is_starved(examination) && found(item, "limit", "内容过大");
    }
    if (!same_pairs(item->header, pairs, count)) {
        return found(item, "law-pairs", "文书头与正文不一致");
    }
    item->body = body;
    return true;
}

static bool examine_item(struct examination *examination, struct bytes body)
{
    struct arrived *item = examination->item;
    if (!found_outcome(examination, envelope_decode(body, &item->envelope), "文书不能读取") || !check_seal(examination) ||
        !found_outcome(examination, envelope_prove_next(&item->seal, &item->envelope, examination->proven, &item->leaf), "文书不在其签名之内")) {
        return false;
    }
    item->proof = (struct bytes){body.data, (size_t)(item->envelope.header.data + item->envelope.header.size - body.data)};
    struct decode_fault fault = {0};
    Wire__Header *header = NULL;
    enum envelope_outcome outcome = header_open(&item->seal, &item->envelope, examination->arena, &fault, &header);
    if (!found_outcome(examination, outcome, fault.text)) {
        return false;
    }
    item->header = header;
    return found_outcome(examination, envelope_check_parts(&item->seal, &item->envelope, header), "附件或正文与文书头不符") && check_body(examination);
}

bool examine_start(struct examining *examining, struct bytes rest)
{
    if (hash_ready() < 0 || envelope_decode_frame(rest, examining->arena, &examining->frame) != ENVELOPE_OK) {
        return false;
    }
    size_t count = examining->frame.item_count;
    examining->items = arena_take_array(examining->arena, count == 0 ? 1 : count, sizeof(*examining->items));
    examining->done = 0;
    examining->proven = (struct tree_proven){.any = false};
    return examining->items != NULL;
}

bool examine_next(struct examining *examining)
{
    const struct frame *frame = &examining->frame;
    examining->starved = hash_ready() < 0; // another thread may have begun
    if (examining->starved || examining->done == frame->item_count) {
        return false;
    }
    const struct frame_item *given = &frame->items[examining->done];
    struct arrived *item = &examining->items[examining->done++];
    item->role = given->role;
    item->seal_bytes = frame->seals + (size_t)given->seal * SEAL_BYTES;
    if (examining->proven_seal != given->seal) {
        examining->proven.any = false;
        examining->proven_seal = given->seal;
    }
    struct examination examination = {examining->keys, examining->domain, examining->cache, examining->arena, &examining->proven, item, false};
    examine_item(&examination, given->body);
    examining->starved = examination.starved;
    return !examination.starved && examining->done < frame->item_count;
}

struct statements examine_found(const struct examining *examining)
{
    const struct frame *frame = &examining->frame;
    return (struct statements){frame->stream, frame->epoch, frame->first, examining->items, frame->item_count};
}
