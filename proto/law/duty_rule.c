// SPDX-License-Identifier: Apache-2.0
#include "law/duty_rule.h"

#include "wire/kinds.h"

#include "law/ini_keys.h"

#include <stddef.h>
#include <string.h>

// unless cites KIND, if cites KIND
static bool take_citing(const struct rule_words *words, struct duty_opening *opening)
{
    if (words->word_count != 3 || strcmp(words->words[1], "cites") != 0) {
        return false;
    }
    if (strcmp(words->words[0], "unless") == 0) {
        opening->unless_cites = words->words[2];
    } else if (strcmp(words->words[0], "if") == 0) {
        opening->if_cites = words->words[2];
    } else {
        return false;
    }
    return true;
}

static bool take_opening(struct ini_text *ini, const struct ini_entry *entry, char *text,
                         void *out_item)
{
    struct duty_opening *opening = out_item;
    struct rule_words words;
    struct rule_item item;

    if (!rule_items_take(ini, entry, text, &words, &item)) {
        return false;
    }
    *opening = (struct duty_opening){.kind = item.kind, .where = item.where};
    if (words.word_count == 0) {
        return true;
    }
    if (!take_citing(&words, opening)) {
        return ini_text_refuse(ini, entry->line,
                               "%s: say 'KIND', 'KIND unless cites KIND' or 'KIND if cites KIND', "
                               "with or without 'where CONDITION'",
                               entry->name);
    }
    return rule_items_find_kind(ini, entry, words.words[2]) != NULL;
}

static bool take_openings(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct duty_opening), &items, &duty->opened_by_count,
                            take_opening)) {
        return false;
    }
    duty->opened_by = items;
    return true;
}

static bool take_meeting(const struct rule_words *words, struct duty_act *act)
{
    const char *last = words->word_count == 0 ? "" : words->words[words->word_count - 1];

    act->later = words->word_count > 0 && strcmp(words->words[0], "later") == 0;
    act->meeting = DUTY_MET_BY_ANY;
    if (words->word_count == (act->later ? 1 : 0)) {
        return true;
    }
    if (strcmp(last, "reply") == 0 && !act->later) {
        act->meeting = DUTY_MET_BY_REPLY;
    } else if (strcmp(last, "confirmed") == 0) {
        act->meeting = DUTY_MET_BY_CONFIRMED;
    } else {
        return false;
    }
    return words->word_count == (act->later ? 2 : 1);
}

static bool take_act(struct ini_text *ini, const struct ini_entry *entry, char *text,
                     void *out_item)
{
    struct duty_act *act = out_item;
    struct rule_words words;
    struct rule_item item;

    if (!rule_items_take(ini, entry, text, &words, &item)) {
        return false;
    }
    *act = (struct duty_act){.kind = item.kind, .where = item.where};
    if (!take_meeting(&words, act) || strcmp(item.kind, "*") == 0) {
        return ini_text_refuse(ini, entry->line,
                               "%s: say 'KIND', 'KIND reply', 'KIND later', 'KIND confirmed' or "
                               "'KIND later confirmed', with or without 'where CONDITION'",
                               entry->name);
    }
    return true;
}

static bool take_acts(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct duty_act), &items, &duty->met_by_count,
                            take_act)) {
        return false;
    }
    duty->met_by = items;
    return true;
}

static bool take_debtors(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "author") == 0) {
        duty->debtors = DUTY_AUTHOR;
    } else if (strcmp(entry->value, "each addressee") == 0) {
        duty->debtors = DUTY_EACH_ADDRESSEE;
    } else if (strcmp(entry->value, "author and addressee") == 0) {
        duty->debtors = DUTY_AUTHOR_AND_ADDRESSEE;
    } else {
        return ini_text_refuse(ini, entry->line,
                               "debtors: say 'author', 'each addressee' or 'author and addressee'");
    }
    return true;
}

static bool refuse_pair(struct ini_text *ini, const struct ini_entry *entry, const char *kind,
                        const char *pair)
{
    return ini_text_refuse(ini, entry->line, "%s: %.40s has no law pair %.40s that is an instant",
                           entry->name, kind, pair);
}

// field NAME [or NAME]...
static bool take_start_fields(struct ini_text *ini, const struct ini_entry *entry,
                              struct duty_rule *duty)
{
    char *text = arena_copy_text(ini->arena, entry->value);
    const char **fields = arena_take_array(ini->arena, INI_TOKENS, sizeof *fields);
    char *tokens[INI_TOKENS];
    size_t count;

    if (text == NULL || fields == NULL) {
        return ini_text_starve(ini);
    }
    count = ini_keys_split(text, tokens);
    for (size_t i = 0; i < count; i += 2) {
        if (i + 1 == count || strcmp(tokens[i], i == 0 ? "field" : "or") != 0) {
            count = 0;
            break;
        }
        fields[duty->start_field_count++] = tokens[i + 1];
    }
    duty->start_fields = fields;
    return count > 0 ||
           ini_text_refuse(ini, entry->line, "start: say 'sealed', 'delivered', 'whole', 'signed for' "
                                             "or 'field NAME', several names joined by 'or'");
}

static bool take_start(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    if (strcmp(entry->value, "sealed") == 0) {
        duty->start = DUTY_FROM_SEALED;
    } else if (strcmp(entry->value, "delivered") == 0) {
        duty->start = DUTY_FROM_DELIVERED;
    } else if (strcmp(entry->value, "signed for") == 0) {
        duty->start = DUTY_FROM_SIGNED;
    } else if (strcmp(entry->value, "whole") == 0) {
        duty->start = DUTY_FROM_WHOLE;
    } else {
        duty->start = DUTY_FROM_FIELD;
        return take_start_fields(ini, entry, duty);
    }
    return true;
}

static bool take_addressee(struct ini_text *ini, const struct ini_entry *entry,
                           char *const *tokens, size_t count, struct duty_addressee *addressee)
{
    if (count == 2 && strcmp(tokens[0], "role") == 0) {
        *addressee = (struct duty_addressee){DUTY_TOWARDS_ROLE, tokens[1]};
        return true;
    }
    if (count == 3 && strcmp(tokens[0], "author") == 0 && strcmp(tokens[1], "of") == 0) {
        *addressee = (struct duty_addressee){DUTY_TOWARDS_AUTHOR_OF, tokens[2]};
        return rule_items_find_kind(ini, entry, tokens[2]) != NULL;
    }
    return ini_text_refuse(ini, entry->line, "addressees: say 'role NAME' or 'author of KIND', "
                                             "joined by 'and' or by 'or'");
}

static bool take_addressees(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    char *text = arena_copy_text(ini->arena, entry->value);
    struct duty_addressee *items = arena_take_array(ini->arena, INI_TOKENS, sizeof *items);
    char *tokens[INI_TOKENS];
    size_t begin = 0;
    size_t ands = 0;
    size_t ors = 0;
    size_t count;

    if (text == NULL || items == NULL) {
        return ini_text_starve(ini);
    }
    count = ini_keys_split(text, tokens);
    for (size_t i = 0; i <= count; i++) {
        if (i < count && strcmp(tokens[i], "and") != 0 && strcmp(tokens[i], "or") != 0) {
            continue;
        }
        if (!take_addressee(ini, entry, tokens + begin, i - begin,
                            &items[duty->addressee_count])) {
            return false;
        }
        ands += i < count && strcmp(tokens[i], "and") == 0 ? 1 : 0;
        ors += i < count && strcmp(tokens[i], "or") == 0 ? 1 : 0;
        duty->addressee_count++;
        begin = i + 1;
    }
    if (ands > 0 && ors > 0) {
        return ini_text_refuse(ini, entry->line, "addressees: 'and' and 'or' do not mix");
    }
    duty->addressees = items;
    duty->any_addressee = ors > 0;
    return true;
}

// KIND field NAME [where CONDITION] [unless CONDITION]; the second condition is about what opens the duty.
static bool take_awaits(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    char *text = arena_copy_text(ini->arena, entry->value);
    char *unless = text == NULL ? NULL : strstr(text, " unless ");
    struct rule_words words;
    struct rule_item item;

    if (text == NULL) {
        return ini_text_starve(ini);
    }
    if (unless != NULL) {
        *unless = '\0';
    }
    if (!rule_items_take(ini, entry, text, &words, &item)) {
        return false;
    }
    if (words.word_count != 2 || strcmp(words.words[0], "field") != 0 ||
        strcmp(item.kind, "*") == 0) {
        return ini_text_refuse(ini, entry->line, "awaits: say 'KIND field NAME', with or without "
                                                 "'where CONDITION' and 'unless CONDITION'");
    }
    if (!rule_items_lifts_instant(kinds_find(item.kind), words.words[1])) {
        return refuse_pair(ini, entry, item.kind, words.words[1]);
    }
    duty->awaits = (struct duty_await){
        .kind = item.kind, .field = words.words[1], .where = item.where};
    return true; // what follows 'unless' is read when it is known what opens the duty: take_unless
}

static bool take_within(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    if (!clock_parse_within(entry->value, into)) {
        return ini_text_refuse(ini, entry->line,
                               "%s: '%.40s' is not a period such as '3 workdays' or '24 hours'",
                               entry->name, entry->value);
    }
    return true;
}

static bool take_period(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    static const char until[] = "until field ";
    struct duty_rule *duty = into;

    if (strncmp(entry->value, until, strlen(until)) != 0) {
        return take_within(ini, entry, &duty->within);
    }
    duty->within = (struct within){.form = WITHIN_UNTIL};
    duty->until_field = entry->value + strlen(until);
    return true;
}

static bool take_urgent(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;

    duty->has_urgent = true;
    return take_within(ini, entry, &duty->urgent_within);
}

static bool take_counts(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    enum duty_counts *counts = into;

    if (strcmp(entry->value, "delivered") == 0) {
        *counts = DUTY_COUNTS_DELIVERED;
    } else if (strcmp(entry->value, "dispatched") == 0) {
        *counts = DUTY_COUNTS_DISPATCHED;
    } else {
        return ini_text_refuse(ini, entry->line, "counts: say 'delivered' or 'dispatched'");
    }
    return true;
}

// KIND field NAME
static bool take_dated_kind(struct ini_text *ini, const struct ini_entry *entry,
                            char *const *tokens, const char **out_kind, const char **out_field)
{
    const struct kind *kind = rule_items_find_kind(ini, entry, tokens[0]);

    if (kind == NULL) {
        return false;
    }
    if (!rule_items_lifts_instant(kind, tokens[2])) {
        return refuse_pair(ini, entry, kind->name, tokens[2]);
    }
    *out_kind = tokens[0];
    *out_field = tokens[2];
    return true;
}

static bool take_extension(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    char *text = arena_copy_text(ini->arena, entry->value);
    char *tokens[INI_TOKENS];

    if (text == NULL) {
        return ini_text_starve(ini);
    }
    if (ini_keys_split(text, tokens) != 3 || strcmp(tokens[1], "field") != 0) {
        return ini_text_refuse(ini, entry->line, "extended_by: say 'KIND field NAME'");
    }
    return take_dated_kind(ini, entry, tokens, &duty->extended_by, &duty->extended_field);
}

static bool take_suspension(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_suspension *suspension = into;
    char *text = arena_copy_text(ini->arena, entry->value);
    char *tokens[INI_TOKENS];

    if (text == NULL) {
        return ini_text_starve(ini);
    }
    if (ini_keys_split(text, tokens) != 7 || strcmp(tokens[1], "field") != 0 ||
        strcmp(tokens[3], "until") != 0 || strcmp(tokens[5], "field") != 0) {
        return ini_text_refuse(ini, entry->line,
                               "suspended_by: say 'KIND field NAME until KIND field NAME'");
    }
    return take_dated_kind(ini, entry, tokens, &suspension->kind, &suspension->field) &&
           take_dated_kind(ini, entry, tokens + 4, &suspension->until_kind,
                           &suspension->until_field);
}

static bool take_preparation(struct ini_text *ini, const struct ini_entry *entry, char *text,
                             void *out_item)
{
    struct duty_silence *silence = out_item;
    char *tokens[INI_TOKENS];
    const size_t count = ini_keys_split(text, tokens);

    *silence = (struct duty_silence){0};
    if (count == 1 && strcmp(tokens[0], "remind") == 0) {
        return true;
    }
    if (count != 3 || strcmp(tokens[1], "to") != 0) {
        return ini_text_refuse(ini, entry->line, "silence: say 'remind' or 'KIND to ROLE'");
    }
    *silence = (struct duty_silence){tokens[0], tokens[2]};
    return rule_items_find_kind(ini, entry, tokens[0]) != NULL;
}

static bool take_silence(struct ini_text *ini, const struct ini_entry *entry, void *into)
{
    struct duty_rule *duty = into;
    void *items = NULL;

    if (!ini_keys_take_list(ini, entry, sizeof(struct duty_silence), &items, &duty->silence_count,
                            take_preparation)) {
        return false;
    }
    duty->silence = items;
    return true;
}

static const struct ini_key duty_keys[] = {
    {"title", KEY_NEEDED, offsetof(struct duty_rule, title), ini_keys_take_text},
    {"title_en", KEY_OPTIONAL, offsetof(struct duty_rule, title_en), ini_keys_take_text},
    {"article", KEY_OPTIONAL, offsetof(struct duty_rule, article), ini_keys_take_text},
    {"quote", KEY_OPTIONAL, offsetof(struct duty_rule, quote), ini_keys_take_text},
    {"policy", KEY_OPTIONAL, offsetof(struct duty_rule, policy), rule_items_take_flag},
    {"opened_by", KEY_NEEDED, 0, take_openings},
    {"debtors", KEY_NEEDED, 0, take_debtors},
    {"addressees", KEY_OPTIONAL, 0, take_addressees},
    {"start", KEY_NEEDED, 0, take_start},
    {"awaits", KEY_OPTIONAL, 0, take_awaits},
    {"within", KEY_NEEDED, 0, take_period},
    {"urgent", KEY_OPTIONAL, 0, take_urgent},
    {"counts", KEY_NEEDED, offsetof(struct duty_rule, counts), take_counts},
    {"met_by", KEY_NEEDED, 0, take_acts},
    {"ended_by", KEY_OPTIONAL, offsetof(struct duty_rule, ended_by), rule_items_take_list},
    {"extended_by", KEY_OPTIONAL, 0, take_extension},
    {"extensions", KEY_OPTIONAL, offsetof(struct duty_rule, extensions), rule_items_take_number},
    {"suspended_by", KEY_OPTIONAL, offsetof(struct duty_rule, suspended_by), take_suspension},
    {"silence", KEY_OPTIONAL, 0, take_silence},
};

// A fact is addressed to nobody: nobody receives it, owes for it as its addressee or replies to it.
static bool check_fact_opening(struct ini_text *ini, const struct ini_section *section,
                               const struct duty_rule *duty, const char *kind)
{
    if (duty->debtors != DUTY_AUTHOR) {
        return ini_text_refuse(ini, ini_keys_line(section, "debtors"),
                               "debtors: %s is a fact and has no addressee", kind);
    }
    if (duty->start == DUTY_FROM_DELIVERED || duty->start == DUTY_FROM_SIGNED ||
        duty->start == DUTY_FROM_WHOLE) {
        return ini_text_refuse(ini, ini_keys_line(section, "start"),
                               "start: %s is a fact and is delivered to nobody", kind);
    }
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_REPLY) {
            return ini_text_refuse(ini, ini_keys_line(section, "met_by"),
                                   "met_by: %s is a fact and nobody replies to it", kind);
        }
    }
    return true;
}

static bool has_start(const struct duty_rule *duty, const struct kind *kind)
{
    for (size_t i = 0; kind != NULL && i < duty->start_field_count; i++) {
        if (rule_items_lifts_instant(kind, duty->start_fields[i])) {
            return true;
        }
    }
    return false;
}

static bool check_opening(struct ini_text *ini, const struct ini_section *section,
                          const struct duty_rule *duty, const struct duty_opening *opening)
{
    const struct kind *kind = kinds_find(opening->kind); // NULL for "*"

    if (duty->start == DUTY_FROM_FIELD && !has_start(duty, kind)) {
        return refuse_pair(ini, ini_keys_find(section, "start"), opening->kind,
                           duty->start_fields[0]);
    }
    if (duty->within.form == WITHIN_UNTIL &&
        (kind == NULL || !rule_items_lifts_instant(kind, duty->until_field))) {
        return refuse_pair(ini, ini_keys_find(section, "within"), opening->kind,
                           duty->until_field);
    }
    return kind == NULL || kind->class != KIND_FACT ||
           check_fact_opening(ini, section, duty, kind->name);
}

static bool check_meeting(struct ini_text *ini, const struct ini_section *section,
                          const struct duty_rule *duty)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (duty->met_by[i].meeting == DUTY_MET_BY_CONFIRMED &&
            duty->debtors != DUTY_AUTHOR_AND_ADDRESSEE) {
            return ini_text_refuse(ini, ini_keys_line(section, "met_by"),
                                   "met_by: 'confirmed' is for duties of several debtors together");
        }
    }
    return true;
}

static bool take_unless(struct ini_text *ini, const struct ini_section *section,
                        struct duty_rule *duty)
{
    static const char word[] = " unless ";
    const struct ini_entry *entry = ini_keys_find(section, "awaits");
    const char *unless = entry == NULL ? NULL : strstr(entry->value, word);
    char *text = unless == NULL ? NULL : arena_copy_text(ini->arena, unless + strlen(word));
    char *tokens[INI_TOKENS];

    if (unless == NULL) {
        return true;
    }
    return text == NULL ? ini_text_starve(ini)
                        : condition_take(ini, entry, tokens, ini_keys_split(text, tokens),
                                         kinds_find(duty->opened_by[0].kind),
                                         &duty->awaits.unless);
}

static bool has_no_due(const struct duty_rule *duty)
{
    return duty->within.form == WITHIN_AT_ONCE || duty->within.form == WITHIN_PROMPTLY;
}

static bool check_periods(struct ini_text *ini, const struct ini_section *section,
                          const struct duty_rule *duty)
{
    if (duty->extended_by != NULL && has_no_due(duty)) {
        return ini_text_refuse(ini, ini_keys_line(section, "extended_by"),
                               "extended_by: there is no due time to extend");
    }
    if (duty->suspended_by.kind != NULL && has_no_due(duty)) {
        return ini_text_refuse(ini, ini_keys_line(section, "suspended_by"),
                               "suspended_by: there is no due time to suspend");
    }
    if (duty->extensions != 0 && duty->extended_by == NULL) {
        return ini_text_refuse(ini, ini_keys_line(section, "extensions"),
                               "extensions: nothing extends it (extended_by)");
    }
    return true;
}

static bool check_duty(struct ini_text *ini, const struct ini_section *section,
                       struct duty_rule *duty)
{
    if (!duty->policy && (duty->article[0] == '\0' || duty->quote[0] == '\0')) {
        return ini_text_refuse(ini, section->line, "[%s] is not policy and lacks article or quote",
                               section->name);
    }
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (!check_opening(ini, section, duty, &duty->opened_by[i])) {
            return false;
        }
    }
    return take_unless(ini, section, duty) && check_periods(ini, section, duty) &&
           check_meeting(ini, section, duty);
}

bool duty_rule_take(struct ini_text *ini, const struct ini_section *section, const char *id,
                    struct duty_rule *out_rule)
{
    *out_rule = (struct duty_rule){
        .line = section->line, .id = id, .title_en = "", .article = "", .quote = ""};
    return ini_keys_take(ini, section, INI_KEYS(duty_keys), out_rule) &&
           check_duty(ini, section, out_rule);
}

bool duty_rule_opens_by(const struct duty_rule *duty, const char *kind)
{
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (strcmp(duty->opened_by[i].kind, "*") == 0 ||
            strcmp(duty->opened_by[i].kind, kind) == 0) {
            return true;
        }
    }
    return false;
}

static bool asks_as_opening(const struct duty_rule *duty, const char *kind)
{
    if (!duty_rule_opens_by(duty, kind)) {
        return false;
    }
    for (size_t i = 0; i < duty->addressee_count; i++) {
        if (duty->addressees[i].towards == DUTY_TOWARDS_ROLE) {
            return true;
        }
    }
    for (size_t i = 0; i < duty->opened_by_count; i++) {
        if (condition_asks_parties(&duty->opened_by[i].where)) {
            return true;
        }
    }
    return condition_asks_parties(&duty->awaits.unless);
}

static bool asks_as_act(const struct duty_rule *duty, const char *kind)
{
    for (size_t i = 0; i < duty->met_by_count; i++) {
        if (strcmp(duty->met_by[i].kind, kind) == 0 &&
            condition_asks_parties(&duty->met_by[i].where)) {
            return true;
        }
    }
    for (size_t i = 0; i < duty->ended_by.count; i++) {
        if (strcmp(duty->ended_by.items[i].kind, kind) == 0 &&
            condition_asks_parties(&duty->ended_by.items[i].where)) {
            return true;
        }
    }
    return duty->awaits.kind != NULL && strcmp(duty->awaits.kind, kind) == 0 &&
           condition_asks_parties(&duty->awaits.where);
}

bool duty_rule_asks_parties(const struct duty_rule *duty, const char *kind)
{
    return asks_as_opening(duty, kind) || asks_as_act(duty, kind);
}
