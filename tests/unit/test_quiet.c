// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include "base/quiet.h"

// A second in which so much processor time was used.
static bool second(struct quiet *quiet, int64_t used_ms)
{
    const struct mono next = {quiet->looked_at.ms + 1000};
    return quiet_look(quiet, next, quiet->used_ms + used_ms);
}

static void pass_busy_second(struct quiet *quiet)
{
    assert_false(second(quiet, 900));
}

static void busy_time_ends_after_five_quiet_seconds_and_once(void **state)
{
    (void)state;
    struct quiet quiet = {0};
    pass_busy_second(&quiet);
    for (int i = 0; i < 4; i++) {
        assert_false(second(&quiet, 10));
    }
    assert_true(second(&quiet, 10));
    for (int i = 0; i < 20; i++) {
        assert_false(second(&quiet, 10));
    }
}

static void every_busy_time_ends(void **state)
{
    (void)state;
    struct quiet quiet = {0};
    for (int round = 0; round < 3; round++) {
        int ends = 0;
        pass_busy_second(&quiet);
        for (int i = 0; i < 10; i++) {
            ends += second(&quiet, 0);
        }
        assert_int_equal(ends, 1);
    }
}

static void one_busy_second_begins_the_wait_anew(void **state)
{
    (void)state;
    struct quiet quiet = {0};
    pass_busy_second(&quiet);
    for (int i = 0; i < 4; i++) {
        assert_false(second(&quiet, 0));
    }
    pass_busy_second(&quiet);
    for (int i = 0; i < 4; i++) {
        assert_false(second(&quiet, 0));
    }
    assert_true(second(&quiet, 0));
}

static void few_percent_are_quiet(void **state)
{
    (void)state;
    struct quiet quiet = {0};
    pass_busy_second(&quiet);
    int ends = 0;
    for (int i = 0; i < 10; i++) {
        ends += second(&quiet, 49);
    }
    assert_int_equal(ends, 1);
    for (int i = 0; i < 10; i++) {
        assert_false(second(&quiet, 51));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(busy_time_ends_after_five_quiet_seconds_and_once),
        cmocka_unit_test(every_busy_time_ends),
        cmocka_unit_test(one_busy_second_begins_the_wait_anew),
        cmocka_unit_test(few_percent_are_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
