/* Remembers which allocations of the decoding libraries failed. */
#include "memory_impl.h"

#include <stdlib.h>

static _Thread_local bool lacked;

void *agr_image_memory_take(size_t n_bytes)
{
    void *memory = calloc(1, n_bytes);
    lacked = lacked || memory == NULL;
    return memory;
}

void *agr_image_memory_grow(void *memory, size_t n_bytes)
{
    void *grown = realloc(memory, n_bytes);
    lacked = lacked || grown == NULL;
    return grown;
}

bool agr_image_memory_lacked(void)
{
    const bool answer = lacked;
    lacked = false;
    return answer;
}
