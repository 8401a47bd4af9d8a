/* Products in registers alone: the most that this instruction set gives. */
#include "peak_impl.h"

#include "bf16_impl.h"
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

/* Two numbers near one, as bfloat16. */
enum { BF16_ONES = 0x3F803F80 };

#if defined(__AMX_BF16__)

static double multiply_bf16(int n_rounds, float *sum)
{
    enum { PRODUCTS = 6 };
    uint32_t ones[BF16_WORDS * AMX_ROWS];
    float found[AMX_ROWS * AMX_ROWS];
    for (int i = 0; i < BF16_WORDS * AMX_ROWS; i++)
        ones[i] = BF16_ONES;
    bf16_begin();
    amx_settle(ones);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    _tile_zero(4);
    _tile_zero(5);
    _tile_loadd(6, ones, BF16_WORDS * 4);
    _tile_loadd(7, ones, BF16_WORDS * 4);
    for (int i = 0; i < n_rounds * ROUND; i++) {
        _tile_dpbf16ps(0, 6, 7);
        _tile_dpbf16ps(1, 6, 7);
        _tile_dpbf16ps(2, 6, 7);
        _tile_dpbf16ps(3, 6, 7);
        _tile_dpbf16ps(4, 6, 7);
        _tile_dpbf16ps(5, 6, 7);
    }
    _tile_stored(0, found, AMX_ROWS * 4);
    bf16_end();
    *sum = found[0];
    return 2.0 * AMX_ROWS * AMX_ROWS * BF16_DEPTH * PRODUCTS * ROUND * n_rounds;
}

#else

enum { BF16_CHAINS = VL == 16 ? 12 : 8 }; /* AVX2 has half the registers */

static double multiply_bf16(int n_rounds, float *sum)
{
    vword word = {0};
    vfloat chain[BF16_CHAINS] = {0};
    word += BF16_ONES;
    for (int i = 0; i < n_rounds * ROUND; i++) {
        /* Without it the compiler sees that plain code adds the same each time. */
        __asm__ volatile("" : "+m"(word));
        const vword factor = word;
#pragma GCC unroll 12
        for (int c = 0; c < BF16_CHAINS; c++)
            chain[c] = bf16_step(factor, factor, chain[c]);
    }
#pragma GCC unroll 12
    for (int c = 1; c < BF16_CHAINS; c++)
        chain[0] += chain[c];
    *sum = chain[0][0];
    return 4.0 * VL * BF16_CHAINS * ROUND * n_rounds;
}

#endif

const agr_peak_kernels AGR_PER_ISA(agr_peak_table) = {
    .multiply = multiply,
    .multiply_bf16 = multiply_bf16,
};
