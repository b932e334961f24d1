// SPDX-License-Identifier: Apache-2.0
#include "unit/check.h"

#include "wire/identity.h"

static void agency_ids_are_short_lower_case_and_begin_with_a_letter(void **state)
{
    (void)state;
    static const char *const right[] = {"aa", "xincai-scjg", "a-", "z9",
                                        "abcdefghijklmnopqrstuvwxyz012345"};
    static const char *const wrong[] = {"",     "a",   "1a",  "-a",
                                        "Aa",   "aA",  "a_b", "a b",
                                        "叶城", "a\n", "a.b", "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        assert_true(identity_is_agency(right[i]));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(identity_is_agency(wrong[i]));
    }
}

static void regions_are_six_digits(void **state)
{
    (void)state;
    assert_true(identity_is_region("653126"));
    assert_false(identity_is_region("65312"));
    assert_false(identity_is_region("6531260"));
    assert_false(identity_is_region("65312a"));
    assert_false(identity_is_region(""));
    assert_false(identity_is_region("６５３１２６"));
}

// Codes that public sources print; 91350100M000100Y43 is the specimen of GB 32100-2015.
static const char *const known_codes[] = {
    "91350100M000100Y43", "91110000802100433B", "914403001922038216",
    "9144030071526726XG", "12100000400000624D", "11100000MB0143028R",
    "11100000MB0341032Y", "11100000MB03271699", "11100000MB1802777M",
};

static void published_credit_codes_are_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof known_codes / sizeof known_codes[0]; i++) {
        assert_int_equal(identity_check_credit_code(known_codes[i]), CREDIT_CODE_OK);
        assert_int_equal(identity_credit_code_check(known_codes[i]), known_codes[i][17]);
    }
}

// 31 is a prime and no weight is divisible by it, so the check finds every single wrong character.
static void every_single_wrong_character_is_found(void **state)
{
    (void)state;
    static const char alphabet[] = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    for (size_t i = 0; i < 18; i++) {
        for (const char *character = alphabet; *character != '\0'; character++) {
            char code[19];
            strcpy(code, known_codes[0]);
            if (code[i] == *character) {
                continue;
            }
            code[i] = *character;
            assert_int_not_equal(identity_check_credit_code(code), CREDIT_CODE_OK);
        }
    }
}

static void sum_divisible_by_31_gives_zero(void **state)
{
    (void)state;
    // All zeroes but the first: 1 weighs 1, so 31 - 1 = 30, 'Y'; all zeroes sum to 0 and give '0',
    // not the 31st place.
    assert_int_equal(identity_credit_code_check("00000000000000000"), '0');
    assert_int_equal(identity_credit_code_check("10000000000000000"), 'Y');
}

static void misshapen_credit_codes_are_told_from_mistyped_ones(void **state)
{
    (void)state;
    static const char *const shape[] = {"",
                                        "9",
                                        "91350100m000100y43",
                                        "91350100M000100Y4",
                                        "91350100M000100Y433",
                                        "91350100M0001O0Y43",
                                        "9135O100M000100Y43",
                                        "91A50100M000100Y43",
                                        "91350100M000100Y4I",
                                        " 91350100M000100Y4"};
    for (size_t i = 0; i < sizeof shape / sizeof shape[0]; i++) {
        assert_int_equal(identity_check_credit_code(shape[i]), CREDIT_CODE_SHAPE);
    }
    assert_int_equal(identity_check_credit_code("91350100M000100Y44"), CREDIT_CODE_CHECK);
    assert_int_equal(identity_credit_code_check("91350100m000100Y4"), '\0');
    assert_int_equal(identity_credit_code_check("9135"), '\0');
}

static void new_ids_carry_the_instant_and_differ(void **state)
{
    (void)state;
    uint8_t one[ID_BYTES];
    uint8_t other[ID_BYTES];
    assert_int_equal(identity_new_id(INT64_C(0x0123456789ab), one), 0);
    assert_int_equal(identity_new_id(INT64_C(0x0123456789ab), other), 0);
    assert_memory_equal(one, "\x01\x23\x45\x67\x89\xab", 6);
    assert_memory_not_equal(one, other, ID_BYTES);
    assert_true(identity_is_id((struct bytes){one, ID_BYTES}));
}

static void ids_from_given_bytes_are_the_same_again(void **state)
{
    (void)state;
    uint8_t random[ID_BYTES];
    uint8_t id[ID_BYTES];
    memset(random, 0xff, sizeof random);
    identity_make_id(INT64_C(0x0123456789ab), random, id);
    assert_memory_equal(id, "\x01\x23\x45\x67\x89\xab\x7f\xff\xbf\xff\xff\xff\xff\xff\xff\xff",
                        ID_BYTES);
    memset(random, 0, sizeof random);
    identity_make_id(0, random, id);
    assert_memory_equal(id, "\0\0\0\0\0\0\x70\0\x80\0\0\0\0\0\0\0", ID_BYTES);
}

static void only_version_7_of_16_bytes_is_an_id(void **state)
{
    (void)state;
    uint8_t id[ID_BYTES];
    assert_int_equal(identity_new_id(1, id), 0);
    assert_false(identity_is_id((struct bytes){id, ID_BYTES - 1}));
    assert_false(identity_is_id((struct bytes){NULL, 0}));
    for (unsigned version = 0; version < 16; version++) {
        id[6] = (uint8_t)(version << 4);
        assert_int_equal(identity_is_id((struct bytes){id, ID_BYTES}), version == 7);
    }
    id[6] = 0x70;
    id[8] = 0x40;
    assert_false(identity_is_id((struct bytes){id, ID_BYTES}));
    id[8] = 0xc0;
    assert_false(identity_is_id((struct bytes){id, ID_BYTES}));
}

static void ids_are_written_and_read(void **state)
{
    (void)state;
    uint8_t id[ID_BYTES];
    uint8_t back[ID_BYTES];
    char text[IDENTITY_TEXT_BYTES];
    assert_int_equal(identity_new_id(INT64_C(1758678000000), id), 0);
    identity_format_id(id, text);
    assert_int_equal(strlen(text), 36);
    assert_true(identity_parse_id(text, back));
    assert_memory_equal(id, back, ID_BYTES);
    assert_true(identity_parse_id("01997A1C-7F80-7ABC-8DEF-0123456789AB", back));
    assert_memory_equal(back, "\x01\x99\x7a\x1c\x7f\x80\x7a\xbc\x8d\xef\x01\x23\x45\x67\x89\xab",
                        ID_BYTES);
}

static void what_is_no_id_is_not_read(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "01997a1c",
        "01997a1c7f807abc8def0123456789ab",
        "01997a1c-7f80-7abc-8def-0123456789a",
        "01997a1c-7f80-7abc-8def-0123456789abc",
        "01997a1c-7f80-7abc-8def_0123456789ab",
        "01997a1c-7f80-7abc-8def-0123456789ag",
        "{1997a1c-7f80-7abc-8def-0123456789a}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t out[ID_BYTES] = {1};
        assert_false(identity_parse_id(wrong[i], out));
        assert_int_equal(out[0], 1);
    }
}

static void short_number_is_six_digits_of_the_random_bits(void **state)
{
    (void)state;
    uint8_t id[ID_BYTES] = {0};
    char text[7];
    identity_short_number(id, text);
    assert_string_equal(text, "000000");
    id[15] = 42;
    identity_short_number(id, text);
    assert_string_equal(text, "000042");
    id[0] = 0xff;
    id[8] = 0x80;
    identity_short_number(id, text);
    assert_string_equal(text, "000042");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agency_ids_are_short_lower_case_and_begin_with_a_letter),
        cmocka_unit_test(regions_are_six_digits),
        cmocka_unit_test(published_credit_codes_are_right),
        cmocka_unit_test(every_single_wrong_character_is_found),
        cmocka_unit_test(sum_divisible_by_31_gives_zero),
        cmocka_unit_test(misshapen_credit_codes_are_told_from_mistyped_ones),
        cmocka_unit_test(new_ids_carry_the_instant_and_differ),
        cmocka_unit_test(ids_from_given_bytes_are_the_same_again),
        cmocka_unit_test(only_version_7_of_16_bytes_is_an_id),
        cmocka_unit_test(ids_are_written_and_read),
        cmocka_unit_test(what_is_no_id_is_not_read),
        cmocka_unit_test(short_number_is_six_digits_of_the_random_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
