// SPDX-License-Identifier: Apache-2.0
//
// What counts of a text, which grams it gives, and how a search is split into words.
#include "unit/check.h"

#include "wire/terms.h"

static bool holds(struct arena *arena, const char *text, const char *asked)
{
    struct letters letters = {0};
    struct terms terms;
    assert_true(terms_fold(bytes_of(text), arena, &letters));
    assert_int_equal(terms_parse(asked, arena, &terms), TERMS_OK);
    return terms_found_in(&terms, &letters) == terms_all(&terms);
}

static void expect_folded(struct arena *arena, const char *text, const uint32_t *points)
{
    struct letters letters = {0};
    assert_true(terms_fold(bytes_of(text), arena, &letters));
    for (size_t i = 0; i < letters.count; i++) {
        assert_int_equal(letters.points[i], points[i]);
    }
    assert_int_equal(points[letters.count], 0);
}

static void letters_and_digits_count_and_nothing_else(void **state)
{
    struct arena *arena = *state;
    expect_folded(arena, "Ａb 9，。〔〕-_\t\n“C”", (const uint32_t[]){'a', 'b', '9', 'c', 0});
    expect_folded(arena, "新市　监", (const uint32_t[]){0x65b0, 0x5e02, 0x76d1, 0});
    expect_folded(arena, "〇々ⅢÉβ", (const uint32_t[]){0x3007, 0x3005, 0x2172, 0xe9, 0x3b2, 0});
    expect_folded(arena, "e\xcc\x81\xe3\x81\x8b\xe3\x82\x99", (const uint32_t[]){0xe9, 0x304c, 0}); // e´ and か゛
    expect_folded(arena, "\xcc\x81x", (const uint32_t[]){0x301, 'x', 0});
    expect_folded(arena, "\xf0\xa0\x80\x80", (const uint32_t[]){0x20000, 0});
    expect_folded(arena, "䷀", (const uint32_t[]){0}); // a sign among the Han letters
    expect_folded(arena, "a\xff\xfe\xc3z\xe4\xb8", (const uint32_t[]){'a', 'z', 0}); // never let in, and nothing breaks
    expect_folded(arena, "", (const uint32_t[]){0});
}

static void number_is_found_by_any_piece_of_it(void **state)
{
    struct arena *arena = *state;
    static const char *const asked[] = {"新市监移〔2026〕12号", "2026〕12", "移2026", "移 ２０２６", "(2026)", "12号", "监移", "202612"};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        assert_true(holds(arena, "新市监移〔2026〕12号", asked[i]));
    }
    assert_false(holds(arena, "新市监移〔2026〕12号", "2026〕13"));
    assert_true(holds(arena, "91350100M000100Y43", "0100y43"));
    assert_true(holds(arena, "叶城县某食品经营部", "食品"));
}

static void all_words_are_asked_for_and_lone_letters_stand_together(void **state)
{
    struct arena *arena = *state;
    struct terms terms;
    assert_true(holds(arena, "张三与李四发生争吵", "李四 张三"));
    assert_false(holds(arena, "张三与李四发生争吵", "李四 王五"));
    assert_true(holds(arena, "张三", "张　三"));
    assert_true(holds(arena, "李四张三", "李四 张 三"));
    assert_int_equal(terms_parse("李四 张三\t王五\n赵六", arena, &terms), TERMS_OK);
    assert_int_equal(terms.word_count, 4);
    assert_int_equal(terms_parse("  李四 三 ", arena, &terms), TERMS_OK);
    assert_int_equal(terms.word_count, 1);
    assert_int_equal(terms.words[0].count, 3);
}

static void what_is_too_short_or_too_long_is_no_search(void **state)
{
    struct arena *arena = *state;
    struct terms terms;
    char text[2 * TERMS_LETTERS + 8];
    static const char *const shorts[] = {"", " ", "张", " 张 ", "〔〕", "《张》"};
    for (size_t i = 0; i < sizeof shorts / sizeof shorts[0]; i++) {
        assert_int_equal(terms_parse(shorts[i], arena, &terms), TERMS_SHORT);
    }
    memset(text, 'x', sizeof text);
    text[TERMS_LETTERS] = '\0';
    assert_int_equal(terms_parse(text, arena, &terms), TERMS_OK);
    assert_int_equal(terms.gram_count, 1);
    text[TERMS_LETTERS] = 'x';
    text[sizeof text - 1] = '\0';
    assert_int_equal(terms_parse(text, arena, &terms), TERMS_LONG);
    for (size_t i = 0; i < TERMS_WORDS + 1; i++) {
        memcpy(text + 3 * i, "ab ", 3);
    }
    text[3 * TERMS_WORDS - 1] = '\0';
    assert_int_equal(terms_parse(text, arena, &terms), TERMS_OK);
    text[3 * TERMS_WORDS - 1] = ' ';
    text[3 * TERMS_WORDS + 2] = '\0';
    assert_int_equal(terms_parse(text, arena, &terms), TERMS_LONG);
}

struct grams {
    uint64_t items[512];
    size_t count;
};

static bool take(void *context, uint64_t gram)
{
    struct grams *grams = context;
    assert_true(grams->count < sizeof grams->items / sizeof grams->items[0]);
    grams->items[grams->count++] = gram;
    return false;
}

static bool is_in(const struct grams *grams, uint64_t gram)
{
    for (size_t i = 0; i < grams->count; i++) {
        if (grams->items[i] == gram) {
            return true;
        }
    }
    return false;
}

// Some are common, by nothing but their number.
static bool take_some(void *context, uint64_t gram)
{
    (void)take(context, gram);
    return gram % 8 != 0;
}

static bool take_all(void *context, uint64_t gram)
{
    (void)take(context, gram);
    return true;
}

static struct grams grams_of(struct arena *arena, const char *text, terms_take take_one)
{
    struct grams grams = {0};
    struct letters letters = {0};
    assert_true(terms_fold(bytes_of(text), arena, &letters));
    terms_each(&letters, take_one, &grams);
    return grams;
}

// The index is right only if this holds.
static void text_that_holds_a_word_gives_every_gram_of_it(void **state)
{
    struct arena *arena = *state;
    static const char text[] = "甲ab12c乙3丙ABCD45丁戊ｘyz0　9己é庚";
    for (const char *from = text; *from != '\0'; from++) {
        for (size_t size = 1; size <= strlen(from); size++) {
            char *piece = arena_format(arena, "%.*s", (int)size, from);
            struct grams grams = {0};
            struct letters letters = {0};
            struct terms terms;
            assert_true(terms_fold(bytes_of(text), arena, &letters));
            terms_each(&letters, take, &grams);
            if (terms_parse(piece, arena, &terms) != TERMS_OK) {
                continue;
            }
            for (size_t i = 0; i < terms.gram_count; i++) {
                assert_true(is_in(&grams, terms.grams[i]));
                assert_true(terms.grams[i] >> TERMS_GRAM_BITS == 0);
            }
            assert_int_equal(terms_found_in(&terms, &letters), terms_all(&terms));
        }
    }
}

// Whatever is held common: what a word has of longer grams, a text that holds it has as well.
static void text_that_holds_a_word_gives_its_longer_grams_too(void **state)
{
    struct arena *arena = *state;
    static const char text[] = "甲ab12c乙3丙ABCD45丁戊ｘyz0　9己é庚";
    static const terms_take ways[] = {take_some, take_all};
    for (size_t way = 0; way < 2; way++) {
        const struct grams all = grams_of(arena, text, ways[way]);
        for (const char *from = text; *from != '\0'; from++) {
            for (size_t size = 1; size <= strlen(from); size++) {
                const struct grams some = grams_of(arena, arena_format(arena, "%.*s", (int)size, from), ways[way]);
                for (size_t i = 0; ((unsigned char)*from & 0xc0) != 0x80 && i < some.count; i++) {
                    assert_true(is_in(&all, some.items[i]));
                    assert_true(some.items[i] >> TERMS_GRAM_BITS == 0);
                }
            }
        }
    }
}

static void longer_grams_tell_what_pairs_do_not(void **state)
{
    struct arena *arena = *state;
    const struct grams pairs = grams_of(arena, "现当事人员", take);
    assert_int_equal(pairs.count, 4);
    const struct grams text = grams_of(arena, "发现当事人，执法人员", take_all);
    const struct grams word = grams_of(arena, "现当事人员", take_all);
    size_t missing = 0;
    for (size_t i = 0; i < pairs.count; i++) {
        assert_true(is_in(&text, pairs.items[i]));
    }
    for (size_t i = 0; i < word.count; i++) {
        missing += !is_in(&text, word.items[i]);
    }
    assert_int_equal(word.count, 4 + 3 + 2 + 1);
    assert_int_equal(missing, 3); // whatever holds 事人员
    assert_int_equal(grams_of(arena, "一二三四五六七八", take_all).count, 7 + 6 + 5 + 4);
    assert_int_equal(grams_of(arena, "abcde", take_all).count, 4 + 2 + 1);
    assert_int_equal(grams_of(arena, "一二ab", take_all).count, 3 + 2 + 1);
}

static void tags_are_no_grams_of_text(void **state)
{
    const struct grams text = grams_of(*state, "kindlead", take_all);
    assert_false(is_in(&text, terms_tag("kind", bytes_of("lead"))));
    assert_int_equal(terms_tag("kind", bytes_of("lead")), terms_tag("kind", bytes_of("lead")));
    assert_int_not_equal(terms_tag("kind", bytes_of("lead")), terms_tag("kind", bytes_of("note")));
    assert_int_not_equal(terms_tag("kind", bytes_of("lead")), terms_tag("author", bytes_of("lead")));
    assert_true(terms_tag("kind", bytes_of("lead")) >> TERMS_GRAM_BITS == 0);
}

static void four_digits_are_one_gram_and_their_neighbours_are_kept(void **state)
{
    struct terms terms;
    assert_int_equal(terms_parse("移2026", *state, &terms), TERMS_OK);
    assert_int_equal(terms.gram_count, 2);
    assert_int_equal(terms_parse("移202612号", *state, &terms), TERMS_OK);
    assert_int_equal(terms.gram_count, 5);
    assert_int_equal(terms_parse("移202号", *state, &terms), TERMS_OK);
    assert_int_equal(terms.gram_count, 4);
    assert_int_equal(terms_parse("2026", *state, &terms), TERMS_OK);
    assert_int_equal(terms.gram_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(letters_and_digits_count_and_nothing_else),
        with_arena(number_is_found_by_any_piece_of_it),
        with_arena(all_words_are_asked_for_and_lone_letters_stand_together),
        with_arena(what_is_too_short_or_too_long_is_no_search),
        with_arena(text_that_holds_a_word_gives_every_gram_of_it),
        with_arena(text_that_holds_a_word_gives_its_longer_grams_too),
        with_arena(longer_grams_tell_what_pairs_do_not),
        with_arena(tags_are_no_grams_of_text),
        with_arena(four_digits_are_one_gram_and_their_neighbours_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
