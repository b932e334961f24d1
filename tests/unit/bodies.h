// SPDX-License-Identifier: Apache-2.0
//
// Bodies of every kind, filled from the table of kinds, and what is wrong with them.
//
// Lifetime: bodies live in the test's arena.
#pragma once

#include "unit/samples.h"

#include "wire/codes.h"
#include "wire/sharing.pb-c.h"

enum { MANY = 64 };

static inline const ProtobufCFieldDescriptor *member_of(const ProtobufCMessageDescriptor *type,
                                                 const char *name, size_t length)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (strlen(type->fields[i].name) == length &&
            memcmp(type->fields[i].name, name, length) == 0) {
            return &type->fields[i];
        }
    }
    return NULL;
}

static inline ProtobufCMessage *unpack(const char *kind, struct bytes body, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(decode_message(kinds_find(kind)->descriptor, body, &decode_body_rules, arena,
                                    NULL, &message),
                     DECODE_OK);
    return message;
}

static inline Body__LeadNotice *make_notice(struct arena *arena)
{
    return (Body__LeadNotice *)unpack("lead.notice", sample_notice_body(arena), arena);
}

static inline Body__Person *make_person(struct arena *arena, const char *role)
{
    Body__Person *person = arena_take(arena, sizeof *person);
    body__person__init(person);
    person->name = sample_text("艾合买提·买买提");
    person->agency = sample_text("yecheng-scjg");
    person->role = sample_text(role);
    return person;
}

static inline Body__LeadAssessment *make_assessment(struct arena *arena)
{
    Body__LeadAssessment *body = arena_take(arena, sizeof *body);
    body__lead_assessment__init(body);
    body->participants = arena_take_array(arena, 2, sizeof *body->participants);
    body->participants[0] = make_person(arena, "business");
    body->participants[1] = make_person(arena, "legal");
    body->n_participants = 2;
    body->law = arena_take_array(arena, 1, sizeof *body->law);
    body->law[0] = sample_text("《中华人民共和国食品安全法》");
    body->n_law = 1;
    body->held_at = SAMPLE_AT;
    body->complexity = sample_text("一般");
    body->impact = sample_text("较大");
    body->decision = sample_text("start");
    body->reason = sample_text("涉及多个领域");
    return body;
}

static inline void *at(ProtobufCMessage *message, size_t offset)
{
    return (uint8_t *)message + offset;
}

// The group that a path leads through, made if it is not there; of a list, the first.
static inline ProtobufCMessage *enter(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
{
    const ProtobufCMessageDescriptor *type = member->descriptor;
    ProtobufCMessage **place = at(message, member->offset);
    if (member->label == PROTOBUF_C_LABEL_REPEATED) {
        size_t *count = at(message, member->quantifier_offset);
        if (*count == 0) {
            *(void **)place = arena_take_array(arena, 1, sizeof(ProtobufCMessage *));
            *count = 1;
            **(ProtobufCMessage ***)place = NULL;
        }
        place = *(ProtobufCMessage ***)place;
    }
    if (*place == NULL) {
        *place = arena_take(arena, type->sizeof_message);
        protobuf_c_message_init(type, *place);
    }
    return *place;
}

static inline const char *sample_of(const struct field *field)
{
    return strcmp(field->path, "year") == 0 ? "2026"
           : field->form == FIELD_CODE      ? field->codes->codes[0].name
           : field->form == FIELD_TELEPHONE ? "0998-7280000"
           : field->form == FIELD_AGENCY    ? "yecheng-scjg"
           : field->form == FIELD_REGION    ? "653126"
           : field->form == FIELD_ID        ? "01890a5d-ac96-774b-bcce-b302099a8057"
                                            : "示例";
}

static inline void fill_field(struct arena *arena, ProtobufCMessage *message, const struct field *field, const char *path)
{
    size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *member = member_of(message->descriptor, path, length);
    if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        ProtobufCMessage *below = enter(arena, message, member);
        if (path[length] == '.') {
            fill_field(arena, below, field, path + length + 1);
        }
    } else if (member->type == PROTOBUF_C_TYPE_INT64) {
        *(int64_t *)at(message, member->offset) = SAMPLE_AT;
    } else if (member->label == PROTOBUF_C_LABEL_REPEATED) {
        char **list = arena_take_array(arena, 1, sizeof *list);
        list[0] = sample_text(sample_of(field));
        *(char ***)at(message, member->offset) = list;
        *(size_t *)at(message, member->quantifier_offset) = 1;
    } else {
        *(char **)at(message, member->offset) = sample_text(sample_of(field));
    }
}

// A body with everything in it that its rows name; credit codes have a check digit and are left out.
static inline ProtobufCMessage *fill_body(struct arena *arena, const struct kind *kind)
{
    ProtobufCMessage *message = unpack(kind->name, (struct bytes){(const uint8_t *)"", 0}, arena);
    for (size_t i = 0; i < kind->field_count && kind->class != KIND_MACHINE; i++) {
        if (kind->fields[i].form != FIELD_CREDIT_CODE) {
            fill_field(arena, message, &kind->fields[i], kind->fields[i].path);
        }
    }
    return message;
}

static inline ProtobufCMessage *make_body(struct arena *arena, const char *kind)
{
    if (strcmp(kind, "lead.notice") == 0) {
        return &make_notice(arena)->base;
    }
    if (strcmp(kind, "lead.assessment") == 0) {
        return &make_assessment(arena)->base;
    }
    ProtobufCMessage *body = fill_body(arena, kinds_find(kind));
    if (strcmp(kind, "offline.act") == 0) {
        ((Body__OfflineAct *)body)->channel = sample_text("phone");
    }
    if (strcmp(kind, "subscription.request") == 0) {
        ((Body__SubscriptionRequest *)body)->after = sample_text("");
    }
    return body;
}

static inline const struct field_fault *find_fault(const struct field_fault *faults, size_t count,
                                            const char *code, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(faults[i].code, code) == 0 && strcmp(faults[i].path, path) == 0) {
            return &faults[i];
        }
    }
    return NULL;
}

static inline size_t count_faults(struct arena *arena, const char *kind, const void *body, struct field_fault faults[MANY])
{
    return fields_check(kinds_find(kind), body, arena, faults, MANY);
}

// Takes one field away, in the first element of what is repeated.
static inline void remove_field(ProtobufCMessage *message, const char *path)
{
    size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *member = member_of(message->descriptor, path, length);
    bool is_repeated = member->label == PROTOBUF_C_LABEL_REPEATED;
    if (path[length] == '.') {
        ProtobufCMessage *below = is_repeated
                                      ? (*(ProtobufCMessage ***)at(message, member->offset))[0]
                                      : *(ProtobufCMessage **)at(message, member->offset);
        remove_field(below, path + length + 1);
    } else if (is_repeated) {
        *(size_t *)at(message, member->quantifier_offset) = 0;
    } else if (member->type == PROTOBUF_C_TYPE_STRING) {
        *(const char **)at(message, member->offset) = protobuf_c_empty_string;
    } else if (member->type == PROTOBUF_C_TYPE_INT64) {
        *(int64_t *)at(message, member->offset) = 0;
    } else {
        *(void **)at(message, member->offset) = NULL;
    }
}
