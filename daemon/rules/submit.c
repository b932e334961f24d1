// SPDX-License-Identifier: Apache-2.0
#include "rules/submit.h"

#include <stdlib.h>
#include <string.h>

#include "wire/common.pb-c.h"
#include "wire/identity.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "rules/acknowledge.h"
#include "rules/attach.h"
#include "rules/closed.h"
#include "rules/duty.h"
#include "rules/membership.h"
#include "rules/parties.h"
#include "rules/refuse.h"
#include "rules/requires.h"
#include "rules/ruling.h"
#include "rules/sharing.h"
#include "rules/statement.h"

enum { FAULTS = 32, CITES = 16 };

// One draft on its way to a statement.
struct submission {
    struct view *view;
    struct effects *effects;
    struct arena *arena;
    const struct event *event;
    const Control__Draft *draft;
    const struct kind *kind;
    ProtobufCMessage *body;
    uint64_t target; // what it replies to
    const struct held *target_held;
    struct bytes matter;
    struct held_compact compact;
    const struct procedure *procedure;
    Wire__Header *header;
    Control__Refusal *refusal;
    bool foresees; // the answer tells what follows
};

static ProtobufCBinaryData to_binary(struct bytes bytes)
{
    return (ProtobufCBinaryData){bytes.size, (uint8_t *)bytes.data};
}

static void *take(struct submission *submission, size_t count, size_t size)
{
    void *memory = arena_take_array(submission->arena, count == 0 ? 1 : count, size);
    if (memory == NULL) {
        submission->effects->exhausted = true;
    }
    return memory;
}

static bool refused(struct submission *submission, Control__Refusal *refusal)
{
    submission->refusal = refusal;
    return false;
}

#define refuse(submission, ...) refused((submission), refuse_make((submission)->effects, __VA_ARGS__))

// ---------------------------------------------------------------------------------------------------- checks

static bool check_kind(struct submission *submission)
{
    submission->kind = kinds_find(submission->draft->kind);
    if (submission->kind == NULL || submission->kind->class == KIND_MACHINE) {
        return refuse(submission, "unknown-kind", "没有“%s”这种文书", submission->draft->kind);
    }
    return true;
}

static bool read_body(struct submission *submission)
{
    struct decode_fault fault = {0};
    enum decode_outcome outcome = decode_message(submission->kind->descriptor, decode_bytes(submission->draft->body), &decode_body_rules,
                                                 submission->arena, &fault, &submission->body);
    if (outcome != DECODE_OK) {
        return refuse(submission, decode_code(outcome), "正文不能读取：%s %s", fault.field == NULL ? "" : fault.field,
                      fault.text == NULL ? "" : fault.text);
    }
    return true;
}

static bool is_secret(const char *handling)
{
    return strstr(handling, "秘密") != NULL || strstr(handling, "机密") != NULL || strstr(handling, "绝密") != NULL;
}

static bool check_marks(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    if (is_secret(draft->handling)) {
        return refuse(submission, "secret", "国家秘密不得进入本系统（标注为“%s”）", draft->handling);
    }
    if (draft->handling[0] != '\0' && strcmp(draft->handling, "内部") != 0) {
        return refuse(submission, "value", "处理标志只能为空或“内部”");
    }
    if (!identity_is_id(decode_bytes(draft->id))) {
        return refuse(submission, "value", "文书编号不是 UUIDv7");
    }
    if (draft->source != NULL && (draft->source->system[0] == '\0' || draft->source->record[0] == '\0' ||
                                  strlen(draft->source->system) + strlen(draft->source->record) > LIMIT_SOURCE_BYTES)) {
        return refuse(submission, "value", "来源须同时写明系统和记录，合计不超过 256 字节");
    }
    return true;
}

static bool check_reply(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    const char *self = view_state(submission->view)->agency;
    if (draft->in_reply_to.len == 0) {
        return (submission->kind->marks & KIND_REPLIES) == 0 || refuse(submission, "reply", "“%s”必须针对一份文书", submission->kind->title_zh);
    }
    const char *author = draft->in_reply_to_author;
    submission->target = author[0] != '\0' ? view_find(submission->view, author, decode_bytes(draft->in_reply_to)) : 0;
    const char *const *agencies;
    size_t count = author[0] != '\0' ? 0 : view_agencies(submission->view, submission->arena, &agencies);
    for (size_t i = 0; submission->target == 0 && i < count; i++) {
        submission->target = view_find(submission->view, agencies[i], decode_bytes(draft->in_reply_to));
    }
    submission->target_held = submission->target == 0 ? NULL : view_statement(submission->view, submission->target, submission->arena);
    if (submission->target_held == NULL) {
        return refuse(submission, "not-found", "所针对的文书不在本机关");
    }
    const char *objection = acknowledge_objection(submission->kind, self, submission->target_held);
    if (objection != NULL) {
        return refuse(submission, "reply", "%s", objection);
    }
    if (view_has_mark(submission->target_held, "recalled")) {
        return refuse(submission, "state", "该文书已撤回");
    }
    return true;
}

static bool check_address(struct submission *submission, const char *agency, size_t before)
{
    const Control__Draft *draft = submission->draft;
    struct agency found;
    if (strcmp(agency, view_state(submission->view)->agency) == 0) {
        return refuse(submission, "addressing", "不能发给本机关");
    }
    if (!identity_is_agency(agency) || !view_agency(submission->view, agency, submission->arena, &found)) {
        return refuse(submission, "unknown-agency", "没有机关“%s”的名片", agency);
    }
    if (found.suspended) {
        return refuse(submission, "suspended", "机关“%s”已停用", agency);
    }
    for (size_t i = 0; i < before; i++) {
        const char *other = i < draft->n_to ? draft->to[i] : draft->copy[i - draft->n_to];
        if (strcmp(other, agency) == 0) {
            return refuse(submission, "addressing", "机关“%s”重复", agency);
        }
    }
    return true;
}

static bool check_addresses(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    size_t count = draft->n_to + draft->n_copy;
    if (submission->kind->class == KIND_FACT) {
        return count == 0 || refuse(submission, "addressing", "台账登记不发给任何机关");
    }
    if (draft->n_to == 0 && draft->n_copy > 0) {
        return refuse(submission, "addressing", "没有主送机关");
    }
    if (draft->n_to > LIMIT_RECIPIENTS || draft->n_copy > LIMIT_RECIPIENTS) {
        return refuse(submission, "limit", "主送、抄送各不超过 %d 个机关", LIMIT_RECIPIENTS);
    }
    for (size_t i = 0; i < count; i++) {
        if (!check_address(submission, i < draft->n_to ? draft->to[i] : draft->copy[i - draft->n_to], i)) {
            return false;
        }
    }
    return true;
}

static bool check_publication(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    if (submission->kind->class == KIND_FACT) {
        return true;
    }
    const char *objection = sharing_objection_to_own(submission->view, submission->kind, draft->n_to + draft->n_copy, submission->target_held);
    return objection == NULL || refuse(submission, "addressing", "%s", objection);
}

static bool check_matter(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    if (draft->matter.len != 0) {
        submission->matter = decode_bytes(draft->matter);
        return identity_is_id(submission->matter) || refuse(submission, "value", "事项编号不是 UUIDv7");
    }
    submission->matter = submission->target_held != NULL ? decode_bytes(submission->target_held->header->matter) : decode_bytes(draft->id);
    return true;
}

static bool check_officers(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    if ((submission->kind->marks & KIND_NEEDS_OFFICER) != 0 && draft->n_officers == 0) {
        return refuse(submission, "officer", "“%s”须由具名人员作出", submission->kind->title_zh);
    }
    if (draft->n_officers > 0 && submission->event->request.role == ROLE_SUBMITTER) {
        return refuse(submission, "role", "信息系统不能代表联络员署名");
    }
    if (draft->n_officers > 16) {
        return refuse(submission, "limit", "署名人员不超过 16 名");
    }
    for (size_t i = 0; i < draft->n_officers; i++) {
        if (view_officer(submission->view, draft->officers[i], submission->arena) == NULL) {
            return refuse(submission, "officer", "证件号“%s”不在人员名册上", draft->officers[i]);
        }
    }
    return true;
}

// A substitute (代) stands in for an officer who is on the roll as well.
static bool check_substitute(struct submission *submission)
{
    if (strcmp(submission->kind->name, "acknowledgement") != 0) {
        return true;
    }
    const Body__Acknowledgement *body = (const Body__Acknowledgement *)submission->body;
    if (body->for_certificate[0] != '\0' && view_officer(submission->view, body->for_certificate, submission->arena) == NULL) {
        return refuse(submission, "officer", "被代签的证件号“%s”不在人员名册上", body->for_certificate);
    }
    return true;
}

static bool check_attachments(struct submission *submission)
{
    submission->refusal = attach_object(submission->view, submission->effects, submission->draft);
    return submission->refusal == NULL;
}

static bool check_compact(struct submission *submission)
{
    return membership_choose(submission->view, submission->effects, submission->draft, submission->matter, &submission->compact,
                             &submission->refusal);
}

static bool check_procedure(struct submission *submission)
{
    submission->procedure =
        membership_procedure(submission->view, submission->effects, &submission->compact, submission->matter, &submission->refusal);
    return submission->procedure != NULL;
}

// ---------------------------------------------------------------------------------------------------- header

static void cite(struct submission *submission, uint64_t position)
{
    Wire__Header *header = submission->header;
    const struct held *held = view_statement(submission->view, position, submission->arena);
    for (size_t i = 0; held != NULL && i < header->n_cites; i++) {
        const Wire__Reference *cited = header->cites[i];
        if (strcmp(cited->author, held->header->author) == 0 && memcmp(cited->id.data, held->header->id.data, ID_BYTES) == 0) {
            return;
        }
    }
    Wire__Reference *reference = held == NULL || header->n_cites == CITES ? NULL : statement_reference(submission->effects, held);
    if (reference != NULL) {
        header->cites[header->n_cites++] = reference;
    }
}

static void cite_all(struct submission *submission, const char *kind)
{
    uint64_t *positions;
    size_t count = view_matter_kind(submission->view, submission->matter, kind, INT64_MIN, submission->arena, &positions);
    for (size_t i = 0; i < count; i++) {
        cite(submission, positions[i]);
    }
}

// The duty of this row, if whoever it is owed to need not have heard of it: a fact opened it, or the rule names others.
static const struct duty_rule *unheard_duty(const struct submission *submission, const Record__DutySet *row)
{
    const struct held *opening = view_statement(submission->view, row->opening, submission->arena);
    const struct duty_rule *duty = opening == NULL ? NULL : procedure_duty(submission->procedure, row->duty);
    bool unheard = duty != NULL && (duty->addressee_count > 0 || opening->header->n_to == 0) &&
                   !obligation_state_is_closed((enum obligation_state)row->state);
    return unheard ? duty : NULL;
}

// The one to whom an act is owed learns with it what it was owed for, though that was entered in a book or said to somebody else; and what began its period
// or extended it.
static void cite_duty(struct submission *submission, uint64_t opening, const struct duty_rule *duty)
{
    cite(submission, opening);
    if (duty->awaits.kind != NULL) {
        cite_all(submission, duty->awaits.kind);
    }
    if (duty->extended_by != NULL) {
        cite_all(submission, duty->extended_by);
    }
}

// Of what the statement may meet.
static void cite_owed(struct submission *submission)
{
    struct ongoing **ongoing;
    size_t count = view_ongoing(submission->view, submission->matter, submission->kind->name, submission->header->author, INT64_MAX,
                                submission->arena, &ongoing);
    for (size_t i = 0; i < count && submission->header->n_cites < CITES / 2; i++) {
        const struct duty_rule *duty = unheard_duty(submission, ongoing[i]->duty);
        if (duty != NULL) {
            cite_duty(submission, ongoing[i]->duty->opening, duty);
        }
    }
}

// Of a kind that an opening asks for; NULL: it asks for none.
static void cite_asked(struct submission *submission, const char *kind)
{
    if (kind != NULL) {
        cite_all(submission, kind);
    }
}

// What the procedure asks whether it is cited comes first, however old, and what the act is owed for; then the latest of the matter, which pin all
// before them.
static void add_cites(struct submission *submission)
{
    uint64_t *heads;
    size_t count = view_heads(submission->view, submission->matter, CITES, submission->arena, &heads);
    const struct kind_law *law = kind_law_find(submission->procedure, submission->kind->name);
    submission->header->cites = take(submission, CITES, sizeof(*submission->header->cites));
    if (submission->header->cites == NULL) {
        return;
    }
    for (size_t i = 0; i < law->open_count; i++) {
        const struct duty_rule *duty = law->opens[i];
        for (size_t j = 0; j < duty->opened_by_count; j++) {
            const struct duty_opening *opening = &duty->opened_by[j];
            if (strcmp(opening->kind, submission->kind->name) == 0) {
                cite_asked(submission, opening->unless_cites);
                cite_asked(submission, opening->if_cites);
            }
        }
        for (size_t j = 0; j < duty->addressee_count; j++) {
            if (duty->addressees[j].towards == DUTY_TOWARDS_AUTHOR_OF) {
                cite_all(submission, duty->addressees[j].name);
            }
        }
    }
    cite_owed(submission);
    for (size_t i = 0; i < count; i++) {
        cite(submission, heads[i]);
    }
}

static void add_officers(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    Wire__Header *header = submission->header;
    char *how = arena_format(submission->arena, "key:%s", submission->event->request.client);
    header->officers = take(submission, draft->n_officers, sizeof(*header->officers));
    for (size_t i = 0; how != NULL && header->officers != NULL && i < draft->n_officers; i++) {
        Record__OfficerSet *row = view_officer(submission->view, draft->officers[i], submission->arena);
        Wire__Officer *officer = take(submission, 1, sizeof(*officer));
        if (row == NULL || officer == NULL) {
            return;
        }
        wire__officer__init(officer);
        officer->certificate = row->certificate;
        officer->name = row->name;
        officer->section = row->section;
        officer->authenticated = how;
        header->officers[header->n_officers++] = officer;
    }
}

static bool build_header(struct submission *submission, struct material *out_material)
{
    const Control__Draft *draft = submission->draft;
    Wire__Header *header = take(submission, 1, sizeof(*header));
    if (header == NULL) {
        return false;
    }
    submission->header = header;
    wire__header__init(header);
    header->author = (char *)view_state(submission->view)->agency;
    header->id = draft->id;
    header->matter = to_binary(submission->matter);
    header->kind = (char *)submission->kind->name;
    header->to = draft->to;
    header->n_to = draft->n_to;
    header->copy = draft->copy;
    header->n_copy = draft->n_copy;
    header->compact = submission->compact.row->id;
    header->procedure = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)submission->procedure->digest.bytes};
    header->own_number = draft->own_number;
    header->source = draft->source;
    header->short_number = statement_short_number(submission->effects, draft->id.data);
    header->urgent_reason = draft->urgent_reason;
    header->handling = draft->handling;
    header->occurred_at = draft->occurred_at;
    header->drill = draft->drill;
    if (submission->target_held != NULL) {
        header->in_reply_to = statement_reference(submission->effects, submission->target_held);
    }
    if (!sharing_is_publication(header)) { // its readers need not know of the matter it came from
        add_cites(submission);
    }
    add_officers(submission);
    statement_lift(submission->effects, submission->kind, submission->body, header);
    parties_add(submission->view, submission->effects, submission->procedure, submission->compact.compact, header);
    statement_add_body(submission->effects, (enum suite)view_state(submission->view)->suite, header, decode_bytes(draft->body), out_material);
    attach_list(submission->view, submission->effects, draft, header, out_material);
    return !submission->effects->exhausted;
}

static bool check_times(struct submission *submission)
{
    const Control__Draft *draft = submission->draft;
    int64_t now = submission->effects->now;
    if (draft->occurred_at < 0 || draft->occurred_at > now) {
        return refuse(submission, "value", "发生时间不能晚于现在");
    }
    for (size_t i = 0; i < submission->header->n_law; i++) {
        const Wire__LawPair *pair = submission->header->law[i];
        size_t size = strlen(pair->name);
        if (size > 3 && strcmp(pair->name + size - 3, "_at") == 0 && strtoll(pair->value, NULL, 10) > now) {
            return refuse(submission, "value", "正文中的时间（%s）不能晚于现在", pair->name);
        }
    }
    return true;
}

static bool check_open(struct submission *submission)
{
    const char *objection = closed_objection(submission->view, submission->effects, submission->procedure, submission->header);
    return objection == NULL || refuse(submission, "state", "%s", objection);
}

static bool check_subscription(struct submission *submission)
{
    const char *code = "value";
    const char *objection = ruling_objection(submission->view, submission->effects, submission->draft, submission->body,
                                             submission->target_held, &code);
    return objection == NULL || refuse(submission, code, "%s", objection);
}

static bool is_missed_already(const struct field_fault *faults, size_t count, const struct field_fault *fault)
{
    for (size_t i = 0; i < count; i++) {
        if (fault->path != NULL && faults[i].path != NULL && strcmp(faults[i].path, fault->path) == 0) {
            return true;
        }
    }
    return false;
}

// All that is wrong with the body or missing, at once: what the kind asks for, and what the procedure asks for beyond it.
static bool check_content(struct submission *submission)
{
    struct field_fault faults[FAULTS + REQUIRES_MOST];
    struct field_fault required[REQUIRES_MOST];
    const size_t by_kind = fields_check(submission->kind, submission->body, submission->arena, faults, FAULTS);
    const size_t by_procedure = requires_list(submission->view, submission->effects, submission->procedure, submission->header, submission->kind,
                                              submission->body, true, required);
    size_t count = by_kind;
    for (size_t i = 0; i < by_procedure; i++) {
        if (!is_missed_already(faults, by_kind, &required[i])) {
            faults[count++] = required[i];
        }
    }
    if (count > 0) {
        submission->refusal = refuse_faults(submission->effects, faults, count);
    }
    return count == 0;
}

// ------------------------------------------------------------------------------------------------------ again

// IT systems and the library repeat what was not answered. The same id with the same content is the same message; the check compares what the client
// chose, not what the daemon added.
static bool same_texts(char *const *left, size_t left_count, char *const *right, size_t right_count)
{
    bool same = left_count == right_count;
    for (size_t i = 0; same && i < left_count; i++) {
        same = strcmp(left[i], right[i]) == 0;
    }
    return same;
}

static bool same_source(const Wire__Source *left, const Wire__Source *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left->system, right->system) == 0 && strcmp(left->record, right->record) == 0;
}

static bool same_id(ProtobufCBinaryData left, ProtobufCBinaryData right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

static bool same_officers(const Control__Draft *draft, const Wire__Header *held)
{
    bool same = held->n_officers == draft->n_officers;
    for (size_t i = 0; same && i < draft->n_officers; i++) {
        same = strcmp(held->officers[i]->certificate, draft->officers[i]) == 0;
    }
    return same;
}

// Matter and compact may be left to the daemon, so an empty one agrees with any.
static bool same_place(const Control__Draft *draft, const Wire__Header *held)
{
    const ProtobufCBinaryData none = {0};
    return (draft->matter.len == 0 || same_id(held->matter, draft->matter)) &&
           (draft->compact[0] == '\0' || strcmp(held->compact, draft->compact) == 0) &&
           same_id(held->in_reply_to == NULL ? none : held->in_reply_to->id, draft->in_reply_to);
}

static bool same_marks(const Control__Draft *draft, const Wire__Header *held)
{
    return strcmp(held->kind, draft->kind) == 0 && strcmp(held->own_number, draft->own_number) == 0 &&
           strcmp(held->urgent_reason, draft->urgent_reason) == 0 && strcmp(held->handling, draft->handling) == 0 &&
           held->occurred_at == draft->occurred_at && held->drill == draft->drill && same_source(held->source, draft->source);
}

static bool same_content(struct submission *submission, uint64_t position, const Wire__Header *held)
{
    const Control__Draft *draft = submission->draft;
    const uint8_t *salt;
    struct bytes body;
    bool same = same_marks(draft, held) && same_place(draft, held) && same_officers(draft, held) &&
                same_texts(held->to, held->n_to, draft->to, draft->n_to) &&
                same_texts(held->copy, held->n_copy, draft->copy, draft->n_copy) &&
                attach_same(submission->view, submission->effects, draft, position, held);
    if (!same || !view_part(submission->view, position, 1, submission->arena, &salt, &body)) {
        return same;
    }
    return body.size == draft->body.len && (body.size == 0 || memcmp(body.data, draft->body.data, body.size) == 0);
}

static uint64_t find_earlier(struct submission *submission, const char **out_code)
{
    const Control__Draft *draft = submission->draft;
    const char *self = view_state(submission->view)->agency;
    *out_code = "conflict";
    uint64_t position = view_find(submission->view, self, decode_bytes(draft->id));
    if (position == 0 && draft->source != NULL) {
        *out_code = "source-conflict";
        position = view_find_source(submission->view, self, draft->source);
    }
    return position;
}

// Which procedure it goes under is said, and why that one, because no draft names it.
static void add_procedure(struct submission *submission, const Wire__Header *header, Control__SubmittedOne *result)
{
    const struct procedure *procedure = view_procedure(submission->view, decode_bytes(header->procedure), submission->arena);
    char **marks = take(submission, 1, sizeof(*marks));
    if (procedure == NULL || marks == NULL) {
        return;
    }
    result->procedure = (char *)procedure->id;
    if (membership_is_after_expiry(submission->view, submission->effects, header)) {
        marks[result->n_marks++] = "after-expiry";
        result->marks = marks;
    }
}

static void fill_result(struct submission *submission, Control__SubmittedOne *result, uint64_t position, const Wire__Header *header,
                        int64_t sealed_at)
{
    result->id = header->id;
    result->position = position;
    result->matter = header->matter;
    result->short_number = header->short_number;
    result->sealed_at = sealed_at;
    add_procedure(submission, header, result);
}

static bool answer_earlier(struct submission *submission, Control__SubmittedOne *result)
{
    const char *code;
    uint64_t position = find_earlier(submission, &code);
    const struct held *held = position == 0 ? NULL : view_statement(submission->view, position, submission->arena);
    if (held == NULL) {
        return false;
    }
    if (!same_content(submission, position, held->header)) {
        refuse(submission, code, "同一%s的文书已经存在，内容不同", strcmp(code, "conflict") == 0 ? "编号" : "来源记录");
        result->outcome = "refused";
        result->refusal = submission->refusal;
        return true;
    }
    result->outcome = "held";
    fill_result(submission, result, position, held->header, held->sealed_at);
    if (submission->foresees) {
        result->n_duties = duty_of(submission->view, submission->effects, position, &result->duties);
    }
    return true;
}

// 0 when somebody is there today.
static int64_t next_working_day(const struct calendar *calendar, const char *region, int64_t now)
{
    enum { DAY_MS = 24 * 3600 * 1000 };
    int64_t start = calendar == NULL ? 0 : clock_next_workday(calendar, region, now - DAY_MS);
    return start <= now ? 0 : start;
}

static void add_reach(struct submission *submission, Control__SubmittedOne *result)
{
    const Control__Draft *draft = submission->draft;
    Record__LawInForce *law = view_law(submission->view, submission->arena);
    const struct calendar *calendar = law == NULL ? NULL : view_calendar(submission->view, decode_bytes(law->calendar), submission->arena);
    result->reach = take(submission, draft->n_to, sizeof(*result->reach));
    for (size_t i = 0; result->reach != NULL && i < draft->n_to; i++) {
        struct agency agency;
        Control__Reach *reach = take(submission, 1, sizeof(*reach));
        if (reach == NULL || !view_agency(submission->view, draft->to[i], submission->arena, &agency)) {
            return;
        }
        control__reach__init(reach);
        reach->agency = draft->to[i];
        reach->duty_telephone = agency.card->duty_telephone;
        reach->next_working_day = next_working_day(calendar, agency.card->region, submission->effects->now);
        result->reach[result->n_reach++] = reach;
    }
}

// What will be owed once it is delivered, and whether it can be delivered now: who sends one message hears both at once. A batch is a program's, which
// asks for the duties when it wants them.
static void foresee(struct submission *submission, Control__SubmittedOne *result)
{
    if (!submission->foresees) {
        return;
    }
    result->n_duties = duty_foresee(submission->view, submission->effects, submission->header, &result->duties);
    add_reach(submission, result);
}

static void accept_draft(struct submission *submission, const struct material *material, Control__SubmittedOne *result)
{
    const Control__Draft *draft = submission->draft;
    uint64_t position = statement_put(submission->view, submission->effects, submission->header, material);
    if (position != 0) {
        attach_put(submission->view, submission->effects, draft, position);
    }
    for (size_t i = 0; position != 0 && i < draft->n_to; i++) {
        statement_queue(submission->view, submission->effects, draft->to[i], STREAM_DIRECT, position);
    }
    for (size_t i = 0; position != 0 && i < draft->n_copy; i++) {
        statement_queue(submission->view, submission->effects, draft->copy[i], STREAM_DIRECT, position);
    }
    acknowledge_follow(submission->view, submission->effects, position);
    sharing_follow(submission->view, submission->effects, position);
    result->outcome = "accepted";
    fill_result(submission, result, position, submission->header, submission->effects->now);
    foresee(submission, result);
}

// What is held already is said to be, whatever stands in the way of more.
static bool may_seal(struct submission *submission)
{
    if (submission->event->disk_full) {
        return refuse(submission, "disk", "磁盘空间不足，暂不接收新的文书");
    }
    return submission->event->clock_trusted || refuse(submission, "clock", "本机时钟跳变，未经确认前不再签名");
}

static bool check_draft(struct submission *submission)
{
    return may_seal(submission) && check_kind(submission) && check_marks(submission) && read_body(submission) && check_addresses(submission) &&
           check_reply(submission) && check_publication(submission) && check_matter(submission) && check_officers(submission) && check_substitute(submission) &&
           check_compact(submission) && check_procedure(submission) && check_attachments(submission);
}

static Control__SubmittedOne *decide_one(struct submission *submission, bool check_only)
{
    Control__SubmittedOne *result = take(submission, 1, sizeof(*result));
    struct material *material = take(submission, 1, sizeof(*material));
    if (result == NULL || material == NULL) {
        return NULL;
    }
    control__submitted_one__init(result);
    result->id = submission->draft->id;
    if (identity_is_id(decode_bytes(submission->draft->id)) && answer_earlier(submission, result)) {
        return result;
    }
    if (!check_draft(submission) || !build_header(submission, material) || !check_times(submission) || !check_content(submission) ||
        !check_open(submission) || !check_subscription(submission)) {
        result->outcome = "refused";
        result->refusal = submission->refusal;
    } else if (check_only) {
        result->outcome = "accepted";
        fill_result(submission, result, 0, submission->header, 0);
        foresee(submission, result);
    } else {
        accept_draft(submission, material, result);
    }
    return result;
}

void submit_decide(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__Submit *submit = event->request.request->submit;
    Control__Submitted *submitted = arena_take(effects->arena, sizeof(*submitted));
    Control__Reply *reply = arena_take(effects->arena, sizeof(*reply));
    if (submitted == NULL || reply == NULL) {
        effects->exhausted = true;
        return;
    }
    control__submitted__init(submitted);
    control__reply__init(reply);
    submitted->results = arena_take_array(effects->arena, submit->n_drafts + 1, sizeof(*submitted->results));
    for (size_t i = 0; submitted->results != NULL && i < submit->n_drafts && !effects->exhausted; i++) {
        struct submission submission = {
            .view = view,
            .effects = effects,
            .arena = effects->arena,
            .event = event,
            .draft = submit->drafts[i],
            .foresees = submit->check_only || submit->n_drafts == 1,
        };
        Control__SubmittedOne *result = decide_one(&submission, submit->check_only != 0);
        if (result != NULL) {
            submitted->results[submitted->n_results++] = result;
        }
    }
    reply->answer_case = CONTROL__REPLY__ANSWER_SUBMITTED;
    reply->submitted = submitted;
    struct release *release = effect_release(effects, RELEASE_REPLY);
    release->client = event->request.from;
    release->number = event->request.request->number;
    release->reply = reply;
}
