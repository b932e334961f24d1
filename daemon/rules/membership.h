// SPDX-License-Identifier: Apache-2.0
//
// Who may deal with whom under what: compacts, their members, and the procedure new statements name.
//
// Invariant: a statement under a compact names that compact's procedure by digest, and all its parties are members.
// Lifetime: turn.
#pragma once

#include "effect.h"
#include "store/view.h"

// The compact a draft falls under: the one named, else the matter's, else the only one of which all parties are members. NULL compact: `out_why` tells.
bool membership_choose(struct view *view, struct effects *effects, const Control__Draft *draft, struct bytes matter,
                       struct held_compact *out_compact, Control__Refusal **out_why);

// The first of the header's parties that is not a member; NULL: all are.
const char *membership_outsider(const struct compact *compact, const Wire__Header *header);

// Is `agency` one of these?
bool membership_names(char *const *agencies, size_t count, const char *agency);

// Under which procedure a statement of this matter goes: that of the matter's first in the compact; for a new matter the compact's, or, where that has
// expired, the one named for then. NULL: `out_why` tells.
const struct procedure *membership_procedure(struct view *view, struct effects *effects, const struct held_compact *compact, struct bytes matter,
                                             Control__Refusal **out_why);

// Under which one a matter goes that begins at that instant. NULL: what there is has expired by then.
const struct procedure *membership_begun_at(struct view *view, struct effects *effects, const struct held_compact *compact, int64_t at);

// A text as people compare it between two agencies: the beginning of its digest.
const char *membership_name_text(struct effects *effects, struct bytes digest);

bool membership_expired(const struct procedure *procedure, int64_t at);

// Does the procedure serve the compact only because the compact's own has expired?
bool membership_serves_after_expiry(const struct compact *compact, const struct procedure *procedure);
// The same of a statement that is held or is to be.
bool membership_is_after_expiry(struct view *view, struct effects *effects, const Wire__Header *header);

// May a member have what is published of a category, marked as this header is? `out_rule`: what the compact says of it; NULL: nothing.
bool membership_may_have(struct view *view, struct effects *effects, const char *agency, const Wire__Header *header, const char *category,
                         const struct compact_share **out_rule);
