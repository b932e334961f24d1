// SPDX-License-Identifier: Apache-2.0
#include "store/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/header.h"
#include "wire/seal_key.h"
#include "wire/text.h"

#include "base/fail.h"
#include "store/blob.h"
#include "store/commit.h"
#include "store/inside.h"
#include "store/journal.h"
#include "store/pages.h"
#include "store/view.h"

// A record is at most a turn's facts; the turn bounds its events, and this bounds what reading one may take.
enum { RECORD_ARENA_BYTES = 256 << 20, REBUILD_TURNS = 256 };

// ---------------------------------------------------------------------------------------------------- verify

struct check {
    struct view *view;
    struct arena *arena;
    struct audit_report *report;
    enum suite suite;
    struct digest head;
};

__attribute__((format(printf, 2, 3))) static bool fault(struct check *check, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(check->report->fault, sizeof(check->report->fault), format, args);
    va_end(args);
    return false;
}

static bool seal_holds(struct check *check, const uint8_t *bytes, const char *author)
{
    struct agency agency;
    if (!view_agency(check->view, author, check->arena, &agency)) {
        return false;
    }
    struct seal_key *key = NULL;
    const struct bytes raw = {agency.card->sign_key.data, agency.card->sign_key.len};
    enum seal_key_outcome outcome = seal_key_new((enum suite)agency.card->suite, raw, &key);
    outcome = outcome == SEAL_KEY_OK ? seal_key_check(bytes, key) : outcome;
    seal_key_free(&key);
    if (outcome == SEAL_KEY_FAILED) {
        schema_fail(&check->view->access, ENOMEM, "the seal's key");
    }
    return outcome == SEAL_KEY_OK;
}

// An attachment is the file that its author committed to; which one it is stands in the tables, and its salt beside the statement.
static bool check_attachments(struct check *check, uint64_t position, const struct envelope *envelope, const Wire__Header *header)
{
    for (unsigned i = 0; i < envelope->part_count; i++) {
        struct file_name name;
        struct digest commitment;
        if (envelope->parts[i].form != PART_CHUNKED || !view_attached_name(view_attached(check->view, position, i, check->arena), &name)) {
            continue;
        }
        tree_commit(name.suite, envelope->parts[i].salt, name.size, &name.root, &commitment);
        if (memcmp(commitment.bytes, header->parts[i]->commitment.data, DIGEST_BYTES) != 0) {
            return fault(check, "statement %" PRIu64 ": an attachment is not what its author committed to", position);
        }
    }
    return true;
}

static bool check_statement(struct check *check, const Record__StatementHeld *fact)
{
    const Wire__Header *stored = view_open_header(check->view, fact->position, check->arena);
    const uint8_t *bytes = stored == NULL ? NULL : view_seal(check->view, stored->author, fact->epoch, fact->turn, check->arena);
    struct bytes body = stored != NULL ? view_body(check->view, fact->position, stored, VIEW_ALL_PARTS, check->arena) : (struct bytes){0};
    struct seal seal;
    struct envelope envelope;
    struct digest leaf;
    if (bytes == NULL || body.data == NULL || !seal_decode(bytes, &seal)) {
        return fault(check, "statement %" PRIu64 ": its bytes are missing", fact->position);
    }
    if (envelope_decode(body, &envelope) != ENVELOPE_OK || envelope_prove(&seal, &envelope, &leaf) != ENVELOPE_OK ||
        fact->leaf.len != DIGEST_BYTES || memcmp(leaf.bytes, fact->leaf.data, DIGEST_BYTES) != 0) {
        return fault(check, "statement %" PRIu64 ": does not lead to its seal", fact->position);
    }
    Wire__Header *header;
    enum envelope_outcome opened = header_open(&seal, &envelope, check->arena, NULL, &header);
    if (opened == ENVELOPE_NO_MEMORY) {
        schema_fail(&check->view->access, ENOMEM, "a header");
    }
    if (opened != ENVELOPE_OK || envelope_check_parts(&seal, &envelope, header) != ENVELOPE_OK) {
        return fault(check, "statement %" PRIu64 ": a part does not match its commitment", fact->position);
    }
    if (!check_attachments(check, fact->position, &envelope, header)) {
        return false;
    }
    for (unsigned i = 0; i < envelope.part_count; i++) {
        check->report->parts += envelope.parts[i].form == PART_PRESENT;
        check->report->erased += envelope.parts[i].form == PART_WITHHELD;
    }
    if (fact->carrier[0] != '\0' && !seal_holds(check, bytes, stored->author)) {
        return fault(check, "statement %" PRIu64 ": the seal of %s does not verify", fact->position, stored->author);
    }
    check->report->statements++;
    return true;
}

static bool check_own_seal(struct check *check, const Record__Turn *turn)
{
    struct seal seal;
    if (turn->seal.len == 0) {
        return true;
    }
    if (turn->seal.len != SEAL_BYTES || !seal_decode(turn->seal.data, &seal) || seal.turn != turn->number ||
        seal.epoch != turn->epoch || seal.at != turn->at || memcmp(seal.head.bytes, turn->head_before.data, DIGEST_BYTES) != 0) {
        return fault(check, "turn %" PRIu64 ": its seal belongs elsewhere", turn->number);
    }
    if (!seal_holds(check, turn->seal.data, check->view->state->agency)) {
        return fault(check, "turn %" PRIu64 ": our own seal does not verify", turn->number);
    }
    return true;
}

static bool check_turn(struct check *check, uint64_t number)
{
    struct bytes record;
    Record__Turn *turn = journal_read(check->view, number, check->arena);
    if (turn == NULL || !journal_read_bytes(check->view, number, &record)) {
        return fault(check, "turn %" PRIu64 " is missing or damaged", number);
    }
    if (turn->number != number || turn->head_before.len != DIGEST_BYTES ||
        memcmp(turn->head_before.data, check->head.bytes, DIGEST_BYTES) != 0) {
        return fault(check, "turn %" PRIu64 " does not follow the one before it", number);
    }
    if (!check_own_seal(check, turn)) {
        return false;
    }
    for (size_t i = 0; i < turn->n_effects; i++) {
        if (turn->effects[i]->is_case == RECORD__EFFECT__IS_STATEMENT && !check_statement(check, turn->effects[i]->statement)) {
            return false;
        }
    }
    struct digest head = check->head;
    journal_next_head(check->suite, (struct bytes){head.bytes, DIGEST_BYTES}, record, &check->head);
    check->report->turns++;
    return true;
}

// Every file that attachments are is there, and leads to its name.
static bool check_files(struct check *check, struct blobs *blobs)
{
    enum { AT_ONCE = 256 };
    struct file_name last;
    const struct file_name *from = NULL;
    size_t count;
    do {
        struct file_name *names;
        arena_reset(check->arena);
        count = view_files(check->view, from, AT_ONCE, check->arena, &names);
        for (size_t i = 0; i < count; i++) {
            if ((from == NULL || !file_name_equals(&names[i], from)) && !blob_holds(blobs, &names[i])) {
                return fault(check, "file %s: it is missing or damaged",
                             text_hex(check->arena, (struct bytes){names[i].root.bytes, DIGEST_BYTES}));
            }
            check->report->files += from == NULL || !file_name_equals(&names[i], from);
        }
        if (count > 0) {
            last = names[count - 1];
            from = &last;
        }
    } while (count == AT_ONCE);
    return true;
}

int audit_verify(struct store *store, struct audit_report *out_report)
{
    *out_report = (struct audit_report){0};
    int result = pages_check(store->env, out_report->fault);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    struct arena *arena;
    result = arena_new(RECORD_ARENA_BYTES, &arena);
    if (result < 0) {
        return FAIL_ORIGIN(result, "arena");
    }
    struct view *view = store_read(store);
    if (view == NULL) {
        arena_free(&arena);
        return FAIL_HOP(-EIO);
    }
    struct check check = {view, arena, out_report, (enum suite)view->state->suite, {{0}}};
    uint64_t last = view->state->turn;
    bool good = out_report->fault[0] == '\0';
    for (uint64_t number = 1; good && number <= last; number++) {
        arena_reset(arena);
        good = check_turn(&check, number);
    }
    if (good && memcmp(check.head.bytes, view->state->head.data, DIGEST_BYTES) != 0) {
        good = fault(&check, "the state's head is not the journal's");
    }
    struct blobs *blobs = NULL;
    result = good && view->state->files > 0 ? blob_open(store->path, &blobs) : 0;
    if (blobs != NULL) {
        check_files(&check, blobs);
        blob_close(&blobs);
    }
    if (result < 0) {
        store_read_done(store);
        arena_free(&arena);
        return FAIL_HOP(result);
    }
    // What could not be looked at for want of memory is no damage; every other failure is.
    result = view->access.failure == -ENOMEM || out_report->fault[0] == '\0' ? view->access.failure : 0;
    store_read_done(store);
    arena_free(&arena);
    return result;
}

// --------------------------------------------------------------------------------------------------- rebuild

// What a statement says is read from its bytes, which are no table of the journal's; so is the matter of a duty.
static void replay_fact(struct view *live, struct store *fresh, struct arena *arena, const Record__Effect *fact)
{
    struct material material = {0};
    bool is_duty = fact->is_case == RECORD__EFFECT__IS_DUTY && fact->duty->ongoing;
    if (is_duty || fact->is_case == RECORD__EFFECT__IS_STATEMENT) {
        material.header = view_open_header(live, is_duty ? fact->duty->opening : fact->statement->position, arena);
        if (material.header == NULL) {
            schema_fail(&fresh->writing.access, EBADMSG, "a statement's header is missing");
            return;
        }
    }
    commit_apply(fresh, arena, fact, &material);
}

static int replay_some(struct view *view, struct store *fresh, struct arena *arena, uint64_t from, uint64_t to)
{
    int result = store_begin(fresh, NULL); // the arena lasts for one record only
    for (uint64_t number = from; result == 0 && number <= to; number++) {
        arena_reset(arena);
        struct bytes record;
        Record__Turn *turn = journal_read(view, number, arena);
        if (turn == NULL || !journal_read_bytes(view, number, &record)) {
            result = FAIL_ORIGIN(-EBADMSG, "a journal record is missing");
            break;
        }
        for (size_t i = 0; i < turn->n_effects; i++) {
            replay_fact(view, fresh, arena, turn->effects[i]);
        }
        struct digest head;
        journal_next_head((enum suite)view->state->suite, (struct bytes){turn->head_before.data, turn->head_before.len}, record, &head);
        commit_put_state(fresh, arena, turn, &head);
        result = fresh->writing.access.failure;
    }
    if (result < 0) {
        store_abort(fresh);
        return FAIL_HOP(result);
    }
    return store_commit(fresh);
}

static bool same_bytes(struct bytes left, struct bytes right)
{
    return left.size == right.size && (left.size == 0 || memcmp(left.data, right.data, left.size) == 0);
}

// Both walk in step: equal tables have the same keys in the same order.
static int compare_table(struct view *live, struct view *fresh, enum table table, struct audit_rebuilt *report)
{
    const struct key all = {0};
    struct walk left;
    struct walk right;
    bool more = true;
    schema_walk_start(&left, &live->access, table, &all, NULL, WALK_UP);
    schema_walk_start(&right, &fresh->access, table, &all, NULL, WALK_UP);
    while (more) {
        struct bytes left_key;
        struct bytes left_value;
        struct bytes right_key;
        struct bytes right_value;
        bool is_left = schema_walk_next(&left, &left_key, &left_value);
        bool is_right = schema_walk_next(&right, &right_key, &right_value);
        bool same = is_left == is_right && (!is_left || (same_bytes(left_key, right_key) && same_bytes(left_value, right_value)));
        if (!same) {
            snprintf(report->difference, sizeof(report->difference), "table %s differs at its row %" PRIu64, schema_name(table),
                     report->rows);
        }
        more = same && is_left;
        report->rows += more;
    }
    schema_walk_stop(&left);
    schema_walk_stop(&right);
    int failure = live->access.failure != 0 ? live->access.failure : fresh->access.failure;
    return failure == 0 ? 0 : FAIL_HOP(failure);
}

static int compare_tables(struct view *live, struct store *fresh, struct audit_rebuilt *report)
{
    struct view *view = store_read(fresh);
    if (view == NULL) {
        return FAIL_HOP(-EIO);
    }
    int result = 0;
    for (int i = 0; result == 0 && i < TABLE_COUNT && report->difference[0] == '\0'; i++) {
        if (!schema_is_primary((enum table)i)) {
            result = compare_table(live, view, (enum table)i, report);
        }
    }
    store_read_done(fresh);
    return result;
}

static int replay(struct view *live, struct store *fresh, struct audit_rebuilt *report)
{
    struct arena *arena;
    int result = arena_new(RECORD_ARENA_BYTES, &arena);
    if (result < 0) {
        return FAIL_ORIGIN(result, "arena");
    }
    uint64_t last = live->state->turn;
    for (uint64_t from = 1; result == 0 && from <= last; from += REBUILD_TURNS) {
        uint64_t to = from + REBUILD_TURNS - 1 < last ? from + REBUILD_TURNS - 1 : last;
        result = replay_some(live, fresh, arena, from, to);
        report->turns = to;
    }
    arena_free(&arena);
    return result == 0 ? compare_tables(live, fresh, report) : FAIL_HOP(result);
}

int audit_rebuild(struct store *store, const char *path, struct audit_rebuilt *out_report)
{
    *out_report = (struct audit_rebuilt){0};
    const Record__State *state = store_state(store);
    const struct store_options options = {
        .path = path,
        .map_bytes = store->map_bytes,
        .agency = state->agency,
        .suite = (enum suite)state->suite,
        .test = state->test,
    };
    enum store_outcome outcome;
    struct store *fresh = NULL;
    int result = store_open(&options, &outcome, &fresh);
    if (result < 0 || outcome != STORE_OPENED) {
        return FAIL_ORIGIN(result < 0 ? result : -EBUSY, "cannot make the store to rebuild into");
    }
    if (store_state(fresh)->turn != 0) {
        result = FAIL_ORIGIN(-EEXIST, "the store to rebuild into is not empty: remove it first");
    }
    struct view *live = result == 0 ? store_read(store) : NULL;
    if (result == 0) {
        result = live == NULL ? FAIL_HOP(-EIO) : replay(live, fresh, out_report);
    }
    store_read_done(store);
    store_close(&fresh);
    return result;
}
