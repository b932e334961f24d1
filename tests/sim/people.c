// SPDX-License-Identifier: Apache-2.0
#include "sim/people.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "wire/kinds.h"
#include "wire/text.h"

#include "sim/chaos.h"
#include "sim/charter.h"
#include "sim/clerks.h"
#include "sim/deed.h"
#include "sim/editors.h"
#include "sim/network.h"
#include "sim/reckoner.h"
#include "sim/seats.h"
#include "sim/witness.h"
#include "unit/lead.h"

enum {
    GROUP = 5,           // a bureau and four townships share a compact
    BRIDGE = 4,          // four bureaus share another
    LEADS_IN_HUNDRED_DAYS = 10, // that an agency finds
    REFUSAL_CODES = 24,
};

#define ADMINISTRATION (UINT64_C(1) << 40) // numbers of requests that write nothing

struct people {
    struct chance chance;
    struct {
        char code[24];
        uint64_t count;
    } refusals[REFUSAL_CODES];
};

static struct chance *luck(void)
{
    return &world.people->chance;
}

// ---------------------------------------------------------------------------------------- machines

static void write_compacts(size_t index, char folder[400])
{
    snprintf(folder, 400, "%s/compacts-%zu", world.folder, index);
    must(mkdir(folder, 0700) == 0);
    charter_write(index, folder);
}

void people_make(void)
{
    world.people = calloc(1, sizeof *world.people);
    world.machines = calloc(world.options.agencies, sizeof *world.machines);
    must(world.people != NULL && world.machines != NULL);
    world.people->chance = chance_make(world.options.seed, 2);
    if (world.options.law == WORLD_LAW_FIVE) {
        seats_make();
        clerks_make();
    }
    charter_make();
    editors_make();
    for (size_t i = 0; i < world.options.agencies; i++) {
        char folder[400];
        write_compacts(i, folder);
        machine_make(&world.machines[i], i, folder);
        world.machine_count++;
    }
}

// ------------------------------------------------------------------------------------------ asking

static void ask(struct machine *machine, const char *user, uint64_t number, Control__Request__AskCase form, void *message)
{
    Control__Request request = CONTROL__REQUEST__INIT;
    request.number = number;
    request.ask_case = form;
    request.greet = message; // every member of the union is a pointer to a message
    network_ask(machine, user, decode_pack(&request.base, world.arena));
}

static ProtobufCBinaryData to_binary(const void *data, size_t size)
{
    return (ProtobufCBinaryData){size, arena_copy(world.arena, data, size)};
}

static struct bytes notice_body(const struct deed *deed)
{
    struct bytes packed = lead_notice(world.arena, deed->discovered_at);
    if (deed->told_at == 0) {
        return packed;
    }
    ProtobufCMessage *message;
    must(decode_message(&body__lead_notice__descriptor, packed, &decode_body_rules, world.arena, NULL, &message) == DECODE_OK);
    Body__LeadNotice *notice = (Body__LeadNotice *)message;
    notice->channel = "phone";
    notice->notified_at = deed->told_at;
    notice->notified_person = "王芳";
    return decode_pack(message, world.arena);
}

static struct bytes make_body(const struct deed *deed)
{
    switch (deed->kind) {
    case DEED_DISCOVERED:
        return lead_discovered(world.arena, deed->discovered_at);
    case DEED_NOTICE:
        return notice_body(deed);
    case DEED_ASSESSMENT:
        return lead_assessment(world.arena, deed->discovered_at);
    case DEED_CONFIRM:
        return lead_confirm(world.arena, deed->contested ? "contested" : "confirmed");
    case DEED_ACKNOWLEDGEMENT:
        return lead_acknowledgement(world.arena, "收到");
    case DEED_RECALL:
        return lead_recall(world.arena);
    case DEED_OTHER:
    case DEED_SHARING:
        return deed->body;
    case DEED_NOTE:
    case DEED_KINDS:
        break;
    }
    return lead_note(world.arena, "工作联系");
}

static void address(const struct deed *deed, Control__Draft *draft)
{
    draft->to = arena_take_array(world.arena, DEED_PARTIES, sizeof *draft->to);
    draft->copy = arena_take_array(world.arena, DEED_PARTIES, sizeof *draft->copy);
    for (size_t i = 0; i < deed->holder_count; i++) {
        char *agency = world.machines[deed->holders[i].agency].id;
        if (i < deed->addressee_count) {
            draft->to[draft->n_to++] = agency;
        } else {
            draft->copy[draft->n_copy++] = agency;
        }
    }
}

static void sign(const struct deed *deed, const struct kind *kind, Control__Draft *draft)
{
    const size_t usual = (kind->marks & KIND_NEEDS_OFFICER) != 0;
    const size_t count = deed->kind == DEED_OTHER || deed->officer_count > 0 ? deed->officer_count : usual;
    draft->officers = arena_take_array(world.arena, count + 1, sizeof *draft->officers);
    for (size_t i = 0; i < count; i++) {
        draft->officers[draft->n_officers++] = (char *)(uintptr_t)clerks_officers[(deed->first_officer + i) % CLERKS_OFFICERS];
    }
}

static void send_draft(const struct deed *deed)
{
    struct bytes body = make_body(deed);
    Control__Draft draft = CONTROL__DRAFT__INIT;
    Control__Draft *drafts[] = {&draft};
    Control__Submit submit = CONTROL__SUBMIT__INIT;
    const struct kind *kind = kinds_find(deed->name);
    draft.id = to_binary(deed->id, ID_BYTES);
    draft.kind = (char *)deed->name;
    draft.body = to_binary(body.data, body.size);
    draft.urgent_reason = deed->urgent ? "群众安全" : "";
    draft.drill = deed->drill;
    address(deed, &draft);
    if (deed->matter != NULL && deed->matter != deed) {
        draft.matter = to_binary(deed->matter->id, ID_BYTES);
    }
    if (deed->target != NULL) {
        draft.in_reply_to = to_binary(deed->target->id, ID_BYTES);
        draft.in_reply_to_author = world.machines[deed->target->author].id;
    }
    sign(deed, kind, &draft);
    draft.handling = deed->internal ? "内部" : "";
    if (deed->kind == DEED_OTHER || deed->kind == DEED_SHARING) {
        draft.compact = (char *)(uintptr_t)charter_id(deed->compact);
        draft.own_number = deed->numbered ? "某机关〔2025〕1号" : "";
    }
    submit.drafts = drafts;
    submit.n_drafts = 1;
    ask(&world.machines[deed->author], "officer", deed->number + 1, CONTROL__REQUEST__ASK_SUBMIT, &submit);
}

// Sends, and again until it is answered; a program's patience grows.
static void send(void *subject, uint64_t number)
{
    struct deed *deed = subject;
    if (deed->answered || deed->given_up || number != deed->tries) {
        return;
    }
    if (deed->target != NULL && !deed->target->sealed && deed->target->author == deed->author) {
        deed->given_up = true; // what it replies to came to nothing
        return;
    }
    if (world.machines[deed->author].daemon != NULL) {
        send_draft(deed);
        if (chance_in_thousand(luck(), 20)) {
            send_draft(deed); // an impatient program
        }
    }
    deed->tries++;
    int64_t patience = 5 * WORLD_SECOND << (deed->tries < 9 ? deed->tries : 9);
    world_plan(world.now + patience, send, deed, deed->tries);
}

void people_plan(struct deed *deed, int64_t at)
{
    world_plan(at, send, deed, 0);
}

void people_add_holder(struct deed *deed, size_t agency, bool copy)
{
    if (deed->holder_count < DEED_PARTIES && agency != deed->author && deed_holder(deed, agency) == NULL) {
        deed->holders[deed->holder_count++] = (struct deed_holding){.agency = agency, .copy = copy};
        deed->addressee_count += !copy;
    }
}

struct deed *people_begin_deed(enum deed_kind kind, size_t author, struct deed *matter, struct deed *target)
{
    struct deed *deed = deed_new(kind, author, world.now);
    deed->matter = matter == NULL ? deed : matter;
    deed->target = target;
    if (matter != NULL) {
        deed->next_of_matter = matter->next_of_matter;
        matter->next_of_matter = deed;
    }
    return deed;
}

// Back to whoever wrote it, and to whoever had a copy of it.
static struct deed *begin_reply(enum deed_kind kind, size_t author, struct deed *target)
{
    struct deed *deed = people_begin_deed(kind, author, target->matter, target);
    if (target->author != author) {
        people_add_holder(deed, target->author, false);
    }
    for (size_t i = 0; target->author == author && i < target->addressee_count; i++) {
        people_add_holder(deed, target->holders[i].agency, false);
    }
    for (size_t i = 0; i < target->holder_count; i++) {
        if (target->holders[i].copy) {
            people_add_holder(deed, target->holders[i].agency, true);
        }
    }
    return deed;
}

// ------------------------------------------------------------------------------------------- leads

static size_t choose_partner(size_t agency)
{
    for (int tries = 0; tries < 100; tries++) {
        const size_t base = agency % GROUP == 0 && chance_in_thousand(luck(), 300) ? agency / GROUP / BRIDGE * BRIDGE * GROUP
                                                                                   : agency / GROUP * GROUP;
        const size_t span = base == agency / GROUP * GROUP ? GROUP : BRIDGE * GROUP;
        const size_t other = base + chance_below(luck(), span);
        if (other != agency && other < world.machine_count && charter_are_partners(agency, other)) {
            return other;
        }
    }
    return agency;
}

// A third party of the same compact as both.
static void add_third(struct deed *deed, bool copy)
{
    const size_t first = deed->holders[0].agency;
    const size_t other = choose_partner(deed->author);
    if (charter_are_partners(other, first) && other / GROUP == first / GROUP && deed->author / GROUP == first / GROUP) {
        people_add_holder(deed, other, copy);
    }
}

static void recall_later(struct deed *deed)
{
    if (chance_in_thousand(luck(), 60)) {
        struct deed *recall = begin_reply(DEED_RECALL, deed->author, deed);
        people_plan(recall, world.now + chance_between(luck(), WORLD_MINUTE, 4 * WORLD_DAY));
    }
}

static void give_notice(void *subject, uint64_t partner)
{
    struct deed *discovered = subject;
    struct deed *notice = people_begin_deed(DEED_NOTICE, discovered->author, discovered->sealed ? discovered : NULL, NULL);
    notice->discovered_at = discovered->discovered_at;
    notice->urgent = chance_in_thousand(luck(), 150);
    notice->drill = chance_in_thousand(luck(), 30);
    people_add_holder(notice, (size_t)partner, false);
    if (chance_in_thousand(luck(), 150)) {
        add_third(notice, false);
    }
    if (chance_in_thousand(luck(), 400)) {
        add_third(notice, true);
    }
    if (chance_in_thousand(luck(), 150)) {
        const int64_t wall = machine_wall(&world.machines[notice->author]);
        notice->told_at = chance_between(luck(), notice->discovered_at, wall - 1000 > notice->discovered_at ? wall - 1000 : notice->discovered_at);
    }
    people_plan(notice, world.now);
    recall_later(notice);
    if (chance_in_thousand(luck(), 500)) { // one of the two writes the record; here it is the notifier
        struct deed *assessment = begin_reply(DEED_ASSESSMENT, notice->author, notice);
        assessment->discovered_at = notice->discovered_at;
        people_plan(assessment, world.now + chance_between(luck(), 2 * WORLD_HOUR, 6 * WORLD_DAY));
    }
}

static void find_lead(void *subject, uint64_t number)
{
    struct machine *machine = subject;
    (void)number;
    if (world.settling) {
        return;
    }
    world_plan(world.now + chance_between(luck(), WORLD_HOUR, 2 * 100 * WORLD_DAY / LEADS_IN_HUNDRED_DAYS), find_lead, machine, 0);
    const size_t partner = choose_partner(machine->index);
    if (partner == machine->index) {
        return;
    }
    if (chance_in_thousand(luck(), 200)) {
        struct deed *note = people_begin_deed(DEED_NOTE, machine->index, NULL, NULL);
        people_add_holder(note, partner, false);
        people_plan(note, world.now);
    }
    struct deed *discovered = people_begin_deed(DEED_DISCOVERED, machine->index, NULL, NULL);
    discovered->discovered_at = machine_wall(machine) - chance_between(luck(), WORLD_SECOND, 20 * WORLD_HOUR);
    int64_t notice_at = world.now + chance_between(luck(), WORLD_MINUTE, 26 * WORLD_HOUR);
    if (chance_in_thousand(luck(), 500)) {
        people_plan(discovered, world.now);
    } else {
        discovered->given_up = true; // it is told without having been recorded
    }
    world_plan(notice_at, give_notice, discovered, partner);
}

// --------------------------------------------------------------------------------------- reactions

// When somebody gets to it. Some look at the clock and are there at the last second, or one too late.
static int64_t choose_time(int64_t due_in, int64_t usual, int64_t slow)
{
    const uint64_t sort = chance_below(luck(), 100);
    if (sort < 10 && due_in > 0) {
        return world.now + due_in + chance_between(luck(), -2 * WORLD_SECOND, 2 * WORLD_SECOND);
    }
    return world.now + (sort < 80 ? chance_between(luck(), WORLD_MINUTE, usual) : chance_between(luck(), usual, slow));
}

static void sign_for(struct machine *machine, struct deed *deed, const struct deed_holding *holding)
{
    if (chance_in_thousand(luck(), 60)) {
        return; // forgotten
    }
    struct deed *sign = begin_reply(DEED_ACKNOWLEDGEMENT, machine->index, deed);
    const struct reckoned due = reckoner_sign_for_due(deed, holding, machine->region);
    people_plan(sign, choose_time(due.due_at - holding->received_at, 6 * WORLD_HOUR, 60 * WORLD_HOUR));
}

static void confirm(struct machine *machine, struct deed *deed)
{
    if (chance_in_thousand(luck(), 100)) {
        return;
    }
    struct deed *answer = begin_reply(DEED_CONFIRM, machine->index, deed);
    answer->contested = chance_in_thousand(luck(), 120);
    people_plan(answer, choose_time(0, 20 * WORLD_HOUR, 80 * WORLD_HOUR));
    if (answer->contested && chance_in_thousand(luck(), 500)) { // they talked about it
        struct deed *after = begin_reply(DEED_CONFIRM, machine->index, deed);
        people_plan(after, world.now + chance_between(luck(), 81 * WORLD_HOUR, 160 * WORLD_HOUR));
    }
}

static void assess(struct machine *machine, struct deed *deed)
{
    struct deed *assessment = begin_reply(DEED_ASSESSMENT, machine->index, deed);
    assessment->discovered_at = deed->discovered_at;
    people_plan(assessment, choose_time(0, 2 * WORLD_DAY, 7 * WORLD_DAY));
}

void people_receive(struct machine *machine, struct deed *deed)
{
    struct deed_holding *holding = deed_holder(deed, machine->index);
    if (deed->kind == DEED_OTHER && holding != NULL && !holding->seen_to) {
        holding->seen_to = true;
        clerks_learn(machine, deed);
        return;
    }
    if (holding == NULL || holding->copy || holding->seen_to || world.settling) {
        return;
    }
    holding->seen_to = true;
    const struct kind *kind = kinds_find(deed->name);
    if ((kind->marks & KIND_SIGNED_FOR) != 0) {
        sign_for(machine, deed, holding);
    }
    if (deed->kind == DEED_ASSESSMENT || (deed->kind == DEED_NOTICE && deed->told_at != 0)) {
        confirm(machine, deed);
    }
    if (deed->kind == DEED_NOTICE && chance_in_thousand(luck(), 500)) {
        assess(machine, deed);
    }
}

void people_seal(struct machine *machine, struct deed *deed)
{
    if (deed->kind == DEED_OTHER && !deed->seen_to) {
        deed->seen_to = true;
        clerks_learn(machine, deed);
    }
}

// ----------------------------------------------------------------------------------------- answers

static bool will_pass(const char *code)
{
    return strcmp(code, "clock") == 0 || strcmp(code, "busy") == 0;
}

static void count_refusal(const char *code)
{
    size_t i = 0;
    while (i + 1 < REFUSAL_CODES && world.people->refusals[i].count > 0 && strcmp(world.people->refusals[i].code, code) != 0) {
        i++;
    }
    snprintf(world.people->refusals[i].code, sizeof world.people->refusals[i].code, "%s", code);
    world.people->refusals[i].count++;
}

static void hear_refusal(struct deed *deed, const Control__Refusal *refusal)
{
    count_refusal(refusal->code);
    if (!will_pass(refusal->code)) {
        world_tell("%s is refused: %s %s", deed->name, refusal->code, refusal->text);
        deed->answered = true;
    }
}

static void hear_result(struct deed *deed, const Control__SubmittedOne *result)
{
    if (strcmp(result->outcome, "refused") == 0) {
        hear_refusal(deed, result->refusal);
        return;
    }
    deed->answered = true;
    witness_rely(deed);
}

void people_hear(struct machine *machine, struct bytes frame)
{
    ProtobufCMessage *message;
    if (decode_message(&control__reply__descriptor, frame, &decode_control_rules, world.arena, NULL, &message) != DECODE_OK) {
        world_fail("a reply of %s does not decode", machine->id);
        return;
    }
    const Control__Reply *reply = (const Control__Reply *)message;
    const bool refused = reply->answer_case == CONTROL__REPLY__ANSWER_REFUSAL;
    if (reply->number == CHAOS_ACCEPTS_CLOCK && refused && will_pass(reply->refusal->code)) {
        world_plan(world.now + WORLD_MINUTE, chaos_accept_clock, machine, 0);
        return;
    }
    if (reply->number >= ADMINISTRATION) {
        if (reply->answer_case != CONTROL__REPLY__ANSWER_DONE) {
            world_fail("%s refuses %s", machine->id, refused ? reply->refusal->text : "");
        }
        return;
    }
    struct deed *deed = deed_at(reply->number - 1);
    if (reply->answer_case == CONTROL__REPLY__ANSWER_SUBMITTED && reply->submitted->n_results == 1) {
        hear_result(deed, reply->submitted->results[0]);
    } else if (refused) {
        hear_refusal(deed, reply->refusal);
    }
}

void people_report(void)
{
    for (size_t i = 0; i < REFUSAL_CODES && world.people->refusals[i].count > 0; i++) {
        printf("  refused to clients: %s %" PRIu64 "\n", world.people->refusals[i].code, world.people->refusals[i].count);
    }
}

// ------------------------------------------------------------------------------------------- setup

static void introduce(struct machine *machine)
{
    for (size_t i = 0; i < CLERKS_OFFICERS; i++) {
        Control__OfficerAdd officer = CONTROL__OFFICER_ADD__INIT;
        officer.certificate = (char *)(uintptr_t)clerks_officers[i];
        officer.name = "张伟";
        officer.section = "执法科";
        ask(machine, "administrator", ADMINISTRATION, CONTROL__REQUEST__ASK_OFFICER_ADD, &officer);
    }
    for (size_t i = 0; i < world.machine_count; i++) {
        if (i != machine->index && charter_are_partners(machine->index, i)) {
            Control__PeerAdd peer = CONTROL__PEER_ADD__INIT;
            peer.card = to_binary(world.machines[i].card.data, world.machines[i].card.size);
            ask(machine, "administrator", ADMINISTRATION, CONTROL__REQUEST__ASK_PEER_ADD, &peer);
        }
    }
}

void people_begin(void)
{
    for (size_t i = 0; i < world.machine_count; i++) {
        machine_start(&world.machines[i]);
    }
    for (size_t i = 0; i < world.machine_count && world.fault[0] == '\0'; i++) {
        introduce(&world.machines[i]);
        if (world.options.law == WORLD_LAW_TOWN) {
            world_plan(world.now + chance_between(luck(), WORLD_HOUR, 100 * WORLD_DAY / LEADS_IN_HUNDRED_DAYS), find_lead, &world.machines[i], 0);
        }
    }
    if (world.options.law == WORLD_LAW_FIVE) {
        clerks_begin();
    }
    editors_begin();
}
