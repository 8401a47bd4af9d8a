/* Memory: three arenas, so that parameters and the optimiser's slots outlive a new plan. */
#include "network_impl.h"

#include <agr/base/size.h>

agr_shard agr_network_shard(const agr_network_plan_options *plan, int64_t n_images)
{
    agr_shard shard = {.n_images = n_images, .micro_batch = plan->micro_batch};
    int64_t end;
    agr_tree_split(agr_shard_micro_batches(&shard), plan->n_parts, plan->part, &shard.first, &end);
    shard.count = end - shard.first;
    return shard;
}

int64_t agr_network_longest_shard(const agr_network_plan_options *plan)
{
    const agr_shard whole = agr_shard_whole(plan->max_images, plan->micro_batch);
    return agr_tree_longest_part(whole.count, plan->n_parts);
}

/* Subtrees that this part may hold: the most over all batches up to the largest. */
static int count_gradient_rows(const agr_network_plan_options *plan)
{
    int rows = 1;
    for (int64_t n = plan->micro_batch; n < plan->max_images + plan->micro_batch;
         n += plan->micro_batch) {
        agr_tree_node cover[AGR_TREE_MAX_DEPTH];
        const agr_shard shard = agr_network_shard(plan, agr_min_i64(n, plan->max_images));
        const int here =
            agr_tree_cover(agr_shard_micro_batches(&shard), shard.first, shard.count, cover);
        if (here > rows)
            rows = here;
    }
    return rows;
}

/* ---- the workspace: gradients, activations, work ---- */

typedef struct {
    agr_arena *arena;
    agr_layer_plan layer;
    agr_network_memory *memory;
} workspace_plan;

static float *take_floats(workspace_plan *plan, int64_t n)
{
    return agr_arena_take(plan->arena, (size_t)n, sizeof(float));
}

static double *take_doubles(workspace_plan *plan, int64_t n)
{
    return agr_arena_take(plan->arena, (size_t)n, sizeof(double));
}

static void plan_gradients(agr_network *network, workspace_plan *plan, int rows)
{
    network->slabs.gradient = NULL;
    if (!plan->layer.training)
        return;
    size_t n_floats = 0;
    if (!agr_size_multiply(network->n_floats, (size_t)rows, &n_floats))
        plan->arena->overflowed = true;
    network->slabs.gradient = agr_arena_take(plan->arena, n_floats, sizeof(float));
}

static agr_status plan_layers(agr_network *network, workspace_plan *plan, agr_error *err)
{
    for (int i = 0; i < network->n_stages; i++) {
        agr_stage *stage = &network->stage[i];
        const agr_layer *layer = &stage->layer;
        stage->formed = NULL;
        if (stage->forms_input)
            stage->formed = take_floats(plan, plan->layer.max_images * agr_extent_size(layer->in));
        if (layer->kind->plan == NULL)
            continue;
        const agr_status status = layer->kind->plan(&stage->layer, &plan->layer, err);
        if (status != AGR_OK) {
            agr_error_context(err, "branch '%s': layer '%s'", network->name, layer->name);
            return status;
        }
    }
    return AGR_OK;
}

static void plan_heads(agr_network *network, workspace_plan *plan)
{
    const int64_t n = plan->layer.max_images;
    const agr_extent trunk = agr_chain_out(network, network->trunk, network->input);
    for (int h = 0; h < network->n_heads; h++) {
        agr_output *head = &network->head[h];
        const int64_t size = n * head->head.loss.n_columns;
        head->formed = take_floats(plan, size);
        head->predictions = take_floats(plan, size);
        head->dz = take_floats(plan, size);
        head->losses = take_doubles(plan, n);
        head->partner_dz = take_floats(plan, size);
        head->partner_losses = take_doubles(plan, n);
    }
    network->trunk_formed = network->trunk_gradient = NULL;
    if (network->n_heads > 1) {
        network->trunk_formed = take_floats(plan, n * agr_extent_size(trunk));
        network->trunk_gradient = take_floats(plan, n * agr_extent_size(trunk));
    }
    const int64_t width = (int64_t)network->n_heads * AGR_SUM_COUNT;
    network->head_leaves = take_doubles(plan, plan->layer.max_micro_batches * width);
    network->head_totals = take_doubles(plan, width);
}

/* The largest gradient that is written between two layers, of one image. */
static int64_t largest_gradient(const agr_network *network)
{
    int64_t largest = 0;
    for (int i = 0; i < network->n_stages; i++) {
        const agr_stage *stage = &network->stage[i];
        if (stage->writes_room)
            largest = agr_max_i64(largest, agr_extent_size(stage->layer.in));
        if (stage->forms_gradient)
            largest = agr_max_i64(largest, agr_extent_size(stage->layer.out));
    }
    for (int h = 0; h < network->n_heads;
         h++) /* dz of a head that ends in a batch norm is formed */
        largest = agr_max_i64(largest, network->head[h].head.loss.n_columns);
    if (network->n_heads > 1) /* a head's gradient may have to be formed before it is added */
        largest = agr_max_i64(
            largest, agr_extent_size(agr_chain_out(network, network->trunk, network->input)));
    return largest;
}

static void plan_work(agr_network *network, workspace_plan *plan)
{
    network->pass.work = agr_arena_take(plan->arena, plan->layer.work_floats, sizeof(float));
    network->pass.sums = take_doubles(plan, plan->layer.max_micro_batches * network->reduce_width);
    network->pass.totals = take_doubles(plan, network->reduce_width);
    for (int b = 0; b < 2; b++)
        network->gradient_buffer[b] =
            plan->layer.training
                ? take_floats(plan, plan->layer.max_images * largest_gradient(network))
                : NULL;
}

/* The same takes in the same order, whether the arena counts or hands out. */
static agr_status plan_workspace(agr_network *network, const agr_network_plan_options *options,
                                 agr_arena *arena, agr_network_memory *memory, agr_error *err)
{
    const int64_t max_micro_batches = agr_network_longest_shard(options);
    workspace_plan plan = {
        .arena = arena,
        .layer = {.arena = arena,
                  .training = options->training,
                  .micro_batch = options->micro_batch,
                  .max_micro_batches = max_micro_batches,
                  .max_images = max_micro_batches * options->micro_batch,
                  .n_threads = agr_pool_size(options->pool)},
    };
    network->gradient_rows = count_gradient_rows(options);
    network->max_micro_batches = max_micro_batches;
    plan_gradients(network, &plan, network->gradient_rows);
    memory->gradients = arena->used_bytes;
    AGR_TRY(plan_layers(network, &plan, err));
    plan_heads(network, &plan);
    memory->activations = arena->used_bytes - memory->gradients;
    plan_work(network, &plan);
    memory->work = arena->used_bytes - memory->gradients - memory->activations;
    return AGR_OK;
}

/* ---- parameters and slots ---- */

static agr_status take_model(agr_network *network, agr_error *err)
{
    if (network->model.memory != NULL)
        return AGR_OK;
    for (int pass = 0; pass < 2; pass++) {
        network->slabs.values = agr_arena_take(&network->model, network->n_floats, sizeof(float));
        network->slabs.state =
            agr_arena_take(&network->model, network->n_state_floats, sizeof(float));
        if (pass == 0)
            AGR_TRY(agr_arena_allocate(&network->model, err));
    }
    agr_arena_seal(&network->model);
    return AGR_OK;
}

static void place_slots(agr_network *network, const agr_network_plan_options *plan)
{
    agr_arena *arena = &network->slots;
    agr_network_slabs *slabs = &network->slabs;
    for (int i = 0; i < plan->n_slots; i++)
        slabs->slot[i] = agr_arena_take(arena, network->n_floats, sizeof(float));
    if (!plan->averages)
        return;
    slabs->average = agr_arena_take(arena, network->n_floats, sizeof(float));
    slabs->average_state = agr_arena_take(arena, network->n_state_floats, sizeof(float));
}

static agr_status take_slots(agr_network *network, const agr_network_plan_options *plan,
                             agr_error *err)
{
    if ((plan->n_slots == 0 && !plan->averages) || network->slots.memory != NULL)
        return AGR_OK;
    for (int pass = 0; pass < 2; pass++) {
        place_slots(network, plan);
        if (pass == 0)
            AGR_TRY(agr_arena_allocate(&network->slots, err));
    }
    agr_arena_seal(&network->slots);
    return AGR_OK;
}

static float *at(float *slab, size_t offset)
{
    return slab == NULL ? NULL : slab + offset;
}

void agr_network_point_parameters(agr_network *network)
{
    const agr_network_slabs *slabs = &network->slabs;
    for (int i = 0; i < network->n_stages; i++) {
        agr_layer *layer = &network->stage[i].layer;
        for (int p = 0; p < layer->n_parameters; p++) {
            agr_parameter *parameter = &layer->parameter[p];
            if (parameter->role == AGR_PARAMETER_STATE) {
                parameter->value = at(slabs->state, parameter->offset);
                parameter->average = at(slabs->average_state, parameter->offset);
                continue;
            }
            parameter->value = at(slabs->values, parameter->offset);
            parameter->average = at(slabs->average, parameter->offset);
            for (int s = 0; s < AGR_MAX_SLOTS; s++)
                parameter->slot[s] = at(slabs->slot[s], parameter->offset);
            parameter->gradient = (agr_weight_gradient){
                .row = at(slabs->gradient, parameter->offset), .stride = network->n_floats};
        }
    }
}

/* ---- the calls ---- */

static void count_model(const agr_network *network, const agr_network_plan_options *plan,
                        agr_network_memory *memory)
{
    memory->parameters = network->n_floats * sizeof(float);
    memory->slots = (size_t)plan->n_slots * memory->parameters;
    memory->state = network->n_state_floats * sizeof(float);
    if (plan->averages)
        memory->slots += memory->parameters + memory->state;
    memory->total = memory->parameters + memory->slots + memory->state + memory->gradients +
                    memory->activations + memory->work;
}

static agr_status check_options(const agr_network *network, const agr_network_plan_options *plan,
                                agr_error *err)
{
    const int64_t max_leaves = 1 << 20; /* of the tree */
    if (plan->max_images < 1 || plan->micro_batch < 1 || plan->n_parts < 1 || plan->part < 0 ||
        plan->part >= plan->n_parts || plan->max_images / plan->micro_batch >= max_leaves)
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s': expected a batch of 1 to %lld micro-batches, found %lld "
                             "images in micro-batches of %lld",
                             network->name, (long long)max_leaves, (long long)plan->max_images,
                             (long long)plan->micro_batch);
    return AGR_OK;
}

agr_status agr_network_measure(agr_network *network, const agr_network_plan_options *plan,
                               agr_network_memory *memory, agr_error *err)
{
    AGR_ASSERT(network->workspace.memory == NULL); /* counting forgets where everything is */
    AGR_TRY(check_options(network, plan, err));
    agr_arena counting = {0};
    *memory = (agr_network_memory){0};
    AGR_TRY(plan_workspace(network, plan, &counting, memory, err));
    if (counting.overflowed)
        return agr_error_set(err, AGR_MEMORY, "branch '%s': its size does not fit this machine",
                             network->name);
    count_model(network, plan, memory);
    return AGR_OK;
}

/* The arena from which this plan is handed out. */
static agr_status open_workspace(agr_network *network, const agr_network_plan_options *plan,
                                 agr_arena **arena, agr_error *err)
{
    agr_network_memory counted;
    *arena = plan->workspace != NULL ? &plan->workspace->arena : &network->workspace;
    if (plan->workspace != NULL) {
        plan->workspace->tenant = NULL;
        agr_arena_rewind(*arena);
        return AGR_OK;
    }
    AGR_TRY(plan_workspace(network, plan, *arena, &counted, err));
    return agr_arena_allocate(*arena, err);
}

agr_status agr_network_plan(agr_network *network, const agr_network_plan_options *plan,
                            agr_network_memory *memory, agr_error *err)
{
    agr_network_memory counted = {0};
    agr_arena_release(&network->workspace);
    AGR_TRY(agr_network_measure(network, plan, &counted, err));
    agr_status status;
    AGR_TRY_GOTO(status, take_model(network, err), failed);
    AGR_TRY_GOTO(status, take_slots(network, plan, err), failed);
    agr_arena *arena;
    AGR_TRY_GOTO(status, open_workspace(network, plan, &arena, err), failed);
    AGR_TRY_GOTO(status, plan_workspace(network, plan, arena, &counted, err), failed);
    agr_arena_seal(arena);
    count_model(network, plan, &counted);
    network->slabs.n_floats = network->n_floats;
    network->slabs.n_state_floats = network->n_state_floats;
    agr_network_point_parameters(network);
    network->plan = *plan;
    network->stale = true;
    network->n_images = 0;
    if (memory != NULL)
        *memory = counted;
    return AGR_OK;

failed:
    agr_error_context(err, "branch '%s': %.0f MB to run it", network->name,
                      (double)counted.total / 1e6);
    return status;
}
