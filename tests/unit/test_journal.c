// SPDX-License-Identifier: Apache-2.0
#include "unit/store_bench.h"

#include <errno.h>

#include "store/journal.h"
#include "wire/hash.h"

static Record__Turn *read_turn(struct store_bench *bench, uint64_t number)
{
    return journal_read(store_read(bench->store), number, bench->arena);
}

static void record_holds_what_the_turn_decided(void **state)
{
    struct store_bench *bench = *state;
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "first", "一");
    store_bench_put_alarm(bench, "second", "二");
    assert_int_equal(store_bench_commit(bench), 0);
    const Record__Turn *turn = read_turn(bench, 1);
    assert_non_null(turn);
    assert_int_equal(turn->number, 1);
    assert_int_equal(turn->at, STORE_BENCH_AT);
    assert_int_equal(turn->seal.len, 0);
    assert_int_equal(turn->n_effects, 2);
    assert_int_equal(turn->effects[0]->is_case, RECORD__EFFECT__IS_ALARM);
    assert_string_equal(turn->effects[0]->alarm->code, "first");
    assert_string_equal(turn->effects[1]->alarm->text, "二");
}

static void record_that_is_not_there_is_no_failure(void **state)
{
    struct store_bench *bench = *state;
    struct view *view = store_read(bench->store);
    assert_null(journal_read(view, 1, bench->arena));
    assert_null(journal_read(view, 0, bench->arena));
    assert_int_equal(view_failure(view), 0);
}

// head(n) = H(head(n - 1) ‖ record n), from zero, and each record names the head before it.
static void heads_chain_from_zero_through_every_record(void **state)
{
    struct store_bench *bench = *state;
    struct digest head = {{0}};
    for (int i = 0; i < 5; i++) {
        store_bench_alarm(bench, arena_format(bench->arena, "code-%d", i), "text");
    }
    struct view *view = store_read(bench->store);
    for (uint64_t number = 1; number <= 5; number++) {
        struct bytes record;
        const Record__Turn *turn = journal_read(view, number, bench->arena);
        assert_int_equal(turn->head_before.len, DIGEST_BYTES);
        assert_memory_equal(turn->head_before.data, head.bytes, DIGEST_BYTES);
        assert_true(journal_read_bytes(view, number, &record));
        const struct bytes pieces[] = {{head.bytes, DIGEST_BYTES}, record};
        struct digest next;
        hash_pieces(SUITE_SM2_SM3, pieces, 2, &next);
        head = next;
    }
    assert_memory_equal(view_state(view)->head.data, head.bytes, DIGEST_BYTES);
}

// The facts are packed one by one, as they are applied; the record is what packing the turn whole gives.
static void record_is_the_turn_packed_whole(void **state)
{
    struct store_bench *bench = *state;
    struct bytes record;
    store_bench_begin(bench);
    for (int i = 0; i < 40; i++) {
        store_bench_put_alarm(bench, arena_format(bench->arena, "code-%d", i), "text");
    }
    assert_int_equal(store_bench_commit(bench), 0);
    struct view *view = store_read(bench->store);
    const Record__Turn *turn = journal_read(view, 1, bench->arena);
    assert_int_equal(turn->n_effects, 40);
    assert_true(journal_read_bytes(view, 1, &record));
    size_t size = protobuf_c_message_get_packed_size(&turn->base);
    uint8_t *whole = arena_take(bench->arena, size);
    protobuf_c_message_pack(&turn->base, whole);
    assert_int_equal(record.size, size);
    assert_memory_equal(record.data, whole, size);
}

static void append(struct store_bench *bench, uint64_t number)
{
    Record__Turn turn = RECORD__TURN__INIT;
    struct digest head;
    turn.number = number;
    turn.at = STORE_BENCH_AT;
    journal_append(bench->store, bench->arena, &turn, &head);
}

static void record_of_another_number_than_the_next_is_not_appended(void **state)
{
    struct store_bench *bench = *state;
    const uint64_t wrong[] = {0, 1, 3, UINT64_MAX};
    store_bench_alarm(bench, "first", "text");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        store_bench_begin(bench);
        append(bench, wrong[i]);
        assert_int_equal(view_failure(store_writing(bench->store)), -EEXIST);
        store_abort(bench->store);
    }
    store_bench_begin(bench);
    append(bench, 2);
    assert_int_equal(view_failure(store_writing(bench->store)), 0);
    store_abort(bench->store);
    assert_null(read_turn(bench, 2));
    assert_int_equal(store_state(bench->store)->turn, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(record_holds_what_the_turn_decided),
        with_store(record_that_is_not_there_is_no_failure),
        with_store(heads_chain_from_zero_through_every_record),
        with_store(record_is_the_turn_packed_whole),
        with_store(record_of_another_number_than_the_next_is_not_appended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
