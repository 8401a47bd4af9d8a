/* The pace of a team: how long a step takes it, and how it uses its cores best. */
#include "placement_impl.h"

int64_t placement_micro_batches(const agr_placement_branch *branch)
{
    return (branch->batch + branch->micro_batch - 1) / branch->micro_batch;
}

static double speed(const agr_placement_input *input, int threads)
{
    return threads < 2 ? 1 : threads / (1 + input->thread_loss * (1 + (threads - 2) / 8.0));
}

/* Images of a step that the rank with the most of them computes. */
static int64_t fullest_rank(int64_t batch, int64_t micro_batch, int n_computing)
{
    const int64_t n = (batch + micro_batch - 1) / micro_batch;
    return agr_min_i64((n + n_computing - 1) / n_computing * micro_batch, batch);
}

double agr_placement_step_ms(const agr_placement_input *input, int branch, int n_computing,
                             int threads)
{
    const agr_placement_branch *b = &input->branch[branch];
    const int64_t fullest = fullest_rank(b->batch, b->micro_batch, n_computing);
    const double step_ms = (double)fullest * b->image_ms / speed(input, threads) +
                           (n_computing > 1 ? input->exchange_ms : 0);
    return b->drift > 0 ? b->drift * step_ms : step_ms;
}

double placement_work_s(const agr_placement_input *input, const int *branch, int n_branches,
                        int n_computing, int threads)
{
    double seconds = 0;
    for (int i = 0; i < n_branches; i++) {
        const agr_placement_branch *b = &input->branch[branch[i]];
        seconds += b->images_left / (double)b->batch *
                   agr_placement_step_ms(input, branch[i], n_computing, threads) / 1000;
    }
    return seconds;
}

double placement_team_work_s(const agr_placement_input *input, const agr_placement_team *team)
{
    return placement_work_s(input, team->branch, team->n_branches, 1, 1);
}

/* How many ranks with so many threads find cores: whole nodes first, then the rest. */
static int n_ranks_that_fit(const agr_placement_input *input, int n_ranks, double cores,
                            int threads)
{
    const int n_full = n_ranks / input->ranks_per_node;
    const double node_cores = cores / n_ranks * input->ranks_per_node;
    const double rest_cores = cores - n_full * node_cores;
    const double fit =
        n_full * floor(node_cores / threads + SAME) + floor(rest_cores / threads + SAME);
    return (int)fmin(fit, n_ranks);
}

/* ---- the layout of a team ---- */

/* Branches of one batch and micro-batch take their time in proportion, whatever the layout. */
typedef struct {
    int64_t batch, micro_batch;
    double steps;    /* left to do */
    double image_ms; /* summed over them */
} lot;

typedef struct {
    int n;
    lot item[MAX_BRANCHES];
} lots;

static void sort_into_lots(const agr_placement_input *input, const int *branch, int n_branches,
                           lots *all)
{
    all->n = 0;
    for (int i = 0; i < n_branches; i++) {
        const agr_placement_branch *b = &input->branch[branch[i]];
        const double steps = (b->drift > 0 ? b->drift : 1) * b->images_left / (double)b->batch;
        int at = 0;
        while (at < all->n &&
               (all->item[at].batch != b->batch || all->item[at].micro_batch != b->micro_batch))
            at++;
        if (at == all->n)
            all->item[all->n++] = (lot){.batch = b->batch, .micro_batch = b->micro_batch};
        all->item[at].steps += steps;
        all->item[at].image_ms += steps * b->image_ms;
    }
}

/* What placement_work_s() says of the branches in these lots. */
static double lots_work_s(const agr_placement_input *input, const lots *all, int n_computing,
                          int threads)
{
    double ms = 0;
    for (int i = 0; i < all->n; i++) {
        const lot *l = &all->item[i];
        ms += (double)fullest_rank(l->batch, l->micro_batch, n_computing) * l->image_ms /
                  speed(input, threads) +
              (n_computing > 1 ? l->steps * input->exchange_ms : 0);
    }
    return ms / 1000;
}

/* One rank more is of use only where the fullest rank gets fewer micro-batches. */
static bool is_useful_count(const lots *all, int n_computing)
{
    for (int i = 0; i < all->n; i++) {
        const lot *l = &all->item[i];
        if (n_computing == 1 || fullest_rank(l->batch, l->micro_batch, n_computing) <
                                    fullest_rank(l->batch, l->micro_batch, n_computing - 1))
            return true;
    }
    return false;
}

/* The most threads that each of n_computing ranks can have; 0: there are not so many cores. */
static int most_threads(const agr_placement_input *input, int n_ranks, double cores,
                        int n_computing)
{
    const int fewest = input->threads > 0 ? input->threads : 1;
    int threads = input->threads > 0 ? input->threads : input->cores_per_node;
    threads = (int)fmin(threads, floor(cores / n_computing + SAME));
    while (threads >= fewest && n_ranks_that_fit(input, n_ranks, cores, threads) < n_computing)
        threads--;
    return threads >= fewest ? threads : 0;
}

agr_layout agr_placement_layout(const agr_placement_input *input, const int *branch, int n_branches,
                                int n_ranks, double cores)
{
    agr_layout best = {.n_computing = 1, .threads = input->threads > 0 ? input->threads : 1};
    lots all;
    sort_into_lots(input, branch, n_branches, &all);
    double best_s = lots_work_s(input, &all, 1, best.threads);
    for (int n = 1; n <= n_ranks && n <= cores + SAME; n++) {
        const int threads = is_useful_count(&all, n) ? most_threads(input, n_ranks, cores, n) : 0;
        const double seconds = threads > 0 ? lots_work_s(input, &all, n, threads) : HUGE_VAL;
        if (seconds < best_s * (1 - SAME)) {
            best = (agr_layout){.n_computing = n, .threads = threads};
            best_s = seconds;
        }
    }
    best.step_ms = agr_placement_step_ms(input, branch[0], best.n_computing, best.threads);
    return best;
}

int agr_placement_computing(const agr_placement_input *input, const int *world_rank, int n_ranks,
                            const agr_layout *layout, int *computing)
{
    const int per_node = input->cores_per_node / layout->threads;
    const int most = layout->by_hand ? n_ranks : per_node > 1 ? per_node : 1;
    int n = 0;
    for (int i = 0; i < n_ranks && n < layout->n_computing; i++) {
        int n_here = 0;
        for (int j = 0; j < n; j++)
            n_here += computing[j] / input->ranks_per_node == world_rank[i] / input->ranks_per_node;
        if (n_here < most)
            computing[n++] = world_rank[i];
    }
    return n;
}
