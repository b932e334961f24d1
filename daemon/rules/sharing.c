// SPDX-License-Identifier: Apache-2.0
#include "rules/sharing.h"

#include <string.h>

#include "wire/identity.h"
#include "wire/info.pb-c.h"
#include "wire/sharing.pb-c.h"

#include "rules/attach.h"
#include "rules/automatic.h"
#include "rules/membership.h"
#include "rules/parties.h"
#include "rules/statement.h"

enum { PORTION = 256 }; // publications looked at in one call

static const char CATALOGUE_ENTRY[] = "catalogue.entry";
static const char SHARED[] = "info.shared";

const char *sharing_state_name(enum subscription_state state)
{
    static const char *const names[SUBSCRIPTION_STATES] = {
        [SUBSCRIPTION_ASKED] = "asked",
        [SUBSCRIPTION_ACTIVE] = "active",
        [SUBSCRIPTION_REFUSED] = "refused",
        [SUBSCRIPTION_ENDED] = "ended",
    };
    return names[state];
}

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

static const struct held *find_target(struct view *view, struct effects *effects, const Wire__Header *header)
{
    const Wire__Reference *target = header->in_reply_to;
    uint64_t position = target == NULL ? 0 : view_find(view, target->author, decode_bytes(target->id));
    return position == 0 ? NULL : view_statement(view, position, effects->arena);
}

const ProtobufCMessage *sharing_open(struct view *view, struct effects *effects, const struct held *held)
{
    const struct kind *kind = kinds_find(held->header->kind);
    const uint8_t *salt;
    struct bytes content;
    ProtobufCMessage *body;
    if (kind == NULL || !view_part(view, held->position, 1, effects->arena, &salt, &content)) {
        return NULL;
    }
    switch (decode_message(kind->descriptor, content, &decode_body_rules, effects->arena, NULL, &body)) {
    case DECODE_OK:
        return body;
    case DECODE_NO_MEMORY:
        effects->exhausted = true;
        return NULL;
    case DECODE_MALFORMED:
    case DECODE_LIMIT:
    case DECODE_UNKNOWN_FIELD:
    case DECODE_TEXT:
        break;
    }
    return NULL;
}

// ------------------------------------------------------------------------------------------------ what goes out

static bool is_internal(const Wire__Header *header)
{
    return header->handling[0] != '\0';
}

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

static bool may_have(struct view *view, struct effects *effects, const char *agency, const Wire__Header *header, const char *category,
                     const struct compact_share **out_rule)
{
    struct held_compact compact;
    *out_rule = NULL;
    return view_compact(view, header->compact, effects->arena, &compact) &&
           compact_may_have(compact.compact, agency, category, is_internal(header), out_rule) == COMPACT_MAY_HAVE;
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
    if (fits(view, effects, item, row) && may_have(view, effects, row->peer, item->held->header, item->body->category, &rule)) {
        queue(view, effects, row->peer, item->held->position);
    }
}

static bool open_item(struct view *view, struct effects *effects, const struct held *held, struct item *out_item)
{
    *out_item = (struct item){held, (const Body__InfoShared *)sharing_open(view, effects, held)};
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
    const struct held *target = find_target(view, effects, held->header);
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

static void put_row(struct effects *effects, const Record__SubscriptionSet *row)
{
    Record__SubscriptionSet *copy = effect_take(effects, 1, sizeof(*copy));
    if (copy != NULL) {
        *copy = *row;
        effect_put(effects, RECORD__EFFECT__IS_SUBSCRIPTION, copy, NULL);
    }
}

// One publication of the past, for one subscription.
static void look_back(struct view *view, struct effects *effects, uint64_t position, const Record__SubscriptionSet *row)
{
    const struct held *held = view_statement(view, position, effects->arena);
    struct item item;
    if (held == NULL || held->header->drill) {
        return;
    }
    if (follows_another(held->header)) {
        const struct held *target = find_target(view, effects, held->header);
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
    put_row(effects, &moved);
}

static void ask_to_go_on(struct effects *effects)
{
    effect_release(effects, RELEASE_PUBLISH_ON);
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
        ask_to_go_on(effects); // once more than needed, which finds nothing
    }
}

// ------------------------------------------------------------------------------------------------ subscriptions

static char **list_wanted(struct effects *effects, Body__Wanted *const *wanted, size_t count, size_t *out_count)
{
    char **categories = effect_take(effects, count, sizeof(*categories));
    *out_count = 0;
    for (size_t i = 0; categories != NULL && i < count; i++) {
        if (!names_category(categories, *out_count, wanted[i]->category)) {
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
    put_row(effects, &row);
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
        if (!may_have(view, effects, held->header->author, held->header, row->categories[i], &rule)) {
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
    if (position != 0) {
        sharing_follow(view, effects, position);
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
    const Body__SubscriptionRequest *request = (const Body__SubscriptionRequest *)sharing_open(view, effects, held);
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
    const Body__SubscriptionRequest *body = (const Body__SubscriptionRequest *)sharing_open(view, effects, request);
    const ProtobufCBinaryData after = read_id(effects, body == NULL ? "" : body->after);
    if (after.len == 0) {
        return row->since == 0 ? 0 : 1;
    }
    return view_find(view, view_state(view)->agency, decode_bytes(after)) + 1;
}

// What a renewal replaces ends with it.
static void end_earlier(struct view *view, struct effects *effects, const struct held *request, const char *peer, uint64_t by)
{
    const struct held *earlier = find_target(view, effects, request->header);
    const Record__SubscriptionSet *row =
        earlier == NULL || strcmp(earlier->header->author, request->header->author) != 0 ? NULL : view_subscription(view, peer, earlier->position, effects->arena);
    if (row != NULL && row->state == SUBSCRIPTION_ACTIVE) {
        Record__SubscriptionSet ended = *row;
        ended.state = SUBSCRIPTION_ENDED;
        ended.by = by;
        put_row(effects, &ended);
    }
}

static void follow_grant(struct view *view, struct effects *effects, const struct held *held, const struct held *request, const Record__SubscriptionSet *row)
{
    const Body__SubscriptionGrant *grant = (const Body__SubscriptionGrant *)sharing_open(view, effects, held);
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
    put_row(effects, &granted);
    if (granted.place != 0) {
        ask_to_go_on(effects);
    }
    end_earlier(view, effects, request, row->peer, held->position);
}

static void settle(struct effects *effects, const struct held *held, const Record__SubscriptionSet *row, enum subscription_state state)
{
    Record__SubscriptionSet settled = *row;
    settled.state = state;
    settled.by = held->position;
    put_row(effects, &settled);
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
    const struct held *request = find_target(view, effects, held->header);
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
    } else if (is_kind(held->header, "subscription.request")) {
        follow_request(view, effects, held);
    } else if (strncmp(held->header->kind, "subscription.", strlen("subscription.")) == 0) {
        follow_reply(view, effects, held);
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
    if (!row->ours || (row->until != 0 && sealed_at > row->until) || !names_category(row->categories, row->n_categories, category)) {
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
    if (category != NULL && !may_have(view, effects, self, item->header, category, &rule)) {
        *out_detail = rule == NULL ? "收文机关不是协作机制的成员" : rule->basis;
        return "sharing";
    }
    return NULL;
}

static const char *object_to_word(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    const struct held *target = find_target(view, effects, item->header);
    if (target == NULL || sharing_is_publication(target->header)) {
        return NULL;
    }
    *out_detail = "所针对的文书不是发布的信息";
    return "addressing";
}

static const char *object_to_request(struct view *view, struct effects *effects, const struct arrived *item, const char **out_detail)
{
    const Body__SubscriptionRequest *request = (const Body__SubscriptionRequest *)item->body;
    const ProtobufCBinaryData after = read_id(effects, request == NULL ? "" : request->after);
    uint64_t position = after.len == 0 ? 0 : view_find(view, view_state(view)->agency, decode_bytes(after));
    const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
    if (after.len == 0 || (held != NULL && sharing_is_publication(held->header))) {
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
