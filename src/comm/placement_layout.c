/* The layout of a team: how it uses its cores best, and which of its ranks compute. */
#include "placement_impl.h"

/* The most threads of which the last one makes it faster by AGR_PLACEMENT_LEAST_GAIN: where
 * d log(speed) / d threads = (1 - loss) / (threads * (1 + loss * (threads - 1))) falls to that. */
static int worthwhile_threads(double thread_loss)
{
    const double rest = fmax(0, 1 - thread_loss), product = rest / AGR_PLACEMENT_LEAST_GAIN;
    const double threads =
        2 * product / (rest + sqrt(rest * rest + 4 * thread_loss * product)); /* also for 0 */
    return (int)fmax(1, threads);
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

/* Branches that a step costs the same, whatever the layout. */
typedef struct {
    int branch;   /* the first of them */
    double steps; /* left to do, those of all */
} lot;

typedef struct {
    int n;
    lot item[MAX_BRANCHES];
} lots;

static bool cost_the_same(const agr_placement_branch *a, const agr_placement_branch *b)
{
    return a->batch == b->batch && a->micro_batch == b->micro_batch && a->image_ms == b->image_ms &&
           a->thread_loss == b->thread_loss && a->gradient_bytes == b->gradient_bytes &&
           a->sum_bytes == b->sum_bytes && a->n_sums == b->n_sums;
}

static void sort_into_lots(const agr_placement_input *input, const int *branch, int n_branches,
                           lots *all)
{
    all->n = 0;
    for (int i = 0; i < n_branches; i++) {
        const agr_placement_branch *b = &input->branch[branch[i]];
        int at = 0;
        while (at < all->n && !cost_the_same(&input->branch[all->item[at].branch], b))
            at++;
        if (at == all->n)
            all->item[all->n++] = (lot){.branch = branch[i]};
        all->item[at].steps += placement_drift(b) * b->images_left / (double)b->batch;
    }
}

/* What placement_work_s() says of the branches in these lots. */
static double lots_work_s(const agr_placement_input *input, const lots *all, int n_computing,
                          int threads)
{
    double ms = 0;
    for (int i = 0; i < all->n; i++)
        ms += all->item[i].steps *
              placement_model_step_ms(input, all->item[i].branch, n_computing, threads);
    return ms / 1000;
}

/* Of all together: what they lose is a sum of what each loses. */
static double lots_thread_loss(const agr_placement_input *input, const lots *all)
{
    double ms = 0, lost_ms = 0;
    for (int i = 0; i < all->n; i++) {
        const agr_placement_branch *b = &input->branch[all->item[i].branch];
        const double work_ms = all->item[i].steps * (double)b->batch * b->image_ms;
        ms += work_ms;
        lost_ms += work_ms * b->thread_loss;
    }
    return ms > 0 ? lost_ms / ms : 0;
}

static int most_micro_batches(const agr_placement_input *input, const lots *all)
{
    int64_t most = 1;
    for (int i = 0; i < all->n; i++)
        most = agr_max_i64(most, placement_micro_batches(&input->branch[all->item[i].branch]));
    return (int)most;
}

/* One rank more is of use only where the fullest rank gets fewer micro-batches. */
static bool is_useful_count(const agr_placement_input *input, const lots *all, int n_computing)
{
    for (int i = 0; i < all->n; i++) {
        const agr_placement_branch *b = &input->branch[all->item[i].branch];
        if (n_computing == 1 ||
            placement_fullest_rank(b, n_computing) < placement_fullest_rank(b, n_computing - 1))
            return true;
    }
    return false;
}

/* The most threads, of those wanted, that each of n_computing ranks can have; 0: there are not so many
 * cores. */
static int most_threads(const agr_placement_input *input, int n_ranks, double cores,
                        int n_computing, int wanted)
{
    const int fewest = input->threads > 0 ? input->threads : 1;
    int threads = (int)fmin(wanted, floor(cores / n_computing + SAME));
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
    const int worthwhile = worthwhile_threads(lots_thread_loss(input, &all));
    const int wanted =
        input->threads > 0 ? input->threads : (int)fmin(worthwhile, input->cores_per_node);
    const int most = (int)fmin(fmin(n_ranks, most_micro_batches(input, &all)), cores + SAME);
    double best_s = lots_work_s(input, &all, 1, best.threads);
    for (int n = 1; n <= most; n++) {
        if (!is_useful_count(input, &all, n))
            continue;
        const int threads = most_threads(input, n_ranks, cores, n, wanted);
        const double seconds = threads > 0 ? lots_work_s(input, &all, n, threads) : HUGE_VAL;
        if (seconds < best_s * (1 - AGR_PLACEMENT_LEAST_GAIN)) {
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
    int n = 0;
    for (int i = 0; i < n_ranks && n < layout->n_computing; i++) {
        const int node = world_rank[i] / input->ranks_per_node;
        const double cores = placement_node_cores(input, node);
        const double most = layout->by_hand ? n_ranks : fmax(1, cores / layout->threads + SAME);
        int n_here = 0;
        for (int j = 0; j < n; j++)
            n_here += computing[j] / input->ranks_per_node == node;
        if (n_here + 1 <= most)
            computing[n++] = world_rank[i];
    }
    return n;
}
