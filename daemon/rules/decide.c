// SPDX-License-Identifier: Apache-2.0
#include "rules/decide.h"

#include "rules/accept.h"
#include "rules/automatic.h"
#include "rules/coverage.h"
#include "rules/duty.h"
#include "rules/operate.h"
#include "rules/query.h"
#include "rules/receipt.h"
#include "rules/refuse.h"
#include "rules/report.h"
#include "rules/submit.h"

// How much of what has come due one turn judges. A turn costs a flush whatever it holds, so few duties a turn make an hour at which many
// come due several times as long as the processor needs; but who asks in the meantime waits for the turn to end. What is bounded is what
// follows, not the duties: one that is reminded of is several facts. A fact takes 10 to 25 us, so DUE_FACTS are some 20 ms and, with the
// flush, below the 50 ms of base/pace.h. While others are about a turn takes a quarter of it, and so does one that has to ask a debtor
// whether his silence is his own: what he answers decides all that is unheard by then, in one turn again.
// A fact takes up to 7 KiB of the turn's memory, more in a long matter. DUE_BYTES leave half of the least turn_memory to record and seal.
enum { DUE_AT_ONCE = 64, DUE_FACTS = 1024, DUE_FACTS_BESIDE = 256, DUE_BYTES = 8 << 20 };

static void decide_request(struct view *view, const struct event *event, struct effects *effects)
{
    if (event->request.role == ROLE_NONE) {
        operate_refuse(event, effects, refuse_make(effects, "role", "这把客户端钥匙已被撤销或更换"));
        return;
    }
    if (!event->request.allowed) {
        operate_refuse(event, effects, refuse_make(effects, "role", "“%s”的角色不能这样做", event->request.client));
        return;
    }
    switch (event->request.request->ask_case) {
    case CONTROL__REQUEST__ASK_GREET:
        report_greet(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_SUBMIT:
        submit_decide(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_FIND:
        query_find(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_LIST:
        query_list(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_MATTER:
        query_matter(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_DUE:
        query_due(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_WATCH:
        query_watch(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_STATUS:
        report_status(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_PEER_ADD:
        operate_add_peer(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_PEER_LIST:
        report_peers(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_PEER_CHANGE:
        operate_change_peer(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_OFFICER_ADD:
        operate_add_officer(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_OFFICER_REMOVE:
        operate_remove_officer(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_OFFICER_LIST:
        report_officers(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_COMPACT:
        report_compacts(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_PROCEDURE:
        report_procedures(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_TEST_CLOCK:
        operate_move_clock(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_ALARM_CLEAR:
        operate_clear_alarm(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_CLOCK_ACCEPT:
        operate_accept_clock(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_EXPORT:
        query_export(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK__NOT_SET:
    case _CONTROL__REQUEST__ASK__CASE_IS_INT_SIZE:
        break;
    }
    operate_refuse(event, effects, refuse_make(effects, "malformed", "请求没有内容"));
}

static void enter_years(struct view *view, const struct event *event, struct effects *effects)
{
    if (event->clock_trusted && !event->disk_full) {
        automatic_years(view, effects);
    }
}

static void look_ahead(struct view *view, const struct event *event, struct effects *effects)
{
    if (event->clock_trusted) {
        coverage_consider(view, effects);
    }
    effect_release(effects, RELEASE_LOOK_AHEAD)->at = event->clock_trusted ? coverage_next(effects->now) : effects->now;
}

static bool has_judged_enough(const struct event *event, const struct effects *effects, size_t judged)
{
    bool alone = !event->crowded && effects->first_release == NULL;
    return judged >= (alone ? DUE_FACTS : DUE_FACTS_BESIDE) || arena_used(effects->arena) >= DUE_BYTES;
}

// In small steps, until nothing moves any more or the turn has had enough: what is left comes with the next turn, at once.
static void decide_due(struct view *view, const struct event *event, struct effects *effects)
{
    size_t others = effects->fact_count;
    size_t before;
    do {
        before = effects->fact_count;
        duty_tick(view, effects, DUE_AT_ONCE);
    } while (effects->fact_count > before && !has_judged_enough(event, effects, effects->fact_count - others));
}

void decide(struct view *view, const struct event *event, struct effects *effects)
{
    switch (event->form) {
    case EVENT_START:
        operate_start(view, event, effects);
        look_ahead(view, event, effects);
        enter_years(view, event, effects);
        return;
    case EVENT_REQUEST:
        decide_request(view, event, effects);
        return;
    case EVENT_STATEMENTS:
        accept_decide(view, event, effects);
        return;
    case EVENT_HELLO:
        operate_hello(view, event, effects);
        return;
    case EVENT_LINK_DOWN:
        operate_link_down(view, event, effects);
        return;
    case EVENT_ASK_OFFERED:
        receipt_offer(view, effects, event);
        return;
    case EVENT_RESUME:
        operate_resume(view, effects);
        return;
    case EVENT_TICK:
        decide_due(view, event, effects);
        enter_years(view, event, effects);
        return;
    case EVENT_LOOK_AHEAD:
        look_ahead(view, event, effects);
        return;
    case EVENT_DOOR:
        operate_door(view, event, effects);
        return;
    case EVENT_RELOAD:
        operate_reload(view, event, effects);
        look_ahead(view, event, effects);
        enter_years(view, event, effects);
        return;
    case EVENT_JUDGE_ON:
        operate_judge_on(view, event, effects);
        return;
    }
}

void decide_end(struct view *view, struct effects *effects)
{
    receipt_seal(view, effects);
}
