/* Every figure as a row of one table. */
#include <agr/report/evaluation.h>

#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>

typedef struct {
    const char *metric, *of; /* of: class, bin, or "" */
    double value, baseline;
    int64_t n;
    const char *by, *cell; /* of slices; NULL: all rows */
    double low, high;
} figure_row;

static void add_number(agr_text *text, double value)
{
    agr_text_add(text, ",");
    if (!isnan(value))
        agr_text_add(text, "%.17g", value);
}

static void add_row(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text,
                    figure_row row)
{
    agr_csv_add_field(text, r->model->name);
    agr_text_add(text, ",");
    agr_csv_add_field(text, agr_evaluated_name(e, r));
    agr_text_add(text, ",%s,", row.metric);
    agr_csv_add_field(text, row.of);
    add_number(text, row.value);
    add_number(text, row.baseline);
    agr_text_add(text, ",%lld,", (long long)row.n);
    agr_csv_add_field(text, row.by != NULL ? row.by : "");
    agr_text_add(text, ",");
    agr_csv_add_field(text, row.cell != NULL ? row.cell : "");
    add_number(text, row.by != NULL ? row.low : (double)NAN);
    add_number(text, row.by != NULL ? row.high : (double)NAN);
    agr_text_add(text, "\n");
}

static void add_confusion(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text)
{
    const int n = r->judgement.n_classes;
    for (int i = 0; i < n * n; i++) {
        char is[AGR_EVALUATED_NAME_BYTES], said[AGR_EVALUATED_NAME_BYTES];
        agr_text of = {0};
        agr_text_add(&of, "%s > %s", agr_evaluated_class(e, r, i / n, is),
                     agr_evaluated_class(e, r, i % n, said));
        int64_t n_true = 0;
        for (int c = 0; c < n; c++)
            n_true += r->judgement.confusion[i / n * n + c];
        text->failed = text->failed || of.failed;
        if (!of.failed)
            add_row(e, r, text,
                    (figure_row){"confusion", of.data, (double)r->judgement.confusion[i],
                                 (double)NAN, n_true});
        agr_text_release(&of);
    }
}

static void add_reliability(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text)
{
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &r->judgement.reliability.bin[b];
        char of[AGR_EVALUATED_NAME_BYTES];
        snprintf(of, sizeof of, "%.3f-%.3f", (double)b / AGR_AUDIT_RELIABILITY_BINS,
                 (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS);
        add_row(e, r, text,
                (figure_row){"reliability_confidence", of, bin->confidence, (double)NAN, bin->n});
        add_row(e, r, text,
                (figure_row){"reliability_accuracy", of, bin->accuracy, (double)NAN, bin->n});
    }
}

static void add_figures(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text)
{
    add_row(e, r, text,
            (figure_row){"loss", "", agr_evaluated_loss(r), (double)NAN, r->judgement.n});
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *f = &r->judgement.figure[i];
        char room[AGR_EVALUATED_NAME_BYTES];
        const char *of = f->of < 0 ? "" : agr_evaluated_part(e, r, f->of, room);
        add_row(e, r, text, (figure_row){f->name, of, f->value, f->baseline, f->n});
    }
    if (!agr_evaluated_has_classes(r))
        return;
    add_confusion(e, r, text);
    add_reliability(e, r, text);
}

/* ---- slices ---- */

static void add_cells(const agr_evaluation *e, const agr_evaluated_head *r, int t, agr_text *text)
{
    const agr_audit_slices *slices = &r->slices[t];
    for (int c = 0; c < slices->n_cells; c++)
        for (int f = 0; f < slices->n_slices; f++) {
            const agr_audit_slice *slice = &slices->cell[c].slice[f];
            const agr_audit_figure *figure = &slice->figure;
            char room[AGR_EVALUATED_NAME_BYTES];
            add_row(e, r, text,
                    (figure_row){figure->name,
                                 figure->of < 0 ? "" : agr_evaluated_class(e, r, figure->of, room),
                                 figure->value, figure->baseline, figure->n,
                                 e->slicing.table[t].name, e->slicing.table[t].cell[c], slice->low,
                                 slice->high});
        }
}

/* A row named after another: "accuracy_difference", "equal_cell_mae". */
static void add_named(const agr_evaluation *e, const agr_evaluated_head *r, const char *before,
                      const char *after, figure_row row, agr_text *text)
{
    char name[2 * AGR_AUDIT_NAME_BYTES];
    snprintf(name, sizeof name, "%s%s%s", before, row.metric, after);
    row.metric = name;
    add_row(e, r, text, row);
}

static void add_gap(const agr_evaluation *e, const agr_evaluated_head *r, int t,
                    const agr_audit_gap *gap, agr_text *text)
{
    const agr_slicing_table *table = &e->slicing.table[t];
    const agr_audit_pair *pair = &gap->largest;
    char room[AGR_EVALUATED_NAME_BYTES];
    agr_text cells = {0};
    agr_text_add(&cells, "%s > %s", table->cell[pair->cell[0]], table->cell[pair->cell[1]]);
    text->failed = text->failed || cells.failed;
    const figure_row difference = {gap->name,
                                   gap->of < 0 ? "" : agr_evaluated_class(e, r, gap->of, room),
                                   pair->difference,
                                   (double)NAN,
                                   pair->n,
                                   table->name,
                                   cells.failed ? "" : cells.data,
                                   pair->low,
                                   pair->high};
    add_named(e, r, "", "_difference", difference, text);
    figure_row ratio = difference;
    ratio.value = gap->ratio;
    ratio.low = ratio.high = (double)NAN;
    add_named(e, r, "", "_ratio", ratio, text);
    agr_text_release(&cells);
}

static void add_slices(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text)
{
    for (int t = 0; r->slices != NULL && t < e->slicing.n_tables; t++) {
        const agr_audit_slices *slices = &r->slices[t];
        add_cells(e, r, t, text);
        for (int g = 0; g < slices->n_gaps; g++)
            add_gap(e, r, t, &slices->gap[g], text);
        for (int i = 0; i < slices->n_equal_cells; i++) {
            const agr_audit_equal_cell *mean = &slices->equal_cell[i];
            add_named(e, r, "equal_cell_", "",
                      (figure_row){mean->name, "", mean->value, (double)NAN, mean->n,
                                   e->slicing.table[t].name, NULL, mean->low, mean->high},
                      text);
        }
    }
}

void agr_evaluation_csv(const agr_evaluation *e, agr_text *text)
{
    agr_text_add(text, "branch,head,metric,of,value,baseline,n,by,cell,low,high\n");
    for (int i = 0; i < e->n_results; i++) {
        add_figures(e, &e->result[i], text);
        add_slices(e, &e->result[i], text);
    }
}
