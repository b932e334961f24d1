// SPDX-License-Identifier: Apache-2.0
#include "lib/mapping.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/text.h"
#include "law/clock.h"
#include "wire/control.pb-c.h"

enum {
    // A form with every field filled to its limit and eight times escaped still fits.
    LARGEST_JSON_BYTES = 4 << 20,
    // Decoding takes at most this many times what came in (protobuf-c's worst measured case is 84).
    DECODED_BYTES = 64 << 20,
};

// What is being read: where it stands, whose titles apply, and what was found wrong so far.
struct reading {
    struct arena *arena;
    const struct kind *kind;
    struct mapping_faults *faults;
    unsigned depth;
    enum mapping_outcome outcome;
};

// --------------------------------------------------------------------------------------------------------- faults

static const char *strip_indices(struct arena *arena, const char *path)
{
    char *plain = arena_copy_text(arena, path);
    if (plain == NULL) {
        return path;
    }
    char *to = plain;
    for (const char *from = plain; *from != '\0'; from++) {
        // A key of the sender's own may hold a bracket that never closes.
        const char *end = *from == '[' ? strchr(from, ']') : NULL;
        if (end != NULL) {
            from = end;
        } else {
            *to++ = *from;
        }
    }
    *to = '\0';
    return plain;
}

static const char *find_title(const struct reading *reading, const char *path)
{
    if (reading->kind == NULL) {
        return "";
    }
    const char *plain = strip_indices(reading->arena, path);
    for (size_t i = 0; i < reading->kind->field_count; i++) {
        if (strcmp(reading->kind->fields[i].path, plain) == 0) {
            return reading->kind->fields[i].title_zh;
        }
    }
    return "";
}

static void refuse(struct reading *reading, const char *path, const char *text)
{
    if (path == NULL || text == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
        return;
    }
    if (reading->outcome == MAPPING_OK) {
        reading->outcome = MAPPING_REFUSED;
    }
    struct mapping_faults *faults = reading->faults;
    if (faults->count < MAPPING_FAULTS) {
        faults->items[faults->count++] =
            (struct mapping_fault){.path = path, .title = find_title(reading, path), .text = text};
    }
}

static const char *join_path(const struct reading *reading, const char *path, const char *name)
{
    return *path == '\0' ? arena_copy_text(reading->arena, name)
                         : arena_format(reading->arena, "%s.%s", path, name);
}

// ---------------------------------------------------------------------------------------------------- JSON to protobuf

static bool is_instant(const ProtobufCFieldDescriptor *field)
{
    size_t length = strlen(field->name);
    bool is_span = length > 3 && strcmp(field->name + length - 3, "_ms") == 0;
    return field->type == PROTOBUF_C_TYPE_INT64 && !is_span;
}

static bool is_statement_id(const char *name)
{
    static const char *const names[] = {"id", "matter", "in_reply_to", "opened_by", "met_by"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static const char *name_text_fault(enum text_outcome outcome)
{
    switch (outcome) {
    case TEXT_OK:
        return "";
    case TEXT_NOT_UTF8:
        return "不是合法的 UTF-8 文本";
    case TEXT_CONTROL:
        return "含有控制字符";
    case TEXT_BIDI:
        return "含有改变书写方向的字符";
    }
    return "";
}

static void read_string(struct reading *reading, const char *path, const json_t *json, char **out_text)
{
    if (!json_is_string(json)) {
        refuse(reading, path, "应为文本");
        return;
    }
    struct bytes text = {(const uint8_t *)json_string_value(json), json_string_length(json)};
    enum text_outcome outcome = text_check(text, NULL);
    if (outcome != TEXT_OK) {
        refuse(reading, path, name_text_fault(outcome));
        return;
    }
    char *copy = arena_copy_text(reading->arena, json_string_value(json));
    if (copy == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
        return;
    }
    *out_text = copy;
}

static void read_id(struct reading *reading, const char *path, const char *text, ProtobufCBinaryData *out_data)
{
    uint8_t *id = arena_take(reading->arena, ID_BYTES);
    if (id == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
    } else if (!identity_parse_id(text, id)) {
        refuse(reading, path, "应为 UUID");
    } else {
        *out_data = (ProtobufCBinaryData){.len = ID_BYTES, .data = id};
    }
}

static void read_bytes(struct reading *reading, const ProtobufCFieldDescriptor *field, const char *path,
                       const json_t *json, ProtobufCBinaryData *out_data)
{
    if (!json_is_string(json)) {
        refuse(reading, path, is_statement_id(field->name) ? "应为 UUID" : "应为十六进制文本");
        return;
    }
    const char *text = json_string_value(json);
    if (is_statement_id(field->name)) {
        read_id(reading, path, text, out_data);
        return;
    }
    size_t size = json_string_length(json) / 2;
    uint8_t *data = arena_take(reading->arena, size);
    if (data == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
    } else if (json_string_length(json) % 2 != 0 || !text_parse_hex(text, data, size)) {
        refuse(reading, path, "应为十六进制文本");
    } else {
        *out_data = (ProtobufCBinaryData){.len = size, .data = data};
    }
}

static void read_instant(struct reading *reading, const char *path, const json_t *json, int64_t *out_instant)
{
    if (!json_is_string(json) || !clock_parse(json_string_value(json), out_instant)) {
        refuse(reading, path, "应为带时区的时间，例如 2026-02-14T10:00:00+08:00");
    }
}

static bool has_digits_only(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 20;
}

// A number, or decimal text for those that a JavaScript number cannot hold.
static void read_unsigned(struct reading *reading, const char *path, const json_t *json, uint64_t largest,
                          uint64_t *out_number)
{
    uint64_t number = 0;
    if (json_is_integer(json) && json_integer_value(json) >= 0) {
        number = (uint64_t)json_integer_value(json);
    } else if (json_is_string(json) && has_digits_only(json_string_value(json))) {
        for (const char *at = json_string_value(json); *at != '\0'; at++) {
            if (__builtin_mul_overflow(number, 10u, &number) ||
                __builtin_add_overflow(number, (uint64_t)(*at - '0'), &number)) {
                refuse(reading, path, "数字过大");
                return;
            }
        }
    } else {
        refuse(reading, path, "应为非负整数");
        return;
    }
    if (number > largest) {
        refuse(reading, path, "数字过大");
        return;
    }
    *out_number = number;
}

static void read_signed(struct reading *reading, const char *path, const json_t *json, int64_t *out_number)
{
    const char *text = json_string_value(json);
    if (json_is_integer(json)) {
        *out_number = json_integer_value(json);
        return;
    }
    char *end = NULL;
    errno = 0;
    long long number = text == NULL ? 0 : strtoll(text, &end, 10);
    if (text == NULL || end == text || *end != '\0' || errno != 0) {
        refuse(reading, path, "应为整数");
        return;
    }
    *out_number = number;
}

static void read_truth(struct reading *reading, const char *path, const json_t *json, protobuf_c_boolean *out_truth)
{
    if (json_is_boolean(json)) {
        *out_truth = json_is_true(json);
    } else {
        refuse(reading, path, "应为 true 或 false");
    }
}

static ProtobufCMessage *read_message(struct reading *reading, const ProtobufCMessageDescriptor *type,
                                      const char *path, const json_t *json);

// Reads one value into `member`, which has the field's element type.
static void read_value(struct reading *reading, const ProtobufCFieldDescriptor *field, const char *path,
                       const json_t *json, void *member)
{
    uint64_t number = 0;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        read_string(reading, path, json, member);
        return;
    case PROTOBUF_C_TYPE_BYTES:
        read_bytes(reading, field, path, json, member);
        return;
    case PROTOBUF_C_TYPE_MESSAGE:
        *(ProtobufCMessage **)member = read_message(reading, field->descriptor, path, json);
        return;
    case PROTOBUF_C_TYPE_BOOL:
        read_truth(reading, path, json, member);
        return;
    case PROTOBUF_C_TYPE_INT64:
        if (is_instant(field)) {
            read_instant(reading, path, json, member);
        } else {
            read_signed(reading, path, json, member);
        }
        return;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        read_unsigned(reading, path, json, UINT64_MAX, member);
        return;
    case PROTOBUF_C_TYPE_UINT32:
        read_unsigned(reading, path, json, UINT32_MAX, &number);
        *(uint32_t *)member = (uint32_t)number;
        return;
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
    refuse(reading, path, "此处不能填写");
}

// Bytes that one element of the field takes in a message; 0 for types that our schema does not use.
static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_STRING:
        return sizeof(char *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(ProtobufCMessage *);
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return sizeof(uint64_t);
    case PROTOBUF_C_TYPE_UINT32:
        return sizeof(uint32_t);
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
    return 0;
}

static void read_list(struct reading *reading, const ProtobufCFieldDescriptor *field, const char *path,
                      const json_t *json, ProtobufCMessage *message)
{
    if (!json_is_array(json)) {
        refuse(reading, path, "应为列表");
        return;
    }
    size_t count = json_array_size(json);
    if (count > LIMIT_FIELDS) {
        refuse(reading, path, "列表过长");
        return;
    }
    size_t size = element_size(field->type);
    uint8_t *elements = arena_take_array(reading->arena, count, size);
    if (elements == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < count && reading->outcome != MAPPING_NO_MEMORY; i++) {
        const char *place = arena_format(reading->arena, "%s[%zu]", path, i);
        if (place == NULL) {
            reading->outcome = MAPPING_NO_MEMORY;
            return;
        }
        read_value(reading, field, place, json_array_get(json, i), elements + i * size);
    }
    *(size_t *)((uint8_t *)message + field->quantifier_offset) = count;
    *(void **)((uint8_t *)message + field->offset) = elements;
}

static void read_field(struct reading *reading, const ProtobufCFieldDescriptor *field, const char *path,
                       const json_t *json, ProtobufCMessage *message)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        read_list(reading, field, path, json, message);
        return;
    }
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0) {
        *(uint32_t *)((uint8_t *)message + field->quantifier_offset) = field->id;
    }
    read_value(reading, field, path, json, (uint8_t *)message + field->offset);
}

static ProtobufCMessage *read_message(struct reading *reading, const ProtobufCMessageDescriptor *type,
                                      const char *path, const json_t *json)
{
    if (!json_is_object(json)) {
        refuse(reading, path, "应为对象");
        return NULL;
    }
    if (reading->depth >= LIMIT_BODY_DEPTH) {
        refuse(reading, path, "嵌套过深");
        return NULL;
    }
    ProtobufCMessage *message = arena_take(reading->arena, type->sizeof_message);
    if (message == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
        return NULL;
    }
    reading->depth++;
    protobuf_c_message_init(type, message);
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)json, key, value) {
        const char *place = join_path(reading, path, key);
        const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(type, key);
        if (place == NULL || reading->outcome == MAPPING_NO_MEMORY) {
            reading->outcome = MAPPING_NO_MEMORY;
            break;
        }
        if (field == NULL) {
            refuse(reading, place, "没有这个字段");
        } else if (!json_is_null(value)) {
            read_field(reading, field, place, value, message);
        }
    }
    reading->depth--;
    return message;
}

static const char *name_parse_fault(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return "有重复的键";
    case json_error_invalid_utf8:
        return "不是合法的 UTF-8 文本";
    case json_error_stack_overflow:
        return "嵌套过深";
    case json_error_numeric_overflow:
        return "数字过大";
    case json_error_null_byte_in_key:
    case json_error_null_character:
    case json_error_null_value:
        return "含有空字符";
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_premature_end_of_input:
    case json_error_end_of_input_expected:
    case json_error_invalid_syntax:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "不是合法的 JSON";
}

enum mapping_outcome mapping_parse(const char *text, size_t size, struct arena *arena, struct mapping_faults *faults,
                                   json_t **out_json)
{
    struct reading reading = {.arena = arena, .faults = faults};
    if (size > LARGEST_JSON_BYTES) {
        refuse(&reading, "", "文本过大");
        return reading.outcome;
    }
    json_error_t error;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (json == NULL) {
        refuse(&reading, "",
               arena_format(arena, "%s（第 %d 行，第 %d 列）", name_parse_fault(&error), error.line, error.column));
        return reading.outcome;
    }
    if (!json_is_object(json)) {
        json_decref(json);
        refuse(&reading, "", "应为一个 JSON 对象");
        return reading.outcome;
    }
    *out_json = json;
    return MAPPING_OK;
}

enum mapping_outcome mapping_from_json(const ProtobufCMessageDescriptor *type, const json_t *json,
                                       const struct kind *kind, struct arena *arena, struct mapping_faults *faults,
                                       ProtobufCMessage **out_message)
{
    struct reading reading = {.arena = arena, .kind = kind, .faults = faults};
    ProtobufCMessage *message = read_message(&reading, type, "", json);
    if (reading.outcome == MAPPING_OK) {
        *out_message = message;
    }
    return reading.outcome;
}

// ---------------------------------------------------------------------------------------------------- protobuf to JSON

void mapping_format_instant(int64_t instant_ms, char out_text[MAPPING_INSTANT_BYTES])
{
    char whole[CLOCK_TEXT_BYTES];
    clock_format(instant_ms, whole);
    int millisecond = (int)((instant_ms % 1000 + 1000) % 1000);
    if (millisecond == 0) {
        snprintf(out_text, MAPPING_INSTANT_BYTES, "%s", whole);
    } else {
        snprintf(out_text, MAPPING_INSTANT_BYTES, "%.19s.%03d%s", whole, millisecond, whole + 19);
    }
}

static json_t *write_instant(int64_t instant_ms)
{
    char text[MAPPING_INSTANT_BYTES];
    mapping_format_instant(instant_ms, text);
    return json_string(text);
}

static json_t *write_bytes(const char *name, const ProtobufCBinaryData *data)
{
    if (data->len == ID_BYTES && is_statement_id(name)) {
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

static json_t *write_u64(uint64_t number)
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

static json_t *write_value(const ProtobufCFieldDescriptor *field, const void *member, enum mapping_fill fill)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)member);
    case PROTOBUF_C_TYPE_BYTES:
        return write_bytes(field->name, member);
    case PROTOBUF_C_TYPE_MESSAGE:
        return mapping_to_json(*(ProtobufCMessage *const *)member, fill);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)member);
    case PROTOBUF_C_TYPE_INT64:
        return is_instant(field) ? write_instant(*(const int64_t *)member) : write_i64(*(const int64_t *)member);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return write_u64(*(const uint64_t *)member);
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

// Is this single field to be written at all? An instant or id of zero means "none" everywhere in the schema.
static bool is_worth_writing(const ProtobufCFieldDescriptor *field, const void *member, enum mapping_fill fill)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return fill == MAPPING_FULL || **(char *const *)member != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)member)->len > 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)member != NULL;
    case PROTOBUF_C_TYPE_INT64:
        return *(const int64_t *)member != 0 || (fill == MAPPING_FULL && !is_instant(field));
    case PROTOBUF_C_TYPE_BOOL:
        return fill == MAPPING_FULL || *(const protobuf_c_boolean *)member;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return fill == MAPPING_FULL || *(const uint64_t *)member != 0;
    case PROTOBUF_C_TYPE_UINT32:
        return fill == MAPPING_FULL || *(const uint32_t *)member != 0;
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
                          enum mapping_fill fill)
{
    size_t count = *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
    const uint8_t *elements = *(uint8_t *const *)((const uint8_t *)message + field->offset);
    json_t *list = json_array();
    for (size_t i = 0; list != NULL && i < count; i++) {
        if (json_array_append_new(list, write_value(field, elements + i * element_size(field->type), fill)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

static json_t *write_body(const Control__Message *message)
{
    struct bytes body = {message->body.data, message->body.len};
    return mapping_body_to_json(message->header == NULL ? "" : message->header->kind, body);
}

// NULL in `out_json` means that the field is left out. False: no memory.
static bool write_field(const ProtobufCFieldDescriptor *field, const ProtobufCMessage *message,
                        enum mapping_fill fill, json_t **out_json)
{
    *out_json = NULL;
    const void *member = (const uint8_t *)message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t count = *(const size_t *)((const uint8_t *)message + field->quantifier_offset);
        if (count == 0 && fill == MAPPING_SPARSE) {
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
    bool is_body = message->descriptor == &control__message__descriptor && strcmp(field->name, "body") == 0;
    *out_json = is_body ? write_body((const Control__Message *)message) : write_value(field, member, fill);
    return *out_json != NULL;
}

json_t *mapping_to_json(const ProtobufCMessage *message, enum mapping_fill fill)
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

json_t *mapping_body_to_json(const char *kind_name, struct bytes body)
{
    const struct kind *kind = kinds_find(kind_name);
    struct arena *arena = NULL;
    ProtobufCMessage *message;
    json_t *json;
    if (kind != NULL && kind->descriptor != NULL && arena_new(DECODED_BYTES, &arena) == 0 &&
        decode_message(kind->descriptor, body, &decode_body_rules, arena, NULL, &message) == DECODE_OK) {
        json = mapping_to_json(message, MAPPING_SPARSE);
    } else {
        ProtobufCBinaryData data = {.len = body.size, .data = (uint8_t *)body.data};
        json = write_bytes("body", &data);
    }
    arena_free(&arena);
    return json;
}

char *mapping_dump(const json_t *json)
{
    return json == NULL ? NULL : json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER);
}
