// SPDX-License-Identifier: Apache-2.0
//
// The table of PROTOCOL.md section 10, written out once more from the protocol and not from the
// code. That steps are taken in a store is the business of test_decide.
#include "unit/check.h"

#include "rules/delivery.h"

struct step {
    enum delivery_state state;
    enum delivery_event event;
    enum delivery_state next;
};

static const struct step steps[] = {
    {DELIVERY_QUEUED, DELIVERY_RECEIPT, DELIVERY_ARRIVED},
    {DELIVERY_QUEUED, DELIVERY_ACKNOWLEDGE, DELIVERY_ACKNOWLEDGED},
    {DELIVERY_QUEUED, DELIVERY_ANSWER, DELIVERY_ANSWERED},
    {DELIVERY_QUEUED, DELIVERY_REFUSE, DELIVERY_REFUSED},
    {DELIVERY_QUEUED, DELIVERY_RECALL, DELIVERY_RECALLED},

    {DELIVERY_ARRIVED, DELIVERY_RECEIPT, DELIVERY_ARRIVED},
    {DELIVERY_ARRIVED, DELIVERY_ACKNOWLEDGE, DELIVERY_ACKNOWLEDGED},
    {DELIVERY_ARRIVED, DELIVERY_ANSWER, DELIVERY_ANSWERED},
    {DELIVERY_ARRIVED, DELIVERY_REFUSE, DELIVERY_ARRIVED}, // what is held cannot be un-received
    {DELIVERY_ARRIVED, DELIVERY_RECALL, DELIVERY_RECALLED},

    {DELIVERY_ACKNOWLEDGED, DELIVERY_RECEIPT, DELIVERY_ACKNOWLEDGED},
    {DELIVERY_ACKNOWLEDGED, DELIVERY_ACKNOWLEDGE, DELIVERY_ACKNOWLEDGED},
    {DELIVERY_ACKNOWLEDGED, DELIVERY_ANSWER, DELIVERY_ANSWERED},
    {DELIVERY_ACKNOWLEDGED, DELIVERY_REFUSE, DELIVERY_ACKNOWLEDGED},
    {DELIVERY_ACKNOWLEDGED, DELIVERY_RECALL, DELIVERY_RECALLED},

    {DELIVERY_ANSWERED, DELIVERY_RECEIPT, DELIVERY_ANSWERED},
    {DELIVERY_ANSWERED, DELIVERY_ACKNOWLEDGE, DELIVERY_ANSWERED},
    {DELIVERY_ANSWERED, DELIVERY_ANSWER, DELIVERY_ANSWERED},
    {DELIVERY_ANSWERED, DELIVERY_REFUSE, DELIVERY_ANSWERED},
    {DELIVERY_ANSWERED, DELIVERY_RECALL, DELIVERY_RECALLED},

    {DELIVERY_REFUSED, DELIVERY_RECEIPT, DELIVERY_REFUSED},
    {DELIVERY_REFUSED, DELIVERY_ACKNOWLEDGE, DELIVERY_REFUSED},
    {DELIVERY_REFUSED, DELIVERY_ANSWER, DELIVERY_REFUSED},
    {DELIVERY_REFUSED, DELIVERY_REFUSE, DELIVERY_REFUSED},
    {DELIVERY_REFUSED, DELIVERY_RECALL, DELIVERY_REFUSED},

    {DELIVERY_RECALLED, DELIVERY_RECEIPT, DELIVERY_RECALLED},
    {DELIVERY_RECALLED, DELIVERY_ACKNOWLEDGE, DELIVERY_RECALLED},
    {DELIVERY_RECALLED, DELIVERY_ANSWER, DELIVERY_RECALLED},
    {DELIVERY_RECALLED, DELIVERY_REFUSE, DELIVERY_RECALLED},
    {DELIVERY_RECALLED, DELIVERY_RECALL, DELIVERY_RECALLED},
};

enum { STEPS = sizeof steps / sizeof steps[0] };

static void every_state_takes_every_event_as_the_protocol_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < STEPS; i++) {
        enum delivery_state next = delivery_next(steps[i].state, steps[i].event);
        if (next != steps[i].next) {
            fail_msg("state %d, event %d: %s", (int)steps[i].state, (int)steps[i].event,
                     delivery_name(next));
        }
    }
}

static void no_pair_of_state_and_event_is_missing_from_this_test(void **state)
{
    (void)state;
    bool seen[DELIVERY_STATES][DELIVERY_EVENTS] = {{false}};
    assert_int_equal(STEPS, DELIVERY_STATES * DELIVERY_EVENTS);
    for (size_t i = 0; i < STEPS; i++) {
        assert_false(seen[steps[i].state][steps[i].event]);
        seen[steps[i].state][steps[i].event] = true;
    }
}

static void names_are_the_words_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(delivery_name(DELIVERY_QUEUED), "queued");
    assert_string_equal(delivery_name(DELIVERY_ARRIVED), "arrived");
    assert_string_equal(delivery_name(DELIVERY_ACKNOWLEDGED), "acknowledged");
    assert_string_equal(delivery_name(DELIVERY_ANSWERED), "answered");
    assert_string_equal(delivery_name(DELIVERY_REFUSED), "refused");
    assert_string_equal(delivery_name(DELIVERY_RECALLED), "recalled");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_takes_every_event_as_the_protocol_says),
        cmocka_unit_test(no_pair_of_state_and_event_is_missing_from_this_test),
        cmocka_unit_test(names_are_the_words_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
