// SPDX-License-Identifier: Apache-2.0
//
// A row of the store that does not say what we wrote, under a checksum that holds: which table, which of its rows, then the value.
// Everything that reads rows reads on: either it makes sense of it or the turn fails, and nobody falls.
#include "fuzz/fuzz.h"

#include "fuzz/play.h"
#include "rules/decide.h"
#include "store/audit.h"
#include "store/inside.h"
#include "store/journal.h"

enum { FRONT_BYTES = 2, LATER_HOURS = 24 * 30 };

struct row_type {
    enum table table;
    const ProtobufCMessageDescriptor *type; // NULL: bytes
};

static const struct row_type row_types[] = {
    {TABLE_JOURNAL, &record__turn__descriptor},
    {TABLE_SEALS, NULL},
    {TABLE_PARTS, NULL},
    {TABLE_STATEMENTS, &record__statement_held__descriptor},
    {TABLE_IDENTITIES, NULL},
    {TABLE_SOURCES, NULL},
    {TABLE_MATTERS, NULL},
    {TABLE_REPLIES, NULL},
    {TABLE_OUTBOX, NULL},
    {TABLE_SENT, NULL},
    {TABLE_OUTGOING, &record__stream_state__descriptor},
    {TABLE_RUNS, &record__cursor_moved__descriptor},
    {TABLE_INBOX, &record__stream_moved__descriptor},
    {TABLE_INCOMING, &record__stream_state__descriptor},
    {TABLE_DUTIES, &record__duty_set__descriptor},
    {TABLE_DUE, NULL},
    {TABLE_DELIVERIES, &record__delivery_set__descriptor},
    {TABLE_PEERS, &record__peer_set__descriptor},
    {TABLE_PEERSTATES, &record__peer_state__descriptor},
    {TABLE_OFFICERS, &record__officer_set__descriptor},
    {TABLE_TEXTS, &record__text_held__descriptor},
    {TABLE_COMPACTS, &record__compact_set__descriptor},
    {TABLE_LAW, &record__law_in_force__descriptor},
    {TABLE_ALARMS, &record__alarm__descriptor},
    {TABLE_SUBSCRIBED, &record__subscription_set__descriptor},
    {TABLE_PUBLISHED, NULL},
    {TABLE_FIRSTS, NULL},
    {TABLE_AWAITED, NULL},
};

static const struct row_type *find_type(struct bytes input)
{
    return input.size < FRONT_BYTES ? NULL : &row_types[input.data[0] % (sizeof row_types / sizeof *row_types)];
}

enum { MATTERS = 8 };

static uint8_t matters[MATTERS * ID_BYTES]; // that the bureau holds before any row is changed
static size_t matter_count;

static void find_matters(struct member *member)
{
    struct view *view = town_view(member);
    for (uint64_t position = 1; position < view_state(view)->next_position && matter_count < MATTERS; position++) {
        const struct held *held = view_statement(view, position, member->arena);
        memcpy(matters + matter_count++ * ID_BYTES, held->header->matter.data, ID_BYTES);
    }
    arena_reset(member->arena);
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    (void)count;
    (void)words;
    play_open();
    find_matters(&play_town()->members[PLAY_BUREAU]);
    for (size_t i = 0; i < PLAY_MEMBERS; i++) {
        must(mdb_env_set_flags(play_town()->members[i].store->env, MDB_NOSYNC, 1) == 0);
    }
    return 0;
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    const struct row_type *type = find_type(input);
    *out_front = FRONT_BYTES;
    return type == NULL ? NULL : type->type;
}

// The number-th key of the table, round and round. False: the table is empty.
static bool find_key(struct access *access, enum table table, unsigned number, struct key *out_key)
{
    const struct key all = {0};
    struct key keys[256];
    size_t count = 0;
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, access, table, &all, NULL, WALK_UP);
    while (count < 256 && schema_walk_next(&walk, &key, &value)) {
        keys[count] = (struct key){.size = 0};
        schema_add_bytes(&keys[count++], key);
    }
    schema_walk_stop(&walk);
    if (count > 0) {
        *out_key = keys[number % count];
    }
    return count > 0;
}

static void ask(struct play *play, Control__Request__AskCase form, void *message)
{
    struct event event = town_event(play->town, EVENT_REQUEST);
    Control__Request *request = arena_take(play->arena, sizeof *request);
    must(request != NULL);
    control__request__init(request);
    request->ask_case = form;
    request->greet = message; // every member of the union is a pointer to a message
    event.request = (struct client_request){.client = "test", .role = ROLE_ADMINISTRATOR, .request = request, .allowed = true};
    decide(play->view, &event, &play->at->effects);
}

static void ask_all(struct play *play)
{
    Control__List list = CONTROL__LIST__INIT;
    Control__DueAsk due = CONTROL__DUE_ASK__INIT;
    Control__Watch watch = CONTROL__WATCH__INIT;
    Control__ProcedureAsk procedure = CONTROL__PROCEDURE_ASK__INIT;
    Control__CompactAsk compact = CONTROL__COMPACT_ASK__INIT;
    due.closed_too = true;
    ask(play, CONTROL__REQUEST__ASK_LIST, &list);
    ask(play, CONTROL__REQUEST__ASK_DUE, &due);
    ask(play, CONTROL__REQUEST__ASK_WATCH, &watch);
    ask(play, CONTROL__REQUEST__ASK_PROCEDURE, &procedure);
    ask(play, CONTROL__REQUEST__ASK_COMPACT, &compact);
    ask(play, CONTROL__REQUEST__ASK_GREET, &(Control__Greet)CONTROL__GREET__INIT);
    ask(play, CONTROL__REQUEST__ASK_STATUS, &(Control__StatusAsk)CONTROL__STATUS_ASK__INIT);
    ask(play, CONTROL__REQUEST__ASK_PEER_LIST, &(Control__PeerAsk)CONTROL__PEER_ASK__INIT);
    ask(play, CONTROL__REQUEST__ASK_OFFICER_LIST, &(Control__OfficerAsk)CONTROL__OFFICER_ASK__INIT);
}

static void ask_matters(struct play *play)
{
    for (size_t i = 0; i < matter_count; i++) {
        Control__MatterAsk matter = CONTROL__MATTER_ASK__INIT;
        Control__Export export = CONTROL__EXPORT__INIT;
        matter.matter = (ProtobufCBinaryData){ID_BYTES, matters + i * ID_BYTES};
        export.matter = matter.matter;
        ask(play, CONTROL__REQUEST__ASK_MATTER, &matter);
        ask(play, CONTROL__REQUEST__ASK_EXPORT, &export);
    }
}

static void go_on(struct play *play, const struct event *arrival)
{
    const struct event tick = town_event(play->town, EVENT_TICK);
    const struct event greeting = town_greeting(play->at, play_other(play, 0));
    decide(play->view, &tick, &play->at->effects);
    decide(play->view, &greeting, &play->at->effects);
    decide(play->view, arrival, &play->at->effects);
    decide_end(play->view, &play->at->effects);
}

static void read_journal(struct play *play)
{
    for (uint64_t number = 1; number <= view_state(play->view)->turn; number++) {
        journal_read(play->view, number, play->arena);
    }
}

static void read_in_turn(struct play *play, const struct row_type *type, const struct key *key, struct bytes value)
{
    struct member *peer = play_other(play, 0);
    const struct event arrival = town_arrival(play->at, peer, town_take(peer, play->at));
    schema_put(&play->at->store->writing.access, type->table, key, value);
    ask_all(play);
    ask_matters(play);
    go_on(play, &arrival);
    if (type->table == TABLE_JOURNAL) {
        read_journal(play);
    }
}

static void write_row(struct member *member, const struct row_type *type, const struct key *key, struct bytes value)
{
    must(store_begin(member->store, member->arena) == 0);
    schema_put(&member->store->writing.access, type->table, key, value);
    must(store_commit(member->store) == 0);
    arena_reset(member->arena);
}

// What was there is put back.
static void read_offline(struct member *member, const struct row_type *type, const struct key *key, struct bytes value, struct bytes before)
{
    struct audit_report report;
    write_row(member, type, key, value);
    int result = audit_verify(member->store, &report);
    must(result <= 0);
    must(fuzz_is_same(value, before) == (result == 0 && report.fault[0] == '\0') || !schema_is_primary(type->table));
    write_row(member, type, key, before);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct play play;
    const struct bytes input = {data, size};
    const struct row_type *type = find_type(input);
    struct key key;
    struct bytes before;
    if (type == NULL) {
        return 0;
    }
    const struct bytes value = {data + FRONT_BYTES, size - FRONT_BYTES};
    play_begin(&play, PLAY_BUREAU, LATER_HOURS);
    struct access *access = &play.at->store->writing.access;
    bool is_there = find_key(access, type->table, data[1], &key) && schema_get(access, type->table, &key, &before);
    if (is_there) {
        before = arena_copy_bytes(play.arena, before);
        read_in_turn(&play, type, &key, value);
    }
    play_forget(&play);
    if (is_there && (type->table == TABLE_JOURNAL || type->table == TABLE_SEALS || type->table == TABLE_PARTS || type->table == TABLE_STATEMENTS)) {
        read_offline(play.at, type, &key, value, before);
    }
    return 0;
}
