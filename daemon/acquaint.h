// SPDX-License-Identifier: Apache-2.0
//
// Carries what a card says from the store to where it is used: the key to the door and the workers, the endpoint to the links.
//
// Invariant: door, workers and links know an agency as the last committed card describes it.
// Lifetime: none kept.
#pragma once

#include "daemon.h"

// After a card was added or an agency suspended or resumed.
int acquaint(struct daemon *daemon, struct view *view, const char *agency, struct arena *arena);
