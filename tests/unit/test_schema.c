// SPDX-License-Identifier: Apache-2.0
#include "unit/store_bench.h"

#include "wire/text.h"

// Any table that no other part of these tests writes will do.
#define TABLE TABLE_ALARMS

static struct access *begin(struct store_bench *bench)
{
    assert_int_equal(store_begin(bench->store, bench->arena), 0);
    return &bench->store->writing.access;
}

static struct key text_key(const char *text)
{
    struct key key = {0};
    schema_add_text(&key, text);
    return key;
}

static struct key bare_key(const char *text)
{
    struct key key = {0};
    schema_add_bytes(&key, bytes_of(text));
    return key;
}

static const struct key nothing;

static struct key pair_key(const char *text, uint64_t number)
{
    struct key key = text_key(text);
    schema_add_u64(&key, number);
    return key;
}

static void put(struct access *access, const struct key *key, const char *value)
{
    schema_put(access, TABLE, key, bytes_of(value));
    assert_int_equal(access->failure, 0);
}

// Walks and joins the values found, so that a test reads as what it expects.
static const char *walk_all(struct store_bench *bench, const struct key *prefix,
                            const struct key *from, enum walk_direction direction)
{
    struct walk walk;
    struct bytes key;
    struct bytes value;
    char *found = arena_copy_text(bench->arena, "");
    struct access *access = &bench->store->writing.access;
    schema_walk_start(&walk, access, TABLE, prefix, from, direction);
    while (schema_walk_next(&walk, &key, &value)) {
        found = arena_format(bench->arena, "%s%.*s", found, (int)value.size,
                             (const char *)value.data);
    }
    assert_false(schema_walk_next(&walk, &key, &value)); // the end stays the end
    schema_walk_stop(&walk);
    schema_walk_stop(&walk);
    assert_int_equal(access->failure, 0);
    return found;
}

static void integers_sort_by_value(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    const uint64_t numbers[] = {UINT64_MAX, 256, 0, UINT64_C(1) << 32, 255, 1, 65536};
    const char *const names[] = {"g", "d", "a", "f", "c", "b", "e"};
    for (size_t i = 0; i < 7; i++) {
        struct key key = {0};
        schema_add_u64(&key, numbers[i]);
        put(access, &key, names[i]);
    }
    assert_string_equal(walk_all(bench, &nothing, NULL, WALK_UP), "abcdefg");
    assert_string_equal(walk_all(bench, &nothing, NULL, WALK_DOWN), "gfedcba");
}

static void every_width_is_big_endian(void **state)
{
    (void)state;
    static const uint8_t expected[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                       0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 'a', 0};
    struct key key = {0};
    schema_add_u8(&key, 0x01);
    schema_add_u16(&key, 0x0203);
    schema_add_u32(&key, 0x04050607);
    schema_add_u64(&key, UINT64_C(0x08090a0b0c0d0e0f));
    schema_add_text(&key, "a");
    assert_int_equal(key.size, sizeof expected);
    assert_memory_equal(key.bytes, expected, sizeof expected);
}

// The zero byte behind a text keeps one that begins with another apart from it, whatever follows.
static void shorter_text_sorts_before_the_longer_it_begins(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    const struct key keys[] = {pair_key("ab", 0), pair_key("a", UINT64_MAX), pair_key("b", 0),
                               pair_key("a-b", 1), pair_key("a", 1)};
    const char *const names[] = {"4", "2", "5", "3", "1"};
    for (size_t i = 0; i < 5; i++) {
        put(access, &keys[i], names[i]);
    }
    assert_string_equal(walk_all(bench, &nothing, NULL, WALK_UP), "12345");
    struct key prefix = text_key("a");
    assert_string_equal(walk_all(bench, &prefix, NULL, WALK_UP), "12");
    assert_string_equal(walk_all(bench, &prefix, NULL, WALK_DOWN), "21");
}

static void fill(struct access *access)
{
    static const char *const texts[] = {"a", "c"};
    char value[2] = "0";
    for (size_t i = 0; i < 2; i++) {
        for (uint64_t number = 10; number <= 40; number += 10) {
            struct key key = pair_key(texts[i], number);
            value[0]++;
            put(access, &key, value); // a: 1 2 3 4, c: 5 6 7 8
        }
    }
}

static void walk_stays_within_its_prefix(void **state)
{
    struct store_bench *bench = *state;
    fill(begin(bench));
    const struct key a = text_key("a");
    const struct key b = text_key("b");
    const struct key c = text_key("c");
    const struct key d = text_key("d");
    assert_string_equal(walk_all(bench, &a, NULL, WALK_UP), "1234");
    assert_string_equal(walk_all(bench, &a, NULL, WALK_DOWN), "4321");
    assert_string_equal(walk_all(bench, &c, NULL, WALK_UP), "5678");
    assert_string_equal(walk_all(bench, &c, NULL, WALK_DOWN), "8765");
    assert_string_equal(walk_all(bench, &b, NULL, WALK_UP), "");
    assert_string_equal(walk_all(bench, &b, NULL, WALK_DOWN), "");
    assert_string_equal(walk_all(bench, &d, NULL, WALK_UP), "");
    assert_string_equal(walk_all(bench, &d, NULL, WALK_DOWN), "");
}

static void walk_begins_where_it_is_told_key_present_or_not(void **state)
{
    struct store_bench *bench = *state;
    fill(begin(bench));
    const struct key a = text_key("a");
    const struct key c = text_key("c");
    const struct {
        const struct key *prefix;
        struct key from;
        const char *up;
        const char *down;
    } cases[] = {
        {&a, pair_key("a", 20), "234", "21"},
        {&a, pair_key("a", 25), "34", "21"},
        {&a, pair_key("a", 5), "1234", ""},
        {&a, pair_key("a", 99), "", "4321"},
        {&c, pair_key("c", 20), "678", "65"},
        {&c, pair_key("c", 5), "5678", ""},
        {&c, pair_key("c", 40), "8", "8765"},
        {&c, pair_key("c", 99), "", "8765"},
        {&nothing, pair_key("a", 40), "45678", "4321"},
        {&nothing, pair_key("b", 0), "5678", "4321"},
        {&nothing, pair_key("z", 0), "", "87654321"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct key *from = &cases[i].from;
        assert_string_equal(walk_all(bench, cases[i].prefix, from, WALK_UP), cases[i].up);
        assert_string_equal(walk_all(bench, cases[i].prefix, from, WALK_DOWN), cases[i].down);
    }
}

// 0xff is the last byte there is; what ends in it must not be taken for the end of the table.
static void walk_down_finds_keys_of_high_bytes(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    struct key high = text_key("a");
    const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    schema_add_bytes(&high, (struct bytes){ones, sizeof ones});
    struct key low = pair_key("a", 1);
    put(access, &high, "h");
    put(access, &low, "l");
    const struct key a = text_key("a");
    assert_string_equal(walk_all(bench, &a, NULL, WALK_DOWN), "hl");
    assert_string_equal(walk_all(bench, &nothing, NULL, WALK_DOWN), "hl");
}

static void empty_table_has_nothing_to_walk(void **state)
{
    struct store_bench *bench = *state;
    begin(bench);
    const struct key a = text_key("a");
    const enum walk_direction directions[] = {WALK_UP, WALK_DOWN};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(walk_all(bench, &nothing, NULL, directions[i]), "");
        assert_string_equal(walk_all(bench, &a, NULL, directions[i]), "");
        assert_string_equal(walk_all(bench, &nothing, &a, directions[i]), "");
    }
}

static void value_is_read_back_removed_and_absent(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    const struct key key = bare_key("key");
    const struct bytes pieces[] = {bytes_of("one "), {NULL, 0}, bytes_of("two")};
    struct bytes value = {(const uint8_t *)"untouched", 9};
    assert_false(schema_get(access, TABLE, &key, &value));
    assert_int_equal(value.size, 9);
    schema_put_pieces(access, TABLE, &key, pieces, 3);
    assert_true(schema_get(access, TABLE, &key, &value));
    assert_int_equal(value.size, 7);
    assert_memory_equal(value.data, "one two", 7);
    put(access, &key, "");
    assert_true(schema_get(access, TABLE, &key, &value));
    assert_int_equal(value.size, 0);
    schema_remove(access, TABLE, &key);
    assert_false(schema_get(access, TABLE, &key, &value));
    schema_remove(access, TABLE, &key);
    assert_int_equal(access->failure, 0);
}

static void first_failure_sticks_and_nothing_is_found_after_it(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    const struct key key = bare_key("key");
    struct bytes value;
    struct walk walk;
    put(access, &key, "value");
    schema_fail(access, 12, "the first");
    schema_fail(access, 5, "the second");
    assert_int_equal(access->failure, -12);
    assert_false(schema_get(access, TABLE, &key, &value));
    schema_put(access, TABLE, &key, bytes_of("other"));
    schema_remove(access, TABLE, &key);
    schema_walk_start(&walk, access, TABLE, &nothing, NULL, WALK_UP);
    assert_false(schema_walk_next(&walk, &value, &value));
    schema_walk_stop(&walk);
    access->failure = 0;
    assert_true(schema_get(access, TABLE, &key, &value));
    assert_memory_equal(value.data, "value", 5);
}

// Tables share trees, and what keeps them apart must differ.
static void row_of_one_table_is_found_in_no_other(void **state)
{
    struct store_bench *bench = *state;
    struct access *access = begin(bench);
    const struct key key = pair_key("a key that is long enough for each", 7);
    for (int one = 0; one < TABLE_COUNT; one++) {
        schema_put(access, (enum table)one, &key, bytes_of("x"));
        for (int other = 0; other < TABLE_COUNT; other++) {
            struct bytes value;
            if (other != one && schema_get(access, (enum table)other, &key, &value)) {
                fail_msg("a row of %s is one of %s", schema_name((enum table)one), schema_name((enum table)other));
            }
        }
        schema_remove(access, (enum table)one, &key);
    }
    assert_int_equal(access->failure, 0);
}

static void every_table_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        assert_non_null(schema_name((enum table)i));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(schema_name((enum table)i), schema_name((enum table)j));
        }
    }
    assert_true(schema_is_primary(TABLE_JOURNAL));
    assert_true(schema_is_primary(TABLE_SEALS));
    assert_true(schema_is_primary(TABLE_PARTS));
    assert_false(schema_is_primary(TABLE_STATEMENTS));
    assert_false(schema_is_primary(TABLE_META));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(integers_sort_by_value),
        cmocka_unit_test(every_width_is_big_endian),
        with_store(shorter_text_sorts_before_the_longer_it_begins),
        with_store(walk_stays_within_its_prefix),
        with_store(walk_begins_where_it_is_told_key_present_or_not),
        with_store(walk_down_finds_keys_of_high_bytes),
        with_store(empty_table_has_nothing_to_walk),
        with_store(row_of_one_table_is_found_in_no_other),
        with_store(value_is_read_back_removed_and_absent),
        with_store(first_failure_sticks_and_nothing_is_found_after_it),
        cmocka_unit_test(every_table_has_a_name_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
