#include "naive_layers.h"

#include <math.h>
#include <stdlib.h>

#define FOR_EVERY_PIXEL(extent)                                                                    \
    for (int64_t i = 0; i < (extent).height; i++)                                                  \
        for (int64_t j = 0; j < (extent).width; j++)                                               \
            for (int64_t c = 0; c < (extent).channels; c++)

static bool inside(agr_extent extent, int64_t i, int64_t j)
{
    return i >= 0 && i < extent.height && j >= 0 && j < extent.width;
}

void naive_depthwise_forward(int64_t n_images, agr_extent extent, agr_view x, const float *w,
                             const float *bias, bool relu, float *y)
{
    for (int64_t n = 0; n < n_images; n++)
        FOR_EVERY_PIXEL(extent)
        {
            double sum = (double)bias[c];
            for (int64_t u = 0; u < 3; u++)
                for (int64_t v = 0; v < 3; v++)
                    if (inside(extent, i + u - 1, j + v - 1))
                        sum += (double)w[(u * 3 + v) * extent.channels + c] *
                               naive_view_value(x, extent, n, i + u - 1, j + v - 1, c);
            y[naive_index(extent, n, i, j, c)] = (float)(relu && sum < 0 ? 0 : sum);
        }
}

void naive_depthwise_backward(int64_t n_images, agr_extent extent, agr_view x, const float *w,
                              bool relu, const float *y, const agr_gradient_view *dy, float *dx,
                              float *dw, float *db)
{
    const int64_t channels = extent.channels, size = n_images * agr_extent_size(extent);
    double *sum_x = calloc((size_t)size, sizeof(double));
    double *sum_w = calloc((size_t)(10 * channels), sizeof(double)), *sum_b = sum_w + 9 * channels;
    for (int64_t n = 0; n < n_images; n++)
        FOR_EVERY_PIXEL(extent)
        {
            if (relu && !(y[naive_index(extent, n, i, j, c)] > 0))
                continue;
            const double dz = naive_gradient_value(dy, extent, n, i, j, c);
            sum_b[c] += dz;
            for (int64_t u = 0; u < 3; u++)
                for (int64_t v = 0; v < 3; v++) {
                    if (!inside(extent, i + u - 1, j + v - 1))
                        continue;
                    const int64_t tap = (u * 3 + v) * channels + c;
                    sum_w[tap] += dz * naive_view_value(x, extent, n, i + u - 1, j + v - 1, c);
                    sum_x[naive_index(extent, n, i + u - 1, j + v - 1, c)] += dz * (double)w[tap];
                }
        }
    for (int64_t k = 0; k < size; k++)
        dx[k] = (float)sum_x[k];
    for (int64_t k = 0; k < 9 * channels; k++)
        dw[k] = (float)sum_w[k];
    for (int64_t k = 0; k < channels; k++)
        db[k] = (float)sum_b[k];
    free(sum_x);
    free(sum_w);
}

void naive_batch_norm_sums(int64_t begin, int64_t end, agr_extent extent, agr_view x, double *sums)
{
    for (int64_t c = 0; c < 2 * extent.channels; c++)
        sums[c] = 0;
    for (int64_t n = begin; n < end; n++)
        FOR_EVERY_PIXEL(extent)
        {
            const double value = naive_view_value(x, extent, n, i, j, c);
            sums[c] += value;
            sums[extent.channels + c] += value * value;
        }
}

void naive_batch_norm_gradient_sums(int64_t begin, int64_t end, agr_extent extent, const float *x,
                                    const float *mean, const agr_gradient_view *g, double *sums)
{
    for (int64_t c = 0; c < 2 * extent.channels; c++)
        sums[c] = 0;
    for (int64_t n = begin; n < end; n++)
        FOR_EVERY_PIXEL(extent)
        {
            const double value = naive_gradient_value(g, extent, n, i, j, c);
            sums[c] += value;
            sums[extent.channels + c] +=
                value * ((double)x[naive_index(extent, n, i, j, c)] - (double)mean[c]);
        }
}

void naive_max_pool_forward(int64_t n_images, agr_extent extent, int window, agr_view x, float *y,
                            float *picked, uint8_t *argmax)
{
    const agr_extent pooled = {extent.height / window, extent.width / window, extent.channels};
    for (int64_t n = 0; n < n_images; n++)
        FOR_EVERY_PIXEL(pooled)
        {
            int best = 0;
            double largest = 0;
            for (int place = 0; place < window * window; place++) {
                const double value = naive_view_value(x, extent, n, i * window + place / window,
                                                      j * window + place % window, c);
                if (place == 0 || value > largest) {
                    best = place;
                    largest = value;
                }
            }
            const int64_t at = naive_index(pooled, n, i, j, c);
            y[at] = (float)largest;
            argmax[at] = (uint8_t)best;
            picked[at] = agr_view_floats(x)[naive_index(extent, n, i * window + best / window,
                                                        j * window + best % window, c)];
        }
}

void naive_dense_forward(int64_t n_images, int64_t n_in, int64_t n_out, const float *x,
                         const float *w, const float *bias, bool relu, float *y)
{
    for (int64_t n = 0; n < n_images; n++)
        for (int64_t o = 0; o < n_out; o++) {
            double sum = (double)bias[o];
            for (int64_t i = 0; i < n_in; i++)
                sum += (double)x[n * n_in + i] * (double)w[i * n_out + o];
            y[n * n_out + o] = (float)(relu && sum < 0 ? 0 : sum);
        }
}

void naive_dense_backward(int64_t n_images, int64_t n_in, int64_t n_out, const float *x,
                          const float *w, const float *dz, float *dx, float *dw, float *db)
{
    for (int64_t n = 0; n < n_images; n++)
        for (int64_t i = 0; i < n_in; i++) {
            double sum = 0;
            for (int64_t o = 0; o < n_out; o++)
                sum += (double)dz[n * n_out + o] * (double)w[i * n_out + o];
            dx[n * n_in + i] = (float)sum;
        }
    for (int64_t o = 0; o < n_out; o++) {
        double bias_sum = 0;
        for (int64_t n = 0; n < n_images; n++)
            bias_sum += (double)dz[n * n_out + o];
        db[o] = (float)bias_sum;
        for (int64_t i = 0; i < n_in; i++) {
            double sum = 0;
            for (int64_t n = 0; n < n_images; n++)
                sum += (double)x[n * n_in + i] * (double)dz[n * n_out + o];
            dw[i * n_out + o] = (float)sum;
        }
    }
}

void naive_dropout(int64_t n_images, int64_t image_size, agr_random_key key, uint32_t layer,
                   const agr_draw_address *address, float rate, const float *x, float *y)
{
    const float scale = (float)(1.0 / (1.0 - (double)rate));
    for (int64_t n = 0; n < n_images; n++)
        for (int64_t e = 0; e < image_size; e++) {
            const agr_random_block block =
                agr_random_at(key, address[n].epoch, address[n].sample,
                              address[n].occurrence << 8 | layer, (uint32_t)(e / 4));
            const bool kept = agr_random_float(block.word[e % 4]) >= rate;
            y[n * image_size + e] = kept ? x[n * image_size + e] * scale : 0;
        }
}

/* The value at a real position of a row or column: between its neighbours, edges clamped. */
static double clamp(double position, int64_t n)
{
    return fmin(fmax(position, 0), (double)(n - 1));
}

void naive_resize_forward(int64_t n_images, agr_extent in, int64_t out_height, int64_t out_width,
                          agr_view x, float *y)
{
    const agr_extent out = {out_height, out_width, in.channels};
    for (int64_t n = 0; n < n_images; n++)
        FOR_EVERY_PIXEL(out)
        {
            const double row =
                clamp(((double)i + 0.5) * (double)in.height / (double)out_height - 0.5, in.height);
            const double column =
                clamp(((double)j + 0.5) * (double)in.width / (double)out_width - 0.5, in.width);
            double sum = 0;
            for (int64_t u = 0; u < in.height; u++)
                for (int64_t v = 0; v < in.width; v++)
                    sum += fmax(0, 1 - fabs(row - (double)u)) *
                           fmax(0, 1 - fabs(column - (double)v)) *
                           naive_view_value(x, in, n, u, v, c);
            y[naive_index(out, n, i, j, c)] = (float)sum;
        }
}
