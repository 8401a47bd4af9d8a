/* Networks of a checkpoint, with their weights. */
#include <agr/train/models.h>

#include <agr/base/log.h>
#include <agr/train/classes.h>
#include <agr/train/labels.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The slot asked for; for a run stopped before its first epoch was complete, the state it has. */
static agr_status find_slot(agr_checkpoint *checkpoint, int branch, const char *wish, int *slot,
                            agr_error *err)
{
    const agr_status status = agr_checkpoint_find_slot(checkpoint, branch, wish, slot, err);
    if (status != AGR_NOT_FOUND || strcmp(wish, "best") != 0)
        return status;
    agr_error ignored;
    if (agr_checkpoint_find_slot(checkpoint, branch, "latest", slot, &ignored) != AGR_OK)
        return status;
    agr_log_warning("branch '%s' has no best epoch yet: using 'latest'",
                    agr_checkpoint_branch_at(checkpoint, branch)->name);
    return AGR_OK;
}

static agr_status open_model(agr_models *models, int b, const char *slot_name, agr_error *err)
{
    agr_checkpoint *checkpoint = models->checkpoint;
    agr_config config;
    agr_model *model = &models->model[b];
    int branch, slot;
    AGR_TRY(agr_checkpoint_find_branch(checkpoint, models->config.branch[b].name, &branch, err));
    AGR_TRY(find_slot(checkpoint, branch, slot_name, &slot, err));
    model->about = agr_checkpoint_branch_at(checkpoint, branch);
    model->name = model->about->name;
    model->slot = agr_checkpoint_slot_at(checkpoint, branch, slot)->name;
    model->epoch =
        agr_state_int64(&agr_checkpoint_slot_at(checkpoint, branch, slot)->state, "epoch", 0);
    if (b == 0 &&
        agr_preprocessing_read(&models->preprocessing, model->about->preprocessing, err) != AGR_OK)
        return agr_error_context(err, "checkpoint '%s': branch '%s'",
                                 agr_checkpoint_path(checkpoint), model->name);

    agr_target target[AGR_MAX_HEADS];
    int n_targets = 0;
    for (int h = 0; h < model->about->n_heads && h < AGR_MAX_HEADS; h++)
        target[n_targets++] = (agr_target){.name = model->about->heads[h].target,
                                           .n_classes = model->about->heads[h].n_classes > 0
                                                            ? model->about->heads[h].n_classes
                                                            : -1};
    agr_config_of_branch(&models->config, b, &config);
    agr_network_options options = agr_network_options_from(&config, models->preprocessing.input);
    options.targets = target;
    options.n_targets = n_targets;
    AGR_TRY(agr_network_create(&config.branch[b], &options, &model->network, err));
    return agr_network_state_create(model->network, NULL, &model->state, err);
}

static agr_status open_config(agr_models *models, const char *branches, agr_error *err)
{
    const char *text = agr_checkpoint_about(models->checkpoint)->config;
    const agr_config_override only = {"train.branches", branches, "--branches"};
    if (text[0] == '\0')
        return agr_error_set(err, AGR_FORMAT, "checkpoint '%s' holds no configuration",
                             agr_checkpoint_path(models->checkpoint));
    AGR_TRY(agr_config_parse(&models->config, text, strlen(text), "the checkpoint's configuration",
                             &only, branches != NULL ? 1 : 0, err));
    if (models->config.n_branches > AGR_MAX_MODELS)
        return agr_error_set(err, AGR_UNSUPPORTED, "expected at most %d branches, found %d",
                             AGR_MAX_MODELS, models->config.n_branches);
    return AGR_OK;
}

agr_status agr_models_open(agr_models *models, const agr_models_request *request, agr_error *err)
{
    char path[AGR_PATH_BYTES];
    *models = (agr_models){0};
    AGR_TRY(agr_checkpoint_locate(request->checkpoint, path, err));
    agr_status status = agr_checkpoint_open(path, &models->checkpoint, err);
    if (status == AGR_NOT_FOUND)
        return agr_error_hint(err, "agr-mpi train makes one");
    AGR_TRY(status);
    AGR_TRY_GOTO(status, open_config(models, request->branches, err), failed);
    for (int b = 0; b < models->config.n_branches; b++) {
        models->n_models = b + 1;
        AGR_TRY_GOTO(status, open_model(models, b, request->slot, err), failed);
    }
    return AGR_OK;
failed:
    agr_models_release(models);
    return status;
}

/* A slot that goes on training has averages beside its weights: those are what was validated. */
static agr_tensor_kind kind_of_judged(const agr_checkpoint *checkpoint, int branch, int slot)
{
    const agr_state *state = &agr_checkpoint_slot_at(checkpoint, branch, slot)->state;
    for (int t = 0; t < state->n_tensors; t++)
        if (state->tensors[t].kind == AGR_TENSOR_EMA)
            return AGR_TENSOR_EMA;
    return AGR_TENSOR_WEIGHT;
}

static agr_status read_weights(agr_models *models, agr_model *model, agr_error *err)
{
    int branch, slot;
    AGR_TRY(agr_checkpoint_find_branch(models->checkpoint, model->name, &branch, err));
    AGR_TRY(agr_checkpoint_find_slot(models->checkpoint, branch, model->slot, &slot, err));
    agr_network_state_point(&model->state, model->network);
    const agr_tensor_kind kind = kind_of_judged(models->checkpoint, branch, slot);
    for (int t = 0; t < model->state.weights.n_tensors; t++)
        model->state.weights.tensors[t].kind = kind;
    AGR_TRY(agr_checkpoint_read(models->checkpoint, branch, slot, &model->state.weights, 1U << kind,
                                err));
    agr_network_parameters_changed(model->network);
    return AGR_OK;
}

static agr_status reserve_workspace(agr_models *models, const agr_network_plan_options *plan,
                                    agr_error *err)
{
    size_t most = 0;
    for (int i = 0; i < models->n_models; i++) {
        agr_network_memory memory;
        AGR_TRY(agr_network_measure(models->model[i].network, plan, &memory, err));
        const size_t wanted = agr_network_memory_of_workspace(&memory);
        most = wanted > most ? wanted : most;
    }
    return agr_workspace_reserve(&models->workspace, most, err);
}

agr_status agr_models_plan(agr_models *models, int64_t max_images, int part, int n_parts,
                           agr_pool *pool, agr_error *err)
{
    const agr_network_plan_options plan = {.max_images = max_images,
                                           .micro_batch = models->config.data.micro_batch,
                                           .part = part,
                                           .n_parts = n_parts,
                                           .pool = pool,
                                           .workspace = &models->workspace};
    AGR_TRY(reserve_workspace(models, &plan, err));
    for (int i = 0; i < models->n_models; i++) {
        AGR_TRY(agr_network_plan(models->model[i].network, &plan, NULL, err));
        AGR_TRY(read_weights(models, &models->model[i], err));
    }
    return AGR_OK;
}

void agr_models_release(agr_models *models)
{
    for (int i = 0; i < models->n_models; i++) {
        agr_network_destroy(models->model[i].network);
        agr_network_state_release(&models->model[i].state);
    }
    agr_workspace_release(&models->workspace);
    agr_config_release(&models->config);
    agr_checkpoint_close(models->checkpoint);
    *models = (agr_models){0};
}

const char *agr_model_class_name(const agr_model *model, int head, int class_index)
{
    if (head >= model->about->n_heads)
        return NULL;
    const agr_checkpoint_head *about = &model->about->heads[head];
    return class_index >= 0 && class_index < about->n_classes ? about->classes[class_index] : NULL;
}

static int count_heads_of(const agr_network *network, const char *target)
{
    int n = 0;
    for (int h = 0; h < agr_network_n_heads(network); h++)
        n += strcmp(agr_network_head(network, h)->target, target) == 0;
    return n;
}

static bool is_judged_once(const agr_models *models, const char *target)
{
    int n = 0;
    for (int m = 0; m < models->n_models; m++)
        n += count_heads_of(models->model[m].network, target);
    return n == 1;
}

const char *agr_models_head_name(const agr_models *models, const agr_model *model, int head)
{
    const agr_head *about = agr_network_head(model->network, head);
    int n_contested = 0; /* heads of this branch that its name could stand for */
    if (is_judged_once(models, about->target))
        return about->target;
    for (int h = 0; h < agr_network_n_heads(model->network); h++)
        n_contested += !is_judged_once(models, agr_network_head(model->network, h)->target);
    return n_contested == 1 ? model->name : about->name;
}

/* ---- does a dataset ask what was learnt? ---- */

/* about: the head as the checkpoint describes it; NULL: it does not. A file that names no classes
 * is taken at its word. */
static agr_status check_kind(const agr_head *head, const agr_checkpoint_head *about,
                             const agr_label_column *column, agr_error *err)
{
    const bool is_class = head->loss.kind->labels == AGR_LABELS_CLASS;
    if (is_class && column->kind == AGR_LABEL_NUMBER)
        return agr_error_set(err, AGR_INPUT, "label '%s': expected classes, found numbers",
                             column->name);
    if (!is_class && column->kind == AGR_LABEL_CLASS)
        return agr_error_set(err, AGR_INPUT, "label '%s': expected numbers, found %d classes",
                             column->name, column->n_classes);
    return about != NULL ? agr_check_classes(about, column, err) : AGR_OK;
}

static agr_status check_head(const agr_model *model, int h, const agr_training_set *set,
                             const int64_t *sample, int64_t n, agr_error *err)
{
    const agr_head *head = agr_network_head(model->network, h);
    const agr_checkpoint_head *about = h < model->about->n_heads ? &model->about->heads[h] : NULL;
    const agr_label_column *column;
    AGR_TRY(agr_training_set_require(set, head->target, &column, err));
    AGR_TRY(check_kind(head, about, column, err));
    int64_t n_labelled;
    return agr_check_labels(set, head, sample, n, &n_labelled, err);
}

agr_status agr_models_check_labels(const agr_models *models, const agr_training_set *set,
                                   const int64_t *sample, int64_t n, agr_error *err)
{
    for (int m = 0; m < models->n_models; m++)
        for (int h = 0; h < agr_network_n_heads(models->model[m].network); h++)
            AGR_TRY(check_head(&models->model[m], h, set, sample, n, err));
    return AGR_OK;
}
