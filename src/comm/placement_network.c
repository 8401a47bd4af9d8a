/*
 * What the exchange of a step costs. Messages as team_sum.c and team_chunk.c send them, on r ranks, k of
 * them on each of m nodes:
 *
 *     small sums   ceil(log2(r)) rounds of one message each, and as many for the control word; in the round
 *                  of distance d the last min(d, k) ranks of a node send to another
 *     gradients    inside a node (k - 1) / k of the bytes to those who add them, and as much of the total;
 *                  then between nodes (m - 1) / m of the bytes of a node, and as much of the total
 *
 *     exchange = rounds * half a round trip + messages * MESSAGE + bytes of sums / rate
 *                + gradients inside / rate + max(0, gradients between / rate - HIDDEN * compute)
 *
 * Inside a node a core copies what is sent, and does not compute meanwhile. Between nodes gradients move
 * under the backward pass, but for the last ones: two rounds, and two inside. All ranks of a node share its
 * link.
 */
#include "placement_impl.h"

/* Sending and receiving a message, for the rank that does: assumed. */
#define MESSAGE_S 1e-6

/* Of a step's computing, the backward pass: about twice the forward one. */
#define HIDDEN (2.0 / 3)

enum { CHUNK_BYTES = 1 << 20 }; /* as team_impl.h has them */

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
    const double k = most_on_a_node(input, n_computing, threads), m = ceil(n_computing / k);
    const double n_chunks = ceil(b->gradient_bytes / CHUNK_BYTES);
    int n_rounds = 0, n_across = 0; /* of a sum; ranks of a node that send to another, added up */
    for (int distance = 1; distance < n_computing; distance *= 2, n_rounds++)
        n_across += m > 1 ? (int)fmin(distance, k) : 0;
    const int n_all_rounds = n_rounds * (b->n_sums + 1);
    return (agr_traffic){.n_nodes = (int)m,
                         .n_rounds = n_all_rounds + (k > 1 ? 2 : 0) + (m > 1 ? 2 : 0),
                         .n_messages = n_all_rounds + n_chunks * 2 * (k - 1 + m - 1),
                         .inside = {.sums = (m > 1 ? 0 : n_rounds) * b->sum_bytes,
                                    .gradients = 2 * (k - 1) / k * b->gradient_bytes},
                         .between = {.sums = n_across * b->sum_bytes,
                                     .gradients = 2 * (m - 1) / m * b->gradient_bytes}};
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
    const double messages_ms = 1e3 * (t.n_rounds * round_trip_s / 2 + t.n_messages * MESSAGE_S);
    return messages_ms + bytes_ms(t.inside.sums + t.inside.gradients, inside) +
           bytes_ms(t.between.sums, between) +
           fmax(0, bytes_ms(t.between.gradients, between) - HIDDEN * compute_ms);
}
