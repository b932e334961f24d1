// SPDX-License-Identifier: Apache-2.0
#include "rules/receipt.h"

#include <inttypes.h>
#include <string.h>

#include "wire/tree.h"

#include "rules/alarm.h"
#include "rules/allowance.h"
#include "rules/attach.h"
#include "rules/come_due.h"
#include "rules/delivery.h"
#include "rules/duty.h"
#include "rules/hold.h"
#include "rules/statement.h"

// What a receipt lists must decode within the limits of a body (PROTOCOL.md section 12): a refusal has up to seven fields and a detail, and more of
// them than this would be a receipt that nobody can read, so that the same bytes would be offered for ever.
enum { LISTED_IN_A_RECEIPT = 256, TEXT_IN_A_RECEIPT = 256 << 10 };

void receipt_note(struct view *view, struct effects *effects, const Record__StreamMoved *moved)
{
    const struct held *held = moved->position == 0 ? NULL : view_statement(view, moved->position, effects->arena);
    const ProtobufCBinaryData leaf = held == NULL ? moved->leaf : held->leaf;
    struct decided decided = {
        .peer = moved->peer,
        .stream = moved->stream,
        .epoch = moved->epoch,
        .sequence = moved->sequence,
        .received_at = moved->received_at,
        .refusal_code = moved->refusal_code[0] == '\0' ? NULL : moved->refusal_code,
        .refusal_detail = moved->refusal_detail,
    };
    if (leaf.len == DIGEST_BYTES) {
        memcpy(decided.leaf.bytes, leaf.data, DIGEST_BYTES);
    }
    effect_decide(effects, &decided);
}

// -------------------------------------------------------------------------------------------------------- seal

struct building {
    struct view *view;
    struct effects *effects;
    Wire__Receipt receipt;
    struct digest *leaves; // of the run being built
    size_t leaf_count;
    size_t text_bytes; // of all details
    Wire__Run *run;
};

static void close_run(struct building *building)
{
    if (building->run == NULL) {
        return;
    }
    struct digest *root = effect_take(building->effects, 1, sizeof(*root));
    if (root != NULL) {
        tree_root_of((enum suite)view_state(building->view)->suite, building->leaves, building->leaf_count, root);
        building->run->root = (ProtobufCBinaryData){DIGEST_BYTES, root->bytes};
    }
    building->run = NULL;
    building->leaf_count = 0;
}

static void open_run(struct building *building, const struct decided *decided)
{
    Wire__Run *run = effect_take(building->effects, 1, sizeof(*run));
    if (run == NULL) {
        return;
    }
    wire__run__init(run);
    run->stream = decided->stream;
    run->epoch = decided->epoch;
    run->from = decided->sequence;
    run->received_at = decided->received_at;
    building->receipt.runs[building->receipt.n_runs++] = run;
    building->run = run;
}

static bool continues(const Wire__Run *run, const struct decided *decided)
{
    return run != NULL && run->stream == decided->stream && run->epoch == decided->epoch && run->to + 1 == decided->sequence &&
           run->received_at == decided->received_at;
}

static void add_refusal(struct building *building, const struct decided *decided)
{
    Wire__Refused *refused = effect_take(building->effects, 1, sizeof(*refused));
    if (refused == NULL) {
        return;
    }
    wire__refused__init(refused);
    refused->stream = decided->stream;
    refused->epoch = decided->epoch;
    refused->position = decided->sequence;
    refused->leaf = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)decided->leaf.bytes};
    refused->code = (char *)decided->refusal_code;
    refused->detail = (char *)decided->refusal_detail;
    refused->received_at = decided->received_at;
    building->receipt.refusals[building->receipt.n_refusals++] = refused;
    building->text_bytes += strlen(refused->detail);
}

static void add_decided(struct building *building, const struct decided *decided)
{
    if (decided->refusal_code != NULL) {
        close_run(building);
        add_refusal(building, decided);
        return;
    }
    if (!continues(building->run, decided)) {
        close_run(building);
        open_run(building, decided);
    }
    if (building->run != NULL) {
        building->run->to = decided->sequence;
        building->leaves[building->leaf_count++] = decided->leaf;
    }
}

static void add_whole(struct building *building, const struct told_whole *told)
{
    Wire__Whole *whole = effect_take(building->effects, 1, sizeof(*whole));
    if (whole == NULL) {
        return;
    }
    wire__whole__init(whole);
    whole->author = (char *)told->part.author;
    whole->id = (ProtobufCBinaryData){told->part.id.size, (uint8_t *)told->part.id.data};
    whole->part = told->part.part;
    whole->received_at = told->received_at;
    building->receipt.wholes[building->receipt.n_wholes++] = whole;
}

static bool is_full(const struct building *building)
{
    return building->receipt.n_runs + building->receipt.n_refusals + building->receipt.n_wholes == LISTED_IN_A_RECEIPT || building->text_bytes > TEXT_IN_A_RECEIPT;
}

static bool start_receipt(struct building *building)
{
    wire__receipt__init(&building->receipt);
    building->text_bytes = 0;
    building->receipt.runs = effect_take(building->effects, LISTED_IN_A_RECEIPT, sizeof(*building->receipt.runs));
    building->receipt.refusals = effect_take(building->effects, LISTED_IN_A_RECEIPT, sizeof(*building->receipt.refusals));
    building->receipt.wholes = effect_take(building->effects, LISTED_IN_A_RECEIPT, sizeof(*building->receipt.wholes));
    return !building->effects->exhausted;
}

static void finish_receipt(struct building *building, const char *peer)
{
    close_run(building);
    uint64_t position = statement_machine(building->view, building->effects, "receipt", peer, &building->receipt.base);
    struct release *release = effect_release(building->effects, RELEASE_UNNUMBERED);
    release->peer = peer;
    release->position = position;
}

static void seal_for(struct view *view, struct effects *effects, const char *peer, size_t count)
{
    struct building building = {.view = view, .effects = effects};
    building.leaves = effect_take(effects, count, sizeof(*building.leaves));
    bool ready = start_receipt(&building);
    for (struct decided *decided = effects->first_decided; ready && decided != NULL; decided = decided->next) {
        if (decided->peer == NULL || strcmp(decided->peer, peer) != 0) {
            continue;
        }
        if (is_full(&building)) {
            finish_receipt(&building, peer);
            ready = start_receipt(&building);
        }
        if (ready) {
            add_decided(&building, decided);
        }
    }
    for (struct told_whole *whole = effects->first_whole; ready && whole != NULL; whole = whole->next) {
        if (whole->peer == NULL || strcmp(whole->peer, peer) != 0) {
            continue;
        }
        if (is_full(&building)) {
            finish_receipt(&building, peer);
            ready = start_receipt(&building);
        }
        if (ready) {
            add_whole(&building, whole);
        }
        whole->peer = NULL; // told
    }
    if (ready) {
        finish_receipt(&building, peer);
    }
}

void receipt_seal(struct view *view, struct effects *effects)
{
    struct decided *first = effects->first_decided;
    while (first != NULL && !effects->exhausted) {
        const char *peer = first->peer;
        size_t count = 0;
        for (struct decided *decided = first; decided != NULL; decided = decided->next) {
            count += decided->peer != NULL && strcmp(decided->peer, peer) == 0;
        }
        seal_for(view, effects, peer, count);
        struct decided *next = NULL;
        for (struct decided *decided = first; decided != NULL; decided = decided->next) {
            if (decided->peer != NULL && strcmp(decided->peer, peer) == 0) {
                decided->peer = NULL; // told
            } else if (next == NULL && decided->peer != NULL) {
                next = decided;
            }
        }
        first = next;
    }
    for (struct told_whole *whole = effects->first_whole; whole != NULL && !effects->exhausted; whole = whole->next) {
        if (whole->peer != NULL) {
            seal_for(view, effects, whole->peer, 0);
        }
    }
}

// ------------------------------------------------------------------------------------------------------ accept

// One step of the cursor: a run of held positions, or one refusal.
struct step {
    uint32_t stream;
    uint64_t epoch;
    uint64_t from;
    uint64_t to;
    const Wire__Run *run;
    const Wire__Refused *refused;
};

static bool find_queued_leaf(struct view *view, struct effects *effects, uint64_t position, struct digest *out_leaf)
{
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held == NULL || held->leaf.len != DIGEST_BYTES) {
        return false;
    }
    memcpy(out_leaf->bytes, held->leaf.data, DIGEST_BYTES);
    return true;
}

static bool run_matches(struct view *view, struct effects *effects, enum suite suite, const Wire__Run *run, const uint64_t *positions)
{
    uint64_t count = run->to - run->from + 1;
    struct digest *leaves = effect_take(effects, count, sizeof(*leaves));
    struct digest root;
    for (uint64_t i = 0; leaves != NULL && i < count; i++) {
        if (!find_queued_leaf(view, effects, positions[i], &leaves[i])) {
            return false;
        }
    }
    if (leaves == NULL) {
        return false;
    }
    tree_root_of(suite, leaves, count, &root);
    return run->root.len == DIGEST_BYTES && memcmp(root.bytes, run->root.data, DIGEST_BYTES) == 0;
}

// Who could not make out which statement it was refuses it without a digest, as zeroes.
static bool is_refusal_of(const Wire__Refused *refused, const struct digest *leaf)
{
    static const struct digest unknown;
    return refused->leaf.len == DIGEST_BYTES && (memcmp(refused->leaf.data, leaf->bytes, DIGEST_BYTES) == 0 ||
                                                 memcmp(refused->leaf.data, unknown.bytes, DIGEST_BYTES) == 0);
}

// Nobody has received what he speaks of after he spoke.
static bool is_possible(const struct step *step, const struct seal *seal)
{
    return (step->run != NULL ? step->run->received_at : step->refused->received_at) <= seal->at;
}

static bool step_matches(struct view *view, struct effects *effects, const char *peer, enum suite suite, const struct step *step)
{
    struct stream_place place = view_outgoing(view, peer, step->stream, effects->arena);
    if (step->from == 0 || step->to < step->from || step->to > place.last || step->to - step->from >= LIMIT_WINDOW_MESSAGES) {
        return false;
    }
    const struct stretch said = {step->stream, step->epoch, step->from, step->to};
    uint64_t *positions;
    if (!view_outbox_all(view, peer, &said, effects->arena, &positions)) {
        return false;
    }
    if (step->run != NULL) {
        return run_matches(view, effects, suite, step->run, positions);
    }
    struct digest leaf;
    return find_queued_leaf(view, effects, positions[0], &leaf) && is_refusal_of(step->refused, &leaf);
}

// `from` is the first position that no receipt told of before: a time once told stays, even where a later run reaches back over it.
static void move_cursor(struct effects *effects, const char *peer, const struct step *step, uint64_t from, uint64_t receipt)
{
    Record__CursorMoved *moved = effect_take(effects, 1, sizeof(*moved));
    if (moved == NULL) {
        return;
    }
    record__cursor_moved__init(moved);
    moved->peer = (char *)peer;
    moved->stream = step->stream;
    moved->epoch = step->epoch;
    moved->from = from;
    moved->to = step->to;
    moved->received_at = step->run == NULL ? 0 : step->run->received_at;
    moved->receipt = receipt;
    moved->at = effects->now;
    effect_put(effects, RECORD__EFFECT__IS_CURSOR, moved, NULL);
}

// The other operator has this alarm since the statement was refused; both have to see to it that the files agree.
static void tell_disagreement(struct view *view, struct effects *effects, const char *peer, const Wire__Refused *refused)
{
    if (strcmp(refused->code, "procedure") == 0 || strcmp(refused->code, "compact") == 0) {
        alarm_raise(view, effects, refused->code, peer, "与对方的规程或协作机制不一致，去文被拒收：%s", refused->detail);
    }
}

static void take_step(struct view *view, struct effects *effects, const char *peer, const struct step *step, uint64_t receipt)
{
    uint64_t settled = view_outgoing(view, peer, step->stream, effects->arena).settled;
    const struct stretch told = {step->stream, step->epoch, settled + 1, step->to};
    uint64_t *positions;
    move_cursor(effects, peer, step, told.from, receipt);
    if (step->refused != NULL) {
        tell_disagreement(view, effects, peer, step->refused);
    }
    if (!view_outbox_all(view, peer, &told, effects->arena, &positions)) {
        return;
    }
    for (uint64_t i = 0; i <= told.to - told.from; i++) {
        if (positions[i] != 0 && step->refused != NULL) {
            const struct delivery_step refused = {
                positions[i], peer, DELIVERY_REFUSE, effects->now, receipt, step->refused->code, step->refused->detail,
            };
            delivery_move(view, effects, &refused);
        }
        if (positions[i] != 0) {
            duty_consider(view, effects, positions[i]); // what was refused is no longer on its way
        }
    }
}

static size_t list_steps(struct effects *effects, const Wire__Receipt *receipt, struct step **out_steps)
{
    size_t count = receipt->n_runs + receipt->n_refusals;
    struct step *steps = effect_take(effects, count == 0 ? 1 : count, sizeof(*steps));
    *out_steps = steps;
    if (steps == NULL) {
        return 0;
    }
    size_t used = 0;
    size_t run = 0;
    size_t refusal = 0;
    while (run < receipt->n_runs || refusal < receipt->n_refusals) { // both are in order of position; merge
        const Wire__Run *r = run < receipt->n_runs ? receipt->runs[run] : NULL;
        const Wire__Refused *f = refusal < receipt->n_refusals ? receipt->refusals[refusal] : NULL;
        if (f == NULL || (r != NULL && r->from < f->position)) {
            steps[used++] = (struct step){r->stream, r->epoch, r->from, r->to, r, NULL};
            run++;
        } else {
            steps[used++] = (struct step){f->stream, f->epoch, f->position, f->position, NULL, f};
            refusal++;
        }
    }
    return used;
}

// False: nothing more of this receipt is taken.
static bool accept_steps(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item, uint64_t *position)
{
    const Wire__Receipt *receipt = (const Wire__Receipt *)item->body;
    struct step *steps;
    size_t count = list_steps(effects, receipt, &steps);
    if (count > LIMIT_FIELDS) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct step *step = &steps[i];
        struct stream_place place = view_outgoing(view, event->peer, step->stream, effects->arena);
        if (step->epoch != place.epoch || step->to <= place.settled) {
            continue; // told before, or of an epoch we have left
        }
        if (!is_possible(step, &item->seal) || !step_matches(view, effects, event->peer, item->seal.suite, step)) {
            alarm_raise(view, effects, "receipt", event->peer, "对方的回执与本机关发出的不符（第 %" PRIu64 "–%" PRIu64 " 号）", step->from, step->to);
            return false;
        }
        if (step->from > place.settled + 1) {
            return true; // an earlier receipt was lost: the same positions are offered again and told again
        }
        if (*position == 0) {
            *position = hold_statement(view, effects, event->peer, item, event->skew_ms);
        }
        take_step(view, effects, event->peer, step, *position);
    }
    return true;
}

void receipt_accept(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item)
{
    uint64_t position = 0;
    if (accept_steps(view, effects, event, item, &position)) {
        attach_arrived(view, effects, event, item, &position);
    }
}

// ----------------------------------------------------------------------------------------------------- offered

void receipt_offer(struct view *view, struct effects *effects, const struct event *event)
{
    if (effects->now <= event->up_to || !event->clock_trusted) {
        return; // something in time may still be sealed
    }
    if (!allowance_take(view, effects, event->peer)) {
        return; // it asks again
    }
    Wire__StreamEnd **ends = effect_take(effects, STREAM_COUNT, sizeof(*ends));
    Wire__Offered offered = WIRE__OFFERED__INIT;
    offered.up_to = effects->now - 1; // this turn itself may still seal more
    offered.ends = ends;
    for (uint32_t stream = 0; ends != NULL && stream < STREAM_COUNT; stream++) {
        struct stream_place place = view_outgoing(view, event->peer, stream, effects->arena);
        Wire__StreamEnd *end = stream != STREAM_DIRECT && place.last == 0 ? NULL : effect_take(effects, 1, sizeof(*end));
        if (end != NULL) {
            wire__stream_end__init(end);
            end->stream = stream;
            end->epoch = place.epoch;
            end->last = place.last;
            ends[offered.n_ends++] = end;
        }
    }
    uint64_t position = statement_machine(view, effects, "offered", event->peer, &offered.base);
    struct release *release = effect_release(effects, RELEASE_UNNUMBERED);
    release->peer = event->peer;
    release->position = position;
}

void receipt_later(struct effects *effects, const char *peer, const Wire__Later *later)
{
    struct release *release = effect_release(effects, RELEASE_LATER);
    Wire__Later *kept = arena_take(effects->arena, sizeof(*kept));
    if (kept == NULL) {
        effects->exhausted = true;
        return;
    }
    *kept = *later;
    release->peer = peer;
    release->later = kept;
}

// What a mark says was sent, and is not here, was lost, or held once by a store that was restored since.
static bool holds_up_to(struct view *view, struct effects *effects, const char *peer, const Wire__Offered *offered)
{
    bool holds = true;
    for (size_t i = 0; i < offered->n_ends; i++) {
        const Wire__StreamEnd *end = offered->ends[i];
        struct stream_place place = view_incoming(view, peer, end->stream, effects->arena);
        if (end->last == 0 || (place.epoch == end->epoch && place.last >= end->last)) {
            continue;
        }
        holds = false;
        if (place.epoch <= end->epoch) {
            Wire__Later later = WIRE__LATER__INIT;
            later.stream = end->stream;
            later.epoch = end->epoch;
            later.position = place.epoch == end->epoch ? place.last + 1 : 1;
            later.reason = "gap";
            receipt_later(effects, peer, &later);
        }
    }
    return holds;
}

void receipt_accept_offered(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item)
{
    const Wire__Offered *offered = (const Wire__Offered *)item->body;
    if (!view_has_unheard(view, event->peer) || offered->up_to > item->seal.at || !holds_up_to(view, effects, event->peer, offered)) {
        return; // decides nothing (yet)
    }
    Record__OfferedHeard *heard = effect_take(effects, 1, sizeof(*heard));
    uint64_t position = hold_statement(view, effects, event->peer, item, event->skew_ms);
    if (heard == NULL) {
        return;
    }
    record__offered_heard__init(heard);
    heard->peer = (char *)event->peer;
    heard->up_to = offered->up_to;
    heard->position = position;
    effect_put(effects, RECORD__EFFECT__IS_OFFERED, heard, NULL);
    come_due_heard(view, effects, event->peer, DUTY_FIRST_PLACE);
}
