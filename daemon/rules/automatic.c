// SPDX-License-Identifier: Apache-2.0
#include "rules/automatic.h"

#include <string.h>

#include "law/civil.h"
#include "wire/common.pb-c.h"
#include "wire/fact.pb-c.h"
#include "wire/supervision.pb-c.h"

#include "rules/acknowledge.h"
#include "rules/act_fill.h"
#include "rules/membership.h"
#include "rules/parties.h"
#include "rules/statement.h"

Wire__Header *automatic_begin(struct view *view, struct effects *effects, const char *kind)
{
    Wire__Header *header = effect_take(effects, 1, sizeof(*header));
    uint8_t *id = statement_make_id(effects);
    if (header == NULL || id == NULL) {
        return NULL;
    }
    wire__header__init(header);
    header->author = (char *)view_state(view)->agency;
    header->id = (ProtobufCBinaryData){ID_BYTES, id};
    header->matter = header->id;
    header->kind = (char *)kind;
    header->short_number = statement_short_number(effects, id);
    return header;
}

uint64_t automatic_put(struct view *view, struct effects *effects, Wire__Header *header, const ProtobufCMessage *body)
{
    struct material *material = effect_take(effects, 1, sizeof(*material));
    struct bytes packed = decode_pack(body, effects->arena);
    effects->exhausted = effects->exhausted || packed.data == NULL;
    if (effects->exhausted) {
        return 0;
    }
    statement_add_body(effects, (enum suite)view_state(view)->suite, header, packed, material);
    uint64_t position = effects->exhausted ? 0 : statement_put(view, effects, header, material);
    for (size_t i = 0; position != 0 && i < header->n_to; i++) {
        statement_queue(view, effects, header->to[i], STREAM_DIRECT, position);
    }
    if (position != 0) {
        acknowledge_follow(view, effects, position);
    }
    return position;
}

// ---------------------------------------------------------------------------------------------------- reminders

static bool prepares_reminder(const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->silence_count; i++) {
        if (duty->silence[i].kind == NULL) {
            return true;
        }
    }
    return false;
}

static const char *find_pair(const Wire__Header *header, const char *name)
{
    for (size_t i = 0; i < header->n_law; i++) {
        if (strcmp(header->law[i]->name, name) == 0) {
            return header->law[i]->value;
        }
    }
    return "";
}

static bool was_reminded(struct view *view, struct effects *effects, const Record__DutySet *row, const char *debtor)
{
    struct reply *replies;
    size_t count = view_replies(view, row->opening, "supervision.reminder", view_state(view)->agency, effects->arena, &replies);
    for (size_t i = 0; i < count; i++) {
        const struct held *reply = view_statement(view, replies[i].position, effects->arena);
        if (reply != NULL && strcmp(find_pair(reply->header, "duty"), row->duty) == 0 &&
            membership_names(reply->header->to, reply->header->n_to, debtor)) {
            return true;
        }
    }
    return false;
}

static void list_silent(struct view *view, struct effects *effects, const Record__DutySet *row, Wire__Header *header)
{
    header->to = effect_take(effects, row->n_owing, sizeof(*header->to));
    for (size_t i = 0; header->to != NULL && i < row->n_owing; i++) {
        if (strcmp(row->owing[i], header->author) != 0 && !was_reminded(view, effects, row, row->owing[i])) {
            header->to[header->n_to++] = row->owing[i];
        }
    }
}

static bool is_owed_to_us(struct view *view, const struct obligation_seed *seed)
{
    return membership_names((char *const *)seed->addressees, seed->addressee_count, view_state(view)->agency);
}

void automatic_remind(struct view *view, struct effects *effects, const struct obligation_seed *seed, const Record__DutySet *row)
{
    const struct duty_rule *duty = seed->duty;
    const struct held *opening = view_statement(view, row->opening, effects->arena);
    struct held_compact compact;
    if (!prepares_reminder(duty) || !is_owed_to_us(view, seed) || opening == NULL || strcmp(opening->header->kind, "supervision.reminder") == 0 ||
        !view_compact(view, opening->header->compact, effects->arena, &compact)) {
        return; // of a reminder nobody is reminded: it would go on for ever
    }
    const struct procedure *procedure = view_procedure(view, decode_bytes(opening->header->procedure), effects->arena);
    Wire__Header *header = automatic_begin(view, effects, "supervision.reminder");
    Body__SupervisionReminder body = BODY__SUPERVISION_REMINDER__INIT;
    if (procedure == NULL || header == NULL) {
        return;
    }
    header->matter = opening->header->matter;
    header->compact = opening->header->compact;
    header->procedure = opening->header->procedure;
    header->in_reply_to = statement_reference(effects, opening);
    list_silent(view, effects, row, header);
    if (header->n_to == 0 || membership_outsider(compact.compact, header) != NULL) {
        return;
    }
    parties_add(view, effects, procedure, compact.compact, header);
    body.duty = (char *)duty->id;
    body.title = (char *)duty->title;
    body.due = row->due_at;
    body.text = "期限已过，尚未收到履行的文书，请尽快办理。";
    statement_lift(effects, kinds_find(header->kind), &body.base, header);
    automatic_put(view, effects, header, &body.base);
}

// ------------------------------------------------------------------------------------------------------ recalls

// Those it went to with the recalled statement, and whom the recall itself does not reach.
static void list_readers(struct effects *effects, const struct held *forward, const struct held *recall, Wire__Header *header)
{
    const Wire__Header *before = forward->header;
    header->to = effect_take(effects, before->n_to + before->n_copy, sizeof(*header->to));
    for (size_t i = 0; header->to != NULL && i < before->n_to + before->n_copy; i++) {
        char *agency = i < before->n_to ? before->to[i] : before->copy[i - before->n_to];
        if (strcmp(recall->header->author, agency) != 0 && !membership_names(recall->header->to, recall->header->n_to, agency) &&
            !membership_names(recall->header->copy, recall->header->n_copy, agency)) {
            header->to[header->n_to++] = agency;
        }
    }
}

static void add_parties(struct view *view, struct effects *effects, Wire__Header *header)
{
    struct held_compact compact;
    const struct procedure *procedure = view_procedure(view, decode_bytes(header->procedure), effects->arena);
    if (procedure != NULL && view_compact(view, header->compact, effects->arena, &compact)) {
        parties_add(view, effects, procedure, compact.compact, header);
    }
}

void automatic_pass_recall(struct view *view, struct effects *effects, const struct held *recall, const struct held *recalled)
{
    struct reply *replies;
    size_t count = view_replies(view, recalled->position, "forward", view_state(view)->agency, effects->arena, &replies);
    for (size_t i = 0; i < count; i++) {
        const struct held *forward = view_statement(view, replies[i].position, effects->arena);
        Wire__Header *header = forward == NULL || view_has_mark(forward, "recalled") ? NULL : automatic_begin(view, effects, "forward");
        if (header == NULL) {
            continue;
        }
        Body__Forward body = BODY__FORWARD__INIT;
        body.reason = "转办的原文已由发文机关撤回。";
        header->matter = forward->header->matter;
        header->compact = forward->header->compact;
        header->procedure = forward->header->procedure;
        header->drill = forward->header->drill;
        header->in_reply_to = statement_reference(effects, recall);
        list_readers(effects, forward, recall, header);
        add_parties(view, effects, header);
        if (header->n_to > 0) {
            automatic_put(view, effects, header, &body.base);
        }
    }
}

// -------------------------------------------------------------------------------------------------------- years

// Is there anything that it opens for us? Roles and the host decide.
static bool opens_any(struct effects *effects, const struct procedure *procedure, const Wire__Header *header)
{
    struct act act = {.sealed_at = effects->now};
    struct obligation_seed *seeds;
    size_t count = 0;
    if (!act_fill(effects, header, &act) || !opening_list(procedure, &act, effects->arena, &seeds, &count)) {
        effects->exhausted = true;
    }
    return count > 0;
}

static Wire__Source *make_source(struct effects *effects, const char *compact, int year)
{
    Wire__Source *source = effect_take(effects, 1, sizeof(*source));
    char *record = arena_format(effects->arena, "year.begun/%s/%d", compact, year);
    effects->exhausted = effects->exhausted || record == NULL;
    if (source == NULL || record == NULL) {
        return NULL;
    }
    wire__source__init(source);
    source->system = "liaisond";
    source->record = record;
    return source;
}

// The year is of the procedure under which a matter goes that begins with it, if that was valid then: what came into force later asks for nothing yet.
static const struct procedure *procedure_of_year(struct view *view, struct effects *effects, const struct held_compact *compact, int64_t began_at)
{
    const struct procedure *procedure = membership_begun_at(view, effects, compact, began_at);
    return procedure != NULL && procedure->valid_from <= began_at && !membership_expired(procedure, effects->now) ? procedure : NULL;
}

static void begin_year(struct view *view, struct effects *effects, const struct held_compact *compact, int year)
{
    const char *self = view_state(view)->agency;
    struct civil_day first;
    if (compact_member(compact->compact, self) == NULL || !civil_make_day(year, 1, 1, &first)) {
        return;
    }
    const struct procedure *procedure = procedure_of_year(view, effects, compact, civil_start_of(first));
    if (procedure == NULL) {
        return;
    }
    Wire__Source *source = make_source(effects, compact->row->id, year);
    if (source == NULL || view_find_source(view, self, source) != 0) {
        return;
    }
    Wire__Header *header = automatic_begin(view, effects, "year.begun");
    Body__YearBegun body = BODY__YEAR_BEGUN__INIT;
    const char *host = compact_host(compact->compact, (unsigned)year);
    if (header == NULL) {
        return;
    }
    header->source = source;
    header->compact = compact->row->id;
    header->procedure = (ProtobufCBinaryData){DIGEST_BYTES, (uint8_t *)procedure->digest.bytes};
    parties_add(view, effects, procedure, compact->compact, header);
    body.began_at = civil_start_of(first);
    body.year = arena_format(effects->arena, "%d", year);
    body.host = host != NULL && strcmp(host, self) == 0 ? "yes" : "no";
    statement_lift(effects, kinds_find(header->kind), &body.base, header);
    if (opens_any(effects, procedure, header)) {
        automatic_put(view, effects, header, &body.base);
    }
}

void automatic_years(struct view *view, struct effects *effects)
{
    struct held_compact *compacts;
    size_t count = view_compacts(view, effects->arena, &compacts);
    int year;
    int month;
    int day_of_month;
    civil_date(civil_day_of(effects->now), &year, &month, &day_of_month);
    for (size_t i = 0; i < count && !effects->exhausted; i++) {
        begin_year(view, effects, &compacts[i], year);
    }
}
