// SPDX-License-Identifier: Apache-2.0
//
// The header of a statement whose seal is already believed: the number of parts of its envelope, then the header. What
// opens has all that PROTOCOL.md section 3 asks for, as written down here once more.
#include "fuzz/fuzz.h"

#include "wire/header.h"

#define AUTHOR "yecheng-scjg"

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    *out_front = 1;
    return input.size < 1 ? NULL : &wire__header__descriptor;
}

static bool is_agency(const char *id)
{
    size_t size = strlen(id);
    return size >= 2 && size <= 32 && id[0] >= 'a' && id[0] <= 'z' &&
           strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

static bool is_uuid7(ProtobufCBinaryData id)
{
    return id.len == 16 && id.data[6] >> 4 == 7 && id.data[8] >> 6 == 2;
}

static bool is_zero(ProtobufCBinaryData data)
{
    static const uint8_t zero[ID_BYTES];
    return data.len == sizeof zero && memcmp(data.data, zero, sizeof zero) == 0;
}

static void check_recipients(const Wire__Header *header)
{
    const char *named[2 * LIMIT_RECIPIENTS];
    size_t count = 0;
    must(header->n_to <= LIMIT_RECIPIENTS && header->n_copy <= LIMIT_RECIPIENTS);
    must(header->n_to > 0 || header->n_copy == 0);
    for (size_t i = 0; i < header->n_to; i++) {
        named[count++] = header->to[i];
    }
    for (size_t i = 0; i < header->n_copy; i++) {
        named[count++] = header->copy[i];
    }
    for (size_t i = 0; i < count; i++) {
        must(is_agency(named[i]) && strcmp(named[i], AUTHOR) != 0);
        for (size_t j = i + 1; j < count; j++) {
            must(strcmp(named[i], named[j]) != 0);
        }
    }
}

static void check_reference(const Wire__Reference *reference)
{
    must(is_agency(reference->author) && reference->id.len == ID_BYTES && reference->leaf.len == DIGEST_BYTES);
    must(strlen(reference->kind) <= LIMIT_NAME_BYTES);
}

static void check_names(const Wire__Header *header)
{
    must(strlen(header->kind) > 0 && strlen(header->kind) <= 512 && strlen(header->compact) <= 512);
    must(strlen(header->own_number) <= 512 && strlen(header->short_number) <= 512 && strlen(header->handling) <= 512);
    for (size_t i = 0; i < header->n_officers; i++) {
        must(strlen(header->officers[i]->certificate) <= 512 && strlen(header->officers[i]->name) <= 512);
    }
    for (size_t i = 0; i < header->n_law; i++) {
        must(strlen(header->law[i]->name) <= 512);
    }
    for (size_t i = 0; i < header->n_parts; i++) {
        must(header->parts[i]->commitment.len == DIGEST_BYTES && strlen(header->parts[i]->name) <= 512);
        must(i == 0 || strcmp(header->parts[i]->role, "body") != 0);
    }
}

static void check_ids(const Wire__Header *header)
{
    bool speaks_at_large = strcmp(header->kind, "receipt") == 0 || strcmp(header->kind, "offered") == 0;
    must(strcmp(header->author, AUTHOR) == 0);
    must(is_uuid7(header->id));
    must(speaks_at_large ? is_zero(header->matter) : is_uuid7(header->matter));
    must(header->procedure.len == 0 || header->procedure.len == DIGEST_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    if (size < 1) {
        return 0;
    }
    const struct seal seal = {.suite = SUITE_ED25519_SHA256, .count = 1, .agency = AUTHOR};
    const struct envelope envelope = {.header = {data + 1, size - 1}, .part_count = data[0] % (LIMIT_PARTS + 1)};
    struct decode_fault fault = {0};
    Wire__Header *header;
    if (header_open(&seal, &envelope, arena, &fault, &header) != ENVELOPE_OK) {
        must(fault.text != NULL);
        return 0;
    }
    must(header->n_parts == envelope.part_count);
    check_ids(header);
    check_recipients(header);
    check_names(header);
    if (header->in_reply_to != NULL) {
        check_reference(header->in_reply_to);
    }
    for (size_t i = 0; i < header->n_cites; i++) {
        check_reference(header->cites[i]);
    }
    struct fuzz_measure measure = fuzz_measure(&header->base);
    must(measure.clean && measure.unknown == 0 && measure.depth <= LIMIT_HEADER_DEPTH && measure.values <= LIMIT_FIELDS);
    fuzz_pack(&header->base, arena);
    return 0;
}
