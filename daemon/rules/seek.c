// SPDX-License-Identifier: Apache-2.0
#include "rules/seek.h"

#include <string.h>

#include "wire/decode.h"
#include "wire/searchable.h"

#include "base/fail.h"
#include "rules/operate.h"
#include "rules/query.h"
#include "rules/refuse.h"

// Bounds of one request, so that it holds up nobody for more than some ten milliseconds.
enum {
    PROPOSALS = 64,
    STATEMENTS = 512,
    LOOK_BYTES = 512 << 10, // of bodies
    PROPOSAL_COST = 4, // of a segment, in statements looked at
    TURN_COST = 2 * STATEMENTS, // of all searches of one turn; the others go on in the next
    FOUND_MOST = 100,
    FOUND_BYTES = 900 << 10, // a reply is one frame
};

struct seeking {
    struct view *view;
    struct effects *effects;
    const Control__Search *ask;
    enum client_role role;
    struct sought sought;
    size_t limit;
    Control__Found *found;
    size_t statements;
    size_t looked_bytes;
    size_t found_bytes;
    struct letters letters; // of one text after the other
    unsigned words;         // of the statement looked at, so far
};

static unsigned words_in(struct seeking *seeking, struct bytes text)
{
    bool is_folded = terms_fold(text, seeking->effects->arena, &seeking->letters); // short of memory the turn is not answered
    return is_folded ? terms_found_in(&seeking->sought.terms, &seeking->letters) : 0;
}

static void look_at_text(void *context, const char *text)
{
    struct seeking *seeking = context;
    seeking->words |= words_in(seeking, (struct bytes){(const uint8_t *)text, strlen(text)});
}

// Most that do not hold the words are told by their bytes, undecoded: every text of header and body stands whole among them. What is read here may be more
// than the role may read; it rules out alone.
static bool may_hold(struct seeking *seeking, uint64_t position)
{
    const uint8_t *salt;
    struct bytes body;
    struct bytes header = view_proof(seeking->view, position, seeking->effects->arena);
    if (header.data == NULL) {
        return true; // of the open turn
    }
    unsigned words = words_in(seeking, header);
    if (words != terms_all(&seeking->sought.terms) && view_part(seeking->view, position, 1, seeking->effects->arena, &salt, &body)) {
        seeking->looked_bytes += body.size;
        words |= words_in(seeking, body);
    }
    return words == terms_all(&seeking->sought.terms);
}

// What the asking role may read of it.
static struct bytes readable_body(struct seeking *seeking, const struct held *held)
{
    struct bytes body = {0};
    bool reads_bodies = seeking->role != ROLE_OPERATOR;
    return reads_bodies && view_readable_body(seeking->view, held, seeking->effects->arena, &body) ? body : (struct bytes){0};
}

static bool has_words(struct seeking *seeking, const struct held *held)
{
    seeking->words = 0;
    searchable_header(held->header, look_at_text, seeking);
    if (seeking->words != terms_all(&seeking->sought.terms)) {
        struct bytes body = readable_body(seeking, held);
        (void)(body.data == NULL || searchable_body(held->header->kind, body, seeking->effects->arena, look_at_text, seeking));
    }
    return seeking->words == terms_all(&seeking->sought.terms);
}

static bool has_category(struct seeking *seeking, const struct held *held)
{
    const char *asked = seeking->ask->category;
    return asked[0] == '\0' || strcmp(asked, searchable_category(held->header, readable_body(seeking, held), seeking->effects->arena)) == 0;
}

static bool is_asked_for(const Control__Search *ask, const struct held *held)
{
    const Wire__Header *header = held->header;
    const ProtobufCBinaryData matter = header->matter;
    return searchable_is(header->kind) && strncmp(header->kind, ask->kind, strlen(ask->kind)) == 0 &&
           (ask->author[0] == '\0' || strcmp(ask->author, header->author) == 0) && view_had_at(held) >= ask->since &&
           (ask->until == 0 || view_had_at(held) < ask->until) &&
           (ask->matter.len == 0 || (ask->matter.len == matter.len && memcmp(ask->matter.data, matter.data, matter.len) == 0));
}

static Control__Message *find_at(struct seeking *seeking, uint64_t position)
{
    const Control__Search *ask = seeking->ask;
    seeking->statements++;
    const struct held *held = may_hold(seeking, position) ? view_statement(seeking->view, position, seeking->effects->arena) : NULL;
    if (held == NULL || !is_asked_for(ask, held) || !has_category(seeking, held) || !has_words(seeking, held)) {
        return NULL;
    }
    Control__Message *message = query_message(seeking->view, seeking->effects, position, QUERY_SUMMARY, seeking->role);
    bool is_wanted = message != NULL && (ask->direction[0] == '\0' || strcmp(ask->direction, message->direction) == 0) &&
                     (ask->state[0] == '\0' || strcmp(ask->state, message->state) == 0);
    return is_wanted ? message : NULL;
}

// Looks at what is proposed. False: enough for one request, and `next` says where to go on.
static bool look_at(struct seeking *seeking, const struct proposal *proposal)
{
    Control__Found *found = seeking->found;
    for (size_t i = 0; i < proposal->count; i++) {
        uint64_t position = proposal->positions[i];
        found->next = position + 1;
        if (found->n_messages == seeking->limit || seeking->statements >= STATEMENTS || seeking->looked_bytes > LOOK_BYTES) {
            return false;
        }
        Control__Message *message = find_at(seeking, position);
        seeking->found_bytes += message == NULL ? 0 : control__message__get_packed_size(message);
        if (seeking->found_bytes > FOUND_BYTES) {
            return false;
        }
        if (message != NULL) {
            found->messages[found->n_messages++] = message;
        }
    }
    found->next = proposal->next;
    return found->next != 0;
}

static void answer(struct seeking *seeking, const struct event *event)
{
    Control__Reply *reply = operate_reply(event, seeking->effects, CONTROL__REPLY__ANSWER_FOUND);
    if (reply != NULL) {
        reply->found = seeking->found;
    }
}

static void seek(struct seeking *seeking)
{
    struct proposal proposal;
    struct effects *effects = seeking->effects;
    uint64_t below = seeking->ask->after_position;
    bool more = effects->sought < TURN_COST;
    seeking->found->next = below == 0 ? view_state(seeking->view)->next_position : below;
    for (size_t i = 0; more && i < PROPOSALS && !effects->exhausted; i++) {
        view_propose(seeking->view, &seeking->sought, below, effects->arena, &proposal);
        more = look_at(seeking, &proposal);
        below = seeking->found->next;
        effects->sought += PROPOSAL_COST;
    }
    effects->sought += seeking->statements;
}

static void add_tag(struct sought *sought, uint64_t tag)
{
    must(sought->tag_count < SOUGHT_TAGS);
    sought->tags[sought->tag_count++] = tag;
}

// What the index can tell of it. How far a message has come is not among it.
static void narrow(struct seeking *seeking)
{
    const Control__Search *ask = seeking->ask;
    struct sought *sought = &seeking->sought;
    bool is_out = strcmp(ask->direction, "out") == 0;
    sought->in = seeking->role == ROLE_OPERATOR ? SOUGHT_IN_HEADERS : SOUGHT_IN_ALL;
    sought->since = ask->since;
    sought->until = ask->until;
    searchable_add_kinds(sought, ask->kind);
    if (ask->author[0] != '\0') {
        add_tag(sought, searchable_author(ask->author));
    }
    if (ask->matter.len > 0) {
        add_tag(sought, searchable_matter((struct bytes){ask->matter.data, ask->matter.len}));
    }
    if (ask->category[0] != '\0') {
        add_tag(sought, searchable_of_category(ask->category));
    }
    if (is_out || strcmp(ask->direction, "in") == 0) {
        add_tag(sought, searchable_carried(is_out ? "" : "another"));
    }
}

void seek_decide(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__Search *ask = event->request.request->search;
    struct seeking seeking = {.view = view, .effects = effects, .ask = ask, .role = event->request.role};
    seeking.limit = ask->limit == 0 || ask->limit > FOUND_MOST ? FOUND_MOST : ask->limit;
    switch (terms_parse(ask->text, effects->arena, &seeking.sought.terms)) {
    case TERMS_OK:
        break;
    case TERMS_SHORT:
        operate_refuse(event, effects, refuse_make(effects, "value", "检索文字至少要有两个字（标点和空格不算）"));
        return;
    case TERMS_LONG:
        operate_refuse(event, effects, refuse_make(effects, "value", "检索文字过长：最多%d个字、%d个词", TERMS_LETTERS, TERMS_WORDS));
        return;
    case TERMS_NO_MEMORY:
        effects->exhausted = true;
        return;
    }
    seeking.found = effect_take(effects, 1, sizeof(*seeking.found));
    if (seeking.found == NULL) {
        return;
    }
    narrow(&seeking);
    control__found__init(seeking.found);
    seeking.found->messages = effect_take(effects, seeking.limit, sizeof(*seeking.found->messages));
    if (seeking.found->messages != NULL) {
        seek(&seeking);
        answer(&seeking, event);
    }
}
