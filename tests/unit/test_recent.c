// SPDX-License-Identifier: Apache-2.0
//
// What a turn met is found again as long as the turn lasts, and never once its row is another.
#include "unit/check.h"
#include "unit/law_text.h"
#include "unit/store_bench.h"

#include <stdio.h>

#include "store/recent.h"

static struct key key_of(unsigned number)
{
    struct key key = {0};
    schema_add_u64(&key, number);
    return key;
}

static void what_was_kept_is_found_under_its_table_alone(void **state)
{
    struct store_bench *bench = *state;
    struct recent recent;
    int object;
    struct key key = key_of(1);
    recent_start(&recent, bench->arena);
    assert_null(recent_find(&recent, TABLE_DUTIES, &key));
    recent_keep(&recent, TABLE_DUTIES, &key, &object);
    assert_ptr_equal(recent_find(&recent, TABLE_DUTIES, &key), &object);
    assert_null(recent_find(&recent, TABLE_STATEMENTS, &key));
    recent_drop(&recent, TABLE_DUTIES, &key);
    assert_null(recent_find(&recent, TABLE_DUTIES, &key));
    recent_keep(&recent, TABLE_DUTIES, &key, &recent);
    assert_ptr_equal(recent_find(&recent, TABLE_DUTIES, &key), &recent);
    recent_stop(&recent);
    assert_null(recent_find(&recent, TABLE_DUTIES, &key));
}

static void many_are_kept_apart(void **state)
{
    enum { MANY = 5000 };
    static int objects[MANY];
    struct store_bench *bench = *state;
    struct recent recent;
    recent_start(&recent, bench->arena);
    for (unsigned i = 0; i < MANY; i++) {
        struct key key = key_of(i);
        recent_keep(&recent, TABLE_PARTS, &key, &objects[i]);
    }
    for (unsigned i = 0; i < MANY; i++) {
        struct key key = key_of(i);
        assert_ptr_equal(recent_find(&recent, TABLE_PARTS, &key), &objects[i]);
    }
}

static void outside_a_turn_nothing_is_kept(void **state)
{
    struct recent recent;
    struct key key = key_of(1);
    (void)state;
    recent_start(&recent, NULL);
    recent_keep(&recent, TABLE_DUTIES, &key, &key);
    assert_null(recent_find(&recent, TABLE_DUTIES, &key));
}

// Guards against a row that is read as it was before the turn changed it.
static void row_reads_as_it_was_written_last(void **state)
{
    struct store_bench *bench = *state;
    store_bench_begin(bench);
    struct view *view = store_writing(bench->store);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        Record__Queued *queued = arena_take(bench->arena, sizeof *queued);
        record__queued__init(queued);
        queued->peer = "yecheng-jiazhen";
        queued->sequence = sequence;
        queued->position = sequence;
        effect_put(&bench->effects, RECORD__EFFECT__IS_QUEUED, queued, NULL);
        assert_int_equal(view_outgoing(view, "yecheng-jiazhen", 0, bench->arena).last, sequence);
    }
    assert_int_equal(store_bench_commit(bench), 0);
    view = store_read(bench->store);
    assert_int_equal(view_outgoing(view, "yecheng-jiazhen", 0, bench->arena).last, 3);
}

// Right after a commit what the turn met is met without being unpacked again, and no more once it is forgotten.
static void what_a_turn_met_is_met_until_it_is_forgotten(void **state)
{
    struct store_bench *bench = *state;
    Record__OfficerSet *officer = arena_take(bench->arena, sizeof *officer);
    record__officer_set__init(officer);
    officer->certificate = "65312600123";
    officer->name = "张三";
    store_bench_begin(bench);
    effect_put(&bench->effects, RECORD__EFFECT__IS_OFFICER, officer, NULL);
    assert_int_equal(store_bench_commit(bench), 0);
    struct view *view = store_read_on(bench->store);
    assert_ptr_equal(view_officer(view, "65312600123", bench->arena), officer);
    store_forget(bench->store);
    Record__OfficerSet *read = view_officer(view, "65312600123", bench->arena);
    assert_non_null(read);
    assert_ptr_not_equal(read, officer);
    assert_string_equal(read->name, "张三");
}

static void put_compact(struct store_bench *bench, const char *id, const struct digest *digest)
{
    Record__CompactSet *compact = arena_take(bench->arena, sizeof *compact);
    record__compact_set__init(compact);
    compact->id = (char *)id;
    compact->digest = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)digest->bytes};
    effect_put(&bench->effects, RECORD__EFFECT__IS_COMPACT, compact, NULL);
}

// Guards against a list that is met as it was before the turn changed it, or before the text of one of its rows came.
static void list_of_compacts_is_as_the_turn_has_made_it(void **state)
{
    struct store_bench *bench = *state;
    const struct bytes text = law_text_load(LAW_COMPACT);
    struct digest digest;
    struct held_compact *compacts;
    Record__TextHeld *held = arena_take(bench->arena, sizeof *held);
    hash_sm3(text, &digest);
    record__text_held__init(held);
    held->digest = (ProtobufCBinaryData){DIGEST_BYTES, digest.bytes};
    held->what = "compact";
    held->content = (ProtobufCBinaryData){text.size, (uint8_t *)text.data};
    store_bench_begin(bench);
    struct view *view = store_writing(bench->store);
    assert_int_equal(view_compacts(view, bench->arena, &compacts), 0);
    put_compact(bench, "a", &digest);
    assert_int_equal(view_compacts(view, bench->arena, &compacts), 0);
    effect_put(&bench->effects, RECORD__EFFECT__IS_TEXT, held, NULL);
    assert_int_equal(view_compacts(view, bench->arena, &compacts), 1);
    struct held_compact *again;
    assert_int_equal(view_compacts(view, bench->arena, &again), 1);
    assert_ptr_equal(again, compacts);
    put_compact(bench, "b", &digest);
    assert_int_equal(view_compacts(view, bench->arena, &compacts), 2);
    assert_string_equal(compacts[1].row->id, "b");
    store_abort(bench->store);
    free((void *)text.data);
}

// Guards against a matter that stays empty for the turn that puts something there.
static void matter_met_empty_holds_what_the_turn_puts_there(void **state)
{
    struct store_bench *bench = *state;
    static uint8_t matter[ID_BYTES] = {1};
    Wire__Header header = WIRE__HEADER__INIT;
    Record__StatementHeld row = RECORD__STATEMENT_HELD__INIT;
    struct material material = {.header = &header};
    uint64_t *positions;
    header.author = "yecheng-scjg";
    header.id = (ProtobufCBinaryData){ID_BYTES, matter};
    header.matter = header.id;
    header.kind = "note";
    store_bench_begin(bench);
    struct view *view = store_writing(bench->store);
    row.position = store_state(bench->store)->next_position;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(view_matter_first(view, decode_bytes(header.matter), NULL), 0);
        assert_int_equal(view_matter(view, decode_bytes(header.matter), bench->arena, &positions), 0);
        assert_int_equal(view_heads(view, decode_bytes(header.matter), 9, bench->arena, &positions), 0);
    }
    effect_put(&bench->effects, RECORD__EFFECT__IS_STATEMENT, &row, &material);
    assert_int_equal(view_matter(view, decode_bytes(header.matter), bench->arena, &positions), 1);
    assert_int_equal(positions[0], row.position);
    assert_int_equal(view_matter_first(view, decode_bytes(header.matter), NULL), row.position);
    assert_int_equal(view_matter_first(view, decode_bytes(header.matter), ""), row.position);
    assert_int_equal(view_matter_first(view, decode_bytes(header.matter), "another"), 0);
    assert_int_equal(view_matter_kind(view, decode_bytes(header.matter), "note", INT64_MIN, bench->arena, &positions), 1);
    assert_int_equal(view_heads(view, decode_bytes(header.matter), 9, bench->arena, &positions), 1);
    store_abort(bench->store);
}

static uint64_t put_statement(struct store_bench *bench, Wire__Header *header, uint8_t number)
{
    Record__StatementHeld *row = arena_take(bench->arena, sizeof *row);
    struct material *material = arena_take(bench->arena, sizeof *material);
    uint8_t *id = arena_take_array(bench->arena, ID_BYTES, 1);
    record__statement_held__init(row);
    id[0] = number;
    header->id = (ProtobufCBinaryData){ID_BYTES, id};
    material->header = header;
    row->position = store_state(bench->store)->next_position;
    row->received_at = 1;
    effect_put(&bench->effects, RECORD__EFFECT__IS_STATEMENT, row, material);
    return row->position;
}

static uint64_t put_reply(struct store_bench *bench, const Wire__Header *target, const char *author, const char *kind, int64_t had_at)
{
    static uint8_t number = 10;
    Wire__Header *header = arena_take(bench->arena, sizeof *header);
    Wire__Reference *reference = arena_take(bench->arena, sizeof *reference);
    wire__header__init(header);
    wire__reference__init(reference);
    reference->author = target->author;
    reference->id = target->id;
    reference->received_at = had_at;
    header->author = (char *)(uintptr_t)author;
    header->kind = (char *)(uintptr_t)kind;
    header->in_reply_to = reference;
    return put_statement(bench, header, number++);
}

static void expect_reply(const struct reply *reply, uint64_t position, int64_t had_at)
{
    assert_int_equal(reply->position, position);
    assert_int_equal(reply->had_at, had_at);
}

// One of a kind and author stands for all of them: who says that he had it earliest, and only then who does not say.
static void replies_are_told_apart_by_kind_and_author(void **state)
{
    struct store_bench *bench = *state;
    Wire__Header target = WIRE__HEADER__INIT;
    struct reply *replies;
    target.author = "yecheng-scjg";
    target.kind = "note";
    store_bench_begin(bench);
    struct view *view = store_writing(bench->store);
    uint64_t early = put_reply(bench, &(Wire__Header){.author = target.author, .id = {ID_BYTES, (uint8_t[ID_BYTES]){1}}}, "b", "note", 7);
    uint64_t position = put_statement(bench, &target, 1);
    put_reply(bench, &target, "a", "note", 9);
    uint64_t first_a = put_reply(bench, &target, "a", "note", 5);
    put_reply(bench, &target, "a", "note", 0);
    uint64_t recall = put_reply(bench, &target, "yecheng-scjg", "recall", 0);
    uint64_t confirm = put_reply(bench, &target, "a", "confirm", 5);
    assert_int_equal(view_reply_firsts(view, position, bench->arena, &replies), 4);
    expect_reply(&replies[0], confirm, 5);
    expect_reply(&replies[1], first_a, 5);
    expect_reply(&replies[2], early, 7);
    expect_reply(&replies[3], recall, 0);
    assert_int_equal(view_replies(view, position, NULL, NULL, bench->arena, &replies), 6);
    assert_int_equal(view_replies(view, position, "note", NULL, bench->arena, &replies), 4);
    assert_int_equal(view_replies(view, position, "note", "b", bench->arena, &replies), 1);
    assert_true(view_is_recalled(view, position, "yecheng-scjg", bench->arena));
    assert_false(view_is_recalled(view, position, "a", bench->arena));
    store_abort(bench->store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(what_was_kept_is_found_under_its_table_alone),
        with_store(replies_are_told_apart_by_kind_and_author),
        with_store(many_are_kept_apart),
        cmocka_unit_test(outside_a_turn_nothing_is_kept),
        with_store(row_reads_as_it_was_written_last),
        with_store(what_a_turn_met_is_met_until_it_is_forgotten),
        with_store(list_of_compacts_is_as_the_turn_has_made_it),
        with_store(matter_met_empty_holds_what_the_turn_puts_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
