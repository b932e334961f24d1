// SPDX-License-Identifier: Apache-2.0
//
// A card alone: the one statement that brings the key it is judged by. Whether that key is the agency's, people say who compare its
// fingerprint.
//
// Invariant: a card that opened was signed with the key it names, by the agency it names.
// Lifetime: header and card live in the caller's arena.
#pragma once

#include "wire/header.h"

// PROTOCOL.md section 6 with the key that the card itself names. `domain` is the reader's own.
enum envelope_outcome envelope_card_open(struct bytes input, enum seal_domain domain, struct arena *arena,
                                         struct decode_fault *out_fault, Wire__Header **out_header, Wire__Card **out_card);
