// SPDX-License-Identifier: Apache-2.0
#include "dispatch/client_reply.h"

#include <errno.h>
#include <zmq.h>

#include "wire/decode.h"

static struct bytes pack(uint64_t number, Control__Reply *reply, struct arena *arena)
{
    reply->number = number;
    struct bytes packed = decode_pack(&reply->base, arena);
    if (packed.data != NULL && packed.size <= LIMIT_FRAME_BYTES) {
        return packed;
    }
    Control__Refusal refusal = CONTROL__REFUSAL__INIT;
    Control__Reply instead = CONTROL__REPLY__INIT;
    refusal.code = "limit";
    refusal.text = "答复过大，请缩小范围";
    instead.number = number;
    instead.answer_case = CONTROL__REPLY__ANSWER_REFUSAL;
    instead.refusal = &refusal;
    return decode_pack(&instead.base, arena);
}

enum client_reply_outcome client_reply_send(void *socket, const struct client_ref *client, uint64_t number, Control__Reply *reply,
                                            struct arena *arena)
{
    struct bytes frame = pack(number, reply, arena);
    if (frame.data == NULL) {
        return CLIENT_BUSY;
    }
    if (zmq_send(socket, client->routing, ROUTING_BYTES, ZMQ_SNDMORE | ZMQ_DONTWAIT) < 0) {
        return errno == EAGAIN ? CLIENT_BUSY : CLIENT_GONE;
    }
    return zmq_send(socket, frame.data, frame.size, ZMQ_DONTWAIT) < 0 ? CLIENT_GONE : CLIENT_REPLIED;
}
