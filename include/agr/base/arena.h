/**
 * Plan-once memory: run the same plan twice, first to count, then to hand out.
 *
 *     agr_arena arena = {0};                 counting: every take returns NULL and only adds up
 *     plan(&arena);
 *     agr_arena_allocate(&arena, err);       one allocation, zeroed
 *     plan(&arena);                          the same takes in the same order now return memory
 *     agr_arena_seal(&arena);                a later take is a bug and aborts
 *
 * Every piece starts on a 64-byte boundary. Not thread-safe.
 */
#ifndef AGR_BASE_ARENA_H
#define AGR_BASE_ARENA_H

#include <agr/base/error.h>
#include <stdbool.h>
#include <stddef.h>

enum { AGR_ARENA_ALIGNMENT = 64 };

typedef struct {
    char *memory;          /* NULL while counting; owned */
    size_t used_bytes;     /* handed out so far */
    size_t capacity_bytes; /* size of memory */
    bool overflowed;       /* a count did not fit size_t; agr_arena_allocate() reports it */
    bool sealed;
} agr_arena;

/** n_items * item_bytes bytes, or NULL while counting. Zeroed. Borrowed from the arena. */
void *agr_arena_take(agr_arena *arena, size_t n_items, size_t item_bytes);

/** Ends counting: allocates what was counted and starts handing out from the beginning.
 *  AGR_MEMORY when it cannot be had. */
agr_status agr_arena_allocate(agr_arena *arena, agr_error *err);

void agr_arena_seal(agr_arena *arena);

/** Hands out from the beginning again, what lies there as it is. Whoever had pieces of it has them no
 * more. */
void agr_arena_rewind(agr_arena *arena);

/** Frees the memory and makes the arena ready to count again. */
void agr_arena_release(agr_arena *arena);

#endif
