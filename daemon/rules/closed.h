// SPDX-License-Identifier: Apache-2.0
//
// Acts that come too late to do anything: an extension or a standstill where every duty that it could move is closed. They are refused to their own
// agency, `state`, before anything is sealed. From others they are held like all else, for what is closed here may be open there, and they change nothing.
// A second answer is no such act: it says something, and a duty may come to rest on it when the first is taken back.
//
// Invariant: asks only what is held; nothing is decided by it but a refusal.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "law/procedure.h"
#include "store/view.h"

// NULL: the statement that `header` is to become can still do what it is for. Otherwise why not (Chinese).
const char *closed_objection(struct view *view, struct effects *effects, const struct procedure *procedure, const Wire__Header *header);
