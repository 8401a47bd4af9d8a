/* Starts and ends MPI, and knows who shares a node. */
#include "comm_impl.h"

#include <agr/base/log.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static int environment_number(const char *name)
{
    const char *value = getenv(name);
    return value != NULL ? atoi(value) : 0;
}

/* Does anybody tell this process of others? Open MPI's launcher; PMIx; the older PMI of MPICH. */
static bool is_told_of_others(void)
{
    static const char *const variable[] = {"OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK",
                                           "PMI_FD"};
    for (size_t i = 0; i < sizeof variable / sizeof *variable; i++)
        if (getenv(variable[i]) != NULL)
            return true;
    return false;
}

/* What Open MPI must know before it starts. A process without a launcher needs no helper daemon; a
 * library call that waits by itself (MPI_Init, MPI_Finalize, forming a communicator) must not hold
 * the core that the awaited rank needs. */
static void prepare_environment(void)
{
    setenv("OMPI_MCA_ess_singleton_isolated", "1", 0);
    if (environment_number("OMPI_COMM_WORLD_LOCAL_SIZE") > agr_cpu_online())
        setenv("OMPI_MCA_mpi_yield_when_idle", "1", 0);
    /* A step of one task needs nobody, but Open MPI refuses to start in a step that tells it nothing. */
    if (environment_number("SLURM_STEP_NUM_TASKS") == 1 && !is_told_of_others())
        unsetenv("SLURM_STEP_ID");
}

/* srun without a PMIx plugin starts N processes that each believe to be alone, or that MPI ends while
 * it starts. A single process inside a batch script of many tasks is honest: it is no step of its own. */
static agr_status refuse_lonely_tasks(bool are_told, agr_error *err)
{
    const int n_tasks = environment_number("SLURM_STEP_NUM_TASKS");
    if (are_told || n_tasks <= 1)
        return AGR_OK;
    agr_error_set(err, AGR_USAGE,
                  "srun started %d processes that do not know of each other: expected one run of "
                  "%d ranks, found %d runs of one",
                  n_tasks, n_tasks, n_tasks);
    return agr_error_hint(err, "srun --mpi=pmix, or mpirun inside sbatch/salloc");
}

/* The tests' word for nodes that are not there: so many ranks count as one. */
static int64_t pretended_node(int rank)
{
    const int n = environment_number("AGR_NODE_RANKS");
    return n > 0 ? rank - rank % n : -1;
}

static agr_status learn_who_is_where(agr_world *world, agr_error *err)
{
    const int rank = world->group.rank;
    world->node_of = calloc((size_t)world->group.size, sizeof *world->node_of);
    AGR_TRY(agr_agree(&world->group,
                      world->node_of != NULL
                          ? AGR_OK
                          : agr_error_set(err, AGR_MEMORY, "cannot allocate the ranks' nodes"),
                      err));
    const int64_t pretended = pretended_node(rank);
    world->node_of[rank] = pretended >= 0 ? pretended : world->node.world_rank[0];
    return agr_group_max(&world->group, world->node_of, world->group.size, err);
}

static agr_status learn_nodes(agr_world *world, agr_error *err)
{
    AGR_TRY(learn_who_is_where(world, err));
    int64_t most = world->node.size;
    AGR_TRY(agr_group_max(&world->group, &most, 1, err));
    world->ranks_per_node = (int)most;
    int length = 0;
    return agr_mpi_check(MPI_Get_processor_name(world->host, &length), "asking for the host's name",
                         err);
}

static agr_status make_groups(agr_world *world, agr_error *err)
{
    MPI_Comm comm, node_comm;
    AGR_TRY(agr_mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "making the world", err));
    AGR_TRY(agr_group_init(&world->group, world, comm, err));
    AGR_TRY(
        refuse_lonely_tasks(world->group.size > 1 || getenv("OMPI_COMM_WORLD_SIZE") != NULL, err));
    AGR_TRY(
        agr_mpi_check(MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node_comm),
                      "finding the node's ranks", err));
    AGR_TRY(agr_group_init(&world->node, world, node_comm, err));
    return learn_nodes(world, err);
}

static void free_world(agr_world *world)
{
    agr_group_release(&world->node);
    agr_group_release(&world->group);
    free(world->node_of);
    free(world);
}

agr_status agr_world_start(agr_world **world_out, agr_error *err)
{
    *world_out = NULL;
    AGR_TRY(refuse_lonely_tasks(is_told_of_others(), err));
    agr_world *world = calloc(1, sizeof *world);
    if (world == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate the world");
    world->group.comm = world->node.comm = MPI_COMM_NULL;
    prepare_environment();
    /* Sleeps of 50 us are meant; the kernel's default would round them up by as much again. */
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    int provided;
    agr_session_folder session;
    agr_session_folder_make(&session);
    agr_status status = agr_mpi_check(MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided),
                                      "starting MPI", err);
    agr_session_folder_remove(&session); /* nobody looks into it again: no kill leaves it */
    if (status != AGR_OK) {
        free(world);
        return status;
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    agr_wait_reset_times(world);
    status = provided >= MPI_THREAD_FUNNELED
                 ? make_groups(world, err)
                 : agr_error_set(err, AGR_MPI, "this MPI does not allow threads beside it");
    if (status != AGR_OK) {
        free_world(world);
        MPI_Finalize();
        return status;
    }
    world->wait.may_spin = world->group.size == 1;
    *world_out = world;
    return AGR_OK;
}

void agr_world_stop(agr_world *world)
{
    if (world == NULL)
        return;
    agr_error err;
    if (agr_group_barrier(&world->group, &err) != AGR_OK)
        agr_log_warning("ending MPI: %s", err.text);
    free_world(world);
    MPI_Finalize();
}

void agr_world_abort(agr_world *world, const agr_error *err)
{
    agr_error cause = *err; /* *err may live where MPI_Abort's handlers run */
    if (world == NULL) {
        agr_log_error("%s", cause.text);
        exit(agr_exit_code(cause.status));
    }
    agr_log_error("rank %d of %d on %s cannot go on: %s%s%s", world->group.rank, world->group.size,
                  world->host, cause.text, cause.hint[0] != '\0' ? "\nhint: " : "", cause.hint);
    MPI_Abort(MPI_COMM_WORLD, agr_exit_code(cause.status));
    abort();
}

int agr_world_rank(const agr_world *world)
{
    return world->group.rank;
}

int agr_world_size(const agr_world *world)
{
    return world->group.size;
}

int agr_world_node_rank(const agr_world *world)
{
    return world->node.rank;
}

int agr_world_node_size(const agr_world *world)
{
    return world->node.size;
}

int agr_world_ranks_per_node(const agr_world *world)
{
    return world->ranks_per_node;
}

const char *agr_world_host(const agr_world *world)
{
    return world->host;
}

agr_group *agr_world_group(agr_world *world)
{
    return &world->group;
}

agr_group *agr_world_node_group(agr_world *world)
{
    return &world->node;
}

agr_status agr_world_lowest_isa(agr_world *world, agr_isa *isa, agr_error *err)
{
    const agr_status mine = agr_isa_choose(isa, err);
    AGR_TRY(agr_agree(&world->group, mine, err));
    int64_t lowest = *isa;
    AGR_TRY(agr_group_min(&world->group, &lowest, 1, err));
    *isa = (agr_isa)lowest;
    return AGR_OK;
}
