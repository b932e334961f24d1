// SPDX-License-Identifier: Apache-2.0
//
// The alarm that the calendar does not reach far enough: from when it stands, what it says, and that it goes down by itself.
#include "unit/scene.h"
#include "unit/statute.h"

#include "law/instant.h"

#define DECEMBER_2026 "2026-12-01T00:00:00+08:00"

static int64_t instant(const char *text)
{
    int64_t at;
    assert_true(instant_parse(text, &at));
    return at;
}

static void look_ahead(struct member *member)
{
    const struct event event = town_event(member->town, EVENT_LOOK_AHEAD);
    town_turn(member, &event, 1);
}

// When the last turn says to look again.
static int64_t find_look(const struct member *member)
{
    const struct release *release = member->effects.first_release;
    while (release->form != RELEASE_LOOK_AHEAD) {
        release = release->next;
    }
    return release->at;
}

static const char *find_text(struct member *member)
{
    Record__Alarm **alarms;
    size_t count = view_alarms(town_view(member), member->town->arena, &alarms);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(alarms[i]->code, "calendar") == 0) {
            assert_string_equal(alarms[i]->agency, member->id);
            return alarms[i]->text;
        }
    }
    return "";
}

static void expect_said(struct member *member, const char *words)
{
    if (strstr(find_text(member), words) == NULL) {
        fail_msg("not “%s” but “%s”", words, find_text(member));
    }
}

// The region's layer of 2026 is known, that of the country of 2027 is not.
static void learn_2026(struct scene *scene)
{
    statute_amend(&scene->town, "calendar", "coverage,cn-65,65,2026,missing", "coverage,cn-65,65,2026,known");
}

static void next_year_is_missed_from_the_first_of_december(void **state)
{
    struct scene *scene = *state;
    learn_2026(scene);
    town_reload(scene->bureau);
    scene->town.now = instant(DECEMBER_2026) - 1;
    look_ahead(scene->bureau);
    assert_string_equal(find_text(scene->bureau), "");
    assert_int_equal(find_look(scene->bureau), instant(DECEMBER_2026));
    scene->town.now++;
    look_ahead(scene->bureau);
    expect_said(scene->bureau, "没有 2027 年全国放假安排");
    assert_int_equal(find_look(scene->bureau), instant("2027-01-01T00:00:00+08:00"));
    scene->town.now = find_look(scene->bureau);
    look_ahead(scene->bureau);
    expect_said(scene->bureau, "2027");
    assert_int_equal(find_look(scene->bureau), instant("2027-12-01T00:00:00+08:00"));
}

static void alarm_goes_down_when_a_calendar_knows(void **state)
{
    struct scene *scene = *state;
    learn_2026(scene);
    scene->town.now = instant(DECEMBER_2026);
    town_restart(scene->bureau);
    expect_said(scene->bureau, "2027");
    look_ahead(scene->bureau);
    assert_int_equal(scene->bureau->effects.fact_count, 0); // it stands already
    statute_amend(&scene->town, "calendar", "coverage,cn,,2027,missing", "coverage,cn,,2027,known");
    town_reload(scene->bureau);
    assert_string_equal(find_text(scene->bureau), "");
    scene->town.now = instant("2027-01-01T00:00:00+08:00");
    look_ahead(scene->bureau);
    expect_said(scene->bureau, "cn-65");
}

static void layer_of_the_own_region_is_missed_while_its_year_runs(void **state)
{
    struct scene *scene = *state;
    scene->town.now = instant("2025-12-31T23:59:59+08:00");
    look_ahead(scene->bureau);
    assert_string_equal(find_text(scene->bureau), "");
    scene->town.now += 1000;
    look_ahead(scene->bureau);
    expect_said(scene->bureau, "2026 年放假安排（cn-65）");
    scene->town.now = instant(DECEMBER_2026);
    look_ahead(scene->bureau);
    expect_said(scene->bureau, "没有 2027 年全国放假安排"); // what is worse is said
    statute_amend(&scene->town, "calendar", "coverage,cn,,2027,missing", "coverage,cn,,2027,known");
    town_reload(scene->bureau);
    expect_said(scene->bureau, "2026 年放假安排（cn-65）");
    learn_2026(scene);
    town_reload(scene->bureau);
    assert_string_equal(find_text(scene->bureau), "");
}

static void what_an_operator_took_down_comes_back_only_at_the_next_look(void **state)
{
    struct scene *scene = *state;
    learn_2026(scene);
    scene->town.now = instant(DECEMBER_2026);
    look_ahead(scene->bureau);
    Control__AlarmClear clear = CONTROL__ALARM_CLEAR__INIT;
    clear.code = "calendar";
    clear.agency = scene->bureau->id;
    town_ask(scene->bureau, ROLE_OPERATOR, CONTROL__REQUEST__ASK_ALARM_CLEAR, &clear);
    town_tick(scene->bureau);
    assert_string_equal(find_text(scene->bureau), "");
    town_restart(scene->bureau);
    expect_said(scene->bureau, "2027");
}

static void clock_that_is_not_trusted_says_nothing_of_the_year(void **state)
{
    struct scene *scene = *state;
    scene->town.now = instant("2027-03-01T09:00:00+08:00");
    struct event event = town_event(&scene->town, EVENT_LOOK_AHEAD);
    event.clock_trusted = false;
    town_turn(scene->bureau, &event, 1);
    assert_string_equal(find_text(scene->bureau), "");
    assert_int_equal(find_look(scene->bureau), scene->town.now); // as soon as it is
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(next_year_is_missed_from_the_first_of_december),
        with_scene(alarm_goes_down_when_a_calendar_knows),
        with_scene(layer_of_the_own_region_is_missed_while_its_year_runs),
        with_scene(what_an_operator_took_down_comes_back_only_at_the_next_look),
        with_scene(clock_that_is_not_trusted_says_nothing_of_the_year),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
