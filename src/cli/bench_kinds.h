/** What share of a training step each kind of work takes. */
#ifndef AGR_CLI_BENCH_KINDS_H
#define AGR_CLI_BENCH_KINDS_H

#include <agr/nn/network.h>

enum { BENCH_MAX_KINDS = 24 };

typedef struct {
    const char *name; /* of a kind of layer, "assembly" or "the rest" */
    double ms;        /* a step, forward and backward */
} bench_kind;

typedef struct {
    int n;
    bench_kind item[BENCH_MAX_KINDS];
} bench_kinds;

/** Kinds of layers from those that take longest to those that take least, then assembly of the batch,
 * then what is left of a step: losses, optimiser, sums over ranks. */
void bench_kinds_of(const agr_network *network, int n_steps, double step_ms, double assembly_ms,
                    bench_kinds *kinds);

#endif
