/** What a network is made of; for the room's own files and for tests. */
#ifndef AGR_NN_NETWORK_IMPL_H
#define AGR_NN_NETWORK_IMPL_H

#include <agr/nn/network.h>

/* A layer's index has 8 bits in the address of a dropout mask. */
enum { AGR_NETWORK_MAX_LAYERS = 256 };

/** A layer in its place. */
typedef struct {
    agr_layer layer;
    agr_options *options; /* borrowed while the network is created */
    bool forms_input;     /* x arrives with scale and shift, which the layer cannot take */
    bool forms_gradient;  /* dy arrives with a window that the layer cannot take */
    bool writes_room;     /* backward needs the other gradient buffer */
    bool goes_back;       /* it learns, or a layer before it does: backward is of use */
    float *formed;        /* [N][in]: x, where forms_input */
    agr_view y;           /* of the last forward */
    agr_layer_time time;
} agr_stage;

/** Layers [begin, end) that feed each other. */
typedef struct {
    int begin, end;
} agr_chain;

/** What a head owns besides its layers. */
typedef struct {
    agr_head head;
    agr_chain chain;
    float *formed;          /* [N][K] z, where the last layer is a batch norm */
    const float *z;         /* [N][K] of the last forward */
    float *dz;              /* [N][K] */
    float *predictions;     /* [N][K] */
    double labelled;        /* images with a label in the last global batch */
    double *losses;         /* [N] */
    float *partner_dz;      /* [N][K], of mixed images by their second label */
    double *partner_losses; /* [N] */
    double *class_weight;   /* [K], of one logit [2]; owned, NULL: none */
} agr_output;

struct agr_network {
    char name[AGR_CONFIG_NAME_BYTES];
    char salt[AGR_CONFIG_NAME_BYTES]; /* of random numbers */
    agr_extent input;
    int n_stages;
    agr_stage *stage; /* owned; the layers' own structs too */
    agr_chain trunk;  /* with a single head: all layers, and the head's chain is empty */
    int n_heads;
    agr_output *head; /* owned */
    int n_parameters;
    int *parameter_layer,
        *parameter_index;            /* [n_parameters], owned: who owns the i-th, and which */
    size_t n_floats, n_state_floats; /* of the slabs, padding included */
    int n_ranges;                    /* of PARAM that decay alike */
    agr_slab_range *range;           /* [n_ranges], owned */
    int64_t reduce_width;
    double label_smoothing;

    agr_arena model, slots, workspace; /* PARAM and STATE; SLOT; everything else */
    agr_network_slabs slabs;
    agr_network_plan_options plan;
    int gradient_rows;
    int64_t max_micro_batches; /* held here */
    float *gradient_buffer[2]; /* gradients between layers take turns in them */
    float *trunk_formed;       /* [N][trunk out], several heads: the trunk's last affine output */
    float *trunk_gradient;     /* [N][trunk out], several heads: sum of theirs */
    double *head_leaves;       /* [max_micro_batches][n_heads][AGR_SUM_COUNT] */
    double *head_totals;       /* [n_heads][AGR_SUM_COUNT] */
    agr_pass pass;             /* work, sums, totals are planned; the rest is set by each call */
    int64_t n_images;          /* of the last forward */
    agr_forward_mode mode;     /* of the last forward */
    bool stale;                /* parameters changed since prepare */
    bool has_predictions;      /* since the last forward */
};

/** Fills stages and heads from the configuration; n_stages and n_heads are set, the arrays there. */
agr_status agr_network_configure(agr_network *network, agr_branch_config *branch,
                                 const agr_network_options *options, agr_error *err);

/** Points the parameters into the slabs. */
void agr_network_point_parameters(agr_network *network);

/** Settles what neighbours do for each other, once all layers are configured. */
void agr_network_connect(agr_network *network);

/** The extent of a chain's output: of its last layer, or `in` when it is empty. */
agr_extent agr_chain_out(const agr_network *network, agr_chain chain, agr_extent in);

/** Sets what all layers are told of a pass over this batch; borrowed from the network. */
const agr_pass *agr_network_begin_pass(agr_network *network, const agr_network_batch *batch,
                                       agr_forward_mode mode, agr_reducer *reducer);

/** A layer without images to work on is left out, unless the team waits for it. */
bool agr_layer_takes_part(const agr_layer *layer, const agr_pass *pass);

/** The losses of the last forward's images into head->losses, and unless dz is NULL their gradients
 * [N,K] times gradient_scale. Of mixed images each is mixed of both labels'. */
void agr_output_judge(const agr_network *network, const agr_network_batch *batch, int head,
                      float gradient_scale, float *dz);

/** Adds what image n, judged and predicted, adds to the sums of this head. */
void agr_output_add_image(const agr_network *network, const agr_network_batch *batch, int head,
                          int64_t n, agr_head_sums *sums);

/** Tests put masks into dropout layers here, after agr_network_create(). */
static inline agr_layer *agr_network_layer_for_test(agr_network *network, int layer)
{
    return &network->stage[layer].layer;
}

#endif
