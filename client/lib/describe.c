// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <string.h>

#include "lib/mapping.h"
#include "lib/rendering.h"
#include "lib/refusal.h"
#include "wire/codes.h"
#include "wire/kinds.h"

static const char *name_class(enum kind_class class)
{
    switch (class) {
    case KIND_MESSAGE:
        return "message";
    case KIND_FACT:
        return "fact";
    case KIND_MACHINE:
        return "machine";
    }
    return "";
}

static const char *name_form(enum field_form form)
{
    switch (form) {
    case FIELD_TEXT:
        return "text";
    case FIELD_NAME:
        return "name";
    case FIELD_CODE:
        return "code";
    case FIELD_CREDIT_CODE:
        return "credit-code";
    case FIELD_INSTANT:
        return "instant";
    case FIELD_TELEPHONE:
        return "telephone";
    case FIELD_AGENCY:
        return "agency";
    case FIELD_REGION:
        return "region";
    case FIELD_ID:
        return "id";
    case FIELD_GROUP:
        return "group";
    }
    return "";
}

static json_t *describe_marks(unsigned marks)
{
    static const struct {
        enum kind_mark mark;
        const char *name;
    } names[] = {
        {KIND_REPLIES, "replies"},
        {KIND_SIGNED_FOR, "signed-for"},
        {KIND_NEEDS_OFFICER, "needs-officer"},
        {KIND_ACT, "act"},
        {KIND_PUBLISHABLE, "publishable"},
    };
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if ((marks & (unsigned)names[i].mark) != 0) {
            rendering_append(&list, json_string(names[i].name));
        }
    }
    return list;
}

static json_t *describe_codes(const struct code_list *codes)
{
    if (codes == NULL) {
        return json_null();
    }
    json_t *list = json_array();
    for (size_t i = 0; i < codes->count; i++) {
        const struct code *code = &codes->codes[i];
        rendering_append(&list, json_pack("{s:s, s:s, s:s}", "name", code->name, "title_zh",
                                              code->zh, "title_en", code->en));
    }
    return json_pack("{s:s, s:s, s:o}", "name", codes->name, "title_zh", codes->title_zh, "codes",
                     list);
}

// The descriptor's field that a row of the table speaks of; NULL if the path leads nowhere.
static const ProtobufCFieldDescriptor *find_field(const ProtobufCMessageDescriptor *type,
                                                  const char *path)
{
    const ProtobufCFieldDescriptor *field = NULL;
    char name[64];
    while (type != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        if (length >= sizeof name) {
            return NULL;
        }
        memcpy(name, path, length);
        name[length] = '\0';
        field = protobuf_c_message_descriptor_get_field_by_name(type, name);
        type = field != NULL && field->type == PROTOBUF_C_TYPE_MESSAGE ? field->descriptor : NULL;
        path += length + (path[length] == '.');
    }
    return field;
}

static json_t *describe_field(const struct kind *kind, const struct field *field)
{
    const ProtobufCFieldDescriptor *described = find_field(kind->descriptor, field->path);
    int is_list = described != NULL && described->label == PROTOBUF_C_LABEL_REPEATED;
    return json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:s, s:o}", "path", field->path,
                     "title_zh", field->title_zh, "title_en", field->title_en, "form",
                     name_form(field->form), "required", field->need == FIELD_REQUIRED, "list",
                     is_list, "source", field->source == NULL ? "" : field->source, "law",
                     field->law == NULL ? "" : field->law, "codes", describe_codes(field->codes));
}

static json_t *describe_kind(const struct kind *kind)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "name", kind->name, "family", kind->family,
                     "title_zh", kind->title_zh, "title_en", kind->title_en, "class",
                     name_class(kind->class), "marks", describe_marks(kind->marks));
}

static json_t *describe_whole(const struct kind *kind)
{
    json_t *whole = describe_kind(kind);
    json_t *fields = json_array();
    for (size_t i = 0; i < kind->field_count; i++) {
        rendering_append(&fields, describe_field(kind, &kind->fields[i]));
    }
    rendering_set(&whole, "fields", fields);
    return whole;
}

static json_t *describe_all(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < kinds_count(); i++) {
        rendering_append(&list, describe_kind(kinds_at(i)));
    }
    json_t *codes = json_array();
    for (size_t i = 0; i < CODES_COUNT; i++) {
        rendering_append(&codes, describe_codes(&codes_lists[i]));
    }
    return json_pack("{s:o, s:o}", "kinds", list, "codes", codes);
}

enum liaison_outcome liaison_kinds(const char *name, char **out_json)
{
    if (name == NULL) {
        return rendering_give(describe_all(), LIAISON_DONE, out_json);
    }
    const struct kind *kind = kinds_find(name);
    if (kind == NULL) {
        return rendering_give(refusal_new("unknown-kind", "没有这个文书种类"),
                              LIAISON_REFUSED, out_json);
    }
    return rendering_give(describe_whole(kind), LIAISON_DONE, out_json);
}
