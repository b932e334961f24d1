// SPDX-License-Identifier: Apache-2.0
#include "unit/store_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/syscall.h>

#include "store/wal.h"

enum { TURN = 100, HEAD_BYTES = 88, SMALL_BYTES = HEAD_BYTES + 8 + 3 + 100 + 8 + 4 }; // of a turn on one page

struct desk {
    struct scratch scratch;
    struct wal *wal;
    struct wal_link last; // what LMDB has committed
    struct wal_link end;  // what was appended
};

static struct wal_link link_at(uint64_t turn)
{
    struct wal_link link = {.turn = turn};
    memset(link.head.bytes, (int)(turn % 251), DIGEST_BYTES);
    return link;
}

static int make_desk(void **state)
{
    struct desk *desk = calloc(1, sizeof *desk);
    assert_non_null(desk);
    scratch_make(&desk->scratch);
    desk->last = link_at(TURN);
    desk->end = desk->last;
    assert_int_equal(wal_open(desk->scratch.path, &desk->wal), 0);
    *state = desk;
    return 0;
}

static int drop_desk(void **state)
{
    struct desk *desk = *state;
    wal_free(&desk->wal);
    scratch_remove(&desk->scratch);
    free(desk);
    return 0;
}

#define with_desk(test) cmocka_unit_test_setup_teardown(test, make_desk, drop_desk)

static void note(struct desk *desk, enum wal_form form, const char *key, size_t value_bytes)
{
    static uint8_t value[WAL_FRAME_MOST];
    memset(value, key[0], value_bytes);
    const struct wal_change change = {form, (unsigned)strlen(key), bytes_of(key), {value, value_bytes}};
    wal_note(desk->wal, &change);
}

static void append(struct desk *desk)
{
    const struct wal_link next = link_at(desk->end.turn + 1);
    assert_int_equal(wal_make_room(desk->wal), 0);
    assert_int_equal(wal_append(desk->wal, &desk->end, &next), 0);
    desk->end = next;
}

// A turn of two changes, over `pages` pages.
static void add_turn(struct desk *desk, size_t pages)
{
    char key[16];
    snprintf(key, sizeof key, "%" PRIu64, desk->end.turn + 1);
    wal_begin(desk->wal);
    note(desk, WAL_PUT, key, (pages - 1) * WAL_PAGE + 100);
    note(desk, WAL_REMOVE, "gone", 0);
    assert_true(wal_has_room(desk->wal));
    append(desk);
}

// How many turns a daemon finds that starts now; what they changed is what was noted.
static size_t find_turns(struct desk *desk)
{
    struct wal_walk walk;
    struct wal_change change;
    size_t count = 0;
    wal_free(&desk->wal);
    assert_int_equal(wal_open(desk->scratch.path, &desk->wal), 0);
    assert_int_equal(wal_load(desk->wal, &desk->last), 0);
    wal_walk_start(&walk, desk->wal);
    while (wal_walk_next(&walk, &change)) {
        char key[16];
        snprintf(key, sizeof key, "%" PRIu64, desk->last.turn + 1 + count++);
        assert_int_equal(change.form, WAL_PUT);
        assert_int_equal(change.tree, strlen(key));
        assert_int_equal(change.key.size, strlen(key));
        assert_memory_equal(change.key.data, key, strlen(key));
        for (size_t i = 0; i < change.value.size; i++) {
            assert_int_equal(change.value.data[i], key[0]);
        }
        assert_true(wal_walk_next(&walk, &change));
        assert_int_equal(change.form, WAL_REMOVE);
        assert_int_equal(change.value.size, 0);
        assert_memory_equal(change.key.data, "gone", 4);
    }
    assert_int_equal(walk.failure, 0);
    assert_int_equal(count == 0, wal_is_empty(desk->wal));
    return count;
}

static int file_of(const struct desk *desk)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/wal", desk->scratch.path);
    int file = open(path, O_RDWR);
    assert_true(file >= 0);
    return file;
}

static void flip(const struct desk *desk, size_t at)
{
    uint8_t byte;
    int file = file_of(desk);
    assert_int_equal(pread(file, &byte, 1, (off_t)at), 1);
    byte ^= 0x10;
    assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
    close(file);
}

static void turns_appended_are_read_back_in_order(void **state)
{
    struct desk *desk = *state;
    assert_int_equal(find_turns(desk), 0);
    add_turn(desk, 1);
    add_turn(desk, 3);
    add_turn(desk, 1);
    assert_int_equal(find_turns(desk), 3);
    assert_int_equal(find_turns(desk), 3);
}

static void turns_that_lmdb_has_are_not_read_again(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < 4; i++) {
        add_turn(desk, 1 + i % 2);
    }
    desk->last = link_at(TURN + 2);
    assert_int_equal(find_turns(desk), 2);
    desk->last = link_at(TURN + 4);
    assert_int_equal(find_turns(desk), 0);
    desk->last = link_at(TURN + 9);
    assert_int_equal(find_turns(desk), 0);
}

static void log_that_began_anew_hides_what_it_held(void **state)
{
    struct desk *desk = *state;
    for (size_t i = 0; i < 5; i++) {
        add_turn(desk, 1);
    }
    wal_reset(desk->wal);
    desk->last = desk->end;
    assert_int_equal(find_turns(desk), 0);
    add_turn(desk, 2);
    assert_int_equal(find_turns(desk), 1); // behind it still stand turns of before
    add_turn(desk, 1);
    assert_int_equal(find_turns(desk), 2);
}

static void turn_of_another_past_does_not_follow(void **state)
{
    struct desk *desk = *state;
    add_turn(desk, 1);
    desk->last.head.bytes[7] ^= 1;
    wal_free(&desk->wal);
    assert_int_equal(wal_open(desk->scratch.path, &desk->wal), 0);
    assert_int_equal(wal_load(desk->wal, &desk->last), -EBADMSG);
    assert_true(wal_is_empty(desk->wal));
}

static void last_turn_cut_short_anywhere_is_no_turn(void **state)
{
    struct desk *desk = *state;
    add_turn(desk, 1);
    add_turn(desk, 2);
    const size_t end = 3 * WAL_PAGE + SMALL_BYTES;
    for (size_t at = 2 * WAL_PAGE; at < end; at += at < 2 * WAL_PAGE + HEAD_BYTES + 16 || at > end - 16 ? 1 : 61) {
        flip(desk, at);
        assert_int_equal(find_turns(desk), 1);
        flip(desk, at);
    }
    assert_int_equal(find_turns(desk), 2);
}

static void damage_before_a_whole_turn_is_found(void **state)
{
    struct desk *desk = *state;
    add_turn(desk, 1);
    add_turn(desk, 2);
    add_turn(desk, 1);
    const size_t first_end = WAL_PAGE + SMALL_BYTES;
    for (size_t at = WAL_PAGE; at < 3 * WAL_PAGE + SMALL_BYTES; at += at + 97 > first_end && at < 2 * WAL_PAGE ? 2 * WAL_PAGE - at : 97) {
        flip(desk, at);
        assert_int_equal(wal_load(desk->wal, &desk->last), -EBADMSG);
        assert_true(wal_is_empty(desk->wal));
        flip(desk, at);
    }
    assert_int_equal(find_turns(desk), 3);
}

static void change_of_no_form_is_damage(void **state)
{
    struct desk *desk = *state;
    wal_begin(desk->wal);
    note(desk, WAL_PUT, "key", 10);
    note(desk, (enum wal_form)7, "key", 10);
    append(desk);
    assert_int_equal(wal_load(desk->wal, &desk->last), -EBADMSG);
}

static void turn_too_large_for_a_frame_has_no_room(void **state)
{
    struct desk *desk = *state;
    wal_begin(desk->wal);
    assert_false(wal_is_changed(desk->wal));
    note(desk, WAL_PUT, "k", WAL_FRAME_MOST - HEAD_BYTES - 8 - 1);
    assert_true(wal_is_changed(desk->wal) && wal_has_room(desk->wal));
    note(desk, WAL_REMOVE, "k", 0);
    assert_false(wal_has_room(desk->wal));
    wal_begin(desk->wal);
    assert_true(!wal_is_changed(desk->wal) && wal_has_room(desk->wal));
    note(desk, WAL_PUT, "k", WAL_FRAME_MOST - HEAD_BYTES - 8);
    assert_true(wal_is_changed(desk->wal));
    assert_false(wal_has_room(desk->wal));
}

static void full_log_has_no_room_until_it_begins_anew(void **state)
{
    struct desk *desk = *state;
    const size_t most = WAL_BYTES / WAL_PAGE - 1; // beside the head
    for (size_t i = 0; i < most; i++) {
        add_turn(desk, 1);
    }
    wal_begin(desk->wal);
    assert_false(wal_has_room(desk->wal));
    assert_int_equal(find_turns(desk), most);
    wal_reset(desk->wal);
    add_turn(desk, 1);
}

static off_t size_of(const struct desk *desk)
{
    int file = file_of(desk);
    off_t size = lseek(file, 0, SEEK_END);
    close(file);
    return size;
}

static void log_grows_with_what_it_holds(void **state)
{
    struct desk *desk = *state;
    const size_t first = WAL_STRIDE / WAL_PAGE - 1; // turns of the first stride
    assert_int_equal(size_of(desk), WAL_STRIDE);
    for (size_t i = 0; i < first; i++) {
        add_turn(desk, 1);
    }
    assert_int_equal(size_of(desk), WAL_STRIDE);
    add_turn(desk, 3);
    add_turn(desk, 1);
    assert_int_equal(size_of(desk), 2 * WAL_STRIDE);
    assert_int_equal(find_turns(desk), first + 2);
    wal_reset(desk->wal);
    assert_int_equal(size_of(desk), 2 * WAL_STRIDE);
}

// As a power loss leaves it that comes while it grows.
static void file_that_ends_anywhere_grows_on(void **state)
{
    struct desk *desk = *state;
    int file = file_of(desk);
    add_turn(desk, 1);
    assert_int_equal(ftruncate(file, 2 * WAL_PAGE + 17), 0);
    assert_int_equal(find_turns(desk), 1);
    add_turn(desk, 1);
    assert_int_equal(size_of(desk), WAL_STRIDE);
    while (size_of(desk) == WAL_STRIDE) {
        add_turn(desk, 1);
    }
    const size_t turns = desk->end.turn - TURN;
    assert_int_equal(ftruncate(file, WAL_STRIDE + 3 * WAL_PAGE + 17), 0);
    close(file);
    assert_int_equal(find_turns(desk), turns);
    add_turn(desk, 9);
    assert_int_equal(size_of(desk), 2 * WAL_STRIDE);
    assert_int_equal(find_turns(desk), turns + 1);
}

// A disk on which the log has so much room and no more, in place of the C library's writing.
static struct {
    ino_t log;
    off_t end;
} crowded;

ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    struct stat about;
    if (crowded.end != 0 && fstat(file, &about) == 0 && about.st_ino == crowded.log && offset + (off_t)size > crowded.end) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_pwrite64, file, bytes, size, offset);
}

static void crowd(const char *path, off_t end)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    crowded.log = about.st_ino;
    crowded.end = end;
}

static void log_that_cannot_grow_is_as_it_was(void **state)
{
    struct desk *desk = *state;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/wal", desk->scratch.path);
    const size_t first = WAL_STRIDE / WAL_PAGE - 1;
    for (size_t i = 0; i < first; i++) {
        add_turn(desk, 1);
    }
    crowd(path, WAL_STRIDE + 16 * WAL_PAGE);
    wal_begin(desk->wal);
    note(desk, WAL_PUT, "k", 100);
    assert_int_equal(wal_make_room(desk->wal), -ENOSPC);
    assert_int_equal(find_turns(desk), first);
    crowded.end = 0;
    add_turn(desk, 1);
    assert_int_equal(find_turns(desk), first + 1);
}

static int open_again(struct desk *desk)
{
    wal_free(&desk->wal);
    return wal_open(desk->scratch.path, &desk->wal);
}

static void file_whose_making_was_cut_short_is_made_anew(void **state)
{
    struct desk *desk = *state;
    char path[PATH_MAX];
    char aside[PATH_MAX];
    snprintf(path, sizeof path, "%s/wal", desk->scratch.path);
    snprintf(aside, sizeof aside, "%s/wal.new", desk->scratch.path);
    add_turn(desk, 1);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(find_turns(desk), 0);
    assert_int_equal(access(aside, F_OK), -1);
    desk->end = desk->last;
    add_turn(desk, 1);
    assert_int_equal(find_turns(desk), 1);
}

static void damaged_head_of_the_file_is_found(void **state)
{
    struct desk *desk = *state;
    static const uint8_t none[20];
    add_turn(desk, 1);
    for (size_t at = 0; at < sizeof none; at++) {
        flip(desk, at);
        assert_int_equal(open_again(desk), -EBADMSG);
        flip(desk, at);
    }
    assert_int_equal(find_turns(desk), 1);
    int file = file_of(desk);
    assert_int_equal(pwrite(file, none, sizeof none, 0), sizeof none);
    close(file);
    assert_int_equal(open_again(desk), -EBADMSG);
}

// A frame that another log could hold, as whoever knows this format has it stored in a text.
static void frame_of_another_mark_is_text(void **state)
{
    struct desk *desk = *state;
    uint8_t frame[WAL_PAGE];
    add_turn(desk, 1);
    add_turn(desk, 1);
    int file = file_of(desk);
    assert_int_equal(pread(file, frame, sizeof frame, 2 * WAL_PAGE), WAL_PAGE);
    close(file);
    desk->end = desk->last;
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/wal", desk->scratch.path);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(open_again(desk), 0);
    assert_int_equal(wal_load(desk->wal, &desk->last), 0);
    add_turn(desk, 1);
    file = file_of(desk);
    assert_int_equal(pwrite(file, frame, sizeof frame, 4 * WAL_PAGE), WAL_PAGE);
    close(file);
    assert_int_equal(find_turns(desk), 1);
}

// --------------------------------------------------------------------------------------------- in a store

// What a machine would find that lost its power now.
static struct store *open_copy(struct store_bench *bench, const char *name, int expected)
{
    static const char *const files[] = {"data.mdb", "wal"};
    char folder[96];
    snprintf(folder, sizeof folder, "%s/%s", bench->scratch.path, name);
    assert_int_equal(mkdir(folder, 0700), 0);
    for (size_t i = 0; i < 2; i++) {
        scratch_copy(arena_format(bench->arena, "%s/%s", bench->path, files[i]), arena_format(bench->arena, "%s/%s", folder, files[i]));
    }
    struct store_options options = store_bench_options(bench);
    enum store_outcome outcome;
    struct store *store = NULL;
    options.path = folder;
    assert_int_equal(store_open(&options, &outcome, &store), expected);
    return store;
}

static void turns_of_the_log_outlast_the_power(void **state)
{
    struct store_bench *bench = *state;
    store_bench_alarm(bench, "first", "text");
    assert_true(wal_is_empty(bench->store->wal)); // whose store it is stands in LMDB's file
    for (size_t i = 0; i < 40; i++) {
        char code[16];
        snprintf(code, sizeof code, "code-%zu", i);
        store_bench_alarm(bench, code, "text");
        assert_false(wal_is_empty(bench->store->wal));
    }
    struct store *found = open_copy(bench, "copy", 0);
    assert_true(wal_is_empty(found->wal)); // LMDB has committed it
    assert_int_equal(store_state(found)->turn, 41);
    assert_memory_equal(store_state(found)->head.data, store_state(bench->store)->head.data, DIGEST_BYTES);
    assert_true(view_has_alarm(store_read(found), "code-0", "yecheng-jiazhen"));
    assert_true(view_has_alarm(store_read(found), "code-39", "yecheng-jiazhen"));
    store_close(&found);
}

static void store_is_its_file_alone_when_settled_or_closed(void **state)
{
    struct store_bench *bench = *state;
    char path[96];
    snprintf(path, sizeof path, "%s/wal", bench->path);
    store_bench_alarm(bench, "first", "text");
    store_bench_alarm(bench, "one", "text");
    assert_false(wal_is_empty(bench->store->wal));
    assert_int_equal(store_settle(bench->store), 0);
    assert_true(wal_is_empty(bench->store->wal));
    assert_int_equal(store_settle(bench->store), 0);
    store_bench_alarm(bench, "two", "text");
    store_bench_close(bench);
    assert_int_equal(access(path, F_OK), -1);
    store_bench_open(bench);
    assert_int_equal(store_state(bench->store)->turn, 3);
    assert_true(view_has_alarm(store_read(bench->store), "two", "yecheng-jiazhen"));
}

static void log_that_is_damaged_is_said_and_left_as_it_is(void **state)
{
    struct store_bench *bench = *state;
    struct stat about;
    char path[96];
    for (size_t i = 0; i < 4; i++) {
        store_bench_alarm(bench, "again", "text");
    }
    int file = open(arena_format(bench->arena, "%s/wal", bench->path), O_RDWR);
    assert_int_equal(pwrite(file, "x", 1, WAL_PAGE + 200), 1);
    close(file);
    assert_null(open_copy(bench, "copy", -EBADMSG));
    snprintf(path, sizeof path, "%s/copy/wal", bench->scratch.path);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, WAL_STRIDE);
}

static void turn_given_up_leaves_those_of_the_log(void **state)
{
    struct store_bench *bench = *state;
    store_bench_alarm(bench, "first", "text");
    store_bench_alarm(bench, "kept", "text");
    store_bench_begin(bench);
    store_bench_put_alarm(bench, "kept", "other");
    store_bench_put_alarm(bench, "dropped", "text");
    store_abort(bench->store);
    store_bench_alarm(bench, "later", "text");
    for (size_t i = 0; i < 2; i++) {
        struct view *view = store_read(bench->store);
        assert_true(view_has_alarm(view, "kept", "yecheng-jiazhen") && view_has_alarm(view, "later", "yecheng-jiazhen"));
        assert_false(view_has_alarm(view, "dropped", "yecheng-jiazhen"));
        assert_int_equal(store_state(bench->store)->turn, 3);
        store_bench_close(bench);
        store_bench_open(bench);
    }
}

static void large_turn_takes_the_log_with_it(void **state)
{
    struct store_bench *bench = *state;
    char *text = arena_take(bench->arena, WAL_FRAME_MOST);
    memset(text, 'x', WAL_FRAME_MOST - 1);
    store_bench_alarm(bench, "first", "text");
    store_bench_alarm(bench, "small", "text");
    assert_false(wal_is_empty(bench->store->wal));
    store_bench_alarm(bench, "large", text);
    assert_true(wal_is_empty(bench->store->wal));
    assert_null(bench->store->ahead);
    store_bench_alarm(bench, "small-again", "text");
    struct store *found = open_copy(bench, "copy", 0);
    assert_int_equal(store_state(found)->turn, 4);
    store_close(&found);
}

static void turn_that_the_log_cannot_grow_for_is_lmdbs(void **state)
{
    struct store_bench *bench = *state;
    struct stat about;
    const char *path = arena_format(bench->arena, "%s/wal", bench->path);
    store_bench_alarm(bench, "first", "text");
    crowd(path, WAL_STRIDE);
    for (size_t i = 0; i < 2 * WAL_STRIDE / WAL_PAGE; i++) {
        store_bench_alarm(bench, "again", "text");
    }
    crowded.end = 0;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_size, WAL_STRIDE);
    struct store *found = open_copy(bench, "copy", 0);
    assert_int_equal(store_state(found)->turn, 1 + 2 * WAL_STRIDE / WAL_PAGE);
    store_close(&found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_desk(turns_appended_are_read_back_in_order),
        with_desk(turns_that_lmdb_has_are_not_read_again),
        with_desk(log_that_began_anew_hides_what_it_held),
        with_desk(turn_of_another_past_does_not_follow),
        with_desk(last_turn_cut_short_anywhere_is_no_turn),
        with_desk(damage_before_a_whole_turn_is_found),
        with_desk(change_of_no_form_is_damage),
        with_desk(turn_too_large_for_a_frame_has_no_room),
        with_desk(full_log_has_no_room_until_it_begins_anew),
        with_desk(log_grows_with_what_it_holds),
        with_desk(file_that_ends_anywhere_grows_on),
        with_desk(log_that_cannot_grow_is_as_it_was),
        with_desk(file_whose_making_was_cut_short_is_made_anew),
        with_desk(damaged_head_of_the_file_is_found),
        with_desk(frame_of_another_mark_is_text),
        with_store(turns_of_the_log_outlast_the_power),
        with_store(store_is_its_file_alone_when_settled_or_closed),
        with_store(log_that_is_damaged_is_said_and_left_as_it_is),
        with_store(turn_given_up_leaves_those_of_the_log),
        with_store(large_turn_takes_the_log_with_it),
        with_store(turn_that_the_log_cannot_grow_for_is_lmdbs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
