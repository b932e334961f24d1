// SPDX-License-Identifier: Apache-2.0
//
// Under which law a matter goes: the version it began with, whatever is in force later; another procedure after its own has expired; and what both
// operators hear when two agencies' files differ.
#include "unit/scene.h"
#include "unit/statute.h"

#include "law/instant.h"
#include "rules/membership.h"

// The procedure's last day is the one on which every town begins; the compact names what comes after it, if that is asked for.
#define EXPIRY "2025-09-24T23:59:59+08:00"

enum succession { NO_SUCCESSOR, SUCCESSOR };

static int64_t expiry(void)
{
    int64_t at;
    assert_true(instant_parse(EXPIRY, &at));
    return at + 999;
}

static void set_expiry(struct scene *scene, enum succession succession)
{
    struct town *town = &scene->town;
    struct bytes next = statute_replace(town, statute_of(town, "procedure"), "id = yecheng-2025", "id = yecheng-next");
    statute_amend(town, "procedure", "valid_from = 2025-09-01", "valid_from = 2025-09-01\nvalid_until = 2025-09-24");
    if (succession == SUCCESSOR) {
        statute_add(town, "procedure", next);
        statute_amend(town, "compact", "procedure = yecheng-2025", "procedure = yecheng-2025\nafter_expiry = yecheng-next");
    }
    for (size_t i = 0; i < town->member_count; i++) {
        town_reload(&town->members[i]);
    }
}

static Control__SubmittedOne *offer(struct member *member, Control__Draft *draft)
{
    struct event event = town_submission(member->town, &draft, 1);
    town_turn(member, &event, 1);
    return town_answer(member)->results[0];
}

static void expect_outcome(const Control__SubmittedOne *one, const char *outcome)
{
    if (strcmp(one->outcome, outcome) != 0) {
        fail_msg("%s: %s", one->outcome, one->refusal == NULL ? "" : one->refusal->text);
    }
}

// Which procedure a held statement names.
static const char *procedure_of(struct member *at, const struct member *author, const Control__Draft *draft)
{
    const struct held *held = scene_held(at, author, draft);
    assert_non_null(held);
    const struct procedure *procedure =
        view_procedure(town_view(at), (struct bytes){held->header->procedure.data, held->header->procedure.len}, at->town->arena);
    return procedure == NULL ? "" : procedure->id;
}

static const uint8_t *digest_of(struct member *at, const struct member *author, const Control__Draft *draft)
{
    const struct held *held = scene_held(at, author, draft);
    assert_non_null(held);
    assert_int_equal(held->header->procedure.len, DIGEST_BYTES);
    return held->header->procedure.data;
}

static struct digest digest_in_force(const struct town *town)
{
    struct digest digest;
    hash_sm3(statute_of(town, "procedure"), &digest);
    return digest;
}

static const char *alarm_text(struct member *member, const char *code, const char *agency)
{
    Record__Alarm **alarms;
    size_t count = view_alarms(town_view(member), member->town->arena, &alarms);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(alarms[i]->code, code) == 0 && strcmp(alarms[i]->agency, agency) == 0) {
            return alarms[i]->text;
        }
    }
    return "";
}

static void expect_alarm(struct member *member, const char *code, const struct member *about, const char *words)
{
    const char *text = alarm_text(member, code, about->id);
    if (strstr(text, words) == NULL) {
        fail_msg("%s hears of %s: not “%s” but “%s”", member->id, about->id, words, text);
    }
}

// -------------------------------------------------------------------------------------- versions

static void matter_goes_on_under_the_version_it_began_with(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(town);
    const struct digest old = digest_in_force(town);
    statute_amend(town, "procedure", "within = 3 workdays\ncounts = delivered\nmet_by = lead.assessment",
                  "within = 1 workday\ncounts = delivered\nmet_by = lead.assessment");
    town_reload(scene->bureau);
    town_reload(scene->township);
    const struct digest new = digest_in_force(town);

    Control__Draft *late = scene_reply(scene, "note", scene->bureau->id, lead_note(town->arena, "补充"), notice);
    town_submit(scene->township, late);
    Control__Draft *fresh = scene_notice(scene);
    const Control__SubmittedOne *one = town_submit(scene->bureau, fresh);
    assert_string_equal(one->procedure, "yecheng-2025");
    assert_int_equal(one->n_marks, 0);
    town_settle(town);
    assert_memory_equal(digest_of(scene->bureau, scene->township, late), old.bytes, DIGEST_BYTES);
    assert_memory_equal(digest_of(scene->township, scene->bureau, fresh), new.bytes, DIGEST_BYTES);
    const Record__DutySet *running = view_duty(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, notice->id), 0, "YC-1.1.2", town->arena);
    const Record__DutySet *other = view_duty(town_view(scene->bureau), town_find(scene->bureau, scene->bureau, fresh->id), 0, "YC-1.1.2", town->arena);
    assert_true(running->due_at > other->due_at);
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static void text_that_the_receiver_lacks_is_told_to_both_operators(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    const struct digest old = digest_in_force(town);
    statute_amend(town, "procedure", "within = 24 hours", "within = 12 hours");
    const struct digest new = digest_in_force(town);
    town_reload(scene->bureau);

    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_submit(scene->bureau, note);
    town_settle(town);
    assert_null(scene_held(scene->township, scene->bureau, note));
    assert_string_equal(town_delivery(scene->bureau, town_find(scene->bureau, scene->bureau, note->id), scene->township->id), "refused");
    const char *theirs = membership_name_text(&scene->township->effects, (struct bytes){new.bytes, DIGEST_BYTES});
    const char *ours = membership_name_text(&scene->township->effects, (struct bytes){old.bytes, DIGEST_BYTES});
    expect_alarm(scene->township, "procedure", scene->bureau, theirs);
    expect_alarm(scene->township, "procedure", scene->bureau, ours);
    expect_alarm(scene->bureau, "procedure", scene->township, theirs);
    expect_alarm(scene->bureau, "procedure", scene->township, ours);

    town_reload(scene->township);
    Control__Draft *again = scene_note(scene, scene->township->id, "二");
    town_submit(scene->bureau, again);
    town_settle(town);
    assert_non_null(scene_held(scene->township, scene->bureau, again));
}

// The member that is not there at the receiver's is named to both.
static void compact_without_a_party_is_told_to_both_operators(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    const struct bytes whole = statute_of(town, "compact");
    statute_amend(town, "compact", "yecheng-yixiang = township", "yecheng-elsewhere = township");
    town_reload(scene->township);
    statute_set(town, "compact", whole);
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_add_copy(town, note, scene->other->id);
    town_submit(scene->bureau, note);
    town_settle(town);
    assert_null(scene_held(scene->township, scene->bureau, note));
    assert_non_null(scene_held(scene->other, scene->bureau, note));
    expect_alarm(scene->township, "compact", scene->bureau, "“yecheng-yixiang”在收文机关不是");
    expect_alarm(scene->bureau, "compact", scene->township, "“yecheng-yixiang”在收文机关不是");
}

// The procedure lets only townships write such a note; the two compacts disagree whether its author is one.
static void compact_with_another_role_is_told_to_both_operators(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    statute_amend(town, "procedure", "[duty sign-for]",
                  "[requirement WHO]\ntitle = 发文人\npolicy = yes\nof = note\nfrom = bureau\n\n[duty sign-for]");
    const struct bytes whole = statute_of(town, "compact");
    statute_amend(town, "compact", "yecheng-scjg = bureau", "yecheng-scjg = township");
    town_reload(scene->township);
    statute_set(town, "compact", whole);
    town_reload(scene->bureau);
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_submit(scene->bureau, note);
    town_settle(town);
    assert_null(scene_held(scene->township, scene->bureau, note));
    static const char *const said[] = {"来文机关记为“yecheng-scjg”角色 bureau", "收文机关记为“yecheng-scjg”角色 township"};
    for (size_t i = 0; i < 2; i++) {
        expect_alarm(scene->township, "compact", scene->bureau, said[i]);
        expect_alarm(scene->bureau, "compact", scene->township, said[i]);
    }
    town_reload(scene->township);
    Control__Draft *again = scene_note(scene, scene->township->id, "二");
    town_submit(scene->bureau, again);
    town_settle(town);
    assert_non_null(scene_held(scene->township, scene->bureau, again));
}

static void other_refusals_alarm_no_sender(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_submit(scene->bureau, note);
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)frame.data)[frame.size - 1] ^= 1;
    town_receive(scene->township, scene->bureau, frame);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_string_equal(town_delivery(scene->bureau, town_find(scene->bureau, scene->bureau, note->id), scene->township->id), "refused");
    assert_string_equal(alarm_text(scene->bureau, "procedure", scene->township->id), "");
    assert_string_equal(alarm_text(scene->bureau, "commitment", scene->township->id), "");
}

// A copy came along of a matter whose law we do not have. We write nothing into it under another.
static void matter_whose_text_is_not_held_takes_no_other(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    statute_amend(town, "procedure", "within = 24 hours", "within = 12 hours");
    town_reload(scene->bureau);
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    uint64_t position = town_find(scene->bureau, scene->bureau, notice->id);
    const struct town_item copy = {FRAME_ENCLOSURE, town_held(scene->bureau, position, VIEW_NO_PARTS)};
    town_receive(scene->township, scene->bureau, town_pack(town, view_state(town_view(scene->bureau))->epoch, 1, &copy, 1));
    assert_non_null(scene_held(scene->township, scene->bureau, notice));
    Control__Draft *note = scene_note(scene, scene->bureau->id, "一");
    note->matter = notice->id;
    const Control__SubmittedOne *one = offer(scene->township, note);
    expect_outcome(one, "refused");
    assert_string_equal(one->refusal->code, "procedure");
    assert_non_null(strstr(one->refusal->text, "没有该事项所依据的规程文本"));
}

// ---------------------------------------------------------------------------------------- expiry

static void new_matter_is_refused_from_the_second_after_expiry(void **state)
{
    struct scene *scene = *state;
    set_expiry(scene, NO_SUCCESSOR);
    scene->town.now = expiry();
    Control__Draft *in_time = scene_note(scene, scene->township->id, "一");
    expect_outcome(offer(scene->bureau, in_time), "accepted");
    scene->town.now++;
    const Control__SubmittedOne *one = offer(scene->bureau, scene_note(scene, scene->township->id, "二"));
    expect_outcome(one, "refused");
    assert_string_equal(one->refusal->code, "procedure");
    assert_non_null(strstr(one->refusal->text, "yecheng-2025"));
    // what was begun in time arrives and goes on
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, in_time));
    Control__Draft *answer = scene_reply(scene, "note", scene->bureau->id, lead_note(scene->town.arena, "三"), in_time);
    expect_outcome(offer(scene->township, answer), "accepted");
    town_settle(&scene->town);
    assert_string_equal(procedure_of(scene->bureau, scene->township, answer), "yecheng-2025");
}

static bool is_marked(struct member *at, const struct member *author, const Control__Draft *draft)
{
    return view_has_mark(scene_held(at, author, draft), "after-expiry");
}

static void new_matter_goes_under_what_comes_after(void **state)
{
    struct scene *scene = *state;
    set_expiry(scene, SUCCESSOR);
    scene->town.now = expiry();
    Control__Draft *before = scene_note(scene, scene->township->id, "一");
    const Control__SubmittedOne *one = offer(scene->bureau, before);
    expect_outcome(one, "accepted");
    assert_string_equal(one->procedure, "yecheng-2025");
    assert_int_equal(one->n_marks, 0);
    scene->town.now++;
    Control__Draft *after = scene_note(scene, scene->township->id, "二");
    one = offer(scene->bureau, after);
    expect_outcome(one, "accepted");
    assert_string_equal(one->procedure, "yecheng-next");
    assert_int_equal(one->n_marks, 1);
    assert_string_equal(one->marks[0], "after-expiry");
    town_settle(&scene->town);
    assert_false(is_marked(scene->bureau, scene->bureau, before) || is_marked(scene->township, scene->bureau, before));
    assert_true(is_marked(scene->bureau, scene->bureau, after) && is_marked(scene->township, scene->bureau, after));
    assert_string_equal(procedure_of(scene->township, scene->bureau, after), "yecheng-next");
    Control__Draft *answer = scene_reply(scene, "note", scene->bureau->id, lead_note(scene->town.arena, "三"), before);
    expect_outcome(offer(scene->township, answer), "accepted");
    town_settle(&scene->town);
    assert_string_equal(procedure_of(scene->bureau, scene->township, answer), "yecheng-2025");
    assert_false(is_marked(scene->bureau, scene->township, answer));
}

static void successor_that_has_expired_too_serves_nobody(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    statute_amend(town, "procedure", "valid_from = 2025-09-01", "valid_from = 2025-09-01\nvalid_until = 2025-09-24");
    statute_add(town, "procedure", statute_replace(town, statute_of(town, "procedure"), "id = yecheng-2025", "id = yecheng-next"));
    statute_amend(town, "compact", "procedure = yecheng-2025", "procedure = yecheng-2025\nafter_expiry = yecheng-next");
    town_reload(scene->bureau);
    town->now = expiry() + 1;
    expect_outcome(offer(scene->bureau, scene_note(scene, scene->township->id, "一")), "refused");
}

// What no honest daemon would send, as of an instant: a new matter under the compact's own procedure, or under the one that comes after.
static const char *receive_begun(struct scene *scene, int64_t at, enum succession under)
{
    struct town *town = &scene->town;
    struct bytes body = lead_note(town->arena, "一");
    const int64_t now = town->now;
    town->now = at;
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    Record__LawInForce *law = view_law(town_view(scene->bureau), town->arena);
    for (size_t i = 0; i < law->n_procedures; i++) {
        if (under == SUCCESSOR && strcmp(law->procedures[i]->id, "yecheng-next") == 0) {
            header->procedure = law->procedures[i]->digest;
        }
    }
    const struct town_item item = {FRAME_NUMBERED, town_forge(scene->bureau, header, body)};
    town->now = now;
    const struct stream_place place = scene_incoming(scene->township, scene->bureau);
    const uint64_t epoch = view_state(town_view(scene->bureau))->epoch;
    town_receive(scene->township, scene->bureau, town_pack(town, epoch, place.last + 1, &item, 1));
    return view_inbox(town_view(scene->township), scene->bureau->id, 0, epoch, place.last + 1, town->arena)->refusal_code;
}

static void receiver_judges_by_the_time_of_the_seal(void **state)
{
    struct scene *scene = *state;
    set_expiry(scene, SUCCESSOR);
    scene->town.now = expiry() + TOWN_DAY;
    assert_string_equal(receive_begun(scene, expiry(), NO_SUCCESSOR), "");
    assert_string_equal(receive_begun(scene, expiry() + 1, NO_SUCCESSOR), "procedure");
    assert_string_equal(receive_begun(scene, expiry(), SUCCESSOR), "procedure");
    assert_string_equal(receive_begun(scene, expiry() + 1, SUCCESSOR), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(matter_goes_on_under_the_version_it_began_with),
        with_scene(text_that_the_receiver_lacks_is_told_to_both_operators),
        with_scene(compact_without_a_party_is_told_to_both_operators),
        with_scene(compact_with_another_role_is_told_to_both_operators),
        with_scene(other_refusals_alarm_no_sender),
        with_scene(matter_whose_text_is_not_held_takes_no_other),
        with_scene(new_matter_is_refused_from_the_second_after_expiry),
        with_scene(new_matter_goes_under_what_comes_after),
        with_scene(successor_that_has_expired_too_serves_nobody),
        with_scene(receiver_judges_by_the_time_of_the_seal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
