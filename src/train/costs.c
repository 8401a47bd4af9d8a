/* What a branch costs: measured, not modelled. */
#include <agr/train/costs.h>

#include <agr/base/clock.h>
#include <agr/base/cpu.h>
#include <agr/base/pool.h>
#include <agr/base/size.h>
#include <agr/train/step.h>
#include <stdio.h>
#include <string.h>

/* So many passes, and more of a small network for as long as this: one of a millisecond is easily disturbed. */
enum { FEWEST_PASSES = 3 };
#define SHORTEST_S 0.02

/* The weights are thrown away, so all passes are alike: the best of them is the least disturbed. */
static agr_status time_passes(const agr_step *step, const agr_batch *batch, double *best_s,
                              agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS] = {0};
    const double begin_s = agr_clock_s();
    for (int pass = 0; pass < FEWEST_PASSES || agr_clock_s() - begin_s < SHORTEST_S; pass++) {
        const double start_s = agr_clock_s();
        const agr_network_batch images = agr_feed_fill(step->feed, batch, AGR_FEED_AUGMENTED);
        AGR_TRY(agr_step_gradient(step, &images, sums, err));
        const double elapsed_s = agr_clock_s() - start_s;
        if (pass == 0 || elapsed_s < *best_s)
            *best_s = elapsed_s;
    }
    return AGR_OK;
}

/* With so many threads; the network is planned anew. */
static agr_status time_threads(agr_step *step, const agr_config *config, const agr_batch *batch,
                               int n_threads, double *best_s, agr_error *err)
{
    agr_pool *pool;
    const int64_t n = batch->n_samples;
    AGR_TRY(agr_pool_create(n_threads, &pool, err));
    const agr_network_plan_options plan = {
        .max_images = n, .micro_batch = n, .n_parts = 1, .training = true, .pool = pool};
    agr_status status = agr_network_plan(step->network, &plan, NULL, err);
    if (status == AGR_OK) {
        agr_network_initialise(step->network, (uint64_t)config->seed);
        status = agr_feed_plan(step->feed, NULL, err);
    }
    if (status == AGR_OK)
        status = time_passes(step, batch, best_s, err);
    agr_pool_destroy(pool);
    return status;
}

static agr_status measure(agr_step *step, const agr_config *config, const agr_training_set *set,
                          agr_placement_branch *cost, agr_error *err)
{
    const agr_network_traffic traffic = agr_network_traffic_of(step->network);
    cost->gradient_bytes = (double)sizeof(float) * (double)traffic.gradient_floats;
    cost->sum_bytes = (double)sizeof(double) * (double)traffic.sum_doubles;
    cost->n_sums = traffic.n_sums;
    const agr_batch batch = {.sample = set->train_sample,
                             .n_samples = agr_min_i64(config->data.micro_batch, set->n_train)};
    double one_s = 0, two_s = 0;
    AGR_TRY(agr_feed_create(config, set, step->network, &step->feed, err));
    AGR_TRY(time_threads(step, config, &batch, 1, &one_s, err));
    cost->image_ms = one_s * 1e3 / (double)batch.n_samples;
    if (config->threads == 1 || agr_cpu_available() < 2)
        return AGR_OK; /* of no use, or not to be had */
    AGR_TRY(time_threads(step, config, &batch, 2, &two_s, err));
    cost->thread_loss = agr_placement_thread_loss(one_s, two_s);
    return AGR_OK;
}

static agr_status measure_branch(const agr_config *config, int branch, const agr_training_set *set,
                                 agr_placement_branch *cost, agr_error *err)
{
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options = agr_training_set_network_options(set, config, target);
    agr_step step = {.reducer = agr_reducer_local()};
    AGR_TRY(agr_network_create(&config->branch[branch], &options, &step.network, err));
    const agr_status status = measure(&step, config, set, cost, err);
    agr_feed_destroy(step.feed);
    agr_network_destroy(step.network);
    return status;
}

void agr_list_branches(const agr_config *config, agr_placement_input *input)
{
    for (int b = 0; b < config->n_branches; b++) {
        agr_placement_branch *branch = &input->branch[b];
        const agr_member *m = &config->branch[b].member;
        agr_config own;
        agr_config_of_branch(config, b, &own);
        *branch = (agr_placement_branch){.batch = own.data.batch_size,
                                         .micro_batch = own.data.micro_batch,
                                         .thread_loss = AGR_PLACEMENT_THREAD_LOSS};
        snprintf(branch->name, sizeof branch->name, "%s", config->branch[b].name);
        agr_variant_name(m->base, m->variant, branch->kind, sizeof branch->kind);
    }
}

static void copy_cost(const agr_placement_branch *from, agr_placement_branch *to)
{
    to->image_ms = from->image_ms;
    to->thread_loss = from->thread_loss;
    to->gradient_bytes = from->gradient_bytes;
    to->sum_bytes = from->sum_bytes;
    to->n_sums = from->n_sums;
}

agr_status agr_measure_branches(const agr_config *config, const agr_training_set *set,
                                agr_placement_branch *branch, agr_error *err)
{
    for (int b = 0; b < config->n_branches; b++) {
        if (branch[b].image_ms > 0)
            continue;
        AGR_TRY(measure_branch(config, b, set, &branch[b], err));
        for (int same = b + 1; same < config->n_branches; same++)
            if (branch[same].image_ms == 0 &&
                agr_members_share_network(&config->branch[b].member, &config->branch[same].member))
                copy_cost(&branch[b], &branch[same]);
    }
    return AGR_OK;
}

agr_status agr_links_from(const agr_config *config, agr_links *links, bool *is_given,
                          agr_error *err)
{
    *links = AGR_LINKS_ASSUMED;
    *is_given = strcmp(config->comm.network, "auto") != 0;
    return *is_given ? agr_link_parse(config->comm.network, &links->between, err) : AGR_OK;
}
