// SPDX-License-Identifier: Apache-2.0
#include "store/commit.h"

#include <errno.h>
#include <string.h>

#include "wire/identity.h"
#include "wire/kinds.h"
#include "wire/text.h"

#include "base/fail.h"
#include "law/civil.h"
#include "law/obligation.h"
#include "store/attached.h"
#include "store/inside.h"
#include "store/journal.h"
#include "store/ongoing.h"

struct writer {
    struct store *store;
    struct access *access;
    struct arena *arena;
    struct bytes packed; // the message of the fact at hand
};

// Rules read a row back as it was written, without unpacking it, as long as the turn lasts.
static void keep(struct writer *writer, enum table table, const struct key *key, void *object)
{
    struct recent *recent = &writer->store->writing.recent;
    if (recent->arena == writer->arena) {
        recent_keep(recent, table, key, object);
    }
}

// A row that facts add up to.
static void put_message(struct writer *writer, enum table table, const struct key *key, const ProtobufCMessage *message)
{
    struct bytes packed = decode_pack(message, writer->arena);
    if (packed.data == NULL) {
        schema_fail(writer->access, ENOMEM, "a row");
        return;
    }
    schema_put(writer->access, table, key, packed);
    keep(writer, table, key, (void *)message);
}

// A row that is the message of the fact at hand.
static void put_fact(struct writer *writer, enum table table, const struct key *key, const ProtobufCMessage *message)
{
    schema_put(writer->access, table, key, writer->packed);
    keep(writer, table, key, (void *)message);
}

static void put_nothing(struct writer *writer, enum table table, const struct key *key)
{
    schema_put(writer->access, table, key, (struct bytes){(const uint8_t *)"", 0});
}

static void *get_message(struct writer *writer, enum table table, const struct key *key, const ProtobufCMessageDescriptor *type)
{
    struct bytes value;
    void *message = recent_find(&writer->store->writing.recent, table, key);
    if (message == NULL && schema_get(writer->access, table, key, &value)) {
        message = store_unpack(&writer->store->writing, type, value, writer->arena);
    }
    return message == recent_absent ? NULL : message;
}

static struct key key_position(uint64_t position)
{
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, position);
    return key;
}

static struct key key_stream(const char *peer, uint32_t stream)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, peer);
    schema_add_u32(&key, stream);
    return key;
}

static struct key key_sequence(const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence)
{
    struct key key = key_stream(peer, stream);
    schema_add_u64(&key, epoch);
    schema_add_u64(&key, sequence);
    return key;
}

static struct key key_identity(const char *author, struct bytes id)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, author);
    schema_add_bytes(&key, id);
    return key;
}

static void put_position(struct writer *writer, enum table table, const struct key *key, uint64_t position)
{
    uint8_t value[8];
    text_put_u64(value, position);
    schema_put(writer->access, table, key, (struct bytes){value, sizeof(value)});
}

static uint64_t get_position(struct writer *writer, enum table table, const struct key *key)
{
    struct bytes value;
    return schema_get(writer->access, table, key, &value) && value.size == 8 ? text_get_u64(value.data) : 0;
}

// ------------------------------------------------------------------------------------------------ statements

static struct key key_part(uint64_t position, unsigned number)
{
    struct key key = key_position(position);
    schema_add_u8(&key, (uint8_t)number);
    return key;
}

static void put_parts(struct access *access, uint64_t position, const struct material *material)
{
    for (unsigned i = 0; i < material->part_count; i++) {
        const struct envelope_part *part = &material->parts[i];
        if (part->form != PART_WITHHELD) { // of an attachment there is the salt alone
            struct key key = key_part(position, i + 1);
            const struct bytes pieces[] = {{part->salt, SALT_BYTES}, part->content};
            schema_put_pieces(access, TABLE_PARTS, &key, pieces, 2);
        }
    }
}

// Parts of our own are written when the turn is sealed, behind their proof, so that pages are filled in order; until then they are met here.
static void keep_parts(struct writer *writer, uint64_t position, const struct material *material)
{
    for (unsigned i = 0; i < material->part_count; i++) {
        struct key key = key_part(position, i + 1);
        keep(writer, TABLE_PARTS, &key, (void *)&material->parts[i]);
    }
}

static void put_reply(struct writer *writer, uint64_t target, struct bytes reply, uint64_t position)
{
    struct view *view = &writer->store->writing;
    view->new_replied = view->new_replied || target >= view->first_new;
    struct key key = key_position(target);
    schema_add_bytes(&key, reply);
    schema_add_u64(&key, position);
    put_nothing(writer, TABLE_REPLIES, &key);
}

// As schema.h has it.
static void describe_reply(const Wire__Header *header, struct key *out_reply)
{
    const int64_t had_at = header->in_reply_to->received_at;
    schema_start(out_reply);
    schema_add_text(out_reply, header->kind);
    schema_add_text(out_reply, header->author);
    schema_add_i64(out_reply, had_at == 0 ? INT64_MAX : had_at);
}

static void link_reply(struct writer *writer, const struct held *held)
{
    const Wire__Header *header = held->header;
    struct key reply;
    if (header->in_reply_to == NULL) {
        return;
    }
    describe_reply(header, &reply);
    struct key target = key_identity(header->in_reply_to->author, decode_bytes(header->in_reply_to->id));
    uint64_t position = get_position(writer, TABLE_IDENTITIES, &target);
    if (position != 0) {
        put_reply(writer, position, (struct bytes){reply.bytes, reply.size}, held->position);
        return;
    }
    schema_add_u64(&target, held->position);
    schema_put(writer->access, TABLE_AWAITED, &target, (struct bytes){reply.bytes, reply.size});
}

// Statements may come before those they reply to; when the latter comes, what waited for it is linked.
static void link_awaited(struct writer *writer, const struct held *held)
{
    if (schema_is_empty(writer->access, TABLE_AWAITED)) {
        return; // as nearly always
    }
    enum { BATCH = 64 };
    struct key prefix = key_identity(held->header->author, decode_bytes(held->header->id));
    for (;;) {
        struct { uint64_t position; struct bytes reply; } found[BATCH];
        size_t count = 0;
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_walk_start(&walk, writer->access, TABLE_AWAITED, &prefix, NULL, WALK_UP);
        while (count < BATCH && schema_walk_next(&walk, &key, &value)) {
            found[count].position = text_get_u64(key.data + key.size - 8);
            found[count].reply = arena_copy_bytes(writer->arena, value); // what is written next may move it
            bool fits = value.size <= SCHEMA_KEY_BYTES - 2 * sizeof(uint64_t);
            if (!fits || found[count].reply.data == NULL) {
                schema_fail(writer->access, fits ? ENOMEM : EBADMSG, "a reply");
                break;
            }
            count++;
        }
        schema_walk_stop(&walk);
        for (size_t i = 0; i < count; i++) {
            struct key waiting = prefix;
            schema_add_u64(&waiting, found[i].position);
            schema_remove(writer->access, TABLE_AWAITED, &waiting);
            put_reply(writer, held->position, found[i].reply, found[i].position);
        }
        if (count < BATCH) {
            return;
        }
    }
}

static bool has_matter(const Wire__Header *header)
{
    static const uint8_t zero[ID_BYTES];
    return header->matter.len == ID_BYTES && memcmp(header->matter.data, zero, ID_BYTES) != 0;
}

static void link_first(struct writer *writer, const struct held *held, const struct key *matter)
{
    struct key key = *matter;
    struct bytes value;
    schema_add_text(&key, held->header->compact);
    if (!schema_get(writer->access, TABLE_FIRSTS, &key, &value)) {
        put_position(writer, TABLE_FIRSTS, &key, held->position);
    }
}

static void link_matter(struct writer *writer, const struct held *held)
{
    const Wire__Header *header = held->header;
    struct key key;
    schema_start(&key);
    schema_add_bytes(&key, decode_bytes(header->matter));
    recent_drop(&writer->store->writing.recent, TABLE_MATTERS, &key); // something is held of it now
    link_first(writer, held, &key);
    schema_add_text(&key, header->kind);
    schema_add_i64(&key, civil_clamp(held->sealed_at));
    schema_add_u64(&key, held->position);
    put_nothing(writer, TABLE_MATTERS, &key);

    struct key head;
    schema_start(&head);
    schema_add_bytes(&head, decode_bytes(header->matter));
    schema_add_u64(&head, held->position);
    put_nothing(writer, TABLE_HEADS, &head);
    for (size_t i = 0; i < header->n_cites; i++) {
        struct key cited = key_identity(header->cites[i]->author, decode_bytes(header->cites[i]->id));
        uint64_t position = get_position(writer, TABLE_IDENTITIES, &cited);
        if (position != 0) {
            struct key old;
            schema_start(&old);
            schema_add_bytes(&old, decode_bytes(header->matter));
            schema_add_u64(&old, position);
            schema_remove(writer->access, TABLE_HEADS, &old);
        }
    }
}

static void keep_held(struct writer *writer, const struct key *key, const Record__StatementHeld *row, const Wire__Header *header)
{
    struct held *held = arena_take(writer->arena, sizeof(*held)); // those who hold the one met go on with it as it was
    if (held == NULL) {
        schema_fail(writer->access, ENOMEM, "a statement");
        return;
    }
    view_fill_held(held, row, header);
    keep(writer, TABLE_STATEMENTS, key, held);
}

// The row of a statement that the turn may have met already; the header it was met with stays.
static void change_held(struct writer *writer, const Record__StatementHeld *row)
{
    struct key key = key_position(row->position);
    const struct held *met = recent_find(&writer->store->writing.recent, TABLE_STATEMENTS, &key);
    struct bytes packed = decode_pack(&row->base, writer->arena);
    if (packed.data == NULL) {
        schema_fail(writer->access, ENOMEM, "a row");
        return;
    }
    schema_put(writer->access, TABLE_STATEMENTS, &key, packed);
    if (met != NULL) {
        keep_held(writer, &key, row, met->header);
    }
}

static void link_published(struct writer *writer, const struct held *held)
{
    const struct kind *kind = kinds_find(held->header->kind);
    if (kind == NULL || (kind->marks & KIND_PUBLISHABLE) == 0) {
        return;
    }
    struct key key;
    schema_start(&key);
    schema_add_u8(&key, strcmp(kind->name, "catalogue.entry") == 0);
    schema_add_text(&key, held->header->author);
    schema_add_u64(&key, held->position);
    put_nothing(writer, TABLE_PUBLISHED, &key);
}

static void put_indices(struct writer *writer, const struct held *held)
{
    const Wire__Header *header = held->header;
    struct key key = key_identity(header->author, decode_bytes(header->id));
    put_position(writer, TABLE_IDENTITIES, &key, held->position);
    if (header->source != NULL) {
        schema_start(&key);
        schema_add_text(&key, header->author);
        schema_add_text(&key, header->source->system);
        schema_add_text(&key, header->source->record);
        put_position(writer, TABLE_SOURCES, &key, held->position);
    }
    if (header->n_to == 0) {
        link_published(writer, held);
    }
    link_reply(writer, held);
    link_awaited(writer, held);
    if (has_matter(header)) {
        link_matter(writer, held);
    }
}

static void apply_statement(struct writer *writer, const Record__StatementHeld *row, const struct material *material)
{
    must(row->position == writer->store->working.message.next_position && material != NULL && material->header != NULL);
    writer->store->working.message.next_position++;
    if (material->seal != NULL) {
        commit_put_proof(writer->store, row->position, material->proof, material);
        commit_put_seal(writer->store, material->seal);
    } else {
        keep_parts(writer, row->position, material);
    }
    struct key key = key_position(row->position);
    schema_put(writer->access, TABLE_STATEMENTS, &key, writer->packed);
    keep_held(writer, &key, row, material->header);
    struct held held;
    view_fill_held(&held, row, material->header);
    put_indices(writer, &held);
}

static Record__StatementHeld *get_row(struct writer *writer, uint64_t position)
{
    struct key key = key_position(position);
    struct bytes value;
    return schema_get(writer->access, TABLE_STATEMENTS, &key, &value)
               ? store_unpack(&writer->store->writing, &record__statement_held__descriptor, value, writer->arena)
               : NULL;
}

static void apply_completed(struct writer *writer, const Record__PartsCompleted *completed, const struct material *material)
{
    if (material != NULL) {
        put_parts(writer->access, completed->position, material);
    }
    Record__StatementHeld *row = get_row(writer, completed->position);
    if (row != NULL && completed->received_at != 0) {
        row->enclosed = false;
        row->received_at = completed->received_at;
        row->carrier = completed->carrier;
        change_held(writer, row);
    }
}

static void apply_marked(struct writer *writer, const Record__MessageMarked *marked)
{
    Record__StatementHeld *row = get_row(writer, marked->position);
    if (row == NULL) {
        return;
    }
    char **marks = arena_take_array(writer->arena, row->n_marks + 1, sizeof(char *));
    if (marks == NULL) {
        schema_fail(writer->access, ENOMEM, "marks");
        return;
    }
    if (row->n_marks > 0) {
        memcpy(marks, row->marks, row->n_marks * sizeof(char *));
    }
    marks[row->n_marks++] = marked->mark;
    row->marks = marks;
    change_held(writer, row);
    if (strcmp(marked->mark, "recalled") == 0) {
        attached_recall(writer->store, writer->arena, marked->position);
    }
}

static void apply_erased(struct writer *writer, const Record__PartsErased *erased)
{
    for (unsigned i = 1; i <= LIMIT_PARTS; i++) {
        struct key key = key_part(erased->position, i);
        schema_remove(writer->access, TABLE_PARTS, &key);
    }
    attached_erase(writer->store, writer->arena, erased->position);
}

// --------------------------------------------------------------------------------------------------- streams

static Record__StreamState *get_stream(struct writer *writer, enum table table, const struct key *key, uint64_t epoch)
{
    Record__StreamState *state = get_message(writer, table, key, &record__stream_state__descriptor);
    if (state == NULL || state->epoch != epoch) {
        state = arena_take(writer->arena, sizeof(*state));
        if (state == NULL) {
            schema_fail(writer->access, ENOMEM, "stream");
            return NULL;
        }
        record__stream_state__init(state);
        state->epoch = epoch;
    }
    return state;
}

static void apply_queued(struct writer *writer, const Record__Queued *queued)
{
    struct key key = key_sequence(queued->peer, queued->stream, queued->epoch, queued->sequence);
    uint8_t position[8];
    text_put_u64(position, queued->position);
    schema_put(writer->access, TABLE_OUTBOX, &key, (struct bytes){position, sizeof(position)});

    key = key_position(queued->position);
    schema_add_text(&key, queued->peer);
    uint8_t place[20];
    text_put_u32(place, queued->stream);
    text_put_u64(place + 4, queued->epoch);
    text_put_u64(place + 12, queued->sequence);
    schema_put(writer->access, TABLE_SENT, &key, (struct bytes){place, sizeof(place)});

    key = key_stream(queued->peer, queued->stream);
    Record__StreamState *state = get_stream(writer, TABLE_OUTGOING, &key, queued->epoch);
    if (state != NULL) {
        state->last = queued->sequence;
        put_message(writer, TABLE_OUTGOING, &key, &state->base);
    }
}

static void settle(struct writer *writer, const char *peer, uint32_t stream, uint64_t epoch, uint64_t to)
{
    struct key key = key_stream(peer, stream);
    Record__StreamState *state = get_stream(writer, TABLE_OUTGOING, &key, epoch);
    if (state != NULL && to > state->settled) {
        state->settled = to;
        put_message(writer, TABLE_OUTGOING, &key, &state->base);
    }
}

static void apply_cursor(struct writer *writer, const Record__CursorMoved *moved)
{
    writer->store->writing.run = NULL;
    if (moved->receipt != 0 && moved->received_at != 0) {
        struct key key = key_sequence(moved->peer, moved->stream, moved->epoch, moved->from);
        put_fact(writer, TABLE_RUNS, &key, &moved->base);
    }
    settle(writer, moved->peer, moved->stream, moved->epoch, moved->to);
}

static Record__PeerState *get_peer_state(struct writer *writer, const struct key *key)
{
    Record__PeerState *state = get_message(writer, TABLE_PEERSTATES, key, &record__peer_state__descriptor);
    if (state == NULL) {
        state = arena_take(writer->arena, sizeof(*state));
        if (state == NULL) {
            schema_fail(writer->access, ENOMEM, "peer state");
            return NULL;
        }
        record__peer_state__init(state);
    }
    return state;
}

static struct key key_agency(const char *agency)
{
    struct key key;
    schema_start(&key);
    schema_add_text(&key, agency);
    return key;
}

static void count_refusal(struct writer *writer, const char *peer, int in)
{
    struct key key = key_agency(peer);
    Record__PeerState *state = get_peer_state(writer, &key);
    if (state != NULL) {
        state->refused_in += in != 0;
        state->refused_out += in == 0;
        put_message(writer, TABLE_PEERSTATES, &key, &state->base);
    }
}

static void apply_stream(struct writer *writer, const Record__StreamMoved *moved)
{
    struct key key = key_sequence(moved->peer, moved->stream, moved->epoch, moved->sequence);
    put_fact(writer, TABLE_INBOX, &key, &moved->base);
    key = key_stream(moved->peer, moved->stream);
    Record__StreamState *state = get_stream(writer, TABLE_INCOMING, &key, moved->epoch);
    if (state != NULL) {
        state->last = moved->sequence;
        put_message(writer, TABLE_INCOMING, &key, &state->base);
    }
    if (moved->refusal_code[0] != '\0') {
        count_refusal(writer, moved->peer, 1);
    }
}

static void apply_delivery(struct writer *writer, const Record__DeliverySet *delivery)
{
    struct key key = key_position(delivery->position);
    schema_add_text(&key, delivery->agency);
    put_fact(writer, TABLE_DELIVERIES, &key, &delivery->base);
    if (delivery->code[0] != '\0') {
        count_refusal(writer, delivery->agency, 0);
        attached_refuse(writer->store, writer->arena, delivery->position, delivery->agency);
    }
}

// ---------------------------------------------------------------------------------------------------- duties

static void add_duty(struct key *key, const Record__DutySet *duty)
{
    schema_add_u64(key, duty->opening);
    schema_add_u16(key, (uint16_t)duty->slot);
    schema_add_text(key, duty->duty);
}

static struct key key_due(const Record__DutySet *duty)
{
    struct key key;
    schema_start(&key);
    schema_add_u64(&key, (uint64_t)duty->next_at);
    add_duty(&key, duty);
    return key;
}

static void change_unheard(struct writer *writer, const Record__DutySet *duty, void (*change)(struct writer *, enum table, const struct key *))
{
    if (duty->state != OBLIGATION_UNHEARD || duty->onlooker) {
        return;
    }
    for (size_t i = 0; i < duty->n_owing; i++) {
        struct key key = key_agency(duty->owing[i]);
        add_duty(&key, duty);
        change(writer, TABLE_UNHEARD, &key);
    }
}

static void remove_key(struct writer *writer, enum table table, const struct key *key)
{
    schema_remove(writer->access, table, key);
}

static void count_duty(struct writer *writer, const Record__DutySet *duty, uint64_t change)
{
    Record__State *state = &writer->store->working.message;
    if (!obligation_state_is_closed((enum obligation_state)duty->state)) {
        state->open_duties += change;
    }
    if (duty->light == LIGHT_AMBER) {
        state->amber += change;
    }
    if (duty->light == LIGHT_RED) {
        state->red += change;
    }
}

static struct key key_ongoing(const Wire__Header *opening, const struct ongoing_row *row, const Record__DutySet *duty)
{
    struct key key;
    schema_start(&key);
    schema_add_bytes(&key, decode_bytes(opening->matter));
    schema_add_text(&key, row->kind);
    schema_add_text(&key, row->author);
    schema_add_i64(&key, row->until);
    add_duty(&key, duty);
    return key;
}

static bool same_ongoing(const struct ongoing_row *left, size_t left_count, const struct ongoing_row *right, size_t right_count)
{
    bool same = left_count == right_count;
    for (size_t i = 0; same && i < left_count; i++) {
        same = left[i].until == right[i].until; // the rest is the rule's and the opening's
    }
    return same;
}

static void move_ongoing(struct writer *writer, const Record__DutySet *old, const Record__DutySet *duty, const Wire__Header *opening)
{
    const struct procedure *procedure = view_procedure(&writer->store->writing, decode_bytes(opening->procedure), writer->arena);
    const struct duty_rule *rule = procedure == NULL ? NULL : procedure_duty(procedure, duty->duty);
    struct ongoing_row *before = rule == NULL ? NULL : arena_take_array(writer->arena, ongoing_most(rule), sizeof(*before));
    struct ongoing_row *after = rule == NULL ? NULL : arena_take_array(writer->arena, ongoing_most(rule), sizeof(*after));
    if (before == NULL || after == NULL) {
        schema_fail(writer->access, rule == NULL ? EBADMSG : ENOMEM, "a duty's rule");
        return;
    }
    size_t before_count = ongoing_list(rule, opening, old, before);
    size_t after_count = ongoing_list(rule, opening, duty, after);
    if (same_ongoing(before, before_count, after, after_count)) {
        return;
    }
    for (size_t i = 0; i < before_count; i++) {
        struct key key = key_ongoing(opening, &before[i], old);
        schema_remove(writer->access, TABLE_ONGOING, &key);
    }
    for (size_t i = 0; i < after_count; i++) {
        struct key key = key_ongoing(opening, &after[i], duty);
        put_nothing(writer, TABLE_ONGOING, &key);
    }
}

static void apply_duty(struct writer *writer, const Record__DutySet *duty, const struct material *material)
{
    struct key key;
    schema_start(&key);
    add_duty(&key, duty);
    const Record__DutySet *old = view_duty(&writer->store->writing, duty->opening, duty->slot, duty->duty, writer->arena);
    if (old != NULL) {
        count_duty(writer, old, (uint64_t)-1);
        change_unheard(writer, old, remove_key);
        if (old->next_at != 0 && old->next_at != duty->next_at) {
            struct key due = key_due(old);
            schema_remove(writer->access, TABLE_DUE, &due);
        }
    }
    put_fact(writer, TABLE_DUTIES, &key, &duty->base);
    count_duty(writer, duty, 1);
    change_unheard(writer, duty, put_nothing);
    if (duty->next_at != 0 && (old == NULL || old->next_at != duty->next_at)) {
        struct key due = key_due(duty);
        put_nothing(writer, TABLE_DUE, &due);
    }
    if (duty->ongoing) {
        must(material != NULL && material->header != NULL);
        move_ongoing(writer, old, duty, material->header);
    }
}

// ----------------------------------------------------------------------------------------------------- others

static void apply_offered(struct writer *writer, const Record__OfferedHeard *offered)
{
    struct key key = key_agency(offered->peer);
    Record__PeerState *state = get_peer_state(writer, &key);
    if (state != NULL && offered->up_to > state->offered_up_to) {
        state->offered_up_to = offered->up_to;
        put_message(writer, TABLE_PEERSTATES, &key, &state->base);
    }
}

static void apply_seen(struct writer *writer, const Record__SeenMoved *seen)
{
    struct key key = key_agency(seen->peer);
    Record__PeerState *state = get_peer_state(writer, &key);
    if (state != NULL) {
        state->seen = (Record__SeenMoved *)seen;
        put_message(writer, TABLE_PEERSTATES, &key, &state->base);
    }
}

static void apply_allowance(struct writer *writer, const Record__AllowanceSpent *spent)
{
    struct key key = key_agency(spent->peer);
    Record__PeerState *state = get_peer_state(writer, &key);
    if (state != NULL) {
        state->spent_until = spent->until;
        put_message(writer, TABLE_PEERSTATES, &key, &state->base);
    }
}

static void apply_epoch(struct writer *writer, const Record__EpochOpened *epoch)
{
    writer->store->working.message.epoch = epoch->epoch;
    writer->store->working.message.last_sealed = 0;
}

static void apply_keyed(struct writer *writer, enum table table, struct key key, const ProtobufCMessage *message)
{
    put_fact(writer, table, &key, message);
}

// Agencies are met with their cards opened, so the new card is opened when it is next asked for.
static void apply_peer(struct writer *writer, const Record__PeerSet *peer)
{
    struct key key = key_agency(peer->agency);
    schema_put(writer->access, TABLE_PEERS, &key, writer->packed);
    recent_drop(&writer->store->writing.recent, TABLE_PEERS, &key);
}

// With it changes the list of all.
static void apply_compact(struct writer *writer, const Record__CompactSet *compact)
{
    const struct key all = {0};
    struct key key = key_agency(compact->id);
    put_fact(writer, TABLE_COMPACTS, &key, &compact->base);
    recent_drop(&writer->store->writing.recent, TABLE_COMPACTS, &all);
}

// With it changes the list of all.
static void apply_subscription(struct writer *writer, const Record__SubscriptionSet *subscription)
{
    const struct key all = {0};
    struct key key = key_agency(subscription->peer);
    schema_add_u64(&key, subscription->request);
    put_fact(writer, TABLE_SUBSCRIBED, &key, &subscription->base);
    recent_drop(&writer->store->writing.recent, TABLE_SUBSCRIBED, &all);
}

static struct key key_alarm(const char *code, const char *agency)
{
    struct key key = key_agency(code);
    schema_add_text(&key, agency);
    return key;
}

static void apply_removed(struct writer *writer, const Record__OfficerRemoved *removed)
{
    struct key key = key_agency(removed->certificate);
    schema_remove(writer->access, TABLE_OFFICERS, &key);
    recent_drop(&writer->store->writing.recent, TABLE_OFFICERS, &key);
}

static void apply_cleared(struct writer *writer, const Record__AlarmCleared *cleared)
{
    struct key key = key_alarm(cleared->code, cleared->agency);
    schema_remove(writer->access, TABLE_ALARMS, &key);
    recent_drop(&writer->store->writing.recent, TABLE_ALARMS, &key);
}

static struct key key_bytes(ProtobufCBinaryData data)
{
    struct key key;
    schema_start(&key);
    schema_add_bytes(&key, decode_bytes(data));
    return key;
}

// A fact is packed once, for the turn's record and for the row that its message is.
static bool pack(struct writer *writer, const Record__Effect *fact)
{
    Record__Effect *effects[] = {(Record__Effect *)fact};
    Record__Turn alone = RECORD__TURN__INIT;
    alone.n_effects = 1;
    alone.effects = effects;
    struct bytes packed = decode_pack(&alone.base, writer->arena);
    if (packed.data == NULL || !recent_record(&writer->store->writing.recent, packed)) {
        schema_fail(writer->access, ENOMEM, "a fact");
        return false;
    }
    size_t at = 0;
    for (unsigned left = 4; left > 0 && at < packed.size; at++) { // tag and length of the effect, and of the message in it
        left -= (packed.data[at] & 0x80) == 0;
    }
    writer->packed = (struct bytes){packed.data + at, packed.size - at};
    return true;
}

void commit_apply(struct store *store, struct arena *arena, const Record__Effect *fact, const struct material *material)
{
    struct writer writer = {store, &store->writing.access, arena, {0}};
    if (!pack(&writer, fact)) {
        return;
    }
    switch (fact->is_case) {
    case RECORD__EFFECT__IS_STATEMENT:
        apply_statement(&writer, fact->statement, material);
        return;
    case RECORD__EFFECT__IS_COMPLETED:
        apply_completed(&writer, fact->completed, material);
        return;
    case RECORD__EFFECT__IS_QUEUED:
        apply_queued(&writer, fact->queued);
        return;
    case RECORD__EFFECT__IS_CURSOR:
        apply_cursor(&writer, fact->cursor);
        return;
    case RECORD__EFFECT__IS_STREAM:
        apply_stream(&writer, fact->stream);
        return;
    case RECORD__EFFECT__IS_DUTY:
        apply_duty(&writer, fact->duty, material);
        return;
    case RECORD__EFFECT__IS_DELIVERY:
        apply_delivery(&writer, fact->delivery);
        return;
    case RECORD__EFFECT__IS_PEER:
        apply_peer(&writer, fact->peer);
        return;
    case RECORD__EFFECT__IS_OFFICER:
        apply_keyed(&writer, TABLE_OFFICERS, key_agency(fact->officer->certificate), &fact->officer->base);
        return;
    case RECORD__EFFECT__IS_REMOVED:
        apply_removed(&writer, fact->removed);
        return;
    case RECORD__EFFECT__IS_TEXT:
        apply_keyed(&writer, TABLE_TEXTS, key_bytes(fact->text->digest), &fact->text->base);
        return;
    case RECORD__EFFECT__IS_COMPACT:
        apply_compact(&writer, fact->compact);
        return;
    case RECORD__EFFECT__IS_EPOCH:
        apply_epoch(&writer, fact->epoch);
        return;
    case RECORD__EFFECT__IS_PARTS:
        apply_erased(&writer, fact->parts);
        return;
    case RECORD__EFFECT__IS_OFFERED:
        apply_offered(&writer, fact->offered);
        return;
    case RECORD__EFFECT__IS_ALARM:
        apply_keyed(&writer, TABLE_ALARMS, key_alarm(fact->alarm->code, fact->alarm->agency), &fact->alarm->base);
        return;
    case RECORD__EFFECT__IS_CLEARED:
        apply_cleared(&writer, fact->cleared);
        return;
    case RECORD__EFFECT__IS_LAW:
        apply_keyed(&writer, TABLE_LAW, key_agency("law"), &fact->law->base);
        return;
    case RECORD__EFFECT__IS_SEEN:
        apply_seen(&writer, fact->seen);
        return;
    case RECORD__EFFECT__IS_MARKED:
        apply_marked(&writer, fact->marked);
        return;
    case RECORD__EFFECT__IS_ALLOWANCE:
        apply_allowance(&writer, fact->allowance);
        return;
    case RECORD__EFFECT__IS_SUBSCRIPTION:
        apply_subscription(&writer, fact->subscription);
        return;
    case RECORD__EFFECT__IS_FILE:
        attached_put_file(store, arena, fact->file);
        return;
    case RECORD__EFFECT__IS_AWAITED:
        attached_await(store, arena, fact->awaited);
        return;
    case RECORD__EFFECT__IS_WHOLE:
        attached_put_whole(store, arena, fact->whole);
        return;
    case RECORD__EFFECT__IS_PART_ARRIVED:
        attached_put_arrival(store, arena, fact->part_arrived);
        return;
    case RECORD__EFFECT__IS_REFUSED: // evidence that stands in the journal alone
    case RECORD__EFFECT__IS_LINK:
    case RECORD__EFFECT__IS__NOT_SET:
        return;
    case _RECORD__EFFECT__IS__CASE_IS_INT_SIZE:
        break;
    }
    schema_fail(writer.access, EBADMSG, "an effect of an unknown kind");
}

void commit_put_seal(struct store *store, const uint8_t seal[SEAL_BYTES])
{
    struct seal decoded;
    must(seal_decode(seal, &decoded));
    struct key key;
    schema_start(&key);
    schema_add_text(&key, decoded.agency);
    schema_add_u64(&key, decoded.epoch);
    schema_add_u64(&key, decoded.turn);
    struct bytes held;
    if (!schema_get(&store->writing.access, TABLE_SEALS, &key, &held)) {
        schema_put(&store->writing.access, TABLE_SEALS, &key, (struct bytes){seal, SEAL_BYTES});
    }
}

void commit_put_proof(struct store *store, uint64_t position, struct bytes proof, const struct material *material)
{
    struct key key = key_part(position, 0);
    schema_put(&store->writing.access, TABLE_PARTS, &key, proof);
    put_parts(&store->writing.access, position, material);
}

void commit_put_state(struct store *store, struct arena *arena, const Record__Turn *turn, const struct digest *head)
{
    Record__State *state = &store->working.message;
    state->turn = turn->number;
    state->at = turn->at;
    if (turn->seal.len > 0) {
        state->last_sealed = turn->number;
    }
    memcpy(store->working.head, head->bytes, DIGEST_BYTES);
    struct writer writer = {store, &store->writing.access, arena, {0}};
    struct key key = key_agency("state");
    key.size--; // the one key that is a bare word
    put_message(&writer, TABLE_META, &key, &state->base);
}

int commit_turn(struct store *store, struct arena *arena, int64_t at, const struct effects *effects, const uint8_t *seal)
{
    const Record__State *state = &store->working.message;
    must(at >= state->at);
    Record__Turn turn = RECORD__TURN__INIT;
    turn.epoch = state->epoch;
    turn.number = state->turn + 1;
    turn.at = at;
    turn.head_before = (ProtobufCBinaryData){DIGEST_BYTES, store->working.head};
    if (seal != NULL) {
        turn.seal = (ProtobufCBinaryData){SEAL_BYTES, (uint8_t *)seal};
    }
    must(store->writing.recent.fact_count == effects->fact_count);
    struct digest head;
    journal_append(store, arena, &turn, &head);
    commit_put_state(store, arena, &turn, &head);
    int failure = store->writing.access.failure;
    if (failure != 0) {
        store_abort(store);
        return FAIL_HOP(failure);
    }
    int result = store_commit(store);
    return result == 0 ? 0 : FAIL_HOP(result);
}
