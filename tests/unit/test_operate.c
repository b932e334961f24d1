// SPDX-License-Identifier: Apache-2.0
//
// Starting, greeting, lost pasts and what operators do. A store is lost by putting an older copy of
// it back.
#include "unit/scene.h"

static uint64_t epoch_of(struct member *member)
{
    return view_state(town_view(member))->epoch;
}

static void greet(struct member *at, struct member *from)
{
    const struct event event = town_greeting(at, from);
    town_turn(at, &event, 1);
}

// The township is set back to before it signed for the notice; its note was under way by then.
struct loss {
    Control__Draft *notice;
    Control__Draft *note;
    Control__Draft *sign;
};

static void lose_past(struct scene *scene, struct loss *loss)
{
    loss->notice = scene_notice(scene);
    loss->note = scene_note(scene, scene->bureau->id, "在还原之前排队");
    loss->sign = scene_acknowledgement(scene, loss->notice);
    town_submit(scene->bureau, loss->notice);
    town_settle(&scene->town);
    town_submit(scene->township, loss->note);
    town_save(scene->township);
    town_submit(scene->township, loss->sign);
    town_settle(&scene->town);
    town_restore(scene->township);
    scene->town.now += TOWN_HOUR;
}

// ------------------------------------------------------------------------------------------ start

static void first_start_opens_an_epoch_and_takes_the_law(void **state)
{
    struct scene *scene = *state;
    struct view *view = town_view(scene->bureau);
    struct held_compact *compacts;
    assert_int_not_equal(view_state(view)->epoch, 0);
    Record__LawInForce *law = view_law(view, scene->town.arena);
    assert_non_null(law);
    assert_int_equal(law->n_procedures, 1);
    assert_int_equal(view_compacts(view, scene->town.arena, &compacts), 1);
    assert_string_equal(compacts[0].compact->id, "yecheng");
}

static void second_start_changes_nothing(void **state)
{
    struct scene *scene = *state;
    uint64_t epoch = epoch_of(scene->bureau);
    uint64_t turn = view_state(town_view(scene->bureau))->turn;
    scene->town.now += TOWN_DAY;
    town_restart(scene->bureau);
    assert_int_equal(epoch_of(scene->bureau), epoch);
    assert_int_equal(view_state(town_view(scene->bureau))->turn, turn);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

// ------------------------------------------------------------------------------------------ hello

static void first_hello_brings_the_link_up_and_is_answered(void **state)
{
    struct scene *scene = *state;
    greet(scene->bureau, scene->township);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_LINK), 1);
    assert_true(town_has_release(scene->bureau, RELEASE_HELLO));
    struct event again = town_greeting(scene->bureau, scene->township);
    again.linked_before = true;
    town_turn(scene->bureau, &again, 1);
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

struct bad_hello {
    const char *code;
    void (*change)(struct scene *scene, Wire__Hello *hello);
};

static void speak_as_another(struct scene *scene, Wire__Hello *hello)
{
    hello->agency = scene->other->id;
}

static void come_from_a_test(struct scene *scene, Wire__Hello *hello)
{
    (void)scene;
    hello->test = true;
}

static void speak_a_later_version_only(struct scene *scene, Wire__Hello *hello)
{
    (void)scene;
    hello->version_least = PROTOCOL_VERSION + 1;
    hello->version_most = PROTOCOL_VERSION + 2;
}

static void hello_that_cannot_be_answered_gets_a_bye(void **state)
{
    struct scene *scene = *state;
    const struct bad_hello bad[] = {
        {"identity", speak_as_another},
        {"test-stamp", come_from_a_test},
        {"version", speak_a_later_version_only},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct event event = town_greeting(scene->bureau, scene->township);
        bad[i].change(scene, (Wire__Hello *)(uintptr_t)event.hello);
        town_turn(scene->bureau, &event, 1);
        assert_int_equal(scene->bureau->effects.fact_count, 0);
        assert_false(town_has_release(scene->bureau, RELEASE_HELLO));
        assert_true(town_has_release(scene->bureau, RELEASE_BYE));
        assert_string_equal(scene->bureau->effects.first_release->bye->code, bad[i].code);
    }
}

static void version_range_that_contains_ours_is_answered(void **state)
{
    struct scene *scene = *state;
    struct event event = town_greeting(scene->bureau, scene->township);
    Wire__Hello *hello = (Wire__Hello *)(uintptr_t)event.hello;
    hello->version_most = PROTOCOL_VERSION + 7;
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_release(scene->bureau, RELEASE_HELLO));
}

static void clock_that_is_far_off_is_alarmed_and_refuses_nothing(void **state)
{
    struct scene *scene = *state;
    struct event event = town_greeting(scene->bureau, scene->township);
    event.skew_ms = LIMIT_CLOCK_SKEW_MS;
    town_turn(scene->bureau, &event, 1);
    assert_false(town_has_alarm(scene->bureau, "clock-skew", scene->township->id));
    event.skew_ms = -LIMIT_CLOCK_SKEW_MS - 1;
    town_turn(scene->bureau, &event, 1);
    assert_true(town_has_alarm(scene->bureau, "clock-skew", scene->township->id));
    assert_true(town_has_release(scene->bureau, RELEASE_HELLO));
}

// ------------------------------------------------------------------------------------- lost pasts

static void seal_of_a_lost_past_opens_a_new_epoch_and_queues_again(void **state)
{
    struct scene *scene = *state;
    struct loss loss;
    lose_past(scene, &loss);
    uint64_t epoch = epoch_of(scene->township);
    assert_null(scene_held(scene->township, scene->township, loss.sign));
    assert_int_equal(scene_outgoing(scene->township, scene->bureau).settled, 0);

    greet(scene->township, scene->bureau);
    assert_true(epoch_of(scene->township) > epoch);
    assert_true(town_has_alarm(scene->township, "restored", scene->bureau->id));
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_EPOCH), 1);
    struct stream_place place = scene_outgoing(scene->township, scene->bureau);
    assert_int_equal(place.epoch, epoch_of(scene->township));
    assert_int_equal(place.last, 1);
    assert_int_equal(place.settled, 0);

    greet(scene->bureau, scene->township);
    assert_true(town_has_alarm(scene->bureau, "new-epoch", scene->township->id));
    uint64_t turns = view_state(town_view(scene->bureau))->next_position;
    town_settle(&scene->town); // the note comes once more and is known
    assert_int_equal(scene_outgoing(scene->township, scene->bureau).settled, 1);
    assert_int_equal(view_state(town_view(scene->bureau))->next_position, turns + 1); // a receipt
    uint64_t position = town_find(scene->township, scene->township, loss.note->id);
    assert_int_equal(view_arrived_at(town_view(scene->township), position, scene->bureau->id,
                                     scene->town.arena),
                     TOWN_BEGIN); // and the first time it came is the one that counts
}

static void restored_daemon_goes_on_in_its_new_epoch(void **state)
{
    struct scene *scene = *state;
    struct loss loss;
    lose_past(scene, &loss);
    greet(scene->township, scene->bureau);
    Control__Draft *later = scene_note(scene, scene->bureau->id, "还原之后");
    town_submit(scene->township, later);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->bureau, scene->township, later));
    assert_int_equal(scene_incoming(scene->bureau, scene->township).epoch,
                     epoch_of(scene->township));
    assert_int_equal(scene_outgoing(scene->township, scene->bureau).settled, 2);
}

// The peer has had receipts for what the restored store lacks: it is asked for it, and the first receipt stands.
static void restored_store_takes_again_what_it_gave_a_receipt_for(void **state)
{
    struct scene *scene = *state;
    Control__Draft *forgotten = scene_note(scene, scene->township->id, "被遗忘的");
    town_save(scene->township);
    uint64_t position = town_submit(scene->bureau, forgotten)->position;
    town_settle(&scene->town);
    town_restore(scene->township);
    scene->town.now += TOWN_HOUR;
    Control__Draft *later = scene_note(scene, scene->township->id, "后来的");
    town_submit(scene->bureau, later);
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    assert_true(town_has_release(scene->township, RELEASE_LATER));
    assert_int_equal(scene->township->effects.first_release->later->position, 1);
    town_receive(scene->township, scene->bureau,
                 town_take_range(scene->bureau, scene->township, 1, 2));
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_non_null(scene_held(scene->township, scene->bureau, forgotten));
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 2);
    assert_int_equal(view_arrived_at(town_view(scene->bureau), position, scene->township->id,
                                     scene->town.arena),
                     TOWN_BEGIN);
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id));
}

// The peer shows the same lost past again, because it has heard nothing new since.
static void lost_past_opens_one_epoch_however_often_it_is_shown(void **state)
{
    struct scene *scene = *state;
    struct loss loss;
    lose_past(scene, &loss);
    greet(scene->township, scene->bureau);
    uint64_t epoch = epoch_of(scene->township);
    for (int i = 0; i < 3; i++) {
        scene->town.now += TOWN_HOUR;
        greet(scene->township, scene->bureau);
        assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_EPOCH), 0);
        assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_QUEUED), 0);
        assert_int_equal(epoch_of(scene->township), epoch);
    }
}

// Peers ignore what comes under a lower epoch, so a new one must be above all that were.
static void new_epoch_is_above_the_old_though_the_clock_stands(void **state)
{
    struct scene *scene = *state;
    struct loss loss;
    lose_past(scene, &loss);
    uint64_t epoch = epoch_of(scene->township);
    struct event event = town_greeting(scene->township, scene->bureau);
    event.fresh_epoch = epoch - 1; // of the same second, with lower random bits
    town_turn(scene->township, &event, 1);
    assert_true(epoch_of(scene->township) > epoch);
    town_settle(&scene->town);
    assert_int_equal(scene_outgoing(scene->township, scene->bureau).settled, 1);
}

static void hello_that_lies_opens_nothing(void **state)
{
    struct scene *scene = *state;
    struct loss loss;
    lose_past(scene, &loss);
    uint64_t epoch = epoch_of(scene->township);
    const struct event truth = town_greeting(scene->township, scene->bureau);
    const size_t places[] = {0, 16, 24, 63, 72, 88, SEAL_SIGNED_BYTES, SEAL_BYTES - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct event event = town_greeting(scene->township, scene->bureau);
        event.hello->seen.data[places[i]] ^= 1;
        event.linked_before = true;
        town_turn(scene->township, &event, 1);
        assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_EPOCH), 0);
    }
    assert_int_equal(epoch_of(scene->township), epoch);
    town_turn(scene->township, &truth, 1);
    assert_true(epoch_of(scene->township) > epoch);
}

static void seal_that_is_known_or_of_another_opens_nothing(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->township, scene_note(scene, scene->bureau->id, "一"));
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "二"));
    town_settle(&scene->town);
    uint64_t epoch = epoch_of(scene->township);
    greet(scene->township, scene->bureau);
    assert_int_equal(epoch_of(scene->township), epoch);
    struct event event = town_greeting(scene->bureau, scene->township); // shows a seal of the bureau
    event.peer = scene->bureau->id;
    ((Wire__Hello *)(uintptr_t)event.hello)->agency = scene->bureau->id;
    town_turn(scene->township, &event, 1);
    assert_int_equal(epoch_of(scene->township), epoch);
    assert_false(town_has_alarm(scene->township, "restored", scene->bureau->id));
}

static void card_shown_as_a_seal_opens_nothing(void **state)
{
    struct scene *scene = *state;
    uint64_t epoch = epoch_of(scene->township);
    struct event event = town_greeting(scene->township, scene->bureau);
    Wire__Hello *hello = (Wire__Hello *)(uintptr_t)event.hello;
    hello->seen = (ProtobufCBinaryData){
        SEAL_BYTES, arena_copy(scene->town.arena, scene->township->card.data + 4, SEAL_BYTES)};
    town_turn(scene->township, &event, 1);
    assert_int_equal(epoch_of(scene->township), epoch);
}

// --------------------------------------------------------------------------------------- requests

static const Control__Reply *ask(struct member *member, Control__Request__AskCase ask_case,
                                 void *message)
{
    return town_ask(member, ROLE_ADMINISTRATOR, ask_case, message);
}

static void older_card_does_not_replace_a_newer_one(void **state)
{
    struct scene *scene = *state;
    Control__PeerAdd add = CONTROL__PEER_ADD__INIT;
    struct bytes old = town_card(scene->township, scene->town.now - 2 * TOWN_DAY);
    struct bytes newer = town_card(scene->township, scene->town.now);
    add.card = (ProtobufCBinaryData){old.size, (uint8_t *)(uintptr_t)old.data};
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add), "state");
    add.card = (ProtobufCBinaryData){newer.size, (uint8_t *)(uintptr_t)newer.data};
    assert_int_equal(ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add)->answer_case,
                     CONTROL__REPLY__ANSWER_DONE);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_PEER), 1);
    assert_int_equal(ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add)->answer_case,
                     CONTROL__REPLY__ANSWER_DONE);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_PEER), 0);
}

static void card_that_is_tampered_with_or_ours_is_refused(void **state)
{
    struct scene *scene = *state;
    Control__PeerAdd add = CONTROL__PEER_ADD__INIT;
    struct bytes card = arena_copy_bytes(scene->town.arena, scene->township->card);
    ((uint8_t *)(uintptr_t)card.data)[card.size - 1] ^= 1;
    add.card = (ProtobufCBinaryData){card.size, (uint8_t *)(uintptr_t)card.data};
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add), "commitment");
    add.card = (ProtobufCBinaryData){scene->bureau->card.size,
                                     (uint8_t *)(uintptr_t)scene->bureau->card.data};
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add), "addressing");
    assert_int_equal(scene->bureau->effects.fact_count, 0);
}

static void alarm_is_cleared_once_and_may_come_again(void **state)
{
    struct scene *scene = *state;
    struct event event = town_greeting(scene->bureau, scene->township);
    Control__AlarmClear clear = CONTROL__ALARM_CLEAR__INIT;
    clear.code = "clock-skew";
    clear.agency = scene->township->id;
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_ALARM_CLEAR, &clear), "not-found");
    event.skew_ms = TOWN_HOUR;
    for (int i = 0; i < 2; i++) {
        town_turn(scene->bureau, &event, 1);
        assert_true(town_has_alarm(scene->bureau, "clock-skew", scene->township->id));
        assert_int_equal(ask(scene->bureau, CONTROL__REQUEST__ASK_ALARM_CLEAR, &clear)->answer_case, CONTROL__REPLY__ANSWER_DONE);
        assert_false(town_has_alarm(scene->bureau, "clock-skew", scene->township->id));
    }
}

static void real_clock_is_not_moved_by_a_request(void **state)
{
    struct scene *scene = *state;
    Control__TestClock move = CONTROL__TEST_CLOCK__INIT;
    move.to = scene->town.now + TOWN_DAY;
    town_expect_refused(ask(scene->bureau, CONTROL__REQUEST__ASK_TEST_CLOCK, &move), "state");
    assert_false(town_has_release(scene->bureau, RELEASE_MOVE_CLOCK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(first_start_opens_an_epoch_and_takes_the_law),
        with_scene(second_start_changes_nothing),
        with_scene(first_hello_brings_the_link_up_and_is_answered),
        with_scene(hello_that_cannot_be_answered_gets_a_bye),
        with_scene(version_range_that_contains_ours_is_answered),
        with_scene(clock_that_is_far_off_is_alarmed_and_refuses_nothing),
        with_scene(seal_of_a_lost_past_opens_a_new_epoch_and_queues_again),
        with_scene(restored_daemon_goes_on_in_its_new_epoch),
        with_scene(restored_store_takes_again_what_it_gave_a_receipt_for),
        with_scene(lost_past_opens_one_epoch_however_often_it_is_shown),
        with_scene(new_epoch_is_above_the_old_though_the_clock_stands),
        with_scene(hello_that_lies_opens_nothing),
        with_scene(seal_that_is_known_or_of_another_opens_nothing),
        with_scene(card_shown_as_a_seal_opens_nothing),
        with_scene(older_card_does_not_replace_a_newer_one),
        with_scene(card_that_is_tampered_with_or_ours_is_refused),
        with_scene(alarm_is_cleared_once_and_may_come_again),
        with_scene(real_clock_is_not_moved_by_a_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
