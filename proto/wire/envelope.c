// SPDX-License-Identifier: Apache-2.0
#include "wire/envelope.h"

#include "wire/text.h"
#include "wire/tree.h"

#include <string.h>

enum { MAGIC_BYTES = 4 };

static const uint8_t magic[MAGIC_BYTES] = {'L', 'S', 'N', '1'};

const char *envelope_code(enum envelope_outcome outcome)
{
    switch (outcome) {
    case ENVELOPE_OK:
        return "";
    case ENVELOPE_MALFORMED:
        return "malformed";
    case ENVELOPE_LIMIT:
        return "limit";
    case ENVELOPE_TEXT:
        return "text";
    case ENVELOPE_VALUE:
        return "value";
    case ENVELOPE_SUITE:
        return "suite";
    case ENVELOPE_SIGNATURE:
        return "signature";
    case ENVELOPE_COMMITMENT:
        return "commitment";
    case ENVELOPE_IDENTITY:
        return "identity";
    case ENVELOPE_ADDRESSING:
        return "addressing";
    case ENVELOPE_TEST_STAMP:
        return "test-stamp";
    case ENVELOPE_NO_MEMORY:
        break;
    }
    return "busy";
}

enum envelope_outcome envelope_blame(struct decode_fault *out_fault, enum envelope_outcome outcome,
                                     const char *field, const char *text)
{
    if (out_fault != NULL) {
        *out_fault = (struct decode_fault){.field = field, .text = text};
    }
    return outcome;
}

enum envelope_outcome envelope_from_decode(enum decode_outcome outcome)
{
    switch (outcome) {
    case DECODE_OK:
        return ENVELOPE_OK;
    case DECODE_MALFORMED:
    case DECODE_UNKNOWN_FIELD:
        return ENVELOPE_MALFORMED;
    case DECODE_LIMIT:
        return ENVELOPE_LIMIT;
    case DECODE_TEXT:
        return ENVELOPE_TEXT;
    case DECODE_NO_MEMORY:
        break;
    }
    return ENVELOPE_NO_MEMORY;
}

// Reads from the front of `left`; once a read fails, all later ones fail too, so that a row of
// reads is checked once.
struct reader {
    struct bytes left;
    bool failed;
};

static const uint8_t *read_run(struct reader *reader, size_t size)
{
    static const uint8_t nothing[SEAL_BYTES];
    if (reader->failed || size > reader->left.size) {
        reader->failed = true;
        return nothing;
    }
    const uint8_t *run = reader->left.data;
    reader->left = (struct bytes){.data = run + size, .size = reader->left.size - size};
    return run;
}

static uint8_t read_u8(struct reader *reader)
{
    return read_run(reader, 1)[0];
}

static uint32_t read_u32(struct reader *reader)
{
    return text_get_u32(read_run(reader, 4));
}

static struct bytes read_sized(struct reader *reader)
{
    size_t size = read_u32(reader);
    const uint8_t *data = read_run(reader, size);
    return (struct bytes){.data = data, .size = reader->failed ? 0 : size};
}

static enum envelope_outcome decode_part(struct reader *reader, struct envelope_part *out_part)
{
    uint8_t form = read_u8(reader);
    if (form > PART_CHUNKED) {
        return ENVELOPE_MALFORMED;
    }
    *out_part = (struct envelope_part){.form = (enum part_form)form};
    if (form != PART_WITHHELD) {
        out_part->salt = read_run(reader, SALT_BYTES);
    }
    if (form == PART_PRESENT) {
        out_part->content = read_sized(reader);
    }
    if (reader->failed) {
        return ENVELOPE_MALFORMED;
    }
    return out_part->content.size > LIMIT_PART_BYTES ? ENVELOPE_LIMIT : ENVELOPE_OK;
}

static enum envelope_outcome decode_front(struct reader *reader, struct envelope *envelope)
{
    envelope->salt = read_run(reader, SALT_BYTES);
    envelope->index = read_u32(reader);
    envelope->path_count = read_u8(reader);
    if (envelope->path_count > LIMIT_PATH) {
        return ENVELOPE_LIMIT;
    }
    envelope->path = read_run(reader, (size_t)envelope->path_count * DIGEST_BYTES);
    envelope->header = read_sized(reader);
    envelope->part_count = read_u8(reader);
    if (reader->failed) {
        return ENVELOPE_MALFORMED;
    }
    bool too_much =
        envelope->header.size > LIMIT_HEADER_BYTES || envelope->part_count > LIMIT_PARTS;
    return too_much ? ENVELOPE_LIMIT : ENVELOPE_OK;
}

enum envelope_outcome envelope_decode(struct bytes body, struct envelope *out_envelope)
{
    struct reader reader = {.left = body};
    struct envelope envelope;
    enum envelope_outcome outcome = decode_front(&reader, &envelope);
    for (size_t i = 0; outcome == ENVELOPE_OK && i < envelope.part_count; i++) {
        outcome = decode_part(&reader, &envelope.parts[i]);
    }
    if (outcome == ENVELOPE_OK && reader.left.size != 0) {
        return ENVELOPE_MALFORMED;
    }
    if (outcome == ENVELOPE_OK) {
        *out_envelope = envelope;
    }
    return outcome;
}

static size_t part_bytes(const struct envelope_part *part)
{
    switch (part->form) {
    case PART_WITHHELD:
        return 1;
    case PART_CHUNKED:
        return 1 + SALT_BYTES;
    case PART_PRESENT:
        break;
    }
    return 1 + SALT_BYTES + 4 + part->content.size;
}

static uint8_t *put(uint8_t *at, const void *data, size_t size)
{
    if (size > 0) {
        memcpy(at, data, size);
    }
    return at + size;
}

static uint8_t *put_sized(uint8_t *at, struct bytes bytes)
{
    text_put_u32(at, (uint32_t)bytes.size);
    return put(at + 4, bytes.data, bytes.size);
}

static uint8_t *put_part(uint8_t *at, const struct envelope_part *part)
{
    *at++ = (uint8_t)part->form;
    if (part->form != PART_WITHHELD) {
        at = put(at, part->salt, SALT_BYTES);
    }
    if (part->form == PART_PRESENT) {
        at = put_sized(at, part->content);
    }
    return at;
}

size_t envelope_encode(const struct envelope *envelope, uint8_t *out, size_t size)
{
    size_t path_bytes = (size_t)envelope->path_count * DIGEST_BYTES;
    size_t needed = SALT_BYTES + 4 + 1 + path_bytes + 4 + envelope->header.size + 1;
    for (size_t i = 0; i < envelope->part_count; i++) {
        needed += part_bytes(&envelope->parts[i]);
    }
    if (needed > size) {
        return needed;
    }
    uint8_t *at = put(out, envelope->salt, SALT_BYTES);
    text_put_u32(at, envelope->index);
    at += 4;
    *at++ = envelope->path_count;
    at = put(at, envelope->path, path_bytes);
    at = put_sized(at, envelope->header);
    *at++ = envelope->part_count;
    for (size_t i = 0; i < envelope->part_count; i++) {
        at = put_part(at, &envelope->parts[i]);
    }
    return needed;
}

enum envelope_outcome envelope_decode_alone(struct bytes input, const uint8_t **out_seal,
                                            struct envelope *out_envelope)
{
    struct reader reader = {.left = input};
    const uint8_t *front = read_run(&reader, MAGIC_BYTES);
    const uint8_t *seal = read_run(&reader, SEAL_BYTES);
    if (reader.failed || memcmp(front, magic, MAGIC_BYTES) != 0) {
        return ENVELOPE_MALFORMED;
    }
    enum envelope_outcome outcome = envelope_decode(reader.left, out_envelope);
    if (outcome == ENVELOPE_OK) {
        *out_seal = seal;
    }
    return outcome;
}

struct bytes envelope_encode_alone(const uint8_t seal[SEAL_BYTES], const struct envelope *envelope,
                                   struct arena *arena)
{
    size_t front = MAGIC_BYTES + SEAL_BYTES;
    size_t size = front + envelope_encode(envelope, NULL, 0);
    uint8_t *data = arena_take_unset(arena, size);
    if (data == NULL) {
        return (struct bytes){.data = NULL, .size = 0};
    }
    put(put(data, magic, MAGIC_BYTES), seal, SEAL_BYTES);
    envelope_encode(envelope, data + front, size - front);
    return (struct bytes){.data = data, .size = size};
}

enum envelope_outcome envelope_prove_next(const struct seal *seal, const struct envelope *envelope,
                                          struct tree_proven *proven, struct digest *out_leaf)
{
    const struct tree_place place = {envelope->index, seal->count, envelope->path,
                                     envelope->path_count};
    struct digest leaf;
    tree_leaf(seal->suite, envelope->salt, envelope->header, &leaf);
    if (!tree_prove(seal->suite, &leaf, &place, &seal->root, proven)) {
        return ENVELOPE_SIGNATURE;
    }
    *out_leaf = leaf;
    return ENVELOPE_OK;
}

enum envelope_outcome envelope_prove(const struct seal *seal, const struct envelope *envelope,
                                     struct digest *out_leaf)
{
    struct tree_proven nothing = {.any = false};
    return envelope_prove_next(seal, envelope, &nothing, out_leaf);
}

enum envelope_outcome envelope_check_parts(const struct seal *seal, const struct envelope *envelope,
                                           const Wire__Header *header)
{
    if (header->n_parts != envelope->part_count) {
        return ENVELOPE_MALFORMED;
    }
    for (size_t i = 0; i < envelope->part_count; i++) {
        const struct envelope_part *part = &envelope->parts[i];
        const Wire__Part *promised = header->parts[i];
        if (part->form != PART_PRESENT) {
            continue;
        }
        struct digest commitment;
        tree_commitment(seal->suite, part->salt, part->content, &commitment);
        if (promised->size != part->content.size || promised->commitment.len != DIGEST_BYTES ||
            memcmp(promised->commitment.data, commitment.bytes, DIGEST_BYTES) != 0) {
            return ENVELOPE_COMMITMENT;
        }
    }
    return ENVELOPE_OK;
}

static enum envelope_outcome decode_item(struct reader *reader, uint8_t seal_count,
                                         struct frame_item *out_item)
{
    uint8_t role = read_u8(reader);
    uint8_t seal = read_u8(reader);
    struct bytes body = read_sized(reader);
    if (reader->failed || role < FRAME_NUMBERED || role > FRAME_RECALLED || seal >= seal_count) {
        return ENVELOPE_MALFORMED;
    }
    *out_item = (struct frame_item){.role = (enum frame_role)role, .seal = seal, .body = body};
    return ENVELOPE_OK;
}

static enum envelope_outcome decode_frame_head(struct reader *reader, struct frame *out_frame)
{
    struct frame frame = {.stream = read_u32(reader)};
    frame.epoch = text_get_u64(read_run(reader, 8));
    frame.first = text_get_u64(read_run(reader, 8));
    frame.seal_count = read_u8(reader);
    frame.seals = read_run(reader, (size_t)frame.seal_count * SEAL_BYTES);
    frame.item_count = text_get_u16(read_run(reader, 2));
    // An item without its bytes must not cost memory.
    if (reader->failed || reader->left.size < (size_t)frame.item_count * FRAME_ITEM_BYTES) {
        return ENVELOPE_MALFORMED;
    }
    *out_frame = frame;
    return ENVELOPE_OK;
}

size_t envelope_count_items(struct bytes rest)
{
    struct reader reader = {.left = rest};
    struct frame frame;
    return decode_frame_head(&reader, &frame) == ENVELOPE_OK ? frame.item_count : 0;
}

enum envelope_outcome envelope_decode_frame(struct bytes rest, struct arena *arena,
                                            struct frame *out_frame)
{
    struct reader reader = {.left = rest};
    struct frame frame;
    if (rest.size > LIMIT_FRAME_BYTES) {
        return ENVELOPE_LIMIT;
    }
    enum envelope_outcome outcome = decode_frame_head(&reader, &frame);
    if (outcome != ENVELOPE_OK) {
        return outcome;
    }
    if (frame.item_count > LIMIT_FRAME_ITEMS) {
        return ENVELOPE_LIMIT;
    }
    frame.items = arena_take_array(arena, frame.item_count, sizeof *frame.items);
    if (frame.items == NULL) {
        return ENVELOPE_NO_MEMORY;
    }
    for (size_t i = 0; outcome == ENVELOPE_OK && i < frame.item_count; i++) {
        outcome = decode_item(&reader, frame.seal_count, &frame.items[i]);
    }
    if (outcome == ENVELOPE_OK && reader.left.size != 0) {
        return ENVELOPE_MALFORMED;
    }
    if (outcome == ENVELOPE_OK) {
        *out_frame = frame;
    }
    return outcome;
}

size_t envelope_encode_frame(const struct frame *frame, uint8_t *out, size_t size)
{
    size_t seal_bytes = (size_t)frame->seal_count * SEAL_BYTES;
    size_t needed = FRAME_HEAD_BYTES + seal_bytes;
    for (size_t i = 0; i < frame->item_count; i++) {
        needed += FRAME_ITEM_BYTES + frame->items[i].body.size;
    }
    if (needed > size) {
        return needed;
    }
    text_put_u32(out, frame->stream);
    text_put_u64(out + 4, frame->epoch);
    text_put_u64(out + 12, frame->first);
    out[20] = frame->seal_count;
    uint8_t *at = put(out + 21, frame->seals, seal_bytes);
    text_put_u16(at, frame->item_count);
    at += 2;
    for (size_t i = 0; i < frame->item_count; i++) {
        *at++ = (uint8_t)frame->items[i].role;
        *at++ = frame->items[i].seal;
        at = put_sized(at, frame->items[i].body);
    }
    return needed;
}
