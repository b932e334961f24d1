// SPDX-License-Identifier: Apache-2.0
#include "wire/decode.h"

#include "wire/limits.h"
#include "wire/text.h"

#include <stdbool.h>
#include <string.h>

const struct decode_rules decode_header_rules = {
    .bytes = LIMIT_HEADER_BYTES,
    .depth = LIMIT_HEADER_DEPTH,
    .fields = LIMIT_FIELDS,
    .unknown = DECODE_REFUSE_UNKNOWN,
};

const struct decode_rules decode_body_rules = {
    .bytes = LIMIT_PART_BYTES,
    .depth = LIMIT_BODY_DEPTH,
    .fields = LIMIT_FIELDS,
    .unknown = DECODE_KEEP_UNKNOWN,
};

const struct decode_rules decode_frame_rules = {
    .bytes = LIMIT_FRAME_BYTES,
    .depth = LIMIT_HEADER_DEPTH,
    .fields = LIMIT_FIELDS,
    .unknown = DECODE_KEEP_UNKNOWN,
};

// A reply may list 500 messages with their headers, deliveries and duties, or carry a whole matter.
const struct decode_rules decode_control_rules = {
    .bytes = 16 << 20,
    .depth = LIMIT_BODY_DEPTH,
    .fields = 64 * LIMIT_FIELDS,
    .unknown = DECODE_KEEP_UNKNOWN,
};

// An effect that this version does not know must stop it: the tables would silently miss what it
// did.
const struct decode_rules decode_record_rules = {
    .bytes = 64 << 20,
    .depth = LIMIT_BODY_DEPTH,
    .fields = 256 * LIMIT_FIELDS,
    .unknown = DECODE_REFUSE_UNKNOWN,
};

enum wire_type { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_LENGTH = 2, WIRE_32 = 5 };

// A tag or a length is at most 32 bits, anything else at most 64.
enum { SHORT_VARINT_BYTES = 5, LONG_VARINT_BYTES = 10 };

enum { MEMBERS_WATCHED = 128 };

// One message being scanned; a chain of them is the path to the field at hand.
struct level {
    const struct level *above;
    const ProtobufCMessageDescriptor *type;
    const ProtobufCFieldDescriptor *member; // the field at hand, NULL if unknown
    uint64_t seen[MEMBERS_WATCHED / 64];    // members met so far, by place in the descriptor
    struct bytes left;
};

struct scan {
    const struct decode_rules *rules;
    struct arena *arena;
    struct decode_fault *fault;
    unsigned fields;
    unsigned unknown;
};

static const char *show_path(struct arena *arena, const struct level *level)
{
    if (level == NULL || level->member == NULL) {
        return NULL;
    }
    const char *above = show_path(arena, level->above);
    return above == NULL ? level->member->name
                         : arena_format(arena, "%s.%s", above, level->member->name);
}

static enum decode_outcome blame(const struct scan *scan, const struct level *level,
                                 enum decode_outcome outcome, const char *text)
{
    if (scan->fault != NULL) {
        const struct level *named = level != NULL && level->member == NULL ? level->above : level;
        *scan->fault = (struct decode_fault){.field = show_path(scan->arena, named), .text = text};
    }
    return outcome;
}

static bool take_varint(struct bytes *left, size_t longest, uint64_t *out_value)
{
    uint64_t value = 0;
    for (size_t i = 0; i < left->size && i < longest; i++) {
        uint8_t byte = left->data[i];
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *left = (struct bytes){.data = left->data + i + 1, .size = left->size - i - 1};
            *out_value = value;
            return true;
        }
    }
    return false;
}

static bool take_bytes(struct bytes *left, uint64_t size, struct bytes *out_bytes)
{
    if (size > left->size) {
        return false;
    }
    *out_bytes = (struct bytes){.data = left->data, .size = (size_t)size};
    *left = (struct bytes){.data = left->data + size, .size = left->size - (size_t)size};
    return true;
}

// The value of one field without its tag; for a varint its bytes are not needed. Groups are no wire
// type of ours.
static bool take_value(struct bytes *left, unsigned wire_type, struct bytes *out_value)
{
    uint64_t number;
    switch (wire_type) {
    case WIRE_VARINT:
        *out_value = (struct bytes){.data = left->data, .size = 0};
        return take_varint(left, LONG_VARINT_BYTES, &number);
    case WIRE_64:
        return take_bytes(left, 8, out_value);
    case WIRE_LENGTH:
        return take_varint(left, SHORT_VARINT_BYTES, &number) &&
               take_bytes(left, number, out_value);
    case WIRE_32:
        return take_bytes(left, 4, out_value);
    }
    return false;
}

static enum wire_type natural_wire_type(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return WIRE_VARINT;
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32;
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return WIRE_LENGTH;
}

static enum decode_outcome count_field(struct scan *scan, const struct level *level)
{
    if (scan->fields == scan->rules->fields) {
        return blame(scan, level, DECODE_LIMIT, "too many fields");
    }
    scan->fields++;
    return DECODE_OK;
}

static enum decode_outcome scan_packed(struct scan *scan, const struct level *level,
                                       struct bytes content)
{
    enum wire_type wire_type = natural_wire_type(level->member->type);
    while (content.size > 0) {
        struct bytes element;
        if (!take_value(&content, wire_type, &element)) {
            return blame(scan, level, DECODE_MALFORMED, "packed numbers end too early");
        }
        enum decode_outcome outcome = count_field(scan, level);
        if (outcome != DECODE_OK) {
            return outcome;
        }
    }
    return DECODE_OK;
}

// The raw bytes are judged: once unpacked, text with a NUL inside looks like shorter text.
static enum decode_outcome scan_text(struct scan *scan, const struct level *level,
                                     struct bytes content)
{
    switch (text_check(content, NULL)) {
    case TEXT_OK:
        return DECODE_OK;
    case TEXT_NOT_UTF8:
        return blame(scan, level, DECODE_TEXT, "not UTF-8");
    case TEXT_CONTROL:
        return blame(scan, level, DECODE_TEXT, "control character");
    case TEXT_BIDI:
        break;
    }
    return blame(scan, level, DECODE_TEXT, "bidirectional control");
}

static enum decode_outcome scan_message(struct scan *scan, struct level *level, unsigned depth);

static enum decode_outcome scan_known(struct scan *scan, const struct level *level,
                                      unsigned wire_type, struct bytes content, unsigned depth)
{
    const ProtobufCFieldDescriptor *member = level->member;
    enum wire_type natural = natural_wire_type(member->type);
    bool is_packed = member->label == PROTOBUF_C_LABEL_REPEATED && natural != WIRE_LENGTH &&
                     wire_type == WIRE_LENGTH;
    if (is_packed) {
        return scan_packed(scan, level, content);
    }
    if (wire_type != natural) {
        return blame(scan, level, DECODE_MALFORMED, "wire type does not fit the field");
    }
    if (member->type == PROTOBUF_C_TYPE_STRING) {
        return scan_text(scan, level, content);
    }
    if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        struct level below = {.above = level, .type = member->descriptor, .left = content};
        return scan_message(scan, &below, depth + 1);
    }
    return DECODE_OK;
}

static enum decode_outcome scan_unknown(struct scan *scan, const struct level *level)
{
    if (scan->rules->unknown == DECODE_REFUSE_UNKNOWN) {
        return blame(scan, level, DECODE_UNKNOWN_FIELD, "unknown field");
    }
    if (scan->unknown == LIMIT_UNKNOWN_FIELDS) {
        return blame(scan, level, DECODE_LIMIT, "too many unknown fields");
    }
    scan->unknown++;
    return DECODE_OK;
}

static bool is_seen(const struct level *level, size_t place)
{
    return place < MEMBERS_WATCHED && (level->seen[place / 64] >> (place % 64) & 1) != 0;
}

static bool is_other_choice(const ProtobufCFieldDescriptor *one,
                            const ProtobufCFieldDescriptor *other)
{
    return (one->flags & other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
           one->quantifier_offset == other->quantifier_offset;
}

// Protobuf lets a later value win or merges it with the earlier one. No encoder of ours writes a
// field twice, and readers that disagree on which counts would disagree on what was signed.
static bool is_repeated_wrongly(struct level *level)
{
    size_t place = (size_t)(level->member - level->type->fields);
    if (level->member->label == PROTOBUF_C_LABEL_REPEATED) {
        return false;
    }
    if (is_seen(level, place)) {
        return true;
    }
    if ((level->member->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        for (size_t i = 0; i < level->type->n_fields; i++) {
            if (is_seen(level, i) && is_other_choice(level->member, &level->type->fields[i])) {
                return true;
            }
        }
    }
    if (place < MEMBERS_WATCHED) {
        level->seen[place / 64] |= UINT64_C(1) << (place % 64);
    }
    return false;
}

// Our numbers mostly begin at 1 and leave none out.
static const ProtobufCFieldDescriptor *find_member(const ProtobufCMessageDescriptor *type, uint32_t number)
{
    bool is_in_place = number - 1 < type->n_fields && type->fields[number - 1].id == number;
    return is_in_place ? &type->fields[number - 1] : protobuf_c_message_descriptor_get_field(type, number);
}

static enum decode_outcome scan_field(struct scan *scan, struct level *level, unsigned depth)
{
    uint64_t tag;
    struct bytes content;
    level->member = NULL;
    if (!take_varint(&level->left, SHORT_VARINT_BYTES, &tag) || tag > UINT32_MAX || tag >> 3 == 0) {
        return blame(scan, level, DECODE_MALFORMED, "not a field");
    }
    level->member = find_member(level->type, (uint32_t)tag >> 3);
    if (!take_value(&level->left, tag & 7, &content)) {
        return blame(scan, level, DECODE_MALFORMED,
                     "field ends too early or has no known wire type");
    }
    enum decode_outcome outcome = count_field(scan, level);
    if (outcome != DECODE_OK) {
        return outcome;
    }
    if (level->member == NULL) {
        return scan_unknown(scan, level);
    }
    if (is_repeated_wrongly(level)) {
        return blame(scan, level, DECODE_MALFORMED, "given twice");
    }
    return scan_known(scan, level, tag & 7, content, depth);
}

// Recursion ends at the depth the rules name.
static enum decode_outcome scan_message(struct scan *scan, struct level *level, unsigned depth)
{
    if (depth > scan->rules->depth) {
        return blame(scan, level, DECODE_LIMIT, "nested too deep");
    }
    while (level->left.size > 0) {
        enum decode_outcome outcome = scan_field(scan, level, depth);
        if (outcome != DECODE_OK) {
            return outcome;
        }
    }
    return DECODE_OK;
}

// Tells "the arena is full" from "protobuf-c refuses", which its NULL does not.
struct supply {
    struct arena *arena;
    bool is_exhausted;
};

static void *supply_memory(void *data, size_t size)
{
    struct supply *supply = data;
    void *memory = arena_take_unset(supply->arena, size); // as malloc's, which protobuf-c expects
    supply->is_exhausted = supply->is_exhausted || memory == NULL;
    return memory;
}

static void keep_memory(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

enum decode_outcome decode_message(const ProtobufCMessageDescriptor *type, struct bytes input,
                                   const struct decode_rules *rules, struct arena *arena,
                                   struct decode_fault *out_fault, ProtobufCMessage **out_message)
{
    struct scan scan = {.rules = rules, .arena = arena, .fault = out_fault};
    struct level top = {.type = type, .left = input};
    if (input.size > rules->bytes) {
        return blame(&scan, NULL, DECODE_LIMIT, "too many bytes");
    }
    enum decode_outcome outcome = scan_message(&scan, &top, 1);
    if (outcome != DECODE_OK) {
        return outcome;
    }
    struct supply supply = {.arena = arena};
    ProtobufCAllocator allocator = {
        .alloc = supply_memory, .free = keep_memory, .allocator_data = &supply};
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &allocator, input.size, input.data);
    if (message == NULL) {
        return supply.is_exhausted ? blame(&scan, NULL, DECODE_NO_MEMORY, "unpacks to too much")
                                   : blame(&scan, NULL, DECODE_MALFORMED, "does not unpack");
    }
    *out_message = message;
    return DECODE_OK;
}

struct bytes decode_pack(const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_take_unset(arena, size);
    if (data == NULL) {
        return (struct bytes){.data = NULL, .size = 0};
    }
    protobuf_c_message_pack(message, data);
    return (struct bytes){.data = data, .size = size};
}

const char *decode_code(enum decode_outcome outcome)
{
    switch (outcome) {
    case DECODE_OK:
        return "";
    case DECODE_MALFORMED:
    case DECODE_UNKNOWN_FIELD:
        return "malformed";
    case DECODE_TEXT:
        return "text";
    case DECODE_LIMIT:
    case DECODE_NO_MEMORY:
        break;
    }
    return "limit";
}
