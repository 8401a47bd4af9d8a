/** The one function that libFuzzer and replay.c call. */
#ifndef AGR_TEST_FUZZ_H
#define AGR_TEST_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/** Aborts when something that must hold does not. Returns 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

#endif
