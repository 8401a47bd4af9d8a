/**
 * A network: a trunk of layers and one or more heads, planned once, then run.
 *
 *     agr_network_create(branch, &options, &network, err);   reads the configuration, infers shapes
 *     agr_network_plan(network, &plan, err);                 memory; the parameters are all zero
 *     agr_network_initialise(network, seed);                 or values from a checkpoint
 *
 *     a training step, on every rank of the team:
 *         agr_network_forward(network, &batch, AGR_FORWARD_TRAIN, reducer, err)
 *         agr_network_loss(network, &batch, reducer, sums, err)
 *         agr_network_backward(network, &batch, reducer, err)
 *         agr_optimiser_apply(&optimiser, network, ...)                        optimiser.h
 *
 * A network never knows whether other ranks exist: what needs the whole batch goes through the
 * reducer (base/reducer.h). forward in training, loss and backward are **collective over the
 * reducer's ranks**: all call them in the same order with shards of the same batch, also a rank
 * that holds no image of it. After a plan nothing is allocated. One thread at a time may use a
 * network; inside, the plan's pool works.
 */
#ifndef AGR_NN_NETWORK_H
#define AGR_NN_NETWORK_H

#include <agr/nn/layer.h>
#include <agr/nn/metric.h>
#include <agr/nn/workspace.h>

typedef struct agr_network agr_network;

/* ---- making one ---- */

typedef struct {
    agr_extent input;          /* of one image: height, width, 3 */
    agr_layer_settings layers; /* what all layers are told; salt is the network's to set */
    double label_smoothing;    /* in training, of heads for classes; in [0,1) */
    const agr_target *targets; /* what the dataset knows; NULL: heads are not checked against it */
    int n_targets;
    const agr_layer_kind *const *kinds; /* the layer table; NULL: agr_layer_kinds */
} agr_network_options;

/** Those that a configuration sets, for images of this extent. Who knows targets adds them. */
agr_network_options agr_network_options_from(const agr_config *config, agr_extent input);

/** Reads the branch (marking its options as asked for), infers every shape, counts parameters.
 * Takes no memory worth speaking of: enough for `plan`'s table. The configuration must outlive the
 * network's creation only. Caller destroys. AGR_INPUT names file, line, layer and what is wrong. */
agr_status agr_network_create(agr_branch_config *branch, const agr_network_options *options,
                              agr_network **network, agr_error *err);

/** NULL is accepted. */
void agr_network_destroy(agr_network *network);

/** How large the batches are and which part of them comes here: part `part` of `n_parts` of the
 * micro-batches, divided by agr_tree_split(). */
typedef struct {
    int64_t max_images;       /* of a global batch, the largest there will be */
    int64_t micro_batch;      /* images */
    int part, n_parts;        /* 0, 1 for a process on its own */
    bool training;            /* gradients are wanted */
    int n_slots;              /* that the optimiser needs (optimiser.h), 0 .. AGR_MAX_SLOTS */
    bool averages;            /* averages of the parameters and moving statistics are wanted */
    agr_pool *pool;           /* borrowed until the next plan; NULL: one thread */
    agr_workspace *workspace; /* likewise; NULL: its own */
} agr_network_plan_options;

/** The shard of a batch of n_images that this plan gives to its part. */
agr_shard agr_network_shard(const agr_network_plan_options *plan, int64_t n_images);

/** Micro-batches that a part has at most, of any batch up to the largest; >= 1. */
int64_t agr_network_longest_shard(const agr_network_plan_options *plan);

/** Bytes of each slab. */
typedef struct {
    size_t parameters;  /* PARAM: 4 bytes a trained parameter */
    size_t gradients;   /* GRAD: one such row for each subtree this part can hold */
    size_t slots;       /* SLOT: what the optimiser remembers, 4 bytes a trained parameter each, and
                           the averages */
    size_t state;       /* STATE: moving statistics */
    size_t activations; /* what forward keeps for backward, packed kernels included */
    size_t work;        /* scratch shared by all layers, gradients between layers */
    size_t total;
} agr_network_memory;

/** Those of them that networks with one workspace take turns in. */
static inline size_t agr_network_memory_of_workspace(const agr_network_memory *memory)
{
    return memory->gradients + memory->activations + memory->work;
}

/** What agr_network_plan() would take, without taking it. Before the first plan only. */
agr_status agr_network_measure(agr_network *network, const agr_network_plan_options *plan,
                               agr_network_memory *memory, agr_error *err);

/** Takes the memory. The first time, parameters, slots and state are zero; when called again (a
 * team changed) they keep their values, and slots are added when they are first asked for.
 * AGR_MEMORY. */
agr_status agr_network_plan(agr_network *network, const agr_network_plan_options *plan,
                            agr_network_memory *memory, agr_error *err);

/** The current plan. Borrowed. */
const agr_network_plan_options *agr_network_plan_of(const agr_network *network);

/* ---- what it consists of ---- */

const char *agr_network_name(const agr_network *network); /* of the branch */

/** Layers in network order: trunk, then the layers of each head. */
int agr_network_n_layers(const agr_network *network);
const agr_layer *agr_network_layer(const agr_network *network, int layer);

/** Index of the layer whose output this layer reads; -1: it reads the images. */
int agr_network_layer_before(const agr_network *network, int layer);

/** What a layer costs, for tables and rooflines. */
typedef struct {
    int64_t n_parameters; /* all */
    int64_t n_trained;
    double multiply_adds; /* forward, one image */
    double flop_forward;  /* 2 * multiply_adds */
    double flop_backward; /* weights' gradient and, where somebody wants it, the input's */
    double bytes_forward; /* of one image: input and output once, as stored (views are free) */
} agr_layer_cost;

agr_layer_cost agr_network_cost(const agr_network *network, int layer);
agr_layer_cost agr_network_total_cost(const agr_network *network);

/** What a training step sums over the ranks of a team, besides a control word. */
typedef struct {
    int64_t
        gradient_floats; /* announced to the reducer; those of collective layers are totals already */
    int n_sums; /* one after the other: of collective layers, forward and backward, and of losses */
    int64_t sum_doubles; /* all rows of them together */
} agr_network_traffic;

agr_network_traffic agr_network_traffic_of(const agr_network *network);

/** Parameters in network order, Keras' order inside a layer; moving statistics among them: what a
 * checkpoint stores. Pointers are NULL before agr_network_plan(). */
int agr_network_n_parameters(const agr_network *network);
const agr_parameter *agr_network_parameter(const agr_network *network, int parameter);
/** Index of the layer that owns the parameter. */
int agr_network_parameter_layer(const agr_network *network, int parameter);

/** The slabs themselves, n_floats each (padding between parameters is 0 and stays 0): the whole of
 * PARAM, SLOT, and the gradient's row 0, which after agr_network_backward() is the total. */
typedef struct {
    size_t n_floats;       /* of values, slot, gradient */
    size_t n_state_floats; /* of state */
    float *values, *slot[AGR_MAX_SLOTS], *gradient, *state;
    float *average, *average_state; /* of values and state; NULL unless planned */
} agr_network_slabs;

agr_network_slabs agr_network_slabs_of(const agr_network *network);

/** The ranges of PARAM by whether weight decay applies: to kernels (parameters of several
 * dimensions), not to biases and what norms learn. Together they are the whole slab. Borrowed. */
const agr_slab_range *agr_network_ranges(const agr_network *network, int *n_ranges);

/** Doubles per leaf that this network ever asks a reducer to sum. */
int64_t agr_network_reduce_width(const agr_network *network);

/** Fills parameters and moving statistics as initialise.h says; slots become 0. */
void agr_network_initialise(agr_network *network, uint64_t seed);

/** Slots become 0, averages what they are averages of. */
void agr_network_clear_slots(agr_network *network);

/* Averages of the parameters and moving statistics over the updates, where they are planned. */

/** Each goes the share `rate` of its way to the present value. */
void agr_network_average(agr_network *network, float rate);

/** The averages take the values' place, and the values theirs; a second call undoes it. */
void agr_network_exchange_averages(agr_network *network);

/** Tells the network that somebody else wrote to its parameters. */
void agr_network_parameters_changed(agr_network *network);

/* ---- heads ---- */

typedef struct {
    char name[AGR_CONFIG_NAME_BYTES];   /* "age_output" */
    char target[AGR_CONFIG_NAME_BYTES]; /* label column */
    double weight;                      /* of its loss in the branch's */
    agr_loss loss;
} agr_head;

int agr_network_n_heads(const agr_network *network);
const agr_head *agr_network_head(const agr_network *network, int head);

/** Index of the layer whose output is the head's raw values. */
int agr_network_head_layer(const agr_network *network, int head);

/** In training, each image's loss and gradient count times the weight of its class from now on;
 * weight [K], [2] of a binary head, is copied. What is judged without training is never weighted.
 * Only of heads that predict a class. AGR_MEMORY. */
agr_status agr_network_weigh_classes(agr_network *network, int head, const double *weight,
                                     agr_error *err);

/** Those weights, NULL: none. Borrowed. */
const double *agr_network_class_weights(const agr_network *network, int head);

/** The bias [K] of the layer that gives the head's raw values; NULL when that has none. Whoever
 * writes to it tells agr_network_parameters_changed(). Its value is NULL before the plan. */
const agr_parameter *agr_network_last_bias(const agr_network *network, int head);

/* ---- running it ---- */

/** The images of one global batch that are here, N = agr_shard_images(&shard) of them. Everything
 * is borrowed and must stay until agr_network_backward() has returned. */
typedef struct {
    agr_shard shard;                 /* micro_batch and part as planned */
    const float *images;             /* [N,H,W,3] */
    const float *const *labels;      /* [heads][N], NaN = no label; not needed by forward */
    const agr_draw_address *address; /* [N], for dropout; not needed to infer */
    /* Of images that were mixed of two. Losses, what metrics are made of and gradients are then
     * lambda times those by labels, and 1 - lambda times those by partner_labels. */
    const float *const
        *partner_labels; /* [heads][N] of the second picture; NULL: none were mixed */
    const float *lambda; /* [N] in [0,1], the first one's share; 1 where either has a label NaN */
} agr_network_batch;

/** Runs all layers. In training the batch norms sum over the global batch and update their moving
 * statistics; AGR_FORWARD_INFER is not collective. */
agr_status agr_network_forward(agr_network *network, const agr_network_batch *batch,
                               agr_forward_mode mode, agr_reducer *reducer, agr_error *err);

/**
 * Judges the heads' outputs: sums[head] over the *global* batch, the same bits on every rank. One
 * exchange for all heads. AGR_INPUT when a label cannot be one; AGR_NUMERIC when a loss is not
 * finite, naming branch, head and the first layer here whose output is not.
 */
agr_status agr_network_loss(agr_network *network, const agr_network_batch *batch,
                            agr_reducer *reducer, agr_head_sums *sums, agr_error *err);

/**
 * The gradient of
 *
 *     sum over heads of  weight * sum of the head's losses / its labelled images in the batch
 *
 * with respect to every trained parameter, into row 0 of the gradient slab.
 * After forward in training and loss of the same batch. Announces each layer's range to the reducer
 * as it completes, last layer first, and lets exchanges make progress between layers.
 */
agr_status agr_network_backward(agr_network *network, const agr_network_batch *batch,
                                agr_reducer *reducer, agr_error *err);

/** What the head says about the images of the last forward: [N,K] after the head's activation
 * (numbers, probabilities). Valid until the next forward. */
const float *agr_network_predictions(agr_network *network, int head);

/** Whether all of them are numbers, before activation too (a sigmoid hides an infinity).
 * AGR_NUMERIC names branch and head, the hint the layer where it began. */
agr_status agr_network_check_predictions(agr_network *network, agr_error *err);

/* ---- measuring it ---- */

/** Seconds spent in each layer since the last reset, batch norms' waiting for the team included. */
typedef struct {
    double forward_s;
    double backward_s;
} agr_layer_time;

agr_layer_time agr_network_layer_time(const agr_network *network, int layer);
void agr_network_reset_times(agr_network *network);

#endif
