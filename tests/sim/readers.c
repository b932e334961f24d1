// SPDX-License-Identifier: Apache-2.0
#include "sim/readers.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/info.pb-c.h"
#include "wire/kinds.h"
#include "wire/sharing.pb-c.h"

#include "sim/charter.h"
#include "sim/witness.h"

enum { REGION_DIGITS = 6, CODE_SIZE = 20, NOWHERE = CHARTER_CATEGORIES };

enum form { FORM_ITEM, FORM_WORD, FORM_ENTRY };

// To one agency.
struct giving {
    uint64_t epoch; // 0: not given
    uint64_t order;
};

struct publication {
    struct deed *deed;
    enum form form;
    size_t target; // its place in the list; of a word
    int64_t sealed_at;
    size_t category;
    int64_t formed_at;
    char region[REGION_DIGITS + 1];
    char code[CODE_SIZE];
    const struct deed *recalled_by; // NULL: it stands
    struct giving *givings; // by agency
};

enum standing { ASKED, STANDS, REFUSED, ENDED };

struct subscription {
    struct deed *request;
    enum standing standing;
    unsigned asked;      // categories, bits
    unsigned categories; // those granted
    char region[REGION_DIGITS + 1];
    char code[CODE_SIZE];
    uint8_t matter[ID_BYTES];
    bool one_matter;
    int64_t since;
    int64_t until;
    bool has_past;
    uint8_t after[ID_BYTES];
    bool is_after;
    size_t first; // of the list of publications
    bool caught_up;
};

// What one publisher's journal says.
struct ledger {
    struct publication *publications;
    size_t count;
    struct subscription *subscriptions;
    size_t subscription_count;
    size_t looked_at; // publications before this one were judged when their turn ended
    uint64_t order;   // of givings
    uint64_t *again;  // by agency: of what was given anew in a new epoch, the order it had
};

struct book {
    struct ledger ledger;
    struct ledger copy;
    bool restored;
    uint32_t *refused; // numbers of deeds
    size_t refused_count;
    size_t copied_refused;
};

static struct book *books;
static struct readers_counts counts;

void readers_make(void)
{
    books = calloc(world.machine_count, sizeof *books);
    must(books != NULL);
    for (size_t i = 0; i < world.machine_count; i++) {
        books[i].ledger.again = calloc(world.machine_count, sizeof(uint64_t));
        must(books[i].ledger.again != NULL);
    }
}

const struct readers_counts *readers_count(void)
{
    return &counts;
}

static void *lengthen(void *items, size_t count, size_t size)
{
    if ((count & (count - 1)) != 0) {
        return items; // there is room up to the next power of two
    }
    items = realloc(items, (count == 0 ? 1 : 2 * count) * size);
    must(items != NULL);
    return items;
}

static void *copy_of(const void *items, size_t count, size_t size)
{
    size_t room = 1;
    while (room < count) {
        room *= 2;
    }
    void *copy = calloc(room, size);
    must(copy != NULL);
    if (count > 0) {
        memcpy(copy, items, count * size);
    }
    return copy;
}

static const ProtobufCMessage *read_body(const struct deed *deed)
{
    ProtobufCMessage *body;
    must(decode_message(kinds_find(deed->name)->descriptor, deed->body, &decode_body_rules, world.arena, NULL, &body) == DECODE_OK);
    return body;
}

static bool is_kind(const struct deed *deed, const char *kind)
{
    return strcmp(deed->name, kind) == 0;
}

// ------------------------------------------------------------------------------------------- the ledger

static struct publication *find_publication(struct ledger *ledger, const struct deed *deed)
{
    for (size_t i = ledger->count; i > 0; i--) {
        if (ledger->publications[i - 1].deed == deed) {
            return &ledger->publications[i - 1];
        }
    }
    return NULL;
}

static struct subscription *find_subscription(struct ledger *ledger, const struct deed *request)
{
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        if (ledger->subscriptions[i].request == request) {
            return &ledger->subscriptions[i];
        }
    }
    return NULL;
}

static void describe_item(struct publication *publication)
{
    const Body__InfoShared *body = (const Body__InfoShared *)read_body(publication->deed);
    const char *own = world.machines[publication->deed->author].region;
    publication->category = charter_category(body->category);
    publication->formed_at = body->formed_at;
    memcpy(publication->region, body->region[0] == '\0' ? own : body->region, REGION_DIGITS);
    if (body->subject != NULL) {
        memcpy(publication->code, body->subject->credit_code, strlen(body->subject->credit_code));
    }
}

static void add_publication(struct ledger *ledger, struct deed *deed, int64_t sealed_at)
{
    struct publication *target = deed->target == NULL ? NULL : find_publication(ledger, deed->target);
    const size_t target_place = target == NULL ? 0 : (size_t)(target - ledger->publications);
    if (target != NULL && is_kind(deed, "recall")) {
        target->recalled_by = deed;
    }
    ledger->publications = lengthen(ledger->publications, ledger->count, sizeof *ledger->publications);
    struct publication *publication = &ledger->publications[ledger->count++];
    *publication = (struct publication){.deed = deed, .target = target_place, .sealed_at = sealed_at, .category = NOWHERE};
    publication->form = is_kind(deed, "info.shared") ? FORM_ITEM : is_kind(deed, "catalogue.entry") ? FORM_ENTRY : FORM_WORD;
    publication->givings = calloc(world.machine_count, sizeof *publication->givings);
    must(publication->givings != NULL);
    if (publication->form == FORM_ITEM) {
        describe_item(publication);
    }
    counts.published++;
}

static void add_subscription(struct ledger *ledger, struct deed *request)
{
    const Body__SubscriptionRequest *body = (const Body__SubscriptionRequest *)read_body(request);
    ledger->subscriptions = lengthen(ledger->subscriptions, ledger->subscription_count, sizeof *ledger->subscriptions);
    struct subscription *subscription = &ledger->subscriptions[ledger->subscription_count++];
    *subscription = (struct subscription){.request = request, .since = body->since, .until = body->until};
    for (size_t i = 0; i < body->n_wanted; i++) {
        subscription->asked |= 1U << charter_category(body->wanted[i]->category);
    }
    memcpy(subscription->region, body->region, strlen(body->region));
    memcpy(subscription->code, body->credit_code, strlen(body->credit_code));
    subscription->one_matter = body->matter[0] != '\0';
    subscription->is_after = body->after[0] != '\0';
    must(!subscription->one_matter || identity_parse_id(body->matter, subscription->matter));
    must(!subscription->is_after || identity_parse_id(body->after, subscription->after));
    subscription->has_past = body->since != 0 || subscription->is_after;
}

// ------------------------------------------------------------------------------------------ who is due

// 6531.. is within 6500.. and within itself.
static bool is_within(const char *region, const char *wider)
{
    for (size_t level = 0; level < REGION_DIGITS; level += 2) {
        if (memcmp(wider + level, "00", 2) == 0 && level > 0) {
            return true;
        }
        if (memcmp(region + level, wider + level, 2) != 0) {
            return false;
        }
    }
    return true;
}

// Would the subscription have the item, whenever it was published?
static bool wants(const struct subscription *subscription, const struct publication *item)
{
    const struct deed *deed = item->deed;
    const struct deed *request = subscription->request;
    return item->form == FORM_ITEM && !deed->drill && deed->compact == request->compact &&
           (subscription->categories & 1U << item->category) != 0 && item->formed_at >= subscription->since &&
           (subscription->until == 0 || item->sealed_at <= subscription->until) &&
           (subscription->region[0] == '\0' || is_within(item->region, subscription->region)) &&
           (subscription->code[0] == '\0' || strcmp(item->code, subscription->code) == 0) &&
           (!subscription->one_matter || memcmp(deed->matter->id, subscription->matter, ID_BYTES) == 0) &&
           charter_may_have(deed->compact, request->author, item->category, deed->internal);
}

static bool is_given(const struct publication *publication, size_t reader)
{
    return publication->givings[reader].epoch != 0;
}

static const char *name(size_t agency)
{
    return world.machines[agency].id;
}

// Of the items before a place the first that the subscription wants and was not given; NULL: none.
static const struct publication *find_missing(const struct ledger *ledger, const struct subscription *subscription, size_t before)
{
    for (size_t i = subscription->first; i < before; i++) {
        const struct publication *item = &ledger->publications[i];
        if (wants(subscription, item) && item->recalled_by == NULL && !is_given(item, subscription->request->author)) {
            return item;
        }
    }
    return NULL;
}

// What is said of something that an agency was given, and it was not given that; NULL: nothing.
static const struct publication *find_unsaid(const struct ledger *ledger, size_t reader)
{
    for (size_t i = 0; i < ledger->count; i++) {
        const struct publication *word = &ledger->publications[i];
        if (word->form == FORM_WORD && is_given(&ledger->publications[word->target], reader) && !is_given(word, reader)) {
            return word;
        }
    }
    return NULL;
}

static bool is_due_item(const struct ledger *ledger, const struct publication *item, size_t reader, const struct publication **out_missing)
{
    const size_t place = (size_t)(item - ledger->publications);
    bool due = false;
    *out_missing = NULL;
    for (size_t i = 0; i < ledger->subscription_count && item->recalled_by == NULL; i++) {
        const struct subscription *subscription = &ledger->subscriptions[i];
        if (subscription->request->author == reader && subscription->standing == STANDS && subscription->first <= place && wants(subscription, item)) {
            const struct publication *missing = find_missing(ledger, subscription, place);
            if (missing == NULL) {
                *out_missing = NULL;
                return true;
            }
            *out_missing = missing;
            due = true;
        }
    }
    return due;
}

static bool is_due(const struct ledger *ledger, const struct publication *publication, size_t reader, const struct publication **out_missing)
{
    *out_missing = NULL;
    if (publication->deed->drill || charter_role(publication->deed->compact, reader) == NULL) {
        return false;
    }
    switch (publication->form) {
    case FORM_ENTRY:
        return true;
    case FORM_WORD:
        return is_given(&ledger->publications[publication->target], reader);
    case FORM_ITEM:
        break;
    }
    return is_due_item(ledger, publication, reader, out_missing);
}

// Those whom it has to reach in the turn that publishes it.
static void check_reached(struct ledger *ledger, const struct publication *publication)
{
    const struct deed *deed = publication->deed;
    const size_t *members;
    const size_t count = charter_members(deed->compact, &members);
    for (size_t i = 0; i < count; i++) {
        const bool everybody = publication->form != FORM_ITEM && members[i] != deed->author && !deed->drill;
        const bool due = everybody && (publication->form == FORM_ENTRY || is_given(&ledger->publications[publication->target], members[i]));
        if (due && charter_are_partners(deed->author, members[i]) && !is_given(publication, members[i])) {
            world_fail("P3: %s has published %s %u, and not to %s", name(deed->author), deed->name, deed->number, name(members[i]));
        }
    }
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        const struct subscription *subscription = &ledger->subscriptions[i];
        const size_t reader = subscription->request->author;
        if (subscription->standing == STANDS && subscription->caught_up && wants(subscription, publication) && !is_given(publication, reader)) {
            world_fail("P3: %s has published %s %u, and not to %s", name(deed->author), deed->name, deed->number, name(reader));
        }
    }
}

// ------------------------------------------------------------------------------------------ the journal

static unsigned allowed(const struct subscription *subscription)
{
    unsigned bits = 0;
    for (size_t i = 0; i < CHARTER_CATEGORIES; i++) {
        const bool may = charter_may_have(subscription->request->compact, subscription->request->author, i, subscription->request->internal);
        bits |= may ? 1U << i : 0;
    }
    return subscription->asked & bits;
}

static bool waits(const struct subscription *subscription)
{
    const unsigned may = allowed(subscription);
    for (size_t i = 0; i < CHARTER_CATEGORIES; i++) {
        if ((may & 1U << i) != 0 && charter_officer_decides(subscription->request->compact, i)) {
            return true;
        }
    }
    return false;
}

// By rule, all that may be had; an officer may give less. Returns what is granted.
static unsigned check_grant(const struct subscription *subscription, const struct deed *grant)
{
    const Body__SubscriptionGrant *body = (const Body__SubscriptionGrant *)read_body(grant);
    unsigned granted = 0;
    for (size_t i = 0; i < body->n_granted; i++) {
        granted |= 1U << charter_category(body->granted[i]->category);
    }
    const bool is_due = grant->automatic ? granted == allowed(subscription) : (granted & ~allowed(subscription)) == 0;
    if (!is_due || body->until != subscription->until) {
        world_fail("P4: %s grants %s other than its rules let it have", name(grant->author), name(subscription->request->author));
    }
    return granted;
}

static size_t find_first(struct ledger *ledger, const struct subscription *subscription)
{
    if (!subscription->has_past) {
        return ledger->count;
    }
    for (size_t i = 0; subscription->is_after && i < ledger->count; i++) {
        if (memcmp(ledger->publications[i].deed->id, subscription->after, ID_BYTES) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static void grant(struct ledger *ledger, struct subscription *subscription, const struct deed *deed)
{
    subscription->categories = check_grant(subscription, deed);
    if (subscription->standing != STANDS) {
        subscription->first = find_first(ledger, subscription);
        subscription->caught_up = !subscription->has_past;
    }
    subscription->standing = STANDS;
    struct subscription *earlier = subscription->request->target == NULL ? NULL : find_subscription(ledger, subscription->request->target);
    if (earlier != NULL && (earlier->standing == STANDS || earlier->standing == ASKED)) {
        earlier->standing = ENDED;
    }
    counts.subscriptions++;
    counts.decided += !deed->automatic;
}

// Whose word it has to be: the daemon's own, or an officer's.
static void check_who(const struct subscription *subscription, const struct deed *deed)
{
    const char *publisher = name(deed->author);
    const char *reader = name(subscription->request->author);
    if (deed->automatic && waits(subscription)) {
        world_fail("P4: %s answers %s by itself, and an officer has to decide", publisher, reader);
    } else if (deed->automatic && subscription->standing != ASKED) {
        world_fail("P4: %s answers %s twice", publisher, reader);
    } else if (subscription->standing == ENDED) {
        world_fail("P4: %s decides on a request of %s that has ended", publisher, reader);
    }
}

static void answer(struct ledger *ledger, struct subscription *subscription, const struct deed *deed)
{
    if (is_kind(deed, "subscription.end") || is_kind(deed, "recall")) {
        subscription->standing = ENDED;
        return;
    }
    check_who(subscription, deed);
    if (is_kind(deed, "subscription.grant")) {
        grant(ledger, subscription, deed);
    } else if (is_kind(deed, "subscription.refusal")) {
        subscription->standing = REFUSED;
        if (deed->automatic && allowed(subscription) != 0) {
            world_fail("P4: %s refuses %s what its rules let it have", name(deed->author), name(subscription->request->author));
        }
    }
}

void readers_see(struct machine *machine, struct deed *deed, const struct held *held)
{
    struct ledger *ledger = &books[machine->index].ledger;
    if (deed_is_published(deed)) {
        if (deed->author == machine->index) {
            add_publication(ledger, deed, held->sealed_at);
        }
        return;
    }
    if (is_kind(deed, "subscription.request")) {
        if (deed->author != machine->index && !deed->drill) {
            add_subscription(ledger, deed);
        }
        return;
    }
    struct subscription *subscription = find_subscription(ledger, deed->target);
    if (subscription != NULL) {
        answer(ledger, subscription, deed);
    }
}

// A new epoch gives anew, in its order, what no receipt tells of.
static void give_again(struct ledger *ledger, struct giving *giving, size_t reader, const struct publication *publication, uint64_t epoch)
{
    const struct deed *deed = publication->deed;
    if (giving->epoch >= epoch) {
        world_fail("P1: %s gives %s %u to %s twice", name(deed->author), deed->name, deed->number, name(reader));
    } else if (giving->order <= ledger->again[reader]) {
        world_fail("P2: %s gives %s %u to %s anew in another order", name(deed->author), deed->name, deed->number, name(reader));
    }
    ledger->again[reader] = giving->order;
    giving->epoch = epoch;
}

void readers_give(struct machine *machine, size_t reader, struct deed *deed, uint64_t epoch)
{
    struct ledger *ledger = &books[machine->index].ledger;
    struct publication *publication = find_publication(ledger, deed);
    const struct publication *missing;
    must(publication != NULL);
    struct giving *giving = &publication->givings[reader];
    if (giving->epoch != 0) {
        give_again(ledger, giving, reader, publication, epoch);
        return;
    }
    if (!is_due(ledger, publication, reader, &missing)) {
        world_fail("P1: %s gives %s%s %u to %s, which is not due it", machine->id, deed->drill ? "the drill " : "", deed->name, deed->number,
                   name(reader));
    } else if (missing != NULL) {
        world_fail("P2: %s gives %s %u to %s before %s %u", machine->id, deed->name, deed->number, name(reader), missing->deed->name,
                   missing->deed->number);
    }
    *giving = (struct giving){epoch, ++ledger->order};
    counts.given++;
    counts.past += (size_t)(publication - ledger->publications) < ledger->looked_at;
}

static void check_caught_up(const struct ledger *ledger, const struct subscription *subscription)
{
    const struct publication *missing = find_missing(ledger, subscription, ledger->count);
    if (missing != NULL) {
        world_fail("P3: %s has caught up for %s, and not given it %s %u", name(missing->deed->author), name(subscription->request->author),
                   missing->deed->name, missing->deed->number);
    }
}

void readers_catch_up(struct machine *machine, const struct deed *request)
{
    struct ledger *ledger = &books[machine->index].ledger;
    struct subscription *subscription = find_subscription(ledger, request);
    if (subscription != NULL && subscription->standing == STANDS && !subscription->caught_up) {
        check_caught_up(ledger, subscription);
        subscription->caught_up = true;
    }
}

void readers_end_turn(struct machine *machine)
{
    struct ledger *ledger = &books[machine->index].ledger;
    for (; ledger->looked_at < ledger->count; ledger->looked_at++) {
        check_reached(ledger, &ledger->publications[ledger->looked_at]);
    }
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        if (ledger->subscriptions[i].standing == ASKED && !waits(&ledger->subscriptions[i])) {
            world_fail("P4: %s leaves a request of %s unanswered", machine->id, name(ledger->subscriptions[i].request->author));
        }
    }
}

// ------------------------------------------------------------------------------------------ the readers

static bool are_forgiven(size_t left, size_t right)
{
    return books[left].restored || books[right].restored;
}

void readers_hold(struct machine *machine, struct deed *deed)
{
    const struct publication *publication = find_publication(&books[deed->author].ledger, deed);
    if ((publication == NULL || !is_given(publication, machine->index)) && !deed->muddled) {
        world_fail("P1: %s holds %s %u of %s, which was not given it", machine->id, deed->name, deed->number, name(deed->author));
    }
}

void readers_refuse(struct machine *machine, struct deed *deed, const char *code)
{
    struct book *book = &books[machine->index];
    const bool forged = world.counts.forged > 0 && strcmp(code, "signature") == 0;
    if (!forged && !are_forgiven(machine->index, deed->author)) {
        world_fail("P5: %s refuses %s %u of %s: %s", machine->id, deed->name, deed->number, name(deed->author), code);
    }
    book->refused = lengthen(book->refused, book->refused_count, sizeof *book->refused);
    book->refused[book->refused_count++] = deed->number;
}

static bool has_refused(const struct book *book, const struct deed *deed)
{
    for (size_t i = 0; i < book->refused_count; i++) {
        if (book->refused[i] == deed->number) {
            return true;
        }
    }
    return false;
}

// ----------------------------------------------------------------------------------------------- copies

static void drop(struct ledger *ledger, size_t kept)
{
    for (size_t i = kept; i < ledger->count; i++) {
        free(ledger->publications[i].givings);
    }
    free(ledger->publications);
    free(ledger->subscriptions);
    free(ledger->again);
}

static struct ledger copy_ledger(const struct ledger *ledger)
{
    struct ledger copy = *ledger;
    copy.publications = copy_of(ledger->publications, ledger->count, sizeof *ledger->publications);
    copy.subscriptions = copy_of(ledger->subscriptions, ledger->subscription_count, sizeof *ledger->subscriptions);
    copy.again = copy_of(ledger->again, world.machine_count, sizeof *ledger->again);
    for (size_t i = 0; i < copy.count; i++) {
        copy.publications[i].givings = copy_of(ledger->publications[i].givings, world.machine_count, sizeof(struct giving));
    }
    return copy;
}

void readers_copy(struct machine *machine)
{
    struct book *book = &books[machine->index];
    book->copy = copy_ledger(&book->ledger);
    book->copied_refused = book->refused_count;
}

void readers_restore(struct machine *machine)
{
    struct book *book = &books[machine->index];
    drop(&book->ledger, 0);
    book->ledger = copy_ledger(&book->copy);
    book->refused_count = book->copied_refused;
    book->restored = true;
}

// --------------------------------------------------------------------------------------------- the end

struct last {
    uint64_t order;
    uint64_t position;
};

static bool came_before(struct view *view, const struct deed *deed, uint64_t position)
{
    const uint64_t own = view_find(view, name(deed->author), (struct bytes){deed->id, ID_BYTES});
    return own != 0 && own < position;
}

static void check_holds(struct view *view, const struct publication *publication, struct machine *reader, struct last *last)
{
    const struct deed *deed = publication->deed;
    const struct giving *giving = &publication->givings[reader->index];
    const uint64_t position = view_find(view, name(deed->author), (struct bytes){deed->id, ID_BYTES});
    const struct held *held = position == 0 ? NULL : view_statement(view, position, world.arena);
    const uint8_t *salt;
    struct bytes body;
    if (held == NULL || held->enclosed) {
        if (!has_refused(&books[reader->index], deed)) {
            world_fail("P5: %s was given %s %u of %s and does not hold it", reader->id, deed->name, deed->number, name(deed->author));
        }
        return;
    }
    counts.held++;
    if (publication->form != FORM_ITEM) {
        return;
    }
    const bool same_order = (giving->order > last->order) == (position > last->position);
    if (!same_order && !are_forgiven(deed->author, reader->index)) {
        world_fail("P5: %s holds %s %u of %s in another order", reader->id, deed->name, deed->number, name(deed->author));
    }
    *last = (struct last){giving->order, position};
    const bool recalled = publication->recalled_by != NULL;
    const bool knows = recalled && !has_refused(&books[reader->index], publication->recalled_by);
    if (knows && !view_has_mark(held, "recalled") && !are_forgiven(deed->author, reader->index)) {
        world_fail("P5: %s does not know that %s %u of %s was recalled", reader->id, deed->name, deed->number, name(deed->author));
    }
    const bool has_body = view_part(view, position, 1, world.arena, &salt, &body);
    if (!recalled && !has_body) {
        world_fail("P5: %s holds %s %u of %s without its body", reader->id, deed->name, deed->number, name(deed->author));
    } else if (knows && has_body && came_before(view, publication->recalled_by, position)) {
        world_fail("P5: %s was sent the body of %s %u of %s after its recall", reader->id, deed->name, deed->number, name(deed->author));
    }
}

static void conclude_pair(const struct ledger *ledger, struct machine *reader)
{
    const struct publication *unsaid = find_unsaid(ledger, reader->index);
    struct view *view = store_read(reader->daemon->store);
    struct last last = {0};
    if (unsaid != NULL) {
        world_fail("P3: %s was never given %s %u of %s, though it was given what that is about", reader->id, unsaid->deed->name, unsaid->deed->number,
                   name(unsaid->deed->author));
    }
    for (size_t i = 0; i < ledger->count && world.fault[0] == '\0'; i++) {
        arena_reset(world.arena);
        if (is_given(&ledger->publications[i], reader->index)) {
            check_holds(view, &ledger->publications[i], reader, &last);
        }
    }
    store_read_done(reader->daemon->store);
}

static void conclude(struct machine *publisher)
{
    const struct ledger *ledger = &books[publisher->index].ledger;
    for (size_t i = 0; i < ledger->subscription_count; i++) {
        const struct subscription *subscription = &ledger->subscriptions[i];
        if (subscription->standing == STANDS && !subscription->caught_up) {
            world_fail("P3: %s has never caught up for %s", publisher->id, name(subscription->request->author));
        } else if (subscription->standing == STANDS) {
            check_caught_up(ledger, subscription);
        }
    }
    for (size_t i = 0; i < world.machine_count && ledger->count > 0 && world.fault[0] == '\0'; i++) {
        if (i != publisher->index && charter_are_partners(i, publisher->index)) {
            conclude_pair(ledger, &world.machines[i]);
        }
    }
}

void readers_conclude(void)
{
    for (size_t i = 0; i < world.machine_count && world.fault[0] == '\0'; i++) {
        conclude(&world.machines[i]);
    }
}
