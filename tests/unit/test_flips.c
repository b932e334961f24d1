// SPDX-License-Identifier: Apache-2.0
//
// Every bit of one frame of each type, flipped in turn. Frames come over a real socket into the
// daemon's own intake and workers, and what they turn into is decided on a transaction that is thrown away, so that each flip meets the same store.
//
// What a flip may do depends on what the byte is. Under a signature it makes that item refused, and the refusal is counted. In what only the frame's own
// head says it may change where in the stream a statement stands, never what it is: a role may make a receipt look like a position decided before, and
// nothing comes of that. What does not decode is dropped, and counted as that.
#include "unit/scene.h"

#include <inttypes.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

#include "intake/peer_port.h"
#include "rules/decide.h"

enum { PATIENCE_MS = 60000, ROOM = 4, FRAME_BYTES = 1 << 20 };
enum { TYPE_HELLO = 1, TYPE_STATEMENTS = 2, TYPE_LATER = 3, TYPE_ASK_OFFERED = 4, TYPE_BYE = 9 };

// The township's intake, called by one peer.
struct wire {
    struct scene *scene;
    struct member *from;
    struct member *at;
    void *context;
    void *router;
    void *peer;
    int wake;
    struct workers *workers;
    struct peer_port *port;
};

// What one frame turned into.
struct heard {
    struct event events[ROOM];
    struct link_news news[ROOM];
    struct job *jobs[ROOM];
    struct gathered gathered;
};

// ------------------------------------------------------------------------------------------- the wire

static void open_wire(struct wire *wire, struct scene *scene, struct member *from, struct member *at)
{
    const int none = 0;
    char label[PEER_PORT_LABEL_BYTES];
    *wire = (struct wire){.scene = scene, .from = from, .at = at, .context = zmq_ctx_new(), .wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    wire->router = zmq_socket(wire->context, ZMQ_ROUTER);
    wire->peer = zmq_socket(wire->context, ZMQ_DEALER);
    snprintf(label, sizeof label, "%s#1", from->id);
    assert_int_equal(zmq_setsockopt(wire->peer, ZMQ_LINGER, &none, sizeof none), 0);
    assert_int_equal(zmq_bind(wire->peer, "inproc://peer"), 0);
    assert_int_equal(zmq_setsockopt(wire->router, ZMQ_LINGER, &none, sizeof none), 0);
    assert_int_equal(zmq_setsockopt(wire->router, ZMQ_CONNECT_ROUTING_ID, label, strlen(label)), 0);
    assert_int_equal(zmq_connect(wire->router, "inproc://peer"), 0);
    const struct workers_options options = {
        .threads = 1, .keys = scene->town.keys, .domain = SEAL_REAL, .wake_fd = wire->wake, .window_frames = 64, .window_bytes = FRAME_BYTES};
    assert_int_equal(workers_new(&options, &wire->workers), 0);
    const struct peer_port_sockets sockets = {.outbound = wire->router};
    assert_int_equal(peer_port_new(&sockets, wire->workers, scene->town.keys, &wire->port), 0);
}

static void close_wire(struct wire *wire)
{
    peer_port_free(&wire->port);
    workers_free(&wire->workers);
    zmq_close(wire->peer);
    zmq_close(wire->router);
    zmq_ctx_term(wire->context);
    close(wire->wake);
}

static bool is_told(const struct heard *heard)
{
    bool told = heard->gathered.event_count > 0;
    for (size_t i = 0; i < heard->gathered.news_count; i++) {
        told = told || heard->news[i].form != LINK_HEARD;
    }
    return told;
}

// Sends a frame and waits for what the intake makes of it. False: it was dropped and counted, and nothing came of it.
static bool hear(struct wire *wire, struct bytes frame, struct heard *heard)
{
    uint64_t dropped = peer_port_dropped(wire->port);
    *heard = (struct heard){0};
    heard->gathered = (struct gathered){.events = heard->events, .event_limit = ROOM, .news = heard->news, .news_limit = ROOM,
                                        .jobs = heard->jobs, .job_limit = ROOM, .bytes = FRAME_BYTES};
    assert_int_equal(zmq_send(wire->peer, frame.data, frame.size, 0), frame.size);
    peer_port_gather(wire->port, wire->scene->town.arena, &heard->gathered);
    while (!is_told(heard) && peer_port_dropped(wire->port) == dropped) {
        uint64_t count;
        zmq_pollitem_t items[] = {{.socket = wire->router, .events = ZMQ_POLLIN}, {.fd = wire->wake, .events = ZMQ_POLLIN}};
        assert_true(zmq_poll(items, 2, PATIENCE_MS) > 0); // neither taken nor counted as dropped
        if (items[1].revents != 0) {
            assert_int_equal(read(wire->wake, &count, sizeof count), sizeof count);
        }
        peer_port_gather(wire->port, wire->scene->town.arena, &heard->gathered);
    }
    for (size_t i = 0; i < heard->gathered.news_count; i++) {
        assert_string_equal(heard->news[i].peer, wire->from->id); // who speaks is never what a frame says
    }
    bool told = is_told(heard);
    assert_int_equal(peer_port_dropped(wire->port) - dropped, told ? 0 : 1);
    assert_true(heard->gathered.event_count <= 1);
    return told;
}

static void forget(struct wire *wire, struct heard *heard)
{
    for (size_t i = 0; i < heard->gathered.job_count; i++) {
        workers_done(wire->workers, &heard->jobs[i]);
    }
}

// Decides what was heard, if that is for the rules at all; to be abandoned.
static const struct effects *decide_heard(struct wire *wire, struct heard *heard)
{
    struct event *event = &heard->events[0];
    struct view *view = town_begin(wire->at);
    if (heard->gathered.event_count == 1) {
        const struct event whole = town_event(&wire->scene->town, event->form);
        event->clock_trusted = whole.clock_trusted;
        event->fresh_epoch = whole.fresh_epoch;
        event->linked_before = true;
        decide(view, event, &wire->at->effects);
        assert_int_equal(view_failure(view), 0);
        assert_false(wire->at->effects.exhausted);
    }
    return &wire->at->effects;
}

// Each altered frame in turn, and what `judge` says of it: `offset` counts from the beginning of the frame. Of version and type there is nothing
// to say: no altered one leads to another type that would read the rest.
typedef void (*flip_judge)(const struct wire *wire, const void *context, const struct heard *heard, size_t offset);

static void flip_all(struct wire *wire, struct bytes sound, const void *context, flip_judge judge)
{
    struct heard heard;
    struct arena *lasting = wire->scene->town.arena;
    uint8_t *bytes = arena_copy(lasting, sound.data, sound.size);
    uint8_t head[DIGEST_BYTES];
    struct arena *arena;
    assert_int_equal(arena_new(64 << 20, &arena), 0);
    wire->scene->town.arena = arena;
    memcpy(head, view_state(town_view(wire->at))->head.data, DIGEST_BYTES);
    uint64_t dropped = peer_port_dropped(wire->port);
    size_t told = 0;
    for (size_t i = 0; i < sound.size * 8; i++) {
        size_t offset = i / 8;
        arena_reset(arena);
        bytes[offset] ^= (uint8_t)(1u << i % 8);
        if (hear(wire, (struct bytes){bytes, sound.size}, &heard)) {
            if (offset < 2) {
                fail_msg("byte %zu: another version or type is read", offset);
            }
            decide_heard(wire, &heard);
            judge(wire, context, &heard, offset);
            town_abandon(wire->at);
            told++;
        }
        forget(wire, &heard);
        bytes[offset] = sound.data[offset];
    }
    dropped = peer_port_dropped(wire->port) - dropped;
    print_message("%zu bytes, %zu flips judged, %" PRIu64 " dropped\n", sound.size, told, dropped);
    assert_true(told > 0 && dropped >= 2 * 8 && told + dropped == sound.size * 8);
    assert_memory_equal(view_state(town_view(wire->at))->head.data, head, DIGEST_BYTES);
    wire->scene->town.arena = lasting;
    arena_free(&arena);
}

static struct bytes small_frame(struct scene *scene, uint8_t type, const ProtobufCMessage *message)
{
    const struct bytes rest = decode_pack(message, scene->town.arena);
    uint8_t *frame = arena_take(scene->town.arena, rest.size + 2);
    frame[0] = PROTOCOL_VERSION;
    frame[1] = type;
    memcpy(frame + 2, rest.data, rest.size);
    return (struct bytes){frame, rest.size + 2};
}

// ----------------------------------------------------------------------------------------- statements

static size_t count_facts(const struct effects *effects, Record__Effect__IsCase form)
{
    size_t count = 0;
    for (size_t i = 0; i < effects->fact_count; i++) {
        count += effects->facts[i]->is_case == form;
    }
    return count;
}

// A sound frame, read once by itself.
struct original {
    struct bytes bytes;
    struct frame frame;
    struct statements statements;
};

static struct original read_original(const struct wire *wire, struct bytes bytes)
{
    struct original original = {.bytes = bytes, .statements = town_arrival(wire->at, wire->from, bytes).statements};
    assert_int_equal(envelope_decode_frame((struct bytes){bytes.data + 2, bytes.size - 2}, wire->scene->town.arena, &original.frame), ENVELOPE_OK);
    return original;
}

enum region {
    REGION_PLACE,     // stream, epoch, first: where the items stand
    REGION_STRUCTURE, // counts, and an item's role, seal and size
    REGION_SEALED,    // a seal or an item's body
};

static enum region region_of(const struct original *original, size_t offset)
{
    const uint8_t *byte = original->bytes.data + offset;
    const struct frame *frame = &original->frame;
    bool sealed = byte >= frame->seals && byte < frame->seals + (size_t)frame->seal_count * SEAL_BYTES;
    for (size_t i = 0; i < frame->item_count; i++) {
        sealed = sealed || (byte >= frame->items[i].body.data && byte < frame->items[i].body.data + frame->items[i].body.size);
    }
    return offset < 2 + 4 + 8 + 8 ? REGION_PLACE : sealed ? REGION_SEALED : REGION_STRUCTURE;
}

// Whether the byte is the item's own: its body, its seal, or what the frame says of it.
static bool touches(const struct original *original, size_t item, size_t offset)
{
    const uint8_t *byte = original->bytes.data + offset;
    const struct frame_item *own = &original->frame.items[item];
    const uint8_t *seal = original->frame.seals + (size_t)own->seal * SEAL_BYTES;
    return (byte >= own->body.data - FRAME_ITEM_BYTES && byte < own->body.data + own->body.size) || (byte >= seal && byte < seal + SEAL_BYTES);
}

static bool is_leaf(const struct original *original, size_t item, ProtobufCBinaryData leaf)
{
    return leaf.len == DIGEST_BYTES && memcmp(original->statements.items[item].leaf.bytes, leaf.data, DIGEST_BYTES) == 0;
}

// Held is what was sent and not touched. (A recall may stand in a frame twice, enclosed and by itself.)
static void check_held(const struct original *original, const Record__StatementHeld *held, size_t offset)
{
    for (size_t i = 0; i < original->statements.count; i++) {
        if (is_leaf(original, i, held->leaf) && !touches(original, i, offset)) {
            return;
        }
    }
    fail_msg("byte %zu: something is held that nobody sent like this", offset);
}

static void judge_statements(const struct wire *wire, const void *context, const struct heard *heard, size_t offset)
{
    const struct original *original = context;
    const struct statements *altered = &heard->events[0].statements;
    const struct effects *effects = &wire->at->effects;
    enum region region = region_of(original, offset);
    assert_int_equal(heard->events[0].form, EVENT_STATEMENTS);
    for (size_t i = 0; i < effects->fact_count; i++) {
        const Record__Effect *fact = effects->facts[i];
        if (fact->is_case == RECORD__EFFECT__IS_STATEMENT) {
            check_held(original, fact->statement, offset);
        } else if (fact->is_case == RECORD__EFFECT__IS_STREAM) {
            assert_string_equal(fact->stream->peer, wire->from->id);
            assert_int_equal(fact->stream->stream, altered->stream);
            assert_int_equal(fact->stream->epoch, altered->epoch);
            assert_true((fact->stream->position == 0) == (fact->stream->refusal_code[0] != '\0'));
        }
    }
    if (region == REGION_SEALED) {
        assert_int_equal(altered->count, original->statements.count);
        for (size_t i = 0; i < altered->count; i++) {
            const char *code = altered->items[i].fault_code;
            if ((code != NULL) != touches(original, i, offset)) {
                fail_msg("byte %zu: item %zu is found %s", offset, i, code == NULL ? "good" : code);
            }
        }
    }
    if (count_facts(effects, RECORD__EFFECT__IS_REFUSED) == 0 && (region == REGION_SEALED || (region == REGION_STRUCTURE && effects->fact_count > 0))) {
        fail_msg("byte %zu: what was altered is not counted as refused", offset);
    }
}

// What a receipt and a mark move is moved by nobody else's bytes.
static void judge_unnumbered(const struct wire *wire, const void *context, const struct heard *heard, size_t offset)
{
    judge_statements(wire, context, heard, offset);
    if (region_of(context, offset) != REGION_PLACE) {
        assert_int_equal(count_facts(&wire->at->effects, RECORD__EFFECT__IS_CURSOR), 0);
        assert_int_equal(count_facts(&wire->at->effects, RECORD__EFFECT__IS_OFFERED), 0);
    }
}

static void expect_sound(struct wire *wire, struct bytes frame, Record__Effect__IsCase form, size_t count)
{
    struct heard heard;
    assert_true(hear(wire, frame, &heard));
    assert_int_equal(count_facts(decide_heard(wire, &heard), form), count);
    assert_int_equal(count_facts(&wire->at->effects, RECORD__EFFECT__IS_REFUSED), 0);
    town_abandon(wire->at);
    forget(wire, &heard);
}

static void flip_statements(struct scene *scene, struct member *from, struct member *at, struct bytes frame, Record__Effect__IsCase form,
                            size_t count, flip_judge judge)
{
    struct wire wire;
    open_wire(&wire, scene, from, at);
    const struct original original = read_original(&wire, frame);
    expect_sound(&wire, frame, form, count);
    flip_all(&wire, frame, &original, judge);
    expect_sound(&wire, frame, form, count); // and after all these it is still good
    close_wire(&wire);
}

// From the township, whose signatures are quick: a notice, and one recalled before it went, with its recall enclosed before it.
static void altered_statements_are_refused_and_none_is_held(void **state)
{
    struct scene *scene = *state;
    struct arena *arena = scene->town.arena;
    Control__Draft *notice = town_draft(&scene->town, "lead.notice", scene->bureau->id, lead_notice(arena, scene->town.now - TOWN_HOUR));
    Control__Draft *mistake = scene_note(scene, scene->bureau->id, "一");
    town_submit(scene->township, notice);
    town_submit(scene->township, mistake);
    town_submit(scene->township, scene_reply(scene, "recall", scene->bureau->id, lead_recall(arena), mistake));
    const struct bytes frame = town_take(scene->township, scene->bureau);
    const struct event event = town_arrival(scene->bureau, scene->township, frame);
    bool roles[FRAME_RECALLED + 1] = {false};
    for (size_t i = 0; i < event.statements.count; i++) {
        roles[event.statements.items[i].role] = true;
    }
    assert_true(roles[FRAME_NUMBERED] && roles[FRAME_ENCLOSURE] && roles[FRAME_RECALLED]);
    flip_statements(scene, scene->township, scene->bureau, frame, RECORD__EFFECT__IS_STATEMENT, 3, judge_statements);
}

static void altered_receipt_moves_nothing(void **state)
{
    struct scene *scene = *state;
    town_submit(scene->bureau, scene_notice(scene));
    town_receive(scene->township, scene->bureau, town_take(scene->bureau, scene->township));
    flip_statements(scene, scene->township, scene->bureau, town_said(scene->township, scene->bureau), RECORD__EFFECT__IS_CURSOR, 1, judge_unnumbered);
}

static void altered_mark_makes_nobody_late(void **state)
{
    struct scene *scene = *state;
    struct event ask = town_event(&scene->town, EVENT_ASK_OFFERED);
    town_submit(scene->bureau, scene_notice(scene));
    town_settle(&scene->town);
    scene->town.now += 10 * TOWN_DAY;
    town_tick(scene->bureau);
    ask.peer = scene->bureau->id;
    ask.up_to = scene->town.now - 1;
    town_turn(scene->township, &ask, 1);
    flip_statements(scene, scene->township, scene->bureau, town_said(scene->township, scene->bureau), RECORD__EFFECT__IS_OFFERED, 1, judge_unnumbered);
}

// -------------------------------------------------------------------------------------- small frames

static bool says_bye(const struct effects *effects, const char *code)
{
    const struct release *release = effects->first_release;
    while (release != NULL && release->form != RELEASE_BYE) {
        release = release->next;
    }
    return release != NULL && strcmp(release->bye->code, code) == 0;
}

static const char *refusal_of(const Wire__Hello *hello, const char *peer)
{
    if (strcmp(hello->agency, peer) != 0) {
        return "identity";
    }
    if (hello->test) {
        return "test-stamp";
    }
    return hello->version_least > PROTOCOL_VERSION || hello->version_most < PROTOCOL_VERSION ? "version" : NULL;
}

// The sound hello proves a lost past. An altered one does so only by the very seal that was shown.
static void judge_hello(const struct wire *wire, const void *context, const struct heard *heard, size_t offset)
{
    const Wire__Hello *sound = context;
    const Wire__Hello *hello = heard->events[0].hello;
    const struct effects *effects = &wire->at->effects;
    assert_int_equal(heard->events[0].form, EVENT_HELLO);
    const char *code = refusal_of(hello, wire->from->id);
    bool proves = hello->seen.len == sound->seen.len && memcmp(hello->seen.data, sound->seen.data, sound->seen.len) == 0;
    assert_true(code == NULL || (says_bye(effects, code) && effects->fact_count == 0));
    if (count_facts(effects, RECORD__EFFECT__IS_EPOCH) != (size_t)(code == NULL && proves)) {
        fail_msg("byte %zu: a past is lost, or found, that the hello does not prove", offset);
    }
    for (size_t i = 0; i < effects->fact_count; i++) {
        Record__Effect__IsCase form = effects->facts[i]->is_case;
        assert_true(form == RECORD__EFFECT__IS_ALARM || (proves && (form == RECORD__EFFECT__IS_EPOCH || form == RECORD__EFFECT__IS_QUEUED)));
    }
}

static void altered_hello_is_refused_or_proves_no_lost_past(void **state)
{
    struct scene *scene = *state;
    struct wire wire;
    town_save(scene->township);
    town_submit(scene->township, scene_note(scene, scene->bureau->id, "一"));
    town_settle(&scene->town);
    const Wire__Hello *hello = town_greeting(scene->township, scene->bureau).hello;
    town_restore(scene->township);
    const struct bytes frame = small_frame(scene, TYPE_HELLO, &hello->base);
    open_wire(&wire, scene, scene->bureau, scene->township);
    expect_sound(&wire, frame, RECORD__EFFECT__IS_EPOCH, 1);
    flip_all(&wire, frame, hello, judge_hello);
    close_wire(&wire);
}

// An answer to what was asked: our own mark, up to where our own clock stands, or none yet.
static void judge_ask_offered(const struct wire *wire, const void *context, const struct heard *heard, size_t offset)
{
    const struct effects *effects = &wire->at->effects;
    (void)context;
    (void)offset;
    assert_int_equal(heard->events[0].form, EVENT_ASK_OFFERED);
    bool due = heard->events[0].up_to < wire->scene->town.now;
    assert_int_equal(effects->sealing_count, due ? 1 : 0);
    for (size_t i = 0; i < effects->fact_count; i++) {
        const Record__Effect *fact = effects->facts[i];
        assert_true(fact->is_case == RECORD__EFFECT__IS_ALLOWANCE ||
                    (fact->is_case == RECORD__EFFECT__IS_STATEMENT && fact->statement->carrier[0] == '\0'));
    }
    assert_true(due || effects->fact_count == 0);
}

static void altered_question_gets_our_own_answer_or_none(void **state)
{
    struct scene *scene = *state;
    struct wire wire;
    Wire__AskOffered ask = WIRE__ASK_OFFERED__INIT;
    ask.up_to = scene->town.now - 1;
    const struct bytes frame = small_frame(scene, TYPE_ASK_OFFERED, &ask.base);
    open_wire(&wire, scene, scene->bureau, scene->township);
    expect_sound(&wire, frame, RECORD__EFFECT__IS_STATEMENT, 1);
    flip_all(&wire, frame, NULL, judge_ask_offered);
    close_wire(&wire);
}

// No rule hears of it, whatever it says: it is news of the link and of that type alone.
static void judge_news(const struct wire *wire, const void *context, const struct heard *heard, size_t offset)
{
    const enum link_form *form = context;
    (void)wire;
    (void)offset;
    assert_int_equal(heard->gathered.event_count, 0);
    assert_int_equal(heard->gathered.news_count, 2);
    assert_int_equal(heard->news[0].form, LINK_HEARD);
    assert_int_equal(heard->news[1].form, *form);
    assert_int_equal(wire->at->effects.fact_count, 0);
}

static void flip_news(struct scene *scene, uint8_t type, const ProtobufCMessage *message, enum link_form form)
{
    struct wire wire;
    struct heard heard;
    const struct bytes frame = small_frame(scene, type, message);
    open_wire(&wire, scene, scene->bureau, scene->township);
    assert_true(hear(&wire, frame, &heard));
    flip_all(&wire, frame, &form, judge_news);
    close_wire(&wire);
}

static void altered_later_and_bye_are_news_of_the_link_alone(void **state)
{
    struct scene *scene = *state;
    Wire__Later later = WIRE__LATER__INIT;
    Wire__Bye bye = WIRE__BYE__INIT;
    later.epoch = view_state(town_view(scene->township))->epoch;
    later.position = 1;
    later.reason = "gap";
    later.retry_after_ms = 1000;
    bye.code = "suspended";
    bye.detail = "suspended here";
    flip_news(scene, TYPE_LATER, &later.base, LINK_LATER);
    flip_news(scene, TYPE_BYE, &bye.base, LINK_BYE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_scene(altered_statements_are_refused_and_none_is_held),
        with_scene(altered_receipt_moves_nothing),
        with_scene(altered_mark_makes_nobody_late),
        with_scene(altered_hello_is_refused_or_proves_no_lost_past),
        with_scene(altered_question_gets_our_own_answer_or_none),
        with_scene(altered_later_and_bye_are_news_of_the_link_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
