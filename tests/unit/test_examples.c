// SPDX-License-Identifier: Apache-2.0
//
// Every example under conf/examples is a body that its kind accepts. Run from the top of the tree.
#include "unit/check.h"

#include "lib/mapping.h"
#include "wire/decode.h"

#include <dirent.h>
#include <stdio.h>

static const char folder[] = "conf/examples";

static struct bytes read_example(struct arena *arena, const char *name)
{
    FILE *file = fopen(arena_format(arena, "%s/%s", folder, name), "rb");
    assert_non_null(file);
    uint8_t *data = arena_take(arena, 64 << 10);
    size_t size = fread(data, 1, 64 << 10, file);
    fclose(file);
    return (struct bytes){.data = data, .size = size};
}

static const struct kind *kind_of(const char *name)
{
    static const struct {
        const char *file;
        const char *kind;
    } others[] = {
        {"lead-discovered.json", "lead.discovered"},
        {"lead-assessment.json", "lead.assessment"},
        {"meeting-held.json", "meeting.held"},
        {"transfer-applied.json", "transfer.applied"},
        {"transfer-approved.json", "transfer.approved"},
        {"transfer-checked.json", "transfer.checked"},
        {"transfer-filing.json", "transfer.filing"},
        {"transfer-letter.json", "transfer.letter"},
        {"transfer-prior-notice.json", "transfer.prior-notice"},
        {"transfer-result.json", "transfer.result"},
        {"transfer-review.json", "transfer.review"},
        {"transfer-reviewed.json", "transfer.reviewed"},
        {"transfer-supplement.json", "transfer.supplement"},
        {"transfer-report.json", "transfer.report"},
        {"meeting-call.json", "meeting.call"},
        {"meeting-proposal.json", "meeting.proposal"},
        {"meeting-minutes.json", "meeting.minutes"},
        {"meeting-results.json", "meeting.results"},
        {"joint-team.json", "joint.team"},
        {"joint-plan.json", "joint.plan"},
        {"joint-progress.json", "joint.progress"},
        {"evidence-shared.json", "evidence.shared"},
        {"evidence-review.json", "evidence.review"},
        {"joint-proposal.json", "joint.proposal"},
        {"joint-decision.json", "joint.decision"},
        {"joint-execution.json", "joint.execution"},
        {"joint-report.json", "joint.report"},
        {"enforcement-plan.json", "enforcement.plan"},
        {"enforcement-opinion.json", "enforcement.opinion"},
        {"enforcement-approval.json", "enforcement.approval"},
        {"enforcement-refusal.json", "enforcement.refusal"},
        {"enforcement-operation.json", "enforcement.operation"},
        {"enforcement-report.json", "enforcement.report"},
        {"enforcement-yearly.json", "enforcement.yearly"},
        {"handover-list.json", "handover.list"},
        {"handover-receipt.json", "handover.receipt"},
        {"info-shared.json", "info.shared"},
        {"info-extension.json", "info.extension"},
        {"info-query.json", "info.query"},
        {"info-answer.json", "info.answer"},
        {"info-refusal.json", "info.refusal"},
        {"catalogue-entry.json", "catalogue.entry"},
        {"subscription-request.json", "subscription.request"},
        {"subscription-grant.json", "subscription.grant"},
        {"subscription-refusal.json", "subscription.refusal"},
        {"subscription-end.json", "subscription.end"},
        {"guidance-basis.json", "guidance.basis"},
        {"guidance-visit.json", "guidance.visit"},
        {"list-version.json", "list.version"},
        {"case-filed.json", "case.filed"},
        {"case-not-filed.json", "case.not-filed"},
        {"case-extended.json", "case.extended"},
        {"case-closed.json", "case.closed"},
        {"info-formed.json", "info.formed"},
        {"info-received.json", "info.received"},
        {"operation-ended.json", "operation.ended"},
        {"permit-issued.json", "permit.issued"},
        {"originals-posted.json", "originals.posted"},
        {"complaint-received.json", "complaint.received"},
        {"complaint-told.json", "complaint.told"},
        {"violation-stopped.json", "violation.stopped"},
        {"items-seized.json", "items.seized"},
        {"crime-suspected.json", "crime.suspected"},
        {"crime-approved.json", "crime.approved"},
        {"basis-changed.json", "basis.changed"},
        {"evidence-collected.json", "evidence.collected"},
        {"items-disposed.json", "items.disposed"},
        {"measure-taken.json", "measure.taken"},
        {"year-begun.json", "year.begun"},
        {"work-record.json", "work.record"},
        {"assistance-request.json", "assistance.request"},
        {"assistance-acceptance.json", "assistance.acceptance"},
        {"assistance-refusal.json", "assistance.refusal"},
        {"assistance-extension.json", "assistance.extension"},
        {"assistance-officers.json", "assistance.officers"},
        {"assistance-result.json", "assistance.result"},
        {"assistance-suspended.json", "assistance.suspended"},
        {"assistance-resumed.json", "assistance.resumed"},
        {"complaint-referral.json", "complaint.referral"},
        {"complaint-notice.json", "complaint.notice"},
        {"complaint-result.json", "complaint.result"},
        {"dispute-objection.json", "dispute.objection"},
        {"dispute-negotiation.json", "dispute.negotiation"},
        {"dispute-submission.json", "dispute.submission"},
        {"dispute-ruling.json", "dispute.ruling"},
        {"danger-alert.json", "danger.alert"},
        {"danger-response.json", "danger.response"},
        {"danger-report.json", "danger.report"},
        {"violation-notice.json", "violation.notice"},
        {"crime-referral.json", "crime.referral"},
        {"crime-receipt.json", "crime.receipt"},
        {"crime-passed-on.json", "crime.passed-on"},
        {"crime-decision.json", "crime.decision"},
        {"crime-review.json", "crime.review"},
        {"crime-review-decision.json", "crime.review-decision"},
        {"crime-items.json", "crime.items"},
        {"supervision-reminder.json", "supervision.reminder"},
        {"supervision-order.json", "supervision.order"},
        {"supervision-answer.json", "supervision.answer"},
        {"supervision-record.json", "supervision.record"},
        {"supervision-record-number.json", "supervision.record-number"},
        {"supervision-copy.json", "supervision.copy"},
        {"supervision-task.json", "supervision.task"},
        {"supervision-task-report.json", "supervision.task-report"},
        {"supervision-misconduct.json", "supervision.misconduct"},
        {"supervision-government-report.json", "supervision.government-report"},
        {"supplement-request.json", "supplement.request"},
        {"supplement-answer.json", "supplement.answer"},
        {"forward.json", "forward"},
        {"link.json", "link"},
        {"correction.json", "correction"},
        {"deletion-confirmed.json", "deletion.confirmed"},
        {"urgency-raised.json", "urgency.raised"},
        {"offline-act.json", "offline.act"},
        {"confirm.json", "confirm"},
        {"note.json", "note"},
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (strcmp(others[i].file, name) == 0) {
            return kinds_find(others[i].kind);
        }
    }
    return kinds_find("lead.notice");
}

static void expect_accepted(struct arena *arena, const char *name)
{
    const struct kind *kind = kind_of(name);
    struct bytes text = read_example(arena, name);
    struct mapping_faults faults = {0};
    struct field_fault wrong[8];
    ProtobufCMessage *body = NULL;
    json_t *json = NULL;
    assert_int_equal(mapping_parse((const char *)text.data, text.size, arena, &faults, &json),
                     MAPPING_OK);
    enum mapping_outcome outcome =
        mapping_from_json(kind->descriptor, json, kind, arena, &faults, &body);
    json_decref(json);
    if (outcome != MAPPING_OK) {
        fail_msg("%s: %s: %s", name, faults.items[0].path, faults.items[0].text);
    }
    if (fields_check(kind, body, arena, wrong, 8) > 0) {
        fail_msg("%s: %s", name, wrong[0].text);
    }
    ProtobufCMessage *again = NULL;
    assert_int_equal(decode_message(kind->descriptor, decode_pack(body, arena), &decode_body_rules,
                                    arena, NULL, &again),
                     DECODE_OK);
}

static void every_example_is_accepted_by_its_kind(void **state)
{
    struct arena *arena = *state;
    DIR *directory = opendir(folder);
    size_t notices = 0;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        if (strstr(entry->d_name, ".json") != NULL) {
            expect_accepted(arena, entry->d_name);
            notices += kind_of(entry->d_name) == kinds_find("lead.notice");
        }
    }
    closedir(directory);
    assert_true(notices >= 14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(every_example_is_accepted_by_its_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
