// SPDX-License-Identifier: Apache-2.0
//
// Whose frames are examined when, and how many may wait.
#include "intake/workers.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "wire/text.h"

#include "unit/scene.h"

enum { ROOTS = 40, FRAMES = 10, HELD = 64, STILL_BYTES = 16 << 20, PATIENCE_MS = 60000 };

struct pool {
    struct workers *workers;
    int wake;
};

static struct pool open_pool(struct scene *scene, size_t window_frames, size_t window_bytes)
{
    struct pool pool = {.wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    const struct workers_options options = {
        .threads = 1,
        .keys = scene->town.keys,
        .domain = SEAL_REAL,
        .wake_fd = pool.wake,
        .window_frames = window_frames,
        .window_bytes = window_bytes,
    };
    assert_int_equal(workers_new(&options, &pool.workers), 0);
    return pool;
}

static void close_pool(struct pool *pool)
{
    workers_free(&pool->workers);
    close(pool->wake);
}

// The next job to be finished.
static struct job *await_job(struct pool *pool)
{
    struct job *job = workers_take(pool->workers);
    while (job == NULL) {
        struct pollfd wake = {.fd = pool->wake, .events = POLLIN};
        uint64_t count;
        assert_int_equal(poll(&wake, 1, PATIENCE_MS), 1);
        assert_int_equal(read(pool->wake, &count, sizeof count), sizeof count);
        job = workers_take(pool->workers);
    }
    return job;
}

// A frame of notes, each under a root of its own.
static struct bytes make_frame(struct scene *scene, struct member *from, size_t roots)
{
    struct town_item *items = arena_take_array(scene->town.arena, roots, sizeof *items);
    for (size_t i = 0; i < roots; i++) {
        struct bytes body = lead_note(scene->town.arena, "一");
        Wire__Header *header = town_header(from, "note", scene->township->id, body);
        items[i] = (struct town_item){FRAME_NUMBERED, town_forge(from, header, body)};
    }
    return town_pack(&scene->town, 1, 1, items, roots);
}

static void give(struct pool *pool, const struct member *from, struct bytes frame)
{
    assert_int_equal(workers_give(pool->workers, from->id, frame), WORKERS_TAKEN);
    workers_go(pool->workers);
}

// A frame of items none of which holds anything: little to send, much to unpack. A few of as many as there may be that nobody takes back
// make the threads stand still.
static struct bytes make_hollow(struct scene *scene, size_t items)
{
    size_t size = 2 + FRAME_HEAD_BYTES + SEAL_BYTES + items * FRAME_ITEM_BYTES;
    uint8_t *frame = arena_take(scene->town.arena, size);
    uint8_t *at = frame + 2 + FRAME_HEAD_BYTES - 3;
    *at = 1; // seal
    text_put_u16(at + 1 + SEAL_BYTES, (uint16_t)items);
    at += 1 + SEAL_BYTES + 2;
    for (size_t i = 0; i < items; i++) {
        at[i * FRAME_ITEM_BYTES] = FRAME_NUMBERED;
    }
    return (struct bytes){frame, size};
}

// Has so much finished and not given back that the threads stand still. Returns how many jobs are held for it.
static size_t hold_still(struct pool *pool, struct scene *scene, struct job **jobs)
{
    struct bytes hollow = make_hollow(scene, LIMIT_FRAME_ITEMS);
    size_t held = 0;
    size_t bytes = 0;
    for (; bytes < STILL_BYTES && held < HELD; held++) {
        give(pool, scene->township, hollow);
        jobs[held] = await_job(pool);
        bytes += arena_used(jobs[held]->arena);
    }
    assert_true(bytes >= STILL_BYTES);
    return held;
}

static void lone_frame_does_not_wait_for_anothers_flood(void **state)
{
    struct scene *scene = *state;
    struct job *jobs[HELD];
    struct pool pool = open_pool(scene, 4096, 8 << 20);
    size_t held = hold_still(&pool, scene, jobs);
    for (size_t i = 0; i < FRAMES; i++) {
        give(&pool, scene->bureau, make_frame(scene, scene->bureau, ROOTS)); // SM2: milliseconds each
    }
    give(&pool, scene->other, make_frame(scene, scene->other, 1));
    while (held > 0) {
        workers_done(pool.workers, &jobs[--held]);
    }
    struct job *first = await_job(&pool);
    assert_string_equal(first->peer, scene->other->id);
    assert_null(first->statements.items[0].fault_code);
    workers_done(pool.workers, &first);
    close_pool(&pool);
}

static void frames_of_one_peer_keep_their_order(void **state)
{
    struct scene *scene = *state;
    struct pool pool = open_pool(scene, 4096, 8 << 20);
    for (size_t i = 0; i < FRAMES; i++) {
        give(&pool, scene->bureau, make_frame(scene, scene->bureau, i % 2 == 0 ? 2 + i : 1));
        give(&pool, scene->other, make_frame(scene, scene->other, 1 + i % 3));
    }
    size_t of_bureau = 0;
    size_t of_other = 0;
    while (of_bureau + of_other < 2 * FRAMES) {
        struct job *job = await_job(&pool);
        bool bureau = strcmp(job->peer, scene->bureau->id) == 0;
        size_t i = bureau ? of_bureau++ : of_other++;
        assert_int_equal(job->statements.count, bureau ? (i % 2 == 0 ? 2 + i : 1) : 1 + i % 3);
        workers_done(pool.workers, &job);
    }
    close_pool(&pool);
}

static void await_wake(const struct pool *pool)
{
    struct pollfd wake = {.fd = pool->wake, .events = POLLIN};
    assert_int_equal(poll(&wake, 1, PATIENCE_MS), 1);
}

// A thread that has not come to rest yet may take it as well, so not each is.
static void small_frame_alone_is_examined_by_who_gave_it(void **state)
{
    enum { TRIES = 1000 };
    struct scene *scene = *state;
    struct pool pool = open_pool(scene, 4096, 8 << 20);
    struct bytes frame = make_frame(scene, scene->bureau, 1);
    bool is_here = false;
    for (size_t i = 0; !is_here && i < TRIES; i++) {
        give(&pool, scene->bureau, frame);
        struct job *job = workers_take(pool.workers);
        is_here = job != NULL;
        job = is_here ? job : await_job(&pool);
        assert_int_equal(job->statements.count, 1);
        assert_null(job->statements.items[0].fault_code);
        workers_done(pool.workers, &job);
    }
    assert_true(is_here);
    close_pool(&pool);
}

// What takes longer than a signature wakes a thread, which wakes the turn.
static void frame_that_takes_longer_is_examined_by_a_thread(void **state)
{
    enum { ROOTS_OF_A_SMALL_ONE = 6, HOLLOW_ITEMS = 1000 };
    struct scene *scene = *state;
    const struct bytes frames[] = {make_frame(scene, scene->bureau, ROOTS_OF_A_SMALL_ONE), make_hollow(scene, HOLLOW_ITEMS)};
    const size_t counts[] = {ROOTS_OF_A_SMALL_ONE, HOLLOW_ITEMS};
    for (size_t i = 0; i < sizeof(frames) / sizeof(frames[0]); i++) {
        struct pool pool = open_pool(scene, 4096, 8 << 20);
        give(&pool, scene->bureau, frames[i]);
        await_wake(&pool);
        struct job *job = await_job(&pool);
        assert_int_equal(job->statements.count, counts[i]);
        workers_done(pool.workers, &job);
        close_pool(&pool);
    }
}

static void two_small_frames_are_examined_by_a_thread(void **state)
{
    struct scene *scene = *state;
    struct pool pool = open_pool(scene, 4096, 8 << 20);
    struct bytes frame = make_frame(scene, scene->bureau, 1);
    assert_int_equal(workers_give(pool.workers, scene->bureau->id, frame), WORKERS_TAKEN);
    assert_int_equal(workers_give(pool.workers, scene->other->id, frame), WORKERS_TAKEN);
    workers_go(pool.workers);
    await_wake(&pool);
    for (int i = 0; i < 2; i++) {
        struct job *job = await_job(&pool);
        assert_int_equal(job->statements.count, 1);
        workers_done(pool.workers, &job);
    }
    close_pool(&pool);
}

static size_t give_all(struct pool *pool, const struct member *from, struct bytes frame)
{
    size_t taken = 0;
    while (workers_give(pool->workers, from->id, frame) == WORKERS_TAKEN) {
        taken++;
    }
    workers_go(pool->workers);
    return taken;
}

static void more_in_flight_than_granted_is_not_taken(void **state)
{
    enum { WINDOW = 50, FINISHED = 20 };
    struct scene *scene = *state;
    struct bytes hollow = make_hollow(scene, LIMIT_FRAME_ITEMS);
    struct bytes lone = make_frame(scene, scene->other, 1);
    struct pool pool = open_pool(scene, WINDOW, 8 << 20);
    size_t taken = give_all(&pool, scene->bureau, hollow);
    assert_in_range(taken, 2 * WINDOW, 2 * WINDOW + FINISHED);
    give(&pool, scene->other, lone); // which is nobody else's trouble
    close_pool(&pool);
    pool = open_pool(scene, 4096, WINDOW * hollow.size);
    taken = give_all(&pool, scene->bureau, hollow);
    assert_in_range(taken, 2 * WINDOW, 2 * WINDOW + FINISHED);
    close_pool(&pool);
}

static void all_lanes_together_are_bounded(void **state)
{
    enum { WINDOW_BYTES = 4 << 20 };
    struct scene *scene = *state;
    struct pool pool = open_pool(scene, 1 << 20, WINDOW_BYTES);
    uint8_t *junk = arena_take(scene->town.arena, LIMIT_FRAME_BYTES);
    struct job *jobs[HELD];
    size_t held = hold_still(&pool, scene, jobs);
    size_t given = give_all(&pool, scene->bureau, (struct bytes){junk, LIMIT_FRAME_BYTES});
    assert_true(workers_have_room(pool.workers)); // one lane alone does not fill it
    for (size_t i = 0; i < WINDOW_BYTES / LIMIT_FRAME_BYTES; i++, given++) {
        give(&pool, scene->other, (struct bytes){junk, LIMIT_FRAME_BYTES});
    }
    assert_false(workers_have_room(pool.workers));
    while (held > 0) {
        workers_done(pool.workers, &jobs[--held]);
    }
    while (given-- > 0) {
        struct job *job = await_job(&pool);
        workers_done(pool.workers, &job);
    }
    assert_true(workers_have_room(pool.workers));
    close_pool(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(lone_frame_does_not_wait_for_anothers_flood),
        with_scene(frames_of_one_peer_keep_their_order),
        with_scene(small_frame_alone_is_examined_by_who_gave_it),
        with_scene(frame_that_takes_longer_is_examined_by_a_thread),
        with_scene(two_small_frames_are_examined_by_a_thread),
        with_scene(more_in_flight_than_granted_is_not_taken),
        with_scene(all_lanes_together_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
