/*
 * fuzz.c - what all fuzzers share: from libFuzzer's call to fuzz_one().
 */
#include "fuzz.h"

#include <setjmp.h>
#include <stdint.h>
#include <string.h>

static jmp_buf end;

void fuzz_exit(int status)
{
    longjmp(end, status ? status : 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (setjmp(end) == 0)
        fuzz_one(text, size);
    free(text);
    return 0;
}
