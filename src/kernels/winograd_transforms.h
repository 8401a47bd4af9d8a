/** Winograd's transforms: of a vector of channels along one axis, and of a whole tile. */
#ifndef AGR_KERNELS_WINOGRAD_TRANSFORMS_H
#define AGR_KERNELS_WINOGRAD_TRANSFORMS_H

#include "simd_impl.h"

/*
 * The one-dimensional transforms for the points 0, +-a, +-b, infinity with a = sqrt(1/2),
 * b = sqrt(2). Compared with the usual points 0, +-1, +-2 they need the same additions and
 * multiplications and leave a quarter of the rounding error, because the entries of all three
 * matrices stay near one.
 */
static const float POINT_A = 0.70710678118654752F, POINT_B = 1.41421356237309505F;

/* factor * x + y */
AGR_INLINE vfloat times_plus(float factor, vfloat x, vfloat y)
{
    return v_fma(v_set(factor), x, y);
}

/* v = B^T d: six inputs to six taps. */
AGR_INLINE void transform_input_1d(vfloat v[6], const vfloat d[6])
{
    const vfloat even_a = times_plus(-2.0F, d[2], d[4]), odd_a = times_plus(-2.0F, d[1], d[3]);
    const vfloat even_b = times_plus(-0.5F, d[2], d[4]), odd_b = times_plus(-0.5F, d[1], d[3]);
    v[0] = d[0] + times_plus(-2.5F, d[2], d[4]);
    v[1] = times_plus(POINT_A, odd_a, even_a);
    v[2] = times_plus(-POINT_A, odd_a, even_a);
    v[3] = times_plus(POINT_B, odd_b, even_b);
    v[4] = times_plus(-POINT_B, odd_b, even_b);
    v[5] = d[1] + times_plus(-2.5F, d[3], d[5]);
}

/* y = A^T m: six taps to four outputs. */
AGR_INLINE void transform_output_1d(vfloat y[4], const vfloat m[6])
{
    const vfloat sum_a = m[1] + m[2], difference_a = m[1] - m[2];
    const vfloat sum_b = m[3] + m[4], difference_b = m[3] - m[4];
    y[0] = m[0] + (sum_a + sum_b);
    y[1] = times_plus(POINT_A, difference_a, POINT_B * difference_b);
    y[2] = times_plus(0.5F, sum_a, 2.0F * sum_b);
    y[3] = m[5] + times_plus(0.5F * POINT_A, difference_a, 2.0F * POINT_B * difference_b);
}

/* m = A y: the transpose of the output transform. */
AGR_INLINE void transform_gradient_1d(vfloat m[6], const vfloat y[4])
{
    const vfloat even_a = times_plus(0.5F, y[2], y[0]), odd_a = times_plus(0.5F, y[3], y[1]);
    const vfloat even_b = times_plus(2.0F, y[2], y[0]), odd_b = times_plus(2.0F, y[3], y[1]);
    m[0] = y[0];
    m[1] = times_plus(POINT_A, odd_a, even_a);
    m[2] = times_plus(-POINT_A, odd_a, even_a);
    m[3] = times_plus(POINT_B, odd_b, even_b);
    m[4] = times_plus(-POINT_B, odd_b, even_b);
    m[5] = y[3];
}

/* d = B v: the transpose of the input transform. */
AGR_INLINE void transform_input_gradient_1d(vfloat d[6], const vfloat v[6])
{
    const vfloat sum_a = v[1] + v[2], difference_a = POINT_A * (v[1] - v[2]);
    const vfloat sum_b = v[3] + v[4], difference_b = POINT_B * (v[3] - v[4]);
    d[0] = v[0];
    d[1] = times_plus(-0.5F, difference_b, times_plus(-2.0F, difference_a, v[5]));
    d[2] = times_plus(-0.5F, sum_b, times_plus(-2.0F, sum_a, -2.5F * v[0]));
    d[3] = times_plus(-2.5F, v[5], difference_a) + difference_b;
    d[4] = v[0] + (sum_a + sum_b);
    d[5] = v[5];
}

/* u = G g: three kernel rows to six taps. */
AGR_INLINE void transform_kernel_1d(vfloat u[6], const vfloat g[3])
{
    const vfloat even_a = times_plus(0.5F, g[2], g[0]), even_b = times_plus(2.0F, g[2], g[0]);
    u[0] = g[0];
    u[1] = times_plus(POINT_A, g[1], even_a) * (-2.0F / 3.0F);
    u[2] = times_plus(-POINT_A, g[1], even_a) * (-2.0F / 3.0F);
    u[3] = times_plus(POINT_B, g[1], even_b) * (1.0F / 6.0F);
    u[4] = times_plus(-POINT_B, g[1], even_b) * (1.0F / 6.0F);
    u[5] = g[2];
}

/* g = G^T u: the transpose of the kernel transform. */
AGR_INLINE void transform_kernel_gradient_1d(vfloat g[3], const vfloat u[6])
{
    const vfloat sum_a = (u[1] + u[2]) * (-2.0F / 3.0F), sum_b = (u[3] + u[4]) * (1.0F / 6.0F);
    const vfloat difference_a = (u[1] - u[2]) * (-2.0F / 3.0F * POINT_A);
    const vfloat difference_b = (u[3] - u[4]) * (1.0F / 6.0F * POINT_B);
    g[0] = u[0] + (sum_a + sum_b);
    g[1] = difference_a + difference_b;
    g[2] = u[5] + times_plus(0.5F, sum_a, 2.0F * sum_b);
}

/* The horizontal half, to tap 0 of a tile and every `tap` floats from there. */
AGR_INLINE void transform_input_tile(vfloat (*column)[6], float *to, int64_t tap)
{
    for (int i = 0; i < 6; i++) {
        vfloat d[6], v[6];
        for (int j = 0; j < 6; j++)
            d[j] = column[j][i];
        transform_input_1d(v, d);
        for (int j = 0; j < 6; j++)
            v_store(to + (i * 6 + j) * tap, v[j]);
    }
}

AGR_INLINE void transform_output_tile(const float *m, int64_t tap, vfloat y[4][4])
{
    vfloat half[4][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[4];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(m + (i * 6 + j) * tap);
        transform_output_1d(out, column);
        for (int i = 0; i < 4; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 4; i++)
        transform_output_1d(y[i], half[i]);
}

/* dm of one tile: A dy A^T, to tap 0 of it and every `tap` floats from there. dy: [4][row_floats],
 * pixels `chunk` floats apart. */
AGR_INLINE void transform_gradient_tile(const float *dy, int64_t row_floats, int64_t chunk,
                                        float *to, int64_t tap)
{
    vfloat half[6][4];
    for (int j = 0; j < 4; j++) {
        vfloat column[4], out[6];
        for (int i = 0; i < 4; i++)
            column[i] = v_load(dy + i * row_floats + j * chunk);
        transform_gradient_1d(out, column);
        for (int i = 0; i < 6; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 6; i++) {
        vfloat m[6];
        transform_gradient_1d(m, half[i]);
        for (int j = 0; j < 6; j++)
            v_store(to + (i * 6 + j) * tap, m[j]);
    }
}

AGR_INLINE void transform_input_gradient_tile(const float *dv, int64_t tap, vfloat d[6][6])
{
    vfloat half[6][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[6];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(dv + (i * 6 + j) * tap);
        transform_input_gradient_1d(out, column);
        for (int i = 0; i < 6; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 6; i++)
        transform_input_gradient_1d(d[i], half[i]);
}

AGR_INLINE void transform_kernel_gradient_tile(const float *du, vfloat g[3][3])
{
    vfloat half[3][6];
    for (int j = 0; j < 6; j++) {
        vfloat column[6], out[3];
        for (int i = 0; i < 6; i++)
            column[i] = v_load(du + (i * 6 + j) * CONV_BLOCK * CONV_BLOCK);
        transform_kernel_gradient_1d(out, column);
        for (int i = 0; i < 3; i++)
            half[i][j] = out[i];
    }
    for (int i = 0; i < 3; i++)
        transform_kernel_gradient_1d(g[i], half[i]);
}

#endif
