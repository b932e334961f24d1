// SPDX-License-Identifier: Apache-2.0
#include "lib/mapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/identity.h"
#include "law/instant.h"

enum {
    // A form with every field filled to its limit and eight times escaped still fits.
    LARGEST_JSON_BYTES = 4 << 20,
};

// What is being read: where it stands, whose titles apply, and what was found wrong so far.
struct reading {
    struct arena *arena;
    const struct kind *kind;
    struct mapping_faults *faults;
    unsigned depth;
    enum mapping_outcome outcome;
};

// ------------------------------------------------------------------------------------------ faults

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

static void refuse_as(struct reading *reading, const char *code, const char *path, const char *text)
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
        faults->items[faults->count++] = (struct mapping_fault){
            .code = code, .path = path, .title = find_title(reading, path), .text = text};
    }
}

static void refuse(struct reading *reading, const char *path, const char *text)
{
    refuse_as(reading, "value", path, text);
}

static const char *join_path(const struct reading *reading, const char *path, const char *name)
{
    return *path == '\0' ? arena_copy_text(reading->arena, name)
                         : arena_format(reading->arena, "%s.%s", path, name);
}

// ------------------------------------------------------------------------------------------ values

bool mapping_is_instant(const ProtobufCFieldDescriptor *field)
{
    size_t length = strlen(field->name);
    bool is_span = length > 3 && strcmp(field->name + length - 3, "_ms") == 0;
    return field->type == PROTOBUF_C_TYPE_INT64 && !is_span;
}

bool mapping_is_statement_id(const char *name)
{
    static const char *const names[] = {"id", "matter", "in_reply_to", "opened_by", "met_by", "request"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

const char *mapping_text_fault(enum text_outcome outcome)
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

static void read_string(struct reading *reading, const char *path, const json_t *json,
                        char **out_text)
{
    if (!json_is_string(json)) {
        refuse(reading, path, "应为文本");
        return;
    }
    struct bytes text = {(const uint8_t *)json_string_value(json), json_string_length(json)};
    enum text_outcome outcome = text_check(text, NULL);
    if (outcome != TEXT_OK) {
        refuse_as(reading, "text", path, mapping_text_fault(outcome));
        return;
    }
    char *copy = arena_copy_text(reading->arena, json_string_value(json));
    if (copy == NULL) {
        reading->outcome = MAPPING_NO_MEMORY;
        return;
    }
    *out_text = copy;
}

static void read_id(struct reading *reading, const char *path, const char *text,
                    ProtobufCBinaryData *out_data)
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

static void read_bytes(struct reading *reading, const ProtobufCFieldDescriptor *field,
                       const char *path, const json_t *json, ProtobufCBinaryData *out_data)
{
    if (!json_is_string(json)) {
        refuse(reading, path,
               mapping_is_statement_id(field->name) ? "应为 UUID" : "应为十六进制文本");
        return;
    }
    const char *text = json_string_value(json);
    if (mapping_is_statement_id(field->name)) {
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

static void read_instant(struct reading *reading, const char *path, const json_t *json,
                         int64_t *out_instant)
{
    if (!json_is_string(json) || !instant_parse(json_string_value(json), out_instant)) {
        refuse(reading, path, "应为带时区的时间，例如 2026-02-14T10:00:00+08:00");
    }
}

static bool has_digits_only(const char *text)
{
    return *text != '\0' && strspn(text, "0123456789") == strlen(text) && strlen(text) <= 20;
}

// A number, or decimal text for those that a JavaScript number cannot hold.
static void read_unsigned(struct reading *reading, const char *path, const json_t *json,
                          uint64_t largest, uint64_t *out_number)
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

static void read_signed(struct reading *reading, const char *path, const json_t *json,
                        int64_t *out_number)
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

static void read_truth(struct reading *reading, const char *path, const json_t *json,
                       protobuf_c_boolean *out_truth)
{
    if (json_is_boolean(json)) {
        *out_truth = json_is_true(json);
    } else {
        refuse(reading, path, "应为 true 或 false");
    }
}

static ProtobufCMessage *read_message(struct reading *reading,
                                      const ProtobufCMessageDescriptor *type, const char *path,
                                      const json_t *json);

// Reads one value into `member`, which has the field's element type.
static void read_value(struct reading *reading, const ProtobufCFieldDescriptor *field,
                       const char *path, const json_t *json, void *member)
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
        if (mapping_is_instant(field)) {
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

size_t mapping_element_size(ProtobufCType type)
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

static void read_list(struct reading *reading, const ProtobufCFieldDescriptor *field,
                      const char *path, const json_t *json, ProtobufCMessage *message)
{
    if (!json_is_array(json)) {
        refuse(reading, path, "应为列表");
        return;
    }
    size_t count = json_array_size(json);
    if (count > LIMIT_FIELDS) {
        refuse_as(reading, "limit", path, "列表过长");
        return;
    }
    size_t size = mapping_element_size(field->type);
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

static void read_field(struct reading *reading, const ProtobufCFieldDescriptor *field,
                       const char *path, const json_t *json, ProtobufCMessage *message)
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

static ProtobufCMessage *read_message(struct reading *reading,
                                      const ProtobufCMessageDescriptor *type, const char *path,
                                      const json_t *json)
{
    if (!json_is_object(json)) {
        refuse(reading, path, "应为对象");
        return NULL;
    }
    if (reading->depth >= LIMIT_BODY_DEPTH) {
        refuse_as(reading, "limit", path, "嵌套过深");
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
    json_object_foreach((json_t *)json, key, value)
    {
        const char *place = join_path(reading, path, key);
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field_by_name(type, key);
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

struct parse_fault {
    const char *code;
    const char *text;
};

static struct parse_fault name_parse_fault(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_duplicate_key:
        return (struct parse_fault){"malformed", "有重复的键"};
    case json_error_invalid_utf8:
        return (struct parse_fault){"text", "不是合法的 UTF-8 文本"};
    case json_error_stack_overflow:
        return (struct parse_fault){"limit", "嵌套过深"};
    case json_error_numeric_overflow:
        return (struct parse_fault){"malformed", "数字过大"};
    case json_error_null_byte_in_key:
    case json_error_null_character:
    case json_error_null_value:
        return (struct parse_fault){"text", "含有空字符"};
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
    return (struct parse_fault){"malformed", "不是合法的 JSON"};
}

enum mapping_outcome mapping_parse(const char *text, size_t size, struct arena *arena,
                                   struct mapping_faults *faults, json_t **out_json)
{
    struct reading reading = {.arena = arena, .faults = faults};
    if (size > LARGEST_JSON_BYTES) {
        refuse_as(&reading, "limit", "", "文本过大");
        return reading.outcome;
    }
    json_error_t error;
    errno = 0;
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (errno == ENOMEM) { // malloc says it; jansson goes on with half a text
        json_decref(json);
        return MAPPING_NO_MEMORY;
    }
    if (json == NULL) {
        const struct parse_fault fault = name_parse_fault(&error);
        refuse_as(
            &reading, fault.code, "",
            arena_format(arena, "%s（第 %d 行，第 %d 列）", fault.text, error.line, error.column));
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
                                       const struct kind *kind, struct arena *arena,
                                       struct mapping_faults *faults,
                                       ProtobufCMessage **out_message)
{
    struct reading reading = {.arena = arena, .kind = kind, .faults = faults};
    ProtobufCMessage *message = read_message(&reading, type, "", json);
    if (reading.outcome == MAPPING_OK) {
        *out_message = message;
    }
    return reading.outcome;
}

enum mapping_outcome mapping_refuse(struct mapping_faults *faults, const char *code,
                                    const char *path, const char *title, const char *text)
{
    if (text == NULL) {
        return MAPPING_NO_MEMORY;
    }
    if (faults->count < MAPPING_FAULTS) {
        faults->items[faults->count++] =
            (struct mapping_fault){.code = code, .path = path, .title = title, .text = text};
    }
    return MAPPING_REFUSED;
}

enum mapping_outcome mapping_worse(enum mapping_outcome left, enum mapping_outcome right)
{
    return left > right ? left : right;
}
