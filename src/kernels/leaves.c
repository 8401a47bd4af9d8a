/* Folds the leaves of small sums that kernels left behind. */
#include "leaves_impl.h"

#include <string.h>

int agr_leaves_fold(const agr_shard *shard, float *leaves, int64_t width)
{
    if (shard->count == 0)
        return 0;
    agr_tree tree = agr_tree_begin(agr_shard_micro_batches(shard));
    for (int64_t m = 0; m < shard->count; m++) {
        float *top = leaves + tree.depth * width;
        if (tree.depth != m)
            memcpy(top, leaves + m * width, (size_t)width * sizeof(float));
        for (int due = agr_tree_push_leaf(&tree, shard->first + m); due > 0; due--, top -= width)
            for (int64_t i = 0; i < width; i++)
                top[i - width] += top[i];
    }
    return tree.depth;
}

void agr_leaves_copy(const float *leaves, int64_t stride, int n_rows, int64_t width,
                     agr_weight_gradient gradient)
{
    for (int row = 0; row < n_rows; row++)
        memcpy(gradient.row + (size_t)row * gradient.stride, leaves + row * stride,
               (size_t)width * sizeof(float));
}

int64_t agr_leaves_levels(int64_t max_micro_batches)
{
    int64_t levels = 2;
    while (max_micro_batches > 1) {
        max_micro_batches /= 2;
        levels++;
    }
    return levels;
}
