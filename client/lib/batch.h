// SPDX-License-Identifier: Apache-2.0
//
// Drafts on their way: packed into as few requests as frames allow, and matched with their answers.
// Before it stands `draft`, behind it `exchange`.
//
// Invariant: a batch holds the id of each draft before anything is sent.
// Lifetime: from start to finish; the batch finished last stays for liaison_result_json.
#pragma once

#include "lib/session.h"

enum batch_purpose { BATCH_SEAL, BATCH_CHECK };

// Submits and waits; liaison_submit and liaison_submit_check in one.
enum liaison_outcome batch_submit(struct liaison_session *session,
                                  const struct liaison_draft *drafts, size_t count,
                                  enum batch_purpose purpose, struct liaison_result *results);

// Ends all batches of a session.
void batch_free_all(struct liaison_session *session);
