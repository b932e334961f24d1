// SPDX-License-Identifier: Apache-2.0
//
// The rules across the fields of a body: right, and wrong with what is wrong named.
#include "unit/bodies.h"

#include "wire/assistance.pb-c.h"
#include "wire/complaint.pb-c.h"
#include "wire/crime.pb-c.h"
#include "wire/danger.pb-c.h"
#include "wire/dispute.pb-c.h"
#include "wire/info.pb-c.h"
#include "wire/joint.pb-c.h"
#include "wire/transfer.pb-c.h"

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

static void shared_items_name_nobody_who_complained_in_confidence(void **state)
{
    struct arena *arena = *state;
    struct field_fault faults[MANY];
    Body__InfoShared *shared = (Body__InfoShared *)make_body(arena, "info.shared");
    assert_int_equal(count_faults(arena, "info.shared", shared, faults), 0);
    shared->complainant = NULL;
    shared->category = sample_text("complaint");
    shared->identity = sample_text("");
    size_t count = count_faults(arena, "info.shared", shared, faults);
    assert_int_equal(count, 1);
    assert_non_null(find_fault(faults, count, "required", "identity"));
    shared->identity = sample_text("anonymous");
    assert_int_equal(count_faults(arena, "info.shared", shared, faults), 0);
    char **const texts[] = {&shared->title, &shared->text, &shared->details[0]->name, &shared->details[0]->value};
    const char *const paths[] = {"title", "text", "details.name", "details.value"};
    for (size_t i = 0; i < 4; i++) {
        char *before = *texts[i];
        *texts[i] = sample_text("据了解，举报人姓名张某，住某镇。");
        count = count_faults(arena, "info.shared", shared, faults);
        assert_int_equal(count, 1);
        assert_non_null(find_fault(faults, count, "value", paths[i]));
        *texts[i] = before;
    }
    shared->text = sample_text("举报人反映该店销售过期食品。");
    assert_int_equal(count_faults(arena, "info.shared", shared, faults), 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(suspect_is_known_by_something),
        with_arena(notice_by_phone_says_when_and_whom),
        with_arena(assessment_needs_both_professions),
        with_arena(review_says_what_is_missing_or_why_it_refuses),
        with_arena(letter_is_written_and_names_somebody_who_can_be_found),
        with_arena(prior_notice_by_telephone_says_when_and_to_whom),
        with_arena(not_filed_needs_a_reason),
        with_arena(request_for_assistance_is_told_and_a_letter_is_written),
        with_arena(complainant_is_named_only_where_he_is_open),
        with_arena(shared_items_name_nobody_who_complained_in_confidence),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
