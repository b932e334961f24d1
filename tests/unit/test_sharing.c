// SPDX-License-Identifier: Apache-2.0
//
// Publications: whom they go to, and which of others' are taken in.
#include "unit/published.h"
#include "unit/statute.h"

#include "dispatch/outbox.h"
#include "rules/subscription.h"
#include "wire/identity.h"

#include "wire/codes.h"

enum { MANY_ITEMS = 600 }; // more than two portions

static const char RULES[] = "\n[members]\n";
static const char RULES_BEFORE[] = "\n[share warning]\nto = bureau\nbasis = 规定第三条\n"
                                   "\n[share complaint]\nto = all\ninternal = bureau\nbasis = 三、（一）3\n"
                                   "\n[share permit]\nto = all\nofficer_decides = township\nbasis = 规定第五条\n"
                                   "\n[share law]\nto = all\ninternal = none\nbasis = 规定第四条\n"
                                   "\n[members]\n";

// What each category's rule lets a role have, unmarked and marked 内部.
static const struct permission {
    const char *category;
    bool bureau[2];
    bool township[2];
} permissions[] = {
    {"penalty", {true, true}, {true, true}},
    {"warning", {true, true}, {false, false}},
    {"complaint", {true, true}, {true, false}},
    {"law", {true, false}, {true, false}},
    {"permit", {true, true}, {false, false}}, // no officer has decided
};

enum { PERMISSIONS = sizeof permissions / sizeof permissions[0] };

static int make_ruled(void **state)
{
    scene_make(state);
    struct scene *scene = *state;
    statute_amend(&scene->town, "compact", RULES, RULES_BEFORE);
    for (size_t i = 0; i < scene->town.member_count; i++) {
        town_reload(&scene->town.members[i]);
    }
    return 0;
}

#define with_rules(test) cmocka_unit_test_setup_teardown(test, make_ruled, scene_drop)

static const Record__SubscriptionSet *only_row(struct member *at, const struct member *with)
{
    Record__SubscriptionSet **rows;
    assert_int_equal(view_subscriptions(town_view(at), with->id, at->town->arena, &rows), 1);
    return rows[0];
}

static void go_on(struct member *member)
{
    for (int i = 0; i < 20 && town_has_release(member, RELEASE_PUBLISH_ON); i++) {
        const struct event event = town_event(member->town, EVENT_PUBLISH_ON);
        town_turn(member, &event, 1);
    }
    assert_false(town_has_release(member, RELEASE_PUBLISH_ON));
}

// However little is left to look at.
static void catch_up(struct member *member)
{
    const struct event event = town_event(member->town, EVENT_PUBLISH_ON);
    town_turn(member, &event, 1);
    go_on(member);
}

// ------------------------------------------------------------------------------------- what goes out

static void item_goes_to_subscribers_of_its_category_once(void **state)
{
    struct scene *scene = *state;
    published_subscribe(scene->township, scene->bureau, "penalty", "law", 0);
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    published_subscribe(scene->other, scene->bureau, "permit", NULL, 0);
    Control__Draft *item = published_by(scene->bureau, "penalty");
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_QUEUED), 1);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_STATEMENT), 1);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, item));
    assert_null(scene_held(scene->other, scene->bureau, item));
    assert_true(scene_has_body(scene->township, scene->bureau, item));
}

static void publication_cites_nothing_of_its_matter(void **state)
{
    struct scene *scene = *state;
    published_subscribe(scene->other, scene->bureau, "penalty", NULL, 0);
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    Control__Draft *item = published_draft(&scene->town, "penalty", "");
    item->matter = notice->id;
    town_submit(scene->bureau, item);
    town_settle(&scene->town);
    assert_int_equal(scene_held(scene->other, scene->bureau, item)->header->n_cites, 0);
    assert_null(scene_held(scene->other, scene->bureau, notice));
}

// What is published while the past is still being looked at comes behind it, in order and once.
static void past_comes_in_portions_in_order_and_once(void **state)
{
    struct scene *scene = *state;
    uint64_t positions[MANY_ITEMS + 1];
    for (size_t i = 0; i < MANY_ITEMS; i++) {
        Control__Draft *draft = published_draft(&scene->town, "penalty", "");
        positions[i] = town_submit(scene->bureau, draft)->position;
    }
    Control__Draft *request =
        town_draft(&scene->town, "subscription.request", scene->bureau->id, published_request(&scene->town, "penalty", NULL, TOWN_BEGIN - TOWN_DAY));
    town_submit(scene->township, request);
    town_receive(scene->bureau, scene->township, town_take(scene->township, scene->bureau));
    assert_true(town_has_release(scene->bureau, RELEASE_PUBLISH_ON));
    const struct event event = town_event(&scene->town, EVENT_PUBLISH_ON);
    town_turn(scene->bureau, &event, 1);
    assert_int_not_equal(only_row(scene->bureau, scene->township)->place, 0);
    positions[MANY_ITEMS] = town_submit(scene->bureau, published_draft(&scene->town, "penalty", ""))->position;
    town_restart(scene->bureau);
    const struct event again = town_event(&scene->town, EVENT_PUBLISH_ON);
    town_turn(scene->bureau, &again, 1);
    go_on(scene->bureau);
    assert_int_equal(only_row(scene->bureau, scene->township)->place, 0);

    struct view *view = town_view(scene->bureau);
    struct stream_place place = view_outgoing(view, scene->township->id, STREAM_PUBLISHED, scene->town.arena);
    assert_int_equal(place.last, MANY_ITEMS + 1);
    for (size_t i = 0; i <= MANY_ITEMS; i++) {
        assert_int_equal(view_outbox(view, scene->township->id, STREAM_PUBLISHED, place.epoch, i + 1), positions[i]);
    }
    town_settle(&scene->town);
    assert_int_equal(published_count(scene->township, scene->bureau), MANY_ITEMS + 1);
}

// Whoever has had a part of the past when the subscription ends is still told what was said of that part.
static void correction_of_the_past_comes_though_the_subscription_ended(void **state)
{
    struct scene *scene = *state;
    Control__Draft *first = published_by(scene->bureau, "penalty");
    for (size_t i = 1; i < MANY_ITEMS; i++) {
        published_by(scene->bureau, "penalty");
    }
    Control__Draft *correction = town_draft(&scene->town, "correction", NULL, published_correction(&scene->town));
    correction->in_reply_to = first->id;
    town_submit(scene->bureau, correction);
    Control__Draft *request =
        town_draft(&scene->town, "subscription.request", scene->bureau->id, published_request(&scene->town, "penalty", NULL, TOWN_BEGIN - TOWN_DAY));
    town_submit(scene->township, request);
    town_receive(scene->bureau, scene->township, town_take(scene->township, scene->bureau));
    const struct event event = town_event(&scene->town, EVENT_PUBLISH_ON);
    town_turn(scene->bureau, &event, 1); // one portion, and then it ends
    published_end(scene->bureau, scene->township->id, request);
    town_turn(scene->bureau, &event, 1);
    go_on(scene->bureau);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, first));
    assert_non_null(scene_held(scene->township, scene->bureau, correction));
    assert_in_range(published_count(scene->township, scene->bureau), 2, MANY_ITEMS / 2);
    assert_int_equal(only_row(scene->bureau, scene->township)->place, 0);
}

static void recalled_past_is_not_offered_and_its_recall_neither(void **state)
{
    struct scene *scene = *state;
    Control__Draft *item = published_by(scene->bureau, "penalty");
    Control__Draft *recall = town_draft(&scene->town, "recall", NULL, lead_recall(scene->town.arena));
    recall->in_reply_to = item->id;
    town_submit(scene->bureau, recall);
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, TOWN_BEGIN - TOWN_DAY);
    go_on(scene->bureau);
    town_settle(&scene->town);
    assert_int_equal(published_count(scene->township, scene->bureau), 0);
}

// A drill that is published goes to nobody, and so it does later.
static void drill_of_the_past_is_offered_to_nobody(void **state)
{
    struct scene *scene = *state;
    Control__Draft *item = published_draft(&scene->town, "penalty", "");
    item->drill = true;
    town_submit(scene->bureau, item);
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, TOWN_BEGIN - TOWN_DAY);
    go_on(scene->bureau);
    town_settle(&scene->town);
    assert_int_equal(published_count(scene->township, scene->bureau), 0);
}

static void recall_that_overtakes_keeps_the_body_at_home(void **state)
{
    struct scene *scene = *state;
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    Control__Draft *item = published_by(scene->bureau, "penalty");
    Control__Draft *recall = town_draft(&scene->town, "recall", NULL, lead_recall(scene->town.arena));
    recall->in_reply_to = item->id;
    town_submit(scene->bureau, recall);
    town_settle(&scene->town);
    assert_true(view_has_mark(scene_held(scene->township, scene->bureau, item), "recalled"));
    assert_false(scene_has_body(scene->township, scene->bureau, item));
}

// ------------------------------------------------------------------------------------- what may be had

// Each member asks for everything; what it gets is what its role may have.
static void permission_holds_by_category_role_and_mark(void **state)
{
    struct scene *scene = *state;
    struct member *const readers[] = {scene->bureau, scene->township};
    struct member *const publishers[] = {scene->township, scene->bureau};
    for (size_t r = 0; r < 2; r++) {
        for (size_t i = 0; i < PERMISSIONS; i++) {
            published_subscribe(readers[r], publishers[r], permissions[i].category, NULL, 0);
        }
        for (size_t i = 0; i < 2 * PERMISSIONS; i++) {
            const struct permission *permission = &permissions[i / 2];
            Control__Draft *item = published_draft(&scene->town, permission->category, i % 2 == 0 ? "" : "内部");
            town_submit(publishers[r], item);
            town_settle(&scene->town);
            bool expected = (r == 0 ? permission->bureau : permission->township)[i % 2];
            bool came = scene_held(readers[r], publishers[r], item) != NULL;
            if (came != expected) {
                fail_msg("%s%s at %s: came %d", permission->category, i % 2 == 0 ? "" : " 内部", readers[r]->id, came);
            }
            assert_int_equal(view_peer_state(town_view(publishers[r]), readers[r]->id, scene->town.arena)->refused_out, 0); // it never left
        }
    }
}

static const char *outcome_of(struct member *at, struct member *publisher, uint32_t stream, const char *kind, const char *to, struct bytes body,
                              const char *mark)
{
    struct town *town = at->town;
    Wire__Header *header = town_header(publisher, kind, to, body);
    header->handling = (char *)(uintptr_t)mark;
    struct stream_place known = view_incoming(town_view(at), publisher->id, stream, town->arena);
    uint64_t epoch = view_state(town_view(publisher))->epoch;
    uint64_t next = known.epoch == epoch ? known.last + 1 : 1;
    const struct town_item item = {FRAME_NUMBERED, town_forge(publisher, header, body)};
    town_receive(at, publisher, town_pack_stream(town, stream, epoch, next, &item, 1));
    const Record__StreamMoved *moved = view_inbox(town_view(at), publisher->id, stream, epoch, next, town->arena);
    return moved == NULL ? "not decided" : moved->refusal_code;
}

// A publisher that lets out what its rules forbid is refused by the reader's own copy of them.
static void receiver_refuses_what_it_may_not_have(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *request = town_draft(town, "subscription.request", scene->bureau->id, published_request(town, "warning", "complaint", 0));
    town_submit(scene->township, request); // the answer never comes, so what was asked for stands
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, published_item(town, "warning", "预警"), ""),
                        "sharing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, published_item(town, "complaint", "投诉"), "内部"),
                        "sharing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, published_item(town, "complaint", "投诉"), ""),
                        "");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, published_item(town, "permit", "许可"), ""),
                        "subscription");
}

static void nothing_but_publications_goes_their_stream_and_they_no_other(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    const struct bytes item = published_item(town, "penalty", "处罚");
    const struct bytes note = lead_note(town->arena, "请知悉");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_DIRECT, "info.shared", NULL, item, ""), "addressing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "note", scene->township->id, note, ""), "addressing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", scene->township->id, item, ""), "addressing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, 2, "info.shared", NULL, item, ""), "addressing");
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, item, ""), "");
    assert_string_equal(outcome_of(scene->other, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL, item, ""), "subscription");
}

static void request_is_narrowed_or_refused_with_the_statute(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "penalty", "warning", 0);
    const Record__SubscriptionSet *row = only_row(scene->township, scene->bureau);
    assert_int_equal(row->state, SUBSCRIPTION_ACTIVE);
    assert_int_equal(row->n_categories, 1);
    assert_string_equal(row->categories[0], "penalty");
    const struct held *grant = view_statement(town_view(scene->township), row->by, scene->town.arena);
    const uint8_t *salt;
    struct bytes content;
    assert_true(view_part(town_view(scene->township), grant->position, 1, scene->town.arena, &salt, &content));
    Body__SubscriptionGrant *body = body__subscription_grant__unpack(arena_allocator(scene->town.arena), content.size, content.data);
    assert_int_equal(body->n_left_out, 1);
    assert_string_equal(body->left_out[0]->statute, "规定第三条");
    published_end(scene->township, scene->bureau->id, request);
    town_settle(&scene->town);
    Control__Draft *refused = published_subscribe(scene->township, scene->bureau, "warning", NULL, 0);
    uint64_t position = town_find(scene->township, scene->township, refused->id);
    assert_int_equal(view_subscription(town_view(scene->township), scene->bureau->id, position, scene->town.arena)->state, SUBSCRIPTION_REFUSED);
}

// The answer goes the direct stream; an item may be there before it.
static void item_may_come_before_the_grant_and_after_the_end(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = town_draft(&scene->town, "subscription.request", scene->bureau->id, published_request(&scene->town, "penalty", NULL, 0));
    town_submit(scene->township, request);
    town_receive(scene->bureau, scene->township, town_take(scene->township, scene->bureau));
    struct bytes receipt = town_said(scene->bureau, scene->township);
    Control__Draft *first = published_by(scene->bureau, "penalty");
    struct view *view = town_view(scene->bureau);
    struct stream_place place = view_outgoing(view, scene->township->id, STREAM_PUBLISHED, scene->town.arena);
    const struct outbox_request ask = {
        scene->township->id, STREAM_PUBLISHED, place.epoch, 1, 1, LIMIT_FRAME_BYTES,
    };
    town_receive(scene->township, scene->bureau, outbox_take(view, &ask, scene->town.arena).frame);
    assert_non_null(scene_held(scene->township, scene->bureau, first));
    town_receive(scene->township, scene->bureau, receipt);
    town_settle(&scene->town);
    assert_int_equal(only_row(scene->township, scene->bureau)->state, SUBSCRIPTION_ACTIVE);

    published_end(scene->township, scene->bureau->id, request); // and an item that is sealed before it arrives
    scene->town.now += TOWN_HOUR;
    Control__Draft *second = published_by(scene->bureau, "penalty");
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, second));
    assert_int_equal(only_row(scene->bureau, scene->township)->state, SUBSCRIPTION_ENDED);
    scene->town.now += TOWN_HOUR;
    Control__Draft *third = published_by(scene->bureau, "penalty");
    town_settle(&scene->town);
    assert_null(scene_held(scene->township, scene->bureau, third));
    assert_string_equal(outcome_of(scene->township, scene->bureau, STREAM_PUBLISHED, "info.shared", NULL,
                                   published_item(&scene->town, "penalty", "处罚"), ""),
                        "subscription");
}

static void restored_publisher_offers_again_what_was_not_receipted(void **state)
{
    struct scene *scene = *state;
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    Control__Draft *waiting = published_by(scene->bureau, "penalty");
    town_save(scene->bureau);
    town_settle(&scene->town);
    published_by(scene->bureau, "penalty");
    town_settle(&scene->town);
    town_restore(scene->bureau);
    const struct event hello = town_greeting(scene->bureau, scene->township);
    town_turn(scene->bureau, &hello, 1);
    assert_true(town_has_alarm(scene->bureau, "restored", scene->township->id));
    Control__Draft *fresh = published_by(scene->bureau, "penalty");
    struct stream_place place = view_outgoing(town_view(scene->bureau), scene->township->id, STREAM_PUBLISHED, scene->town.arena);
    assert_int_equal(place.epoch, view_state(town_view(scene->bureau))->epoch);
    assert_int_equal(place.last, 2);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, waiting));
    assert_non_null(scene_held(scene->township, scene->bureau, fresh));
    place = view_outgoing(town_view(scene->bureau), scene->township->id, STREAM_PUBLISHED, scene->town.arena);
    assert_int_equal(place.settled, 2);
}

static void subscription_to_after_what_was_never_published_is_refused(void **state)
{
    struct scene *scene = *state;
    Body__Wanted wanted = BODY__WANTED__INIT;
    Body__Wanted *list[] = {&wanted};
    Body__SubscriptionRequest body = BODY__SUBSCRIPTION_REQUEST__INIT;
    wanted.category = "penalty";
    body.wanted = list;
    body.n_wanted = 1;
    body.purpose = "日常监管";
    body.after = "01890a5d-ac96-774b-bcce-b302099a8057";
    const struct bytes packed = decode_pack(&body.base, scene->town.arena);
    assert_string_equal(outcome_of(scene->bureau, scene->township, STREAM_DIRECT, "subscription.request", scene->bureau->id, packed, ""), "not-found");
}

// A request with everything that can narrow it, and which of eight items fit.
static void filters_hold_one_by_one(void **state)
{
    static const struct {
        const char *region;
        const char *code;
        bool in_matter;
        int64_t since;
        int64_t until;
        const char *fits; // a letter an item: y, n
    } rows[] = {
        {"", "", false, 0, 0, "yyyyyyyn"},
        {"653126", "", false, 0, 0, "ynyyyyyn"}, // items that name no region are of their author's
        {"653100", "", false, 0, 0, "ynyyyyyn"},
        {"650000", "", false, 0, 0, "yyyyyyyn"},
        {"371082", "", false, 0, 0, "nnnnnnnn"},
        {"", "91350100M000100Y43", false, 0, 0, "nnynnnnn"},
        {"", "", true, 0, 0, "nnnynnnn"},
        {"", "", false, TOWN_BEGIN - TOWN_DAY, 0, "yyyynyyn"},
        {"", "", false, 0, TOWN_BEGIN + TOWN_HOUR, "yyyyynnn"},
    };
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *requests[sizeof rows / sizeof rows[0]];
    Control__Draft *notice = scene_notice(scene);
    char matter[IDENTITY_TEXT_BYTES];
    identity_format_id(notice->id.data, matter);
    town_submit(scene->bureau, notice);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Body__Wanted wanted = BODY__WANTED__INIT;
        Body__Wanted *list[] = {&wanted};
        Body__SubscriptionRequest body = BODY__SUBSCRIPTION_REQUEST__INIT;
        wanted.category = "penalty";
        body.wanted = list;
        body.n_wanted = 1;
        body.region = (char *)(uintptr_t)rows[i].region;
        body.credit_code = (char *)(uintptr_t)rows[i].code;
        body.matter = rows[i].in_matter ? matter : "";
        body.since = rows[i].since;
        body.until = rows[i].until;
        body.purpose = "日常监管";
        requests[i] = town_draft(town, "subscription.request", scene->bureau->id, decode_pack(&body.base, town->arena));
        town_submit(scene->township, requests[i]);
        town_settle(town);
        catch_up(scene->bureau);
        uint64_t before = view_outgoing(town_view(scene->bureau), scene->township->id, STREAM_PUBLISHED, town->arena).last;
        for (size_t j = 0; j < 8; j++) {
            Body__InfoShared shared = BODY__INFO_SHARED__INIT;
            Body__Subject subject = BODY__SUBJECT__INIT;
            subject.name = "喀什某某商贸有限公司";
            subject.credit_code = "91350100M000100Y43";
            shared.category = j == 7 ? "law" : "penalty";
            shared.formed_at = j == 4 ? TOWN_BEGIN - 3 * TOWN_DAY : TOWN_BEGIN - TOWN_HOUR;
            shared.title = "行政处罚决定";
            shared.text = "罚款五千元。";
            shared.region = j == 0 ? "653126" : j == 1 ? "652901" : "";
            shared.subject = j == 2 ? &subject : NULL;
            Control__Draft *item = town_draft(town, "info.shared", NULL, decode_pack(&shared.base, town->arena));
            item->matter = j == 3 ? notice->id : item->matter;
            if (j == 5 && rows[i].until != 0) {
                town->now = TOWN_BEGIN + 2 * TOWN_HOUR;
            }
            town_submit(scene->bureau, item);
            uint64_t last = view_outgoing(town_view(scene->bureau), scene->township->id, STREAM_PUBLISHED, town->arena).last;
            bool came = last > before;
            bool expected = rows[i].fits[j] == 'y';
            before = last;
            if (came != expected) {
                fail_msg("row %zu, item %zu: came %d", i, j, came);
            }
        }
        town_settle(town);
        published_end(scene->township, scene->bureau->id, requests[i]);
        town_settle(town);
    }
}

static size_t count_listed(struct member *at, enum client_role role, const char *peer, bool ended_too)
{
    Control__SubscriptionAsk ask = CONTROL__SUBSCRIPTION_ASK__INIT;
    ask.peer = (char *)(uintptr_t)peer;
    ask.ended_too = ended_too;
    const Control__Reply *reply = town_ask(at, role, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_SUBSCRIPTIONS);
    return reply->subscriptions->n_subscriptions;
}

static void subscriptions_are_listed_at_both_ends_with_how_far_they_have_come(void **state)
{
    struct scene *scene = *state;
    Control__Draft *request = published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    published_subscribe(scene->other, scene->bureau, "penalty", NULL, 0);
    published_by(scene->bureau, "penalty");
    Control__SubscriptionAsk ask = CONTROL__SUBSCRIPTION_ASK__INIT;
    ask.peer = scene->township->id;
    const Control__SubscriptionView *row =
        town_ask(scene->bureau, ROLE_OPERATOR, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask)->subscriptions->subscriptions[0];
    assert_string_equal(row->side, "publisher");
    assert_string_equal(row->state, "active");
    assert_int_equal(row->queued, 1);
    assert_int_equal(row->arrived, 0);
    town_settle(&scene->town);
    row = town_ask(scene->bureau, ROLE_OPERATOR, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask)->subscriptions->subscriptions[0];
    assert_int_equal(row->arrived, 1);
    ask.peer = scene->bureau->id;
    row = town_ask(scene->township, ROLE_OFFICER, CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &ask)->subscriptions->subscriptions[0];
    assert_string_equal(row->side, "subscriber");
    assert_int_equal(row->arrived, 1);
    assert_int_equal(row->request.len, ID_BYTES);
    assert_int_equal(count_listed(scene->bureau, ROLE_OFFICER, "", false), 2);
    published_end(scene->township, scene->bureau->id, request);
    town_settle(&scene->town);
    assert_int_equal(count_listed(scene->bureau, ROLE_OFFICER, "", false), 1);
    assert_int_equal(count_listed(scene->bureau, ROLE_OFFICER, "", true), 2);
    assert_int_equal(count_listed(scene->bureau, ROLE_OFFICER, "an-agency-with-a-name-that-is-far-too-long", true), 0);
}

static struct bytes make_entry(struct scene *scene, const char *title, const char *category)
{
    Body__CatalogueEntry body = BODY__CATALOGUE_ENTRY__INIT;
    body.title = (char *)(uintptr_t)title;
    body.category = (char *)(uintptr_t)category;
    body.fields = "文号、主体";
    body.rhythm = "at-once";
    body.access = "both";
    body.viewers = "全体成员";
    body.basis = "规定";
    return decode_pack(&body.base, scene->town.arena);
}

static size_t count_entries(struct member *at, const char *text, const char *category, const char *author)
{
    Control__CatalogueAsk ask = CONTROL__CATALOGUE_ASK__INIT;
    ask.text = (char *)(uintptr_t)text;
    ask.category = (char *)(uintptr_t)category;
    ask.author = (char *)(uintptr_t)author;
    return town_ask(at, ROLE_OFFICER, CONTROL__REQUEST__ASK_CATALOGUE, &ask)->messages->n_messages;
}

static void catalogue_is_searched_as_it_stands(void **state)
{
    struct scene *scene = *state;
    Control__Draft *penalties = town_draft(&scene->town, "catalogue.entry", NULL, make_entry(scene, "行政处罚", "penalty"));
    Control__Draft *inspections = town_draft(&scene->town, "catalogue.entry", NULL, make_entry(scene, "市场巡查", "inspection"));
    town_submit(scene->bureau, penalties);
    town_submit(scene->township, inspections);
    town_settle(&scene->town);
    struct member *at = scene->bureau;
    assert_int_equal(count_entries(at, "", "", ""), 2);
    assert_int_equal(count_entries(at, "处罚", "", ""), 1);
    assert_int_equal(count_entries(at, "文号", "", ""), 2);
    assert_int_equal(count_entries(at, "全体", "", ""), 2);
    assert_int_equal(count_entries(at, "规定", "", ""), 2);
    assert_int_equal(count_entries(at, "没有", "", ""), 0);
    assert_int_equal(count_entries(at, "", "penalty", ""), 1);
    assert_int_equal(count_entries(at, "", "", scene->township->id), 1);
    Control__Draft *newer = town_draft(&scene->town, "catalogue.entry", NULL, make_entry(scene, "行政处罚和执行", "penalty"));
    newer->in_reply_to = penalties->id;
    town_submit(scene->bureau, newer);
    Control__Draft *recall = town_draft(&scene->town, "recall", NULL, lead_recall(scene->town.arena));
    recall->in_reply_to = inspections->id;
    town_submit(scene->township, recall);
    town_settle(&scene->town);
    assert_int_equal(count_entries(at, "", "", ""), 1);
    assert_int_equal(count_entries(at, "执行", "", ""), 1);
}

static void expect_own_refused(struct scene *scene, Control__Draft *draft, const char *code)
{
    struct event event = town_submission(&scene->town, &draft, 1);
    town_turn(scene->bureau, &event, 1);
    const Control__SubmittedOne *one = town_answer(scene->bureau)->results[0];
    assert_string_equal(one->outcome, "refused");
    assert_string_equal(one->refusal->code, code);
}

static void what_follows_a_publication_is_addressed_to_nobody_and_entries_replace_entries(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *item = published_by(scene->bureau, "penalty");
    Control__Draft *draft = town_draft(town, "recall", scene->township->id, lead_recall(town->arena));
    draft->in_reply_to = item->id;
    expect_own_refused(scene, draft, "addressing");
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    draft = town_draft(town, "recall", NULL, lead_recall(town->arena));
    draft->in_reply_to = notice->id;
    expect_own_refused(scene, draft, "addressing");
    draft = town_draft(town, "catalogue.entry", NULL, make_entry(scene, "行政处罚", "penalty"));
    draft->in_reply_to = item->id;
    expect_own_refused(scene, draft, "addressing");
    draft = town_draft(town, "info.shared", NULL, published_item(town, "penalty", "处罚"));
    town_add_copy(town, draft, scene->township->id);
    expect_own_refused(scene, draft, "addressing");
    expect_own_refused(scene, town_draft(town, "note", NULL, lead_note(town->arena, "请知悉")), "addressing");
}

static void catalogue_reaches_members_that_become_known_later(void **state)
{
    struct scene *scene = *state;
    Control__Draft *entry = town_draft(&scene->town, "catalogue.entry", NULL, make_entry(scene, "行政处罚", "penalty"));
    town_submit(scene->bureau, entry);
    town_settle(&scene->town);
    uint64_t *positions;
    assert_int_equal(view_catalogue(town_view(scene->township), scene->town.arena, &positions), 1);
    assert_int_equal(view_catalogue(town_view(scene->other), scene->town.arena, &positions), 1);
    town_reload(scene->bureau);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_QUEUED), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(item_goes_to_subscribers_of_its_category_once),
        with_scene(publication_cites_nothing_of_its_matter),
        with_scene(past_comes_in_portions_in_order_and_once),
        with_scene(correction_of_the_past_comes_though_the_subscription_ended),
        with_scene(recalled_past_is_not_offered_and_its_recall_neither),
        with_scene(drill_of_the_past_is_offered_to_nobody),
        with_scene(recall_that_overtakes_keeps_the_body_at_home),
        with_rules(permission_holds_by_category_role_and_mark),
        with_rules(receiver_refuses_what_it_may_not_have),
        with_scene(nothing_but_publications_goes_their_stream_and_they_no_other),
        with_rules(request_is_narrowed_or_refused_with_the_statute),
        with_scene(item_may_come_before_the_grant_and_after_the_end),
        with_scene(restored_publisher_offers_again_what_was_not_receipted),
        with_scene(subscription_to_after_what_was_never_published_is_refused),
        with_scene(catalogue_reaches_members_that_become_known_later),
        with_scene(filters_hold_one_by_one),
        with_scene(subscriptions_are_listed_at_both_ends_with_how_far_they_have_come),
        with_scene(catalogue_is_searched_as_it_stands),
        with_scene(what_follows_a_publication_is_addressed_to_nobody_and_entries_replace_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
