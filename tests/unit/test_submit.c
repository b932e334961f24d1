// SPDX-License-Identifier: Apache-2.0
//
// What a client may submit: every draft that is refused is refused for its own reason, and changes nothing.
#include "unit/scene.h"

#include "wire/identity.h"

struct refusal {
    const char *code;
    void (*change)(struct scene *scene, Control__Draft *draft);
};

static Control__SubmittedOne *submit_as(struct member *member, enum client_role role, Control__Draft *draft, bool check_only)
{
    Control__Draft *drafts[] = {draft};
    Control__Submit submit = CONTROL__SUBMIT__INIT;
    submit.drafts = drafts;
    submit.n_drafts = 1;
    submit.check_only = check_only;
    const Control__Reply *reply = town_ask(member, role, CONTROL__REQUEST__ASK_SUBMIT, &submit);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_SUBMITTED);
    assert_int_equal(reply->submitted->n_results, 1);
    return reply->submitted->results[0];
}

static void expect_refused(struct scene *scene, enum client_role role, Control__Draft *draft, const char *code)
{
    const Control__SubmittedOne *one = submit_as(scene->bureau, role, draft, false);
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, code);
    assert_true(one->refusal->text[0] != '\0');
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

static void address(struct scene *scene, Control__Draft *draft, const char *first, const char *second)
{
    draft->to = arena_take_array(scene->town.arena, 2, sizeof *draft->to);
    draft->to[0] = (char *)(uintptr_t)first;
    draft->to[1] = (char *)(uintptr_t)second;
    draft->n_to = second == NULL ? 1 : 2;
}

static Wire__Source *source_of(struct scene *scene, const char *system, const char *record)
{
    Wire__Source *source = arena_take(scene->town.arena, sizeof *source);
    wire__source__init(source);
    source->system = (char *)(uintptr_t)system;
    source->record = (char *)(uintptr_t)record;
    return source;
}

static void name_unknown_kind(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->kind = "lead.unheard-of";
}

static void name_machine_kind(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->kind = "receipt";
}

static void mark_secret(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->handling = "秘密★一年";
}

static void mark_oddly(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->handling = "随便";
}

static void spoil_id(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->id.len--;
}

static void halve_source(struct scene *scene, Control__Draft *draft)
{
    draft->source = source_of(scene, "案管系统", "");
}

static void spoil_body(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->body.len--;
}

static void empty_body(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->body.len = 0;
}

static void address_nobody(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->n_to = 0;
}

static void address_oneself(struct scene *scene, Control__Draft *draft)
{
    address(scene, draft, scene->bureau->id, NULL);
}

static void address_stranger(struct scene *scene, Control__Draft *draft)
{
    address(scene, draft, "hetian-gaj", NULL);
}

static void address_nonsense(struct scene *scene, Control__Draft *draft)
{
    address(scene, draft, "Not An Agency", NULL);
}

static void address_twice(struct scene *scene, Control__Draft *draft)
{
    address(scene, draft, scene->township->id, scene->township->id);
}

static void copy_to_the_addressee(struct scene *scene, Control__Draft *draft)
{
    town_add_copy(&scene->town, draft, scene->township->id);
}

static void address_crowd(struct scene *scene, Control__Draft *draft)
{
    for (size_t i = 0; i <= LIMIT_RECIPIENTS; i++) {
        town_add_copy(&scene->town, draft, arena_format(scene->town.arena, "agency-%zu", i));
    }
}

static void reply_to_nothing_held(struct scene *scene, Control__Draft *draft)
{
    draft->in_reply_to = scene_note(scene, scene->township->id, "从未发出")->id;
}

static void name_bad_matter(struct scene *scene, Control__Draft *draft)
{
    draft->matter = (ProtobufCBinaryData){ID_BYTES, arena_take(scene->town.arena, ID_BYTES)};
}

static void sign_by_stranger(struct scene *scene, Control__Draft *draft)
{
    static char *stranger[] = {"99999999"};
    (void)scene;
    draft->officers = stranger;
    draft->n_officers = 1;
}

static void sign_by_crowd(struct scene *scene, Control__Draft *draft)
{
    draft->officers = arena_take_array(scene->town.arena, 17, sizeof *draft->officers);
    for (size_t i = 0; i < 17; i++) {
        draft->officers[i] = TOWN_OFFICER;
    }
    draft->n_officers = 17;
}

static void name_unknown_compact(struct scene *scene, Control__Draft *draft)
{
    (void)scene;
    draft->compact = "elsewhere";
}

static void happen_tomorrow(struct scene *scene, Control__Draft *draft)
{
    draft->occurred_at = scene->town.now + TOWN_DAY;
}

static void discover_tomorrow(struct scene *scene, Control__Draft *draft)
{
    struct bytes body = lead_notice(scene->town.arena, scene->town.now + TOWN_DAY);
    draft->body = (ProtobufCBinaryData){body.size, (uint8_t *)(uintptr_t)body.data};
}

static const struct refusal refusals[] = {
    {"unknown-kind", name_unknown_kind},
    {"unknown-kind", name_machine_kind},
    {"secret", mark_secret},
    {"value", mark_oddly},
    {"value", spoil_id},
    {"value", halve_source},
    {"malformed", spoil_body},
    {"required", empty_body},
    {"addressing", address_nobody},
    {"addressing", address_oneself},
    {"unknown-agency", address_stranger},
    {"unknown-agency", address_nonsense},
    {"addressing", address_twice},
    {"addressing", copy_to_the_addressee},
    {"limit", address_crowd},
    {"not-found", reply_to_nothing_held},
    {"value", name_bad_matter},
    {"officer", sign_by_stranger},
    {"limit", sign_by_crowd},
    {"compact", name_unknown_compact},
    {"value", happen_tomorrow},
    {"value", discover_tomorrow},
};

static void draft_is_refused_for_its_own_reason(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        Control__Draft *notice = scene_notice(scene);
        refusals[i].change(scene, notice);
        expect_refused(scene, ROLE_OFFICER, notice, refusals[i].code);
    }
    assert_string_equal(submit_as(scene->bureau, ROLE_OFFICER, scene_notice(scene), false)->outcome, "accepted");
}

static void faults_of_a_body_are_listed_by_field(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    notice->body.len = 0;
    const Control__SubmittedOne *one = submit_as(scene->bureau, ROLE_OFFICER, notice, false);
    assert_true(one->refusal->n_faults > 3);
    for (size_t i = 0; i < one->refusal->n_faults; i++) {
        assert_true(one->refusal->faults[i]->field[0] != '\0');
        assert_true(one->refusal->faults[i]->title[0] != '\0');
        assert_true(one->refusal->faults[i]->text[0] != '\0');
    }
}

// Facts are of the house; information systems deliver and never sign.
static void fact_and_system_have_limits_of_their_own(void **state)
{
    static char *signer[] = {TOWN_OFFICER};
    struct scene *scene = *state;
    expect_refused(scene, ROLE_OFFICER, town_draft(&scene->town, "lead.discovered", scene->township->id,
                                                   lead_discovered(scene->town.arena, scene->town.now)), "addressing");
    Control__Draft *notice = scene_notice(scene);
    notice->officers = signer;
    notice->n_officers = 1;
    expect_refused(scene, ROLE_SUBMITTER, notice, "role");
    notice->n_officers = 0;
    assert_string_equal(submit_as(scene->bureau, ROLE_SUBMITTER, notice, false)->outcome, "accepted");
}

static void suspended_agency_is_sent_nothing(void **state)
{
    struct scene *scene = *state;
    Control__PeerChange change = CONTROL__PEER_CHANGE__INIT;
    change.agency = scene->township->id;
    change.change = "suspend";
    town_ask(scene->bureau, ROLE_OPERATOR, CONTROL__REQUEST__ASK_PEER_CHANGE, &change);
    expect_refused(scene, ROLE_OFFICER, scene_notice(scene), "suspended");
}

static void replies_are_refused_that_answer_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    Control__Draft *own = scene_reply(scene, "acknowledgement", scene->township->id,
                                      lead_acknowledgement(scene->town.arena, "收到"), notice);
    town_submit(scene->bureau, notice);
    expect_refused(scene, ROLE_OFFICER, own, "reply"); // nobody signs for his own
    Control__Draft *loose = town_draft(&scene->town, "acknowledgement", scene->township->id,
                                       lead_acknowledgement(scene->town.arena, "收到"));
    expect_refused(scene, ROLE_OFFICER, loose, "reply");
    town_submit(scene->bureau, scene_recall(scene, notice));
    Control__Draft *late = scene_reply(scene, "note", scene->township->id, lead_note(scene->town.arena, "补充"), notice);
    expect_refused(scene, ROLE_OFFICER, late, "state");
}

static void signature_is_an_officers_and_so_is_a_substitutes(void **state)
{
    struct scene *scene = *state;
    Body__Acknowledgement body = BODY__ACKNOWLEDGEMENT__INIT;
    Control__Draft *note = scene_note(scene, scene->bureau->id, "一");
    town_submit(scene->township, note);
    town_settle(&scene->town);
    Control__Draft *unsigned_one = scene_reply(scene, "acknowledgement", scene->township->id,
                                               lead_acknowledgement(scene->town.arena, "收到"), note);
    unsigned_one->n_officers = 0;
    expect_refused(scene, ROLE_OFFICER, unsigned_one, "officer");
    body.note = "代签";
    body.for_certificate = "99999999";
    expect_refused(scene, ROLE_OFFICER,
                   scene_reply(scene, "acknowledgement", scene->township->id, decode_pack(&body.base, scene->town.arena), note), "officer");
    body.for_certificate = TOWN_OFFICER;
    town_submit(scene->bureau, scene_reply(scene, "acknowledgement", scene->township->id, decode_pack(&body.base, scene->town.arena), note));
}

static void check_says_what_would_be_owed_and_changes_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    const Control__SubmittedOne *one = submit_as(scene->bureau, ROLE_OFFICER, notice, true);
    assert_string_equal(one->outcome, "accepted");
    assert_int_equal(one->position, 0);
    assert_int_equal(one->n_duties, 3);
    assert_int_equal(one->n_reach, 1);
    assert_string_equal(one->reach[0]->agency, scene->township->id);
    assert_string_equal(one->reach[0]->duty_telephone, "0998-7280000");
    assert_int_equal(one->reach[0]->next_working_day, 0); // they work today
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    assert_int_equal(town_find(scene->bureau, scene->bureau, notice->id), 0);
    scene->town.now += 3 * TOWN_DAY; // a Saturday
    one = submit_as(scene->bureau, ROLE_OFFICER, scene_notice(scene), true);
    assert_int_equal(one->reach[0]->next_working_day, TOWN_BEGIN - 10 * TOWN_HOUR + 4 * TOWN_DAY); // Sunday, worked in exchange
}

// Whatever of a draft is changed, the same id is no longer the same message.
static void change_in_any_place_is_a_conflict(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    static char *signer[] = {TOWN_OFFICER};
    Control__Draft *first = scene_notice(scene);
    first->officers = signer;
    first->n_officers = 1;
    first->source = source_of(scene, "案管系统", "2025-0001");
    first->compact = "yecheng";
    first->matter = first->id;
    town_add_copy(town, first, scene->other->id);
    town_submit(scene->bureau, first);
    Control__Draft drafts[11];
    for (size_t i = 0; i < sizeof drafts / sizeof drafts[0]; i++) {
        drafts[i] = *first;
    }
    drafts[0].kind = "note";
    drafts[1].own_number = "叶市监函〔2025〕8号";
    drafts[2].urgent_reason = "急";
    drafts[3].handling = "内部";
    drafts[4].occurred_at = town->now - TOWN_HOUR;
    drafts[5].drill = true;
    drafts[6].source = source_of(scene, "案管系统", "2025-0002");
    drafts[7].matter = scene_note(scene, scene->township->id, "一")->id;
    drafts[8].in_reply_to = first->id;
    drafts[9].n_officers = 0;
    drafts[10].n_copy = 0;
    for (size_t i = 0; i < sizeof drafts / sizeof drafts[0]; i++) {
        expect_refused(scene, ROLE_OFFICER, &drafts[i], "conflict");
    }
    Control__Draft same = *first;
    same.matter.len = 0; // left to the daemon
    same.compact = "";
    assert_string_equal(submit_as(scene->bureau, ROLE_OFFICER, &same, false)->outcome, "held");
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

static void what_cites_and_what_is_cited_goes_along_once(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now - TOWN_HOUR));
    town_submit(scene->bureau, fact);
    for (size_t i = 0; i < 20; i++) { // more heads than a header cites
        Control__Draft *note = scene_note(scene, scene->township->id, "一");
        note->matter = fact->id;
        note->drill = true;
        town_submit(scene->bureau, note);
    }
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    uint64_t position = town_submit(scene->bureau, notice)->position;
    const Wire__Header *header = view_statement(town_view(scene->bureau), position, town->arena)->header;
    assert_true(header->n_cites >= 1 && header->n_cites <= 16);
    assert_string_equal(header->cites[0]->kind, "lead.discovered"); // the procedure asks for it
    for (size_t i = 1; i < header->n_cites; i++) {
        assert_memory_not_equal(header->cites[i]->id.data, fact->id.data, ID_BYTES);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(draft_is_refused_for_its_own_reason),
        with_scene(faults_of_a_body_are_listed_by_field),
        with_scene(fact_and_system_have_limits_of_their_own),
        with_scene(suspended_agency_is_sent_nothing),
        with_scene(replies_are_refused_that_answer_nothing),
        with_scene(signature_is_an_officers_and_so_is_a_substitutes),
        with_scene(check_says_what_would_be_owed_and_changes_nothing),
        with_scene(change_in_any_place_is_a_conflict),
        with_scene(what_cites_and_what_is_cited_goes_along_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
