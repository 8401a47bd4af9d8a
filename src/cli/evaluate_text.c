/* Figures as tables for people, within 80 columns. */
#include "evaluate_text.h"

#include "columns.h"
#include "evaluate_population_text.h"
#include "evaluate_slices_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME_COLUMNS = 12,
    MAX_CONFUSION = 24,    /* classes: more are for --json and --csv */
    CONFUSION_AT_ONCE = 6, /* columns side by side */
    PARTS_COLUMNS = 57,    /* of the metrics of bins and classes together */
    MAX_CELL_COLUMNS = 20
};

/* ---- figures of all samples ---- */

static void print_value(double value)
{
    if (isnan(value))
        printf("%12s", "-");
    else if (value == 0 || (fabs(value) >= 1e-3 && fabs(value) < 1e6))
        printf("%12.4f", value);
    else
        printf("%12.4g", value);
}

static void print_figures(const agr_evaluated_head *r)
{
    printf("    %-20s%12s%12s  better\n    %-20s", "", "value", "baseline", "loss");
    print_value(agr_evaluated_loss(r));
    print_value((double)NAN);
    printf("  lower\n");
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of >= 0)
            continue;
        printf("    %-20s", figure->name);
        print_value(figure->value);
        print_value(figure->baseline);
        printf("  %-7s %s\n", agr_audit_better_name(figure->metric->better), figure->metric->unit);
    }
}

static void print_guess(const agr_evaluation *e, const agr_evaluated_head *r)
{
    char room[AGR_EVALUATED_NAME_BYTES];
    if (!r->guess.possible)
        printf("    baseline: none, the training part has no labels\n");
    else if (agr_evaluated_has_classes(r))
        printf("    baseline: always '%s', with the shares of the training part\n",
               agr_evaluated_class(e, r, (int)r->guess.class_index, room));
    else
        printf("    baseline: always %.6g, the median of the training part; for rmse and bias\n"
               "              its mean, %.6g\n",
               r->guess.median, r->guess.mean);
}

/* ---- figures of bins and classes ---- */

/* Figures of one bin or class follow each other; the count of images has its own column, and rates are
 * for slices. */
static const agr_audit_figure *part_end(const agr_audit_judgement *judgement,
                                        const agr_audit_figure *figure)
{
    const agr_audit_figure *end = figure;
    while (end < judgement->figure + judgement->n_figures && end->of == figure->of)
        end++;
    return end;
}

static bool has_cell(const agr_audit_figure *figure)
{
    return figure->metric->better != AGR_AUDIT_NEITHER &&
           figure->metric->images != AGR_AUDIT_NEGATIVES;
}

static void print_cell(const agr_audit_figure *figure, int width)
{
    char cell[64];
    int length = isnan(figure->value) ? snprintf(cell, sizeof cell, "-")
                                      : snprintf(cell, sizeof cell, "%.3f", figure->value);
    if (isnan(figure->baseline))
        snprintf(cell + length, sizeof cell - (size_t)length, " (-)");
    else
        snprintf(cell + length, sizeof cell - (size_t)length, " (%.3f)", figure->baseline);
    cli_print_right(cell, width);
}

static void print_parts(const agr_evaluation *e, const agr_evaluated_head *r)
{
    const agr_audit_figure *figure = r->judgement.figure, *last = figure + r->judgement.n_figures;
    while (figure < last && figure->of < 0)
        figure++;
    if (figure == last)
        return;
    const char *part = agr_evaluated_has_classes(r) ? "class" : "bin";
    int n_cells = 0;
    for (const agr_audit_figure *f = figure; f < part_end(&r->judgement, figure); f++)
        n_cells += has_cell(f);
    const int fair = PARTS_COLUMNS / n_cells;
    const int width = fair < MAX_CELL_COLUMNS ? fair : MAX_CELL_COLUMNS;
    printf("\n    value (baseline) of each %s\n    %-*s %6s", part, NAME_COLUMNS, part, "n");
    for (const agr_audit_figure *f = figure; f < part_end(&r->judgement, figure); f++)
        if (has_cell(f))
            cli_print_right(f->name, width);
    printf("\n");
    while (figure < last) {
        char room[AGR_EVALUATED_NAME_BYTES];
        const agr_audit_figure *end = part_end(&r->judgement, figure);
        printf("    ");
        cli_print_left(agr_evaluated_part(e, r, figure->of, room), NAME_COLUMNS);
        printf(" %6lld", (long long)figure->n);
        for (; figure < end; figure++)
            if (has_cell(figure))
                print_cell(figure, width);
        printf("\n");
    }
}

/* ---- tables of classes ---- */

static void print_confusion_columns(const agr_evaluation *e, const agr_evaluated_head *r, int first,
                                    int end)
{
    char room[AGR_EVALUATED_NAME_BYTES];
    const int n = r->judgement.n_classes;
    printf("\n    %-*s", NAME_COLUMNS, "true \\ said");
    for (int c = first; c < end; c++) {
        printf(" ");
        cli_print_right(agr_evaluated_class(e, r, c, room), 9);
    }
    printf("\n");
    for (int row = 0; row < n; row++) {
        printf("    ");
        cli_print_left(agr_evaluated_class(e, r, row, room), NAME_COLUMNS);
        for (int c = first; c < end; c++)
            printf(" %9lld", (long long)r->judgement.confusion[row * n + c]);
        printf("\n");
    }
}

static void print_confusion(const agr_evaluation *e, const agr_evaluated_head *r)
{
    const int n = r->judgement.n_classes;
    if (n > MAX_CONFUSION) {
        printf("\n    confusion of %d classes: see --json or --csv\n", n);
        return;
    }
    for (int first = 0; first < n; first += CONFUSION_AT_ONCE)
        print_confusion_columns(e, r, first,
                                first + CONFUSION_AT_ONCE < n ? first + CONFUSION_AT_ONCE : n);
}

static void print_reliability(const agr_evaluated_head *r)
{
    printf("\n    %-*s %6s%12s%12s\n", NAME_COLUMNS, "confidence", "n", "mean", "right");
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &r->judgement.reliability.bin[b];
        if (bin->n == 0)
            continue;
        printf("    %.3f-%.3f  %6lld", (double)b / AGR_AUDIT_RELIABILITY_BINS,
               (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS, (long long)bin->n);
        print_value(bin->confidence);
        print_value(bin->accuracy);
        printf("\n");
    }
}

/* ---- all of it ---- */

static void print_use(const agr_evaluation *e)
{
    bool chose = false, trained = false;
    for (int i = 0; i < e->n_results; i++) {
        const agr_evaluated_use use = agr_evaluated_use_of(e, &e->result[i]);
        chose = chose || use == AGR_EVALUATED_CHOSE;
        trained = trained || use == AGR_EVALUATED_TRAINED;
    }
    if (chose && e->request.out_of_fold)
        printf("note       each fold also chose the epoch of its members (slot best), and flatters "
               "them:\n"
               "           --slot latest chooses nothing\n");
    else if (chose)
        printf("note       these images also chose the checkpoint (slot best), and flatter it:\n"
               "           'agr-mpi prepare --test 0.1' keeps some that choose nothing\n");
    if (trained && e->request.split == AGR_SPLIT_TRAIN)
        printf("note       these images were trained on\n");
    else if (trained)
        printf("note       members of folds were trained on most of these images, which flatters "
               "them:\n"
               "           --split test is sound\n");
}

static void print_head(const agr_evaluation *e, const agr_evaluated_head *r)
{
    printf("\n%-10s %lld samples, slot %s (epoch %lld)\n", agr_evaluated_name(e, r),
           (long long)r->judgement.n, r->model->slot, (long long)r->model->epoch);
    if (r->judgement.n == 0)
        printf("    note: no image of this part has a label '%s': there is nothing to judge\n",
               agr_evaluated_labels(e, r)->name);
    print_figures(r);
    print_guess(e, r);
    if (r->judgement.n == 0)
        return;
    print_parts(e, r);
    if (agr_evaluated_has_classes(r)) {
        print_confusion(e, r);
        print_reliability(r);
    }
    evaluate_print_slices(e, r);
}

void evaluate_print_text(const agr_evaluation *e)
{
    printf("dataset    %s (%016llx, %s), %s samples\n", agr_dataset_path(e->dataset),
           (unsigned long long)agr_dataset_fingerprint(e->dataset),
           agr_evaluation_is_trained_on(e) ? "the one trained on" : "not the one trained on",
           agr_evaluation_part(e));
    print_use(e);
    if (e->request.flip)
        printf("flip       each image and its mirror image: the mean of both answers\n");
    for (int i = 0; i < e->n_results; i++)
        if (!agr_populations_have(&e->populations, i))
            print_head(e, &e->result[i]);
    evaluate_print_populations(e);
    evaluate_explain_slices(e);
}
