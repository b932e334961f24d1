// SPDX-License-Identifier: Apache-2.0
//
// From a program's draft to the daemon's: the body becomes protobuf, texts are judged, an id is
// chosen. After it stands `batch`.
//
// Invariant: a draft that was made has an id, so that a repeat is the same statement.
// Lifetime: what is made borrows from the caller's draft and the session's arena, and is packed
// within the same call.
#pragma once

#include "lib/session.h"
#include "wire/limits.h"

// Makes one draft; its id goes to `out_id` as well, to which the draft keeps a pointer. On another
// outcome than LIAISON_DONE the session holds the error.
enum liaison_outcome draft_make(struct liaison_session *session, const struct liaison_draft *draft,
                                uint8_t out_id[ID_BYTES], Control__Draft *out_draft);
