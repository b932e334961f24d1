// SPDX-License-Identifier: Apache-2.0
//
// The table of commands (cli.c) and what a command sees of the command line. A command is one row:
// its words, its arguments, its options, the client key it uses and a function.
//
// Invariant: when a command runs, its number of arguments and its options fit its row.
// Lifetime: the process.
#pragma once

#include "liaison/liaison.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum choice {
    CHOICE_TO,
    CHOICE_COPY,
    CHOICE_COMPACT,
    CHOICE_MATTER,
    CHOICE_REPLY_TO,
    CHOICE_URGENT,
    CHOICE_HANDLING,
    CHOICE_OWN_NUMBER,
    CHOICE_OCCURRED,
    CHOICE_ID,
    CHOICE_SOURCE,
    CHOICE_DRILL,
    CHOICE_CHECK,
    CHOICE_OFFICER,
    CHOICE_FOR,
    CHOICE_AGENT,
    CHOICE_NOTE,
    CHOICE_VERDICT,
    CHOICE_REASON,
    CHOICE_IN,
    CHOICE_OUT,
    CHOICE_STATE,
    CHOICE_TEXT,
    CHOICE_LIMIT,
    CHOICE_AFTER,
    CHOICE_OWED_BY,
    CHOICE_LIGHT,
    CHOICE_CLOSED,
    CHOICE_FROM,
    CHOICE_COUNT_EVENTS,
    CHOICE_WITHIN,
    CHOICE_REGION,
    CHOICE_CALENDAR,
    CHOICE_EXPLAIN,
    CHOICE_CARD,
    CHOICE_PART,
    CHOICE_CERTIFICATE,
    CHOICE_NAME,
    CHOICE_SECTION,
    CHOICE_TELEPHONE,
    CHOICE_ROLE,
    CHOICE_SECTOR,
    CHOICE_ENDPOINT,
    CHOICE_USCC,
    CHOICE_SUITE,
    CHOICE_LANG,
    CHOICE_QUOTES,
    CHOICE_DRAFT,
    CHOICE_AGENCY,
    CHOICE_CATEGORY,
    CHOICE_SUBJECT,
    CHOICE_SINCE,
    CHOICE_UNTIL,
    CHOICE_PURPOSE,
    CHOICE_BASIS,
    CHOICE_ENTRY,
    CHOICE_ATTACH,
    CHOICE_OUTPUT,
    CHOICE_CSV,
    CHOICE_JSONL,
    CHOICE_KIND,
    CHOICE_KEY,
    CHOICE_MAP,
    CHOICE_FORMED,
    CHOICE_REJECTS,
    CHOICE_WAITING,
    CHOICES,
};

enum output { OUTPUT_TABLE, OUTPUT_JSON };

struct choice_row {
    const char *name;
    const char *value; // NULL: takes none; "this|that": takes one of these
    const char *help;
};

struct values {
    const char **items;
    size_t count;
};

struct invocation {
    const struct command *command;
    const char *directory; // NULL: the environment's or the default
    const char *key;       // of --as; NULL: the command's
    enum output output;
    unsigned timeout_ms; // 0: the library's
    const char **arguments;
    size_t argument_count;
    struct values values[CHOICES];
};

// Bits 1 << enum choice.
__extension__ typedef unsigned __int128 choice_set;

struct command {
    const char *words;     // "peer add"
    const char *arguments; // for --help: "KIND BODY.json|-"
    const char *help;      // one line
    const char *key;       // client key; NULL: needs none
    choice_set options;
    size_t least;          // number of arguments
    size_t most;
    enum liaison_outcome (*run)(const struct invocation *invocation);
};

// The two tables (cli.c): commands, and options by enum choice.
const struct command *command_table(size_t *out_count);
const struct choice_row *command_choices(void);

// The value given last, or NULL; an option without a value has "" where it was given.
const char *command_value(const struct invocation *invocation, enum choice choice);

// Opens the session that the row asks for, or says on stderr why not.
enum liaison_outcome command_open(const struct invocation *invocation,
                                  struct liaison_session **out_session);

// Says on stderr why a call was not done, with every fault of a refusal. Returns the outcome.
enum liaison_outcome command_explain(const struct liaison_session *session,
                                     enum liaison_outcome outcome);

// The same for the tools that need no session: `refusal_json` as they set it, NULL if they set
// none. Takes the text.
enum liaison_outcome command_explain_json(char *refusal_json, enum liaison_outcome outcome);

// Says on stderr what is wrong with the command line. Returns LIAISON_USAGE.
__attribute__((format(printf, 1, 2))) enum liaison_outcome command_misused(const char *format, ...);

// compose.c
enum liaison_outcome compose_send(const struct invocation *invocation);
enum liaison_outcome compose_fact(const struct invocation *invocation);
enum liaison_outcome compose_reply(const struct invocation *invocation);
enum liaison_outcome compose_acknowledge(const struct invocation *invocation);
enum liaison_outcome compose_confirm(const struct invocation *invocation);
enum liaison_outcome compose_recall(const struct invocation *invocation);
enum liaison_outcome compose_publication(const struct invocation *invocation); // of one item

// Sends a statement whose small body is made from options: to `to`, or in reply to `message`; NULL: neither. Takes the body.
enum liaison_outcome compose_made(const struct invocation *invocation, const char *kind,
                                  const char *to, const char *message, json_t *body);
// Puts a text into a body; NULL: nothing.
void compose_put(json_t *body, const char *key, const char *text);

// publish.c
enum liaison_outcome publish_run(const struct invocation *invocation);

// share.c
enum liaison_outcome share_subscribe(const struct invocation *invocation);
enum liaison_outcome share_unsubscribe(const struct invocation *invocation);
enum liaison_outcome share_subscriptions(const struct invocation *invocation);
enum liaison_outcome share_grant(const struct invocation *invocation);
enum liaison_outcome share_refuse(const struct invocation *invocation);
enum liaison_outcome share_catalogue(const struct invocation *invocation);
enum liaison_outcome share_query(const struct invocation *invocation);

// parcels.c
enum liaison_outcome parcels_put(const struct invocation *invocation);
enum liaison_outcome parcels_get(const struct invocation *invocation);
// Attaches what --attach names to the session's next draft; what is wrong was said.
enum liaison_outcome parcels_attach(const struct invocation *invocation, struct liaison_session *session);

// browse.c
enum liaison_outcome browse_list(const struct invocation *invocation);
enum liaison_outcome browse_search(const struct invocation *invocation);
enum liaison_outcome browse_show(const struct invocation *invocation);
enum liaison_outcome browse_matter(const struct invocation *invocation);
enum liaison_outcome browse_due(const struct invocation *invocation);

// oversee.c
enum liaison_outcome oversee_watch(const struct invocation *invocation);
enum liaison_outcome oversee_status(const struct invocation *invocation);
enum liaison_outcome oversee_whoami(const struct invocation *invocation);
enum liaison_outcome oversee_test_clock(const struct invocation *invocation);
enum liaison_outcome oversee_accept_clock(const struct invocation *invocation);
enum liaison_outcome oversee_clear_alarm(const struct invocation *invocation);

// members.c
enum liaison_outcome members_peer_add(const struct invocation *invocation);
enum liaison_outcome members_peer_list(const struct invocation *invocation);
enum liaison_outcome members_peer_suspend(const struct invocation *invocation);
enum liaison_outcome members_peer_resume(const struct invocation *invocation);
enum liaison_outcome members_officer_add(const struct invocation *invocation);
enum liaison_outcome members_officer_remove(const struct invocation *invocation);
enum liaison_outcome members_officer_list(const struct invocation *invocation);
enum liaison_outcome members_compact_list(const struct invocation *invocation);
enum liaison_outcome members_compact_show(const struct invocation *invocation);
enum liaison_outcome members_procedure_list(const struct invocation *invocation);

// statutes.c
enum liaison_outcome statutes_show(const struct invocation *invocation);
enum liaison_outcome statutes_check(const struct invocation *invocation);

// advise.c
enum liaison_outcome advise_next(const struct invocation *invocation);

// tools.c
enum liaison_outcome tools_clock(const struct invocation *invocation);
enum liaison_outcome tools_kinds(const struct invocation *invocation);
enum liaison_outcome tools_card_show(const struct invocation *invocation);
enum liaison_outcome tools_export(const struct invocation *invocation);
enum liaison_outcome tools_verify(const struct invocation *invocation);

// completion.c
enum liaison_outcome completion_print(const struct invocation *invocation);

// delegate.c
enum liaison_outcome delegate_init(const struct invocation *invocation);
enum liaison_outcome delegate_journal(const struct invocation *invocation);
