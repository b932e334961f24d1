// SPDX-License-Identifier: Apache-2.0
//
// From protobuf to JSON, by descriptor, in the forms of `mapping`. What is rendered sparsely is
// read back as it was.
//
// Lifetime: values and texts belong to the caller; every function gives NULL when there is no
// memory, and takes NULL for it.
#pragma once

#include "wire/arena.h"

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "liaison/liaison.h"

// Whether fields that have their default value are written: bodies are sparse, so that what is read
// can be sent again as it is; answers are full (numbers, truth values, lists and texts; never
// instants or ids), so that scripts need not ask.
enum rendering_fill { RENDERING_SPARSE, RENDERING_FULL };

// A new reference. The body in a control.Message is written as an object of its kind.
json_t *rendering_message(const ProtobufCMessage *message, enum rendering_fill fill);

// A body as protobuf bytes, decoded within the limits for bodies and written sparsely. Bytes that
// do not decode, or a kind that is unknown, come out as hexadecimal text.
json_t *rendering_body(const char *kind, struct bytes body);

// Decimal text.
json_t *rendering_u64(uint64_t number);

// An instant as RFC 3339 with +08:00, with milliseconds where it has any.
enum { RENDERING_INSTANT_BYTES = 32 };
void rendering_instant(int64_t instant_ms, char out_text[RENDERING_INSTANT_BYTES]);

// Puts an item into a list, a value into an object. What could not take one for want of memory becomes
// NULL, and so does all that it would have stood in: half an answer is none.
void rendering_append(json_t **list, json_t *item);
void rendering_set(json_t **object, const char *name, json_t *value);

// One line of compact JSON, for free.
char *rendering_text(const json_t *json);

// The line goes to the caller with that outcome, and the JSON is done with. LIAISON_FAILED: there
// was not enough memory.
enum liaison_outcome rendering_give(json_t *json, enum liaison_outcome outcome, char **out_json);
