// SPDX-License-Identifier: Apache-2.0
#include "unit/law_text.h"

#include "law/explain.h"
#include "law/instant.h"

#define NATIONWIDE "110000"
#define YECHENG "653126"

struct fixture {
    struct calendar *calendar;
    struct arena *arena;
};

static struct within within_of(const char *text)
{
    struct within within = {0};

    if (!clock_parse_within(text, &within)) {
        fail_msg("no period: %s", text);
    }
    return within;
}

static struct due count(void **state, const char *region, const char *within, const char *start)
{
    const struct fixture *fixture = *state;
    struct due due;

    assert_int_equal(clock_count(fixture->calendar, region, within_of(within),
                                 law_text_instant(start), fixture->arena, &due),
                     CLOCK_OK);
    return due;
}

static void assert_due(void **state, const char *region, const char *within, const char *start,
                       const char *expected)
{
    const struct fixture *fixture = *state;
    const struct due due = count(state, region, within, start);

    assert_string_equal(clock_format_due(&due, fixture->arena), expected);
}

static void assert_amber(void **state, const char *within, const char *start, const char *expected)
{
    assert_int_equal(count(state, NATIONWIDE, within, start).amber_at, law_text_instant(expected));
}

static void workdays_skip_spring_festival_and_count_the_make_up_day(void **state)
{
    assert_due(state, NATIONWIDE, "3 workdays", "2026-02-13T17:00:00", "2026-02-25T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "1 workday", "2026-02-13T17:00:00", "2026-02-14T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "3 workdays", "2026-02-27T09:00:00", "2026-03-03T23:59:59+08:00");
}

static void workdays_skip_national_day_2025(void **state)
{
    assert_due(state, NATIONWIDE, "3 workdays", "2025-09-30T10:00:00", "2025-10-11T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "1 workday", "2025-09-27T10:00:00", "2025-09-28T23:59:59+08:00");
}

static void start_on_a_day_off_gives_the_same_as_the_evening_before(void **state)
{
    assert_due(state, NATIONWIDE, "3 workdays", "2026-03-06T23:59:59", "2026-03-11T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "3 workdays", "2026-03-07T00:00:00", "2026-03-11T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "3 workdays", "2026-03-08T12:00:00", "2026-03-11T23:59:59+08:00");
}

static void workdays_skip_the_holidays_of_the_debtors_region(void **state)
{
    assert_due(state, YECHENG, "3 workdays", "2025-06-05T10:00:00", "2025-06-13T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "3 workdays", "2025-06-05T10:00:00", "2025-06-10T23:59:59+08:00");
    assert_due(state, YECHENG, "1 workday", "2025-03-28T10:00:00", "2025-04-01T23:59:59+08:00");
}

static void missing_regional_layer_gives_the_earliest(void **state)
{
    assert_due(state, YECHENG, "3 workdays", "2026-02-13T17:00:00",
               "earliest:2026-02-25T23:59:59+08:00");
    assert_due(state, YECHENG, "30 days", "2026-03-02T10:00:00",
               "earliest:2026-04-01T23:59:59+08:00");
    assert_due(state, YECHENG, "24 hours", "2026-02-13T17:00:00", "2026-02-14T17:00:00+08:00");
}

static void beyond_the_known_calendar_is_unknown_with_its_year(void **state)
{
    const struct due due = count(state, NATIONWIDE, "3 workdays", "2026-12-30T10:00:00");

    assert_due(state, NATIONWIDE, "3 workdays", "2026-12-30T10:00:00", "unknown:2027");
    assert_int_equal(due.due_at, law_text_instant("2027-01-04T23:59:59"));
    assert_due(state, NATIONWIDE, "30 days", "2026-12-10T10:00:00", "unknown:2027");
    assert_due(state, YECHENG, "3 workdays", "2026-12-30T10:00:00", "unknown:2027");
    assert_due(state, NATIONWIDE, "24 hours", "2026-12-31T10:00:00", "2027-01-01T10:00:00+08:00");
}

// Only the end of a period of calendar days depends on what is worked.
static void unknown_days_inside_a_period_of_calendar_days_do_not_matter(void **state)
{
    assert_due(state, NATIONWIDE, "10 days", "2019-12-26T10:00:00", "2020-01-06T23:59:59+08:00");
}

static void hours_run_by_night_and_over_holidays(void **state)
{
    assert_due(state, NATIONWIDE, "24 hours", "2026-02-16T22:30:15", "2026-02-17T22:30:15+08:00");
    assert_due(state, NATIONWIDE, "2 hours", "2025-12-31T23:00:00", "2026-01-01T01:00:00+08:00");
}

static void fractions_of_the_start_second_are_dropped(void **state)
{
    const struct due due = count(state, NATIONWIDE, "1 hour", "2026-03-02T10:00:00.999");

    assert_int_equal(due.due_at, law_text_instant("2026-03-02T11:00:00"));
}

static void hours_from_the_next_hour_round_up_and_a_full_hour_stays(void **state)
{
    assert_due(state, NATIONWIDE, "24 hours from next hour", "2026-03-02T10:00:01",
               "2026-03-03T11:00:00+08:00");
    assert_due(state, NATIONWIDE, "24 hours from next hour", "2026-03-02T10:00:00",
               "2026-03-03T10:00:00+08:00");
    assert_due(state, NATIONWIDE, "1 hour from next hour", "2026-03-02T10:59:59",
               "2026-03-02T12:00:00+08:00");
}

static void calendar_days_roll_over_holidays_to_a_make_up_saturday(void **state)
{
    assert_due(state, NATIONWIDE, "5 days", "2026-09-15T10:00:00", "2026-09-20T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "30 days", "2026-01-20T10:00:00", "2026-02-24T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "1 day", "2026-03-06T10:00:00", "2026-03-09T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "2 days", "2025-10-02T10:00:00", "2025-10-09T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "1 day", "2026-02-13T10:00:00", "2026-02-14T23:59:59+08:00");
}

static void weeks_are_seven_calendar_days_each(void **state)
{
    assert_due(state, NATIONWIDE, "2 weeks", "2026-03-02T10:00:00", "2026-03-16T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "2 weeks", "2025-09-18T10:00:00", "2025-10-09T23:59:59+08:00");
}

static void same_day_and_this_year_end_on_days_off_too(void **state)
{
    assert_due(state, NATIONWIDE, "same day", "2026-03-07T10:00:00", "2026-03-07T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "this year", "2022-03-07T10:00:00", "2022-12-31T23:59:59+08:00");
    assert_due(state, NATIONWIDE, "this year", "2027-03-07T10:00:00", "2027-12-31T23:59:59+08:00");
}

static void at_once_has_no_due_time(void **state)
{
    assert_due(state, NATIONWIDE, "at once", "2026-03-07T10:00:00", "");
    assert_int_equal(count(state, NATIONWIDE, "at once", "2026-03-07T10:00:00").amber_at, 0);
}

static void amber_is_the_last_working_day_or_the_last_quarter(void **state)
{
    assert_amber(state, "3 workdays", "2026-02-13T17:00:00", "2026-02-25T00:00:00");
    assert_amber(state, "30 days", "2026-01-20T10:00:00", "2026-02-14T00:00:00");
    assert_amber(state, "30 days", "2026-01-26T10:00:00", "2026-02-25T00:00:00");
    assert_amber(state, "2 weeks", "2025-09-24T15:00:00", "2025-09-30T00:00:00");
    assert_amber(state, "2 weeks", "2025-10-11T10:00:00", "2025-10-24T00:00:00");
    assert_amber(state, "24 hours", "2026-02-13T17:00:00", "2026-02-14T11:00:00");
    assert_amber(state, "2 hours", "2026-02-13T17:00:00", "2026-02-13T18:30:00");
    assert_amber(state, "this year", "2022-03-07T10:00:00", "2022-12-30T00:00:00");
    assert_amber(state, "same day", "2026-03-06T10:00:00", "2026-03-06T00:00:00");
}

static void every_day_looked_at_is_listed_with_its_reason(void **state)
{
    const struct due due = count(state, NATIONWIDE, "3 workdays", "2026-02-13T17:00:00");

    assert_int_equal(due.day_count, 12);
    assert_true(due.days[0].counted);
    assert_string_equal(due.days[0].name, "调休上班");
    assert_false(due.days[1].counted);
    assert_string_equal(due.days[1].name, "春节");
    assert_true(due.days[11].counted);
    assert_string_equal(due.days[11].name, "");
}

static void explanation_names_start_days_and_end(void **state)
{
    const struct fixture *fixture = *state;
    const struct due due = count(state, NATIONWIDE, "3 workdays", "2026-02-13T17:00:00");

    assert_string_equal(explain_due(&due, within_of("3 workdays"),
                                    law_text_instant("2026-02-13T17:00:00"), fixture->arena),
                        "自2026年2月13日（周五）17:00:00起3个工作日内：开始的当日不计入；"
                        "2026年2月14日（周六）为调休上班，计第1日；"
                        "2026年2月15日（周日）至2026年2月23日（周一）为春节，不计；"
                        "2026年2月24日（周二）至2026年2月25日（周三），计第2日至第3日；"
                        "至2026年2月25日（周三）23:59:59届满，该秒内完成仍为按期。");
}

static void explanation_of_the_longest_period_fits(void **state)
{
    const struct fixture *fixture = *state;
    const struct due due = count(state, NATIONWIDE, "1000 workdays", "2020-01-02T10:00:00");
    const char *text = explain_due(&due, within_of("1000 workdays"),
                                   law_text_instant("2020-01-02T10:00:00"), fixture->arena);

    assert_non_null(strstr(text, "，计第1日；"));
    assert_non_null(strstr(text, "届满，该秒内完成仍为按期。"));
}

static void full_arena_is_an_outcome(void **state)
{
    const struct fixture *fixture = *state;
    struct arena *small = NULL;
    struct due due;

    assert_int_equal(arena_new(64, &small), 0);
    assert_int_equal(
        clock_count(fixture->calendar, NATIONWIDE, within_of("1000 workdays"), 0, small, &due),
        CLOCK_NO_MEMORY);
    arena_free(&small);
}

// Nothing but holidays for ever would make the count endless.
static void calendar_of_nothing_but_unknown_weekends_ends(void **state)
{
    const struct due due = count(state, NATIONWIDE, "500 weeks", "2090-01-01T00:00:00");

    assert_int_equal(due.outcome, CLOCK_UNKNOWN);
    assert_true(due.day_count <= 4000);
}

static void periods_read_and_everything_else_does_not(void **state)
{
    static const char *const bad[] = {"",
                                      "3",
                                      "0 days",
                                      "1001 days",
                                      "03 days",
                                      "-1 days",
                                      "3 Workdays",
                                      "3  days",
                                      "3 days ",
                                      " 3 days",
                                      "501 weeks",
                                      "99999999999 days",
                                      "3 hours from next",
                                      "at  once",
                                      "days",
                                      "1 months"};
    struct within within = {.form = WITHIN_DAYS, .count = 77};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(clock_parse_within(bad[i], &within));
    }
    assert_int_equal(within.count, 77);
    assert_int_equal(within_of("1 hour").form, WITHIN_HOURS);
    assert_int_equal(within_of("1000 workdays").count, 1000);
    assert_int_equal(within_of("1 workday").form, WITHIN_WORKDAYS);
    assert_int_equal(within_of("500 weeks").form, WITHIN_WEEKS);
    assert_int_equal(within_of("12 hours from next hour").form, WITHIN_HOURS_FROM_NEXT);
    assert_int_equal(within_of("same day").form, WITHIN_SAME_DAY);
    assert_int_equal(within_of("at once").form, WITHIN_AT_ONCE);
    assert_int_equal(within_of("this year").form, WITHIN_THIS_YEAR);
}

static void any_offset_and_fraction_of_an_instant_reads(void **state)
{
    const int64_t expected = law_text_instant("2026-02-13T17:00:00");
    int64_t instant = 0;

    (void)state;
    assert_true(instant_parse("2026-02-13T09:00:00Z", &instant));
    assert_int_equal(instant, expected);
    assert_true(instant_parse("2026-02-12t23:30:00.5-09:30", &instant));
    assert_int_equal(instant, expected + 500);
    assert_true(instant_parse("2026-02-13T17:00:00.123456789+08:00", &instant));
    assert_int_equal(instant, expected + 123);
}

static void instants_that_are_none_do_not_read(void **state)
{
    static const char *const bad[] = {"",
                                      "2026-02-13",
                                      "2026-02-13T17:00:00",
                                      "2026-02-30T17:00:00Z",
                                      "2026-02-13T24:00:00Z",
                                      "2026-02-13T17:60:00Z",
                                      "2026-02-13T17:00:60Z",
                                      "2026-02-13T17:00:00.Z",
                                      "2026-02-13T17:00:00+8:00",
                                      "2026-02-13 17:00:00Z",
                                      "2026-02-13T17:00:00+24:00",
                                      "2026-02-13T17:00:00Z ",
                                      "2126-02-13T17:00:00Z"};
    int64_t instant = 5;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(instant_parse(bad[i], &instant));
    }
    assert_int_equal(instant, 5);
}

static void instants_are_written_with_the_offset_of_shanghai(void **state)
{
    char text[INSTANT_TEXT_BYTES];

    (void)state;
    instant_format(law_text_instant("2026-02-13T07:08:09.999"), text);
    assert_string_equal(text, "2026-02-13T07:08:09+08:00");
    instant_format(INT64_MAX, text);
    assert_string_equal(text, "2100-12-31T23:59:59+08:00");
    instant_format(INT64_MIN, text);
    assert_string_equal(text, "1970-01-01T00:00:00+08:00");
}

static void next_workday_skips_the_holiday(void **state)
{
    const struct fixture *fixture = *state;

    assert_int_equal(
        clock_next_workday(fixture->calendar, NATIONWIDE, law_text_instant("2026-02-14T17:00:00")),
        law_text_instant("2026-02-24T00:00:00"));
    assert_int_equal(
        clock_next_workday(fixture->calendar, NATIONWIDE, law_text_instant("2026-12-31T17:00:00")),
        0);
}

static int set_up(void **state)
{
    static struct fixture fixture;

    fixture.calendar = law_text_calendar();
    *state = &fixture;
    return arena_new(8 << 20, &fixture.arena);
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    calendar_free(&fixture->calendar);
    arena_free(&fixture->arena);
    return 0;
}

// Guards against a period taken for another: all that decides is compared.
static void what_was_counted_before_is_the_same_as_counting(void **state)
{
    static const char *const regions[] = {NATIONWIDE, "653126", "110000"};
    static const char *const withins[] = {"3 workdays", "4 workdays", "3 days", "24 hours", "same day"};
    struct fixture *fixture = *state;
    struct clock_counted counted = {.next = 0};
    for (unsigned round = 0; round < 200; round++) {
        const char *region = regions[round % 3];
        const struct within within = within_of(withins[round / 3 % 5]);
        const int64_t start = INT64_C(1749088800000) + (int64_t)(round / 30) * 3600000 + round % 2;
        struct due again;
        struct due due;
        assert_int_equal(clock_count_again(&counted, fixture->calendar, region, within, start, fixture->arena, &again), CLOCK_OK);
        assert_int_equal(clock_count(fixture->calendar, region, within, start, fixture->arena, &due), CLOCK_OK);
        assert_int_equal(again.outcome, due.outcome);
        assert_int_equal(again.due_at, due.due_at);
        assert_int_equal(again.amber_at, due.amber_at);
        assert_int_equal(again.day_count, due.day_count);
    }
}

// What a person reads of a period is the period: the words read back as it.
static void periods_written_read_as_they_were(void **state)
{
    static const struct {
        const char *text;
        const char *title;
    } cases[] = {
        {"1 hour", "1小时"},
        {"24 hours", "24小时"},
        {"12 hours from next hour", "12小时（自下一整点起）"},
        {"3 workdays", "3个工作日"},
        {"3 workdays inclusive", "3个工作日（当日起算）"},
        {"30 days no-roll inclusive", "30日（末日不顺延）（当日起算）"},
        {"1 week", "1周"},
        {"same day", "当日"},
        {"at once", "立即"},
        {"this year", "本年内"},
        {"promptly", "及时"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct within within = within_of(cases[i].text);
        assert_string_equal(clock_format_within(within, fixture->arena), cases[i].text);
        assert_string_equal(clock_title_within(within, fixture->arena), cases[i].title);
    }
    const struct within until = {.form = WITHIN_UNTIL};
    assert_string_equal(clock_format_within(until, fixture->arena), "until");
    assert_string_equal(clock_title_within(until, fixture->arena), "文书载明的期限");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_counted_before_is_the_same_as_counting),
        cmocka_unit_test(periods_written_read_as_they_were),
        cmocka_unit_test(workdays_skip_spring_festival_and_count_the_make_up_day),
        cmocka_unit_test(workdays_skip_national_day_2025),
        cmocka_unit_test(start_on_a_day_off_gives_the_same_as_the_evening_before),
        cmocka_unit_test(workdays_skip_the_holidays_of_the_debtors_region),
        cmocka_unit_test(missing_regional_layer_gives_the_earliest),
        cmocka_unit_test(beyond_the_known_calendar_is_unknown_with_its_year),
        cmocka_unit_test(unknown_days_inside_a_period_of_calendar_days_do_not_matter),
        cmocka_unit_test(hours_run_by_night_and_over_holidays),
        cmocka_unit_test(fractions_of_the_start_second_are_dropped),
        cmocka_unit_test(hours_from_the_next_hour_round_up_and_a_full_hour_stays),
        cmocka_unit_test(calendar_days_roll_over_holidays_to_a_make_up_saturday),
        cmocka_unit_test(weeks_are_seven_calendar_days_each),
        cmocka_unit_test(same_day_and_this_year_end_on_days_off_too),
        cmocka_unit_test(at_once_has_no_due_time),
        cmocka_unit_test(amber_is_the_last_working_day_or_the_last_quarter),
        cmocka_unit_test(every_day_looked_at_is_listed_with_its_reason),
        cmocka_unit_test(explanation_names_start_days_and_end),
        cmocka_unit_test(explanation_of_the_longest_period_fits),
        cmocka_unit_test(full_arena_is_an_outcome),
        cmocka_unit_test(calendar_of_nothing_but_unknown_weekends_ends),
        cmocka_unit_test(periods_read_and_everything_else_does_not),
        cmocka_unit_test(any_offset_and_fraction_of_an_instant_reads),
        cmocka_unit_test(instants_that_are_none_do_not_read),
        cmocka_unit_test(instants_are_written_with_the_offset_of_shanghai),
        cmocka_unit_test(next_workday_skips_the_holiday),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
