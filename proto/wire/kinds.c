// SPDX-License-Identifier: Apache-2.0
#include "wire/kinds.h"

#include <string.h>

#include "wire/kind_table.h"

// In the order in which people are shown them.
static const struct kind_table *const tables[] = {
    &kind_table_lead,
    &kind_table_transfer,
    &kind_table_meeting,
    &kind_table_joint,
    &kind_table_enforcement,
    &kind_table_handover,
    &kind_table_info,
    &kind_table_sharing,
    &kind_table_fact,
    &kind_table_assistance,
    &kind_table_complaint,
    &kind_table_dispute,
    &kind_table_danger,
    &kind_table_crime,
    &kind_table_supervision,
    &kind_table_common,
    &kind_table_machine,
};

size_t kinds_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < KIND_TABLE_COUNT(tables); i++) {
        count += tables[i]->count;
    }
    return count;
}

const struct kind *kinds_at(size_t index)
{
    for (size_t i = 0; i < KIND_TABLE_COUNT(tables); i++) {
        if (index < tables[i]->count) {
            return &tables[i]->kinds[index];
        }
        index -= tables[i]->count;
    }
    return NULL;
}

// The first letter tells most names apart.
const struct kind *kinds_find(const char *name)
{
    for (size_t i = 0; i < KIND_TABLE_COUNT(tables); i++) {
        for (size_t j = 0; j < tables[i]->count; j++) {
            const struct kind *kind = &tables[i]->kinds[j];
            if (kind->name[0] == name[0] && strcmp(kind->name, name) == 0) {
                return kind;
            }
        }
    }
    return NULL;
}
