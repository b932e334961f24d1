// SPDX-License-Identifier: Apache-2.0
//
// The test clock, and what a real one makes of a jump. A jump is made by moving what the clock
// remembers, so nothing waits.
#include "unit/check.h"

#include "base/wallclock.h"

#define NOON INT64_C(1758686400000)

static void test_clock_stands_until_it_is_moved(void **state)
{
    (void)state;
    struct wallclock clock;
    wallclock_start_test(&clock, (struct wall){NOON});
    for (int i = 0; i < 3; i++) {
        assert_int_equal(wallclock_look(&clock).ms, NOON);
    }
    assert_false(clock.jumped);
    assert_true(wallclock_move(&clock, (struct wall){NOON + 1}));
    assert_int_equal(wallclock_look(&clock).ms, NOON + 1);
    assert_true(wallclock_move(&clock, (struct wall){NOON + 86400000}));
    assert_int_equal(wallclock_look(&clock).ms, NOON + 86400000);
    assert_false(clock.jumped);
}

static void test_clock_moves_forward_only(void **state)
{
    (void)state;
    struct wallclock clock;
    wallclock_start_test(&clock, (struct wall){NOON});
    assert_false(wallclock_move(&clock, (struct wall){NOON}));
    assert_false(wallclock_move(&clock, (struct wall){NOON - 1}));
    assert_false(wallclock_move(&clock, (struct wall){0}));
    assert_int_equal(wallclock_look(&clock).ms, NOON);
}

static void accepting_does_not_start_a_test_clock(void **state)
{
    (void)state;
    struct wallclock clock;
    wallclock_start_test(&clock, (struct wall){NOON});
    wallclock_accept(&clock);
    assert_true(clock.test);
    assert_int_equal(wallclock_look(&clock).ms, NOON);
}

static void real_clock_cannot_be_moved(void **state)
{
    (void)state;
    struct wallclock clock;
    wallclock_start(&clock);
    struct wall ahead = {wallclock_look(&clock).ms + 3600000};
    assert_false(wallclock_move(&clock, ahead));
    assert_true(wallclock_look(&clock).ms < ahead.ms);
    assert_false(clock.jumped);
}

static void jump_is_seen_either_way_and_stays_until_the_time_is_plausible(void **state)
{
    (void)state;
    const int64_t jumps[] = {-86400000, -6000, 6000, 86400000};
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        struct wallclock clock;
        wallclock_start(&clock);
        clock.last_wall.ms -= jumps[i];
        wallclock_look(&clock);
        assert_true(clock.jumped);
        assert_true(llabs(clock.jump_ms - jumps[i]) < 1000);
        wallclock_look(&clock);
        assert_true(clock.jumped); // looking twice makes nothing plausible
        clock.last_wall.ms += jumps[i];
        wallclock_look(&clock);
        assert_false(clock.jumped);
    }
}

static void small_step_is_no_jump(void **state)
{
    (void)state;
    const int64_t steps[] = {-4000, 4000};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct wallclock clock;
        wallclock_start(&clock);
        clock.last_wall.ms -= steps[i];
        wallclock_look(&clock);
        assert_false(clock.jumped);
    }
}

static void operator_vouches_for_a_clock_that_jumped(void **state)
{
    (void)state;
    struct wallclock clock;
    wallclock_start(&clock);
    clock.last_wall.ms -= 3600000;
    wallclock_look(&clock);
    assert_true(clock.jumped);
    wallclock_accept(&clock);
    wallclock_look(&clock);
    assert_false(clock.jumped);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock_stands_until_it_is_moved),
        cmocka_unit_test(test_clock_moves_forward_only),
        cmocka_unit_test(accepting_does_not_start_a_test_clock),
        cmocka_unit_test(real_clock_cannot_be_moved),
        cmocka_unit_test(jump_is_seen_either_way_and_stays_until_the_time_is_plausible),
        cmocka_unit_test(small_step_is_no_jump),
        cmocka_unit_test(operator_vouches_for_a_clock_that_jumped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
