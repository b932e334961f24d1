// SPDX-License-Identifier: Apache-2.0
//
// The agency's own card: what configuration and keys say, sealed by its own key (PROTOCOL.md section 6). Made by `liaison init`, and again by the
// daemon when something on it has changed.
//
// Invariant: DIR/card is a whole card or absent (written aside and renamed).
// Lifetime: none kept.
#pragma once

#include "base/keyring.h"
#include "config.h"
#include "wire/envelope.h"

// Seals a card. data is NULL on failure.
struct bytes card_make(const struct config *config, struct keyring *keyring, enum seal_domain domain, int64_t now, struct arena *arena);

// Reads DIR/card if it says what configuration, keys and clock say today; data NULL: it must be made anew.
struct bytes card_read(const struct config *config, const struct keyring *keyring, enum seal_domain domain, struct arena *arena,
                       Wire__Card **out_card);

int card_write(const struct config *config, struct bytes card, struct arena *arena);
