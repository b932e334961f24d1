// SPDX-License-Identifier: Apache-2.0
//
// A line is one zmq_connect. It is tried until the other side listens and lets the key in; then it is up until one side ends it, loses its power,
// or nothing is heard over it for as long as the heartbeats bear. What was on its way over a line that ended is gone, as with linger 0.
#include "sim/network.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <zmq.h>

#include "wire/link.pb-c.h"

#include "base/loop.h"
#include "sim/people.h"

enum {
    HIGH_WATER = 64,           // as daemon.c asks for
    RECONNECT_MOST_MS = 800,   // as loop.c asks for
    HEARTBEAT_LEAST_MS = 45000,
    HEARTBEAT_MOST_MS = 60000,
    REFUSED_AGAIN_MS = 60000,  // a key that is not let in; the daemon itself would try each second
    KEEP_ALIVE_MS = 10000,
    CUTS = 16,
    TYPE_HELLO = 1,
    TYPE_STATEMENTS = 2,
    TYPE_UNKNOWN = 99,
};

enum { BY_CALLER, BY_LISTENER };

struct line {
    struct machine *ends[2]; // caller, listener
    char endpoint[64];
    char label[64];
    char server_key[64];
    char user[PEER_KEYS_USER_BYTES];
    uint8_t routing[ROUTING_BYTES];
    bool closed; // by the caller, for good
    bool waiting; // for the listener
    bool up;
    bool dead; // up to those who have not heard otherwise
    uint64_t connection; // counts; frames belong to one
    int64_t heard_at[2];
    int64_t order_at[2]; // no frame arrives before the one before it
    unsigned flying[2];
    bool greeted[2];
    bool asked[2]; // it has a hello to answer
    uint64_t epoch[2]; // that it told in its last hello
    struct line *next[2]; // of the same caller, of the same listener
};

struct flight {
    struct line *line;
    uint64_t connection;
    int from;
    uint8_t *data;
    size_t size;
};

// How bad the lines of this run are, in thousandths.
struct noise {
    unsigned lost;
    unsigned doubled;
    unsigned overtaken;
    unsigned late;
    unsigned forged;
};

struct network {
    struct chance chance;
    struct noise noise;
    struct cut cuts[CUTS];
    uint32_t routing;
};

void network_make(void)
{
    struct network *network = calloc(1, sizeof *network);
    must(network != NULL);
    network->chance = chance_make(world.options.seed, 1);
    if (world_may(WORLD_NOISE) && chance_in_thousand(&network->chance, 600)) {
        network->noise = (struct noise){.lost = (unsigned)chance_below(&network->chance, 60),
                                        .doubled = (unsigned)chance_below(&network->chance, 60),
                                        .overtaken = (unsigned)chance_below(&network->chance, 60),
                                        .late = (unsigned)chance_below(&network->chance, 30)};
    }
    if (world_may(WORLD_FORGERIES) && chance_in_thousand(&network->chance, 300)) {
        network->noise.forged = 10;
    }
    world.network = network;
}

// ---------------------------------------------------------------------------------------- messages

static void push(struct socket *socket, const struct message *content)
{
    struct message *message = malloc(sizeof *message);
    must(message != NULL);
    *message = *content;
    message->next = NULL;
    *socket->last = message;
    socket->last = &message->next;
}

static struct message *take(struct socket *socket)
{
    struct message *message = socket->first;
    if (message != NULL) {
        socket->first = message->next;
        socket->last = socket->first == NULL ? &socket->first : socket->last;
    }
    return message;
}

static void clear(struct socket *socket)
{
    for (struct message *message = take(socket); message != NULL; message = take(socket)) {
        free(message->body);
        free(message);
    }
    if (socket->half_read != NULL) {
        free(socket->half_read->body);
        free(socket->half_read);
        socket->half_read = NULL;
    }
}

static uint8_t *copy_bytes(const void *data, size_t size)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    must(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

// A monitor's message: the event's number in the machine's order, then the address.
static void tell_monitor(struct socket *monitor, uint16_t event, const char *address)
{
    struct message message = {.id_size = 6, .body = copy_bytes(address, strlen(address)), .body_size = strlen(address)};
    memcpy(message.id, &event, sizeof event);
    if (monitor->machine->daemon == NULL) {
        free(message.body);
        return;
    }
    push(monitor, &message);
    machine_wake(monitor->machine, world.now);
}

void network_ask(struct machine *machine, const char *user, struct bytes request)
{
    const struct message message = {.id = {0, 1}, .id_size = ROUTING_BYTES, .body = copy_bytes(request.data, request.size),
                                    .body_size = request.size, .user = user};
    push(&machine->clients, &message);
    machine_wake(machine, world.now);
}

// ------------------------------------------------------------------------------------------- lines

static bool is_cut(const struct machine *left, const struct machine *right)
{
    for (size_t i = 0; i < CUTS; i++) {
        const struct cut *cut = &world.network->cuts[i];
        if (cut->active && (cut->sides >> left->index % 64 & 1) != (cut->sides >> right->index % 64 & 1)) {
            return true;
        }
    }
    return false;
}

static bool carries(const struct line *line)
{
    return line->up && !line->dead && !is_cut(line->ends[BY_CALLER], line->ends[BY_LISTENER]);
}

static int64_t delay(void)
{
    struct chance *chance = &world.network->chance;
    return chance_in_thousand(chance, world.network->noise.late) ? chance_between(chance, 1000, 30000) : chance_between(chance, 2, 60);
}

static void end_connection(struct line *line)
{
    line->up = false;
    line->dead = false;
    line->connection++;
    line->flying[BY_CALLER] = line->flying[BY_LISTENER] = 0;
    line->greeted[BY_CALLER] = line->greeted[BY_LISTENER] = false;
    line->asked[BY_CALLER] = line->asked[BY_LISTENER] = false;
}

// Both sides learn that the connection is over; the caller's daemon will call anew.
static void drop(struct line *line)
{
    if (line->up) {
        end_connection(line);
        tell_monitor(&line->ends[BY_CALLER]->outbound_monitor, ZMQ_EVENT_DISCONNECTED, line->endpoint);
        tell_monitor(&line->ends[BY_LISTENER]->inbound_monitor, ZMQ_EVENT_DISCONNECTED, "");
    }
}

static void miss_heartbeats(void *subject, uint64_t number)
{
    struct line *line = subject;
    if (line->connection == number && !carries(line)) {
        drop(line);
    }
}

static void drop_in_time(struct line *line)
{
    world_plan(world.now + chance_between(&world.network->chance, HEARTBEAT_LEAST_MS, HEARTBEAT_MOST_MS), miss_heartbeats, line, line->connection);
}

static bool is_let_in(struct line *line)
{
    uint8_t key[32];
    struct daemon *caller = line->ends[BY_CALLER]->daemon;
    struct daemon *listener = line->ends[BY_LISTENER]->daemon;
    return strcmp(line->server_key, keyring_curve_public(listener->keyring)) == 0 &&
           loop_from_z85(keyring_curve_public(caller->keyring), key) && peer_keys_admit(listener->peer_keys, key, line->user);
}

static void refuse(void *subject, uint64_t number)
{
    struct line *line = subject;
    if (!line->closed && !line->up && line->connection == number) {
        tell_monitor(&line->ends[BY_CALLER]->outbound_monitor, ZMQ_EVENT_DISCONNECTED, line->endpoint);
    }
}

static void try_call(void *subject, uint64_t number)
{
    struct line *line = subject;
    const struct machine *listener = line->ends[BY_LISTENER];
    if (line->closed || line->up || line->connection != number) {
        return;
    }
    line->waiting = !listener->listening || is_cut(line->ends[BY_CALLER], listener);
    if (line->waiting) {
        return; // tried again when it listens again, or the cut is healed
    }
    if (!is_let_in(line)) {
        world_plan(world.now + REFUSED_AGAIN_MS, refuse, line, line->connection);
        return;
    }
    line->up = true;
    line->connection++;
    line->heard_at[BY_CALLER] = line->heard_at[BY_LISTENER] = world.now;
    line->order_at[BY_CALLER] = line->order_at[BY_LISTENER] = 0;
    const uint32_t routing = ++world.network->routing;
    line->routing[0] = 0;
    memcpy(line->routing + 1, &routing, sizeof routing);
    tell_monitor(&line->ends[BY_CALLER]->outbound_monitor, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, line->endpoint);
    trace_add(&world.trace, line->ends[BY_CALLER]->index << 32 | listener->index);
}

static void call_again(struct line *line)
{
    if (!line->closed && line->waiting) {
        line->waiting = false;
        world_plan(world.now + chance_between(&world.network->chance, 1, RECONNECT_MOST_MS), try_call, line, line->connection);
    }
}

static struct machine *find_listener(const char *endpoint)
{
    for (size_t i = 0; i < world.machine_count; i++) {
        if (strcmp(world.machines[i].endpoint, endpoint) == 0) {
            return &world.machines[i];
        }
    }
    return NULL;
}

static void unlink_line(struct line *line, int side)
{
    struct line **at = &line->ends[side]->lines[side];
    while (*at != line) {
        at = &(*at)->next[side];
    }
    *at = line->next[side];
}

// A closed line leaves the lists; what still flies over it, and plans for it, know that it is closed.
static void close_line(struct line *line)
{
    line->closed = true;
    if (line->up) {
        end_connection(line);
        tell_monitor(&line->ends[BY_LISTENER]->inbound_monitor, ZMQ_EVENT_DISCONNECTED, "");
    }
    line->connection++;
    unlink_line(line, BY_CALLER);
    unlink_line(line, BY_LISTENER);
}

static struct line *find_called(const struct machine *caller, const char *endpoint)
{
    struct line *line = caller->lines[BY_CALLER];
    while (line != NULL && strcmp(line->endpoint, endpoint) != 0) {
        line = line->next[BY_CALLER];
    }
    return line;
}

static void open_line(struct machine *caller, const char *endpoint, const char *label, const char *server_key)
{
    struct machine *listener = find_listener(endpoint);
    struct line *line = calloc(1, sizeof *line);
    must(listener != NULL && line != NULL);
    line->ends[BY_CALLER] = caller;
    line->ends[BY_LISTENER] = listener;
    snprintf(line->endpoint, sizeof line->endpoint, "%s", endpoint);
    snprintf(line->label, sizeof line->label, "%s", label);
    snprintf(line->server_key, sizeof line->server_key, "%s", server_key);
    for (int side = BY_CALLER; side <= BY_LISTENER; side++) {
        line->next[side] = line->ends[side]->lines[side];
        line->ends[side]->lines[side] = line;
    }
    world_plan(world.now + chance_between(&world.network->chance, 1, 100), try_call, line, line->connection);
}

// -------------------------------------------------------------------------------------- power, cuts

// A process that dies ends its connections at once; a machine without power ends nothing, and the other side has to miss it.
void network_forget(struct machine *machine)
{
    bool silent = chance_in_thousand(&world.network->chance, 300);
    while (machine->lines[BY_CALLER] != NULL) {
        close_line(machine->lines[BY_CALLER]);
    }
    for (struct line *line = machine->lines[BY_LISTENER]; line != NULL; line = line->next[BY_LISTENER]) {
        if (line->up && silent) {
            line->dead = true;
            drop_in_time(line);
        } else {
            drop(line);
        }
    }
    clear(&machine->clients);
    clear(&machine->inbound);
    clear(&machine->outbound);
    clear(&machine->inbound_monitor);
    clear(&machine->outbound_monitor);
}

void network_return(struct machine *machine)
{
    for (struct line *line = machine->lines[BY_LISTENER]; line != NULL; line = line->next[BY_LISTENER]) {
        call_again(line);
    }
}

static void each_line(void (*act)(struct line *line))
{
    for (size_t i = 0; i < world.machine_count; i++) {
        struct line *next;
        for (struct line *line = world.machines[i].lines[BY_CALLER]; line != NULL; line = next) {
            next = line->next[BY_CALLER];
            act(line);
        }
    }
}

static void feel_silent_cut(struct line *line)
{
    if (line->up && !carries(line)) {
        drop_in_time(line);
    }
}

static void feel_cut(struct line *line)
{
    if (line->up && !line->dead && !carries(line)) {
        drop(line);
    }
}

size_t network_cut(uint64_t sides, bool silent)
{
    size_t number = 0;
    while (number < CUTS && world.network->cuts[number].active) {
        number++;
    }
    if (number < CUTS) {
        world.network->cuts[number] = (struct cut){sides, silent, true};
        world.counts.partitions++;
        each_line(silent ? feel_silent_cut : feel_cut);
    }
    return number;
}

void network_heal(size_t number)
{
    if (number < CUTS && world.network->cuts[number].active) {
        world.network->cuts[number].active = false;
        each_line(call_again);
    }
}

void network_break_line(struct chance *chance)
{
    struct machine *machine = &world.machines[chance_below(chance, world.machine_count)];
    struct line *line = machine->lines[BY_CALLER];
    for (uint64_t skip = chance_below(chance, 4); line != NULL && line->next[BY_CALLER] != NULL && skip > 0; skip--) {
        line = line->next[BY_CALLER];
    }
    if (line != NULL && carries(line)) {
        line->dead = true;
        world.counts.half_open++;
        drop_in_time(line);
    }
}

// ------------------------------------------------------------------------------------------ frames

static void deliver(struct line *line, int from, uint8_t *data, size_t size)
{
    struct machine *to = line->ends[1 - from];
    struct message message = {.body = data, .body_size = size};
    if (from == BY_CALLER) {
        memcpy(message.id, line->routing, ROUTING_BYTES);
        message.id_size = ROUTING_BYTES;
        message.user = line->user;
        push(&to->inbound, &message);
    } else {
        message.id_size = strlen(line->label);
        memcpy(message.id, line->label, message.id_size);
        push(&to->outbound, &message);
    }
    line->heard_at[1 - from] = world.now;
}

// A hello that is an answer ends in its field 10 (link.proto).
static bool is_hello(const uint8_t *data, size_t size, bool answer)
{
    return data[1] == TYPE_HELLO && size > 4 && answer == (data[size - 2] == 10 << 3 && data[size - 1] == 1);
}

static void arrive(void *subject, uint64_t number)
{
    (void)number;
    struct flight *flight = subject;
    struct line *line = flight->line;
    if (line->connection == flight->connection) {
        line->flying[flight->from]--;
    }
    if (line->connection == flight->connection && carries(line) && line->ends[1 - flight->from]->daemon != NULL) {
        line->asked[1 - flight->from] = line->asked[1 - flight->from] || is_hello(flight->data, flight->size, false);
        deliver(line, flight->from, flight->data, flight->size);
        machine_wake(line->ends[1 - flight->from], world.now);
    } else {
        free(flight->data);
    }
    free(flight);
}

static void fly(struct line *line, int from, const uint8_t *data, size_t size, int64_t at)
{
    struct flight *flight = malloc(sizeof *flight);
    must(flight != NULL);
    *flight = (struct flight){line, line->connection, from, copy_bytes(data, size), size};
    line->flying[from]++;
    world_plan(at, arrive, flight, 0);
}

// Changes a byte of a frame's first seal: what no key has signed must not be taken for what it says. (Offsets: PROTOCOL.md sections 5 and 8.)
static bool forge(uint8_t *data, size_t size)
{
    enum { SEALS_AT = 2 + 4 + 8 + 8 + 1, CHANGED_FROM = 64 };
    if (data[1] != TYPE_STATEMENTS || size < SEALS_AT + SEAL_BYTES || data[SEALS_AT - 1] == 0) {
        return false;
    }
    const size_t at = SEALS_AT + CHANGED_FROM + chance_below(&world.network->chance, SEAL_BYTES - CHANGED_FROM);
    data[at] ^= (uint8_t)(1 + chance_below(&world.network->chance, 255));
    world.counts.forged++;
    return true;
}

static uint64_t find_epoch(const uint8_t *data, size_t size)
{
    Wire__Hello *hello = data[1] == TYPE_HELLO ? wire__hello__unpack(NULL, size - 2, data + 2) : NULL;
    const uint64_t epoch = hello == NULL ? 0 : hello->epoch;
    if (hello != NULL) {
        wire__hello__free_unpacked(hello, NULL);
    }
    return epoch;
}

// The links' own pings: hellos that answer nothing and tell nothing new. Daemons send them every 15 s, which over a month would be all that happens; lines
// are kept alive without (network_keep_alive).
static bool is_ping(struct line *line, int from, const uint8_t *data, size_t size)
{
    if (data[1] != TYPE_HELLO) {
        return false;
    }
    const uint64_t epoch = find_epoch(data, size);
    const bool ping = is_hello(data, size, true) && line->greeted[from] && !line->asked[from] && line->epoch[from] == epoch;
    line->asked[from] = false;
    line->epoch[from] = epoch;
    return ping;
}

static void transmit(struct line *line, int from, const uint8_t *data, size_t size)
{
    struct chance *chance = &world.network->chance;
    const struct noise none = {0};
    const struct noise *noise = world.settling ? &none : &world.network->noise;
    if (is_ping(line, from, data, size)) {
        return;
    }
    line->greeted[from] = line->greeted[from] || data[1] == TYPE_HELLO;
    world.counts.frames++;
    trace_add(&world.trace, (uint64_t)data[1] << 32 | size);
    world_tell("%s sends %zu bytes of type %u to %s", line->ends[from]->id, size, data[1], line->ends[1 - from]->id);
    if (!carries(line)) {
        return;
    }
    if (chance_in_thousand(chance, noise->lost)) {
        world.counts.dropped++;
        return;
    }
    int64_t at = world.now + delay();
    if (!chance_in_thousand(chance, noise->overtaken)) {
        at = at > line->order_at[from] ? at : line->order_at[from];
        line->order_at[from] = at;
    }
    uint8_t *copy = copy_bytes(data, size);
    if (chance_in_thousand(chance, noise->forged)) {
        forge(copy, size);
    }
    fly(line, from, copy, size, at);
    if (chance_in_thousand(chance, noise->doubled)) {
        world.counts.doubled++;
        fly(line, from, data, size, at + delay());
    }
    free(copy);
}

// A line that carries is never silent for long: the other side's heartbeats and pings have come over it all the time. They are told by the smallest
// frame that counts as heard and means nothing.
void network_keep_alive(struct machine *machine)
{
    static const uint8_t frame[] = {PROTOCOL_VERSION, TYPE_UNKNOWN};
    for (int side = BY_CALLER; side <= BY_LISTENER; side++) {
        for (struct line *line = machine->lines[side]; line != NULL; line = line->next[side]) {
            if (carries(line) && line->greeted[1 - side] && world.now - line->heard_at[side] > KEEP_ALIVE_MS) {
                deliver(line, 1 - side, copy_bytes(frame, sizeof frame), sizeof frame);
            }
        }
    }
}

// --------------------------------------------------------------------------------------- libzmq's part

struct content {
    uint8_t *data;
    size_t size;
    const char *user;
};
_Static_assert(sizeof(struct content) <= sizeof(zmq_msg_t), "a message holds its content");

static struct content *content_of(const zmq_msg_t *message)
{
    return (struct content *)(uintptr_t)message;
}

int zmq_msg_init(zmq_msg_t *message)
{
    *content_of(message) = (struct content){0};
    return 0;
}

int zmq_msg_close(zmq_msg_t *message)
{
    free(content_of(message)->data);
    return zmq_msg_init(message);
}

void *zmq_msg_data(zmq_msg_t *message)
{
    return content_of(message)->data;
}

size_t zmq_msg_size(const zmq_msg_t *message)
{
    return content_of(message)->size;
}

int zmq_msg_more(const zmq_msg_t *message)
{
    (void)message;
    return 0; // identity and one body: nothing in the simulation makes more
}

const char *zmq_msg_gets(const zmq_msg_t *message, const char *property)
{
    (void)property; // "User-Id" is all that is asked for
    return content_of(message)->user;
}

int zmq_getsockopt(void *socket, int option, void *value, size_t *size)
{
    (void)socket;
    (void)option; // ZMQ_RCVMORE
    memset(value, 0, *size);
    return 0;
}

// The identity, or a monitor's event; the body is read next.
int zmq_recv(void *handle, void *out, size_t size, int flags)
{
    (void)flags;
    struct socket *socket = handle;
    if (socket->half_read != NULL) { // a monitor's address
        struct message *message = socket->half_read;
        const size_t told = message->body_size < size ? message->body_size : size;
        memcpy(out, message->body, told);
        socket->half_read = NULL;
        free(message->body);
        free(message);
        return (int)told;
    }
    struct message *message = take(socket);
    if (message == NULL) {
        errno = EAGAIN;
        return -1;
    }
    memcpy(out, message->id, message->id_size < size ? message->id_size : size);
    socket->half_read = message;
    return (int)message->id_size;
}

int zmq_msg_recv(zmq_msg_t *out, void *handle, int flags)
{
    (void)flags;
    struct socket *socket = handle;
    struct message *message = socket->half_read;
    if (message == NULL) {
        errno = EAGAIN;
        return -1;
    }
    *content_of(out) = (struct content){message->body, message->body_size, message->user};
    socket->half_read = NULL;
    free(message);
    return (int)content_of(out)->size;
}

// Of the connection that is called next.
static char next_label[64];
static char next_server_key[64];

int zmq_setsockopt(void *socket, int option, const void *value, size_t size)
{
    (void)socket;
    char *into = option == ZMQ_CURVE_SERVERKEY ? next_server_key : next_label;
    must((option == ZMQ_CURVE_SERVERKEY || option == ZMQ_CONNECT_ROUTING_ID) && size < sizeof next_label);
    memcpy(into, value, size);
    into[size] = '\0';
    return 0;
}

int zmq_connect(void *socket, const char *endpoint)
{
    open_line(((struct socket *)socket)->machine, endpoint, next_label, next_server_key);
    return 0;
}

int zmq_disconnect(void *socket, const char *endpoint)
{
    struct line *line = find_called(((struct socket *)socket)->machine, endpoint);
    if (line == NULL) {
        errno = ENOENT;
        return -1;
    }
    close_line(line);
    return 0;
}

// Where the frame that follows an identity goes.
static struct line *next_line;
static int next_from;

static struct line *find_by_label(const struct machine *machine, const void *id, size_t size)
{
    struct line *line = machine->lines[BY_CALLER];
    while (line != NULL && (strlen(line->label) != size || memcmp(line->label, id, size) != 0)) {
        line = line->next[BY_CALLER];
    }
    return line;
}

static struct line *find_by_routing(const struct machine *machine, const void *id)
{
    struct line *line = machine->lines[BY_LISTENER];
    while (line != NULL && (!line->up || memcmp(line->routing, id, ROUTING_BYTES) != 0)) {
        line = line->next[BY_LISTENER];
    }
    return line;
}

static int send_identity(struct socket *socket, const void *id, size_t size)
{
    struct machine *machine = socket->machine;
    next_line = NULL;
    if (socket == &machine->clients) {
        return (int)size;
    }
    next_from = socket == &machine->outbound ? BY_CALLER : BY_LISTENER;
    next_line = next_from == BY_CALLER ? find_by_label(machine, id, size) : find_by_routing(machine, id);
    if (next_line == NULL) {
        errno = EHOSTUNREACH;
        return -1;
    }
    if (next_line->flying[next_from] >= HIGH_WATER) {
        errno = EAGAIN;
        return -1;
    }
    return (int)size;
}

int zmq_send(void *handle, const void *data, size_t size, int flags)
{
    struct socket *socket = handle;
    if ((flags & ZMQ_SNDMORE) != 0) {
        return send_identity(socket, data, size);
    }
    if (socket == &socket->machine->clients) {
        people_hear(socket->machine, (struct bytes){data, size});
    } else {
        transmit(next_line, next_from, data, size);
    }
    return (int)size;
}
