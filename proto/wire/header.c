// SPDX-License-Identifier: Apache-2.0
#include "wire/header.h"

#include "wire/attachment.h"
#include "wire/identity.h"
#include "wire/text.h"

#include <string.h>

static bool is_same_bytes(ProtobufCBinaryData one, ProtobufCBinaryData other)
{
    return one.len == other.len && (one.len == 0 || memcmp(one.data, other.data, one.len) == 0);
}

static bool is_id(ProtobufCBinaryData data)
{
    return identity_is_id((struct bytes){.data = data.data, .size = data.len});
}

// What machines say about many matters at once belongs to none; a card is a matter of its own.
static bool is_matter_right(const Wire__Header *header)
{
    static const uint8_t zero[ID_BYTES];
    if (strcmp(header->kind, "receipt") == 0 || strcmp(header->kind, "offered") == 0) {
        return header->matter.len == ID_BYTES && memcmp(header->matter.data, zero, ID_BYTES) == 0;
    }
    if (strcmp(header->kind, "card") == 0) {
        return is_same_bytes(header->matter, header->id);
    }
    return is_id(header->matter);
}

static enum envelope_outcome check_identity(const struct seal *seal, const Wire__Header *header,
                                            struct decode_fault *out_fault)
{
    if (!identity_is_agency(header->author)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "author", "not an agency id");
    }
    if (strcmp(header->author, seal->agency) != 0) {
        return envelope_blame(out_fault, ENVELOPE_IDENTITY, "author", "is not who sealed it");
    }
    if (!is_id(header->id)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "id", "not a UUIDv7");
    }
    if (header->kind[0] == '\0') {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "kind", "empty");
    }
    if (!is_matter_right(header)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "matter",
                              "not what its kind asks for");
    }
    if (header->procedure.len != 0 && header->procedure.len != DIGEST_BYTES) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "procedure", "not a digest");
    }
    return ENVELOPE_OK;
}

static const char *recipient_at(const Wire__Header *header, size_t index)
{
    return index < header->n_to ? header->to[index] : header->copy[index - header->n_to];
}

static enum envelope_outcome check_recipients(const Wire__Header *header,
                                              struct decode_fault *out_fault)
{
    if (header->n_to > LIMIT_RECIPIENTS || header->n_copy > LIMIT_RECIPIENTS) {
        return envelope_blame(out_fault, ENVELOPE_LIMIT,
                              header->n_to > LIMIT_RECIPIENTS ? "to" : "copy", "too many");
    }
    if (header->n_to == 0 && header->n_copy > 0) {
        return envelope_blame(out_fault, ENVELOPE_ADDRESSING, "copy",
                              "a copy of what is addressed to nobody");
    }
    for (size_t i = 0; i < header->n_to + header->n_copy; i++) {
        const char *field = i < header->n_to ? "to" : "copy";
        const char *recipient = recipient_at(header, i);
        if (!identity_is_agency(recipient)) {
            return envelope_blame(out_fault, ENVELOPE_MALFORMED, field, "not an agency id");
        }
        if (strcmp(recipient, header->author) == 0) {
            return envelope_blame(out_fault, ENVELOPE_ADDRESSING, field, "the author");
        }
        for (size_t j = 0; j < i; j++) {
            if (strcmp(recipient, recipient_at(header, j)) == 0) {
                return envelope_blame(out_fault, ENVELOPE_ADDRESSING, field, "named twice");
            }
        }
    }
    return ENVELOPE_OK;
}

static bool is_reference_right(const Wire__Reference *reference)
{
    return identity_is_agency(reference->author) && reference->id.len == ID_BYTES &&
           reference->leaf.len == DIGEST_BYTES;
}

static enum envelope_outcome check_references(const Wire__Header *header,
                                              struct decode_fault *out_fault)
{
    if (header->in_reply_to != NULL && !is_reference_right(header->in_reply_to)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "in_reply_to", "names no statement");
    }
    for (size_t i = 0; i < header->n_cites; i++) {
        if (!is_reference_right(header->cites[i])) {
            return envelope_blame(out_fault, ENVELOPE_MALFORMED, "cites", "names no statement");
        }
    }
    return ENVELOPE_OK;
}

// The content of an attachment never stands in an envelope, and that of anything else always does,
// or is withheld. Of what is withheld nothing can be fetched, and nobody makes a file of its name.
static enum envelope_outcome check_attachment(const Wire__Header *header, size_t index,
                                              enum part_form form, struct decode_fault *out_fault)
{
    bool is_attachment = attachment_is(header->parts[index]);
    if (index > 0 && !is_attachment && strcmp(header->parts[index]->role, "complainant") != 0) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "parts.role",
                              "only the first part is the body, and others are of a known role");
    }
    if (form == (is_attachment ? PART_PRESENT : PART_CHUNKED) || (is_attachment && index == 0)) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "parts",
                              "stands in the envelope as its role may not");
    }
    const char *text = NULL;
    enum envelope_outcome outcome =
        form == PART_CHUNKED ? attachment_judge(header->parts, index, &text) : ENVELOPE_OK;
    return outcome == ENVELOPE_OK ? outcome
                                  : envelope_blame(out_fault, outcome, "parts", text);
}

static enum envelope_outcome check_part_list(const struct envelope *envelope,
                                             const Wire__Header *header,
                                             struct decode_fault *out_fault)
{
    if (header->n_parts > LIMIT_PARTS) {
        return envelope_blame(out_fault, ENVELOPE_LIMIT, "parts", "too many");
    }
    if (header->n_parts != envelope->part_count) {
        return envelope_blame(out_fault, ENVELOPE_MALFORMED, "parts",
                              "not as many as the envelope has");
    }
    for (size_t i = 0; i < header->n_parts; i++) {
        const Wire__Part *part = header->parts[i];
        if (part->commitment.len != DIGEST_BYTES) {
            return envelope_blame(out_fault, ENVELOPE_MALFORMED, "parts.commitment",
                                  "not a digest");
        }
        enum envelope_outcome outcome =
            check_attachment(header, i, envelope->parts[i].form, out_fault);
        if (outcome != ENVELOPE_OK) {
            return outcome;
        }
    }
    return ENVELOPE_OK;
}

// All text of a header is a name or a number, but the reason of an urgency and what a law pair
// says.
static bool may_be_long(const ProtobufCFieldDescriptor *member)
{
    return strcmp(member->name, "urgent_reason") == 0 || strcmp(member->name, "value") == 0;
}

static bool has_long_name(const ProtobufCMessage *message);

static bool is_long(const ProtobufCFieldDescriptor *member, void *value)
{
    if (value == NULL) {
        return false;
    }
    if (member->type == PROTOBUF_C_TYPE_MESSAGE) {
        return has_long_name(value);
    }
    return !may_be_long(member) && strlen(value) > LIMIT_NAME_BYTES;
}

// Recursion is as deep as the descriptors of a header nest.
static bool has_long_name(const ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *type = message->descriptor;
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *member = &type->fields[i];
        if (member->type != PROTOBUF_C_TYPE_STRING && member->type != PROTOBUF_C_TYPE_MESSAGE) {
            continue;
        }
        const uint8_t *at = (const uint8_t *)message + member->offset;
        bool is_repeated = member->label == PROTOBUF_C_LABEL_REPEATED;
        size_t count = is_repeated
                           ? *(const size_t *)((const uint8_t *)message + member->quantifier_offset)
                           : 1;
        void *const *values = is_repeated ? *(void **const *)at : (void *const *)at;
        for (size_t j = 0; j < count; j++) {
            if (is_long(member, values[j])) {
                return true;
            }
        }
    }
    return false;
}

static enum envelope_outcome check_header(const struct seal *seal, const struct envelope *envelope,
                                          const Wire__Header *header,
                                          struct decode_fault *out_fault)
{
    enum envelope_outcome outcome = check_identity(seal, header, out_fault);
    if (outcome == ENVELOPE_OK) {
        outcome = check_recipients(header, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = check_references(header, out_fault);
    }
    if (outcome == ENVELOPE_OK) {
        outcome = check_part_list(envelope, header, out_fault);
    }
    if (outcome == ENVELOPE_OK && has_long_name(&header->base)) {
        return envelope_blame(out_fault, ENVELOPE_LIMIT, NULL,
                              "a name or number of more than 512 bytes");
    }
    return outcome;
}

enum envelope_outcome header_open(const struct seal *seal, const struct envelope *envelope,
                                  struct arena *arena, struct decode_fault *out_fault,
                                  Wire__Header **out_header)
{
    ProtobufCMessage *message;
    enum decode_outcome decoded = decode_message(&wire__header__descriptor, envelope->header,
                                                 &decode_header_rules, arena, out_fault, &message);
    if (decoded != DECODE_OK) {
        return envelope_from_decode(decoded);
    }
    Wire__Header *header = (Wire__Header *)message;
    enum envelope_outcome outcome = check_header(seal, envelope, header, out_fault);
    if (outcome == ENVELOPE_OK) {
        *out_header = header;
    }
    return outcome;
}
