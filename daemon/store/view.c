// SPDX-License-Identifier: Apache-2.0
#include "store/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "wire/attachment.h"
#include "wire/envelope.h"
#include "wire/identity.h"
#include "wire/text.h"

#include "base/fail.h"
#include "store/attached.h"
#include "store/inside.h"
#include "store/search.h"
#include "store/shelf.h"

int view_failure(const struct view *view)
{
    return view->access.failure;
}

const Record__State *view_state(const struct view *view)
{
    return view->state;
}

static void *exhausted(struct view *view)
{
    schema_fail(&view->access, ENOMEM, "the turn's memory");
    return NULL;
}

static void *take(struct view *view, struct arena *arena, size_t count, size_t size)
{
    void *memory = arena_take_array(arena, count, size);
    return memory == NULL ? exhausted(view) : memory;
}

static struct bytes copy(struct view *view, struct arena *arena, struct bytes value)
{
    struct bytes result = arena_copy_bytes(arena, value);
    if (result.data == NULL) {
        exhausted(view);
    }
    return result;
}

// Only what lives as long as the turn may be met again.
static void keep(struct view *view, enum table table, const struct key *key, const struct arena *arena, void *object)
{
    if (object != NULL && view->recent.arena == arena) {
        recent_keep(&view->recent, table, key, object);
    }
}

// A row that the turn has met before is not unpacked again.
static void *get(struct view *view, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    struct bytes value;
    void *message = recent_find(&view->recent, table, key);
    if (message == NULL) {
        bool found = schema_get(&view->access, table, key, &value);
        message = found ? store_unpack(view, type, value, arena) : (void *)recent_absent;
        keep(view, table, key, arena, message);
    }
    return message == recent_absent ? NULL : message;
}

static struct key text_key(const char *text)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, text);
    return key;
}

static struct key position_key(uint64_t position)
{
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, position);
    return key;
}

static struct key bytes_key(struct bytes bytes)
{
    struct key key;
    schema_start(&key);
    schema_add_bytes(&key, bytes);
    return key;
}

// A growing array in the arena.
struct list {
    void **items;
    size_t count;
    size_t capacity;
};

static bool add(struct view *view, struct arena *arena, struct list *list, void *item)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 16 : 2 * list->capacity;
        void **items = take(view, arena, capacity, sizeof(void *));
        if (items == NULL) {
            return false;
        }
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof(void *));
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = item;
    return true;
}

// Unpacks every value under a prefix.
static size_t get_all(struct view *view, enum table table, const struct key *prefix, const ProtobufCMessageDescriptor *type,
                      struct arena *arena, void *out_messages)
{
    struct list list = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, table, prefix, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        void *message = store_unpack(view, type, value, arena);
        if (message == NULL || !add(view, arena, &list, message)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *(void ***)out_messages = list.items;
    return list.count;
}

// -------------------------------------------------------------------------------------------------- agencies

static Wire__Card *open_card(struct view *view, struct bytes envelope, struct arena *arena)
{
    const uint8_t *seal;
    struct envelope parts;
    ProtobufCMessage *card;
    enum decode_outcome outcome = DECODE_MALFORMED;
    if (envelope_decode_alone(envelope, &seal, &parts) == ENVELOPE_OK && parts.part_count > 0) {
        outcome = decode_message(&wire__card__descriptor, parts.parts[0].content, &decode_body_rules, arena, NULL, &card);
    }
    if (outcome != DECODE_OK) {
        schema_fail(&view->access, outcome == DECODE_NO_MEMORY ? ENOMEM : EBADMSG, "a stored card does not decode");
        return NULL;
    }
    return (Wire__Card *)card;
}

static const struct agency *get_agency(struct view *view, const char *id, struct arena *arena)
{
    struct key key = text_key(id);
    struct agency *agency = recent_find(&view->recent, TABLE_PEERS, &key);
    struct bytes value;
    if (agency != NULL || !schema_get(&view->access, TABLE_PEERS, &key, &value)) {
        return agency;
    }
    const Record__PeerSet *row = store_unpack(view, &record__peer_set__descriptor, value, arena);
    Wire__Card *card = row == NULL ? NULL : open_card(view, decode_bytes(row->card), arena);
    agency = card == NULL ? NULL : take(view, arena, 1, sizeof(*agency));
    if (agency != NULL) {
        *agency = (struct agency){card, decode_bytes(row->card), row->suspended, row->region};
        keep(view, TABLE_PEERS, &key, arena, agency);
    }
    return agency;
}

bool view_agency(struct view *view, const char *id, struct arena *arena, struct agency *out_agency)
{
    const struct agency *agency = get_agency(view, id, arena);
    if (agency != NULL) {
        *out_agency = *agency;
    }
    return agency != NULL;
}

const char *view_region(struct view *view, const char *id, struct arena *arena)
{
    const struct agency *agency = get_agency(view, id, arena);
    return agency == NULL ? "" : agency->region;
}

size_t view_agencies(struct view *view, struct arena *arena, const char *const **out_ids)
{
    struct list list = {0};
    struct key prefix = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_PEERS, &prefix, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        char *id = arena_copy_text(arena, (const char *)key.data);
        if (id == NULL ? exhausted(view) == NULL : !add(view, arena, &list, id)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_ids = (const char *const *)list.items;
    return list.count;
}

Record__PeerState *view_peer_state(struct view *view, const char *id, struct arena *arena)
{
    static Record__PeerState none = RECORD__PEER_STATE__INIT;
    struct key key = text_key(id);
    Record__PeerState *state = get(view, TABLE_PEERSTATES, &key, &record__peer_state__descriptor, arena);
    return state == NULL ? &none : state;
}

Record__OfficerSet *view_officer(struct view *view, const char *certificate, struct arena *arena)
{
    if (strlen(certificate) > LIMIT_NAME_BYTES / 2) {
        return NULL;
    }
    struct key key = text_key(certificate);
    return get(view, TABLE_OFFICERS, &key, &record__officer_set__descriptor, arena);
}

size_t view_officers(struct view *view, struct arena *arena, Record__OfficerSet ***out_officers)
{
    struct key all = {0};
    return get_all(view, TABLE_OFFICERS, &all, &record__officer_set__descriptor, arena, out_officers);
}

size_t view_alarms(struct view *view, struct arena *arena, Record__Alarm ***out_alarms)
{
    struct key all = {0};
    return get_all(view, TABLE_ALARMS, &all, &record__alarm__descriptor, arena, out_alarms);
}

bool view_has_alarm(struct view *view, const char *code, const char *agency)
{
    struct key key = text_key(code);
    schema_add_text(&key, agency);
    struct bytes value;
    return schema_get(&view->access, TABLE_ALARMS, &key, &value);
}

// ------------------------------------------------------------------------------------------------------- law

Record__TextHeld *view_text(struct view *view, struct bytes digest, struct arena *arena)
{
    if (digest.size < VIEW_SHORT_DIGEST_BYTES || digest.size > DIGEST_BYTES) {
        return NULL;
    }
    Record__TextHeld *text = NULL;
    struct key prefix = bytes_key(digest);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_TEXTS, &prefix, NULL, WALK_UP);
    if (schema_walk_next(&walk, &key, &value)) {
        text = store_unpack(view, &record__text_held__descriptor, value, arena);
    }
    schema_walk_stop(&walk);
    return text;
}

// A text was parsed before it was let into the store, so one that no longer parses is damage or a later version's.
static void fail_law(struct view *view, enum law_outcome outcome)
{
    if (outcome != LAW_OK) {
        schema_fail(&view->access, outcome == LAW_NO_MEMORY ? ENOMEM : EBADMSG, "a stored law text");
    }
}

const struct procedure *view_procedure(struct view *view, struct bytes digest, struct arena *arena)
{
    const struct procedure *found = shelf_procedure(view->shelf, digest);
    Record__TextHeld *text = found == NULL ? view_text(view, digest, arena) : NULL;
    if (text != NULL && strcmp(text->what, "procedure") == 0) {
        struct law_fault fault;
        fail_law(view, shelf_take_procedure(view->shelf, (struct bytes){text->content.data, text->content.len}, &found, &fault));
    }
    return found;
}

const struct calendar *view_calendar(struct view *view, struct bytes digest, struct arena *arena)
{
    const struct calendar *found = shelf_calendar(view->shelf, digest);
    Record__TextHeld *text = found == NULL ? view_text(view, digest, arena) : NULL;
    if (text != NULL && strcmp(text->what, "calendar") == 0) {
        struct law_fault fault;
        fail_law(view, shelf_take_calendar(view->shelf, (struct bytes){text->content.data, text->content.len}, &found, &fault));
    }
    return found;
}

Record__LawInForce *view_law(struct view *view, struct arena *arena)
{
    struct key key = text_key("law");
    return get(view, TABLE_LAW, &key, &record__law_in_force__descriptor, arena);
}

static const struct compact *parse_compact(struct view *view, const Record__CompactSet *row, struct arena *arena)
{
    struct bytes digest = {row->digest.data, row->digest.len};
    const struct compact *found = shelf_compact(view->shelf, digest);
    Record__TextHeld *text = found == NULL ? view_text(view, digest, arena) : NULL;
    if (text != NULL) {
        struct law_fault fault;
        fail_law(view, shelf_take_compact(view->shelf, (struct bytes){text->content.data, text->content.len}, &found, &fault));
    }
    return found;
}

bool view_compact(struct view *view, const char *id, struct arena *arena, struct held_compact *out_compact)
{
    if (strlen(id) > LIMIT_NAME_BYTES / 2) {
        return false;
    }
    struct key key = text_key(id);
    Record__CompactSet *row = get(view, TABLE_COMPACTS, &key, &record__compact_set__descriptor, arena);
    const struct compact *compact = row == NULL ? NULL : parse_compact(view, row, arena);
    if (compact == NULL) {
        return false;
    }
    *out_compact = (struct held_compact){row, compact};
    return true;
}

struct compact_list {
    struct held_compact *items;
    size_t count;
};

static struct compact_list *list_compacts(struct view *view, const struct key *all, struct arena *arena)
{
    Record__CompactSet **rows;
    size_t count = get_all(view, TABLE_COMPACTS, all, &record__compact_set__descriptor, arena, &rows);
    struct compact_list *list = take(view, arena, 1, sizeof(*list));
    struct held_compact *items = take(view, arena, count + 1, sizeof(*items));
    if (list == NULL || items == NULL) {
        return NULL;
    }
    list->items = items;
    for (size_t i = 0; i < count; i++) {
        const struct compact *compact = parse_compact(view, rows[i], arena);
        if (compact != NULL) {
            items[list->count++] = (struct held_compact){rows[i], compact};
        }
    }
    if (list->count == count) { // else a text is wanting, which the turn may yet bring
        keep(view, TABLE_COMPACTS, all, arena, list);
    }
    return list;
}

// Whoever names no compact has all of them looked through. They are met under the key that no row has.
size_t view_compacts(struct view *view, struct arena *arena, struct held_compact **out_compacts)
{
    struct key all = {0};
    const struct compact_list *list = recent_find(&view->recent, TABLE_COMPACTS, &all);
    if (list == NULL) {
        list = list_compacts(view, &all, arena);
    }
    *out_compacts = list == NULL ? NULL : list->items;
    return list == NULL ? 0 : list->count;
}

// ------------------------------------------------------------------------------------------------ statements

static uint64_t get_position(struct view *view, enum table table, const struct key *key)
{
    struct bytes value;
    return schema_get(&view->access, table, key, &value) && value.size == 8 ? text_get_u64(value.data) : 0;
}

uint64_t view_find(struct view *view, const char *author, struct bytes id)
{
    if (id.size != ID_BYTES || strlen(author) > LIMIT_AGENCY_BYTES) {
        return 0;
    }
    struct key key = text_key(author);
    schema_add_bytes(&key, id);
    return get_position(view, TABLE_IDENTITIES, &key);
}

uint64_t view_find_source(struct view *view, const char *author, const Wire__Source *source)
{
    if (strlen(source->system) + strlen(source->record) > LIMIT_SOURCE_BYTES) {
        return 0; // none is held
    }
    struct key key = text_key(author);
    schema_add_text(&key, source->system);
    schema_add_text(&key, source->record);
    return get_position(view, TABLE_SOURCES, &key);
}

bool view_has_mark(const struct held *held, const char *mark)
{
    for (size_t i = 0; i < held->n_marks; i++) {
        if (strcmp(held->marks[i], mark) == 0) {
            return true;
        }
    }
    return false;
}

static struct bytes get_part(struct view *view, uint64_t position, unsigned number, struct arena *arena)
{
    struct key key = position_key(position);
    schema_add_u8(&key, (uint8_t)number);
    struct bytes value;
    if (!schema_get(&view->access, TABLE_PARTS, &key, &value)) {
        return (struct bytes){0};
    }
    if (number > 0 && value.size < SALT_BYTES) {
        schema_fail(&view->access, EBADMSG, "a stored part");
        return (struct bytes){0};
    }
    return copy(view, arena, value);
}

struct bytes view_proof(struct view *view, uint64_t position, struct arena *arena)
{
    return get_part(view, position, 0, arena);
}

// Where the header stands in part 0: salt, index, path, size, header.
static struct bytes header_of(struct bytes proof)
{
    size_t path_at = SALT_BYTES + 4;
    if (proof.size <= path_at) {
        return (struct bytes){0};
    }
    size_t size_at = path_at + 1 + (size_t)proof.data[path_at] * DIGEST_BYTES;
    if (proof.size < size_at + 4 || proof.size - size_at - 4 != text_get_u32(proof.data + size_at)) {
        return (struct bytes){0};
    }
    return (struct bytes){proof.data + size_at + 4, proof.size - size_at - 4};
}

const Wire__Header *view_open_header(struct view *view, uint64_t position, struct arena *arena)
{
    struct bytes proof = view_proof(view, position, arena);
    ProtobufCMessage *header;
    enum decode_outcome outcome = proof.data == NULL ? DECODE_MALFORMED
                                                     : decode_message(&wire__header__descriptor, header_of(proof), &decode_header_rules,
                                                                      arena, NULL, &header);
    if (outcome != DECODE_OK) {
        schema_fail(&view->access, outcome == DECODE_NO_MEMORY ? ENOMEM : EBADMSG, "a stored header does not decode");
        return NULL;
    }
    if (((Wire__Header *)header)->n_parts > LIMIT_PARTS) {
        schema_fail(&view->access, EBADMSG, "a stored header has too many parts");
        return NULL;
    }
    return (Wire__Header *)header;
}

void view_fill_held(struct held *held, const Record__StatementHeld *row, const Wire__Header *header)
{
    *held = (struct held){
        .position = row->position,
        .leaf = row->leaf,
        .carrier = row->carrier,
        .sealed_at = row->sealed_at,
        .received_at = row->received_at,
        .epoch = row->epoch,
        .turn = row->turn,
        .enclosed = row->enclosed,
        .marks = row->marks,
        .n_marks = row->n_marks,
        .header = header,
    };
}

const struct held *view_statement(struct view *view, uint64_t position, struct arena *arena)
{
    struct key key = position_key(position);
    struct held *held = recent_find(&view->recent, TABLE_STATEMENTS, &key);
    struct bytes value;
    if (held != NULL || !schema_get(&view->access, TABLE_STATEMENTS, &key, &value)) {
        return held;
    }
    const Record__StatementHeld *row = store_unpack(view, &record__statement_held__descriptor, value, arena);
    const Wire__Header *header = row == NULL ? NULL : view_open_header(view, position, arena);
    held = header == NULL ? NULL : take(view, arena, 1, sizeof(*held));
    if (held != NULL) {
        view_fill_held(held, row, header);
        keep(view, TABLE_STATEMENTS, &key, arena, held);
    }
    return held;
}

// A part of our own that the open turn will write when it is sealed.
static const struct envelope_part *find_unsealed(struct view *view, uint64_t position, unsigned number)
{
    struct key key = position_key(position);
    schema_add_u8(&key, (uint8_t)number);
    return recent_find(&view->recent, TABLE_PARTS, &key);
}

bool view_part(struct view *view, uint64_t position, unsigned number, struct arena *arena, const uint8_t **out_salt, struct bytes *out_content)
{
    const struct envelope_part *unsealed = find_unsealed(view, position, number);
    if (unsealed != NULL) {
        *out_salt = unsealed->salt;
        *out_content = unsealed->content;
        return true;
    }
    struct bytes part = get_part(view, position, number, arena);
    if (part.data == NULL) {
        return false;
    }
    *out_salt = part.data;
    *out_content = (struct bytes){part.data + SALT_BYTES, part.size - SALT_BYTES};
    return true;
}

bool view_readable_body(struct view *view, const struct held *held, struct arena *arena, struct bytes *out_body)
{
    const uint8_t *salt;
    bool is_taken_back = held->carrier[0] != '\0' && view_has_mark(held, "recalled");
    return !is_taken_back && view_part(view, held->position, 1, arena, &salt, out_body);
}

void view_propose(struct view *view, const struct sought *sought, uint64_t below, struct arena *arena, struct proposal *out_proposal)
{
    search_propose(view->search, view->state->next_position, sought, below, arena, out_proposal);
}

const uint8_t *view_seal(struct view *view, const char *author, uint64_t epoch, uint64_t turn, struct arena *arena)
{
    struct key key = text_key(author);
    schema_add_u64(&key, epoch);
    schema_add_u64(&key, turn);
    struct bytes value;
    if (!schema_get(&view->access, TABLE_SEALS, &key, &value) || value.size != SEAL_BYTES) {
        return NULL;
    }
    return copy(view, arena, value).data;
}

struct bytes view_body(struct view *view, uint64_t position, const Wire__Header *header, enum view_parts wanted, struct arena *arena)
{
    struct bytes proof = view_proof(view, position, arena);
    size_t count = proof.data == NULL ? 0 : header->n_parts;
    struct bytes parts[LIMIT_PARTS];
    size_t size = proof.size + 1;
    for (size_t i = 0; i < count; i++) {
        parts[i] = wanted == VIEW_ALL_PARTS ? get_part(view, position, (unsigned)i + 1, arena) : (struct bytes){0};
        size += parts[i].data == NULL ? 1 : attachment_is(header->parts[i]) ? 1 + SALT_BYTES : 1 + parts[i].size + 4;
    }
    uint8_t *body = proof.data == NULL ? NULL : take(view, arena, size, 1);
    if (body == NULL) {
        return (struct bytes){0};
    }
    uint8_t *at = body;
    memcpy(at, proof.data, proof.size);
    at += proof.size;
    *at++ = (uint8_t)count;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].data == NULL) {
            *at++ = PART_WITHHELD;
            continue;
        }
        bool is_attachment = attachment_is(header->parts[i]);
        *at++ = is_attachment ? PART_CHUNKED : PART_PRESENT;
        memcpy(at, parts[i].data, SALT_BYTES);
        if (is_attachment) {
            at += SALT_BYTES;
            continue;
        }
        text_put_u32(at + SALT_BYTES, (uint32_t)(parts[i].size - SALT_BYTES));
        memcpy(at + SALT_BYTES + 4, parts[i].data + SALT_BYTES, parts[i].size - SALT_BYTES);
        at += parts[i].size + 4;
    }
    return (struct bytes){body, size};
}

struct bytes view_envelope(struct view *view, uint64_t position, enum view_parts wanted, struct arena *arena)
{
    const struct held *held = view_statement(view, position, arena);
    const uint8_t *seal = held == NULL ? NULL : view_seal(view, held->header->author, held->epoch, held->turn, arena);
    struct bytes body = seal != NULL ? view_body(view, position, held->header, wanted, arena) : (struct bytes){0};
    uint8_t *envelope = body.data == NULL ? NULL : take(view, arena, 4 + SEAL_BYTES + body.size, 1);
    if (envelope == NULL) {
        return (struct bytes){0};
    }
    memcpy(envelope, "LSN1", 4);
    memcpy(envelope + 4, seal, SEAL_BYTES);
    memcpy(envelope + 4 + SEAL_BYTES, body.data, body.size);
    return (struct bytes){envelope, 4 + SEAL_BYTES + body.size};
}

struct positions {
    uint64_t *items;
    size_t count;
    size_t capacity;
};

static bool add_position(struct view *view, struct arena *arena, struct positions *positions, uint64_t position)
{
    if (positions->count == positions->capacity) {
        size_t capacity = positions->capacity == 0 ? 16 : 2 * positions->capacity;
        uint64_t *items = take(view, arena, capacity, sizeof(*items));
        if (items == NULL) {
            return false;
        }
        if (positions->count > 0) {
            memcpy(items, positions->items, positions->count * sizeof(*items));
        }
        positions->items = items;
        positions->capacity = capacity;
    }
    positions->items[positions->count++] = position;
    return true;
}

// Collects the position that ends each key under a prefix.
static size_t get_positions(struct view *view, enum table table, const struct key *prefix, const struct key *from, size_t limit,
                            enum walk_direction direction, struct arena *arena, uint64_t **out_positions)
{
    struct positions found = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, table, prefix, from, direction);
    while (found.count < limit && schema_walk_next(&walk, &key, &value) &&
           add_position(view, arena, &found, text_get_u64(key.data + key.size - 8))) {
    }
    schema_walk_stop(&walk);
    *out_positions = found.items;
    return found.count;
}

static struct key published_key(bool catalogue)
{
    struct key key;
    schema_start(&key);
    schema_add_u8(&key, catalogue);
    return key;
}

size_t view_published(struct view *view, bool catalogue, const char *author, uint64_t from, size_t limit, struct arena *arena,
                      uint64_t **out_positions)
{
    struct key prefix = published_key(catalogue);
    schema_add_text(&prefix, author);
    struct key first = prefix;
    schema_add_u64(&first, from);
    return get_positions(view, TABLE_PUBLISHED, &prefix, &first, limit, WALK_UP, arena, out_positions);
}

size_t view_catalogue(struct view *view, struct arena *arena, uint64_t **out_positions)
{
    const struct key prefix = published_key(true);
    return get_positions(view, TABLE_PUBLISHED, &prefix, NULL, SIZE_MAX, WALK_UP, arena, out_positions);
}

struct subscription_list {
    Record__SubscriptionSet **items;
    size_t count;
};

// Every publication of a turn is held against all of them.
size_t view_subscriptions(struct view *view, const char *peer, struct arena *arena, Record__SubscriptionSet ***out_subscriptions)
{
    struct key prefix = {0};
    if (peer != NULL) {
        prefix = text_key(peer);
        return get_all(view, TABLE_SUBSCRIBED, &prefix, &record__subscription_set__descriptor, arena, out_subscriptions);
    }
    const struct subscription_list *met = recent_find(&view->recent, TABLE_SUBSCRIBED, &prefix);
    struct subscription_list *list = met != NULL ? NULL : take(view, arena, 1, sizeof(*list));
    if (list != NULL) {
        list->count = get_all(view, TABLE_SUBSCRIBED, &prefix, &record__subscription_set__descriptor, arena, &list->items);
        keep(view, TABLE_SUBSCRIBED, &prefix, arena, list);
        met = list;
    }
    *out_subscriptions = met == NULL ? NULL : met->items;
    return met == NULL ? 0 : met->count;
}

Record__SubscriptionSet *view_subscription(struct view *view, const char *peer, uint64_t request, struct arena *arena)
{
    struct key key = text_key(peer);
    schema_add_u64(&key, request);
    return get(view, TABLE_SUBSCRIBED, &key, &record__subscription_set__descriptor, arena);
}

// A short number follows from the id, and an author's ids are in order of time: no statement need be opened.
size_t view_numbered(struct view *view, const char *author, const char *number, size_t scan, struct arena *arena, uint64_t **out_positions)
{
    struct positions found = {0};
    struct key prefix = text_key(author);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_IDENTITIES, &prefix, NULL, WALK_DOWN);
    for (size_t i = 0; i < scan && schema_walk_next(&walk, &key, &value); i++) {
        char each[7];
        identity_short_number(key.data + key.size - ID_BYTES, each);
        if (strcmp(each, number) == 0 && value.size == 8 && !add_position(view, arena, &found, text_get_u64(value.data))) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_positions = found.items;
    return found.count;
}

static int compare_positions(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left;
    uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

// Has the turn met the matter as one that nothing is held of, and put nothing there since?
static bool is_empty(const struct view *view, const struct key *matter)
{
    return recent_find(&view->recent, TABLE_MATTERS, matter) == recent_absent;
}

size_t view_matter(struct view *view, struct bytes matter, struct arena *arena, uint64_t **out_positions)
{
    *out_positions = NULL;
    if (matter.size != ID_BYTES) {
        return 0;
    }
    struct key prefix = bytes_key(matter);
    size_t count =
        is_empty(view, &prefix) ? 0 : get_positions(view, TABLE_MATTERS, &prefix, NULL, SIZE_MAX, WALK_UP, arena, out_positions);
    if (count > 0) {
        qsort(*out_positions, count, sizeof(**out_positions), compare_positions);
    }
    return count;
}

size_t view_matter_kind(struct view *view, struct bytes matter, const char *kind, int64_t since, struct arena *arena, uint64_t **out_positions)
{
    *out_positions = NULL;
    if (matter.size != ID_BYTES) {
        return 0;
    }
    struct key prefix = bytes_key(matter);
    if (is_empty(view, &prefix)) {
        return 0;
    }
    schema_add_text(&prefix, kind);
    struct key from = prefix;
    schema_add_i64(&from, since);
    return get_positions(view, TABLE_MATTERS, &prefix, &from, SIZE_MAX, WALK_UP, arena, out_positions);
}

static uint64_t find_first(struct view *view, const struct key *matter)
{
    uint64_t first = 0;
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_FIRSTS, matter, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        uint64_t position = value.size == 8 ? text_get_u64(value.data) : 0;
        first = first == 0 || (position != 0 && position < first) ? position : first;
    }
    schema_walk_stop(&walk);
    return first;
}

uint64_t view_matter_first(struct view *view, struct bytes matter, const char *compact)
{
    if (matter.size != ID_BYTES) {
        return 0;
    }
    struct key key = bytes_key(matter);
    if (is_empty(view, &key)) {
        return 0;
    }
    if (compact == NULL) {
        uint64_t first = find_first(view, &key);
        if (first == 0 && view->recent.arena != NULL) {
            keep(view, TABLE_MATTERS, &key, view->recent.arena, (void *)recent_absent);
        }
        return first;
    }
    schema_add_text(&key, compact);
    return get_position(view, TABLE_FIRSTS, &key);
}

size_t view_heads(struct view *view, struct bytes matter, size_t limit, struct arena *arena, uint64_t **out_positions)
{
    struct key prefix = bytes_key(matter);
    *out_positions = NULL;
    return is_empty(view, &prefix) ? 0 : get_positions(view, TABLE_HEADS, &prefix, NULL, limit, WALK_DOWN, arena, out_positions);
}

// Has the open turn given this position, so that nothing was known of it before?
static bool is_new(const struct view *view, uint64_t position)
{
    return view->first_new != 0 && position >= view->first_new;
}

struct replies {
    struct reply *items;
    size_t count;
    size_t capacity;
};

// The text that begins at `at` and ends in a zero byte. Of replies in order many say the same; NULL: it does not end, or there is no memory.
static const char *take_text(struct view *view, struct arena *arena, struct bytes reply, size_t at, const char *before)
{
    const char *text = (const char *)reply.data + at;
    if (at >= reply.size || memchr(text, '\0', reply.size - at) == NULL) {
        schema_fail(&view->access, EBADMSG, "a stored reply");
        return NULL;
    }
    if (before != NULL && strcmp(before, text) == 0) {
        return before;
    }
    const char *copied = arena_copy_text(arena, text);
    return copied == NULL ? exhausted(view) : copied;
}

static bool grow_replies(struct view *view, struct arena *arena, struct replies *replies)
{
    if (replies->count < replies->capacity) {
        return true;
    }
    size_t capacity = replies->capacity == 0 ? 4 : 2 * replies->capacity;
    struct reply *items = take(view, arena, capacity, sizeof(*items));
    if (items == NULL) {
        return false;
    }
    if (replies->count > 0) {
        memcpy(items, replies->items, replies->count * sizeof(*items));
    }
    replies->items = items;
    replies->capacity = capacity;
    return true;
}

static bool add_reply(struct view *view, struct arena *arena, struct replies *replies, struct bytes reply, uint64_t position)
{
    if (!grow_replies(view, arena, replies)) {
        return false;
    }
    const struct reply *before = replies->count == 0 ? NULL : &replies->items[replies->count - 1];
    const char *kind = take_text(view, arena, reply, 0, before == NULL ? NULL : before->kind);
    const size_t author_at = kind == NULL ? 0 : strlen(kind) + 1;
    const char *author = kind == NULL ? NULL : take_text(view, arena, reply, author_at, before == NULL ? NULL : before->author);
    if (author == NULL) {
        return false;
    }
    const size_t time_at = author_at + strlen(author) + 1;
    if (reply.size != time_at + 8) {
        schema_fail(&view->access, EBADMSG, "a stored reply");
        return false;
    }
    const int64_t had_at = schema_get_i64(reply.data + time_at);
    replies->items[replies->count++] = (struct reply){position, had_at == INT64_MAX ? 0 : had_at, author, kind};
    return true;
}

// What stands in a key of `replies` between the two positions.
static bool add_found(struct view *view, struct arena *arena, struct replies *replies, struct bytes key)
{
    return add_reply(view, arena, replies, (struct bytes){key.data + 8, key.size - 16}, text_get_u64(key.data + key.size - 8));
}

static bool has_no_reply(const struct view *view, uint64_t position)
{
    return is_new(view, position) && !view->new_replied;
}

size_t view_replies(struct view *view, uint64_t position, const char *kind, const char *author, struct arena *arena, struct reply **out_replies)
{
    struct replies found = {0};
    struct key prefix = position_key(position);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    *out_replies = NULL;
    if (has_no_reply(view, position)) {
        return 0;
    }
    if (kind != NULL) {
        schema_add_text(&prefix, kind);
    }
    if (author != NULL) {
        schema_add_text(&prefix, author);
    }
    schema_walk_start(&walk, &view->access, TABLE_REPLIES, &prefix, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value) && add_found(view, arena, &found, key)) {
    }
    schema_walk_stop(&walk);
    *out_replies = found.items;
    return found.count;
}

// Behind all that the author of this reply said of its kind.
static struct key behind(uint64_t position, const struct reply *reply)
{
    struct key key = position_key(position);
    schema_add_text(&key, reply->kind);
    schema_add_text(&key, reply->author);
    schema_add_u64(&key, UINT64_MAX);
    schema_add_u64(&key, UINT64_MAX);
    return key;
}

size_t view_reply_firsts(struct view *view, uint64_t position, struct arena *arena, struct reply **out_replies)
{
    struct replies found = {0};
    struct key prefix = position_key(position);
    struct key from = prefix;
    bool more = !has_no_reply(view, position);
    while (more) {
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_walk_start(&walk, &view->access, TABLE_REPLIES, &prefix, &from, WALK_UP);
        more = schema_walk_next(&walk, &key, &value) && add_found(view, arena, &found, key);
        schema_walk_stop(&walk);
        if (more) {
            from = behind(position, &found.items[found.count - 1]);
        }
    }
    *out_replies = found.items;
    return found.count;
}

bool view_is_recalled(struct view *view, uint64_t position, const char *author, struct arena *arena)
{
    struct reply *recalls;
    return view_replies(view, position, "recall", author, arena, &recalls) > 0;
}

size_t view_awaiting(struct view *view, const char *author, struct bytes id, struct arena *arena, struct reply **out_replies)
{
    struct replies found = {0};
    struct key prefix = text_key(author);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_add_bytes(&prefix, id);
    schema_walk_start(&walk, &view->access, TABLE_AWAITED, &prefix, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value) && add_reply(view, arena, &found, value, text_get_u64(key.data + key.size - 8))) {
    }
    schema_walk_stop(&walk);
    *out_replies = found.items;
    return found.count;
}

// --------------------------------------------------------------------------------------------------- streams

static struct key stream_key(const char *peer, uint32_t stream)
{
    struct key key = text_key(peer);
    schema_add_u32(&key, stream);
    return key;
}

static struct key sequence_key(const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence)
{
    struct key key = stream_key(peer, stream);
    schema_add_u64(&key, epoch);
    schema_add_u64(&key, sequence);
    return key;
}

static struct stream_place get_place(struct view *view, enum table table, const char *peer, uint32_t stream, struct arena *arena)
{
    struct key key = stream_key(peer, stream);
    Record__StreamState *state = get(view, table, &key, &record__stream_state__descriptor, arena);
    return state != NULL ? (struct stream_place){state->epoch, state->last, state->settled} : (struct stream_place){0};
}

struct stream_place view_outgoing(struct view *view, const char *peer, uint32_t stream, struct arena *arena)
{
    return get_place(view, TABLE_OUTGOING, peer, stream, arena);
}

struct stream_place view_incoming(struct view *view, const char *peer, uint32_t stream, struct arena *arena)
{
    return get_place(view, TABLE_INCOMING, peer, stream, arena);
}

uint64_t view_outbox(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence)
{
    struct key key = sequence_key(peer, stream, epoch, sequence);
    return get_position(view, TABLE_OUTBOX, &key);
}

bool view_outbox_all(struct view *view, const char *peer, const struct stretch *stretch, struct arena *arena, uint64_t **out_positions)
{
    struct key prefix = stream_key(peer, stretch->stream);
    schema_add_u64(&prefix, stretch->epoch);
    struct key from = prefix;
    schema_add_u64(&from, stretch->from);
    must(stretch->from <= stretch->to);
    uint64_t *positions = take(view, arena, stretch->to - stretch->from + 1, sizeof(*positions));
    if (positions == NULL) {
        return false;
    }
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_OUTBOX, &prefix, &from, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        uint64_t sequence = text_get_u64(key.data + key.size - 8);
        if (sequence > stretch->to) {
            break;
        }
        positions[sequence - stretch->from] = value.size == 8 ? text_get_u64(value.data) : 0;
    }
    schema_walk_stop(&walk);
    *out_positions = positions;
    return true;
}

bool view_sent(struct view *view, uint64_t position, const char *peer, uint32_t *out_stream, uint64_t *out_epoch, uint64_t *out_sequence)
{
    struct key key = position_key(position);
    schema_add_text(&key, peer);
    struct bytes value;
    if (!schema_get(&view->access, TABLE_SENT, &key, &value) || value.size != 20) {
        return false;
    }
    *out_stream = text_get_u32(value.data);
    *out_epoch = text_get_u64(value.data + 4);
    *out_sequence = text_get_u64(value.data + 12);
    return true;
}

size_t view_recipients(struct view *view, uint64_t position, struct arena *arena, const char *const **out_agencies)
{
    struct list list = {0};
    struct key prefix = position_key(position);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_SENT, &prefix, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        char *agency = arena_copy_text(arena, (const char *)key.data + prefix.size);
        if (agency == NULL ? exhausted(view) == NULL : !add(view, arena, &list, agency)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_agencies = (const char *const *)list.items;
    return list.count;
}

Record__CursorMoved *view_run(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence, struct arena *arena)
{
    Record__CursorMoved *run = view->run;
    if (run != NULL && run->from <= sequence && sequence <= run->to && run->epoch == epoch && run->stream == stream && strcmp(run->peer, peer) == 0) {
        return run;
    }
    run = NULL;
    struct key prefix = stream_key(peer, stream);
    schema_add_u64(&prefix, epoch);
    struct key from = sequence_key(peer, stream, epoch, sequence);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_RUNS, &prefix, &from, WALK_DOWN);
    if (schema_walk_next(&walk, &key, &value)) {
        run = store_unpack(view, &record__cursor_moved__descriptor, value, arena);
    }
    schema_walk_stop(&walk);
    if (view->recent.arena == arena) {
        view->run = run;
    }
    return run != NULL && run->from <= sequence && sequence <= run->to ? run : NULL;
}

Record__StreamMoved *view_inbox(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence, struct arena *arena)
{
    struct key key = sequence_key(peer, stream, epoch, sequence);
    return get(view, TABLE_INBOX, &key, &record__stream_moved__descriptor, arena);
}

Record__DeliverySet *view_delivery(struct view *view, uint64_t position, const char *agency, struct arena *arena)
{
    struct key key = position_key(position);
    schema_add_text(&key, agency);
    return get(view, TABLE_DELIVERIES, &key, &record__delivery_set__descriptor, arena);
}

int64_t view_arrived_at(struct view *view, uint64_t position, const char *agency, struct arena *arena)
{
    uint32_t stream;
    uint64_t epoch;
    uint64_t sequence;
    if (is_new(view, position) || !view_sent(view, position, agency, &stream, &epoch, &sequence)) {
        return 0; // no receipt is older than what it tells of
    }
    Record__CursorMoved *run = view_run(view, agency, stream, epoch, sequence, arena);
    return run == NULL ? 0 : run->received_at;
}

// ---------------------------------------------------------------------------------------------------- duties

static struct key duty_key(uint64_t opening, unsigned slot, const char *duty)
{
    struct key key = position_key(opening);
    schema_add_u16(&key, (uint16_t)slot);
    schema_add_text(&key, duty);
    return key;
}

Record__DutySet *view_duty(struct view *view, uint64_t opening, unsigned slot, const char *duty, struct arena *arena)
{
    struct key key = duty_key(opening, slot, duty);
    if (is_new(view, opening)) {
        return recent_find(&view->recent, TABLE_DUTIES, &key);
    }
    return get(view, TABLE_DUTIES, &key, &record__duty_set__descriptor, arena);
}

size_t view_duties(struct view *view, uint64_t opening, struct arena *arena, Record__DutySet ***out_duties)
{
    struct key prefix = position_key(opening);
    return get_all(view, TABLE_DUTIES, &prefix, &record__duty_set__descriptor, arena, out_duties);
}

size_t view_ongoing(struct view *view, struct bytes matter, const char *kind, const char *author, int64_t since, struct arena *arena,
                    struct ongoing ***out_ongoing)
{
    struct list list = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    *out_ongoing = NULL;
    if (matter.size != ID_BYTES) {
        return 0;
    }
    struct key prefix = bytes_key(matter);
    schema_add_text(&prefix, kind);
    schema_add_text(&prefix, author);
    struct key from = prefix;
    schema_add_i64(&from, since);
    schema_walk_start(&walk, &view->access, TABLE_ONGOING, &prefix, &from, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        struct key duty = bytes_key((struct bytes){key.data + prefix.size + 8, key.size - prefix.size - 8});
        struct ongoing *ongoing = take(view, arena, 1, sizeof(*ongoing));
        if (ongoing == NULL) {
            break;
        }
        *ongoing = (struct ongoing){schema_get_i64(key.data + prefix.size), get(view, TABLE_DUTIES, &duty, &record__duty_set__descriptor, arena)};
        if (ongoing->duty == NULL || !add(view, arena, &list, ongoing)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_ongoing = (struct ongoing **)list.items;
    return list.count;
}

bool view_has_unheard(struct view *view, const char *debtor)
{
    struct key prefix = text_key(debtor);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_UNHEARD, &prefix, NULL, WALK_UP);
    bool found = schema_walk_next(&walk, &key, &value);
    schema_walk_stop(&walk);
    return found;
}

// The duty whose key ends an index row's, `skip` bytes in. False: there is none, which is damage, or no memory.
static bool add_indexed(struct view *view, struct bytes key, size_t skip, struct arena *arena, struct list *list)
{
    struct key duty = bytes_key((struct bytes){key.data + skip, key.size - skip});
    Record__DutySet *row = get(view, TABLE_DUTIES, &duty, &record__duty_set__descriptor, arena);
    return row != NULL && add(view, arena, list, row);
}

size_t view_unheard(struct view *view, const char *debtor, uint64_t *place, size_t limit, struct arena *arena, Record__DutySet ***out_duties)
{
    struct list list = {0};
    struct key prefix = text_key(debtor);
    struct key from = prefix;
    struct walk walk;
    struct bytes key;
    struct bytes value;
    uint64_t last = *place;
    schema_add_u64(&from, *place);
    *place = 0;
    schema_walk_start(&walk, &view->access, TABLE_UNHEARD, &prefix, &from, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        uint64_t opening = text_get_u64(key.data + prefix.size);
        if (list.count >= limit && opening != last) { // all duties of one opening stay together
            *place = opening;
            break;
        }
        last = opening;
        if (!add_indexed(view, key, prefix.size, arena, &list)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_duties = (Record__DutySet **)list.items;
    return list.count;
}

size_t view_due(struct view *view, int64_t until, size_t limit, struct arena *arena, Record__DutySet ***out_duties)
{
    struct list list = {0};
    struct key prefix = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_DUE, &prefix, NULL, WALK_UP);
    while (list.count < limit && schema_walk_next(&walk, &key, &value) && (int64_t)text_get_u64(key.data) <= until &&
           add_indexed(view, key, 8, arena, &list)) {
    }
    schema_walk_stop(&walk);
    *out_duties = (Record__DutySet **)list.items;
    return list.count;
}

int64_t view_next_due(struct view *view)
{
    struct key prefix = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    schema_walk_start(&walk, &view->access, TABLE_DUE, &prefix, NULL, WALK_UP);
    int64_t at = schema_walk_next(&walk, &key, &value) ? (int64_t)text_get_u64(key.data) : 0;
    schema_walk_stop(&walk);
    return at;
}

size_t view_all_duties(struct view *view, uint64_t *place, size_t limit, struct arena *arena, Record__DutySet ***out_duties)
{
    struct list list = {0};
    struct key prefix = {0};
    struct key from = position_key(*place);
    struct walk walk;
    struct bytes key;
    struct bytes value;
    uint64_t last = *place;
    *place = 0;
    schema_walk_start(&walk, &view->access, TABLE_DUTIES, &prefix, &from, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        uint64_t opening = text_get_u64(key.data);
        if (list.count >= limit && opening != last) { // all duties of one opening stay together
            *place = opening;
            break;
        }
        last = opening;
        Record__DutySet *row = store_unpack(view, &record__duty_set__descriptor, value, arena);
        if (row == NULL || !add(view, arena, &list, row)) {
            break;
        }
    }
    schema_walk_stop(&walk);
    *out_duties = (Record__DutySet **)list.items;
    return list.count;
}

// ------------------------------------------------------------------------------------------------- attachments

static struct key part_key(uint64_t position, unsigned part)
{
    struct key key = position_key(position);
    schema_add_u8(&key, (uint8_t)part);
    return key;
}

static void *unpack_row(struct view *view, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type, struct arena *arena)
{
    struct bytes value;
    return schema_get(&view->access, table, key, &value) ? store_unpack(view, type, value, arena) : NULL;
}

Record__Attached *view_attached(struct view *view, uint64_t position, unsigned part, struct arena *arena)
{
    const struct key key = part_key(position, part);
    return unpack_row(view, TABLE_ATTACHED, &key, &record__attached__descriptor, arena);
}

bool view_attached_name(const Record__Attached *attached, struct file_name *out_name)
{
    return attached != NULL && attached_name(attached->name, out_name);
}

Record__PartArrived *view_part_arrived(struct view *view, uint64_t position, unsigned part, const char *agency, struct arena *arena)
{
    struct key key = part_key(position, part);
    schema_add_text(&key, agency);
    return unpack_row(view, TABLE_ARRIVALS, &key, &record__part_arrived__descriptor, arena);
}

size_t view_part_arrivals(struct view *view, uint64_t position, unsigned part, struct arena *arena, Record__PartArrived ***out_arrivals)
{
    const struct key prefix = part_key(position, part);
    return get_all(view, TABLE_ARRIVALS, &prefix, &record__part_arrived__descriptor, arena, out_arrivals);
}

// Keys that end in a position and a part.
static size_t list_places(struct view *view, enum table table, const struct key *prefix, size_t limit, struct arena *arena,
                          struct part_place **out_places)
{
    struct part_place *places = take(view, arena, limit, sizeof(*places));
    size_t count = 0;
    struct walk walk;
    struct bytes key;
    struct bytes value;
    *out_places = places;
    if (places == NULL) {
        return 0;
    }
    schema_walk_start(&walk, &view->access, table, prefix, NULL, WALK_UP);
    while (count < limit && schema_walk_next(&walk, &key, &value) && key.size >= prefix->size + 9) {
        const uint8_t *end = key.data + key.size;
        places[count++] = (struct part_place){.position = text_get_u64(end - 9), .part = end[-1], .urgent = table == TABLE_FETCHES && end[-10] == 0};
    }
    schema_walk_stop(&walk);
    return count;
}

size_t view_fetches(struct view *view, const char *peer, size_t limit, struct arena *arena, struct part_place **out_places)
{
    const struct key prefix = text_key(peer);
    return list_places(view, TABLE_FETCHES, &prefix, limit, arena, out_places);
}

size_t view_untold(struct view *view, const char *peer, size_t limit, struct arena *arena, struct part_place **out_places)
{
    const struct key prefix = text_key(peer);
    return list_places(view, TABLE_UNTOLD, &prefix, limit, arena, out_places);
}

static struct key file_key(const struct file_name *name)
{
    struct key key;
    schema_start(&key);
    attached_add_name(&key, name);
    return key;
}

bool view_has_file(struct view *view, const struct file_name *name)
{
    const struct key key = file_key(name);
    struct bytes value;
    return schema_get(&view->access, TABLE_FILES, &key, &value);
}

size_t view_file_uses(struct view *view, const struct file_name *name, size_t limit, struct arena *arena, struct part_place **out_places)
{
    const struct key prefix = file_key(name);
    return list_places(view, TABLE_USES, &prefix, limit, arena, out_places);
}

static struct file_name read_name(const uint8_t *at)
{
    struct file_name name = {.suite = (enum suite)at[0], .size = text_get_u64(at + 1 + DIGEST_BYTES)};
    memcpy(name.root.bytes, at + 1, DIGEST_BYTES);
    return name;
}

enum { NAME_BYTES = 1 + DIGEST_BYTES + 8 };

static size_t list_names(struct view *view, struct walk *walk, size_t skip, int64_t until, size_t limit, struct arena *arena,
                         struct file_name **out_names)
{
    struct file_name *names = take(view, arena, limit, sizeof(*names));
    size_t count = 0;
    struct bytes key;
    struct bytes value;
    *out_names = names;
    while (names != NULL && count < limit && schema_walk_next(walk, &key, &value) && key.size == skip + NAME_BYTES &&
           (skip == 0 || schema_get_i64(key.data) <= until)) {
        names[count++] = read_name(key.data + skip);
    }
    schema_walk_stop(walk);
    return count;
}

size_t view_files(struct view *view, const struct file_name *from, size_t limit, struct arena *arena, struct file_name **out_names)
{
    const struct key all = {0};
    const struct key start = from == NULL ? all : file_key(from);
    struct walk walk;
    schema_walk_start(&walk, &view->access, TABLE_FILES, &all, from == NULL ? NULL : &start, WALK_UP);
    return list_names(view, &walk, 0, 0, limit, arena, out_names);
}

size_t view_unused(struct view *view, int64_t until, size_t limit, struct arena *arena, struct file_name **out_names)
{
    const struct key all = {0};
    struct walk walk;
    schema_walk_start(&walk, &view->access, TABLE_UNUSED, &all, NULL, WALK_UP);
    return list_names(view, &walk, 8, until, limit, arena, out_names);
}

bool view_find_file(struct view *view, struct bytes root, struct file_name *out_name)
{
    static const enum suite suites[] = {SUITE_ED25519_SHA256, SUITE_SM2_SM3};
    bool found = false;
    for (size_t i = 0; !found && root.size == DIGEST_BYTES && i < sizeof(suites) / sizeof(suites[0]); i++) {
        struct key prefix;
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_start(&prefix);
        schema_add_u8(&prefix, (uint8_t)suites[i]);
        schema_add_bytes(&prefix, root);
        schema_walk_start(&walk, &view->access, TABLE_FILES, &prefix, NULL, WALK_UP);
        if (schema_walk_next(&walk, &key, &value) && key.size == NAME_BYTES) {
            *out_name = read_name(key.data);
            found = true;
        }
        schema_walk_stop(&walk);
    }
    return found;
}
