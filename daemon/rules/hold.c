// SPDX-License-Identifier: Apache-2.0
#include "rules/hold.h"

#include <string.h>

#include "rules/alarm.h"
#include "rules/attach.h"
#include "rules/membership.h"

// The newest seal seen of an agency is what our hello names; a seal that contradicts it is evidence of a fork.
static void note_seal(struct view *view, struct effects *effects, const struct arrived *item)
{
    const struct seal *seal = &item->seal;
    const Record__SeenMoved *seen = view_peer_state(view, seal->agency, effects->arena)->seen;
    if (seen != NULL && seen->epoch == seal->epoch && seen->turn == seal->turn) {
        if (memcmp(seen->root.data, seal->root.bytes, DIGEST_BYTES) != 0) {
            alarm_raise(view, effects, "fork", item->header->author, "同一轮次出现两个不同的签名根：对方的日志分叉");
        }
        return;
    }
    if (seen != NULL && (seal->epoch < seen->epoch || (seal->epoch == seen->epoch && seal->turn < seen->turn))) {
        return;
    }
    if (seen != NULL && seal->at < seen->at) {
        alarm_raise(view, effects, "clock-back", item->header->author, "对方的签名时间倒退");
    }
    Record__SeenMoved *moved = arena_take(effects->arena, sizeof(*moved));
    uint8_t *root = arena_copy(effects->arena, seal->root.bytes, DIGEST_BYTES);
    if (moved != NULL && root != NULL) {
        record__seen_moved__init(moved);
        moved->peer = item->header->author;
        moved->epoch = seal->epoch;
        moved->turn = seal->turn;
        moved->at = seal->at;
        moved->root = (ProtobufCBinaryData){DIGEST_BYTES, root};
    }
    effect_put(effects, RECORD__EFFECT__IS_SEEN, root == NULL ? NULL : moved, NULL);
}

enum { MARKS_MOST = 4 };

static void add_mark(Record__StatementHeld *held, const char *mark)
{
    held->marks[held->n_marks++] = (char *)mark;
}

static void fill_marks(struct view *view, struct effects *effects, const struct arrived *item, int64_t skew_ms, Record__StatementHeld *held)
{
    held->marks = arena_take_array(effects->arena, MARKS_MOST, sizeof(char *));
    if (held->marks == NULL) {
        effects->exhausted = true;
        return;
    }
    bool off = skew_ms > LIMIT_CLOCK_SKEW_MS || skew_ms < -LIMIT_CLOCK_SKEW_MS || item->seal.at > effects->now + LIMIT_CLOCK_SKEW_MS;
    if (off) {
        add_mark(held, "clock-skew");
        alarm_raise(view, effects, "clock-skew", item->header->author, "对方时钟与本机关相差超过 60 秒");
    }
    if (item->header->drill) {
        add_mark(held, "drill");
    }
    if (item->role != FRAME_ENCLOSURE && membership_names(item->header->copy, item->header->n_copy, view_state(view)->agency)) {
        add_mark(held, "copy");
    }
    if (membership_is_after_expiry(view, effects, item->header)) {
        add_mark(held, "after-expiry");
    }
}

uint64_t hold_statement(struct view *view, struct effects *effects, const char *carrier, const struct arrived *item, int64_t skew_ms)
{
    Record__StatementHeld *held = arena_take(effects->arena, sizeof(*held));
    struct material *material = arena_take(effects->arena, sizeof(*material));
    uint8_t *leaf = arena_copy(effects->arena, item->leaf.bytes, DIGEST_BYTES);
    if (held == NULL || material == NULL || leaf == NULL) {
        effects->exhausted = true;
        return 0;
    }
    record__statement_held__init(held);
    held->position = view_state(view)->next_position;
    held->leaf = (ProtobufCBinaryData){DIGEST_BYTES, leaf};
    held->carrier = (char *)carrier;
    held->sealed_at = item->seal.at;
    held->received_at = effects->now;
    held->epoch = item->seal.epoch;
    held->turn = item->seal.turn;
    held->enclosed = item->role == FRAME_ENCLOSURE;
    fill_marks(view, effects, item, skew_ms, held);
    material->header = item->header;
    material->seal = item->seal_bytes;
    material->proof = item->proof;
    material->part_count = item->envelope.part_count;
    memcpy(material->parts, item->envelope.parts, item->envelope.part_count * sizeof(material->parts[0]));
    effect_put(effects, RECORD__EFFECT__IS_STATEMENT, held, material);
    note_seal(view, effects, item);
    attach_await(view, effects, carrier, held->position, item);
    return held->position;
}
