// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a daemon: once the file LIAISON_LOSE_GUARD exists, the socket that answers for the door cannot be reached any more, as if its
// thread had ended. Everything else goes on.
#include <dlfcn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

#define GUARD "inproc://zeromq.zap.01"

static void *guard;

int zmq_bind(void *socket, const char *endpoint)
{
    int (*next)(void *, const char *) = (int (*)(void *, const char *))dlsym(RTLD_NEXT, "zmq_bind");
    int result = next(socket, endpoint);
    if (result == 0 && strcmp(endpoint, GUARD) == 0) {
        guard = socket;
    }
    return result;
}

int zmq_poll(zmq_pollitem_t *items, int count, long timeout)
{
    int (*next)(zmq_pollitem_t *, int, long) = (int (*)(zmq_pollitem_t *, int, long))dlsym(RTLD_NEXT, "zmq_poll");
    const char *sign = getenv("LIAISON_LOSE_GUARD");
    if (guard != NULL && sign != NULL && access(sign, F_OK) == 0) {
        zmq_unbind(guard, GUARD);
        guard = NULL;
    }
    return next(items, count, timeout);
}
