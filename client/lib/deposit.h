// SPDX-License-Identifier: Apache-2.0
//
// Files into the daemon and out of it: liaison_put, liaison_get and liaison_attach. A file is hashed once, the
// daemon says how much of it it has, and the rest goes in chunks of which a few are under way at any time; the
// other way each chunk is held against the file's root before it is written.
//
// Invariant: memory does not grow with the file but for 64 bytes a chunk.
// Lifetime: a call; what was attached lives until the next submission.
#pragma once

#include "lib/session.h"

// What the next draft lists, in its order. Borrowed until deposit_forget.
size_t deposit_attached(const struct liaison_session *session, Control__Attachment ***out_attachments);
// A submission has taken them, or the session ends.
void deposit_forget(struct liaison_session *session);
