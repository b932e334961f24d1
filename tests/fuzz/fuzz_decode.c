// SPDX-License-Identifier: Apache-2.0
//
// Every message that is not a body, by the rules that its readers use: a row of the table below, then the message. What
// decodes is within the rules, of clean text, and the same after being written and read again.
#include "fuzz/fuzz.h"

#include "fuzz/play.pb-c.h"
#include "wire/control.pb-c.h"
#include "wire/decode.h"
#include "wire/limits.h"
#include "wire/link.pb-c.h"
#include "wire/record.pb-c.h"

struct reader {
    const ProtobufCMessageDescriptor *type;
    const struct decode_rules *rules;
};

static const struct reader readers[] = {
    {&wire__hello__descriptor, &decode_frame_rules},
    {&wire__later__descriptor, &decode_frame_rules},
    {&wire__ask_offered__descriptor, &decode_frame_rules},
    {&wire__bye__descriptor, &decode_frame_rules},
    {&control__request__descriptor, &decode_control_rules},
    {&control__reply__descriptor, &decode_control_rules},
    {&record__turn__descriptor, &decode_record_rules},
    {&record__statement_held__descriptor, &decode_record_rules},
    {&record__duty_set__descriptor, &decode_record_rules},
    {&record__peer_state__descriptor, &decode_record_rules},
    {&wire__ask_chunk__descriptor, &decode_frame_rules},
    {&wire__chunk__descriptor, &decode_frame_rules},
    {&wire__ask_whole__descriptor, &decode_frame_rules},
    {&play__nest__descriptor, &decode_header_rules}, // no message of the product nests without end or has every type
    {&play__nest__descriptor, &decode_body_rules},
};

static const struct reader *find_reader(struct bytes input)
{
    return input.size < 1 ? NULL : &readers[input.data[0] % (sizeof readers / sizeof *readers)];
}

const ProtobufCMessageDescriptor *fuzz_shape(struct bytes input, size_t *out_front)
{
    const struct reader *reader = find_reader(input);
    *out_front = 1;
    return reader == NULL ? NULL : reader->type;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = fuzz_arena();
    const struct reader *reader = find_reader((struct bytes){data, size});
    if (reader == NULL) {
        return 0;
    }
    const struct bytes input = {data + 1, size - 1};
    struct decode_fault fault = {0};
    ProtobufCMessage *message;
    enum decode_outcome outcome = decode_message(reader->type, input, reader->rules, arena, &fault, &message);
    // An empty submessage of two bytes becomes a struct; nothing becomes more.
    must(arena_used(arena) <= (64 << 10) + 256 * size);
    if (outcome != DECODE_OK) {
        must(fault.text != NULL && decode_code(outcome)[0] != '\0');
        return 0;
    }
    struct fuzz_measure measure = fuzz_measure(message);
    must(measure.clean && measure.depth <= reader->rules->depth && measure.values <= reader->rules->fields);
    must(measure.unknown <= (reader->rules->unknown == DECODE_REFUSE_UNKNOWN ? 0 : LIMIT_UNKNOWN_FIELDS));
    struct bytes packed = fuzz_pack(message, arena);
    must(decode_message(reader->type, packed, reader->rules, arena, NULL, &message) == DECODE_OK);
    must(fuzz_is_same(packed, decode_pack(message, arena)));
    return 0;
}
