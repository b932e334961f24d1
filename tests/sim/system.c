// SPDX-License-Identifier: Apache-2.0
//
// What stands below the daemon in a simulated machine, linked in place of the real thing: clock and random numbers (ld --wrap), the loop with its
// sockets, the guard at the door, worker threads, signals, client keys, the log. Where the real commit of a turn ends (ld --wrap) the witness
// looks on, and there the power can go.
#include "sim/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <lmdb.h>
#include <stddef.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/statvfs.h>
#include <time.h>
#include <zmq.h>

#include "base/log.h"
#include "intake/examine.h"
#include "intake/request.h"
#include "sim/witness.h"
#include "store/commit.h"
#include "store/wal.h"

enum { JOB_ARENA_BYTES = 32 << 20 };

// --------------------------------------------------------------------------------- time and chance

int __wrap_clock_gettime(clockid_t id, struct timespec *out);
int __wrap_clock_gettime(clockid_t id, struct timespec *out)
{
    int64_t skew = id == CLOCK_REALTIME && machine_current != NULL ? machine_current->skew : 0;
    int64_t ms = world.now + skew - (id == CLOCK_REALTIME ? 0 : world.begin - WORLD_DAY);
    out->tv_sec = ms / 1000;
    out->tv_nsec = ms % 1000 * 1000000;
    return 0;
}

ssize_t __wrap_getrandom(void *out, size_t size, unsigned flags);
ssize_t __wrap_getrandom(void *out, size_t size, unsigned flags)
{
    (void)flags;
    chance_fill(&machine_current->chance, out, size);
    return (ssize_t)size;
}

// ------------------------------------------------------------------------------------------- disks

int __wrap_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out)
{
    (void)path;
    *out = (struct statvfs){.f_frsize = 4096, .f_bavail = machine_current->disk_full ? 16 : 1 << 20};
    return 0;
}

int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
    return __real_mdb_env_open(env, path, flags | MDB_NOSYNC, mode); // crashes here leave the kernel alone
}

int __wrap_fdatasync(int file);
int __wrap_fdatasync(int file)
{
    (void)file;
    return 0;
}

static enum crash commit_fails;

static enum crash next_failure(void)
{
    const enum crash fails = machine_current != NULL && machine_current->powerless ? FAIL_BEFORE_COMMIT : commit_fails;
    commit_fails = CRASH_NONE;
    return fails;
}

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
    const enum crash fails = next_failure();
    if (fails == FAIL_BEFORE_COMMIT) {
        mdb_txn_abort(txn);
        return EIO;
    }
    const int result = __real_mdb_txn_commit(txn);
    return fails == FAIL_AFTER_COMMIT && result == 0 ? EIO : result;
}

int __real_wal_append(struct wal *wal, const struct wal_link *before, const struct wal_link *after);
int __wrap_wal_append(struct wal *wal, const struct wal_link *before, const struct wal_link *after);
int __wrap_wal_append(struct wal *wal, const struct wal_link *before, const struct wal_link *after)
{
    const enum crash fails = next_failure();
    if (fails == FAIL_BEFORE_COMMIT) {
        return -EIO;
    }
    const int result = __real_wal_append(wal, before, after);
    return fails == FAIL_AFTER_COMMIT && result == 0 ? -EIO : result;
}

int __real_commit_turn(struct store *store, struct arena *arena, int64_t at, const struct effects *effects, const uint8_t *seal);
int __wrap_commit_turn(struct store *store, struct arena *arena, int64_t at, const struct effects *effects, const uint8_t *seal);
int __wrap_commit_turn(struct store *store, struct arena *arena, int64_t at, const struct effects *effects, const uint8_t *seal)
{
    struct machine *machine = machine_current;
    const uint64_t before = store_state(store)->turn;
    const enum crash crash = machine->running ? machine->crash : CRASH_NONE;
    machine->crash = CRASH_NONE;
    if (crash == CRASH_BEFORE_COMMIT) {
        machine_lose_power(machine);
    }
    commit_fails = crash;
    world.counts.failed_commits += crash == FAIL_BEFORE_COMMIT || crash == FAIL_AFTER_COMMIT;
    const int result = __real_commit_turn(store, arena, at, effects, seal);
    commit_fails = CRASH_NONE;
    if (store_state(store)->turn > before) { // a failed commit may have reached the disk all the same
        world.counts.turns++;
        witness_turn(machine, store, effects);
    }
    if (crash == CRASH_AFTER_COMMIT) {
        machine_lose_power(machine);
    }
    return result;
}

// -------------------------------------------------------------------------------------------- loop

static int anything; // handed out where only the address matters

int loop_new(struct loop **out_loop)
{
    // The store is open by now: a crash from here on has something to close.
    machine_current->starting = (struct daemon *)(void *)((char *)out_loop - offsetof(struct daemon, loop));
    *out_loop = (struct loop *)(void *)&anything;
    return 0;
}

void loop_free(struct loop **loop)
{
    *loop = NULL;
}

void *loop_router(struct loop *loop, const struct loop_router *options)
{
    (void)loop;
    if (options->zap_domain == NULL) {
        return &machine_current->outbound;
    }
    return strcmp(options->zap_domain, PEER_GUARD_CLIENTS) == 0 ? &machine_current->clients : &machine_current->inbound;
}

void *loop_monitor(struct loop *loop, void *socket, const char *name)
{
    (void)loop;
    (void)name;
    return socket == &machine_current->inbound ? &machine_current->inbound_monitor : &machine_current->outbound_monitor;
}

void loop_stop_monitor(void *socket, void **monitor)
{
    (void)socket;
    *monitor = NULL;
}

int loop_bind(void *socket, const char *endpoint)
{
    (void)endpoint;
    machine_current->listening = machine_current->listening || socket == &machine_current->inbound;
    return 0;
}

void loop_unbind(void *socket)
{
    (void)socket;
    machine_current->listening = false;
}

void loop_endpoint(void *socket, char *out_endpoint, size_t size)
{
    (void)socket;
    snprintf(out_endpoint, size, "%s", machine_current->endpoint);
}

void loop_close(void **socket)
{
    *socket = NULL;
}

void loop_watch_socket(struct loop *loop, void *socket)
{
    (void)loop;
    (void)socket;
}

void loop_watch_fd(struct loop *loop, int fd)
{
    (void)loop;
    (void)fd;
}

void loop_forget(struct loop *loop, void *socket)
{
    (void)loop;
    (void)socket;
}

int loop_wait(struct loop *loop, int timeout_ms)
{
    (void)loop;
    (void)timeout_ms;
    return -ENOSYS; // machines run turns, not daemon_run
}

void loop_to_z85(const uint8_t key[32], char out_text[LOOP_Z85_BYTES])
{
    zmq_z85_encode(out_text, key, 32);
}

bool loop_from_z85(const char *text, uint8_t out_key[32])
{
    return strlen(text) == LOOP_Z85_BYTES - 1 && zmq_z85_decode(out_key, text) != NULL;
}

int loop_new_keypair(char out_public[LOOP_Z85_BYTES], char out_secret[LOOP_Z85_BYTES])
{
    uint8_t key[32];
    chance_fill(&machine_current->chance, key, sizeof key);
    loop_to_z85(key, out_public);
    loop_to_z85(key, out_secret);
    return 0;
}

// ---------------------------------------------------------------------------- guard, signals, keys

int peer_guard_new(struct loop *loop, struct peer_keys *peers, struct client_keys *clients, struct peer_guard **out_guard)
{
    (void)loop;
    (void)peers;
    (void)clients;
    *out_guard = (struct peer_guard *)(void *)&anything;
    return 0;
}

void peer_guard_free(struct peer_guard **guard)
{
    *guard = NULL;
}

uint64_t peer_guard_answer(struct peer_guard *guard)
{
    (void)guard;
    return 0;
}

int peer_guard_knock(struct peer_guard *guard, const char *endpoint, const char *curve_public, struct mono now)
{
    (void)guard;
    (void)endpoint;
    (void)curve_public;
    (void)now;
    return 0;
}

enum peer_guard_knock peer_guard_listen(struct peer_guard *guard, struct mono now)
{
    (void)guard;
    (void)now;
    return KNOCK_NONE;
}

int wakeup_open(struct wakeup *wakeup)
{
    *wakeup = (struct wakeup){-1, -1};
    return 0;
}

void wakeup_close(struct wakeup *wakeup)
{
    (void)wakeup;
}

struct wish wakeup_take(struct wakeup *wakeup)
{
    (void)wakeup;
    return (struct wish){0};
}

// A client's name is its role.
enum client_role __wrap_client_keys_role(const struct client_keys *keys, const char *user, const char **out_name);
enum client_role __wrap_client_keys_role(const struct client_keys *keys, const char *user, const char **out_name)
{
    (void)keys;
    *out_name = user;
    return request_role(user);
}

// ----------------------------------------------------------------------------------------- workers

// One thread, at once.
struct workers {
    struct workers_options options;
    struct examine_cache cache;
    struct job *first;
    struct job **last;
    struct job *spare;
};

int workers_new(const struct workers_options *options, struct workers **out_workers)
{
    struct workers *workers = calloc(1, sizeof *workers);
    must(workers != NULL);
    workers->options = *options;
    workers->last = &workers->first;
    *out_workers = workers;
    return 0;
}

static void free_jobs(struct job *job)
{
    while (job != NULL) {
        struct job *next = job->next;
        free(job->frame);
        arena_free(&job->arena);
        free(job);
        job = next;
    }
}

void workers_drop_spare(struct workers *workers)
{
    free_jobs(workers->spare);
    workers->spare = NULL;
}

void workers_free(struct workers **workers)
{
    if (*workers != NULL) {
        free_jobs((*workers)->first);
        workers_drop_spare(*workers);
        free(*workers);
        *workers = NULL;
    }
}

bool workers_have_room(struct workers *workers)
{
    (void)workers;
    return true;
}

static struct job *new_job(struct workers *workers)
{
    struct job *job = workers->spare;
    if (job != NULL) {
        workers->spare = job->next;
        return job;
    }
    job = calloc(1, sizeof *job);
    must(job != NULL && arena_new(JOB_ARENA_BYTES, &job->arena) == 0);
    return job;
}

static void examine(struct workers *workers, struct job *job)
{
    job->examining = (struct examining){
        .keys = workers->options.keys, .domain = workers->options.domain, .cache = &workers->cache, .arena = job->arena};
    job->decoded = examine_start(&job->examining, (struct bytes){job->frame + 2, job->size - 2});
    while (job->decoded && examine_next(&job->examining)) {
    }
    if (job->decoded) {
        job->statements = examine_found(&job->examining);
    }
}

enum workers_outcome workers_give(struct workers *workers, const char *peer, struct bytes frame)
{
    struct job *job = new_job(workers);
    job->frame = realloc(job->frame, frame.size);
    must(job->frame != NULL);
    memcpy(job->frame, frame.data, frame.size);
    job->size = frame.size;
    snprintf(job->peer, sizeof job->peer, "%s", peer);
    job->next = NULL;
    examine(workers, job);
    *workers->last = job;
    workers->last = &job->next;
    return WORKERS_TAKEN;
}

void workers_go(struct workers *workers)
{
    (void)workers;
}

struct job *workers_take(struct workers *workers)
{
    struct job *job = workers->first;
    if (job != NULL) {
        workers->first = job->next;
        workers->last = workers->first == NULL ? &workers->first : workers->last;
    }
    return job;
}

void workers_done(struct workers *workers, struct job **job)
{
    arena_reset((*job)->arena);
    (*job)->next = workers->spare;
    workers->spare = *job;
    *job = NULL;
}

// --------------------------------------------------------------------------------------------- log

__attribute__((format(printf, 2, 3))) void __wrap_log_write(enum log_event event, const char *format, ...);
void __wrap_log_write(enum log_event event, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    trace_add(&world.trace, (uint64_t)event);
    world_tell("%s log %d: %s", machine_current == NULL ? "-" : machine_current->id, (int)event, text);
}
