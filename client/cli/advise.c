// SPDX-License-Identifier: Apache-2.0
//
// `next`: what an officer can do in a matter now, and the drafts that wait for his signature.
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "sheet.h"
#include "table.h"

enum { INDENT = 14 };

static void put(const char *label, const char *text)
{
    char *paragraph = *text == '\0' ? NULL : table_paragraph(label, INDENT, text);
    fputs(paragraph == NULL ? "" : paragraph, stdout);
    free(paragraph);
}

static void write_fields(FILE *out, const json_t *needs)
{
    size_t i;
    json_t *field;
    json_array_foreach(output_member(needs, "fields"), i, field)
    {
        const char *when = output_text(field, "when_zh");
        const char *source = output_text(field, "source");
        fprintf(out, "%s%s", i == 0 ? "" : "、", output_text(field, "title_zh"));
        fprintf(out, "%s%s%s", *when == '\0' ? "" : "（限", when, *when == '\0' ? "" : "）");
        fprintf(out, "%s%s%s", *source == '\0' ? "" : " [", source, *source == '\0' ? "" : "]");
    }
}

static void write_formalities(FILE *out, const json_t *needs)
{
    long long officers = json_integer_value(output_member(needs, "officers"));
    const char *gap = "";
    size_t i;
    json_t *step;
    if (officers > 0) {
        fprintf(out, "经办 %lld 名以上", officers);
        gap = "；";
    }
    if (json_is_true(output_member(needs, "own_number"))) {
        fprintf(out, "%s文号", gap);
        gap = "；";
    }
    if (json_is_true(output_member(needs, "own_name"))) {
        fprintf(out, "%s以机关自己的名义", gap);
        gap = "；";
    }
    json_array_foreach(output_member(needs, "steps"), i, step)
    {
        fprintf(out, "%s此前须有%s（%s）", gap, output_text(step, "title_zh"),
                json_is_true(output_member(step, "done")) ? "已有" : "尚无");
        gap = "；";
    }
    if (json_is_true(output_member(needs, "different_officers"))) {
        fprintf(out, "%s经办人须与此前步骤不同", gap);
    }
}

static void put_written(const char *label, const json_t *needs,
                        void (*write)(FILE *out, const json_t *needs))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL) {
        write(out, needs);
        fclose(out);
        put(label, text);
    }
    free(text);
}

static void print_step(const json_t *step, const char *label)
{
    const json_t *needs = output_member(step, "needs");
    const char *when = output_text(step, "when_zh");
    char *to = output_join(output_member(step, "to"));
    char *text = NULL;
    if (asprintf(&text, "%s（%s）%s%s%s%s%s", output_text(step, "title_zh"),
                 output_text(step, "kind"), *when == '\0' ? "" : "，限", when,
                 json_is_true(output_member(step, "fact")) ? "，登记即可"
                 : to == NULL || *to == '\0'               ? ""
                                                           : "，送 ",
                 to == NULL ? "" : to,
                 *output_text(step, "reply_to") == '\0' ? "" : "，作为答复") >= 0) {
        put(label, text);
    }
    put_written("        填写", needs, write_fields);
    put_written("        另须", needs, write_formalities);
    free(text);
    free(to);
}

static void print_steps(const json_t *steps, const char *label)
{
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        print_step(step, label);
    }
}

static void print_owed(const json_t *advice)
{
    const json_t *owed = output_member(advice, "owed");
    size_t i;
    json_t *duty;
    puts(json_array_size(owed) == 0 ? "── 应办 ──\n  没有" : "── 应办 ──");
    json_array_foreach(owed, i, duty)
    {
        const json_t *extension = output_member(duty, "extension");
        sheet_duty(duty, output_text(advice, "now"));
        print_steps(output_member(duty, "acts"), "    可办");
        if (json_is_object(extension)) {
            print_step(extension, "    可延期");
        }
    }
}

static void print_answers(const json_t *advice)
{
    const json_t *answers = output_member(advice, "answers");
    size_t i;
    json_t *message;
    if (json_array_size(answers) > 0) {
        puts("── 待答复 ──");
    }
    json_array_foreach(answers, i, message)
    {
        printf("  %s %s  自 %s\n", output_text(message, "title_zh"),
               output_text(message, "short_number"), output_text(message, "author"));
        print_steps(output_member(message, "answers"), "    可答复");
    }
}

static void print_drafts(const json_t *advice)
{
    const json_t *drafts = output_member(advice, "drafts");
    size_t i;
    json_t *draft;
    if (json_array_size(drafts) > 0) {
        puts("── 对方逾期，已拟待发 ──");
    }
    json_array_foreach(drafts, i, draft)
    {
        printf("  %s %s  拟报%s\n", output_text(draft, "duty"), output_text(draft, "duty_title"),
               output_text(draft, "role_title"));
        print_step(draft, "    拟稿");
    }
}

static void print_advice(const json_t *advice)
{
    const json_t *procedure = output_member(advice, "procedure");
    const char *role = output_text(advice, "role");
    printf("事项  %s\n规程  %s%s%s\n", output_text(advice, "matter"),
           json_is_object(procedure) ? output_text(procedure, "title") : "没有规程",
           *role == '\0' ? "" : "\n角色  ", role);
    print_owed(advice);
    print_answers(advice);
    print_drafts(advice);
}

// The command that sends a draft, on standard error: standard output is the body alone.
static void print_way(const json_t *draft)
{
    size_t i;
    json_t *agency;
    const char *reply_to = output_text(draft, "reply_to");
    fprintf(stderr, "liaison send %s --to ", output_text(draft, "kind"));
    json_array_foreach(output_member(draft, "to"), i, agency)
    {
        fprintf(stderr, "%s%s", i == 0 ? "" : ",", json_string_value(agency));
    }
    fprintf(stderr, " --compact %s --matter %s%s%s --officer CERT BODY.json\n",
            output_text(draft, "compact"), output_text(draft, "matter"),
            *reply_to == '\0' ? "" : " --reply-to ", reply_to);
}

static enum liaison_outcome print_draft(const json_t *advice, const char *kind)
{
    size_t i;
    json_t *draft;
    json_array_foreach(output_member(advice, "drafts"), i, draft)
    {
        if (strcmp(output_text(draft, "kind"), kind) == 0) {
            print_way(draft);
            output_json(output_member(draft, "body"));
            return LIAISON_DONE;
        }
    }
    fprintf(stderr, "liaison: not-found: 没有待发的“%s”\n", kind);
    return LIAISON_REFUSED;
}

enum liaison_outcome advise_next(const struct invocation *invocation)
{
    const char *kind = command_value(invocation, CHOICE_DRAFT);
    struct liaison_session *session;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    char *text = NULL;
    outcome = command_explain(session, liaison_next(session, invocation->arguments[0], &text));
    json_t *advice = outcome == LIAISON_DONE ? output_take(text) : NULL;
    if (outcome == LIAISON_DONE && kind != NULL) {
        outcome = print_draft(advice, kind);
    } else if (outcome == LIAISON_DONE && invocation->output == OUTPUT_JSON) {
        output_json(advice);
    } else if (outcome == LIAISON_DONE) {
        print_advice(advice);
    }
    json_decref(advice);
    liaison_close(&session);
    return outcome;
}
