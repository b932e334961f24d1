// SPDX-License-Identifier: Apache-2.0
//
// What an agency's own system does when a lead turns up in it: pushes the body to the liaisond of the
// agency, under the number that the lead has in the system. The same number is never sent twice, so
// a push whose fate is not known is simply repeated.
//
//     push FOLDER RECIPIENT KIND SYSTEM RECORD < BODY.json
#include <liaison/liaison.h>

#include <stdio.h>

enum { BODY_BYTES = 1 << 20 };

static char body[BODY_BYTES];

int main(int argc, char **argv)
{
    size_t size = argc == 6 ? fread(body, 1, sizeof body - 1, stdin) : 0;
    if (size == 0) {
        fputs("push FOLDER RECIPIENT KIND SYSTEM RECORD < BODY.json\n", stderr);
        return LIAISON_USAGE;
    }
    const char *to[] = {argv[2]};
    const struct liaison_draft draft = {
        .kind = argv[3],
        .to = to,
        .to_count = 1,
        .source_system = argv[4],
        .source_record = argv[5],
        .body_json = body,
    };
    struct liaison_session *session;
    struct liaison_result result = {0};
    enum liaison_outcome outcome = liaison_open(argv[1], "submitter", &session);
    if (outcome == LIAISON_DONE) {
        outcome = liaison_submit(session, &draft, 1, &result);
    }
    if (outcome == LIAISON_DONE) {
        printf("%s %s %s\n", result.acceptance == LIAISON_HELD ? "held" : "accepted", result.id,
               result.short_number);
    } else {
        fprintf(stderr, "push: %s\n",
                session == NULL ? "out of memory" : liaison_error_text(session));
    }
    liaison_close(&session);
    return (int)outcome;
}
