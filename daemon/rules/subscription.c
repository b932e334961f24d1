// SPDX-License-Identifier: Apache-2.0
#include "rules/subscription.h"

#include <string.h>

#include "wire/identity.h"
#include "wire/sharing.pb-c.h"

#include "rules/automatic.h"
#include "rules/membership.h"
#include "rules/parties.h"
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

static char **list_wanted(struct effects *effects, Body__Wanted *const *wanted, size_t count, size_t *out_count)
{
    char **categories = effect_take(effects, count, sizeof(*categories));
    *out_count = 0;
    for (size_t i = 0; categories != NULL && i < count; i++) {
        if (!membership_names(categories, *out_count, wanted[i]->category)) {
            categories[(*out_count)++] = wanted[i]->category;
        }
    }
    return categories;
}

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
    row.categories = list_wanted(effects, request->wanted, request->n_wanted, &row.n_categories);
    row.region = request->region;
    row.credit_code = request->credit_code;
    row.matter = read_id(effects, request->matter);
    row.since = request->since;
    row.until = request->until;
    subscription_put(effects, &row);
}

static Body__LeftOut *leave_out(struct effects *effects, const char *category, const struct compact_share *rule)
{
    Body__LeftOut *left = effect_take(effects, 1, sizeof(*left));
    if (left != NULL) {
        body__left_out__init(left);
        left->category = (char *)category;
        left->reason = "按共享规则，贵机关在协作机制中的角色不能获取该类信息";
        left->statute = (char *)(rule == NULL ? "" : rule->basis);
    }
    return left;
}

struct ruling {
    Body__Wanted **granted;
    size_t granted_count;
    Body__LeftOut **left_out;
    size_t left_out_count;
};

static void rule_on(struct view *view, struct effects *effects, const struct held *held, const Record__SubscriptionSet *row, struct ruling *out_ruling)
{
    *out_ruling = (struct ruling){
        .granted = effect_take(effects, row->n_categories, sizeof(Body__Wanted *)),
        .left_out = effect_take(effects, row->n_categories, sizeof(Body__LeftOut *)),
    };
    for (size_t i = 0; !effects->exhausted && i < row->n_categories; i++) {
        const struct compact_share *rule;
        Body__Wanted *wanted = effect_take(effects, 1, sizeof(*wanted));
        if (wanted == NULL) {
            return;
        }
        if (!membership_may_have(view, effects, held->header->author, held->header, row->categories[i], &rule)) {
            out_ruling->left_out[out_ruling->left_out_count++] = leave_out(effects, row->categories[i], rule);
            continue;
        }
        body__wanted__init(wanted);
        wanted->category = row->categories[i];
        out_ruling->granted[out_ruling->granted_count++] = wanted;
    }
}

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

// The rules of the compact say who may have what, so no person is asked.
static void answer(struct view *view, struct effects *effects, const struct held *held, const Record__SubscriptionSet *row)
{
    struct ruling ruling;
    rule_on(view, effects, held, row, &ruling);
    if (effects->exhausted) {
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
    if (row != NULL && row->state == SUBSCRIPTION_ACTIVE) {
        Record__SubscriptionSet ended = *row;
        ended.state = SUBSCRIPTION_ENDED;
        ended.by = by;
        subscription_put(effects, &ended);
    }
}

static void follow_grant(struct view *view, struct effects *effects, const struct held *held, const struct held *request, const Record__SubscriptionSet *row)
{
    const Body__SubscriptionGrant *grant = (const Body__SubscriptionGrant *)statement_open_body(view, effects, held);
    Record__SubscriptionSet granted = *row;
    if (grant == NULL || row->state == SUBSCRIPTION_ENDED) {
        return;
    }
    granted.state = SUBSCRIPTION_ACTIVE;
    granted.by = held->position;
    granted.until = grant->until;
    granted.categories = list_wanted(effects, grant->granted, grant->n_granted, &granted.n_categories);
    if (!row->ours && row->state == SUBSCRIPTION_ASKED) {
        granted.place = find_beginning(view, effects, request, row);
    }
    subscription_put(effects, &granted);
    if (granted.place != 0) {
        effect_release(effects, RELEASE_PUBLISH_ON);
    }
    end_earlier(view, effects, request, row->peer, held->position);
}

static void settle(struct effects *effects, const struct held *held, const Record__SubscriptionSet *row, enum subscription_state state)
{
    Record__SubscriptionSet settled = *row;
    settled.state = state;
    settled.by = held->position;
    subscription_put(effects, &settled);
}

// A grant or refusal is the publisher's word, an end either's.
static void follow_word(struct view *view, struct effects *effects, const struct held *held, const struct held *request, const char *peer)
{
    const Record__SubscriptionSet *row = view_subscription(view, peer, request->position, effects->arena);
    const bool publishers = row != NULL && row->ours != is_own(view, held);
    if (row == NULL) {
        return;
    }
    if (is_kind(held->header, "subscription.end")) {
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
    } else if (strncmp(held->header->kind, "subscription.", strlen("subscription.")) == 0) {
        follow_reply(view, effects, held);
    }
}
