/* Tables: a row a figure; a row an image, raw or in words. */
#include "evaluate.h"

#include <agr/base/file.h>
#include <agr/base/text.h>
#include <agr/data/csv.h>
#include <math.h>
#include <stdio.h>

/* ---- a row a figure ---- */

typedef struct {
    const char *metric, *of; /* of: class, bin, or "" */
    double value, baseline;
    int64_t n;
} figure_row;

static void add_number(agr_text *text, double value)
{
    agr_text_add(text, ",");
    if (!isnan(value))
        agr_text_add(text, "%.17g", value);
}

static void add_row(const evaluation *e, const evaluate_result *r, agr_text *text, figure_row row)
{
    agr_csv_add_field(text, r->model->name);
    agr_text_add(text, ",");
    agr_csv_add_field(text, evaluate_name(e, r));
    agr_text_add(text, ",%s,", row.metric);
    agr_csv_add_field(text, row.of);
    add_number(text, row.value);
    add_number(text, row.baseline);
    agr_text_add(text, ",%lld\n", (long long)row.n);
}

static void add_confusion(const evaluation *e, const evaluate_result *r, agr_text *text)
{
    const int n = r->judgement.n_classes;
    for (int i = 0; i < n * n; i++) {
        char is[EVALUATE_NAME_BYTES], said[EVALUATE_NAME_BYTES];
        agr_text of = {0};
        agr_text_add(&of, "%s > %s", evaluate_class(e, r, i / n, is),
                     evaluate_class(e, r, i % n, said));
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

static void add_reliability(const evaluation *e, const evaluate_result *r, agr_text *text)
{
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &r->judgement.reliability.bin[b];
        char of[EVALUATE_NAME_BYTES];
        snprintf(of, sizeof of, "%.3f-%.3f", (double)b / AGR_AUDIT_RELIABILITY_BINS,
                 (double)(b + 1) / AGR_AUDIT_RELIABILITY_BINS);
        add_row(e, r, text,
                (figure_row){"reliability_confidence", of, bin->confidence, (double)NAN, bin->n});
        add_row(e, r, text,
                (figure_row){"reliability_accuracy", of, bin->accuracy, (double)NAN, bin->n});
    }
}

static void add_figures(const evaluation *e, const evaluate_result *r, agr_text *text)
{
    add_row(e, r, text, (figure_row){"loss", "", evaluate_loss(r), (double)NAN, r->judgement.n});
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *f = &r->judgement.figure[i];
        char room[EVALUATE_NAME_BYTES];
        const char *of = f->of < 0 ? "" : evaluate_part(e, r, f->of, room);
        add_row(e, r, text, (figure_row){f->name, of, f->value, f->baseline, f->n});
    }
    if (!evaluate_has_classes(r))
        return;
    add_confusion(e, r, text);
    add_reliability(e, r, text);
}

agr_status evaluate_print_csv(const evaluation *e, agr_error *err)
{
    agr_text text = {0};
    agr_text_add(&text, "branch,head,metric,of,value,baseline,n\n");
    for (int i = 0; i < e->n_results; i++)
        add_figures(e, &e->result[i], &text);
    const bool failed = text.failed;
    if (!failed)
        fputs(text.data, stdout);
    agr_text_release(&text);
    return failed ? agr_error_set(err, AGR_MEMORY, "out of memory") : AGR_OK;
}

/* ---- a row an image ---- */

static void add_predictions(const evaluation *e, agr_text *text)
{
    agr_text_add(text, "name");
    for (int i = 0; i < e->n_results; i++)
        for (int64_t c = 0; c < e->result[i].n_columns; c++)
            e->result[i].n_columns == 1
                ? agr_text_add(text, "\t%s", evaluate_name(e, &e->result[i]))
                : agr_text_add(text, "\t%s[%lld]", evaluate_name(e, &e->result[i]), (long long)c);
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_text_add(text, "%s", agr_dataset_name(e->dataset, e->sample[s]));
        for (int i = 0; i < e->n_results; i++) {
            const evaluate_result *r = &e->result[i];
            for (int64_t c = 0; c < r->n_columns; c++)
                agr_text_add(text, "\t%.9g", (double)r->output[s * r->n_columns + c]);
        }
        agr_text_add(text, "\n");
    }
}

static void add_decoded(const evaluate_result *r, double value, agr_text *text)
{
    const char *name =
        evaluate_has_classes(r) ? agr_model_class_name(r->model, r->head, (int)value) : NULL;
    agr_text_add(text, ",");
    if (name != NULL)
        agr_csv_add_field(text, name);
    else if (!isnan(value))
        agr_text_add(text, "%.6g", value);
}

static void add_rows(const evaluation *e, agr_text *text)
{
    agr_text_add(text, "name");
    for (int i = 0; i < e->n_results; i++)
        agr_text_add(text, ",%s,%s_predicted", evaluate_name(e, &e->result[i]),
                     evaluate_name(e, &e->result[i]));
    agr_text_add(text, "\n");
    for (int64_t s = 0; s < e->n_samples; s++) {
        agr_csv_add_field(text, agr_dataset_name(e->dataset, e->sample[s]));
        for (int i = 0; i < e->n_results; i++) {
            const evaluate_result *r = &e->result[i];
            add_decoded(r, (double)evaluate_labels(e, r)->values[e->sample[s]], text);
            add_decoded(r, evaluate_decode(r, s), text);
        }
        agr_text_add(text, "\n");
    }
}

static agr_status write_table(const evaluation *e, const char *path,
                              void (*add)(const evaluation *, agr_text *), agr_error *err)
{
    agr_text text = {0};
    if (path == NULL)
        return AGR_OK;
    add(e, &text);
    const agr_status status = text.failed ? agr_error_set(err, AGR_MEMORY, "out of memory")
                                          : agr_file_write(path, text.data, text.length, err);
    agr_text_release(&text);
    return status;
}

agr_status evaluate_write_predictions(const evaluation *e, const char *path, agr_error *err)
{
    return write_table(e, path, add_predictions, err);
}

agr_status evaluate_write_rows(const evaluation *e, const char *path, agr_error *err)
{
    return write_table(e, path, add_rows, err);
}
