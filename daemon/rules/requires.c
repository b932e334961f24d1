// SPDX-License-Identifier: Apache-2.0
#include "rules/requires.h"

#include <string.h>

#include "rules/act_fill.h"

struct earlier {
    struct signed_act *acts;
    size_t count;
};

static bool fill_signed(struct effects *effects, const Wire__Header *header, struct signed_act *out_signed)
{
    struct act *act = effect_take(effects, 1, sizeof(*act));
    const char **officers = effect_take(effects, header->n_officers, sizeof(*officers));
    if (act == NULL || officers == NULL || !act_fill(effects, header, act)) {
        return false;
    }
    for (size_t i = 0; i < header->n_officers; i++) {
        officers[i] = header->officers[i]->certificate;
    }
    *out_signed = (struct signed_act){act, officers, header->n_officers};
    return true;
}

// Adds what the matter holds of one kind: of facts those of the author, for others' are nobody else's step.
static void add_kind(struct view *view, struct effects *effects, const Wire__Header *header, const char *kind, struct earlier *earlier)
{
    uint64_t *positions;
    size_t count = view_matter_kind(view, decode_bytes(header->matter), kind, INT64_MIN, effects->arena, &positions);
    struct signed_act *acts = effect_take(effects, earlier->count + count, sizeof(*acts));
    if (acts == NULL) {
        return;
    }
    if (earlier->count > 0) {
        memcpy(acts, earlier->acts, earlier->count * sizeof(*acts));
    }
    earlier->acts = acts;
    for (size_t i = count; i > 0; i--) { // the latest first
        const struct held *held = view_statement(view, positions[i - 1], effects->arena);
        if (held == NULL || (held->header->n_to == 0 && strcmp(held->header->author, header->author) != 0) ||
            !fill_signed(effects, held->header, &acts[earlier->count])) {
            continue;
        }
        ((struct act *)acts[earlier->count].act)->recalled = view_is_recalled(view, held->position, held->header->author, effects->arena);
        earlier->count++;
    }
}

static bool has_own_name(struct view *view, struct effects *effects, const char *author)
{
    struct agency agency;
    return !view_agency(view, author, effects->arena, &agency) || agency.card->own_name;
}

size_t requires_list(struct view *view, struct effects *effects, const struct procedure *procedure, const Wire__Header *header,
                     const struct kind *kind, const ProtobufCMessage *body, bool own, struct field_fault out_faults[REQUIRES_MOST])
{
    struct faults faults = {.arena = effects->arena, .at = out_faults, .capacity = REQUIRES_MOST};
    struct requirement_case kase = {.kind = kind, .body = body, .own_number = header->own_number, .own = own};
    const struct kind_law *law = kind_law_find(procedure, header->kind);
    if (law->require_count == 0 || !fill_signed(effects, header, &kase.statement)) {
        return 0;
    }
    kase.own_name = has_own_name(view, effects, header->author);
    for (size_t i = 0; i < law->require_count; i++) {
        const struct requirement *requirement = law->requires[i];
        struct earlier earlier = {0};
        for (size_t j = 0; own && j < requirement->after.count; j++) {
            add_kind(view, effects, header, requirement->after.items[j].kind, &earlier);
        }
        kase.earlier = earlier.acts;
        kase.earlier_count = earlier.count;
        requirement_check(requirement, &kase, &faults);
    }
    return faults.count;
}
