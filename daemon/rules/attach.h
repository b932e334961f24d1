// SPDX-License-Identifier: Apache-2.0
//
// Attachments of statements: what a draft may list, who may fetch them from us, what is to be fetched from others, and what becomes of them when a
// statement is taken back. Their bytes are the matter of haul, which does what is said here; files (rules/file.h) come and go by themselves.
//
// Invariant: nothing is awaited for a statement that was recalled. Whoever may fetch a part has a row that says so.
// Lifetime: turn.
#pragma once

#include "event.h"
#include "store/view.h"

// What is wrong with a draft's attachments; NULL: nothing.
Control__Refusal *attach_object(struct view *view, struct effects *effects, const Control__Draft *draft);
// Lists them in the header behind the body, with fresh salts, and in the material that the store keeps.
void attach_list(struct view *view, struct effects *effects, const Control__Draft *draft, Wire__Header *header, struct material *material);
// The statement has its place: which file each of them is, and who may fetch it. Of a 转办, what is passed on too.
void attach_put(struct view *view, struct effects *effects, const Control__Draft *draft, uint64_t position);
// It was queued for somebody whom it does not address.
void attach_offer(struct view *view, struct effects *effects, uint64_t position, const char *agency);
// Is this what a statement lists? For a draft that is handed in again.
bool attach_same(struct view *view, struct effects *effects, const Control__Draft *draft, uint64_t position, const Wire__Header *header);

// A file as facts name it; NULL when the arena is full. A part's bytes are that file.
Record__FileName *attach_name(struct effects *effects, const struct file_name *name);
void attach_put_whole(struct effects *effects, uint64_t position, unsigned part, const struct file_name *name);

// Parts of a statement have come from `peer`: what of them is not here is to be fetched there.
void attach_await(struct view *view, struct effects *effects, const char *peer, uint64_t position, const struct arrived *item);
// The statement is about to be marked as recalled; its parts are about to be erased, and have been.
void attach_stop(struct view *view, struct effects *effects, const struct held *held);
struct file_name *attach_files(struct view *view, struct effects *effects, uint64_t position, size_t *out_count);
void attach_drop(struct view *view, struct effects *effects, const struct file_name *names, size_t count);

// May a peer have this part from us? NULL: yes; else a word of wire.Chunk. `out_name`: the file that it is.
const char *attach_refusal(struct view *view, struct effects *effects, const char *peer, const struct part_name *part, struct file_name *out_name);
// What a peer's receipt says of them. `position`: of that receipt; 0 if it is not held yet.
void attach_arrived(struct view *view, struct effects *effects, const struct event *event, const struct arrived *item, uint64_t *position);

// Of a message as clients see it.
void attach_show(struct view *view, struct effects *effects, const struct held *held, enum client_role role, Control__Message *message);
