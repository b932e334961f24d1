// SPDX-License-Identifier: Apache-2.0
// Many in one matter.
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { UUID_BYTES = 37 };

struct matter {
    const char *id;
    bool chain;             // each replies to the one before, else all to the same
    char above[UUID_BYTES]; // what the next replies to
};

// A UUIDv7: the time, a count, and what keeps two processes apart. Chosen here, so that one message of
// a batch can reply to another.
static void make_id(char out_id[UUID_BYTES])
{
    static uint32_t count;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    snprintf(out_id, UUID_BYTES, "%08x-%04x-7%03x-8000-%04x%08x", (uint32_t)(ms >> 16),
             (uint16_t)ms, (count >> 16) & 0xfff, (uint16_t)count, (uint32_t)getpid());
    count++;
}

static void send_batch(struct bench *bench, struct matter *matter, size_t count)
{
    static struct liaison_draft drafts[BENCH_BATCH_MOST];
    static struct liaison_result results[BENCH_BATCH_MOST];
    static char ids[BENCH_BATCH_MOST][UUID_BYTES];
    for (size_t i = 0; i < count; i++) {
        make_id(ids[i]);
        drafts[i] = bench_draft(bench);
        drafts[i].id = ids[i];
        drafts[i].matter = matter->id;
        drafts[i].in_reply_to = i > 0 && matter->chain ? ids[i - 1] : matter->above;
    }
    if (liaison_submit(bench->submitter, drafts, count, results) != LIAISON_DONE) {
        bench_give_up(results[0].code, bench->submitter);
    }
    if (matter->chain) {
        memcpy(matter->above, ids[count - 1], UUID_BYTES);
    }
    bench_await_receipts(bench, bench->to);
}

void bench_matter(struct bench *bench, char **arguments)
{
    struct matter matter = {.id = arguments[0], .chain = strcmp(arguments[4], "chain") == 0};
    size_t left = strtoull(arguments[2], NULL, 10);
    size_t batch = bench_batch(arguments[3]);
    snprintf(matter.above, sizeof(matter.above), "%s", arguments[1]);
    while (left > 0) {
        size_t count = left < batch ? left : batch;
        send_batch(bench, &matter, count);
        left -= count;
    }
    printf("{\"above\": \"%s\"}\n", matter.above);
}
