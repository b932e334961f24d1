// SPDX-License-Identifier: Apache-2.0
#include "lib/statute.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/phrase.h"
#include "lib/refusal.h"
#include "lib/rendering.h"
#include "law/lint.h"
#include "liaison/liaison.h"

enum { LINT_MEMORY_BYTES = 16 << 20 };

static json_t *text_or_empty(const char *text)
{
    return json_string(text == NULL ? "" : text);
}

static json_t *list_words(const char *const *words, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        rendering_append(&list, json_string(words[i]));
    }
    return list;
}

// ------------------------------------------------------------------------------------------ parts

static const char *name_subject(const struct condition_term *term)
{
    switch (term->subject) {
    case CONDITION_PAIR:
        return term->pair;
    case CONDITION_AUTHOR_ROLE:
        return "author role";
    case CONDITION_AUTHOR_SECTOR:
        return "author sector";
    case CONDITION_ADDRESSEE_ROLE:
        return "addressee role";
    case CONDITION_ADDRESSEE_SECTOR:
        return "addressee sector";
    }
    return "";
}

static json_t *describe_condition(const struct condition *condition)
{
    json_t *list = json_array();
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *term = &condition->terms[i];
        rendering_append(&list, json_pack("{s:s, s:b, s:o}", "subject", name_subject(term),
                                          "differs", (int)term->differs, "values",
                                          list_words(term->values, term->value_count)));
    }
    return list;
}

static json_t *describe_items(const struct rule_list *items)
{
    json_t *list = json_array();
    for (size_t i = 0; i < items->count; i++) {
        rendering_append(&list, json_pack("{s:s, s:o}", "kind", items->items[i].kind, "where",
                                          describe_condition(&items->items[i].where)));
    }
    return list;
}

static json_t *describe_openings(const struct duty_rule *duty)
{
    json_t *list = json_array();
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        const struct duty_opening *opening = &duty->opened_by[i];
        rendering_append(&list, json_pack("{s:s, s:o, s:o, s:o}", "kind", opening->kind,
                                          "unless_cites", text_or_empty(opening->unless_cites),
                                          "if_cites", text_or_empty(opening->if_cites), "where",
                                          describe_condition(&opening->where)));
    }
    return list;
}

static const char *name_meeting(enum duty_meeting meeting)
{
    switch (meeting) {
    case DUTY_MET_BY_ANY:
        return "any";
    case DUTY_MET_BY_REPLY:
        return "reply";
    case DUTY_MET_BY_CONFIRMED:
        return "confirmed";
    }
    return "";
}

static json_t *describe_acts(const struct duty_rule *duty)
{
    json_t *list = json_array();
    for (size_t i = 0; i < duty->met_by_count; i++) {
        const struct duty_act *act = &duty->met_by[i];
        rendering_append(&list, json_pack("{s:s, s:s, s:b, s:o}", "kind", act->kind, "how",
                                          name_meeting(act->meeting), "later", (int)act->later,
                                          "where", describe_condition(&act->where)));
    }
    return list;
}

static json_t *describe_silence(const struct duty_rule *duty)
{
    json_t *list = json_array();
    for (size_t i = 0; i < duty->silence_count; i++) {
        const struct duty_silence *silence = &duty->silence[i];
        rendering_append(&list,
                         json_pack("{s:s, s:o}", "kind",
                                   silence->kind == NULL ? "supervision.reminder" : silence->kind,
                                   "role", text_or_empty(silence->role)));
    }
    return list;
}

static const char *name_debtors(enum duty_debtors debtors)
{
    switch (debtors) {
    case DUTY_AUTHOR:
        return "author";
    case DUTY_EACH_ADDRESSEE:
        return "each addressee";
    case DUTY_AUTHOR_AND_ADDRESSEE:
        return "author and addressee";
    }
    return "";
}

static const char *name_start(enum duty_start start)
{
    switch (start) {
    case DUTY_FROM_SEALED:
        return "sealed";
    case DUTY_FROM_DELIVERED:
        return "delivered";
    case DUTY_FROM_FIELD:
        return "field";
    case DUTY_FROM_SIGNED:
        return "signed for";
    case DUTY_FROM_WHOLE:
        return "whole";
    }
    return "";
}

static void set_within(json_t **json, const char *name, struct within within)
{
    struct arena *arena;
    if (arena_new(LINT_MEMORY_BYTES, &arena) != 0) {
        rendering_set(json, name, NULL);
        return;
    }
    const char *text = clock_format_within(within, arena);
    rendering_set(json, name, text == NULL ? NULL : json_string(text));
    arena_free(&arena);
}

// What duties and requirements have in common.
static json_t *describe_source(const char *name, const char *id, unsigned line, const char *title,
                               const char *title_en, const char *article, const char *quote,
                               bool policy)
{
    return json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:b}", name, id, "line", (int)line, "title",
                     title, "title_en", title_en, "article", article, "quote", quote, "policy",
                     (int)policy);
}

json_t *statute_duty(const struct procedure *procedure, const struct duty_rule *duty)
{
    json_t *json = describe_source("duty", duty->id, duty->line, duty->title, duty->title_en,
                                   duty->article, duty->quote, duty->policy);
    set_within(&json, "within", duty->within);
    if (duty->has_urgent) {
        set_within(&json, "urgent_within", duty->urgent_within);
    }
    rendering_set(&json, "debtors", json_string(name_debtors(duty->debtors)));
    rendering_set(&json, "start", json_string(name_start(duty->start)));
    rendering_set(&json, "start_fields", list_words(duty->start_fields, duty->start_field_count));
    rendering_set(&json, "opened_by", describe_openings(duty));
    rendering_set(&json, "met_by", describe_acts(duty));
    rendering_set(&json, "ended_by", describe_items(&duty->ended_by));
    rendering_set(&json, "extended_by", text_or_empty(duty->extended_by));
    rendering_set(&json, "extensions", json_integer(duty->extensions));
    rendering_set(&json, "suspended_by", text_or_empty(duty->suspended_by.kind));
    rendering_set(&json, "resumed_by", text_or_empty(duty->suspended_by.until_kind));
    rendering_set(&json, "silence", describe_silence(duty));
    rendering_set(&json, "zh", phrase_duty(procedure, PHRASE_ZH, duty));
    rendering_set(&json, "en", phrase_duty(procedure, PHRASE_EN, duty));
    return json;
}

static json_t *describe_list(const struct word_list *words)
{
    return list_words(words->words, words->count);
}

json_t *statute_requirement(const struct procedure *procedure,
                            const struct requirement *requirement)
{
    json_t *json = describe_source("requirement", requirement->id, requirement->line,
                                   requirement->title, requirement->title_en, requirement->article,
                                   requirement->quote, requirement->policy);
    rendering_set(&json, "of", describe_items(&requirement->of));
    rendering_set(&json, "needs", describe_list(&requirement->needs));
    rendering_set(&json, "forbids", describe_condition(&requirement->forbids));
    rendering_set(&json, "from", describe_list(&requirement->from));
    rendering_set(&json, "to", describe_list(&requirement->to));
    rendering_set(&json, "officers", json_integer(requirement->officers));
    rendering_set(&json, "own_name", json_boolean(requirement->own_name));
    rendering_set(&json, "own_name_unless", text_or_empty(requirement->own_name_unless));
    rendering_set(&json, "own_number", json_boolean(requirement->own_number));
    rendering_set(&json, "answers", describe_list(&requirement->answers));
    rendering_set(&json, "after", describe_items(&requirement->after));
    rendering_set(&json, "different_officers", json_boolean(requirement->different_officers));
    rendering_set(&json, "zh", phrase_requirement(procedure, PHRASE_ZH, requirement));
    rendering_set(&json, "en", phrase_requirement(procedure, PHRASE_EN, requirement));
    return json;
}

static json_t *describe_roles(const struct procedure *procedure)
{
    json_t *list = json_array();
    for (size_t i = 0; i < procedure->roles.count; i++) {
        const char *role = procedure->roles.words[i];
        rendering_append(&list, json_pack("{s:s, s:s}", "role", role, "title",
                                          procedure_role_title(procedure, role)));
    }
    return list;
}

static void set_instant(json_t **json, const char *name, int64_t instant)
{
    char text[RENDERING_INSTANT_BYTES];
    if (instant != 0) {
        rendering_instant(instant, text);
        rendering_set(json, name, json_string(text));
    }
}

json_t *statute_procedure(const struct procedure *procedure)
{
    json_t *duties = json_array();
    json_t *requirements = json_array();
    char digest[2 * DIGEST_BYTES + 1];
    for (size_t i = 0; i < procedure->duty_count; i++) {
        rendering_append(&duties, statute_duty(procedure, &procedure->duties[i]));
    }
    for (size_t i = 0; i < procedure->requirement_count; i++) {
        rendering_append(&requirements,
                         statute_requirement(procedure, &procedure->requirements[i]));
    }
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        snprintf(digest + 2 * i, 3, "%02x", procedure->digest.bytes[i]);
    }
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:s, s:s}", "id", procedure->id, "title", procedure->title,
                  "title_en", procedure->title_en, "issuer", procedure->issuer, "digest", digest);
    set_instant(&json, "issued_at", procedure->issued_at);
    set_instant(&json, "valid_from", procedure->valid_from);
    set_instant(&json, "valid_until", procedure->valid_until);
    rendering_set(&json, "roles", describe_roles(procedure));
    rendering_set(&json, "duties", duties);
    rendering_set(&json, "requirements", requirements);
    return json;
}

enum liaison_outcome liaison_procedure_check(const char *text, size_t text_bytes, char **out_json)
{
    struct procedure *procedure;
    struct law_fault fault;
    switch (
        procedure_parse((struct bytes){(const uint8_t *)text, text_bytes}, &procedure, &fault)) {
    case LAW_OK:
        break;
    case LAW_FAULTY:
        return rendering_give(refusal_of_law("procedure", "规程文件有误", &fault),
                              LIAISON_REFUSED, out_json);
    case LAW_NO_MEMORY:
        return LIAISON_FAILED;
    }
    enum liaison_outcome outcome = rendering_give(statute_procedure(procedure),
                                                  LIAISON_DONE, out_json);
    procedure_free(&procedure);
    return outcome;
}

// ---------------------------------------------------------------------------- procedures, compacts

// Files being checked together: each is a procedure, a compact, or neither because of a fault.
struct check {
    const struct liaison_law_file *files;
    size_t count;
    struct procedure **procedures;
    struct compact **compacts;
    json_t *faults;
    struct arena *arena;
    bool starved;
};

__attribute__((format(printf, 4, 5))) static void complain(struct check *check, size_t file,
                                                           unsigned line, const char *format, ...)
{
    va_list arguments;
    char text[512];
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    rendering_append(&check->faults, json_pack("{s:s, s:i, s:s}", "file", check->files[file].name,
                                               "line", (int)line, "text", text));
}

// A file is a compact if it has its section; whatever else it holds is for the parser to refuse.
static bool is_compact(const struct liaison_law_file *file)
{
    static const char section[] = "[compact]";
    const size_t size = strlen(section);
    for (size_t i = 0; i + size <= file->text_bytes; i++) {
        if ((i == 0 || file->text[i - 1] == '\n') && memcmp(file->text + i, section, size) == 0) {
            return true;
        }
    }
    return false;
}

static void read_file(struct check *check, size_t index)
{
    const struct liaison_law_file *file = &check->files[index];
    const struct bytes text = {(const uint8_t *)file->text, file->text_bytes};
    struct law_fault fault;
    switch (is_compact(file) ? compact_parse(text, &check->compacts[index], &fault)
                             : procedure_parse(text, &check->procedures[index], &fault)) {
    case LAW_OK:
        return;
    case LAW_FAULTY:
        complain(check, index, fault.line, "%s", fault.text);
        return;
    case LAW_NO_MEMORY:
        check->starved = true;
        return;
    }
}

static const struct procedure *find_procedure(const struct check *check, const char *id)
{
    for (size_t i = 0; i < check->count; i++) {
        if (check->procedures[i] != NULL && strcmp(check->procedures[i]->id, id) == 0) {
            return check->procedures[i];
        }
    }
    return NULL;
}

// Does any version of the procedure have the role?
static bool has_role(const struct check *check, const char *id, const char *role)
{
    for (size_t i = 0; i < check->count; i++) {
        const struct procedure *procedure = check->procedures[i];
        if (procedure != NULL && strcmp(procedure->id, id) == 0 &&
            procedure_has_role(procedure, role)) {
            return true;
        }
    }
    return false;
}

// What a file with a fault was to be is not known: it may be the procedure that is looked for.
static bool is_any_faulty(const struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        if (check->procedures[i] == NULL && check->compacts[i] == NULL) {
            return true;
        }
    }
    return false;
}

// Members keep their roles after expiry.
static void check_member_roles(struct check *check, size_t index, const char *procedure)
{
    const struct compact *compact = check->compacts[index];
    for (size_t i = 0; i < compact->member_count; i++) {
        const struct compact_member *member = &compact->members[i];
        if (!has_role(check, procedure, member->role)) {
            complain(check, index, member->line, "%s has the role %s, which %s does not have",
                     member->agency, member->role, procedure);
        }
    }
}

static void check_compact(struct check *check, size_t index)
{
    const struct compact *compact = check->compacts[index];
    if (is_any_faulty(check)) {
        return;
    }
    if (find_procedure(check, compact->procedure) == NULL) {
        complain(check, index, compact->line, "the procedure %s is not among the files",
                 compact->procedure);
        return;
    }
    check_member_roles(check, index, compact->procedure);
    if (compact->after_expiry == NULL) {
        return;
    }
    if (find_procedure(check, compact->after_expiry) == NULL) {
        complain(check, index, compact->line,
                 "the procedure %s, for after expiry, is not among the files",
                 compact->after_expiry);
        return;
    }
    check_member_roles(check, index, compact->after_expiry);
}

static void check_versions(struct check *check, size_t index)
{
    const struct procedure *procedure = check->procedures[index];
    for (size_t i = 0; i < index; i++) {
        const struct procedure *other = check->procedures[i];
        if (other != NULL && strcmp(other->id, procedure->id) == 0 &&
            lint_overlap(other, procedure)) {
            complain(check, index, procedure->line,
                     "%s stands in %s too, and there are days on which both are valid",
                     procedure->id, check->files[i].name);
        }
    }
}

static void check_procedure(struct check *check, size_t index)
{
    const struct compact **compacts =
        arena_take_array(check->arena, check->count, sizeof(struct compact *));
    struct lint_list list = {.arena = check->arena};
    size_t count = 0;
    for (size_t i = 0; compacts != NULL && i < check->count; i++) {
        if (check->compacts[i] != NULL) {
            compacts[count++] = check->compacts[i];
        }
    }
    lint_procedure(check->procedures[index], &list);
    lint_roles(check->procedures[index], compacts, count, &list);
    check->starved = check->starved || list.starved || compacts == NULL;
    for (size_t i = 0; i < list.count; i++) {
        complain(check, index, list.items[i].line, "%s", list.items[i].text);
    }
    check_versions(check, index);
}

static json_t *list_checked(struct check *check)
{
    json_t *procedures = json_array();
    json_t *compacts = json_array();
    for (size_t i = 0; i < check->count; i++) {
        const struct procedure *procedure = check->procedures[i];
        const struct compact *compact = check->compacts[i];
        if (procedure != NULL) {
            rendering_append(&procedures,
                             json_pack("{s:s, s:s, s:s, s:I, s:I}", "file", check->files[i].name,
                                       "id", procedure->id, "title", procedure->title, "duties",
                                       (json_int_t)procedure->duty_count, "requirements",
                                       (json_int_t)procedure->requirement_count));
        } else if (compact != NULL) {
            rendering_append(&compacts,
                             json_pack("{s:s, s:s, s:s, s:I}", "file", check->files[i].name, "id",
                                       compact->id, "title", compact->title, "members",
                                       (json_int_t)compact->member_count));
        }
    }
    return json_pack("{s:o, s:o, s:O}", "procedures", procedures, "compacts", compacts, "faults",
                     check->faults);
}

static void run_check(struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        read_file(check, i);
    }
    for (size_t i = 0; i < check->count; i++) {
        if (check->procedures[i] != NULL) {
            check_procedure(check, i);
        } else if (check->compacts[i] != NULL) {
            check_compact(check, i);
        }
    }
}

static bool begin_check(struct check *check)
{
    check->procedures = calloc(check->count + 1, sizeof(struct procedure *));
    check->compacts = calloc(check->count + 1, sizeof(struct compact *));
    check->faults = json_array();
    return check->procedures != NULL && check->compacts != NULL && check->faults != NULL &&
           arena_new(LINT_MEMORY_BYTES, &check->arena) == 0;
}

static void end_check(struct check *check)
{
    for (size_t i = 0; i < check->count; i++) {
        if (check->procedures != NULL) {
            procedure_free(&check->procedures[i]);
        }
        if (check->compacts != NULL) {
            compact_free(&check->compacts[i]);
        }
    }
    free(check->procedures);
    free(check->compacts);
    json_decref(check->faults);
    arena_free(&check->arena);
}

enum liaison_outcome liaison_law_check(const struct liaison_law_file *files, size_t count,
                                       char **out_json)
{
    struct check check = {.files = files, .count = count};
    enum liaison_outcome outcome = LIAISON_FAILED;
    if (begin_check(&check)) {
        run_check(&check);
        if (!check.starved && check.faults != NULL) {
            outcome = rendering_give(list_checked(&check),
                                     json_array_size(check.faults) == 0 ? LIAISON_DONE
                                                                        : LIAISON_REFUSED,
                                     out_json);
        }
    }
    end_check(&check);
    return outcome;
}
