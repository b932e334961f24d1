// SPDX-License-Identifier: Apache-2.0
#include "intake/wakeup.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/fail.h"

int wakeup_open(struct wakeup *wakeup)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0) {
        return FAIL_ORIGIN(-errno, "sigprocmask");
    }
    wakeup->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    wakeup->workers = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (wakeup->signals < 0 || wakeup->workers < 0) {
        return FAIL_ORIGIN(-errno, "cannot make wake-up descriptors");
    }
    return 0;
}

void wakeup_close(struct wakeup *wakeup)
{
    if (wakeup->signals >= 0) {
        close(wakeup->signals);
    }
    if (wakeup->workers >= 0) {
        close(wakeup->workers);
    }
    *wakeup = (struct wakeup){-1, -1};
}

struct wish wakeup_take(struct wakeup *wakeup)
{
    uint64_t count;
    while (read(wakeup->workers, &count, sizeof(count)) > 0) {
    }
    struct wish wish = {0};
    struct signalfd_siginfo info;
    while (read(wakeup->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            wish.reload = true;
        } else {
            wish.stop = true;
        }
    }
    return wish;
}
