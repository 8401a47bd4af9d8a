/** Memory for the libraries that decode: they report every failure alike, and a machine without
 * memory is no broken picture. What they could not have is remembered, thread by thread. */
#ifndef AGR_IMAGE_MEMORY_IMPL_H
#define AGR_IMAGE_MEMORY_IMPL_H

#include <stdbool.h>
#include <stddef.h>

/** Zeroed bytes, or NULL, which is remembered. */
void *agr_image_memory_take(size_t n_bytes);

/** As realloc(); NULL is remembered. */
void *agr_image_memory_grow(void *memory, size_t n_bytes);

/** Whether this thread went without since it last asked; asking forgets. */
bool agr_image_memory_lacked(void);

#endif
