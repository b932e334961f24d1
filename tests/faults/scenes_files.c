// SPDX-License-Identifier: Apache-2.0
//
// Under faults: reading what the operator laid down, making an agency's folder, and the tools of libliaison that need no daemon. What says that it
// is done has said exactly what it says without a fault.
#include "faults/scenes.h"

#include "unit/scene.h"

#include "wire/attachment.h"
#include "wire/pem.h"
#include "wire/tree.h"

#include "init.h"
#include "law_files.h"
#include "lib/bundle.h"
#include "liaison/liaison.h"
#include "store/blob.h"

static struct {
    char *given[2]; // what the tool is given
    char *text;     // what it says
    struct config config;
} desk;

static char *read_text(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

// ------------------------------------------------------------------------------------------------------ judging

static enum sweep_said say(enum liaison_outcome outcome)
{
    if (outcome != LIAISON_DONE && outcome != LIAISON_FAILED) {
        fail_msg("said %d: %s", (int)outcome, desk.text == NULL ? "" : desk.text);
    }
    return outcome == LIAISON_DONE ? SAID_DONE : SAID_FAILED;
}

static void compare(const void *data, size_t size)
{
    struct sweep_kept *kept = sweep_kept();
    if (kept->is_first) {
        assert_true(size <= SWEEP_KEPT_BYTES);
        kept->size = size;
        memcpy(kept->bytes, data, size);
    }
    assert_int_equal(size, kept->size);
    assert_memory_equal(data, kept->bytes, size);
}

static void judge_text(enum sweep_said said)
{
    if (said == SAID_DONE) {
        compare(desk.text, strlen(desk.text));
    }
    liaison_free(desk.text);
    desk.text = NULL;
}

static void put_down(void)
{
    free(desk.given[0]);
    free(desk.given[1]);
    desk.given[0] = NULL;
    desk.given[1] = NULL;
}

// --------------------------------------------------------------------------------------------- kinds and bodies

static void prepare_nothing(void)
{
    put_down();
}

static enum sweep_said act_kinds(void)
{
    return say(liaison_kinds(NULL, &desk.text));
}

static enum sweep_said act_kind(void)
{
    return say(liaison_kinds("lead.notice", &desk.text));
}

static void prepare_body(void)
{
    put_down();
    desk.given[0] = read_text("conf/examples/lead-food-expired.json");
}

static enum sweep_said act_check(void)
{
    return say(liaison_body_check("lead.notice", desk.given[0], &desk.text));
}

static enum sweep_said act_map(void)
{
    uint8_t *bytes = NULL;
    size_t size;
    enum liaison_outcome outcome = liaison_body_encode("lead.notice", desk.given[0], &bytes, &size, &desk.text);
    if (outcome == LIAISON_DONE) {
        outcome = liaison_body_decode("lead.notice", bytes, size, &desk.text);
    }
    liaison_free(bytes);
    return say(outcome);
}

// ---------------------------------------------------------------------------------------------------------- law

static void prepare_clock(void)
{
    put_down();
    desk.given[0] = read_text("conf/calendars/calendar.csv");
}

static enum sweep_said act_clock(void)
{
    return say(liaison_clock("2025-09-28T10:00:00+08:00", "5 workdays", "653126", desk.given[0], strlen(desk.given[0]), &desk.text));
}

static void prepare_procedure(void)
{
    put_down();
    desk.given[0] = read_text("tests/town/procedures.d/yecheng-2025.conf");
}

static enum sweep_said act_procedure(void)
{
    return say(liaison_procedure_check(desk.given[0], strlen(desk.given[0]), &desk.text));
}

static enum sweep_said act_check_law(void)
{
    static const char compact[] = "[compact]\nid = c\ntitle = 机制\nprocedure = yecheng-2025\n[members]\na1 = bureau\na2 = township\n";
    const struct liaison_law_file files[] = {{"procedure", desk.given[0], strlen(desk.given[0])}, {"compact", compact, strlen(compact)}};
    return say(liaison_law_check(files, 2, &desk.text));
}

// -------------------------------------------------------------------------------------------------------- proof

// What export writes: cards, then statements.
static void prepare_verify(void)
{
    struct scene *scene;
    put_down();
    scene_make((void **)&scene);
    struct town *town = &scene->town;
    Control__Draft *notice = scene_notice(scene);
    uint64_t position = town_submit(scene->bureau, notice)->position;
    struct bytes statement = view_envelope(town_view(scene->bureau), position, VIEW_ALL_PARTS, town->arena);
    char *card = pem_format(scene->bureau->card, BUNDLE_CARD, town->arena);
    desk.given[0] = strdup(arena_format(town->arena, "%s%s", card, pem_format(statement, BUNDLE_STATEMENT, town->arena)));
    desk.given[1] = strdup(card);
    scene_drop((void **)&scene);
}

static enum sweep_said act_verify(void)
{
    return say(liaison_verify(desk.given[0], strlen(desk.given[0]), desk.given[1], &desk.text));
}

static enum sweep_said act_card(void)
{
    return say(liaison_card(desk.given[1], strlen(desk.given[1]), &desk.text));
}

// ------------------------------------------------------------------------------------------------ an agency's folder

static char folder[64];

static struct init_options agency(void)
{
    return (struct init_options){.folder = folder,
                                 .agency = "yecheng-scjg",
                                 .name = "叶城县市场监督管理局",
                                 .region = "653126",
                                 .sector = "market",
                                 .suite = "ed25519-sha256",
                                 .endpoint = "tcp://127.0.0.1:7443",
                                 .telephone = "0998-7280000"};
}

static void check_folder(void)
{
    static const char *const roles[] = {"submitter", "officer", "auditor", "operator", "administrator"};
    struct config_fault fault;
    enum keyring_outcome outcome;
    struct keyring *keyring = NULL;
    char path[512];
    assert_true(config_load(folder, &desk.config, &fault));
    assert_int_equal(keyring_open(desk.config.keys, SUITE_ED25519_SHA256, &outcome, &keyring), 0);
    assert_int_equal(outcome, KEYRING_OK);
    keyring_free(&keyring);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        snprintf(path, sizeof path, "%s/client-keys/%s.key", folder, roles[i]);
        assert_int_equal(access(path, R_OK), 0);
        snprintf(path, sizeof path, "%s/clients/%s.conf", folder, roles[i]);
        assert_int_equal(access(path, R_OK), 0);
    }
    snprintf(path, sizeof path, "%s/card", folder);
    char *card = read_text(path);
    char *text = NULL;
    assert_int_equal(liaison_card(card, strlen(card), &text), LIAISON_DONE);
    liaison_free(text);
    free(card);
}

static void remove_folder(void)
{
    struct scratch scratch;
    snprintf(scratch.path, sizeof scratch.path, "%s", folder);
    if (access(folder, F_OK) == 0) {
        scratch_remove(&scratch);
    }
}

static void name_folder(void)
{
    snprintf(folder, sizeof folder, "build/agency");
    remove_folder();
}

static enum sweep_said act_init(void)
{
    const struct init_options options = agency();
    return init_agency(&options) == 0 ? SAID_DONE : SAID_FAILED;
}

// What failed leaves nothing in the way of the next attempt.
static void judge_init(enum sweep_said said)
{
    if (said == SAID_FAILED) {
        assert_int_equal(act_init(), SAID_DONE);
    }
    check_folder();
    remove_folder();
}

static void make_folder(void)
{
    put_down();
    name_folder();
    assert_int_equal(act_init(), SAID_DONE);
}

static enum sweep_said act_config(void)
{
    struct config_fault fault;
    bool good = config_load(folder, &desk.config, &fault);
    assert_true(good || fault.text[0] != '\0');
    return good ? SAID_DONE : SAID_FAILED;
}

static void judge_config(enum sweep_said said)
{
    if (said == SAID_DONE) {
        compare(&desk.config, sizeof desk.config);
    }
}

static struct keyring *ring;

static enum sweep_said act_keys(void)
{
    enum keyring_outcome outcome;
    int result = keyring_open("build/agency/keys", SUITE_ED25519_SHA256, &outcome, &ring);
    return result == 0 && outcome == KEYRING_OK ? SAID_DONE : SAID_FAILED;
}

static void judge_keys(enum sweep_said said)
{
    if (said == SAID_DONE) {
        struct bytes key = keyring_public(ring);
        compare(key.data, key.size);
    }
    keyring_free(&ring);
}

static struct arena *shelf;
static const struct law_text *texts;
static size_t text_count;

static void enter_law(void)
{
    strcpy(desk.config.calendar, "conf/calendars/calendar.csv");
    strcpy(desk.config.procedures, "tests/town/procedures.d");
    strcpy(desk.config.compacts, "tests/town/compacts.d");
    assert_int_equal(arena_new(64 << 20, &shelf), 0);
}

static enum sweep_said act_law(void)
{
    struct config_fault fault = {{0}};
    bool good = law_files_read(&desk.config, shelf, &texts, &text_count, &fault);
    assert_true(good || fault.text[0] != '\0');
    return good ? SAID_DONE : SAID_FAILED;
}

static void judge_law(enum sweep_said said)
{
    if (said == SAID_DONE) {
        struct digest sum = {{0}};
        for (size_t i = 0; i < text_count; i++) {
            const struct bytes pieces[] = {{sum.bytes, DIGEST_BYTES}, texts[i].content};
            struct digest next;
            hash_pieces(SUITE_SM2_SM3, pieces, 2, &next);
            sum = next;
        }
        compare(sum.bytes, DIGEST_BYTES);
    }
    arena_free(&shelf);
}

// ---------------------------------------------------------------------------------------------- an attachment

enum { ATTACHED_CHUNKS = 6, ATTACHED_BYTES = ATTACHED_CHUNKS * CHUNK_BYTES - 1 };

static struct {
    uint8_t content[ATTACHED_BYTES];
    struct file_name name;
    struct arena *arena;
    struct tree *tree;
    struct blobs *blobs;
} attached;

static void enter_attached(void)
{
    struct digest leaves[ATTACHED_CHUNKS];
    name_folder();
    assert_int_equal(mkdir(folder, 0700), 0);
    assert_int_equal(arena_new(1 << 20, &attached.arena), 0);
    for (size_t i = 0; i < ATTACHED_BYTES; i++) {
        attached.content[i] = (uint8_t)(i * 31 + i / CHUNK_BYTES);
    }
    attached.name = (struct file_name){.suite = SUITE_SM2_SM3, .size = ATTACHED_BYTES};
    for (uint32_t i = 0; i < ATTACHED_CHUNKS; i++) {
        tree_chunk_leaf(attached.name.suite, (struct bytes){attached.content + i * CHUNK_BYTES, attachment_chunk_bytes(ATTACHED_BYTES, i)}, &leaves[i]);
    }
    attached.tree = tree_new(attached.name.suite, leaves, ATTACHED_CHUNKS, attached.arena);
    assert_non_null(attached.tree);
    attached.name.root = *tree_root(attached.tree);
    assert_int_equal(blob_open(folder, &attached.blobs), 0);
}

static enum blob_outcome take_attached(uint32_t index, uint32_t *out_chunks)
{
    struct digest path[LIMIT_PATH];
    const size_t path_count = tree_path(attached.tree, index, path);
    const struct blob_chunk chunk = {
        .index = index,
        .path = path[0].bytes,
        .path_count = path_count,
        .content = {attached.content + (size_t)index * CHUNK_BYTES, attachment_chunk_bytes(ATTACHED_BYTES, index)},
        .is_to_go = true,
    };
    return blob_take(attached.blobs, &attached.name, &chunk, out_chunks);
}

static enum blob_outcome read_attached(uint32_t index)
{
    static uint8_t content[CHUNK_BYTES];
    uint8_t path[LIMIT_PATH_BYTES];
    size_t path_count;
    size_t size;
    enum blob_outcome outcome = blob_read(attached.blobs, &attached.name, index, content, &size, path, &path_count);
    if (outcome == BLOB_KEPT) {
        assert_int_equal(size, attachment_chunk_bytes(ATTACHED_BYTES, index));
        assert_memory_equal(content, attached.content + (size_t)index * CHUNK_BYTES, size);
    }
    return outcome;
}

static enum sweep_said act_attached(void)
{
    bool good = true;
    uint32_t chunks;
    for (uint32_t i = 0; good && i < ATTACHED_CHUNKS; i++) {
        if (i == ATTACHED_CHUNKS / 2) { // a restart
            blob_close(&attached.blobs);
            good = blob_open(folder, &attached.blobs) == 0 && blob_look(attached.blobs, &attached.name, &chunks) == BLOB_KEPT;
        }
        good = good && take_attached(i, &chunks) == (i + 1 < ATTACHED_CHUNKS ? BLOB_KEPT : BLOB_WHOLE);
    }
    for (uint32_t i = 0; good && i < ATTACHED_CHUNKS; i++) {
        good = read_attached(i) == BLOB_KEPT;
    }
    return good ? SAID_DONE : SAID_FAILED;
}

// What failed is gone on with, in this life and the next.
static void judge_attached(enum sweep_said said)
{
    uint32_t chunks;
    if (attached.blobs == NULL) {
        assert_int_equal(blob_open(folder, &attached.blobs), 0);
    }
    enum blob_outcome outcome = blob_look(attached.blobs, &attached.name, &chunks);
    assert_true(said == SAID_FAILED || outcome == BLOB_WHOLE);
    while (outcome == BLOB_KEPT) {
        outcome = take_attached(chunks, &chunks);
    }
    assert_int_equal(outcome, BLOB_WHOLE);
    for (unsigned lives = 0; lives < 2; lives++) {
        for (uint32_t i = 0; i < ATTACHED_CHUNKS; i++) {
            assert_int_equal(read_attached(i), BLOB_KEPT);
        }
        blob_close(&attached.blobs);
        assert_int_equal(blob_open(folder, &attached.blobs), 0);
    }
    blob_close(&attached.blobs);
    arena_free(&attached.arena);
    remove_folder();
}

const struct sweep_scene scenes_of_files[] = {
    {"attached", prepare_nothing, enter_attached, act_attached, judge_attached, NULL},
    {"init", name_folder, name_folder, act_init, judge_init, NULL},
    {"config", make_folder, NULL, act_config, judge_config, NULL},
    {"keys", make_folder, NULL, act_keys, judge_keys, NULL},
    {"law", prepare_nothing, enter_law, act_law, judge_law, NULL},
    {"kinds", prepare_nothing, NULL, act_kinds, judge_text, NULL},
    {"kind", prepare_nothing, NULL, act_kind, judge_text, NULL},
    {"map", prepare_body, NULL, act_map, judge_text, NULL},
    {"check", prepare_body, NULL, act_check, judge_text, NULL},
    {"clock", prepare_clock, NULL, act_clock, judge_text, NULL},
    {"procedure", prepare_procedure, NULL, act_procedure, judge_text, NULL},
    {"check-law", prepare_procedure, NULL, act_check_law, judge_text, NULL},
    {"verify", prepare_verify, NULL, act_verify, judge_text, NULL},
    {"card", prepare_verify, NULL, act_card, judge_text, NULL},
};
const size_t scenes_of_files_count = sizeof scenes_of_files / sizeof *scenes_of_files;
