// SPDX-License-Identifier: Apache-2.0
#include "unit/samples.h"

#include "wire/envelope_card.h"
#include "wire/header.h"
#include "wire/pem.h"

static const enum suite suites[] = {SUITE_ED25519_SHA256, SUITE_SM2_SM3};

static void sealed_notice_opens(void **state)
{
    struct arena *arena = *state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        for (uint32_t index = 0; index < SAMPLE_LEAVES; index++) {
            struct sample *sample = sample_notice(arena, &key, index);
            Wire__Header *header = NULL;
            assert_int_equal(sample_open(sample->alone, key.public_key, arena, &header),
                             ENVELOPE_OK);
            assert_string_equal(header->author, "yecheng-scjg");
            assert_string_equal(header->kind, "lead.notice");
            assert_int_equal(header->n_law, 4);
        }
        sample_key_free(&key);
    }
}

static void encoding_gives_the_same_bytes(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct sample *sample = sample_notice(arena, &key, 1);
    const uint8_t *sealed;
    struct envelope envelope;
    assert_int_equal(envelope_decode_alone(sample->alone, &sealed, &envelope), ENVELOPE_OK);
    assert_memory_equal(sealed, sample->sealed, SEAL_BYTES);
    struct bytes again = envelope_encode_alone(sealed, &envelope, arena);
    assert_int_equal(again.size, sample->alone.size);
    assert_memory_equal(again.data, sample->alone.data, again.size);
    sample_key_free(&key);
}

static void encoding_writes_only_what_fits(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct sample *sample = sample_notice(arena, &key, 1);
    size_t needed = envelope_encode(&sample->envelope, NULL, 0);
    uint8_t *out = malloc(needed);
    memset(out, 0xee, needed);
    assert_int_equal(envelope_encode(&sample->envelope, out, needed - 1), needed);
    assert_int_equal(out[0], 0xee);
    assert_int_equal(out[needed - 1], 0xee);
    assert_int_equal(envelope_encode(&sample->envelope, out, needed), needed);
    free(out);
    sample_key_free(&key);
}

// A copy of just the right size lets the address sanitizer see every byte read beyond it.
static enum envelope_outcome open_copy(const uint8_t *data, size_t size, const struct seal_key *key)
{
    struct arena *arena;
    Wire__Header *header;
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, data, size);
    assert_int_equal(arena_new(1 << 20, &arena), 0);
    enum envelope_outcome outcome = sample_open((struct bytes){copy, size}, key, arena, &header);
    arena_free(&arena);
    free(copy);
    return outcome;
}

static void every_truncation_is_refused(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct sample *sample = sample_notice(arena, &key, 1);
    for (size_t size = 0; size < sample->alone.size; size++) {
        assert_int_equal(open_copy(sample->alone.data, size, key.public_key), ENVELOPE_MALFORMED);
    }
    sample_key_free(&key);
}

static void anything_that_follows_is_refused(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct sample *sample = sample_notice(arena, &key, 1);
    uint8_t *longer = arena_take(arena, sample->alone.size + 1);
    memcpy(longer, sample->alone.data, sample->alone.size);
    assert_int_equal(open_copy(longer, sample->alone.size + 1, key.public_key), ENVELOPE_MALFORMED);
    sample_key_free(&key);
}

static void each_flipped_byte_is_refused_by_the_chain(void **state)
{
    struct arena *arena = *state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        struct sample *sample = sample_notice(arena, &key, 1);
        uint8_t *changed = arena_copy(arena, sample->alone.data, sample->alone.size);
        for (size_t i = 0; i < sample->alone.size; i++) {
            changed[i] ^= (uint8_t)(1 << (i % 8));
            assert_int_not_equal(open_copy(changed, sample->alone.size, key.public_key),
                                 ENVELOPE_OK);
            changed[i] ^= (uint8_t)(1 << (i % 8));
        }
        assert_int_equal(open_copy(changed, sample->alone.size, key.public_key), ENVELOPE_OK);
        sample_key_free(&key);
    }
}

static void statement_of_one_leaf_proves_nothing_of_another(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct sample *sample = sample_notice(arena, &key, 1);
    struct digest leaf = {{7}};
    sample->envelope.index = 0;
    assert_int_equal(envelope_prove(&sample->seal, &sample->envelope, &leaf), ENVELOPE_SIGNATURE);
    sample->envelope.index = UINT32_MAX;
    assert_int_equal(envelope_prove(&sample->seal, &sample->envelope, &leaf), ENVELOPE_SIGNATURE);
    sample->envelope.index = 1;
    sample->envelope.path_count--;
    assert_int_equal(envelope_prove(&sample->seal, &sample->envelope, &leaf), ENVELOPE_SIGNATURE);
    assert_int_equal(leaf.bytes[0], 7);
    sample->envelope.path_count++;
    assert_int_equal(envelope_prove(&sample->seal, &sample->envelope, &leaf), ENVELOPE_OK);
    assert_memory_equal(leaf.bytes, sample->leaf.bytes, DIGEST_BYTES);
    sample_key_free(&key);
}

// The front of an envelope up to the length of its header, with a path of `path_count` steps.
static size_t put_front(uint8_t *at, uint8_t path_count, uint32_t header_size)
{
    memset(at, 0, SALT_BYTES + 4);
    at[SALT_BYTES + 4] = path_count;
    size_t size = SALT_BYTES + 5 + (size_t)path_count * DIGEST_BYTES;
    text_put_u32(at + size, header_size);
    return size + 4;
}

static void limits_of_the_outer_form_are_refused(void **state)
{
    struct arena *arena = *state;
    struct envelope envelope;
    uint8_t *at = arena_take(arena, 1 << 20);
    size_t size = put_front(at, LIMIT_PATH + 1, 0);
    assert_int_equal(envelope_decode((struct bytes){at, size + 1}, &envelope), ENVELOPE_LIMIT);
    size = put_front(at, LIMIT_PATH, LIMIT_HEADER_BYTES);
    assert_int_equal(envelope_decode((struct bytes){at, size + LIMIT_HEADER_BYTES + 1}, &envelope),
                     ENVELOPE_OK);
    size = put_front(at, 0, LIMIT_HEADER_BYTES + 1);
    assert_int_equal(envelope_decode((struct bytes){at, size + LIMIT_HEADER_BYTES + 2}, &envelope),
                     ENVELOPE_LIMIT);
    size = put_front(at, 0, UINT32_MAX);
    assert_int_equal(envelope_decode((struct bytes){at, size + 10}, &envelope), ENVELOPE_MALFORMED);
    size = put_front(at, 0, 0);
    memset(at + size, 0, 200);
    at[size] = LIMIT_PARTS;
    assert_int_equal(envelope_decode((struct bytes){at, size + 1 + LIMIT_PARTS}, &envelope),
                     ENVELOPE_OK);
    at[size] = LIMIT_PARTS + 1;
    assert_int_equal(envelope_decode((struct bytes){at, size + 2 + LIMIT_PARTS}, &envelope),
                     ENVELOPE_LIMIT);
}

static void parts_have_three_forms(void **state)
{
    struct arena *arena = *state;
    struct envelope envelope;
    uint8_t *at = arena_take(arena, 1 << 20);
    size_t size = put_front(at, 0, 0);
    at[size++] = 1;
    at[size] = 3;
    assert_int_equal(envelope_decode((struct bytes){at, size + 1}, &envelope), ENVELOPE_MALFORMED);
    at[size] = PART_CHUNKED;
    assert_int_equal(envelope_decode((struct bytes){at, size + 1 + SALT_BYTES}, &envelope),
                     ENVELOPE_OK);
    assert_int_equal(envelope.parts[0].form, PART_CHUNKED);
    assert_ptr_equal(envelope.parts[0].salt, at + size + 1);
    assert_int_equal(envelope_decode((struct bytes){at, size + SALT_BYTES}, &envelope),
                     ENVELOPE_MALFORMED);
    at[size] = PART_PRESENT;
    text_put_u32(at + size + 1 + SALT_BYTES, LIMIT_PART_BYTES);
    size_t whole = size + 5 + SALT_BYTES + LIMIT_PART_BYTES;
    assert_int_equal(envelope_decode((struct bytes){at, whole}, &envelope), ENVELOPE_OK);
    assert_int_equal(envelope.parts[0].content.size, LIMIT_PART_BYTES);
    text_put_u32(at + size + 1 + SALT_BYTES, LIMIT_PART_BYTES + 1);
    assert_int_equal(envelope_decode((struct bytes){at, whole + 1}, &envelope), ENVELOPE_LIMIT);
}

// Seals a header as it stands and opens it again.
static enum envelope_outcome open_changed(struct arena *arena, const Wire__Header *header,
                                          struct decode_fault *out_fault)
{
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct envelope_part parts[LIMIT_PARTS] = {{.form = PART_WITHHELD}};
    size_t count = header->n_parts < LIMIT_PARTS ? header->n_parts : LIMIT_PARTS;
    struct sample *sample =
        sample_seal_header(arena, &key, 0, decode_pack(&header->base, arena), parts, count);
    Wire__Header *opened = NULL;
    enum envelope_outcome outcome =
        header_open(&sample->seal, &sample->envelope, arena, out_fault, &opened);
    assert_int_equal(opened != NULL, outcome == ENVELOPE_OK);
    sample_key_free(&key);
    return outcome;
}

static Wire__Header *note_header(struct arena *arena)
{
    Wire__Header *header = sample_header(arena, "note", 5);
    sample_add_to(arena, header, "yecheng-jiazhen");
    sample_add_part(arena, header, SUITE_ED25519_SHA256, "body", 0x40, bytes_of(""));
    return header;
}

static void expect_refused(struct arena *arena, const Wire__Header *header,
                           enum envelope_outcome outcome, const char *field)
{
    struct decode_fault fault = {0};
    assert_int_equal(open_changed(arena, header, &fault), outcome);
    assert_non_null(fault.text);
    if (field != NULL) {
        assert_string_equal(fault.field, field);
    }
}

static void author_must_be_who_sealed(void **state)
{
    struct arena *arena = *state;
    Wire__Header *header = note_header(arena);
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    header->author = sample_text("yecheng-gaj");
    expect_refused(arena, header, ENVELOPE_IDENTITY, "author");
    header->author = sample_text("");
    expect_refused(arena, header, ENVELOPE_MALFORMED, "author");
    header->author = sample_text("Yecheng");
    expect_refused(arena, header, ENVELOPE_MALFORMED, "author");
}

static void ids_must_be_uuidv7(void **state)
{
    struct arena *arena = *state;
    Wire__Header *header = note_header(arena);
    header->id = sample_binary(arena, "0123456789abcdef", 16);
    expect_refused(arena, header, ENVELOPE_MALFORMED, "id");
    header->id.len = 0;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "id");
    header = note_header(arena);
    header->matter.len = 15;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "matter");
    header = note_header(arena);
    header->kind = sample_text("");
    expect_refused(arena, header, ENVELOPE_MALFORMED, "kind");
    header = note_header(arena);
    header->procedure = sample_binary(arena, "short", 5);
    expect_refused(arena, header, ENVELOPE_MALFORMED, "procedure");
}

static void matter_is_what_the_kind_asks_for(void **state)
{
    struct arena *arena = *state;
    static const uint8_t zero[ID_BYTES];
    uint8_t other[ID_BYTES];
    sample_id(99, other);
    Wire__Header *header = note_header(arena);
    header->matter = sample_binary(arena, zero, ID_BYTES);
    expect_refused(arena, header, ENVELOPE_MALFORMED, "matter");
    header->kind = sample_text("receipt");
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    header->kind = sample_text("offered");
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    header->matter = header->id;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "matter");
    header->kind = sample_text("card");
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    header->matter = sample_binary(arena, other, ID_BYTES);
    expect_refused(arena, header, ENVELOPE_MALFORMED, "matter");
    header->kind = sample_text("note");
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
}

static void recipients_are_named_once_and_never_the_author(void **state)
{
    struct arena *arena = *state;
    Wire__Header *header = note_header(arena);
    char *copies[] = {sample_text("yecheng-gaj"), sample_text("yecheng-zf")};
    header->copy = copies;
    header->n_copy = 2;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    copies[1] = copies[0];
    expect_refused(arena, header, ENVELOPE_ADDRESSING, "copy");
    copies[1] = sample_text("yecheng-jiazhen");
    expect_refused(arena, header, ENVELOPE_ADDRESSING, "copy");
    copies[1] = sample_text("yecheng-scjg");
    expect_refused(arena, header, ENVELOPE_ADDRESSING, "copy");
    copies[1] = sample_text("not an id");
    expect_refused(arena, header, ENVELOPE_MALFORMED, "copy");
    header->n_copy = 1;
    header->n_to = 0;
    expect_refused(arena, header, ENVELOPE_ADDRESSING, "copy");
    header->n_copy = 0;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    sample_add_to(arena, header, "yecheng-scjg");
    expect_refused(arena, header, ENVELOPE_ADDRESSING, "to");
}

static void recipients_are_at_most_64_each(void **state)
{
    struct arena *arena = *state;
    Wire__Header *header = note_header(arena);
    header->n_to = 0;
    for (int i = 0; i < LIMIT_RECIPIENTS; i++) {
        sample_add_to(arena, header, arena_format(arena, "agency-%d", i));
    }
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    sample_add_to(arena, header, "agency-64");
    expect_refused(arena, header, ENVELOPE_LIMIT, "to");
}

static void references_pin_a_statement(void **state)
{
    struct arena *arena = *state;
    static const uint8_t leaf[DIGEST_BYTES] = {1};
    Wire__Header *header = note_header(arena);
    Wire__Reference reference = WIRE__REFERENCE__INIT;
    Wire__Reference *cites[] = {&reference};
    reference.author = sample_text("yecheng-gaj");
    reference.id = header->id;
    reference.leaf = sample_binary(arena, leaf, DIGEST_BYTES);
    header->in_reply_to = &reference;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    reference.leaf.len = 31;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "in_reply_to");
    header->in_reply_to = NULL;
    header->cites = cites;
    header->n_cites = 1;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "cites");
    reference.leaf.len = 32;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    reference.id.len = 8;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "cites");
    reference.id.len = 16;
    reference.author = sample_text("");
    expect_refused(arena, header, ENVELOPE_MALFORMED, "cites");
}

static void part_list_is_that_of_the_envelope(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    Wire__Header *header = note_header(arena);
    header->parts[0]->commitment.len = 31;
    expect_refused(arena, header, ENVELOPE_MALFORMED, "parts.commitment");
    header->parts[0]->commitment.len = 32;
    sample_add_part(arena, header, SUITE_ED25519_SHA256, "body", 1, bytes_of("another"));
    expect_refused(arena, header, ENVELOPE_MALFORMED, "parts.role");
    header = note_header(arena);
    for (int i = 1; i < LIMIT_PARTS; i++) {
        sample_add_part(arena, header, SUITE_ED25519_SHA256, "attachment", 1, bytes_of("a"));
    }
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    sample_add_part(arena, header, SUITE_ED25519_SHA256, "attachment", 1, bytes_of("a"));
    expect_refused(arena, header, ENVELOPE_LIMIT, "parts");
    struct sample *sample = sample_notice(arena, &key, 0);
    Wire__Header *opened;
    sample->envelope.part_count = 1;
    assert_int_equal(header_open(&sample->seal, &sample->envelope, arena, NULL, &opened),
                     ENVELOPE_MALFORMED);
    sample_key_free(&key);
}

static void long_names_hit_the_limit(void **state)
{
    struct arena *arena = *state;
    Wire__Header *header = note_header(arena);
    Wire__Source source = WIRE__SOURCE__INIT;
    source.record = arena_format(arena, "%*s", LIMIT_NAME_BYTES, "x");
    header->source = &source;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    source.record = arena_format(arena, "%*s", LIMIT_NAME_BYTES + 1, "x");
    expect_refused(arena, header, ENVELOPE_LIMIT, NULL);
    header->source = NULL;
    header->urgent_reason = source.record;
    assert_int_equal(open_changed(arena, header, NULL), ENVELOPE_OK);
    header->parts[0]->name = source.record;
    expect_refused(arena, header, ENVELOPE_LIMIT, NULL);
}

static void header_that_does_not_decode_is_refused(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    static const struct {
        const char *bytes;
        enum envelope_outcome outcome;
    } wrong[] = {{"\x0a\x05yech", ENVELOPE_MALFORMED},
                 {"\xfa\x3e\x01x", ENVELOPE_MALFORMED},
                 {"\x0a\x01\xff", ENVELOPE_TEXT},
                 {"", ENVELOPE_MALFORMED}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct sample *sample =
            sample_seal_header(arena, &key, 0, bytes_of(wrong[i].bytes), NULL, 0);
        Wire__Header *header;
        assert_int_equal(header_open(&sample->seal, &sample->envelope, arena, NULL, &header),
                         wrong[i].outcome);
    }
    sample_key_free(&key);
}

static void parts_must_hash_to_their_commitments(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct sample *sample = sample_notice(arena, &key, 0);
    struct envelope *envelope = &sample->envelope;
    Wire__Header *header;
    uint8_t salt[SALT_BYTES];
    assert_int_equal(header_open(&sample->seal, envelope, arena, NULL, &header), ENVELOPE_OK);
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_OK);
    sample_salt(0x60, salt);
    envelope->parts[1] = (struct envelope_part){PART_PRESENT, salt, bytes_of("a photograph")};
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_OK);
    envelope->parts[1].content = bytes_of("a photogrape");
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_COMMITMENT);
    envelope->parts[1].form = PART_CHUNKED;
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_OK);
    header->parts[0]->size++;
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_COMMITMENT);
    envelope->part_count = 1;
    assert_int_equal(envelope_check_parts(&sample->seal, envelope, header), ENVELOPE_MALFORMED);
    sample_key_free(&key);
}

static struct bytes make_frame(struct arena *arena, struct frame *out_frame)
{
    static uint8_t seals[2 * SEAL_BYTES];
    static struct frame_item items[3];
    memset(seals, 3, sizeof seals);
    items[0] = (struct frame_item){FRAME_ENCLOSURE, 1, bytes_of("enclosed")};
    items[1] = (struct frame_item){FRAME_NUMBERED, 0, bytes_of("")};
    items[2] = (struct frame_item){FRAME_RECALLED, 1, bytes_of("recalled")};
    *out_frame = (struct frame){.stream = 9,
                                .epoch = UINT64_MAX - 1,
                                .first = 41,
                                .seal_count = 2,
                                .seals = seals,
                                .item_count = 3,
                                .items = items};
    size_t size = envelope_encode_frame(out_frame, NULL, 0);
    assert_int_equal(size, FRAME_HEAD_BYTES + 2 * SEAL_BYTES + 3 * FRAME_ITEM_BYTES + 16);
    uint8_t *data = arena_take(arena, size);
    assert_int_equal(envelope_encode_frame(out_frame, data, size - 1), size);
    assert_int_equal(data[3], 0);
    assert_int_equal(envelope_encode_frame(out_frame, data, size), size);
    return (struct bytes){.data = data, .size = size};
}

static void frame_goes_both_ways(void **state)
{
    struct arena *arena = *state;
    struct frame frame;
    struct frame back;
    struct bytes rest = make_frame(arena, &frame);
    assert_int_equal(envelope_decode_frame(rest, arena, &back), ENVELOPE_OK);
    assert_int_equal(back.stream, 9);
    assert_true(back.epoch == UINT64_MAX - 1 && back.first == 41);
    assert_int_equal(back.item_count, 3);
    assert_int_equal(back.items[2].role, FRAME_RECALLED);
    assert_memory_equal(back.items[2].body.data, "recalled", 8);
    uint8_t *again = arena_take(arena, rest.size);
    assert_int_equal(envelope_encode_frame(&back, again, rest.size), rest.size);
    assert_memory_equal(again, rest.data, rest.size);
}

static void broken_frames_are_malformed(void **state)
{
    struct arena *arena = *state;
    struct frame frame;
    struct frame back;
    struct bytes rest = make_frame(arena, &frame);
    size_t items_at = FRAME_HEAD_BYTES + 2 * SEAL_BYTES;
    for (size_t size = 0; size < rest.size; size++) {
        uint8_t *copy = malloc(size == 0 ? 1 : size);
        memcpy(copy, rest.data, size);
        assert_int_equal(envelope_decode_frame((struct bytes){copy, size}, arena, &back),
                         ENVELOPE_MALFORMED);
        free(copy);
    }
    uint8_t *changed = arena_take(arena, rest.size + 1);
    memcpy(changed, rest.data, rest.size);
    assert_int_equal(envelope_decode_frame((struct bytes){changed, rest.size + 1}, arena, &back),
                     ENVELOPE_MALFORMED);
    for (unsigned role = 0; role < 256; role++) {
        changed[items_at] = (uint8_t)role;
        assert_int_equal(envelope_decode_frame((struct bytes){changed, rest.size}, arena, &back),
                         role >= 1 && role <= 4 ? ENVELOPE_OK : ENVELOPE_MALFORMED);
    }
    changed[items_at] = 1;
    changed[items_at + 1] = 2;
    assert_int_equal(envelope_decode_frame((struct bytes){changed, rest.size}, arena, &back),
                     ENVELOPE_MALFORMED);
}

static void frame_of_many_empty_items_costs_nothing_before_it_is_whole(void **state)
{
    (void)state;
    struct arena *arena;
    struct frame back;
    uint8_t rest[FRAME_HEAD_BYTES + 40] = {0};
    text_put_u16(rest + FRAME_HEAD_BYTES - 2, UINT16_MAX);
    assert_int_equal(arena_new(1 << 16, &arena), 0);
    assert_int_equal(envelope_decode_frame((struct bytes){rest, sizeof rest}, arena, &back),
                     ENVELOPE_MALFORMED);
    assert_int_equal(arena_used(arena), 0);
    arena_free(&arena);
}

static void frame_without_room_in_the_arena_is_an_outcome(void **state)
{
    struct arena *big = *state;
    struct arena *arena;
    struct frame frame;
    struct bytes rest = make_frame(big, &frame);
    assert_int_equal(arena_new(32, &arena), 0);
    assert_int_equal(envelope_decode_frame(rest, arena, &frame), ENVELOPE_NO_MEMORY);
    arena_free(&arena);
    uint8_t *large = arena_take(big, LIMIT_FRAME_BYTES + 1);
    assert_int_equal(
        envelope_decode_frame((struct bytes){large, LIMIT_FRAME_BYTES + 1}, big, &frame),
        ENVELOPE_LIMIT);
}

static void pem_goes_both_ways(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_SM2_SM3);
    struct sample *sample = sample_notice(arena, &key, 1);
    char *pem = pem_format(sample->alone, "LIAISON STATEMENT", arena);
    assert_memory_equal(pem, "-----BEGIN LIAISON STATEMENT-----\n", 34);
    struct bytes back = pem_parse(bytes_of(pem), "LIAISON STATEMENT", arena);
    assert_int_equal(back.size, sample->alone.size);
    assert_memory_equal(back.data, sample->alone.data, back.size);
    char *other = pem_format(bytes_of("x"), "LIAISON CARD", arena);
    char *both = arena_format(arena, "a letter\n%s\nand\n%s\n", other, pem);
    back = pem_parse(bytes_of(both), "LIAISON STATEMENT", arena);
    assert_int_equal(back.size, sample->alone.size);
    sample_key_free(&key);
}

static void text_without_the_block_gives_nothing(void **state)
{
    struct arena *arena = *state;
    char *pem = pem_format(bytes_of("some bytes that make a block"), "LIAISON CARD", arena);
    assert_null(pem_parse(bytes_of(pem), "LIAISON STATEMENT", arena).data);
    assert_null(pem_parse(bytes_of(""), "LIAISON CARD", arena).data);
    assert_null(pem_parse(bytes_of("no block"), "LIAISON CARD", arena).data);
    for (size_t size = 0; size + 1 < strlen(pem); size++) {
        struct bytes cut = {.data = (const uint8_t *)pem, .size = size};
        assert_null(pem_parse(cut, "LIAISON CARD", arena).data);
    }
    pem[40] = '!';
    assert_null(pem_parse(bytes_of(pem), "LIAISON CARD", arena).data);
}

static enum envelope_outcome open_card(struct bytes input, enum seal_domain domain,
                                       struct arena *arena)
{
    Wire__Header *header = NULL;
    Wire__Card *card = NULL;
    struct decode_fault fault = {0};
    enum envelope_outcome outcome =
        envelope_card_open(input, domain, arena, &fault, &header, &card);
    assert_int_equal(card != NULL && header != NULL, outcome == ENVELOPE_OK);
    assert_int_equal(fault.text != NULL, outcome != ENVELOPE_OK);
    return outcome;
}

static void card_opens_with_the_key_it_names(void **state)
{
    struct arena *arena = *state;
    for (size_t s = 0; s < 2; s++) {
        struct sample_key key = sample_key_new(suites[s]);
        assert_int_equal(open_card(sample_card(arena, &key, NULL), SEAL_REAL, arena), ENVELOPE_OK);
        assert_int_equal(open_card(sample_card(arena, &key, NULL), SEAL_TEST, arena),
                         ENVELOPE_TEST_STAMP);
        sample_key_free(&key);
    }
}

static void each_flipped_byte_of_a_card_is_refused(void **state)
{
    struct arena *arena = *state;
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    struct bytes card = sample_card(arena, &key, NULL);
    uint8_t *changed = arena_copy(arena, card.data, card.size);
    for (size_t i = 0; i < card.size; i++) {
        changed[i] ^= (uint8_t)(1 << (i % 8));
        assert_int_not_equal(open_card((struct bytes){changed, card.size}, SEAL_REAL, arena),
                             ENVELOPE_OK);
        changed[i] ^= (uint8_t)(1 << (i % 8));
    }
    for (size_t size = 0; size < card.size; size++) {
        assert_int_not_equal(open_card((struct bytes){card.data, size}, SEAL_REAL, arena),
                             ENVELOPE_OK);
    }
    sample_key_free(&key);
}

static void of_test_domain(struct sample_card *card)
{
    card->seal.domain = SEAL_TEST;
}

static void of_another_agency(struct sample_card *card)
{
    card->card.agency = sample_text("yecheng-gaj");
}

static void of_another_suite(struct sample_card *card)
{
    card->card.suite = SUITE_SM2_SM3;
    card->card.sign_key.data[0] = 4;
}

static void with_a_journal(struct sample_card *card)
{
    card->seal.turn = 1;
}

static void with_a_recipient(struct sample_card *card)
{
    static char *to[1];
    to[0] = sample_text("yecheng-gaj");
    card->header->to = to;
    card->header->n_to = 1;
}

static void of_another_kind(struct sample_card *card)
{
    card->header->kind = sample_text("note");
}

static void without_a_name(struct sample_card *card)
{
    card->card.name = sample_text("");
}

static void with_another_key(struct sample_card *card)
{
    card->card.sign_key.data[3] ^= 1;
}

static void with_a_short_curve_key(struct sample_card *card)
{
    card->card.curve_key.len = 31;
}

static void cards_that_are_wrong_are_refused(void **state)
{
    struct arena *arena = *state;
    static const struct {
        void (*change)(struct sample_card *card);
        enum envelope_outcome outcome;
    } wrong[] = {
        {of_test_domain, ENVELOPE_TEST_STAMP},        {of_another_agency, ENVELOPE_IDENTITY},
        {of_another_suite, ENVELOPE_MALFORMED},       {with_a_journal, ENVELOPE_MALFORMED},
        {with_a_recipient, ENVELOPE_MALFORMED},       {of_another_kind, ENVELOPE_MALFORMED},
        {without_a_name, ENVELOPE_MALFORMED},         {with_another_key, ENVELOPE_SIGNATURE},
        {with_a_short_curve_key, ENVELOPE_MALFORMED},
    };
    struct sample_key key = sample_key_new(SUITE_ED25519_SHA256);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(open_card(sample_card(arena, &key, wrong[i].change), SEAL_REAL, arena),
                         wrong[i].outcome);
    }
    assert_int_equal(open_card(sample_card(arena, &key, of_test_domain), SEAL_TEST, arena),
                     ENVELOPE_OK);
    sample_key_free(&key);
}

static void codes_are_those_of_the_protocol(void **state)
{
    (void)state;
    static const char *const codes[] = {
        [ENVELOPE_MALFORMED] = "malformed",
        [ENVELOPE_LIMIT] = "limit",
        [ENVELOPE_TEXT] = "text",
        [ENVELOPE_VALUE] = "value",
        [ENVELOPE_SUITE] = "suite",
        [ENVELOPE_SIGNATURE] = "signature",
        [ENVELOPE_COMMITMENT] = "commitment",
        [ENVELOPE_IDENTITY] = "identity",
        [ENVELOPE_ADDRESSING] = "addressing",
        [ENVELOPE_TEST_STAMP] = "test-stamp",
        [ENVELOPE_NO_MEMORY] = "busy",
    };
    for (size_t i = ENVELOPE_MALFORMED; i <= ENVELOPE_NO_MEMORY; i++) {
        assert_string_equal(envelope_code((enum envelope_outcome)i), codes[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_arena(sealed_notice_opens),
        with_arena(encoding_gives_the_same_bytes),
        with_arena(encoding_writes_only_what_fits),
        with_arena(every_truncation_is_refused),
        with_arena(anything_that_follows_is_refused),
        with_arena(each_flipped_byte_is_refused_by_the_chain),
        with_arena(statement_of_one_leaf_proves_nothing_of_another),
        with_arena(limits_of_the_outer_form_are_refused),
        with_arena(parts_have_three_forms),
        with_arena(author_must_be_who_sealed),
        with_arena(ids_must_be_uuidv7),
        with_arena(matter_is_what_the_kind_asks_for),
        with_arena(recipients_are_named_once_and_never_the_author),
        with_arena(recipients_are_at_most_64_each),
        with_arena(references_pin_a_statement),
        with_arena(part_list_is_that_of_the_envelope),
        with_arena(long_names_hit_the_limit),
        with_arena(header_that_does_not_decode_is_refused),
        with_arena(parts_must_hash_to_their_commitments),
        with_arena(frame_goes_both_ways),
        with_arena(broken_frames_are_malformed),
        with_arena(frame_of_many_empty_items_costs_nothing_before_it_is_whole),
        with_arena(frame_without_room_in_the_arena_is_an_outcome),
        with_arena(pem_goes_both_ways),
        with_arena(text_without_the_block_gives_nothing),
        with_arena(card_opens_with_the_key_it_names),
        with_arena(each_flipped_byte_of_a_card_is_refused),
        with_arena(cards_that_are_wrong_are_refused),
        cmocka_unit_test(codes_are_those_of_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
