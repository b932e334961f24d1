// SPDX-License-Identifier: Apache-2.0
#include "wire/terms.h"

#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum {
    POINT_BITS = 21,
    FULL_WIDTH_FIRST = 0xff01, // of '!', and so on to '~'
    FULL_WIDTH_LAST = 0xff5e,
    FULL_WIDTH_AHEAD = 0xfee0,
    HAN_FIRST = 0x3400, // two blocks and the 64 signs between them
    HAN_LAST = 0x9fff,
    HEXAGRAMS_FIRST = 0x4dc0,
    HEXAGRAMS_LAST = 0x4dff,
    QUAD = 4,
    ASCII_KINDS = 36,
    BEYOND_UNICODE = 0x110000, // first of a gram of four, where no code point can stand
    LONGER_FIRST = 0x120000,   // of a longer gram, from here on
    TAG_FIRST = 0x1a0000,      // of a tag
    LONGER_BITS = 40,
    TAG_BITS = 39,
};

// A code point folded; 0: it counts for nothing.
static uint32_t fold(uint32_t point)
{
    if (point >= FULL_WIDTH_FIRST && point <= FULL_WIDTH_LAST) {
        point -= FULL_WIDTH_AHEAD;
    }
    if (point < 0x80) {
        bool is_capital = point >= 'A' && point <= 'Z';
        bool counts = is_capital || (point >= 'a' && point <= 'z') || (point >= '0' && point <= '9');
        return !counts ? 0 : is_capital ? point + 'a' - 'A' : point;
    }
    if (point >= HAN_FIRST && point <= HAN_LAST && (point < HEXAGRAMS_FIRST || point > HEXAGRAMS_LAST)) {
        return point;
    }
    const uint32_t counting = UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M | UC_CATEGORY_MASK_N;
    return uc_is_general_category_withtable(point, counting) ? uc_tolower(point) : 0;
}

static bool is_mark(uint32_t point)
{
    return point >= 0x300 && (point < HAN_FIRST || point > HAN_LAST) && uc_combining_class(point) != 0;
}

// Reads one code point of `at`; what is no UTF-8 reads as one that counts for nothing.
static uint32_t read_point(const uint8_t **at, const uint8_t *end)
{
    ucs4_t point;
    *at += u8_mbtouc(&point, *at, (size_t)(end - *at));
    return point;
}

static void add_point(struct letters *letters, uint32_t point)
{
    ucs4_t joined = letters->count > 0 && is_mark(point) ? uc_composition(letters->points[letters->count - 1], point) : 0;
    if (joined != 0) {
        letters->points[letters->count - 1] = joined;
        return;
    }
    uint32_t folded = fold(point);
    if (folded != 0) {
        letters->points[letters->count++] = folded;
    }
}

bool terms_fold(struct bytes text, struct arena *arena, struct letters *letters)
{
    const uint8_t *at = text.data;
    const uint8_t *end = at + text.size;
    letters->count = 0;
    if (letters->capacity < text.size) {
        letters->points = arena_take_array(arena, text.size, sizeof(uint32_t));
        letters->capacity = letters->points == NULL ? 0 : text.size;
    }
    while (at < end && letters->capacity > 0) {
        add_point(letters, read_point(&at, end));
    }
    return text.size <= letters->capacity;
}

// ------------------------------------------------------------------------------------------------------ grams

static uint64_t gram_of_two(const uint32_t *points)
{
    return (uint64_t)points[0] << POINT_BITS | points[1];
}

static uint64_t gram_of_four(const uint32_t *points)
{
    uint64_t value = 0;
    for (size_t i = 0; i < QUAD; i++) {
        value = value * ASCII_KINDS + (points[i] <= '9' ? points[i] - '0' : points[i] - 'a' + 10);
    }
    return (uint64_t)BEYOND_UNICODE << POINT_BITS | value;
}
_Static_assert(ASCII_KINDS * ASCII_KINDS * ASCII_KINDS * ASCII_KINDS < 1 << POINT_BITS, "four of them fit in one place");

// Any function would do that tells most pairs apart: two grams under one number are proposed together, and verified. (The mixer is MurmurHash3's.)
static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 33) * UINT64_C(0xff51afd7ed558ccd);
    value = (value ^ value >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return value ^ value >> 33;
}

static uint64_t longer_gram(uint64_t left, uint64_t right)
{
    uint64_t value = mix(mix(left) + right) & ((UINT64_C(1) << LONGER_BITS) - 1);
    return ((uint64_t)LONGER_FIRST << POINT_BITS) + value;
}
_Static_assert(LONGER_FIRST + (1 << (LONGER_BITS - POINT_BITS)) <= TAG_FIRST, "longer grams are no tags");
_Static_assert(TAG_FIRST + (1 << (TAG_BITS - POINT_BITS)) <= 1 << POINT_BITS, "tags are grams");

uint64_t terms_tag(const char *what, struct bytes value)
{
    uint64_t mixed = 0;
    for (; *what != '\0'; what++) {
        mixed = mix(mixed + (uint8_t)*what + 1);
    }
    for (size_t i = 0; i < value.size; i++) {
        mixed = mix(mixed + value.data[i] + 1);
    }
    return ((uint64_t)TAG_FIRST << POINT_BITS) + (mixed & ((UINT64_C(1) << TAG_BITS) - 1));
}

// The grams that end at a letter, by how many letters they have.
struct ending {
    bool is_common[TERMS_LONGEST + 1];
    uint64_t grams[TERMS_LONGEST + 1];
};

void terms_each(const struct letters *letters, terms_take take, void *context)
{
    struct ending before = {{false}, {0}}; // at the letter before
    size_t run = 0;                        // of ASCII, up to here
    for (size_t i = 0; i < letters->count; i++) {
        struct ending here = {{false}, {0}};
        run = letters->points[i] < 0x80 ? run + 1 : 0;
        for (size_t size = 2; size <= TERMS_LONGEST && size <= i + 1; size++) {
            bool is_quad = size == QUAD && run >= QUAD;
            bool is_longer = here.is_common[size - 1] && before.is_common[size - 1] && (run < size || size > QUAD);
            if (size > 2 && !is_quad && !is_longer) {
                continue; // a gram of four may still come
            }
            here.grams[size] = size == 2 ? gram_of_two(&letters->points[i - 1])
                               : is_quad ? gram_of_four(&letters->points[i + 1 - QUAD])
                                         : longer_gram(before.grams[size - 1], here.grams[size - 1]);
            here.is_common[size] = take(context, here.grams[size]);
        }
        before = here;
    }
}

// To those of its word, which begin at `first`.
static void add_gram(struct terms *terms, size_t first, uint64_t gram)
{
    for (size_t i = first; i < terms->gram_count; i++) {
        if (terms->grams[i] == gram) {
            return;
        }
    }
    terms->grams[terms->gram_count++] = gram;
}

static size_t ascii_run(const struct letters *word, size_t from)
{
    size_t end = from;
    while (end < word->count && word->points[end] < 0x80) {
        end++;
    }
    return end - from;
}

// What grams of four say of a run, those of two say with less force.
static void add_grams(struct terms *terms, const struct letters *word)
{
    size_t first = terms->gram_count;
    for (size_t i = 0; i + 1 < word->count;) {
        size_t run = ascii_run(word, i);
        if (run < QUAD) {
            add_gram(terms, first, gram_of_two(&word->points[i++]));
            continue;
        }
        for (size_t end = i + run; i + QUAD <= end; i++) {
            add_gram(terms, first, gram_of_four(&word->points[i]));
        }
        i += QUAD - 2; // the run's last, which may have a neighbour
    }
}

// ------------------------------------------------------------------------------------------------------ words

static bool is_blank(uint32_t point)
{
    return point == '\t' || point == '\n' || uc_is_general_category_withtable(point, UC_CATEGORY_MASK_Z);
}

// Folds a text and says where its words begin; they stand one behind the other. -1: too many, or too long.
static int split(const char *text, struct letters *letters, size_t starts[TERMS_WORDS])
{
    const uint8_t *at = (const uint8_t *)text;
    const uint8_t *end = at + strlen(text);
    int last = 0;
    starts[0] = 0;
    while (at < end && letters->count <= TERMS_LETTERS) {
        uint32_t point = read_point(&at, end);
        if (!is_blank(point)) {
            add_point(letters, point);
        } else if (letters->count >= starts[last] + 2) {
            if (++last == TERMS_WORDS) {
                return -1;
            }
            starts[last] = letters->count;
        }
    }
    return letters->count > TERMS_LETTERS ? -1 : last;
}

enum terms_outcome terms_parse(const char *text, struct arena *arena, struct terms *out_terms)
{
    size_t starts[TERMS_WORDS];
    struct letters all = {.points = arena_take_array(arena, TERMS_LETTERS + 1, sizeof(uint32_t))};
    if (all.points == NULL) {
        return TERMS_NO_MEMORY;
    }
    int last = split(text, &all, starts);
    if (last < 0 || all.count < 2) {
        return last < 0 ? TERMS_LONG : TERMS_SHORT;
    }
    if (last > 0 && all.count < starts[last] + 2) {
        last--; // what is left over stands with the last word
    }
    out_terms->word_count = (size_t)last + 1;
    out_terms->gram_count = 0;
    for (size_t i = 0; i < out_terms->word_count; i++) {
        size_t end = i + 1 == out_terms->word_count ? all.count : starts[i + 1];
        out_terms->words[i] = (struct letters){.points = all.points + starts[i], .count = end - starts[i]};
        add_grams(out_terms, &out_terms->words[i]);
        out_terms->gram_ends[i] = out_terms->gram_count;
    }
    return TERMS_OK;
}

static bool holds(const struct letters *text, const struct letters *word)
{
    for (size_t i = 0; i + word->count <= text->count; i++) {
        if (text->points[i] == word->points[0] && memcmp(text->points + i, word->points, word->count * sizeof(*word->points)) == 0) {
            return true;
        }
    }
    return false;
}

unsigned terms_found_in(const struct terms *terms, const struct letters *text)
{
    unsigned found = 0;
    for (size_t i = 0; i < terms->word_count; i++) {
        found |= holds(text, &terms->words[i]) ? 1U << i : 0;
    }
    return found;
}

unsigned terms_all(const struct terms *terms)
{
    return (1U << terms->word_count) - 1;
}
