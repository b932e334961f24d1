// SPDX-License-Identifier: Apache-2.0
//
// Links to other agencies, as their ends are heard of: always beside what the peer said last, and often before it.
#include "unit/scene.h"

#include <zmq.h>

#include "dispatch/peer_link.h"

#define CALLED "inproc://bureau"

struct stage {
    struct scene *scene;
    void *context;
    void *listener; // whom the township calls
    void *outbound;
    void *inbound;
    struct peer_links *links;
    struct mono now;
};

static void *open_router(void *context)
{
    const int on = 1;
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    assert_non_null(socket);
    assert_int_equal(zmq_setsockopt(socket, ZMQ_ROUTER_MANDATORY, &on, sizeof on), 0);
    return socket;
}

static int stage_make(void **state)
{
    struct stage *stage = calloc(1, sizeof *stage);
    assert_non_null(stage);
    scene_make((void **)&stage->scene);
    stage->context = zmq_ctx_new();
    stage->listener = zmq_socket(stage->context, ZMQ_DEALER);
    assert_int_equal(zmq_bind(stage->listener, CALLED), 0);
    stage->outbound = open_router(stage->context);
    stage->inbound = open_router(stage->context);
    const struct peer_link_options options = {.outbound = stage->outbound, .inbound = stage->inbound, .window_messages = 100, .window_bytes = 1 << 20};
    assert_int_equal(peer_link_new(&options, &stage->links), 0);
    *state = stage;
    return 0;
}

static int stage_drop(void **state)
{
    struct stage *stage = *state;
    peer_link_free(&stage->links);
    zmq_close(stage->inbound);
    zmq_close(stage->outbound);
    zmq_close(stage->listener);
    zmq_ctx_term(stage->context);
    scene_drop((void **)&stage->scene);
    free(stage);
    return 0;
}

static void know_bureau(struct stage *stage, const char *endpoint)
{
    char public_key[41];
    char secret_key[41];
    assert_int_equal(zmq_curve_keypair(public_key, secret_key), 0);
    assert_int_equal(peer_link_set(stage->links, stage->scene->bureau->id, endpoint, public_key, false), 0);
}

static void hear(struct stage *stage, const struct link_news *news)
{
    peer_link_hear(stage->links, news, stage->now, (struct wall){stage->scene->town.now});
}

static void hear_of_call(struct stage *stage, enum link_form form)
{
    const struct link_news news = {.form = form, .endpoint = CALLED};
    hear(stage, &news);
}

// A hello of the bureau, decided. `news` says on which link it came.
static void greet(struct stage *stage, struct link_news *news)
{
    Wire__Hello hello = WIRE__HELLO__INIT;
    const char *bureau = stage->scene->bureau->id;
    struct member *township = stage->scene->township;
    news->form = LINK_HELLO;
    news->peer = bureau;
    news->hello = &hello;
    hear(stage, news);
    peer_link_greet(stage->links, town_view(township), bureau, true, stage->now, (struct wall){stage->scene->town.now}, stage->scene->town.arena);
}

static bool is_up(const struct stage *stage)
{
    return peer_link_is_up(stage->links, stage->scene->bureau->id);
}

static void hello_of_a_call_that_ended_raises_no_link(void **state)
{
    struct stage *stage = *state;
    know_bureau(stage, CALLED);
    hear_of_call(stage, LINK_REACHED);
    greet(stage, &(struct link_news){.side = LINK_OUTBOUND, .call = 1});
    assert_true(is_up(stage));

    hear_of_call(stage, LINK_BROKEN); // and is called again at once
    assert_false(is_up(stage));
    greet(stage, &(struct link_news){.side = LINK_OUTBOUND, .call = 1});
    assert_false(is_up(stage));

    hear_of_call(stage, LINK_REACHED);
    greet(stage, &(struct link_news){.side = LINK_OUTBOUND, .call = 2});
    assert_true(is_up(stage));

    hear_of_call(stage, LINK_BROKEN); // and is called again in a moment
    greet(stage, &(struct link_news){.side = LINK_OUTBOUND, .call = 2});
    assert_false(is_up(stage));
}

static void caller_that_left_before_its_hello_was_read_is_missed(void **state)
{
    struct stage *stage = *state;
    know_bureau(stage, NULL);
    hear(stage, &(struct link_news){.form = LINK_SHAKEN});
    greet(stage, &(struct link_news){.side = LINK_INBOUND, .routing = {0, 1, 2, 3, 4}});
    assert_true(is_up(stage));
    stage->now.ms += 1000;
    peer_link_pump(stage->links, town_view(stage->scene->township), stage->now, (struct wall){stage->scene->town.now}, stage->scene->town.arena);
    assert_false(is_up(stage));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(hello_of_a_call_that_ended_raises_no_link, stage_make, stage_drop),
        cmocka_unit_test_setup_teardown(caller_that_left_before_its_hello_was_read_is_missed, stage_make, stage_drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
