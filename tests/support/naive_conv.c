#include "naive_conv.h"

#include <string.h>

/* An output pixel and the input pixel under one of its taps. */
typedef struct {
    int64_t n, out_row, out_column, in_row, in_column, tap;
} pair;

static bool next_pair(agr_conv_shape s, int64_t n_images, pair *p, int64_t *index)
{
    const int64_t k = s.kernel, taps = k * k;
    for (;; (*index)++) {
        const int64_t tap = *index % taps, pixel = *index / taps;
        p->n = pixel / (s.height * s.width);
        if (p->n >= n_images)
            return false;
        p->tap = tap;
        p->out_row = pixel / s.width % s.height;
        p->out_column = pixel % s.width;
        p->in_row = p->out_row + tap / k - (k - 1) / 2;
        p->in_column = p->out_column + tap % k - (k - 1) / 2;
        if (p->in_row >= 0 && p->in_row < s.height && p->in_column >= 0 && p->in_column < s.width) {
            (*index)++;
            return true;
        }
    }
}

void naive_conv_forward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                        const float *bias, double *y)
{
    const agr_extent in = {shape.height, shape.width, shape.in_channels};
    const agr_extent out = {shape.height, shape.width, shape.out_channels};
    const int64_t n_in = in.channels, n_out = out.channels, size = n_images * agr_extent_size(out);
    for (int64_t i = 0; i < size; i++)
        y[i] = (double)bias[i % n_out];
    int64_t index = 0;
    for (pair p; next_pair(shape, n_images, &p, &index);)
        for (int64_t c = 0; c < n_in; c++) {
            const double value = naive_view_value(x, in, p.n, p.in_row, p.in_column, c);
            double *to = y + naive_index(out, p.n, p.out_row, p.out_column, 0);
            for (int64_t o = 0; o < n_out; o++)
                to[o] += value * (double)w[(p.tap * n_in + c) * n_out + o];
        }
    for (int64_t i = 0; shape.relu && i < size; i++)
        y[i] = y[i] > 0 ? y[i] : 0;
}

static double masked_gradient(agr_conv_shape shape, const float *y, const agr_gradient_view *dy,
                              int64_t n, int64_t i, int64_t j, int64_t o)
{
    const agr_extent out = {shape.height, shape.width, shape.out_channels};
    if (shape.relu && !(y[naive_index(out, n, i, j, o)] > 0))
        return 0;
    return naive_gradient_value(dy, out, n, i, j, o);
}

void naive_conv_backward(agr_conv_shape shape, int64_t n_images, agr_view x, const float *w,
                         const float *y, const agr_gradient_view *dy, double *dx, double *dw,
                         double *db)
{
    const agr_extent in = {shape.height, shape.width, shape.in_channels};
    const int64_t n_in = in.channels, n_out = shape.out_channels;
    memset(dx, 0, (size_t)(n_images * agr_extent_size(in)) * sizeof *dx);
    memset(dw, 0, (size_t)(shape.kernel * shape.kernel * n_in * n_out) * sizeof *dw);
    memset(db, 0, (size_t)n_out * sizeof *db);
    int64_t index = 0;
    for (pair p; next_pair(shape, n_images, &p, &index);)
        for (int64_t o = 0; o < n_out; o++) {
            const double dz = masked_gradient(shape, y, dy, p.n, p.out_row, p.out_column, o);
            const bool centre = p.in_row == p.out_row && p.in_column == p.out_column;
            db[o] += centre ? dz : 0;
            for (int64_t c = 0; c < n_in; c++) {
                const int64_t weight = (p.tap * n_in + c) * n_out + o;
                dx[naive_index(in, p.n, p.in_row, p.in_column, c)] += dz * (double)w[weight];
                dw[weight] += dz * naive_view_value(x, in, p.n, p.in_row, p.in_column, c);
            }
        }
}
