// SPDX-License-Identifier: Apache-2.0
//
// Receipts and offered marks: what they move, and above all what forged ones do not.
#include "unit/scene.h"

#include "wire/tree.h"

// A forged receipt that the township's key signs. The test fills in what it claims.
struct claim {
    struct scene *scene;
    Wire__Receipt receipt;
    Wire__Run run;
    Wire__Refused refused;
    Wire__Run *runs[1];
    Wire__Refused *refusals[1];
    struct digest root;
};

static struct digest leaf_of(struct scene *scene, uint64_t sequence)
{
    struct digest leaf;
    struct stream_place place = scene_outgoing(scene->bureau, scene->township);
    struct view *view = town_view(scene->bureau);
    uint64_t position = view_outbox(view, scene->township->id, 0, place.epoch, sequence);
    const struct held *held = view_statement(view, position, scene->town.arena);
    assert_non_null(held);
    memcpy(leaf.bytes, held->leaf.data, DIGEST_BYTES);
    return leaf;
}

// The claim that would be true: all of `from` to `to` were held now.
static void start_claim(struct claim *claim, struct scene *scene, uint64_t from, uint64_t to)
{
    struct digest leaves[8];
    *claim = (struct claim){.scene = scene, .receipt = WIRE__RECEIPT__INIT};
    wire__run__init(&claim->run);
    for (uint64_t i = from; i <= to; i++) {
        leaves[i - from] = leaf_of(scene, i);
    }
    tree_root_of(SUITE_ED25519_SHA256, leaves, to - from + 1, &claim->root);
    claim->run.epoch = scene_outgoing(scene->bureau, scene->township).epoch;
    claim->run.from = from;
    claim->run.to = to;
    claim->run.received_at = scene->town.now;
    claim->run.root = (ProtobufCBinaryData){DIGEST_BYTES, claim->root.bytes};
    claim->runs[0] = &claim->run;
    claim->receipt.runs = claim->runs;
    claim->receipt.n_runs = 1;
}

static void claim_refusal(struct claim *claim, struct scene *scene, uint64_t sequence)
{
    *claim = (struct claim){.scene = scene, .receipt = WIRE__RECEIPT__INIT};
    wire__refused__init(&claim->refused);
    claim->root = leaf_of(scene, sequence);
    claim->refused.epoch = scene_outgoing(scene->bureau, scene->township).epoch;
    claim->refused.position = sequence;
    claim->refused.leaf = (ProtobufCBinaryData){DIGEST_BYTES, claim->root.bytes};
    claim->refused.code = "value";
    claim->refused.detail = "不收";
    claim->refused.received_at = scene->town.now;
    claim->refusals[0] = &claim->refused;
    claim->receipt.refusals = claim->refusals;
    claim->receipt.n_refusals = 1;
}

static struct town_statement seal_claim(struct claim *claim, struct member *author, const char *to)
{
    struct bytes body = decode_pack(&claim->receipt.base, claim->scene->town.arena);
    return town_forge(author, town_header(author, "receipt", to, body), body);
}

static void carry(struct scene *scene, const struct member *carrier,
                  struct town_statement statement)
{
    const struct town_item item = {FRAME_UNNUMBERED, statement};
    town_receive(scene->bureau, carrier, town_pack(&scene->town, 0, 0, &item, 1));
}

static void make_claim(struct claim *claim)
{
    struct scene *scene = claim->scene;
    carry(scene, scene->township, seal_claim(claim, scene->township, scene->bureau->id));
}

// Nothing moved: the message is still to be sent, and no duty has changed.
static void expect_unmoved(struct scene *scene, uint64_t settled)
{
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, settled);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_CURSOR), 0);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_DUTY), 0);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_DELIVERY), 0);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_STATEMENT), 0);
}

static void expect_alarm(struct scene *scene)
{
    assert_true(town_has_alarm(scene->bureau, "receipt", scene->township->id));
}

static void submit_notes(struct scene *scene, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        town_submit(scene->bureau, scene_note(scene, scene->township->id, "一"));
    }
}

// -------------------------------------------------------------------------------------------------

static void receipt_that_is_true_moves_the_cursor(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 3);
    start_claim(&claim, scene, 1, 3);
    make_claim(&claim);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id));
}

static void receipt_of_another_root_moves_nothing_and_alarms(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 3);
    start_claim(&claim, scene, 1, 3);
    claim.root.bytes[7] ^= 1;
    make_claim(&claim);
    expect_unmoved(scene, 0);
    expect_alarm(scene);
    town_settle(&scene->town); // the truth is still believed
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
}

static void receipt_beyond_what_was_sent_moves_nothing_and_alarms(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 2);
    start_claim(&claim, scene, 1, 2);
    claim.run.to = 3;
    make_claim(&claim);
    expect_unmoved(scene, 0);
    expect_alarm(scene);
}

static void receipt_that_begins_at_zero_or_runs_backwards_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 2);
    start_claim(&claim, scene, 1, 2);
    claim.run.from = 0;
    make_claim(&claim);
    expect_unmoved(scene, 0);
    start_claim(&claim, scene, 1, 2);
    claim.run.from = 2;
    claim.run.to = 1;
    make_claim(&claim);
    expect_unmoved(scene, 0);
}

static void receipt_without_a_time_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    const int64_t times[] = {0, -1, 1};
    submit_notes(scene, 1);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        start_claim(&claim, scene, 1, 1);
        claim.run.received_at = times[i];
        make_claim(&claim);
        expect_unmoved(scene, 0);
    }
}

// Who seals a receipt at ten cannot have received at eleven.
static void receipt_of_a_time_after_its_own_seal_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 1);
    start_claim(&claim, scene, 1, 1);
    claim.run.received_at = scene->town.now + TOWN_DAY;
    make_claim(&claim);
    expect_unmoved(scene, 0);
}

static void receipt_of_another_epoch_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 1);
    start_claim(&claim, scene, 1, 1);
    claim.run.epoch--;
    make_claim(&claim);
    expect_unmoved(scene, 0);
    assert_false(town_has_alarm(scene->bureau, "receipt", scene->township->id)); // late, and no lie
}

static void receipt_of_another_agency_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 1);
    start_claim(&claim, scene, 1, 1);
    struct town_statement theirs = seal_claim(&claim, scene->other, scene->bureau->id);
    carry(scene, scene->other, theirs);
    expect_unmoved(scene, 0);
    carry(scene, scene->township, theirs); // brought by the right agency, said by another
    expect_unmoved(scene, 0);
    carry(scene, scene->other, seal_claim(&claim, scene->township, scene->bureau->id));
    expect_unmoved(scene, 0);
    carry(scene, scene->township, seal_claim(&claim, scene->township, scene->other->id));
    expect_unmoved(scene, 0);
}

static void run_that_comes_after_a_lost_one_waits(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 3);
    start_claim(&claim, scene, 2, 3);
    make_claim(&claim);
    expect_unmoved(scene, 0);
    start_claim(&claim, scene, 1, 3);
    make_claim(&claim);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
}

static void receipt_repeated_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 1);
    start_claim(&claim, scene, 1, 1);
    struct town_statement receipt = seal_claim(&claim, scene->township, scene->bureau->id);
    carry(scene, scene->township, receipt);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_CURSOR), 1);
    carry(scene, scene->township, receipt);
    expect_unmoved(scene, 1);
    make_claim(&claim); // the same once more, sealed anew
    expect_unmoved(scene, 1);
}

// What a receipt has said stays said, whatever a later one that reaches back over it says.
static void receipt_that_reaches_back_does_not_move_a_time_that_was_told(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 3);
    start_claim(&claim, scene, 1, 2);
    make_claim(&claim);
    scene->town.now += TOWN_DAY;
    start_claim(&claim, scene, 2, 3);
    make_claim(&claim);
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
    struct view *view = town_view(scene->bureau);
    const int64_t expected[] = {TOWN_BEGIN, TOWN_BEGIN, TOWN_BEGIN + TOWN_DAY};
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t position =
            view_outbox(view, scene->township->id, 0, claim.run.epoch, i + 1);
        assert_int_equal(
            view_arrived_at(view, position, scene->township->id, scene->town.arena), expected[i]);
    }
}

static void refusal_moves_the_delivery_and_not_a_duty(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 2);
    claim_refusal(&claim, scene, 1);
    make_claim(&claim);
    uint64_t position = view_outbox(town_view(scene->bureau), scene->township->id, 0,
                                    claim.refused.epoch, 1);
    assert_string_equal(town_delivery(scene->bureau, position, scene->township->id), "refused");
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 1);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_DUTY), 0);
    Record__DeliverySet *row = view_delivery(town_view(scene->bureau), position,
                                             scene->township->id, scene->town.arena);
    assert_string_equal(row->code, "value");
    assert_string_equal(row->detail, "不收");
}

static void refusal_that_is_forged_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 2);
    claim_refusal(&claim, scene, 1);
    claim.root.bytes[0] ^= 1; // of a statement that was not sent
    make_claim(&claim);
    expect_unmoved(scene, 0);
    expect_alarm(scene);
    claim_refusal(&claim, scene, 1);
    claim.refused.position = 3; // beyond
    make_claim(&claim);
    expect_unmoved(scene, 0);
    claim_refusal(&claim, scene, 1);
    claim.refused.code = ""; // of nothing
    make_claim(&claim);
    expect_unmoved(scene, 0);
}

// One refusal cannot take back what an earlier run has held.
static void refusal_of_what_was_held_moves_nothing(void **state)
{
    struct scene *scene = *state;
    struct claim claim;
    submit_notes(scene, 1);
    start_claim(&claim, scene, 1, 1);
    make_claim(&claim);
    claim_refusal(&claim, scene, 1);
    make_claim(&claim);
    expect_unmoved(scene, 1);
}

static void one_receipt_tells_of_held_and_refused_in_order(void **state)
{
    struct scene *scene = *state;
    submit_notes(scene, 3);
    struct view *view = town_view(scene->bureau);
    struct stream_place place = scene_outgoing(scene->bureau, scene->township);
    struct town_item items[3];
    for (uint64_t i = 0; i < 3; i++) {
        uint64_t position = view_outbox(view, scene->township->id, 0, place.epoch, i + 1);
        items[i] = (struct town_item){FRAME_NUMBERED,
                                      town_held(scene->bureau, position, VIEW_ALL_PARTS)};
        view = town_view(scene->bureau);
    }
    ((uint8_t *)items[1].statement.body.data)[items[1].statement.body.size - 1] ^= 1;
    town_receive(scene->township, scene->bureau,
                 town_pack(&scene->town, place.epoch, 1, items, 3));
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
    assert_int_equal(scene_outgoing(scene->bureau, scene->township).settled, 3);
    const char *const expected[] = {"arrived", "refused", "arrived"};
    for (uint64_t i = 0; i < 3; i++) {
        view = town_view(scene->bureau);
        uint64_t position = view_outbox(view, scene->township->id, 0, place.epoch, i + 1);
        assert_string_equal(town_delivery(scene->bureau, position, scene->township->id),
                            expected[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(receipt_that_is_true_moves_the_cursor),
        with_scene(receipt_of_another_root_moves_nothing_and_alarms),
        with_scene(receipt_beyond_what_was_sent_moves_nothing_and_alarms),
        with_scene(receipt_that_begins_at_zero_or_runs_backwards_moves_nothing),
        with_scene(receipt_without_a_time_moves_nothing),
        with_scene(receipt_of_a_time_after_its_own_seal_moves_nothing),
        with_scene(receipt_of_another_epoch_moves_nothing),
        with_scene(receipt_of_another_agency_moves_nothing),
        with_scene(run_that_comes_after_a_lost_one_waits),
        with_scene(receipt_repeated_moves_nothing),
        with_scene(receipt_that_reaches_back_does_not_move_a_time_that_was_told),
        with_scene(refusal_moves_the_delivery_and_not_a_duty),
        with_scene(refusal_that_is_forged_moves_nothing),
        with_scene(refusal_of_what_was_held_moves_nothing),
        with_scene(one_receipt_tells_of_held_and_refused_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
