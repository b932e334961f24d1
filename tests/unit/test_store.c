// SPDX-License-Identifier: Apache-2.0
//
// Opening, keeping and refusing stores; what a turn leaves behind and what an aborted one does not;
// and damage on the disk, which is always a failure and never an answer.
#include "unit/store_bench.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/fail.h"

static enum store_outcome reopen_as(const struct store_options *options)
{
    struct store *store = NULL;
    enum store_outcome outcome;
    assert_int_equal(store_open(options, &outcome, &store), 0);
    assert_true((store != NULL) == (outcome == STORE_OPENED));
    store_close(&store);
    return outcome;
}

static void second_open_is_refused_while_the_first_lasts(void **state)
{
    struct store_bench *bench = *state;
    const struct store_options options = store_bench_options(bench);
    assert_int_equal(reopen_as(&options), STORE_IN_USE);
    store_bench_alarm(bench, "fork", "the first goes on");
    store_bench_close(bench);
    assert_int_equal(reopen_as(&options), STORE_OPENED);
}

static void store_of_another_agency_suite_or_clock_is_refused(void **state)
{
    struct store_bench *bench = *state;
    struct store_options options = store_bench_options(bench);
    store_bench_alarm(bench, "fork", "makes the store one of its agency");
    store_bench_close(bench);

    options.agency = "yecheng-jiazhen";
    assert_int_equal(reopen_as(&options), STORE_OTHER_AGENCY);
    options = store_bench_options(bench);
    options.suite = SUITE_ED25519_SHA256;
    assert_int_equal(reopen_as(&options), STORE_OTHER_AGENCY);
    options = store_bench_options(bench);
    options.test = true;
    assert_int_equal(reopen_as(&options), STORE_OTHER_CLOCK);
    options = store_bench_options(bench);
    assert_int_equal(reopen_as(&options), STORE_OPENED);
    options.agency = NULL; // offline work takes it as it is
    options.suite = SUITE_NONE;
    assert_int_equal(reopen_as(&options), STORE_OPENED);
}

static void store_of_another_version_is_refused(void **state)
{
    struct store_bench *bench = *state;
    struct store_options options = store_bench_options(bench);
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "fork", "text");
    bench->store->working.message.schema = SCHEMA_VERSION + 1;
    assert_int_equal(store_bench_commit(bench), 0);
    store_bench_close(bench);
    assert_int_equal(reopen_as(&options), STORE_OTHER_SCHEMA);
    options.agency = NULL;
    assert_int_equal(reopen_as(&options), STORE_OTHER_SCHEMA);
}

static void new_store_begins_at_turn_zero(void **state)
{
    struct store_bench *bench = *state;
    const Record__State *now = store_state(bench->store);
    const uint8_t zero[DIGEST_BYTES] = {0};
    assert_string_equal(now->agency, "yecheng-scjg");
    assert_int_equal(now->suite, SUITE_SM2_SM3);
    assert_int_equal(now->turn, 0);
    assert_int_equal(now->epoch, 0);
    assert_int_equal(now->next_position, 1);
    assert_int_equal(now->head.len, DIGEST_BYTES);
    assert_memory_equal(now->head.data, zero, DIGEST_BYTES);
}

static void start_that_was_cut_short_is_begun_anew(void **state)
{
    struct store_bench *bench = *state;
    const struct store_options options = store_bench_options(bench);
    const uint8_t torn[512] = "the first sector of a file that lost the others";
    store_bench_close(bench);
    assert_int_equal(remove(arena_format(bench->arena, "%s/data.mdb", options.path)), 0);
    scratch_write(arena_format(bench->arena, "%s/data.new", options.path), (struct bytes){torn, sizeof(torn)});
    assert_int_equal(reopen_as(&options), STORE_OPENED);
    assert_int_equal(reopen_as(&options), STORE_OPENED);
}

static void state_survives_closing_and_opening(void **state)
{
    struct store_bench *bench = *state;
    uint8_t head[DIGEST_BYTES];
    Record__Alarm **alarms;
    for (int i = 0; i < 3; i++) {
        store_bench_alarm(bench, arena_format(bench->arena, "code-%d", i), "text");
    }
    memcpy(head, store_state(bench->store)->head.data, DIGEST_BYTES);
    store_bench_close(bench);
    store_bench_open(bench);
    const Record__State *now = store_state(bench->store);
    assert_string_equal(now->agency, "yecheng-scjg");
    assert_int_equal(now->turn, 3);
    assert_int_equal(now->at, STORE_BENCH_AT);
    assert_memory_equal(now->head.data, head, DIGEST_BYTES);
    assert_int_equal(view_alarms(store_read(bench->store), bench->arena, &alarms), 3);
    store_bench_alarm(bench, "code-3", "text");
    assert_int_equal(store_state(bench->store)->turn, 4);
}

static void head_chains_every_record(void **state)
{
    struct store_bench *bench = *state;
    uint8_t heads[3][DIGEST_BYTES];
    for (int i = 0; i < 3; i++) {
        store_bench_alarm(bench, "same", "the same record but for its place");
        memcpy(heads[i], store_state(bench->store)->head.data, DIGEST_BYTES);
    }
    assert_memory_not_equal(heads[0], heads[1], DIGEST_BYTES);
    assert_memory_not_equal(heads[1], heads[2], DIGEST_BYTES);
}

static void aborted_turn_leaves_no_trace(void **state)
{
    struct store_bench *bench = *state;
    uint8_t head[DIGEST_BYTES];
    store_bench_alarm(bench, "kept", "text");
    memcpy(head, store_state(bench->store)->head.data, DIGEST_BYTES);
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "dropped", "text");
    Record__EpochOpened epoch = RECORD__EPOCH_OPENED__INIT;
    epoch.epoch = 77;
    effect_put(&bench->effects, RECORD__EFFECT__IS_EPOCH, &epoch, NULL);
    assert_true(view_has_alarm(store_writing(bench->store), "dropped", "yecheng-jiazhen"));
    assert_int_equal(store_state(bench->store)->epoch, 77);
    store_abort(bench->store);
    for (int i = 0; i < 2; i++) {
        struct view *view = store_read(bench->store);
        assert_true(view_has_alarm(view, "kept", "yecheng-jiazhen"));
        assert_false(view_has_alarm(view, "dropped", "yecheng-jiazhen"));
        assert_int_equal(store_state(bench->store)->epoch, 0);
        assert_int_equal(store_state(bench->store)->turn, 1);
        assert_memory_equal(store_state(bench->store)->head.data, head, DIGEST_BYTES);
        store_bench_close(bench);
        store_bench_open(bench);
    }
}

// A turn that was open when the daemon died is one that never was.
static void turn_open_at_closing_leaves_no_trace(void **state)
{
    struct store_bench *bench = *state;
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "dropped", "text");
    store_bench_close(bench);
    store_bench_open(bench);
    assert_int_equal(store_state(bench->store)->turn, 0);
    assert_false(view_has_alarm(store_read(bench->store), "dropped", "yecheng-jiazhen"));
}

static void turn_that_failed_is_not_committed(void **state)
{
    struct store_bench *bench = *state;
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "dropped", "text");
    schema_fail(&bench->store->writing.access, EIO, "a disk that a test plays");
    assert_int_equal(store_bench_commit(bench), -EIO);
    assert_int_equal(store_state(bench->store)->turn, 0);
    store_bench_alarm(bench, "kept", "text");
    assert_int_equal(store_state(bench->store)->turn, 1);
    assert_false(view_has_alarm(store_read(bench->store), "dropped", "yecheng-jiazhen"));
}

static void map_that_is_full_fails_the_turn_and_keeps_what_was(void **state)
{
    struct store_bench *bench = *state;
    struct store_options options = store_bench_options(bench);
    enum store_outcome outcome;
    char *large = arena_take(bench->arena, (256 << 10) + 1);
    memset(large, 'x', 256 << 10);
    store_bench_alarm(bench, "kept", "text");
    store_bench_close(bench);
    options.map_bytes = 1 << 20;
    assert_int_equal(store_open(&options, &outcome, &bench->store), 0);
    int result = 0;
    for (int i = 0; result == 0 && i < 16; i++) {
        store_bench_begin(bench);
        store_bench_put_alarm(bench, arena_format(bench->arena, "large-%d", i), large);
        result = store_bench_commit(bench);
    }
    assert_int_equal(result, -ENOSPC);
    struct view *view = store_read(bench->store);
    assert_true(view_has_alarm(view, "kept", "yecheng-jiazhen"));
    assert_int_equal(view_failure(view), 0);
}

// No file may grow or be written any more, as on a disk that fails.
static int commit_on_a_failing_disk(struct store_bench *bench)
{
    struct rlimit usual;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &usual), 0);
    const struct rlimit none = {0, usual.rlim_max};
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "dropped", "text");
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    const int result = store_bench_commit(bench);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &usual), 0);
    return result;
}

static void commit_that_the_disk_fails_is_none_and_the_next_one_succeeds(void **state)
{
    struct store_bench *bench = *state;
    store_bench_alarm(bench, "kept", "text");
    for (int i = 1; i <= 3; i++) {
        assert_true(commit_on_a_failing_disk(bench) < 0);
        assert_int_equal(store_state(bench->store)->turn, i);
        store_bench_alarm(bench, "kept", "again");
        assert_int_equal(store_state(bench->store)->turn, i + 1);
        assert_false(view_has_alarm(store_read(bench->store), "dropped", "yecheng-jiazhen"));
    }
}

static void expect_no_store(const char *path, int failure)
{
    const struct store_options options = {.path = path, .map_bytes = 64 << 20, .agency = "yecheng-scjg", .suite = SUITE_SM2_SM3};
    enum store_outcome outcome;
    struct store *store = NULL;
    assert_int_equal(store_open(&options, &outcome, &store), failure);
    assert_null(store);
}

static void folder_that_holds_no_store_is_a_failure(void **state)
{
    struct store_bench *bench = *state;
    char path[sizeof bench->path + 16];
    store_bench_close(bench);
    expect_no_store("build/scratch-of-nobody/store", -ENOENT);
    expect_no_store("conf/calendars/calendar.csv/store", -ENOTDIR);
    snprintf(path, sizeof path, "%s/data.mdb", bench->path);
    scratch_write(path, bytes_of("no store of ours"));
    expect_no_store(bench->path, -EIO);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/lock", bench->path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_no_store(bench->path, -EISDIR);
}

static void store_is_removed_when_nobody_has_it_open(void **state)
{
    struct store_bench *bench = *state;
    char other[sizeof bench->path + 16];
    snprintf(other, sizeof other, "%s/other", bench->path);
    assert_int_equal(store_remove(bench->path), -EBUSY);
    store_bench_alarm(bench, "kept", "text");
    store_bench_close(bench);
    scratch_write(other, bytes_of("somebody else's"));
    assert_int_equal(store_remove(bench->path), -ENOTEMPTY);
    assert_int_equal(unlink(other), 0);
    assert_int_equal(rmdir(bench->path), 0); // what was the store's is gone already
    assert_int_equal(store_remove(bench->path), 0);
    store_bench_open(bench);
    store_bench_close(bench);
    assert_int_equal(store_remove(bench->path), 0);
    assert_int_equal(access(bench->path, F_OK), -1);
}

static void view_sees_the_last_commit_and_nothing_of_a_turn_that_ended_otherwise(void **state)
{
    struct store_bench *bench = *state;
    assert_false(view_has_alarm(store_read(bench->store), "kept", "yecheng-jiazhen"));
    store_bench_alarm(bench, "kept", "text");
    assert_true(view_has_alarm(store_read(bench->store), "kept", "yecheng-jiazhen"));
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "open", "text");
    assert_true(view_has_alarm(store_writing(bench->store), "open", "yecheng-jiazhen"));
    store_abort(bench->store);
    assert_false(view_has_alarm(store_read(bench->store), "open", "yecheng-jiazhen"));
    assert_true(view_has_alarm(store_read(bench->store), "kept", "yecheng-jiazhen"));
}

static void put_queued(struct store_bench *bench, uint64_t sequence)
{
    Record__Queued queued = RECORD__QUEUED__INIT;
    queued.peer = "yecheng-jiazhen";
    queued.epoch = 7;
    queued.sequence = sequence;
    queued.position = sequence;
    effect_put(&bench->effects, RECORD__EFFECT__IS_QUEUED, &queued, NULL);
}

static void put_cursor(struct store_bench *bench, uint64_t from, uint64_t to)
{
    Record__CursorMoved moved = RECORD__CURSOR_MOVED__INIT;
    moved.peer = "yecheng-jiazhen";
    moved.epoch = 7;
    moved.from = from;
    moved.to = to;
    effect_put(&bench->effects, RECORD__EFFECT__IS_CURSOR, &moved, NULL);
}

static void cursor_that_comes_late_takes_nothing_back(void **state)
{
    struct store_bench *bench = *state;
    store_bench_begin(bench);
    for (uint64_t sequence = 1; sequence <= 3; sequence++) {
        put_queued(bench, sequence);
    }
    put_cursor(bench, 1, 3);
    put_cursor(bench, 1, 2);
    const struct stream_place place = view_outgoing(store_writing(bench->store), "yecheng-jiazhen", 0, bench->arena);
    assert_int_equal(place.last, 3);
    assert_int_equal(place.settled, 3);
    store_abort(bench->store);
}

// ------------------------------------------------------------------------------------------------

// Flips one bit of every place in data.mdb where `needle` stands; returns how many.
static size_t damage_bytes(const struct store_bench *bench, const char *needle, size_t size)
{
    char path[128];
    size_t found = 0;
    struct stat stat_of;
    snprintf(path, sizeof path, "%s/data.mdb", bench->path);
    assert_int_equal(stat(path, &stat_of), 0);
    uint8_t *data = malloc((size_t)stat_of.st_size);
    FILE *file = fopen(path, "r+");
    assert_non_null(data);
    assert_non_null(file);
    assert_int_equal(fread(data, 1, (size_t)stat_of.st_size, file), stat_of.st_size);
    for (size_t at = 0; at + size <= (size_t)stat_of.st_size; at++) {
        if (memcmp(data + at, needle, size) == 0) {
            data[at + size / 2] ^= 4;
            found++;
        }
    }
    rewind(file);
    assert_int_equal(fwrite(data, 1, (size_t)stat_of.st_size, file), stat_of.st_size);
    assert_int_equal(fclose(file), 0);
    free(data);
    return found;
}

static size_t damage(const struct store_bench *bench, const char *needle)
{
    return damage_bytes(bench, needle, strlen(needle));
}

static void flipped_bit_of_a_value_is_a_failure_and_never_an_answer(void **state)
{
    struct store_bench *bench = *state;
    Record__Alarm **alarms;
    store_bench_alarm(bench, "whole", "this one is left alone");
    store_bench_alarm(bench, "damaged", "a value that stands on the disk");
    store_bench_close(bench);
    assert_true(damage(bench, "a value that stands on the disk") > 0);
    store_bench_open(bench);
    struct view *view = store_read(bench->store);
    assert_true(view_has_alarm(view, "whole", "yecheng-jiazhen"));
    assert_int_equal(view_failure(view), 0);
    assert_false(view_has_alarm(view, "damaged", "yecheng-jiazhen"));
    assert_int_equal(view_failure(view), -EBADMSG);
    assert_false(view_has_alarm(view, "whole", "yecheng-jiazhen")); // it sticks
    view = store_read(bench->store);
    assert_int_equal(view_alarms(view, bench->arena, &alarms), 0); // nothing stands before it
    assert_int_equal(view_failure(view), -EBADMSG);
}

static void turn_that_met_damage_does_not_commit(void **state)
{
    struct store_bench *bench = *state;
    store_bench_alarm(bench, "damaged", "a value that stands on the disk");
    store_bench_close(bench);
    assert_true(damage(bench, "a value that stands on the disk") > 0);
    store_bench_open(bench);
    store_bench_begin(bench);
    assert_false(view_has_alarm(store_writing(bench->store), "damaged", "yecheng-jiazhen"));
    store_bench_put_alarm(bench, "after", "text");
    assert_int_equal(store_bench_commit(bench), -EBADMSG);
    assert_int_equal(store_state(bench->store)->turn, 1);
}

// A checksum covers its key: a good value under another key is no answer either.
static void value_moved_under_another_key_is_a_failure(void **state)
{
    struct store_bench *bench = *state;
    static const char key[] = "original\0yecheng-jiazhen"; // as no value holds it
    store_bench_alarm(bench, "original", "text");
    store_bench_close(bench);
    assert_true(damage_bytes(bench, key, sizeof key) > 0);
    store_bench_open(bench);
    struct view *view = store_read(bench->store);
    Record__Alarm **alarms;
    assert_int_equal(view_alarms(view, bench->arena, &alarms), 0);
    assert_int_equal(view_failure(view), -EBADMSG);
}

static void damaged_state_keeps_the_store_shut(void **state)
{
    struct store_bench *bench = *state;
    const struct store_options options = store_bench_options(bench);
    enum store_outcome outcome;
    store_bench_alarm(bench, "fork", "text");
    store_bench_close(bench);
    assert_true(damage(bench, "yecheng-scjg") > 0);
    assert_int_equal(store_open(&options, &outcome, &bench->store), -EBADMSG);
    assert_null(bench->store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_store(second_open_is_refused_while_the_first_lasts),
        with_store(store_of_another_agency_suite_or_clock_is_refused),
        with_store(store_of_another_version_is_refused),
        with_store(new_store_begins_at_turn_zero),
        with_store(start_that_was_cut_short_is_begun_anew),
        with_store(state_survives_closing_and_opening),
        with_store(head_chains_every_record),
        with_store(aborted_turn_leaves_no_trace),
        with_store(turn_open_at_closing_leaves_no_trace),
        with_store(turn_that_failed_is_not_committed),
        with_store(map_that_is_full_fails_the_turn_and_keeps_what_was),
        with_store(commit_that_the_disk_fails_is_none_and_the_next_one_succeeds),
        with_store(folder_that_holds_no_store_is_a_failure),
        with_store(store_is_removed_when_nobody_has_it_open),
        with_store(view_sees_the_last_commit_and_nothing_of_a_turn_that_ended_otherwise),
        with_store(cursor_that_comes_late_takes_nothing_back),
        with_store(flipped_bit_of_a_value_is_a_failure_and_never_an_answer),
        with_store(turn_that_met_damage_does_not_commit),
        with_store(value_moved_under_another_key_is_a_failure),
        with_store(damaged_state_keeps_the_store_shut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
