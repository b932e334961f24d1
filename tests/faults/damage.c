// SPDX-License-Identifier: Apache-2.0
//
// The store's file is damaged: bits flipped, bytes and pages overwritten or misplaced, the end cut off. Each damaged copy is opened in a process of its
// own by the code that a daemon and `journal verify` open it with; all of it is read, the journal is verified, the tables are rebuilt, and two more
// turns are taken.
//
// A case is *found* when opening, the audit, a reading or a turn says that something is wrong; *contained* when the process ends loudly, with a word and a
// status; *harmless* when everything reads as from the file that was not damaged. Anything else is a fault: other contents of which nobody says a word,
// a crash without one, a process that hangs.
//
//     damage CASES [FIRST]      one case by itself, with all that it prints: damage 1 NUMBER
#include "unit/scene.h"

#include "attempt.h"
#include "base/fail.h"
#include "base/wreck.h"
#include "store/audit.h"
#include "store/inside.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PAGE = 4096, META_BYTES = 168, TURNS = 30, BATCH = 6, PATIENCE_S = 20, ARENA_BYTES = 64 << 20 };

enum verdict { HARMLESS = 10, FOUND, WRONG };

static struct scene scene;
static struct bytes sound;        // the file
static struct digest contents;    // of it
static uint64_t sound_turn;
static char store_path[CONFIG_TEXT_BYTES];
static char file_path[CONFIG_TEXT_BYTES + 16];
static int output; // what a case prints

// --------------------------------------------------------------------------------------------------- the store

static void send_some(struct town *town, int turn)
{
    Control__Draft *drafts[BATCH];
    for (int i = 0; i < BATCH; i++) {
        struct bytes found = lead_discovered(town->arena, town->now - TOWN_HOUR);
        drafts[i] = i == 0   ? town_draft(town, "lead.discovered", NULL, found)
                    : i <= 3 ? scene_notice(&scene)
                             : scene_note(&scene, scene.township->id, "请协助核实。");
    }
    struct event event = town_submission(town, drafts, BATCH);
    town_turn(scene.bureau, &event, 1);
    while (turn % 5 != 4 && town_deliver(scene.bureau, scene.township)) {
    }
    if (turn % 5 != 4) {
        town_submit(scene.township, scene_acknowledgement(&scene, drafts[1]));
        town_submit(scene.township, scene_note(&scene, scene.bureau->id, "收到。"));
        while (town_deliver(scene.township, scene.bureau)) {
        }
    }
    town->now += 7 * TOWN_HOUR;
    town_tick(scene.bureau);
}

static struct digest digest_store(struct store *store)
{
    struct digest sum = {{0}};
    const struct key all = {0};
    struct view *view = store_read(store);
    for (int table = 0; view != NULL && table < TABLE_COUNT; table++) {
        struct walk walk;
        struct bytes key;
        struct bytes value;
        schema_walk_start(&walk, &view->access, (enum table)table, &all, NULL, WALK_UP);
        while (schema_walk_next(&walk, &key, &value)) {
            const uint8_t number[] = {(uint8_t)table, (uint8_t)(key.size >> 8), (uint8_t)key.size};
            const struct bytes pieces[] = {{sum.bytes, DIGEST_BYTES}, {number, sizeof number}, key, value};
            struct digest next;
            hash_pieces(SUITE_ED25519_SHA256, pieces, 4, &next);
            sum = next;
        }
        schema_walk_stop(&walk);
    }
    return sum;
}

static struct bytes read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    uint8_t *data = malloc(64 << 20);
    assert_non_null(data);
    size_t size = fread(data, 1, 64 << 20, file);
    assert_int_equal(fclose(file), 0);
    return (struct bytes){data, size};
}

// The bureau's store after a month: leads sent, receipts, acknowledgements, duties met, open and overdue.
static void make_store(void)
{
    struct town *town = &scene.town;
    town_make(town);
    scene.bureau = town_add(town, "yecheng-scjg", SUITE_ED25519_SHA256);
    scene.township = town_add(town, "yecheng-jiazhen", SUITE_ED25519_SHA256);
    town_introduce(town);
    for (int turn = 0; turn < TURNS; turn++) {
        send_some(town, turn);
    }
    contents = digest_store(scene.bureau->store);
    sound_turn = store_state(scene.bureau->store)->turn;
    snprintf(store_path, sizeof store_path, "%s", scene.bureau->config.store);
    snprintf(file_path, sizeof file_path, "%s/data.mdb", store_path);
    store_close(&scene.bureau->store);
    sound = read_file(file_path);
}

// ----------------------------------------------------------------------------------------------------- damage

static uint64_t chance_state;

static uint64_t draw(uint64_t below)
{
    uint64_t x = chance_state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (x ^ (x >> 31)) % below;
}

static void flip(uint8_t *at, uint64_t size)
{
    at[draw(size)] ^= (uint8_t)(1U << draw(8));
}

static void scribble(uint8_t *at, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        at[i] = (uint8_t)draw(256);
    }
}

static uint8_t *some_page(uint8_t *file)
{
    return file + PAGE * (2 + draw(sound.size / PAGE - 2));
}

static uint8_t *some_meta(uint8_t *file)
{
    return file + PAGE * draw(2);
}

static uint64_t field_of_meta(void)
{
    return 8 * draw(META_BYTES / 8);
}

// What a case does to the file, and its size afterwards.
struct damage {
    const char *name;
    size_t (*deal)(uint8_t *file);
};

static size_t deal_bit(uint8_t *file)
{
    flip(file, sound.size);
    return sound.size;
}

static size_t deal_header_bit(uint8_t *file)
{
    flip(some_page(file), 16);
    return sound.size;
}

static size_t deal_pointer_bit(uint8_t *file)
{
    flip(some_page(file) + 16, 64);
    return sound.size;
}

// Nodes fill a page from its end.
static size_t deal_node_bit(uint8_t *file)
{
    flip(some_page(file) + PAGE - 128, 128);
    return sound.size;
}

static size_t deal_meta_bit(uint8_t *file)
{
    flip(some_meta(file), META_BYTES);
    return sound.size;
}

static size_t deal_meta_field(uint8_t *file)
{
    scribble(some_meta(file) + field_of_meta(), 8);
    return sound.size;
}

// A small number of the other meta page, or of this one a little off.
static size_t deal_meta_old(uint8_t *file)
{
    uint64_t at = field_of_meta();
    uint64_t page = draw(2);
    if (draw(2) == 0) {
        memcpy(file + PAGE * page + at, file + PAGE * (1 - page) + at, 8);
    } else {
        file[PAGE * page + at] = (uint8_t)(file[PAGE * page + at] + 1 + draw(8) - 4);
    }
    return sound.size;
}

static size_t deal_meta_page(uint8_t *file)
{
    uint64_t page = draw(2);
    switch (draw(3)) {
    case 0: memset(file + PAGE * page, 0, PAGE); break;
    case 1: memcpy(file + PAGE * page, file + PAGE * (1 - page), PAGE); break;
    default: scribble(file + PAGE * page, PAGE); break;
    }
    return sound.size;
}

static size_t deal_bytes(uint8_t *file)
{
    uint64_t size = 1 + draw(64);
    scribble(file + draw(sound.size - size), size);
    return sound.size;
}

static size_t deal_sector(uint8_t *file)
{
    uint8_t *at = file + 512 * draw(sound.size / 512);
    draw(2) == 0 ? (void)memset(at, 0, 512) : scribble(at, 512);
    return sound.size;
}

static size_t deal_misplaced(uint8_t *file)
{
    uint8_t *from = some_page(file);
    memmove(some_page(file), from, PAGE);
    return sound.size;
}

static size_t deal_zeros(uint8_t *file)
{
    memset(some_page(file), 0, PAGE);
    return sound.size;
}

static size_t deal_end(uint8_t *file)
{
    (void)file;
    return draw(2) == 0 ? draw(sound.size) : PAGE * draw(sound.size / PAGE);
}

static const struct damage damages[] = {
    {"a bit anywhere", deal_bit},
    {"a bit of a page's header", deal_header_bit},
    {"a bit of a page's pointers", deal_pointer_bit},
    {"a bit of a page's nodes", deal_node_bit},
    {"a bit of a meta page", deal_meta_bit},
    {"a field of a meta page", deal_meta_field},
    {"an old field of a meta page", deal_meta_old},
    {"a whole meta page", deal_meta_page},
    {"some bytes", deal_bytes},
    {"a sector", deal_sector},
    {"a page in another's place", deal_misplaced},
    {"a page of zeros", deal_zeros},
    {"the end cut off", deal_end},
};
enum { DAMAGES = sizeof damages / sizeof *damages };

static void deal(uint64_t number)
{
    uint8_t *file = malloc(sound.size);
    assert_non_null(file);
    memcpy(file, sound.data, sound.size);
    chance_state = number * UINT64_C(0x2545f4914f6cdd1d);
    size_t size = damages[number % DAMAGES].deal(file);
    wal_remove(store_path); // of the case before: the store was closed in good order
    scratch_write(file_path, (struct bytes){file, size});
    free(file);
}

// ---------------------------------------------------------------------------------------------------- judging

static enum verdict found(const char *who, const char *words)
{
    fprintf(stderr, "%s: %s\n", who, words);
    return FOUND;
}

// What `journal verify` and `journal rebuild` say; HARMLESS: that all is well.
static enum verdict audit(struct store *store)
{
    char aside[CONFIG_TEXT_BYTES + 16];
    struct audit_report report;
    struct audit_rebuilt rebuilt;
    snprintf(aside, sizeof aside, "%s.rebuilt", store_path);
    if (audit_verify(store, &report) < 0) {
        return found("verify", fail_trace());
    }
    if (report.fault[0] != '\0') {
        return found("verify", report.fault);
    }
    if (store_remove(aside) < 0 || audit_rebuild(store, aside, &rebuilt) < 0) {
        return found("rebuild", fail_trace());
    }
    return rebuilt.difference[0] == '\0' ? HARMLESS : found("rebuild", rebuilt.difference);
}

static enum verdict take_turns(struct store *store)
{
    struct attempt attempt = {.store = store, .keyring = scene.bureau->keyring};
    assert_int_equal(arena_new(ARENA_BYTES, &attempt.arena), 0);
    Control__Draft *draft = scene_note(&scene, scene.township->id, "补充材料。");
    const struct event events[] = {town_files(scene.bureau, EVENT_START), town_submission(&scene.town, &draft, 1)};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (attempt_run(&attempt, scene.town.now, &events[i], 1) != ATTEMPT_DONE) {
            return found("turn", fail_trace());
        }
    }
    return HARMLESS;
}

static enum verdict judge(void)
{
    const struct store_options options = {.path = store_path, .map_bytes = 64 << 20, .agency = scene.bureau->id, .suite = SUITE_ED25519_SHA256};
    enum store_outcome outcome;
    struct store *store = NULL;
    if (store_open(&options, &outcome, &store) < 0) {
        return found("open", fail_trace());
    }
    if (outcome != STORE_OPENED) {
        return found("open", "not ours");
    }
    enum verdict verdict = audit(store);
    struct digest now = digest_store(store);
    bool failed = view_failure(&store->reading) != 0;
    if (verdict != HARMLESS || failed) {
        return failed ? found("read", fail_trace()) : verdict;
    }
    if (memcmp(now.bytes, contents.bytes, DIGEST_BYTES) != 0 || store_state(store)->turn != sound_turn) {
        fprintf(stderr, "other contents, turn %" PRIu64 " instead of %" PRIu64 "\n", store_state(store)->turn, sound_turn);
        return WRONG;
    }
    verdict = take_turns(store);
    return verdict == HARMLESS ? audit(store) : verdict;
}

struct tally {
    uint64_t cases;
    uint64_t found;
    uint64_t harmless;
    uint64_t contained; // loud exits
    uint64_t wrong;
    uint64_t hung;
    uint64_t silent; // crashes without a word
};

static struct tally total;
static struct tally of_each[DAMAGES];

static void show_output(void)
{
    char text[4096];
    ssize_t size;
    lseek(output, 0, SEEK_SET);
    while ((size = read(output, text, sizeof text)) > 0) {
        fwrite(text, 1, (size_t)size, stdout);
    }
}

static bool count(struct tally *tally, int status)
{
    bool spoke = lseek(output, 0, SEEK_END) > 0;
    bool ended = WIFEXITED(status);
    int code = ended ? WEXITSTATUS(status) : -1;
    bool hung = !ended && WTERMSIG(status) == SIGALRM;
    bool contained = spoke && (code == WRECK_STATUS || (!ended && WTERMSIG(status) == SIGABRT));
    bool known = code == FOUND || code == HARMLESS || contained;
    tally->cases++;
    tally->found += code == FOUND;
    tally->harmless += code == HARMLESS;
    tally->contained += contained;
    tally->wrong += code == WRONG;
    tally->hung += hung;
    tally->silent += !known && code != WRONG && !hung;
    return known;
}

static void try(uint64_t number, bool show)
{
    int status;
    deal(number);
    if (ftruncate(output, 0) != 0 || lseek(output, 0, SEEK_SET) != 0) {
        perror("output");
        exit(1);
    }
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        alarm(PATIENCE_S);
        dup2(output, STDOUT_FILENO);
        dup2(output, STDERR_FILENO);
        _exit((int)judge());
    }
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("case");
        exit(1);
    }
    bool good = count(&of_each[number % DAMAGES], status);
    count(&total, status);
    if (!good || show) {
        printf("%s case %" PRIu64 ", %s: status %#x\n", good ? "PASSED" : "FAILED", number, damages[number % DAMAGES].name, (unsigned)status);
        show_output();
    }
}

static void print(const char *name, const struct tally *tally)
{
    printf("%-28s %6" PRIu64 " cases: %6" PRIu64 " found, %5" PRIu64 " harmless, %5" PRIu64 " contained exits, %" PRIu64 " silently wrong, %" PRIu64
           " hung, %" PRIu64 " crashed without a word\n",
           name, tally->cases, tally->found, tally->harmless, tally->contained, tally->wrong, tally->hung, tally->silent);
}

static struct scratch scratch = {"/dev/shm/liaison-damage-XXXXXX"};

static bool to_scratch(void)
{
    char root[4096];
    char conf[4200];
    char tests[4200]; // the town's law is there
    return getcwd(root, sizeof root) != NULL && snprintf(conf, sizeof conf, "%s/conf", root) > 0 && snprintf(tests, sizeof tests, "%s/tests", root) > 0 &&
           mkdtemp(scratch.path) != NULL && chdir(scratch.path) == 0 && mkdir("build", 0700) == 0 && symlink(conf, "conf") == 0 && symlink(tests, "tests") == 0;
}

int main(int argc, char **argv)
{
    uint64_t cases = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
    output = memfd_create("output", MFD_CLOEXEC);
    if (output < 0 || !to_scratch() || wreck_start() < 0) {
        perror("damage");
        return 1;
    }
    make_store();
    for (uint64_t number = first; number < first + cases; number++) {
        try(number, cases == 1);
    }
    for (size_t i = 0; i < DAMAGES; i++) {
        print(damages[i].name, &of_each[i]);
    }
    print("in all", &total);
    town_drop(&scene.town);
    free((void *)(uintptr_t)sound.data);
    scratch_remove(&scratch);
    return total.wrong + total.hung + total.silent == 0 && total.cases > 0 && (cases == 1 || total.harmless > 0) ? 0 : 1;
}
