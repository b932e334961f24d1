// SPDX-License-Identifier: Apache-2.0
#include "lib/phrase.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/rendering.h"
#include "wire/codes.h"
#include "wire/kinds.h"

enum { PERIOD_BYTES = 4096 };

// What the words are about, and where they go.
struct phrase {
    const struct procedure *procedure;
    enum phrase_language language;
    FILE *out;
    bool *starved; // there was not enough memory for a word
};

// One aspect of a duty or a requirement, under its name in JSON.
struct duty_aspect {
    const char *name;
    void (*put)(const struct phrase *phrase, const struct duty_rule *duty);
};

struct requirement_aspect {
    const char *name;
    void (*put)(const struct phrase *phrase, const struct requirement *requirement);
};

static void say(const struct phrase *phrase, const char *zh, const char *en)
{
    fputs(phrase->language == PHRASE_ZH ? zh : en, phrase->out);
}

static void join(const struct phrase *phrase, size_t index, const char *zh, const char *en)
{
    if (index > 0) {
        say(phrase, zh, en);
    }
}

static void put_kind(const struct phrase *phrase, const char *name)
{
    const struct kind *kind = kinds_find(name);
    if (kind == NULL) {
        say(phrase, "每一须签收的文书", "every message that is to be signed for");
    } else if (phrase->language == PHRASE_ZH) {
        fprintf(phrase->out, "%s（%s）", kind->title_zh, name);
    } else {
        fprintf(phrase->out, "%s (%s)", kind->title_en, name);
    }
}

static void put_kinds(const struct phrase *phrase, const struct word_list *kinds)
{
    for (size_t i = 0; i < kinds->count; i++) {
        join(phrase, i, "、", ", ");
        put_kind(phrase, kinds->words[i]);
    }
}

static const struct field *find_lifted(const char *kind_name, const char *pair)
{
    const struct kind *kind = kinds_find(kind_name);
    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        if (kind->fields[i].law != NULL && strcmp(kind->fields[i].law, pair) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

static void put_field(const struct phrase *phrase, const struct field *field, const char *name)
{
    const char *title = field == NULL                   ? name
                        : phrase->language == PHRASE_ZH ? field->title_zh
                                                        : field->title_en;
    fprintf(phrase->out, phrase->language == PHRASE_ZH ? "“%s”" : "'%s'", title);
}

// "until field NAME" and the like: the instant that a statement of the kind names.
static void put_named(const struct phrase *phrase, const char *kind, const char *pair)
{
    put_kind(phrase, kind);
    say(phrase, "所载", "'s ");
    put_field(phrase, find_lifted(kind, pair), pair);
}

static void put_role(const struct phrase *phrase, const char *role)
{
    const char *title =
        phrase->language == PHRASE_ZH ? procedure_role_title(phrase->procedure, role) : role;
    fputs(title, phrase->out);
    if (strcmp(title, role) != 0) {
        fprintf(phrase->out, "（%s）", role);
    }
}

static void put_roles(const struct phrase *phrase, const struct word_list *roles)
{
    for (size_t i = 0; i < roles->count; i++) {
        join(phrase, i, "、", " or ");
        put_role(phrase, roles->words[i]);
    }
}

// ------------------------------------------------------------------------------------- conditions

static void put_subject(const struct phrase *phrase, const struct condition_term *term,
                        const struct field *field)
{
    switch (term->subject) {
    case CONDITION_PAIR:
        put_field(phrase, field, term->pair);
        return;
    case CONDITION_AUTHOR_ROLE:
        say(phrase, "发文机关角色", "the author's role");
        return;
    case CONDITION_AUTHOR_SECTOR:
        say(phrase, "发文机关领域", "the author's sector");
        return;
    case CONDITION_ADDRESSEE_ROLE:
        say(phrase, "主送机关角色", "the addressee's role");
        return;
    case CONDITION_ADDRESSEE_SECTOR:
        say(phrase, "主送机关领域", "the addressee's sector");
        return;
    }
}

static const struct code_list *list_of(const struct condition_term *term, const struct field *field)
{
    switch (term->subject) {
    case CONDITION_PAIR:
        return field == NULL ? NULL : field->codes;
    case CONDITION_AUTHOR_SECTOR:
    case CONDITION_ADDRESSEE_SECTOR:
        return codes_list("sector");
    case CONDITION_AUTHOR_ROLE:
    case CONDITION_ADDRESSEE_ROLE:
        break;
    }
    return NULL;
}

static void put_value(const struct phrase *phrase, const struct condition_term *term,
                      const struct field *field, const char *value)
{
    const struct code_list *codes = list_of(term, field);
    const struct code *code = codes == NULL ? NULL : codes_find(codes, value);
    if (code != NULL) {
        say(phrase, code->zh, code->en);
    } else if (term->subject == CONDITION_AUTHOR_ROLE ||
               term->subject == CONDITION_ADDRESSEE_ROLE) {
        put_role(phrase, value);
    } else {
        fputs(value, phrase->out);
    }
}

static void put_condition(const struct phrase *phrase, const char *kind,
                          const struct condition *condition)
{
    for (size_t i = 0; i < condition->term_count; i++) {
        const struct condition_term *term = &condition->terms[i];
        const struct field *field =
            term->subject == CONDITION_PAIR ? find_lifted(kind, term->pair) : NULL;
        join(phrase, i, "且", " and ");
        put_subject(phrase, term, field);
        say(phrase, term->differs ? "不是" : "是", term->differs ? " is not " : " is ");
        for (size_t j = 0; j < term->value_count; j++) {
            join(phrase, j, "或", " or ");
            put_value(phrase, term, field, term->values[j]);
        }
    }
}

static void put_where(const struct phrase *phrase, const char *kind,
                      const struct condition *condition)
{
    if (condition->term_count > 0) {
        say(phrase, "，限", " where ");
        put_condition(phrase, kind, condition);
    }
}

static void put_items(const struct phrase *phrase, const struct rule_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        join(phrase, i, "；", "; ");
        put_kind(phrase, list->items[i].kind);
        put_where(phrase, list->items[i].kind, &list->items[i].where);
    }
}

// ----------------------------------------------------------------------------------------- duties

static void put_debtors(const struct phrase *phrase, const struct duty_rule *duty)
{
    switch (duty->debtors) {
    case DUTY_AUTHOR:
        say(phrase, "发文（登记）机关", "who sent or recorded it");
        return;
    case DUTY_EACH_ADDRESSEE:
        say(phrase, "各主送机关，分别", "each addressee, alone");
        return;
    case DUTY_AUTHOR_AND_ADDRESSEE:
        say(phrase, "发文机关与各主送机关，共同", "author and each addressee together");
        return;
    }
}

static void put_usual_addressees(const struct phrase *phrase, const struct duty_rule *duty)
{
    const struct kind *kind = kinds_find(duty->opened_by[0].kind);
    switch (duty->debtors) {
    case DUTY_AUTHOR:
        if (kind != NULL && kind->class == KIND_FACT) {
            say(phrase, "先收到所作文书的机关", "whom the act reaches first");
        } else {
            say(phrase, "各主送机关", "all addressees");
        }
        return;
    case DUTY_EACH_ADDRESSEE:
        say(phrase, "发文机关", "the author");
        return;
    case DUTY_AUTHOR_AND_ADDRESSEE:
        say(phrase, "彼此", "each other");
        return;
    }
}

static void put_addressees(const struct phrase *phrase, const struct duty_rule *duty)
{
    if (duty->addressee_count == 0) {
        put_usual_addressees(phrase, duty);
    }
    for (size_t i = 0; i < duty->addressee_count; i++) {
        const struct duty_addressee *one = &duty->addressees[i];
        join(phrase, i, duty->any_addressee ? "或" : "和", duty->any_addressee ? " or " : " and ");
        switch (one->towards) {
        case DUTY_TOWARDS_ROLE:
            say(phrase, "各", "every ");
            put_role(phrase, one->name);
            break;
        case DUTY_TOWARDS_AUTHOR_OF:
            say(phrase, "所针对的", "the author of the ");
            put_kind(phrase, one->name);
            say(phrase, "的发文机关", " that it answers");
            break;
        }
    }
}

static void put_opened_by(const struct phrase *phrase, const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        const struct duty_opening *opening = &duty->opened_by[i];
        join(phrase, i, "；", "; ");
        put_kind(phrase, opening->kind);
        if (opening->unless_cites != NULL) {
            say(phrase, "，引用", " unless it cites ");
            put_kind(phrase, opening->unless_cites);
            say(phrase, "的除外", "");
        }
        if (opening->if_cites != NULL) {
            say(phrase, "，限引用", " if it cites ");
            put_kind(phrase, opening->if_cites);
            say(phrase, "的", "");
        }
        put_where(phrase, opening->kind, &opening->where);
    }
}

static void put_awaits(const struct phrase *phrase, const struct duty_rule *duty)
{
    const struct duty_await *awaits = &duty->awaits;
    if (awaits->kind == NULL) {
        return;
    }
    say(phrase, "，并不早于", ", and not before ");
    put_named(phrase, awaits->kind, awaits->field);
    put_where(phrase, awaits->kind, &awaits->where);
    if (awaits->unless.term_count > 0) {
        say(phrase, "，除非", ", unless ");
        put_condition(phrase, duty->opened_by[0].kind, &awaits->unless);
    }
}

static void put_start(const struct phrase *phrase, const struct duty_rule *duty)
{
    switch (duty->start) {
    case DUTY_FROM_SEALED:
        say(phrase, "签发或发生之时", "sealed, or happened");
        break;
    case DUTY_FROM_DELIVERED:
        say(phrase, "送达之时", "delivered");
        break;
    case DUTY_FROM_SIGNED:
        say(phrase, "签收之时", "signed for");
        break;
    case DUTY_FROM_WHOLE:
        say(phrase, "连同附件到齐之时", "delivered with all that is attached");
        break;
    case DUTY_FROM_FIELD:
        for (size_t i = 0; i < duty->start_field_count; i++) {
            const struct field *field = NULL;
            for (size_t j = 0; field == NULL && j < duty->opened_by_count; j++) {
                field = find_lifted(duty->opened_by[j].kind, duty->start_fields[i]);
            }
            join(phrase, i, "或", " or ");
            put_field(phrase, field, duty->start_fields[i]);
        }
        break;
    }
    put_awaits(phrase, duty);
}

static void put_period(const struct phrase *phrase, const struct duty_rule *duty,
                       struct within within)
{
    if (within.form == WITHIN_UNTIL) {
        say(phrase, "至", "until ");
        put_field(phrase, find_lifted(duty->opened_by[0].kind, duty->until_field),
                  duty->until_field);
        return;
    }
    struct arena *arena;
    if (arena_new(PERIOD_BYTES, &arena) != 0) {
        *phrase->starved = true;
        return;
    }
    char *text = phrase->language == PHRASE_ZH ? clock_title_within(within, arena)
                                               : clock_format_within(within, arena);
    *phrase->starved = *phrase->starved || text == NULL;
    fputs(text == NULL ? "" : text, phrase->out);
    arena_free(&arena);
}

static void put_within(const struct phrase *phrase, const struct duty_rule *duty)
{
    put_period(phrase, duty, duty->within);
}

static void put_urgent(const struct phrase *phrase, const struct duty_rule *duty)
{
    if (duty->has_urgent) {
        put_period(phrase, duty, duty->urgent_within);
    }
}

static void put_counts(const struct phrase *phrase, const struct duty_rule *duty)
{
    switch (duty->counts) {
    case DUTY_COUNTS_DELIVERED:
        say(phrase, "到达对方之时", "when delivered");
        return;
    case DUTY_COUNTS_DISPATCHED:
        say(phrase, "发出之时", "when dispatched");
        return;
    }
}

static void put_met_by(const struct phrase *phrase, const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        const struct duty_act *act = &duty->met_by[i];
        join(phrase, i, "；", "; ");
        put_kind(phrase, act->kind);
        if (act->meeting == DUTY_MET_BY_REPLY) {
            say(phrase, "，须为答复", " in reply");
        }
        if (act->later) {
            say(phrase, "，须在其后", " made later");
        }
        if (act->meeting == DUTY_MET_BY_CONFIRMED) {
            say(phrase, "，须经对方确认", " confirmed by the other side");
        }
        put_where(phrase, act->kind, &act->where);
    }
}

static void put_ended_by(const struct phrase *phrase, const struct duty_rule *duty)
{
    put_items(phrase, &duty->ended_by);
}

static void put_extended_by(const struct phrase *phrase, const struct duty_rule *duty)
{
    if (duty->extended_by == NULL) {
        return;
    }
    say(phrase, "期限届满前以", "before it is due, to ");
    put_named(phrase, duty->extended_by, duty->extended_field);
    say(phrase, "为准", "");
    if (duty->extensions > 0) {
        fprintf(phrase->out, phrase->language == PHRASE_ZH ? "，以%u次为限" : ", %u times at most",
                duty->extensions);
    }
}

static void put_suspended_by(const struct phrase *phrase, const struct duty_rule *duty)
{
    const struct duty_suspension *suspension = &duty->suspended_by;
    if (suspension->kind == NULL) {
        return;
    }
    say(phrase, "自", "from ");
    put_named(phrase, suspension->kind, suspension->field);
    say(phrase, "至", " to ");
    put_named(phrase, suspension->until_kind, suspension->until_field);
}

static void put_silence(const struct phrase *phrase, const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->silence_count; i++) {
        const struct duty_silence *silence = &duty->silence[i];
        join(phrase, i, "；", "; ");
        if (silence->kind == NULL) {
            say(phrase, "自动催办", "a reminder, sent by itself");
            continue;
        }
        say(phrase, "拟", "a draft of ");
        put_kind(phrase, silence->kind);
        say(phrase, "送", " to ");
        put_role(phrase, silence->role);
        say(phrase, "，由经办人发出", ", for an officer to send");
    }
}

static const struct duty_aspect duty_aspects[] = {
    {"debtors", put_debtors},
    {"addressees", put_addressees},
    {"opened_by", put_opened_by},
    {"start", put_start},
    {"within", put_within},
    {"urgent", put_urgent},
    {"counts", put_counts},
    {"met_by", put_met_by},
    {"extended_by", put_extended_by},
    {"suspended_by", put_suspended_by},
    {"ended_by", put_ended_by},
    {"silence", put_silence},
    {NULL, NULL},
};

// ----------------------------------------------------------------------------------- requirements

static void put_of(const struct phrase *phrase, const struct requirement *requirement)
{
    put_items(phrase, &requirement->of);
}

static void put_path(const struct phrase *phrase, const struct requirement *requirement,
                     const char *path)
{
    const struct kind *kind = kinds_find(requirement->of.items[0].kind);
    const struct field *found = NULL;
    for (size_t i = 0; kind != NULL && i < kind->field_count; i++) {
        found = strcmp(kind->fields[i].path, path) == 0 ? &kind->fields[i] : found;
    }
    put_field(phrase, found, path);
}

static void put_needs(const struct phrase *phrase, const struct requirement *requirement)
{
    for (size_t i = 0; i < requirement->needs.count; i++) {
        join(phrase, i, "、", ", ");
        put_path(phrase, requirement, requirement->needs.words[i]);
    }
}

static void put_forbids(const struct phrase *phrase, const struct requirement *requirement)
{
    put_condition(phrase, requirement->of.items[0].kind, &requirement->forbids);
}

static void put_from(const struct phrase *phrase, const struct requirement *requirement)
{
    put_roles(phrase, &requirement->from);
}

static void put_to(const struct phrase *phrase, const struct requirement *requirement)
{
    put_roles(phrase, &requirement->to);
}

static void put_officers(const struct phrase *phrase, const struct requirement *requirement)
{
    if (requirement->officers > 0) {
        fprintf(phrase->out, phrase->language == PHRASE_ZH ? "%u名以上" : "%u or more",
                requirement->officers);
    }
}

static void put_own_name(const struct phrase *phrase, const struct requirement *requirement)
{
    if (!requirement->own_name) {
        return;
    }
    say(phrase, "须以机关自己的名义", "an agency that acts in its own name");
    if (requirement->own_name_unless != NULL) {
        say(phrase, "，载明", ", or ");
        put_path(phrase, requirement, requirement->own_name_unless);
        say(phrase, "的除外", " is given");
    }
}

static void put_own_number(const struct phrase *phrase, const struct requirement *requirement)
{
    if (requirement->own_number) {
        say(phrase, "须有文号", "a number of its own");
    }
}

static void put_answers(const struct phrase *phrase, const struct requirement *requirement)
{
    put_kinds(phrase, &requirement->answers);
}

static void put_after(const struct phrase *phrase, const struct requirement *requirement)
{
    put_items(phrase, &requirement->after);
}

static void put_different_officers(const struct phrase *phrase,
                                   const struct requirement *requirement)
{
    if (requirement->different_officers) {
        say(phrase, "须与此前步骤的经办人不同", "others than those of the steps before");
    }
}

static const struct requirement_aspect requirement_aspects[] = {
    {"of", put_of},
    {"needs", put_needs},
    {"forbids", put_forbids},
    {"from", put_from},
    {"to", put_to},
    {"officers", put_officers},
    {"own_name", put_own_name},
    {"own_number", put_own_number},
    {"answers", put_answers},
    {"after", put_after},
    {"different_officers", put_different_officers},
    {NULL, NULL},
};

// ------------------------------------------------------------------------------------------ texts

// A text under way: what is put into `phrase.out` comes out at the end.
struct writing {
    struct phrase phrase;
    bool starved;
    char *text;
    size_t size;
};

static bool begin(struct writing *writing, const struct procedure *procedure,
                  enum phrase_language language)
{
    *writing = (struct writing){.phrase = {procedure, language, NULL, &writing->starved}};
    writing->phrase.out = open_memstream(&writing->text, &writing->size);
    return writing->phrase.out != NULL;
}

// NULL: there was not enough memory.
static json_t *end(struct writing *writing)
{
    bool whole = ferror(writing->phrase.out) == 0 && !writing->starved;
    whole = fclose(writing->phrase.out) == 0 && whole;
    json_t *text = whole ? json_stringn(writing->text, writing->size) : NULL;
    free(writing->text);
    return text;
}

static void set_aspect(json_t **object, const char *name, json_t *text)
{
    if (text != NULL && json_string_length(text) == 0) {
        json_decref(text);
    } else {
        rendering_set(object, name, text);
    }
}

json_t *phrase_duty(const struct procedure *procedure, enum phrase_language language,
                    const struct duty_rule *duty)
{
    json_t *object = json_object();
    for (const struct duty_aspect *aspect = duty_aspects; aspect->name != NULL; aspect++) {
        struct writing writing;
        if (!begin(&writing, procedure, language)) {
            json_decref(object);
            return NULL;
        }
        aspect->put(&writing.phrase, duty);
        set_aspect(&object, aspect->name, end(&writing));
    }
    return object;
}

json_t *phrase_requirement(const struct procedure *procedure, enum phrase_language language,
                           const struct requirement *requirement)
{
    json_t *object = json_object();
    for (const struct requirement_aspect *aspect = requirement_aspects; aspect->name != NULL;
         aspect++) {
        struct writing writing;
        if (!begin(&writing, procedure, language)) {
            json_decref(object);
            return NULL;
        }
        aspect->put(&writing.phrase, requirement);
        set_aspect(&object, aspect->name, end(&writing));
    }
    return object;
}

json_t *phrase_condition(const struct procedure *procedure, enum phrase_language language,
                         const char *kind, const struct condition *condition)
{
    struct writing writing;
    if (!begin(&writing, procedure, language)) {
        return NULL;
    }
    put_condition(&writing.phrase, kind, condition);
    return end(&writing);
}
