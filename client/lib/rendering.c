// SPDX-License-Identifier: Apache-2.0
#include "lib/rendering.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mapping.h"
#include "wire/control.pb-c.h"
#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "law/instant.h"

enum {
    // A body is at most 512 KiB; protobuf-c takes at most 84 times what it decodes.
    DECODED_BYTES = 64 << 20,
};

void rendering_instant(int64_t instant_ms, char out_text[RENDERING_INSTANT_BYTES])
{
    char whole[INSTANT_TEXT_BYTES];
    instant_format(instant_ms, whole);
    int millisecond = (int)((instant_ms % 1000 + 1000) % 1000);
    if (millisecond == 0) {
        snprintf(out_text, RENDERING_INSTANT_BYTES, "%s", whole);
    } else {
        snprintf(out_text, RENDERING_INSTANT_BYTES, "%.19s.%03d%s", whole, millisecond, whole + 19);
    }
}

static json_t *write_instant(int64_t instant_ms)
{
    char text[RENDERING_INSTANT_BYTES];
    rendering_instant(instant_ms, text);
    return json_string(text);
}

static json_t *write_bytes(const char *name, const ProtobufCBinaryData *data)
{
    if (data->len == ID_BYTES && mapping_is_statement_id(name)) {
        char text[IDENTITY_TEXT_BYTES];
        identity_format_id(data->data, text);
        return json_string(text);
    }
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(data->len * 2 + 1);
    if (text == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < data->len; i++) {
        text[2 * i] = digits[data->data[i] >> 4];
        text[2 * i + 1] = digits[data->data[i] & 15];
    }
    json_t *json = json_stringn(text, data->len * 2);
    free(text);
    return json;
}

json_t *rendering_u64(uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, number);
    return json_string(text);
}

static json_t *write_i64(int64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, number);
    return json_string(text);
}

static json_t *write_value(const ProtobufCFieldDescriptor *field, const void *member,
                           enum rendering_fill fill)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)member);
    case PROTOBUF_C_TYPE_BYTES:
        return write_bytes(field->name, member);
    case PROTOBUF_C_TYPE_MESSAGE:
        return rendering_message(*(ProtobufCMessage *const *)member, fill);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)member);
    case PROTOBUF_C_TYPE_INT64:
        return mapping_is_instant(field) ? write_instant(*(const int64_t *)member)
                                         : write_i64(*(const int64_t *)member);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return rendering_u64(*(const uint64_t *)member);
    case PROTOBUF_C_TYPE_UINT32:
        return json_integer(*(const uint32_t *)member);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return json_null();
}

// Is this single field to be written at all? An instant or id of zero means "none" everywhere in
// the schema.
static bool is_worth_writing(const ProtobufCFieldDescriptor *field, const void *member,
                             enum rendering_fill fill)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return fill == RENDERING_FULL || **(char *const *)member != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)member)->len > 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)member != NULL;
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)member != 0 ||
               (fill == RENDERING_FULL && !mapping_is_instant(field));
    case PROTOBUF_C_TYPE_BOOL:
        return fill == RENDERING_FULL || *(const protobuf_c_boolean *)member;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return fill == RENDERING_FULL || *(const uint64_t *)member != 0;
    case PROTOBUF_C_TYPE_UINT32:
        return fill == RENDERING_FULL || *(const uint32_t *)member != 0;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_ENUM:
        break;
    }
    return false;
}

static json_t *write_list(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                          enum rendering_fill fill)
{
    size_t count = *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
    const uint8_t *elements = *(uint8_t *const *)((const uint8_t *)message + field->offset);
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(
                list, write_value(field, elements + i * mapping_element_size(field->type), fill)) !=
            0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *write_body(const Control__Message *message)
{
    struct bytes body = {message->body.data, message->body.len};
    return rendering_body(message->header == NULL ? "" : message->header->kind, body);
}

// NULL in `out_json` means that the field is left out. False: no memory.
static bool write_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                        enum rendering_fill fill, json_t **out_json)
{
    *out_json = NULL;
    const void *member = (const uint8_t *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
        if (count == 0 && fill == RENDERING_SPARSE) {
            return true;
        }
        *out_json = write_list(field, message, fill);
        return *out_json != NULL;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
        *(const uint32_t *)((const uint8_t *)message + field->quantifier_offset) != field->id) {
        return true;
    }
    if (!is_worth_writing(field, member, fill)) {
        return true;
    }
    bool is_body =
        message->descriptor == &control__message__descriptor && strcmp(field->name, "body") == 0;
    *out_json =
        is_body ? write_body((const Control__Message *)message) : write_value(field, member, fill);
    return *out_json != NULL;
}

json_t *rendering_message(const ProtobufCMessage *message, enum rendering_fill fill)
{
    json_t *object = json_object();
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; object != NULL && i < type->n_fields; i++) {
        json_t *value;
        if (!write_field(&type->fields[i], message, fill, &value) ||
            (value != NULL && json_object_set_new(object, type->fields[i].name, value) != 0)) {
            json_decref(object);
            return NULL;
        }
    }
    return object;
}

json_t *rendering_body(const char *kind_name, struct bytes body)
{
    const struct kind *kind = kinds_find(kind_name);
    struct arena *arena = NULL;
    ProtobufCMessage *message;
    if (arena_new(DECODED_BYTES, &arena) != 0) {
        return NULL;
    }
    enum decode_outcome outcome =
        kind == NULL || kind->descriptor == NULL
            ? DECODE_MALFORMED
            : decode_message(kind->descriptor, body, &decode_body_rules, arena, NULL, &message);
    json_t *json = NULL;
    if (outcome == DECODE_OK) {
        json = rendering_message(message, RENDERING_SPARSE);
    } else if (outcome != DECODE_NO_MEMORY || arena_is_full(arena)) {
        const ProtobufCBinaryData raw = {body.size, (uint8_t *)body.data};
        json = write_bytes("body", &raw);
    }
    arena_free(&arena);
    return json;
}

static void keep_whole(json_t **json, int result)
{
    if (result != 0) {
        json_decref(*json);
        *json = NULL;
    }
}

void rendering_append(json_t **list, json_t *item)
{
    keep_whole(list, json_array_append_new(*list, item));
}

void rendering_set(json_t **object, const char *name, json_t *value)
{
    keep_whole(object, json_object_set_new(*object, name, value));
}

char *rendering_text(const json_t *json)
{
    if (json == NULL) {
        return NULL;
    }
    int before = errno;
    errno = 0;
    char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (errno == ENOMEM) { // jansson leaves out what there was no memory for
        free(text);
        return NULL;
    }
    errno = before;
    return text;
}

enum liaison_outcome rendering_give(json_t *json, enum liaison_outcome outcome, char **out_json)
{
    char *text = rendering_text(json);
    json_decref(json);
    if (text == NULL) {
        return LIAISON_FAILED;
    }
    *out_json = text;
    return outcome;
}
