// SPDX-License-Identifier: Apache-2.0
#include "rules/statement.h"

#include <string.h>

#include "wire/identity.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "rules/membership.h"

static ProtobufCBinaryData to_binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){bytes.size, (uint8_t *)bytes.data};
}

Wire__Reference *statement_reference(struct effects *effects, const struct held *held)
{
    Wire__Reference *reference = effect_take(effects, 1, sizeof(*reference));
    if (reference != NULL) {
        wire__reference__init(reference);
        reference->author = held->header->author;
        reference->id = held->header->id;
        reference->leaf = held->leaf;
        reference->kind = held->header->kind;
        reference->received_at = held->received_at;
    }
    return reference;
}

const ProtobufCMessage *statement_open_body(struct view *view, struct effects *effects, const struct held *held)
{
    const struct kind *kind = kinds_find(held->header->kind);
    const uint8_t *salt;
    struct bytes content;
    ProtobufCMessage *body;
    if (kind == NULL || !view_part(view, held->position, 1, effects->arena, &salt, &content)) {
        return NULL;
    }
    switch (decode_message(kind->descriptor, content, &decode_body_rules, effects->arena, NULL, &body)) {
    case DECODE_OK:
        return body;
    case DECODE_NO_MEMORY:
        effects->exhausted = true;
        return NULL;
    case DECODE_MALFORMED:
    case DECODE_LIMIT:
    case DECODE_UNKNOWN_FIELD:
    case DECODE_TEXT:
        break;
    }
    return NULL;
}

const struct held *statement_target(struct view *view, struct effects *effects, const Wire__Header *header)
{
    const Wire__Reference *target = header->in_reply_to;
    uint64_t position = target == NULL ? 0 : view_find(view, target->author, decode_bytes(target->id));
    return position == 0 ? NULL : view_statement(view, position, effects->arena);
}

void statement_lift(struct effects *effects, const struct kind *kind, const ProtobufCMessage *body, Wire__Header *header)
{
    struct law_pair *pairs;
    size_t count;
    if (!fields_lift(kind, body, effects->arena, &pairs, &count)) {
        effects->exhausted = true;
        return;
    }
    header->law = effect_take(effects, count, sizeof(*header->law));
    for (size_t i = 0; header->law != NULL && i < count; i++) {
        Wire__LawPair *pair = effect_take(effects, 1, sizeof(*pair));
        if (pair == NULL) {
            return;
        }
        wire__law_pair__init(pair);
        pair->name = (char *)pairs[i].name;
        pair->value = (char *)pairs[i].value;
        header->law[header->n_law++] = pair;
    }
}

char *statement_short_number(struct effects *effects, const uint8_t id[ID_BYTES])
{
    char number[7];
    identity_short_number(id, number);
    char *text = arena_copy_text(effects->arena, number);
    effects->exhausted = effects->exhausted || text == NULL;
    return text == NULL ? "" : text;
}

uint8_t *statement_make_id(struct effects *effects)
{
    uint8_t random[SALT_BYTES];
    uint8_t *id = effect_take(effects, 1, ID_BYTES);
    if (id != NULL) {
        effect_salt(effects, random);
        identity_make_id(effects->now, random, id);
    }
    return id;
}

// Lists the body as part 0 and fills the material that the store keeps.
void statement_add_body(struct effects *effects, enum suite suite, Wire__Header *header, struct bytes body, struct material *out_material)
{
    uint8_t *salt = arena_take(effects->arena, SALT_BYTES);
    struct digest *commitment = arena_take(effects->arena, sizeof(*commitment));
    Wire__Part *part = arena_take(effects->arena, sizeof(*part));
    header->parts = arena_take(effects->arena, sizeof(*header->parts));
    if (salt == NULL || commitment == NULL || part == NULL || header->parts == NULL) {
        effects->exhausted = true;
        return;
    }
    effect_salt(effects, salt);
    tree_commitment(suite, salt, body, commitment);
    wire__part__init(part);
    part->role = "body";
    part->size = body.size;
    part->commitment = (ProtobufCBinaryData){DIGEST_BYTES, commitment->bytes};
    header->parts[0] = part;
    header->n_parts = 1;
    out_material->part_count = 1;
    out_material->parts[0] = (struct envelope_part){PART_PRESENT, salt, body};
}

static void put_held(struct view *view, struct effects *effects, struct bytes leaf, const struct material *material, uint64_t position)
{
    const Record__State *state = view_state(view);
    Record__StatementHeld *held = effect_take(effects, 1, sizeof(*held));
    char **marks = effect_take(effects, 1, sizeof(*marks));
    if (held == NULL || marks == NULL) {
        return;
    }
    record__statement_held__init(held);
    held->position = position;
    held->leaf = to_binary(leaf);
    held->sealed_at = effects->now;
    held->epoch = state->epoch;
    held->turn = state->turn + 1;
    if (membership_is_after_expiry(view, effects, material->header)) {
        marks[held->n_marks++] = "after-expiry";
        held->marks = marks;
    }
    effect_put(effects, RECORD__EFFECT__IS_STATEMENT, held, material);
}

// Hands a header to the turn's seal; returns its position, 0 when the arena is full.
uint64_t statement_put(struct view *view, struct effects *effects, const Wire__Header *header, const struct material *material)
{
    const Record__State *state = view_state(view);
    struct sealing sealing = {.position = state->next_position, .header = decode_pack(&header->base, effects->arena)};
    struct digest *leaf = arena_take(effects->arena, sizeof(*leaf));
    struct material *whole = (struct material *)arena_copy(effects->arena, material, sizeof(*material));
    effect_salt(effects, sealing.salt);
    if (leaf == NULL || whole == NULL || sealing.header.data == NULL) {
        effects->exhausted = true;
        return 0;
    }
    whole->header = header;
    sealing.material = whole;
    tree_leaf((enum suite)state->suite, sealing.salt, sealing.header, leaf);
    sealing.leaf = *leaf;
    effect_seal(effects, &sealing);
    put_held(view, effects, (struct bytes){leaf->bytes, DIGEST_BYTES}, whole, sealing.position);
    return sealing.position;
}

void statement_queue(struct view *view, struct effects *effects, const char *peer, uint32_t stream, uint64_t position)
{
    const Record__State *state = view_state(view);
    struct stream_place place = view_outgoing(view, peer, stream, effects->arena);
    Record__Queued *queued = arena_take(effects->arena, sizeof(*queued));
    if (queued == NULL) {
        effects->exhausted = true;
        return;
    }
    record__queued__init(queued);
    queued->peer = (char *)peer;
    queued->stream = stream;
    queued->epoch = state->epoch;
    queued->sequence = place.epoch == state->epoch ? place.last + 1 : 1;
    queued->position = position;
    effect_put(effects, RECORD__EFFECT__IS_QUEUED, queued, NULL);
}

uint64_t statement_machine(struct view *view, struct effects *effects, const char *kind, const char *to, const ProtobufCMessage *body)
{
    const Record__State *state = view_state(view);
    struct arena *arena = effects->arena;
    Wire__Header *header = arena_take(arena, sizeof(*header));
    struct bytes packed = decode_pack(body, arena);
    uint8_t *id = statement_make_id(effects);
    uint8_t *zero = arena_take(arena, ID_BYTES);
    char **recipients = arena_take(arena, sizeof(*recipients));
    struct material *material = arena_take(arena, sizeof(*material));
    if (header == NULL || packed.data == NULL || id == NULL || zero == NULL || recipients == NULL || material == NULL) {
        effects->exhausted = true;
        return 0;
    }
    wire__header__init(header);
    header->author = (char *)state->agency;
    header->id = (ProtobufCBinaryData){ID_BYTES, id};
    header->matter = (ProtobufCBinaryData){ID_BYTES, to == NULL ? id : zero};
    header->kind = (char *)kind;
    recipients[0] = (char *)to;
    header->to = recipients;
    header->n_to = to == NULL ? 0 : 1;
    statement_add_body(effects, (enum suite)state->suite, header, packed, material);
    return effects->exhausted ? 0 : statement_put(view, effects, header, material);
}
