// SPDX-License-Identifier: Apache-2.0
//
// The links to other agencies: who stands where, what is in flight, when to try again. All of it is memory; what must survive is the
// stream's cursor in the store. After it there is only the socket.
//
// Invariant: a link is up by the hello of a connection that stands, and nothing is sent before; at most the granted window is in flight; a frame that would block stays in the store.
// Lifetime: process.
#pragma once

#include "base/wallclock.h"
#include "event.h"
#include "store/view.h"

struct peer_links;
struct tunnels;

struct peer_link_options {
    void *outbound;
    void *inbound; // NULL: does not listen
    uint32_t window_messages; // that we grant
    uint32_t window_bytes;
    struct tunnels *tunnels; // through which others are called; NULL: directly
};

int peer_link_new(const struct peer_link_options *options, struct peer_links **out_links);
void peer_link_free(struct peer_links **links);

// What a card says: where to call (NULL: nowhere) and which key must answer there. Calls at once.
int peer_link_set(struct peer_links *links, const char *agency, const char *endpoint, const char *curve_public, bool suspended);

void peer_link_hear(struct peer_links *links, const struct link_news *news, struct mono now, struct wall wall);

bool peer_link_is_up(const struct peer_links *links, const char *agency);
int64_t peer_link_skew(const struct peer_links *links, const char *agency);
// Fills what only memory knows.
void peer_link_describe(const struct peer_links *links, Control__PeerView *peer);

// Which link stands, as a number that no other link with the peer had since the start; 0: none.
unsigned peer_link_which(const struct peer_links *links, const char *agency);

// Of attachments. False: it did not go through.
enum peer_link_word { PEER_LINK_ASK_CHUNK = 7, PEER_LINK_CHUNK = 8, PEER_LINK_ASK_WHOLE = 10 };
bool peer_link_say(struct peer_links *links, const char *agency, enum peer_link_word word, const ProtobufCMessage *message, struct arena *arena);

// Releases. The hello of a peer was accepted; `answered` is what it said of itself.
void peer_link_greet(struct peer_links *links, struct view *view, const char *agency, bool was_answer, struct mono now, struct wall wall, struct arena *arena);
void peer_link_say_later(struct peer_links *links, const char *agency, const Wire__Later *later, struct arena *arena);
void peer_link_say_bye(struct peer_links *links, const char *agency, const Wire__Bye *bye, struct mono now, struct arena *arena);
// The same on every link that stands.
void peer_link_part(struct peer_links *links, const char *agency, const Wire__Bye *bye, struct mono now, struct arena *arena);
void peer_link_send(struct peer_links *links, const char *agency, struct bytes frame);
// A peer's mark decided more than the turn judged, which goes on at `place`. It is kept until it is taken, peer by peer; NULL: there is none.
void peer_link_hear_on(struct peer_links *links, const char *agency, uint64_t place);
const char *peer_link_take_heard(struct peer_links *links, uint64_t *out_place);

void peer_link_ask_offered(struct peer_links *links, const char *agency, int64_t up_to);
// A statement of the agency was refused: told in the log as far as its lines go.
void peer_link_refused(struct peer_links *links, const char *agency, const char *code, struct mono now);
// The agency has spent its allowance, and something of it was not kept.
void peer_link_unkept(struct peer_links *links, const char *agency);
// The mark came: stop asking up to there.
void peer_link_offered(struct peer_links *links, const char *agency, int64_t up_to);

// Sends what the windows allow, greets, pings, asks again. True: more could be sent at once.
bool peer_link_pump(struct peer_links *links, struct view *view, struct mono now, struct wall wall, struct arena *arena);

// An agency whose last link ended since the last call; NULL: none.
const char *peer_link_take_down(struct peer_links *links, struct mono now);
