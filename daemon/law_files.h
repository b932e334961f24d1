// SPDX-License-Identifier: Apache-2.0
//
// Reads the operator's law files: one calendar, a folder of procedures, a folder of compacts. Each must parse; the first that does not is
// named with file and line, and nothing is taken.
//
// Invariant: what is handed on has been parsed once without fault.
// Lifetime: texts live in the given arena.
#pragma once

#include "config.h"
#include "event.h"

// False: `out_fault` says which file, line and why.
bool law_files_read(const struct config *config, struct arena *arena, const struct law_text **out_texts, size_t *out_count,
                    struct config_fault *out_fault);
