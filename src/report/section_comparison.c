/* Section: several runs side by side. */
#include "page_impl.h"

#include "html_impl.h"
#include "words_impl.h"

#include <math.h>

static void add_letters(const agr_comparison *c, agr_text *html)
{
    for (int r = 0; r < c->runs->n; r++)
        html_head(html, 'n', "%s", agr_compared_letter(r));
}

/* ---- the runs ---- */

static void add_runs(const agr_comparison *c, agr_text *html)
{
    html_table_begin(html, "llnnnl", "|run|parameters|multiply-adds an image|wall time|");
    for (int r = 0; r < c->runs->n; r++) {
        const agr_compared_run *run = &c->run[r];
        html_row_begin(html);
        html_cell(html, 'L', "%s", agr_compared_letter(r));
        html_cell(html, 'l', "%s", run->path);
        html_cell(html, 'n', "%s", words_count(run->n_parameters).text);
        html_cell(html, 'n', "%s", words_large(run->multiply_adds).text);
        html_cell(html, 'n', "%s", words_duration(run->wall_s).text);
        html_cell(html, 'F', "%s",
                  run->trained_on_judged ? "" : "trained on another dataset than it is judged on");
        html_row_end(html);
    }
    html_table_end(html);
}

static void add_terms(const agr_comparison *c, agr_text *html)
{
    html_paragraph(html, NULL, "The terms are %s",
                   c->same_terms  ? "equal: data, settings and networks are the same."
                   : c->same_data ? "not equal: the data are the same, settings or networks differ."
                                  : "not equal: the runs were trained on different data.");
    if (c->n_settings == 0)
        return;
    html_table_open(html);
    html_head(html, 'l', "what differs");
    for (int r = 0; r < c->runs->n; r++)
        html_head(html, 'l', "%s", agr_compared_letter(r));
    html_head(html, 'l', "%s", "");
    html_table_body(html);
    for (int s = 0; s < c->n_settings; s++) {
        const agr_compared_setting *setting = &c->setting[s];
        html_row_begin(html);
        html_cell(html, 'c', "%s%s", setting->is_network ? "network of " : "", setting->key);
        for (int r = 0; r < c->runs->n; r++)
            html_cell(html, 'l', "%s", setting->value[r].data);
        html_cell(html, 'F', "%s", setting->bears_on_weights ? "" : "does not bear on the weights");
        html_row_end(html);
    }
    html_table_end(html);
}

/* ---- the figures ---- */

static void add_interval(const agr_audit_difference *d, agr_text *html)
{
    if (isnan(d->low))
        html_cell(html, 'f', "\u2013");
    else
        html_cell(html, d->shown ? 'n' : 'f', "%s (%s \u2026 %s)",
                  words_difference(d->difference).text, words_difference(d->low).text,
                  words_difference(d->high).text);
}

static void add_figure(const agr_comparison *c, const agr_compared_head *head,
                       const agr_audit_paired_figure *figure, agr_text *html)
{
    const int winner = agr_compared_winner(head, figure);
    int m = 0;
    html_row_begin(html);
    html_cell(html, 'l', "%s", figure->name);
    for (int r = 0; r < c->runs->n; r++) {
        const bool has = m < head->n && head->run[m] == r;
        html_cell(html, r == winner ? 'N' : 'n', "%s",
                  words_number(has ? figure->value[m] : (double)NAN).text);
        m += has;
    }
    html_cell(html, 'f', "%s", words_number(figure->baseline).text);
    for (int i = 0; i < head->n; i++)
        for (int j = i + 1; j < head->n; j++)
            add_interval(&figure->pair[i][j], html);
    if (winner >= 0)
        html_cell(html, 'L', "%s is better", agr_compared_letter(winner));
    else
        html_cell(html, 'F', "not shown at this size");
    html_row_end(html);
}

static void add_head(const agr_comparison *c, const agr_compared_head *head, agr_text *html)
{
    html_heading(html, "%s", head->name);
    if (head->n < 2) {
        html_paragraph(html, "note", "Only %s has it.", agr_compared_letter(head->run[0]));
        return;
    }
    html_table_open(html);
    html_head(html, 'l', "figure");
    add_letters(c, html);
    html_head(html, 'n', "baseline");
    for (int i = 0; i < head->n; i++)
        for (int j = i + 1; j < head->n; j++)
            html_head(html, 'n', "%s \u2212 %s", agr_compared_letter(head->run[j]),
                      agr_compared_letter(head->run[i]));
    html_head(html, 'l', "%s", "");
    html_table_body(html);
    for (int f = 0; f < head->paired.n_figures; f++)
        add_figure(c, head, &head->paired.figure[f], html);
    html_table_end(html);
}

void section_comparison(const agr_comparison *c, agr_text *html)
{
    const agr_evaluation *first = c->runs->run[0].evaluation;
    html_section_begin(html, "comparison", 0, "Side by side");
    html_paragraph(html, "lead", "All runs are judged on the same %s %s images of %s.",
                   words_count(first->n_samples).text, agr_split_name(first->request.split),
                   agr_dataset_path(first->dataset));
    add_runs(c, html);
    add_terms(c, html);
    for (int h = 0; h < c->n_heads; h++)
        add_head(c, &c->head[h], html);
    html_paragraph(
        html, "note",
        "Differences with 95\u00a0%% intervals from a paired bootstrap over groups of "
        "copies, for all pairs of runs of a figure at once; of a figure that is better "
        "near 0, the difference of the distances from 0. A run is called better where its "
        "intervals against all others do not contain 0.");
    html_section_end(html);
}
