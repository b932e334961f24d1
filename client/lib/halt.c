// SPDX-License-Identifier: Apache-2.0
#include "lib/halt.h"

#include <stdlib.h>
#include <string.h>

void halt_at(struct halt *halt, enum liaison_outcome outcome, uint64_t number)
{
    if (!halt->is_stopped) {
        halt->outcome = outcome;
    }
    halt->is_stopped = true;
    if (number != 0 && (halt->number == 0 || number < halt->number)) {
        halt->number = number;
    }
}

void halt_saying(struct halt *halt, const char *text, uint64_t number)
{
    if (!halt->is_stopped) {
        halt->error_text = strdup(text);
    }
    halt_at(halt, LIAISON_FAILED, number);
}

void halt_for_memory(struct halt *halt, uint64_t number)
{
    halt_saying(halt, "out of memory", number);
}

void halt_refused(struct halt *halt, json_t *refusal, uint64_t number)
{
    if (refusal == NULL) {
        halt_for_memory(halt, number);
        return;
    }
    if (!halt->is_stopped) {
        halt->refusal = json_incref(refusal);
    }
    json_decref(refusal);
    halt_at(halt, LIAISON_REFUSED, number);
}

void halt_as_told(struct halt *halt, const struct liaison_session *session, enum liaison_outcome outcome, uint64_t number)
{
    if (!halt->is_stopped) {
        const char *refusal = liaison_refusal_json(session);
        halt->refusal = refusal == NULL ? NULL : json_loads(refusal, 0, NULL);
        halt->error_text = strdup(liaison_error_text(session));
    }
    halt_at(halt, outcome, number);
}

enum liaison_outcome halt_tell(const struct halt *halt, struct liaison_session *session)
{
    return halt->refusal != NULL
               ? session_refuse_json(session, json_incref(halt->refusal))
               : session_fail(session, halt->outcome, "%s",
                              halt->error_text == NULL ? "" : halt->error_text);
}

void halt_done(struct halt *halt)
{
    json_decref(halt->refusal);
    free(halt->error_text);
}
