// SPDX-License-Identifier: Apache-2.0
//
// Duties as time passes and as news comes in whatever order: what is never called overdue, and that
// a third store reaches the same rows by every way.
#include "unit/scene.h"
#include "unit/statute.h"

#include "rules/duty.h"

// The last on-time second of one working day from Wednesday: Thursday's end, and a second more.
#define AFTER_SIGN_FOR (TOWN_BEGIN + 38 * TOWN_HOUR + TOWN_HOUR)

static void both_hold_the_same_duties(struct scene *scene)
{
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static Control__Draft *deliver_notice(struct scene *scene)
{
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    return notice;
}

// The creditor asks, the debtor answers, the answer arrives.
static void ask_and_hear(struct scene *scene, struct member *creditor, struct member *debtor,
                         int64_t up_to)
{
    struct event event = town_event(&scene->town, EVENT_ASK_OFFERED);
    event.peer = creditor->id;
    event.up_to = up_to;
    town_turn(debtor, &event, 1);
    town_receive(creditor, debtor, town_said(debtor, creditor));
}

// ------------------------------------------------------------------------------------------- time

static void light_turns_amber_before_the_due_time(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    int64_t next = view_next_due(town_view(scene->township));
    assert_true(next > scene->town.now);
    scene->town.now = next - 1;
    town_tick(scene->township);
    assert_int_equal(scene->township->effects.fact_count, 0);
    scene->town.now = next;
    town_tick(scene->township);
    assert_true(town_count_facts(scene->township, RECORD__EFFECT__IS_DUTY) > 0);
    assert_true(view_state(town_view(scene->township))->amber > 0);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "open");
}

// A row that stayed at its old time would be judged again at every tick.
static void duty_that_was_judged_is_due_at_its_next_time_alone(void **state)
{
    struct scene *scene = *state;
    Record__DutySet **rows;
    deliver_notice(scene);
    for (int64_t next; (next = view_next_due(town_view(scene->township))) != 0;) {
        assert_true(next > scene->town.now);
        scene->town.now = next;
        town_tick(scene->township);
        assert_int_equal(view_due(town_view(scene->township), next, 16, scene->town.arena, &rows), 0);
    }
}

// The calendar of that year says afterwards that the day on which the duty ends is a holiday.
static void enact_a_holiday(struct scene *scene)
{
    statute_amend(&scene->town, "calendar", "day,cn,2025-09-28,workday", "day,cn,2025-09-25,holiday");
}

// Where the last turn says to go on; 0: nowhere.
static uint64_t place_to_go_on(const struct member *member)
{
    uint64_t place = 0;
    const struct release *release = member->effects.first_release;
    for (; release != NULL; release = release->next) {
        place = release->form == RELEASE_JUDGE_ON ? release->position : place;
    }
    return place;
}

static size_t judge_all(struct member *member)
{
    size_t turns = 0;
    for (uint64_t place = place_to_go_on(member); place != 0; place = place_to_go_on(member)) {
        struct event event = town_event(member->town, EVENT_JUDGE_ON);
        event.place = place;
        town_turn(member, &event, 1);
        turns++;
    }
    return turns;
}

static void reload_and_judge(struct member *member)
{
    town_reload(member);
    judge_all(member);
}

// As clients see it, closed or not.
static const Control__Duty *show_duty(struct member *member, const char *name)
{
    Control__DueAsk *ask = arena_take(member->town->arena, sizeof *ask);
    control__due_ask__init(ask);
    ask->closed_too = true;
    const Control__Reply *reply = town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_DUE, ask);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_DUTIES);
    size_t i = 0;
    while (strcmp(reply->duties->duties[i]->duty, name) != 0) {
        assert_true(++i < reply->duties->n_duties);
    }
    return reply->duties->duties[i];
}

static void expect_calendar(const Control__Duty *duty, struct bytes calendar)
{
    struct digest digest;
    hash_sm3(calendar, &digest);
    assert_int_equal(duty->calendar.len, DIGEST_BYTES);
    assert_memory_equal(duty->calendar.data, digest.bytes, DIGEST_BYTES);
}

#define SIGN_FOR_BEFORE "2025-09-25T23:59:59+08:00"
#define SIGN_FOR_AFTER "2025-09-26T23:59:59+08:00"

static void open_duty_is_counted_anew_and_says_what_it_was_before(void **state)
{
    struct scene *scene = *state;
    struct member *township = scene->township;
    const struct bytes old = statute_of(&scene->town, "calendar");
    deliver_notice(scene);
    enact_a_holiday(scene);
    town_restart(township);
    assert_int_equal(town_count_facts(township, RECORD__EFFECT__IS_LAW), 1);
    judge_all(township);
    const Control__Duty *duty = show_duty(township, "sign-for");
    assert_string_equal(duty->due_text, SIGN_FOR_AFTER);
    expect_calendar(duty, statute_of(&scene->town, "calendar"));
    assert_non_null(duty->amended);
    assert_string_equal(duty->amended->before, SIGN_FOR_BEFORE);
    assert_string_equal(duty->amended->after, SIGN_FOR_AFTER);
    assert_string_equal(duty->amended->text, "期限因日历更新由 2025-09-25 23:59:59 改为 2025-09-26 23:59:59");
    struct digest digest;
    hash_sm3(old, &digest);
    assert_memory_equal(duty->amended->calendar.data, digest.bytes, DIGEST_BYTES);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(township);
    assert_string_equal(town_duty_state(township, "sign-for"), "open");
    scene->town.now += TOWN_DAY;
    town_tick(township);
    assert_string_equal(town_duty_state(township, "sign-for"), "overdue");
    assert_string_equal(show_duty(township, "sign-for")->amended->before, SIGN_FOR_BEFORE);
}

static void overdue_duty_runs_again_when_the_calendar_gives_it_more_time(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->township);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "overdue");
    enact_a_holiday(scene);
    reload_and_judge(scene->township);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "open");
}

// An hour late by the calendar of then, and no calendar of later excuses it; nor does it blame what was in time.
static void closed_duty_stays_as_it_was_closed(void **state)
{
    struct scene *scene = *state;
    struct member *township = scene->township;
    const struct bytes old = statute_of(&scene->town, "calendar");
    Control__Draft *notice = deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_submit(township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(township, "sign-for"), "met-late");
    enact_a_holiday(scene);
    reload_and_judge(township);
    const Control__Duty *duty = show_duty(township, "sign-for");
    assert_string_equal(duty->state, "met-late");
    assert_string_equal(duty->due_text, SIGN_FOR_BEFORE);
    assert_null(duty->amended);
    expect_calendar(duty, old);
    // something new is told of it, and it is still judged by what it was closed by
    town_submit(scene->bureau, scene_reply(scene, "note", township->id, lead_note(scene->town.arena, "已知悉"), notice));
    town_settle(&scene->town);
    assert_string_equal(show_duty(township, "sign-for")->state, "met-late");
    expect_calendar(show_duty(township, "sign-for"), old);
}

static void duty_that_an_act_opens_again_is_counted_by_the_calendar_in_force(void **state)
{
    struct scene *scene = *state;
    struct member *township = scene->township;
    Control__Draft *notice = deliver_notice(scene);
    Control__Draft *signed_for = scene_acknowledgement(scene, notice);
    town_submit(township, signed_for);
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(township, "sign-for"), "met");
    enact_a_holiday(scene);
    reload_and_judge(township);
    assert_string_equal(show_duty(township, "sign-for")->due_text, SIGN_FOR_BEFORE);
    town_submit(township, scene_reply(scene, "recall", scene->bureau->id, lead_recall(scene->town.arena), signed_for));
    const uint64_t opening = town_find(township, scene->bureau, notice->id);
    const Record__DutySet *row = view_duty(town_view(township), opening, 0, "sign-for", scene->town.arena);
    assert_int_equal(row->due_at, AFTER_SIGN_FOR - TOWN_HOUR - 1000 + TOWN_DAY); // at once, not when it is looked at next
    town_settle(&scene->town);
    const Control__Duty *duty = show_duty(township, "sign-for");
    assert_string_equal(duty->state, "open");
    assert_string_equal(duty->due_text, SIGN_FOR_AFTER);
    assert_string_equal(duty->amended->before, SIGN_FOR_BEFORE);
}

static void sides_with_different_calendars_each_show_their_own(void **state)
{
    struct scene *scene = *state;
    const struct bytes old = statute_of(&scene->town, "calendar");
    deliver_notice(scene);
    enact_a_holiday(scene);
    reload_and_judge(scene->township);
    expect_calendar(show_duty(scene->bureau, "sign-for"), old);
    assert_string_equal(show_duty(scene->bureau, "sign-for")->due_text, SIGN_FOR_BEFORE);
    expect_calendar(show_duty(scene->township, "sign-for"), statute_of(&scene->town, "calendar"));
    assert_string_equal(show_duty(scene->township, "sign-for")->due_text, SIGN_FOR_AFTER);
    reload_and_judge(scene->bureau);
    assert_string_equal(show_duty(scene->bureau, "sign-for")->due_text, SIGN_FOR_AFTER);
}

// A comment in the file is another calendar and moves nothing.
static void calendar_that_counts_alike_leaves_duties_alone(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    statute_amend(&scene->town, "calendar", "# SPDX", "# spdx");
    const char *before = town_duties(scene->township);
    town_reload(scene->township);
    struct event event = town_event(&scene->town, EVENT_JUDGE_ON);
    event.place = place_to_go_on(scene->township);
    assert_int_equal(event.place, DUTY_FIRST_PLACE);
    town_turn(scene->township, &event, 1);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_DUTY), 0);
    assert_string_equal(town_duties(scene->township), before);
    expect_calendar(show_duty(scene->township, "sign-for"), statute_of(&scene->town, "calendar"));
}

static void other_procedures_alone_have_nothing_counted_anew(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    statute_amend(&scene->town, "procedure", "within = 24 hours", "within = 12 hours");
    town_reload(scene->township);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_LAW), 1);
    assert_int_equal(place_to_go_on(scene->township), 0);
}

static void own_silence_is_overdue_and_anothers_is_unheard(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->township);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "overdue");
    town_tick(scene->bureau);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "unheard");
    assert_true(town_has_release(scene->bureau, RELEASE_ASK_OFFERED));
}

static void offered_mark_turns_unheard_into_overdue(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    town_tick(scene->township);
    const struct release *release = scene->bureau->effects.first_release;
    while (release->form != RELEASE_ASK_OFFERED) {
        release = release->next;
    }
    assert_string_equal(release->peer, scene->township->id);
    ask_and_hear(scene, scene->bureau, scene->township, release->at);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_OFFERED), 1);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "overdue");
    both_hold_the_same_duties(scene);
}

static uint64_t place_to_hear_on(const struct member *member)
{
    uint64_t place = 0;
    const struct release *release = member->effects.first_release;
    for (; release != NULL; release = release->next) {
        place = release->form == RELEASE_HEAR_ON ? release->position : place;
    }
    return place;
}

// One mark may decide all that a long outage left unheard, and remind of it; a turn does not do it all.
static void mark_after_a_long_silence_is_heard_in_portions(void **state)
{
    struct scene *scene = *state;
    enum { BATCHES = 4, NOTICES = 100, FACTS_MOST = 400 };
    for (size_t i = 0; i < BATCHES; i++) {
        Control__Draft *notices[NOTICES];
        for (size_t j = 0; j < NOTICES; j++) {
            notices[j] = scene_notice(scene);
        }
        const struct event event = town_submission(&scene->town, notices, NOTICES);
        town_turn(scene->bureau, &event, 1);
        town_settle(&scene->town);
    }
    scene->town.now = AFTER_SIGN_FOR;
    do {
        town_tick(scene->bureau);
    } while (scene->bureau->effects.fact_count > 0);
    ask_and_hear(scene, scene->bureau, scene->township, scene->town.now - 1000);
    size_t turns = 0;
    for (uint64_t place = place_to_hear_on(scene->bureau); place != 0; place = place_to_hear_on(scene->bureau)) {
        assert_true(scene->bureau->effects.fact_count < FACTS_MOST);
        struct event event = town_event(&scene->town, EVENT_HEARD_ON);
        event.peer = scene->township->id;
        event.place = place;
        town_turn(scene->bureau, &event, 1);
        turns++;
    }
    assert_true(turns > 0);
    assert_false(view_has_unheard(town_view(scene->bureau), scene->township->id));
    assert_int_equal(view_state(town_view(scene->bureau))->red, BATCHES * NOTICES);
}

static void mark_is_not_given_before_its_time_has_passed(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    struct event event = town_event(&scene->town, EVENT_ASK_OFFERED);
    event.peer = scene->bureau->id;
    event.up_to = scene->town.now;
    town_turn(scene->township, &event, 1);
    assert_int_equal(scene->township->effects.fact_count, 0);
    event.up_to = scene->town.now - 1;
    event.clock_trusted = false;
    town_turn(scene->township, &event, 1);
    assert_int_equal(scene->township->effects.fact_count, 0);
    event.clock_trusted = true;
    town_turn(scene->township, &event, 1);
    assert_true(town_has_release(scene->township, RELEASE_UNNUMBERED));
}

// The mark says that something stands before it which has not come yet.
static void mark_decides_nothing_while_something_is_under_way(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = deliver_notice(scene);
    Control__Draft *drill = scene_note(scene, scene->bureau->id, "演练");
    drill->drill = true;
    town_submit(scene->township, drill);
    town_settle(&scene->town); // the stream has begun
    town_submit(scene->township, scene_acknowledgement(scene, notice)); // in time, and held up
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    ask_and_hear(scene, scene->bureau, scene->township, scene->town.now - 1000);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "unheard");
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "met-late");
    both_hold_the_same_duties(scene);
}

static void mark_that_is_older_than_the_due_time_decides_nothing(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now += TOWN_HOUR;
    struct event event = town_event(&scene->town, EVENT_ASK_OFFERED);
    event.peer = scene->bureau->id;
    event.up_to = TOWN_BEGIN;
    town_turn(scene->township, &event, 1);
    struct bytes early = town_said(scene->township, scene->bureau);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    town_receive(scene->bureau, scene->township, early);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "unheard");
}

static void late_answer_turns_overdue_into_met_late(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    town_tick(scene->township);
    ask_and_hear(scene, scene->bureau, scene->township, scene->town.now - 1000);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "overdue");
    scene->town.now += TOWN_HOUR;
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "met-late");
    both_hold_the_same_duties(scene);
}

static void hello_asks_again_whom_it_has_not_heard(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    town_restart(scene->bureau);
    const struct event event = town_greeting(scene->bureau, scene->township);
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_release(scene->bureau, RELEASE_ASK_OFFERED));
}

// A commit that fails may stand on the disk, and nobody asks what its turn would have asked.
static void resumed_store_asks_again_whom_it_has_not_heard(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->bureau);
    const struct event event = town_event(&scene->town, EVENT_RESUME);
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_release(scene->bureau, RELEASE_ASK_OFFERED));
    town_turn(scene->township, &event, 1);
    assert_false(town_has_release(scene->township, RELEASE_ASK_OFFERED));
}

// ------------------------------------------------------------------------- what is under way

// The township cannot be reached for two days; whether it has the notice nobody can say.
static void own_act_that_is_under_way_is_not_called_overdue(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_notice(scene));
    scene->town.now += 2 * TOWN_DAY;
    town_tick(scene->bureau);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "unheard");
}

// That a copy has arrived says nothing of the addressee.
static void receipt_of_a_copy_does_not_make_silence_of_a_message_under_way(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(&scene->town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->other);
    scene->town.now += 2 * TOWN_DAY;
    town_tick(scene->bureau);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "unheard");
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "met-late");
}

// The holder of a copy has the signature, but no receipt of the bureau for it: it may well have arrived in time.
static void holder_of_a_copy_never_calls_overdue_what_it_holds(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(&scene->town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    Control__Draft *sign = scene_acknowledgement(scene, notice);
    town_add_copy(&scene->town, sign, scene->other->id);
    town_submit(scene->township, sign);
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "met");
    scene->town.now = AFTER_SIGN_FOR;
    town_tick(scene->other);
    ask_and_hear(scene, scene->other, scene->township, scene->town.now - 1000);
    assert_string_not_equal(town_duty_state(scene->other, "sign-for"), "overdue");
}

// What the township answers the bureau need not be sent to the second township, so a mark for that one says nothing of it.
static void silence_towards_a_third_party_is_not_called_overdue(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(&scene->town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    Control__Draft *sign = scene_acknowledgement(scene, notice); // tells when the township had it
    town_add_copy(&scene->town, sign, scene->other->id);
    town_submit(scene->township, sign);
    town_submit(scene->township, scene_reply(scene, "lead.assessment", scene->bureau->id,
                                             lead_assessment(scene->town.arena, scene->town.now), notice));
    town_settle(&scene->town);
    scene->town.now += 20 * TOWN_DAY;
    town_tick(scene->other);
    assert_false(town_has_release(scene->other, RELEASE_ASK_OFFERED));
    ask_and_hear(scene, scene->other, scene->township, scene->town.now - 1000);
    ask_and_hear(scene, scene->other, scene->bureau, scene->town.now - 1000);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "one-sided");
    assert_string_equal(town_duty_state(scene->other, "YC-1.1.2"), "unheard");
}

// -------------------------------------------------------------------------- order of arrival

enum { STATEMENTS = 9, ORDERS = 160, STRIDE = 2267 }; // of 362,880 orders those that lie a prime apart

// A lead from discovery to the confirmed record, and on: a second record, which is confirmed too, the first recalled, and a third. As the second township
// gets copies of it.
struct history {
    struct member *authors[STATEMENTS];
    struct town_statement statements[STATEMENTS];
    enum frame_role roles[STATEMENTS];
};

static void record(struct history *history, size_t index, struct member *author,
                   const Control__Draft *draft, enum frame_role role)
{
    uint64_t position = town_find(author, author, draft->id);
    history->authors[index] = author;
    history->roles[index] = role;
    history->statements[index] =
        town_held(author, position, role == FRAME_ENCLOSURE ? VIEW_NO_PARTS : VIEW_ALL_PARTS);
}

static Control__Draft *submit_copied(struct scene *scene, struct member *author,
                                     Control__Draft *draft)
{
    town_add_copy(&scene->town, draft, scene->other->id);
    town_submit(author, draft);
    town_deliver(scene->bureau, scene->township);
    town_deliver(scene->township, scene->bureau);
    scene->town.now += TOWN_HOUR;
    return draft;
}

static Control__Draft *submit_assessment(struct scene *scene, const Control__Draft *notice)
{
    struct town *town = &scene->town;
    return submit_copied(scene, scene->township,
                         scene_reply(scene, "lead.assessment", scene->bureau->id,
                                     lead_assessment(town->arena, town->now - 60000), notice));
}

static Control__Draft *submit_confirm(struct scene *scene, const Control__Draft *assessment)
{
    return submit_copied(scene, scene->bureau,
                         scene_reply(scene, "confirm", scene->township->id,
                                     lead_confirm(scene->town.arena, "confirmed"), assessment));
}

static void make_history(struct scene *scene, struct history *history)
{
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL,
                                      lead_discovered(town->arena, town->now - TOWN_HOUR));
    town_submit(scene->bureau, fact);
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    submit_copied(scene, scene->bureau, notice);
    Control__Draft *sign =
        submit_copied(scene, scene->township, scene_acknowledgement(scene, notice));
    Control__Draft *assessment = submit_assessment(scene, notice);
    Control__Draft *confirm = submit_confirm(scene, assessment);
    record(history, 0, scene->bureau, fact, FRAME_ENCLOSURE);
    record(history, 1, scene->bureau, notice, FRAME_NUMBERED);
    record(history, 2, scene->township, sign, FRAME_NUMBERED);
    record(history, 3, scene->township, assessment, FRAME_NUMBERED);
    record(history, 4, scene->bureau, confirm, FRAME_NUMBERED);
    Control__Draft *second = submit_assessment(scene, notice);
    record(history, 5, scene->township, second, FRAME_NUMBERED);
    record(history, 6, scene->bureau, submit_confirm(scene, second), FRAME_NUMBERED);
    Control__Draft *recall = submit_copied(scene, scene->township,
                                           scene_reply(scene, "recall", scene->bureau->id,
                                                       lead_recall(town->arena), assessment));
    record(history, 7, scene->township, recall, FRAME_NUMBERED);
    record(history, 8, scene->township, submit_assessment(scene, notice), FRAME_NUMBERED);
}

// The `number`th order of 0 … STATEMENTS - 1.
static void make_order(size_t number, size_t out_order[STATEMENTS])
{
    size_t left[STATEMENTS];
    for (size_t i = 0; i < STATEMENTS; i++) {
        left[i] = i;
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        size_t choice = number % (STATEMENTS - i);
        number /= STATEMENTS - i;
        out_order[i] = left[choice];
        memmove(&left[choice], &left[choice + 1], (STATEMENTS - i - choice - 1) * sizeof *left);
    }
}

// A position is the place of a message in a stream and no part of it, so what comes first takes the first.
static void arrive(struct member *member, struct member *author, enum frame_role role, struct town_statement statement)
{
    const struct town_item item = {role, statement};
    uint64_t next = scene_incoming(member, author).last + 1;
    uint64_t epoch = view_state(town_view(author))->epoch;
    town_receive(member, author, town_pack(member->town, epoch, next, &item, 1));
}

static void arrive_copied(struct scene *scene, const struct history *history, size_t index)
{
    arrive(scene->other, history->authors[index], history->roles[index], history->statements[index]);
}

static void every_order_of_arrival_ends_in_the_same_duties(void **state)
{
    struct scene *scene = *state;
    struct history history;
    const char *expected = NULL;
    make_history(scene, &history);
    town_save(scene->other);
    for (size_t number = 0; number < ORDERS; number++) {
        size_t order[STATEMENTS];
        make_order(number * STRIDE, order);
        for (size_t i = 0; i < STATEMENTS; i++) {
            arrive_copied(scene, &history, order[i]);
            town_expect_judged(scene->other);
        }
        const char *duties = town_duties(scene->other);
        expected = expected == NULL ? duties : expected;
        if (strcmp(duties, expected) != 0) {
            fail_msg("order %zu, as %zu %zu %zu …:\n%s\nand not\n%s", number, order[0], order[1],
                     order[2], duties, expected);
        }
        town_restore(scene->other);
    }
    assert_non_null(strstr(expected, "YC-1.1.1"));
    assert_non_null(strstr(expected, "YC-1.1.2"));
}

// A third store has heard the same as the two: what does not hang on a receipt is judged as they do.
static void third_store_agrees_on_the_joint_duty(void **state)
{
    struct scene *scene = *state;
    struct history history;
    make_history(scene, &history);
    for (size_t i = 0; i < STATEMENTS; i++) {
        arrive_copied(scene, &history, i);
    }
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "met");
    assert_string_equal(town_duty_state(scene->other, "YC-1.1.2"), "met");
    assert_string_equal(town_duty_state(scene->other, "YC-1.1.1"), "met");
}

// What meets a duty is asked for by when it can count. One that is open again, because its answer was recalled, is met by the next, however late that is.
static void answer_after_a_recalled_one_meets_the_duty(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL,
                                      lead_discovered(town->arena, town->now - TOWN_HOUR));
    town_submit(scene->bureau, fact);
    for (int i = 0; i < 3; i++) {
        Control__Draft *notice = scene_notice(scene);
        notice->matter = fact->id;
        town_submit(scene->bureau, notice);
        town_settle(town);
        assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "met");
        town_expect_judged(scene->bureau);
        town->now += TOWN_HOUR;
        town_submit(scene->bureau, scene_recall(scene, notice));
        town_settle(town);
        assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.1"), "open");
        town->now += TOWN_HOUR;
    }
}

// Whoever had the notice before it was sealed, by his own clock, answered it all the same.
static void answer_by_a_clock_that_is_behind_counts(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    town->now += 2 * TOWN_HOUR;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town->now -= TOWN_HOUR;
    arrive(scene->township, scene->bureau, FRAME_NUMBERED,
           town_held(scene->bureau, town_find(scene->bureau, scene->bureau, notice->id), VIEW_ALL_PARTS));
    Control__Draft *assessment = scene_reply(scene, "lead.assessment", scene->bureau->id,
                                             lead_assessment(town->arena, town->now - 2 * TOWN_HOUR), notice);
    assessment->in_reply_to = (ProtobufCBinaryData){0}; // found in the matter, not among the replies
    assessment->matter = notice->id;
    town_submit(scene->township, assessment);
    town_expect_judged(scene->township); // one-sided at once, before it has arrived
    town->now += TOWN_HOUR;
    town_settle(town);
    town_submit(scene->bureau, scene_reply(scene, "confirm", scene->township->id,
                                           lead_confirm(town->arena, "confirmed"), assessment));
    town_settle(town);
    assert_string_equal(town_duty_state(scene->bureau, "YC-1.1.2"), "met");
    assert_string_equal(town_duty_state(scene->township, "YC-1.1.2"), "met");
}

// Two signatures that contradict each other about when the notice came: whichever a third store hears first.
static struct town_statement contradict(struct scene *scene, const Control__Draft *notice,
                                        int64_t received_at)
{
    struct town *town = &scene->town;
    const struct held *held = scene_held(scene->bureau, scene->bureau, notice);
    struct bytes body = lead_acknowledgement(town->arena, "收到");
    Wire__Header *header =
        town_header(scene->township, "acknowledgement", scene->bureau->id, body);
    Wire__Reference *target = arena_take(town->arena, sizeof *target);
    wire__reference__init(target);
    target->author = held->header->author;
    target->id = held->header->id;
    target->leaf = held->leaf;
    target->kind = held->header->kind;
    target->received_at = received_at;
    header->in_reply_to = target;
    header->matter = held->header->matter;
    header->copy = arena_take(town->arena, sizeof *header->copy);
    header->copy[0] = scene->other->id;
    header->n_copy = 1;
    return town_forge(scene->township, header, body);
}

static void contradicting_times_end_alike_in_either_order(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->other);
    town->now += 2 * TOWN_DAY;
    const struct town_statement said[] = {
        contradict(scene, notice, TOWN_BEGIN + TOWN_HOUR),
        contradict(scene, notice, TOWN_BEGIN + 30 * TOWN_HOUR),
    };
    const char *duties[2];
    uint64_t epoch = view_state(town_view(scene->township))->epoch;
    town_save(scene->other);
    for (size_t i = 0; i < 2; i++) {
        const struct town_item items[] = {{FRAME_NUMBERED, said[i]}, {FRAME_NUMBERED, said[1 - i]}};
        town_receive(scene->other, scene->township, town_pack(town, epoch, 1, items, 2));
        town_tick(scene->other);
        duties[i] = town_duties(scene->other);
        town_restore(scene->other);
    }
    assert_string_equal(duties[0], duties[1]);
}

// Guards against a refused answer that counts as under way for ever.
static void answer_refused_for_good_leaves_its_debtor_overdue(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_submit(scene->bureau, note);
    town_settle(&scene->town);
    town_submit(scene->township, scene_acknowledgement(scene, note));
    struct bytes frame = town_take(scene->township, scene->bureau);
    ((uint8_t *)frame.data)[frame.size - 1] ^= 1;
    town_receive(scene->bureau, scene->township, frame);
    town_receive(scene->township, scene->bureau, town_said(scene->bureau, scene->township));
    for (int i = 0; i < 6; i++) {
        scene->town.now += TOWN_DAY;
        town_tick(scene->township);
    }
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "overdue");
}

// ----------------------------------------------------------------------------------- other law

// The calendar as it was before the region published its days of 2025.
static struct bytes hide_layer(struct town *town, struct bytes calendar)
{
    const char *known = "coverage,cn-65,65,2025,known";
    const char *missing = "coverage,cn-65,65,2025,missing";
    char *copy = arena_take(town->arena, calendar.size + 16);
    char *out = arena_take(town->arena, calendar.size + 16);
    assert_non_null(copy);
    assert_non_null(out);
    memcpy(copy, calendar.data, calendar.size);
    size_t size = 0;
    char *rest = NULL;
    for (char *line = strtok_r(copy, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        bool hidden = strncmp(line, "day,cn-65,2025", 14) == 0;
        bool changed = strncmp(line, known, strlen(known)) == 0;
        if (!hidden) {
            size += (size_t)sprintf(out + size, "%s%s\n", changed ? missing : line, changed ? line + strlen(known) : "");
        }
    }
    return (struct bytes){(uint8_t *)out, size};
}

static size_t count_dated(struct member *member)
{
    size_t dated = 0;
    uint64_t place = 1;
    do {
        Record__DutySet **rows;
        size_t count = view_all_duties(town_view(member), &place, 4096, member->town->arena, &rows);
        for (size_t i = 0; i < count; i++) {
            dated += rows[i]->due_form == CLOCK_KNOWN;
        }
    } while (place != 0);
    return dated;
}

static void calendar_that_comes_later_dates_many_duties_over_several_turns_and_a_restart(void **state)
{
    struct scene *scene = *state;
    struct member *bureau = scene->bureau;
    const struct bytes whole = statute_of(&scene->town, "calendar");
    statute_set(&scene->town, "calendar", hide_layer(&scene->town, whole));
    town_reload(bureau);
    judge_all(bureau);
    for (int i = 0; i < 300; i++) {
        town_submit(bureau, scene_note(scene, scene->township->id, "一"));
    }
    town_settle(&scene->town);
    assert_int_equal(count_dated(bureau), 0);

    statute_set(&scene->town, "calendar", whole);
    town_reload(bureau);
    assert_true(town_has_release(bureau, RELEASE_RELOADED));
    assert_int_equal(count_dated(bureau), 0);
    struct event first = town_event(&scene->town, EVENT_JUDGE_ON);
    first.place = place_to_go_on(bureau);
    town_turn(bureau, &first, 1);
    assert_true(count_dated(bureau) > 0 && count_dated(bureau) < 300);
    town_restart(bureau);
    assert_int_equal(place_to_go_on(bureau), DUTY_FIRST_PLACE);
    assert_true(judge_all(bureau) > 1);
    assert_int_equal(count_dated(bureau), 300);
    town_restart(bureau);
    assert_int_equal(place_to_go_on(bureau), 0);
    assert_int_equal(bureau->effects.fact_count, 0);
}

static void the_same_law_read_again_is_nothing_new(void **state)
{
    struct scene *scene = *state;
    deliver_notice(scene);
    town_reload(scene->bureau);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
    assert_int_equal(place_to_go_on(scene->bureau), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(answer_refused_for_good_leaves_its_debtor_overdue),
        with_scene(light_turns_amber_before_the_due_time),
        with_scene(duty_that_was_judged_is_due_at_its_next_time_alone),
        with_scene(open_duty_is_counted_anew_and_says_what_it_was_before),
        with_scene(overdue_duty_runs_again_when_the_calendar_gives_it_more_time),
        with_scene(closed_duty_stays_as_it_was_closed),
        with_scene(duty_that_an_act_opens_again_is_counted_by_the_calendar_in_force),
        with_scene(sides_with_different_calendars_each_show_their_own),
        with_scene(calendar_that_counts_alike_leaves_duties_alone),
        with_scene(other_procedures_alone_have_nothing_counted_anew),
        with_scene(own_silence_is_overdue_and_anothers_is_unheard),
        with_scene(offered_mark_turns_unheard_into_overdue),
        with_scene(mark_after_a_long_silence_is_heard_in_portions),
        with_scene(mark_is_not_given_before_its_time_has_passed),
        with_scene(mark_decides_nothing_while_something_is_under_way),
        with_scene(mark_that_is_older_than_the_due_time_decides_nothing),
        with_scene(late_answer_turns_overdue_into_met_late),
        with_scene(hello_asks_again_whom_it_has_not_heard),
        with_scene(resumed_store_asks_again_whom_it_has_not_heard),
        with_scene(own_act_that_is_under_way_is_not_called_overdue),
        with_scene(receipt_of_a_copy_does_not_make_silence_of_a_message_under_way),
        with_scene(holder_of_a_copy_never_calls_overdue_what_it_holds),
        with_scene(silence_towards_a_third_party_is_not_called_overdue),
        with_scene(every_order_of_arrival_ends_in_the_same_duties),
        with_scene(third_store_agrees_on_the_joint_duty),
        with_scene(answer_after_a_recalled_one_meets_the_duty),
        with_scene(answer_by_a_clock_that_is_behind_counts),
        with_scene(contradicting_times_end_alike_in_either_order),
        with_scene(calendar_that_comes_later_dates_many_duties_over_several_turns_and_a_restart),
        with_scene(the_same_law_read_again_is_nothing_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
