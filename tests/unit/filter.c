/*
 * filter.c - the filter's answers without a kernel: an interpreter for what it
 * uses of BPF. seccomp(2), bpf's documentation in the kernel, filter.rst.
 *
 *   filter full|nested
 *
 * Reads lines "ARCHITECTURE NUMBER ARGUMENT...", in which the first is the
 * AUDIT_ARCH_ constant, and writes for each the name of an errno, or "allowed".
 */
#include "filter.h"
#include "util.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static struct sock_filter code[4096];

/* The C library's, as far as filter_install() calls it. */
int prctl(int option, ...)
{
    const struct sock_fprog *program;
    va_list list;

    if (option == PR_GET_SECCOMP)
        return SECCOMP_MODE_FILTER;
    va_start(list, option);
    (void)va_arg(list, unsigned long);
    program = va_arg(list, const struct sock_fprog *);
    va_end(list);
    memcpy(code, program->filter, program->len * sizeof(*code));
    return 0;
}

static uint32_t answer(const struct seccomp_data *data)
{
    const struct sock_filter *at = code;
    uint32_t a = 0;

    for (;; at++) {
        switch (at->code) {
        case BPF_LD | BPF_W | BPF_ABS:
            memcpy(&a, (const char *)data + at->k, sizeof(a));
            break;
        case BPF_JMP | BPF_JA:
            at += at->k;
            break;
        case BPF_JMP | BPF_JEQ | BPF_K:
            at += a == at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JGT | BPF_K:
            at += a > at->k ? at->jt : at->jf;
            break;
        case BPF_JMP | BPF_JSET | BPF_K:
            at += a & at->k ? at->jt : at->jf;
            break;
        case BPF_RET | BPF_K:
            return at->k;
        default:
            die("%#x: not known here", at->code);
        }
    }
}

int main(int argc, char **argv)
{
    char line[256];

    if (argc != 2 ||
        !filter_install(streq(argv[1], "nested") ? FILTER_NESTED : FILTER_FULL))
        return 1;
    while (fgets(line, sizeof(line), stdin)) {
        struct seccomp_data data = { 0 };
        char *at = line;
        uint32_t what;

        data.arch = (uint32_t)strtoul(at, &at, 0);
        data.nr = (int)strtoul(at, &at, 0);
        for (size_t i = 0; i < ARRAY_LEN(data.args); i++)
            data.args[i] = strtoull(at, &at, 0);
        what = answer(&data);
        puts(what == SECCOMP_RET_ALLOW
                 ? "allowed"
                 : strerrorname_np((int)(what & SECCOMP_RET_DATA)));
    }
    return 0;
}
