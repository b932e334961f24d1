// SPDX-License-Identifier: Apache-2.0
//
// From drafts to sealed statements: bodies become protobuf, ids are chosen, drafts are packed into as few requests as frames
// allow, and answers are matched back to them.
//
// Invariant: a batch holds the id of each draft before anything is sent, so that a repeat is the same statement.
// Lifetime: from start to finish of a batch; the batch finished last stays for liaison_result_json.
#pragma once

#include "lib/session.h"

enum draft_purpose { DRAFT_SEAL, DRAFT_CHECK };

// Submits and waits; liaison_submit and liaison_submit_check in one.
enum liaison_outcome draft_submit(struct liaison_session *session, const struct liaison_draft *drafts, size_t count,
                                  enum draft_purpose purpose, struct liaison_result *results);

// Ends all batches of a session.
void draft_free_all(struct liaison_session *session);
