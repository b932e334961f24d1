// SPDX-License-Identifier: Apache-2.0
#include "rules/query.h"

#include <string.h>

#include "wire/identity.h"

#include "rules/attach.h"
#include "rules/delivery.h"
#include "rules/duty.h"
#include "rules/membership.h"
#include "rules/operate.h"
#include "rules/refuse.h"
#include "rules/sharing.h"

enum {
    LIST_DEFAULT = 100,
    LIST_MOST = 500,
    LIST_SCAN = 100000,    // statements looked at for one page
    REPLY_BYTES = 900 << 10, // a reply is one frame
    PAGE_BYTES = 500 << 10,  // a page is closed after this, so that one more item always fits
    DUE_MOST = 2000,
};

// --------------------------------------------------------------------------------------------------- messages

static Control__Delivery *make_delivery(struct view *view, struct effects *effects, uint64_t position, const char *agency, bool copy)
{
    Control__Delivery *delivery = effect_take(effects, 1, sizeof(*delivery));
    if (delivery == NULL) {
        return NULL;
    }
    control__delivery__init(delivery);
    delivery->agency = (char *)agency;
    delivery->copy = copy;
    delivery->state = (char *)delivery_name(delivery_now(view, position, agency, effects->arena));
    delivery->arrived_at = view_arrived_at(view, position, agency, effects->arena);
    Record__DeliverySet *row = view_delivery(view, position, agency, effects->arena);
    if (row == NULL) {
        return delivery;
    }
    delivery->refusal_code = row->code;
    delivery->refusal_text = row->detail;
    struct reply *replies;
    size_t count = view_replies(view, position, "acknowledgement", agency, effects->arena, &replies);
    const struct held *reply = count == 0 ? NULL : view_statement(view, replies[0].position, effects->arena);
    if (reply != NULL) {
        const Wire__Header *header = reply->header;
        delivery->acknowledged_at = reply->received_at != 0 ? reply->received_at : reply->sealed_at;
        delivery->acknowledged_by = header->n_officers > 0 ? header->officers[0]->name : "";
    }
    return delivery;
}

// Those who had a publication.
static void add_readers(struct view *view, struct effects *effects, const struct held *held, Control__Message *message)
{
    const char *const *readers;
    size_t count = view_recipients(view, held->position, effects->arena, &readers);
    message->deliveries = effect_take(effects, count, sizeof(*message->deliveries));
    for (size_t i = 0; message->deliveries != NULL && i < count; i++) {
        Control__Delivery *delivery = make_delivery(view, effects, held->position, readers[i], false);
        if (delivery != NULL) {
            message->deliveries[message->n_deliveries++] = delivery;
        }
    }
}

static void add_deliveries(struct view *view, struct effects *effects, const struct held *held, Control__Message *message)
{
    bool ours = held->carrier[0] == '\0';
    if (ours && sharing_is_publication(held->header)) {
        add_readers(view, effects, held, message);
        return;
    }
    message->deliveries = effect_take(effects, held->header->n_to + held->header->n_copy, sizeof(*message->deliveries));
    for (size_t i = 0; message->deliveries != NULL && i < held->header->n_to + held->header->n_copy; i++) {
        const char *agency = i < held->header->n_to ? held->header->to[i] : held->header->copy[i - held->header->n_to];
        if (!ours && strcmp(agency, view_state(view)->agency) != 0) {
            continue; // whether others received it is between them and its author
        }
        Control__Delivery *delivery = make_delivery(view, effects, held->position, agency, i >= held->header->n_to);
        if (delivery == NULL) {
            continue;
        }
        if (!ours) {
            delivery->arrived_at = held->received_at;
            delivery->state = strcmp(delivery->state, "queued") == 0 ? "arrived" : delivery->state;
        }
        message->deliveries[message->n_deliveries++] = delivery;
    }
}

// One word for the whole message: for an incoming one our own step; for an outgoing one the step of the recipient that is furthest behind.
static const char *whole_state(struct view *view, struct effects *effects, const struct held *held)
{
    if (view_has_mark(held, "recalled")) {
        return "recalled";
    }
    bool published = sharing_is_publication(held->header);
    if (held->header->n_to == 0 && !published) {
        return "recorded";
    }
    if (published && held->carrier[0] == '\0') {
        return "published";
    }
    if (held->carrier[0] != '\0') {
        enum delivery_state state = delivery_now(view, held->position, view_state(view)->agency, effects->arena);
        return delivery_name(state == DELIVERY_QUEUED ? DELIVERY_ARRIVED : state);
    }
    enum delivery_state least = DELIVERY_RECALLED;
    for (size_t i = 0; i < held->header->n_to; i++) {
        enum delivery_state state = delivery_now(view, held->position, held->header->to[i], effects->arena);
        if (state == DELIVERY_REFUSED) {
            return delivery_name(state);
        }
        least = state < least ? state : least;
    }
    return delivery_name(least);
}

static void add_body(struct view *view, struct effects *effects, const struct held *held, enum client_role role, Control__Message *message)
{
    struct bytes body;
    message->body_state = "held";
    if (view_has_mark(held, "recalled") && held->carrier[0] != '\0') {
        message->body_state = "recalled";
    } else if (role == ROLE_OPERATOR || !view_readable_body(view, held, effects->arena, &body)) {
        message->body_state = "withheld";
    } else {
        message->body = (ProtobufCBinaryData){body.size, (uint8_t *)body.data};
    }
}

static char *name_direction(const struct held *held)
{
    if (held->header->n_to == 0 && !sharing_is_publication(held->header)) {
        return "fact";
    }
    return held->carrier[0] == '\0' ? "out" : "in";
}

Control__Message *query_message(struct view *view, struct effects *effects, uint64_t position, enum query_detail detail, enum client_role role)
{
    const struct held *held = view_statement(view, position, effects->arena);
    Control__Message *message = effect_take(effects, 1, sizeof(*message));
    if (held == NULL || message == NULL) {
        return NULL;
    }
    control__message__init(message);
    message->position = position;
    message->direction = name_direction(held);
    message->header = (Wire__Header *)held->header;
    message->state = (char *)whole_state(view, effects, held);
    message->sealed_at = held->sealed_at;
    message->received_at = held->received_at;
    message->carrier = (char *)held->carrier;
    message->epoch = held->epoch;
    message->turn = held->turn;
    message->leaf = held->leaf;
    message->marks = held->marks;
    message->n_marks = held->n_marks;
    add_body(view, effects, held, role, message);
    add_deliveries(view, effects, held, message);
    attach_show(view, effects, held, role, message);
    if (detail == QUERY_FULL) {
        message->n_duties = duty_of(view, effects, position, &message->duties);
    }
    return message;
}

static bool is_machine(const char *name)
{
    const struct kind *kind = kinds_find(name);
    return kind == NULL || kind->class == KIND_MACHINE;
}

static uint64_t find_by_number(struct view *view, struct effects *effects, const Control__Find *find)
{
    const char *const *agencies = (const char *const *)&find->author;
    size_t count = find->author[0] != '\0' ? 1 : view_agencies(view, effects->arena, &agencies);
    uint64_t newest = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t *positions;
        size_t found = identity_is_agency(agencies[i])
                           ? view_numbered(view, agencies[i], find->short_number, LIST_SCAN, effects->arena, &positions)
                           : 0;
        for (size_t j = 0; j < found; j++) {
            const struct held *held = positions[j] > newest ? view_statement(view, positions[j], effects->arena) : NULL;
            if (held != NULL && !is_machine(held->header->kind)) {
                newest = positions[j];
            }
        }
    }
    return newest;
}

static uint64_t find_by_id(struct view *view, struct effects *effects, const Control__Find *find)
{
    if (find->author[0] != '\0') {
        return identity_is_agency(find->author) ? view_find(view, find->author, decode_bytes(find->id)) : 0;
    }
    const char *const *agencies;
    size_t count = view_agencies(view, effects->arena, &agencies);
    uint64_t position = 0;
    for (size_t i = 0; position == 0 && i < count; i++) {
        position = view_find(view, agencies[i], decode_bytes(find->id));
    }
    return position;
}

Control__Messages *query_page(struct effects *effects, size_t capacity)
{
    Control__Messages *messages = effect_take(effects, 1, sizeof(*messages));
    if (messages != NULL) {
        control__messages__init(messages);
        messages->messages = effect_take(effects, capacity, sizeof(*messages->messages));
    }
    return messages == NULL || messages->messages == NULL ? NULL : messages;
}

void query_answer(const struct event *event, struct effects *effects, Control__Messages *messages, bool more)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_MESSAGES);
    if (reply != NULL) {
        reply->messages = messages;
        reply->more = more;
    }
}

void query_find(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__Find *find = event->request.request->find;
    uint64_t position = find->id.len > 0 ? find_by_id(view, effects, find) : find_by_number(view, effects, find);
    Control__Messages *messages = query_page(effects, 1);
    Control__Message *message = position == 0 ? NULL : query_message(view, effects, position, QUERY_FULL, event->request.role);
    if (message == NULL || messages == NULL) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这份文书"));
        return;
    }
    messages->messages[messages->n_messages++] = message;
    query_answer(event, effects, messages, false);
}

static bool matches(const Control__List *list, const Control__Message *message)
{
    return (list->direction[0] == '\0' || strcmp(list->direction, message->direction) == 0) &&
           (list->state[0] == '\0' || strcmp(list->state, message->state) == 0);
}

// The next position below `position` that the list may want; a matter is followed by its own index.
struct candidates {
    uint64_t *positions; // of the matter, or NULL: all
    size_t left;
    uint64_t below;
};

static uint64_t next_candidate(struct candidates *candidates)
{
    while (candidates->positions != NULL) {
        if (candidates->left == 0) {
            return 0;
        }
        uint64_t position = candidates->positions[--candidates->left];
        if (position < candidates->below) {
            return position;
        }
    }
    return candidates->below > 1 ? --candidates->below : 0;
}

void query_list(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__List *list = event->request.request->list;
    uint64_t end = view_state(view)->next_position;
    size_t limit = list->limit == 0 ? LIST_DEFAULT : list->limit > LIST_MOST ? LIST_MOST : list->limit;
    struct candidates candidates = {.below = list->after_position == 0 || list->after_position > end ? end : list->after_position};
    if (list->matter.len > 0) {
        candidates.left = view_matter(view, decode_bytes(list->matter), effects->arena, &candidates.positions);
    }
    Control__Messages *messages = query_page(effects, limit);
    size_t bytes = 0;
    for (size_t scanned = 0; messages != NULL && scanned < LIST_SCAN && messages->n_messages < limit; scanned++) {
        uint64_t position = next_candidate(&candidates);
        const struct held *held = position == 0 ? NULL : view_statement(view, position, effects->arena);
        if (held == NULL) {
            break;
        }
        if (is_machine(held->header->kind)) {
            continue;
        }
        Control__Message *message = query_message(view, effects, position, QUERY_SUMMARY, event->request.role);
        if (message == NULL || !matches(list, message)) {
            continue;
        }
        bytes += control__message__get_packed_size(message);
        if (bytes > REPLY_BYTES) {
            break;
        }
        messages->messages[messages->n_messages++] = message;
    }
    query_answer(event, effects, messages, false);
}

static Control__MatterView *make_matter(struct effects *effects, const struct event *event, size_t messages)
{
    Control__MatterView *page = effect_take(effects, 1, sizeof(*page));
    if (page == NULL) {
        return NULL;
    }
    control__matter_view__init(page);
    page->matter = event->request.request->matter->matter;
    page->messages = effect_take(effects, messages, sizeof(*page->messages));
    page->duties = effect_take(effects, DUE_MOST, sizeof(*page->duties));
    return page->messages == NULL || page->duties == NULL ? NULL : page;
}

static void answer_matter(const struct event *event, struct effects *effects, Control__MatterView *page, bool more)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_MATTER);
    if (reply != NULL) {
        reply->matter = page;
        reply->more = more;
    }
}

// One message with the duties it opened; returns what they take in a reply.
static size_t add_to_matter(struct view *view, struct effects *effects, const struct event *event, uint64_t position, Control__MatterView *page)
{
    Control__Message *message = query_message(view, effects, position, QUERY_SUMMARY, event->request.role);
    Control__Duty **duties;
    size_t found = duty_of(view, effects, position, &duties);
    size_t bytes = 0;
    if (message == NULL) {
        return 0;
    }
    bytes += control__message__get_packed_size(message);
    page->messages[page->n_messages++] = message;
    for (size_t i = 0; i < found && page->n_duties < DUE_MOST; i++) {
        bytes += control__duty__get_packed_size(duties[i]);
        page->duties[page->n_duties++] = duties[i];
    }
    return bytes;
}

void query_matter(struct view *view, const struct event *event, struct effects *effects)
{
    struct bytes matter = decode_bytes(event->request.request->matter->matter);
    uint64_t *positions;
    size_t count = view_matter(view, matter, effects->arena, &positions);
    if (count == 0) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这个事项"));
        return;
    }
    Control__MatterView *page = make_matter(effects, event, count);
    size_t bytes = 0;
    for (size_t i = 0; page != NULL && i < count; i++) {
        if (bytes > PAGE_BYTES) {
            answer_matter(event, effects, page, true);
            page = make_matter(effects, event, count - i);
            bytes = 0;
        }
        bytes += page == NULL ? 0 : add_to_matter(view, effects, event, positions[i], page);
    }
    if (page != NULL) {
        answer_matter(event, effects, page, false);
    }
}

// ------------------------------------------------------------------------------------------------------ duties

static bool is_ours(const Record__DutySet *row, const Control__Duty *duty, const char *self)
{
    return obligation_state_is_closed((enum obligation_state)row->state) ? membership_names(duty->debtors, duty->n_debtors, self)
                                                                         : membership_names(row->owing, row->n_owing, self);
}

// By the row alone, before the duty is worked out.
static bool may_be_wanted(const Control__DueAsk *ask, const Record__DutySet *row)
{
    if (!ask->closed_too && obligation_state_is_closed((enum obligation_state)row->state)) {
        return false;
    }
    return ask->light[0] == '\0' || strcmp(ask->light, obligation_state_light((enum obligation_light)row->light)) == 0;
}

static bool is_wanted(const Control__DueAsk *ask, const Record__DutySet *row, const Control__Duty *duty, const char *self)
{
    if (ask->matter.len > 0 &&
        (ask->matter.len != duty->matter.len || memcmp(ask->matter.data, duty->matter.data, duty->matter.len) != 0)) {
        return false;
    }
    if (strcmp(ask->owed_by, "us") == 0) {
        return is_ours(row, duty, self);
    }
    return strcmp(ask->owed_by, "them") != 0 || !is_ours(row, duty, self);
}

static Control__Duties *make_duties(struct effects *effects)
{
    Control__Duties *page = effect_take(effects, 1, sizeof(*page));
    if (page == NULL) {
        return NULL;
    }
    control__duties__init(page);
    page->duties = effect_take(effects, DUE_MOST, sizeof(*page->duties));
    return page->duties == NULL ? NULL : page;
}

static void answer_duties(const struct event *event, struct effects *effects, Control__Duties *page, bool more)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_DUTIES);
    if (reply != NULL) {
        reply->duties = page;
        reply->more = more;
    }
}

void query_due(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__DueAsk *ask = event->request.request->due;
    size_t left = ask->limit == 0 || ask->limit > DUE_MOST ? DUE_MOST : ask->limit;
    Control__Duties *page = make_duties(effects);
    uint64_t place = 0;
    size_t bytes = 0;
    do {
        Record__DutySet **rows;
        size_t count = view_all_duties(view, &place, LIST_MOST, effects->arena, &rows);
        for (size_t i = 0; page != NULL && i < count && left > 0; i++) {
            Control__Duty *duty = may_be_wanted(ask, rows[i]) ? duty_show(view, effects, rows[i]) : NULL;
            if (duty == NULL || !is_wanted(ask, rows[i], duty, view_state(view)->agency)) {
                continue;
            }
            bytes += control__duty__get_packed_size(duty);
            page->duties[page->n_duties++] = duty;
            left--;
            if (bytes > PAGE_BYTES) {
                answer_duties(event, effects, page, true);
                page = make_duties(effects);
                bytes = 0;
            }
        }
    } while (page != NULL && place != 0 && left > 0 && !effects->exhausted);
    if (page != NULL) {
        answer_duties(event, effects, page, false);
    }
}

// ------------------------------------------------------------------------------------------------ watch, export

void query_watch(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__Watch *watch = event->request.request->watch;
    struct release *release = effect_release(effects, RELEASE_WATCH);
    release->client = event->request.from;
    release->user = event->request.user;
    release->number = event->request.request->number;
    if (watch->from != NULL) {
        release->from_turn = watch->from->turn;
        release->from_index = watch->from->index;
    } else {
        release->from_turn = view_state(view)->turn + 1;
    }
    release->at = event->request.role;
}

static void add_card_of(struct view *view, struct effects *effects, const char *agency, Control__Bundle *bundle, char **listed)
{
    for (size_t i = 0; i < bundle->n_cards; i++) {
        if (strcmp(listed[i], agency) == 0) {
            return;
        }
    }
    struct agency found;
    if (view_agency(view, agency, effects->arena, &found)) {
        listed[bundle->n_cards] = (char *)agency;
        bundle->cards[bundle->n_cards++] = (ProtobufCBinaryData){found.envelope.size, (uint8_t *)found.envelope.data};
    }
}

static void answer_bundle(const struct event *event, struct effects *effects, Control__Bundle *bundle, bool more)
{
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_BUNDLE);
    if (reply != NULL) {
        reply->bundle = bundle;
        reply->more = more;
    }
}

static Control__Bundle *make_bundle(struct effects *effects, size_t capacity)
{
    Control__Bundle *bundle = effect_take(effects, 1, sizeof(*bundle));
    if (bundle != NULL) {
        control__bundle__init(bundle);
        bundle->cards = effect_take(effects, capacity, sizeof(*bundle->cards));
        bundle->envelopes = effect_take(effects, capacity, sizeof(*bundle->envelopes));
    }
    return bundle == NULL || bundle->cards == NULL || bundle->envelopes == NULL ? NULL : bundle;
}

void query_export(struct view *view, const struct event *event, struct effects *effects)
{
    uint64_t *positions;
    size_t count = view_matter(view, decode_bytes(event->request.request->export->matter), effects->arena, &positions);
    if (count == 0) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有这个事项"));
        return;
    }
    Control__Bundle *bundle = make_bundle(effects, count);
    char **listed = effect_take(effects, count, sizeof(*listed));
    size_t bytes = 0;
    if (bundle == NULL || listed == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct held *held = view_statement(view, positions[i], effects->arena);
        bool unreadable = held != NULL && view_has_mark(held, "recalled") && held->carrier[0] != '\0';
        struct bytes envelope = held != NULL ? view_envelope(view, positions[i], unreadable ? VIEW_NO_PARTS : VIEW_ALL_PARTS, effects->arena)
                                             : (struct bytes){0};
        if (envelope.data == NULL) {
            continue;
        }
        if (bytes + envelope.size > REPLY_BYTES && bytes > 0) {
            answer_bundle(event, effects, bundle, true);
            bundle = make_bundle(effects, count);
            bytes = 0;
            if (bundle == NULL) {
                return;
            }
        }
        add_card_of(view, effects, held->header->author, bundle, listed);
        bundle->envelopes[bundle->n_envelopes++] = (ProtobufCBinaryData){envelope.size, (uint8_t *)envelope.data};
        bytes += envelope.size + 1024;
    }
    answer_bundle(event, effects, bundle, false);
}
