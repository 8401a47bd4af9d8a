/* Section: for whom it is good, and for whom less. */
#include "page_impl.h"

#include "gaps_impl.h"
#include "html_impl.h"
#include "words_impl.h"

#include <agr/report/plots.h>
#include <math.h>
#include <string.h>

/* ---- gaps ---- */

static void add_gap(const agr_evaluation *e, const agr_evaluated_head *r, int table,
                    const agr_audit_gap *gap, agr_text *html)
{
    const agr_slicing_table *by = &e->slicing.table[table];
    const agr_audit_pair *pair = &gap->largest;
    agr_text name = {0};
    gaps_name(e, r, gap, &name);
    html->failed = html->failed || name.failed;
    html_row_begin(html);
    html_cell(html, 'l', "%s", name.failed ? "" : name.data);
    html_cell(html, pair->shown ? 'N' : 'n', "%s", words_number(pair->difference).text);
    if (isnan(pair->low))
        html_cell(html, 'f', "\u2013");
    else
        html_cell(html, 'f', "%s \u2026 %s", words_number(pair->low).text,
                  words_number(pair->high).text);
    html_cell(html, 'l', "%s, %s", by->cell[pair->cell[0]], by->cell[pair->cell[1]]);
    html_cell(html, 'n', "%s", words_number(gap->ratio).text);
    html_cell(html, pair->shown ? 'L' : 'F', "%s",
              pair->shown ? "shown" : "not shown at this size");
    html_cell(html, 'f', "%s",
              isfinite(pair->needed_n) ? words_count((int64_t)pair->needed_n).text : "");
    html_row_end(html);
    agr_text_release(&name);
}

static void add_gaps(const agr_evaluation *e, const agr_evaluated_head *r, int table,
                     agr_text *html)
{
    const agr_audit_slices *slices = &r->slices[table];
    if (slices->n_gaps == 0)
        return;
    agr_text_add(html, "<details><summary>");
    html_words(html, "What %s differs by between the groups of %s: %d figures",
               agr_evaluated_name(e, r), e->slicing.table[table].name, slices->n_gaps);
    agr_text_add(html, "</summary>\n");
    html_table_begin(html, "lnnlnln",
                     "figure|largest gap|interval|between|smallest ratio||images to show it");
    for (int g = 0; g < slices->n_gaps; g++)
        add_gap(e, r, table, &slices->gap[g], html);
    html_table_end(html);
    agr_text_add(html, "</details>\n");
}

/* ---- groups ---- */

static bool is_first(const agr_evaluated_head *r, const agr_audit_slice *slice)
{
    return slice->figure.of < 0 && strcmp(slice->figure.metric->name, gaps_first_metric(r)) == 0;
}

static void add_cell(const agr_evaluated_head *r, const agr_audit_cell *cell, const char *name,
                     int n_slices, agr_text *html)
{
    html_row_begin(html);
    html_cell(html, 'l', "%s", name);
    for (int f = 0; f < n_slices; f++) {
        const agr_audit_slice *slice = &cell->slice[f];
        if (!is_first(r, slice))
            continue;
        html_cell(html, 'n', "%s", words_count(slice->figure.n).text);
        html_cell(html, slice->compared ? 'N' : 'f', "%s", words_number(slice->figure.value).text);
        if (slice->compared)
            html_cell(html, 'f', "%s \u2026 %s", words_number(slice->low).text,
                      words_number(slice->high).text);
        else
            html_cell(html, 'f', "\u2013");
    }
    html_row_end(html);
}

static void add_cells(const agr_evaluation *e, const agr_evaluated_head *r, int table,
                      agr_text *html)
{
    const agr_audit_slices *slices = &r->slices[table];
    html_table_open(html);
    html_head(html, 'l', "%s", e->slicing.table[table].name);
    html_head(html, 'n', "images");
    html_head(html, 'n', "%s", gaps_first_metric(r));
    html_head(html, 'n', "interval");
    html_table_body(html);
    for (int c = 0; c < slices->n_cells; c++)
        add_cell(r, &slices->cell[c], e->slicing.table[table].cell[c], slices->n_slices, html);
    html_table_end(html);
}

/* ---- all of it ---- */

static void add_equal_cells(const agr_evaluated_head *r, int table, agr_text *html)
{
    const agr_audit_slices *slices = &r->slices[table];
    for (int i = 0; i < slices->n_equal_cells; i++) {
        const agr_audit_equal_cell *mean = &slices->equal_cell[i];
        if (strcmp(mean->name, gaps_first_metric(r)) == 0)
            html_paragraph(
                html, "note",
                "With every group counting the same: %s %s (%s \u2026 %s), over %d groups.",
                mean->name, words_number(mean->value).text, words_number(mean->low).text,
                words_number(mean->high).text, mean->n_cells);
    }
}

static void add_verdicts(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    for (int t = 0; t < e->slicing.n_tables; t++) {
        agr_text words = {0};
        gaps_say(e, r, t, gaps_first(r, t), &words);
        html_paragraph(html, "verdict", "%s", words.failed ? "" : words.data);
        html->failed = html->failed || words.failed;
        agr_text_release(&words);
        add_equal_cells(r, t, html);
    }
}

static void add_numbers(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    agr_text_add(html, "<details><summary>");
    html_words(html, "The groups in numbers");
    agr_text_add(html, "</summary>\n");
    for (int t = 0; t < e->slicing.n_tables; t++)
        add_cells(e, r, t, html);
    agr_text_add(html, "</details>\n");
    for (int t = 0; t < e->slicing.n_tables; t++)
        add_gaps(e, r, t, html);
}

static void add_head(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    html_heading(html, "%s", agr_evaluated_name(e, r));
    agr_text_add(html, "<div class=\"beside\">\n");
    html_figure_begin(html);
    agr_plot_slices(e, r, gaps_first_metric(r), html);
    html_figure_end(html, "%s", "");
    agr_text_add(html, "<div>\n");
    add_verdicts(e, r, html);
    agr_text_add(html, "</div>\n</div>\n");
    add_numbers(e, r, html);
}

void section_slices(const page_run *run, agr_text *html)
{
    const agr_evaluation *e = run->e;
    html_section_begin(html, "slices", run->number, "For whom it is good");
    if (!run->judged)
        page_missing(run, html);
    else
        html_paragraph(
            html, "lead",
            "Intervals hold at 95\u00a0%% for all groups of a table at once (bootstrap over "
            "groups of copies, %lld draws, seed %llu). A gap whose interval contains 0 is "
            "not shown at this size. Groups of fewer than %lld pictures are faint, and "
            "take no part.",
            (long long)e->bootstrap.n_draws, (unsigned long long)e->bootstrap.seed,
            (long long)e->request.slices.min_count);
    for (int i = 0; run->judged && i < e->n_results; i++)
        add_head(e, &e->result[i], html);
    html_section_end(html);
}
