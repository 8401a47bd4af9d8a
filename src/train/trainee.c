#include <agr/train/trainee.h>

#include <agr/base/arena.h>
#include <agr/base/size.h>
#include <agr/data/order.h>
#include <agr/train/network_state.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_POSITION_VALUES = 14 };

struct agr_trainee {
    const agr_config *config; /* borrowed */
    const agr_training_set *set;
    int branch;
    int64_t n_epochs;
    agr_network *network; /* owned */
    agr_optimiser optimiser;
    agr_augment_ranges ranges;
    const float *label_column[AGR_MAX_HEADS]; /* [N of the dataset]; borrowed */
    agr_position position;

    agr_team *team; /* borrowed; of the last plan */
    agr_pool *pool;
    agr_arena arena; /* everything below, for the part of a batch that is here */
    int64_t *order;  /* [n_train] of epoch order_epoch */
    int64_t order_epoch;
    float *image;
    float *label[AGR_MAX_HEADS];
    agr_draw_address *address;

    agr_value value[N_POSITION_VALUES];
    agr_network_state state;
};

/* ---- the set ---- */

agr_status agr_training_set_of_columns(const agr_dataset *dataset, agr_training_set *set,
                                       agr_error *err)
{
    *set = (agr_training_set){
        .images = {.pixel = agr_dataset_image(dataset, 0),
                   .n_images = agr_dataset_count(dataset),
                   .height = agr_dataset_height(dataset),
                   .width = agr_dataset_width(dataset)},
        .n_labels = agr_dataset_n_labels(dataset),
    };
    if (set->n_labels > AGR_MAX_LABELS)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "dataset '%s': expected at most %d label columns, found %d",
                             agr_dataset_path(dataset), AGR_MAX_LABELS, set->n_labels);
    for (int i = 0; i < set->n_labels; i++)
        set->label[i] = *agr_dataset_label(dataset, i);
    return AGR_OK;
}

agr_status agr_training_set_from(const agr_dataset *dataset, agr_training_set *set, agr_error *err)
{
    AGR_TRY(agr_training_set_of_columns(dataset, set, err));
    set->train_sample = agr_dataset_split_indices(dataset, AGR_SPLIT_TRAIN, &set->n_train);
    set->validation_sample =
        agr_dataset_split_indices(dataset, AGR_SPLIT_VALIDATION, &set->n_validation);
    if (set->n_train == 0)
        return agr_error_set(err, AGR_INPUT, "dataset '%s' has no training samples",
                             agr_dataset_path(dataset));
    return AGR_OK;
}

int agr_training_set_targets(const agr_training_set *set, agr_target target[AGR_MAX_LABELS])
{
    for (int i = 0; i < set->n_labels; i++) {
        const agr_label_column *label = &set->label[i];
        const int n_classes = label->kind == AGR_LABEL_CLASS    ? label->n_classes
                              : label->kind == AGR_LABEL_NUMBER ? 0
                                                                : -1;
        target[i] = (agr_target){.name = label->name, .n_classes = n_classes};
    }
    return set->n_labels;
}

const agr_label_column *agr_training_set_column(const agr_training_set *set, const char *name)
{
    for (int i = 0; i < set->n_labels; i++)
        if (strcmp(set->label[i].name, name) == 0)
            return &set->label[i];
    return NULL;
}

/* ---- making one ---- */

static bool is_branch(const agr_config *config, const char *name)
{
    for (int b = 0; b < config->n_branches; b++)
        if (strcmp(config->branch[b].name, name) == 0)
            return true;
    return false;
}

/* The branch's own number in "gender:30,race:20", else the number of all. */
static agr_status find_epochs(agr_trainee *trainee, agr_error *err)
{
    const char *list = trainee->config->train.branch_epochs;
    trainee->n_epochs = trainee->config->train.epochs;
    if (strcmp(list, "none") == 0)
        return AGR_OK;
    while (*list != '\0') {
        char name[AGR_CONFIG_NAME_BYTES];
        int epochs, length = 0;
        if (sscanf(list, "%63[^:,]:%d%n", name, &epochs, &length) != 2 || epochs < 1 ||
            (list[length] != '\0' && list[length] != ','))
            return agr_error_set(err, AGR_INPUT,
                                 "train.branch_epochs: expected a list like A:30,B:20, found '%s'",
                                 trainee->config->train.branch_epochs);
        if (!is_branch(trainee->config, name))
            return agr_error_set(err, AGR_INPUT,
                                 "train.branch_epochs: expected the name of a branch that is "
                                 "trained, found '%s'",
                                 name);
        if (strcmp(name, trainee->config->branch[trainee->branch].name) == 0)
            trainee->n_epochs = epochs;
        list += length + (list[length] == ',');
    }
    return AGR_OK;
}

static agr_status create_network(agr_trainee *trainee, agr_error *err)
{
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options = {
        .input = {trainee->set->images.height, trainee->set->images.width, 3},
        .seed = (uint64_t)trainee->config->seed,
        .dropout = trainee->config->network.dropout,
        .bn_momentum = trainee->config->network.bn_momentum,
        .targets = target,
        .n_targets = agr_training_set_targets(trainee->set, target),
    };
    AGR_TRY(agr_network_create(&trainee->config->branch[trainee->branch], &options,
                               &trainee->network, err));
    const int n_heads = agr_network_n_heads(trainee->network);
    if (n_heads > AGR_MAX_HEADS)
        return agr_error_set(err, AGR_UNSUPPORTED,
                             "branch '%s': expected at most %d heads, found %d",
                             agr_trainee_name(trainee), AGR_MAX_HEADS, n_heads);
    for (int h = 0; h < n_heads; h++) {
        const agr_head *head = agr_network_head(trainee->network, h);
        const agr_label_column *column = agr_training_set_column(trainee->set, head->target);
        AGR_ASSERT(column != NULL); /* the network has checked its targets */
        trainee->label_column[h] = column->values;
    }
    return AGR_OK;
}

static void name_values(agr_trainee *trainee)
{
    agr_position *p = &trainee->position;
    const int32_t n_sums = agr_network_n_heads(trainee->network) * AGR_SUM_COUNT;
    const struct {
        const char *name;
        agr_value_type type;
        int32_t count;
        void *data;
    } row[N_POSITION_VALUES] = {
        {"epoch", AGR_VALUE_INT64, 1, &p->epoch},
        {"phase", AGR_VALUE_INT64, 1, &p->phase},
        {"step", AGR_VALUE_INT64, 1, &p->step},
        {"train_steps", AGR_VALUE_INT64, 1, &p->train_steps},
        {"batch_size", AGR_VALUE_INT64, 1, &p->batch_size},
        {"adam_step", AGR_VALUE_INT64, 1, &p->optimiser.adam_step},
        {"schedule_step", AGR_VALUE_INT64, 1, &p->optimiser.schedule_step},
        {"learning_rate", AGR_VALUE_DOUBLE, 1, &p->learning_rate},
        {"ending", AGR_VALUE_INT64, 1, &p->ending},
        {"best_epoch", AGR_VALUE_INT64, 1, &p->best_epoch},
        {"epochs_since_best", AGR_VALUE_INT64, 1, &p->epochs_since_best},
        {"best_value", AGR_VALUE_DOUBLE, 1, &p->best_value},
        {"train_sums", AGR_VALUE_DOUBLE, n_sums, p->train},
        {"validation_sums", AGR_VALUE_DOUBLE, n_sums, p->validation},
    };
    for (int i = 0; i < N_POSITION_VALUES; i++) {
        agr_value *value = &trainee->value[i];
        *value = (agr_value){.type = row[i].type, .count = row[i].count, .data = row[i].data};
        snprintf(value->name, sizeof value->name, "%s", row[i].name);
    }
}

static agr_status describe_state(agr_trainee *trainee, agr_error *err)
{
    AGR_TRY(agr_network_state_create(trainee->network, &trainee->state, err));
    name_values(trainee);
    trainee->state.all.values = trainee->state.weights.values = trainee->value;
    trainee->state.all.n_values = N_POSITION_VALUES;
    trainee->state.weights.n_values = 1; /* the epoch */
    return AGR_OK;
}

static int64_t planned_steps(const agr_trainee *trainee)
{
    const agr_config *config = trainee->config;
    const int64_t steps =
        trainee->n_epochs * agr_epoch_batches(trainee->set->n_train, config->data.batch_size);
    const int64_t limit = config->train.max_steps;
    return limit > 0 && limit < steps ? limit : steps;
}

agr_status agr_trainee_create(const agr_config *config, int branch, const agr_training_set *set,
                              agr_trainee **trainee_out, agr_error *err)
{
    *trainee_out = NULL;
    agr_trainee *trainee = calloc(1, sizeof *trainee);
    if (trainee == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    trainee->config = config;
    trainee->branch = branch;
    trainee->set = set;
    trainee->ranges = (agr_augment_ranges){
        .rotation_deg = config->augment.rotation_deg,
        .shift_height = config->augment.shift_height,
        .shift_width = config->augment.shift_width,
        .shear_deg = config->augment.shear_deg,
        .zoom = config->augment.zoom,
        .flip_horizontal = config->augment.flip_horizontal,
    };
    agr_status status;
    AGR_TRY_GOTO(status, find_epochs(trainee, err), failed);
    AGR_TRY_GOTO(status, create_network(trainee, err), failed);
    AGR_TRY_GOTO(status, describe_state(trainee, err), failed);
    trainee->optimiser = agr_optimiser_from_config(config, planned_steps(trainee));
    *trainee_out = trainee;
    return AGR_OK;
failed:
    agr_trainee_destroy(trainee);
    return status;
}

void agr_trainee_destroy(agr_trainee *trainee)
{
    if (trainee == NULL)
        return;
    agr_network_destroy(trainee->network);
    agr_arena_release(&trainee->arena);
    agr_network_state_release(&trainee->state);
    free(trainee);
}

/* ---- memory ---- */

/* The largest batch there will be, of training or validation. */
static int64_t largest_batch(const agr_trainee *trainee)
{
    const int64_t longest = agr_max_i64(trainee->set->n_train, trainee->set->n_validation);
    return agr_min_i64(trainee->config->data.batch_size, longest);
}

static void plan_buffers(agr_trainee *trainee, int64_t n_images)
{
    agr_arena *arena = &trainee->arena;
    const agr_image_set *images = &trainee->set->images;
    const size_t image_size = (size_t)(images->height * images->width * 3);
    trainee->order = agr_arena_take(arena, (size_t)trainee->set->n_train, sizeof(int64_t));
    trainee->image = agr_arena_take(arena, (size_t)n_images * image_size, sizeof(float));
    for (int h = 0; h < agr_network_n_heads(trainee->network); h++)
        trainee->label[h] = agr_arena_take(arena, (size_t)n_images, sizeof(float));
    trainee->address = agr_arena_take(arena, (size_t)n_images, sizeof(agr_draw_address));
}

agr_status agr_trainee_plan(agr_trainee *trainee, agr_team *team, agr_pool *pool, size_t *bytes,
                            agr_error *err)
{
    const agr_network_plan_options plan = {
        .max_images = largest_batch(trainee),
        .micro_batch = trainee->config->data.micro_batch,
        .part = agr_team_rank(team),
        .n_parts = agr_team_size(team),
        .training = true,
        .pool = pool,
    };
    agr_network_memory memory;
    AGR_TRY(agr_network_plan(trainee->network, &plan, &memory, err));
    trainee->team = team;
    trainee->pool = pool;

    /* Shares differ by a micro-batch at most, so the first member's is the largest. */
    const agr_shard largest = agr_team_shard_of(team, 0, plan.max_images, plan.micro_batch);
    agr_arena_release(&trainee->arena);
    plan_buffers(trainee, agr_shard_images(&largest));
    AGR_TRY(agr_arena_allocate(&trainee->arena, err));
    plan_buffers(trainee, agr_shard_images(&largest));
    agr_arena_seal(&trainee->arena);
    trainee->order_epoch = -1;
    agr_network_state_point(&trainee->state, trainee->network);
    *bytes = memory.total + trainee->arena.capacity_bytes;
    return AGR_OK;
}

void agr_trainee_initialise(agr_trainee *trainee)
{
    agr_network_initialise(trainee->network, (uint64_t)trainee->config->seed);
    trainee->position = (agr_position){
        .batch_size = trainee->config->data.batch_size,
        .best_value = INFINITY,
    };
}

/* ---- what it is ---- */

int64_t agr_trainee_sum_width(const agr_trainee *trainee)
{
    return agr_network_reduce_width(trainee->network);
}

int64_t agr_trainee_max_micro_batches(const agr_trainee *trainee)
{
    return agr_epoch_batches(largest_batch(trainee), trainee->config->data.micro_batch);
}

int agr_trainee_branch(const agr_trainee *trainee)
{
    return trainee->branch;
}

const char *agr_trainee_name(const agr_trainee *trainee)
{
    return trainee->config->branch[trainee->branch].name;
}

agr_network *agr_trainee_network(agr_trainee *trainee)
{
    return trainee->network;
}

const agr_position *agr_trainee_position(const agr_trainee *trainee)
{
    return &trainee->position;
}

void agr_trainee_describe_state(const agr_state *state, agr_text *text)
{
    const long long epoch = agr_state_int64(state, "epoch", 0);
    const long long step = agr_state_int64(state, "step", 0);
    const int64_t phase = agr_state_int64(state, "phase", AGR_PHASE_TRAIN);
    if (phase == AGR_PHASE_ENDED)
        agr_text_add(text, "ended after epoch %lld", epoch);
    else
        agr_text_add(text, "epoch %lld, %s %lld", epoch + 1,
                     phase == AGR_PHASE_VALIDATE ? "validation batch" : "step", step + 1);
}

int64_t agr_trainee_epochs(const agr_trainee *trainee)
{
    return trainee->n_epochs;
}

double agr_trainee_images_left(const agr_trainee *trainee)
{
    if (trainee->position.phase == AGR_PHASE_ENDED)
        return 0;
    const agr_position *p = &trainee->position;
    const int64_t batch_size = trainee->config->data.batch_size;
    const int64_t max_steps = trainee->config->train.max_steps;
    const bool trains = p->phase == AGR_PHASE_TRAIN;
    const int64_t epochs = trainee->n_epochs - p->epoch - (trains ? 0 : 1);
    int64_t left = epochs * trainee->set->n_train - (trains ? p->step * batch_size : 0);
    if (max_steps > 0)
        left = agr_min_i64(left, (max_steps - p->train_steps) * batch_size);
    return (double)agr_max_i64(left, batch_size); /* the last validation is work, too */
}

const agr_state *agr_trainee_state(agr_trainee *trainee)
{
    return &trainee->state.all;
}

const agr_state *agr_trainee_model(agr_trainee *trainee)
{
    return &trainee->state.weights;
}

agr_history_branch agr_trainee_history_branch(const agr_trainee *trainee)
{
    agr_history_branch about = {.n_heads = agr_network_n_heads(trainee->network)};
    snprintf(about.name, sizeof about.name, "%s", agr_trainee_name(trainee));
    for (int h = 0; h < about.n_heads; h++) {
        const agr_head *head = agr_network_head(trainee->network, h);
        snprintf(about.head[h].name, sizeof about.head[h].name, "%s", head->name);
        about.head[h].metric = agr_metric_main(&head->loss)->name;
        about.head[h].weight = head->weight;
    }
    return about;
}

/* ---- its state ---- */

static bool is_over(const agr_trainee *trainee)
{
    const int64_t max_steps = trainee->config->train.max_steps;
    return trainee->position.epoch >= trainee->n_epochs ||
           (max_steps > 0 && trainee->position.train_steps >= max_steps);
}

/* Has the branch ended, as the configuration sees it now? */
static agr_branch_ending ending_of(const agr_trainee *trainee)
{
    const int patience = trainee->config->train.early_stop_patience;
    if (is_over(trainee))
        return AGR_BRANCH_FINISHED;
    return patience > 0 && trainee->position.epochs_since_best >= patience
               ? AGR_BRANCH_STOPPED_EARLY
               : AGR_BRANCH_RUNNING;
}

static int64_t batches_of_pass(const agr_trainee *trainee)
{
    const int64_t n = trainee->position.phase == AGR_PHASE_VALIDATE ? trainee->set->n_validation
                                                                    : trainee->set->n_train;
    return agr_epoch_batches(n, trainee->config->data.batch_size);
}

agr_status agr_trainee_restored(agr_trainee *trainee, agr_error *err)
{
    agr_position *p = &trainee->position;
    if (p->epoch < 0 || p->phase < AGR_PHASE_TRAIN || p->phase > AGR_PHASE_ENDED || p->step < 0 ||
        p->train_steps < 0 || p->optimiser.adam_step < 0 || p->optimiser.schedule_step < 0)
        return agr_error_set(err, AGR_FORMAT, "branch '%s': its position cannot be one",
                             agr_trainee_name(trainee));
    if (p->step > 0 && p->batch_size != trainee->config->data.batch_size) {
        agr_error_set(err, AGR_INPUT,
                      "branch '%s' stands inside an epoch of batches of %lld: expected "
                      "data.batch_size %lld, found %d",
                      agr_trainee_name(trainee), (long long)p->batch_size, (long long)p->batch_size,
                      trainee->config->data.batch_size);
        return agr_error_hint(err, "resume with the old batch size, or start anew with --init");
    }
    /* More epochs, more steps or more patience than before were asked for: it goes on. */
    if (p->phase == AGR_PHASE_ENDED && ending_of(trainee) == AGR_BRANCH_RUNNING) {
        p->phase = AGR_PHASE_TRAIN;
        p->ending = AGR_BRANCH_RUNNING;
    }
    if (p->phase != AGR_PHASE_ENDED && p->step >= batches_of_pass(trainee))
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s' stands behind batch %lld of a pass, but this dataset has "
                             "only %lld",
                             agr_trainee_name(trainee), (long long)p->step,
                             (long long)batches_of_pass(trainee));
    p->batch_size = trainee->config->data.batch_size;
    agr_network_parameters_changed(trainee->network);
    return AGR_OK;
}

void agr_trainee_restart_schedule(agr_trainee *trainee)
{
    trainee->position.optimiser.schedule_step = 0;
}

void agr_trainee_reset_optimiser(agr_trainee *trainee)
{
    const agr_network_slabs slabs = agr_network_slabs_of(trainee->network);
    memset(slabs.m, 0, slabs.n_floats * sizeof *slabs.m);
    memset(slabs.v, 0, slabs.n_floats * sizeof *slabs.v);
    trainee->position.optimiser = (agr_optimiser_state){0};
}

/* ---- learning ---- */

/* Brings this rank's part of a batch of samples together. */
static agr_network_batch assemble(agr_trainee *trainee, const int64_t *sample, int64_t n_samples,
                                  const agr_augment_ranges *ranges)
{
    const agr_config *config = trainee->config;
    const uint32_t epoch = (uint32_t)trainee->position.epoch;
    const agr_shard shard = agr_team_shard(trainee->team, n_samples, config->data.micro_batch);
    const int64_t *mine = sample + agr_shard_first_image(&shard);
    const int64_t n = agr_shard_images(&shard);
    agr_batch_images(trainee->pool, &trainee->set->images, mine, n, ranges, (uint64_t)config->seed,
                     epoch, trainee->image);
    for (int64_t i = 0; i < n; i++) {
        trainee->address[i] = (agr_draw_address){.epoch = epoch, .sample = (uint32_t)mine[i]};
        for (int h = 0; h < agr_network_n_heads(trainee->network); h++)
            trainee->label[h][i] = trainee->label_column[h][mine[i]];
    }
    return (agr_network_batch){.shard = shard,
                               .images = trainee->image,
                               .labels = (const float *const *)trainee->label,
                               .address = trainee->address};
}

static void add_sums(const agr_trainee *trainee, agr_head_sums *total, const agr_head_sums *sums)
{
    for (int h = 0; h < agr_network_n_heads(trainee->network); h++)
        agr_head_sums_add(&total[h], &sums[h]);
}

static const int64_t *order_of_epoch(agr_trainee *trainee)
{
    if (trainee->order_epoch != trainee->position.epoch) {
        agr_epoch_order((uint64_t)trainee->config->seed, trainee->position.epoch,
                        trainee->config->data.shuffle, trainee->set->train_sample,
                        trainee->set->n_train, trainee->order);
        trainee->order_epoch = trainee->position.epoch;
    }
    return trainee->order;
}

agr_status agr_trainee_step(agr_trainee *trainee, agr_error *err)
{
    agr_position *p = &trainee->position;
    const int64_t first = p->step * trainee->config->data.batch_size;
    const int64_t n = agr_min_i64(trainee->config->data.batch_size, trainee->set->n_train - first);
    const agr_augment_ranges *ranges = trainee->config->augment.enabled ? &trainee->ranges : NULL;
    agr_reducer *reducer = agr_team_reducer(trainee->team);
    agr_network *network = trainee->network;
    agr_head_sums sums[AGR_MAX_HEADS];

    const agr_network_batch batch = assemble(trainee, order_of_epoch(trainee) + first, n, ranges);
    AGR_TRY(agr_network_forward(network, &batch, AGR_FORWARD_TRAIN, reducer, err));
    AGR_TRY(agr_network_loss(network, &batch, reducer, sums, err));
    AGR_TRY(agr_network_backward(network, &batch, reducer, err));
    const agr_update update = agr_optimiser_apply(&trainee->optimiser, &p->optimiser, network);

    add_sums(trainee, p->train, sums);
    p->learning_rate = update.learning_rate;
    p->step++;
    p->train_steps++;
    return AGR_OK;
}

agr_status agr_trainee_validate(agr_trainee *trainee, agr_error *err)
{
    agr_position *p = &trainee->position;
    const int64_t first = p->step * trainee->config->data.batch_size;
    const int64_t n =
        agr_min_i64(trainee->config->data.batch_size, trainee->set->n_validation - first);
    agr_reducer *reducer = agr_team_reducer(trainee->team);
    agr_head_sums sums[AGR_MAX_HEADS];

    const agr_network_batch batch =
        assemble(trainee, trainee->set->validation_sample + first, n, NULL);
    AGR_TRY(agr_network_forward(trainee->network, &batch, AGR_FORWARD_INFER, reducer, err));
    AGR_TRY(agr_network_loss(trainee->network, &batch, reducer, sums, err));
    add_sums(trainee, p->validation, sums);
    p->step++;
    return AGR_OK;
}

/* ---- the end of an epoch ---- */

static double weighted_loss(const agr_trainee *trainee, const agr_head_sums *sums)
{
    double loss = 0;
    for (int h = 0; h < agr_network_n_heads(trainee->network); h++)
        loss += agr_network_head(trainee->network, h)->weight *
                agr_metric_value(&agr_metrics[0], &sums[h]);
    return loss;
}

static agr_head_figures figures_of(const agr_trainee *trainee, int h, const agr_head_sums *sums)
{
    const agr_metric *metric = agr_metric_main(&agr_network_head(trainee->network, h)->loss);
    return (agr_head_figures){.loss = agr_metric_value(&agr_metrics[0], &sums[h]),
                              .metric = agr_metric_value(metric, &sums[h])};
}

/* What decides which epoch is the best; smaller is better. */
static double monitored_value(const agr_trainee *trainee)
{
    const agr_position *p = &trainee->position;
    /* Not a number where nothing could be judged: without validation images, or labels on them. */
    const agr_head_sums *sums =
        isnan(weighted_loss(trainee, p->validation)) ? p->train : p->validation;
    if (trainee->config->train.monitor == AGR_MONITOR_LOSS)
        return weighted_loss(trainee, sums);
    const agr_metric *metric = agr_metric_main(&agr_network_head(trainee->network, 0)->loss);
    const double value = agr_metric_value(metric, &sums[0]);
    return metric->larger_is_better ? -value : value;
}

static void fill_report(const agr_trainee *trainee, agr_epoch_report *report)
{
    const agr_position *p = &trainee->position;
    *report = (agr_epoch_report){
        .branch = trainee->branch,
        .epoch = p->epoch + 1,
        .lr = p->learning_rate,
        .loss = weighted_loss(trainee, p->train),
        .validation_loss = weighted_loss(trainee, p->validation),
        .n_ranks = agr_team_size(trainee->team),
    };
    for (int h = 0; h < agr_network_n_heads(trainee->network); h++) {
        report->train[h] = figures_of(trainee, h, p->train);
        report->validation[h] = figures_of(trainee, h, p->validation);
    }
}

static void complete_epoch(agr_trainee *trainee, agr_epoch_report *report)
{
    agr_position *p = &trainee->position;
    const double value = monitored_value(trainee);
    fill_report(trainee, report);

    p->epoch++;
    p->phase = AGR_PHASE_TRAIN;
    p->step = 0;
    memset(p->train, 0, sizeof p->train);
    memset(p->validation, 0, sizeof p->validation);
    p->epochs_since_best++;
    if (value < p->best_value) {
        p->best_value = value;
        p->best_epoch = p->epoch;
        p->epochs_since_best = 0;
    }
    p->ending = ending_of(trainee);
    if (p->ending != AGR_BRANCH_RUNNING)
        p->phase = AGR_PHASE_ENDED;
    report->is_best = p->epochs_since_best == 0;
    report->ending = (int32_t)p->ending;
}

agr_pace agr_trainee_pace(const agr_trainee *trainee)
{
    const agr_position *p = &trainee->position;
    const bool validates = p->phase == AGR_PHASE_VALIDATE;
    const int64_t n = validates ? trainee->set->n_validation : trainee->set->n_train;
    return (agr_pace){.branch = trainee->branch,
                      .validates = validates,
                      .epoch = p->epoch + 1,
                      .n_epochs = trainee->n_epochs,
                      .n_images = n,
                      .n_done = agr_min_i64(n, p->step * trainee->config->data.batch_size),
                      .loss = figures_of(trainee, 0, p->train).loss};
}

agr_status agr_trainee_advance(agr_trainee *trainee, bool *completed, agr_epoch_report *report,
                               agr_error *err)
{
    agr_position *p = &trainee->position;
    const int64_t batch_size = trainee->config->data.batch_size;
    const int64_t n_train_batches = agr_epoch_batches(trainee->set->n_train, batch_size);
    const int64_t n_validation_batches = agr_epoch_batches(trainee->set->n_validation, batch_size);
    *completed = false;
    AGR_ASSERT(p->phase != AGR_PHASE_ENDED);

    if (p->phase == AGR_PHASE_TRAIN) {
        AGR_TRY(agr_trainee_step(trainee, err));
        if (p->step == n_train_batches) {
            p->phase = AGR_PHASE_VALIDATE;
            p->step = 0;
        } else if (is_over(trainee)) {
            p->phase = AGR_PHASE_ENDED;
            p->ending = AGR_BRANCH_FINISHED;
        }
    } else {
        AGR_TRY(agr_trainee_validate(trainee, err));
    }
    if (p->phase == AGR_PHASE_VALIDATE && p->step == n_validation_batches) {
        complete_epoch(trainee, report);
        *completed = true;
    }
    return AGR_OK;
}
