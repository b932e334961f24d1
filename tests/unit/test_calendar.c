// SPDX-License-Identifier: Apache-2.0
#include "unit/law_text.h"

#define NATIONAL "coverage,cn,,2025,known,\n"

static struct civil_day day_at(int year, int month, int day_of_month)
{
    struct civil_day day = {0};

    assert_true(civil_make_day(year, month, day_of_month, &day));
    return day;
}

static struct day shipped_day(void **state, const char *region, int year, int month,
                              int day_of_month)
{
    return calendar_day(*state, region, day_at(year, month, day_of_month));
}

static void assert_refused(const char *text, unsigned line)
{
    struct calendar *calendar = NULL;
    struct law_fault fault = {0};

    assert_int_equal(calendar_parse(law_text_of(text), &calendar, &fault), LAW_FAULTY);
    assert_null(calendar);
    assert_int_equal(fault.line, line);
    assert_true(fault.text[0] != '\0');
}

static void every_day_from_1970_to_2100_converts_both_ways(void **state)
{
    struct civil_day expected = {0};

    (void)state;
    while (expected.days < 47847) {
        struct civil_day made = {-1};
        int year;
        int month;
        int day_of_month;

        civil_date(expected, &year, &month, &day_of_month);
        assert_true(civil_make_day(year, month, day_of_month, &made));
        assert_int_equal(made.days, expected.days);
        assert_int_equal(civil_day_of(civil_start_of(expected)).days, expected.days);
        assert_int_equal(civil_day_of(civil_start_of(expected) - 1).days,
                         expected.days == 0 ? 0 : expected.days - 1);
        assert_int_equal(civil_weekday(expected), (unsigned)(expected.days + 3) % 7);
        expected.days++;
    }
    assert_false(civil_make_day(2101, 1, 1, &expected));
}

static void dates_that_do_not_exist_are_refused(void **state)
{
    struct civil_day day = {7};

    (void)state;
    assert_false(civil_make_day(2025, 2, 29, &day));
    assert_false(civil_make_day(2100, 2, 29, &day));
    assert_false(civil_make_day(2025, 13, 1, &day));
    assert_false(civil_make_day(2025, 4, 31, &day));
    assert_false(civil_make_day(2025, 1, 0, &day));
    assert_false(civil_make_day(1969, 12, 31, &day));
    assert_int_equal(day.days, 7);
    assert_true(civil_make_day(2000, 2, 29, &day));
}

static void instants_beyond_the_calendar_are_clamped(void **state)
{
    (void)state;
    assert_int_equal(civil_day_of(INT64_MIN).days, 0);
    assert_int_equal(civil_day_of(INT64_MAX).days, day_at(2100, 12, 31).days);
}

static void a_day_begins_at_midnight_in_shanghai(void **state)
{
    (void)state;
    assert_int_equal(civil_start_of(day_at(2026, 2, 14)), INT64_C(1770998400000));
    assert_int_equal(civil_day_of(INT64_C(1770998400000) - 1).days, day_at(2026, 2, 13).days);
}

static void weekend_rule_holds_where_no_row_says_otherwise(void **state)
{
    struct day friday = shipped_day(state, "110000", 2026, 3, 6);
    struct day saturday = shipped_day(state, "110000", 2026, 3, 7);

    assert_int_equal(friday.kind, DAY_WORKED);
    assert_string_equal(friday.name, "周五");
    assert_false(friday.layer_missing);
    assert_int_equal(saturday.kind, DAY_OFF);
    assert_string_equal(saturday.name, "周六");
}

static void holiday_on_a_weekday_is_off(void **state)
{
    struct day day = shipped_day(state, "", 2025, 10, 6);

    assert_int_equal(day.kind, DAY_OFF);
    assert_string_equal(day.name, "国庆节、中秋节");
    assert_string_equal(day.layer, "cn");
}

static void make_up_saturday_is_worked(void **state)
{
    struct day day = shipped_day(state, "110000", 2026, 2, 14);

    assert_int_equal(day.kind, DAY_WORKED);
    assert_string_equal(day.name, "调休上班");
}

static void regional_holiday_concerns_its_region_only(void **state)
{
    struct day there = shipped_day(state, "653126", 2025, 6, 9);
    struct day elsewhere = shipped_day(state, "411528", 2025, 6, 9);

    assert_int_equal(there.kind, DAY_OFF);
    assert_string_equal(there.name, "古尔邦节");
    assert_string_equal(there.layer, "cn-65");
    assert_int_equal(elsewhere.kind, DAY_WORKED);
    assert_int_equal(shipped_day(state, "", 2025, 6, 9).kind, DAY_WORKED);
}

static void missing_regional_layer_is_told_on_worked_days_only(void **state)
{
    struct day worked = shipped_day(state, "653126", 2026, 5, 26);
    struct day off = shipped_day(state, "653126", 2026, 5, 30);

    assert_int_equal(worked.kind, DAY_WORKED);
    assert_true(worked.layer_missing);
    assert_string_equal(worked.layer, "cn-65");
    assert_int_equal(off.kind, DAY_OFF);
    assert_false(off.layer_missing);
    assert_false(shipped_day(state, "110000", 2026, 5, 26).layer_missing);
}

static void year_without_a_national_calendar_is_unknown(void **state)
{
    assert_int_equal(shipped_day(state, "110000", 2027, 1, 4).kind, DAY_UNKNOWN);
    assert_int_equal(shipped_day(state, "653126", 2027, 1, 2).kind, DAY_UNKNOWN);
    assert_int_equal(shipped_day(state, "110000", 2019, 12, 31).kind, DAY_UNKNOWN);
    assert_int_equal(shipped_day(state, "110000", 2026, 12, 31).kind, DAY_WORKED);
}

static void layer_without_a_coverage_row_is_missing(void **state)
{
    struct calendar *calendar = NULL;
    struct law_fault fault;
    struct day day;

    (void)state;
    assert_int_equal(
        calendar_parse(law_text_of(NATIONAL "coverage,cn-64,64,2024,known,\n"), &calendar, &fault),
        LAW_OK);
    day = calendar_day(calendar, "640100", day_at(2025, 3, 5));
    assert_int_equal(day.kind, DAY_WORKED);
    assert_true(day.layer_missing);
    calendar_free(&calendar);
}

static void the_most_specific_layer_has_the_say(void **state)
{
    struct calendar *calendar = NULL;
    struct law_fault fault;
    struct civil_day day = day_at(2025, 3, 5);

    (void)state;
    assert_int_equal(
        calendar_parse(
            law_text_of("day,a,2025-03-05,holiday,甲,\nday,b,2025-03-05,workday,乙,\n"
                        "coverage,b,6531,2025,known,\ncoverage,a,65,2025,known,\n" NATIONAL),
            &calendar, &fault),
        LAW_OK);
    assert_int_equal(calendar_day(calendar, "650000", day).kind, DAY_OFF);
    assert_int_equal(calendar_day(calendar, "653126", day).kind, DAY_WORKED);
    calendar_free(&calendar);
}

static void texts_that_contradict_themselves_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_refused("", 1);
    assert_refused("coverage,cn-65,65,2025,known,\n", 1);
    assert_refused(NATIONAL "coverage,cn,,2025,missing,\n", 2);
    assert_refused(NATIONAL "coverage,cn,65,2026,known,\n", 2);
    assert_refused(NATIONAL "coverage,other,,2026,known,\n", 2);
    assert_refused(
        NATIONAL "day,cn,2025-05-01,holiday,劳动节,\nday,cn,2025-05-01,workday,劳动节,\n", 3);
    assert_refused(NATIONAL "day,cn,2026-05-01,holiday,劳动节,\n", 2);
    assert_refused(NATIONAL "day,cn-65,2025-05-01,holiday,劳动节,\n", 2);
}

static void rows_that_do_not_read_are_refused_with_their_line(void **state)
{
    (void)state;
    assert_refused("# a comment\n\n" NATIONAL "holiday,cn\n", 4);
    assert_refused(NATIONAL "holiday,cn,2025-05-01,holiday,劳动节,\n", 2);
    assert_refused(NATIONAL "day,cn,2025-02-29,holiday,劳动节,\n", 2);
    assert_refused(NATIONAL "day,cn,2025-5-01,holiday,劳动节,\n", 2);
    assert_refused(NATIONAL "day,cn,2025-05-01,off,劳动节,\n", 2);
    assert_refused(NATIONAL "day,cn,2025-05-01,holiday,,\n", 2);
    assert_refused("coverage,cn,,25,known,\n", 1);
    assert_refused("coverage,cn,,2025,perhaps,\n", 1);
    assert_refused("coverage,CN,,2025,known,\n", 1);
    assert_refused("coverage,cn,6x,2025,known,\n", 1);
    assert_refused(NATIONAL "day,cn,2025-05-01,holiday,\xff,\n", 2);
    assert_refused(NATIONAL "day,cn,2025-05-01,holiday,劳动节,\r\n", 2);
}

static void what_is_missing_of_a_year_is_told_by_layer(void **state)
{
    const struct calendar *calendar = *state;

    assert_null(calendar_missing(calendar, "653126", 2025));
    assert_string_equal(calendar_missing(calendar, "653126", 2026), "cn-65");
    assert_null(calendar_missing(calendar, "411528", 2026)); // another region's layer
    assert_null(calendar_missing(calendar, "", 2026));
    assert_string_equal(calendar_missing(calendar, "653126", 2027), "cn"); // before all others
    assert_string_equal(calendar_missing(calendar, "", 2099), "cn");
}

static void digest_names_the_text(void **state)
{
    struct bytes text = law_text_load(LAW_CALENDAR);
    struct digest digest;

    hash_sm3(text, &digest);
    assert_memory_equal(calendar_digest(*state), &digest, sizeof digest);
    free((void *)text.data);
}

static int set_up(void **state)
{
    *state = law_text_calendar();
    return 0;
}

static int tear_down(void **state)
{
    struct calendar *calendar = *state;

    calendar_free(&calendar);
    calendar_free(&calendar);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_from_1970_to_2100_converts_both_ways),
        cmocka_unit_test(dates_that_do_not_exist_are_refused),
        cmocka_unit_test(instants_beyond_the_calendar_are_clamped),
        cmocka_unit_test(a_day_begins_at_midnight_in_shanghai),
        cmocka_unit_test(weekend_rule_holds_where_no_row_says_otherwise),
        cmocka_unit_test(holiday_on_a_weekday_is_off),
        cmocka_unit_test(make_up_saturday_is_worked),
        cmocka_unit_test(regional_holiday_concerns_its_region_only),
        cmocka_unit_test(missing_regional_layer_is_told_on_worked_days_only),
        cmocka_unit_test(year_without_a_national_calendar_is_unknown),
        cmocka_unit_test(layer_without_a_coverage_row_is_missing),
        cmocka_unit_test(the_most_specific_layer_has_the_say),
        cmocka_unit_test(texts_that_contradict_themselves_are_refused_with_their_line),
        cmocka_unit_test(rows_that_do_not_read_are_refused_with_their_line),
        cmocka_unit_test(what_is_missing_of_a_year_is_told_by_layer),
        cmocka_unit_test(digest_names_the_text),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
