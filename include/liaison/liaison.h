// SPDX-License-Identifier: Apache-2.0
//
// libliaison: what a program needs to hand leads, cases and information to other agencies through
// its own liaisond, and to check afterwards who knew what and when. Talks to the daemon over its
// local socket or, from another machine, over TCP; the tools at the end need no daemon.
//
// Forms. Domain objects cross this interface as JSON text: UTF-8, one object, field names as in the
// protobuf schema (proto/wire). Instants are RFC 3339 text with +08:00, ids of statements UUID
// text, other bytes lower-case hexadecimal, 64-bit integers that are no instants text. A
// statement's body is an object with the fields of its kind (liaison_kinds).
//
// Ownership. `out_json`, `out_text` and `out_bytes` are set on LIAISON_DONE and belong to the
// caller, who ends them with liaison_free; where a function's comment says so they are set on other
// outcomes too. Everything else is borrowed for the length of the call.
//
// Threads. A session belongs to one thread at a time; different sessions may be used in different
// threads. A process that forks uses its sessions in the parent only.
//
// Time. Every call on a session takes at most its timeout (liaison_set_timeout, 5 s) and repeats
// itself across a restart of the daemon within it. Repeating a submission is safe: a statement is
// known by its id.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LIAISON_API __attribute__((visibility("default")))
#else
#define LIAISON_API
#endif

// What came of a call. The numbers are the exit statuses of liaison(1).
enum liaison_outcome {
    LIAISON_DONE = 0,
    LIAISON_REFUSED = 1,      // by the rules; liaison_refusal_json says why
    LIAISON_USAGE = 2,        // the call or the client key file makes no sense
    LIAISON_UNDETERMINED = 3, // the law gives no answer with what is known
    // no answer within the timeout; a submission may or may not have been taken
    LIAISON_UNREACHABLE = 4,
    // out of memory, a file that cannot be read, a daemon that makes no sense
    LIAISON_FAILED = 5,
};

struct liaison_session;

LIAISON_API const char *liaison_version(void);

// Ends what a function of this library gave away; accepts NULL.
LIAISON_API void liaison_free(void *memory);

// ---------------------------------------------------------------------------------------- sessions

// Opens a session with the key file DIRECTORY/client-keys/CLIENT.key. `directory` NULL stands for
// $LIAISON_DIR, else the configuration directory of the build; `client` NULL for "officer".
// Connects in the background: a daemon that is away shows itself in the first call. On
// LIAISON_USAGE and LIAISON_FAILED `out_session` holds a session that only tells its error (NULL if
// there is no memory); close it all the same.
LIAISON_API enum liaison_outcome liaison_open(const char *directory, const char *client,
                                              struct liaison_session **out_session);

// Accepts a pointer to NULL; sets it to NULL. What was started and not finished may or may not take
// effect.
LIAISON_API void liaison_close(struct liaison_session **session);

// Milliseconds that a call may take, at least 1.
LIAISON_API void liaison_set_timeout(struct liaison_session *session, unsigned timeout_ms);

// One line about the last call that was not LIAISON_DONE; "" if there was none. Valid until the
// next call.
LIAISON_API const char *liaison_error_text(const struct liaison_session *session);

// {"code", "text", "faults": [{"field", "title", "text", "source"}]} of the last LIAISON_REFUSED,
// else NULL. Valid until the next call.
LIAISON_API const char *liaison_refusal_json(const struct liaison_session *session);

// Who the daemon is, what this key may do, the newest position and the daemon's time.
LIAISON_API enum liaison_outcome liaison_greet(struct liaison_session *session, char **out_json);

// -------------------------------------------------------------------------------------- submitting

enum liaison_drill { LIAISON_IN_EARNEST = 0, LIAISON_DRILL = 1 };

// A statement to seal. Start from {0}: every member but `kind` and the body may stay empty. Later
// versions of the library with the same soname add no members.
struct liaison_draft {
    const char *id;        // UUIDv7; NULL: the library chooses one
    const char *kind;      // "lead.notice"
    const char *const *to; // 主送, agency ids; none for a fact
    size_t to_count;
    const char *const *copy; // 抄送
    size_t copy_count;
    const char *const *officers; // certificate numbers on the roll
    size_t officer_count;
    const char *matter;     // UUID; NULL: that of the statement replied to, else a new one
    const char *compact;    // NULL: the matter's, else the only one that has all parties
    const char *own_number; // 文号
    // with source_record: where the statement stands in the caller's own records
    const char *source_system;
    const char *source_record;
    const char *urgent_reason;      // NULL: not urgent
    const char *handling;           // NULL or 内部
    const char *in_reply_to;        // UUID
    const char *in_reply_to_author; // NULL: whoever's statement of that id is held
    int64_t occurred_at;            // milliseconds since 1970-01-01T00:00:00Z; 0: when it is sealed
    enum liaison_drill drill;
    const char *body_json; // the body as JSON, or
    // the body as protobuf (liaison_body_encode), if body_json is NULL
    const void *body;
    size_t body_bytes;
};

enum liaison_acceptance {
    LIAISON_NOT_ACCEPTED = 0,
    LIAISON_ACCEPTED = 1, // durable; in a check: it would be accepted
    LIAISON_HELD = 2,     // the same statement was accepted before
};

// What came of one draft. `outcome` is LIAISON_DONE, LIAISON_REFUSED or LIAISON_UNREACHABLE (repeat
// with the same id to learn).
struct liaison_result {
    enum liaison_outcome outcome;
    enum liaison_acceptance acceptance;
    char id[40]; // UUID; for a source record sent before, that under which it is held
    char matter[40];
    char short_number[16]; // to be said on the telephone
    char code[32];         // of the refusal, else ""
    uint64_t position;     // in the daemon's store
    int64_t sealed_at;     // milliseconds since 1970-01-01T00:00:00Z
};

// Submits drafts and waits. `results` has room for `count`. LIAISON_DONE: every draft was accepted
// or held before. LIAISON_REFUSED: at least one was refused, `results` tells which; or the library
// refused one (liaison_error_text names it) and nothing was sent, then every result is
// LIAISON_REFUSED. LIAISON_UNREACHABLE: at least one is undecided.
LIAISON_API enum liaison_outcome liaison_submit(struct liaison_session *session,
                                                const struct liaison_draft *drafts, size_t count,
                                                struct liaison_result *results);

// The same, changing nothing: what would be refused, which duties would follow, who can be reached.
LIAISON_API enum liaison_outcome liaison_submit_check(struct liaison_session *session,
                                                      const struct liaison_draft *drafts,
                                                      size_t count, struct liaison_result *results);

// For bulk senders: starts a batch without waiting; many may be under way. The drafts may go away
// when this returns.
LIAISON_API enum liaison_outcome liaison_submit_start(struct liaison_session *session,
                                                      const struct liaison_draft *drafts,
                                                      size_t count, uint64_t *out_ticket);

// Waits for a batch, in any order of tickets. `count` is that of its start. A batch that is
// LIAISON_UNREACHABLE is given up.
LIAISON_API enum liaison_outcome liaison_submit_finish(struct liaison_session *session,
                                                       uint64_t ticket,
                                                       struct liaison_result *results,
                                                       size_t count);

// The whole answer to draft `index` of the batch finished last: refusal with faults; and, where the
// batch was one draft or a check, duties opened or met, and reachability.
LIAISON_API enum liaison_outcome liaison_result_json(struct liaison_session *session, size_t index,
                                                     char **out_json);

// Submits one draft that answers, confirms, signs for or recalls the statement named by `message`:
// its id, its six-digit short number, or author/id, author/number. Looks it up and fills what the
// draft leaves empty: matter, in_reply_to and `to` (its author; for a statement of our own, its
// recipients). `count` of ambiguous short numbers is refused with "not-found".
LIAISON_API enum liaison_outcome liaison_reply(struct liaison_session *session, const char *message,
                                               const struct liaison_draft *draft,
                                               struct liaison_result *result);

// The same, checking only.
LIAISON_API enum liaison_outcome liaison_reply_check(struct liaison_session *session,
                                                     const char *message,
                                                     const struct liaison_draft *draft,
                                                     struct liaison_result *result);

// 签收: signs for a message. `officer` is the signer's certificate; the others may be NULL: for whom
// the signer stands in, who took it over in fact, a note.
LIAISON_API enum liaison_outcome liaison_acknowledge(struct liaison_session *session,
                                                     const char *message, const char *officer,
                                                     const char *for_certificate,
                                                     const char *agent_name, const char *note,
                                                     struct liaison_result *result);

// ------------------------------------------------------------------------------------- attachments

// Told of every piece of a file that has gone over: bytes of all. May be NULL.
typedef void (*liaison_progress)(void *context, uint64_t done, uint64_t total);

// Puts a file into the daemon, so that statements can list it; what is there already is not sent again, and a
// put that was broken off goes on. {"root": the digest it is known by, "size", "suite_name"}. Takes at most the
// session's timeout for each piece.
LIAISON_API enum liaison_outcome liaison_put(struct liaison_session *session, const char *path,
                                             liaison_progress progress, void *context,
                                             char **out_json);

enum liaison_holding { LIAISON_COPY = 0, LIAISON_ORIGINAL = 1 };

// A file to go with a statement. Start from {0}: every member but `path` may stay empty. Later versions of the
// library with the same soname add no members.
struct liaison_attachment {
    const char *path;
    const char *name;       // NULL: the last part of the path
    const char *media_type; // "image/jpeg"
    const char *document;   // code of the list `document`
    const char *evidence;   // code of the list `evidence`
    enum liaison_holding original; // LIAISON_ORIGINAL: the agency holds it on paper
    const char *collected_by;
    int64_t collected_at; // milliseconds since 1970-01-01T00:00:00Z; 0: not said
};

// Puts a file and lists it in the first draft of the session's next submission, reply or check that is not
// LIAISON_USAGE; after that submission nothing is listed any more, after a check it still is.
LIAISON_API enum liaison_outcome liaison_attach(struct liaison_session *session,
                                                const struct liaison_attachment *attachment,
                                                liaison_progress progress, void *context);

// Writes an attachment to a file, which is there when all of it is. `message` as in liaison_reply, `name` the
// attachment's name or its number, from 1; or `message` NULL and `name` the digest of a file. The answer is
// that of liaison_put.
LIAISON_API enum liaison_outcome liaison_get(struct liaison_session *session, const char *message,
                                             const char *name, const char *path,
                                             liaison_progress progress, void *context,
                                             char **out_json);

// ------------------------------------------------------------------------------------------- lists

// A list is published as a statement a line, addressed to nobody: whoever subscribed has it.
enum liaison_list_form {
    LIAISON_LIST_CSV = 0,   // RFC 4180, with a header line
    LIAISON_LIST_JSONL = 1, // a body a line
};

enum liaison_import_purpose { LIAISON_IMPORT_PUBLISH = 0, LIAISON_IMPORT_CHECK = 1 };

// What came of one line. All of it is borrowed for the length of the call.
struct liaison_line {
    uint64_t number;      // from 1, the header counts
    uint64_t last_number; // where a quoted line end makes it several
    enum liaison_outcome outcome; // LIAISON_DONE or LIAISON_REFUSED
    enum liaison_acceptance acceptance;
    const char *id;           // UUID, "" if it was refused
    const char *record;       // source record, "" if the line has none
    const char *refusal_json; // as liaison_refusal_json; NULL unless refused
    const char *raw;          // the line as it was read, without its end; NULL if it was too long
    size_t raw_bytes;
    const char *header; // of CSV: its header line as it was read, byte order mark included
    size_t header_bytes;
    uint64_t input_bytes; // read up to the end of the line
};

enum liaison_import_step { LIAISON_GO_ON = 0, LIAISON_STOP = 1 };

// A list to publish. Start from {0}: `read`, `tell` and `source_system` must be given. Later versions
// of the library with the same soname add no members.
struct liaison_import {
    enum liaison_list_form form;
    enum liaison_import_purpose purpose;
    const char *kind; // NULL: info.shared
    // Bytes of the list into the buffer, as read(2): UTF-8 or GB18030.
    ptrdiff_t (*read)(void *user, void *buffer, size_t size);
    // Back to the beginning of the list, 0, or below 0 on failure: then its encoding is known before the
    // first line is published. NULL: it can be read once only.
    int (*rewind)(void *user);
    // Each line whose fate is known, in their order.
    enum liaison_import_step (*tell)(void *user, const struct liaison_line *line);
    void *user;
    const char *source_system; // the list's name, up to 128 bytes: the same in each run
    // The column that names each record (of JSONL: the field, by path); NULL: lines are known by a
    // digest of their content, equal ones by their order.
    const char *key;
    const char *const *maps; // CSV: "COLUMN=FIELD"; FIELD "": leave the column out; "details"
    size_t map_count;
    const char *category; // where a line has none; NULL: none
    const char *region;
    int64_t formed_at; // milliseconds since 1970-01-01T00:00:00Z; 0: none
    const char *compact;
    const char *handling;
    const char *const *officers;
    size_t officer_count;
    enum liaison_drill drill;
};

struct liaison_import_sum {
    uint64_t lines; // told of; of a CSV file without its header
    uint64_t accepted;
    uint64_t held; // accepted before
    uint64_t refused;
    uint64_t stopped_at; // the first line whose fate is not known; 0: all were told of
};

// Publishes a list while it reads it, in bounded memory (but for 64 bytes a line where there is no
// `key`). What was published before is held and not published again, so that a run that broke off is
// simply repeated. LIAISON_DONE: all lines are published or held, or `tell` stopped it.
// LIAISON_REFUSED: some lines are refused and were told of; or, with `stopped_at`, the daemon takes
// none of them, or the file cannot be read as a list, and liaison_refusal_json says why.
// LIAISON_UNREACHABLE, LIAISON_FAILED: it broke off at `stopped_at`.
LIAISON_API enum liaison_outcome liaison_import(struct liaison_session *session,
                                                const struct liaison_import *list,
                                                struct liaison_import_sum *out_sum);

// A date or time as lists have them, 2025-10-13 or 2025年10月13日 9:30, or RFC 3339. LIAISON_USAGE if
// it is none.
LIAISON_API enum liaison_outcome liaison_moment(const char *text, int64_t *out_instant);

// ----------------------------------------------------------------------------------------- reading

// {"messages": [...]} of the statement named as in liaison_reply; LIAISON_REFUSED "not-found" if
// none is held.
LIAISON_API enum liaison_outcome liaison_find(struct liaison_session *session, const char *message,
                                              char **out_json);

// {"messages": [...]}, newest first. `query_json` NULL or {"direction", "state", "matter",
// "after_position", "limit"}.
LIAISON_API enum liaison_outcome liaison_list(struct liaison_session *session,
                                              const char *query_json, char **out_json);

// {"messages": [...], "next"}, newest first: what holds all words of "text", in any text of header
// or body that this client may read; liaison(1) says what counts of a text. `query_json`: {"text",
// "kind" (its beginning), "author", "category", "direction", "state", "matter", "since", "until",
// "after_position", "limit" (1 to 1000, else 100)}. "next" is where to go on, as "after_position"; 0:
// there is no more.
LIAISON_API enum liaison_outcome liaison_search(struct liaison_session *session,
                                                const char *query_json, char **out_json);

// {"matter", "messages": [...] oldest first, "duties": [...]}.
LIAISON_API enum liaison_outcome liaison_matter(struct liaison_session *session, const char *matter,
                                                char **out_json);

// {"duties": [...]}. `query_json` NULL or {"owed_by", "light", "closed_too", "matter", "limit"}.
LIAISON_API enum liaison_outcome liaison_due(struct liaison_session *session,
                                             const char *query_json, char **out_json);

// {"subscriptions": [...]}: "peer", "side" ("publisher": this agency publishes, "subscriber": it asked), "state", what was asked
// for or granted, and how many publications the peer was given and has. `query_json` NULL or {"peer", "ended_too", "waiting_only"}. Of the publisher's that is
// "asked" an officer decides: liaison_reply to "request" with "subscription.grant" or "subscription.refusal"; each of "asked_for" is granted or left out,
// and all of "left_out" must be.
LIAISON_API enum liaison_outcome liaison_subscriptions(struct liaison_session *session,
                                                       const char *query_json, char **out_json);

// {"messages": [...]}: the catalogue's entries as they stand, this agency's and the other members'. `query_json` NULL or {"text",
// "category", "author"}.
LIAISON_API enum liaison_outcome liaison_catalogue(struct liaison_session *session,
                                                   const char *query_json, char **out_json);

// What the matter's procedure lets this agency do now. {"matter", "now", "agency", "role", "compact",
// "procedure", "owed": [duties, each with "acts" that meet it and "extension" or null], "answers":
// [messages that wait for a reply, each with "answers"], "drafts": [what the silence of others
// prepares, each with "kind", "to" and "body"]}. A step has "kind", "to", "reply_to" and "needs".
// It advises; nothing is sent.
LIAISON_API enum liaison_outcome liaison_next(struct liaison_session *session, const char *matter,
                                              char **out_json);

LIAISON_API enum liaison_outcome liaison_status(struct liaison_session *session, char **out_json);

// Begins to follow what happens: everything after the position `from` ("turn.index"), then what
// happens from now on; NULL: from now on. Replaces what the session followed before.
LIAISON_API enum liaison_outcome liaison_watch(struct liaison_session *session, const char *from);

// The next event, or NULL in `out_json` if none came within `timeout_ms`. Events come once each and
// in order; when the daemon goes away and returns, they go on where they stopped. LIAISON_REFUSED
// ends the watch.
LIAISON_API enum liaison_outcome liaison_next_event(struct liaison_session *session,
                                                    unsigned timeout_ms, char **out_json);

// -------------------------------------------------------------------------------- members and keys

// Trusts a card (PEM text or envelope bytes) that a person has compared.
LIAISON_API enum liaison_outcome liaison_peer_add(struct liaison_session *session, const void *card,
                                                  size_t card_bytes, char **out_json);
LIAISON_API enum liaison_outcome liaison_peer_list(struct liaison_session *session,
                                                   char **out_json);
LIAISON_API enum liaison_outcome liaison_peer_suspend(struct liaison_session *session,
                                                      const char *agency, char **out_json);
LIAISON_API enum liaison_outcome liaison_peer_resume(struct liaison_session *session,
                                                     const char *agency, char **out_json);

// `officer_json`: {"certificate", "name", "section", "telephone", "roles": [...]}.
LIAISON_API enum liaison_outcome liaison_officer_add(struct liaison_session *session,
                                                     const char *officer_json, char **out_json);
// What the officer signed stays signed.
LIAISON_API enum liaison_outcome liaison_officer_remove(struct liaison_session *session,
                                                        const char *certificate, char **out_json);
LIAISON_API enum liaison_outcome liaison_officer_list(struct liaison_session *session,
                                                      char **out_json);

// {"compacts": [...]}, {"procedures": [...]}; `id` NULL: all. One procedure comes with its text.
LIAISON_API enum liaison_outcome liaison_compact(struct liaison_session *session, const char *id,
                                                 char **out_json);
LIAISON_API enum liaison_outcome liaison_procedure(struct liaison_session *session, const char *id,
                                                   char **out_json);

// Moves the clock of a daemon started with --test-clock, forward only. `to` is RFC 3339.
LIAISON_API enum liaison_outcome liaison_test_clock(struct liaison_session *session, const char *to,
                                                    char **out_json);

// Vouches for the daemon's clock as it is, after a jump that stopped it from sealing.
LIAISON_API enum liaison_outcome liaison_accept_clock(struct liaison_session *session,
                                                      char **out_json);

// Takes down an alarm that liaison_status shows, once somebody has dealt with it.
LIAISON_API enum liaison_outcome liaison_clear_alarm(struct liaison_session *session,
                                                     const char *code, const char *agency,
                                                     char **out_json);

// A matter as PEM text: the cards of its authors, then its statements, oldest first. Enough for
// liaison_verify.
LIAISON_API enum liaison_outcome liaison_export(struct liaison_session *session, const char *matter,
                                                char **out_text);

// -------------------------------------------------------------------------- tools without a daemon
//
// Those with `out_json` set it on every outcome but LIAISON_FAILED; where it is not LIAISON_DONE or
// LIAISON_UNDETERMINED it is a refusal {"code", "text", "faults"}. On LIAISON_FAILED it is
// untouched.

// Reads RFC 3339 text, any offset, into milliseconds since 1970-01-01T00:00:00Z. LIAISON_USAGE if
// it is none.
LIAISON_API enum liaison_outcome liaison_instant(const char *text, int64_t *out_instant);

// {"kinds": [...], "codes": [...] every list of codes}, or one kind with fields and their lists; LIAISON_REFUSED "unknown-kind".
LIAISON_API enum liaison_outcome liaison_kinds(const char *kind, char **out_json);

// Body from JSON to protobuf and back. Refuses unknown keys, wrong types, doubled keys and text
// that a statement may not hold, each with its path. `out_fault_json` is set on LIAISON_REFUSED.
LIAISON_API enum liaison_outcome liaison_body_encode(const char *kind, const char *body_json,
                                                     uint8_t **out_bytes, size_t *out_size,
                                                     char **out_fault_json);
LIAISON_API enum liaison_outcome liaison_body_decode(const char *kind, const void *body,
                                                     size_t body_bytes, char **out_json);

// Does the body also have all that its kind asks for? {"kind"} or the refusal with every fault.
LIAISON_API enum liaison_outcome liaison_body_check(const char *kind, const char *body_json,
                                                    char **out_json);

// Legal time: `within` of `from`, by the calendar text (calendar.csv), for a region code, or the
// national layer alone if `region` is NULL. {"outcome": "known" | "earliest" | "unknown" | "none",
// "due", "due_at", "explanation", "days": [...]}. LIAISON_UNDETERMINED with the same object unless
// it is known.
LIAISON_API enum liaison_outcome liaison_clock(const char *from, const char *within,
                                               const char *region, const char *calendar,
                                               size_t calendar_bytes, char **out_json);

// Parses a procedure: {"id", "title", "digest", "roles", "duties": [...], "requirements": [...]},
// each rule as data and, under "zh" and "en", in words; or a refusal whose fault names the line.
LIAISON_API enum liaison_outcome liaison_procedure_check(const char *text, size_t text_bytes,
                                                         char **out_json);

// A file of law: a procedure, or a compact under one. `name` is what complaints call it.
struct liaison_law_file {
    const char *name;
    const char *text;
    size_t text_bytes;
};

// Reads files that are to stand side by side and looks for what no parser sees: duties that nothing
// can open or meet, roles that nobody has, versions that are valid at once, compacts that do not fit
// their procedure. {"procedures": [...], "compacts": [...], "faults": [{"file", "line", "text"}]};
// LIAISON_REFUSED, with the same object, if there are faults.
LIAISON_API enum liaison_outcome liaison_law_check(const struct liaison_law_file *files,
                                                   size_t count, char **out_json);

// A card's contents and key id. Its signature is checked with its own key: that shows it whole, not
// whose it is.
LIAISON_API enum liaison_outcome liaison_card(const void *card, size_t card_bytes, char **out_json);

// Verifies every statement of a bundle, or one envelope (PEM or bytes). `cards` is PEM text of
// cards that the caller trusts, or NULL. {"verdict", "cards": [...], "statements": [{...,
// "verdict", "trusted", "header", "body"}]}. Cards inside the bundle vouch only for themselves:
// compare their key ids. LIAISON_REFUSED, with the same object, if anything does not verify.
LIAISON_API enum liaison_outcome liaison_verify(const void *bundle, size_t bundle_bytes,
                                                const char *cards, char **out_json);
// The same, and each of the files must be an attachment of a statement that verifies, whatever it is
// called now: "files": [{"path", "verdict", "text", "attachments": [{"author", "id", "part", "name"}]}].
LIAISON_API enum liaison_outcome liaison_verify_files(const void *bundle, size_t bundle_bytes,
                                                      const char *cards, const char *const *paths,
                                                      size_t path_count, char **out_json);

#ifdef __cplusplus
}
#endif
