// SPDX-License-Identifier: Apache-2.0
//
// Whole stories: from a draft to duties that both sides hold equal, and what a turn does with
// several events at once.
#include "unit/scene.h"

enum { MANY = 100 };

static void notice_sent_and_received_opens_the_same_duties_at_both(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    uint64_t sent = town_submit(scene->bureau, notice)->position;
    assert_string_equal(town_delivery(scene->bureau, sent, "yecheng-jiazhen"), "queued");
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "open");
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), ""); // nobody has it yet

    scene->town.now += 60000;
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    assert_string_equal(town_duty_state(scene->township, "YC-1.1.1"), "met");
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "open");
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "open");

    scene->town.now += 60000;
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_string_equal(town_delivery(scene->bureau, sent, "yecheng-jiazhen"), "arrived");
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "met");
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
    assert_int_equal(view_arrived_at(town_view(scene->bureau), sent, "yecheng-jiazhen",
                                     scene->town.arena),
                     TOWN_BEGIN + 60000);
}

// Discovered, notified, signed for, assessed, confirmed: every duty of the first part is met.
static void lead_that_runs_its_course_leaves_every_duty_met_at_both(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL,
                                      lead_discovered(town->arena, town->now - TOWN_HOUR));
    town_submit(scene->bureau, fact);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "open");
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    uint64_t position = town_submit(scene->bureau, notice)->position;
    town_settle(town);
    assert_null(town_take(scene->bureau, scene->township).data);
    town->now += TOWN_HOUR;
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(town);
    assert_string_equal(town_delivery(scene->bureau, position, "yecheng-jiazhen"), "acknowledged");
    town->now += TOWN_HOUR;
    Control__Draft *record =
        scene_reply(scene, "lead.assessment", scene->bureau->id,
                    lead_assessment(town->arena, town->now - 60000), notice);
    town_submit(scene->township, record);
    town_settle(town);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "one-sided");
    Control__Draft *confirm = scene_reply(scene, "confirm", scene->township->id,
                                          lead_confirm(town->arena, "confirmed"), record);
    town_submit(scene->bureau, confirm);
    town_settle(town);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "met");
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "met");
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
    assert_string_equal(town_delivery(scene->bureau, position, "yecheng-jiazhen"), "answered");
}

static void record_that_is_contested_is_disputed_at_both(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(town);
    Control__Draft *record = scene_reply(scene, "lead.assessment", scene->bureau->id,
                                         lead_assessment(town->arena, town->now), notice);
    town_submit(scene->township, record);
    town_settle(town);
    town_submit(scene->bureau, scene_reply(scene, "confirm", scene->township->id,
                                           lead_confirm(town->arena, "contested"), record));
    town_settle(town);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "disputed");
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static void drill_opens_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    notice->drill = true;
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, notice));
    assert_string_equal(town_duties(scene->bureau), "");
    assert_string_equal(town_duties(scene->township), "");
}

// ------------------------------------------------------------------------------------- one turn

static void draft_twice_in_one_turn_is_one_message(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    Control__Draft *const twice[] = {notice, notice};
    const struct event events[] = {town_submission(&scene->town, twice, 2),
                                   town_submission(&scene->town, twice, 1)};
    town_turn(scene->bureau, events, 2);
    const Control__Submitted *answer = town_answer(scene->bureau);
    assert_string_equal(answer->results[0]->outcome, "accepted");
    assert_string_equal(answer->results[1]->outcome, "held");
    assert_int_equal(answer->results[0]->position, answer->results[1]->position);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_STATEMENT), 1);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_QUEUED), 1);
}

static void draft_repeated_later_is_the_same_message(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    uint64_t turn = view_state(town_view(scene->bureau))->turn;
    scene->town.now += TOWN_DAY;
    struct event event = town_submission(&scene->town, &notice, 1);
    town_turn(scene->bureau, &event, 1);
    const Control__SubmittedOne *again = town_answer(scene->bureau)->results[0];
    assert_string_equal(again->outcome, "held");
    assert_int_equal(again->sealed_at, TOWN_BEGIN);
    assert_int_equal(view_state(town_view(scene->bureau))->turn, turn); // nothing to keep
}

static const char *code_of(struct member *member, Control__Draft *draft)
{
    struct event event = town_submission(member->town, &draft, 1);
    town_turn(member, &event, 1);
    const Control__SubmittedOne *one = town_answer(member)->results[0];
    assert_string_equal(one->outcome, "refused");
    assert_int_equal(member->effects.fact_count, 0);
    return one->refusal->code;
}

static void same_id_with_other_content_is_a_conflict(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "第一份");
    town_submit(scene->bureau, note);
    Control__Draft *other = scene_note(scene, scene->township->id, "第二份");
    other->id = note->id;
    assert_string_equal(code_of(scene->bureau, other), "conflict");
}

static void same_source_record_is_one_message_and_with_other_content_a_conflict(void **state)
{
    struct scene *scene = *state;
    Wire__Source source = WIRE__SOURCE__INIT;
    source.system = "case-system";
    source.record = "2025-17";
    Control__Draft *note = scene_note(scene, scene->township->id, "第一份");
    note->source = &source;
    town_submit(scene->bureau, note);
    Control__Draft *again = scene_note(scene, scene->township->id, "第一份");
    again->source = &source;
    struct event event = town_submission(&scene->town, &again, 1);
    town_turn(scene->bureau, &event, 1);
    assert_string_equal(town_answer(scene->bureau)->results[0]->outcome, "held");
    Control__Draft *other = scene_note(scene, scene->township->id, "第二份");
    other->source = &source;
    assert_string_equal(code_of(scene->bureau, other), "source-conflict");
}

static void one_seal_proves_every_statement_of_a_turn(void **state)
{
    struct scene *scene = *state;
    Control__Draft *drafts[5];
    for (size_t i = 0; i < 5; i++) {
        drafts[i] = scene_note(scene, scene->township->id, i % 2 == 0 ? "单" : "双");
    }
    struct event event = town_submission(&scene->town, drafts, 5);
    town_turn(scene->bureau, &event, 1);
    struct event arrival = town_arrival(scene->township, scene->bureau,
                                        town_take(scene->bureau, scene->township));
    assert_int_equal(arrival.statements.count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct arrived *item = &arrival.statements.items[i];
        assert_null(item->fault_code);
        assert_int_equal(item->seal.count, 5);
        assert_memory_equal(item->seal_bytes, arrival.statements.items[0].seal_bytes, SEAL_BYTES);
    }
    town_settle(&scene->town);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 5);
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

// ------------------------------------------------------------------------------------- no trust

// What the bureau's last turn answered to one draft.
static const Control__SubmittedOne *read_answer(struct scene *scene)
{
    const Control__Reply *reply = scene->bureau->effects.first_release->reply;
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_SUBMITTED);
    assert_int_equal(reply->submitted->n_results, 1);
    return reply->submitted->results[0];
}

static void daemon_that_distrusts_its_clock_seals_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    struct event event = town_submission(&scene->town, &notice, 1);
    event.clock_trusted = false;
    town_turn(scene->bureau, &event, 1);
    assert_string_equal(read_answer(scene)->refusal->code, "clock");
    assert_int_equal(scene->bureau->effects.fact_count, 0);

    town_submit(scene->bureau, notice);
    struct event arrival = town_arrival(scene->township, scene->bureau,
                                        town_take(scene->bureau, scene->township));
    arrival.clock_trusted = false;
    town_turn(scene->township, &arrival, 1);
    assert_int_equal(scene->township->effects.fact_count, 0);
    assert_true(town_has_release(scene->township, RELEASE_LATER));
    arrival.clock_trusted = true;
    town_turn(scene->township, &arrival, 1);
    assert_non_null(scene_held(scene->township, scene->bureau, notice));
}

static void full_disk_takes_nothing_new_but_receipts(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    struct event event = town_submission(&scene->town, &notice, 1);
    event.disk_full = true;
    town_turn(scene->bureau, &event, 1);
    assert_string_equal(read_answer(scene)->refusal->code, "disk");
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    town_submit(scene->bureau, notice);
    town_turn(scene->bureau, &event, 1); // the client did not hear, and asks again
    assert_string_equal(read_answer(scene)->outcome, "held");
    struct event arrival = town_arrival(scene->township, scene->bureau,
                                        town_take(scene->bureau, scene->township));
    arrival.disk_full = true;
    town_turn(scene->township, &arrival, 1);
    assert_int_equal(scene->township->effects.fact_count, 0);
    assert_string_equal(scene->township->effects.first_release->later->reason, "disk");
    arrival.disk_full = false;
    town_turn(scene->township, &arrival, 1);
    struct event receipt = town_arrival(scene->bureau, scene->township,
                                        town_said(scene->township, scene->bureau));
    receipt.disk_full = true;
    town_turn(scene->bureau, &receipt, 1);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 1);
}

static void request_that_its_role_may_not_make_changes_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    struct event event = town_submission(&scene->town, &notice, 1);
    event.request.allowed = false;
    town_turn(scene->bureau, &event, 1);
    assert_string_equal(scene->bureau->effects.first_release->reply->refusal->code, "role");
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

// A turn is a function of store, events, time and seed: played again it says the same bytes.
static void request_of_a_withdrawn_key_is_refused_whatever_it_asks(void **state)
{
    struct scene *scene = *state;
    Control__Greet greet = CONTROL__GREET__INIT;
    const Control__Reply *reply = town_ask(scene->bureau, ROLE_NONE, CONTROL__REQUEST__ASK_GREET, &greet);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_REFUSAL);
    assert_string_equal(reply->refusal->code, "role");
}

static void closed_door_stands_as_an_alarm_once(void **state)
{
    struct scene *scene = *state;
    struct event event = town_event(&scene->town, EVENT_DOOR);
    event.door = "descriptors";
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_alarm(scene->bureau, "descriptors", scene->bureau->id));
    town_turn(scene->bureau, &event, 1);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    event.door = "door";
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_alarm(scene->bureau, "door", scene->bureau->id));
}

static void turn_played_again_decides_the_same(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    struct event event = town_submission(&scene->town, &notice, 1);
    struct bytes facts[2];
    uint64_t count = scene->town.count;
    town_save(scene->bureau);
    for (size_t i = 0; i < 2; i++) {
        Record__Turn turn = RECORD__TURN__INIT;
        scene->town.count = count;
        town_turn(scene->bureau, &event, 1);
        turn.effects = scene->bureau->effects.facts;
        turn.n_effects = scene->bureau->effects.fact_count;
        facts[i] = decode_pack(&turn.base, scene->town.arena);
        town_restore(scene->bureau);
    }
    assert_int_equal(facts[0].size, facts[1].size);
    assert_memory_equal(facts[0].data, facts[1].data, facts[0].size);
}

// Guards against a key of the store that outgrows its bound before lengths are looked at.
static void draft_with_an_endless_source_is_refused(void **state)
{
    static char text[301];
    struct scene *scene = *state;
    Wire__Source source = WIRE__SOURCE__INIT;
    memset(text, 'x', sizeof(text) - 1);
    source.system = text;
    source.record = text;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    note->source = &source;
    struct event event = town_submission(&scene->town, &note, 1);
    town_turn(scene->bureau, &event, 1);
    assert_int_equal(town_find(scene->bureau, scene->bureau, note->id), 0);
}

// Leads that were found and not told of, which is due within a day.
static void discover_many(struct scene *scene, size_t count)
{
    struct town *town = &scene->town;
    for (size_t done = 0; done < count; done += MANY) {
        Control__Draft *drafts[MANY];
        for (size_t i = 0; i < MANY; i++) {
            drafts[i] = town_draft(town, "lead.discovered", NULL,
                                   lead_discovered(town->arena, town->now - TOWN_HOUR));
        }
        const struct event event = town_submission(town, drafts, MANY);
        town_turn(scene->bureau, &event, 1);
    }
}

static size_t judged_among_others(struct scene *scene)
{
    struct event event = town_event(&scene->town, EVENT_TICK);
    event.crowded = true;
    town_turn(scene->bureau, &event, 1);
    return town_count_facts(scene->bureau, RECORD__EFFECT__IS_DUTY);
}

static size_t judged_with(struct scene *scene, Control__Draft *draft)
{
    const struct event events[] = {town_submission(&scene->town, &draft, 1),
                                   town_event(&scene->town, EVENT_TICK)};
    town_turn(scene->bureau, events, 2);
    assert_int_equal(town_answer(scene->bureau)->n_results, 1);
    return town_count_facts(scene->bureau, RECORD__EFFECT__IS_DUTY);
}

// A flush for each few of them would make a day's end long; whoever asks meanwhile does not wait for all.
static void many_that_come_due_share_turns_and_leave_room_for_who_asks(void **state)
{
    struct scene *scene = *state;
    enum { ALL = 18 * MANY, ALONE = 1024, BESIDE = 256, STEP = 64 };
    discover_many(scene, ALL);
    scene->town.now += 2 * TOWN_DAY;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    size_t judged = judged_with(scene, note);
    assert_in_range(judged, BESIDE, BESIDE + STEP);
    size_t again = judged_with(scene, note); // an answer, and nothing to keep
    assert_in_range(again, BESIDE, BESIDE + STEP);
    size_t among = judged_among_others(scene);
    assert_in_range(among, BESIDE, BESIDE + STEP);
    town_tick(scene->bureau);
    size_t alone = town_count_facts(scene->bureau, RECORD__EFFECT__IS_DUTY);
    assert_in_range(alone, ALONE, ALONE + STEP);
    town_tick(scene->bureau);
    assert_int_equal(judged + again + among + alone + scene->bureau->effects.fact_count, ALL);
    town_tick(scene->bureau);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(draft_with_an_endless_source_is_refused),
        with_scene(notice_sent_and_received_opens_the_same_duties_at_both),
        with_scene(lead_that_runs_its_course_leaves_every_duty_met_at_both),
        with_scene(record_that_is_contested_is_disputed_at_both),
        with_scene(drill_opens_nothing),
        with_scene(draft_twice_in_one_turn_is_one_message),
        with_scene(draft_repeated_later_is_the_same_message),
        with_scene(same_id_with_other_content_is_a_conflict),
        with_scene(same_source_record_is_one_message_and_with_other_content_a_conflict),
        with_scene(one_seal_proves_every_statement_of_a_turn),
        with_scene(daemon_that_distrusts_its_clock_seals_nothing),
        with_scene(full_disk_takes_nothing_new_but_receipts),
        with_scene(request_that_its_role_may_not_make_changes_nothing),
        with_scene(request_of_a_withdrawn_key_is_refused_whatever_it_asks),
        with_scene(closed_door_stands_as_an_alarm_once),
        with_scene(turn_played_again_decides_the_same),
        with_scene(many_that_come_due_share_turns_and_leave_room_for_who_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
