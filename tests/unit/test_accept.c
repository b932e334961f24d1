// SPDX-License-Identifier: Apache-2.0
//
// What a peer's frames do to a store: held, refused or left for later, each position decided once.
#include "unit/scene.h"

// The frame in which the bureau offers the township all it has for it.
static struct bytes take(struct scene *scene)
{
    return town_take(scene->bureau, scene->township);
}

static void send_note(struct scene *scene, Control__Draft **out_note, const char *words)
{
    *out_note = scene_note(scene, scene->township->id, words);
    town_submit(scene->bureau, *out_note);
}

static Record__StreamMoved *decision_at(struct scene *scene, uint64_t sequence)
{
    uint64_t epoch = view_state(town_view(scene->bureau))->epoch;
    return view_inbox(town_view(scene->township), scene->bureau->id, 0, epoch, sequence,
                      scene->town.arena);
}

static void expect_refusal(struct scene *scene, uint64_t sequence, const char *code)
{
    Record__StreamMoved *moved = decision_at(scene, sequence);
    assert_non_null(moved);
    assert_string_equal(moved->refusal_code, code);
    assert_int_equal(moved->position, 0);
    assert_int_equal(scene_incoming(scene->township, scene->bureau).last, sequence);
}

// A frame of one forged statement at the position that the township expects next.
static void offer(struct scene *scene, struct member *from, enum frame_role role,
                  struct town_statement statement)
{
    const struct town_item item = {role, statement};
    uint64_t next = scene_incoming(scene->township, from).last + 1;
    uint64_t epoch = view_state(town_view(from))->epoch;
    town_receive(scene->township, from, town_pack(&scene->town, epoch, next, &item, 1));
}

// ---------------------------------------------------------------------------------- once and for all

static void frame_offered_again_is_held_once_and_answered_alike(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    struct bytes frame = take(scene);
    town_receive(scene->township, scene->bureau, frame); // and the receipt is lost
    scene->town.now += TOWN_DAY;
    town_receive(scene->township, scene->bureau, frame);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 1);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STREAM), 0);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    uint64_t position = town_find(scene->bureau, scene->bureau, note->id);
    assert_int_equal(view_arrived_at(town_view(scene->bureau), position, scene->township->id,
                                     scene->town.arena),
                     TOWN_BEGIN);
    town_tick(scene->township); // a day has gone by: its light is amber
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static void two_copies_in_one_turn_are_held_once(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    struct bytes frame = take(scene);
    const struct event events[] = {town_arrival(scene->township, scene->bureau, frame),
                                   town_arrival(scene->township, scene->bureau, frame)};
    town_turn(scene->township, events, 2);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STREAM), 1);
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 2);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 1);
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id));
}

static void same_statement_at_a_second_position_is_the_same_statement(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    town_settle(&scene->town);
    uint64_t position = town_find(scene->bureau, scene->bureau, note->id);
    scene->town.now += TOWN_HOUR;
    offer(scene, scene->bureau, FRAME_NUMBERED,
          town_held(scene->bureau, position, VIEW_ALL_PARTS));
    Record__StreamMoved *moved = decision_at(scene, 2);
    assert_string_equal(moved->refusal_code, "");
    assert_int_equal(moved->position, town_find(scene->township, scene->bureau, note->id));
    assert_int_equal(moved->received_at, TOWN_BEGIN);
}

static void same_id_with_other_content_is_refused_and_alarmed(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    town_settle(&scene->town);
    struct bytes body = lead_note(scene->town.arena, "二");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    header->id = note->id;
    offer(scene, scene->bureau, FRAME_NUMBERED, town_forge(scene->bureau, header, body));
    expect_refusal(scene, 2, "conflict");
    assert_true(town_has_alarm(scene->township, "conflict", scene->bureau->id));
    assert_memory_equal(scene_held(scene->township, scene->bureau, note)->leaf.data,
                        scene_held(scene->bureau, scene->bureau, note)->leaf.data, DIGEST_BYTES);
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static void same_source_record_under_another_id_is_refused_and_alarmed(void **state)
{
    struct scene *scene = *state;
    Wire__Source source = WIRE__SOURCE__INIT;
    source.system = "case-system";
    source.record = "2025-17";
    Control__Draft *note = scene_note(scene, scene->township->id, "一");
    note->source = &source;
    town_submit(scene->bureau, note);
    town_settle(&scene->town);
    struct bytes body = lead_note(scene->town.arena, "一");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    header->source = &source;
    offer(scene, scene->bureau, FRAME_NUMBERED, town_forge(scene->bureau, header, body));
    expect_refusal(scene, 2, "source-conflict");
    assert_true(town_has_alarm(scene->township, "source-conflict", scene->bureau->id));
}

// -------------------------------------------------------------------------------------- positions

static void gap_is_left_for_later_and_filled(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notes[2];
    send_note(scene, &notes[0], "一");
    send_note(scene, &notes[1], "二");
    town_receive(scene->township, scene->bureau,
                 town_take_range(scene->bureau, scene->township, 2, 2));
    assert_int_equal(scene->township->effects.fact_count, 0);
    assert_true(town_has_release(scene->township, RELEASE_LATER));
    const Wire__Later *later = scene->township->effects.first_release->later;
    assert_string_equal(later->reason, "gap");
    assert_int_equal(later->position, 1);
    assert_null(scene_held(scene->township, scene->bureau, notes[1]));
    town_receive(scene->township, scene->bureau, take(scene));
    assert_non_null(scene_held(scene->township, scene->bureau, notes[1]));
    assert_int_equal(scene_incoming(scene->township, scene->bureau).last, 2);
}

// The frame overlaps what is decided and goes on behind it: the known part is only told again.
static void frame_that_overlaps_goes_on_where_it_is_new(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notes[3];
    send_note(scene, &notes[0], "一");
    send_note(scene, &notes[1], "二");
    town_receive(scene->township, scene->bureau, take(scene));
    scene->town.now += 60000;
    send_note(scene, &notes[2], "三");
    town_receive(scene->township, scene->bureau, take(scene));
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STREAM), 1);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

// One bit of the body is lost on the way: the position is spent, and what comes behind it is not held up.
static void position_of_a_refused_message_is_spent(void **state)
{
    struct scene *scene = *state;
    Control__Draft *notes[2];
    send_note(scene, &notes[0], "一");
    uint64_t position = town_find(scene->bureau, scene->bureau, notes[0]->id);
    struct bytes frame = take(scene);
    ((uint8_t *)frame.data)[frame.size - 1] ^= 1;
    town_receive(scene->township, scene->bureau, frame);
    expect_refusal(scene, 1, "commitment");
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_REFUSED), 1);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id), "refused");
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 1);
    assert_null(take(scene).data);
    assert_string_equal(town_duty_state(scene->bureau, "sign-for"), "");

    send_note(scene, &notes[1], "二");
    town_settle(&scene->town);
    assert_null(scene_held(scene->township, scene->bureau, notes[0]));
    assert_non_null(scene_held(scene->township, scene->bureau, notes[1]));
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

static void position_refused_once_is_refused_for_good(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    struct bytes good = take(scene);
    struct bytes bad = arena_copy_bytes(scene->town.arena, good);
    ((uint8_t *)bad.data)[bad.size - 1] ^= 1;
    town_receive(scene->township, scene->bureau, bad);
    town_receive(scene->township, scene->bureau, good);
    expect_refusal(scene, 1, "commitment");
    assert_null(scene_held(scene->township, scene->bureau, note));
}

// ------------------------------------------------------------------------------------- objections

struct objection {
    const char *code;
    void (*change)(struct scene *scene, Wire__Header *header);
};

static void address_to_another(struct scene *scene, Wire__Header *header)
{
    header->to[0] = scene->other->id;
}

static void name_another_author(struct scene *scene, Wire__Header *header)
{
    header->author = scene->other->id;
}

static void mark_secret(struct scene *scene, Wire__Header *header)
{
    (void)scene;
    header->handling = "机密";
}

static void name_unknown_kind(struct scene *scene, Wire__Header *header)
{
    (void)scene;
    header->kind = "lead.unheard-of";
    header->n_law = 0;
}

static void name_another_compact(struct scene *scene, Wire__Header *header)
{
    (void)scene;
    header->compact = "elsewhere";
}

static void name_another_procedure(struct scene *scene, Wire__Header *header)
{
    header->procedure.data = arena_copy(scene->town.arena, header->procedure.data, DIGEST_BYTES);
    header->procedure.data[0] ^= 1;
}

static void add_law_pair(struct scene *scene, Wire__Header *header)
{
    static Wire__LawPair pair;
    wire__law_pair__init(&pair);
    pair.name = "decision";
    pair.value = "start";
    header->law = arena_take(scene->town.arena, sizeof *header->law);
    header->law[0] = &pair;
    header->n_law = 1;
}

static void happen_tomorrow(struct scene *scene, Wire__Header *header)
{
    header->occurred_at = scene->town.now + TOWN_DAY;
}

static const struct objection objections[] = {
    {"addressing", address_to_another},
    {"identity", name_another_author},
    {"secret", mark_secret},
    {"unknown-kind", name_unknown_kind},
    {"compact", name_another_compact},
    {"procedure", name_another_procedure},
    {"law-pairs", add_law_pair},
    {"value", happen_tomorrow},
};

static void objection_refuses_and_spends_the_position(void **state)
{
    struct scene *scene = *state;
    struct bytes body = lead_note(scene->town.arena, "一");
    for (size_t i = 0; i < sizeof objections / sizeof objections[0]; i++) {
        Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
        objections[i].change(scene, header);
        offer(scene, scene->bureau, FRAME_NUMBERED, town_forge(scene->bureau, header, body));
        expect_refusal(scene, i + 1, objections[i].code);
        assert_int_equal(view_find(town_view(scene->township), header->author,
                                   (struct bytes){header->id.data, header->id.len}),
                         0);
    }
    assert_string_equal(town_duties(scene->township), "");
}

// The key is the agency's own; only its seal says that it comes from a test.
static void statement_of_a_test_is_refused(void **state)
{
    struct scene *scene = *state;
    struct seal seal;
    struct bytes body = lead_note(scene->town.arena, "一");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    struct town_statement statement = town_forge(scene->bureau, header, body);
    assert_true(seal_decode(statement.seal, &seal));
    seal.domain = SEAL_TEST;
    seal_encode(&seal, statement.seal);
    assert_int_equal(keyring_sign(scene->bureau->keyring, statement.seal), 0);
    offer(scene, scene->bureau, FRAME_NUMBERED, statement);
    expect_refusal(scene, 1, "test-stamp");
}

static void statement_over_anothers_link_is_refused_there(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    uint64_t position = town_find(scene->bureau, scene->bureau, note->id);
    offer(scene, scene->other, FRAME_NUMBERED,
          town_held(scene->bureau, position, VIEW_ALL_PARTS));
    assert_null(scene_held(scene->township, scene->bureau, note));
    assert_true(town_has_alarm(scene->township, "identity", scene->other->id));
    town_settle(&scene->town); // the author himself is heard all the same
    assert_non_null(scene_held(scene->township, scene->bureau, note));
}

static void suspended_peer_is_not_heard(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    Control__PeerChange change = CONTROL__PEER_CHANGE__INIT;
    Control__Request request = CONTROL__REQUEST__INIT;
    change.agency = scene->bureau->id;
    change.change = "suspend";
    request.ask_case = CONTROL__REQUEST__ASK_PEER_CHANGE;
    request.peer_change = &change;
    struct event event = town_event(&scene->town, EVENT_REQUEST);
    event.request = (struct client_request){
        .client = "test", .role = ROLE_OPERATOR, .request = &request, .allowed = true};
    town_turn(scene->township, &event, 1);
    town_receive(scene->township, scene->bureau, take(scene));
    assert_int_equal(scene->township->effects.fact_count, 0);
    change.change = "resume";
    town_turn(scene->township, &event, 1);
    town_settle(&scene->town);
    assert_non_null(scene_held(scene->township, scene->bureau, note));
}

// ------------------------------------------------------------------------------------- enclosures

static void cited_fact_comes_along_without_its_body(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL,
                                      lead_discovered(town->arena, town->now - TOWN_HOUR));
    town_submit(scene->bureau, fact);
    Control__Draft *notice = scene_notice(scene);
    notice->matter = fact->id;
    town_submit(scene->bureau, notice);
    town_settle(town);
    const struct held *held = scene_held(scene->township, scene->bureau, fact);
    assert_non_null(held);
    assert_true(held->enclosed);
    assert_false(scene_has_body(scene->township, scene->bureau, fact));
    assert_true(scene_has_body(scene->township, scene->bureau, notice));
    assert_string_equal(town_duties(scene->bureau), town_duties(scene->township));
}

// The other township holds copies: of the notice, and of the township's signing for it.
static void reply_counts_in_the_turn_that_brings_both(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    struct bytes first = town_take(scene->bureau, scene->other);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *sign = scene_acknowledgement(scene, notice);
    town_add_copy(town, sign, scene->other->id);
    town_submit(scene->township, sign);
    struct bytes second = town_take(scene->township, scene->other);
    const struct event events[] = {town_arrival(scene->other, scene->bureau, first),
                                   town_arrival(scene->other, scene->township, second)};
    town_turn(scene->other, events, 2);
    assert_string_equal(town_duty_state(scene->other, "sign-for"), "open"); // the reply tells when it began
}

// The township passes the bureau's notice on to the other township, before the bureau's own copy arrives.
static void enclosed_message_is_completed_when_it_is_delivered(void **state)
{
    struct scene *scene = *state;
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *note = scene_note(scene, scene->other->id, "参见通报");
    town_submit(scene->township, note);
    const struct town_item items[] = {
        {FRAME_ENCLOSURE,
         town_held(scene->township, town_find(scene->township, scene->bureau, notice->id),
                   VIEW_NO_PARTS)},
        {FRAME_NUMBERED,
         town_held(scene->township, town_find(scene->township, scene->township, note->id),
                   VIEW_ALL_PARTS)},
    };
    uint64_t epoch = view_state(town_view(scene->township))->epoch;
    town_receive(scene->other, scene->township, town_pack(town, epoch, 1, items, 2));
    const struct held *held = scene_held(scene->other, scene->bureau, notice);
    assert_true(held->enclosed);
    assert_string_equal(held->carrier, scene->township->id);
    assert_false(scene_has_body(scene->other, scene->bureau, notice));

    town->now += TOWN_HOUR;
    town_deliver(scene->bureau, scene->other);
    assert_int_equal(town_count_facts(scene->other, RECORD__EFFECT__IS_COMPLETED), 1);
    held = scene_held(scene->other, scene->bureau, notice);
    assert_false(held->enclosed);
    assert_string_equal(held->carrier, scene->bureau->id);
    assert_int_equal(held->received_at, TOWN_BEGIN + TOWN_HOUR);
    assert_true(scene_has_body(scene->other, scene->bureau, notice));
    assert_true(view_has_mark(held, "copy")); // as if it had come straight away
    assert_int_equal(scene_outgoing(scene->bureau, scene->other).settled, 1);
}

static void enclosure_that_contradicts_what_is_held_is_alarmed(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    town_settle(&scene->town);
    struct bytes body = lead_note(scene->town.arena, "二");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    header->id = note->id;
    struct town_statement forged = town_forge(scene->bureau, header, body);
    struct envelope envelope;
    assert_int_equal(envelope_decode(forged.body, &envelope), ENVELOPE_OK);
    envelope.parts[0] = (struct envelope_part){.form = PART_WITHHELD};
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(scene->town.arena, size);
    envelope_encode(&envelope, bytes, size);
    forged.body = (struct bytes){bytes, size};
    offer(scene, scene->other, FRAME_ENCLOSURE, forged);
    assert_true(town_has_alarm(scene->township, "conflict", scene->bureau->id));
    assert_int_equal(town_count_facts(scene->township, RECORD__EFFECT__IS_STATEMENT), 0);
}

static void enclosure_that_brings_its_body_is_not_held(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note = scene_note(scene, scene->other->id, "给别人的");
    town_submit(scene->bureau, note);
    uint64_t position = town_find(scene->bureau, scene->bureau, note->id);
    offer(scene, scene->bureau, FRAME_ENCLOSURE,
          town_held(scene->bureau, position, VIEW_ALL_PARTS));
    assert_null(scene_held(scene->township, scene->bureau, note));
}

static void message_without_its_body_needs_a_recall(void **state)
{
    struct scene *scene = *state;
    Control__Draft *note;
    send_note(scene, &note, "一");
    uint64_t position = town_find(scene->bureau, scene->bureau, note->id);
    offer(scene, scene->bureau, FRAME_NUMBERED, town_held(scene->bureau, position, VIEW_NO_PARTS));
    expect_refusal(scene, 1, "commitment");
    offer(scene, scene->bureau, FRAME_RECALLED, town_held(scene->bureau, position, VIEW_NO_PARTS));
    expect_refusal(scene, 2, "commitment");
    assert_string_equal(town_duties(scene->township), "");
}

// Guards against a key of the store that outgrows its bound: the reference is part of one.
static void source_reference_longer_than_a_key_is_refused(void **state)
{
    static char text[301];
    struct scene *scene = *state;
    struct bytes body = lead_note(scene->town.arena, "一");
    Wire__Header *header = town_header(scene->bureau, "note", scene->township->id, body);
    Wire__Source source = WIRE__SOURCE__INIT;
    memset(text, 'x', sizeof(text) - 1);
    source.system = text;
    source.record = text;
    header->source = &source;
    offer(scene, scene->bureau, FRAME_NUMBERED, town_forge(scene->bureau, header, body));
    expect_refusal(scene, 1, "limit");
}

static struct town_statement withhold(struct scene *scene, struct town_statement statement)
{
    struct envelope envelope;
    assert_int_equal(envelope_decode(statement.body, &envelope), ENVELOPE_OK);
    for (size_t i = 0; i < envelope.part_count; i++) {
        envelope.parts[i] = (struct envelope_part){.form = PART_WITHHELD};
    }
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(scene->town.arena, size);
    envelope_encode(&envelope, bytes, size);
    statement.body = (struct bytes){bytes, size};
    return statement;
}

// Guards against a body that is held unjudged: enclosed without it first, then numbered without it.
static void enclosure_does_not_stand_in_for_a_recall(void **state)
{
    struct scene *scene = *state;
    struct bytes body = lead_notice(scene->town.arena, scene->town.now - TOWN_HOUR);
    Wire__Header *header = town_header(scene->bureau, "lead.notice", scene->township->id, body);
    struct town_statement notice = withhold(scene, town_forge(scene->bureau, header, body));
    offer(scene, scene->bureau, FRAME_ENCLOSURE, notice);
    offer(scene, scene->bureau, FRAME_RECALLED, notice);
    expect_refusal(scene, 1, "commitment");
}

// Guards against a statement that is held and can be proved to nobody: the store keeps one seal a turn.
static void second_seal_of_one_turn_is_refused_and_alarmed(void **state)
{
    struct scene *scene = *state;
    struct bytes first = lead_note(scene->town.arena, "一");
    struct bytes second = lead_note(scene->town.arena, "二");
    Wire__Header *first_header = town_header(scene->bureau, "note", scene->township->id, first);
    Wire__Header *second_header = town_header(scene->bureau, "note", scene->township->id, second);
    uint64_t count = scene->town.count;
    struct town_statement one = town_forge(scene->bureau, first_header, first);
    scene->town.count = count; // the same turn
    struct town_statement other = town_forge(scene->bureau, second_header, second);
    offer(scene, scene->bureau, FRAME_NUMBERED, one);
    offer(scene, scene->bureau, FRAME_NUMBERED, other);
    expect_refusal(scene, 2, "conflict");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(source_reference_longer_than_a_key_is_refused),
        with_scene(enclosure_does_not_stand_in_for_a_recall),
        with_scene(second_seal_of_one_turn_is_refused_and_alarmed),
        with_scene(frame_offered_again_is_held_once_and_answered_alike),
        with_scene(two_copies_in_one_turn_are_held_once),
        with_scene(same_statement_at_a_second_position_is_the_same_statement),
        with_scene(same_id_with_other_content_is_refused_and_alarmed),
        with_scene(same_source_record_under_another_id_is_refused_and_alarmed),
        with_scene(gap_is_left_for_later_and_filled),
        with_scene(frame_that_overlaps_goes_on_where_it_is_new),
        with_scene(position_of_a_refused_message_is_spent),
        with_scene(position_refused_once_is_refused_for_good),
        with_scene(objection_refuses_and_spends_the_position),
        with_scene(statement_of_a_test_is_refused),
        with_scene(statement_over_anothers_link_is_refused_there),
        with_scene(suspended_peer_is_not_heard),
        with_scene(cited_fact_comes_along_without_its_body),
        with_scene(reply_counts_in_the_turn_that_brings_both),
        with_scene(enclosed_message_is_completed_when_it_is_delivered),
        with_scene(enclosure_that_contradicts_what_is_held_is_alarmed),
        with_scene(enclosure_that_brings_its_body_is_not_held),
        with_scene(message_without_its_body_needs_a_recall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
