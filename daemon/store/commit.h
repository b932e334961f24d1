// SPDX-License-Identifier: Apache-2.0
//
// Facts to tables: the only writer. The same function serves a running turn and a rebuild from the journal, so the tables can be
// nothing but the journal's facts applied in order.
//
// Crash argument. A turn's facts, its seal, its parts and its journal record are changes of one LMDB transaction. Either LMDB commits it: mdb_txn_commit
// syncs the data pages before it writes the meta page that makes them current. Or the turn is small: its changes are appended to the log (wal.h) as one
// frame that counts only whole, and synced; the transaction stays open, and whoever opens the store after a crash makes the same changes again. Whatever
// a crash leaves is the store before or after the turn, never between; and nothing was released before the commit returned. The log begins anew only
// once LMDB has committed all of it. A commit that fails is treated as not having happened only after the state on disk was read again.
//
// Invariant: applying a record to the state before it gives the state after it, whoever does it.
// Lifetime: transaction.
#pragma once

#include "store/store.h"

// Applies one fact to the open turn. A failure sticks to the writing view and stops the commit.
void commit_apply(struct store *store, struct arena *arena, const Record__Effect *fact, const struct material *material);

// Stores what sealing made: the seal itself and part 0 of each statement.
void commit_put_seal(struct store *store, const uint8_t seal[SEAL_BYTES]);
void commit_put_proof(struct store *store, uint64_t position, struct bytes proof, const struct material *material);

// Ends the turn: journal record, state, commit. The state's turn number rises by one.
int commit_turn(struct store *store, struct arena *arena, int64_t at, const struct effects *effects, const uint8_t *seal);

// Writes a record's state change without writing the record itself (rebuild).
void commit_put_state(struct store *store, struct arena *arena, const Record__Turn *turn, const struct digest *head);
