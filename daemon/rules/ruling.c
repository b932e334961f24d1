// SPDX-License-Identifier: Apache-2.0
#include "rules/ruling.h"

#include <string.h>

#include "rules/membership.h"
#include "rules/statement.h"
#include "rules/subscription.h"

bool ruling_is_word(const char *kind)
{
    return strncmp(kind, "subscription.", strlen("subscription.")) == 0 && strcmp(kind, "subscription.request") != 0;
}

bool ruling_is_longer(int64_t until, int64_t asked)
{
    return asked != 0 && (until == 0 || until > asked);
}

char **ruling_list_wanted(struct effects *effects, Body__Wanted *const *wanted, size_t count, size_t *out_count)
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

// -------------------------------------------------------------------------------------------------- by rule

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

static bool officer_decides(struct view *view, struct effects *effects, const struct held *request, const char *category)
{
    struct held_compact compact;
    return view_compact(view, request->header->compact, effects->arena, &compact) &&
           compact_officer_decides(compact.compact, request->header->author, category);
}

static void rule_on(struct view *view, struct effects *effects, const struct held *request, char **categories, size_t count, struct ruling *out_ruling)
{
    *out_ruling = (struct ruling){
        .asked = categories,
        .asked_count = count,
        .granted = effect_take(effects, count, sizeof(Body__Wanted *)),
        .left_out = effect_take(effects, count, sizeof(Body__LeftOut *)),
    };
    for (size_t i = 0; !effects->exhausted && i < count; i++) {
        const struct compact_share *rule;
        Body__Wanted *wanted = effect_take(effects, 1, sizeof(*wanted));
        if (wanted == NULL) {
            return;
        }
        if (!membership_may_have(view, effects, request->header->author, request->header, categories[i], &rule)) {
            out_ruling->left_out[out_ruling->left_out_count++] = leave_out(effects, categories[i], rule);
            continue;
        }
        body__wanted__init(wanted);
        wanted->category = categories[i];
        out_ruling->granted[out_ruling->granted_count++] = wanted;
        out_ruling->waits = out_ruling->waits || officer_decides(view, effects, request, categories[i]);
    }
}

bool ruling_make(struct view *view, struct effects *effects, const struct held *request, struct ruling *out_ruling)
{
    const Body__SubscriptionRequest *body = (const Body__SubscriptionRequest *)statement_open_body(view, effects, request);
    size_t count;
    char **asked = body == NULL ? NULL : ruling_list_wanted(effects, body->wanted, body->n_wanted, &count);
    if (asked == NULL) {
        return false;
    }
    rule_on(view, effects, request, asked, count, out_ruling);
    return !effects->exhausted;
}

// ----------------------------------------------------------------------------------------------- by officer

static size_t count_granted(const Body__SubscriptionGrant *grant, const char *category)
{
    size_t times = 0;
    for (size_t i = 0; i < grant->n_granted; i++) {
        times += strcmp(grant->granted[i]->category, category) == 0;
    }
    return times;
}

static size_t count_left_out(Body__LeftOut *const *left_out, size_t count, const char *category)
{
    size_t times = 0;
    for (size_t i = 0; i < count; i++) {
        times += strcmp(left_out[i]->category, category) == 0;
    }
    return times;
}

static const char *name_category(struct effects *effects, const char *text, const char *category)
{
    const char *named = arena_format(effects->arena, "%s%s", text, category);
    return named == NULL ? text : named;
}

// Each category that was asked for is decided on, once, and no other.
static const char *object_to_split(struct view *view, struct effects *effects, const struct held *request, const Body__SubscriptionGrant *grant,
                                   const char **out_code)
{
    struct ruling ruling;
    size_t granted = 0;
    size_t left_out = 0;
    if (!ruling_make(view, effects, request, &ruling)) {
        *out_code = "state";
        return "订阅申请的正文不在本机关";
    }
    for (size_t i = 0; i < ruling.asked_count; i++) {
        const char *asked = ruling.asked[i];
        const size_t given = count_granted(grant, asked);
        const size_t kept = count_left_out(grant->left_out, grant->n_left_out, asked);
        if (given + kept != 1) {
            return name_category(effects, "申请的这类信息须写明提供，或者写明不提供的理由和依据，只写一次：", asked);
        }
        if (given > 0 && count_left_out(ruling.left_out, ruling.left_out_count, asked) > 0) {
            *out_code = "sharing";
            return name_category(effects, "按共享规则，申请机关不能获取这类信息：", asked);
        }
        granted += given;
        left_out += kept;
    }
    return granted == grant->n_granted && left_out == grant->n_left_out ? NULL : "所列信息类别不在申请之内";
}

static const char *object_to_grant(struct view *view, struct effects *effects, const struct held *request, const Body__SubscriptionGrant *grant,
                                   const char **out_code)
{
    const Body__SubscriptionRequest *asked = (const Body__SubscriptionRequest *)statement_open_body(view, effects, request);
    if (asked != NULL && ruling_is_longer(grant->until, asked->until)) {
        return "提供的期限不能长于申请的期限";
    }
    return grant->until != 0 && grant->until <= effects->now ? "提供的期限已过" : object_to_split(view, effects, request, grant, out_code);
}

static const char *object_to_refusal(struct view *view, struct effects *effects, const struct held *request, const Record__SubscriptionSet *row,
                                     const Body__SubscriptionRefusal *refusal, const char **out_code)
{
    Body__SubscriptionGrant none = BODY__SUBSCRIPTION_GRANT__INIT;
    none.left_out = refusal->left_out;
    none.n_left_out = refusal->n_left_out;
    if (row->state == SUBSCRIPTION_ASKED) {
        return object_to_split(view, effects, request, &none, out_code);
    }
    *out_code = "state";
    return row->state == SUBSCRIPTION_ACTIVE ? "该订阅已经生效，应当终止订阅" : "已经告知不予订阅";
}

static const char *object_to_decision(struct view *view, struct effects *effects, const Control__Draft *draft, const ProtobufCMessage *body,
                                      const struct held *request, const char **out_code)
{
    const Record__SubscriptionSet *row = view_subscription(view, request->header->author, request->position, effects->arena);
    if (row == NULL || row->ours || draft->n_to != 1 || strcmp(draft->to[0], request->header->author) != 0) {
        *out_code = "reply";
        return "只有被申请机关可以答复，答复只发给申请机关";
    }
    if (draft->n_officers == 0) {
        *out_code = "officer";
        return "是否提供须由具名人员决定";
    }
    if (row->state == SUBSCRIPTION_ENDED) {
        *out_code = "state";
        return "该订阅已经终止";
    }
    return strcmp(draft->kind, "subscription.grant") == 0
               ? object_to_grant(view, effects, request, (const Body__SubscriptionGrant *)body, out_code)
               : object_to_refusal(view, effects, request, row, (const Body__SubscriptionRefusal *)body, out_code);
}

const char *ruling_objection(struct view *view, struct effects *effects, const Control__Draft *draft, const ProtobufCMessage *body,
                                          const struct held *target, const char **out_code)
{
    if (!ruling_is_word(draft->kind)) {
        return NULL;
    }
    if (strcmp(target->header->kind, "subscription.request") != 0) {
        *out_code = "reply";
        return "所针对的文书不是订阅申请";
    }
    *out_code = "value";
    return draft->drill || strcmp(draft->kind, "subscription.end") == 0 ? NULL : object_to_decision(view, effects, draft, body, target, out_code);
}
