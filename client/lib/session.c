// SPDX-License-Identifier: Apache-2.0
#include "lib/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/batch.h"
#include "lib/deposit.h"
#include "lib/follow.h"
#include "lib/refusal.h"
#include "lib/rendering.h"

enum { DEFAULT_TIMEOUT_MS = 5000 };

const char *liaison_version(void)
{
    return LIAISON_VERSION;
}

void liaison_free(void *memory)
{
    free(memory);
}

static void forget_error(struct liaison_session *session)
{
    free(session->error_text);
    free(session->refusal_json);
    session->error_text = NULL;
    session->refusal_json = NULL;
}

enum liaison_outcome session_begin(struct liaison_session *session)
{
    if (session->channel == NULL) {
        return LIAISON_USAGE;
    }
    forget_error(session);
    arena_reset(session->arena);
    return LIAISON_DONE;
}

int64_t session_deadline(const struct liaison_session *session)
{
    return exchange_now() + session->timeout_ms;
}

enum liaison_outcome session_fail(struct liaison_session *session, enum liaison_outcome outcome,
                                  const char *format, ...)
{
    forget_error(session);
    va_list arguments;
    va_start(arguments, format);
    if (vasprintf(&session->error_text, format, arguments) < 0) {
        session->error_text = NULL;
    }
    va_end(arguments);
    return outcome;
}

enum liaison_outcome session_no_memory(struct liaison_session *session)
{
    return session_fail(session, LIAISON_FAILED, "out of memory");
}

enum liaison_outcome session_refuse_json(struct liaison_session *session, json_t *refusal)
{
    if (refusal == NULL) {
        return session_no_memory(session);
    }
    session_fail(session, LIAISON_REFUSED, "%s: %s",
                 json_string_value(json_object_get(refusal, "code")),
                 json_string_value(json_object_get(refusal, "text")));
    session->refusal_json = rendering_text(refusal);
    json_decref(refusal);
    return LIAISON_REFUSED;
}

enum liaison_outcome session_refuse(struct liaison_session *session,
                                    const Control__Refusal *refusal)
{
    return session_refuse_json(session, rendering_message(&refusal->base, RENDERING_FULL));
}

enum liaison_outcome session_give(struct liaison_session *session, json_t *json, char **out_json)
{
    char *text = rendering_text(json);
    json_decref(json);
    if (text == NULL) {
        return session_no_memory(session);
    }
    *out_json = text;
    return LIAISON_DONE;
}

const char *liaison_error_text(const struct liaison_session *session)
{
    return session->error_text == NULL ? "" : session->error_text;
}

const char *liaison_refusal_json(const struct liaison_session *session)
{
    return session->refusal_json;
}

void liaison_set_timeout(struct liaison_session *session, unsigned timeout_ms)
{
    session->timeout_ms = timeout_ms == 0 ? 1 : timeout_ms;
}

static const char *choose_directory(const char *directory)
{
    if (directory != NULL) {
        return directory;
    }
    const char *from_environment = getenv("LIAISON_DIR");
    return from_environment != NULL && *from_environment != '\0' ? from_environment
                                                                 : LIAISON_CONF_DIR;
}

// The name becomes part of a path.
static bool is_client_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < CLIENT_KEY_NAME_BYTES && name[0] != '.' &&
           strchr(name, '/') == NULL;
}

static enum liaison_outcome explain_key(struct liaison_session *session,
                                        enum client_key_outcome outcome, const char *path)
{
    switch (outcome) {
    case CLIENT_KEY_OK:
        return LIAISON_DONE;
    case CLIENT_KEY_MISSING:
        return session_fail(session, LIAISON_USAGE, "%s: cannot be read", path);
    case CLIENT_KEY_EXPOSED:
        return session_fail(session, LIAISON_USAGE,
                            "%s: others than its owner may read it; chmod 600 it", path);
    case CLIENT_KEY_MALFORMED:
        return session_fail(session, LIAISON_USAGE, "%s: not a client key file", path);
    }
    return LIAISON_FAILED;
}

static enum liaison_outcome connect_session(struct liaison_session *session, const char *directory,
                                            const char *client)
{
    if (!is_client_name(client)) {
        return session_fail(session, LIAISON_USAGE, "not the name of a client key");
    }
    char *path =
        arena_format(session->arena, "%s/client-keys/%s.key", choose_directory(directory), client);
    if (path == NULL) {
        return session_no_memory(session);
    }
    struct client_key key;
    enum client_key_outcome outcome = client_key_read(path, &key);
    if (outcome != CLIENT_KEY_OK) {
        return explain_key(session, outcome, path);
    }
    int fault = channel_open(&key, &session->channel);
    client_key_done(&key);
    return fault == 0 ? LIAISON_DONE
                      : session_fail(session, LIAISON_FAILED, "cannot make a socket: %s",
                                     strerror(-fault));
}

enum liaison_outcome liaison_open(const char *directory, const char *client,
                                  struct liaison_session **out_session)
{
    struct liaison_session *session = calloc(1, sizeof *session);
    *out_session = session;
    if (session == NULL) {
        return LIAISON_FAILED;
    }
    session->timeout_ms = DEFAULT_TIMEOUT_MS;
    if (arena_new(SESSION_CALL_BYTES, &session->arena) != 0) {
        liaison_close(out_session);
        return LIAISON_FAILED;
    }
    return connect_session(session, directory, client == NULL ? "officer" : client);
}

void liaison_close(struct liaison_session **pointer)
{
    struct liaison_session *session = *pointer;
    if (session == NULL) {
        return;
    }
    batch_free_all(session);
    deposit_forget(session);
    follow_free(&session->follow);
    channel_close(&session->channel);
    arena_free(&session->arena);
    forget_error(session);
    free(session);
    *pointer = NULL;
}
