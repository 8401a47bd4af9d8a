/*
 * One training step of one branch.
 *
 * All ranks of the team that trains the branch are in this file at the same time, with the same
 * batch of sample ids and the same weights. Each takes its own micro-batches through it:
 *
 *     sample ids  ->  feed       pictures, varied at random, and labels
 *                 ->  forward    raw values of the heads; batch norms meet the team
 *                 ->  loss       losses and metrics, summed over the whole batch
 *                 ->  backward   gradients; each layer's sum over the team begins when it is ready
 *                 ->  optimiser  new weights, on every rank by itself
 *
 * and after it turn.c asks what all of them do next (agr_team_decide() in comm/team.h: the control
 * word).
 *
 * Two rules make all ranks leave it with the same weights to the last bit, however many they are.
 * Whatever is drawn at random is a function of seed, epoch and sample, never of who draws it. And
 * every sum over pictures is the sum over a fixed binary tree of micro-batches (base/tree.h),
 * whoever holds them.
 */
#include <agr/train/step.h>

static void add_sums(const agr_network *network, const agr_head_sums *of_batch, agr_head_sums *sums)
{
    for (int h = 0; h < agr_network_n_heads(network); h++)
        agr_head_sums_add(&sums[h], &of_batch[h]);
}

agr_status agr_step_gradient(const agr_step *step, const agr_network_batch *batch,
                             agr_head_sums *sums, agr_error *err)
{
    agr_head_sums of_batch[AGR_MAX_HEADS];
    AGR_TRY(agr_network_forward(step->network, batch, AGR_FORWARD_TRAIN, step->reducer, err));
    AGR_TRY(agr_network_loss(step->network, batch, step->reducer, of_batch, err));
    AGR_TRY(agr_network_backward(step->network, batch, step->reducer, err));
    add_sums(step->network, of_batch, sums);
    return AGR_OK;
}

agr_status agr_step_train(const agr_step *step, const agr_batch *batch, agr_head_sums *sums,
                          agr_update *update, agr_error *err)
{
    const agr_network_batch mine = agr_feed_fill(step->feed, batch, AGR_FEED_AUGMENTED);
    AGR_TRY(agr_step_gradient(step, &mine, sums, err));
    *update = agr_optimiser_apply(step->optimiser, step->optimiser_state, step->network);
    return AGR_OK;
}

agr_status agr_step_judge(const agr_step *step, const agr_batch *batch, agr_head_sums *sums,
                          agr_shard *judged, agr_error *err)
{
    agr_head_sums of_batch[AGR_MAX_HEADS];
    const agr_network_batch mine = agr_feed_fill(step->feed, batch, AGR_FEED_PLAIN);
    AGR_TRY(agr_network_forward(step->network, &mine, AGR_FORWARD_INFER, step->reducer, err));
    AGR_TRY(agr_network_loss(step->network, &mine, step->reducer, of_batch, err));
    add_sums(step->network, of_batch, sums);
    if (judged != NULL)
        *judged = mine.shard;
    return AGR_OK;
}
