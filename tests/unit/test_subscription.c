// SPDX-License-Identifier: Apache-2.0
//
// Subscriptions on which an officer of the publisher decides: what waits, what he may say, and what becomes of it at both ends.
#include "unit/published.h"
#include "unit/statute.h"

#include "rules/subscription.h"

static const char MEMBERS[] = "\n[members]\n";
static const char RULES_BEFORE[] = "\n[share warning]\nto = bureau\nbasis = 规定第三条\n"
                                   "\n[share inspection]\nto = all\nofficer_decides = township\nbasis = 规定第五条\n"
                                   "\n[members]\n";

static int make_decided(void **state)
{
    scene_make(state);
    struct scene *scene = *state;
    statute_amend(&scene->town, "compact", MEMBERS, RULES_BEFORE);
    for (size_t i = 0; i < scene->town.member_count; i++) {
        town_reload(&scene->town.members[i]);
    }
    return 0;
}

#define with_officers(test) cmocka_unit_test_setup_teardown(test, make_decided, scene_drop)

static const Record__SubscriptionSet *row_of(struct member *at, const struct member *with, const struct member *reader, const Control__Draft *request)
{
    return view_subscription(town_view(at), with->id, town_find(at, reader, request->id), at->town->arena);
}

// At both ends alike.
static void expect_state(struct scene *scene, const Control__Draft *request, enum subscription_state state)
{
    town_settle(&scene->town);
    assert_int_equal(row_of(scene->bureau, scene->township, scene->township, request)->state, state);
    assert_int_equal(row_of(scene->township, scene->bureau, scene->township, request)->state, state);
}

// What of two categories is given and what left out; NULL: nothing.
struct division {
    const char *granted[2];
    const char *left_out[2];
    int64_t until;
};

static struct bytes make_grant(struct town *town, const struct division *division, const char *kind)
{
    Body__Wanted wanted[2] = {BODY__WANTED__INIT, BODY__WANTED__INIT};
    Body__Wanted *granted[2] = {&wanted[0], &wanted[1]};
    Body__LeftOut left[2] = {BODY__LEFT_OUT__INIT, BODY__LEFT_OUT__INIT};
    Body__LeftOut *left_out[2] = {&left[0], &left[1]};
    Body__SubscriptionGrant grant = BODY__SUBSCRIPTION_GRANT__INIT;
    Body__SubscriptionRefusal refusal = BODY__SUBSCRIPTION_REFUSAL__INIT;
    grant.granted = granted;
    grant.left_out = refusal.left_out = left_out;
    grant.until = division->until;
    for (size_t i = 0; i < 2 && division->granted[i] != NULL; i++) {
        wanted[grant.n_granted++].category = (char *)(uintptr_t)division->granted[i];
    }
    for (size_t i = 0; i < 2 && division->left_out[i] != NULL; i++) {
        left[i].category = (char *)(uintptr_t)division->left_out[i];
        left[i].reason = "涉及在办案件";
        left[i].statute = "办法第二十七条";
        grant.n_left_out = refusal.n_left_out = i + 1;
    }
    return decode_pack(strcmp(kind, "subscription.grant") == 0 ? &grant.base : &refusal.base, town->arena);
}

static Control__Draft *make_decision(struct scene *scene, const char *kind, const Control__Draft *request, const struct division *division)
{
    static char *officer[] = {TOWN_OFFICER};
    Control__Draft *draft = town_draft(&scene->town, kind, scene->township->id, make_grant(&scene->town, division, kind));
    draft->in_reply_to = request->id;
    draft->officers = officer;
    draft->n_officers = 1;
    return draft;
}

static void decide(struct scene *scene, const char *kind, const Control__Draft *request, const struct division *division)
{
    town_submit(scene->bureau, make_decision(scene, kind, request, division));
    town_settle(&scene->town);
}

static void expect_refused(struct scene *scene, struct member *by, Control__Draft *draft, const char *code)
{
    struct event event = town_submission(&scene->town, &draft, 1);
    town_turn(by, &event, 1);
    const Control__SubmittedOne *one = town_answer(by)->results[0];
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, code);
}

static bool comes(struct scene *scene, const char *category)
{
    Control__Draft *item = published_by(scene->bureau, category);
    town_settle(&scene->town);
    return scene_held(scene->township, scene->bureau, item) != NULL;
}

static size_t count_waiting(struct member *at)
{
    Control__StatusAsk ask = CONTROL__STATUS_ASK__INIT;
    return town_ask(at, ROLE_OPERATOR, CONTROL__REQUEST__ASK_STATUS, &ask)->status->requests_waiting;
}

// ------------------------------------------------------------------------------------- waiting

static void nothing_is_given_before_an_officer_has_decided(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", "penalty", TOWN_BEGIN - TOWN_DAY);
    expect_state(scene, request, SUBSCRIPTION_ASKED);
    assert_false(comes(scene, "inspection"));
    assert_false(comes(scene, "penalty")); // what needs no officer waits with the rest
    town_restart(scene->bureau);
    expect_state(scene, request, SUBSCRIPTION_ASKED);
    assert_int_equal(count_waiting(scene->bureau), 1);
    assert_int_equal(count_waiting(scene->township), 0);
    decide(scene, "subscription.grant", request, &(struct division){.granted = {"inspection", "penalty"}});
    expect_state(scene, request, SUBSCRIPTION_ACTIVE);
    const struct event event = town_event(&scene->town, EVENT_PUBLISH_ON);
    town_turn(scene->bureau, &event, 1);
    town_settle(&scene->town);
    assert_int_equal(published_count(scene->township, scene->bureau), 2); // the past that was asked for
    assert_true(comes(scene, "inspection"));
    assert_true(comes(scene, "penalty"));
    assert_int_equal(count_waiting(scene->bureau), 0);
}

static void only_requests_of_the_roles_named_wait_and_only_for_what_they_may_have(void **state)
{
    struct scene *scene = *state;
    struct member *bureau = scene->bureau;
    published_subscribe(bureau, scene->township, "inspection", NULL, 0);
    Record__SubscriptionSet **rows;
    assert_int_equal(view_subscriptions(town_view(bureau), scene->township->id, scene->town.arena, &rows), 1);
    assert_int_equal(rows[0]->state, SUBSCRIPTION_ACTIVE);
    Control__Draft *other = published_subscribe(scene->township, bureau, "penalty", NULL, 0);
    expect_state(scene, other, SUBSCRIPTION_ACTIVE);
    Control__Draft *forbidden = published_subscribe(scene->township, bureau, "warning", NULL, 0);
    expect_state(scene, forbidden, SUBSCRIPTION_REFUSED);
}

static void what_waits_is_shown_with_what_the_rules_keep(void **state)
{
    struct scene *scene = *state;
    published_subscribe(scene->township, scene->bureau, "inspection", "warning", 0);
    Control__SubscriptionAsk ask = CONTROL__SUBSCRIPTION_ASK__INIT;
    ask.waiting_only = true;
    const Control__Subscriptions *answer =
        town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask)->subscriptions;
    assert_int_equal(answer->n_subscriptions, 1);
    const Control__SubscriptionView *row = answer->subscriptions[0];
    assert_int_equal(row->n_asked_for, 2);
    assert_int_equal(row->n_left_out, 1);
    assert_string_equal(row->left_out[0]->category, "warning");
    assert_string_equal(row->left_out[0]->statute, "规定第三条");
    answer = town_ask(scene->township, ROLE_OFFICER, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask)->subscriptions;
    assert_int_equal(answer->n_subscriptions, 0); // what we have asked for waits for others
}

// ------------------------------------------------------------------------------------- deciding

static void officer_gives_less_and_says_why(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", "penalty", 0);
    const int64_t until = scene->town.now + TOWN_DAY;
    decide(scene, "subscription.grant", request,
           &(struct division){.granted = {"penalty"}, .left_out = {"inspection"}, .until = until});
    expect_state(scene, request, SUBSCRIPTION_ACTIVE);
    assert_int_equal(row_of(scene->township, scene->bureau, scene->township, request)->until, until);
    assert_false(comes(scene, "inspection"));
    assert_true(comes(scene, "penalty"));
    scene->town.now = until + 1;
    assert_false(comes(scene, "penalty"));
}

static void officer_refuses_and_thinks_better_of_it(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", NULL, TOWN_BEGIN - TOWN_DAY);
    published_by(scene->bureau, "inspection");
    decide(scene, "subscription.refusal", request, &(struct division){.left_out = {"inspection"}});
    expect_state(scene, request, SUBSCRIPTION_REFUSED);
    assert_false(comes(scene, "inspection"));
    decide(scene, "subscription.grant", request, &(struct division){.granted = {"inspection"}});
    expect_state(scene, request, SUBSCRIPTION_ACTIVE);
    const struct event event = town_event(&scene->town, EVENT_PUBLISH_ON);
    town_turn(scene->bureau, &event, 1);
    town_settle(&scene->town);
    assert_int_equal(published_count(scene->township, scene->bureau), 2);
}

static void officer_decides_within_the_rules_on_all_that_was_asked_for(void **state)
{
    static const struct {
        const char *kind;
        struct division division;
        const char *code;
    } rows[] = {
        {"subscription.grant", {.granted = {"inspection"}}, "value"}, // and the other?
        {"subscription.grant", {.granted = {"inspection", "warning"}}, "sharing"},
        {"subscription.grant", {.granted = {"inspection", "inspection"}, .left_out = {"warning"}}, "value"},
        {"subscription.grant", {.granted = {"inspection"}, .left_out = {"inspection", "warning"}}, "value"},
        {"subscription.grant", {.granted = {"inspection", "penalty"}, .left_out = {"warning"}}, "value"},
        {"subscription.grant", {.granted = {"inspection"}, .left_out = {"warning"}, .until = TOWN_BEGIN - TOWN_DAY}, "value"},
        {"subscription.refusal", {.left_out = {"inspection"}}, "value"},
    };
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", "warning", 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        expect_refused(scene, scene->bureau, make_decision(scene, rows[i].kind, request, &rows[i].division), rows[i].code);
    }
    const struct division sound = {.granted = {"inspection"}, .left_out = {"warning"}};
    Control__Draft *unnamed = make_decision(scene, "subscription.grant", request, &sound);
    unnamed->n_officers = 0;
    expect_refused(scene, scene->bureau, unnamed, "officer");
    Control__Draft *elsewhere = make_decision(scene, "subscription.grant", request, &sound);
    elsewhere->to[0] = scene->other->id;
    expect_refused(scene, scene->bureau, elsewhere, "reply");
    Control__Draft *own = make_decision(scene, "subscription.grant", request, &sound);
    own->to[0] = scene->bureau->id;
    expect_refused(scene, scene->township, own, "reply"); // he who asks does not grant
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    expect_refused(scene, scene->bureau, make_decision(scene, "subscription.grant", notice, &sound), "reply");
    decide(scene, "subscription.grant", request, &sound);
    expect_state(scene, request, SUBSCRIPTION_ACTIVE);
    const struct division nothing = {.left_out = {"inspection", "warning"}};
    expect_refused(scene, scene->bureau, make_decision(scene, "subscription.refusal", request, &nothing), "state");
    published_end(scene->bureau, scene->township->id, request);
    expect_state(scene, request, SUBSCRIPTION_ENDED);
    expect_refused(scene, scene->bureau, make_decision(scene, "subscription.grant", request, &sound), "state");
}

static void nobody_is_given_longer_than_he_asked(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Body__Wanted wanted = BODY__WANTED__INIT;
    Body__Wanted *list[] = {&wanted};
    Body__SubscriptionRequest body = BODY__SUBSCRIPTION_REQUEST__INIT;
    wanted.category = "inspection";
    body.wanted = list;
    body.n_wanted = 1;
    body.until = town->now + TOWN_DAY;
    body.purpose = "日常监管";
    Control__Draft *request = town_draft(town, "subscription.request", scene->bureau->id, decode_pack(&body.base, town->arena));
    town_submit(scene->township, request);
    town_settle(town);
    expect_refused(scene, scene->bureau, make_decision(scene, "subscription.grant", request, &(struct division){.granted = {"inspection"}}), "value");
    decide(scene, "subscription.grant", request, &(struct division){.granted = {"inspection"}, .until = body.until});
    expect_state(scene, request, SUBSCRIPTION_ACTIVE);
}

// A publisher that does not keep to it makes nobody take in what he has not asked for.
static void grant_of_more_than_was_asked_for_is_overlooked(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", NULL, 0);
    const struct division wide = {.granted = {"inspection", "penalty"}};
    const struct bytes body = make_grant(town, &wide, "subscription.grant");
    Wire__Header *header = town_header(scene->bureau, "subscription.grant", scene->township->id, body);
    Wire__Reference *reference = arena_take(town->arena, sizeof *reference);
    const struct held *held = scene_held(scene->township, scene->township, request);
    wire__reference__init(reference);
    reference->author = scene->township->id;
    reference->id = held->header->id;
    reference->leaf = held->leaf;
    reference->kind = held->header->kind;
    header->matter = held->header->matter;
    header->in_reply_to = reference;
    const struct stream_place known = scene_incoming(scene->township, scene->bureau);
    const struct town_item item = {FRAME_NUMBERED, town_forge(scene->bureau, header, body)};
    town_receive(scene->township, scene->bureau,
                 town_pack_stream(town, STREAM_DIRECT, view_state(town_view(scene->bureau))->epoch, known.last + 1, &item, 1));
    const Record__SubscriptionSet *row = row_of(scene->township, scene->bureau, scene->township, request);
    assert_int_equal(row->state, SUBSCRIPTION_ACTIVE);
    assert_int_equal(row->n_categories, 1);
    assert_string_equal(row->categories[0], "inspection");
}

// ------------------------------------------------------------------------------------- afterwards

// A narrower grant comes another way than the items, and may come before what was given by the wider one.
static void item_given_before_a_narrower_grant_is_held_after_it(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", "penalty", 0);
    decide(scene, "subscription.grant", request, &(struct division){.granted = {"inspection", "penalty"}});
    Control__Draft *item = published_by(scene->bureau, "inspection");
    town->now += TOWN_HOUR;
    decide(scene, "subscription.grant", request, &(struct division){.granted = {"penalty"}, .left_out = {"inspection"}}); // direct goes first
    assert_int_equal(row_of(scene->township, scene->bureau, scene->township, request)->n_categories, 1);
    assert_non_null(scene_held(scene->township, scene->bureau, item));
    town->now += TOWN_HOUR;
    assert_false(comes(scene, "inspection"));
    assert_true(comes(scene, "penalty"));
}

static void renewal_waits_and_the_earlier_one_lasts_until_it_is_granted(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *first = published_subscribe(scene->township, scene->bureau, "inspection", NULL, 0);
    decide(scene, "subscription.grant", first, &(struct division){.granted = {"inspection"}});
    Control__Draft *second =
        town_draft(town, "subscription.request", scene->bureau->id, published_request(town, "inspection", "penalty", 0));
    second->in_reply_to = first->id;
    town_submit(scene->township, second);
    expect_state(scene, second, SUBSCRIPTION_ASKED);
    expect_state(scene, first, SUBSCRIPTION_ACTIVE);
    assert_true(comes(scene, "inspection"));
    assert_false(comes(scene, "penalty"));
    Control__Draft *third = town_draft(town, "subscription.request", scene->bureau->id, published_request(town, "inspection", NULL, 0));
    third->in_reply_to = second->id; // he has thought better of what still waits
    town_submit(scene->township, third);
    town_settle(town);
    decide(scene, "subscription.grant", third, &(struct division){.granted = {"inspection"}});
    expect_state(scene, third, SUBSCRIPTION_ACTIVE);
    expect_state(scene, second, SUBSCRIPTION_ENDED);
    assert_int_equal(count_waiting(scene->bureau), 0);
}

static void request_that_waits_can_be_ended_or_recalled(void **state)
{
    struct scene *scene = *state;
    const struct division all = {.granted = {"inspection"}};
    Control__Draft *ended = published_subscribe(scene->township, scene->bureau, "inspection", NULL, 0);
    published_end(scene->township, scene->bureau->id, ended);
    expect_state(scene, ended, SUBSCRIPTION_ENDED);
    Control__Draft *recalled = published_subscribe(scene->township, scene->bureau, "inspection", NULL, 0);
    Control__Draft *recall = town_draft(&scene->town, "recall", scene->bureau->id, lead_recall(scene->town.arena));
    recall->in_reply_to = recalled->id;
    town_submit(scene->township, recall);
    expect_state(scene, recalled, SUBSCRIPTION_ENDED);
    expect_refused(scene, scene->bureau, make_decision(scene, "subscription.grant", recalled, &all), "state");
    assert_false(comes(scene, "inspection"));
    assert_int_equal(count_waiting(scene->bureau), 0);
}

// The end and the grant cross; at both ends it has ended.
static void end_that_crosses_the_grant_stands(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "inspection", NULL, 0);
    published_end(scene->township, scene->bureau->id, request);
    town_submit(scene->bureau, make_decision(scene, "subscription.grant", request, &(struct division){.granted = {"inspection"}}));
    expect_state(scene, request, SUBSCRIPTION_ENDED);
    assert_false(comes(scene, "inspection"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_officers(nothing_is_given_before_an_officer_has_decided),
        with_officers(only_requests_of_the_roles_named_wait_and_only_for_what_they_may_have),
        with_officers(what_waits_is_shown_with_what_the_rules_keep),
        with_officers(officer_gives_less_and_says_why),
        with_officers(officer_refuses_and_thinks_better_of_it),
        with_officers(officer_decides_within_the_rules_on_all_that_was_asked_for),
        with_officers(nobody_is_given_longer_than_he_asked),
        with_officers(grant_of_more_than_was_asked_for_is_overlooked),
        with_officers(item_given_before_a_narrower_grant_is_held_after_it),
        with_officers(renewal_waits_and_the_earlier_one_lasts_until_it_is_granted),
        with_officers(request_that_waits_can_be_ended_or_recalled),
        with_officers(end_that_crosses_the_grant_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
