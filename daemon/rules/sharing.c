// SPDX-License-Identifier: Apache-2.0
#include "rules/sharing.h"

#include <string.h>

#include "wire/identity.h"
#include "wire/info.pb-c.h"
#include "wire/sharing.pb-c.h"

#include "rules/attach.h"
#include "rules/membership.h"
#include "rules/statement.h"
#include "rules/subscription.h"

enum { PORTION = 256 }; // publications looked at in one call

static const char CATALOGUE_ENTRY[] = "catalogue.entry";
static const char SHARED[] = "info.shared";

bool sharing_is_publication(const Wire__Header *header)
{
    const struct kind *kind = header->n_to > 0 ? NULL : kinds_find(header->kind);
    return kind != NULL && (kind->marks & KIND_PUBLISHABLE) != 0;
}

static bool is_kind(const Wire__Header *header, const char *kind)
{
    return strcmp(header->kind, kind) == 0;
}

// Does it speak of an item that others have had? A correction, the recall.
static bool follows_another(const Wire__Header *header)
{
    return !is_kind(header, SHARED) && !is_kind(header, CATALOGUE_ENTRY);
}

static bool is_own(const struct view *view, const struct held *held)
{
    return strcmp(held->header->author, view_state(view)->agency) == 0;
}

// ------------------------------------------------------------------------------------------------ what goes out

// An item of the stream, with what filters ask about.
struct item {
    const struct held *held;
    const Body__InfoShared *body;
};

static bool names_category(char *const *categories, size_t count, const char *category)
{
    return membership_names(categories, count, category);
}

// A county's code begins with its province's and prefecture's two digits each; zeroes stand for all within.
static bool is_within(const char *region, const char *wider)
{
    size_t digits = strlen(wider);
    while (digits >= 2 && wider[digits - 1] == '0' && wider[digits - 2] == '0') {
        digits -= 2;
    }
    return strncmp(region, wider, digits) == 0;
}

static bool fits_region(struct view *view, struct effects *effects, const struct item *item, const char *wanted)
{
    const char *region = item->body->region[0] != '\0' ? item->body->region : view_region(view, item->held->header->author, effects->arena);
    return wanted[0] == '\0' || is_within(region, wanted);
}

static bool fits(struct view *view, struct effects *effects, const struct item *item, const Record__SubscriptionSet *row)
{
    const Wire__Header *header = item->held->header;
    const char *code = item->body->subject == NULL ? "" : item->body->subject->credit_code;
    return strcmp(row->compact, header->compact) == 0 && (row->until == 0 || item->held->sealed_at <= row->until) &&
           names_category(row->categories, row->n_categories, item->body->category) && item->body->formed_at >= row->since &&
           (row->credit_code[0] == '\0' || strcmp(row->credit_code, code) == 0) &&
           (row->matter.len == 0 || (row->matter.len == header->matter.len && memcmp(row->matter.data, header->matter.data, row->matter.len) == 0)) &&
           fits_region(view, effects, item, row->region);
}

static bool was_queued(struct view *view, uint64_t position, const char *peer)
{
    uint32_t stream;
    uint64_t epoch;
    uint64_t sequence;
    return view_sent(view, position, peer, &stream, &epoch, &sequence);
}

static void queue(struct view *view, struct effects *effects, const char *peer, uint64_t position)
{
    if (!was_queued(view, position, peer)) {
        statement_queue(view, effects, peer, STREAM_PUBLISHED, position);
        attach_offer(view, effects, position, peer);
    }
}

static bool serves(const Record__SubscriptionSet *row)
{
    return !row->ours && row->state == SUBSCRIPTION_ACTIVE;
}

static void offer_item(struct view *view, struct effects *effects, const struct item *item, const Record__SubscriptionSet *row)
{
    const struct compact_share *rule;
    if (fits(view, effects, item, row) && membership_may_have(view, effects, row->peer, item->held->header, item->body->category, &rule)) {
        queue(view, effects, row->peer, item->held->position);
    }
}

static bool open_item(struct view *view, struct effects *effects, const struct held *held, struct item *out_item)
{
    *out_item = (struct item){held, (const Body__InfoShared *)statement_open_body(view, effects, held)};
    return out_item->body != NULL;
}

static void publish_item(struct view *view, struct effects *effects, const struct held *held)
{
    struct item item;
    Record__SubscriptionSet **rows;
    size_t count = view_subscriptions(view, NULL, effects->arena, &rows);
    if (count == 0 || !open_item(view, effects, held, &item)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (serves(rows[i]) && rows[i]->place == 0) { // the others come to it in their order
            offer_item(view, effects, &item, rows[i]);
        }
    }
}

// Whoever had the item has what is said of it.
static void publish_word(struct view *view, struct effects *effects, const struct held *held)
{
    const struct held *target = statement_target(view, effects, held->header);
    const char *const *agencies;
    size_t count = target == NULL ? 0 : view_recipients(view, target->position, effects->arena, &agencies);
    for (size_t i = 0; i < count; i++) {
        queue(view, effects, agencies[i], held->position);
    }
}

static void publish_entry(struct view *view, struct effects *effects, const struct held *held)
{
    struct held_compact compact;
    struct agency agency;
    if (!view_compact(view, held->header->compact, effects->arena, &compact)) {
        return;
    }
    for (size_t i = 0; i < compact.compact->member_count; i++) {
        const char *member = compact.compact->members[i].agency;
        if (strcmp(member, held->header->author) != 0 && view_agency(view, member, effects->arena, &agency)) {
            queue(view, effects, member, held->position);
        }
    }
}

static void publish(struct view *view, struct effects *effects, const struct held *held)
{
    if (is_kind(held->header, CATALOGUE_ENTRY)) {
        publish_entry(view, effects, held);
    } else if (is_kind(held->header, SHARED)) {
        publish_item(view, effects, held);
    } else {
        publish_word(view, effects, held);
    }
}

bool sharing_stands(struct view *view, struct effects *effects, const struct held *entry)
{
    struct reply *replies;
    return !view_has_mark(entry, "recalled") &&
           view_replies(view, entry->position, CATALOGUE_ENTRY, entry->header->author, effects->arena, &replies) == 0;
}

void sharing_introduce(struct view *view, struct effects *effects)
{
    uint64_t *positions;
    size_t count = view_published(view, true, view_state(view)->agency, 0, SIZE_MAX, effects->arena, &positions);
    for (size_t i = 0; i < count && !effects->exhausted; i++) {
        const struct held *entry = view_statement(view, positions[i], effects->arena);
        if (entry != NULL && !entry->header->drill && sharing_stands(view, effects, entry)) {
            publish_entry(view, effects, entry);
        }
    }
}

// --------------------------------------------------------------------------------------------- what went before

// One publication of the past, for one subscription.
static void look_back(struct view *view, struct effects *effects, uint64_t position, const Record__SubscriptionSet *row)
{
    const struct held *held = view_statement(view, position, effects->arena);
    struct item item;
    if (held == NULL || held->header->drill) {
        return;
    }
    if (follows_another(held->header)) {
        const struct held *target = statement_target(view, effects, held->header);
        if (target != NULL && was_queued(view, target->position, row->peer)) {
            queue(view, effects, row->peer, position);
        }
    } else if (serves(row) && !view_has_mark(held, "recalled") && open_item(view, effects, held, &item)) {
        offer_item(view, effects, &item, row);
    }
}

// A subscription that has ended meanwhile offers no more items, and still what was said of those that it offered.
static void look_further(struct view *view, struct effects *effects, const Record__SubscriptionSet *row)
{
    Record__SubscriptionSet moved = *row;
    uint64_t *positions;
    size_t count = view_published(view, false, view_state(view)->agency, row->place, PORTION, effects->arena, &positions);
    for (size_t i = 0; i < count; i++) {
        look_back(view, effects, positions[i], row);
    }
    moved.place = count < PORTION ? 0 : positions[count - 1] + 1;
    subscription_put(effects, &moved);
}

void sharing_go_on(struct view *view, struct effects *effects)
{
    Record__SubscriptionSet **rows;
    size_t count = view_subscriptions(view, NULL, effects->arena, &rows);
    size_t behind = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i]->place != 0 && behind++ == 0) {
            look_further(view, effects, rows[i]);
        }
    }
    if (behind > 0) {
        effect_release(effects, RELEASE_PUBLISH_ON); // once more than needed, which finds nothing
    }
}

void sharing_follow(struct view *view, struct effects *effects, uint64_t position)
{
    const struct held *held = view_statement(view, position, effects->arena);
    if (held == NULL || held->enclosed || held->header->drill) {
        return;
    }
    if (sharing_is_publication(held->header)) {
        if (is_own(view, held)) {
            publish(view, effects, held);
        }
    } else {
        subscription_follow(view, effects, held);
    }
}

// ---------------------------------------------------------------------------------------------------- objections

const char *sharing_objection_to_own(const struct view *view, const struct kind *kind, size_t recipients, const struct held *target)
{
    const bool published = target != NULL && is_own(view, target) && sharing_is_publication(target->header);
    const bool word = strcmp(kind->name, "recall") == 0 || strcmp(kind->name, "correction") == 0;
    if (word && published && recipients > 0) {
        return "发布的信息，其撤回、更正发给收到过的全部机关，不写主送、抄送";
    }
    if (recipients > 0) {
        return NULL;
    }
    if ((kind->marks & KIND_PUBLISHABLE) == 0 || (word && !published)) {
        return "没有主送机关";
    }
    return strcmp(kind->name, CATALOGUE_ENTRY) == 0 && target != NULL && (!published || strcmp(target->header->kind, CATALOGUE_ENTRY) != 0)
               ? "目录条目只能接替本机关自己的目录条目"
               : NULL;
}

// Things on their way when a subscription ended are taken in: the other side had not heard of it yet.
static bool had_ended(struct view *view, struct effects *effects, const Record__SubscriptionSet *row, int64_t sealed_at)
{
    const struct held *end = view_statement(view, row->by, effects->arena);
    if (end == NULL) {
        return true;
    }
    int64_t known_at = is_own(view, end) ? view_arrived_at(view, end->position, row->peer, effects->arena) : end->sealed_at;
    return known_at != 0 && sealed_at > known_at;
}

static bool covers(struct view *view, struct effects *effects, const Record__SubscriptionSet *row, const char *category, int64_t sealed_at)
{
    if (!row->ours || !subscription_names(view, effects, row, category, sealed_at)) {
        return false;
    }
    switch ((enum subscription_state)row->state) {
    case SUBSCRIPTION_ASKED: // the answer goes another stream and may be behind
    case SUBSCRIPTION_ACTIVE:
        return true;
    case SUBSCRIPTION_ENDED:
        return !had_ended(view, effects, row, sealed_at);
    case SUBSCRIPTION_REFUSED:
    case SUBSCRIPTION_STATES:
        break;
    }
    return false;
}

static const char *object_to_item(struct view *view, struct effects *effects, const char *peer, const struct arrived *item, const char **out_detail)
{
    const char *category = item->body == NULL ? NULL : ((const Body__InfoShared *)item->body)->category;
    const char *self = view_state(view)->agency;
    const struct compact_share *rule;
    Record__SubscriptionSet **rows;
    size_t count = view_subscriptions(view, peer, effects->arena, &rows);
    bool covered = false;
    for (size_t i = 0; i < count; i++) {
        covered = covered || (category == NULL ? (bool)rows[i]->ours : covers(view, effects, rows[i], category, item->seal.at));
    }
    if (!covered) {
        *out_detail = "本机关没有订阅这类信息";
        return "subscription";
    }
    if (category != NULL && !membership_may_have(view, effects, self, item->header, category, &rule)) {
        *out_detail = rule == NULL ? "收文机关不是协作机制的成员" : rule->basis;
        return "sharing";
    }
    return NULL;
}

static const char *object_to_word(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    const struct held *target = statement_target(view, effects, item->header);
    if (target == NULL || sharing_is_publication(target->header)) {
        return NULL;
    }
    *out_detail = "所针对的文书不是发布的信息";
    return "addressing";
}

static const char *object_to_request(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    const Body__SubscriptionRequest *request = (const Body__SubscriptionRequest *)item->body;
    uint8_t after[ID_BYTES];
    if (request == NULL || request->after[0] == '\0') {
        return NULL;
    }
    const bool named = identity_parse_id(request->after, after);
    const uint64_t position = named ? view_find(view, view_state(view)->agency, (struct bytes){after, ID_BYTES}) : 0;
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (held != NULL && sharing_is_publication(held->header)) {
        return NULL;
    }
    *out_detail = "没有发布过所指的信息";
    return "not-found";
}

const char *sharing_objection(struct view *view, struct effects *effects, const char *peer, const struct arrived *item, const char **out_detail)
{
    if (!sharing_is_publication(item->header)) {
        return is_kind(item->header, "subscription.request") ? object_to_request(view, effects, item, out_detail) : NULL;
    }
    struct held_compact compact;
    if (view_compact(view, item->header->compact, effects->arena, &compact) &&
        compact_member(compact.compact, view_state(view)->agency) == NULL) {
        *out_detail = "收文机关不是该协作机制的成员";
        return "compact";
    }
    if (is_kind(item->header, CATALOGUE_ENTRY)) {
        return NULL;
    }
    return is_kind(item->header, SHARED) ? object_to_item(view, effects, peer, item, out_detail) : object_to_word(view, effects, item, out_detail);
}
