// SPDX-License-Identifier: Apache-2.0
//
// What a daemon and its clients do all day, each as one act that a fault may break into. Turns are those of daemon/attempt.h in a town of
// unit/town.h; the rest are calls on files and the tools of libliaison.
#pragma once

#include "faults/sweep.h"

extern const struct sweep_scene scenes_of_turns[];
extern const size_t scenes_of_turns_count;
extern const struct sweep_scene scenes_of_files[];
extern const size_t scenes_of_files_count;
