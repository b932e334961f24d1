// SPDX-License-Identifier: Apache-2.0
//
// A statement as the law sees it, and what can be read off it alone.
//
// Invariant: pure; `position` decides nothing.
// Lifetime: values; everything pointed to lives in the caller's arena.
#pragma once

#include "wire/arena.h"
#include "wire/fields.h"

// When an agency received a statement, from its receipt or our own holding.
struct arrival {
    const char *agency;
    int64_t at;
};

// An agency as it stood when a statement was sealed: the statement itself says so.
struct act_party {
    const char *agency;
    const char *role;
    const char *sector;
};

// A statement that another replies to or cites.
struct citation {
    const char *kind;
    const char *author;
};

// What the law needs to know of one statement.
struct act {
    uint64_t position; // the caller's handle; never decides anything
    const char *author;
    struct bytes id; // ID_BYTES
    const char *kind;
    const char *const *to;
    size_t to_count;
    int64_t sealed_at;
    int64_t occurred_at; // 0: not declared
    bool urgent;
    bool drill;
    bool recalled;
    const char *reply_author; // NULL if it replies to nothing
    struct bytes reply_id;
    const char *reply_kind;
    const struct citation *citations; // what it replies to, if that is known, then what it cites
    size_t citation_count;
    const struct act_party *parties; // only where the procedure asks for roles or sectors
    size_t party_count;
    const struct law_pair *pairs;
    size_t pair_count;
    const struct arrival *arrivals;
    size_t arrival_count;
    bool has_attachments;
    const struct arrival *wholes; // when an agency had it with all that is attached; only where that is not the same
    size_t whole_count;
};

const char *act_find_pair(const struct act *act, const char *name); // NULL: the pair is not there

// NULL: the statement does not say.
const struct act_party *act_find_party(const struct act *act, const char *agency);

// The first that it replies to or cites of this kind; NULL: there is none.
const struct citation *act_find_citation(const struct act *act, const char *kind);

// An instant in decimal milliseconds after 1970; 0 if the pair is not there or is none.
int64_t act_find_instant(const struct act *act, const char *name);

// When `agency` received it, the earliest if several are told; 0: not known to have arrived there.
int64_t act_find_arrival(const struct act *act, const char *agency);

// When `agency` had it with everything that is attached to it, by its own signed word; 0: not known to be whole there.
int64_t act_find_whole(const struct act *act, const char *agency);

// When the other side was told by telephone or on paper; 0: the act is its own platform message.
int64_t act_find_told(const struct act *act);

// Statements are told apart by author and id.
int act_compare_ids(struct bytes left, struct bytes right);
bool act_is_same(const struct act *left, const struct act *right);
bool act_replies_to(const struct act *act, const struct act *other);
