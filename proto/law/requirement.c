// SPDX-License-Identifier: Apache-2.0
#include "law/requirement.h"

#include "wire/codes.h"
#include "wire/text.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { OFFICER_LIMIT = 16 };

static bool take_own_name(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    static const char unless[] = "yes unless ";
    struct requirement *requirement = into;

    if (strncmp(entry->value, unless, strlen(unless)) == 0) {
        requirement->own_name = true;
        requirement->own_name_unless = entry->value + strlen(unless);
        return true;
    }
    return rule_items_take_flag(ini, entry, &requirement->own_name);
}

// It is about kinds that may come after it: read in check_forbidden.
static bool take_forbids(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    (void)ini;
    (void)entry;
    (void)into;
    return true;
}

static const struct ini_key requirement_keys[] = {
    {"title", KEY_NEEDED, offsetof(struct requirement, title), ini_keys_take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct requirement, title_en), ini_keys_take_text},
    {"article", KEY_OPTIONAL, offsetof(struct requirement, article), ini_keys_take_text},
    {"quote", KEY_OPTIONAL, offsetof(struct requirement, quote), ini_keys_take_text},
    {"policy", KEY_OPTIONAL, offsetof(struct requirement, policy), rule_items_take_flag},
    {"of", KEY_NEEDED, offsetof(struct requirement, of), rule_items_take_list},
    {"needs", KEY_OPTIONAL, offsetof(struct requirement, needs), rule_items_take_words},
    {"forbids", KEY_OPTIONAL, 0, take_forbids},
    {"from", KEY_OPTIONAL, offsetof(struct requirement, from), rule_items_take_words},
    {"to", KEY_OPTIONAL, offsetof(struct requirement, to), rule_items_take_words},
    {"officers", KEY_OPTIONAL, offsetof(struct requirement, officers), rule_items_take_number},
    {"own_name", KEY_OPTIONAL, 0, take_own_name},
    {"own_number", KEY_OPTIONAL, offsetof(struct requirement, own_number), rule_items_take_flag},
    {"answers", KEY_OPTIONAL, offsetof(struct requirement, answers), rule_items_take_words},
    {"after", KEY_OPTIONAL, offsetof(struct requirement, after), rule_items_take_list},
    {"different_officers", KEY_OPTIONAL, offsetof(struct requirement, different_officers),
     rule_items_take_flag},
};

static const struct field *find_field(const struct kind *kind, const char *path)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (strcmp(kind->fields[i].path, path) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

static bool check_path(struct ini_text *ini, const struct ini_section *section, const char *key,
                       const struct kind *kind, const char *path)
{
    return find_field(kind, path) != NULL ||
           ini_text_refuse(ini, ini_keys_line(section, key), "%s: %s has no field %.60s", key,
                           kind->name, path);
}

static bool check_fields(struct ini_text *ini, const struct ini_section *section,
                         const struct requirement *requirement, const struct kind *kind)
{
    for (size_t i = 0; i < requirement->needs.count; i++) {
        if (!check_path(ini, section, "needs", kind, requirement->needs.words[i])) {
            return false;
        }
    }
    return requirement->own_name_unless == NULL ||
           check_path(ini, section, "own_name", kind, requirement->own_name_unless);
}

static bool check_addressing(struct ini_text *ini, const struct ini_section *section,
                             const struct requirement *requirement, const struct kind *kind)
{
    if (kind->class == KIND_FACT &&
        (requirement->to.count > 0 || requirement->answers.count > 0)) {
        return ini_text_refuse(ini, section->line, "[%.60s]: %s is a fact and goes to nobody",
                               section->name, kind->name);
    }
    return true;
}

// Every kind has to have what is forbidden; the words mean the same of each.
static bool check_forbidden(struct ini_text *ini, const struct ini_section *section,
                            struct requirement *requirement)
{
    const struct ini_entry *entry = ini_keys_find(section, "forbids");

    for (size_t i = 0; entry != NULL && i < requirement->of.count; i++) {
        char *text = arena_copy_text(ini->arena, entry->value);
        char *tokens[INI_TOKENS];
        size_t count;

        if (text == NULL) {
            return ini_text_starve(ini);
        }
        count = ini_keys_split(text, tokens);
        if (count == INI_TOKENS) {
            return ini_text_refuse(ini, entry->line, "forbids: the condition is too long");
        }
        if (!condition_take(ini, entry, tokens, count, kinds_find(requirement->of.items[i].kind),
                            &requirement->forbids)) {
            return false;
        }
    }
    return true;
}

static bool check_requirement(struct ini_text *ini, const struct ini_section *section,
                              struct requirement *requirement)
{
    if (!requirement->policy &&
        (requirement->article[0] == '\0' || requirement->quote[0] == '\0')) {
        return ini_text_refuse(ini, section->line, "[%s] is not policy and lacks article or quote",
                               section->name);
    }
    for (size_t i = 0; i < requirement->of.count; i++) {
        const struct kind *kind = kinds_find(requirement->of.items[i].kind);

        if (!check_fields(ini, section, requirement, kind) ||
            !check_addressing(ini, section, requirement, kind)) {
            return false;
        }
    }
    for (size_t i = 0; i < requirement->answers.count; i++) {
        if (rule_items_find_kind(ini, ini_keys_find(section, "answers"),
                                 requirement->answers.words[i]) == NULL) {
            return false;
        }
    }
    if (requirement->officers > OFFICER_LIMIT) {
        return ini_text_refuse(ini, ini_keys_line(section, "officers"),
                               "officers: at most %d can be named", OFFICER_LIMIT);
    }
    if (requirement->different_officers && requirement->after.count == 0) {
        return ini_text_refuse(ini, ini_keys_line(section, "different_officers"),
                               "different_officers: there is no step before it (after)");
    }
    return check_forbidden(ini, section, requirement);
}

bool requirement_take(struct ini_text *ini, const struct ini_section *section, const char *id,
                      struct requirement *out_requirement)
{
    *out_requirement = (struct requirement){
        .line = section->line, .id = id, .title_en = "", .article = "", .quote = ""};
    return ini_keys_take(ini, section, INI_KEYS(requirement_keys), out_requirement) &&
           check_requirement(ini, section, out_requirement);
}

// --------------------------------------------------------------------------------------- checking

// One requirement being put to one statement.
struct question {
    const struct requirement *requirement;
    const struct requirement_case *kase;
    struct faults *faults;
};

__attribute__((format(printf, 4, 5))) static void add_missing(struct question *question,
                                                              const struct field *field,
                                                              const char *path, const char *format,
                                                              ...)
{
    const struct requirement *requirement = question->requirement;
    struct arena *arena = question->faults->arena;
    va_list arguments;
    char text[256];

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    text_clean(text); // a long name may be cut within a character
    faults_add(question->faults,
               (struct field_fault){
                   .field = field,
                   .path = path,
                   .code = "requirement",
                   .text = arena_format(arena, "%s（%s%s%s）", text, requirement->title,
                                        requirement->article[0] == '\0' ? "" : "，",
                                        requirement->article),
                   .title = field == NULL ? requirement->title : NULL,
                   .source = requirement->id,
               });
}

static void ask_fields(struct question *question)
{
    const struct requirement *requirement = question->requirement;
    const struct requirement_case *kase = question->kase;

    for (size_t i = 0; i < requirement->needs.count && kase->body != NULL; i++) {
        const char *path = requirement->needs.words[i];

        if (!fields_is_given(kase->kind, kase->body, path)) {
            const struct field *field = find_field(kase->kind, path);

            add_missing(question, field, path, "缺少：%s",
                        field == NULL ? path : field->title_zh);
        }
    }
}

static const struct field *find_lifted(const struct kind *kind, const char *pair)
{
    for (size_t i = 0; i < kind->field_count; i++) {
        if (kind->fields[i].law != NULL && strcmp(kind->fields[i].law, pair) == 0) {
            return &kind->fields[i];
        }
    }
    return NULL;
}

// What people read for the value of a pair; of several the one that the term is about.
static const char *name_value(const struct condition_term *term, const struct act *act,
                              const struct field *field)
{
    for (size_t i = 0; i < act->pair_count; i++) {
        const char *value = act->pairs[i].value;
        const struct condition one = {term, 1};
        const struct act alone = {.pairs = &act->pairs[i], .pair_count = 1};
        const struct code *code;

        if (strcmp(act->pairs[i].name, term->pair) != 0 || !condition_holds(&one, &alone, NULL)) {
            continue;
        }
        code = field->codes == NULL ? NULL : codes_find(field->codes, value);
        return code == NULL ? value : code->zh;
    }
    return NULL;
}

static void ask_values(struct question *question)
{
    const struct condition *forbids = &question->requirement->forbids;
    const struct act *act = question->kase->statement.act;

    if (!requirement_forbids(question->requirement, act)) {
        return;
    }
    for (size_t i = 0; i < forbids->term_count; i++) {
        const struct condition_term *term = &forbids->terms[i];
        const struct field *field =
            term->subject == CONDITION_PAIR ? find_lifted(question->kase->kind, term->pair) : NULL;
        const char *value = field == NULL ? NULL : name_value(term, act, field);

        if (field != NULL && value == NULL) {
            add_missing(question, field, field->path, "缺少：%s", field->title_zh);
            return;
        }
        if (field != NULL) {
            add_missing(question, field, field->path, "“%s”不得是“%s”", field->title_zh, value);
            return;
        }
    }
    add_missing(question, NULL, NULL, "这一文书不得由“%s”作出，或者不得发给所列的机关",
                act->author);
}

static bool is_among(const struct word_list *list, const char *word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->words[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_role(const struct word_list *roles, const struct act *act, const char *agency)
{
    const struct act_party *party = act_find_party(act, agency);

    return party != NULL && is_among(roles, party->role);
}

static void ask_parties(struct question *question)
{
    const struct requirement *requirement = question->requirement;
    const struct act *act = question->kase->statement.act;

    if (requirement->from.count > 0 && !has_role(&requirement->from, act, act->author)) {
        add_missing(question, NULL, NULL, "“%s”不是可以作出这一文书的机关", act->author);
    }
    for (size_t i = 0; i < act->to_count && requirement->to.count > 0; i++) {
        if (!has_role(&requirement->to, act, act->to[i])) {
            add_missing(question, NULL, NULL, "这一文书不能发给“%s”", act->to[i]);
        }
    }
}

static void ask_author(struct question *question)
{
    const struct requirement *requirement = question->requirement;
    const struct requirement_case *kase = question->kase;
    const bool excepted = requirement->own_name_unless != NULL && kase->body != NULL &&
                          fields_is_given(kase->kind, kase->body, requirement->own_name_unless);

    if (requirement->own_name && !kase->own_name && !excepted) {
        add_missing(question, NULL, NULL, "“%s”是内设机构，不能以自己的名义作出",
                    kase->statement.act->author);
    }
    if (requirement->own_number && kase->own_number[0] == '\0') {
        add_missing(question, NULL, NULL, "缺少文号");
    }
    if (kase->statement.officer_count < requirement->officers) {
        add_missing(question, NULL, NULL, "须由%u名以上具名人员作出，现有%zu名",
                    requirement->officers, kase->statement.officer_count);
    }
}

static void ask_reply(struct question *question)
{
    const struct word_list *answers = &question->requirement->answers;
    const struct act *act = question->kase->statement.act;
    const struct kind *kind;

    if (answers->count == 0 || (act->reply_kind != NULL && is_among(answers, act->reply_kind))) {
        return;
    }
    kind = kinds_find(answers->words[0]);
    add_missing(question, NULL, NULL, "必须针对“%s”",
                kind == NULL ? answers->words[0] : kind->title_zh);
}

static const struct signed_act *find_step(const struct requirement_case *kase,
                                          const struct rule_item *item)
{
    for (size_t i = 0; i < kase->earlier_count; i++) {
        const struct act *act = kase->earlier[i].act;

        if (strcmp(act->kind, item->kind) == 0 && !act->recalled && !act->drill &&
            condition_holds(&item->where, act, NULL)) {
            return &kase->earlier[i];
        }
    }
    return NULL;
}

static const char *find_shared(const struct signed_act *left, const struct signed_act *right)
{
    for (size_t i = 0; i < left->officer_count; i++) {
        for (size_t j = 0; j < right->officer_count; j++) {
            if (strcmp(left->officers[i], right->officers[j]) == 0) {
                return left->officers[i];
            }
        }
    }
    return NULL;
}

static void ask_steps(struct question *question)
{
    const struct requirement *requirement = question->requirement;
    const struct requirement_case *kase = question->kase;

    for (size_t i = 0; i < requirement->after.count && kase->own; i++) {
        const struct rule_item *item = &requirement->after.items[i];
        const struct signed_act *step = find_step(kase, item);
        const char *title = kinds_find(item->kind)->title_zh;
        const char *shared;

        if (step == NULL) {
            add_missing(question, NULL, NULL, "此前须有“%s”", title);
            continue;
        }
        shared = requirement->different_officers ? find_shared(step, &kase->statement) : NULL;
        if (shared != NULL) {
            add_missing(question, NULL, NULL, "与“%s”须由不同人员作出，“%s”重复", title, shared);
        }
    }
}

bool requirement_applies(const struct requirement *requirement, const struct act *act)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, act->kind) == 0 &&
            condition_holds(&requirement->of.items[i].where, act, NULL)) {
            return true;
        }
    }
    return false;
}

bool requirement_forbids(const struct requirement *requirement, const struct act *act)
{
    return requirement->forbids.term_count > 0 && condition_holds(&requirement->forbids, act, NULL);
}

void requirement_check(const struct requirement *requirement, const struct requirement_case *kase,
                       struct faults *faults)
{
    struct question question = {requirement, kase, faults};

    if (!requirement_applies(requirement, kase->statement.act)) {
        return;
    }
    ask_fields(&question);
    ask_values(&question);
    ask_parties(&question);
    ask_author(&question);
    ask_reply(&question);
    ask_steps(&question);
}

bool requirement_asks_parties(const struct requirement *requirement, const char *kind)
{
    for (size_t i = 0; i < requirement->of.count; i++) {
        if (strcmp(requirement->of.items[i].kind, kind) == 0 &&
            (requirement->from.count > 0 || requirement->to.count > 0 ||
             condition_asks_parties(&requirement->forbids) ||
             condition_asks_parties(&requirement->of.items[i].where))) {
            return true;
        }
    }
    for (size_t i = 0; i < requirement->after.count; i++) {
        if (strcmp(requirement->after.items[i].kind, kind) == 0 &&
            condition_asks_parties(&requirement->after.items[i].where)) {
            return true;
        }
    }
    return false;
}
