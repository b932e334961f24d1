// SPDX-License-Identifier: Apache-2.0
//
// Turns whose memory is used up, at every place where that can happen: each is tried with an arena that is too small, then with
// a little more, until it succeeds. A turn that is short of memory is broken, never half done, and the one that succeeds
// decides what it would have decided with all the memory there is.
#include "unit/scene.h"

#include "attempt.h"
#include "base/fail.h"

enum {
    STEP_BYTES = 112,          // a multiple of the arena's alignment that meets blocks at ever other places
    AMPLE_BYTES = 256 << 20,
};

// What a turn decided, as far as it does not hang on salts.
struct decided_turn {
    size_t facts;
    size_t fact_bytes;
    size_t sealings;
    size_t releases;
    size_t reply_bytes;
};

static struct decided_turn measure(const struct effects *effects)
{
    struct decided_turn turn = {.facts = effects->fact_count, .sealings = effects->sealing_count};
    for (size_t i = 0; i < effects->fact_count; i++) {
        turn.fact_bytes += protobuf_c_message_get_packed_size(&effects->facts[i]->base);
    }
    for (const struct release *release = effects->first_release; release != NULL; release = release->next) {
        turn.releases++;
        turn.reply_bytes += release->reply == NULL ? 0 : control__reply__get_packed_size(release->reply);
    }
    return turn;
}

static enum attempt_outcome try_with(struct member *member, size_t bytes, const struct event *event, struct decided_turn *out_turn)
{
    struct attempt attempt = {.store = member->store, .keyring = member->keyring};
    assert_int_equal(arena_new(bytes, &attempt.arena), 0);
    enum attempt_outcome outcome = attempt_run(&attempt, member->town->now, event, 1);
    if (outcome == ATTEMPT_DONE) {
        *out_turn = measure(&attempt.effects);
    }
    arena_free(&attempt.arena);
    return outcome;
}

static void expect_as_before(struct member *member, const Record__State *before)
{
    const Record__State *now = store_state(member->store);
    assert_int_equal(now->turn, before->turn);
    assert_int_equal(now->next_position, before->next_position);
    assert_int_equal(now->open_duties, before->open_duties);
}

// Leaves the member with the event decided.
static void starve(struct member *member, const struct event *event)
{
    struct decided_turn ample;
    struct decided_turn turn;
    town_save(member);
    assert_int_equal(try_with(member, AMPLE_BYTES, event, &ample), ATTEMPT_DONE);
    town_restore(member);
    const Record__State before = *store_state(member->store);
    size_t broken = 0;
    for (size_t bytes = STEP_BYTES;; bytes += STEP_BYTES) {
        enum attempt_outcome outcome = try_with(member, bytes, event, &turn);
        if (outcome == ATTEMPT_DONE) {
            break;
        }
        if (outcome != ATTEMPT_BROKEN) {
            fail_msg("with %zu bytes: %s", bytes, fail_trace());
        }
        expect_as_before(member, &before);
        broken++;
    }
    assert_true(broken > 0);
    assert_memory_equal(&turn, &ample, sizeof turn);
}

static void starve_request(struct member *member, Control__Request__AskCase ask, void *message)
{
    Control__Request request = CONTROL__REQUEST__INIT;
    struct event event = town_event(member->town, EVENT_REQUEST);
    request.number = 1;
    request.ask_case = ask;
    request.greet = message; // every member of the union is a pointer to a message
    event.request = (struct client_request){.client = "test", .role = ROLE_ADMINISTRATOR, .request = &request, .allowed = true};
    starve(member, &event);
}

static void starve_submission(struct member *member, Control__Draft *draft)
{
    const struct event event = town_submission(member->town, &draft, 1);
    starve(member, &event);
}

static void starve_arrival(struct member *at, const struct member *from, struct bytes frame)
{
    const struct event event = town_arrival(at, from, frame);
    starve(at, &event);
}

// ------------------------------------------------------------------------------------------------------

// From the discovery to the confirmed assessment; every turn on the way starves.
static void lead_takes_its_course_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now - TOWN_HOUR));
    starve_submission(scene->bureau, fact);
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    town_add_copy(town, notice, scene->other->id);
    starve_submission(scene->bureau, notice);
    starve_submission(scene->bureau, notice); // the same again
    starve_arrival(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    starve_arrival(scene->township, scene->bureau, town_take(scene->bureau, scene->township)); // and again
    town_settle(town);
    starve_submission(scene->township, scene_acknowledgement(scene, notice));
    town_settle(town);
    Control__Draft *record =
        scene_reply(scene, "lead.assessment", scene->bureau->id, lead_assessment(town->arena, town->now - 60000), notice);
    starve_submission(scene->township, record);
    town_settle(town);
    starve_submission(scene->bureau, scene_reply(scene, "confirm", scene->township->id, lead_confirm(town->arena, "confirmed"), record));
    starve_arrival(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    assert_string_equal(town_duty_state(scene->township, "YC-1.1.2"), "met");
}

static void receipt_is_taken_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_notice(scene));
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1; // of the second body
    starve_arrival(scene->township, scene->bureau, frame);
    scene->town.now += TOWN_HOUR;
    town_receive(scene->township, scene->bureau, frame); // the receipt is said again
    starve_arrival(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 2);
    starve_submission(scene->bureau, scene_notice(scene));
}

static void recall_and_refusal_are_decided_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    town_submit(scene->bureau, notice);
    starve_submission(scene->bureau, scene_recall(scene, notice));
    starve_arrival(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    Control__Draft *empty = scene_notice(scene);
    empty->body.len = 0;
    starve_submission(scene->bureau, empty);
}

static void silence_is_judged_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_notice(scene));
    town_settle(&scene->town);
    scene->town.now += 3 * TOWN_DAY;
    const struct event tick = town_event(&scene->town, EVENT_TICK);
    starve(scene->bureau, &tick);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "unheard");
    const struct event greeting = town_greeting(scene->bureau, scene->township);
    starve(scene->bureau, &greeting);
    struct event asked = town_event(&scene->town, EVENT_ASK_OFFERED);
    asked.peer = scene->bureau->id;
    asked.up_to = scene->town.now - 1000;
    starve(scene->township, &asked);
    town_turn(scene->township, &asked, 1);
    starve_arrival(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "overdue");
}

static void lost_past_is_left_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_notice(scene));
    town_save(scene->bureau);
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    town_settle(&scene->town);
    town_restore(scene->bureau);
    const uint64_t epoch = view_state(town_view(scene->bureau))->epoch;
    const struct event greeting = town_greeting(scene->bureau, scene->township);
    starve(scene->bureau, &greeting);
    assert_true(view_state(town_view(scene->bureau))->epoch > epoch);
}

static void first_start_is_whole_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    struct member *fresh = town_open(town, "yecheng-bingxiang", SUITE_ED25519_SHA256);
    const struct event event = town_files(fresh, EVENT_START);
    starve(fresh, &event);
    assert_int_not_equal(view_state(town_view(fresh))->epoch, 0);
}

static void question_is_answered_however_short_memory_is(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notice = scene_notice(scene);
    Control__Find find = CONTROL__FIND__INIT;
    Control__List list = CONTROL__LIST__INIT;
    Control__MatterAsk matter = CONTROL__MATTER_ASK__INIT;
    Control__DueAsk due = CONTROL__DUE_ASK__INIT;
    Control__Export export = CONTROL__EXPORT__INIT;
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__StatusAsk status = CONTROL__STATUS_ASK__INIT;
    Control__PeerAsk peers = CONTROL__PEER_ASK__INIT;
    Control__OfficerAsk officers = CONTROL__OFFICER_ASK__INIT;
    Control__CompactAsk compact = CONTROL__COMPACT_ASK__INIT;
    Control__ProcedureAsk procedure = CONTROL__PROCEDURE_ASK__INIT;
    town_submit(scene->bureau, notice);
    town_settle(&scene->town);
    town_submit(scene->township, scene_acknowledgement(scene, notice));
    town_settle(&scene->town);
    struct event event = town_greeting(scene->bureau, scene->township);
    event.skew_ms = TOWN_HOUR;
    town_turn(scene->bureau, &event, 1); // an alarm to report
    find.id = notice->id;
    matter.matter = notice->id;
    export.matter = notice->id;
    due.closed_too = true;
    procedure.id = "yecheng-2025";
    const struct { Control__Request__AskCase ask; void *message; } questions[] = {
        {CONTROL__REQUEST__ASK_FIND, &find},           {CONTROL__REQUEST__ASK_LIST, &list},
        {CONTROL__REQUEST__ASK_MATTER, &matter},       {CONTROL__REQUEST__ASK_DUE, &due},
        {CONTROL__REQUEST__ASK_EXPORT, &export},       {CONTROL__REQUEST__ASK_GREET, &greet},
        {CONTROL__REQUEST__ASK_STATUS, &status},       {CONTROL__REQUEST__ASK_PEER_LIST, &peers},
        {CONTROL__REQUEST__ASK_OFFICER_LIST, &officers}, {CONTROL__REQUEST__ASK_COMPACT, &compact},
        {CONTROL__REQUEST__ASK_PROCEDURE, &procedure},
    };
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        starve_request(scene->bureau, questions[i].ask, questions[i].message);
    }
}

static void order_is_carried_out_however_short_memory_is(void **state)
{
    static char *roles[] = {"liaison"};
    struct scene *scene = *state;
    Control__PeerAdd add = CONTROL__PEER_ADD__INIT;
    Control__PeerChange change = CONTROL__PEER_CHANGE__INIT;
    Control__OfficerAdd officer = CONTROL__OFFICER_ADD__INIT;
    Control__AlarmClear clear = CONTROL__ALARM_CLEAR__INIT;
    struct bytes newer = town_card(scene->township, scene->town.now);
    struct event event = town_greeting(scene->bureau, scene->township);
    event.skew_ms = TOWN_HOUR;
    starve(scene->bureau, &event);
    add.card = (ProtobufCBinaryData){newer.size, (uint8_t *)(uintptr_t)newer.data};
    change.agency = scene->township->id;
    change.change = "suspend";
    officer.certificate = TOWN_OFFICER;
    officer.name = "李娜";
    officer.roles = roles;
    officer.n_roles = 1;
    clear.code = "clock-skew";
    clear.agency = scene->township->id;
    starve_request(scene->bureau, CONTROL__REQUEST__ASK_PEER_ADD, &add);
    starve_request(scene->bureau, CONTROL__REQUEST__ASK_PEER_CHANGE, &change);
    starve_request(scene->bureau, CONTROL__REQUEST__ASK_OFFICER_ADD, &officer);
    starve_request(scene->bureau, CONTROL__REQUEST__ASK_ALARM_CLEAR, &clear);
    roles[0] = "nobody's role";
    starve_request(scene->bureau, CONTROL__REQUEST__ASK_OFFICER_ADD, &officer); // refused with all roles there are
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(lead_takes_its_course_however_short_memory_is),
        with_scene(receipt_is_taken_however_short_memory_is),
        with_scene(recall_and_refusal_are_decided_however_short_memory_is),
        with_scene(silence_is_judged_however_short_memory_is),
        with_scene(lost_past_is_left_however_short_memory_is),
        with_scene(first_start_is_whole_however_short_memory_is),
        with_scene(question_is_answered_however_short_memory_is),
        with_scene(order_is_carried_out_however_short_memory_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
