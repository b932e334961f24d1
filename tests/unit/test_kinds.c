// SPDX-License-Identifier: Apache-2.0
#include "unit/samples.h"

#include "wire/assistance.pb-c.h"
#include "wire/codes.h"
#include "wire/joint.pb-c.h"
#include "wire/complaint.pb-c.h"
#include "wire/crime.pb-c.h"
#include "wire/danger.pb-c.h"
#include "wire/dispute.pb-c.h"
#include "wire/transfer.pb-c.h"

#include <stdio.h>

enum { MANY = 64 };

static const ProtobufCFieldDescriptor *member_of(const ProtobufCMessageDescriptor *type,
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

static const ProtobufCFieldDescriptor *resolve(const ProtobufCMessageDescriptor *type,
                                               const char *path)
{
    size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *member = member_of(type, path, length);
    if (member == NULL || path[length] == '\0') {
        return member;
    }
    return member->type == PROTOBUF_C_TYPE_MESSAGE ? resolve(member->descriptor, path + length + 1)
                                                   : NULL;
}

static ProtobufCType type_of(enum field_form form)
{
    switch (form) {
    case FIELD_INSTANT:
        return PROTOBUF_C_TYPE_INT64;
    case FIELD_GROUP:
        return PROTOBUF_C_TYPE_MESSAGE;
    case FIELD_TEXT:
    case FIELD_NAME:
    case FIELD_CODE:
    case FIELD_CREDIT_CODE:
    case FIELD_TELEPHONE:
    case FIELD_AGENCY:
        break;
    }
    return PROTOBUF_C_TYPE_STRING;
}

static void every_path_exists_with_the_type_of_its_form(void **state)
{
    (void)state;
    for (size_t i = 0; i < kinds_count(); i++) {
        const struct kind *kind = kinds_at(i);
        for (size_t j = 0; j < kind->field_count; j++) {
            const struct field *field = &kind->fields[j];
            const ProtobufCFieldDescriptor *member = resolve(kind->descriptor, field->path);
            assert_non_null(member);
            assert_int_equal(member->type, type_of(field->form));
            assert_int_equal(field->codes != NULL, field->form == FIELD_CODE);
            assert_true(strlen(field->title_zh) > 0 && strlen(field->title_en) > 0);
            for (size_t k = 0; k < j; k++) {
                assert_string_not_equal(kind->fields[k].path, field->path);
            }
        }
    }
}

static bool has_row(const struct kind *kind, const char *path)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

static void expect_rows(const struct kind *kind, const ProtobufCMessageDescriptor *type,
                        const char *above)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s%s", above, above[0] == '\0' ? "" : ".",
                 type->fields[i].name);
        assert_true(has_row(kind, path));
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
            expect_rows(kind, type->fields[i].descriptor, path);
        }
    }
}

// A field without a row would be neither judged nor shown.
static void every_field_that_people_fill_in_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < kinds_count(); i++) {
        if (kinds_at(i)->class != KIND_MACHINE) {
            expect_rows(kinds_at(i), kinds_at(i)->descriptor, "");
        }
    }
}

static void kinds_are_found_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum kind_class class;
        unsigned marks;
    } expected[] = {
        {"lead.discovered", KIND_FACT, 0},
        {"lead.notice", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"lead.assessment", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"transfer.applied", KIND_FACT, 0},
        {"transfer.reviewed", KIND_FACT, 0},
        {"transfer.approved", KIND_FACT, 0},
        {"transfer.checked", KIND_FACT, 0},
        {"transfer.prior-notice", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"transfer.letter", KIND_MESSAGE, KIND_SIGNED_FOR | KIND_NEEDS_OFFICER},
        {"transfer.review", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER},
        {"transfer.supplement", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"transfer.filing", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER},
        {"transfer.result", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"transfer.report", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"meeting.held", KIND_FACT, 0},
        {"meeting.call", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"meeting.proposal", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"meeting.minutes", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"meeting.results", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.team", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.plan", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.progress", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"evidence.shared", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"evidence.review", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"joint.proposal", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.decision", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.execution", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"joint.report", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"enforcement.plan", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"enforcement.opinion", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"enforcement.approval", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"enforcement.refusal", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"enforcement.operation", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"enforcement.report", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"enforcement.yearly", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"handover.list", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"handover.receipt", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR | KIND_NEEDS_OFFICER},
        {"info.shared", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"info.extension", KIND_FACT, 0},
        {"info.query", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"info.answer", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"info.refusal", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"guidance.basis", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"guidance.visit", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"list.version", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"case.filed", KIND_FACT, 0},
        {"case.not-filed", KIND_FACT, 0},
        {"case.extended", KIND_FACT, 0},
        {"case.closed", KIND_FACT, 0},
        {"info.formed", KIND_FACT, 0},
        {"info.received", KIND_FACT, 0},
        {"operation.ended", KIND_FACT, 0},
        {"permit.issued", KIND_FACT, 0},
        {"originals.posted", KIND_FACT, 0},
        {"complaint.received", KIND_FACT, 0},
        {"complaint.told", KIND_FACT, 0},
        {"violation.stopped", KIND_FACT, 0},
        {"items.seized", KIND_FACT, 0},
        {"crime.suspected", KIND_FACT, 0},
        {"crime.approved", KIND_FACT, 0},
        {"basis.changed", KIND_FACT, 0},
        {"evidence.collected", KIND_FACT, 0},
        {"items.disposed", KIND_FACT, 0},
        {"measure.taken", KIND_FACT, 0},
        {"year.begun", KIND_FACT, 0},
        {"work.record", KIND_FACT, 0},
        {"assistance.request", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"assistance.acceptance", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.refusal", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.extension", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.officers", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.result", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.suspended", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"assistance.resumed", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"complaint.referral", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"complaint.notice", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"complaint.result", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"dispute.objection", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"dispute.negotiation", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"dispute.submission", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"dispute.ruling", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"danger.alert", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"danger.response", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"danger.report", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"violation.notice", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"crime.referral", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"crime.receipt", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"crime.passed-on", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"crime.decision", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"crime.review", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"crime.review-decision", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"crime.items", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supervision.reminder", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supervision.order", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supervision.answer", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supervision.record", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supervision.record-number", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supervision.copy", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supervision.task", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supervision.task-report", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supervision.misconduct", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supervision.government-report", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"acknowledgement", KIND_MESSAGE, KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT},
        {"confirm", KIND_MESSAGE, KIND_REPLIES | KIND_NEEDS_OFFICER | KIND_ACT},
        {"recall", KIND_MESSAGE, KIND_REPLIES | KIND_ACT},
        {"note", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supplement.request", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supplement.answer", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"forward", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"link", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"correction", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"deletion.confirmed", KIND_MESSAGE, KIND_REPLIES | KIND_NEEDS_OFFICER},
        {"urgency.raised", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"offline.act", KIND_MESSAGE, 0},
        {"receipt", KIND_MACHINE, 0},
        {"offered", KIND_MACHINE, 0},
        {"card", KIND_MACHINE, 0},
    };
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct kind *kind = kinds_find(expected[i].name);
        assert_non_null(kind);
        assert_int_equal(kind->class, expected[i].class);
        assert_int_equal(kind->marks, expected[i].marks);
        assert_ptr_equal(kinds_at(i), kind);
    }
    assert_int_equal(kinds_count(), sizeof expected / sizeof expected[0]);
    assert_null(kinds_at(kinds_count()));
    assert_null(kinds_find("lead"));
    assert_null(kinds_find(""));
    assert_null(kinds_find("Lead.notice"));
}

static void code_lists_have_titles_and_no_name_twice(void **state)
{
    (void)state;
    static const char *const names[] = {"sector",   "participant", "verdict", "meeting",
                                        "identity", "evidence",    "found",   "ground",
                                        "channel",  "start",       "transfer", "opinion",
                                        "material", "review",      "filing",  "officer",
                                        "yes-no", "complainant", "category", "operation", "jurisdiction",
                                        "told", "recognition", "penalty", "enforcement-ground", "outstanding",
                                        "assistance", "assistance-ground",
                                        "misconduct"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct code_list *list = codes_list(names[i]);
        assert_non_null(list);
        assert_true(strlen(list->title_zh) > 0);
        for (size_t j = 0; j < list->count; j++) {
            assert_true(strlen(list->codes[j].zh) > 0 && strlen(list->codes[j].en) > 0);
            assert_ptr_equal(codes_find(list, list->codes[j].name), &list->codes[j]);
        }
        assert_null(codes_find(list, ""));
        assert_null(codes_find(list, "no such code"));
    }
    assert_int_equal(codes_list("evidence")->count, 8);
    assert_string_equal(codes_find(codes_list("evidence"), "inspection-record")->zh,
                        "勘验笔录、现场笔录");
    assert_null(codes_list("no such list"));
}

static ProtobufCMessage *unpack(const char *kind, struct bytes body, struct arena *arena)
{
    ProtobufCMessage *message = NULL;
    assert_int_equal(decode_message(kinds_find(kind)->descriptor, body, &decode_body_rules, arena,
                                    NULL, &message),
                     DECODE_OK);
    return message;
}

static Body__LeadNotice *make_notice(struct arena *arena)
{
    return (Body__LeadNotice *)unpack("lead.notice", sample_notice_body(arena), arena);
}

static Body__Person *make_person(struct arena *arena, const char *role)
{
    Body__Person *person = arena_take(arena, sizeof *person);
    body__person__init(person);
    person->name = sample_text("艾合买提·买买提");
    person->agency = sample_text("yecheng-scjg");
    person->role = sample_text(role);
    return person;
}

static Body__LeadAssessment *make_assessment(struct arena *arena)
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

static void *at(ProtobufCMessage *message, size_t offset)
{
    return (uint8_t *)message + offset;
}

// The group that a path leads through, made if it is not there; of a list, the first.
static ProtobufCMessage *enter(struct arena *arena, ProtobufCMessage *message, const ProtobufCFieldDescriptor *member)
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

static const char *sample_of(const struct field *field)
{
    return strcmp(field->path, "year") == 0 ? "2026"
           : field->form == FIELD_CODE      ? field->codes->codes[0].name
           : field->form == FIELD_TELEPHONE ? "0998-7280000"
           : field->form == FIELD_AGENCY    ? "yecheng-scjg"
                                            : "示例";
}

static void fill_field(struct arena *arena, ProtobufCMessage *message, const struct field *field, const char *path)
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
static ProtobufCMessage *fill_body(struct arena *arena, const struct kind *kind)
{
    ProtobufCMessage *message = unpack(kind->name, (struct bytes){(const uint8_t *)"", 0}, arena);
    for (size_t i = 0; i < kind->field_count && kind->class != KIND_MACHINE; i++) {
        if (kind->fields[i].form != FIELD_CREDIT_CODE) {
            fill_field(arena, message, &kind->fields[i], kind->fields[i].path);
        }
    }
    return message;
}

static ProtobufCMessage *make_body(struct arena *arena, const char *kind)
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
    return body;
}

static void whole_bodies_are_accepted(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    for (size_t i = 0; i < kinds_count(); i++) {
        const struct kind *kind = kinds_at(i);
        if (kind->class != KIND_MACHINE) {
            assert_int_equal(fields_check(kind, make_body(arena, kind->name), arena, faults, MANY),
                             0);
        }
    }
}

// Takes one field away, in the first element of what is repeated.
static void remove_field(ProtobufCMessage *message, const char *path)
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

static const struct field_fault *find_fault(const struct field_fault *faults, size_t count,
                                            const char *code, const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(faults[i].code, code) == 0 && strcmp(faults[i].path, path) == 0) {
            return &faults[i];
        }
    }
    return NULL;
}

static void expect_removed_is_reported(struct arena *arena, const struct kind *kind,
                                       const struct field *field)
{
    struct field_fault faults[MANY];
    ProtobufCMessage *body = make_body(arena, kind->name);
    remove_field(body, field->path);
    size_t count = fields_check(kind, body, arena, faults, MANY);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        if (faults[i].field == field && strcmp(faults[i].code, "required") == 0) {
            assert_non_null(strstr(faults[i].text, "缺少必填项："));
            assert_non_null(strstr(faults[i].text, field->title_zh));
            assert_non_null(strstr(faults[i].text, faults[i].path));
            return;
        }
    }
    fail_msg("%s of %s was not missed", field->path, kind->name);
}

static void each_required_field_is_missed_by_its_title(void **state)
{
    struct arena *arena = *state;
    for (size_t i = 0; i < kinds_count(); i++) {
        const struct kind *kind = kinds_at(i);
        for (size_t j = 0; kind->class != KIND_MACHINE && j < kind->field_count; j++) {
            bool is_heading =
                kind->fields[j].form == FIELD_GROUP &&
                resolve(kind->descriptor, kind->fields[j].path)->label != PROTOBUF_C_LABEL_REPEATED;
            if (kind->fields[j].need == FIELD_REQUIRED && !is_heading) {
                expect_removed_is_reported(arena, kind, &kind->fields[j]);
            }
        }
    }
}

static void absent_group_names_each_field_it_lacks(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__LeadNotice *notice = make_notice(arena);
    notice->suspect = NULL;
    size_t count = fields_check(kinds_find("lead.notice"), &notice->base, arena, faults, MANY);
    assert_int_equal(count, 2);
    assert_string_equal(faults[0].text, "缺少必填项：涉嫌违法主体名称（suspect.name）");
    assert_string_equal(faults[1].path, "suspect.address");
}

static void empty_notice_lists_everything_up_to_the_capacity(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    const struct kind *kind = kinds_find("lead.notice");
    ProtobufCMessage *body = unpack("lead.notice", (struct bytes){(const uint8_t *)"", 0}, arena);
    size_t count = fields_check(kind, body, arena, faults, MANY);
    assert_int_equal(count, 9);
    for (size_t capacity = 0; capacity < count; capacity++) {
        assert_int_equal(fields_check(kind, body, arena, faults, capacity), capacity);
    }
}

static void blank_text_is_no_text(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__LeadNotice *notice = make_notice(arena);
    notice->facts = sample_text(" \t\n\u3000");
    size_t count = fields_check(kinds_find("lead.notice"), &notice->base, arena, faults, MANY);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "facts"));
    notice = make_notice(arena);
    notice->remarks = sample_text("  ");
    count = fields_check(kinds_find("lead.notice"), &notice->base, arena, faults, MANY);
    assert_non_null(find_fault(faults, count, "value", "remarks"));
}

static void faults_in_lists_carry_the_index(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__LeadNotice *notice = make_notice(arena);
    Body__Evidence second = BODY__EVIDENCE__INIT;
    Body__Evidence *both[] = {notice->evidence[0], &second};
    char *grounds[] = {sample_text("cross-area"), sample_text("no-ground"), sample_text("")};
    notice->evidence = both;
    notice->n_evidence = 2;
    notice->grounds = grounds;
    notice->n_grounds = 3;
    size_t count = fields_check(kinds_find("lead.notice"), &notice->base, arena, faults, MANY);
    assert_int_equal(count, 4);
    assert_non_null(find_fault(faults, count, "required", "evidence[1].name"));
    assert_non_null(find_fault(faults, count, "required", "evidence[1].type"));
    const struct field_fault *fault = find_fault(faults, count, "value", "grounds[1]");
    assert_non_null(fault);
    assert_non_null(strstr(fault->text, "cross-area（跨区域）"));
    assert_non_null(find_fault(faults, count, "required", "grounds[2]"));
}

static void expect_value_fault(struct arena *arena, const Body__LeadNotice *notice,
                               const char *path, const char *part)
{
    struct field_fault faults[MANY];
    size_t count = fields_check(kinds_find("lead.notice"), &notice->base, arena, faults, MANY);
    const struct field_fault *fault = find_fault(faults, count, "value", path);
    assert_int_equal(count, 1);
    assert_non_null(fault);
    assert_non_null(strstr(fault->text, part));
    assert_non_null(strstr(fault->text, fault->field->title_zh));
}

static void impossible_values_are_named(void **state)
{
    struct arena *arena = *state;
    Body__LeadNotice *notice = make_notice(arena);
    notice->suspect->credit_code = sample_text("91350100M000100Y44");
    expect_value_fault(arena, notice, "suspect.credit_code", "应为“3”");
    notice->suspect->credit_code = sample_text("91350100m000100y43");
    expect_value_fault(arena, notice, "suspect.credit_code", "18位");
    notice = make_notice(arena);
    notice->suspect->name = sample_text("two\nlines");
    expect_value_fault(arena, notice, "suspect.name", "一行");
    notice->suspect->name = arena_format(arena, "%*s", LIMIT_NAME_BYTES + 1, "x");
    expect_value_fault(arena, notice, "suspect.name", "512");
    notice = make_notice(arena);
    notice->facts = arena_format(arena, "%*s", LIMIT_TEXT_BYTES + 1, "x");
    expect_value_fault(arena, notice, "facts", "64 KiB");
    notice = make_notice(arena);
    notice->suspect->contact_telephone = sample_text("0998-72800x0");
    expect_value_fault(arena, notice, "suspect.contact_telephone", "数字");
    notice->suspect->contact_telephone = sample_text("+86 998 7280000");
    notice->discovered_at = SAMPLE_AT / 1000;
    expect_value_fault(arena, notice, "discovered_at", "2000年");
    notice->discovered_at = INT64_C(4102444800000);
    expect_value_fault(arena, notice, "discovered_at", "2099年");
    notice->discovered_at = -1;
    expect_value_fault(arena, notice, "discovered_at", "2000年");
}

static void suspect_is_known_by_something(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    const struct kind *kind = kinds_find("lead.notice");
    Body__LeadNotice *notice = make_notice(arena);
    notice->suspect->credit_code = sample_text("");
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 1);
    assert_string_equal(faults[0].path, "suspect.credit_code");
    assert_string_equal(faults[0].code, "required");
    notice->suspect->other_id_type = sample_text("licence");
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 1);
    assert_string_equal(faults[0].path, "suspect.other_id");
    notice->suspect->other_id = sample_text("653126000012345");
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 0);
    notice->suspect->other_id = sample_text("");
    notice->suspect->other_id_type = sample_text("unknown");
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 0);
}

static void notice_by_phone_says_when_and_whom(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    const struct kind *kind = kinds_find("lead.notice");
    Body__LeadNotice *notice = make_notice(arena);
    notice->channel = sample_text("phone");
    size_t count = fields_check(kind, &notice->base, arena, faults, MANY);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "notified_at"));
    assert_non_null(find_fault(faults, count, "required", "notified_person"));
    notice->channel = sample_text("written");
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 1);
    notice->notified_at = notice->discovered_at - 1;
    count = fields_check(kind, &notice->base, arena, faults, MANY);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "notified_at"));
    notice->notified_at = notice->discovered_at;
    assert_int_equal(fields_check(kind, &notice->base, arena, faults, MANY), 0);
}

static void assessment_needs_both_professions(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    const struct kind *kind = kinds_find("lead.assessment");
    Body__LeadAssessment *body = make_assessment(arena);
    body->participants[1]->role = sample_text("business");
    assert_int_equal(fields_check(kind, &body->base, arena, faults, MANY), 1);
    assert_non_null(strstr(faults[0].text, "法规专业人员"));
    body->participants[0]->role = sample_text("legal");
    body->participants[1]->role = sample_text("recorder");
    assert_int_equal(fields_check(kind, &body->base, arena, faults, MANY), 1);
    assert_non_null(strstr(faults[0].text, "执法业务骨干"));
    body->participants[0]->agency = sample_text("叶城县市监局");
    assert_int_equal(fields_check(kind, &body->base, arena, faults, MANY), 2);
    assert_string_equal(faults[0].path, "participants[0].agency");
}

static size_t count_faults(struct arena *arena, const char *kind, const void *body, struct field_fault faults[MANY])
{
    return fields_check(kinds_find(kind), body, arena, faults, MANY);
}

// RC-23c, RC-23d
static void review_says_what_is_missing_or_why_it_refuses(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__TransferReview *review = (Body__TransferReview *)make_body(arena, "transfer.review");
    review->n_missing = 0;
    review->reason = sample_text("");
    review->papers_returned = sample_text("");
    assert_int_equal(count_faults(arena, "transfer.review", review, faults), 0);
    review->outcome = sample_text("supplement");
    size_t count = count_faults(arena, "transfer.review", review, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "missing"));
    review->outcome = sample_text("refused");
    count = count_faults(arena, "transfer.review", review, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "reason"));
    assert_non_null(find_fault(faults, count, "required", "papers_returned"));
}

static void letter_is_written_and_names_somebody_who_can_be_found(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__TransferLetter *letter = (Body__TransferLetter *)make_body(arena, "transfer.letter");
    letter->channel = sample_text("phone");
    size_t count = count_faults(arena, "transfer.letter", letter, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "channel"));
    letter->channel = sample_text("written");
    letter->notified_at = 0;
    letter->suspect->other_id = sample_text("");
    count = count_faults(arena, "transfer.letter", letter, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "notified_at"));
    assert_non_null(find_fault(faults, count, "required", "suspect.other_id"));
}

static void prior_notice_by_telephone_says_when_and_to_whom(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__TransferPriorNotice *notice = (Body__TransferPriorNotice *)make_body(arena, "transfer.prior-notice");
    notice->channel = sample_text("phone");
    assert_int_equal(count_faults(arena, "transfer.prior-notice", notice, faults), 0);
    notice->notified_at = 0;
    notice->notified_person = sample_text("");
    size_t count = count_faults(arena, "transfer.prior-notice", notice, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "notified_at"));
    assert_non_null(find_fault(faults, count, "required", "notified_person"));
}

// YY-2.2.2e
static void not_filed_needs_a_reason(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__TransferFiling *filing = (Body__TransferFiling *)make_body(arena, "transfer.filing");
    filing->reason = sample_text("");
    assert_int_equal(count_faults(arena, "transfer.filing", filing, faults), 0);
    filing->decision = sample_text("not-filed");
    size_t count = count_faults(arena, "transfer.filing", filing, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "reason"));
}

// A call has an hour and somebody who took it, whatever is told.
static void expect_told_by_telephone(struct arena *arena, const char *kind, ProtobufCMessage *body, char **channel, int64_t *notified_at,
                                     char **notified_person)
{
    struct field_fault faults[MANY];
    *channel = sample_text("phone");
    assert_int_equal(count_faults(arena, kind, body, faults), 0);
    *notified_at = 0;
    *notified_person = sample_text("");
    size_t count = count_faults(arena, kind, body, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "notified_at"));
    assert_non_null(find_fault(faults, count, "required", "notified_person"));
    *channel = sample_text("written");
    count = count_faults(arena, kind, body, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "notified_at"));
    *channel = sample_text("platform");
    assert_int_equal(count_faults(arena, kind, body, faults), 0);
}

static void request_for_assistance_is_told_and_a_letter_is_written(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__AssistanceRequest *request = (Body__AssistanceRequest *)make_body(arena, "assistance.request");
    request->channel = sample_text("phone");
    size_t count = count_faults(arena, "assistance.request", request, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "channel"));
    request->form = sample_text("on-site");
    expect_told_by_telephone(arena, "assistance.request", &request->base, &request->channel, &request->notified_at, &request->notified_person);
}

// YC-3.3
static void complainant_is_named_only_where_he_is_open(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    static const char *const hidden[] = {"confidential", "anonymous"};
    for (size_t i = 0; i < 2; i++) {
        Body__ComplaintReferral *referral = (Body__ComplaintReferral *)make_body(arena, "complaint.referral");
        assert_int_equal(count_faults(arena, "complaint.referral", referral, faults), 0);
        referral->identity = sample_text(hidden[i]);
        size_t count = count_faults(arena, "complaint.referral", referral, faults);
        assert_int_equal(count, 1);
        assert_non_null(find_fault(faults, count, "value", "complainant"));
        referral->complainant = NULL;
        assert_int_equal(count_faults(arena, "complaint.referral", referral, faults), 0);
    }
}

static void submission_by_telephone_says_when_and_to_whom(void **state)
{
    struct arena *arena = *state;
    Body__DisputeSubmission *body = (Body__DisputeSubmission *)make_body(arena, "dispute.submission");
    expect_told_by_telephone(arena, "dispute.submission", &body->base, &body->channel, &body->notified_at, &body->notified_person);
}

static void alert_is_told_after_the_danger_was_found(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__DangerAlert *alert = (Body__DangerAlert *)make_body(arena, "danger.alert");
    alert->found_at = SAMPLE_AT + 1;
    size_t count = count_faults(arena, "danger.alert", alert, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "notified_at"));
    alert->found_at = SAMPLE_AT;
    expect_told_by_telephone(arena, "danger.alert", &alert->base, &alert->channel, &alert->notified_at, &alert->notified_person);
}

// WB-3.4d, WB-3.4e
static void response_says_when_officers_left_or_why_none_did(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__DangerResponse *response = (Body__DangerResponse *)make_body(arena, "danger.response");
    response->reason = sample_text("");
    assert_int_equal(count_faults(arena, "danger.response", response, faults), 0);
    response->sent_at = 0;
    size_t count = count_faults(arena, "danger.response", response, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "sent_at"));
    response->sent = sample_text("no");
    count = count_faults(arena, "danger.response", response, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "reason"));
    response->reason = sample_text("不属于本机关职责");
    assert_int_equal(count_faults(arena, "danger.response", response, faults), 0);
}

static void violation_is_told_and_whom_it_names_can_be_found(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__ViolationNotice *notice = (Body__ViolationNotice *)make_body(arena, "violation.notice");
    notice->found_at = SAMPLE_AT + 1;
    notice->suspect->other_id = sample_text("");
    size_t count = count_faults(arena, "violation.notice", notice, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "value", "notified_at"));
    assert_non_null(find_fault(faults, count, "required", "suspect.other_id"));
    notice->found_at = SAMPLE_AT;
    notice->suspect = NULL;
    expect_told_by_telephone(arena, "violation.notice", &notice->base, &notice->channel, &notice->notified_at, &notice->notified_person);
}

static void referral_to_the_police_names_nobody_or_somebody_who_can_be_found(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__CrimeReferral *referral = (Body__CrimeReferral *)make_body(arena, "crime.referral");
    referral->suspect->other_id = sample_text("");
    size_t count = count_faults(arena, "crime.referral", referral, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "suspect.other_id"));
    referral->suspect = NULL;
    assert_int_equal(count_faults(arena, "crime.referral", referral, faults), 0);
}

static void police_that_do_not_file_say_why(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__CrimeDecision *decision = (Body__CrimeDecision *)make_body(arena, "crime.decision");
    decision->reason = sample_text("");
    assert_int_equal(count_faults(arena, "crime.decision", decision, faults), 0);
    decision->decision = sample_text("not-filed");
    size_t count = count_faults(arena, "crime.decision", decision, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "reason"));
}

static void what_was_done_elsewhere_was_not_done_over_the_platform(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__OfflineAct *act = (Body__OfflineAct *)make_body(arena, "offline.act");
    act->notified_person = sample_text("");
    size_t count = count_faults(arena, "offline.act", act, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "notified_person"));
    act->channel = sample_text("written");
    assert_int_equal(count_faults(arena, "offline.act", act, faults), 0);
    act->channel = sample_text("platform");
    count = count_faults(arena, "offline.act", act, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "channel"));
}

static void contested_needs_a_reason(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__Confirm *body = (Body__Confirm *)make_body(arena, "confirm");
    body->reason = sample_text("");
    body->verdict = sample_text("contested");
    assert_int_equal(fields_check(kinds_find("confirm"), &body->base, arena, faults, MANY), 1);
    assert_string_equal(faults[0].text, "缺少必填项：异议理由（reason）");
    body->reason = sample_text("会议时间有误");
    assert_int_equal(fields_check(kinds_find("confirm"), &body->base, arena, faults, MANY), 0);
}

// Of the first element of what is repeated; an instant as hours after that of the whole body.
static void set_field(ProtobufCMessage *message, const char *path, const char *value)
{
    size_t length = strcspn(path, ".");
    const ProtobufCFieldDescriptor *member = member_of(message->descriptor, path, length);
    void *place = at(message, member->offset);
    if (member->label == PROTOBUF_C_LABEL_REPEATED) {
        place = *(void **)place;
    }
    if (path[length] == '.') {
        set_field(*(ProtobufCMessage **)place, path + length + 1, value);
    } else if (member->type == PROTOBUF_C_TYPE_INT64) {
        *(int64_t *)place = SAMPLE_AT + strtoll(value, NULL, 10) * 3600000;
    } else {
        *(char **)place = sample_text(value);
    }
}

static void rules_across_fields_name_what_is_wrong(void **state)
{
    struct arena *arena = *state;
    static const struct {
        const char *kind;
        const char *set;
        const char *value;
        const char *without[3];
        const char *code; // NULL: right
        const char *path;
    } rows[] = {
        {"transfer.letter", "outstanding", "items", {"items"}, "required", "items"},
        {"transfer.letter", "outstanding", "items", {"proceeds"}, NULL, NULL},
        {"transfer.letter", "materials.form", "copy", {NULL}, NULL, NULL},
        {"evidence.review", "outcome", "recognised", {"reason"}, NULL, NULL},
        {"evidence.review", "outcome", "to-verify", {"reason"}, "required", "reason"},
        {"evidence.review", "outcome", "not-usable", {"reason"}, "required", "reason"},
        {"evidence.review", "outcome", "not-usable", {NULL}, NULL, NULL},
        {"joint.decision", "execute_until", "-1", {NULL}, "value", "execute_until"},
        {"joint.decision", "execute_until", "+1", {NULL}, NULL, NULL},
        {"joint.decision", "penalty", "none", {"execute_until"}, NULL, NULL},
        {"enforcement.yearly", "year", "26", {NULL}, "value", "year"},
        {"enforcement.yearly", "year", "今年", {NULL}, "value", "year"},
        {"handover.list", "place", "物证室", {"items", "originals"}, NULL, NULL},
        {"handover.list", "place", "物证室", {"items", "proceeds"}, NULL, NULL},
        {"handover.list", "place", "物证室", {"originals", "proceeds"}, NULL, NULL},
        {"handover.list", "place", "物证室", {"items", "originals", "proceeds"}, "required", "items"},
        {"handover.receipt", "complete", "yes", {"missing", "differences"}, NULL, NULL},
        {"handover.receipt", "complete", "no", {"missing", "differences"}, "required", "missing"},
        {"handover.receipt", "complete", "no", {"missing"}, NULL, NULL},
        {"handover.receipt", "complete", "no", {"differences"}, NULL, NULL},
        {"violation.stopped", "stopped_at", "-1", {NULL}, "value", "stopped_at"},
        {"violation.stopped", "refused", "yes", {"stopped_at"}, NULL, NULL},
        {"items.seized", "seized_until", "-1", {NULL}, "value", "seized_until"},
        {"items.seized", "seized_until", "+1", {NULL}, NULL, NULL},
        {"crime.approved", "opinion", "rejected", {"reason"}, "required", "reason"},
        {"crime.approved", "opinion", "rejected", {NULL}, NULL, NULL},
        {"crime.approved", "opinion", "agreed", {"reason"}, NULL, NULL},
        {"year.begun", "year", "2026年", {NULL}, "value", "year"},
        {"year.begun", "year", "2027", {NULL}, NULL, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct field_fault faults[MANY];
        ProtobufCMessage *body = make_body(arena, rows[i].kind);
        set_field(body, rows[i].set, rows[i].value);
        for (size_t j = 0; j < 3 && rows[i].without[j] != NULL; j++) {
            remove_field(body, rows[i].without[j]);
        }
        size_t count = count_faults(arena, rows[i].kind, body, faults);
        if (count != (rows[i].code == NULL ? 0 : 1) || (count == 1 && find_fault(faults, 1, rows[i].code, rows[i].path) == NULL)) {
            fail_msg("%s with %s %s: %zu faults, %s", rows[i].kind, rows[i].set, rows[i].value, count, count > 0 ? faults[0].text : "");
        }
    }
}

// YY-2.2.2b: originals that are to follow stand in the list as such.
static void letter_lists_what_is_outstanding(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    ProtobufCMessage *letter = make_body(arena, "transfer.letter");
    set_field(letter, "outstanding", "both");
    assert_int_equal(count_faults(arena, "transfer.letter", letter, faults), 0);
    set_field(letter, "materials.form", "electronic");
    remove_field(letter, "items");
    size_t count = count_faults(arena, "transfer.letter", letter, faults);
    assert_int_equal(count, 2);
    assert_non_null(find_fault(faults, count, "required", "items"));
    assert_non_null(find_fault(faults, count, "value", "outstanding"));
    set_field(letter, "outstanding", "papers");
    count = count_faults(arena, "transfer.letter", letter, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "outstanding"));
}

static void no_penalty_stands_alone(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__JointDecision *decision = (Body__JointDecision *)make_body(arena, "joint.decision");
    char *penalties[] = {sample_text("fine"), sample_text("confiscation")};
    decision->penalty = penalties;
    decision->n_penalty = 2;
    assert_int_equal(count_faults(arena, "joint.decision", decision, faults), 0);
    penalties[1] = sample_text("none");
    size_t count = count_faults(arena, "joint.decision", decision, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "value", "penalty"));
}

static void receipts_name_runs_and_digests(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    const struct kind *kind = kinds_find("receipt");
    static const uint8_t root[DIGEST_BYTES];
    Wire__Receipt receipt = WIRE__RECEIPT__INIT;
    Wire__Run run = WIRE__RUN__INIT;
    Wire__Run *runs[] = {&run};
    Wire__Refused refused = WIRE__REFUSED__INIT;
    Wire__Refused *refusals[] = {&refused};
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 1);
    receipt.runs = runs;
    receipt.n_runs = 1;
    run.from = 3;
    run.to = 3;
    run.received_at = SAMPLE_AT;
    run.root = sample_binary(arena, root, sizeof root);
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 0);
    run.to = 2;
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 1);
    run.to = 4;
    run.root.len = 31;
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 1);
    run.root.len = 32;
    receipt.refusals = refusals;
    receipt.n_refusals = 1;
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 3);
    refused.code = sample_text("unknown-kind");
    refused.received_at = SAMPLE_AT;
    refused.position = 5;
    refused.leaf = run.root;
    assert_int_equal(fields_check(kind, &receipt.base, arena, faults, MANY), 0);
}

static void law_pairs_come_in_table_order(void **state)
{
    struct arena *arena = *state;
    struct law_pair *pairs;
    size_t count;
    Body__LeadNotice *notice = make_notice(arena);
    notice->channel = sample_text("written");
    notice->notified_at = SAMPLE_AT;
    assert_true(fields_lift(kinds_find("lead.notice"), &notice->base, arena, &pairs, &count));
    static const struct law_pair expected[] = {
        {"discovered_at", "1758675600000"}, {"channel", "written"},
        {"notified_at", "1758679200000"},   {"ground", "multiple-fields"},
        {"ground", "large-impact"},
    };
    assert_int_equal(count, sizeof expected / sizeof expected[0]);
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(pairs[i].name, expected[i].name);
        assert_string_equal(pairs[i].value, expected[i].value);
    }
    assert_true(fields_lift(kinds_find("note"), make_body(arena, "note"), arena, &pairs, &count));
    assert_int_equal(count, 0);
    assert_true(
        fields_lift(kinds_find("confirm"), make_body(arena, "confirm"), arena, &pairs, &count));
    assert_int_equal(count, 1);
    assert_string_equal(pairs[0].value, "confirmed");
    assert_true(fields_lift(kinds_find("lead.assessment"), make_body(arena, "lead.assessment"),
                            arena, &pairs, &count));
    assert_int_equal(count, 2);
    assert_string_equal(pairs[1].value, "start");
    assert_true(fields_lift(kinds_find("supervision.reminder"), make_body(arena, "supervision.reminder"), arena, &pairs, &count));
    assert_int_equal(count, 2);
    assert_string_equal(pairs[0].name, "duty");
    assert_string_equal(pairs[1].name, "due_until");
}

static void small_arena_never_turns_a_fault_into_none(void **state)
{
    struct arena *big = *state;
    ProtobufCMessage *body = unpack("lead.notice", (struct bytes){(const uint8_t *)"", 0}, big);
    Body__LeadNotice *whole = make_notice(big);
    for (size_t limit = 0; limit < 3000; limit += 50) {
        struct arena *arena;
        struct field_fault faults[MANY];
        struct law_pair *pairs;
        size_t count;
        assert_int_equal(arena_new(limit, &arena), 0);
        assert_int_equal(fields_check(kinds_find("lead.notice"), body, arena, faults, MANY), 9);
        for (size_t i = 0; i < 9; i++) {
            assert_true(strlen(faults[i].text) > 0 && strlen(faults[i].path) > 0);
        }
        arena_reset(arena);
        bool lifted = fields_lift(kinds_find("lead.notice"), &whole->base, arena, &pairs, &count);
        assert_int_equal(lifted, limit >= 250 ? 1 : lifted);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_path_exists_with_the_type_of_its_form),
        cmocka_unit_test(every_field_that_people_fill_in_has_a_row),
        cmocka_unit_test(kinds_are_found_by_name),
        cmocka_unit_test(code_lists_have_titles_and_no_name_twice),
        with_arena(whole_bodies_are_accepted),
        with_arena(each_required_field_is_missed_by_its_title),
        with_arena(absent_group_names_each_field_it_lacks),
        with_arena(empty_notice_lists_everything_up_to_the_capacity),
        with_arena(blank_text_is_no_text),
        with_arena(faults_in_lists_carry_the_index),
        with_arena(impossible_values_are_named),
        with_arena(suspect_is_known_by_something),
        with_arena(notice_by_phone_says_when_and_whom),
        with_arena(assessment_needs_both_professions),
        with_arena(review_says_what_is_missing_or_why_it_refuses),
        with_arena(letter_is_written_and_names_somebody_who_can_be_found),
        with_arena(prior_notice_by_telephone_says_when_and_to_whom),
        with_arena(not_filed_needs_a_reason),
        with_arena(request_for_assistance_is_told_and_a_letter_is_written),
        with_arena(complainant_is_named_only_where_he_is_open),
        with_arena(submission_by_telephone_says_when_and_to_whom),
        with_arena(alert_is_told_after_the_danger_was_found),
        with_arena(response_says_when_officers_left_or_why_none_did),
        with_arena(violation_is_told_and_whom_it_names_can_be_found),
        with_arena(referral_to_the_police_names_nobody_or_somebody_who_can_be_found),
        with_arena(police_that_do_not_file_say_why),
        with_arena(what_was_done_elsewhere_was_not_done_over_the_platform),
        with_arena(contested_needs_a_reason),
        with_arena(rules_across_fields_name_what_is_wrong),
        with_arena(letter_lists_what_is_outstanding),
        with_arena(no_penalty_stands_alone),
        with_arena(receipts_name_runs_and_digests),
        with_arena(law_pairs_come_in_table_order),
        with_arena(small_arena_never_turns_a_fault_into_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
