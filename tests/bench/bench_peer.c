// SPDX-License-Identifier: Apache-2.0
// The load of the peers, in the shape of bench_bulk.c and bench_lone.c, and their mover.
#include "bench/bench_peer.h"

#include "bench/bench_tell.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKETS = 8, WAIT_MS = 10 };

struct load {
    const struct peer_kind *kind;
    void *client;
    uint64_t started;
    uint64_t arrived; // known at A to be durable at B
    uint64_t heard_us;
};

void peer_give_up(const char *what, const char *why)
{
    fprintf(stderr, "bench_peer: %s: %s\n", what, why);
    exit(1);
}

void *peer_make(size_t size)
{
    void *made = calloc(1, size);
    if (made == NULL) {
        peer_give_up("memory", "none left");
    }
    return made;
}

bool peer_is_readable(int socket, int wait_ms)
{
    struct pollfd one = {.fd = socket, .events = POLLIN};
    return poll(&one, 1, wait_ms) > 0;
}

static void hear(struct load *load, int wait_ms)
{
    size_t more = load->kind->hear(load->client, wait_ms);
    uint64_t now_us = bench_now_us();
    if (more > 0) {
        load->arrived += more;
        load->heard_us = now_us;
    } else if (now_us > load->heard_us + (uint64_t)PEER_PATIENCE_MS * 1000) {
        peer_give_up("the mover", "is not heard of");
    }
}

static void await_arrivals(struct load *load)
{
    while (load->arrived < load->started) {
        hear(load, WAIT_MS);
    }
}

static void flood(struct load *load, char **arguments)
{
    uint64_t start_us = bench_now_us();
    uint64_t end_us = start_us + strtoull(arguments[0], NULL, 10) * 1000000;
    uint64_t most = strtoull(arguments[1], NULL, 10);
    size_t batch = strtoull(arguments[2], NULL, 10);
    if (batch == 0 || batch > PEER_BATCH_MOST || batch > most) {
        peer_give_up("flood", "no such batch");
    }
    for (size_t open = 0; open > 0 || bench_now_us() < end_us;) {
        bool more = bench_now_us() < end_us;
        for (; more && open < TICKETS && load->started + batch - load->arrived <= most; open++) {
            load->kind->submit(load->client, batch);
            load->started += batch;
        }
        if (open > 0) {
            load->kind->finish(load->client, batch);
            open--;
        }
        hear(load, open > 0 ? 0 : WAIT_MS);
    }
    await_arrivals(load);
    bench_tell_rate(load->arrived, start_us);
}

static void alone(struct load *load, char **arguments)
{
    static struct bench_samples samples;
    uint64_t count = strtoull(arguments[0], NULL, 10);
    while (samples.count < count && samples.count < BENCH_SAMPLES_MOST) {
        uint64_t start_us = bench_now_us();
        load->kind->submit(load->client, 1);
        load->started++;
        load->kind->finish(load->client, 1);
        samples.accepted_us[samples.count] = bench_now_us() - start_us;
        await_arrivals(load);
        samples.arrived_us[samples.count++] = bench_now_us() - start_us;
    }
    bench_tell_samples(&samples);
}

// Three things go on at once: B makes a batch durable, A gives the next, A makes the mark of the last.
__attribute__((noreturn)) static void move(const struct peer_kind *kind, const char *a,
                                           const char *b)
{
    void *mover = kind->open_mover(a, b);
    kind->ask(mover);
    for (;;) {
        kind->take(mover);
        kind->put(mover);
        kind->ask(mover);
        kind->settle(mover);
        kind->mark(mover);
    }
}

static struct load open_load(const struct peer_kind *kind, const char *a, const char *path)
{
    static uint8_t message[PEER_MESSAGE_BYTES];
    FILE *file = fopen(path, "re");
    if (file == NULL || fread(message, 1, sizeof(message), file) != sizeof(message)) {
        peer_give_up(path, "has no 1024 bytes");
    }
    fclose(file);
    return (struct load){
        .kind = kind,
        .client = kind->open_client(a, message),
        .heard_us = bench_now_us(),
    };
}

static const struct peer_kind *find_kind(const char *name)
{
    return strcmp(name, peer_postgres.name) == 0 ? &peer_postgres
           : strcmp(name, peer_redis.name) == 0  ? &peer_redis
                                                 : NULL;
}

int main(int argc, char **argv)
{
    const struct peer_kind *kind = argc < 5 ? NULL : find_kind(argv[1]);
    if (kind != NULL && argc == 5 && strcmp(argv[2], "move") == 0) {
        move(kind, argv[3], argv[4]);
    } else if (kind != NULL && argc == 8 && strcmp(argv[2], "flood") == 0) {
        struct load load = open_load(kind, argv[3], argv[4]);
        flood(&load, argv + 5);
        kind->close_client(load.client);
    } else if (kind != NULL && argc == 6 && strcmp(argv[2], "alone") == 0) {
        struct load load = open_load(kind, argv[3], argv[4]);
        alone(&load, argv + 5);
        kind->close_client(load.client);
    } else {
        fprintf(stderr, "usage: bench_peer postgres|redis move A B\n"
                        "       bench_peer postgres|redis flood A MESSAGE SECONDS IN_FLIGHT BATCH\n"
                        "       bench_peer postgres|redis alone A MESSAGE MESSAGES\n");
        return 2;
    }
    return 0;
}
