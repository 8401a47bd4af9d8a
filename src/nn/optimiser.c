/* The optimiser table and the schedules of the rate. */
#include <agr/nn/optimiser.h>

#include <agr/base/elementary.h>
#include <math.h>
#include <string.h>

/* ---- schedules ---- */

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

double agr_schedule_rate(const agr_schedule *schedule, int64_t s, int64_t reductions)
{
    const double lr = as_float(schedule->lr);
    if (s < schedule->warmup_steps)
        return lr * (double)(s + 1) / (double)schedule->warmup_steps;
    switch (schedule->kind) {
    case AGR_SCHEDULE_KERAS:
        return lr / (1 + as_float(schedule->decay) * (double)s);
    case AGR_SCHEDULE_COSINE:
        return cosine_rate(schedule, s);
    case AGR_SCHEDULE_PLATEAU:
        return fmax(as_float(schedule->final_lr),
                    lr * agr_power(as_float(schedule->factor), reductions));
    case AGR_SCHEDULE_CONSTANT:
        break;
    }
    return lr;
}

bool agr_schedule_reduces(const agr_schedule *schedule, int64_t epochs_since_best)
{
    return schedule->kind == AGR_SCHEDULE_PLATEAU && epochs_since_best > 0 &&
           epochs_since_best % schedule->patience == 0;
}

/* ---- the table ---- */

static agr_adam adam_at(const agr_optimiser *o, double rate, int64_t t)
{
    const double beta_1 = as_float(o->beta_1), beta_2 = as_float(o->beta_2);
    return (agr_adam){
        .alpha = (float)(rate * sqrt(1 - agr_power(beta_2, t)) / (1 - agr_power(beta_1, t))),
        .beta_1 = (float)o->beta_1,
        .beta_2 = (float)o->beta_2,
        .epsilon = (float)o->epsilon,
        .keep = 1,
    };
}

static void update_adam(const agr_optimiser *o, double rate, int64_t t,
                        const agr_trained_slabs *slabs, agr_pool *pool)
{
    const agr_adam adam = adam_at(o, rate, t);
    agr_adam_apply(pool, &adam, slabs);
}

/* PyTorch's epsilon is added after the bias correction of v. */
static void update_adamw(const agr_optimiser *o, double rate, int64_t t,
                         const agr_trained_slabs *slabs, agr_pool *pool)
{
    agr_adam adam = adam_at(o, rate, t);
    adam.epsilon = (float)(as_float(o->epsilon) * sqrt(1 - agr_power(as_float(o->beta_2), t)));
    adam.keep = (float)(1 - rate * as_float(o->weight_decay));
    agr_adam_apply(pool, &adam, slabs);
}

static void update_sgd(const agr_optimiser *o, double rate, int64_t t,
                       const agr_trained_slabs *slabs, agr_pool *pool)
{
    (void)t;
    const agr_sgd sgd = {
        .rate = (float)rate,
        .weight_decay = (float)o->weight_decay,
        .momentum = (float)o->momentum,
        .nesterov = o->nesterov,
    };
    agr_sgd_apply(pool, &sgd, slabs);
}

static const agr_optimiser_kind kinds[] = {
    {"adam", 2, {"m", "v"}, update_adam},
    {"adamw", 2, {"m", "v"}, update_adamw},
    {"sgd", 0, {NULL}, update_sgd},
    {"sgd with momentum", 1, {"momentum"}, update_sgd},
};

const agr_optimiser_kind *agr_optimiser_find(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static const char *kind_name(const agr_config *config)
{
    switch (config->optimizer.kind) {
    case AGR_OPTIMIZER_ADAMW:
        return "adamw";
    case AGR_OPTIMIZER_SGD:
        return config->optimizer.momentum > 0 ? "sgd with momentum" : "sgd";
    case AGR_OPTIMIZER_ADAM:
        break;
    }
    return "adam";
}

agr_optimiser agr_optimiser_from_config(const agr_config *config, int64_t n_steps)
{
    return (agr_optimiser){
        .kind = agr_optimiser_find(kind_name(config)),
        .schedule = {.kind = config->schedule.kind,
                     .lr = config->optimizer.lr,
                     .decay = config->optimizer.decay,
                     .final_lr = config->schedule.final_lr,
                     .n_steps = config->schedule.steps > 0 ? config->schedule.steps : n_steps,
                     .warmup_steps = config->schedule.warmup_steps,
                     .factor = config->schedule.factor,
                     .patience = config->schedule.patience},
        .beta_1 = config->optimizer.beta_1,
        .beta_2 = config->optimizer.beta_2,
        .epsilon = config->optimizer.epsilon,
        .weight_decay = config->optimizer.weight_decay,
        .momentum = config->optimizer.momentum,
        .nesterov = config->optimizer.nesterov,
        .clip_norm = config->optimizer.clip_norm,
        .ema = config->optimizer.ema,
    };
}

/* ---- an update ---- */

/* Update t = 1, 2, ... moves an average so far towards the weights. */
static float average_rate(double ema, int64_t t)
{
    return (float)(1 - fmin(as_float(ema), (double)(t - 1) / (double)(t + 9)));
}

agr_update agr_optimiser_apply(const agr_optimiser *optimiser, agr_optimiser_state *state,
                               agr_network *network)
{
    const agr_network_slabs slabs = agr_network_slabs_of(network);
    agr_pool *pool = agr_network_plan_of(network)->pool;
    agr_update update = {.learning_rate = agr_schedule_rate(
                             &optimiser->schedule, state->schedule_step, state->reductions)};
    agr_trained_slabs trained = {
        .gradient = slabs.gradient, .gradient_scale = 1, .value = slabs.values};
    trained.range = agr_network_ranges(network, &trained.n_ranges);
    for (int i = 0; i < optimiser->kind->n_slots; i++)
        trained.slot[i] = slabs.slot[i];
    if (optimiser->clip_norm > 0) {
        update.gradient_norm = sqrt(agr_sum_of_squares(pool, slabs.n_floats, slabs.gradient));
        if (update.gradient_norm > optimiser->clip_norm)
            trained.gradient_scale = (float)(optimiser->clip_norm / update.gradient_norm);
    }
    state->step++;
    state->schedule_step++;
    optimiser->kind->update(optimiser, update.learning_rate, state->step, &trained, pool);
    if (optimiser->ema > 0)
        agr_network_average(network, average_rate(optimiser->ema, state->step));
    agr_network_parameters_changed(network);
    return update;
}
