// SPDX-License-Identifier: Apache-2.0
//
// Journal and tables of a store with a history of every kind: they hold, and whatever is changed in
// them is found. Changes are made through the store itself, so that every checksum is right.
#include "unit/published.h"

#include <errno.h>

#include "wire/tree.h"

#include "store/blob.h"
#include "store/audit.h"
#include "store/commit.h"
#include "store/inside.h"

// ---------------------------------------------------------------------------------------- history

static void refuse_one(struct scene *scene)
{
    town_submit(scene->bureau, scene_note(scene, scene->township->id, "路上受损"));
    struct bytes frame = town_take(scene->bureau, scene->township);
    ((uint8_t *)(uintptr_t)frame.data)[frame.size - 1] ^= 1;
    town_receive(scene->township, scene->bureau, frame);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
}

static void let_one_fall_due(struct scene *scene)
{
    Control__Draft *note = scene_note(scene, scene->township->id, "无人签收");
    town_submit(scene->bureau, note);
    town_settle(&scene->town);
    scene->town.now += 3 * TOWN_DAY;
    town_tick(scene->bureau);
    town_tick(scene->township);
    struct event event = town_event(&scene->town, EVENT_ASK_OFFERED);
    event.peer = scene->bureau->id;
    event.up_to = scene->town.now - 1;
    town_turn(scene->township, &event, 1);
    town_receive(scene->bureau, scene->township, town_said(scene->township, scene->bureau));
}

// A notice reaches the other township as an enclosure, then by itself.
static void cross_the_order(struct scene *scene)
{
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *sign = scene_acknowledgement(scene, notice);
    town_add_copy(town, sign, scene->other->id);
    town_submit(scene->township, sign);
    const struct town_item item = {
        FRAME_ENCLOSURE, town_held(scene->township,
                                   town_find(scene->township, scene->bureau, notice->id),
                                   VIEW_NO_PARTS)};
    uint64_t epoch = view_state(town_view(scene->township))->epoch;
    town_receive(scene->other, scene->township, town_pack(town, epoch, 1, &item, 1));
    town_settle(town);
}

// The signature has reached the holder of a copy before the message has, and much is still to be sent.
static void leave_unfinished(struct scene *scene)
{
    Control__Draft *notice = scene_notice(scene);
    town_add_copy(&scene->town, notice, scene->other->id);
    town_submit(scene->bureau, notice);
    town_deliver(scene->bureau, scene->township);
    Control__Draft *sign = scene_acknowledgement(scene, notice);
    town_add_copy(&scene->town, sign, scene->other->id);
    town_submit(scene->township, sign);
    town_deliver(scene->township, scene->other);
    scene->town.now += 3 * TOWN_DAY;
    town_tick(scene->bureau); // nobody has been heard since
}

static void recall_one(struct scene *scene)
{
    Wire__Source source = WIRE__SOURCE__INIT;
    source.system = "case-system";
    source.record = "2025-17";
    Control__Draft *notice = scene_notice(scene);
    notice->source = &source;
    town_submit(scene->bureau, notice);
    town_submit(scene->bureau, scene_recall(scene, notice));
    town_settle(&scene->town);
}

static void greet_and_clear(struct scene *scene)
{
    Control__Request request = CONTROL__REQUEST__INIT;
    Control__AlarmClear clear = CONTROL__ALARM_CLEAR__INIT;
    struct event event = town_greeting(scene->bureau, scene->township);
    event.skew_ms = TOWN_HOUR;
    town_turn(scene->bureau, &event, 1);
    clear.code = "clock-skew";
    clear.agency = scene->township->id;
    request.ask_case = CONTROL__REQUEST__ASK_ALARM_CLEAR;
    request.alarm_clear = &clear;
    event = town_event(&scene->town, EVENT_REQUEST);
    event.request = (struct client_request){
        .client = "test", .role = ROLE_OPERATOR, .request = &request, .allowed = true};
    town_turn(scene->bureau, &event, 1);
    assert_int_equal(town_count_facts(scene->bureau, RECORD__EFFECT__IS_CLEARED), 1);
    event = town_greeting(scene->bureau, scene->other);
    event.skew_ms = TOWN_HOUR; // and one alarm that stays
    town_turn(scene->bureau, &event, 1);
}

// A client has put a file of one chunk.
static struct file_name put_file(struct member *member, uint8_t seed)
{
    uint8_t content[1000];
    struct blobs *blobs;
    uint32_t chunks;
    struct file_name name = {.suite = keyring_suite(member->keyring), .size = sizeof content};
    const struct blob_chunk chunk = {.content = {content, sizeof content}};
    struct event event = town_event(member->town, EVENT_FILE);
    memset(content, seed, sizeof content);
    tree_chunk_leaf(name.suite, chunk.content, &name.root);
    assert_int_equal(blob_open(member->config.store, &blobs), 0);
    assert_int_equal(blob_take(blobs, &name, &chunk, &chunks), BLOB_WHOLE);
    blob_close(&blobs);
    event.file = (struct file_event){.form = FILE_WHOLE, .name = name, .user = "officer"};
    town_turn(member, &event, 1);
    return name;
}

// One file is on its way to the township, and one waits for a statement.
static void attach(struct scene *scene)
{
    struct file_name name = put_file(scene->bureau, 1);
    Control__Draft *notice = scene_notice(scene);
    Control__Attachment attachment = CONTROL__ATTACHMENT__INIT;
    Control__Attachment *attachments[] = {&attachment};
    attachment.name = "a";
    attachment.size = name.size;
    attachment.root = (ProtobufCBinaryData){DIGEST_BYTES, name.root.bytes};
    notice->attachments = attachments;
    notice->n_attachments = 1;
    town_submit(scene->bureau, notice);
    put_file(scene->bureau, 2);
    town_settle(&scene->town);
}

static int make_history(void **state)
{
    scene_make(state);
    struct scene *scene = *state;
    cross_the_order(scene);
    refuse_one(scene);
    let_one_fall_due(scene);
    recall_one(scene);
    greet_and_clear(scene);
    published_subscribe(scene->township, scene->bureau, "penalty", NULL, 0);
    published_by(scene->bureau, "penalty");
    town_settle(&scene->town);
    attach(scene);
    leave_unfinished(scene);
    return 0;
}

#define with_history(test) cmocka_unit_test_setup_teardown(test, make_history, scene_drop)

// ----------------------------------------------------------------------------------------- changes

static struct key first_key(struct member *member, enum table table)
{
    struct key found = {0};
    struct key all = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    town_view(member);
    schema_walk_start(&walk, &member->store->reading.access, table, &all, NULL, WALK_UP);
    if (schema_walk_next(&walk, &key, &value)) {
        schema_add_bytes(&found, key);
    }
    schema_walk_stop(&walk);
    return found;
}

// Copies of all keys of a table, in the town's arena.
static size_t list_keys(struct member *member, enum table table, struct key **out_keys)
{
    struct key all = {0};
    struct walk walk;
    struct bytes key;
    struct bytes value;
    size_t count = 0;
    struct key *keys = arena_take_array(member->town->arena, 256, sizeof *keys);
    town_view(member);
    schema_walk_start(&walk, &member->store->reading.access, table, &all, NULL, WALK_UP);
    while (schema_walk_next(&walk, &key, &value)) {
        assert_true(count < 256);
        schema_add_bytes(&keys[count++], key);
    }
    schema_walk_stop(&walk);
    *out_keys = keys;
    return count;
}

static struct bytes value_at(struct member *member, enum table table, const struct key *key)
{
    struct bytes value;
    town_view(member);
    assert_true(schema_get(&member->store->reading.access, table, key, &value));
    return arena_copy_bytes(member->town->arena, value);
}

static void put(struct member *member, enum table table, const struct key *key, struct bytes value)
{
    assert_int_equal(store_begin(member->store, member->town->arena), 0);
    schema_put(&member->store->writing.access, table, key, value);
    assert_int_equal(store_commit(member->store), 0);
}

static void take_away(struct member *member, enum table table, const struct key *key)
{
    assert_int_equal(store_begin(member->store, member->town->arena), 0);
    schema_remove(&member->store->writing.access, table, key);
    assert_int_equal(store_commit(member->store), 0);
}

static void flip(struct member *member, enum table table, const struct key *key, size_t at)
{
    struct bytes value = value_at(member, table, key);
    assert_true(at < value.size);
    ((uint8_t *)(uintptr_t)value.data)[at] ^= 1;
    put(member, table, key, value);
}

static const char *verify(struct member *member)
{
    static struct audit_report report;
    assert_int_equal(audit_verify(member->store, &report), 0);
    return report.fault;
}

static void expect_found(struct member *member, enum table table, const struct key *key, size_t at)
{
    flip(member, table, key, at);
    if (verify(member)[0] == '\0') {
        fail_msg("byte %zu of a value of %s was changed and nobody found it", at,
                 schema_name(table));
    }
    flip(member, table, key, at);
}

// ------------------------------------------------------------------------------------------ verify

static void history_holds_at_every_member(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < scene->town.member_count; i++) {
        struct audit_report report;
        struct member *member = &scene->town.members[i];
        assert_int_equal(audit_verify(member->store, &report), 0);
        assert_string_equal(report.fault, "");
        assert_int_equal(report.turns, view_state(town_view(member))->turn);
        assert_int_equal(report.statements, view_state(town_view(member))->next_position - 1);
    }
}

static void empty_store_holds(void **state)
{
    struct scene *scene = *state;
    const struct store_options options = {
        .path = arena_format(scene->town.arena, "%s/empty", scene->town.scratch.path),
        .map_bytes = 1 << 20,
        .agency = "yecheng-scjg",
        .suite = SUITE_SM2_SM3,
    };
    struct store *store = NULL;
    struct audit_report report;
    enum store_outcome outcome;
    assert_int_equal(store_open(&options, &outcome, &store), 0);
    assert_int_equal(audit_verify(store, &report), 0);
    assert_string_equal(report.fault, "");
    assert_int_equal(report.turns, 0);
    store_close(&store);
}

// The first byte, the last, and some between; the chain covers all of them.
static void changed_record_is_found(void **state)
{
    struct scene *scene = *state;
    struct key *keys;
    size_t count = list_keys(scene->bureau, TABLE_JOURNAL, &keys);
    assert_true(count > 10);
    for (size_t i = 0; i < count; i++) {
        size_t size = value_at(scene->bureau, TABLE_JOURNAL, &keys[i]).size;
        expect_found(scene->bureau, TABLE_JOURNAL, &keys[i], 0);
        expect_found(scene->bureau, TABLE_JOURNAL, &keys[i], size / 2);
        expect_found(scene->bureau, TABLE_JOURNAL, &keys[i], size - 1);
    }
    assert_string_equal(verify(scene->bureau), "");
}

static void missing_record_is_found(void **state)
{
    struct scene *scene = *state;
    struct key *keys;
    size_t count = list_keys(scene->bureau, TABLE_JOURNAL, &keys);
    const size_t which[] = {0, count / 2, count - 1};
    for (size_t i = 0; i < 3; i++) {
        struct bytes value = value_at(scene->bureau, TABLE_JOURNAL, &keys[which[i]]);
        take_away(scene->bureau, TABLE_JOURNAL, &keys[which[i]]);
        assert_string_not_equal(verify(scene->bureau), "");
        put(scene->bureau, TABLE_JOURNAL, &keys[which[i]], value);
    }
    assert_string_equal(verify(scene->bureau), "");
}

// Part 0 is salt, place, path and header; the others are salt and content. All of each is covered.
static void changed_proof_or_part_is_found(void **state)
{
    struct scene *scene = *state;
    struct member *const members[] = {scene->bureau, scene->township};
    for (size_t m = 0; m < 2; m++) {
        struct key *keys;
        size_t count = list_keys(members[m], TABLE_PARTS, &keys);
        for (size_t i = 0; i < count; i++) {
            size_t size = value_at(members[m], TABLE_PARTS, &keys[i]).size;
            if (size == SALT_BYTES && members[m] == scene->township) {
                continue; // of an attachment that is awaited: it is proven when that comes
            }
            expect_found(members[m], TABLE_PARTS, &keys[i], 0);
            if (size > SALT_BYTES) {
                expect_found(members[m], TABLE_PARTS, &keys[i], SALT_BYTES);
            }
            expect_found(members[m], TABLE_PARTS, &keys[i], size - 1);
        }
    }
}

static void missing_proof_is_found_and_missing_part_is_counted(void **state)
{
    struct scene *scene = *state;
    struct audit_report before;
    struct audit_report after;
    struct key proof = {0};
    struct key part = {0};
    schema_add_u64(&proof, 1);
    schema_add_u8(&proof, 0);
    schema_add_u64(&part, 1);
    schema_add_u8(&part, 1);
    assert_int_equal(audit_verify(scene->bureau->store, &before), 0);
    take_away(scene->bureau, TABLE_PARTS, &part);
    assert_int_equal(audit_verify(scene->bureau->store, &after), 0);
    assert_int_equal(after.parts, before.parts - 1);
    assert_int_equal(after.erased, before.erased + 1);
    take_away(scene->bureau, TABLE_PARTS, &proof);
    assert_string_not_equal(verify(scene->bureau), "");
}

static void changed_seal_is_found(void **state)
{
    struct scene *scene = *state;
    struct key *keys;
    size_t count = list_keys(scene->township, TABLE_SEALS, &keys);
    assert_true(count > 4);
    for (size_t i = 0; i < count; i++) {
        expect_found(scene->township, TABLE_SEALS, &keys[i], 0);
        expect_found(scene->township, TABLE_SEALS, &keys[i], 88); // the root
        if (strcmp((const char *)keys[i].bytes, scene->township->id) != 0) {
            expect_found(scene->township, TABLE_SEALS, &keys[i], SEAL_BYTES - 1);
        }
    }
}

// -------------------------------------------------------------------------------------- rebuild

static void rebuild(struct member *member, struct audit_rebuilt *out_report)
{
    static unsigned number;
    char *path = arena_format(member->town->arena, "%s/rebuilt-%u", member->town->scratch.path,
                              number++);
    assert_int_equal(audit_rebuild(member->store, path, out_report), 0);
}

static void journal_rebuilds_the_tables_of_every_member(void **state)
{
    struct scene *scene = *state;
    for (size_t i = 0; i < scene->town.member_count; i++) {
        struct audit_rebuilt report;
        struct member *member = &scene->town.members[i];
        rebuild(member, &report);
        assert_string_equal(report.difference, "");
        assert_int_equal(report.turns, view_state(town_view(member))->turn);
        assert_true(report.rows > 20);
    }
}

// One test of all tables needs rows in all of them; what no member has would go untested in silence.
static struct member *member_with(struct scene *scene, enum table table)
{
    for (size_t i = 0; i < scene->town.member_count; i++) {
        if (first_key(&scene->town.members[i], table).size > 0) {
            return &scene->town.members[i];
        }
    }
    fail_msg("the history leaves no row in %s", schema_name(table));
    return NULL;
}

static void expect_difference(struct member *member, enum table table)
{
    struct audit_rebuilt report;
    rebuild(member, &report);
    if (strstr(report.difference, schema_name(table)) == NULL) {
        fail_msg("a row of %s was changed, and the difference is \"%s\"", schema_name(table),
                 report.difference);
    }
}

static void changed_extra_and_missing_row_are_found_in_every_table(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < TABLE_COUNT; i++) {
        enum table table = (enum table)i;
        if (schema_is_primary(table)) {
            continue;
        }
        struct member *member = member_with(scene, table);
        struct key key = first_key(member, table);
        struct bytes value = value_at(member, table, &key);
        if (value.size > 0) {
            flip(member, table, &key, value.size - 1);
            expect_difference(member, table);
        }
        take_away(member, table, &key);
        expect_difference(member, table);
        put(member, table, &key, value);
        struct key extra = key;
        extra.bytes[0] ^= 0x80;
        put(member, table, &extra, value);
        expect_difference(member, table);
        take_away(member, table, &extra);
    }
    journal_rebuilds_the_tables_of_every_member(state);
}

static void rebuild_does_not_write_over_a_store(void **state)
{
    struct scene *scene = *state;
    struct audit_rebuilt report;
    char *path = arena_format(scene->town.arena, "%s/rebuilt", scene->town.scratch.path);
    assert_int_equal(audit_rebuild(scene->bureau->store, path, &report), 0);
    assert_int_equal(audit_rebuild(scene->bureau->store, path, &report), -EEXIST);
    assert_true(audit_rebuild(scene->bureau->store, scene->bureau->config.store, &report) < 0);
    assert_string_equal(verify(scene->bureau), "");
}

// -------------------------------------------------------------------------------------- erasing

struct eraser {
    struct member *member;
};

static void apply(void *context, const Record__Effect *fact, const struct material *material)
{
    struct eraser *eraser = context;
    commit_apply(eraser->member->store, eraser->member->town->arena, fact, material);
}

// No rule erases yet, but journals may hold it, and both audits must live with it.
static void erased_part_is_counted_and_rebuilt(void **state)
{
    struct scene *scene = *state;
    struct eraser eraser = {scene->bureau};
    struct effects effects;
    struct audit_report before;
    struct audit_report after;
    struct audit_rebuilt rebuilt;
    const uint8_t seed[DIGEST_BYTES] = {0};
    Record__PartsErased erased = RECORD__PARTS_ERASED__INIT;
    erased.position = 1;
    assert_int_equal(audit_verify(scene->bureau->store, &before), 0);
    assert_int_equal(store_begin(scene->bureau->store, scene->town.arena), 0);
    effect_start(&effects, scene->town.arena, scene->town.now, seed, apply, &eraser);
    effect_put(&effects, RECORD__EFFECT__IS_PARTS, &erased, NULL);
    assert_int_equal(commit_turn(scene->bureau->store, scene->town.arena, scene->town.now, &effects,
                                 NULL),
                     0);
    assert_int_equal(audit_verify(scene->bureau->store, &after), 0);
    assert_string_equal(after.fault, "");
    assert_int_equal(after.erased, before.erased + 1);
    rebuild(scene->bureau, &rebuilt);
    assert_string_equal(rebuilt.difference, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_history(history_holds_at_every_member),
        with_scene(empty_store_holds),
        with_history(changed_record_is_found),
        with_history(missing_record_is_found),
        with_history(changed_proof_or_part_is_found),
        with_history(missing_proof_is_found_and_missing_part_is_counted),
        with_history(changed_seal_is_found),
        with_history(journal_rebuilds_the_tables_of_every_member),
        with_history(changed_extra_and_missing_row_are_found_in_every_table),
        with_history(rebuild_does_not_write_over_a_store),
        with_history(erased_part_is_counted_and_rebuilt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
