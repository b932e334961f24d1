// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "output.h"

enum { MOST_RECIPIENTS = 130 };

// A draft and the texts that it borrows.
struct composition {
    struct liaison_draft draft;
    const char *to[MOST_RECIPIENTS];
    const char *copy[MOST_RECIPIENTS];
    char *to_text;
    char *copy_text;
    char *source_text;
    char *body;
    json_t *found; // what a publication replies to
};

static void free_composition(struct composition *composition)
{
    free(composition->to_text);
    free(composition->copy_text);
    free(composition->source_text);
    free(composition->body);
    json_decref(composition->found);
}

// Splits "a,b" of every repetition of an option.
static size_t split_ids(const struct values *values, char **out_text,
                        const char *ids[MOST_RECIPIENTS])
{
    size_t count = 0;
    size_t size = 1;
    for (size_t i = 0; i < values->count; i++) {
        size += strlen(values->items[i]) + 1;
    }
    char *text = calloc(1, size);
    *out_text = text;
    for (size_t i = 0; text != NULL && i < values->count; i++) {
        strcat(strcat(text, values->items[i]), ",");
    }
    char *rest = NULL;
    for (char *id = text == NULL ? NULL : strtok_r(text, ", ", &rest);
         id != NULL && count < MOST_RECIPIENTS; id = strtok_r(NULL, ", ", &rest)) {
        ids[count++] = id;
    }
    return count;
}

static enum liaison_outcome put_source(const struct invocation *invocation,
                                       struct composition *composition)
{
    const char *source = command_value(invocation, CHOICE_SOURCE);
    if (source == NULL) {
        return LIAISON_DONE;
    }
    composition->source_text = strdup(source);
    char *slash = composition->source_text == NULL ? NULL : strchr(composition->source_text, '/');
    if (slash == NULL || slash == composition->source_text || slash[1] == '\0') {
        return command_misused("--source takes SYSTEM/RECORD");
    }
    *slash = '\0';
    composition->draft.source_system = composition->source_text;
    composition->draft.source_record = slash + 1;
    return LIAISON_DONE;
}

static enum liaison_outcome put_occurred(const struct invocation *invocation,
                                         struct composition *composition)
{
    const char *occurred = command_value(invocation, CHOICE_OCCURRED);
    if (occurred != NULL &&
        liaison_instant(occurred, &composition->draft.occurred_at) != LIAISON_DONE) {
        return command_misused("--occurred takes a time as 2026-02-14T10:00:00+08:00");
    }
    return LIAISON_DONE;
}

static enum liaison_outcome put_options(const struct invocation *invocation,
                                        struct composition *composition)
{
    struct liaison_draft *draft = &composition->draft;
    draft->to = composition->to;
    draft->to_count =
        split_ids(&invocation->values[CHOICE_TO], &composition->to_text, composition->to);
    draft->copy = composition->copy;
    draft->copy_count =
        split_ids(&invocation->values[CHOICE_COPY], &composition->copy_text, composition->copy);
    draft->officers = invocation->values[CHOICE_OFFICER].items;
    draft->officer_count = invocation->values[CHOICE_OFFICER].count;
    draft->id = command_value(invocation, CHOICE_ID);
    draft->matter = command_value(invocation, CHOICE_MATTER);
    draft->compact = command_value(invocation, CHOICE_COMPACT);
    draft->own_number = command_value(invocation, CHOICE_OWN_NUMBER);
    draft->urgent_reason = command_value(invocation, CHOICE_URGENT);
    draft->handling = command_value(invocation, CHOICE_HANDLING);
    draft->drill =
        command_value(invocation, CHOICE_DRILL) == NULL ? LIAISON_IN_EARNEST : LIAISON_DRILL;
    enum liaison_outcome outcome = put_source(invocation, composition);
    return outcome == LIAISON_DONE ? put_occurred(invocation, composition) : outcome;
}

static enum liaison_outcome read_body(const char *path, struct composition *composition)
{
    size_t size;
    composition->body = files_read(path, &size);
    if (composition->body == NULL) {
        return LIAISON_USAGE;
    }
    if (strlen(composition->body) != size) {
        return command_misused("%s: holds NUL bytes", path);
    }
    composition->draft.body_json = composition->body;
    return LIAISON_DONE;
}

// ----------------------------------------------------------------------------------------- answers

static void print_duties(const json_t *answer)
{
    size_t i;
    json_t *duty;
    json_array_foreach(output_member(answer, "duties"), i, duty)
    {
        char due[OUTPUT_SPAN_BYTES];
        char *parties = output_parties(duty);
        output_due(duty, due);
        printf("  时限 %s %s  %s  %s%s%s\n", output_text(duty, "duty"), output_text(duty, "title"),
               parties == NULL ? "" : parties, output_duty_title(duty), *due == '\0' ? "" : "  期限 ",
               due);
        free(parties);
    }
}

// A message goes under its compact's procedure; only what is out of the ordinary is said.
static void print_marks(const json_t *answer)
{
    size_t i;
    json_t *mark;
    json_array_foreach(output_member(answer, "marks"), i, mark)
    {
        printf("  规程 %s（%s）\n", output_text(answer, "procedure"), output_mark_title(json_string_value(mark)));
    }
}

static void print_reach(const json_t *answer)
{
    size_t i;
    json_t *reach;
    json_array_foreach(output_member(answer, "reach"), i, reach)
    {
        char next[OUTPUT_TIME_BYTES];
        output_short_time(output_text(reach, "next_working_day"), next);
        const char *telephone = output_text(reach, "duty_telephone");
        printf("  对方 %s %s", output_text(reach, "agency"),
               json_is_true(output_member(reach, "linked")) ? "在线" : "未连接");
        printf("%s%.5s%s%s\n", *next == '\0' ? "" : "，下一工作日 ", next,
               *telephone == '\0' ? "" : "，值班电话 ", telephone);
    }
}

enum intent { INTENT_SUBMIT, INTENT_CHECK };

static void print_answer(const json_t *answer, enum intent intent)
{
    bool is_held = strcmp(output_text(answer, "outcome"), "held") == 0;
    const char *number = output_text(answer, "short_number");
    if (intent == INTENT_CHECK) {
        puts(is_held ? "此前已提交，再次提交无变化" : "核对通过，尚未提交；提交后：");
        print_marks(answer);
        print_duties(answer);
        print_reach(answer);
        return;
    }
    printf("%s", is_held ? "此前已提交" : "已提交");
    printf("%s%s\n", *number == '\0' ? "" : "  短号 ", number);
    printf("  编号 %s\n  事项 %s\n", output_text(answer, "id"), output_text(answer, "matter"));
    print_marks(answer);
    print_duties(answer);
    print_reach(answer);
}

static enum liaison_outcome tell(const struct invocation *invocation,
                                 struct liaison_session *session,
                                 const struct liaison_result *result, enum liaison_outcome outcome)
{
    command_explain(session, outcome);
    char *text = NULL;
    if (liaison_result_json(session, 0, &text) == LIAISON_DONE) {
        json_t *answer = output_take(text);
        if (invocation->output == OUTPUT_JSON) {
            output_json(answer);
        } else if (outcome == LIAISON_DONE) {
            bool is_check = command_value(invocation, CHOICE_CHECK) != NULL;
            print_answer(answer, is_check ? INTENT_CHECK : INTENT_SUBMIT);
        }
        json_decref(answer);
    }
    if (outcome == LIAISON_UNREACHABLE && *result->id != '\0') {
        fprintf(stderr, "liaison: not known whether it was taken; repeat with --id %s\n",
                result->id);
    }
    return outcome;
}

enum target { TARGET_NEW, TARGET_ANSWER };

static enum liaison_outcome submit(const struct invocation *invocation,
                                   const struct liaison_draft *draft, enum target target,
                                   const char *message)
{
    struct liaison_session *session;
    struct liaison_result result = {0};
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome = parcels_attach(invocation, session);
    if (outcome != LIAISON_DONE) {
        liaison_close(&session);
        return outcome;
    }
    bool is_check = command_value(invocation, CHOICE_CHECK) != NULL;
    if (target == TARGET_NEW) {
        outcome = is_check ? liaison_submit_check(session, draft, 1, &result)
                           : liaison_submit(session, draft, 1, &result);
    } else {
        outcome = is_check ? liaison_reply_check(session, message, draft, &result)
                           : liaison_reply(session, message, draft, &result);
    }
    outcome = tell(invocation, session, &result, outcome);
    liaison_close(&session);
    return outcome;
}

// ---------------------------------------------------------------------------------------- commands

static enum liaison_outcome compose(const struct invocation *invocation, const char *kind,
                                    const char *body_path, const char *message)
{
    struct composition composition = {.draft = {.kind = kind}};
    enum liaison_outcome outcome = put_options(invocation, &composition);
    if (outcome == LIAISON_DONE) {
        outcome = read_body(body_path, &composition);
    }
    if (outcome == LIAISON_DONE) {
        outcome = submit(invocation, &composition.draft,
                         message == NULL ? TARGET_NEW : TARGET_ANSWER, message);
    }
    free_composition(&composition);
    return outcome;
}

enum liaison_outcome compose_send(const struct invocation *invocation)
{
    const char *message = command_value(invocation, CHOICE_REPLY_TO);
    if (message == NULL && command_value(invocation, CHOICE_TO) == NULL) {
        return command_misused(
            "send needs --to; a fact addressed to nobody is recorded with `liaison fact`");
    }
    return compose(invocation, invocation->arguments[0], invocation->arguments[1], message);
}

enum liaison_outcome compose_fact(const struct invocation *invocation)
{
    return compose(invocation, invocation->arguments[0], invocation->arguments[1], NULL);
}

// What it replies to is looked up here, because liaison_reply would address it to somebody.
static enum liaison_outcome put_target(const struct invocation *invocation,
                                       struct composition *composition)
{
    const char *message = command_value(invocation, CHOICE_REPLY_TO);
    struct liaison_session *session;
    char *text = NULL;
    enum liaison_outcome outcome =
        message == NULL ? LIAISON_DONE : command_open(invocation, &session);
    if (message == NULL || outcome != LIAISON_DONE) {
        return outcome;
    }
    outcome = command_explain(session, liaison_find(session, message, &text));
    liaison_close(&session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    composition->found = output_take(text);
    const json_t *found = json_array_get(output_member(composition->found, "messages"), 0);
    const json_t *header = output_member(found, "header");
    struct liaison_draft *draft = &composition->draft;
    draft->in_reply_to = output_text(header, "id");
    draft->in_reply_to_author = output_text(header, "author");
    draft->matter = draft->matter == NULL ? output_text(header, "matter") : draft->matter;
    return LIAISON_DONE;
}

enum liaison_outcome compose_publication(const struct invocation *invocation)
{
    struct composition composition = {.draft = {.kind = invocation->arguments[0]}};
    enum liaison_outcome outcome = put_options(invocation, &composition);
    if (outcome == LIAISON_DONE) {
        outcome = read_body(invocation->arguments[1], &composition);
    }
    if (outcome == LIAISON_DONE) {
        outcome = put_target(invocation, &composition);
    }
    if (outcome == LIAISON_DONE) {
        outcome = submit(invocation, &composition.draft, TARGET_NEW, NULL);
    }
    free_composition(&composition);
    return outcome;
}

enum liaison_outcome compose_reply(const struct invocation *invocation)
{
    return compose(invocation, invocation->arguments[1], invocation->arguments[2],
                   invocation->arguments[0]);
}

enum liaison_outcome compose_made(const struct invocation *invocation, const char *kind,
                                  const char *to, const char *message, json_t *body)
{
    struct composition composition = {.draft = {.kind = kind}};
    composition.body = json_dumps(body, JSON_COMPACT);
    json_decref(body);
    composition.draft.body_json = composition.body;
    enum liaison_outcome outcome =
        composition.body == NULL ? LIAISON_FAILED : put_options(invocation, &composition);
    if (outcome == LIAISON_DONE && to != NULL) {
        composition.draft.to = &to;
        composition.draft.to_count = 1;
    }
    if (outcome == LIAISON_DONE) {
        outcome = submit(invocation, &composition.draft,
                         message == NULL ? TARGET_NEW : TARGET_ANSWER, message);
    }
    free_composition(&composition);
    return outcome;
}

// An act on the message that the command names.
static enum liaison_outcome act(const struct invocation *invocation, const char *kind, json_t *body)
{
    return compose_made(invocation, kind, NULL, invocation->arguments[0], body);
}

void compose_put(json_t *body, const char *key, const char *text)
{
    if (text != NULL) {
        json_object_set_new(body, key, json_string(text));
    }
}

enum liaison_outcome compose_acknowledge(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_OFFICER) == NULL) {
        return command_misused("ack needs --officer: a person signs for a message");
    }
    json_t *body = json_object();
    compose_put(body, "note", command_value(invocation, CHOICE_NOTE));
    compose_put(body, "for_certificate", command_value(invocation, CHOICE_FOR));
    compose_put(body, "agent_name", command_value(invocation, CHOICE_AGENT));
    return act(invocation, "acknowledgement", body);
}

enum liaison_outcome compose_confirm(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_VERDICT) == NULL ||
        command_value(invocation, CHOICE_OFFICER) == NULL) {
        return command_misused("confirm needs --verdict confirmed|contested and --officer");
    }
    json_t *body = json_object();
    compose_put(body, "verdict", command_value(invocation, CHOICE_VERDICT));
    compose_put(body, "reason", command_value(invocation, CHOICE_REASON));
    return act(invocation, "confirm", body);
}

enum liaison_outcome compose_recall(const struct invocation *invocation)
{
    if (command_value(invocation, CHOICE_REASON) == NULL) {
        return command_misused("recall needs --reason");
    }
    json_t *body = json_object();
    compose_put(body, "reason", command_value(invocation, CHOICE_REASON));
    return act(invocation, "recall", body);
}
