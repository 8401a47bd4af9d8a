#include <agr/nn/optimiser.h>

#include <agr/base/elementary.h>
#include <math.h>

/* Keras holds hyper-parameters as float32; what is computed from them here is double. */
static double as_float(double value)
{
    return (double)(float)value;
}

static double cosine_rate(const agr_schedule *schedule, int64_t s)
{
    const double first = as_float(schedule->lr), last = as_float(schedule->final_lr);
    const double length = (double)(schedule->n_steps - schedule->warmup_steps);
    if (s >= schedule->n_steps || length <= 0)
        return last;
    const double share = (double)(s - schedule->warmup_steps) / length;
    return last + (first - last) * (1 + agr_cos(M_PI * share)) / 2;
}

double agr_schedule_rate(const agr_schedule *schedule, int64_t s)
{
    const double lr = as_float(schedule->lr);
    if (s < schedule->warmup_steps)
        return lr * (double)(s + 1) / (double)schedule->warmup_steps;
    switch (schedule->kind) {
    case AGR_SCHEDULE_KERAS:
        return lr / (1 + as_float(schedule->decay) * (double)s);
    case AGR_SCHEDULE_COSINE:
        return cosine_rate(schedule, s);
    case AGR_SCHEDULE_CONSTANT:
        break;
    }
    return lr;
}

agr_optimiser agr_optimiser_from_config(const agr_config *config, int64_t n_steps)
{
    return (agr_optimiser){
        .schedule = {.kind = config->schedule.kind,
                     .lr = config->optimizer.lr,
                     .decay = config->optimizer.decay,
                     .final_lr = config->schedule.final_lr,
                     .n_steps = config->schedule.steps > 0 ? config->schedule.steps : n_steps,
                     .warmup_steps = config->schedule.warmup_steps},
        .beta_1 = config->optimizer.beta_1,
        .beta_2 = config->optimizer.beta_2,
        .epsilon = config->optimizer.epsilon,
        .clip_norm = config->optimizer.clip_norm,
    };
}

static double step_size(const agr_optimiser *optimiser, double rate, int64_t t)
{
    const double beta_1 = as_float(optimiser->beta_1), beta_2 = as_float(optimiser->beta_2);
    return rate * sqrt(1 - agr_power(beta_2, t)) / (1 - agr_power(beta_1, t));
}

agr_update agr_optimiser_apply(const agr_optimiser *optimiser, agr_optimiser_state *state,
                               agr_network *network)
{
    const agr_network_slabs slabs = agr_network_slabs_of(network);
    agr_pool *pool = agr_network_plan_of(network)->pool;
    agr_update update = {.learning_rate =
                             agr_schedule_rate(&optimiser->schedule, state->schedule_step)};
    agr_adam adam = {
        .alpha = (float)step_size(optimiser, update.learning_rate, state->adam_step + 1),
        .beta_1 = (float)optimiser->beta_1,
        .beta_2 = (float)optimiser->beta_2,
        .epsilon = (float)optimiser->epsilon,
        .gradient_scale = 1,
    };
    if (optimiser->clip_norm > 0) {
        update.gradient_norm = sqrt(agr_sum_of_squares(pool, slabs.n_floats, slabs.gradient));
        if (update.gradient_norm > optimiser->clip_norm)
            adam.gradient_scale = (float)(optimiser->clip_norm / update.gradient_norm);
    }
    agr_adam_apply(pool, &adam, slabs.n_floats, slabs.gradient, slabs.m, slabs.v, slabs.values);
    agr_network_parameters_changed(network);
    state->adam_step++;
    state->schedule_step++;
    return update;
}
