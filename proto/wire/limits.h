// SPDX-License-Identifier: Apache-2.0
//
// The numbers of PROTOCOL.md section 12, and sizes of the fixed forms.
#pragma once

enum {
    LIMIT_FRAME_BYTES = 1 << 20,
    LIMIT_HEADER_BYTES = 64 << 10,
    LIMIT_PART_BYTES = 512 << 10,
    LIMIT_PARTS = 64,
    LIMIT_FILE_NAME_BYTES = 255, // as most file systems have it
    LIMIT_HEADER_DEPTH = 4,
    LIMIT_BODY_DEPTH = 8,
    LIMIT_FIELDS = 4096,
    LIMIT_UNKNOWN_FIELDS = 64,
    LIMIT_TEXT_BYTES = 64 << 10,
    LIMIT_NAME_BYTES = 512,
    LIMIT_SOURCE_BYTES = 256, // system and record together: they are a key of the store
    LIMIT_LEAVES = 65536,
    LIMIT_PATH = 16,
    LIMIT_RECIPIENTS = 64,
    LIMIT_FRAME_SEALS = 255,
    LIMIT_FRAME_ITEMS = 1024,
    LIMIT_AGENCY_BYTES = 32,
    LIMIT_WINDOW_MESSAGES = 65536,
    LIMIT_WINDOW_BYTES = 64 << 20,
    LIMIT_CLOCK_SKEW_MS = 60000,

    CHUNK_BYTES = 256 << 10,
    SALT_BYTES = 16,
    DIGEST_BYTES = 32,
    KEY_ID_BYTES = 8,
    ID_BYTES = 16,
    SEAL_SIGNED_BYTES = 152,
    SEAL_SIGNATURE_BYTES = 64,
    SEAL_BYTES = SEAL_SIGNED_BYTES + SEAL_SIGNATURE_BYTES,
    PROTOCOL_VERSION = 1,
};
