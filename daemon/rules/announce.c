// SPDX-License-Identifier: Apache-2.0
#include "rules/announce.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "wire/text.h"
#include "law/instant.h"

#include "rules/delivery.h"
#include "rules/due_text.h"
#include "rules/duty.h"
#include "rules/query.h"
#include "rules/sharing.h"
#include "rules/subscription.h"

struct telling {
    struct view *view;
    struct effects *effects;
    const Record__Turn *turn;
    int role;
    Control__Event *event;
};

__attribute__((format(printf, 2, 3))) static void say(struct telling *telling, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    text_clean(text); // what a peer wrote may be cut within a character
    char *copy = arena_copy_text(telling->effects->arena, text);
    telling->event->text = copy == NULL ? "" : copy;
}

static const char *title_of(const char *kind)
{
    const struct kind *found = kinds_find(kind);
    return found == NULL ? kind : found->title_zh;
}

static void attach_message(struct telling *telling, uint64_t position)
{
    telling->event->message = query_message(telling->view, telling->effects, position, QUERY_SUMMARY, (enum client_role)telling->role);
}

static bool tell_statement(struct telling *telling, const Record__StatementHeld *fact)
{
    const struct held *held = view_statement(telling->view, fact->position, telling->effects->arena);
    const struct kind *kind = held == NULL ? NULL : kinds_find(held->header->kind);
    if (kind == NULL || kind->class == KIND_MACHINE) {
        return false;
    }
    telling->event->agency = held->header->author;
    attach_message(telling, held->position);
    if (fact->carrier[0] == '\0') {
        const bool published = sharing_is_publication(held->header);
        telling->event->type = kind->class == KIND_FACT ? "recorded" : published ? "published" : "sent";
        say(telling, "%s：%s（%s）", kind->class == KIND_FACT ? "已登记" : published ? "已发布" : "已签发", kind->title_zh, held->header->short_number);
        return true;
    }
    telling->event->type = fact->enclosed ? "enclosed" : "received";
    say(telling, "%s %s 的%s（%s）%s", fact->enclosed ? "附来" : "收到", held->header->author, kind->title_zh, held->header->short_number,
        held->header->urgent_reason[0] != '\0' ? "【急】" : "");
    return true;
}

// A receipt covers many messages; each is told by the message it is about when there is one, else by their number.
static bool tell_cursor(struct telling *telling, const Record__CursorMoved *moved)
{
    if (moved->received_at == 0) {
        return false; // a refusal, told by the delivery it ends
    }
    telling->event->type = "arrived";
    telling->event->agency = moved->peer;
    uint64_t position = view_outbox(telling->view, moved->peer, moved->stream, moved->epoch, moved->from);
    if (moved->from == moved->to && position != 0) {
        attach_message(telling, position);
        Control__Message *message = telling->event->message;
        say(telling, "已到达：%s（%s）→ %s", message == NULL ? "" : title_of(message->header->kind),
            message == NULL ? "" : message->header->short_number, moved->peer);
    } else {
        say(telling, "已到达：%" PRIu64 " 份 → %s", moved->to - moved->from + 1, moved->peer);
    }
    return true;
}

static bool tell_delivery(struct telling *telling, const Record__DeliverySet *delivery)
{
    static const char *const words[DELIVERY_STATES] = {
        [DELIVERY_QUEUED] = "待发出", [DELIVERY_ARRIVED] = "已到达",  [DELIVERY_ACKNOWLEDGED] = "已签收",
        [DELIVERY_ANSWERED] = "已答复", [DELIVERY_REFUSED] = "被拒收", [DELIVERY_RECALLED] = "已撤回",
    };
    if (delivery->state >= DELIVERY_STATES) {
        return false;
    }
    telling->event->type = (char *)delivery_name((enum delivery_state)delivery->state);
    telling->event->agency = delivery->agency;
    attach_message(telling, delivery->position);
    Control__Message *message = telling->event->message;
    say(telling, "%s：%s（%s），%s%s%s", words[delivery->state], message == NULL ? "" : title_of(message->header->kind),
        message == NULL ? "" : message->header->short_number, delivery->agency, delivery->detail[0] == '\0' ? "" : "，原因：", delivery->detail);
    return true;
}

static const char *word_for(const Record__DutySet *row)
{
    switch ((enum obligation_state)row->state) {
    case OBLIGATION_OPEN:
    case OBLIGATION_EXTENDED:
        return row->light == LIGHT_AMBER ? "due-soon" : row->light == LIGHT_RED ? "due-long" : "owed";
    case OBLIGATION_ONE_SIDED:
        return "one-sided";
    case OBLIGATION_MET:
        return "met";
    case OBLIGATION_MET_LATE:
        return "met-late";
    case OBLIGATION_OVERDUE:
        return "overdue";
    case OBLIGATION_DISPUTED:
        return "disputed";
    case OBLIGATION_WITHDRAWN:
        return "withdrawn";
    case OBLIGATION_UNHEARD:
        return "unheard";
    case OBLIGATION_ENDED:
        return "ended";
    }
    return "owed";
}

static const char *join(struct telling *telling, char *const *agencies, size_t count)
{
    const char *joined = "";
    for (size_t i = 0; i < count; i++) {
        const char *longer = arena_format(telling->effects->arena, "%s%s%s", joined, i == 0 ? "" : "、", agencies[i]);
        joined = longer == NULL ? joined : longer;
    }
    return joined;
}

// As it was then; which year was missing only the duty as it stands can tell.
static const char *describe_due(struct telling *telling, const Record__DutySet *row, const Control__Duty *duty)
{
    char due[sizeof("earliest:") + INSTANT_TEXT_BYTES] = "earliest:";
    bool earliest = row->due_form == CLOCK_EARLIEST;
    if (row->due_at == 0 || (row->due_form != CLOCK_KNOWN && !earliest)) {
        return due_text_describe(telling->effects, duty->due_text);
    }
    instant_format(row->due_at, earliest ? due + strlen(due) : due);
    return due_text_describe(telling->effects, due);
}

static bool is_amended_now(const struct telling *telling, const Record__DutySet *row)
{
    return row->amended != NULL && row->amended->turn == telling->turn->number;
}

static bool tell_duty(struct telling *telling, const Record__DutySet *row)
{
    const Record__DutySet *stands = view_duty(telling->view, row->opening, row->slot, row->duty, telling->effects->arena);
    Control__Duty *duty = stands == NULL ? NULL : duty_show(telling->view, telling->effects, stands);
    if (duty == NULL) {
        return false;
    }
    const char *word = word_for(row);
    bool amended = is_amended_now(telling, row);
    telling->event->type = amended && strcmp(word, "owed") == 0 ? "amended" : (char *)word;
    char *const *agencies = row->n_owing > 0 ? row->owing : duty->debtors;
    size_t count = row->n_owing > 0 ? row->n_owing : duty->n_debtors;
    telling->event->agency = count > 0 ? agencies[0] : "";
    telling->event->duty = duty;
    const char *state = row->state == OBLIGATION_OPEN && row->light == LIGHT_AMBER
                            ? "临期"
                            : obligation_state_title((enum obligation_state)row->state);
    say(telling, "%s：%s，责任机关 %s，期限 %s%s%s", state, duty->title, join(telling, agencies, count), describe_due(telling, row, duty),
        amended ? "，" : "", amended ? due_text_amended(telling->effects, row->amended) : "");
    return true;
}

static bool tell_alarm(struct telling *telling, const Record__Alarm *alarm)
{
    telling->event->type = "alarm";
    telling->event->agency = alarm->agency;
    say(telling, "告警（%s）%s：%s", alarm->code, alarm->agency, alarm->text);
    return true;
}

static bool tell_link(struct telling *telling, const Record__LinkChanged *link)
{
    telling->event->type = link->up ? "link-up" : "link-down";
    telling->event->agency = link->peer;
    say(telling, "%s：%s", link->up ? "已接通" : "已断开", link->peer);
    return true;
}

static bool tell_refused(struct telling *telling, const Record__RefusedHere *refused)
{
    telling->event->type = "refused-here";
    telling->event->agency = refused->peer;
    say(telling, "拒收 %s 的一份文书（%s）", refused->peer, refused->code);
    return true;
}

static bool came_in(const Record__Turn *turn, uint64_t position)
{
    for (size_t i = 0; i < turn->n_effects; i++) {
        if (turn->effects[i]->is_case == RECORD__EFFECT__IS_STATEMENT && turn->effects[i]->statement->position == position) {
            return true;
        }
    }
    return false;
}

// That it has moved on through what was published before it is nobody's news.
static bool tell_subscription(struct telling *telling, const Record__SubscriptionSet *row)
{
    static const char *const words[SUBSCRIPTION_STATES] = {
        [SUBSCRIPTION_ASKED] = "申请订阅",
        [SUBSCRIPTION_ACTIVE] = "订阅生效",
        [SUBSCRIPTION_REFUSED] = "不予订阅",
        [SUBSCRIPTION_ENDED] = "订阅终止",
    };
    if (row->state >= SUBSCRIPTION_STATES || !came_in(telling->turn, row->by)) {
        return false;
    }
    telling->event->type = "subscription";
    telling->event->agency = row->peer;
    attach_message(telling, row->request);
    say(telling, "%s：%s %s", words[row->state], row->ours ? "向" : "来自", row->peer);
    return true;
}

static const char *part_title(const Control__Message *message, unsigned part)
{
    return message == NULL || part >= message->header->n_parts ? "" : message->header->parts[part]->name;
}

// An attachment of ours is whole from the start, and that goes without saying.
static bool tell_whole(struct telling *telling, const Record__PartWhole *whole)
{
    const struct held *held = view_statement(telling->view, whole->position, telling->effects->arena);
    if (held == NULL || held->carrier[0] == '\0') {
        return false;
    }
    telling->event->type = "attachment";
    telling->event->agency = held->header->author;
    attach_message(telling, whole->position);
    const Control__Message *message = telling->event->message;
    say(telling, "附件已到：%s，%s（%s）", part_title(message, whole->part), title_of(held->header->kind), held->header->short_number);
    return true;
}

static bool tell_part_arrived(struct telling *telling, const Record__PartArrived *arrived)
{
    if (arrived->received_at == 0) {
        return false;
    }
    telling->event->type = "attachment-arrived";
    telling->event->agency = arrived->agency;
    attach_message(telling, arrived->position);
    const Control__Message *message = telling->event->message;
    say(telling, "附件已到达：%s（%s）→ %s", part_title(message, arrived->part), message == NULL ? "" : message->header->short_number,
        arrived->agency);
    return true;
}

static bool tell(struct telling *telling, const Record__Effect *fact)
{
    switch (fact->is_case) {
    case RECORD__EFFECT__IS_STATEMENT:
        return tell_statement(telling, fact->statement);
    case RECORD__EFFECT__IS_CURSOR:
        return tell_cursor(telling, fact->cursor);
    case RECORD__EFFECT__IS_DELIVERY:
        return tell_delivery(telling, fact->delivery);
    case RECORD__EFFECT__IS_DUTY:
        return tell_duty(telling, fact->duty);
    case RECORD__EFFECT__IS_ALARM:
        return tell_alarm(telling, fact->alarm);
    case RECORD__EFFECT__IS_LINK:
        return tell_link(telling, fact->link);
    case RECORD__EFFECT__IS_REFUSED:
        return tell_refused(telling, fact->refused);
    case RECORD__EFFECT__IS_SUBSCRIPTION:
        return tell_subscription(telling, fact->subscription);
    case RECORD__EFFECT__IS_WHOLE:
        return tell_whole(telling, fact->whole);
    case RECORD__EFFECT__IS_PART_ARRIVED:
        return tell_part_arrived(telling, fact->part_arrived);
    case RECORD__EFFECT__IS_FILE:
    case RECORD__EFFECT__IS_AWAITED:
    case RECORD__EFFECT__IS_QUEUED:
    case RECORD__EFFECT__IS_STREAM:
    case RECORD__EFFECT__IS_PEER:
    case RECORD__EFFECT__IS_OFFICER:
    case RECORD__EFFECT__IS_REMOVED:
    case RECORD__EFFECT__IS_TEXT:
    case RECORD__EFFECT__IS_COMPACT:
    case RECORD__EFFECT__IS_EPOCH:
    case RECORD__EFFECT__IS_PARTS:
    case RECORD__EFFECT__IS_OFFERED:
    case RECORD__EFFECT__IS_LAW:
    case RECORD__EFFECT__IS_COMPLETED:
    case RECORD__EFFECT__IS_SEEN:
    case RECORD__EFFECT__IS_MARKED:
    case RECORD__EFFECT__IS_CLEARED:
    case RECORD__EFFECT__IS_ALLOWANCE:
    case RECORD__EFFECT__IS__NOT_SET:
    case _RECORD__EFFECT__IS__CASE_IS_INT_SIZE:
        return false;
    }
    return false;
}

Control__Event *announce(struct view *view, struct effects *effects, const Record__Turn *turn, size_t index, int role)
{
    struct telling telling = {view, effects, turn, role, arena_take(effects->arena, sizeof(Control__Event))};
    if (telling.event == NULL) {
        effects->exhausted = true;
        return NULL;
    }
    control__event__init(telling.event);
    telling.event->at = turn->at;
    return tell(&telling, turn->effects[index]) ? telling.event : NULL;
}
