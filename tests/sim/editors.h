// SPDX-License-Identifier: Apache-2.0
//
// Those at the agencies who publish and who subscribe: items of several categories, corrections and recalls of them, entries of the catalogue; requests,
// renewals and ends from either side. Under the law of town and of five they are few beside the others; under that of press they are all there is.
// Before people, who send what they wrote.
//
// Invariant: every draw is of a stream of its own.
// Lifetime: one run.
#pragma once

#include "sim/deed.h"
#include "sim/machine.h"

void editors_make(void);
void editors_begin(void);
// Something of DEED_SHARING was sealed, or came.
void editors_learn(struct machine *machine, struct deed *deed);
