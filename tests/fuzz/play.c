// SPDX-License-Identifier: Apache-2.0
#include "fuzz/play.h"

#include "fuzz/fuzz.h"

#include "unit/lead.h"
#include "wire/envelope_card.h"
#include "wire/fields.h"
#include "wire/header.h"
#include "wire/seal_key.h"
#include "wire/text.h"
#include "wire/tree.h"

#include "intake/peer_keys.h"
#include "intake/request.h"
#include "lib/rendering.h"
#include "rules/announce.h"
#include "rules/decide.h"
#include "store/store.h"

enum { LATEST_HOURS = 24 * 400, MOST_ITEMS = 32 };

static const char *const ids[PLAY_MEMBERS] = {"yecheng-scjg", "yecheng-jiazhen", "yecheng-yixiang"};

static struct town town;
static int64_t present;
static uint64_t counted;

// ------------------------------------------------------------------------------------------- the town

static Control__Draft *reply(const char *kind, const struct member *to, struct bytes body, const Control__Draft *target)
{
    Control__Draft *draft = town_draft(&town, kind, to->id, body);
    draft->in_reply_to = target->id;
    return draft;
}

// Told, copied, signed for, assessed and confirmed by one side; then one recalled, one from the others, and two that are
// still on their way.
static void tell_story(void)
{
    struct arena *arena = town.arena;
    struct member *bureau = &town.members[PLAY_BUREAU];
    struct member *township = &town.members[PLAY_TOWNSHIP];
    struct member *other = &town.members[PLAY_OTHER];
    Control__Draft *notice = town_draft(&town, "lead.notice", township->id, lead_notice(arena, town.now - TOWN_HOUR));
    town_add_copy(&town, notice, other->id);
    town_submit(bureau, town_draft(&town, "lead.discovered", NULL, lead_discovered(arena, town.now - 2 * TOWN_HOUR)));
    town_submit(bureau, notice);
    town_settle(&town);
    town.now += TOWN_HOUR;
    town_submit(township, reply("acknowledgement", bureau, lead_acknowledgement(arena, "收到"), notice));
    Control__Draft *assessment = reply("lead.assessment", bureau, lead_assessment(arena, town.now - 1), notice);
    town_submit(township, assessment);
    town_settle(&town);
    town_submit(bureau, reply("confirm", township, lead_confirm(arena, "confirmed"), assessment));
    Control__Draft *mistake = town_draft(&town, "lead.notice", other->id, lead_notice(arena, town.now - TOWN_HOUR));
    town_submit(bureau, mistake);
    town_settle(&town);
    town_submit(bureau, reply("recall", other, lead_recall(arena), mistake));
    town_submit(other, town_draft(&town, "lead.notice", bureau->id, lead_notice(arena, town.now - TOWN_HOUR)));
    town_settle(&town);
    town.now += 10 * TOWN_DAY;
    for (size_t i = 0; i < PLAY_MEMBERS; i++) {
        town_tick(&town.members[i]);
    }
    town_submit(bureau, town_draft(&town, "note", township->id, lead_note(arena, "请尽快研判。")));
    town_submit(bureau, town_draft(&town, "lead.notice", township->id, lead_notice(arena, town.now - TOWN_HOUR)));
    town_submit(township, town_draft(&town, "note", bureau->id, lead_note(arena, "正在办理。")));
}

static void close_town(void)
{
    town_drop(&town);
}

void play_open(void)
{
    setenv("CMOCKA_TEST_ABORT", "1", 1); // an assertion of the town's is a find as well
    town_make(&town);
    town_add(&town, ids[PLAY_BUREAU], SUITE_SM2_SM3);
    town_add(&town, ids[PLAY_TOWNSHIP], SUITE_ED25519_SHA256);
    town_add(&town, ids[PLAY_OTHER], SUITE_ED25519_SHA256);
    town_introduce(&town);
    tell_story();
    present = town.now;
    counted = town.count;
    must(atexit(close_town) == 0);
}

struct town *play_town(void)
{
    return &town;
}

static struct arena *lend_arena(struct arena *arena)
{
    struct arena *own = town.arena;
    town.arena = arena;
    return own;
}

static struct arena *town_arena; // while an input has lent its own

void play_begin(struct play *play, unsigned member, unsigned hours_later)
{
    *play = (struct play){.town = &town, .at = &town.members[member % PLAY_MEMBERS], .arena = fuzz_arena()};
    town.now = present + (int64_t)(hours_later % LATEST_HOURS) * TOWN_HOUR;
    town.count = counted;
    town_arena = lend_arena(play->arena);
    memset(&play->at->cache, 0, sizeof play->at->cache);
    play->view = town_begin(play->at);
}

struct member *play_other(const struct play *play, unsigned number)
{
    size_t own = (size_t)(play->at - town.members);
    return &town.members[(own + 1 + number % (PLAY_MEMBERS - 1)) % PLAY_MEMBERS];
}

// ------------------------------------------------------------------------------------- what must hold

static const struct arrived *find_item(const struct play *play, const Record__StatementHeld *held)
{
    for (size_t i = 0; play->frame != NULL && i < play->frame->count; i++) {
        const struct arrived *item = &play->frame->items[i];
        if (item->fault_code == NULL && memcmp(item->leaf.bytes, held->leaf.data, DIGEST_BYTES) == 0) {
            return item;
        }
    }
    return NULL;
}

// What came from elsewhere was sealed by its author.
static void check_held(const struct play *play, const Record__StatementHeld *held)
{
    struct digest leaf;
    if (held->carrier[0] == '\0') {
        return;
    }
    const struct arrived *item = find_item(play, held);
    must(item != NULL && strcmp(held->carrier, play->peer) == 0);
    must(strcmp(item->header->author, item->seal.agency) == 0);
    must(item->role == FRAME_ENCLOSURE || strcmp(item->header->author, play->peer) == 0);
    const struct seal_key *key = peer_keys_find(town.keys, item->header->author);
    must(key != NULL && seal_key_check(item->seal_bytes, key) == SEAL_KEY_OK);
    must(envelope_prove(&item->seal, &item->envelope, &leaf) == ENVELOPE_OK && memcmp(leaf.bytes, held->leaf.data, DIGEST_BYTES) == 0);
    must(fuzz_measure(&held->base).clean);
}

static void check_cursor(const struct play *play, const Record__CursorMoved *moved)
{
    struct stream_place place = view_outgoing(play->view, moved->peer, moved->stream, play->arena);
    must(strcmp(moved->peer, play->peer) == 0);
    must(moved->from >= 1 && moved->from <= moved->to && moved->epoch <= place.epoch);
    must(moved->epoch < place.epoch || moved->to <= place.last);
}

static void check_facts(struct play *play)
{
    const struct effects *effects = &play->at->effects;
    must(!effects->exhausted);
    must(view_failure(play->view) == 0);
    for (; play->checked < effects->fact_count; play->checked++) {
        const Record__Effect *fact = effects->facts[play->checked];
        if (fact->is_case == RECORD__EFFECT__IS_STATEMENT) {
            check_held(play, fact->statement);
        } else if (fact->is_case == RECORD__EFFECT__IS_CURSOR) {
            check_cursor(play, fact->cursor);
        }
    }
}

// What we seal must open at the others.
static void check_sealed(struct play *play, const struct sealing *sealing)
{
    struct seal seal = {.suite = keyring_suite(play->at->keyring), .count = 1};
    struct envelope envelope = {.header = sealing->header};
    struct decode_fault fault = {0};
    ProtobufCMessage *message;
    Wire__Header *header;
    must(decode_message(&wire__header__descriptor, sealing->header, &decode_header_rules, play->arena, &fault, &message) == DECODE_OK);
    strcpy(seal.agency, play->at->id);
    envelope.part_count = (uint8_t)((Wire__Header *)message)->n_parts;
    if (header_open(&seal, &envelope, play->arena, &fault, &header) != ENVELOPE_OK) {
        fail_must(fault.text, __FILE__, __LINE__);
    }
    must(header->n_parts <= LIMIT_PARTS && kinds_find(header->kind) != NULL);
}

static void check_sealings(struct play *play)
{
    size_t number = 0;
    for (const struct sealing *sealing = play->at->effects.first_sealing; sealing != NULL; sealing = sealing->next) {
        if (number++ >= play->sealed) {
            check_sealed(play, sealing);
        }
    }
    play->sealed = number;
}

// What clients are sent, they can read.
static void check_reply(const struct play *play, const Control__Reply *answer)
{
    ProtobufCMessage *read;
    const struct bytes packed = decode_pack(&answer->base, play->arena);
    struct decode_fault fault = {0};
    if (decode_message(&control__reply__descriptor, packed, &decode_control_rules, play->arena, &fault, &read) != DECODE_OK) {
        fail_must(fault.field == NULL ? fault.text : fault.field, __FILE__, __LINE__);
    }
    json_t *json = rendering_message(read, RENDERING_FULL);
    char *text = rendering_text(json);
    must(text != NULL);
    free(text);
    json_decref(json);
}

// What happened, as those who watch hear it.
static void check_announced(const struct play *play)
{
    struct effects *effects = &play->at->effects;
    Record__Turn turn = RECORD__TURN__INIT;
    turn.at = effects->now;
    turn.effects = effects->facts;
    turn.n_effects = effects->fact_count;
    for (size_t i = 0; i < turn.n_effects; i++) {
        Control__Reply reply = CONTROL__REPLY__INIT;
        reply.answer_case = CONTROL__REPLY__ANSWER_EVENT;
        reply.event = announce(play->view, effects, &turn, i, ROLE_ADMINISTRATOR);
        if (reply.event != NULL) {
            check_reply(play, &reply);
        }
    }
}

// Answers to the request: any number of pages, and one that is the last.
static void check_replies(const struct play *play, uint64_t number)
{
    size_t last = 0;
    for (const struct release *release = play->at->effects.first_release; release != NULL; release = release->next) {
        if (release->form == RELEASE_REPLY && release->number == number) {
            check_reply(play, release->reply);
            last += !release->reply->more;
        } else if (release->form == RELEASE_WATCH && release->number == number) {
            last++;
        }
    }
    must(last == 1);
}

static size_t count_lasting(const struct member *member)
{
    return town_count_facts(member, RECORD__EFFECT__IS_STATEMENT) + town_count_facts(member, RECORD__EFFECT__IS_COMPLETED) +
           town_count_facts(member, RECORD__EFFECT__IS_STREAM) + town_count_facts(member, RECORD__EFFECT__IS_CURSOR) +
           town_count_facts(member, RECORD__EFFECT__IS_QUEUED) + town_count_facts(member, RECORD__EFFECT__IS_DELIVERY) +
           town_count_facts(member, RECORD__EFFECT__IS_PARTS);
}

void play_forget(struct play *play)
{
    town_abandon(play->at);
    lend_arena(town_arena);
    town.now = present;
}

void play_end(struct play *play)
{
    decide_end(play->view, &play->at->effects);
    check_facts(play);
    check_sealings(play);
    check_announced(play);
    play_forget(play);
}

// ---------------------------------------------------------------------------------------- statements

static struct bytes meeting_body(struct arena *arena)
{
    Body__MeetingHeld body = BODY__MEETING_HELD__INIT;
    body.purpose = "liaison";
    body.held_at = town.now - TOWN_HOUR;
    body.place = "叶城县市场监督管理局三楼会议室";
    body.summary = "通报情况。";
    return decode_pack(&body.base, arena);
}

static struct bytes offered_body(struct arena *arena)
{
    Wire__Offered body = WIRE__OFFERED__INIT;
    body.up_to = town.now - TOWN_HOUR;
    return decode_pack(&body.base, arena);
}

static struct bytes receipt_body(struct arena *arena)
{
    Wire__Receipt body = WIRE__RECEIPT__INIT;
    return decode_pack(&body.base, arena);
}

static struct bytes card_body(const struct member *member, struct arena *arena)
{
    Wire__Header *header;
    Wire__Card *card;
    must(envelope_card_open(member->card, SEAL_REAL, arena, NULL, &header, &card) == ENVELOPE_OK);
    return decode_pack(&card->base, arena);
}

static struct bytes good_body(const struct member *author, const char *kind, struct arena *arena)
{
    int64_t past = town.now - TOWN_HOUR;
    return strcmp(kind, "lead.discovered") == 0   ? lead_discovered(arena, past)
           : strcmp(kind, "lead.notice") == 0     ? lead_notice(arena, past)
           : strcmp(kind, "lead.assessment") == 0 ? lead_assessment(arena, past)
           : strcmp(kind, "meeting.held") == 0    ? meeting_body(arena)
           : strcmp(kind, "acknowledgement") == 0 ? lead_acknowledgement(arena, "收到")
           : strcmp(kind, "confirm") == 0         ? lead_confirm(arena, "confirmed")
           : strcmp(kind, "recall") == 0          ? lead_recall(arena)
           : strcmp(kind, "receipt") == 0         ? receipt_body(arena)
           : strcmp(kind, "offered") == 0         ? offered_body(arena)
           : strcmp(kind, "card") == 0            ? card_body(author, arena)
           : strcmp(kind, "note") == 0            ? lead_note(arena, "工作联系。")
                                                  : (struct bytes){(const uint8_t *)"", 0}; // lacks what it must have, and decodes
}

static bool find_sent(const struct play *play, const struct member *to, uint32_t stream, uint64_t epoch, uint64_t sequence, struct digest *out_leaf)
{
    uint64_t position = view_outbox(play->view, to->id, stream, epoch, sequence);
    const struct held *held = position == 0 ? NULL : view_statement(play->view, position, play->arena);
    if (held != NULL) {
        memcpy(out_leaf->bytes, held->leaf.data, DIGEST_BYTES);
    }
    return held != NULL;
}

// The root over the leaves that were really sent, as the peer that holds them would say it.
static void fill_root(const struct play *play, const struct member *from, Wire__Run *run)
{
    struct digest leaves[64];
    size_t count = 0;
    for (uint64_t sequence = run->from; sequence <= run->to && count < 64; sequence++) {
        if (!find_sent(play, from, run->stream, run->epoch, sequence, &leaves[count])) {
            return;
        }
        count++;
    }
    struct digest root;
    tree_root_of(keyring_suite(from->keyring), leaves, count, &root);
    run->root = (ProtobufCBinaryData){DIGEST_BYTES, arena_copy(play->arena, root.bytes, DIGEST_BYTES)};
}

static struct bytes true_receipt(const struct play *play, const struct member *from, const Wire__Receipt *receipt)
{
    struct stream_place place = view_outgoing(play->view, from->id, 0, play->arena);
    for (size_t i = 0; i < receipt->n_runs; i++) {
        Wire__Run *run = receipt->runs[i];
        run->epoch += place.epoch;
        run->from += place.settled + 1;
        run->to += run->from;
        if (run->root.len == 0) {
            fill_root(play, from, run);
        }
    }
    for (size_t i = 0; i < receipt->n_refusals; i++) {
        Wire__Refused *refused = receipt->refusals[i];
        struct digest leaf;
        refused->epoch += place.epoch;
        refused->position += place.settled + 1;
        if (refused->leaf.len == 0 && find_sent(play, from, refused->stream, refused->epoch, refused->position, &leaf)) {
            refused->leaf = (ProtobufCBinaryData){DIGEST_BYTES, arena_copy(play->arena, leaf.bytes, DIGEST_BYTES)};
        }
    }
    return decode_pack(&receipt->base, play->arena);
}

static struct bytes choose_body(const struct play *play, const struct member *author, const Play__Statement *wanted, const struct kind *kind)
{
    if (wanted->body.len > 0) {
        return decode_bytes(wanted->body);
    }
    if (kind->descriptor == &wire__receipt__descriptor && wanted->receipt != NULL) {
        return true_receipt(play, author, wanted->receipt);
    }
    if (kind->descriptor == &wire__offered__descriptor && wanted->offered != NULL) {
        return decode_pack(&wanted->offered->base, play->arena);
    }
    return good_body(author, kind->name, play->arena);
}

static const struct held *find_held(const struct play *play, uint64_t number)
{
    uint64_t count = view_state(play->view)->next_position - 1;
    const struct held *held = view_statement(play->view, 1 + (number - 1) % count, play->arena);
    must(held != NULL);
    return held;
}

static Wire__Reference *refer(const struct play *play, const struct held *held)
{
    Wire__Reference *reference = arena_take(play->arena, sizeof *reference);
    must(reference != NULL);
    wire__reference__init(reference);
    reference->author = held->header->author;
    reference->id = held->header->id;
    reference->leaf = held->leaf;
    reference->kind = held->header->kind;
    reference->received_at = held->received_at;
    return reference;
}

// What the header repeats of the body, where this is a body of its kind.
static void fill_law(const struct play *play, Wire__Header *header, struct bytes body)
{
    const struct kind *kind = kinds_find(header->kind);
    ProtobufCMessage *message;
    struct law_pair *pairs;
    size_t count;
    if (kind == NULL || decode_message(kind->descriptor, body, &decode_body_rules, play->arena, NULL, &message) != DECODE_OK) {
        return;
    }
    must(fields_lift(kind, message, play->arena, &pairs, &count));
    header->n_law = count;
    header->law = arena_take_array(play->arena, count + 1, sizeof *header->law);
    for (size_t i = 0; i < count; i++) {
        header->law[i] = arena_take(play->arena, sizeof **header->law);
        wire__law_pair__init(header->law[i]);
        header->law[i]->name = (char *)(uintptr_t)pairs[i].name;
        header->law[i]->value = (char *)(uintptr_t)pairs[i].value;
    }
}

static const uint8_t leaf_salt[SALT_BYTES] = "leaf of a play..";
static const uint8_t part_salt[SALT_BYTES] = "part of a play..";

static void fill_part(const struct play *play, enum suite suite, Wire__Part *part, struct bytes content)
{
    struct digest commitment;
    if (part->commitment.len > 0) {
        return;
    }
    tree_commitment(suite, part_salt, content, &commitment);
    part->size = content.size;
    part->commitment = (ProtobufCBinaryData){DIGEST_BYTES, arena_copy(play->arena, commitment.bytes, DIGEST_BYTES)};
}

static Wire__Header *make_header(const struct play *play, struct member *author, const Play__Statement *wanted, const struct kind *kind,
                                 struct bytes body)
{
    bool is_fact = kind->class == KIND_FACT || kind->descriptor == &wire__card__descriptor;
    Wire__Header *header = town_header(author, kind->name, is_fact ? NULL : play->at->id, good_body(author, kind->name, play->arena));
    if (wanted->replies_to > 0) {
        const struct held *held = find_held(play, wanted->replies_to);
        header->in_reply_to = refer(play, held);
        header->matter = held->header->matter;
    }
    if (wanted->cites > 0) {
        header->cites = arena_take(play->arena, sizeof *header->cites);
        header->cites[0] = refer(play, find_held(play, wanted->cites));
        header->n_cites = 1;
    }
    Wire__Reference *target = header->in_reply_to;
    header->n_law = 0;
    header->parts[0]->commitment.len = 0;
    if (wanted->header != NULL) {
        fuzz_merge(&header->base, &wanted->header->base);
    }
    if (target != NULL && header->in_reply_to != target) {
        fuzz_merge(&target->base, &header->in_reply_to->base);
        header->in_reply_to = target;
    }
    if (header->n_law == 0) {
        fill_law(play, header, body);
    }
    for (size_t i = 0; i < header->n_parts; i++) {
        fill_part(play, keyring_suite(author->keyring), header->parts[i], i == 0 ? body : (struct bytes){0});
    }
    return header;
}

static struct seal make_seal(const struct member *author, const Play__Statement *wanted)
{
    const Record__State *state = store_state(author->store);
    struct seal seal = {.domain = SEAL_REAL,
                        .suite = keyring_suite(author->keyring),
                        .count = 1,
                        .epoch = state->epoch,
                        .turn = state->turn + 1000 + ++town.count - wanted->turn,
                        .at = (int64_t)((uint64_t)town.now + (uint64_t)wanted->sealed_ms)};
    strcpy(seal.agency, author->id);
    memcpy(seal.key_id, keyring_id(author->keyring), KEY_ID_BYTES);
    return seal;
}

struct town_statement play_statement(struct play *play, const Play__Statement *wanted)
{
    struct member *author = play_other(play, wanted->author);
    const struct kind *kind = kinds_at(wanted->kind % kinds_count());
    const struct bytes body = choose_body(play, author, wanted, kind);
    Wire__Header *header = make_header(play, author, wanted, kind, body);
    struct seal seal = make_seal(author, wanted);
    struct envelope envelope = {.salt = leaf_salt, .header = decode_pack(&header->base, play->arena)};
    struct town_statement statement;
    envelope.part_count = header->n_parts < LIMIT_PARTS ? (uint8_t)header->n_parts : LIMIT_PARTS;
    for (size_t i = 0; i < envelope.part_count; i++) {
        envelope.parts[i] = (struct envelope_part){PART_PRESENT, part_salt, i == 0 ? body : (struct bytes){(const uint8_t *)"", 0}};
    }
    tree_leaf(seal.suite, envelope.salt, envelope.header, &seal.root);
    seal_encode(&seal, statement.seal);
    must(keyring_sign(author->keyring, statement.seal) == 0);
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(play->arena, size);
    must(bytes != NULL);
    envelope_encode(&envelope, bytes, size);
    statement.body = (struct bytes){bytes, size};
    return statement;
}

// -------------------------------------------------------------------------------------------- frames

static struct bytes withhold(struct bytes body, struct arena *arena)
{
    struct envelope envelope;
    must(envelope_decode(body, &envelope) == ENVELOPE_OK);
    for (size_t i = 0; i < envelope.part_count; i++) {
        envelope.parts[i] = (struct envelope_part){.form = PART_WITHHELD};
    }
    size_t size = envelope_encode(&envelope, NULL, 0);
    uint8_t *bytes = arena_take(arena, size);
    envelope_encode(&envelope, bytes, size);
    return (struct bytes){bytes, size};
}

static struct town_item make_item(struct play *play, struct member *from, const Play__Item *wanted)
{
    static const Play__Statement plain = PLAY__STATEMENT__INIT;
    struct town_item item = {.role = (enum frame_role)(FRAME_NUMBERED + wanted->role % FRAME_RECALLED)};
    uint64_t held = store_state(from->store)->next_position - 1;
    item.statement = wanted->held > 0 ? town_held(from, 1 + (wanted->held - 1) % held, VIEW_ALL_PARTS)
                                      : play_statement(play, wanted->statement == NULL ? &plain : wanted->statement);
    if (wanted->withheld) {
        item.statement.body = withhold(item.statement.body, play->arena);
    }
    if (wanted->flip > 0) {
        size_t bit = (wanted->flip - 1) % (item.statement.body.size * 8);
        uint8_t *changed = arena_copy(play->arena, item.statement.body.data, item.statement.body.size);
        changed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        item.statement.body.data = changed;
    }
    return item;
}

static struct bytes make_frame(struct play *play, struct member *from, const Play__Frame *wanted)
{
    struct town_item items[MOST_ITEMS];
    size_t count = wanted->n_items < MOST_ITEMS ? wanted->n_items : MOST_ITEMS;
    for (size_t i = 0; i < count; i++) {
        items[i] = make_item(play, from, wanted->items[i]);
    }
    struct stream_place place = view_incoming(play->view, from->id, wanted->stream, play->arena);
    uint64_t epoch = store_state(from->store)->epoch + (uint64_t)(int64_t)wanted->epoch;
    uint64_t next = place.epoch == epoch ? place.last + 1 : 1;
    struct bytes frame = town_pack(&town, epoch, next + (uint64_t)(int64_t)wanted->first, items, count);
    text_put_u32((uint8_t *)(uintptr_t)frame.data + 2, wanted->stream);
    return frame;
}

void play_frame(struct play *play, unsigned from, const Play__Frame *wanted)
{
    struct member *peer = play_other(play, from);
    const struct event event = town_arrival(play->at, peer, make_frame(play, peer, wanted));
    play->frame = &event.statements;
    play->peer = peer->id;
    decide(play->view, &event, &play->at->effects);
    check_facts(play);
    size_t lasting = count_lasting(play->at);
    decide(play->view, &event, &play->at->effects);
    check_facts(play);
    must(count_lasting(play->at) == lasting);
    play->frame = NULL;
}

// ------------------------------------------------------------------------------------------ requests

// A draft that says little is completed as a client's library and a sensible officer would.
static void complete_draft(const struct play *play, Control__Draft *draft)
{
    const struct kind *kind = kinds_find(draft->kind);
    if (kind == NULL || kind->class == KIND_MACHINE) {
        return;
    }
    const char *to = kind->class == KIND_FACT ? NULL : play_other(play, 0)->id;
    Control__Draft *whole = town_draft(&town, kind->name, to, good_body(play->at, kind->name, play->arena));
    fuzz_merge(&whole->base, &draft->base);
    *draft = *whole;
}

static void complete_request(const struct play *play, Control__Request *request)
{
    if (request->ask_case == CONTROL__REQUEST__ASK_SUBMIT) {
        for (size_t i = 0; i < request->submit->n_drafts; i++) {
            complete_draft(play, request->submit->drafts[i]);
        }
    } else if (request->ask_case == CONTROL__REQUEST__ASK_PEER_ADD && request->peer_add->card.len == 0) {
        const struct bytes card = town_card(play_other(play, 0), town.now);
        request->peer_add->card = (ProtobufCBinaryData){card.size, (uint8_t *)(uintptr_t)card.data};
    }
    request->number = ++town.count;
}

static const char *first_outcome(const struct member *member, uint64_t number)
{
    for (const struct release *release = member->effects.first_release; release != NULL; release = release->next) {
        if (release->form == RELEASE_REPLY && release->number == number &&
            release->reply->answer_case == CONTROL__REPLY__ANSWER_SUBMITTED && release->reply->submitted->n_results > 0) {
            return release->reply->submitted->results[0]->outcome;
        }
    }
    return NULL;
}

const char *play_request(struct play *play, enum client_role role, Control__Request *request)
{
    struct event event = town_event(&town, EVENT_REQUEST);
    complete_request(play, request);
    event.request = (struct client_request){
        .client = "test",
        .role = role,
        .request = request,
        .allowed = request->ask_case == CONTROL__REQUEST__ASK__NOT_SET || request_allowed(request->ask_case, role),
    };
    size_t lasting = count_lasting(play->at);
    decide(play->view, &event, &play->at->effects);
    check_facts(play);
    check_replies(play, request->number);
    must(event.request.allowed || count_lasting(play->at) == lasting);
    return first_outcome(play->at, request->number);
}

// --------------------------------------------------------------------------------------------- steps

static void play_event(struct play *play, struct event event)
{
    decide(play->view, &event, &play->at->effects);
    check_facts(play);
}

static void greet(struct play *play, const Play__Step *step)
{
    struct member *peer = play_other(play, step->from);
    struct event event = town_greeting(play->at, peer);
    fuzz_merge(&((Wire__Hello *)(uintptr_t)event.hello)->base, &step->hello->base);
    play_event(play, event);
}

void play_step(struct play *play, const Play__Step *step)
{
    struct event event = town_event(&town, EVENT_TICK);
    event.peer = play_other(play, step->from)->id;
    play->peer = event.peer;
    switch (step->is_case) {
    case PLAY__STEP__IS_FRAME:
        play_frame(play, step->from, step->frame);
        return;
    case PLAY__STEP__IS_HELLO:
        greet(play, step);
        return;
    case PLAY__STEP__IS_ASK_OFFERED:
        event.form = EVENT_ASK_OFFERED;
        event.up_to = (int64_t)((uint64_t)town.now + (uint64_t)step->ask_offered);
        play_event(play, event);
        return;
    case PLAY__STEP__IS_TICK:
        play_event(play, event);
        return;
    case PLAY__STEP__IS_LINK_DOWN:
        event.form = EVENT_LINK_DOWN;
        play_event(play, event);
        return;
    case PLAY__STEP__IS_REQUEST:
        play_request(play, (enum client_role)(step->from % (ROLE_ADMINISTRATOR + 1)), step->request);
        return;
    case PLAY__STEP__IS__NOT_SET:
    case _PLAY__STEP__IS__CASE_IS_INT_SIZE:
        break;
    }
}
