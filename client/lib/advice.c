// SPDX-License-Identifier: Apache-2.0
#include "lib/advice.h"

#include <string.h>

#include "lib/phrase.h"
#include "lib/rendering.h"
#include "law/instant.h"
#include "law/lint.h"
#include "wire/identity.h"
#include "wire/kinds.h"

static const struct condition anything = {NULL, 0};

static bool is_same_id(ProtobufCBinaryData left, ProtobufCBinaryData right)
{
    return left.len == right.len && (left.len == 0 || memcmp(left.data, right.data, left.len) == 0);
}

static bool is_among(char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_word_of(const struct word_list *words, const char *word)
{
    return is_among((char *const *)words->words, words->count, word);
}

static bool is_recalled(const Control__Message *message)
{
    return is_among(message->marks, message->n_marks, "recalled");
}

static const char *find_role(const struct advice *advice, const char *agency)
{
    for (size_t i = 0; advice->compact != NULL && i < advice->compact->n_members; i++) {
        if (strcmp(advice->compact->members[i]->agency, agency) == 0) {
            return advice->compact->members[i]->role;
        }
    }
    return "";
}

const char *advice_role(const struct advice *advice)
{
    return find_role(advice, advice->self);
}

// Whose role is not known may do anything, as far as this can say.
static bool may_make(const struct advice *advice, const char *kind, const struct condition *where)
{
    const char *role = advice_role(advice);
    return *role == '\0' || lint_may_make(advice->procedure, kind, where, role);
}

static json_t *name_statement(ProtobufCBinaryData id)
{
    char text[IDENTITY_TEXT_BYTES] = "";
    if (id.len == ID_BYTES) {
        identity_format_id(id.data, text);
    }
    return json_string(text);
}

// ------------------------------------------------------------------------------------------- needs

static bool has_row(const json_t *fields, const char *path)
{
    size_t i;
    json_t *row;
    json_array_foreach(fields, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "path")), path) == 0) {
            return true;
        }
    }
    return false;
}

static void add_field(json_t **fields, const struct field *field, const char *source,
                      json_t *when_zh, json_t *when_en)
{
    rendering_append(fields, json_pack("{s:s, s:s, s:s, s:s, s:o, s:o}", "path", field->path,
                                       "title_zh", field->title_zh, "title_en", field->title_en,
                                       "source", source, "when_zh", when_zh, "when_en", when_en));
}

static const struct field *find_field(const struct kind *kind, const char *path, size_t size)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (strlen(kind->fields[i].path) == size && memcmp(kind->fields[i].path, path, size) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

// A field within a group that may be left out is not asked for by itself.
static bool is_always_needed(const struct kind *kind, const struct field *field)
{
    const char *dot = strrchr(field->path, '.');
    const struct field *group =
        dot == NULL ? NULL : find_field(kind, field->path, (size_t)(dot - field->path));
    return field->need == FIELD_REQUIRED &&
           (dot == NULL || (group != NULL && is_always_needed(kind, group)));
}

static json_t *list_own_fields(const struct kind *kind)
{
    json_t *fields = json_array();
    for (size_t i = 0; i < kind->field_count; i++) {
        const struct field *field = &kind->fields[i];
        if (field->form != FIELD_GROUP && is_always_needed(kind, field)) {
            add_field(&fields, field, field->source == NULL ? "" : field->source, json_string(""),
                      json_string(""));
        }
    }
    return fields;
}

static const struct rule_item *find_item(const struct requirement *requirement, const char *kind)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, kind) == 0) {
            return &requirement->of.items[i];
        }
    }
    return NULL;
}

// What a statement needs, gathered from its kind and every requirement that may apply to it.
struct needs {
    const struct advice *advice;
    const struct kind *kind;
    json_t *fields;
    json_t *steps;
    json_t *requirements;
    unsigned officers;
    bool own_number;
    bool own_name;
    bool different_officers;
};

static bool was_done(const struct advice *advice, const char *kind)
{
    for (size_t i = 0; i < advice->message_count; i++) {
        const Control__Message *message = advice->messages[i];
        bool is_fact_of_others =
            message->header->n_to == 0 && strcmp(message->header->author, advice->self) != 0;
        if (strcmp(message->header->kind, kind) == 0 && !is_recalled(message) &&
            !is_fact_of_others) {
            return true;
        }
    }
    return false;
}

static void add_requirement(struct needs *needs, const struct requirement *requirement,
                            const struct rule_item *item)
{
    const struct procedure *procedure = needs->advice->procedure;
    const char *kind = needs->kind->name;
    for (size_t i = 0; i < requirement->needs.count; i++) {
        const char *path = requirement->needs.words[i];
        const struct field *field = find_field(needs->kind, path, strlen(path));
        if (field != NULL && !has_row(needs->fields, path)) {
            add_field(&needs->fields, field, requirement->id,
                      phrase_condition(procedure, PHRASE_ZH, kind, &item->where),
                      phrase_condition(procedure, PHRASE_EN, kind, &item->where));
        }
    }
    for (size_t i = 0; i < requirement->after.count; i++) {
        const struct kind *step = kinds_find(requirement->after.items[i].kind);
        rendering_append(&needs->steps,
                         json_pack("{s:s, s:s, s:s, s:b, s:s}", "kind", step->name, "title_zh",
                                   step->title_zh, "title_en", step->title_en, "done",
                                   (int)was_done(needs->advice, step->name), "source",
                                   requirement->id));
    }
    if (item->where.term_count == 0) {
        needs->officers =
            requirement->officers > needs->officers ? requirement->officers : needs->officers;
        needs->own_number = needs->own_number || requirement->own_number;
        needs->own_name = needs->own_name || requirement->own_name;
        needs->different_officers = needs->different_officers || requirement->different_officers;
    }
    rendering_append(&needs->requirements,
                     json_pack("{s:s, s:s, s:s, s:o}", "requirement", requirement->id, "title",
                               requirement->title, "article", requirement->article, "zh",
                               phrase_requirement(procedure, PHRASE_ZH, requirement)));
}

static json_t *list_needs(const struct advice *advice, const struct kind *kind)
{
    struct needs needs = {
        advice,       kind,         list_own_fields(kind),
        json_array(), json_array(), (kind->marks & KIND_NEEDS_OFFICER) != 0 ? 1 : 0,
        false,        false,        false};
    for (size_t i = 0; i < advice->procedure->requirement_count; i++) {
        const struct requirement *requirement = &advice->procedure->requirements[i];
        const struct rule_item *item = find_item(requirement, kind->name);
        if (item != NULL && may_make(advice, kind->name, &item->where)) {
            add_requirement(&needs, requirement, item);
        }
    }
    return json_pack("{s:o, s:i, s:b, s:b, s:b, s:o, s:o}", "fields", needs.fields, "officers",
                     (int)needs.officers, "own_number", (int)needs.own_number, "own_name",
                     (int)needs.own_name, "different_officers", (int)needs.different_officers,
                     "steps", needs.steps, "requirements", needs.requirements);
}

// ------------------------------------------------------------------------------------------- steps

// Something to do: a kind, whom it goes to and what it answers.
static json_t *describe_step(const struct advice *advice, const char *kind_name, json_t *to,
                             ProtobufCBinaryData reply_to, const struct condition *where)
{
    const struct kind *kind = kinds_find(kind_name);
    return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o}", "kind", kind_name, "title_zh",
                     kind->title_zh, "title_en", kind->title_en, "fact",
                     (int)(kind->class == KIND_FACT), "to", to, "reply_to",
                     name_statement(reply_to), "when_zh",
                     phrase_condition(advice->procedure, PHRASE_ZH, kind_name, where), "when_en",
                     phrase_condition(advice->procedure, PHRASE_EN, kind_name, where), "needs",
                     list_needs(advice, kind));
}

static json_t *list_others(const struct advice *advice, char *const *agencies, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (strcmp(agencies[i], advice->self) != 0) {
            rendering_append(&list, json_string(agencies[i]));
        }
    }
    return list;
}

// Of a joint duty the others who owe it, else those to whom it is owed.
static json_t *list_receivers(const struct advice *advice, const struct duty_rule *rule,
                              const Control__Duty *duty, const char *kind_name)
{
    const struct kind *kind = kinds_find(kind_name);
    if (kind->class == KIND_FACT) {
        return json_array();
    }
    return rule->debtors == DUTY_AUTHOR_AND_ADDRESSEE && rule->addressee_count == 0
               ? list_others(advice, duty->debtors, duty->n_debtors)
               : list_others(advice, duty->addressees, duty->n_addressees);
}

static const ProtobufCBinaryData nothing = {0, NULL};

static void add_acts(const struct advice *advice, const struct duty_rule *rule,
                     const Control__Duty *duty, json_t **acts)
{
    for (size_t i = 0; i < rule->met_by_count; i++) {
        const struct duty_act *act = &rule->met_by[i];
        if (may_make(advice, act->kind, &act->where)) {
            const struct kind *kind = kinds_find(act->kind);
            bool replies = act->meeting == DUTY_MET_BY_REPLY || (kind->marks & KIND_REPLIES) != 0;
            rendering_append(acts, describe_step(advice, act->kind,
                                                 list_receivers(advice, rule, duty, act->kind),
                                                 replies ? duty->opened_by : nothing, &act->where));
        }
    }
}

static bool was_answered_by(const struct advice *advice, const Control__Message *message,
                            const char *kind)
{
    for (size_t i = 0; i < advice->message_count; i++) {
        const Control__Message *reply = advice->messages[i];
        const Wire__Reference *to = reply->header->in_reply_to;
        if (to != NULL && strcmp(reply->header->author, advice->self) == 0 &&
            strcmp(reply->header->kind, kind) == 0 && is_same_id(to->id, message->header->id) &&
            strcmp(to->author, message->header->author) == 0 && !is_recalled(reply)) {
            return true;
        }
    }
    return false;
}

// What another has recorded for both waits for our word.
static void add_confirmations(const struct advice *advice, const struct duty_rule *rule,
                              const Control__Duty *duty, json_t **acts)
{
    for (size_t i = 0; i < advice->message_count; i++) {
        const Control__Message *message = advice->messages[i];
        char *author = message->header->author;
        for (size_t j = 0; j < rule->met_by_count; j++) {
            if (rule->met_by[j].meeting == DUTY_MET_BY_CONFIRMED &&
                strcmp(rule->met_by[j].kind, message->header->kind) == 0 &&
                strcmp(author, advice->self) != 0 &&
                is_among(duty->debtors, duty->n_debtors, author) && !is_recalled(message) &&
                !was_answered_by(advice, message, "confirm")) {
                rendering_append(acts,
                                 describe_step(advice, "confirm", list_others(advice, &author, 1),
                                               message->header->id, &anything));
            }
        }
    }
}

static int count_told(const struct advice *advice, const char *kind)
{
    int count = 0;
    for (size_t i = 0; i < advice->message_count; i++) {
        const Control__Message *message = advice->messages[i];
        count += strcmp(message->header->kind, kind) == 0 &&
                 strcmp(message->header->author, advice->self) == 0 && !is_recalled(message);
    }
    return count;
}

// NULL is no memory; an extension that cannot be is null.
static json_t *describe_extension(const struct advice *advice, const struct duty_rule *rule,
                                  const Control__Duty *duty)
{
    bool in_time = duty->due_at == 0 || instant_floor(advice->now) <= duty->due_at;
    if (rule->extended_by == NULL || !in_time || !may_make(advice, rule->extended_by, &anything)) {
        return json_null();
    }
    int left =
        rule->extensions == 0 ? -1 : (int)rule->extensions - count_told(advice, rule->extended_by);
    if (rule->extensions != 0 && left <= 0) {
        return json_null();
    }
    const struct kind *kind = kinds_find(rule->extended_by);
    json_t *step = describe_step(
        advice, rule->extended_by, list_receivers(advice, rule, duty, rule->extended_by),
        (kind->marks & KIND_REPLIES) != 0 ? duty->opened_by : nothing, &anything);
    rendering_set(&step, "left", json_integer(left));
    return step;
}

static const struct duty_rule *find_rule(const struct advice *advice, const Control__Duty *duty)
{
    const struct digest *digest = &advice->procedure->digest;
    bool is_its_own = duty->procedure.len == DIGEST_BYTES &&
                      memcmp(duty->procedure.data, digest->bytes, DIGEST_BYTES) == 0;
    return is_its_own ? procedure_duty(advice->procedure, duty->duty) : NULL;
}

static bool is_closed(const Control__Duty *duty)
{
    static const char *const closed[] = {"met", "met-late", "withdrawn", "ended"};
    return is_among((char *const *)closed, sizeof closed / sizeof *closed, duty->state);
}

json_t *advice_owed(const struct advice *advice)
{
    json_t *list = json_array();
    for (size_t i = 0; i < advice->duty_count; i++) {
        const Control__Duty *duty = advice->duties[i];
        const struct duty_rule *rule = find_rule(advice, duty);
        if (rule == NULL || is_closed(duty) ||
            !is_among(duty->owing, duty->n_owing, advice->self)) {
            continue;
        }
        json_t *acts = json_array();
        add_confirmations(advice, rule, duty, &acts);
        add_acts(advice, rule, duty, &acts);
        json_t *json = rendering_message(&duty->base, RENDERING_FULL);
        rendering_set(&json, "acts", acts);
        rendering_set(&json, "extension", describe_extension(advice, rule, duty));
        rendering_append(&list, json);
    }
    return list;
}

// ----------------------------------------------------------------------------------------- answers

static bool tells_elsewhere(const Control__Message *message)
{
    for (size_t i = 0; i < message->header->n_law; i++) {
        if (strcmp(message->header->law[i]->name, "channel") == 0) {
            return strcmp(message->header->law[i]->value, "platform") != 0;
        }
    }
    return false;
}

static void add_answer(const struct advice *advice, const Control__Message *message,
                       const char *kind, json_t **steps)
{
    char *author = message->header->author;
    rendering_append(steps, describe_step(advice, kind, list_others(advice, &author, 1),
                                          message->header->id, &anything));
}

// Adds the kinds by which the message may be answered. False: it was answered by one of them.
static bool add_answers(const struct advice *advice, const Control__Message *message,
                        json_t **steps)
{
    bool open = true;
    for (size_t i = 0; i < advice->procedure->requirement_count; i++) {
        const struct requirement *requirement = &advice->procedure->requirements[i];
        bool asks = is_word_of(&requirement->answers, message->header->kind);
        for (size_t j = 0; asks && j < requirement->of.count; j++) {
            const struct rule_item *item = &requirement->of.items[j];
            if (was_answered_by(advice, message, item->kind)) {
                open = false;
            } else if (may_make(advice, item->kind, &item->where)) {
                add_answer(advice, message, item->kind, steps);
            }
        }
    }
    return open;
}

json_t *advice_answers(const struct advice *advice)
{
    json_t *list = json_array();
    for (size_t i = 0; i < advice->message_count; i++) {
        const Control__Message *message = advice->messages[i];
        const Wire__Header *header = message->header;
        json_t *steps = json_array();
        if (is_recalled(message) || !is_among(header->to, header->n_to, advice->self)) {
            json_decref(steps);
            continue;
        }
        if (!add_answers(advice, message, &steps)) {
            json_array_clear(steps);
        }
        if (tells_elsewhere(message) && !was_answered_by(advice, message, "confirm")) {
            add_answer(advice, message, "confirm", &steps);
        }
        if (steps != NULL && json_array_size(steps) == 0) {
            json_decref(steps);
            continue;
        }
        const struct kind *kind = kinds_find(header->kind);
        rendering_append(&list, json_pack("{s:o, s:s, s:s, s:s, s:s, s:o}", "id",
                                          name_statement(header->id), "author", header->author,
                                          "kind", header->kind, "title_zh",
                                          kind == NULL ? header->kind : kind->title_zh,
                                          "short_number", header->short_number, "answers", steps));
    }
    return list;
}

// ------------------------------------------------------------------------------------------ drafts

static json_t *list_role(const struct advice *advice, const char *role)
{
    json_t *list = json_array();
    for (size_t i = 0; advice->compact != NULL && i < advice->compact->n_members; i++) {
        const Control__Member *member = advice->compact->members[i];
        if (strcmp(member->role, role) == 0 && strcmp(member->agency, advice->self) != 0) {
            rendering_append(&list, json_string(member->agency));
        }
    }
    return list;
}

static json_t *tell_silence(const struct advice *advice, const struct duty_rule *rule,
                            const Control__Duty *duty)
{
    char now[INSTANT_TEXT_BYTES];
    char due[INSTANT_TEXT_BYTES];
    const char *debtor = duty->n_owing == 0 ? "" : duty->owing[0];
    instant_format(advice->now, now);
    instant_format(duty->due_at, due);
    if (duty->due_at == 0) {
        return json_sprintf("依《%s》%s，%s应%s办理“%s”，至%.10s %.8s尚未办理。",
                            advice->procedure->title, rule->article, debtor, duty->within,
                            rule->title, now, now + 11);
    }
    return json_sprintf("依《%s》%s，%s应于%.10s %.8s前办理“%s”，至%.10s %.8s尚未办理。",
                        advice->procedure->title, rule->article, debtor, due, due + 11, rule->title,
                        now, now + 11);
}

// What can be said of a field without a person; NULL in `out_value`: nothing.
static bool fill_field(const struct advice *advice, const struct duty_rule *rule,
                       const Control__Duty *duty, const struct field *field, json_t **out_value)
{
    char due[RENDERING_INSTANT_BYTES];
    *out_value = NULL;
    if (strchr(field->path, '.') != NULL) {
        return false;
    }
    if (field->form == FIELD_TEXT && field->need == FIELD_REQUIRED) {
        *out_value = tell_silence(advice, rule, duty);
        return true;
    }
    if (strcmp(field->path, "duty") == 0) {
        *out_value = json_string(rule->id);
        return true;
    }
    if (field->form == FIELD_NAME && field->need == FIELD_REQUIRED) {
        *out_value = json_string(rule->title);
        return true;
    }
    if (strcmp(field->path, "due") == 0 && duty->due_at != 0) {
        rendering_instant(duty->due_at, due);
        *out_value = json_string(due);
        return true;
    }
    if (strcmp(field->path, "agency") == 0 && duty->n_debtors > 0) {
        *out_value = json_string(duty->debtors[0]);
        return true;
    }
    if (strcmp(field->path, "parties") == 0) {
        *out_value = json_array();
        for (size_t i = 0; i < duty->n_debtors; i++) {
            rendering_append(out_value, json_string(duty->debtors[i]));
        }
        return true;
    }
    return false;
}

static json_t *fill_body(const struct advice *advice, const struct duty_rule *rule,
                         const Control__Duty *duty, const struct kind *kind)
{
    json_t *body = json_object();
    for (size_t i = 0; i < kind->field_count; i++) {
        json_t *value;
        if (fill_field(advice, rule, duty, &kind->fields[i], &value)) {
            rendering_set(&body, kind->fields[i].path, value);
        }
    }
    return body;
}

static void add_draft(const struct advice *advice, const struct duty_rule *rule,
                      const Control__Duty *duty, const struct duty_silence *silence, json_t **list)
{
    const struct kind *kind = kinds_find(silence->kind);
    json_t *draft =
        describe_step(advice, silence->kind, list_role(advice, silence->role),
                      (kind->marks & KIND_REPLIES) != 0 ? duty->opened_by : nothing, &anything);
    rendering_set(&draft, "duty", json_string(rule->id));
    rendering_set(&draft, "duty_title", json_string(rule->title));
    rendering_set(&draft, "article", json_string(rule->article));
    rendering_set(&draft, "role", json_string(silence->role));
    rendering_set(&draft, "role_title",
                  json_string(procedure_role_title(advice->procedure, silence->role)));
    rendering_set(&draft, "matter", name_statement(duty->matter));
    rendering_set(&draft, "compact",
                  json_string(advice->compact == NULL ? "" : advice->compact->id));
    rendering_set(&draft, "body", fill_body(advice, rule, duty, kind));
    rendering_append(list, draft);
}

// What is due at once is never overdue: it is red when it was awaited for long.
static bool is_missed(const Control__Duty *duty)
{
    return strcmp(duty->state, "overdue") == 0 ||
           (strcmp(duty->state, "open") == 0 && strcmp(duty->light, "red") == 0);
}

json_t *advice_drafts(const struct advice *advice)
{
    json_t *list = json_array();
    for (size_t i = 0; i < advice->duty_count; i++) {
        const Control__Duty *duty = advice->duties[i];
        const struct duty_rule *rule = find_rule(advice, duty);
        bool is_ours = is_among(duty->addressees, duty->n_addressees, advice->self) &&
                       !is_among(duty->owing, duty->n_owing, advice->self);
        for (size_t j = 0; rule != NULL && is_ours && is_missed(duty) && j < rule->silence_count;
             j++) {
            if (rule->silence[j].kind != NULL) {
                add_draft(advice, rule, duty, &rule->silence[j], &list);
            }
        }
    }
    return list;
}
