// SPDX-License-Identifier: Apache-2.0
//
// The smallest readers: text, hexadecimal, ids, codes, instants, periods. What is written again reads the same.
#include "fuzz/fuzz.h"

#include "law/civil.h"
#include "law/clock.h"
#include "law/instant.h"
#include "wire/identity.h"
#include "wire/sm2.h"
#include "wire/text.h"

#include "base/loop.h"
#include "lib/rendering.h"

static void check_text(struct bytes input)
{
    size_t offset = SIZE_MAX;
    enum text_outcome outcome = text_check(input, &offset);
    must((outcome == TEXT_OK) == fuzz_is_clean(input));
    if (outcome != TEXT_OK) {
        must(offset < input.size);
        must(text_check((struct bytes){input.data, offset}, NULL) == TEXT_OK);
    }
}

static void check_hex(const char *text, struct arena *arena)
{
    size_t size = strlen(text) / 2;
    uint8_t *data = arena_take(arena, size);
    if (text_parse_hex(text, data, size)) {
        must(strcasecmp(text_hex(arena, (struct bytes){data, size}), text) == 0);
    }
}

static void check_id(const char *text)
{
    uint8_t id[ID_BYTES];
    char again[IDENTITY_TEXT_BYTES];
    if (identity_parse_id(text, id)) {
        identity_format_id(id, again);
        must(strcasecmp(again, text) == 0);
    }
}

static void check_credit_code(const char *text)
{
    enum credit_code_outcome outcome = identity_check_credit_code(text);
    if (outcome != CREDIT_CODE_SHAPE) {
        must(strlen(text) == 18);
        must((outcome == CREDIT_CODE_OK) == (text[17] == identity_credit_code_check(text)));
    }
}

static void check_agency(const char *text)
{
    size_t size = strlen(text);
    bool is_agency = size >= 2 && size <= 32 && text[0] >= 'a' && text[0] <= 'z' &&
                     strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
    must(identity_is_agency(text) == is_agency);
    must(identity_is_region(text) == (size == 6 && strspn(text, "0123456789") == 6));
}

static void check_instant(const char *text)
{
    int64_t instant;
    int64_t again;
    char whole[INSTANT_TEXT_BYTES];
    char fine[RENDERING_INSTANT_BYTES];
    if (!instant_parse(text, &instant)) {
        return;
    }
    struct civil_day day = civil_day_of(instant);
    if (civil_start_of(day) > instant || instant - civil_start_of(day) >= 86400000) {
        return; // beyond the calendar by its offset: written as the nearest within
    }
    instant_format(instant, whole);
    must(instant_parse(whole, &again) && again == instant_floor(instant));
    rendering_instant(instant, fine);
    must(instant_parse(fine, &again) && again == instant);
}

static void check_within(const char *text)
{
    struct within within;
    if (clock_parse_within(text, &within)) {
        bool is_countless = within.form == WITHIN_SAME_DAY || within.form == WITHIN_AT_ONCE || within.form == WITHIN_THIS_YEAR ||
                            within.form == WITHIN_PROMPTLY;
        must(is_countless ? within.count == 0 : within.count >= 1 && within.count <= 1000);
        must((unsigned)strtoul(text, NULL, 10) == within.count);
    }
}

static void check_z85(const char *text)
{
    uint8_t key[32];
    uint8_t again[32];
    char written[LOOP_Z85_BYTES];
    if (loop_from_z85(text, key)) {
        loop_to_z85(key, written);
        must(loop_from_z85(written, again) && memcmp(key, again, sizeof key) == 0);
    }
}

static void check_signature(struct bytes input)
{
    uint8_t raw[SEAL_SIGNATURE_BYTES];
    uint8_t der[SM2_DER_BYTES];
    if (sm2_from_der(input, raw)) {
        must(fuzz_is_same(input, (struct bytes){der, sm2_to_der(raw, der)}));
    }
    if (input.size == SEAL_SIGNATURE_BYTES) {
        size_t size = sm2_to_der(input.data, der);
        must(size == 0 || (sm2_from_der((struct bytes){der, size}, raw) && memcmp(raw, input.data, sizeof raw) == 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    const struct bytes input = {data, size};
    const char *text = fuzz_text(arena, input);
    check_text(input);
    check_hex(text, arena);
    check_id(text);
    check_credit_code(text);
    check_agency(text);
    check_instant(text);
    check_within(text);
    check_z85(text);
    check_signature(input);
    return 0;
}
