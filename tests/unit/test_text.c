// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include "wire/text.h"

#include <unistr.h>

struct text_case {
    const char *bytes;
    size_t size;
    enum text_outcome outcome;
    size_t offset;
};

#define CASE(literal, outcome, offset)                                                             \
    {                                                                                              \
        literal, sizeof literal - 1, outcome, offset                                               \
    }

static const struct text_case cases[] = {
    CASE("", TEXT_OK, 0),
    CASE("plain text\twith a tab\nand a line", TEXT_OK, 0),
    CASE("叶城县市场监督管理局", TEXT_OK, 0),
    CASE("\U0001f600\U0010ffff", TEXT_OK, 0),
    CASE("a\0b", TEXT_CONTROL, 1),
    CASE("carriage\r", TEXT_CONTROL, 8),
    CASE("escape \x1b[2J", TEXT_CONTROL, 7),
    CASE("delete \x7f", TEXT_CONTROL, 7),
    CASE("\xc2\x85", TEXT_CONTROL, 0),
    CASE("\xc2\x9f", TEXT_CONTROL, 0),
    CASE("\u00a0", TEXT_OK, 0),
    CASE("abc\u202e", TEXT_BIDI, 3),
    CASE("\u061c", TEXT_BIDI, 0),
    CASE("\u200e", TEXT_BIDI, 0),
    CASE("\u200f", TEXT_BIDI, 0),
    CASE("\u202a", TEXT_BIDI, 0),
    CASE("\u2066", TEXT_BIDI, 0),
    CASE("\u2069", TEXT_BIDI, 0),
    CASE("\u200d\u2065\u206a\u2029", TEXT_OK, 0),
    CASE("\x80", TEXT_NOT_UTF8, 0),
    CASE("ab\xc0\x80", TEXT_NOT_UTF8, 2),
    CASE("\xc1\xbf", TEXT_NOT_UTF8, 0),
    CASE("\xe0\x80\x80", TEXT_NOT_UTF8, 0),
    CASE("\xe0\x9f\xbf", TEXT_NOT_UTF8, 0),
    CASE("\xed\xa0\x80", TEXT_NOT_UTF8, 0),
    CASE("\xed\xbf\xbf", TEXT_NOT_UTF8, 0),
    CASE("\xf0\x8f\xbf\xbf", TEXT_NOT_UTF8, 0),
    CASE("\xf4\x90\x80\x80", TEXT_NOT_UTF8, 0),
    CASE("\xf5\x80\x80\x80", TEXT_NOT_UTF8, 0),
    CASE("\xff", TEXT_NOT_UTF8, 0),
    CASE("12345678\xe5\x8f", TEXT_NOT_UTF8, 8),
    CASE("\xf0\x9f\x98", TEXT_NOT_UTF8, 0),
    CASE("\xe5", TEXT_NOT_UTF8, 0),
};

static void each_case_is_judged_and_placed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct bytes text = {.data = (const uint8_t *)cases[i].bytes, .size = cases[i].size};
        size_t offset = 12345;
        assert_int_equal(text_check(text, &offset), cases[i].outcome);
        assert_int_equal(offset, cases[i].outcome == TEXT_OK ? 12345 : cases[i].offset);
        assert_int_equal(text_check(text, NULL), cases[i].outcome);
    }
}

// The fast path looks at eight bytes at once, so a bad byte must be found at each place of a word.
static void bad_byte_is_found_at_every_place(void **state)
{
    (void)state;
    static const uint8_t bad[] = {0x00, 0x08, 0x0d, 0x1f, 0x7f, 0x80, 0xff};
    for (size_t i = 0; i < 24; i++) {
        for (size_t j = 0; j < sizeof bad; j++) {
            uint8_t text[24];
            memset(text, ' ', sizeof text);
            text[i] = bad[j];
            size_t offset = 0;
            assert_int_not_equal(text_check((struct bytes){text, sizeof text}, &offset), TEXT_OK);
            assert_int_equal(offset, i);
        }
    }
}

// libunistring judges UTF-8 by itself; a spread of strings of three bytes must get the same verdict
// from both.
static void agrees_with_libunistring(void **state)
{
    (void)state;
    for (uint32_t value = 0; value < 1 << 24; value += 1 + (value & 0x7)) {
        uint8_t text[3] = {(uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
        bool is_utf8 = u8_check(text, sizeof text) == NULL;
        enum text_outcome outcome = text_check((struct bytes){text, sizeof text}, NULL);
        if (is_utf8) {
            assert_int_not_equal(outcome, TEXT_NOT_UTF8);
        } else {
            assert_int_not_equal(outcome, TEXT_OK);
        }
    }
}

static void every_character_survives_but_controls(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++) {
        uint8_t text[6];
        int length = u8_uctomb(text, point, sizeof text);
        if (length < 0) {
            continue;
        }
        enum text_outcome outcome = text_check((struct bytes){text, (size_t)length}, NULL);
        bool control =
            (point < 0x20 && point != 9 && point != 10) || (point >= 0x7f && point <= 0x9f);
        bool bidi = point == 0x61c || point == 0x200e || point == 0x200f ||
                    (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069);
        assert_int_equal(outcome, control ? TEXT_CONTROL : bidi ? TEXT_BIDI : TEXT_OK);
    }
}

static void hexadecimal_goes_both_ways(void **state)
{
    struct arena *arena = *state;
    uint8_t all[256];
    uint8_t back[256];
    for (size_t i = 0; i < sizeof all; i++) {
        all[i] = (uint8_t)i;
    }
    char *hex = text_hex(arena, (struct bytes){all, sizeof all});
    assert_int_equal(strlen(hex), 512);
    assert_memory_equal(hex, "000102", 6);
    assert_string_equal(hex + 506, "fdfeff");
    assert_true(text_parse_hex(hex, back, sizeof back));
    assert_memory_equal(all, back, sizeof all);
    assert_string_equal(text_hex(arena, (struct bytes){NULL, 0}), "");
}

static void wrong_hexadecimal_leaves_out_untouched(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",          "0",        "00",       "0011223",
                                        "001122334", "0011 233", "0x112233", "0011223g"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t out[4] = {1, 2, 3, 4};
        assert_false(text_parse_hex(wrong[i], out, sizeof out));
        assert_memory_equal(out, ((uint8_t[]){1, 2, 3, 4}), 4);
    }
    uint8_t out[4];
    assert_true(text_parse_hex("aAbBcCdD", out, sizeof out));
    assert_memory_equal(out, ((uint8_t[]){0xaa, 0xbb, 0xcc, 0xdd}), 4);
}

static void what_is_cut_or_forbidden_is_taken_out(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"", ""},
        {"规程", "规程"},
        {"\xe4\xb8 has no key \xe4\xb8\xad", " has no key 中"}, // cut by a precision
        {"中\xe4", "中"},                                          // cut by the size
        {"a\u202eb\x7f" "c\xc2\x85", "abc"},
        {"\xff\xfe\xfd", ""},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[64];
        strcpy(text, texts[i][0]);
        text_clean(text);
        assert_string_equal(text, texts[i][1]);
    }
}

static void integers_are_big_endian(void **state)
{
    (void)state;
    uint8_t at[8];
    text_put_u64(at, 0xfedcba9876543210u);
    assert_memory_equal(at, "\xfe\xdc\xba\x98\x76\x54\x32\x10", 8);
    assert_true(text_get_u64(at) == 0xfedcba9876543210u);
    assert_true(text_get_u32(at) == 0xfedcba98u);
    assert_int_equal(text_get_u16(at), 0xfedc);
    text_put_u32(at, 0x80000001u);
    assert_true(text_get_u32(at) == 0x80000001u);
    text_put_u16(at, 0xffff);
    assert_int_equal(text_get_u16(at), 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_case_is_judged_and_placed),
        cmocka_unit_test(bad_byte_is_found_at_every_place),
        cmocka_unit_test(agrees_with_libunistring),
        cmocka_unit_test(every_character_survives_but_controls),
        with_arena(hexadecimal_goes_both_ways),
        cmocka_unit_test(wrong_hexadecimal_leaves_out_untouched),
        cmocka_unit_test(what_is_cut_or_forbidden_is_taken_out),
        cmocka_unit_test(integers_are_big_endian),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
