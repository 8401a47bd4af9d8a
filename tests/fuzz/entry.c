/* The entry that libFuzzer calls: good input or refused, both are fine. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
    fuzz_read(data, n_bytes);
    return 0;
}
