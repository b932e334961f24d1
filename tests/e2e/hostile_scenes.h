// SPDX-License-Identifier: Apache-2.0
//
// The scenes that hostile.c lists by name. Each tells what happened and judges nothing; what ought
// to have happened stands in test_80_hostile.py.
#pragma once

#include "e2e/hostile.h"

#include "wire/text.h"

void hostile_regions(struct stage *stage);
void hostile_flips(struct stage *stage);
void hostile_cuts(struct stage *stage);

void hostile_rules(struct stage *stage);
void hostile_parties(struct stage *stage);

void hostile_stream(struct stage *stage);
void hostile_enclosures(struct stage *stage);

void hostile_receipt(struct stage *stage, const char *name);
void hostile_acts(struct stage *stage);

void hostile_frames(struct stage *stage);
void hostile_flood(struct stage *stage);
void hostile_large(struct stage *stage);
void hostile_hellos(struct stage *stage);
void hostile_skew(struct stage *stage);
void hostile_strangers(struct stage *stage);
void hostile_giant(struct stage *stage);
void hostile_silent(struct stage *stage);
void hostile_routing(struct stage *stage);
void hostile_departed(struct stage *stage);
void hostile_unnamed(struct stage *stage);
void hostile_suspended(struct stage *stage);
void hostile_bye(struct stage *stage);
void hostile_unreceipted(struct stage *stage);

void hostile_roots(struct stage *stage);
void hostile_tiny(struct stage *stage);
void hostile_hollows(struct stage *stage);
void hostile_keep(struct stage *stage);
void hostile_again(struct stage *stage);

void hostile_chunks(struct stage *stage);
