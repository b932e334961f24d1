// SPDX-License-Identifier: Apache-2.0
// Many messages that differ as real ones do, and questions for one of them.
#include "bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLAUSES_MOST = 4096, CLAUSE_BYTES = 512, BODY_BYTES = 8192, NUMBER_BYTES = 64, CLAUSES_A_BODY = 8, CODE_BYTES = 19, RUNS_MOST = 1000 };

struct pool {
    char clauses[CLAUSES_MOST][CLAUSE_BYTES];
    size_t count;
};

// xorshift: the same messages every time.
static uint64_t next_random(uint64_t below)
{
    static uint64_t state = 88172645463325252U;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % below;
}

static void read_pool(struct pool *pool, const char *path)
{
    FILE *file = fopen(path, "re");
    while (file != NULL && pool->count < CLAUSES_MOST && fgets(pool->clauses[pool->count], CLAUSE_BYTES, file) != NULL) {
        pool->clauses[pool->count][strcspn(pool->clauses[pool->count], "\n")] = '\0';
        pool->count++;
    }
    if (file == NULL || pool->count == 0) {
        bench_give_up(path, NULL);
    }
    fclose(file);
}

// GB 32100-2015: the last of 18 characters checks the others.
static void make_credit_code(uint64_t number, char out_code[CODE_BYTES])
{
    static const char letters[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    unsigned sum = 0;
    unsigned weight = 1;
    snprintf(out_code, CODE_BYTES, "92653126MA%07" PRIu64, number % 10000000);
    for (size_t i = 0; i < CODE_BYTES - 2; i++) {
        sum += (unsigned)(strchr(letters, out_code[i]) - letters) * weight;
        weight = weight * 3 % 31;
    }
    out_code[CODE_BYTES - 2] = letters[(31 - sum % 31) % 31];
    out_code[CODE_BYTES - 1] = '\0';
}

// Four letters that many names have, one of 400 each.
static void make_name(char *out_name, size_t size)
{
    uint32_t points[4];
    size_t used = 0;
    for (size_t i = 0; i < 4; i++) {
        points[i] = 0x4e00 + (uint32_t)next_random(400) * 47;
        used += (size_t)snprintf(out_name + used, size - used, "%c%c%c", (char)(0xe0 | points[i] >> 12),
                                 (char)(0x80 | (points[i] >> 6 & 0x3f)), (char)(0x80 | (points[i] & 0x3f)));
    }
}

static void make_body(const struct pool *pool, uint64_t number, uint64_t marked, char out_body[BODY_BYTES])
{
    char code[CODE_BYTES];
    char name[NUMBER_BYTES];
    char facts[CLAUSES_A_BODY * CLAUSE_BYTES] = "";
    make_credit_code(number, code);
    make_name(name, sizeof(name));
    for (size_t i = 0; i < CLAUSES_A_BODY; i++) {
        strcat(facts, pool->clauses[next_random(pool->count)]);
    }
    snprintf(out_body, BODY_BYTES,
             "{\"suspect\":{\"name\":\"%s%s商行\",\"credit_code\":\"%s\",\"address\":\"叶城县团结路%" PRIu64 "号\",\"contact_telephone\":\"1%010" PRIu64
             "\"},\"facts\":\"%s涉案金额%" PRIu64 "元。\",\"evidence\":[{\"name\":\"现场检查笔录\",\"type\":\"inspection-record\"}],"
             "\"found_by\":\"patrol\",\"found_where\":\"叶城县团结路%" PRIu64 "号店内\",\"discovered_at\":\"2025-09-24T09:40:00+08:00\","
             "\"channel\":\"platform\",\"grounds\":[\"multiple-fields\"]}",
             number == marked ? "甄别独一" : "", name, code, next_random(3000), next_random(10000000000U), facts, next_random(1000000),
             next_random(3000));
}

static void send_batch(struct bench *bench, const struct pool *pool, uint64_t first, size_t count, uint64_t marked)
{
    static struct liaison_draft drafts[BENCH_BATCH_MOST];
    static struct liaison_result results[BENCH_BATCH_MOST];
    static char bodies[BENCH_BATCH_MOST][BODY_BYTES];
    static char numbers[BENCH_BATCH_MOST][NUMBER_BYTES];
    for (size_t i = 0; i < count; i++) {
        make_body(pool, first + i, marked, bodies[i]);
        snprintf(numbers[i], NUMBER_BYTES, "叶市监移〔2025〕%" PRIu64 "号", first + i);
        drafts[i] = bench_draft(bench);
        drafts[i].body = NULL;
        drafts[i].body_json = bodies[i];
        drafts[i].own_number = numbers[i];
    }
    if (liaison_submit(bench->submitter, drafts, count, results) != LIAISON_DONE) {
        bench_give_up(results[0].code, bench->submitter);
    }
}

void bench_fill(struct bench *bench, char **arguments)
{
    static struct pool pool;
    uint64_t count = strtoull(arguments[0], NULL, 10);
    size_t batch = bench_batch(arguments[1]);
    char code[CODE_BYTES];
    read_pool(&pool, arguments[2]);
    for (uint64_t sent = 0; sent < count; sent += batch) {
        send_batch(bench, &pool, sent, count - sent < batch ? (size_t)(count - sent) : batch, count / 2);
    }
    make_credit_code(count / 2, code);
    printf("{\"number\": %" PRIu64 ", \"code\": \"%s\"}\n", count / 2, code);
}

void bench_seek(struct bench *bench, char **arguments)
{
    char query[BODY_BYTES];
    size_t runs = strtoull(arguments[1], NULL, 10);
    snprintf(query, sizeof(query), "{\"text\":\"%s\",\"limit\":100}", arguments[0]);
    printf("{\"us\": [");
    for (size_t i = 0; i < runs && i < RUNS_MOST; i++) {
        char *json = NULL;
        uint64_t start = bench_now_us();
        if (liaison_search(bench->watcher, query, &json) != LIAISON_DONE) {
            bench_give_up("search", bench->watcher);
        }
        printf("%s%" PRIu64, i == 0 ? "" : ", ", bench_now_us() - start);
        if (i + 1 == runs) {
            size_t found = 0;
            for (const char *at = strstr(json, "\"header\":"); at != NULL; at = strstr(at + 1, "\"header\":")) {
                found++;
            }
            printf("], \"found\": %zu}\n", found);
        }
        liaison_free(json);
    }
}
