// SPDX-License-Identifier: Apache-2.0
//
// Parsed law by digest: procedures, calendars and compacts whose texts stand in the store. Parsing happens once a text.
//
// Invariant: what the shelf hands out never changes and lives until the store closes.
// Lifetime: process.
#pragma once

#include "law/compact.h"
#include "law/procedure.h"

struct shelf;

int shelf_new(struct shelf **out_shelf);
void shelf_free(struct shelf **shelf);

// Found on the shelf; NULL: not parsed yet.
const struct procedure *shelf_procedure(const struct shelf *shelf, struct bytes digest);
const struct calendar *shelf_calendar(const struct shelf *shelf, struct bytes digest);
const struct compact *shelf_compact(const struct shelf *shelf, struct bytes digest);

// Parses a text and keeps the result; LAW_FAULTY says where in `out_fault`.
enum law_outcome shelf_take_procedure(struct shelf *shelf, struct bytes text, const struct procedure **out, struct law_fault *out_fault);
enum law_outcome shelf_take_calendar(struct shelf *shelf, struct bytes text, const struct calendar **out, struct law_fault *out_fault);
enum law_outcome shelf_take_compact(struct shelf *shelf, struct bytes text, const struct compact **out, struct law_fault *out_fault);
