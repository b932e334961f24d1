// SPDX-License-Identifier: Apache-2.0
//
// What a session follows: the events of its daemon, each once and in order. A new connection asks
// again from the last position that is here. Events that nobody fetches fill a bounded queue; what
// is beyond is asked for anew once there is room.
//
// Invariant: positions in the queue rise, and all of them lie at or before `last`.
// Lifetime: from liaison_watch to the next one or the session's end.
#pragma once

#include <stdint.h>
#include <stddef.h>

struct liaison_session;
struct follow;

// Sends the question where a new connection or an emptied queue asks for it.
void follow_ask(struct liaison_session *session);

// Takes a frame that bears the number of the watch; says whether it was one.
enum follow_taken { FOLLOW_NOT_MINE, FOLLOW_TAKEN };
enum follow_taken follow_take(struct liaison_session *session, uint64_t number,
                              const uint8_t *frame, size_t size);

// Accepts a pointer to NULL; sets it to NULL.
void follow_free(struct follow **follow);
