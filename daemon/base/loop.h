// SPDX-License-Identifier: Apache-2.0
//
// The one ZeroMQ context and the sheet of options every socket gets, and waiting for any of them. Measured reasons stand beside the options.
//
// Invariant: one context a process; one thread owns all sockets; no call here blocks but loop_wait.
// Lifetime: process.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop;

enum { LOOP_SOURCES = 16 };

// Seeds the generator behind ZeroMQ's routing ids from the kernel (Debian's draws them from an unseeded rand(), so they could be guessed), then makes the context.
int loop_new(struct loop **out_loop);
void loop_free(struct loop **loop);

enum loop_side { LOOP_SERVER, LOOP_CLIENT };

struct loop_router {
    enum loop_side side;
    const char *zap_domain;   // server
    const char *curve_public; // Z85
    const char *curve_secret;
    int high_water;
};

// A ROUTER with the whole option sheet. NULL: errno says why.
void *loop_router(struct loop *loop, const struct loop_router *options);
// A bare socket of any type with linger 0.
void *loop_socket(struct loop *loop, int type);
// A PAIR that hears a socket's handshakes, disconnections and failed accepts. NULL on failure.
void *loop_monitor(struct loop *loop, void *socket, const char *name);
// Ends a socket's monitor and closes its PAIR. Both may be NULL.
void loop_stop_monitor(void *socket, void **monitor);

int loop_bind(void *socket, const char *endpoint);
void loop_unbind(void *socket);
// Where a socket was last bound, with wildcards and ports resolved; "" if nowhere.
void loop_endpoint(void *socket, char *out_endpoint, size_t size);
// Accepts a pointer to NULL; sets it to NULL.
void loop_close(void **socket);

// What loop_wait watches, besides the wake-up descriptor.
void loop_watch_socket(struct loop *loop, void *socket);
void loop_watch_fd(struct loop *loop, int fd);
void loop_forget(struct loop *loop, void *socket);

// Waits until something is readable or `timeout_ms` is over (-1: for ever). Negative: failure.
int loop_wait(struct loop *loop, int timeout_ms);

// Z85 of 32 bytes (40 characters and a NUL) and back. False: not Z85.
enum { LOOP_Z85_BYTES = 41 };
void loop_to_z85(const uint8_t key[32], char out_text[LOOP_Z85_BYTES]);
bool loop_from_z85(const char *text, uint8_t out_key[32]);
int loop_new_keypair(char out_public[LOOP_Z85_BYTES], char out_secret[LOOP_Z85_BYTES]);
