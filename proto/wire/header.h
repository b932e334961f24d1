// SPDX-License-Identifier: Apache-2.0
//
// The header of a statement, opened and judged by the rules that need no table (PROTOCOL.md sections 3 and 6, step 3): limits, ids,
// recipients, author, number of parts. After envelope_prove; what kind it is and what is in it, accept and fields say.
//
// Invariant: a header that opened agrees with its seal and its envelope.
// Lifetime: the header lives in the caller's arena.
#pragma once

#include "wire/envelope.h"

// On any outcome but ENVELOPE_OK the fault, unless it is NULL, may say which field.
enum envelope_outcome header_open(const struct seal *seal, const struct envelope *envelope, struct arena *arena,
                                  struct decode_fault *out_fault, Wire__Header **out_header);
