// SPDX-License-Identifier: Apache-2.0
//
// A real store in a folder of a test's own, and turns made by hand: facts without rules. The agency
// is always the same; the clock is the number that the test gives.
#pragma once

#include "unit/check.h"

#include "store/commit.h"
#include "store/inside.h"
#include "store/view.h"
#include "unit/scratch.h"

#define STORE_BENCH_AT INT64_C(1758679200000)

struct store_bench {
    struct scratch scratch;
    char path[80];
    struct arena *arena;
    struct store *store;
    struct effects effects;
};

static inline struct store_options store_bench_options(const struct store_bench *bench)
{
    return (struct store_options){.path = bench->path,
                                  .map_bytes = 64 << 20,
                                  .agency = "yecheng-scjg",
                                  .suite = SUITE_SM2_SM3,
                                  .test = false};
}

static inline void store_bench_open(struct store_bench *bench)
{
    const struct store_options options = store_bench_options(bench);
    enum store_outcome outcome;
    assert_int_equal(store_open(&options, &outcome, &bench->store), 0);
    assert_int_equal(outcome, STORE_OPENED);
}

static inline void store_bench_close(struct store_bench *bench)
{
    store_close(&bench->store);
    assert_null(bench->store);
}

static inline int store_bench_make(void **state)
{
    struct store_bench *bench = calloc(1, sizeof *bench);
    assert_non_null(bench);
    scratch_make(&bench->scratch);
    snprintf(bench->path, sizeof bench->path, "%s/store", bench->scratch.path);
    assert_int_equal(arena_new(256 << 20, &bench->arena), 0);
    store_bench_open(bench);
    *state = bench;
    return 0;
}

static inline int store_bench_drop(void **state)
{
    struct store_bench *bench = *state;
    store_close(&bench->store);
    arena_free(&bench->arena);
    scratch_remove(&bench->scratch);
    free(bench);
    return 0;
}

#define with_store(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, store_bench_make, store_bench_drop)

static inline void store_bench_apply(void *context, const Record__Effect *fact,
                                     const struct material *material)
{
    struct store_bench *bench = context;
    commit_apply(bench->store, bench->arena, fact, material);
}

static inline void store_bench_begin(struct store_bench *bench)
{
    const uint8_t seed[DIGEST_BYTES] = {0};
    assert_int_equal(store_begin(bench->store, bench->arena), 0);
    effect_start(&bench->effects, bench->arena, STORE_BENCH_AT, seed, store_bench_apply, bench);
}

static inline int store_bench_commit(struct store_bench *bench)
{
    return commit_turn(bench->store, bench->arena, bench->effects.now, &bench->effects, NULL);
}

static inline void store_bench_put_alarm(struct store_bench *bench, const char *code,
                                         const char *text)
{
    Record__Alarm *alarm = arena_take(bench->arena, sizeof *alarm);
    record__alarm__init(alarm);
    alarm->code = arena_copy_text(bench->arena, code);
    alarm->agency = arena_copy_text(bench->arena, "yecheng-jiazhen");
    alarm->text = arena_copy_text(bench->arena, text);
    effect_put(&bench->effects, RECORD__EFFECT__IS_ALARM, alarm, NULL);
}

// A turn of one fact.
static inline void store_bench_alarm(struct store_bench *bench, const char *code, const char *text)
{
    store_bench_begin(bench);
    store_bench_put_alarm(bench, code, text);
    assert_int_equal(store_bench_commit(bench), 0);
}
