/* The pictures that a head judged worst, on a contact sheet. */
#include "evaluation_impl.h"

#include <agr/report/plots.h>
#include <agr/report/sheet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* How bad: the error of a number, the confidence of a wrong class; below 0: not a mistake. */
typedef struct {
    double badness;
    int64_t row;
} mistake;

static double badness_of(const agr_audit_rows *rows, int64_t i)
{
    if (isnan(rows->label[i]))
        return -1;
    if (rows->n_classes == 0)
        return fabs(rows->prediction[i] - rows->label[i]);
    const bool is_right = rows->prediction[i] == rows->label[i];
    return is_right
               ? -1
               : rows->probability[i * rows->probability_stride + (int64_t)rows->prediction[i]];
}

/* The worst first; among equals in the order of the rows. */
static int compare(const void *a, const void *b)
{
    const mistake *x = a, *y = b;
    if (x->badness != y->badness)
        return x->badness < y->badness ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static int64_t find_mistakes(const agr_audit_rows *rows, mistake *found)
{
    int64_t n = 0;
    for (int64_t i = 0; i < rows->n; i++) {
        const double badness = badness_of(rows, i);
        if (badness > 0) /* neither right nor NaN */
            found[n++] = (mistake){badness, i};
    }
    qsort(found, (size_t)n, sizeof *found, compare);
    return n;
}

enum { LINES = 2 };

static agr_status add_picture(const agr_evaluation *e, const agr_evaluated_head *r,
                              const agr_audit_rows *rows, const mistake *m, agr_sheet *sheet,
                              agr_error *err)
{
    char words[LINES][120], room[2][AGR_EVALUATED_NAME_BYTES];
    const char *const line[LINES] = {words[0], words[1]};
    const double label = rows->label[m->row], said = rows->prediction[m->row];
    if (rows->n_classes > 0) {
        snprintf(words[0], sizeof words[0], "label %s",
                 agr_evaluated_class(e, r, (int)label, room[0]));
        snprintf(words[1], sizeof words[1], "said %s %.3f",
                 agr_evaluated_class(e, r, (int)said, room[1]), m->badness);
    } else {
        snprintf(words[0], sizeof words[0], "label %.6g", label);
        snprintf(words[1], sizeof words[1], "said %.1f", said);
    }
    const int64_t picture = e->sample[m->row];
    return agr_sheet_add(sheet, agr_dataset_image(e->dataset, picture),
                         agr_dataset_height(e->dataset), agr_dataset_width(e->dataset),
                         agr_dataset_name(e->dataset, picture), line, err);
}

static agr_status draw(const agr_evaluation *e, const agr_evaluated_head *r,
                       const agr_audit_rows *rows, const mistake *found, int64_t n, int64_t n_all,
                       agr_text *svg, agr_error *err)
{
    enum { COLUMNS = 8 };
    char title[120], note[200];
    agr_sheet sheet;
    agr_status status = AGR_OK;
    snprintf(title, sizeof title, "%.90s: the worst mistakes", agr_evaluated_name(e, r));
    snprintf(note, sizeof note, "%lld of %lld %s pictures that are %s; slot %s, epoch %lld",
             (long long)n, (long long)n_all, agr_split_name(e->request.split),
             rows->n_classes > 0 ? "taken for another class, the surest first"
                                 : "off, the furthest first",
             r->model->slot, (long long)r->model->epoch);
    agr_sheet_begin(&sheet, title, note, COLUMNS, LINES);
    for (int64_t i = 0; i < n && status == AGR_OK; i++)
        status = add_picture(e, r, rows, &found[i], &sheet, err);
    agr_sheet_end(&sheet, svg);
    if (status == AGR_OK && svg->failed)
        status = agr_error_set(err, AGR_MEMORY, "out of memory");
    return status;
}

agr_status agr_plot_worst(const agr_evaluation *e, const agr_evaluated_head *r, int64_t n,
                          agr_text *svg, agr_error *err)
{
    evaluated_rows rows;
    AGR_TRY(evaluated_rows_make(e, r, &rows, err));
    mistake *found = malloc(((size_t)rows.rows.n + 1) * sizeof *found);
    agr_status status = AGR_OK;
    if (found == NULL) {
        status = agr_error_set(err, AGR_MEMORY, "out of memory");
    } else {
        const int64_t n_all = find_mistakes(&rows.rows, found);
        status = draw(e, r, &rows.rows, found, n < n_all ? n : n_all, n_all, svg, err);
    }
    free(found);
    evaluated_rows_release(&rows);
    return status;
}
