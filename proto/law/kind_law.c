// SPDX-License-Identifier: Apache-2.0
#include "law/kind_law.h"

#include "wire/kinds.h"

#include "law/procedure.h"

#include <stdlib.h>
#include <string.h>

static bool may_apply(const struct requirement *requirement, const char *kind)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, kind) == 0) {
            return true;
        }
    }
    return false;
}

static bool draw_duties(struct arena *arena, const struct procedure *procedure,
                        struct kind_law *law)
{
    size_t count = 0;

    for (size_t i = 0; i < procedure->duty_count; i++) {
        count += duty_rule_opens_by(&procedure->duties[i], law->kind);
        law->asks_parties = law->asks_parties ||
                              duty_rule_asks_parties(&procedure->duties[i], law->kind);
    }
    law->opens = arena_take_array(arena, count + 1, sizeof(*law->opens));
    for (size_t i = 0; law->opens != NULL && i < procedure->duty_count; i++) {
        if (duty_rule_opens_by(&procedure->duties[i], law->kind)) {
            law->opens[law->open_count++] = &procedure->duties[i];
        }
    }
    return law->opens != NULL;
}

static bool draw_requirements(struct arena *arena, const struct procedure *procedure,
                              struct kind_law *law)
{
    size_t count = 0;

    for (size_t i = 0; i < procedure->requirement_count; i++) {
        count += may_apply(&procedure->requirements[i], law->kind);
        law->asks_parties = law->asks_parties ||
                              requirement_asks_parties(&procedure->requirements[i], law->kind);
    }
    law->requires = arena_take_array(arena, count + 1, sizeof(*law->requires));
    for (size_t i = 0; law->requires != NULL && i < procedure->requirement_count; i++) {
        if (may_apply(&procedure->requirements[i], law->kind)) {
            law->requires[law->require_count++] = &procedure->requirements[i];
        }
    }
    return law->requires != NULL;
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct kind_law *)left)->kind, ((const struct kind_law *)right)->kind);
}

bool kind_law_draw(struct arena *arena, struct procedure *procedure)
{
    const size_t count = kinds_count();
    struct kind_law *rows = arena_take_array(arena, count, sizeof(*rows));

    for (size_t i = 0; rows != NULL && i < count; i++) {
        rows[i].kind = kinds_at(i)->name;
        if (!draw_duties(arena, procedure, &rows[i]) ||
            !draw_requirements(arena, procedure, &rows[i])) {
            return false;
        }
    }
    if (rows == NULL) {
        return false;
    }
    qsort(rows, count, sizeof(*rows), compare);
    procedure->kinds = rows;
    procedure->kind_count = count;
    return true;
}

const struct kind_law *kind_law_find(const struct procedure *procedure, const char *kind)
{
    static const struct kind_law none;
    const struct kind_law wanted = {.kind = kind};
    const struct kind_law *found =
        bsearch(&wanted, procedure->kinds, procedure->kind_count, sizeof(wanted), compare);

    return found == NULL ? &none : found;
}
