// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <string.h>

#include <stdarg.h>
#include <stdio.h>

#include "output.h"

const char *command_value(const struct invocation *invocation, enum choice choice)
{
    const struct values *values = &invocation->values[choice];
    return values->count == 0 ? NULL : values->items[values->count - 1];
}

enum liaison_outcome command_misused(const char *format, ...)
{
    fputs("liaison: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    return LIAISON_USAGE;
}

enum liaison_outcome command_open(const struct invocation *invocation,
                                  struct liaison_session **out_session)
{
    const char *key = invocation->key == NULL ? invocation->command->key : invocation->key;
    enum liaison_outcome outcome = liaison_open(invocation->directory, key, out_session);
    if (outcome != LIAISON_DONE) {
        if (*out_session != NULL) {
            fprintf(stderr, "liaison: %s\n", liaison_error_text(*out_session));
        }
        liaison_close(out_session);
        return outcome;
    }
    if (invocation->timeout_ms != 0) {
        liaison_set_timeout(*out_session, invocation->timeout_ms);
    }
    return LIAISON_DONE;
}

static void print_refusal(const json_t *refusal)
{
    fprintf(stderr, "liaison: %s: %s\n", output_text(refusal, "code"),
            output_text(refusal, "text"));
    size_t i;
    json_t *fault;
    json_array_foreach(output_member(refusal, "faults"), i, fault)
    {
        const char *field = output_text(fault, "field");
        const char *title = output_text(fault, "title");
        const char *text = output_text(fault, "text");
        const char *source = output_text(fault, "source");
        bool names_itself = *field != '\0' && strstr(text, field) != NULL;
        fputs("  ", stderr);
        if (!names_itself) {
            fprintf(stderr, "%s%s%s%s: ", field, *title == '\0' ? "" : "（", title,
                    *title == '\0' ? "" : "）");
        }
        fprintf(stderr, "%s%s%s%s\n", text, *source == '\0' ? "" : " [", source,
                *source == '\0' ? "" : "]");
    }
}

enum liaison_outcome command_explain(const struct liaison_session *session,
                                     enum liaison_outcome outcome)
{
    if (outcome == LIAISON_DONE) {
        return outcome;
    }
    const char *refusal_json = liaison_refusal_json(session);
    json_t *refusal = refusal_json == NULL ? NULL : json_loads(refusal_json, 0, NULL);
    if (refusal != NULL) {
        print_refusal(refusal);
    } else {
        fprintf(stderr, "liaison: %s\n", liaison_error_text(session));
    }
    json_decref(refusal);
    return outcome;
}

enum liaison_outcome command_explain_json(char *refusal_json, enum liaison_outcome outcome)
{
    json_t *refusal = output_take(refusal_json);
    if (refusal != NULL) {
        print_refusal(refusal);
    } else {
        fputs("liaison: out of memory\n", stderr);
    }
    json_decref(refusal);
    return outcome;
}
