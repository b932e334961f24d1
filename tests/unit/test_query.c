// SPDX-License-Identifier: Apache-2.0
//
// What clients are shown: which message is found, how it stands for each recipient, what a list or a page leaves
// out, and what a role may not read.
#include "unit/scene.h"

#include "wire/envelope_card.h"

static const Control__Message *find(struct member *member, enum client_role role, const Control__Draft *draft)
{
    Control__Find find = CONTROL__FIND__INIT;
    find.id = draft->id;
    const Control__Reply *reply = town_ask(member, role, CONTROL__REQUEST__ASK_FIND, &find);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_MESSAGES);
    assert_int_equal(reply->messages->n_messages, 1);
    return reply->messages->messages[0];
}

static void expect_state(struct member *member, const Control__Draft *draft, const char *state)
{
    assert_string_equal(find(member, ROLE_OFFICER, draft)->state, state);
}

static Control__Draft *send_with_copy(struct scene *scene)
{
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(&scene->town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    return notice;
}

// ------------------------------------------------------------------------------------------------------ one

static void message_is_found_by_its_id_and_by_its_short_number(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    char *number = town_submit(scene->bureau, note)->short_number;
    number = arena_copy_text(scene->town.arena, number);
    town_settle(&scene->town);
    for (size_t i = 0; i < 2; i++) {
        struct member *member = i == 0 ? scene->bureau : scene->township;
        Control__Find by_id = CONTROL__FIND__INIT;
        Control__Find by_number = CONTROL__FIND__INIT;
        by_id.id = note->id;
        by_number.short_number = number;
        for (size_t named = 0; named < 2; named++) {
            by_id.author = named ? scene->bureau->id : "";
            by_number.author = by_id.author;
            Control__Find *asks[] = {&by_id, &by_number};
            for (size_t k = 0; k < 2; k++) {
                const Control__Reply *reply = town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_FIND, asks[k]);
                assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_MESSAGES);
                assert_memory_equal(reply->messages->messages[0]->header->id.data, note->id.data, ID_BYTES);
            }
        }
        by_id.author = scene->other->id;
        by_number.author = scene->other->id;
        town_expect_refused(town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_FIND, &by_id), "not-found");
        town_expect_refused(town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_FIND, &by_number), "not-found");
        by_id.author = "no agency";
        town_expect_refused(town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_FIND, &by_id), "not-found");
    }
}

static void operator_is_shown_no_body(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    town_submit(scene->bureau, note);
    const Control__Message *shown = find(scene->bureau, ROLE_OPERATOR, note);
    assert_string_equal(shown->body_state, "withheld");
    assert_int_equal(shown->body.len, 0);
    shown = find(scene->bureau, ROLE_OFFICER, note);
    assert_string_equal(shown->body_state, "held");
    assert_int_equal(shown->body.len, note->body.len);
    assert_memory_equal(shown->body.data, note->body.data, note->body.len);
}

static void message_is_as_far_as_the_recipient_that_is_furthest_behind(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    char *both[] = {scene->township->id, scene->other->id};
    notice->to = both;
    notice->n_to = 2;
    town_submit(scene->bureau, notice);
    expect_state(scene->bureau, notice, "queued");
    town_deliver(scene->bureau, scene->township);
    expect_state(scene->bureau, notice, "queued");
    town_settle(&scene->town);
    expect_state(scene->bureau, notice, "arrived");
    expect_state(scene->township, notice, "arrived");
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    expect_state(scene->bureau, notice, "arrived");
    expect_state(scene->township, notice, "acknowledged");
    expect_state(scene->other, notice, "arrived");
    town_submit(scene->other, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    expect_state(scene->bureau, notice, "acknowledged");
}

static void author_is_shown_every_delivery_and_a_recipient_its_own(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_with_copy(scene);
    scene->town.now += TOWN_HOUR;
    town_settle(&scene->town);
    scene->town.now += TOWN_HOUR;
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    const Control__Message *sent = find(scene->bureau, ROLE_OFFICER, notice);
    assert_string_equal(sent->direction, "out");
    assert_int_equal(sent->n_deliveries, 2);
    assert_string_equal(sent->deliveries[0]->agency, scene->township->id);
    assert_string_equal(sent->deliveries[0]->state, "acknowledged");
    assert_string_equal(sent->deliveries[0]->acknowledged_by, "张伟");
    assert_int_equal(sent->deliveries[0]->arrived_at, TOWN_BEGIN + TOWN_HOUR);
    assert_int_equal(sent->deliveries[0]->acknowledged_at, TOWN_BEGIN + 2 * TOWN_HOUR);
    assert_false(sent->deliveries[0]->copy);
    assert_true(sent->deliveries[1]->copy);
    assert_string_equal(sent->deliveries[1]->state, "arrived");
    assert_int_equal(sent->deliveries[1]->acknowledged_at, 0);
    const Control__Message *received = find(scene->other, ROLE_OFFICER, notice);
    assert_string_equal(received->direction, "in");
    assert_string_equal(received->carrier, scene->bureau->id);
    assert_int_equal(received->n_deliveries, 1);
    assert_string_equal(received->deliveries[0]->agency, scene->other->id);
    assert_string_equal(received->deliveries[0]->state, "arrived");
    assert_int_equal(received->deliveries[0]->arrived_at, TOWN_BEGIN + TOWN_HOUR);
}

static void refused_message_is_shown_with_the_reason(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    char *both[] = {scene->township->id, scene->other->id};
    note->to = both;
    note->n_to = 2;
    town_submit(scene->bureau, note);
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1; // of the body
    town_receive(scene->township, scene->bureau, frame);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    const Control__Message *shown = find(scene->bureau, ROLE_OFFICER, note);
    assert_string_equal(shown->state, "refused");
    assert_string_equal(shown->deliveries[0]->refusal_code, "commitment");
    assert_true(shown->deliveries[0]->refusal_text[0] != '\0');
    assert_string_equal(shown->deliveries[1]->state, "queued");
}

static void fact_is_recorded_and_what_was_recalled_is_not_read_again(void **state)
{
    struct scene *scene = *state;
    Control__Draft *fact =
        town_draft(&scene->town, "lead.discovered", NULL, lead_discovered(scene->town.arena, scene->town.now));
    town_submit(scene->bureau, fact);
    assert_string_equal(find(scene->bureau, ROLE_OFFICER, fact)->direction, "fact");
    expect_state(scene->bureau, fact, "recorded");
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    assert_string_equal(find(scene->township, ROLE_OFFICER, notice)->body_state, "held");
    town_submit(scene->bureau, scene_recall(scene, notice));
    town_settle(&scene->town);
    const Control__Message *shown = find(scene->township, ROLE_OFFICER, notice);
    assert_string_equal(shown->state, "recalled");
    assert_string_equal(shown->body_state, "recalled");
    assert_int_equal(shown->body.len, 0);
    shown = find(scene->bureau, ROLE_OFFICER, notice); // its author still reads it
    assert_string_equal(shown->state, "recalled");
    assert_string_equal(shown->body_state, "held");
}

// ----------------------------------------------------------------------------------------------------- many

static const Control__Messages *list(struct member *member, const Control__List *list)
{
    const Control__Reply *reply = town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_LIST, (void *)(uintptr_t)list);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_MESSAGES);
    return reply->messages;
}

static void expect_listed(struct member *member, const Control__List *ask, size_t count)
{
    assert_int_equal(list(member, ask)->n_messages, count);
}

static void list_goes_backwards_page_by_page_and_leaves_machines_out(void **state)
{
    struct scene *scene = *state;
    Control__List ask = CONTROL__LIST__INIT;
    Control__Draft *notes[5];
    for (size_t i = 0; i < 5; i++) {
        notes[i] = scene_note(scene, scene->township->id, "一");
        town_submit(scene->bureau, notes[i]);
        town_settle(&scene->town); // receipts stand between them
    }
    expect_listed(scene->bureau, &ask, 5);
    ask.limit = 2;
    for (size_t left = 5; left > 0; left -= left > 2 ? 2 : left) {
        const Control__Messages *page = list(scene->bureau, &ask);
        assert_int_equal(page->n_messages, left > 2 ? 2 : left);
        for (size_t i = 0; i < page->n_messages; i++) {
            assert_memory_equal(page->messages[i]->header->id.data, notes[left - 1 - i]->id.data, ID_BYTES);
        }
        ask.after_position = page->messages[page->n_messages - 1]->position;
    }
    expect_listed(scene->bureau, &ask, 0);
}

static void list_shows_only_what_was_asked_for(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    notice->own_number = "叶市监函〔2025〕7号";
    town_submit(scene->bureau, notice);
    town_submit(scene->township, scene_note(scene, scene->bureau->id, "请于周五前报送材料"));
    town_settle(&scene->town);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    const struct { Control__List ask; size_t count; } cases[] = {
        {CONTROL__LIST__INIT, 3},
        {{.base = PROTOBUF_C_MESSAGE_INIT(&control__list__descriptor), .direction = "out", .state = ""}, 1},
        {{.base = PROTOBUF_C_MESSAGE_INIT(&control__list__descriptor), .direction = "in", .state = ""}, 2},
        {{.base = PROTOBUF_C_MESSAGE_INIT(&control__list__descriptor), .direction = "", .state = "acknowledged"}, 1},
        {{.base = PROTOBUF_C_MESSAGE_INIT(&control__list__descriptor), .direction = "", .state = "", .matter = notice->id}, 2},
        {{.base = PROTOBUF_C_MESSAGE_INIT(&control__list__descriptor), .direction = "", .state = "", .limit = 501}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expect_listed(scene->bureau, &cases[i].ask, cases[i].count);
    }
}

static const struct release *next_reply(const struct release *release)
{
    while (release != NULL && release->form != RELEASE_REPLY) {
        release = release->next;
    }
    return release;
}

// Notes of 60 KB each in one matter, so that what is asked for fills several replies.
static Control__Draft *fill_matter(struct scene *scene, size_t count)
{
    char *words = arena_take(scene->town.arena, 60001);
    memset(words, 'x', 60000);
    Control__Draft *first = NULL;
    for (size_t i = 0; i < count; i++) {
        Control__Draft *note = scene_note(scene, scene->township->id, words);
        first = first == NULL ? note : first;
        note->matter = first->id;
        town_submit(scene->bureau, note);
    }
    return first;
}

static void matter_is_shown_oldest_first_in_as_many_replies_as_it_takes(void **state)
{
    enum { NOTES = 20 };
    struct scene *scene = *state;
    Control__MatterAsk ask = CONTROL__MATTER_ASK__INIT;
    ask.matter = fill_matter(scene, NOTES)->id;
    town_deliver(scene->bureau, scene->township);
    town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_MATTER, &ask);
    size_t messages = 0;
    size_t replies = 0;
    uint64_t position = 0;
    for (const struct release *release = next_reply(scene->bureau->effects.first_release); release != NULL;
         release = next_reply(release->next)) {
        const Control__MatterView *page = release->reply->matter;
        for (size_t i = 0; i < page->n_messages; i++) {
            assert_true(page->messages[i]->position > position);
            position = page->messages[i]->position;
        }
        messages += page->n_messages;
        replies++;
        assert_int_equal(release->reply->more, messages < NOTES);
        assert_true(control__reply__get_packed_size(release->reply) < LIMIT_FRAME_BYTES);
    }
    assert_int_equal(messages, NOTES);
    assert_int_equal(replies, 3);
    ask.matter = scene_note(scene, scene->township->id, "从未发出")->id;
    town_expect_refused(town_ask(scene->bureau, ROLE_OFFICER, CONTROL__REQUEST__ASK_MATTER, &ask), "not-found");
}

static void matter_is_shown_with_the_duties_it_opened(void **state)
{
    struct scene *scene = *state;
    Control__MatterAsk ask = CONTROL__MATTER_ASK__INIT;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    ask.matter = notice->id;
    const Control__Reply *reply = town_ask(scene->township, ROLE_OFFICER, CONTROL__REQUEST__ASK_MATTER, &ask);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_MATTER);
    assert_int_equal(reply->matter->n_messages, 1);
    assert_true(reply->matter->n_duties >= 3); // to notify, to assess, to sign for
    for (size_t i = 0; i < reply->matter->n_duties; i++) {
        assert_memory_equal(reply->matter->duties[i]->opened_by.data, notice->id.data, ID_BYTES);
        assert_true(reply->matter->duties[i]->explanation[0] != '\0');
    }
}

// ----------------------------------------------------------------------------------------------------- duties

static size_t count_duties(struct member *member, const char *owed_by, const char *light, bool closed_too,
                           const Control__Draft *matter, uint32_t limit)
{
    Control__DueAsk ask = CONTROL__DUE_ASK__INIT;
    ask.owed_by = (char *)(uintptr_t)owed_by;
    ask.light = (char *)(uintptr_t)light;
    ask.closed_too = closed_too;
    ask.limit = limit;
    if (matter != NULL) {
        ask.matter = matter->id;
    }
    town_ask(member, ROLE_OFFICER, CONTROL__REQUEST__ASK_DUE, &ask);
    size_t count = 0;
    for (const struct release *release = next_reply(member->effects.first_release); release != NULL;
         release = next_reply(release->next)) {
        assert_int_equal(release->reply->answer_case, CONTROL__REPLY__ANSWER_DUTIES);
        assert_true(control__reply__get_packed_size(release->reply) < LIMIT_FRAME_BYTES);
        assert_int_equal(release->reply->more, next_reply(release->next) != NULL);
        count += release->reply->duties->n_duties;
    }
    return count;
}

// Of a notice that has arrived: it met the duty to notify; the joint assessment is owed by both, the signature by the township.
static void duties_are_chosen_by_debtor_light_and_matter(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    assert_int_equal(count_duties(scene->township, "", "", false, NULL, 0), 2);
    assert_int_equal(count_duties(scene->township, "", "", true, NULL, 0), 3);
    assert_int_equal(count_duties(scene->township, "us", "", false, NULL, 0), 2);
    assert_int_equal(count_duties(scene->township, "them", "", false, NULL, 0), 0);
    assert_int_equal(count_duties(scene->township, "them", "", true, NULL, 0), 1);
    assert_int_equal(count_duties(scene->bureau, "us", "", false, NULL, 0), 1);
    assert_int_equal(count_duties(scene->bureau, "them", "", false, NULL, 0), 1);
    assert_int_equal(count_duties(scene->township, "", "green", false, NULL, 0), 2);
    assert_int_equal(count_duties(scene->township, "", "red", false, NULL, 0), 0);
    assert_int_equal(count_duties(scene->township, "", "", false, notice, 0), 2);
    assert_int_equal(count_duties(scene->township, "", "", false, scene_notice(scene), 0), 0);
    assert_int_equal(count_duties(scene->township, "", "", true, NULL, 2), 2);
}

static void duties_fill_as_many_replies_as_it_takes(void **state)
{
    enum { NOTICES = 300 };
    struct scene *scene = *state;
    Control__Draft *drafts[NOTICES];
    for (size_t i = 0; i < NOTICES; i++) {
        drafts[i] = scene_notice(scene);
    }
    struct event event = town_submission(&scene->town, drafts, NOTICES);
    town_turn(scene->bureau, &event, 1);
    town_settle(&scene->town);
    assert_int_equal(count_duties(scene->township, "", "", true, NULL, 0), 3 * NOTICES);
    assert_non_null(next_reply(next_reply(scene->township->effects.first_release)->next));
}

// ----------------------------------------------------------------------------------------------- watch, export

static void watch_goes_on_where_it_was_or_from_now(void **state)
{
    struct scene *scene = *state;
    Control__Watch watch = CONTROL__WATCH__INIT;
    Control__Position from = CONTROL__POSITION__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    struct event event = town_event(&scene->town, EVENT_REQUEST);
    request.number = 7;
    request.ask_case = CONTROL__REQUEST__ASK_WATCH;
    request.watch = &watch;
    event.request = (struct client_request){.client = "test", .role = ROLE_AUDITOR, .request = &request, .allowed = true};
    town_turn(scene->bureau, &event, 1);
    const struct release *release = scene->bureau->effects.first_release;
    assert_int_equal(release->form, RELEASE_WATCH);
    assert_int_equal(release->number, 7);
    assert_int_equal(release->at, ROLE_AUDITOR);
    assert_int_equal(release->from_turn, view_state(town_view(scene->bureau))->turn + 1);
    from.turn = 2;
    from.index = 5;
    watch.from = &from;
    town_turn(scene->bureau, &event, 1);
    release = scene->bureau->effects.first_release;
    assert_int_equal(release->from_turn, 2);
    assert_int_equal(release->from_index, 5);
}

static void export_proves_every_statement_of_a_matter(void **state)
{
    struct scene *scene = *state;
    Control__Export ask = CONTROL__EXPORT__INIT;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    ask.matter = notice->id;
    const Control__Reply *reply = town_ask(scene->township, ROLE_AUDITOR, CONTROL__REQUEST__ASK_EXPORT, &ask);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_BUNDLE);
    assert_int_equal(reply->bundle->n_cards, 2);
    assert_int_equal(reply->bundle->n_envelopes, 2);
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *bytes;
        struct seal seal;
        struct envelope envelope;
        struct digest leaf;
        struct bytes alone = {reply->bundle->envelopes[i].data, reply->bundle->envelopes[i].len};
        assert_int_equal(envelope_decode_alone(alone, &bytes, &envelope), ENVELOPE_OK);
        assert_true(seal_decode(bytes, &seal));
        assert_int_equal(envelope_prove(&seal, &envelope, &leaf), ENVELOPE_OK);
        assert_int_equal(envelope.parts[0].form, PART_PRESENT);
    }
    town_submit(scene->bureau, scene_recall(scene, notice));
    town_settle(&scene->town);
    reply = town_ask(scene->township, ROLE_AUDITOR, CONTROL__REQUEST__ASK_EXPORT, &ask);
    const uint8_t *bytes;
    struct envelope envelope;
    struct bytes alone = {reply->bundle->envelopes[0].data, reply->bundle->envelopes[0].len};
    assert_int_equal(envelope_decode_alone(alone, &bytes, &envelope), ENVELOPE_OK);
    assert_int_equal(envelope.parts[0].form, PART_WITHHELD); // recalled: proved, and not shown
    ask.matter = scene_note(scene, scene->township->id, "从未发出")->id;
    town_expect_refused(town_ask(scene->township, ROLE_AUDITOR, CONTROL__REQUEST__ASK_EXPORT, &ask), "not-found");
}

static void export_fills_as_many_replies_as_it_takes(void **state)
{
    enum { NOTES = 20 };
    struct scene *scene = *state;
    Control__Export ask = CONTROL__EXPORT__INIT;
    ask.matter = fill_matter(scene, NOTES)->id;
    town_ask(scene->bureau, ROLE_AUDITOR, CONTROL__REQUEST__ASK_EXPORT, &ask);
    size_t envelopes = 0;
    size_t replies = 0;
    for (const struct release *release = next_reply(scene->bureau->effects.first_release); release != NULL;
         release = next_reply(release->next)) {
        envelopes += release->reply->bundle->n_envelopes;
        assert_int_equal(release->reply->bundle->n_cards, 1); // each can be verified alone
        assert_int_equal(release->reply->more, envelopes < NOTES);
        assert_true(control__reply__get_packed_size(release->reply) < LIMIT_FRAME_BYTES);
        replies++;
    }
    assert_int_equal(envelopes, NOTES);
    assert_int_equal(replies, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(message_is_found_by_its_id_and_by_its_short_number),
        with_scene(operator_is_shown_no_body),
        with_scene(message_is_as_far_as_the_recipient_that_is_furthest_behind),
        with_scene(author_is_shown_every_delivery_and_a_recipient_its_own),
        with_scene(refused_message_is_shown_with_the_reason),
        with_scene(fact_is_recorded_and_what_was_recalled_is_not_read_again),
        with_scene(list_goes_backwards_page_by_page_and_leaves_machines_out),
        with_scene(list_shows_only_what_was_asked_for),
        with_scene(matter_is_shown_oldest_first_in_as_many_replies_as_it_takes),
        with_scene(matter_is_shown_with_the_duties_it_opened),
        with_scene(duties_are_chosen_by_debtor_light_and_matter),
        with_scene(duties_fill_as_many_replies_as_it_takes),
        with_scene(watch_goes_on_where_it_was_or_from_now),
        with_scene(export_proves_every_statement_of_a_matter),
        with_scene(export_fills_as_many_replies_as_it_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
