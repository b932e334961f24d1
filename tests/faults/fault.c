// SPDX-License-Identifier: Apache-2.0
#include "faults/fault.h"

#include <errno.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <sanitizer/common_interface_defs.h>

struct order {
    enum fault_form form;
    uint64_t nth;
    uint64_t seen;
    uint64_t crypto_seen;
    const char *struck; // what; NULL: not yet
    bool in_crypto;
    bool told;
};

static struct order *order; // shared with the process that forked this one
static uint64_t crypto_every = 1;
static _Thread_local bool ordered; // this thread has given the order

const char *fault_name(enum fault_form form)
{
    static const char *const names[FAULT_FORMS] = {
        [FAULT_MEMORY] = "no memory", [FAULT_EIO] = "EIO", [FAULT_ENOSPC] = "ENOSPC", [FAULT_EINTR] = "EINTR", [FAULT_SHORT] = "short",
    };
    return names[form];
}

static bool strikes(const char *what)
{
    if (++order->seen != order->nth) {
        return false;
    }
    order->struck = what;
    if (order->told) {
        ordered = false;
        __sanitizer_print_stack_trace();
        ordered = true;
    }
    return true;
}

// ---------------------------------------------------------------------------------------- who is spared

enum { RANGES = 64 };

struct range {
    uintptr_t from;
    uintptr_t to;
};
static struct range spared[RANGES];
static size_t spared_count;
static struct range crypto; // libcrypto

static struct range code_of(const struct dl_phdr_info *info)
{
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type == PT_LOAD && (part->p_flags & PF_X) != 0) {
            return (struct range){info->dlpi_addr + part->p_vaddr, info->dlpi_addr + part->p_vaddr + part->p_memsz};
        }
    }
    return (struct range){0, 0};
}

static int note_library(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size;
    (void)context;
    static const char *const names[] = {"libzmq", "libsodium", "libstdc++", "ld-linux", "libgcc_s", "libasan", "libubsan"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strstr(info->dlpi_name, names[i]) != NULL && spared_count < RANGES) {
            spared[spared_count++] = code_of(info);
        }
    }
    if (strstr(info->dlpi_name, "libcrypto") != NULL) {
        crypto = code_of(info);
    }
    return 0;
}

static bool is_in(const struct range *range, const void *caller)
{
    return (uintptr_t)caller >= range->from && (uintptr_t)caller < range->to;
}

static bool is_spared(const void *caller)
{
    for (size_t i = 0; i < spared_count; i++) {
        if (is_in(&spared[i], caller)) {
            return true;
        }
    }
    return false;
}

// ----------------------------------------------------------------------------------------------- memory

// The sanitizer's allocator, under which this program is built.
extern void *__interceptor_malloc(size_t size);
extern void *__interceptor_calloc(size_t count, size_t size);
extern void *__interceptor_realloc(void *old, size_t size);
extern int __interceptor_posix_memalign(void **out, size_t alignment, size_t size);
extern void *__interceptor_aligned_alloc(size_t alignment, size_t size);

#define UNWATCHED __attribute__((visibility("default"), no_sanitize("address", "undefined")))
#define CALLER __builtin_return_address(0)

__attribute__((no_sanitize("address", "undefined"))) static bool gets_none(const void *caller, const char *what)
{
    if (!ordered || order->form != FAULT_MEMORY || is_spared(caller)) {
        return false;
    }
    bool in_crypto = is_in(&crypto, caller);
    if ((in_crypto && ++order->crypto_seen % crypto_every != 0) || !strikes(what)) {
        return false;
    }
    order->in_crypto = in_crypto;
    errno = ENOMEM;
    return true;
}

UNWATCHED void *malloc(size_t size)
{
    return gets_none(CALLER, "malloc") ? NULL : __interceptor_malloc(size);
}

UNWATCHED void *calloc(size_t count, size_t size)
{
    return gets_none(CALLER, "calloc") ? NULL : __interceptor_calloc(count, size);
}

UNWATCHED void *realloc(void *old, size_t size)
{
    return gets_none(CALLER, "realloc") ? NULL : __interceptor_realloc(old, size);
}

UNWATCHED void *reallocarray(void *old, size_t count, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(count, size, &total) || gets_none(CALLER, "reallocarray")) {
        errno = ENOMEM;
        return NULL;
    }
    return __interceptor_realloc(old, total);
}

UNWATCHED int posix_memalign(void **out, size_t alignment, size_t size)
{
    return gets_none(CALLER, "posix_memalign") ? ENOMEM : __interceptor_posix_memalign(out, alignment, size);
}

UNWATCHED void *aligned_alloc(size_t alignment, size_t size)
{
    return gets_none(CALLER, "aligned_alloc") ? NULL : __interceptor_aligned_alloc(alignment, size);
}

UNWATCHED char *strndup(const char *text, size_t most)
{
    size_t size = strnlen(text, most);
    char *copy = gets_none(CALLER, "strdup") ? NULL : __interceptor_malloc(size + 1);
    if (copy != NULL) {
        memcpy(copy, text, size);
        copy[size] = '\0';
    }
    return copy;
}

UNWATCHED char *strdup(const char *text)
{
    size_t size = strlen(text);
    char *copy = gets_none(CALLER, "strdup") ? NULL : __interceptor_malloc(size + 1);
    return copy == NULL ? NULL : memcpy(copy, text, size + 1);
}

// A context that hashes again gives its block back and takes one of the same size in the same breath, so the allocator has it at hand
// even where there is no more memory. The first time counts.
int __real_EVP_DigestInit_ex2(EVP_MD_CTX *context, const EVP_MD *type, const OSSL_PARAM params[]);
int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX *context, const EVP_MD *type, const OSSL_PARAM params[]);

int __wrap_EVP_DigestInit_ex2(EVP_MD_CTX *context, const EVP_MD *type, const OSSL_PARAM params[])
{
    bool was_ordered = ordered;
    ordered = ordered && EVP_MD_CTX_get0_md(context) == NULL;
    int result = __real_EVP_DigestInit_ex2(context, type, params);
    ordered = was_ordered;
    return result;
}

// ------------------------------------------------------------------------------------------ system calls

// A filter of the kernel sends the calls below to the handler, unless they come from the one place where the handler makes them itself.
enum argument { NO_FILE, FILE_AT_0, FILE_AT_4 };
static const struct call {
    long number;
    const char *name;
    enum argument file;  // where a descriptor stands; calls on anything but files and folders are let through
    int size_at;         // where the count of bytes stands that a short call halves; -1: nowhere
} calls[] = {
    {SYS_open, "open", NO_FILE, -1},
    {SYS_openat, "openat", NO_FILE, -1},
    {SYS_mkdir, "mkdir", NO_FILE, -1},
    {SYS_mkdirat, "mkdirat", NO_FILE, -1},
    {SYS_rename, "rename", NO_FILE, -1},
    {SYS_unlink, "unlink", NO_FILE, -1},
    {SYS_chmod, "chmod", NO_FILE, -1},
    {SYS_statfs, "statfs", NO_FILE, -1},
    {SYS_read, "read", FILE_AT_0, 2},
    {SYS_pread64, "pread64", FILE_AT_0, 2},
    {SYS_write, "write", FILE_AT_0, 2},
    {SYS_pwrite64, "pwrite64", FILE_AT_0, 2},
    {SYS_writev, "writev", FILE_AT_0, 2},
    {SYS_pwritev, "pwritev", FILE_AT_0, 2},
    {SYS_getdents64, "getdents64", FILE_AT_0, -1},
    {SYS_fsync, "fsync", FILE_AT_0, -1},
    {SYS_fdatasync, "fdatasync", FILE_AT_0, -1},
    {SYS_sync_file_range, "sync_file_range", FILE_AT_0, -1},
    {SYS_ftruncate, "ftruncate", FILE_AT_0, -1},
    {SYS_fallocate, "fallocate", FILE_AT_0, -1},
    {SYS_flock, "flock", FILE_AT_0, -1},
    {SYS_fcntl, "fcntl", FILE_AT_0, -1},
    {SYS_mmap, "mmap", FILE_AT_4, -1},
};
enum { CALLS = sizeof calls / sizeof *calls };

extern const char fault_bypass_begin[];
extern const char fault_bypass_end[];
long fault_bypass(long number, const long *arguments);
__asm__(".text\n.global fault_bypass\n.global fault_bypass_begin\n.global fault_bypass_end\n.type fault_bypass, @function\n"
        "fault_bypass_begin:\nfault_bypass:\n"
        "movq %rdi, %rax\nmovq %rsi, %rcx\nmovq 0(%rcx), %rdi\nmovq 8(%rcx), %rsi\nmovq 16(%rcx), %rdx\n"
        "movq 24(%rcx), %r10\nmovq 32(%rcx), %r8\nmovq 40(%rcx), %r9\nsyscall\nret\nfault_bypass_end:\n"
        ".size fault_bypass, .-fault_bypass\n");

static bool is_on_a_file(const struct call *call, const long *arguments)
{
    if (call->file == NO_FILE) {
        return true;
    }
    int fd = (int)arguments[call->file == FILE_AT_0 ? 0 : 4];
    struct stat stat;
    return fd > STDERR_FILENO && fstat(fd, &stat) == 0 && (S_ISREG(stat.st_mode) || S_ISDIR(stat.st_mode));
}

// Half of the bytes, or half of the pieces; false: there is nothing to halve.
static bool halve(const struct call *call, long *arguments)
{
    if (call->size_at < 0 || arguments[call->size_at] < 2) {
        return false;
    }
    arguments[call->size_at] /= 2;
    return true;
}

static bool fails(const struct call *call, long *arguments, long *out_result)
{
    static const int errors[FAULT_FORMS] = {[FAULT_EIO] = EIO, [FAULT_ENOSPC] = ENOSPC, [FAULT_EINTR] = EINTR};
    long halved[6];
    memcpy(halved, arguments, sizeof halved);
    bool has_chance = ordered && order->form >= FAULT_EIO && is_on_a_file(call, arguments);
    if (!has_chance || (order->form == FAULT_SHORT && !halve(call, halved)) || !strikes(call->name)) {
        return false;
    }
    if (order->form == FAULT_SHORT) {
        memcpy(arguments, halved, sizeof halved);
        return false;
    }
    *out_result = -errors[order->form];
    return true;
}

static void handle(int signal, siginfo_t *info, void *context)
{
    (void)signal;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    long arguments[6] = {registers[REG_RDI], registers[REG_RSI], registers[REG_RDX], registers[REG_R10], registers[REG_R8], registers[REG_R9]};
    const struct call *call = NULL;
    for (size_t i = 0; i < CALLS && call == NULL; i++) {
        call = calls[i].number == info->si_syscall ? &calls[i] : NULL;
    }
    int before = errno;
    long result;
    if (call == NULL || !fails(call, arguments, &result)) {
        result = fault_bypass(info->si_syscall, arguments);
    }
    errno = before;
    registers[REG_RAX] = result;
}

// Lets calls pass that come from a piece of code: from where the handler makes its own, and from the sanitizers, which walk the heap with signals blocked.
static size_t let_pass(struct sock_filter *filter, uint64_t from, uint64_t to)
{
    const struct sock_filter part[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(from >> 32), 0, 4),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, (uint32_t)from, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)to, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    memcpy(filter, part, sizeof part);
    return sizeof part / sizeof *part;
}

static void catch_calls(void)
{
    struct sock_filter filter[6 * (RANGES + 1) + 2 * CALLS + 2];
    size_t count = let_pass(filter, (uintptr_t)fault_bypass_begin, (uintptr_t)fault_bypass_end);
    for (size_t i = 0; i < spared_count; i++) {
        count += let_pass(filter + count, spared[i].from, spared[i].to);
    }
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < CALLS; i++) {
        filter[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[i].number, 0, 1);
        filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    }
    filter[count++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    const struct sock_fprog program = {(unsigned short)count, filter};
    const struct sigaction action = {.sa_sigaction = handle, .sa_flags = SA_SIGINFO | SA_NODEFER};
    if (sigaction(SIGSYS, &action, NULL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) != 0) {
        perror("cannot catch system calls");
        exit(1);
    }
}

// libzmq's threads block every signal; a call that is caught while the handler's signal is blocked would end the process.
UNWATCHED int pthread_sigmask(int how, const sigset_t *set, sigset_t *old)
{
    sigset_t without;
    if (set != NULL) {
        without = *set;
        sigdelset(&without, SIGSYS);
    }
    return syscall(SYS_rt_sigprocmask, how, set == NULL ? NULL : &without, old, 8) == 0 ? 0 : errno;
}

// Random bytes are asked for by name, because the answer depends on who asks.
UNWATCHED ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
    const struct call draw = {SYS_getrandom, "getrandom", NO_FILE, 1};
    long arguments[6] = {(long)bytes, (long)size, flags};
    long result;
    if (is_spared(CALLER) || !fails(&draw, arguments, &result)) {
        result = fault_bypass(SYS_getrandom, arguments);
    }
    errno = result < 0 ? (int)-result : errno;
    return result < 0 ? -1 : result;
}

// ------------------------------------------------------------------------------------------------ orders

void fault_share(void)
{
    order = mmap(NULL, sizeof *order, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (order == MAP_FAILED) {
        perror("orders");
        exit(1);
    }
}

void fault_thin_crypto(uint64_t every)
{
    crypto_every = every;
}

void fault_forget(void)
{
    *order = (struct order){.told = order->told};
}

void fault_order(enum fault_form form, uint64_t nth)
{
    static bool catching;
    if (spared_count == 0) {
        dl_iterate_phdr(note_library, NULL);
    }
    if (form >= FAULT_EIO && !catching) {
        catching = true;
        catch_calls();
    }
    *order = (struct order){.form = form, .nth = nth, .told = order->told};
    ordered = true;
}

uint64_t fault_done(void)
{
    ordered = false;
    return order->seen;
}

const char *fault_what(void)
{
    return order->struck == NULL ? "nothing" : order->struck;
}

bool fault_is_in_crypto(void)
{
    return order->in_crypto;
}

void fault_tell(void)
{
    order->told = true;
}
