// SPDX-License-Identifier: Apache-2.0
#include "sim/witness.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/kinds.h"
#include "wire/text.h"

#include "sim/charter.h"
#include "sim/editors.h"
#include "sim/people.h"
#include "sim/readers.h"
#include "sim/reckoner.h"
#include "sim/verdicts.h"
#include "store/audit.h"
#include "store/view.h"

// What a restore takes back.
enum note_form { NOTE_SEALED, NOTE_KNOWN, NOTE_HELD, NOTE_REFUSED, NOTE_MOVED };

struct note {
    enum note_form form;
    struct deed *deed;
    struct stream *stream; // NOTE_MOVED
    uint64_t epoch;        // where it stood before
    uint64_t sequence;
};

struct place {
    uint64_t epoch;
    uint64_t sequence;
};

struct queued {
    struct place place;
    struct deed *deed;
};

// What one agency has queued for another, and how far the other has decided it.
struct stream {
    struct queued *queue;
    size_t count;
    size_t capacity;
    struct place decided;
};

// What is known of one store.
struct book {
    struct note *notes;
    size_t note_count;
    size_t note_capacity;
    size_t copied_notes;
    struct deed **at; // by position
    size_t at_capacity;
    uint8_t *known; // by deed
    size_t known_capacity;
    uint64_t *rows; // of duties: pairs of key and content, hashed
    size_t row_capacity;
    size_t row_count;
    struct stream *streams; // from each other agency, as many as there are between two
};

struct witness {
    struct book *books;
    uint64_t *leaves; // of all that daemons sealed for themselves
    size_t leaf_capacity;
    size_t leaf_count;
    struct witness_counts counts;
};

static void *grow(void *items, size_t *capacity, size_t needed, size_t size)
{
    size_t wanted = *capacity == 0 ? 64 : *capacity;
    while (wanted < needed) {
        wanted *= 2;
    }
    if (wanted == *capacity) {
        return items;
    }
    items = realloc(items, wanted * size);
    must(items != NULL);
    memset((char *)items + *capacity * size, 0, (wanted - *capacity) * size);
    *capacity = wanted;
    return items;
}

void witness_make(void)
{
    world.witness = calloc(1, sizeof *world.witness);
    must(world.witness != NULL);
    world.witness->books = calloc(world.machine_count, sizeof *world.witness->books);
    const char **regions = calloc(world.machine_count, sizeof *regions);
    must(world.witness->books != NULL && regions != NULL);
    for (size_t i = 0; i < world.machine_count; i++) {
        world.witness->books[i].streams = calloc(world.machine_count, STREAM_COUNT * sizeof(struct stream));
        must(world.witness->books[i].streams != NULL);
        regions[i] = world.machines[i].region;
    }
    readers_make();
    if (!reckoner_make("conf/calendars/calendar.csv", regions, world.machine_count)) {
        world_fail("no calendar");
    }
}

const struct witness_counts *witness_count(void)
{
    return &world.witness->counts;
}

static struct book *book_of(const struct machine *machine)
{
    return &world.witness->books[machine->index];
}

static size_t index_of(const char *agency)
{
    return (size_t)strtoul(agency + strlen("agency-"), NULL, 10);
}

static void add_note(struct book *book, struct note note)
{
    book->notes = grow(book->notes, &book->note_capacity, book->note_count + 1, sizeof *book->notes);
    book->notes[book->note_count++] = note;
}

// ------------------------------------------------------------------------------- what machines sealed

static uint64_t fold_leaf(ProtobufCBinaryData leaf)
{
    const uint64_t folded = text_get_u64(leaf.data) ^ text_get_u64(leaf.data + 16);
    return folded == 0 ? 1 : folded;
}

static bool has_leaf(uint64_t leaf)
{
    const struct witness *witness = world.witness;
    size_t place = witness->leaf_capacity == 0 ? 0 : leaf % witness->leaf_capacity;
    while (witness->leaf_capacity > 0 && witness->leaves[place] != 0 && witness->leaves[place] != leaf) {
        place = (place + 1) % witness->leaf_capacity;
    }
    return witness->leaf_capacity > 0 && witness->leaves[place] == leaf;
}

static void put_leaf(uint64_t leaf)
{
    struct witness *witness = world.witness;
    if (2 * witness->leaf_count >= witness->leaf_capacity) {
        uint64_t *old = witness->leaves;
        const size_t old_capacity = witness->leaf_capacity;
        witness->leaf_capacity = old_capacity == 0 ? 4096 : 2 * old_capacity;
        witness->leaves = calloc(witness->leaf_capacity, sizeof *witness->leaves);
        must(witness->leaves != NULL);
        witness->leaf_count = 0;
        for (size_t i = 0; i < old_capacity; i++) {
            if (old[i] != 0) {
                put_leaf(old[i]);
            }
        }
        free(old);
    }
    size_t place = leaf % witness->leaf_capacity;
    while (witness->leaves[place] != 0) {
        place = (place + 1) % witness->leaf_capacity;
    }
    witness->leaves[place] = leaf;
    witness->leaf_count++;
}

// ------------------------------------------------------------------------------------------ statements

static void take_deed(struct machine *machine, struct deed *deed, const struct held *held)
{
    struct book *book = book_of(machine);
    book->known = grow(book->known, &book->known_capacity, deed->number + 1, sizeof *book->known);
    if (book->known[deed->number] != 0) {
        world_fail("I3: %s takes %s %u of %s twice", machine->id, held->header->kind, deed->number, held->header->author);
    }
    book->known[deed->number] = 1;
    add_note(book, (struct note){.form = NOTE_KNOWN, .deed = deed});
    book->at = grow(book->at, &book->at_capacity, held->position + 1, sizeof(struct deed *));
    book->at[held->position] = deed;
}

static void see_sharing(struct machine *machine, struct deed *deed, const struct held *held)
{
    if (deed->kind == DEED_SHARING) {
        readers_see(machine, deed, held);
        editors_learn(machine, deed);
    }
}

static void see_sealed(struct machine *machine, struct deed *deed, const struct held *held)
{
    if (deed == NULL) {
        put_leaf(fold_leaf(held->leaf));
        world.witness->counts.machine_statements++;
        return;
    }
    take_deed(machine, deed, held);
    world.witness->counts.statements++;
    deed->muddled = deed->muddled || deed->turn != 0; // sealed again after its store had forgotten it
    deed->sealed = true;
    deed->sealed_at = held->sealed_at;
    deed->epoch = held->epoch;
    deed->turn = held->turn;
    memcpy(deed->leaf, held->leaf.data, DIGEST_BYTES);
    add_note(book_of(machine), (struct note){.form = NOTE_SEALED, .deed = deed});
    see_sharing(machine, deed, held);
    people_seal(machine, deed);
}

// Did somebody pass it on to the machine (转办)? Then it is held there whole, though it was never for it.
static bool was_passed_on(const struct machine *machine, const struct deed *deed)
{
    for (struct deed *other = deed->matter; other != NULL; other = other->next_of_matter) {
        if (other->sealed && other->target == deed && strcmp(other->name, "forward") == 0 && deed_holder(other, machine->index) != NULL) {
            return true;
        }
    }
    return false;
}

static void hold(struct machine *machine, struct deed *deed, int64_t received_at)
{
    if (deed_is_published(deed)) {
        readers_hold(machine, deed);
        return;
    }
    struct deed_holding *holding = deed_holder(deed, machine->index);
    if (holding == NULL && was_passed_on(machine, deed)) {
        return;
    }
    if (holding == NULL) {
        world_fail("I6: %s holds %s %u, which is not for it", machine->id, deed->name, deed->number);
        return;
    }
    holding->held = true;
    holding->received_at = received_at;
    add_note(book_of(machine), (struct note){.form = NOTE_HELD, .deed = deed});
}

static void see_arrived(struct machine *machine, struct deed *deed, const struct held *held)
{
    if (deed == NULL) {
        if (!has_leaf(fold_leaf(held->leaf))) {
            world_fail("I6: %s holds a %s that %s never sealed", machine->id, held->header->kind, held->header->author);
        }
        world.witness->counts.receipts += strcmp(held->header->kind, "receipt") == 0;
        return;
    }
    const bool same = memcmp(deed->leaf, held->leaf.data, DIGEST_BYTES) == 0 && deed->sealed_at == held->sealed_at && deed->turn == held->turn &&
                      deed->epoch == held->epoch && strcmp(held->header->author, world.machines[deed->author].id) == 0;
    if (!same && !deed->muddled) {
        world_fail("I6: %s holds %s %u otherwise than %s sealed it", machine->id, held->header->kind, deed->number, held->header->author);
    }
    take_deed(machine, deed, held);
    if (!held->enclosed) {
        hold(machine, deed, held->received_at);
        see_sharing(machine, deed, held);
        people_receive(machine, deed);
    }
}

static bool is_reminded(const struct deed *left, const struct deed *right, const char *duty)
{
    bool shared = false;
    for (size_t i = 0; i < left->holder_count; i++) {
        shared = shared || deed_holder((struct deed *)(uintptr_t)right, left->holders[i].agency) != NULL;
    }
    return shared && left->author == right->author && left->target == right->target && strcmp(left->reminds, duty) == 0;
}

// Nobody is reminded of one thing twice, but by whoever was restored and has forgotten it.
static void check_reminder(const struct deed *reminder)
{
    for (const struct deed *other = reminder->matter; other != NULL; other = other->next_of_matter) {
        if (other != reminder && other->automatic && other->reminds[0] != '\0' && !other->muddled && is_reminded(other, reminder, reminder->reminds)) {
            world_fail("I7: %s reminds of %s of %s %u twice", world.machines[reminder->author].id, reminder->reminds, reminder->target->name,
                       reminder->target->number);
        }
    }
}

static bool is_automatic_answer(const char *kind)
{
    return strcmp(kind, "subscription.grant") == 0 || strcmp(kind, "subscription.refusal") == 0;
}

static bool is_automatic(const char *kind)
{
    return strcmp(kind, "supervision.reminder") == 0 || strcmp(kind, "year.begun") == 0 || is_automatic_answer(kind);
}

// What a daemon wrote by itself is a deed as others are.
static struct deed *adopt(struct machine *machine, struct view *view, const struct held *held)
{
    const Wire__Header *header = held->header;
    struct deed *deed =
        deed_adopt(is_automatic_answer(header->kind) ? DEED_SHARING : DEED_OTHER, kinds_find(header->kind)->name, machine->index, header->id.data);
    struct deed *matter = deed_find(header->matter.data);
    const uint8_t *salt;
    struct bytes body;
    deed->matter = matter;
    if (matter != deed) {
        deed->next_of_matter = matter->next_of_matter;
        matter->next_of_matter = deed;
    }
    deed->target = header->in_reply_to == NULL ? NULL : deed_find(header->in_reply_to->id.data);
    deed->compact = charter_find(header->compact);
    for (size_t i = 0; i < header->n_to; i++) {
        people_add_holder(deed, index_of(header->to[i]), false);
    }
    must(view_part(view, held->position, 1, world.arena, &salt, &body));
    uint8_t *copy = malloc(body.size + 1);
    must(copy != NULL);
    memcpy(copy, body.data, body.size);
    deed->body = (struct bytes){copy, body.size};
    deed->planned_at = held->sealed_at;
    for (size_t i = 0; i < header->n_law; i++) {
        if (strcmp(header->kind, "supervision.reminder") == 0 && strcmp(header->law[i]->name, "duty") == 0) {
            snprintf(deed->reminds, sizeof deed->reminds, "%s", header->law[i]->value);
            check_reminder(deed);
        }
    }
    return deed;
}

static void see_statement(struct machine *machine, struct store *store, uint64_t position)
{
    struct view *view = store_read(store);
    const struct held *held = view_statement(view, position, world.arena);
    if (held == NULL) {
        store_read_done(store);
        world_fail("I1: %s has committed a statement that it does not have", machine->id);
        return;
    }
    struct deed *deed = deed_find(held->header->id.data);
    if (deed == NULL && held->carrier[0] == '\0' && is_automatic(held->header->kind)) {
        deed = adopt(machine, view, held);
    }
    store_read_done(store);
    if (deed == NULL && kinds_find(held->header->kind)->class != KIND_MACHINE) {
        world_fail("I6: %s holds a %s that nobody wrote", machine->id, held->header->kind);
    } else if (held->carrier[0] == '\0') {
        see_sealed(machine, deed, held);
    } else {
        see_arrived(machine, deed, held);
    }
}

static void see_completed(struct machine *machine, const Record__PartsCompleted *completed)
{
    struct deed *deed = book_of(machine)->at[completed->position];
    hold(machine, deed, completed->received_at);
    see_sharing(machine, deed, NULL);
    people_receive(machine, deed);
}

// --------------------------------------------------------------------------------------------- streams

static struct stream *stream_of(struct book *to, size_t from, uint32_t number)
{
    must(number < STREAM_COUNT);
    return &to->streams[from * STREAM_COUNT + number];
}

static void check_stream(const struct machine *machine, const struct deed *deed, uint32_t stream)
{
    if (deed_is_published(deed) != (stream == STREAM_PUBLISHED)) {
        world_fail("I2: %s queues %s %u in stream %u", machine->id, deed->name, deed->number, stream);
    }
}

static void see_queued(struct machine *machine, const Record__Queued *queued)
{
    const size_t peer = index_of(queued->peer);
    struct stream *stream = stream_of(&world.witness->books[peer], machine->index, queued->stream);
    struct deed *deed = book_of(machine)->at[queued->position];
    stream->queue = grow(stream->queue, &stream->capacity, stream->count + 1, sizeof *stream->queue);
    stream->queue[stream->count++] =
        (struct queued){{queued->epoch, queued->sequence}, deed};
    check_stream(machine, deed, queued->stream);
    if (deed_is_published(deed)) {
        readers_give(machine, peer, deed, queued->epoch);
    }
}

static struct deed *find_queued(const struct stream *stream, struct place place)
{
    for (size_t i = stream->count; i > 0; i--) {
        const struct queued *queued = &stream->queue[i - 1];
        if (queued->place.epoch == place.epoch && queued->place.sequence == place.sequence) {
            return queued->deed;
        }
    }
    return NULL;
}

static void see_moved(struct machine *machine, const Record__StreamMoved *moved)
{
    struct stream *stream = stream_of(book_of(machine), index_of(moved->peer), moved->stream);
    const struct place place = {moved->epoch, moved->sequence};
    const bool follows = place.epoch == stream->decided.epoch ? place.sequence == stream->decided.sequence + 1
                                                              : place.epoch > stream->decided.epoch && place.sequence == 1;
    struct deed *deed = find_queued(stream, place);
    if (!follows) {
        world_fail("I2: %s decides position %" PRIu64 " of %s after %" PRIu64, machine->id, place.sequence, moved->peer, stream->decided.sequence);
    }
    if (deed == NULL) {
        world_fail("I2: %s decides position %" PRIu64 " of %s, where nothing was queued", machine->id, place.sequence, moved->peer);
        return;
    }
    add_note(book_of(machine), (struct note){NOTE_MOVED, NULL, stream, stream->decided.epoch, stream->decided.sequence});
    stream->decided = place;
    struct deed *held = moved->position == 0 ? NULL : book_of(machine)->at[moved->position];
    if (moved->position != 0 && held != deed && !deed->muddled) {
        world_fail("I2: %s holds %u where %s queued %u", machine->id, held->number, moved->peer, deed->number);
    }
    if (moved->position == 0) {
        world.witness->counts.refused++;
        world_tell("%s refuses %s %u of %s: %s %s", machine->id, deed->name, deed->number, moved->peer, moved->refusal_code,
                   moved->refusal_detail);
        if (deed_is_published(deed)) {
            readers_refuse(machine, deed, moved->refusal_code);
            return;
        }
        deed_holder(deed, machine->index)->refused = true;
        deed->muddled = true; // its author has it, and its addressee has not
        add_note(book_of(machine), (struct note){.form = NOTE_REFUSED, .deed = deed});
    }
}

// ---------------------------------------------------------------------------------------------- duties

static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

// The content last told under the key; a new place for a new one.
static uint64_t *find_row(struct book *book, uint64_t key)
{
    if (2 * book->row_count >= book->row_capacity) {
        uint64_t *old = book->rows;
        const size_t old_capacity = book->row_capacity;
        book->row_capacity = old_capacity == 0 ? 256 : 2 * old_capacity;
        book->rows = calloc(book->row_capacity, 2 * sizeof *book->rows);
        book->row_count = 0;
        must(book->rows != NULL);
        for (size_t i = 0; i < old_capacity; i++) {
            if (old[2 * i] != 0) {
                *find_row(book, old[2 * i]) = old[2 * i + 1];
            }
        }
        free(old);
    }
    size_t place = key % book->row_capacity;
    while (book->rows[2 * place] != 0 && book->rows[2 * place] != key) {
        place = (place + 1) % book->row_capacity;
    }
    book->row_count += book->rows[2 * place] == 0;
    book->rows[2 * place] = key;
    return &book->rows[2 * place + 1];
}

static void check_told_once(struct machine *machine, const Record__DutySet *row)
{
    uint64_t key = hash_bytes(UINT64_C(0xcbf29ce484222325), row->duty, strlen(row->duty));
    key = hash_bytes(hash_bytes(key, &row->opening, sizeof row->opening), &row->slot, sizeof row->slot);
    const struct bytes packed = decode_pack(&row->base, world.arena);
    const uint64_t content = hash_bytes(UINT64_C(0xcbf29ce484222325), packed.data, packed.size);
    uint64_t *told = find_row(book_of(machine), key == 0 ? 1 : key);
    if (*told == content) {
        world_fail("I7: %s tells of %s twice, and nothing has changed", machine->id, row->duty);
    }
    *told = content;
}

bool witness_is_muddled(const struct deed *opening)
{
    for (const struct deed *deed = opening->matter; deed != NULL; deed = deed->next_of_matter) {
        if (deed->muddled) {
            return true;
        }
    }
    return false;
}

static void check_overdue(struct machine *machine, const Record__DutySet *row)
{
    struct deed *opening = book_of(machine)->at[row->opening];
    if (row->state != OBLIGATION_OVERDUE || witness_is_muddled(opening)) {
        return;
    }
    const struct reckoned reckoned = reckoner_judge(opening, row->duty, row->slot);
    if (reckoned.state == RECKONED_MET) {
        world_fail("I7: %s calls %s of %s %u overdue, and it was done in time", machine->id, row->duty, opening->name, opening->number);
    } else if (reckoner_is_under_way(opening, row->duty, row->slot)) {
        world_fail("I7: %s calls %s of %s %u overdue, and what meets it is under way since before it was due", machine->id, row->duty,
                   opening->name, opening->number);
    }
}

static void see_duty(struct machine *machine, const Record__DutySet *row)
{
    world.witness->counts.duties++;
    world_tell("%s: %s#%u of %u is %s, due %" PRId64, machine->id, row->duty, row->slot, book_of(machine)->at[row->opening]->number,
               obligation_state_name((enum obligation_state)row->state), row->due_at);
    check_told_once(machine, row);
    if (world.options.law == WORLD_LAW_TOWN) {
        check_overdue(machine, row);
    }
}

static void see_subscription(struct machine *machine, const Record__SubscriptionSet *row)
{
    if (!row->ours && row->place == 0) {
        readers_catch_up(machine, book_of(machine)->at[row->request]);
    }
}

// ------------------------------------------------------------------------------------------------ turns

static void see_fact(struct machine *machine, struct store *store, const Record__Effect *fact)
{
    switch ((int)fact->is_case) {
    case RECORD__EFFECT__IS_STATEMENT:
        see_statement(machine, store, fact->statement->position);
        return;
    case RECORD__EFFECT__IS_COMPLETED:
        see_completed(machine, fact->completed);
        return;
    case RECORD__EFFECT__IS_QUEUED:
        see_queued(machine, fact->queued);
        return;
    case RECORD__EFFECT__IS_STREAM:
        see_moved(machine, fact->stream);
        return;
    case RECORD__EFFECT__IS_DUTY:
        see_duty(machine, fact->duty);
        return;
    case RECORD__EFFECT__IS_ALARM:
        world.witness->counts.alarms++;
        return;
    case RECORD__EFFECT__IS_SUBSCRIPTION:
        see_subscription(machine, fact->subscription);
        return;
    case RECORD__EFFECT__IS_EPOCH:
        world.witness->counts.epochs++;
        world_tell("%s opens an epoch: %s", machine->id, fact->epoch->reason);
        return;
    default: // what moves none of these
        return;
    }
}

void witness_turn(struct machine *machine, struct store *store, const struct effects *effects)
{
    const Record__State *state = store_state(store);
    trace_add(&world.trace, (uint64_t)machine->index << 48 ^ state->turn << 16 ^ effects->fact_count);
    trace_add(&world.trace, (uint64_t)state->at);
    for (size_t i = 0; i < effects->fact_count && world.fault[0] == '\0'; i++) {
        trace_add(&world.trace, effects->facts[i]->is_case);
        see_fact(machine, store, effects->facts[i]);
    }
    readers_end_turn(machine);
}

void witness_copy(struct machine *machine)
{
    book_of(machine)->copied_notes = book_of(machine)->note_count;
    readers_copy(machine);
}

static void take_back(struct machine *machine, const struct note *note)
{
    struct book *book = book_of(machine);
    if (note->deed != NULL) {
        note->deed->muddled = true;
    }
    switch (note->form) {
    case NOTE_SEALED:
        note->deed->sealed = false;
        return;
    case NOTE_KNOWN:
        book->known[note->deed->number] = 0;
        return;
    case NOTE_HELD:
        deed_holder(note->deed, machine->index)->held = false;
        return;
    case NOTE_REFUSED:
        deed_holder(note->deed, machine->index)->refused = false;
        return;
    case NOTE_MOVED:
        note->stream->decided = (struct place){note->epoch, note->sequence};
        return;
    }
}

void witness_restore(struct machine *machine)
{
    struct book *book = book_of(machine);
    while (book->note_count > book->copied_notes) {
        take_back(machine, &book->notes[--book->note_count]);
    }
    memset(book->rows, 0, 2 * book->row_capacity * sizeof *book->rows);
    book->row_count = 0;
    readers_restore(machine);
}

bool witness_knows(const struct machine *machine, const struct deed *deed)
{
    const struct book *book = &world.witness->books[machine->index];
    return deed->number < book->known_capacity && book->known[deed->number] != 0;
}

struct deed *witness_deed_at(const struct machine *machine, uint64_t position)
{
    const struct book *book = &world.witness->books[machine->index];
    return position < book->at_capacity ? book->at[position] : NULL;
}

void witness_rely(struct deed *deed)
{
    deed->relied_on = true;
    if (!deed->sealed) {
        world_fail("I1: %s says that %s %u is accepted, and it is in no journal", world.machines[deed->author].id, deed->name,
                   deed->number);
    }
}

// ----------------------------------------------------------------------------------------- inspections

void witness_inspect(struct machine *machine)
{
    struct audit_report report;
    machine_current = machine;
    if (machine->daemon != NULL && (audit_verify(machine->daemon->store, &report) < 0 || report.fault[0] != '\0')) {
        world_fail("I4: the journal of %s: %s", machine->id, report.fault);
    }
    machine_current = NULL;
}

static void rebuild(struct machine *machine)
{
    struct audit_rebuilt report;
    char path[400];
    snprintf(path, sizeof path, "%s/rebuilt", machine->folder);
    machine_current = machine;
    if (audit_rebuild(machine->daemon->store, path, &report) < 0 || report.difference[0] != '\0') {
        world_fail("I5: the tables of %s: %s", machine->id, report.difference);
    }
    machine_current = NULL;
}

static enum reckoned_state reckoned_of(enum obligation_state state)
{
    switch (state) {
    case OBLIGATION_OPEN:
    case OBLIGATION_EXTENDED:
    case OBLIGATION_UNHEARD:
        return RECKONED_OPEN;
    case OBLIGATION_ONE_SIDED:
        return RECKONED_ONE_SIDED;
    case OBLIGATION_MET:
        return RECKONED_MET;
    case OBLIGATION_MET_LATE:
        return RECKONED_MET_LATE;
    case OBLIGATION_OVERDUE:
        return RECKONED_OVERDUE;
    case OBLIGATION_DISPUTED:
        return RECKONED_DISPUTED;
    case OBLIGATION_WITHDRAWN:
    case OBLIGATION_ENDED: // the duties that are reckoned here have nothing that ends them
        return RECKONED_WITHDRAWN;
    }
    return RECKONED_OPEN;
}

static enum clock_outcome clock_of(enum reckoned_form form)
{
    return form == RECKONED_KNOWN ? CLOCK_KNOWN : form == RECKONED_EARLIEST ? CLOCK_EARLIEST : CLOCK_UNKNOWN;
}

// What an agency can know of a duty. Its parties hear all that decides it; a holder of copies gets copies of all that, yet nobody has to send it any, so
// that it never knows of an act that is not; another addressee of the same statement sees what it happens to see.
enum knowledge { KNOWS_ALL, KNOWS_BY_COPY, KNOWS_SOME };

static enum knowledge find_knowledge(const struct deed *opening, const char *duty, size_t slot, size_t agency)
{
    if (agency == opening->author) {
        return KNOWS_ALL;
    }
    for (size_t i = 0; i < opening->holder_count; i++) {
        if (opening->holders[i].agency == agency && opening->holders[i].copy) {
            return KNOWS_BY_COPY;
        }
    }
    const bool joint = strcmp(duty, "YC-1.1.1") == 0;
    const bool alone = opening->addressee_count == 1 && opening->kind != DEED_DISCOVERED;
    return joint ? (alone ? KNOWS_ALL : KNOWS_SOME) : opening->holders[slot].agency == agency ? KNOWS_ALL : KNOWS_SOME;
}

// Whoever does not know of an act calls it unheard, or open where the due time is not known well enough to have passed.
static bool may_say(enum knowledge knowledge, enum obligation_state state, const struct reckoned *reckoned)
{
    const bool same = reckoned_of(state) == reckoned->state;
    const bool unheard = state == OBLIGATION_UNHEARD || (state == OBLIGATION_OPEN && reckoned->form != RECKONED_KNOWN);
    switch (knowledge) {
    case KNOWS_ALL:
        return same && state != OBLIGATION_UNHEARD;
    case KNOWS_BY_COPY:
        return same || unheard;
    case KNOWS_SOME:
        return same || (state != OBLIGATION_OVERDUE && state != OBLIGATION_MET); // met late by what it knows, and earlier by what it does not
    }
    return false;
}

static void compare(struct machine *machine, struct deed *opening, const char *duty, size_t slot)
{
    struct view *view = store_read(machine->daemon->store);
    const uint64_t position = view_find(view, world.machines[opening->author].id, (struct bytes){opening->id, ID_BYTES});
    const Record__DutySet *row = position == 0 ? NULL : view_duty(view, position, (unsigned)slot, duty, world.arena);
    const struct reckoned reckoned = reckoner_judge(opening, duty, slot);
    const char *kind = opening->name;
    const enum knowledge knowledge = find_knowledge(opening, duty, slot, machine->index);
    store_read_done(machine->daemon->store);
    world.witness->counts.compared++;
    if (row == NULL) {
        if (reckoned.owed && knowledge == KNOWS_ALL && reckoned.state != RECKONED_WITHDRAWN) {
            world_fail("I7: %s has no row for %s of %s %u", machine->id, duty, kind, opening->number);
        }
        return;
    }
    if (machine->index == opening->author) {
        world.witness->counts.verdicts[row->state]++;
    }
    if (!reckoned.owed) {
        world_fail("I7: %s has a row for %s of %s %u, which nobody owes", machine->id, duty, kind, opening->number);
    } else if (row->start_at != 0 && (row->start_at != reckoned.start_at || row->due_at != reckoned.due_at || row->due_form != clock_of(reckoned.form))) {
        world_fail("I7: %s of %s %u runs from %" PRId64 " to %" PRId64 "/%u at %s, and should from %" PRId64 " to %" PRId64 "/%u", duty, kind,
                   opening->number, row->start_at, row->due_at, row->due_form, machine->id, reckoned.start_at, reckoned.due_at,
                   clock_of(reckoned.form));
    } else if (!may_say(knowledge, (enum obligation_state)row->state, &reckoned)) {
        world_fail("I7: %s of %s %u is %s at %s, and should be %d", duty, kind, opening->number,
                   obligation_state_name((enum obligation_state)row->state), machine->id, (int)reckoned.state);
    }
}

static void compare_all(struct deed *opening)
{
    static const char *const duties[] = {"YC-1.1.1", "YC-1.1.2", "sign-for"};
    for (size_t i = 0; i < 3; i++) {
        const size_t slots = i == 0 || opening->addressee_count == 0 ? 1 : opening->addressee_count;
        for (size_t slot = 0; slot < slots && (i == 0 || opening->kind != DEED_DISCOVERED); slot++) {
            compare(&world.machines[opening->author], opening, duties[i], slot);
            for (size_t j = 0; j < opening->holder_count; j++) {
                compare(&world.machines[opening->holders[j].agency], opening, duties[i], slot);
            }
        }
    }
}

static void check_delivered(const struct deed *deed)
{
    struct machine *author = &world.machines[deed->author];
    struct view *view = store_read(author->daemon->store);
    const bool held = view_find(view, author->id, (struct bytes){deed->id, ID_BYTES}) != 0;
    store_read_done(author->daemon->store);
    if (!held) {
        world_fail("I1: %s %u is no longer in the store of %s", deed->name, deed->number, author->id);
    }
    for (size_t i = 0; i < deed->holder_count; i++) {
        if (!deed->holders[i].held && !deed->holders[i].refused) {
            world_fail("I1: %s %u of %s has not come to %s", deed->name, deed->number, author->id,
                       world.machines[deed->holders[i].agency].id);
        }
    }
}

void witness_conclude(void)
{
    for (size_t i = 0; i < world.machine_count && world.fault[0] == '\0'; i++) {
        witness_inspect(&world.machines[i]);
        rebuild(&world.machines[i]);
    }
    readers_conclude();
    if (world.options.law == WORLD_LAW_FIVE && world.fault[0] == '\0') {
        verdicts_compare();
    }
    for (size_t i = 0; i < deed_count() && world.fault[0] == '\0'; i++) {
        struct deed *deed = deed_at(i);
        arena_reset(world.arena);
        if (deed->sealed) {
            check_delivered(deed);
        }
        if (deed->sealed && witness_is_muddled(deed)) {
            world.witness->counts.forgiven++;
        } else if (deed->sealed && world.options.law == WORLD_LAW_TOWN) {
            compare_all(deed);
        }
    }
}
