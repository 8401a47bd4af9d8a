/**
 * The layer table: what a kind of layer has to provide, and what it gets.
 *
 * A kind of layer is one file in src/nn/ and one row in the table (src/nn/layer.c). Nothing else in
 * the program knows it. A row says, in the order in which the network uses it:
 *
 *     configure   read the options, infer the output's extent, declare the parameters
 *     plan        take memory for what forward must keep for backward, ask for work memory
 *     prepare     bring changed parameters into the kernels' own form (optional)
 *     forward     x -> y for the images that this process holds
 *     backward    gradient of y -> gradient of the parameters and of x
 *
 * Letters: N images held here, H rows, W columns, C channels; tensors are NHWC float32. A flat
 * tensor of C features has the extent 1 x 1 x C.
 *
 * Tensors travel as views (kernels/view.h). A batch norm hands on scale and shift instead of
 * writing a tensor, a max-pool hands back positions instead of a gradient full of zeros. A row says
 * which views its layer can take; what it cannot take the network forms first, so forward and
 * backward see only what they asked for.
 */
#ifndef AGR_NN_LAYER_H
#define AGR_NN_LAYER_H

#include <agr/base/arena.h>
#include <agr/base/reducer.h>
#include <agr/config/config.h>
#include <agr/kernels/conv.h>
#include <agr/kernels/layers.h>
#include <agr/kernels/view.h>
#include <agr/kernels/weight_gradient.h>
#include <stdbool.h>

enum { AGR_LAYER_MAX_PARAMETERS = 4, AGR_PARAMETER_MAX_DIMENSIONS = 4 };

/* ---- parameters ---- */

typedef enum {
    AGR_PARAMETER_TRAINED, /* has a gradient and slots; lives in the PARAM slab */
    AGR_PARAMETER_STATE    /* moving statistics: updated by forward; lives in the STATE slab */
} agr_parameter_role;

/** How a parameter begins (initialise.h). */
typedef enum { AGR_INITIAL_ZEROS, AGR_INITIAL_ONES, AGR_INITIAL_GLOROT_UNIFORM } agr_initial;

typedef struct {
    char name[AGR_CONFIG_KIND_BYTES]; /* Keras' name: kernel, bias, gamma, moving_mean, ... */
    agr_parameter_role role;
    agr_initial initial;
    int n_dimensions;
    int64_t shape[AGR_PARAMETER_MAX_DIMENSIONS]; /* Keras' shape */
    size_t count;                                /* product of shape */
    size_t offset;                               /* floats from the start of its slab */
    float *value;                                /* [count]; NULL until the network is planned */
    float *slot[AGR_MAX_SLOTS];   /* [count] each: what the optimiser remembers of it, or NULL */
    float *average;               /* [count] of its values over the updates, or NULL */
    agr_weight_gradient gradient; /* where backward puts it; row NULL unless planned for training */
} agr_parameter;

/* ---- a layer and what it is given ---- */

typedef struct agr_layer agr_layer;
typedef struct agr_layer_kind agr_layer_kind;

/** What all layers of a network are configured with. */
typedef struct {
    const char *salt;                  /* of random numbers: the branch, of a population its base */
    uint64_t seed;                     /* of dropout masks */
    double dropout;                    /* replaces every dropout layer's rate; NaN: each its own */
    double bn_momentum;                /* replaces every batch norm's momentum; NaN: each its own */
    agr_conv_algorithm conv_algorithm; /* AGR_CONV_AUTO but in tests */
    agr_gemm gemm; /* AGR_GEMM_OPENBLAS: agr_openblas_load() comes before the network is planned */
    agr_precision precision; /* of convolutions that can; the rest stays at fp32 */
} agr_layer_settings;

/** Memory for one layer. Every take returns NULL in the counting pass. */
typedef struct {
    agr_arena *arena; /* what lives from forward to backward; see agr_layer_keep() */
    bool training;    /* backward will be called */
    int64_t micro_batch;
    int64_t max_micro_batches; /* that this process will ever hold at once */
    int64_t max_images;        /* micro_batch * max_micro_batches */
    int n_threads;
    size_t work_floats; /* the largest scratch asked for so far */
} agr_layer_plan;

/** n_floats that only this layer uses. */
float *agr_layer_keep(agr_layer_plan *plan, size_t n_floats);
/** Asks that pass->work hold at least n_floats. */
void agr_layer_want_work(agr_layer_plan *plan, size_t n_floats);

typedef enum {
    AGR_FORWARD_TRAIN, /* batch statistics, dropout; moving statistics are updated */
    AGR_FORWARD_INFER  /* moving statistics, no dropout */
} agr_forward_mode;

/** One pass over one batch. */
typedef struct {
    agr_pool *pool;
    const agr_shard *shard;
    int64_t n_images; /* N = agr_shard_images(shard) */
    agr_forward_mode mode;
    agr_reducer *reducer;            /* sums over the whole batch */
    const agr_draw_address *address; /* [N], for dropout; NULL when mode is AGR_FORWARD_INFER */
    float *work;                     /* scratch for the length of one call of forward or backward */
    double *sums;                    /* [max_micro_batches][2][C]: see fills_sums */
    double *totals;                  /* [2][C] room for a reducer's result */
} agr_pass;

/** What a layer computes with besides its extents and parameters: for who says in words of another program
 * what it does. What a kind has no use for is 0. */
typedef struct {
    agr_activation activation; /* applied last */
    int window;                /* side of a pool's windows, and their distance */
    double rate;               /* of dropout */
    double momentum, epsilon;  /* of a batch norm */
} agr_layer_facts;

/** A configured layer. */
struct agr_layer {
    const agr_layer_kind *kind;
    char name[AGR_CONFIG_NAME_BYTES];
    int index; /* in its network, counting all its layers; part of a dropout mask's address */
    agr_extent in, out;
    bool flat_in;  /* in is a flat tensor (rank 2 in Keras), not an image of 1 x 1 */
    bool flat_out; /* likewise out */
    int n_parameters;
    agr_parameter parameter[AGR_LAYER_MAX_PARAMETERS];
    void *own; /* kind->own_bytes, zeroed before configure; owned by the network */

    /* Set by the network before plan. */
    bool fills_sums; /* in training, forward leaves the sums of y in pass->sums */
    bool finds_sums; /* ... and this layer is the batch norm behind it that uses them */
    const agr_layer *previous, *next; /* neighbours that x, y belong to alone; or NULL */
    bool wants_dx;                    /* somebody before this layer has parameters to train */
    bool input_is_free; /* x may be overwritten: its producer does not look at it again */

    /* Set by a max-pool that reads a batch norm, for that batch norm's backward pass. */
    float *picked; /* [N][out]: the values of x.data that the windows picked */

    const uint8_t *mask; /* tests: dropout keeps what is 1 here, [N][in]; NULL: random numbers */
};

/** What a layer can take without its being formed first, and how it treats memory. */
enum {
    AGR_TAKES_AFFINE_INPUT = 1,    /* x may come with scale and shift */
    AGR_TAKES_POOLED_GRADIENT = 2, /* dy may come with a window */
    AGR_TAKES_AFFINE_GRADIENT = 4, /* dy may come with a batch norm's scale, slope and offset */
    AGR_GIVES_AFFINE = 8,          /* y is x with scale and shift; dx affine, pooled when dy was */
    AGR_GIVES_POOLED = 16,         /* dx has a window */
    AGR_GIVES_SUMS = 32,           /* can fill pass->sums */
    AGR_TAKES_SUMS = 64,           /* can use them */
    AGR_LOOKS_AT_OUTPUT = 128,     /* backward reads the y that forward wrote */
    AGR_LOOKS_AT_INPUT = 256,      /* backward reads the x that forward read */
    AGR_PASSES_MEMORY_ON = 512,    /* y is x's memory and dx is dy's, room is not used */
    /* Meets the team: called even when no image is here; its gradients are totals already, in
     * row 0, on every rank. */
    AGR_IS_COLLECTIVE = 1024,
};

struct agr_layer_kind {
    const char *name; /* in network files: "conv2d" */
    unsigned abilities;
    size_t own_bytes; /* of the layer's own struct */

    /** Reads the options, sets out and flat_out, declares the parameters. in, flat_in, name and
     * index are set, out and flat_out begin as those of the input. AGR_INPUT with file, line and
     * layer when an option or the shape does not fit. */
    agr_status (*configure)(agr_layer *layer, agr_options *options,
                            const agr_layer_settings *settings, agr_error *err);

    /** Takes memory; called again whenever the network is planned again. NULL: needs none. */
    agr_status (*plan)(agr_layer *layer, agr_layer_plan *plan, agr_error *err);

    /** After every change of the parameters, before forward. NULL: nothing to do. */
    void (*prepare)(agr_layer *layer, agr_pool *pool);

    /** *y is set by the layer and stays valid until the next forward. Fails only through the
     * reducer. */
    agr_status (*forward)(agr_layer *layer, const agr_pass *pass, agr_view x, agr_view *y,
                          agr_error *err);

    /** Writes the gradients of its parameters and describes that of x in *dx: written to `room`
     * (N * size of `in` floats, not overlapping dy), or a view of dy. With wants_dx false *dx is
     * ignored. */
    agr_status (*backward)(agr_layer *layer, const agr_pass *pass, const agr_gradient_view *dy,
                           float *room, agr_gradient_view *dx, agr_error *err);

    /** Sets what applies to this kind. NULL: nothing does. */
    void (*describe)(const agr_layer *layer, agr_layer_facts *facts);

    /** Multiply-adds of one image forward, as papers count them (borders count as if inside).
     * NULL: 0. */
    double (*multiply_adds)(const agr_layer *layer);
};

/** Declares the next parameter, in the order in which Keras stores them. */
void agr_layer_add_parameter(agr_layer *layer, const char *name, agr_parameter_role role,
                             agr_initial initial, int n_dimensions, const int64_t *shape);

/** What the layer says of itself. */
agr_layer_facts agr_layer_describe(const agr_layer *layer);

/** The memory of x, to be written over by a layer whose input_is_free. A view is const to all other
 * layers; -Wcast-qual allows no shorter way around that. */
static inline float *agr_layer_input_memory(const agr_layer *layer, agr_view x)
{
    AGR_ASSERT(layer->input_is_free);
    return (float *)(uintptr_t)x.data;
}

/** A gradient without view: g = dy. */
static inline agr_gradient_view agr_gradient_plain(const float *dy)
{
    return (agr_gradient_view){.dy = dy, .window = 1};
}

/* ---- the table ---- */

/** The kinds of layer this program knows, ending with NULL. */
extern const agr_layer_kind *const agr_layer_kinds[];

/** The row of this name, or NULL. */
const agr_layer_kind *agr_layer_kind_find(const agr_layer_kind *const *kinds, const char *name);

#endif
