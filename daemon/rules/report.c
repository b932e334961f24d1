// SPDX-License-Identifier: Apache-2.0
#include "rules/report.h"

#include <string.h>

#include "rules/operate.h"
#include "rules/refuse.h"
#include "rules/subscription.h"

static void add_backlog(struct view *view, struct effects *effects, const char *id, uint32_t stream, Control__PeerView *peer)
{
    struct stream_place place = view_outgoing(view, id, stream, effects->arena);
    uint64_t waiting = place.last - place.settled;
    uint64_t oldest = waiting == 0 ? 0 : view_outbox(view, id, stream, place.epoch, place.settled + 1);
    const struct held *held = oldest == 0 ? NULL : view_statement(view, oldest, effects->arena);
    peer->backlog += waiting;
    if (held != NULL && (peer->oldest_at == 0 || held->sealed_at < peer->oldest_at)) {
        peer->oldest_at = held->sealed_at;
    }
}

static Control__PeerView *make_peer(struct view *view, struct effects *effects, const char *id)
{
    struct agency agency;
    Control__PeerView *peer = effect_take(effects, 1, sizeof(*peer));
    struct digest *digest = effect_take(effects, 1, sizeof(*digest));
    if (peer == NULL || digest == NULL || !view_agency(view, id, effects->arena, &agency)) {
        return NULL;
    }
    control__peer_view__init(peer);
    peer->agency = agency.card->agency;
    peer->name = agency.card->name;
    peer->region = agency.card->region;
    peer->sector = agency.card->sector;
    peer->endpoints = agency.card->endpoints;
    peer->n_endpoints = agency.card->n_endpoints;
    peer->suspended = agency.suspended;
    peer->duty_telephone = agency.card->duty_telephone;
    hash_sm3(agency.envelope, digest);
    peer->card = (ProtobufCBinaryData){DIGEST_BYTES, digest->bytes};
    for (uint32_t stream = 0; stream < STREAM_COUNT; stream++) {
        add_backlog(view, effects, id, stream, peer);
    }
    Record__PeerState *state = view_peer_state(view, id, effects->arena);
    peer->refused_in = state->refused_in;
    peer->refused_out = state->refused_out;
    return peer;
}

static size_t list_peers(struct view *view, struct effects *effects, Control__PeerView ***out_peers)
{
    const char *const *agencies;
    size_t count = view_agencies(view, effects->arena, &agencies);
    Control__PeerView **peers = effect_take(effects, count, sizeof(*peers));
    size_t listed = 0;
    for (size_t i = 0; peers != NULL && i < count; i++) {
        if (strcmp(agencies[i], view_state(view)->agency) != 0) {
            peers[listed] = make_peer(view, effects, agencies[i]);
            listed += peers[listed] != NULL;
        }
    }
    *out_peers = peers;
    return listed;
}

void report_peers(struct view *view, const struct event *event, struct effects *effects)
{
    Control__Peers *peers = effect_take(effects, 1, sizeof(*peers));
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_PEERS);
    if (peers != NULL && reply != NULL) {
        control__peers__init(peers);
        peers->n_peers = list_peers(view, effects, &peers->peers);
        reply->peers = peers;
    }
}

static const char *own_name(struct view *view, struct effects *effects)
{
    struct agency self;
    return view_agency(view, view_state(view)->agency, effects->arena, &self) ? self.card->name : "";
}

void report_state(const Record__State *state, int64_t now, Control__Status *out_status)
{
    control__status__init(out_status);
    out_status->agency = state->agency;
    out_status->now = now;
    out_status->test = state->test;
    out_status->epoch = state->epoch;
    out_status->turn = state->turn;
    out_status->head = state->head;
    out_status->statements = state->next_position - 1;
    out_status->open_duties = state->open_duties;
    out_status->amber = state->amber;
    out_status->red = state->red;
}

void report_status(struct view *view, const struct event *event, struct effects *effects)
{
    Control__Status *status = effect_take(effects, 1, sizeof(*status));
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_STATUS);
    if (status == NULL || reply == NULL) {
        return;
    }
    report_state(view_state(view), effects->now, status);
    status->name = (char *)own_name(view, effects);
    status->store = "ok";
    status->n_peers = list_peers(view, effects, &status->peers);
    status->requests_waiting = subscription_count_waiting(view, effects);
    Record__Alarm **alarms;
    size_t count = view_alarms(view, effects->arena, &alarms);
    status->alarms = effect_take(effects, count, sizeof(*status->alarms));
    for (size_t i = 0; status->alarms != NULL && i < count; i++) {
        char *text = arena_format(effects->arena, "%s %s：%s", alarms[i]->code, alarms[i]->agency, alarms[i]->text);
        if (text != NULL) {
            status->alarms[status->n_alarms++] = text;
        }
    }
    reply->status = status;
}

void report_greet(struct view *view, const struct event *event, struct effects *effects)
{
    static const char *const roles[] = {
        [ROLE_SUBMITTER] = "submitter",
        [ROLE_OFFICER] = "officer",
        [ROLE_AUDITOR] = "auditor",
        [ROLE_OPERATOR] = "operator",
        [ROLE_ADMINISTRATOR] = "administrator",
    };
    const Record__State *state = view_state(view);
    Control__Greeting *greeting = effect_take(effects, 1, sizeof(*greeting));
    Control__Position *position = effect_take(effects, 1, sizeof(*position));
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_GREETING);
    if (greeting == NULL || position == NULL || reply == NULL) {
        return;
    }
    control__greeting__init(greeting);
    control__position__init(position);
    position->turn = state->turn + 1;
    greeting->agency = (char *)state->agency;
    greeting->name = (char *)own_name(view, effects);
    greeting->role = (char *)roles[event->request.role];
    greeting->client = (char *)event->request.client;
    greeting->version = LIAISON_VERSION;
    greeting->now = effects->now;
    greeting->test = state->test;
    greeting->suite = state->suite;
    greeting->position = position;
    reply->greeting = greeting;
}

void report_officers(struct view *view, const struct event *event, struct effects *effects)
{
    Record__OfficerSet **rows;
    size_t count = view_officers(view, effects->arena, &rows);
    Control__Officers *officers = effect_take(effects, 1, sizeof(*officers));
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_OFFICERS);
    if (officers == NULL || reply == NULL) {
        return;
    }
    control__officers__init(officers);
    officers->officers = effect_take(effects, count, sizeof(*officers->officers));
    for (size_t i = 0; officers->officers != NULL && i < count; i++) {
        Control__OfficerView *officer = effect_take(effects, 1, sizeof(*officer));
        if (officer == NULL) {
            break;
        }
        control__officer_view__init(officer);
        officer->certificate = rows[i]->certificate;
        officer->name = rows[i]->name;
        officer->section = rows[i]->section;
        officer->telephone = rows[i]->telephone;
        officer->roles = rows[i]->roles;
        officer->n_roles = rows[i]->n_roles;
        officers->officers[officers->n_officers++] = officer;
    }
    reply->officers = officers;
}

static Control__Member *make_member(struct view *view, struct effects *effects, const struct compact_member *row)
{
    struct agency agency;
    Control__Member *member = effect_take(effects, 1, sizeof(*member));
    if (member != NULL) {
        control__member__init(member);
        member->agency = (char *)row->agency;
        member->role = (char *)row->role;
        member->known = view_agency(view, row->agency, effects->arena, &agency);
        member->name = member->known ? agency.card->name : "";
    }
    return member;
}

static Control__CompactView *make_compact(struct view *view, struct effects *effects, const struct held_compact *held)
{
    Control__CompactView *compact = effect_take(effects, 1, sizeof(*compact));
    if (compact == NULL) {
        return NULL;
    }
    control__compact_view__init(compact);
    compact->id = (char *)held->compact->id;
    compact->title = (char *)held->compact->title;
    compact->procedure = (char *)held->compact->procedure;
    compact->procedure_digest = held->row->procedure;
    compact->digest = held->row->digest;
    Record__LawInForce *law = view_law(view, effects->arena);
    if (law != NULL) {
        compact->calendar_digest = law->calendar;
    }
    compact->members = effect_take(effects, held->compact->member_count, sizeof(*compact->members));
    for (size_t i = 0; compact->members != NULL && i < held->compact->member_count; i++) {
        Control__Member *member = make_member(view, effects, &held->compact->members[i]);
        if (member != NULL) {
            compact->members[compact->n_members++] = member;
        }
    }
    return compact;
}

void report_compacts(struct view *view, const struct event *event, struct effects *effects)
{
    const char *id = event->request.request->compact->id;
    struct held_compact *held;
    size_t count = view_compacts(view, effects->arena, &held);
    Control__Compacts *compacts = effect_take(effects, 1, sizeof(*compacts));
    if (compacts == NULL) {
        return;
    }
    control__compacts__init(compacts);
    compacts->compacts = effect_take(effects, count, sizeof(*compacts->compacts));
    for (size_t i = 0; compacts->compacts != NULL && i < count; i++) {
        Control__CompactView *compact = id[0] == '\0' || strcmp(id, held[i].compact->id) == 0 ? make_compact(view, effects, &held[i]) : NULL;
        if (compact != NULL) {
            compacts->compacts[compacts->n_compacts++] = compact;
        }
    }
    if (id[0] != '\0' && compacts->n_compacts == 0) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有协作机制“%s”", id));
        return;
    }
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_COMPACTS);
    if (reply != NULL) {
        reply->compacts = compacts;
    }
}

static Control__ProcedureView *make_procedure(struct view *view, struct effects *effects, ProtobufCBinaryData digest, bool with_text)
{
    const struct procedure *procedure = digest.len != DIGEST_BYTES ? NULL : view_procedure(view, decode_bytes(digest), effects->arena);
    Control__ProcedureView *answer = effect_take(effects, 1, sizeof(*answer));
    if (procedure == NULL || answer == NULL) {
        return NULL;
    }
    control__procedure_view__init(answer);
    answer->id = (char *)procedure->id;
    answer->title = (char *)procedure->title;
    answer->digest = digest;
    Record__TextHeld *text = with_text ? view_text(view, decode_bytes(digest), effects->arena) : NULL;
    if (text != NULL) {
        char *copy = arena_take(effects->arena, text->content.len + 1);
        if (copy != NULL) {
            memcpy(copy, text->content.data, text->content.len);
            answer->text = copy;
        }
    }
    return answer;
}

static void add_procedure(Control__Procedures *procedures, Control__ProcedureView *procedure)
{
    if (procedure != NULL) {
        procedures->procedures[procedures->n_procedures++] = procedure;
    }
}

void report_procedures(struct view *view, const struct event *event, struct effects *effects)
{
    const Control__ProcedureAsk *ask = event->request.request->procedure;
    Record__LawInForce *law = view_law(view, effects->arena);
    Control__Procedures *procedures = effect_take(effects, 1, sizeof(*procedures));
    if (procedures == NULL) {
        return;
    }
    control__procedures__init(procedures);
    size_t count = law == NULL ? 0 : law->n_procedures;
    procedures->procedures = effect_take(effects, count + 1, sizeof(*procedures->procedures));
    if (procedures->procedures != NULL && ask->digest.len > 0) {
        add_procedure(procedures, make_procedure(view, effects, ask->digest, true));
        count = 0;
    }
    for (size_t i = 0; procedures->procedures != NULL && i < count; i++) {
        if (ask->id[0] == '\0' || strcmp(ask->id, law->procedures[i]->id) == 0) {
            add_procedure(procedures, make_procedure(view, effects, law->procedures[i]->digest, ask->id[0] != '\0'));
        }
    }
    if ((ask->id[0] != '\0' || ask->digest.len > 0) && procedures->n_procedures == 0) {
        operate_refuse(event, effects, refuse_make(effects, "not-found", "没有规程“%s”", ask->id));
        return;
    }
    Control__Reply *reply = operate_reply(event, effects, CONTROL__REPLY__ANSWER_PROCEDURES);
    if (reply != NULL) {
        reply->procedures = procedures;
    }
}
