// SPDX-License-Identifier: Apache-2.0
#include "store/ongoing.h"

#include "law/obligation_state.h"

enum { KINDS_BESIDE = 4 };

size_t ongoing_most(const struct duty_rule *rule)
{
    return ONGOING_DEBTORS * rule->met_by_count + rule->ended_by.count + KINDS_BESIDE;
}

static size_t list_debtors(const struct duty_rule *rule, const Wire__Header *opening, unsigned slot, const char *out_debtors[ONGOING_DEBTORS])
{
    size_t count = 0;
    if (rule->debtors != DUTY_EACH_ADDRESSEE) {
        out_debtors[count++] = opening->author;
    }
    if (rule->debtors != DUTY_AUTHOR && slot < opening->n_to) {
        out_debtors[count++] = opening->to[slot];
    }
    return count;
}

// What ends a duty or moves its due time may come from others than its debtors, and whether an act was late can change after it; so can the due time that
// is shown of a duty that was withdrawn.
static size_t list_beside(const struct duty_rule *rule, int64_t met_at, struct ongoing_row *out_rows)
{
    const char *const beside[KINDS_BESIDE] = {rule->extended_by, rule->awaits.kind, rule->suspended_by.kind, rule->suspended_by.until_kind};
    size_t count = 0;
    for (size_t i = 0; i < KINDS_BESIDE; i++) {
        if (beside[i] != NULL) {
            out_rows[count++] = (struct ongoing_row){beside[i], "", INT64_MAX};
        }
    }
    for (size_t i = 0; i < rule->ended_by.count; i++) {
        out_rows[count++] = (struct ongoing_row){rule->ended_by.items[i].kind, "", met_at};
    }
    return count;
}

size_t ongoing_list(const struct duty_rule *rule, const Wire__Header *opening, const Record__DutySet *row, struct ongoing_row *out_rows)
{
    const char *debtors[ONGOING_DEBTORS];
    if (row == NULL) {
        return 0;
    }
    bool met = row->state == OBLIGATION_MET || row->state == OBLIGATION_MET_LATE;
    int64_t met_at = met ? row->met_at : INT64_MAX;
    size_t debtor_count = row->state == OBLIGATION_WITHDRAWN ? 0 : list_debtors(rule, opening, row->slot, debtors);
    size_t count = list_beside(rule, met_at, out_rows);
    for (size_t i = 0; i < rule->met_by_count; i++) {
        for (size_t j = 0; rule->met_by[i].meeting != DUTY_MET_BY_REPLY && j < debtor_count; j++) {
            out_rows[count++] = (struct ongoing_row){rule->met_by[i].kind, debtors[j], met_at};
        }
    }
    return count;
}
