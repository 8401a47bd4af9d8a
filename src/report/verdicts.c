/* Writes sentences from figures. */
#include "verdicts_impl.h"

#include "words_impl.h"

#include <math.h>
#include <string.h>

const agr_audit_figure *verdict_figure(const agr_evaluated_head *r, const char *metric)
{
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of < 0 && strcmp(figure->metric->name, metric) == 0)
            return figure;
    }
    return NULL;
}

/* ---- a head ---- */

static void say_number(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words)
{
    const agr_audit_figure *mae = verdict_figure(r, "mae"), *within = verdict_figure(r, "cs");
    agr_text_add(words, "%s: off by %s on average", agr_evaluated_name(e, r),
                 words_number(mae->value).text);
    if (r->guess.possible) {
        agr_text_add(words, ", where always saying %g is off by %s", r->guess.median,
                     words_number(mae->baseline).text);
        if (mae->value >= mae->baseline)
            agr_text_add(words, ": no better than not looking");
    }
    agr_text_add(words, "; %s of the images are off by no more than %g",
                 words_share(within->value).text, e->request.within);
    if (r->guess.possible)
        agr_text_add(words, " (%s)", words_share(within->baseline).text);
    agr_text_add(words, ".");
}

static void say_classes(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words)
{
    char room[AGR_EVALUATED_NAME_BYTES];
    const agr_audit_figure *accuracy = verdict_figure(r, "accuracy"),
                           *balanced = verdict_figure(r, "balanced_accuracy");
    agr_text_add(words, "%s: right for %s of the images", agr_evaluated_name(e, r),
                 words_share(accuracy->value).text);
    if (r->guess.possible) {
        agr_text_add(words, ", where always saying '%s' is right for %s",
                     agr_evaluated_class(e, r, (int)r->guess.class_index, room),
                     words_share(accuracy->baseline).text);
        if (accuracy->value <= accuracy->baseline)
            agr_text_add(words, ": no better than not looking");
    }
    agr_text_add(words, "; with every class counting the same %s",
                 words_share(balanced->value).text);
    if (r->guess.possible)
        agr_text_add(words, " (%s)", words_share(balanced->baseline).text);
    agr_text_add(words, ".");
}

void verdict_of_head(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words)
{
    if (r->judgement.n == 0)
        agr_text_add(words, "%s: none of the images has a label.", agr_evaluated_name(e, r));
    else if (agr_evaluated_has_classes(r))
        say_classes(e, r, words);
    else
        say_number(e, r, words);
}

void verdict_of_recall(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words)
{
    const agr_audit_figure *best = NULL, *worst = NULL;
    for (int i = 0; i < r->judgement.n_figures; i++) {
        const agr_audit_figure *figure = &r->judgement.figure[i];
        if (figure->of < 0 || strcmp(figure->metric->name, "recall") != 0 || isnan(figure->value))
            continue;
        best = best == NULL || figure->value > best->value ? figure : best;
        worst = worst == NULL || figure->value < worst->value ? figure : worst;
    }
    if (best == worst)
        return;
    char one[AGR_EVALUATED_NAME_BYTES], other[AGR_EVALUATED_NAME_BYTES];
    agr_text_add(words, "%s: of '%s' %s are found, of '%s' %s.", agr_evaluated_name(e, r),
                 agr_evaluated_class(e, r, best->of, one), words_share(best->value).text,
                 agr_evaluated_class(e, r, worst->of, other), words_share(worst->value).text);
}

void verdict_of_confidence(const agr_evaluation *e, const agr_evaluated_head *r, agr_text *words)
{
    double confidence = 0, right = 0;
    for (int b = 0; b < AGR_AUDIT_RELIABILITY_BINS; b++) {
        const agr_audit_reliability_bin *bin = &r->judgement.reliability.bin[b];
        if (bin->n == 0)
            continue;
        confidence += (double)bin->n * bin->confidence;
        right += (double)bin->n * bin->accuracy;
    }
    const double n = (double)r->judgement.n;
    if (r->judgement.n == 0 || !agr_evaluated_has_classes(r) || isnan(confidence))
        return;
    const double over = (confidence - right) / n;
    agr_text_add(words, "%s%s: on average %s sure and right for %s: ", words->length > 0 ? " " : "",
                 agr_evaluated_name(e, r), words_share(confidence / n).text,
                 words_share(right / n).text);
    if (fabs(over) < 0.01)
        agr_text_add(words, "as sure as it is right.");
    else
        agr_text_add(words, "%s by %.1f points.", over > 0 ? "too sure" : "not sure enough",
                     100 * fabs(over));
}

/* ---- images and data ---- */

void verdict_of_images(const agr_evaluation *e, agr_text *words)
{
    bool chose = false, trained = false, unknown = false;
    for (int i = 0; i < e->n_results; i++) {
        const agr_evaluated_use use = agr_evaluated_use_of(e, &e->result[i]);
        chose = chose || use == AGR_EVALUATED_CHOSE;
        trained = trained || use == AGR_EVALUATED_TRAINED;
        unknown = unknown || use == AGR_EVALUATED_UNKNOWN;
    }
    if (unknown)
        agr_text_add(words, "The dataset is not the one trained on: whether its images were "
                            "trained on before is not known.");
    else if (trained)
        agr_text_add(words, "These images were trained on: the figures say what was remembered.");
    else if (chose)
        agr_text_add(words, "These images also chose the checkpoint (slot best), and flatter it; "
                            "agr-mpi prepare --test 0.1 keeps some that choose nothing.");
    else
        agr_text_add(words, "These images were neither trained on nor chose the checkpoint.");
}

void verdict_of_copies(const agr_dataset_facts *facts, agr_text *words)
{
    const agr_copies_report *copies = &facts->copies;
    if (!copies->known) {
        agr_text_add(words, "Whether pictures occur more than once is not known: the dataset holds "
                            "no content hashes.");
        return;
    }
    if (copies->n_groups == 0) {
        agr_text_add(words, "No two pictures come from equal files.");
        return;
    }
    agr_text_add(words,
                 "%s groups of pictures come from equal files, with %s pictures beyond the first "
                 "of each; in %s of the groups labels contradict each other, and %s.",
                 words_count(copies->n_groups).text, words_count(copies->n_copies).text,
                 copies->n_conflicts > 0 ? words_count(copies->n_conflicts).text : "none",
                 copies->n_across > 0 ? "some lie in more than one part of the set"
                                      : "each group lies in one part of the set");
}
