// SPDX-License-Identifier: Apache-2.0
#include "dispatch/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/log.h"

enum { HOST_BYTES = 256, FLOW_BYTES = 32 << 10, BACKLOG = 8, SHORT_OF_DESCRIPTORS_MS = 100 };

// RFC 1928: version, methods and address types.
enum { SOCKS_VERSION = 5, SOCKS_CONNECT = 1, SOCKS_IPV4 = 1, SOCKS_NAME = 3, SOCKS_IPV6 = 4 };

// What became of the last call, to be said when it changes.
enum { CALL_UNTRIED = -2, CALL_NO_PROXY = -1, CALL_CARRIED = 0 }; // above 0: the proxy's reply

struct tunnel {
    char address[TUNNEL_ADDRESS_BYTES];
    char host[HOST_BYTES];
    uint16_t port;
    int listener;
    int last;
    atomic_bool closing; // by its owner; the thread ends it
    struct tunnel *next;
};

// One direction: what was read and is not written yet.
struct flow {
    uint8_t bytes[FLOW_BYTES];
    size_t start;
    size_t end;
    bool ended; // nothing more will be read
};

enum stage { STAGE_CONNECTING, STAGE_GREETED, STAGE_ASKED, STAGE_CARRYING };

// One connection, carried.
struct line {
    struct tunnel *tunnel;
    enum stage stage;
    int caller; // libzmq
    int proxy;
    struct flow out; // from the caller to the proxy
    struct flow in;
    struct line *next;
};

struct tunnels {
    char host[HOST_BYTES];
    char port[8];
    pthread_t thread;
    bool started;
    pthread_mutex_t lock;    // its owner puts tunnels in front, the thread takes them out
    struct tunnel *tunnels;
    unsigned count; // of addresses made
    struct line *lines; // the thread's own
    struct pollfd *polled;
    size_t polled_room;
    int wake;
    atomic_bool stopping;
};

// ---------------------------------------------------------------------------------------------------- flows

static bool has_room(const struct flow *flow)
{
    return !flow->ended && flow->end < FLOW_BYTES;
}

static void put(struct flow *flow, const void *bytes, size_t size)
{
    memcpy(flow->bytes + flow->end, bytes, size);
    flow->end += size;
}

static void drop(struct flow *flow, size_t size)
{
    flow->start += size;
    if (flow->start == flow->end) {
        flow->start = flow->end = 0;
    }
}

static void pull(struct flow *flow, int from)
{
    ssize_t got = recv(from, flow->bytes + flow->end, FLOW_BYTES - flow->end, MSG_DONTWAIT);
    if (got > 0) {
        flow->end += (size_t)got;
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        flow->ended = true;
    }
}

// False: nobody takes it any more.
static bool push(struct flow *flow, int to)
{
    if (flow->start == flow->end) {
        return true;
    }
    ssize_t sent = send(to, flow->bytes + flow->start, flow->end - flow->start, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) {
        drop(flow, (size_t)sent);
    }
    return sent > 0 || errno == EAGAIN || errno == EINTR;
}

// ---------------------------------------------------------------------------------------------------- SOCKS5

static void note(struct line *line, int result)
{
    static const char *const replies[] = {"carried", "failure", "not allowed", "network unreachable", "host unreachable", "refused",
                                          "expired", "command not supported", "address not supported"};
    const size_t known = sizeof(replies) / sizeof(replies[0]);
    struct tunnel *tunnel = line->tunnel;
    if (tunnel->last != result) {
        tunnel->last = result;
        log_write(LOG_PROXY, "to=%s:%u %s", tunnel->host, tunnel->port,
                  result == CALL_NO_PROXY ? "the proxy does not answer" : (size_t)result < known ? replies[result] : "refused");
    }
}

static void greet(struct line *line)
{
    static const uint8_t greeting[] = {SOCKS_VERSION, 1, 0}; // one method: no authentication
    put(&line->out, greeting, sizeof(greeting));
    line->stage = STAGE_GREETED;
}

// Names go as names, for the proxy to resolve; so do numbers, which proxies take in that form as well.
static void ask(struct line *line)
{
    const struct tunnel *tunnel = line->tunnel;
    const size_t size = strlen(tunnel->host);
    struct in6_addr numeric;
    uint8_t head[4] = {SOCKS_VERSION, SOCKS_CONNECT, 0, SOCKS_NAME};
    const uint8_t length = (uint8_t)size;
    const uint16_t port = htons(tunnel->port);
    if (inet_pton(AF_INET, tunnel->host, &numeric) == 1) {
        head[3] = SOCKS_IPV4;
        put(&line->out, head, sizeof(head));
        put(&line->out, &numeric, 4);
    } else if (inet_pton(AF_INET6, tunnel->host, &numeric) == 1) {
        head[3] = SOCKS_IPV6;
        put(&line->out, head, sizeof(head));
        put(&line->out, &numeric, 16);
    } else {
        put(&line->out, head, sizeof(head));
        put(&line->out, &length, 1);
        put(&line->out, tunnel->host, size);
    }
    put(&line->out, &port, sizeof(port));
    line->stage = STAGE_ASKED;
}

enum answer { ANSWER_PARTIAL, ANSWER_GOOD, ANSWER_BAD };

static enum answer hear_choice(struct line *line)
{
    const uint8_t *at = line->in.bytes + line->in.start;
    if (line->in.end - line->in.start < 2) {
        return ANSWER_PARTIAL;
    }
    if (at[0] != SOCKS_VERSION || at[1] != 0) {
        return ANSWER_BAD;
    }
    drop(&line->in, 2);
    ask(line);
    return ANSWER_GOOD;
}

static enum answer hear_reply(struct line *line)
{
    const uint8_t *at = line->in.bytes + line->in.start;
    const size_t size = line->in.end - line->in.start;
    if (size < 5) {
        return ANSWER_PARTIAL;
    }
    const size_t bound = at[3] == SOCKS_IPV4 ? 4 : at[3] == SOCKS_IPV6 ? 16 : (size_t)at[4] + 1;
    if (at[0] != SOCKS_VERSION || at[1] != 0) {
        note(line, at[0] == SOCKS_VERSION ? at[1] : CALL_NO_PROXY);
        return ANSWER_BAD;
    }
    if (size < 4 + bound + 2) {
        return ANSWER_PARTIAL;
    }
    drop(&line->in, 4 + bound + 2);
    note(line, CALL_CARRIED);
    line->stage = STAGE_CARRYING;
    return ANSWER_GOOD;
}

// Everything that what was read from the proxy allows. False: it cannot be carried.
static bool advance(struct line *line)
{
    enum answer answer = line->stage == STAGE_GREETED ? hear_choice(line) : ANSWER_PARTIAL;
    answer = line->stage == STAGE_ASKED && answer != ANSWER_BAD ? hear_reply(line) : answer;
    bool done = line->stage == STAGE_CARRYING;
    if (answer == ANSWER_BAD || (!done && line->in.ended)) {
        if (line->stage == STAGE_GREETED || line->in.ended) {
            note(line, CALL_NO_PROXY);
        }
        return false;
    }
    return true;
}

// ---------------------------------------------------------------------------------------------------- lines

static int connect_to(const struct tunnels *tunnels)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    const int on = 1;
    struct addrinfo *found = NULL;
    if (getaddrinfo(tunnels->host, tunnels->port, &hints, &found) != 0) {
        return -1;
    }
    int proxy = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (proxy >= 0 && connect(proxy, found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
        close(proxy);
        proxy = -1;
    }
    freeaddrinfo(found);
    if (proxy >= 0) {
        setsockopt(proxy, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        setsockopt(proxy, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    }
    return proxy;
}

// Only our own process is carried.
static int accept_own(int listener)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    int caller = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (caller < 0 && (errno == EMFILE || errno == ENFILE)) {
        poll(NULL, 0, SHORT_OF_DESCRIPTORS_MS); // the caller waits in the queue, and would be seen again at once
    }
    if (caller >= 0 && (getsockopt(caller, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 || who.pid != getpid())) {
        close(caller);
        caller = -1;
    }
    return caller;
}

static void accept_line(struct tunnels *tunnels, struct tunnel *tunnel)
{
    int caller = accept_own(tunnel->listener);
    struct line *line = caller < 0 ? NULL : calloc(1, sizeof(*line));
    if (line == NULL) {
        if (caller >= 0) {
            close(caller);
        }
        return;
    }
    *line = (struct line){.tunnel = tunnel, .caller = caller, .proxy = connect_to(tunnels)};
    if (line->proxy < 0) {
        note(line, CALL_NO_PROXY);
        close(caller);
        free(line);
        return;
    }
    line->next = tunnels->lines;
    tunnels->lines = line;
}

static bool has_connected(int proxy)
{
    int error = 0;
    socklen_t size = sizeof(error);
    return getsockopt(proxy, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

// Moves what can be moved. False: the line has ended.
static bool carry(struct line *line, short caller, short proxy)
{
    if (line->stage == STAGE_CONNECTING) {
        if (proxy == 0) {
            return (caller & (POLLERR | POLLHUP)) == 0;
        }
        if (!has_connected(line->proxy)) {
            note(line, CALL_NO_PROXY);
            return false;
        }
        greet(line);
    }
    if (proxy & (POLLIN | POLLHUP | POLLERR) && has_room(&line->in)) {
        pull(&line->in, line->proxy);
    }
    if (!advance(line)) {
        return false;
    }
    bool carrying = line->stage == STAGE_CARRYING;
    if (carrying && caller & POLLIN && has_room(&line->out)) {
        pull(&line->out, line->caller);
    } else if (caller & (POLLERR | POLLHUP)) {
        return false;
    }
    bool taken = push(&line->out, line->proxy) && (!carrying || push(&line->in, line->caller));
    bool over = (line->out.ended && line->out.end == 0) || (line->in.ended && line->in.end == 0);
    return taken && !over;
}

static void end_line(struct line **place)
{
    struct line *line = *place;
    *place = line->next;
    close(line->caller);
    close(line->proxy);
    free(line);
}

// ---------------------------------------------------------------------------------------------------- the thread

static short wanted_of_caller(const struct line *line)
{
    bool carrying = line->stage == STAGE_CARRYING;
    return (short)((carrying && has_room(&line->out) ? POLLIN : 0) | (carrying && line->in.end > 0 ? POLLOUT : 0));
}

static short wanted_of_proxy(const struct line *line)
{
    if (line->stage == STAGE_CONNECTING) {
        return POLLOUT;
    }
    return (short)((has_room(&line->in) ? POLLIN : 0) | (line->out.end > 0 ? POLLOUT : 0));
}

// Ends what its owner closed: under the lock.
static void sweep(struct tunnels *tunnels)
{
    for (struct line **place = &tunnels->lines; *place != NULL;) {
        if ((*place)->tunnel->closing) {
            end_line(place);
        } else {
            place = &(*place)->next;
        }
    }
    for (struct tunnel **place = &tunnels->tunnels; *place != NULL;) {
        struct tunnel *tunnel = *place;
        if (tunnel->closing) {
            *place = tunnel->next;
            close(tunnel->listener);
            free(tunnel);
        } else {
            place = &tunnel->next;
        }
    }
}

static bool make_room(struct tunnels *tunnels, size_t count)
{
    if (count <= tunnels->polled_room) {
        return true;
    }
    struct pollfd *larger = realloc(tunnels->polled, 2 * count * sizeof(*larger));
    if (larger != NULL) {
        tunnels->polled = larger;
        tunnels->polled_room = 2 * count;
    }
    return larger != NULL;
}

// What to wait for: the wake-up, every listener, both ends of every line, in the order of the lists. The number; 0: no memory.
static size_t list_polled(struct tunnels *tunnels, const struct tunnel *first)
{
    size_t count = 1;
    for (const struct tunnel *tunnel = first; tunnel != NULL; tunnel = tunnel->next) {
        count++;
    }
    for (const struct line *line = tunnels->lines; line != NULL; line = line->next) {
        count += 2;
    }
    if (!make_room(tunnels, count)) {
        return 0;
    }
    size_t at = 0;
    tunnels->polled[at++] = (struct pollfd){tunnels->wake, POLLIN, 0};
    for (const struct tunnel *tunnel = first; tunnel != NULL; tunnel = tunnel->next) {
        tunnels->polled[at++] = (struct pollfd){tunnel->listener, POLLIN, 0};
    }
    for (const struct line *line = tunnels->lines; line != NULL; line = line->next) {
        tunnels->polled[at++] = (struct pollfd){line->caller, wanted_of_caller(line), 0};
        tunnels->polled[at++] = (struct pollfd){line->proxy, wanted_of_proxy(line), 0};
    }
    return count;
}

// In the order of list_polled. Lines first: accepting makes new ones.
static void serve(struct tunnels *tunnels, struct tunnel *first)
{
    const struct pollfd *listeners = tunnels->polled + 1;
    const struct pollfd *at = listeners;
    for (struct tunnel *tunnel = first; tunnel != NULL; tunnel = tunnel->next) {
        at++;
    }
    for (struct line **place = &tunnels->lines; *place != NULL; at += 2) {
        if ((at[0].revents != 0 || at[1].revents != 0) && !carry(*place, at[0].revents, at[1].revents)) {
            end_line(place);
        } else {
            place = &(*place)->next;
        }
    }
    for (struct tunnel *tunnel = first; tunnel != NULL; tunnel = tunnel->next, listeners++) {
        if (listeners->revents != 0) {
            accept_line(tunnels, tunnel);
        }
    }
}

// The lock is never held over anything that may take long, so that the owner never waits.
static void *run(void *context)
{
    struct tunnels *tunnels = context;
    while (!tunnels->stopping) {
        uint64_t woken;
        pthread_mutex_lock(&tunnels->lock);
        sweep(tunnels);
        struct tunnel *first = tunnels->tunnels;
        pthread_mutex_unlock(&tunnels->lock);
        size_t count = list_polled(tunnels, first);
        if (count == 0 || poll(tunnels->polled, count, -1) <= 0) {
            continue;
        }
        while (read(tunnels->wake, &woken, sizeof(woken)) > 0) {
        }
        serve(tunnels, first);
    }
    return NULL;
}

static void wake(struct tunnels *tunnels)
{
    const uint64_t one = 1;
    ssize_t written = write(tunnels->wake, &one, sizeof(one));
    (void)written; // full means that it wakes anyway
}

// ---------------------------------------------------------------------------------------------------- the owner

// Splits "HOST:PORT"; a host may stand in square brackets.
static bool split(const char *text, char out_host[HOST_BYTES], const char **out_port)
{
    const char *colon = strrchr(text, ':');
    size_t size = colon == NULL ? 0 : (size_t)(colon - text);
    if (size == 0 || size >= HOST_BYTES || colon[1] == '\0') {
        return false;
    }
    bool bracketed = text[0] == '[' && size > 2 && text[size - 1] == ']';
    snprintf(out_host, HOST_BYTES, "%.*s", (int)(bracketed ? size - 2 : size), bracketed ? text + 1 : text);
    *out_port = colon + 1;
    return true;
}

int tunnel_new(const char *proxy, struct tunnels **out_tunnels)
{
    struct tunnels *tunnels = calloc(1, sizeof(*tunnels));
    const char *port;
    if (tunnels == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "tunnels");
    }
    pthread_mutex_init(&tunnels->lock, NULL);
    tunnels->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (tunnels->wake < 0 || !split(proxy, tunnels->host, &port) || strlen(port) >= sizeof(tunnels->port)) {
        tunnel_free(&tunnels);
        return FAIL_ORIGIN(-EINVAL, "tunnels");
    }
    strcpy(tunnels->port, port);
    tunnels->started = pthread_create(&tunnels->thread, NULL, run, tunnels) == 0;
    if (tunnels->started) {
        pthread_setname_np(tunnels->thread, "tunnel");
    }
    if (!tunnels->started) {
        tunnel_free(&tunnels);
        return FAIL_ORIGIN(-EAGAIN, "tunnels");
    }
    *out_tunnels = tunnels;
    return 0;
}

void tunnel_free(struct tunnels **handle)
{
    struct tunnels *tunnels = *handle;
    if (tunnels == NULL) {
        return;
    }
    if (tunnels->started) {
        tunnels->stopping = true;
        wake(tunnels);
        pthread_join(tunnels->thread, NULL);
    }
    for (struct tunnel *tunnel = tunnels->tunnels; tunnel != NULL; tunnel = tunnel->next) {
        tunnel->closing = true;
    }
    sweep(tunnels);
    if (tunnels->wake >= 0) {
        close(tunnels->wake);
    }
    pthread_mutex_destroy(&tunnels->lock);
    free(tunnels->polled);
    free(tunnels);
    *handle = NULL;
}

// A name in Linux's abstract space: it leaves no file behind, and no other network namespace sees it.
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t size = strlen(name);
    must(size + 1 < sizeof(address.sun_path));
    memcpy(address.sun_path + 1, name, size);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + size);
    if (listener >= 0 && (bind(listener, (const struct sockaddr *)&address, length) != 0 || listen(listener, BACKLOG) != 0)) {
        close(listener);
        listener = -1;
    }
    return listener;
}

int tunnel_open(struct tunnels *tunnels, const char *endpoint, char out_address[TUNNEL_ADDRESS_BYTES])
{
    struct tunnel *tunnel = calloc(1, sizeof(*tunnel));
    const char *port;
    if (tunnel == NULL || strncmp(endpoint, "tcp://", 6) != 0 || !split(endpoint + 6, tunnel->host, &port)) {
        free(tunnel);
        return FAIL_ORIGIN(-EINVAL, endpoint);
    }
    char name[64];
    snprintf(name, sizeof(name), "liaisond-%ld-%u", (long)getpid(), ++tunnels->count);
    snprintf(tunnel->address, sizeof(tunnel->address), "ipc://@%s", name);
    tunnel->port = (uint16_t)strtoul(port, NULL, 10);
    tunnel->last = CALL_UNTRIED;
    tunnel->listener = listen_at(name);
    if (tunnel->listener < 0) {
        free(tunnel);
        return FAIL_ORIGIN(-errno, "tunnel");
    }
    strcpy(out_address, tunnel->address);
    pthread_mutex_lock(&tunnels->lock);
    tunnel->next = tunnels->tunnels;
    tunnels->tunnels = tunnel;
    pthread_mutex_unlock(&tunnels->lock);
    wake(tunnels);
    return 0;
}

void tunnel_close(struct tunnels *tunnels, const char *address)
{
    pthread_mutex_lock(&tunnels->lock);
    for (struct tunnel *tunnel = tunnels->tunnels; tunnel != NULL; tunnel = tunnel->next) {
        if (strcmp(tunnel->address, address) == 0) {
            tunnel->closing = true;
        }
    }
    pthread_mutex_unlock(&tunnels->lock);
    wake(tunnels);
}
