/**
 * The smaller kernels: depthwise convolution, batch norm, pooling, dense, activations, dropout,
 * resize.
 *
 * Conventions as in view.h and conv.h. `shard` says which micro-batches are here; x, y and
 * gradients hold the local images only. None of these can fail; shapes were checked when the layer
 * was planned. Same bits for any number of threads and for any division of a batch into local
 * parts.
 */
#ifndef AGR_KERNELS_LAYERS_H
#define AGR_KERNELS_LAYERS_H

#include <agr/base/gemm.h>
#include <agr/base/random.h>
#include <agr/kernels/view.h>
#include <agr/kernels/weight_gradient.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum {
    AGR_ACTIVATION_LINEAR,
    AGR_ACTIVATION_RELU,
    AGR_ACTIVATION_SIGMOID,
    AGR_ACTIVATION_SOFTMAX
} agr_activation;

/* ---- depthwise convolution, 3x3, 'same' */

/** y[n,i,j,c] = act(b[c] + sum_{u,v} w[u,v,c] * x[n, i+u-1, j+v-1, c]), act linear or ReLU.
 * sums as in agr_conv_forward(). work: agr_depthwise_work_floats() floats.
 * Source: Keras DepthwiseConv2D, depth multiplier 1. Cost: 18*N*H*W*C flop. */
void agr_depthwise_forward(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                           const float *w, const float *bias, bool relu, float *y, double *sums,
                           float *work);

/** As agr_conv_backward(): dz = dy (masked by y > 0 with relu); dw[u,v,c] = tree sum of dz * x,
 * db[c] = tree sum of dz, dx (NULL: not wanted) the transpose. work as in forward. */
void agr_depthwise_backward(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                            const float *w, bool relu, const float *y, const agr_gradient_view *dy,
                            float *dx, agr_weight_gradient dw, agr_weight_gradient db, float *work);

/** For any number of micro-batches up to max_micro_batches and a pool of up to n_threads. */
size_t agr_depthwise_work_floats(agr_extent extent, int64_t max_micro_batches, int n_threads);

/* ---- batch norm */

/** sums[m][0][c] = sum x, sums[m][1][c] = sum x^2 over micro-batch m, for inputs whose producer
 * gave none. Leaves may be added in float over at most 32 pixels, then in double (base/tree.h). */
void agr_batch_norm_sums(agr_pool *pool, const agr_shard *shard, agr_extent extent, agr_view x,
                         double *sums);

/**
 * Sums for the backward pass, per micro-batch m, of the gradient g arriving at the output:
 *     sums[m][0][c] = sum g,   sums[m][1][c] = sum g * (x - mean[c])
 * x [N,H,W,C] is the input of the batch norm. A pooled g touches only the pooled positions; when
 * the pool has kept their x (`picked` of agr_max_pool_forward()), pass the pooled extent, that x
 * and a view of window 1: the same sums without coming back to the large tensor.
 */
void agr_batch_norm_gradient_sums(agr_pool *pool, const agr_shard *shard, agr_extent extent,
                                  const float *x, const float *mean, const agr_gradient_view *g,
                                  double *sums);

/* ---- pooling */

/** Max-pool, window w in {2,3} (any small w), stride w, 'valid': y [N,H/w,W/w,C], argmax likewise:
 * position of the first largest *value* in row-major order (ties of values after the view's
 * affine). Remainder rows and columns are dropped. picked: NULL, or [N,H/w,W/w,C] for x.data at
 * argmax (the input of a batch norm that the view applies). argmax may be NULL (inference). */
void agr_max_pool_forward(agr_pool *pool, int64_t n_images, agr_extent extent, int window,
                          agr_view x, float *y, float *picked, uint8_t *argmax);

/** y[n,c] = mean over pixels of the view's value. */
void agr_global_average_forward(agr_pool *pool, int64_t n_images, agr_extent extent, agr_view x,
                                float *y);
/** dx[n,i,j,c] = dy[n,c] / (H*W). */
void agr_global_average_backward(agr_pool *pool, int64_t n_images, agr_extent extent,
                                 const float *dy, float *dx);

/* ---- dense */

/** A fully connected layer. */
typedef struct {
    int64_t n_in, n_out; /* I, O */
    bool relu;           /* as in conv */
    agr_gemm gemm;       /* AGR_GEMM_OPENBLAS: agr_openblas_load() comes before */
} agr_dense;

/** Scratch for forward and backward. max_images, max_micro_batches: most that this process holds. */
size_t agr_dense_work_floats(const agr_dense *dense, int64_t max_images, int64_t max_micro_batches,
                             int n_threads);

/** y[n,o] = b[o] + sum_i x[n,i] * w[i,o]; x [N,I], w [I,O], for the local images of `shard`. Each
 * y[n,o] is summed in one fixed order whatever N is. Of our own kernels a weight matrix of hundreds
 * of thousands of rows (I = 262,144) is read once per call, not once per micro-batch.
 * work: agr_dense_work_floats() floats. */
void agr_dense_forward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                       const float *x, const float *w, const float *bias, float *y, float *work);

/** dw[i,o] = tree sum over micro-batches of (sum over its images x[n,i] * dz[n,o]), the leaves
 * formed and folded in registers or cache; db likewise; dx[n,i] = sum_o dz[n,o] * w[i,o] (NULL: not
 * wanted). dz [N,O] is the gradient before the activation (mask already applied). */
void agr_dense_backward(const agr_dense *dense, agr_pool *pool, const agr_shard *shard,
                        const float *x, const float *w, const float *dz, float *dx,
                        agr_weight_gradient dw, agr_weight_gradient db, float *work);

/** db alone, of any layer that adds a bias to a flat tensor. leaves: N * O floats of scratch. */
void agr_bias_gradient(const agr_shard *shard, int64_t n_out, const float *dz,
                       agr_weight_gradient db, float *leaves);

/* ---- elementwise */

/** y = max(x, 0) for a view of n_images images. y may be x.data. */
void agr_relu_forward(agr_pool *pool, int64_t n_images, agr_extent extent, agr_view x, float *y);
/** dx = dy where y > 0, else 0. dx may be dy. */
void agr_relu_backward(agr_pool *pool, int64_t n_elements, const float *y, const float *dy,
                       float *dx);
/** y = 1 / (1 + exp(-x)), without overflow. */
void agr_sigmoid_forward(agr_pool *pool, int64_t n_elements, const float *x, float *y);
/** y[n,:] = softmax(x[n,:]), shifted by the row's maximum. */
void agr_softmax_forward(agr_pool *pool, int64_t n_rows, int64_t n_columns, const float *x,
                         float *y);

/**
 * Inverted dropout: y = x * float(1/(1-rate)) where u >= rate, else 0; u from key at counter
 * (epoch, sample, occurrence << 8 | layer, element / 4), word element % 4, element counted in NHWC
 * order inside the image. In place allowed. Backward is the same function applied to dy.
 */
void agr_dropout(agr_pool *pool, int64_t n_images, int64_t image_size, agr_random_key key,
                 uint32_t layer, const agr_draw_address *address, float rate, const float *x,
                 float *y);

/** Bilinear resize of float images, half-pixel centres, edges clamped;
 * exact transpose as backward. */
void agr_resize_forward(agr_pool *pool, int64_t n_images, agr_extent in, int64_t out_height,
                        int64_t out_width, agr_view x, float *y);
void agr_resize_backward(agr_pool *pool, int64_t n_images, agr_extent in, int64_t out_height,
                         int64_t out_width, const float *dy, float *dx);

/* ---- losses */

/**
 * One row per image: loss[n] (double), and, unless dz is NULL, dz[n,k] = d loss[n] / d z[n,k] *
 * gradient_scale. z are the pre-activation outputs (logits). target[n] is the label; NaN = no
 * label: loss 0, gradient 0. A label that the loss cannot take (see each) gives a NaN loss and NaN
 * gradients, never an access out of bounds: whoever reads labels refuses those with a message.
 * Evaluated in double. Mean or sum over the batch is the caller's, through gradient_scale.
 */
typedef struct {
    int64_t n_rows, n_columns;
    const float *z;      /* [N,K] */
    const float *target; /* [N] */
    float gradient_scale;
    double *loss; /* [N] */
    float *dz;    /* [N,K] or NULL */
    /* [K], of one logit [2]: loss and gradient of a row are multiplied by that of its class; NULL:
     * by 1. Only the crossentropies look at it. */
    const double *class_weight;
    /* The crossentropies take as target the label with 1 - smoothing and all K classes (0 and 1 of
     * one logit) with smoothing / K each; in [0,1), 0: the label alone. Source: Szegedy et al. 2016,
     * "Rethinking the Inception architecture for computer vision"; Keras' label_smoothing. */
    double smoothing;
} agr_loss_rows;

/** L = (z - y)^2, K = 1. */
void agr_loss_mse(const agr_loss_rows *rows);

/** L = max(z,0) - z*y + log(1 + exp(-|z|)), K = 1, y in [0,1].
 * dL/dz = sigmoid(z) - y. */
void agr_loss_binary_crossentropy(const agr_loss_rows *rows);

/** L = -log p_y, p = softmax(z); y is a class index, a whole number in [0,K).
 * dL/dz_k = p_k - (k == y). */
void agr_loss_softmax_crossentropy(const agr_loss_rows *rows);

/**
 * A number y as one of K classes: class k stands for the number j(k) = first_value + k.
 * p = softmax(z), E = sum_k j(k) p_k the prediction by expectation.
 *
 * The first three below are the tutorial's, as written. Two of them are no proper losses: beside
 * the certain, right answer they are exactly 0 for others too, and a descent may end there.
 */
typedef struct {
    double first_value;         /* the number that class 0 stands for */
    bool log1p;                 /* mse_crossentropy: log(1 + number) instead of log(number) */
    double sigma;               /* label distribution: width of the target, in numbers; > 0 */
    double mean_weight;         /* mean-variance: lambda_1; Pan et al. take 0.2 */
    double variance_weight;     /* mean-variance: lambda_2; Pan et al. take 0.05 */
    double crossentropy_weight; /* mean-variance: 1 as published, 0 for the two terms alone */
} agr_number_classes;

/** L = (E - y)^2. Any y. */
void agr_loss_expected_mse(const agr_loss_rows *rows, const agr_number_classes *classes);

/** L = sum_k p_k (j - p_k y)^2. Any y. False minima: L = 0 for every set S of numbers with sum y
 * and p = j/y on it, as for y = 30 at p(10) = 1/3, p(20) = 2/3. */
void agr_loss_variance(const agr_loss_rows *rows, const agr_number_classes *classes);

/** L = sum_k p_k (log j - p_k log y)^2, or with log1p in both places. Needs first_value > 0 and
 * y > 0 (log1p: > -1). False minima: L = 0 for every set S of numbers with product y and
 * p = log j / log y on it, as for y = 30 on {5, 6}. */
void agr_loss_mse_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes);

/** L = -log p_k of the class nearest to y (halves upwards), which must be one of the K. */
void agr_loss_number_crossentropy(const agr_loss_rows *rows, const agr_number_classes *classes);

/** L = sum_k t_k log(t_k / p_k), t a normal distribution around y discretised over the classes and
 * normalised: t_k ~ exp(-(j - y)^2 / (2 sigma^2)). Any y. Source: Gao et al. 2017, "Deep label
 * distribution learning with label ambiguity". */
void agr_loss_label_distribution(const agr_loss_rows *rows, const agr_number_classes *classes);

/** L = crossentropy_weight * (-log p_y) + mean_weight * (E - y)^2 / 2
 *       + variance_weight * sum_k p_k (j - E)^2.
 * With a crossentropy_weight, y as in agr_loss_number_crossentropy(). Source: Pan et al. 2018,
 * "Mean-variance loss for deep age estimation from a face". */
void agr_loss_mean_variance(const agr_loss_rows *rows, const agr_number_classes *classes);

/** Thresholds instead of classes: column k asks whether y > j(k), with p_k = sigmoid(z_k) and
 * t_k = 1 if so, else 0:  L = sum_k -t_k log p_k - (1 - t_k) log(1 - p_k). Any y. Smoothing as for
 * one logit, of every t_k. Source: Cao, Mirjalili, Raschka 2020, "Rank consistent ordinal
 * regression for neural networks with application to age estimation" (all lambda_k = 1). */
void agr_loss_coral(const agr_loss_rows *rows, const agr_number_classes *classes);

/* ---- optimisers */

enum { AGR_MAX_SLOTS = 2 };

/** Elements [begin, end) of a slab; weight decay applies to all of them or to none. */
typedef struct {
    size_t begin, end;
    bool decays;
} agr_slab_range;

/** What an optimiser updates: slabs of one layout. Elements outside the ranges are left alone. */
typedef struct {
    int n_ranges;
    const agr_slab_range *range; /* [n_ranges] ascending */
    const float *gradient;
    float gradient_scale; /* 1, or the clipping factor: g = gradient * gradient_scale */
    float *value;         /* w */
    float *slot[AGR_MAX_SLOTS];
} agr_trained_slabs;

typedef struct {
    float alpha;   /* rate * sqrt(1 - beta_2^t) / (1 - beta_1^t) */
    float beta_1;  /* 0.9 */
    float beta_2;  /* 0.999 */
    float epsilon; /* 1e-7, outside the bias correction ("epsilon hat") */
    float keep;    /* share of a weight that decay leaves: 1 - rate * weight decay, or 1 */
} agr_adam;

/** w *= keep, where it decays; m += (g - m)(1 - beta_1); v += (g^2 - v)(1 - beta_2);
 * w -= m * alpha / (sqrt(v) + epsilon). Slots m, v. Source: TensorFlow 2.2 ApplyAdam. */
void agr_adam_apply(agr_pool *pool, const agr_adam *adam, const agr_trained_slabs *slabs);

typedef struct {
    float rate;
    float weight_decay; /* 0: none */
    float momentum;     /* 0 unless there is a slot */
    bool nesterov;
} agr_sgd;

/** g += weight_decay * w, where it decays; b = momentum * b + g;
 * w -= rate * (g + momentum * b) with nesterov, else w -= rate * b. Slot b, or none: then b = g.
 * Source: PyTorch, torch.optim.SGD (dampening 0). */
void agr_sgd_apply(agr_pool *pool, const agr_sgd *sgd, const agr_trained_slabs *slabs);

/** average += (x - average) * rate, of n floats. */
void agr_average_apply(agr_pool *pool, size_t n, float rate, const float *x, float *average);

/** Sum of squares of n floats in a fixed order (for clipping). */
double agr_sum_of_squares(agr_pool *pool, size_t n, const float *x);

#endif
