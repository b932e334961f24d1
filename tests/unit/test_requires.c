// SPDX-License-Identifier: Apache-2.0
//
// What a procedure asks for beyond its kinds, and what the daemon does by itself under it: a compact of the test's own, so that every step is in sight.
#include "unit/scene.h"
#include "unit/statute.h"

#include "wire/assistance.pb-c.h"
#include "wire/dispute.pb-c.h"
#include "wire/fact.pb-c.h"
#include "wire/meeting.pb-c.h"
#include "wire/supervision.pb-c.h"
#include "wire/transfer.pb-c.h"

static const char procedure_text[] = "[procedure]\n"
                                     "id = trial\n"
                                     "title = 试行办法\n"
                                     "roles = body, justice\n"
                                     "[requirement T-1]\n"
                                     "title = 法制审核\n"
                                     "policy = yes\n"
                                     "of = transfer.reviewed\n"
                                     "after = transfer.applied\n"
                                     "different_officers = yes\n"
                                     "[requirement T-2]\n"
                                     "title = 负责人审批\n"
                                     "policy = yes\n"
                                     "of = transfer.approved\n"
                                     "after = transfer.applied, transfer.reviewed where opinion = agreed\n"
                                     "different_officers = yes\n"
                                     "[requirement T-3]\n"
                                     "title = 移送案件的文书\n"
                                     "article = 第三条\n"
                                     "quote = 应当附涉案物品清单\n"
                                     "of = transfer.letter where author role = body\n"
                                     "needs = proceeds, items, materials\n"
                                     "to = body\n"
                                     "officers = 2\n"
                                     "own_number = yes\n"
                                     "own_name = yes unless legal_exception\n"
                                     "[requirement T-4]\n"
                                     "title = 协助结果须答复协助请求\n"
                                     "policy = yes\n"
                                     "of = assistance.result\n"
                                     "answers = assistance.request\n"
                                     "[requirement T-10]\n"
                                     "title = 协助的理由\n"
                                     "article = 第十条\n"
                                     "quote = 应当有理由\n"
                                     "of = assistance.request where form = technical\n"
                                     "forbids = ground = other|own-means\n"
                                     "[requirement T-11]\n"
                                     "title = 协助的机关\n"
                                     "policy = yes\n"
                                     "of = assistance.request\n"
                                     "forbids = addressee role = justice and form = on-site\n"
                                     "[requirement T-12]\n"
                                     "title = 待交情况\n"
                                     "policy = yes\n"
                                     "of = transfer.letter where author role = justice\n"
                                     "forbids = outstanding != none and addressee role = body and ground != no-jurisdiction\n"
                                     "[duty T-5]\n"
                                     "title = 协助\n"
                                     "policy = yes\n"
                                     "opened_by = assistance.request\n"
                                     "debtors = each addressee\n"
                                     "start = delivered\n"
                                     "within = 2 hours\n"
                                     "counts = delivered\n"
                                     "met_by = assistance.result reply\n"
                                     "silence = remind, supervision.record to justice\n"
                                     "[duty T-6]\n"
                                     "title = 年度会议\n"
                                     "policy = yes\n"
                                     "opened_by = year.begun where host = yes\n"
                                     "debtors = author\n"
                                     "start = field began_at\n"
                                     "within = this year\n"
                                     "counts = delivered\n"
                                     "met_by = meeting.minutes\n"
                                     "[duty T-7]\n"
                                     "title = 签收催办\n"
                                     "policy = yes\n"
                                     "opened_by = supervision.reminder\n"
                                     "debtors = each addressee\n"
                                     "start = delivered\n"
                                     "within = 2 hours\n"
                                     "counts = delivered\n"
                                     "met_by = acknowledgement reply\n"
                                     "silence = remind\n"
                                     "[duty T-8]\n"
                                     "title = 提请\n"
                                     "policy = yes\n"
                                     "opened_by = transfer.applied\n"
                                     "debtors = author\n"
                                     "addressees = role justice\n"
                                     "start = field applied_at\n"
                                     "within = promptly\n"
                                     "counts = delivered\n"
                                     "met_by = dispute.submission\n"
                                     "[duty T-9]\n"
                                     "title = 反馈\n"
                                     "policy = yes\n"
                                     "opened_by = work.record if cites transfer.applied\n"
                                     "debtors = author\n"
                                     "start = sealed\n"
                                     "within = promptly\n"
                                     "counts = delivered\n"
                                     "met_by = transfer.result\n";

static const char compact_text[] = "[compact]\n"
                                   "id = trial\n"
                                   "title = 试行\n"
                                   "procedure = trial\n"
                                   "hosts = yecheng-scjg, yecheng-jiazhen\n"
                                   "hosts_since = 2024\n"
                                   "[members]\n"
                                   "yecheng-scjg = body\n"
                                   "yecheng-jiazhen = body\n"
                                   "yecheng-yixiang = justice\n";

static void add_text(struct town *town, const char *what, const char *content)
{
    struct law_text *texts = arena_take_array(town->arena, town->text_count + 1, sizeof *texts);
    memcpy(texts, town->texts, town->text_count * sizeof *texts);
    texts[town->text_count++] = (struct law_text){what, "trial.conf", bytes_of(content)};
    town->texts = texts;
}

static void add_officer(struct member *member, const char *certificate)
{
    Control__OfficerAdd add = CONTROL__OFFICER_ADD__INIT;
    add.certificate = (char *)(uintptr_t)certificate;
    add.name = "古丽";
    add.section = "法制科";
    assert_int_equal(town_ask(member, ROLE_ADMINISTRATOR, CONTROL__REQUEST__ASK_OFFICER_ADD, &add)->answer_case, CONTROL__REPLY__ANSWER_DONE);
}

static int trial_make(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    assert_non_null(scene);
    town_make(&scene->town);
    scene->town.text_count = 1; // the calendar stays
    assert_string_equal(scene->town.texts[0].what, "calendar");
    add_text(&scene->town, "procedure", procedure_text);
    add_text(&scene->town, "compact", compact_text);
    scene->bureau = town_add(&scene->town, "yecheng-scjg", SUITE_SM2_SM3);
    scene->township = town_add(&scene->town, "yecheng-jiazhen", SUITE_ED25519_SHA256);
    scene->other = town_add(&scene->town, "yecheng-yixiang", SUITE_SM2_SM3);
    town_introduce(&scene->town);
    add_officer(scene->bureau, "31260002");
    add_officer(scene->bureau, "31260003");
    *state = scene;
    return 0;
}

#define with_trial(test) cmocka_unit_test_setup_teardown(test, trial_make, scene_drop)

static const Control__SubmittedOne *submit(struct member *member, Control__Draft *draft)
{
    Control__Draft *drafts[] = {draft};
    Control__Submit submit = CONTROL__SUBMIT__INIT;
    submit.drafts = drafts;
    submit.n_drafts = 1;
    return town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_SUBMIT, &submit)->submitted->results[0];
}

static void sign(struct scene *scene, Control__Draft *draft, const char *first, const char *second)
{
    draft->officers = arena_take_array(scene->town.arena, 2, sizeof *draft->officers);
    draft->officers[0] = (char *)(uintptr_t)first;
    draft->officers[1] = (char *)(uintptr_t)second;
    draft->n_officers = second == NULL ? 1 : 2;
}

static bool names_fault(const Control__SubmittedOne *one, const char *source, const char *words)
{
    for (size_t i = 0; one->refusal != NULL && i < one->refusal->n_faults; i++) {
        const Control__Fault *fault = one->refusal->faults[i];
        if (strcmp(fault->source, source) == 0 && strstr(fault->text, words) != NULL) {
            return true;
        }
    }
    return false;
}

static void expect_missing(const Control__SubmittedOne *one, size_t count)
{
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, "requirement");
    assert_int_equal(one->refusal->n_faults, count);
}

static struct bytes applied(struct scene *scene)
{
    Body__Evidence evidence = BODY__EVIDENCE__INIT;
    Body__Evidence *list[] = {&evidence};
    Body__TransferApplied body = BODY__TRANSFER_APPLIED__INIT;
    evidence.name = "现场检查笔录";
    evidence.type = "inspection-record";
    body.applied_at = scene->town.now - TOWN_HOUR;
    body.to_agency = "yecheng-jiazhen";
    body.case_name = "某商行销售过期食品案";
    body.facts = "销售超过保质期的食品。";
    body.ground = "no-jurisdiction";
    body.reason = "不属于本机关管辖。";
    body.evidence = list;
    body.n_evidence = 1;
    return decode_pack(&body.base, scene->town.arena);
}

static struct bytes reviewed(struct scene *scene, const char *opinion)
{
    Body__TransferReviewed body = BODY__TRANSFER_REVIEWED__INIT;
    body.reviewed_at = scene->town.now - TOWN_HOUR;
    body.opinion = (char *)(uintptr_t)opinion;
    body.text = "事实清楚。";
    return decode_pack(&body.base, scene->town.arena);
}

static struct bytes approved(struct scene *scene)
{
    Body__TransferApproved body = BODY__TRANSFER_APPROVED__INIT;
    body.approved_at = scene->town.now - TOWN_HOUR;
    body.opinion = "agreed";
    return decode_pack(&body.base, scene->town.arena);
}

enum { LETTER_BARE, LETTER_WHOLE, LETTER_BY_STATUTE };

static struct bytes letter(struct scene *scene, int form)
{
    Body__Material material = BODY__MATERIAL__INIT;
    Body__Material *materials[] = {&material};
    Body__Item item = BODY__ITEM__INIT;
    Body__Item *items[] = {&item};
    Body__Suspect suspect = BODY__SUSPECT__INIT;
    Body__TransferLetter body = BODY__TRANSFER_LETTER__INIT;
    suspect.name = "某商行";
    suspect.other_id_type = "unknown";
    material.name = "现场检查笔录";
    material.form = "electronic";
    item.name = "面粉";
    item.quantity = "12袋";
    body.case_name = "某商行销售过期食品案";
    body.suspect = &suspect;
    body.facts = "销售超过保质期的食品。";
    body.ground = "no-jurisdiction";
    body.reason = "不属于本机关管辖。";
    body.basis = "《行政处罚法》第二十二条";
    body.materials = materials;
    body.n_materials = 1;
    body.channel = "platform";
    if (form != LETTER_BARE) {
        body.items = items;
        body.n_items = 1;
        body.proceeds = "无";
    }
    if (form == LETTER_BY_STATUTE) {
        body.legal_exception = "《市场监督管理法》某条";
    }
    return decode_pack(&body.base, scene->town.arena);
}

// With all that T-3 asks for.
static Control__Draft *whole_letter(struct scene *scene)
{
    Control__Draft *draft = town_draft(&scene->town, "transfer.letter", scene->township->id, letter(scene, LETTER_WHOLE));
    draft->own_number = "叶市监移〔2025〕3号";
    sign(scene, draft, TOWN_OFFICER, "31260002");
    return draft;
}

// Whoever fills in a form is not told of its holes one after the other.
static void what_kind_and_procedure_miss_is_told_together_and_once(void **state)
{
    struct scene *scene = *state;
    Body__TransferLetter body = BODY__TRANSFER_LETTER__INIT;
    Control__Draft *draft = town_draft(&scene->town, "transfer.letter", "yecheng-jiazhen", decode_pack(&body.base, scene->town.arena));
    sign(scene, draft, TOWN_OFFICER, NULL);
    const Control__SubmittedOne *one = submit(scene->bureau, draft);
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, "required");
    assert_true(names_fault(one, "T-3", "第三条"));
    size_t materials = 0;
    size_t items = 0;
    for (size_t i = 0; i < one->refusal->n_faults; i++) {
        materials += strcmp(one->refusal->faults[i]->field, "materials") == 0;
        items += strcmp(one->refusal->faults[i]->field, "items") == 0;
    }
    assert_int_equal(materials, 1);
    assert_int_equal(items, 1);
}

static struct bytes request_of(struct scene *scene, const char *form, const char *ground)
{
    Body__AssistanceRequest body = BODY__ASSISTANCE_REQUEST__INIT;
    body.form = (char *)(uintptr_t)form;
    body.ground = (char *)(uintptr_t)ground;
    body.subject = "查阅登记档案";
    body.text = "请协助查阅。";
    body.channel = "platform";
    return decode_pack(&body.base, scene->town.arena);
}

static struct bytes request(struct scene *scene)
{
    return request_of(scene, "archive", "held-by-other");
}

static const Control__SubmittedOne *ask(struct scene *scene, struct member *to, const char *form, const char *ground)
{
    return submit(scene->bureau, town_draft(&scene->town, "assistance.request", to->id, request_of(scene, form, ground)));
}

static void what_is_forbidden_is_refused_with_its_field(void **state)
{
    struct scene *scene = *state;
    const Control__SubmittedOne *one = ask(scene, scene->township, "technical", "own-means");
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-10", "“协助理由”不得是“单独执法不能实现管理目的”（协助的理由，第十条）"));
    assert_string_equal(one->refusal->faults[0]->field, "ground");
    assert_string_equal(ask(scene, scene->township, "technical", "needs-test")->outcome, "accepted");
    assert_string_equal(ask(scene, scene->township, "archive", "own-means")->outcome, "accepted"); // nothing is asked of this form
    one = ask(scene, scene->other, "on-site", "needs-test");
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-11", "“协助形式”不得是“现场协助”"));
    assert_string_equal(ask(scene, scene->township, "on-site", "needs-test")->outcome, "accepted"); // of several terms all have to hold
}

// Whatever is not filled in is no value, and so not the one that is allowed.
static void what_must_be_one_of_some_values_must_be_there(void **state)
{
    struct scene *scene = *state;
    Body__TransferLetter body = BODY__TRANSFER_LETTER__INIT;
    Body__TransferLetter *whole;
    struct bytes packed = letter(scene, LETTER_BARE);
    ProtobufCMessage *message;
    assert_int_equal(decode_message(body.base.descriptor, packed, &decode_body_rules, scene->town.arena, NULL, &message), DECODE_OK);
    whole = (Body__TransferLetter *)message;
    assert_string_equal(submit(scene->other, town_draft(&scene->town, "transfer.letter", scene->bureau->id, packed))->outcome, "accepted");
    whole->ground = "cross-area";
    packed = decode_pack(&whole->base, scene->town.arena);
    const Control__SubmittedOne *one = submit(scene->other, town_draft(&scene->town, "transfer.letter", scene->bureau->id, packed));
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-12", "缺少：待交情况"));
    whole->outstanding = "none";
    packed = decode_pack(&whole->base, scene->town.arena);
    assert_string_equal(submit(scene->other, town_draft(&scene->town, "transfer.letter", scene->bureau->id, packed))->outcome, "accepted");
}

static void steps_need_those_before_them_and_other_officers(void **state)
{
    struct scene *scene = *state;
    Control__Draft *application = town_draft(&scene->town, "transfer.applied", NULL, applied(scene));
    sign(scene, application, TOWN_OFFICER, NULL);

    Control__Draft *review = town_draft(&scene->town, "transfer.reviewed", NULL, reviewed(scene, "agreed"));
    sign(scene, review, "31260002", NULL);
    const Control__SubmittedOne *one = submit(scene->bureau, review);
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-1", "案件移送申请"));

    assert_string_equal(submit(scene->bureau, application)->outcome, "accepted");
    review->matter = application->id;
    sign(scene, review, TOWN_OFFICER, NULL);
    one = submit(scene->bureau, review);
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-1", TOWN_OFFICER));

    Control__Draft *rejection = town_draft(&scene->town, "transfer.reviewed", NULL, reviewed(scene, "rejected"));
    rejection->matter = application->id;
    sign(scene, rejection, "31260002", NULL);
    assert_string_equal(submit(scene->bureau, rejection)->outcome, "accepted");
    Control__Draft *approval = town_draft(&scene->town, "transfer.approved", NULL, approved(scene));
    approval->matter = application->id;
    sign(scene, approval, "31260003", NULL);
    expect_missing(submit(scene->bureau, approval), 1); // the review was not in favour
    sign(scene, review, "31260002", NULL);
    assert_string_equal(submit(scene->bureau, review)->outcome, "accepted");
    sign(scene, approval, "31260002", NULL);
    expect_missing(submit(scene->bureau, approval), 1); // who reviews does not approve
    sign(scene, approval, "31260003", NULL);
    assert_string_equal(submit(scene->bureau, approval)->outcome, "accepted");
}

static void recalled_step_is_no_step(void **state)
{
    struct scene *scene = *state;
    Control__Draft *application = town_draft(&scene->town, "transfer.applied", NULL, applied(scene));
    assert_string_equal(submit(scene->bureau, application)->outcome, "accepted");
    Body__Recall body = BODY__RECALL__INIT;
    body.reason = "主体有误";
    Control__Draft *recall = scene_reply(scene, "recall", scene->township->id, decode_pack(&body.base, scene->town.arena), application);
    assert_string_equal(submit(scene->bureau, recall)->outcome, "accepted");
    Control__Draft *review = town_draft(&scene->town, "transfer.reviewed", NULL, reviewed(scene, "agreed"));
    review->matter = application->id;
    expect_missing(submit(scene->bureau, review), 1);
}

static void everything_missing_is_named_at_once(void **state)
{
    struct scene *scene = *state;
    Control__Draft *draft = town_draft(&scene->town, "transfer.letter", scene->other->id, letter(scene, LETTER_BARE));
    const Control__SubmittedOne *one = submit(scene->bureau, draft);
    expect_missing(one, 5); // proceeds, items, its addressee, a number, a second officer
    assert_true(names_fault(one, "T-3", "先行处置所得款项"));
    assert_true(names_fault(one, "T-3", "涉案物品清单"));
    assert_true(names_fault(one, "T-3", scene->other->id));
    assert_true(names_fault(one, "T-3", "文号"));
    assert_true(names_fault(one, "T-3", "2名以上"));
    assert_true(names_fault(one, "T-3", "第三条"));
    assert_int_equal(scene->bureau->effects.fact_count, 0);

    assert_string_equal(submit(scene->bureau, whole_letter(scene))->outcome, "accepted");

    draft = town_draft(&scene->town, "transfer.letter", scene->bureau->id, letter(scene, LETTER_BARE)); // the requirement is about bodies
    assert_string_equal(submit(scene->other, draft)->outcome, "accepted");
}

static void statement_names_its_parties_where_roles_are_asked_for(void **state)
{
    struct scene *scene = *state;
    Control__Draft *draft = whole_letter(scene);
    town_submit(scene->bureau, draft);
    const struct held *held = view_statement(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, draft->id), scene->town.arena);
    assert_int_equal(held->header->n_parties, 2);
    assert_string_equal(held->header->parties[0]->agency, scene->bureau->id);
    assert_string_equal(held->header->parties[1]->role, "body");
    assert_string_equal(held->header->parties[1]->sector, "market");

    Control__Draft *note = scene_note(scene, scene->township->id, "请核对");
    town_submit(scene->bureau, note);
    held = view_statement(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, note->id), scene->town.arena);
    assert_int_equal(held->header->n_parties, 0); // nothing about it asks
    Control__Draft *asking = town_draft(&scene->town, "assistance.request", scene->township->id, request(scene));
    town_submit(scene->bureau, asking);
    held = view_statement(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, asking->id), scene->town.arena);
    assert_int_equal(held->header->n_parties, 2); // what is forbidden asks
}

// A member whose own procedure or compact would not have let it through still sends it: the receiver asks the same again.
static void arrival_is_asked_the_same(void **state)
{
    struct scene *scene = *state;
    Control__Draft *draft = whole_letter(scene);
    town_submit(scene->bureau, draft);
    town_settle(&scene->town);
    assert_true(town_find(scene->township, scene->bureau, draft->id) != 0);

    struct bytes body = letter(scene, LETTER_WHOLE);
    const struct held *held = view_statement(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, draft->id), scene->town.arena);
    static const struct {
        const char *role;
        const char *number;
        const char *code;
    } forgeries[] = {{"body", "", "requirement"}, {"justice", "叶市监移〔2025〕4号", "compact"}};
    for (size_t i = 0; i < 2; i++) {
        Wire__Header *header = town_header(scene->bureau, "transfer.letter", scene->township->id, body);
        Wire__Party parties[2] = {*held->header->parties[0], *held->header->parties[1]};
        Wire__Party *list[2] = {&parties[0], &parties[1]};
        parties[0].role = (char *)(uintptr_t)forgeries[i].role;
        header->compact = "trial";
        header->procedure = held->header->procedure;
        header->own_number = (char *)(uintptr_t)forgeries[i].number;
        header->officers = held->header->officers;
        header->n_officers = held->header->n_officers;
        header->law = held->header->law;
        header->n_law = held->header->n_law;
        header->parties = list;
        header->n_parties = 2;
        const struct town_item item = {FRAME_NUMBERED, town_forge(scene->bureau, header, body)};
        uint64_t epoch = view_state(town_view(scene->bureau))->epoch;
        town_receive(scene->township, scene->bureau, town_pack(&scene->town, epoch, 2 + i, &item, 1));
        assert_int_equal(town_find(scene->township, scene->bureau, header->id), 0);
        Record__StreamMoved *moved = view_inbox(town_view(scene->township), scene->bureau->id, 0, epoch, 2 + i, scene->town.arena);
        assert_non_null(moved);
        assert_string_equal(moved->refusal_code, forgeries[i].code);
    }
    assert_true(town_has_alarm(scene->township, "compact", scene->bureau->id));
}

static void unit_of_a_house_has_no_name_of_its_own(void **state)
{
    struct scene *scene = *state;
    scene->bureau->config.own_name = 0;
    scene->bureau->card = town_card(scene->bureau, scene->town.now);
    town_reload(scene->bureau);
    Control__Draft *draft = whole_letter(scene);
    const Control__SubmittedOne *one = submit(scene->bureau, draft);
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-3", "内设机构"));
    struct bytes body = letter(scene, LETTER_BY_STATUTE);
    draft->body = (ProtobufCBinaryData){body.size, (uint8_t *)(uintptr_t)body.data};
    assert_string_equal(submit(scene->bureau, draft)->outcome, "accepted");
}

static struct bytes answered(struct scene *scene)
{
    Body__AssistanceResult body = BODY__ASSISTANCE_RESULT__INIT;
    body.done_at = scene->town.now - TOWN_HOUR;
    body.text = "已查阅。";
    return decode_pack(&body.base, scene->town.arena);
}

static void answer_answers_what_it_must(void **state)
{
    struct scene *scene = *state;
    Control__Draft *asking = town_draft(&scene->town, "assistance.request", scene->township->id, request(scene));
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, asking);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    struct bytes packed = answered(scene);
    const Control__SubmittedOne *one = submit(scene->township, scene_reply(scene, "assistance.result", scene->bureau->id, packed, notice));
    expect_missing(one, 1);
    assert_true(names_fault(one, "T-4", "协助请求"));
    assert_string_equal(submit(scene->township, scene_reply(scene, "assistance.result", scene->bureau->id, packed, asking))->outcome, "accepted");
}

static size_t count_reminders(struct scene *scene, struct member *member, ProtobufCBinaryData matter)
{
    uint64_t *positions;
    return view_matter_kind(town_view(member), decode_bytes(matter), "supervision.reminder", INT64_MIN, scene->town.arena, &positions);
}

// The township vouches that it has sealed nothing more up to then.
static void let_duty_overdue(struct scene *scene, const char *duty, int64_t up_to)
{
    struct event event = town_event(&scene->town, EVENT_ASK_OFFERED);
    event.peer = scene->bureau->id;
    event.up_to = up_to;
    town_tick(scene->bureau);
    town_turn(scene->township, &event, 1);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_string_equal(town_duty_state(scene->bureau, duty), "overdue");
}

static void let_overdue(struct scene *scene, int64_t up_to)
{
    let_duty_overdue(scene, "T-5", up_to);
}

// The township was asked, and let the two hours pass.
static Control__Draft *ask_long_ago(struct scene *scene)
{
    Control__Draft *asking = town_draft(&scene->town, "assistance.request", scene->township->id, request(scene));
    town_submit(scene->bureau, asking);
    town_settle(&scene->town);
    scene->town.now += 3 * TOWN_HOUR;
    return asking;
}

static void creditor_reminds_once_when_it_is_overdue(void **state)
{
    struct scene *scene = *state;
    Control__Draft *asking = ask_long_ago(scene);
    town_tick(scene->bureau);
    assert_int_equal(count_reminders(scene, scene->bureau, asking->id), 0); // unheard: it may be the network's silence
    town_settle(&scene->town);
    let_overdue(scene, scene->town.now - TOWN_HOUR / 2);
    assert_int_equal(count_reminders(scene, scene->bureau, asking->id), 1);
    for (int i = 0; i < 3; i++) {
        scene->town.now += TOWN_DAY;
        town_tick(scene->bureau);
        town_restart(scene->bureau);
    }
    assert_int_equal(count_reminders(scene, scene->bureau, asking->id), 1);
    assert_int_equal(count_reminders(scene, scene->township, asking->id), 0);
    town_settle(&scene->town);
    assert_int_equal(count_reminders(scene, scene->township, asking->id), 1); // to the debtor, and nobody above
    assert_int_equal(count_reminders(scene, scene->other, asking->id), 0);
}

// Met late, taken back, overdue once more: the debtor has been told.
static void overdue_again_is_not_reminded_again(void **state)
{
    struct scene *scene = *state;
    Control__Draft *asking = ask_long_ago(scene);
    let_overdue(scene, scene->town.now - TOWN_HOUR / 2);
    Control__Draft *result = scene_reply(scene, "assistance.result", scene->bureau->id, answered(scene), asking);
    town_submit(scene->township, result);
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "T-5"), "met-late");
    Body__Recall recall = BODY__RECALL__INIT;
    recall.reason = "材料有误";
    town_submit(scene->township, scene_reply(scene, "recall", scene->bureau->id, decode_pack(&recall.base, scene->town.arena), result));
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "T-5"), "overdue");
    assert_int_equal(count_reminders(scene, scene->bureau, asking->id), 1);
}

// The reminder is to be signed for, too; if it were reminded of, there would be one a day for ever.
static void reminder_that_is_overdue_is_not_reminded_of(void **state)
{
    struct scene *scene = *state;
    Control__Draft *asking = ask_long_ago(scene);
    let_overdue(scene, scene->town.now - TOWN_HOUR / 2);
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->township, "T-7"), "open");
    scene->town.now += 3 * TOWN_HOUR;
    let_duty_overdue(scene, "T-7", scene->town.now - TOWN_HOUR / 2);
    assert_int_equal(count_reminders(scene, scene->bureau, asking->id), 1);
}

// The note has pinned the application, and names it to the township alone.
static void whom_the_rule_names_learns_with_the_act_what_it_was_owed_for(void **state)
{
    struct scene *scene = *state;
    Control__Draft *application = town_draft(&scene->town, "transfer.applied", NULL, applied(scene));
    assert_string_equal(submit(scene->bureau, application)->outcome, "accepted");
    Control__Draft *note = scene_note(scene, scene->township->id, "请核对");
    note->matter = application->id;
    assert_string_equal(submit(scene->bureau, note)->outcome, "accepted");
    Body__DisputeSubmission body = BODY__DISPUTE_SUBMISSION__INIT;
    body.facts = "双方均认为应由对方管辖。";
    body.positions = "各持己见。";
    body.channel = "platform";
    Control__Draft *submission = town_draft(&scene->town, "dispute.submission", scene->other->id, decode_pack(&body.base, scene->town.arena));
    submission->matter = application->id;
    assert_string_equal(submit(scene->bureau, submission)->outcome, "accepted");
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "T-8"), "met");
    assert_string_equal(town_duty_state(scene->other, "T-8"), "met");
}

static size_t count_duties(struct scene *scene, struct member *member, const char *duty)
{
    Record__DutySet **rows;
    uint64_t place = 0;
    size_t count = 0;
    do {
        size_t found = view_all_duties(town_view(member), &place, 64, scene->town.arena, &rows);
        for (size_t i = 0; i < found; i++) {
            count += strcmp(rows[i]->duty, duty) == 0 ? 1 : 0;
        }
    } while (place != 0);
    return count;
}

static size_t count_years(struct scene *scene, struct member *member)
{
    return count_duties(scene, member, "T-6");
}

static struct bytes noted(struct scene *scene)
{
    Body__WorkRecord body = BODY__WORK_RECORD__INIT;
    body.done_at = scene->town.now - TOWN_HOUR;
    body.subject = "会议筹备";
    body.text = "已商定时间。";
    return decode_pack(&body.base, scene->town.arena);
}

static struct bytes minuted(struct scene *scene)
{
    Body__MeetingMinutes body = BODY__MEETING_MINUTES__INIT;
    body.purpose = "yearly";
    body.held_at = scene->town.now - TOWN_HOUR;
    body.summary = "通报情况。";
    return decode_pack(&body.base, scene->town.arena);
}

// Others have been entered since, and a statement cites the latest: what the rule asks for is cited all the same.
static void what_opens_only_if_it_cites_something_cites_it(void **state)
{
    struct scene *scene = *state;
    struct bytes body = noted(scene);
    assert_string_equal(submit(scene->bureau, town_draft(&scene->town, "work.record", NULL, body))->outcome, "accepted");
    assert_int_equal(count_duties(scene, scene->bureau, "T-9"), 0); // of another matter
    Control__Draft *application = town_draft(&scene->town, "transfer.applied", NULL, applied(scene));
    assert_string_equal(submit(scene->bureau, application)->outcome, "accepted");
    for (size_t i = 1; i <= 3; i++) {
        Control__Draft *record = town_draft(&scene->town, "work.record", NULL, body);
        record->matter = application->id;
        assert_string_equal(submit(scene->bureau, record)->outcome, "accepted");
        assert_int_equal(count_duties(scene, scene->bureau, "T-9"), i);
    }
}

// The year is a fact, and another has been entered since: the other side would see minutes, and not that the year's meeting was held.
static void fact_that_opened_the_duty_goes_along_with_what_meets_it(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Record__DutySet **rows;
    uint64_t place = 0;
    assert_int_equal(view_all_duties(town_view(scene->township), &place, 1, town->arena, &rows), 1);
    ProtobufCBinaryData year = view_statement(town_view(scene->township), rows[0]->opening, town->arena)->header->id;
    Control__Draft *note = town_draft(town, "work.record", NULL, noted(scene));
    Control__Draft *minutes = town_draft(town, "meeting.minutes", scene->bureau->id, minuted(scene));
    note->matter = year;
    minutes->matter = year;
    town_submit(scene->township, note);
    town_submit(scene->township, minutes);
    town_settle(town);
    assert_string_equal(town_duty_state(scene->township, "T-6"), "met");
    assert_string_equal(town_duty_state(scene->bureau, "T-6"), "met");
}

static void year_is_entered_once_by_its_host(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(count_years(scene, scene->bureau), 0); // 2025 is the township's
    assert_int_equal(count_years(scene, scene->township), 1);
    town_reload(scene->township);
    town_tick(scene->township);
    assert_int_equal(count_years(scene, scene->township), 1);
    scene->town.now += 100 * TOWN_DAY; // 2026-01-02
    town_tick(scene->township);
    town_tick(scene->bureau);
    town_tick(scene->bureau);
    assert_int_equal(count_years(scene, scene->township), 1);
    assert_int_equal(count_years(scene, scene->bureau), 1);
    assert_string_equal(town_duty_state(scene->township, "T-6"), "overdue"); // nobody minuted the meeting of 2025
}

static void amend(struct scene *scene, const char *what, const char *old, const char *with)
{
    statute_amend(&scene->town, what, old, with);
    town_reload(scene->bureau);
}

// What came into force with the year asks for what is due in it; what came a day later does not.
static void year_that_had_begun_before_the_procedure_is_not_entered(void **state)
{
    struct scene *scene = *state;
    amend(scene, "procedure", "title = 试行办法\n", "title = 试行办法\nvalid_from = 2026-01-02\n");
    scene->town.now += 100 * TOWN_DAY; // 2026-01-02
    town_tick(scene->bureau);
    assert_int_equal(count_years(scene, scene->bureau), 0);
    amend(scene, "procedure", "2026-01-02", "2026-01-01");
    assert_int_equal(count_years(scene, scene->bureau), 1);
}

static const struct procedure *procedure_of_duty(struct scene *scene, const char *duty)
{
    struct view *view = town_view(scene->bureau);
    Record__DutySet **rows;
    uint64_t place = 0;
    size_t found = view_all_duties(view, &place, 64, scene->town.arena, &rows);
    for (size_t i = 0; i < found; i++) {
        if (strcmp(rows[i]->duty, duty) == 0) {
            const struct held *opening = view_statement(view, rows[i]->opening, scene->town.arena);
            return view_procedure(view, decode_bytes(opening->header->procedure), scene->town.arena);
        }
    }
    return NULL;
}

static void put_own(struct scene *scene, struct bytes content)
{
    struct town *town = &scene->town;
    const struct law_text text = {"procedure", "trial.conf", content};
    for (size_t i = 0; i < town->text_count; i++) {
        if (strcmp(town->texts[i].what, "procedure") == 0 && strcmp(town->texts[i].name, text.name) == 0) {
            statute_put(town, i, &text);
        }
    }
    town_reload(scene->bureau);
}

// The successor has the years that begin under it. Of the one in which it takes over it asks for nothing, and the procedure that had it is over.
static void year_after_expiry_is_the_successors(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    statute_add(town, "procedure", statute_replace(town, bytes_of(procedure_text), "id = trial\n", "id = trial-next\n"));
    statute_amend(town, "compact", "procedure = trial\n", "procedure = trial\nafter_expiry = trial-next\n");
    struct bytes own = statute_replace(town, bytes_of(procedure_text), "title = 试行办法\n", "title = 试行办法\nvalid_until = 2026-01-01\n");
    put_own(scene, own);
    town->now += 100 * TOWN_DAY; // 2026-01-02, and the host is the bureau
    town_tick(scene->bureau);
    assert_int_equal(count_years(scene, scene->bureau), 0);
    put_own(scene, statute_replace(town, own, "2026-01-01", "2025-12-31"));
    assert_int_equal(count_years(scene, scene->bureau), 1);
    assert_string_equal(procedure_of_duty(scene, "T-6")->id, "trial-next");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_trial(what_kind_and_procedure_miss_is_told_together_and_once),
        with_trial(what_opens_only_if_it_cites_something_cites_it),
        with_trial(what_is_forbidden_is_refused_with_its_field),
        with_trial(what_must_be_one_of_some_values_must_be_there),
        with_trial(steps_need_those_before_them_and_other_officers),
        with_trial(recalled_step_is_no_step),
        with_trial(everything_missing_is_named_at_once),
        with_trial(statement_names_its_parties_where_roles_are_asked_for),
        with_trial(arrival_is_asked_the_same),
        with_trial(unit_of_a_house_has_no_name_of_its_own),
        with_trial(answer_answers_what_it_must),
        with_trial(whom_the_rule_names_learns_with_the_act_what_it_was_owed_for),
        with_trial(creditor_reminds_once_when_it_is_overdue),
        with_trial(overdue_again_is_not_reminded_again),
        with_trial(reminder_that_is_overdue_is_not_reminded_of),
        with_trial(fact_that_opened_the_duty_goes_along_with_what_meets_it),
        with_trial(year_is_entered_once_by_its_host),
        with_trial(year_that_had_begun_before_the_procedure_is_not_entered),
        with_trial(year_after_expiry_is_the_successors),
    };
    return cmocka_run_group_tests_name("requires", tests, NULL, NULL);
}
