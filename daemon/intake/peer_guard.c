// SPDX-License-Identifier: Apache-2.0
#include "intake/peer_guard.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/fail.h"

enum { ZAP_FRAMES = 7, ZAP_FRAME_BYTES = 256, KNOCK_MS = 4000 };

struct peer_guard {
    struct loop *loop;
    struct peer_keys *peers;
    struct client_keys *clients;
    void *zap;
    void *knocker; // a client with a key of its own; NULL: none under way
    void *monitor;
    uint8_t knock_key[32]; // the knocker's public key
    struct mono knocked_at;
};

struct zap_request {
    uint8_t frames[ZAP_FRAMES][ZAP_FRAME_BYTES];
    size_t sizes[ZAP_FRAMES];
    size_t count;
};

enum { ZAP_VERSION, ZAP_ID, ZAP_DOMAIN, ZAP_ADDRESS, ZAP_IDENTITY, ZAP_MECHANISM, ZAP_KEY };

int peer_guard_new(struct loop *loop, struct peer_keys *peers, struct client_keys *clients, struct peer_guard **out_guard)
{
    struct peer_guard *guard = calloc(1, sizeof(*guard));
    if (guard == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "guard");
    }
    *guard = (struct peer_guard){.loop = loop, .peers = peers, .clients = clients, .zap = loop_socket(loop, ZMQ_REP)};
    if (guard->zap == NULL || zmq_bind(guard->zap, "inproc://zeromq.zap.01") != 0) {
        int result = FAIL_ORIGIN(-errno, "cannot bind the authentication handler");
        peer_guard_free(&guard);
        return result;
    }
    loop_watch_socket(loop, guard->zap);
    *out_guard = guard;
    return 0;
}

static void end_knock(struct peer_guard *guard)
{
    if (guard->monitor != NULL) {
        loop_forget(guard->loop, guard->monitor);
    }
    loop_stop_monitor(guard->knocker, &guard->monitor);
    loop_close(&guard->knocker);
}

void peer_guard_free(struct peer_guard **guard)
{
    if (*guard == NULL) {
        return;
    }
    end_knock(*guard);
    if ((*guard)->zap != NULL) {
        loop_forget((*guard)->loop, (*guard)->zap);
        zmq_close((*guard)->zap);
    }
    free(*guard);
    *guard = NULL;
}

// False: nothing waits.
static bool receive(struct peer_guard *guard, struct zap_request *request)
{
    int more = 1;
    size_t size = sizeof(more);
    request->count = 0;
    while (more) {
        uint8_t spare[ZAP_FRAME_BYTES];
        bool kept = request->count < ZAP_FRAMES;
        int got = zmq_recv(guard->zap, kept ? request->frames[request->count] : spare, ZAP_FRAME_BYTES, ZMQ_DONTWAIT);
        if (got < 0) {
            return false;
        }
        if (kept) {
            request->sizes[request->count++] = (size_t)got < ZAP_FRAME_BYTES ? (size_t)got : ZAP_FRAME_BYTES;
        }
        zmq_getsockopt(guard->zap, ZMQ_RCVMORE, &more, &size);
    }
    return true;
}

static bool is(const struct zap_request *request, size_t frame, const char *text)
{
    return request->sizes[frame] == strlen(text) && memcmp(request->frames[frame], text, strlen(text)) == 0;
}

static bool admit(struct peer_guard *guard, const struct zap_request *request, char *out_user)
{
    if (request->count != ZAP_FRAMES || !is(request, ZAP_VERSION, "1.0") || !is(request, ZAP_MECHANISM, "CURVE") ||
        request->sizes[ZAP_KEY] != 32) {
        return false;
    }
    if (is(request, ZAP_DOMAIN, PEER_GUARD_AGENCIES)) {
        return peer_keys_admit(guard->peers, request->frames[ZAP_KEY], out_user);
    }
    return is(request, ZAP_DOMAIN, PEER_GUARD_CLIENTS) && client_keys_admit(guard->clients, request->frames[ZAP_KEY], out_user);
}

static void answer(struct peer_guard *guard, const struct zap_request *request, const char *user)
{
    const char *status = user[0] != '\0' ? "200" : "400";
    zmq_send(guard->zap, "1.0", 3, ZMQ_SNDMORE);
    zmq_send(guard->zap, request->frames[ZAP_ID], request->count > ZAP_ID ? request->sizes[ZAP_ID] : 0, ZMQ_SNDMORE);
    zmq_send(guard->zap, status, 3, ZMQ_SNDMORE);
    zmq_send(guard->zap, "", 0, ZMQ_SNDMORE);
    zmq_send(guard->zap, user, strlen(user), ZMQ_SNDMORE);
    zmq_send(guard->zap, "", 0, 0);
}

static bool is_our_knock(const struct peer_guard *guard, const struct zap_request *request)
{
    return request->count == ZAP_FRAMES && request->sizes[ZAP_KEY] == sizeof(guard->knock_key) &&
           memcmp(request->frames[ZAP_KEY], guard->knock_key, sizeof(guard->knock_key)) == 0;
}

uint64_t peer_guard_answer(struct peer_guard *guard)
{
    struct zap_request request;
    uint64_t refused = 0;
    while (receive(guard, &request)) {
        char user[CLIENT_USER_BYTES + PEER_KEYS_USER_BYTES] = "";
        bool admitted = admit(guard, &request, user);
        refused += !admitted && !is_our_knock(guard, &request);
        answer(guard, &request, admitted ? user : "");
    }
    return refused;
}

int peer_guard_knock(struct peer_guard *guard, const char *endpoint, const char *curve_public, struct mono now)
{
    char public_key[LOOP_Z85_BYTES];
    char secret_key[LOOP_Z85_BYTES];
    end_knock(guard);
    int result = loop_new_keypair(public_key, secret_key);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    loop_from_z85(public_key, guard->knock_key);
    const struct loop_router options = {LOOP_CLIENT, NULL, public_key, secret_key, 1};
    guard->knocker = loop_router(guard->loop, &options);
    if (guard->knocker == NULL || zmq_setsockopt(guard->knocker, ZMQ_CURVE_SERVERKEY, curve_public, strlen(curve_public)) != 0) {
        return FAIL_ORIGIN(-errno, "cannot knock");
    }
    guard->monitor = loop_monitor(guard->loop, guard->knocker, "knock");
    if (guard->monitor == NULL || zmq_connect(guard->knocker, endpoint) != 0) {
        return FAIL_ORIGIN(-errno, "cannot knock");
    }
    loop_watch_socket(guard->loop, guard->monitor);
    guard->knocked_at = now;
    return 0;
}

static enum peer_guard_knock read_monitor(struct peer_guard *guard)
{
    uint8_t event[6];
    char address[256];
    while (zmq_recv(guard->monitor, event, sizeof(event), ZMQ_DONTWAIT) == (int)sizeof(event)) {
        zmq_recv(guard->monitor, address, sizeof(address), 0);
        uint16_t form;
        memcpy(&form, event, sizeof(form)); // in the machine's order, as libzmq writes it
        if (form == ZMQ_EVENT_HANDSHAKE_SUCCEEDED) {
            return KNOCK_ADMITTED;
        }
        if (form == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || form == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL ||
            form == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL) {
            return KNOCK_REFUSED;
        }
    }
    return KNOCK_WAITING;
}

enum peer_guard_knock peer_guard_listen(struct peer_guard *guard, struct mono now)
{
    if (guard->knocker == NULL) {
        return KNOCK_NONE;
    }
    enum peer_guard_knock result = read_monitor(guard);
    if (result == KNOCK_WAITING && now.ms - guard->knocked_at.ms > KNOCK_MS) {
        result = KNOCK_UNANSWERED;
    }
    if (result != KNOCK_WAITING) {
        end_knock(guard);
    }
    return result;
}
