// SPDX-License-Identifier: Apache-2.0
#include "sim/forms.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "wire/codes.h"
#include "wire/decode.h"

#include "sim/world.h"

enum {
    TRIES = 24,
    MENDS = 8,
    FAULTS = 32,
    FIELDS_MOST = 96,
    LIST_MOST = 3,
    OPTIONAL_IN_THOUSAND = 250,
    SOON_DAYS = 20,
};

struct form {
    struct chance *chance;
    const struct kind *kind;
    const struct form_wishes *wishes;
    const struct form_writer *writer;
    struct arena *arena;
    ProtobufCMessage *body;
    bool filled[FIELDS_MOST];
};

// ------------------------------------------------------------------------------------------- values

static const struct condition_term *find_term(const struct form *form, const struct field *field)
{
    for (size_t i = 0; i < form->wishes->where_count; i++) {
        const struct condition *where = form->wishes->where[i];
        for (size_t j = 0; j < where->term_count; j++) {
            const struct condition_term *term = &where->terms[j];
            if (term->subject == CONDITION_PAIR && field->law != NULL && strcmp(term->pair, field->law) == 0) {
                return term;
            }
        }
    }
    return NULL;
}

static bool is_value(const struct condition_term *term, const char *value)
{
    for (size_t i = 0; i < term->value_count; i++) {
        if (strcmp(term->values[i], value) == 0) {
            return true;
        }
    }
    return false;
}

static const char *choose_code(const struct form *form, const struct field *field)
{
    const struct condition_term *term = find_term(form, field);
    const struct code_list *list = field->codes;
    const char *code = list->codes[chance_below(form->chance, list->count)].name;
    if (term != NULL && !term->differs) {
        return term->values[chance_below(form->chance, term->value_count)];
    }
    for (size_t i = 0; term != NULL && i < list->count && is_value(term, code); i++) {
        code = list->codes[i].name;
    }
    return code;
}

static const char *choose_text(const struct form *form, const struct field *field)
{
    const struct condition_term *term = find_term(form, field);
    switch (field->form) {
    case FIELD_CODE:
        return choose_code(form, field);
    case FIELD_TELEPHONE:
        return "0998-7280000";
    case FIELD_CREDIT_CODE:
        return "91350100M000100Y43";
    case FIELD_AGENCY:
        return form->writer->agencies[chance_below(form->chance, form->writer->agency_count)];
    case FIELD_REGION:
        return "653126";
    case FIELD_ID:
        return "01890a5d-ac96-774b-bcce-b302099a8057";
    case FIELD_TEXT:
    case FIELD_NAME:
    case FIELD_INSTANT:
    case FIELD_GROUP:
        break;
    }
    if (term != NULL && !term->differs) {
        return term->values[0];
    }
    if (strstr(field->path, "certificate") != NULL) {
        return form->writer->officer;
    }
    return strcmp(field->path, "year") == 0 ? "2026" : "如实填写";
}

// What has happened happened mostly today; what ends ends within some weeks, at times soon.
static int64_t choose_instant(const struct form *form, const struct field *field)
{
    const char *name = field->law != NULL ? field->law : field->path;
    const size_t size = strlen(name);
    struct chance *chance = form->chance;
    if (size > 3 && strcmp(name + size - 3, "_at") == 0) {
        return form->writer->now - chance_between(chance, WORLD_SECOND, chance_in_thousand(chance, 800) ? 8 * WORLD_HOUR : 3 * WORLD_DAY);
    }
    return form->writer->now + chance_between(chance, WORLD_HOUR, chance_in_thousand(chance, 500) ? 3 * WORLD_DAY : SOON_DAYS * WORLD_DAY);
}

// ------------------------------------------------------------------------------------------- filling

static void *at(ProtobufCMessage *message, size_t offset)
{
    return (uint8_t *)message + offset;
}

static const ProtobufCFieldDescriptor *find_member(const ProtobufCMessageDescriptor *type, const char *path, size_t length)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (strlen(type->fields[i].name) == length && memcmp(type->fields[i].name, path, length) == 0) {
            return &type->fields[i];
        }
    }
    must(false);
    return NULL;
}

static void *take(const struct form *form, size_t size)
{
    void *memory = arena_take(form->arena, size);
    must(memory != NULL);
    return memory;
}

static ProtobufCMessage *make_group(const struct form *form, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *group = take(form, type->sizeof_message);
    protobuf_c_message_init(type, group);
    return group;
}

// The groups that a path leads through, made if they are not there: of a list, up to three. Returns how many.
static size_t enter(const struct form *form, ProtobufCMessage *message, const ProtobufCFieldDescriptor *member, ProtobufCMessage ***out_groups)
{
    ProtobufCMessage **place = at(message, member->offset);
    if (member->label != PROTOBUF_C_LABEL_REPEATED) {
        *place = *place == NULL ? make_group(form, member->descriptor) : *place;
        *out_groups = place;
        return 1;
    }
    size_t *count = at(message, member->quantifier_offset);
    if (*count == 0) {
        ProtobufCMessage **list = take(form, LIST_MOST * sizeof *list);
        *count = 1 + chance_below(form->chance, LIST_MOST);
        for (size_t i = 0; i < *count; i++) {
            list[i] = make_group(form, member->descriptor);
        }
        *(ProtobufCMessage ***)(void *)place = list;
    }
    *out_groups = *(ProtobufCMessage ***)(void *)place;
    return *count;
}

static void fill_at(const struct form *form, ProtobufCMessage *message, const struct field *field, const char *path)
{
    const size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *member = find_member(message->descriptor, path, length);
    if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage **groups;
        const size_t count = enter(form, message, member, &groups);
        for (size_t i = 0; i < count && path[length] == '.'; i++) {
            fill_at(form, groups[i], field, path + length + 1);
        }
    } else if (member->type == PROTOBUF_C_TYPE_INT64) {
        *(int64_t *)at(message, member->offset) = choose_instant(form, field);
    } else if (member->label == PROTOBUF_C_LABEL_REPEATED) {
        char **list = take(form, sizeof *list);
        list[0] = (char *)(uintptr_t)choose_text(form, field);
        *(char ***)at(message, member->offset) = list;
        *(size_t *)at(message, member->quantifier_offset) = 1;
    } else {
        *(const char **)at(message, member->offset) = choose_text(form, field);
    }
}

static bool is_filled(const struct form *form, const char *path, size_t length)
{
    for (size_t i = 0; i < form->kind->field_count; i++) {
        if (strncmp(form->kind->fields[i].path, path, length) == 0 && form->kind->fields[i].path[length] == '\0') {
            return form->filled[i];
        }
    }
    return true;
}

// With the groups above it, and what these must have comes with the next mending.
static void fill(struct form *form, size_t number)
{
    const struct field *field = &form->kind->fields[number];
    form->filled[number] = true;
    for (size_t i = 0; i < number; i++) {
        const size_t length = strlen(form->kind->fields[i].path);
        if (strncmp(form->kind->fields[i].path, field->path, length) == 0 && field->path[length] == '.') {
            form->filled[i] = true;
        }
    }
    fill_at(form, form->body, field, field->path);
}

static bool is_wished(const struct form *form, const struct field *field)
{
    const struct condition_term *term = find_term(form, field);
    if (term != NULL && !term->differs) {
        return true;
    }
    for (size_t i = 0; i < form->wishes->needs_count; i++) {
        for (size_t j = 0; j < form->wishes->needs[i]->count; j++) {
            if (strcmp(form->wishes->needs[i]->words[j], field->path) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void fill_rows(struct form *form, unsigned optional_in_thousand)
{
    for (size_t i = 0; i < form->kind->field_count; i++) {
        const struct field *field = &form->kind->fields[i];
        const char *dot = strrchr(field->path, '.');
        const bool open = dot == NULL || is_filled(form, field->path, (size_t)(dot - field->path));
        if (is_wished(form, field) || (open && (field->need == FIELD_REQUIRED || chance_in_thousand(form->chance, optional_in_thousand)))) {
            fill(form, i);
        }
    }
}

// True: it is good, or better than it was.
static bool mend(struct form *form, bool *out_good)
{
    struct field_fault faults[FAULTS];
    const size_t count = fields_check(form->kind, form->body, form->arena, faults, FAULTS);
    *out_good = count == 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(faults[i].code, "required") != 0 || faults[i].field == NULL) {
            return false;
        }
        fill(form, (size_t)(faults[i].field - form->kind->fields));
    }
    return true;
}

static struct bytes try_once(struct form *form, unsigned optional_in_thousand)
{
    bool good = false;
    must(form->kind->field_count <= FIELDS_MOST);
    must(decode_message(form->kind->descriptor, (struct bytes){(const uint8_t *)"", 0}, &decode_body_rules, form->arena, NULL, &form->body) ==
         DECODE_OK);
    memset(form->filled, 0, sizeof form->filled);
    fill_rows(form, optional_in_thousand);
    for (int i = 0; i < MENDS && !good && mend(form, &good); i++) {
    }
    return good ? decode_pack(form->body, form->arena) : (struct bytes){NULL, 0};
}

struct bytes form_fill(struct chance *chance, const struct kind *kind, const struct form_wishes *wishes, const struct form_writer *writer,
                       struct arena *arena)
{
    struct form form = {.chance = chance, .kind = kind, .wishes = wishes, .writer = writer, .arena = arena};
    struct bytes body = {NULL, 0};
    for (int i = 0; i < TRIES && body.data == NULL; i++) {
        body = try_once(&form, i < TRIES / 2 ? OPTIONAL_IN_THOUSAND : 0);
    }
    return body;
}
