/* What sgemm reaches here, the measure that benchmarks are held against; and what nothing exceeds. */
#include <agr/kernels/peak.h>

#include <agr/base/clock.h>
#include <agr/base/arena.h>
#include <agr/kernels/isa.h>
#include <agr/kernels/openblas.h>
#include <stdlib.h>
#include "openblas_impl.h"
#include "peak_impl.h"

enum { SIDE = 1024, MAX_REPEATS = 64 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

agr_status agr_sgemm_time(int repeats, double *seconds, agr_error *err)
{
    double time[MAX_REPEATS];
    AGR_TRY(agr_openblas_load(agr_kernels_isa(), err));
    const size_t count = (size_t)SIDE * SIDE;
    float *matrix = aligned_alloc(AGR_ARENA_ALIGNMENT, 3 * count * sizeof *matrix);
    if (matrix == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    for (size_t i = 0; i < 3 * count; i++)
        matrix[i] = (float)(i % 11) - 5;
    if (repeats > MAX_REPEATS)
        repeats = MAX_REPEATS;
    for (int i = -1; i < repeats; i++) {
        const double start_s = agr_clock_s();
        openblas_sgemm(CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1.0f, matrix, SIDE,
                       matrix + count, SIDE, 0.0f, matrix + 2 * count, SIDE);
        if (i >= 0)
            time[i] = agr_clock_s() - start_s;
    }
    qsort(time, (size_t)repeats, sizeof *time, compare_doubles);
    *seconds = time[repeats / 2];
    free(matrix);
    return AGR_OK;
}

/* Operations a second of the best of `repeats` measures. */
static double best_rate(double (*multiply)(int n_rounds, float *sum), int repeats)
{
    enum { ROUNDS = 2000 };
    volatile float result;
    double best = 0;
    for (int i = 0; i < repeats; i++) {
        float sum;
        const double start_s = agr_clock_s();
        const double n_operations = multiply(ROUNDS, &sum);
        const double rate = n_operations / (agr_clock_s() - start_s);
        result = sum;
        best = rate > best ? rate : best;
    }
    (void)result;
    return best;
}

double agr_fma_rate(int repeats)
{
    return best_rate(agr_peak_table()->multiply, repeats);
}

double agr_bf16_rate(int repeats)
{
    return best_rate(agr_peak_table()->multiply_bf16, repeats);
}
