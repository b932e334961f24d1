// SPDX-License-Identifier: Apache-2.0
#include "liaison/liaison.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mapping.h"
#include "lib/rendering.h"
#include "lib/refusal.h"
#include "wire/decode.h"
#include "wire/kinds.h"

enum {
    BODY_MEMORY_BYTES = 64 << 20,
    MOST_FAULTS = 64,
};

// Reads the JSON of a kind's body into `arena`; a refusal goes to `out_json`.
static enum liaison_outcome read_body(const char *kind_name, const char *body_json,
                                      struct arena *arena, const struct kind **out_kind,
                                      ProtobufCMessage **out_body, char **out_json)
{
    const struct kind *kind = kinds_find(kind_name);
    if (kind == NULL || kind->descriptor == NULL) {
        return rendering_give(refusal_new("unknown-kind", "没有这个文书种类"),
                              LIAISON_REFUSED, out_json);
    }
    struct mapping_faults faults = {0};
    json_t *json = NULL;
    enum mapping_outcome outcome =
        mapping_parse(body_json, strlen(body_json), arena, &faults, &json);
    if (outcome == MAPPING_OK) {
        outcome = mapping_from_json(kind->descriptor, json, kind, arena, &faults, out_body);
    }
    json_decref(json);
    if (outcome == MAPPING_REFUSED) {
        return rendering_give(refusal_of_mapping(&faults), LIAISON_REFUSED, out_json);
    }
    *out_kind = kind;
    return outcome == MAPPING_OK ? LIAISON_DONE : LIAISON_FAILED;
}

static enum liaison_outcome pack_body(const ProtobufCMessage *body, uint8_t **out_bytes,
                                      size_t *out_size)
{
    size_t size = protobuf_c_message_get_packed_size(body);
    uint8_t *bytes = malloc(size + 1);
    if (bytes == NULL) {
        return LIAISON_FAILED;
    }
    *out_size = protobuf_c_message_pack(body, bytes);
    *out_bytes = bytes;
    return LIAISON_DONE;
}

enum liaison_outcome liaison_body_encode(const char *kind_name, const char *body_json,
                                         uint8_t **out_bytes, size_t *out_size,
                                         char **out_fault_json)
{
    struct arena *arena;
    if (arena_new(BODY_MEMORY_BYTES, &arena) != 0) {
        return LIAISON_FAILED;
    }
    const struct kind *kind;
    ProtobufCMessage *body;
    enum liaison_outcome outcome =
        read_body(kind_name, body_json, arena, &kind, &body, out_fault_json);
    if (outcome == LIAISON_DONE) {
        outcome = pack_body(body, out_bytes, out_size);
    }
    arena_free(&arena);
    return outcome;
}

enum liaison_outcome liaison_body_decode(const char *kind_name, const void *body, size_t body_bytes,
                                         char **out_json)
{
    const struct kind *kind = kinds_find(kind_name);
    if (kind == NULL || kind->descriptor == NULL) {
        return rendering_give(refusal_new("unknown-kind", "没有这个文书种类"),
                              LIAISON_REFUSED, out_json);
    }
    json_t *json = rendering_body(kind_name, (struct bytes){body, body_bytes});
    if (json_is_string(json)) {
        json_decref(json);
        return rendering_give(refusal_new("malformed", "正文无法解读"), LIAISON_REFUSED, out_json);
    }
    char *text = rendering_text(json);
    json_decref(json);
    if (text == NULL) {
        return LIAISON_FAILED;
    }
    *out_json = text;
    return LIAISON_DONE;
}

static enum liaison_outcome judge_body(const struct kind *kind, const ProtobufCMessage *body,
                                       struct arena *arena, char **out_json)
{
    struct field_fault faults[MOST_FAULTS];
    size_t count = fields_check(kind, body, arena, faults, MOST_FAULTS);
    if (count == 0) {
        json_t *json = json_pack("{s:s}", "kind", kind->name);
        *out_json = rendering_text(json);
        json_decref(json);
        return *out_json == NULL ? LIAISON_FAILED : LIAISON_DONE;
    }
    json_t *refusal = refusal_new(faults[0].code, faults[0].text);
    for (size_t i = 0; i < count && i < MOST_FAULTS; i++) {
        const struct field *field = faults[i].field;
        refusal_add(&refusal, faults[i].path, field == NULL ? "" : field->title_zh, faults[i].text,
                    field == NULL || field->source == NULL ? "" : field->source);
    }
    return rendering_give(refusal, LIAISON_REFUSED, out_json);
}

enum liaison_outcome liaison_body_check(const char *kind_name, const char *body_json,
                                        char **out_json)
{
    struct arena *arena;
    if (arena_new(BODY_MEMORY_BYTES, &arena) != 0) {
        return LIAISON_FAILED;
    }
    const struct kind *kind;
    ProtobufCMessage *body;
    enum liaison_outcome outcome = read_body(kind_name, body_json, arena, &kind, &body, out_json);
    if (outcome == LIAISON_DONE) {
        outcome = judge_body(kind, body, arena, out_json);
    }
    arena_free(&arena);
    return outcome;
}
