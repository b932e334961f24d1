// SPDX-License-Identifier: Apache-2.0
//
// The library against a daemon that a test plays: a CURVE ROUTER that is bound, answered from and
// taken away at will. One thread; the library's calls are started, the daemon's part is played, the
// calls are finished.
#include "unit/check.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zmq.h>

#include "lib/exchange.h"
#include "lib/session.h"
#include "wire/control.pb-c.h"
#include "wire/decode.h"
#include "wire/identity.h"

enum { PATIENCE_MS = 30000 };

// A daemon and the client directory that leads to it. One context for all tests: contexts under
// CURVE are never ended.
struct stage {
    struct arena *arena;
    char directory[64];
    char endpoint[128];
    char public_key[41];
    char secret_key[41];
    void *router;
    struct liaison_session *session;
    uint8_t peer[256];
    int peer_bytes;
};

static void *context;

static void bind_router(struct stage *stage)
{
    int on = 1;
    int none = 0;
    stage->router = zmq_socket(context, ZMQ_ROUTER);
    assert_non_null(stage->router);
    zmq_setsockopt(stage->router, ZMQ_CURVE_SERVER, &on, sizeof on);
    zmq_setsockopt(stage->router, ZMQ_CURVE_SECRETKEY, stage->secret_key, sizeof stage->secret_key);
    zmq_setsockopt(stage->router, ZMQ_LINGER, &none, sizeof none);
    assert_int_equal(zmq_bind(stage->router, stage->endpoint), 0);
}

static void write_key(const struct stage *stage)
{
    char path[160];
    char public_key[41];
    char secret_key[41];
    snprintf(path, sizeof path, "%s/client-keys", stage->directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/client-keys/officer.key", stage->directory);
    assert_int_equal(zmq_curve_keypair(public_key, secret_key), 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file,
            "[client]\nname=officer\nrole=officer\npublic=%s\nsecret=%s\nserver=%s\nendpoint=%s\n",
            public_key, secret_key, stage->public_key, stage->endpoint);
    fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

static int set_stage(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    context = context == NULL ? zmq_ctx_new() : context;
    assert_non_null(stage);
    assert_int_equal(arena_new(64 << 20, &stage->arena), 0);
    strcpy(stage->directory, "/tmp/liaison-test-XXXXXX");
    assert_non_null(mkdtemp(stage->directory));
    snprintf(stage->endpoint, sizeof stage->endpoint, "ipc://%s/socket", stage->directory);
    assert_int_equal(zmq_curve_keypair(stage->public_key, stage->secret_key), 0);
    write_key(stage);
    bind_router(stage);
    assert_int_equal(liaison_open(stage->directory, NULL, &stage->session), LIAISON_DONE);
    *state = stage;
    return 0;
}

static int clear_stage(void **state)
{
    struct stage *stage = *state;
    char path[160];
    liaison_close(&stage->session);
    if (stage->router != NULL) {
        zmq_close(stage->router);
    }
    snprintf(path, sizeof path, "%s/client-keys/officer.key", stage->directory);
    unlink(path);
    snprintf(path, sizeof path, "%s/client-keys", stage->directory);
    rmdir(path);
    snprintf(path, sizeof path, "%s/socket", stage->directory);
    unlink(path);
    rmdir(stage->directory);
    arena_free(&stage->arena);
    free(stage);
    return 0;
}

// Lets the library move while the daemon looks for a frame.
static Control__Request *receive(struct stage *stage)
{
    static uint8_t frame[1 << 20];
    for (int64_t end = exchange_now() + PATIENCE_MS; exchange_now() < end;) {
        assert_int_equal(exchange_turn(stage->session, exchange_now() + 5), EXCHANGE_ANSWERED);
        int size = zmq_recv(stage->router, stage->peer, sizeof stage->peer, ZMQ_DONTWAIT);
        if (size < 0) {
            continue;
        }
        stage->peer_bytes = size;
        size = zmq_recv(stage->router, frame, sizeof frame, 0);
        assert_true(size > 0);
        ProtobufCMessage *message;
        assert_int_equal(decode_message(&control__request__descriptor,
                                        (struct bytes){frame, (size_t)size}, &decode_control_rules,
                                        stage->arena, NULL, &message),
                         DECODE_OK);
        return (Control__Request *)message;
    }
    fail_msg("the library sends nothing");
    return NULL;
}

static void answer(struct stage *stage, const Control__Reply *reply)
{
    struct bytes packed = decode_pack(&reply->base, stage->arena);
    assert_int_equal(zmq_send(stage->router, stage->peer, (size_t)stage->peer_bytes, ZMQ_SNDMORE),
                     stage->peer_bytes);
    assert_int_equal(zmq_send(stage->router, packed.data, packed.size, 0), (int)packed.size);
}

static void await_link(struct stage *stage)
{
    for (int64_t end = exchange_now() + PATIENCE_MS; channel_state(stage->session->channel) != CHANNEL_UP;) {
        assert_true(exchange_now() < end);
        exchange_turn(stage->session, exchange_now() + 5);
    }
}

static void take_daemon_away(struct stage *stage)
{
    zmq_close(stage->router);
    stage->router = NULL;
    for (int64_t end = exchange_now() + PATIENCE_MS; exchange_now() < end;) {
        exchange_turn(stage->session, exchange_now() + 5);
        if (channel_state(stage->session->channel) == CHANNEL_DOWN) {
            return;
        }
    }
    fail_msg("the library does not notice");
}

static void accept_all(struct stage *stage, const Control__Request *request)
{
    size_t count = request->submit->n_drafts;
    Control__SubmittedOne **results = arena_take_array(stage->arena, count, sizeof *results);
    Control__Submitted submitted = CONTROL__SUBMITTED__INIT;
    for (size_t i = 0; i < count; i++) {
        results[i] = arena_take(stage->arena, sizeof **results);
        control__submitted_one__init(results[i]);
        results[i]->id = request->submit->drafts[i]->id;
        results[i]->matter = request->submit->drafts[i]->id;
        results[i]->outcome = (char *)"accepted";
        results[i]->position = i + 1;
    }
    submitted.results = results;
    submitted.n_results = count;
    Control__Reply reply = CONTROL__REPLY__INIT;
    reply.number = request->number;
    reply.answer_case = CONTROL__REPLY__ANSWER_SUBMITTED;
    reply.submitted = &submitted;
    answer(stage, &reply);
}

static const struct liaison_draft sample_draft = {
    .kind = "note", .body_json = "{\"subject\":\"甲\",\"text\":\"乙\"}"};

static void a_batch_is_answered_in_order(void **state)
{
    enum { COUNT = 200 };
    struct stage *stage = *state;
    static struct liaison_draft drafts[COUNT];
    static struct liaison_result results[COUNT];
    uint64_t ticket;
    for (size_t i = 0; i < COUNT; i++) {
        drafts[i] = sample_draft;
    }
    assert_int_equal(liaison_submit_start(stage->session, drafts, COUNT, &ticket), LIAISON_DONE);
    for (size_t seen = 0; seen < COUNT;) {
        Control__Request *request = receive(stage);
        seen += request->submit->n_drafts;
        accept_all(stage, request);
    }
    assert_int_equal(liaison_submit_finish(stage->session, ticket, results, COUNT), LIAISON_DONE);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(results[i].acceptance, LIAISON_ACCEPTED);
        assert_string_equal(results[i].id, results[i].matter);
    }
    assert_int_equal(liaison_submit_finish(stage->session, ticket, results, COUNT), LIAISON_USAGE);
}

// The regression that matters most: a daemon that dies between taking a draft and answering must
// see the same id again.
static void an_unanswered_draft_is_repeated_with_its_id(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    uint8_t first_id[ID_BYTES];
    uint64_t ticket;
    assert_int_equal(liaison_submit_start(stage->session, &sample_draft, 1, &ticket), LIAISON_DONE);
    Control__Request *request = receive(stage);
    uint64_t first_number = request->number;
    memcpy(first_id, request->submit->drafts[0]->id.data, ID_BYTES);
    take_daemon_away(stage);
    bind_router(stage);
    request = receive(stage);
    assert_memory_equal(request->submit->drafts[0]->id.data, first_id, ID_BYTES);
    assert_true(request->number != first_number);
    accept_all(stage, request);
    assert_int_equal(liaison_submit_finish(stage->session, ticket, &result, 1), LIAISON_DONE);
    char text[IDENTITY_TEXT_BYTES];
    identity_format_id(first_id, text);
    assert_string_equal(result.id, text);
}

static void say_busy(struct stage *stage, const Control__Request *request)
{
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = (char *)"busy";
    refusal.text = (char *)"正在清点";
    reply.number = request->number;
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    answer(stage, &reply);
}

static void a_busy_daemon_is_asked_again(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    uint64_t ticket;
    assert_int_equal(liaison_submit_start(stage->session, &sample_draft, 1, &ticket), LIAISON_DONE);
    say_busy(stage, receive(stage));
    accept_all(stage, receive(stage));
    assert_int_equal(liaison_submit_finish(stage->session, ticket, &result, 1), LIAISON_DONE);
}

// Guards against a daemon that said why being called one that does not answer.
static void a_daemon_that_stays_busy_is_said_to_be(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    uint64_t ticket;
    assert_int_equal(liaison_submit_start(stage->session, &sample_draft, 1, &ticket), LIAISON_DONE);
    say_busy(stage, receive(stage));
    receive(stage); // the busy answer has come, the question comes again and is left so
    liaison_set_timeout(stage->session, 50);
    assert_int_equal(liaison_submit_finish(stage->session, ticket, &result, 1),
                     LIAISON_UNREACHABLE);
    assert_int_equal(result.outcome, LIAISON_UNREACHABLE);
    assert_non_null(strstr(liaison_error_text(stage->session), "正在清点"));
}

static void a_refused_request_refuses_its_drafts(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    uint64_t ticket;
    assert_int_equal(liaison_submit_start(stage->session, &sample_draft, 1, &ticket), LIAISON_DONE);
    Control__Request *request = receive(stage);
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = (char *)"role";
    refusal.text = (char *)"此密钥无权提交";
    reply.number = request->number;
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    answer(stage, &reply);
    assert_int_equal(liaison_submit_finish(stage->session, ticket, &result, 1), LIAISON_REFUSED);
    assert_string_equal(result.code, "role");
    assert_non_null(strstr(liaison_refusal_json(stage->session), "此密钥无权提交"));
    char *text = NULL;
    assert_int_equal(liaison_result_json(stage->session, 0, &text), LIAISON_DONE);
    assert_non_null(strstr(text, "\"refused\""));
    liaison_free(text);
}

static void a_reply_that_does_not_decode_fails(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    uint64_t ticket;
    assert_int_equal(liaison_submit_start(stage->session, &sample_draft, 1, &ticket), LIAISON_DONE);
    Control__Request *request = receive(stage);
    uint8_t junk[] = {0x08, (uint8_t)request->number, 0xff, 0xff};
    zmq_send(stage->router, stage->peer, (size_t)stage->peer_bytes, ZMQ_SNDMORE);
    zmq_send(stage->router, junk, sizeof junk, 0);
    assert_int_equal(liaison_submit_finish(stage->session, ticket, &result, 1), LIAISON_FAILED);
}

static void silence_ends_at_the_timeout(void **state)
{
    struct stage *stage = *state;
    struct liaison_result result;
    liaison_set_timeout(stage->session, 100);
    assert_int_equal(liaison_submit(stage->session, &sample_draft, 1, &result),
                     LIAISON_UNREACHABLE);
    assert_int_equal(result.outcome, LIAISON_UNREACHABLE);
    assert_int_equal(strlen(result.id), 36);
}

// ---------------------------------------------------------------------------------------- watching

static void send_event(struct stage *stage, uint64_t number, uint64_t turn, uint32_t index)
{
    Control__Position position = CONTROL__POSITION__INIT;
    Control__Event event = CONTROL__EVENT__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    position.turn = turn;
    position.index = index;
    event.position = &position;
    event.type = (char *)"arrived";
    reply.number = number;
    reply.answer_case = CONTROL__REPLY__ANSWER_EVENT;
    reply.event = &event;
    answer(stage, &reply);
}

// Watching greets first; the test puts the watch up as liaison_watch does once the greeting is
// here.
static void begin_watch(struct stage *stage)
{
    Control__Greeting greeting = CONTROL__GREETING__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    // The question waits in the queue until the daemon plays its part, so the first try is cut
    // short and repeated. Before the link is up it would not even be sent.
    await_link(stage);
    liaison_set_timeout(stage->session, 50);
    assert_int_equal(liaison_watch(stage->session, "7.1"), LIAISON_UNREACHABLE);
    liaison_set_timeout(stage->session, PATIENCE_MS);
    Control__Request *request = receive(stage);
    assert_int_equal(request->ask_case, CONTROL__REQUEST__ASK_GREET);
    reply.number = request->number + 1;
    reply.answer_case = CONTROL__REPLY__ANSWER_GREETING;
    reply.greeting = &greeting;
    // Numbers are drawn one after the other, so the answer to the repeated question can be sent
    // ahead.
    answer(stage, &reply);
    assert_int_equal(liaison_watch(stage->session, "7.1"), LIAISON_DONE);
}

static void position_that_is_none_is_not_watched_from(void **state)
{
    static const char *const positions[] = {"", "7", "7.", ".1", "7.1x", "x7.1", "-7.1", "7.-1", "7.1.1", "18446744073709551616.1", "7.4294967296"};
    struct stage *stage = *state;
    for (size_t i = 0; i < sizeof positions / sizeof positions[0]; i++) {
        assert_int_equal(liaison_watch(stage->session, positions[i]), LIAISON_USAGE);
    }
}

static void expect_event(struct stage *stage, const char *says)
{
    char *text = NULL;
    assert_int_equal(liaison_next_event(stage->session, PATIENCE_MS, &text), LIAISON_DONE);
    assert_non_null(text);
    assert_non_null(strstr(text, says));
    liaison_free(text);
}

static Control__Request *expect_watch(struct stage *stage)
{
    Control__Request *request = receive(stage);
    while (request->ask_case != CONTROL__REQUEST__ASK_WATCH) {
        request = receive(stage);
    }
    return request;
}

static void a_watch_resumes_without_gap_or_repeat(void **state)
{
    struct stage *stage = *state;
    begin_watch(stage);
    Control__Request *watch = expect_watch(stage);
    assert_int_equal(watch->watch->from->turn, 7);
    assert_int_equal(watch->watch->from->index, 1);
    send_event(stage, watch->number, 7, 2);
    send_event(stage, watch->number, 9, 0);
    expect_event(stage, "\"turn\":\"7\",\"index\":2");
    expect_event(stage, "\"turn\":\"9\",\"index\":0");
    take_daemon_away(stage);
    bind_router(stage);
    watch = expect_watch(stage);
    assert_int_equal(watch->watch->from->turn, 9);
    send_event(stage, watch->number, 9, 0);
    send_event(stage, watch->number, 9, 1);
    expect_event(stage, "\"turn\":\"9\",\"index\":1");
}

static void quiet_is_no_event(void **state)
{
    struct stage *stage = *state;
    begin_watch(stage);
    char *text = (char *)"untouched";
    assert_int_equal(liaison_next_event(stage->session, 20, &text), LIAISON_DONE);
    assert_null(text);
}

static void a_refused_watch_ends(void **state)
{
    struct stage *stage = *state;
    begin_watch(stage);
    Control__Request *watch = expect_watch(stage);
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply reply = CONTROL__REPLY__INIT;
    refusal.code = (char *)"role";
    reply.number = watch->number;
    reply.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    reply.refusal = &refusal;
    answer(stage, &reply);
    char *text = NULL;
    assert_int_equal(liaison_next_event(stage->session, PATIENCE_MS, &text), LIAISON_REFUSED);
    assert_int_equal(liaison_next_event(stage->session, 1, &text), LIAISON_USAGE);
}

#define staged(test) cmocka_unit_test_setup_teardown(test, set_stage, clear_stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        staged(a_batch_is_answered_in_order),
        staged(an_unanswered_draft_is_repeated_with_its_id),
        staged(a_busy_daemon_is_asked_again),
        staged(a_daemon_that_stays_busy_is_said_to_be),
        staged(a_refused_request_refuses_its_drafts),
        staged(a_reply_that_does_not_decode_fails),
        staged(silence_ends_at_the_timeout),
        staged(a_watch_resumes_without_gap_or_repeat),
        staged(quiet_is_no_event),
        staged(a_refused_watch_ends),
        staged(position_that_is_none_is_not_watched_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
