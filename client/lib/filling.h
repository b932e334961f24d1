// SPDX-License-Identifier: Apache-2.0
//
// The body of a line: its cells in the fields that their columns are, codes by their words, moments as lists write them, and what the line leaves open.
// Before it stands `columns`, behind it `listing`.
//
// Invariant: the same cells make the same body, byte by byte, so that a second run is known again.
// Lifetime: what is made lives in the caller's arena.
#pragma once

#include "lib/columns.h"

// Makes the body of a line. Its cells, as many as there are columns, have been judged as text; they are
// kept by reference, and blanks at their ends are cut off in place.
enum mapping_outcome filling_make(const struct columns *columns, struct bytes *cells,
                                  struct arena *arena, struct mapping_faults *faults,
                                  ProtobufCMessage **out_body);

// Puts into a body that was made elsewhere what it leaves open.
void filling_complete(const struct columns_plan *plan, ProtobufCMessage *body);
