// SPDX-License-Identifier: Apache-2.0
#include "lib/slot.h"

#include <stdlib.h>

bool slot_is_full(const struct slot *slot)
{
    return slot->draft_count == SLOT_DRAFTS || slot->entry_count == SLOT_ENTRIES ||
           slot->raw_bytes >= SLOT_RAW_BYTES;
}

void slot_add_draft(struct slot *slot, const struct liaison_import *list, const struct kind *kind,
                    const struct listing_item *item)
{
    slot->drafts[slot->draft_count++] = (struct liaison_draft){
        .kind = kind->name,
        .source_system = list->source_system,
        .source_record = item->record,
        .compact = list->compact,
        .handling = list->handling,
        .officers = list->officers,
        .officer_count = list->officer_count,
        .drill = list->drill,
        .body = item->body.data,
        .body_bytes = item->body.size,
    };
}

struct entry *slot_add_entry(struct slot *slot, const struct listing_item *item)
{
    struct bytes raw = arena_copy_bytes(slot->arena, item->line.raw);
    if (raw.data == NULL) {
        return NULL;
    }
    struct entry *entry = &slot->entries[slot->entry_count++];
    *entry = (struct entry){.number = item->line.number,
                            .last_number = item->line.last_number,
                            .end_offset = item->line.end_offset,
                            .raw = raw,
                            .record = item->record,
                            .draft = slot->draft_count};
    slot->raw_bytes += raw.size;
    return entry;
}

void slot_empty(struct slot *slot)
{
    for (size_t i = 0; i < slot->entry_count; i++) {
        free(slot->entries[i].refusal_json);
    }
    slot->draft_count = slot->entry_count = slot->raw_bytes = 0;
    if (slot->arena != NULL) {
        arena_reset(slot->arena);
    }
}
