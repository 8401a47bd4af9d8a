/** The few functions of stb that the room uses: stb.c compiles them, nobody else includes stb. */
#ifndef AGR_IMAGE_STB_IMPL_H
#define AGR_IMAGE_STB_IMPL_H

#define STBI_NO_STDIO
#define STBI_ONLY_JPEG
#define STBI_ONLY_PNG
#define STBI_NO_FAILURE_STRINGS
#define STBI_MAX_DIMENSIONS 16384
#define STBI_WRITE_NO_STDIO
/* A JPEG may use tables that it never defined, and stb would follow whatever lay in memory. Zeroed,
 * they are harmless, and the same bytes always decode to the same pixels or the same refusal. */
#define STBI_MALLOC(n_bytes) agr_image_memory_take(n_bytes)
#define STBI_REALLOC(pointer, n_bytes) agr_image_memory_grow(pointer, n_bytes)
#define STBI_FREE(pointer) free(pointer)
#include "memory_impl.h"

#include <stdlib.h>

#include <stb_image.h>
#include <stb_image_write.h>

#endif
