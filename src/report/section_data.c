/* Section: the dataset, its labels and what is wrong with them. */
#include "page_impl.h"

#include "html_impl.h"
#include "verdicts_impl.h"
#include "words_impl.h"

#include <agr/report/chart.h>

static void add_parts(const agr_dataset_facts *facts, agr_text *html)
{
    const agr_dataset *dataset = facts->dataset;
    html_paragraph(html, NULL,
                   "%s: %s pictures of %lld\u00d7%lld; %s to train, %s to validate, %s to test.",
                   agr_dataset_path(dataset), words_count(agr_dataset_count(dataset)).text,
                   (long long)agr_dataset_height(dataset), (long long)agr_dataset_width(dataset),
                   words_count(facts->n_part[AGR_SPLIT_TRAIN]).text,
                   words_count(facts->n_part[AGR_SPLIT_VALIDATION]).text,
                   words_count(facts->n_part[AGR_SPLIT_TEST]).text);
}

static void add_labels_of(const agr_dataset_facts *facts, int64_t picture, agr_text *html)
{
    for (int i = 0; i < facts->n_labels; i++) {
        const agr_label_column *column = facts->label[i].column;
        const float value = column->values[picture];
        agr_text_add(html, "<td>");
        if (!(value >= 0 || value < 0))
            html_words(html, "\u2013");
        else if (column->n_classes > 0)
            html_words(html, "%s", column->classes[(int)value]);
        else
            html_words(html, "%g", (double)value);
        agr_text_add(html, "</td>");
    }
}

static void add_conflicts(const agr_dataset_facts *facts, agr_text *html)
{
    const agr_copies_report *copies = &facts->copies;
    if (copies->n_listed == 0)
        return;
    html_heading(html, "Equal pictures with different labels");
    html_table_open(html);
    html_head(html, 'l', "picture");
    for (int i = 0; i < facts->n_labels; i++)
        html_head(html, 'l', "%s", facts->label[i].column->name);
    html_table_body(html);
    for (int i = 0; i < 2 * copies->n_listed; i++) {
        const int64_t picture = copies->listed[i / 2][i % 2];
        html_row_begin(html);
        html_cell(html, 'c', "%s", agr_dataset_name(facts->dataset, picture));
        add_labels_of(facts, picture, html);
        html_row_end(html);
    }
    html_table_end(html);
    if (copies->n_conflicts > copies->n_listed)
        html_paragraph(html, "note", "and %s more",
                       words_count(copies->n_conflicts - copies->n_listed).text);
}

static void add_distributions(const agr_dataset_facts *facts, agr_text *html)
{
    enum { BINS = 120 };
    html_figures_begin(html);
    for (int i = 0; i < facts->n_labels; i++) {
        const agr_label_facts *label = &facts->label[i];
        agr_histogram histogram;
        html_figure_begin(html);
        if (label->has_classes) {
            agr_chart_classes(html, label->column->name, label->column->classes, &label->classes);
        } else {
            agr_histogram_of(label->column->values, NULL, agr_dataset_count(facts->dataset),
                             &label->number, BINS, &histogram);
            agr_chart_histogram(html, label->column->name, &label->number, &histogram);
        }
        html_figure_end(html, "%s", "");
    }
    html_figures_end(html);
}

static void add_warnings(const agr_dataset_facts *facts, agr_text *html)
{
    for (int i = 0; i < facts->n_warnings; i++)
        html_paragraph(html, "warn", "%s", facts->warning[i]);
}

void section_data(const page_run *run, agr_text *html)
{
    html_section_begin(html, "data", run->number, "Data");
    if (!run->judged) {
        page_missing(run, html);
        html_section_end(html);
        return;
    }
    agr_text copies = {0};
    add_parts(run->facts, html);
    verdict_of_copies(run->facts, &copies);
    html_paragraph(html, NULL, "%s", copies.failed ? "" : copies.data);
    html->failed = html->failed || copies.failed;
    agr_text_release(&copies);
    add_warnings(run->facts, html);
    add_distributions(run->facts, html);
    add_conflicts(run->facts, html);
    html_section_end(html);
}
