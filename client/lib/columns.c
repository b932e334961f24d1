// SPDX-License-Identifier: Apache-2.0
#include "lib/columns.h"

#include <string.h>

#include "lib/csv.h"
#include "lib/moment.h"
#include "wire/codes.h"
#include "wire/info.pb-c.h"
#include "wire/limits.h"
#include "wire/text.h"

enum { DEEPEST = LIMIT_BODY_DEPTH };

enum column_use { COLUMN_FIELD, COLUMN_DETAIL, COLUMN_LEFT_OUT };

struct column {
    const char *name;
    enum column_use use;
    const struct field *field; // COLUMN_FIELD
    const ProtobufCFieldDescriptor *steps[DEEPEST];
    size_t depth;
};

struct columns {
    const struct columns_plan *plan;
    size_t count;
    size_t key; // count: none
    struct column items[CSV_COLUMNS];
};

size_t columns_count(const struct columns *columns)
{
    return columns->count;
}

const char *columns_name(const struct columns *columns, size_t index)
{
    return columns->items[index].name;
}

static enum mapping_outcome refuse(struct mapping_faults *faults, const char *code,
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

// ---------------------------------------------------------------------------------------- the plan

static bool is_shared(const struct kind *kind)
{
    return kind->descriptor == &body__info_shared__descriptor;
}

// Walks a field's path; false where a cell cannot fill it: repeated, or no text and no instant.
static bool find_steps(const struct kind *kind, struct column *column)
{
    const ProtobufCMessageDescriptor *type = kind->descriptor;
    const char *at = column->field->path;
    column->depth = 0;
    for (;;) {
        char name[64];
        size_t size = strcspn(at, ".");
        if (size >= sizeof name || column->depth == DEEPEST) {
            return false;
        }
        memcpy(name, at, size);
        name[size] = '\0';
        const ProtobufCFieldDescriptor *step =
            protobuf_c_message_descriptor_get_field_by_name(type, name);
        if (step == NULL || step->label == PROTOBUF_C_LABEL_REPEATED) {
            return false;
        }
        column->steps[column->depth++] = step;
        if (at[size] == '\0') {
            return step->type == PROTOBUF_C_TYPE_STRING || mapping_is_instant(step);
        }
        if (step->type != PROTOBUF_C_TYPE_MESSAGE) {
            return false;
        }
        type = step->descriptor;
        at += size + 1;
    }
}

static bool is_named(const struct field *field, const char *name)
{
    return strcmp(field->path, name) == 0 || strcmp(field->title_zh, name) == 0 ||
           strcmp(field->title_en, name) == 0;
}

static bool find_field(const struct kind *kind, const char *name, struct column *column)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        column->field = &kind->fields[i];
        if (is_named(column->field, name) && find_steps(kind, column)) {
            return true;
        }
    }
    column->field = NULL;
    return false;
}

// What the caller says of a column: FIELD of "COLUMN=FIELD"; NULL: nothing.
static const char *find_map(const struct columns_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->map_count; i++) {
        const char *sign = strrchr(plan->maps[i], '=');
        size_t size = (size_t)(sign - plan->maps[i]);
        if (strncmp(plan->maps[i], name, size) == 0 && name[size] == '\0') {
            return sign + 1;
        }
    }
    return NULL;
}

static enum mapping_outcome read_map(const struct columns_plan *plan, const char *map,
                                     struct column *column, struct mapping_faults *faults)
{
    if (*map == '\0') {
        column->use = COLUMN_LEFT_OUT;
        return MAPPING_OK;
    }
    if (strcmp(map, "details") == 0 && is_shared(plan->kind)) {
        column->use = COLUMN_DETAIL;
        return MAPPING_OK;
    }
    column->use = COLUMN_FIELD;
    return find_field(plan->kind, map, column)
               ? MAPPING_OK
               : refuse(faults, "value", column->name, "", "所指定的字段不存在，或不能由一列填写");
}

static enum mapping_outcome read_column(const struct columns_plan *plan, struct column *column,
                                        struct mapping_faults *faults)
{
    const char *map = find_map(plan, column->name);
    if (map != NULL) {
        return read_map(plan, map, column, faults);
    }
    if (find_field(plan->kind, column->name, column)) {
        column->use = COLUMN_FIELD;
        return MAPPING_OK;
    }
    column->use = COLUMN_DETAIL;
    return is_shared(plan->kind)
               ? MAPPING_OK
               : refuse(faults, "value", column->name, "", "该种文书没有这个字段；请指定字段，或指明不用这一列");
}

static void cut_blanks(struct bytes *cell)
{
    const uint8_t *at = cell->data;
    size_t size = cell->size;
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t')) {
        size--;
    }
    ((uint8_t *)at)[size] = '\0';
    size_t skipped = strspn((const char *)at, " \t");
    *cell = (struct bytes){at + skipped, size - skipped};
}

static enum mapping_outcome read_name(const struct bytes *cell, size_t index, struct arena *arena,
                                      struct column *column, struct mapping_faults *faults)
{
    struct bytes name = *cell;
    cut_blanks(&name);
    column->name = name.size == 0 ? arena_format(arena, "第%zu列", index + 1)
                                  : arena_copy_text(arena, (const char *)name.data);
    if (column->name == NULL) {
        return MAPPING_NO_MEMORY;
    }
    if (text_check(name, NULL) != TEXT_OK || memchr(name.data, '\n', name.size) != NULL ||
        name.size > LIMIT_NAME_BYTES) {
        text_clean((char *)column->name);
        return refuse(faults, "text", column->name, "", "列名含有不允许的字符，或超过 512 字节");
    }
    return MAPPING_OK;
}

static enum mapping_outcome check_unique(const struct columns *columns, size_t index,
                                         struct mapping_faults *faults)
{
    const struct column *column = &columns->items[index];
    for (size_t i = 0; i < index; i++) {
        const struct column *other = &columns->items[i];
        if (strcmp(other->name, column->name) == 0) {
            return refuse(faults, "value", column->name, "", "列名重复");
        }
        if (column->use == COLUMN_FIELD && other->use == COLUMN_FIELD &&
            other->field == column->field) {
            return refuse(faults, "value", column->name, column->field->title_zh, "与另一列是同一个字段；请指定");
        }
    }
    return MAPPING_OK;
}

static bool has_column(const struct columns *columns, const char *name, size_t size,
                       size_t *out_index)
{
    for (size_t i = 0; i < columns->count; i++) {
        if (strncmp(columns->items[i].name, name, size) == 0 &&
            columns->items[i].name[size] == '\0') {
            *out_index = i;
            return true;
        }
    }
    return false;
}

// What the caller names must be there.
static enum mapping_outcome check_plan(struct columns *columns, struct mapping_faults *faults)
{
    const struct columns_plan *plan = columns->plan;
    enum mapping_outcome outcome = MAPPING_OK;
    size_t index;
    columns->key = columns->count;
    if (plan->key != NULL && !has_column(columns, plan->key, strlen(plan->key), &columns->key)) {
        outcome = refuse(faults, "value", plan->key, "", "表头没有这一列");
    }
    for (size_t i = 0; i < plan->map_count; i++) {
        size_t size = (size_t)(strrchr(plan->maps[i], '=') - plan->maps[i]);
        if (!has_column(columns, plan->maps[i], size, &index)) {
            outcome = refuse(faults, "value", plan->maps[i], "", "表头没有这一列");
        }
    }
    return outcome;
}

static enum mapping_outcome worse(enum mapping_outcome left, enum mapping_outcome right)
{
    return left > right ? left : right;
}

enum mapping_outcome columns_read(const struct columns_plan *plan, const struct bytes *cells,
                                  size_t count, struct arena *arena, struct mapping_faults *faults,
                                  struct columns **out_columns)
{
    struct columns *columns = arena_take(arena, sizeof *columns);
    enum mapping_outcome outcome = columns == NULL ? MAPPING_NO_MEMORY : MAPPING_OK;
    if (columns == NULL) {
        return outcome;
    }
    columns->plan = plan;
    columns->count = count;
    for (size_t i = 0; i < count && outcome != MAPPING_NO_MEMORY; i++) {
        struct column *column = &columns->items[i];
        outcome = worse(outcome, read_name(&cells[i], i, arena, column, faults));
        if (column->name != NULL) {
            outcome = worse(outcome, read_column(plan, column, faults));
            outcome = worse(outcome, check_unique(columns, i, faults));
        }
    }
    if (outcome == MAPPING_OK) {
        outcome = check_plan(columns, faults);
    }
    *out_columns = columns;
    return outcome;
}

// ---------------------------------------------------------------------------------------- the body

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
               : refuse(faults, "value", column->field->path, column->name,
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
            outcome = worse(outcome, put_field(body, column, text, arena, faults));
            break;
        case COLUMN_DETAIL:
            outcome =
                worse(outcome, put_detail((Body__InfoShared *)body, column, text, arena));
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

void columns_fill(const struct columns_plan *plan, ProtobufCMessage *body)
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

enum mapping_outcome columns_make(const struct columns *columns, struct bytes *cells,
                                  struct arena *arena, struct mapping_faults *faults,
                                  ProtobufCMessage **out_body)
{
    const struct kind *kind = columns->plan->kind;
    ProtobufCMessage *body = make_message(kind->descriptor, arena);
    Body__InfoShared *shared = is_shared(kind) ? (Body__InfoShared *)body : NULL;
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
        cut_blanks(&cells[i]);
    }
    enum mapping_outcome outcome = put_cells(columns, cells, arena, faults, body);
    columns_fill(columns->plan, body);
    if (outcome == MAPPING_OK && shared != NULL) {
        outcome = complete_shared(columns, cells, arena, shared);
    }
    *out_body = body;
    return outcome;
}

const char *columns_key(const struct columns *columns, const struct bytes *cells)
{
    return columns->key == columns->count ? NULL : (const char *)cells[columns->key].data;
}
