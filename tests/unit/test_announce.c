// SPDX-License-Identifier: Apache-2.0
//
// What watchers are told of a turn: one word, one line, and what it is about.
#include "unit/scene.h"
#include "unit/statute.h"

#include "rules/announce.h"
#include "rules/duty.h"
#include "store/inside.h"
#include "store/journal.h"

// The event of type `type` that the member's last turn is told as; NULL: there is none.
static Control__Event *told(struct member *member, const char *type, enum client_role role)
{
    const uint8_t seed[DIGEST_BYTES] = {0};
    struct effects effects;
    struct view *view = town_view(member);
    effect_start(&effects, member->town->arena, member->town->now, seed, NULL, NULL);
    Record__Turn *turn = journal_read(view, view_state(view)->turn, member->town->arena);
    assert_non_null(turn);
    for (size_t i = 0; i < turn->n_effects; i++) {
        Control__Event *event = announce(view, &effects, turn, i, role);
        assert_int_equal(view_failure(view), 0);
        if (event != NULL && strcmp(event->type, type) == 0) {
            assert_int_equal(event->at, turn->at);
            return event;
        }
    }
    assert_false(effects.exhausted);
    return NULL;
}

static const Control__Event *expect_told(struct member *member, const char *type, const char *agency, const char *words)
{
    const Control__Event *event = told(member, type, ROLE_OFFICER);
    if (event == NULL) {
        fail_msg("nobody is told %s", type);
    }
    assert_string_equal(event->agency, agency);
    if (strstr(event->text, words) == NULL) {
        fail_msg("%s says nothing of %s", event->text, words);
    }
    return event;
}

static void sending_and_receiving_are_told_with_the_message(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    notice->urgent_reason = "证据可能灭失";
    town_submit(scene->bureau, notice);
    const Control__Event *event = expect_told(scene->bureau, "sent", scene->bureau->id, "已签发：线索通报");
    assert_memory_equal(event->message->header->id.data, notice->id.data, ID_BYTES);
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    event = expect_told(scene->township, "received", scene->bureau->id, "【急】");
    assert_int_equal(event->message->body.len, notice->body.len);
    assert_int_equal(told(scene->township, "received", ROLE_OPERATOR)->message->body.len, 0);
    assert_null(told(scene->township, "sent", ROLE_OFFICER)); // its receipt is a machine's word
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    expect_told(scene->bureau, "arrived", scene->township->id, "已到达：线索通报");
}

static void fact_is_recorded_and_comes_enclosed(void **state)
{
    struct scene *scene = *state;
    Control__Draft *fact =
        town_draft(&scene->town, "lead.discovered", NULL, lead_discovered(scene->town.arena, scene->town.now));
    town_submit(scene->bureau, fact);
    expect_told(scene->bureau, "recorded", scene->bureau->id, "已登记");
    expect_told(scene->bureau, "owed", scene->bureau->id, "期限 2025-09-2");
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    town_submit(scene->bureau, notice);
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    expect_told(scene->township, "enclosed", scene->bureau->id, "附来");
}

static void receipt_of_many_is_told_by_their_number(void **state)
{
    struct scene *scene = *state;
    Control__Draft *drafts[3];
    for (size_t i = 0; i < 3; i++) {
        drafts[i] = scene_note(scene, scene->township->id, "一");
    }
    struct event event = town_submission(&scene->town, drafts, 3);
    town_turn(scene->bureau, &event, 1);
    town_deliver(scene->bureau, scene->township);
    assert_null(expect_told(scene->bureau, "arrived", scene->township->id, "已到达：3 份")->message);
}

static void steps_of_a_delivery_are_told(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_deliver(scene->township, scene->bureau);
    expect_told(scene->bureau, "acknowledged", scene->township->id, "已签收：线索通报");
    town_submit(scene->bureau, scene_recall(scene, notice));
    expect_told(scene->bureau, "recalled", scene->township->id, "已撤回：线索通报");
    expect_told(scene->bureau, "withdrawn", scene->bureau->id, "已撤回");
}

static void refusal_is_told_at_both_sides_with_its_reason(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1; // of the body
    town_receive(scene->township, scene->bureau, frame);
    expect_told(scene->township, "refused-here", scene->bureau->id, "commitment");
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    expect_told(scene->bureau, "refused", scene->township->id, "原因：");
    assert_null(told(scene->bureau, "arrived", ROLE_OFFICER));
}

static void links_and_alarms_are_told(void **state)
{
    struct scene *scene = *state;
    struct event event = town_greeting(scene->bureau, scene->township);
    event.skew_ms = TOWN_HOUR;
    town_turn(scene->bureau, &event, 1);
    expect_told(scene->bureau, "alarm", scene->township->id, "告警（clock-skew）");
    expect_told(scene->bureau, "link-up", scene->township->id, "已接通");
    event = town_event(&scene->town, EVENT_LINK_DOWN);
    event.peer = scene->township->id;
    town_turn(scene->bureau, &event, 1);
    expect_told(scene->bureau, "link-down", scene->township->id, "已断开");
}

// The assessment is the bureau's and the township's; the notice opens it with three working days.
static void a_joint_duty_is_told_at_every_turn_it_takes(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    expect_told(scene->bureau, "met", scene->bureau->id, "线索通报");
    Control__Draft *record = scene_reply(scene, "lead.assessment", scene->bureau->id,
                                         lead_assessment(town->arena, town->now - 60000), notice);
    town_submit(scene->township, record);
    expect_told(scene->township, "one-sided", scene->bureau->id, "待对方确认");
    town_deliver(scene->township, scene->bureau);
    Control__Draft *confirm = scene_reply(scene, "confirm", scene->township->id, lead_confirm(town->arena, "contested"), record);
    town_submit(scene->bureau, confirm);
    expect_told(scene->bureau, "disputed", scene->bureau->id, "争议");
    town->now += 60000;
    confirm = scene_reply(scene, "confirm", scene->township->id, lead_confirm(town->arena, "confirmed"), record);
    town_submit(scene->bureau, confirm);
    expect_told(scene->bureau, "met", scene->township->id, "责任机关 yecheng-jiazhen、yecheng-scjg");
}

static void a_duty_that_nobody_meets_is_told_as_time_goes(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    scene->town.now = view_next_due(town_view(scene->township));
    town_tick(scene->township);
    expect_told(scene->township, "due-soon", scene->township->id, "临期");
    scene->town.now += 2 * TOWN_DAY;
    town_tick(scene->township);
    expect_told(scene->township, "overdue", scene->township->id, "超期");
    town_tick(scene->bureau);
    expect_told(scene->bureau, "unheard", scene->township->id, "待核实");
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_deliver(scene->township, scene->bureau);
    expect_told(scene->bureau, "met-late", scene->township->id, "逾期完成");
}

// In a year whose holidays nobody has published, what is due has no certain time.
static void uncertain_due_is_told_in_its_own_words(void **state)
{
    struct scene *scene = *state;
    scene->town.now += 3 * 365 * TOWN_DAY;
    town_submit(scene->bureau, scene_notice(scene));
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    const Control__Event *event = told(scene->township, "owed", ROLE_OFFICER);
    assert_non_null(event);
    if (strstr(event->text, "期限 待公布 2028 年日历") == NULL) {
        fail_msg("%s", event->text);
    }
}

static const struct event *judge_first_page(struct scene *scene)
{
    static struct event event;
    event = town_event(&scene->town, EVENT_JUDGE_ON);
    event.place = DUTY_FIRST_PLACE;
    return &event;
}

// Each time under the word of what became of the duty; one that only waits is told as amended.
static void moved_due_time_is_told_with_its_cause(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    statute_amend(&scene->town, "calendar", "day,cn,2025-09-28,workday", "day,cn,2025-09-25,holiday");
    town_reload(scene->township);
    town_turn(scene->township, judge_first_page(scene), 1);
    const char *moved = "期限因日历更新由 2025-09-28 23:59:59 改为 2025-09-30 23:59:59";
    expect_told(scene->township, "amended", scene->township->id, moved);
    scene->town.now += 4 * TOWN_DAY;
    town_tick(scene->township);
    expect_told(scene->township, "overdue", scene->township->id, "签收");
    assert_null(strstr(told(scene->township, "overdue", ROLE_OFFICER)->text, "日历")); // it was told in its turn
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(sending_and_receiving_are_told_with_the_message),
        with_scene(fact_is_recorded_and_comes_enclosed),
        with_scene(receipt_of_many_is_told_by_their_number),
        with_scene(steps_of_a_delivery_are_told),
        with_scene(refusal_is_told_at_both_sides_with_its_reason),
        with_scene(links_and_alarms_are_told),
        with_scene(a_joint_duty_is_told_at_every_turn_it_takes),
        with_scene(a_duty_that_nobody_meets_is_told_as_time_goes),
        with_scene(moved_due_time_is_told_with_its_cause),
        with_scene(uncertain_due_is_told_in_its_own_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
