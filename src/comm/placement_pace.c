/* The pace of a team: how long a step takes it. */
#include "placement_impl.h"

int64_t placement_micro_batches(const agr_placement_branch *branch)
{
    return (branch->batch + branch->micro_batch - 1) / branch->micro_batch;
}

double agr_placement_thread_loss(double one_s, double two_s)
{
    const double loss = 2 * two_s / one_s - 1;
    return loss >= 0 ? fmin(loss, AGR_PLACEMENT_MOST_LOSS) : AGR_PLACEMENT_THREAD_LOSS;
}

static double speed(double thread_loss, int threads)
{
    return threads / (1 + thread_loss * (threads - 1));
}

int64_t placement_fullest_rank(const agr_placement_branch *branch, int n_computing)
{
    const int64_t n = placement_micro_batches(branch);
    return agr_min_i64((n + n_computing - 1) / n_computing * branch->micro_batch, branch->batch);
}

double placement_model_step_ms(const agr_placement_input *input, int branch, int n_computing,
                               int threads)
{
    const agr_placement_branch *b = &input->branch[branch];
    const int64_t fullest = placement_fullest_rank(b, n_computing);
    const double compute_ms = (double)fullest * b->image_ms / speed(b->thread_loss, threads);
    return compute_ms + agr_placement_exchange_ms(input, branch, n_computing, threads, compute_ms);
}

double placement_drift(const agr_placement_branch *b)
{
    return b->drift > 0 ? b->drift : 1;
}

double agr_placement_step_ms(const agr_placement_input *input, int branch, int n_computing,
                             int threads)
{
    return placement_drift(&input->branch[branch]) *
           placement_model_step_ms(input, branch, n_computing, threads);
}

double placement_work_s(const agr_placement_input *input, const int *branch, int n_branches,
                        int n_computing, int threads)
{
    double seconds = 0;
    for (int i = 0; i < n_branches; i++) {
        const agr_placement_branch *b = &input->branch[branch[i]];
        seconds += b->images_left / (double)b->batch *
                   agr_placement_step_ms(input, branch[i], n_computing, threads) / 1000;
    }
    return seconds;
}

double placement_team_work_s(const agr_placement_input *input, const agr_placement_team *team)
{
    return placement_work_s(input, team->branch, team->n_branches, 1, 1);
}
