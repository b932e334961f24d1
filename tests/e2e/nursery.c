// SPDX-License-Identifier: Apache-2.0
//
// Preloaded into a program: instead of running once it runs as often as the socket LIAISON_NURSERY asks, each time in a process of its own. All
// libraries are loaded and bound by then, which of a short command is nearly all it does; what runs is the program's own main.
//
// A request is one packet: the folder to run in, how many words there are, the words, and the environment, each ended by a zero byte; with it
// come standard input, output and error. The answer is the status as waitpid(2) has it.
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PACKET_BYTES = 128 << 10, MOST_STRINGS = 4096, STANDARD = 3 };

typedef int program_main(int count, char **words, char **environment);

static program_main *run_program;
static char packet[PACKET_BYTES + 1];
static char *strings[MOST_STRINGS + 2]; // behind the words and behind the environment stands a NULL

// False: nobody asks any more.
static int receive(int nursery, size_t *out_size, int files[STANDARD])
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(STANDARD * sizeof(int))];
    } control;
    struct iovec place = {packet, PACKET_BYTES};
    struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(nursery, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *sent = got <= 0 ? NULL : CMSG_FIRSTHDR(&message);
    if (sent == NULL || sent->cmsg_len != CMSG_LEN(STANDARD * sizeof(int)) || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        return 0;
    }
    memcpy(files, CMSG_DATA(sent), STANDARD * sizeof(int));
    *out_size = (size_t)got;
    return 1;
}

// The words and the environment, as main takes them; how many words there are.
static int split(size_t size, char ***out_environment)
{
    char *at = packet + strlen(packet) + 1;
    int words = atoi(at);
    size_t count = 0;
    packet[size] = '\0';
    at += strlen(at) + 1;
    while (at < packet + size && count < MOST_STRINGS) {
        count += (int)count == words; // the NULL between them
        strings[count++] = at;
        at += strlen(at) + 1;
    }
    *out_environment = &strings[words + 1];
    return words;
}

static int become(int nursery, size_t size, const int files[STANDARD])
{
    char **environment_asked;
    int count = split(size, &environment_asked);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    close(nursery);
    for (int i = 0; i < STANDARD; i++) {
        dup2(files[i], i);
        close(files[i]);
    }
    if (chdir(packet) != 0) {
        return 127;
    }
    environ = environment_asked;
    program_invocation_name = strings[0];
    program_invocation_short_name = strrchr(strings[0], '/') == NULL ? strings[0] : strrchr(strings[0], '/') + 1;
    return run_program(count, strings, environ);
}

static int serve(int count, char **words, char **environment)
{
    const char *asked = getenv("LIAISON_NURSERY");
    int files[STANDARD];
    size_t size;
    if (asked == NULL) {
        return run_program(count, words, environment);
    }
    int nursery = atoi(asked);
    while (receive(nursery, &size, files)) {
        int status = 127 << 8;
        pid_t child = fork();
        if (child == 0) {
            return become(nursery, size, files);
        }
        for (int i = 0; i < STANDARD; i++) {
            close(files[i]);
        }
        if ((child > 0 && waitpid(child, &status, 0) != child) || send(nursery, &status, sizeof(status), 0) < 0) {
            break;
        }
    }
    _exit(0);
}

__attribute__((visibility("default"))) // the program finds this one before libc's
int __libc_start_main(program_main *main, int count, char **words, void (*begin)(void), void (*end)(void), void (*end_linker)(void), void *stack);
int __libc_start_main(program_main *main, int count, char **words, void (*begin)(void), void (*end)(void), void (*end_linker)(void), void *stack)
{
    typedef int start(program_main *, int, char **, void (*)(void), void (*)(void), void (*)(void), void *);
    start *next = (start *)dlsym(RTLD_NEXT, "__libc_start_main");
    run_program = main;
    return next(serve, count, words, begin, end, end_linker, stack);
}
