// SPDX-License-Identifier: Apache-2.0
#include "law/law_fault.h"

#include "wire/text.h"

#include <stdio.h>

enum law_outcome law_fault_put_list(struct law_fault *fault, unsigned line, const char *format,
                                    va_list arguments)
{
    fault->line = line;
    vsnprintf(fault->text, sizeof fault->text, format, arguments);
    text_clean(fault->text);
    return LAW_FAULTY;
}

enum law_outcome law_fault_put(struct law_fault *fault, unsigned line, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    law_fault_put_list(fault, line, format, arguments);
    va_end(arguments);
    return LAW_FAULTY;
}
