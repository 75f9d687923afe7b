/*
 * bpf.h - a filter of system calls as it is written: bpf(4)'s classic form, for
 * both architectures that a machine runs. Numbers of calls from the kernel's
 * tables, for x86_64, i386 and aarch64. seccomp(2)
 */
#ifndef BPF_H
#define BPF_H

#include "util.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

/* Not a call of this architecture. */
#define NONE (-1)

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#define COMPAT AUDIT_ARCH_I386
#define CALL(x86_64, i386, aarch64) x86_64, i386
#elif defined(__aarch64__)
/* Programs for 32-bit ARM get no call at all. */
#define NATIVE AUDIT_ARCH_AARCH64
#define CALL(x86_64, i386, aarch64) aarch64, NONE
#else
#define NATIVE 0
#define CALL(x86_64, i386, aarch64) NONE, NONE
#endif

struct program {
    struct sock_filter code[512]; /* some 6 for a row and architecture */
    unsigned short n;
};

/* Adds an instruction; dies where there is no more room. */
void emit(struct program *program, unsigned code, uint32_t k,
          unsigned char jt, unsigned char jf);

/* Loads 32 bits at OFFSET of struct seccomp_data. */
void load(struct program *program, size_t offset);

/* The low half of an argument, from 0; both architectures are little-endian. */
void load_argument(struct program *program, unsigned number);

#endif
