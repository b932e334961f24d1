// SPDX-License-Identifier: Apache-2.0
//
// Failures of the environment and bugs of ours. A failure is a negative errno that travels up through `int` results; each hop notes
// itself, and the top logs the trace once. A bug stops the program where it is found: LMDB stays consistent and the supervisor starts us again.
//
// Invariant: nothing that a peer, a client or a file can cause ends in either; such things are outcomes.
// Lifetime: the trace belongs to its thread and holds the last failure only.
#pragma once

#include <stdint.h>

// Notes where a failure arose and why; returns `result` (< 0).
int fail_origin(int result, const char *file, int line, const char *what);
// Notes a hop; returns `result`.
int fail_hop(int result, const char *file, int line);

#define FAIL_ORIGIN(result, what) fail_origin((result), __FILE__, __LINE__, (what))
#define FAIL_HOP(result) fail_hop((result), __FILE__, __LINE__)

// "what (reason) at file:line < file:line"; valid until the thread's next failure.
const char *fail_trace(void);

// Names the turn for must(); set once a turn.
void fail_set_turn(uint64_t turn);

__attribute__((noreturn)) void fail_must(const char *expression, const char *file, int line);
#define must(condition) ((condition) ? (void)0 : fail_must(#condition, __FILE__, __LINE__))
