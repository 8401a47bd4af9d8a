#include "kernel_cases.h"

#include <agr/base/size.h>

enum { GUARD_BYTES = 128 };
static const unsigned char guard_byte = 0xA5;

void *test_guarded(size_t n, size_t bytes)
{
    const size_t size = n * bytes;
    unsigned char *memory =
        aligned_alloc(64, (size_t)agr_round_up((int64_t)(2 * GUARD_BYTES + size), 64));
    if (memory == NULL)
        abort();
    memset(memory, guard_byte, 2 * GUARD_BYTES + size);
    memcpy(memory, &size, sizeof size);
    memset(memory + GUARD_BYTES, 0x77, size);
    return memory + GUARD_BYTES;
}

void test_guarded_release(void *items)
{
    if (items == NULL)
        return;
    unsigned char *memory = (unsigned char *)items - GUARD_BYTES;
    size_t size;
    memcpy(&size, memory, sizeof size);
    for (size_t i = sizeof size; i < GUARD_BYTES; i++)
        if (memory[i] != guard_byte)
            fail_msg("written %zu bytes before a buffer of %zu", GUARD_BYTES - i, size);
    for (size_t i = 0; i < GUARD_BYTES; i++)
        if (memory[GUARD_BYTES + size + i] != guard_byte)
            fail_msg("written %zu bytes behind a buffer of %zu", i + 1, size);
    free(memory);
}

float *test_floats(size_t n, uint32_t seed, float low, float high)
{
    float *values = test_guarded(n, sizeof *values);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525U + 1013904223U;
        values[i] = low + (high - low) * ((float)(seed >> 8) * 0x1p-24F);
    }
    return values;
}

const agr_extent test_extents[] = {
    {1, 1, 1}, {1, 1, 5}, {2, 3, 1}, {7, 5, 3}, {6, 6, 16}, {9, 13, 17}, {5, 7, 33}, {12, 4, 48},
};
const int test_n_extents = sizeof test_extents / sizeof test_extents[0];

agr_pool *test_pool(int n_threads)
{
    agr_pool *pool;
    agr_error err;
    assert_ok(agr_pool_create(n_threads, &pool, &err), err);
    return pool;
}

/* Adds the rows of consecutive nodes in tree order; row 0 becomes the total. */
static void fold(int64_t n_leaves, const agr_tree_node *node, int n_nodes, float *rows,
                 size_t width)
{
    agr_tree tree = agr_tree_begin(n_leaves);
    for (int i = 0; i < n_nodes; i++) {
        float *top = rows + (size_t)tree.depth * width;
        memmove(top, rows + (size_t)i * width, width * sizeof *rows);
        for (int due = agr_tree_push(&tree, node[i]); due > 0; due--, top -= width)
            for (size_t j = 0; j < width; j++)
                top[j - width] += top[j];
    }
    assert_int_equal(tree.depth, 1);
}

static void divide(test_gradient_function *function, const void *context, int64_t n_images,
                   int64_t micro_batch, size_t width, const float *whole, int64_t n_parts)
{
    enum { MAX_ROWS = 5 * AGR_TREE_MAX_DEPTH };
    const agr_shard all = agr_shard_whole(n_images, micro_batch);
    float *rows = test_guarded(MAX_ROWS * width, sizeof *rows);
    agr_tree_node node[MAX_ROWS];
    int n_nodes = 0;
    for (int64_t part = 0; part < n_parts; part++) {
        int64_t begin, end;
        agr_split_range(all.count, n_parts, part, &begin, &end);
        const agr_shard shard = {n_images, micro_batch, begin, end - begin};
        function(context, &shard, rows + (size_t)n_nodes * width, width);
        n_nodes += agr_tree_cover(all.count, begin, end - begin, node + n_nodes);
    }
    fold(all.count, node, n_nodes, rows, width);
    assert_memory_equal(rows, whole, width * sizeof *rows);
    test_guarded_release(rows);
}

void test_gradient_divides(test_gradient_function *function, const void *context, int64_t n_images,
                           int64_t micro_batch, size_t width, const float *whole)
{
    divide(function, context, n_images, micro_batch, width, whole, 2);
    divide(function, context, n_images, micro_batch, width, whole, 3);
    divide(function, context, n_images, micro_batch, width, whole, 5);
}
