// SPDX-License-Identifier: Apache-2.0
#include "rules/decide.h"

#include "rules/accept.h"
#include "rules/automatic.h"
#include "rules/come_due.h"
#include "rules/coverage.h"
#include "rules/file.h"
#include "rules/operate.h"
#include "rules/query.h"
#include "rules/receipt.h"
#include "rules/refuse.h"
#include "rules/report.h"
#include "rules/seek.h"
#include "rules/shared.h"
#include "rules/sharing.h"
#include "rules/submit.h"

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
    case CONTROL__REQUEST__ASK_SEARCH:
        seek_decide(view, event, effects);
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
    case CONTROL__REQUEST__ASK_SUBSCRIPTIONS:
        shared_subscriptions(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_CATALOGUE:
        shared_catalogue(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_EXPORT:
        query_export(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_FILE_ASK:
        file_look(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_FILE_PUT:
        file_put(view, event, effects);
        return;
    case CONTROL__REQUEST__ASK_FILE_GET:
        file_get(view, event, effects);
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
        come_due_tick(view, event, effects);
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
    case EVENT_ASK_CHUNK:
        file_serve(view, event, effects);
        return;
    case EVENT_ASK_WHOLE:
        file_tell_whole(view, event, effects);
        return;
    case EVENT_FILE:
        file_happened(view, event, effects);
        return;
    case EVENT_HEARD_ON:
        come_due_heard(view, effects, event->peer, event->place);
        return;
    case EVENT_PUBLISH_ON:
        sharing_go_on(view, effects);
        return;
    }
}

void decide_end(struct view *view, struct effects *effects)
{
    receipt_seal(view, effects);
}
