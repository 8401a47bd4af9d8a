/* The time of a training step by kinds of work. */
#include "bench_kinds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void add(bench_kinds *kinds, const char *name, double ms)
{
    int at = 0;
    while (at < kinds->n && strcmp(kinds->item[at].name, name) != 0)
        at++;
    AGR_ASSERT(at < BENCH_MAX_KINDS);
    if (at == kinds->n)
        kinds->item[kinds->n++].name = name;
    kinds->item[at].ms += ms;
}

static int longest_first(const void *a, const void *b)
{
    const double x = ((const bench_kind *)a)->ms, y = ((const bench_kind *)b)->ms;
    return (x < y) - (x > y);
}

void bench_kinds_of(const agr_network *network, int n_steps, double step_ms, double assembly_ms,
                    bench_kinds *kinds)
{
    double rest_ms = step_ms - assembly_ms;
    *kinds = (bench_kinds){0};
    for (int i = 0; i < agr_network_n_layers(network); i++) {
        const agr_layer_time time = agr_network_layer_time(network, i);
        const double ms = (time.forward_s + time.backward_s) / n_steps * 1e3;
        add(kinds, agr_network_layer(network, i)->kind->name, ms);
        rest_ms -= ms;
    }
    qsort(kinds->item, (size_t)kinds->n, sizeof kinds->item[0], longest_first);
    add(kinds, "assembly", assembly_ms);
    add(kinds, "the rest", fmax(rest_ms, 0));
}
