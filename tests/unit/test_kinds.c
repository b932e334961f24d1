// SPDX-License-Identifier: Apache-2.0
#include "unit/bodies.h"

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
    case FIELD_REGION:
    case FIELD_ID:
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
        {"info.shared", KIND_MESSAGE, KIND_SIGNED_FOR | KIND_PUBLISHABLE},
        {"info.extension", KIND_FACT, 0},
        {"info.query", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"info.answer", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"info.refusal", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"guidance.basis", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"guidance.visit", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"list.version", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"catalogue.entry", KIND_MESSAGE, KIND_PUBLISHABLE},
        {"subscription.request", KIND_MESSAGE, 0},
        {"subscription.grant", KIND_MESSAGE, KIND_REPLIES},
        {"subscription.refusal", KIND_MESSAGE, KIND_REPLIES},
        {"subscription.end", KIND_MESSAGE, KIND_REPLIES},
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
        {"recall", KIND_MESSAGE, KIND_REPLIES | KIND_ACT | KIND_PUBLISHABLE},
        {"note", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"supplement.request", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"supplement.answer", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"forward", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR},
        {"link", KIND_MESSAGE, KIND_SIGNED_FOR},
        {"correction", KIND_MESSAGE, KIND_REPLIES | KIND_SIGNED_FOR | KIND_PUBLISHABLE},
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
                                        "misconduct", "access", "rhythm", "handling"};
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
        with_arena(receipts_name_runs_and_digests),
        with_arena(law_pairs_come_in_table_order),
        with_arena(small_arena_never_turns_a_fault_into_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
