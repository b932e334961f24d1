// SPDX-License-Identifier: Apache-2.0
#include "intake/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"

enum {
    JOB_ARENA_BYTES = 32 << 20, // a frame is at most 1 MiB and unpacks to bounded multiples of it
    SPARE_JOBS = 8,
    SPARE_FRAME_BYTES = 320 << 10, // a larger buffer is not kept
    LANE_WINDOWS = 2,  // that one lane holds
    TOTAL_WINDOWS = 3, // that all lanes hold: one alone cannot fill them
    FINISHED_BYTES = 16 << 20,    // decoded and not yet in a turn
    SLICE_US = 2000,              // four signatures of the slower suite
    LONE_BYTES = 8 << 10,         // of a frame that no thread is woken for
    LONE_ITEMS = 16,              // likewise: each needs memory before it is looked at
    LONE_US = 600,                // and then one is: a signature of the slower suite, and what stands under it
};

struct queue {
    struct job *first;
    struct job **last;
};

struct lane {
    char peer[LIMIT_AGENCY_BYTES + 1];
    struct queue waiting; // the first may be half examined
    size_t frames;
    size_t bytes;
    int64_t used_us; // processor time spent on it, but never behind what others had when it last had nothing to do
    struct lane *next;
};

struct thread {
    struct workers *workers;
    pthread_t id;
    struct lane *lanes; // one a peer that ever sent something
    int64_t least_us;   // `used_us` of the lane worked on last
    pthread_cond_t work;
    bool is_given;   // something that it has not been woken for
    bool is_at_work; // it, or the turn's thread in its place
    struct examine_cache cache;
};

struct workers {
    struct workers_options options;
    pthread_mutex_t lock;
    struct thread *threads;
    size_t started;
    struct thread *given_to; // and the lane, of the frame given last
    struct lane *given;
    size_t waiting_frames; // the one at work included
    struct queue finished;
    size_t finished_bytes; // of arenas, until workers_done
    struct job *spare; // arenas are kept, so that a busy daemon does not map memory a frame
    size_t spare_count;
    size_t waiting_bytes; // of frames
    bool stopping;
};

static void put(struct queue *queue, struct job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct job *get(struct queue *queue)
{
    struct job *job = queue->first;
    if (job != NULL) {
        queue->first = job->next;
        if (queue->first == NULL) {
            queue->last = &queue->first;
        }
    }
    return job;
}

static void free_job(struct job *job)
{
    if (job != NULL) {
        free(job->frame);
        arena_free(&job->arena);
        free(job);
    }
}

static int64_t busy_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

// The lane with work that has used least; NULL: none has any, or too much is finished and not taken.
static struct lane *choose(const struct thread *thread)
{
    struct lane *chosen = NULL;
    for (struct lane *lane = thread->lanes; lane != NULL && thread->workers->finished_bytes < FINISHED_BYTES; lane = lane->next) {
        if (lane->frames > 0 && (chosen == NULL || lane->used_us < chosen->used_us)) {
            chosen = lane;
        }
    }
    return chosen;
}

static struct bytes rest_of(const struct job *job)
{
    return (struct bytes){job->frame + 2, job->size - 2};
}

// Works on a job until it is finished or the slice is over. True: it is finished.
static bool examine(struct thread *thread, struct job *job, int64_t until_us)
{
    struct examining *examining = &job->examining;
    if (!job->started) {
        *examining = (struct examining){
            .keys = thread->workers->options.keys,
            .domain = thread->workers->options.domain,
            .cache = &thread->cache,
            .arena = job->arena,
        };
        job->started = true;
        job->decoded = examine_start(examining, rest_of(job));
    }
    while (job->decoded && examine_next(examining)) {
        if (busy_us() >= until_us) {
            return false;
        }
    }
    job->decoded = job->decoded && !examining->starved;
    job->statements = job->decoded ? examine_found(examining) : (struct statements){0};
    return true;
}

static void finish(struct workers *workers, struct lane *lane)
{
    struct job *job = get(&lane->waiting);
    lane->frames--;
    lane->bytes -= job->size;
    workers->waiting_frames--;
    workers->waiting_bytes -= job->size;
    workers->finished_bytes += arena_used(job->arena);
    put(&workers->finished, job);
}

// With the lock held, which is let go meanwhile. True: the first frame of the lane is finished.
static bool work_on(struct thread *thread, struct lane *lane, int64_t slice_us)
{
    struct workers *workers = thread->workers;
    struct job *job = lane->waiting.first;
    thread->least_us = lane->used_us;
    thread->is_at_work = true;
    pthread_mutex_unlock(&workers->lock);
    int64_t before_us = busy_us();
    bool finished = examine(thread, job, before_us + slice_us);
    int64_t used_us = busy_us() - before_us;
    pthread_mutex_lock(&workers->lock);
    thread->is_at_work = false;
    lane->used_us += used_us;
    if (finished) {
        finish(workers, lane);
    }
    return finished;
}

static void wake_turn(const struct workers *workers)
{
    const uint64_t one = 1;
    ssize_t written = write(workers->options.wake_fd, &one, sizeof(one)); // a full counter wakes just as well
    (void)written;
}

static void *run(void *context)
{
    struct thread *thread = context;
    struct workers *workers = thread->workers;
    pthread_mutex_lock(&workers->lock);
    while (!workers->stopping) {
        struct lane *lane = thread->is_at_work ? NULL : choose(thread);
        if (lane == NULL) {
            pthread_cond_wait(&thread->work, &workers->lock);
        } else if (work_on(thread, lane, SLICE_US)) {
            wake_turn(workers);
        }
    }
    pthread_mutex_unlock(&workers->lock);
    return NULL;
}

static int start_threads(struct workers *workers)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int result = 0;
    for (size_t i = 0; result == 0 && i < workers->options.threads; i++) {
        struct thread *thread = &workers->threads[i];
        thread->workers = workers;
        pthread_cond_init(&thread->work, NULL);
        result = pthread_create(&thread->id, NULL, run, thread);
        if (result == 0) {
            pthread_setname_np(thread->id, "verify");
            workers->started++;
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result == 0 ? 0 : FAIL_ORIGIN(-result, "cannot start a worker");
}

int workers_new(const struct workers_options *options, struct workers **out_workers)
{
    struct workers *workers = calloc(1, sizeof(*workers));
    if (workers == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "workers");
    }
    pthread_mutex_init(&workers->lock, NULL);
    workers->finished.last = &workers->finished.first;
    workers->options = *options;
    workers->threads = calloc(options->threads, sizeof(*workers->threads));
    int result = workers->threads == NULL ? FAIL_ORIGIN(-ENOMEM, "workers") : start_threads(workers);
    if (result < 0) {
        workers_free(&workers);
        return result;
    }
    *out_workers = workers;
    return 0;
}

static void free_lanes(struct thread *thread)
{
    while (thread->lanes != NULL) {
        struct lane *lane = thread->lanes;
        thread->lanes = lane->next;
        for (struct job *job = get(&lane->waiting); job != NULL; job = get(&lane->waiting)) {
            free_job(job);
        }
        free(lane);
    }
}

void workers_free(struct workers **handle)
{
    struct workers *workers = *handle;
    if (workers == NULL) {
        return;
    }
    pthread_mutex_lock(&workers->lock);
    workers->stopping = true;
    for (size_t i = 0; i < workers->started; i++) {
        pthread_cond_signal(&workers->threads[i].work);
    }
    pthread_mutex_unlock(&workers->lock);
    for (size_t i = 0; i < workers->started; i++) {
        pthread_join(workers->threads[i].id, NULL);
        pthread_cond_destroy(&workers->threads[i].work);
        free_lanes(&workers->threads[i]);
    }
    for (struct job *job = get(&workers->finished); job != NULL; job = get(&workers->finished)) {
        free_job(job);
    }
    workers_drop_spare(workers);
    pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
    free(workers);
    *handle = NULL;
}

bool workers_have_room(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    bool room = workers->waiting_bytes < TOTAL_WINDOWS * workers->options.window_bytes;
    pthread_mutex_unlock(&workers->lock);
    return room;
}

static struct job *new_job(struct workers *workers)
{
    struct job *job = workers->spare;
    if (job != NULL) {
        workers->spare = job->next;
        workers->spare_count--;
        return job;
    }
    job = calloc(1, sizeof(*job));
    if (job != NULL && arena_new(JOB_ARENA_BYTES, &job->arena) < 0) {
        free(job);
        job = NULL;
    }
    return job;
}

static struct job *copy_frame(struct workers *workers, const char *peer, struct bytes frame)
{
    struct job *job = new_job(workers);
    uint8_t *copy = job == NULL ? NULL : realloc(job->frame, frame.size);
    if (copy == NULL) {
        free_job(job);
        return NULL;
    }
    job->frame = copy;
    job->size = frame.size;
    memcpy(job->frame, frame.data, frame.size);
    strcpy(job->peer, peer);
    return job;
}

static struct thread *thread_of(struct workers *workers, const char *peer)
{
    size_t sum = 0;
    for (const char *at = peer; *at != '\0'; at++) {
        sum = sum * 31 + (unsigned char)*at;
    }
    return &workers->threads[sum % workers->options.threads];
}

// Lanes are made by the turn's thread alone and never end, so it may look for one without the lock.
static struct lane *find_lane(struct workers *workers, struct thread *thread, const char *peer)
{
    struct lane *lane = thread->lanes;
    while (lane != NULL && strcmp(lane->peer, peer) != 0) {
        lane = lane->next;
    }
    if (lane == NULL) {
        lane = calloc(1, sizeof(*lane));
    }
    if (lane != NULL && lane->peer[0] == '\0') {
        strcpy(lane->peer, peer);
        lane->waiting.last = &lane->waiting.first;
        pthread_mutex_lock(&workers->lock);
        lane->next = thread->lanes;
        thread->lanes = lane;
        pthread_mutex_unlock(&workers->lock);
    }
    return lane;
}

static bool is_full(struct workers *workers, const struct lane *lane)
{
    pthread_mutex_lock(&workers->lock);
    bool full = lane->frames >= LANE_WINDOWS * workers->options.window_frames || lane->bytes >= LANE_WINDOWS * workers->options.window_bytes;
    pthread_mutex_unlock(&workers->lock);
    return full;
}

enum workers_outcome workers_give(struct workers *workers, const char *peer, struct bytes frame)
{
    struct thread *thread = thread_of(workers, peer);
    struct lane *lane = find_lane(workers, thread, peer);
    if (lane != NULL && is_full(workers, lane)) {
        return WORKERS_LANE_FULL;
    }
    struct job *job = lane == NULL ? NULL : copy_frame(workers, peer, frame);
    if (job == NULL) {
        return WORKERS_NO_MEMORY;
    }
    pthread_mutex_lock(&workers->lock);
    if (lane->frames == 0 && lane->used_us < thread->least_us) {
        lane->used_us = thread->least_us; // time that it did not use is nothing it could claim later
    }
    put(&lane->waiting, job);
    lane->frames++;
    lane->bytes += job->size;
    workers->waiting_frames++;
    workers->waiting_bytes += job->size;
    workers->given_to = thread;
    workers->given = lane;
    thread->is_given = true;
    pthread_mutex_unlock(&workers->lock);
    return WORKERS_TAKEN;
}

static bool is_small(const struct job *job)
{
    return job->size <= LONE_BYTES && envelope_count_items(rest_of(job)) <= LONE_ITEMS;
}

// Is the frame given last all there is, and nobody at it yet?
static bool is_lone(const struct workers *workers)
{
    const struct lane *lane = workers->given;
    return workers->waiting_frames == 1 && lane->frames == 1 && workers->given_to->is_given && !workers->given_to->is_at_work &&
           workers->finished_bytes < FINISHED_BYTES && is_small(lane->waiting.first);
}

void workers_go(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    if (is_lone(workers)) {
        workers->given_to->is_given = !work_on(workers->given_to, workers->given, LONE_US);
    }
    for (size_t i = 0; i < workers->started; i++) {
        struct thread *thread = &workers->threads[i];
        if (thread->is_given) {
            thread->is_given = false;
            pthread_cond_signal(&thread->work);
        }
    }
    pthread_mutex_unlock(&workers->lock);
}

struct job *workers_take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct job *job = get(&workers->finished);
    pthread_mutex_unlock(&workers->lock);
    return job;
}

// Threads that stood still because too much was finished go on.
static void give_back(struct workers *workers, size_t bytes)
{
    pthread_mutex_lock(&workers->lock);
    bool stood = workers->finished_bytes >= FINISHED_BYTES;
    workers->finished_bytes -= bytes;
    for (size_t i = 0; stood && workers->finished_bytes < FINISHED_BYTES && i < workers->started; i++) {
        pthread_cond_signal(&workers->threads[i].work);
    }
    pthread_mutex_unlock(&workers->lock);
}

void workers_done(struct workers *workers, struct job **handle)
{
    struct job *job = *handle;
    give_back(workers, arena_used(job->arena));
    if (workers->spare_count >= SPARE_JOBS || job->size > SPARE_FRAME_BYTES) {
        free_job(job);
    } else {
        arena_reset(job->arena);
        job->started = false;
        job->next = workers->spare;
        workers->spare = job;
        workers->spare_count++;
    }
    *handle = NULL;
}

void workers_drop_spare(struct workers *workers)
{
    while (workers->spare != NULL) {
        struct job *next = workers->spare->next;
        free_job(workers->spare);
        workers->spare = next;
    }
    workers->spare_count = 0;
}
