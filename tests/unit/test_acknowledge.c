// SPDX-License-Identifier: Apache-2.0
//
// Acts: signing for, confirming, recalling, and that their order of arrival makes no difference.
#include "unit/scene.h"

static void both_hold_the_same_duties(struct scene *scene)
{
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

// The notice has come to the township, and its receipt back.
static Control__Draft *send_notice(struct scene *scene)
{
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    return notice;
}

// ------------------------------------------------------------------------------------------ recall

static void recall_before_delivery_keeps_the_body_at_home(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    Control__Draft *recall = scene_recall(scene, notice);
    uint64_t position = town_submit(scene->bureau, notice)->position;
    town_submit(scene->bureau, recall);
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id), "recalled");
    town_settle(&scene->town);

    const struct held *held = scene_held(scene->township, scene->bureau, notice);
    assert_non_null(held);
    assert_true(view_has_mark(held, "recalled"));
    assert_false(scene_has_body(scene->township, scene->bureau, notice));
    assert_true(scene_has_body(scene->bureau, scene->bureau, notice));
    assert_true(scene_has_body(scene->township, scene->bureau, recall));
    assert_false(scene_held(scene->township, scene->bureau, recall)->enclosed);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 2);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "withdrawn");
    both_hold_the_same_duties(scene);
}

static void recall_after_delivery_withdraws_what_was_opened(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    uint64_t position = town_find(scene->bureau, scene->bureau, notice->id);
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "open");
    scene->town.now += TOWN_HOUR;
    town_submit(scene->bureau, scene_recall(scene, notice));
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "withdrawn");
    town_settle(&scene->town);
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id), "recalled");
    assert_true(view_has_mark(scene_held(scene->township, scene->bureau, notice), "recalled"));
    assert_string_equal(town_duty_state(scene->township, "sign-for"), "withdrawn");
    assert_string_equal(town_duty_state(scene->township, "YC-1.1.2"), "withdrawn");
    both_hold_the_same_duties(scene);
}

// The message leaves, the recall is made, and only then the receipt comes.
static void recall_that_crosses_the_receipt_ends_alike_at_both(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    uint64_t position = town_submit(scene->bureau, notice)->position;
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    struct bytes receipt = town_said(scene->township, scene->bureau);
    town_submit(scene->bureau, scene_recall(scene, notice));
    town_receive(scene->bureau, scene->township, receipt);
    town_settle(&scene->town);
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id), "recalled");
    assert_true(view_has_mark(scene_held(scene->township, scene->bureau, notice), "recalled"));
    both_hold_the_same_duties(scene);
}

static void recall_of_an_answer_opens_its_duty_again(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    Control__Draft *sign = scene_acknowledgement(scene, notice);
    town_submit(scene->township, sign);
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "met");
    town_submit(scene->township, scene_reply(scene, "recall", scene->bureau->id,
                                             lead_recall(scene->town.arena), sign));
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "open");
    both_hold_the_same_duties(scene);
}

static const char *refusal_of(struct member *member, Control__Draft *draft)
{
    struct event event = town_submission(member->town, &draft, 1);
    town_turn(member, &event, 1);
    const Control__SubmittedOne *one = town_answer(member)->results[0];
    assert_string_equal(one->outcome, "refused");
    return one->refusal->code;
}

static void nobody_recalls_what_another_sent(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    Control__Draft *recall = scene_reply(scene, "recall", scene->bureau->id,
                                         lead_recall(scene->town.arena), notice);
    assert_string_equal(refusal_of(scene->township, recall), "reply");
    assert_string_equal(refusal_of(scene->bureau, scene_reply(scene, "acknowledgement",
                                                              scene->township->id,
                                                              lead_acknowledgement(
                                                                  scene->town.arena, ""),
                                                              notice)),
                        "reply"); // nor signs for his own
}

// A peer whose daemon would not object: the recall comes from the wrong hand.
static void recall_by_another_that_arrives_recalls_nothing(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = send_notice(scene);
    const struct held *held = scene_held(scene->township, scene->bureau, notice);
    struct bytes body = lead_recall(town->arena);
    Wire__Header *header = town_header(scene->township, "recall", scene->bureau->id, body);
    Wire__Reference target = WIRE__REFERENCE__INIT;
    target.author = held->header->author;
    target.id = held->header->id;
    target.leaf = held->leaf;
    target.kind = held->header->kind;
    target.received_at = held->received_at;
    header->in_reply_to = &target;
    const struct town_item item = {FRAME_NUMBERED, town_forge(scene->township, header, body)};
    uint64_t epoch = view_state(town_view(scene->township))->epoch;
    town_receive(scene->bureau, scene->township, town_pack(town, epoch, 1, &item, 1));
    assert_false(view_has_mark(scene_held(scene->bureau, scene->bureau, notice), "recalled"));
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "open");
}

// --------------------------------------------------------------------------------- order of arrival

// The notice goes to the township, a copy to the other one, and the township's signature goes to both.
static void send_with_copies(struct scene *scene, Control__Draft **out_notice,
                             Control__Draft **out_sign)
{
    *out_notice = scene_notice(scene);
    town_add_copy(&scene->town, *out_notice, scene->other->id);
    town_submit(scene->bureau, *out_notice);
    town_deliver(scene->bureau, scene->township);
    scene->town.now += TOWN_HOUR;
    *out_sign = scene_acknowledgement(scene, *out_notice);
    town_add_copy(&scene->town, *out_sign, scene->other->id);
    town_submit(scene->township, *out_sign);
}

static void acknowledgement_before_its_message_counts_when_that_comes(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice;
    Control__Draft *sign;
    const char *duties[2];
    send_with_copies(scene, &notice, &sign);
    town_save(scene->other);
    for (size_t i = 0; i < 2; i++) { // the signature first; then, at the same place anew, the message
        struct member *first = i == 0 ? scene->township : scene->bureau;
        struct member *second = i == 0 ? scene->bureau : scene->township;
        town_receive(scene->other, first, town_take(first, scene->other));
        if (i == 0) {
            assert_null(scene_held(scene->other, scene->bureau, notice));
            assert_non_null(scene_held(scene->other, scene->township, sign));
        }
        town_receive(scene->other, second, town_take(second, scene->other));
        uint64_t position = town_find(scene->other, scene->bureau, notice->id);
        assert_string_equal(town_delivery(scene->other, position, scene->township->id),
                            "acknowledged");
        duties[i] = town_duties(scene->other);
        town_restore(scene->other);
    }
    assert_string_equal(duties[0], duties[1]);
    assert_string_not_equal(duties[0], "");
}

static void acknowledgement_before_the_receipt_says_more_than_it(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    uint64_t position = town_submit(scene->bureau, notice)->position;
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    struct bytes receipt = town_said(scene->township, scene->bureau);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_receive(scene->bureau, scene->township, town_take(scene->township, scene->bureau));
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id),
                        "acknowledged");
    town_receive(scene->bureau, scene->township, receipt);
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id),
                        "acknowledged");
    town_settle(&scene->town);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "met");
    both_hold_the_same_duties(scene);
}

static void signing_twice_changes_nothing(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    const char *before = town_duties(scene->bureau);
    scene->town.now += 1000;
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    assert_string_equal(town_duties(scene->bureau), before);
    both_hold_the_same_duties(scene);
}

static struct bytes stored_body(struct scene *scene, struct member *member, const struct member *author, const Control__Draft *draft)
{
    const uint8_t *salt;
    struct bytes body = {0};
    uint64_t position = town_find(member, author, draft->id);
    view_part(town_view(member), position, 1, scene->town.arena, &salt, &body);
    return body;
}

static Control__Draft *pass_on(struct scene *scene, const Control__Draft *original)
{
    Body__Forward body = BODY__FORWARD__INIT;
    body.reason = "不属于本镇管辖，转请办理。";
    return scene_reply(scene, "forward", scene->other->id, decode_pack(&body.base, scene->town.arena), original);
}

// A note about it to another, who thereby gets what it cites without the body.
static Control__Draft *tell_other(struct scene *scene, const Control__Draft *original)
{
    Control__Draft *note = scene_reply(scene, "note", scene->other->id, lead_note(scene->town.arena, "请知悉。"), original);
    town_submit(scene->township, note);
    return note;
}

static void what_is_passed_on_arrives_whole_as_its_author_sealed_it(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    town_submit(scene->township, pass_on(scene, notice));
    town_settle(&scene->town);
    const struct bytes body = stored_body(scene, scene->other, scene->bureau, notice);
    assert_int_equal(body.size, notice->body.len);
    assert_memory_equal(body.data, notice->body.data, body.size);
    const struct held *held = view_statement(town_view(scene->other), town_find(scene->other, scene->bureau, notice->id), scene->town.arena);
    assert_true(held->enclosed); // it was not sent to them
}

// First cited, then passed on: the parts come later, and the statement stays an enclosure.
static void what_was_enclosed_before_is_filled_when_it_is_passed_on(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    tell_other(scene, notice);
    town_settle(&scene->town);
    assert_int_equal(stored_body(scene, scene->other, scene->bureau, notice).size, 0);
    town_submit(scene->township, pass_on(scene, notice));
    town_settle(&scene->town);
    assert_int_equal(stored_body(scene, scene->other, scene->bureau, notice).size, notice->body.len);
}

// Only what the next statement passes on may bring a body: else it would stand there unjudged.
static void enclosure_brings_no_body_that_nobody_passes_on(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    Control__Draft *note = tell_other(scene, notice);
    const struct town_item items[] = {
        {FRAME_ENCLOSURE, town_held(scene->township, town_find(scene->township, scene->bureau, notice->id), VIEW_ALL_PARTS)},
        {FRAME_NUMBERED, town_held(scene->township, town_find(scene->township, scene->township, note->id), VIEW_ALL_PARTS)},
    };
    town_receive(scene->other, scene->township, town_pack(&scene->town, view_state(town_view(scene->township))->epoch, 1, items, 2));
    assert_int_equal(town_find(scene->other, scene->bureau, notice->id), 0);
    assert_true(town_find(scene->other, scene->township, note->id) != 0);
}

static void confirmed_deletion_erases_what_was_recalled(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = send_notice(scene);
    Control__Draft *recall = scene_recall(scene, notice);
    town_submit(scene->bureau, recall);
    town_settle(&scene->town);
    assert_true(stored_body(scene, scene->township, scene->bureau, notice).size > 0); // unreadable, and still there
    Body__DeletionConfirmed deleted = BODY__DELETION_CONFIRMED__INIT;
    deleted.deleted_at = scene->town.now;
    struct bytes packed = decode_pack(&deleted.base, scene->town.arena);

    Control__Draft *wrong = scene_reply(scene, "deletion.confirmed", scene->bureau->id, packed, notice);
    assert_string_equal(refusal_of(scene->township, wrong), "reply");

    town_submit(scene->township, scene_reply(scene, "deletion.confirmed", scene->bureau->id, packed, recall));
    town_settle(&scene->town);
    assert_int_equal(stored_body(scene, scene->township, scene->bureau, notice).size, 0);
    assert_true(stored_body(scene, scene->bureau, scene->bureau, notice).size > 0); // the author keeps its own
    assert_true(town_find(scene->township, scene->bureau, notice->id) != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(recall_before_delivery_keeps_the_body_at_home),
        with_scene(recall_after_delivery_withdraws_what_was_opened),
        with_scene(recall_that_crosses_the_receipt_ends_alike_at_both),
        with_scene(recall_of_an_answer_opens_its_duty_again),
        with_scene(nobody_recalls_what_another_sent),
        with_scene(recall_by_another_that_arrives_recalls_nothing),
        with_scene(acknowledgement_before_its_message_counts_when_that_comes),
        with_scene(acknowledgement_before_the_receipt_says_more_than_it),
        with_scene(signing_twice_changes_nothing),
        with_scene(what_is_passed_on_arrives_whole_as_its_author_sealed_it),
        with_scene(what_was_enclosed_before_is_filled_when_it_is_passed_on),
        with_scene(enclosure_brings_no_body_that_nobody_passes_on),
        with_scene(confirmed_deletion_erases_what_was_recalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
