// SPDX-License-Identifier: Apache-2.0
#include "rules/acknowledge.h"

#include <string.h>

#include "rules/attach.h"
#include "rules/automatic.h"
#include "rules/delivery.h"
#include "rules/duty.h"
#include "rules/membership.h"

const char *acknowledge_objection(const struct kind *kind, const char *author, const struct held *target)
{
    if (strcmp(kind->name, "deletion.confirmed") == 0) {
        bool others = strcmp(target->header->kind, "recall") == 0 && strcmp(target->header->author, author) != 0;
        return others ? NULL : "只能对其他机关的撤回确认删除";
    }
    if ((kind->marks & KIND_ACT) == 0) {
        return NULL;
    }
    if (strcmp(kind->name, "recall") == 0) {
        if (strcmp(target->header->author, author) != 0) {
            return "只能撤回本机关自己发出的文书";
        }
        return strcmp(target->header->kind, "recall") == 0 ? "撤回不能再撤回" : NULL;
    }
    if (strcmp(target->header->author, author) == 0) {
        return "不能签收或确认本机关自己的文书";
    }
    if (!membership_names(target->header->to, target->header->n_to, author) && !membership_names(target->header->copy, target->header->n_copy, author)) {
        return "该文书不是发给本机关的";
    }
    return NULL;
}

static void mark(struct effects *effects, const struct held *held, const char *word, uint64_t by)
{
    if (view_has_mark(held, word)) {
        return;
    }
    Record__MessageMarked *marked = arena_take(effects->arena, sizeof(*marked));
    if (marked != NULL) {
        record__message_marked__init(marked);
        marked->position = held->position;
        marked->mark = (char *)word;
        marked->by = by;
    }
    effect_put(effects, RECORD__EFFECT__IS_MARKED, marked, NULL);
}

static void recall(struct view *view, struct effects *effects, const struct held *act, const struct held *target)
{
    bool is_first = !view_has_mark(target, "recalled");
    attach_stop(view, effects, target);
    mark(effects, target, "recalled", act->position);
    if (is_first) {
        automatic_pass_recall(view, effects, act, target);
    }
    struct delivery_step step = {target->position, NULL, DELIVERY_RECALL, effects->now, act->position, NULL, NULL};
    for (size_t i = 0; i < target->header->n_to + target->header->n_copy; i++) {
        step.agency = i < target->header->n_to ? target->header->to[i] : target->header->copy[i - target->header->n_to];
        delivery_move(view, effects, &step);
    }
    const char *const *readers;
    size_t count = target->header->n_to > 0 ? 0 : view_recipients(view, target->position, effects->arena, &readers);
    for (size_t i = 0; i < count; i++) {
        step.agency = readers[i];
        delivery_move(view, effects, &step);
    }
}

// Our officer has seen to it that nothing is left of what was taken back: its parts go, and header, digests, receipt and recall stay.
static void erase(struct view *view, struct effects *effects, const struct held *confirmed, const struct held *recall)
{
    const Wire__Reference *recalled = recall->header->in_reply_to;
    uint64_t position = recalled == NULL || confirmed->carrier[0] != '\0' ? 0 : view_find(view, recalled->author, decode_bytes(recalled->id));
    Record__PartsErased *erased = position == 0 ? NULL : effect_take(effects, 1, sizeof(*erased));
    if (erased != NULL) {
        record__parts_erased__init(erased);
        erased->position = position;
        erased->because = recall->position;
        size_t count;
        const struct file_name *files = attach_files(view, effects, position, &count);
        effect_put(effects, RECORD__EFFECT__IS_PARTS, erased, NULL);
        attach_drop(view, effects, files, count);
    }
}

static void apply_act(struct view *view, struct effects *effects, const struct held *act, const struct held *target)
{
    const struct kind *kind = kinds_find(act->header->kind);
    if (kind == NULL || acknowledge_objection(kind, act->header->author, target) != NULL) {
        return;
    }
    if (strcmp(act->header->kind, "deletion.confirmed") == 0) {
        erase(view, effects, act, target);
    } else if (strcmp(act->header->kind, "recall") == 0) {
        recall(view, effects, act, target);
    } else if (strcmp(act->header->kind, "acknowledgement") == 0) {
        int64_t at = act->received_at != 0 ? act->received_at : act->sealed_at;
        const struct delivery_step step = {target->position, act->header->author, DELIVERY_ACKNOWLEDGE, at, act->position, NULL, NULL};
        delivery_move(view, effects, &step);
    }
}

void acknowledge_follow(struct view *view, struct effects *effects, uint64_t position)
{
    struct arena *arena = effects->arena;
    const struct held *held = view_statement(view, position, arena);
    if (held == NULL) {
        return;
    }
    const Wire__Reference *reply_to = held->header->in_reply_to;
    uint64_t target = reply_to == NULL ? 0 : view_find(view, reply_to->author, decode_bytes(reply_to->id));
    if (target != 0) {
        const struct held *above = view_statement(view, target, arena);
        if (above != NULL) {
            apply_act(view, effects, held, above);
        }
    }
    struct reply *replies; // that came before what they reply to
    size_t count = view_replies(view, position, NULL, NULL, arena, &replies);
    for (size_t i = 0; i < count; i++) {
        const struct held *reply = view_statement(view, replies[i].position, arena);
        if (reply != NULL) {
            apply_act(view, effects, reply, held);
        }
    }
    duty_consider(view, effects, position);
}
