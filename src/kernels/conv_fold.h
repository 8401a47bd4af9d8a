/** Folding leaves of a weight gradient into its rows (weight_gradient.h), a vector at a time while
 * they are in registers. */
#ifndef AGR_KERNELS_CONV_FOLD_H
#define AGR_KERNELS_CONV_FOLD_H

#include <agr/base/size.h>
#include "conv_impl.h"
#include "simd_impl.h"

/* The sum of one vector of n_pixels pixels, in four interleaved runs: one alone would wait for
 * every addition. */
AGR_INLINE vfloat sum_pixels(const float *pixel, int64_t n_pixels, int64_t stride)
{
    vfloat sum[4] = {v_zero(), v_zero(), v_zero(), v_zero()};
    int64_t j = 0;
    for (; j + 4 <= n_pixels; j += 4, pixel += 4 * stride)
#pragma GCC unroll 4
        for (int i = 0; i < 4; i++)
            sum[i] += v_load(pixel + i * stride);
    for (; j < n_pixels; j++, pixel += stride)
        sum[0] += v_load(pixel);
    return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

/* Where the stack stands for one leaf: its values from the bottom to the leaf, and the additions
 * that are due. */
typedef struct {
    float *level[AGR_TREE_MAX_DEPTH];
    int top; /* position of the leaf */
    int n_additions;
} fold_step;

/* Pushes the leaf of micro-batch m of the group. Values beyond the final rows live in scratch,
 * `size` floats each. */
static inline fold_step fold_next(const conv_call *call, agr_tree *tree, int64_t m,
                                  agr_weight_gradient gradient, float *scratch, int64_t size)
{
    fold_step step = {.top = tree->depth};
    for (int level = 0; level <= step.top; level++)
        step.level[level] = level < call->n_rows ? gradient.row + (size_t)level * gradient.stride
                                                 : scratch + (level - call->n_rows) * size;
    step.n_additions = agr_tree_push_leaf(tree, call->shard->first + call->first_micro_batch + m);
    return step;
}

/* n elements (<= VL) of the leaf, those at `at`. */
AGR_INLINE void fold_vector(const fold_step *step, int64_t at, vfloat leaf, int64_t n)
{
    int top = step->top;
    for (int due = step->n_additions; due > 0; due--) {
        top--;
        leaf = (n == VL ? v_load(step->level[top] + at) : v_load_part(step->level[top] + at, n)) +
               leaf;
    }
    if (n == VL)
        v_store(step->level[top] + at, leaf);
    else
        v_store_part(step->level[top] + at, leaf, n);
}

/* Elements [begin, end) of the gradient of the group's micro-batches: a leaf is the sum of its
 * images' parts in order. parts: [image of the group][n_parts], `part_floats` floats each. */
static inline void fold_parts(const conv_call *call, agr_tree *tree, agr_weight_gradient gradient,
                              float *scratch, int64_t size, const float *parts, int64_t n_parts,
                              int64_t part_floats, int64_t begin, int64_t end)
{
    for (int64_t m = 0; m < call->n_micro_batches; m++) {
        int64_t first_image, end_image;
        conv_images_of(call, m, &first_image, &end_image);
        const fold_step step = fold_next(call, tree, m, gradient, scratch, size);
        for (int64_t at = begin; at < end; at += VL) {
            vfloat leaf = v_zero();
            for (int64_t part = first_image * n_parts; part < end_image * n_parts; part++)
                leaf += v_load(parts + part * part_floats + at);
            fold_vector(&step, at, leaf, agr_min_i64(VL, end - at));
        }
    }
}

#endif
