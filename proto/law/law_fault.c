// SPDX-License-Identifier: Apache-2.0
#include "law/law_fault.h"

#include <stdarg.h>
#include <stdio.h>

enum law_outcome law_fault_put(struct law_fault *fault, unsigned line, const char *format, ...)
{
    va_list arguments;

    fault->line = line;
    va_start(arguments, format);
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    va_end(arguments);
    return LAW_FAULTY;
}
