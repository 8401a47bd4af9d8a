/* A trainee's way through an epoch: training steps in the epoch's order, validation batches, and
 * what is decided at its end. */
#include "trainee_impl.h"

#include <agr/base/size.h>
#include <agr/data/order.h>
#include <agr/train/halving.h>
#include <agr/train/step.h>
#include <math.h>
#include <string.h>

/* ---- where it is ---- */

static bool is_over(const agr_trainee *trainee)
{
    const int64_t max_steps = trainee->config->train.max_steps;
    return trainee->position.epoch >= trainee->n_epochs ||
           (max_steps > 0 && trainee->position.train_steps >= max_steps);
}

agr_branch_ending trainee_ending(const agr_trainee *trainee)
{
    const int patience = trainee->config->train.early_stop_patience;
    const agr_position *p = &trainee->position;
    if (p->ending == AGR_BRANCH_HALVED && agr_halving_rung(trainee->config, p->epoch) >= 0)
        return AGR_BRANCH_HALVED;
    if (is_over(trainee))
        return AGR_BRANCH_FINISHED;
    return patience > 0 && p->epochs_since_best >= patience ? AGR_BRANCH_STOPPED_EARLY
                                                            : AGR_BRANCH_RUNNING;
}

static int64_t images_of_phase(const agr_trainee *trainee)
{
    return trainee->position.phase == AGR_PHASE_VALIDATE ? trainee->set->n_validation
                                                         : trainee->set->n_train;
}

int64_t trainee_batches_of_phase(const agr_trainee *trainee)
{
    return agr_epoch_batches(images_of_phase(trainee), trainee->config->data.batch_size);
}

/* Forward without backward: about a third of the work. */
#define JUDGED_IMAGE (1.0 / 3)

static double images_of_epoch(const agr_trainee *trainee)
{
    return (double)trainee->set->n_train + JUDGED_IMAGE * (double)trainee->set->n_validation;
}

/* Of so many images' work what train.max_steps leaves after n_steps. */
static double within_steps(const agr_trainee *trainee, double images, int64_t n_steps)
{
    const int64_t max_steps = trainee->config->train.max_steps;
    const int64_t batch_size = trainee->config->data.batch_size;
    return max_steps > 0 ? fmin(images, (double)((max_steps - n_steps) * batch_size)) : images;
}

double agr_trainee_images_all(const agr_trainee *trainee)
{
    return within_steps(trainee, (double)trainee->n_epochs * images_of_epoch(trainee), 0);
}

double agr_trainee_images_left(const agr_trainee *trainee)
{
    const agr_position *p = &trainee->position;
    const int64_t batch_size = trainee->config->data.batch_size;
    if (p->phase == AGR_PHASE_ENDED)
        return 0;
    const double n_done = (double)(p->step * batch_size);
    const double done_of_epoch = p->phase == AGR_PHASE_TRAIN
                                     ? n_done
                                     : (double)trainee->set->n_train + JUDGED_IMAGE * n_done;
    const double left =
        (double)(trainee->n_epochs - p->epoch) * images_of_epoch(trainee) - done_of_epoch;
    return fmax(within_steps(trainee, left, p->train_steps), (double)batch_size);
}

agr_pace agr_trainee_pace(const agr_trainee *trainee)
{
    const agr_position *p = &trainee->position;
    const int64_t n = images_of_phase(trainee);
    const agr_head_figures figures = figures_of_head(trainee->network, 0, p->train);
    return (agr_pace){.branch = trainee->branch,
                      .validates = p->phase == AGR_PHASE_VALIDATE,
                      .epoch = p->epoch + 1,
                      .n_epochs = trainee->n_epochs,
                      .n_images = n,
                      .n_done = agr_min_i64(n, p->step * trainee->config->data.batch_size),
                      .images_left = agr_trainee_images_left(trainee),
                      .loss = figures.loss,
                      .metric = figures.metric};
}

/* ---- one batch ---- */

static const int64_t *order_of_epoch(agr_trainee *trainee)
{
    if (trainee->order_epoch != trainee->position.epoch) {
        const uint64_t seed = (uint64_t)trainee->config->seed;
        if (trainee->balanced != NULL)
            agr_balanced_order_fill(trainee->balanced, seed, trainee->position.epoch,
                                    trainee->order, trainee->occurrence);
        else
            agr_epoch_order(seed, trainee->position.epoch, trainee->config->data.shuffle,
                            trainee->set->train_sample, trainee->set->n_train, trainee->order);
        trainee->order_epoch = trainee->position.epoch;
    }
    return trainee->order;
}

/* The next batch_size of n samples, or what is left of them; occurrence as in agr_batch. */
static agr_batch next_batch(const agr_trainee *trainee, const int64_t *sample,
                            const uint32_t *occurrence, int64_t n)
{
    const int64_t batch_size = trainee->config->data.batch_size;
    const int64_t first = trainee->position.step * batch_size;
    return (agr_batch){.sample = sample + first,
                       .n_samples = agr_min_i64(batch_size, n - first),
                       .epoch = trainee->position.epoch,
                       .occurrence = occurrence != NULL ? occurrence + first : NULL};
}

static agr_step step_of(agr_trainee *trainee)
{
    return (agr_step){.network = trainee->network,
                      .feed = trainee->feed,
                      .reducer = agr_team_reducer(trainee->team),
                      .optimiser = &trainee->optimiser,
                      .optimiser_state = &trainee->position.optimiser};
}

agr_status agr_trainee_step(agr_trainee *trainee, agr_error *err)
{
    agr_position *p = &trainee->position;
    agr_update update;
    const agr_step step = step_of(trainee);
    const int64_t *order = order_of_epoch(trainee);
    const agr_batch batch = next_batch(trainee, order, trainee->occurrence, trainee->set->n_train);
    AGR_TRY(agr_step_train(&step, &batch, p->train, &update, err));
    p->learning_rate = update.learning_rate;
    p->step++;
    p->train_steps++;
    return AGR_OK;
}

/* Judged are the averages of the weights, where there are some. */
static agr_status judge(agr_trainee *trainee, const agr_batch *batch, agr_error *err)
{
    const agr_step step = step_of(trainee);
    const bool averages = trainee->optimiser.ema > 0;
    if (averages)
        agr_network_exchange_averages(trainee->network);
    const agr_status status = agr_step_judge(&step, batch, trainee->position.validation, NULL, err);
    if (averages)
        agr_network_exchange_averages(trainee->network);
    return status;
}

static agr_status validate(agr_trainee *trainee, agr_error *err)
{
    const agr_training_set *set = trainee->set;
    const agr_batch batch = next_batch(trainee, set->validation_sample, NULL, set->n_validation);
    AGR_TRY(judge(trainee, &batch, err));
    trainee->position.step++;
    return AGR_OK;
}

/* ---- the end of an epoch ---- */

static void fill_report(const agr_trainee *trainee, agr_epoch_report *report)
{
    const agr_position *p = &trainee->position;
    const agr_network *network = trainee->network;
    *report = (agr_epoch_report){
        .branch = trainee->branch,
        .epoch = p->epoch + 1,
        .lr = p->learning_rate,
        .loss = figures_loss(network, p->train),
        .validation_loss = figures_loss(network, p->validation),
        .n_ranks = agr_team_size(trainee->team),
    };
    for (int h = 0; h < agr_network_n_heads(network); h++) {
        report->train[h] = figures_of_head(network, h, p->train);
        report->validation[h] = figures_of_head(network, h, p->validation);
    }
}

static void complete_epoch(agr_trainee *trainee, agr_epoch_report *report)
{
    agr_position *p = &trainee->position;
    const double value = figures_monitored(trainee->network, p, trainee->config->train.monitor);
    fill_report(trainee, report);

    p->epoch++;
    p->phase = AGR_PHASE_TRAIN;
    p->step = 0;
    memset(p->train, 0, sizeof p->train);
    memset(p->validation, 0, sizeof p->validation);
    p->epochs_since_best++;
    if (value < p->best_value) {
        p->best_value = value;
        p->best_epoch = p->epoch;
        p->epochs_since_best = 0;
    }
    if (agr_schedule_reduces(&trainee->optimiser.schedule, p->epochs_since_best))
        p->optimiser.reductions++;
    p->ending = trainee_ending(trainee);
    if (p->ending != AGR_BRANCH_RUNNING)
        p->phase = AGR_PHASE_ENDED;
    report->is_best = p->epochs_since_best == 0;
    report->ending = (int32_t)p->ending;
}

agr_status agr_trainee_advance(agr_trainee *trainee, bool *completed, agr_epoch_report *report,
                               agr_error *err)
{
    agr_position *p = &trainee->position;
    *completed = false;
    AGR_ASSERT(p->phase != AGR_PHASE_ENDED);

    AGR_TRY(p->phase == AGR_PHASE_TRAIN ? agr_trainee_step(trainee, err) : validate(trainee, err));
    if (p->phase == AGR_PHASE_TRAIN && p->step == trainee_batches_of_phase(trainee)) {
        p->phase = AGR_PHASE_VALIDATE;
        p->step = 0;
    } else if (p->phase == AGR_PHASE_TRAIN && is_over(trainee)) {
        p->phase = AGR_PHASE_ENDED;
        p->ending = AGR_BRANCH_FINISHED;
    }
    if (p->phase == AGR_PHASE_VALIDATE && p->step == trainee_batches_of_phase(trainee)) {
        complete_epoch(trainee, report);
        *completed = true;
    }
    return AGR_OK;
}
