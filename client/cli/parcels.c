// SPDX-License-Identifier: Apache-2.0
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach_option.h"
#include "output.h"
#include "progress.h"

// Prints what was put or got: its digest, which names it.
static void print_file(const struct invocation *invocation, char *text)
{
    json_t *file = output_take(text);
    if (invocation->output == OUTPUT_JSON) {
        output_json(file);
    } else if (file != NULL) {
        puts(output_text(file, "root"));
    }
    json_decref(file);
}

static void show_progress(void *context, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    progress->total = total;
    progress_show(progress, done, "");
}

enum liaison_outcome parcels_put(const struct invocation *invocation)
{
    struct liaison_session *session;
    struct progress progress;
    char *text = NULL;
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    progress_start(&progress, 0);
    outcome = liaison_put(session, invocation->arguments[0], show_progress, &progress, &text);
    progress_hide(&progress);
    if (command_explain(session, outcome) == LIAISON_DONE) {
        print_file(invocation, text);
    }
    liaison_close(&session);
    return outcome;
}

enum liaison_outcome parcels_get(const struct invocation *invocation)
{
    const char *path = command_value(invocation, CHOICE_OUTPUT);
    bool by_digest = invocation->argument_count == 1;
    struct liaison_session *session;
    struct progress progress;
    char *text = NULL;
    if (path == NULL) {
        return command_misused("get needs -o FILE");
    }
    enum liaison_outcome outcome = command_open(invocation, &session);
    if (outcome != LIAISON_DONE) {
        return outcome;
    }
    progress_start(&progress, 0);
    outcome = liaison_get(session, by_digest ? NULL : invocation->arguments[0], invocation->arguments[by_digest ? 0 : 1], path, show_progress,
                          &progress, &text);
    progress_hide(&progress);
    if (command_explain(session, outcome) == LIAISON_DONE) {
        print_file(invocation, text);
    }
    liaison_close(&session);
    return outcome;
}

static enum liaison_outcome attach(struct liaison_session *session, const char *value)
{
    struct liaison_attachment attachment = {0};
    struct progress progress;
    const char *fault = NULL;
    char *text = strdup(value);
    enum liaison_outcome outcome = LIAISON_FAILED;
    if (text != NULL && !attach_option_parse(text, &attachment, &fault)) {
        outcome = command_misused("--attach does not take \"%s\"", fault);
    } else if (text != NULL) {
        progress_start(&progress, 0);
        outcome = liaison_attach(session, &attachment, show_progress, &progress);
        progress_hide(&progress);
        command_explain(session, outcome);
    }
    free(text);
    return outcome;
}

enum liaison_outcome parcels_attach(const struct invocation *invocation, struct liaison_session *session)
{
    const struct values *values = &invocation->values[CHOICE_ATTACH];
    enum liaison_outcome outcome = LIAISON_DONE;
    for (size_t i = 0; outcome == LIAISON_DONE && i < values->count; i++) {
        outcome = attach(session, values->items[i]);
    }
    return outcome;
}
