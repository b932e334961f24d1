// SPDX-License-Identifier: Apache-2.0
//
// The load of the benchmark: an IT system of agency A that hands leads to agency B through the
// public library and nothing else. An exchange is done when A's client has learned that the message
// arrived: B has signed a receipt, A holds it.
//
//     bench flood DIR TO BODY.json SECONDS IN_FLIGHT BATCH     as many as possible, many in flight
//     bench count DIR TO BODY.json MESSAGES IN_FLIGHT BATCH    the same, that many
//     bench alone DIR TO BODY.json MESSAGES                    one at a time
//
// One JSON line on standard output.
#include <liaison/liaison.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TICKETS = 8, BATCH_MOST = 1000, BODY_MOST = 64 << 10, POLL_MS = 2, PATIENCE_MS = 60000 };

struct load {
    struct liaison_session *submitter;
    struct liaison_session *watcher;
    const char *to;
    uint8_t *body;
    size_t body_bytes;
    size_t batch;
    uint64_t most;      // messages in flight
    uint64_t started;   // handed to the library
    uint64_t accepted;  // durable at A
    uint64_t arrived;   // known to have arrived at B
    uint64_t polled_ms;
};

static uint64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

__attribute__((noreturn)) static void give_up(const char *what, const struct liaison_session *session)
{
    fprintf(stderr, "bench: %s: %s\n", what, session == NULL ? "" : liaison_error_text(session));
    exit(1);
}

static struct liaison_session *open_session(const char *folder, const char *client)
{
    struct liaison_session *session = NULL;
    if (liaison_open(folder, client, &session) != LIAISON_DONE) {
        give_up(client, session);
    }
    liaison_set_timeout(session, PATIENCE_MS);
    return session;
}

// The body is the same in every message, so that what is measured is the daemons.
static void read_body(struct load *load, const char *path)
{
    static char text[BODY_MOST];
    char *fault = NULL;
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof(text) - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    if (size == 0 ||
        liaison_body_encode("lead.notice", text, &load->body, &load->body_bytes, &fault) !=
            LIAISON_DONE) {
        fprintf(stderr, "bench: %s: %s\n", path, fault == NULL ? "cannot read it" : fault);
        exit(1);
    }
}

static struct liaison_draft make_draft(const struct load *load)
{
    return (struct liaison_draft){
        .kind = "lead.notice",
        .to = &load->to,
        .to_count = 1,
        .body = load->body,
        .body_bytes = load->body_bytes,
    };
}

// ------------------------------------------------------------------------------------------- flood

// What A's outbox still has without a receipt.
static uint64_t ask_backlog(struct load *load)
{
    char *json = NULL;
    if (liaison_peer_list(load->watcher, &json) != LIAISON_DONE) {
        give_up("peer list", load->watcher);
    }
    char needle[80];
    snprintf(needle, sizeof(needle), "\"agency\":\"%s\"", load->to);
    const char *peer = strstr(json, needle);
    const char *backlog = peer == NULL ? NULL : strstr(peer, "\"backlog\":\"");
    if (backlog == NULL) {
        give_up("no backlog", NULL);
    }
    uint64_t count = strtoull(backlog + strlen("\"backlog\":\""), NULL, 10);
    liaison_free(json);
    return count;
}

// Messages accepted and not answered to us yet stand in the backlog too, so this errs on the low
// side until all are answered.
static void poll_arrivals(struct load *load)
{
    uint64_t now_ms = now_us() / 1000;
    if (now_ms < load->polled_ms + POLL_MS) {
        return;
    }
    uint64_t accepted = load->accepted;
    uint64_t backlog = ask_backlog(load);
    uint64_t arrived = accepted > backlog ? accepted - backlog : 0;
    load->arrived = arrived > load->arrived ? arrived : load->arrived;
    load->polled_ms = now_ms;
}

static uint64_t start_batch(struct load *load)
{
    static struct liaison_draft drafts[BATCH_MOST];
    uint64_t ticket;
    for (size_t i = 0; i < load->batch; i++) {
        drafts[i] = make_draft(load);
    }
    if (liaison_submit_start(load->submitter, drafts, load->batch, &ticket) != LIAISON_DONE) {
        give_up("submit", load->submitter);
    }
    load->started += load->batch;
    return ticket;
}

static void finish_batch(struct load *load, uint64_t ticket)
{
    static struct liaison_result results[BATCH_MOST];
    if (liaison_submit_finish(load->submitter, ticket, results, load->batch) != LIAISON_DONE) {
        fprintf(stderr, "bench: %s %s\n", results[0].code, liaison_error_text(load->submitter));
        exit(1);
    }
    load->accepted += load->batch;
}

// Until `end_us`, or until `count` messages are on their way, whichever comes first.
static void run_flood(struct load *load, uint64_t end_us, uint64_t count)
{
    uint64_t tickets[TICKETS];
    size_t first = 0;
    size_t open = 0;
    bool more = true;
    while (more || open > 0) {
        more = more && now_us() < end_us && load->started < count;
        while (more && open < TICKETS && load->started < count &&
               load->started + load->batch - load->arrived <= load->most) {
            tickets[(first + open++) % TICKETS] = start_batch(load);
        }
        if (open > 0) {
            finish_batch(load, tickets[first]);
            first = (first + 1) % TICKETS;
            open--;
        }
        poll_arrivals(load);
    }
    while (load->arrived < load->accepted) {
        poll_arrivals(load);
        nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
    }
}

static void flood(struct load *load, char **argv, bool by_count)
{
    uint64_t amount = strtoull(argv[5], NULL, 10);
    load->most = strtoull(argv[6], NULL, 10);
    load->batch = strtoull(argv[7], NULL, 10);
    if (load->batch == 0 || load->batch > BATCH_MOST || load->most < load->batch) {
        give_up("a batch is 1 to 1000 and fits in what is in flight", NULL);
    }
    uint64_t start_us = now_us();
    run_flood(load, by_count ? UINT64_MAX : start_us + amount * 1000000,
              by_count ? amount : UINT64_MAX);
    printf("{\"exchanges\": %llu, \"seconds\": %.6f}\n", (unsigned long long)load->arrived,
           (double)(now_us() - start_us) / 1e6);
}

// ------------------------------------------------------------------------------------------- alone

static void await_arrival(struct load *load, const char *id)
{
    for (;;) {
        char *json = NULL;
        if (liaison_next_event(load->watcher, PATIENCE_MS, &json) != LIAISON_DONE || json == NULL) {
            give_up("watch", load->watcher);
        }
        bool found = strstr(json, "\"type\":\"arrived\"") != NULL && strstr(json, id) != NULL;
        liaison_free(json);
        if (found) {
            return;
        }
    }
}

static void alone(struct load *load, char **argv)
{
    uint64_t count = strtoull(argv[5], NULL, 10);
    const struct liaison_draft draft = make_draft(load);
    if (liaison_watch(load->watcher, NULL) != LIAISON_DONE) {
        give_up("watch", load->watcher);
    }
    printf("{\"latencies_us\": [");
    for (uint64_t i = 0; i < count; i++) {
        struct liaison_result result;
        uint64_t start_us = now_us();
        if (liaison_submit(load->submitter, &draft, 1, &result) != LIAISON_DONE) {
            give_up("submit", load->submitter);
        }
        await_arrival(load, result.id);
        printf("%s%llu", i == 0 ? "" : ", ", (unsigned long long)(now_us() - start_us));
    }
    printf("]}\n");
}

int main(int argc, char **argv)
{
    if (argc != 8 && argc != 6) {
        fprintf(stderr, "usage: bench flood|count|alone DIR TO BODY.json AMOUNT [IN_FLIGHT BATCH]\n");
        return 2;
    }
    struct load load = {.to = argv[3]};
    load.submitter = open_session(argv[2], "submitter");
    load.watcher = open_session(argv[2], "officer");
    read_body(&load, argv[4]);
    if (argc == 6) {
        alone(&load, argv);
    } else {
        flood(&load, argv, strcmp(argv[1], "count") == 0);
    }
    liaison_free(load.body);
    liaison_close(&load.submitter);
    liaison_close(&load.watcher);
    return 0;
}
