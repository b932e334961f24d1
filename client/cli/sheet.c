// SPDX-License-Identifier: Apache-2.0
#include "sheet.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "liaison/liaison.h"
#include "output.h"
#include "table.h"

enum { PATH_BYTES = 256, WIDEST_NOTE = 96 };

static void print_line(const char *title, const char *text)
{
    if (*text != '\0') {
        printf("%s  %s\n", title, text);
    }
}

static void print_time(const char *title, const json_t *object, const char *key)
{
    char at[OUTPUT_TIME_BYTES];
    output_full_time(output_text(object, key), at);
    print_line(title, at);
}

static void print_list(const char *title, const json_t *list)
{
    char *text = output_join(list);
    print_line(title, text == NULL ? "" : text);
    free(text);
}

// -------------------------------------------------------------------------------------------- body

static const json_t *find_row(const json_t *kind, const char *path)
{
    size_t i;
    json_t *row;
    json_array_foreach(output_member(kind, "fields"), i, row)
    {
        if (strcmp(output_text(row, "path"), path) == 0) {
            return row;
        }
    }
    return NULL;
}

static const char *find_code_title(const json_t *row, const char *name)
{
    size_t i;
    json_t *code;
    json_array_foreach(output_member(output_member(row, "codes"), "codes"), i, code)
    {
        if (strcmp(output_text(code, "name"), name) == 0) {
            return output_text(code, "title_zh");
        }
    }
    return name;
}

static void print_scalar(const json_t *row, const json_t *value)
{
    const char *text = json_string_value(value);
    char at[OUTPUT_TIME_BYTES];
    if (text == NULL) {
        char *other = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        fputs(other == NULL ? "" : other, stdout);
        free(other);
    } else if (strcmp(output_text(row, "form"), "instant") == 0) {
        output_full_time(text, at);
        fputs(at, stdout);
    } else {
        fputs(find_code_title(row, text), stdout);
    }
}

static void print_object(const json_t *kind, const json_t *object, const char *path, int indent);

static void print_value(const json_t *kind, const json_t *value, const char *path,
                        const char *title, int indent)
{
    const json_t *row = find_row(kind, path);
    size_t i;
    json_t *item;
    if (json_is_object(value)) {
        printf("%*s%s\n", indent, "", title);
        print_object(kind, value, path, indent + 2);
        return;
    }
    if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
        json_array_foreach(value, i, item)
        {
            printf("%*s%s %zu\n", indent, "", title, i + 1);
            print_object(kind, item, path, indent + 2);
        }
        return;
    }
    printf("%*s%s：", indent, "", title);
    if (!json_is_array(value)) {
        print_scalar(row, value);
    }
    json_array_foreach(value, i, item)
    {
        fputs(i == 0 ? "" : "、", stdout);
        print_scalar(row, item);
    }
    putchar('\n');
}

static void print_object(const json_t *kind, const json_t *object, const char *path, int indent)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)object, key, value)
    {
        char place[PATH_BYTES];
        snprintf(place, sizeof place, "%s%s%s", path, *path == '\0' ? "" : ".", key);
        const char *title = output_text(find_row(kind, place), "title_zh");
        print_value(kind, value, place, *title == '\0' ? key : title, indent);
    }
}

static void print_body(const json_t *message, const char *kind_name)
{
    const json_t *body = output_member(message, "body");
    char *text = NULL;
    if (!json_is_object(body)) {
        const char *state = output_text(message, "body_state");
        bool is_recalled = strcmp(state, "recalled") == 0;
        puts(is_recalled                      ? "正文已撤回"
             : strcmp(state, "withheld") == 0 ? "正文未随附"
                                              : "正文不予显示");
        return;
    }
    if (liaison_kinds(kind_name, &text) != LIAISON_DONE) {
        liaison_free(text);
        text = NULL;
    }
    json_t *kind = output_take(text);
    puts("── 正文 ──");
    print_object(kind, body, "", 0);
    json_decref(kind);
}

// ------------------------------------------------------------------------------------------ header

static void print_parties(const json_t *header)
{
    print_line("发文机关", output_text(header, "author"));
    print_list("主送", output_member(header, "to"));
    print_list("抄送", output_member(header, "copy"));
}

static void print_marks(const json_t *marks)
{
    size_t i;
    json_t *mark;
    json_array_foreach(marks, i, mark)
    {
        printf("%s%s", i == 0 ? "标记  " : "、", output_mark_title(json_string_value(mark)));
    }
    if (json_array_size(marks) > 0) {
        putchar('\n');
    }
}

static void print_officers(const json_t *header)
{
    size_t i;
    json_t *officer;
    json_array_foreach(output_member(header, "officers"), i, officer)
    {
        printf("经办  %s %s %s\n", output_text(officer, "name"),
               output_text(officer, "certificate"), output_text(officer, "section"));
    }
}

static void print_header(const json_t *message, const json_t *kinds)
{
    const json_t *header = output_member(message, "header");
    const json_t *source = output_member(header, "source");
    const json_t *reply = output_member(header, "in_reply_to");
    printf("%s  %s\n", output_kind_title(kinds, output_text(header, "kind")),
           output_message_title(kinds, message));
    print_parties(header);
    print_line("文号", output_text(header, "own_number"));
    print_line("短号", output_text(header, "short_number"));
    print_line("编号", output_text(header, "id"));
    print_line("事项", output_text(header, "matter"));
    print_line("协作机制", output_text(header, "compact"));
    print_line("紧急", output_text(header, "urgent_reason"));
    print_line("标识", output_text(header, "handling"));
    if (json_is_true(output_member(header, "drill"))) {
        print_line("演练", "是");
    }
    if (source != NULL) {
        printf("来源  %s/%s\n", output_text(source, "system"), output_text(source, "record"));
    }
    if (reply != NULL) {
        printf("针对  %s %s %s\n", output_text(reply, "author"),
               output_kind_title(kinds, output_text(reply, "kind")), output_text(reply, "id"));
    }
    print_officers(header);
    print_time("发生时间", header, "occurred_at");
    print_time("签发时间", message, "sealed_at");
    print_time("收到时间", message, "received_at");
    print_marks(output_member(message, "marks"));
}

static void print_delivery(const json_t *delivery)
{
    char arrived[OUTPUT_TIME_BYTES];
    char signed_for[OUTPUT_TIME_BYTES];
    output_full_time(output_text(delivery, "arrived_at"), arrived);
    output_full_time(output_text(delivery, "acknowledged_at"), signed_for);
    const char *code = output_text(delivery, "refusal_code");
    printf("  %s%s  %s", output_text(delivery, "agency"),
           json_is_true(output_member(delivery, "copy")) ? "（抄送）" : "",
           output_delivery_title(output_text(delivery, "state")));
    printf("%s%s", *arrived == '\0' ? "" : "  到达 ", arrived);
    printf("%s%s", *signed_for == '\0' ? "" : "  签收 ", signed_for);
    printf("%s%s", *signed_for == '\0' ? "" : " ", output_text(delivery, "acknowledged_by"));
    printf("%s%s%s%s\n", *code == '\0' ? "" : "  拒收 ", code, *code == '\0' ? "" : " ",
           output_text(delivery, "refusal_text"));
}

static void print_deliveries(const json_t *message)
{
    const json_t *deliveries = output_member(message, "deliveries");
    if (json_array_size(deliveries) > 0) {
        puts("── 送达 ──");
    }
    size_t i;
    json_t *delivery;
    json_array_foreach(deliveries, i, delivery)
    {
        print_delivery(delivery);
    }
}

// ------------------------------------------------------------------------------------- attachments

static const char *attachment_title(const char *state)
{
    static const char *const titles[][2] = {
        {"held", "已存"}, {"awaited", "待到"}, {"lost", "缺失"}, {"withheld", "未附"}, {"recalled", "已撤回"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (strcmp(titles[i][0], state) == 0) {
            return titles[i][1];
        }
    }
    return state;
}

static const char *waiting_title(const char *why)
{
    static const char *const titles[][2] = {
        {"link", "，等待连接"}, {"disk", "，本机磁盘空间不足"}, {"quota", "，附件配额已满"}, {"peer", "，对方尚不能提供"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
        if (strcmp(titles[i][0], why) == 0) {
            return titles[i][1];
        }
    }
    return "";
}

static void print_attachment(const json_t *attachment, size_t number)
{
    const char *state = output_text(attachment, "state");
    bool is_coming = strcmp(state, "awaited") == 0 || strcmp(state, "lost") == 0;
    size_t i;
    json_t *delivery;
    printf("  %zu. %s  %s 字节  %s", number, output_text(attachment, "name"), output_text(attachment, "size"),
           attachment_title(state));
    if (is_coming) {
        printf("（已收 %s%s）", output_text(attachment, "held_bytes"), waiting_title(output_text(attachment, "waits_for")));
    }
    putchar('\n');
    json_array_foreach(output_member(attachment, "deliveries"), i, delivery)
    {
        char at[OUTPUT_TIME_BYTES];
        output_full_time(output_text(delivery, "arrived_at"), at);
        printf("     %s  %s\n", output_text(delivery, "agency"), *at == '\0' ? "未报到齐" : at);
    }
}

static void print_attachments(const json_t *message)
{
    const json_t *attachments = output_member(message, "attachments");
    size_t i;
    json_t *attachment;
    if (json_array_size(attachments) > 0) {
        puts("── 附件 ──");
    }
    json_array_foreach(attachments, i, attachment)
    {
        print_attachment(attachment, i + 1);
    }
}

// ------------------------------------------------------------------------------------------ duties

static bool is_running(const json_t *duty)
{
    static const char *const closed[] = {"met", "met-late", "withdrawn", "ended"};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        if (strcmp(output_text(duty, "state"), closed[i]) == 0) {
            return false;
        }
    }
    return *output_text(duty, "due_at") != '\0';
}

static void format_left(const json_t *duty, const char *now, char out_text[OUTPUT_SPAN_BYTES])
{
    output_countdown(is_running(duty) ? now : "", output_text(duty, "due_at"), out_text);
}

static void print_who(const json_t *duty, const char *now)
{
    char due[OUTPUT_SPAN_BYTES];
    char left[OUTPUT_SPAN_BYTES];
    char *parties = output_parties(duty);
    output_due(duty, due);
    format_left(duty, now, left);
    bool is_certain = *due != '\0' && strncmp(due, "不早于", strlen("不早于")) != 0 &&
                      strncmp(due, "待公布", strlen("待公布")) != 0;
    printf("%s%s%s%s%s%s\n", parties == NULL ? "" : parties, is_certain ? "  不迟于 " : "  ",
           *due == '\0' ? output_text(duty, "within") : due,
           *left == '\0' ? "" : "（", left, *left == '\0' ? "" : "）");
    free(parties);
}

static const json_t *find_message(const json_t *messages, const char *id)
{
    size_t i;
    json_t *message;
    json_array_foreach(messages, i, message)
    {
        if (strcmp(output_text(output_member(message, "header"), "id"), id) == 0) {
            return message;
        }
    }
    return NULL;
}

// "线索通报 042817"
static void print_name(const json_t *message, const json_t *kinds)
{
    const json_t *header = output_member(message, "header");
    printf("%s %s", output_kind_title(kinds, output_text(header, "kind")),
           output_text(header, "short_number"));
}

static void print_met(const json_t *duty, const json_t *messages, const json_t *kinds)
{
    char met[OUTPUT_TIME_BYTES];
    char margin[OUTPUT_SPAN_BYTES];
    const json_t *act = find_message(messages, output_text(duty, "met_by"));
    output_full_time(output_text(duty, "met_at"), met);
    output_margin(duty, margin);
    if (*met == '\0') {
        return;
    }
    printf("      完成 %s%s%s%s", met, *margin == '\0' ? "" : "（", margin, *margin == '\0' ? "" : "）");
    if (act != NULL) {
        fputs("  凭 ", stdout);
        print_name(act, kinds);
    }
    puts(json_is_true(output_member(duty, "confirmed")) ? "  经对方确认" : "");
}

// `messages` are those that may have met it; NULL: they are not at hand.
static void print_duty(const json_t *duty, const json_t *messages, const json_t *kinds, const char *now)
{
    char reason[OUTPUT_REASON_BYTES];
    output_reason(duty, now, reason);
    printf("  [%s] %s %s  %s%s%s\n      ", output_light_title(output_text(duty, "light")),
           output_text(duty, "duty"), output_text(duty, "title"), output_duty_title(duty),
           *output_text(duty, "article") == '\0' ? "" : "  ", output_text(duty, "article"));
    print_who(duty, now);
    print_met(duty, messages, kinds);
    const char *const lines[] = {reason, output_text(output_member(duty, "amended"), "text")};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (*lines[i] != '\0') {
            printf("      %s\n", lines[i]);
        }
    }
}

void sheet_duty(const json_t *duty, const char *now)
{
    print_duty(duty, NULL, NULL, now);
}

static void print_duties(const json_t *duties, const char *now)
{
    if (json_array_size(duties) > 0) {
        puts("── 时限 ──");
    }
    size_t i;
    json_t *duty;
    json_array_foreach(duties, i, duty)
    {
        const char *explanation = output_text(duty, "explanation");
        print_duty(duty, NULL, NULL, now);
        if (*explanation != '\0') {
            printf("      %s\n", explanation);
        }
    }
}

// On one line if that is no wider than a terminal likes, else on two.
static void add_parties(struct table *table, const char *debtors, const char *matter)
{
    char *both = NULL;
    char *first = NULL;
    char *second = NULL;
    if (asprintf(&both, "责任 %s  事项 %s", debtors, matter) >= 0 &&
        asprintf(&first, "责任 %s", debtors) >= 0 && asprintf(&second, "事项 %s", matter) >= 0) {
        bool fits = table_width(both) <= WIDEST_NOTE;
        table_add_note(table, fits ? both : first);
        if (!fits) {
            table_add_note(table, second);
        }
    }
    free(both);
    free(first);
    free(second);
}

static void add_duty(struct table *table, const json_t *duty, const char *now)
{
    char due[OUTPUT_SPAN_BYTES];
    char left[OUTPUT_SPAN_BYTES];
    char *debtors = output_join(output_member(duty, "debtors"));
    output_due(duty, due);
    format_left(duty, now, left);
    const char *const cells[] = {
        output_light_title(output_text(duty, "light")),
        output_duty_title(duty),
        due,
        left,
        output_text(duty, "duty"),
        output_text(duty, "title"),
    };
    table_add(table, cells);
    add_parties(table, debtors == NULL ? "" : debtors, output_text(duty, "matter"));
    char reason[OUTPUT_REASON_BYTES];
    output_reason(duty, now, reason);
    const char *const notes[] = {reason, output_text(output_member(duty, "amended"), "text")};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        if (*notes[i] != '\0') {
            table_add_note(table, notes[i]);
        }
    }
    free(debtors);
}

void sheet_duties(const json_t *duties, const char *now)
{
    static const char *const headings[] = {"灯", "状态", "期限", "余时", "条款", "事由"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *duty;
    json_array_foreach(duties, i, duty)
    {
        add_duty(table, duty, now);
    }
    table_print(&table);
}

// ------------------------------------------------------------------------------------------- pages

void sheet_message(const json_t *message, const char *now)
{
    json_t *kinds = output_kinds();
    print_header(message, kinds);
    print_body(message, output_text(output_member(message, "header"), "kind"));
    print_attachments(message);
    print_deliveries(message);
    print_duties(output_member(message, "duties"), now);
    json_decref(kinds);
}

// ------------------------------------------------------------------------------------- time line

static int compare_sealed(const void *left, const void *right)
{
    const json_t *const *a = left;
    const json_t *const *b = right;
    int sealed = strcmp(output_text(*a, "sealed_at"), output_text(*b, "sealed_at"));
    const char *position = output_text(*a, "position");
    const char *other = output_text(*b, "position");
    if (sealed != 0 || strlen(position) == strlen(other)) {
        return sealed != 0 ? sealed : strcmp(position, other);
    }
    return strlen(position) < strlen(other) ? -1 : 1;
}

static void print_step(const json_t *message, const json_t *messages, const json_t *kinds)
{
    const json_t *header = output_member(message, "header");
    const json_t *answered =
        find_message(messages, output_text(output_member(header, "in_reply_to"), "id"));
    char *to = output_join(output_member(header, "to"));
    char at[OUTPUT_TIME_BYTES];
    output_full_time(output_text(message, "sealed_at"), at);
    printf("%s  ", at);
    print_name(message, kinds);
    printf("  %s%s%s  %s\n", output_text(header, "author"), to == NULL || *to == '\0' ? "" : " → ",
           to == NULL ? "" : to, output_message_title(kinds, message));
    printf("    编号 %s", output_text(header, "id"));
    if (answered != NULL) {
        fputs("  针对 ", stdout);
        print_name(answered, kinds);
    }
    putchar('\n');
    print_marks(output_member(message, "marks"));
    free(to);
}

// Said once for the whole matter, which goes under one procedure.
static void print_procedure(const json_t *messages)
{
    size_t i;
    json_t *mark;
    json_array_foreach(output_member(json_array_get(messages, 0), "marks"), i, mark)
    {
        if (strcmp(json_string_value(mark), "after-expiry") == 0) {
            print_line("规程", output_mark_title("after-expiry"));
        }
    }
}

static void print_opened(const json_t *message, const json_t *matter, const json_t *kinds,
                         const char *now)
{
    const json_t *header = output_member(message, "header");
    size_t i;
    json_t *duty;
    json_array_foreach(output_member(matter, "duties"), i, duty)
    {
        if (strcmp(output_text(duty, "opened_by"), output_text(header, "id")) == 0 &&
            strcmp(output_text(duty, "opened_by_author"), output_text(header, "author")) == 0) {
            print_duty(duty, output_member(matter, "messages"), kinds, now);
        }
    }
}

void sheet_matter(const json_t *matter, const char *now)
{
    const json_t *messages = output_member(matter, "messages");
    size_t count = json_array_size(messages);
    const json_t **steps = calloc(count + 1, sizeof *steps);
    json_t *kinds = output_kinds();
    print_line("事项", output_text(matter, "matter"));
    print_procedure(messages);
    for (size_t i = 0; steps != NULL && i < count; i++) {
        steps[i] = json_array_get(messages, i);
    }
    if (steps != NULL) {
        qsort(steps, count, sizeof *steps, compare_sealed);
    }
    for (size_t i = 0; steps != NULL && i < count; i++) {
        print_step(steps[i], messages, kinds);
        print_opened(steps[i], matter, kinds, now);
    }
    free(steps);
    json_decref(kinds);
}
