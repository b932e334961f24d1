// SPDX-License-Identifier: Apache-2.0
#include "rules/membership.h"

#include <string.h>

#include "rules/refuse.h"

bool membership_names(char *const *agencies, size_t count, const char *agency)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(agencies[i], agency) == 0) {
            return true;
        }
    }
    return false;
}

static const char *first_outsider(const struct compact *compact, char *const *agencies, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (compact_member(compact, agencies[i]) == NULL) {
            return agencies[i];
        }
    }
    return NULL;
}

const char *membership_outsider(const struct compact *compact, const Wire__Header *header)
{
    if (compact_member(compact, header->author) == NULL) {
        return header->author;
    }
    const char *outsider = first_outsider(compact, header->to, header->n_to);
    return outsider != NULL ? outsider : first_outsider(compact, header->copy, header->n_copy);
}

static const char *draft_outsider(const struct compact *compact, const Control__Draft *draft, const char *self)
{
    if (compact_member(compact, self) == NULL) {
        return self;
    }
    const char *outsider = first_outsider(compact, draft->to, draft->n_to);
    return outsider != NULL ? outsider : first_outsider(compact, draft->copy, draft->n_copy);
}

static const char *compact_of_matter(struct view *view, struct bytes matter, struct arena *arena)
{
    uint64_t *positions;
    size_t count = view_matter(view, matter, NULL, arena, &positions);
    const struct held *first = count == 0 ? NULL : view_statement(view, positions[0], arena);
    return first == NULL || first->header->compact[0] == '\0' ? NULL : first->header->compact;
}

// The procedure of the first statement of a matter in a compact; NULL: there is none yet.
static const struct procedure *procedure_of_matter(struct view *view, struct effects *effects, const char *compact, struct bytes matter)
{
    uint64_t *positions;
    size_t count = view_matter(view, matter, NULL, effects->arena, &positions);
    for (size_t i = 0; i < count; i++) {
        const struct held *held = view_statement(view, positions[i], effects->arena);
        if (held != NULL && strcmp(held->header->compact, compact) == 0 && held->header->procedure.len == DIGEST_BYTES) {
            return view_procedure(view, decode_bytes(held->header->procedure), effects->arena);
        }
    }
    return NULL;
}

static const struct procedure *procedure_in_force(struct view *view, struct effects *effects, const char *id)
{
    const Record__LawInForce *law = view_law(view, effects->arena);
    for (size_t i = 0; law != NULL && id != NULL && i < law->n_procedures; i++) {
        if (strcmp(law->procedures[i]->id, id) == 0) {
            return view_procedure(view, decode_bytes(law->procedures[i]->digest), effects->arena);
        }
    }
    return NULL;
}

bool membership_expired(const struct procedure *procedure, int64_t at)
{
    return procedure->valid_until != 0 && at > procedure->valid_until + 999; // it is a second, and holds to its end
}

const struct procedure *membership_procedure(struct view *view, struct effects *effects, const struct held_compact *compact, struct bytes matter)
{
    const struct procedure *begun = procedure_of_matter(view, effects, compact->row->id, matter);
    if (begun != NULL) {
        return begun;
    }
    const struct procedure *procedure = view_procedure(view, decode_bytes(compact->row->procedure), effects->arena);
    if (procedure != NULL && membership_expired(procedure, effects->now)) {
        return procedure_in_force(view, effects, compact->compact->after_expiry);
    }
    return procedure;
}

static bool choose_only(struct view *view, struct effects *effects, const Control__Draft *draft, struct held_compact *out_compact,
                        Control__Refusal **out_why)
{
    struct held_compact *compacts;
    size_t count = view_compacts(view, effects->arena, &compacts);
    size_t fitting = 0;
    for (size_t i = 0; i < count; i++) {
        if (draft_outsider(compacts[i].compact, draft, view_state(view)->agency) == NULL) {
            *out_compact = compacts[i];
            fitting++;
        }
    }
    if (fitting == 0) {
        *out_why = refuse_make(effects, "compact", "没有一个协作机制同时包含所有当事机关");
    } else if (fitting > 1) {
        *out_why = refuse_make(effects, "compact", "有 %zu 个协作机制都适用，请指明", fitting);
    }
    return fitting == 1;
}

bool membership_choose(struct view *view, struct effects *effects, const Control__Draft *draft, struct bytes matter,
                       struct held_compact *out_compact, Control__Refusal **out_why)
{
    const char *id = draft->compact[0] != '\0' ? draft->compact : compact_of_matter(view, matter, effects->arena);
    if (id == NULL) {
        return choose_only(view, effects, draft, out_compact, out_why);
    }
    if (!view_compact(view, id, effects->arena, out_compact)) {
        *out_why = refuse_make(effects, "compact", "本机关没有协作机制“%s”", id);
        return false;
    }
    const char *outsider = draft_outsider(out_compact->compact, draft, view_state(view)->agency);
    if (outsider != NULL) {
        *out_why = refuse_make(effects, "compact", "“%s”不是协作机制“%s”的成员", outsider, id);
        return false;
    }
    return true;
}
