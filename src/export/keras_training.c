/* How a Keras model goes on training: what its optimiser is and remembers, and what it is judged by. */
#include "keras_impl.h"

#include <agr/base/log.h>
#include <stdlib.h>
#include <string.h>

static agr_status out_of_memory(agr_error *err)
{
    return agr_error_set(err, AGR_MEMORY, "cannot allocate memory for the optimiser's state");
}

/* ---- what Keras has words for; else the reason, for the log ---- */

static const char *keras_loss(const agr_loss *loss)
{
    static const char *const words[][2] = {
        {"mse", "mean_squared_error"},
        {"binary_crossentropy", "binary_crossentropy"},
        {"sparse_categorical_crossentropy", "sparse_categorical_crossentropy"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i][0], loss->kind->name) == 0)
            return words[i][1];
    return NULL;
}

static const char *reason_of_config(const agr_config *c)
{
    if (c->optimizer.kind != AGR_OPTIMIZER_ADAM)
        return "an optimiser other than Adam";
    if (c->optimizer.ema > 0 || c->optimizer.clip_norm > 0)
        return "averages of weights or clipped gradients";
    if (c->network.label_smoothing > 0)
        return "smoothed labels";
    if (c->schedule.warmup_steps > 0 ||
        (c->schedule.kind != AGR_SCHEDULE_KERAS && c->schedule.kind != AGR_SCHEDULE_CONSTANT))
        return "this schedule";
    return NULL;
}

static double decay_of(const agr_config *c)
{
    return c->schedule.kind == AGR_SCHEDULE_KERAS ? c->optimizer.decay : 0;
}

/* One optimiser trains all outputs of a Keras model. */
static bool train_alike(const agr_config *a, const agr_config *b)
{
    const double differences[] = {a->optimizer.lr - b->optimizer.lr, decay_of(a) - decay_of(b),
                                  a->optimizer.beta_1 - b->optimizer.beta_1,
                                  a->optimizer.beta_2 - b->optimizer.beta_2,
                                  a->optimizer.epsilon - b->optimizer.epsilon};
    bool alike = true;
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        alike = alike && !(differences[i] < 0 || differences[i] > 0);
    return alike;
}

static const char *reason_of_job(const export_job *job)
{
    agr_config first, own;
    agr_config_of_branch(&job->models.config, 0, &first);
    for (int m = 0; m < job->models.n_models; m++) {
        const agr_network *network = job->models.model[m].network;
        agr_config_of_branch(&job->models.config, m, &own);
        if (reason_of_config(&own) != NULL)
            return reason_of_config(&own);
        if (!train_alike(&first, &own))
            return "branches that train at different rates";
        for (int h = 0; h < agr_network_n_heads(network); h++)
            if (keras_loss(&agr_network_head(network, h)->loss) == NULL)
                return agr_network_head(network, h)->loss.kind->name;
    }
    return NULL;
}

/* ---- training_config ---- */

static void add_optimizer(const export_job *job, cJSON *training)
{
    agr_config own;
    agr_config_of_branch(&job->models.config, 0, &own);
    cJSON *optimizer = cJSON_AddObjectToObject(training, "optimizer_config");
    cJSON_AddStringToObject(optimizer, "class_name", "Adam");
    cJSON *config = cJSON_AddObjectToObject(optimizer, "config");
    cJSON_AddStringToObject(config, "name", "Adam");
    cJSON_AddNumberToObject(config, "learning_rate", own.optimizer.lr);
    cJSON_AddNumberToObject(config, "decay", decay_of(&own));
    cJSON_AddNumberToObject(config, "beta_1", own.optimizer.beta_1);
    cJSON_AddNumberToObject(config, "beta_2", own.optimizer.beta_2);
    cJSON_AddNumberToObject(config, "epsilon", own.optimizer.epsilon);
    cJSON_AddFalseToObject(config, "amsgrad");
}

static agr_status print_training(const export_job *job, const keras_graph *graph, char **text,
                                 agr_error *err)
{
    cJSON *training = cJSON_CreateObject();
    cJSON *loss = cJSON_AddObjectToObject(training, "loss");
    cJSON *metrics = cJSON_AddArrayToObject(training, "metrics");
    cJSON *weights = cJSON_AddObjectToObject(training, "loss_weights");
    cJSON_AddItemToArray(metrics, cJSON_CreateString("accuracy"));
    cJSON_AddNullToObject(training, "weighted_metrics");
    cJSON_AddNullToObject(training, "sample_weight_mode");
    for (int o = 0; o < graph->n_outputs; o++) {
        const keras_node *node = &graph->node[graph->output[o]];
        const agr_head *head = agr_network_head(node->model->network, node->head);
        cJSON_AddStringToObject(loss, node->name, keras_loss(&head->loss));
        cJSON_AddNumberToObject(weights, node->name, head->weight);
    }
    add_optimizer(job, training);
    *text = cJSON_PrintUnformatted(training);
    cJSON_Delete(training);
    return *text != NULL ? AGR_OK : out_of_memory(err);
}

/* ---- what the optimiser remembers ---- */

static agr_status read_slots(const export_job *job, keras_training *t, agr_error *err)
{
    agr_checkpoint *checkpoint = job->models.checkpoint;
    for (int m = 0; m < job->models.n_models; m++) {
        int branch, slot;
        AGR_TRY(agr_checkpoint_find_branch(checkpoint, job->models.model[m].name, &branch, err));
        AGR_TRY(
            agr_checkpoint_find_slot(checkpoint, branch, job->models.model[m].slot, &slot, err));
        AGR_TRY(agr_checkpoint_read_snapshot(checkpoint, branch, slot, &t->snapshot[m], err));
        t->n_snapshots = m + 1;
    }
    return AGR_OK;
}

/* Keras counts steps once: for Adam and for its decay, and for all outputs. */
static bool share_steps(keras_training *t)
{
    t->iterations = agr_state_int64(agr_snapshot_state(t->snapshot[0]), "adam_step", 0);
    for (int m = 0; m < t->n_snapshots; m++) {
        const agr_state *state = agr_snapshot_state(t->snapshot[m]);
        if (agr_state_int64(state, "adam_step", 0) != t->iterations ||
            agr_state_int64(state, "schedule_step", 0) != t->iterations)
            return false;
    }
    return t->iterations > 0;
}

static const float *find_slot(const agr_state *state, agr_tensor_kind kind, const char *layer,
                              const char *parameter)
{
    for (int i = 0; i < state->n_tensors; i++)
        if (state->tensors[i].kind == kind && strcmp(state->tensors[i].layer, layer) == 0 &&
            strcmp(state->tensors[i].parameter, parameter) == 0)
            return state->tensors[i].data;
    return NULL;
}

/* Adds one slot of every trained parameter, in the order of Keras' layers. False: one is not there. */
static bool add_slots(const export_job *job, const keras_graph *graph, agr_tensor_kind kind,
                      const char *letter, keras_training *t)
{
    for (int i = 0; i < graph->n_nodes; i++) {
        const keras_node *node = &graph->node[graph->order[i]];
        for (int p = 0; node->layer != NULL && p < node->layer->n_parameters; p++) {
            const agr_parameter *parameter = &node->layer->parameter[p];
            if (parameter->role != AGR_PARAMETER_TRAINED)
                continue;
            agr_text *name = &t->name[t->n_slots];
            agr_keras_weight *slot = &t->slot[t->n_slots++];
            agr_text_add(name, "Adam/%s/%s/%s:0", node->name, parameter->name, letter);
            *slot = (agr_keras_weight){
                .name = name->failed ? "" : name->data,
                .rank = parameter->n_dimensions,
                .values =
                    find_slot(agr_snapshot_state(t->snapshot[node->model - job->models.model]),
                              kind, node->layer->name, parameter->name)};
            for (int d = 0; d < parameter->n_dimensions; d++)
                slot->shape[d] = parameter->shape[d];
            if (slot->values == NULL)
                return false;
        }
    }
    return true;
}

static agr_status take_slots(const export_job *job, const keras_graph *graph, keras_training *t,
                             agr_error *err)
{
    const size_t n = 2 * (size_t)graph->n_nodes * AGR_LAYER_MAX_PARAMETERS;
    AGR_TRY(read_slots(job, t, err));
    t->slot = calloc(n, sizeof *t->slot);
    t->name = calloc(n, sizeof *t->name);
    if (t->slot == NULL || t->name == NULL)
        return out_of_memory(err);
    t->is_remembered = share_steps(t) && add_slots(job, graph, AGR_TENSOR_ADAM_M, "m", t) &&
                       add_slots(job, graph, AGR_TENSOR_ADAM_V, "v", t);
    for (int s = 0; s < t->n_slots; s++)
        if (t->name[s].failed)
            return out_of_memory(err);
    return AGR_OK;
}

agr_status keras_training_make(const export_job *job, const keras_graph *graph,
                               keras_training *training, agr_error *err)
{
    const char *reason = reason_of_job(job);
    *training = (keras_training){0};
    if (reason != NULL) {
        agr_log_info("the Keras model is not compiled: no words for %s", reason);
        return AGR_OK;
    }
    AGR_TRY(print_training(job, graph, &training->config, err));
    return take_slots(job, graph, training, err);
}

void keras_training_release(keras_training *training)
{
    for (int s = 0; s < training->n_slots; s++)
        agr_text_release(&training->name[s]);
    for (int m = 0; m < training->n_snapshots; m++)
        agr_snapshot_destroy(training->snapshot[m]);
    free(training->name);
    free(training->slot);
    cJSON_free(training->config);
    *training = (keras_training){0};
}
