/* Judging a model on samples of a set, batch by batch, on all ranks of a team. */
#include <agr/train/evaluate.h>

#include <agr/base/size.h>
#include <agr/train/step.h>
#include <string.h>

static void hand_out_rows(agr_network *network, int64_t first, int64_t n, agr_evaluation_row *row,
                          void *context)
{
    const int n_heads = agr_network_n_heads(network);
    const float *all[AGR_MAX_HEADS], *one[AGR_MAX_HEADS];
    for (int h = 0; h < n_heads; h++)
        all[h] = agr_network_predictions(network, h);
    for (int64_t i = 0; i < n; i++) {
        for (int h = 0; h < n_heads; h++)
            one[h] = all[h] + i * agr_network_head(network, h)->loss.n_columns;
        row(context, first + i, one);
    }
}

static agr_status make_feed(const agr_model *model, const agr_config *config,
                            const agr_training_set *set, agr_feed **feed, agr_error *err)
{
    AGR_TRY(agr_feed_create(config, set, model->network, feed, err));
    return agr_feed_plan(*feed, NULL, err);
}

agr_status agr_model_evaluate(agr_model *model, const agr_config *config,
                              const agr_training_set *set, const agr_batch *all, agr_team *team,
                              agr_head_sums *sums, agr_evaluation_row *row, void *context,
                              agr_error *err)
{
    const int64_t batch_size = config->data.batch_size;
    agr_step step = {.network = model->network, .reducer = agr_team_reducer(team)};
    memset(sums, 0, sizeof *sums * (size_t)agr_network_n_heads(model->network));
    agr_status status = make_feed(model, config, set, &step.feed, err);
    status = agr_agree(agr_team_group(team), status, err);
    for (int64_t first = 0; first < all->n_samples && status == AGR_OK; first += batch_size) {
        agr_shard shard;
        agr_batch batch = *all;
        batch.sample += first;
        batch.n_samples = agr_min_i64(batch_size, all->n_samples - first);
        status = agr_step_judge(&step, &batch, sums, &shard, err);
        if (status == AGR_OK && row != NULL)
            hand_out_rows(model->network, first + agr_shard_first_image(&shard),
                          agr_shard_images(&shard), row, context);
    }
    agr_feed_destroy(step.feed);
    return status;
}
