// SPDX-License-Identifier: Apache-2.0
#include "rules/subscription.h"

#include <string.h>

#include "wire/identity.h"
#include "wire/sharing.pb-c.h"

#include "rules/automatic.h"
#include "rules/membership.h"
#include "rules/parties.h"
#include "rules/ruling.h"
#include "rules/statement.h"

const char *subscription_state_name(enum subscription_state state)
{
    static const char *const names[SUBSCRIPTION_STATES] = {
        [SUBSCRIPTION_ASKED] = "asked",
        [SUBSCRIPTION_ACTIVE] = "active",
        [SUBSCRIPTION_REFUSED] = "refused",
        [SUBSCRIPTION_ENDED] = "ended",
    };
    return names[state];
}

static bool is_kind(const Wire__Header *header, const char *kind)
{
    return strcmp(header->kind, kind) == 0;
}

static bool is_own(const struct view *view, const struct held *held)
{
    return strcmp(held->header->author, view_state(view)->agency) == 0;
}

void subscription_put(struct effects *effects, const Record__SubscriptionSet *row)
{
    Record__SubscriptionSet *copy = effect_take(effects, 1, sizeof(*copy));
    if (copy != NULL) {
        *copy = *row;
        effect_put(effects, RECORD__EFFECT__IS_SUBSCRIPTION, copy, NULL);
    }
}

// ------------------------------------------------------------------------------------------------ requests

static ProtobufCBinaryData read_id(struct effects *effects, const char *text)
{
    uint8_t *id = text[0] == '\0' ? NULL : effect_take(effects, 1, ID_BYTES);
    return id != NULL && identity_parse_id(text, id) ? (ProtobufCBinaryData){ID_BYTES, id} : (ProtobufCBinaryData){0};
}

static void begin_row(struct view *view, struct effects *effects, const struct held *held, const Body__SubscriptionRequest *request, const char *peer)
{
    Record__SubscriptionSet row = RECORD__SUBSCRIPTION_SET__INIT;
    row.peer = (char *)peer;
    row.request = held->position;
    row.ours = is_own(view, held);
    row.state = SUBSCRIPTION_ASKED;
    row.by = held->position;
    row.compact = held->header->compact;
    row.categories = ruling_list_wanted(effects, request->wanted, request->n_wanted, &row.n_categories);
    row.region = request->region;
    row.credit_code = request->credit_code;
    row.matter = read_id(effects, request->matter);
    row.since = request->since;
    row.until = request->until;
    subscription_put(effects, &row);
}

// -------------------------------------------------------------------------------------------------- answers

static Wire__Header *begin_answer(struct view *view, struct effects *effects, const struct held *request, const char *kind)
{
    Wire__Header *header = automatic_begin(view, effects, kind);
    char **to = effect_take(effects, 1, sizeof(*to));
    struct held_compact compact;
    const struct procedure *procedure = view_procedure(view, decode_bytes(request->header->procedure), effects->arena);
    if (header == NULL || to == NULL || procedure == NULL || !view_compact(view, request->header->compact, effects->arena, &compact)) {
        return NULL;
    }
    to[0] = request->header->author;
    header->to = to;
    header->n_to = 1;
    header->matter = request->header->matter;
    header->compact = request->header->compact;
    header->procedure = request->header->procedure;
    header->in_reply_to = statement_reference(effects, request);
    parties_add(view, effects, procedure, compact.compact, header);
    return header;
}

static void put_answer(struct view *view, struct effects *effects, Wire__Header *header, const ProtobufCMessage *body)
{
    uint64_t position = header == NULL ? 0 : automatic_put(view, effects, header, body);
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held != NULL) {
        subscription_follow(view, effects, held);
    }
}

// The rules of the compact say who may have what, and of whom a person is asked first.
static void answer(struct view *view, struct effects *effects, const struct held *held, const Record__SubscriptionSet *row)
{
    struct ruling ruling;
    if (!ruling_make(view, effects, held, &ruling) || ruling.waits) {
        return;
    }
    if (ruling.granted_count == 0) {
        Body__SubscriptionRefusal body = BODY__SUBSCRIPTION_REFUSAL__INIT;
        body.left_out = ruling.left_out;
        body.n_left_out = ruling.left_out_count;
        put_answer(view, effects, begin_answer(view, effects, held, "subscription.refusal"), &body.base);
        return;
    }
    Body__SubscriptionGrant body = BODY__SUBSCRIPTION_GRANT__INIT;
    body.granted = ruling.granted;
    body.n_granted = ruling.granted_count;
    body.left_out = ruling.left_out;
    body.n_left_out = ruling.left_out_count;
    body.until = row->until;
    put_answer(view, effects, begin_answer(view, effects, held, "subscription.grant"), &body.base);
}

static void follow_request(struct view *view, struct effects *effects, const struct held *held)
{
    const Body__SubscriptionRequest *request = (const Body__SubscriptionRequest *)statement_open_body(view, effects, held);
    const char *self = view_state(view)->agency;
    if (request == NULL) {
        return;
    }
    if (is_own(view, held)) {
        for (size_t i = 0; i < held->header->n_to; i++) {
            begin_row(view, effects, held, request, held->header->to[i]);
        }
        return;
    }
    const char *peer = held->header->author;
    if (!membership_names(held->header->to, held->header->n_to, self) || view_subscription(view, peer, held->position, effects->arena) != NULL) {
        return;
    }
    begin_row(view, effects, held, request, peer);
    const Record__SubscriptionSet *row = view_subscription(view, peer, held->position, effects->arena);
    if (row != NULL) {
        answer(view, effects, held, row);
    }
}

// ------------------------------------------------------------------------------------------- what was decided

// Where among our publications a subscription begins; 0: with what comes from now on.
static uint64_t find_beginning(struct view *view, struct effects *effects, const struct held *request, const Record__SubscriptionSet *row)
{
    const Body__SubscriptionRequest *body = (const Body__SubscriptionRequest *)statement_open_body(view, effects, request);
    const ProtobufCBinaryData after = read_id(effects, body == NULL ? "" : body->after);
    if (after.len == 0) {
        return row->since == 0 ? 0 : 1;
    }
    return view_find(view, view_state(view)->agency, decode_bytes(after)) + 1;
}

// What a renewal replaces ends with it.
static void end_earlier(struct view *view, struct effects *effects, const struct held *request, const char *peer, uint64_t by)
{
    const struct held *earlier = statement_target(view, effects, request->header);
    const Record__SubscriptionSet *row =
        earlier == NULL || strcmp(earlier->header->author, request->header->author) != 0 ? NULL : view_subscription(view, peer, earlier->position, effects->arena);
    if (row != NULL && (row->state == SUBSCRIPTION_ACTIVE || row->state == SUBSCRIPTION_ASKED)) {
        Record__SubscriptionSet ended = *row;
        ended.state = SUBSCRIPTION_ENDED;
        ended.by = by;
        subscription_put(effects, &ended);
    }
}

// Nobody is granted what he has not asked for.
static char **list_granted(struct effects *effects, const Body__SubscriptionGrant *grant, const Body__SubscriptionRequest *request, size_t *out_count)
{
    size_t asked_count;
    char **asked = ruling_list_wanted(effects, request->wanted, request->n_wanted, &asked_count);
    char **granted = ruling_list_wanted(effects, grant->granted, grant->n_granted, out_count);
    size_t count = 0;
    for (size_t i = 0; asked != NULL && granted != NULL && i < *out_count; i++) {
        if (membership_names(asked, asked_count, granted[i])) {
            granted[count++] = granted[i];
        }
    }
    *out_count = count;
    return granted;
}

static void follow_grant(struct view *view, struct effects *effects, const struct held *held, const struct held *request, const Record__SubscriptionSet *row)
{
    const Body__SubscriptionGrant *grant = (const Body__SubscriptionGrant *)statement_open_body(view, effects, held);
    const Body__SubscriptionRequest *asked = (const Body__SubscriptionRequest *)statement_open_body(view, effects, request);
    Record__SubscriptionSet granted = *row;
    if (grant == NULL || asked == NULL) {
        return;
    }
    granted.state = SUBSCRIPTION_ACTIVE;
    granted.by = held->position;
    granted.until = ruling_is_longer(grant->until, asked->until) ? asked->until : grant->until;
    granted.categories = list_granted(effects, grant, asked, &granted.n_categories);
    if (!row->ours && row->state != SUBSCRIPTION_ACTIVE) {
        granted.place = find_beginning(view, effects, request, row);
    }
    subscription_put(effects, &granted);
    if (granted.place != 0) {
        effect_release(effects, RELEASE_PUBLISH_ON);
    }
    end_earlier(view, effects, request, row->peer, held->position);
}

static bool is_recall_of(const struct held *held, const struct held *request)
{
    return is_kind(held->header, "recall") && strcmp(held->header->author, request->header->author) == 0;
}

static void settle(struct effects *effects, const struct held *held, const Record__SubscriptionSet *row, enum subscription_state state)
{
    Record__SubscriptionSet settled = *row;
    settled.state = state;
    settled.by = held->position;
    subscription_put(effects, &settled);
}

// A grant or refusal is the publisher's word, an end either's; the recall of the request is as good as an end.
static void follow_word(struct view *view, struct effects *effects, const struct held *held, const struct held *request, const char *peer)
{
    const Record__SubscriptionSet *row = view_subscription(view, peer, request->position, effects->arena);
    const bool publishers = row != NULL && row->ours != is_own(view, held);
    if (row == NULL || row->state == SUBSCRIPTION_ENDED) {
        return;
    }
    if (is_kind(held->header, "subscription.end") || is_recall_of(held, request)) {
        settle(effects, held, row, SUBSCRIPTION_ENDED);
    } else if (publishers && is_kind(held->header, "subscription.grant")) {
        follow_grant(view, effects, held, request, row);
    } else if (publishers && is_kind(held->header, "subscription.refusal") && row->state == SUBSCRIPTION_ASKED) {
        settle(effects, held, row, SUBSCRIPTION_REFUSED);
    }
}

static void follow_reply(struct view *view, struct effects *effects, const struct held *held)
{
    const struct held *request = statement_target(view, effects, held->header);
    if (request == NULL || !is_kind(request->header, "subscription.request")) {
        return;
    }
    if (!is_own(view, held)) {
        follow_word(view, effects, held, request, held->header->author);
        return;
    }
    for (size_t i = 0; i < held->header->n_to; i++) {
        follow_word(view, effects, held, request, held->header->to[i]);
    }
}

void subscription_follow(struct view *view, struct effects *effects, const struct held *held)
{
    if (is_kind(held->header, "subscription.request")) {
        follow_request(view, effects, held);
    } else if (is_kind(held->header, "recall") || ruling_is_word(held->header->kind)) {
        follow_reply(view, effects, held);
    }
}

// What a grant leaves out was not left out of what had been sealed before it, and may come after it.
bool subscription_names(struct view *view, struct effects *effects, const Record__SubscriptionSet *row, const char *category, int64_t sealed_at)
{
    const struct held *by = view_statement(view, row->by, effects->arena);
    if (by == NULL || !is_kind(by->header, "subscription.grant") || sealed_at > by->sealed_at) {
        return (row->until == 0 || sealed_at <= row->until) && membership_names(row->categories, row->n_categories, category);
    }
    const struct held *held = view_statement(view, row->request, effects->arena);
    const Body__SubscriptionRequest *request = held == NULL ? NULL : (const Body__SubscriptionRequest *)statement_open_body(view, effects, held);
    size_t count = 0;
    char **asked = request == NULL ? NULL : ruling_list_wanted(effects, request->wanted, request->n_wanted, &count);
    return asked != NULL && !ruling_is_longer(sealed_at, request->until) && membership_names(asked, count, category);
}

bool subscription_waits(const Record__SubscriptionSet *row)
{
    return !row->ours && row->state == SUBSCRIPTION_ASKED;
}

size_t subscription_count_waiting(struct view *view, struct effects *effects)
{
    Record__SubscriptionSet **rows;
    size_t count = view_subscriptions(view, NULL, effects->arena, &rows);
    size_t waiting = 0;
    for (size_t i = 0; i < count; i++) {
        waiting += subscription_waits(rows[i]);
    }
    return waiting;
}
