// SPDX-License-Identifier: Apache-2.0
#include "lib/columns.h"

#include <string.h>

#include "wire/info.pb-c.h"
#include "wire/text.h"

size_t columns_count(const struct columns *columns)
{
    return columns->count;
}

const char *columns_name(const struct columns *columns, size_t index)
{
    return columns->items[index].name;
}

bool columns_is_of_shared(const struct kind *kind)
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
        if (size >= sizeof name || column->depth == COLUMNS_DEEPEST) {
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
    if (strcmp(map, "details") == 0 && columns_is_of_shared(plan->kind)) {
        column->use = COLUMN_DETAIL;
        return MAPPING_OK;
    }
    column->use = COLUMN_FIELD;
    return find_field(plan->kind, map, column)
               ? MAPPING_OK
               : mapping_refuse(faults, "value", column->name, "", "所指定的字段不存在，或不能由一列填写");
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
    return columns_is_of_shared(plan->kind)
               ? MAPPING_OK
               : mapping_refuse(faults, "value", column->name, "", "该种文书没有这个字段；请指定字段，或指明不用这一列");
}

void columns_cut_blanks(struct bytes *cell)
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
    columns_cut_blanks(&name);
    column->name = name.size == 0 ? arena_format(arena, "第%zu列", index + 1)
                                  : arena_copy_text(arena, (const char *)name.data);
    if (column->name == NULL) {
        return MAPPING_NO_MEMORY;
    }
    if (text_check(name, NULL) != TEXT_OK || memchr(name.data, '\n', name.size) != NULL ||
        name.size > LIMIT_NAME_BYTES) {
        text_clean((char *)column->name);
        return mapping_refuse(faults, "text", column->name, "", "列名含有不允许的字符，或超过 512 字节");
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
            return mapping_refuse(faults, "value", column->name, "", "列名重复");
        }
        if (column->use == COLUMN_FIELD && other->use == COLUMN_FIELD &&
            other->field == column->field) {
            return mapping_refuse(faults, "value", column->name, column->field->title_zh, "与另一列是同一个字段；请指定");
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
        outcome = mapping_refuse(faults, "value", plan->key, "", "表头没有这一列");
    }
    for (size_t i = 0; i < plan->map_count; i++) {
        size_t size = (size_t)(strrchr(plan->maps[i], '=') - plan->maps[i]);
        if (!has_column(columns, plan->maps[i], size, &index)) {
            outcome = mapping_refuse(faults, "value", plan->maps[i], "", "表头没有这一列");
        }
    }
    return outcome;
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
        outcome = mapping_worse(outcome, read_name(&cells[i], i, arena, column, faults));
        if (column->name != NULL) {
            outcome = mapping_worse(outcome, read_column(plan, column, faults));
            outcome = mapping_worse(outcome, check_unique(columns, i, faults));
        }
    }
    if (outcome == MAPPING_OK) {
        outcome = check_plan(columns, faults);
    }
    *out_columns = columns;
    return outcome;
}

const char *columns_key(const struct columns *columns, const struct bytes *cells)
{
    return columns->key == columns->count ? NULL : (const char *)cells[columns->key].data;
}
