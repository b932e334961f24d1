// SPDX-License-Identifier: Apache-2.0
#include "wire/envelope.h"

#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/seal_key.h"
#include "wire/text.h"
#include "wire/tree.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

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
    uint8_t *data = arena_take(arena, size);
    if (data == NULL) {
        return (struct bytes){.data = NULL, .size = 0};
    }
    put(put(data, magic, MAGIC_BYTES), seal, SEAL_BYTES);
    envelope_encode(envelope, data + front, size - front);
    return (struct bytes){.data = data, .size = size};
}

enum envelope_outcome envelope_prove(const struct seal *seal, const struct envelope *envelope,
                                     struct digest *out_leaf)
{
    struct digest leaf;
    struct digest root;
    tree_leaf(seal->suite, envelope->salt, envelope->header, &leaf);
    if (!tree_fold(seal->suite, &leaf, envelope->index, seal->count, envelope->path,
                   envelope->path_count, &root) ||
        memcmp(root.bytes, seal->root.bytes, DIGEST_BYTES) != 0) {
        return ENVELOPE_SIGNATURE;
    }
    *out_leaf = leaf;
    return ENVELOPE_OK;
}

static enum envelope_outcome blame(struct decode_fault *out_fault, enum envelope_outcome outcome,
                                   const char *field, const char *text)
{
    if (out_fault != NULL) {
        *out_fault = (struct decode_fault){.field = field, .text = text};
    }
    return outcome;
}

static enum envelope_outcome from_decode(enum decode_outcome outcome)
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

static bool is_same_bytes(ProtobufCBinaryData one, ProtobufCBinaryData other)
{
    return one.len == other.len && (one.len == 0 || memcmp(one.data, other.data, one.len) == 0);
}

static bool is_id(ProtobufCBinaryData data)
{
    return identity_is_id((struct bytes){.data = data.data, .size = data.len});
}

// What machines say about many matters at once belongs to none; a card is a matter of its own.
static bool is_matter_right(const Wire__Header *header)
{
    static const uint8_t zero[ID_BYTES];
    if (strcmp(header->kind, "receipt") == 0 || strcmp(header->kind, "offered") == 0) {
        return header->matter.len == ID_BYTES && memcmp(header->matter.data, zero, ID_BYTES) == 0;
    }
    if (strcmp(header->kind, "card") == 0) {
        return is_same_bytes(header->matter, header->id);
    }
    return is_id(header->matter);
}

static enum envelope_outcome check_identity(const struct seal *seal, const Wire__Header *header,
                                            struct decode_fault *out_fault)
{
    if (!identity_is_agency(header->author)) {
        return blame(out_fault, ENVELOPE_MALFORMED, "author", "not an agency id");
    }
    if (strcmp(header->author, seal->agency) != 0) {
        return blame(out_fault, ENVELOPE_IDENTITY, "author", "is not who sealed it");
    }
    if (!is_id(header->id)) {
        return blame(out_fault, ENVELOPE_MALFORMED, "id", "not a UUIDv7");
    }
    if (header->kind[0] == '\0') {
        return blame(out_fault, ENVELOPE_MALFORMED, "kind", "empty");
    }
    if (!is_matter_right(header)) {
        return blame(out_fault, ENVELOPE_MALFORMED, "matter", "not what its kind asks for");
    }
    if (header->procedure.len != 0 && header->procedure.len != DIGEST_BYTES) {
        return blame(out_fault, ENVELOPE_MALFORMED, "procedure", "not a digest");
    }
    return ENVELOPE_OK;
}

static const char *recipient_at(const Wire__Header *header, size_t index)
{
    return index < header->n_to ? header->to[index] : header->copy[index - header->n_to];
}

static enum envelope_outcome check_recipients(const Wire__Header *header,
                                              struct decode_fault *out_fault)
{
    if (header->n_to > LIMIT_RECIPIENTS || header->n_copy > LIMIT_RECIPIENTS) {
        return blame(out_fault, ENVELOPE_LIMIT, header->n_to > LIMIT_RECIPIENTS ? "to" : "copy",
                     "too many");
    }
    if (header->n_to == 0 && header->n_copy > 0) {
        return blame(out_fault, ENVELOPE_ADDRESSING, "copy",
                     "a copy of what is addressed to nobody");
    }
    for (size_t i = 0; i < header->n_to + header->n_copy; i++) {
        const char *field = i < header->n_to ? "to" : "copy";
        const char *recipient = recipient_at(header, i);
        if (!identity_is_agency(recipient)) {
            return blame(out_fault, ENVELOPE_MALFORMED, field, "not an agency id");
        }
        if (strcmp(recipient, header->author) == 0) {
            return blame(out_fault, ENVELOPE_ADDRESSING, field, "the author");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(recipient, recipient_at(header, j)) == 0) {
                return blame(out_fault, ENVELOPE_ADDRESSING, field, "named twice");
            }
        }
    }
    return ENVELOPE_OK;
}

static bool is_reference_right(const Wire__Reference *reference)
{
    return identity_is_agency(reference->author) && reference->id.len == ID_BYTES &&
           reference->leaf.len == DIGEST_BYTES;
}

static enum envelope_outcome check_references(const Wire__Header *header,
                                              struct decode_fault *out_fault)
{
    if (header->in_reply_to != NULL && !is_reference_right(header->in_reply_to)) {
        return blame(out_fault, ENVELOPE_MALFORMED, "in_reply_to", "names no statement");
    }
    for (size_t i = 0; i < header->n_cites; i++) {
        if (!is_reference_right(header->cites[i])) {
            return blame(out_fault, ENVELOPE_MALFORMED, "cites", "names no statement");
        }
    }
    return ENVELOPE_OK;
}

static enum envelope_outcome check_part_list(const struct envelope *envelope,
                                             const Wire__Header *header,
                                             struct decode_fault *out_fault)
{
    if (header->n_parts > LIMIT_PARTS) {
        return blame(out_fault, ENVELOPE_LIMIT, "parts", "too many");
    }
    if (header->n_parts != envelope->part_count) {
        return blame(out_fault, ENVELOPE_MALFORMED, "parts", "not as many as the envelope has");
    }
    for (size_t i = 0; i < header->n_parts; i++) {
        const Wire__Part *part = header->parts[i];
        if (part->commitment.len != DIGEST_BYTES) {
            return blame(out_fault, ENVELOPE_MALFORMED, "parts.commitment", "not a digest");
        }
        if (i > 0 && strcmp(part->role, "body") == 0) {
            return blame(out_fault, ENVELOPE_MALFORMED, "parts.role",
                         "only the first part is the body");
        }
    }
    return ENVELOPE_OK;
}

// All text of a header is a name or a number, but the reason of an urgency and what a law pair
// says.
static bool may_be_long(const ProtobufCFieldDescriptor *member)
{
    return strcmp(member->name, "urgent_reason") == 0 || strcmp(member->name, "value") == 0;
}

static bool has_long_name(const ProtobufCMessage *message);

static bool is_long(const ProtobufCFieldDescriptor *member, void *value)
{
    if (value == NULL) {
        return false;
    }
    if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        return has_long_name(value);
    }
    return !may_be_long(member) && strlen(value) > LIMIT_NAME_BYTES;
}

// Recursion is as deep as the descriptors of a header nest.
static bool has_long_name(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &type->fields[i];
        if (member->type != PROTOBUF_C_TYPE_STRING && member->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        const uint8_t *at = (const uint8_t *)message + member->offset;
        bool is_repeated = member->label == PROTOBUF_C_LABEL_REPEATED;
        size_t count = is_repeated
                           ? *(const size_t *)((const uint8_t *)message + member->quantifier_offset)
                           : 1;
        void *const *values = is_repeated ? *(void **const *)at : (void *const *)at;
        for (size_t j = 0; j < count; j++) {
            if (is_long(member, values[j])) {
                return true;
            }
        }
    }
    return false;
}

static enum envelope_outcome check_header(const struct seal *seal, const struct envelope *envelope,
                                          const Wire__Header *header,
                                          struct decode_fault *out_fault)
{
    enum envelope_outcome outcome = check_identity(seal, header, out_fault);
    if (outcome == ENVELOPE_OK) {
        outcome = check_recipients(header, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = check_references(header, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = check_part_list(envelope, header, out_fault);
    }
    if (outcome == ENVELOPE_OK && has_long_name(&header->base)) {
        return blame(out_fault, ENVELOPE_LIMIT, NULL, "a name or number of more than 512 bytes");
    }
    return outcome;
}

enum envelope_outcome envelope_open_header(const struct seal *seal, const struct envelope *envelope,
                                           struct arena *arena, struct decode_fault *out_fault,
                                           Wire__Header **out_header)
{
    ProtobufCMessage *message;
    enum decode_outcome decoded = decode_message(&wire__header__descriptor, envelope->header,
                                                 &decode_header_rules, arena, out_fault, &message);
    if (decoded != DECODE_OK) {
        return from_decode(decoded);
    }
    Wire__Header *header = (Wire__Header *)message;
    enum envelope_outcome outcome = check_header(seal, envelope, header, out_fault);
    if (outcome == ENVELOPE_OK) {
        *out_header = header;
    }
    return outcome;
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

char *envelope_to_pem(struct bytes input, const char *label, struct arena *arena)
{
    BIO *memory = input.size > INT_MAX / 2 ? NULL : BIO_new(BIO_s_mem());
    if (memory == NULL) {
        return NULL;
    }
    char *text = NULL;
    char *written;
    if (PEM_write_bio(memory, label, "", input.data, (long)input.size) > 0) {
        size_t size = (size_t)BIO_get_mem_data(memory, &written);
        text = arena_take(arena, size + 1);
        if (text != NULL) {
            memcpy(text, written, size);
        }
    }
    BIO_free(memory);
    return text;
}

// Takes the next block out of `memory`. Returns false at the end; `out_bytes` is set if the block
// has the label.
static bool next_block(BIO *memory, const char *label, struct arena *arena, struct bytes *out_bytes)
{
    char *name = NULL;
    char *headers = NULL;
    unsigned char *data = NULL;
    long size = 0;
    if (PEM_read_bio(memory, &name, &headers, &data, &size) != 1) {
        return false;
    }
    if (strcmp(name, label) == 0 && headers[0] == '\0') {
        *out_bytes = arena_copy_bytes(arena, (struct bytes){.data = data, .size = (size_t)size});
    }
    OPENSSL_free(name);
    OPENSSL_free(headers);
    OPENSSL_free(data);
    return true;
}

struct bytes envelope_from_pem(struct bytes text, const char *label, struct arena *arena)
{
    struct bytes found = {.data = NULL, .size = 0};
    BIO *memory =
        text.size == 0 || text.size > INT_MAX ? NULL : BIO_new_mem_buf(text.data, (int)text.size);
    if (memory == NULL) {
        return found;
    }
    ERR_set_mark();
    while (found.data == NULL && next_block(memory, label, arena, &found)) {
    }
    ERR_pop_to_mark();
    BIO_free(memory);
    return found;
}

// A card is made before there is a journal, and by itself.
static bool is_card_seal(const struct seal *seal)
{
    static const struct digest none;
    return seal->epoch == 0 && seal->turn == 0 &&
           memcmp(seal->head.bytes, none.bytes, DIGEST_BYTES) == 0;
}

static bool is_card_header(const struct envelope *envelope, const Wire__Header *header)
{
    return strcmp(header->kind, "card") == 0 && header->n_to == 0 && header->n_law == 0 &&
           header->n_parts == 1 && strcmp(header->parts[0]->role, "body") == 0 &&
           envelope->parts[0].form == PART_PRESENT;
}

static enum envelope_outcome decode_card(struct bytes content, struct arena *arena,
                                         struct decode_fault *out_fault, Wire__Card **out_card)
{
    ProtobufCMessage *message;
    enum decode_outcome decoded = decode_message(&wire__card__descriptor, content,
                                                 &decode_body_rules, arena, out_fault, &message);
    if (decoded != DECODE_OK) {
        return from_decode(decoded);
    }
    struct field_fault wrong;
    if (fields_check(kinds_find("card"), message, arena, &wrong, 1) > 0) {
        return blame(out_fault, ENVELOPE_MALFORMED, wrong.path, wrong.text);
    }
    *out_card = (Wire__Card *)message;
    return ENVELOPE_OK;
}

static enum envelope_outcome verify_card(const struct seal *seal, const uint8_t *sealed,
                                         const Wire__Card *card, struct decode_fault *out_fault)
{
    if (strcmp(card->agency, seal->agency) != 0) {
        return blame(out_fault, ENVELOPE_IDENTITY, "agency", "is not who sealed it");
    }
    if (card->suite != (uint32_t)seal->suite) {
        return blame(out_fault, ENVELOPE_SUITE, "suite", "is not the seal's");
    }
    struct seal_key *key = NULL;
    struct bytes raw = {.data = card->sign_key.data, .size = card->sign_key.len};
    switch (seal_key_new(seal->suite, raw, &key)) {
    case SEAL_KEY_OK:
        break;
    case SEAL_KEY_BAD:
        return blame(out_fault, ENVELOPE_MALFORMED, "sign_key", "not a key of its suite");
    case SEAL_KEY_FAILED:
        return blame(out_fault, ENVELOPE_NO_MEMORY, "sign_key", "could not be loaded");
    }
    bool holds = seal_key_verify(sealed, key);
    seal_key_free(&key);
    return holds ? ENVELOPE_OK
                 : blame(out_fault, ENVELOPE_SIGNATURE, NULL, "the seal does not hold");
}

// Everything that can be known of a card before its own key has spoken.
static enum envelope_outcome open_card_header(const struct seal *seal,
                                              const struct envelope *envelope, struct arena *arena,
                                              struct decode_fault *out_fault,
                                              Wire__Header **out_header)
{
    struct digest leaf;
    enum envelope_outcome outcome = envelope_prove(seal, envelope, &leaf);
    if (outcome != ENVELOPE_OK) {
        return blame(out_fault, outcome, NULL, "the path does not lead to the root");
    }
    outcome = envelope_open_header(seal, envelope, arena, out_fault, out_header);
    if (outcome != ENVELOPE_OK) {
        return outcome;
    }
    if (!is_card_seal(seal) || !is_card_header(envelope, *out_header)) {
        return blame(out_fault, ENVELOPE_MALFORMED, NULL, "not a card");
    }
    outcome = envelope_check_parts(seal, envelope, *out_header);
    return outcome == ENVELOPE_OK ? outcome
                                  : blame(out_fault, outcome, "parts", "not what the header says");
}

enum envelope_outcome envelope_open_card(struct bytes input, enum seal_domain domain,
                                         struct arena *arena, struct decode_fault *out_fault,
                                         Wire__Header **out_header, Wire__Card **out_card)
{
    const uint8_t *sealed;
    struct envelope envelope;
    struct seal seal;
    Wire__Header *header = NULL;
    Wire__Card *card = NULL;
    enum envelope_outcome outcome = envelope_decode_alone(input, &sealed, &envelope);
    if (outcome != ENVELOPE_OK) {
        return blame(out_fault, outcome, NULL, "not an envelope");
    }
    if (!seal_decode(sealed, &seal)) {
        return blame(out_fault, ENVELOPE_MALFORMED, NULL, "not a seal");
    }
    if (seal.domain != domain) {
        return blame(out_fault, ENVELOPE_TEST_STAMP, NULL, "test meets real");
    }
    outcome = open_card_header(&seal, &envelope, arena, out_fault, &header);
    if (outcome == ENVELOPE_OK) {
        outcome = decode_card(envelope.parts[0].content, arena, out_fault, &card);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = verify_card(&seal, sealed, card, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        *out_header = header;
        *out_card = card;
    }
    return outcome;
}
