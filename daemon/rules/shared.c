// SPDX-License-Identifier: Apache-2.0
#include "rules/shared.h"

#include <string.h>

#include "wire/sharing.pb-c.h"

#include "rules/operate.h"
#include "rules/query.h"
#include "rules/ruling.h"
#include "rules/sharing.h"
#include "rules/statement.h"
#include "rules/subscription.h"

enum {
    ROWS_MOST = 1000, // in one reply
    PAGE_BYTES = 500 << 10,
};

// ------------------------------------------------------------------------------------------------ subscriptions

static const char *name_state(const struct effects *effects, const Record__SubscriptionSet *row)
{
    const bool expired = row->state == SUBSCRIPTION_ACTIVE && row->until != 0 && row->until < effects->now;
    return expired ? "expired" : row->state < SUBSCRIPTION_STATES ? subscription_state_name((enum subscription_state)row->state) : "";
}

static int64_t held_at(const struct held *held)
{
    return held == NULL ? 0 : held->received_at != 0 ? held->received_at : held->sealed_at;
}

// What an officer has to decide on.
static void describe_choice(struct view *view, struct effects *effects, const struct held *request, Control__SubscriptionView *shown)
{
    struct ruling ruling;
    if (!ruling_make(view, effects, request, &ruling)) {
        return;
    }
    shown->asked_for = ruling.asked;
    shown->n_asked_for = ruling.asked_count;
    shown->left_out = effect_take(effects, ruling.left_out_count, sizeof(*shown->left_out));
    Control__LeftOut *rows = effect_take(effects, ruling.left_out_count, sizeof(*rows));
    for (size_t i = 0; shown->left_out != NULL && rows != NULL && i < ruling.left_out_count; i++) {
        control__left_out__init(&rows[i]);
        rows[i].category = ruling.left_out[i]->category;
        rows[i].reason = ruling.left_out[i]->reason;
        rows[i].statute = ruling.left_out[i]->statute;
        shown->left_out[shown->n_left_out++] = &rows[i];
    }
}

static Control__SubscriptionView *describe(struct view *view, struct effects *effects, const Record__SubscriptionSet *row)
{
    const struct held *request = view_statement(view, row->request, effects->arena);
    Control__SubscriptionView *shown = effect_take(effects, 1, sizeof(*shown));
    if (shown == NULL || request == NULL) {
        return NULL;
    }
    control__subscription_view__init(shown);
    shown->peer = row->peer;
    shown->side = row->ours ? "subscriber" : "publisher";
    shown->state = (char *)name_state(effects, row);
    shown->request = request->header->id;
    shown->short_number = request->header->short_number;
    shown->categories = row->categories;
    shown->n_categories = row->n_categories;
    shown->region = row->region;
    shown->credit_code = row->credit_code;
    shown->matter = row->matter;
    shown->since = row->since;
    shown->until = row->until;
    shown->asked_at = held_at(request);
    shown->changed_at = held_at(view_statement(view, row->by, effects->arena));
    shown->compact = row->compact;
    shown->behind = row->place != 0;
    if (!row->ours && row->state != SUBSCRIPTION_ENDED) {
        describe_choice(view, effects, request, shown);
    }
    struct stream_place place = row->ours ? view_incoming(view, row->peer, STREAM_PUBLISHED, effects->arena)
                                          : view_outgoing(view, row->peer, STREAM_PUBLISHED, effects->arena);
    shown->queued = place.last;
    shown->arrived = row->ours ? place.last : place.settled;
    return shown;
}

static Control__Subscriptions *make_page(struct effects *effects)
{
    Control__Subscriptions *page = effect_take(effects, 1, sizeof(*page));
    if (page != NULL) {
        control__subscriptions__init(page);
        page->subscriptions = effect_take(effects, ROWS_MOST, sizeof(*page->subscriptions));
    }
    return page == NULL || page->subscriptions == NULL ? NULL : page;
}

static void answer_page(const struct event *event, struct effects *effects, Control__Subscriptions *page, bool more)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_SUBSCRIPTIONS);
    if (reply != NULL) {
        reply->subscriptions = page;
        reply->more = more;
    }
}

static bool is_asked_for(const Control__SubscriptionAsk *ask, const Record__SubscriptionSet *row)
{
    const bool is_over = row->state == SUBSCRIPTION_REFUSED || row->state == SUBSCRIPTION_ENDED;
    return ask->waiting_only ? subscription_waits(row) : ask->ended_too || !is_over;
}

void shared_subscriptions(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__SubscriptionAsk *ask = event->request.request->subscriptions;
    Record__SubscriptionSet **rows;
    size_t count = strlen(ask->peer) > LIMIT_AGENCY_BYTES
                       ? 0
                       : view_subscriptions(view, ask->peer[0] == '\0' ? NULL : ask->peer, effects->arena, &rows);
    Control__Subscriptions *page = make_page(effects);
    size_t bytes = 0;
    for (size_t i = 0; page != NULL && i < count; i++) {
        Control__SubscriptionView *shown = is_asked_for(ask, rows[i]) ? describe(view, effects, rows[i]) : NULL;
        if (shown == NULL) {
            continue;
        }
        bytes += control__subscription_view__get_packed_size(shown);
        page->subscriptions[page->n_subscriptions++] = shown;
        if (bytes > PAGE_BYTES || page->n_subscriptions == ROWS_MOST) {
            answer_page(event, effects, page, true);
            page = make_page(effects);
            bytes = 0;
        }
    }
    if (page != NULL) {
        answer_page(event, effects, page, false);
    }
}

// ---------------------------------------------------------------------------------------------------- catalogue

static bool is_wanted(struct view *view, struct effects *effects, const Control__CatalogueAsk *ask, const struct held *held)
{
    const Body__CatalogueEntry *entry = (const Body__CatalogueEntry *)statement_open_body(view, effects, held);
    if (entry == NULL || (ask->category[0] != '\0' && strcmp(ask->category, entry->category) != 0) ||
        (ask->author[0] != '\0' && strcmp(ask->author, held->header->author) != 0)) {
        return false;
    }
    return ask->text[0] == '\0' || strstr(entry->title, ask->text) != NULL || strstr(entry->fields, ask->text) != NULL ||
           strstr(entry->viewers, ask->text) != NULL || strstr(entry->basis, ask->text) != NULL;
}

void shared_catalogue(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__CatalogueAsk *ask = event->request.request->catalogue;
    uint64_t *positions;
    size_t count = view_catalogue(view, effects->arena, &positions);
    Control__Messages *page = query_page(effects, count);
    size_t bytes = 0;
    for (size_t i = 0; page != NULL && i < count; i++) {
        const struct held *held = view_statement(view, positions[i], effects->arena);
        bool stands = held != NULL && sharing_stands(view, effects, held) && is_wanted(view, effects, ask, held);
        Control__Message *message = stands ? query_message(view, effects, positions[i], QUERY_SUMMARY, event->request.role) : NULL;
        if (message == NULL) {
            continue;
        }
        bytes += control__message__get_packed_size(message);
        page->messages[page->n_messages++] = message;
        if (bytes > PAGE_BYTES) {
            query_answer(event, effects, page, true);
            page = query_page(effects, count - i);
            bytes = 0;
        }
    }
    if (page != NULL) {
        query_answer(event, effects, page, false);
    }
}
