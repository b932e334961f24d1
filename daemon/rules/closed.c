// SPDX-License-Identifier: Apache-2.0
#include "rules/closed.h"

#include <string.h>

static bool is(const char *kind, const char *other)
{
    return kind != NULL && strcmp(kind, other) == 0;
}

// Is this all that the kind is there for: to move when duties are due?
static bool only_moves(const struct procedure *procedure, const char *kind)
{
    bool moves = false;
    for (size_t i = 0; i < procedure->duty_count; i++) {
        const struct duty_rule *rule = &procedure->duties[i];
        for (size_t j = 0; j < rule->met_by_count; j++) {
            if (is(rule->met_by[j].kind, kind)) {
                return false;
            }
        }
        for (size_t j = 0; j < rule->opened_by_count; j++) {
            if (is(rule->opened_by[j].kind, kind)) {
                return false;
            }
        }
        moves = moves || is(rule->extended_by, kind) || is(rule->suspended_by.kind, kind);
    }
    return moves;
}

static const char *say(struct effects *effects, const char *text)
{
    effects->exhausted = effects->exhausted || text == NULL;
    return text;
}

static const char *find_all_closed(struct view *view, struct effects *effects, const struct procedure *procedure, const Wire__Header *header)
{
    struct ongoing **ongoing;
    const Record__DutySet *closed = NULL;
    size_t count = view_ongoing(view, decode_bytes(header->matter), header->kind, "", INT64_MAX, effects->arena, &ongoing);
    for (size_t i = 0; i < count; i++) {
        closed = ongoing[i]->duty;
        if (!obligation_state_is_closed((enum obligation_state)closed->state)) {
            return NULL;
        }
    }
    const struct duty_rule *rule = closed == NULL ? NULL : procedure_duty(procedure, closed->duty);
    return rule == NULL ? NULL
                        : say(effects, arena_format(effects->arena, "它能改变期限的“%s”已是“%s”", rule->title,
                                                    obligation_state_title((enum obligation_state)closed->state)));
}

const char *closed_objection(struct view *view, struct effects *effects, const struct procedure *procedure, const Wire__Header *header)
{
    return only_moves(procedure, header->kind) ? find_all_closed(view, effects, procedure, header) : NULL;
}
