// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz.h"

#include "wire/decode.h"

enum { ARENA_BYTES = 256 << 20 };

struct arena *fuzz_arena(void)
{
    static struct arena *arena;
    if (arena == NULL) {
        must(arena_new(ARENA_BYTES, &arena) == 0);
    }
    arena_reset(arena);
    return arena;
}

char *fuzz_text(struct arena *arena, struct bytes input)
{
    char *text = arena_take(arena, input.size + 1);
    must(text != NULL);
    if (input.size > 0) {
        memcpy(text, input.data, input.size);
    }
    return text;
}

// The tables of RFC 3629, row by row: first byte, range of the second, how many follow.
struct utf8_row {
    uint8_t first_least;
    uint8_t first_most;
    uint8_t second_least;
    uint8_t second_most;
    size_t tails;
};

static const struct utf8_row utf8_rows[] = {
    {0xc2, 0xdf, 0x80, 0xbf, 1}, {0xe0, 0xe0, 0xa0, 0xbf, 2}, {0xe1, 0xec, 0x80, 0xbf, 2},
    {0xed, 0xed, 0x80, 0x9f, 2}, {0xee, 0xef, 0x80, 0xbf, 2}, {0xf0, 0xf0, 0x90, 0xbf, 3},
    {0xf1, 0xf3, 0x80, 0xbf, 3}, {0xf4, 0xf4, 0x80, 0x8f, 3},
};

// Bytes of the character at the front of `text`; 0: there is none.
static size_t measure_character(struct bytes text)
{
    const uint8_t *at = text.data;
    for (size_t i = 0; i < sizeof utf8_rows / sizeof *utf8_rows; i++) {
        const struct utf8_row *row = &utf8_rows[i];
        if (at[0] < row->first_least || at[0] > row->first_most) {
            continue;
        }
        if (text.size <= row->tails || at[1] < row->second_least || at[1] > row->second_most) {
            return 0;
        }
        for (size_t tail = 2; tail <= row->tails; tail++) {
            if (at[tail] < 0x80 || at[tail] > 0xbf) {
                return 0;
            }
        }
        return row->tails + 1;
    }
    return 0;
}

static bool is_forbidden(const uint8_t *at, size_t size)
{
    static const char *const forbidden[] = {
        "\u061c", "\u200e", "\u200f", "\u202a", "\u202b", "\u202c",
        "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
    };
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++) {
        if (strlen(forbidden[i]) == size && memcmp(forbidden[i], at, size) == 0) {
            return true;
        }
    }
    return size == 2 && at[0] == 0xc2 && at[1] < 0xa0; // U+0080 to U+009F
}

bool fuzz_is_clean(struct bytes text)
{
    while (text.size > 0) {
        uint8_t first = text.data[0];
        size_t size = first < 0x80 ? 1 : measure_character(text);
        bool is_plain = first >= 0x80 || first == '\t' || first == '\n' || (first >= ' ' && first < 0x7f);
        if (size == 0 || !is_plain || is_forbidden(text.data, size)) {
            return false;
        }
        text = (struct bytes){text.data + size, text.size - size};
    }
    return true;
}

static void measure_into(const ProtobufCMessage *message, unsigned depth, struct fuzz_measure *measure);

size_t fuzz_element_bytes(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return sizeof(uint32_t);
}

static void measure_value(const ProtobufCFieldDescriptor *field, const void *at, unsigned depth,
                          struct fuzz_measure *measure)
{
    void *pointer;
    if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE) {
        return;
    }
    memcpy(&pointer, at, sizeof pointer);
    if (pointer == NULL) {
        return;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        measure->values++;
        measure_into(pointer, depth + 1, measure);
    } else {
        const struct bytes text = {pointer, strlen(pointer)};
        measure->clean = measure->clean && fuzz_is_clean(text);
    }
}

// Recursion is as deep as the message, which is for the caller to judge.
static void measure_into(const ProtobufCMessage *message, unsigned depth, struct fuzz_measure *measure)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    measure->depth = depth > measure->depth ? depth : measure->depth;
    measure->unknown += message->n_unknown_fields;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &type->fields[i];
        const uint8_t *at = (const uint8_t *)message + field->offset;
        const uint8_t *quantifier = (const uint8_t *)message + field->quantifier_offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            const uint8_t *elements = *(const uint8_t *const *)(const void *)at;
            size_t count = *(const size_t *)(const void *)quantifier;
            measure->values += field->type == PROTOBUF_C_TYPE_MESSAGE ? 0 : count;
            for (size_t j = 0; j < count; j++) {
                measure_value(field, elements + j * fuzz_element_bytes(field), depth, measure);
            }
        } else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
                   *(const uint32_t *)(const void *)quantifier == field->id) {
            measure_value(field, at, depth, measure);
        }
    }
}

struct fuzz_measure fuzz_measure(const ProtobufCMessage *message)
{
    struct fuzz_measure measure = {.clean = true};
    measure_into(message, 1, &measure);
    return measure;
}

static bool is_set(const ProtobufCFieldDescriptor *field, const uint8_t *at)
{
    static const uint8_t zero[sizeof(ProtobufCBinaryData)];
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)(const void *)at;
        return text != NULL && text[0] != '\0';
    }
    return memcmp(at, zero, fuzz_element_bytes(field)) != 0;
}

void fuzz_merge(ProtobufCMessage *into, const ProtobufCMessage *from)
{
    for (unsigned i = 0; i < from->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &from->descriptor->fields[i];
        const uint8_t *at = (const uint8_t *)from + field->offset;
        const uint8_t *count = (const uint8_t *)from + field->quantifier_offset;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            if (*(const size_t *)(const void *)count > 0) {
                memcpy((uint8_t *)into + field->offset, at, sizeof(void *));
                memcpy((uint8_t *)into + field->quantifier_offset, count, sizeof(size_t));
            }
        } else if (is_set(field, at)) {
            memcpy((uint8_t *)into + field->offset, at, fuzz_element_bytes(field));
        }
    }
}

bool fuzz_is_same(struct bytes one, struct bytes other)
{
    return one.size == other.size && (one.size == 0 || memcmp(one.data, other.data, one.size) == 0);
}

struct bytes fuzz_pack(const ProtobufCMessage *message, struct arena *arena)
{
    struct bytes packed = decode_pack(message, arena);
    must(packed.data != NULL);
    ProtobufCMessage *again = protobuf_c_message_unpack(message->descriptor, arena_allocator(arena), packed.size, packed.data);
    must(again != NULL);
    must(fuzz_is_same(packed, decode_pack(again, arena)));
    return packed;
}

void fuzz_check_fault(struct bytes text, const struct law_fault *fault)
{
    unsigned lines = 1;
    for (size_t i = 0; i < text.size; i++) {
        lines += text.data[i] == '\n';
    }
    must(fault->line >= 1 && fault->line <= lines);
    must(fault->text[0] != '\0' && fuzz_is_clean((struct bytes){(const uint8_t *)fault->text, strlen(fault->text)}));
}

uint64_t fuzz_sum(struct bytes input)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325); // FNV-1a
    for (size_t i = 0; i < input.size; i++) {
        sum = (sum ^ input.data[i]) * UINT64_C(0x100000001b3);
    }
    return sum ^ sum >> 32;
}
