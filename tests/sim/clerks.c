// SPDX-License-Identifier: Apache-2.0
#include "sim/clerks.h"

#include <stdlib.h>
#include <string.h>

#include "law/opening.h"
#include "wire/decode.h"
#include "wire/kinds.h"

#include "sim/forms.h"
#include "sim/people.h"
#include "sim/seats.h"

enum {
    WORK_IN_HUNDRED_DAYS = 120, // matters and steps that an agency begins by itself
    DEEPEST_PLAN = 6,           // steps before a step
    DEEPEST_CHAIN = 8,          // of deeds that led to one another
    CANDIDATES = 16,
    KNOWN_MATTERS = 8,
    RULES_MOST = 128,
    LARGEST_MATTER = 60, // deeds; then nobody has anything more to add
    TAIL_DAYS = 5, // what is planned for later than that after the end is not done
    CARELESS_IN_THOUSAND = 60,
};

const char *const clerks_officers[CLERKS_OFFICERS] = {"31260001", "31260002", "31260003", "31260004"};

struct desk {
    struct deed *matters[KNOWN_MATTERS]; // begun or heard of lately
    size_t next;
};

static struct chance chance;
static struct desk *desks;
static unsigned tried[COMPACTS][RULES_MOST]; // openings of each rule

static bool lucky(unsigned thousandths)
{
    return chance_in_thousand(&chance, thousandths);
}

// --------------------------------------------------------------------------------------- as the law sees it

static void list_parties(size_t compact, struct act *act)
{
    size_t members[SEATS];
    const size_t count = seats_members(compact, members);
    struct act_party *parties = arena_take_array(world.arena, count, sizeof *parties);
    for (size_t i = 0; i < count; i++) {
        parties[i] = (struct act_party){world.machines[members[i]].id, seats_role(members[i], compact), seats_sector(members[i])};
    }
    act->parties = parties;
    act->party_count = count;
}

static void list_citations(const struct deed *deed, struct act *act)
{
    struct citation *citations = arena_take_array(world.arena, 64, sizeof *citations);
    act->citations = citations;
    for (const struct deed *other = deed->matter; other != NULL && act->citation_count < 64; other = other->next_of_matter) {
        if (other != deed && other->sealed && (!deed->sealed || other->number < deed->number)) {
            citations[act->citation_count++] = (struct citation){other->name, world.machines[other->author].id};
        }
    }
}

static struct act *make_act(const struct deed *deed)
{
    struct act *act = arena_take(world.arena, sizeof *act);
    const char **to = arena_take_array(world.arena, DEED_PARTIES, sizeof *to);
    const struct kind *kind = kinds_find(deed->name);
    ProtobufCMessage *body;
    struct law_pair *pairs;
    must(act != NULL && to != NULL);
    *act = (struct act){.author = world.machines[deed->author].id,
                        .id = {deed->id, ID_BYTES},
                        .kind = kind->name,
                        .to = to,
                        .to_count = deed->addressee_count,
                        .sealed_at = deed->planned_at,
                        .urgent = deed->urgent,
                        .drill = deed->drill,
                        .reply_kind = deed->target == NULL ? NULL : deed->target->name};
    for (size_t i = 0; i < deed->addressee_count; i++) {
        to[i] = world.machines[deed->holders[i].agency].id;
    }
    must(decode_message(kind->descriptor, deed->body, &decode_body_rules, world.arena, NULL, &body) == DECODE_OK);
    must(fields_lift(kind, body, world.arena, &pairs, &act->pair_count));
    act->pairs = pairs;
    list_parties(deed->compact, act);
    list_citations(deed, act);
    return act;
}

static bool is_known_at(const struct deed *deed, size_t agency)
{
    const struct deed_holding *holding = deed_holder((struct deed *)(uintptr_t)deed, agency);
    return deed->author == agency ? !deed->given_up : holding != NULL && holding->held;
}

// The latest of a kind in a matter that the agency knows, or will have written by then.
static struct deed *find_step(const struct deed *matter, size_t agency, const char *kind, const struct condition *where)
{
    struct deed *latest = NULL;
    for (struct deed *deed = (struct deed *)(uintptr_t)matter; deed != NULL; deed = deed->next_of_matter) {
        if (strcmp(deed->name, kind) == 0 && deed->kind == DEED_OTHER && is_known_at(deed, agency) && !deed->drill &&
            (where == NULL || condition_holds(where, make_act(deed), NULL)) && (latest == NULL || deed->number > latest->number)) {
            latest = deed;
        }
    }
    return latest;
}

// ---------------------------------------------------------------------------------------------- planning

// What somebody means to write.
struct intent {
    const char *kind;
    size_t author;
    size_t compact;
    struct deed *matter; // NULL: a new one
    struct deed *target;
    const struct condition *where[2];
    size_t where_count;
    const char *cites; // a kind that has to stand in the matter before it; NULL
    size_t to[DEED_PARTIES];
    size_t to_count; // 0: whoever fits
    int64_t at;
    unsigned plan_depth;
    unsigned chain_depth;
};

static struct deed *plan(struct intent *intent);

static bool has_word(const struct word_list *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static bool fits_term(const struct condition_term *term, size_t agency, size_t compact)
{
    const bool by_role = term->subject == CONDITION_AUTHOR_ROLE || term->subject == CONDITION_ADDRESSEE_ROLE;
    const char *word = by_role ? seats_role(agency, compact) : seats_sector(agency);
    bool is = false;
    for (size_t i = 0; i < term->value_count; i++) {
        is = is || strcmp(term->values[i], word) == 0;
    }
    return is != term->differs;
}

static bool may_write(const struct condition *where, size_t agency, size_t compact)
{
    for (size_t i = 0; i < where->term_count; i++) {
        const enum condition_subject subject = where->terms[i].subject;
        if ((subject == CONDITION_AUTHOR_ROLE || subject == CONDITION_AUTHOR_SECTOR) && !fits_term(&where->terms[i], agency, compact)) {
            return false;
        }
    }
    return true;
}

static bool may_get(const struct intent *intent, const struct word_list *roles, size_t agency)
{
    if (agency == intent->author || (roles != NULL && !has_word(roles, seats_role(agency, intent->compact)))) {
        return false;
    }
    for (size_t i = 0; i < intent->where_count; i++) {
        for (size_t j = 0; j < intent->where[i]->term_count; j++) {
            const struct condition_term *term = &intent->where[i]->terms[j];
            if ((term->subject == CONDITION_ADDRESSEE_ROLE || term->subject == CONDITION_ADDRESSEE_SECTOR) &&
                !fits_term(term, agency, intent->compact)) {
                return false;
            }
        }
    }
    return true;
}

// One of the compact that may get it; the author if nobody may.
static size_t choose_addressee(const struct intent *intent, const struct word_list *roles)
{
    size_t members[SEATS];
    size_t fitting = 0;
    const size_t count = seats_members(intent->compact, members);
    for (size_t i = 0; i < count; i++) {
        if (may_get(intent, roles, members[i])) {
            members[fitting++] = members[i];
        }
    }
    return fitting == 0 ? intent->author : members[chance_below(&chance, fitting)];
}

static void address(struct deed *deed, const struct intent *intent, const struct word_list *roles)
{
    deed->holder_count = 0;
    deed->addressee_count = 0;
    if (kinds_find(intent->kind)->class == KIND_FACT) {
        return;
    }
    for (size_t i = 0; i < intent->to_count; i++) {
        if (roles == NULL || may_get(intent, roles, intent->to[i])) {
            people_add_holder(deed, intent->to[i], false);
        }
    }
    if (deed->addressee_count == 0) {
        people_add_holder(deed, choose_addressee(intent, roles), false);
    }
    if (lucky(80)) {
        people_add_holder(deed, choose_addressee(intent, roles), false);
    }
    for (size_t i = 0; deed->target != NULL && i < deed->target->holder_count; i++) {
        if (deed->target->holders[i].copy && lucky(850)) {
            people_add_holder(deed, deed->target->holders[i].agency, true);
        }
    }
    if (lucky(200)) {
        const struct intent anybody = {.author = intent->author, .compact = intent->compact};
        people_add_holder(deed, choose_addressee(&anybody, NULL), true);
    }
}

static bool write_body(struct deed *deed, const struct intent *intent, const struct form_wishes *wishes)
{
    size_t members[SEATS];
    const char *agencies[SEATS];
    const size_t count = seats_members(intent->compact, members);
    for (size_t i = 0; i < count; i++) {
        agencies[i] = world.machines[members[i]].id;
    }
    const int64_t wall = machine_wall(&world.machines[intent->author]) + intent->at - world.now;
    const struct form_writer writer = {wall, agencies, count, clerks_officers[chance_below(&chance, CLERKS_OFFICERS)]};
    const struct bytes body = form_fill(&chance, kinds_find(intent->kind), wishes, &writer, world.arena);
    if (body.data == NULL) {
        world_tell("nobody can fill in a %s", intent->kind);
        return false;
    }
    free((void *)(uintptr_t)deed->body.data);
    uint8_t *copy = malloc(body.size + 1);
    must(copy != NULL);
    memcpy(copy, body.data, body.size);
    deed->body = (struct bytes){copy, body.size};
    deed->planned_at = wall;
    return true;
}

// A step that must come before: our own is planned, and the other side's asked for.
static struct deed *plan_step(const struct intent *intent, const struct deed *deed, const char *kind, const struct condition *where, size_t author)
{
    struct intent step = {
        .kind = kind,
        .author = author,
        .compact = intent->compact,
        .matter = deed->matter == deed ? NULL : deed->matter,
        .at = world.now + chance_between(&chance, WORLD_MINUTE, 2 * WORLD_HOUR),
        .plan_depth = intent->plan_depth + 1,
        .chain_depth = intent->chain_depth + 1,
    };
    if (where != NULL) {
        step.where[step.where_count++] = where;
    }
    if (author != intent->author) {
        step.to[step.to_count++] = intent->author;
    }
    return plan(&step);
}

static size_t choose_author(const struct intent *intent, const struct rule_list *rules, size_t item)
{
    for (int tries = 0; tries < 8; tries++) {
        const size_t agency = choose_addressee(&(struct intent){.author = intent->author, .compact = intent->compact}, NULL);
        if (rules == NULL || may_write(&rules->items[item].where, agency, intent->compact)) {
            return agency;
        }
    }
    return intent->author;
}

// After a step that was planned just now; the first one begins the matter.
static void follow(struct intent *intent, struct deed *deed, struct deed *step)
{
    if (deed->matter == deed) {
        deed->matter = step->matter;
        deed->next_of_matter = step->matter->next_of_matter;
        step->matter->next_of_matter = deed;
        intent->matter = step->matter;
    }
    const int64_t step_at = step->planned_at - machine_wall(&world.machines[step->author]) + world.now;
    intent->at = (step_at > intent->at ? step_at : intent->at) + chance_between(&chance, WORLD_HOUR, 6 * WORLD_HOUR);
}

// The step stands in the matter, or is planned now, and then what needs it comes later.
static bool see_to_step(struct intent *intent, struct deed *deed, const struct requirement *requirement, const struct rule_item *item)
{
    struct deed *step = find_step(deed->matter, intent->author, item->kind, &item->where);
    if (step == NULL) {
        const bool own = may_write(&item->where, intent->author, intent->compact) && lucky(700);
        step = plan_step(intent, deed, item->kind, &item->where, own ? intent->author : choose_author(intent, &requirement->after, 0));
        if (step == NULL) {
            return false;
        }
        follow(intent, deed, step);
    }
    if (requirement->different_officers) {
        deed->first_officer = (step->first_officer + step->officer_count) % CLERKS_OFFICERS;
    }
    return true;
}

// It answers what another wrote, and goes to him.
static void aim(struct intent *intent, struct deed *deed, struct deed *target)
{
    deed->target = target;
    if (intent->to_count == 0) {
        intent->to[intent->to_count++] = target->author;
        address(deed, intent, NULL);
    }
}

static bool see_to_reply(struct intent *intent, struct deed *deed, const struct word_list *answers)
{
    if (deed->target != NULL && has_word(answers, deed->target->name)) {
        return true;
    }
    for (size_t i = 0; i < answers->count; i++) {
        struct deed *target = find_step(deed->matter, intent->author, answers->words[i], NULL);
        if (target != NULL && target->author != intent->author) {
            aim(intent, deed, target);
            return true;
        }
    }
    const char *kind = answers->words[chance_below(&chance, answers->count)];
    struct deed *asked = plan_step(intent, deed, kind, NULL, choose_author(intent, NULL, 0));
    if (asked == NULL || deed_holder(asked, intent->author) == NULL) { // it has to go to others, who may answer it
        return false;
    }
    aim(intent, deed, asked);
    follow(intent, deed, asked);
    return true;
}

// What has to reply to something and is not told to what.
static bool find_target(struct intent *intent, struct deed *deed)
{
    static const char *const openings[] = {"note", "lead.notice", "transfer.letter", "complaint.referral", "meeting.proposal"};
    static const char *kind;
    const struct word_list answers = {&kind, 1};
    for (struct deed *other = deed->matter; other != NULL; other = other->next_of_matter) {
        if (other != deed && other->author != intent->author && other->addressee_count > 0 && is_known_at(other, intent->author)) {
            aim(intent, deed, other);
            return true;
        }
    }
    kind = openings[chance_below(&chance, sizeof openings / sizeof openings[0])];
    return see_to_reply(intent, deed, &answers);
}

// What opens a duty only if it cites something comes after that, which is our own or was sent to us.
static bool see_to_citing(struct intent *intent, struct deed *deed)
{
    if (intent->cites == NULL || find_step(deed->matter, intent->author, intent->cites, NULL) != NULL) {
        return true;
    }
    struct deed *cited = plan_step(intent, deed, intent->cites, NULL, lucky(500) ? intent->author : choose_author(intent, NULL, 0));
    if (cited == NULL || (cited->author != intent->author && deed_holder(cited, intent->author) == NULL)) {
        return false;
    }
    follow(intent, deed, cited);
    return true;
}

// One term that does not hold is enough; it is wished for as its opposite.
static void avoid(const struct condition *forbidden, struct form_wishes *wishes)
{
    struct condition_term *term = arena_take(world.arena, sizeof *term);
    struct condition *opposite = arena_take(world.arena, sizeof *opposite);
    must(term != NULL && opposite != NULL);
    for (size_t i = 0; i < forbidden->term_count && wishes->where_count < FORM_WISHES; i++) {
        if (forbidden->terms[i].subject == CONDITION_PAIR) {
            *term = forbidden->terms[i];
            term->differs = !term->differs;
            *opposite = (struct condition){term, 1};
            wishes->where[wishes->where_count++] = opposite;
            return;
        }
    }
}

static bool see_to(struct intent *intent, struct deed *deed, const struct requirement *requirement, struct form_wishes *wishes)
{
    if (requirement->from.count > 0 && !has_word(&requirement->from, seats_role(intent->author, intent->compact))) {
        return false;
    }
    if (requirement->answers.count > 0 && !see_to_reply(intent, deed, &requirement->answers)) {
        return false;
    }
    for (size_t i = 0; i < requirement->after.count; i++) {
        if (!see_to_step(intent, deed, requirement, &requirement->after.items[i])) {
            return false;
        }
    }
    if (requirement->to.count > 0) {
        address(deed, intent, &requirement->to);
    }
    avoid(&requirement->forbids, wishes);
    if (requirement->needs.count > 0 && wishes->needs_count < FORM_WISHES) {
        wishes->needs[wishes->needs_count++] = &requirement->needs;
    }
    deed->officer_count = requirement->officers > deed->officer_count ? requirement->officers : deed->officer_count;
    deed->numbered = deed->numbered || requirement->own_number;
    return true;
}

static bool is_of(const struct requirement *requirement, const char *kind)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, kind) == 0) {
            return true;
        }
    }
    return false;
}

// Does the procedure say what it answers?
static bool asks_for(const struct intent *intent)
{
    const struct procedure *procedure = seats_procedure(intent->compact);
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        if (procedure->requirements[i].answers.count > 0 && is_of(&procedure->requirements[i], intent->kind)) {
            return true;
        }
    }
    return false;
}

// Asks the procedure what it requires. What it asks may change the body, and the body what it asks: twice is mostly enough.
static bool see_to_all(struct intent *intent, struct deed *deed, struct form_wishes *wishes)
{
    const struct procedure *procedure = seats_procedure(intent->compact);
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        const struct requirement *requirement = &procedure->requirements[i];
        if (is_of(requirement, intent->kind) && requirement_applies(requirement, make_act(deed)) && !see_to(intent, deed, requirement, wishes)) {
            return false;
        }
    }
    return write_body(deed, intent, wishes);
}

static void give_marks(struct deed *deed, const struct kind *kind)
{
    deed->officer_count = (kind->marks & KIND_NEEDS_OFFICER) != 0 || lucky(300) ? 1 : 0;
    deed->first_officer = (unsigned)chance_below(&chance, CLERKS_OFFICERS);
    deed->numbered = lucky(200);
    deed->urgent = kind->class == KIND_MESSAGE && lucky(120);
    deed->drill = lucky(15);
}

static void recall_later(struct deed *deed)
{
    if (deed->addressee_count > 0 && lucky(25) && strcmp(deed->name, "recall") != 0) {
        struct intent recall = {.kind = "recall", .author = deed->author, .compact = deed->compact, .matter = deed->matter, .target = deed,
                                .at = world.now + chance_between(&chance, WORLD_HOUR, 4 * WORLD_DAY), .chain_depth = deed->depth + 1};
        for (size_t i = 0; i < deed->addressee_count; i++) {
            recall.to[recall.to_count++] = deed->holders[i].agency;
        }
        plan(&recall);
    }
}

static bool is_large(const struct deed *matter)
{
    size_t count = 0;
    for (const struct deed *deed = matter; deed != NULL; deed = deed->next_of_matter) {
        count++;
    }
    return count > LARGEST_MATTER;
}

// NULL: it came to nothing.
static struct deed *plan(struct intent *intent)
{
    const struct kind *kind = kinds_find(intent->kind);
    struct form_wishes wishes = {.where_count = intent->where_count};
    memcpy(wishes.where, intent->where, sizeof intent->where);
    if (intent->plan_depth > DEEPEST_PLAN || is_large(intent->matter) || intent->at > world.end + TAIL_DAYS * WORLD_DAY || world.fault[0] != '\0') {
        return NULL;
    }
    struct deed *deed = people_begin_deed(DEED_OTHER, intent->author, intent->matter, intent->target);
    deed->name = kind->name;
    deed->compact = intent->compact;
    deed->depth = intent->chain_depth;
    deed->given_up = true; // until it is whole
    give_marks(deed, kind);
    address(deed, intent, NULL);
    const bool aimed = (kind->marks & KIND_REPLIES) == 0 || deed->target != NULL || asks_for(intent) || find_target(intent, deed);
    const bool whole = aimed && see_to_citing(intent, deed) && write_body(deed, intent, &wishes) &&
                       (lucky(CARELESS_IN_THOUSAND) || see_to_all(intent, deed, &wishes));
    if (!whole || (kind->class == KIND_MESSAGE && deed->addressee_count == 0)) {
        return NULL;
    }
    deed->given_up = false;
    people_plan(deed, intent->at);
    recall_later(deed);
    return deed;
}

// --------------------------------------------------------------------------------------------- reactions

// About how long a rule gives, to be in time, late, or there at the last second.
static int64_t length_of(const struct within *within)
{
    switch (within->form) {
    case WITHIN_HOURS:
    case WITHIN_HOURS_FROM_NEXT:
        return within->count * WORLD_HOUR;
    case WITHIN_WORKDAYS:
    case WITHIN_DAYS:
        return within->count * WORLD_DAY;
    case WITHIN_WEEKS:
        return within->count * 7 * WORLD_DAY;
    case WITHIN_SAME_DAY:
        return 6 * WORLD_HOUR;
    case WITHIN_AT_ONCE:
        return WORLD_HOUR;
    case WITHIN_THIS_YEAR:
    case WITHIN_UNTIL:
        return 10 * WORLD_DAY;
    case WITHIN_PROMPTLY:
        break;
    }
    return 2 * WORLD_DAY;
}

static int64_t choose_time(const struct duty_rule *duty, const struct deed *deed)
{
    const int64_t length = length_of(deed->urgent && duty->has_urgent ? &duty->urgent_within : &duty->within);
    const uint64_t sort = chance_below(&chance, 100);
    if (sort < 10) {
        return world.now + length + chance_between(&chance, -2 * WORLD_SECOND, 2 * WORLD_SECOND);
    }
    const int64_t quick = length < 3 * WORLD_DAY ? length : 3 * WORLD_DAY;
    return world.now + (sort < 70   ? chance_between(&chance, WORLD_MINUTE, quick)
                        : sort < 90 ? chance_between(&chance, quick / 2, length)
                                    : chance_between(&chance, length, 2 * length));
}

static struct intent answer(struct machine *machine, struct deed *deed, const char *kind, int64_t at)
{
    struct intent intent = {.kind = kind, .author = machine->index, .compact = deed->compact, .matter = deed->matter, .at = at,
                            .chain_depth = deed->depth + 1};
    if (kinds_find(kind)->class == KIND_MESSAGE) {
        intent.target = deed;
        if (deed->author != machine->index) {
            intent.to[intent.to_count++] = deed->author;
        }
    }
    return intent;
}

static size_t index_of(const char *agency)
{
    return (size_t)strtoul(agency + strlen("agency-"), NULL, 10);
}

static void meet(struct machine *machine, struct deed *deed, const struct obligation_seed *seed)
{
    const struct duty_rule *duty = seed->duty;
    const struct duty_act *act = &duty->met_by[chance_below(&chance, duty->met_by_count)];
    struct intent intent = answer(machine, deed, act->kind, choose_time(duty, deed));
    intent.where[intent.where_count++] = &act->where;
    for (size_t i = 0; i < seed->addressee_count && intent.to_count < DEED_PARTIES; i++) {
        const size_t agency = index_of(seed->addressees[i]);
        if (agency != machine->index && agency != deed->author) {
            intent.to[intent.to_count++] = agency;
        }
    }
    plan(&intent);
}

static void put_off(struct machine *machine, struct deed *deed, const struct duty_rule *duty)
{
    const int64_t half = length_of(&duty->within) / 2;
    if (duty->extended_by != NULL && lucky(250)) {
        struct intent extension = answer(machine, deed, duty->extended_by, world.now + chance_between(&chance, WORLD_HOUR, 2 * half));
        plan(&extension);
    }
    if (duty->suspended_by.kind != NULL && lucky(250)) {
        struct intent suspension = answer(machine, deed, duty->suspended_by.kind, world.now + chance_between(&chance, WORLD_HOUR, half));
        struct intent resumption = answer(machine, deed, duty->suspended_by.until_kind, world.now + half + chance_between(&chance, 0, half));
        plan(&suspension);
        if (lucky(800)) {
            plan(&resumption);
        }
    }
}

static void end(struct machine *machine, struct deed *deed, const struct duty_rule *duty)
{
    if (duty->ended_by.count > 0 && lucky(100)) {
        const struct rule_item *item = &duty->ended_by.items[chance_below(&chance, duty->ended_by.count)];
        struct intent intent = answer(machine, deed, item->kind, choose_time(duty, deed));
        intent.where[intent.where_count++] = &item->where;
        plan(&intent);
    }
}

static void hand_in(struct machine *machine, struct deed *deed, const struct duty_rule *duty)
{
    if (duty->awaits.kind != NULL && lucky(500)) {
        struct intent intent = answer(machine, deed, duty->awaits.kind, world.now + chance_between(&chance, WORLD_HOUR, 2 * WORLD_DAY));
        intent.where[intent.where_count++] = &duty->awaits.where;
        plan(&intent);
    }
}

static bool is_named(const char *const *agencies, size_t count, const char *agency)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(agencies[i], agency) == 0) {
            return true;
        }
    }
    return false;
}

static void see_to_duty(struct machine *machine, struct deed *deed, const struct obligation_seed *seed)
{
    const bool owes = is_named(seed->debtors, seed->debtor_count, machine->id);
    const bool tired = deed->depth > DEEPEST_CHAIN;
    hand_in(machine, deed, seed->duty);
    if (owes && lucky(tired ? 200 : seed->debtor_count > 1 ? 550 : 800)) {
        meet(machine, deed, seed);
    }
    if (owes && !tired) {
        put_off(machine, deed, seed->duty);
        end(machine, deed, seed->duty);
    }
    if (!owes && !tired && seed->duty->has_urgent && !deed->urgent && deed->author == machine->index && lucky(60)) {
        struct intent raising = answer(machine, deed, "urgency.raised", world.now + chance_between(&chance, WORLD_MINUTE, WORLD_DAY));
        raising.to[raising.to_count++] = index_of(seed->debtors[0]);
        plan(&raising);
    }
}

static bool is_to_be_confirmed(const struct deed *deed)
{
    const struct procedure *procedure = seats_procedure(deed->compact);
    for (size_t i = 0; i < procedure->duty_count; i++) {
        const struct duty_rule *duty = &procedure->duties[i];
        for (size_t j = 0; j < duty->met_by_count; j++) {
            if (duty->met_by[j].meeting == DUTY_MET_BY_CONFIRMED && strcmp(duty->met_by[j].kind, deed->name) == 0) {
                return true;
            }
        }
    }
    return act_find_told(make_act(deed)) != 0;
}

static void confirm(struct machine *machine, struct deed *deed)
{
    static const char *const word = "confirmed";
    static const struct condition_term term = {.subject = CONDITION_PAIR, .pair = "verdict", .values = &word, .value_count = 1};
    static const struct condition confirmed = {&term, 1};
    if (lucky(850)) {
        struct intent intent = answer(machine, deed, "confirm", world.now + chance_between(&chance, WORLD_MINUTE, 2 * WORLD_DAY));
        intent.where[0] = &confirmed;
        intent.where_count = lucky(850) ? 1 : 0;
        struct deed *first = plan(&intent);
        if (first != NULL && lucky(100)) { // they talked about it
            intent.at += chance_between(&chance, WORLD_HOUR, WORLD_DAY);
            plan(&intent);
        }
    }
}

// What anybody may write about anything.
static void remark(struct machine *machine, struct deed *deed)
{
    static const char *const kinds[] = {"note", "correction", "forward", "link", "supplement.request", "supplement.answer", "offline.act",
                                        "dispute.objection"};
    if (lucky(40)) {
        struct intent intent = answer(machine, deed, kinds[chance_below(&chance, sizeof kinds / sizeof kinds[0])],
                                      world.now + chance_between(&chance, WORLD_HOUR, 2 * WORLD_DAY));
        plan(&intent);
    }
}

// What opens a duty only if it cites such a deed.
static void cite_it(struct machine *machine, struct deed *deed)
{
    const struct procedure *procedure = seats_procedure(deed->compact);
    for (size_t i = 0; i < procedure->duty_count; i++) {
        for (size_t j = 0; j < procedure->duties[i].opened_by_count; j++) {
            const struct duty_opening *opening = &procedure->duties[i].opened_by[j];
            if (opening->if_cites != NULL && strcmp(opening->if_cites, deed->name) == 0 &&
                may_write(&opening->where, machine->index, deed->compact) && lucky(400)) {
                struct intent intent = answer(machine, deed, opening->kind, world.now + chance_between(&chance, WORLD_HOUR, 2 * WORLD_DAY));
                intent.where[intent.where_count++] = &opening->where;
                plan(&intent);
            }
        }
    }
}

static void remember(size_t agency, struct deed *matter)
{
    struct desk *desk = &desks[agency];
    for (size_t i = 0; i < KNOWN_MATTERS; i++) {
        if (desk->matters[i] == matter) {
            return;
        }
    }
    desk->matters[desk->next++ % KNOWN_MATTERS] = matter;
}

void clerks_learn(struct machine *machine, struct deed *deed)
{
    const struct deed_holding *holding = deed_holder(deed, machine->index);
    struct obligation_seed *seeds;
    size_t count;
    if (deed->drill || world.settling) {
        return;
    }
    must(opening_list(seats_procedure(deed->compact), make_act(deed), world.arena, &seeds, &count));
    remember(machine->index, deed->matter);
    for (size_t i = 0; i < count; i++) {
        see_to_duty(machine, deed, &seeds[i]);
    }
    cite_it(machine, deed);
    if (holding == NULL || holding->copy) {
        return;
    }
    if (is_to_be_confirmed(deed)) {
        confirm(machine, deed);
    }
    if (strcmp(deed->name, "recall") == 0 && lucky(300)) {
        struct intent intent = answer(machine, deed, "deletion.confirmed", world.now + chance_between(&chance, WORLD_MINUTE, WORLD_DAY));
        plan(&intent);
    }
    remark(machine, deed);
}

// ------------------------------------------------------------------------------------------- beginning

struct choice {
    size_t compact;
    size_t rule;
    const struct duty_opening *opening;
};

static bool choose_opening(size_t agency, struct choice *out_choice)
{
    size_t own[SEAT_PLACES];
    const size_t count = seats_compacts(agency, own);
    if (count == 0) {
        return false;
    }
    const size_t compact = own[chance_below(&chance, count)];
    const struct procedure *procedure = seats_procedure(compact);
    const size_t rule = chance_below(&chance, procedure->duty_count);
    const struct duty_rule *duty = &procedure->duties[rule];
    *out_choice = (struct choice){compact, rule, &duty->opened_by[chance_below(&chance, duty->opened_by_count)]};
    return strcmp(out_choice->opening->kind, "*") != 0 && strcmp(out_choice->opening->kind, "year.begun") != 0 &&
           may_write(&out_choice->opening->where, agency, compact);
}

// Of some openings that the agency can write the one whose rule was tried least.
static bool choose_least_tried(size_t agency, struct choice *out_best)
{
    size_t found = 0;
    for (int tries = 0; tries < 200 && found < CANDIDATES; tries++) {
        struct choice choice;
        if (!choose_opening(agency, &choice)) {
            continue;
        }
        if (found++ == 0 || tried[choice.compact % COMPACTS][choice.rule] < tried[out_best->compact % COMPACTS][out_best->rule]) {
            *out_best = choice;
        }
    }
    return found > 0;
}

static struct deed *choose_matter(size_t agency, const struct choice *choice)
{
    struct deed *matter = desks[agency].matters[chance_below(&chance, KNOWN_MATTERS)];
    const bool fits = matter != NULL && matter->compact == choice->compact && choice->opening->unless_cites == NULL;
    return fits && lucky(400) ? matter : NULL;
}

static void work(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    struct choice choice;
    (void)number;
    if (world.settling) {
        return;
    }
    world_plan(world.now + chance_between(&chance, WORLD_HOUR, 2 * 100 * WORLD_DAY / WORK_IN_HUNDRED_DAYS), work, machine, 0);
    if (!choose_least_tried(machine->index, &choice)) {
        return;
    }
    struct intent intent = {.kind = choice.opening->kind, .author = machine->index, .compact = choice.compact,
                            .matter = choose_matter(machine->index, &choice), .where = {&choice.opening->where}, .where_count = 1,
                            .cites = choice.opening->if_cites, .at = world.now};
    if (plan(&intent) != NULL) {
        tried[choice.compact % COMPACTS][choice.rule]++;
    }
}

void clerks_make(void)
{
    chance = chance_make(world.options.seed, 4);
    desks = calloc(world.options.agencies, sizeof *desks);
    must(desks != NULL);
}

void clerks_begin(void)
{
    for (size_t i = 0; i < world.machine_count; i++) {
        world_plan(world.now + chance_between(&chance, WORLD_HOUR, WORLD_DAY), work, &world.machines[i], 0);
    }
}
