// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "output.h"
#include "table.h"

// What a command asks of an open session, and how its answer is shown: `list` names the member
// whose elements are lines of JSON, NULL if the answer is one object.
struct question {
    enum liaison_outcome (*ask)(const struct invocation *invocation,
                                struct liaison_session *session, char **out_json);
    void (*print)(const json_t *answer);
    const char *list;
};

static enum liaison_outcome run(const struct invocation *invocation,
                                const struct question *question)
{
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = command_explain(session, question->ask(invocation, session, &text));
    if (outcome == LIAISON_DONE) {
        json_t *answer = output_take(text);
        if (invocation->output == OUTPUT_TABLE) {
            question->print(answer);
        } else if (question->list == NULL) {
            output_json(answer);
        } else {
            output_json_lines(output_member(answer, question->list));
        }
        json_decref(answer);
    }
    liaison_close(&session);
    return outcome;
}

static void print_done(const json_t *done)
{
    const char *text = output_text(done, "text");
    puts(*text == '\0' ? "完成" : text);
}

// ------------------------------------------------------------------------------------------- peers

static enum liaison_outcome ask_peers(const struct invocation *invocation,
                                      struct liaison_session *session, char **out_json)
{
    (void)invocation;
    return liaison_peer_list(session, out_json);
}

static void add_peer(struct table *table, const json_t *peer)
{
    char *endpoints = output_join(output_member(peer, "endpoints"));
    char heard[OUTPUT_TIME_BYTES];
    output_short_time(output_text(peer, "heard_at"), heard);
    bool is_suspended = json_is_true(output_member(peer, "suspended"));
    const char *link = json_is_true(output_member(peer, "linked")) ? "在线" : "未连接";
    const char *const cells[] = {
        output_text(peer, "agency"),
        output_text(peer, "name"),
        is_suspended ? "已停用" : link,
        output_text(peer, "backlog"),
        heard,
        endpoints,
        output_text(peer, "duty_telephone"),
        output_text(peer, "alarm"),
    };
    table_add(table, cells);
    free(endpoints);
}

static void print_peers(const json_t *answer)
{
    static const char *const headings[] = {"机关",     "名称", "连接",     "待发",
                                           "最近听到", "地址", "值班电话", "提示"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *peer;
    json_array_foreach(output_member(answer, "peers"), i, peer)
    {
        add_peer(table, peer);
    }
    table_print(&table);
}

enum liaison_outcome members_peer_list(const struct invocation *invocation)
{
    static const struct question question = {ask_peers, print_peers, "peers"};
    return run(invocation, &question);
}

static enum liaison_outcome ask_peer_add(const struct invocation *invocation,
                                         struct liaison_session *session, char **out_json)
{
    size_t size;
    char *card = files_read(invocation->arguments[0], &size);
    if (card == NULL) {
        return LIAISON_USAGE;
    }
    enum liaison_outcome outcome = liaison_peer_add(session, card, size, out_json);
    free(card);
    return outcome;
}

enum liaison_outcome members_peer_add(const struct invocation *invocation)
{
    static const struct question question = {ask_peer_add, print_done, NULL};
    return run(invocation, &question);
}

static enum liaison_outcome ask_peer_suspend(const struct invocation *invocation,
                                             struct liaison_session *session, char **out_json)
{
    return liaison_peer_suspend(session, invocation->arguments[0], out_json);
}

enum liaison_outcome members_peer_suspend(const struct invocation *invocation)
{
    static const struct question question = {ask_peer_suspend, print_done, NULL};
    return run(invocation, &question);
}

static enum liaison_outcome ask_peer_resume(const struct invocation *invocation,
                                            struct liaison_session *session, char **out_json)
{
    return liaison_peer_resume(session, invocation->arguments[0], out_json);
}

enum liaison_outcome members_peer_resume(const struct invocation *invocation)
{
    static const struct question question = {ask_peer_resume, print_done, NULL};
    return run(invocation, &question);
}

// ---------------------------------------------------------------------------------------- officers

static void put_choice(const struct invocation *invocation, enum choice choice, const char *key,
                       json_t *officer)
{
    const char *value = command_value(invocation, choice);
    if (value != NULL) {
        json_object_set_new(officer, key, json_string(value));
    }
}

static enum liaison_outcome ask_officer_add(const struct invocation *invocation,
                                            struct liaison_session *session, char **out_json)
{
    json_t *officer = json_object();
    json_t *roles = json_array();
    put_choice(invocation, CHOICE_CERTIFICATE, "certificate", officer);
    put_choice(invocation, CHOICE_NAME, "name", officer);
    put_choice(invocation, CHOICE_SECTION, "section", officer);
    put_choice(invocation, CHOICE_TELEPHONE, "telephone", officer);
    for (size_t i = 0; i < invocation->values[CHOICE_ROLE].count; i++) {
        json_array_append_new(roles, json_string(invocation->values[CHOICE_ROLE].items[i]));
    }
    json_object_set_new(officer, "roles", roles);
    char *text = json_dumps(officer, JSON_COMPACT);
    json_decref(officer);
    enum liaison_outcome outcome =
        text == NULL ? LIAISON_FAILED : liaison_officer_add(session, text, out_json);
    free(text);
    return outcome;
}

enum liaison_outcome members_officer_add(const struct invocation *invocation)
{
    static const struct question question = {ask_officer_add, print_done, NULL};
    if (command_value(invocation, CHOICE_CERTIFICATE) == NULL ||
        command_value(invocation, CHOICE_NAME) == NULL) {
        return command_misused("officer add needs --certificate and --name");
    }
    return run(invocation, &question);
}

static enum liaison_outcome ask_officer_remove(const struct invocation *invocation,
                                               struct liaison_session *session, char **out_json)
{
    return liaison_officer_remove(session, invocation->arguments[0], out_json);
}

enum liaison_outcome members_officer_remove(const struct invocation *invocation)
{
    static const struct question question = {ask_officer_remove, print_done, NULL};
    return run(invocation, &question);
}

static enum liaison_outcome ask_officers(const struct invocation *invocation,
                                         struct liaison_session *session, char **out_json)
{
    (void)invocation;
    return liaison_officer_list(session, out_json);
}

static void print_officers(const json_t *answer)
{
    static const char *const headings[] = {"执法证号", "姓名", "科室", "电话", "职责"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *officer;
    json_array_foreach(output_member(answer, "officers"), i, officer)
    {
        char *roles = output_join(output_member(officer, "roles"));
        const char *const cells[] = {output_text(officer, "certificate"),
                                     output_text(officer, "name"), output_text(officer, "section"),
                                     output_text(officer, "telephone"), roles};
        table_add(table, cells);
        free(roles);
    }
    table_print(&table);
}

enum liaison_outcome members_officer_list(const struct invocation *invocation)
{
    static const struct question question = {ask_officers, print_officers, "officers"};
    return run(invocation, &question);
}

// ---------------------------------------------------------------------------------------- compacts

static enum liaison_outcome ask_compact(const struct invocation *invocation,
                                        struct liaison_session *session, char **out_json)
{
    return liaison_compact(
        session, invocation->argument_count == 0 ? NULL : invocation->arguments[0], out_json);
}

static void print_compacts(const json_t *answer)
{
    static const char *const headings[] = {"标识", "名称", "规程", "成员"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *compact;
    json_array_foreach(output_member(answer, "compacts"), i, compact)
    {
        char count[24];
        snprintf(count, sizeof count, "%zu", json_array_size(output_member(compact, "members")));
        const char *const cells[] = {output_text(compact, "id"), output_text(compact, "title"),
                                     output_text(compact, "procedure"), count};
        table_add(table, cells);
    }
    table_print(&table);
}

static void print_compact(const json_t *answer)
{
    static const char *const headings[] = {"机关", "名称", "角色", "名片"};
    const json_t *compact = json_array_get(output_member(answer, "compacts"), 0);
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *member;
    printf("%s  %s\n规程 %s\n规程摘要 %s\n日历摘要 %s\n", output_text(compact, "id"),
           output_text(compact, "title"), output_text(compact, "procedure"),
           output_text(compact, "procedure_digest"), output_text(compact, "calendar_digest"));
    json_array_foreach(output_member(compact, "members"), i, member)
    {
        const char *const cells[] = {output_text(member, "agency"), output_text(member, "name"),
                                     output_text(member, "role"),
                                     json_is_true(output_member(member, "known")) ? "有" : "无"};
        table_add(table, cells);
    }
    table_print(&table);
}

enum liaison_outcome members_compact_list(const struct invocation *invocation)
{
    static const struct question question = {ask_compact, print_compacts, "compacts"};
    return run(invocation, &question);
}

enum liaison_outcome members_compact_show(const struct invocation *invocation)
{
    static const struct question question = {ask_compact, print_compact, "compacts"};
    return run(invocation, &question);
}

// -------------------------------------------------------------------------------------- procedures

static enum liaison_outcome ask_procedures(const struct invocation *invocation,
                                           struct liaison_session *session, char **out_json)
{
    (void)invocation;
    return liaison_procedure(session, NULL, out_json);
}

static void print_procedures(const json_t *answer)
{
    static const char *const headings[] = {"标识", "名称", "摘要"};
    struct table *table = table_new(headings, sizeof headings / sizeof *headings);
    size_t i;
    json_t *procedure;
    json_array_foreach(output_member(answer, "procedures"), i, procedure)
    {
        const char *const cells[] = {output_text(procedure, "id"), output_text(procedure, "title"),
                                     output_text(procedure, "digest")};
        table_add(table, cells);
    }
    table_print(&table);
}

enum liaison_outcome members_procedure_list(const struct invocation *invocation)
{
    static const struct question question = {ask_procedures, print_procedures, "procedures"};
    return run(invocation, &question);
}
