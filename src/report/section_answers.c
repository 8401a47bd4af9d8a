/* Section: what was said, beside what was true. */
#include "page_impl.h"

#include "html_impl.h"
#include "verdicts_impl.h"

#include <agr/report/plots.h>

enum { MAX_CLASSES = 40 }; /* of a readable picture */

static void add_classes(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    agr_text recall = {0}, confidence = {0};
    verdict_of_recall(e, r, &recall);
    verdict_of_confidence(e, r, &confidence);
    if (r->judgement.n_classes <= MAX_CLASSES) {
        html_figure_begin(html);
        agr_plot_confusion(e, r, html);
        html_figure_end(html, "%s", recall.length > 0 ? recall.data : "");
    }
    html_figure_begin(html);
    agr_plot_reliability(e, r, html);
    html_figure_end(html, "%s", confidence.length > 0 ? confidence.data : "");
    html->failed = html->failed || recall.failed || confidence.failed;
    agr_text_release(&recall);
    agr_text_release(&confidence);
}

static void add_numbers(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *html)
{
    agr_text words = {0};
    agr_error err;
    verdict_of_head(e, r, &words);
    html_figure_begin(html);
    if (agr_plot_scatter(e, r, html, &err) != AGR_OK)
        html->failed = true;
    html_figure_end(html, "%s", words.length > 0 ? words.data : "");
    html->failed = html->failed || words.failed;
    agr_text_release(&words);
}

void section_answers(const page_run *run, agr_text *html)
{
    const agr_evaluation *e = run->e;
    html_section_begin(html, "answers", run->number, "What was said");
    if (!run->judged)
        page_missing(run, html);
    for (int i = 0; run->judged && i < e->n_results; i++) {
        if (e->result[i].judgement.n == 0)
            continue;
        html_figures_begin(html);
        if (agr_evaluated_has_classes(&e->result[i]))
            add_classes(e, &e->result[i], html);
        else
            add_numbers(e, &e->result[i], html);
        html_figures_end(html);
    }
    html_section_end(html);
}
