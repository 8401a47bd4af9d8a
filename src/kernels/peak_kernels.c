/* Fused products in registers alone: the most that this instruction set gives. */
#include "peak_impl.h"
#include "simd_impl.h"

/* Enough of them under way that none waits for its predecessor; few enough for the registers. */
enum { CHAINS = 10, ROUND = 64 };

static double multiply(int n_rounds, float *sum)
{
    const vfloat factor = v_set(0.999f), added = v_set(1e-6f);
    vfloat chain[CHAINS] = {v_set(0), v_set(1), v_set(2), v_set(3), v_set(4),
                            v_set(5), v_set(6), v_set(7), v_set(8), v_set(9)};
    for (int i = 0; i < n_rounds * ROUND; i++)
        for (int c = 0; c < CHAINS; c++)
            chain[c] = v_fma(added, factor, chain[c]);
    for (int c = 1; c < CHAINS; c++)
        chain[0] += chain[c];
    *sum = chain[0][0];
    return 2.0 * VL * CHAINS * ROUND * n_rounds;
}

const agr_peak_kernels AGR_PER_ISA(agr_peak_table) = {.multiply = multiply};
