// SPDX-License-Identifier: Apache-2.0
#include "base/wreck.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "base/fail.h"

// Endless recursion is such a signal too, and has used up the stack it began on.
static char stack[1 << 16];

static void end(int number)
{
    static const char words[] = "<2>L051 memory cannot be read: the store's file is damaged or cut short, or its disk failed, or this is a bug; "
                                "see DAMAGE in liaisond(8)\n";
    (void)number;
    ssize_t written = write(STDERR_FILENO, words, sizeof(words) - 1);
    (void)written;
    _exit(WRECK_STATUS);
}

int wreck_start(void)
{
    const stack_t other = {.ss_sp = stack, .ss_size = sizeof(stack)};
    struct sigaction action = {.sa_handler = end, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    if (sigaltstack(&other, NULL) != 0 || sigaction(SIGBUS, &action, NULL) != 0 || sigaction(SIGSEGV, &action, NULL) != 0) {
        return FAIL_ORIGIN(-errno, "cannot prepare for damaged memory");
    }
    return 0;
}
