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

static const char *title_of_state(const json_t *row)
{
    const char *state = output_text(row, "state");
    if (strcmp(state, "asked") == 0 && strcmp(output_text(row, "side"), "publisher") == 0) {
        return "待审定"; // by this agency
    }
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
        title_of_state(row),
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
    if (command_value(invocation, CHOICE_WAITING) != NULL) {
        json_object_set_new(query, "waiting_only", json_true());
    }
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

// ---------------------------------------------------------------------------------------- deciding

// Another agency's request, by its number or id, as the daemon shows it; NULL: there is none, which was said.
static json_t *find_request(const struct invocation *invocation, enum liaison_outcome *out_outcome)
{
    const char *name = invocation->arguments[0];
    json_t *answer = ask(invocation, liaison_subscriptions, json_pack("{s:b}", "ended_too", 1), out_outcome);
    json_t *found = NULL;
    size_t count = 0;
    size_t i;
    json_t *row;
    json_array_foreach(output_member(answer, "subscriptions"), i, row)
    {
        const bool named = strcmp(output_text(row, "request"), name) == 0 || strcmp(output_text(row, "short_number"), name) == 0;
        if (named && strcmp(output_text(row, "side"), "publisher") == 0) {
            found = row;
            count++;
        }
    }
    json_incref(found);
    json_decref(answer);
    if (answer != NULL && count != 1) {
        json_decref(found);
        found = NULL;
        *out_outcome = command_misused(count == 0 ? "%s: no request to subscribe here" : "%s: more than one request; say its id", name);
    }
    return found;
}

// Is it among "a,b" of the option's repetitions? Without the option everything is.
static bool is_chosen(const json_t *chosen, const char *category)
{
    size_t i;
    json_t *one;
    json_array_foreach(chosen, i, one)
    {
        if (strcmp(output_text(one, "category"), category) == 0) {
            return true;
        }
    }
    return json_array_size(chosen) == 0;
}

static const json_t *find_left_out(const json_t *request, const char *category)
{
    size_t i;
    json_t *left;
    json_array_foreach(output_member(request, "left_out"), i, left)
    {
        if (strcmp(output_text(left, "category"), category) == 0) {
            return left;
        }
    }
    return NULL;
}

// What the rules keep is left out by the rules' own words, the rest by the officer's. False: his are needed and missing.
static bool leave_out(const struct invocation *invocation, const json_t *request, const char *category, json_t *left_out)
{
    const json_t *by_rule = find_left_out(request, category);
    const char *reason = command_value(invocation, CHOICE_REASON);
    const char *basis = command_value(invocation, CHOICE_BASIS);
    if (by_rule != NULL) {
        json_array_append_new(left_out, json_deep_copy(by_rule));
        return true;
    }
    if (reason == NULL || basis == NULL) {
        return false;
    }
    json_array_append_new(left_out, json_pack("{s:s, s:s, s:s}", "category", category, "reason", reason, "statute", basis));
    return true;
}

enum share { SHARE_CHOSEN, SHARE_NOTHING };

// Each category that was asked for is given or left out.
static enum liaison_outcome divide(const struct invocation *invocation, const json_t *request, enum share share, json_t *body)
{
    json_t *chosen = list_wanted(invocation);
    json_t *granted = json_array();
    json_t *left_out = json_array();
    bool is_said = true;
    size_t i;
    json_t *one;
    json_array_foreach(output_member(request, "asked_for"), i, one)
    {
        const char *category = json_string_value(one);
        if (share == SHARE_CHOSEN && is_chosen(chosen, category) && (json_array_size(chosen) > 0 || find_left_out(request, category) == NULL)) {
            json_array_append_new(granted, json_pack("{s:s}", "category", category));
        } else {
            is_said = leave_out(invocation, request, category, left_out) && is_said;
        }
    }
    if (share == SHARE_CHOSEN) {
        json_object_set_new(body, "granted", granted);
    } else {
        json_decref(granted);
    }
    json_object_set_new(body, "left_out", left_out);
    json_decref(chosen);
    return is_said ? LIAISON_DONE : command_misused("what is not given needs --reason and --basis");
}

static enum liaison_outcome decide(const struct invocation *invocation, const char *kind, enum share share)
{
    enum liaison_outcome outcome;
    if (command_value(invocation, CHOICE_OFFICER) == NULL) {
        return command_misused("%s needs --officer: a person decides", invocation->command->words);
    }
    json_t *request = find_request(invocation, &outcome);
    if (request == NULL) {
        return outcome;
    }
    json_t *body = json_object();
    if (share == SHARE_CHOSEN) {
        const char *until = command_value(invocation, CHOICE_UNTIL);
        compose_put(body, "until", until != NULL ? until : json_string_value(output_member(request, "until")));
    }
    outcome = divide(invocation, request, share, body);
    if (outcome == LIAISON_DONE) {
        outcome = compose_made(invocation, kind, NULL, output_text(request, "request"), body);
    } else {
        json_decref(body);
    }
    json_decref(request);
    return outcome;
}

enum liaison_outcome share_grant(const struct invocation *invocation)
{
    return decide(invocation, "subscription.grant", SHARE_CHOSEN);
}

enum liaison_outcome share_refuse(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_REASON) == NULL || command_value(invocation, CHOICE_BASIS) == NULL) {
        return command_misused("subscription refuse needs --reason and --basis");
    }
    return decide(invocation, "subscription.refusal", SHARE_NOTHING);
}

// ------------------------------------------------------------------------------------- the catalogue

static void add_entry(struct table *table, const json_t *message)
{
    const json_t *header = output_member(message, "header");
    const json_t *body = output_member(message, "body");
    char at[OUTPUT_TIME_BYTES];
    output_short_time(output_text(message, "sealed_at"), at);
    const char *const cells[] = {
        output_text(header, "author"), output_text(body, "title"),  output_text(body, "category"),
        output_text(body, "fields"),   output_text(body, "rhythm"), output_text(body, "access"),
        output_text(body, "handling"), at,                          output_text(header, "id"),
    };
    table_add(table, cells);
}

static void print_entries(const json_t *messages)
{
    static const char *const headings[] = {"机关", "名称", "信息类别", "数据项", "更新", "获取方式", "标识", "发布", "编号"};
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
