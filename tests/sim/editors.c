// SPDX-License-Identifier: Apache-2.0
#include "sim/editors.h"

#include <stdlib.h>
#include <string.h>

#include "wire/common.pb-c.h"
#include "wire/decode.h"
#include "wire/identity.h"
#include "wire/info.pb-c.h"
#include "wire/sharing.pb-c.h"

#include "sim/charter.h"
#include "sim/people.h"

enum {
    TOWN_ACTS_IN_HUNDRED_DAYS = 18,   // that an agency does
    FIVE_ACTS_IN_HUNDRED_DAYS = 60,
    PRESS_ACTS_IN_HUNDRED_DAYS = 200, // that the publisher of press does; items come some at a time
    READER_ACTS_IN_HUNDRED_DAYS = 8,
    BURST = 4,
    KNOWN = 32, // deeds of a sort that somebody still thinks of
    REGIONS = 5,
    CODES = 3,
    PUBLISHER = 0, // of press
    PAST_DAYS = 40,
};

static const char *const regions[REGIONS] = {"650000", "653126", "371000", "371082", "510000"};
static const char *const codes[CODES] = {"91350100M000100Y43", "91653126MA77712349", "91371082MA3C123459"};

struct shelf {
    struct deed *deeds[KNOWN];
    size_t count;
};

struct desk {
    struct shelf published;
    struct shelf asked;    // our requests
    struct shelf asked_us; // others'
};

static struct chance chance;
static struct desk *desks;

static bool lucky(unsigned thousandths)
{
    return chance_in_thousand(&chance, thousandths);
}

static struct deed *pick(const struct shelf *shelf)
{
    const size_t count = shelf->count < KNOWN ? shelf->count : KNOWN;
    return count == 0 ? NULL : shelf->deeds[chance_below(&chance, count)];
}

static void put(struct shelf *shelf, struct deed *deed)
{
    for (size_t i = 0; i < KNOWN; i++) {
        if (shelf->deeds[i] == deed) {
            return;
        }
    }
    shelf->deeds[shelf->count++ % KNOWN] = deed;
}

// ------------------------------------------------------------------------------------------- writing

static struct deed *begin(const char *kind, size_t author, size_t compact, struct deed *matter, struct deed *target)
{
    struct deed *deed = people_begin_deed(DEED_SHARING, author, matter, target);
    deed->name = kind;
    deed->compact = compact;
    return deed;
}

static void send_at(struct deed *deed, const ProtobufCMessage *body, int64_t at)
{
    const struct bytes packed = decode_pack(body, world.arena);
    uint8_t *copy = malloc(packed.size + 1);
    must(packed.data != NULL && copy != NULL);
    memcpy(copy, packed.data, packed.size);
    deed->body = (struct bytes){copy, packed.size};
    people_plan(deed, at);
}

static void send(struct deed *deed, const ProtobufCMessage *body)
{
    send_at(deed, body, world.now);
}

static char *name_of(const uint8_t id[ID_BYTES])
{
    char *text = arena_take(world.arena, IDENTITY_TEXT_BYTES);
    must(text != NULL);
    identity_format_id(id, text);
    return text;
}

static char *any(const char *const *texts, size_t count)
{
    return (char *)(uintptr_t)texts[chance_below(&chance, count)];
}

static void publish_item(struct machine *machine, size_t compact)
{
    struct deed *earlier = lucky(200) ? pick(&desks[machine->index].published) : NULL;
    struct deed *deed = begin("info.shared", machine->index, compact, earlier == NULL || earlier->compact != compact ? NULL : earlier->matter, NULL);
    Body__InfoShared body = BODY__INFO_SHARED__INIT;
    Body__Subject subject = BODY__SUBJECT__INIT;
    deed->internal = lucky(200);
    deed->drill = lucky(20);
    body.category = any(charter_categories, CHARTER_CATEGORIES);
    body.formed_at = machine_wall(machine) - chance_between(&chance, WORLD_SECOND, lucky(800) ? WORLD_DAY : 30 * WORLD_DAY);
    body.title = "行政处罚决定";
    body.text = "罚款五千元，已缴纳。";
    body.identity = strcmp(body.category, "complaint") == 0 ? "anonymous" : "";
    body.region = lucky(400) ? any(regions, REGIONS) : "";
    if (lucky(400)) {
        subject.name = "某食品经营部";
        subject.credit_code = lucky(800) ? any(codes, CODES) : "";
        body.subject = &subject;
    }
    send(deed, &body.base);
}

static void correct(struct machine *machine, struct deed *published)
{
    Body__Correction body = BODY__CORRECTION__INIT;
    body.now = "罚款三千元";
    body.reason = "笔误";
    send(begin("correction", machine->index, published->compact, published->matter, published), &body.base);
}

static void recall(struct machine *machine, struct deed *published)
{
    Body__Recall body = BODY__RECALL__INIT;
    body.reason = "发布有误";
    send(begin("recall", machine->index, published->compact, published->matter, published), &body.base);
}

static void publish_entry(struct machine *machine, size_t compact)
{
    struct deed *earlier = lucky(500) ? pick(&desks[machine->index].published) : NULL;
    const bool replaces = earlier != NULL && strcmp(earlier->name, "catalogue.entry") == 0 && earlier->compact == compact;
    Body__CatalogueEntry body = BODY__CATALOGUE_ENTRY__INIT;
    body.title = "行政处罚";
    body.category = any(charter_categories, CHARTER_CATEGORIES);
    body.fields = "文号、主体";
    body.rhythm = "at-once";
    body.access = "both";
    body.basis = "规定";
    send(begin("catalogue.entry", machine->index, compact, replaces ? earlier->matter : NULL, replaces ? earlier : NULL), &body.base);
}

// What went before: all that was formed since a date, or all after an item; mostly nothing.
static void choose_beginning(struct machine *machine, size_t publisher, Body__SubscriptionRequest *body)
{
    const struct deed *known = pick(&desks[publisher].published);
    if (lucky(400)) {
        body->since = machine_wall(machine) - chance_between(&chance, WORLD_HOUR, PAST_DAYS * WORLD_DAY);
    } else if (known != NULL && lucky(350)) {
        body->after = name_of(known->id);
    }
}

static void choose_filters(struct machine *machine, size_t publisher, Body__SubscriptionRequest *body)
{
    const struct deed *known = pick(&desks[publisher].published);
    if (lucky(200)) {
        body->region = any(regions, REGIONS);
    }
    if (lucky(80)) {
        body->credit_code = any(codes, CODES);
    }
    if (known != NULL && lucky(80)) {
        body->matter = name_of(known->matter->id);
    }
    if (lucky(150)) {
        body->until = machine_wall(machine) + chance_between(&chance, WORLD_DAY, 20 * WORLD_DAY);
    }
}

static void ask_for(struct machine *machine, size_t publisher, size_t compact, struct deed *earlier)
{
    Body__Wanted wanted[CHARTER_CATEGORIES];
    Body__Wanted *list[CHARTER_CATEGORIES];
    Body__SubscriptionRequest body = BODY__SUBSCRIPTION_REQUEST__INIT;
    body.wanted = list;
    while (body.n_wanted == 0) {
        for (size_t i = 0; i < CHARTER_CATEGORIES; i++) {
            if (lucky(600)) {
                list[body.n_wanted] = &wanted[body.n_wanted];
                body__wanted__init(&wanted[body.n_wanted]);
                wanted[body.n_wanted++].category = (char *)(uintptr_t)charter_categories[i];
            }
        }
    }
    body.purpose = "日常监管";
    choose_beginning(machine, publisher, &body);
    choose_filters(machine, publisher, &body);
    struct deed *deed = begin("subscription.request", machine->index, compact, earlier == NULL ? NULL : earlier->matter, earlier);
    deed->drill = lucky(15);
    people_add_holder(deed, publisher, false);
    send(deed, &body.base);
}

static void end(struct machine *machine, struct deed *request)
{
    Body__SubscriptionEnd body = BODY__SUBSCRIPTION_END__INIT;
    const size_t publisher = request->holders[0].agency;
    struct deed *deed = begin("subscription.end", machine->index, request->compact, request->matter, request);
    body.reason = "不再需要";
    people_add_holder(deed, request->author == machine->index ? publisher : request->author, false);
    send(deed, &body.base);
}

// ------------------------------------------------------------------------------------------- deciding

// Of a request that waits an officer gives what the rules let be had, or less, or nothing; of one request always the same, whenever he is asked.
struct decision {
    Body__Wanted given[CHARTER_CATEGORIES];
    Body__LeftOut kept[CHARTER_CATEGORIES];
    Body__Wanted *granted[CHARTER_CATEGORIES];
    Body__LeftOut *left_out[CHARTER_CATEGORIES];
    size_t given_count;
    size_t kept_count;
    bool waits;
};

static void keep(struct decision *decision, char *category)
{
    Body__LeftOut *kept = &decision->kept[decision->kept_count];
    body__left_out__init(kept);
    kept->category = category;
    kept->reason = "涉及在办案件";
    kept->statute = "办法第二十七条";
    decision->left_out[decision->kept_count++] = kept;
}

static void give(struct decision *decision, char *category)
{
    Body__Wanted *given = &decision->given[decision->given_count];
    body__wanted__init(given);
    given->category = category;
    decision->granted[decision->given_count++] = given;
}

static void make_decision(const struct deed *request, const Body__SubscriptionRequest *body, struct decision *decision)
{
    const bool refuses = request->number % 7 == 0;
    *decision = (struct decision){0};
    for (size_t i = 0; i < body->n_wanted; i++) {
        char *name = body->wanted[i]->category;
        const size_t category = charter_category(name);
        const bool may = charter_may_have(request->compact, request->author, category, request->internal);
        decision->waits = decision->waits || (may && charter_officer_decides(request->compact, category));
        (may && !refuses && (request->number + category) % 4 != 0 ? give : keep)(decision, name);
    }
}

static void decide_later(struct machine *machine, struct deed *request)
{
    ProtobufCMessage *message;
    struct decision decision;
    must(decode_message(&body__subscription_request__descriptor, request->body, &decode_body_rules, world.arena, NULL, &message) == DECODE_OK);
    const Body__SubscriptionRequest *asked = (const Body__SubscriptionRequest *)message;
    make_decision(request, asked, &decision);
    if (!decision.waits || lucky(80)) {
        return; // some are forgotten
    }
    Body__SubscriptionGrant grant = BODY__SUBSCRIPTION_GRANT__INIT;
    Body__SubscriptionRefusal refusal = BODY__SUBSCRIPTION_REFUSAL__INIT;
    grant.granted = decision.granted;
    grant.n_granted = decision.given_count;
    grant.left_out = refusal.left_out = decision.left_out;
    grant.n_left_out = refusal.n_left_out = decision.kept_count;
    grant.until = asked->until;
    const bool grants = decision.given_count > 0;
    struct deed *deed = begin(grants ? "subscription.grant" : "subscription.refusal", machine->index, request->compact, request->matter, request);
    deed->officer_count = 1;
    people_add_holder(deed, request->author, false);
    send_at(deed, grants ? &grant.base : &refusal.base, world.now + chance_between(&chance, WORLD_MINUTE, lucky(800) ? WORLD_DAY : 8 * WORLD_DAY));
}

// ------------------------------------------------------------------------------------------- choosing

static void write_of_own(struct machine *machine)
{
    struct deed *published = pick(&desks[machine->index].published);
    if (published != NULL && strcmp(published->name, "recall") != 0) {
        (lucky(650) ? correct : recall)(machine, published);
    }
}

static void subscribe(struct machine *machine, size_t compact)
{
    const size_t *members;
    const size_t count = charter_members(compact, &members);
    const size_t publisher = world.options.law == WORLD_LAW_PRESS ? PUBLISHER : members[chance_below(&chance, count)];
    if (publisher != machine->index) {
        ask_for(machine, publisher, compact, NULL);
    }
}

static void renew(struct machine *machine)
{
    struct deed *earlier = pick(&desks[machine->index].asked);
    if (earlier != NULL) {
        ask_for(machine, earlier->holders[0].agency, earlier->compact, earlier);
    }
}

static void end_one(struct machine *machine, const struct shelf *shelf)
{
    struct deed *request = pick(shelf);
    if (request != NULL) {
        end(machine, request);
    }
}

// The recall of a request ends it as well.
static void take_back(struct machine *machine, const struct shelf *shelf)
{
    struct deed *request = pick(shelf);
    Body__Recall body = BODY__RECALL__INIT;
    if (request != NULL) {
        struct deed *deed = begin("recall", machine->index, request->compact, request->matter, request);
        body.reason = "申请有误";
        people_add_holder(deed, request->holders[0].agency, false);
        send(deed, &body.base);
    }
}

static void publish(struct machine *machine, size_t compact)
{
    const uint64_t sort = chance_below(&chance, 100);
    if (sort < 75) {
        for (uint64_t i = world.options.law == WORLD_LAW_PRESS ? chance_below(&chance, 2 * BURST) : 0; i > 0; i--) {
            publish_item(machine, compact);
        }
        publish_item(machine, compact);
    } else if (sort < 93) {
        write_of_own(machine);
    } else {
        publish_entry(machine, compact);
    }
}

static void read(struct machine *machine, size_t compact)
{
    const bool only_publishes = world.options.law == WORLD_LAW_PRESS && machine->index == PUBLISHER;
    const uint64_t sort = only_publishes ? 99 : chance_below(&chance, 100);
    if (sort < 55) {
        subscribe(machine, compact);
    } else if (sort < 75) {
        renew(machine);
    } else if (sort < 92) {
        end_one(machine, &desks[machine->index].asked);
    } else if (sort < 94) {
        take_back(machine, &desks[machine->index].asked);
    } else {
        end_one(machine, &desks[machine->index].asked_us);
    }
}

static unsigned acts_of(const struct machine *machine)
{
    switch (world.options.law) {
    case WORLD_LAW_TOWN:
        return TOWN_ACTS_IN_HUNDRED_DAYS;
    case WORLD_LAW_FIVE:
        return FIVE_ACTS_IN_HUNDRED_DAYS;
    case WORLD_LAW_PRESS:
        break;
    }
    return machine->index == PUBLISHER ? PRESS_ACTS_IN_HUNDRED_DAYS : READER_ACTS_IN_HUNDRED_DAYS;
}

static bool is_publishing(const struct machine *machine)
{
    if (world.options.law != WORLD_LAW_PRESS) {
        return lucky(550);
    }
    return machine->index == PUBLISHER && lucky(980);
}

static void work(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    const size_t *compacts;
    const size_t count = charter_of(machine->index, &compacts);
    (void)number;
    if (world.settling || count == 0) {
        return;
    }
    world_plan(world.now + chance_between(&chance, WORLD_MINUTE, 2 * 100 * WORLD_DAY / acts_of(machine)), work, machine, 0);
    (is_publishing(machine) ? publish : read)(machine, compacts[chance_below(&chance, count)]);
}

void editors_learn(struct machine *machine, struct deed *deed)
{
    struct desk *desk = &desks[machine->index];
    const bool own = deed->author == machine->index;
    if (deed_is_published(deed) && own) {
        put(&desk->published, deed);
    } else if (strcmp(deed->name, "subscription.request") == 0) {
        put(own ? &desk->asked : &desk->asked_us, deed);
        if (!own && !deed->drill) {
            decide_later(machine, deed);
        }
    }
}

void editors_make(void)
{
    chance = chance_make(world.options.seed, 5);
    desks = calloc(world.options.agencies, sizeof *desks);
    must(desks != NULL);
}

void editors_begin(void)
{
    for (size_t i = 0; i < world.machine_count; i++) {
        const int64_t usual = 100 * WORLD_DAY / acts_of(&world.machines[i]);
        const int64_t first = usual < 3 * WORLD_DAY ? usual : 3 * WORLD_DAY;
        world_plan(world.now + chance_between(&chance, WORLD_HOUR, 2 * WORLD_HOUR + first), work, &world.machines[i], 0);
    }
}
