// SPDX-License-Identifier: Apache-2.0
#include "porter.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/fail.h"

enum {
    MOST_CHUNKS = 96,    // in all jobs together
    BACKGROUND_NICE = 10, // the turn and the links go first: a tenth of their weight where both cores are wanted
};

struct queue {
    struct port_job *first;
    struct port_job **last;
};

struct porter {
    struct porter_options options;
    struct blobs *blobs;
    pthread_mutex_t lock;
    pthread_cond_t work;
    pthread_t thread;
    bool started;
    bool stopping;
    struct queue waiting;
    struct port_job *running;
    struct queue finished;
    struct port_job *taken; // given out and not yet done with
    size_t chunks;          // of jobs that hold one; the turn's thread alone counts
};

static void put(struct queue *queue, struct port_job *job)
{
    job->next = NULL;
    *queue->last = job;
    queue->last = &job->next;
}

static struct port_job *get(struct queue *queue)
{
    struct port_job *job = queue->first;
    if (job != NULL) {
        queue->first = job->next;
        queue->last = queue->first == NULL ? &queue->first : queue->last;
    }
    return job;
}

// -------------------------------------------------------------------------------------------------- on the thread

static struct blob_part part_of(const struct port_job *job)
{
    return (struct blob_part){.suite = job->name.suite, .size = job->name.size, .salt = job->salt, .commitment = job->commitment};
}

static enum port_outcome tell(struct port_job *job, enum blob_outcome outcome)
{
    switch (outcome) {
    case BLOB_KEPT:
        return PORT_DONE;
    case BLOB_WHOLE:
        return PORT_WHOLE;
    case BLOB_HAD:
    case BLOB_GAP:
        return PORT_OTHER;
    case BLOB_BAD:
        return PORT_FALSE;
    case BLOB_FAILED:
        break;
    }
    job->error = errno;
    return PORT_FAILED;
}

static enum port_outcome find(struct porter *porter, struct port_job *job)
{
    const struct blob_part part = part_of(job);
    return blob_find(porter->blobs, &part, &job->name) ? tell(job, blob_look(porter->blobs, &job->name, &job->chunks)) : PORT_NOTHING;
}

static enum port_outcome take(struct porter *porter, struct port_job *job)
{
    const struct blob_part part = part_of(job);
    const struct blob_chunk chunk = {
        .index = job->index,
        .path = job->path,
        .path_count = job->path_count,
        .content = {job->content, job->content_bytes},
        .is_to_go = !job->is_part,
    };
    if (job->is_part && !blob_is_part(&part, &job->name)) {
        return PORT_FALSE;
    }
    return tell(job, blob_take(porter->blobs, &job->name, &chunk, &job->chunks));
}

static enum port_outcome read_chunk(struct porter *porter, struct port_job *job)
{
    enum blob_outcome outcome = blob_read(porter->blobs, &job->name, job->index, job->content, &job->content_bytes, job->path, &job->path_count);
    return outcome == BLOB_BAD ? PORT_LOST : tell(job, outcome);
}

static enum port_outcome stop(struct porter *porter, struct port_job *job)
{
    const struct blob_part part = part_of(job);
    while (blob_find(porter->blobs, &part, &job->name)) {
        blob_remove_partial(porter->blobs, &job->name);
    }
    return PORT_DONE;
}

static enum port_outcome work(struct porter *porter, struct port_job *job)
{
    if (hash_ready() < 0) {
        job->error = ENOMEM;
        return PORT_FAILED;
    }
    switch (job->form) {
    case PORT_LOOK:
        return tell(job, blob_look(porter->blobs, &job->name, &job->chunks));
    case PORT_FIND:
        return find(porter, job);
    case PORT_TAKE:
        return take(porter, job);
    case PORT_READ:
        return read_chunk(porter, job);
    case PORT_MEND:
        return tell(job, blob_mend(porter->blobs, &job->name, &job->chunks));
    case PORT_DROP:
        blob_remove(porter->blobs, &job->name);
        return PORT_DONE;
    case PORT_STOP:
        return stop(porter, job);
    case PORT_FORGET:
        blob_remove_partial(porter->blobs, &job->name);
        return PORT_DONE;
    }
    return PORT_FAILED;
}

static void *run(void *context)
{
    struct porter *porter = context;
    const uint64_t one = 1;
    setpriority(PRIO_PROCESS, 0, BACKGROUND_NICE); // of this thread alone; where that is not allowed it works as all others do
    pthread_mutex_lock(&porter->lock);
    while (!porter->stopping) {
        struct port_job *job = get(&porter->waiting);
        porter->running = job;
        if (job == NULL) {
            pthread_cond_wait(&porter->work, &porter->lock);
            continue;
        }
        pthread_mutex_unlock(&porter->lock);
        job->outcome = work(porter, job);
        pthread_mutex_lock(&porter->lock);
        porter->running = NULL;
        put(&porter->finished, job);
        pthread_mutex_unlock(&porter->lock); // whom this wakes wants it at once, and goes first
        ssize_t written = write(porter->options.wake_fd, &one, sizeof(one)); // a full counter wakes just as well
        (void)written;
        pthread_mutex_lock(&porter->lock);
    }
    pthread_mutex_unlock(&porter->lock);
    return NULL;
}

// --------------------------------------------------------------------------------------------- on the turn's thread

int porter_new(const struct porter_options *options, struct porter **out_porter)
{
    struct porter *porter = calloc(1, sizeof(*porter));
    if (porter == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "porter");
    }
    porter->options = *options;
    porter->waiting.last = &porter->waiting.first;
    porter->finished.last = &porter->finished.first;
    pthread_mutex_init(&porter->lock, NULL);
    pthread_cond_init(&porter->work, NULL);
    int result = blob_open(options->store, &porter->blobs);
    if (result < 0) {
        porter_free(&porter);
        return FAIL_HOP(result);
    }
    *out_porter = porter;
    return 0;
}

struct blobs *porter_blobs(struct porter *porter)
{
    return porter->blobs;
}

int porter_start(struct porter *porter)
{
    sigset_t all;
    sigset_t old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    int result = pthread_create(&porter->thread, NULL, run, porter);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (result != 0) {
        return FAIL_ORIGIN(-result, "cannot start the porter");
    }
    pthread_setname_np(porter->thread, "files");
    porter->started = true;
    return 0;
}

static void free_job(struct port_job *job)
{
    free(job->content);
    free(job);
}

static void free_all(struct queue *queue)
{
    for (struct port_job *job = get(queue); job != NULL; job = get(queue)) {
        free_job(job);
    }
}

void porter_free(struct porter **handle)
{
    struct porter *porter = *handle;
    if (porter == NULL) {
        return;
    }
    if (porter->started) {
        pthread_mutex_lock(&porter->lock);
        porter->stopping = true;
        pthread_cond_signal(&porter->work);
        pthread_mutex_unlock(&porter->lock);
        pthread_join(porter->thread, NULL);
    }
    free_all(&porter->waiting);
    free_all(&porter->finished);
    blob_close(&porter->blobs);
    pthread_cond_destroy(&porter->work);
    pthread_mutex_destroy(&porter->lock);
    free(porter);
    *handle = NULL;
}

struct port_job *porter_new_job(struct porter *porter, enum port_form form, enum port_room room)
{
    if (room == PORT_WITH_CHUNK && porter->chunks >= MOST_CHUNKS) {
        return NULL;
    }
    struct port_job *job = calloc(1, sizeof(*job));
    uint8_t *content = room == PORT_WITH_CHUNK ? malloc(CHUNK_BYTES) : NULL;
    if (job == NULL || (room == PORT_WITH_CHUNK && content == NULL)) {
        free(job);
        free(content);
        return NULL;
    }
    job->form = form;
    job->content = content;
    porter->chunks += content != NULL;
    return job;
}

void porter_give(struct porter *porter, struct port_job *job)
{
    pthread_mutex_lock(&porter->lock);
    put(&porter->waiting, job);
    pthread_cond_signal(&porter->work);
    pthread_mutex_unlock(&porter->lock);
}

struct port_job *porter_take(struct porter *porter)
{
    pthread_mutex_lock(&porter->lock);
    struct port_job *job = get(&porter->finished);
    pthread_mutex_unlock(&porter->lock);
    if (job != NULL) {
        job->next = porter->taken;
        porter->taken = job;
    }
    return job;
}

void porter_done(struct porter *porter, struct port_job **handle)
{
    struct port_job *job = *handle;
    struct port_job **at = &porter->taken;
    while (*at != NULL && *at != job) {
        at = &(*at)->next;
    }
    if (*at == job) {
        *at = job->next;
    }
    porter->chunks -= job->content != NULL;
    free_job(job);
    *handle = NULL;
}

static size_t count_reads(const struct port_job *first, const char *peer)
{
    size_t count = 0;
    for (const struct port_job *job = first; job != NULL; job = job->next) {
        count += job->form == PORT_READ && strcmp(job->peer, peer) == 0;
    }
    return count;
}

size_t porter_count_reads(struct porter *porter, const char *peer)
{
    pthread_mutex_lock(&porter->lock);
    size_t count = count_reads(porter->waiting.first, peer) + count_reads(porter->finished.first, peer);
    pthread_mutex_unlock(&porter->lock);
    return count;
}

// The name of what is to be found is not known yet, and what is found so is not whole.
static bool makes_whole(const struct port_job *job, const struct file_name *name)
{
    return job != NULL && (job->form == PORT_LOOK || job->form == PORT_TAKE || job->form == PORT_MEND) && file_name_equals(&job->name, name);
}

static bool is_among(const struct port_job *first, const struct file_name *name)
{
    while (first != NULL && !makes_whole(first, name)) {
        first = first->next;
    }
    return first != NULL;
}

bool porter_handles(struct porter *porter, const struct file_name *name)
{
    pthread_mutex_lock(&porter->lock);
    bool found = is_among(porter->waiting.first, name) || makes_whole(porter->running, name) || is_among(porter->finished.first, name) ||
                 is_among(porter->taken, name);
    pthread_mutex_unlock(&porter->lock);
    return found;
}
