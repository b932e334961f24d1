// SPDX-License-Identifier: Apache-2.0
#include "lib/filling.h"

#include <string.h>

#include "lib/moment.h"
#include "wire/codes.h"
#include "wire/info.pb-c.h"
#include "wire/text.h"

// --------------------------------------------------------------------------------------- its cells

static const char *find_code(const struct code_list *list, const char *text)
{
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct code *code = &list->codes[i];
        if (strcmp(code->zh, text) == 0 || strcmp(code->en, text) == 0) {
            return code->name;
        }
    }
    return text;
}

static ProtobufCMessage *make_message(const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    ProtobufCMessage *message = arena_take(arena, type->sizeof_message);
    if (message != NULL) {
        protobuf_c_message_init(type, message);
    }
    return message;
}

// The place of a column's field in the body; groups on the way are made. NULL: no memory.
static void *find_place(ProtobufCMessage *body, const struct column *column, struct arena *arena)
{
    uint8_t *message = (uint8_t *)body;
    for (size_t i = 0; i + 1 < column->depth; i++) {
        const ProtobufCFieldDescriptor *step = column->steps[i];
        ProtobufCMessage **inner = (ProtobufCMessage **)(message + step->offset);
        if (*inner == NULL) {
            *inner = make_message(step->descriptor, arena);
        }
        if (*inner == NULL) {
            return NULL;
        }
        message = (uint8_t *)*inner;
    }
    return message + column->steps[column->depth - 1]->offset;
}

static enum mapping_outcome put_field(ProtobufCMessage *body, const struct column *column,
                                      const char *text, struct arena *arena,
                                      struct mapping_faults *faults)
{
    void *place = find_place(body, column, arena);
    if (place == NULL) {
        return MAPPING_NO_MEMORY;
    }
    if (column->steps[column->depth - 1]->type == PROTOBUF_C_TYPE_STRING) {
        *(const char **)place = find_code(column->field->codes, text);
        return MAPPING_OK;
    }
    return moment_parse(text, place)
               ? MAPPING_OK
               : mapping_refuse(faults, "value", column->field->path, column->name,
                        "应为日期或时间，例如 2025-10-13、2025年10月13日、2025-10-13 10:00");
}

static enum mapping_outcome put_detail(Body__InfoShared *shared, const struct column *column,
                                       const char *text, struct arena *arena)
{
    Body__Detail *detail = arena_take(arena, sizeof *detail);
    if (detail == NULL) {
        return MAPPING_NO_MEMORY;
    }
    body__detail__init(detail);
    detail->name = (char *)column->name;
    detail->value = (char *)text;
    shared->details[shared->n_details++] = detail;
    return MAPPING_OK;
}

static enum mapping_outcome put_cells(const struct columns *columns, const struct bytes *cells,
                                      struct arena *arena, struct mapping_faults *faults,
                                      ProtobufCMessage *body)
{
    enum mapping_outcome outcome = MAPPING_OK;
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = &columns->items[i];
        const char *text = (const char *)cells[i].data;
        if (*text == '\0') {
            continue;
        }
        switch (column->use) {
        case COLUMN_FIELD:
            outcome = mapping_worse(outcome, put_field(body, column, text, arena, faults));
            break;
        case COLUMN_DETAIL:
            outcome =
                mapping_worse(outcome, put_detail((Body__InfoShared *)body, column, text, arena));
            break;
        case COLUMN_LEFT_OUT:
            break;
        }
    }
    return outcome;
}

// ------------------------------------------------------------------------------------- what is open

static void put_default(const ProtobufCMessage *body, const char *name, const char *text)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(body->descriptor, name);
    if (text == NULL || field == NULL || field->type != PROTOBUF_C_TYPE_STRING) {
        return;
    }
    const char **place = (const char **)((uint8_t *)body + field->offset);
    if (**place == '\0') {
        *place = text;
    }
}

void filling_complete(const struct columns_plan *plan, ProtobufCMessage *body)
{
    const struct columns_defaults *defaults = &plan->defaults;
    const ProtobufCFieldDescriptor *formed =
        protobuf_c_message_descriptor_get_field_by_name(body->descriptor, "formed_at");
    put_default(body, "category", defaults->category);
    put_default(body, "region", defaults->region);
    if (formed != NULL && mapping_is_instant(formed)) {
        int64_t *place = (int64_t *)((uint8_t *)body + formed->offset);
        *place = *place == 0 ? defaults->formed_at : *place;
    }
}

static size_t measure_text(const struct columns *columns, const struct bytes *cells)
{
    size_t size = 1;
    for (size_t i = 0; i < columns->count; i++) {
        size += strlen(columns->items[i].name) + cells[i].size + strlen("：；");
    }
    return size;
}

// Cells of one use as a sentence: 名称：值；…
static void write_text(const struct columns *columns, const struct bytes *cells,
                       enum column_use use, char *text)
{
    char *at = text;
    for (size_t i = 0; i < columns->count; i++) {
        if (cells[i].size > 0 && columns->items[i].use == use) {
            at = stpcpy(at, at == text ? "" : "；");
            at = stpcpy(stpcpy(at, columns->items[i].name), "：");
            at = stpcpy(at, (const char *)cells[i].data);
        }
    }
}

// What has no field of its own; where all has, that.
static char *make_text(const struct columns *columns, const struct bytes *cells,
                       struct arena *arena)
{
    char *text = arena_take(arena, measure_text(columns, cells));
    if (text != NULL) {
        write_text(columns, cells, COLUMN_DETAIL, text);
    }
    if (text != NULL && *text == '\0') {
        write_text(columns, cells, COLUMN_FIELD, text);
    }
    return text;
}

static const char *name_category(const char *name)
{
    const struct code *code = codes_find(&codes_lists[CODES_CATEGORY], name);
    return code == NULL ? name : code->zh;
}

static char *make_title(const Body__InfoShared *shared, struct arena *arena)
{
    const char *category = name_category(shared->category);
    const char *subject = shared->subject == NULL ? "" : shared->subject->name;
    return arena_format(arena, "%s%s%s", category, *subject == '\0' ? "" : "：", subject);
}

static enum mapping_outcome complete_shared(const struct columns *columns,
                                            const struct bytes *cells, struct arena *arena,
                                            Body__InfoShared *shared)
{
    if (*shared->title == '\0') {
        shared->title = make_title(shared, arena);
    }
    if (*shared->text == '\0') {
        shared->text = make_text(columns, cells, arena);
    }
    return shared->title == NULL || shared->text == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
}

enum mapping_outcome filling_make(const struct columns *columns, struct bytes *cells,
                                  struct arena *arena, struct mapping_faults *faults,
                                  ProtobufCMessage **out_body)
{
    const struct kind *kind = columns->plan->kind;
    ProtobufCMessage *body = make_message(kind->descriptor, arena);
    Body__InfoShared *shared = columns_is_of_shared(kind) ? (Body__InfoShared *)body : NULL;
    if (body == NULL) {
        return MAPPING_NO_MEMORY;
    }
    if (shared != NULL) {
        shared->details = arena_take_array(arena, columns->count, sizeof *shared->details);
        if (shared->details == NULL) {
            return MAPPING_NO_MEMORY;
        }
    }
    for (size_t i = 0; i < columns->count; i++) {
        columns_cut_blanks(&cells[i]);
    }
    enum mapping_outcome outcome = put_cells(columns, cells, arena, faults, body);
    filling_complete(columns->plan, body);
    if (outcome == MAPPING_OK && shared != NULL) {
        outcome = complete_shared(columns, cells, arena, shared);
    }
    *out_body = body;
    return outcome;
}
