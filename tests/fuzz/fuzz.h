/*
 * fuzz.h - comes before each source that is built for a fuzzer: what ends the
 * program ends one input there. Memory that an input leaves is not given back.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdlib.h>

#define exit fuzz_exit
void fuzz_exit(int status) __attribute__((noreturn));

/* What a fuzzer defines: look at one input of SIZE bytes, which it may change;
 * TEXT[SIZE] is NUL. A claim that does not hold is an abort(). */
void fuzz_one(char *text, size_t size);

#endif
