// SPDX-License-Identifier: Apache-2.0
//
// Who may ask what, written out once more: a right that moves must be moved here as well.
#include "unit/check.h"

#include "intake/request.h"

// A column for each role: none, submitter, officer, auditor, operator, administrator.
struct right {
    Control__Request__AskCase ask;
    const char *roles;
};

static const struct right rights[] = {
    {CONTROL__REQUEST__ASK__NOT_SET, "......"},
    {CONTROL__REQUEST__ASK_GREET, ".soaOA"},
    {CONTROL__REQUEST__ASK_SUBMIT, ".so..."},
    {CONTROL__REQUEST__ASK_FIND, ".soaO."},
    {CONTROL__REQUEST__ASK_LIST, ".soaO."},
    {CONTROL__REQUEST__ASK_SEARCH, ".soaO."},
    {CONTROL__REQUEST__ASK_MATTER, ".soa.."},
    {CONTROL__REQUEST__ASK_DUE, ".soaO."},
    {CONTROL__REQUEST__ASK_WATCH, ".soaO."},
    {CONTROL__REQUEST__ASK_STATUS, ".soaOA"},
    {CONTROL__REQUEST__ASK_PEER_ADD, ".....A"},
    {CONTROL__REQUEST__ASK_PEER_LIST, ".soaOA"},
    {CONTROL__REQUEST__ASK_PEER_CHANGE, "....OA"},
    {CONTROL__REQUEST__ASK_OFFICER_ADD, ".....A"},
    {CONTROL__REQUEST__ASK_OFFICER_REMOVE, ".....A"},
    {CONTROL__REQUEST__ASK_OFFICER_LIST, "..oaOA"},
    {CONTROL__REQUEST__ASK_COMPACT, ".soaOA"},
    {CONTROL__REQUEST__ASK_PROCEDURE, ".soaOA"},
    {CONTROL__REQUEST__ASK_TEST_CLOCK, "....OA"},
    {CONTROL__REQUEST__ASK_EXPORT, "..oa.."},
    {CONTROL__REQUEST__ASK_ALARM_CLEAR, "....OA"},
    {CONTROL__REQUEST__ASK_CLOCK_ACCEPT, "....OA"},
    {CONTROL__REQUEST__ASK_SUBSCRIPTIONS, ".soaO."},
    {CONTROL__REQUEST__ASK_CATALOGUE, ".soa.."},
    {CONTROL__REQUEST__ASK_FILE_ASK, ".so..."},
    {CONTROL__REQUEST__ASK_FILE_PUT, ".so..."},
    {CONTROL__REQUEST__ASK_FILE_GET, ".soa.."},
};

enum { RIGHTS = sizeof rights / sizeof rights[0] };

static void every_role_may_ask_what_the_table_says_and_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < RIGHTS; i++) {
        for (unsigned role = ROLE_NONE; role <= ROLE_ADMINISTRATOR; role++) {
            bool expected = rights[i].roles[role] != '.';
            if (request_allowed(rights[i].ask, (enum client_role)role) != expected) {
                fail_msg("ask %d, role %u: expected %d", (int)rights[i].ask, role, expected);
            }
        }
    }
}

// The descriptor lists every request there is, so one that is new and has no line above is found.
static void every_request_has_a_line_in_this_test(void **state)
{
    (void)state;
    const ProtobufCMessageDescriptor *type = &control__request__descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        bool found = strcmp(type->fields[i].name, "number") == 0;
        for (size_t j = 0; j < RIGHTS; j++) {
            found = found || (uint32_t)rights[j].ask == type->fields[i].id;
        }
        if (!found) {
            fail_msg("request %s has no line", type->fields[i].name);
        }
    }
}

static void request_that_does_not_exist_is_allowed_to_nobody(void **state)
{
    (void)state;
    for (unsigned role = ROLE_NONE; role <= ROLE_ADMINISTRATOR; role++) {
        assert_false(request_allowed((Control__Request__AskCase)999, (enum client_role)role));
    }
}

static void roles_are_found_by_their_names_alone(void **state)
{
    (void)state;
    assert_int_equal(request_role("submitter"), ROLE_SUBMITTER);
    assert_int_equal(request_role("officer"), ROLE_OFFICER);
    assert_int_equal(request_role("auditor"), ROLE_AUDITOR);
    assert_int_equal(request_role("operator"), ROLE_OPERATOR);
    assert_int_equal(request_role("administrator"), ROLE_ADMINISTRATOR);
    const char *const others[] = {"", "none", "Officer", "officer ", "admin", "operator,officer"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_int_equal(request_role(others[i]), ROLE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_may_ask_what_the_table_says_and_nothing_else),
        cmocka_unit_test(every_request_has_a_line_in_this_test),
        cmocka_unit_test(request_that_does_not_exist_is_allowed_to_nobody),
        cmocka_unit_test(roles_are_found_by_their_names_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
