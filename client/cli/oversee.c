// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "table.h"

enum {
    // A watch waits for ever, in naps that keep its calls short.
    NAP_MS = 60000,
};

static void print_event(const json_t *event)
{
    const json_t *position = output_member(event, "position");
    char at[OUTPUT_TIME_BYTES];
    output_full_time(output_text(event, "at"), at);
    printf("%s.%lld  %s  %-14s %s  %s\n", output_text(position, "turn"),
           (long long)json_integer_value(output_member(position, "index")), at,
           output_text(event, "type"), output_text(event, "agency"), output_text(event, "text"));
}

static enum liaison_outcome read_count(const struct invocation *invocation,
                                       unsigned long *out_count)
{
    const char *text = command_value(invocation, CHOICE_COUNT_EVENTS);
    char *end = NULL;
    *out_count = text == NULL ? 0 : strtoul(text, &end, 10);
    return text != NULL && (*end != '\0' || *out_count == 0)
               ? command_misused("--count takes a number above 0")
               : LIAISON_DONE;
}

// Prints events until `count` of them came (0: for ever) or nobody reads any more.
static enum liaison_outcome follow(const struct invocation *invocation,
                                   struct liaison_session *session, unsigned long count)
{
    for (unsigned long seen = 0; count == 0 || seen < count;) {
        char *text = NULL;
        enum liaison_outcome outcome = liaison_next_event(session, NAP_MS, &text);
        if (outcome != LIAISON_DONE) {
            return command_explain(session, outcome);
        }
        if (text == NULL) {
            continue;
        }
        json_t *event = output_take(text);
        if (invocation->output == OUTPUT_JSON) {
            output_json(event);
        } else {
            print_event(event);
        }
        json_decref(event);
        seen++;
        if (fflush(stdout) != 0) {
            return LIAISON_FAILED;
        }
    }
    return LIAISON_DONE;
}

enum liaison_outcome oversee_watch(const struct invocation *invocation)
{
    struct liaison_session *session;
    unsigned long count;
    enum liaison_outcome outcome = read_count(invocation, &count);
    if (outcome == LIAISON_DONE) {
        outcome = command_open(invocation, &session);
    }
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome =
        command_explain(session, liaison_watch(session, command_value(invocation, CHOICE_FROM)));
    if (outcome == LIAISON_DONE) {
        outcome = follow(invocation, session, count);
    }
    liaison_close(&session);
    return outcome;
}

// ------------------------------------------------------------------------------------------ status

static void print_links(const json_t *peers)
{
    static const char *const headings[] = {"机关",     "名称",     "连接",     "待发",
                                           "最早一件", "最近听到", "时差毫秒", "提示"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *peer;
    json_array_foreach(peers, i, peer)
    {
        char oldest[OUTPUT_TIME_BYTES];
        char heard[OUTPUT_TIME_BYTES];
        bool is_suspended = json_is_true(output_member(peer, "suspended"));
        output_short_time(output_text(peer, "oldest_at"), oldest);
        output_short_time(output_text(peer, "heard_at"), heard);
        const char *link = json_is_true(output_member(peer, "linked")) ? "在线" : "未连接";
        const char *const cells[] = {
            output_text(peer, "agency"),
            output_text(peer, "name"),
            is_suspended ? "已停用" : link,
            output_text(peer, "backlog"),
            oldest,
            heard,
            output_text(peer, "skew_ms"),
            output_text(peer, "alarm"),
        };
        table_add(table, cells);
    }
    table_print(&table);
}

static const char *name_clock(const char *clock)
{
    static const char *const words[][2] = {{"trusted", "可信"},
                                           {"unsynchronised", "未校时"},
                                           {"jumped", "跳变，暂停签发"},
                                           {"test", "测试时钟"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], clock) == 0) {
            return words[i][1];
        }
    }
    return clock;
}

static const char *name_store(const char *store)
{
    static const char *const words[][2] = {{"ok", "正常"}, {"full", "已满"}, {"failing", "故障"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(words[i][0], store) == 0) {
            return words[i][1];
        }
    }
    return store;
}

static void print_counters(const json_t *counters)
{
    size_t i;
    json_t *counter;
    json_array_foreach(counters, i, counter)
    {
        printf("  %s %s\n", output_text(counter, "name"), output_text(counter, "value"));
    }
}

static void print_alarms(const json_t *alarms)
{
    size_t i;
    json_t *alarm;
    json_array_foreach(alarms, i, alarm)
    {
        printf("告警  %s\n", json_string_value(alarm));
    }
}

static void print_law(const json_t *status)
{
    char loaded[OUTPUT_TIME_BYTES];
    const char *fault = output_text(status, "law_fault");
    output_full_time(output_text(status, "law_loaded_at"), loaded);
    printf("规定 %s 载入\n", loaded);
    if (*fault != '\0') {
        printf("告警  重新载入未生效，仍按原规定：%s\n", fault);
    }
}

static void print_status(const json_t *status)
{
    char now[OUTPUT_TIME_BYTES];
    output_full_time(output_text(status, "now"), now);
    printf("%s  %s  %s%s\n", output_text(status, "agency"), output_text(status, "name"), now,
           json_is_true(output_member(status, "test")) ? "（测试）" : "");
    printf("时钟 %s  存储 %s  轮次 %s  文书 %s\n", name_clock(output_text(status, "clock")),
           name_store(output_text(status, "store")), output_text(status, "turn"),
           output_text(status, "statements"));
    const char *waiting = output_text(status, "requests_waiting");
    if (*waiting != '\0' && strcmp(waiting, "0") != 0) {
        printf("待审定的订阅申请 %s\n", waiting);
    }
    printf("时限 未结 %s  黄灯 %s  红灯 %s\n", output_text(status, "open_duties"),
           output_text(status, "amber"), output_text(status, "red"));
    print_law(status);
    print_alarms(output_member(status, "alarms"));
    if (json_array_size(output_member(status, "peers")) > 0) {
        print_links(output_member(status, "peers"));
    }
    print_counters(output_member(status, "counters"));
}

static enum liaison_outcome show(const struct invocation *invocation,
                                 struct liaison_session *session, enum liaison_outcome outcome,
                                 char *text, void (*print)(const json_t *answer))
{
    if (command_explain(session, outcome) == LIAISON_DONE) {
        json_t *answer = output_take(text);
        if (invocation->output == OUTPUT_JSON) {
            output_json(answer);
        } else {
            print(answer);
        }
        json_decref(answer);
    }
    liaison_close(&session);
    return outcome;
}

enum liaison_outcome oversee_status(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_status(session, &text);
    return show(invocation, session, outcome, text, print_status);
}

static void print_greeting(const json_t *greeting)
{
    const json_t *position = output_member(greeting, "position");
    char now[OUTPUT_TIME_BYTES];
    output_full_time(output_text(greeting, "now"), now);
    printf("机关 %s %s\n密钥 %s（%s）\n时间 %s%s\n位置 %s.%lld\n版本 %s\n",
           output_text(greeting, "agency"), output_text(greeting, "name"),
           output_text(greeting, "client"), output_text(greeting, "role"), now,
           json_is_true(output_member(greeting, "test")) ? "（测试）" : "",
           output_text(position, "turn"),
           (long long)json_integer_value(output_member(position, "index")),
           output_text(greeting, "version"));
}

enum liaison_outcome oversee_whoami(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_greet(session, &text);
    return show(invocation, session, outcome, text, print_greeting);
}

static void print_done(const json_t *done)
{
    const char *text = output_text(done, "text");
    if (*text != '\0') {
        puts(text);
    }
}

enum liaison_outcome oversee_test_clock(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_test_clock(session, invocation->arguments[0], &text);
    return show(invocation, session, outcome, text, print_done);
}

enum liaison_outcome oversee_accept_clock(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_accept_clock(session, &text);
    return show(invocation, session, outcome, text, print_done);
}

enum liaison_outcome oversee_clear_alarm(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_clear_alarm(session, invocation->arguments[0], invocation->arguments[1],
                                  &text);
    return show(invocation, session, outcome, text, print_done);
}
