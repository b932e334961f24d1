// SPDX-License-Identifier: Apache-2.0
//
// liaison: what people and scripts do with their agency's liaisond. This file holds the two tables
// that make the program (options and commands) and the reading of the command line; everything else
// is in the functions that the rows name.
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    KEY_AS = 1000,
    KEY_JSON,
    KEY_TIMEOUT,
    KEY_FIRST_CHOICE = 2000,
    KEY_OUTPUT = 'o',
    LONGEST_TIMEOUT_S = 86400,
};

static const struct choice_row choices[CHOICES] = {
    [CHOICE_TO] = {"to", "ID[,ID]", "recipients (主送)"},
    [CHOICE_COPY] = {"copy", "ID[,ID]", "copies (抄送)"},
    [CHOICE_COMPACT] = {"compact", "ID", "under this compact"},
    [CHOICE_MATTER] = {"matter", "UUID", "of this matter"},
    [CHOICE_REPLY_TO] = {"reply-to", "MSG", "in reply to this message"},
    [CHOICE_URGENT] = {"urgent", "REASON", "urgent, and why"},
    [CHOICE_HANDLING] = {"handling", "MARK", "handling mark: 内部"},
    [CHOICE_OWN_NUMBER] = {"number", "TEXT", "own document number (文号)"},
    [CHOICE_OCCURRED] = {"occurred", "RFC3339", "when it happened, if not now"},
    [CHOICE_ID] = {"id", "ID", "id to use (of the statement: a UUIDv7; of the agency, for init)"},
    [CHOICE_SOURCE] = {"source", "SYS/REC", "system and record it comes from"},
    [CHOICE_DRILL] = {"drill", NULL, "an exercise: opens no duty (演练)"},
    [CHOICE_CHECK] = {"check", NULL, "say what would happen, change nothing"},
    [CHOICE_OFFICER] = {"officer", "CERT", "responsible officer's certificate; may be repeated"},
    [CHOICE_FOR] = {"for", "CERT", "the officer for whom the signer stands in (代)"},
    [CHOICE_AGENT] = {"agent", "NAME", "who took it over in fact (代收人)"},
    [CHOICE_NOTE] = {"note", "TEXT", "note"},
    [CHOICE_VERDICT] = {"verdict", "confirmed|contested", "what is said of the record"},
    [CHOICE_REASON] = {"reason", "TEXT", "reason"},
    [CHOICE_WAITING] = {"waiting", NULL, "requests on which an officer has to decide only"},
    [CHOICE_IN] = {"in", NULL, "received ones only"},
    [CHOICE_OUT] = {"out", NULL, "sent ones only"},
    [CHOICE_STATE] = {"state", "queued|arrived|acknowledged|answered|refused|recalled|recorded|published",
                      "in this state"},
    [CHOICE_TEXT] = {"text", "TEXT", "that hold these words, as search does"},
    [CHOICE_LIMIT] = {"limit", "N", "at most N (default 100)"},
    [CHOICE_AFTER] = {"after", "PLACE", "those below this position (list), or published after this item (subscribe)"},
    [CHOICE_OWED_BY] = {"owed-by", "us|them", "owed by this side"},
    [CHOICE_LIGHT] = {"light", "green|amber|red", "with this light"},
    [CHOICE_CLOSED] = {"closed", NULL, "closed ones too"},
    [CHOICE_FROM] = {"from", "WHEN", "start: a time (clock), or a position TURN.INDEX (watch)"},
    [CHOICE_COUNT_EVENTS] = {"count", "N", "end after N events"},
    [CHOICE_WITHIN] = {"within", "PERIOD",
                       "\"24 hours\", \"3 workdays\", \"30 days\", \"2 weeks\", \"same day\" …"},
    [CHOICE_REGION] = {"region", "CODE", "region code of six digits (GB/T 2260)"},
    [CHOICE_CALENDAR] = {"calendar", "DIR", "directory of calendar.csv"},
    [CHOICE_EXPLAIN] = {"explain", NULL, "say which days were counted"},
    [CHOICE_CARD] = {"card", "FILE", "a card to trust; may be repeated"},
    [CHOICE_PART] = {"part", "FILE", "a file that must be one of the attachments; may be repeated"},
    [CHOICE_CERTIFICATE] = {"certificate", "CERT", "certificate number (执法证号)"},
    [CHOICE_NAME] = {"name", "NAME", "name"},
    [CHOICE_SECTION] = {"section", "TEXT", "section"},
    [CHOICE_TELEPHONE] = {"telephone", "NUMBER", "telephone"},
    [CHOICE_ROLE] = {"role", "ROLE", "role on the roll; may be repeated"},
    [CHOICE_SECTOR] = {"sector", "CODE", "sector, e.g. market"},
    [CHOICE_ENDPOINT] = {"endpoint", "tcp://H:P", "where peers reach this agency"},
    [CHOICE_USCC] = {"uscc", "CODE", "unified social credit code"},
    [CHOICE_SUITE] = {"suite", "NAME", "sm2-sm3 (default) or ed25519-sha256"},
    [CHOICE_LANG] = {"lang", "zh|en", "in Chinese (default) or English"},
    [CHOICE_QUOTES] = {"quotes", NULL, "with the regulation's own words"},
    [CHOICE_DRAFT] = {"draft", "KIND", "print the body that is prepared, for send"},
    [CHOICE_AGENCY] = {"agency", "ID", "of this agency"},
    [CHOICE_CATEGORY] = {"category", "CODE[,CODE]", "category of information (search: one)"},
    [CHOICE_SUBJECT] = {"subject", "NAME", "whom it is about"},
    [CHOICE_SINCE] = {"since", "RFC3339", "held (search) or formed (subscribe) then or later"},
    [CHOICE_UNTIL] = {"until", "RFC3339", "held before then (search), or no longer than until then (subscribe)"},
    [CHOICE_PURPOSE] = {"purpose", "TEXT", "what it is for"},
    [CHOICE_BASIS] = {"basis", "TEXT", "legal basis"},
    [CHOICE_ENTRY] = {"entry", "ID", "the catalogue's entry that is meant"},
    [CHOICE_ATTACH] = {"attach", "FILE[,…]",
                       "attach a file; may be repeated. ,document=CODE ,evidence=CODE ,original ,collected-by=NAME "
                       ",collected-at=T ,name=NAME ,type=MEDIA say more of it"},
    [CHOICE_OUTPUT] = {"output", "FILE", "write to this file"},
    [CHOICE_CSV] = {"csv", "FILE", "a list with a header line; - for standard input"},
    [CHOICE_JSONL] = {"jsonl", "FILE", "a list of bodies, one a line; - for standard input"},
    [CHOICE_KIND] = {"kind", "KIND", "of this kind (search: or of all that begin so; publish: info.shared without)"},
    [CHOICE_KEY] = {"key", "COLUMN", "the column that names each record"},
    [CHOICE_MAP] = {"map", "COLUMN=FIELD", "what a column is; may be repeated"},
    [CHOICE_FORMED] = {"formed-at", "TIME", "when lines that do not say were formed"},
    [CHOICE_REJECTS] = {"rejects", "FILE", "write refused lines there, to be mended"},
};

const struct choice_row *command_choices(void)
{
    return choices;
}

#define TAKES(choice) ((choice_set)1 << CHOICE_##choice)

enum {
    ANY_NUMBER = 64,
};

// What every new statement takes.
#define TAKES_DRAFT                                                                                \
    (TAKES(COMPACT) | TAKES(MATTER) | TAKES(URGENT) | TAKES(HANDLING) | TAKES(OWN_NUMBER) |        \
     TAKES(OCCURRED) | TAKES(ID) | TAKES(SOURCE) | TAKES(DRILL) | TAKES(CHECK) | TAKES(OFFICER) | \
     TAKES(ATTACH))

// -------------------------------------------------------------------------------- the command line

static const struct argp_option global_options[] = {
    {"directory", 'C', "DIR", 0, "agency directory (else $LIAISON_DIR, else the built-in one)", -2},
    {"as", KEY_AS, "NAME", 0, "use another client key", -2},
    {"json", KEY_JSON, NULL, 0, "one JSON object a line", -2},
    {"timeout", KEY_TIMEOUT, "SECONDS", 0, "wait this long for the daemon (default 5)", -2},
    {0},
};

static error_t parse_global(int key, char *value, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    char *end;
    unsigned long seconds;
    switch (key) {
    case 'C':
        invocation->directory = value;
        return 0;
    case KEY_AS:
        invocation->key = value;
        return 0;
    case KEY_JSON:
        invocation->output = OUTPUT_JSON;
        return 0;
    case KEY_TIMEOUT:
        seconds = strtoul(value, &end, 10);
        if (*end != '\0' || seconds == 0 || seconds > LONGEST_TIMEOUT_S) {
            argp_error(state, "--timeout takes seconds, 1 to %d", LONGEST_TIMEOUT_S);
        }
        invocation->timeout_ms = (unsigned)seconds * 1000;
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static const struct argp global_argp = {.options = global_options, .parser = parse_global};

static void add_value(struct values *values, const char *value, struct argp_state *state)
{
    const char **larger = reallocarray(values->items, values->count + 1, sizeof *larger);
    if (larger == NULL) {
        argp_failure(state, LIAISON_FAILED, 0, "out of memory");
        return;
    }
    larger[values->count++] = value;
    values->items = larger;
}

static bool is_one_of(const char *alternatives, const char *value)
{
    size_t length = strlen(value);
    for (const char *at = alternatives;; at++) {
        size_t size = strcspn(at, "|");
        if (size == length && strncmp(at, value, size) == 0) {
            return true;
        }
        at += size;
        if (*at == '\0') {
            return false;
        }
    }
}

static void take_choice(const struct choice_row *row, struct values *values, const char *value,
                        struct argp_state *state)
{
    bool is_closed = row->value != NULL && strchr(row->value, '|') != NULL;
    if (is_closed && !is_one_of(row->value, value)) {
        argp_error(state, "--%s takes %s", row->name, row->value);
    }
    add_value(values, value == NULL ? "" : value, state);
}

static error_t parse_command_option(int key, char *value, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = invocation;
        return 0;
    }
    if (key == ARGP_KEY_ARG) {
        if (invocation->argument_count == invocation->command->most) {
            argp_error(state, "too many arguments");
        }
        invocation->arguments[invocation->argument_count++] = value;
        return 0;
    }
    if (key == ARGP_KEY_END && invocation->argument_count < invocation->command->least) {
        argp_error(state, "too few arguments");
    }
    if (key == KEY_OUTPUT) {
        take_choice(&choices[CHOICE_OUTPUT], &invocation->values[CHOICE_OUTPUT], value, state);
        return 0;
    }
    if (key >= KEY_FIRST_CHOICE && key < KEY_FIRST_CHOICE + CHOICES) {
        int choice = key - KEY_FIRST_CHOICE;
        take_choice(&choices[choice], &invocation->values[choice], value, state);
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

static void list_options(const struct command *command, struct argp_option out_options[CHOICES + 1])
{
    size_t count = 0;
    for (int i = 0; i < CHOICES; i++) {
        if ((command->options & (choice_set)1 << i) != 0) {
            out_options[count++] = (struct argp_option){.name = choices[i].name,
                                                        .key = i == CHOICE_OUTPUT ? KEY_OUTPUT : KEY_FIRST_CHOICE + i,
                                                        .arg = choices[i].value,
                                                        .doc = choices[i].help};
        }
    }
    out_options[count] = (struct argp_option){0};
}

static error_t parse_command(const struct command *command, int count, char **words,
                             struct invocation *invocation)
{
    struct argp_option command_options[CHOICES + 1];
    list_options(command, command_options);
    const struct argp_child children[] = {{&global_argp, 0, NULL, -2}, {0}};
    const struct argp argp = {.options = command_options,
                              .parser = parse_command_option,
                              .args_doc = command->arguments,
                              .doc = command->help,
                              .children = children};
    char name[64];
    snprintf(name, sizeof name, "liaison %s", command->words);
    words[0] = name;
    invocation->command = command;
    return argp_parse(&argp, count, words, 0, NULL, invocation);
}

// How many words of the command line are this command's; 0: it is another.
static int match_words(const struct command *command, int count, char *const *words)
{
    const char *rest = command->words;
    int matched = 0;
    while (*rest != '\0') {
        size_t length = strcspn(rest, " ");
        if (matched == count || strlen(words[matched]) != length ||
            strncmp(words[matched], rest, length) != 0) {
            return 0;
        }
        matched++;
        rest += length + (rest[length] == ' ');
    }
    return matched;
}

static const struct command *find_command(int count, char *const *words, int *out_matched)
{
    size_t command_count;
    const struct command *commands = command_table(&command_count);
    for (size_t i = 0; i < command_count; i++) {
        int matched = match_words(&commands[i], count, words);
        if (matched > 0) {
            *out_matched = matched;
            return &commands[i];
        }
    }
    return NULL;
}

static error_t parse_words(int key, char *value, struct argp_state *state)
{
    struct invocation *invocation = state->input;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = invocation;
        return 0;
    }
    if (key == ARGP_KEY_NO_ARGS) {
        argp_usage(state);
        return 0;
    }
    if (key != ARGP_KEY_ARG) {
        return ARGP_ERR_UNKNOWN;
    }
    int first = state->next - 1;
    int matched = 0;
    const struct command *command =
        find_command(state->argc - first, state->argv + first, &matched);
    if (command == NULL) {
        argp_error(state, "no command '%s'; see liaison --help", value);
        return EINVAL;
    }
    int start = first + matched - 1;
    state->next = state->argc;
    return parse_command(command, state->argc - start, state->argv + start, invocation);
}

// The list of commands stands below the options of `liaison --help`, made from the table.
static char *list_commands(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC) {
        return (char *)text;
    }
    char *list = NULL;
    size_t size = 0;
    size_t count;
    const struct command *commands = command_table(&count);
    FILE *out = open_memstream(&list, &size);
    if (out == NULL) {
        return NULL;
    }
    fputs("Commands:\n", out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "  %-20s %s\n", commands[i].words, commands[i].help);
    }
    fputs("\nliaison COMMAND --help tells the arguments of one. Exit status: 0 done, 1 refused, 2 "
          "usage, 3 undetermined, "
          "4 daemon unreachable, 5 failed.\n",
          out);
    fclose(out);
    return list;
}

static const struct argp_child top_children[] = {{&global_argp, 0, NULL, -2}, {0}};
static const struct argp top_argp = {
    .parser = parse_words,
    .args_doc = "COMMAND [ARGUMENT…]",
    .doc =
        "Exchange leads, cases and information with other agencies through the local liaisond.\v ",
    .children = top_children,
    .help_filter = list_commands,
};

static void print_version(FILE *out, struct argp_state *state)
{
    (void)state;
    fprintf(out, "liaison %s\n", liaison_version());
}

static void free_invocation(struct invocation *invocation)
{
    for (int i = 0; i < CHOICES; i++) {
        free(invocation->values[i].items);
    }
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    argp_err_exit_status = LIAISON_USAGE;
    argp_program_version_hook = print_version;
    const char *arguments[ANY_NUMBER];
    struct invocation invocation = {.arguments = arguments};
    if (argp_parse(&top_argp, argc, argv, ARGP_IN_ORDER, NULL, &invocation) != 0 ||
        invocation.command == NULL) {
        free_invocation(&invocation);
        return LIAISON_USAGE;
    }
    enum liaison_outcome outcome = invocation.command->run(&invocation);
    free_invocation(&invocation);
    if (fflush(stdout) != 0) {
        return LIAISON_FAILED;
    }
    return (int)outcome;
}

// ------------------------------------------------------------------------------------ the commands

// A command whose words begin another's stands after it.
static const struct command commands[] = {
    {"init", "DIR", "make an agency's directory: keys, card, configuration", NULL,
     TAKES(ID) | TAKES(NAME) | TAKES(REGION) | TAKES(SECTOR) | TAKES(ENDPOINT) | TAKES(USCC) |
         TAKES(SUITE) | TAKES(TELEPHONE),
     1, 1, delegate_init},
    {"card show", "FILE", "what a card says, and its key id to compare", NULL, 0, 1, 1,
     tools_card_show},
    {"peer add", "CARD", "trust another agency's card", "administrator", 0, 1, 1, members_peer_add},
    {"peer list", "", "the other agencies: link, backlog, clock", "operator", 0, 0, 0,
     members_peer_list},
    {"peer suspend", "AGENCY", "exchange nothing with an agency for now", "administrator", 0, 1, 1,
     members_peer_suspend},
    {"peer resume", "AGENCY", "exchange again", "administrator", 0, 1, 1, members_peer_resume},
    {"officer add", "", "put an officer on the roll", "administrator",
     TAKES(CERTIFICATE) | TAKES(NAME) | TAKES(SECTION) | TAKES(TELEPHONE) | TAKES(ROLE), 0, 0,
     members_officer_add},
    {"officer remove", "CERT", "take an officer off the roll", "administrator", 0, 1, 1,
     members_officer_remove},
    {"officer list", "", "the roll", "administrator", 0, 0, 0, members_officer_list},
    {"compact list", "", "what agencies act under together", "auditor", 0, 0, 0,
     members_compact_list},
    {"compact show", "COMPACT", "members and procedure of one", "auditor", 0, 1, 1,
     members_compact_show},
    {"procedure list", "", "the regulations in force here", "auditor", 0, 0, 0,
     members_procedure_list},
    {"procedure show", "ID|FILE", "one regulation, rule by rule", "auditor",
     TAKES(LANG) | TAKES(QUOTES), 1, 1, statutes_show},
    {"procedure check", "FILE…", "procedures and compacts: what is wrong with them", NULL, 0, 1,
     ANY_NUMBER, statutes_check},
    {"kinds", "[KIND]", "every kind of statement, or one kind's fields", NULL, 0, 0, 1,
     tools_kinds},
    {"send", "KIND BODY.json|-", "send a message", "officer",
     TAKES(TO) | TAKES(COPY) | TAKES(REPLY_TO) | TAKES_DRAFT, 2, 2, compose_send},
    {"fact", "KIND BODY.json|-", "record a fact, addressed to nobody", "officer", TAKES_DRAFT, 2, 2,
     compose_fact},
    {"publish", "KIND BODY.json|-", "publish an item, or a list with --csv or --jsonl", "officer",
     TAKES(CSV) | TAKES(JSONL) | TAKES(KIND) | TAKES(CATEGORY) | TAKES(KEY) | TAKES(MAP) |
         TAKES(FORMED) | TAKES(REGION) | TAKES(REJECTS) | TAKES(REPLY_TO) | TAKES_DRAFT,
     0, 2, publish_run},
    {"reply", "MSG KIND BODY.json|-", "answer a message", "officer",
     TAKES(TO) | TAKES(COPY) | TAKES_DRAFT, 3, 3, compose_reply},
    {"put", "FILE", "put a file into the daemon, to be attached", "officer", 0, 1, 1, parcels_put},
    {"get", "MSG NAME|NUMBER, or DIGEST", "fetch an attachment", "officer", TAKES(OUTPUT), 1, 2, parcels_get},
    {"ack", "MSG", "sign for a message (签收)", "officer",
     TAKES(OFFICER) | TAKES(FOR) | TAKES(AGENT) | TAKES(NOTE) | TAKES(TO) | TAKES(ID) |
         TAKES(CHECK),
     1, 1, compose_acknowledge},
    {"confirm", "MSG", "confirm or contest another's record", "officer",
     TAKES(VERDICT) | TAKES(REASON) | TAKES(OFFICER) | TAKES(TO) | TAKES(ID) | TAKES(CHECK), 1, 1,
     compose_confirm},
    {"recall", "MSG", "take back an own message", "officer",
     TAKES(REASON) | TAKES(OFFICER) | TAKES(TO) | TAKES(ID) | TAKES(CHECK), 1, 1, compose_recall},
    {"list", "", "messages, newest first", "officer",
     TAKES(IN) | TAKES(OUT) | TAKES(STATE) | TAKES(MATTER) | TAKES(TEXT) | TAKES(LIMIT) |
         TAKES(AFTER),
     0, 0, browse_list},
    {"search", "TEXT…", "messages that hold all these words, newest first", "officer",
     TAKES(KIND) | TAKES(AGENCY) | TAKES(CATEGORY) | TAKES(SINCE) | TAKES(UNTIL) | TAKES(IN) |
         TAKES(OUT) | TAKES(STATE) | TAKES(MATTER) | TAKES(LIMIT) | TAKES(AFTER),
     1, ANY_NUMBER, browse_search},
    {"show", "MSG", "a message with deliveries and duties", "officer", 0, 1, 1, browse_show},
    {"matter", "MATTER", "all of a matter in order", "officer", 0, 1, 1, browse_matter},
    {"next", "MATTER", "what can be done now, and what it needs", "officer", TAKES(DRAFT), 1, 1,
     advise_next},
    {"due", "", "what is owed, and by when", "officer",
     TAKES(OWED_BY) | TAKES(LIGHT) | TAKES(CLOSED) | TAKES(MATTER) | TAKES(LIMIT), 0, 0,
     browse_due},
    {"subscribe", "AGENCY", "ask for what an agency publishes", "officer",
     TAKES(CATEGORY) | TAKES(REGION) | TAKES(USCC) | TAKES(MATTER) | TAKES(SINCE) | TAKES(AFTER) |
         TAKES(UNTIL) | TAKES(PURPOSE) | TAKES(BASIS) | TAKES(COMPACT) | TAKES(REPLY_TO) |
         TAKES(OFFICER) | TAKES(ID) | TAKES(CHECK),
     1, 1, share_subscribe},
    {"unsubscribe", "REQUEST", "end a subscription, from either side", "officer",
     TAKES(REASON) | TAKES(OFFICER) | TAKES(ID) | TAKES(CHECK), 1, 1, share_unsubscribe},
    {"subscriptions", "", "who gets what, and how far each has come", "officer",
     TAKES(AGENCY) | TAKES(WAITING) | TAKES(CLOSED), 0, 0, share_subscriptions},
    {"subscription grant", "REQUEST", "give an agency what it asked for, or less", "officer",
     TAKES(CATEGORY) | TAKES(UNTIL) | TAKES(REASON) | TAKES(BASIS) | TAKES(OFFICER) | TAKES(ID) |
         TAKES(CHECK),
     1, 1, share_grant},
    {"subscription refuse", "REQUEST", "give an agency nothing of what it asked for", "officer",
     TAKES(REASON) | TAKES(BASIS) | TAKES(OFFICER) | TAKES(ID) | TAKES(CHECK), 1, 1, share_refuse},
    {"catalogue", "", "what the members have to share (信息资源目录)", "officer",
     TAKES(TEXT) | TAKES(CATEGORY) | TAKES(AGENCY), 0, 0, share_catalogue},
    {"query", "AGENCY", "ask an agency for information", "officer",
     TAKES(PURPOSE) | TAKES(BASIS) | TAKES(TEXT) | TAKES(ENTRY) | TAKES(SUBJECT) | TAKES(USCC) |
         TAKES_DRAFT,
     1, 1, share_query},
    {"watch", "", "follow what happens", "officer", TAKES(FROM) | TAKES(COUNT_EVENTS), 0, 0,
     oversee_watch},
    {"clock", "", "count a legal period", NULL,
     TAKES(FROM) | TAKES(WITHIN) | TAKES(REGION) | TAKES(CALENDAR) | TAKES(EXPLAIN), 0, 0,
     tools_clock},
    {"status", "", "how the daemon and its links are", "operator", 0, 0, 0, oversee_status},
    {"whoami", "", "which agency, and what this key may do", "officer", 0, 0, 0, oversee_whoami},
    {"export", "MATTER FILE|-", "a matter as a file that anybody can verify", "auditor", 0, 2, 2,
     tools_export},
    {"verify", "FILE|-", "verify an exported matter or a statement", NULL, TAKES(CARD) | TAKES(PART), 1, 1,
     tools_verify},
    {"journal", "verify|rebuild", "check or rebuild the store (daemon stopped)", NULL, 0, 1, 1,
     delegate_journal},
    {"completion", "", "print the completion for bash", NULL, 0, 0, 0, completion_print},
    {"alarm clear", "CODE AGENCY", "take down an alarm that was dealt with", "operator", 0, 2, 2,
     oversee_clear_alarm},
    {"accept-clock", "", "vouch for the clock after a jump", "operator", 0, 0, 0,
     oversee_accept_clock},
    {"test-clock", "RFC3339", "move the clock of a test daemon", "administrator", 0, 1, 1,
     oversee_test_clock},
};

const struct command *command_table(size_t *out_count)
{
    *out_count = sizeof commands / sizeof *commands;
    return commands;
}
