/**
 * The optimiser table: from gradients to new weights, and the learning rate as a function of the
 * step.
 */
#ifndef AGR_NN_OPTIMISER_H
#define AGR_NN_OPTIMISER_H

#include <agr/nn/network.h>

/** A schedule: the learning rate at schedule step s = 0, 1, ... after so many reductions. */
typedef struct {
    agr_schedule_kind kind;
    double lr;            /* base rate */
    double decay;         /* AGR_SCHEDULE_KERAS: per step */
    double final_lr;      /* AGR_SCHEDULE_COSINE: rate at the last step and after it;
                             AGR_SCHEDULE_PLATEAU: the least rate */
    int64_t n_steps;      /* AGR_SCHEDULE_COSINE: length of the run, warm-up included */
    int64_t warmup_steps; /* 0: none */
    double factor;        /* AGR_SCHEDULE_PLATEAU: of a reduction */
    int patience;         /* AGR_SCHEDULE_PLATEAU: epochs without improvement before one, >= 1 */
} agr_schedule;

/**
 * The rate at step s, with w warm-up steps:
 *
 *     s < w       lr * (s + 1) / w            whatever the kind
 *     keras       lr / (1 + decay * s)        "decay" counts steps from the start, warm-up included
 *     constant    lr
 *     cosine      final_lr + (lr - final_lr) * (1 + cos(pi * (s - w) / (n_steps - w))) / 2,
 *                 final_lr from n_steps on
 *     plateau     lr * factor^reductions, at least final_lr
 *
 * lr, decay, final_lr and factor are rounded to float32 first, as Keras holds them.
 */
double agr_schedule_rate(const agr_schedule *schedule, int64_t s, int64_t reductions);

/** Is there to be a reduction, with the best epoch so many epochs ago? Only of plateau: whenever
 * patience epochs went by without a better one. Source: Keras, ReduceLROnPlateau (cooldown 0). */
bool agr_schedule_reduces(const agr_schedule *schedule, int64_t epochs_since_best);

typedef struct agr_optimiser agr_optimiser;

/** A row of the table: "adam", "adamw", "sgd", "sgd with momentum". What an optimiser remembers of a parameter are its slots, as large as the
 * parameter: 0 at the start, in the network's slabs, part of a branch's state. */
typedef struct {
    const char *name;
    int n_slots;
    const char *slot[AGR_MAX_SLOTS]; /* [n_slots] names: optimizer/<slot>/... in a checkpoint */

    /** Update number t = 1, 2, ... of what the slabs' ranges hold. */
    void (*update)(const agr_optimiser *optimiser, double rate, int64_t t,
                   const agr_trained_slabs *slabs, agr_pool *pool);
} agr_optimiser_kind;

/** The row of this name, or NULL. */
const agr_optimiser_kind *agr_optimiser_find(const char *name);

/** All hyper-parameters are rounded to float32 before use, as Keras and PyTorch hold them. */
struct agr_optimiser {
    const agr_optimiser_kind *kind;
    agr_schedule schedule;
    double beta_1, beta_2, epsilon;
    double weight_decay; /* 0: none */
    double momentum;     /* 0: none */
    bool nesterov;
    double clip_norm; /* largest global norm of the gradient; 0: off */
    double ema;       /* how much an average of the weights keeps each update; 0: no averages */
};

/** The optimiser of a configuration; n_steps: length of the run in steps of this branch, used when
 * schedule.steps is 0. */
agr_optimiser agr_optimiser_from_config(const agr_config *config, int64_t n_steps);

/** Where an optimiser stands, beside its slots. `--lr` sets schedule_step and reductions back to 0,
 * step goes on. */
typedef struct {
    int64_t step;          /* updates done */
    int64_t schedule_step; /* updates done since the schedule began */
    int64_t reductions;    /* of the rate since then, by AGR_SCHEDULE_PLATEAU */
} agr_optimiser_state;

typedef struct {
    double learning_rate; /* used in this update */
    double gradient_norm; /* before clipping; 0 when clipping is off (it is not computed) */
} agr_update;

/**
 * One update of every trained parameter from row 0 of the gradient slab, with
 *
 *     g     = gradient * min(1, clip_norm / |gradient|)
 *     t     = step + 1
 *     d     = weight_decay where the parameter decays (agr_network_ranges()), else 0
 *
 * adam, slots m and v:
 *     alpha = rate * sqrt(1 - beta_2^t) / (1 - beta_1^t)
 *     m    += (g - m) * (1 - beta_1)
 *     v    += (g^2 - v) * (1 - beta_2)
 *     w    -= m * alpha / (sqrt(v) + epsilon)
 *   Source: TensorFlow 2.2, ApplyAdam ("epsilon hat": Kingma & Ba 2015, end of section 2).
 *
 * adamw, slots m and v:
 *     w     = w * (1 - rate * d), then as adam with epsilon * sqrt(1 - beta_2^t) for epsilon, which
 *             is epsilon inside the bias correction
 *   Source: PyTorch, torch.optim.AdamW; Loshchilov & Hutter 2019, "Decoupled weight decay
 *   regularization".
 *
 * sgd, slot momentum unless that is 0:
 *     g    += d * w
 *     b     = momentum * b + g
 *     w    -= rate * b, or with nesterov rate * (g + momentum * b)
 *   Source: PyTorch, torch.optim.SGD.
 *
 * With ema, each parameter and moving statistic then has an average
 *     a    += (w - a) * (1 - min(ema, (t - 1) / (t + 9)))
 *   so that it begins with the weights after the first update and soon forgets early ones.
 *   Source: TensorFlow, ExponentialMovingAverage with num_updates (there (1 + t) / (10 + t)).
 *
 * Replicated, not collective: all ranks hold the same gradient and get the same bits. The network
 * was planned with kind->n_slots, and averages if there is an ema. Advances both steps.
 */
agr_update agr_optimiser_apply(const agr_optimiser *optimiser, agr_optimiser_state *state,
                               agr_network *network);

#endif
