// SPDX-License-Identifier: Apache-2.0
//
// Regulations for eyes: `procedure show` and `procedure check`.
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "output.h"
#include "table.h"

enum { INDENT = 12 };

enum language { LANGUAGE_ZH, LANGUAGE_EN };

// What a rule's aspect is called in either language.
struct label {
    const char *name;
    const char *words[2];
};

static const struct label duty_labels[] = {
    {"debtors", {"  责任", "  owed by"}},      {"addressees", {"  对象", "  to"}},
    {"opened_by", {"  起因", "  opened by"}},  {"start", {"  起算", "  from"}},
    {"within", {"  期限", "  within"}},        {"urgent", {"  紧急时", "  urgent"}},
    {"counts", {"  计至", "  counts"}},        {"met_by", {"  完成", "  met by"}},
    {"extended_by", {"  延期", "  extended"}}, {"suspended_by", {"  中止", "  stands"}},
    {"ended_by", {"  终止", "  ended by"}},    {"silence", {"  逾期时", "  silence"}},
};

static const struct label requirement_labels[] = {
    {"of", {"  适用", "  of"}},
    {"needs", {"  须载明", "  needs"}},
    {"forbids", {"  不得", "  forbids"}},
    {"from", {"  作出", "  from"}},
    {"to", {"  送往", "  to"}},
    {"officers", {"  经办", "  officers"}},
    {"own_name", {"  名义", "  in the name"}},
    {"own_number", {"  文号", "  number"}},
    {"answers", {"  答复", "  answers"}},
    {"after", {"  此前须有", "  after"}},
    {"different_officers", {"  人员", "  persons"}},
};

static void put(const char *label, const char *text)
{
    char *paragraph = *text == '\0' ? NULL : table_paragraph(label, INDENT, text);
    fputs(paragraph == NULL ? "" : paragraph, stdout);
    free(paragraph);
}

static const char *choose(enum language language, const char *zh, const char *en)
{
    return language == LANGUAGE_ZH || *en == '\0' ? zh : en;
}

static void print_rule(const json_t *rule, const char *id, enum language language,
                       const struct label *labels, size_t count, bool quotes)
{
    const json_t *words = output_member(rule, choose(language, "zh", "en"));
    bool is_policy = json_is_true(output_member(rule, "policy"));
    printf("\n%s  %s%s%s%s\n", id,
           choose(language, output_text(rule, "title"), output_text(rule, "title_en")),
           *output_text(rule, "article") == '\0' ? "" : "  ", output_text(rule, "article"),
           is_policy ? choose(language, "  （各方自定）", "  (agreed on)") : "");
    for (size_t i = 0; i < count; i++) {
        put(labels[i].words[language], output_text(words, labels[i].name));
    }
    if (quotes) {
        put(choose(language, "  原文", "  quote"), output_text(rule, "quote"));
    }
}

static void print_validity(const json_t *procedure, enum language language)
{
    const char *from = output_text(procedure, "valid_from");
    const char *until = output_text(procedure, "valid_until");
    char text[64];
    snprintf(text, sizeof text, "%.10s", from);
    put(choose(language, "施行", "valid from"), text);
    snprintf(text, sizeof text, "%.10s", until);
    put(choose(language, "有效至", "until"), text);
    snprintf(text, sizeof text, "%.10s", output_text(procedure, "issued_at"));
    put(choose(language, "印发", "issued"), text);
}

static void print_roles(const json_t *procedure, enum language language)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    size_t i;
    json_t *role;
    if (out == NULL) {
        return;
    }
    json_array_foreach(output_member(procedure, "roles"), i, role)
    {
        const char *name = output_text(role, "role");
        const char *title = output_text(role, "title");
        bool has_title = strcmp(name, title) != 0;
        fprintf(out, "%s%s%s%s%s", i == 0 ? "" : choose(language, "、", ", "),
                has_title ? title : "", has_title ? "（" : "", name, has_title ? "）" : "");
    }
    fclose(out);
    put(choose(language, "角色", "roles"), text);
    free(text);
}

static void print_procedure(const json_t *procedure, enum language language, bool quotes)
{
    size_t i;
    json_t *rule;
    printf("%s\n",
           choose(language, output_text(procedure, "title"), output_text(procedure, "title_en")));
    put(choose(language, "标识", "id"), output_text(procedure, "id"));
    put(choose(language, "制定机关", "issuer"), output_text(procedure, "issuer"));
    print_validity(procedure, language);
    print_roles(procedure, language);
    put(choose(language, "摘要", "digest"), output_text(procedure, "digest"));
    printf("\n── %s ──\n", choose(language, "期限义务", "duties"));
    json_array_foreach(output_member(procedure, "duties"), i, rule)
    {
        print_rule(rule, output_text(rule, "duty"), language, duty_labels,
                   sizeof duty_labels / sizeof *duty_labels, quotes);
    }
    if (json_array_size(output_member(procedure, "requirements")) > 0) {
        printf("\n── %s ──\n", choose(language, "要件", "requirements"));
    }
    json_array_foreach(output_member(procedure, "requirements"), i, rule)
    {
        print_rule(rule, output_text(rule, "requirement"), language, requirement_labels,
                   sizeof requirement_labels / sizeof *requirement_labels, quotes);
    }
}

// ------------------------------------------------------------------------------------------- show

// A file is told from an id by its name, not by what happens to lie in the folder.
static bool is_file(const char *argument)
{
    size_t length = strlen(argument);
    return strchr(argument, '/') != NULL || strcmp(argument, "-") == 0 ||
           (length > 5 && strcmp(argument + length - 5, ".conf") == 0);
}

// The text of a procedure that the daemon works by, for free.
static enum liaison_outcome ask_text(const struct invocation *invocation, char **out_text)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    char *answer_text = NULL;
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome = command_explain(session,
                              liaison_procedure(session, invocation->arguments[0], &answer_text));
    json_t *answer = outcome == LIAISON_DONE ? output_take(answer_text) : NULL;
    if (outcome == LIAISON_DONE) {
        *out_text =
            strdup(output_text(json_array_get(output_member(answer, "procedures"), 0), "text"));
        outcome = *out_text == NULL ? LIAISON_FAILED : LIAISON_DONE;
    }
    json_decref(answer);
    liaison_close(&session);
    return outcome;
}

static enum liaison_outcome read_text(const struct invocation *invocation, char **out_text)
{
    size_t size;
    if (!is_file(invocation->arguments[0])) {
        return ask_text(invocation, out_text);
    }
    *out_text = files_read(invocation->arguments[0], &size);
    return *out_text == NULL ? LIAISON_USAGE : LIAISON_DONE;
}

enum liaison_outcome statutes_show(const struct invocation *invocation)
{
    const char *language = command_value(invocation, CHOICE_LANG);
    char *text = NULL;
    char *json_text = NULL;
    enum liaison_outcome outcome = read_text(invocation, &text);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome = liaison_procedure_check(text, strlen(text), &json_text);
    if (outcome != LIAISON_DONE) {
        free(text);
        return command_explain_json(json_text, outcome);
    }
    json_t *procedure = output_take(json_text);
    if (invocation->output == OUTPUT_JSON) {
        json_object_set_new(procedure, "text", json_string(text));
        output_json(procedure);
    } else {
        print_procedure(procedure,
                        language != NULL && strcmp(language, "en") == 0 ? LANGUAGE_EN : LANGUAGE_ZH,
                        command_value(invocation, CHOICE_QUOTES) != NULL);
    }
    json_decref(procedure);
    free(text);
    return outcome;
}

// ------------------------------------------------------------------------------------------ check

static void print_checked(const json_t *report)
{
    static const char *const headings[] = {"文件", "标识", "义务", "要件", "名称"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *file;
    json_array_foreach(output_member(report, "procedures"), i, file)
    {
        char duties[24];
        char requirements[24];
        snprintf(duties, sizeof duties, "%lld",
                 (long long)json_integer_value(output_member(file, "duties")));
        snprintf(requirements, sizeof requirements, "%lld",
                 (long long)json_integer_value(output_member(file, "requirements")));
        const char *const cells[] = {output_text(file, "file"), output_text(file, "id"), duties,
                                     requirements, output_text(file, "title")};
        table_add(table, cells);
    }
    json_array_foreach(output_member(report, "compacts"), i, file)
    {
        const char *const cells[] = {output_text(file, "file"), output_text(file, "id"), "", "",
                                     output_text(file, "title")};
        table_add(table, cells);
    }
    table_print(&table);
}

static void print_faults(const json_t *report)
{
    size_t i;
    json_t *fault;
    json_array_foreach(output_member(report, "faults"), i, fault)
    {
        fprintf(stderr, "%s:%lld: %s\n", output_text(fault, "file"),
                (long long)json_integer_value(output_member(fault, "line")),
                output_text(fault, "text"));
    }
}

static enum liaison_outcome tell(const struct invocation *invocation, enum liaison_outcome outcome,
                                 char *text)
{
    json_t *report = output_take(text);
    if (report == NULL) {
        fputs("liaison: out of memory\n", stderr);
        return LIAISON_FAILED;
    }
    print_faults(report);
    if (invocation->output == OUTPUT_JSON) {
        output_json(report);
    } else if (outcome == LIAISON_DONE) {
        print_checked(report);
    }
    json_decref(report);
    return outcome;
}

enum liaison_outcome statutes_check(const struct invocation *invocation)
{
    size_t count = invocation->argument_count;
    struct liaison_law_file *files = calloc(count, sizeof *files);
    enum liaison_outcome outcome = files == NULL ? LIAISON_FAILED : LIAISON_DONE;
    for (size_t i = 0; outcome == LIAISON_DONE && i < count; i++) {
        files[i].name = invocation->arguments[i];
        files[i].text = files_read(files[i].name, &files[i].text_bytes);
        outcome = files[i].text == NULL ? LIAISON_USAGE : LIAISON_DONE;
    }
    if (outcome == LIAISON_DONE) {
        char *text = NULL;
        outcome = liaison_law_check(files, count, &text);
        outcome = tell(invocation, outcome, text);
    }
    for (size_t i = 0; files != NULL && i < count; i++) {
        free((char *)files[i].text);
    }
    free(files);
    return outcome;
}
