/* The heads of an evaluation judged slice by slice, with draws that are one and the same for all. */
#include "evaluation_impl.h"

#include <agr/data/split.h>
#include <stdlib.h>

/* ---- copies ---- */

/* Numbers the groups of all pictures, or each picture where nothing tells copies. */
static agr_status find_groups(const agr_dataset *dataset, int64_t *group_of, agr_error *err)
{
    const uint64_t *hashes = agr_dataset_content_hashes(dataset);
    const int64_t n = agr_dataset_count(dataset);
    for (int64_t i = 0; i < n; i++)
        group_of[i] = i;
    if (hashes == NULL)
        return AGR_OK;
    agr_copies copies;
    AGR_TRY(agr_copies_create(hashes, n, &copies, err));
    for (int64_t g = 0; g < copies.n_groups; g++)
        for (int64_t m = copies.begin[g]; m < copies.begin[g + 1]; m++)
            group_of[copies.member[m]] = g;
    agr_copies_release(&copies);
    return AGR_OK;
}

/* Numbers those among the judged samples from 0, in the order of their first sample. */
static void number_groups(agr_evaluation *e, const int64_t *group_of, int64_t *number)
{
    for (int64_t i = 0; i < agr_dataset_count(e->dataset); i++)
        number[i] = -1;
    for (int64_t i = 0; i < e->n_samples; i++) {
        int64_t *its = &number[group_of[e->sample[i]]];
        if (*its < 0)
            *its = e->bootstrap.n_groups++;
        e->group[i] = *its;
    }
}

static agr_status group_copies(agr_evaluation *e, agr_error *err)
{
    const size_t n = (size_t)agr_dataset_count(e->dataset);
    int64_t *group_of = malloc(n * sizeof *group_of), *number = malloc(n * sizeof *number);
    e->group = malloc((size_t)e->n_samples * sizeof *e->group);
    agr_status status = group_of != NULL && number != NULL && e->group != NULL
                            ? find_groups(e->dataset, group_of, err)
                            : agr_error_set(err, AGR_MEMORY, "out of memory");
    if (status == AGR_OK)
        number_groups(e, group_of, number);
    free(group_of);
    free(number);
    return status;
}

/* ---- slices ---- */

agr_status agr_evaluation_open_slices(agr_evaluation *e, agr_error *err)
{
    const agr_slices_request *request = &e->request.slices;
    if (request->n_draws == 0)
        return AGR_OK;
    if (request->by != NULL &&
        agr_slicing_read(request->by, e->dataset, &e->request.bins, e->sample, e->n_samples,
                         &e->slicing, err) != AGR_OK)
        return agr_error_context(err, "--by");
    const uint64_t seed = agr_checkpoint_about(e->models.checkpoint)->seed;
    e->bootstrap.seed = request->seed < 0 ? seed : (uint64_t)request->seed;
    e->bootstrap.n_draws = request->n_draws;
    AGR_TRY(group_copies(e, err));
    e->bootstrap.group = e->group;
    return AGR_OK;
}

agr_status agr_evaluated_slice(const agr_evaluation *e, agr_evaluated_head *r,
                               const agr_audit_rows *rows, const agr_audit_options *options,
                               agr_error *err)
{
    if (e->slicing.n_tables == 0)
        return AGR_OK;
    const agr_audit_slice_options slicing = {
        .judge = options, .bootstrap = &e->bootstrap, .min_count = e->request.slices.min_count};
    r->slices = calloc((size_t)e->slicing.n_tables, sizeof *r->slices);
    if (r->slices == NULL)
        return agr_error_set(err, AGR_MEMORY, "out of memory");
    for (int t = 0; t < e->slicing.n_tables; t++) {
        const agr_slicing_table *table = &e->slicing.table[t];
        const agr_audit_cells cells = {.n_cells = table->n_cells, .cell_of = table->cell_of};
        AGR_TRY(agr_audit_slice_rows(rows, &cells, &slicing, e->pool, &r->slices[t], err));
    }
    return AGR_OK;
}
