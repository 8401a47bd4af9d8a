/* A trainee: made from a configuration, planned for a team, its state named for files and mail. */
#include "trainee_impl.h"
#include "weighing_impl.h"

#include <agr/base/size.h>
#include <agr/base/text.h>
#include <agr/data/order.h>
#include <agr/store/checkpoint.h>
#include <agr/train/first_bias.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making one ---- */

static agr_status create_network(agr_trainee *trainee, agr_error *err)
{
    const agr_config *config = trainee->config;
    agr_target target[AGR_MAX_LABELS];
    const agr_network_options options =
        agr_training_set_network_options(trainee->set, config, target);
    AGR_TRY(agr_network_create(&config->branch[trainee->branch], &options, &trainee->network, err));
    AGR_TRY(agr_first_bias_check(config, trainee->network, err));
    AGR_TRY(agr_balance_create(config, trainee->set, &trainee->balance, err));
    AGR_TRY(weigh_classes(config, trainee->set, &trainee->balance, trainee->network, err));
    return agr_feed_create(config, trainee->set, trainee->network, &trainee->feed, err);
}

static agr_status describe_state(agr_trainee *trainee, agr_error *err)
{
    AGR_TRY(agr_network_state_create(trainee->network, &trainee->optimiser, &trainee->state, err));
    agr_position_name_values(&trainee->position, agr_network_n_heads(trainee->network),
                             trainee->value);
    trainee->state.all.values = trainee->state.weights.values = trainee->value;
    const bool reduces = trainee->optimiser.schedule.kind == AGR_SCHEDULE_PLATEAU;
    trainee->state.all.n_values = AGR_POSITION_N_VALUES - (reduces ? 0 : 1);
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
    agr_config_of_branch(config, branch, &trainee->own);
    trainee->config = config = &trainee->own;
    trainee->branch = branch;
    trainee->n_epochs = agr_config_epochs(config, branch);
    trainee->set = &trainee->fold_set.set;
    agr_status status;
    AGR_TRY_GOTO(status, agr_fold_set_create(config, branch, set, &trainee->fold_set, err), failed);
    trainee->optimiser = agr_optimiser_from_config(config, planned_steps(trainee));
    AGR_TRY_GOTO(status, create_network(trainee, err), failed);
    AGR_TRY_GOTO(status, describe_state(trainee, err), failed);
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
    agr_feed_destroy(trainee->feed);
    agr_network_destroy(trainee->network);
    agr_network_state_release(&trainee->state);
    agr_balanced_order_destroy(trainee->balanced);
    agr_balance_release(&trainee->balance);
    agr_fold_set_release(&trainee->fold_set);
    free(trainee->order);
    free(trainee->occurrence);
    free(trainee);
}

void agr_trainee_initialise(agr_trainee *trainee)
{
    agr_network_initialise(trainee->network, (uint64_t)trainee->config->seed);
    agr_first_bias_set(trainee->config, trainee->set, &trainee->balance, trainee->network);
    agr_network_clear_slots(trainee->network); /* averages begin with that bias */
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
    return agr_epoch_batches(trainee_largest_batch(trainee), trainee->config->data.micro_batch);
}

const agr_config *agr_trainee_config(const agr_trainee *trainee)
{
    return trainee->config;
}

const agr_training_set *agr_trainee_set(const agr_trainee *trainee)
{
    return trainee->set;
}

const agr_balance *agr_trainee_balance(const agr_trainee *trainee)
{
    return &trainee->balance;
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

agr_feed *agr_trainee_feed(agr_trainee *trainee)
{
    return trainee->feed;
}

const agr_position *agr_trainee_position(const agr_trainee *trainee)
{
    return &trainee->position;
}

int64_t agr_trainee_epochs(const agr_trainee *trainee)
{
    return trainee->n_epochs;
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
        about.head[h].larger_is_better = agr_metric_main(&head->loss)->larger_is_better;
    }
    return about;
}

/* ---- its state ---- */

agr_status agr_trainee_restored(agr_trainee *trainee, agr_error *err)
{
    agr_position *p = &trainee->position;
    const agr_status checked = agr_position_check(p, err);
    if (checked != AGR_OK)
        return agr_error_context(err, "branch '%s'", agr_trainee_name(trainee)), checked;
    if (p->step > 0 && p->batch_size != trainee->config->data.batch_size) {
        agr_error_set(err, AGR_INPUT,
                      "branch '%s' stands inside an epoch of batches of %lld: expected "
                      "data.batch_size %lld, found %d",
                      agr_trainee_name(trainee), (long long)p->batch_size, (long long)p->batch_size,
                      trainee->config->data.batch_size);
        return agr_error_hint(err, "resume with the old batch size, or start anew with --init");
    }
    /* More epochs, more steps, more patience or less halving than before were asked for: it goes on. */
    if (p->phase == AGR_PHASE_ENDED && trainee_ending(trainee) == AGR_BRANCH_RUNNING) {
        p->phase = AGR_PHASE_TRAIN;
        p->ending = AGR_BRANCH_RUNNING;
    }
    if (p->phase != AGR_PHASE_ENDED && p->step >= trainee_batches_of_phase(trainee))
        return agr_error_set(err, AGR_INPUT,
                             "branch '%s' stands behind batch %lld of a pass, but this dataset has "
                             "only %lld",
                             agr_trainee_name(trainee), (long long)p->step,
                             (long long)trainee_batches_of_phase(trainee));
    p->batch_size = trainee->config->data.batch_size;
    agr_network_parameters_changed(trainee->network);
    return AGR_OK;
}

/* The parts that an optimiser begins anew. */
static unsigned slots_in(const agr_state *state)
{
    unsigned parts = 0;
    for (int i = 0; i < state->n_tensors; i++)
        parts |= 1U << state->tensors[i].kind;
    return parts & (AGR_PART_OPTIMIZER | AGR_PART_EMA);
}

static void add_slots(unsigned parts, agr_text *text)
{
    for (int kind = 0; kind < AGR_TENSOR_KIND_COUNT; kind++)
        if ((parts & 1U << kind) != 0)
            agr_text_add(text, " %s", agr_tensor_kind_path((agr_tensor_kind)kind));
    if (parts == 0)
        agr_text_add(text, " nothing");
}

agr_status agr_trainee_check_slots(const agr_trainee *trainee, const agr_state *state,
                                   agr_error *err)
{
    const unsigned expected = slots_in(&trainee->state.all), found = slots_in(state);
    if (expected == found)
        return AGR_OK;
    agr_text text = {0};
    agr_text_add(&text, "expected");
    add_slots(expected, &text);
    agr_text_add(&text, " of %s, found", trainee->optimiser.kind->name);
    add_slots(found, &text);
    agr_error_set(err, AGR_INPUT, "branch '%s': %s", agr_trainee_name(trainee),
                  text.failed ? "another optimizer's state" : text.data);
    agr_text_release(&text);
    return agr_error_hint(err, "--reset-optimizer begins with a fresh one");
}

void agr_trainee_end_halved(agr_trainee *trainee)
{
    trainee->position.phase = AGR_PHASE_ENDED;
    trainee->position.ending = AGR_BRANCH_HALVED;
}

void agr_trainee_restart_schedule(agr_trainee *trainee)
{
    trainee->position.optimiser.schedule_step = 0;
    trainee->position.optimiser.reductions = 0;
}

void agr_trainee_reset_optimiser(agr_trainee *trainee)
{
    agr_network_clear_slots(trainee->network);
    trainee->position.optimiser = (agr_optimiser_state){0};
}
