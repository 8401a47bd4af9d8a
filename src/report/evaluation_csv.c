/* Every figure as a row of one table. */
#include <agr/report/evaluation.h>

#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>

/* Whose rows are being written, and where to. */
typedef struct {
    const agr_evaluation *e;
    const agr_evaluated_head *r; /* a head, or an ensemble */
    const char *branch, *head;   /* what they are called */
    agr_text *text;
} csv_sheet;

typedef struct {
    const char *metric, *of; /* of: class, bin, or "" */
    double value, baseline;
    int64_t n;
    const char *by, *cell; /* of slices; "": all rows */
    double low, high;
} figure_row;

/* Of all rows, without an interval. */
static figure_row row_of_all(const char *metric, const char *of, double value, double baseline,
                             int64_t n)
{
    return (figure_row){metric, of, value, baseline, n, "", "", (double)NAN, (double)NAN};
}

static void add_number(agr_text *text, double value)
{
    agr_text_add(text, ",");
    if (!isnan(value))
        agr_text_add(text, "%.17g", value);
}

static void add_row(const csv_sheet *sheet, figure_row row)
{
    agr_text *text = sheet->text;
    agr_csv_add_field(text, sheet->branch);
    agr_text_add(text, ",");
    agr_csv_add_field(text, sheet->head);
    agr_text_add(text, ",%s,", row.metric);
    agr_csv_add_field(text, row.of);
    add_number(text, row.value);
    add_number(text, row.baseline);
    agr_text_add(text, ",%lld,", (long long)row.n);
    agr_csv_add_field(text, row.by);
    agr_text_add(text, ",");
    agr_csv_add_field(text, row.cell);
    add_number(text, row.low);
    add_number(text, row.high);
    agr_text_add(text, "\n");
}

/* A row named after another: "accuracy_difference", "equal_cell_mae". */
static void add_named(const csv_sheet *sheet, const char *before, const char *after, figure_row row)
{
    char name[2 * AGR_AUDIT_NAME_BYTES];
    snprintf(name, sizeof name, "%s%s%s", before, row.metric, after);
    row.metric = name;
    add_row(sheet, row);
}

/* What a figure speaks of: a class or bin; "": all rows. */
static const char *part_of(const csv_sheet *sheet, int of, char room[AGR_EVALUATED_NAME_BYTES])
{
    return of < 0 ? "" : agr_evaluated_part(sheet->e, sheet->r, of, room);
}

/* ---- all rows ---- */

static void add_confusion(const csv_sheet *sheet)
{
    const agr_audit_judgement *judgement = &sheet->r->judgement;
    const int n = judgement->n_classes;
    for (int i = 0; i < n * n; i++) {
        char is[AGR_EVALUATED_NAME_BYTES], said[AGR_EVALUATED_NAME_BYTES];
        agr_text of = {0};
        agr_text_add(&of, "%s > %s", part_of(sheet, i / n, is), part_of(sheet, i % n, said));
        int64_t n_true = 0;
        for (int c = 0; c < n; c++)
            n_true += judgement->confusion[i / n * n + c];
        sheet->text->failed = sheet->text->failed || of.failed;
        if (!of.failed)
            add_row(sheet, row_of_all("confusion", of.data, (double)judgement->confusion[i],
                                      (double)NAN, n_true));
        agr_text_release(&of);
    }
}

static void add_reliability(const csv_sheet *sheet)
{
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &sheet->r->judgement.reliability.bin[b];
        char of[AGR_EVALUATED_NAME_BYTES];
        snprintf(of, sizeof of, "%.3f-%.3f", (double)b / AGR_AUDIT_RELIABILITY_BINS,
                 (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS);
        add_row(sheet,
                row_of_all("reliability_confidence", of, bin->confidence, (double)NAN, bin->n));
        add_row(sheet, row_of_all("reliability_accuracy", of, bin->accuracy, (double)NAN, bin->n));
    }
}

static void add_figures(const csv_sheet *sheet)
{
    const agr_audit_judgement *judgement = &sheet->r->judgement;
    for (int i = 0; i < judgement->n_figures; i++) {
        const agr_audit_figure *f = &judgement->figure[i];
        char room[AGR_EVALUATED_NAME_BYTES];
        add_row(sheet,
                row_of_all(f->name, part_of(sheet, f->of, room), f->value, f->baseline, f->n));
    }
    if (!agr_evaluated_has_classes(sheet->r))
        return;
    add_confusion(sheet);
    add_reliability(sheet);
}

/* ---- slices ---- */

static void add_cells(const csv_sheet *sheet, int t)
{
    const agr_audit_slices *slices = &sheet->r->slices[t];
    const agr_slicing_table *table = &sheet->e->slicing.table[t];
    for (int c = 0; c < slices->n_cells; c++)
        for (int f = 0; f < slices->n_slices; f++) {
            const agr_audit_slice *slice = &slices->cell[c].slice[f];
            const agr_audit_figure *figure = &slice->figure;
            char room[AGR_EVALUATED_NAME_BYTES];
            add_row(sheet, (figure_row){figure->name, part_of(sheet, figure->of, room),
                                        figure->value, figure->baseline, figure->n, table->name,
                                        table->cell[c], slice->low, slice->high});
        }
}

static void add_gap(const csv_sheet *sheet, int t, const agr_audit_gap *gap)
{
    const agr_slicing_table *table = &sheet->e->slicing.table[t];
    const agr_audit_pair *pair = &gap->largest;
    char room[AGR_EVALUATED_NAME_BYTES];
    agr_text cells = {0};
    agr_text_add(&cells, "%s > %s", table->cell[pair->cell[0]], table->cell[pair->cell[1]]);
    sheet->text->failed = sheet->text->failed || cells.failed;
    const figure_row difference = {
        gap->name,   part_of(sheet, gap->of, room),  pair->difference, (double)NAN, pair->n,
        table->name, cells.failed ? "" : cells.data, pair->low,        pair->high};
    add_named(sheet, "", "_difference", difference);
    figure_row ratio = difference;
    ratio.value = gap->ratio;
    ratio.low = ratio.high = (double)NAN;
    add_named(sheet, "", "_ratio", ratio);
    agr_text_release(&cells);
}

static void add_slices(const csv_sheet *sheet)
{
    for (int t = 0; sheet->r->slices != NULL && t < sheet->e->slicing.n_tables; t++) {
        const agr_audit_slices *slices = &sheet->r->slices[t];
        add_cells(sheet, t);
        for (int g = 0; g < slices->n_gaps; g++)
            add_gap(sheet, t, &slices->gap[g]);
        for (int i = 0; i < slices->n_equal_cells; i++) {
            const agr_audit_equal_cell *mean = &slices->equal_cell[i];
            add_named(sheet, "equal_cell_", "",
                      (figure_row){mean->name, "", mean->value, (double)NAN, mean->n,
                                   sheet->e->slicing.table[t].name, "", mean->low, mean->high});
        }
    }
}

/* ---- heads and populations ---- */

static void add_head(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *text)
{
    const csv_sheet sheet = {e, r, r->model->name, agr_evaluated_name(e, r), text};
    add_row(&sheet, row_of_all("loss", "", agr_evaluated_loss(r), (double)NAN, r->judgement.n));
    add_figures(&sheet);
    add_slices(&sheet);
}

/* How far the members lie apart in one figure. */
static void add_spread(const csv_sheet *sheet, const agr_population *p, int index)
{
    const agr_audit_figure *f = &p->ensemble.judgement.figure[index];
    const agr_audit_spread spread = agr_population_spread(sheet->e, p, index);
    char room[AGR_EVALUATED_NAME_BYTES];
    figure_row row =
        row_of_all(f->name, part_of(sheet, f->of, room), spread.deviation, (double)NAN, f->n);
    add_named(sheet, "", "_sd", row);
    row.value = spread.mean;
    row.low = spread.low;
    row.high = spread.high;
    add_named(sheet, "", "_mean", row);
}

/* The ensemble's figures are called as those of a head are. */
static void add_population(const agr_evaluation *e, const agr_population *p, agr_text *text)
{
    const csv_sheet sheet = {e, &p->ensemble, p->name, p->name, text};
    const agr_audit_judgement *judgement = &p->ensemble.judgement;
    add_row(&sheet, row_of_all("members", "", p->n_members, (double)NAN, judgement->n));
    add_figures(&sheet);
    for (int i = 0; i < judgement->n_figures; i++)
        add_spread(&sheet, p, i);
    add_slices(&sheet);
}

void agr_evaluation_csv(const agr_evaluation *e, agr_text *text)
{
    agr_text_add(text, "branch,head,metric,of,value,baseline,n,by,cell,low,high\n");
    for (int i = 0; i < e->n_results; i++)
        add_head(e, &e->result[i], text);
    for (int p = 0; p < e->populations.n; p++)
        add_population(e, &e->populations.item[p], text);
}
