// SPDX-License-Identifier: Apache-2.0
#include "bench/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MOST = 64 << 10, FIRST_ARGUMENT = 5 };

static const char lead[] = "lead.notice";

static const struct way {
    const char *name;
    int arguments;
    const char *kind; // of what it sends
    void (*run)(struct bench *bench, char **arguments);
    const char *usage;
} ways[] = {
    {"flood", 3, lead, bench_flood, "SECONDS IN_FLIGHT BATCH   as many as possible, many in flight"},
    {"count", 3, lead, bench_count, "MESSAGES IN_FLIGHT BATCH  the same, that many"},
    {"pace", 3, lead, bench_pace, "SECONDS RATE BATCH        so many a second, whatever is in flight"},
    {"queue", 2, lead, bench_queue, "MESSAGES BATCH            until they are durable here, arrived or not"},
    {"each", 1, lead, bench_each, "AGENCIES                  one to each of TO0000, TO0001 ..."},
    {"publish", 2, "info.shared", bench_publish, "MESSAGES BATCH            to whoever subscribed; TO says nothing"},
    {"drain", 1, lead, bench_drain, "MESSAGES                  nothing sent: until nothing waits for a receipt"},
    {"alone", 1, lead, bench_alone, "MESSAGES                  one at a time"},
    {"beside", 1, lead, bench_beside, "SECONDS                   one at a time, while another load runs"},
    {"matter", 5, "joint.progress", bench_matter,
     "MATTER ABOVE MESSAGES BATCH SHAPE  in one matter, below ABOVE: a star or a chain"},
    {"fill", 3, lead, bench_fill,
     "MESSAGES BATCH POOL  one after the other, no two alike, of clauses of the file POOL"},
    {"seek", 2, lead, bench_seek, "TEXT RUNS              nothing sent: searches, a hundred found at most"},
    {"greet", 1, lead, bench_greet, "QUESTIONS                 nothing sent: the least that a turn can be asked"},
};

void bench_give_up(const char *what, const struct liaison_session *session)
{
    fprintf(stderr, "bench: %s: %s\n", what, session == NULL ? "" : liaison_error_text(session));
    exit(1);
}

static struct liaison_session *open_session(const char *folder, const char *client)
{
    struct liaison_session *session = NULL;
    if (liaison_open(folder, client, &session) != LIAISON_DONE) {
        bench_give_up(client, session);
    }
    liaison_set_timeout(session, BENCH_PATIENCE_MS);
    return session;
}

static void read_body(struct bench *bench, const char *path)
{
    static char text[BODY_MOST];
    char *fault = NULL;
    FILE *file = fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, sizeof(text) - 1, file);
    if (file != NULL) {
        fclose(file);
    }
    if (size == 0 || liaison_body_encode(bench->kind, text, &bench->body, &bench->body_bytes,
                                         &fault) != LIAISON_DONE) {
        fprintf(stderr, "bench: %s: %s\n", path, fault == NULL ? "cannot read it" : fault);
        exit(1);
    }
}

struct liaison_draft bench_draft(const struct bench *bench)
{
    return (struct liaison_draft){
        .kind = bench->kind,
        .to = &bench->to,
        .to_count = bench->to == NULL ? 0 : 1,
        .body = bench->body,
        .body_bytes = bench->body_bytes,
    };
}

uint64_t bench_backlog(struct bench *bench, const char *agency)
{
    static const char word[] = "\"backlog\":\"";
    char needle[80];
    char *json = NULL;
    uint64_t sum = 0;
    if (liaison_peer_list(bench->watcher, &json) != LIAISON_DONE) {
        bench_give_up("peer list", bench->watcher);
    }
    snprintf(needle, sizeof(needle), "\"agency\":\"%s\"", agency == NULL ? "" : agency);
    const char *at = agency == NULL ? json : strstr(json, needle);
    at = at == NULL ? NULL : strstr(at, word);
    if (at == NULL) {
        bench_give_up("no backlog", NULL);
    }
    for (; at != NULL; at = agency == NULL ? strstr(at + 1, word) : NULL) {
        sum += strtoull(at + strlen(word), NULL, 10);
    }
    liaison_free(json);
    return sum;
}

void bench_await_receipts(struct bench *bench, const char *agency)
{
    while (bench_backlog(bench, agency) > 0) {
        bench_sleep_us(BENCH_PAUSE_US);
    }
}

size_t bench_batch(const char *argument)
{
    size_t batch = strtoull(argument, NULL, 10);
    if (batch == 0 || batch > BENCH_BATCH_MOST) {
        fprintf(stderr, "bench: a batch has 1 to %d messages\n", BENCH_BATCH_MOST);
        exit(2);
    }
    return batch;
}

static const struct way *find_way(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        if (argc > 1 && strcmp(argv[1], ways[i].name) == 0 &&
            argc == FIRST_ARGUMENT + ways[i].arguments) {
            return &ways[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const struct way *way = find_way(argc, argv);
    if (way == NULL) {
        fprintf(stderr, "usage: bench WAY DIR TO BODY.json ...\n");
        for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
            fprintf(stderr, "    %-7s %s\n", ways[i].name, ways[i].usage);
        }
        return 2;
    }
    struct bench bench = {.folder = argv[2], .to = argv[3], .kind = way->kind};
    bench.submitter = open_session(bench.folder, "submitter");
    bench.watcher = open_session(bench.folder, "officer");
    read_body(&bench, argv[4]);
    way->run(&bench, argv + FIRST_ARGUMENT);
    liaison_free(bench.body);
    liaison_close(&bench.submitter);
    liaison_close(&bench.watcher);
    return 0;
}
