// SPDX-License-Identifier: Apache-2.0
#include "rules/membership.h"

#include <string.h>

#include "wire/text.h"

#include "rules/refuse.h"

enum { SHOWN_BYTES = 8 }; // of a digest, for people: enough to tell the files of two agencies apart

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
    uint64_t position = view_matter_first(view, matter, NULL);
    const struct held *first = position == 0 ? NULL : view_statement(view, position, arena);
    return first == NULL || first->header->compact[0] == '\0' ? NULL : first->header->compact;
}

// The procedure that a matter began under in a compact, by its digest; empty: it has not begun.
static struct bytes procedure_of_matter(struct view *view, struct effects *effects, const char *compact, struct bytes matter)
{
    uint64_t position = view_matter_first(view, matter, compact);
    const struct held *first = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (first == NULL || first->header->procedure.len != DIGEST_BYTES) {
        return (struct bytes){0};
    }
    return decode_bytes(first->header->procedure);
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

const char *membership_name_text(struct effects *effects, struct bytes digest)
{
    const char *hex = digest.size < SHOWN_BYTES ? "" : text_hex(effects->arena, (struct bytes){digest.data, SHOWN_BYTES});
    const char *name = hex == NULL ? NULL : arena_format(effects->arena, "摘要 %s", hex);
    effects->exhausted = effects->exhausted || name == NULL;
    return name == NULL ? "" : name;
}

bool membership_expired(const struct procedure *procedure, int64_t at)
{
    return procedure->valid_until != 0 && at > procedure->valid_until + 999; // it is a second, and holds to its end
}

bool membership_serves_after_expiry(const struct compact *compact, const struct procedure *procedure)
{
    return compact->after_expiry != NULL && strcmp(procedure->id, compact->after_expiry) == 0 && strcmp(procedure->id, compact->procedure) != 0;
}

bool membership_is_after_expiry(struct view *view, struct effects *effects, const Wire__Header *header)
{
    struct held_compact compact;
    const struct procedure *procedure = header->procedure.len != DIGEST_BYTES || !view_compact(view, header->compact, effects->arena, &compact)
                                            ? NULL
                                            : view_procedure(view, decode_bytes(header->procedure), effects->arena);
    return procedure != NULL && membership_serves_after_expiry(compact.compact, procedure);
}

const struct procedure *membership_begun_at(struct view *view, struct effects *effects, const struct held_compact *compact, int64_t at)
{
    const struct procedure *procedure = view_procedure(view, decode_bytes(compact->row->procedure), effects->arena);
    if (procedure != NULL && membership_expired(procedure, at)) {
        procedure = procedure_in_force(view, effects, compact->compact->after_expiry);
    }
    return procedure != NULL && !membership_expired(procedure, at) ? procedure : NULL;
}

static const struct procedure *procedure_for_new(struct view *view, struct effects *effects, const struct held_compact *compact,
                                                 Control__Refusal **out_why)
{
    const struct procedure *procedure = membership_begun_at(view, effects, compact, effects->now);
    if (procedure == NULL) {
        *out_why = refuse_make(effects, "procedure", "协作机制“%s”的规程“%s”已失效，新事项不再受理", compact->compact->id, compact->compact->procedure);
    }
    return procedure;
}

const struct procedure *membership_procedure(struct view *view, struct effects *effects, const struct held_compact *compact, struct bytes matter,
                                             Control__Refusal **out_why)
{
    const struct bytes begun = procedure_of_matter(view, effects, compact->row->id, matter);
    if (begun.size == 0) {
        return procedure_for_new(view, effects, compact, out_why);
    }
    const struct procedure *procedure = view_procedure(view, begun, effects->arena);
    if (procedure == NULL) {
        *out_why = refuse_make(effects, "procedure", "本机关没有该事项所依据的规程文本（%s）", membership_name_text(effects, begun));
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

bool membership_may_have(struct view *view, struct effects *effects, const char *agency, const Wire__Header *header, const char *category,
                     const struct compact_share **out_rule)
{
    struct held_compact compact;
    *out_rule = NULL;
    return view_compact(view, header->compact, effects->arena, &compact) &&
           compact_may_have(compact.compact, agency, category, header->handling[0] != '\0', out_rule) == COMPACT_MAY_HAVE;
}
