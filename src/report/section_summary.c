/* Section: what the run is worth, in sentences and a short table. */
#include "page_impl.h"

#include "gaps_impl.h"
#include "html_impl.h"
#include "verdicts_impl.h"
#include "words_impl.h"

#include <agr/store/dataset.h>

static void add_verdict(agr_text *html, agr_text *words)
{
    if (!words->failed && words->length > 0)
        html_paragraph(html, "verdict", "%s", words->data);
    html->failed = html->failed || words->failed;
    agr_text_release(words);
}

static void add_verdicts(const agr_evaluation *e, agr_text *html)
{
    for (int i = 0; i < e->n_results; i++) {
        agr_text words = {0};
        verdict_of_head(e, &e->result[i], &words);
        add_verdict(html, &words);
    }
    for (int i = 0; i < e->n_results; i++) {
        agr_text words = {0};
        verdict_of_recall(e, &e->result[i], &words);
        verdict_of_confidence(e, &e->result[i], &words);
        add_verdict(html, &words);
    }
}

static bool is_shown(const agr_audit_gap *gap)
{
    return gap != NULL && (gap->largest.shown || gap->clearest.shown);
}

/* What is shown to differ, head by head; the rest is in its own section. */
static void add_gaps(const agr_evaluation *e, agr_text *html)
{
    html_heading(html, "What is shown to differ");
    int n_shown = 0;
    for (int i = 0; i < e->n_results; i++)
        for (int t = 0; t < e->slicing.n_tables; t++) {
            const agr_audit_gap *gap = gaps_first(&e->result[i], t);
            agr_text words = {0};
            if (!is_shown(gap))
                continue;
            n_shown++;
            gaps_say(e, &e->result[i], t, gap, &words);
            add_verdict(html, &words);
        }
    if (n_shown == 0)
        html_paragraph(html, NULL, "No gap between groups is shown at this size.");
}

static void add_figure(const agr_evaluation *e, const agr_evaluated_head *r, const char *metric,
                       agr_text *html)
{
    const agr_audit_figure *figure = verdict_figure(r, metric);
    if (figure == NULL)
        return;
    html_row_begin(html);
    html_cell(html, 'l', "%s", agr_evaluated_name(e, r));
    html_cell(html, 'l', "%s", figure->name);
    html_cell(html, 'N', "%s", words_number(figure->value).text);
    html_cell(html, 'f', "%s", words_number(figure->baseline).text);
    html_cell(html, 'F', "%s", agr_audit_better_name(figure->metric->better));
    html_cell(html, 'n', "%s", words_count(figure->n).text);
    html_row_end(html);
}

static void add_table(const agr_evaluation *e, agr_text *html)
{
    static const char *const chosen[] = {"mae",      "cs",       "accuracy", "balanced_accuracy",
                                         "macro_f1", "log_loss", "ece"};
    html_table_begin(html, "llnnln", "head|figure|value|baseline|better|images");
    for (int i = 0; i < e->n_results; i++)
        for (size_t m = 0; m < sizeof chosen / sizeof *chosen; m++)
            add_figure(e, &e->result[i], chosen[m], html);
    html_table_end(html);
}

void section_summary(const page_run *run, agr_text *html)
{
    const agr_evaluation *e = run->e;
    html_section_begin(html, "summary", run->number, "Summary");
    if (!run->judged) {
        page_missing(run, html);
        html_section_end(html);
        return;
    }
    agr_text images = {0};
    verdict_of_images(e, &images);
    html_paragraph(html, "lead", "Judged on %s %s images of %s. %s", words_count(e->n_samples).text,
                   agr_split_name(e->request.split), agr_dataset_path(e->dataset),
                   images.failed ? "" : images.data);
    agr_text_release(&images);
    add_verdicts(e, html);
    add_table(e, html);
    html_paragraph(html, "note",
                   "The baseline is the best guess that does not look at the picture: the median "
                   "or the most frequent class of the training part.");
    if (e->slicing.n_tables > 0)
        add_gaps(e, html);
    html_section_end(html);
}
