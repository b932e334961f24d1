// SPDX-License-Identifier: Apache-2.0
#include "intake/workers.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "intake/examine.h"

// A frame is at most 1 MiB and unpacks to bounded multiples of it.
enum { JOB_ARENA_BYTES = 32 << 20, SPARE_JOBS = 32 };

struct queue {
    struct job *first;
    struct job **last;
};

struct thread {
    struct workers *workers;
    pthread_t id;
    struct queue waiting;
    pthread_cond_t work;
    struct examine_cache cache;
};

struct workers {
    pthread_mutex_t lock;
    struct thread *threads;
    size_t count;
    size_t started;
    struct queue finished;
    struct job *spare; // arenas are kept, so that a busy daemon does not map memory a frame
    size_t spare_count;
    size_t in_hand; // given and not yet done
    struct peer_keys *keys;
    enum seal_domain domain;
    int wake_fd;
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

static void examine(struct thread *thread, struct job *job)
{
    const struct bytes rest = {job->frame + 2, job->size - 2};
    job->decoded = examine_frame(rest, thread->workers->keys, thread->workers->domain, &thread->cache, job->arena, &job->statements);
}

static void *run(void *context)
{
    struct thread *thread = context;
    struct workers *workers = thread->workers;
    pthread_mutex_lock(&workers->lock);
    for (;;) {
        struct job *job = get(&thread->waiting);
        if (job == NULL && workers->stopping) {
            break;
        }
        if (job == NULL) {
            pthread_cond_wait(&thread->work, &workers->lock);
            continue;
        }
        pthread_mutex_unlock(&workers->lock);
        examine(thread, job);
        pthread_mutex_lock(&workers->lock);
        put(&workers->finished, job);
        const uint64_t one = 1;
        ssize_t written = write(workers->wake_fd, &one, sizeof(one)); // a full counter wakes just as well
        (void)written;
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
    for (size_t i = 0; result == 0 && i < workers->count; i++) {
        struct thread *thread = &workers->threads[i];
        thread->workers = workers;
        thread->waiting.last = &thread->waiting.first;
        pthread_cond_init(&thread->work, NULL);
        result = pthread_create(&thread->id, NULL, run, thread);
        workers->started += result == 0;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return result == 0 ? 0 : FAIL_ORIGIN(-result, "cannot start a worker");
}

int workers_new(size_t threads, struct peer_keys *keys, enum seal_domain domain, int wake_fd, struct workers **out_workers)
{
    struct workers *workers = calloc(1, sizeof(*workers));
    if (workers == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "workers");
    }
    pthread_mutex_init(&workers->lock, NULL);
    workers->finished.last = &workers->finished.first;
    workers->keys = keys;
    workers->domain = domain;
    workers->wake_fd = wake_fd;
    workers->count = threads;
    workers->threads = calloc(threads, sizeof(*workers->threads));
    int result = workers->threads == NULL ? FAIL_ORIGIN(-ENOMEM, "workers") : start_threads(workers);
    if (result < 0) {
        workers_free(&workers);
        return result;
    }
    *out_workers = workers;
    return 0;
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
    }
    for (struct job *job = get(&workers->finished); job != NULL; job = get(&workers->finished)) {
        free_job(job);
    }
    while (workers->spare != NULL) {
        struct job *next = workers->spare->next;
        free_job(workers->spare);
        workers->spare = next;
    }
    pthread_mutex_destroy(&workers->lock);
    free(workers->threads);
    free(workers);
    *handle = NULL;
}

bool workers_have_room(struct workers *workers)
{
    return workers->in_hand < WORKERS_WAITING; // only the turn's thread changes it
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

int workers_give(struct workers *workers, const char *peer, struct bytes frame)
{
    struct job *job = new_job(workers);
    uint8_t *copy = job == NULL ? NULL : realloc(job->frame, frame.size);
    if (copy == NULL) {
        free_job(job);
        return FAIL_ORIGIN(-ENOMEM, "a frame");
    }
    job->frame = copy;
    job->size = frame.size;
    memcpy(job->frame, frame.data, frame.size);
    strcpy(job->peer, peer);
    size_t sum = 0;
    for (const char *at = peer; *at != '\0'; at++) {
        sum = sum * 31 + (unsigned char)*at;
    }
    struct thread *thread = &workers->threads[sum % workers->count];
    workers->in_hand++;
    pthread_mutex_lock(&workers->lock);
    put(&thread->waiting, job);
    pthread_cond_signal(&thread->work);
    pthread_mutex_unlock(&workers->lock);
    return 0;
}

struct job *workers_take(struct workers *workers)
{
    pthread_mutex_lock(&workers->lock);
    struct job *job = get(&workers->finished);
    pthread_mutex_unlock(&workers->lock);
    return job;
}

void workers_done(struct workers *workers, struct job **job)
{
    workers->in_hand--;
    if (workers->spare_count >= SPARE_JOBS) {
        free_job(*job);
    } else {
        arena_reset((*job)->arena);
        (*job)->decoded = false;
        (*job)->next = workers->spare;
        workers->spare = *job;
        workers->spare_count++;
    }
    *job = NULL;
}
