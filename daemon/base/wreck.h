// SPDX-License-Identifier: Apache-2.0
//
// What becomes of the process when memory that it maps fails it. LMDB reads the store's file as memory and believes its pages: a file cut short, a
// disk that fails or a page that was damaged ends in SIGBUS or SIGSEGV. The process then says what that means and ends with a status of its own;
// nothing was released that was not committed before.
//
// Invariant: what runs after such a signal calls write and _exit alone.
// Lifetime: process.
#pragma once

enum { WRECK_STATUS = 74 }; // EX_IOERR of sysexits.h, which systemd shows by name

// Installs the handlers; negative errno on failure.
int wreck_start(void);
