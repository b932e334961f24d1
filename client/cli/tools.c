// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "output.h"
#include "table.h"

// ------------------------------------------------------------------------------------------- clock

// In a build tree the calendars stand beside the sources: build/VARIANT/liaison finds
// ../../conf/calendars.
static char *find_built_calendars(void)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length <= 0) {
        return NULL;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    if (slash != NULL) {
        *slash = '\0';
    }
    char *found = NULL;
    return asprintf(&found, "%s/../../conf/calendars/calendar.csv", path) < 0 ? NULL : found;
}

static char *join(const char *directory, const char *rest)
{
    char *path = NULL;
    return asprintf(&path, "%s%s", directory, rest) < 0 ? NULL : path;
}

static char *find_calendar(const struct invocation *invocation)
{
    const char *given = command_value(invocation, CHOICE_CALENDAR);
    const char *share = getenv("LIAISON_SHARE");
    if (given != NULL) {
        return join(given, "/calendar.csv");
    }
    if (share != NULL && *share != '\0') {
        return join(share, "/calendars/calendar.csv");
    }
    char *installed = join(LIAISON_SHARE_DIR, "/calendars/calendar.csv");
    char *built = find_built_calendars();
    bool is_built = installed != NULL && access(installed, R_OK) != 0 && built != NULL &&
                    access(built, R_OK) == 0;
    free(is_built ? installed : built);
    return is_built ? built : installed;
}

static void print_due(const struct invocation *invocation, const json_t *due)
{
    if (invocation->output == OUTPUT_JSON) {
        output_json(due);
        return;
    }
    const char *text = output_text(due, "due");
    puts(*text == '\0' ? "none" : text);
    if (command_value(invocation, CHOICE_EXPLAIN) != NULL) {
        puts(output_text(due, "explanation"));
    }
}

enum liaison_outcome tools_clock(const struct invocation *invocation)
{
    const char *from = command_value(invocation, CHOICE_FROM);
    const char *within = command_value(invocation, CHOICE_WITHIN);
    if (from == NULL || within == NULL) {
        return command_misused("clock needs --from and --within");
    }
    char *path = find_calendar(invocation);
    size_t size;
    char *calendar = path == NULL ? NULL : files_read(path, &size);
    free(path);
    if (calendar == NULL) {
        return LIAISON_USAGE;
    }
    char *text = NULL;
    enum liaison_outcome outcome = liaison_clock(
        from, within, command_value(invocation, CHOICE_REGION), calendar, size, &text);
    free(calendar);
    if (outcome != LIAISON_DONE && outcome != LIAISON_UNDETERMINED) {
        return command_explain_json(text, outcome);
    }
    json_t *due = output_take(text);
    print_due(invocation, due);
    json_decref(due);
    return outcome;
}

// ------------------------------------------------------------------------------------------- kinds

static const char *name_class(const char *class)
{
    return strcmp(class, "message") == 0 ? "文书"
           : strcmp(class, "fact") == 0  ? "台账登记"
                                         : "系统";
}

static void print_codes(const char *name, const json_t *list)
{
    size_t i;
    json_t *code;
    printf("\n%s（%s）\n", name, output_text(list, "title_zh"));
    json_array_foreach(output_member(list, "codes"), i, code)
    {
        printf("  %-20s %s\n", output_text(code, "name"), output_text(code, "title_zh"));
    }
}

static void print_kinds(const json_t *answer)
{
    static const char *const headings[] = {"种类", "名称", "类别", "标记", "English"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *kind;
    json_array_foreach(output_member(answer, "kinds"), i, kind)
    {
        char *marks = output_join(output_member(kind, "marks"));
        const char *const cells[] = {output_text(kind, "name"), output_text(kind, "title_zh"),
                                     name_class(output_text(kind, "class")), marks,
                                     output_text(kind, "title_en")};
        table_add(table, cells);
        free(marks);
    }
    table_print(&table);
    json_t *codes;
    json_array_foreach(output_member(answer, "codes"), i, codes)
    {
        print_codes(output_text(codes, "name"), codes);
    }
}

static void print_kind(const json_t *kind)
{
    static const char *const headings[] = {"字段", "名称", "形式", "必填", "依据", "English"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *field;
    printf("%s  %s  %s  %s\n", output_text(kind, "name"), output_text(kind, "title_zh"),
           name_class(output_text(kind, "class")), output_text(kind, "title_en"));
    json_array_foreach(output_member(kind, "fields"), i, field)
    {
        char form[64];
        snprintf(form, sizeof form, "%s%s", output_text(field, "form"),
                 json_is_true(output_member(field, "list")) ? " []" : "");
        const char *const cells[] = {output_text(field, "path"),
                                     output_text(field, "title_zh"),
                                     form,
                                     json_is_true(output_member(field, "required")) ? "是" : "",
                                     output_text(field, "source"),
                                     output_text(field, "title_en")};
        table_add(table, cells);
    }
    table_print(&table);
    json_array_foreach(output_member(kind, "fields"), i, field)
    {
        if (json_is_object(output_member(field, "codes"))) {
            print_codes(output_text(field, "path"), output_member(field, "codes"));
        }
    }
}

enum liaison_outcome tools_kinds(const struct invocation *invocation)
{
    const char *name = invocation->argument_count == 0 ? NULL : invocation->arguments[0];
    char *text = NULL;
    enum liaison_outcome outcome = liaison_kinds(name, &text);
    if (outcome != LIAISON_DONE) {
        return command_explain_json(text, outcome);
    }
    json_t *answer = output_take(text);
    if (invocation->output == OUTPUT_JSON && name != NULL) {
        output_json(answer);
    } else if (invocation->output == OUTPUT_JSON) {
        output_json_lines(output_member(answer, "kinds"));
    } else if (name != NULL) {
        print_kind(answer);
    } else {
        print_kinds(answer);
    }
    json_decref(answer);
    return outcome;
}

// ------------------------------------------------------------------------------------------ cards

static void print_card(const json_t *card)
{
    char *endpoints = output_join(output_member(card, "endpoints"));
    char issued[OUTPUT_TIME_BYTES];
    output_full_time(output_text(card, "issued_at"), issued);
    printf("机关  %s  %s%s\n", output_text(card, "agency"), output_text(card, "name"),
           json_is_true(output_member(card, "test")) ? "（测试）" : "");
    printf("区划  %s  领域 %s\n", output_text(card, "region"), output_text(card, "sector"));
    printf("代码  %s\n地址  %s\n电话  %s\n", output_text(card, "credit_code"),
           endpoints == NULL ? "" : endpoints, output_text(card, "duty_telephone"));
    printf("签发  %s\n套件  %s\n密钥  %s\n", issued, output_text(card, "suite_name"),
           output_text(card, "key_id"));
    free(endpoints);
}

enum liaison_outcome tools_card_show(const struct invocation *invocation)
{
    size_t size;
    char *file = files_read(invocation->arguments[0], &size);
    if (file == NULL) {
        return LIAISON_USAGE;
    }
    char *text = NULL;
    enum liaison_outcome outcome = liaison_card(file, size, &text);
    free(file);
    if (outcome != LIAISON_DONE) {
        return command_explain_json(text, outcome);
    }
    json_t *card = output_take(text);
    if (invocation->output == OUTPUT_JSON) {
        output_json(card);
    } else {
        print_card(card);
    }
    json_decref(card);
    return outcome;
}

// ---------------------------------------------------------------------------------- export, verify

enum liaison_outcome tools_export(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = command_explain(session, liaison_export(session, invocation->arguments[0], &text));
    liaison_close(&session);
    if (outcome == LIAISON_DONE && files_write(invocation->arguments[1], text) != 0) {
        outcome = LIAISON_FAILED;
    }
    liaison_free(text);
    return outcome;
}

static enum liaison_outcome read_cards(const struct invocation *invocation, char **out_cards)
{
    const struct values *files = &invocation->values[CHOICE_CARD];
    char *cards = files->count == 0 ? NULL : strdup("");
    for (size_t i = 0; i < files->count; i++) {
        size_t size;
        char *card = files_read(files->items[i], &size);
        char *joined = NULL;
        if (card == NULL || cards == NULL || asprintf(&joined, "%s%s\n", cards, card) < 0) {
            free(card);
            free(cards);
            return LIAISON_USAGE;
        }
        free(card);
        free(cards);
        cards = joined;
    }
    *out_cards = cards;
    return LIAISON_DONE;
}

static void print_verified_cards(const json_t *cards)
{
    static const char *const headings[] = {"名片", "名称", "密钥", "来源", "结论"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *card;
    json_array_foreach(cards, i, card)
    {
        const char *verdict = output_text(card, "verdict");
        const char *const cells[] = {
            output_text(card, "agency"), output_text(card, "name"), output_text(card, "key_id"),
            json_is_true(output_member(card, "trusted")) ? "自带核对" : "卷内",
            strcmp(verdict, "ok") == 0 ? "完整" : output_text(card, "text")};
        table_add(table, cells);
    }
    table_print(&table);
}

static void print_verified_statements(const json_t *statements)
{
    static const char *const headings[] = {"签发时间", "种类", "机关", "编号",
                                           "密钥",     "可信", "结论"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    json_t *kinds = output_kinds();
    size_t i;
    json_t *statement;
    json_array_foreach(statements, i, statement)
    {
        const json_t *header = output_member(statement, "header");
        const char *verdict = output_text(statement, "verdict");
        char at[OUTPUT_TIME_BYTES];
        char judged[256];
        output_full_time(output_text(statement, "sealed_at"), at);
        snprintf(judged, sizeof judged, "%s %s", verdict, output_text(statement, "text"));
        const char *const cells[] = {at,
                                     output_kind_title(kinds, output_text(header, "kind")),
                                     output_text(header, "author"),
                                     output_text(header, "id"),
                                     output_text(statement, "key_id"),
                                     json_is_true(output_member(statement, "trusted")) ? "是"
                                                                                       : "否",
                                     strcmp(verdict, "ok") == 0 ? "成立" : judged};
        table_add(table, cells);
    }
    table_print(&table);
    json_decref(kinds);
}

static bool is_attachment(const json_t *part)
{
    return strcmp(output_text(part, "role"), "attachment") == 0;
}

static bool lists_attachment(const json_t *header)
{
    const json_t *parts = output_member(header, "parts");
    return is_attachment(json_array_get(parts, json_array_size(parts) - 1)); // they stand behind all others
}

static void list_attachments(struct table *table, const json_t *header)
{
    size_t i;
    json_t *part;
    json_array_foreach(output_member(header, "parts"), i, part)
    {
        const char *const cells[] = {output_text(part, "name"), output_text(part, "size"),
                                     output_text(header, "author"), output_text(header, "id")};
        if (is_attachment(part)) {
            table_add(table, cells);
        }
    }
}

// What they list; whether a file is that is another question (--part).
static void print_listed_attachments(const json_t *statements)
{
    static const char *const headings[] = {"所列附件", "字节", "机关", "编号"};
    struct table *table = NULL;
    size_t i;
    json_t *statement;
    json_array_foreach(statements, i, statement)
    {
        if (table == NULL && lists_attachment(output_member(statement, "header"))) {
            table = table_new(headings, sizeof headings / sizeof *headings);
        }
        list_attachments(table, output_member(statement, "header"));
    }
    table_print(&table);
}

static void print_verified_files(const json_t *files)
{
    static const char *const headings[] = {"文件", "是附件", "机关", "编号", "结论"};
    struct table *table = json_array_size(files) == 0
                              ? NULL
                              : table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *file;
    json_array_foreach(files, i, file)
    {
        const json_t *attachment = json_array_get(output_member(file, "attachments"), 0);
        const char *text = output_text(file, "text");
        const char *const cells[] = {output_text(file, "path"), output_text(attachment, "name"),
                                     output_text(attachment, "author"),
                                     output_text(attachment, "id"), *text == '\0' ? "相符" : text};
        table_add(table, cells);
    }
    table_print(&table);
}

// Cards inside a file vouch only for themselves.
static bool all_trusted(const json_t *report)
{
    size_t i;
    json_t *statement;
    json_array_foreach(output_member(report, "statements"), i, statement)
    {
        if (!json_is_true(output_member(statement, "trusted"))) {
            return false;
        }
    }
    return true;
}

static void print_verification(const json_t *report)
{
    print_verified_cards(output_member(report, "cards"));
    print_verified_statements(output_member(report, "statements"));
    print_listed_attachments(output_member(report, "statements"));
    print_verified_files(output_member(report, "files"));
    bool holds = strcmp(output_text(report, "verdict"), "ok") == 0;
    puts(!holds ? "有不成立之处" : all_trusted(report) ? "全部成立" : "签名全部成立，但有名片未经核对（用 --card 给出核对过的名片）");
}

enum liaison_outcome tools_verify(const struct invocation *invocation)
{
    char *cards;
    size_t size;
    char *bundle = files_read(invocation->arguments[0], &size);
    enum liaison_outcome outcome = bundle == NULL ? LIAISON_USAGE : read_cards(invocation, &cards);
    if (outcome != LIAISON_DONE) {
        free(bundle);
        return outcome;
    }
    char *text = NULL;
    const struct values *parts = &invocation->values[CHOICE_PART];
    outcome = liaison_verify_files(bundle, size, cards, parts->items, parts->count, &text);
    free(bundle);
    free(cards);
    json_t *report = output_take(text);
    if (report == NULL) {
        return LIAISON_FAILED;
    }
    if (invocation->output == OUTPUT_JSON) {
        output_json(report);
    } else {
        print_verification(report);
    }
    json_decref(report);
    if (outcome == LIAISON_REFUSED) {
        fprintf(stderr, "liaison: %s does not verify\n", invocation->arguments[0]);
    }
    return outcome;
}
