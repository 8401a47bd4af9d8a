/**
 * Reference arrays by name, and a network held against them.
 *
 * Names (N images, k = 1, 2, ... steps on the same batch):
 *     network/<branch>                    the branch as text, YAML flow style
 *     data/x [N,H,W,3]                    pictures
 *     data/<target> [N]                   labels, NaN = no label
 *     init/<layer>/<parameter>            weights before training
 *     masks/step<k>/<dropout layer> [N,...]   1 = kept
 *     infer_init/<head> [N,K]             predictions before training
 *     train1/outputs/<head> [N,K]         predictions of step 1, in training
 *     train1/act/<layer>                  outputs of layers in step 1
 *     train1/loss_<head>                  mean loss of step 1
 *     grads/<layer>/<parameter>           gradient of the branch's weighted loss in step 1
 *     step1/weights/<layer>/<parameter>   after step 1, moving statistics too
 *     history/loss_<head> [steps]         mean losses at the network's own learning rate
 *     chain/loss_<head> [steps]           ... at 1e-5 with decay 2e-7, where float32 can follow
 *     chain/infer_final/<head> [N,K]      predictions after those steps
 *
 * Whatever is not there is not compared.
 */
#ifndef AGR_TESTS_GOLDEN_H
#define AGR_TESTS_GOLDEN_H

#include <agr/base/cpu.h>
#include <agr/nn/optimiser.h>
#include <agr/kernels/isa.h>

enum { GOLDEN_NAME_BYTES = 160, GOLDEN_MAX_DIMENSIONS = 5, GOLDEN_MAX_LINES = 64 };

typedef struct {
    char name[GOLDEN_NAME_BYTES];
    int n_dimensions;
    int64_t shape[GOLDEN_MAX_DIMENSIONS];
    size_t count;
    double *data; /* owned; NULL for text */
    char *text;   /* owned; NULL for numbers */
} golden_array;

typedef struct {
    golden_array *array; /* owned */
    int n_arrays, capacity;
} golden_set;

/** Adds an array, data being malloc'ed and taken. */
void golden_add(golden_set *golden, golden_array array);
void golden_release(golden_set *golden);

/** The array of this name (printf), or NULL. */
const golden_array *golden_find(const golden_set *golden, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Reads a file of make_golden.py. Fails the test when it cannot. */
void golden_read(golden_set *golden, const char *path);

/** What was compared, and how far off it was at worst, as a share of its tolerance. */
typedef struct {
    char what[48];    /* "gradients", "losses", ... */
    double worst;     /* error in the quantity's own measure */
    double tolerance; /* allowed at that place */
    char where[96];   /* the array where error / tolerance was largest */
    int n_arrays;
} golden_line;

typedef struct {
    int n_lines;
    golden_line line[GOLDEN_MAX_LINES];
} golden_report;

/** Largest error / tolerance of the report. */
double golden_worst(const golden_report *report);

/** Notes one comparison under `what`. */
void golden_note(golden_report *report, const char *what, const char *where, double error,
                 double tolerance);

/** Compares n floats: max |a - b| / max |b| (or max |a - b| where b is all zero), against the
 * tolerance; notes it under `what`. */
void golden_compare(golden_report *report, const char *what, const char *where, const float *a,
                    const double *b, size_t n, double tolerance);
void golden_compare_number(golden_report *report, const char *what, const char *where, double a,
                           double b, double tolerance);

/**
 * Which outputs of each layer are positive, and which elements the max-pools pick, in step 1. The
 * gradient of a ReLU or a max-pool jumps there: an output of 1e-7 that another algorithm rounds to
 * 0 changes single gradients of a small batch by far more than rounding does. Runs that differ in
 * one cannot be held to the same gradient; they are told apart.
 */
typedef struct {
    uint8_t *state[GOLDEN_MAX_LINES]; /* [layer], owned; NULL for layers without */
} golden_signs;

void golden_signs_release(golden_signs *signs);

/** How a network is to be run. */
typedef struct {
    agr_isa isa;
    agr_conv_algorithm conv_algorithm;
    int n_threads;
    int64_t micro_batch;
    double tolerance_factor; /* on outputs, activations and gradients; 0: 1 */
    golden_signs *signs;     /* NULL, or the signs to compare with; empty: they are taken down */
    /** The gradient's tolerance for this array, or NULL for 1e-4. */
    double (*gradient_tolerance)(const char *name, void *context);
    void *context;
} golden_run;

/** Runs one branch (inference, three steps, then the chain) and notes every comparison. */
void golden_check_branch(const golden_set *golden, const char *branch, const golden_run *run,
                         golden_report *report);

const char *golden_algorithm_name(agr_conv_algorithm algorithm);

#endif
