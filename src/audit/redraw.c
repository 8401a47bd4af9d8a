/* Computes figures of cells anew in every draw of a bootstrap, on all threads. */
#include "slices_impl.h"

#include <agr/base/random.h>
#include <agr/base/size.h>
#include <math.h>
#include <stdlib.h>

typedef struct {
    const audit_redraw *redraw;
    int64_t n_times; /* of one thread: groups, then the places of the largest cell */
    int32_t *times;  /* [n_threads, n_times] */
} redraw_work;

static void redraw_cell(const audit_redraw *r, int cell, int64_t draw, const int32_t *group_times,
                        int32_t *times)
{
    agr_audit_selection s = r->selection[cell];
    s.times = times;
    s.n = 0;
    for (int64_t i = 0; i < s.n_places; i++) {
        times[i] = group_times[r->bootstrap->group[s.index[i]]];
        s.n += times[i];
    }
    for (int f = 0; f < r->n_figures; f++) {
        const agr_audit_figure *figure = &r->figure[f].figure;
        const agr_audit_terms terms = {.within = r->within, .class_index = figure->of};
        const int64_t row = (int64_t)f * r->n_cells + cell;
        r->drawn[row * r->bootstrap->n_draws + draw] = figure->metric->value(&s, &terms);
    }
}

/* A draw belongs to one thread: no sum is divided. */
static void redraw_some(void *context, int thread, int n_threads)
{
    const redraw_work *work = context;
    const audit_redraw *r = work->redraw;
    int32_t *group_times = work->times + thread * work->n_times;
    int64_t begin, end;
    agr_split_range(r->bootstrap->n_draws, n_threads, thread, &begin, &end);
    for (int64_t draw = begin; draw < end; draw++) {
        agr_audit_bootstrap_draw(r->bootstrap, draw, group_times);
        for (int cell = 0; cell < r->n_cells; cell++)
            redraw_cell(r, cell, draw, group_times, group_times + r->bootstrap->n_groups);
    }
}

agr_status audit_redraw_all(const audit_redraw *redraw, agr_pool *pool, agr_error *err)
{
    int64_t most = 0;
    for (int cell = 0; cell < redraw->n_cells; cell++)
        most = agr_max_i64(most, redraw->selection[cell].n_places);
    redraw_work work = {.redraw = redraw, .n_times = redraw->bootstrap->n_groups + most};
    work.times =
        calloc((size_t)agr_pool_size(pool), (size_t)(work.n_times + 1) * sizeof *work.times);
    if (work.times == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory to draw %lld pictures",
                             (long long)redraw->bootstrap->n_groups);
    agr_pool_run(pool, redraw_some, &work);
    free(work.times);
    return AGR_OK;
}

/* Of mean 0 and variance 1: twelve uniform numbers are normal enough, and the same everywhere. */
static double nearly_normal(agr_random_key key, int64_t draw)
{
    double sum = -6;
    for (uint32_t i = 0; i < 6; i++) {
        const agr_random_block block =
            agr_random_at(key, (uint32_t)draw, (uint32_t)(draw >> 32), i, 0);
        sum += agr_random_double(block.word[0], block.word[1]) +
               agr_random_double(block.word[2], block.word[3]);
    }
    return sum;
}

static bool never_differs(double value, const double *drawn, int64_t n_draws)
{
    for (int64_t b = 0; b < n_draws; b++)
        if (!isnan(drawn[b]) && drawn[b] != value)
            return false;
    return true;
}

void audit_loosen(const agr_audit_bootstrap *bootstrap, const agr_audit_slice *slice,
                  uint64_t address, double *drawn)
{
    const double value = slice->figure.value;
    const bool is_share = slice->figure.metric->least == 0 && slice->figure.metric->most == 1;
    if (!is_share || (value != 0 && value != 1) || !never_differs(value, drawn, bootstrap->n_draws))
        return;
    const agr_random_key key =
        agr_random_key_make(bootstrap->seed, AGR_RANDOM_BOOTSTRAP, 1 + address);
    const double n = (double)slice->n_groups + 4;
    const double share = (value * (double)slice->n_groups + 2) / n;
    const double error = sqrt(share * (1 - share) / n);
    for (int64_t b = 0; b < bootstrap->n_draws; b++)
        drawn[b] = value + error * nearly_normal(key, b);
}
