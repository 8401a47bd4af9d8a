/* The memory that trainees train in. */
#include "trainee_impl.h"

#include <agr/base/size.h>
#include <stdlib.h>

int64_t trainee_largest_batch(const agr_trainee *trainee)
{
    const int64_t longest = agr_max_i64(trainee->set->n_train, trainee->set->n_validation);
    return agr_min_i64(trainee->config->data.batch_size, longest);
}

/* Room for the order of an epoch; kept by later plans. */
static agr_status take_order(agr_trainee *trainee, agr_error *err)
{
    const agr_training_set *set = trainee->set;
    const agr_balance *balance = &trainee->balance;
    const size_t n = (size_t)set->n_train;
    const bool balances = balance->cells.n_cells > 0;
    trainee->order_epoch = -1;
    if (trainee->order != NULL)
        return AGR_OK;
    if (balances) {
        AGR_TRY(agr_balanced_order_create(set->train_sample, balance->cells.cell_of, set->n_train,
                                          balance->cells.n_cells, &trainee->balanced, err));
        trainee->occurrence = malloc(n * sizeof *trainee->occurrence);
    }
    trainee->order = malloc(n * sizeof *trainee->order);
    if (trainee->order == NULL || (balances && trainee->occurrence == NULL))
        return agr_error_set(err, AGR_MEMORY, "cannot allocate memory");
    return AGR_OK;
}

agr_network_plan_options agr_trainee_plan_options(const agr_trainee *trainee, int part, int n_parts,
                                                  agr_pool *pool)
{
    return (agr_network_plan_options){.max_images = trainee_largest_batch(trainee),
                                      .micro_batch = trainee->config->data.micro_batch,
                                      .part = part,
                                      .n_parts = n_parts,
                                      .training = true,
                                      .n_slots = trainee->optimiser.kind->n_slots,
                                      .averages = trainee->optimiser.ema > 0,
                                      .pool = pool};
}

agr_status agr_trainees_measure(agr_trainee *const *trainee, int n, int part, int n_parts,
                                agr_pool *pool, agr_trainee_memory *memory, agr_error *err)
{
    *memory = (agr_trainee_memory){0};
    for (int i = 0; i < n; i++) {
        const agr_network_plan_options plan =
            agr_trainee_plan_options(trainee[i], part, n_parts, pool);
        agr_network_memory network;
        AGR_TRY(agr_network_measure(trainee[i]->network, &plan, &network, err));
        const size_t in_turns = agr_network_memory_of_workspace(&network);
        const size_t pictures = agr_feed_measure(trainee[i]->feed, &plan);
        memory->own += network.total - in_turns;
        memory->networks = in_turns > memory->networks ? in_turns : memory->networks;
        memory->feeds = pictures > memory->feeds ? pictures : memory->feeds;
    }
    return AGR_OK;
}

static agr_status reserve(agr_trainee_room *room, agr_trainee *const *trainee, int n,
                          agr_team *team, agr_pool *pool, agr_error *err)
{
    agr_trainee_memory memory;
    AGR_TRY(agr_trainees_measure(trainee, n, agr_team_rank(team), agr_team_size(team), pool,
                                 &memory, err));
    AGR_TRY(agr_workspace_reserve(&room->networks, memory.networks, err));
    return agr_workspace_reserve(&room->feeds, memory.feeds, err);
}

static agr_status plan_trainee(agr_trainee *trainee, agr_team *team, agr_pool *pool,
                               agr_trainee_room *room, agr_error *err)
{
    agr_network_plan_options plan =
        agr_trainee_plan_options(trainee, agr_team_rank(team), agr_team_size(team), pool);
    plan.workspace = &room->networks;
    AGR_TRY(agr_network_plan(trainee->network, &plan, NULL, err));
    AGR_TRY(agr_feed_plan(trainee->feed, &room->feeds, err));
    AGR_TRY(take_order(trainee, err));
    trainee->team = team;
    agr_network_state_point(&trainee->state, trainee->network);
    return AGR_OK;
}

agr_status agr_trainees_plan(agr_trainee *const *trainee, int n, agr_team *team, agr_pool *pool,
                             agr_trainee_room *room, agr_error *err)
{
    agr_trainee_room_release(room);
    AGR_TRY(reserve(room, trainee, n, team, pool, err));
    for (int i = 0; i < n; i++)
        AGR_TRY(plan_trainee(trainee[i], team, pool, room, err));
    return AGR_OK;
}

void agr_trainee_room_release(agr_trainee_room *room)
{
    agr_workspace_release(&room->networks);
    agr_workspace_release(&room->feeds);
}
