// SPDX-License-Identifier: Apache-2.0
//
// Everything the daemon can experience. Intake makes events, rules map them to effects; nothing else causes anything.
//
// Invariant: an event is complete: deciding it needs the store and the turn's now, no socket and no further input.
// Lifetime: turn (what it points to lives at least until the turn's end).
#pragma once

#include "effect.h"
#include "wire/kinds.h"

enum event_form {
    EVENT_START,       // the daemon has opened its store
    EVENT_REQUEST,     // a local client asks
    EVENT_STATEMENTS,  // a peer's frame of statements, verified
    EVENT_HELLO,       // a peer greets
    EVENT_LINK_DOWN,   // the last link to a peer ended
    EVENT_ASK_OFFERED, // a creditor asks whether our silence is ours
    EVENT_TICK,        // a due time may have come
    EVENT_LOOK_AHEAD,  // it is time to look whether the calendar knows what is needed next
    EVENT_DOOR,        // a listener was closed
    EVENT_RELOAD,      // the operator's files were read again
    EVENT_RESUME,      // the store failed: what a turn would have asked may be lost with it
    EVENT_JUDGE_ON,    // another calendar is in force: open duties are counted anew by it
    EVENT_HEARD_ON,    // a peer's mark decided more than one turn judges
    EVENT_PUBLISH_ON,  // a subscription began with what was published before it, and more than one turn looks at
    EVENT_ASK_CHUNK,   // a peer asks for a chunk of an attachment
    EVENT_ASK_WHOLE,   // a peer asks which attachments are whole here
    EVENT_FILE,        // something has come of a file
};

enum file_form {
    FILE_WHOLE,   // it is here, whole and durable
    FILE_FALSE,   // a peer sent what does not lead to what its author committed to
    FILE_LOST,    // of some file the row is here and the bytes are not
    FILE_NOWHERE, // and nobody is known who has them
    FILE_FOUND,   // of none any more
    FILE_AGED,    // it is time to look for files that no statement took
};

struct file_event {
    enum file_form form;
    struct file_name name;
    uint64_t position; // of the statement it was fetched for, from `peer` of the event
    unsigned part;
    struct client_ref client; // who put it here, if no peer did
    uint64_t number;
    const char *user;
    int64_t until; // FILE_AGED: those put here up to then
};


// A procedure, calendar or compact file as the operator laid it down.
struct law_text {
    const char *what; // "procedure", "calendar", "compact"
    const char *name; // file name, for complaints
    struct bytes content;
};

// What the daemon starts with, or finds when it reads its files again.
struct start {
    const Wire__Card *card; // our own
    struct bytes card_envelope;
    const struct law_text *texts;
    size_t text_count;
};

enum client_role { ROLE_NONE, ROLE_SUBMITTER, ROLE_OFFICER, ROLE_AUDITOR, ROLE_OPERATOR, ROLE_ADMINISTRATOR };

struct client_request {
    struct client_ref from;
    const char *client; // name of the key
    const char *user;   // the key itself, as "name/key"
    enum client_role role;
    const Control__Request *request;
    bool allowed; // this role may ask this
};

// One item of a statements frame after the worker has looked at it.
struct arrived {
    enum frame_role role;
    const char *fault_code; // PROTOCOL.md section 11; NULL: verified in full
    const char *fault_text;
    const uint8_t *seal_bytes; // NULL if the item does not even decode
    struct seal seal;
    struct envelope envelope;
    struct bytes proof;
    struct digest leaf;
    const Wire__Header *header;       // NULL if it does not decode
    const struct kind *kind;          // NULL: unknown
    const ProtobufCMessage *body;     // NULL: withheld, or unknown kind
};

struct statements {
    uint32_t stream;
    uint64_t epoch;
    uint64_t first;
    const struct arrived *items;
    size_t count;
};

struct event {
    enum event_form form;
    const char *peer; // agency that CURVE proved; NULL for local events
    union {
        struct start start;
        struct client_request request;
        struct statements statements;
        const Wire__Hello *hello;
        int64_t up_to; // EVENT_ASK_OFFERED
        const char *door; // EVENT_DOOR: why, as the code of an alarm
        uint64_t place; // EVENT_JUDGE_ON, EVENT_HEARD_ON: the first duty to look at
        const Wire__AskChunk *ask_chunk;
        const Wire__AskWhole *ask_whole;
        struct file_event file;
        bool crowded; // EVENT_TICK: others are about, who wait for this turn or for the next
    };
    bool linked_before;   // EVENT_HELLO: the link was up already
    int64_t skew_ms;      // the peer's clock minus ours, at its last hello
    uint64_t fresh_epoch; // random, for whatever event turns out to need a new epoch
    bool clock_trusted;
    bool disk_full;       // nothing new is taken; receipts and reads go on
    uint64_t file_room;   // bytes that files may still take
};

// What intake hears about links. No rule needs it and nothing durable follows; the turn hands it to dispatch.
enum link_form {
    LINK_REACHED,  // our call to an endpoint came through: time to greet
    LINK_BROKEN,   // the connection to an endpoint ended
    LINK_SHAKEN,   // somebody who had called us hung up; the event does not say who
    LINK_HELLO,    // the peer greeted us
    LINK_HEARD,    // any frame
    LINK_LATER,    // it asks us to wait or to begin again
    LINK_BYE,
    LINK_CHUNK,    // a chunk of what we fetch from it
};

enum link_side { LINK_OUTBOUND, LINK_INBOUND };

struct link_news {
    enum link_form form;
    enum link_side side;
    const char *peer;     // NULL for LINK_REACHED and LINK_BROKEN
    const char *endpoint; // for these two
    uint8_t routing[ROUTING_BYTES]; // inbound: where answers go
    unsigned call;        // outbound: over which of our calls, as its label says
    const Wire__Hello *hello;
    const Wire__Later *later;
    const Wire__Bye *bye;
    const Wire__Chunk *chunk;
};
