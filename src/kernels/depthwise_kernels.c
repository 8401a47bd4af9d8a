/* Depthwise convolution, forward and backward, row by row. */
#include "depthwise_impl.h"

#include <agr/base/size.h>
#include "view_rows.h"

static int64_t row_size(const agr_depthwise_job *job)
{
    return job->extent.width * job->extent.channels;
}

static void clear(float *row, int64_t n)
{
    memset(row, 0, (size_t)n * sizeof(float));
}

/* row [W,C] = the gradient before the activation. */
static void form_dz(const agr_depthwise_job *job, int64_t image, int64_t i, float *row)
{
    gradient_form_row(job->dy, job->z, job->extent, image, i, 0, job->extent.channels, row,
                      job->extent.channels);
}

static void form_x(const agr_depthwise_job *job, int64_t image, int64_t i, float *row)
{
    const agr_view view = agr_view_from(job->x, (image * job->extent.height + i) * row_size(job));
    view_form_pixels(view, job->extent.width, job->extent.channels, row);
}

typedef void form_row(const agr_depthwise_job *job, int64_t image, int64_t i, float *row);

/* Rows i-1, i, i+1 of a padded source; row r of an image lives in slot (r + 3) % 3. */
typedef struct {
    form_row *form;
    float *slot[3];
    int64_t image, next; /* rows up to next - 1 of this image are formed */
} row_window;

static row_window window_begin(const agr_depthwise_job *job, form_row *form, float *scratch)
{
    row_window window = {.form = form, .image = -1};
    for (int k = 0; k < 3; k++) {
        window.slot[k] = scratch + k * job->padded_floats;
        clear(window.slot[k], job->padded_floats);
    }
    return window;
}

static float *window_row(const row_window *window, int64_t row)
{
    return window->slot[(row + 3) % 3];
}

static void window_move(row_window *window, const agr_depthwise_job *job, int64_t image, int64_t i)
{
    if (window->image != image || window->next < i - 1) {
        window->image = image;
        window->next = i - 1;
    }
    for (; window->next <= i + 1; window->next++) {
        float *row = window_row(window, window->next) + job->extent.channels;
        if (window->next < 0 || window->next >= job->extent.height)
            clear(row, row_size(job));
        else
            window->form(job, image, window->next, row);
    }
}

static void correlate_row(const agr_depthwise_job *job, const row_window *window, int64_t i,
                          float *output)
{
    const int64_t channels = job->extent.channels, n = row_size(job);
    for (int64_t t = 0; t < n; t += VL) {
        vfloat sum = v_load(job->bias + t);
        for (int u = 0; u < 3; u++) {
            const float *source = window_row(window, i + u - 1) + t;
            const float *tap = job->taps + 3 * u * job->row_floats + t;
            for (int v = 0; v < 3; v++)
                sum = v_fma(v_load(tap + v * job->row_floats), v_load(source + v * channels), sum);
        }
        if (job->relu)
            sum = v_keep(~(sum < v_zero()), sum); /* a NaN stays one */
        v_store_part(output + t, sum, agr_min_i64(VL, n - t));
    }
}

static void correlate(void *context, int thread, int n_threads)
{
    const agr_depthwise_job *job = context;
    const int64_t height = job->extent.height;
    int64_t begin, end;
    agr_split_range(agr_shard_images(job->shard) * height, n_threads, thread, &begin, &end);
    row_window window = window_begin(job, job->dy != NULL ? form_dz : form_x,
                                     job->scratch + thread * job->scratch_floats);
    for (int64_t row = begin; row < end; row++) {
        window_move(&window, job, row / height, row % height);
        correlate_row(job, &window, row % height, job->output + row * row_size(job));
    }
}

/* sums [10][row]: what one image row adds, still apart for every position of the row. */
static void add_row(const agr_depthwise_job *job, const row_window *window, int64_t i,
                    const float *dz, float *sums)
{
    const int64_t channels = job->extent.channels, row = job->row_floats;
    for (int64_t t = 0; t < row_size(job); t += VL) {
        const vfloat gradient = v_load(dz + t);
        for (int u = 0; u < 3; u++) {
            const float *source = window_row(window, i + u - 1) + t;
            for (int v = 0; v < 3; v++) {
                float *sum = sums + (3 * u + v) * row + t;
                v_store(sum, v_fma(gradient, v_load(source + v * channels), v_load(sum)));
            }
        }
        float *sum = sums + DEPTHWISE_TAPS * row + t;
        v_store(sum, v_load(sum) + gradient);
    }
}

/* leaf [10][C] += sums over the positions of a row; sums are cleared. */
static void gather_row(const agr_depthwise_job *job, float *sums, double *leaf)
{
    const int64_t channels = job->extent.channels;
    for (int64_t j = 0; j < job->extent.width; j++)
        for (int64_t k = 0; k < DEPTHWISE_SUMS; k++)
            for (int64_t c = 0; c < channels; c++)
                leaf[k * channels + c] += (double)sums[k * job->row_floats + j * channels + c];
    clear(sums, DEPTHWISE_SUMS * job->row_floats);
}

/* Image rows that are added in float before the sum goes on in double. */
enum { LEAF_ROWS = 32 };

static void form_leaf(const agr_depthwise_job *job, int64_t m, float *scratch)
{
    const int64_t leaf_size = DEPTHWISE_SUMS * job->extent.channels, height = job->extent.height;
    float *dz = scratch + 3 * job->padded_floats, *sums = dz + job->row_floats;
    double *leaf = (double *)(void *)(sums + DEPTHWISE_SUMS * job->row_floats);
    memset(leaf, 0, (size_t)leaf_size * sizeof(double));
    clear(dz, (1 + DEPTHWISE_SUMS) * job->row_floats);
    row_window window = window_begin(job, form_x, scratch);
    int64_t image, end, n_rows = 0;
    agr_shard_images_of(job->shard, m, &image, &end);
    for (; image < end; image++)
        for (int64_t i = 0; i < height; i++) {
            window_move(&window, job, image, i);
            form_dz(job, image, i, dz);
            add_row(job, &window, i, dz, sums);
            if (++n_rows % LEAF_ROWS == 0)
                gather_row(job, sums, leaf);
        }
    gather_row(job, sums, leaf);
    for (int64_t k = 0; k < leaf_size; k++)
        job->leaves[m * leaf_size + k] = (float)leaf[k];
}

static void weight_gradient(void *context, int thread, int n_threads)
{
    const agr_depthwise_job *job = context;
    int64_t begin, end;
    agr_split_range(job->shard->count, n_threads, thread, &begin, &end);
    for (int64_t m = begin; m < end; m++)
        form_leaf(job, m, job->scratch + thread * job->scratch_floats);
}

const agr_depthwise_kernels AGR_PER_ISA(agr_depthwise_table) = {
    .correlate = correlate,
    .weight_gradient = weight_gradient,
};
