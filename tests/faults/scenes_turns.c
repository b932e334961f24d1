// SPDX-License-Identifier: Apache-2.0
//
// Turns under faults. Each is attempted once with the fault and, if that is not done, again without it, as whoever waits for it would have it done. Then
// the store is opened anew, its journal is verified and its tables are rebuilt.
#include "faults/scenes.h"

#include "unit/scene.h"

#include "wire/decode.h"
#include "wire/envelope_card.h"

#include "attempt.h"
#include "dispatch/outbox.h"
#include "store/audit.h"
#include "store/inside.h"

enum { BATCH = 6, ARENA_BYTES = 64 << 20 };

static struct {
    struct scene *scene;
    struct member *at;                        // whose turn it is
    bool (*gather)(struct event *out_event);  // under the fault too
    void (*check)(void);                      // the turn has done what it should
    struct bytes frame;
    Control__Draft *drafts[BATCH];
    size_t draft_count;
    struct attempt attempt;
    struct arena *gathered;
    struct scratch own; // of the play
    struct digest before;
    uint64_t turn_before;
} stage;

// ---------------------------------------------------------------------------------------------------- stage

static void add_row(struct digest *sum, enum table table, struct bytes key, struct bytes value)
{
    const uint8_t number[] = {(uint8_t)table, (uint8_t)(key.size >> 8), (uint8_t)key.size};
    const struct bytes pieces[] = {{sum->bytes, DIGEST_BYTES}, {number, sizeof number}, key, value};
    struct digest next;
    hash_pieces(SUITE_ED25519_SHA256, pieces, 4, &next);
    *sum = next;
}

// All rows of all tables.
static struct digest digest_store(struct store *store)
{
    struct digest sum = {{0}};
    const struct key all = {0};
    struct view *view = store_read(store);
    assert_non_null(view);
    for (int table = 0; table < TABLE_COUNT; table++) {
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_walk_start(&walk, &view->access, (enum table)table, &all, NULL, WALK_UP);
        while (schema_walk_next(&walk, &key, &value)) {
            add_row(&sum, (enum table)table, key, value);
        }
        schema_walk_stop(&walk);
    }
    assert_int_equal(view_failure(view), 0);
    store_read_done(store);
    return sum;
}

static void set_out(void)
{
    struct scene *scene;
    if (stage.scene != NULL) {
        scene_drop((void **)&stage.scene);
    }
    scene_make((void **)&scene);
    stage.scene = scene;
    stage.draft_count = 0;
    stage.frame = (struct bytes){0};
}

// Everybody's store is put aside; each play puts it back.
static void put_aside(struct member *at, bool (*gather)(struct event *), void (*check)(void))
{
    struct town *town = &stage.scene->town;
    for (size_t i = 0; i < town->member_count; i++) {
        town_save(&town->members[i]);
        store_close(&town->members[i].store);
    }
    stage.at = at;
    stage.gather = gather;
    stage.check = check;
}

static void take_place(void)
{
    scratch_make(&stage.own);
    stage.attempt = (struct attempt){.store = stage.at->store, .keyring = stage.at->keyring};
    assert_int_equal(arena_new(ARENA_BYTES, &stage.attempt.arena), 0);
    assert_int_equal(arena_new(ARENA_BYTES, &stage.gathered), 0);
    stage.before = digest_store(stage.at->store);
    stage.turn_before = store_state(stage.at->store)->turn;
}

static void enter(void)
{
    struct town *town = &stage.scene->town;
    for (size_t i = 0; i < town->member_count; i++) {
        town_restore(&town->members[i]);
    }
    take_place();
}

static enum sweep_said act(void)
{
    struct event event = {0};
    bool done = stage.gather(&event) && attempt_run(&stage.attempt, stage.scene->town.now, &event, 1) == ATTEMPT_DONE;
    return done ? SAID_DONE : SAID_FAILED;
}

static void leave(void)
{
    stage.scene->town.scratch = stage.own; // what was put aside stays for the other plays
    arena_free(&stage.attempt.arena);
    arena_free(&stage.gathered);
    scene_drop((void **)&stage.scene);
    stage.scene = NULL;
}

// ---------------------------------------------------------------------------------------------------- judging

static void check_journal(void)
{
    struct audit_report report;
    struct audit_rebuilt rebuilt;
    const char *aside = arena_format(stage.scene->town.arena, "%s/rebuilt", stage.own.path);
    assert_int_equal(audit_verify(stage.at->store, &report), 0);
    assert_string_equal(report.fault, "");
    assert_int_equal(audit_rebuild(stage.at->store, aside, &rebuilt), 0);
    assert_string_equal(rebuilt.difference, "");
}

static bool is_untouched(void)
{
    struct digest now = digest_store(stage.at->store);
    return memcmp(now.bytes, stage.before.bytes, DIGEST_BYTES) == 0;
}

// Untouched or whole; then whole, and whole after a crash.
static void judge_turn(enum sweep_said said)
{
    if (said == SAID_DONE || !is_untouched()) {
        stage.check();
    } else {
        assert_int_equal(act(), SAID_DONE);
        stage.check();
    }
    stage.at->store = stage.attempt.store;
    town_restart(stage.at);
    stage.attempt.store = stage.at->store;
    stage.check();
    check_journal();
}

// ------------------------------------------------------------------------------------------------- submitting

// A request comes as bytes.
static bool gather_request(Control__Request__AskCase ask, void *message, struct event *out_event)
{
    Control__Request request = CONTROL__REQUEST__INIT;
    ProtobufCMessage *decoded;
    request.number = 7;
    request.ask_case = ask;
    request.greet = message; // every member of the union is a pointer to a message
    struct bytes packed = decode_pack(&request.base, stage.gathered);
    if (packed.data == NULL ||
        decode_message(&control__request__descriptor, packed, &decode_control_rules, stage.gathered, NULL, &decoded) != DECODE_OK) {
        return false;
    }
    *out_event = town_event(&stage.scene->town, EVENT_REQUEST);
    out_event->request = (struct client_request){.client = "officer",
                                                 .role = ROLE_ADMINISTRATOR,
                                                 .request = (const Control__Request *)decoded,
                                                 .allowed = true};
    return true;
}

static bool gather_submission(struct event *out_event)
{
    Control__Submit submit = CONTROL__SUBMIT__INIT;
    submit.drafts = stage.drafts;
    submit.n_drafts = stage.draft_count;
    return gather_request(CONTROL__REQUEST__ASK_SUBMIT, &submit, out_event);
}

static void check_submitted(void)
{
    for (size_t i = 0; i < stage.draft_count; i++) {
        uint64_t position = town_find(stage.at, stage.at, stage.drafts[i]->id);
        assert_int_not_equal(position, 0);
        assert_true(scene_has_body(stage.at, stage.at, stage.drafts[i]));
        if (stage.drafts[i]->n_to > 0) {
            assert_string_equal(town_delivery(stage.at, position, stage.drafts[i]->to[0]), "queued");
        }
    }
}

static void add_draft(Control__Draft *draft)
{
    stage.drafts[stage.draft_count++] = draft;
}

static void prepare_submit(void)
{
    set_out();
    struct town *town = &stage.scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now - TOWN_HOUR));
    Control__Draft *notice = scene_notice(stage.scene);
    notice->matter = fact->id;
    add_draft(fact);
    add_draft(notice);
    add_draft(scene_note(stage.scene, stage.scene->other->id, "请协助核实。"));
    town_add_copy(town, stage.drafts[2], stage.scene->township->id);
    put_aside(stage.scene->bureau, gather_submission, check_submitted);
}

static void prepare_sign(void)
{
    set_out();
    Control__Draft *notice = scene_notice(stage.scene);
    town_submit(stage.scene->bureau, notice);
    town_settle(&stage.scene->town);
    add_draft(scene_acknowledgement(stage.scene, notice));
    put_aside(stage.scene->township, gather_submission, check_submitted);
}

// --------------------------------------------------------------------------------------------------- arriving

static bool gather_frame(struct member *from, struct event *out_event)
{
    const struct bytes rest = {stage.frame.data + 2, stage.frame.size - 2};
    *out_event = town_event(&stage.scene->town, EVENT_STATEMENTS);
    out_event->peer = from->id;
    struct examining examining = {
        .keys = stage.scene->town.keys, .domain = SEAL_REAL, .cache = &stage.at->cache, .arena = stage.gathered};
    if (!examine_start(&examining, rest)) {
        return false;
    }
    while (examine_next(&examining)) {
    }
    out_event->statements = examine_found(&examining);
    return !examining.starved;
}

static bool gather_from_bureau(struct event *out_event)
{
    return gather_frame(stage.scene->bureau, out_event);
}

static bool gather_from_township(struct event *out_event)
{
    return gather_frame(stage.scene->township, out_event);
}

static void check_accepted(void)
{
    struct stream_place place = scene_incoming(stage.at, stage.scene->bureau);
    for (size_t i = 0; i < stage.draft_count; i++) {
        if (stage.drafts[i]->n_to > 0) {
            assert_true(scene_has_body(stage.at, stage.scene->bureau, stage.drafts[i]));
        }
    }
    assert_int_equal(place.last, stage.draft_count - 1); // the fact went nowhere by itself
    assert_string_equal(town_duty_state(stage.at, "sign-for"), "open");
    assert_int_equal(view_peer_state(town_view(stage.at), stage.scene->bureau->id, stage.scene->town.arena)->refused_in, 0);
    assert_false(town_has_alarm(stage.at, "signature", stage.scene->bureau->id));
}

// A notice that cites a fact the township lacks, so that it is enclosed, and notes with it.
static void prepare_accept(void)
{
    set_out();
    struct town *town = &stage.scene->town;
    Control__Draft *fact = town_draft(town, "lead.discovered", NULL, lead_discovered(town->arena, town->now - TOWN_HOUR));
    Control__Draft *notice = scene_notice(stage.scene);
    notice->matter = fact->id;
    add_draft(fact);
    add_draft(notice);
    for (size_t i = 2; i < BATCH; i++) {
        add_draft(scene_note(stage.scene, stage.scene->township->id, "请协助核实。"));
    }
    for (size_t i = 0; i < BATCH; i++) {
        town_submit(stage.scene->bureau, stage.drafts[i]);
    }
    stage.frame = town_take(stage.scene->bureau, stage.scene->township);
    put_aside(stage.scene->township, gather_from_bureau, check_accepted);
}

static void check_receipt(void)
{
    struct stream_place place = scene_outgoing(stage.at, stage.scene->township);
    assert_int_equal(place.settled, place.last);
    uint64_t position = town_find(stage.at, stage.at, stage.drafts[0]->id);
    assert_string_equal(town_delivery(stage.at, position, stage.scene->township->id), "arrived");
}

static void prepare_receipt(void)
{
    set_out();
    add_draft(scene_notice(stage.scene));
    town_submit(stage.scene->bureau, stage.drafts[0]);
    town_submit(stage.scene->bureau, scene_note(stage.scene, stage.scene->township->id, "另附一函。"));
    town_receive(stage.scene->township, stage.scene->bureau, town_take(stage.scene->bureau, stage.scene->township));
    stage.frame = town_said(stage.scene->township, stage.scene->bureau);
    assert_non_null(stage.frame.data);
    put_aside(stage.scene->bureau, gather_from_township, check_receipt);
}

static Wire__Hello *greeting; // what the bureau says to the township

static bool gather_greeting(struct event *out_event)
{
    *out_event = town_event(&stage.scene->town, EVENT_HELLO);
    out_event->peer = stage.scene->bureau->id;
    out_event->hello = greeting;
    return true;
}

static void check_greeted(void)
{
    assert_int_equal(view_failure(town_view(stage.at)), 0);
}

static void prepare_greet(void)
{
    set_out();
    town_submit(stage.scene->bureau, scene_notice(stage.scene));
    town_settle(&stage.scene->town);
    greeting = (Wire__Hello *)(uintptr_t)town_greeting(stage.scene->township, stage.scene->bureau).hello;
    put_aside(stage.scene->township, gather_greeting, check_greeted);
}

// ------------------------------------------------------------------------------------------------------- time

static bool gather_tick(struct event *out_event)
{
    *out_event = town_event(&stage.scene->town, EVENT_TICK);
    return true;
}

static void check_ticked(void)
{
    assert_string_equal(town_duty_state(stage.at, "sign-for"), "overdue");
}

static void prepare_tick(void)
{
    set_out();
    town_submit(stage.scene->bureau, scene_notice(stage.scene));
    town_settle(&stage.scene->town);
    stage.scene->town.now += 30 * TOWN_DAY;
    put_aside(stage.scene->township, gather_tick, check_ticked);
}

// -------------------------------------------------------------------------------------------------- beginning

static Wire__Card *own_card;

static bool gather_start(struct event *out_event)
{
    struct town *town = &stage.scene->town;
    *out_event = town_event(town, EVENT_START);
    out_event->start = (struct start){own_card, stage.at->card, town->texts, town->text_count};
    return true;
}

static void check_started(void)
{
    struct held_compact compact;
    struct view *view = town_view(stage.at);
    assert_true(view_compact(view, "yecheng", stage.scene->town.arena, &compact));
    assert_int_not_equal(store_state(stage.at->store)->epoch, 0);
}

static void find_own_card(void)
{
    Wire__Header *header;
    assert_int_equal(envelope_card_open(stage.at->card, SEAL_REAL, stage.scene->town.arena, NULL, &header, &own_card), ENVELOPE_OK);
}

static void prepare_restart(void)
{
    set_out();
    put_aside(stage.scene->bureau, gather_start, check_started);
    find_own_card();
}

// The bureau's very first turn.
static void enter_empty(void)
{
    char path[CONFIG_TEXT_BYTES + 16];
    struct town *town = &stage.scene->town;
    for (size_t i = 0; i < town->member_count; i++) {
        town_restore(&town->members[i]);
    }
    store_close(&stage.at->store);
    snprintf(path, sizeof path, "%s/data.mdb", stage.at->config.store);
    assert_int_equal(remove(path), 0);
    const struct store_options options = {.path = stage.at->config.store,
                                          .map_bytes = 64 << 20,
                                          .agency = stage.at->id,
                                          .suite = keyring_suite(stage.at->keyring)};
    enum store_outcome outcome;
    assert_int_equal(store_open(&options, &outcome, &stage.at->store), 0);
    take_place();
}

// --------------------------------------------------------------------------------------------------- opening

static enum sweep_said act_open(void)
{
    const struct store_options options = {.path = stage.at->config.store,
                                          .map_bytes = 64 << 20,
                                          .agency = stage.at->id,
                                          .suite = keyring_suite(stage.at->keyring)};
    enum store_outcome outcome;
    int result = store_open(&options, &outcome, &stage.at->store);
    assert_true(result < 0 || outcome == STORE_OPENED);
    return result < 0 ? SAID_FAILED : SAID_DONE;
}

static void enter_closed(void)
{
    enter();
    store_close(&stage.at->store);
    stage.attempt.store = NULL;
}

static void judge_open(enum sweep_said said)
{
    if (said == SAID_FAILED) {
        assert_int_equal(act_open(), SAID_DONE);
    }
    assert_true(is_untouched());
}

// -------------------------------------------------------------------------------------------------- questions

enum { QUESTIONS = 14 };

static struct {
    uint8_t matter[ID_BYTES];
    struct digest answers[QUESTIONS];
    bool answered[QUESTIONS];
} asking;

static bool gather_question(size_t number, struct event *out_event)
{
    const ProtobufCBinaryData matter = {ID_BYTES, asking.matter};
    Control__Greet greet = CONTROL__GREET__INIT;
    Control__StatusAsk status = CONTROL__STATUS_ASK__INIT;
    Control__List list = CONTROL__LIST__INIT;
    Control__Search search = CONTROL__SEARCH__INIT;
    Control__SubscriptionAsk subscriptions = CONTROL__SUBSCRIPTION_ASK__INIT;
    Control__CatalogueAsk catalogue = CONTROL__CATALOGUE_ASK__INIT;
    Control__DueAsk due = CONTROL__DUE_ASK__INIT;
    Control__Find find = CONTROL__FIND__INIT;
    Control__MatterAsk all = CONTROL__MATTER_ASK__INIT;
    Control__Export export = CONTROL__EXPORT__INIT;
    Control__PeerAsk peers = CONTROL__PEER_ASK__INIT;
    Control__OfficerAsk officers = CONTROL__OFFICER_ASK__INIT;
    Control__CompactAsk compact = CONTROL__COMPACT_ASK__INIT;
    Control__ProcedureAsk procedure = CONTROL__PROCEDURE_ASK__INIT;
    const struct {
        Control__Request__AskCase ask;
        void *message;
    } questions[QUESTIONS] = {
        {CONTROL__REQUEST__ASK_GREET, &greet},
        {CONTROL__REQUEST__ASK_STATUS, &status},
        {CONTROL__REQUEST__ASK_LIST, &list},
        {CONTROL__REQUEST__ASK_SEARCH, &search},
        {CONTROL__REQUEST__ASK_SUBSCRIPTIONS, &subscriptions},
        {CONTROL__REQUEST__ASK_CATALOGUE, &catalogue},
        {CONTROL__REQUEST__ASK_DUE, &due},
        {CONTROL__REQUEST__ASK_FIND, &find},
        {CONTROL__REQUEST__ASK_MATTER, &all},
        {CONTROL__REQUEST__ASK_EXPORT, &export},
        {CONTROL__REQUEST__ASK_PEER_LIST, &peers},
        {CONTROL__REQUEST__ASK_OFFICER_LIST, &officers},
        {CONTROL__REQUEST__ASK_COMPACT, &compact},
        {CONTROL__REQUEST__ASK_PROCEDURE, &procedure},
    };
    search.text = "过期";
    due.closed_too = true;
    find.id = matter;
    all.matter = matter;
    export.matter = matter;
    compact.id = "yecheng";
    procedure.id = "yecheng-2025";
    return gather_request(questions[number].ask, questions[number].message, out_event);
}

// All replies of the turn as they would leave; false: one could not be packed.
static bool digest_replies(struct digest *out_digest)
{
    *out_digest = (struct digest){{0}};
    for (const struct release *release = stage.attempt.effects.first_release; release != NULL; release = release->next) {
        struct bytes packed = decode_pack(&release->reply->base, stage.attempt.arena);
        if (packed.data == NULL) {
            return false;
        }
        const struct bytes pieces[] = {{out_digest->bytes, DIGEST_BYTES}, packed};
        struct digest next;
        hash_pieces(SUITE_ED25519_SHA256, pieces, 2, &next);
        *out_digest = next;
    }
    return true;
}

static enum sweep_said act_ask(void)
{
    enum sweep_said said = SAID_DONE;
    for (size_t i = 0; i < QUESTIONS; i++) {
        struct event event;
        stage.attempt.failing = false; // else an answer waits for a turn that commits, and tells of it
        asking.answered[i] = gather_question(i, &event) && attempt_run(&stage.attempt, stage.scene->town.now, &event, 1) == ATTEMPT_DONE &&
                             digest_replies(&asking.answers[i]);
        said = asking.answered[i] ? said : SAID_FAILED;
    }
    return said;
}

// An answer is the whole answer, or none.
static void compare_answers(void)
{
    struct sweep_kept *kept = sweep_kept();
    const struct digest *right = (const struct digest *)(const void *)kept->bytes;
    if (kept->is_first) {
        memcpy(kept->bytes, asking.answers, sizeof asking.answers);
    }
    for (size_t i = 0; i < QUESTIONS; i++) {
        if (asking.answered[i] && memcmp(right[i].bytes, asking.answers[i].bytes, DIGEST_BYTES) != 0) {
            fail_msg("question %zu is answered otherwise", i);
        }
    }
}

static void judge_ask(enum sweep_said said)
{
    (void)said;
    compare_answers();
    assert_int_equal(act_ask(), SAID_DONE);
    compare_answers();
}

// A lead on its way, so that every question has something to answer.
static void prepare_ask(void)
{
    set_out();
    struct town *town = &stage.scene->town;
    Control__Draft *notice = scene_notice(stage.scene);
    memcpy(asking.matter, notice->id.data, ID_BYTES);
    town_submit(stage.scene->bureau, notice);
    town_settle(town);
    town_submit(stage.scene->township, scene_acknowledgement(stage.scene, notice));
    town_submit(stage.scene->township, scene_reply(stage.scene, "lead.assessment", stage.scene->bureau->id,
                                                   lead_assessment(town->arena, town->now - 60000), notice));
    town_settle(town);
    put_aside(stage.scene->bureau, NULL, NULL);
}

// ---------------------------------------------------------------------------------------------- administering

static bool gather_peer(struct event *out_event)
{
    Control__PeerAdd add = CONTROL__PEER_ADD__INIT;
    add.card = (ProtobufCBinaryData){stage.frame.size, (uint8_t *)(uintptr_t)stage.frame.data};
    return gather_request(CONTROL__REQUEST__ASK_PEER_ADD, &add, out_event);
}

static void check_peer(void)
{
    struct agency agency;
    assert_true(view_agency(town_view(stage.at), stage.scene->township->id, stage.scene->town.arena, &agency));
    assert_int_equal(agency.envelope.size, stage.frame.size);
    assert_memory_equal(agency.envelope.data, stage.frame.data, stage.frame.size);
}

static void prepare_peer(void)
{
    set_out();
    stage.frame = town_card(stage.scene->township, stage.scene->town.now);
    put_aside(stage.scene->bureau, gather_peer, check_peer);
}

// ------------------------------------------------------------------------------------------------------ sending

static enum sweep_said act_send(void)
{
    struct view *view = store_read(stage.at->store);
    if (view == NULL) {
        return SAID_FAILED;
    }
    struct stream_place place = view_outgoing(view, stage.scene->township->id, 0, stage.gathered);
    const struct outbox_request request = {
        .peer = stage.scene->township->id, .epoch = place.epoch, .from = place.settled + 1, .to = place.last, .bytes = LIMIT_FRAME_BYTES};
    struct outbox_frame taken = outbox_take(view, &request, stage.gathered);
    bool good = view_failure(view) == 0;
    store_read_done(stage.at->store);
    stage.frame = taken.frame;
    return good && taken.frame.data != NULL ? SAID_DONE : SAID_FAILED;
}

// What left is the beginning of what should, in whole statements.
static void judge_send(enum sweep_said said)
{
    struct sweep_kept *kept = sweep_kept();
    if (kept->is_first) {
        kept->size = stage.frame.size;
        memcpy(kept->bytes, stage.frame.data, stage.frame.size);
    }
    if (said == SAID_DONE) {
        assert_int_equal(stage.frame.size, kept->size);
        assert_memory_equal(stage.frame.data, kept->bytes, kept->size);
    }
    assert_int_equal(act_send(), SAID_DONE);
    assert_memory_equal(stage.frame.data, kept->bytes, kept->size);
    assert_true(is_untouched());
}

static void prepare_send(void)
{
    set_out();
    town_submit(stage.scene->bureau, scene_notice(stage.scene));
    town_submit(stage.scene->bureau, scene_note(stage.scene, stage.scene->township->id, "另附一函。"));
    put_aside(stage.scene->bureau, NULL, NULL);
}

// ------------------------------------------------------------------------------------------------------- audit

static struct {
    struct audit_report report;
    struct audit_rebuilt rebuilt;
} audited;

static enum sweep_said act_audit(void)
{
    char aside[CONFIG_TEXT_BYTES + 16];
    snprintf(aside, sizeof aside, "%s/rebuilt", stage.own.path);
    int verified = audit_verify(stage.at->store, &audited.report);
    int rebuilt = audit_rebuild(stage.at->store, aside, &audited.rebuilt);
    return verified == 0 && rebuilt == 0 ? SAID_DONE : SAID_FAILED;
}

static void judge_audit(enum sweep_said said)
{
    if (said == SAID_DONE) {
        assert_string_equal(audited.report.fault, "");
        assert_string_equal(audited.rebuilt.difference, "");
        assert_int_equal(audited.report.turns, stage.turn_before);
    }
    assert_true(is_untouched());
}

const struct sweep_scene scenes_of_turns[] = {
    {"first-start", prepare_restart, enter_empty, act, judge_turn, leave},
    {"restart", prepare_restart, enter, act, judge_turn, leave},
    {"open", prepare_restart, enter_closed, act_open, judge_open, leave},
    {"submit", prepare_submit, enter, act, judge_turn, leave},
    {"accept", prepare_accept, enter, act, judge_turn, leave},
    {"receipt", prepare_receipt, enter, act, judge_turn, leave},
    {"sign", prepare_sign, enter, act, judge_turn, leave},
    {"tick", prepare_tick, enter, act, judge_turn, leave},
    {"greet", prepare_greet, enter, act, judge_turn, leave},
    {"add-peer", prepare_peer, enter, act, judge_turn, leave},
    {"ask", prepare_ask, enter, act_ask, judge_ask, leave},
    {"send", prepare_send, enter, act_send, judge_send, leave},
    {"audit", prepare_ask, enter, act_audit, judge_audit, leave},
};
const size_t scenes_of_turns_count = sizeof scenes_of_turns / sizeof *scenes_of_turns;
