/** What a fuzz target is: one function, called by libFuzzer (entry.c) and by the replay of the
 * corpus (replay.c). */
#ifndef AGR_TEST_FUZZ_H
#define AGR_TEST_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Reads the input with the parser under test. Aborts when something that must hold does not;
 * returns whether the input was good, not refused. */
bool fuzz_read(const uint8_t *data, size_t n_bytes);

#endif
