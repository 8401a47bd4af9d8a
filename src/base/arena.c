/* Memory for a plan: counted first, had in one piece, handed out in the same order. */
#include <agr/base/arena.h>

#include <agr/base/size.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Slabs of many megabytes ask for large pages: kernels that walk over them with large strides spend
 * a sixth of their time on address translation otherwise (docs/performance.md). */
enum { LARGE_PAGE_BYTES = 2 << 20, LARGE_SLAB_BYTES = 4 * LARGE_PAGE_BYTES };

/* Aligned memory of a multiple of AGR_ARENA_ALIGNMENT bytes, or NULL. A kernel without large pages
 * ignores the wish. */
static void *allocate(size_t size_bytes)
{
    size_t whole_pages;
    if (size_bytes < LARGE_SLAB_BYTES ||
        !agr_size_add(size_bytes, LARGE_PAGE_BYTES - 1, &whole_pages))
        return aligned_alloc(AGR_ARENA_ALIGNMENT, size_bytes);
    whole_pages = whole_pages / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;
    void *memory = aligned_alloc(LARGE_PAGE_BYTES, whole_pages);
    if (memory != NULL)
        madvise(memory, whole_pages, MADV_HUGEPAGE);
    return memory;
}

static bool padded_size(size_t n_items, size_t item_bytes, size_t *size_bytes)
{
    size_t size;
    if (!agr_size_multiply(n_items, item_bytes, &size) ||
        !agr_size_add(size, AGR_ARENA_ALIGNMENT - 1, &size))
        return false;
    *size_bytes = size / AGR_ARENA_ALIGNMENT * AGR_ARENA_ALIGNMENT;
    return true;
}

void *agr_arena_take(agr_arena *arena, size_t n_items, size_t item_bytes)
{
    AGR_ASSERT(!arena->sealed);
    size_t size_bytes, end;
    if (!padded_size(n_items, item_bytes, &size_bytes) ||
        !agr_size_add(arena->used_bytes, size_bytes, &end)) {
        AGR_ASSERT(arena->memory == NULL);
        arena->overflowed = true;
        return NULL;
    }
    void *piece = NULL;
    if (arena->memory != NULL) {
        AGR_ASSERT(end <= arena->capacity_bytes);
        piece = arena->memory + arena->used_bytes;
    }
    arena->used_bytes = end;
    return piece;
}

agr_status agr_arena_allocate(agr_arena *arena, agr_error *err)
{
    AGR_ASSERT(arena->memory == NULL);
    if (arena->overflowed)
        return agr_error_set(err, AGR_MEMORY, "planned memory does not fit the address space");
    const size_t size_bytes = arena->used_bytes > 0 ? arena->used_bytes : AGR_ARENA_ALIGNMENT;
    arena->memory = allocate(size_bytes);
    if (arena->memory == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %.1f MiB",
                             (double)size_bytes / 0x1p20);
    memset(arena->memory, 0, size_bytes);
    arena->capacity_bytes = size_bytes;
    arena->used_bytes = 0;
    return AGR_OK;
}

void agr_arena_seal(agr_arena *arena)
{
    arena->sealed = true;
}

void agr_arena_rewind(agr_arena *arena)
{
    arena->used_bytes = 0;
    arena->sealed = false;
}

void agr_arena_release(agr_arena *arena)
{
    free(arena->memory);
    *arena = (agr_arena){0};
}
