// SPDX-License-Identifier: Apache-2.0
//
// Publications: whom a publication goes to, and which of others' is taken in. Each item is held against the compact's rules (compact_may_have) when it goes
// out, and again where it arrives. After submit and accept, which hold statements, and beside subscription, which knows who asked for what; before the
// streams.
//
// Invariant: a publication is queued for an agency once, however many of its subscriptions it fits. Who had an item has its corrections and its recall.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

// A message of a kind that may be published, addressed to nobody.
bool sharing_is_publication(const Wire__Header *header);

// Is an entry of the catalogue neither recalled nor replaced by another of its author's?
bool sharing_stands(struct view *view, struct effects *effects, const struct held *entry);

// Why an own publication, or what replies to one, cannot go out as it is addressed, in Chinese; NULL: nothing stands against it. `target`: what it
// replies to, or NULL.
const char *sharing_objection_to_own(const struct view *view, const struct kind *kind, size_t recipients, const struct held *target);

// Why a publication of a peer's is refused, as a code of PROTOCOL.md section 11; NULL: it may be held. Also of a request that names what we never published.
const char *sharing_objection(struct view *view, struct effects *effects, const char *peer, const struct arrived *item, const char **out_detail);

// What follows once a statement was sealed or held: a request is answered, a subscription begins or ends, a publication is queued.
void sharing_follow(struct view *view, struct effects *effects, uint64_t position);

// Looks for what was published before a subscription began, a portion in each call; asks to be called again (RELEASE_PUBLISH_ON) until all is found.
void sharing_go_on(struct view *view, struct effects *effects);

// Members that have come to be known have the catalogue as it stands.
void sharing_introduce(struct view *view, struct effects *effects);
