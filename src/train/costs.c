/* What a branch costs: measured, not modelled. */
#include <agr/train/costs.h>

#include <agr/base/clock.h>
#include <agr/base/size.h>
#include <agr/train/step.h>
#include <stdio.h>

enum { MEASURED_PASSES = 3 };

/* The weights are thrown away, so all passes are alike: the best of them is the least disturbed. */
static agr_status time_passes(const agr_step *step, const agr_batch *batch, double *best_s,
                              agr_error *err)
{
    agr_head_sums sums[AGR_MAX_HEADS] = {0};
    for (int pass = 0; pass < MEASURED_PASSES; pass++) {
        const double start_s = agr_clock_s();
        const agr_network_batch images = agr_feed_fill(step->feed, batch, AGR_FEED_AUGMENTED);
        AGR_TRY(agr_step_gradient(step, &images, sums, err));
        const double elapsed_s = agr_clock_s() - start_s;
        if (pass == 0 || elapsed_s < *best_s)
            *best_s = elapsed_s;
    }
    return AGR_OK;
}

static agr_status measure(agr_step *step, const agr_config *config, const agr_training_set *set,
                          double *image_ms, agr_error *err)
{
    const int64_t n = agr_min_i64(config->data.micro_batch, set->n_train);
    const agr_network_plan_options plan = {
        .max_images = n, .micro_batch = n, .n_parts = 1, .training = true};
    const agr_batch batch = {.sample = set->train_sample, .n_samples = n};
    double best_s = 0;
    AGR_TRY(agr_network_plan(step->network, &plan, NULL, err));
    agr_network_initialise(step->network, (uint64_t)config->seed);
    AGR_TRY(agr_feed_create(config, set, step->network, &step->feed, err));
    AGR_TRY(agr_feed_plan(step->feed, NULL, err));
    AGR_TRY(time_passes(step, &batch, &best_s, err));
    *image_ms = best_s * 1e3 / (double)n;
    return AGR_OK;
}

static agr_status measure_branch(const agr_config *config, int branch, const agr_training_set *set,
                                 double *image_ms, agr_error *err)
{
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options = agr_training_set_network_options(set, config, target);
    agr_step step = {.reducer = agr_reducer_local()};
    AGR_TRY(agr_network_create(&config->branch[branch], &options, &step.network, err));
    const agr_status status = measure(&step, config, set, image_ms, err);
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
                                         .micro_batch = own.data.micro_batch};
        snprintf(branch->name, sizeof branch->name, "%s", config->branch[b].name);
        agr_variant_name(m->base, m->variant, branch->kind, sizeof branch->kind);
    }
}

agr_status agr_measure_images_ms(const agr_config *config, const agr_training_set *set,
                                 double *image_ms, agr_error *err)
{
    for (int b = 0; b < config->n_branches; b++) {
        if (image_ms[b] > 0)
            continue;
        AGR_TRY(measure_branch(config, b, set, &image_ms[b], err));
        for (int same = b + 1; same < config->n_branches; same++)
            if (image_ms[same] == 0 &&
                agr_members_share_network(&config->branch[b].member, &config->branch[same].member))
                image_ms[same] = image_ms[b];
    }
    return AGR_OK;
}
