// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "table.h"

// ---------------------------------------------------------------------------------------- asking

// Each of "a,b" of every repetition of --category as {"category": …}.
static json_t *list_wanted(const struct invocation *invocation)
{
    const struct values *values = &invocation->values[CHOICE_CATEGORY];
    json_t *wanted = json_array();
    for (size_t i = 0; i < values->count; i++) {
        for (const char *at = values->items[i]; *at != '\0';) {
            size_t size = strcspn(at, ",");
            if (size > 0) {
                json_array_append_new(wanted, json_pack("{s:s%}", "category", at, size));
            }
            at += size + (at[size] == ',');
        }
    }
    return wanted;
}

enum liaison_outcome share_subscribe(const struct invocation *invocation)
{
    json_t *wanted = list_wanted(invocation);
    if (json_array_size(wanted) == 0 || command_value(invocation, CHOICE_PURPOSE) == NULL) {
        json_decref(wanted);
        return command_misused("subscribe needs --category and --purpose");
    }
    json_t *body = json_object();
    json_object_set_new(body, "wanted", wanted);
    compose_put(body, "region", command_value(invocation, CHOICE_REGION));
    compose_put(body, "credit_code", command_value(invocation, CHOICE_USCC));
    compose_put(body, "matter", command_value(invocation, CHOICE_MATTER));
    compose_put(body, "since", command_value(invocation, CHOICE_SINCE));
    compose_put(body, "after", command_value(invocation, CHOICE_AFTER));
    compose_put(body, "until", command_value(invocation, CHOICE_UNTIL));
    compose_put(body, "purpose", command_value(invocation, CHOICE_PURPOSE));
    compose_put(body, "basis", command_value(invocation, CHOICE_BASIS));
    return compose_made(invocation, "subscription.request", invocation->arguments[0],
                        command_value(invocation, CHOICE_REPLY_TO), body);
}

enum liaison_outcome share_unsubscribe(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_REASON) == NULL) {
        return command_misused("unsubscribe needs --reason");
    }
    json_t *body = json_object();
    compose_put(body, "reason", command_value(invocation, CHOICE_REASON));
    return compose_made(invocation, "subscription.end", NULL, invocation->arguments[0], body);
}

enum liaison_outcome share_query(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_PURPOSE) == NULL ||
        command_value(invocation, CHOICE_BASIS) == NULL ||
        command_value(invocation, CHOICE_TEXT) == NULL) {
        return command_misused("query needs --purpose, --basis and --text");
    }
    json_t *body = json_object();
    compose_put(body, "purpose", command_value(invocation, CHOICE_PURPOSE));
    compose_put(body, "basis", command_value(invocation, CHOICE_BASIS));
    compose_put(body, "text", command_value(invocation, CHOICE_TEXT));
    compose_put(body, "entry", command_value(invocation, CHOICE_ENTRY));
    if (command_value(invocation, CHOICE_SUBJECT) != NULL) {
        json_t *about = json_object();
        compose_put(about, "name", command_value(invocation, CHOICE_SUBJECT));
        compose_put(about, "credit_code", command_value(invocation, CHOICE_USCC));
        json_object_set_new(body, "subject", about);
    }
    return compose_made(invocation, "info.query", invocation->arguments[0], NULL, body);
}

// ---------------------------------------------------------------------------------------- seeing

typedef enum liaison_outcome (*asker)(struct liaison_session *session, const char *query_json,
                                      char **out_json);

// What the daemon says to a query, or NULL; takes the query.
static json_t *ask(const struct invocation *invocation, asker asks, json_t *query,
                   enum liaison_outcome *out_outcome)
{
    struct liaison_session *session;
    char *query_text = json_dumps(query, JSON_COMPACT);
    json_decref(query);
    json_t *answer = NULL;
    *out_outcome = query_text == NULL ? LIAISON_FAILED : command_open(invocation, &session);
    if (*out_outcome == LIAISON_DONE) {
        char *text = NULL;
        *out_outcome = command_explain(session, asks(session, query_text, &text));
        answer = *out_outcome == LIAISON_DONE ? output_take(text) : NULL;
        liaison_close(&session);
    }
    free(query_text);
    return answer;
}

static const char *title_of_state(const char *state)
{
    static const struct {
        const char *name;
        const char *title;
    } rows[] = {
        {"asked", "待答复"}, {"active", "生效"}, {"refused", "不予订阅"}, {"ended", "已终止"}, {"expired", "已到期"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strcmp(rows[i].name, state) == 0) {
            return rows[i].title;
        }
    }
    return state;
}

static void add_subscription(struct table *table, const json_t *row)
{
    char *categories = output_join(output_member(row, "categories"));
    char until[OUTPUT_TIME_BYTES];
    char arrived[64];
    output_full_time(output_text(row, "until"), until);
    bool publishes = strcmp(output_text(row, "side"), "publisher") == 0;
    snprintf(arrived, sizeof arrived, "%s/%s%s", output_text(row, "arrived"), output_text(row, "queued"),
             json_is_true(output_member(row, "behind")) ? "（补发中）" : "");
    const char *const cells[] = {
        output_text(row, "short_number"),
        publishes ? "供" : "订",
        output_text(row, "peer"),
        title_of_state(output_text(row, "state")),
        categories,
        output_text(row, "region"),
        output_text(row, "credit_code"),
        until,
        arrived,
    };
    table_add(table, cells);
    free(categories);
}

static void print_subscriptions(const json_t *rows)
{
    static const char *const headings[] = {"短号", "方向", "对方", "状态", "信息类别", "区划", "主体", "至", "已到/已发"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        add_subscription(table, row);
    }
    table_print(&table);
}

enum liaison_outcome share_subscriptions(const struct invocation *invocation)
{
    json_t *query = json_object();
    enum liaison_outcome outcome;
    compose_put(query, "peer", command_value(invocation, CHOICE_AGENCY));
    if (command_value(invocation, CHOICE_CLOSED) != NULL) {
        json_object_set_new(query, "ended_too", json_true());
    }
    json_t *answer = ask(invocation, liaison_subscriptions, query, &outcome);
    const json_t *rows = output_member(answer, "subscriptions");
    if (answer != NULL && invocation->output == OUTPUT_JSON) {
        output_json_lines(rows);
    } else if (answer != NULL) {
        print_subscriptions(rows);
    }
    json_decref(answer);
    return outcome;
}

static void add_entry(struct table *table, const json_t *message)
{
    const json_t *header = output_member(message, "header");
    const json_t *body = output_member(message, "body");
    char at[OUTPUT_TIME_BYTES];
    output_short_time(output_text(message, "sealed_at"), at);
    const char *const cells[] = {
        output_text(header, "author"), output_text(body, "title"),  output_text(body, "category"),
        output_text(body, "fields"),   output_text(body, "rhythm"), output_text(body, "access"),
        at,                            output_text(header, "id"),
    };
    table_add(table, cells);
}

static void print_entries(const json_t *messages)
{
    static const char *const headings[] = {"机关", "名称", "信息类别", "数据项", "更新", "获取方式", "发布", "编号"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *message;
    json_array_foreach(messages, i, message)
    {
        add_entry(table, message);
    }
    table_print(&table);
}

enum liaison_outcome share_catalogue(const struct invocation *invocation)
{
    json_t *query = json_object();
    enum liaison_outcome outcome;
    compose_put(query, "text", command_value(invocation, CHOICE_TEXT));
    compose_put(query, "category", command_value(invocation, CHOICE_CATEGORY));
    compose_put(query, "author", command_value(invocation, CHOICE_AGENCY));
    json_t *answer = ask(invocation, liaison_catalogue, query, &outcome);
    const json_t *messages = output_member(answer, "messages");
    if (answer != NULL && invocation->output == OUTPUT_JSON) {
        output_json_lines(messages);
    } else if (answer != NULL) {
        print_entries(messages);
    }
    json_decref(answer);
    return outcome;
}
