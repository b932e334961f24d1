// SPDX-License-Identifier: Apache-2.0
//
// The body of each kind: a row of the table of kinds, then the body. What decodes is judged and lifted; what is
// acceptable goes through JSON and comes back as it was.
#include "fuzz/fuzz.h"

#include "wire/decode.h"
#include "wire/kinds.h"

#include "lib/mapping.h"
#include "lib/rendering.h"

enum { FAULTS = 32 };

static const struct kind *find_kind(struct bytes input)
{
    return input.size < 1 ? NULL : kinds_at(input.data[0] % kinds_count());
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    const struct kind *kind = find_kind(input);
    *out_front = 1;
    return kind == NULL ? NULL : kind->descriptor;
}

static size_t judge(const struct kind *kind, const ProtobufCMessage *body, struct arena *arena)
{
    struct field_fault faults[FAULTS];
    struct field_fault first;
    size_t count = fields_check(kind, body, arena, faults, FAULTS);
    must(count <= FAULTS);
    for (size_t i = 0; i < count; i++) {
        const struct bytes text = {(const uint8_t *)faults[i].text, strlen(faults[i].text)};
        must(fuzz_is_clean(text));
        must(faults[i].path != NULL && (strcmp(faults[i].code, "required") == 0 || strcmp(faults[i].code, "value") == 0));
    }
    must((fields_check(kind, body, arena, &first, 1) == 0) == (count == 0));
    return count;
}

static void check_pairs(const struct kind *kind, const ProtobufCMessage *body, const ProtobufCMessage *again, struct arena *arena)
{
    struct law_pair *pairs;
    struct law_pair *pairs_again;
    size_t count;
    size_t count_again;
    must(fields_lift(kind, body, arena, &pairs, &count) && fields_lift(kind, again, arena, &pairs_again, &count_again));
    must(count == count_again);
    for (size_t i = 0; i < count; i++) {
        must(strcmp(pairs[i].name, pairs_again[i].name) == 0 && strcmp(pairs[i].value, pairs_again[i].value) == 0);
    }
}

static void check_json(const struct kind *kind, ProtobufCMessage *body, struct arena *arena)
{
    struct mapping_faults faults = {0};
    ProtobufCMessage *again;
    json_t *json = rendering_message(body, RENDERING_SPARSE);
    must(json != NULL);
    must(mapping_from_json(kind->descriptor, json, kind, arena, &faults, &again) == MAPPING_OK);
    json_decref(json);
    body->n_unknown_fields = 0; // they have no name
    must(fuzz_is_same(decode_pack(body, arena), decode_pack(again, arena)));
    check_pairs(kind, body, again, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    const struct kind *kind = find_kind((struct bytes){data, size});
    ProtobufCMessage *body;
    if (kind == NULL || decode_message(kind->descriptor, (struct bytes){data + 1, size - 1}, &decode_body_rules, arena, NULL, &body) != DECODE_OK) {
        return 0;
    }
    must(fuzz_measure(body).clean);
    check_pairs(kind, body, body, arena);
    // What machines say is not written by people, and its times have no limits of their own.
    if (judge(kind, body, arena) == 0 && kind->class != KIND_MACHINE) {
        check_json(kind, body, arena);
    }
    return 0;
}
