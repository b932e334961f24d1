// SPDX-License-Identifier: Apache-2.0
//
// What a header may list as an attachment (PROTOCOL.md section 4): names that are safe to write to a disk, sizes that a tree holds,
// codes that are known. Submission asks before it lists one, `header` when one arrives.
//
// Invariant: pure; a part without an objection is one that every daemon of this version takes.
// Lifetime: none.
#pragma once

#include "wire/envelope.h"

#include <stdbool.h>

bool attachment_is(const Wire__Part *part);

// Why part `index` of these cannot be an attachment: ENVELOPE_TEXT, _VALUE or _LIMIT. `out_text` (Chinese) says it.
enum envelope_outcome attachment_judge(Wire__Part *const *parts, size_t index, const char **out_text);

// A part of 0 bytes has one chunk, which is empty.
uint32_t attachment_chunks(uint64_t size);
size_t attachment_chunk_bytes(uint64_t size, uint32_t index);
