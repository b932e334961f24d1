// SPDX-License-Identifier: Apache-2.0
#include "daemon.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "law/instant.h"

#include "base/fail.h"
#include "base/log.h"
#include "acquaint.h"
#include "dispatch/tunnel.h"
#include "haul.h"
#include "rules/announce.h"
#include "setup.h"
#include "store/journal.h"
#include "store/search.h"
#include "store/view.h"
#include "turn.h"

enum {
    START_ARENA_BYTES = 64 << 20,
    REFRESH_EVERY_MS = 1000,
    PEER_HIGH_WATER = 64,
    CLIENT_HIGH_WATER = 4096,
    REFUSED = -ECANCELED, // said why in the log; nothing of the environment fails with it
};

static int refuse_start(const char *why, const char *what)
{
    log_write(LOG_CONFIG_REFUSED, "%s%s%s", why, what[0] == '\0' ? "" : ": ", what);
    return REFUSED;
}

static int load_config(struct daemon *daemon, const struct daemon_options *options)
{
    struct config_fault fault;
    if (!config_load(options->folder, &daemon->config, &fault)) {
        return refuse_start(fault.text, "");
    }
    if (options->test_clock == NULL) {
        wallclock_start(&daemon->clock);
        return 0;
    }
    struct wall at;
    if (!instant_parse(options->test_clock, &at.ms)) {
        return refuse_start("--test-clock takes an RFC 3339 time", options->test_clock);
    }
    wallclock_start_test(&daemon->clock, at);
    return 0;
}

static int open_keyring(struct daemon *daemon)
{
    static const char *const reasons[] = {
        [KEYRING_OK] = "",
        [KEYRING_MISSING] = "a key file is missing (liaison init makes them)",
        [KEYRING_EXPOSED] = "a key file can be read by others; its mode must be 0600",
        [KEYRING_MALFORMED] = "a key file does not hold a key of the configured suite",
    };
    enum keyring_outcome outcome;
    int result = keyring_open(daemon->config.keys, config_suite(&daemon->config), &outcome, &daemon->keyring);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    return outcome == KEYRING_OK ? 0 : refuse_start(reasons[outcome], daemon->config.keys);
}

static int open_store(struct daemon *daemon)
{
    static const char *const reasons[] = {
        [STORE_OPENED] = "",
        [STORE_IN_USE] = "another daemon holds this store",
        [STORE_NETWORK] = "the store must be on a local file system",
        [STORE_OTHER_AGENCY] = "this store belongs to another agency or suite",
        [STORE_OTHER_CLOCK] = "a store is test or real from its first start, and this one is the other",
        [STORE_OTHER_SCHEMA] = "another version wrote this store, with tables of its own",
    };
    const struct store_options options = {
        .path = daemon->config.store,
        .map_bytes = (uint64_t)daemon->config.map_size << 30,
        .agency = daemon->config.agency,
        .suite = config_suite(&daemon->config),
        .test = daemon->clock.test,
    };
    enum store_outcome outcome;
    int result = store_open(&options, &outcome, &daemon->store);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    if (outcome != STORE_OPENED) {
        return refuse_start(reasons[outcome], daemon->config.store);
    }
    if (search_start(daemon->store) < 0) {
        log_write(LOG_SEARCH, "none, every search looks through all: %s", fail_trace());
    }
    return 0;
}

// ----------------------------------------------------------------------------------------------------- sockets

static int make_sockets(struct daemon *daemon)
{
    const char *public_key = keyring_curve_public(daemon->keyring);
    const char *secret_key = keyring_curve_secret(daemon->keyring);
    const struct loop_router clients = {LOOP_SERVER, PEER_GUARD_CLIENTS, public_key, secret_key, CLIENT_HIGH_WATER};
    const struct loop_router inbound = {LOOP_SERVER, PEER_GUARD_AGENCIES, public_key, secret_key, PEER_HIGH_WATER};
    const struct loop_router outbound = {LOOP_CLIENT, NULL, public_key, secret_key, PEER_HIGH_WATER};
    daemon->client_socket = loop_router(daemon->loop, &clients);
    daemon->outbound = loop_router(daemon->loop, &outbound);
    daemon->outbound_monitor = daemon->outbound == NULL ? NULL : loop_monitor(daemon->loop, daemon->outbound, "outbound");
    if (daemon->client_socket == NULL || daemon->outbound_monitor == NULL) {
        return FAIL_ORIGIN(-errno, "cannot make sockets");
    }
    loop_watch_socket(daemon->loop, daemon->client_socket);
    loop_watch_socket(daemon->loop, daemon->outbound);
    loop_watch_socket(daemon->loop, daemon->outbound_monitor);
    if (daemon->config.listen[0] == '\0') {
        return 0;
    }
    daemon->inbound = loop_router(daemon->loop, &inbound);
    daemon->inbound_monitor = daemon->inbound == NULL ? NULL : loop_monitor(daemon->loop, daemon->inbound, "inbound");
    if (daemon->inbound_monitor == NULL) {
        return FAIL_ORIGIN(-errno, "cannot make the listening socket");
    }
    loop_watch_socket(daemon->loop, daemon->inbound);
    loop_watch_socket(daemon->loop, daemon->inbound_monitor);
    return 0;
}

static int bind_clients(struct daemon *daemon)
{
    int result = loop_bind(daemon->client_socket, daemon->config.clients);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    if (strncmp(daemon->config.clients, "ipc://", 6) == 0) {
        chmod(daemon->config.clients + 6, 0666); // CURVE decides who may speak
    }
    return 0;
}

// ------------------------------------------------------------------------------------------------------- parts

static int know_all(struct daemon *daemon, struct arena *arena)
{
    struct view *view = store_read(daemon->store);
    const char *const *ids;
    size_t count = view == NULL ? 0 : view_agencies(view, arena, &ids);
    int result = view == NULL ? FAIL_HOP(-EIO) : 0;
    for (size_t i = 0; result == 0 && i < count; i++) {
        result = acquaint(daemon, view, ids[i], arena);
    }
    store_read_done(daemon->store);
    return result;
}

static int start_haul(struct daemon *daemon, struct arena *arena)
{
    struct view *view = store_read(daemon->store);
    int result = view == NULL ? FAIL_HOP(-EIO) : haul_start(daemon->haul, view, arena);
    store_read_done(daemon->store);
    return result;
}

static int run_first_turn(struct daemon *daemon, struct arena *arena)
{
    struct setup setup = {.config = daemon->config};
    struct config_fault fault;
    if (!setup_read(daemon, arena, &setup, &fault)) {
        return refuse_start(fault.text, "");
    }
    int result = turn_first(daemon->turn, &setup.start);
    return result == 0 ? setup_adopt(daemon, &setup, wallclock_look(&daemon->clock), arena) : FAIL_HOP(result);
}

static int make_parts(struct daemon *daemon)
{
    int result = daemon->config.socks_proxy[0] == '\0' ? 0 : tunnel_new(daemon->config.socks_proxy, &daemon->tunnels);
    if (result < 0) {
        return FAIL_HOP(result);
    }
    const struct peer_link_options links = {
        daemon->outbound,
        daemon->inbound,
        (uint32_t)daemon->config.window_messages,
        (uint32_t)daemon->config.window_bytes << 10,
        daemon->tunnels,
    };
    const struct peer_port_sockets sockets = {daemon->inbound, daemon->outbound, daemon->inbound_monitor, daemon->outbound_monitor};
    const struct workers_options workers = {
        .threads = (size_t)daemon->config.workers,
        .keys = daemon->peer_keys,
        .domain = daemon->clock.test ? SEAL_TEST : SEAL_REAL,
        .wake_fd = daemon->wakeup.workers,
        .window_frames = links.window_messages,
        .window_bytes = links.window_bytes,
    };
    const struct doors_options doors = {
        .guard = daemon->guard,
        .curve_public = keyring_curve_public(daemon->keyring),
        .sockets = {[DOOR_AGENCIES] = daemon->inbound, [DOOR_CLIENTS] = daemon->client_socket},
        .endpoints = {[DOOR_AGENCIES] = daemon->config.listen, [DOOR_CLIENTS] = daemon->config.clients_listen},
    };
    result = client_port_new(daemon->client_socket, daemon->client_keys, &daemon->client_port);
    result = result < 0 ? result : workers_new(&workers, &daemon->workers);
    result = result < 0 ? result : peer_port_new(&sockets, daemon->workers, daemon->peer_keys, &daemon->peer_port);
    result = result < 0 ? result : doors_new(&doors, &daemon->doors);
    result = result < 0 ? result : peer_link_new(&links, &daemon->links);
    result = result < 0 ? result : notice_new(daemon->client_socket, journal_read, announce, &daemon->notices);
    result = result < 0 ? result : haul_new(daemon, &daemon->haul);
    return result < 0 ? FAIL_HOP(result) : turn_new(daemon, &daemon->turn);
}

static int start(struct daemon *daemon, const struct daemon_options *options)
{
    int result = load_config(daemon, options);
    result = result < 0 ? result : open_keyring(daemon);
    result = result < 0 ? result : open_store(daemon);
    result = result < 0 ? result : loop_new(&daemon->loop);
    result = result < 0 ? result : wakeup_open(&daemon->wakeup);
    result = result < 0 ? result : peer_keys_new(&daemon->peer_keys);
    result = result < 0 ? result : client_keys_new(daemon->config.client_keys, &daemon->client_keys);
    result = result < 0 ? result : peer_guard_new(daemon->loop, daemon->peer_keys, daemon->client_keys, &daemon->guard);
    result = result < 0 ? result : make_sockets(daemon);
    result = result < 0 ? result : make_parts(daemon);
    if (result < 0) {
        return result;
    }
    loop_watch_fd(daemon->loop, daemon->wakeup.signals);
    loop_watch_fd(daemon->loop, daemon->wakeup.workers);
    struct arena *arena;
    result = arena_new(START_ARENA_BYTES, &arena);
    if (result < 0) {
        return FAIL_ORIGIN(result, "arena");
    }
    result = run_first_turn(daemon, arena);
    result = result < 0 ? result : start_haul(daemon, arena);
    result = result < 0 ? result : bind_clients(daemon);
    result = result < 0 ? result : doors_open(daemon->doors, wallclock_mono());
    result = result < 0 ? result : know_all(daemon, arena);
    arena_free(&arena);
    return result;
}

int daemon_new(const struct daemon_options *options, struct daemon **out_daemon)
{
    struct daemon *daemon = calloc(1, sizeof(*daemon));
    if (daemon == NULL) {
        return FAIL_ORIGIN(-ENOMEM, "daemon");
    }
    daemon->wakeup = (struct wakeup){-1, -1};
    int result = start(daemon, options);
    if (result < 0) {
        if (result != REFUSED) {
            log_write(LOG_FAILURE, "%s", fail_trace());
        }
        daemon_free(&daemon);
        return result;
    }
    *out_daemon = daemon;
    return 0;
}

// Strangers and junk are counted as they come and told at most once a second, so that a flood of them fills no log.
static void log_refusals(struct daemon *daemon)
{
    struct told now = {
        .handshakes = doors_refused(daemon->doors) + peer_port_refused_handshakes(daemon->peer_port),
        .frames = peer_port_dropped(daemon->peer_port),
        .requests = client_port_dropped(daemon->client_port),
    };
    if (now.handshakes != daemon->told.handshakes) {
        log_write(LOG_HANDSHAKE_REFUSED, "count=%" PRIu64, now.handshakes - daemon->told.handshakes);
    }
    if (now.frames != daemon->told.frames) {
        log_write(LOG_FRAME_DROPPED, "count=%" PRIu64, now.frames - daemon->told.frames);
    }
    if (now.requests != daemon->told.requests) {
        log_write(LOG_CLIENT_REFUSED, "count=%" PRIu64, now.requests - daemon->told.requests);
    }
    daemon->told = now;
}

// Frames in hand and turns of hundreds of statements take tens of megabytes, which malloc keeps for the next; a quiet daemon is small again.
static void give_back_memory(struct daemon *daemon, struct mono now)
{
    if (quiet_look(&daemon->quiet, now, quiet_used_ms())) {
        workers_drop_spare(daemon->workers);
        malloc_trim(0);
    }
}

// While the workers have no room nothing is taken from other agencies, and what waits in their sockets must not wake us again and again; a worker that
// has finished something does.
static void choose_sources(struct daemon *daemon)
{
    void *const sockets[] = {daemon->inbound, daemon->outbound};
    bool full = !workers_have_room(daemon->workers);
    for (size_t i = 0; full != daemon->deaf && i < sizeof(sockets) / sizeof(sockets[0]); i++) {
        if (sockets[i] != NULL && full) {
            loop_forget(daemon->loop, sockets[i]);
        } else if (sockets[i] != NULL) {
            loop_watch_socket(daemon->loop, sockets[i]);
        }
    }
    daemon->deaf = full;
}

int daemon_run(struct daemon *daemon)
{
    log_write(LOG_STARTED, "agency=%s store=%s clients=%s clients_listen=%s listen=%s%s", daemon->config.agency, daemon->config.store,
              daemon->config.clients, doors_is_open(daemon->doors, DOOR_CLIENTS) ? daemon->config.clients_listen : "-",
              doors_is_open(daemon->doors, DOOR_AGENCIES) ? daemon->config.listen : "-", daemon->clock.test ? " test-clock" : "");
    sd_notify(0, "READY=1");
    while (!daemon->stopping) {
        choose_sources(daemon);
        int result = loop_wait(daemon->loop, turn_wait_ms(daemon->turn));
        if (result < 0) {
            log_write(LOG_FAILURE, "%s", fail_trace());
            return result;
        }
        struct mono now = wallclock_mono();
        doors_watch(daemon->doors, now);
        if (now.ms - daemon->refreshed_at.ms > REFRESH_EVERY_MS) {
            daemon->refreshed_at = now;
            client_keys_refresh(daemon->client_keys);
            log_refusals(daemon);
            give_back_memory(daemon, now);
            sd_notify(0, "WATCHDOG=1");
        }
        result = turn_run(daemon->turn);
        if (result < 0) {
            log_write(LOG_FAILURE, "%s", fail_trace());
        }
    }
    log_write(LOG_STOPPED, "agency=%s", daemon->config.agency);
    sd_notify(0, "STOPPING=1");
    return 0;
}

void daemon_free(struct daemon **handle)
{
    struct daemon *daemon = *handle;
    if (daemon == NULL) {
        return;
    }
    turn_free(&daemon->turn);
    haul_free(&daemon->haul);
    notice_free(&daemon->notices);
    peer_link_free(&daemon->links);
    tunnel_free(&daemon->tunnels);
    peer_port_free(&daemon->peer_port);
    workers_free(&daemon->workers);
    client_port_free(&daemon->client_port);
    loop_stop_monitor(daemon->inbound, &daemon->inbound_monitor);
    loop_stop_monitor(daemon->outbound, &daemon->outbound_monitor);
    loop_close(&daemon->inbound);
    loop_close(&daemon->outbound);
    loop_close(&daemon->client_socket);
    doors_free(&daemon->doors);
    peer_guard_free(&daemon->guard);
    client_keys_free(&daemon->client_keys);
    peer_keys_free(&daemon->peer_keys);
    wakeup_close(&daemon->wakeup);
    loop_free(&daemon->loop);
    store_close(&daemon->store);
    keyring_free(&daemon->keyring);
    free(daemon);
    *handle = NULL;
}
