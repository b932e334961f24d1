// SPDX-License-Identifier: Apache-2.0
//
// What reading a text of law amounts to: it is read, it is faulty at a line, or there is no memory.
//
// Invariant: a fault is set exactly when the outcome is LAW_FAULTY, and its words are text that a message may hold.
// Lifetime: the caller's value.
#pragma once

#include <stdarg.h>

enum law_outcome { LAW_OK, LAW_FAULTY, LAW_NO_MEMORY };

struct law_fault {
    unsigned line;  // of the text, from 1
    char text[160]; // English
};

// Returns LAW_FAULTY, so that a reader can return it.
__attribute__((format(printf, 3, 4))) enum law_outcome law_fault_put(struct law_fault *fault, unsigned line,
                                                                     const char *format, ...);
enum law_outcome law_fault_put_list(struct law_fault *fault, unsigned line, const char *format, va_list arguments);
