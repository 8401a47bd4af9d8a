/** What every test of a kernel needs: guarded buffers, inputs, all instruction sets and thread
 * counts, and a batch in parts. */
#ifndef AGR_TEST_SUPPORT_KERNEL_CASES_H
#define AGR_TEST_SUPPORT_KERNEL_CASES_H

#include "test.h"

#include <agr/base/pool.h>
#include <agr/base/reducer.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/view.h>

/** n items of `bytes` bytes between two guards, filled with garbage; 64-byte aligned. */
void *test_guarded(size_t n, size_t bytes);
/** Frees, and fails when something was written before or behind the items. NULL is accepted. */
void test_guarded_release(void *items);

/** n guarded floats, evenly spread over [low, high), the same for the same seed. */
float *test_floats(size_t n, uint32_t seed, float low, float high);

/** Shapes that leave remainders everywhere: one pixel, one channel, half vectors, pools that do not
 * fit. */
extern const agr_extent test_extents[];
extern const int test_n_extents;

/** For every instruction set of this processor, selected. */
#define FOR_EVERY_ISA                                                                              \
    for (agr_isa isa = AGR_ISA_GENERIC;                                                            \
         isa <= agr_isa_detect() ? (agr_kernels_select(isa), 1) : 0; isa++)

/** True for the first result of FOR_EVERY_ISA and FOR_EVERY_POOL, whose bits all others have. */
#define IS_FIRST_RESULT (isa == AGR_ISA_GENERIC && n_threads == 1)

/** For pools of 1, 2 and 3 threads, in this order. The body may use `pool` and `n_threads`. */
#define FOR_EVERY_POOL                                                                             \
    for (int n_threads = 1; n_threads <= 3; n_threads++)                                           \
        for (agr_pool *pool = test_pool(n_threads); pool != NULL;                                  \
             agr_pool_destroy(pool), pool = NULL)

agr_pool *test_pool(int n_threads);

/** Computes the gradient rows of the parameters of a shard: rows [cover][stride]. */
typedef void test_gradient_function(const void *context, const agr_shard *shard, float *rows,
                                    size_t stride);

/** whole[width] is the gradient of a batch in one place; fails unless every division into 2, 3 and
 * 5 parts gives the same bits. */
void test_gradient_divides(test_gradient_function *function, const void *context, int64_t n_images,
                           int64_t micro_batch, size_t width, const float *whole);

#endif
