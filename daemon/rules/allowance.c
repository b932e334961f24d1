// SPDX-License-Identifier: Apache-2.0
#include "rules/allowance.h"

#include "rules/alarm.h"

// The row holds the instant at which everything spent so far will have come back.
bool allowance_take(struct view *view, struct effects *effects, const char *peer)
{
    int64_t spent_until = view_peer_state(view, peer, effects->arena)->spent_until;
    int64_t from = spent_until > effects->now ? spent_until : effects->now;
    if (from - effects->now > (int64_t)(ALLOWANCE_MOST - 1) * ALLOWANCE_BACK_MS) {
        alarm_raise(view, effects, "noise", peer, "对方送来的无效内容过多，超出限额的部分不再留存");
        effect_release(effects, RELEASE_UNKEPT)->peer = peer;
        return false;
    }
    Record__AllowanceSpent *spent = effect_take(effects, 1, sizeof(*spent));
    if (spent != NULL) {
        record__allowance_spent__init(spent);
        spent->peer = (char *)peer;
        spent->until = from + ALLOWANCE_BACK_MS;
    }
    effect_put(effects, RECORD__EFFECT__IS_ALLOWANCE, spent, NULL);
    return true;
}
