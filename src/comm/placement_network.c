/*
 * What the exchange of a step costs. Messages as team_sum.c and team_gradient.c send them, on r ranks, k of
 * them on each of m nodes:
 *
 *     small sums   a round each, and one for the control word: every rank sends its rows to every other
 *     gradients    each rank sends (r - 1) / r of the bytes to those who add them, and as much of the total
 *
 *     exchange = (rounds + 2) * half a round trip + messages * MESSAGE + bytes of sums / rate
 *                + gradients inside / rate + max(0, gradients between / rate - HIDDEN * compute)
 *
 * Inside a node a core copies what is sent, and does not compute meanwhile. Between nodes gradients move
 * under the backward pass, but for the last ones: two messages. All ranks of a node share its link.
 */
#include "placement_impl.h"

/* Sending and receiving a message, for the rank that does: assumed. */
#define MESSAGE_S 1e-6

/* Of a step's computing, the backward pass: about twice the forward one. */
#define HIDDEN (2.0 / 3)

enum { CHUNK_BYTES = 1 << 20 }; /* as team_gradient.c cuts them */

/* Computing ranks of a node, where there are so many. */
static int most_on_a_node(const agr_placement_input *input, int n_computing, int threads)
{
    if (input->n_ranks <= input->ranks_per_node)
        return n_computing;
    const int fit = (int)agr_max_i64(input->cores_per_node / threads, 1);
    return (int)agr_min_i64(n_computing, agr_min_i64(fit, input->ranks_per_node));
}

agr_traffic agr_placement_traffic(const agr_placement_input *input, int branch, int n_computing,
                                  int threads)
{
    if (n_computing < 2)
        return (agr_traffic){.n_nodes = 1};
    const agr_placement_branch *b = &input->branch[branch];
    const double r = n_computing, k = most_on_a_node(input, n_computing, threads);
    const double n_chunks = ceil(b->gradient_bytes / CHUNK_BYTES);
    const double to_each = 2 * b->gradient_bytes / r; /* of the others */
    const int n_rounds = b->n_sums + 1;
    return (agr_traffic){
        .n_nodes = (int)ceil(r / k),
        .n_rounds = n_rounds,
        .n_messages = (r - 1) * (n_rounds + 2 * n_chunks),
        .inside = {.sums = (k - 1) * b->sum_bytes, .gradients = (k - 1) * to_each},
        .between = {.sums = k * (r - k) * b->sum_bytes, .gradients = k * (r - k) * to_each}};
}

static double bytes_ms(double bytes, const agr_link *link)
{
    return bytes > 0 ? 1e3 * bytes / link->bytes_per_s : 0;
}

double agr_placement_exchange_ms(const agr_placement_input *input, int branch, int n_computing,
                                 int threads, double compute_ms)
{
    if (n_computing < 2)
        return 0;
    const agr_traffic t = agr_placement_traffic(input, branch, n_computing, threads);
    const agr_link *inside = &input->links.inside, *between = &input->links.between;
    const double round_trip_s = (t.n_nodes > 1 ? between : inside)->round_trip_s;
    const double messages_ms =
        1e3 * ((t.n_rounds + 2) * round_trip_s / 2 + t.n_messages * MESSAGE_S);
    return messages_ms + bytes_ms(t.inside.sums + t.inside.gradients, inside) +
           bytes_ms(t.between.sums, between) +
           fmax(0, bytes_ms(t.between.gradients, between) - HIDDEN * compute_ms);
}
