// SPDX-License-Identifier: Apache-2.0
#include "rules/come_due.h"

#include "rules/duty.h"

// How much of what has come due one turn judges. A turn costs a flush whatever it holds, so few duties a turn make an hour at which many
// come due several times as long as the processor needs; but who asks in the meantime waits for the turn to end. What is bounded is what
// follows, not the duties: one that is reminded of is several facts. A fact takes 10 to 25 us, so DUE_FACTS are some 20 ms and, with the
// flush, below the 50 ms of base/pace.h. While others are about a turn takes a quarter of it, and so does one that has to ask a debtor
// whether his silence is his own: what he answers decides all that is unheard by then, in one turn again.
// A fact takes up to 7 KiB of the turn's memory, more in a long matter. DUE_BYTES leave half of the least turn_memory to record and seal.
enum { DUE_AT_ONCE = 64, DUE_FACTS = 1024, DUE_FACTS_BESIDE = 256, DUE_BYTES = 8 << 20 };

static bool has_judged_enough(const struct effects *effects, size_t since, bool crowded)
{
    const size_t most = crowded ? DUE_FACTS_BESIDE : DUE_FACTS;
    return effects->fact_count - since >= most || arena_used(effects->arena) >= DUE_BYTES;
}

// In small steps, until nothing moves any more or the turn has had enough.
void come_due_tick(struct view *view, const struct event *event, struct effects *effects)
{
    const size_t since = effects->fact_count;
    size_t before;
    do {
        before = effects->fact_count;
        duty_tick(view, effects, DUE_AT_ONCE);
    } while (effects->fact_count > before && !has_judged_enough(effects, since, event->crowded || effects->first_release != NULL));
}

void come_due_heard(struct view *view, struct effects *effects, const char *peer, uint64_t place)
{
    const size_t since = effects->fact_count;
    do {
        duty_heard(view, effects, peer, DUE_AT_ONCE, &place);
    } while (place != 0 && !has_judged_enough(effects, since, true));
    if (place != 0) {
        struct release *release = effect_release(effects, RELEASE_HEAR_ON);
        release->peer = peer;
        release->position = place;
    }
}
