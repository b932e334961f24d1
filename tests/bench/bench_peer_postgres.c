// SPDX-License-Identifier: Apache-2.0
// Two tables of two clusters. A and B are connection strings; peers.py makes the tables.
#include "bench/bench_peer.h"

#include <endian.h>
#include <libpq-fe.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    OID_BYTEA = 17,
    OID_BIGINT = 20,
    OID_BYTEA_ARRAY = 1001,
    OID_BIGINT_ARRAY = 1016,
    LOOK_MS = 1, // between two looks for messages of whose coming the mover was not told
    ARRAY_BYTES = 20 + PEER_BATCH_MOST * (4 + PEER_MESSAGE_BYTES),
};

struct statement {
    const char *name;
    const char *text;
};

// The client has one connection, so messages become visible in the order of their ids, and what the
// mover has been given lies behind it.
static const struct statement to_submit = {"submit",
                                           "INSERT INTO outbox (body) SELECT unnest($1::bytea[])"};
static const struct statement to_wake = {"wake", "SELECT pg_notify('queued', '')"};
static const struct statement to_take = {
    "take", "SELECT id, body FROM outbox WHERE id > $1 AND delivered IS NULL"
            " ORDER BY id LIMIT 100"};
static const struct statement to_put = {
    "put", "INSERT INTO inbox (id, body) SELECT unnest($1::bigint[]), unnest($2::bytea[])"
           " ON CONFLICT (id) DO NOTHING"};
static const struct statement to_mark = {
    "mark",
    "WITH marked AS (UPDATE outbox SET delivered = now() WHERE id = ANY ($1::bigint[]) RETURNING 1)"
    " SELECT pg_notify('delivered', count(*)::text) FROM marked"};

// One dimension, as the server reads it in binary.
struct array {
    size_t size;
    uint8_t bytes[ARRAY_BYTES];
};

struct client {
    PGconn *at_a;
    const uint8_t *message;
    size_t count; // of messages in the array
    struct array bodies;
};

struct mover {
    PGconn *reader;
    PGconn *marker;
    PGconn *at_b;
    uint64_t last_id; // big-endian
    bool is_marking;
    struct array ids;
    struct array bodies;
};

static void append_number(struct array *array, uint32_t number)
{
    uint32_t big = htobe32(number);
    memcpy(array->bytes + array->size, &big, sizeof(big));
    array->size += sizeof(big);
}

static void begin_array(struct array *array, uint32_t element, size_t count)
{
    array->size = 0;
    append_number(array, 1); // dimensions
    append_number(array, 0); // nothing is NULL
    append_number(array, element);
    append_number(array, (uint32_t)count);
    append_number(array, 1); // its first index
}

static void append_element(struct array *array, const void *bytes, size_t size)
{
    if (array->size + sizeof(uint32_t) + size > sizeof(array->bytes)) {
        peer_give_up("postgres", "a message is too long");
    }
    append_number(array, (uint32_t)size);
    memcpy(array->bytes + array->size, bytes, size);
    array->size += size;
}

static PGresult *expect(PGconn *connection, PGresult *result, ExecStatusType status)
{
    if (PQresultStatus(result) != status) {
        peer_give_up("postgres", PQerrorMessage(connection));
    }
    return result;
}

static PGconn *open_connection(const char *place)
{
    PGconn *connection = PQconnectdb(place);
    if (PQstatus(connection) != CONNECTION_OK) {
        peer_give_up(place, PQerrorMessage(connection));
    }
    return connection;
}

static void run(PGconn *connection, const char *text)
{
    PQclear(expect(connection, PQexec(connection, text), PGRES_COMMAND_OK));
}

static void prepare(PGconn *connection, const struct statement *statement, int count,
                    const Oid *types)
{
    PGresult *prepared = PQprepare(connection, statement->name, statement->text, count, types);
    PQclear(expect(connection, prepared, PGRES_COMMAND_OK));
}

static void start(PGconn *connection, const struct statement *statement, int count,
                  const char *const *values, const int *sizes)
{
    static const int binary[] = {1, 1};
    if (!PQsendQueryPrepared(connection, statement->name, count, values, sizes, binary, 1)) {
        peer_give_up("postgres", PQerrorMessage(connection));
    }
}

static void start_with_array(PGconn *connection, const struct statement *statement,
                             const struct array *array)
{
    const char *values[] = {(const char *)array->bytes};
    const int sizes[] = {(int)array->size};
    start(connection, statement, 1, values, sizes);
}

// The one result of what was started.
static PGresult *await(PGconn *connection, ExecStatusType status)
{
    PGresult *result = expect(connection, PQgetResult(connection), status);
    if (PQgetResult(connection) != NULL) {
        peer_give_up("postgres", "more than was asked for");
    }
    return result;
}

// The sum of what was said in notices that have come.
static size_t hear_notices(PGconn *connection)
{
    size_t sum = 0;
    if (!PQconsumeInput(connection)) {
        peer_give_up("postgres", PQerrorMessage(connection));
    }
    for (PGnotify *notice = NULL; (notice = PQnotifies(connection)) != NULL; PQfreemem(notice)) {
        sum += strtoull(notice->extra, NULL, 10);
    }
    return sum;
}

// -------------------------------------------------------------------------------------------- client

static void *open_client(const char *a, const uint8_t *message)
{
    struct client *client = peer_make(sizeof(*client));
    const Oid types[] = {OID_BYTEA_ARRAY};
    client->at_a = open_connection(a);
    client->message = message;
    prepare(client->at_a, &to_submit, 1, types);
    prepare(client->at_a, &to_wake, 0, NULL);
    run(client->at_a, "LISTEN delivered");
    if (!PQenterPipelineMode(client->at_a)) {
        peer_give_up("postgres", PQerrorMessage(client->at_a));
    }
    return client;
}

// Of many it need not be told: it has much to do, or looks soon. Notices of two make their commits
// wait for each other.
static bool wakes_mover(size_t count)
{
    return count == 1;
}

static void submit(void *opened, size_t count)
{
    struct client *client = opened;
    if (client->count != count) {
        begin_array(&client->bodies, OID_BYTEA, count);
        for (size_t i = 0; i < count; i++) {
            append_element(&client->bodies, client->message, PEER_MESSAGE_BYTES);
        }
        client->count = count;
    }
    start_with_array(client->at_a, &to_submit, &client->bodies);
    if (wakes_mover(count)) {
        start(client->at_a, &to_wake, 0, NULL, NULL);
    }
    if (!PQpipelineSync(client->at_a)) {
        peer_give_up("postgres", PQerrorMessage(client->at_a));
    }
}

// What lies between two syncs is one transaction; the answer to the second follows its commit.
static void finish(void *opened, size_t count)
{
    struct client *client = opened;
    PQclear(await(client->at_a, PGRES_COMMAND_OK));
    if (wakes_mover(count)) {
        PQclear(await(client->at_a, PGRES_TUPLES_OK));
    }
    PQclear(expect(client->at_a, PQgetResult(client->at_a), PGRES_PIPELINE_SYNC));
}

static size_t hear(void *opened, int wait_ms)
{
    struct client *client = opened;
    size_t sum = hear_notices(client->at_a);
    if (sum == 0 && peer_is_readable(PQsocket(client->at_a), wait_ms)) {
        sum = hear_notices(client->at_a);
    }
    return sum;
}

static void close_client(void *opened)
{
    struct client *client = opened;
    PQfinish(client->at_a);
    free(client);
}

// --------------------------------------------------------------------------------------------- mover

static void *open_mover(const char *a, const char *b)
{
    struct mover *mover = peer_make(sizeof(*mover));
    const Oid types[] = {OID_BIGINT_ARRAY, OID_BYTEA_ARRAY};
    const Oid id[] = {OID_BIGINT};
    mover->reader = open_connection(a);
    mover->marker = open_connection(a);
    mover->at_b = open_connection(b);
    if (!PQsslInUse(mover->at_b)) {
        peer_give_up("postgres", "the way to B is not encrypted");
    }
    prepare(mover->reader, &to_take, 1, id);
    prepare(mover->marker, &to_mark, 1, types);
    prepare(mover->at_b, &to_put, 2, types);
    run(mover->reader, "LISTEN queued");
    // Knowing nothing of a young table, the planner would sort all of it for the first hundred.
    run(mover->reader, "SET enable_seqscan = off");
    run(mover->reader, "SET enable_bitmapscan = off");
    run(mover->reader, "SET enable_sort = off");
    return mover;
}

static void ask(void *opened)
{
    struct mover *mover = opened;
    const char *values[] = {(const char *)&mover->last_id};
    const int sizes[] = {(int)sizeof(mover->last_id)};
    start(mover->reader, &to_take, 1, values, sizes);
}

static PGresult *await_messages(struct mover *mover)
{
    PGresult *given = await(mover->reader, PGRES_TUPLES_OK);
    while (PQntuples(given) == 0) {
        PQclear(given);
        peer_is_readable(PQsocket(mover->reader), LOOK_MS);
        hear_notices(mover->reader);
        ask(mover);
        given = await(mover->reader, PGRES_TUPLES_OK);
    }
    return given;
}

static void take(void *opened)
{
    struct mover *mover = opened;
    PGresult *given = await_messages(mover);
    size_t count = (size_t)PQntuples(given);
    begin_array(&mover->ids, OID_BIGINT, count);
    begin_array(&mover->bodies, OID_BYTEA, count);
    for (int i = 0; i < (int)count; i++) {
        append_element(&mover->ids, PQgetvalue(given, i, 0), sizeof(mover->last_id));
        append_element(&mover->bodies, PQgetvalue(given, i, 1), (size_t)PQgetlength(given, i, 1));
    }
    memcpy(&mover->last_id, PQgetvalue(given, (int)count - 1, 0), sizeof(mover->last_id));
    PQclear(given);
    hear_notices(mover->reader);
}

static void put(void *opened)
{
    struct mover *mover = opened;
    const char *values[] = {(const char *)mover->ids.bytes, (const char *)mover->bodies.bytes};
    const int sizes[] = {(int)mover->ids.size, (int)mover->bodies.size};
    start(mover->at_b, &to_put, 2, values, sizes);
}

static void settle(void *opened)
{
    struct mover *mover = opened;
    PQclear(await(mover->at_b, PGRES_COMMAND_OK));
}

static void mark(void *opened)
{
    struct mover *mover = opened;
    if (mover->is_marking) {
        PQclear(await(mover->marker, PGRES_TUPLES_OK));
    }
    start_with_array(mover->marker, &to_mark, &mover->ids);
    mover->is_marking = true;
}

const struct peer_kind peer_postgres = {
    .name = "postgres",
    .open_client = open_client,
    .submit = submit,
    .finish = finish,
    .hear = hear,
    .close_client = close_client,
    .open_mover = open_mover,
    .ask = ask,
    .take = take,
    .put = put,
    .settle = settle,
    .mark = mark,
};
