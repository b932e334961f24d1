// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "sheet.h"
#include "table.h"

enum {
    USUAL_ROWS = 100,
    ROWS_A_PAGE = 500, // the daemon gives no more at once
    MOST_ROWS = 1000000,
};

// Reads an answer of the library and ends the session when there is none.
static json_t *receive(struct liaison_session *session, enum liaison_outcome outcome, char *text)
{
    return command_explain(session, outcome) == LIAISON_DONE ? output_take(text) : NULL;
}

static void put_choice(const struct invocation *invocation, enum choice choice, const char *key,
                       json_t *query)
{
    const char *value = command_value(invocation, choice);
    if (value != NULL) {
        json_object_set_new(query, key, json_string(value));
    }
}

static enum liaison_outcome read_limit(const struct invocation *invocation, long otherwise,
                                       long *out_limit)
{
    const char *limit = command_value(invocation, CHOICE_LIMIT);
    char *end = NULL;
    *out_limit = limit == NULL ? otherwise : strtol(limit, &end, 10);
    if (limit != NULL && (*end != '\0' || *out_limit < 1 || *out_limit > MOST_ROWS)) {
        return command_misused("--limit takes 1 to %d", MOST_ROWS);
    }
    return LIAISON_DONE;
}

// -------------------------------------------------------------------------------------------- list

static void add_message(struct table *table, const json_t *kinds, const json_t *message)
{
    const json_t *header = output_member(message, "header");
    bool is_in = strcmp(output_text(message, "direction"), "in") == 0;
    char *to = output_join(output_member(header, "to"));
    char at[OUTPUT_TIME_BYTES];
    output_short_time(output_text(message, is_in ? "received_at" : "sealed_at"), at);
    const char *const cells[] = {
        output_text(header, "short_number"),
        output_direction_title(output_text(message, "direction")),
        output_kind_title(kinds, output_text(header, "kind")),
        is_in ? output_text(header, "author") : to,
        output_message_title(kinds, message),
        at,
        output_text(header, "id"),
    };
    table_add(table, cells);
    free(to);
}

static void print_messages(const json_t *messages)
{
    static const char *const headings[] = {"短号", "收发", "种类", "对方", "状态", "时间", "编号"};
    json_t *kinds = output_kinds();
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *message;
    json_array_foreach(messages, i, message)
    {
        add_message(table, kinds, message);
    }
    table_print(&table);
    json_decref(kinds);
}

static void make_query(const struct invocation *invocation, json_t *query)
{
    bool is_in = command_value(invocation, CHOICE_IN) != NULL;
    bool is_out = command_value(invocation, CHOICE_OUT) != NULL;
    if (is_in != is_out) {
        json_object_set_new(query, "direction", json_string(is_in ? "in" : "out"));
    }
    put_choice(invocation, CHOICE_STATE, "state", query);
    put_choice(invocation, CHOICE_MATTER, "matter", query);
    put_choice(invocation, CHOICE_TEXT, "text", query);
    put_choice(invocation, CHOICE_AFTER, "after_position", query);
    put_choice(invocation, CHOICE_KIND, "kind", query);
    put_choice(invocation, CHOICE_AGENCY, "author", query);
    put_choice(invocation, CHOICE_CATEGORY, "category", query);
    put_choice(invocation, CHOICE_SINCE, "since", query);
    put_choice(invocation, CHOICE_UNTIL, "until", query);
}

// What holds some text is searched for; everything is listed.
static enum liaison_outcome ask_page(struct liaison_session *session, const json_t *query,
                                     json_t **out_answer)
{
    char *query_text = json_dumps(query, JSON_COMPACT);
    char *text = NULL;
    enum liaison_outcome outcome =
        query_text == NULL                       ? LIAISON_FAILED
        : json_object_get(query, "text") == NULL ? liaison_list(session, query_text, &text)
                                                 : liaison_search(session, query_text, &text);
    free(query_text);
    *out_answer = receive(session, outcome, text);
    return outcome;
}

// Where to go on after a page, "0" or NULL: nowhere. A list does not say so: it ends with an empty
// page, as one may hold less than was asked for, being bounded in bytes too.
static json_t *next_place(const json_t *answer, const json_t *page)
{
    const json_t *last = json_array_get(page, json_array_size(page) - 1);
    json_t *next = json_object_get(answer, "next");
    return next != NULL ? next : json_object_get(last, "position");
}

// Pages until there are enough.
static enum liaison_outcome gather(struct liaison_session *session, json_t *query, long limit,
                                   json_t *out_messages)
{
    enum liaison_outcome outcome = LIAISON_DONE;
    bool more = true;
    while (outcome == LIAISON_DONE && more && json_array_size(out_messages) < (size_t)limit) {
        long left = limit - (long)json_array_size(out_messages);
        json_t *answer = NULL;
        json_object_set_new(query, "limit", json_integer(left < ROWS_A_PAGE ? left : ROWS_A_PAGE));
        outcome = ask_page(session, query, &answer);
        json_t *page = json_object_get(answer, "messages");
        json_t *place = next_place(answer, page);
        more = place != NULL && strcmp(json_string_value(place), "0") != 0;
        json_object_set(query, "after_position", place);
        json_array_extend(out_messages, page);
        json_decref(answer);
    }
    return outcome;
}

// Takes the query.
static enum liaison_outcome print_all(const struct invocation *invocation, json_t *query)
{
    struct liaison_session *session;
    long limit;
    enum liaison_outcome outcome = read_limit(invocation, USUAL_ROWS, &limit);
    if (outcome == LIAISON_DONE) {
        outcome = command_open(invocation, &session);
    }
    if (outcome != LIAISON_DONE) {
        json_decref(query);
        return outcome;
    }
    json_t *messages = json_array();
    make_query(invocation, query);
    outcome = gather(session, query, limit, messages);
    if (outcome == LIAISON_DONE && invocation->output == OUTPUT_JSON) {
        output_json_lines(messages);
    } else if (outcome == LIAISON_DONE) {
        print_messages(messages);
    }
    json_decref(query);
    json_decref(messages);
    liaison_close(&session);
    return outcome;
}

enum liaison_outcome browse_list(const struct invocation *invocation)
{
    return print_all(invocation, json_object());
}

// Several arguments are as many words.
enum liaison_outcome browse_search(const struct invocation *invocation)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; out != NULL && i < invocation->argument_count; i++) {
        fprintf(out, "%s%s", i == 0 ? "" : " ", invocation->arguments[i]);
    }
    if (out == NULL || fclose(out) != 0) {
        free(text);
        return LIAISON_FAILED;
    }
    json_t *query = json_pack("{s:s}", "text", text);
    free(text);
    return query == NULL ? command_misused("the text is not UTF-8") : print_all(invocation, query);
}

// -------------------------------------------------------------------------------------------- show

// The daemon's clock counts, not this machine's: under a test clock they differ by years.
static json_t *ask_now(struct liaison_session *session)
{
    char *text = NULL;
    return liaison_greet(session, &text) == LIAISON_DONE ? output_take(text) : NULL;
}

static enum liaison_outcome show_found(const struct invocation *invocation,
                                       struct liaison_session *session, const json_t *messages)
{
    size_t count = json_array_size(messages);
    if (invocation->output == OUTPUT_JSON) {
        output_json_lines(messages);
    } else if (count == 1) {
        json_t *greeting = ask_now(session);
        sheet_message(json_array_get(messages, 0), output_text(greeting, "now"));
        json_decref(greeting);
    } else {
        print_messages(messages);
    }
    if (count > 1) {
        fputs("liaison: several messages have this number; name one by AUTHOR/NUMBER or its id\n",
              stderr);
        return LIAISON_REFUSED;
    }
    return LIAISON_DONE;
}

enum liaison_outcome browse_show(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_find(session, invocation->arguments[0], &text);
    json_t *answer = receive(session, outcome, text);
    if (answer != NULL) {
        outcome = show_found(invocation, session, output_member(answer, "messages"));
    }
    json_decref(answer);
    liaison_close(&session);
    return outcome;
}

// ------------------------------------------------------------------------------------------ matter

enum liaison_outcome browse_matter(const struct invocation *invocation)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_matter(session, invocation->arguments[0], &text);
    json_t *answer = receive(session, outcome, text);
    if (answer != NULL && invocation->output == OUTPUT_JSON) {
        output_json(answer);
    } else if (answer != NULL) {
        json_t *greeting = ask_now(session);
        sheet_matter(answer, output_text(greeting, "now"));
        json_decref(greeting);
    }
    json_decref(answer);
    liaison_close(&session);
    return outcome;
}

// --------------------------------------------------------------------------------------------- due

static enum liaison_outcome make_due_query(const struct invocation *invocation, json_t *query)
{
    put_choice(invocation, CHOICE_OWED_BY, "owed_by", query);
    put_choice(invocation, CHOICE_LIGHT, "light", query);
    put_choice(invocation, CHOICE_MATTER, "matter", query);
    if (command_value(invocation, CHOICE_CLOSED) != NULL) {
        json_object_set_new(query, "closed_too", json_true());
    }
    long limit;
    enum liaison_outcome outcome = read_limit(invocation, 0, &limit);
    if (outcome == LIAISON_DONE && limit != 0) {
        json_object_set_new(query, "limit", json_integer(limit));
    }
    return outcome;
}

static void show_duties(const struct invocation *invocation, struct liaison_session *session,
                        const json_t *duties)
{
    if (invocation->output == OUTPUT_JSON) {
        output_json_lines(duties);
        return;
    }
    json_t *greeting = ask_now(session);
    sheet_duties(duties, output_text(greeting, "now"));
    json_decref(greeting);
}

enum liaison_outcome browse_due(const struct invocation *invocation)
{
    struct liaison_session *session;
    json_t *query = json_object();
    enum liaison_outcome outcome = make_due_query(invocation, query);
    char *query_text = json_dumps(query, JSON_COMPACT);
    json_decref(query);
    if (outcome == LIAISON_DONE) {
        outcome = command_open(invocation, &session);
    }
    if (outcome != LIAISON_DONE) {
        free(query_text);
        return outcome;
    }
    char *text = NULL;
    outcome = liaison_due(session, query_text, &text);
    json_t *answer = receive(session, outcome, text);
    if (answer != NULL) {
        show_duties(invocation, session, output_member(answer, "duties"));
    }
    json_decref(answer);
    free(query_text);
    liaison_close(&session);
    return outcome;
}
