// SPDX-License-Identifier: Apache-2.0
//
// How much noise of one agency a store keeps.
#include "rules/allowance.h"

#include "unit/scene.h"

enum { JUNK_ITEMS = 1000 };

// As many items as one frame may hold, none of which decodes.
static struct event junk(struct scene *scene, enum frame_role role, uint64_t first, size_t count)
{
    struct arrived *items = arena_take_array(scene->town.arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        items[i].role = role;
        items[i].fault_code = "malformed";
        items[i].fault_text = "文书不能读取";
    }
    struct event event = town_event(&scene->town, EVENT_STATEMENTS);
    event.peer = scene->bureau->id;
    event.statements = (struct statements){
        .epoch = view_state(town_view(scene->bureau))->epoch,
        .first = first,
        .items = items,
        .count = count,
    };
    return event;
}

static void receive_junk(struct scene *scene, enum frame_role role, uint64_t first, size_t count)
{
    const struct event event = junk(scene, role, first, count);
    town_turn(scene->township, &event, 1);
}

static const Wire__Later *said_later(const struct scene *scene)
{
    const struct release *release = scene->township->effects.first_release;
    while (release != NULL && release->form != RELEASE_LATER) {
        release = release->next;
    }
    return release == NULL ? NULL : release->later;
}

static uint64_t decided(struct scene *scene)
{
    return scene_incoming(scene->township, scene->bureau).last;
}

static void spend_all(struct scene *scene)
{
    while (decided(scene) < ALLOWANCE_MOST) {
        receive_junk(scene, FRAME_NUMBERED, decided(scene) + 1, JUNK_ITEMS);
    }
}

static void refusals_beyond_it_wait_undecided(void **state)
{
    struct scene *scene = *state;
    spend_all(scene);
    assert_int_equal(decided(scene), ALLOWANCE_MOST);
    assert_true(town_has_alarm(scene->township, "noise", scene->bureau->id));
    receive_junk(scene, FRAME_NUMBERED, ALLOWANCE_MOST + 1, JUNK_ITEMS);
    assert_int_equal(decided(scene), ALLOWANCE_MOST);
    assert_int_equal(scene->township->effects.fact_count, 0);
    assert_true(town_has_release(scene->township, RELEASE_UNKEPT));
    const Wire__Later *later = said_later(scene);
    assert_non_null(later);
    assert_string_equal(later->reason, "quota");
    assert_int_equal(later->position, ALLOWANCE_MOST + 1);
    assert_int_equal(later->retry_after_ms, ALLOWANCE_BACK_MS);
}

static void one_comes_back_in_ten_seconds(void **state)
{
    struct scene *scene = *state;
    spend_all(scene);
    scene->town.now += 3 * ALLOWANCE_BACK_MS;
    receive_junk(scene, FRAME_NUMBERED, decided(scene) + 1, JUNK_ITEMS);
    assert_int_equal(decided(scene), ALLOWANCE_MOST + 3);
}

static void what_is_good_is_held_all_the_same(void **state)
{
    struct scene *scene = *state;
    spend_all(scene);
    struct bytes body = lead_note(scene->town.arena, "一");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    const struct town_item item = {FRAME_NUMBERED, town_forge(scene->bureau, header, body)};
    uint64_t epoch = view_state(town_view(scene->bureau))->epoch;
    town_receive(scene->township, scene->bureau,
                 town_pack(&scene->town, epoch, decided(scene) + 1, &item, 1));
    assert_int_equal(decided(scene), ALLOWANCE_MOST + 1);
    assert_int_not_equal(town_find(scene->township, scene->bureau, header->id), 0);
}

static void refused_enclosures_beyond_it_leave_no_trace(void **state)
{
    struct scene *scene = *state;
    for (size_t kept = 0; kept < ALLOWANCE_MOST; kept += JUNK_ITEMS) {
        receive_junk(scene, FRAME_ENCLOSURE, 0, JUNK_ITEMS);
    }
    receive_junk(scene, FRAME_UNNUMBERED, 0, JUNK_ITEMS);
    assert_int_equal(scene->township->effects.fact_count, 0);
    assert_true(town_has_release(scene->township, RELEASE_UNKEPT));
}

static void decisions_beyond_it_are_not_repeated(void **state)
{
    struct scene *scene = *state;
    receive_junk(scene, FRAME_NUMBERED, 1, 1);
    for (int i = 1; i < ALLOWANCE_MOST; i++) {
        receive_junk(scene, FRAME_NUMBERED, 1, 1);
        assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 1);
    }
    receive_junk(scene, FRAME_NUMBERED, 1, 1);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 0);
    assert_string_equal(said_later(scene)->reason, "quota");
    assert_int_equal(said_later(scene)->position, 1);
}

static void marks_beyond_it_are_not_given(void **state)
{
    struct scene *scene = *state;
    struct event events[64];
    for (size_t i = 0; i < 64; i++) {
        events[i] = town_event(&scene->town, EVENT_ASK_OFFERED);
        events[i].peer = scene->bureau->id;
        events[i].up_to = scene->town.now - 1;
    }
    for (int i = 0; i < ALLOWANCE_MOST / 64; i++) {
        town_turn(scene->township, events, 64);
        assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 64);
    }
    town_turn(scene->township, events, 64);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 0);
}

static void nobody_spends_anothers(void **state)
{
    struct scene *scene = *state;
    spend_all(scene);
    struct event event = junk(scene, FRAME_NUMBERED, 1, 10);
    event.peer = scene->other->id;
    town_turn(scene->township, &event, 1);
    assert_int_equal(scene_incoming(scene->township, scene->other).last, 10);
}

static void it_outlives_a_restart(void **state)
{
    struct scene *scene = *state;
    spend_all(scene);
    town_restart(scene->township);
    receive_junk(scene, FRAME_NUMBERED, decided(scene) + 1, 1);
    assert_int_equal(decided(scene), ALLOWANCE_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(refusals_beyond_it_wait_undecided),
        with_scene(one_comes_back_in_ten_seconds),
        with_scene(what_is_good_is_held_all_the_same),
        with_scene(refused_enclosures_beyond_it_leave_no_trace),
        with_scene(decisions_beyond_it_are_not_repeated),
        with_scene(marks_beyond_it_are_not_given),
        with_scene(nobody_spends_anothers),
        with_scene(it_outlives_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
