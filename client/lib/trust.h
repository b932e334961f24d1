// SPDX-License-Identifier: Apache-2.0
//
// The cards by which a verification goes: those that the caller compared and gave, and those that
// came along and vouch only for themselves.
//
// Invariant: every card here opened with its own key; for an agency that the caller gave a card of,
// no other counts.
// Lifetime: one verification.
#pragma once

#include "wire/envelope.h"

#include <jansson.h>
#include <stdbool.h>

enum { TRUST_CARDS = 1024 };

enum trust_source { TRUST_ALONG, TRUST_CALLER };

struct trust_card {
    enum trust_source source;
    enum seal_domain domain;
    const Wire__Card *card;
    struct seal_key *key;
};

struct trust {
    struct arena *arena; // the caller's; cards live in it
    struct trust_card cards[TRUST_CARDS];
    size_t count;
    size_t block_count[2]; // seen, by source
    size_t refused_count;
    json_t *reports;
};

// Adds all cards of a PEM text; what does not open is reported and counted.
void trust_add(struct trust *trust, struct bytes text, enum trust_source source);

// The card whose key made this seal; NULL if none counts.
const struct trust_card *trust_find(const struct trust *trust, const struct seal *seal);

// One card with its key id as JSON, or a refusal; `out_is_fine` says which. NULL: no memory.
json_t *trust_show(struct bytes content, struct arena *arena, bool *out_is_fine);

// Chinese, for reports.
const char *trust_explain(enum envelope_outcome outcome);

void trust_done(struct trust *trust);
