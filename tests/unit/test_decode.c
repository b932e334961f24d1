// SPDX-License-Identifier: Apache-2.0
#include "unit/samples.h"

#include "wire/control.pb-c.h"
#include "wire/link.pb-c.h"

// Builds wire bytes by hand, so that what protobuf-c would never write can be written.
struct writer {
    uint8_t data[1 << 21];
    size_t size;
};

static struct writer writer;

static void begin(void)
{
    writer.size = 0;
}

static void add_varint(uint64_t value)
{
    do {
        writer.data[writer.size++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value != 0);
}

static void add_tag(unsigned number, unsigned wire_type)
{
    add_varint((uint64_t)number << 3 | wire_type);
}

static void add_run(unsigned number, const void *data, size_t size)
{
    add_tag(number, 2);
    add_varint(size);
    memcpy(writer.data + writer.size, data, size);
    writer.size += size;
}

static struct bytes written(void)
{
    return (struct bytes){.data = writer.data, .size = writer.size};
}

static enum decode_outcome decode(struct arena *arena, const ProtobufCMessageDescriptor *type,
                                  const struct decode_rules *rules, struct decode_fault *out_fault)
{
    // A copy of just the right size lets the address sanitizer see every byte read beyond it.
    uint8_t *input = malloc(writer.size == 0 ? 1 : writer.size);
    memcpy(input, writer.data, writer.size);
    ProtobufCMessage *message = NULL;
    enum decode_outcome outcome =
        decode_message(type, (struct bytes){input, writer.size}, rules, arena, out_fault, &message);
    free(input);
    assert_int_equal(message != NULL, outcome == DECODE_OK);
    return outcome;
}

static enum decode_outcome decode_header(struct arena *arena, struct decode_fault *out_fault)
{
    return decode(arena, &wire__header__descriptor, &decode_header_rules, out_fault);
}

static enum decode_outcome decode_notice(struct arena *arena, struct decode_fault *out_fault)
{
    return decode(arena, &body__lead_notice__descriptor, &decode_body_rules, out_fault);
}

static void packed_message_is_read_back(void **state)
{
    struct arena *arena = *state;
    struct bytes body = sample_notice_body(arena);
    ProtobufCMessage *message;
    assert_int_equal(decode_message(&body__lead_notice__descriptor, body, &decode_body_rules, arena,
                                    NULL, &message),
                     DECODE_OK);
    Body__LeadNotice *notice = (Body__LeadNotice *)message;
    assert_string_equal(notice->suspect->name, "叶城县某食品经营部");
    assert_int_equal(notice->n_grounds, 2);
    struct bytes again = decode_pack(message, arena);
    assert_int_equal(again.size, body.size);
    assert_memory_equal(again.data, body.data, body.size);
}

static void empty_input_is_an_empty_message(void **state)
{
    struct arena *arena = *state;
    begin();
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    Body__Note note = BODY__NOTE__INIT;
    struct bytes packed = decode_pack(&note.base, arena);
    assert_int_equal(packed.size, 0);
    assert_non_null(packed.data);
}

static void every_truncation_within_a_field_is_malformed(void **state)
{
    struct arena *arena = *state;
    struct bytes body = sample_notice_body(arena);
    size_t refused = 0;
    for (size_t size = 0; size < body.size; size++) {
        writer.size = size;
        memcpy(writer.data, body.data, size);
        enum decode_outcome outcome = decode_notice(arena, NULL);
        assert_true(outcome == DECODE_OK || outcome == DECODE_MALFORMED || outcome == DECODE_TEXT);
        refused += outcome != DECODE_OK;
    }
    // It has nine fields at the top, so there are nine ends, the last of which is the whole; and
    // the empty message.
    assert_int_equal(body.size - refused, 9);
}

static void each_flipped_bit_gives_an_outcome(void **state)
{
    struct arena *arena = *state;
    struct bytes body = sample_notice_body(arena);
    for (size_t i = 0; i < body.size * 8; i++) {
        writer.size = body.size;
        memcpy(writer.data, body.data, body.size);
        writer.data[i / 8] ^= (uint8_t)(1 << (i % 8));
        decode_notice(arena, NULL);
        decode_header(arena, NULL);
        decode(arena, &control__reply__descriptor, &decode_control_rules, NULL);
    }
}

static void embedded_nul_is_text(void **state)
{
    struct arena *arena = *state;
    struct decode_fault fault;
    begin();
    add_run(1, "author\0hidden", 13);
    assert_int_equal(decode_header(arena, &fault), DECODE_TEXT);
    assert_string_equal(fault.field, "author");
}

static void bad_text_names_its_place(void **state)
{
    struct arena *arena = *state;
    static const char *const bad[] = {"\xff",         "a\xe2\x80\xae", "\x1b[31m",
                                      "\xed\xa0\x80", "\xc2\x85",      "\r"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct decode_fault fault = {0};
        uint8_t suspect[64] = {0x0a, (uint8_t)strlen(bad[i])};
        memcpy(suspect + 2, bad[i], strlen(bad[i]));
        begin();
        add_run(1, suspect, 2 + strlen(bad[i]));
        assert_int_equal(decode_notice(arena, &fault), DECODE_TEXT);
        assert_string_equal(fault.field, "suspect.name");
        assert_non_null(fault.text);
        begin();
        add_run(10, bad[i], strlen(bad[i]));
        assert_int_equal(decode_notice(arena, &fault), DECODE_TEXT);
        assert_string_equal(fault.field, "grounds");
    }
    begin();
    add_run(13, "\xff\x00", 2);
    add_run(2, "\xff\x00", 2);
    assert_int_equal(decode(arena, &wire__text__descriptor, &decode_frame_rules, NULL), DECODE_OK);
}

static void unknown_fields_are_refused_or_counted(void **state)
{
    struct arena *arena = *state;
    struct decode_fault fault;
    begin();
    add_run(999, "x", 1);
    assert_int_equal(decode_header(arena, &fault), DECODE_UNKNOWN_FIELD);
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    begin();
    for (unsigned i = 0; i < LIMIT_UNKNOWN_FIELDS; i++) {
        add_tag(1000 + i, i % 2 == 0 ? 0 : 5);
        memcpy(writer.data + writer.size, "\1\1\1\1", 4);
        writer.size += i % 2 == 0 ? 1 : 4;
    }
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    add_run(2000, "x", 1);
    assert_int_equal(decode_notice(arena, &fault), DECODE_LIMIT);
}

static void unknown_fields_survive_in_a_body(void **state)
{
    struct arena *arena = *state;
    begin();
    add_run(2, "facts", 5);
    add_run(300, "later", 5);
    ProtobufCMessage *message;
    assert_int_equal(decode_message(&body__lead_notice__descriptor, written(), &decode_body_rules,
                                    arena, NULL, &message),
                     DECODE_OK);
    struct bytes again = decode_pack(message, arena);
    assert_int_equal(again.size, writer.size);
    assert_memory_equal(again.data, writer.data, writer.size);
}

static void unknown_fields_below_count_too(void **state)
{
    struct arena *arena = *state;
    struct decode_fault fault;
    begin();
    add_run(14, "\xfa\x3e\x01x", 4);
    assert_int_equal(decode_header(arena, &fault), DECODE_UNKNOWN_FIELD);
    assert_string_equal(fault.field, "in_reply_to");
    begin();
    for (unsigned i = 0; i <= LIMIT_UNKNOWN_FIELDS; i++) {
        add_run(3, "\xfa\x3e\x01x", 4);
    }
    assert_int_equal(decode_notice(arena, NULL), DECODE_LIMIT);
}

static void groups_and_unknown_wire_types_are_malformed(void **state)
{
    struct arena *arena = *state;
    for (unsigned wire_type = 0; wire_type < 8; wire_type++) {
        if (wire_type == 0 || wire_type == 1 || wire_type == 2 || wire_type == 5) {
            continue;
        }
        begin();
        add_tag(500, wire_type);
        memset(writer.data + writer.size, 0, 8);
        writer.size += 8;
        assert_int_equal(decode_notice(arena, NULL), DECODE_MALFORMED);
        begin();
        add_tag(2, wire_type);
        assert_int_equal(decode_notice(arena, NULL), DECODE_MALFORMED);
    }
}

static void wire_type_must_fit_the_field(void **state)
{
    struct arena *arena = *state;
    struct decode_fault fault;
    static const struct {
        unsigned number;
        unsigned wire_type;
    } wrong[] = {{1, 0},  {1, 1},  {1, 5},  {2, 0},  {14, 0},
                 {16, 1}, {16, 2}, {16, 5}, {18, 2}, {5, 0}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin();
        add_tag(wrong[i].number, wrong[i].wire_type);
        memset(writer.data + writer.size, 0, 8);
        writer.size += wrong[i].wire_type == 1 ? 8 : wrong[i].wire_type == 5 ? 4 : 1;
        assert_int_equal(decode_header(arena, &fault), DECODE_MALFORMED);
        assert_non_null(fault.field);
    }
    begin();
    add_tag(2, 0); // Run.epoch is fixed64
    add_varint(1);
    assert_int_equal(decode(arena, &wire__run__descriptor, &decode_body_rules, NULL),
                     DECODE_MALFORMED);
}

static void field_number_zero_and_overlong_tags_are_malformed(void **state)
{
    struct arena *arena = *state;
    static const char *const wrong[] = {"0001",
                                        "0200",
                                        "80",
                                        "8080808080",
                                        "808080808001",
                                        "ffffffff7f00",
                                        "0a",
                                        "0a05",
                                        "0affffffff0f",
                                        "0affffffffffffffffff01",
                                        "8001ffffffffffffffffffff01"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        begin();
        sample_hex(wrong[i], writer.data);
        writer.size = strlen(wrong[i]) / 2;
        assert_int_equal(decode_header(arena, NULL), DECODE_MALFORMED);
    }
}

static void field_given_twice_is_malformed(void **state)
{
    struct arena *arena = *state;
    struct decode_fault fault;
    begin();
    add_run(1, "aa", 2);
    add_run(1, "bb", 2);
    assert_int_equal(decode_header(arena, &fault), DECODE_MALFORMED);
    assert_string_equal(fault.field, "author");
    begin();
    add_run(14, "\x0a\x02zz", 4);
    add_run(14, "\x12\x02xx", 4);
    assert_int_equal(decode_header(arena, &fault), DECODE_MALFORMED);
    begin();
    add_run(5, "aa", 2);
    add_run(5, "bb", 2);
    assert_int_equal(decode_header(arena, NULL), DECODE_OK);
}

static void two_choices_of_one_are_malformed(void **state)
{
    struct arena *arena = *state;
    begin();
    add_run(2, "", 0);
    assert_int_equal(decode(arena, &control__request__descriptor, &decode_control_rules, NULL),
                     DECODE_OK);
    add_run(9, "", 0);
    assert_int_equal(decode(arena, &control__request__descriptor, &decode_control_rules, NULL),
                     DECODE_MALFORMED);
}

static void too_many_fields_hit_the_limit(void **state)
{
    struct arena *arena = *state;
    begin();
    for (unsigned i = 0; i < LIMIT_FIELDS; i++) {
        add_run(3, "", 0);
    }
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    add_run(3, "", 0);
    assert_int_equal(decode_notice(arena, NULL), DECODE_LIMIT);
}

static void too_many_bytes_hit_the_limit(void **state)
{
    struct arena *arena = *state;
    static char text[LIMIT_PART_BYTES];
    memset(text, 'x', sizeof text);
    begin();
    add_run(2, text, LIMIT_PART_BYTES - 4);
    assert_int_equal(writer.size, LIMIT_PART_BYTES);
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    begin();
    add_run(2, text, LIMIT_PART_BYTES - 3);
    assert_int_equal(decode_notice(arena, NULL), DECODE_LIMIT);
    begin();
    add_run(12, text, LIMIT_HEADER_BYTES);
    assert_int_equal(decode_header(arena, NULL), DECODE_LIMIT);
}

// None of our messages nests deeper than the rules allow, so the rules are tightened to see the
// limit.
static void nesting_beyond_the_rules_hits_the_limit(void **state)
{
    struct arena *arena = *state;
    struct decode_rules flat = decode_header_rules;
    struct decode_fault fault;
    begin();
    add_run(14, "\x0a\x02zz", 4);
    flat.depth = 2;
    assert_int_equal(decode(arena, &wire__header__descriptor, &flat, NULL), DECODE_OK);
    flat.depth = 1;
    assert_int_equal(decode(arena, &wire__header__descriptor, &flat, &fault), DECODE_LIMIT);
    assert_string_equal(fault.field, "in_reply_to");
}

// What a descriptor holds can never be as deep as bytes can be: unknown bytes are carried, not
// entered.
static void deep_unknown_nesting_is_not_entered(void **state)
{
    struct arena *arena = *state;
    struct bytes inside = {.data = NULL, .size = 0};
    for (size_t depth = 0; depth < 20000; depth++) {
        // Written backwards: the tag and the length go before what is there.
        uint8_t length[3] = {(uint8_t)(0x80 | inside.size), (uint8_t)(0x80 | inside.size >> 7),
                             (uint8_t)(inside.size >> 14)};
        size_t at = sizeof writer.data - inside.size - 5;
        writer.data[at] = 0xba;
        writer.data[at + 1] = 0x3e; // field 999, length-delimited
        memcpy(writer.data + at + 2, length, sizeof length);
        inside.size += 5;
    }
    memmove(writer.data, writer.data + sizeof writer.data - inside.size, inside.size);
    writer.size = inside.size;
    assert_int_equal(decode_notice(arena, NULL), DECODE_OK);
    assert_int_equal(decode_header(arena, NULL), DECODE_LIMIT);
}

static unsigned depth_of(const ProtobufCMessageDescriptor *type, unsigned above)
{
    assert_true(above < 16);
    unsigned deepest = 1;
    for (unsigned i = 0; i < type->n_fields; i++) {
        if (type->fields[i].type == PROTOBUF_C_TYPE_MESSAGE) {
            unsigned depth = 1 + depth_of(type->fields[i].descriptor, above + 1);
            deepest = depth > deepest ? depth : deepest;
        }
    }
    return deepest;
}

// protobuf-c recurses as the descriptors do, so no descriptor may reach itself or be deeper than
// its rules.
static void descriptors_are_shallow(void **state)
{
    (void)state;
    assert_true(depth_of(&wire__header__descriptor, 0) <= decode_header_rules.depth);
    assert_true(depth_of(&control__request__descriptor, 0) <= decode_control_rules.depth);
    assert_true(depth_of(&control__reply__descriptor, 0) <= decode_control_rules.depth);
    assert_true(depth_of(&wire__hello__descriptor, 0) <= decode_frame_rules.depth);
    for (size_t i = 0; i < kinds_count(); i++) {
        assert_true(depth_of(kinds_at(i)->descriptor, 0) <= decode_body_rules.depth);
    }
}

static void small_arena_is_an_outcome(void **state)
{
    struct arena *big = *state;
    struct bytes body = sample_notice_body(big);
    for (size_t limit = 0; limit < 4096; limit += 16) {
        struct arena *arena;
        ProtobufCMessage *message;
        struct decode_fault fault;
        assert_int_equal(arena_new(limit, &arena), 0);
        enum decode_outcome outcome = decode_message(&body__lead_notice__descriptor, body,
                                                     &decode_body_rules, arena, &fault, &message);
        assert_int_equal(outcome, limit < 256    ? DECODE_NO_MEMORY
                                  : limit > 2048 ? DECODE_OK
                                                 : outcome);
        decode_pack(&((Body__Note)BODY__NOTE__INIT).base, arena);
        arena_free(&arena);
    }
}

// 1 MiB of empty submessages would unpack to 84 MB.
static void flood_of_submessages_takes_no_more_than_the_arena(void **state)
{
    (void)state;
    struct arena *arena;
    assert_int_equal(arena_new(256 << 10, &arena), 0);
    begin();
    for (unsigned i = 0; i < 200000; i++) {
        add_run(2, "", 0);
    }
    assert_int_equal(decode(arena, &control__bundle__descriptor, &decode_control_rules, NULL),
                     DECODE_NO_MEMORY);
    arena_free(&arena);
}

static const ProtobufCFieldDescriptor packed_fields[] = {
    {.name = "numbers",
     .id = 1,
     .label = PROTOBUF_C_LABEL_REPEATED,
     .type = PROTOBUF_C_TYPE_UINT64,
     .quantifier_offset = sizeof(ProtobufCMessage),
     .offset = sizeof(ProtobufCMessage) + sizeof(size_t)},
};
static const ProtobufCIntRange packed_ranges[] = {{1, 0}, {0, 1}};
struct packed {
    ProtobufCMessage base;
    size_t count;
    uint64_t *numbers;
};
static void init_packed(ProtobufCMessage *message);
static const ProtobufCMessageDescriptor packed_type = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "packed",
    .sizeof_message = sizeof(struct packed),
    .n_fields = 1,
    .fields = packed_fields,
    .n_field_ranges = 1,
    .field_ranges = packed_ranges,
    .message_init = init_packed,
};

static void init_packed(ProtobufCMessage *message)
{
    *(struct packed *)message = (struct packed){.base = {.descriptor = &packed_type}};
}

static void packed_numbers_are_read_and_bounded(void **state)
{
    struct arena *arena = *state;
    ProtobufCMessage *message;
    begin();
    add_run(1, "\x01\xac\x02\x03", 4);
    add_tag(1, 0);
    add_varint(7);
    assert_int_equal(
        decode_message(&packed_type, written(), &decode_body_rules, arena, NULL, &message),
        DECODE_OK);
    struct packed *packed = (struct packed *)message;
    assert_int_equal(packed->count, 4);
    assert_true(packed->numbers[1] == 300 && packed->numbers[3] == 7);
    begin();
    add_run(1, "\x01\x80", 2);
    assert_int_equal(decode(arena, &packed_type, &decode_body_rules, NULL), DECODE_MALFORMED);
    static uint8_t flood[LIMIT_FIELDS];
    begin();
    add_run(1, flood, sizeof flood);
    assert_int_equal(decode(arena, &packed_type, &decode_body_rules, NULL), DECODE_LIMIT);
}

static void codes_are_those_of_the_protocol(void **state)
{
    (void)state;
    assert_string_equal(decode_code(DECODE_MALFORMED), "malformed");
    assert_string_equal(decode_code(DECODE_UNKNOWN_FIELD), "malformed");
    assert_string_equal(decode_code(DECODE_LIMIT), "limit");
    assert_string_equal(decode_code(DECODE_NO_MEMORY), "limit");
    assert_string_equal(decode_code(DECODE_TEXT), "text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(packed_message_is_read_back),
        with_arena(empty_input_is_an_empty_message),
        with_arena(every_truncation_within_a_field_is_malformed),
        with_arena(each_flipped_bit_gives_an_outcome),
        with_arena(embedded_nul_is_text),
        with_arena(bad_text_names_its_place),
        with_arena(unknown_fields_are_refused_or_counted),
        with_arena(unknown_fields_survive_in_a_body),
        with_arena(unknown_fields_below_count_too),
        with_arena(groups_and_unknown_wire_types_are_malformed),
        with_arena(wire_type_must_fit_the_field),
        with_arena(field_number_zero_and_overlong_tags_are_malformed),
        with_arena(field_given_twice_is_malformed),
        with_arena(two_choices_of_one_are_malformed),
        with_arena(too_many_fields_hit_the_limit),
        with_arena(too_many_bytes_hit_the_limit),
        with_arena(nesting_beyond_the_rules_hits_the_limit),
        with_arena(deep_unknown_nesting_is_not_entered),
        cmocka_unit_test(descriptors_are_shallow),
        with_arena(small_arena_is_an_outcome),
        cmocka_unit_test(flood_of_submessages_takes_no_more_than_the_arena),
        with_arena(packed_numbers_are_read_and_bounded),
        cmocka_unit_test(codes_are_those_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
