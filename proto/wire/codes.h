// SPDX-License-Identifier: Apache-2.0
//
// The closed lists of codes that fields choose from: the word on the wire and what people read for it. Rows of kinds_*.c
// point here; configuration, forms and help read the same lists.
//
// Invariant: within a list no code stands twice; a code that was ever sent keeps its meaning.
// Lifetime: process; nothing here is ever written.
#pragma once

#include <stddef.h>

struct code {
    const char *name; // on the wire
    const char *zh;
    const char *en;
};

struct code_list {
    const char *name;
    const char *title_zh;
    const struct code *codes;
    size_t count;
};

enum codes_place {
    CODES_SECTOR,
    CODES_PARTICIPANT,
    CODES_VERDICT,
    CODES_MEETING,
    CODES_IDENTITY,
    CODES_EVIDENCE,
    CODES_FOUND,
    CODES_GROUND,
    CODES_CHANNEL,
    CODES_START,
    CODES_TRANSFER,
    CODES_OPINION,
    CODES_MATERIAL,
    CODES_REVIEW,
    CODES_FILING,
    CODES_OFFICER,
    CODES_YES_NO,
    CODES_COMPLAINANT,
    CODES_CATEGORY,
    CODES_ACCESS,
    CODES_RHYTHM,
    CODES_HANDLING,
    CODES_OPERATION,
    CODES_JURISDICTION,
    CODES_TOLD,
    CODES_RECOGNITION,
    CODES_PENALTY,
    CODES_ENFORCEMENT_GROUND,
    CODES_OUTSTANDING,
    CODES_ASSISTANCE,
    CODES_ASSISTANCE_GROUND,
    CODES_MISCONDUCT,
    CODES_DOCUMENT,
    CODES_COUNT,
};

// For rows that name their list; everybody else asks for a list by its name.
extern const struct code_list codes_lists[CODES_COUNT];

const struct code_list *codes_list(const char *name); // NULL if unknown
const struct code *codes_find(const struct code_list *list, const char *name); // NULL: not of this list
