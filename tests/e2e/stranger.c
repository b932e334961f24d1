// SPDX-License-Identifier: Apache-2.0
//
// Whoever finds the port: speaks to a listener without being a member, in numbers.
//
//     stranger PORT silent COUNT WAVES      sockets that say nothing, COUNT at a time
//     stranger PORT drip COUNT BYTES_MS     a right greeting, one byte every BYTES_MS
//     stranger PORT odd COUNT               greetings of other times and mechanisms, and giant claims
//     stranger PORT noise COUNT             random bytes, a connection each
//     stranger PORT keys COUNT SERVER_KEY   handshakes with keys of nobody
//     stranger PORT crowd COUNT             COUNT sockets, dialled again when hung up, until stdin ends
//     stranger 0 stall PID                  stops the first thread of a process until stdin ends, and no other
//
// One JSON line on standard output. What ought to come of it stands in test_82_strangers.py.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

enum { CALLERS_MOST = 16384, PATIENCE_MS = 60000, ABREAST = 32, NOISE_MOST = 600, GIANT_BYTES = 64 << 20 };

// A greeting of ZMTP 3: signature, version 3.0, mechanism CURVE, not a server, filled up with zeros.
static const uint8_t greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E'};

struct caller {
    int fd; // -1: hung up
    size_t said;
    int64_t next_ms;
};

struct tally {
    uint64_t dialled;
    uint64_t refused; // not even connected
    uint64_t hung_up; // by the listener
    uint64_t said_bytes;
    uint64_t heard_bytes;
};

// What was asked for on the command line.
struct order {
    size_t count;
    const char *detail;
};

static uint16_t port;
static struct caller callers[CALLERS_MOST];

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "stranger: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void tell(const char *mode, const struct tally *tally)
{
    printf("{\"mode\": \"%s\", \"dialled\": %llu, \"refused\": %llu, \"hung-up\": %llu, \"said\": %llu, \"heard\": %llu}\n", mode,
           (unsigned long long)tally->dialled, (unsigned long long)tally->refused, (unsigned long long)tally->hung_up,
           (unsigned long long)tally->said_bytes, (unsigned long long)tally->heard_bytes);
    fflush(stdout);
}

// -1: nobody listens.
static int dial(struct tally *tally)
{
    const struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        die("socket");
    }
    tally->dialled++;
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 || fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        tally->refused++;
        close(fd);
        return -1;
    }
    return fd;
}

static void hang_up(struct caller *caller)
{
    if (caller->fd >= 0) {
        close(caller->fd);
        caller->fd = -1;
    }
}

// Reads what came. False: the line is dead.
static bool hear(struct caller *caller, struct tally *tally)
{
    static uint8_t waste[4096];
    ssize_t got = read(caller->fd, waste, sizeof(waste));
    tally->heard_bytes += got > 0 ? (uint64_t)got : 0;
    return got > 0 || (got < 0 && errno == EAGAIN);
}

// One look at all lines; those that the listener ended are hung up. Returns how many stand.
static size_t look(size_t count, int timeout_ms, struct tally *tally)
{
    static struct pollfd fds[CALLERS_MOST];
    size_t standing = 0;
    for (size_t i = 0; i < count; i++) {
        fds[i] = (struct pollfd){.fd = callers[i].fd, .events = POLLIN};
    }
    if (poll(fds, count, timeout_ms) < 0 && errno != EINTR) {
        die("poll");
    }
    for (size_t i = 0; i < count; i++) {
        if (callers[i].fd >= 0 && fds[i].revents != 0 && !hear(&callers[i], tally)) {
            hang_up(&callers[i]);
            tally->hung_up++;
        }
        standing += callers[i].fd >= 0;
    }
    return standing;
}

static bool say(struct caller *caller, const uint8_t *bytes, size_t size, struct tally *tally)
{
    ssize_t sent = send(caller->fd, bytes, size, MSG_NOSIGNAL);
    tally->said_bytes += sent > 0 ? (uint64_t)sent : 0;
    return sent == (ssize_t)size || (sent < 0 && errno == EAGAIN);
}

// -------------------------------------------------------------------------------------------- modes

static void wait_for_end(size_t count, struct tally *tally)
{
    int64_t end_ms = now_ms() + PATIENCE_MS;
    while (look(count, 100, tally) > 0 && now_ms() < end_ms) {
    }
    for (size_t i = 0; i < count; i++) {
        hang_up(&callers[i]);
    }
}

static void silent(const struct order *order, struct tally *tally)
{
    size_t waves = strtoul(order->detail, NULL, 10);
    for (size_t wave = 0; wave < waves; wave++) {
        for (size_t i = 0; i < order->count; i++) {
            callers[i].fd = dial(tally);
        }
        wait_for_end(order->count, tally);
    }
}

static void drip(const struct order *order, struct tally *tally)
{
    size_t count = order->count;
    int64_t pause_ms = atoi(order->detail);
    int64_t end_ms = now_ms() + PATIENCE_MS;
    for (size_t i = 0; i < count; i++) {
        callers[i] = (struct caller){.fd = dial(tally), .next_ms = now_ms()};
    }
    while (look(count, 5, tally) > 0 && now_ms() < end_ms) {
        for (size_t i = 0; i < count; i++) {
            struct caller *caller = &callers[i];
            if (caller->fd >= 0 && caller->said < sizeof(greeting) && now_ms() >= caller->next_ms) {
                say(caller, &greeting[caller->said++], 1, tally); // a line that died is found when it is read
                caller->next_ms = now_ms() + pause_ms;
            }
        }
    }
}

struct opening {
    const char *name;
    const uint8_t *bytes;
    size_t size;
    bool giant; // and then as much as is taken
};

static const uint8_t zmtp1[] = {0x01, 0x00, 0x05, 0x01, 'a', 'b', 'c', 'd'};
static const uint8_t zmtp1_giant[] = {0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0x00};
static const uint8_t zmtp2[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5, 0, 0, 0, 3, 'a', 'b', 'c'};
static const uint8_t zmtp2_giant[] = {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 1, 5, 0x02, 0, 0, 0, 1, 0, 0, 0, 0};
static const uint8_t null_greeting[64 + 2 + 27] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'N', 'U', 'L', 'L', [64] = 0x04, 26,
                                                   5, 'R', 'E', 'A', 'D', 'Y'};
static const uint8_t plain_greeting[64 + 2 + 10] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'P', 'L', 'A', 'I', 'N', [64] = 0x04, 9,
                                                    5, 'H', 'E', 'L', 'L', 'O', 1, 'x', 1, 'y'};
static const uint8_t server_greeting[64] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E', [32] = 1};
static const uint8_t giant_command[64 + 9] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E', [64] = 0x06, 0, 0, 0, 1};
static const uint8_t giant_message[64 + 9] = {0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0, 'C', 'U', 'R', 'V', 'E', [64] = 0x02, 0, 0, 0, 1};
static const uint8_t http[] = "GET / HTTP/1.1\r\nHost: liaison\r\n\r\n";
static const uint8_t tls[] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03};

static const struct opening openings[] = {
    {"zmtp1", zmtp1, sizeof(zmtp1), false},
    {"zmtp1-giant", zmtp1_giant, sizeof(zmtp1_giant), true},
    {"zmtp2", zmtp2, sizeof(zmtp2), false},
    {"zmtp2-giant", zmtp2_giant, sizeof(zmtp2_giant), true},
    {"null", null_greeting, sizeof(null_greeting), false},
    {"plain", plain_greeting, sizeof(plain_greeting), false},
    {"curve-server", server_greeting, sizeof(server_greeting), false},
    {"giant-command", giant_command, sizeof(giant_command), true},
    {"giant-message", giant_message, sizeof(giant_message), true},
    {"http", http, sizeof(http) - 1, false},
    {"tls", tls, sizeof(tls), false},
};

// Each opening on `count` lines at once; a giant goes on until nothing more is taken.
static void odd(const struct order *order, struct tally *tally)
{
    size_t count = order->count;
    static const uint8_t filling[1 << 16];
    for (size_t i = 0; i < sizeof(openings) / sizeof(openings[0]); i++) {
        const struct opening *opening = &openings[i];
        struct tally own = {0};
        for (size_t j = 0; j < count; j++) {
            callers[j].fd = dial(&own);
            if (callers[j].fd >= 0) {
                say(&callers[j], opening->bytes, opening->size, &own);
            }
        }
        int64_t end_ms = now_ms() + PATIENCE_MS;
        while (look(count, 20, &own) > 0 && now_ms() < end_ms) {
            for (size_t j = 0; opening->giant && own.said_bytes < GIANT_BYTES && j < count; j++) {
                if (callers[j].fd >= 0) {
                    say(&callers[j], filling, sizeof(filling), &own);
                }
            }
        }
        for (size_t j = 0; j < count; j++) {
            hang_up(&callers[j]);
        }
        tell(opening->name, &own);
        tally->dialled += own.dialled;
        tally->refused += own.refused;
        tally->hung_up += own.hung_up;
        tally->said_bytes += own.said_bytes;
        tally->heard_bytes += own.heard_bytes;
    }
}

// Some begin like a greeting, so that the bytes get further. They are not waited for.
static void noise(const struct order *order, struct tally *tally)
{
    for (size_t i = 0; i < order->count; i++) {
        uint8_t bytes[NOISE_MOST];
        struct caller *caller = &callers[i % ABREAST];
        hang_up(caller);
        if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
            die("getrandom");
        }
        size_t size = 1 + (size_t)(bytes[0] | bytes[1] << 8) % (NOISE_MOST - 1);
        if (i % 2 == 0) {
            memcpy(bytes, greeting, sizeof(greeting));
        }
        caller->fd = dial(tally);
        if (caller->fd >= 0) {
            say(caller, bytes, size, tally);
        }
    }
    wait_for_end(ABREAST, tally);
}

static void crowd(const struct order *order, struct tally *tally)
{
    size_t count = order->count;
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    bool told = false;
    while (poll(&input, 1, 0) == 0) {
        for (size_t i = 0; i < count; i++) {
            callers[i].fd = callers[i].fd < 0 ? dial(tally) : callers[i].fd;
        }
        if (!told) {
            tell("crowding", tally);
            told = true;
        }
        look(count, 20, tally);
    }
    for (size_t i = 0; i < count; i++) {
        hang_up(&callers[i]);
    }
}

// --------------------------------------------------------------------------------------------- keys

struct knocker {
    void *socket;
    void *monitor;
};

static void start_knock(void *context, const char *server_key, struct knocker *knocker)
{
    static unsigned number;
    char public_key[41];
    char secret_key[41];
    char name[64];
    char endpoint[64];
    const int none = 0;
    snprintf(name, sizeof(name), "inproc://knock-%u", number++);
    snprintf(endpoint, sizeof(endpoint), "tcp://127.0.0.1:%u", port);
    zmq_curve_keypair(public_key, secret_key);
    knocker->socket = zmq_socket(context, ZMQ_DEALER);
    knocker->monitor = zmq_socket(context, ZMQ_PAIR);
    zmq_setsockopt(knocker->socket, ZMQ_LINGER, &none, sizeof(none));
    zmq_setsockopt(knocker->monitor, ZMQ_LINGER, &none, sizeof(none));
    zmq_setsockopt(knocker->socket, ZMQ_CURVE_SERVERKEY, server_key, strlen(server_key));
    zmq_setsockopt(knocker->socket, ZMQ_CURVE_PUBLICKEY, public_key, strlen(public_key));
    zmq_setsockopt(knocker->socket, ZMQ_CURVE_SECRETKEY, secret_key, strlen(secret_key));
    int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                 ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    if (zmq_socket_monitor(knocker->socket, name, events) != 0 || zmq_connect(knocker->monitor, name) != 0 ||
        zmq_connect(knocker->socket, endpoint) != 0) {
        die("cannot knock");
    }
}

// What the door said: an event of the monitor; 0: nothing in time.
static uint16_t end_knock(struct knocker *knocker)
{
    const int patience = PATIENCE_MS;
    uint8_t event[6];
    uint16_t form = 0;
    zmq_setsockopt(knocker->monitor, ZMQ_RCVTIMEO, &patience, sizeof(patience));
    if (zmq_recv(knocker->monitor, event, sizeof(event), 0) == (int)sizeof(event)) {
        memcpy(&form, event, sizeof(form));
    }
    zmq_socket_monitor(knocker->socket, NULL, 0);
    zmq_close(knocker->monitor);
    zmq_close(knocker->socket);
    return form;
}

static void keys(const struct order *order, struct tally *tally)
{
    size_t count = order->count;
    struct knocker knockers[ABREAST];
    uint64_t turned_away = 0;
    uint64_t let_in = 0;
    uint64_t unanswered = 0;
    void *context = zmq_ctx_new();
    int64_t start_ms = now_ms();
    for (size_t i = 0; i < count + ABREAST; i++) {
        struct knocker *knocker = &knockers[i % ABREAST];
        if (i >= ABREAST && i - ABREAST < count) {
            uint16_t form = end_knock(knocker);
            turned_away += form == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
            let_in += form == ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
            unanswered += form != ZMQ_EVENT_HANDSHAKE_FAILED_AUTH && form != ZMQ_EVENT_HANDSHAKE_SUCCEEDED;
        }
        if (i < count) {
            start_knock(context, order->detail, knocker);
            tally->dialled++;
        }
    }
    printf("{\"mode\": \"keys\", \"turned-away\": %llu, \"let-in\": %llu, \"unanswered\": %llu, \"ms\": %lld}\n",
           (unsigned long long)turned_away, (unsigned long long)let_in, (unsigned long long)unanswered, (long long)(now_ms() - start_ms));
    fflush(stdout);
    _Exit(0); // ending the context would wait for its sockets
}

// -------------------------------------------------------------------------------------------- stall

static void stall(const struct order *order, struct tally *tally)
{
    pid_t pid = (pid_t)order->count;
    int status;
    (void)tally;
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0 || ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0 ||
        waitpid(pid, &status, __WALL) != pid) {
        die("cannot stop it");
    }
    printf("{\"mode\": \"stalled\"}\n");
    fflush(stdout);
    (void)getchar();
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

// -------------------------------------------------------------------------------------------- main

static const struct mode {
    const char *name;
    void (*play)(const struct order *order, struct tally *tally);
    size_t most;
} modes[] = {
    {"silent", silent, CALLERS_MOST}, {"drip", drip, CALLERS_MOST},   {"odd", odd, CALLERS_MOST},  {"noise", noise, SIZE_MAX},
    {"keys", keys, SIZE_MAX},         {"crowd", crowd, CALLERS_MOST}, {"stall", stall, SIZE_MAX},
};

int main(int argc, char **argv)
{
    const struct rlimit files = {CALLERS_MOST + 64, CALLERS_MOST + 64};
    struct order order = {argc < 4 ? 0 : strtoul(argv[3], NULL, 10), argc < 5 ? "1" : argv[4]};
    struct tally tally = {0};
    port = argc < 2 ? 0 : (uint16_t)atoi(argv[1]);
    setrlimit(RLIMIT_NOFILE, &files);
    for (size_t i = 0; i < CALLERS_MOST; i++) {
        callers[i].fd = -1;
    }
    for (size_t i = 0; order.count > 0 && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(argv[2], modes[i].name) == 0 && order.count <= modes[i].most) {
            modes[i].play(&order, &tally);
            tell(argv[2], &tally);
            return 0;
        }
    }
    fprintf(stderr, "usage: stranger PORT silent|drip|odd|noise|keys|crowd|stall COUNT [WAVES|BYTE_MS|SERVER_KEY]\n");
    return 2;
}
