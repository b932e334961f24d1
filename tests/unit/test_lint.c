// SPDX-License-Identifier: Apache-2.0
#include "unit/law_text.h"

#include "law/lint.h"

#define HEAD "[procedure]\nid = p-1\ntitle = 规程\nroles = bureau, township, police\n"
#define SOURCE "title = 通报\npolicy = yes\n"
#define DUTY(opened, debtors, met)                                                                 \
    "[duty A-1]\n" SOURCE "opened_by = " opened "\ndebtors = " debtors                             \
    "\nstart = sealed\nwithin = 3 workdays\ncounts = delivered\nmet_by = " met "\n"
#define PLAIN DUTY("lead.notice", "each addressee", "lead.assessment reply")
#define REQUIREMENT(id, lines) "[requirement " id "]\n" SOURCE lines

static struct procedure *parse(const char *text)
{
    struct procedure *procedure = NULL;
    struct law_fault fault = {0};

    if (procedure_parse(law_text_of(text), &procedure, &fault) != LAW_OK) {
        fail_msg("line %u: %s", fault.line, fault.text);
    }
    return procedure;
}

// NULL: nothing is complained about; otherwise one thing, in these words.
static void expect(const char *text, const char *words)
{
    struct procedure *procedure = parse(text);
    struct lint_list list = {0};

    assert_int_equal(arena_new(1 << 20, &list.arena), 0);
    lint_procedure(procedure, &list);
    assert_false(list.starved);
    if (list.count != (words == NULL ? 0 : 1)) {
        fail_msg("%zu complaints, the first: %s", list.count,
                 list.count == 0 ? "" : list.items[0].text);
    }
    if (words != NULL) {
        assert_int_equal(list.items[0].line, 5);
        if (strstr(list.items[0].text, words) == NULL) {
            fail_msg("%s (expected: %s)", list.items[0].text, words);
        }
    }
    procedure_free(&procedure);
    arena_free(&list.arena);
}

static void shipped_procedures_have_nothing_to_complain_of(void **state)
{
    (void)state;
    struct procedure *procedure = law_text_procedure();
    struct lint_list list = {0};

    assert_int_equal(arena_new(1 << 20, &list.arena), 0);
    lint_procedure(procedure, &list);
    assert_int_equal(list.count, 0);
    procedure_free(&procedure);
    arena_free(&list.arena);
}

static void opening_whose_author_a_requirement_rules_out_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.notice where author role = township", "author", "lead.notice")
               REQUIREMENT("R-1", "of = lead.notice\nfrom = bureau\n"),
           "duty A-1: no lead.notice can open it: nobody may be its author by requirement R-1");
    expect(HEAD DUTY("lead.notice where author role = township|bureau", "author", "lead.notice")
               REQUIREMENT("R-1", "of = lead.notice\nfrom = bureau\n"),
           NULL);
    expect(HEAD DUTY("lead.notice where author role != bureau", "author", "lead.notice")
               REQUIREMENT("R-1", "of = lead.notice\nfrom = bureau\n"),
           "nobody may be its author");
}

static void opening_that_may_go_to_nobody_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.notice where addressee role = police", "each addressee",
                     "lead.assessment reply")
               REQUIREMENT("R-1", "of = lead.notice\nto = bureau, township\n"),
           "it may go to nobody by requirement R-1");
    expect(HEAD DUTY("lead.notice where addressee role != bureau", "each addressee",
                     "lead.assessment reply")
               REQUIREMENT("R-1", "of = lead.notice\nto = bureau, township\n"),
           NULL);
}

// Of an addressee each term may mean another; of the author they mean one.
static void condition_that_contradicts_itself_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.assessment where decision = start and decision != start", "author",
                     "joint.team"),
           "its condition contradicts itself");
    expect(HEAD DUTY("lead.assessment where author role = police and author role = bureau",
                     "author", "joint.team"),
           "no role is left for its author");
    expect(HEAD DUTY("lead.assessment where addressee role = police and addressee role != police",
                     "author", "joint.team"),
           NULL);
}

static void act_that_no_debtor_may_make_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.notice where addressee role = police", "each addressee",
                     "lead.assessment reply")
               REQUIREMENT("R-1", "of = lead.assessment\nfrom = bureau\n"),
           "duty A-1: no lead.assessment can meet it: no debtor can have a role");
    expect(HEAD DUTY("lead.notice where addressee role = police", "author and addressee",
                     "lead.assessment confirmed")
               REQUIREMENT("R-1", "of = lead.assessment\nfrom = bureau\n"),
           NULL); // the other debtor may
    expect(HEAD DUTY("lead.notice", "each addressee",
                     "lead.assessment where author role = police")
               REQUIREMENT("R-1", "of = lead.notice\nto = bureau\n"),
           "no debtor can have a role");
}

static void reply_that_must_answer_something_else_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.notice", "each addressee", "assistance.result reply")
               REQUIREMENT("R-1", "of = assistance.result\nanswers = assistance.request\n"),
           "it cannot be a reply to what opens the duty by requirement R-1");
    expect(HEAD DUTY("lead.notice, assistance.request", "each addressee",
                     "assistance.result reply")
               REQUIREMENT("R-1", "of = assistance.result\nanswers = assistance.request\n"),
           NULL);
    expect(HEAD DUTY("lead.notice", "each addressee", "assistance.result")
               REQUIREMENT("R-1", "of = assistance.result\nanswers = assistance.request\n"),
           NULL); // it need not be a reply
    expect(HEAD DUTY("*", "each addressee", "assistance.result reply")
               REQUIREMENT("R-1", "of = assistance.result\nanswers = assistance.request\n"),
           NULL);
}

static void step_that_is_forbidden_is_told(void **state)
{
    (void)state;
    expect(HEAD DUTY("lead.assessment where decision = start", "author", "joint.team")
               REQUIREMENT("R-1", "of = lead.assessment\nforbids = decision = start\n"),
           "duty A-1: no lead.assessment can open it: it is forbidden by requirement R-1");
    expect(HEAD DUTY("lead.assessment", "author", "joint.team")
               REQUIREMENT("R-1", "of = lead.assessment\nforbids = decision = start\n"),
           NULL); // the other decision opens it
    expect(HEAD DUTY("lead.assessment where decision = start", "author", "joint.team")
               REQUIREMENT("R-1", "of = lead.assessment where author role = police\n"
                                  "forbids = decision = start\n"),
           NULL); // others may
    expect(HEAD DUTY("lead.notice", "each addressee", "lead.assessment reply where decision = start")
               REQUIREMENT("R-1", "of = lead.assessment\nforbids = decision = start|not-start\n"),
           "no lead.assessment can meet it: it is forbidden by requirement R-1");
}

static void creditors_that_do_not_hear_of_each_other_are_told(void **state)
{
    (void)state;
    expect(HEAD PLAIN "addressees = role bureau and role police\n",
           "duty A-1: owed to role bureau and to role police, it stays open for both");
    expect(HEAD PLAIN "addressees = role bureau or role police\n", NULL);
    expect(HEAD PLAIN "addressees = role police\n", NULL); // a compact may have one of them
    expect(HEAD PLAIN "addressees = author of lead.discovered and role police\n", NULL); // they may be one
}

static void requirement_that_forbids_nothing_is_told(void **state)
{
    (void)state;
    struct procedure *procedure = parse(HEAD PLAIN REQUIREMENT(
        "R-1", "of = lead.assessment\nforbids = decision = start and decision != start\n"));
    struct lint_list list = {0};

    assert_int_equal(arena_new(1 << 20, &list.arena), 0);
    lint_procedure(procedure, &list);
    assert_int_equal(list.count, 1);
    assert_int_equal(list.items[0].line, procedure->requirements[0].line);
    assert_non_null(strstr(list.items[0].text, "requirement R-1: it forbids nothing"));
    procedure_free(&procedure);
    arena_free(&list.arena);
}

// A requirement with a condition rules something out only where the step's own condition implies it.
static void requirement_that_may_not_apply_rules_nothing_out(void **state)
{
    (void)state;
    expect(HEAD DUTY("meeting.call where author role = police", "author", "meeting.minutes")
               REQUIREMENT("R-1", "of = meeting.call where purpose = special\nfrom = bureau\n"),
           NULL);
    expect(HEAD DUTY("meeting.call where author role = police and purpose = special", "author",
                     "meeting.minutes")
               REQUIREMENT("R-1",
                           "of = meeting.call where purpose = special|conference\nfrom = bureau\n"),
           "nobody may be its author by requirement R-1");
    expect(HEAD DUTY("meeting.call where author role = police and purpose != special|conference",
                     "author", "meeting.minutes")
               REQUIREMENT("R-1", "of = meeting.call where purpose != special\nfrom = bureau\n"),
           "nobody may be its author by requirement R-1");
    expect(HEAD DUTY("meeting.call where author role = police and purpose != special", "author",
                     "meeting.minutes")
               REQUIREMENT("R-1", "of = meeting.call where purpose = special\nfrom = bureau\n"),
           NULL);
}

// ----------------------------------------------------------------------------------------- roles

static size_t count_unused(const char *text, const char *compact_text)
{
    struct procedure *procedure = parse(text);
    struct compact *compact = NULL;
    struct law_fault fault = {0};
    struct lint_list list = {0};

    assert_int_equal(arena_new(1 << 20, &list.arena), 0);
    assert_int_equal(compact_parse(law_text_of(compact_text), &compact, &fault), LAW_OK);
    lint_roles(procedure, (const struct compact *const *)&compact, 1, &list);
    for (size_t i = 0; i < list.count; i++) {
        assert_int_equal(list.items[i].line, 4);
        assert_non_null(strstr(list.items[i].text, "role police"));
    }
    procedure_free(&procedure);
    compact_free(&compact);
    arena_free(&list.arena);
    return list.count;
}

#define COMPACT(procedure)                                                                         \
    "[compact]\nid = c\ntitle = 机制\nprocedure = " procedure                                        \
    "\n[members]\na1 = bureau\na2 = township\n"

static void role_is_unused_if_no_rule_and_no_member_knows_it(void **state)
{
    static const char *const spoken[] = {
        HEAD DUTY("lead.notice where author role = police", "author", "lead.assessment"),
        HEAD DUTY("lead.notice", "author", "lead.assessment where addressee role = police"),
        HEAD PLAIN "ended_by = joint.report where author role = police\n",
        HEAD PLAIN "addressees = role police\n",
        HEAD PLAIN "silence = supervision.government-report to police\n",
        HEAD PLAIN REQUIREMENT("R-1", "of = lead.notice\nfrom = police\n"),
        HEAD PLAIN REQUIREMENT("R-1", "of = lead.notice\nto = police\n"),
        HEAD PLAIN REQUIREMENT("R-1", "of = lead.notice\nforbids = author role = police\n"),
        HEAD PLAIN REQUIREMENT("R-1", "of = lead.notice where author role = police\nofficers = 2\n"),
        HEAD PLAIN REQUIREMENT("R-1",
                               "of = joint.team\nafter = lead.notice where author role = police\n"),
    };
    (void)state;
    assert_int_equal(count_unused(HEAD PLAIN, COMPACT("p-1")), 1);
    assert_int_equal(count_unused(HEAD PLAIN, COMPACT("p-1") "a3 = police\n"), 0);
    assert_int_equal(count_unused(HEAD PLAIN, COMPACT("p-2")), 0); // another's members
    assert_int_equal(count_unused(HEAD PLAIN, COMPACT("p-2\nafter_expiry = p-1")), 1);
    assert_int_equal(count_unused(HEAD PLAIN, COMPACT("p-2\nafter_expiry = p-1") "a3 = police\n"), 0);
    for (size_t i = 0; i < sizeof spoken / sizeof spoken[0]; i++) {
        assert_int_equal(count_unused(spoken[i], COMPACT("p-1")), 0);
    }
}

static void role_that_a_requirement_keeps_out_may_not_make_the_kind(void **state)
{
    static const struct condition anything = {NULL, 0};
    struct procedure *procedure =
        parse(HEAD PLAIN REQUIREMENT("R-1", "of = lead.notice\nfrom = bureau\n"));
    (void)state;
    assert_true(lint_may_make(procedure, "lead.notice", &anything, "bureau"));
    assert_false(lint_may_make(procedure, "lead.notice", &anything, "police"));
    assert_true(lint_may_make(procedure, "lead.assessment", &anything, "police"));
    procedure_free(&procedure);
}

static void versions_overlap_by_a_day_at_least(void **state)
{
    static const struct {
        const char *left;
        const char *right;
        bool overlaps;
    } cases[] = {
        {"", "", true},
        {"valid_until = 2025-08-31\n", "valid_from = 2025-09-01\n", false},
        {"valid_until = 2025-09-01\n", "valid_from = 2025-09-01\n", true},
        {"valid_from = 2025-09-01\n", "valid_until = 2025-08-31\n", false},
        {"valid_from = 2025-01-01\nvalid_until = 2025-12-31\n", "", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char left[1024];
        char right[1024];
        snprintf(left, sizeof left, HEAD "%s" PLAIN, cases[i].left);
        snprintf(right, sizeof right, HEAD "%s" PLAIN, cases[i].right);
        struct procedure *one = parse(left);
        struct procedure *other = parse(right);
        assert_int_equal(lint_overlap(one, other), cases[i].overlaps);
        assert_int_equal(lint_overlap(other, one), cases[i].overlaps);
        procedure_free(&one);
        procedure_free(&other);
    }
}

static void a_list_that_does_not_fit_is_said_not_to_be_whole(void **state)
{
    struct procedure *procedure =
        parse(HEAD DUTY("lead.notice where author role = township", "author", "lead.notice")
                  REQUIREMENT("R-1", "of = lead.notice\nfrom = bureau\n"));
    struct lint_list list = {0};
    (void)state;
    assert_int_equal(arena_new(64, &list.arena), 0);
    lint_procedure(procedure, &list);
    assert_true(list.starved);
    procedure_free(&procedure);
    arena_free(&list.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_procedures_have_nothing_to_complain_of),
        cmocka_unit_test(opening_whose_author_a_requirement_rules_out_is_told),
        cmocka_unit_test(opening_that_may_go_to_nobody_is_told),
        cmocka_unit_test(condition_that_contradicts_itself_is_told),
        cmocka_unit_test(act_that_no_debtor_may_make_is_told),
        cmocka_unit_test(reply_that_must_answer_something_else_is_told),
        cmocka_unit_test(step_that_is_forbidden_is_told),
        cmocka_unit_test(creditors_that_do_not_hear_of_each_other_are_told),
        cmocka_unit_test(requirement_that_forbids_nothing_is_told),
        cmocka_unit_test(requirement_that_may_not_apply_rules_nothing_out),
        cmocka_unit_test(role_is_unused_if_no_rule_and_no_member_knows_it),
        cmocka_unit_test(role_that_a_requirement_keeps_out_may_not_make_the_kind),
        cmocka_unit_test(versions_overlap_by_a_day_at_least),
        cmocka_unit_test(a_list_that_does_not_fit_is_said_not_to_be_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
