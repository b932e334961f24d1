// SPDX-License-Identifier: Apache-2.0
//
// What a program says in JSON: a kind or a request, then the text. What is taken is of clean text, decodes as what it
// was packed from, and comes back the same; what is refused says where and why, in words that are JSON themselves.
#include "fuzz/fuzz.h"

#include "wire/control.pb-c.h"
#include "wire/decode.h"
#include "wire/kinds.h"

#include "lib/mapping.h"
#include "lib/refusal.h"
#include "lib/rendering.h"

struct target {
    const struct kind *kind; // NULL: not a body
    const ProtobufCMessageDescriptor *type;
    const struct decode_rules *rules;
};

static struct target find_target(uint8_t number)
{
    const struct kind *kind = kinds_at(number % (kinds_count() + 1));
    return kind == NULL ? (struct target){NULL, &control__request__descriptor, &decode_control_rules}
                        : (struct target){kind, kind->descriptor, &decode_body_rules};
}

static void check_refusal(const struct mapping_faults *faults)
{
    must(faults->count > 0 && faults->count <= MAPPING_FAULTS);
    json_t *refusal = refusal_of_mapping(faults);
    must(refusal != NULL && json_array_size(json_object_get(refusal, "faults")) == faults->count);
    json_decref(refusal);
}

static ProtobufCMessage *read(const struct target *target, const json_t *json, struct arena *arena)
{
    struct mapping_faults faults = {0};
    ProtobufCMessage *message = NULL;
    enum mapping_outcome outcome = mapping_from_json(target->type, json, target->kind, arena, &faults, &message);
    must(outcome != MAPPING_NO_MEMORY);
    if (outcome == MAPPING_REFUSED) {
        check_refusal(&faults);
        return NULL;
    }
    must(faults.count == 0);
    return message;
}

static void check_taken(const struct target *target, const ProtobufCMessage *message, struct arena *arena)
{
    must(fuzz_measure(message).clean);
    struct bytes packed = fuzz_pack(message, arena);
    ProtobufCMessage *decoded;
    enum decode_outcome outcome = decode_message(target->type, packed, target->rules, arena, NULL, &decoded);
    must(outcome == DECODE_OK || outcome == DECODE_LIMIT);
    json_t *json = rendering_message(message, RENDERING_SPARSE);
    must(json != NULL);
    ProtobufCMessage *again = read(target, json, arena);
    must(again != NULL && fuzz_is_same(packed, decode_pack(again, arena)));
    json_t *json_again = rendering_message(again, RENDERING_SPARSE);
    must(json_equal(json, json_again));
    json_decref(json_again);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    struct mapping_faults faults = {0};
    json_t *json;
    if (size < 1) {
        return 0;
    }
    const struct target target = find_target(data[0]);
    switch (mapping_parse((const char *)data + 1, size - 1, arena, &faults, &json)) {
    case MAPPING_OK:
        break;
    case MAPPING_REFUSED:
        check_refusal(&faults);
        return 0;
    case MAPPING_NO_MEMORY:
        fail_must("memory enough for any text", __FILE__, __LINE__);
    }
    ProtobufCMessage *message = read(&target, json, arena);
    if (message != NULL) {
        check_taken(&target, message, arena);
    }
    json_decref(json);
    return 0;
}
