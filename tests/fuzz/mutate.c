// SPDX-License-Identifier: Apache-2.0
//
// How libFuzzer changes an input that is a protobuf message: a member is filled in, emptied, changed, doubled or moved,
// and what comes out is a message again. One input in four is changed as plain bytes instead, so that what does not
// decode is tried as well.
#include "fuzz/fuzz.h"

#include "wire/decode.h"
#include "wire/kinds.h"

enum { GROWTH_BYTES = 64, DEEPEST = 6 };

// libFuzzer's: changes bytes in place by its own means, the dictionary among them.
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);

struct change {
    struct arena *arena;
    uint64_t dice;
};

static unsigned roll(struct change *change, unsigned sides)
{
    change->dice = change->dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((change->dice >> 33) % sides);
}

static void change_message(struct change *change, ProtobufCMessage *message, unsigned depth);

static struct bytes change_bytes(struct change *change, struct bytes bytes)
{
    size_t most = bytes.size + GROWTH_BYTES;
    uint8_t *changed = arena_take(change->arena, most + 1);
    must(changed != NULL);
    if (bytes.size > 0) {
        memcpy(changed, bytes.data, bytes.size);
    }
    return (struct bytes){changed, LLVMFuzzerMutate(changed, bytes.size, most)};
}

// Bytes named body beside a text named kind are the message of that kind.
static const ProtobufCMessageDescriptor *find_inner(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const ProtobufCFieldDescriptor *kind = protobuf_c_message_descriptor_get_field_by_name(message->descriptor, "kind");
    if (strcmp(field->name, "body") != 0 || kind == NULL) {
        return NULL;
    }
    const uint8_t *at = (const uint8_t *)message + kind->offset;
    const struct kind *row = kind->type == PROTOBUF_C_TYPE_STRING   ? kinds_find(*(char *const *)(const void *)at)
                             : kind->type == PROTOBUF_C_TYPE_UINT32 ? kinds_at(*(const uint32_t *)(const void *)at % kinds_count())
                                                                    : NULL;
    return row == NULL ? NULL : row->descriptor;
}

static ProtobufCBinaryData change_data(struct change *change, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                                       ProtobufCBinaryData data, unsigned depth)
{
    const ProtobufCMessageDescriptor *inner = find_inner(message, field);
    ProtobufCMessage *body = inner == NULL || roll(change, 4) == 0
                                 ? NULL
                                 : protobuf_c_message_unpack(inner, arena_allocator(change->arena), data.len, data.data);
    if (body != NULL) {
        change_message(change, body, depth + 1);
    }
    const struct bytes changed = body == NULL ? change_bytes(change, decode_bytes(data)) : decode_pack(body, change->arena);
    return (ProtobufCBinaryData){changed.size, (uint8_t *)(uintptr_t)changed.data};
}

static uint64_t change_number(struct change *change, uint64_t number)
{
    static const uint64_t edges[] = {0, 1, 2, 127, 128, 255, 256, 65535, UINT32_MAX, INT32_MAX, INT64_MAX, UINT64_MAX, UINT64_C(1) << 63};
    switch (roll(change, 4)) {
    case 0:
        return edges[roll(change, sizeof edges / sizeof *edges)];
    case 1:
        return number + 1;
    case 2:
        return number - 1;
    }
    return number ^ UINT64_C(1) << roll(change, 64);
}

static void change_small(struct change *change, uint32_t *number)
{
    *number = roll(change, 2) == 0 ? roll(change, 16) : (uint32_t)change_number(change, *number);
}

static void change_pointer(struct change *change, const ProtobufCFieldDescriptor *field, void **pointer, unsigned depth)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *pointer == NULL ? "" : *pointer;
        struct bytes changed = change_bytes(change, (struct bytes){(const uint8_t *)text, strlen(text)});
        ((uint8_t *)(uintptr_t)changed.data)[changed.size] = '\0';
        *pointer = (void *)(uintptr_t)changed.data;
        return;
    }
    const ProtobufCMessageDescriptor *type = field->descriptor;
    if (*pointer == NULL) {
        *pointer = arena_take(change->arena, type->sizeof_message);
        must(*pointer != NULL);
        protobuf_c_message_init(type, *pointer);
    }
    if (depth < DEEPEST) {
        change_message(change, *pointer, depth + 1);
    }
}

static void change_value(struct change *change, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, void *at, unsigned depth)
{
    uint64_t wide;
    void *pointer;
    ProtobufCBinaryData data;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        memcpy(&pointer, at, sizeof pointer);
        change_pointer(change, field, &pointer, depth);
        memcpy(at, &pointer, sizeof pointer);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        memcpy(&data, at, sizeof data);
        data = change_data(change, message, field, data, depth);
        memcpy(at, &data, sizeof data);
        return;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(&wide, at, sizeof wide);
        wide = change_number(change, wide);
        memcpy(at, &wide, sizeof wide);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        *(protobuf_c_boolean *)at = !*(protobuf_c_boolean *)at;
        return;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    change_small(change, at);
}

static void change_list(struct change *change, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, unsigned depth)
{
    uint8_t **list = (uint8_t **)(void *)((uint8_t *)message + field->offset);
    size_t *count = (size_t *)(void *)((uint8_t *)message + field->quantifier_offset);
    size_t size = fuzz_element_bytes(field);
    uint8_t *larger = arena_take_array(change->arena, *count + 1, size);
    must(larger != NULL);
    if (*count > 0) {
        memcpy(larger, *list, *count * size);
    }
    size_t one = *count == 0 ? 0 : roll(change, (unsigned)*count);
    size_t other = *count == 0 ? 0 : roll(change, (unsigned)*count);
    *list = larger;
    switch (*count == 0 ? 0 : roll(change, 5)) {
    case 0: // one more, made up
        memset(larger + *count * size, 0, size);
        if (field->type == PROTOBUF_C_TYPE_STRING) {
            static char nothing[1];
            void *pointer = nothing;
            memcpy(larger + *count * size, &pointer, sizeof pointer);
        }
        change_value(change, message, field, larger + *count * size, depth);
        (*count)++;
        return;
    case 1: // one more, like another
        memcpy(larger + *count * size, larger + one * size, size);
        (*count)++;
        return;
    case 2: // one fewer
        memmove(larger + one * size, larger + (one + 1) * size, (*count - one - 1) * size);
        (*count)--;
        return;
    case 3: // one in the place of another
        memcpy(larger + other * size, larger + one * size, size);
        return;
    }
    change_value(change, message, field, larger + one * size, depth);
}

static void change_single(struct change *change, ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, unsigned depth)
{
    uint8_t *at = (uint8_t *)message + field->offset;
    uint32_t *quantifier = (uint32_t *)(void *)((uint8_t *)message + field->quantifier_offset);
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 && *quantifier != field->id) {
        *quantifier = field->id;
        memset(at, 0, field->type == PROTOBUF_C_TYPE_BYTES ? sizeof(ProtobufCBinaryData) : sizeof(void *));
    }
    bool is_emptied = field->type == PROTOBUF_C_TYPE_MESSAGE && roll(change, 12) == 0;
    if (is_emptied) {
        memset(at, 0, sizeof(void *));
    } else {
        change_value(change, message, field, at, depth);
    }
}

static void change_message(struct change *change, ProtobufCMessage *message, unsigned depth)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    if (type->n_fields == 0) {
        return;
    }
    const ProtobufCFieldDescriptor *field = &type->fields[roll(change, type->n_fields)];
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        change_list(change, message, field, depth);
    } else {
        change_single(change, message, field, depth);
    }
}

// Data and length of what is put in the place of the input; 0: it is no message, or has grown too large.
static size_t change_input(struct change *change, const ProtobufCMessageDescriptor *type, uint8_t *data, size_t size, size_t most)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(type, arena_allocator(change->arena), size, data);
    if (message == NULL) {
        return 0;
    }
    for (unsigned times = 1 + roll(change, 3); times > 0; times--) {
        change_message(change, message, 0);
    }
    size_t packed = protobuf_c_message_get_packed_size(message);
    return packed > most ? 0 : protobuf_c_message_pack(message, data);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    static struct arena *arena;
    if (arena == NULL) {
        must(arena_new(64 << 20, &arena) == 0);
    }
    arena_reset(arena);
    struct change change = {arena, seed};
    size_t front = 0;
    const ProtobufCMessageDescriptor *type = fuzz_shape((struct bytes){data, size}, &front);
    if (type == NULL || size < front || roll(&change, 4) == 0) {
        return LLVMFuzzerMutate(data, size, most);
    }
    if (front > 0 && roll(&change, 16) == 0) {
        data[roll(&change, (unsigned)front)] = (uint8_t)roll(&change, 64);
        return size;
    }
    size_t changed = change_input(&change, type, data + front, size - front, most - front);
    return changed == 0 ? LLVMFuzzerMutate(data, size, most) : front + changed;
}
