// SPDX-License-Identifier: Apache-2.0
#include "output.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "liaison/liaison.h"

struct word {
    const char *name;
    const char *title;
};

json_t *output_take(char *json_text)
{
    json_t *json = json_text == NULL ? NULL : json_loads(json_text, JSON_DECODE_ANY, NULL);
    liaison_free(json_text);
    return json;
}

void output_json(const json_t *json)
{
    json_dumpf(json, stdout, JSON_COMPACT | JSON_ENCODE_ANY);
    putchar('\n');
}

void output_json_lines(const json_t *list)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        output_json(item);
    }
}

const char *output_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text == NULL ? "" : text;
}

const json_t *output_member(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

void output_short_time(const char *instant, char out_text[OUTPUT_TIME_BYTES])
{
    if (strlen(instant) < 19) {
        out_text[0] = '\0';
        return;
    }
    snprintf(out_text, OUTPUT_TIME_BYTES, "%.5s %.5s", instant + 5, instant + 11);
}

void output_full_time(const char *instant, char out_text[OUTPUT_TIME_BYTES])
{
    if (strlen(instant) < 19) {
        out_text[0] = '\0';
        return;
    }
    snprintf(out_text, OUTPUT_TIME_BYTES, "%.10s %.8s", instant, instant + 11);
}

// All instants come with the same offset, so that their difference needs no knowledge of it.
static bool read_seconds(const char *instant, long long *out_seconds)
{
    struct tm parts = {0};
    // NOLINTNEXTLINE(cert-err34-c): four digits fit any int
    if (sscanf(instant, "%4d-%2d-%2dT%2d:%2d:%2d", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
               &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6) {
        return false;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    *out_seconds = timegm(&parts);
    return true;
}

long long output_seconds_between(const char *from, const char *to)
{
    long long start;
    long long end;
    return read_seconds(from, &start) && read_seconds(to, &end) ? end - start : 0;
}

static void write_span(const char *sense, long long span, char out_text[OUTPUT_SPAN_BYTES])
{
    if (span >= 86400) {
        snprintf(out_text, OUTPUT_SPAN_BYTES, "%s %lld 天 %lld 小时", sense, span / 86400,
                 span % 86400 / 3600);
    } else if (span >= 3600) {
        snprintf(out_text, OUTPUT_SPAN_BYTES, "%s %lld 小时 %lld 分", sense, span / 3600,
                 span % 3600 / 60);
    } else {
        snprintf(out_text, OUTPUT_SPAN_BYTES, "%s %lld 分", sense, span / 60);
    }
}

void output_countdown(const char *now, const char *due, char out_text[OUTPUT_SPAN_BYTES])
{
    if (*now == '\0' || *due == '\0') {
        out_text[0] = '\0';
        return;
    }
    long long left = output_seconds_between(now, due);
    write_span(left < 0 ? "超" : "剩", left < 0 ? -left : left, out_text);
}

void output_margin(const json_t *duty, char out_text[OUTPUT_SPAN_BYTES])
{
    const char *due = output_text(duty, "due_at");
    const char *met = output_text(duty, "met_at");
    if (*due == '\0' || *met == '\0') {
        out_text[0] = '\0';
        return;
    }
    long long left = output_seconds_between(met, due);
    write_span(left < 0 ? "逾期" : "提前", left < 0 ? -left : left, out_text);
}

static bool is_in_state(const json_t *duty, const char *state)
{
    return strcmp(output_text(duty, "state"), state) == 0;
}

static bool has_light(const json_t *duty, const char *light)
{
    return strcmp(output_text(duty, "light"), light) == 0;
}

static bool is_suspended(const json_t *duty)
{
    return *output_text(duty, "suspended_at") != '\0' && *output_text(duty, "resumed_at") == '\0';
}

// Why it is amber or red though no time was missed: its age, or how near the end is.
static void write_age(const json_t *duty, const char *now, char out_text[OUTPUT_REASON_BYTES])
{
    bool is_red = has_light(duty, "red");
    char span[OUTPUT_SPAN_BYTES];
    if (*output_text(duty, "due_at") == '\0') {
        write_span("已历", output_seconds_between(output_text(duty, "start_at"), now), span);
        snprintf(out_text, OUTPUT_REASON_BYTES, "%s，%s", is_red ? "应立即办理" : "应及时办理", span);
    } else if (is_red) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "期限已过");
    } else {
        bool in_hours = strstr(output_text(duty, "within"), "小时") != NULL;
        snprintf(out_text, OUTPUT_REASON_BYTES, "已到%s", in_hours ? "最后四分之一时间" : "最后一个工作日");
    }
}

void output_reason(const json_t *duty, const char *now, char out_text[OUTPUT_REASON_BYTES])
{
    char from[OUTPUT_TIME_BYTES];
    char to[OUTPUT_TIME_BYTES];
    out_text[0] = '\0';
    output_full_time(output_text(duty, "suspended_at"), from);
    output_full_time(output_text(duty, "resumed_at"), to);
    if (is_in_state(duty, "unheard")) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "期限已过，其后尚无对方消息，可能是网络中断");
    } else if (is_in_state(duty, "one-sided")) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "一方已记录，对方尚未确认");
    } else if (is_in_state(duty, "disputed")) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "对方对记录有异议");
    } else if (is_in_state(duty, "ended")) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "所办之事已结束");
    } else if (is_suspended(duty)) {
        snprintf(out_text, OUTPUT_REASON_BYTES, "自 %s 起中止", from);
    } else if (has_light(duty, "red") || has_light(duty, "amber")) {
        write_age(duty, now, out_text);
    } else if (*to != '\0') {
        snprintf(out_text, OUTPUT_REASON_BYTES, "曾中止，%s 至 %s", from, to);
    }
}

void output_due(const json_t *duty, char out_text[OUTPUT_SPAN_BYTES])
{
    const char *text = output_text(duty, "due_text");
    char at[OUTPUT_TIME_BYTES];
    if (strncmp(text, "unknown:", 8) == 0) {
        snprintf(out_text, OUTPUT_SPAN_BYTES, "待公布 %.4s 年日历", text + 8);
    } else if (strncmp(text, "earliest:", 9) == 0) {
        output_full_time(text + 9, at);
        snprintf(out_text, OUTPUT_SPAN_BYTES, "不早于 %s", at);
    } else {
        output_full_time(*text == '\0' ? output_text(duty, "due_at") : text, at);
        snprintf(out_text, OUTPUT_SPAN_BYTES, "%s", at);
    }
}

char *output_join(const json_t *list)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL) {
        return NULL;
    }
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        fprintf(out, "%s%s", i == 0 ? "" : "、",
                json_is_string(item) ? json_string_value(item) : "");
    }
    fclose(out);
    return text;
}

static bool is_listed(const json_t *list, const json_t *text)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (json_equal(item, text)) {
            return true;
        }
    }
    return false;
}

char *output_parties(const json_t *duty)
{
    const json_t *debtors = output_member(duty, "debtors");
    json_t *others = json_array();
    char *text = NULL;
    size_t i;
    json_t *addressee;
    json_array_foreach(output_member(duty, "addressees"), i, addressee)
    {
        if (!is_listed(debtors, addressee)) {
            json_array_append(others, addressee);
        }
    }
    char *owing = output_join(debtors);
    char *owed = output_join(others);
    bool is_joint = json_array_size(debtors) > 1;
    if (owing == NULL || owed == NULL ||
        asprintf(&text, "由 %s%s%s%s", owing, is_joint ? " 共同" : "", *owed == '\0' ? "" : " 对 ", owed) < 0) {
        text = NULL;
    }
    free(owing);
    free(owed);
    json_decref(others);
    return text;
}

static const char *find_title(const struct word *words, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i].name, name) == 0) {
            return words[i].title;
        }
    }
    return name;
}

#define FIND_TITLE(words, name) find_title(words, sizeof(words) / sizeof *(words), name)

const char *output_delivery_title(const char *state)
{
    static const struct word words[] = {
        {"queued", "待发出"},   {"arrived", "已到达"}, {"acknowledged", "已签收"},
        {"answered", "已答复"}, {"refused", "被拒收"}, {"recalled", "已撤回"},
        {"recorded", "已登记"},
        {"published", "已发布"},
    };
    return FIND_TITLE(words, state);
}

const char *output_light_title(const char *light)
{
    static const struct word words[] = {
        {"green", "绿"}, {"amber", "黄"}, {"red", "红"}, {"none", "－"}};
    return FIND_TITLE(words, light);
}

const char *output_direction_title(const char *direction)
{
    static const struct word words[] = {{"in", "收"}, {"out", "发"}, {"fact", "记"}};
    return FIND_TITLE(words, direction);
}

const char *output_duty_title(const json_t *duty)
{
    static const struct word words[] = {
        {"open", "办理中"},       {"one-sided", "待对方确认"}, {"met", "按期完成"},
        {"met-late", "逾期完成"}, {"overdue", "超期"},         {"extended", "已延期"},
        {"disputed", "争议中"},   {"withdrawn", "已撤回"},     {"unheard", "待核实"},
        {"ended", "已终止"},
    };
    bool is_open = is_in_state(duty, "open") || is_in_state(duty, "extended");
    return is_open && is_suspended(duty)         ? "已中止"
           : is_open && has_light(duty, "amber") ? "临期"
                                                 : FIND_TITLE(words, output_text(duty, "state"));
}

const char *output_mark_title(const char *mark)
{
    static const struct word words[] = {
        {"clock-skew", "时钟有偏差"}, {"drill", "演练"},      {"copy", "抄送"},
        {"recalled", "已撤回"},       {"answered", "已答复"},
        {"after-expiry", "原规程已失效，按其后的规程办理"},
    };
    return FIND_TITLE(words, mark);
}

json_t *output_kinds(void)
{
    char *text = NULL;
    if (liaison_kinds(NULL, &text) != LIAISON_DONE) {
        return NULL;
    }
    return output_take(text);
}

static const json_t *find_kind(const json_t *kinds, const char *name)
{
    size_t i;
    json_t *kind;
    json_array_foreach(json_object_get(kinds, "kinds"), i, kind)
    {
        if (strcmp(output_text(kind, "name"), name) == 0) {
            return kind;
        }
    }
    return NULL;
}

const char *output_kind_title(const json_t *kinds, const char *name)
{
    const json_t *kind = find_kind(kinds, name);
    return kind == NULL ? name : output_text(kind, "title_zh");
}

static bool is_signed_for(const json_t *kinds, const char *name)
{
    size_t i;
    json_t *mark;
    json_array_foreach(json_object_get(find_kind(kinds, name), "marks"), i, mark)
    {
        if (strcmp(json_string_value(mark), "signed-for") == 0) {
            return true;
        }
    }
    return false;
}

const char *output_message_title(const json_t *kinds, const json_t *message)
{
    const char *state = output_text(message, "state");
    const char *kind = output_text(output_member(message, "header"), "kind");
    if (strcmp(output_text(message, "direction"), "in") != 0 || strcmp(state, "arrived") != 0) {
        return output_delivery_title(state);
    }
    return is_signed_for(kinds, kind) ? "待签收" : "已收到";
}
