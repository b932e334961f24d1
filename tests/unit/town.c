// SPDX-License-Identifier: Apache-2.0
#include "unit/town.h"

#include <inttypes.h>
#include <limits.h>

#include "wire/envelope_card.h"
#include "wire/fields.h"
#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/text.h"
#include "wire/tree.h"
#include "wire/tree.h"

#include "base/loop.h"
#include "card.h"
#include "dispatch/outbox.h"
#include "intake/peer_keys.h"
#include "law_files.h"
#include "rules/decide.h"
#include "rules/delivery.h"
#include "rules/duty.h"
#include "store/commit.h"

enum { MAP_BYTES = 64 << 20, MEMBER_ARENA_BYTES = 256 << 20, TOWN_ARENA_BYTES = 1 << 30 };

static const uint8_t forged_part_salt[SALT_BYTES] = "a forged part...";
static const uint8_t forged_leaf_salt[SALT_BYTES] = "a forged leaf...";

static char *text(const char *constant)
{
    return (char *)(uintptr_t)constant;
}

static struct bytes binary(ProtobufCBinaryData data)
{
    return (struct bytes){data.data, data.len};
}

static ProtobufCBinaryData to_binary(struct town *town, const void *data, size_t size)
{
    return (ProtobufCBinaryData){size, arena_copy(town->arena, data, size)};
}

// ------------------------------------------------------------------------------------- the town

static void read_law(struct town *town)
{
    static struct config config;
    struct config_fault fault;
    strcpy(config.calendar, "conf/calendars/calendar.csv");
    strcpy(config.procedures, "tests/town/procedures.d");
    strcpy(config.compacts, "tests/town/compacts.d");
    if (!law_files_read(&config, town->arena, &town->texts, &town->text_count, &fault)) {
        fail_msg("%s", fault.text);
    }
}

void town_make(struct town *town)
{
    memset(town, 0, sizeof *town);
    town->now = TOWN_BEGIN;
    scratch_make(&town->scratch);
    assert_int_equal(arena_new(TOWN_ARENA_BYTES, &town->arena), 0);
    assert_int_equal(peer_keys_new(&town->keys), 0);
    read_law(town);
}

void town_drop(struct town *town)
{
    for (size_t i = 0; i < town->member_count; i++) {
        store_close(&town->members[i].store);
        keyring_free(&town->members[i].keyring);
        arena_free(&town->members[i].arena);
    }
    peer_keys_free(&town->keys);
    arena_free(&town->arena);
    scratch_remove(&town->scratch);
}

static void open_store(struct member *member)
{
    const struct store_options options = {.path = member->config.store,
                                          .map_bytes = MAP_BYTES,
                                          .agency = member->id,
                                          .suite = keyring_suite(member->keyring)};
    enum store_outcome outcome;
    assert_int_equal(store_open(&options, &outcome, &member->store), 0);
    assert_int_equal(outcome, STORE_OPENED);
}

static void make_keys(struct member *member, enum suite suite)
{
    enum keyring_outcome outcome;
    uint8_t curve[32];
    assert_int_equal(keyring_create(member->config.keys, suite), 0);
    assert_int_equal(keyring_open(member->config.keys, suite, &outcome, &member->keyring), 0);
    assert_int_equal(outcome, KEYRING_OK);
    assert_true(loop_from_z85(keyring_curve_public(member->keyring), curve));
    assert_int_equal(peer_keys_put(member->town->keys, member->id, suite,
                                   keyring_public(member->keyring), curve, false),
                     0);
}

struct event town_files(struct member *member, enum event_form form)
{
    struct town *town = member->town;
    struct event event = town_event(town, form);
    Wire__Header *header;
    Wire__Card *card;
    assert_int_equal(envelope_card_open(member->card, SEAL_REAL, town->arena, NULL, &header, &card),
                     ENVELOPE_OK);
    event.start = (struct start){card, member->card, town->texts, town->text_count};
    return event;
}

static void read_files(struct member *member, enum event_form form)
{
    const struct event event = town_files(member, form);
    town_turn(member, &event, 1);
}

void town_reload(struct member *member)
{
    read_files(member, EVENT_RELOAD);
}

struct bytes town_card(struct member *member, int64_t issued_at)
{
    struct bytes card =
        card_make(&member->config, member->keyring, SEAL_REAL, issued_at, member->town->arena);
    assert_non_null(card.data);
    return card;
}

struct member *town_open(struct town *town, const char *id, enum suite suite)
{
    assert_true(town->member_count < TOWN_MEMBERS);
    struct member *member = &town->members[town->member_count++];
    member->town = town;
    snprintf(member->id, sizeof member->id, "%s", id);
    snprintf(member->config.agency, CONFIG_TEXT_BYTES, "%s", id);
    strcpy(member->config.name, "叶城县某机关");
    strcpy(member->config.region, "653126");
    strcpy(member->config.sector, "market");
    strcpy(member->config.telephone, "0998-7280000");
    member->config.own_name = 1;
    strcpy(member->config.store, arena_format(town->arena, "%s/%s", town->scratch.path, id));
    strcpy(member->config.keys, arena_format(town->arena, "%s/%s.keys", town->scratch.path, id));
    assert_int_equal(arena_new(MEMBER_ARENA_BYTES, &member->arena), 0);
    make_keys(member, suite);
    member->card = town_card(member, town->now - TOWN_DAY);
    open_store(member);
    return member;
}

struct member *town_add(struct town *town, const char *id, enum suite suite)
{
    struct member *member = town_open(town, id, suite);
    read_files(member, EVENT_START);
    return member;
}

// -------------------------------------------------------------------------------------- requests

static struct event request_of(struct town *town, enum client_role role,
                               Control__Request__AskCase ask, void *message)
{
    struct event event = town_event(town, EVENT_REQUEST);
    Control__Request *request = arena_take(town->arena, sizeof *request);
    control__request__init(request);
    request->number = ++town->count;
    request->ask_case = ask;
    request->greet = message; // every member of the union is a pointer to a message
    event.request = (struct client_request){
        .client = "test", .role = role, .request = request, .allowed = true};
    return event;
}

static struct event card_of(struct town *town, const struct member *other)
{
    Control__PeerAdd *add = arena_take(town->arena, sizeof *add);
    control__peer_add__init(add);
    add->card = to_binary(town, other->card.data, other->card.size);
    return request_of(town, ROLE_ADMINISTRATOR, CONTROL__REQUEST__ASK_PEER_ADD, add);
}

static struct event officer_of(struct town *town)
{
    Control__OfficerAdd *add = arena_take(town->arena, sizeof *add);
    control__officer_add__init(add);
    add->certificate = TOWN_OFFICER;
    add->name = "张伟";
    add->section = "执法科";
    return request_of(town, ROLE_ADMINISTRATOR, CONTROL__REQUEST__ASK_OFFICER_ADD, add);
}

void town_introduce(struct town *town)
{
    for (size_t i = 0; i < town->member_count; i++) {
        struct event events[TOWN_MEMBERS];
        size_t count = 0;
        for (size_t j = 0; j < town->member_count; j++) {
            if (j != i) {
                events[count++] = card_of(town, &town->members[j]);
            }
        }
        events[count++] = officer_of(town);
        town_turn(&town->members[i], events, count);
        assert_int_equal(town_count_facts(&town->members[i], RECORD__EFFECT__IS_PEER), count - 1);
    }
}

Control__Draft *town_draft(struct town *town, const char *kind, const char *to, struct bytes body)
{
    Control__Draft *draft = arena_take(town->arena, sizeof *draft);
    uint8_t random[ID_BYTES] = {0};
    uint8_t id[ID_BYTES];
    text_put_u64(random + 8, ++town->count);
    identity_make_id(town->now, random, id);
    control__draft__init(draft);
    draft->id = to_binary(town, id, sizeof id);
    draft->kind = text(kind);
    draft->body = to_binary(town, body.data, body.size);
    if (to != NULL) {
        draft->to = arena_take(town->arena, sizeof *draft->to);
        draft->to[0] = text(to);
        draft->n_to = 1;
    }
    if ((kinds_find(kind)->marks & KIND_NEEDS_OFFICER) != 0) {
        draft->officers = arena_take(town->arena, sizeof *draft->officers);
        draft->officers[0] = TOWN_OFFICER;
        draft->n_officers = 1;
    }
    return draft;
}

void town_add_copy(struct town *town, Control__Draft *draft, const char *agency)
{
    char **copy = arena_take_array(town->arena, draft->n_copy + 1, sizeof *copy);
    if (draft->n_copy > 0) {
        memcpy(copy, draft->copy, draft->n_copy * sizeof *copy);
    }
    copy[draft->n_copy++] = text(agency);
    draft->copy = copy;
}

struct event town_submission(struct town *town, Control__Draft *const *drafts, size_t count)
{
    Control__Submit *submit = arena_take(town->arena, sizeof *submit);
    control__submit__init(submit);
    submit->drafts = arena_take_array(town->arena, count, sizeof *submit->drafts);
    memcpy(submit->drafts, drafts, count * sizeof *drafts);
    submit->n_drafts = count;
    return request_of(town, ROLE_OFFICER, CONTROL__REQUEST__ASK_SUBMIT, submit);
}

const Control__Reply *town_reply(const struct member *member)
{
    const struct release *release = member->effects.first_release;
    while (release != NULL && release->form != RELEASE_REPLY) {
        release = release->next;
    }
    assert_non_null(release);
    return release->reply;
}

const Control__Submitted *town_answer(const struct member *member)
{
    const Control__Reply *reply = town_reply(member);
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_SUBMITTED);
    return reply->submitted;
}

const Control__Reply *town_ask(struct member *member, enum client_role role,
                               Control__Request__AskCase ask, void *message)
{
    struct event event = request_of(member->town, role, ask, message);
    town_turn(member, &event, 1);
    return town_reply(member);
}

void town_expect_refused(const Control__Reply *reply, const char *code)
{
    assert_int_equal(reply->answer_case, CONTROL__REPLY__ANSWER_REFUSAL);
    assert_string_equal(reply->refusal->code, code);
}

Control__SubmittedOne *town_submit(struct member *member, Control__Draft *draft)
{
    struct event event = town_submission(member->town, &draft, 1);
    town_turn(member, &event, 1);
    Control__SubmittedOne *one = town_answer(member)->results[0];
    if (strcmp(one->outcome, "accepted") != 0) {
        fail_msg("%s is %s: %s", draft->kind, one->outcome,
                 one->refusal == NULL ? "" : one->refusal->text);
    }
    return one;
}

// ----------------------------------------------------------------------------------------- turns

struct event town_event(struct town *town, enum event_form form)
{
    return (struct event){.form = form,
                          .clock_trusted = true,
                          .file_room = UINT64_MAX,
                          .fresh_epoch = (uint64_t)(town->now / 1000) << 24 | ++town->count};
}

static void apply(void *context, const Record__Effect *fact, const struct material *material)
{
    struct member *member = context;
    commit_apply(member->store, member->arena, fact, material);
}

static void put_proof(struct member *member, const struct sealing *sealing,
                      const struct tree *tree, size_t index)
{
    struct digest path[LIMIT_PATH];
    struct envelope envelope = {.salt = sealing->salt,
                                .index = (uint32_t)index,
                                .path_count = (uint8_t)tree_path(tree, index, path),
                                .path = (const uint8_t *)path,
                                .header = sealing->header};
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(member->arena, size);
    envelope_encode(&envelope, bytes, size);
    commit_put_proof(member->store, sealing->position, (struct bytes){bytes, size - 1},
                     sealing->material);
}

static void encode_seal(const struct member *member, const struct tree *tree, size_t count,
                        uint8_t out_seal[SEAL_BYTES])
{
    const Record__State *state = store_state(member->store);
    struct seal seal = {.domain = SEAL_REAL,
                        .suite = (enum suite)state->suite,
                        .count = (uint32_t)count,
                        .epoch = state->epoch,
                        .turn = state->turn + 1,
                        .at = member->effects.now,
                        .root = *tree_root(tree)};
    strcpy(seal.agency, member->id);
    memcpy(seal.key_id, keyring_id(member->keyring), KEY_ID_BYTES);
    memcpy(seal.head.bytes, state->head.data, DIGEST_BYTES);
    seal_encode(&seal, out_seal);
    assert_int_equal(keyring_sign(member->keyring, out_seal), 0);
}

// One signature over all that the turn says.
static void seal_all(struct member *member, uint8_t out_seal[SEAL_BYTES])
{
    size_t count = member->effects.sealing_count;
    struct digest *leaves = arena_take_array(member->arena, count, sizeof *leaves);
    struct sealing *first = member->effects.first_sealing;
    size_t index = 0;
    for (struct sealing *sealing = first; sealing != NULL; sealing = sealing->next) {
        leaves[index++] = sealing->leaf;
    }
    enum suite suite = keyring_suite(member->keyring);
    struct tree *tree = tree_new(suite, leaves, count, member->arena);
    assert_non_null(tree);
    encode_seal(member, tree, count, out_seal);
    index = 0;
    for (struct sealing *sealing = first; sealing != NULL; sealing = sealing->next) {
        put_proof(member, sealing, tree, index++);
    }
    commit_put_seal(member->store, out_seal);
}

struct view *town_begin(struct member *member)
{
    uint8_t seed[DIGEST_BYTES] = {0};
    text_put_u64(seed, ++member->town->count);
    arena_reset(member->arena);
    assert_int_equal(store_begin(member->store, member->arena), 0);
    effect_start(&member->effects, member->arena, member->town->now, seed, apply, member);
    return store_writing(member->store);
}

void town_turn(struct member *member, const struct event *events, size_t count)
{
    uint8_t seal[SEAL_BYTES];
    struct view *view = town_begin(member);
    for (size_t i = 0; i < count; i++) {
        decide(view, &events[i], &member->effects);
    }
    decide_end(view, &member->effects);
    assert_false(member->effects.exhausted);
    assert_int_equal(view_failure(view), 0);
    if (member->effects.fact_count == 0) {
        store_abort(member->store);
        return;
    }
    bool says = member->effects.sealing_count > 0;
    if (says) {
        seal_all(member, seal);
    }
    assert_int_equal(commit_turn(member->store, member->arena, member->town->now, &member->effects,
                                 says ? seal : NULL),
                     0);
}

void town_abandon(struct member *member)
{
    store_abort(member->store);
}

void town_tick(struct member *member)
{
    const struct event event = town_event(member->town, EVENT_TICK);
    town_turn(member, &event, 1);
}

void town_restart(struct member *member)
{
    store_close(&member->store);
    open_store(member);
    read_files(member, EVENT_START);
}

static void name_copies(const struct member *member, char live[PATH_MAX], char saved[PATH_MAX])
{
    snprintf(live, PATH_MAX, "%s/data.mdb", member->config.store);
    snprintf(saved, PATH_MAX, "%s/%s.saved", member->town->scratch.path, member->id);
}

void town_save(struct member *member)
{
    char live[PATH_MAX];
    char saved[PATH_MAX];
    name_copies(member, live, saved);
    store_close(&member->store);
    scratch_copy(live, saved);
    open_store(member);
}

void town_restore(struct member *member)
{
    char live[PATH_MAX];
    char saved[PATH_MAX];
    name_copies(member, live, saved);
    store_close(&member->store);
    scratch_copy(saved, live);
    open_store(member);
}

struct view *town_view(struct member *member)
{
    struct view *view = store_read(member->store);
    assert_non_null(view);
    return view;
}

// -------------------------------------------------------------------------------------- the wire

static struct bytes take_stretch(struct member *from, const struct member *to, uint32_t stream,
                                 uint64_t first, uint64_t last)
{
    struct view *view = town_view(from);
    struct arena *arena = from->town->arena;
    struct stream_place place = view_outgoing(view, to->id, stream, arena);
    const struct outbox_request request = {.peer = to->id,
                                           .stream = stream,
                                           .epoch = place.epoch,
                                           .from = first,
                                           .to = last,
                                           .bytes = LIMIT_FRAME_BYTES};
    return outbox_take(view, &request, arena).frame;
}

struct bytes town_take_range(struct member *from, const struct member *to, uint64_t first,
                             uint64_t last)
{
    return take_stretch(from, to, STREAM_DIRECT, first, last);
}

struct bytes town_take(struct member *from, const struct member *to)
{
    for (uint32_t stream = 0; stream < STREAM_COUNT; stream++) {
        struct stream_place place =
            view_outgoing(town_view(from), to->id, stream, from->town->arena);
        if (place.last > place.settled) {
            return take_stretch(from, to, stream, place.settled + 1, place.last);
        }
    }
    return (struct bytes){0};
}

struct bytes town_said(struct member *from, const struct member *to)
{
    const struct release *release = from->effects.first_release;
    while (release != NULL && (release->form != RELEASE_UNNUMBERED ||
                               strcmp(release->peer, to->id) != 0)) {
        release = release->next;
    }
    return release == NULL
               ? (struct bytes){0}
               : outbox_unnumbered(town_view(from), release->position, from->town->arena);
}

struct event town_arrival(struct member *at, const struct member *from, struct bytes frame)
{
    struct town *town = at->town;
    struct event event = town_event(town, EVENT_STATEMENTS);
    assert_true(frame.size > 2);
    event.peer = from->id;
    const struct bytes rest = {frame.data + 2, frame.size - 2};
    struct examining examining = {
        .keys = town->keys, .domain = SEAL_REAL, .cache = &at->cache, .arena = town->arena};
    assert_true(examine_start(&examining, rest));
    while (examine_next(&examining)) {
    }
    event.statements = examine_found(&examining);
    return event;
}

void town_receive(struct member *at, const struct member *from, struct bytes frame)
{
    const struct event event = town_arrival(at, from, frame);
    town_turn(at, &event, 1);
}

struct event town_greeting(struct member *at, struct member *from)
{
    struct town *town = at->town;
    struct event event = town_event(town, EVENT_HELLO);
    struct view *view = town_view(from);
    const Record__State *state = view_state(view);
    const Record__SeenMoved *seen = view_peer_state(view, at->id, town->arena)->seen;
    Wire__Hello *hello = arena_take(town->arena, sizeof *hello);
    wire__hello__init(hello);
    hello->version_least = PROTOCOL_VERSION;
    hello->version_most = PROTOCOL_VERSION;
    hello->agency = from->id;
    hello->clock_at = town->now;
    hello->epoch = state->epoch;
    if (seen != NULL) {
        const uint8_t *seal = view_seal(view, at->id, seen->epoch, seen->turn, town->arena);
        assert_non_null(seal);
        hello->seen = to_binary(town, seal, SEAL_BYTES);
    }
    event.peer = from->id;
    event.hello = hello;
    return event;
}

bool town_deliver(struct member *from, struct member *to)
{
    struct bytes frame = town_take(from, to);
    if (frame.data == NULL) {
        return false;
    }
    town_receive(to, from, frame);
    struct bytes receipt = town_said(to, from);
    if (receipt.data != NULL) {
        town_receive(from, to, receipt);
    }
    return true;
}

void town_settle(struct town *town)
{
    bool moved = true;
    for (int round = 0; moved; round++) {
        assert_true(round < 100); // two that never come to an end are a fault
        moved = false;
        for (size_t i = 0; i < town->member_count; i++) {
            for (size_t j = 0; j < town->member_count; j++) {
                moved = (i != j && town_deliver(&town->members[i], &town->members[j])) || moved;
            }
        }
    }
}

// --------------------------------------------------------------------------------------- forging

struct town_statement town_held(struct member *member, uint64_t position, enum view_parts parts)
{
    struct town_statement statement;
    struct bytes alone = view_envelope(town_view(member), position, parts, member->town->arena);
    assert_non_null(alone.data);
    memcpy(statement.seal, alone.data + 4, SEAL_BYTES);
    statement.body = (struct bytes){alone.data + 4 + SEAL_BYTES, alone.size - 4 - SEAL_BYTES};
    return statement;
}

static void add_law(struct town *town, Wire__Header *header, struct bytes body)
{
    const struct kind *kind = kinds_find(header->kind);
    ProtobufCMessage *message;
    struct law_pair *pairs;
    size_t count;
    assert_int_equal(decode_message(kind->descriptor, body, &decode_body_rules, town->arena, NULL,
                                    &message),
                     DECODE_OK);
    assert_true(fields_lift(kind, message, town->arena, &pairs, &count));
    header->law = arena_take_array(town->arena, count + 1, sizeof *header->law);
    for (size_t i = 0; i < count; i++) {
        Wire__LawPair *pair = arena_take(town->arena, sizeof *pair);
        wire__law_pair__init(pair);
        pair->name = text(pairs[i].name);
        pair->value = text(pairs[i].value);
        header->law[header->n_law++] = pair;
    }
}

static void add_body(struct town *town, Wire__Header *header, enum suite suite, struct bytes body)
{
    struct digest commitment;
    Wire__Part *part = arena_take(town->arena, sizeof *part);
    tree_commitment(suite, forged_part_salt, body, &commitment);
    wire__part__init(part);
    part->role = "body";
    part->size = body.size;
    part->commitment = to_binary(town, commitment.bytes, DIGEST_BYTES);
    header->parts = arena_take(town->arena, sizeof *header->parts);
    header->parts[0] = part;
    header->n_parts = 1;
}

static void add_officer(struct town *town, Wire__Header *header)
{
    Wire__Officer *officer = arena_take(town->arena, sizeof *officer);
    wire__officer__init(officer);
    officer->certificate = TOWN_OFFICER;
    officer->name = "张伟";
    officer->authenticated = "key:test";
    header->officers = arena_take(town->arena, sizeof *header->officers);
    header->officers[0] = officer;
    header->n_officers = 1;
}

// The first that it is a member of.
static struct held_compact compact_of(struct member *member)
{
    struct held_compact *compacts;
    size_t count = view_compacts(town_view(member), member->town->arena, &compacts);
    for (size_t i = 0; i < count; i++) {
        if (compact_member(compacts[i].compact, member->id) != NULL) {
            return compacts[i];
        }
    }
    fail_msg("%s is in no compact", member->id);
    return compacts[0];
}

Wire__Header *town_header(struct member *author, const char *kind, const char *to,
                          struct bytes body)
{
    struct town *town = author->town;
    const struct kind *row = kinds_find(kind);
    const Control__Draft *draft = town_draft(town, kind, to, body);
    Wire__Header *header = arena_take(town->arena, sizeof *header);
    wire__header__init(header);
    header->author = author->id;
    header->id = draft->id;
    header->matter = draft->id;
    header->kind = draft->kind;
    header->to = draft->to;
    header->n_to = draft->n_to;
    if (row->class == KIND_MACHINE) {
        header->matter = (ProtobufCBinaryData){ID_BYTES, arena_take(town->arena, ID_BYTES)};
    } else {
        const struct held_compact compact = compact_of(author);
        header->compact = compact.row->id;
        header->procedure = compact.row->procedure;
    }
    if ((row->marks & KIND_NEEDS_OFFICER) != 0) {
        add_officer(town, header);
    }
    add_law(town, header, body);
    add_body(town, header, keyring_suite(author->keyring), body);
    return header;
}

struct town_statement town_forge(struct member *author, Wire__Header *header, struct bytes body)
{
    struct town *town = author->town;
    const Record__State *state = store_state(author->store);
    struct town_statement statement;
    struct envelope envelope = {.salt = forged_leaf_salt,
                                .header = decode_pack(&header->base, town->arena),
                                .part_count = (uint8_t)header->n_parts};
    envelope.parts[0] = (struct envelope_part){PART_PRESENT, forged_part_salt, body};
    for (size_t i = 1; i < header->n_parts; i++) {
        envelope.parts[i] = (struct envelope_part){.form = PART_CHUNKED, .salt = forged_part_salt};
    }
    struct seal seal = {.domain = SEAL_REAL,
                        .suite = keyring_suite(author->keyring),
                        .count = 1,
                        .epoch = state->epoch,
                        .turn = state->turn + 1000 + ++town->count,
                        .at = town->now};
    strcpy(seal.agency, author->id);
    memcpy(seal.key_id, keyring_id(author->keyring), KEY_ID_BYTES);
    tree_leaf(seal.suite, envelope.salt, envelope.header, &seal.root);
    seal_encode(&seal, statement.seal);
    assert_int_equal(keyring_sign(author->keyring, statement.seal), 0);
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(town->arena, size);
    envelope_encode(&envelope, bytes, size);
    statement.body = (struct bytes){bytes, size};
    return statement;
}

struct bytes town_pack_stream(struct town *town, uint32_t stream, uint64_t epoch, uint64_t first,
                              const struct town_item *items, size_t count)
{
    uint8_t *seals = arena_take_array(town->arena, count, SEAL_BYTES);
    struct frame_item *list = arena_take_array(town->arena, count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        memcpy(seals + i * SEAL_BYTES, items[i].statement.seal, SEAL_BYTES);
        list[i] = (struct frame_item){items[i].role, (uint8_t)i, items[i].statement.body};
    }
    const struct frame frame = {.stream = stream,
                                .epoch = epoch,
                                .first = first,
                                .seal_count = (uint8_t)count,
                                .seals = seals,
                                .item_count = (uint16_t)count,
                                .items = list};
    size_t size = envelope_encode_frame(&frame, NULL, 0);
    uint8_t *bytes = arena_take(town->arena, size + 2);
    bytes[0] = PROTOCOL_VERSION;
    bytes[1] = 2;
    envelope_encode_frame(&frame, bytes + 2, size);
    return (struct bytes){bytes, size + 2};
}

struct bytes town_pack(struct town *town, uint64_t epoch, uint64_t first,
                       const struct town_item *items, size_t count)
{
    return town_pack_stream(town, STREAM_DIRECT, epoch, first, items, count);
}

// --------------------------------------------------------------------------------------- looking

bool town_has_release(const struct member *member, enum release_form form)
{
    const struct release *release = member->effects.first_release;
    while (release != NULL && release->form != form) {
        release = release->next;
    }
    return release != NULL;
}

size_t town_count_facts(const struct member *member, Record__Effect__IsCase form)
{
    size_t count = 0;
    for (size_t i = 0; i < member->effects.fact_count; i++) {
        count += member->effects.facts[i]->is_case == form;
    }
    return count;
}

static const char *name_statement(struct view *view, uint64_t position, struct arena *arena)
{
    if (position == 0) {
        return "-";
    }
    const struct held *held = view_statement(view, position, arena);
    assert_non_null(held);
    return arena_format(arena, "%s/%s/%s", held->header->author, held->header->kind,
                        text_hex(arena, binary(held->header->id)));
}

static const char *join(struct arena *arena, char *const *names, size_t count)
{
    const char *joined = "";
    for (size_t i = 0; i < count; i++) {
        joined = arena_format(arena, "%s%s%s", joined, i == 0 ? "" : ",", names[i]);
    }
    return joined;
}

// The duty judged anew from all that is held.
static const Control__Duty *judge_anew(struct member *member, const Record__DutySet *row)
{
    static const uint8_t no_seed[DIGEST_BYTES];
    struct effects lent; // reading only
    effect_start(&lent, member->town->arena, member->town->now, no_seed, apply, member);
    const Control__Duty *shown = duty_show(town_view(member), &lent, row);
    assert_non_null(shown);
    return shown;
}

static const char *describe_duty(struct member *member, const Record__DutySet *row)
{
    struct arena *arena = member->town->arena;
    struct view *view = town_view(member);
    const Control__Duty *shown = judge_anew(member, row);
    char *parties = arena_format(arena, "%s>%s owing %s", join(arena, shown->debtors, shown->n_debtors),
                                 join(arena, shown->addressees, shown->n_addressees),
                                 join(arena, row->owing, row->n_owing));
    char *times = arena_format(arena,
                               "start %" PRId64 " due %" PRId64 "/%u amber %" PRId64 " met %" PRId64
                               " next %" PRId64 " extended %" PRId64,
                               row->start_at, row->due_at, row->due_form, row->amber_at,
                               row->met_at, row->next_at, row->extended_to);
    return arena_format(arena, "%s#%u of %s: %s %s, %s, %s, by %s, %s%s\n", row->duty,
                        row->slot, name_statement(view, row->opening, arena),
                        obligation_state_name((enum obligation_state)row->state),
                        obligation_state_light((enum obligation_light)row->light), parties, times,
                        name_statement(view, row->met_by, arena),
                        text_hex(arena, binary(shown->obligation)),
                        row->ongoing ? " ongoing" : "");
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void town_expect_judged(struct member *member)
{
    uint64_t place = 0;
    do {
        Record__DutySet **rows;
        size_t found = view_all_duties(town_view(member), &place, 64, member->town->arena, &rows);
        for (size_t i = 0; i < found; i++) {
            const Control__Duty *anew = judge_anew(member, rows[i]);
            assert_string_equal(obligation_state_name((enum obligation_state)rows[i]->state), anew->state);
            assert_int_equal(rows[i]->start_at, anew->start_at);
            assert_int_equal(rows[i]->due_at, anew->due_at);
            assert_int_equal(rows[i]->met_at, anew->met_at);
        }
    } while (place != 0);
}

const char *town_duties(struct member *member)
{
    struct arena *arena = member->town->arena;
    struct view *view = town_view(member);
    const char *lines[256];
    size_t count = 0;
    uint64_t place = 0;
    do {
        Record__DutySet **rows;
        size_t found = view_all_duties(view, &place, 64, arena, &rows);
        for (size_t i = 0; i < found; i++) {
            assert_true(count < 256);
            lines[count++] = describe_duty(member, rows[i]);
        }
    } while (place != 0);
    assert_int_equal(view_failure(view), 0);
    qsort(lines, count, sizeof *lines, compare_lines);
    const char *joined = "";
    for (size_t i = 0; i < count; i++) {
        joined = arena_format(arena, "%s%s", joined, lines[i]);
    }
    return joined;
}

const char *town_duty_state(struct member *member, const char *duty)
{
    struct view *view = town_view(member);
    Record__DutySet **rows;
    uint64_t place = 0;
    do {
        size_t found = view_all_duties(view, &place, 64, member->town->arena, &rows);
        for (size_t i = 0; i < found; i++) {
            if (strcmp(rows[i]->duty, duty) == 0) {
                return obligation_state_name((enum obligation_state)rows[i]->state);
            }
        }
    } while (place != 0);
    return "";
}

const char *town_delivery(struct member *member, uint64_t position, const char *agency)
{
    return delivery_name(
        delivery_now(town_view(member), position, agency, member->town->arena));
}

bool town_has_alarm(struct member *member, const char *code, const char *agency)
{
    return view_has_alarm(town_view(member), code, agency);
}

uint64_t town_find(struct member *member, const struct member *author, ProtobufCBinaryData id)
{
    return view_find(town_view(member), author->id, binary(id));
}
