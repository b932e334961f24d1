// SPDX-License-Identifier: Apache-2.0
//
// images [--without-syncs] RECORD SCRATCH COUNT SEED
//
// Reads a record of a daemon (recorder.c), lets the power fail after each of its steps, and opens what could be left with the daemon's own code. Each
// image must open; its journal must hold from the first turn to the head, with every seal and part; every statement that the daemon had spoken of
// before the power failed, to a client or to a peer, must be in it once; the next turn must follow; and the tables rebuilt from the journal must
// equal its own.
// COUNT is how many different images are asked for, SEED begins the random ones. With --without-syncs the disk has forgotten everything each time:
// then images must fail, which shows that they can.
//
// Of each moment are looked at: nothing unsynced kept, all of it, each step alone, each torn while the others are kept; and random choices of all these.
#include "power/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/control.pb-c.h"
#include "wire/header.h"
#include "wire/record.pb-c.h"

#include "base/fail.h"
#include "store/audit.h"
#include "store/commit.h"
#include "store/inside.h"
#include "store/journal.h"
#include "store/view.h"

enum { FAULTS_SHOWN = 5, ARENA_BYTES = 64 << 20, FRAME_STATEMENTS = 2, SEEN_ROOM = 1 << 22, MAP_BYTES = 1 << 30, TRIES = 8 };

// A statement that the daemon spoke of.
struct told {
    char author[LIMIT_AGENCY_BYTES + 1]; // "": the daemon's own
    uint8_t id[ID_BYTES];
    uint64_t position; // 0: not said
};

struct run {
    const char *scratch;
    uint64_t chance;
    struct disk_step *steps;
    size_t step_count;
    struct told *told;
    size_t told_count;
    size_t told_room;
    struct arena *arena;
    uint64_t *seen; // digests of images, alone and with how much had been told then; 0: free
    size_t image_count; // different ones
    size_t check_count; // once for each time that more had been told
    size_t wanted;
    size_t moments_left;
    size_t fault_count;
    uint64_t turns;
    size_t step; // where we are
    enum disk_fate fates[DISK_PENDING];
};

static struct run run;

__attribute__((noreturn)) static void give_up(const char *what)
{
    fprintf(stderr, "images: %s: %s\n", what, strerror(errno));
    exit(2);
}

// -------------------------------------------------------------------------------------------------------- record

static const uint8_t *map_record(const char *path, size_t *out_size)
{
    struct stat about;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &about) != 0 || about.st_size == 0) {
        give_up(path);
    }
    const uint8_t *bytes = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED) {
        give_up(path);
    }
    close(fd);
    *out_size = (size_t)about.st_size;
    return bytes;
}

static void read_record(const char *path)
{
    size_t size;
    const uint8_t *bytes = map_record(path, &size);
    run.steps = calloc(size / sizeof(struct step_head), sizeof(*run.steps));
    if (run.steps == NULL) {
        give_up("no memory");
    }
    for (size_t at = 0; at < size;) {
        struct disk_step *step = &run.steps[run.step_count++];
        if (size - at < sizeof(step->head)) {
            give_up("the record is not whole");
        }
        memcpy(&step->head, bytes + at, sizeof(step->head));
        at += sizeof(step->head);
        if (size - at < (size_t)step->head.name_bytes + step->head.content_bytes) {
            give_up("the record is not whole");
        }
        step->name = (const char *)bytes + at;
        step->content = bytes + at + step->head.name_bytes;
        at += (size_t)step->head.name_bytes + step->head.content_bytes;
    }
}

// ---------------------------------------------------------------------------------------------------- what was told

static void tell(const char *author, struct bytes id, uint64_t position)
{
    if (id.size != ID_BYTES) {
        return;
    }
    if (run.told_count == run.told_room) {
        run.told_room = run.told_room == 0 ? 256 : 2 * run.told_room;
        run.told = realloc(run.told, run.told_room * sizeof(*run.told));
        if (run.told == NULL) {
            give_up("no memory");
        }
    }
    struct told *told = &run.told[run.told_count++];
    *told = (struct told){.position = position};
    snprintf(told->author, sizeof(told->author), "%s", author);
    memcpy(told->id, id.data, ID_BYTES);
}

// What an answer to a client promises.
static void hear_reply(struct bytes frame)
{
    ProtobufCMessage *message;
    if (decode_message(&control__reply__descriptor, frame, &decode_control_rules, run.arena, NULL, &message) != DECODE_OK) {
        return;
    }
    const Control__Reply *reply = (const Control__Reply *)message;
    if (reply->number == 0 || reply->answer_case != CONTROL__REPLY__ANSWER_SUBMITTED) {
        return;
    }
    for (size_t i = 0; i < reply->submitted->n_results; i++) {
        const Control__SubmittedOne *one = reply->submitted->results[i];
        if (strcmp(one->outcome, "accepted") == 0 || strcmp(one->outcome, "held") == 0) {
            tell("", decode_bytes(one->id), one->position);
        }
    }
}

// What a frame to a peer carries, receipts among it: whatever leaves has been kept.
static void hear_statements(struct bytes frame)
{
    struct frame decoded;
    if (envelope_decode_frame(frame, run.arena, &decoded) != ENVELOPE_OK) {
        return;
    }
    for (unsigned i = 0; i < decoded.item_count; i++) {
        struct seal seal;
        struct envelope envelope;
        Wire__Header *header;
        if (!seal_decode(decoded.seals + (size_t)decoded.items[i].seal * SEAL_BYTES, &seal) ||
            envelope_decode(decoded.items[i].body, &envelope) != ENVELOPE_OK ||
            header_open(&seal, &envelope, run.arena, NULL, &header) != ENVELOPE_OK) {
            give_up("the daemon sent what does not decode");
        }
        tell(header->author, decode_bytes(header->id), 0);
    }
}

static void hear(const struct disk_step *step)
{
    const struct bytes frame = {step->content, step->head.content_bytes};
    arena_reset(run.arena);
    if (frame.size > 2 && frame.data[0] == PROTOCOL_VERSION && frame.data[1] == FRAME_STATEMENTS) {
        hear_statements((struct bytes){frame.data + 2, frame.size - 2});
    } else {
        hear_reply(frame);
    }
}

// ----------------------------------------------------------------------------------------------------- one image

static int remove_one(const char *path, const struct stat *about, int form, struct FTW *place)
{
    (void)about;
    (void)form;
    return place->level == 0 ? 0 : remove(path);
}

static void clear(const char *folder)
{
    if (nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS) != 0) {
        give_up(folder);
    }
}

static const char *name_fate(enum disk_fate fate)
{
    switch (fate) {
    case DISK_LOST:
        return "lost";
    case DISK_KEPT:
        return "kept";
    case DISK_TORN:
        return "torn";
    }
    return "";
}

static void complain(const char *what, const char *detail)
{
    if (run.fault_count++ >= FAULTS_SHOWN) {
        return;
    }
    printf("FAULT after step %zu of %zu: %s %s; unsynced:", run.step, run.step_count, what, detail);
    for (size_t i = 0; i < DISK_PENDING && run.fates[i] != (enum disk_fate)-1; i++) {
        printf(" %s", name_fate(run.fates[i]));
    }
    printf("\n");
    fflush(stdout);
}

static void die_with_image(int signal)
{
    complain("the daemon's code dies on it:", strsignal(signal)); // the process ends here, so what is not safe in a handler does no harm
    _Exit(1);
}

// Every statement of the journal stands under its identity at its own position, so none is there twice.
static bool is_each_once(struct view *view)
{
    for (uint64_t number = 1; number <= view_state(view)->turn; number++) {
        arena_reset(run.arena);
        const Record__Turn *turn = journal_read(view, number, run.arena);
        for (size_t i = 0; turn != NULL && i < turn->n_effects; i++) {
            const Record__StatementHeld *held = turn->effects[i]->is_case == RECORD__EFFECT__IS_STATEMENT ? turn->effects[i]->statement : NULL;
            const Wire__Header *header = held == NULL ? NULL : view_open_header(view, held->position, run.arena);
            if (held != NULL && (header == NULL || view_find(view, header->author, decode_bytes(header->id)) != held->position)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_held(struct view *view, const struct told *told)
{
    const char *author = told->author[0] == '\0' ? view_state(view)->agency : told->author;
    uint64_t position = view_find(view, author, (struct bytes){told->id, ID_BYTES});
    return position != 0 && (told->position == 0 || told->position == position);
}

static void check_told(struct store *store)
{
    struct view *view = store_read(store);
    size_t missing = 0;
    for (size_t i = 0; view != NULL && i < run.told_count; i++) {
        missing += !is_held(view, &run.told[i]);
    }
    if (view == NULL || missing > 0) {
        char text[64];
        snprintf(text, sizeof(text), "%zu of %zu", missing, run.told_count);
        complain("what was told is lost:", text);
    } else if (!is_each_once(view)) {
        complain("a statement is there twice", "");
    }
    store_read_done(store);
}

static void check_journal(struct store *store)
{
    struct audit_report report;
    if (audit_verify(store, &report) < 0) {
        complain("the journal cannot be read:", fail_trace());
    } else if (report.fault[0] != '\0') {
        complain("the journal does not hold:", report.fault);
    }
    run.turns = report.turns > run.turns ? report.turns : run.turns;
}

static void check_tables(struct store *store, const char *folder)
{
    struct audit_rebuilt report;
    if (audit_rebuild(store, folder, &report) < 0) {
        complain("the tables cannot be rebuilt:", fail_trace());
    } else if (report.difference[0] != '\0') {
        complain("the tables differ from the journal:", report.difference);
    }
}

static void apply(void *context, const Record__Effect *fact, const struct material *material)
{
    commit_apply(context, run.arena, fact, material);
}

// The next turn, as a daemon that starts on this image would take it.
static void go_on(struct store *store)
{
    const uint8_t seed[DIGEST_BYTES] = {0};
    struct effects effects;
    Record__Alarm alarm = RECORD__ALARM__INIT;
    alarm.code = "power";
    arena_reset(run.arena);
    if (store_begin(store, run.arena) < 0) {
        complain("takes no turn:", fail_trace());
        return;
    }
    effect_start(&effects, run.arena, store_state(store)->at, seed, apply, store);
    effect_put(&effects, RECORD__EFFECT__IS_ALARM, &alarm, NULL);
    if (commit_turn(store, run.arena, effects.now, &effects, NULL) < 0) {
        complain("commits no turn:", fail_trace());
    }
}

static void check_image(const char *folder)
{
    char path[4096];
    char rebuilt[4096];
    snprintf(path, sizeof(path), "%s/store", folder);
    snprintf(rebuilt, sizeof(rebuilt), "%s/rebuilt", folder);
    const struct store_options options = {.path = path, .map_bytes = MAP_BYTES};
    enum store_outcome outcome;
    struct store *store = NULL;
    if (store_open(&options, &outcome, &store) < 0 || outcome != STORE_OPENED) {
        complain("does not open:", fail_trace());
        return;
    }
    check_journal(store);
    check_told(store);
    if (store_state(store)->turn > 0) { // before, it belongs to nobody
        go_on(store);
        check_tables(store, rebuilt);
    }
    store_close(&store);
}

// ----------------------------------------------------------------------------------------------------- all images

// True the first time.
static bool is_new(uint64_t digest)
{
    digest |= 1;
    size_t at = digest % SEEN_ROOM;
    while (run.seen[at] != 0 && run.seen[at] != digest) {
        at = (at + 1) % SEEN_ROOM;
    }
    bool fresh = run.seen[at] == 0;
    run.seen[at] = digest;
    return fresh;
}

static void look(const struct disk *disk)
{
    size_t pending = disk_pending(disk);
    if (pending < DISK_PENDING) {
        run.fates[pending] = (enum disk_fate)-1;
    }
    clear(run.scratch);
    uint64_t digest = disk_image(disk, run.fates, &run.chance, run.scratch);
    run.image_count += is_new(digest);
    if (is_new((digest ^ run.told_count) * 0x9e3779b97f4a7c15u)) {
        run.check_count++;
        check_image(run.scratch);
    }
}

static void set_all(size_t count, enum disk_fate fate)
{
    for (size_t i = 0; i < count; i++) {
        run.fates[i] = fate;
    }
}

// Each step in turn with a fate of its own among the others.
static void look_with_each(const struct disk *disk, enum disk_fate others, enum disk_fate fate)
{
    size_t count = disk_pending(disk);
    for (size_t i = 0; i < count; i++) {
        set_all(count, others);
        run.fates[i] = fate;
        look(disk);
    }
}

// Until there are `wanted` images that no moment has had; where little is unsynced there are not so many.
static void look_at_random(const struct disk *disk, size_t wanted)
{
    size_t enough = run.image_count + wanted;
    for (size_t tries = 0; run.image_count < enough && tries < TRIES * wanted; tries++) {
        for (size_t i = 0; i < disk_pending(disk); i++) {
            run.fates[i] = (enum disk_fate)disk_chance(&run.chance, 3);
        }
        look(disk);
    }
}

// The images still to be made are shared out among the moments still to come.
static void fail_power(const struct disk *disk, enum disk_syncs syncs)
{
    set_all(disk_pending(disk), DISK_LOST);
    look(disk);
    if (disk_pending(disk) == 0 || syncs == DISK_SYNCS_LIE) {
        return;
    }
    set_all(disk_pending(disk), DISK_KEPT);
    look(disk);
    look_with_each(disk, DISK_LOST, DISK_KEPT);
    look_with_each(disk, DISK_KEPT, DISK_TORN);
    look_at_random(disk, run.image_count >= run.wanted ? 0 : (run.wanted - run.image_count) / run.moments_left + 1);
    run.moments_left--;
}

// The moments at which something is not synced.
static size_t count_moments(enum disk_syncs syncs)
{
    struct disk *disk = disk_new(syncs);
    size_t count = 0;
    for (size_t i = 0; i < run.step_count; i++) {
        disk_do(disk, &run.steps[i]);
        count += disk_pending(disk) > 0;
        if ((run.steps[i].head.flags & STEP_SYNCHRONOUS) != 0) {
            disk_finish(disk, &run.steps[i]);
            count += disk_pending(disk) > 0;
        }
    }
    disk_free(&disk);
    return count;
}

static void look_at_all(enum disk_syncs syncs)
{
    run.moments_left = count_moments(syncs);
    struct disk *disk = disk_new(syncs);
    for (run.step = 0; run.step < run.step_count && run.fault_count < FAULTS_SHOWN; run.step++) {
        const struct disk_step *step = &run.steps[run.step];
        disk_do(disk, step);
        if (step->head.form == STEP_SAY) {
            hear(step);
        }
        fail_power(disk, syncs);
        if ((step->head.flags & STEP_SYNCHRONOUS) != 0) {
            disk_finish(disk, step);
            fail_power(disk, syncs);
        }
    }
    disk_free(&disk);
}

int main(int argc, char **argv)
{
    enum disk_syncs syncs = argc > 1 && strcmp(argv[1], "--without-syncs") == 0 ? DISK_SYNCS_LIE : DISK_SYNCS_HOLD;
    char **words = argv + (syncs == DISK_SYNCS_LIE);
    if (argc - (words - argv) != 5) {
        fprintf(stderr, "images [--without-syncs] RECORD SCRATCH COUNT SEED\n");
        return 2;
    }
    run.scratch = words[2];
    run.chance = strtoull(words[4], NULL, 10) * 2 + 1;
    run.seen = calloc(SEEN_ROOM, sizeof(*run.seen));
    if (run.seen == NULL || arena_new(ARENA_BYTES, &run.arena) < 0) {
        give_up("no memory");
    }
    signal(SIGBUS, die_with_image);
    signal(SIGSEGV, die_with_image);
    signal(SIGABRT, die_with_image);
    read_record(words[1]);
    run.wanted = strtoul(words[3], NULL, 10);
    size_t before;
    do { // moments at which little is unsynced have few images, so one reading may not give as many as are wanted
        before = run.image_count;
        run.told_count = 0;
        look_at_all(syncs);
    } while (run.fault_count == 0 && run.image_count < run.wanted && run.image_count > before);
    printf("steps %zu, turns %" PRIu64 ", told %zu, images %zu, checks %zu, faults %zu\n", run.step_count, run.turns,
           run.told_count, run.image_count, run.check_count, run.fault_count);
    free(run.seen);
    free(run.told);
    free(run.steps);
    arena_free(&run.arena);
    return run.fault_count > 0;
}
