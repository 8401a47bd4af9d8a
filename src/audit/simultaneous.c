/* Standard errors, and the largest standardised deviation of a family in each draw. */
#include <agr/audit/simultaneous.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Sums differ in their last bits though they are of equal numbers. */
static const double rounding = 1e-12;

/* Half the width of the interval of one normal figure, in standard errors. */
static const double normal_quantile = 1.959963984540054;

agr_status agr_audit_family_begin(agr_audit_family *family, int64_t n_draws, agr_error *err)
{
    *family = (agr_audit_family){.n_draws = n_draws};
    family->largest = calloc((size_t)n_draws + 1, sizeof *family->largest);
    if (family->largest == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for %lld draws",
                             (long long)n_draws);
    return AGR_OK;
}

static double standard_error(const double *drawn, int64_t n_draws)
{
    double sum = 0, squares = 0;
    int64_t n = 0;
    for (int64_t b = 0; b < n_draws; b++) {
        if (isnan(drawn[b]))
            continue;
        sum += drawn[b];
        n++;
    }
    for (int64_t b = 0; b < n_draws; b++) {
        const double off = drawn[b] - sum / (double)n;
        squares += isnan(off) ? 0 : off * off;
    }
    return n < 2 ? (double)NAN : sqrt(squares / (double)(n - 1));
}

double agr_audit_family_add(agr_audit_family *family, double value, double scale,
                            const double *drawn)
{
    const double error = standard_error(drawn, family->n_draws);
    if (error <= rounding * scale)
        return 0;
    for (int64_t b = 0; b < family->n_draws; b++) {
        const double deviation = fabs(drawn[b] - value) / error;
        if (deviation > family->largest[b]) /* of NaN: no */
            family->largest[b] = deviation;
    }
    return error;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double agr_audit_family_quantile(agr_audit_family *family)
{
    const int64_t n = family->n_draws;
    if (n == 0)
        return normal_quantile;
    qsort(family->largest, (size_t)n, sizeof *family->largest, ascending);
    const int64_t rank = (int64_t)ceil(AGR_AUDIT_LEVEL * (double)(n + 1));
    return fmax(normal_quantile, family->largest[rank > n ? n - 1 : rank - 1]);
}

double agr_audit_expand(double quantile, int64_t n)
{
    const double free = (double)(n - 1), z = quantile;
    return n < 2 ? (double)NAN : (z + (z * z * z + z) / (4 * free)) * sqrt((double)n / free);
}

void agr_audit_family_release(agr_audit_family *family)
{
    free(family->largest);
    *family = (agr_audit_family){0};
}
