/* How long the gradients of a step are on their way, alone and under a backward pass.
 *
 *     mpirun -np 2 bench_exchange [floats] [milliseconds of backward pass]
 *
 * The backward pass is simulated: 24 layers of equal size compute (a chain of multiplications) and
 * announce their gradients, polling ten times a layer as kernels do. Every rank's sums are those of
 * 16 micro-batches. Reported by rank 0, medians of 21 steps. */
#include <agr/base/clock.h>
#include <agr/comm/cores.h>
#include <agr/comm/team.h>
#include <agr/comm/wait.h>

#include <stdio.h>
#include <stdlib.h>

enum { N_STEPS = 21, N_LAYERS = 24, POLLS_A_LAYER = 10, N_IMAGES = 32, MICRO_BATCH = 2 };

typedef struct {
    agr_world *world;
    agr_team *team;
    agr_shard shard;
    float *slots;
    size_t n_floats;
    double backward_s;
} bench;

typedef struct {
    double step_s;
    double exposed_s; /* waited for other ranks */
} measured;

static volatile double sink;

static void compute(double duration_s)
{
    const double end_s = agr_clock_s() + duration_s;
    double x = 1;
    while (agr_clock_s() < end_s)
        for (int i = 0; i < 1000; i++)
            x = x * 1.0000001 + 1e-9;
    sink = x;
}

static agr_status run_step(bench *b, measured *m, agr_error *err)
{
    agr_reducer *reducer = agr_team_reducer(b->team);
    AGR_TRY(agr_group_barrier(agr_team_group(b->team), err));
    agr_wait_reset_times(b->world);
    const double begin_s = agr_clock_s();
    AGR_TRY(reducer->ops->gradient_open(reducer, &b->shard, b->slots, b->n_floats, err));
    size_t end = b->n_floats;
    for (int layer = N_LAYERS - 1; layer >= 0; layer--) {
        for (int i = 0; i < POLLS_A_LAYER && b->backward_s > 0; i++) {
            compute(b->backward_s / (N_LAYERS * POLLS_A_LAYER));
            AGR_TRY(reducer->ops->progress(reducer, err));
        }
        const size_t begin = b->n_floats * (size_t)layer / N_LAYERS;
        AGR_TRY(reducer->ops->gradient_ready(reducer, begin, end - begin, err));
        end = begin;
    }
    AGR_TRY(reducer->ops->gradient_close(reducer, err));
    m->step_s = agr_clock_s() - begin_s;
    m->exposed_s = agr_wait_read_times(b->world).waiting_s[AGR_WAIT_EXCHANGE];
    return AGR_OK;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static agr_status run(bench *b, const char *title, agr_error *err)
{
    double step_s[N_STEPS], exposed_s[N_STEPS];
    for (int i = 0; i < N_STEPS; i++) {
        measured m = {0};
        AGR_TRY(run_step(b, &m, err));
        step_s[i] = m.step_s;
        exposed_s[i] = m.exposed_s;
    }
    qsort(step_s, N_STEPS, sizeof *step_s, compare);
    qsort(exposed_s, N_STEPS, sizeof *exposed_s, compare);
    if (agr_world_rank(b->world) == 0)
        printf("%-24s step %8.2f ms (least %8.2f)  waiting %6.2f ms (least %5.2f)  %5.2f GB/s\n",
               title, step_s[N_STEPS / 2] * 1e3, step_s[0] * 1e3, exposed_s[N_STEPS / 2] * 1e3,
               exposed_s[0] * 1e3,
               (double)b->n_floats * sizeof(float) / step_s[N_STEPS / 2] * 1e-9);
    return AGR_OK;
}

static agr_status measure_sums(bench *b, agr_error *err)
{
    enum { WIDTH = 2048, N_SUMS = 200 };
    static double leaves[N_IMAGES * WIDTH], total[WIDTH];
    agr_reducer *reducer = agr_team_reducer(b->team);
    AGR_TRY(agr_group_barrier(agr_team_group(b->team), err));
    const double begin_s = agr_clock_s();
    for (int i = 0; i < N_SUMS; i++)
        AGR_TRY(reducer->ops->sum(reducer, &b->shard, leaves, WIDTH, total, err));
    if (agr_world_rank(b->world) == 0)
        printf("%-24s %.1f us\n", "sum of 2048 doubles", (agr_clock_s() - begin_s) / N_SUMS * 1e6);
    return AGR_OK;
}

static agr_status measure(bench *b, agr_error *err)
{
    const double backward_s = b->backward_s;
    b->backward_s = 0;
    AGR_TRY(run(b, "exchange alone", err));
    b->backward_s = backward_s;
    AGR_TRY(run(b, "under a backward pass", err));
    return measure_sums(b, err);
}

static agr_status prepare(bench *b, agr_error *err)
{
    int ranks[64];
    const int size = agr_world_size(b->world);
    if (size > 64)
        return agr_error_set(err, AGR_USAGE, "expected at most 64 ranks, found %d", size);
    agr_cores cores;
    AGR_TRY(agr_cores_gather(b->world, &cores, err));
    for (int i = 0; i < size; i++)
        ranks[i] = i;
    const agr_team_limits limits = {"bench", N_IMAGES / MICRO_BATCH, 2048};
    AGR_TRY(agr_team_create(b->world, ranks, size, 0, &limits, &b->team, err));
    b->shard = agr_team_shard(b->team, N_IMAGES, MICRO_BATCH);
    agr_tree_node cover[AGR_TREE_MAX_DEPTH];
    const int rows = b->shard.count > 0 ? agr_tree_cover(N_IMAGES / MICRO_BATCH, b->shard.first,
                                                         b->shard.count, cover)
                                        : 1;
    b->slots = malloc((size_t)rows * b->n_floats * sizeof *b->slots);
    if (b->slots == NULL)
        return agr_error_set(err, AGR_MEMORY, "cannot allocate %d slots", rows);
    for (size_t i = 0; i < (size_t)rows * b->n_floats; i++)
        b->slots[i] = 1e-3F;
    return AGR_OK;
}

int main(int n_arguments, char **argument)
{
    bench b = {.n_floats = 3016939, .backward_s = 0.3};
    if (n_arguments > 1)
        b.n_floats = strtoull(argument[1], NULL, 10);
    if (n_arguments > 2)
        b.backward_s = strtod(argument[2], NULL) * 1e-3;
    agr_error err;
    if (agr_world_start(&b.world, &err) != AGR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    if (prepare(&b, &err) != AGR_OK || measure(&b, &err) != AGR_OK)
        agr_world_abort(b.world, &err);
    free(b.slots);
    agr_team_destroy(b.team);
    agr_world_stop(b.world);
    return 0;
}
