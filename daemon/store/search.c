// SPDX-License-Identifier: Apache-2.0
#include "store/search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire/searchable.h"
#include "wire/text.h"

#include "base/fail.h"
#include "store/inside.h"
#include "store/journal.h"
#include "store/segment.h"

enum {
    MARKS_MOST = 1 << 21, // of a segment, doubles and all; then it is closed, however few positions it has
    LEAST_NEW = 64,       // positions worth a file
    STRETCH = 256,        // positions proposed at once where there is no index
    STEP_POSITIONS = 16,
    STEP_MARKS = 1 << 13,
    SORT_MARKS = 1 << 15, // that are counted, put or held against each other at once
    COMMON_SHARE = 32,    // what one of so many positions holds is common
    ARENA_BYTES = 128 << 20,
    STATE_BYTES = 8 + 8 + DIGEST_BYTES + 4,
    DIGIT_BITS = 11,
    DIGITS = 1 << DIGIT_BITS,
    PASSES = (SEGMENT_KEY_BITS + SEGMENT_BITS + DIGIT_BITS - 1) / DIGIT_BITS,
    PATH_BYTES = 4096,
};

static const char magic[] = "LSNSTAT1";

// The segment that is being made, step by step.
struct work {
    enum phase { PHASE_NONE, PHASE_OPEN, PHASE_READ, PHASE_GATHER, PHASE_COUNT, PHASE_SORT, PHASE_UNITE, PHASE_MAKE, PHASE_WRITE } phase;
    struct segment segment; // `end` is where the one that is there ends
    bool has_stale;
    uint64_t stale[SEGMENT_WORDS];
    uint64_t limit;         // no position from here on
    uint64_t next;          // to be gathered
    struct commons commons; // of the segment
    struct reading *reading;
    struct marks marks;
    uint64_t *spare; // as large as the marks
    unsigned pass;
    size_t places[DIGITS]; // of a pass: how many marks have the digit, then where the next one goes
    size_t at;             // next mark of a pass
    size_t kept;           // marks that are not doubles
    size_t since;          // first of those with the last key
    struct making *making;
    struct image image;
};

struct search {
    char *path;
    struct arena *arena;
    struct segment *segments; // rising, apart
    size_t count;
    size_t capacity;
    uint64_t followed; // turn of the journal whose changes are known
    bool must_save;
    bool damaged;
    struct work work;
    struct commons commons; // of the segment that was made last, for one that begins
};

// ---------------------------------------------------------------------------------------------------- segments

static bool is_full(const struct segment *segment)
{
    return segment->end - segment->first >= SEGMENT_POSITIONS || segment->marks >= MARKS_MOST;
}

// How many segments begin before `position`.
static size_t count_before(const struct search *search, uint64_t position)
{
    size_t low = 0;
    size_t high = search->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->segments[middle].first < position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct segment *segment_of(struct search *search, uint64_t position)
{
    size_t before = count_before(search, position + 1);
    struct segment *segment = before == 0 ? NULL : &search->segments[before - 1];
    return segment != NULL && position < segment->end ? segment : NULL;
}

// In its place by `first`; one that begins there is replaced.
static int put_segment(struct search *search, const struct segment *segment)
{
    size_t at = count_before(search, segment->first);
    if (at < search->count && search->segments[at].first == segment->first) {
        free(search->segments[at].stale);
        search->segments[at] = *segment;
        return 0;
    }
    if (search->count == search->capacity) {
        size_t capacity = search->capacity == 0 ? 64 : 2 * search->capacity;
        struct segment *segments = reallocarray(search->segments, capacity, sizeof(*segments));
        if (segments == NULL) {
            return FAIL_ORIGIN(-ENOMEM, "segments of the search index");
        }
        search->segments = segments;
        search->capacity = capacity;
    }
    memmove(&search->segments[at + 1], &search->segments[at], (search->count - at) * sizeof(*search->segments));
    search->segments[at] = *segment;
    search->count++;
    return 0;
}

// Takes a segment away, its file first: what it held is in no segment then.
static void drop_segment(struct search *search, struct segment *segment)
{
    size_t at = (size_t)(segment - search->segments);
    (void)segment_remove(search->path, segment->first);
    free(segment->stale);
    search->count--;
    memmove(segment, segment + 1, (search->count - at) * sizeof(*segment));
}

static void drop_all(struct search *search)
{
    while (search->count > 0) {
        drop_segment(search, &search->segments[search->count - 1]);
    }
}

// --------------------------------------------------------------------------------------------- start and end

// Again before each file, because somebody may take it away at any time.
static int make_folder(const char *path)
{
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : FAIL_ORIGIN(-errno, path);
}

static bool is_ours(const char *name, uint64_t *out_first)
{
    char again[32];
    *out_first = strtoull(name, NULL, 16);
    snprintf(again, sizeof(again), "%016" PRIx64 ".seg", *out_first);
    return strcmp(name, again) == 0;
}

static void remove_file(const char *folder, const char *name)
{
    char path[2 * PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    unlink(path);
}

static bool is_begun(const char *name)
{
    size_t size = strlen(name);
    return size > 4 && strcmp(name + size - 4, ".new") == 0;
}

static int take_file(struct search *search, const char *name)
{
    uint64_t first;
    struct segment segment;
    if (is_begun(name)) {
        remove_file(search->path, name);
    }
    if (!is_ours(name, &first)) {
        return 0;
    }
    int result = segment_look(search->path, first, &segment);
    if (result == -EBADMSG) {
        search->damaged = true;
        return segment_remove(search->path, first);
    }
    return result < 0 ? FAIL_ORIGIN(result, name) : put_segment(search, &segment);
}

static int load_segments(struct search *search)
{
    DIR *folder = opendir(search->path);
    if (folder == NULL) {
        return FAIL_ORIGIN(-errno, search->path);
    }
    int result = 0;
    for (struct dirent *entry = readdir(folder); entry != NULL && result == 0; entry = readdir(folder)) {
        result = take_file(search, entry->d_name);
    }
    closedir(folder);
    for (size_t i = 1; i < search->count;) {
        if (search->segments[i].first < search->segments[i - 1].end) {
            drop_segment(search, &search->segments[i]);
        } else {
            i++;
        }
    }
    return result;
}

static uint32_t state_sum(const uint8_t bytes[STATE_BYTES])
{
    return ~crc32_iscsi((unsigned char *)bytes, STATE_BYTES - 4, ~0U);
}

// The head after a turn, as the journal has it now.
static bool has_head(struct view *view, uint64_t turn, const uint8_t head[DIGEST_BYTES], struct arena *arena)
{
    const Record__State *state = view_state(view);
    if (turn == state->turn) {
        return memcmp(state->head.data, head, DIGEST_BYTES) == 0;
    }
    const Record__Turn *next = turn < state->turn ? journal_read(view, turn + 1, arena) : NULL;
    return next != NULL && next->head_before.len == DIGEST_BYTES && memcmp(next->head_before.data, head, DIGEST_BYTES) == 0;
}

// False: there is no state of this store's past.
static bool load_state(struct search *search, struct view *view)
{
    char path[PATH_BYTES];
    uint8_t bytes[STATE_BYTES + 1];
    snprintf(path, sizeof(path), "%s/state", search->path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, bytes, sizeof(bytes));
    if (fd >= 0) {
        close(fd);
    }
    if (size != STATE_BYTES || memcmp(bytes, magic, 8) != 0 || text_get_u32(bytes + STATE_BYTES - 4) != state_sum(bytes)) {
        return false;
    }
    search->followed = text_get_u64(bytes + 8);
    return has_head(view, search->followed, bytes + 16, search->arena);
}

static int save_state(struct search *search, struct view *view)
{
    const Record__State *state = view_state(view);
    uint8_t bytes[STATE_BYTES];
    memcpy(bytes, magic, 8);
    text_put_u64(bytes + 8, search->followed);
    memcpy(bytes + 16, state->head.data, DIGEST_BYTES);
    text_put_u32(bytes + STATE_BYTES - 4, state_sum(bytes));
    const struct image image = {bytes, STATE_BYTES};
    int result = make_folder(search->path);
    result = result < 0 ? result : segment_write_file(search->path, "state", &image, SEGMENT_LAZY);
    search->must_save = result < 0;
    return result < 0 ? FAIL_HOP(result) : 0;
}

static int open_index(struct search *search, const char *store_path, struct view *view)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/search", store_path);
    search->path = strdup(path);
    int result = search->path == NULL ? FAIL_ORIGIN(-ENOMEM, "search") : arena_new(ARENA_BYTES, &search->arena);
    result = result < 0 ? result : make_folder(path);
    result = result < 0 ? result : load_segments(search);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    const Record__State *state = view_state(view);
    bool reaches_beyond = search->count > 0 && search->segments[search->count - 1].end > state->next_position;
    if (!load_state(search, view) || reaches_beyond) {
        search->damaged = search->damaged || search->count > 0;
        drop_all(search);
        search->followed = state->turn; // what is read from now on has all that happened before
        search->must_save = true;
    }
    return view_failure(view);
}

int search_start(struct store *store)
{
    must(store->search == NULL);
    struct view *view = store_read(store);
    struct search *search = view == NULL ? NULL : calloc(1, sizeof(*search));
    if (search == NULL) {
        store_read_done(store);
        return FAIL_ORIGIN(-ENOMEM, "search");
    }
    int result = open_index(search, store->path, view);
    store_read_done(store);
    if (result < 0) {
        search_stop(&search);
        return FAIL_HOP(result);
    }
    store->search = search;
    return 0;
}

static void end_work(struct work *work)
{
    segment_read_stop(&work->reading);
    segment_make_stop(&work->making);
    free(work->marks.items);
    free(work->spare);
    free(work->image.bytes);
    memset(work, 0, sizeof(*work));
}

void search_stop(struct search **search)
{
    if (*search == NULL) {
        return;
    }
    end_work(&(*search)->work);
    for (size_t i = 0; i < (*search)->count; i++) {
        free((*search)->segments[i].stale);
    }
    free((*search)->segments);
    arena_free(&(*search)->arena);
    free((*search)->path);
    free(*search);
    *search = NULL;
}

void search_remove(const char *store_path)
{
    char path[PATH_BYTES];
    uint64_t first;
    snprintf(path, sizeof(path), "%s/search", store_path);
    DIR *folder = opendir(path);
    for (struct dirent *entry = folder == NULL ? NULL : readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (is_ours(entry->d_name, &first) || is_begun(entry->d_name) || strcmp(entry->d_name, "state") == 0) {
            remove_file(path, entry->d_name);
        }
    }
    if (folder != NULL) {
        closedir(folder);
        rmdir(path);
    }
}

// --------------------------------------------------------------------------------------------------- following

static void make_stale(struct search *search, uint64_t position)
{
    struct segment *segment = segment_of(search, position);
    if (segment == NULL) {
        return; // it will be read as it is
    }
    segment->stale = segment->stale != NULL ? segment->stale : calloc(SEGMENT_WORDS, sizeof(*segment->stale));
    if (segment->stale == NULL) {
        drop_segment(search, segment);
        return;
    }
    size_t offset = (size_t)(position - segment->first);
    segment->stale[offset / 64] |= UINT64_C(1) << offset % 64;
}

static void follow_effect(struct search *search, const Record__Effect *effect)
{
    if (effect->is_case == RECORD__EFFECT__IS_PARTS) {
        make_stale(search, effect->parts->position);
    } else if (effect->is_case == RECORD__EFFECT__IS_COMPLETED) {
        make_stale(search, effect->completed->position);
    } else if (effect->is_case == RECORD__EFFECT__IS_MARKED && strcmp(effect->marked->mark, "recalled") == 0) {
        make_stale(search, effect->marked->position);
    }
}

static int follow(struct search *search, struct view *view)
{
    arena_reset(search->arena);
    const Record__Turn *turn = journal_read(view, search->followed + 1, search->arena);
    if (turn == NULL) {
        return view_failure(view) < 0 ? FAIL_HOP(view_failure(view)) : FAIL_ORIGIN(-EBADMSG, "the journal has a gap");
    }
    for (size_t i = 0; i < turn->n_effects; i++) {
        follow_effect(search, turn->effects[i]);
    }
    search->followed++;
    return 0;
}

// ----------------------------------------------------------------------------------------------- what is to do

static struct segment *find_stale(struct search *search)
{
    for (size_t i = 0; i < search->count; i++) {
        if (search->segments[i].stale != NULL) {
            return &search->segments[i];
        }
    }
    return NULL;
}

// The lowest positions that are in no segment.
struct hole {
    uint64_t first;
    uint64_t end;
    const struct segment *before; // ends where the hole begins; NULL: none does
    bool is_last;                 // nothing is behind it
};

static struct hole find_hole(const struct search *search, uint64_t next_position)
{
    struct hole hole = {.first = 1};
    size_t i = 0;
    while (i < search->count && search->segments[i].first == hole.first) {
        hole.before = &search->segments[i++];
        hole.first = hole.before->end;
    }
    hole.is_last = i == search->count;
    hole.end = hole.is_last ? next_position : search->segments[i].first;
    return hole;
}

// Few new positions are not worth a file; the larger the segment that they would belong to, the more there must be.
static bool is_worth_it(const struct hole *hole)
{
    uint64_t held = hole->before == NULL || is_full(hole->before) ? 0 : hole->before->end - hole->before->first;
    uint64_t least = held / 2 < LEAST_NEW ? LEAST_NEW : held / 2;
    uint64_t room = SEGMENT_POSITIONS - held;
    return hole->end > hole->first && (!hole->is_last || hole->end - hole->first >= (least < room ? least : room));
}

static void begin_hole(struct search *search, const struct hole *hole)
{
    struct work *work = &search->work;
    bool extends = hole->before != NULL && !is_full(hole->before);
    work->segment = extends ? *hole->before
                            : (struct segment){.first = hole->first, .end = hole->first, .earliest = INT64_MAX, .latest = INT64_MIN};
    work->segment.stale = NULL;
    work->next = hole->first;
    work->limit = work->segment.first + SEGMENT_POSITIONS;
    work->limit = work->limit < hole->end ? work->limit : hole->end;
    work->phase = extends ? PHASE_OPEN : PHASE_GATHER;
    if (!extends) {
        work->commons = search->commons;
    }
}

// What is stale is left out when the segment is read, and then read again from the store.
static void begin_stale(struct search *search, const struct segment *segment)
{
    struct work *work = &search->work;
    work->segment = *segment;
    work->segment.stale = NULL;
    work->has_stale = true;
    memcpy(work->stale, segment->stale, sizeof(work->stale));
    work->next = segment->first;
    work->limit = segment->end;
    work->phase = PHASE_OPEN;
}

// --------------------------------------------------------------------------------------------------- the work

// What the texts of one position are put into.
struct gathering {
    struct search *search;
    size_t offset;
    enum area area;
    struct letters letters; // of one text after the other
    int failure;
};

static bool take_gram(void *context, uint64_t gram)
{
    struct gathering *gathering = context;
    struct work *work = &gathering->search->work;
    uint64_t key = segment_key(gram, gathering->area);
    if (gathering->failure == 0) {
        gathering->failure = segment_add_mark(&work->marks, key << SEGMENT_BITS | gathering->offset);
    }
    return segment_is_common(&work->commons, key);
}

static void take_text(void *context, const char *text)
{
    struct gathering *gathering = context;
    if (!terms_fold((struct bytes){(const uint8_t *)text, strlen(text)}, gathering->search->arena, &gathering->letters)) {
        gathering->failure = FAIL_ORIGIN(-ENOMEM, "text for the search index");
        return;
    }
    terms_each(&gathering->letters, take_gram, gathering);
}

// What the header alone tells, also to those who may not read bodies.
static void gather_header(struct gathering *gathering, const struct held *held)
{
    const Wire__Header *header = held->header;
    const char *category = searchable_category(header, (struct bytes){0}, gathering->search->arena);
    gathering->area = AREA_HEADER;
    searchable_header(header, take_text, gathering);
    (void)take_gram(gathering, searchable_kind(header->kind));
    (void)take_gram(gathering, searchable_author(header->author));
    (void)take_gram(gathering, searchable_matter((struct bytes){header->matter.data, header->matter.len}));
    (void)take_gram(gathering, searchable_carried(held->carrier));
    if (category[0] != '\0') {
        (void)take_gram(gathering, searchable_of_category(category));
    }
}

static void gather_body(struct gathering *gathering, const struct held *held, struct bytes body)
{
    struct arena *arena = gathering->search->arena;
    const char *category = searchable_category(held->header, body, arena);
    gathering->area = AREA_BODY;
    if (!searchable_body(held->header->kind, body, arena, take_text, gathering)) {
        gathering->failure = FAIL_ORIGIN(-ENOMEM, "text for the search index");
    }
    if (category[0] != '\0') {
        (void)take_gram(gathering, searchable_of_category(category));
    }
}

static void widen(struct segment *segment, int64_t had_at)
{
    segment->earliest = had_at < segment->earliest ? had_at : segment->earliest;
    segment->latest = had_at > segment->latest ? had_at : segment->latest;
}

static int gather_one(struct search *search, struct view *view, uint64_t position)
{
    arena_reset(search->arena);
    struct gathering gathering = {.search = search, .offset = (size_t)(position - search->work.segment.first)};
    const struct held *held = view_statement(view, position, search->arena);
    if (held == NULL || !searchable_is(held->header->kind)) {
        return view_failure(view) < 0 ? FAIL_HOP(view_failure(view)) : 0;
    }
    struct bytes body;
    widen(&search->work.segment, view_had_at(held));
    gather_header(&gathering, held);
    if (view_readable_body(view, held, search->arena, &body)) {
        gather_body(&gathering, held, body);
    }
    return view_failure(view) < 0 ? FAIL_HOP(view_failure(view)) : gathering.failure;
}

static bool is_wanted(const struct work *work, uint64_t position)
{
    return position >= work->segment.end || (work->has_stale && segment_has(work->stale, (size_t)(position - work->segment.first)));
}

static int gather_some(struct search *search, struct view *view)
{
    struct work *work = &search->work;
    size_t most = work->marks.count + STEP_MARKS;
    int result = 0;
    for (size_t gathered = 0; result == 0 && work->next < work->limit && gathered < STEP_POSITIONS && work->marks.count < most; work->next++) {
        if (is_wanted(work, work->next)) {
            result = gather_one(search, view, work->next);
            gathered++;
        }
    }
    bool is_closed = work->next > work->segment.end && work->marks.count >= MARKS_MOST;
    if (result == 0 && (work->next == work->limit || is_closed)) {
        work->segment.end = work->next > work->segment.end ? work->next : work->segment.end;
        arena_reset(search->arena);
        work->spare = malloc((work->marks.count + 1) * sizeof(*work->spare));
        work->phase = PHASE_COUNT;
        result = work->spare == NULL ? FAIL_ORIGIN(-ENOMEM, "search") : 0;
    }
    return result;
}

static size_t digit_of(const struct work *work, size_t mark)
{
    return work->marks.items[mark] >> work->pass * DIGIT_BITS & (DIGITS - 1);
}

static size_t end_of_step(const struct work *work)
{
    size_t left = work->marks.count - work->at;
    return work->at + (left < SORT_MARKS ? left : SORT_MARKS);
}

// A pass of a radix sort, from the lowest digit on: first it is counted how many marks have each digit …
static int count_some(struct work *work)
{
    for (size_t end = end_of_step(work); work->at < end; work->at++) {
        work->places[digit_of(work, work->at)]++;
    }
    if (work->at < work->marks.count) {
        return 0;
    }
    for (size_t digit = 0, place = 0; digit < DIGITS; digit++) {
        size_t count = work->places[digit];
        work->places[digit] = place;
        place += count;
    }
    work->at = 0;
    work->phase = PHASE_SORT;
    return 0;
}

// … then each is put where it belongs.
static int sort_some(struct work *work)
{
    for (size_t end = end_of_step(work); work->at < end; work->at++) {
        work->spare[work->places[digit_of(work, work->at)]++] = work->marks.items[work->at];
    }
    if (work->at < work->marks.count) {
        return 0;
    }
    uint64_t *items = work->marks.items;
    work->marks.items = work->spare;
    work->spare = items;
    work->at = 0;
    memset(work->places, 0, sizeof(work->places));
    work->phase = ++work->pass == PASSES ? PHASE_UNITE : PHASE_COUNT;
    return 0;
}

// The marks of one key are together now, from `since` on.
static void end_key(struct search *search)
{
    struct work *work = &search->work;
    uint64_t positions = work->segment.end - work->segment.first;
    if (work->kept > work->since && (work->kept - work->since) * COMMON_SHARE >= positions) {
        segment_add_common(&search->commons, work->marks.items[work->since] >> SEGMENT_BITS);
    }
    work->since = work->kept;
}

// Leaves doubles out, and sees what is common.
static int unite_some(struct search *search)
{
    struct work *work = &search->work;
    uint64_t *items = work->marks.items;
    if (work->at == 0) {
        search->commons = (struct commons){0};
    }
    for (size_t end = end_of_step(work); work->at < end; work->at++) {
        uint64_t mark = items[work->at];
        bool is_first = work->kept == 0;
        if (!is_first && items[work->kept - 1] == mark) {
            continue;
        }
        if (!is_first && items[work->kept - 1] >> SEGMENT_BITS != mark >> SEGMENT_BITS) {
            end_key(search);
        }
        items[work->kept++] = mark;
    }
    if (work->at < work->marks.count) {
        return 0;
    }
    end_key(search);
    work->marks.count = work->kept;
    work->segment.marks = (uint32_t)work->kept;
    work->phase = PHASE_MAKE;
    return segment_make_start(&work->segment, &work->marks, &work->commons, &work->making);
}

static int make_some(struct work *work)
{
    int result = segment_make_some(work->making, &work->image);
    if (result > 0) {
        work->phase = PHASE_WRITE;
    }
    return result < 0 ? FAIL_HOP(result) : 0;
}

static int write_file(struct search *search)
{
    struct work *work = &search->work;
    int result = make_folder(search->path);
    result = result < 0 ? result : segment_write(search->path, work->segment.first, &work->image, work->has_stale ? SEGMENT_SYNCED : SEGMENT_LAZY);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    search->must_save = true;
    result = put_segment(search, &work->segment);
    end_work(work);
    return result;
}

// A file that is not as it was written is thrown away; what it held is in no segment then.
static int end_reading(struct search *search, int result)
{
    if (result != -EBADMSG && result != -ENOENT) {
        return result < 0 ? FAIL_HOP(result) : 0;
    }
    struct segment *segment = segment_of(search, search->work.segment.first);
    if (segment != NULL) {
        drop_segment(search, segment);
    }
    search->damaged = true;
    end_work(&search->work);
    return 0;
}

static int open_file(struct search *search)
{
    struct work *work = &search->work;
    int result = segment_read_start(search->path, &work->segment, &work->reading);
    work->phase = PHASE_READ;
    return end_reading(search, result);
}

static int read_some(struct search *search)
{
    struct work *work = &search->work;
    int result = segment_read_some(work->reading, work->has_stale ? work->stale : NULL, &work->marks, &work->commons);
    if (result > 0) {
        segment_read_stop(&work->reading);
        work->phase = PHASE_GATHER;
    }
    return end_reading(search, result);
}

static int go_on(struct search *search, struct view *view)
{
    switch (search->work.phase) {
    case PHASE_NONE:
        return 0;
    case PHASE_OPEN:
        return open_file(search);
    case PHASE_READ:
        return read_some(search);
    case PHASE_GATHER:
        return gather_some(search, view);
    case PHASE_COUNT:
        return count_some(&search->work);
    case PHASE_SORT:
        return sort_some(&search->work);
    case PHASE_UNITE:
        return unite_some(search);
    case PHASE_MAKE:
        return make_some(&search->work);
    case PHASE_WRITE:
        return write_file(search);
    }
    return 0;
}

static int step(struct search *search, struct view *view, enum search_outcome *out_outcome)
{
    const Record__State *state = view_state(view);
    *out_outcome = SEARCH_MORE;
    if (search->work.phase != PHASE_NONE) {
        return go_on(search, view);
    }
    if (search->followed < state->turn) {
        return follow(search, view);
    }
    struct segment *stale = find_stale(search);
    if (stale != NULL) {
        begin_stale(search, stale);
        return 0;
    }
    if (search->must_save) {
        return save_state(search, view);
    }
    const struct hole hole = find_hole(search, state->next_position);
    if (is_worth_it(&hole)) {
        begin_hole(search, &hole);
        return 0;
    }
    *out_outcome = SEARCH_IDLE;
    return 0;
}

// Has anything happened since there was nothing to do?
static bool has_work(struct search *search, const Record__State *state)
{
    const struct hole hole = find_hole(search, state->next_position);
    return search->work.phase != PHASE_NONE || search->followed < state->turn || search->must_save || find_stale(search) != NULL ||
           is_worth_it(&hole);
}

int search_step(struct store *store, enum search_outcome *out_outcome)
{
    struct search *search = store->search;
    *out_outcome = SEARCH_IDLE;
    if (search == NULL || !has_work(search, store_state(store))) {
        return 0;
    }
    struct view *view = store_read(store);
    int result = view == NULL ? FAIL_ORIGIN(-EIO, "search") : step(search, view, out_outcome);
    store_read_done(store);
    if (result < 0) {
        end_work(&search->work);
    } else if (search->damaged) {
        search->damaged = false;
        *out_outcome = SEARCH_DAMAGED;
    }
    return result;
}

uint64_t search_behind(const struct store *store)
{
    const struct search *search = store->search;
    uint64_t behind = store_state(store)->next_position - 1;
    for (size_t i = 0; search != NULL && i < search->count; i++) {
        behind -= search->segments[i].end - search->segments[i].first;
    }
    return behind;
}

// --------------------------------------------------------------------------------------------------- proposing

// Positions from `first` on and below `below`, all of them.
static void propose_all(uint64_t first, uint64_t below, struct arena *arena, struct proposal *out_proposal)
{
    first = below - first > STRETCH ? below - STRETCH : first;
    out_proposal->positions = arena_take_array(arena, (size_t)(below - first), sizeof(*out_proposal->positions));
    while (out_proposal->positions != NULL && below > first) {
        out_proposal->positions[out_proposal->count++] = --below;
    }
    out_proposal->next = first == 1 ? 0 : first;
}

static void propose_matching(const struct segment *segment, const uint64_t *offsets, uint64_t below, struct arena *arena, struct proposal *out_proposal)
{
    size_t count = 0;
    for (size_t i = 0; i < SEGMENT_WORDS; i++) {
        count += (size_t)__builtin_popcountll(offsets[i]);
    }
    out_proposal->positions = arena_take_array(arena, count, sizeof(*out_proposal->positions));
    for (uint64_t position = below; out_proposal->positions != NULL && count > 0 && position-- > segment->first;) {
        if (segment_has(offsets, (size_t)(position - segment->first))) {
            out_proposal->positions[out_proposal->count++] = position;
        }
    }
    out_proposal->next = segment->first == 1 ? 0 : segment->first;
}

// Whether anything in it was had in the time that is asked for.
static bool is_of_time(const struct segment *segment, const struct sought *sought)
{
    return segment->latest >= sought->since && (sought->until == 0 || segment->earliest < sought->until);
}

void search_propose(struct search *search, uint64_t end, const struct sought *sought, uint64_t below, struct arena *arena, struct proposal *out_proposal)
{
    uint64_t offsets[SEGMENT_WORDS] = {0};
    *out_proposal = (struct proposal){0};
    below = below == 0 || below > end ? end : below;
    size_t before = search == NULL ? 0 : count_before(search, below);
    struct segment *segment = before == 0 ? NULL : &search->segments[before - 1];
    uint64_t first = segment == NULL ? 1 : segment->end;
    if (segment == NULL || first < below) {
        propose_all(first, below, arena, out_proposal);
        return;
    }
    int result = is_of_time(segment, sought) ? segment_match(search->path, segment, sought, offsets) : 0;
    if (result < 0) {
        first = segment->first;
        if (result == -EBADMSG || result == -ENOENT) {
            search->damaged = true;
            drop_segment(search, segment);
        }
        propose_all(first, below, arena, out_proposal);
        return;
    }
    for (size_t i = 0; segment->stale != NULL && i < SEGMENT_WORDS; i++) {
        offsets[i] |= segment->stale[i]; // what has come since is not in there
    }
    propose_matching(segment, offsets, below, arena, out_proposal);
}
