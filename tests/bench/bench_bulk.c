// SPDX-License-Identifier: Apache-2.0
// Many at a time.
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>

enum { TICKETS = 8, POLL_US = 2000, AGENCY_BYTES = 33 };

struct load {
    struct bench *bench;
    size_t batch;
    uint64_t most;      // messages in flight
    uint64_t rate;      // a second; 0: as many as possible
    uint64_t start_us;
    uint64_t started;   // handed to the library
    uint64_t accepted;  // durable at A
    uint64_t arrived;   // known to have arrived at B
    uint64_t poll_us; // between two questions how far receipts have come
    uint64_t polled_us;
    uint64_t tickets[TICKETS];
    size_t first;
    size_t open;
};

// Messages accepted and not answered to us yet stand in the backlog too, so this errs on the low
// side until all are answered.
static void poll_arrivals(struct load *load)
{
    uint64_t now_us = bench_now_us();
    if (now_us < load->polled_us + load->poll_us) {
        return;
    }
    uint64_t accepted = load->accepted;
    uint64_t backlog = bench_backlog(load->bench, load->bench->to);
    uint64_t arrived = accepted > backlog ? accepted - backlog : 0;
    load->arrived = arrived > load->arrived ? arrived : load->arrived;
    load->polled_us = now_us;
}

static void start_batch(struct load *load)
{
    static struct liaison_draft drafts[BENCH_BATCH_MOST];
    uint64_t *ticket = &load->tickets[(load->first + load->open++) % TICKETS];
    for (size_t i = 0; i < load->batch; i++) {
        drafts[i] = bench_draft(load->bench);
    }
    if (liaison_submit_start(load->bench->submitter, drafts, load->batch, ticket) != LIAISON_DONE) {
        bench_give_up("submit", load->bench->submitter);
    }
    load->started += load->batch;
}

static void finish_batch(struct load *load)
{
    static struct liaison_result results[BENCH_BATCH_MOST];
    if (liaison_submit_finish(load->bench->submitter, load->tickets[load->first], results,
                              load->batch) != LIAISON_DONE) {
        bench_give_up(results[0].code, load->bench->submitter);
    }
    load->accepted += load->batch;
    load->first = (load->first + 1) % TICKETS;
    load->open--;
}

static bool may_start(const struct load *load, uint64_t count)
{
    uint64_t due = load->rate == 0
                       ? UINT64_MAX
                       : (bench_now_us() - load->start_us) * load->rate / 1000000;
    return load->open < TICKETS && load->started < count && load->started < due &&
           load->started + load->batch - load->arrived <= load->most;
}

// Until `end_us`, or until `count` messages were accepted, whichever comes first.
static void send_all(struct load *load, uint64_t end_us, uint64_t count)
{
    bool more = true;
    while (more || load->open > 0) {
        more = load->started < count && bench_now_us() < end_us;
        while (more && may_start(load, count)) {
            start_batch(load);
        }
        if (load->open > 0) {
            finish_batch(load);
        } else if (more && load->rate > 0) {
            bench_sleep_us(BENCH_PAUSE_US);
        }
        if (load->most < UINT64_MAX) {
            poll_arrivals(load);
        }
    }
}

static void await_arrivals(struct load *load)
{
    while (load->arrived < load->accepted) {
        poll_arrivals(load);
        bench_sleep_us(BENCH_PAUSE_US);
    }
}

static struct load make_load(struct bench *bench, const char *batch)
{
    struct load load = {.bench = bench, .most = UINT64_MAX, .poll_us = POLL_US};
    const char *poll_us = getenv("BENCH_POLL_US"); // fewer questions, where their own cost is counted too
    load.batch = bench_batch(batch);
    load.poll_us = poll_us == NULL ? load.poll_us : strtoull(poll_us, NULL, 10);
    load.start_us = bench_now_us();
    return load;
}

void bench_flood(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, arguments[2]);
    load.most = strtoull(arguments[1], NULL, 10);
    send_all(&load, load.start_us + strtoull(arguments[0], NULL, 10) * 1000000, UINT64_MAX);
    await_arrivals(&load);
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_count(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, arguments[2]);
    load.most = strtoull(arguments[1], NULL, 10);
    send_all(&load, UINT64_MAX, strtoull(arguments[0], NULL, 10));
    await_arrivals(&load);
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_pace(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, arguments[2]);
    load.rate = strtoull(arguments[1], NULL, 10);
    send_all(&load, load.start_us + strtoull(arguments[0], NULL, 10) * 1000000, UINT64_MAX);
    await_arrivals(&load);
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_queue(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, arguments[1]);
    send_all(&load, UINT64_MAX, strtoull(arguments[0], NULL, 10));
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_publish(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, arguments[1]);
    bench->to = NULL;
    send_all(&load, UINT64_MAX, strtoull(arguments[0], NULL, 10));
    bench_await_receipts(bench, NULL);
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_drain(struct bench *bench, char **arguments)
{
    struct load load = make_load(bench, "1");
    load.accepted = strtoull(arguments[0], NULL, 10);
    bench_await_receipts(bench, NULL);
    bench_tell_rate(load.accepted, load.start_us);
}

void bench_each(struct bench *bench, char **arguments)
{
    static struct liaison_draft drafts[BENCH_BATCH_MOST];
    static struct liaison_result results[BENCH_BATCH_MOST];
    static char names[BENCH_BATCH_MOST][AGENCY_BYTES];
    static const char *to[BENCH_BATCH_MOST];
    struct load load = make_load(bench, arguments[0]);
    for (size_t i = 0; i < load.batch; i++) {
        snprintf(names[i], sizeof(names[i]), "%s%04zu", bench->to, i);
        to[i] = names[i];
        drafts[i] = bench_draft(bench);
        drafts[i].to = &to[i];
    }
    if (liaison_submit(bench->submitter, drafts, load.batch, results) != LIAISON_DONE) {
        bench_give_up(results[0].code, bench->submitter);
    }
    load.accepted = load.batch;
    bench_await_receipts(bench, NULL);
    bench_tell_rate(load.accepted, load.start_us);
}
