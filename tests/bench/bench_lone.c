// SPDX-License-Identifier: Apache-2.0
// One at a time.
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void await_event(struct bench *bench, const char *id)
{
    for (bool found = false; !found;) {
        char *json = NULL;
        if (liaison_next_event(bench->watcher, BENCH_PATIENCE_MS, &json) != LIAISON_DONE ||
            json == NULL) {
            bench_give_up("watch", bench->watcher);
        }
        found = strstr(json, "\"type\":\"arrived\"") != NULL && strstr(json, id) != NULL;
        liaison_free(json);
    }
}

// A receipt for many messages is one event, which does not name each.
static void await_state(struct bench *bench, const char *id)
{
    for (bool found = false; !found;) {
        char *json = NULL;
        if (liaison_find(bench->watcher, id, &json) != LIAISON_DONE) {
            bench_give_up("find", bench->watcher);
        }
        found = strstr(json, "\"state\":\"arrived\"") != NULL;
        liaison_free(json);
    }
}

static void send_one(struct bench *bench, struct bench_samples *samples,
                     void (*await)(struct bench *bench, const char *id))
{
    const struct liaison_draft draft = bench_draft(bench);
    struct liaison_result result;
    uint64_t start_us = bench_now_us();
    if (liaison_submit(bench->submitter, &draft, 1, &result) != LIAISON_DONE) {
        bench_give_up("submit", bench->submitter);
    }
    samples->accepted_us[samples->count] = bench_now_us() - start_us;
    await(bench, result.id);
    samples->arrived_us[samples->count++] = bench_now_us() - start_us;
}

void bench_alone(struct bench *bench, char **arguments)
{
    static struct bench_samples samples;
    uint64_t count = strtoull(arguments[0], NULL, 10);
    if (liaison_watch(bench->watcher, NULL) != LIAISON_DONE) {
        bench_give_up("watch", bench->watcher);
    }
    while (samples.count < count && samples.count < BENCH_SAMPLES_MOST) {
        send_one(bench, &samples, await_event);
    }
    bench_tell_samples(&samples);
}

void bench_beside(struct bench *bench, char **arguments)
{
    static struct bench_samples samples;
    uint64_t end_us = bench_now_us() + strtoull(arguments[0], NULL, 10) * 1000000;
    while (bench_now_us() < end_us && samples.count < BENCH_SAMPLES_MOST) {
        send_one(bench, &samples, await_state);
    }
    bench_tell_samples(&samples);
}

void bench_greet(struct bench *bench, char **arguments)
{
    uint64_t count = strtoull(arguments[0], NULL, 10);
    for (uint64_t i = 0; i < count; i++) {
        char *json = NULL;
        if (liaison_greet(bench->watcher, &json) != LIAISON_DONE) {
            bench_give_up("greet", bench->watcher);
        }
        liaison_free(json);
    }
    printf("{\"answers\": %llu}\n", (unsigned long long)count);
}
