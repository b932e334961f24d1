// SPDX-License-Identifier: Apache-2.0
//
// Refusals: a code of PROTOCOL.md section 11, a sentence in Chinese, and every fault with its field.
//
// Invariant: a refused event leaves no fact behind but, where a peer's position is spent, the refusal itself.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "wire/kinds.h"

// Never NULL; when the arena is full a refusal without details stands in and the effects are marked exhausted.
__attribute__((format(printf, 3, 4))) Control__Refusal *refuse_make(struct effects *effects, const char *code, const char *format, ...);

// Makes one of a list of faults; its code is the first fault's.
Control__Refusal *refuse_faults(struct effects *effects, const struct field_fault *faults, size_t count);

// One line of all faults, for a peer.
const char *refuse_detail(struct effects *effects, const struct field_fault *faults, size_t count);
