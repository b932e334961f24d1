// SPDX-License-Identifier: Apache-2.0
#include "wire/searchable.h"

#include <string.h>

#include "wire/decode.h"
#include "wire/kinds.h"
#include "wire/sharing.pb-c.h"

struct walk_texts {
    searchable_visit visit;
    void *context;
};

bool searchable_is(const char *kind)
{
    const struct kind *row = kinds_find(kind);
    return row != NULL && row->class != KIND_MACHINE;
}

static void show(const struct walk_texts *walk, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        walk->visit(walk->context, text);
    }
}

void searchable_header(const Wire__Header *header, searchable_visit visit, void *context)
{
    const struct walk_texts walk = {visit, context};
    show(&walk, header->author);
    show(&walk, header->own_number);
    show(&walk, header->short_number);
    show(&walk, header->source == NULL ? NULL : header->source->record);
    for (size_t i = 0; i < header->n_officers; i++) {
        show(&walk, header->officers[i]->name);
    }
    for (size_t i = 0; i < header->n_parts; i++) {
        show(&walk, header->parts[i]->name);
    }
}

static void walk_message(const struct walk_texts *walk, const ProtobufCMessage *message);

static void walk_value(const struct walk_texts *walk, const ProtobufCFieldDescriptor *field, const void *value)
{
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        show(walk, value);
    } else if (value != NULL) {
        walk_message(walk, value);
    }
}

// Bounded in depth by the rules it was decoded by.
static void walk_message(const struct walk_texts *walk, const ProtobufCMessage *message)
{
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        const uint8_t *base = (const uint8_t *)message;
        const uint32_t *quantifier = (const uint32_t *)(base + field->quantifier_offset);
        bool is_chosen = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 || *quantifier == field->id;
        if ((field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE) || !is_chosen) {
            continue;
        }
        const void *const *member = (const void *const *)(base + field->offset);
        if (field->label != PROTOBUF_C_LABEL_REPEATED) {
            walk_value(walk, field, *member);
            continue;
        }
        size_t count = *(const size_t *)(base + field->quantifier_offset);
        for (size_t j = 0; j < count; j++) {
            walk_value(walk, field, ((const void *const *)*member)[j]);
        }
    }
}

bool searchable_body(const char *kind, struct bytes body, struct arena *arena, searchable_visit visit, void *context)
{
    const struct kind *row = kinds_find(kind);
    const struct walk_texts walk = {visit, context};
    ProtobufCMessage *message;
    if (row == NULL || row->descriptor == NULL) {
        return true;
    }
    switch (decode_message(row->descriptor, body, &decode_body_rules, arena, NULL, &message)) {
    case DECODE_OK:
        walk_message(&walk, message);
        return true;
    case DECODE_NO_MEMORY:
        return false;
    case DECODE_MALFORMED:
    case DECODE_LIMIT:
    case DECODE_UNKNOWN_FIELD:
    case DECODE_TEXT:
        break;
    }
    return true;
}

const char *searchable_category(const Wire__Header *header, struct bytes body, struct arena *arena)
{
    ProtobufCMessage *entry;
    for (size_t i = 0; i < header->n_law; i++) {
        if (strcmp(header->law[i]->name, "category") == 0) {
            return header->law[i]->value;
        }
    }
    if (body.data == NULL || strcmp(header->kind, "catalogue.entry") != 0 ||
        decode_message(&body__catalogue_entry__descriptor, body, &decode_body_rules, arena, NULL, &entry) != DECODE_OK) {
        return "";
    }
    return ((Body__CatalogueEntry *)entry)->category;
}

static struct bytes bytes_of(const char *text)
{
    return (struct bytes){(const uint8_t *)text, strlen(text)};
}

uint64_t searchable_kind(const char *kind)
{
    return terms_tag("kind", bytes_of(kind));
}

uint64_t searchable_author(const char *author)
{
    return terms_tag("author", bytes_of(author));
}

uint64_t searchable_matter(struct bytes matter)
{
    return terms_tag("matter", matter);
}

uint64_t searchable_of_category(const char *category)
{
    return terms_tag("category", bytes_of(category));
}

uint64_t searchable_carried(const char *carrier)
{
    return terms_tag("carried", bytes_of(carrier[0] == '\0' ? "" : "yes"));
}

void searchable_add_kinds(struct sought *sought, const char *beginning)
{
    for (size_t i = 0; beginning[0] != '\0' && i < kinds_count(); i++) {
        const char *kind = kinds_at(i)->name;
        if (strncmp(kind, beginning, strlen(beginning)) != 0) {
            continue;
        }
        if (sought->kind_count == SOUGHT_KINDS) {
            sought->kind_count = 0;
            return;
        }
        sought->kinds[sought->kind_count++] = searchable_kind(kind);
    }
}
