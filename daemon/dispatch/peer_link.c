// SPDX-License-Identifier: Apache-2.0
#include "dispatch/peer_link.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "wire/link.pb-c.h"

#include "base/fail.h"
#include "base/log.h"
#include "base/names.h"
#include "dispatch/outbox.h"
#include "dispatch/tunnel.h"

enum {
    FRAME_BODY_BYTES = 256 << 10, // one frame of a bulk; small enough to let others pass
    FRAMES_IN_A_ROUND = 16,
    PING_MS = 15000,
    SILENT_MS = 50000,
    ASK_AGAIN_MS = 2000, // doubled each time: every answer is a sealed record of the other side
    ASK_AGAIN_MOST_MS = 60000,
    CALL_PAUSE_MS = 100,   // before calling again a peer that hung up unheard; doubled each time
    CALL_PAUSE_MOST_MS = 1000,
    CALL_ANEW_MS = 300000, // libzmq can give up on an endpoint for good; calling anew costs nothing
    BYE_MS = 10000,
    PARTING_MS = 500,
    CODE_BYTES = 32,
    OFFER_AGAIN_MS = 5000, // in flight and no receipt; doubled each time, so that a slow line is not filled with repetitions
    OFFER_AGAIN_MOST_MS = 60000,
    PROBES = 3,
    PROBE_EVERY_MS = 300, // the socket learns a little later than its monitor that a caller has gone
    REPLAY_MS = 10000, // at least between two replays
    REMINDERS = 3,
    DEFAULT_WINDOW_BYTES = 1 << 20,
};

enum frame_type { TYPE_HELLO = 1, TYPE_LATER = 3, TYPE_ASK_OFFERED = 4, TYPE_BYE = 9 };

struct side {
    bool up; // greeted
    uint8_t routing[ROUTING_BYTES];
    struct mono heard_at;
};

// One stream towards the peer, as this link has sent of it.
struct flow {
    uint64_t epoch;
    uint64_t next;    // first position not sent on this link
    uint64_t settled; // as last seen
    uint64_t replay_to; // up to here `next` walks what was receipted before
    struct mono replayed_at;
    int reminders;           // still to be sent
    struct mono reminded_at;
    size_t flight_bytes;
    struct mono progress_at; // of the last receipt, or of the first frame after all were receipted
    int64_t patience_ms;
};

struct link {
    char agency[LIMIT_AGENCY_BYTES + 1];
    char endpoint[256];
    char address[256]; // what is connected to: the endpoint, or a tunnel that leads there
    char curve[64];
    char label[LIMIT_AGENCY_BYTES + 16];
    unsigned generation;
    bool suspended;
    bool called;    // zmq_connect was done
    bool greet_due; // the call came through
    bool greet_back; // heard on a link that we had given up
    struct mono called_at;
    struct mono call_due; // 0: none
    struct mono hang_up_due; // 0: none; a bye is still on its way
    int64_t pause_ms;     // before the next call
    struct side outbound;
    struct side inbound;
    bool via_inbound; // where we send
    enum link_side hello_side; // of the hello being decided
    uint8_t hello_routing[ROUTING_BYTES];
    unsigned hello_call;
    uint32_t window_messages;
    uint32_t window_bytes;
    struct flow flows[STREAM_COUNT];
    uint64_t peer_epoch;     // as the peer's last hello says
    uint64_t former_epoch;   // as the hello of another epoch before it said; 0: none was heard
    uint64_t reminded_epoch; // of which reminders were begun on this link
    struct mono wait_until;
    struct mono sent_at;
    int probes; // greetings still to be sent to find out whether the caller is there
    struct mono probed_at;
    int64_t skew_ms;
    int64_t linked_at;
    unsigned linkings; // how often it came up
    int64_t heard_at;
    int64_t ask_up_to; // 0: nothing to ask
    struct mono asked_at; // 0: not on this link
    int64_t ask_pause_ms;
    uint64_t hear_place; // where to go on judging what its mark decided; 0: nowhere
    bool down_untold;
    char alarm[64];         // why it will not speak with us; "": it does
    struct log_share lines; // that it may cause
    uint64_t unkept;        // since the daemon started
    struct link *next_link;
};

struct peer_links {
    struct peer_link_options options;
    struct link *first;
    struct names *by_agency;
};

int peer_link_new(const struct peer_link_options *options, struct peer_links **out_links)
{
    struct peer_links *links = calloc(1, sizeof(*links));
    if (links == NULL || names_new(&links->by_agency) < 0) {
        free(links);
        return FAIL_ORIGIN(-ENOMEM, "links");
    }
    links->options = *options;
    *out_links = links;
    return 0;
}

void peer_link_free(struct peer_links **links)
{
    if (*links == NULL) {
        return;
    }
    for (struct link *link = (*links)->first; link != NULL;) {
        struct link *next = link->next_link;
        free(link);
        link = next;
    }
    names_free(&(*links)->by_agency);
    free(*links);
    *links = NULL;
}

static struct link *find(const struct peer_links *links, const char *agency)
{
    return names_find(links->by_agency, agency);
}

static bool is_up(const struct link *link)
{
    return link->outbound.up || link->inbound.up;
}

// ----------------------------------------------------------------------------------------------------- calling

static void hang_up(struct peer_links *links, struct link *link)
{
    if (link->called) {
        zmq_disconnect(links->options.outbound, link->address);
        link->called = false;
    }
    link->outbound.up = false;
    link->greet_due = false;
    link->call_due.ms = 0;
    link->hang_up_due.ms = 0;
}

// A frame queued for a connection that ended would be delivered after the peer's return, even one recalled since. So every connection has a label of its own.
static int call(struct peer_links *links, struct link *link, struct mono now)
{
    void *socket = links->options.outbound;
    snprintf(link->label, sizeof(link->label), "%s#%u", link->agency, ++link->generation);
    link->called_at = now;
    if (zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, link->curve, strlen(link->curve)) != 0 ||
        zmq_setsockopt(socket, ZMQ_CONNECT_ROUTING_ID, link->label, strlen(link->label)) != 0 ||
        zmq_connect(socket, link->address) != 0) {
        return FAIL_ORIGIN(-errno, link->endpoint);
    }
    link->called = true;
    return 0;
}

// A peer that returns is called at once. One that hangs up without a word, because it does not know us yet or has suspended us,
// would otherwise be called hundreds of times a second.
static void call_again(struct peer_links *links, struct link *link, struct mono now)
{
    if (link->pause_ms == 0) {
        call(links, link, now);
        link->pause_ms = CALL_PAUSE_MS;
        return;
    }
    link->call_due.ms = now.ms + link->pause_ms;
    link->pause_ms = 2 * link->pause_ms < CALL_PAUSE_MOST_MS ? 2 * link->pause_ms : CALL_PAUSE_MOST_MS;
}

// The way to a peer's endpoint.
static int find_way(struct peer_links *links, struct link *link)
{
    if (links->options.tunnels == NULL) {
        memcpy(link->address, link->endpoint, sizeof(link->address));
        return 0;
    }
    tunnel_close(links->options.tunnels, link->address);
    link->address[0] = '\0';
    return link->endpoint[0] == '\0' ? 0 : tunnel_open(links->options.tunnels, link->endpoint, link->address);
}

int peer_link_set(struct peer_links *links, const char *agency, const char *endpoint, const char *curve_public, bool suspended)
{
    struct link *link = find(links, agency);
    if (link == NULL) {
        link = calloc(1, sizeof(*link));
        if (link == NULL) {
            return FAIL_ORIGIN(-ENOMEM, "link");
        }
        snprintf(link->agency, sizeof(link->agency), "%s", agency);
        if (names_put(links->by_agency, link->agency, link) < 0) {
            free(link);
            return FAIL_HOP(-ENOMEM);
        }
        link->next_link = links->first;
        links->first = link;
    }
    bool same = link->called && !suspended && !link->suspended && endpoint != NULL && strcmp(link->endpoint, endpoint) == 0 && strcmp(link->curve, curve_public) == 0;
    if (same) {
        return 0;
    }
    bool was_up = is_up(link);
    if (link->hang_up_due.ms == 0 || !suspended) {
        hang_up(links, link);
    }
    if (link->suspended && !suspended) { // it may still be there and does not know
        link->greet_back = true;
        link->wait_until.ms = 0;
    }
    link->suspended = suspended;
    link->inbound.up = link->inbound.up && !suspended;
    link->down_untold = link->down_untold || (was_up && !is_up(link));
    snprintf(link->endpoint, sizeof(link->endpoint), "%s", endpoint == NULL ? "" : endpoint);
    snprintf(link->curve, sizeof(link->curve), "%s", curve_public);
    int result = find_way(links, link);
    return result < 0 || suspended || endpoint == NULL ? result : call(links, link, wallclock_mono());
}

// ----------------------------------------------------------------------------------------------------- sending

enum send_outcome { SENT, SEND_LATER, SEND_UNREACHABLE };

static enum send_outcome send_on(struct peer_links *links, struct link *link, enum link_side side, struct bytes frame)
{
    void *socket = side == LINK_INBOUND ? links->options.inbound : links->options.outbound;
    const void *id = side == LINK_INBOUND ? (const void *)link->inbound.routing : (const void *)link->label;
    size_t size = side == LINK_INBOUND ? ROUTING_BYTES : strlen(link->label);
    if (zmq_send(socket, id, size, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        return errno == EAGAIN ? SEND_LATER : SEND_UNREACHABLE;
    }
    if (zmq_send(socket, frame.data, frame.size, ZMQ_DONTWAIT) < 0) {
        return SEND_UNREACHABLE;
    }
    link->sent_at = wallclock_mono();
    return SENT;
}

// What is sent on begins at the first position without a receipt.
static void begin_anew(struct link *link)
{
    for (size_t i = 0; i < STREAM_COUNT; i++) {
        link->flows[i].next = 0;
        link->flows[i].flight_bytes = 0;
    }
}

static void side_down(struct link *link, enum link_side side)
{
    bool was_up = is_up(link);
    if (side == LINK_INBOUND) {
        link->inbound.up = false;
    } else {
        link->outbound.up = false;
    }
    link->via_inbound = !link->outbound.up;
    begin_anew(link);
    link->reminded_epoch = 0;
    link->down_untold = link->down_untold || (was_up && !is_up(link));
}

static enum send_outcome send_frame(struct peer_links *links, struct link *link, struct bytes frame)
{
    while (is_up(link)) {
        enum link_side side = link->via_inbound ? LINK_INBOUND : LINK_OUTBOUND;
        enum send_outcome outcome = send_on(links, link, side, frame);
        if (outcome != SEND_UNREACHABLE) {
            return outcome;
        }
        side_down(link, side);
    }
    return SEND_UNREACHABLE;
}

static struct bytes make_frame(unsigned type, const ProtobufCMessage *message, struct arena *arena)
{
    size_t size = protobuf_c_message_get_packed_size(message) + 2;
    uint8_t *frame = arena_take_unset(arena, size);
    if (frame == NULL) {
        return (struct bytes){0};
    }
    frame[0] = PROTOCOL_VERSION;
    frame[1] = (uint8_t)type;
    protobuf_c_message_pack(message, frame + 2);
    return (struct bytes){frame, size};
}

static enum send_outcome send_hello(struct peer_links *links, struct link *link, struct view *view, enum link_side side, bool answer, struct wall wall,
                       struct arena *arena)
{
    const Record__State *state = view_state(view);
    const Record__SeenMoved *seen = view_peer_state(view, link->agency, arena)->seen;
    const uint8_t *seal = seen == NULL ? NULL : view_seal(view, link->agency, seen->epoch, seen->turn, arena);
    Wire__Hello hello = WIRE__HELLO__INIT;
    hello.version_least = PROTOCOL_VERSION;
    hello.version_most = PROTOCOL_VERSION;
    hello.agency = (char *)state->agency;
    hello.test = state->test;
    hello.clock_at = wall.ms;
    if (seal != NULL) {
        hello.seen = (ProtobufCBinaryData){SEAL_BYTES, (uint8_t *)seal};
    }
    hello.epoch = state->epoch;
    hello.window_messages = links->options.window_messages;
    hello.window_bytes = links->options.window_bytes;
    hello.answer = answer;
    struct bytes frame = make_frame(TYPE_HELLO, &hello.base, arena);
    return frame.data == NULL ? SEND_LATER : send_on(links, link, side, frame);
}

void peer_link_send(struct peer_links *links, const char *agency, struct bytes frame)
{
    struct link *link = find(links, agency);
    if (link != NULL && frame.data != NULL) {
        send_frame(links, link, frame); // what does not go through is said again when the peer offers again
    }
}

bool peer_link_say(struct peer_links *links, const char *agency, enum peer_link_word word, const ProtobufCMessage *message, struct arena *arena)
{
    struct link *link = find(links, agency);
    if (link == NULL || !is_up(link)) {
        return false;
    }
    struct bytes frame = make_frame(word, message, arena);
    return frame.data != NULL && send_frame(links, link, frame) == SENT;
}

void peer_link_say_later(struct peer_links *links, const char *agency, const Wire__Later *later, struct arena *arena)
{
    peer_link_send(links, agency, make_frame(TYPE_LATER, &later->base, arena));
}

// A bye answers a hello, so it goes where that came from, link or not; afterwards we leave each other alone for a while.
void peer_link_say_bye(struct peer_links *links, const char *agency, const Wire__Bye *bye, struct mono now, struct arena *arena)
{
    struct link *link = find(links, agency);
    struct bytes frame = make_frame(TYPE_BYE, &bye->base, arena);
    if (link == NULL || frame.data == NULL) {
        return;
    }
    if (link->hello_side == LINK_INBOUND) {
        memcpy(link->inbound.routing, link->hello_routing, ROUTING_BYTES);
    }
    send_on(links, link, link->hello_side, frame);
    side_down(link, link->hello_side);
    link->wait_until.ms = now.ms + BYE_MS;
    if (log_share_take(&link->lines, now.ms)) {
        log_write(LOG_PEER_REFUSED, "agency=%s code=%s", agency, bye->code);
    }
}

void peer_link_part(struct peer_links *links, const char *agency, const Wire__Bye *bye, struct mono now, struct arena *arena)
{
    static const enum link_side sides[] = {LINK_OUTBOUND, LINK_INBOUND};
    struct link *link = find(links, agency);
    struct bytes frame = make_frame(TYPE_BYE, &bye->base, arena);
    for (size_t i = 0; link != NULL && frame.data != NULL && i < sizeof(sides) / sizeof(sides[0]); i++) {
        bool stands = sides[i] == LINK_INBOUND ? link->inbound.up : link->outbound.up;
        if (stands && send_on(links, link, sides[i], frame) == SENT) {
            link->hang_up_due.ms = now.ms + PARTING_MS;
        }
        if (stands) {
            side_down(link, sides[i]);
        }
    }
}

void peer_link_refused(struct peer_links *links, const char *agency, const char *code, struct mono now)
{
    struct link *link = find(links, agency);
    if (link != NULL && log_share_take(&link->lines, now.ms)) {
        log_write(LOG_STATEMENT_REFUSED, "agency=%s code=%s", agency, code);
    }
}

void peer_link_unkept(struct peer_links *links, const char *agency)
{
    struct link *link = find(links, agency);
    if (link != NULL) {
        link->unkept++;
    }
}

void peer_link_hear_on(struct peer_links *links, const char *agency, uint64_t place)
{
    struct link *link = find(links, agency);
    if (link != NULL) {
        link->hear_place = place;
    }
}

const char *peer_link_take_heard(struct peer_links *links, uint64_t *out_place)
{
    for (struct link *link = links->first; link != NULL; link = link->next_link) {
        if (link->hear_place != 0) {
            *out_place = link->hear_place;
            link->hear_place = 0;
            return link->agency;
        }
    }
    return NULL;
}

void peer_link_ask_offered(struct peer_links *links, const char *agency, int64_t up_to)
{
    struct link *link = find(links, agency);
    if (link != NULL && up_to > link->ask_up_to) {
        link->ask_up_to = up_to;
        link->asked_at.ms = 0;
    }
}

void peer_link_offered(struct peer_links *links, const char *agency, int64_t up_to)
{
    struct link *link = find(links, agency);
    if (link != NULL && up_to >= link->ask_up_to) {
        link->ask_up_to = 0;
    }
}

// ----------------------------------------------------------------------------------------------------- hearing

// libzmq names a connection by its address; a card may name a host, which then cannot be compared.
static bool may_be(const struct link *link, const char *address)
{
    if (!link->called) {
        return false;
    }
    const char *host = strstr(link->address, "://");
    bool comparable = host != NULL && (isdigit((unsigned char)host[3]) || host[3] == '[' || host[3] == '@');
    return !comparable || strcmp(link->address, address) == 0;
}

static void hear_endpoint(struct peer_links *links, const struct link_news *news, struct mono now)
{
    for (struct link *link = links->first; news->endpoint != NULL && link != NULL; link = link->next_link) {
        if (!may_be(link, news->endpoint)) {
            continue;
        }
        if (news->form == LINK_REACHED) {
            link->greet_due = !link->outbound.up;
            continue;
        }
        side_down(link, LINK_OUTBOUND);
        hang_up(links, link);
        if (!link->suspended) {
            call_again(links, link, now);
        }
    }
}

// A peer that lacks what it gave a receipt for has been restored from a copy. The store keeps everything, so it gets it again.
static void replay(struct flow *flow, uint64_t from, struct mono now)
{
    if (flow->replayed_at.ms == 0 || now.ms - flow->replayed_at.ms > REPLAY_MS) {
        flow->replayed_at = now;
        flow->reminders = REMINDERS; // what is offered now can be lost as well
        flow->replay_to = flow->settled;
        flow->next = from;
    }
}

static void hear_later(struct link *link, const Wire__Later *later, struct mono now)
{
    struct flow *flow = later->stream < STREAM_COUNT ? &link->flows[later->stream] : NULL;
    if (flow == NULL || later->epoch != flow->epoch) {
        return;
    }
    if (later->position > flow->settled && later->position < flow->next) {
        flow->next = later->position;
    } else if (later->position != 0 && later->position <= flow->settled) {
        replay(flow, later->position, now);
    }
    uint32_t wait_ms = later->retry_after_ms < 60000 ? later->retry_after_ms : 60000;
    link->wait_until.ms = now.ms + wait_ms;
}

// A code is a short word. Anything else that another says would stand in our log and status as if it were ours.
static const char *clean_code(const char *code)
{
    size_t size = strspn(code, "abcdefghijklmnopqrstuvwxyz-");
    return code[size] == '\0' && size > 0 && size < CODE_BYTES ? code : "?";
}

static bool has_address(const struct link *link, const uint8_t *routing)
{
    return link->inbound.up && memcmp(link->inbound.routing, routing, ROUTING_BYTES) == 0;
}

// An answer address belongs to whoever spoke from it last, and to one link at a time. Another agency may have taken the one of a peer
// that left, and what is for that peer must not go there.
static void take_address(struct peer_links *links, const struct link *owner, const uint8_t *routing)
{
    for (struct link *link = links->first; link != NULL; link = link->next_link) {
        if (link != owner && has_address(link, routing)) {
            side_down(link, LINK_INBOUND);
        }
    }
}

// The peer says what it likes: a difference that no number holds is as large as one can be.
static int64_t measure_skew(int64_t clock_at, struct wall wall)
{
    int64_t skew_ms;
    if (!__builtin_sub_overflow(clock_at, wall.ms, &skew_ms)) {
        return skew_ms;
    }
    return clock_at < 0 ? INT64_MIN : INT64_MAX;
}

void peer_link_hear(struct peer_links *links, const struct link_news *news, struct mono now, struct wall wall)
{
    struct link *link = news->peer == NULL ? NULL : find(links, news->peer);
    if (link != NULL) {
        link->heard_at = wall.ms;
    }
    if (news->peer != NULL && news->side == LINK_INBOUND && (link == NULL || !has_address(link, news->routing))) {
        take_address(links, link, news->routing);
    }
    switch (news->form) {
    case LINK_REACHED:
    case LINK_BROKEN:
        hear_endpoint(links, news, now);
        return;
    case LINK_SHAKEN:
        for (struct link *one = links->first; one != NULL; one = one->next_link) {
            one->probes = PROBES; // its hello may be read after this
        }
        return;
    case LINK_HELLO:
        if (link != NULL) {
            link->hello_side = news->side;
            memcpy(link->hello_routing, news->routing, ROUTING_BYTES);
            link->hello_call = news->call;
            link->skew_ms = measure_skew(news->hello->clock_at, wall);
            link->former_epoch = news->hello->epoch != link->peer_epoch ? link->peer_epoch : link->former_epoch;
            link->peer_epoch = news->hello->epoch;
            link->window_messages = news->hello->window_messages;
            link->window_bytes = news->hello->window_bytes;
        }
        return;
    case LINK_HEARD:
        if (link != NULL) {
            struct side *side = news->side == LINK_INBOUND ? &link->inbound : &link->outbound;
            side->heard_at = now;
            if (news->side == LINK_INBOUND && !side->up) {
                memcpy(side->routing, news->routing, ROUTING_BYTES);
                link->greet_back = true;
            }
        }
        return;
    case LINK_LATER:
        if (link != NULL) {
            hear_later(link, news->later, now);
        }
        return;
    case LINK_CHUNK:
        return; // fetch hears it
    case LINK_BYE:
        if (link != NULL) {
            if (log_share_take(&link->lines, now.ms)) {
                log_write(LOG_PEER_REFUSED, "agency=%s says bye, code=%s", link->agency, clean_code(news->bye->code));
            }
            side_down(link, news->side);
            link->wait_until.ms = now.ms + BYE_MS;
            link->greet_due = link->called; // and see whether it still means it
            snprintf(link->alarm, sizeof(link->alarm), "对方拒绝：%s", clean_code(news->bye->code));
        }
        return;
    }
}

// A peer of a new epoch may lack what it gave receipts for, and would not know until the next message comes. The last of these is offered again: a peer
// that lacks it asks for all it lacks. What it signed in that epoch may come before the hello that names it: then the hello before tells that it is new.
static void begin_reminding(struct link *link, struct view *view, struct arena *arena)
{
    const Record__SeenMoved *seen = view_peer_state(view, link->agency, arena)->seen;
    bool is_new = (seen != NULL && link->peer_epoch > seen->epoch) || (link->former_epoch != 0 && link->peer_epoch > link->former_epoch);
    if (is_new && link->reminded_epoch != link->peer_epoch) {
        link->reminded_epoch = link->peer_epoch;
        for (size_t i = 0; i < STREAM_COUNT; i++) {
            link->flows[i].reminders = REMINDERS;
            link->flows[i].reminded_at.ms = 0;
        }
    }
}

// What a peer said last may be read after the end of its connection is heard of. A link that came up by it would be held for up until it is found silent,
// and who returns meanwhile would not be greeted.
static bool is_of_the_past(const struct link *link)
{
    return link->hello_side == LINK_OUTBOUND && (!link->called || link->hello_call != link->generation);
}

void peer_link_greet(struct peer_links *links, struct view *view, const char *agency, bool was_answer, struct mono now, struct wall wall,
                     struct arena *arena)
{
    struct link *link = find(links, agency);
    if (link == NULL || link->suspended || is_of_the_past(link)) {
        return;
    }
    bool was_up = is_up(link);
    link->alarm[0] = '\0';
    struct side *side = link->hello_side == LINK_INBOUND ? &link->inbound : &link->outbound;
    bool fresh = !side->up || (link->hello_side == LINK_INBOUND && memcmp(side->routing, link->hello_routing, ROUTING_BYTES) != 0);
    if (side == &link->inbound) {
        take_address(links, link, link->hello_routing); // of one who greeted in the same turn and left
    }
    memcpy(side->routing, link->hello_routing, ROUTING_BYTES);
    side->up = true;
    side->heard_at = now;
    if (side == &link->outbound) {
        link->pause_ms = 0;
    }
    if (!was_answer) {
        send_hello(links, link, view, link->hello_side, true, wall, arena);
    }
    if (!was_up) {
        link->linked_at = wall.ms;
        link->linkings++;
        link->down_untold = false;
        link->asked_at.ms = 0;
        if (log_share_take(&link->lines, now.ms)) {
            log_write(LOG_PEER_UP, "agency=%s side=%s", agency, link->hello_side == LINK_INBOUND ? "inbound" : "outbound");
        }
    }
    bool ours = (link->hello_side == LINK_INBOUND) == link->via_inbound;
    if (!was_up || (fresh && ours)) {
        link->via_inbound = link->hello_side == LINK_INBOUND;
        begin_anew(link);
    }
    begin_reminding(link, view, arena);
    if (!was_answer) {
        link->wait_until.ms = 0; // it has returned: what made us wait is over
        begin_anew(link);
    }
}

bool peer_link_is_up(const struct peer_links *links, const char *agency)
{
    const struct link *link = find(links, agency);
    return link != NULL && is_up(link);
}

unsigned peer_link_which(const struct peer_links *links, const char *agency)
{
    const struct link *link = find(links, agency);
    return link != NULL && is_up(link) ? link->linkings : 0;
}

int64_t peer_link_skew(const struct peer_links *links, const char *agency)
{
    const struct link *link = find(links, agency);
    return link == NULL ? 0 : link->skew_ms;
}

void peer_link_describe(const struct peer_links *links, Control__PeerView *peer)
{
    const struct link *link = find(links, peer->agency);
    if (link != NULL) {
        peer->linked = is_up(link);
        peer->linked_at = is_up(link) ? link->linked_at : 0;
        peer->heard_at = link->heard_at;
        peer->skew_ms = link->skew_ms;
        peer->unkept = link->unkept;
        peer->alarm = link->alarm[0] == '\0' ? peer->alarm : (char *)link->alarm;
    }
}

const char *peer_link_take_down(struct peer_links *links, struct mono now)
{
    for (struct link *link = links->first; link != NULL; link = link->next_link) {
        if (link->down_untold) {
            link->down_untold = false;
            if (log_share_take(&link->lines, now.ms)) {
                log_write(LOG_PEER_DOWN, "agency=%s", link->agency);
            }
            return link->agency;
        }
    }
    return NULL;
}

// ----------------------------------------------------------------------------------------------------- pumping

static uint64_t count_flying(const struct flow *flow)
{
    return flow->next > flow->settled + 1 ? flow->next - 1 - flow->settled : 0;
}

// Reads how far receipts have come and gives back their share of the window.
static void note_receipts(struct flow *flow, const struct stream_place *place, struct mono now)
{
    if (flow->epoch != place->epoch || flow->next == 0) {
        flow->epoch = place->epoch;
        flow->next = place->settled + 1;
        flow->settled = place->settled;
        flow->replay_to = 0;
        flow->flight_bytes = 0;
    }
    bool replaying = flow->next <= flow->replay_to;
    if (place->settled > flow->settled || flow->next == flow->settled + 1 || replaying) {
        flow->progress_at = now;
        flow->patience_ms = OFFER_AGAIN_MS;
    }
    if (place->settled > flow->settled) {
        uint64_t flying = count_flying(flow);
        uint64_t landed = place->settled - flow->settled;
        flow->flight_bytes = landed >= flying ? 0 : flow->flight_bytes - (size_t)((double)flow->flight_bytes * (double)landed / (double)flying);
        flow->settled = place->settled;
    }
    if (flow->next <= place->settled && !replaying) {
        flow->next = place->settled + 1;
    }
}

static void remind(struct flow *flow, const struct stream_place *place, struct mono now)
{
    bool idle = flow->next == place->settled + 1 && place->settled > 0;
    if (flow->reminders > 0 && idle && (flow->reminded_at.ms == 0 || now.ms - flow->reminded_at.ms > OFFER_AGAIN_MS)) {
        flow->reminders--;
        flow->reminded_at = now;
        flow->replay_to = place->settled;
        flow->next = place->settled;
    }
}

// A frame or its receipt can be lost on a link that stands: what is in flight for long is offered again.
static void offer_again(struct flow *flow, struct mono now)
{
    if (now.ms - flow->progress_at.ms > flow->patience_ms) {
        flow->next = flow->settled + 1;
        flow->flight_bytes = 0;
        flow->progress_at = now;
        flow->patience_ms = 2 * flow->patience_ms < OFFER_AGAIN_MOST_MS ? 2 * flow->patience_ms : OFFER_AGAIN_MOST_MS;
    }
}

// What a peer lets be in flight of a stream. Of what is published half as much: a message to it alone always finds room.
struct window {
    uint64_t messages;
    size_t bytes;
};

static struct window window_of(const struct link *link, uint32_t stream)
{
    const uint64_t messages = link->window_messages == 0 ? 1 : link->window_messages;
    const size_t bytes = link->window_bytes == 0 ? DEFAULT_WINDOW_BYTES : link->window_bytes;
    return stream == STREAM_DIRECT ? (struct window){messages, bytes} : (struct window){(messages + 1) / 2, bytes / 2};
}

static bool may_send(const struct flow *flow, const struct window *window, const struct stream_place *place)
{
    uint64_t flying = count_flying(flow);
    return flow->next <= place->last && flying < window->messages && (flying == 0 || flow->flight_bytes < window->bytes);
}

static bool pump_stream(struct peer_links *links, struct link *link, uint32_t stream, struct view *view, struct mono now, struct arena *arena)
{
    struct flow *flow = &link->flows[stream];
    const struct window window = window_of(link, stream);
    struct stream_place place = view_outgoing(view, link->agency, stream, arena);
    note_receipts(flow, &place, now);
    offer_again(flow, now);
    remind(flow, &place, now);
    for (int i = 0; i < FRAMES_IN_A_ROUND; i++) {
        if (!may_send(flow, &window, &place)) {
            return false;
        }
        uint64_t room = flow->settled + window.messages;
        const struct outbox_request request = {
            link->agency, stream, place.epoch, flow->next, place.last < room ? place.last : room, FRAME_BODY_BYTES,
        };
        struct outbox_frame frame = outbox_take(view, &request, arena);
        if (frame.frame.data == NULL || send_frame(links, link, frame.frame) != SENT) {
            return false;
        }
        flow->next = frame.next;
        flow->flight_bytes = count_flying(flow) == 0 ? 0 : flow->flight_bytes + frame.body_bytes;
    }
    return true;
}

// A greeting to a caller that has gone cannot be sent, and so tells that it has.
static void probe(struct peer_links *links, struct link *link, struct view *view, struct mono now, struct wall wall, struct arena *arena)
{
    if (link->probes == 0 || now.ms - link->probed_at.ms < PROBE_EVERY_MS) {
        return;
    }
    link->probes--;
    link->probed_at = now;
    if (link->inbound.up && send_hello(links, link, view, LINK_INBOUND, true, wall, arena) == SEND_UNREACHABLE) {
        side_down(link, LINK_INBOUND);
    }
}

static void watch_sides(struct peer_links *links, struct link *link, struct mono now)
{
    if (link->inbound.up && now.ms - link->inbound.heard_at.ms > SILENT_MS) {
        side_down(link, LINK_INBOUND);
    }
    if (link->call_due.ms != 0 && now.ms >= link->call_due.ms) {
        link->call_due.ms = 0;
        call(links, link, now);
    }
    bool silent = link->outbound.up && now.ms - link->outbound.heard_at.ms > SILENT_MS;
    bool stuck = link->called && !link->outbound.up && now.ms - link->called_at.ms > CALL_ANEW_MS;
    if (silent || stuck) {
        side_down(link, LINK_OUTBOUND);
        hang_up(links, link);
        call(links, link, now);
    }
}

// Until a mark decides, or nothing is left for one to decide: what was missing may have come by itself.
static void ask_again(struct peer_links *links, struct link *link, struct view *view, struct mono now, struct arena *arena)
{
    if (link->ask_up_to == 0 || (link->asked_at.ms != 0 && now.ms - link->asked_at.ms < link->ask_pause_ms)) {
        return;
    }
    if (!view_has_unheard(view, link->agency)) {
        link->ask_up_to = 0;
        return;
    }
    Wire__AskOffered ask = WIRE__ASK_OFFERED__INIT;
    ask.up_to = link->ask_up_to;
    struct bytes frame = make_frame(TYPE_ASK_OFFERED, &ask.base, arena);
    if (frame.data != NULL && send_frame(links, link, frame) == SENT) {
        link->ask_pause_ms = link->asked_at.ms == 0 ? ASK_AGAIN_MS : 2 * link->ask_pause_ms;
        link->ask_pause_ms = link->ask_pause_ms < ASK_AGAIN_MOST_MS ? link->ask_pause_ms : ASK_AGAIN_MOST_MS;
        link->asked_at = now;
    }
}

// The other side still holds for up what we gave up, after a suspension for instance, and offers what it cannot have receipted.
static void greet_back(struct peer_links *links, struct link *link, struct view *view, struct wall wall, struct arena *arena)
{
    if (!link->inbound.up) {
        send_hello(links, link, view, LINK_INBOUND, false, wall, arena);
    }
}

bool peer_link_pump(struct peer_links *links, struct view *view, struct mono now, struct wall wall, struct arena *arena)
{
    bool more = false;
    for (struct link *link = links->first; link != NULL; link = link->next_link) {
        uint64_t left_out = log_share_left_out(&link->lines, now.ms);
        if (left_out > 0) {
            log_write(LOG_LINES_LEFT_OUT, "agency=%s count=%" PRIu64, link->agency, left_out);
        }
        if (link->hang_up_due.ms != 0 && now.ms >= link->hang_up_due.ms) {
            hang_up(links, link);
        }
        if (link->suspended) {
            continue;
        }
        watch_sides(links, link, now);
        probe(links, link, view, now, wall, arena);
        if (link->greet_due && now.ms >= link->wait_until.ms) {
            link->greet_due = false;
            send_hello(links, link, view, LINK_OUTBOUND, false, wall, arena);
        }
        if (link->greet_back && now.ms >= link->wait_until.ms) {
            link->greet_back = false;
            greet_back(links, link, view, wall, arena);
        }
        if (!is_up(link)) {
            continue;
        }
        if (now.ms - link->sent_at.ms > PING_MS) {
            send_hello(links, link, view, link->via_inbound ? LINK_INBOUND : LINK_OUTBOUND, true, wall, arena);
        }
        ask_again(links, link, view, now, arena);
        for (uint32_t stream = 0; now.ms >= link->wait_until.ms && stream < STREAM_COUNT; stream++) {
            more = pump_stream(links, link, stream, view, now, arena) || more;
        }
    }
    return more;
}
