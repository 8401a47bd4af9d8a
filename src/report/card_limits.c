/* Card: what the model must not be used for, each with the measurement that says so. */
#include "card_impl.h"

#include "gaps_impl.h"
#include "markdown_impl.h"
#include "verdicts_impl.h"
#include "words_impl.h"

#include <math.h>
#include <string.h>

enum { FEW_IMAGES = 30 };

/* A class that is missed more often than found must not be decided by. */
static void limit_classes(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    for (int i = 0; i < r->judgement.n_figures; i++) {
        char room[AGR_EVALUATED_NAME_BYTES];
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of < 0 || strcmp(figure->metric->name, "recall") != 0)
            continue;
        const char *class_name = agr_evaluated_class(e, r, figure->of, room);
        if (figure->n < FEW_IMAGES)
            markdown_paragraph(markdown, "- ",
                               "Any claim about '%s' in '%s': %s of the judged images are of that "
                               "class.",
                               class_name, agr_evaluated_name(e, r),
                               figure->n > 0 ? words_count(figure->n).text : "none");
        else if (figure->value < 0.5)
            markdown_paragraph(markdown, "- ",
                               "Telling '%s' in '%s': of %s such images %s were found.", class_name,
                               agr_evaluated_name(e, r), words_count(figure->n).text,
                               words_share(figure->value).text);
    }
}

static void limit_numbers(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    const agr_checkpoint_head *head = &r->model->about->heads[r->head];
    const agr_audit_figure *mae = verdict_figure(r, "mae");
    if (head->label_min <= head->label_max)
        markdown_paragraph(markdown, "- ",
                           "Values of '%s' below %g or above %g: none were trained on.",
                           agr_evaluated_name(e, r), head->label_min, head->label_max);
    markdown_paragraph(markdown, "- ",
                       "A limit on '%s' for a single picture: answers are off by %s on average.",
                       agr_evaluated_name(e, r), words_number(mae->value).text);
}

/* Better than the guess, or of no use at all. */
static bool is_of_use(const agr_evaluated_head *r)
{
    const bool classes = agr_evaluated_has_classes(r);
    const agr_audit_figure *figure = verdict_figure(r, classes ? "accuracy" : "mae");
    return !r->guess.possible ||
           (classes ? figure->value > figure->baseline : figure->value < figure->baseline);
}

/* Groups that are shown to be worse served than others. */
static void limit_gaps(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    for (int t = 0; t < e->slicing.n_tables; t++) {
        const agr_audit_gap *gap = gaps_first(r, t);
        const agr_slicing_table *by = &e->slicing.table[t];
        if (gap == NULL || !gap->largest.shown)
            continue;
        const bool less_is_better = gap->metric->better == AGR_AUDIT_LOWER;
        markdown_paragraph(
            markdown, "- ",
            "Treating the groups of '%s' alike by '%s': it is shown to be worse for "
            "'%s' than for '%s' (%s: %s, interval %s .. %s).",
            by->name, agr_evaluated_name(e, r), by->cell[gap->largest.cell[less_is_better ? 0 : 1]],
            by->cell[gap->largest.cell[less_is_better ? 1 : 0]], gap->name,
            words_number(gap->largest.difference).text, words_number(gap->largest.low).text,
            words_number(gap->largest.high).text);
    }
}

static void limit_head(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *markdown)
{
    if (r->judgement.n == 0) {
        markdown_paragraph(markdown, "- ", "Anything about '%s': no judged image has that label.",
                           agr_evaluated_name(e, r));
        return;
    }
    if (!is_of_use(r))
        markdown_paragraph(markdown, "- ",
                           "Anything that rests on '%s': it is no better than a guess that does "
                           "not look.",
                           agr_evaluated_name(e, r));
    if (!agr_evaluated_has_classes(r)) {
        limit_numbers(e, r, markdown);
        return;
    }
    const agr_audit_figure *accuracy = verdict_figure(r, "accuracy");
    markdown_paragraph(
        markdown, "- ",
        "Decisions about a person by '%s': %s of the judged images got a wrong word.",
        agr_evaluated_name(e, r), words_share(1 - accuracy->value).text);
    limit_classes(e, r, markdown);
}

agr_status card_limits(const card *of, agr_text *markdown, agr_error *err)
{
    (void)err;
    const agr_evaluation *e = of->e;
    agr_text_add(markdown, "## What it must not be used for\n\n");
    for (int i = 0; i < e->n_results; i++) {
        limit_head(e, &e->result[i], markdown);
        limit_gaps(e, &e->result[i], markdown);
    }
    markdown_paragraph(markdown, "- ",
                       "Pictures of another kind than those of %s: nothing was measured on any "
                       "other.",
                       agr_dataset_path(e->dataset));
    agr_text_add(markdown, "\n");
    return AGR_OK;
}
