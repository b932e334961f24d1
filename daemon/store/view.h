// SPDX-License-Identifier: Apache-2.0
//
// All reading of the store, for rules and dispatch. Everything found is copied into the given arena, so it outlives later writes of the turn.
//
// Invariant: a view never changes anything. A failure sticks: from then on nothing is found, and the turn must not commit.
// Lifetime: transaction; results live as long as the arena.
#pragma once

#include "law/compact.h"
#include "law/obligation.h"
#include "wire/file_name.h"
#include "wire/record.pb-c.h"
#include "wire/statement.pb-c.h"

struct sought;
struct view;

// 0, or the first failure as a negative errno (an exhausted arena is -ENOMEM).
int view_failure(const struct view *view);
const Record__State *view_state(const struct view *view);

// ---- agencies, officers

struct agency {
    Wire__Card *card;
    struct bytes envelope; // of the card
    bool suspended;
    const char *region;
};
bool view_agency(struct view *view, const char *id, struct arena *arena, struct agency *out_agency);
// The region code of an agency's card; "" if it is not known.
const char *view_region(struct view *view, const char *id, struct arena *arena);
size_t view_agencies(struct view *view, struct arena *arena, const char *const **out_ids);
Record__PeerState *view_peer_state(struct view *view, const char *id, struct arena *arena); // zeroed if there is none
Record__OfficerSet *view_officer(struct view *view, const char *certificate, struct arena *arena);
size_t view_officers(struct view *view, struct arena *arena, Record__OfficerSet ***out_officers);
size_t view_alarms(struct view *view, struct arena *arena, Record__Alarm ***out_alarms);
bool view_has_alarm(struct view *view, const char *code, const char *agency);

// ---- law

// A text is named by its digest or by as many of its first bytes as tell it from all others in a store.
enum { VIEW_SHORT_DIGEST_BYTES = 8 };
const struct procedure *view_procedure(struct view *view, struct bytes digest, struct arena *arena);
const struct calendar *view_calendar(struct view *view, struct bytes digest, struct arena *arena);
Record__LawInForce *view_law(struct view *view, struct arena *arena); // NULL: none yet
Record__TextHeld *view_text(struct view *view, struct bytes digest, struct arena *arena);
struct held_compact {
    Record__CompactSet *row;
    const struct compact *compact;
};
bool view_compact(struct view *view, const char *id, struct arena *arena, struct held_compact *out_compact);
size_t view_compacts(struct view *view, struct arena *arena, struct held_compact **out_compacts);

// ---- statements

uint64_t view_find(struct view *view, const char *author, struct bytes id); // position; 0: not held
// 0 as well for a source that is longer than any that may be held.
uint64_t view_find_source(struct view *view, const char *author, const Wire__Source *source);
// Those of an author's newest `scan` statements that bear a short number.
size_t view_numbered(struct view *view, const char *author, const char *number, size_t scan, struct arena *arena, uint64_t **out_positions);

// A statement as it is held here. What it says is its header's to say.
struct held {
    uint64_t position;
    ProtobufCBinaryData leaf;
    const char *carrier; // "": sealed here
    int64_t sealed_at;
    int64_t received_at; // 0: sealed here
    uint64_t epoch;      // of the author's seal
    uint64_t turn;
    bool enclosed; // parts withheld
    char **marks;
    size_t n_marks;
    const Wire__Header *header;
};
// When it came to be held here, for what came by its own author or is ours.
static inline int64_t view_had_at(const struct held *held)
{
    return held->received_at != 0 ? held->received_at : held->sealed_at;
}
const struct held *view_statement(struct view *view, uint64_t position, struct arena *arena);
struct bytes view_proof(struct view *view, uint64_t position, struct arena *arena); // part 0
// Part `number` (1 is the first); false: withheld, erased or absent.
bool view_part(struct view *view, uint64_t position, unsigned number, struct arena *arena,
               const uint8_t **out_salt, struct bytes *out_content);
// The body as those see it who may read bodies; false: withheld, erased, or recalled by whoever sent it.
bool view_readable_body(struct view *view, const struct held *held, struct arena *arena, struct bytes *out_body);
// SEAL_BYTES, or NULL.
const uint8_t *view_seal(struct view *view, const char *author, uint64_t epoch, uint64_t turn, struct arena *arena);

enum view_parts { VIEW_ALL_PARTS, VIEW_NO_PARTS };
// The body of PROTOCOL.md section 6 of a statement whose header is known; data NULL if not held.
struct bytes view_body(struct view *view, uint64_t position, const Wire__Header *header, enum view_parts parts, struct arena *arena);
// The whole envelope, alone.
struct bytes view_envelope(struct view *view, uint64_t position, enum view_parts parts, struct arena *arena);

// Positions in rising order. `kind` NULL: all kinds.
// All of a matter, in the order in which they came.
size_t view_matter(struct view *view, struct bytes matter, struct arena *arena, uint64_t **out_positions);
// Those of one kind that were sealed at `since` or later, in the order of their sealing.
size_t view_matter_kind(struct view *view, struct bytes matter, const char *kind, int64_t since, struct arena *arena, uint64_t **out_positions);
// The first that is held of a matter, by a compact (NULL: by any, or by none).
uint64_t view_matter_first(struct view *view, struct bytes matter, const char *compact);
size_t view_heads(struct view *view, struct bytes matter, size_t limit, struct arena *arena, uint64_t **out_positions);

// What is known of a statement that replies to another, without opening it.
struct reply {
    uint64_t position;
    int64_t had_at; // when its author had what it replies to, by his word; 0: he does not say
    const char *author;
    const char *kind;
};
// Ordered by kind, author, time and position. `kind` NULL takes all, `author` NULL all of the kind.
size_t view_replies(struct view *view, uint64_t position, const char *kind, const char *author, struct arena *arena, struct reply **out_replies);
// The first of each kind and author alone: who had the statement earliest, and which kinds there are.
size_t view_reply_firsts(struct view *view, uint64_t position, struct arena *arena, struct reply **out_replies);
bool view_is_recalled(struct view *view, uint64_t position, const char *author, struct arena *arena);
// All replies to a statement that is not held itself.
size_t view_awaiting(struct view *view, const char *author, struct bytes id, struct arena *arena, struct reply **out_replies);
bool view_has_mark(const struct held *held, const char *mark);

// ---- publications

// All subscriptions, or those with one agency (NULL: with any), by agency and age.
size_t view_subscriptions(struct view *view, const char *peer, struct arena *arena, Record__SubscriptionSet ***out_subscriptions);
Record__SubscriptionSet *view_subscription(struct view *view, const char *peer, uint64_t request, struct arena *arena);
// Publications of an author, at most `limit` from a position on. Those of the catalogue stand apart.
size_t view_published(struct view *view, bool catalogue, const char *author, uint64_t from, size_t limit, struct arena *arena,
                      uint64_t **out_positions);
// What of the catalogue is held, whoever published it.
size_t view_catalogue(struct view *view, struct arena *arena, uint64_t **out_positions);

// Positions below `below` (0: of all) that may be what is sought, the newest first; whether they do is for the caller to see. One call looks at a bounded
// stretch: it may propose none, and those below `next` are still to be asked for. next 0: there are no others.
struct proposal {
    uint64_t *positions;
    size_t count;
    uint64_t next;
};
void view_propose(struct view *view, const struct sought *sought, uint64_t below, struct arena *arena, struct proposal *out_proposal);

// ---- streams

struct stream_place {
    uint64_t epoch;
    uint64_t last;
    uint64_t settled;
};
struct stream_place view_outgoing(struct view *view, const char *peer, uint32_t stream, struct arena *arena);
struct stream_place view_incoming(struct view *view, const char *peer, uint32_t stream, struct arena *arena);
// What one publishes and others have subscribed to goes a stream of its own beside that of direct messages.
enum { STREAM_DIRECT, STREAM_PUBLISHED, STREAM_COUNT };

// What stands in the outbox at a place; 0: nothing.
uint64_t view_outbox(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence);
// The same of all places from `from` to `to`, which is not before it; false: no memory.
struct stretch {
    uint32_t stream;
    uint64_t epoch;
    uint64_t from;
    uint64_t to;
};
bool view_outbox_all(struct view *view, const char *peer, const struct stretch *stretch, struct arena *arena, uint64_t **out_positions);
// Where a message stands in the newest stream towards a recipient; false: never queued for it.
bool view_sent(struct view *view, uint64_t position, const char *peer, uint32_t *out_stream, uint64_t *out_epoch, uint64_t *out_sequence);
// Whom a message was queued for.
size_t view_recipients(struct view *view, uint64_t position, struct arena *arena, const char *const **out_agencies);
// The receipt that covers a place; NULL: none yet.
Record__CursorMoved *view_run(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence, struct arena *arena);
Record__StreamMoved *view_inbox(struct view *view, const char *peer, uint32_t stream, uint64_t epoch, uint64_t sequence, struct arena *arena);
Record__DeliverySet *view_delivery(struct view *view, uint64_t position, const char *agency, struct arena *arena);
// When a recipient received a message of ours; 0: no receipt yet.
int64_t view_arrived_at(struct view *view, uint64_t position, const char *agency, struct arena *arena);

// ---- duties

Record__DutySet *view_duty(struct view *view, uint64_t opening, unsigned slot, const char *duty, struct arena *arena);
size_t view_duties(struct view *view, uint64_t opening, struct arena *arena, Record__DutySet ***out_duties);
// A duty that a statement of the matter may still change, and until when (store/ongoing.h).
struct ongoing {
    int64_t until;
    Record__DutySet *duty;
};
// Those that a statement of this kind and author may change; `author` "": that one of anybody may. None whose `until` is before `since`.
size_t view_ongoing(struct view *view, struct bytes matter, const char *kind, const char *author, int64_t since, struct arena *arena,
                    struct ongoing ***out_ongoing);
bool view_has_unheard(struct view *view, const char *debtor);
// Walks the duties that are unheard of a debtor from a place on, as view_all_duties does.
size_t view_unheard(struct view *view, const char *debtor, uint64_t *place, size_t limit, struct arena *arena, Record__DutySet ***out_duties);
// Rows of the due index up to `until`, at most `limit`.
size_t view_due(struct view *view, int64_t until, size_t limit, struct arena *arena, Record__DutySet ***out_duties);
int64_t view_next_due(struct view *view); // instant of the first row; 0: none
// Walks all duties from a place on; the next place is written back, 0 at the end.
size_t view_all_duties(struct view *view, uint64_t *place, size_t limit, struct arena *arena, Record__DutySet ***out_duties);

// ---- attachments; a part is named by its place in the header's list, from 0

struct part_place {
    uint64_t position;
    unsigned part;
    bool urgent;
};
// NULL: nothing is held or awaited of it.
Record__Attached *view_attached(struct view *view, uint64_t position, unsigned part, struct arena *arena);
bool view_attached_name(const Record__Attached *attached, struct file_name *out_name); // false: it is awaited
// Whether an agency may have a part from us; NULL: it was neither sent nor passed on to it.
Record__PartArrived *view_part_arrived(struct view *view, uint64_t position, unsigned part, const char *agency, struct arena *arena);
size_t view_part_arrivals(struct view *view, uint64_t position, unsigned part, struct arena *arena, Record__PartArrived ***out_arrivals);
// What is awaited from a peer, that of urgent messages first; what a peer has not said to hold.
size_t view_fetches(struct view *view, const char *peer, size_t limit, struct arena *arena, struct part_place **out_places);
size_t view_untold(struct view *view, const char *peer, size_t limit, struct arena *arena, struct part_place **out_places);

bool view_has_file(struct view *view, const struct file_name *name);
size_t view_file_uses(struct view *view, const struct file_name *name, size_t limit, struct arena *arena, struct part_place **out_places);
bool view_find_file(struct view *view, struct bytes root, struct file_name *out_name);
// All files, from one on (NULL: from the first); those put up to an instant that no attachment is.
size_t view_files(struct view *view, const struct file_name *from, size_t limit, struct arena *arena, struct file_name **out_names);
size_t view_unused(struct view *view, int64_t until, size_t limit, struct arena *arena, struct file_name **out_names);
